/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trees.h"

/* land 1 ─ north 20 ─ hill 3; south 4; isle 5 alone. */
static const struct told land[] = {
	{20, "north", "land", "old-north", 0, 0, 0, 0},
	{1, "land", NULL, NULL, 0, 0, 0, 0},
	{5, "isle", NULL, NULL, 0, 0, 0, 0},
	{4, "south", "land", NULL, 0, 0, 0, 0},
	{3, "hill", "north", NULL, 0, 0, 0, 0},
};

static int
set_up(void **state)
{
	enum err err;

	*state = zones_told(land, COUNT(land), &err, NULL);
	return *state == NULL;
}

static int
tear_down(void **state)
{
	zones_free(*state);
	return 0;
}

static void
a_zone_is_found_by_number_id_and_alias_but_not_by_name(void **state)
{
	assert_string_equal(zones_by_number(*state, 20)->id, "north");
	assert_int_equal(zones_find(*state, "north")->number, 20);
	assert_int_equal(zones_find(*state, "old-north")->number, 20);
	assert_null(zones_find(*state, "North"));
	assert_null(zones_find(*state, ""));
	assert_null(zones_by_number(*state, 2));
	assert_null(zones_by_number(*state, 0));
}

static void
the_path_of_a_zone_leads_up_to_the_top(void **state)
{
	uint16_t path[ZONES_DEPTH_MAX] = {0};

	assert_int_equal(zones_path(*state, 3, path, ZONES_DEPTH_MAX), 3);
	assert_int_equal(path[0], 3);
	assert_int_equal(path[1], 20);
	assert_int_equal(path[2], 1);
	assert_int_equal(zones_path(*state, 99, path, ZONES_DEPTH_MAX), 0);
	assert_string_equal(zones_parent(*state, zones_by_number(*state, 3))->id, "north");
	assert_null(zones_parent(*state, zones_by_number(*state, 5)));
}

static void
an_order_to_a_parent_reaches_all_below_it_and_nobody_else(void **state)
{
	uint16_t out[8] = {0};

	assert_int_equal(zones_below(*state, 1, out, 8), 4);
	assert_int_equal(out[0], 1);
	assert_int_equal(out[1], 3);
	assert_int_equal(out[2], 4);
	assert_int_equal(out[3], 20);
	assert_int_equal(zones_below(*state, 5, out, 8), 1);
	assert_int_equal(zones_below(*state, 99, out, 8), 0);
	assert_int_equal(zones_children(*state, 1, out, 8), 2);
	assert_int_equal(out[0], 4);
	assert_int_equal(out[1], 20);
	assert_int_equal(zones_children(*state, 1, NULL, 0), 2);
}

static void
a_zone_is_within_itself_and_its_ancestors_but_not_its_children(void **state)
{
	assert_true(zones_is_within(*state, 3, 3));
	assert_true(zones_is_within(*state, 3, 20));
	assert_true(zones_is_within(*state, 3, 1));
	assert_false(zones_is_within(*state, 1, 3));
	assert_false(zones_is_within(*state, 4, 20));
	assert_true(zones_is_within(*state, 99, 99)); /* unknown, and yet itself */
	assert_false(zones_is_within(*state, 99, 1));
}

static void
sets_overlap_if_one_holds_an_ancestor_of_the_other(void **state)
{
	const uint16_t hill = 3, south = 4, all = 1, isle[] = {5, 20}, stranger = 99;

	assert_true(zones_overlap(*state, &hill, 1, &all, 1));
	assert_true(zones_overlap(*state, &all, 1, &hill, 1));
	assert_true(zones_overlap(*state, isle, 2, &hill, 1));
	assert_false(zones_overlap(*state, &south, 1, &hill, 1));
	assert_false(zones_overlap(*state, &south, 1, isle, 2));
	assert_false(zones_overlap(*state, &south, 0, &south, 1));
	assert_true(zones_overlap(*state, &stranger, 1, &stranger, 1));
}

static enum err
told_err(const struct told *told, size_t n, struct fault *fault)
{
	enum err err;
	struct zones *z = zones_told(told, n, &err, fault);

	zones_free(z);
	return err;
}

static void
parents_in_a_circle_are_refused(void **state)
{
	const struct told two[] = {
		{1, "a", "b", NULL, 0, 0, 0, 0}, {2, "b", "a", NULL, 0, 0, 0, 0}};
	const struct told self[] = {{1, "a", "a", NULL, 0, 0, 0, 0}};
	struct fault fault;

	(void)state;
	assert_int_equal(told_err(two, 2, &fault), ERR_CONFLICT);
	assert_non_null(strstr(fault.text, "zone a: its parents lead around in a circle"));
	assert_int_equal(told_err(self, 1, &fault), ERR_CONFLICT);
}

