/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was heard and had not begun when the power went: it is still owed, and owed once. */
#include "siren/known.h"
#include "world.h"

/* An alarm sounds, its all clear is heard, and the power goes before the horn's turn comes. */
static uint64_t
clear_cut_off(struct box *b, int64_t down_ms)
{
	uint64_t id = box_alarm(b), clear;

	box_run(b, 3000);
	clear = box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	box_run(b, SIREN_GAP_MS / 2);
	assert_int_equal(b->closures, 1);
	box_restart(b, down_ms);
	return clear;
}

/* Long enough for the first heartbeat, the wait after it and the whole sounding. */
static void
run_long(struct box *b)
{
	box_run(b, SIREN_OWED_MS + 15000);
}

static void
an_all_clear_that_had_not_begun_sounds_once_after_the_restart(void **state)
{
	struct box *b = box_of(state);
	uint64_t clear = clear_cut_off(b, 1000);

	run_long(b);
	assert_int_equal(b->closures, 2);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, clear), 1);
	box_restart(b, 1000);
	run_long(b);
	assert_int_equal(b->closures, 2);
}

static void
so_does_the_end_of_a_false_alarm(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b), clear;

	box_run(b, 3000);
	clear = box_end(b, ORDER_FALSE_ALARM, id, ANNA, BORIS);
	box_restart(b, 1000);
	run_long(b);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, clear), 1);
}

static void
it_waits_for_the_time_and_for_alarms_that_came_meanwhile(void **state)
{
	struct box *b = box_of(state);

	b->hub_down = true;
	clear_cut_off(b, 1000);
	run_long(b);
	assert_int_equal(b->closures, 1);
	b->hub_down = false;
	b->beat_ms = b->mono_ms;
	box_run(b, SIREN_OWED_MS - 10);
	assert_true(box_view(b).clock_sure);
	assert_int_equal(b->closures, 1);
	box_run(b, 100);
	assert_int_equal(b->closures, 2);
}

static void
it_is_owed_over_any_number_of_restarts_and_a_new_log(void **state)
{
	struct box *b = box_of(state);
	uint64_t clear = clear_cut_off(b, 1000);

	for (int i = 0; i < 3; i++) {
		box_run(b, 100);
		box_compact(b);
		box_restart(b, 1000);
	}
	run_long(b);
	assert_int_equal(b->closures, 2);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, clear), 1);
}

static void
the_same_order_again_changes_nothing(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALL_CLEAR);

	body.end_count = 1;
	body.ends[0] = box_alarm(b);
	box_run(b, 3000);
	box_order(b, body, ANNA, BORIS);
	box_restart(b, 1000);
	for (int i = 0; i < 8; i++) {
		box_order(b, body, ANNA, BORIS);
		box_run(b, 1000);
	}
	run_long(b);
	assert_int_equal(b->closures, 2);
}

static void
an_alarm_that_comes_first_forgoes_it_for_good(void **state)
{
	struct box *b = box_of(state);
	uint64_t clear, id;

	b->hub_down = true;
	clear = clear_cut_off(b, 1000);
	id = box_alarm(b); /* stopped again before the time is sure */
	box_run(b, 2000);
	box_end(b, ORDER_STOP, id, CLARA, 0);
	b->hub_down = false;
	run_long(b);
	assert_int_equal(b->closures, 2);
	assert_int_equal(box_told(b, RECEIPT_SOUNDING, clear), 0);
	assert_int_equal(box_last(b, RECEIPT_REFUSED)->receipt.order, clear);
	assert_int_equal(box_last(b, RECEIPT_REFUSED)->receipt.verdict, VERDICT_ALARM_LIVE);
	box_restart(b, 1000);
	run_long(b);
	assert_int_equal(b->closures, 2);
}

static void
an_expired_one_is_not_sounded_and_says_so(void **state)
{
	struct box *b = box_of(state);
	uint64_t clear = clear_cut_off(b, 700000);

	run_long(b);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_last(b, RECEIPT_REFUSED)->receipt.order, clear);
	assert_int_equal(box_last(b, RECEIPT_REFUSED)->receipt.verdict, VERDICT_EXPIRED);
}

static void
a_stop_names_it_away(void **state)
{
	struct box *b = box_of(state);

	box_end(b, ORDER_STOP, clear_cut_off(b, 1000), CLARA, 0);
	run_long(b);
	assert_int_equal(b->closures, 1);
}

static void
a_test_and_a_silent_end_are_not_owed(void **state)
{
	struct box *b = box_of(state);
	struct order_body end = box_body(b, ORDER_ALL_CLEAR);

	end.pattern = PATTERN_NONE;
	end.end_count = 1;
	end.ends[0] = box_alarm(b);
	box_run(b, 3000);
	box_order(b, end, ANNA, BORIS);
	box_order(b, growl_body(b), GITA, 0);
	box_restart(b, 1000);
	run_long(b);
	assert_int_equal(b->closures, 1);
}

/* ---- begun, or as good as begun ---- */

static bool begun; /* a record says that the all clear has begun */

