/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which zone somebody meant: by a name, by a typing error, or none. */
#include "geo/zone_near.h"
#include "trees.h"

static const struct told town[] = {
	{1, "bergfrid", NULL, "old-town", 0, 0, 0, 0},
	{2, "bergfrid-upper", "bergfrid", NULL, 0, 0, 0, 0},
	{3, "north-1", NULL, NULL, 0, 0, 0, 0},
	{4, "north-2", NULL, NULL, 0, 0, 0, 0},
};
static struct zone_name upper[] = {{"de", "Oberstadt"}, {"en", "Upper Town"}};

static int
setup(void **state)
{
	struct zones_parts parts = {0};
	struct zones *z = NULL;
	struct arena *arena;
	uint16_t bad;

	assert_int_equal(arena_new(&arena), ERR_OK);
	tell(&parts, arena, town, COUNT(town));
	parts.zone[1].names = upper;
	parts.zone[1].name_count = COUNT(upper);
	assert_int_equal(zones_take(&z, arena, &parts, &bad, NULL), ERR_OK);
	*state = z;
	return 0;
}

static int
teardown(void **state)
{
	zones_free(*state);
	return 0;
}

static uint16_t
meant(const struct zones *z, const char *word, enum near how)
{
	const struct zone *zone;

	assert_int_equal(zone_near(&zone, z, word), how);
	return how != NEAR_NONE ? zone->number : 0;
}

static void
a_name_leads_to_its_zone_in_any_language(void **state)
{
	assert_int_equal(meant(*state, "upper town", NEAR_NAME), 2);
	assert_int_equal(meant(*state, "Oberstadt", NEAR_NAME), 2);
}

static void
one_or_two_typing_errors_are_forgiven(void **state)
{
	assert_int_equal(meant(*state, "Bergfrid", NEAR_KEY), 1);
	assert_int_equal(meant(*state, "bergfird", NEAR_KEY), 1);
	assert_int_equal(meant(*state, "bergfrid-uper", NEAR_KEY), 2);
	assert_int_equal(meant(*state, "brgfrid-uper", NEAR_KEY), 2);
	assert_int_equal(meant(*state, "oldtown", NEAR_KEY), 1);
}

static void
what_is_like_two_zones_or_none_is_left_open(void **state)
{
	meant(*state, "north-3", NEAR_NONE);
	meant(*state, "brgfrid-upr", NEAR_NONE);
	meant(*state, "lindwell", NEAR_NONE);
	meant(*state, "", NEAR_NONE);
	meant(*state, "99", NEAR_NONE);
	meant(*state, "a-word-that-is-much-longer-than-any-id-may-ever-be", NEAR_NONE);
}

static void
the_sentence_names_the_word_and_the_zone(void **state)
{
	struct fault fault = {""};

	assert_int_equal(zone_unknown(&fault, *state, "bergfrid-uper"), ERR_UNKNOWN);
	assert_non_null(strstr(fault.text, "\"bergfrid-uper\""));
	assert_non_null(strstr(fault.text, "bergfrid-upper meant (Upper Town, 2)"));
	assert_int_equal(zone_unknown(&fault, *state, "Oberstadt"), ERR_UNKNOWN);
	assert_non_null(strstr(fault.text, "write bergfrid-upper or 2"));
	assert_int_equal(zone_unknown(&fault, NULL, "x"), ERR_UNKNOWN);
	assert_non_null(strstr(fault.text, "zones list"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_leads_to_its_zone_in_any_language),
		cmocka_unit_test(one_or_two_typing_errors_are_forgiven),
		cmocka_unit_test(what_is_like_two_zones_or_none_is_left_open),
		cmocka_unit_test(the_sentence_names_the_word_and_the_zone),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
