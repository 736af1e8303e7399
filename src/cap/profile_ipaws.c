/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_ipaws.c: rule 58, the profile of the public warning system of the USA. */
#include "cap/profile.h"

#include <ctype.h>

static bool
is_all(const struct cap_node *value, size_t len, int (*is)(int))
{
	struct bytes text = value != NULL ? cap_trimmed(value) : bytes_of(NULL, 0);

	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] >= 0x80 || is(text.at[i]) == 0)
			return false;
	return text.len == len;
}

static void
judge_event_code(const struct profile *p, const struct cap_node *info)
{
	const struct cap_node *pair = NULL, *value, *first = NULL;
	unsigned count = 0;

	while ((value = profile_value(p, info, "eventCode", "SAME", &pair)), pair != NULL) {
		if (!profile_is(profile_child(p, pair, "valueName"), "SAME"))
			continue;
		first = count++ == 0 ? value : first;
	}
	if (count != 1)
		cap_find(p->c->f, CAP_ERROR, p->rule, info,
			N_("%s asks for exactly one <eventCode> with the valueName SAME; "
			   "here are %u. Keep or add the one that is meant."),
			p->name, count);
	else if (!is_all(first, 3, isalpha))
		cap_find(p->c->f, CAP_ERROR, p->rule, first != NULL ? first : info,
			N_("%s asks for an event code of 3 letters, such as CEM; here it "
			   "is "
			   "\"%s\". Correct it."),
			p->name, first != NULL ? CAP_SHOWN(first) : "");
}

static void
judge_area(const struct profile *p, const struct cap_node *area)
{
	const struct cap_node *pair = NULL, *value;
	bool any = false;

	while ((value = profile_value(p, area, "geocode", "SAME", &pair)), pair != NULL) {
		any = true;
		if (!is_all(value, 6, isdigit))
			cap_find(p->c->f, CAP_WARNING, p->rule,
				value != NULL ? value : pair,
				N_("%s advises geocodes SAME of 6 digits; here is \"%s\". "
				   "Receivers will not know the place; correct it."),
				p->name, value != NULL ? CAP_SHOWN(value) : "");
	}
	if (!any)
		cap_find(p->c->f, CAP_WARNING, p->rule, area,
			N_("%s advises a <geocode> with the valueName SAME in every "
			   "<area>; "
			   "broadcasters go by it. Add one of 6 digits."),
			p->name);
}

static void
judge_parameters(const struct profile *p, const struct cap_node *info)
{
	static const char *const names[] = {"EAS-ORG", "CMAMtext"};

	for (size_t i = 0; i < 2; i++) {
		const struct cap_node *pair = NULL;

		profile_value(p, info, "parameter", names[i], &pair);
		if (pair == NULL)
			cap_find(p->c->f, CAP_NOTE, p->rule, info,
				N_("%s knows the parameter %s, which is missing. Add it if "
				   "this goes out over that channel."),
				p->name, names[i]);
	}
}

static void
judge_info(const struct profile *p, const struct cap_node *info)
{
	static const char *const ignored[] = {"effective", "onset"};
	const struct cap_node *area = profile_child(p, info, "area");

	profile_need(p, info, "expires");
	profile_need(p, info, "area");
	profile_advise(p, info, "description");
	profile_advise(p, info, "instruction");
	judge_event_code(p, info);
	judge_parameters(p, info);
	for (size_t i = 0; i < 2; i++) {
		const struct cap_node *n = profile_child(p, info, ignored[i]);

		if (n != NULL)
			cap_find(p->c->f, CAP_NOTE, p->rule, n,
				N_("%s ignores <%s>: the alert holds from when it is sent. "
				   "Send it when it is to hold."),
				p->name, ignored[i]);
	}
	for (; area != NULL; area = cap_next_same(area))
		judge_area(p, area);
}

void
profile_ipaws(struct cap_checking *c)
{
	const struct profile p = {c, 58, "IPAWS 1.0"};
	const struct cap_node *info = profile_child(&p, c->alert, "info");
	const struct cap_node *type = profile_child(&p, c->alert, "msgType");

	profile_need_code(&p, "IPAWSv1.0", "IPAWSv1.0");
	/* A Cancel without info is what IPAWS itself sends. */
	if (!profile_is(type, "Cancel"))
		profile_need_info(&p);
	if (profile_is(type, "Update") || profile_is(type, "Cancel"))
		profile_need(&p, c->alert, "references");
	profile_local_times(&p);
	profile_same_codes(&p);
	for (; info != NULL; info = cap_next_same(info))
		judge_info(&p, info);
}
