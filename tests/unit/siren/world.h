/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world.h: each test of the brain has a town and a box of its own. */
#ifndef TESTS_SIREN_WORLD_H
#define TESTS_SIREN_WORLD_H

#include "town/town.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct world {
	struct town town;
	struct box box;
};

static inline int
setup(void **state)
{
	static struct world w;

	town_new(&w.town);
	box_new(&w.box, &w.town);
	*state = &w;
	return 0;
}

static inline int
teardown(void **state)
{
	struct world *w = *state;

	box_free(&w->box);
	town_free(&w->town);
	return 0;
}

#define SUNG(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static inline struct box *
box_of(void **state)
{
	return &((struct world *)*state)->box;
}

/* An alarm that has sounded for 3 s of its 12. */
static inline uint64_t
alarm_on_air(struct box *b)
{
	uint64_t id = box_alarm(b);

	box_run(b, 3000);
	assert_true(b->relay);
	return id;
}

/* A growl of as many seconds as its pattern has. */
static inline struct order_body
growl_body(struct box *b)
{
	struct order_body growl = box_body(b, ORDER_TEST);

	growl.pattern = PATTERN_GROWL;
	growl.seconds = 0;
	return growl;
}

/* An alarm of now, signed by Anna and Boris; the caller frees it. */
static inline struct buffer
alarm_bytes(struct box *b)
{
	struct made m;

	made_body(&m, box_body(b, ORDER_ALARM));
	made_sign(&m, b->town, ANNA);
	made_sign(&m, b->town, BORIS);
	return made_bytes(&m);
}

#endif
