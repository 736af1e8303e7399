/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire/zones_document.h"
#include "zones_files.h"

#include <stdlib.h>

/* A version as text: of the good file, mended from a bad one, with one number retired. */
static struct buffer document, geometry;

static void
write_both(const struct zones *z, struct buffer *doc, struct buffer *geo)
{
	struct zones_head head = {.territory = "0a1b2c3d", .version = 2};

	memset(head.previous.at, 7, sizeof head.previous.at);
	zones_geometry_write(geo, z);
	head.geometry = hash_of(buffer_bytes(geo));
	zones_document_write(doc, &head, z);
	assert_int_equal(geo->err, ERR_OK);
	assert_int_equal(doc->err, ERR_OK);
}

static int
set_up(void **state)
{
	struct geojson_options options = {.mend = true};
	struct zones *before, *now;

	(void)state;
	assert_int_equal(zones_from(&before, "tests/data/zones/bad-crossing.geojson",
				 &options, NULL),
		ERR_OK);
	options.previous = before;
	assert_int_equal(
		zones_from(&now, "tests/data/zones/bad-open-ring.geojson", &options, NULL),
		ERR_OK);
	zones_free(now);
	assert_int_equal(
		zones_from(&now, "tests/data/zones/good.geojson", &options, NULL), ERR_OK);
	write_both(now, &document, &geometry);
	zones_free(now);
	zones_free(before);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buffer_free(&document);
	buffer_free(&geometry);
	return 0;
}

