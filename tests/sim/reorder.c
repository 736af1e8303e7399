/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reorder.c: orders of every kind over paths that lose, repeat and reorder, against an oracle that
 * knows only sets.
 *
 *     reorder [runs [seed]]
 *
 * A few hundred days are made and signed once; each run takes one of them, draws what arrives, in
 * which order and when, and gives it to a fresh box. Afterwards the box must hold exactly the
 * alarms that nobody named, the horn must be silent, and what must have sounded must have. The
 * receipts' signatures are left out (--wrap), those of orders are verified once for all bytes.
 */
#include "town/town.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAYS = 400, ORDERS = 10, ARRIVALS = 30 };

static uint64_t seed;

static uint32_t
dice(uint32_t sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 11) % sides);
}

/* ---- signatures, once ---- */

static bool fast;
struct signature __real_signature_make(const struct secret_key *key, struct bytes message);
struct signature __wrap_signature_make(const struct secret_key *key, struct bytes message);

struct signature
__wrap_signature_make(const struct secret_key *key, struct bytes message)
{
	return fast ? (struct signature){{0}} : __real_signature_make(key, message);
}

struct memo {
	bool known, good;
	struct public_key key;
	struct hash message;
	struct signature signature;
};
enum { MEMO = 1 << 15 };
static struct memo memo[MEMO];
static unsigned verified;

/* Heartbeats, too: in a fast run theirs are zeros. */
static bool
verify_once(void *ctx, const struct public_key *key, struct bytes message,
	const struct signature *s)
{
	static const struct signature zeros;
	struct hash hash = hash_of(message);
	uint32_t at;

	(void)ctx;
	if (fast && message.len != sizeof hash.at)
		return memcmp(s, &zeros, sizeof zeros) == 0;
	memcpy(&at, s->at, sizeof at);
	for (at %= MEMO; memo[at].known; at = (at + 1) % MEMO)
		if (public_key_equal(&memo[at].key, key) &&
			hash_equal(&memo[at].message, &hash) &&
			memcmp(&memo[at].signature, s, sizeof *s) == 0)
			return memo[at].good;
	memo[at] = (struct memo){true, signature_verify(key, message, s), *key, hash, *s};
	verified++;
	return memo[at].good;
}

/* ---- a day ---- */

struct day {
	int count;
	struct buffer bytes[ORDERS];
	struct order_body body[ORDERS];
	uint32_t names[ORDERS]; /* which other orders this one names: a set of bits */
	bool here[ORDERS];	/* it is for this box */
};

static bool
is_alarm(const struct order_body *b)
{
	return b->class == ORDER_ALARM;
}

static int
by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Name one to three of the day's orders before this one, alarms most of the time. */
static void
name_some(struct day *d, int at)
{
	struct order_body *b = &d->body[at];
	uint32_t set = 0;

	for (int tries = 0; tries < 12 && (tries < 1 + (int)dice(3) || set == 0); tries++) {
		int other = (int)dice((uint32_t)at);

		if (is_alarm(&d->body[other]) || dice(4) == 0)
			set |= 1u << other;
	}
	set |= set == 0;
	for (int i = 0; i < at; i++)
		if (set & 1u << i)
			b->ends[b->end_count++] = d->body[i].id;
	qsort(b->ends, b->end_count, sizeof *b->ends, by_id);
	d->names[at] = set;
}

