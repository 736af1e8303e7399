/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict.c: who may order what, where. */
#include "bulletin/verdict.h"

#include <string.h>

enum { MANDATE_LIFETIME_S = 1800 };

static const char *const verdict_names[VERDICT_COUNT] = {
	[VERDICT_GOOD] = "good",
	[VERDICT_FORMAT] = "format",
	[VERDICT_TERRITORY] = "territory",
	[VERDICT_MODE] = "mode",
	[VERDICT_ZONE] = "zone",
	[VERDICT_REPEAT] = "repeat",
	[VERDICT_EARLY] = "early",
	[VERDICT_EXPIRED] = "expired",
	[VERDICT_CLOCK] = "clock",
	[VERDICT_KEY_UNKNOWN] = "key-unknown",
	[VERDICT_KEY_REVOKED] = "key-revoked",
	[VERDICT_SIGNERS] = "signers",
	[VERDICT_SAME_SIGNER] = "same-signer",
	[VERDICT_RIGHTS] = "rights",
	[VERDICT_ZONE_RIGHTS] = "zone-rights",
	[VERDICT_ALGORITHM] = "algorithm",
	[VERDICT_SIGNATURE] = "signature",
	[VERDICT_MANDATE] = "mandate",
	[VERDICT_SUSPENDED] = "suspended",
	[VERDICT_STOP_RATE] = "stop-rate",
	[VERDICT_ALARM_LIVE] = "alarm-live",
	[VERDICT_STOPPED] = "stopped",
	[VERDICT_PATTERN] = "pattern",
};

const char *
verdict_name(enum verdict v)
{
	return v < VERDICT_COUNT ? verdict_names[v] : "unknown";
}

int
place_rung(const struct place *p, const struct order_zones *zones)
{
	if (zones->count == 0)
		return 0;
	if (zones->group) {
		for (int i = 0; i < p->group_count; i++)
			if (p->group[i] == zones->number[0])
				return 0;
		return -1;
	}
	for (int rung = 0; rung < p->depth; rung++)
		for (int i = 0; i < zones->count; i++)
			if (zones->number[i] == p->zone[rung])
				return rung;
	return -1;
}

int class_signers(enum order_class class)
{
	switch (class) {
	case ORDER_ALARM:
	case ORDER_ALL_CLEAR:
	case ORDER_FALSE_ALARM:
	case ORDER_TAKEOVER:
		return 2;
	case ORDER_STOP:
	case ORDER_BREAK_GLASS:
	case ORDER_SENSOR:
	case ORDER_TEST:
		return 1;
	}
	return 2;
}

bool
mandate_covers(const struct mandate *m, const struct order_body *b,
	const struct place *place, int rung, int64_t now_ms)
{
	bool pattern = false, zone = false;

	for (int i = 0; i < m->pattern_count; i++)
		pattern |= m->pattern[i] == b->pattern;
	for (int r = rung; r < place->depth; r++)
		for (int i = 0; i < m->zone_count; i++)
			zone |= m->zone[i] == place->zone[r];
	return pattern && zone && b->seconds > 0 && b->seconds <= m->seconds_max &&
	       b->lifetime_s <= MANDATE_LIFETIME_S && now_ms <= m->not_after_ms &&
	       (b->hazard < HAZARD_EVACUATION || b->hazard >= HAZARD_OTHER);
}

/* A key's zone covers the ordered ground if it is the ordered rung or one above it. */
static bool
zone_right(const struct roster_key *key, const struct place *place, int rung)
{
	if (key->zone_count == 0)
		return true;
	for (int r = rung; r < place->depth; r++)
		for (int i = 0; i < key->zone_count; i++)
			if (key->zone[i] == place->zone[r])
				return true;
	return false;
}

static enum verdict
right_check(const struct judge *j, const struct roster_key *key, enum order_class class)
{
	unsigned role = class == ORDER_SENSOR ? ROLE_SENSOR : ROLE_OPERATOR;

	if (!(key->roles & role) || !(key->classes & 1u << class))
		return VERDICT_RIGHTS;
	if ((class == ORDER_BREAK_GLASS || class == ORDER_SENSOR) &&
		roster_mandate(j->roster, key->number, class) == NULL)
		return VERDICT_MANDATE;
	return VERDICT_GOOD;
}

