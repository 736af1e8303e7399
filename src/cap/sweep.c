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

static bool
goes_before(const struct sweep_corner *a, const struct sweep_corner *b)
{
	int order = spot_order(a->at, b->at);

	return order < 0 || (order == 0 && a->i <= b->i);
}

static void
insertion_sort(struct sweep_corner *c, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sweep_corner at = c[i];
		size_t k = i;

		for (; k > 0 && !goes_before(&c[k - 1], &at); k--)
			c[k] = c[k - 1];
		c[k] = at;
	}
}

void
sweep_sort(struct sweep_corner *corner, struct sweep_corner *room, size_t n)
{
	struct sweep_corner *from = corner, *to = room, *other;
	size_t run = 8;

	for (size_t i = 0; i < n; i += run)
		insertion_sort(corner + i, n - i < run ? n - i : run);
	for (; run < n; run *= 2) {
		for (size_t i = 0; i < n; i += 2 * run) {
			size_t a = i, end_a = n - i < run ? n : i + run;
			size_t b = end_a, end_b = n - b < run ? n : b + run;

			for (size_t k = i; k < end_b; k++)
				to[k] = b == end_b || (a < end_a && goes_before(&from[a],
									    &from[b]))
						? from[a++]
						: from[b++];
		}
		other = from;
		from = to;
		to = other;
	}
	if (from != corner)
		memcpy(corner, from, n * sizeof *corner);
}
