/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "box/enrol.h"
#include "bulletin/roster.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SEED "0101010101010101010101010101010101010101010101010101010101010101"
#define OTHER "0202020202020202020202020202020202020202020202020202020202020202"

static struct enrolment e;
static struct fault why;

static void
put_roster(void)
{
	struct roster_key key[2] = {
		{.number = 1, .person = "A"}, {.number = 2, .person = "B"}};
	struct roster r = {.territory = 0xbeef,
		.serial = 1,
		.mode = MODE_LIVE,
		.key_count = 2,
		.key = key};
	struct buffer text = {0}, out = {0};
	struct document d = {0};

	for (unsigned i = 0; i < 2; i++) {
		uint8_t seed[32] = {(uint8_t)(i + 1)};

		key[i].key = secret_key_from_seed(seed).public;
		key[i].roles = ROLE_ADMINISTRATOR;
	}
	roster_write(&text, &r);
	d.text = buffer_bytes(&text);
	document_write(&out, &d);
	scratch_put("roster.json", buffer_text(&out), 0644);
	buffer_free(&text);
	buffer_free(&out);
}

static enum err
one(const char *place, const char *key, mode_t mode)
{
	put_roster();
	scratch_put("place.json", place, 0644);
	scratch_put("key", key, mode);
	return enrolment_read(&e, scratch, 4, &why);
}

static enum err
fleet(const char *text)
{
	put_roster();
	scratch_put("fleet.json", text, 0600);
	return enrolment_read(&e, scratch, 4, &why);
}

static void
one_box_has_a_place_a_key_and_a_roster(void **state)
{
	(void)state;
	assert_int_equal(one("{\"siren\":9,\"zone\":100,\"path\":[10,1],\"groups\":[500],"
			     "\"territory\":\"0000beef\"}",
				 SEED "\n", 0600),
		ERR_OK);
	assert_false(e.fleet);
	assert_int_equal(e.count, 1);
	assert_int_equal(e.territory, 0xbeef);
	assert_int_equal(e.at[0].siren, 9);
	assert_int_equal(e.at[0].cabinet, 4);
	assert_int_equal(e.at[0].place.depth, 3);
	assert_int_equal(e.at[0].place.zone[0], 100);
	assert_int_equal(e.at[0].place.zone[2], 1);
	assert_int_equal(e.at[0].place.group[0], 500);
	assert_int_equal(e.at[0].key.seed[31], 1);
	assert_ptr_equal(enrolment_find(&e, 9), &e.at[0]);
	assert_null(enrolment_find(&e, 8));
	enrolment_free(&e);
}

static void
a_path_may_begin_with_the_zone_itself(void **state)
{
	(void)state;
	assert_int_equal(
		one("{\"siren\":9,\"zone\":100,\"path\":[100,10,1]}", SEED, 0600), ERR_OK);
	assert_int_equal(e.at[0].place.depth, 3);
	assert_int_equal(e.at[0].place.zone[1], 10);
	enrolment_free(&e);
}

static void
a_key_that_others_can_read_is_refused(void **state)
{
	(void)state;
	assert_int_equal(one("{\"siren\":9,\"zone\":1}", SEED, 0640), ERR_REFUSED);
	assert_non_null(strstr(why.text, "chmod 600"));
}

static void
a_key_is_64_digits(void **state)
{
	(void)state;
	assert_int_equal(one("{\"siren\":9,\"zone\":1}", "12", 0600), ERR_FORMAT);
	assert_int_equal(one("{\"siren\":9,\"zone\":1}", SEED "0", 0600), ERR_FORMAT);
	assert_int_equal(one("{\"siren\":9,\"zone\":1}", "x" SEED, 0600), ERR_FORMAT);
}

static void
a_place_in_another_territory_is_refused(void **state)
{
	(void)state;
	assert_int_equal(
		one("{\"siren\":9,\n\"zone\":1,\n\"territory\":\"00000001\"}", SEED, 0600),
		ERR_CONFLICT);
	assert_non_null(strstr(why.text, "place.json:3:"));
}

static void
a_bad_roster_is_named(void **state)
{
	(void)state;
	put_roster();
	scratch_put("roster.json", "{\"document\":\"x\",\"approvals\":[]}", 0644);
	scratch_put("place.json", "{\"siren\":9,\"zone\":1}", 0644);
	scratch_put("key", SEED, 0600);
	assert_int_not_equal(enrolment_read(&e, scratch, 1, &why), ERR_OK);
	assert_non_null(strstr(why.text, "roster.json"));
}

static void
a_fleet_is_sorted_and_keeps_the_cabinets_of_the_file(void **state)
{
	(void)state;
	assert_int_equal(
		fleet("{\"roster\":\"roster.json\",\"sirens\":["
		      "{\"siren\":7,\"zone\":3,\"seed\":\"" SEED "\"},"
		      "{\"siren\":2,\"zone\":4,\"path\":[1],\"seed\":\"" OTHER "\"},"
		      "{\"siren\":5,\"zone\":4,\"cabinet\":90,\"seed\":\"" OTHER "\"}]}"),
		ERR_OK);
	assert_true(e.fleet);
	assert_int_equal(e.count, 3);
	assert_int_equal(e.at[0].siren, 2);
	assert_int_equal(e.at[0].cabinet, 5);
	assert_int_equal(e.at[1].cabinet, 90);
	assert_int_equal(e.at[2].siren, 7);
	assert_int_equal(e.at[2].cabinet, 4);
	enrolment_free(&e);
}

static void
faults_of_a_fleet_name_the_siren(void **state)
{
#define SIREN(rest) "{\"roster\":\"roster.json\",\"sirens\":[\n" rest "]}"
	static const char *const bad[][2] = {
		{SIREN("{\"siren\":1,\"zone\":1,\"seed\":\"" SEED "\"},"
		       "{\"siren\":1,\"zone\":1,\"seed\":\"" SEED "\"}"),
			"two sirens have the number 1"},
		{SIREN("{\"siren\":1,\"zone\":0,\"seed\":\"" SEED "\"}"),
			":2:19: sirens[0].zone"},
		{SIREN("{\"siren\":1,\"zone\":1}"), "sirens[0].seed: is missing"},
		{SIREN("{\"siren\":1,\"zone\":1,\"seed\":\"zz\"}"), "sirens[0].seed"},
		{SIREN("{\"siren\":1,\"zone\":1,\"path\":[0],\"seed\":\"" SEED "\"}"),
			"sirens[0].path"},
		{SIREN("{\"siren\":1,\"zone\":1,\"path\":[2,3,4,5,6,7,8,9],\"seed\":\"" SEED
		       "\"}"),
			"more than 7 zones"},
		{SIREN("5"), "sirens[0]: must be an object"},
		{SIREN(""), "sirens: must be a list"},
		{"{\"sirens\":[]}", "roster: is missing"},
		{"{\"roster\":\"none.json\",\"sirens\":[]}", "none.json"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_not_equal(fleet(bad[i][0]), ERR_OK);
		if (strstr(why.text, bad[i][1]) == NULL)
			fail_msg("%s\n  gave: %s", bad[i][0], why.text);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, scratch_begin, scratch_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(one_box_has_a_place_a_key_and_a_roster),
		CASE(a_path_may_begin_with_the_zone_itself),
		CASE(a_key_that_others_can_read_is_refused),
		CASE(a_key_is_64_digits),
		CASE(a_place_in_another_territory_is_refused),
		CASE(a_bad_roster_is_named),
		CASE(a_fleet_is_sorted_and_keeps_the_cabinets_of_the_file),
		CASE(faults_of_a_fleet_name_the_siren),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
