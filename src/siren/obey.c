/* SPDX-License-Identifier: GPL-3.0-or-later */
/* obey.c: what an order does here. Orders are a set: any order of arrival ends in one state. */
#include "siren/brain.h"

#include <stdlib.h>
#include <string.h>

enum { HELD_EVERY_MS = 1000 };

bool
alarm_lives(const struct siren *s, int64_t now_ms)
{
	for (size_t i = 0; i < s->known.count; i++)
		if (known_lives(&s->known.at[i], now_ms))
			return true;
	return false;
}

struct known *
known_root(const struct siren *s, const struct known *k)
{
	for (int i = 0; i < 64 && k != NULL && k->joined != 0; i++)
		k = known_find(&s->known, k->joined);
	return (struct known *)k;
}

/* Is it sounding, or did it sound, with nothing known to have failed? */
static bool
heard_by_people(const struct siren *s, const struct known *k)
{
	const struct known *root = known_root(s, k);

	if (root == NULL || (root->flags & (KNOWN_STOPPED | KNOWN_FAILED)))
		return false;
	if (s->horn.state != HORN_IDLE && s->horn.id == root->id)
		return true;
	for (int i = 0; i < s->horn.waiting; i++)
		if (s->horn.queue[i] == root->id)
			return true;
	return root->flags & KNOWN_CURRENT;
}

/*
 * Bring the horn in line with the set: silence what nobody wants any more; sound what had joined
 * a sounding that was stopped, for its own two operators still stand behind it.
 */
static void
settle(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	int64_t now = siren_clock_now(&s->clock, mono_ms);
	const struct known *on = known_find(&s->known, s->horn.id);
	bool wanted = on == NULL || !known_is_alarm(on);

	for (size_t i = 0; i < s->known.count; i++) {
		struct known *k = &s->known.at[i];
		const struct known *root = known_root(s, k);

		if (!known_lives(k, now))
			continue;
		wanted |= on != NULL && root == on;
		if (k->joined != 0 && root != NULL && (root->flags & KNOWN_STOPPED)) {
			k->joined = 0;
			horn_sound(s, mono_ms, k->id, todo);
		}
	}
	if (s->horn.state != HORN_IDLE && !wanted &&
		(on->flags & (KNOWN_STOPPED | KNOWN_ENDED)))
		horn_silence(s, mono_ms, s->horn.id, todo);
	horn_step(s, mono_ms, todo);
}

static void
mark_one(struct siren *s, int64_t mono_ms, uint64_t id, uint16_t flag,
	struct siren_todo *todo)
{
	int64_t now = siren_clock_now(&s->clock, mono_ms);
	struct known *k = known_need(&s->known, id);
	bool lived;

	if (k == NULL || (k->flags & flag))
		return;
	lived = known_lives(k, now);
	k->flags |= flag;
	store_known(s, k, 0, todo);
	if (lived)
		report(s, mono_ms, flag == KNOWN_STOPPED ? RECEIPT_STOPPED : RECEIPT_ENDED,
			id, VERDICT_GOOD, bytes_of(NULL, 0), todo);
}

/* An order that ends more than one body can name has several bodies for the same zones. */
static void
mark(struct siren *s, int64_t mono_ms, const struct order *o, uint16_t flag,
	struct siren_todo *todo)
{
	for (int i = 0; i < o->body_count; i++) {
		const struct order_body *b = &o->body[i];

		if (place_rung(&s->conf.place, &b->zones) < 0)
			continue;
		for (int j = 0; j < b->end_count; j++)
			mark_one(s, mono_ms, b->ends[j], flag, todo);
	}
}

/* The same alarm on air here: what it joins, or NULL. */
static struct known *
joins(struct siren *s, const struct known *k, int64_t now_ms)
{
	for (size_t i = 0; i < s->known.count; i++) {
		struct known *other = &s->known.at[i];
		int64_t apart = order_id_ms(k->id) - order_id_ms(other->id);

		if (other->id != k->id && known_lives(other, now_ms) &&
			other->hazard == k->hazard && other->zone == k->zone &&
			!((other->flags ^ k->flags) & KNOWN_GROUP) &&
			apart <= SIREN_JOIN_MS && apart >= -SIREN_JOIN_MS &&
			heard_by_people(s, other))
			return other;
	}
	return NULL;
}

/* An update takes the place of an order that is on air here. */
static struct known *
takes_over(struct siren *s, const struct order *o, int64_t now_ms)
{
	for (int i = 0; i < o->body_count; i++) {
		const struct order_body *b = &o->body[i];

		if (place_rung(&s->conf.place, &b->zones) < 0)
			continue;
		for (int j = 0; j < b->end_count; j++) {
			struct known *old = known_find(&s->known, b->ends[j]);

			if (old != NULL && known_lives(old, now_ms) &&
				heard_by_people(s, old))
				return old;
		}
	}
	return NULL;
}

