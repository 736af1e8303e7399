/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_area.c: where the alert holds: rules 43 to 50, and ground that receivers refuse. */
#include "cap/geometry.h"
#include "cap/rules.h"

#include <string.h>

/* ---- one polygon ---- */

static void
judge_form(struct cap_checking *c, const struct cap_node *polygon,
	const struct cap_ring_text *r)
{
	if (r->not_pair != 0)
		cap_find(c->f, CAP_ERROR, 44, polygon,
			N_("Point %zu of the polygon is \"%s\", not a pair of numbers. "
			   "Write latitude,longitude with a comma and no blank between "
			   "them, as 48.2,16.37."),
			r->not_pair, cap_shown_of(r->word).text);
	else if (r->n == 0)
		cap_find(c->f, CAP_ERROR, 44, polygon,
			N_("The polygon is empty. Write its points, or take it out."));
	else if (r->n < 4)
		cap_find(c->f, CAP_ERROR, 44, polygon,
			N_("The polygon has %zu points; the least is 4, the first and the "
			   "last the same. Add what is missing."),
			r->n);
	else if (!r->closed)
		cap_find(c->f, CAP_ERROR, 44, polygon,
			N_("The polygon is open: its first point is %s, its last %s. "
			   "Repeat the first point at the end."),
			cap_shown_of(r->first).text, cap_shown_of(r->last).text);
}

static void
judge_range(struct cap_checking *c, const struct cap_node *polygon,
	const struct cap_ring_text *r)
{
	if (r->off_globe != 0)
		cap_find(c->f, CAP_ERROR, 49, polygon,
			N_("Point %zu of the polygon is \"%s\", which is not on the globe. "
			   "Latitude comes first, -90 to 90, then longitude, -180 to 180; "
			   "cut an area that crosses the date line in two."),
			r->off_globe, cap_shown_of(r->off).text);
	if (r->decimals > 7)
		cap_find(c->f, CAP_NOTE, 50, polygon,
			N_("The polygon has numbers with %u decimals; 7 are already a "
			   "centimetre. Round them to what is meant."),
			r->decimals);
}

/* What cell broadcast in the United Kingdom refuses misleads others, too. */
static enum cap_level
refused(const struct cap_checking *c)
{
	return (c->profiles & 1u << CAP_PROFILE_UK_CB) != 0 ? CAP_ERROR : CAP_WARNING;
}

/* Point numbers count from 1 here. */
static void
tell_crossing(
	struct cap_checking *c, const struct cap_node *polygon, const struct crossing *at)
{
	size_t a = at->a + 1, b = at->b + 1;
	enum cap_level flat = refused(c) == CAP_ERROR ? CAP_ERROR : CAP_NOTE;

	switch (at->kind) {
	case CROSSING_NONE:
		return;
	case CROSSING_CROSS:
		cap_find(c->f, refused(c), 63, polygon,
			N_("The polygon crosses itself: the side from point %zu to %zu and "
			   "the side from point %zu to %zu cut each other. Some receivers "
			   "refuse it, others warn the wrong ground. Draw it anew there."),
			a, a + 1, b, b + 1);
		return;
	case CROSSING_TOUCH:
		cap_find(c->f, refused(c), 63, polygon,
			N_("The polygon touches itself: the side from point %zu to %zu and "
			   "the side from point %zu to %zu meet. Some receivers refuse it. "
			   "Move one of the points, or make two polygons."),
			a, a + 1, b, b + 1);
		return;
	case CROSSING_ALONG:
		cap_find(c->f, refused(c), 63, polygon,
			N_("The polygon runs back over itself: the side from point %zu to "
			   "%zu and the side from point %zu to %zu lie on each other. Some "
			   "receivers refuse it. Take the points of the spike out."),
			a, a + 1, b, b + 1);
		return;
	case CROSSING_FLAT:
		cap_find(c->f, flat, 63, polygon,
			N_("The polygon holds no ground: all its points lie on one line or "
			   "in one place. Draw it around the area, or write a circle."));
		return;
	}
}

static void
tell_repeats(struct cap_checking *c, const struct cap_node *polygon,
	const struct cap_ring_text *r)
{
	for (size_t i = 1; i < r->n; i++)
		if (r->at[i].x == r->at[i - 1].x && r->at[i].y == r->at[i - 1].y) {
			cap_find(c->f, CAP_NOTE, 63, polygon,
				N_("Point %zu of the polygon is the same as the one "
				   "before. "
				   "Leave it out."),
				i + 1);
			return;
		}
}

