/* SPDX-License-Identifier: GPL-3.0-or-later */
/* obey.c: what an order does here. Orders are a set: any order of arrival ends in one state. */
#include "siren/brain.h"

static void
mark_one(struct siren *s, int64_t mono_ms, uint64_t id, uint64_t namer, uint16_t flag,
	struct siren_todo *todo)
{
	int64_t now = siren_clock_now(&s->clock, mono_ms);
	struct known *k = known_need(&s->known, id, namer);
	bool lived;

	if (k == NULL || (k->flags & flag))
		return;
	lived = known_lives(k, now);
	k->flags |= flag;
	store_known(k, 0, todo);
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
			mark_one(s, mono_ms, b->ends[j], b->id, flag, todo);
	}
}

static void
obey_alarm(struct siren *s, int64_t mono_ms, uint64_t id, const struct order *o,
	struct siren_todo *todo)
{
	struct known *k = known_find(&s->known, id);

	k->joined = air_shares(s, k, o, siren_clock_now(&s->clock, mono_ms));
	mark(s, mono_ms, o, KNOWN_ENDED, todo);
	k = known_find(&s->known, id);
	if (k == NULL || (k->flags & (KNOWN_STOPPED | KNOWN_ENDED))) {
		refuse(s, mono_ms, id, VERDICT_STOPPED, todo);
		if (k != NULL)
			store_known(k, 0, todo);
		return;
	}
	owed_forgo(s, mono_ms, todo);
	if (k->joined != 0) {
		store_known(k, 0, todo);
		report(s, mono_ms, RECEIPT_JOINED, id, VERDICT_GOOD, bytes_of(NULL, 0),
			todo);
		return;
	}
	horn_sound(s, mono_ms, id, todo);
}

/* An all clear, a test or a message: with a pattern it asks for the horn, and does not get it while an alarm lives. */
static void
obey_other(struct siren *s, int64_t mono_ms, uint64_t id, struct siren_todo *todo)
{
	struct known *k = known_find(&s->known, id);

	if (k == NULL || (k->flags & (KNOWN_STOPPED | KNOWN_ENDED)))
		refuse(s, mono_ms, id, VERDICT_STOPPED, todo);
	else if (k->pattern != 0)
		horn_sound(s, mono_ms, id, todo);
}

static void
obey_class(struct siren *s, int64_t mono_ms, const struct order *o,
	const struct order_body *b, struct siren_todo *todo)
{
	switch (b->class) {
	case ORDER_ALARM:
	case ORDER_BREAK_GLASS:
	case ORDER_SENSOR:
		if (b->pattern != 0) {
			obey_alarm(s, mono_ms, b->id, o, todo);
			break;
		}
		/* A message: it may end orders, and leaves the horn to others. */
		mark(s, mono_ms, o, KNOWN_ENDED, todo);
		obey_other(s, mono_ms, b->id, todo);
		break;
	case ORDER_ALL_CLEAR:
	case ORDER_FALSE_ALARM:
		mark(s, mono_ms, o, KNOWN_ENDED, todo);
		air_settle(s, mono_ms, todo);
		obey_other(s, mono_ms, b->id, todo);
		break;
	case ORDER_STOP:
		mark(s, mono_ms, o, KNOWN_STOPPED, todo);
		break;
	case ORDER_TEST:
		obey_other(s, mono_ms, b->id, todo);
		break;
	case ORDER_TAKEOVER:
		break;
	}
	air_settle(s, mono_ms, todo);
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
	int64_t from = (int64_t)b->not_before_s * 1000;

	if (expiry <= s->clock.floor_ms)
		return VERDICT_EXPIRED;
	if (!s->clock.sure)
		return bold(b->class) ? VERDICT_GOOD : VERDICT_CLOCK;
	if (expiry <= now)
		return VERDICT_EXPIRED;
	if (from <= now + SIREN_EARLY_MS)
		return VERDICT_GOOD;
	/* Made for then, it is early. Made for now, it cannot be here before it was made: then our
	 * clock is behind, and that must not silence anybody. */
	return bold(b->class) && from <= order_id_ms(b->id) + SIREN_EARLY_MS
		       ? VERDICT_GOOD
		       : VERDICT_EARLY;
}

/* The body that speaks to this place most closely, of two like that the alarm; the first if none
 * does. */
static const struct order_body *
body_for(const struct order *o, const struct place *place)
{
	const struct order_body *best = &o->body[0];
	int best_rung = -1;

	for (int i = 0; i < o->body_count; i++) {
		int rung = place_rung(place, &o->body[i].zones);

		if (rung >= 0 && (best_rung < 0 || rung < best_rung ||
					 (rung == best_rung && best->class != ORDER_ALARM &&
						 o->body[i].class == ORDER_ALARM))) {
			best = &o->body[i];
			best_rung = rung;
		}
	}
	return best;
}

