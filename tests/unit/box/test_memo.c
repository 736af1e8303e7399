/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "box/memo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct memo *memo;
static struct secret_key key;

static bool
ask(const char *text, const struct signature *s)
{
	return memo_verify(memo, &key.public, bytes_of_text(text), s);
}

static void
a_good_signature_is_worked_out_once(void **state)
{
	struct signature s = signature_make(&key, bytes_of_text("stay inside"));

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(ask("stay inside", &s));
	assert_int_equal(memo_worked(memo), 1);
}

static void
a_bad_one_stays_bad(void **state)
{
	struct signature s = signature_make(&key, bytes_of_text("stay inside"));

	(void)state;
	s.at[10] ^= 1;
	for (int i = 0; i < 3; i++)
		assert_false(ask("stay inside", &s));
	assert_int_equal(memo_worked(memo), 1);
}

static void
any_change_is_another_question(void **state)
{
	struct signature s = signature_make(&key, bytes_of_text("stay inside"));
	uint8_t seed[32] = {9};
	struct secret_key other = secret_key_from_seed(seed);

	(void)state;
	assert_true(ask("stay inside", &s));
	assert_false(ask("stay outside", &s));
	assert_false(ask("stay insid", &s));
	assert_false(memo_verify(memo, &other.public, bytes_of_text("stay inside"), &s));
}

/* More questions than there are places: an answer may be forgotten, never mixed up. */
static void
many_questions_do_not_mix(void **state)
{
	char text[16];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 300; i++) {
			struct signature s;

			snprintf(text, sizeof text, "order %d", i);
			s = signature_make(&key, bytes_of_text(text));
			s.at[0] ^= (uint8_t)(i & 1);
			assert_int_equal(ask(text, &s), !(i & 1));
		}
}

static void
a_long_message_is_verified_each_time(void **state)
{
	uint8_t text[2000] = {1};
	struct signature s = signature_make(&key, bytes_of(text, sizeof text));

	(void)state;
	assert_true(memo_verify(memo, &key.public, bytes_of(text, sizeof text), &s));
	text[1999] = 1;
	assert_false(memo_verify(memo, &key.public, bytes_of(text, sizeof text), &s));
}

static int
begin(void **state)
{
	uint8_t seed[32] = {7};

	(void)state;
	key = secret_key_from_seed(seed);
	return memo_new(&memo) == ERR_OK ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	memo_free(memo);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_good_signature_is_worked_out_once, begin, end),
		cmocka_unit_test_setup_teardown(a_bad_one_stays_bad, begin, end),
		cmocka_unit_test_setup_teardown(any_change_is_another_question, begin, end),
		cmocka_unit_test_setup_teardown(many_questions_do_not_mix, begin, end),
		cmocka_unit_test_setup_teardown(
			a_long_message_is_verified_each_time, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
