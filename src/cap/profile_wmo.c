/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_wmo.c: rule 61 as the World Meteorological Organization asks for it. */
#include "cap/profile.h"

#include <string.h>

enum { EVENT_MAX = 35, VERTICES_MAX = 100 };

/* "2.49.0.1.<country>" and more arcs or words behind a point; "urn:oid:" may stand before it. */
static bool
is_wmo_oid(struct bytes text)
{
	static const char urn[] = "urn:oid:", arcs[] = "2.49.0.1.";
	size_t i = 0, digits;

	if (text.len > strlen(urn) && memcmp(text.at, urn, strlen(urn)) == 0)
		i = strlen(urn);
	if (text.len - i <= strlen(arcs) || memcmp(text.at + i, arcs, strlen(arcs)) != 0)
		return false;
	i += strlen(arcs);
	for (digits = 0; i < text.len && text.at[i] >= '0' && text.at[i] <= '9'; i++)
		digits++;
	return digits >= 1 && digits <= 3 && i + 1 < text.len && text.at[i] == '.';
}

static void
judge_identifier(const struct profile *p)
{
	const struct cap_node *n = profile_child(p, p->c->alert, "identifier");

	if (n != NULL && !is_wmo_oid(cap_trimmed(n)))
		cap_find(p->c->f, CAP_ERROR, p->rule, n,
			N_("%s asks for an identifier 2.49.0.1.<country>.<more>; here it "
			   "is "
			   "\"%s\". Ask the WMO for the number of your country and "
			   "office."),
			p->name, CAP_SHOWN(n));
}

static size_t
count_words(const struct cap_node *n)
{
	size_t words = 0;

	for (const char *at = n->text; *(at += strspn(at, " \t\r\n")) != '\0'; words++)
		at += strcspn(at, " \t\r\n");
	return words;
}

static void
judge_vertices(const struct profile *p, const struct cap_node *area)
{
	const struct cap_node *n = profile_child(p, area, "polygon");

	for (; n != NULL; n = cap_next_same(n))
		if (count_words(n) > VERTICES_MAX + 1)
			cap_find(p->c->f, CAP_WARNING, p->rule, n,
				N_("%s advises at most about %d points a polygon; here are "
				   "%zu. Simplify it outwards, so that nobody is left "
				   "out."),
				p->name, (int)VERTICES_MAX, count_words(n) - 1);
}

static void
judge_event(const struct profile *p, const struct cap_node *event)
{
	size_t n = 0;
	struct bytes text;

	if (event == NULL)
		return;
	text = cap_trimmed(event);
	for (size_t i = 0; i < text.len; i++)
		n += (text.at[i] & 0xc0) != 0x80;
	if (n > EVENT_MAX)
		cap_find(p->c->f, CAP_WARNING, p->rule, event,
			N_("%s wants <event> in at most %d characters; here are %zu. "
			   "Shorten it."),
			p->name, (int)EVENT_MAX, n);
}

void
profile_wmo(struct cap_checking *c)
{
	const struct profile p = {c, 61, "WMO"};
	const struct cap_node *info = profile_child(&p, c->alert, "info"), *area;

	judge_identifier(&p);
	profile_need_info(&p);
	profile_same_codes(&p);
	profile_same_event(&p);
	for (; info != NULL; info = cap_next_same(info)) {
		profile_not_unknown(&p, CAP_ERROR, info);
		judge_event(&p, profile_child(&p, info, "event"));
		profile_need(&p, info, "area");
		profile_advise(&p, info, "expires");
		profile_advise(&p, info, "description");
		area = profile_child(&p, info, "area");
		for (; area != NULL; area = cap_next_same(area))
			judge_vertices(&p, area);
	}
}
