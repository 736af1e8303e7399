/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_meteoalarm.c: rule 62, the warnings of Europe's weather services. */
#include "cap/profile.h"

#include <string.h>
#include <strings.h>

static const char *const levels[][2] = {
	{"1; green; Minor", "Minor"},
	{"2; yellow; Moderate", "Moderate"},
	{"3; orange; Severe", "Severe"},
	{"4; red; Extreme", "Extreme"},
};

/* The only value of a parameter; else a finding, and NULL. */
static const struct cap_node *
only_value(const struct profile *p, const struct cap_node *info, const char *name,
	const char *example)
{
	const struct cap_node *pair = NULL, *value = NULL, *found = NULL;
	unsigned count = 0;

	while ((value = profile_value(p, info, "parameter", name, &pair)), pair != NULL)
		if (profile_is(profile_child(p, pair, "valueName"), name) && count++ == 0)
			found = value;
	if (count == 1 && found != NULL)
		return found;
	cap_find(p->c->f, CAP_ERROR, p->rule, info,
		N_("%s asks for one parameter %s in every <info>; here are %u. Write one, "
		   "as "
		   "\"%s\"."),
		p->name, name, count, example);
	return NULL;
}

static void
judge_level(const struct profile *p, const struct cap_node *info)
{
	const struct cap_node *value =
		only_value(p, info, "awareness_level", "3; orange; Severe");
	const struct cap_node *severity = profile_child(p, info, "severity");
	size_t i = 0;

	if (value == NULL)
		return;
	while (i < 4 && !profile_is(value, levels[i][0]))
		i++;
	if (i == 4)
		cap_find(p->c->f, CAP_ERROR, p->rule, value,
			N_("awareness_level is \"%s\". Write \"2; yellow; Moderate\", \"3; "
			   "orange; Severe\" or \"4; red; Extreme\"."),
			CAP_SHOWN(value));
	else if (severity != NULL && !profile_is(severity, levels[i][1]))
		cap_find(p->c->f, CAP_WARNING, p->rule, severity,
			N_("<severity> is \"%s\", but awareness_level is \"%s\". Make them "
			   "agree."),
			CAP_SHOWN(severity), levels[i][0]);
}

/* "12; flooding": 1 to 13, but not 11, and a name. */
static bool
is_type(struct bytes text)
{
	unsigned number = 0;
	size_t i = 0;

	for (; i < text.len && i < 2 && text.at[i] >= '0' && text.at[i] <= '9'; i++)
		number = number * 10 + (text.at[i] - '0');
	return number >= 1 && number <= 13 && number != 11 && text.len > i + 2 &&
	       text.at[i] == ';' && text.at[i + 1] == ' ';
}

static void
judge_type(const struct profile *p, const struct cap_node *info)
{
	const struct cap_node *value =
		only_value(p, info, "awareness_type", "12; flooding");
	const struct cap_node *first = profile_child(p, p->c->alert, "info"), *pair = NULL;
	const struct cap_node *its =
		profile_value(p, first, "parameter", "awareness_type", &pair);

	if (value == NULL)
		return;
	if (!is_type(cap_trimmed(value)))
		cap_find(p->c->f, CAP_ERROR, p->rule, value,
			N_("awareness_type is \"%s\". Write its number, a semicolon, a "
			   "blank "
			   "and its name, as \"12; flooding\"."),
			CAP_SHOWN(value));
	else if (its != NULL && !profile_equal(its, value))
		cap_find(p->c->f, CAP_ERROR, p->rule, value,
			N_("%s allows one hazard an alert; here awareness_type is \"%s\", "
			   "in the first <info> it is another. Send two alerts."),
			p->name, CAP_SHOWN(value));
}

static void
judge_area(const struct profile *p, const struct cap_node *area)
{
	const struct cap_node *emma = NULL, *nuts = NULL;

	if (profile_value(p, area, "geocode", "EMMA_ID", &emma) == NULL &&
		profile_value(p, area, "geocode", "NUTS", &nuts) == NULL)
		cap_find(p->c->f, CAP_ERROR, p->rule, area,
			N_("%s asks for a <geocode> EMMA_ID or NUTS in every <area>; the "
			   "map "
			   "goes by it. Add one."),
			p->name);
	if (profile_child(p, area, "polygon") == NULL)
		cap_find(p->c->f, CAP_NOTE, p->rule, area,
			N_("The Nordic profile (MetCoOp) asks for a <polygon>, too. Add it "
			   "if "
			   "this goes there."));
}

static void
judge_languages(const struct profile *p)
{
	const struct cap_node *first = profile_child(p, p->c->alert, "info"), *info;
	bool english = false;

	for (info = first; info != NULL; info = cap_next_same(info)) {
		struct bytes language = profile_language(p, info);

		english |= language.len >= 2 &&
			   strncasecmp((const char *)language.at, "en", 2) == 0;
		if (profile_earlier(p, info, NULL, true) != NULL)
			cap_find(p->c->f, CAP_ERROR, p->rule, info,
				N_("%s allows one <info> a language; this is another in "
				   "\"%s\". "
				   "Join them, or send two alerts."),
				p->name, cap_shown_of(language).text);
	}
	if (first != NULL && !english)
		cap_find(p->c->f, CAP_ERROR, p->rule, p->c->alert,
			N_("%s asks for an <info> in English beside the others. Add it."),
			p->name);
}

void
profile_meteoalarm(struct cap_checking *c)
{
	const struct profile p = {c, 62, "MeteoAlarm"};
	const struct cap_node *info = profile_child(&p, c->alert, "info"), *area;

	profile_need_info(&p);
	judge_languages(&p);
	for (; info != NULL; info = cap_next_same(info)) {
		profile_need(&p, info, "onset");
		profile_need(&p, info, "expires");
		judge_level(&p, info);
		judge_type(&p, info);
		profile_need(&p, info, "area");
		area = profile_child(&p, info, "area");
		for (; area != NULL; area = cap_next_same(area))
			judge_area(&p, area);
	}
}
