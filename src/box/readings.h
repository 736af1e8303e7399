/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * readings.h: what an edge's events say, each text read once.
 *
 * The same entry comes from every edge, and in a fleet to every box. Equal texts are read once and
 * the result is kept for a while; nothing is believed here, each brain judges for itself.
 */
#ifndef BOX_READINGS_H
#define BOX_READINGS_H

#include "bulletin/checkpoint.h"
#include "bulletin/entry.h"

enum reading_kind {
	READING_NONE, /* not one of these, or not in their form */
	READING_ENTRY,
	READING_CHECKPOINT,
	READING_ORDER, /* an approved order that left the hub before its disk had it */
	READING_CURSOR,
};

struct reading {
	enum reading_kind kind;
	struct entry entry;
	struct checkpoint checkpoint;
	struct proof edge;  /* of the checkpoint; count 0: none */
	struct bytes order; /* as for order_read() */
	bool on_disk;	    /* of the order */
	uint64_t cursor;    /* the hub has this edge's receipts up to here … */
	uint64_t spool;	    /* … of this spool; 0: the edge does not tell */
};

struct readings;

/* On success the caller ends *out with readings_free(). Errors: ERR_NOMEM. */
CHECKED enum err readings_new(struct readings **out);
void readings_free(struct readings *r); /* NULL is fine */

/* `kind` is the event's word, or "" for a line of /bulletin, which shows its kind itself. Never
 * NULL; borrowed until the next call. */
const struct reading *readings_read(
	struct readings *r, struct bytes kind, struct bytes data);

#endif
