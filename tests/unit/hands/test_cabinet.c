/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hands/cabinet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BOXES = 3, CURRENT_MS = 20, MS = 1000000 };

/* A room with a clock that the test moves, and what was said and logged in it. */
struct room {
	struct cabinet *cabinet;
	struct buffer said, log;
	int64_t now_ms;
	cabinet_peer *hung_up; /* the peer of whom gone() is true */
};

static char ann, bob; /* two connections: their addresses are their names */

static void
say(void *ctx, cabinet_peer *to, const char *line, size_t len)
{
	struct room *r = ctx;

	write_text(&r->said, to == &ann ? "ann " : "bob ");
	write_bytes(&r->said, line, len);
}

static void
note(void *ctx, const char *line, size_t len)
{
	write_bytes(&((struct room *)ctx)->log, line, len);
}

static bool
gone(void *ctx, cabinet_peer *peer)
{
	struct room *r = ctx;

	if (peer == r->hung_up)
		cabinet_leave(r->cabinet, peer);
	return peer == r->hung_up;
}

static struct cabinet_time
now(const struct room *r)
{
	return (struct cabinet_time){r->now_ms * MS, 1000000 + r->now_ms};
}

static void
hear(struct room *r, cabinet_peer *from, const char *line, const char *answer)
{
	buffer_clear(&r->said);
	cabinet_take(r->cabinet, from, now(r), bytes_of_text(line));
	assert_string_equal(buffer_text(&r->said), answer);
}

static void
wait_ms(struct room *r, int64_t ms, const char *answer)
{
	buffer_clear(&r->said);
	r->now_ms += ms;
	cabinet_tick(r->cabinet, now(r));
	assert_string_equal(buffer_text(&r->said), answer);
}

static int
setup(void **state)
{
	struct room *r = calloc(1, sizeof *r);
	const struct cabinet_host host = {r, say, note, gone};

	*state = r;
	return cabinet_new(&r->cabinet, BOXES, CURRENT_MS, &host) != ERR_OK;
}

static int
teardown(void **state)
{
	struct room *r = *state;

	cabinet_free(r->cabinet);
	buffer_free(&r->said);
	buffer_free(&r->log);
	free(r);
	return 0;
}

static void
the_current_follows_the_relay_after_its_delay(void **state)
{
	struct room *r = *state;

	hear(r, &ann, "set 2 on", "ann inputs 2 1 0 1 13600 0 0 0\n");
	assert_int_equal(cabinet_due_ns(r->cabinet), CURRENT_MS * MS);
	wait_ms(r, 19, "");
	wait_ms(r, 1, "ann inputs 2 1 1 1 13250 0 0 0\n");
	assert_int_equal(cabinet_due_ns(r->cabinet), -1);
	hear(r, &ann, "set 2 off", "ann inputs 2 0 1 1 13250 0 0 0\n");
	wait_ms(r, 20, "ann inputs 2 0 0 1 13600 0 0 0\n");
}

static void
each_closing_and_opening_is_logged_once(void **state)
{
	struct room *r = *state;

	r->now_ms = 5;
	hear(r, &ann, "set 1 on", "ann inputs 1 1 0 1 13600 0 0 0\n");
	hear(r, &ann, "set 1 on", "ann inputs 1 1 0 1 13600 0 0 0\n");
	r->now_ms = 7;
	hear(r, &ann, "set 1 off", "ann inputs 1 0 0 1 13600 0 0 0\n");
	hear(r, &ann, "set 1 off", "ann inputs 1 0 0 1 13600 0 0 0\n");
	assert_string_equal(
		buffer_text(&r->log), "5000000 1000005 1 on\n7000000 1000007 1 off\n");
	hear(r, &bob, "count 1", "bob count 1 1 1\n");
	hear(r, &bob, "counts", "bob counts 1 1 1\n");
}

static void
a_short_closing_is_counted_though_no_current_is_ever_seen(void **state)
{
	struct room *r = *state;

	hear(r, &ann, "set 1 on", "ann inputs 1 1 0 1 13600 0 0 0\n");
	r->now_ms = 1;
	hear(r, &ann, "set 1 off", "ann inputs 1 0 0 1 13600 0 0 0\n");
	wait_ms(r, 100, "");
	hear(r, &bob, "count 1", "bob count 1 1 1\n");
}

static void
faults_show_as_they_would_in_a_cabinet(void **state)
{
	struct room *r = *state;

	hear(r, &ann, "fault 1 no-current", "ann ok\n");
	hear(r, &ann, "set 1 on", "ann inputs 1 1 0 1 13600 0 0 0\n");
	wait_ms(r, 100, "");
	hear(r, &bob, "fault 2 stuck-open", "bob ok\n");
	hear(r, &ann, "set 2 on", "ann inputs 2 0 0 1 13600 0 0 0\n");
	wait_ms(r, 100, "");
	hear(r, &bob, "count 2", "bob count 2 0 0\n");
	hear(r, &bob, "fault 2 none", "ann inputs 2 1 0 1 13600 0 0 0\nbob ok\n");
	wait_ms(r, 100, "ann inputs 2 1 1 1 13250 0 0 0\n");
	hear(r, &bob, "fault 2 stuck-closed", "ann inputs 2 1 1 1 13250 0 0 0\nbob ok\n");
	hear(r, &ann, "set 2 off", "ann inputs 2 1 1 1 13250 0 0 0\n");
	hear(r, &bob, "count 2", "bob count 2 1 0\n");
}

