/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "geo/area.h"
#include "trees.h"

/* A land of 4 by 4 degrees: west and middle are its counties, the east has none. West has two
 * towns, which leave its north free. An isle lies beyond the date line. */
enum { LAND = 1, WEST, MIDDLE, SOUTH_TOWN, MID_TOWN, ISLE };
static const struct told land[] = {
	{LAND, "land", NULL, NULL, 50, 10, 54, 14},
	{WEST, "west", "land", NULL, 50, 10, 54, 11},
	{MIDDLE, "middle", "land", NULL, 50, 11, 54, 12},
	{SOUTH_TOWN, "south-town", "west", NULL, 50, 10, 51, 11},
	{MID_TOWN, "mid-town", "west", NULL, 51.001, 10, 52,
		11}, /* a strip of 100 m is free */
	{ISLE, "isle", NULL, NULL, -18, 179, -17, 180},
};

struct ground {
	struct zones *zones;
	struct zone_index *ix;
};
static struct ground g;

static int
set_up(void **state)
{
	enum err err;

	(void)state;
	g.zones = zones_told(land, COUNT(land), &err, NULL);
	return g.zones == NULL || zone_index_new(&g.ix, g.zones, NULL) != ERR_OK;
}

static int
tear_down(void **state)
{
	(void)state;
	zone_index_free(g.ix);
	zones_free(g.zones);
	return 0;
}

/* The numbers that a box touches, as digits. */
static const char *
zones_of_box(double south, double west, double north, double east)
{
	const struct point corner[] = {
		{south, west}, {south, east}, {north, east}, {north, west}};
	static char text[16];
	struct area *a;
	uint16_t out[8];
	size_t n;

	assert_int_equal(area_new(&a), ERR_OK);
	assert_int_equal(area_add_polygon(a, corner, 4, NULL), ERR_OK);
	assert_int_equal(zone_index_area(g.ix, a, out, 8, &n), ERR_OK);
	area_free(a);
	for (size_t i = 0; i < n; i++)
		text[i] = (char)('0' + out[i]);
	text[n] = 0;
	return text;
}

static void
the_deepest_zones_are_named(void **state)
{
	(void)state;
	assert_string_equal(zones_of_box(50.2, 10.2, 50.4, 10.4), "4");
	assert_string_equal(zones_of_box(50.2, 10.2, 51.5, 10.4), "45");
	assert_string_equal(zones_of_box(51.5, 10.2, 51.6, 11.4), "35");
}

static void
touching_is_inside(void **state)
{
	(void)state;
	assert_string_equal(zones_of_box(50.2, 11, 50.4, 11.4), "34");
	assert_string_equal(zones_of_box(48, 8, 50, 10), "4");
	assert_string_equal(zones_of_box(48, 8, 49.9999999, 10), "");
}

static void
ground_that_no_child_has_names_the_parent_in_their_place(void **state)
{
	(void)state;
	assert_string_equal(zones_of_box(53, 10.2, 53.5, 10.4), "2");
	assert_string_equal(zones_of_box(51.5, 10.2, 53.5, 10.4), "2"); /* mid-town, too */
	assert_string_equal(zones_of_box(51.5, 11.5, 51.6, 13), "1"); /* all of the land */
}

static void
a_narrow_strip_between_children_does_not_wake_the_parent(void **state)
{
	(void)state;
	assert_string_equal(zones_of_box(50.9, 10.2, 51.1, 10.4), "45");
	/* … but it is warned when nobody else would be. */
	assert_string_equal(zones_of_box(51.0002, 10.2, 51.0008, 10.4), "2");
}

static void
no_zone_is_named_within_another_one_named(void **state)
{
	(void)state;
	assert_string_equal(zones_of_box(49, 9, 55, 15), "1");
}

static void
an_area_across_the_date_line_finds_the_zone_on_it(void **state)
{
	(void)state;
	assert_string_equal(zones_of_box(-17.5, -179.9, -17, -179), "");
	assert_string_equal(zones_of_box(-17.5, -180, -17, -179), "6"); /* touches it */
	assert_true(zone_contains_point(
		zones_by_number(g.zones, ISLE), (struct point){-17.5, -180}));
	assert_string_equal(zones_of_box(-17.5, 179.5, -17, -179), "6");
}