/* True if the ring is good enough to be laid over others. */
static bool
judge_ring(struct cap_checking *c, const struct cap_node *polygon, struct cap_ring_text *r)
{
	struct crossing at;

	if (r->not_pair != 0 || r->off_globe != 0 || r->n < 4 || !r->closed)
		return false;
	if (cap_ring_unroll(r->at, r->n))
		cap_find(c->f, CAP_NOTE, 49, polygon,
			N_("The polygon crosses the date line. Many receivers will draw it "
			   "around the other side of the world; cut it in two at 180 "
			   "degrees."));
	if (crossing_find(&at, r->at, r->n) != ERR_OK) {
		c->f->err = ERR_NOMEM;
		return false;
	}
	tell_crossing(c, polygon, &at);
	if (at.kind == CROSSING_NONE)
		tell_repeats(c, polygon, r);
	return at.kind == CROSSING_NONE;
}

/* ---- all polygons of an area ---- */

static void
tell_overlap(struct cap_checking *c, const struct crossing_ring *ring, size_t *number,
	const struct cap_node *const *node, size_t n)
{
	size_t a, b;

	if (n < 2)
		return;
	if (crossing_overlap(&a, &b, ring, n) != ERR_OK) {
		c->f->err = ERR_NOMEM;
		return;
	}
	if (a != b)
		cap_find(c->f, refused(c), 63, node[b],
			N_("Polygons %zu and %zu of this area overlap. Some receivers "
			   "refuse that; join them, or cut what they share out of one."),
			number[a], number[b]);
}

static void
judge_polygons(struct cap_checking *c, const struct cap_node *first)
{
	size_t count = 0, n = 0;
	struct crossing_ring *ring;
	const struct cap_node **node;
	size_t *number;

	for (const struct cap_node *p = first; p != NULL; p = cap_next_same(p))
		count++;
	ring = arena_alloc(c->arena, count * sizeof *ring);
	node = arena_alloc(c->arena, count * sizeof *node);
	number = arena_alloc(c->arena, count * sizeof *number);
	if (ring == NULL || node == NULL || number == NULL) {
		c->f->err = ERR_NOMEM;
		return;
	}
	count = 0;
	for (const struct cap_node *p = first; p != NULL; p = cap_next_same(p)) {
		struct cap_ring_text r;

		if (cap_ring_read(&r, c->arena, bytes_of(p->text, p->text_len)) != ERR_OK) {
			c->f->err = ERR_NOMEM;
			return;
		}
		count++;
		judge_form(c, p, &r);
		judge_range(c, p, &r);
		if (!judge_ring(c, p, &r))
			continue;
		ring[n] = (struct crossing_ring){r.at, r.n};
		node[n] = p;
		number[n++] = count;
	}
	tell_overlap(c, ring, number, node, n);
}

/* ---- the same polygons again, in another language ---- */

/* An area all of whose polygons are good. */
struct area_seen {
	const struct cap_node *first; /* its first polygon */
	size_t length;		      /* of their texts together */
	struct area_seen *next;
};
enum { SEEN_MAX = 1000 }; /* looked at before it is quicker to judge anew */

static size_t
length_of(const struct cap_node *polygon)
{
	size_t length = 0;

	for (; polygon != NULL; polygon = cap_next_same(polygon))
		length += polygon->text_len;
	return length;
}

static bool
are_same(const struct cap_node *a, const struct cap_node *b)
{
	for (; a != NULL && b != NULL; a = cap_next_same(a), b = cap_next_same(b))
		if (a->text_len != b->text_len ||
			memcmp(a->text, b->text, a->text_len) != 0)
			return false;
	return a == b;
}

static bool
was_seen(const struct cap_checking *c, const struct cap_node *first, size_t length)
{
	const struct area_seen *s = c->seen;

	for (int n = 0; s != NULL && n < SEEN_MAX; s = s->next, n++)
		if (s->length == length && are_same(s->first, first))
			return true;
	return false;
}

/* Infos in several languages repeat their areas: what is good once is good again. */
static void
judge_polygons_once(struct cap_checking *c, const struct cap_node *first)
{
	size_t length = length_of(first), *told = c->f->levels;
	size_t before = told[CAP_NOTE] + told[CAP_WARNING] + told[CAP_ERROR];
	struct area_seen *s;

	if (was_seen(c, first, length))
		return;
	judge_polygons(c, first);
	if (told[CAP_NOTE] + told[CAP_WARNING] + told[CAP_ERROR] != before)
		return;
	s = arena_alloc(c->arena, sizeof *s);
	if (s == NULL) {
		c->f->err = ERR_NOMEM;
		return;
	}
	*s = (struct area_seen){first, length, c->seen};
	c->seen = s;
}

/* ---- circles ---- */

