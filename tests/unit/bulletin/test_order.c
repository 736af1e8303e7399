/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bulletin/order.h"

#include "bulletin/takeover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct order_body
alarm_body(void)
{
	return (struct order_body){
		.territory = 0x0be1f41a,
		.mode = MODE_LIVE,
		.class = ORDER_ALARM,
		.join = true,
		.hazard = 1,
		.pattern = 80,
		.seconds = 240,
		.id = order_id_make(1782900000123, 0xbeef),
		.not_before_s = 1782900000,
		.lifetime_s = 7200,
		.roster = 3,
		.content = hash_of(bytes_of_text("content")),
		.zones = {.group = true, .count = 1, .number = {9}},
	};
}

static struct order_body ending_body(enum order_class class)
{
	struct order_body b = alarm_body();

	b.class = class;
	b.join = false;
	b.end_count = 1;
	b.ends[0] = 4711;
	if (class == ORDER_STOP || class == ORDER_TAKEOVER) {
		b.pattern = 0;
		b.seconds = 0;
		b.zones.count = 0;
		b.zones.group = false;
	}
	if (class == ORDER_TAKEOVER)
		b.end_count = 0;
	return b;
}

static void
zones_many(struct order_body *b, int count)
{
	b->zones.group = false;
	b->zones.count = (uint8_t)count;
	for (int i = 0; i < count; i++)
		b->zones.number[i] = (uint16_t)(100 + 3 * i);
}

static struct order
order_with(const struct order_body *b)
{
	static const uint8_t signature[64] = {1, 2, 3};
	struct order o = {.body_count = 1, .approval_count = 2};

	o.body[0] = *b;
	for (int i = 0; i < 2; i++)
		o.approval[i] = (struct approval){
			(uint16_t)(i + 1), APPROVAL_ED25519, bytes_of(signature, 64)};
	return o;
}

static struct buffer
written(const struct order *o)
{
	struct buffer out = {0};

	order_write(&out, o);
	return out;
}

/* What a reader says to the bytes of one body that somebody wrote like this. */
static enum err
said_of(const struct order_body *b)
{
	struct order o = order_with(b), again;
	struct buffer bytes = written(&o);
	enum err err = order_read(&again, buffer_bytes(&bytes));

	buffer_free(&bytes);
	return err;
}

static size_t
body_size(const struct order_body *b)
{
	struct buffer out = {0};
	size_t size;

	order_body_write(&out, b);
	size = out.len;
	buffer_free(&out);
	return size;
}

/* ---- sizes ---- */

static void
a_body_with_one_group_and_one_end_is_72_bytes(void **state)
{
	struct order_body b = ending_body(ORDER_ALL_CLEAR);

	(void)state;
	assert_true(b.zones.group);
	assert_int_equal(body_size(&b), 72);
}

static void
a_body_with_16_zones_and_one_end_is_at_most_104_bytes(void **state)
{
	struct order_body b = ending_body(ORDER_ALL_CLEAR);

	(void)state;
	zones_many(&b, ORDER_ZONES);
	assert_int_equal(body_size(&b), 102);
	b.end_count = ORDER_ENDS;
	assert_int_equal(body_size(&b), ORDER_BODY_MAX);
}

static void
a_frame_fits_the_radio(void **state)
{
	struct order_body b = ending_body(ORDER_ALL_CLEAR);
	struct order o = order_with(&b), again;
	struct buffer out = {0};

	(void)state;
	assert_int_equal(order_frame_write(&out, &o), ERR_OK);
	assert_int_equal(out.len, 204);
	buffer_clear(&out);
	zones_many(&o.body[0], ORDER_ZONES);
	assert_int_equal(order_frame_write(&out, &o), ERR_OK);
	assert_true(out.len <= ORDER_FRAME_MAX);
	assert_int_equal(order_frame_read(&again, buffer_bytes(&out)), ERR_OK);
	assert_int_equal(again.body_count, 1);
	assert_int_equal(again.approval_count, 2);
	assert_memory_equal(&again.body[0], &o.body[0], sizeof again.body[0]);
	assert_int_equal(again.approval[1].key, 2);
	buffer_free(&out);
}

