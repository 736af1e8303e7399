/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cap/geometry.h"
#include "cap/outline.h"

#include <geos_c.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* ---- chance, the same in every run ---- */

static uint64_t chance = 88172645463325252u;

static int
below(int n)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return (int)((chance >> 11) % (uint64_t)n);
}

/* ---- two other judges: every pair of sides, and GEOS ---- */

static int
sign(int64_t v)
{
	return (v > 0) - (v < 0);
}

static int
turn(struct cap_spot a, struct cap_spot b, struct cap_spot c)
{
	return sign((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
}

static bool
lies_on(struct cap_spot p, struct cap_spot a, struct cap_spot b)
{
	return turn(a, b, p) == 0 && (p.x - a.x) * (p.x - b.x) <= 0 &&
	       (p.y - a.y) * (p.y - b.y) <= 0;
}

static bool
sides_meet(struct cap_spot a, struct cap_spot b, struct cap_spot c, struct cap_spot d)
{
	return (turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0) ||
	       lies_on(c, a, b) || lies_on(d, a, b) || lies_on(a, c, d) || lies_on(b, c, d);
}

static bool
same(struct cap_spot a, struct cap_spot b)
{
	return a.x == b.x && a.y == b.y;
}

/* Do two sides that share the corner s go the same way from it? */
static bool
folds_back(struct cap_spot s, struct cap_spot p, struct cap_spot q)
{
	return turn(s, p, q) == 0 &&
	       (p.x - s.x) * (q.x - s.x) + (p.y - s.y) * (q.y - s.y) > 0;
}

static bool
is_bad_pair(const struct cap_spot *v, int n, int i, int k)
{
	struct cap_spot a = v[i], b = v[(i + 1) % n], c = v[k], d = v[(k + 1) % n];

	if (k == i + 1)
		return folds_back(b, a, d);
	if (i == 0 && k == n - 1)
		return folds_back(a, b, c);
	return sides_meet(a, b, c, d);
}

static bool
is_bad_by_pairs(const struct cap_spot *ring, int count)
{
	struct cap_spot v[64];
	int n = 0;

	for (int i = 0; i < count; i++)
		if (n == 0 || !same(v[n - 1], ring[i]))
			v[n++] = ring[i];
	while (n > 1 && same(v[0], v[n - 1]))
		n--;
	for (int i = 0; i < n; i++)
		for (int k = i + 1; k < n; k++)
			if (is_bad_pair(v, n, i, k))
				return true;
	return n < 3;
}

/* Two sides that the product named must really meet, or fold back on each other. */
static bool
is_bad_named(const struct cap_spot *v, int n, const struct crossing *at)
{
	struct cap_spot a = v[at->a], b = v[(at->a + 1) % (size_t)n];
	struct cap_spot c = v[at->b], d = v[(at->b + 1) % (size_t)n];

	if (same(b, c))
		return folds_back(b, a, d) || lies_on(a, c, d) || lies_on(d, a, b);
	if (same(d, a))
		return folds_back(a, b, c) || lies_on(b, c, d) || lies_on(c, a, b);
	return sides_meet(a, b, c, d);
}

static GEOSGeometry *
polygon_of(GEOSContextHandle_t g, const struct cap_spot *v, int n)
{
	GEOSCoordSequence *s = GEOSCoordSeq_create_r(g, (unsigned)n + 1, 2);

	for (int i = 0; i <= n; i++)
		GEOSCoordSeq_setXY_r(
			g, s, (unsigned)i, (double)v[i % n].x, (double)v[i % n].y);
	return GEOSGeom_createPolygon_r(g, GEOSGeom_createLinearRing_r(g, s), NULL, 0);
}

/* ---- crossing ---- */

static void
a_sweep_agrees_with_every_pair_and_with_geos_on_20000_rings(void **state)
{
	GEOSContextHandle_t g = GEOS_init_r();
	int good = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		int n = 3 + below(9), grid = 3 + below(9);
		struct cap_spot v[12];
		struct crossing at;
		GEOSGeometry *polygon;

		for (int i = 0; i < n; i++)
			v[i] = (struct cap_spot){below(grid), below(grid)};
		assert_int_equal(crossing_find(&at, v, (size_t)n), ERR_OK);
		assert_int_equal(at.kind != CROSSING_NONE, is_bad_by_pairs(v, n));
		if (at.kind != CROSSING_NONE && at.kind != CROSSING_FLAT) {
			assert_true(at.a < at.b && at.b < (size_t)n);
			assert_true(is_bad_named(v, n, &at));
		}
		polygon = polygon_of(g, v, n);
		assert_int_equal(at.kind == CROSSING_NONE, GEOSisValid_r(g, polygon));
		GEOSGeom_destroy_r(g, polygon);
		good += at.kind == CROSSING_NONE;
	}
	assert_in_range(good, 2000, 18000);
	GEOS_finish_r(g);
}

static struct crossing
crossing_of(const struct cap_spot *v, size_t n)
{
	struct crossing at;

	assert_int_equal(crossing_find(&at, v, n), ERR_OK);
	return at;
}

static void
the_two_sides_that_cross_are_named_by_their_points(void **state)
{
	const struct cap_spot bow[] = {{0, 0}, {4, 4}, {4, 0}, {0, 4}, {0, 0}};
	struct crossing at = crossing_of(bow, 5);

	(void)state;
	assert_int_equal(at.kind, CROSSING_CROSS);
	assert_int_equal(at.a, 0);
	assert_int_equal(at.b, 2);
}

static void
touching_spikes_and_flat_rings_are_told_apart(void **state)
{
	const struct cap_spot touch[] = {{0, 0}, {8, 0}, {8, 8}, {4, 0}, {0, 8}, {0, 0}};
	const struct cap_spot corner[] = {
		{0, 0}, {4, 4}, {8, 0}, {8, 8}, {4, 4}, {0, 8}, {0, 0}};
	const struct cap_spot spike[] = {{0, 0}, {8, 0}, {8, 8}, {8, 12}, {8, 8}, {0, 8}};
	const struct cap_spot flat[] = {{0, 0}, {4, 4}, {2, 2}, {0, 0}};
	const struct cap_spot point[] = {{3, 3}, {3, 3}, {3, 3}, {3, 3}};
	const struct cap_spot repeats[] = {
		{0, 0}, {0, 0}, {8, 0}, {8, 8}, {8, 8}, {8, 8}, {0, 8}, {0, 0}, {0, 0}};

	(void)state;
	assert_int_equal(crossing_of(touch, 6).kind, CROSSING_TOUCH);
	assert_int_equal(crossing_of(corner, 7).kind, CROSSING_TOUCH);
	assert_int_equal(crossing_of(spike, 6).kind, CROSSING_ALONG);
	assert_int_equal(crossing_of(flat, 4).kind, CROSSING_FLAT);
	assert_int_equal(crossing_of(point, 4).kind, CROSSING_FLAT);
	assert_int_equal(crossing_of(NULL, 0).kind, CROSSING_FLAT);
	assert_int_equal(crossing_of(repeats, 9).kind, CROSSING_NONE);
}

/* A double cannot tell these from their neighbours; whole numbers can. */
static void
the_last_digit_decides(void **state)
{
	const int64_t far = 1800000000000000000;
	struct cap_spot v[] = {{-far, -far / 2}, {far, far / 2}, {far, far / 2 + 2}, {2, 2},
		{-far, far / 2}};

	(void)state;
	assert_int_equal(crossing_of(v, 5).kind, CROSSING_NONE);
	v[3] = (struct cap_spot){2, 1};
	assert_int_equal(crossing_of(v, 5).kind, CROSSING_TOUCH);
	v[3] = (struct cap_spot){2, 0};
	assert_int_equal(crossing_of(v, 5).kind, CROSSING_CROSS);
}

/* A ring like a coast: every corner at its own bearing, at any distance. */
static struct cap_spot *
coast(size_t n)
{
	struct cap_spot *v = malloc(n * sizeof *v);

	assert_non_null(v);
	for (size_t i = 0; i < n; i++) {
		double bearing = 2 * M_PI * (double)i / (double)n;
		double far = 5e17 * (1 + below(1000) * 3e-4);

		v[i] = (struct cap_spot){
			llround(far * cos(bearing)), llround(far * sin(bearing))};
	}
	return v;
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
rings_of_a_million_points_are_judged(void **state)
{
	static const size_t counts[] = {41009, 1000000};

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		size_t n = counts[k];
		struct cap_spot *v = coast(n), swap;
		double begin = now_ms(), whole;

		assert_int_equal(crossing_of(v, n).kind, CROSSING_NONE);
		whole = now_ms() - begin;
		swap = v[n / 3];
		v[n / 3] = v[n / 2];
		v[n / 2] = swap;
		begin = now_ms();
		assert_int_not_equal(crossing_of(v, n).kind, CROSSING_NONE);
		print_message("%zu points: %.1f ms; with a crossing: %.1f ms\n", n, whole,
			now_ms() - begin);
		free(v);
	}
}

/* Each side crosses the whole map, and every second one comes back: all are in the sweep at once. */
static void
a_million_sides_at_once_do_not_slow_it_down(void **state)
{
	size_t n = 1000000;
	struct cap_spot *v = malloc(n * sizeof *v);
	double begin;

	(void)state;
	assert_non_null(v);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct cap_spot){
			i % 2 == 0 ? below(1000) : 1000000000 - below(1000),
			(int64_t)(i * 100)};
	begin = now_ms();
	/* Only the side that closes it meets the others. */
	assert_int_not_equal(crossing_of(v, n).kind, CROSSING_NONE);
	print_message("zigzag of %zu points: %.1f ms\n", n, now_ms() - begin);
	free(v);
}

