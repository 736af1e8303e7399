/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool_table.c: open addressing with linear probing; SipHash, as strangers choose the keys. */
#include "bulletin/spool_table.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(crypto_shorthash_BYTES == 8 && crypto_shorthash_KEYBYTES == 16, "SipHash");

void
spool_table_free(struct spool_table *t)
{
	free(t->slot);
	t->slot = NULL;
	t->cap = t->count = 0;
}

/* Where the key would stand if nobody were in its way; cap is a power of two. */
static size_t
home(const struct spool_table *t, struct bytes key)
{
	uint8_t out[8];
	uint64_t v;

	crypto_shorthash(out, key.at, key.len, t->dice);
	memcpy(&v, out, sizeof v);
	return (size_t)v & (t->cap - 1);
}

static struct bytes
key_of(const struct spool_slot *slot)
{
	return bytes_of(slot->key, slot->key_len);
}

/* The key's slot, or the free one where it would go. */
static struct spool_slot *
place(const struct spool_table *t, struct bytes key)
{
	size_t i = home(t, key);

	while (t->slot[i].key_len != 0 && !bytes_equal(key_of(&t->slot[i]), key))
		i = (i + 1) & (t->cap - 1);
	return &t->slot[i];
}

struct spool_slot *
spool_table_find(const struct spool_table *t, struct bytes key)
{
	struct spool_slot *slot;

	if (t->cap == 0)
		return NULL;
	slot = place(t, key);
	return slot->key_len != 0 ? slot : NULL;
}

struct spool_slot *
spool_table_put(struct spool_table *t, struct bytes key)
{
	struct spool_slot *slot = place(t, key);

	if (slot->key_len == 0) {
		memcpy(slot->key, key.at, key.len);
		slot->key_len = (uint8_t)key.len;
		t->count++;
	}
	return slot;
}

enum err
spool_table_room(struct spool_table *t,
	bool (*idle)(const struct spool_slot *slot, int64_t now_ms), int64_t now_ms)
{
	struct spool_table next = *t;
	size_t busy = 0;

	if (t->count + 1 <= t->cap / 4 * 3)
		return ERR_OK;
	for (size_t i = 0; i < t->cap; i++)
		busy += t->slot[i].key_len != 0 &&
			(idle == NULL || !idle(&t->slot[i], now_ms));
	next.cap = t->cap == 0 ? 64 : busy > t->cap / 2 ? t->cap * 2 : t->cap;
	next.count = 0;
	next.slot = calloc(next.cap, sizeof *next.slot);
	if (next.slot == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < t->cap; i++)
		if (t->slot[i].key_len != 0 && (idle == NULL || !idle(&t->slot[i], now_ms)))
			*spool_table_put(&next, key_of(&t->slot[i])) = t->slot[i];
	free(t->slot);
	*t = next;
	return ERR_OK;
}

void
spool_table_remove(struct spool_table *t, struct bytes key)
{
	struct spool_slot *slot = spool_table_find(t, key);
	size_t hole = (size_t)(slot - t->slot), i = hole;

	/* Close the hole: move back each that stands behind it and has its home not after it. */
	for (;;) {
		size_t want;

		i = (i + 1) & (t->cap - 1);
		if (t->slot[i].key_len == 0)
			break;
		want = home(t, key_of(&t->slot[i]));
		if (((i - want) & (t->cap - 1)) < ((i - hole) & (t->cap - 1)))
			continue;
		t->slot[hole] = t->slot[i];
		hole = i;
	}
	memset(&t->slot[hole], 0, sizeof t->slot[hole]);
	t->count--;
}
