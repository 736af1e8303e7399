/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * known.h: the orders that a mouth knows: a set, so that the order of arrival does not matter.
 *
 * An id can be known before its order comes: a stop or an all clear named it. It is kept until
 * no power cut could take the box's time back to before its expiry, so that no order is heard
 * twice.
 */
#ifndef SIREN_KNOWN_H
#define SIREN_KNOWN_H

#include "bulletin/order.h"

enum known_flag {
	KNOWN_HEARD = 1,    /* the order itself was accepted here */
	KNOWN_STOPPED = 2,  /* a stop named it */
	KNOWN_ENDED = 4,    /* an all clear, false alarm, update or silent end named it */
	KNOWN_STARTED = 8,  /* the relay was closed for it */
	KNOWN_CURRENT = 16, /* … and current was seen */
	KNOWN_FAILED = 32,  /* … and no current came */
	KNOWN_DONE = 64,    /* its sounding is over, or never has to be */
	KNOWN_TOLD = 128,   /* its expiry was reported */
	KNOWN_GROUP = 256,  /* `zone` is the number of a group */
	KNOWN_JOIN = 512,   /* it may join the same alarm already on air */
};

struct known {
	uint64_t id;
	enum order_class class;
	uint8_t hazard, pattern;
	uint8_t rung;		/* of the place that the order named */
	uint16_t seconds, zone; /* zone: the number that matched */
	uint16_t flags;
	uint64_t joined;    /* the order in whose sounding it shares; 0 if none */
	int64_t expiry_ms;  /* when it may be forgotten */
	int64_t started_ms; /* when the relay closed, by the box's clock chip */
};

enum { KNOWN_MAX = 8192 }; /* of more, those that say least are forgotten */

struct known_set {
	struct known *at;
	size_t count, cap;
};

void known_free(struct known_set *s);
struct known *known_find(const struct known_set *s, uint64_t id); /* or NULL */
/* The one with this id, made new (without KNOWN_HEARD) if need be; `namer` is the order that
 * names it, itself if it is heard. NULL: no memory. Pointers into the set are good until the
 * next known_need(). */
struct known *known_need(struct known_set *s, uint64_t id, uint64_t namer);
/* Drop what expired before the clock's floor, but nothing in whose sounding a kept one shares. */
void known_forget(struct known_set *s, int64_t floor_ms);

/* It wants the horn: a message (class alarm without a pattern) is none. */
bool known_is_alarm(const struct known *k);
/* An alarm that was heard, neither stopped nor ended, and has not expired. */
bool known_lives(const struct known *k, int64_t now_ms);

/* One record of the box's state log. */
void known_write(struct buffer *out, const struct known *k);
CHECKED enum err known_read(struct known *out, struct bytes in);

#endif