/* ---- overlap ---- */

static int
simple_ring(struct cap_spot *v, int grid, int x, int y)
{
	struct crossing at = {CROSSING_FLAT, 0, 0};
	int n = 0;

	while (at.kind != CROSSING_NONE) {
		n = 3 + below(5);
		for (int i = 0; i < n; i++)
			v[i] = (struct cap_spot){x + below(grid), y + below(grid)};
		at = crossing_of(v, (size_t)n);
	}
	return n;
}

static void
rings_that_share_ground_are_those_that_geos_finds(void **state)
{
	GEOSContextHandle_t g = GEOS_init_r();
	int overlaps = 0;

	(void)state;
	for (int round = 0; round < 10000; round++) {
		int grid = 3 + below(6), n = 2 + below(3);
		struct cap_spot v[4][8];
		struct crossing_ring ring[4];
		GEOSGeometry *polygon[4];
		bool some = false, named = false;
		size_t a, b;

		for (int i = 0; i < n; i++) {
			int x = n > 2 ? below(6) * (grid / 2) : below(2) * (grid / 2);
			int points = simple_ring(v[i], grid, x, i % 2 * (grid / 2));

			ring[i] = (struct crossing_ring){v[i], (size_t)points};
			polygon[i] = polygon_of(g, v[i], points);
		}
		assert_int_equal(crossing_overlap(&a, &b, ring, (size_t)n), ERR_OK);
		for (int i = 0; i < n; i++)
			for (int k = i + 1; k < n; k++)
				if (GEOSRelatePattern_r(
					    g, polygon[i], polygon[k], "T********") == 1) {
					some = true;
					named |= a == (size_t)i && b == (size_t)k;
				}
		assert_int_equal(some, a != b);
		assert_int_equal(named, a != b);
		overlaps += some;
		for (int i = 0; i < n; i++)
			GEOSGeom_destroy_r(g, polygon[i]);
	}
	assert_in_range(overlaps, 1000, 9000);
	GEOS_finish_r(g);
}

