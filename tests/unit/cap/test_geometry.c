/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cap/geometry.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

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

/* ---- reading ---- */

static struct cap_ring_text
read_ring(struct arena *arena, const char *text)
{
	struct cap_ring_text r;

	assert_int_equal(cap_ring_read(&r, arena, bytes_of_text(text)), ERR_OK);
	return r;
}

static void
numbers_are_compared_by_value_and_kept_exactly(void **state)
{
	struct cap_ring_text r =
		read_ring(*state, " -11.,-12.1\n3.5,0021.28\t+1,.5 -11.000,-12.1000 ");

	assert_int_equal(r.n, 4);
	assert_int_equal(r.not_pair, 0);
	assert_int_equal(r.off_globe, 0);
	assert_true(r.closed);
	assert_int_equal(r.decimals, 2);
	assert_true(r.at[1].x == 212800000000000000 && r.at[1].y == 35000000000000000);
	assert_true(r.at[0].x == -121000000000000000 && r.at[0].y == -110000000000000000);
	assert_true(r.at[2].x == 5000000000000000 && r.at[2].y == 10000000000000000);
	assert_false(read_ring(*state, "1,2 3,4 5,6 1,2.0000000000000001").closed);
	assert_true(read_ring(*state, "-0,-0.0 3,4 5,6 0,0").closed);
}

static void
the_first_word_that_is_no_pair_is_named(void **state)
{
	static const char *const wrong[] = {"a,b", "1", "1,", ",1", "1,2,", "1,2,3", "1;2",
		"1e1,2", "0x1,2", ".,.", "-,-", "--1,2", "1,+-2", "1.2.3,4",
		("\xc2\xa0"
		 "1,2")};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char text[64];
		struct cap_ring_text r;

		snprintf(text, sizeof text, "1,2 %s 5,6 1,2", wrong[i]);
		r = read_ring(*state, text);
		assert_int_equal(r.not_pair, 2);
		assert_true(bytes_equal(r.word, bytes_of_text(wrong[i])));
	}
	assert_int_equal(read_ring(*state, " \n").n, 0);
}

static void
the_globe_ends_at_90_and_180(void **state)
{
	static const char *const off[] = {"90.0000001,0", "-91,0", "0,180.005", "0,-181",
		"0,99999999999999999999", "90.00000000000000000001,0"};

	for (size_t i = 0; i < sizeof off / sizeof *off; i++)
		assert_int_equal(read_ring(*state, off[i]).off_globe, 1);
	assert_int_equal(read_ring(*state, "90,180 -90,-180 90.000,180.").off_globe, 0);
}

static void
a_circle_has_one_blank_and_a_radius(void **state)
{
	static const char *const wrong[] = {"", "1,2", "1, 2 3", "1,2  3", "1,2\n3",
		"1 2 3", "1,2 3 4", "invalid", "1,2 x", "a,2 3", " 1,2 3", "1,2 3km"};
	struct cap_circle c;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(cap_circle_read(&c, bytes_of_text(wrong[i])), ERR_FORMAT);
	assert_int_equal(cap_circle_read(&c, bytes_of_text("-1.5,2. 0.25")), ERR_OK);
	assert_true(c.centre.lat == -1.5 && c.centre.lon == 2 && c.radius_km == 0.25);
	assert_int_equal(cap_circle_read(&c, bytes_of_text("91,2 3")), ERR_RANGE);
	assert_int_equal(cap_circle_read(&c, bytes_of_text("1,-180.1 3")), ERR_RANGE);
	assert_int_equal(cap_circle_read(&c, bytes_of_text("1,2 -3")), ERR_REFUSED);
}

/* ---- the 180th meridian ---- */

/* Twice the ground in square degrees. */
static double
ground(const struct cap_part *part)
{
	double sum = 0;

	for (size_t i = 0; i + 1 < part->n; i++)
		sum += part->at[i].lon * part->at[i + 1].lat -
		       part->at[i + 1].lon * part->at[i].lat;
	return fabs(sum);
}

static bool
holds(const struct cap_parts *parts, struct cap_point p)
{
	for (size_t k = 0; k < parts->n; k++) {
		const struct cap_part *r = &parts->at[k];
		bool in = false;

		for (size_t i = 0; i + 1 < r->n; i++) {
			struct cap_point a = r->at[i], b = r->at[i + 1];

			if ((a.lat > p.lat) != (b.lat > p.lat) &&
				p.lon < a.lon + (b.lon - a.lon) * (p.lat - a.lat) /
							(b.lat - a.lat))
				in = !in;
		}
		if (in)
			return true;
	}
	return false;
}

