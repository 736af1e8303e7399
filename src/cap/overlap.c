/* SPDX-License-Identifier: GPL-3.0-or-later */
/* overlap.c: rings that share ground, by one sweep that counts how many rings lie above each side. */
#include "cap/sweep.h"

#include <stdlib.h>

struct side {
	struct cap_spot west, east;
	uint32_t ring;
	int8_t enters; /* going north over it: 1 into its ring, -1 out of it */
	int8_t depth;  /* how many rings lie right above it */
};

struct overlap {
	struct side *side; /* from 1 */
	uint32_t n;
	struct cap_spot *end; /* both ends of each side: i / 2 + 1 is the side */
	struct sweep_event *event, *room;
	struct sweep sides;
	uint32_t one, two; /* sides of two rings that share ground; 0: none yet */
};

/* Twice the ground of a ring that does not cross itself: its westernmost corner turns as it does. */
static int
direction(const struct cap_spot *v, uint32_t n)
{
	uint32_t w = 0;
	struct cap_spot before, after;

	for (uint32_t i = 1; i < n; i++)
		if (spot_order(v[i], v[w]) < 0)
			w = i;
	before = after = v[w];
	for (uint32_t i = 1; i < n && spot_order(before, v[w]) == 0; i++)
		before = v[(w + n - i) % n];
	for (uint32_t i = 1; i < n && spot_order(after, v[w]) == 0; i++)
		after = v[(w + i) % n];
	return crossing_turn(before, v[w], after);
}

static void
load(struct overlap *o, const struct crossing_ring *ring, uint32_t which)
{
	uint32_t n = (uint32_t)ring->n;
	int turns = n > 2 ? direction(ring->at, n) : 0;

	for (uint32_t i = 0; i < n && turns != 0; i++) {
		struct cap_spot a = ring->at[i], b = ring->at[i + 1 == n ? 0 : i + 1];
		int order = spot_order(a, b);
		struct side *s = &o->side[o->n + 1];

		if (order == 0)
			continue;
		*s = (struct side){order < 0 ? a : b, order < 0 ? b : a, which,
			(int8_t)(order < 0 ? turns : -turns), 0};
		o->end[2 * o->n] = s->west;
		o->end[2 * o->n + 1] = s->east;
		o->n++;
	}
}

/* Neighbours that cross in the middle of both: each has ground on both sides of the other. */
static void
meet(struct overlap *o, uint32_t one, uint32_t two)
{
	const struct side *s = &o->side[one], *t = &o->side[two];

	if (one == 0 || two == 0 || spots_apart(s->west, s->east, t->west, t->east))
		return;
	if (crossing_turn(s->west, s->east, t->west) *
				crossing_turn(s->west, s->east, t->east) <
			0 &&
		crossing_turn(t->west, t->east, s->west) *
				crossing_turn(t->west, t->east, s->east) <
			0) {
		o->one = one;
		o->two = two;
	}
}

static void
begin(struct overlap *o, uint32_t side)
{
	const struct side *s = &o->side[side];
	uint32_t at = 0, next = o->sides.root;
	bool above = false;

	while (next != 0) {
		const struct side *t = &o->side[next];
		int turn = spot_side(t->west, t->east, s->west);

		at = next;
		if (turn == 0)
			turn = crossing_turn(t->west, t->east, s->east);
		/* On one line: first out of the southern ring, then into the northern. */
		above = turn != 0 ? turn > 0 : s->enters > t->enters;
		next = above ? o->sides.node[at].high : o->sides.node[at].low;
	}
	sweep_insert(&o->sides, side, at, above);
}

/* The northernmost side that lies south of p, 0 if none does. */
static uint32_t
south_of(struct overlap *o, struct cap_spot p)
{
	uint32_t found = 0, last = 0, next = o->sides.root;

	while (next != 0) {
		const struct side *t = &o->side[next];

		last = next;
		if (spot_side(t->west, t->east, p) > 0) {
			found = next;
			next = o->sides.node[next].high;
		} else {
			next = o->sides.node[next].low;
		}
	}
	if (last != 0)
		sweep_touch(&o->sides, last);
	return found;
}

static uint32_t
lowest(struct overlap *o)
{
	uint32_t at = o->sides.root;

	while (at != 0 && o->sides.node[at].low != 0)
		at = o->sides.node[at].low;
	if (at != 0)
		sweep_touch(&o->sides, at);
	return at;
}

/* A side of another ring below `side` that its ring lies above of, with this one's ground. */
static void
name_pair(struct overlap *o, uint32_t side)
{
	uint32_t at = side;

	while (at != 0 &&
		(o->side[at].ring == o->side[side].ring || o->side[at].enters < 0))
		at = o->sides.node[at].below;
	o->one = side;
	o->two = at;
}

