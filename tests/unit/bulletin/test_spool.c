/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bulletin/spool.h"

#include "base/text.h"
#include "example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "no_memory.h"

enum { SPOOL_7 = 0x7777 };
static const uint8_t dice[16] = "0123456789abcde";
static int64_t now_ms;
static uint64_t next_id;

static struct spool_limits
small_limits(void)
{
	struct spool_limits limits = {.remembered = 4};

	for (int i = 0; i < SPOOL_KINDS; i++)
		limits.kind[i] = (struct spool_limit){.messages = 10,
			.bytes = 100000,
			.per_minute = 100,
			.source_messages = 5,
			.source_per_minute = 5,
			.body = 100};
	return limits;
}

static struct spool *
spool_with(const struct spool_limits *limits)
{
	struct spool *s;

	now_ms = START_MS;
	next_id = 1;
	assert_int_equal(
		spool_new(&s, TERRITORY, "north-1", SPOOL_7, limits, dice), ERR_OK);
	return s;
}

static struct spool *
small_spool(void)
{
	struct spool_limits limits = small_limits();

	return spool_with(&limits);
}

static struct spool_message
message(enum spool_kind kind, uint8_t source)
{
	struct spool_message m = {
		.kind = kind, .received_ms = now_ms, .body = bytes_of("body", 4)};

	memcpy(m.id.at, &next_id, sizeof next_id);
	next_id++;
	m.source[0] = source;
	return m;
}

static struct spool_verdict
offer(struct spool *s, const struct spool_message *m)
{
	struct spool_verdict v;

	assert_int_equal(spool_offer(s, m, &v), ERR_OK);
	assert_true(v.words[0] != '\0');
	return v;
}

static enum spool_answer
offer_new(struct spool *s, enum spool_kind kind, uint8_t source)
{
	struct spool_message m = message(kind, source);

	return offer(s, &m).answer;
}

static uint32_t
held(const struct spool *s, enum spool_kind kind)
{
	uint64_t bytes;

	return spool_held(s, kind, &bytes);
}

static struct spool_cursor
cursor(uint64_t received, const struct secret_key *key)
{
	struct spool_cursor c = {.territory = TERRITORY,
		.term = 1,
		.edge = "north-1",
		.spool = SPOOL_7,
		.received = received,
		.time_ms = START_MS};

	spool_cursor_sign(&c, key);
	return c;
}

static uint64_t
receive(struct spool *s, uint64_t received)
{
	struct hub hub = hub_of_seed(1, 1);
	struct spool_cursor c = cursor(received, &hub.key);
	uint64_t deleted_to;

	assert_int_equal(spool_receive(s, &c, &hub.key.public, &deleted_to), ERR_OK);
	return deleted_to;
}

static void
messages_are_numbered_from_one_without_gaps(void **state)
{
	struct spool *s = small_spool();

	(void)state;
	for (uint64_t n = 1; n <= 5; n++) {
		struct spool_message m = message(SPOOL_RECEIPT, 1);
		struct spool_verdict v = offer(s, &m);

		assert_int_equal(v.answer, SPOOL_TAKE);
		assert_int_equal(v.number, n);
	}
	assert_int_equal(spool_last(s), 5);
	assert_int_equal(held(s, SPOOL_RECEIPT), 5);
	spool_free(s);
	spool_free(NULL);
}

static void
a_repeat_is_one_record(void **state)
{
	struct spool *s = small_spool();
	struct spool_message m = message(SPOOL_NEED, 1);

	(void)state;
	assert_int_equal(offer(s, &m).answer, SPOOL_TAKE);
	m.source[0] = 2;
	m.kind = SPOOL_REPORT;
	assert_int_equal(offer(s, &m).answer, SPOOL_REPEAT);
	assert_int_equal(offer(s, &m).number, 1);
	assert_int_equal(held(s, SPOOL_NEED), 1);
	assert_int_equal(held(s, SPOOL_REPORT), 0);
	assert_int_equal(receive(s, 1), 1);
	assert_int_equal(offer(s, &m).answer, SPOOL_RECEIVED);
	assert_int_equal(offer(s, &m).number, 1);
	spool_free(s);
}

