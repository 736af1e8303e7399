/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rule that every mouth applies; whole orders and their bytes are in tests/data/orders. */
#include "bulletin/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ANNA = 1, BORIS = 2, ANNA_TOO = 3, CITY = 4, GAUGE = 5, GLASS = 6, KEYS = 7 };

static struct secret_key secret[KEYS];
static struct roster_key keys[KEYS - 1];
static struct mandate mandates[] = {{.number = 1, .key = GAUGE, .class = ORDER_SENSOR},
	{.number = 2, .key = GLASS, .class = ORDER_BREAK_GLASS}};
static struct roster roster = {.territory = 7,
	.serial = 1,
	.mode = MODE_LIVE,
	.key_count = KEYS - 1,
	.mandate_count = 2,
	.key = keys,
	.mandate = mandates};
static struct revoked revoked;
static const struct judge judge = {7, MODE_LIVE, &roster, &revoked, NULL, NULL};
/* Zone 5 of city 50 of region 500; group 9. */
static const struct place place = {3, {5, 50, 500}, 1, {9}};

static struct order order;
static struct signature signature[ORDER_APPROVALS];

static int
setup(void **state)
{
	static const char *const person[] = {
		"", "Anna", "Boris", "Anna", "Citizen", "Gauge", "Faruk"};

	(void)state;
	for (uint16_t i = 1; i < KEYS; i++) {
		uint8_t seed[32] = {(uint8_t)i};

		secret[i] = secret_key_from_seed(seed);
		keys[i - 1] = (struct roster_key){.number = i,
			.key = secret[i].public,
			.roles = i == GAUGE ? ROLE_SENSOR : ROLE_OPERATOR,
			.classes = 0x1fe};
		snprintf(keys[i - 1].person, ROSTER_NAME, "%s", person[i]);
	}
	keys[CITY - 1].zone_count = 1;
	keys[CITY - 1].zone[0] = 50;
	memset(&revoked, 0, sizeof revoked);
	order = (struct order){.body_count = 1};
	order.body[0] = (struct order_body){.territory = 7,
		.mode = MODE_LIVE,
		.class = ORDER_ALARM,
		.pattern = 1,
		.id = order_id_make(1782900000000, 1),
		.not_before_s = 1782900000,
		.lifetime_s = 600,
		.zones = {.count = 1, .number = {5}}};
	return 0;
}

static void
approve(uint16_t key)
{
	struct hash digest = order_digest(&order);
	int i = order.approval_count++;

	signature[i] = signature_make(&secret[key], bytes_of(digest.at, sizeof digest.at));
	order.approval[i] = (struct approval){
		key, APPROVAL_ED25519, bytes_of(signature[i].at, sizeof signature[i].at)};
}

static enum verdict
said(void)
{
	int rung;

	return order_judge(&judge, &order, &order.body[0], &place, &rung);
}

static void
two_persons_are_heard(void **state)
{
	int rung = -1;

	(void)state;
	approve(ANNA);
	assert_int_equal(said(), VERDICT_SIGNERS);
	approve(BORIS);
	assert_int_equal(
		order_judge(&judge, &order, &order.body[0], &place, &rung), VERDICT_GOOD);
	assert_int_equal(rung, 0);
}

static void
persons_count_and_not_keys(void **state)
{
	(void)state;
	approve(ANNA);
	approve(ANNA_TOO);
	assert_int_equal(said(), VERDICT_SAME_SIGNER);
	assert_int_equal(order_persons(&roster, &order), 1);
	approve(ANNA);
	assert_int_equal(said(), VERDICT_SAME_SIGNER);
	approve(BORIS);
	assert_int_equal(said(), VERDICT_GOOD);
	assert_int_equal(order_persons(&roster, &order), 2);
	assert_true(roster_same_person(&roster, ANNA, ANNA_TOO));
	assert_true(roster_same_person(&roster, 99, 99)); /* in no roster, but itself */
	assert_false(roster_same_person(&roster, ANNA, 99));
	assert_false(roster_same_person(&roster, 98, ANNA));
	assert_false(roster_same_person(&roster, ANNA, BORIS));
}

static void
every_class_needs_its_signers(void **state)
{
	static const int needs[] = {0, 2, 2, 2, 2, 1, 1, 1, 1};

	(void)state;
	for (int c = ORDER_ALARM; c <= ORDER_TEST; c++)
		assert_int_equal(class_signers((enum order_class)c), needs[c]);
	assert_int_equal(class_signers((enum order_class)99), 2);
}

static void
place_mode_territory_and_id_come_before_any_key(void **state)
{
	struct order_body *b = &order.body[0];
	struct order_body good = *b;

	(void)state;
	b->territory++;
	assert_int_equal(said(), VERDICT_TERRITORY);
	*b = good;
	b->mode = MODE_EXERCISE;
	assert_int_equal(said(), VERDICT_MODE);
	*b = good;
	b->id = order_id_make(1782900000000 - 86400001, 1);
	assert_int_equal(said(), VERDICT_FORMAT);
	b->id = order_id_make(1782900000000 + 60001, 1);
	assert_int_equal(said(), VERDICT_FORMAT);
	b->id = order_id_make(1782900000000 + 60000, 1);
	assert_int_equal(said(), VERDICT_SIGNERS);
	b->id = order_id_make(1782900000000 - 86400000, 1);
	assert_int_equal(said(), VERDICT_SIGNERS);
	*b = good;
	b->zones.number[0] = 6;
	assert_int_equal(said(), VERDICT_ZONE);
}

