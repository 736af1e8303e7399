/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arena.h: memory that ends all at once, with the message it belongs to. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/bytes.h"

struct arena;

/* On success the caller owns *out and ends it with arena_free(). Errors: ERR_NOMEM. */
CHECKED enum err arena_new(struct arena **out);
void arena_free(struct arena *a); /* NULL is fine */

/* Zeroed memory, aligned for any type; NULL if there is none. Lives until arena_free(). */
void *arena_alloc(struct arena *a, size_t size);
/* A copy with a NUL behind it; NULL if there is no memory. */
char *arena_text(struct arena *a, const char *text, size_t len);

#endif
