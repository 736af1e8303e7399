/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * foreign_list.h: others' alerts as they are republished: the data of an entry of the kind "foreign",
 * which holds all of them at once, so that the newest entry alone counts (doc/formats/source.md). It
 * is an order to nobody, and an all clear of others is never in it.
 */
#ifndef ALERT_FOREIGN_LIST_H
#define ALERT_FOREIGN_LIST_H

#include "base/bytes.h"

#include <jansson.h>

#define FOREIGN_LIST_KIND "foreign"

enum {
	FOREIGN_LIST_MAX = 256 << 10, /* bytes */
	FOREIGN_LIST_ALERTS = 100,    /* more are counted, not told */
};

/* Which of a source's alerts are republished. */
struct foreign_rule {
	bool on;
	bool unsigned_too; /* else only those that somebody pinned signed */
	int severity; /* 0 Unknown, 1 Minor, 2 Moderate, 3 Severe, 4 Extreme: at least this */
};

/* 0 to 4; -1: no word of CAP's. */
int foreign_severity(const char *word);

/*
 * Add those alerts of `list` (foreign_alerts() of one source) that the rule lets pass to `out`: live,
 * Actual, Public, without errors, saying no all clear. Says how many passed and were not added,
 * because there are FOREIGN_LIST_ALERTS already.
 */
size_t foreign_pick(json_t *out, const json_t *list, const struct foreign_rule *rule);

/* A list that came by the bulletin: an object whose "sources" and "alerts" are lists of objects; NULL:
 * it is none. The caller owns it. */
json_t *foreign_list_read(struct bytes data);

#endif
