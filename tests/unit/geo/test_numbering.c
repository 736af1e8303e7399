/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "geo/numbering.h"
#include "trees.h"

/* The next version of a set of zones, which it replaces. */
static struct zones *
next(struct zones *before, const struct told *told, size_t n)
{
	struct zones_parts parts = {0};
	struct arena *arena;
	struct fault fault;
	struct zones *z;
	uint16_t number;
	size_t bad;

	assert_int_equal(arena_new(&arena), ERR_OK);
	tell(&parts, arena, told, n);
	assert_int_equal(numbers_give(&parts, before, arena, &bad, &fault), ERR_OK);
	zones_free(before); /* retired ids must not hang on it */
	assert_int_equal(zones_take(&z, arena, &parts, &number, &fault), ERR_OK);
	return z;
}

static enum err
refusal(const struct zones *before, const struct told *told, size_t n, struct fault *fault)
{
	struct zones_parts parts = {0};
	struct arena *arena;
	enum err err;
	size_t bad;

	assert_int_equal(arena_new(&arena), ERR_OK);
	tell(&parts, arena, told, n);
	err = numbers_give(&parts, before, arena, &bad, fault);
	arena_free(arena);
	return err;
}

static const struct told first[] = {{0, "a", NULL, NULL, 0, 0, 0, 0},
	{0, "b", NULL, NULL, 0, 0, 0, 0}, {0, "c", NULL, NULL, 0, 0, 0, 0}};

static void
the_first_version_is_numbered_in_the_order_of_the_file(void **state)
{
	const struct told mixed[] = {{0, "a", NULL, NULL, 0, 0, 0, 0},
		{40, "b", NULL, NULL, 0, 0, 0, 0}, {0, "c", NULL, NULL, 0, 0, 0, 0}};
	struct zones *z = next(NULL, first, 3);

	(void)state;
	assert_int_equal(zones_find(z, "a")->number, 1);
	assert_int_equal(zones_find(z, "c")->number, 3);
	zones_free(z);
	z = next(NULL, mixed, 3); /* above those that the author wrote */
	assert_int_equal(zones_find(z, "a")->number, 41);
	assert_int_equal(zones_find(z, "c")->number, 42);
	zones_free(z);
}

static void
an_id_keeps_its_number_wherever_it_stands_in_the_file(void **state)
{
	const struct told turned[] = {{0, "new", NULL, NULL, 0, 0, 0, 0},
		{0, "c", NULL, NULL, 0, 0, 0, 0}, {0, "a", NULL, NULL, 0, 0, 0, 0}};
	struct zones *z = next(next(NULL, first, 3), turned, 3);

	(void)state;
	assert_int_equal(zones_find(z, "a")->number, 1);
	assert_int_equal(zones_find(z, "c")->number, 3);
	assert_int_equal(zones_find(z, "new")->number, 4);
	zones_free(z);
}

static void
the_number_of_a_vanished_id_is_never_given_again_but_to_it(void **state)
{
	const struct told less[] = {{0, "a", NULL, NULL, 0, 0, 0, 0}};
	const struct told more[] = {
		{0, "a", NULL, NULL, 0, 0, 0, 0}, {0, "x", NULL, NULL, 0, 0, 0, 0}};
	const struct told back[] = {
		{0, "c", NULL, NULL, 0, 0, 0, 0}, {0, "y", NULL, NULL, 0, 0, 0, 0}};
	struct zones *z = next(next(NULL, first, 3), less, 1);

	(void)state;
	assert_int_equal(zones_parts(z)->retired_count, 2);
	assert_string_equal(zones_parts(z)->retired[1].id, "c");
	z = next(z, more, 2); /* 3 was the highest, and two versions ago */
	assert_int_equal(zones_find(z, "x")->number, 4);
	assert_int_equal(zones_parts(z)->retired_count, 2);
	z = next(z, back, 2);
	assert_int_equal(zones_find(z, "c")->number, 3);
	assert_int_equal(zones_find(z, "y")->number, 5);
	assert_int_equal(zones_parts(z)->retired_count, 3); /* a, b, x */
	zones_free(z);
}

