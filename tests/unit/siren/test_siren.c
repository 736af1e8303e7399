/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who sounds the siren, what its disk and horn do meanwhile, stops and all clears. */
#include "world.h"

/* Nothing sounded; it was refused for this reason, `times`. */
static void
assert_refused(struct box *b, enum verdict v, unsigned times)
{
	box_run(b, 15000);
	assert_int_equal(b->closures, 0);
	assert_int_equal(box_refused(b, v), times);
}

/* ---- who may sound ---- */

static void
two_operators_sound_the_siren(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);

	box_run(b, 100);
	assert_true(b->relay);
	assert_int_equal(box_view(b).sounding, id);
	box_run(b, 13000);
	assert_false(b->relay);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_told(b, RECEIPT_HEARD, id), 1);
	assert_int_equal(box_told(b, RECEIPT_SOUNDING, id), 1);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, id), 1);
	assert_int_equal(box_told(b, RECEIPT_FAILED, 0), 0);
}

static void
one_operator_does_not(void **state)
{
	struct box *b = box_of(state);

	box_order(b, box_body(b, ORDER_ALARM), ANNA, 0);
	assert_refused(b, VERDICT_SIGNERS, 1);
	assert_int_equal(box_told(b, RECEIPT_REFUSED, 0), 1);
}

static void
two_keys_of_one_person_are_one_operator(void **state)
{
	struct box *b = box_of(state);

	box_order(b, box_body(b, ORDER_ALARM), ANNA, ANNA_TOO);
	box_order(b, box_body(b, ORDER_ALARM), ANNA, ANNA);
	assert_refused(b, VERDICT_SAME_SIGNER, 2);
}

static void
an_order_by_a_newer_roster_sounds_and_says_that_ours_is_behind(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);

	body.roster = 9;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 1000);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_told(b, RECEIPT_ROSTER_BEHIND, body.id), 1);
}

static void
an_order_for_other_zones_is_no_news(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);

	body.zones.number[0] = 6;
	box_order(b, body, ANNA, BORIS);
	assert_refused(b, VERDICT_ZONE, 1);
	assert_int_equal(box_told(b, RECEIPT_REFUSED, 0), 0);
}

static void
a_parent_zone_and_a_group_sound_it_too(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);

	body.zones.number[0] = REGION;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 15000);
	body = box_body(b, ORDER_ALARM);
	body.zones.group = true;
	body.zones.number[0] = GROUP;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 15000);
	assert_int_equal(b->closures, 2);
}

static void
the_same_order_by_five_paths_sounds_once(void **state)
{
	struct box *b = box_of(state);
	struct buffer bytes = alarm_bytes(b);

	for (int i = 0; i < 5; i++) {
		box_give(b, buffer_bytes(&bytes));
		box_run(b, 4000);
	}
	buffer_free(&bytes);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_refused(b, VERDICT_REPEAT), 4);
}

static void
what_is_not_on_the_hubs_disk_comes_back_in_the_receipt(void **state)
{
	struct box *b = box_of(state);
	struct buffer bytes = alarm_bytes(b);

	box_step(b, &(struct siren_event){
			    .kind = SIREN_ORDER, .order = {buffer_bytes(&bytes), false}});
	box_run(b, 10);
	assert_int_equal(box_last(b, RECEIPT_HEARD)->receipt.order_bytes.len, bytes.len);
	buffer_free(&bytes);
}

/* ---- the disk and the horn ---- */

static void
the_order_is_on_disk_before_the_horn_sounds(void **state)
{
	struct box *b = box_of(state);

	box_alarm(b);
	assert_false(b->relay); /* the wish to store is out, the answer is not in */
	assert_true(b->tickets > 0);
	box_run(b, 3);
	assert_false(b->relay);
	box_run(b, 2);
	assert_true(b->relay);
}

static void
a_disk_that_refuses_does_not_silence_it(void **state)
{
	struct box *b = box_of(state);
	uint64_t id;

	b->disk = DISK_REFUSES;
	id = box_alarm(b);
	box_run(b, 14000);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_told(b, RECEIPT_DISK, 0), 1);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, id), 1);
	assert_true(box_last(b, RECEIPT_SOUNDED)->receipt.inputs & INPUT_DISK_BAD);
}

