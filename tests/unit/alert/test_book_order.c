/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which alerts live, whatever came first; clocks that jump. */
#include "alert/book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define NOW INT64_C(1795305600000)

struct scene {
	struct book *book;
};

static int
set_up(void **state)
{
	static struct scene s;

	assert_int_equal(book_new(&s.book, NULL), ERR_OK);
	*state = &s;
	return 0;
}

static int
tear_down(void **state)
{
	book_free(((struct scene *)*state)->book);
	return 0;
}

/* An order of this class in zone 5, `at_ms` behind the beginning, that names `ends` if not 0. */
static struct order
order_of(enum order_class class, int64_t at_ms, uint16_t random, uint64_t ends)
{
	struct order o = {.body_count = 1};
	struct order_body *b = &o.body[0];

	*b = (struct order_body){.territory = 1,
		.mode = MODE_LIVE,
		.class = class,
		.hazard = 1,
		.pattern = 80,
		.id = order_id_make(NOW + at_ms, random),
		.not_before_s = (uint32_t)((NOW + at_ms) / 1000),
		.lifetime_s = 600,
		.join = class == ORDER_ALARM,
		.zones = {.count = 1, .number = {5}}};
	if (ends != 0) {
		b->end_count = 1;
		b->ends[0] = ends;
	}
	return o;
}

static const struct alert *
hear(void **state, const struct order *o)
{
	return book_order(((struct scene *)*state)->book, o, NOW + 1000, true);
}

static struct book *
book_in(void **state)
{
	return ((struct scene *)*state)->book;
}

static void
an_alarm_without_its_content_is_an_alert_all_the_same(void **state)
{
	struct order alarm = order_of(ORDER_ALARM, 0, 1, 0);
	const struct alert *a = hear(state, &alarm);

	assert_non_null(a);
	assert_int_equal(a->state, ALERT_LIVE);
	assert_int_equal(a->zone[0], 5);
	assert_int_equal(a->expires_ms, NOW + 600000);
}

static void
the_same_order_again_changes_nothing(void **state)
{
	struct order alarm = order_of(ORDER_ALARM, 0, 1, 0);

	assert_ptr_equal(hear(state, &alarm), hear(state, &alarm));
	assert_int_equal(book_count(book_in(state)), 1);
	assert_true(book_knows(book_in(state), alarm.body[0].id));
	assert_false(book_knows(book_in(state), 99));
}

static void
the_same_alarm_within_two_minutes_joins_and_keeps_the_first_name(void **state)
{
	struct order first = order_of(ORDER_ALARM, 0, 1, 0),
		     second = order_of(ORDER_ALARM, 100000, 2, 0),
		     late = order_of(ORDER_ALARM, 300000, 3, 0);
	const struct alert *a = hear(state, &second);

	assert_ptr_equal(hear(state, &first), a);
	assert_int_equal(a->id, first.body[0].id);
	assert_int_equal(a->order_count, 2);
	assert_ptr_not_equal(hear(state, &late), a);
}

static void
a_separate_alarm_does_not_join(void **state)
{
	struct order first = order_of(ORDER_ALARM, 0, 1, 0),
		     second = order_of(ORDER_ALARM, 1000, 2, 0);

	second.body[0].join = false;
	(void)hear(state, &first);
	(void)hear(state, &second);
	assert_int_equal(book_count(book_in(state)), 2);
}

/* Each way to end an alert, before and after the alarm that it names. */
static void
ends_count_whether_they_come_before_or_after(void **state)
{
	static const struct {
		enum order_class class;
		uint8_t pattern;
		enum alert_state state;
	} ways[] = {{ORDER_STOP, 0, ALERT_STOPPED},
		{ORDER_FALSE_ALARM, 82, ALERT_CORRECTED},
		{ORDER_ALL_CLEAR, 82, ALERT_ENDED}, {ORDER_ALL_CLEAR, 0, ALERT_OVER}};

	for (int early = 0; early < 2; early++)
		for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
			int64_t at = 200000 * (int64_t)(i + 4 * (size_t)early);
			struct order alarm = order_of(ORDER_ALARM, at, 1, 0);
			struct order end =
				order_of(ways[i].class, at + 5000, 2, alarm.body[0].id);

			end.body[0].pattern = ways[i].pattern;
			if (early)
				(void)hear(state, &end);
			(void)hear(state, &alarm);
			if (!early)
				(void)hear(state, &end);
			assert_int_equal(book_find(book_in(state), alarm.body[0].id)->state,
				ways[i].state);
		}
}

