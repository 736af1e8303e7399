/* SPDX-License-Identifier: GPL-3.0-or-later */
/* example.h: a hub in a few lines, for the tests of what it publishes. */
#ifndef TEST_BULLETIN_EXAMPLE_H
#define TEST_BULLETIN_EXAMPLE_H

#include "base/text.h"
#include "bulletin/fork.h"
#include "bulletin/nodes.h"

#include <stdlib.h>
#include <string.h>

enum { TERRITORY = 0x0badcafe };
#define START_MS 1795356000000 /* 2026-11-22T14:00:00Z */

/* A publisher with its own tree. */
struct hub {
	struct secret_key key;
	uint32_t term;
	struct tree tree;
	int64_t now_ms;
};

static inline struct hub
hub_of_seed(uint8_t fill, uint32_t term)
{
	uint8_t seed[32];

	memset(seed, fill, sizeof seed);
	return (struct hub){
		.key = secret_key_from_seed(seed), .term = term, .now_ms = START_MS};
}

static inline struct reign
reign_of(const struct hub *hub)
{
	return (struct reign){hub->term, hub->key.public};
}

/* The next entry; `data` must live on. */
static inline struct entry
publish(struct hub *hub, const char *kind, const char *data)
{
	struct entry e = {.data = bytes_of_text(data), .has_data = true};
	struct hash leaf;

	hub->now_ms += 1000;
	if (entry_header_make(&e.header, TERRITORY, hub->term, &hub->tree, kind,
		    hub->now_ms, e.data) != ERR_OK)
		abort();
	e.signature = entry_sign(&e.header, &hub->key);
	leaf = entry_leaf(&e.header);
	if (tree_append(&hub->tree, &leaf) != ERR_OK)
		abort();
	return e;
}

static inline struct checkpoint
heartbeat(struct hub *hub)
{
	struct checkpoint c = {.territory = TERRITORY,
		.term = hub->term,
		.size = hub->tree.size,
		.root = tree_root(&hub->tree)};

	hub->now_ms += 1000;
	c.time_ms = hub->now_ms;
	checkpoint_sign(&c, &hub->key);
	return c;
}

#endif
