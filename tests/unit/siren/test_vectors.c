/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_vectors.c: the orders of tests/data/orders, judged by a whole mouth.
 *
 * index.tsv names each file, the verdict and why. The orders are made here, and must be the bytes
 * of the files; `test_siren_vectors --write` writes files, index and roster anew.
 */
#include "town/town.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/data/orders/"

/* One order on its way: its body, its signers, and what was done to the bytes. */
struct vector {
	struct town *town;
	struct order order;
	uint16_t key[3];
	struct signature signature[3];
	struct buffer bytes;
};

static struct order_body *
body(struct vector *v)
{
	return &v->order.body[0];
}

static void
sign(struct vector *v)
{
	struct hash digest = order_digest(&v->order);

	v->order.approval_count = 0;
	for (int i = 0; i < 3 && v->key[i] != 0; i++) {
		v->signature[i] = signature_make(town_key(v->town, v->key[i]),
			bytes_of(digest.at, sizeof digest.at));
		v->order.approval[v->order.approval_count++] = (struct approval){
			v->key[i], APPROVAL_ED25519, bytes_of(v->signature[i].at, 64)};
	}
	buffer_clear(&v->bytes);
	order_write(&v->bytes, &v->order);
}

/* Something is changed, then it is signed. */
#define SIGNED(name, line)                                                                 \
	static void name(struct vector *v)                                                 \
	{                                                                                  \
		line;                                                                      \
		sign(v);                                                                   \
	}
/* It is signed, then something is changed. */
#define BROKEN(name, line)                                                                 \
	static void name(struct vector *v)                                                 \
	{                                                                                  \
		sign(v);                                                                   \
		line;                                                                      \
		buffer_clear(&v->bytes);                                                   \
		order_write(&v->bytes, &v->order);                                         \
	}

static void
set_class(struct vector *v, enum order_class class, uint16_t first, uint16_t second)
{
	struct order_body plain = town_body(v->town, class, order_id_ms(body(v)->id));

	plain.id = body(v)->id;
	if (class == ORDER_STOP || class == ORDER_ALL_CLEAR || class == ORDER_FALSE_ALARM) {
		plain.end_count = 1;
		plain.ends[0] = plain.id - (60000ull << 16);
	}
	*body(v) = plain;
	v->key[0] = first;
	v->key[1] = second;
}

static void
zones_many(struct vector *v)
{
	body(v)->zones.count = ORDER_ZONES;
	for (uint16_t i = 0; i < ORDER_ZONES; i++)
		body(v)->zones.number[i] = (uint16_t)(ZONE + i);
}

static void
second_body(struct vector *v)
{
	v->order.body[1] = v->order.body[0];
	v->order.body[1].zones.number[0] = 600;
	v->order.body_count = 2;
}

static void
group(struct vector *v)
{
	body(v)->zones = (struct order_zones){.group = true, .count = 1, .number = {GROUP}};
}

SIGNED(alarm, (void)0)
SIGNED(alarm_group, group(v))
SIGNED(alarm_16_zones, zones_many(v))
SIGNED(alarm_parent, body(v)->zones.number[0] = REGION)
SIGNED(alarm_two_bodies, second_body(v))
SIGNED(alarm_three_signers, v->key[2] = CLARA)
SIGNED(alarm_newer_roster, body(v)->roster = 9)
SIGNED(update, body(v)->end_count = 1; body(v)->ends[0] = 4711)
SIGNED(stop, set_class(v, ORDER_STOP, CLARA, 0))
SIGNED(all_clear, set_class(v, ORDER_ALL_CLEAR, ANNA, BORIS))
SIGNED(silent_end, set_class(v, ORDER_ALL_CLEAR, ANNA, BORIS); body(v)->pattern = 0)
SIGNED(false_alarm, set_class(v, ORDER_FALSE_ALARM, ANNA, BORIS))
SIGNED(takeover, set_class(v, ORDER_TAKEOVER, ANNA, BORIS))
SIGNED(break_glass, set_class(v, ORDER_BREAK_GLASS, FARUK, 0))
SIGNED(sensor, set_class(v, ORDER_SENSOR, SENSOR, 0))
SIGNED(test, set_class(v, ORDER_TEST, GITA, 0))
SIGNED(growl, set_class(v, ORDER_TEST, GITA, 0); body(v)->pattern = PATTERN_GROWL)

