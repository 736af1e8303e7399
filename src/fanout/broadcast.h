/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * broadcast.h: one frame to every subscriber of an event stream, sirens first.
 *
 * A frame is built once. Each subscriber costs one send(2); only one whose socket is full
 * gets a queue, up to `queue_max` bytes. Above that it is dropped: it will come back and
 * ask for what it missed by Last-Event-ID, which is cheaper than holding everybody's past.
 */
#ifndef FANOUT_BROADCAST_H
#define FANOUT_BROADCAST_H

#include "fanout/frame.h"
#include "fanout/http_server.h"

/* In the order in which they are sent to. */
enum broadcast_class { CLASS_SIREN, CLASS_RELAY, CLASS_BROWSER };
enum { BROADCAST_CLASSES = 3 };

struct broadcast;
struct subscriber;

/*
 * Each may be NULL. `gone`: the connection ended or was dropped for slowness; the
 * subscriber is invalid after the call. `drained`: its queue has just become empty. Neither
 * is called from within a function of this header but broadcast_free().
 */
struct broadcast_hooks {
	void (*gone)(void *ctx, struct subscriber *sub);
	void (*drained)(void *ctx, struct subscriber *sub);
};

/* `queue_max` bytes per subscriber, 0: 256 KiB. Errors: ERR_NOMEM. */
CHECKED enum err broadcast_new(struct broadcast **out, struct loop *loop, size_t queue_max,
	const struct broadcast_hooks *hooks, void *ctx);
/* Header lines "Name: value\r\n" that every stream begins with from now on; NULL: none.
 * Copied. Errors: ERR_NOMEM. */
CHECKED enum err broadcast_set_extra(struct broadcast *b, const char *extra);
/* Ends every subscription, with `gone` for each. Before the http_server it got them from.
 */
void broadcast_free(struct broadcast *b);

/*
 * Answer an exchange with an event stream (200, text/event-stream) that begins with the
 * bytes in `first`, and keep it. The exchange is used up, also on error (it is then
 * answered 503). It gets the frames whose mask has a bit in common with `mask`; 0: only
 * private ones, for the time of a catch-up. *out (may be NULL) is valid until `gone`.
 * Errors: ERR_NOMEM, ERR_REFUSED (not a GET: answered 405), ERR_IO (the client is gone already).
 */
CHECKED enum err broadcast_subscribe(struct subscriber **out, struct broadcast *b,
	struct http_exchange *x, enum broadcast_class class, uint32_t mask,
	struct bytes first);

/* Send to all whose mask has a bit in common with `mask`. Returns how many have it, sent or
 * queued. The caller keeps its reference. */
size_t broadcast_send(struct broadcast *b, struct frame *f, uint32_t mask);
/* Send to one. False: over the bound, and the subscriber will be `gone`. */
bool broadcast_private(struct subscriber *sub, struct frame *f);

/* End its connection; it gets nothing more and will be `gone`. */
void subscriber_drop(struct subscriber *sub);
void subscriber_set_mask(struct subscriber *sub, uint32_t mask);
void subscriber_set_tag(
	struct subscriber *sub, uint64_t tag); /* a number of the caller's */
uint64_t subscriber_tag(const struct subscriber *sub);
size_t subscriber_queued(const struct subscriber *sub); /* bytes */
enum broadcast_class subscriber_class(const struct subscriber *sub);

struct broadcast_counts {
	size_t subscribers[BROADCAST_CLASSES];
	size_t queued; /* bytes not yet taken by the kernel, all subscribers */
	size_t memory_per_subscriber; /* bytes of user memory, connection and subscription,
					 without queues; 0 when there is none */
	uint64_t deliveries, dropped,
		lost; /* frames given to a client; subscribers dropped for
			 slowness; subscribers that went by themselves */
};
struct broadcast_counts broadcast_counts(const struct broadcast *b);

#endif