static void
obey_alarm(struct siren *s, int64_t mono_ms, struct known *k, const struct order *o,
	const struct order_body *b, struct siren_todo *todo)
{
	int64_t now = siren_clock_now(&s->clock, mono_ms);
	uint64_t id = k->id;
	struct known *other = takes_over(s, o, now);

	if (other == NULL && b->join)
		other = joins(s, k, now);
	if (other != NULL)
		k->joined = known_root(s, other)->id;
	mark(s, mono_ms, o, KNOWN_ENDED, todo);
	k = known_find(&s->known, id);
	if (k->flags & (KNOWN_STOPPED | KNOWN_ENDED)) {
		refuse(s, mono_ms, id, VERDICT_STOPPED, todo);
		store_known(s, k, 0, todo);
		return;
	}
	if (k->joined != 0) {
		store_known(s, k, 0, todo);
		report(s, mono_ms, RECEIPT_JOINED, id, VERDICT_GOOD, bytes_of(NULL, 0),
			todo);
		return;
	}
	horn_sound(s, mono_ms, id, todo);
}

static void
obey_class(struct siren *s, int64_t mono_ms, struct known *k, const struct order *o,
	const struct order_body *b, struct siren_todo *todo)
{
	uint64_t id = k->id;

	switch (b->class) {
	case ORDER_ALARM:
	case ORDER_BREAK_GLASS:
	case ORDER_SENSOR:
		obey_alarm(s, mono_ms, k, o, b, todo);
		break;
	case ORDER_ALL_CLEAR:
	case ORDER_FALSE_ALARM:
		mark(s, mono_ms, o, KNOWN_ENDED, todo);
		settle(s, mono_ms, todo);
		if (b->pattern != 0)
			horn_sound(s, mono_ms, id, todo);
		break;
	case ORDER_STOP:
		mark(s, mono_ms, o, KNOWN_STOPPED, todo);
		break;
	case ORDER_TEST:
		horn_sound(s, mono_ms, id, todo);
		break;
	case ORDER_TAKEOVER:
		break;
	}
	settle(s, mono_ms, todo);
}

static bool bold(enum order_class class)
{
	return class == ORDER_ALARM || class == ORDER_STOP || class == ORDER_BREAK_GLASS ||
	       class == ORDER_SENSOR;
}

/* Unsure of the time: alarm and stop yes, if newer than the floor; all clear no. */
static enum verdict
time_check(const struct siren *s, int64_t mono_ms, const struct order_body *b)
{
	int64_t now = siren_clock_now(&s->clock, mono_ms), expiry = order_expiry_ms(b);

	if (expiry <= s->clock.floor_ms)
		return VERDICT_EXPIRED;
	if (!s->clock.sure)
		return bold(b->class) ? VERDICT_GOOD : VERDICT_CLOCK;
	if (expiry <= now)
		return VERDICT_EXPIRED;
	return (int64_t)b->not_before_s * 1000 > now + SIREN_EARLY_MS ? VERDICT_EARLY
								      : VERDICT_GOOD;
}

/* Valid, but not yet: kept until the clock is sure or the time has come. */
static bool
hold(struct siren *s, int64_t mono_ms, enum verdict v, const struct order_body *b,
	struct bytes bytes, bool on_disk)
{
	int64_t wait =
		(int64_t)b->not_before_s * 1000 - siren_clock_now(&s->clock, mono_ms);
	uint8_t *copy;

	if (v != VERDICT_CLOCK && !(v == VERDICT_EARLY && wait <= SIREN_HOLD_MS))
		return false;
	for (size_t i = 0; i < s->held_count; i++)
		if (bytes_equal(s->held[i].bytes, bytes))
			return true;
	if (s->held_count == EARLY_HELD)
		return false;
	copy = malloc(bytes.len);
	if (copy == NULL)
		return false;
	memcpy(copy, bytes.at, bytes.len);
	s->held_due_ms = mono_ms + HELD_EVERY_MS;
	s->held[s->held_count++] = (struct held_order){bytes_of(copy, bytes.len), on_disk};
	return true;
}

void
retry_held(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	size_t n = s->held_count;
	struct held_order held[EARLY_HELD];

	memcpy(held, s->held, sizeof held);
	s->held_count = 0;
	for (size_t i = 0; i < n; i++) {
		obey(s, mono_ms, held[i].bytes, held[i].on_disk, todo);
		free((void *)held[i].bytes.at);
	}
}

