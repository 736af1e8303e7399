/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile.h: what the files of the profiles share; nobody else includes it. */
#ifndef CAP_PROFILE_H
#define CAP_PROFILE_H

#include "cap/rules.h"

/* One function a profile, each in profile_<name>.c. */
void profile_ipaws(struct cap_checking *c);
void profile_cap_au(struct cap_checking *c);
void profile_cap_cp(struct cap_checking *c);
void profile_google(struct cap_checking *c);
void profile_wmo(struct cap_checking *c);
void profile_meteoalarm(struct cap_checking *c);
void profile_uk_cb(struct cap_checking *c);

/* A profile as its findings name it. */
struct profile {
	struct cap_checking *c;
	int rule;
	const char *name;
};

/* First child of that name in CAP's namespace; go on with cap_next_same(). NULL: none. */
const struct cap_node *profile_child(
	const struct profile *p, const struct cap_node *parent, const char *name);
/* Is there such a child, and more than blanks in it? */
bool profile_says(const struct profile *p, const struct cap_node *parent, const char *name);
/* Comparison with the trimmed text of a node; NULL equals nothing. */
bool profile_is(const struct cap_node *node, const char *text);
bool profile_begins(const struct cap_node *node, const char *text);
bool profile_equal(const struct cap_node *a, const struct cap_node *b);

/* "The profile asks for <…>." (an error), "… advises <…>." (a warning), if it is not there. */
void profile_need(const struct profile *p, const struct cap_node *parent, const char *name);
void profile_advise(
	const struct profile *p, const struct cap_node *parent, const char *name);
/* An info at least, but in Ack and Error. */
void profile_need_info(const struct profile *p);
/* A <code> that begins so; `shown` is what the sentence tells to write. */
void profile_need_code(const struct profile *p, const char *begins, const char *shown);

/*
 * The value of the next eventCode, parameter or geocode behind `after` (NULL: the first) whose
 * valueName begins so; *pair is where to go on. NULL: there are no more.
 */
const struct cap_node *profile_value(const struct profile *p, const struct cap_node *parent,
	const char *element, const char *name_begins, const struct cap_node **pair);

/* The same categories and event codes in every info. */
void profile_same_codes(const struct profile *p);
/* The same event in every info of one language. */
void profile_same_event(const struct profile *p);
/* The language of an info: en-US if it says none (rule 25). */
struct bytes profile_language(const struct profile *p, const struct cap_node *info);
/*
 * The next info behind `after` (NULL: from the first) and before `info` that is in the same
 * language, or in another one. NULL: there is none. Of more infos than any message has, only
 * the first are looked at, so that no message takes for ever.
 */
enum { PROFILE_COMPARED_MAX = 200 };
const struct cap_node *profile_earlier(const struct profile *p, const struct cap_node *info,
	const struct cap_node *after, bool same_language);

/* Warnings for times of the alert and its infos that are given in UTC. */
void profile_local_times(const struct profile *p);
/* urgency, severity and certainty that are Unknown. */
void profile_not_unknown(
	const struct profile *p, enum cap_level level, const struct cap_node *info);

#endif
