/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_compare.h: two documents, element by element. */
#ifndef CLI_CAP_COMPARE_H
#define CLI_CAP_COMPARE_H

#include "cap/tree.h"

enum differs {
	DIFFERS_TEXT,	 /* both have it, with other text */
	DIFFERS_ONLY_A,	 /* removed, with all that is in it */
	DIFFERS_ONLY_B,	 /* added, with all that is in it */
	DIFFERS_ORDER,	 /* the same elements in it, in another order */
	DIFFERS_VERSION, /* the root is of another version of CAP */
};
const char *differs_name(enum differs d); /* "changed", "removed" … */

struct difference {
	enum differs how;
	const struct cap_node *a, *b; /* NULL: not there */
};

/*
 * Blanks at both ends of a text do not count unless `exact`; attributes never do. Elements that may
 * be repeated are matched in their order, after what is the same at both ends was set aside. More
 * than DIFFERENCES_MAX are counted, not kept.
 */
struct comparison {
	struct arena *arena;
	bool exact;
	bool skip_signatures;
	struct difference *at; /* in the order of the documents */
	size_t count, room, left_out;
	enum err err;
};
enum { DIFFERENCES_MAX = 1000 };

/* Start from {.arena = …}. Errors: ERR_NOMEM. */
CHECKED enum err cap_compare(
	struct comparison *c, const struct cap_node *a, const struct cap_node *b);

#endif
