/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages_inside.h: what the files of the operators' pages share. */
#ifndef CONSOLE_PAGES_INSIDE_H
#define CONSOLE_PAGES_INSIDE_H

#include "console/daemon.h"
#include "console/pages.h"
#include "console/soundings.h"
#include "geo/zones.h"
#include "wire/template.h"

#include <jansson.h>

enum page {
	PAGE_BOARD,
	PAGE_PROPOSE,
	PAGE_DRAFT,
	PAGE_ALERT,
	PAGE_FOREIGN,
	PAGE_PROBLEM,
	PAGES
};

struct pages {
	struct template *page[PAGES];
	struct buffer style;
	char token[33];	     /* a page of another site cannot know it */
	struct zones *zones; /* of `zones_version`; NULL: none yet */
	json_int_t zones_version;
	struct heard_ring heard;
	json_int_t receipts_seen;
};

/* pages_data.c */
/* Ask the brain; the caller owns the answer. NULL unless it said 200. */
json_t *pages_ask(struct daemon *d, const char *path);
/* What every page shows: mode, territory, the time. Also brings zones and receipts up to date.
 * NULL if there is no memory. The caller owns it. */
json_t *pages_common(struct pages *p, struct daemon *d);
json_t *page_time(const char *iso); /* {iso, text} */
const char *zone_words(const struct pages *p, json_int_t number);
/* "Upper Town, Harbour": names of a list of zone numbers. */
json_t *zones_words(const struct pages *p, const json_t *list);
/* Of one alert; all zero if there is no memory. */
struct soundings soundings_of(
	const struct pages *p, const json_t *board, const json_t *alert);
/* The colour's word and the person's words for a state that the brain names. */
const char *state_colour(const char *state);
const char *state_words(const char *state);
json_t *texts_shown(const json_t *content);
/* "DCBA" of "0123…dcba": what people say aloud. */
json_t *code_of(const char *id);
const char *text_of_json(const json_t *o, const char *name); /* "" if it is not there */

/* pages_board.c, pages_alert.c: fill `context`; false: there is no such thing, or no memory. */
bool board_fill(struct pages *p, struct daemon *d, json_t *context);
bool alert_fill(struct pages *p, struct daemon *d, const char *id, json_t *context);
/* pages_foreign.c */
bool foreign_fill(struct daemon *d, json_t *context);
void propose_fill(struct pages *p, struct daemon *d, json_t *context, const json_t *chosen,
	const char *problem);
void draft_fill(struct pages *p, struct daemon *d, json_t *context, const json_t *ask,
	const json_t *draft);

#endif
