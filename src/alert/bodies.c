/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bodies.c: who must do what, packed into bodies. */
#include "alert/bodies.h"

#include "alert/cap_fits.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_S = 120, IDS = ORDER_BODIES * ORDER_ENDS };

bool
zone_listed(uint16_t zone, const uint16_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == zone)
			return true;
	return false;
}

static int
by_number(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

size_t
zones_sorted(uint16_t out[CONTENT_ZONES], const uint16_t *in, size_t count)
{
	size_t kept = 0;

	if (count == 0 || count > CONTENT_ZONES)
		return 0;
	memcpy(out, in, count * sizeof *out);
	qsort(out, count, sizeof *out, by_number);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || out[i] != out[kept - 1])
			out[kept++] = out[i];
	return kept;
}

/* Did this alert end silently under ours, with nobody else alive over it? */
static bool
is_owed(const struct compose *in, const struct alert *other)
{
	return other->state == ALERT_OVER && other->owes &&
	       zones_overlap(in->zones, other->zone, other->zone_count, in->alert->zone,
		       in->alert->zone_count) &&
	       book_overlap(in->book, in->alert->id, other->zone, other->zone_count) ==
		       NULL;
}

size_t
zones_to_clear(uint16_t out[CONTENT_ZONES], const struct compose *in)
{
	uint16_t all[CONTENT_ZONES];
	size_t n = in->alert->zone_count;

	memcpy(all, in->alert->zone, n * sizeof *all);
	for (size_t i = 0; i < book_count(in->book); i++) {
		const struct alert *other = book_at(in->book, i);

		if (!is_owed(in, other) || n + other->zone_count > CONTENT_ZONES)
			continue;
		memcpy(all + n, other->zone, other->zone_count * sizeof *all);
		n += other->zone_count;
	}
	return zones_sorted(out, all, n);
}

uint32_t
lifetime_left_s(const struct alert *a, int64_t now_ms)
{
	int64_t left = (a->expires_ms - now_ms + 999) / 1000;

	return left < LEAST_S ? LEAST_S : left > UINT16_MAX ? UINT16_MAX : (uint32_t)left;
}

struct packing {
	struct order *out;
	struct order_body body; /* what all bodies share */
	const struct zones *zones;
	struct fault *fault;
};

static enum err
pack_one(struct packing *p, const uint16_t *zone, size_t zones, const uint64_t *end,
	size_t ends)
{
	struct order_body *b = &p->out->body[p->out->body_count];

	if (p->out->body_count == ORDER_BODIES)
		return fault_set(p->fault, ERR_RANGE,
			"more than %d bodies; name the zones' parent or a zone group",
			ORDER_BODIES);
	*b = p->body;
	b->zones.count = (uint8_t)zones;
	if (zones > 0)
		memcpy(b->zones.number, zone, zones * sizeof *zone);
	b->end_count = (uint8_t)ends;
	if (ends > 0)
		memcpy(b->ends, end, ends * sizeof *end);
	p->out->body_count++;
	return ERR_OK;
}

/* The group that holds exactly these zones, or NULL. */
static const struct zone_group *
group_of(const struct zones *zones, const uint16_t *zone, size_t count)
{
	const struct zones_parts *parts = zones != NULL ? zones_parts(zones) : NULL;

	for (size_t i = 0; parts != NULL && i < parts->group_count; i++)
		if (parts->group[i].zone_count == count &&
			memcmp(parts->group[i].zones, zone, count * sizeof *zone) == 0)
			return &parts->group[i];
	return NULL;
}

/* More zones than one body can name, but a group of them is known: one body, two bytes. */
static enum err
pack_group(struct packing *p, uint16_t group, const uint64_t *end, size_t ends)
{
	enum err err = ERR_OK;

	for (size_t e = 0; (e < ends || e == 0) && err == ERR_OK; e += ORDER_ENDS) {
		size_t n = ends - e < ORDER_ENDS ? ends - e : ORDER_ENDS;

		err = pack_one(p, &group, 1, n > 0 ? end + e : NULL, n);
		if (err == ERR_OK)
			p->out->body[p->out->body_count - 1].zones.group = true;
	}
	return err;
}

