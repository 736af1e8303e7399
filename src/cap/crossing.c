/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crossing.c: Shamos and Hoey's sweep over the sides of one ring. */
#include "cap/crossing.h"

#include "cap/sweep.h"

#include <stdlib.h>

__extension__ typedef __int128 wide;

int
crossing_turn(struct cap_spot a, struct cap_spot b, struct cap_spot c)
{
	wide left = (wide)(b.x - a.x) * (c.y - a.y),
	     right = (wide)(b.y - a.y) * (c.x - a.x);

	return (left > right) - (left < right);
}

/* Side k runs from corner k - 1 to the next; sides are counted from 1. */
struct ring_sweep {
	struct cap_spot *v; /* no corner repeats the one before */
	uint32_t *number;   /* of each corner: its index in what was handed in */
	uint32_t n;
	struct sweep_event *event, *room;
	struct sweep sides;
	struct crossing found;
};

static struct cap_spot
west(const struct ring_sweep *s, uint32_t side)
{
	struct cap_spot a = s->v[side - 1], b = s->v[side == s->n ? 0 : side];

	return spot_order(a, b) < 0 ? a : b;
}

static struct cap_spot
east(const struct ring_sweep *s, uint32_t side)
{
	struct cap_spot a = s->v[side - 1], b = s->v[side == s->n ? 0 : side];

	return spot_order(a, b) < 0 ? b : a;
}

static void
find(struct ring_sweep *s, enum crossing_kind kind, uint32_t side, uint32_t other)
{
	size_t a = s->number[side - 1], b = s->number[other - 1];

	s->found = (struct crossing){kind, a < b ? a : b, a < b ? b : a};
}

static bool
are_joined(const struct ring_sweep *s, uint32_t a, uint32_t b)
{
	uint32_t apart = a < b ? b - a : a - b;

	return apart == 1 || apart == s->n - 1;
}

/* Is p, which lies on the line of a to b, between them? */
static bool
between(struct cap_spot p, struct cap_spot a, struct cap_spot b)
{
	return spot_order(a, p) <= 0 && spot_order(p, b) <= 0;
}

static void
meet(struct ring_sweep *s, uint32_t one, uint32_t two)
{
	struct cap_spot a, b, c, d;
	int abc, abd, cda, cdb;

	if (one == 0 || two == 0 || are_joined(s, one, two))
		return;
	a = west(s, one), b = east(s, one), c = west(s, two), d = east(s, two);
	if (spots_apart(a, b, c, d))
		return;
	abc = crossing_turn(a, b, c);
	abd = crossing_turn(a, b, d);
	cda = crossing_turn(c, d, a);
	cdb = crossing_turn(c, d, b);
	if (abc * abd < 0 && cda * cdb < 0)
		find(s, CROSSING_CROSS, one, two);
	else if ((abc == 0 && between(c, a, b)) || (abd == 0 && between(d, a, b)) ||
		 (cda == 0 && between(a, c, d)) || (cdb == 0 && between(b, c, d)))
		find(s, abc == 0 && abd == 0 ? CROSSING_ALONG : CROSSING_TOUCH, one, two);
}

/* `side` begins at a corner that lies on `other`, which is in the sweep. */
static void
stands_on(struct ring_sweep *s, uint32_t side, uint32_t other)
{
	struct cap_spot a = west(s, other), b = east(s, other), p = west(s, side);
	bool first = spot_order(s->v[side - 1], p) == 0; /* p is where the side starts */
	uint32_t i = first ? side - 1 : (side == s->n ? 0 : side);
	struct cap_spot before = s->v[i == 0 ? s->n - 1 : i - 1],
			after = s->v[i + 1 == s->n ? 0 : i + 1];
	int turns = crossing_turn(a, b, before) * crossing_turn(a, b, after);

	find(s,
		turns < 0   ? CROSSING_CROSS
		: turns > 0 ? CROSSING_TOUCH
			    : CROSSING_ALONG,
		side, other);
}

static void
begin(struct ring_sweep *s, uint32_t side)
{
	struct cap_spot p = west(s, side);
	uint32_t at = 0, next = s->sides.root;
	bool above = false;

	while (next != 0) {
		struct cap_spot a = west(s, next), b = east(s, next);
		int turn = spot_side(a, b, p);

		at = next;
		if (turn == 0 && spot_order(a, p) == 0)
			turn = crossing_turn(a, b, east(s, side));
		if (turn == 0) {
			stands_on(s, side, at);
			return;
		}
		above = turn > 0;
		next = above ? s->sides.node[at].high : s->sides.node[at].low;
	}
	sweep_insert(&s->sides, side, at, above);
	meet(s, side, s->sides.node[side].below);
	meet(s, side, s->sides.node[side].above);
}