static void
what_fits_no_frame_is_refused_and_nothing_written(void **state)
{
	struct order_body b = ending_body(ORDER_ALL_CLEAR);
	struct order o = order_with(&b), again;
	struct buffer out = {0};
	uint8_t long_frame[ORDER_FRAME_MAX + 1] = {1};

	(void)state;
	zones_many(&o.body[0], ORDER_ZONES);
	o.body[0].end_count = 2;
	o.body[0].ends[1] = 4712;
	assert_int_equal(order_frame_write(&out, &o), ERR_RANGE);
	o = order_with(&b);
	o.approval_count = 1;
	assert_int_equal(order_frame_write(&out, &o), ERR_RANGE);
	o = order_with(&b);
	o.body_count = 2;
	o.body[1] = o.body[0];
	assert_int_equal(order_frame_write(&out, &o), ERR_RANGE);
	o = order_with(&b);
	o.approval[1].algorithm = APPROVAL_WEBAUTHN_ES256;
	assert_int_equal(order_frame_write(&out, &o), ERR_RANGE);
	o = order_with(&b);
	o.approval[0].signature.len = 63;
	assert_int_equal(order_frame_write(&out, &o), ERR_RANGE);
	assert_int_equal(out.len, 0);
	assert_int_equal(order_frame_read(&again, bytes_of(long_frame, sizeof long_frame)),
		ERR_RANGE);
	assert_int_equal(order_frame_read(&again, bytes_of(long_frame, 100)), ERR_FORMAT);
	o = order_with(&b);
	assert_int_equal(order_frame_write(&out, &o), ERR_OK);
	assert_int_equal(
		order_frame_read(&again, bytes_of(out.at, out.len - 1)), ERR_SHORT);
	write_u8(&out, 0);
	assert_int_equal(order_frame_read(&again, buffer_bytes(&out)), ERR_TRAILING);
	assert_int_equal(again.body_count, 0);
	buffer_free(&out);
}

/* ---- round trips ---- */

static void
an_order_comes_back_as_it_was(void **state)
{
	struct order o, again;
	struct buffer bytes, twice;
	struct order_body b = ending_body(ORDER_ALL_CLEAR);

	(void)state;
	zones_many(&b, ORDER_ZONES);
	b.end_count = ORDER_ENDS;
	for (int i = 0; i < ORDER_ENDS; i++)
		b.ends[i] = (uint64_t)i * 1000 + 1;
	o = order_with(&b);
	for (; o.body_count < ORDER_BODIES; o.body_count++)
		o.body[o.body_count] = b;
	bytes = written(&o);
	assert_int_equal(order_read(&again, buffer_bytes(&bytes)), ERR_OK);
	assert_int_equal(again.body_count, ORDER_BODIES);
	assert_memory_equal(again.body, o.body, sizeof again.body);
	twice = written(&again);
	assert_true(bytes_equal(buffer_bytes(&bytes), buffer_bytes(&twice)));
	buffer_free(&bytes);
	buffer_free(&twice);
}

static void
every_class_and_mode_has_a_name(void **state)
{
	enum order_class class;
	enum mode mode;

	(void)state;
	for (enum order_class c = ORDER_ALARM; c <= ORDER_TEST; c++) {
		assert_int_equal(order_class_read(&class, order_class_name(c)), ERR_OK);
		assert_int_equal(class, c);
	}
	assert_int_equal(order_class_read(&class, "alarms"), ERR_UNKNOWN);
	assert_int_equal(mode_read(&mode, mode_name(MODE_LIVE)), ERR_OK);
	assert_int_equal(mode, MODE_LIVE);
	assert_int_equal(mode_read(&mode, mode_name(MODE_EXERCISE)), ERR_OK);
	assert_int_equal(mode, MODE_EXERCISE);
	assert_int_equal(mode_read(&mode, "Live"), ERR_UNKNOWN);
}

