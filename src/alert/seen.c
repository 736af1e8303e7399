/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seen.c: the set of orders that came. */
#include "alert/seen.h"

#include <stdlib.h>

void
seen_free(struct seen_set *s)
{
	free(s->at);
	*s = (struct seen_set){0};
}

const struct seen *
seen_find(const struct seen_set *s, uint64_t id)
{
	for (size_t i = s->count; i-- > 0;)
		if (s->at[i].id == id)
			return &s->at[i];
	return NULL;
}

void
seen_add(struct seen_set *s, uint64_t id, int signers)
{
	struct seen *at = (struct seen *)seen_find(s, id);

	if (at != NULL) {
		at->signers = signers;
		return;
	}
	if (s->count == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;

		at = realloc(s->at, cap * sizeof *at);
		if (at == NULL)
			return;
		s->at = at;
		s->cap = cap;
	}
	s->at[s->count++] = (struct seen){id, signers};
}

int64_t
seen_newest_ms(const struct seen_set *s)
{
	int64_t newest = 0;

	for (size_t i = 0; i < s->count; i++)
		if (order_id_ms(s->at[i].id) > newest)
			newest = order_id_ms(s->at[i].id);
	return newest;
}

void
seen_forget(struct seen_set *s, int64_t before_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++)
		if (order_id_ms(s->at[i].id) >= before_ms)
			s->at[kept++] = s->at[i];
	s->count = kept;
}