static void
judge_circle(struct cap_checking *c, const struct cap_node *circle)
{
	struct cap_circle at;
	enum err err = cap_circle_read(&at, cap_trimmed(circle));

	if (err == ERR_FORMAT)
		cap_find(c->f, CAP_ERROR, 45, circle,
			N_("The circle is \"%s\". Write latitude,longitude, one blank and "
			   "the radius in kilometres, as 48.2,16.37 5.5."),
			CAP_SHOWN(circle));
	else if (err == ERR_REFUSED)
		cap_find(c->f, CAP_ERROR, 45, circle,
			N_("The circle is \"%s\"; its radius is below zero. Write the "
			   "kilometres that are meant."),
			CAP_SHOWN(circle));
	else if (err == ERR_RANGE)
		cap_find(c->f, CAP_ERROR, 49, circle,
			N_("The circle is \"%s\"; its centre is not on the globe. Latitude "
			   "comes first, -90 to 90, then longitude, -180 to 180."),
			CAP_SHOWN(circle));
	else if (at.radius_km == 0)
		cap_find(c->f, CAP_WARNING, 61, circle,
			N_("The circle has the radius 0: it warns nobody. Write the "
			   "kilometres that are meant."));
}

/* ---- heights ---- */

/* True and *out if there is a number. */
static bool
judge_height(struct cap_checking *c, const struct cap_node *height, double *out)
{
	struct bytes text;

	if (height == NULL || cap_is_blank(height))
		return false;
	text = cap_trimmed(height);
	if (capval_decimal(out, (const char *)text.at, text.len) != ERR_OK) {
		cap_find(c->f, CAP_ERROR, 43, height,
			N_("<%s> is \"%s\", not a number. Write feet above mean sea level "
			   "as digits, without a unit."),
			height->name, CAP_SHOWN(height));
		return false;
	}
	if (*out < 0)
		cap_find(c->f, CAP_WARNING, 47, height,
			N_("<%s> is \"%s\", below sea level; some receivers refuse it. "
			   "Check whether that is meant."),
			height->name, CAP_SHOWN(height));
	return true;
}

static void
judge_heights(struct cap_checking *c, const struct cap_node *altitude,
	const struct cap_node *ceiling)
{
	double low = 0, high = 0;
	bool has_low = judge_height(c, altitude, &low);
	bool has_high = judge_height(c, ceiling, &high);

	if (ceiling != NULL && !cap_is_blank(ceiling) &&
		(altitude == NULL || cap_is_blank(altitude)))
		cap_find(c->f, CAP_ERROR, 47, ceiling,
			N_("<ceiling> stands without <altitude>. Write the lower limit in "
			   "<altitude>, too."));
	if (has_low && has_high && high < low)
		cap_find(c->f, CAP_WARNING, 47, ceiling,
			N_("<ceiling> is \"%s\", below <altitude> \"%s\". Change them "
			   "over, or correct one."),
			CAP_SHOWN(ceiling), CAP_SHOWN(altitude));
}

/* ---- the area ---- */

enum { DESC, POLYGON, CIRCLE, GEOCODE, ALTITUDE, CEILING, CHILDREN };

static const struct cap_place table[CHILDREN] = {
	[DESC] = {"areaDesc", false, 43},
	[POLYGON] = {"polygon", true, 0},
	[CIRCLE] = {"circle", true, 0},
	[GEOCODE] = {"geocode", true, 0},
	[ALTITUDE] = {"altitude", false, 0},
	[CEILING] = {"ceiling", false, 0},
};

void
cap_rules_area(struct cap_checking *c, const struct cap_node *area)
{
	const struct cap_node *found[CHILDREN];

	cap_rule_children(c, area, 43, table, CHILDREN, found);
	if (found[DESC] != NULL && cap_is_blank(found[DESC]))
		cap_find(c->f, CAP_WARNING, 43, found[DESC],
			N_("<areaDesc> is empty: people are not told where. Name the area "
			   "as they know it."));
	if (found[POLYGON] != NULL)
		judge_polygons_once(c, found[POLYGON]);
	for (const struct cap_node *n = found[CIRCLE]; n != NULL; n = cap_next_same(n))
		judge_circle(c, n);
	for (const struct cap_node *n = found[GEOCODE]; n != NULL; n = cap_next_same(n))
		cap_rule_pair(c, n);
	judge_heights(c, found[ALTITUDE], found[CEILING]);
	if (found[POLYGON] == NULL && found[CIRCLE] == NULL && found[GEOCODE] == NULL)
		cap_find(c->f, CAP_WARNING, 61, area,
			N_("The area has a description only: no receiver can tell who is "
			   "in it. Add a polygon, a circle or a geocode."));
}
