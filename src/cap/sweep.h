/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sweep.h: the sides that a sweep line meets, from south to north: a splay tree (Sleator and
 * Tarjan 1985), so that no choice of points makes it slow. Only crossing.c and overlap.c use it.
 */
#ifndef CAP_SWEEP_H
#define CAP_SWEEP_H

#include "cap/crossing.h"

#include <stdbool.h>

/* Numbers of sides, from 1; 0 is none. */
struct sweep_node {
	uint32_t low, high, parent; /* in the tree */
	uint32_t below, above;	    /* neighbours in order */
};

struct sweep {
	struct sweep_node *node; /* one more than there are sides */
	uint32_t root;
};

/* Put `side` right above or below `at` (0 if there is no side yet), where its place is free:
 * the last step of a search from the root. */
void sweep_insert(struct sweep *s, uint32_t side, uint32_t at, bool above);
void sweep_remove(struct sweep *s, uint32_t side);
/* `side` takes the place of `old`. */
void sweep_replace(struct sweep *s, uint32_t old, uint32_t side);
/* Bring to the root what a search ended at, so that the next one there is short. */
void sweep_touch(struct sweep *s, uint32_t side);

/* West before east, then south before north. */
static inline int
spot_order(struct cap_spot a, struct cap_spot b)
{
	if (a.x != b.x)
		return a.x < b.x ? -1 : 1;
	return (a.y > b.y) - (a.y < b.y);
}

/* A corner in the order of the sweep. */
struct sweep_event {
	uint32_t key; /* how far east, roughly */
	uint32_t i;   /* its index */
};
/* Fills `event` with all corners, by spot_order(), then by i. `room` has space for as many. */
void sweep_sort(struct sweep_event *event, struct sweep_event *room,
	const struct cap_spot *at, uint32_t n);

/* Is the point, which lies in the width of the side from `west` to `east`, north of it (1), on
 * it (0), or south (-1)? */
static inline int
spot_side(struct cap_spot west, struct cap_spot east, struct cap_spot p)
{
	if (p.y > west.y && p.y > east.y)
		return 1;
	if (p.y < west.y && p.y < east.y)
		return -1;
	return crossing_turn(west, east, p);
}

/* Does one side lie wholly north of the other? */
static inline bool
spots_apart(struct cap_spot a, struct cap_spot b, struct cap_spot c, struct cap_spot d)
{
	return (a.y > c.y && a.y > d.y && b.y > c.y && b.y > d.y) ||
	       (a.y < c.y && a.y < d.y && b.y < c.y && b.y < d.y);
}

#endif
