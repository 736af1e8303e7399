/* SPDX-License-Identifier: GPL-3.0-or-later */
/* standing.h: what a hub says of itself: whether it signs, for whom it waits, who reigns. */
#ifndef CLI_STANDING_H
#define CLI_STANDING_H

#include "cli/hub.h"

struct standing {
	json_t *status; /* GET /api/v1/status, as it came */
	const char *name;
	uint32_t term, last_term; /* its own; that of the newest entry, 0: there is none */
	uint64_t size;
	bool settled, reigns, superseded, forked, alone;
	int64_t clock_ms; /* the hub's */
};

/* Each gives an exit code. On EXIT_GOOD the caller ends *out with standing_free(). */
CHECKED int standing_ask(struct run *run, struct standing *out);
/* The same, after every edge in reach was asked anew; waits some seconds for their answers. */
CHECKED int standing_ask_anew(struct run *run, struct standing *out);
void standing_free(struct standing *s);

/* The n-th edge that has not told what it has; NULL past the last. */
const char *standing_unasked(const struct standing *s, int n);
/* "edge1 and edge2"; empty if every edge was asked. */
void standing_unasked_words(struct buffer *out, const struct standing *s);
/* One word: forked, superseded, signs, stands-by, waits. */
const char *standing_word(const struct standing *s);
/* What that means and what can be done about it, a sentence or two. */
void standing_words(struct buffer *out, const struct standing *s);

#endif
