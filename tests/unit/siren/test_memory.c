/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a siren's brain remembers: time, restarts, rosters, revocations, mandates, receipts. */
#include "town/town.h"

#include "bulletin/takeover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct world {
	struct town town;
	struct box box;
};

static int
setup(void **state)
{
	static struct world w;

	town_new(&w.town);
	box_new(&w.box, &w.town);
	*state = &w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	box_free(&w->box);
	town_free(&w->town);
	return 0;
}

#define SUNG(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static struct box *
box_of(void **state)
{
	return &((struct world *)*state)->box;
}

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
a_restart_begins_no_all_clear_and_no_test(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);
	struct order_body growl = box_body(b, ORDER_TEST);

	box_run(b, 15000);
	box_end(b, ORDER_ALL_CLEAR, id, ANNA, BORIS);
	box_restart(b, 1000);
	box_run(b, 10000);
	growl.pattern = PATTERN_GROWL;
	box_order(b, growl, GITA, 0);
	box_restart(b, 1000);
	box_run(b, 10000);
	assert_int_equal(b->closures, 1);
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

	box_alarm(b);
	assert_int_equal(patterns_new(&without), ERR_OK);
	assert_int_equal(patterns_add(without, &growl, NULL), ERR_OK);
	b->town->patterns = without;
	box_restart(b, 1000);
	box_run(b, 5000);
	assert_int_equal(b->closures, 0);
	b->town->patterns = with;
	patterns_free(without);
	box_restart(b, 1000);
	box_run(b, 5000);
	assert_int_equal(b->closures, 1);
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

/* ---- one key alone ---- */

static void
a_mandate_holds_its_sensor_to_its_limits(void **state)
{
	struct box *b = box_of(state);
	struct order_body body;

	body = box_body(b, ORDER_SENSOR);
	body.seconds = 31;
	box_order(b, body, SENSOR, 0);
	body = box_body(b, ORDER_SENSOR);
	body.seconds = 0; /* as long as the pattern: not what the mandate says */
	box_order(b, body, SENSOR, 0);
	body = box_body(b, ORDER_SENSOR);
	body.pattern = RARE;
	box_order(b, body, SENSOR, 0);
	body = box_body(b, ORDER_SENSOR);
	body.zones.number[0] = DISTRICT;
	box_order(b, body, SENSOR, 0);
	body = box_body(b, ORDER_SENSOR);
	body.lifetime_s = 1801;
	box_order(b, body, SENSOR, 0);
	body = box_body(b, ORDER_SENSOR);
	body.hazard = HAZARD_CBRN;
	box_order(b, body, SENSOR, 0);
	body = box_body(b, ORDER_SENSOR);
	body.hazard = HAZARD_EVACUATION;
	box_order(b, body, SENSOR, 0);
	box_order(b, box_body(b, ORDER_BREAK_GLASS), ANNA, 0); /* has none */
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 8);
	for (int i = 0; i < 3; i++)
		box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 9);
	box_run(b, 60000);
	assert_int_equal(b->closures, 2);
	box_restart(b, 1000);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 1);
	box_run(b, 3600000);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	box_run(b, 86400000);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 2);
}

static void
suspend(struct box *b, uint16_t mandate, uint16_t key, int64_t time_ms)
{
	struct suspension s = {.territory = TERRITORY,
		.mandate = mandate,
		.key = key,
		.time_s = (uint32_t)(time_ms / 1000)};
	struct hash digest = suspension_digest(&s);
	struct buffer bytes = {0};

	s.signature = signature_make(
		town_key(b->town, key), bytes_of(digest.at, sizeof digest.at));
	suspension_write(&bytes, &s);
	box_entry(b, &b->town->hub, "mandate", buffer_bytes(&bytes));
	buffer_free(&bytes);
}

