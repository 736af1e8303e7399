/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_inside.h: what identities, links and listeners know of each other; for tls_*.c alone. */
#ifndef LOOP_TLS_INSIDE_H
#define LOOP_TLS_INSIDE_H

#include "loop/tls_link.h"

#include "base/hash.h"

#include <openssl/ssl.h>

struct tls_identity {
	SSL_CTX *ctx;
	char fingerprint[TLS_FINGERPRINT];
};

CHECKED enum err tls_pin_read(struct hash *out, const char *pin, struct fault *fault);
/* SHA-256 of the SubjectPublicKeyInfo. */
CHECKED enum err tls_cert_hash(struct hash *out, const X509 *cert);

enum link_state {
	LINK_DIALLING,
	LINK_SHAKING, /* hands */
	LINK_HELLO,   /* the peer's first frame is still to come */
	LINK_UP,
	LINK_DOWN,
};

struct tls_link {
	struct loop *loop;
	const struct tls_identity *identity;
	struct tls_link_hooks hooks;
	void *ctx;
	struct tls_listener *listener; /* until up, if it was accepted */
	struct tls_link *prev, *next;  /* of the listener's, until up */
	struct loop_watch watch;
	struct loop_timer timer;
	SSL *ssl;
	int fd;
	enum link_state state;
	const struct hash *pins; /* the listener's, or own_pin */
	size_t n_pins;
	struct hash own_pin;
	char name[ADDRESS_TEXT]; /* of the peer */
	char peer[TLS_FINGERPRINT],
		shown[TLS_FINGERPRINT]; /* accepted; shown by the peer */
	struct buffer in, out;
	size_t sent; /* of out */
	int64_t heard_ms, said_ms;
	bool unpinned; /* what it showed is none of the pins */
	bool wants_write, said_full, ended;
	uint8_t running;
};

struct tls_listener {
	struct loop *loop;
	const struct tls_identity *identity;
	struct tls_link_hooks hooks;
	void *ctx;
	struct listener *listener;
	struct hash *pins;
	size_t n_pins;
	struct tls_link *newest, *oldest; /* not up yet */
	size_t n_new;
	uint64_t refused;
};

/* A link over a connected or connecting socket, which it owns from now on, also on error. */
CHECKED enum err tls_link_over(struct tls_link **out, struct loop *loop,
	const struct tls_identity *identity, int fd, bool accepted, struct fault *fault);
CHECKED enum err tls_link_start(struct tls_link *link, struct fault *fault);

/* What a link tells the listener it came from: that it is up, or that it failed. */
void tls_listener_let_go(struct tls_link *link, bool up);

#endif
