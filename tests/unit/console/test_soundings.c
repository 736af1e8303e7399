/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "console/soundings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *
board(void)
{
	return json_pack("{s:[{s:i,s:i},{s:i,s:i},{s:i,s:i}]}", "sirens", "siren", 1,
		"zone", 2, "siren", 2, "zone", 3, "siren", 3, "zone", 4);
}

static json_t *
alert(const char *order, int zone_a, int zone_b)
{
	return json_pack("{s:[s],s:[i,i]}", "orders", order, "zones", zone_a, zone_b);
}

static void
hear(struct heard_ring *r, const char *event, const char *order, int siren)
{
	json_t *o =
		json_pack("{s:s,s:s,s:i}", "event", event, "order", order, "siren", siren);

	assert_int_equal(heard_add(r, o), ERR_OK);
	json_decref(o);
}

static void
expect(const struct heard_ring *r, json_t *alerts, size_t at, int sounded, int failed,
	int unknown)
{
	json_t *b = board();
	struct soundings *s = soundings_count(r, NULL, b, alerts);

	assert_non_null(s);
	assert_int_equal(s[at].sounded, sounded);
	assert_int_equal(s[at].failed, failed);
	assert_int_equal(s[at].unknown, unknown);
	assert_int_equal(s[at].ordered, sounded + failed + unknown);
	free(s);
	json_decref(b);
}

#define FIRST "00000000000000aa"
#define SECOND "00000000000000bb"

static void
who_said_nothing_is_unknown(void **state)
{
	struct heard_ring r = {0};
	json_t *alerts = json_pack("[o]", alert(FIRST, 2, 3));

	(void)state;
	expect(&r, alerts, 0, 0, 0, 2);
	hear(&r, "sounding", FIRST, 1);
	expect(&r, alerts, 0, 1, 0, 1);
	hear(&r, "status", FIRST, 2);
	expect(&r, alerts, 0, 1, 0, 1);
	json_decref(alerts);
	heard_free(&r);
}

static void
the_last_word_counts(void **state)
{
	struct heard_ring r = {0};
	json_t *alerts = json_pack("[o]", alert(FIRST, 2, 3));

	(void)state;
	hear(&r, "sounding", FIRST, 1);
	hear(&r, "failed", FIRST, 1);
	expect(&r, alerts, 0, 0, 1, 1);
	hear(&r, "sounded", FIRST, 1);
	expect(&r, alerts, 0, 1, 0, 1);
	json_decref(alerts);
	heard_free(&r);
}

static void
each_alert_has_its_own_count(void **state)
{
	struct heard_ring r = {0};
	json_t *alerts = json_pack("[o,o]", alert(SECOND, 3, 4), alert(FIRST, 2, 3));

	(void)state;
	hear(&r, "sounded", FIRST, 1);
	hear(&r, "failed", SECOND, 3);
	hear(&r, "sounded", SECOND, 1); /* not its zone: counts nowhere */
	hear(&r, "sounded", "00000000000000cc", 2);
	expect(&r, alerts, 0, 0, 1, 1);
	expect(&r, alerts, 1, 1, 0, 1);
	json_decref(alerts);
	heard_free(&r);
}

static void
what_is_too_old_is_unknown_again(void **state)
{
	struct heard_ring r = {0};
	json_t *alerts = json_pack("[o]", alert(FIRST, 2, 2));

	(void)state;
	hear(&r, "sounded", FIRST, 1);
	for (int i = 0; i < HEARD_KEPT - 1; i++)
		hear(&r, "sounded", SECOND, 2);
	expect(&r, alerts, 0, 1, 0, 0);
	hear(&r, "sounded", SECOND, 2);
	expect(&r, alerts, 0, 0, 0, 1);
	json_decref(alerts);
	heard_free(&r);
}

static void
nonsense_is_passed_over(void **state)
{
	struct heard_ring r = {0};
	json_t *nothing = json_object(), *empty = json_array();
	struct soundings *s;

	(void)state;
	assert_int_equal(heard_add(&r, nothing), ERR_OK);
	hear(&r, "sounded", "no order", 1);
	assert_int_equal(r.count, 0);
	s = soundings_count(&r, NULL, nothing, empty);
	assert_non_null(s);
	free(s);
	json_decref(nothing);
	json_decref(empty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_said_nothing_is_unknown),
		cmocka_unit_test(the_last_word_counts),
		cmocka_unit_test(each_alert_has_its_own_count),
		cmocka_unit_test(what_is_too_old_is_unknown_again),
		cmocka_unit_test(nonsense_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