static void
end(struct ring_sweep *s, uint32_t side)
{
	uint32_t below = s->sides.node[side].below, above = s->sides.node[side].above;

	sweep_remove(&s->sides, side);
	meet(s, below, above);
}

static void
go_on(struct ring_sweep *s, uint32_t old, uint32_t side)
{
	sweep_replace(&s->sides, old, side);
	meet(s, side, s->sides.node[side].below);
	meet(s, side, s->sides.node[side].above);
}

static void
step(struct ring_sweep *s, uint32_t i)
{
	uint32_t in = i == 0 ? s->n : i, out = i + 1;
	bool in_ends = spot_order(s->v[in - 1], s->v[i]) < 0;
	bool out_ends = spot_order(s->v[out == s->n ? 0 : out], s->v[i]) < 0;

	if (in_ends && out_ends) {
		end(s, in);
		if (s->found.kind == CROSSING_NONE)
			end(s, out);
	} else if (in_ends) {
		go_on(s, in, out);
	} else if (out_ends) {
		go_on(s, out, in);
	} else {
		begin(s, in);
		if (s->found.kind == CROSSING_NONE)
			begin(s, out);
	}
}

/* Two corners in one place: a spike if only one lies between them. */
static void
same_corner(struct ring_sweep *s, uint32_t i, uint32_t k)
{
	if (k - i == 2)
		find(s, CROSSING_ALONG, i + 1, i + 2);
	else if (s->n - (k - i) == 2)
		find(s, CROSSING_ALONG, k + 1, k + 1 == s->n ? 1 : k + 2);
	else
		find(s, CROSSING_TOUCH, i + 1, k + 1);
}

static void
run(struct ring_sweep *s)
{
	const struct sweep_event *e = s->event;

	sweep_sort(s->event, s->room, s->v, s->n);
	for (uint32_t i = 1; i < s->n && s->found.kind == CROSSING_NONE; i++)
		if (e[i - 1].key == e[i].key &&
			spot_order(s->v[e[i - 1].i], s->v[e[i].i]) == 0)
			same_corner(s, e[i - 1].i, e[i].i);
	for (uint32_t i = 0; i < s->n && s->found.kind == CROSSING_NONE; i++)
		step(s, e[i].i);
}

static bool
is_flat(const struct ring_sweep *s)
{
	for (uint32_t i = 2; i < s->n; i++)
		if (crossing_turn(s->v[0], s->v[1], s->v[i]) != 0)
			return false;
	return true;
}

static void
load(struct ring_sweep *s, const struct cap_spot *ring, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* Of points that repeat, the last one is where the side begins. */
		if (s->n > 0 && spot_order(s->v[s->n - 1], ring[i]) == 0)
			s->n--;
		s->v[s->n] = ring[i];
		s->number[s->n++] = (uint32_t)i;
	}
	while (s->n > 1 && spot_order(s->v[0], s->v[s->n - 1]) == 0)
		s->n--;
}

enum err
crossing_find(struct crossing *out, const struct cap_spot *ring, size_t n)
{
	struct ring_sweep s = {0};
	enum err err = ERR_NOMEM;

	*out = (struct crossing){CROSSING_FLAT, 0, 0};
	if (n >= INT32_MAX)
		return ERR_RANGE;
	s.v = malloc((n + 1) * sizeof *s.v);
	s.number = malloc((n + 1) * sizeof *s.number);
	s.event = malloc((n + 1) * sizeof *s.event);
	s.room = malloc((n + 1) * sizeof *s.room);
	s.sides.node = malloc((n + 1) * sizeof *s.sides.node);
	if (s.v == NULL || s.number == NULL || s.event == NULL || s.room == NULL ||
		s.sides.node == NULL)
		goto free_all;
	err = ERR_OK;
	load(&s, ring, n);
	if (is_flat(&s))
		goto free_all;
	run(&s);
	*out = s.found;
free_all:
	free(s.sides.node);
	free(s.room);
	free(s.event);
	free(s.number);
	free(s.v);
	return err;
}
