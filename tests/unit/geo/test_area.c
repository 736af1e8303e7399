/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "geo/area.h"
#include "geo/spheroid.h"
#include "trees.h"

#include <math.h>

static struct area *
area_polygon(const struct point *corner, size_t n)
{
	struct area *a;

	assert_int_equal(area_new(&a), ERR_OK);
	assert_int_equal(area_add_polygon(a, corner, n, NULL), ERR_OK);
	return a;
}

static struct area *
area_circle(double lat, double lon, double km)
{
	struct area *a;

	assert_int_equal(area_new(&a), ERR_OK);
	assert_int_equal(area_add_circle(a, (struct point){lat, lon}, km, NULL), ERR_OK);
	return a;
}

static bool
inside(const struct area *a, double lat, double lon)
{
	bool yes;

	assert_int_equal(area_contains(&yes, a, (struct point){lat, lon}), ERR_OK);
	return yes;
}

static void
the_edge_counts_as_inside(void **state)
{
	const struct point corner[] = {{48, 11}, {48, 12}, {49, 12}, {49, 11}};
	struct area *a = area_polygon(corner, 4); /* open: it is closed for the caller */

	(void)state;
	assert_true(inside(a, 48.5, 11));
	assert_true(inside(a, 49, 12));
	assert_true(inside(a, 48.5, 11.5));
	assert_false(inside(a, 48.5, 10.999999));
	area_free(a);
}

static void
a_crossing_polygon_covers_all_that_its_line_encloses(void **state)
{
	/* A star of five points: its middle is wound around twice. */
	const struct point star[] = {{50.0, 20.0}, {53.0, 21.0}, {50.0, 22.0}, {52.0, 19.5},
		{52.0, 22.5}, {50.0, 20.0}};
	struct area *a = area_polygon(star, 6);

	(void)state;
	assert_true(inside(a, 51.5, 21));
	assert_true(inside(a, 52.5, 21));
	assert_false(inside(a, 50.2, 21));
	area_free(a);
}

static void
a_long_crossing_polygon_covers_its_hull(void **state)
{
	struct point zigzag[1000];
	struct area *a;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		zigzag[i] = (struct point){
			(double)(i * 389 % 1000) / 1000, 20 + (double)(i % 7)};
	a = area_polygon(zigzag, 1000);
	assert_true(inside(a, 0.5, 23));
	area_free(a);
}

static void
polygons_without_ground_cover_their_line(void **state)
{
	const struct point line[] = {{50, 20}, {50, 21}, {50, 20}}, spot[] = {{50, 20}};
	struct area *a = area_polygon(line, 3);

	(void)state;
	assert_true(inside(a, 50, 20.5));
	assert_false(inside(a, 50.1, 20.5));
	area_free(a);
	a = area_polygon(spot, 1);
	assert_true(inside(a, 50, 20));
	area_free(a);
}

static void
a_polygon_goes_the_short_way_over_the_date_line(void **state)
{
	const struct point corner[] = {{-20, 178}, {-20, -178}, {-16, -178}, {-16, 178}};
	struct area *a = area_polygon(corner, 4);

	(void)state;
	assert_true(inside(a, -18, 179));
	assert_true(inside(a, -18, -179));
	assert_true(inside(a, -18, 180));
	assert_true(inside(a, -18, -180));
	assert_false(inside(a, -18, 0));
	assert_false(inside(a, -18, 177));
	area_free(a);
}

static void
a_polygon_around_a_pole_holds_it(void **state)
{
	const struct point north[] = {{80, 0}, {80, 90}, {80, 180}, {80, -90}};
	const struct point south[] = {{-70, 0}, {-70, -120}, {-70, 120}};
	struct area *a = area_polygon(north, 4);

	(void)state;
	assert_true(inside(a, 90, 33));
	assert_true(inside(a, 85, -170));
	assert_false(inside(a, 79, 10));
	area_free(a);
	a = area_polygon(south, 3);
	assert_true(inside(a, -89, 10));
	assert_false(inside(a, -60, 10));
	area_free(a);
}

/* Vincenty's own worked examples are of other spheroids; these are of WGS 84, by
 * GeographicLib 2 (geographiclib.sourceforge.io, GeodSolve), to a hundredth of a metre. */
