/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Real messages with known verdicts, in ../shared/data/cap (not part of the project): each
 * is read or refused as its index says, and refused for a rule that the index names.
 */
#include "cap/capmsg.h"
#include "slurp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CORPUS "../shared/data/cap/"

enum { COLUMN_FILE = 0, COLUMN_VERDICT = 4, COLUMN_RULES = 18, COLUMNS = 20 };

/* Split a line at its tabs; missing columns are "". */
static void
split(char *line, char *column[COLUMNS])
{
	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < COLUMNS; i++) {
		column[i] = line;
		line += strcspn(line, "\t");
		if (*line != '\0')
			*line++ = '\0';
	}
}

/* "(rule 12)" or "(rules 45, 49)" in the sentence: is one of them in the list "4,12"? */
static bool
names_a_rule_of(const char *sentence, const char *rules)
{
	const char *at = strstr(sentence, "(rule");

	for (at = at ? at + strcspn(at, "0123456789") : ""; *at >= '0' && *at <= '9';) {
		int rule = atoi(at);

		for (const char *r = rules; *r != '\0'; r += strspn(r, ", ")) {
			if (atoi(r) == rule)
				return true;
			r += strspn(r, "0123456789");
		}
		at += strspn(at, "0123456789");
		at += strspn(at, ", ");
	}
	return false;
}

/* What is read, written and read again must be written the same, to the last byte. */
static void
assert_survives(const struct capmsg *m, const char *name)
{
	struct buffer once = {0}, twice = {0};
	struct arena *arena;
	struct capmsg again, copy;
	struct fault fault = {""};

	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(capmsg_write(&once, m, &fault), ERR_OK);
	if (capmsg_read_max(&again, arena, once.at, once.len, CAPMSG_OWN_MAX, &fault) !=
		ERR_OK)
		fail_msg("%s: %s", name, fault.text);
	assert_int_equal(capmsg_copy(&copy, arena, &again), ERR_OK);
	assert_int_equal(capmsg_write(&twice, &copy, &fault), ERR_OK);
	assert_true(bytes_equal(buffer_bytes(&once), buffer_bytes(&twice)));
	assert_string_equal(m->identifier, again.identifier);
	assert_int_equal(m->info.n, again.info.n);
	for (size_t i = 0; i < m->info.n; i++) {
		const char *a = m->info.at[i].description,
			   *b = again.info.at[i].description;

		assert_true((a == NULL) == (b == NULL));
		if (a != NULL)
			assert_string_equal(a, b);
		assert_int_equal(m->info.at[i].area.n, again.info.at[i].area.n);
	}
	buffer_free(&once);
	buffer_free(&twice);
	arena_free(arena);
}

static void
judge(char *column[COLUMNS])
{
	const char *name = column[COLUMN_FILE], *verdict = column[COLUMN_VERDICT];
	bool good = strcmp(verdict, "valid") == 0 || strcmp(verdict, "warn") == 0 ||
		    strcmp(verdict, "bad-signature") == 0;
	char path[300];
	struct buffer file = {0};
	struct arena *arena;
	struct capmsg m;
	struct fault fault = {""};
	enum err err;

	snprintf(path, sizeof path, CORPUS "%s", name);
	assert_true(slurp(&file, path));
	assert_int_equal(arena_new(&arena), ERR_OK);
	err = capmsg_read_max(&m, arena, file.at, file.len, CAPMSG_OWN_MAX, &fault);
	if (err == ERR_OK) {
		assert_survives(&m, name);
		err = capmsg_check_output(&m, &fault);
	}
	if (good && err != ERR_OK)
		fail_msg("%s is good, yet: %s", name, fault.text);
	if (!good && err == ERR_OK)
		fail_msg("%s is %s, yet was taken", name, verdict);
	if (!good && *column[COLUMN_RULES] != '\0' &&
		!names_a_rule_of(fault.text, column[COLUMN_RULES]))
		fail_msg("%s breaks %s, yet: %s", name, column[COLUMN_RULES], fault.text);
	if (strncmp(verdict, "legacy", 6) == 0)
		assert_int_equal(err, ERR_VERSION);
	arena_free(arena);
	buffer_free(&file);
}

static void
real_messages_are_judged_as_their_index_says(void **state)
{
	struct buffer index = {0};
	char *line, *rest, *column[COLUMNS];
	size_t n = 0;

	(void)state;
	if (!slurp(&index, CORPUS "index.tsv"))
		skip();
	rest = (char *)index.at;
	for (strsep(&rest, "\n"); (line = strsep(&rest, "\n")) != NULL && *line != '\0';
		n++) {
		split(line, column);
		judge(column);
	}
	print_message("%zu messages\n", n);
	assert_true(n > 50);
	buffer_free(&index);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_messages_are_judged_as_their_index_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
