/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_cap_cp.c: rule 60, the Canadian profile. */
#include "cap/profile.h"

#include <strings.h>

static bool
begins_language(const struct profile *p, const struct cap_node *info, const char *two)
{
	struct bytes language = profile_language(p, info);

	return language.len >= 2 && strncasecmp((const char *)language.at, two, 2) == 0;
}

/* A parameter such as profile:CAP-CP:0.4:MinorChange. */
static bool
is_marked(const struct profile *p, const struct cap_node *info, const char *mark)
{
	const struct cap_node *pair = NULL;

	while (profile_value(p, info, "parameter", "profile:CAP-CP:", &pair),
		pair != NULL) {
		struct bytes name = cap_trimmed(profile_child(p, pair, "valueName"));
		struct bytes end = bytes_of_text(mark);

		if (name.len >= end.len &&
			bytes_equal(bytes_of(name.at + name.len - end.len, end.len), end))
			return true;
	}
	return false;
}

static void
judge_area(const struct profile *p, const struct cap_node *area)
{
	const struct cap_node *pair = NULL;

	if (profile_value(p, area, "geocode", "profile:CAP-CP:Location:", &pair) == NULL)
		cap_find(p->c->f, CAP_ERROR, p->rule, area,
			N_("%s asks for a Canadian location code in every <area>. Add a "
			   "<geocode> with the valueName profile:CAP-CP:Location:0.3."),
			p->name);
	if (profile_child(p, area, "polygon") == NULL &&
		profile_child(p, area, "circle") == NULL)
		cap_find(p->c->f, CAP_NOTE, p->rule, area,
			N_("%s prefers a polygon or circle to geocodes alone. Add one if "
			   "the ground is known better."),
			p->name);
}

static void
judge_event_code(const struct profile *p, const struct cap_node *info)
{
	const struct cap_node *pair = NULL;
	const struct cap_node *value =
		profile_value(p, info, "eventCode", "profile:CAP-CP:Event:", &pair);

	if (value == NULL || cap_is_blank(value))
		cap_find(p->c->f, CAP_ERROR, p->rule, info,
			N_("%s asks for an event code of its list. Add an <eventCode> with "
			   "the valueName profile:CAP-CP:Event:0.4."),
			p->name);
}

static void
judge_info(const struct profile *p, const struct cap_node *info, bool update, bool many)
{
	static const char *const advised[] = {
		"expires", "senderName", "responseType", "instruction"};
	const struct cap_node *area = profile_child(p, info, "area");

	profile_need(p, info, "area");
	judge_event_code(p, info);
	for (size_t i = 0; i < sizeof advised / sizeof *advised; i++)
		profile_advise(p, info, advised[i]);
	if (update && !is_marked(p, info, ":MinorChange"))
		cap_find(p->c->f, CAP_NOTE, p->rule, info,
			N_("%s marks updates that change nothing of weight. If this is "
			   "one, add the parameter %s."),
			p->name, "profile:CAP-CP:0.4:MinorChange");
	if (many && !is_marked(p, info, ":AutoTranslated"))
		cap_find(p->c->f, CAP_NOTE, p->rule, info,
			N_("%s marks what a machine translated. If this text is, add the "
			   "parameter %s."),
			p->name, "profile:CAP-CP:0.4:AutoTranslated");
	for (; area != NULL; area = cap_next_same(area))
		judge_area(p, area);
}

void
profile_cap_cp(struct cap_checking *c)
{
	const struct profile p = {c, 60, "CAP-CP"};
	const struct cap_node *first = profile_child(&p, c->alert, "info"), *info;
	bool update = profile_is(profile_child(&p, c->alert, "msgType"), "Update");
	bool english = false, french = false;

	profile_need_code(&p, "profile:CAP-CP:", "profile:CAP-CP:0.4");
	profile_need_info(&p);
	for (info = first; info != NULL; info = cap_next_same(info)) {
		english |= begins_language(&p, info, "en");
		french |= begins_language(&p, info, "fr");
		judge_info(&p, info, update, first != NULL && cap_next_same(first) != NULL);
	}
	if (first != NULL && !(english && french))
		cap_find(c->f, CAP_WARNING, p.rule, c->alert,
			N_("%s wants English and French; %s is missing. Add an <info> for "
			   "it."),
			p.name, english ? "fr-CA" : "en-CA");
}