/* Every zone with every id: zones by 16, ids by 8. */
static enum err
pack(struct packing *p, const uint16_t *zone, size_t zones, const uint64_t *end,
	size_t ends)
{
	const struct zone_group *group =
		zones > ORDER_ZONES ? group_of(p->zones, zone, zones) : NULL;
	enum err err = ERR_OK;

	if (group != NULL)
		return pack_group(p, group->number, end, ends);
	for (size_t z = 0; (z < zones || (z == 0 && zones == 0)) && err == ERR_OK;
		z += ORDER_ZONES)
		for (size_t e = 0; (e < ends || (e == 0 && ends == 0)) && err == ERR_OK;
			e += ORDER_ENDS) {
			size_t nz = zones - z < ORDER_ZONES ? zones - z : ORDER_ZONES;
			size_t ne = ends - e < ORDER_ENDS ? ends - e : ORDER_ENDS;

			err = pack_one(p, nz > 0 ? zone + z : NULL, nz,
				ne > 0 ? end + e : NULL, ne);
		}
	return err;
}

static int
by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* All ids under which the alert sounded; for an all clear also those that it settles. */
static size_t
ids_of(const struct compose *in, uint64_t out[IDS])
{
	const struct alert *a = in->alert;
	size_t n = 0;

	for (size_t i = 0; i < a->order_count && n < IDS; i++)
		out[n++] = a->order[i].id;
	for (size_t i = 0; in->verb == VERB_ALL_CLEAR && i < book_count(in->book); i++) {
		const struct alert *other = book_at(in->book, i);

		for (size_t j = 0; is_owed(in, other) && j < other->order_count && n < IDS;
			j++)
			out[n++] = other->order[j].id;
	}
	qsort(out, n, sizeof *out, by_id);
	return n;
}

/* Kept zones take the alarm over without a sound; added ones sound; dropped ones are cleared. */
static enum err
pack_update(struct packing *p, const struct compose *in, const uint16_t *zone, size_t zones,
	const uint64_t *id, size_t ids)
{
	uint16_t kept[CONTENT_ZONES], added[CONTENT_ZONES], dropped[CONTENT_ZONES],
		hushed[CONTENT_ZONES];
	size_t k = 0, a = 0, d = 0, h = 0;
	const struct alert *old = in->alert;
	enum err err = ERR_OK;

	for (size_t i = 0; i < zones; i++) {
		if (zone_listed(zone[i], old->zone, old->zone_count))
			kept[k++] = zone[i];
		else
			added[a++] = zone[i];
	}
	for (int i = 0; i < old->zone_count; i++) {
		if (zone_listed(old->zone[i], zone, zones))
			continue;
		if (book_overlap(in->book, old->id, &old->zone[i], 1) != NULL)
			hushed[h++] = old->zone[i];
		else
			dropped[d++] = old->zone[i];
	}
	if (k > 0)
		err = pack(p, kept, k, id, ids);
	if (err == ERR_OK && a > 0)
		err = pack(p, added, a, NULL, 0);
	p->body.class = ORDER_ALL_CLEAR;
	p->body.pattern = in->pattern_all_clear;
	p->body.seconds = in->playbook->seconds_all_clear;
	if (err == ERR_OK && d > 0)
		err = pack(p, dropped, d, id, ids);
	p->body.pattern = 0;
	if (err == ERR_OK && h > 0)
		err = pack(p, hushed, h, id, ids);
	return err;
}

static enum err
pack_verb(struct packing *p, const struct compose *in, const uint16_t *zone, size_t zones)
{
	uint64_t id[IDS];
	size_t ids = in->alert != NULL ? ids_of(in, id) : 0;

	switch (in->verb) {
	case VERB_ALERT:
		p->body.class = in->break_glass ? ORDER_BREAK_GLASS : ORDER_ALARM;
		p->body.join = !in->separate && !in->break_glass && in->pattern != 0;
		return pack(p, zone, zones, NULL, 0);
	case VERB_TEST:
		p->body.class = ORDER_TEST;
		return pack(p, zone, zones, NULL, 0);
	case VERB_UPDATE:
		p->body.class = ORDER_ALARM;
		return pack_update(p, in, zone, zones, id, ids);
	case VERB_STOP:
		p->body.class = ORDER_STOP;
		p->body.pattern = 0;
		p->body.seconds = 0;
		return pack(p, NULL, 0, id, ids);
	case VERB_CORRECTION:
		p->body.class = ORDER_FALSE_ALARM;
		break;
	case VERB_ALL_CLEAR:
	case VERB_END:
	case VERBS:
		p->body.class = ORDER_ALL_CLEAR;
		break;
	}
	p->body.pattern = in->verb == VERB_END ? 0 : in->pattern_all_clear;
	p->body.seconds = in->verb == VERB_END ? 0 : in->playbook->seconds_all_clear;
	if (in->seconds > 0 && p->body.seconds > in->seconds)
		p->body.seconds = in->seconds;
	return pack(p, zone, zones, id, ids);
}

