/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which alerts live, whatever came first. */
#include "desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const uint16_t both[] = {LINDWELL, CROWMERE};
enum { SECOND = 1000, MINUTE = 60000 };

static void
the_same_alarm_within_two_minutes_is_one_alert(void **state)
{
	struct desk *d = *state;
	uint64_t first = desk_alert(d, both, 2), second;

	d->now_ms += 100 * SECOND;
	second = desk_alert(d, both, 2);
	assert_int_equal(book_count(d->book), 1);
	assert_true(book_of_order(d->book, second)->id == first);
	assert_int_equal(book_find(d->book, first)->order_count, 2);
}

static void
the_same_alarm_after_more_than_two_minutes_is_another(void **state)
{
	struct desk *d = *state;

	desk_alert(d, both, 2);
	d->now_ms += 121 * SECOND;
	desk_alert(d, both, 2);
	assert_int_equal(book_count(d->book), 2);
}

static void
an_alarm_in_other_zones_does_not_join(void **state)
{
	struct desk *d = *state;

	desk_alert(d, both, 2);
	desk_alert(d, both, 1);
	assert_int_equal(book_count(d->book), 2);
}

static void
an_order_that_comes_twice_changes_nothing(void **state)
{
	struct desk *d = *state;
	uint64_t id = desk_alert(d, both, 2);

	(void)desk_publish(d);
	assert_int_equal(book_count(d->book), 1);
	assert_int_equal(book_find(d->book, id)->order_count, 1);
	assert_int_equal(book_find(d->book, id)->message_count, 1);
}

static void
a_stopped_alert_is_neither_over_nor_joined(void **state)
{
	struct desk *d = *state;
	uint64_t id = desk_alert(d, both, 2);

	d->now_ms += 10 * SECOND;
	assert_int_equal(desk_follow(d, VERB_STOP, id)->state, ALERT_STOPPED);
	desk_alert(d, both, 2);
	assert_int_equal(book_count(d->book), 2);
}

static void
a_correction_and_an_all_clear_end_it(void **state)
{
	struct desk *d = *state;
	uint64_t a = desk_alert(d, both, 1), b = desk_alert(d, both + 1, 1);

	assert_int_equal(desk_follow(d, VERB_CORRECTION, a)->state, ALERT_CORRECTED);
	assert_int_equal(desk_follow(d, VERB_ALL_CLEAR, b)->state, ALERT_ENDED);
}

static void
a_stop_that_comes_before_its_alarm_holds(void **state)
{
	struct desk *d = *state, late = *d;
	uint64_t id = desk_alert(d, both, 2);
	struct compose in = desk_compose(d, VERB_STOP, id);
	struct buffer alarm = {0};
	struct order order = d->order;

	write_bytes(&alarm, d->bytes.at, d->bytes.len);
	assert_int_equal(desk_try(d, &in), ERR_OK);
	assert_int_equal(book_new(&late.book, d->zones), ERR_OK);
	assert_int_equal(book_content(late.book, buffer_bytes(&d->bytes), NULL), ERR_OK);
	assert_null(book_order(late.book, &d->order, d->now_ms, true));
	assert_int_equal(book_content(late.book, buffer_bytes(&alarm), NULL), ERR_OK);
	assert_int_equal(
		book_order(late.book, &order, d->now_ms, true)->state, ALERT_STOPPED);
	book_free(late.book);
	buffer_free(&alarm);
}

static void
an_update_moves_the_zones(void **state)
{
	static const uint16_t moved[] = {RIVER, CROWMERE};
	struct desk *d = *state;
	uint64_t id = desk_alert(d, both, 2);
	struct compose in = desk_compose(d, VERB_UPDATE, id);
	const struct alert *a;

	in.zone = moved;
	in.zone_count = 2;
	assert_int_equal(desk_try(d, &in), ERR_OK);
	a = desk_publish(d);
	assert_true(a->id == id && a->state == ALERT_LIVE);
	assert_int_equal(a->zone_count, 2);
	assert_memory_equal(a->zone, moved, sizeof moved);
	assert_int_equal(a->message_count, 1);
}

/* An update as the desk makes it, but its order says only: alarm in this zone. */
static void
meddle(struct desk *d, uint64_t id, enum order_class class, uint16_t zone)
{
	static const uint16_t moved[] = {RIVER};
	struct compose in = desk_compose(d, VERB_UPDATE, id);

	in.zone = moved;
	in.zone_count = 1;
	assert_int_equal(desk_try(d, &in), ERR_OK);
	d->order.body_count = 1;
	d->order.body[0].class = class;
	d->order.body[0].end_count = 0;
	d->order.body[0].zones = (struct order_zones){.count = 1, .number = {zone}};
	(void)desk_publish(d);
}

