/* SPDX-License-Identifier: GPL-3.0-or-later */
/* argv[1]: share/patterns */
#include "hands/pattern_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *shipped;

static void
the_shipped_patterns_are_all_read(void **state)
{
	static const char *const country[] = {"us", "germany", "austria", "switzerland",
		"netherlands", "czechia", "denmark", "ukraine", "israel"};
	struct patterns *ps;
	struct fault fault = {""};
	char name[64];

	(void)state;
	if (patterns_load(&ps, shipped, &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	assert_int_equal(patterns_count(ps), 30);
	for (size_t i = 0; i < 9; i++) {
		const struct pattern *p;

		snprintf(name, sizeof name, "%s-attack", country[i]);
		p = patterns_find_name(ps, name);
		assert_non_null(p);
		assert_int_equal(p->use, USE_ATTACK);
		assert_string_equal(p->country, country[i]);
		assert_int_equal(p->number / 10, i + 1);
		snprintf(name, sizeof name, "%s-test", country[i]);
		assert_int_equal(patterns_find_name(ps, name)->use, USE_TEST);
	}
	assert_int_equal(pattern_closed_ms(patterns_find(ps, PATTERN_SILENT_TEST), 60), 0);
	assert_true(pattern_total_ms(patterns_find(ps, PATTERN_GROWL), 60) <= 2000);
	patterns_free(ps);
}

/* A folder with the two reserved patterns, and one file more. */
struct folder {
	char path[32];
};

static void
put(const struct folder *f, const char *name, const char *text)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", f->path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
drop(const struct folder *f, const char *name)
{
	char path[96];

	snprintf(path, sizeof path, "%s/%s", f->path, name);
	unlink(path);
}

#define SILENT                                                                             \
	"{\"number\": 1, \"name\": \"silent-test\", \"country\": \"any\", "                \
	"\"use\": \"silent-test\", \"source\": \"x\", \"repeat\": 1, \"cap_s\": 2, "       \
	"\"segments\": [{\"tone\": \"silence\", \"length_ms\": 2000}]}"
#define GROWL                                                                              \
	"{\"number\": 2, \"name\": \"growl\", \"country\": \"any\", \"use\": \"growl\", "  \
	"\"source\": \"x\", \"repeat\": 1, \"cap_s\": 2, "                                 \
	"\"segments\": [{\"tone\": \"low\", \"length_ms\": 1000, \"low_hz\": 150}]}"
#define FIRE(number)                                                                       \
	"{\"number\": " number ", \"name\": \"x-fire\", \"country\": \"x\", \"use\": "     \
	"\"fire\", \"source\": \"x\", \"repeat\": 1, \"cap_s\": 2, "                       \
	"\"segments\": [{\"tone\": \"low\", \"length_ms\": 1000, \"low_hz\": 150}]}"

static int
setup(void **state)
{
	struct folder *f = calloc(1, sizeof *f);

	*state = f;
	strcpy(f->path, "/tmp/belfry-patterns-XXXXXX");
	if (mkdtemp(f->path) == NULL)
		return 1;
	put(f, "silent-test.json", SILENT);
	put(f, "growl.json", GROWL);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const name[] = {
		"silent-test.json", "growl.json", "x-fire.json", "y-fire.json", "README"};
	struct folder *f = *state;

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		drop(f, name[i]);
	rmdir(f->path);
	free(f);
	return 0;
}

static void
refused(const struct folder *f, enum err err, const char *says)
{
	struct patterns *ps;
	struct fault fault = {""};

	assert_int_equal(patterns_load(&ps, f->path, &fault), err);
	if (strstr(fault.text, says) == NULL)
		fail_msg("wanted \"%s\" in \"%s\"", says, fault.text);
}

static void
a_folder_is_read_and_other_files_are_passed_over(void **state)
{
	const struct folder *f = *state;
	struct patterns *ps;

	put(f, "README", "not a pattern");
	put(f, "x-fire.json", FIRE("200"));
	assert_int_equal(patterns_load(&ps, f->path, NULL), ERR_OK);
	assert_int_equal(patterns_count(ps), 3);
	patterns_free(ps);
}

static void
one_bad_file_and_none_is_taken(void **state)
{
	put(*state, "x-fire.json", FIRE("0"));
	refused(*state, ERR_RANGE, "/x-fire.json:1:12: number: must be 1 to 255");
}

static void
a_number_given_twice_is_refused(void **state)
{
	put(*state, "x-fire.json", FIRE("200"));
	put(*state, "y-fire.json", FIRE("200"));
	refused(*state, ERR_CONFLICT, "y-fire.json: holds the pattern x-fire");
	drop(*state, "y-fire.json");
	drop(*state, "growl.json");
	refused(*state, ERR_UNKNOWN, "growl.json is missing");
}

static void
a_file_that_is_too_long_or_a_folder_that_is_not_there_is_told(void **state)
{
	char *text = malloc(PATTERN_FILE_MAX + 2);

	assert_non_null(text);
	memset(text, ' ', PATTERN_FILE_MAX + 1);
	text[PATTERN_FILE_MAX + 1] = '\0';
	put(*state, "x-fire.json", text);
	free(text);
	refused(*state, ERR_RANGE, "x-fire.json: over 65536 bytes");
	refused(&(struct folder){"/tmp/belfry-no-such-folder"}, ERR_IO, "No such file");
}

int
main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_patterns_are_all_read),
		TEST(a_folder_is_read_and_other_files_are_passed_over),
		TEST(one_bad_file_and_none_is_taken),
		TEST(a_number_given_twice_is_refused),
		TEST(a_file_that_is_too_long_or_a_folder_that_is_not_there_is_told),
	};

	if (argc != 2)
		return 2;
	shipped = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