static void
the_closest_rung_counts(void **state)
{
	struct order_zones z = {.count = 3, .number = {5, 50, 500}};

	(void)state;
	assert_int_equal(place_rung(&place, &z), 0);
	z = (struct order_zones){.count = 2, .number = {50, 500}};
	assert_int_equal(place_rung(&place, &z), 1);
	z = (struct order_zones){.count = 1, .number = {500}};
	assert_int_equal(place_rung(&place, &z), 2);
	z = (struct order_zones){.count = 1, .number = {9}};
	assert_int_equal(place_rung(&place, &z), -1);
	z.group = true;
	assert_int_equal(place_rung(&place, &z), 0);
	z.number[0] = 5;
	assert_int_equal(place_rung(&place, &z), -1);
	z = (struct order_zones){0};
	assert_int_equal(place_rung(&place, &z), 0);
}

static void
a_key_orders_in_its_zones_and_below_but_not_above(void **state)
{
	struct order_body *b = &order.body[0];
	struct place nowhere = {0};
	int rung;

	(void)state;
	approve(CITY);
	approve(ANNA);
	assert_int_equal(said(), VERDICT_GOOD); /* zone 5 is below city 50 */
	for (int i = 0; i < 2; i++) {
		b->zones.number[0] = i ? 500 : 50;
		order.approval_count = 0;
		approve(CITY);
		approve(ANNA);
		assert_int_equal(said(), i ? VERDICT_ZONE_RIGHTS : VERDICT_GOOD);
	}
	b->zones = (struct order_zones){.group = true, .count = 1, .number = {9}};
	order.approval_count = 0;
	approve(CITY);
	approve(ANNA);
	assert_int_equal(said(), VERDICT_GOOD);
	b->class = ORDER_STOP;
	b->zones = (struct order_zones){0};
	order.approval_count = 0;
	approve(CITY);
	assert_int_equal(said(), VERDICT_GOOD);
	assert_int_equal(
		order_judge(&judge, &order, b, &nowhere, &rung), VERDICT_ZONE_RIGHTS);
}

static void
role_class_and_mandate_are_looked_at(void **state)
{
	struct order_body *b = &order.body[0];

	(void)state;
	approve(GAUGE);
	approve(ANNA);
	assert_int_equal(said(), VERDICT_RIGHTS);
	keys[ANNA - 1].classes = 1u << ORDER_STOP;
	order.approval_count = 0;
	approve(ANNA);
	approve(BORIS);
	assert_int_equal(said(), VERDICT_RIGHTS);
	keys[ANNA - 1].classes = 0x1fe;
	b->class = ORDER_SENSOR;
	order.approval_count = 0;
	approve(GAUGE);
	assert_int_equal(said(), VERDICT_GOOD);
	order.approval_count = 0;
	approve(ANNA);
	assert_int_equal(said(), VERDICT_RIGHTS);
	b->class = ORDER_BREAK_GLASS;
	order.approval_count = 0;
	approve(ANNA);
	assert_int_equal(said(), VERDICT_MANDATE);
	order.approval_count = 0;
	approve(GLASS);
	assert_int_equal(said(), VERDICT_GOOD);
}

static void
unknown_and_revoked_keys_spoil_an_order_that_is_good_without_them(void **state)
{
	(void)state;
	approve(ANNA);
	approve(BORIS);
	approve(GLASS);
	revoked_add(&revoked, GLASS);
	assert_int_equal(said(), VERDICT_KEY_REVOKED);
	order.approval[2].key = 99;
	assert_int_equal(said(), VERDICT_KEY_UNKNOWN);
	order.approval_count = 2;
	assert_int_equal(said(), VERDICT_GOOD);
}

static void
only_whole_ed25519_signatures_of_this_digest_count(void **state)
{
	(void)state;
	approve(ANNA);
	approve(BORIS);
	order.approval[1].algorithm = APPROVAL_WEBAUTHN_ES256;
	assert_int_equal(said(), VERDICT_ALGORITHM);
	order.approval[1].algorithm = 0;
	assert_int_equal(said(), VERDICT_ALGORITHM);
	order.approval[1].algorithm = APPROVAL_ED25519;
	order.approval[1].signature.len = 63;
	assert_int_equal(said(), VERDICT_SIGNATURE);
	order.approval[1].signature = bytes_of(signature[0].at, 64);
	assert_int_equal(said(), VERDICT_SIGNATURE);
	order.approval[1].signature = bytes_of(signature[1].at, 64);
	order.body[0].seconds++;
	assert_int_equal(said(), VERDICT_SIGNATURE);
	order.body[0].seconds--;
	assert_int_equal(said(), VERDICT_GOOD);
}