static void
an_update_of_zones_elsewhere_hides_no_zone_that_still_sounds(void **state)
{
	struct desk *d = *state;
	uint64_t id = desk_alert(d, both, 2);
	const struct alert *a = book_find(d->book, id);

	d->now_ms += 10 * SECOND;
	meddle(d, id, ORDER_ALARM, RIVER);
	assert_int_equal(a->zone_count, 3);
	assert_int_equal(a->message_count, 2);
}

static void
who_acts_under_a_mandate_cannot_change_the_words_of_two_operators(void **state)
{
	struct desk *d = *state;
	uint64_t id = desk_alert(d, both, 2);
	const struct alert *a = book_find(d->book, id);
	struct hash words = a->message[0].hash;

	d->now_ms += 10 * SECOND;
	meddle(d, id, ORDER_BREAK_GLASS, RIVER);
	assert_int_equal(a->zone_count, 2);
	assert_int_equal(a->message_count, 1);
	assert_memory_equal(&a->message[0].hash, &words, sizeof words);
	assert_int_equal(book_count(d->book), 2);
}

static void
a_silent_end_owes_an_all_clear_until_the_other_gives_it(void **state)
{
	struct desk *d = *state;
	uint64_t wide = desk_alert(d, both, 2), narrow = desk_alert(d, both, 1);
	const struct alert *a = desk_follow(d, VERB_END, wide);

	assert_int_equal(a->state, ALERT_OVER);
	assert_true(a->owes);
	desk_follow(d, VERB_ALL_CLEAR, narrow);
	assert_int_equal(d->content.zone_count, 2);
	assert_int_equal(book_find(d->book, wide)->state, ALERT_ENDED);
	assert_false(book_find(d->book, wide)->owes);
}

static void
an_alert_expires_and_lives_again_when_the_clock_is_set_right(void **state)
{
	struct desk *d = *state;
	uint64_t id = desk_alert(d, both, 2);
	int64_t end = book_next_ms(d->book);

	assert_int_equal(end, NOON_MS + 1000 * (int64_t)d->playbook.expires_s);
	assert_false(book_tick(d->book, end - 1));
	assert_true(book_tick(d->book, end));
	assert_int_equal(book_find(d->book, id)->state, ALERT_EXPIRED);
	assert_true(book_tick(d->book, end - MINUTE));
	assert_int_equal(book_find(d->book, id)->state, ALERT_LIVE);
}

static void
only_what_is_over_and_old_is_forgotten(void **state)
{
	struct desk *d = *state;
	uint64_t gone = desk_alert(d, both, 1), owed, wide;

	desk_follow(d, VERB_ALL_CLEAR, gone);
	d->now_ms += MINUTE;
	owed = desk_alert(d, both, 1);
	wide = desk_alert(d, both, 2);
	desk_follow(d, VERB_END, owed);
	book_forget(d->book, d->now_ms + 10 * MINUTE);
	assert_non_null(book_find(d->book, gone)); /* young beside the newest order */
	d->now_ms += INT64_C(5) * 86400000;
	desk_alert(d, both + 1, 1);
	book_forget(d->book, d->now_ms - 86400000);
	assert_null(book_find(d->book, gone));
	assert_non_null(book_find(d->book, owed));
	assert_non_null(book_find(d->book, wide));
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		CASE(the_same_alarm_within_two_minutes_is_one_alert),
		CASE(the_same_alarm_after_more_than_two_minutes_is_another),
		CASE(an_alarm_in_other_zones_does_not_join),
		CASE(an_order_that_comes_twice_changes_nothing),
		CASE(a_stopped_alert_is_neither_over_nor_joined),
		CASE(a_correction_and_an_all_clear_end_it),
		CASE(a_stop_that_comes_before_its_alarm_holds),
		CASE(an_update_moves_the_zones),
		CASE(an_update_of_zones_elsewhere_hides_no_zone_that_still_sounds),
		CASE(who_acts_under_a_mandate_cannot_change_the_words_of_two_operators),
		CASE(a_silent_end_owes_an_all_clear_until_the_other_gives_it),
		CASE(an_alert_expires_and_lives_again_when_the_clock_is_set_right),
		CASE(only_what_is_over_and_old_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
