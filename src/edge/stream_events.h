/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream_events.h: the events of GET /stream as bytes; for stream.c and join.c. */
#ifndef EDGE_STREAM_EVENTS_H
#define EDGE_STREAM_EVENTS_H

#include "edge/journal.h"
#include "fanout/frame.h"

/* `lean`: as sirens get it, without the data of kinds that no siren reads. `with_id`: a client that
 * comes back will ask for what is behind it. */
void event_entry(struct buffer *out, const struct entry *entry, bool lean, bool with_id);
bool event_entry_is_lean(const struct entry *entry); /* is its lean form a shorter one? */
void event_order(struct buffer *out, struct bytes order, const struct hash *content);
void event_checkpoint(struct buffer *out, const struct follower *f,
	const struct checkpoint *c, bool with_id);
/* The bytes become a frame; the buffer is emptied. NULL: no memory. */
struct frame *event_frame(struct buffer *b);

/* join.c: what somebody needs who knows nothing: takeovers, the newest heartbeat, what changes
 * trust, and the orders that still matter. *next is the first entry to go on with. */
void join_write(struct buffer *out, const struct edge *e, struct journal *j, bool lean,
	uint64_t *next);
/* Orders that are in no entry yet. */
void early_orders_write(struct buffer *out, const struct edge *e);

#endif