static void
walks_end_where_geodesics_do(void **state)
{
	struct point p;

	(void)state;
	p = spheroid_walk((struct point){0, 0}, 90, 111319.490793);
	assert_true(fabs(p.lon - 1) < 1e-9 && fabs(p.lat) < 1e-9);
	p = spheroid_walk((struct point){0, 0}, 0, 10001965.729); /* a quarter meridian */
	assert_true(fabs(p.lat - 90) < 1e-7);
	p = spheroid_walk((struct point){0, 0}, 0, 110574.388558); /* one degree of it */
	assert_true(fabs(p.lat - 1) < 1e-8);
	p = spheroid_walk((struct point){10, 179.9}, 90, 50000);
	assert_true(p.lon < -179 && p.lon > -180);
}

static void
a_circle_is_never_smaller_than_told_and_hardly_larger(void **state)
{
	static const struct point centre[] = {
		{48.4, 31.1}, {0, 0}, {-65, 179.99}, {31.5, 34.5}, {70, 20}};
	static const double km[] = {0.05, 1, 20, 400, 1500};

	(void)state;
	for (size_t c = 0; c < COUNT(centre); c++) {
		for (size_t r = 0; r < COUNT(km); r++) {
			struct area *a = area_circle(centre[c].lat, centre[c].lon, km[r]);

			for (double azimuth = 0.25; azimuth < 360; azimuth += 14.4) {
				struct point in =
					spheroid_walk(centre[c], azimuth, km[r] * 1000);
				struct point out = spheroid_walk(
					centre[c], azimuth, km[r] * 1000.4 + 0.05);

				assert_true(inside(a, in.lat, in.lon));
				assert_false(inside(a, out.lat, out.lon));
			}
			area_free(a);
		}
	}
}

static void
circles_reach_over_a_pole_and_around_the_globe(void **state)
{
	struct area *a = area_circle(88, 45, 400);

	(void)state;
	assert_true(inside(a, 90, 0));
	assert_true(inside(a, 89, -135));
	assert_false(inside(a, 80, 45));
	area_free(a);
	a = area_circle(10, 10, 20000);
	assert_true(inside(a, -10, -170));
	area_free(a);
	a = area_circle(10, 10, 0);
	assert_true(inside(a, 10, 10));
	area_free(a);
}

static void
places_off_the_globe_are_refused(void **state)
{
	const struct point off[] = {{50, 20}, {91, 20}, {50, 21}};
	const struct point no_number[] = {{50, 20}, {NAN, 20}, {50, 21}};
	struct area *a;

	(void)state;
	assert_int_equal(area_new(&a), ERR_OK);
	assert_int_equal(area_add_polygon(a, off, 3, NULL), ERR_RANGE);
	assert_int_equal(area_add_polygon(a, no_number, 3, NULL), ERR_RANGE);
	assert_int_equal(area_add_polygon(a, off, 0, NULL), ERR_RANGE);
	assert_int_equal(area_add_circle(a, (struct point){0, 181}, 1, NULL), ERR_RANGE);
	assert_int_equal(area_add_circle(a, (struct point){0, 0}, -1, NULL), ERR_RANGE);
	assert_int_equal(area_add_circle(a, (struct point){0, 0}, NAN, NULL), ERR_RANGE);
	assert_false(inside(a, 50, 20));
	area_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_edge_counts_as_inside),
		cmocka_unit_test(a_crossing_polygon_covers_all_that_its_line_encloses),
		cmocka_unit_test(a_long_crossing_polygon_covers_its_hull),
		cmocka_unit_test(polygons_without_ground_cover_their_line),
		cmocka_unit_test(a_polygon_goes_the_short_way_over_the_date_line),
		cmocka_unit_test(a_polygon_around_a_pole_holds_it),
		cmocka_unit_test(walks_end_where_geodesics_do),
		cmocka_unit_test(a_circle_is_never_smaller_than_told_and_hardly_larger),
		cmocka_unit_test(circles_reach_over_a_pole_and_around_the_globe),
		cmocka_unit_test(places_off_the_globe_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
