/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What shares in a sounding, what takes its place, and what does not. */
#include "world.h"

/* ---- joining ---- */

static void
the_same_alarm_within_two_minutes_extends_the_first(void **state)
{
	struct box *b = box_of(state);
	uint64_t id, last = box_alarm(b);

	for (int i = 0; i < 5; i++) { /* the two minutes slide */
		box_run(b, 110000);
		id = box_alarm(b);
		assert_int_equal(box_told(b, RECEIPT_JOINED, id), 1);
		last = id;
	}
	assert_int_equal(b->closures, 1);
	box_run(b, 130000); /* the first has expired, the last lives on */
	assert_true(siren_lives(b->siren, last, b->mono_ms));
	box_alarm(b);
	box_run(b, 1000);
	assert_int_equal(b->closures, 2);
}

static void
a_chain_is_one_sounding_though_its_first_alarm_is_long_expired(void **state)
{
	struct box *b = box_of(state);

	box_alarm(b);
	for (int i = 0; i < 20; i++) {
		box_run(b, 100000);
		box_alarm(b);
	}
	box_run(b, 1000);
	assert_int_equal(b->closures, 1);
}

static void
other_hazard_zone_or_separate_sounds(void **state)
{
	struct box *b = box_of(state);
	struct order_body body;

	box_alarm(b);
	box_run(b, 15000);
	body = box_body(b, ORDER_ALARM);
	body.hazard = 2;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 15000);
	assert_int_equal(b->closures, 2);
	body = box_body(b, ORDER_ALARM);
	body.zones.number[0] = DISTRICT;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 15000);
	assert_int_equal(b->closures, 3);
	body = box_body(b, ORDER_ALARM);
	body.join = false;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 15000);
	assert_int_equal(b->closures, 4);
	body = box_body(b, ORDER_ALARM);
	body.zones.group = true; /* group 5 is not zone 5 */
	body.zones.number[0] = GROUP;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 15000);
	assert_int_equal(b->closures, 5);
}

static void
nothing_joins_after_a_stop_or_a_failure(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);

	box_run(b, 3000);
	box_end(b, ORDER_STOP, id, CLARA, 0);
	id = box_alarm(b);
	box_run(b, 15000);
	assert_int_equal(b->closures, 2);
	box_run(b, 130000);
	b->horn_dead = true;
	box_alarm(b);
	box_run(b, 15000);
	b->horn_dead = false;
	id = box_alarm(b);
	box_run(b, 15000);
	assert_int_equal(b->closures, 4);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, id), 1);
}

static void
what_had_joined_a_failed_sounding_sounds_itself(void **state)
{
	struct box *b = box_of(state);
	uint64_t second;

	b->horn_dead = true;
	box_alarm(b);
	box_run(b, 1000);
	second = box_alarm(b);
	assert_int_equal(box_told(b, RECEIPT_JOINED, second), 1);
	box_run(b, 10500);
	b->horn_dead = false;
	box_run(b, 15000);
	assert_int_equal(b->closures, 2);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, second), 1);
}

static void
the_stop_of_the_first_sounds_what_had_joined_it_once(void **state)
{
	struct box *b = box_of(state);
	uint64_t first = box_alarm(b), second, third;

	box_run(b, 2000);
	second = box_alarm(b);
	third = box_alarm(b);
	box_end(b, ORDER_STOP, first, CLARA, 0);
	assert_false(b->relay);
	box_run(b, 1000);
	assert_true(b->relay);
	assert_int_equal(box_view(b).sounding, second);
	box_run(b, 30000);
	assert_int_equal(b->closures, 2); /* the third shares in the second */
	assert_true(siren_lives(b->siren, third, b->mono_ms));
}

static void
a_stop_of_the_first_survives_a_power_cut_before_the_second_sounds(void **state)
{
	struct box *b = box_of(state);
	uint64_t first = box_alarm(b), second;

	box_run(b, 2000);
	second = box_alarm(b);
	box_end(b, ORDER_STOP, first, CLARA, 0);
	box_restart(b, 2000);
	box_run(b, 1000);
	assert_int_equal(box_view(b).sounding, second);
}

static void
a_sensors_alarm_does_not_swallow_that_of_two_operators(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_SENSOR);

	body.seconds = 1;
	box_order(b, body, SENSOR, 0);
	box_run(b, 5000);
	assert_int_equal(b->closures, 1);
	box_alarm(b);
	box_run(b, 5000);
	assert_int_equal(b->closures, 2);
	assert_true(b->relay);
}

static void
one_key_does_not_cut_short_what_two_operators_ordered(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b), other;

	box_run(b, 3000);
	other = box_order(b, box_body(b, ORDER_BREAK_GLASS), FARUK, 0);
	box_run(b, 5000);
	assert_int_equal(box_view(b).sounding, id);
	box_run(b, 8000);
	assert_int_equal(box_view(b).sounding, other);
}

static void
an_alarm_takes_the_place_of_another_that_was_heard(void **state)
{
	struct box *b = box_of(state);
	uint64_t first = box_alarm(b), second;
	struct order_body body = box_body(b, ORDER_ALARM);

	body.hazard = 2;
	second = box_order(b, body, ANNA, BORIS);
	box_run(b, 900);
	assert_int_equal(box_view(b).sounding, first);
	box_run(b, 600);
	assert_int_equal(box_view(b).sounding, second);
	box_run(b, 15000);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, 0), 2);
}

