/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memo.h: signatures that were verified already.
 *
 * For a fleet alone: in life each box has its own processor and verifies each signature itself;
 * here one processor plays them all, and the thousandth box to verify the same signature over the
 * same bytes with the same key gets the answer that the first one worked out.
 */
#ifndef BOX_MEMO_H
#define BOX_MEMO_H

#include "base/hash.h"

struct memo;

/* On success the caller ends *out with memo_free(). Errors: ERR_NOMEM. */
CHECKED enum err memo_new(struct memo **out);
void memo_free(struct memo *m); /* NULL is fine */

/* A verify_fn (bulletin/verdict.h); `ctx` is the memo. */
bool memo_verify(void *ctx, const struct public_key *key, struct bytes message,
	const struct signature *s);
/* How many signatures were really verified. */
uint64_t memo_worked(const struct memo *m);

#endif
