/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bulletin/receipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct secret_key
key(uint8_t n)
{
	uint8_t seed[32] = {n};

	return secret_key_from_seed(seed);
}

static struct receipt
sounded(void)
{
	return (struct receipt){
		.territory = 0x0be1f41a,
		.siren = 77,
		.number = 12345678901,
		.time_ms = 1782900000123,
		.clock_sure = true,
		.event = RECEIPT_SOUNDED,
		.order = 0x019f1c1f3f7bbeef,
		.verdict = 0,
		.inputs = INPUT_MAINS | INPUT_CURRENT,
		.battery_mv = 12600,
		.size = 42,
		.root = hash_of(bytes_of_text("root")),
		.roster = 3,
		.order_bytes = bytes_of_text("the order"),
	};
}

static struct buffer
written(const struct receipt *r)
{
	struct secret_key k = key(1);
	struct buffer out = {0};

	receipt_write(&out, r, &k);
	return out;
}

static void
a_receipt_comes_back_as_it_was_and_verifies(void **state)
{
	struct receipt r = sounded(), again;
	struct buffer bytes = written(&r);
	struct secret_key mine = key(1), other = key(2);

	(void)state;
	assert_int_equal(bytes.len, 150 + 9);
	assert_int_equal(receipt_read(&again, buffer_bytes(&bytes)), ERR_OK);
	assert_true(bytes_equal(again.order_bytes, r.order_bytes));
	again.order_bytes = r.order_bytes;
	assert_int_equal(again.number, r.number);
	assert_int_equal(again.time_ms, r.time_ms);
	assert_int_equal(again.order, r.order);
	assert_int_equal(again.event, r.event);
	assert_int_equal(again.inputs, r.inputs);
	assert_int_equal(again.battery_mv, r.battery_mv);
	assert_int_equal(again.size, r.size);
	assert_int_equal(again.roster, r.roster);
	assert_int_equal(again.siren, r.siren);
	assert_int_equal(again.territory, r.territory);
	assert_true(again.clock_sure);
	assert_true(hash_equal(&again.root, &r.root));
	assert_true(receipt_verify(buffer_bytes(&bytes), &mine.public));
	assert_false(receipt_verify(buffer_bytes(&bytes), &other.public));
	buffer_free(&bytes);
}

static void
every_bit_is_signed(void **state)
{
	struct receipt r = sounded();
	struct buffer bytes = written(&r);
	struct secret_key mine = key(1);

	(void)state;
	for (size_t i = 0; i < bytes.len; i++) {
		bytes.at[i] ^= 0x10;
		assert_false(receipt_verify(buffer_bytes(&bytes), &mine.public));
		bytes.at[i] ^= 0x10;
	}
	assert_false(receipt_verify(bytes_of(bytes.at, 63), &mine.public));
	buffer_free(&bytes);
}

static enum err
said_with_byte(size_t at, uint8_t value)
{
	struct receipt r = sounded(), again;
	struct buffer bytes = written(&r);
	enum err err;

	bytes.at[at] = value;
	err = receipt_read(&again, buffer_bytes(&bytes));
	buffer_free(&bytes);
	return err;
}

static void
what_is_no_receipt_is_refused(void **state)
{
	static const uint8_t much[RECEIPT_MAX + 1] = {1};
	struct receipt r = sounded(), again;
	struct buffer bytes = written(&r);

	(void)state;
	assert_int_equal(said_with_byte(0, 2), ERR_VERSION);
	assert_int_equal(said_with_byte(25, 2), ERR_FORMAT); /* sure */
	assert_int_equal(said_with_byte(26, 0), ERR_FORMAT); /* event */
	assert_int_equal(said_with_byte(26, RECEIPT_EVENTS), ERR_FORMAT);
	assert_int_equal(said_with_byte(85, 8), ERR_TRAILING); /* length */
	assert_int_equal(said_with_byte(85, 10), ERR_SHORT);
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_equal(receipt_read(&again, bytes_of(bytes.at, len)), ERR_SHORT);
	write_u8(&bytes, 0);
	assert_int_equal(receipt_read(&again, buffer_bytes(&bytes)), ERR_TRAILING);
	assert_int_equal(receipt_read(&again, bytes_of(much, sizeof much)), ERR_RANGE);
	buffer_free(&bytes);
}

static void
every_event_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = RECEIPT_STATUS; a < RECEIPT_EVENTS; a++)
		for (int b = RECEIPT_STATUS; b < a; b++)
			assert_string_not_equal(receipt_event_name((enum receipt_event)a),
				receipt_event_name((enum receipt_event)b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_receipt_comes_back_as_it_was_and_verifies),
		cmocka_unit_test(every_bit_is_signed),
		cmocka_unit_test(what_is_no_receipt_is_refused),
		cmocka_unit_test(every_event_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
