/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cap/outline.h"
#include "slurp.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* On the grid of 1e-5 degrees all is exact. */
static int64_t
grid(double degrees)
{
	return llround(degrees * 1e5);
}

static int64_t
turn(struct cap_point a, struct cap_point b, struct cap_point c)
{
	return (grid(b.lon) - grid(a.lon)) * (grid(c.lat) - grid(a.lat)) -
	       (grid(b.lat) - grid(a.lat)) * (grid(c.lon) - grid(a.lon));
}

static bool
between(struct cap_point p, struct cap_point a, struct cap_point b)
{
	return turn(a, b, p) == 0 &&
	       grid(p.lon) >= (grid(a.lon) < grid(b.lon) ? grid(a.lon) : grid(b.lon)) &&
	       grid(p.lon) <= (grid(a.lon) > grid(b.lon) ? grid(a.lon) : grid(b.lon)) &&
	       grid(p.lat) >= (grid(a.lat) < grid(b.lat) ? grid(a.lat) : grid(b.lat)) &&
	       grid(p.lat) <= (grid(a.lat) > grid(b.lat) ? grid(a.lat) : grid(b.lat));
}

/* Counts crossings of a ray; shares no code with the product. The edge counts as inside. */
static bool
inside(struct cap_point p, const struct cap_point *ring, size_t n)
{
	bool in = false;

	for (size_t i = 0; i + 1 < n; i++) {
		struct cap_point a = ring[i], b = ring[i + 1];

		if (between(p, a, b))
			return true;
		if ((grid(a.lat) > grid(p.lat)) != (grid(b.lat) > grid(p.lat))) {
			bool left = turn(a, b, p) > 0;

			in ^= left == (grid(b.lat) > grid(a.lat));
		}
	}
	return in;
}

static int
sign(int64_t v)
{
	return (v > 0) - (v < 0);
}

static bool
cross(struct cap_point a, struct cap_point b, struct cap_point c, struct cap_point d)
{
	return sign(turn(a, b, c)) * sign(turn(a, b, d)) < 0 &&
	       sign(turn(c, d, a)) * sign(turn(c, d, b)) < 0;
}

static void
assert_covers(
	const struct cap_point *out, size_t n, const struct cap_point *ring, size_t len)
{
	for (size_t i = 0; i < len; i++)
		assert_true(inside(ring[i], out, n));
	for (size_t i = 0; i + 1 < n; i++) {
		for (size_t k = 0; k < len; k++)
			assert_false(
				cross(out[i], out[i + 1], ring[k], ring[(k + 1) % len]));
		for (size_t k = i + 2; k + 1 < n; k++)
			assert_false(cross(out[i], out[i + 1], out[k], out[k + 1]));
	}
}

static struct arena *
new_arena(void)
{
	struct arena *a;

	assert_int_equal(arena_new(&a), ERR_OK);
	return a;
}

/* A small generator with a fixed seed: the same stars each time. */
static uint32_t
dice(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void
no_star_loses_ground(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct arena *a = new_arena();
		struct cap_point star[400], *out;
		size_t n = 4 + dice(&seed) % 397, count, max = 4 + dice(&seed) % 60;

		for (size_t i = 0; i < n; i++) {
			double angle = 6.283185307 * (double)i / (double)n;
			double far = 0.05 + (double)(dice(&seed) % 10000) / 1e4;

			star[i] = (struct cap_point){
				50 + far * sin(angle), 30 + far * cos(angle)};
		}
		assert_int_equal(outline_reduce(&out, &count, a, star, n, max), ERR_OK);
		assert_true(count <= n + 1);
		assert_covers(out, count, star, n);
		arena_free(a);
	}
}

static void
few_corners_stay_as_they_are(void **state)
{
	static const struct cap_point square[] = {{1, 1}, {1, 2}, {2, 2}, {2, 1}, {1, 1}};
	struct arena *a = new_arena();
	struct cap_point *out;
	size_t n;

	(void)state;
	assert_int_equal(outline_reduce(&out, &n, a, square, 5, 100), ERR_OK);
	assert_int_equal(n, 5);
	assert_true(out[0].lat == out[4].lat && out[0].lon == out[4].lon);
	assert_covers(out, n, square, 4);
	arena_free(a);
}

static void
a_line_becomes_a_rectangle_around_it(void **state)
{
	static const struct cap_point line[] = {{1, 1}, {1, 2}, {1, 1}};
	struct arena *a = new_arena();
	struct cap_point *out;
	size_t n;

	(void)state;
	assert_int_equal(outline_reduce(&out, &n, a, line, 3, 100), ERR_OK);
	assert_int_equal(n, 5);
	assert_covers(out, n, line, 2);
	arena_free(a);
}

static void
a_ring_off_the_globe_is_refused(void **state)
{
	static const struct cap_point off[] = {{1, 1}, {91, 2}, {1, 3}};
	static const struct cap_point none[] = {{1, 1}, {NAN, 2}, {1, 3}};
	struct arena *a = new_arena();
	struct cap_point *out;
	size_t n;

	(void)state;
	assert_int_equal(outline_reduce(&out, &n, a, off, 3, 100), ERR_RANGE);
	assert_int_equal(outline_reduce(&out, &n, a, none, 3, 100), ERR_RANGE);
	assert_int_equal(outline_reduce(&out, &n, a, off, 0, 100), ERR_SHAPE);
	arena_free(a);
}