static void
a_flood_of_one_kind_pushes_out_no_other(void **state)
{
	struct spool *s = small_spool();

	(void)state;
	for (int i = 0; i < 1000; i++)
		(void)offer_new(s, SPOOL_REPORT, (uint8_t)i);
	assert_int_equal(held(s, SPOOL_REPORT), 10);
	assert_int_equal(offer_new(s, SPOOL_REPORT, 200), SPOOL_FULL);
	assert_int_equal(offer_new(s, SPOOL_NEED, 200), SPOOL_TAKE);
	assert_int_equal(offer_new(s, SPOOL_RECEIPT, 200), SPOOL_TAKE);
	assert_int_equal(offer_new(s, SPOOL_CHECKIN, 200), SPOOL_TAKE);
	spool_free(s);
}

static void
a_flood_of_one_source_pushes_out_no_other(void **state)
{
	struct spool *s = small_spool();

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(offer_new(s, SPOOL_REPORT, 1), SPOOL_TAKE);
	for (int i = 0; i < 100; i++)
		assert_int_equal(offer_new(s, SPOOL_REPORT, 1), SPOOL_TOO_MANY);
	assert_int_equal(offer_new(s, SPOOL_REPORT, 2), SPOOL_TAKE);
	/* Its other kinds have places of their own. */
	assert_int_equal(offer_new(s, SPOOL_NEED, 1), SPOOL_TAKE);
	spool_free(s);
}

static void
full_is_said_with_a_time_to_come_back(void **state)
{
	struct spool *s = small_spool();
	struct spool_message m;
	struct spool_verdict v;

	(void)state;
	for (int i = 0; i < 10; i++)
		(void)offer_new(s, SPOOL_NEED, (uint8_t)i);
	m = message(SPOOL_NEED, 99);
	v = offer(s, &m);
	assert_int_equal(v.answer, SPOOL_FULL);
	assert_int_equal(v.retry_s, 60);
	assert_non_null(strstr(v.words, "full: edge north-1 takes no medical-need now"));
	assert_non_null(strstr(v.words, "nothing was kept"));
	spool_free(s);
}

static void
a_quota_of_bytes_counts_what_lies_on_the_disk(void **state)
{
	struct spool_limits limits = small_limits();
	struct spool *s;
	struct spool_message m;
	struct buffer disk = {0};
	uint64_t bytes;

	(void)state;
	limits.kind[SPOOL_RECEIPT - 1].bytes = 3 * (SPOOL_MESSAGE_OVERHEAD + 4);
	s = spool_with(&limits);
	for (uint8_t i = 0; i < 3; i++)
		assert_int_equal(offer_new(s, SPOOL_RECEIPT, i), SPOOL_TAKE);
	assert_int_equal(offer_new(s, SPOOL_RECEIPT, 3), SPOOL_FULL);
	m = message(SPOOL_RECEIPT, 3);
	spool_message_write(&disk, &m);
	assert_int_equal(spool_held(s, SPOOL_RECEIPT, &bytes), 3);
	assert_int_equal(bytes, 3 * disk.len);
	buffer_free(&disk);
	spool_free(s);
}

static void
a_body_over_its_kinds_limit_is_refused(void **state)
{
	struct spool *s = small_spool();
	struct spool_message m = message(SPOOL_REPORT, 1);
	uint8_t body[101] = {0};

	(void)state;
	m.body = bytes_of(body, 101);
	assert_int_equal(offer(s, &m).answer, SPOOL_TOO_LARGE);
	m.body.len = 100;
	assert_int_equal(offer(s, &m).answer, SPOOL_TAKE);
	m.kind = (enum spool_kind)0;
	assert_int_equal(spool_offer(s, &m, &(struct spool_verdict){0}), ERR_FORMAT);
	m.kind = (enum spool_kind)5;
	assert_int_equal(spool_offer(s, &m, &(struct spool_verdict){0}), ERR_FORMAT);
	spool_free(s);
}

