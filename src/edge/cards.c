/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cards.c: contents parsed once, to be shown often. */
#include "edge/brain.h"

#include <stdlib.h>

const struct card *
card_find(const struct edge *e, const struct hash *hash)
{
	for (size_t i = e->card_count; i-- > 0;)
		if (hash_equal(&e->card[i].hash, hash))
			return &e->card[i];
	return NULL;
}

static struct card *
card_room(struct edge *e)
{
	if (e->card_count == e->card_cap) {
		size_t cap = e->card_cap ? e->card_cap * 2 : 64;
		struct card *at = realloc(e->card, cap * sizeof *at);

		if (at == NULL)
			return NULL;
		e->card = at;
		e->card_cap = cap;
	}
	return &e->card[e->card_count];
}

void
card_add(struct edge *e, struct bytes data, uint64_t number, int64_t now_ms)
{
	struct card card = {.hash = hash_of(data), .number = number, .came_ms = now_ms};
	struct card *known = (struct card *)card_find(e, &card.hash), *room;

	if (known != NULL) {
		if (known->number == EDGE_NOT_ENTERED)
			known->number = number;
		return;
	}
	room = card_room(e);
	if (room == NULL || arena_new(&card.arena) != ERR_OK)
		return;
	if (content_read(&card.content, card.arena, data, NULL) != ERR_OK) {
		arena_free(card.arena);
		return;
	}
	*room = card;
	e->card_count++;
}

static bool
card_is_shown(const struct edge *e, const struct card *card)
{
	for (size_t i = 0; i < book_count(e->book); i++) {
		const struct alert *a = book_at(e->book, i);

		for (size_t k = 0; k < a->message_count; k++)
			if (hash_equal(&a->message[k].hash, &card->hash))
				return true;
	}
	return false;
}

void
cards_forget(struct edge *e, int64_t before_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->card_count; i++) {
		struct card *card = &e->card[i];

		if (card->came_ms >= before_ms || card_is_shown(e, card))
			e->card[kept++] = *card;
		else
			arena_free(card->arena);
	}
	e->card_count = kept;
}

void
cards_free(struct edge *e)
{
	for (size_t i = 0; i < e->card_count; i++)
		arena_free(e->card[i].arena);
	free(e->card);
}
