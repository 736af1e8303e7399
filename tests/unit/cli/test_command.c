/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct run seen;
static char zones[64], tags[2][16], argument[64];

static int
take(struct run *run)
{
	seen = *run;
	snprintf(zones, sizeof zones, "%s", run_option(run, "zones"));
	for (int i = 0; i < 2; i++)
		snprintf(tags[i], sizeof tags[i], "%s",
			run_option_at(run, "tag", i) ? run_option_at(run, "tag", i) : "-");
	snprintf(argument, sizeof argument, "%s",
		run->arguments > 0 ? run->argument[0] : "");
	return EXIT_NOT_FOUND;
}

static int
run_words(const char *words)
{
	static const struct option_line options[] = {{"zones", "A,B", "where"},
		{"tag", "T", "may come twice"}, {"loud", NULL, "a switch"},
		{NULL, NULL, NULL}};
	static const struct cli_verb verbs[] = {
		{"sing", "[ID]", "Sing", 0, 0, 1, options, take},
		{"hum", "ID", "Hum", USES_HUB, 1, 1, NULL, take},
		{NULL, NULL, NULL, 0, 0, 0, NULL, NULL},
	};
	static char text[256];
	char *argv[16] = {NULL};
	int argc = 0;

	snprintf(text, sizeof text, "%s", words);
	for (char *w = strtok(text, " "); w != NULL && argc < 15; w = strtok(NULL, " "))
		argv[argc++] = w;
	memset(&seen, 0, sizeof seen);
	return command_verbs("choir", "A choir", verbs, argc, argv);
}

static void
a_verb_gets_its_options_and_its_code_comes_back(void **state)
{
	(void)state;
	assert_int_equal(run_words("choir sing --zones a,b --loud x9"), EXIT_NOT_FOUND);
	assert_string_equal(zones, "a,b");
	assert_string_equal(argument, "x9");
	assert_true(run_has(&seen, "loud"));
	assert_false(seen.json);
}

static void
options_may_stand_behind_arguments(void **state)
{
	(void)state;
	assert_int_equal(run_words("choir sing x9 --json --zones=c"), EXIT_NOT_FOUND);
	assert_string_equal(zones, "c");
	assert_true(seen.json);
}

static void
the_last_of_an_option_counts_and_all_can_be_had(void **state)
{
	(void)state;
	run_words("choir sing --zones a --zones b --tag 1 --tag 2");
	assert_string_equal(zones, "b");
	assert_string_equal(tags[0], "1");
	assert_string_equal(tags[1], "2");
}

static void
wrong_use_never_reaches_the_verb(void **state)
{
	static const char *const wrong[] = {"choir", "choir shout", "choir sing a b",
		"choir hum", "choir sing --hub x", "choir sing --zones",
		"choir sing --loud=3"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(run_words(wrong[i]), EXIT_USAGE);
		assert_null(seen.command);
	}
}

static void
help_is_good_and_does_nothing(void **state)
{
	(void)state;
	assert_int_equal(run_words("choir --help"), EXIT_GOOD);
	assert_int_equal(run_words("choir hum --help"), EXIT_GOOD);
	assert_null(seen.command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verb_gets_its_options_and_its_code_comes_back),
		cmocka_unit_test(options_may_stand_behind_arguments),
		cmocka_unit_test(the_last_of_an_option_counts_and_all_can_be_had),
		cmocka_unit_test(wrong_use_never_reaches_the_verb),
		cmocka_unit_test(help_is_good_and_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
