/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shown.h: an alert as the public sees it; what page, JSON, GeoJSON and feed have in common. */
#ifndef EDGE_SHOWN_H
#define EDGE_SHOWN_H

#include "edge/edge.h"

#include <jansson.h>

enum {
	SHOWN_RECENT_MS = 24 * 3600000,
	SHOWN_RECENT = 50
}; /* what is over: as long, as many */

struct shown {
	const struct alert *alert;
	const struct content *content; /* of the newest message; NULL: it has not come */
	char id[17], code[5];
	const char *hazard;  /* in the main language */
	bool live;	     /* LIVE or STOPPED: it stands at the top */
	const char *state;   /* "live", "stopped", "all clear", "false alarm" … */
	const char *checked; /* who signed, in words */
};

struct shown shown_of(const struct edge *e, const struct alert *a);
/* The next alert to show, newest first: all that live, and the newest of those that were over
 * within a day. Start from {0}; false: no more. */
struct showing {
	size_t passed;
	int recents;
};
bool shown_next(
	struct shown *out, struct showing *at, const struct edge *e, int64_t now_ms);
const char *shown_zone_name(
	const struct edge *e, uint16_t zone, const char *language, char room[24]);
bool shown_is_rtl(const char *language);
const char *shown_language(const struct shown *s); /* the main one */

/* What is known of the time: the one place where "current" and "no alert" are decided. */
struct freshness {
	bool current;	/* the newest heartbeat is at most 30 s old, and no fork is known */
	bool none_live; /* current, and no alert is live: only then may anybody say so */
	bool heard;	/* a heartbeat came, ever */
	int64_t as_of_ms, age_s; /* if heard */
	uint64_t size;
	uint32_t term;
};
struct freshness freshness_of(const struct edge *e, int64_t now_ms);

#endif