static bool
verified(const struct judge *j, const struct roster_key *key, const struct hash *digest,
	const struct approval *a)
{
	struct bytes message = bytes_of(digest->at, sizeof digest->at);
	struct signature s;

	if (a->signature.len != sizeof s.at)
		return false;
	memcpy(s.at, a->signature.at, sizeof s.at);
	return j->verify != NULL ? j->verify(j->verify_ctx, &key->key, message, &s)
				 : signature_verify(&key->key, message, &s);
}

/* All that is cheap to see of one approval; the signature comes last. */
static enum verdict
approval_look(const struct judge *j, const struct order_body *b, const struct approval *a,
	const struct place *place, int rung)
{
	const struct roster_key *key = roster_key(j->roster, a->key);
	enum verdict v;

	if (key == NULL)
		return VERDICT_KEY_UNKNOWN;
	if (revoked_has(j->revoked, a->key))
		return VERDICT_KEY_REVOKED;
	v = right_check(j, key, b->class);
	if (v != VERDICT_GOOD)
		return v;
	if (!zone_right(key, place, rung))
		return VERDICT_ZONE_RIGHTS;
	return a->algorithm == APPROVAL_ED25519 ? VERDICT_GOOD : VERDICT_ALGORITHM;
}

enum verdict
approval_judge(const struct judge *j, const struct order *o, const struct order_body *b,
	const struct approval *a, const struct place *place, int rung)
{
	enum verdict v = approval_look(j, b, a, place, rung);
	struct hash digest;

	if (v != VERDICT_GOOD)
		return v;
	digest = order_digest(o);
	return verified(j, roster_key(j->roster, a->key), &digest, a) ? VERDICT_GOOD
								      : VERDICT_SIGNATURE;
}

bool
roster_same_person(const struct roster *r, uint16_t a, uint16_t b)
{
	const struct roster_key *first = roster_key(r, a), *second = roster_key(r, b);

	return a == b || (first != NULL && second != NULL &&
				 strcmp(first->person, second->person) == 0);
}

int
order_persons(const struct roster *r, const struct order *o)
{
	int count = 0;

	for (int i = 0; i < o->approval_count; i++) {
		bool known = false;

		for (int k = 0; k < i; k++)
			known |= roster_same_person(
				r, o->approval[i].key, o->approval[k].key);
		count += !known;
	}
	return count;
}

/* The id's own time lies within a day before the order's not-before, or a minute behind it. */
static bool
id_belongs(const struct order_body *b)
{
	int64_t age_ms = (int64_t)b->not_before_s * 1000 - order_id_ms(b->id);

	return age_ms >= -60000 && age_ms <= 86400000;
}

enum verdict
order_judge(const struct judge *j, const struct order *o, const struct order_body *b,
	const struct place *place, int *out_rung)
{
	int rung = place_rung(place, &b->zones);
	struct hash digest;

	if (b->territory != j->territory)
		return VERDICT_TERRITORY;
	if (b->mode != j->mode)
		return VERDICT_MODE;
	if (!id_belongs(b))
		return VERDICT_FORMAT;
	if (rung < 0)
		return VERDICT_ZONE;
	if (o->approval_count < class_signers(b->class))
		return VERDICT_SIGNERS;
	for (int i = 0; i < o->approval_count; i++) {
		enum verdict v = approval_look(j, b, &o->approval[i], place, rung);

		if (v != VERDICT_GOOD)
			return v;
	}
	if (order_persons(j->roster, o) < class_signers(b->class))
		return VERDICT_SAME_SIGNER;
	digest = order_digest(o);
	for (int i = 0; i < o->approval_count; i++)
		if (!verified(j, roster_key(j->roster, o->approval[i].key), &digest,
			    &o->approval[i]))
			return VERDICT_SIGNATURE;
	*out_rung = rung;
	return VERDICT_GOOD;
}
