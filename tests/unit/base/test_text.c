/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int64_t
time_of(const char *text)
{
	int64_t ms = -1;

	assert_int_equal(time_read(&ms, text, strlen(text)), ERR_OK);
	return ms;
}

static void
times_of_every_offset_are_the_same_instant(void **state)
{
	(void)state;
	assert_true(time_of("1970-01-01T00:00:00Z") == 0);
	assert_true(
		time_of("2023-10-07T06:30:00+02:00") == time_of("2023-10-07T04:30:00Z"));
	assert_true(
		time_of("2023-10-07T04:30:00.5Z") == time_of("2023-10-07T04:30:00Z") + 500);
}

static void
a_time_is_written_as_it_is_read(void **state)
{
	char out[TIME_TEXT], cap[26];

	(void)state;
	time_write(out, time_of("2024-02-29T23:59:59.007Z"));
	assert_string_equal(out, "2024-02-29T23:59:59.007Z");
	time_write_cap(cap, time_of("2024-02-29T23:59:59.007Z"));
	assert_string_equal(cap, "2024-02-29T23:59:59-00:00");
}

static void
impossible_times_are_refused(void **state)
{
	static const char *const bad[] = {"2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z",
		"2023-01-01T24:00:00Z", "2023-01-01T00:00:00", "2023-01-01 00:00:00Z", "",
		"2023-01-01T00:00:00+25:00", "2023-01-01T00:00:00Zx"};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_not_equal(time_read(&ms, bad[i], strlen(bad[i])), ERR_OK);
}

static void
base64_is_strict(void **state)
{
	static const char *const bad[] = {
		"A", "AA", "AAA", "AA==x", "AB==", "A A=", "AA=A", "\xce\xb5VW"};
	struct buffer b = {0};

	(void)state;
	for (size_t n = 0; n < 7; n++) {
		struct buffer text = {0}, back = {0};

		base64_write(&text, bytes_of("belfry!", n));
		assert_int_equal(base64_read(&back, buffer_text(&text), text.len), ERR_OK);
		assert_true(bytes_equal(buffer_bytes(&back), bytes_of("belfry!", n)));
		buffer_free(&text);
		buffer_free(&back);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(base64_read(&b, bad[i], strlen(bad[i])), ERR_FORMAT);
	buffer_free(&b);
}

static void
numbers_have_one_form(void **state)
{
	uint64_t v;

	(void)state;
	assert_int_equal(number_read(&v, "65535", 5, 65535), ERR_OK);
	assert_true(v == 65535);
	assert_int_equal(number_read(&v, "65536", 5, 65535), ERR_RANGE);
	assert_int_equal(number_read(&v, "007", 3, 65535), ERR_FORMAT);
	assert_int_equal(number_read(&v, "+7", 2, 65535), ERR_FORMAT);
	assert_int_equal(
		number_read(&v, "99999999999999999999", 20, UINT64_MAX), ERR_RANGE);
}

/* RFC 8032 section 7.1, test 1. */
static void
ed25519_agrees_with_the_standard(void **state)
{
	uint8_t seed[32];
	struct secret_key key;
	struct signature s;
	char hex[129];

	(void)state;
	assert_int_equal(
		hex_read(seed, 32,
			"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
		ERR_OK);
	key = secret_key_from_seed(seed);
	hex_write(hex, key.public.at, 32);
	assert_string_equal(
		hex, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
	s = signature_make(&key, bytes_of(NULL, 0));
	hex_write(hex, s.at, 64);
	assert_memory_equal(hex,
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155", 64);
	assert_true(signature_verify(&key.public, bytes_of(NULL, 0), &s));
	s.at[0] ^= 1;
	assert_false(signature_verify(&key.public, bytes_of(NULL, 0), &s));
}

static void
a_sentence_is_one_line_of_utf8(void **state)
{
	struct fault f;

	(void)state;
	assert_int_equal(fault_set(&f, ERR_RANGE, "%.3s|%s|%s", "a\u00e9\u00e9",
				 "b\xff\xed\xa0\x80"
				 "c\n",
				 "\u05d0\U0001F514\xf0\x9f"),
		ERR_RANGE);
	assert_string_equal(f.text, "a\u00e9|b????c?|\u05d0\U0001F514??");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_of_every_offset_are_the_same_instant),
		cmocka_unit_test(a_time_is_written_as_it_is_read),
		cmocka_unit_test(impossible_times_are_refused),
		cmocka_unit_test(base64_is_strict),
		cmocka_unit_test(numbers_have_one_form),
		cmocka_unit_test(a_sentence_is_one_line_of_utf8),
		cmocka_unit_test(ed25519_agrees_with_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