static void
assert_on_map(const struct cap_parts *parts)
{
	for (size_t k = 0; k < parts->n; k++) {
		const struct cap_part *r = &parts->at[k];

		assert_true(r->n >= 4);
		assert_true(r->at[0].lat == r->at[r->n - 1].lat &&
			    r->at[0].lon == r->at[r->n - 1].lon);
		for (size_t i = 0; i < r->n; i++)
			assert_true(fabs(r->at[i].lat) <= 90 && fabs(r->at[i].lon) <= 180);
	}
}

static void
a_ring_across_180_becomes_two_parts_of_the_same_ground(void **state)
{
	const struct cap_point ring[] = {
		{10, 170}, {10, -170}, {20, -170}, {20, 170}, {10, 170}};
	const struct cap_point beyond[] = {{10, 170}, {10, 190}, {20, 190}, {20, 170}};
	const struct cap_point *both[] = {ring, beyond};
	struct cap_parts parts;

	for (int i = 0; i < 2; i++) {
		size_t n = i == 0 ? 5 : 4;

		assert_true(cap_ring_crosses_180(both[i], n));
		assert_int_equal(cap_ring_cut(&parts, *state, both[i], n, 0), ERR_OK);
		assert_int_equal(parts.n, 2);
		assert_on_map(&parts);
		assert_true(fabs(ground(&parts.at[0]) - 200) < 1e-9);
		assert_true(fabs(ground(&parts.at[1]) - 200) < 1e-9);
		assert_true(holds(&parts, (struct cap_point){15, 175}));
		assert_true(holds(&parts, (struct cap_point){15, -175}));
		assert_false(holds(&parts, (struct cap_point){15, 0}));
	}
}

static void
a_comb_across_180_becomes_a_part_for_each_tooth(void **state)
{
	const struct cap_point comb[] = {{0, 170}, {0, -170}, {2, -170}, {2, 175}, {4, 175},
		{4, -170}, {6, -170}, {6, 170}};
	struct cap_parts parts;

	assert_int_equal(cap_ring_cut(&parts, *state, comb, 8, 0), ERR_OK);
	assert_int_equal(parts.n, 3);
	assert_on_map(&parts);
	assert_true(holds(&parts, (struct cap_point){1, -175}));
	assert_false(holds(&parts, (struct cap_point){3, -175}));
	assert_false(holds(&parts, (struct cap_point){3, 179}));
	assert_true(holds(&parts, (struct cap_point){3, 172}));
	assert_true(holds(&parts, (struct cap_point){5, -175}));
}

static void
what_does_not_cross_180_is_left_alone(void **state)
{
	const struct cap_point ring[] = {{10, 170}, {10, 180}, {20, 180}, {20, 170}};
	const struct cap_point world[] = {{-90, -180}, {-90, 180}, {90, 180}, {90, -180}};
	struct cap_parts parts;

	assert_false(cap_ring_crosses_180(ring, 4));
	assert_int_equal(cap_ring_cut(&parts, *state, ring, 4, 0), ERR_OK);
	assert_int_equal(parts.n, 1);
	assert_int_equal(parts.at[0].n, 5);
	assert_false(cap_ring_crosses_180(world, 4));
	assert_int_equal(cap_ring_cut(&parts, *state, world, 4, 0), ERR_OK);
	assert_int_equal(parts.n, 1);
	assert_true(fabs(ground(&parts.at[0]) - 2 * 360 * 180) < 1e-9);
}

/* Random stars around a point near 180: every spot is in the parts if it is in the star. */
static void
no_ground_is_lost_or_won_by_cutting(void **state)
{
	for (int round = 0; round < 300; round++) {
		struct arena *arena;
		struct cap_point star[24], flat[24];
		struct cap_part whole = {flat, 0};
		struct cap_parts one = {&whole, 1}, parts;
		double middle = 170 + below(20);
		int n = 3 + below(20);

		(void)state;
		assert_int_equal(arena_new(&arena), ERR_OK);
		for (int i = 0; i < n; i++) {
			double bearing = 2 * M_PI * i / n, far = 2 + below(2000) * 0.01;

			flat[i] = (struct cap_point){
				far * sin(bearing), middle + far * cos(bearing)};
			star[i] = flat[i];
			star[i].lon -= star[i].lon > 180 ? 360 : 0;
		}
		flat[n] = flat[0];
		whole.n = (size_t)n + 1;
		assert_int_equal(cap_ring_cut(&parts, arena, star, (size_t)n, 0), ERR_OK);
		assert_on_map(&parts);
		for (int k = 0; k < 200; k++) {
			struct cap_point p = {below(4000) * 0.01 - 20,
				middle + below(4000) * 0.01 - 20.0003};
			struct cap_point there = {p.lat, p.lon > 180 ? p.lon - 360 : p.lon};

			assert_int_equal(holds(&one, p), holds(&parts, there));
		}
		arena_free(arena);
	}
}