SIGNED(other_territory, body(v)->territory++)
SIGNED(exercise, body(v)->mode = MODE_EXERCISE)
SIGNED(other_zone, body(v)->zones.number[0] = 6)
SIGNED(other_group, group(v); body(v)->zones.number[0] = ZONE)
SIGNED(early, body(v)->not_before_s += 600)
SIGNED(expired, body(v)->not_before_s -= 1200; body(v)->id -= 1200000ull << 16)
SIGNED(id_of_yesterday, body(v)->id -= 90000000ull << 16)
SIGNED(id_of_tomorrow, body(v)->id += 70000ull << 16)
SIGNED(one_signer, v->key[1] = 0)
SIGNED(no_signer, v->key[0] = 0)
SIGNED(same_signer, v->key[1] = ANNA)
SIGNED(same_person, v->key[1] = ANNA_TOO)
SIGNED(unknown_key, v->key[1] = STRANGER)
SIGNED(no_right, v->key[1] = GITA)
SIGNED(sensor_as_operator, v->key[1] = SENSOR)
SIGNED(no_zone_right, v->key[1] = DORA)
SIGNED(all_clear_by_one, set_class(v, ORDER_ALL_CLEAR, ANNA, 0))
SIGNED(glass_without_mandate, set_class(v, ORDER_BREAK_GLASS, ANNA, 0))
SIGNED(sensor_too_long, set_class(v, ORDER_SENSOR, SENSOR, 0); body(v)->seconds = 31)
SIGNED(sensor_cbrn, set_class(v, ORDER_SENSOR, SENSOR, 0); body(v)->hazard = HAZARD_CBRN)
SIGNED(alarm_as_all_clear, body(v)->pattern = CLEAR)
SIGNED(unknown_pattern, body(v)->pattern = 99)
SIGNED(test_as_alarm, set_class(v, ORDER_TEST, GITA, 0); body(v)->pattern = ATTACK)
SIGNED(mixed_classes, second_body(v); v->order.body[1].class = ORDER_FALSE_ALARM;
	v->order.body[1].join = false; v->order.body[1].end_count = 1;
	v->order.body[1].ends[0] = 1)
SIGNED(mixed_hazards, second_body(v); v->order.body[1].hazard++)
SIGNED(zones_that_fall, body(v)->zones.count = 2; body(v)->zones.number[1] = 4)
SIGNED(alarm_without_zones, body(v)->zones.count = 0)
SIGNED(stop_with_zones, set_class(v, ORDER_STOP, CLARA, 0); body(v)->zones.count = 1;
	body(v)->zones.number[0] = ZONE)

BROKEN(redated, body(v)->not_before_s++)
BROKEN(other_content, body(v)->content.at[0] ^= 1)
BROKEN(other_ending, body(v)->end_count = 1; body(v)->ends[0] = 1)
BROKEN(one_bit_of_a_signature, v->signature[1].at[63] ^= 1)
BROKEN(passkey, v->order.approval[1].algorithm = APPROVAL_WEBAUTHN_ES256)

static void
sign_in(struct vector *v)
{
	struct hash digest, said;

	sign(v);
	digest = order_digest(&v->order);
	said = hash_tagged("belfry-sign-in-1", bytes_of(digest.at, sizeof digest.at));
	v->signature[1] =
		signature_make(town_key(v->town, BORIS), bytes_of(said.at, sizeof said.at));
	buffer_clear(&v->bytes);
	order_write(&v->bytes, &v->order);
}

static void
cut(struct vector *v)
{
	sign(v);
	v->bytes.len--;
}

static void
trailing(struct vector *v)
{
	sign(v);
	write_u8(&v->bytes, 0);
}

static void
version_2(struct vector *v)
{
	sign(v);
	v->bytes.at[0] = 2;
}