static void
what_is_written_is_read_and_written_the_same(void **state)
{
	struct buffer doc = {0}, geo = {0};
	struct zones_head head;
	struct fault fault = {""};
	struct zones *z;

	(void)state;
	if (zones_document_read(&z, &head, buffer_bytes(&document), buffer_bytes(&geometry),
		    &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	assert_string_equal(head.territory, "0a1b2c3d");
	assert_int_equal(head.version, 2);
	assert_int_equal(head.previous.at[31], 7);
	assert_int_equal(zones_parts(z)->retired_count, 2);
	zones_geometry_write(&geo, z);
	zones_document_write(&doc, &head, z);
	assert_string_equal(buffer_text(&doc), buffer_text(&document));
	assert_string_equal(buffer_text(&geo), buffer_text(&geometry));
	buffer_free(&doc);
	buffer_free(&geo);
	zones_free(z);
}

static void
the_bytes_are_these(void **state)
{
	static const char text[] =
		"{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\","
		"\"properties\":{\"id\":\"a\",\"name_uk\":\"Край\",\"shelter_s\":15},"
		"\"geometry\":"
		"{\"type\":\"Polygon\",\"coordinates\":[[[-0.5,10.25],[1.1234567,10],[1,11]"
		","
		"[-0.5,10.25]]]}}],\"groups\":[{\"number\":1,\"zones\":[\"a\"]}]}";
	const struct geojson_options options = {0};
	struct zones *z = zones_of_text(text, &options);
	struct buffer doc = {0}, geo = {0};
	struct zones_head head = {.territory = "00000001", .version = 1};

	(void)state;
	zones_geometry_write(&geo, z);
	zones_document_write(&doc, &head, z);
	assert_string_equal(buffer_text(&geo),
		"{\"type\":\"FeatureCollection\",\"features\":[\n"
		"{\"type\":\"Feature\",\"id\":\"a\",\"properties\":{\"number\":1},"
		"\"geometry\":"
		"{\"type\":\"Polygon\",\"coordinates\":[[[-0.5,10.25],[1.1234567,10],[1,11]"
		","
		"[-0.5,10.25]]]}}\n]}\n");
	assert_string_equal(buffer_text(&doc),
		"{\"format\":\"belfry-zones-1\",\"territory\":\"00000001\",\"version\":1,"
		"\"previous\":null,\"geometry\":\"00000000000000000000000000000000"
		"00000000000000000000000000000000\",\"zones\":[{\"number\":1,\"id\":\"a\","
		"\"level\":\"\",\"parent\":null,\"names\":{\"uk\":\"Край\"},\"aliases\":[],"
		"\"shelter_s\":15}],\"groups\":[{\"number\":1,\"zones\":[1]}],\"retired\":["
		"],"
		"\"mended\":[]}\n");
	buffer_free(&doc);
	buffer_free(&geo);
	zones_free(z);
}

static void
a_siren_reads_the_tree_without_the_outlines(void **state)
{
	struct zones_head head;
	struct zones *z;

	(void)state;
	assert_int_equal(zones_document_read(&z, &head, buffer_bytes(&document),
				 (struct bytes){NULL, 0}, NULL),
		ERR_OK);
	assert_int_equal(zones_find(z, "north")->shape.n, 0);
	assert_true(zones_is_within(
		z, zones_find(z, "north")->number, zones_find(z, "land")->number));
	zones_free(z);
}

static void
mended_places_are_kept(void **state)
{
	const struct geojson_options options = {.mend = true};
	struct buffer doc = {0}, geo = {0};
	struct zones_head head;
	struct zones *z;

	(void)state;
	assert_int_equal(
		zones_from(&z, "tests/data/zones/bad-crossing.geojson", &options, NULL),
		ERR_OK);
	write_both(z, &doc, &geo);
	zones_free(z);
	assert_int_equal(zones_document_read(
				 &z, &head, buffer_bytes(&doc), buffer_bytes(&geo), NULL),
		ERR_OK);
	assert_int_equal(zones_parts(z)->mended_count, 1);
	assert_true(zones_parts(z)->mended[0].at.lat == 50.5);
	assert_true(zones_parts(z)->mended[0].at.lon == 20.5);
	zones_free(z);
	buffer_free(&doc);
	buffer_free(&geo);
}

static void
outlines_cut_at_the_date_line_are_read_back_as_they_are(void **state)
{
	const struct geojson_options options = {0};
	struct buffer doc = {0}, geo = {0}, again = {0};
	struct zones_head head;
	struct zones *z;

	(void)state;
	assert_int_equal(
		zones_from(&z, "tests/data/zones/good-date-line.geojson", &options, NULL),
		ERR_OK);
	assert_int_equal(zones_find(z, "jump")->shape.n, 2);
	write_both(z, &doc, &geo);
	zones_free(z);
	assert_int_equal(zones_document_read(
				 &z, &head, buffer_bytes(&doc), buffer_bytes(&geo), NULL),
		ERR_OK);
	zones_geometry_write(&again, z);
	assert_string_equal(buffer_text(&again), buffer_text(&geo));
	zones_free(z);
	buffer_free(&doc);
	buffer_free(&geo);
	buffer_free(&again);
}

/* The document with the first `old` in it replaced. */
static enum err
changed(const char *old, const char *new)
{
	const char *text = buffer_text(&document), *at = strstr(text, old);
	struct buffer doc = {0};
	struct zones_head head;
	struct fault fault;
	struct zones *z;
	enum err err;

	assert_non_null(at);
	write_bytes(&doc, text, (size_t)(at - text));
	write_text(&doc, new);
	write_text(&doc, at + strlen(old));
	err = zones_document_read(&z, &head, buffer_bytes(&doc), (struct bytes){0}, &fault);
	if (err == ERR_OK)
		zones_free(z);
	buffer_free(&doc);
	return err;
}

static void
a_document_of_another_shape_is_refused(void **state)
{
	(void)state;
	assert_int_equal(changed("belfry-zones-1", "belfry-zones-1"), ERR_OK);
	assert_int_equal(changed("belfry-zones-1", "belfry-zones-2"), ERR_VERSION);
	assert_int_equal(changed("\"version\":2", "\"version\":0"), ERR_FORMAT);
	assert_int_equal(changed("\"version\":2", "\"version\":\"2\""), ERR_FORMAT);
	assert_int_equal(changed("\"version\":2", "\"version\":2,\"more\":1"), ERR_FORMAT);
	assert_int_equal(
		changed("\"version\":2", "\"version\":2,\"version\":2"), ERR_FORMAT);
	assert_int_equal(changed("0a1b2c3d", "0A1b2c3d"), ERR_FORMAT);
	assert_int_equal(changed("0a1b2c3d", "0a1b2c3"), ERR_FORMAT);
	assert_int_equal(changed("\"previous\":\"07", "\"previous\":\"7"), ERR_FORMAT);
	assert_int_equal(changed("\"level\":\"land\",", ""), ERR_FORMAT);
	assert_int_equal(changed("\"parent\":null", "\"parent\":1"), ERR_FORMAT);
	assert_int_equal(changed("\"parent\":\"land\"", "\"parent\":\"sea\""), ERR_UNKNOWN);
	assert_int_equal(changed("\"parent\":null", "\"parent\":\"north\""), ERR_CONFLICT);
	assert_int_equal(changed("\"shelter_s\":90", "\"shelter_s\":90.5"), ERR_FORMAT);
	assert_int_equal(changed("\"shelter_s\":90", "\"shelter_s\":86401"), ERR_FORMAT);
	assert_int_equal(changed("\"id\":\"north\"", "\"id\":\"no rth\""), ERR_FORMAT);
	assert_int_equal(changed("\"number\":3", "\"number\":65536"), ERR_FORMAT);
	assert_int_equal(changed("\"number\":3,\"id\"", "\"number\":9,\"id\""), ERR_FORMAT);
	assert_int_equal(changed("]}\n", "]}\n{}"), ERR_FORMAT);
}

static void
a_geometry_that_the_document_does_not_name_is_refused(void **state)
{
	struct zones_head head;
	struct fault fault;
	struct zones *z;

	(void)state;
	geometry.at[geometry.len - 1] = ' ';
	assert_int_equal(zones_document_read(&z, &head, buffer_bytes(&document),
				 buffer_bytes(&geometry), &fault),
		ERR_CONFLICT);
	geometry.at[geometry.len - 1] = '\n';
}

/* A document that names whatever geometry it is given. */
static enum err
with_geometry(const char *old, const char *new, struct fault *fault)
{
	const char *text = buffer_text(&geometry), *at = strstr(text, old);
	struct buffer doc = {0}, geo = {0};
	struct zones_head head;
	struct zones *z;
	enum err err;

	assert_non_null(at);
	write_bytes(&geo, text, (size_t)(at - text));
	write_text(&geo, new);
	write_text(&geo, at + strlen(old));
	assert_int_equal(zones_document_read(&z, &head, buffer_bytes(&document),
				 (struct bytes){0}, fault),
		ERR_OK);
	head.geometry = hash_of(buffer_bytes(&geo));
	zones_document_write(&doc, &head, z);
	zones_free(z);
	err = zones_document_read(&z, &head, buffer_bytes(&doc), buffer_bytes(&geo), fault);
	if (err == ERR_OK)
		zones_free(z);
	buffer_free(&doc);
	buffer_free(&geo);
	return err;
}

static void
signed_outlines_are_judged_all_the_same(void **state)
{
	struct fault f;

	(void)state;
	assert_int_equal(with_geometry("features", "features", &f), ERR_OK);
	assert_int_equal(
		with_geometry("[10,50],[14,50]", "[14,50],[10,50]", &f), ERR_SHAPE);
	assert_int_equal(with_geometry("[14,54]", "[14,54.00000001]", &f), ERR_SHAPE);
	assert_int_equal(with_geometry("\"id\":\"north\"", "\"id\":\"7\"", &f), ERR_FORMAT);
	assert_int_equal(
		with_geometry("\"number\":", "\"more\":1,\"number\":", &f), ERR_FORMAT);
	assert_int_equal(with_geometry("FeatureC", "C", &f), ERR_FORMAT);
	assert_int_equal(with_geometry("[14,54]", "[14,94]", &f), ERR_RANGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_and_written_the_same),
		cmocka_unit_test(the_bytes_are_these),
		cmocka_unit_test(a_siren_reads_the_tree_without_the_outlines),
		cmocka_unit_test(mended_places_are_kept),
		cmocka_unit_test(outlines_cut_at_the_date_line_are_read_back_as_they_are),
		cmocka_unit_test(a_document_of_another_shape_is_refused),
		cmocka_unit_test(a_geometry_that_the_document_does_not_name_is_refused),
		cmocka_unit_test(signed_outlines_are_judged_all_the_same),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
