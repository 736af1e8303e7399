/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge.c: the edge is a mouth: before it shows an order, it checks the signatures itself. */
#include "edge/brain.h"

#include <string.h>

enum {
	VERIFIED = 8, /* signatures of one order that were checked already */
};

/* One order is judged for each zone that it names, with the same few signatures each time. */
struct verified {
	const struct edge *e;
	size_t count;
	struct {
		struct public_key key;
		struct signature signature;
		bool good;
	} at[VERIFIED];
};

static bool
verify_once(void *ctx, const struct public_key *key, struct bytes message,
	const struct signature *s)
{
	struct verified *v = ctx;
	bool good;

	for (size_t i = 0; i < v->count; i++)
		if (public_key_equal(&v->at[i].key, key) &&
			memcmp(v->at[i].signature.at, s->at, sizeof s->at) == 0)
			return v->at[i].good;
	good = v->e->verify != NULL ? v->e->verify(v->e->verify_ctx, key, message, s)
				    : signature_verify(key, message, s);
	if (v->count < VERIFIED) {
		v->at[v->count].key = *key;
		v->at[v->count].signature = *s;
		v->at[v->count++].good = good;
	}
	return good;
}

/* A mouth that stands in this zone, also when the zones are not known here yet. */
static struct place
place_in_zone(const struct zones *z, uint16_t zone)
{
	struct place p = {0};

	if (z != NULL)
		p.depth = (uint8_t)zones_path(z, zone, p.zone, PLACE_DEPTH);
	if (p.depth == 0) {
		p.depth = 1;
		p.zone[0] = zone;
	}
	return p;
}

/* What one person may do alone has limits; a siren also counts starts, and we show no more than it
 * sounds. */
static enum verdict
mandate_judge(const struct edge *e, const struct order *o, const struct order_body *b,
	const struct place *place, int rung, int64_t now_ms)
{
	const struct mandate *m = roster_mandate(&e->roster, o->approval[0].key, b->class);

	if (m == NULL || o->approval_count != 1 ||
		!mandate_covers(m, b, place, rung, now_ms))
		return VERDICT_MANDATE;
	return suspensions_hold(&e->suspensions, m->number, now_ms) ? VERDICT_SUSPENDED
								    : VERDICT_GOOD;
}

static enum verdict
judge_at(const struct edge *e, const struct judge *j, const struct order *o,
	const struct order_body *b, const struct place *place, int64_t now_ms)
{
	int rung;
	enum verdict v = order_judge(j, o, b, place, &rung);

	if (v == VERDICT_GOOD &&
		(b->class == ORDER_BREAK_GLASS || b->class == ORDER_SENSOR))
		v = mandate_judge(e, o, b, place, rung, now_ms);
	return v;
}

/*
 * An entry is dated by its hub, whose clock may be as wrong as ours: the earliest is asked, but none
 * before the order was made, which its signers say.
 */
static int64_t
judging_ms(const struct edge *e, const struct order *o, int64_t said_ms)
{
	int64_t made_ms = order_id_ms(o->body[0].id);
	int64_t sure_ms = edge_sure_ms(e);
	int64_t now_ms = said_ms < sure_ms ? said_ms : sure_ms;

	return now_ms > made_ms ? now_ms : made_ms;
}

/* Each zone of a group has mouths that judge by their own rights; what a group that is not known
 * here holds nobody guesses (doc/decisions/0017). */
static enum verdict
judge_in_group(const struct edge *e, const struct judge *j, const struct order *o,
	const struct order_body *b, int64_t now_ms)
{
	const struct zone_group *g =
		e->zones != NULL ? zones_group(e->zones, b->zones.number[0]) : NULL;
	enum verdict v = g != NULL && g->zone_count > 0 ? VERDICT_GOOD : VERDICT_ZONE;

	for (size_t i = 0; v == VERDICT_GOOD && i < g->zone_count; i++) {
		struct place place = place_in_zone(e->zones, g->zones[i]);

		place.group_count = 1;
		place.group[0] = g->number;
		v = judge_at(e, j, o, b, &place, now_ms);
	}
	return v;
}

static enum verdict
judge_in_zones(const struct edge *e, const struct judge *j, const struct order *o,
	const struct order_body *b, int64_t now_ms)
{
	int count = b->zones.count > 0 ? b->zones.count : 1;
	enum verdict v = VERDICT_GOOD;

	for (int k = 0; k < count && v == VERDICT_GOOD; k++) {
		struct place place = place_in_zone(
			e->zones, b->zones.count > 0 ? b->zones.number[k] : 0);

		v = judge_at(e, j, o, b, &place, now_ms);
	}
	return v;
}

enum verdict
edge_judge(const struct edge *e, const struct order *o, int64_t said_ms)
{
	int64_t now_ms = judging_ms(e, o, said_ms);
	struct verified memory = {.e = e};
	struct judge j = {e->roster.territory, e->roster.mode, &e->roster, &e->revoked,
		verify_once, &memory};
	enum verdict v = VERDICT_GOOD;

	for (int i = 0; i < o->body_count && v == VERDICT_GOOD; i++)
		v = o->body[i].zones.group ? judge_in_group(e, &j, o, &o->body[i], now_ms)
					   : judge_in_zones(e, &j, o, &o->body[i], now_ms);
	return v;
}