static void
a_source_waits_for_the_next_minute(void **state)
{
	struct spool_limits limits = small_limits();
	struct spool *s;
	struct spool_message m;
	struct spool_verdict v;

	(void)state;
	limits.kind[SPOOL_RECEIPT - 1].source_messages = 100;
	limits.kind[SPOOL_RECEIPT - 1].messages = 100;
	s = spool_with(&limits);
	for (int i = 0; i < 5; i++)
		assert_int_equal(offer_new(s, SPOOL_RECEIPT, 1), SPOOL_TAKE);
	now_ms += 20500;
	m = message(SPOOL_RECEIPT, 1);
	v = offer(s, &m);
	assert_int_equal(v.answer, SPOOL_TOO_MANY);
	assert_int_equal(v.retry_s, 40);
	now_ms = START_MS + 59999;
	assert_int_equal(offer_new(s, SPOOL_RECEIPT, 1), SPOOL_TOO_MANY);
	now_ms = START_MS + 60000;
	assert_int_equal(offer_new(s, SPOOL_RECEIPT, 1), SPOOL_TAKE);
	/* A clock that went back shuts nobody out. */
	for (int i = 0; i < 4; i++)
		assert_int_equal(offer_new(s, SPOOL_RECEIPT, 1), SPOOL_TAKE);
	assert_int_equal(offer_new(s, SPOOL_RECEIPT, 1), SPOOL_TOO_MANY);
	now_ms = START_MS;
	assert_int_equal(offer_new(s, SPOOL_RECEIPT, 1), SPOOL_TAKE);
	spool_free(s);
}

static void
all_sources_together_have_a_minute_too(void **state)
{
	struct spool_limits limits = small_limits();
	struct spool *s;
	struct spool_message m;

	(void)state;
	limits.kind[SPOOL_CHECKIN - 1].per_minute = 3;
	s = spool_with(&limits);
	for (uint8_t i = 0; i < 3; i++)
		assert_int_equal(offer_new(s, SPOOL_CHECKIN, i), SPOOL_TAKE);
	now_ms += 59001;
	m = message(SPOOL_CHECKIN, 9);
	assert_int_equal(offer(s, &m).answer, SPOOL_FULL);
	assert_int_equal(offer(s, &m).retry_s, 1);
	now_ms += 999;
	assert_int_equal(offer_new(s, SPOOL_CHECKIN, 10), SPOOL_TAKE);
	spool_free(s);
}

static void
what_the_hub_received_makes_room(void **state)
{
	struct spool *s = small_spool();

	(void)state;
	for (uint8_t i = 0; i < 10; i++)
		assert_int_equal(offer_new(s, SPOOL_REPORT, i % 3), SPOOL_TAKE);
	assert_int_equal(offer_new(s, SPOOL_REPORT, 9), SPOOL_FULL);
	assert_int_equal(receive(s, 4), 4);
	assert_int_equal(held(s, SPOOL_REPORT), 6);
	assert_int_equal(receive(s, 2), 4);
	assert_int_equal(spool_received_to(s), 4);
	for (uint8_t i = 0; i < 4; i++)
		assert_int_equal(offer_new(s, SPOOL_REPORT, 9), SPOOL_TAKE);
	assert_int_equal(spool_last(s), 14);
	assert_int_equal(receive(s, 14), 14);
	assert_int_equal(held(s, SPOOL_REPORT), 0);
	spool_free(s);
}

static void
only_so_many_received_ids_are_remembered(void **state)
{
	struct spool *s = small_spool();
	struct spool_message m[6];

	(void)state;
	for (uint8_t i = 0; i < 6; i++) {
		m[i] = message(SPOOL_REPORT, i);
		assert_int_equal(offer(s, &m[i]).answer, SPOOL_TAKE);
	}
	(void)receive(s, 6);
	for (int i = 2; i < 6; i++)
		assert_int_equal(offer(s, &m[i]).answer, SPOOL_RECEIVED);
	/* Forgotten: held again; the hub knows the id. */
	assert_int_equal(offer(s, &m[0]).answer, SPOOL_TAKE);
	spool_free(s);
}

static void
nothing_need_be_remembered(void **state)
{
	struct spool_limits limits = small_limits();
	struct spool *s;
	struct spool_message m;

	(void)state;
	limits.remembered = 0;
	s = spool_with(&limits);
	m = message(SPOOL_REPORT, 1);
	assert_int_equal(offer(s, &m).answer, SPOOL_TAKE);
	(void)receive(s, 1);
	assert_int_equal(offer(s, &m).answer, SPOOL_TAKE);
	spool_free(s);
}

