/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/roster_make.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEY_1 "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define KEY_2 "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
#define KEY_3 "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="
#define KEY_4 "BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ="

struct words {
	const char *name, *text;
};

static int
make(struct buffer *out, const struct words *words, int count, const struct roster *now,
	struct bytes now_text)
{
	static const struct cli_verb verb = {"propose", "", "", 0, 0, 0, NULL, NULL};
	struct run run = {.command = "roster", .verb = &verb, .values = count};

	for (int i = 0; i < count; i++) {
		run.value[i].name = words[i].name;
		run.value[i].text = words[i].text;
	}
	return roster_make(&run, out, now, now_text);
}

static const struct words first[] = {
	{"territory", "0123abcd"},
	{"mode", "live"},
	{"add", "2,Boris,administrator," KEY_2},
	{"add", "1,Anna,operator+administrator," KEY_1},
	{"add-hub", "1,main," KEY_3},
};

static void
a_first_roster_comes_of_options_alone(void **state)
{
	struct buffer text = {0};
	struct arena *arena;
	struct roster r;

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(make(&text, first, 5, NULL, bytes_of(NULL, 0)), EXIT_GOOD);
	assert_int_equal(roster_read(&r, arena, buffer_bytes(&text), NULL), ERR_OK);
	assert_int_equal(r.territory, 0x0123abcd);
	assert_int_equal(r.mode, MODE_LIVE);
	assert_int_equal(r.serial, 1);
	assert_true(hash_is_zero(&r.previous));
	assert_int_equal(r.key_count, 2);
	assert_string_equal(r.key[0].person, "Anna"); /* numbers rise, as given or not */
	assert_int_equal(r.key[0].roles, ROLE_OPERATOR | ROLE_ADMINISTRATOR);
	assert_true(r.key[0].classes & 1u << ORDER_ALARM);
	assert_int_equal(r.key[1].classes, 0); /* an administrator alone orders nothing */
	assert_int_equal(r.hub[0].term, 1);
	buffer_free(&text);
	arena_free(arena);
}

static void
the_next_one_follows_and_changes_what_was_asked(void **state)
{
	static const struct words change[] = {{"add", "3,Eva,operator," KEY_4},
		{"remove", "2"}, {"add", "4,Oleh,administrator," KEY_2}};
	struct buffer text = {0}, next_text = {0};
	struct arena *arena;
	struct roster r, next;

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(make(&text, first, 5, NULL, bytes_of(NULL, 0)), EXIT_GOOD);
	assert_int_equal(roster_read(&r, arena, buffer_bytes(&text), NULL), ERR_OK);
	assert_int_equal(make(&next_text, change, 3, &r, buffer_bytes(&text)), EXIT_GOOD);
	assert_int_equal(roster_read(&next, arena, buffer_bytes(&next_text), NULL), ERR_OK);
	assert_int_equal(next.serial, 2);
	assert_true(hash_equal(&next.previous, &r.hash));
	assert_null(roster_key(&next, 2));
	assert_string_equal(roster_key(&next, 3)->person, "Eva");
	assert_string_equal(roster_key(&next, 1)->person, "Anna");
	buffer_free(&text);
	buffer_free(&next_text);
	arena_free(arena);
}

static void
what_cannot_be_done_is_refused(void **state)
{
	static const struct {
		struct words words;
		int code;
	} wrong[] = {
		{{"add", "5,Eva,operator"}, EXIT_USAGE},
		{{"add", "x,Eva,operator,k"}, EXIT_USAGE},
		{{"add", "5,,operator,k"}, EXIT_USAGE},
		{{"remove", "9"}, EXIT_NOT_FOUND},
		{{"remove", "Anna"}, EXIT_USAGE},
		{{"add-hub", "1,main"}, EXIT_USAGE},
		{{"from", "/nowhere/roster.json"}, EXIT_FAILED},
	};
	struct buffer text = {0};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(make(&text, &wrong[i].words, 1, NULL, bytes_of(NULL, 0)),
			wrong[i].code);
	assert_int_equal(text.len, 0);
	buffer_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_roster_comes_of_options_alone),
		cmocka_unit_test(the_next_one_follows_and_changes_what_was_asked),
		cmocka_unit_test(what_cannot_be_done_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
