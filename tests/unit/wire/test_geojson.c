/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zones_files.h"

static const struct geojson_options plain = {0};

static void
each_file_gets_the_answer_that_is_expected(void **state)
{
	FILE *list = fopen("tests/data/zones/expected.tsv", "r");
	char line[512], path[256];
	int files = 0;

	(void)state;
	assert_non_null(list);
	while (fgets(line, sizeof line, list) != NULL) {
		char *name = strtok(line, "\t\n"), *word = strtok(NULL, "\t\n");
		char *part = strtok(NULL, "\t\n");
		struct fault fault = {""};
		struct zones *z;
		enum err err;

		if (name[0] == '#')
			continue;
		snprintf(path, sizeof path, "tests/data/zones/%s", name);
		err = zones_from(&z, path, &plain, &fault);
		zones_free(z);
		if (strcmp(err_name(err), word) != 0 ||
			(part[0] != '-' && strstr(fault.text, part) == NULL))
			fail_msg("%s: %s: %s", name, err_name(err), fault.text);
		files++;
	}
	fclose(list);
	assert_true(files >= 38);
}

static void
a_good_file_becomes_zones(void **state)
{
	struct zones *z;
	const struct zone *north;

	(void)state;
	assert_int_equal(
		zones_from(&z, "tests/data/zones/good.geojson", &plain, NULL), ERR_OK);
	north = zones_find(z, "old-north");
	assert_string_equal(north->id, "north");
	assert_int_equal(north->number, 2);
	assert_string_equal(north->level, "county");
	assert_string_equal(north->parent, "land");
	assert_int_equal(north->shelter_s, 90);
	assert_int_equal(north->shape.polygon[0].n, 2); /* the hole is kept */
	assert_int_equal(zones_find(z, "7")->number, 3);
	assert_int_equal(zones_find(z, "7")->shelter_s, 0);
	assert_int_equal(zones_find(z, "land")->shelter_s, -1);
	assert_string_equal(zone_name(zones_find(z, "land"), "uk"), "Край");
	assert_string_equal(zone_name(zones_find(z, "land"), "fr"), "Land");
	assert_string_equal(zone_name(zones_find(z, "isles"), "zh-Hant"), "島");
	assert_int_equal(zones_find(z, "isles")->shape.n, 2);
	assert_true(zones_is_within(z, 3, 1));
	assert_int_equal(zones_group(z, 3)->zone_count, 2);
	assert_int_equal(zones_group(z, 3)->zones[1], 4);
	zones_free(z);
}

static void
the_zones_of_the_demo_are_good(void **state)
{
	const struct box box = {48, 30, 49, 32};
	const struct geojson_options boxed = {.box = &box};
	struct zones *z;
	uint16_t below[8];

	(void)state;
	assert_int_equal(zones_from(&z, "share/demo/zones.geojson", &boxed, NULL), ERR_OK);
	assert_int_equal(zones_parts(z)->zone_count, 5);
	assert_int_equal(zones_below(z, zones_find(z, "bergfrid")->number, below, 8), 3);
	assert_string_equal(zone_name(zones_find(z, "bergfrid"), "uk"), "Бергфрід");
	zones_free(z);
}

static void
what_lies_outside_the_territory_is_refused(void **state)
{
	static const char there[] = "{\"type\":\"FeatureCollection\",\"features\":[{"
				    "\"type\":\"Feature\",\"id\":1,"
				    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[["
				    "31,48],[32,48],[32,49],"
				    "[31,48]]]}}]}";
	const struct box here = {44, 22, 53, 41}, far = {0, 0, 10, 10},
			 turned = {30, 44, 40, 52};
	struct geojson_options options = {.box = &here};
	struct fault fault;
	struct zones *z;

	(void)state;
	zones_free(zones_of_text(there, &options));
	options.box = &far;
	assert_int_equal(
		geojson_read_zones(&z, bytes_of_text(there), &options, &fault), ERR_RANGE);
	assert_non_null(strstr(fault.text, "feature 1, zone 1: latitude 48, longitude 31 "
					   "is outside the territory's box"));
	options.box = &turned;
	assert_int_equal(
		geojson_read_zones(&z, bytes_of_text(there), &options, &fault), ERR_RANGE);
	assert_non_null(strstr(fault.text, "the axes look swapped"));
}

static void
every_feature_at_fault_is_listed(void **state)
{
	struct buffer all = {0};
	const struct geojson_options options = {.all = &all};
	struct fault fault;
	struct zones *z;
	int lines = 0;

	(void)state;
	assert_int_equal(
		zones_from(&z, "tests/data/zones/bad-several.geojson", &options, &fault),
		ERR_SHAPE);
	for (const char *p = buffer_text(&all); *p != 0; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 3);
	assert_non_null(strstr(buffer_text(&all), "feature 2, zone q: "));
	assert_non_null(strstr(buffer_text(&all), "feature 3, zone r: it has no geometry"));
	buffer_free(&all);
}

static void
mending_repairs_and_records_or_refuses(void **state)
{
	static const char *const can[] = {"bad-open-ring", "bad-crossing",
		"bad-hole-outside", "bad-overlapping-parts"};
	static const char *const cannot[] = {"bad-no-area", "bad-three-positions",
		"bad-around-the-pole", "bad-duplicate-id", "bad-several"};
	const struct geojson_options mend = {.mend = true};
	struct fault fault;
	struct zones *z;
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof can / sizeof *can; i++) {
		snprintf(path, sizeof path, "tests/data/zones/%s.geojson", can[i]);
		assert_int_equal(zones_from(&z, path, &mend, &fault), ERR_OK);
		assert_int_equal(zones_parts(z)->mended_count, 1);
		assert_string_equal(zones_parts(z)->mended[0].zone, "b");
		zones_free(z);
	}
	for (size_t i = 0; i < sizeof cannot / sizeof *cannot; i++) {
		snprintf(path, sizeof path, "tests/data/zones/%s.geojson", cannot[i]);
		assert_int_not_equal(zones_from(&z, path, &mend, &fault), ERR_OK);
		assert_null(strstr(fault.text, "--mend"));
	}
}

static void
a_new_version_keeps_the_numbers_of_the_one_before(void **state)
{
	static const char one[] =
		"{\"type\":\"FeatureCollection\",\"features\":["
		"{\"type\":\"Feature\",\"id\":\"b\",\"geometry\":{\"type\":\"Polygon\","
		"\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]}},"
		"{\"type\":\"Feature\",\"id\":\"north\",\"geometry\":{\"type\":\"Polygon\","
		"\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]}}]}";
	struct geojson_options next = {0};
	struct zones *first, *second;

	(void)state;
	assert_int_equal(
		zones_from(&first, "tests/data/zones/good.geojson", &plain, NULL), ERR_OK);
	next.previous = first;
	second = zones_of_text(one, &next);
	zones_free(first);
	assert_int_equal(zones_find(second, "north")->number, 2);
	assert_int_equal(zones_find(second, "b")->number, 5);
	assert_int_equal(zones_parts(second)->retired_count, 3);
	zones_free(second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_gets_the_answer_that_is_expected),
		cmocka_unit_test(a_good_file_becomes_zones),
		cmocka_unit_test(the_zones_of_the_demo_are_good),
		cmocka_unit_test(what_lies_outside_the_territory_is_refused),
		cmocka_unit_test(every_feature_at_fault_is_listed),
		cmocka_unit_test(mending_repairs_and_records_or_refuses),
		cmocka_unit_test(a_new_version_keeps_the_numbers_of_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
