/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_google.c: rule 61 as Google Public Alerts asks for it. */
#include "cap/capval.h"
#include "cap/profile.h"

static void
judge_area(const struct profile *p, const struct cap_node *area)
{
	if (profile_child(p, area, "polygon") == NULL &&
		profile_child(p, area, "circle") == NULL &&
		profile_child(p, area, "geocode") == NULL)
		cap_find(p->c->f, CAP_ERROR, p->rule, area,
			N_("%s asks for a polygon, circle or geocode in every <area>. Add "
			   "one."),
			p->name);
}

static size_t
characters(struct bytes text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += (text.at[i] & 0xc0) != 0x80;
	return n;
}

static void
judge_texts(const struct profile *p, const struct cap_node *info)
{
	const struct cap_node *headline = profile_child(p, info, "headline");
	const struct cap_node *description = profile_child(p, info, "description");
	const struct cap_node *instruction = profile_child(p, info, "instruction");

	if (headline != NULL && characters(cap_trimmed(headline)) >= 140)
		cap_find(p->c->f, CAP_WARNING, p->rule, headline,
			N_("%s wants headlines under 140 characters; this one has %zu. "
			   "Shorten it."),
			p->name, characters(cap_trimmed(headline)));
	if (profile_equal(headline, description) && !cap_is_blank(headline))
		cap_find(p->c->f, CAP_WARNING, p->rule, headline,
			N_("<headline> and <description> say the same. Say more in the "
			   "description."));
	if (profile_equal(description, instruction) && !cap_is_blank(description))
		cap_find(p->c->f, CAP_WARNING, p->rule, instruction,
			N_("<description> and <instruction> say the same. Tell what "
			   "happens "
			   "in one and what to do in the other."));
}

static void
judge_times(const struct profile *p, const struct cap_node *info)
{
	const struct cap_node *effective = profile_child(p, info, "effective");
	const struct cap_node *expires = profile_child(p, info, "expires");
	int64_t begin = p->c->sent_ms, end;

	if (expires == NULL || capval_time_of(&end, cap_trimmed(expires)) != ERR_OK)
		return;
	if (effective == NULL || cap_is_blank(effective)) {
		if (!p->c->has_sent)
			return;
	} else if (capval_time_of(&begin, cap_trimmed(effective)) != ERR_OK) {
		return;
	}
	if (begin > end)
		cap_find(p->c->f, CAP_ERROR, p->rule, expires,
			N_("%s asks that an alert does not expire before it takes effect; "
			   "<expires> is \"%s\". Write a later time."),
			p->name, CAP_SHOWN(expires));
}

/* Whose words are those of an earlier info in another language? */
static void
judge_translation(const struct profile *p, const struct cap_node *info)
{
	const struct cap_node *text = profile_child(p, info, "description"), *other = NULL;

	if (text == NULL || cap_is_blank(text))
		return;
	for (int n = 0; n < PROFILE_COMPARED_MAX; n++) {
		other = profile_earlier(p, info, other, false);
		if (other == NULL)
			return;
		if (profile_equal(text, profile_child(p, other, "description"))) {
			cap_find(p->c->f, CAP_WARNING, p->rule, text,
				N_("<description> is the same as in another language: one "
				   "of the two is not what <language> says. Translate it, "
				   "or correct the language."));
			return;
		}
	}
}

void
profile_google(struct cap_checking *c)
{
	static const char *const needed[] = {"description", "web", "expires", "area"};
	const struct profile p = {c, 61, "Google"};
	const struct cap_node *info = profile_child(&p, c->alert, "info"), *area;

	profile_need_info(&p);
	profile_same_codes(&p);
	profile_same_event(&p);
	for (; info != NULL; info = cap_next_same(info)) {
		for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
			profile_need(&p, info, needed[i]);
		profile_advise(&p, info, "contact");
		profile_not_unknown(&p, CAP_WARNING, info);
		judge_texts(&p, info);
		judge_times(&p, info);
		judge_translation(&p, info);
		area = profile_child(&p, info, "area");
		for (; area != NULL; area = cap_next_same(area))
			judge_area(&p, area);
	}
}
