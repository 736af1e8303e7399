/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bulletin/roster.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ANNA = 1, BORIS = 2, CLARA = 3, ANNA_TOO = 4, PEOPLE = 5 };

static struct arena *arena;
static struct secret_key secret[PEOPLE], hub;

static struct secret_key
key_of(uint8_t n)
{
	uint8_t seed[32] = {n};

	return secret_key_from_seed(seed);
}

static int
setup(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < PEOPLE; i++)
		secret[i] = key_of(i);
	hub = key_of(100);
	return arena_new(&arena) == ERR_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const char *
base64(const struct public_key *key)
{
	struct buffer b = {0};
	char *out;

	base64_write(&b, bytes_of(key->at, sizeof key->at));
	out = arena_text(arena, buffer_text(&b), b.len);
	buffer_free(&b);
	return out;
}

static const char *
key_text(int number, const char *name, const char *roles, const char *more)
{
	char text[512];

	snprintf(text, sizeof text,
		"{\"number\":%d,\"person\":\"%s\",\"public_key\":\"%s\",\"roles\":[%s],"
		"\"classes\":[\"alarm\",\"stop\",\"sensor\"]%s}",
		number, name, base64(&secret[number % PEOPLE].public), roles, more);
	return arena_text(arena, text, strlen(text));
}

#define BOTH "\"operator\",\"administrator\""
#define HEAD                                                                               \
	"{\"format\":\"belfry-roster-1\",\"territory\":\"0be1f41a\",\"mode\":\"live\","    \
	"\"serial\":1,\"previous\":null,"
#define MANDATE(number, key, class)                                                        \
	"{\"number\":" number ",\"key\":" key                                              \
	",\"class\":\"" class "\",\"patterns\":[80],\"zones\":[5],\"seconds_max\":60,"     \
			      "\"starts_per_hour\":2,"                                     \
			      "\"not_after\":\"2027-01-01T00:00:00Z\"}"

static const char *
hub_text(int term, const struct secret_key *key)
{
	char text[256];

	snprintf(text, sizeof text, "{\"term\":%d,\"name\":\"main\",\"public_key\":\"%s\"}",
		term, base64(&key->public));
	return arena_text(arena, text, strlen(text));
}

static const char *
roster_text(const char *head, const char *keys, const char *hubs, const char *mandates)
{
	struct buffer b = {0};
	char *out;

	write_format(&b, "%s\"keys\":[%s],\"hubs\":[%s],\"mandates\":[%s]}", head, keys,
		hubs, mandates);
	out = arena_text(arena, buffer_text(&b), b.len);
	buffer_free(&b);
	return out;
}

static const char *
people(void)
{
	struct buffer b = {0};
	char *out;

	write_format(&b, "%s,%s,%s,%s", key_text(ANNA, "Anna", BOTH, ""),
		key_text(BORIS, "Boris", BOTH, ""),
		key_text(CLARA, "Clara", "\"operator\"", ",\"zones\":[7,5]"),
		key_text(ANNA_TOO, "Anna", BOTH, ""));
	out = arena_text(arena, buffer_text(&b), b.len);
	buffer_free(&b);
	return out;
}

