/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls_link.h: frames both ways between hub and edge, over mutual TLS 1.3 (RFC 8446).
 *
 * On the wire a frame is its length (u32, big-endian, at most TLS_FRAME_MAX) and that many
 * bytes. A frame of length 0 is not handed up: each side sends one when the handshake is
 * done (so `up` means that the peer has accepted us, too) and one after each 5 s of
 * silence. A link silent for 20 s is down. Order is kept; what was not delivered when a
 * link went down is the caller's to send again.
 */
#ifndef LOOP_TLS_LINK_H
#define LOOP_TLS_LINK_H

#include "base/bytes.h"
#include "loop/address.h"
#include "loop/loop.h"
#include "loop/tls_identity.h"

enum {
	TLS_FRAME_MAX = (12 << 20) + 16, /* the longest entry line and the byte before it */
	TLS_QUEUE_HIGH = 4 << 20,	 /* above it tls_link_send() says ERR_FULL */
	TLS_QUEUE_LOW = 1 << 20, /* below it `drained` is called, if ERR_FULL was said */
};

struct tls_link;

/*
 * Each may be NULL. `frame` borrows its bytes for the call. `down` is the last call, and
 * comes at most once, never from within a function of this header; there the owner calls
 * tls_link_free(). A dialled link that never came up also ends with `down`.
 */
struct tls_link_hooks {
	void (*up)(void *ctx, struct tls_link *link);
	void (*frame)(void *ctx, struct tls_link *link, struct bytes frame);
	void (*drained)(void *ctx, struct tls_link *link);
	void (*down)(void *ctx, struct tls_link *link, const struct fault *why);
};

/*
 * Dial `address`; the peer must show the key of fingerprint `pin` (64 hexadecimal digits).
 * Handshake within 10 s. Dialling again is the caller's to decide. On success the caller
 * owns *out; `identity` is borrowed. Errors: ERR_FORMAT (address, pin), ERR_RANGE, ERR_IO,
 * ERR_NOMEM.
 */
CHECKED enum err tls_link_dial(struct tls_link **out, struct loop *loop,
	const struct tls_identity *identity, const char *address, const char *pin,
	const struct tls_link_hooks *hooks, void *ctx, struct fault *fault);

/*
 * Queue one frame (copied). ERR_FULL: the queue was above TLS_QUEUE_HIGH, nothing was
 * taken, wait for `drained`. ERR_RANGE: empty or over TLS_FRAME_MAX. ERR_IO: the link is
 * not up.
 */
CHECKED enum err tls_link_send(struct tls_link *link, struct bytes frame);
size_t tls_link_queued(const struct tls_link *link); /* bytes not yet given to the kernel */
/* The peer's fingerprint, which is one of the pins; "" before `up`. */
const char *tls_link_peer(const struct tls_link *link);
void tls_link_free(struct tls_link *link); /* at once, without `down`; NULL is fine */

/* The edge's side: takes links from the pinned peers, refuses all others in the handshake.
 */
struct tls_listener;

/*
 * `up` is where a new link first shows; from there on the link is the caller's, as if
 * dialled. A link that fails before `up` is ended here and counted. Pins are copied.
 * Errors: as listener_new(), and ERR_FORMAT for a pin.
 */
CHECKED enum err tls_listener_new(struct tls_listener **out, struct loop *loop,
	const struct tls_identity *identity, const char *address, const char *const *pins,
	size_t n_pins, const struct tls_link_hooks *hooks, void *ctx, struct fault *fault);
void tls_listener_free(struct tls_listener *l); /* links that are up live on */
const char *tls_listener_address(const struct tls_listener *l);
uint64_t tls_listener_refused(const struct tls_listener *l); /* handshakes that failed */

#endif