static void
a_renamed_zone_keeps_its_number_by_its_alias(void **state)
{
	const struct told renamed[] = {
		{0, "other", NULL, NULL, 0, 0, 0, 0}, {0, "bee", NULL, "b", 0, 0, 0, 0}};
	const struct told swapped[] = {{0, "b", NULL, NULL, 0, 0, 0, 0}};
	struct zones *z = next(next(NULL, first, 3), renamed, 2);

	(void)state;
	assert_int_equal(zones_find(z, "bee")->number, 2);
	assert_int_equal(zones_find(z, "b")->number, 2);
	z = next(z, swapped, 1); /* the old alias becomes the id */
	assert_int_equal(zones_find(z, "b")->number, 2);
	zones_free(z);
}

static void
an_alias_does_not_take_a_number_from_the_id_that_has_it(void **state)
{
	const struct told greedy[] = {
		{0, "new", NULL, "old", 0, 0, 0, 0}, {0, "a", NULL, NULL, 0, 0, 0, 0}};
	const struct told before[] = {{0, "a", NULL, "old", 0, 0, 0, 0}};
	struct zones *z = next(next(NULL, before, 1), greedy, 2);

	(void)state;
	assert_int_equal(zones_find(z, "a")->number, 1);
	assert_int_equal(zones_find(z, "new")->number, 2);
	zones_free(z);
}

static void
a_written_number_must_agree_with_the_past(void **state)
{
	const struct told changed[] = {{9, "a", NULL, NULL, 0, 0, 0, 0}};
	const struct told stolen[] = {{3, "z", NULL, NULL, 0, 0, 0, 0}};
	const struct told heir[] = {{3, "z", NULL, "c", 0, 0, 0, 0}};
	const struct told twice[] = {
		{8, "y", NULL, NULL, 0, 0, 0, 0}, {8, "z", NULL, NULL, 0, 0, 0, 0}};
	struct zones *z = next(NULL, first, 3);
	struct fault fault;

	(void)state;
	assert_int_equal(refusal(z, changed, 1, &fault), ERR_CONFLICT);
	assert_non_null(strstr(fault.text, "it has number 1 in an earlier version"));
	assert_int_equal(refusal(z, stolen, 1, &fault), ERR_CONFLICT);
	assert_non_null(strstr(fault.text, "number 3 belonged to zone c"));
	assert_int_equal(refusal(z, heir, 1, &fault), ERR_OK);
	assert_int_equal(refusal(z, twice, 2, &fault), ERR_DUPLICATE);
	zones_free(z);
}

static void
when_the_top_is_used_up_the_gaps_are_filled_and_then_no_more(void **state)
{
	static struct told all[ZONES_MAX];
	static char name[ZONES_MAX][8];
	const struct told top[] = {
		{65535, "top", NULL, NULL, 0, 0, 0, 0}, {0, "x", NULL, NULL, 0, 0, 0, 0}};
	const struct told one[] = {{0, "fresh", NULL, NULL, 0, 0, 0, 0}};
	struct zones *z = next(NULL, top, 2);
	struct fault fault;

	(void)state;
	assert_int_equal(zones_find(z, "x")->number, 1);
	zones_free(z);
	for (int i = 0; i < ZONES_MAX; i++) {
		snprintf(name[i], sizeof name[i], "n%d", i);
		all[i] = (struct told){0, name[i], NULL, NULL, 0, 0, 0, 0};
	}
	z = next(NULL, all, ZONES_MAX);
	assert_int_equal(refusal(z, one, 1, &fault), ERR_FULL);
	zones_free(z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_version_is_numbered_in_the_order_of_the_file),
		cmocka_unit_test(an_id_keeps_its_number_wherever_it_stands_in_the_file),
		cmocka_unit_test(
			the_number_of_a_vanished_id_is_never_given_again_but_to_it),
		cmocka_unit_test(a_renamed_zone_keeps_its_number_by_its_alias),
		cmocka_unit_test(an_alias_does_not_take_a_number_from_the_id_that_has_it),
		cmocka_unit_test(a_written_number_must_agree_with_the_past),
		cmocka_unit_test(
			when_the_top_is_used_up_the_gaps_are_filled_and_then_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
