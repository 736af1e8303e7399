/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
what_is_written_is_read(void **state)
{
	struct buffer b = {0};
	struct reader r;

	(void)state;
	write_u8(&b, 0xfe);
	write_u16(&b, 0xfedc);
	write_u32(&b, 0xfedcba98);
	write_u64(&b, 0xfedcba9876543210);
	r = reader_over(b.at, b.len);
	assert_int_equal(read_u8(&r), 0xfe);
	assert_int_equal(read_u16(&r), 0xfedc);
	assert_int_equal(read_u32(&r), 0xfedcba98);
	assert_true(read_u64(&r) == 0xfedcba9876543210);
	assert_int_equal(reader_end(&r), ERR_OK);
	buffer_free(&b);
}

static void
reading_past_the_end_gives_zeros_and_remembers(void **state)
{
	uint8_t two[2] = {1, 2};
	struct reader r = reader_over(two, 2);

	(void)state;
	assert_int_equal(read_u32(&r), 0);
	assert_int_equal(read_u8(&r), 0);
	assert_int_equal(reader_end(&r), ERR_SHORT);
}

static void
bytes_left_over_are_an_error(void **state)
{
	uint8_t two[2] = {1, 2};
	struct reader r = reader_over(two, 2);

	(void)state;
	assert_int_equal(read_u8(&r), 1);
	assert_int_equal(reader_end(&r), ERR_TRAILING);
}

static void
consuming_keeps_the_rest(void **state)
{
	struct buffer b = {0};

	(void)state;
	write_text(&b, "first");
	write_format(&b, " %s", "second");
	buffer_consume(&b, 6);
	assert_string_equal(buffer_text(&b), "second");
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(reading_past_the_end_gives_zeros_and_remembers),
		cmocka_unit_test(bytes_left_over_are_an_error),
		cmocka_unit_test(consuming_keeps_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