static void
look_for_the_beginning(struct box *b, const struct siren_wish *w)
{
	struct known k;

	begun |= w->kind == SIREN_STORE && w->record == SIREN_RECORD_KNOWN &&
		 known_read(&k, w->bytes) == ERR_OK && k.class == ORDER_ALL_CLEAR &&
		 (k.flags & KNOWN_STARTED);
	if (w->kind == SIREN_RELAY && w->on && b->closures == 1)
		assert_true(begun);
}

static void
the_disk_knows_of_its_beginning_before_the_relay_closes(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);

	begun = false;
	box_run(b, 3000);
	b->saw = look_for_the_beginning;
	box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	box_run(b, SIREN_GAP_MS - 1);
	assert_false(begun);
	box_run(b, 1);
	assert_true(begun);
	assert_false(b->relay); /* the disk has not answered */
	box_run(b, 5);
	assert_true(b->relay);
}

static void
one_that_was_cut_in_the_middle_goes_on_and_never_begins_anew(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b), clear;

	box_run(b, 15000);
	b->hub_down = true;
	clear = box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	box_run(b, 2000);
	assert_int_equal(box_view(b).sounding, clear);
	box_restart(b, 1000);
	assert_int_equal(box_view(b).sounding, clear);
	box_run(b, 9100); /* of 12 s */
	assert_false(b->relay);
	b->hub_down = false;
	run_long(b);
	assert_int_equal(b->closures, 3); /* the power opened the relay once */
}

static void
one_that_was_cut_in_the_middle_is_over_if_nobody_knows_how_long_ago(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b), clear;

	box_run(b, 15000);
	clear = box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	box_run(b, 2000);
	b->chip_ms = -500 * 86400000LL; /* days without power: who knows what came since? */
	box_restart(b, 200000);
	assert_false(b->relay);
	run_long(b);
	assert_int_equal(b->closures, 2);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, clear), 1);
}

/* ---- alarms ---- */

static void
an_alarm_that_waits_for_its_turn_sounds_after_the_restart(void **state)
{
	struct box *b = box_of(state);
	struct order_body second = box_body(b, ORDER_ALARM);

	b->hub_down = true;
	second.hazard = 2;
	box_alarm(b);
	box_run(b, 100);
	box_order(b, second, ANNA, BORIS); /* the first sounds for a second at least */
	box_run(b, 100);
	box_restart(b, 1000);
	box_run(b, 3000);
	assert_int_equal(box_view(b).sounding, second.id);
}

static void
a_chip_that_is_always_ahead_cuts_no_alarm_short(void **state)
{
	struct box *b = box_of(state);
	uint64_t id;

	b->chip_ms = 2 * 3600000; /* it was set to local time */
	box_restart(b, 1000);
	box_run(b, 30000);
	id = box_alarm(b);
	box_run(b, 3000);
	box_restart(b, 1000);
	assert_int_equal(box_view(b).sounding, id);
	box_run(b, 7900); /* of 12 s */
	assert_true(b->relay);
	box_run(b, 200);
	assert_false(b->relay);
	box_restart(b, 1000);
	box_run(b, 10000);
	assert_int_equal(b->closures, 2);
}

static void
an_alarm_that_expired_while_it_sounded_comes_to_its_end_after_a_restart(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);

	body.lifetime_s = 60;
	box_run(b, 55000);
	box_order(b, body, ANNA, BORIS);
	box_run(b, 3000);
	box_restart(b, 3000);
	assert_int_equal(box_view(b).sounding, body.id);
	box_run(b, 15000);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, body.id), 1);
}

static void
that_it_failed_is_told_once_over_a_restart(void **state)
{
	struct box *b = box_of(state);
	uint64_t id;

	b->horn_dead = true;
	id = box_alarm(b);
	box_run(b, SIREN_CURRENT_MS + 500);
	assert_int_equal(box_told(b, RECEIPT_FAILED, id), 1);
	box_restart(b, 500);
	box_run(b, 20000);
	assert_int_equal(box_told(b, RECEIPT_FAILED, id), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SUNG(an_all_clear_that_had_not_begun_sounds_once_after_the_restart),
		SUNG(so_does_the_end_of_a_false_alarm),
		SUNG(it_waits_for_the_time_and_for_alarms_that_came_meanwhile),
		SUNG(it_is_owed_over_any_number_of_restarts_and_a_new_log),
		SUNG(the_same_order_again_changes_nothing),
		SUNG(an_alarm_that_comes_first_forgoes_it_for_good),
		SUNG(an_expired_one_is_not_sounded_and_says_so),
		SUNG(a_stop_names_it_away),
		SUNG(a_test_and_a_silent_end_are_not_owed),
		SUNG(the_disk_knows_of_its_beginning_before_the_relay_closes),
		SUNG(one_that_was_cut_in_the_middle_goes_on_and_never_begins_anew),
		SUNG(one_that_was_cut_in_the_middle_is_over_if_nobody_knows_how_long_ago),
		SUNG(an_alarm_that_waits_for_its_turn_sounds_after_the_restart),
		SUNG(a_chip_that_is_always_ahead_cuts_no_alarm_short),
		SUNG(an_alarm_that_expired_while_it_sounded_comes_to_its_end_after_a_restart),
		SUNG(that_it_failed_is_told_once_over_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
