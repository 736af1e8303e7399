/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_zones_real.c: the zones of two real countries; skipped where the files are not. */
#include "geo/area.h"
#include "wire/zones_document.h"
#include "zones_files.h"

#include <stdlib.h>
#include <time.h>

static const char *folder;

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *
path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static struct zones *
import(const char *name, size_t expected_zones, size_t expected_bad)
{
	struct buffer all = {0};
	struct geojson_options options = {.all = &all};
	struct fault fault;
	struct zones *z;
	size_t bad = 0;
	double begin = seconds();

	assert_int_equal(zones_from(&z, path_of(name), &options, &fault), ERR_SHAPE);
	for (const char *p = buffer_text(&all); *p != 0; p++)
		bad += *p == '\n';
	assert_int_equal(bad, expected_bad);
	buffer_free(&all);
	options = (struct geojson_options){.mend = true};
	assert_int_equal(zones_from(&z, path_of(name), &options, &fault), ERR_OK);
	assert_int_equal(zones_parts(z)->zone_count, expected_zones);
	assert_int_equal(zones_parts(z)->mended_count, expected_bad);
	print_message("%s: read twice in %.2f s\n", name, seconds() - begin);
	for (size_t i = 0; i < expected_bad; i++)
		print_message("%s at %.7g,%.7g: %s\n", zones_parts(z)->mended[i].zone,
			zones_parts(z)->mended[i].at.lat, zones_parts(z)->mended[i].at.lon,
			zones_parts(z)->mended[i].change);
	return z;
}

/* Through the two texts and back. */
static struct zones *
passed_on(struct zones *z)
{
	struct buffer doc = {0}, geo = {0}, again = {0};
	struct zones_head head = {.territory = "00000001", .version = 1};
	struct fault fault;
	struct zones *out;

	zones_geometry_write(&geo, z);
	head.geometry = hash_of(buffer_bytes(&geo));
	zones_document_write(&doc, &head, z);
	zones_free(z);
	if (zones_document_read(
		    &out, &head, buffer_bytes(&doc), buffer_bytes(&geo), &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	zones_geometry_write(&again, out);
	assert_true(bytes_equal(buffer_bytes(&again), buffer_bytes(&geo)));
	print_message("document %zu bytes, geometry %zu bytes\n", doc.len, geo.len);
	buffer_free(&doc);
	buffer_free(&geo);
	buffer_free(&again);
	return out;
}

/* Each zone's own outline as an alert: it, or a zone around it or below it, is named. */
static void
every_zone_finds_itself(const struct zones *z)
{
	const struct zones_parts *p = zones_parts(z);
	uint16_t *out = calloc(p->zone_count, sizeof *out);
	struct zone_index *ix;
	double begin, spent, worst = 0, sum = 0;

	assert_non_null(out);
	begin = seconds();
	assert_int_equal(zone_index_new(&ix, z, NULL), ERR_OK);
	print_message("index in %.2f s\n", seconds() - begin);
	for (size_t i = 0; i < p->zone_count; i++) {
		struct area *a;
		size_t n;

		begin = seconds();
		assert_int_equal(area_new(&a), ERR_OK);
		for (size_t k = 0; k < p->zone[i].shape.n; k++) {
			const struct ring *r = &p->zone[i].shape.polygon[k].ring[0];

			assert_int_equal(area_add_polygon(a, r->at, r->n, NULL), ERR_OK);
		}
		assert_int_equal(zone_index_area(ix, a, out, p->zone_count, &n), ERR_OK);
		spent = seconds() - begin;
		sum += spent;
		worst = spent > worst ? spent : worst;
		assert_true(zones_overlap(z, out, n, &p->zone[i].number, 1));
		area_free(a);
	}
	print_message("area to zones: mean %.2f ms, worst %.2f ms\n",
		sum / (double)p->zone_count * 1000, worst * 1000);
	zone_index_free(ix);
	free(out);
}

static void
israel_has_seven_bad_outlines_and_they_can_be_mended(void **state)
{
	struct zones *z;

	(void)state;
	z = passed_on(import("il_zones.geojson", 1449, 7));
	assert_int_equal(zones_find(z, "5000004")->shelter_s, 90);
	assert_string_equal(zone_name(zones_find(z, "5000004"), "en"), "Eilat");
	every_zone_finds_itself(z);
	zones_free(z);
}

static void
ukraine_has_two_bad_outlines_and_three_levels(void **state)
{
	uint16_t below[ZONES_MAX];
	struct zones *z;

	(void)state;
	z = passed_on(import("ua_zones.geojson", 1548, 2));
	/* Khmelnytska oblast: itself, 3 raions, and their hromadas */
	assert_true(zones_below(z, zones_find(z, "3")->number, below, ZONES_MAX) > 4);
	assert_int_equal(
		zones_children(z, zones_find(z, "3")->number, below, ZONES_MAX), 3);
	every_zone_finds_itself(z);
	zones_free(z);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(israel_has_seven_bad_outlines_and_they_can_be_mended),
		cmocka_unit_test(ukraine_has_two_bad_outlines_and_three_levels),
	};
	FILE *there;

	folder = argc > 1 ? argv[1] : ".";
	there = fopen(path_of("ua_zones.geojson"), "r");
	if (there == NULL)
		return 77; /* meson counts it as skipped */
	fclose(there);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
