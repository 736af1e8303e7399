/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cap_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FSI "\xe2\x81\xa8"
#define PDI "\xe2\x81\xa9"

static void
expect(const char *in, const char *out)
{
	struct buffer b = {0};

	words_line(&b, in, strlen(in));
	assert_string_equal(buffer_text(&b), out);
	buffer_free(&b);
}

static void
text_from_right_to_left_is_isolated(void **state)
{
	(void)state;
	expect("Flood", "Flood");
	expect("Ջրհեղեղ", "Ջրհեղեղ"); /* Armenian shares the first byte with Hebrew */
	expect("Наводнение", "Наводнение");
	expect("שיטפון", FSI "שיטפון" PDI);
	expect("Flood فيضان 12", FSI "Flood فيضان 12" PDI);
	expect("ފެން", FSI "ފެން" PDI);
}

static void
nothing_ends_the_isolation_from_within(void **state)
{
	(void)state;
	expect("א" PDI "b", FSI "א\\xe2\\x81\\xa9"
				"b" PDI);
	expect("א\033[2J", FSI "א\\x1b[2J" PDI);
}

static void
a_name_that_is_not_utf8_is_still_json(void **state)
{
	json_t *o = words_json("a\xff");

	(void)state;
	assert_string_equal(json_string_value(o), "a\\xff");
	json_decref(o);
}

static void
language_of(const char *value, const char *expected)
{
	struct run run = {.values = 0};

	setenv("LANGUAGE", value, 1);
	words_begin(&run);
	assert_string_equal(words_language(), expected);
}

static void
the_environment_names_the_language(void **state)
{
	struct run run = {.values = 1};

	(void)state;
	language_of("he_IL.UTF-8", "he-IL");
	language_of("C.UTF-8", "he-IL"); /* names none: nothing changes */
	language_of("uk:ru", "uk");
	run.value[0].name = "lang";
	run.value[0].text = "fr-CA";
	words_begin(&run);
	assert_string_equal(words_language(), "fr-CA");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_from_right_to_left_is_isolated),
		cmocka_unit_test(nothing_ends_the_isolation_from_within),
		cmocka_unit_test(a_name_that_is_not_utf8_is_still_json),
		cmocka_unit_test(the_environment_names_the_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