static const struct {
	const char *name;
	void (*make)(struct vector *v);
	enum verdict verdict;
	const char *why;
} vectors[] = {
#define GOOD(name, why) {#name, name, VERDICT_GOOD, why},
#define BAD(name, verdict, why) {#name, name, VERDICT_##verdict, why},
	/* clang-format off */
	GOOD(alarm, "the plain one: Anna and Boris, zone 5")
	GOOD(alarm_group, "one zone group: a body of 64 bytes")
	GOOD(alarm_16_zones, "16 zones: a body of 94 bytes")
	GOOD(alarm_parent, "the region above zone 5")
	GOOD(alarm_two_bodies, "the second body is for other zones")
	GOOD(alarm_three_signers, "three are not too many")
	GOOD(alarm_newer_roster, "signed under a newer roster than ours")
	GOOD(update, "an alarm that ends another")
	GOOD(stop, "one operator, no zones")
	GOOD(all_clear, "two operators, and the alarm that it ends")
	GOOD(silent_end, "all clear with pattern 0")
	GOOD(false_alarm, "two operators")
	GOOD(takeover, "two operators; means nothing outside an entry of that kind")
	GOOD(break_glass, "Faruk has a mandate")
	GOOD(sensor, "so has the gauge")
	GOOD(test, "the silent test, one operator")
	GOOD(growl, "the growl, one operator")
	BAD(other_territory, TERRITORY, "one more than ours")
	BAD(exercise, MODE, "exercise at a live mouth")
	BAD(other_zone, ZONE, "zone 6")
	BAD(other_group, ZONE, "group 5 is not zone 5")
	BAD(early, EARLY, "not before ten minutes from now")
	BAD(expired, EXPIRED, "twenty minutes old, for ten minutes")
	BAD(id_of_yesterday, FORMAT, "the id is more than a day older than not-before")
	BAD(id_of_tomorrow, FORMAT, "the id is more than a minute younger than not-before")
	BAD(one_signer, SIGNERS, "an alarm needs two")
	BAD(no_signer, SIGNERS, "nobody")
	BAD(same_signer, SAME_SIGNER, "Anna twice")
	BAD(same_person, SAME_SIGNER, "Anna's two keys")
	BAD(unknown_key, KEY_UNKNOWN, "key 60 is in no roster")
	BAD(no_right, RIGHTS, "Gita may only test")
	BAD(sensor_as_operator, RIGHTS, "a sensor approves nothing")
	BAD(no_zone_right, ZONE_RIGHTS, "Dora's zone is 7")
	BAD(all_clear_by_one, SIGNERS, "an all clear needs two")
	BAD(glass_without_mandate, MANDATE, "Anna has none")
	BAD(sensor_too_long, MANDATE, "31 s of at most 30")
	BAD(sensor_cbrn, MANDATE, "no key alone for CBRN")
	BAD(alarm_as_all_clear, PATTERN, "an alarm may not sound the all clear")
	BAD(unknown_pattern, PATTERN, "there is no pattern 99")
	BAD(test_as_alarm, PATTERN, "a test may not sound the alarm")
	BAD(mixed_classes, FORMAT, "only alarm and all clear stand together")
	BAD(mixed_hazards, FORMAT, "bodies that disagree")
	BAD(zones_that_fall, FORMAT, "zone numbers must rise")
	BAD(alarm_without_zones, FORMAT, "an alarm must say where")
	BAD(stop_with_zones, FORMAT, "a stop is for wherever the order is")
	BAD(redated, SIGNATURE, "not-before changed after signing")
	BAD(other_content, SIGNATURE, "the text changed after signing")
	BAD(other_ending, SIGNATURE, "an ending was added after signing")
	BAD(one_bit_of_a_signature, SIGNATURE, "the last bit of Boris's")
	BAD(sign_in, SIGNATURE, "Boris signed in with the order's digest as challenge")
	BAD(passkey, ALGORITHM, "algorithm 2 is for a later version")
	BAD(cut, FORMAT, "one byte too short")
	BAD(trailing, FORMAT, "one byte too long")
	BAD(version_2, FORMAT, "another version")
	/* clang-format on */
};
enum { VECTORS = sizeof vectors / sizeof *vectors };

/* ---- */

static void
make(struct vector *v, struct town *t, int64_t now_ms, size_t i)
{
	*v = (struct vector){.town = t, .key = {ANNA, BORIS}};
	t->random = (uint16_t)(0x100 + i);
	v->order.body_count = 1;
	v->order.body[0] = town_body(t, ORDER_ALARM, now_ms);
	v->order.body[0].id = order_id_make(now_ms, (uint16_t)(0x100 + i));
	vectors[i].make(v);
}