static void
any_operator_suspends_a_mandate_for_an_hour(void **state)
{
	struct box *b = box_of(state);

	/* Mandates that do not exist, and hours that have not come, take no room. */
	for (uint16_t i = 10; i < 200; i++)
		suspend(b, i, CLARA, b->wall_ms);
	suspend(b, 1, CLARA, b->wall_ms + 86400000);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_SUSPENDED), 0);
	suspend(b, 1, SENSOR, b->wall_ms); /* a sensor is no operator */
	suspend(b, 1, STRANGER, b->wall_ms);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_SUSPENDED), 0);
	suspend(b, 1, CLARA, b->wall_ms);
	suspend(b, 2, CLARA, b->wall_ms);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	box_order(b, box_body(b, ORDER_BREAK_GLASS), FARUK, 0);
	assert_int_equal(box_refused(b, VERDICT_SUSPENDED), 2);
	box_compact(b);
	box_restart(b, 1000);
	box_run(b, 100);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_SUSPENDED), 1);
	box_run(b, 3600000);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_SUSPENDED), 1);
}

static void
a_mandate_ends_nothing_that_two_operators_ordered(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);
	struct made m;
	struct buffer bytes;

	box_run(b, 2000);
	made_body(&m, box_body(b, ORDER_SENSOR));
	m.order.body_count = 2;
	m.order.body[1] = m.order.body[0];
	m.order.body[1].class = ORDER_ALL_CLEAR;
	m.order.body[1].pattern = 0;
	m.order.body[1].end_count = 1;
	m.order.body[1].ends[0] = id;
	made_sign(&m, b->town, SENSOR);
	bytes = made_bytes(&m);
	box_give(b, buffer_bytes(&bytes));
	buffer_free(&bytes);
	assert_int_equal(box_refused(b, VERDICT_FORMAT), 1);
	assert_true(siren_lives(b->siren, id, b->mono_ms));
}

static void
tests_cannot_grow(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_TEST);
	int64_t since;

	body.pattern = PATTERN_GROWL;
	body.seconds = 60000;
	box_order(b, body, GITA, 0);
	box_run(b, 100);
	assert_true(b->relay);
	since = b->closed_at_ms;
	while (b->relay)
		box_run(b, 10);
	assert_true(b->mono_ms - since <= 5000);
	box_restart(b, 1000); /* once a day, restart or not */
	box_run(b, 100);
	body = box_body(b, ORDER_TEST);
	body.pattern = PATTERN_GROWL;
	box_order(b, body, GITA, 0);
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 1);
	body = box_body(b, ORDER_TEST);
	body.pattern = ATTACK;
	box_order(b, body, GITA, 0);
	body = box_body(b, ORDER_TEST);
	body.pattern = 0;
	box_order(b, body, GITA, 0);
	body = box_body(b, ORDER_ALARM);
	body.pattern = PATTERN_GROWL;
	box_order(b, body, ANNA, BORIS);
	assert_int_equal(box_refused(b, VERDICT_PATTERN), 3);
	box_run(b, 10000);
	assert_int_equal(b->closures, 1);
	box_run(b, 86400000);
	body = box_body(b, ORDER_TEST);
	body.pattern = PATTERN_GROWL;
	box_order(b, body, GITA, 0);
	box_run(b, 10000);
	assert_int_equal(b->closures, 2);
}

static void
an_alarm_never_sounds_the_all_clear_nor_an_all_clear_the_alarm(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);
	uint64_t id = box_alarm(b);

	body.pattern = CLEAR;
	box_order(b, body, ANNA, BORIS);
	body = box_body(b, ORDER_ALL_CLEAR);
	body.pattern = ATTACK;
	body.end_count = 1;
	body.ends[0] = id;
	box_order(b, body, ANNA, BORIS);
	body = box_body(b, ORDER_ALARM);
	body.pattern = 99; /* there is none */
	box_order(b, body, ANNA, BORIS);
	assert_int_equal(box_refused(b, VERDICT_PATTERN), 3);
}

