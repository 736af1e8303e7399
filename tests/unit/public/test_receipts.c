/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "public/receipts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { TERRITORY = 0xbeef };

static void
write_one(struct buffer *out, uint8_t id, uint32_t territory, uint32_t siren)
{
	struct receipt r = {.territory = territory,
		.siren = siren,
		.number = id,
		.time_ms = 1795356000000,
		.event = RECEIPT_SOUNDED};
	uint8_t seed[32] = {id};
	struct secret_key key = secret_key_from_seed(seed);
	struct spool_id name = {{id}};
	struct buffer bytes = {0};

	receipt_write(&bytes, &r, &key);
	receipt_record_write(out, &name, buffer_bytes(&bytes));
	buffer_free(&bytes);
}

static void
records_come_out_as_they_went_in(void **state)
{
	struct buffer b = {0};
	struct receipt_record record;
	struct reader r;

	(void)state;
	write_one(&b, 1, TERRITORY, 7);
	write_one(&b, 2, TERRITORY, 8);
	r = reader_over(b.at, b.len);
	assert_true(receipt_record_next(&record, &r, TERRITORY));
	assert_true(record.good);
	assert_int_equal(record.siren, 7);
	assert_int_equal(record.id.at[0], 1);
	assert_true(receipt_record_next(&record, &r, TERRITORY));
	assert_int_equal(record.siren, 8);
	assert_false(receipt_record_next(&record, &r, TERRITORY));
	assert_int_equal(reader_end(&r), ERR_OK);
	buffer_free(&b);
}

static void
another_territory_or_junk_costs_only_its_own_record(void **state)
{
	struct spool_id id = {{9}};
	struct buffer b = {0};
	struct receipt_record record;
	struct reader r;

	(void)state;
	write_one(&b, 1, TERRITORY + 1, 7);
	receipt_record_write(&b, &id, bytes_of_text("junk"));
	receipt_record_write(&b, &id, bytes_of(NULL, 0));
	write_one(&b, 2, TERRITORY, 8);
	r = reader_over(b.at, b.len);
	for (int i = 0; i < 3; i++) {
		assert_true(receipt_record_next(&record, &r, TERRITORY));
		assert_false(record.good);
		assert_int_equal(record.siren, 0);
	}
	assert_true(receipt_record_next(&record, &r, TERRITORY));
	assert_true(record.good);
	buffer_free(&b);
}

static void
a_batch_cut_anywhere_gives_its_whole_records_and_says_so(void **state)
{
	struct buffer b = {0};
	struct receipt_record record;
	struct reader r;
	size_t first;

	(void)state;
	write_one(&b, 1, TERRITORY, 7);
	first = b.len;
	write_one(&b, 2, TERRITORY, 8);
	for (size_t len = 0; len < b.len; len++) {
		size_t n = 0;

		r = reader_over(b.at, len);
		while (receipt_record_next(&record, &r, TERRITORY))
			n++;
		assert_int_equal(n, len >= first);
		assert_int_equal(reader_end(&r) == ERR_OK, len == 0 || len == first);
	}
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_out_as_they_went_in),
		cmocka_unit_test(another_territory_or_junk_costs_only_its_own_record),
		cmocka_unit_test(a_batch_cut_anywhere_gives_its_whole_records_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
