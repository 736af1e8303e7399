/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a box remembers over power cuts: the time, what sounded, its receipts. */
#include "world.h"

/* ---- time ---- */

static void
unsure_of_the_time_alarm_and_stop_yes_all_clear_later(void **state)
{
	struct box *b = box_of(state);
	uint64_t id;

	b->hub_down = true;
	box_restart(b, 1000);
	assert_false(box_view(b).clock_sure);
	id = box_alarm(b);
	box_run(b, 3000);
	assert_int_equal(b->closures, 1);
	box_end(b, ORDER_STOP, id, CLARA, 0);
	assert_false(b->relay);
	id = box_alarm(b);
	box_run(b, 3000);
	box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	box_run(b, 12000);
	assert_true(siren_lives(b->siren, id, b->mono_ms));
	assert_int_equal(b->closures, 2);
	b->hub_down = false;
	box_run(b, 100);
	assert_true(box_view(b).clock_sure);
	assert_false(siren_lives(b->siren, id, b->mono_ms));
	box_run(b, 1000);
	assert_int_equal(b->closures, 3);
}

static void
an_early_order_is_held_until_its_time(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);

	body.not_before_s += 60;
	box_order(b, body, ANNA, BORIS);
	box_order(b, body, BORIS, ANNA); /* the same in another writing */
	box_run(b, 50000);
	assert_int_equal(b->closures, 0);
	box_run(b, 15000);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_refused(b, VERDICT_REPEAT), 0);
	body = box_body(b, ORDER_ALARM);
	body.not_before_s += 600;
	box_order(b, body, ANNA, BORIS);
	assert_int_equal(box_refused(b, VERDICT_EARLY), 1);
}

static void
writings_of_one_early_order_leave_room_for_others(void **state)
{
	static const uint16_t writing[18][4] = {{1, 2}, {2, 1}, {1, 1, 2}, {1, 2, 1},
		{2, 1, 1}, {2, 2, 1}, {2, 1, 2}, {1, 2, 2}, {1, 1, 1, 2}, {1, 1, 2, 1},
		{1, 2, 1, 1}, {2, 1, 1, 1}, {2, 2, 2, 1}, {2, 2, 1, 2}, {2, 1, 2, 2},
		{1, 2, 2, 2}, {1, 1, 2, 2}, {2, 2, 1, 1}};
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM), other = box_body(b, ORDER_ALARM);

	body.not_before_s += 60;
	for (int i = 0; i < 18; i++) {
		struct made m;
		struct buffer bytes;

		made_body(&m, body);
		for (int j = 0; j < 4 && writing[i][j] != 0; j++)
			made_sign(&m, b->town, writing[i][j]);
		bytes = made_bytes(&m);
		box_give(b, buffer_bytes(&bytes));
		buffer_free(&bytes);
	}
	other.not_before_s += 60;
	other.hazard = 2;
	box_order(b, other, ANNA, BORIS);
	assert_int_equal(box_refused(b, VERDICT_EARLY), 0);
	box_run(b, 80000);
	assert_int_equal(b->closures, 2);
}

static void
an_expired_order_is_refused(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);

	box_run(b, 601000);
	box_order(b, body, ANNA, BORIS);
	box_run(b, 1000);
	assert_int_equal(b->closures, 0);
	assert_int_equal(box_refused(b, VERDICT_EXPIRED), 1);
}

static void
an_id_of_another_day_is_no_order(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);

	body.id = order_id_make(b->wall_ms - 2 * 86400000, 3);
	box_order(b, body, ANNA, BORIS);
	body.id = order_id_make(b->wall_ms + 120000, 3);
	box_order(b, body, ANNA, BORIS);
	assert_int_equal(box_refused(b, VERDICT_FORMAT), 2);
}

