/* SPDX-License-Identifier: GPL-3.0-or-later */
/* air.c: what is on air here, what shares in it, and what the set of orders wants of the horn. */
#include "siren/brain.h"

bool
alarm_lives(const struct siren *s, int64_t now_ms)
{
	for (size_t i = 0; i < s->known.count; i++)
		if (known_lives(&s->known.at[i], now_ms))
			return true;
	return false;
}

/* The order whose sounding it shares: itself, or what it joined; NULL if that is forgotten. */
static struct known *
known_root(const struct siren *s, struct known *k)
{
	return k->joined == 0 ? k : known_find(&s->known, k->joined);
}

bool
air_wants(const struct siren *s, const struct known *k, int64_t now_ms)
{
	if (!known_is_alarm(k))
		return !(k->flags & (KNOWN_STOPPED | KNOWN_ENDED)) &&
		       !alarm_lives(s, now_ms);
	if (k->flags & KNOWN_STOPPED)
		return false;
	if (known_lives(k, now_ms))
		return true;
	for (size_t i = 0; i < s->known.count; i++)
		if (s->known.at[i].joined == k->id && known_lives(&s->known.at[i], now_ms))
			return true;
	return false;
}

bool
air_displaces(const struct known *next, const struct known *on)
{
	switch (next->class) {
	case ORDER_ALARM:
	case ORDER_ALL_CLEAR: /* it is refused while an alarm lives */
	case ORDER_FALSE_ALARM:
		return true;
	case ORDER_BREAK_GLASS: /* one key does not cut short what two operators ordered */
	case ORDER_SENSOR:
		return on == NULL || on->class != ORDER_ALARM;
	case ORDER_TEST:
	case ORDER_TAKEOVER:
	case ORDER_STOP:
		return false;
	}
	return false;
}

/* Is it sounding, or did it sound, with nothing known to have failed? */
static bool
heard_by_people(const struct siren *s, struct known *k)
{
	const struct known *root = known_root(s, k);

	if (root == NULL || (root->flags & (KNOWN_STOPPED | KNOWN_FAILED)))
		return false;
	return horn_has(s, root->id) || (root->flags & KNOWN_CURRENT);
}

/*
 * May `k` share in the sounding of `other`? Only two operators' alarms join: else one stolen
 * sensor key could sound for a second, and the true alarm behind it would be silent.
 */
static bool
may_join(const struct siren *s, const struct known *k, struct known *other, int64_t now_ms)
{
	int64_t apart = order_id_ms(k->id) - order_id_ms(other->id);
	const struct known *root = known_root(s, other);

	return other->id != k->id && other->class == ORDER_ALARM &&
	       known_lives(other, now_ms) && root != NULL && root->class == ORDER_ALARM &&
	       other->hazard == k->hazard && other->zone == k->zone &&
	       !((other->flags ^ k->flags) & KNOWN_GROUP) && apart <= SIREN_JOIN_MS &&
	       apart >= -SIREN_JOIN_MS && heard_by_people(s, other);
}

static uint64_t
joins(const struct siren *s, const struct known *k, int64_t now_ms)
{
	if (!(k->flags & KNOWN_JOIN))
		return 0;
	for (size_t i = 0; i < s->known.count; i++)
		if (may_join(s, k, &s->known.at[i], now_ms))
			return known_root(s, &s->known.at[i])->id;
	return 0;
}

/* An update takes the place of an order that is on air here. */
static uint64_t
takes_over(const struct siren *s, const struct order *o, int64_t now_ms)
{
	for (int i = 0; i < o->body_count; i++) {
		const struct order_body *b = &o->body[i];

		if (place_rung(&s->conf.place, &b->zones) < 0)
			continue;
		for (int j = 0; j < b->end_count; j++) {
			struct known *old = known_find(&s->known, b->ends[j]);

			if (old != NULL && known_lives(old, now_ms) &&
				heard_by_people(s, old))
				return known_root(s, old)->id;
		}
	}
	return 0;
}

uint64_t
air_shares(
	const struct siren *s, const struct known *k, const struct order *o, int64_t now_ms)
{
	uint64_t root = takes_over(s, o, now_ms);

	return root != 0 ? root : joins(s, k, now_ms);
}

/* What it had joined was stopped or failed; its own two operators still stand behind it. */
static void
stand_alone(struct siren *s, int64_t mono_ms, struct known *k, struct siren_todo *todo)
{
	k->joined = 0;
	k->joined = joins(s, k, siren_clock_now(&s->clock, mono_ms));
	store_known(k, 0, todo);
	if (k->joined == 0)
		horn_sound(s, mono_ms, k->id, todo);
}

/* Nobody can share in a sounding that was stopped, or failed to its end. */
static bool
is_void(const struct known *root)
{
	return root != NULL &&
	       ((root->flags & KNOWN_STOPPED) ||
		       ((root->flags & KNOWN_FAILED) && (root->flags & KNOWN_DONE)));
}

/* It waits for a turn that nobody gave it: a chip that was ahead had made it look expired. */
static bool
is_unheard(const struct siren *s, const struct known *k)
{
	return k->joined == 0 && !(k->flags & (KNOWN_STARTED | KNOWN_DONE)) &&
	       !horn_has(s, k->id);
}

void
air_settle(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	int64_t now = siren_clock_now(&s->clock, mono_ms);
	const struct known *on =
		s->horn.state != HORN_IDLE ? known_find(&s->known, s->horn.id) : NULL;

	/* Expiry alone silences nothing: the sounding comes to its end. */
	if (on != NULL && !air_wants(s, on, now) &&
		((on->flags & (KNOWN_STOPPED | KNOWN_ENDED)) || !known_is_alarm(on)))
		horn_silence(s, mono_ms, todo);
	horn_tidy(s, mono_ms, todo);
	for (size_t i = 0; i < s->known.count; i++) {
		struct known *k = &s->known.at[i];

		if (!known_lives(k, now))
			continue;
		if (k->joined != 0 && is_void(known_root(s, k)))
			stand_alone(s, mono_ms, k, todo);
		else if (s->clock.sure && is_unheard(s, k))
			horn_sound(s, mono_ms, k->id, todo);
	}
	horn_step(s, mono_ms, todo);
}
