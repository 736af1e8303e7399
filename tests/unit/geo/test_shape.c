/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trees.h"

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	return arena_new(&arena) != ERR_OK;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* A shape of one polygon; the rings are given as lat, lon pairs. */
#define RING(...)                                                                          \
	(struct ring)                                                                      \
	{                                                                                  \
		(struct point[]){__VA_ARGS__},                                             \
			sizeof((struct point[]){__VA_ARGS__}) / sizeof(struct point)       \
	}

static struct shape
polygon(struct ring *ring, size_t n)
{
	struct shape s = {arena_alloc(arena, sizeof *s.polygon), 1};

	s.polygon[0] = (struct polygon){ring, n};
	return s;
}

static void
a_good_ring_is_kept_and_turned_counter_clockwise(void **state)
{
	struct ring ring[] = {RING({0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0})};
	struct shape in = polygon(ring, 1), out;
	struct findings found;

	(void)state;
	assert_int_equal(shape_settle(&out, arena, &in, false, &found), ERR_OK);
	assert_int_equal(found.n, 0);
	assert_int_equal(out.polygon[0].ring[0].n, 5);
	assert_true(out.polygon[0].ring[0].at[1].lon == 1); /* it began to the north */
	assert_true(ring[0].at[1].lat == 1); /* what was given is not changed */
	assert_true(shape_km2(&out) > 12300 && shape_km2(&out) < 12400);
}

static void
coordinates_are_rounded_to_seven_decimals(void **state)
{
	struct ring ring[] = {
		RING({0, 0}, {1.00000004999, 0}, {1, 1}, {-0.00000001, 1}, {0, 0})};
	struct shape in = polygon(ring, 1), out;
	struct findings found;

	(void)state;
	assert_int_equal(shape_settle(&out, arena, &in, false, &found), ERR_OK);
	for (size_t i = 0; i < out.polygon[0].ring[0].n; i++)
		assert_true(out.polygon[0].ring[0].at[i].lat ==
			    degrees_rounded(out.polygon[0].ring[0].at[i].lat));
}

static void
a_crossing_ring_is_refused_with_its_place_and_mended_on_request(void **state)
{
	struct ring ring[] = {RING({0, 0}, {1, 1}, {1, 0}, {0, 1}, {0, 0})};
	struct shape in = polygon(ring, 1), out;
	struct findings found;

	(void)state;
	assert_int_equal(shape_settle(&out, arena, &in, false, &found), ERR_SHAPE);
	assert_int_equal(found.n, 1);
	assert_false(found.fatal);
	assert_true(found.at[0].at.lat == 0.5 && found.at[0].at.lon == 0.5);
	assert_int_equal(shape_settle(&out, arena, &in, true, &found), ERR_OK);
	assert_int_equal(found.n, 1);
	assert_int_equal(out.n, 2); /* both wings of the bow tie */
	assert_non_null(strstr(found.at[0].what, "in 2 polygons"));
}

static void
an_open_ring_is_closed_by_mending_and_told(void **state)
{
	struct ring ring[] = {RING({0, 0}, {0, 1}, {1, 1}, {1, 0})};
	struct shape in = polygon(ring, 1), out;
	struct findings found;

	(void)state;
	assert_int_equal(shape_settle(&out, arena, &in, false, &found), ERR_SHAPE);
	assert_int_equal(shape_settle(&out, arena, &in, true, &found), ERR_OK);
	assert_int_equal(out.polygon[0].ring[0].n, 5);
	assert_string_equal(found.at[0].what, "the ring was open and was closed");
}

static void
a_hole_without_ground_is_left_out_by_mending_and_the_rest_kept(void **state)
{
	struct ring ring[] = {RING({0, 0}, {0, 9}, {9, 9}, {9, 0}, {0, 0}),
		RING({2, 2}, {2, 3}, {2, 4}, {2, 2}), RING({5, 5}, {6, 5}, {6, 6}, {5, 5})};
	struct shape in = polygon(ring, 3), out;
	struct findings found;

	(void)state;
	assert_int_equal(shape_settle(&out, arena, &in, false, &found), ERR_SHAPE);
	assert_int_equal(shape_settle(&out, arena, &in, true, &found), ERR_OK);
	assert_int_equal(found.n, 1);
	assert_int_equal(out.polygon[0].n, 2);
	assert_true(out.polygon[0].ring[1].at[0].lat == 5);
}

static void
mending_never_makes_ground_of_a_hole(void **state)
{
	/* The hole reaches out over the edge: outside, it is nothing. */
	struct ring ring[] = {RING({0, 0}, {0, 9}, {9, 9}, {9, 0}, {0, 0}),
		RING({2, 8}, {2, 12}, {4, 12}, {4, 8}, {2, 8})};
	struct shape in = polygon(ring, 2), out;
	struct findings found;

	(void)state;
	assert_int_equal(shape_settle(&out, arena, &in, true, &found), ERR_OK);
	for (size_t i = 0; i < out.polygon[0].ring[0].n; i++)
		assert_true(out.polygon[0].ring[0].at[i].lon <= 9);
	assert_int_equal(out.n, 1);
}