static void
heartbeats_pull_the_clock_by_two_seconds_a_minute_at_most(void **state)
{
	struct box *b = box_of(state);
	int64_t before;

	b->hub_down = true;
	for (int i = 1; i <= 60;
		i++) { /* ten minutes of a thief's heartbeats, a day ahead */
		box_run(b, 10000);
		box_heartbeat(b, &b->town->hub, b->wall_ms + 86400000 + i);
	}
	assert_in_range(box_view(b).now_ms - b->wall_ms, 15000, 20000);
	before = box_view(b).now_ms - b->wall_ms;
	b->hub_down = false; /* the honest ones still count, and pull it back */
	box_run(b, 600000);
	assert_true(box_view(b).now_ms - b->wall_ms < before - 15000);
	box_restart(b, 1000); /* and the floor did not follow the thief */
	box_run(b, 100);
	assert_true(box_view(b).clock_sure);
	box_alarm(b);
	box_run(b, 1000);
	assert_int_equal(b->closures, 1);
}

static void
one_heartbeat_far_ahead_counts_once(void **state)
{
	struct box *b = box_of(state);

	b->hub_down = true;
	for (int i = 0; i < 60; i++) { /* somebody repeats it, without the hub's key */
		box_run(b, 10000);
		box_heartbeat(b, &b->town->hub, 1900000000000);
	}
	assert_in_range(box_view(b).now_ms - b->wall_ms, 0, 500);
}

static void
an_old_heartbeat_moves_nothing(void **state)
{
	struct box *b = box_of(state);
	int64_t now;

	box_run(b, 300000);
	now = box_view(b).now_ms;
	box_heartbeat(b, &b->town->hub, b->wall_ms - 200000);
	assert_int_equal(box_view(b).now_ms, now);
	box_restart(b, 1000);
	box_heartbeat(b, &b->town->hub, b->wall_ms - 3 * 86400000); /* below the floor */
	assert_false(box_view(b).clock_sure);
}

static void
a_stolen_hub_and_a_restart_do_not_make_orders_look_expired(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);

	box_run(b, 3000);
	b->hub_down = true;
	box_restart(b, 1000);
	for (int i = 1; i <= 10; i++) {
		box_heartbeat(b, &b->town->hub,
			b->wall_ms + (i % 2 ? 120000 : 365 * 86400000LL) + i);
		box_run(b, 10000);
	}
	assert_false(box_view(b).clock_sure);
	assert_true(siren_lives(b->siren, id, b->mono_ms));
	box_run(b, 200000);
	id = box_alarm(b);
	box_run(b, 1000);
	assert_int_equal(box_view(b).sounding, id);
	b->hub_down = false;
	box_run(b, 1000);
	assert_true(box_view(b).clock_sure);
}

static void
a_clock_that_was_set_back_makes_no_alarm_early(void **state)
{
	struct box *b = box_of(state);
	uint64_t id;

	b->hub_down = true;
	box_restart(b, 1000);
	box_heartbeat(b, &b->town->hub, b->wall_ms - 80000000);
	assert_true(box_view(b).clock_sure);
	id = box_alarm(b);
	box_run(b, 500);
	assert_int_equal(box_view(b).sounding, id);
	box_end(b, ORDER_STOP, id, CLARA, 0);
	assert_false(b->relay);
	/* But an all clear is. It was made for now: it waits until the clock is set right. */
	box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	box_run(b, 5000);
	assert_false(b->relay);
	assert_int_equal(box_refused(b, VERDICT_EARLY), 0);
	box_heartbeat(b, &b->town->hub, b->wall_ms - 1000);
	box_run(b, 2000);
	assert_true(b->relay);
}

static void
the_stale_heartbeat_of_a_lonely_edge_is_outgrown_by_the_next(void **state)
{
	struct box *b = box_of(state);

	b->hub_down = true;
	for (int chip = 0; chip < 2; chip++) {
		b->no_chip = !chip;
		box_restart(b, 1000);
		box_heartbeat(b, &b->town->hub, b->wall_ms - 300000);
		assert_true(box_view(b).clock_sure);
		box_run(b, 10000);
		if (!chip) /* then an order's time tells that the clock is behind */
			box_alarm(b);
		box_heartbeat(b, &b->town->hub, b->wall_ms - 1000);
		assert_in_range(b->wall_ms - box_view(b).now_ms, 0, 1000);
	}
}