static void
an_id_holds_its_time_and_an_order_its_expiry(void **state)
{
	struct order_body b = alarm_body();

	(void)state;
	assert_int_equal(order_id_ms(b.id), 1782900000123);
	assert_int_equal(order_expiry_ms(&b), 1782907200000);
	b.not_before_s = UINT32_MAX;
	assert_int_equal(order_expiry_ms(&b), ((int64_t)UINT32_MAX + 7200) * 1000);
}

/* ---- rules ---- */

static void
each_class_has_what_it_must_and_no_more(void **state)
{
	static const enum order_class ending[] = {ORDER_ALL_CLEAR, ORDER_FALSE_ALARM};
	struct order_body b = alarm_body();

	(void)state;
	assert_int_equal(said_of(&b), ERR_OK);
	b.pattern = 0;
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b.seconds = 0;
	b.join = true;
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b.join = false; /* a message: nothing sounds, nothing is joined */
	assert_int_equal(said_of(&b), ERR_OK);
	b = alarm_body();
	b.zones = (struct order_zones){0};
	assert_int_equal(said_of(&b), ERR_FORMAT);
	for (int i = 0; i < 2; i++) {
		b = ending_body(ending[i]);
		assert_int_equal(said_of(&b), ERR_OK);
		b.pattern = 0;
		assert_int_equal(said_of(&b), ERR_OK);
		b.end_count = 0;
		assert_int_equal(said_of(&b), ERR_FORMAT);
		b = ending_body(ending[i]);
		b.zones = (struct order_zones){0};
		assert_int_equal(said_of(&b), ERR_FORMAT);
		b = ending_body(ending[i]);
		b.join = true;
		assert_int_equal(said_of(&b), ERR_FORMAT);
	}
}

static void
a_stop_and_a_takeover_have_no_zones_and_no_sound(void **state)
{
	struct order_body b = ending_body(ORDER_STOP);

	(void)state;
	assert_int_equal(said_of(&b), ERR_OK);
	b.pattern = 80;
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b = ending_body(ORDER_STOP);
	b.seconds = 1;
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b = ending_body(ORDER_STOP);
	zones_many(&b, 1);
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b = ending_body(ORDER_STOP);
	b.end_count = 0;
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b = ending_body(ORDER_TAKEOVER);
	assert_int_equal(said_of(&b), ERR_OK);
	b.end_count = 1;
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b = ending_body(ORDER_TAKEOVER);
	zones_many(&b, 1);
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b = ending_body(ORDER_TAKEOVER);
	b.pattern = 1;
	assert_int_equal(said_of(&b), ERR_FORMAT);
}

static void
one_key_alone_ends_nothing(void **state)
{
	static const enum order_class single[] = {
		ORDER_BREAK_GLASS, ORDER_SENSOR, ORDER_TEST};
	struct order_body b;

	(void)state;
	for (int i = 0; i < 3; i++) {
		b = alarm_body();
		b.join = false;
		b.class = single[i];
		assert_int_equal(said_of(&b), ERR_OK);
		b.end_count = 1;
		b.ends[0] = 1;
		assert_int_equal(said_of(&b), ERR_FORMAT);
		b.end_count = 0;
		b.zones = (struct order_zones){0};
		assert_int_equal(said_of(&b), ERR_FORMAT);
	}
	b = alarm_body();
	b.join = false;
	b.class = ORDER_SENSOR;
	b.pattern = 0;
	assert_int_equal(said_of(&b), ERR_FORMAT);
}

static void
numbers_rise_and_none_is_nobody(void **state)
{
	struct order_body b = alarm_body();

	(void)state;
	zones_many(&b, 2);
	b.zones.number[1] = b.zones.number[0];
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b.zones.number[0] = 200;
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b.zones.number[0] = 0;
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b = ending_body(ORDER_ALL_CLEAR);
	b.ends[0] = 0;
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b.ends[0] = b.id; /* itself */
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b.end_count = 2;
	b.ends[0] = b.ends[1] = 5;
	assert_int_equal(said_of(&b), ERR_FORMAT);
	b = alarm_body();
	b.id = 0;
	assert_int_equal(said_of(&b), ERR_FORMAT);
}