static void
a_disk_that_hangs_delays_it_by_a_quarter_of_a_second(void **state)
{
	struct box *b = box_of(state);
	int64_t asked;

	b->disk = DISK_HANGS;
	asked = b->mono_ms;
	box_alarm(b);
	box_run(b, 14000);
	assert_int_equal(b->closures, 1);
	assert_int_equal(b->closed_at_ms - asked, SIREN_DISK_MS);
	assert_int_equal(box_told(b, RECEIPT_DISK, 0), 1);
	b->disk = DISK_GOOD;
	box_run(b, 130000);
	box_alarm(b);
	box_run(b, 1000);
	assert_false(box_last(b, RECEIPT_SOUNDING)->receipt.inputs & INPUT_DISK_BAD);
}

static void
without_current_it_says_failed_and_never_sounded(void **state)
{
	struct box *b = box_of(state);
	int64_t asked = b->mono_ms;
	uint64_t id;

	b->horn_dead = true;
	id = box_alarm(b);
	box_run(b, 20000);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, 0), 0);
	assert_int_equal(box_told(b, RECEIPT_SOUNDING, 0), 0);
	assert_int_equal(box_told(b, RECEIPT_FAILED, id), 1);
	assert_in_range(box_last(b, RECEIPT_FAILED)->at_ms - asked, SIREN_CURRENT_MS,
		SIREN_CURRENT_MS + 100);
}

static void
late_current_is_told_after_all(void **state)
{
	struct box *b = box_of(state);
	uint64_t id;

	b->current_ms = 3000;
	id = box_alarm(b);
	box_run(b, 20000);
	assert_int_equal(box_told(b, RECEIPT_FAILED, id), 1);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, id), 1);
}

static void
gaps_of_a_pattern_open_the_relay(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);

	body.pattern = FIRE;
	body.seconds = 0;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 10000);
	assert_int_equal(b->closures, 3);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, body.id), 1);
	assert_int_equal(box_told(b, RECEIPT_UNORDERED, 0), 0);
}

static void
somebody_else_sounding_it_is_reported_within_two_seconds(void **state)
{
	struct box *b = box_of(state);
	int64_t since = b->mono_ms;

	b->foreign = true;
	b->input_ms = b->mono_ms;
	box_run(b, 5000);
	assert_int_equal(box_told(b, RECEIPT_UNORDERED, 0), 1);
	assert_true(box_last(b, RECEIPT_UNORDERED)->at_ms - since <= 2000);
	assert_true(box_view(b).unordered);
	b->foreign = false;
	b->input_ms = b->mono_ms;
	box_run(b, 100);
	assert_int_equal(box_told(b, RECEIPT_UNORDERED_END, 0), 1);
}

static void
a_horn_that_goes_on_after_our_relay_opened_is_somebody_elses(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = alarm_on_air(b);

	b->foreign = true;
	box_end(b, ORDER_STOP, id, CLARA, 0);
	assert_false(b->relay);
	box_run(b, 2000);
	assert_int_equal(box_told(b, RECEIPT_UNORDERED, 0), 1);
}

static void
doors_and_mains_are_told_and_a_loose_contact_is_no_flood(void **state)
{
	struct box *b = box_of(state);
	unsigned before = box_told(b, RECEIPT_FAULT, 0);

	for (int i = 0; i < 500; i++) {
		b->cabinet ^= INPUT_CABINET_DOOR;
		b->input_ms = b->mono_ms;
		box_run(b, 10);
	}
	assert_in_range(box_told(b, RECEIPT_FAULT, 0) - before, 4, 6);
	b->cabinet = INPUT_CABINET_DOOR;
	b->input_ms = b->mono_ms;
	box_run(b, 1100);
	assert_int_equal(box_last(b, RECEIPT_FAULT)->receipt.inputs, INPUT_CABINET_DOOR);
}

static void
it_speaks_up_every_thirty_seconds(void **state)
{
	struct box *b = box_of(state);

	box_run(b, 300000);
	assert_in_range(box_told(b, RECEIPT_STATUS, 0), 9, 10);
}

/* ---- stop ---- */

static void
one_operator_stops_it(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = alarm_on_air(b);

	box_end(b, ORDER_STOP, id, CLARA, 0);
	assert_false(b->relay);
	box_run(b, 15000);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_told(b, RECEIPT_STOPPED, id), 1);
	assert_int_equal(box_view(b).live, 0);
}

static void
a_stop_before_its_alarm_silences_it_too(void **state)
{
	struct box *b = box_of(state);
	struct order_body alarm = box_body(b, ORDER_ALARM);

	box_end(b, ORDER_STOP, alarm.id, CLARA, 0);
	box_run(b, 5000);
	box_order(b, alarm, ANNA, BORIS);
	assert_refused(b, VERDICT_STOPPED, 1);
}