/* Sides that go on through p where others between them just ended: neighbours from here on. */
static void
meet_through(struct overlap *o, struct cap_spot p)
{
	uint32_t below = south_of(o, p);
	uint32_t at = below != 0 ? o->sides.node[below].above : lowest(o);

	while (at != 0 && spot_side(o->side[at].west, o->side[at].east, p) == 0) {
		meet(o, at, o->sides.node[at].above);
		at = o->sides.node[at].above;
	}
}

/* Count anew above all sides that go through p or begin there. */
static void
count(struct overlap *o, struct cap_spot p)
{
	uint32_t below = south_of(o, p);
	uint32_t at = below != 0 ? o->sides.node[below].above : lowest(o);
	uint32_t last = below;
	int depth = below != 0 ? o->side[below].depth : 0;

	while (at != 0 && spot_side(o->side[at].west, o->side[at].east, p) == 0) {
		depth += o->side[at].enters;
		o->side[at].depth = (int8_t)depth;
		if (depth > 1) {
			name_pair(o, at);
			return;
		}
		last = at;
		at = o->sides.node[at].above;
	}
	meet(o, last, at);
	if (last != below && below != 0)
		meet(o, below, o->sides.node[below].above);
}

static void
run(struct overlap *o)
{
	const struct sweep_event *e = o->event;
	uint32_t ends = 2 * o->n;

	sweep_sort(o->event, o->room, o->end, ends);
	for (uint32_t i = 0, next; i < ends && o->one == 0; i = next) {
		struct cap_spot p = o->end[e[i].i];

		/* The west end of a side has an even number. */
		for (next = i; next < ends && spot_order(o->end[e[next].i], p) == 0; next++)
			if (e[next].i % 2 == 1)
				sweep_remove(&o->sides, e[next].i / 2 + 1);
		meet_through(o, p);
		for (uint32_t k = i; k < next && o->one == 0; k++)
			if (e[k].i % 2 == 0)
				begin(o, e[k].i / 2 + 1);
		if (o->one == 0)
			count(o, p);
	}
}

/* ---- rings that come near another ---- */

struct extent {
	int64_t west, east, south, north;
};

static struct extent
extent_of(const struct crossing_ring *r)
{
	struct extent e = {INT64_MAX, INT64_MIN, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < r->n; i++) {
		struct cap_spot p = r->at[i];

		e.west = p.x < e.west ? p.x : e.west;
		e.east = p.x > e.east ? p.x : e.east;
		e.south = p.y < e.south ? p.y : e.south;
		e.north = p.y > e.north ? p.y : e.north;
	}
	return e;
}

/* Beyond that many, all are laid over each other: pairs would be too many. */
enum { PAIRED_MAX = 1000 };

/* Which rings may share ground with another, by the boxes around them. */
static enum err
mark_near(bool *near, const struct crossing_ring *ring, size_t n)
{
	struct extent *e = malloc((n + 1) * sizeof *e);

	if (e == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		near[i] = n > PAIRED_MAX;
		e[i] = extent_of(&ring[i]);
		for (size_t k = 0; k < i && n <= PAIRED_MAX; k++)
			if (e[k].west < e[i].east && e[i].west < e[k].east &&
				e[k].south < e[i].north && e[i].south < e[k].north)
				near[i] = near[k] = true;
	}
	free(e);
	return ERR_OK;
}

static enum err
make_room(struct overlap *o, size_t points)
{
	o->side = malloc((points + 1) * sizeof *o->side);
	o->sides.node = malloc((points + 1) * sizeof *o->sides.node);
	o->end = calloc(2 * points + 1, sizeof *o->end);
	o->event = malloc((2 * points + 1) * sizeof *o->event);
	o->room = malloc((2 * points + 1) * sizeof *o->room);
	return o->side != NULL && o->sides.node != NULL && o->end != NULL &&
			       o->event != NULL && o->room != NULL
		       ? ERR_OK
		       : ERR_NOMEM;
}

enum err
crossing_overlap(size_t *a, size_t *b, const struct crossing_ring *ring, size_t n)
{
	struct overlap o = {0};
	size_t points = 0;
	bool *near = malloc((n + 1) * sizeof *near);
	enum err err = near != NULL ? mark_near(near, ring, n) : ERR_NOMEM;

	*a = *b = 0;
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		points += near[i] ? ring[i].n : 0;
	if (points >= INT32_MAX / 2)
		err = ERR_RANGE;
	if (err == ERR_OK && points > 0)
		err = make_room(&o, points);
	if (err != ERR_OK || points == 0)
		goto free_all;
	for (size_t i = 0; i < n; i++)
		if (near[i])
			load(&o, &ring[i], (uint32_t)i);
	run(&o);
	if (o.one != 0 && o.two != 0) {
		size_t one = o.side[o.one].ring, two = o.side[o.two].ring;

		*a = one < two ? one : two;
		*b = one < two ? two : one;
	}
free_all:
	free(o.room);
	free(o.event);
	free(o.end);
	free(o.sides.node);
	free(o.side);
	free(near);
	return err;
}
