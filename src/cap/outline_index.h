/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outline_index.h: which sides of an outline lie near a place, and which step is the cheapest.
 * Only outline.c uses it.
 */
#ifndef CAP_OUTLINE_INDEX_H
#define CAP_OUTLINE_INDEX_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Units of 1e-5 degree: differences below 2^26, so products are exact in 64 bits. */
struct spot {
	int64_t x, y; /* east, north */
};

struct outline_box {
	int32_t west, south, east, north; /* edges are inside; west > east: empty */
};

/* Boxes in a binary tree over the corners in their first order, where neighbours lie near each
 * other; and a heap of costs. Corners have numbers from 0. */
struct outline_index {
	struct outline_box *box; /* the root is 1; corner i is size + i */
	size_t size;
	double *cost;
	uint32_t *heap,
		*place; /* place[i]: where corner i is in the heap, from 1; 0: not */
	size_t heaped;
	uint64_t work; /* boxes looked at */
};

/* Errors: ERR_NOMEM. Ends with outline_index_free(). */
CHECKED enum err outline_index_new(struct outline_index *ix, size_t corners);
void outline_index_free(struct outline_index *ix);

/* The side that begins at corner i. */
void outline_index_put(struct outline_index *ix, size_t i, struct spot a, struct spot b);
void outline_index_drop(struct outline_index *ix, size_t i);

/* A step at corner i for its cost; of equal ones, that of the lowest number is first. */
void outline_index_offer(struct outline_index *ix, size_t i, double cost);
void outline_index_withdraw(struct outline_index *ix, size_t i);
/* False if there is none. */
bool outline_index_cheapest(const struct outline_index *ix, size_t *i);

/* Sides whose boxes meet `over`, one after the other. */
struct outline_search {
	struct outline_box over;
	size_t todo[64];
	int n;
};
void outline_search_begin(struct outline_search *s, struct spot corner);
void outline_search_widen(struct outline_search *s, struct spot corner);
bool outline_search_next(struct outline_search *s, struct outline_index *ix, size_t *i);

#endif