static void
a_silent_test_is_silent_and_waits_for_nobodys_alarm(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_order(b, box_body(b, ORDER_TEST), GITA, 0), alarm;

	box_run(b, 1000);
	assert_int_equal(b->plays, 1);
	alarm = box_alarm(b); /* at once, not after the test */
	box_run(b, 300);
	assert_int_equal(box_view(b).sounding, alarm);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_told(b, RECEIPT_ENDED, id), 1);
	box_order(b, box_body(b, ORDER_TEST), GITA, 0);
	assert_int_equal(box_refused(b, VERDICT_ALARM_LIVE), 1);
	box_run(b, 5000);
	assert_int_equal(box_view(b).sounding, alarm);
}

static void
tests_do_not_fill_the_memory(void **state)
{
	struct box *b = box_of(state);

	for (int i = 0; i < 200; i++) {
		box_order(b, box_body(b, ORDER_TEST), GITA, 0);
		box_run(b, 3000);
	}
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 200 - SIREN_TESTS);
}

/* ---- keys and rosters ---- */

static void
revoke(struct box *b, uint16_t key, uint16_t first, uint16_t second)
{
	struct revocation v = {.territory = TERRITORY,
		.key = key,
		.time_s = (uint32_t)(b->wall_ms / 1000),
		.approval_count = second ? 2 : 1};
	uint16_t by[2] = {first, second};
	struct hash digest = revocation_digest(&v);
	struct buffer bytes = {0};

	for (int i = 0; i < v.approval_count; i++)
		v.approval[i] = (struct document_approval){
			by[i], signature_make(town_key(b->town, by[i]),
				       bytes_of(digest.at, sizeof digest.at))};
	revocation_write(&bytes, &v);
	box_entry(b, &b->town->hub, "revocation", buffer_bytes(&bytes));
	buffer_free(&bytes);
}

static void
a_revoked_key_orders_nothing_more_not_even_after_a_restart(void **state)
{
	struct box *b = box_of(state);

	revoke(b, HANNA, CLARA, BORIS); /* Clara is no administrator */
	revoke(b, HANNA, ANNA, 0);
	revoke(b, HANNA, ANNA, ANNA);
	box_order(b, box_body(b, ORDER_ALARM), HANNA, CLARA);
	box_run(b, 1000);
	assert_int_equal(b->closures, 1);
	revoke(b, HANNA, ANNA, BORIS);
	revoke(b, CLARA, CLARA, 0); /* she herself */
	box_order(b, box_body(b, ORDER_ALARM), HANNA, IVAN);
	box_order(b, box_body(b, ORDER_ALARM), IVAN, CLARA);
	assert_int_equal(box_refused(b, VERDICT_KEY_REVOKED), 2);
	box_compact(b);
	box_restart(b, 60000);
	box_order(b, box_body(b, ORDER_ALARM), IVAN, CLARA);
	assert_int_equal(box_refused(b, VERDICT_KEY_REVOKED), 1);
}

static void
next_roster(struct box *b, struct roster *r, uint16_t first, uint16_t second)
{
	struct buffer data = town_document(b->town, r, first, second);

	box_entry(b, &b->town->hub, "roster", buffer_bytes(&data));
	buffer_free(&data);
}

static void
two_administrators_change_the_roster_and_it_stays_changed(void **state)
{
	struct box *b = box_of(state);
	struct arena *arena;
	struct roster r;

	assert_int_equal(arena_new(&arena), ERR_OK);
	r = town_roster(b->town, arena);
	r.previous = r.hash;
	r.serial = 2;
	r.key_count--; /* Ivan goes */
	next_roster(b, &r, ANNA, CLARA);
	next_roster(b, &r, ANNA, ANNA);
	assert_int_equal(box_view(b).roster, 1);
	next_roster(b, &r, ANNA, BORIS);
	assert_int_equal(box_view(b).roster, 2);
	next_roster(b, &r, ANNA, BORIS); /* again: it does not follow itself */
	box_order(b, box_body(b, ORDER_ALARM), IVAN, ANNA);
	assert_int_equal(box_refused(b, VERDICT_KEY_UNKNOWN), 1);
	box_compact(b);
	box_restart(b, 1000);
	assert_int_equal(box_view(b).roster, 2);
	box_order(b, box_body(b, ORDER_ALARM), IVAN, ANNA);
	assert_int_equal(box_refused(b, VERDICT_KEY_UNKNOWN), 1);
	arena_free(arena);
}