static void
a_stop_blocks_no_later_order(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = alarm_on_air(b);

	box_end(b, ORDER_STOP, id, CLARA, 0);
	box_run(b, 1000);
	box_alarm(b);
	box_run(b, 500);
	assert_true(b->relay);
	assert_int_equal(b->closures, 2);
}

static void
a_stop_silences_an_all_clear_and_a_test_before_and_after(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = alarm_on_air(b), clear;
	struct order_body growl;

	clear = box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	box_run(b, 1000);
	assert_true(b->relay);
	box_end(b, ORDER_STOP, clear, CLARA, 0);
	assert_false(b->relay);
	growl = growl_body(b);
	box_end(b, ORDER_STOP, growl.id, CLARA, 0);
	box_order(b, growl, GITA, 0);
	box_run(b, 10000);
	assert_int_equal(b->closures, 2);
	assert_int_equal(box_refused(b, VERDICT_STOPPED), 1);
}

static void
the_fourth_stop_in_an_hour_needs_another_person(void **state)
{
	struct box *b = box_of(state);
	uint64_t id[4];

	for (int i = 0; i < 4; i++) {
		id[i] = box_alarm(b);
		box_run(b, 130000);
	}
	for (int i = 0; i < 3; i++)
		box_end(b, ORDER_STOP, id[i], ANNA, 0);
	box_end(b, ORDER_STOP, id[3], ANNA, 0);
	assert_int_equal(box_refused(b, VERDICT_STOP_RATE), 1);
	box_end(b, ORDER_STOP, id[3], ANNA, ANNA);
	box_end(b, ORDER_STOP, id[3], ANNA, ANNA_TOO);
	box_end(b, ORDER_STOP, id[3], ANNA_TOO, 0);
	assert_int_equal(box_refused(b, VERDICT_STOP_RATE), 4);
	assert_true(siren_lives(b->siren, id[3], b->mono_ms));
	box_end(b, ORDER_STOP, id[3], ANNA, BORIS);
	assert_false(siren_lives(b->siren, id[3], b->mono_ms));
}

static void
an_hour_later_the_stops_are_forgotten(void **state)
{
	struct box *b = box_of(state);

	for (int i = 0; i < 3; i++)
		box_end(b, ORDER_STOP, 4711, CLARA, 0);
	box_restart(b, 1000); /* a restart forgets nothing */
	box_run(b, 100);
	box_end(b, ORDER_STOP, 4711, CLARA, 0);
	assert_int_equal(box_refused(b, VERDICT_STOP_RATE), 1);
	box_run(b, 3600000);
	box_end(b, ORDER_STOP, 4711, CLARA, 0);
	assert_int_equal(box_refused(b, VERDICT_STOP_RATE), 1);
}

/* ---- all clear ---- */

static void
all_clear_ends_and_sounds(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = alarm_on_air(b), clear;

	clear = box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	assert_false(b->relay);
	box_run(b, 15000);
	assert_int_equal(box_told(b, RECEIPT_ENDED, id), 1);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, clear), 1);
	assert_int_equal(b->closures, 2);
}

static void
all_clear_with_pattern_0_is_silent(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = alarm_on_air(b);
	struct order_body body;

	body = box_body(b, ORDER_ALL_CLEAR);
	body.pattern = 0;
	body.end_count = 1;
	body.ends[0] = id;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 10000);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_view(b).live, 0);
	box_restart(b, 1000); /* silence is nothing to go on with */
	box_run(b, 10000);
	assert_int_equal(b->closures, 1);
}

static struct order_body
message_of(struct box *b)
{
	struct order_body body = box_body(b, ORDER_ALARM);

	body.pattern = 0;
	body.seconds = 0;
	body.join = false;
	return body;
}

static void
a_message_makes_no_sound_and_cuts_none_short(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = alarm_on_air(b);
	struct order_body body;

	box_order(b, message_of(b), ANNA, BORIS);
	box_run(b, 1000);
	assert_int_equal(b->closures, 1);
	assert_true(siren_lives(b->siren, id, b->mono_ms));
	assert_int_equal(box_view(b).live, 1);
	body = box_body(b, ORDER_ALL_CLEAR); /* and it does not hold up the all clear */
	body.end_count = 1;
	body.ends[0] = id;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 100000);
	assert_int_equal(b->closures, 2);
}