static void
a_chip_that_is_ahead_costs_no_all_clear_and_no_alarm(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b); /* stored, not begun */

	b->chip_ms = 2 * 3600000; /* it was set to local time */
	box_restart(b, 1000);
	assert_int_equal(b->tickets, 1); /* the numbers alone: it looks expired */
	box_run(b, 500);
	assert_true(box_view(b).clock_sure);
	box_run(b, 30000);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, id), 1);
	box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	box_run(b, 1000);
	assert_int_equal(b->closures, 2);
}

static void
operators_vouch_for_the_time_where_the_chip_is_wrong(void **state)
{
	struct box *b = box_of(state);
	uint64_t id;

	b->chip_ms = -30 * 86400000LL;
	box_run(b, 700000); /* a floor is stored */
	box_restart(b, 3 * 86400000);
	box_run(b, 30000);
	assert_false(box_view(b).clock_sure);
	id = box_alarm(b);
	box_run(b, 30000);
	assert_true(box_view(b).clock_sure);
	box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	box_run(b, 1000);
	assert_int_equal(b->closures, 2);
}

static void
without_a_chip_the_first_heartbeat_counts(void **state)
{
	struct box *b = box_of(state);

	b->no_chip = true;
	box_restart(b, 30 * 86400000LL);
	box_run(b, 100);
	assert_true(box_view(b).clock_sure);
}

/* ---- restarts ---- */

static void
a_restart_goes_on_where_it_was(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);

	box_run(b, 3000);
	box_restart(b, 2000);
	assert_true(b->relay);
	assert_int_equal(box_view(b).sounding, id);
	box_run(b, 6900);
	assert_true(b->relay);
	box_run(b, 300);
	assert_false(b->relay);
	box_run(b, 1000);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, id), 1);
	assert_int_equal(box_told(b, RECEIPT_RESTARTED, 0), 2);
	box_restart(b, 1000);
	box_run(b, 1000);
	assert_int_equal(b->closures, 2);
}

static void
a_sounding_that_goes_on_after_a_restart_is_told_at_once(void **state)
{
	struct box *b = box_of(state);

	box_alarm(b);
	box_run(b, 3000);
	box_restart(b, 1000);
	box_run(b, SIREN_CURRENT_MS + 100);
	assert_true(b->relay);
	assert_true(box_last(b, RECEIPT_STATUS)->receipt.inputs & INPUT_CURRENT);
}

static void
what_was_on_disk_but_had_not_begun_sounds_exactly_once(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);

	box_restart(b, 2000); /* the record was written, the horn had not begun */
	box_run(b, 20000);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, id), 1);
	box_restart(b, 1000);
	box_run(b, 5000);
	assert_int_equal(b->closures, 1);
}

static void
a_long_power_cut_leaves_nothing_to_go_on_with(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);

	box_run(b, 3000);
	box_restart(b, 60000); /* the pattern would be over */
	box_run(b, 1000);
	assert_int_equal(b->closures, 1);
	assert_true(siren_lives(b->siren, id, b->mono_ms));
}

static void
a_chip_that_lost_its_time_lets_the_alarm_begin_anew(void **state)
{
	struct box *b = box_of(state);

	box_alarm(b);
	box_run(b, 3000);
	b->chip_ms = -500 * 86400000LL;
	box_restart(b, 5000);
	assert_true(b->relay);
	box_run(b, 11900);
	assert_true(b->relay);
}

static void
a_restart_never_sounds_an_expired_order(void **state)
{
	struct box *b = box_of(state);

	box_alarm(b); /* stored, not begun */
	box_restart(b, 700000);
	box_run(b, 5000);
	assert_int_equal(b->closures, 0);
}

static void
a_restart_begins_no_test(void **state)
{
	struct box *b = box_of(state);
	struct order_body growl = growl_body(b);

	assert_int_equal(box_order(b, growl, GITA, 0), growl.id);
	assert_true(b->tickets > 0);
	box_restart(b, 1000);
	box_run(b, 10000);
	assert_int_equal(b->closures, 0);
}

static void
a_restart_opens_a_relay_that_was_left_closed(void **state)
{
	struct box *b = box_of(state);

	b->relay = true;
	siren_start(b->siren, b->mono_ms, &b->todo);
	box_step(b, &(struct siren_event){.kind = SIREN_TICK});
	assert_false(b->relay);
}

