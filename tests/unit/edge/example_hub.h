/* SPDX-License-Identifier: GPL-3.0-or-later */
/* example_hub.h: a hub in a hand, for tests of what follows one: it signs entries, heartbeats,
 * cursors, and plays the operators too. Keys are made from numbers; no secret. */
#ifndef TEST_EDGE_EXAMPLE_HUB_H
#define TEST_EDGE_EXAMPLE_HUB_H

#include "alert/content.h"
#include "bulletin/checkpoint.h"
#include "bulletin/entry.h"
#include "bulletin/nodes.h"
#include "bulletin/roster.h"
#include "bulletin/spool.h"

enum {
	EXAMPLE_TERRITORY = 0xbeef,
	/* 1 to 4: operators and administrators; 5: a sensor; 6: nobody; 7: an operator of zone 2 */
	EXAMPLE_KEYS = 7,
	EXAMPLE_HUB_KEY = 200, /* + term */
	EXAMPLE_SENSOR = 5,
	EXAMPLE_STRANGER = 6,
	EXAMPLE_WESTERNER = 7,
	EXAMPLE_GROUP = 7, /* zones 2 and 3 */
};

struct example_hub {
	struct secret_key key;
	uint32_t term;
	struct nodes *nodes;
	struct bytes *line; /* entry lines, by number */
	size_t lines;
	int64_t now_ms;
	uint16_t orders;
};

struct secret_key example_key(unsigned n);
void example_hub_begin(struct example_hub *h, int64_t now_ms);
void example_hub_end(struct example_hub *h);
/* Term 2 of the same territory, over the entries 0 to last_number. */
void example_hub_next(
	struct example_hub *next, const struct example_hub *h, uint64_t last_number);

/* The signed roster document: five operators, one sensor with a mandate for zone 1, two hubs. */
void example_roster(struct buffer *out);
/* Zones 1 (the whole), 2 and 3 (its halves), a group of both halves, as data of an entry; signed by two administrators. */
void example_zones(struct buffer *out);

/* Make the next entry and keep its line; gives its number. */
uint64_t example_entry(struct example_hub *h, const char *kind, struct bytes data);
struct bytes example_line(const struct example_hub *h, uint64_t number);
struct checkpoint example_checkpoint(const struct example_hub *h);
void example_cursor(
	struct buffer *out, const struct example_hub *h, uint64_t spool, uint64_t received);

struct example_order {
	enum order_class class;
	uint16_t zone[4], zones;
	bool group;    /* zone[0] is a group's number */
	uint64_t ends; /* 0: none */
	uint16_t lifetime_s;
	unsigned signer[2]; /* 0: nobody */
	bool forged;	    /* the last signature's last bit is turned */
	struct hash content;
	int64_t at_ms;
};
/* The order's bytes; gives its id. */
uint64_t example_order(
	struct example_hub *h, struct buffer *out, const struct example_order *o);
/* The content of an alert whose order will have this id. */
void example_content(struct buffer *out, const struct example_hub *h, enum verb verb,
	uint64_t alert, uint64_t order, const uint16_t *zone, uint16_t zones,
	uint16_t lifetime_s);
uint64_t example_next_id(const struct example_hub *h); /* that example_order() will give */

/* Content and order of an alarm by operators 1 and 2, as bytes. */
uint64_t example_alarm(struct example_hub *h, struct buffer *content, struct buffer *order,
	const uint16_t *zone, uint16_t zones, uint16_t lifetime_s);
/* The same for what ends `alert`: VERB_STOP or VERB_ALL_CLEAR. */
uint64_t example_end(struct example_hub *h, struct buffer *content, struct buffer *order,
	enum verb verb, uint64_t alert, uint16_t zone);

#endif
