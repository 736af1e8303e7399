/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A takeover on its way from one operator to the other: what is in the file, whose word counts. */
#include "cli/paper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ANNA = 1, BORIS = 2, OLGA = 3 };
#define NOON_MS INT64_C(1795348800000)

static struct roster_key keys[] = {
	{.number = ANNA,
		.person = "Anna",
		.roles = ROLE_OPERATOR,
		.classes = 1u << ORDER_TAKEOVER},
	{.number = BORIS,
		.person = "Boris",
		.roles = ROLE_OPERATOR,
		.classes = 1u << ORDER_TAKEOVER},
	{.number = OLGA,
		.person = "Olga",
		.roles = ROLE_OPERATOR,
		.classes = 1u << ORDER_TEST},
};
static struct key own[3];
static struct trust trust;
static struct revoked revoked;
static const struct cli_verb verb = {.name = "sign"};
static const struct run run = {.command = "takeover", .verb = &verb};
static char path[64];

static int
setup(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		uint8_t seed[32] = {(uint8_t)(i + 1)};

		own[i].number = keys[i].number;
		own[i].secret = secret_key_from_seed(seed);
		keys[i].key = own[i].secret.public;
	}
	memset(&revoked, 0, sizeof revoked);
	trust = (struct trust){.roster = {.territory = 0x51a70001,
				       .serial = 4,
				       .mode = MODE_LIVE,
				       .key_count = 3,
				       .key = keys}};
	snprintf(path, sizeof path, "/tmp/belfry-test-paper-%d", (int)getpid());
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static struct paper
made(void)
{
	struct takeover t = {.term = 2, .last_number = 41};
	struct paper p;

	assert_int_equal(paper_make(&p, &trust.roster, &t, NOON_MS), ERR_OK);
	return p;
}

static int
check(const struct paper *p, int64_t now_ms)
{
	return paper_check(&run, p, &trust, &revoked, now_ms);
}

static void
what_one_signed_comes_back_from_the_file_for_the_other(void **state)
{
	struct paper p = made(), again;
	struct order *o;

	(void)state;
	assert_int_equal(paper_sign(&p, &own[0]), ERR_OK);
	assert_int_equal(paper_write(&run, &p, path), EXIT_GOOD);
	assert_int_equal(paper_read(&run, &again, path), EXIT_GOOD);
	o = again.order;
	assert_int_equal(again.t.term, 2);
	assert_int_equal(again.t.last_number, 41);
	assert_int_equal(o->approval_count, 1);
	assert_int_equal(o->body[0].roster, 4);
	assert_int_equal(check(&again, NOON_MS), EXIT_GOOD);
	assert_int_equal(paper_sign(&again, &own[1]), ERR_OK);
	assert_int_equal(o->approval_count, 2);
	assert_int_equal(o->approval[0].key, ANNA);
	assert_int_equal(check(&again, NOON_MS), EXIT_GOOD);
	paper_free(&p);
	paper_free(&again);
}

static void
a_changed_byte_is_found(void **state)
{
	struct paper p = made(), again;

	(void)state;
	assert_int_equal(paper_sign(&p, &own[0]), ERR_OK);
	p.raw.at[p.raw.len - 1] ^= 1; /* in the signature */
	assert_int_equal(paper_write(&run, &p, path), EXIT_GOOD);
	assert_int_equal(paper_read(&run, &again, path), EXIT_GOOD);
	assert_int_equal(check(&again, NOON_MS), EXIT_UNVERIFIED);
	paper_free(&again);
	p.raw.at[11] ^= 1; /* in the last number */
	assert_int_equal(paper_write(&run, &p, path), EXIT_GOOD);
	assert_int_equal(paper_read(&run, &again, path), EXIT_FAILED);
	paper_free(&p);
}

static void
only_an_operator_in_force_with_that_right_counts(void **state)
{
	struct key stranger = own[0];
	struct paper p = made();

	(void)state;
	stranger.number = 9;
	assert_int_equal(paper_sign(&p, &stranger), ERR_OK);
	assert_int_equal(check(&p, NOON_MS), EXIT_REFUSED);
	paper_free(&p);
	p = made();
	assert_int_equal(paper_sign(&p, &own[2]), ERR_OK);
	assert_int_equal(check(&p, NOON_MS), EXIT_REFUSED);
	paper_free(&p);
	p = made();
	assert_int_equal(paper_sign(&p, &own[0]), ERR_OK);
	assert_int_equal(check(&p, NOON_MS), EXIT_GOOD);
	revoked_add(&revoked, ANNA);
	assert_int_equal(check(&p, NOON_MS), EXIT_REFUSED);
	paper_free(&p);
}

static void
it_is_good_for_four_hours_and_for_its_territory(void **state)
{
	struct paper p = made();

	(void)state;
	assert_int_equal(check(&p, NOON_MS + 4 * 3600 * 1000), EXIT_GOOD);
	assert_int_equal(check(&p, NOON_MS + 4 * 3600 * 1000 + 1), EXIT_REFUSED);
	trust.roster.territory++;
	assert_int_equal(check(&p, NOON_MS), EXIT_UNVERIFIED);
	trust.roster.territory--;
	trust.roster.mode = MODE_EXERCISE;
	assert_int_equal(check(&p, NOON_MS), EXIT_UNVERIFIED);
	paper_free(&p);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(what_one_signed_comes_back_from_the_file_for_the_other),
		CASE(a_changed_byte_is_found),
		CASE(only_an_operator_in_force_with_that_right_counts),
		CASE(it_is_good_for_four_hours_and_for_its_territory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