static void
a_message_that_the_disk_refused_never_came(void **state)
{
	struct spool *s = small_spool();
	struct spool_message m = message(SPOOL_NEED, 1);

	(void)state;
	spool_withdraw(s, 1);
	assert_int_equal(offer_new(s, SPOOL_NEED, 1), SPOOL_TAKE);
	assert_int_equal(offer(s, &m).answer, SPOOL_TAKE);
	spool_withdraw(s, 1);
	assert_int_equal(held(s, SPOOL_NEED), 2);
	spool_withdraw(s, 2);
	assert_int_equal(held(s, SPOOL_NEED), 1);
	assert_int_equal(spool_last(s), 1);
	/* It costs the sender nothing, either. */
	for (int i = 0; i < 50; i++) {
		assert_int_equal(offer(s, &m).answer, SPOOL_TAKE);
		spool_withdraw(s, 2);
	}
	assert_int_equal(offer(s, &m).answer, SPOOL_TAKE);
	assert_int_equal(offer(s, &m).number, 2);
	spool_free(s);
}

static void
only_the_hubs_cursor_for_this_spool_deletes(void **state)
{
	struct hub hub = hub_of_seed(1, 1), thief = hub_of_seed(2, 1);
	struct spool *s = small_spool();
	struct spool_cursor c;
	uint64_t to = 77;

	(void)state;
	assert_int_equal(offer_new(s, SPOOL_NEED, 1), SPOOL_TAKE);
	c = cursor(1, &thief.key);
	assert_int_equal(spool_receive(s, &c, &hub.key.public, &to), ERR_SIGNATURE);
	c = cursor(1, &hub.key);
	c.received = 2;
	assert_int_equal(spool_receive(s, &c, &hub.key.public, &to), ERR_SIGNATURE);
	c = cursor(1, &hub.key);
	c.territory++;
	spool_cursor_sign(&c, &hub.key);
	assert_int_equal(spool_receive(s, &c, &hub.key.public, &to), ERR_REFUSED);
	c = cursor(1, &hub.key);
	strcpy(c.edge, "south-1");
	spool_cursor_sign(&c, &hub.key);
	assert_int_equal(spool_receive(s, &c, &hub.key.public, &to), ERR_REFUSED);
	c = cursor(1, &hub.key);
	c.spool++;
	spool_cursor_sign(&c, &hub.key);
	assert_int_equal(spool_receive(s, &c, &hub.key.public, &to), ERR_REFUSED);
	assert_int_equal(to, 77);
	assert_int_equal(held(s, SPOOL_NEED), 1);
	spool_free(s);
}

/* ---- starting again ---- */

static void
the_journal_brings_the_state_back(void **state)
{
	struct spool *s = small_spool(), *again;
	struct spool_limits limits = small_limits();
	struct spool_message m[8];

	(void)state;
	for (uint8_t i = 0; i < 8; i++) {
		m[i] = message(i % 2 ? SPOOL_NEED : SPOOL_REPORT, i % 3);
		m[i].number = offer(s, &m[i]).number;
	}
	(void)receive(s, 3);
	assert_int_equal(
		spool_new(&again, TERRITORY, "north-1", SPOOL_7, &limits, dice), ERR_OK);
	for (int i = 0; i < 8; i++)
		assert_int_equal(spool_restore(again, &m[i]), ERR_OK);
	(void)receive(again, 3);
	for (enum spool_kind k = SPOOL_RECEIPT; k <= SPOOL_REPORT; k++)
		assert_int_equal(held(s, k), held(again, k));
	assert_int_equal(spool_last(again), 8);
	assert_int_equal(spool_received_to(again), 3);
	for (int i = 0; i < 8; i++)
		assert_int_equal(offer(s, &m[i]).answer, offer(again, &m[i]).answer);
	spool_free(s);
	spool_free(again);
}

static void
what_was_held_stays_held_when_the_limits_shrink(void **state)
{
	struct spool_limits limits = small_limits();
	struct spool *s;
	struct spool_message m;

	(void)state;
	limits.kind[SPOOL_NEED - 1].messages = 1;
	s = spool_with(&limits);
	for (uint64_t n = 1; n <= 3; n++) {
		m = message(SPOOL_NEED, 1);
		m.number = n;
		assert_int_equal(spool_restore(s, &m), ERR_OK);
	}
	assert_int_equal(held(s, SPOOL_NEED), 3);
	assert_int_equal(offer_new(s, SPOOL_NEED, 2), SPOOL_FULL);
	spool_free(s);
}

