/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream_inside.h: what stream.c, catch_up.c and subscribe.c share. */
#ifndef PUBLIC_STREAM_INSIDE_H
#define PUBLIC_STREAM_INSIDE_H

#include "public/stream.h"
#include "public/stream_events.h"

/* Which frames a subscriber gets. */
enum {
	MASK_LEAN = 1, /* entries as sirens read them */
	MASK_FULL = 2, /* whole entries */
	MASK_SIRENS =
		4, /* orders before the hub's disk, signs of life: also while catching up */
	MASK_OTHERS = 8, /* the same for relays and browsers */
	MASK_CURSOR = 16,
};

/*
 * What goes to sirens goes at once, but for headers that they only count: those go along with what
 * comes next. All others get what came in a few milliseconds in one piece, so that the text of an
 * alert on its way to a hundred thousand browsers does not stand before the order for the sirens.
 */
enum { LANE_LEAN, LANE_FULL, LANE_EARLY, LANES };

struct lane {
	struct buffer waiting;
	uint64_t next; /* the entry behind what waits */
	uint64_t told; /* entries below it were sent to those who have caught up */
};

enum { CACHED = 16 }; /* large frames that slow readers share */

/* A subscriber that has not yet all that is here. */
struct catching {
	struct catching *next;
	struct stream *s;
	struct subscriber *sub; /* NULL: gone */
	uint64_t number;	/* the next entry to send */
	uint32_t mask;		/* what it gets when it has caught up */
	bool lean;
	struct loop_timer again;
};

struct stream {
	struct loop *loop;
	const struct edge *e;
	struct journal *j;
	struct broadcast *cast;
	struct catching *catching;
	struct lane lane[LANES];
	struct loop_timer later;
	int64_t spoke_ms; /* monotonic */
	bool spoke;
	struct {
		uint64_t number;
		bool lean;
		struct frame *frame;
	} cached[CACHED];
	size_t cached_next;
	uint64_t joined, resumed;
	/* What a siren that joins is told; made anew when edge_version() has changed. */
	struct join {
		struct buffer bytes;
		uint64_t version, next;
		int64_t made_ms, cost_ms; /* monotonic */
	} join[2];
};

/* stream.c */
void lane_flush(struct stream *s, int lane);

/* catch_up.c */
/* Give `c` what it lacks; as it takes it, in steps. It may be gone afterwards. */
void catch_up(struct catching *c);
/* Hooks of the broadcast. */
void catching_gone(void *ctx, struct subscriber *sub);
void catching_drained(void *ctx, struct subscriber *sub);

#endif
