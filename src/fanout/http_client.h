/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_client.h: our own programs asking our own programs, over TCP or a Unix socket. */
#ifndef FANOUT_HTTP_CLIENT_H
#define FANOUT_HTTP_CLIENT_H

#include "loop/loop.h"
#include "wire/http.h"
#include "wire/sse.h"

/* What to ask. Copied; zeros stand for the defaults in brackets. */
struct http_ask {
	const char *address; /* address.h: "127.0.0.1:8080" or "/run/belfry/hub.sock" */
	enum http_method method;
	const char *path;  /* as it goes on the wire: encoded, with the query */
	const char *type;  /* Content-Type of the body; NULL: none */
	const char *extra; /* NULL or whole lines "Name: value\r\n" */
	struct bytes body;
	unsigned timeout_ms; /* from start to the end of the answer (10,000) */
	size_t answer_max;   /* bytes (16 MiB) */
};

struct http_call;

/*
 * Called once. ERR_OK: `resp` and `body` are borrowed for the call, whatever the status.
 * Otherwise resp is NULL and the fault names the address and what failed: ERR_IO (cannot be
 * reached, or broke off), ERR_EXPIRED (time-out), ERR_FORMAT (not HTTP), ERR_RANGE (too
 * long), ERR_NOMEM. The call is freed when this returns.
 */
typedef void http_answered(void *ctx, enum err err, const struct http_response *resp,
	struct bytes body, const struct fault *fault);

/* One connection, one request. *out (may be NULL) is valid until `answered` was called,
 * which is never before this returns. Errors: ERR_FORMAT, ERR_RANGE, ERR_IO, ERR_NOMEM. */
CHECKED enum err http_call(struct http_call **out, struct loop *loop,
	const struct http_ask *ask, http_answered *answered, void *ctx,
	struct fault *fault);
void http_call_cancel(struct http_call *call); /* without `answered`; NULL is fine */

/* For the command line: ask and run the loop until the answer is there. The body is
 * appended to `body`. Errors: as http_answered. */
CHECKED enum err http_ask_wait(struct loop *loop, const struct http_ask *ask, int *status,
	struct buffer *body, struct fault *fault);

/* An event stream. `open`: 200 and the right type. `closed`: the last call; the stream is
 * freed when it returns. Coming back, and when, is the caller's. */
struct http_stream_hooks {
	void (*open)(void *ctx);
	void (*event)(void *ctx, const struct sse_event *ev);
	void (*closed)(void *ctx, enum err err, int status, const struct fault *why);
};
struct http_stream_ask {
	const char *address, *path, *extra;
	const char *last_event_id; /* NULL or "": none */
	unsigned silence_ms;	   /* closed with ERR_EXPIRED after so long without a byte
				      (30,000) */
	size_t event_max;	   /* bytes (4 MiB) */
};
struct http_stream;

/* *out is valid until `closed` or http_stream_close(). Errors: as http_call(). */
CHECKED enum err http_stream_open(struct http_stream **out, struct loop *loop,
	const struct http_stream_ask *ask, const struct http_stream_hooks *hooks, void *ctx,
	struct fault *fault);
void http_stream_close(struct http_stream *s); /* without `closed`; NULL is fine */
unsigned http_stream_retry_ms(
	const struct http_stream *s); /* what the server asked; 0: not */

#endif