enum err
bodies_make(struct order *out, const struct compose *in, uint64_t id, struct hash content,
	uint16_t lifetime_s, const uint16_t *zone, size_t zone_count, struct fault *fault)
{
	struct packing p = {out, {0}, in->zones, fault};

	p.body = (struct order_body){
		.territory = in->territory,
		.mode = in->mode,
		.hazard = in->alert != NULL ? in->alert->hazard : in->playbook->hazard,
		.pattern = in->pattern,
		.seconds = in->pattern == 0 ? 0
			   : in->seconds    ? in->seconds
					    : in->playbook->seconds,
		.id = id,
		.not_before_s = (uint32_t)(in->now_ms / 1000),
		.lifetime_s = lifetime_s,
		.roster = in->roster,
		.content = content,
	};
	out->body_count = out->approval_count = 0;
	return pack_verb(&p, in, zone, zone_count);
}

/* The zones that a body names; `*count` 0 for a stop. NULL: a group that is not known. */
static const uint16_t *
body_zones(const struct order_body *b, const struct zones *zones, size_t *count)
{
	const struct zone_group *g;

	*count = b->zones.count;
	if (!b->zones.group)
		return b->zones.number;
	g = zones != NULL ? zones_group(zones, b->zones.number[0]) : NULL;
	*count = g != NULL ? g->zone_count : 0;
	return g != NULL ? g->zones : NULL;
}

static bool
is_ordered(const struct order *o, const struct zones *zones, uint16_t zone)
{
	for (int i = 0; i < o->body_count; i++) {
		size_t count;
		const uint16_t *list = body_zones(&o->body[i], zones, &count);

		if (list != NULL && zone_listed(zone, list, count))
			return true;
	}
	return false;
}

static enum err
zones_fit(const struct content *c, const struct order *o, const struct zones *zones,
	struct fault *fault)
{
	for (int i = 0; i < o->body_count; i++) {
		const struct order_body *b = &o->body[i];
		bool dropped = c->verb == VERB_UPDATE && b->class == ORDER_ALL_CLEAR;
		size_t count;
		const uint16_t *list = body_zones(b, zones, &count);

		if (list == NULL)
			return fault_set(fault, ERR_UNKNOWN,
				"zone group %u is not known in these zones",
				b->zones.number[0]);
		for (size_t k = 0; k < count; k++)
			if (zone_listed(list[k], c->zone, c->zone_count) == dropped)
				return fault_set(fault, ERR_CONFLICT,
					"the order and the text disagree about zone %u",
					list[k]);
	}
	for (int z = 0; z < c->zone_count && c->verb != VERB_STOP; z++)
		if (!is_ordered(o, zones, c->zone[z]))
			return fault_set(fault, ERR_CONFLICT,
				"the text names zone %u, which the order leaves out",
				c->zone[z]);
	return ERR_OK;
}

enum err
content_fits_order(const struct content *c, const struct hash *content_hash,
	const struct order *o, const struct zones *zones, struct fault *fault)
{
	enum err err;

	for (int i = 0; i < o->body_count; i++) {
		const struct order_body *b = &o->body[i];

		if (!hash_equal(&b->content, content_hash))
			return fault_set(fault, ERR_CONFLICT,
				"the order is for another text: its SHA-256 differs");
		if (b->id != c->order || b->mode != c->mode ||
			!verb_fits_class(c->verb, b->class) || b->hazard != c->hazard)
			return fault_set(fault, ERR_CONFLICT,
				"the order and the text disagree about id, mode, verb or "
				"hazard");
		if (order_expiry_ms(b) != c->expires_ms)
			return fault_set(fault, ERR_CONFLICT,
				"the order and the text disagree about the expiry");
	}
	err = zones_fit(c, o, zones, fault);
	return err == ERR_OK ? cap_fits_content(c, o->body[0].territory, zones, fault)
			     : err;
}