static bool
read_file(struct buffer *out, const char *name)
{
	char path[256], hex[20000];
	uint8_t raw[10000];
	size_t len;
	FILE *f;

	snprintf(path, sizeof path, FOLDER "%s.hex", name);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	len = fread(hex, 1, sizeof hex - 1, f);
	fclose(f);
	hex[len] = '\0';
	if (len > 0 && hex[len - 1] == '\n')
		hex[--len] = '\0';
	if (hex_read(raw, len / 2, hex) != ERR_OK)
		return false;
	write_bytes(out, raw, len / 2);
	return true;
}

static void
every_vector_is_judged_as_the_index_says(void **state)
{
	struct town t;

	(void)state;
	town_new(&t);
	for (size_t i = 0; i < VECTORS; i++) {
		struct box b;
		struct vector v;
		struct buffer file = {0};
		enum verdict expected = vectors[i].verdict;

		box_new(&b, &t);
		make(&v, &t, b.wall_ms, i);
		if (!read_file(&file, vectors[i].name))
			fail_msg("no file for %s: run --write", vectors[i].name);
		if (!bytes_equal(buffer_bytes(&file), buffer_bytes(&v.bytes)))
			fail_msg("%s is not what this test makes", vectors[i].name);
		box_give(&b, buffer_bytes(&file));
		if (expected == VERDICT_GOOD ? box_told(&b, RECEIPT_HEARD, 0) != 1
					     : box_refused(&b, expected) != 1)
			fail_msg("%s is not %s", vectors[i].name, verdict_name(expected));
		buffer_free(&file);
		buffer_free(&v.bytes);
		box_free(&b);
	}
	town_free(&t);
}

/* The index is for people and for other programs; it says the same as the table above. */
static void
the_index_names_every_vector(void **state)
{
	char line[512];
	size_t i = 0;
	FILE *f = fopen(FOLDER "index.tsv", "r");

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		char expected[512];

		if (line[0] == '#')
			continue;
		assert_true(i < VECTORS);
		snprintf(expected, sizeof expected, "%s.hex\t%s\t%s\n", vectors[i].name,
			verdict_name(vectors[i].verdict), vectors[i].why);
		assert_string_equal(line, expected);
		i++;
	}
	fclose(f);
	assert_int_equal(i, VECTORS);
}

static FILE *
opened(const char *name)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, FOLDER "%s", name);
	f = fopen(path, "w");
	if (f == NULL) {
		perror(path);
		exit(1);
	}
	return f;
}

static int
write_all(void)
{
	struct town t;
	struct box b;
	char when[TIME_TEXT], name[128], hex[20001];
	FILE *index = opened("index.tsv"), *f;

	town_new(&t);
	box_new(&b, &t);
	time_write(when, b.wall_ms);
	fprintf(index,
		"# SPDX-License-Identifier: GPL-3.0-or-later\n"
		"# Each order comes first at a mouth of roster.json, in zone 5 of district "
		"50 of\n"
		"# region 500, in groups 9 and 10, at %s, with the patterns\n"
		"# silent test 1, growl 2, attack 80, 81 and 83, all clear 82.\n"
		"# file\tverdict\twhy\n",
		when);
	for (size_t i = 0; i < VECTORS; i++) {
		struct vector v;

		make(&v, &t, b.wall_ms, i);
		hex_write(hex, v.bytes.at, v.bytes.len);
		snprintf(name, sizeof name, "%s.hex", vectors[i].name);
		f = opened(name);
		fprintf(f, "%s\n", hex);
		fclose(f);
		fprintf(index, "%s\t%s\t%s\n", name, verdict_name(vectors[i].verdict),
			vectors[i].why);
		buffer_free(&v.bytes);
	}
	fclose(index);
	f = opened("roster.json");
	fprintf(f, "%s\n", buffer_text(&t.roster));
	fclose(f);
	box_free(&b);
	town_free(&t);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_is_judged_as_the_index_says),
		cmocka_unit_test(the_index_names_every_vector),
	};

	if (argc == 2 && strcmp(argv[1], "--write") == 0)
		return write_all();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