static void
a_replay_after_a_power_cut_is_known(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);

	body.lifetime_s = 60;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 200000); /* it has expired; the stored floor is older */
	b->hub_down = true;
	box_compact(b);
	box_restart(b, 1000);
	box_order(b, body, ANNA, BORIS);
	box_run(b, 5000);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_refused(b, VERDICT_REPEAT), 1);
}

static void
known_orders_are_forgotten_when_no_power_cut_can_bring_them_back(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);

	box_order(b, body, ANNA, BORIS);
	box_run(b, 1900000);
	box_order(b, body, ANNA, BORIS);
	assert_int_equal(box_refused(b, VERDICT_EXPIRED), 1);
	box_compact(b);
	box_restart(b, 1000);
	b->hub_down = true;
	box_order(b, body, ANNA, BORIS);
	assert_int_equal(box_refused(b, VERDICT_EXPIRED), 1);
}

static void
a_pattern_that_is_gone_after_a_restart_breaks_nothing(void **state)
{
	struct box *b = box_of(state);
	struct patterns *with = b->town->patterns, *without;
	struct pattern growl = *patterns_find(with, PATTERN_GROWL);
	uint64_t id = box_alarm(b);

	assert_int_equal(patterns_new(&without), ERR_OK);
	assert_int_equal(patterns_add(without, &growl, NULL), ERR_OK);
	b->town->patterns = without;
	box_restart(b, 1000);
	box_run(b, 5000);
	assert_int_equal(b->closures, 0);
	assert_int_equal(box_told(b, RECEIPT_FAILED, id), 1); /* and it says so */
	b->town->patterns = with;
	patterns_free(without);
}

static void
spoiled_records_are_left_out(void **state)
{
	struct box *b = box_of(state);

	box_alarm(b);
	box_run(b, 20000);
	for (size_t i = 0; i < b->records; i++)
		if (b->record[i].record != SIREN_RECORD_NUMBER)
			b->record[i].bytes.len--;
	box_restart(b, 1000);
	box_run(b, 1000);
	box_alarm(b);
	box_run(b, 1000);
	assert_int_equal(b->closures, 2);
}

/* ---- receipts ---- */

static void
numbers_never_repeat_whatever_the_disk_had_written(void **state)
{
	struct box *b = box_of(state);
	uint64_t last = 0;

	for (int i = 0; i < 30; i++) { /* town.c fails if a number comes with other bytes */
		box_alarm(b);
		box_run(b, i % 3 == 0 ? 0 : 700);
		if (i % 4 == 0)
			box_compact(b);
		box_restart(b, 1000);
		box_run(b, 400);
		assert_true(box_last(b, RECEIPT_RESTARTED)->receipt.number > last);
		last = b->told[b->tolds - 1].receipt.number;
	}
}

static void
numbers_go_on_from_the_chip_where_the_disk_took_none(void **state)
{
	struct box *b = box_of(state);
	uint64_t last = 0;

	b->disk = DISK_HANGS;
	for (int i = 0; i < 5; i++) { /* town.c fails if a number comes with other bytes */
		box_restart(b, 1000);
		box_run(b, SIREN_DISK_MS + 100);
		assert_true(box_last(b, RECEIPT_RESTARTED)->receipt.number > last);
		last = b->told[b->tolds - 1].receipt.number;
	}
}

static void
no_receipt_leaves_before_its_number_is_on_disk(void **state)
{
	struct box *b = box_of(state);
	size_t before = b->tolds;

	box_restart(b, 1000);
	assert_int_equal(b->tolds, before);
	box_run(b, 10);
	assert_true(b->tolds > before);
	b->disk = DISK_HANGS;
	before = b->tolds;
	box_restart(b, 1000);
	box_run(b, SIREN_DISK_MS + 10);
	assert_true(b->tolds > before);
}