static unsigned asked;

static bool
no_verify(void *ctx, const struct public_key *key, struct bytes message,
	const struct signature *s)
{
	(void)key;
	(void)message;
	(void)s;
	asked++;
	return *(bool *)ctx;
}

static void
a_fleet_brings_its_own_verifier(void **state)
{
	bool answer = true;
	struct judge fleet = judge;
	int rung;

	(void)state;
	fleet.verify = no_verify;
	fleet.verify_ctx = &answer;
	approve(ANNA);
	approve(BORIS);
	asked = 0;
	assert_int_equal(
		order_judge(&fleet, &order, &order.body[0], &place, &rung), VERDICT_GOOD);
	assert_int_equal(asked, 2);
	answer = false;
	assert_int_equal(order_judge(&fleet, &order, &order.body[0], &place, &rung),
		VERDICT_SIGNATURE);
	assert_int_equal(asked, 3);
}

static void
one_approval_is_judged_alone_for_the_hub(void **state)
{
	const struct order_body *b = &order.body[0];

	(void)state;
	approve(ANNA);
	assert_int_equal(approval_judge(&judge, &order, b, &order.approval[0], &place, 0),
		VERDICT_GOOD);
	signature[0].at[5] ^= 1;
	assert_int_equal(approval_judge(&judge, &order, b, &order.approval[0], &place, 0),
		VERDICT_SIGNATURE);
	order.approval[0].key = 99;
	assert_int_equal(approval_judge(&judge, &order, b, &order.approval[0], &place, 0),
		VERDICT_KEY_UNKNOWN);
}

static void
every_verdict_has_a_name(void **state)
{
	(void)state;
	for (int a = 0; a < VERDICT_COUNT; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(verdict_name((enum verdict)a),
				verdict_name((enum verdict)b));
	assert_string_equal(verdict_name((enum verdict)200), "unknown");
}

static void
a_mandate_reaches_no_further_than_it_says(void **state)
{
	static const struct mandate m = {.pattern_count = 1,
		.pattern = {80},
		.zone_count = 1,
		.zone = {7},
		.seconds_max = 240,
		.not_after_ms = 5000};
	static const struct place below = {.depth = 2, .zone = {9, 7}},
				  elsewhere = {.depth = 1, .zone = {9}};
	const struct order_body good = {.pattern = 80,
		.seconds = 240,
		.lifetime_s = 1800,
		.hazard = 1,
		.class = ORDER_BREAK_GLASS};
	struct order_body b = good;

	(void)state;
	assert_true(mandate_covers(&m, &b, &below, 0, 5000));
	assert_false(mandate_covers(&m, &b, &below, 0, 5001));
	assert_false(mandate_covers(&m, &b, &elsewhere, 0, 5000));
	b.pattern = 81;
	assert_false(mandate_covers(&m, &b, &below, 0, 5000));
	b = good;
	b.seconds = 241;
	assert_false(mandate_covers(&m, &b, &below, 0, 5000));
	b = good;
	b.lifetime_s = 1801;
	assert_false(mandate_covers(&m, &b, &below, 0, 5000));
	b = good;
	b.hazard = HAZARD_EVACUATION;
	assert_false(mandate_covers(&m, &b, &below, 0, 5000));
}

static void
a_suspension_holds_for_an_hour(void **state)
{
	const int64_t at = 1000000000LL;
	struct suspensions all = {0};
	struct suspension s = {.mandate = 3, .time_s = (uint32_t)(at / 1000)};

	(void)state;
	assert_false(suspensions_hold(&all, 3, at));
	suspensions_add(&all, &s);
	assert_true(suspensions_hold(&all, 3, at));
	assert_false(suspensions_hold(&all, 4, at));
	assert_false(suspensions_hold(&all, 3, at - 5001));
	assert_true(suspensions_hold(&all, 3, at + 3599999));
	assert_false(suspensions_hold(&all, 3, at + 3600000));
	s.time_s += 600;
	suspensions_add(&all, &s);
	assert_int_equal(all.count, 1);
	assert_true(suspensions_hold(&all, 3, at + 3600000));
	s.time_s -= 600; /* an older one, played again, shortens nothing */
	suspensions_add(&all, &s);
	assert_true(suspensions_hold(&all, 3, at + 3600000));
}

#define SAID(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SAID(two_persons_are_heard),
		SAID(persons_count_and_not_keys),
		SAID(every_class_needs_its_signers),
		SAID(place_mode_territory_and_id_come_before_any_key),
		SAID(the_closest_rung_counts),
		SAID(a_key_orders_in_its_zones_and_below_but_not_above),
		SAID(role_class_and_mandate_are_looked_at),
		SAID(a_mandate_reaches_no_further_than_it_says),
		SAID(a_suspension_holds_for_an_hour),
		SAID(unknown_and_revoked_keys_spoil_an_order_that_is_good_without_them),
		SAID(only_whole_ed25519_signatures_of_this_digest_count),
		SAID(a_fleet_brings_its_own_verifier),
		SAID(one_approval_is_judged_alone_for_the_hub),
		SAID(every_verdict_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