static void
a_ring_around_a_pole_holds_the_pole(void **state)
{
	const struct cap_point east[] = {{70, -100}, {75, 0}, {70, 100}, {80, 170}};
	const struct cap_point west[] = {{-70, 100}, {-75, 0}, {-70, -100}, {-80, -170}};
	struct cap_parts parts;

	assert_int_equal(cap_ring_cut(&parts, *state, east, 4, 0), ERR_OK);
	assert_int_equal(parts.n, 1);
	assert_on_map(&parts);
	assert_true(holds(&parts, (struct cap_point){89.9, 10}));
	assert_true(holds(&parts, (struct cap_point){89.9, -179}));
	assert_false(holds(&parts, (struct cap_point){60, 10}));
	assert_int_equal(cap_ring_cut(&parts, *state, west, 4, 0), ERR_OK);
	assert_on_map(&parts);
	assert_true(holds(&parts, (struct cap_point){-89.9, 10}));
	assert_false(holds(&parts, (struct cap_point){-60, 10}));
}

static void
rings_that_cannot_be_cut_are_refused(void **state)
{
	const struct cap_point two[] = {{1, 2}, {3, 4}, {1, 2}};
	const struct cap_point off[] = {{1, 2}, {3, 4}, {91, 4}};
	const struct cap_point far[] = {{1, 2}, {3, 4}, {1, 541}};
	const struct cap_point twice[] = {
		{60, 0}, {61, 120}, {62, -120}, {63, 0}, {64, 120}, {65, -120}};
	struct cap_parts parts;

	assert_int_equal(cap_ring_cut(&parts, *state, two, 3, 0), ERR_SHAPE);
	assert_int_equal(cap_ring_cut(&parts, *state, off, 3, 0), ERR_RANGE);
	assert_int_equal(cap_ring_cut(&parts, *state, far, 3, 0), ERR_RANGE);
	assert_int_equal(cap_ring_cut(&parts, *state, twice, 6, 0), ERR_SHAPE);
}

static void
a_ring_is_unrolled_across_180_only(void **state)
{
	struct cap_ring_text r = read_ring(*state, "10,170 10,-170 20,-170 20,170 10,170");
	struct cap_ring_text plain =
		read_ring(*state, "10,170 10,180 20,180 20,170 10,170");
	struct cap_ring_text pole = read_ring(*state, "80,0 80,120 80,-120 80,0");

	assert_true(cap_ring_unroll(r.at, r.n));
	assert_true(r.at[1].x == 1900000000000000000 && r.at[4].x == 1700000000000000000);
	assert_false(cap_ring_unroll(plain.at, plain.n));
	assert_false(cap_ring_unroll(pole.at, pole.n));
	assert_true(pole.at[2].x == -1200000000000000000);
}

/* ---- circles ---- */

/* A point on the globe at a distance, found by walking on a sphere. */
static struct cap_point
at_distance(struct cap_point from, double bearing, double km)
{
	double arc = km / 6371.0088, lat = from.lat * M_PI / 180;
	double there = asin(sin(lat) * cos(arc) + cos(lat) * sin(arc) * cos(bearing));
	double over =
		atan2(sin(bearing) * sin(arc) * cos(lat), cos(arc) - sin(lat) * sin(there));
	double lon = from.lon + over * 180 / M_PI;

	return (struct cap_point){there * 180 / M_PI, lon - 360 * round(lon / 360)};
}

static void
no_circle_is_larger_than_its_outline(void **state)
{
	static const double radii[] = {0.01, 1, 30, 300, 2000, 6000, 12000, 19000};

	(void)state;
	for (int round = 0; round < 400; round++) {
		struct cap_circle c = {
			{below(18001) * 0.01 - 90, below(36001) * 0.01 - 180},
			radii[round % 8]};
		size_t corners = round % 3 == 0 ? 8 : 64;
		struct cap_parts parts;
		struct arena *arena;

		assert_int_equal(arena_new(&arena), ERR_OK);
		assert_int_equal(cap_circle_outline(&parts, arena, &c, corners), ERR_OK);
		assert_on_map(&parts);
		for (int k = 0; k < 200; k++) {
			struct cap_point p = at_distance(
				c.centre, k * 2 * M_PI / 200, c.radius_km * 1.005);

			if (fabs(p.lat) < 89.999999 && fabs(p.lon) < 179.999999)
				assert_true(holds(&parts, p));
		}
		arena_free(arena);
	}
}

