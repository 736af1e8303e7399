/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arena.c: a chain of blocks. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

struct block {
	struct block *next;
	size_t used, cap;
	alignas(max_align_t) uint8_t at[];
};

struct arena {
	struct block *head;
};

enum { BLOCK = 4096 };

enum err
arena_new(struct arena **out)
{
	struct arena *a = calloc(1, sizeof *a);

	if (a == NULL)
		return ERR_NOMEM;
	*out = a;
	return ERR_OK;
}

void
arena_free(struct arena *a)
{
	struct block *next;

	if (a == NULL)
		return;
	for (struct block *b = a->head; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t want = (size + alignof(max_align_t) - 1) / alignof(max_align_t) *
		      alignof(max_align_t);
	struct block *b = a->head;

	if (want < size)
		return NULL;
	if (b == NULL || b->cap - b->used < want) {
		size_t cap = want > BLOCK ? want : BLOCK;

		b = calloc(1, sizeof *b + cap);
		if (b == NULL)
			return NULL;
		b->cap = cap;
		b->next = a->head;
		a->head = b;
	}
	b->used += want;
	return b->at + b->used - want;
}

char *
arena_text(struct arena *a, const char *text, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (copy != NULL && len > 0)
		memcpy(copy, text, len);
	return copy;
}
