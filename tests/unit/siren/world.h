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

#endif
