/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crossing.h: sides of a ring that cross, touch or run along each other, and rings that share
 * ground. Every judgement is exact: coordinates are whole numbers, products have 128 bits.
 */
#ifndef CAP_CROSSING_H
#define CAP_CROSSING_H

#include "base/err.h"

#include <stdint.h>

/* Degrees times 10^16, as decimal text says them. East may go on to 540 degrees where a ring
 * crosses the 180th meridian. */
struct cap_spot {
	int64_t x, y; /* east, north */
};

enum crossing_kind {
	CROSSING_NONE,
	CROSSING_CROSS, /* two sides cross */
	CROSSING_TOUCH, /* a corner lies on another side, or on another corner */
	CROSSING_ALONG, /* two sides run along each other; a spike is one of these */
	CROSSING_FLAT,	/* all corners lie on one line: there is no ground */
};

struct crossing {
	enum crossing_kind kind;
	size_t a, b; /* indices of the points where the two sides begin; a < b */
};

/* 1: c lies to the left of the way from a to b; -1: to the right; 0: on its line. */
int crossing_turn(struct cap_spot a, struct cap_spot b, struct cap_spot c);

/*
 * The first such place that a sweep from west to east finds in a ring of `n` points (the last
 * repeats the first or not); points that repeat the one before are passed over. Work grows with
 * n log n whatever the ring, memory with 56 bytes a point. (Shamos and Hoey, "Geometric
 * intersection problems", 1976.)
 * Errors: ERR_NOMEM, ERR_RANGE (2^31 points or more).
 */
CHECKED enum err crossing_find(struct crossing *out, const struct cap_spot *ring, size_t n);

struct crossing_ring {
	const struct cap_spot *at;
	size_t n;
};

/*
 * Two of `n` rings that share ground; *a < *b, and *a == *b if there are none. Common borders
 * and corners are no common ground. Each ring must be CROSSING_NONE by itself. Work as above,
 * over all points whose rings come near another; memory 140 bytes each. Errors as above.
 */
CHECKED enum err crossing_overlap(
	size_t *a, size_t *b, const struct crossing_ring *ring, size_t n);

#endif