static enum verdict
sense_check(const struct siren *s, const struct order_body *b)
{
	const struct pattern *p = patterns_find(s->conf.patterns, b->pattern);

	if (b->pattern == 0)
		return VERDICT_GOOD;
	if (p == NULL || (b->class != ORDER_TEST && pattern_suits_test(p)))
		return VERDICT_PATTERN;
	return VERDICT_GOOD;
}

/* The body that speaks to this place most closely; the first if none does. */
static const struct order_body *
body_for(const struct order *o, const struct place *place)
{
	const struct order_body *best = &o->body[0];
	int best_rung = -1;

	for (int i = 0; i < o->body_count; i++) {
		int rung = place_rung(place, &o->body[i].zones);

		if (rung >= 0 && (best_rung < 0 || rung < best_rung)) {
			best = &o->body[i];
			best_rung = rung;
		}
	}
	return best;
}

static enum verdict
judge(struct siren *s, int64_t mono_ms, const struct order *o, const struct order_body *b,
	int *rung, struct siren_todo *todo)
{
	struct judge j = {s->roster.territory, s->roster.mode, &s->roster, &s->revoked,
		s->conf.verify, s->conf.verify_ctx};
	const struct known *k = known_find(&s->known, b->id);
	enum verdict v;

	if (k != NULL && (k->flags & KNOWN_HEARD) && b->territory == s->roster.territory)
		return VERDICT_REPEAT;
	v = order_judge(&j, o, b, &s->conf.place, rung);
	if (v == VERDICT_GOOD)
		v = time_check(s, mono_ms, b);
	if (v == VERDICT_GOOD)
		v = sense_check(s, b);
	if (v == VERDICT_GOOD)
		v = limits_check(s, o, b, *rung, siren_clock_now(&s->clock, mono_ms), todo);
	return v;
}

static void
accept(struct siren *s, int64_t mono_ms, const struct order *o, const struct order_body *b,
	int rung, bool on_disk, struct bytes bytes, struct siren_todo *todo)
{
	struct known *k = known_need(&s->known, b->id);
	struct bytes none = {NULL, 0};

	if (k == NULL) {
		refuse(s, mono_ms, b->id, VERDICT_FORMAT, todo);
		return;
	}
	k->class = b->class;
	k->hazard = b->hazard;
	k->pattern = b->pattern;
	k->seconds = b->seconds;
	k->zone = b->zones.group ? b->zones.number[0] : s->conf.place.zone[rung];
	k->flags |= KNOWN_HEARD | (b->zones.group ? KNOWN_GROUP : 0);
	k->expiry_ms = order_expiry_ms(b);
	report(s, mono_ms, RECEIPT_HEARD, b->id, VERDICT_GOOD, on_disk ? none : bytes,
		todo);
	if (b->roster > s->roster.serial)
		report(s, mono_ms, RECEIPT_ROSTER_BEHIND, b->id, VERDICT_GOOD, none, todo);
	obey_class(s, mono_ms, k, o, b, todo);
	k = known_find(&s->known, b->id);
	if (!known_is_alarm(k))
		store_known(s, k, 0, todo);
}

void
obey(struct siren *s, int64_t mono_ms, struct bytes bytes, bool on_disk,
	struct siren_todo *todo)
{
	const struct order_body *b;
	struct order o;
	enum verdict v = VERDICT_FORMAT;
	int rung = 0;

	if (order_read(&o, bytes) != ERR_OK) {
		refuse(s, mono_ms, 0, v, todo);
		return;
	}
	b = body_for(&o, &s->conf.place);
	v = judge(s, mono_ms, &o, b, &rung, todo);
	if (v == VERDICT_GOOD)
		accept(s, mono_ms, &o, b, rung, on_disk, bytes, todo);
	else if (!hold(s, mono_ms, v, b, bytes, on_disk))
		refuse(s, mono_ms, b->id, v, todo);
}

void
tell_expired(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	int64_t now = siren_clock_now(&s->clock, mono_ms);

	for (size_t i = 0; i < s->known.count; i++) {
		struct known *k = &s->known.at[i];

		if (k->expiry_ms > now || (k->flags & KNOWN_TOLD))
			continue;
		k->flags |= KNOWN_TOLD;
		if (known_is_alarm(k) && (k->flags & KNOWN_HEARD) &&
			!(k->flags & (KNOWN_STOPPED | KNOWN_ENDED)))
			report(s, mono_ms, RECEIPT_EXPIRED, k->id, VERDICT_GOOD,
				bytes_of(NULL, 0), todo);
	}
	if (s->horn.state == HORN_IDLE && s->horn.waiting == 0)
		known_forget(&s->known, now);
}