static void
an_outline_is_little_larger_than_its_circle(void **state)
{
	struct cap_circle c = {{48.2, 16.4}, 30};
	struct cap_parts parts;

	assert_int_equal(cap_circle_outline(&parts, *state, &c, 64), ERR_OK);
	assert_int_equal(parts.n, 1);
	assert_int_equal(parts.at[0].n, 65);
	for (size_t i = 0; i < parts.at[0].n; i++)
		assert_true(cap_distance_km(c.centre, parts.at[0].at[i]) < 30 * 1.02);
}

static void
circles_cross_180_poles_and_the_world(void **state)
{
	struct cap_circle dateline = {{0, 179.9}, 100}, pole = {{89.5, 20}, 200};
	struct cap_circle world = {{10, 10}, 20010}, point = {{10, 10}, 0};
	struct cap_circle wrong = {{10, 10}, -1}, nan = {{NAN, 10}, 1};
	struct cap_parts parts;

	assert_int_equal(cap_circle_outline(&parts, *state, &dateline, 32), ERR_OK);
	assert_int_equal(parts.n, 2);
	assert_int_equal(cap_circle_outline(&parts, *state, &pole, 32), ERR_OK);
	assert_int_equal(parts.n, 1);
	assert_true(holds(&parts, (struct cap_point){89.99, -160}));
	for (int i = 0; i < 8; i++) {
		static const double radii[] = {0, 0.001, 1, 100, 5000, 9900};
		struct cap_point centre = {
			i % 2 == 0 ? 90 - i * 1e-11 : i * 1e-11 - 90, 37.5};

		for (size_t k = 0; k < 6; k++) {
			struct cap_circle c = {centre, radii[k]};
			double lat = i % 2 == 0 ? 89.9999999999 : -89.9999999999;

			assert_int_equal(
				cap_circle_outline(&parts, *state, &c, 32), ERR_OK);
			assert_int_equal(parts.n, 1);
			assert_on_map(&parts);
			assert_true(holds(&parts, (struct cap_point){lat, 37}));
			assert_true(holds(&parts, (struct cap_point){lat, -142}));
			assert_false(holds(&parts, (struct cap_point){0, 37}));
		}
	}
	assert_int_equal(cap_circle_outline(&parts, *state, &world, 32), ERR_OK);
	assert_true(holds(&parts, (struct cap_point){-10, -169}));
	assert_int_equal(cap_circle_outline(&parts, *state, &point, 8), ERR_OK);
	assert_true(holds(&parts, (struct cap_point){10, 10}));
	assert_int_equal(cap_circle_outline(&parts, *state, &wrong, 8), ERR_RANGE);
	assert_int_equal(cap_circle_outline(&parts, *state, &nan, 8), ERR_RANGE);
}

/* ---- */

static int
set_up(void **state)
{
	struct arena *arena;

	if (arena_new(&arena) != ERR_OK)
		return -1;
	*state = arena;
	return 0;
}

static int
tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(numbers_are_compared_by_value_and_kept_exactly),
		WITH_ARENA(the_first_word_that_is_no_pair_is_named),
		WITH_ARENA(the_globe_ends_at_90_and_180),
		WITH_ARENA(a_circle_has_one_blank_and_a_radius),
		WITH_ARENA(a_ring_across_180_becomes_two_parts_of_the_same_ground),
		WITH_ARENA(a_comb_across_180_becomes_a_part_for_each_tooth),
		WITH_ARENA(what_does_not_cross_180_is_left_alone),
		WITH_ARENA(no_ground_is_lost_or_won_by_cutting),
		WITH_ARENA(a_ring_around_a_pole_holds_the_pole),
		WITH_ARENA(rings_that_cannot_be_cut_are_refused),
		WITH_ARENA(a_ring_is_unrolled_across_180_only),
		WITH_ARENA(no_circle_is_larger_than_its_outline),
		WITH_ARENA(an_outline_is_little_larger_than_its_circle),
		WITH_ARENA(circles_cross_180_poles_and_the_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
