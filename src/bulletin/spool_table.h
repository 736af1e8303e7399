/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool_table.h: ids and sources by hash, for spool.c alone. */
#ifndef BULLETIN_SPOOL_TABLE_H
#define BULLETIN_SPOOL_TABLE_H

#include "base/bytes.h"

/* What was taken since a minute began. */
struct spool_minute {
	int64_t began_ms;
	uint32_t taken;
};

/* A kind and a source. */
struct spool_who {
	uint8_t at[33];
};

struct spool_slot {
	struct spool_minute minute; /* of a source */
	uint64_t number;	    /* of a message; or how many messages a source holds */
	uint8_t key[33];
	uint8_t key_len; /* 0: the slot is free */
};

/* Start from {0} and the 16 random bytes that keep strangers from choosing keys that
 * collide. */
struct spool_table {
	struct spool_slot *slot;
	size_t cap, count;
	uint8_t dice[16];
};

void spool_table_free(struct spool_table *t);
/* Room for one more. Before it grows, slots that are `idle` are dropped (may be NULL), so
 * pointers to slots end here. Errors: ERR_NOMEM. */
CHECKED enum err spool_table_room(struct spool_table *t,
	bool (*idle)(const struct spool_slot *slot, int64_t now_ms), int64_t now_ms);
/* NULL if it is not there. */
struct spool_slot *spool_table_find(const struct spool_table *t, struct bytes key);
/* Found or made; only after spool_table_room(). */
struct spool_slot *spool_table_put(struct spool_table *t, struct bytes key);
/* The key must be there. */
void spool_table_remove(struct spool_table *t, struct bytes key);

#endif