/* Change one byte of a good order's first body. */
static enum err
said_with_byte(size_t at, uint8_t value)
{
	struct order_body b = ending_body(ORDER_ALL_CLEAR);
	struct order o = order_with(&b), again;
	struct buffer bytes = written(&o);
	enum err err;

	bytes.at[at] = value;
	err = order_read(&again, buffer_bytes(&bytes));
	assert_true(err == ERR_OK || again.body_count == 0);
	buffer_free(&bytes);
	return err;
}

static void
unknown_versions_flags_and_counts_are_refused(void **state)
{
	(void)state;
	assert_int_equal(said_with_byte(0, 2), ERR_VERSION);
	assert_int_equal(said_with_byte(1, 0), ERR_RANGE);
	assert_int_equal(said_with_byte(1, 65), ERR_RANGE);
	assert_int_equal(said_with_byte(2, 2), ERR_VERSION);
	assert_int_equal(said_with_byte(7, 0x42), ERR_OK);	/* live, all clear */
	assert_int_equal(said_with_byte(7, 0x62), ERR_FORMAT);	/* the flag that is none */
	assert_int_equal(said_with_byte(7, 0x02), ERR_FORMAT);	/* no mode */
	assert_int_equal(said_with_byte(7, 0xc2), ERR_FORMAT);	/* both modes */
	assert_int_equal(said_with_byte(7, 0x40), ERR_FORMAT);	/* no class */
	assert_int_equal(said_with_byte(7, 0x49), ERR_FORMAT);	/* a class to come */
	assert_int_equal(said_with_byte(62, 0x82), ERR_FORMAT); /* two groups */
	assert_int_equal(said_with_byte(62, 0x80), ERR_FORMAT);
	assert_int_equal(said_with_byte(62, 17), ERR_FORMAT);
	assert_int_equal(said_with_byte(65, 9), ERR_FORMAT);
	assert_int_equal(said_with_byte(74, 5), ERR_RANGE); /* approvals */
	assert_int_equal(said_with_byte(74, 3), ERR_SHORT);
	assert_int_equal(said_with_byte(74, 1), ERR_TRAILING);
	assert_int_equal(said_with_byte(78, 0x04), ERR_SHORT);
}

static void
every_cut_is_noticed(void **state)
{
	struct order_body b = ending_body(ORDER_ALL_CLEAR);
	struct order o = order_with(&b), again;
	struct buffer bytes;

	(void)state;
	o.body[1] = o.body[0];
	o.body_count = 2;
	bytes = written(&o);
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_not_equal(order_read(&again, bytes_of(bytes.at, len)), ERR_OK);
	write_u8(&bytes, 0);
	assert_int_equal(order_read(&again, buffer_bytes(&bytes)), ERR_TRAILING);
	buffer_free(&bytes);
}

static void
an_approval_may_be_long_but_not_endless(void **state)
{
	static const uint8_t assertion[APPROVAL_MAX + 1];
	struct order_body b = alarm_body();
	struct order o = order_with(&b), again;
	struct buffer bytes;

	(void)state;
	o.approval[0].algorithm = APPROVAL_WEBAUTHN_ES256;
	o.approval[0].signature = bytes_of(assertion, APPROVAL_MAX);
	bytes = written(&o);
	assert_int_equal(order_read(&again, buffer_bytes(&bytes)), ERR_OK);
	assert_int_equal(again.approval[0].signature.len, APPROVAL_MAX);
	buffer_free(&bytes);
	o.approval[0].signature.len++;
	bytes = written(&o);
	assert_int_equal(order_read(&again, buffer_bytes(&bytes)), ERR_RANGE);
	buffer_free(&bytes);
}

