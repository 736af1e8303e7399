/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a user of the simulator relies on: the same seed gives the same bytes, and much happens. */
#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

struct heard {
	struct buffer text;
	size_t lines;
};

static void
hear(void *ctx, const char *line)
{
	struct heard *h = ctx;

	write_text(&h->text, line);
	write_text(&h->text, "\n");
	h->lines++;
}

static struct sim_result
run(uint64_t seed, uint64_t seeds, struct heard *h)
{
	struct sim_options o = {
		.seed = seed, .seeds = seeds, .verbose = h != NULL, .say = hear, .ctx = h};
	struct heard nobody = {0};
	struct sim_result r;

	if (h == NULL)
		o.ctx = &nobody;
	assert_int_equal(sim_run(&r, &o, NULL), ERR_OK);
	buffer_free(&nobody.text);
	return r;
}

static void
the_same_seed_gives_the_same_bytes(void **state)
{
	struct heard first = {0}, second = {0};
	struct sim_result a = run(7, 3, &first), b = run(7, 3, &second);

	(void)state;
	assert_true(first.lines > 100);
	assert_int_equal(first.text.len, second.text.len);
	assert_memory_equal(first.text.at, second.text.at, first.text.len);
	assert_true(hash_equal(&a.trace, &b.trace));
	buffer_free(&first.text);
	buffer_free(&second.text);
}

static void
a_run_does_not_depend_on_the_runs_before_it(void **state)
{
	struct heard both = {0}, alone = {0};
	const char *tail;

	(void)state;
	(void)run(11, 2, &both);
	(void)run(12, 1, &alone);
	assert_true(both.text.len > alone.text.len);
	tail = buffer_text(&both.text) + both.text.len - alone.text.len;
	assert_string_equal(tail, buffer_text(&alone.text));
	buffer_free(&both.text);
	buffer_free(&alone.text);
}

static void
other_seeds_tell_another_story(void **state)
{
	struct sim_result a = run(1, 1, NULL), b = run(2, 1, NULL);

	(void)state;
	assert_false(hash_equal(&a.trace, &b.trace));
}

/* A simulator in which little happens would find little. */
static void
forty_runs_hold_all_that_can_befall_a_territory(void **state)
{
	struct sim_result r = run(500, 40, NULL);

	(void)state;
	assert_int_equal(r.failed, 0);
	assert_true(r.alerts > 100);
	assert_true(r.soundings > 200);
	assert_true(r.all_clears > 10);
	assert_true(r.refused > 100);
	assert_true(r.kills > 200);
	assert_true(r.cuts > 100);
	assert_true(r.backups > 5);
	assert_true(r.takeovers > 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_seed_gives_the_same_bytes),
		cmocka_unit_test(a_run_does_not_depend_on_the_runs_before_it),
		cmocka_unit_test(other_seeds_tell_another_story),
		cmocka_unit_test(forty_runs_hold_all_that_can_befall_a_territory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