static void
a_point_on_a_shared_edge_is_in_both(void **state)
{
	uint16_t out[4];
	size_t n;

	(void)state;
	assert_int_equal(
		zone_index_point(g.ix, (struct point){50.5, 11}, out, 4, &n), ERR_OK);
	assert_int_equal(n, 2);
	assert_int_equal(out[0], MIDDLE);
	assert_int_equal(out[1], SOUTH_TOWN);
	assert_int_equal(zone_index_point(g.ix, (struct point){0, 0}, out, 4, &n), ERR_OK);
	assert_int_equal(n, 0);
}

static void
too_little_room_is_told_with_the_count(void **state)
{
	uint16_t out[1] = {77};
	size_t n;

	(void)state;
	assert_int_equal(
		zone_index_point(g.ix, (struct point){50.5, 11}, out, 1, &n), ERR_FULL);
	assert_int_equal(n, 2);
	assert_int_equal(out[0], MIDDLE);
}

static void
a_hole_is_not_ground_but_its_edge_is(void **state)
{
	struct point outside[] = {{0, 0}, {0, 9}, {9, 9}, {9, 0}, {0, 0}};
	struct point hole[] = {{3, 3}, {6, 3}, {6, 6}, {3, 6}, {3, 3}};
	struct ring ring[] = {{outside, 5}, {hole, 5}};
	struct polygon polygon = {ring, 2};
	struct zone zone = {.id = "a", .shape = {&polygon, 1}};

	(void)state;
	assert_true(zone_contains_point(&zone, (struct point){1, 1}));
	assert_true(zone_contains_point(&zone, (struct point){9, 9}));
	assert_true(zone_contains_point(&zone, (struct point){0, 4.5}));
	assert_true(zone_contains_point(&zone, (struct point){3, 4}));
	assert_false(zone_contains_point(&zone, (struct point){4.5, 4.5}));
	assert_false(zone_contains_point(&zone, (struct point){9.1, 4}));
	zone.shape.n = 0;
	assert_false(zone_contains_point(&zone, (struct point){1, 1}));
}

static void
an_area_within_a_hole_does_not_concern_the_zone(void **state)
{
	struct zones_parts parts = {0};
	const struct told told[] = {{1, "ring", NULL, NULL, 0, 0, 9, 9}};
	struct point hole[] = {{3, 3}, {6, 3}, {6, 6}, {3, 6}, {3, 3}};
	struct ring ring[2];
	struct zone_index *ix;
	struct arena *arena;
	struct zones *z;
	uint16_t out[2];
	size_t n;

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	tell(&parts, arena, told, 1);
	ring[0] = parts.zone[0].shape.polygon[0].ring[0];
	ring[1] = (struct ring){hole, 5};
	parts.zone[0].shape.polygon[0] = (struct polygon){ring, 2};
	assert_int_equal(zones_take(&z, arena, &parts, out, NULL), ERR_OK);
	assert_int_equal(zone_index_new(&ix, z, NULL), ERR_OK);
	assert_int_equal(
		zone_index_point(ix, (struct point){4.5, 4.5}, out, 2, &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(zone_index_point(ix, (struct point){3, 4.5}, out, 2, &n), ERR_OK);
	assert_int_equal(n, 1);
	zone_index_free(ix);
	zones_free(z);
}

static void
zones_without_outlines_cannot_be_asked(void **state)
{
	const struct told bare[] = {{1, "a", NULL, NULL, 0, 0, 0, 0}};
	struct zone_index *ix;
	struct fault fault;
	enum err err;
	struct zones *z = zones_told(bare, 1, &err, NULL);

	(void)state;
	assert_int_equal(zone_index_new(&ix, z, &fault), ERR_REFUSED);
	assert_non_null(strstr(fault.text, "zone a has no outline"));
	zones_free(z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_deepest_zones_are_named),
		cmocka_unit_test(touching_is_inside),
		cmocka_unit_test(ground_that_no_child_has_names_the_parent_in_their_place),
		cmocka_unit_test(a_narrow_strip_between_children_does_not_wake_the_parent),
		cmocka_unit_test(no_zone_is_named_within_another_one_named),
		cmocka_unit_test(an_area_across_the_date_line_finds_the_zone_on_it),
		cmocka_unit_test(a_point_on_a_shared_edge_is_in_both),
		cmocka_unit_test(too_little_room_is_told_with_the_count),
		cmocka_unit_test(a_hole_is_not_ground_but_its_edge_is),
		cmocka_unit_test(an_area_within_a_hole_does_not_concern_the_zone),
		cmocka_unit_test(zones_without_outlines_cannot_be_asked),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