static void
an_alert_lives_as_long_as_one_of_its_orders_does(void **state)
{
	struct order first = order_of(ORDER_ALARM, 0, 1, 0),
		     second = order_of(ORDER_ALARM, 60000, 2, 0);
	struct order stop = order_of(ORDER_STOP, 70000, 3, first.body[0].id);
	struct order rest = order_of(ORDER_STOP, 80000, 4, second.body[0].id);
	const struct alert *a = hear(state, &first);

	(void)hear(state, &second);
	(void)hear(state, &stop);
	assert_int_equal(a->state, ALERT_LIVE);
	(void)hear(state, &rest);
	assert_int_equal(a->state, ALERT_STOPPED);
}

static void
a_silent_end_owes_an_all_clear_until_one_settles_it(void **state)
{
	struct order alarm = order_of(ORDER_ALARM, 0, 1, 0);
	struct order silent = order_of(ORDER_ALL_CLEAR, 5000, 2, alarm.body[0].id);
	struct order clear = order_of(ORDER_ALL_CLEAR, 9000, 3, alarm.body[0].id);
	const struct alert *a = hear(state, &alarm);

	silent.body[0].pattern = 0;
	(void)hear(state, &silent);
	assert_true(a->owes);
	(void)hear(state, &clear);
	assert_false(a->owes);
	assert_int_equal(a->state, ALERT_ENDED);
}

static void
a_message_owes_no_all_clear(void **state)
{
	struct order alarm = order_of(ORDER_ALARM, 0, 1, 0);
	struct order message = order_of(ORDER_ALARM, 5000, 2, 0);
	struct order end = order_of(ORDER_ALL_CLEAR, 9000, 3, message.body[0].id);
	const struct alert *a = hear(state, &alarm), *m;

	message.body[0].pattern = 0;
	message.body[0].seconds = 0;
	message.body[0].join = false;
	m = hear(state, &message);
	assert_true(m->silent);
	assert_false(a->silent);
	end.body[0].pattern = 0;
	(void)hear(state, &end);
	assert_int_equal(m->state, ALERT_ENDED);
	assert_false(m->owes);
}

static void
expiry_is_no_all_clear_and_a_clock_set_right_brings_the_alert_back(void **state)
{
	struct order alarm = order_of(ORDER_ALARM, 0, 1, 0);
	const struct alert *a = hear(state, &alarm);

	assert_int_equal(book_next_ms(book_in(state)), NOW + 600000);
	assert_false(book_tick(book_in(state), NOW + 599999));
	assert_true(book_tick(book_in(state), NOW + INT64_C(86400000)));
	assert_int_equal(a->state, ALERT_EXPIRED);
	assert_true(book_tick(book_in(state), NOW + 2000));
	assert_int_equal(a->state, ALERT_LIVE);
}

static void
a_clock_that_jumped_makes_nothing_be_forgotten(void **state)
{
	struct order alarm = order_of(ORDER_ALARM, 0, 1, 0);
	struct order clear = order_of(ORDER_ALL_CLEAR, 5000, 2, alarm.body[0].id);

	(void)hear(state, &alarm);
	(void)hear(state, &clear);
	book_forget(book_in(state), NOW + INT64_C(630720000000));
	assert_true(book_knows(book_in(state), alarm.body[0].id));
	assert_int_equal(book_count(book_in(state)), 1);
}

static void
an_update_ends_what_it_names_also_without_its_content(void **state)
{
	struct order alarm = order_of(ORDER_ALARM, 0, 1, 0);
	struct order update = order_of(ORDER_ALARM, 200000, 2, alarm.body[0].id);
	const struct alert *a = hear(state, &alarm), *b = hear(state, &update);

	assert_ptr_not_equal(a, b);
	assert_int_equal(a->state, ALERT_ENDED);
	assert_int_equal(b->state, ALERT_LIVE);
}