static void
nine_levels_are_one_too_many(void **state)
{
	static const char *const name[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
	struct told tower[9];

	(void)state;
	for (uint16_t i = 0; i < 9; i++)
		tower[i] = (struct told){(uint16_t)(i + 1), name[i], i ? name[i - 1] : NULL,
			NULL, 0, 0, 0, 0};
	assert_int_equal(told_err(tower, 8, NULL), ERR_OK);
	assert_int_equal(told_err(tower, 9, NULL), ERR_RANGE);
}

static void
keys_and_numbers_are_unique_and_parents_known(void **state)
{
	const struct told id[] = {
		{1, "a", NULL, NULL, 0, 0, 0, 0}, {2, "a", NULL, NULL, 0, 0, 0, 0}};
	const struct told alias[] = {
		{1, "a", NULL, "b", 0, 0, 0, 0}, {2, "b", NULL, NULL, 0, 0, 0, 0}};
	const struct told number[] = {
		{7, "a", NULL, NULL, 0, 0, 0, 0}, {7, "b", NULL, NULL, 0, 0, 0, 0}};
	const struct told lost[] = {{1, "a", "c", NULL, 0, 0, 0, 0}};
	const struct told by_alias[] = {
		{1, "a", NULL, "x", 0, 0, 0, 0}, {2, "b", "x", NULL, 0, 0, 0, 0}};
	const struct told zero[] = {{0, "a", NULL, NULL, 0, 0, 0, 0}};
	const struct told odd[] = {{1, "a/b", NULL, NULL, 0, 0, 0, 0}};

	(void)state;
	assert_int_equal(told_err(id, 2, NULL), ERR_DUPLICATE);
	assert_int_equal(told_err(alias, 2, NULL), ERR_DUPLICATE);
	assert_int_equal(told_err(number, 2, NULL), ERR_DUPLICATE);
	assert_int_equal(told_err(lost, 1, NULL), ERR_UNKNOWN);
	assert_int_equal(told_err(by_alias, 2, NULL), ERR_UNKNOWN);
	assert_int_equal(told_err(zero, 1, NULL), ERR_RANGE);
	assert_int_equal(told_err(odd, 1, NULL), ERR_FORMAT);
	assert_int_equal(told_err(odd, 0, NULL), ERR_FORMAT);
}

static void
a_group_is_sorted_and_names_known_zones(void **state)
{
	uint16_t good[] = {5, 1, 5, 20}, bad[] = {1, 2}, at_fault;
	struct zone_group group = {9, good, 4};
	struct zones_parts parts = {.group = &group, .group_count = 1};
	struct arena *arena;
	struct zones *z;

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	tell(&parts, arena, land, COUNT(land));
	assert_int_equal(zones_take(&z, arena, &parts, &at_fault, NULL), ERR_OK);
	assert_int_equal(zones_group(z, 9)->zone_count, 3);
	assert_int_equal(zones_group(z, 9)->zones[2], 20);
	assert_null(zones_group(z, 8));
	group = (struct zone_group){9, bad, 2};
	assert_int_equal(zones_take(&z, arena, &parts, &at_fault, NULL), ERR_UNKNOWN);
	group = (struct zone_group){9, good, 0};
	assert_int_equal(zones_take(&z, arena, &parts, &at_fault, NULL), ERR_FORMAT);
	arena_free(arena);
}

static void
a_retired_number_may_not_be_in_use(void **state)
{
	struct zone_retired retired = {4, "gone"};
	struct zones_parts parts = {.retired = &retired, .retired_count = 1};
	struct arena *arena;
	struct zones *z;
	uint16_t bad;

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	tell(&parts, arena, land, COUNT(land));
	assert_int_equal(zones_take(&z, arena, &parts, &bad, NULL), ERR_CONFLICT);
	retired.number = 6;
	assert_int_equal(zones_take(&z, arena, &parts, &bad, NULL), ERR_OK);
	zones_free(z);
}

static void
a_name_falls_back_from_language_to_language_to_id(void **state)
{
	struct zone_name names[] = {{"en", "Isle"}, {"und", "Ostrov"}, {"zh", "島"}};
	struct zone zone = {.id = "isle", .names = names, .name_count = 3};

	(void)state;
	assert_string_equal(zone_name(&zone, "en"), "Isle");
	assert_string_equal(zone_name(&zone, "zh-Hant"), "島");
	assert_string_equal(zone_name(&zone, "uk"), "Ostrov");
	zone.name_count = 1;
	assert_string_equal(zone_name(&zone, "uk"), "Isle");
	zone.name_count = 0;
	assert_string_equal(zone_name(&zone, "uk"), "isle");
}

static void
languages_are_tags(void **state)
{
	(void)state;
	assert_true(zone_language_is_good("uk"));
	assert_true(zone_language_is_good("und"));
	assert_true(zone_language_is_good("zh-Hant-TW"));
	assert_false(zone_language_is_good("official"));
	assert_false(zone_language_is_good("u"));
	assert_false(zone_language_is_good("en-"));
	assert_false(zone_language_is_good("en_GB"));
	assert_false(zone_language_is_good("en-abcdefghi"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_is_found_by_number_id_and_alias_but_not_by_name),
		cmocka_unit_test(the_path_of_a_zone_leads_up_to_the_top),
		cmocka_unit_test(an_order_to_a_parent_reaches_all_below_it_and_nobody_else),
		cmocka_unit_test(
			a_zone_is_within_itself_and_its_ancestors_but_not_its_children),
		cmocka_unit_test(sets_overlap_if_one_holds_an_ancestor_of_the_other),
		cmocka_unit_test(parents_in_a_circle_are_refused),
		cmocka_unit_test(nine_levels_are_one_too_many),
		cmocka_unit_test(keys_and_numbers_are_unique_and_parents_known),
		cmocka_unit_test(a_group_is_sorted_and_names_known_zones),
		cmocka_unit_test(a_retired_number_may_not_be_in_use),
		cmocka_unit_test(a_name_falls_back_from_language_to_language_to_id),
		cmocka_unit_test(languages_are_tags),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
