/* SPDX-License-Identifier: GPL-3.0-or-later */
/* readers.h: has documents of strangers read by children, a few at a time (child.h). */
#ifndef SOURCE_READERS_H
#define SOURCE_READERS_H

#include "cap/dsig.h"
#include "loop/loop.h"

#include <jansson.h>

enum {
	READERS_AT_ONCE = 2,
	READERS_WAIT_MS = 15000,       /* one child has this long */
	READERS_ANSWER_MAX = 16 << 20, /* bytes */
	READERS_QUEUE_MAX = 64,	       /* documents that wait */
};

struct readers;

/* `argv`: the child, NULL behind its last word; the caller's for life. One document may take
 * `wait_ms` (READERS_WAIT_MS). On success the caller owns
 * *out. Errors: ERR_NOMEM. */
CHECKED enum err readers_new(
	struct readers **out, struct loop *loop, const char *const *argv, int64_t wait_ms);
/* Ends the children; nobody is answered any more. NULL is fine. */
void readers_free(struct readers *r);

/*
 * `answer` is what the child told, borrowed; NULL: the child crashed, hung, or told nonsense, and
 * `why` says which.
 */
typedef void readers_told(void *ctx, json_t *answer, const char *why);

/* `told` is called once, later. The document is copied, the pins are not: they stay until then.
 * False: no memory, or READERS_QUEUE_MAX documents wait. */
bool readers_ask(struct readers *r, struct bytes document, const struct dsig_pin *pin,
	size_t pins, readers_told *told, void *ctx);

#endif
