/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_readers.c: a child that crashes, hangs or lies is one document that could not be read. */
#include "source/readers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WAIT_MS = 300 };

struct seen {
	int times, answers;
	char why[200];
};

static void
see(void *ctx, json_t *answer, const char *why)
{
	struct seen *s = ctx;

	s->times++;
	s->answers += answer != NULL;
	snprintf(s->why, sizeof s->why, "%s", why);
}

/* What comes of `count` documents of `len` bytes that this shell command reads. */
static struct seen
read_by(const char *command, int count, size_t len)
{
	const char *const argv[] = {"/bin/sh", "-c", command, NULL};
	struct seen seen = {0, 0, ""};
	struct readers *r;
	struct loop *loop;
	static char document[300000];
	int64_t until = loop_monotonic_ms() + 20000;

	assert_int_equal(loop_new(&loop, NULL), ERR_OK);
	assert_int_equal(readers_new(&r, loop, argv, WAIT_MS), ERR_OK);
	for (int i = 0; i < count; i++)
		assert_true(readers_ask(r, bytes_of(document, len), NULL, 0, see, &seen));
	assert_int_equal(seen.times, 0);
	while (seen.times < count && loop_monotonic_ms() < until)
		assert_int_equal(loop_once(loop, 1000, NULL), ERR_OK);
	readers_free(r);
	loop_free(loop);
	assert_int_equal(seen.times, count);
	return seen;
}

static void
an_answer_comes_back(void **state)
{
	(void)state;
	assert_int_equal(read_by("cat >/dev/null; echo '{\"a\":1}'", 1, 200000).answers, 1);
}

static void
many_are_read_a_few_at_a_time(void **state)
{
	(void)state;
	assert_int_equal(read_by("cat >/dev/null; echo '{}'", 20, 10).answers, 20);
}

static void
one_that_reads_nothing_may_answer_all_the_same(void **state)
{
	(void)state;
	assert_int_equal(read_by("echo '{}'", 1, 300000).answers, 1);
}

static void
a_child_that_fails_is_one_document_and_says_how(void **state)
{
	static const struct {
		const char *command, *why;
	} row[] = {
		{"kill -SEGV $$", "crashed"},
		{"kill -SYS $$", "crashed"},
		{"exit 3", "status 3"},
		{"exec sleep 60", "took over"},
		{"exec <&-; exec sleep 60", "took over"},
		{"while :; do :; done", "took over"},
		{"echo '{\"a\":1}'; exec sleep 60", "took over"},
		{"sleep 2 & while :; do :; done", "took over"},
		{"echo '{\"a\":1'", "nonsense"},
		{"echo '{\"a\":1,\"a\":2}'", "nonsense"},
		{"echo '[]'", "nonsense"},
		{"true", "nonsense"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct seen s = read_by(row[i].command, 1, 10);

		if (s.answers != 0 || strstr(s.why, row[i].why) == NULL)
			fail_msg("%s: %d answers, %s", row[i].command, s.answers, s.why);
	}
}

static void
more_than_it_holds_is_refused(void **state)
{
	const char *const argv[] = {"/bin/false", NULL};
	struct seen seen = {0, 0, ""};
	struct readers *r;
	struct loop *loop;

	(void)state;
	assert_int_equal(loop_new(&loop, NULL), ERR_OK);
	assert_int_equal(readers_new(&r, loop, argv, WAIT_MS), ERR_OK);
	for (int i = 0; i < READERS_QUEUE_MAX; i++)
		assert_true(readers_ask(r, bytes_of("", 0), NULL, 0, see, &seen));
	assert_false(readers_ask(r, bytes_of("", 0), NULL, 0, see, &seen));
	readers_free(r);
	assert_int_equal(seen.times, 0);
	loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_back),
		cmocka_unit_test(many_are_read_a_few_at_a_time),
		cmocka_unit_test(one_that_reads_nothing_may_answer_all_the_same),
		cmocka_unit_test(a_child_that_fails_is_one_document_and_says_how),
		cmocka_unit_test(more_than_it_holds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
