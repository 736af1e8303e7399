/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/say.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
expect(const char *in, const char *lines, const char *out)
{
	struct buffer b = {0};

	text_escape(&b, in, strlen(in), lines);
	assert_string_equal(buffer_text(&b), out);
	buffer_free(&b);
}

static void
words_of_any_language_stay(void **state)
{
	(void)state;
	expect("Sirene Nord", NULL, "Sirene Nord");
	expect("סכנת טילים", NULL, "סכנת טילים");
	expect("日本 😀", NULL, "日本 😀");
}

static void
nothing_steers_the_terminal(void **state)
{
	(void)state;
	expect("\033[2J", NULL, "\\x1b[2J");
	expect("a\rb\tc\x7f", NULL, "a\\x0db\\x09c\\x7f");
	expect("\xc2\x9b"
	       "2J",
		NULL, "\\xc2\\x9b2J"); /* C1: one-byte CSI as UTF-8 */
}

static void
nothing_turns_the_line_around(void **state)
{
	(void)state;
	expect("\xe2\x80\xae"
	       "evil",
		NULL, "\\xe2\\x80\\xaeevil");
	expect("\xe2\x81\xa6x\xe2\x81\xa9", NULL, "\\xe2\\x81\\xa6x\\xe2\\x81\\xa9");
	expect("\xe2\x80\xa8", NULL, "\\xe2\\x80\\xa8");
	expect("\xe2\x80\x93", NULL, "\xe2\x80\x93"); /* a dash is only a dash */
}

static void
what_is_not_utf8_is_written_out(void **state)
{
	(void)state;
	expect("\xff", NULL, "\\xff");
	expect("\xc0\xaf", NULL, "\\xc0\\xaf");		 /* too long a form */
	expect("\xed\xa0\x80", NULL, "\\xed\\xa0\\x80"); /* half of a pair */
	expect("\xf4\x90\x80\x80", NULL,
		"\\xf4\\x90\\x80\\x80");	/* past the last character */
	expect("\xe2\x82", NULL, "\\xe2\\x82"); /* cut */
}

static void
line_ends_stay_only_where_they_may(void **state)
{
	(void)state;
	expect("a\nb", NULL, "a\\x0ab");
	expect("a\nb", "  ", "a\n  b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_any_language_stay),
		cmocka_unit_test(nothing_steers_the_terminal),
		cmocka_unit_test(nothing_turns_the_line_around),
		cmocka_unit_test(what_is_not_utf8_is_written_out),
		cmocka_unit_test(line_ends_stay_only_where_they_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