static void
somebody_starts_the_siren_by_hand(void **state)
{
	struct room *r = *state;

	hear(r, &ann, "serve 1 1", "ann inputs 1 0 0 1 13600 0 0 0\nann ok\n");
	hear(r, &bob, "activate 1", "ann inputs 1 0 0 1 13600 0 0 1\nbob ok\n");
	wait_ms(r, 20, "ann inputs 1 0 1 1 13250 0 0 1\n");
	hear(r, &bob, "activate 1 off", "ann inputs 1 0 1 1 13250 0 0 0\nbob ok\n");
	wait_ms(r, 20, "ann inputs 1 0 0 1 13600 0 0 0\n");
	assert_int_equal(r->log.len, 0);
}

static void
mains_battery_and_doors_are_told(void **state)
{
	struct room *r = *state;

	hear(r, &ann, "serve 3 3", "ann inputs 3 0 0 1 13600 0 0 0\nann ok\n");
	hear(r, &bob, "mains 3 off", "ann inputs 3 0 0 0 12700 0 0 0\nbob ok\n");
	hear(r, &bob, "door 3 cabinet open", "ann inputs 3 0 0 0 12700 1 0 0\nbob ok\n");
	hear(r, &bob, "door 3 battery open", "ann inputs 3 0 0 0 12700 1 1 0\nbob ok\n");
	hear(r, &bob, "battery 3 9000", "ann inputs 3 0 0 0 8100 1 1 0\nbob ok\n");
	hear(r, &ann, "set 3 on", "ann inputs 3 1 0 0 8100 1 1 0\n");
	wait_ms(r, 100, ""); /* an empty battery drives no horn */
	hear(r, &bob, "mains 3 on", "ann inputs 3 1 0 1 9000 1 1 0\nbob ok\n");
	wait_ms(r, 20, "ann inputs 3 1 1 1 8650 1 1 0\n");
}

static void
a_relay_has_one_owner_until_that_one_leaves(void **state)
{
	struct room *r = *state;

	hear(r, &ann, "set 1 on", "ann inputs 1 1 0 1 13600 0 0 0\n");
	hear(r, &bob, "set 1 off", "bob error box 1 is served by another connection\n");
	hear(r, &bob, "serve 1 2", "bob error box 1 is served by another connection\n");
	cabinet_leave(r->cabinet, &ann);
	hear(r, &bob, "serve 1 1", "bob inputs 1 1 0 1 13600 0 0 0\nbob ok\n");
	wait_ms(r, 20, "bob inputs 1 1 1 1 13250 0 0 0\n");
}

static void
the_ghost_of_a_killed_program_is_no_owner(void **state)
{
	struct room *r = *state;

	hear(r, &ann, "set 1 on", "ann inputs 1 1 0 1 13600 0 0 0\n");
	r->hung_up = &ann;
	hear(r, &bob, "set 1 off", "bob inputs 1 0 0 1 13600 0 0 0\n");
}

static void
wrong_lines_get_an_error_and_change_nothing(void **state)
{
	struct room *r = *state;
	static const char *const bad[] = {"", "set", "set 1", "set 1 on on",
		"set 1 on on on", "set 0 on", "set 4 on", "set 01 on", "set x on",
		"set 1 ON", "set  1 on", "serve 2 1", "serve 1 4", "fault 1 fire",
		"activate 1 x", "mains 1", "battery 1 65536", "door 1 front open",
		"door 1 battery ajar", "count 4", "counts 1", "SET 1 on"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		buffer_clear(&r->said);
		cabinet_take(r->cabinet, &ann, now(r), bytes_of_text(bad[i]));
		if (strncmp(buffer_text(&r->said), "ann error ", 10) != 0)
			fail_msg("\"%s\" got \"%s\"", bad[i], buffer_text(&r->said));
	}
	hear(r, &bob, "counts", "bob counts 0 0 0\n");
	hear(r, &bob, "state 1", "bob inputs 1 0 0 1 13600 0 0 0\n");
	assert_int_equal(cabinet_due_ns(r->cabinet), -1);
}

static void
many_boxes_at_once_settle_in_order(void **state)
{
	struct room *r = *state;
	struct cabinet *many;
	const struct cabinet_host host = {r, say, note, gone};
	char line[32];

	assert_int_equal(cabinet_new(&many, 2000, CURRENT_MS, &host), ERR_OK);
	for (int round = 0; round < 3; round++) {
		for (int box = 1; box <= 2000; box++) {
			snprintf(line, sizeof line, "set %d %s", box,
				round % 2 ? "off" : "on");
			cabinet_take(many, &ann, now(r), bytes_of_text(line));
		}
		r->now_ms += CURRENT_MS;
		buffer_clear(&r->said);
		cabinet_tick(many, now(r));
		assert_int_equal(cabinet_due_ns(many), -1);
		snprintf(line, sizeof line, "ann inputs 2000 %d", (round + 1) % 2);
		assert_non_null(strstr(buffer_text(&r->said), line));
	}
	cabinet_free(many);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_current_follows_the_relay_after_its_delay),
		TEST(each_closing_and_opening_is_logged_once),
		TEST(a_short_closing_is_counted_though_no_current_is_ever_seen),
		TEST(faults_show_as_they_would_in_a_cabinet),
		TEST(somebody_starts_the_siren_by_hand),
		TEST(mains_battery_and_doors_are_told),
		TEST(a_relay_has_one_owner_until_that_one_leaves),
		TEST(the_ghost_of_a_killed_program_is_no_owner),
		TEST(wrong_lines_get_an_error_and_change_nothing),
		TEST(many_boxes_at_once_settle_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