static void
a_journal_out_of_order_is_refused(void **state)
{
	struct spool *s = small_spool();
	struct spool_message m = message(SPOOL_NEED, 1), other = message(SPOOL_NEED, 1);

	(void)state;
	m.number = 5;
	assert_int_equal(spool_restore(s, &m), ERR_OK);
	other.number = 5;
	assert_int_equal(spool_restore(s, &other), ERR_CONFLICT);
	m.number = 6;
	assert_int_equal(spool_restore(s, &m), ERR_DUPLICATE);
	m.kind = (enum spool_kind)9;
	assert_int_equal(spool_restore(s, &m), ERR_FORMAT);
	other.number = 7;
	other.body.len = SPOOL_BODY_MAX + 1;
	assert_int_equal(spool_restore(s, &other), ERR_FORMAT);
	spool_free(s);
}

static void
an_emptied_journal_does_not_give_numbers_twice(void **state)
{
	struct spool *s = small_spool();
	struct spool_message m = message(SPOOL_NEED, 1);

	(void)state;
	assert_int_equal(receive(s, 500), 500);
	assert_int_equal(offer(s, &m).number, 501);
	assert_int_equal(offer(s, &m).answer, SPOOL_REPEAT);
	spool_free(s);
}

static void
the_last_number_is_the_end(void **state)
{
	struct spool *s = small_spool();

	(void)state;
	(void)receive(s, SPOOL_NUMBER_MAX - 1);
	assert_int_equal(offer_new(s, SPOOL_NEED, 1), SPOOL_TAKE);
	assert_int_equal(offer_new(s, SPOOL_NEED, 2), SPOOL_FULL);
	spool_free(s);
}

static void
limits_and_names_that_make_no_sense_are_refused(void **state)
{
	struct spool_limits good = spool_limits_default(), bad;
	struct spool *s;
	size_t fields[] = {offsetof(struct spool_limit, messages),
		offsetof(struct spool_limit, per_minute),
		offsetof(struct spool_limit, source_messages),
		offsetof(struct spool_limit, source_per_minute)};

	(void)state;
	assert_int_equal(spool_new(&s, 1, "e", 1, &good, dice), ERR_OK);
	spool_free(s);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		bad = good;
		memset((char *)&bad.kind[2] + fields[i], 0, 4);
		assert_int_equal(spool_new(&s, 1, "e", 1, &bad, dice), ERR_RANGE);
	}
	bad = good, bad.kind[0].bytes = 0;
	assert_int_equal(spool_new(&s, 1, "e", 1, &bad, dice), ERR_RANGE);
	bad = good, bad.kind[3].body = SPOOL_BODY_MAX + 1;
	assert_int_equal(spool_new(&s, 1, "e", 1, &bad, dice), ERR_RANGE);
	assert_int_equal(spool_new(&s, 1, "", 1, &good, dice), ERR_FORMAT);
	assert_int_equal(spool_new(&s, 1, "North", 1, &good, dice), ERR_FORMAT);
	assert_int_equal(spool_new(&s, 1, "a b", 1, &good, dice), ERR_FORMAT);
	assert_int_equal(spool_new(&s, 1, "a~", 1, &good, dice), ERR_FORMAT);
	assert_int_equal(spool_new(&s, 1, "a:", 1, &good, dice), ERR_FORMAT);
	assert_int_equal(
		spool_new(&s, 1, "abcdefghijklmnopqrstuvwxyz01234567", 1, &good, dice),
		ERR_FORMAT);
}

/* Many messages of many sources, with the hub taking them away: the counts must come out
 * even, whatever the tables do inside. */
static void
a_long_life_leaves_nothing_behind(void **state)
{
	struct spool_limits limits = spool_limits_default();
	struct spool *s;
	uint64_t taken = 0, bytes;

	(void)state;
	limits.remembered = 300;
	s = spool_with(&limits);
	for (int i = 0; i < 50000; i++) {
		struct spool_message m = message(SPOOL_CHECKIN, (uint8_t)(i * 7));

		m.source[1] = (uint8_t)(i / 11);
		m.source[2] = (uint8_t)(i / 4000);
		now_ms += 20;
		if (offer(s, &m).answer == SPOOL_TAKE)
			taken++;
		if (i % 97 == 0)
			(void)receive(s, taken > 40 ? taken - 40 : 0);
	}
	assert_int_equal(spool_last(s), taken);
	(void)receive(s, taken);
	assert_int_equal(spool_held(s, SPOOL_CHECKIN, &bytes), 0);
	assert_int_equal(bytes, 0);
	spool_free(s);
}

