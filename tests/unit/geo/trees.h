/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trees.h: small sets of zones for the tests of src/geo. */
#ifndef TESTS_GEO_TREES_H
#define TESTS_GEO_TREES_H

#include "geo/zones.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A zone as a test tells it: without a box (west equal to east) it has no outline. */
struct told {
	uint16_t number;
	const char *id, *parent, *alias;
	double south, west, north, east;
};

static inline struct shape
box_shape(struct arena *arena, double south, double west, double north, double east)
{
	struct shape s = {arena_alloc(arena, sizeof *s.polygon), 1};
	struct point corner[5] = {
		{south, west}, {south, east}, {north, east}, {north, west}, {south, west}};

	s.polygon->n = 1;
	s.polygon->ring = arena_alloc(arena, sizeof *s.polygon->ring);
	s.polygon->ring->n = 5;
	s.polygon->ring->at = arena_alloc(arena, sizeof corner);
	memcpy(s.polygon->ring->at, corner, sizeof corner);
	return s;
}

static inline void
tell(struct zones_parts *parts, struct arena *arena, const struct told *told, size_t n)
{
	parts->zone = arena_alloc(arena, (n + 1) * sizeof *parts->zone);
	parts->zone_count = n;
	for (size_t i = 0; i < n; i++) {
		struct zone *zone = &parts->zone[i];

		*zone = (struct zone){.number = told[i].number,
			.id = told[i].id,
			.level = "",
			.parent = told[i].parent,
			.shelter_s = -1};
		if (told[i].alias != NULL) {
			zone->aliases = arena_alloc(arena, sizeof *zone->aliases);
			zone->aliases[0] = told[i].alias;
			zone->alias_count = 1;
		}
		if (told[i].west != told[i].east)
			zone->shape = box_shape(arena, told[i].south, told[i].west,
				told[i].north, told[i].east);
	}
}

/* NULL if they are refused, for the reason in *err. */
static inline struct zones *
zones_told(const struct told *told, size_t n, enum err *err, struct fault *fault)
{
	struct zones_parts parts = {0};
	struct zones *z = NULL;
	struct arena *arena;
	uint16_t bad;

	assert_int_equal(arena_new(&arena), ERR_OK);
	tell(&parts, arena, told, n);
	*err = zones_take(&z, arena, &parts, &bad, fault);
	if (*err != ERR_OK)
		arena_free(arena);
	return z;
}

#define COUNT(list) (sizeof(list) / sizeof *(list))

#endif