struct toll {
	size_t rings, most;
	double before, after;
};

static double
ground(const struct cap_point *p, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += p[i].lon * p[(i + 1) % n].lat - p[(i + 1) % n].lon * p[i].lat;
	return fabs(sum) / 2;
}

static void
reduce_ring(json_t *ring, struct toll *toll)
{
	struct arena *a = new_arena();
	size_t n = json_array_size(ring), count;
	struct cap_point *p = arena_alloc(a, (n + 1) * sizeof *p), *out;

	for (size_t i = 0; i < n; i++) {
		json_t *pair = json_array_get(ring, i);

		p[i].lon = json_number_value(json_array_get(pair, 0));
		p[i].lat = json_number_value(json_array_get(pair, 1));
	}
	assert_int_equal(outline_reduce(&out, &count, a, p, n, 100), ERR_OK);
	for (size_t i = 0; i < n; i++)
		assert_true(inside(p[i], out, count));
	toll->rings++;
	toll->most = count > toll->most ? count : toll->most;
	toll->before += ground(p, n);
	toll->after += ground(out, count - 1);
	arena_free(a);
}

static void
reduce_file(const char *path)
{
	struct buffer file = {0};
	struct toll toll = {0};
	json_t *root, *feature, *part;
	size_t i, k;

	if (!slurp(&file, path))
		skip();
	root = json_loadb((const char *)file.at, file.len, 0, NULL);
	json_array_foreach(json_object_get(root, "features"), i, feature)
	{
		json_t *g = json_object_get(feature, "geometry");
		json_t *at = json_object_get(g, "coordinates");

		if (strcmp(json_string_value(json_object_get(g, "type")), "Polygon") == 0)
			reduce_ring(json_array_get(at, 0), &toll);
		else
			json_array_foreach(at, k, part)
				reduce_ring(json_array_get(part, 0), &toll);
	}
	print_message("%zu rings, at most %zu points, ground x %.4f\n", toll.rings,
		toll.most, toll.after / toll.before);
	assert_true(toll.most <= 101);
	assert_true(toll.after < toll.before * 1.05);
	json_decref(root);
	buffer_free(&file);
}

static void
zones_of_ukraine_keep_their_ground(void **state)
{
	(void)state;
	reduce_file("../shared/data/alerts/ua_zones.geojson");
}

static void
zones_of_israel_keep_their_ground(void **state)
{
	(void)state;
	reduce_file("../shared/data/alerts/il_zones.geojson");
}

/* A ring like a coast with bays. */
static void
coasts_of_many_corners_keep_their_ground(void **state)
{
	static const size_t sizes[] = {41009, 200000};
	uint32_t seed = 11;

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct arena *a = new_arena();
		size_t n = sizes[k], count;
		struct cap_point *coast = arena_alloc(a, n * sizeof *coast), *out;
		clock_t begin;

		for (size_t i = 0; i < n; i++) {
			double angle = 6.283185307 * (double)i / (double)n;
			double far = 20 + 3 * sin(7 * angle) + 0.3 * sin(301 * angle) +
				     (double)(dice(&seed) % 1000) * 1e-5;

			coast[i] = (struct cap_point){far * sin(angle), far * cos(angle)};
		}
		begin = clock();
		assert_int_equal(outline_reduce(&out, &count, a, coast, n, 100), ERR_OK);
		print_message("%zu corners: %.0f ms\n", n,
			(double)(clock() - begin) * 1e3 / CLOCKS_PER_SEC);
		assert_int_equal(count, 101);
		for (size_t i = 0; i < n; i++)
			assert_true(inside(coast[i], out, count));
		assert_true(ground(out, count - 1) < ground(coast, n) * 1.1);
		arena_free(a);
	}
}

/* Sides all over each other: nothing can be taken away one by one in any good time. */
static void
a_tangle_becomes_what_is_around_it(void **state)
{
	struct arena *a = new_arena();
	size_t n = 300000, count;
	struct cap_point *tangle = arena_alloc(a, n * sizeof *tangle), *out;
	uint32_t seed = 13;

	(void)state;
	for (size_t i = 0; i < n; i++)
		tangle[i] = (struct cap_point){(double)(dice(&seed) % 1000000) * 1e-5,
			(double)(dice(&seed) % 1000000) * 1e-5};
	assert_int_equal(outline_reduce(&out, &count, a, tangle, n, 100), ERR_OK);
	assert_true(count <= 101);
	for (size_t i = 0; i < n; i++)
		assert_true(inside(tangle[i], out, count));
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_star_loses_ground),
		cmocka_unit_test(few_corners_stay_as_they_are),
		cmocka_unit_test(a_line_becomes_a_rectangle_around_it),
		cmocka_unit_test(a_ring_off_the_globe_is_refused),
		cmocka_unit_test(coasts_of_many_corners_keep_their_ground),
		cmocka_unit_test(a_tangle_becomes_what_is_around_it),
		cmocka_unit_test(zones_of_ukraine_keep_their_ground),
		cmocka_unit_test(zones_of_israel_keep_their_ground),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
