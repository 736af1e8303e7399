/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sse.h: server-sent events (WHATWG HTML section 9.2) as bytes, both ways. Pure. */
#ifndef WIRE_SSE_H
#define WIRE_SSE_H

#include "base/bytes.h"

/* One event. Reading: borrowed for the call; `id` is the last one seen, as the standard has
 * it. */
struct sse_event {
	struct bytes id;    /* writing: len 0 writes none; no NUL, CR or LF in it */
	struct bytes event; /* len 0: "message" */
	struct bytes data;  /* each LF, CR or CRLF in it begins a new data line */
};

void sse_write(struct buffer *out, const struct sse_event *ev);
void sse_write_retry(struct buffer *out, unsigned retry_ms);
void sse_write_comment(struct buffer *out, const char *text); /* a heartbeat; one line */

typedef void sse_got(void *ctx, const struct sse_event *ev);

/* Start with sse_reader_begin(), end with sse_reader_free(). */
struct sse_reader {
	size_t max;	   /* bytes of one event */
	unsigned retry_ms; /* what the server asked for; 0 if it did not */
	struct buffer line, data, event, id;
	bool after_cr, begun;
};

void sse_reader_begin(struct sse_reader *r, size_t max);
void sse_reader_free(struct sse_reader *r);
/* Feed bytes; `got` is called for each whole event with data. Errors: ERR_RANGE (an event
 * over the limit), ERR_NOMEM; the reader takes nothing more after one. */
CHECKED enum err sse_reader_feed(
	struct sse_reader *r, struct bytes in, sse_got *got, void *ctx);

#endif
