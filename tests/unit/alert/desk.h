/* SPDX-License-Identifier: GPL-3.0-or-later */
/* desk.h: the demo zones, one shipped playbook, a book, and a desk that composes alerts. */
#ifndef TESTS_ALERT_DESK_H
#define TESTS_ALERT_DESK_H

#include "alert/compose.h"

enum { UPPER = 2, RIVER = 3, LINDWELL = 4, CROWMERE = 5, ATTACK = 80, CLEAR = 81 };
#define NOON_MS INT64_C(1795348800000)

struct desk {
	struct zones *zones;
	struct arena *arena;
	struct playbook playbook;
	struct book *book;
	int64_t now_ms;
	uint16_t random;
	/* what the last desk_try() made */
	struct buffer bytes;
	struct order order;
	struct content content;
	struct fault fault;
};

int desk_setup(void **state);
int desk_teardown(void **state);
struct compose desk_compose(struct desk *d, enum verb verb, uint64_t alert);
enum err desk_try(struct desk *d, const struct compose *in);
/* Put what was made last into the book, content first. */
const struct alert *desk_publish(struct desk *d);
/* Alert in these zones, published; its id. */
uint64_t desk_alert(struct desk *d, const uint16_t *zone, size_t count);
/* A follow-up without zones of its own, published. */
const struct alert *desk_follow(struct desk *d, enum verb verb, uint64_t alert);

#endif