static void
make_body(struct day *d, int at, struct town *t, int64_t now_ms)
{
	static const enum order_class class[] = {ORDER_ALARM, ORDER_ALARM, ORDER_ALARM,
		ORDER_ALARM, ORDER_STOP, ORDER_ALL_CLEAR, ORDER_ALL_CLEAR,
		ORDER_FALSE_ALARM};
	static const uint16_t zone[] = {ZONE, ZONE, DISTRICT, REGION};
	struct order_body *b = &d->body[at];
	int64_t made_ms = now_ms - 1000 * (int64_t)dice(300);

	*b = town_body(t, at == 0 ? ORDER_ALARM : class[dice(8)], made_ms);
	b->lifetime_s = 7200;
	b->seconds = b->seconds ? (uint16_t)(2 + dice(4)) : 0;
	b->hazard = (uint8_t)(1 + dice(3));
	if (b->zones.count > 0)
		b->zones.number[0] = zone[dice(4)];
	d->here[at] = true;
	if (is_alarm(b)) {
		b->join = dice(4) > 0;
		if (at > 0 && dice(4) == 0)
			name_some(d, at); /* an update */
		else if (dice(12) == 0) {
			b->zones.number[0] = 600;
			d->here[at] = false;
		}
		return;
	}
	name_some(d, at);
	if (b->class == ORDER_ALL_CLEAR && dice(2))
		b->pattern = 0; /* a silent end */
}

static void
make_day(struct day *d, struct town *t, int64_t now_ms)
{
	d->count = 2 + (int)dice(ORDERS - 1);
	for (int i = 0; i < d->count; i++) {
		struct made m;

		d->names[i] = 0;
		make_body(d, i, t, now_ms);
		made_body(&m, d->body[i]);
		made_sign(&m, t, dice(2) ? ANNA : BORIS);
		made_sign(&m, t, dice(2) ? CLARA : IVAN);
		d->bytes[i] = made_bytes(&m);
	}
}

/* ---- the oracle: sets, and no time but that of the ids ---- */

/* Alarms of `heard` that no order of `heard` names. */
static uint32_t
living(const struct day *d, uint32_t heard)
{
	uint32_t alarms = 0, named = 0;

	for (int i = 0; i < d->count; i++)
		if (heard & 1u << i && d->here[i]) {
			named |= d->names[i];
			alarms |= is_alarm(&d->body[i]) ? 1u << i : 0;
		}
	return alarms & ~named;
}

/* Could one of the two share in the sounding of the other? */
static bool
akin(const struct day *d, int a, int b)
{
	const struct order_body *x = &d->body[a], *y = &d->body[b];
	int64_t apart = order_id_ms(x->id) - order_id_ms(y->id);

	return (x->hazard == y->hazard && x->zones.number[0] == y->zones.number[0] &&
		       apart <= 120000 && apart >= -120000) ||
	       (d->names[a] & 1u << b) || (d->names[b] & 1u << a);
}

/* The alarms in one of whose soundings `at` may share: the closure of akin(). */
static uint32_t
kin(const struct day *d, int at)
{
	uint32_t set = 1u << at, before = 0;

	while (set != before) {
		before = set;
		for (int i = 0; i < d->count; i++)
			for (int j = 0; j < d->count; j++)
				if (set & 1u << i && is_alarm(&d->body[j]) && d->here[j] &&
					akin(d, i, j))
					set |= 1u << j;
	}
	return set;
}

/* ---- a run ---- */

struct run {
	const struct day *day;
	struct box box;
	uint32_t heard;		  /* which orders have arrived */
	unsigned sounded[ORDERS]; /* soundings of each */
	uint64_t on;
	const char *wrong;
};

static void
watch(struct run *r)
{
	struct siren_view v = box_view(&r->box);

	if (v.sounding == r->on)
		return;
	r->on = v.sounding;
	for (int i = 0; i < r->day->count; i++) {
		if (r->day->body[i].id != v.sounding)
			continue;
		r->sounded[i]++;
		if (!is_alarm(&r->day->body[i]) && living(r->day, r->heard) != 0)
			r->wrong = "all clear while an alarm lives";
	}
}

static void
pass(struct run *r, int64_t ms)
{
	for (int64_t end = r->box.mono_ms + ms; r->box.mono_ms < end;) {
		int64_t next = siren_next_ms(r->box.siren);
		int64_t step = next - r->box.mono_ms;

		if (step < 1 || step > 50)
			step = step < 1 ? 1 : r->box.tickets > 0 ? 4 : step;
		if (step > end - r->box.mono_ms)
			step = end - r->box.mono_ms;
		box_run(&r->box, step);
		watch(r);
	}
}