static void
a_key_is_revoked_before_the_roster_that_brings_it(void **state)
{
	struct box *b = box_of(state);
	struct arena *arena;
	struct roster r;
	struct roster_key key[KEYS + 1];

	assert_int_equal(arena_new(&arena), ERR_OK);
	r = town_roster(b->town, arena);
	for (int i = 0; i < r.key_count; i++)
		key[i] = r.key[i];
	key[r.key_count] = key[r.key_count - 1];
	key[r.key_count].number = STRANGER;
	key[r.key_count].key = b->town->stranger.public;
	r.key = key;
	r.key_count++;
	r.previous = r.hash;
	r.serial = 2;
	revoke(b, STRANGER, STRANGER, 0); /* nobody knows the key yet */
	revoke(b, STRANGER, ANNA, BORIS);
	next_roster(b, &r, ANNA, BORIS);
	assert_int_equal(box_view(b).roster, 2);
	box_order(b, box_body(b, ORDER_ALARM), STRANGER, ANNA);
	assert_int_equal(box_refused(b, VERDICT_KEY_REVOKED), 1);
	arena_free(arena);
}

static void
a_hub_that_left_the_roster_moves_no_clock(void **state)
{
	struct box *b = box_of(state);
	struct arena *arena;
	struct roster r;
	int64_t before;

	assert_int_equal(arena_new(&arena), ERR_OK);
	r = town_roster(b->town, arena);
	r.previous = r.hash;
	r.serial = 2;
	r.hub[0] = (struct roster_hub){
		.term = 1, .name = "other", .key = b->town->stranger.public};
	next_roster(b, &r, ANNA, BORIS);
	b->hub_down = true;
	box_run(b, 60000);
	before = box_view(b).now_ms - b->wall_ms;
	box_heartbeat(b, &b->town->hub, b->wall_ms + 30000);
	assert_int_equal(box_view(b).now_ms - b->wall_ms, before);
	box_heartbeat(b, &b->town->stranger, b->wall_ms + 30000);
	assert_true(box_view(b).now_ms - b->wall_ms > before);
	arena_free(arena);
}

static void
a_takeover_is_remembered(void **state)
{
	struct box *b = box_of(state);
	struct arena *arena;
	struct roster r;
	struct roster_hub hub[2];
	struct takeover t = {.term = 2, .last_number = 0};
	struct made m;
	struct buffer data = {0};
	struct checkpoint c = {.territory = TERRITORY, .term = 2};
	struct tree empty = {0};
	struct siren_event ev = {.kind = SIREN_CHECKPOINT, .heartbeat = {&c, NULL, 0}};

	assert_int_equal(arena_new(&arena), ERR_OK);
	r = town_roster(b->town, arena);
	hub[0] = r.hub[0];
	hub[1] = (struct roster_hub){
		.term = 2, .name = "standby", .key = b->town->stranger.public};
	r.hub = hub;
	r.hub_count = 2;
	r.previous = r.hash;
	r.serial = 2;
	next_roster(b, &r, ANNA, BORIS);
	for (int signers = 1; signers <= 2; signers++) {
		made_body(&m, box_body(b, ORDER_TAKEOVER));
		m.order.body[0].content = takeover_content(&t);
		made_sign(&m, b->town, ANNA);
		if (signers == 2)
			made_sign(&m, b->town, BORIS);
		buffer_clear(&data);
		takeover_write(&data, &t, &m.order);
		box_entry(b, &b->town->hub, "takeover", buffer_bytes(&data));
	}
	buffer_free(&data);
	b->hub_down = true;
	box_compact(b);
	box_restart(b, 1000);
	c.root = tree_root(&empty);
	c.time_ms = b->wall_ms;
	checkpoint_sign(&c, &b->town->stranger);
	box_step(b, &ev);
	assert_true(box_view(b).clock_sure);
	box_heartbeat(
		b, &b->town->hub, b->wall_ms + 20000); /* the old one counts no more */
	assert_in_range(box_view(b).now_ms - b->wall_ms + 100, 0, 200);
	arena_free(arena);
}