static void
what_the_hub_has_is_sent_no_more_and_what_it_lacks_is(void **state)
{
	struct box *b = box_of(state);
	uint64_t sounded, id = box_alarm(b);

	box_run(b, 20000);
	sounded = box_last(b, RECEIPT_SOUNDED)->receipt.number;
	box_step(b, &(struct siren_event){.kind = SIREN_RECEIVED, .number = UINT64_MAX});
	b->tolds = 0;
	box_restart(b, 1000);
	box_run(b, 10);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, id), 1);
	box_step(b, &(struct siren_event){.kind = SIREN_RECEIVED, .number = sounded});
	b->tolds = 0;
	box_restart(b, 1000);
	box_run(b, 10);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, id), 0);
	box_compact(b);
	b->tolds = 0;
	box_restart(b, 1000);
	box_run(b, 10);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, id), 0);
	assert_int_equal(box_told(b, RECEIPT_RESTARTED, 0), 3);
}

static void
a_flood_of_bad_orders_pushes_out_nothing(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);

	box_run(b, 20000);
	for (int i = 0; i < 2000; i++) { /* an hour of it, and nobody takes the receipts */
		box_order(b, box_body(b, ORDER_ALARM), ANNA, 0);
		box_run(b, 2000);
	}
	assert_in_range(box_told(b, RECEIPT_REFUSED, 0), 1000, 1400);
	b->tolds = 0;
	box_restart(b, 1000);
	box_run(b, 10);
	assert_int_equal(box_told(b, RECEIPT_SOUNDED, id), 1);
}

static void
an_outbox_full_of_soundings_keeps_the_newest(void **state)
{
	struct box *b = box_of(state);

	for (int i = 0; i < 100; i++) {
		struct order_body body = box_body(b, ORDER_ALARM);

		body.join = false;
		box_order(b, body, ANNA, BORIS);
		box_run(b, 14000);
	}
	b->tolds = 0;
	box_restart(b, 1000);
	box_run(b, 10);
	assert_in_range(b->tolds, SIREN_OUTBOX - 2, SIREN_OUTBOX + 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SUNG(unsure_of_the_time_alarm_and_stop_yes_all_clear_later),
		SUNG(an_early_order_is_held_until_its_time),
		SUNG(writings_of_one_early_order_leave_room_for_others),
		SUNG(an_expired_order_is_refused),
		SUNG(an_id_of_another_day_is_no_order),
		SUNG(heartbeats_pull_the_clock_by_two_seconds_a_minute_at_most),
		SUNG(one_heartbeat_far_ahead_counts_once),
		SUNG(an_old_heartbeat_moves_nothing),
		SUNG(a_stolen_hub_and_a_restart_do_not_make_orders_look_expired),
		SUNG(a_clock_that_was_set_back_makes_no_alarm_early),
		SUNG(the_stale_heartbeat_of_a_lonely_edge_is_outgrown_by_the_next),
		SUNG(a_chip_that_is_ahead_costs_no_all_clear_and_no_alarm),
		SUNG(operators_vouch_for_the_time_where_the_chip_is_wrong),
		SUNG(without_a_chip_the_first_heartbeat_counts),
		SUNG(a_restart_goes_on_where_it_was),
		SUNG(a_sounding_that_goes_on_after_a_restart_is_told_at_once),
		SUNG(what_was_on_disk_but_had_not_begun_sounds_exactly_once),
		SUNG(a_long_power_cut_leaves_nothing_to_go_on_with),
		SUNG(a_chip_that_lost_its_time_lets_the_alarm_begin_anew),
		SUNG(a_restart_never_sounds_an_expired_order),
		SUNG(a_restart_begins_no_test),
		SUNG(a_restart_opens_a_relay_that_was_left_closed),
		SUNG(a_replay_after_a_power_cut_is_known),
		SUNG(known_orders_are_forgotten_when_no_power_cut_can_bring_them_back),
		SUNG(a_pattern_that_is_gone_after_a_restart_breaks_nothing),
		SUNG(spoiled_records_are_left_out),
		SUNG(numbers_never_repeat_whatever_the_disk_had_written),
		SUNG(numbers_go_on_from_the_chip_where_the_disk_took_none),
		SUNG(no_receipt_leaves_before_its_number_is_on_disk),
		SUNG(what_the_hub_has_is_sent_no_more_and_what_it_lacks_is),
		SUNG(a_flood_of_bad_orders_pushes_out_nothing),
		SUNG(an_outbox_full_of_soundings_keeps_the_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