static void
judge_end(struct run *r)
{
	const struct day *d = r->day;
	uint32_t lives = living(d, r->heard);

	if (r->box.relay)
		r->wrong = "the horn sounds for ever";
	for (int i = 0; i < d->count; i++) {
		bool has = siren_lives(r->box.siren, d->body[i].id, r->box.mono_ms);
		uint32_t family = is_alarm(&d->body[i]) ? kin(d, i) & r->heard : 0;
		unsigned soundings = 0;

		if (has != (lives >> i & 1))
			r->wrong =
				has ? "an alarm lives that was ended" : "an alarm was lost";
		for (int j = 0; j < d->count; j++)
			soundings += family >> j & 1 ? r->sounded[j] : 0;
		if (r->sounded[i] > 1)
			r->wrong = "it sounded twice";
		if ((lives >> i & 1) && soundings == 0)
			r->wrong = "a living alarm was never heard";
		if ((lives >> i & 1) && family == 1u << i && r->sounded[i] != 1)
			r->wrong = "an alarm of its own did not sound once";
	}
}

static const char *
run(const struct day *d, struct town *t)
{
	struct run r = {.day = d};
	int arrival[ARRIVALS], n = 0;

	for (int i = 0; i < d->count; i++)
		for (uint32_t copies = dice(10) == 0 ? 0 : 1 + dice(3); copies > 0;
			copies--)
			arrival[n++] = i;
	for (int i = n - 1; i > 0; i--) {
		int j = (int)dice((uint32_t)i + 1), was = arrival[i];

		arrival[i] = arrival[j];
		arrival[j] = was;
	}
	box_new(&r.box, t);
	r.box.hub_down = true;
	for (int i = 0; i < n && r.wrong == NULL; i++) {
		r.heard |= 1u << arrival[i];
		box_give(&r.box, buffer_bytes(&d->bytes[arrival[i]]));
		watch(&r);
		if (dice(3) == 0)
			pass(&r, (int64_t)dice(dice(4) ? 400 : 9000));
	}
	pass(&r, 60000);
	if (r.wrong == NULL)
		judge_end(&r);
	box_free(&r.box);
	return r.wrong;
}

static void
tell(const struct day *d, uint64_t from, const char *wrong)
{
	printf("run from seed %" PRIu64 ": %s\n", from, wrong);
	for (int i = 0; i < d->count; i++)
		printf("  %d %s id %" PRId64 " hazard %d zone %u join %d names %x\n", i,
			order_class_name(d->body[i].class), order_id_ms(d->body[i].id),
			d->body[i].hazard, d->body[i].zones.number[0], d->body[i].join,
			d->names[i]);
}

int
main(int argc, char **argv)
{
	static struct day day[DAYS];
	unsigned runs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000, bad = 0;
	clock_t began = clock();
	struct town t;
	struct box b;

	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 20261122;
	town_new(&t);
	t.verify = verify_once;
	box_new(&b, &t);
	for (int i = 0; i < DAYS; i++)
		make_day(&day[i], &t, b.wall_ms);
	box_free(&b);
	fast = true;
	for (unsigned i = 0; i < runs && bad < 10; i++) {
		uint64_t from = seed;
		const struct day *d = &day[dice(DAYS)];
		const char *wrong = run(d, &t);

		if (wrong != NULL) {
			tell(d, from, wrong);
			bad++;
		}
	}
	printf("%u runs, %u signatures verified, %u in a wrong state, %.1f s\n", runs,
		verified, bad, (double)(clock() - began) / CLOCKS_PER_SEC);
	for (int i = 0; i < DAYS; i++)
		for (int j = 0; j < day[i].count; j++)
			buffer_free(&day[i].bytes[j]);
	town_free(&t);
	return bad > 0;
}