static void
without_memory_nothing_is_taken(void **state)
{
	struct spool_limits limits = small_limits();
	struct spool *s;
	struct spool_message m;
	struct spool_verdict v;
	enum err err;
	int failed = 0;

	(void)state;
	for (int n = 0; n < 2; n++) {
		fail_after = n;
		assert_int_equal(spool_new(&s, 1, "e", 1, &limits, dice), ERR_NOMEM);
	}
	fail_after = -1;
	do {
		s = small_spool();
		m = message(SPOOL_NEED, 1);
		fail_after = failed;
		err = spool_offer(s, &m, &v);
		fail_after = -1;
		assert_true(err == ERR_OK || err == ERR_NOMEM);
		assert_int_equal(held(s, SPOOL_NEED), err == ERR_OK);
		assert_int_equal(offer(s, &m).number, 1);
		spool_free(s);
	} while (err != ERR_OK && ++failed < 10);
	assert_int_equal(failed, 3);
}

/* ---- bytes ---- */

static void
a_message_is_read_as_it_was_written(void **state)
{
	struct spool_message m = message(SPOOL_CHECKIN, 200), back;
	struct buffer b = {0};
	size_t used;

	(void)state;
	m.number = 0x1234567890abc;
	m.received_ms = -5;
	spool_message_write(&b, &m);
	assert_int_equal(b.len, SPOOL_MESSAGE_OVERHEAD + 4);
	write_text(&b, "next");
	assert_int_equal(spool_message_read(&back, buffer_bytes(&b), &used), ERR_OK);
	assert_int_equal(used, b.len - 4);
	assert_memory_equal(back.id.at, m.id.at, sizeof m.id.at);
	assert_memory_equal(back.source, m.source, sizeof m.source);
	assert_int_equal(back.kind, SPOOL_CHECKIN);
	assert_int_equal(back.number, m.number);
	assert_true(back.received_ms == -5);
	assert_true(bytes_equal(back.body, m.body));
	buffer_free(&b);
}

static void
a_torn_or_flipped_message_is_noticed(void **state)
{
	struct spool_message m = message(SPOOL_REPORT, 1), back;
	struct buffer b = {0};
	size_t used;

	(void)state;
	m.number = 1;
	spool_message_write(&b, &m);
	for (size_t len = 0; len < b.len; len++)
		assert_int_equal(
			spool_message_read(&back, bytes_of(b.at, len), &used), ERR_SHORT);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(
			spool_message_read(&back, buffer_bytes(&b), &used), ERR_OK);
		b.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	b.at[0] = 2;
	assert_int_equal(spool_message_read(&back, buffer_bytes(&b), &used), ERR_VERSION);
	b.at[0] = 1, b.at[1] = 5;
	assert_int_equal(spool_message_read(&back, buffer_bytes(&b), &used), ERR_FORMAT);
	b.at[1] = 0;
	assert_int_equal(spool_message_read(&back, buffer_bytes(&b), &used), ERR_FORMAT);
	b.at[1] = 4, b.at[57] = 0;
	assert_int_equal(spool_message_read(&back, buffer_bytes(&b), &used), ERR_FORMAT);
	b.at[50] = 0xff;
	assert_int_equal(spool_message_read(&back, buffer_bytes(&b), &used), ERR_RANGE);
	b.at[50] = 0, b.at[57] = 1, b.at[67] = 0xff;
	assert_int_equal(spool_message_read(&back, buffer_bytes(&b), &used), ERR_RANGE);
	buffer_clear(&b);
	b.err = ERR_NOMEM;
	spool_message_write(&b, &m);
	assert_int_equal(b.len, 0);
	buffer_free(&b);
}

static void
a_cursor_is_read_as_it_was_written(void **state)
{
	struct hub hub = hub_of_seed(1, 1);
	struct spool_cursor c = cursor(42, &hub.key), back;
	struct buffer line = {0};

	(void)state;
	spool_cursor_write(&line, &c);
	assert_int_equal(
		spool_cursor_read(&back, buffer_text(&line), line.len, NULL), ERR_OK);
	assert_true(spool_cursor_verify(&back, &hub.key.public));
	assert_int_equal(back.received, 42);
	assert_int_equal(back.spool, SPOOL_7);
	assert_string_equal(back.edge, "north-1");
	buffer_free(&line);
}