static void
a_message_needs_two_operators_and_is_silent_after_a_restart(void **state)
{
	struct box *b = box_of(state);

	box_order(b, message_of(b), ANNA, 0);
	assert_int_equal(box_refused(b, VERDICT_SIGNERS), 1);
	box_order(b, message_of(b), ANNA, BORIS);
	box_run(b, 1000);
	box_restart(b, 1000);
	box_run(b, 100000);
	assert_int_equal(b->closures, 0);
	assert_int_equal(box_told(b, RECEIPT_FAILED, 0), 0);
}

static void
an_alarm_may_take_the_place_of_a_message_and_sounds(void **state)
{
	struct box *b = box_of(state);
	struct order_body message = message_of(b), body;

	box_order(b, message, ANNA, BORIS);
	box_run(b, 1000);
	body = box_body(b, ORDER_ALARM);
	body.end_count = 1;
	body.ends[0] = message.id;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 1000);
	assert_int_equal(b->closures, 1);
}

static void
all_clear_is_refused_while_another_alarm_lives_but_ends_what_it_names(void **state)
{
	struct box *b = box_of(state);
	uint64_t first = box_alarm(b), second;
	struct order_body body = box_body(b, ORDER_ALARM);

	body.hazard = 2;
	box_run(b, 2000);
	second = box_order(b, body, ANNA, BORIS);
	box_run(b, 3000);
	box_end(b, ORDER_ALL_CLEAR, first, ANNA, BORIS);
	assert_int_equal(box_refused(b, VERDICT_ALARM_LIVE), 1);
	assert_false(siren_lives(b->siren, first, b->mono_ms));
	box_run(b, 5000); /* and it does not cut the other one short */
	assert_int_equal(box_view(b).sounding, second);
	box_run(b, 10000);
	assert_int_equal(b->closures, 2);
	box_end(b, ORDER_ALL_CLEAR, second, ANNA, BORIS);
	box_run(b, 1000);
	assert_int_equal(b->closures, 3);
}

static void
an_alarm_silences_the_all_clear_at_once(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = alarm_on_air(b);

	box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	box_run(b, 600);
	assert_true(b->relay);
	id = box_alarm(b);
	assert_false(b->relay);
	box_run(b, 300);
	assert_int_equal(box_view(b).sounding, id);
	/* … and one that still waits for the disk or the gap never sounds. */
	box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	id = box_alarm(b);
	box_run(b, 300);
	assert_int_equal(box_view(b).sounding, id);
	assert_int_equal(box_told(b, RECEIPT_SOUNDING, 0), 2);
}

static void
all_clear_before_its_alarm_ends_it(void **state)
{
	struct box *b = box_of(state);
	struct order_body alarm = box_body(b, ORDER_ALARM);

	box_end(b, ORDER_ALL_CLEAR, alarm.id, ANNA, BORIS);
	box_run(b, 10000);
	box_order(b, alarm, ANNA, BORIS);
	box_run(b, 10000);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_view(b).live, 0);
}

static void
one_operator_cannot_end_an_alarm(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);

	box_run(b, 2000);
	box_end(b, ORDER_ALL_CLEAR, id, ANNA, 0);
	box_end(b, ORDER_ALL_CLEAR, id, ANNA, ANNA_TOO);
	box_end(b, ORDER_FALSE_ALARM, id, ANNA, 0);
	box_run(b, 2000);
	assert_true(siren_lives(b->siren, id, b->mono_ms));
	assert_true(b->relay);
}

static void
expiry_is_told_and_is_no_all_clear(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);

	box_run(b, 610000);
	assert_int_equal(box_view(b).live, 0);
	assert_int_equal(box_told(b, RECEIPT_EXPIRED, id), 1);
	assert_int_equal(box_told(b, RECEIPT_ENDED, id), 0);
	assert_int_equal(b->closures, 1);
}

/* ---- ids ---- */

static void
a_borrowed_id_does_not_make_it_deaf_to_the_alarm(void **state)
{
	struct box *b = box_of(state);
	struct order_body alarm = box_body(b, ORDER_ALARM), test = box_body(b, ORDER_TEST);
	struct order_body glass = box_body(b, ORDER_BREAK_GLASS);

	/* Gita sees a proposal that waits for its second signature, and takes its id. */
	test.id = alarm.id;
	box_order(b, test, GITA, 0);
	box_run(b, 500);
	box_order(b, alarm, ANNA, BORIS);
	box_run(b, 5000);
	assert_int_equal(box_view(b).sounding, alarm.id);
	box_order(b, test, GITA, 0);
	assert_int_equal(box_refused(b, VERDICT_REPEAT), 1);
	box_run(b, 20000);
	alarm = box_body(b, ORDER_ALARM);
	alarm.hazard = 7;
	glass.id = alarm.id;
	glass.seconds = 1;
	box_order(b, glass, FARUK, 0);
	box_run(b, 500);
	box_order(b, alarm, ANNA, BORIS);
	box_run(b, 5000);
	assert_int_equal(box_view(b).sounding, alarm.id);
	assert_int_equal(b->closures, 3);
}