/* Operators of zone 5 alone may not speak for the sirens of zone 6. */
static void
who_ends_a_part_of_an_alarm_does_not_end_the_rest(void **state)
{
	for (int early = 0; early < 2; early++) {
		struct order alarm = order_of(ORDER_ALARM, 300000 * early, 1, 0);
		struct order here = order_of(
			ORDER_ALL_CLEAR, 300000 * early + 5000, 2, alarm.body[0].id);
		struct order there = here;
		const struct alert *a;

		alarm.body[0].zones = (struct order_zones){.count = 2, .number = {5, 6}};
		there.body[0].id++;
		there.body[0].zones.number[0] = 6;
		if (early)
			(void)hear(state, &here);
		a = hear(state, &alarm);
		if (!early)
			(void)hear(state, &here);
		assert_int_equal(a->state, ALERT_LIVE);
		(void)hear(state, &there);
		assert_int_equal(a->state, ALERT_ENDED);
	}
}

static void
an_alarm_elsewhere_ends_nothing_here(void **state)
{
	struct order alarm = order_of(ORDER_ALARM, 0, 1, 0);
	struct order other = order_of(ORDER_ALARM, 200000, 2, alarm.body[0].id);
	const struct alert *a = hear(state, &alarm);

	other.body[0].zones.number[0] = 9;
	(void)hear(state, &other);
	assert_int_equal(a->state, ALERT_LIVE);
}

static void
one_person_does_not_spend_the_id_of_an_alarm_that_two_sign(void **state)
{
	struct order alarm = order_of(ORDER_ALARM, 0, 1, 0);
	struct order stop = order_of(ORDER_STOP, 0, 1, 77);
	const struct alert *a;

	stop.body[0].zones.count = 0;
	(void)hear(state, &stop);
	a = hear(state, &alarm);
	assert_non_null(a);
	assert_int_equal(a->state, ALERT_LIVE);
}

static void
an_alarm_of_two_replaces_that_of_a_mandate_with_its_id(void **state)
{
	struct order alarm = order_of(ORDER_ALARM, 0, 1, 0), sensor = alarm;
	const struct alert *a;

	sensor.body[0].class = ORDER_SENSOR;
	alarm.body[0].zones = (struct order_zones){.count = 2, .number = {5, 6}};
	(void)hear(state, &sensor);
	a = hear(state, &alarm);
	assert_int_equal(book_count(book_in(state)), 1);
	assert_int_equal(a->order_count, 1);
	assert_int_equal(a->zone_count, 2);
}

#define WITH_BOOK(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BOOK(an_alarm_without_its_content_is_an_alert_all_the_same),
		WITH_BOOK(the_same_order_again_changes_nothing),
		WITH_BOOK(the_same_alarm_within_two_minutes_joins_and_keeps_the_first_name),
		WITH_BOOK(a_separate_alarm_does_not_join),
		WITH_BOOK(ends_count_whether_they_come_before_or_after),
		WITH_BOOK(an_alert_lives_as_long_as_one_of_its_orders_does),
		WITH_BOOK(a_silent_end_owes_an_all_clear_until_one_settles_it),
		WITH_BOOK(a_message_owes_no_all_clear),
		WITH_BOOK(
			expiry_is_no_all_clear_and_a_clock_set_right_brings_the_alert_back),
		WITH_BOOK(a_clock_that_jumped_makes_nothing_be_forgotten),
		WITH_BOOK(an_update_ends_what_it_names_also_without_its_content),
		WITH_BOOK(who_ends_a_part_of_an_alarm_does_not_end_the_rest),
		WITH_BOOK(an_alarm_elsewhere_ends_nothing_here),
		WITH_BOOK(one_person_does_not_spend_the_id_of_an_alarm_that_two_sign),
		WITH_BOOK(an_alarm_of_two_replaces_that_of_a_mandate_with_its_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