static void
mending_joins_overlapping_parts_without_a_hole_between(void **state)
{
	struct ring one[] = {RING({0, 0}, {0, 2}, {2, 2}, {2, 0}, {0, 0})};
	struct ring two[] = {RING({0, 1}, {0, 3}, {2, 3}, {2, 1}, {0, 1})};
	struct polygon both[] = {{one, 1}, {two, 1}};
	struct shape in = {both, 2}, out;
	struct findings found;

	(void)state;
	assert_int_equal(shape_settle(&out, arena, &in, false, &found), ERR_SHAPE);
	assert_int_equal(shape_settle(&out, arena, &in, true, &found), ERR_OK);
	assert_int_equal(out.n, 1);
	assert_int_equal(out.polygon[0].n, 1);
}

static void
a_ring_that_jumps_over_the_date_line_is_cut_there(void **state)
{
	struct ring ring[] = {
		RING({-20, 178}, {-20, -179}, {-18, -179}, {-18, 178}, {-20, 178}),
		RING({-19.5, 179.5}, {-19, 179.5}, {-19, -179.5}, {-19.5, -179.5},
			{-19.5, 179.5})};
	struct shape in = polygon(ring, 2), out;
	struct findings found;

	(void)state;
	assert_int_equal(shape_settle(&out, arena, &in, false, &found), ERR_OK);
	assert_int_equal(found.n, 0);
	assert_int_equal(out.n, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct ring *r = &out.polygon[i].ring[0];
		double side = r->at[0].lon;

		for (size_t k = 0; k < r->n; k++) {
			assert_true(point_on_globe(r->at[k]));
			assert_true((r->at[k].lon > 0) == (side > 0));
		}
	}
	/* 3 by 2 degrees less 1 by 0.5, at 19 degrees south */
	assert_true(shape_km2(&out) > 64000 && shape_km2(&out) < 64600);
}

static void
a_shape_that_its_author_cut_at_the_date_line_is_left_alone(void **state)
{
	struct ring west[] = {
		RING({-20, 178}, {-20, 180}, {-18, 180}, {-18, 178}, {-20, 178})};
	struct ring east[] = {
		RING({-20, -180}, {-20, -179}, {-18, -179}, {-18, -180}, {-20, -180})};
	struct polygon both[] = {{west, 1}, {east, 1}};
	struct shape in = {both, 2}, out;
	struct findings found;

	(void)state;
	assert_int_equal(shape_settle(&out, arena, &in, false, &found), ERR_OK);
	assert_int_equal(out.n, 2);
	assert_memory_equal(
		out.polygon[0].ring[0].at, west[0].at, west[0].n * sizeof *west[0].at);
}

static void
what_cannot_be_mended_says_so(void **state)
{
	struct ring pole[] = {RING({80, 0}, {80, 90}, {80, 180}, {80, -90}, {80, 0})};
	struct ring flat[] = {RING({0, 0}, {1, 1}, {2, 2}, {0, 0})};
	struct shape in = polygon(pole, 1), out;
	struct findings found;

	(void)state;
	assert_int_equal(shape_settle(&out, arena, &in, true, &found), ERR_SHAPE);
	assert_true(found.fatal);
	in = polygon(flat, 1);
	assert_int_equal(shape_settle(&out, arena, &in, true, &found), ERR_SHAPE);
	assert_true(found.fatal);
	assert_string_equal(found.at[found.n - 1].what, "no ground is left");
}

static void
a_box_may_cross_the_date_line(void **state)
{
	struct box fiji = {-21, 176, -12, -178}, plain = {10, 20, 30, 40};

	(void)state;
	assert_true(box_contains(&fiji, (struct point){-18, 179}));
	assert_true(box_contains(&fiji, (struct point){-18, -179}));
	assert_false(box_contains(&fiji, (struct point){-18, 0}));
	assert_true(box_contains(&plain, (struct point){10, 40}));
	assert_false(box_contains(&plain, (struct point){9.9, 30}));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_ring_is_kept_and_turned_counter_clockwise),
		cmocka_unit_test(coordinates_are_rounded_to_seven_decimals),
		cmocka_unit_test(
			a_crossing_ring_is_refused_with_its_place_and_mended_on_request),
		cmocka_unit_test(an_open_ring_is_closed_by_mending_and_told),
		cmocka_unit_test(
			a_hole_without_ground_is_left_out_by_mending_and_the_rest_kept),
		cmocka_unit_test(mending_never_makes_ground_of_a_hole),
		cmocka_unit_test(mending_joins_overlapping_parts_without_a_hole_between),
		cmocka_unit_test(a_ring_that_jumps_over_the_date_line_is_cut_there),
		cmocka_unit_test(
			a_shape_that_its_author_cut_at_the_date_line_is_left_alone),
		cmocka_unit_test(what_cannot_be_mended_says_so),
		cmocka_unit_test(a_box_may_cross_the_date_line),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