/* Of one order: an alarm for a zone, and an all clear of something for another. */
static struct order_body
alarm_for(struct order_body body, uint16_t zone)
{
	body.class = ORDER_ALARM;
	body.pattern = ATTACK;
	body.zones.number[0] = zone;
	return body;
}

static struct order_body
clear_for(struct order_body body, uint16_t zone)
{
	body.class = ORDER_ALL_CLEAR;
	body.join = false;
	body.pattern = CLEAR;
	body.zones.number[0] = zone;
	body.end_count = 1;
	body.ends[0] = 4711;
	return body;
}

static void
a_district_frame_brings_the_alarm_that_the_regions_all_clear_hid(void **state)
{
	struct box *b = box_of(state);
	struct order_body any = box_body(b, ORDER_ALL_CLEAR);

	box_order(b, clear_for(any, REGION), ANNA, BORIS);
	box_run(b, 500);
	box_order(b, alarm_for(any, ZONE), ANNA, BORIS);
	box_run(b, 500);
	assert_int_equal(box_view(b).sounding, any.id);
	assert_int_equal(box_view(b).live, 1);
	/* The other way round the closer word stays. */
	any = box_body(b, ORDER_ALARM);
	any.hazard = 2;
	box_order(b, clear_for(any, ZONE), ANNA, BORIS);
	box_order(b, alarm_for(any, REGION), ANNA, BORIS);
	assert_int_equal(box_refused(b, VERDICT_REPEAT), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SUNG(two_operators_sound_the_siren),
		SUNG(one_operator_does_not),
		SUNG(two_keys_of_one_person_are_one_operator),
		SUNG(an_order_by_a_newer_roster_sounds_and_says_that_ours_is_behind),
		SUNG(an_order_for_other_zones_is_no_news),
		SUNG(a_parent_zone_and_a_group_sound_it_too),
		SUNG(the_same_order_by_five_paths_sounds_once),
		SUNG(what_is_not_on_the_hubs_disk_comes_back_in_the_receipt),
		SUNG(the_order_is_on_disk_before_the_horn_sounds),
		SUNG(a_disk_that_refuses_does_not_silence_it),
		SUNG(a_disk_that_hangs_delays_it_by_a_quarter_of_a_second),
		SUNG(without_current_it_says_failed_and_never_sounded),
		SUNG(late_current_is_told_after_all),
		SUNG(gaps_of_a_pattern_open_the_relay),
		SUNG(somebody_else_sounding_it_is_reported_within_two_seconds),
		SUNG(a_horn_that_goes_on_after_our_relay_opened_is_somebody_elses),
		SUNG(doors_and_mains_are_told_and_a_loose_contact_is_no_flood),
		SUNG(it_speaks_up_every_thirty_seconds),
		SUNG(one_operator_stops_it),
		SUNG(a_stop_before_its_alarm_silences_it_too),
		SUNG(a_stop_blocks_no_later_order),
		SUNG(a_stop_silences_an_all_clear_and_a_test_before_and_after),
		SUNG(the_fourth_stop_in_an_hour_needs_another_person),
		SUNG(an_hour_later_the_stops_are_forgotten),
		SUNG(all_clear_ends_and_sounds),
		SUNG(all_clear_with_pattern_0_is_silent),
		SUNG(a_message_makes_no_sound_and_cuts_none_short),
		SUNG(a_message_needs_two_operators_and_is_silent_after_a_restart),
		SUNG(an_alarm_may_take_the_place_of_a_message_and_sounds),
		SUNG(all_clear_is_refused_while_another_alarm_lives_but_ends_what_it_names),
		SUNG(an_alarm_silences_the_all_clear_at_once),
		SUNG(all_clear_before_its_alarm_ends_it),
		SUNG(one_operator_cannot_end_an_alarm),
		SUNG(expiry_is_told_and_is_no_all_clear),
		SUNG(a_borrowed_id_does_not_make_it_deaf_to_the_alarm),
		SUNG(a_district_frame_brings_the_alarm_that_the_regions_all_clear_hid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