/* A second body that differs in this byte of the first. */
static enum err
said_of_second(void (*change)(struct order_body *))
{
	struct order_body b = alarm_body();
	struct order o = order_with(&b), again;
	struct buffer bytes;
	enum err err;

	o.body[1] = o.body[0];
	o.body_count = 2;
	change(&o.body[1]);
	bytes = written(&o);
	err = order_read(&again, buffer_bytes(&bytes));
	buffer_free(&bytes);
	return err;
}

#define CHANGE(name, line)                                                                 \
	static void name(struct order_body *b)                                             \
	{                                                                                  \
		line;                                                                      \
	}
CHANGE(other_id, b->id++)
CHANGE(other_territory, b->territory++)
CHANGE(other_mode, b->mode = MODE_EXERCISE)
CHANGE(other_hazard, b->hazard++)
CHANGE(other_time, b->not_before_s++)
CHANGE(other_lifetime, b->lifetime_s++)
CHANGE(other_roster, b->roster++)
CHANGE(other_content, b->content.at[31]++)
CHANGE(other_zone, b->zones.number[0]++)
CHANGE(other_sound, b->pattern++; b->seconds++; b->join = false)
CHANGE(all_clear, *b = ending_body(ORDER_ALL_CLEAR))
CHANGE(false_alarm, *b = ending_body(ORDER_FALSE_ALARM))
CHANGE(stop, *b = ending_body(ORDER_STOP))
CHANGE(sensor, b->class = ORDER_SENSOR; b->join = false)
CHANGE(break_glass, b->class = ORDER_BREAK_GLASS; b->join = false)
CHANGE(test_order, b->class = ORDER_TEST; b->join = false)

static void
bodies_of_one_order_say_the_same_but_for_place_and_sound(void **state)
{
	(void)state;
	assert_int_equal(said_of_second(other_id), ERR_CONFLICT);
	assert_int_equal(said_of_second(other_territory), ERR_CONFLICT);
	assert_int_equal(said_of_second(other_mode), ERR_CONFLICT);
	assert_int_equal(said_of_second(other_hazard), ERR_CONFLICT);
	assert_int_equal(said_of_second(other_time), ERR_CONFLICT);
	assert_int_equal(said_of_second(other_lifetime), ERR_CONFLICT);
	assert_int_equal(said_of_second(other_roster), ERR_CONFLICT);
	assert_int_equal(said_of_second(other_content), ERR_CONFLICT);
	assert_int_equal(said_of_second(other_zone), ERR_OK);
	assert_int_equal(said_of_second(other_sound), ERR_OK);
	/* One signer's body must not carry along another that needs two. */
	assert_int_equal(said_of_second(all_clear), ERR_OK);
	assert_int_equal(said_of_second(false_alarm), ERR_CONFLICT);
	assert_int_equal(said_of_second(stop), ERR_CONFLICT);
	assert_int_equal(said_of_second(sensor), ERR_CONFLICT);
	assert_int_equal(said_of_second(break_glass), ERR_CONFLICT);
	assert_int_equal(said_of_second(test_order), ERR_CONFLICT);
}

static void
the_digest_covers_every_bit_of_every_body_and_no_approval(void **state)
{
	struct order_body b = ending_body(ORDER_ALL_CLEAR);
	struct order o = order_with(&b);
	struct hash first, other;
	struct buffer bytes = {0};

	(void)state;
	o.body[1] = o.body[0];
	o.body_count = 2;
	first = order_digest(&o);
	o.approval[0].key = 99;
	other = order_digest(&o);
	assert_true(hash_equal(&first, &other));
	o.body[1].seconds ^= 1;
	other = order_digest(&o);
	assert_false(hash_equal(&first, &other));
	/* SHA-256("belfry-order-1" ‖ bodies), written out here. */
	o = order_with(&b);
	write_text(&bytes, "belfry-order-1");
	order_body_write(&bytes, &b);
	first = hash_of(buffer_bytes(&bytes));
	other = order_digest(&o);
	assert_true(hash_equal(&first, &other));
	buffer_free(&bytes);
}

