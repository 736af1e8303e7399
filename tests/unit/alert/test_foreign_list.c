/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_foreign_list.c: what of others' alerts is passed on, and what never is. */
#include "alert/foreign_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static json_t *
alert(void)
{
	return json_pack("{s:s,s:i,s:s,s:b,s:s,s:b,s:{s:s},s:s,s:s,s:s,s:s,s:I,s:n}",
		"state", "live", "status", 0, "scope", "Public", "all_clear", 0, "verdict",
		"valid", "trusted", 1, "signature", "state", "good", "severity", "Severe",
		"source", "met", "sender", "met@example.org", "identifier", "A", "sent_ms",
		(json_int_t)1795348800000LL, "expires_ms");
}

static size_t
passed(json_t *a, struct foreign_rule rule)
{
	json_t *out = json_array(), *list = json_pack("[O]", a);
	size_t n;

	assert_int_equal(foreign_pick(out, list, &rule), 0);
	n = json_array_size(out);
	json_decref(list);
	json_decref(out);
	return n;
}

static void
a_live_public_real_and_trusted_alert_passes_as_theirs(void **state)
{
	json_t *a = alert(), *out = json_array(), *list = json_pack("[o]", a);
	const json_t *told;

	(void)state;
	assert_int_equal(
		foreign_pick(out, list, &(struct foreign_rule){true, false, 3}), 0);
	told = json_array_get(out, 0);
	assert_string_equal(json_string_value(json_object_get(told, "by")), "met");
	assert_string_equal(json_string_value(json_object_get(told, "sent")),
		"2026-11-22T12:00:00.000Z");
	assert_true(json_is_null(json_object_get(told, "expires")));
	json_decref(out);
	json_decref(list);
}

static void
one_thing_wrong_and_it_does_not_pass(void **state)
{
	static const char *const change[] = {
		"{\"state\":\"over\"}",
		"{\"state\":\"refused\"}",
		"{\"state\":\"message\"}",
		"{\"status\":1}",
		"{\"status\":3}",
		"{\"scope\":\"Private\"}",
		"{\"all_clear\":true}",
		"{\"verdict\":\"invalid\"}",
		"{\"verdict\":\"legacy\"}",
		"{\"trusted\":false}",
		"{\"severity\":\"Moderate\"}",
		"{\"severity\":\"Terrible\"}",
		"{\"signature\":{\"state\":\"bad\"}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
		json_t *a = alert(), *with = json_loads(change[i], 0, NULL);

		json_object_update(a, with);
		if (passed(a, (struct foreign_rule){true, false, 3}) != 0)
			fail_msg("%s passes", change[i]);
		json_decref(with);
		json_decref(a);
	}
}

static void
unsigned_ones_pass_where_the_rule_says_so_but_never_a_bad_signature(void **state)
{
	json_t *a = alert();
	struct foreign_rule rule = {true, true, 0};

	(void)state;
	json_object_set_new(a, "trusted", json_false());
	assert_int_equal(passed(a, rule), 1);
	json_object_set_new(a, "signature", json_pack("{s:s}", "state", "bad"));
	assert_int_equal(passed(a, rule), 0);
	json_decref(a);
	a = alert();
	assert_int_equal(passed(a, (struct foreign_rule){false, true, 0}), 0);
	json_decref(a);
}

static void
more_than_it_holds_are_counted(void **state)
{
	json_t *out = json_array(), *list = json_array();

	(void)state;
	for (int i = 0; i < FOREIGN_LIST_ALERTS + 7; i++)
		json_array_append_new(list, alert());
	assert_int_equal(
		foreign_pick(out, list, &(struct foreign_rule){true, false, 0}), 7);
	assert_int_equal(json_array_size(out), FOREIGN_LIST_ALERTS);
	json_decref(out);
	json_decref(list);
}

static void
only_lists_of_that_form_are_read(void **state)
{
	static const char *const wrong[] = {"", "[]", "{}", "{\"sources\":[]}",
		"{\"sources\":[],\"alerts\":[5]}", "{\"sources\":{},\"alerts\":[]}",
		"{\"sources\":[],\"alerts\":[],\"alerts\":[]}"};
	json_t *good = foreign_list_read(bytes_of_text("{\"sources\":[{}],\"alerts\":[]}"));

	(void)state;
	assert_non_null(good);
	json_decref(good);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (foreign_list_read(bytes_of_text(wrong[i])) != NULL)
			fail_msg("%s", wrong[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_live_public_real_and_trusted_alert_passes_as_theirs),
		cmocka_unit_test(one_thing_wrong_and_it_does_not_pass),
		cmocka_unit_test(
			unsigned_ones_pass_where_the_rule_says_so_but_never_a_bad_signature),
		cmocka_unit_test(more_than_it_holds_are_counted),
		cmocka_unit_test(only_lists_of_that_form_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