static void
forty_alarms_at_once_leave_none_unanswered(void **state)
{
	struct box *b = box_of(state);
	uint64_t id[40];

	for (int i = 0; i < 40; i++) {
		struct order_body body = box_body(b, ORDER_ALARM);

		body.hazard = (uint8_t)(i + 10);
		id[i] = box_order(b, body, ANNA, BORIS);
	}
	box_run(b, 120000);
	for (int i = 0; i < 40; i++)
		assert_int_equal(box_told(b, RECEIPT_SOUNDED, id[i]) +
					 box_told(b, RECEIPT_FAILED, id[i]),
			1);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, 0), 33);
}

/* ---- update ---- */

static void
an_update_takes_over_without_sounding_and_added_zones_sound(void **state)
{
	struct box *b = box_of(state);
	uint64_t first = box_alarm(b), next;
	struct order_body body;

	box_run(b, 20000);
	body = box_body(b, ORDER_ALARM);
	body.join = false;
	body.end_count = 1;
	body.ends[0] = first;
	next = box_order(b, body, ANNA, CLARA);
	box_run(b, 20000);
	assert_int_equal(b->closures, 1);
	assert_true(siren_lives(b->siren, next, b->mono_ms));
	assert_false(siren_lives(b->siren, first, b->mono_ms));
	/* Here nobody heard what this one updates: the zone was added. */
	body = box_body(b, ORDER_ALARM);
	body.hazard = 3;
	body.end_count = 1;
	body.ends[0] = first - 1;
	box_order(b, body, ANNA, CLARA);
	box_run(b, 20000);
	assert_int_equal(b->closures, 2);
}

static void
an_update_keeps_the_horn_going(void **state)
{
	struct box *b = box_of(state);
	uint64_t first = box_alarm(b), next;
	struct order_body body;

	box_run(b, 4000);
	body = box_body(b, ORDER_ALARM);
	body.end_count = 1;
	body.ends[0] = first;
	next = box_order(b, body, ANNA, CLARA);
	box_run(b, 4000);
	assert_true(b->relay);
	box_end(b, ORDER_ALL_CLEAR, next, ANNA, BORIS);
	box_run(b, 1000);
	assert_int_equal(box_told(b, RECEIPT_ENDED, next), 1);
	assert_int_equal(b->closures, 2);
}

static void
an_update_of_what_still_waits_for_the_horn_is_heard(void **state)
{
	struct box *b = box_of(state);
	struct order_body waiting = box_body(b, ORDER_ALARM), update;

	box_alarm(b);
	waiting.hazard = 2;
	box_order(b, waiting, ANNA, BORIS);
	update = box_body(b, ORDER_ALARM);
	update.hazard = 2;
	update.end_count = 1;
	update.ends[0] = waiting.id;
	box_order(b, update, ANNA, BORIS);
	box_run(b, 30000);
	assert_int_equal(b->closures, 2);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, waiting.id), 1);
}

static void
the_restart_of_an_updated_sounding_goes_on(void **state)
{
	struct box *b = box_of(state);
	uint64_t first = box_alarm(b);
	struct order_body body;

	box_run(b, 3000);
	body = box_body(b, ORDER_ALARM);
	body.end_count = 1;
	body.ends[0] = first;
	box_order(b, body, ANNA, CLARA);
	box_run(b, 100);
	box_restart(b, 2000);
	assert_true(b->relay);
	box_run(b, 20000);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, first), 1);
}

static void
a_dropped_district_hears_the_all_clear_of_an_update(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);
	struct made m;
	struct buffer bytes;

	body.zones.number[0] = REGION;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 3000);
	made_body(&m, box_body(b, ORDER_ALARM));
	m.order.body_count = 2;
	m.order.body[1] = m.order.body[0];
	m.order.body[0].zones.number[0] = REGION; /* kept */
	m.order.body[0].end_count = m.order.body[1].end_count = 1;
	m.order.body[0].ends[0] = m.order.body[1].ends[0] = body.id;
	m.order.body[1].class = ORDER_ALL_CLEAR; /* dropped */
	m.order.body[1].join = false;
	m.order.body[1].pattern = CLEAR;
	made_sign(&m, b->town, ANNA);
	made_sign(&m, b->town, BORIS);
	bytes = made_bytes(&m);
	box_give(b, buffer_bytes(&bytes));
	buffer_free(&bytes);
	box_run(b, 15000);
	assert_int_equal(box_view(b).live, 0);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, m.order.body[0].id), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SUNG(the_same_alarm_within_two_minutes_extends_the_first),
		SUNG(a_chain_is_one_sounding_though_its_first_alarm_is_long_expired),
		SUNG(other_hazard_zone_or_separate_sounds),
		SUNG(nothing_joins_after_a_stop_or_a_failure),
		SUNG(what_had_joined_a_failed_sounding_sounds_itself),
		SUNG(the_stop_of_the_first_sounds_what_had_joined_it_once),
		SUNG(a_stop_of_the_first_survives_a_power_cut_before_the_second_sounds),
		SUNG(a_sensors_alarm_does_not_swallow_that_of_two_operators),
		SUNG(one_key_does_not_cut_short_what_two_operators_ordered),
		SUNG(an_alarm_takes_the_place_of_another_that_was_heard),
		SUNG(forty_alarms_at_once_leave_none_unanswered),
		SUNG(an_update_takes_over_without_sounding_and_added_zones_sound),
		SUNG(an_update_keeps_the_horn_going),
		SUNG(an_update_of_what_still_waits_for_the_horn_is_heard),
		SUNG(the_restart_of_an_updated_sounding_goes_on),
		SUNG(a_dropped_district_hears_the_all_clear_of_an_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
