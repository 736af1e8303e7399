/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outline.h: an outer ring with fewer corners that loses none of its ground. */
#ifndef CAP_OUTLINE_H
#define CAP_OUTLINE_H

#include "cap/capval.h"

/*
 * Round the `n` corners of a ring (closed or not, either way round) to 5 decimals and take
 * corners away until at most `max` (>= 3) are left. Each step only adds ground: a warning
 * may reach too far, never too short, but for the rounding of at most 1 m. The sides of a
 * ring that did not cross do not cross after it; where no step is left that keeps this, more
 * than `max` corners stay. Where that would be more than a thousand, or work goes on for
 * seconds, because sides lie all over each other, the ring becomes its convex hull first. A
 * ring without ground becomes a rectangle around it.
 * *out is the arena's, closed (last = first), counter-clockwise with east to the right;
 * *count counts the last point too. Work grows with n log n as a rule; memory while it works
 * is about 120 bytes a corner.
 * Errors: ERR_SHAPE (n is 0), ERR_RANGE (not on the globe; 2^31 corners), ERR_NOMEM.
 */
CHECKED enum err outline_reduce(struct cap_point **out, size_t *count, struct arena *arena,
	const struct cap_point *ring, size_t n, size_t max);

#endif