/* ---- no memory ---- */

static long until_none = -1; /* requests that are still answered; -1: all */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *
__wrap_malloc(size_t size)
{
	return until_none >= 0 && until_none-- == 0 ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return until_none >= 0 && until_none-- == 0 ? NULL : __real_calloc(n, size);
}

static enum err
use_all(void)
{
	static const struct cap_spot square[] = {{0, 0}, {4, 0}, {4, 4}, {0, 4}, {0, 0}};
	static const struct cap_spot other[] = {{2, 2}, {6, 2}, {6, 6}, {2, 6}, {2, 2}};
	const struct crossing_ring rings[] = {{square, 5}, {other, 5}};
	const struct cap_circle circle = {{10, 179.9}, 500};
	struct cap_point tangle[1200], *outline;
	struct cap_ring_text text;
	struct crossing at;
	struct cap_parts parts;
	struct arena *arena;
	size_t a, b;
	enum err err = arena_new(&arena);

	if (err != ERR_OK)
		return err;
	for (int i = 0; i < 1200; i++)
		tangle[i] = (struct cap_point){below(1000) * 0.01, below(1000) * 0.01};
	err = crossing_find(&at, square, 5);
	if (err == ERR_OK)
		err = crossing_overlap(&a, &b, rings, 2);
	if (err == ERR_OK)
		err = cap_circle_outline(&parts, arena, &circle, 64);
	if (err == ERR_OK)
		err = cap_ring_cut(&parts, arena, tangle, 3, 0);
	if (err == ERR_OK)
		err = cap_ring_read(&text, arena, bytes_of_text("1,2 3,4"));
	if (err == ERR_OK)
		err = outline_reduce(&outline, &a, arena, tangle, 1200, 10);
	arena_free(arena);
	return err;
}

static void
memory_may_end_at_each_request(void **state)
{
	enum err err = ERR_NOMEM;
	long n = 0;

	(void)state;
	for (; err == ERR_NOMEM && n < 1000; n++) {
		until_none = n;
		err = use_all();
		until_none = -1;
	}
	assert_int_equal(err, ERR_OK);
	assert_in_range(n, 20, 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_sweep_agrees_with_every_pair_and_with_geos_on_20000_rings),
		cmocka_unit_test(the_two_sides_that_cross_are_named_by_their_points),
		cmocka_unit_test(touching_spikes_and_flat_rings_are_told_apart),
		cmocka_unit_test(the_last_digit_decides),
		cmocka_unit_test(rings_of_a_million_points_are_judged),
		cmocka_unit_test(a_million_sides_at_once_do_not_slow_it_down),
		cmocka_unit_test(memory_may_end_at_each_request),
		cmocka_unit_test(rings_that_share_ground_are_those_that_geos_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
