/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soundings.h: how many sirens an alert concerns, and what they said of it. */
#ifndef CONSOLE_SOUNDINGS_H
#define CONSOLE_SOUNDINGS_H

#include "geo/zones.h"

#include <jansson.h>

/* What a siren said of an order, as its receipts told it. */
struct heard {
	uint64_t order;
	uint32_t siren;
	bool sounded; /* else: failed */
};
enum { HEARD_KEPT = 65536 };

/* The newest HEARD_KEPT of them. Start from {0}; free with heard_free(). */
struct heard_ring {
	struct heard *at;
	uint64_t count; /* that ever came */
};
/* Take a receipt of GET /api/v1/receipts; those that tell of no sounding are passed over. Errors:
 * ERR_NOMEM. */
CHECKED enum err heard_add(struct heard_ring *r, const json_t *receipt);
void heard_free(struct heard_ring *r);

struct soundings {
	int ordered, sounded, failed, unknown;
};

/*
 * For each alert of the list (objects with "zones" and "orders"), in one pass over what was heard:
 * a board must not hold the hub up. `board` as GET /api/v1/board gives it. The caller frees the
 * array, as long as the list; NULL if there is no memory.
 */
struct soundings *soundings_count(const struct heard_ring *heard, const struct zones *zones,
	const json_t *board, const json_t *alerts);

#endif
