/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream.h: GET /stream and GET /bulletin: the bulletin as it comes, and what of it somebody missed
 * (doc/formats/edge.md). */
#ifndef PUBLIC_STREAM_H
#define PUBLIC_STREAM_H

#include "fanout/broadcast.h"
#include "public/journal.h"

struct stream;

/* `queue_max`: bytes that may wait for one subscriber, 0: STREAM_QUEUE. Errors: ERR_NOMEM. */
enum { STREAM_QUEUE = 16 << 20 };
CHECKED enum err stream_new(
	struct stream **out, struct loop *loop, const struct edge *e, size_t queue_max);
void stream_free(struct stream *s); /* before the http_server; NULL is fine */
/* Where to read what is late; before the first subscriber. */
void stream_over(struct stream *s, struct journal *j);

void stream_subscribe(
	struct stream *s, struct http_exchange *x, const struct http_request *req);
void stream_bulletin(
	struct stream *s, struct http_exchange *x, const struct http_request *req);

/* To everybody, sirens first. */
void stream_entry(struct stream *s, const struct entry *entry);
void stream_order(struct stream *s, struct bytes order);
void stream_heartbeat(struct stream *s, const struct checkpoint *c);
void stream_cursor(struct stream *s, uint64_t received, uint64_t spool);
/* Each second. */
void stream_tick(struct stream *s, int64_t mono_ms);

struct stream_counts {
	struct broadcast_counts cast;
	uint64_t catching, joined, resumed; /* catching up now; since the start */
};
struct stream_counts stream_counts(const struct stream *s);

/* A checkpoint line with the right edge of its tree. */
void stream_checkpoint_line(
	struct buffer *out, const struct follower *f, const struct checkpoint *c);

#endif
