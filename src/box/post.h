/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * post.h: brings receipts to the hub by way of any edge, until the hub has them.
 *
 * Receipts of a few milliseconds go together in one POST /receipts; at most two POSTs to an edge
 * are on their way at once, however many boxes there are. An edge that does not answer within 2 s,
 * or refuses, is passed over for the next. What an edge holds is offered to another one too if the
 * hub does not say within a while that it has it: the link between those two may be cut. The same
 * receipt twice is one record, for its id is its hash.
 */
#ifndef BOX_POST_H
#define BOX_POST_H

#include "box/conf.h"
#include "loop/loop.h"

enum {
	POST_GATHER_MS = 4,
	POST_TIMEOUT_MS = 2000, /* then the other edge */
	POST_REST_MS = 2000,	/* an edge that failed rests so long, if there is another */
	POST_HELD_MS = 10000, /* held but not received: offer it to another edge; doubles */
};

struct post;

/* The hub has all receipts of this box up to `number`. */
typedef void post_received(void *ctx, uint32_t box, uint64_t number);

/* `edge` (borrowed, `edges` of them) are addresses; boxes are numbered from 0. On success the
 * caller ends *out with post_free(). Errors: ERR_NOMEM. */
CHECKED enum err post_new(struct post **out, struct loop *loop, const char *const *edge,
	size_t edges, uint32_t boxes, post_received *received, void *ctx);
void post_free(struct post *p); /* NULL is fine; forgets what waits */

/* Send this receipt of `box`; the bytes are copied. Numbers of one box rise, but for those that
 * are given again, which are passed over if they are still on their way. */
void post_add(struct post *p, uint32_t box, uint64_t number, struct bytes bytes);
/* An edge can be reached, or not, as far as its streams show. */
void post_edge(struct post *p, size_t edge, bool up);
/* The hub has this edge's receipts up to number `n` of the spool with this id (0: not told). A new
 * spool, or one that counts from the start again, has lost what the old one held. */
void post_cursor(struct post *p, size_t edge, uint64_t spool, uint64_t n);

struct post_counts {
	size_t waiting, flying, held; /* receipts */
	uint64_t posts, failed, received;
};
struct post_counts post_counts(const struct post *p);

#endif
