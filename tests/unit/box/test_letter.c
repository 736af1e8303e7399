/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "box/letter.h"

#include "bulletin/receipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct mailbox box;

static struct letter *
letter(uint64_t number, enum receipt_event event)
{
	uint8_t seed[32] = {1};
	struct secret_key key = secret_key_from_seed(seed);
	struct receipt r = {.number = number, .event = event};
	struct buffer b = {0};
	struct letter *l;

	receipt_write(&b, &r, &key);
	l = letter_new(3, number, buffer_bytes(&b));
	assert_non_null(l);
	buffer_free(&b);
	return l;
}

static struct letter *
add(uint64_t number, enum receipt_event event)
{
	struct letter *l = letter(number, event);

	mailbox_add(&box, l);
	return l;
}

static void
assert_numbers(const uint64_t *numbers, size_t n)
{
	const struct letter *l = box.first;

	assert_int_equal(box.count, n);
	for (size_t i = 0; i < n; i++, l = l->next)
		assert_int_equal(l->number, numbers[i]);
	assert_null(l);
}
#define ASSERT_NUMBERS(...)                                                                \
	assert_numbers((uint64_t[]){__VA_ARGS__},                                          \
		sizeof(uint64_t[]){__VA_ARGS__} / sizeof(uint64_t))

static void
the_order_is_that_of_the_numbers(void **state)
{
	(void)state;
	add(5, RECEIPT_HEARD);
	add(7, RECEIPT_HEARD);
	add(3, RECEIPT_HEARD);
	add(6, RECEIPT_HEARD);
	add(9, RECEIPT_HEARD);
	ASSERT_NUMBERS(3, 5, 6, 7, 9);
}

static void
a_newer_status_takes_the_place_of_an_older_one(void **state)
{
	(void)state;
	add(1, RECEIPT_STATUS);
	add(2, RECEIPT_HEARD);
	add(3, RECEIPT_STATUS);
	ASSERT_NUMBERS(2, 3);
}

static void
what_flies_is_not_dropped(void **state)
{
	(void)state;
	add(1, RECEIPT_STATUS)->state = LETTER_FLYING;
	add(2, RECEIPT_STATUS);
	ASSERT_NUMBERS(1, 2);
}

/* "Received up to" must not run ahead of one that the hub lacks. */
static void
received_ends_before_the_first_that_is_not(void **state)
{
	struct letter *l[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		l[i] = add(10 + i, RECEIPT_HEARD);
	l[0]->state = l[1]->state = l[3]->state = LETTER_RECEIVED;
	assert_int_equal(mailbox_take_received(&box), 11);
	ASSERT_NUMBERS(12, 13);
	assert_int_equal(mailbox_take_received(&box), 0);
	l[2]->state = LETTER_RECEIVED;
	assert_int_equal(mailbox_take_received(&box), 13);
	assert_int_equal(box.count, 0);
	add(14, RECEIPT_HEARD);
	ASSERT_NUMBERS(14);
}

static void
a_full_mailbox_loses_its_oldest(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= MAILBOX_MAX + 5; i++)
		add(i, RECEIPT_HEARD);
	assert_int_equal(box.count, MAILBOX_MAX);
	assert_int_equal(box.first->number, 6);
}

static void
its_form_is_id_length_bytes(void **state)
{
	struct letter *l = letter(1, RECEIPT_HEARD);
	struct hash id = hash_of(bytes_of(l->at, l->len));
	struct buffer b = {0};

	(void)state;
	letter_write(&b, l);
	assert_int_equal(b.len, 16 + 2 + l->len);
	assert_memory_equal(b.at, id.at, 16);
	assert_int_equal(b.at[16] << 8 | b.at[17], l->len);
	assert_memory_equal(b.at + 18, l->at, l->len);
	buffer_free(&b);
	free(l);
}

static void
the_answer_must_speak_of_each_letter(void **state)
{
	uint64_t held[3] = {0}, spool;

	(void)state;
	assert_int_equal(
		held_read(held, 3, &spool, bytes_of_text("{\"held\":[4,0,6]}")), ERR_OK);
	assert_int_equal(spool, 0);
	assert_int_equal(held[0], 4);
	assert_int_equal(held[1], 0);
	assert_int_equal(held[2], 6);
	assert_int_equal(held_read(held, 0, &spool,
				 bytes_of_text("{\"held\":[],\"spool\":"
					       "\"00000000000000ff\"}")),
		ERR_OK);
	assert_int_equal(spool, 255);
	assert_int_equal(
		held_read(held, 3, &spool, bytes_of_text("{\"held\":[4,0]}")), ERR_FORMAT);
	assert_int_equal(
		held_read(held, 1, &spool, bytes_of_text("{\"held\":[-1]}")), ERR_FORMAT);
	assert_int_equal(held_read(held, 1, &spool, bytes_of_text("{\"held\":[\"1\"]}")),
		ERR_FORMAT);
	assert_int_equal(held_read(held, 1, &spool, bytes_of_text("{}")), ERR_FORMAT);
	assert_int_equal(held_read(held, 1, &spool, bytes_of_text("no")), ERR_FORMAT);
}

static int
end(void **state)
{
	(void)state;
	mailbox_free(&box);
	box = (struct mailbox){0};
	return 0;
}

#define CASE(f) cmocka_unit_test_teardown(f, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_order_is_that_of_the_numbers),
		CASE(a_newer_status_takes_the_place_of_an_older_one),
		CASE(what_flies_is_not_dropped),
		CASE(received_ends_before_the_first_that_is_not),
		CASE(a_full_mailbox_loses_its_oldest),
		CASE(its_form_is_id_length_bytes),
		CASE(the_answer_must_speak_of_each_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