static void
a_key_for_other_zones_orders_nothing_here(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);

	box_order(b, body, DORA, BORIS);
	body = box_body(b, ORDER_ALARM);
	body.zones.count = 2;
	body.zones.number[1] = 7;
	box_order(b, body, DORA, BORIS);
	box_end(b, ORDER_STOP, 4711, DORA, 0);
	assert_int_equal(box_refused(b, VERDICT_ZONE_RIGHTS), 3);
}

static void
a_flood_of_valid_orders_forgets_what_says_least(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);
	struct order_body body;

	box_run(b, 1000);
	for (int i = 0; i < 1100; i++) { /* two operators who conspire */
		body = box_body(b, ORDER_ALL_CLEAR);
		body.pattern = 0;
		body.end_count = ORDER_ENDS;
		for (int j = 0; j < ORDER_ENDS; j++)
			body.ends[j] = order_id_make(b->wall_ms, (uint16_t)(i * 8 + j)) +
				       ((uint64_t)i << 20) + 1;
		box_order(b, body, ANNA, BORIS);
	}
	assert_true(siren_lives(b->siren, id, b->mono_ms));
	box_end(b, ORDER_STOP, id, CLARA, 0);
	assert_false(b->relay);
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
		SUNG(operators_vouch_for_the_time_where_the_chip_is_wrong),
		SUNG(without_a_chip_the_first_heartbeat_counts),
		SUNG(a_restart_goes_on_where_it_was),
		SUNG(what_was_on_disk_but_had_not_begun_sounds_exactly_once),
		SUNG(a_long_power_cut_leaves_nothing_to_go_on_with),
		SUNG(a_chip_that_lost_its_time_lets_the_alarm_begin_anew),
		SUNG(a_restart_never_sounds_an_expired_order),
		SUNG(a_restart_begins_no_all_clear_and_no_test),
		SUNG(a_restart_opens_a_relay_that_was_left_closed),
		SUNG(a_replay_after_a_power_cut_is_known),
		SUNG(known_orders_are_forgotten_when_no_power_cut_can_bring_them_back),
		SUNG(a_pattern_that_is_gone_after_a_restart_breaks_nothing),
		SUNG(spoiled_records_are_left_out),
		SUNG(numbers_never_repeat_whatever_the_disk_had_written),
		SUNG(no_receipt_leaves_before_its_number_is_on_disk),
		SUNG(what_the_hub_has_is_sent_no_more_and_what_it_lacks_is),
		SUNG(a_flood_of_bad_orders_pushes_out_nothing),
		SUNG(an_outbox_full_of_soundings_keeps_the_newest),
		SUNG(a_mandate_holds_its_sensor_to_its_limits),
		SUNG(any_operator_suspends_a_mandate_for_an_hour),
		SUNG(a_mandate_ends_nothing_that_two_operators_ordered),
		SUNG(tests_cannot_grow),
		SUNG(an_alarm_never_sounds_the_all_clear_nor_an_all_clear_the_alarm),
		SUNG(a_silent_test_is_silent_and_waits_for_nobodys_alarm),
		SUNG(tests_do_not_fill_the_memory),
		SUNG(a_revoked_key_orders_nothing_more_not_even_after_a_restart),
		SUNG(two_administrators_change_the_roster_and_it_stays_changed),
		SUNG(a_key_is_revoked_before_the_roster_that_brings_it),
		SUNG(a_hub_that_left_the_roster_moves_no_clock),
		SUNG(a_takeover_is_remembered),
		SUNG(a_key_for_other_zones_orders_nothing_here),
		SUNG(a_flood_of_valid_orders_forgets_what_says_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