/* ---- takeovers ---- */

static void
a_takeover_names_term_and_last_number(void **state)
{
	struct takeover t = {.term = 2, .last_number = 41}, again;
	struct order_body b = ending_body(ORDER_TAKEOVER);
	struct order o, read;
	struct buffer bytes = {0};

	(void)state;
	b.content = takeover_content(&t);
	o = order_with(&b);
	takeover_write(&bytes, &t, &o);
	assert_int_equal(takeover_read(&again, &read, buffer_bytes(&bytes)), ERR_OK);
	assert_int_equal(again.term, 2);
	assert_int_equal(again.last_number, 41);
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_not_equal(
			takeover_read(&again, &read, bytes_of(bytes.at, len)), ERR_OK);
	bytes.at[11] = 42; /* the order is for another number */
	assert_int_equal(takeover_read(&again, &read, buffer_bytes(&bytes)), ERR_CONFLICT);
	buffer_clear(&bytes);
	o.body[1] = o.body[0];
	o.body_count = 2;
	takeover_write(&bytes, &t, &o);
	assert_int_equal(takeover_read(&again, &read, buffer_bytes(&bytes)), ERR_CONFLICT);
	buffer_clear(&bytes);
	b = alarm_body();
	b.content = takeover_content(&t);
	o = order_with(&b);
	takeover_write(&bytes, &t, &o);
	assert_int_equal(takeover_read(&again, &read, buffer_bytes(&bytes)), ERR_CONFLICT);
	buffer_free(&bytes);
}

/* ---- without memory: the linker puts this realloc before the library's ---- */

static bool memory_gone;
static size_t memory_limit;
void *__real_realloc(void *at, size_t size);
void *__wrap_realloc(void *at, size_t size);

void *
__wrap_realloc(void *at, size_t size)
{
	return memory_gone && size > memory_limit ? NULL : __real_realloc(at, size);
}
static void
without_memory_the_digest_is_not_that_of_the_first_bodies(void **state)
{
	struct order_body b = alarm_body();
	struct order o = order_with(&b);
	struct hash one = order_digest(&o), cut;

	(void)state;
	for (; o.body_count < 8; o.body_count++)
		o.body[o.body_count] = b;
	for (memory_limit = 0; memory_limit < 1024; memory_limit += 16) {
		memory_gone = true;
		cut = order_digest(&o);
		memory_gone = false;
		assert_false(hash_equal(&one, &cut));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_with_one_group_and_one_end_is_72_bytes),
		cmocka_unit_test(a_body_with_16_zones_and_one_end_is_at_most_104_bytes),
		cmocka_unit_test(a_frame_fits_the_radio),
		cmocka_unit_test(what_fits_no_frame_is_refused_and_nothing_written),
		cmocka_unit_test(an_order_comes_back_as_it_was),
		cmocka_unit_test(every_class_and_mode_has_a_name),
		cmocka_unit_test(an_id_holds_its_time_and_an_order_its_expiry),
		cmocka_unit_test(each_class_has_what_it_must_and_no_more),
		cmocka_unit_test(a_stop_and_a_takeover_have_no_zones_and_no_sound),
		cmocka_unit_test(one_key_alone_ends_nothing),
		cmocka_unit_test(numbers_rise_and_none_is_nobody),
		cmocka_unit_test(unknown_versions_flags_and_counts_are_refused),
		cmocka_unit_test(every_cut_is_noticed),
		cmocka_unit_test(an_approval_may_be_long_but_not_endless),
		cmocka_unit_test(bodies_of_one_order_say_the_same_but_for_place_and_sound),
		cmocka_unit_test(the_digest_covers_every_bit_of_every_body_and_no_approval),
		cmocka_unit_test(a_takeover_names_term_and_last_number),
		cmocka_unit_test(without_memory_the_digest_is_not_that_of_the_first_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