/* Who may speak of an id a second time: an alarm most, and what one person signs least. */
static int weight(enum order_class class)
{
	switch (class) {
	case ORDER_ALARM:
		return 3;
	case ORDER_ALL_CLEAR:
	case ORDER_FALSE_ALARM:
	case ORDER_TAKEOVER:
		return 2;
	case ORDER_BREAK_GLASS:
	case ORDER_SENSOR:
		return 1;
	case ORDER_STOP:
	case ORDER_TEST:
		return 0;
	}
	return 0;
}

/*
 * An id is heard once. But one operator who borrows the id of an alarm that waits for its second
 * signature, for a test perhaps, must not make mouths deaf to the alarm; nor may a parent's all
 * clear from a radio frame hide the alarm that the same order has for the zone below it.
 */
static bool
outranks(const struct order_body *b, int rung, const struct known *k)
{
	return weight(b->class) > weight(k->class) &&
	       (class_signers(b->class) > class_signers(k->class) || rung <= k->rung);
}

static enum verdict
judge(struct siren *s, int64_t mono_ms, const struct order *o, const struct order_body *b,
	int *rung, struct siren_todo *todo)
{
	struct judge j = {s->roster.territory, s->roster.mode, &s->roster, &s->revoked,
		s->conf.verify, s->conf.verify_ctx};
	const struct known *k = known_find(&s->known, b->id);
	enum verdict v;

	*rung = place_rung(&s->conf.place, &b->zones);
	if (k != NULL && (k->flags & KNOWN_HEARD) && b->territory == s->roster.territory &&
		!outranks(b, *rung, k))
		return VERDICT_REPEAT;
	v = order_judge(&j, o, b, &s->conf.place, rung);
	if (v == VERDICT_GOOD) {
		/* One alone vouches for no time: with the hub's key he would set the clock. */
		if (class_signers(b->class) == 2)
			siren_clock_witness(&s->clock, order_id_ms(b->id), mono_ms);
		v = time_check(s, mono_ms, b);
	}
	if (v == VERDICT_GOOD)
		v = pattern_check(s, b);
	if (v == VERDICT_GOOD)
		v = limits_check(s, o, b, *rung, siren_clock_now(&s->clock, mono_ms), todo);
	return v;
}

/* What stops and ends said of the id before stays; all else is now what this body says. */
static void
know(struct siren *s, struct known *k, const struct order_body *b, int rung)
{
	k->class = b->class;
	k->hazard = b->hazard;
	k->pattern = b->pattern;
	k->seconds = b->seconds;
	k->rung = (uint8_t)rung;
	k->zone = b->zones.group ? b->zones.number[0] : s->conf.place.zone[rung];
	k->flags &= KNOWN_STOPPED | KNOWN_ENDED;
	k->flags |= KNOWN_HEARD | (b->zones.group ? KNOWN_GROUP : 0) |
		    (b->join ? KNOWN_JOIN : 0);
	k->joined = 0;
	k->expiry_ms = order_expiry_ms(b);
}

static void
accept(struct siren *s, int64_t mono_ms, const struct order *o, const struct order_body *b,
	int rung, bool on_disk, struct bytes bytes, struct siren_todo *todo)
{
	struct bytes none = {NULL, 0};
	struct known *k;

	if (s->horn.state != HORN_IDLE && s->horn.id == b->id)
		horn_silence(s, mono_ms, todo);
	k = known_need(&s->known, b->id, b->id);
	if (k == NULL) {
		refuse(s, mono_ms, b->id, VERDICT_FORMAT, todo);
		return;
	}
	know(s, k, b, rung);
	report(s, mono_ms, RECEIPT_HEARD, b->id, VERDICT_GOOD, on_disk ? none : bytes,
		todo);
	if (b->roster > s->roster.serial)
		report(s, mono_ms, RECEIPT_ROSTER_BEHIND, b->id, VERDICT_GOOD, none, todo);
	obey_class(s, mono_ms, o, b, todo);
	k = known_find(&s->known, b->id);
	/* An alarm is stored when it begins or joins; until its turn comes it must be, too. */
	if (k != NULL && (!known_is_alarm(k) || horn_waits(s, k->id)))
		store_known(k, 0, todo);
	limits_store(s, todo);
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
		if (!known_is_alarm(k) || !(k->flags & KNOWN_HEARD) ||
			(k->flags & (KNOWN_STOPPED | KNOWN_ENDED)))
			continue;
		store_known(k, 0, todo);
		report(s, mono_ms, RECEIPT_EXPIRED, k->id, VERDICT_GOOD, bytes_of(NULL, 0),
			todo);
	}
	if (s->horn.state == HORN_IDLE && s->horn.waiting == 0)
		known_forget(&s->known, s->clock.floor_ms);
}
