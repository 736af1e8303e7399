/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream_events.h: the events of GET /stream as bytes; for those who write them. */
#ifndef PUBLIC_STREAM_EVENTS_H
#define PUBLIC_STREAM_EVENTS_H

#include "fanout/frame.h"
#include "public/journal.h"

/* `lean`: as sirens get it, without the data of kinds that no siren reads. `with_id`: a client that
 * comes back will ask for what is behind it. */
void event_entry(struct buffer *out, const struct entry *entry, bool lean, bool with_id);
bool event_entry_is_lean(const struct entry *entry); /* is its lean form a shorter one? */
void event_order(struct buffer *out, struct bytes order, const struct hash *content);
void event_checkpoint(struct buffer *out, const struct follower *f,
	const struct checkpoint *c, bool with_id);
void event_time(
	struct buffer *out, const struct checkpoint *c); /* without its right edge */
/* The bytes become a frame; the buffer is emptied. NULL: no memory. */
struct frame *event_frame(struct buffer *b);

#endif
