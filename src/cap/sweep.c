/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep.c: order kept by a splay tree whose nodes also know their neighbours. */
#include "cap/sweep.h"

#include <string.h>

static void
rotate(struct sweep_node *node, uint32_t x)
{
	uint32_t p = node[x].parent, g = node[p].parent, moved;

	if (node[p].low == x) {
		moved = node[p].low = node[x].high;
		node[x].high = p;
	} else {
		moved = node[p].high = node[x].low;
		node[x].low = p;
	}
	if (moved != 0)
		node[moved].parent = p;
	node[p].parent = x;
	node[x].parent = g;
	if (g != 0) {
		if (node[g].low == p)
			node[g].low = x;
		else
			node[g].high = x;
	}
}

/* To the root of the tree that it is in. */
static void
splay(struct sweep_node *node, uint32_t x)
{
	while (node[x].parent != 0) {
		uint32_t p = node[x].parent, g = node[p].parent;

		if (g != 0)
			rotate(node, (node[g].low == p) == (node[p].low == x) ? p : x);
		rotate(node, x);
	}
}

void
sweep_touch(struct sweep *s, uint32_t side)
{
	splay(s->node, side);
	s->root = side;
}

static void
join(struct sweep *s, uint32_t lower, uint32_t upper)
{
	if (lower != 0)
		s->node[lower].above = upper;
	if (upper != 0)
		s->node[upper].below = lower;
}

void
sweep_insert(struct sweep *s, uint32_t side, uint32_t at, bool above)
{
	struct sweep_node *node = s->node;

	node[side] = (struct sweep_node){.parent = at};
	if (at != 0 && above) {
		node[at].high = side;
		join(s, side, node[at].above);
		join(s, at, side);
	} else if (at != 0) {
		node[at].low = side;
		join(s, node[at].below, side);
		join(s, side, at);
	}
	sweep_touch(s, side);
}

void
sweep_remove(struct sweep *s, uint32_t side)
{
	struct sweep_node *node = s->node;
	uint32_t low, high;

	sweep_touch(s, side);
	low = node[side].low;
	high = node[side].high;
	s->root = low != 0 ? low : high;
	if (high != 0)
		node[high].parent = 0;
	if (low != 0) {
		node[low].parent = 0;
		s->root = node[side].below;
		splay(node, s->root);
		node[s->root].high = high;
		if (high != 0)
			node[high].parent = s->root;
	}
	join(s, node[side].below, node[side].above);
}

void
sweep_replace(struct sweep *s, uint32_t old, uint32_t side)
{
	struct sweep_node *node = s->node;
	uint32_t p = node[old].parent;

	node[side] = node[old];
	if (node[side].low != 0)
		node[node[side].low].parent = side;
	if (node[side].high != 0)
		node[node[side].high].parent = side;
	if (p == 0)
		s->root = side;
	else if (node[p].low == old)
		node[p].low = side;
	else
		node[p].high = side;
	join(s, node[old].below, side);
	join(s, side, node[old].above);
}

/* ---- sorting ---- */

/* Corners that are sorted one by one, and those of which rough keys are worth their while. */
enum { FEW = 12, MANY = 500 };
/* Bits of a key, sorted in two rounds. */
enum { ROUND = 11, BUCKETS = 1 << ROUND };

static bool
goes_before(const struct cap_spot *at, uint32_t a, uint32_t b)
{
	int order = spot_order(at[a], at[b]);

	return order < 0 || (order == 0 && a <= b);
}

static void
sort_few(struct sweep_event *e, const struct cap_spot *at, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sweep_event moved = e[i];
		size_t k = i;

		for (; k > 0 && !goes_before(at, e[k - 1].i, moved.i); k--)
			e[k] = e[k - 1];
		e[k] = moved;
	}
}

static void
merge(struct sweep_event *to, const struct sweep_event *from, const struct cap_spot *at,
	size_t middle, size_t n)
{
	size_t a = 0, b = middle;

	for (size_t k = 0; k < n; k++) {
		bool first =
			b == n || (a < middle && goes_before(at, from[a].i, from[b].i));

		to[k] = first ? from[a++] : from[b++];
	}
}

/* By comparison alone. */
static void
sort_exactly(struct sweep_event *e, struct sweep_event *room, const struct cap_spot *at,
	size_t n)
{
	struct sweep_event *from = e, *to = room, *other;
	size_t run = FEW;

	for (size_t i = 0; i < n; i += run)
		sort_few(e + i, at, n - i < run ? n - i : run);
	for (; run < n; run *= 2) {
		for (size_t i = 0; i < n; i += 2 * run) {
			size_t both = n - i < 2 * run ? n - i : 2 * run;

			merge(to + i, from + i, at, both < run ? both : run, both);
		}
		other = from;
		from = to;
		to = other;
	}
	if (from != e)
		memcpy(e, from, n * sizeof *e);
}

static void
make_keys(struct sweep_event *e, const struct cap_spot *at, uint32_t n)
{
	int64_t west = at[0].x, east = west;
	unsigned shift = 0;

	for (uint32_t i = 1; i < n; i++) {
		west = at[i].x < west ? at[i].x : west;
		east = at[i].x > east ? at[i].x : east;
	}
	while ((uint64_t)(east - west) >> shift >= 1u << 2 * ROUND)
		shift++;
	for (uint32_t i = 0; i < n; i++)
		e[i] = (struct sweep_event){
			(uint32_t)((uint64_t)(at[i].x - west) >> shift), i};
}

/* Sorts by some bits of the key; what is equal in them keeps its order. */
static void
sort_round(struct sweep_event *to, const struct sweep_event *from, size_t n, unsigned shift)
{
	uint32_t count[BUCKETS] = {0}, sum = 0;

	for (size_t i = 0; i < n; i++)
		count[from[i].key >> shift & (BUCKETS - 1)]++;
	for (size_t b = 0; b < BUCKETS; b++) {
		uint32_t here = count[b];

		count[b] = sum;
		sum += here;
	}
	for (size_t i = 0; i < n; i++)
		to[count[from[i].key >> shift & (BUCKETS - 1)]++] = from[i];
}

void
sweep_sort(struct sweep_event *event, struct sweep_event *room, const struct cap_spot *at,
	uint32_t n)
{
	if (n < MANY) {
		for (uint32_t i = 0; i < n; i++)
			event[i] = (struct sweep_event){0, i};
		sort_exactly(event, room, at, n);
		return;
	}
	make_keys(event, at, n);
	sort_round(room, event, n, 0);
	sort_round(event, room, n, ROUND);
	for (size_t i = 0, next; i < n; i = next) {
		for (next = i + 1; next < n && event[next].key == event[i].key; next++)
			continue;
		if (next - i > 1)
			sort_exactly(event + i, room + i, at, next - i);
	}
}