static void
a_cursor_in_another_form_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
		enum err err;
	} bad[] = {
		{"belfry-cursor-1", "belfry-cursor-2", ERR_VERSION},
		{"territory 0", "territory A", ERR_FORMAT},
		{"term 1", "term 0", ERR_RANGE},
		{"edge north-1", "edge North-1", ERR_FORMAT},
		{"edge north-1", "edge ", ERR_FORMAT},
		{"edge north-1", "edge abcdefghijklmnopqrstuvwxyz0123456", ERR_FORMAT},
		{"spool 0000000000007777", "spool 7777", ERR_FORMAT},
		{"received 42", "received 042", ERR_FORMAT},
		{"received 42", "received 9007199254740992", ERR_RANGE},
		{"000Z", "Z", ERR_FORMAT},
		{"000Z\\n", "000Z\\n\\n", ERR_TRAILING},
		{"\"cursor\"", "\"curser\"", ERR_FORMAT},
		{"\"signature\"", "\"sig\"", ERR_FORMAT},
		{"{", "[", ERR_FORMAT},
	};
	struct hub hub = hub_of_seed(1, 1);
	struct spool_cursor c = cursor(42, &hub.key), back;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct buffer line = {0}, text = {0};
		const char *at;

		spool_cursor_write(&line, &c);
		at = strstr(buffer_text(&line), bad[i].from);
		assert_non_null(at);
		write_bytes(&text, line.at, (size_t)(at - (char *)line.at));
		write_text(&text, bad[i].to);
		write_text(&text, at + strlen(bad[i].from));
		if (spool_cursor_read(&back, buffer_text(&text), text.len, NULL) !=
			bad[i].err)
			fail_msg("%s: not %s", bad[i].to, err_name(bad[i].err));
		buffer_free(&line);
		buffer_free(&text);
	}
}

static void
each_kind_has_its_word(void **state)
{
	(void)state;
	assert_string_equal(spool_kind_word(SPOOL_RECEIPT), "receipt");
	assert_string_equal(spool_kind_word(SPOOL_NEED), "medical-need");
	assert_string_equal(spool_kind_word(SPOOL_CHECKIN), "check-in");
	assert_string_equal(spool_kind_word(SPOOL_REPORT), "report");
	assert_string_equal(spool_kind_word((enum spool_kind)0), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_numbered_from_one_without_gaps),
		cmocka_unit_test(a_repeat_is_one_record),
		cmocka_unit_test(a_flood_of_one_kind_pushes_out_no_other),
		cmocka_unit_test(a_flood_of_one_source_pushes_out_no_other),
		cmocka_unit_test(full_is_said_with_a_time_to_come_back),
		cmocka_unit_test(a_quota_of_bytes_counts_what_lies_on_the_disk),
		cmocka_unit_test(a_body_over_its_kinds_limit_is_refused),
		cmocka_unit_test(a_source_waits_for_the_next_minute),
		cmocka_unit_test(all_sources_together_have_a_minute_too),
		cmocka_unit_test(what_the_hub_received_makes_room),
		cmocka_unit_test(only_so_many_received_ids_are_remembered),
		cmocka_unit_test(nothing_need_be_remembered),
		cmocka_unit_test(a_message_that_the_disk_refused_never_came),
		cmocka_unit_test(only_the_hubs_cursor_for_this_spool_deletes),
		cmocka_unit_test(the_journal_brings_the_state_back),
		cmocka_unit_test(what_was_held_stays_held_when_the_limits_shrink),
		cmocka_unit_test(a_journal_out_of_order_is_refused),
		cmocka_unit_test(an_emptied_journal_does_not_give_numbers_twice),
		cmocka_unit_test(the_last_number_is_the_end),
		cmocka_unit_test(limits_and_names_that_make_no_sense_are_refused),
		cmocka_unit_test(a_long_life_leaves_nothing_behind),
		cmocka_unit_test(without_memory_nothing_is_taken),
		cmocka_unit_test(a_message_is_read_as_it_was_written),
		cmocka_unit_test(a_torn_or_flipped_message_is_noticed),
		cmocka_unit_test(a_cursor_is_read_as_it_was_written),
		cmocka_unit_test(a_cursor_in_another_form_is_refused),
		cmocka_unit_test(each_kind_has_its_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
