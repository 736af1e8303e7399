/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http_server.h: HTTP connections for edge, console and the hub's socket.
 *
 * Requests of one connection are handled in order, one at a time (pipelined ones wait
 * unread). An idle connection has no buffers. A request must be whole within `request_s` of
 * its first byte (slow ones get 408 and are closed), the next one within `idle_s`, and an
 * answer must be taken by the client at no less than one write in `idle_s`.
 */
#ifndef FANOUT_HTTP_SERVER_H
#define FANOUT_HTTP_SERVER_H

#include "fanout/frame.h"
#include "loop/loop.h"
#include "wire/http.h"

struct http_server;
struct http_exchange; /* one request and the answer it waits for */

/* Zeros stand for the defaults in brackets. */
struct http_server_config {
	size_t connections_max; /* (10,000) above it the listener rests */
	size_t body_max;	/* bytes (1 MiB); 413 above it */
	unsigned request_s;	/* (10) */
	unsigned idle_s;	/* (60) */
};

/*
 * Called once per whole request. Each exchange must be answered exactly once, now or later,
 * by one http_exchange_answer*() or by broadcast_subscribe(); the client being gone changes
 * nothing in that. `req` and its bytes live until the answer.
 */
typedef void http_handler(
	void *ctx, struct http_exchange *x, const struct http_request *req);

/* On success the caller owns *out. Errors: ERR_NOMEM. */
CHECKED enum err http_server_new(struct http_server **out, struct loop *loop,
	const struct http_server_config *conf, http_handler *handler, void *ctx);
/* Closes every connection, also the subscribers'. Exchanges not yet answered stay valid and
 * must still be answered; the answer goes nowhere. */
void http_server_free(struct http_server *s);
/* Listen at one more address (address.h). Errors: as listener_new(). */
CHECKED enum err http_server_listen(
	struct http_server *s, const char *address, struct fault *fault);
/* Where it listens, with the real port: the n-th address asked for; NULL past the last. */
const char *http_server_address(const struct http_server *s, size_t n);

/* `extra`: NULL or whole lines "Name: value\r\n". The bytes are copied. A HEAD request gets
 * the head alone. */
struct http_answer {
	int status;
	const char *type; /* NULL: no Content-Type */
	const char *extra;
	struct bytes body;
};
void http_exchange_answer(struct http_exchange *x, const struct http_answer *a);
/* The same for text/plain: a sentence, a newline is added. */
void http_exchange_say(struct http_exchange *x, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A whole answer made before (head with "Content-Length" and no "Connection", and body),
 * for what thousands ask for. Takes a reference of its own. Not for HEAD. */
void http_exchange_answer_frame(struct http_exchange *x, struct frame *whole);

const struct http_request *http_exchange_request(const struct http_exchange *x);
/* The peer's address without port ("127.0.0.1", "unix"), for quotas per source; "" if gone.
 */
enum { HTTP_PEER_TEXT = 64 };
void http_exchange_peer(const struct http_exchange *x, char out[HTTP_PEER_TEXT]);
/* The user at the other end of a Unix socket; -1 for TCP. */
int64_t http_exchange_peer_uid(const struct http_exchange *x);

struct http_server_counts {
	size_t connections, waiting; /* open now; of these, exchanges not yet answered */
	size_t memory; /* user memory of all connections, bytes, by malloc's own count */
	uint64_t accepted, requests, refused, timeouts, full;
};
struct http_server_counts http_server_counts(const struct http_server *s);

#endif