static struct roster
read_good(const char *text)
{
	struct roster r;
	struct fault fault = {""};

	if (roster_read(&r, arena, bytes_of_text(text), &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	return r;
}

static struct roster
town(void)
{
	return read_good(roster_text(HEAD, people(), hub_text(1, &hub),
		MANDATE("1", "3", "sensor") "," MANDATE("2", "1", "break-glass")));
}

/* Error and sentence of a text that is wrong in one thing. */
static void
refused(const char *text, enum err err, const char *part)
{
	struct roster r;
	struct fault fault = {""};

	assert_int_equal(roster_read(&r, arena, bytes_of_text(text), &fault), err);
	if (strstr(fault.text, part) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", fault.text, part);
}

/* ---- reading ---- */

static void
a_roster_is_read_field_by_field(void **state)
{
	struct roster r = town();

	(void)state;
	assert_int_equal(r.territory, 0x0be1f41a);
	assert_int_equal(r.serial, 1);
	assert_int_equal(r.mode, MODE_LIVE);
	assert_true(hash_is_zero(&r.previous));
	assert_int_equal(r.key_count, 4);
	assert_string_equal(r.key[0].person, "Anna");
	assert_int_equal(r.key[0].roles, ROLE_OPERATOR | ROLE_ADMINISTRATOR);
	assert_int_equal(r.key[2].zone_count, 2);
	assert_int_equal(r.key[2].zone[0], 7);
	assert_int_equal(
		r.key[0].classes, 1 << ORDER_ALARM | 1 << ORDER_STOP | 1 << ORDER_SENSOR);
	assert_int_equal(r.mandate[0].seconds_max, 60);
	assert_int_equal(r.mandate[0].not_after_ms, 1798761600000);
	assert_non_null(roster_key(&r, CLARA));
	assert_null(roster_key(&r, 99));
	assert_ptr_equal(roster_mandate(&r, CLARA, ORDER_SENSOR), &r.mandate[0]);
	assert_null(roster_mandate(&r, CLARA, ORDER_BREAK_GLASS));
	assert_non_null(roster_hub_key(&r, 1));
	assert_null(roster_hub_key(&r, 2));
}

static void
what_is_written_reads_the_same(void **state)
{
	struct roster r = town(), again;
	struct buffer first = {0}, second = {0};

	(void)state;
	r.previous = hash_of(bytes_of_text("x"));
	r.serial = 2;
	roster_write(&first, &r);
	again = read_good(buffer_text(&first));
	assert_true(hash_equal(&again.previous, &r.previous));
	assert_memory_equal(again.key, r.key, r.key_count * sizeof *r.key);
	assert_memory_equal(again.mandate, r.mandate, r.mandate_count * sizeof *r.mandate);
	assert_memory_equal(again.hub, r.hub, r.hub_count * sizeof *r.hub);
	roster_write(&second, &again);
	assert_string_equal(buffer_text(&first), buffer_text(&second));
	buffer_free(&first);
	buffer_free(&second);
}

static void
each_wrong_thing_is_named(void **state)
{
	const char *keys = people(), *hubs = hub_text(1, &hub);

	(void)state;
	refused("[]", ERR_FORMAT, "not an object");
	refused("{", ERR_FORMAT, "line 1");
	refused("{} x", ERR_FORMAT, "line 1");
	refused("{\"a\":1,\"a\":2}", ERR_FORMAT, "line 1");
	refused("{}", ERR_FORMAT, "a roster has");
	refused(roster_text("{\"format\":\"belfry-roster-2\",\"territory\":\"0be1f41a\","
			    "\"mode\":\"live\",\"serial\":1,\"previous\":null,",
			keys, hubs, ""),
		ERR_VERSION, "belfry-roster-1");
	refused(roster_text("{\"format\":\"belfry-roster-1\",\"territory\":\"0be1f4\","
			    "\"mode\":\"live\",\"serial\":1,\"previous\":null,",
			keys, hubs, ""),
		ERR_FORMAT, "territory");
	refused(roster_text("{\"format\":\"belfry-roster-1\",\"territory\":\"0be1f41a\","
			    "\"mode\":\"war\",\"serial\":1,\"previous\":null,",
			keys, hubs, ""),
		ERR_FORMAT, "mode");
	refused(roster_text("{\"format\":\"belfry-roster-1\",\"territory\":\"0be1f41a\","
			    "\"mode\":\"live\",\"serial\":0,\"previous\":null,",
			keys, hubs, ""),
		ERR_FORMAT, "serial");
	refused(roster_text("{\"format\":\"belfry-roster-1\",\"territory\":\"0be1f41a\","
			    "\"mode\":\"live\",\"serial\":2,\"previous\":\"00\",",
			keys, hubs, ""),
		ERR_FORMAT, "previous");
	refused(roster_text("{\"format\":\"belfry-roster-1\",\"territory\":\"0be1f41a\","
			    "\"mode\":\"live\",\"serial\":1,\"previous\":null,\"x\":1,",
			keys, hubs, ""),
		ERR_FORMAT, "nothing else");
}

static const char *
with_key(const char *third)
{
	char text[2048];

	snprintf(text, sizeof text, "%s,%s,%s", key_text(ANNA, "Anna", BOTH, ""),
		key_text(BORIS, "Boris", BOTH, ""), third);
	return roster_text(HEAD, text, hub_text(1, &hub), "");
}

static void
wrong_keys_are_named(void **state)
{
	char key[512];

	(void)state;
	refused(with_key("7"), ERR_FORMAT, "keys 3: not an object");
	refused(with_key(key_text(CLARA, "Clara", "\"operator\"", ",\"x\":1")), ERR_FORMAT,
		"keys 3: unknown field \"x\"");
	refused(with_key(key_text(BORIS, "Clara", "\"operator\"", "")), ERR_DUPLICATE,
		"must rise");
	refused(with_key(key_text(7, "Clara", "\"operator\"", "")), ERR_DUPLICATE,
		"keys 2 and 7 are the same key");
	refused(with_key(key_text(CLARA, "", "\"operator\"", "")), ERR_FORMAT, "the name");
	refused(with_key(key_text(CLARA, "Clara ", "\"operator\"", "")), ERR_FORMAT,
		"the name");
	refused(with_key(key_text(CLARA, " Clara", "\"operator\"", "")), ERR_FORMAT,
		"the name");
	refused(with_key(key_text(CLARA, "Cla  ra", "\"operator\"", "")), ERR_FORMAT,
		"the name");
	refused(with_key(key_text(CLARA, "Cla\\u001b[2Jra", "\"operator\"", "")),
		ERR_FORMAT, "the name");
	refused(with_key(key_text(CLARA, "Cla\\u007fra", "\"operator\"", "")), ERR_FORMAT,
		"the name");
	refused(with_key(key_text(CLARA,
			"a name that is longer than anybody can be expected to say",
			"\"operator\"", "")),
		ERR_FORMAT, "the name");
	refused(with_key(key_text(CLARA, "Clara", "", "")), ERR_FORMAT, "roles");
	refused(with_key(key_text(CLARA, "Clara", "\"king\"", "")), ERR_UNKNOWN, "a role");
	refused(with_key(key_text(CLARA, "Clara", "\"operator\",\"operator\"", "")),
		ERR_UNKNOWN, "a role");
	refused(with_key(key_text(CLARA, "Clara", "1", "")), ERR_UNKNOWN, "a role");
	refused(with_key(key_text(CLARA, "Clara", "\"operator\"", ",\"zones\":[]")),
		ERR_RANGE, "a list of numbers");
	refused(with_key(key_text(CLARA, "Clara", "\"operator\"", ",\"zones\":7")),
		ERR_RANGE, "a list of numbers");
	refused(with_key(key_text(CLARA, "Clara", "\"operator\"", ",\"zones\":[65536]")),
		ERR_RANGE, "out of range");
	refused(with_key(key_text(CLARA, "Clara", "\"operator\"", ",\"zones\":[-1]")),
		ERR_RANGE, "out of range");
	refused(with_key("{\"number\":0}"), ERR_RANGE, "the number");
	refused(with_key("{\"number\":\"3\"}"), ERR_RANGE, "the number");
	refused(with_key("{\"number\":3,\"person\":\"C\",\"public_key\":\"AAAA\"}"),
		ERR_FORMAT, "32 bytes");
	refused(with_key("{\"number\":3,\"person\":\"C\",\"public_key\":1}"), ERR_FORMAT,
		"32 bytes");
	snprintf(key, sizeof key,
		"{\"number\":3,\"person\":\"C\",\"public_key\":\"%s\",\"roles\":["
		"\"sensor\"],"
		"\"classes\":%s}",
		base64(&secret[3].public), "[\"alarms\"]");
	refused(with_key(key), ERR_UNKNOWN, "a class");
	snprintf(key, sizeof key,
		"{\"number\":3,\"person\":\"C\",\"public_key\":\"%s\",\"roles\":["
		"\"sensor\"],"
		"\"classes\":%s}",
		base64(&secret[3].public), "\"alarm\"");
	refused(with_key(key), ERR_FORMAT, "classes must be a list");
}

static void
a_roster_that_nobody_could_change_is_refused(void **state)
{
	char text[1024];

	(void)state;
	snprintf(text, sizeof text, "%s,%s", key_text(ANNA, "Anna", BOTH, ""),
		key_text(ANNA_TOO, "Anna", BOTH, ""));
	refused(roster_text(HEAD, text, hub_text(1, &hub), ""), ERR_CONFLICT,
		"two persons");
	refused(roster_text(HEAD, "", hub_text(1, &hub), ""), ERR_CONFLICT, "two persons");
}

static void
hubs_are_nobodys_key_and_their_terms_rise(void **state)
{
	struct secret_key other = key_of(101);
	char two[512];

	(void)state;
	snprintf(two, sizeof two, "%s,%s", hub_text(1, &hub), hub_text(2, &other));
	assert_int_equal(read_good(roster_text(HEAD, people(), two, "")).hub_count, 2);
	snprintf(two, sizeof two, "%s,%s", hub_text(1, &hub), hub_text(1, &other));
	refused(roster_text(HEAD, people(), two, ""), ERR_DUPLICATE, "must rise");
	refused(roster_text(HEAD, people(), hub_text(1, &secret[CLARA]), ""), ERR_DUPLICATE,
		"has the key of number 3");
	refused(roster_text(HEAD, people(), hub_text(0, &hub), ""), ERR_RANGE, "the term");
	refused(roster_text(HEAD, people(), "{\"x\":1}", ""), ERR_FORMAT, "unknown field");
}

static const char *
with_mandates(const char *text)
{
	return roster_text(HEAD, people(), hub_text(1, &hub), text);
}

/* A mandate in which `from` is replaced. */
static const char *
mandate_but(const char *from, const char *to)
{
	const char *good = MANDATE("1", "3", "sensor"), *at = strstr(good, from);
	char text[512];

	assert_non_null(at);
	snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to,
		at + strlen(from));
	return with_mandates(text);
}

static void
wrong_mandates_are_named(void **state)
{
	(void)state;
	refused(with_mandates(MANDATE("1", "3", "alarm")), ERR_FORMAT, "break-glass or");
	refused(with_mandates(MANDATE("1", "9", "sensor")), ERR_UNKNOWN,
		"not in the roster");
	refused(with_mandates(MANDATE("0", "3", "sensor")), ERR_RANGE, "the number");
	refused(with_mandates(MANDATE("1", "0", "sensor")), ERR_RANGE, "the key number");
	refused(with_mandates(MANDATE("2", "3", "sensor") "," MANDATE("1", "1", "sensor")),
		ERR_DUPLICATE, "must rise");
	refused(with_mandates(MANDATE("1", "3", "sensor") "," MANDATE("2", "3", "sensor")),
		ERR_DUPLICATE, "two mandates");
	refused(mandate_but("[80]", "[256]"), ERR_RANGE, "out of range");
	refused(mandate_but("[5]", "[0]"), ERR_RANGE, "out of range");
	refused(mandate_but("\"zones\":[5],", ""), ERR_FORMAT, "must name its zones");
	refused(mandate_but("\"patterns\":[80],", ""), ERR_FORMAT, "must name its zones");
	refused(mandate_but(":60,", ":1801,"), ERR_RANGE, "seconds_max");
	refused(mandate_but("hour\":2", "hour\":61"), ERR_RANGE, "starts_per_hour");
	refused(mandate_but("2027-01-01T00:00:00Z", "soon"), ERR_FORMAT, "not_after");
	refused(mandate_but("\"2027-01-01T00:00:00Z\"", "1"), ERR_FORMAT, "not_after");
	refused(mandate_but("\"key\"", "\"kay\""), ERR_FORMAT, "unknown field");
}

static void
lists_have_limits(void **state)
{
	struct buffer many = {0};

	(void)state;
	for (int i = 0; i <= ROSTER_HUBS; i++)
		write_format(&many, "%s{}", i ? "," : "");
	refused(roster_text(HEAD, people(), buffer_text(&many), ""), ERR_RANGE,
		"at most 16");
	buffer_free(&many);
	refused("{\"format\":\"belfry-roster-1\",\"territory\":\"0be1f41a\",\"mode\":"
		"\"live\",\"serial\":1,\"previous\":null,\"keys\":{},\"hubs\":[],"
		"\"mandates\":[]}",
		ERR_RANGE, "keys must be a list");
}

/* ---- who may change it ---- */

static struct document
endorsed(const char *kind, struct bytes text, int count, const uint16_t *by)
{
	struct document d = {.text = text, .approval_count = (size_t)count};
	struct hash digest = document_digest(kind, text);

	for (int i = 0; i < count; i++)
		d.approval[i] = (struct document_approval){
			by[i], signature_make(&secret[by[i]],
				       bytes_of(digest.at, sizeof digest.at))};
	return d;
}

static enum err
endorses(int count, const uint16_t *by, const struct revoked *revoked)
{
	struct roster r = town();
	struct document d = endorsed("zones", bytes_of_text("zones"), count, by);
	struct fault fault;

	return roster_endorses(&r, revoked, "zones", &d, &fault);
}

static void
two_administrators_who_are_two_persons_endorse(void **state)
{
	struct revoked revoked = {0};
	struct roster r = town();
	struct document d;

	(void)state;
	assert_int_equal(endorses(2, (uint16_t[]){ANNA, BORIS}, &revoked), ERR_OK);
	assert_int_equal(
		endorses(3, (uint16_t[]){ANNA, ANNA_TOO, BORIS}, &revoked), ERR_OK);
	assert_int_equal(endorses(0, NULL, &revoked), ERR_REFUSED);
	assert_int_equal(endorses(1, (uint16_t[]){ANNA}, &revoked), ERR_REFUSED);
	assert_int_equal(endorses(2, (uint16_t[]){ANNA, ANNA}, &revoked), ERR_REFUSED);
	assert_int_equal(endorses(2, (uint16_t[]){ANNA, ANNA_TOO}, &revoked), ERR_REFUSED);
	assert_int_equal(endorses(2, (uint16_t[]){ANNA, CLARA}, &revoked), ERR_REFUSED);
	revoked_add(&revoked, BORIS);
	assert_int_equal(endorses(2, (uint16_t[]){ANNA, BORIS}, &revoked), ERR_REFUSED);
	memset(&revoked, 0, sizeof revoked);
	d = endorsed("zones", bytes_of_text("zones"), 2, (uint16_t[]){ANNA, BORIS});
	assert_int_equal(roster_endorses(&r, &revoked, "roster", &d, NULL), ERR_SIGNATURE);
	d.approval[1].key = 99;
	assert_int_equal(roster_endorses(&r, &revoked, "zones", &d, NULL), ERR_REFUSED);
}

/* May a roster with this change follow ours, signed by these? */
static enum err
follows(void (*change)(struct roster *), uint16_t first, uint16_t second)
{
	struct roster now = town(), next = now;
	struct roster_key keys[8];
	struct revoked revoked = {0};
	struct buffer text = {0};
	struct document d;
	enum err err;

	memcpy(keys, now.key, now.key_count * sizeof *keys);
	next.key = keys;
	next.serial = 2;
	next.previous = now.hash;
	change(&next);
	roster_write(&text, &next);
	next = read_good(buffer_text(&text));
	d = endorsed("roster", buffer_bytes(&text), 2, (uint16_t[]){first, second});
	err = roster_follows(&now, &revoked, &next, &d, NULL);
	buffer_free(&text);
	return err;
}

#define CHANGE(name, line)                                                                 \
	static void name(struct roster *r)                                                 \
	{                                                                                  \
		line;                                                                      \
	}
CHANGE(nothing, (void)r)
CHANGE(key_gone, r->key_count--)
CHANGE(key_reused, struct secret_key k = key_of(50); r->key[2].key = k.public)
CHANGE(serial_3, r->serial = 3)
CHANGE(serial_1, r->serial = 1)
CHANGE(other_branch, r->previous.at[0] ^= 1)
CHANGE(other_mode, r->mode = MODE_EXERCISE)
CHANGE(other_territory, r->territory++)

static void
a_roster_follows_the_one_before_it(void **state)
{
	(void)state;
	assert_int_equal(follows(nothing, ANNA, BORIS), ERR_OK);
	assert_int_equal(follows(key_gone, ANNA, BORIS), ERR_OK);
	assert_int_equal(follows(nothing, ANNA, CLARA), ERR_REFUSED);
	assert_int_equal(follows(key_reused, ANNA, BORIS), ERR_CONFLICT);
	assert_int_equal(follows(serial_3, ANNA, BORIS), ERR_CONFLICT);
	assert_int_equal(follows(serial_1, ANNA, BORIS), ERR_CONFLICT);
	assert_int_equal(follows(other_branch, ANNA, BORIS), ERR_CONFLICT);
	assert_int_equal(follows(other_mode, ANNA, BORIS), ERR_CONFLICT);
	assert_int_equal(follows(other_territory, ANNA, BORIS), ERR_CONFLICT);
}

static void
the_first_roster_is_endorsed_by_its_own_administrators(void **state)
{
	struct roster r = town();
	struct revoked revoked = {0};
	const char *text = roster_text(HEAD, people(), hub_text(1, &hub), "");
	struct document d =
		endorsed("roster", bytes_of_text(text), 2, (uint16_t[]){ANNA, BORIS});

	(void)state;
	assert_int_equal(roster_follows(NULL, &revoked, &r, &d, NULL), ERR_OK);
	r.serial = 2;
	assert_int_equal(roster_follows(NULL, &revoked, &r, &d, NULL), ERR_CONFLICT);
	r.serial = 1;
	r.previous.at[0] = 1;
	assert_int_equal(roster_follows(NULL, &revoked, &r, &d, NULL), ERR_CONFLICT);
}

/* ---- documents ---- */

static void
a_document_comes_back_as_it_was(void **state)
{
	struct document d = endorsed("roster", bytes_of_text("{\"\xc3\xa4\": \"\\n\"}"), 2,
		(uint16_t[]){ANNA, BORIS});
	struct document again;
	struct buffer out = {0};

	(void)state;
	document_write(&out, &d);
	assert_int_equal(out.err, ERR_OK);
	assert_int_equal(document_read(&again, arena, buffer_bytes(&out), NULL), ERR_OK);
	assert_true(bytes_equal(again.text, d.text));
	assert_int_equal(again.approval_count, 2);
	assert_memory_equal(&again.approval, &d.approval, sizeof d.approval);
	assert_int_equal(again.geometry.len, 0);
	buffer_clear(&out);
	d.geometry = bytes_of_text("{}");
	document_write(&out, &d);
	assert_int_equal(document_read(&again, arena, buffer_bytes(&out), NULL), ERR_OK);
	assert_true(bytes_equal(again.geometry, d.geometry));
	buffer_clear(&out);
	d.text = bytes_of_text("\xff");
	document_write(&out, &d);
	assert_int_equal(out.err, ERR_FORMAT);
	buffer_free(&out);
}

static void
document_refused(const char *text, enum err err, const char *part)
{
	struct document d;
	struct fault fault = {""};

	assert_int_equal(document_read(&d, arena, bytes_of_text(text), &fault), err);
	if (strstr(fault.text, part) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", fault.text, part);
}

static void
what_is_no_document_is_refused(void **state)
{
	struct buffer many = {0};

	(void)state;
	document_refused("", ERR_FORMAT, "line");
	document_refused("[]", ERR_FORMAT, "not an object");
	document_refused("{\"document\":\"\"}", ERR_FORMAT, "a signed document");
	document_refused("{\"document\":1,\"approvals\":[]}", ERR_FORMAT, "a signed");
	document_refused("{\"document\":\"\",\"approvals\":{}}", ERR_FORMAT, "a signed");
	document_refused(
		"{\"document\":\"\",\"approvals\":[],\"x\":1}", ERR_FORMAT, "a signed");
	document_refused("{\"document\":\"\",\"approvals\":[],\"geometry\":1}", ERR_FORMAT,
		"a signed");
	document_refused(
		"{\"document\":\"\",\"approvals\":[1]}", ERR_FORMAT, "each needs a key");
	document_refused(
		"{\"document\":\"\",\"approvals\":[{\"key\":0,\"signature\":\"\"}]}",
		ERR_FORMAT, "each needs a key");
	document_refused(
		"{\"document\":\"\",\"approvals\":[{\"key\":65536,\"signature\":\"\"}]}",
		ERR_FORMAT, "each needs a key");
	document_refused("{\"document\":\"\",\"approvals\":[{\"key\":4294967297,"
			 "\"signature\":\"\"}]}",
		ERR_FORMAT, "each needs a key");
	document_refused(
		"{\"document\":\"\",\"approvals\":[{\"key\":1,\"signature\":\"AAA\"}]}",
		ERR_FORMAT, "not 64 bytes");
	document_refused(
		"{\"document\":\"\",\"approvals\":[{\"key\":1,\"signature\":\"AAAA\"}]}",
		ERR_FORMAT, "not 64 bytes");
	write_text(&many, "{\"document\":\"\",\"approvals\":[1,1,1,1,1,1,1,1,1]}");
	document_refused(buffer_text(&many), ERR_RANGE, "more than 8");
	buffer_free(&many);
	many.at = calloc(1, DOCUMENT_MAX + 1);
	assert_non_null(many.at);
	assert_int_equal(document_read(&(struct document){0}, arena,
				 bytes_of(many.at, DOCUMENT_MAX + 1), NULL),
		ERR_RANGE);
	free(many.at);
}

/* ---- revocations and suspensions ---- */

static struct revocation
revocation_by(uint16_t key, int count, const uint16_t *by)
{
	struct revocation v = {.territory = 0x0be1f41a,
		.key = key,
		.time_s = 1782900000,
		.approval_count = (uint8_t)count};
	struct hash digest = revocation_digest(&v);

	for (int i = 0; i < count; i++)
		v.approval[i] = (struct document_approval){
			by[i], signature_make(&secret[by[i]],
				       bytes_of(digest.at, sizeof digest.at))};
	return v;
}

static enum err
revokes(uint16_t key, int count, const uint16_t *by)
{
	struct roster r = town();
	struct revoked revoked = {0};
	struct revocation v = revocation_by(key, count, by);

	return revocation_check(&v, &r, &revoked, NULL);
}

static void
the_key_itself_or_two_administrators_revoke(void **state)
{
	struct roster r = town();
	struct revoked revoked = {0};
	struct revocation v;

	(void)state;
	assert_int_equal(revokes(CLARA, 1, (uint16_t[]){CLARA}), ERR_OK);
	assert_int_equal(revokes(CLARA, 2, (uint16_t[]){ANNA, BORIS}), ERR_OK);
	assert_int_equal(revokes(99, 2, (uint16_t[]){ANNA, BORIS}), ERR_OK);
	assert_int_equal(revokes(CLARA, 1, (uint16_t[]){ANNA}), ERR_REFUSED);
	assert_int_equal(revokes(CLARA, 2, (uint16_t[]){ANNA, ANNA_TOO}), ERR_REFUSED);
	assert_int_equal(revokes(ANNA, 1, (uint16_t[]){CLARA}), ERR_REFUSED);
	v = revocation_by(CLARA, 1, (uint16_t[]){CLARA});
	v.approval[0].signature.at[0] ^= 1;
	assert_int_equal(revocation_check(&v, &r, &revoked, NULL), ERR_SIGNATURE);
	v = revocation_by(CLARA, 1, (uint16_t[]){CLARA});
	v.time_s++;
	assert_int_equal(revocation_check(&v, &r, &revoked, NULL), ERR_SIGNATURE);
	v.territory++;
	assert_int_equal(revocation_check(&v, &r, &revoked, NULL), ERR_UNKNOWN);
	v = revocation_by(CLARA, 1, (uint16_t[]){CLARA});
	v.key = v.approval[0].key = 99;
	assert_int_equal(revocation_check(&v, &r, &revoked, NULL), ERR_UNKNOWN);
}

static void
a_revocation_fits_one_frame_and_comes_back(void **state)
{
	struct revocation v = revocation_by(CLARA, 2, (uint16_t[]){ANNA, BORIS}), again;
	struct buffer out = {0};

	(void)state;
	revocation_write(&out, &v);
	assert_int_equal(out.len, 12 + 2 * 66);
	assert_int_equal(revocation_read(&again, buffer_bytes(&out)), ERR_OK);
	assert_int_equal(again.key, v.key);
	assert_int_equal(again.time_s, v.time_s);
	assert_memory_equal(again.approval, v.approval, sizeof v.approval);
	for (size_t len = 0; len < out.len; len++)
		assert_int_equal(revocation_read(&again, bytes_of(out.at, len)), ERR_SHORT);
	out.at[0] = 2;
	assert_int_equal(revocation_read(&again, buffer_bytes(&out)), ERR_VERSION);
	out.at[0] = 1;
	out.at[11] = 0;
	assert_int_equal(revocation_read(&again, buffer_bytes(&out)), ERR_FORMAT);
	out.at[11] = 3;
	assert_int_equal(revocation_read(&again, buffer_bytes(&out)), ERR_FORMAT);
	out.at[11] = 1;
	assert_int_equal(revocation_read(&again, buffer_bytes(&out)), ERR_TRAILING);
	buffer_free(&out);
}

static void
every_number_can_be_revoked(void **state)
{
	struct revoked revoked = {0};

	(void)state;
	for (unsigned key = 0; key <= UINT16_MAX; key += 3)
		revoked_add(&revoked, (uint16_t)key);
	for (unsigned key = 0; key <= UINT16_MAX; key++)
		assert_int_equal(revoked_has(&revoked, (uint16_t)key), key % 3 == 0);
}

static struct suspension
suspension_by(uint16_t key)
{
	struct suspension s = {
		.territory = 0x0be1f41a, .mandate = 1, .key = key, .time_s = 1782900000};
	struct hash digest = suspension_digest(&s);

	s.signature = signature_make(&secret[key], bytes_of(digest.at, sizeof digest.at));
	return s;
}

static void
any_operator_suspends(void **state)
{
	struct roster r = town();
	struct revoked revoked = {0};
	struct suspension s = suspension_by(CLARA), again;
	struct buffer out = {0};

	(void)state;
	assert_int_equal(suspension_check(&s, &r, &revoked, NULL), ERR_OK);
	suspension_write(&out, &s);
	assert_int_equal(suspension_read(&again, buffer_bytes(&out)), ERR_OK);
	assert_int_equal(again.mandate, 1);
	assert_int_equal(suspension_check(&again, &r, &revoked, NULL), ERR_OK);
	for (size_t len = 0; len < out.len; len++)
		assert_int_equal(suspension_read(&again, bytes_of(out.at, len)), ERR_SHORT);
	out.at[0] = 2;
	assert_int_equal(suspension_read(&again, buffer_bytes(&out)), ERR_VERSION);
	buffer_free(&out);
	s.mandate = 2;
	assert_int_equal(suspension_check(&s, &r, &revoked, NULL), ERR_SIGNATURE);
	s = suspension_by(CLARA);
	s.territory++;
	assert_int_equal(suspension_check(&s, &r, &revoked, NULL), ERR_REFUSED);
	s = suspension_by(CLARA);
	s.key = 99;
	assert_int_equal(suspension_check(&s, &r, &revoked, NULL), ERR_REFUSED);
	revoked_add(&revoked, CLARA);
	s = suspension_by(CLARA);
	assert_int_equal(suspension_check(&s, &r, &revoked, NULL), ERR_REFUSED);
	memset(&revoked, 0, sizeof revoked);
	r.key[2].roles = ROLE_SENSOR;
	assert_int_equal(suspension_check(&s, &r, &revoked, NULL), ERR_REFUSED);
}

#define READ(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		READ(a_roster_is_read_field_by_field),
		READ(what_is_written_reads_the_same),
		READ(each_wrong_thing_is_named),
		READ(wrong_keys_are_named),
		READ(a_roster_that_nobody_could_change_is_refused),
		READ(hubs_are_nobodys_key_and_their_terms_rise),
		READ(wrong_mandates_are_named),
		READ(lists_have_limits),
		READ(two_administrators_who_are_two_persons_endorse),
		READ(a_roster_follows_the_one_before_it),
		READ(the_first_roster_is_endorsed_by_its_own_administrators),
		READ(a_document_comes_back_as_it_was),
		READ(what_is_no_document_is_refused),
		READ(the_key_itself_or_two_administrators_revoke),
		READ(a_revocation_fits_one_frame_and_comes_back),
		READ(every_number_can_be_revoked),
		READ(any_operator_suspends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
