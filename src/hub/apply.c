/* SPDX-License-Identifier: GPL-3.0-or-later */
/* apply.c: what the data of an entry does to what the hub knows; its memory is this fold. */
#include "hub/brain.h"

#include "geo/area.h"
#include "wire/zones_document.h"

#include <stdlib.h>
#include <string.h>

enum err
hub_pin_roster(struct hub *h, struct bytes data, struct fault *fault)
{
	struct arena *arena;
	struct document d;
	struct roster r;
	enum err err = arena_new(&arena);

	if (err != ERR_OK)
		return err;
	err = document_read(&d, arena, data, fault);
	if (err == ERR_OK)
		err = roster_read(&r, arena, d.text, fault);
	if (err == ERR_OK && h->roster_arena != NULL)
		err = roster_follows(&h->roster, &h->revoked, &r, &d, fault);
	else if (err == ERR_OK)
		err = roster_follows(NULL, &h->revoked, &r, &d, fault);
	if (err != ERR_OK) {
		arena_free(arena);
		return err;
	}
	arena_free(h->roster_arena);
	h->roster_arena = arena;
	h->roster = r;
	free((void *)h->roster_data.at);
	h->roster_data = bytes_copy(data);
	return ERR_OK;
}

struct judge
hub_judge(const struct hub *h)
{
	return (struct judge){.territory = h->roster.territory,
		.mode = h->roster.mode,
		.roster = &h->roster,
		.revoked = &h->revoked};
}

struct place
place_of(const struct zones *z, uint16_t zone)
{
	struct place p = {0};
	const struct zones_parts *parts = z != NULL ? zones_parts(z) : NULL;

	if (z != NULL)
		p.depth = (uint8_t)zones_path(z, zone, p.zone, PLACE_DEPTH);
	for (size_t i = 0; parts != NULL && i < parts->group_count; i++)
		for (size_t k = 0; k < parts->group[i].zone_count; k++)
			if (p.group_count < PLACE_GROUPS &&
				zones_is_within(z, zone, parts->group[i].zones[k])) {
				p.group[p.group_count++] = parts->group[i].number;
				break;
			}
	return p;
}

/* The signatures are those of the whole order: verified in its first zone, they need no second look. */
static bool
verified_before(void *ctx, const struct public_key *key, struct bytes message,
	const struct signature *signature)
{
	(void)ctx, (void)key, (void)message, (void)signature;
	return true;
}

/* What no mouth would sound is not called out, whoever brings it. */
static bool
mandated(const struct hub *h, const struct order *o, const struct order_body *b,
	const struct place *place, int rung)
{
	const struct mandate *m;

	if (b->class != ORDER_BREAK_GLASS && b->class != ORDER_SENSOR)
		return true;
	m = roster_mandate(&h->roster, o->approval[0].key, b->class);
	return o->approval_count == 1 && mandate_covers(m, b, place, rung, h->now_ms) &&
	       !starts_used_up(h, m, b);
}

/* In each zone of a group, too: each has a mouth that judges by its own. */
static enum verdict
judge_body(const struct hub *h, struct judge *j, const struct order *o,
	const struct order_body *b)
{
	const struct zone_group *g = b->zones.group && h->zones != NULL
					     ? zones_group(h->zones, b->zones.number[0])
					     : NULL;
	const uint16_t *zone = g != NULL ? g->zones : b->zones.number;
	size_t count = g != NULL ? g->zone_count : b->zones.count;
	enum verdict v = VERDICT_GOOD;

	for (size_t k = 0; (k < count || k == 0) && v == VERDICT_GOOD; k++) {
		struct place place = place_of(h->zones, count > 0 ? zone[k] : 0);
		int rung = 0;

		v = order_judge(j, o, b, &place, &rung);
		j->verify = verified_before;
		if (v == VERDICT_GOOD && !mandated(h, o, b, &place, rung))
			v = VERDICT_MANDATE;
	}
	return v;
}

enum verdict
judge_everywhere(const struct hub *h, const struct order *o)
{
	struct judge j = hub_judge(h);
	enum verdict v = VERDICT_GOOD;

	for (int i = 0; i < o->body_count && v == VERDICT_GOOD; i++)
		v = judge_body(h, &j, o, &o->body[i]);
	return v;
}

static void
apply_zones(struct hub *h, struct bytes data)
{
	struct zones_head head;
	struct zones *zones;
	struct arena *arena;
	struct document d;

	if (arena_new(&arena) != ERR_OK)
		return;
	if (document_read(&d, arena, data, NULL) == ERR_OK &&
		zones_document_read(&zones, &head, d.text, d.geometry, NULL) == ERR_OK) {
		book_zones(h->book, zones);
		zone_index_free(h->index);
		h->index = NULL;
		zones_free(h->zones);
		h->zones = zones;
		h->zones_version = head.version;
		h->zones_hash = hash_of(d.text);
		free((void *)h->zones_data.at);
		h->zones_data = bytes_copy(data);
	}
	arena_free(arena);
}

static void
apply_order(struct hub *h, struct bytes data, int64_t time_ms)
{
	struct order o;

	if (order_read(&o, data) != ERR_OK)
		return;
	start_note(h, &o, time_ms);
	book_order(h->book, &o, time_ms, true);
}

static void
apply_takeover(struct hub *h, struct bytes data)
{
	struct order *o = calloc(1, sizeof *o);
	struct takeover t;

	if (o != NULL && takeover_read(&t, o, data) == ERR_OK)
		h->crowned |= t.term == h->conf.term;
	free(o);
}

static void
apply_revocation(struct hub *h, struct bytes data)
{
	struct revocation v, *at;

	if (revocation_read(&v, data) != ERR_OK)
		return;
	if (!revoked_has(&h->revoked, v.key) &&
		(at = realloc(h->revocation, (h->revocation_count + 1) * sizeof *at)) !=
			NULL) {
		h->revocation = at;
		h->revocation[h->revocation_count++] = v;
	}
	revoked_add(&h->revoked, v.key);
}

static void
apply_suspension(struct hub *h, struct bytes data)
{
	struct suspension s;

	if (suspension_read(&s, data) == ERR_OK)
		suspensions_add(&h->suspensions, &s);
}

void
apply(struct hub *h, const char *kind, struct bytes data, int64_t time_ms)
{
	switch (entry_kind_of(kind)) {
	case ENTRY_ROSTER:
		if (h->roster_arena == NULL || !bytes_equal(data, h->roster_data))
			(void)!hub_pin_roster(h, data, NULL);
		break;
	case ENTRY_REVOCATION:
		apply_revocation(h, data);
		break;
	case ENTRY_ZONES:
		apply_zones(h, data);
		break;
	case ENTRY_ALERT:
	case ENTRY_UPDATE:
	case ENTRY_CORRECTION:
	case ENTRY_END:
		(void)!book_content(h->book, data, NULL);
		break;
	case ENTRY_ORDER:
		apply_order(h, data, time_ms);
		break;
	case ENTRY_TAKEOVER:
		apply_takeover(h, data);
		break;
	case ENTRY_MANDATE:
		apply_suspension(h, data);
		break;
	case ENTRY_SIRENS:
	case ENTRY_OTHER:
		break;
	}
}
