/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "siren/pattern.h"

#include "base/json_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A file with one thing changed; each piece stands on a line of its own. */
#define FILE_OF(number, use, segments, repeat, cap)                                        \
	"{\n\"number\": " number ",\n\"name\": \"x-one\",\n\"country\": \"x\",\n"          \
	"\"use\": \"" use "\",\n\"source\": \"a test\",\n\"segments\": [" segments "],\n"  \
	"\"repeat\": " repeat ",\n\"cap_s\": " cap "\n}\n"
#define STEADY "{\"tone\": \"steady\", \"length_ms\": 15000, \"high_hz\": 420}"
#define PAUSE "{\"tone\": \"silence\", \"length_ms\": 7000}"
#define WAIL                                                                               \
	"{\"tone\": \"wail\", \"length_ms\": 60000, \"low_hz\": 200, \"high_hz\": 420, "   \
	"\"period_ms\": 10000}"

static struct pattern
read_good(const char *text)
{
	struct pattern p;
	struct fault fault = {""};

	if (pattern_read(&p, bytes_of_text(text), "x.json", &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	return p;
}

static struct pattern
fire(void)
{
	return read_good(FILE_OF("22", "fire", STEADY ", " PAUSE, "3", "60"));
}

static struct pattern
wail(const char *cap)
{
	char text[1024];

	snprintf(text, sizeof text, FILE_OF("20", "attack", WAIL, "1", "%s"), cap);
	return read_good(text);
}

static void
a_file_is_read_field_by_field(void **state)
{
	struct pattern p = wail("300");

	(void)state;
	assert_int_equal(p.number, 20);
	assert_string_equal(p.name, "x-one");
	assert_string_equal(p.country, "x");
	assert_string_equal(p.source, "a test");
	assert_int_equal(p.use, USE_ATTACK);
	assert_int_equal(p.segments, 1);
	assert_int_equal(p.segment[0].tone, TONE_WAIL);
	assert_int_equal(p.segment[0].low_hz, 200);
	assert_int_equal(p.segment[0].high_hz, 420);
	assert_int_equal(p.segment[0].period_ms, 10000);
	assert_int_equal(p.segment[0].rise_ms, 5000);
	assert_int_equal(p.cap_s, 300);
}

static void
the_silence_behind_the_last_tone_is_not_played(void **state)
{
	struct pattern p = fire();

	(void)state;
	assert_int_equal(pattern_total_ms(&p, 0), 59000);
	assert_int_equal(pattern_closed_ms(&p, 0), 45000);
}

static void
the_relay_follows_tones_and_gaps(void **state)
{
	struct pattern p = fire();
	static const struct {
		int64_t at_ms;
		bool on;
		int64_t next_ms;
	} want[] = {{-1, false, 0}, {0, true, 15000}, {14999, true, 15000},
		{15000, false, 22000}, {21999, false, 22000}, {22000, true, 37000},
		{44000, true, 59000}, {58999, true, 59000}, {59000, false, -1},
		{INT64_MAX / 2, false, -1}};

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		assert_int_equal(pattern_relay_at(&p, 0, want[i].at_ms), want[i].on);
		assert_int_equal(
			pattern_next_change_ms(&p, 0, want[i].at_ms), want[i].next_ms);
	}
}

static void
a_box_that_follows_the_changes_closes_as_often_as_the_pattern_says(void **state)
{
	struct pattern p = fire();
	int closings = pattern_relay_at(&p, 0, 0);

	(void)state;
	for (int64_t at = 0; (at = pattern_next_change_ms(&p, 0, at)) != -1;)
		closings += pattern_relay_at(&p, 0, at);
	assert_int_equal(closings, 3);
}

static void
an_order_lengthens_and_shortens_within_the_cap(void **state)
{
	struct pattern p = wail("180");

	(void)state;
	assert_int_equal(pattern_total_ms(&p, 0), 60000);
	assert_int_equal(pattern_total_ms(&p, 15), 15000);
	assert_int_equal(pattern_total_ms(&p, 120), 120000);
	assert_int_equal(pattern_total_ms(&p, 65535), 180000);
	assert_int_equal(pattern_next_change_ms(&p, 120, 0), 120000);
	assert_false(pattern_relay_at(&p, 120, 120000));
}

static void
the_box_has_a_cap_of_its_own(void **state)
{
	struct pattern p = wail("300");

	(void)state;
	assert_int_equal(pattern_seconds(&p, 0, 0), 0);
	assert_int_equal(pattern_seconds(&p, 0, 60), 0);
	assert_int_equal(pattern_seconds(&p, 0, 59), 59);
	assert_int_equal(pattern_seconds(&p, 200, 90), 90);
	assert_int_equal(pattern_seconds(&p, 30, 90), 30);
}

/* A pattern made by hand: the limits hold even where no file was read. */
static void
no_data_and_no_order_outgrows_the_limits_of_the_program(void **state)
{
	struct pattern p = wail("300");

	(void)state;
	p.cap_s = UINT16_MAX;
	p.repeat = 255;
	assert_int_equal(pattern_total_ms(&p, UINT32_MAX), 600000);
	p.use = USE_TEST;
	assert_int_equal(pattern_total_ms(&p, UINT32_MAX), 180000);
	p.use = USE_GROWL;
	assert_int_equal(pattern_total_ms(&p, UINT32_MAX), 5000);
	assert_int_equal(pattern_closed_ms(&p, UINT32_MAX), 5000);
	p.use = USE_ATTACK;
	p.number = PATTERN_GROWL;
	assert_int_equal(pattern_total_ms(&p, 0), 5000);
}

static void
a_silent_test_never_closes_the_relay(void **state)
{
	struct pattern p = wail("300");

	(void)state;
	for (int by_number = 0; by_number < 2; by_number++) {
		p.use = by_number ? USE_ATTACK : USE_SILENT_TEST;
		p.number = by_number ? PATTERN_SILENT_TEST : 20;
		assert_true(pattern_suits_test(&p));
		assert_int_equal(pattern_closed_ms(&p, UINT32_MAX), 0);
		assert_int_equal(pattern_next_change_ms(&p, UINT32_MAX, 0), -1);
		for (int64_t at = -1000; at < 700000; at += 500)
			assert_false(pattern_relay_at(&p, UINT32_MAX, at));
	}
}

static void
only_growl_and_silent_test_suit_a_test_order(void **state)
{
	struct pattern p = wail("180");

	(void)state;
	for (enum pattern_use use = USE_ATTACK; use <= USE_SILENT_TEST; use++) {
		p.use = use;
		assert_int_equal(
			pattern_suits_test(&p), use == USE_GROWL || use == USE_SILENT_TEST);
	}
}

struct bad {
	const char *text;
	enum err err;
	const char *says;
};

static void
check_bad(const struct bad *bad)
{
	struct pattern p;
	struct fault fault = {""};

	memset(&p, 0x5a, sizeof p);
	assert_int_equal(
		pattern_read(&p, bytes_of_text(bad->text), "x.json", &fault), bad->err);
	if (strstr(fault.text, bad->says) == NULL)
		fail_msg("wanted \"%s\" in \"%s\"", bad->says, fault.text);
	for (size_t i = 0; i < sizeof p; i++)
		assert_int_equal(((uint8_t *)&p)[i], 0x5a);
	assert_int_equal(
		pattern_read(&p, bytes_of_text(bad->text), "x.json", NULL), bad->err);
}

static void
a_bad_file_is_refused_with_line_column_and_field(void **state)
{
	static const struct bad bad[] = {
		{"", ERR_FORMAT, "x.json:1:"},
		{"{\n\"number\": 1\n\"name\"", ERR_FORMAT, "x.json:3:6: not JSON"},
		{"{\"number\": 1, \"number\": 2}", ERR_FORMAT, "duplicate"},
		{"[]", ERR_FORMAT, "x.json:1:1: the file: must be an object"},
		{"{}", ERR_FORMAT, "x.json:1:1: number: is missing"},
		{FILE_OF("0", "attack", WAIL, "1", "60"), ERR_RANGE,
			"x.json:2:11: number: must be 1 to 255"},
		{FILE_OF("256", "attack", WAIL, "1", "60"), ERR_RANGE,
			"x.json:2:11: number"},
		{FILE_OF("2.0", "attack", WAIL, "1", "60"), ERR_FORMAT, "a whole number"},
		{FILE_OF("\"2\"", "attack", WAIL, "1", "60"), ERR_FORMAT, "a whole number"},
		{FILE_OF("20", "panic", WAIL, "1", "60"), ERR_FORMAT,
			"x.json:5:8: use: must be one of attack, all-clear"},
		{FILE_OF("20", "attack", "", "1", "60"), ERR_RANGE,
			"x.json:7:13: segments"},
		{FILE_OF("20", "attack", "7", "1", "60"), ERR_FORMAT,
			"x.json:7:14: segments[0]: must be an object"},
		{FILE_OF("20", "attack", WAIL ", {\"tone\": \"wale\"}", "1", "60"),
			ERR_FORMAT,
			"segments[1].tone: must be one of silence, steady, low, wail, "
			"voice"},
		{FILE_OF("20", "attack",
			 "{\"tone\": \"steady\", \"length_ms\": 99, "
			 "\"high_hz\": 420}",
			 "1", "60"),
			ERR_RANGE,
			"x.json:7:46: segments[0].length_ms: must be 100 to 600000"},
		{FILE_OF("20", "attack",
			 "{\"tone\": \"steady\", \"length_ms\": 900, "
			 "\"high_hz\": 420, \"low_hz\": 1}",
			 "1", "60"),
			ERR_FORMAT, "segments[0].low_hz: no such field here"},
		{FILE_OF("20", "attack",
			 "{\"tone\": \"wail\", \"length_ms\": 900, \"low_hz\": "
			 "420, \"high_hz\": 420, \"period_ms\": 400}",
			 "1", "60"),
			ERR_RANGE, "segments[0].high_hz: must be above low_hz"},
		{FILE_OF("20", "attack", WAIL, "0", "60"), ERR_RANGE, "repeat"},
		{FILE_OF("20", "attack", WAIL, "1", "601"), ERR_RANGE,
			"cap_s: must be 1 to 600"},
		{FILE_OF("20", "attack", WAIL, "2", "119"), ERR_RANGE,
			"cap_s: is shorter than"},
		{FILE_OF("20", "attack", WAIL, "1", "60, \"colour\": 1"), ERR_FORMAT,
			"x.json:9:24: colour: no such field here"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check_bad(&bad[i]);
}

static void
a_file_cannot_make_a_test_of_what_sounds(void **state)
{
	static const struct bad bad[] = {
		{FILE_OF("1", "silent-test", STEADY, "1", "15"), ERR_REFUSED,
			"silence only"},
		{FILE_OF("7", "silent-test", PAUSE, "1", "5"), ERR_REFUSED, "number 1"},
		{FILE_OF("1", "attack", WAIL, "1", "60"), ERR_REFUSED, "number 1"},
		{FILE_OF("2", "attack", WAIL, "1", "60"), ERR_REFUSED, "number 2"},
		{FILE_OF("7", "growl", STEADY, "1", "5"), ERR_REFUSED, "number 2"},
		{FILE_OF("2", "growl", STEADY, "1", "15"), ERR_REFUSED, "at most 5 s"},
		{FILE_OF("20", "test", WAIL, "1", "181"), ERR_REFUSED, "at most 180 s"},
		{FILE_OF("20", "attack", PAUSE, "1", "60"), ERR_REFUSED,
			"nothing would be heard"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check_bad(&bad[i]);
}

static void
numbers_and_names_are_unique(void **state)
{
	struct patterns *ps;
	struct pattern p = fire(), q = fire();
	struct fault fault = {""};

	(void)state;
	assert_int_equal(patterns_new(&ps), ERR_OK);
	assert_int_equal(patterns_add(ps, &p, &fault), ERR_OK);
	strcpy(q.name, "x-two");
	assert_int_equal(patterns_add(ps, &q, &fault), ERR_DUPLICATE);
	assert_non_null(strstr(fault.text, "number 22 is x-one's already"));
	q.number = 23;
	assert_int_equal(patterns_add(ps, &q, &fault), ERR_OK);
	q.number = 24;
	assert_int_equal(patterns_add(ps, &q, &fault), ERR_DUPLICATE);
	assert_int_equal(patterns_count(ps), 2);
	assert_string_equal(patterns_find(ps, 23)->name, "x-two");
	assert_int_equal(patterns_find_name(ps, "x-one")->number, 22);
	assert_null(patterns_find(ps, 24));
	assert_null(patterns_find(ps, 256));
	assert_null(patterns_find_name(ps, "x"));
	patterns_free(ps);
}

static void
a_place_is_found_past_strings_that_look_like_structure(void **state)
{
	const char *text =
		"{\"a\": \"}],\\\"b\\\": {\", \"c\": [1, [2, {}], {\n \"d\": 5}]}";
	struct json_place at = json_place_of(bytes_of_text(text), "c[2].d");

	(void)state;
	assert_int_equal(at.line, 2);
	assert_int_equal(at.column, 7);
	at = json_place_of(
		bytes_of_text(text), "c[2].e"); /* missing: the object around it */
	assert_int_equal(at.line, 1);
	at = json_place_of(bytes_of_text("{\"a"), "c[2].d"); /* not JSON: no harm */
	assert_int_equal(at.line, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_field_by_field),
		cmocka_unit_test(the_silence_behind_the_last_tone_is_not_played),
		cmocka_unit_test(the_relay_follows_tones_and_gaps),
		cmocka_unit_test(
			a_box_that_follows_the_changes_closes_as_often_as_the_pattern_says),
		cmocka_unit_test(an_order_lengthens_and_shortens_within_the_cap),
		cmocka_unit_test(the_box_has_a_cap_of_its_own),
		cmocka_unit_test(no_data_and_no_order_outgrows_the_limits_of_the_program),
		cmocka_unit_test(a_silent_test_never_closes_the_relay),
		cmocka_unit_test(only_growl_and_silent_test_suit_a_test_order),
		cmocka_unit_test(a_bad_file_is_refused_with_line_column_and_field),
		cmocka_unit_test(a_file_cannot_make_a_test_of_what_sounds),
		cmocka_unit_test(numbers_and_names_are_unique),
		cmocka_unit_test(a_place_is_found_past_strings_that_look_like_structure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
