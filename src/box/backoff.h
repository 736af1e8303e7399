/* SPDX-License-Identifier: GPL-3.0-or-later */
/* backoff.h: how long to wait before trying again: longer each time, and never in step with
 * others. */
#ifndef BOX_BACKOFF_H
#define BOX_BACKOFF_H

#include <stdint.h>
#include <sys/random.h>

enum { BACKOFF_LEAST_MS = 200, BACKOFF_MOST_MS = 5000 };

/* The next wait: between half of a step and the whole of it; the step doubles. `*step_ms` is 0
 * at the start, and again after success. */
static inline int64_t
backoff_next_ms(int64_t *step_ms)
{
	uint32_t dice = 0;
	int64_t step = *step_ms * 2;

	if (step < BACKOFF_LEAST_MS * 2)
		step = BACKOFF_LEAST_MS * 2;
	if (step > BACKOFF_MOST_MS)
		step = BACKOFF_MOST_MS;
	*step_ms = step;
	if (getrandom(&dice, sizeof dice, GRND_NONBLOCK) != sizeof dice)
		dice = (uint32_t)(uintptr_t)step_ms *
		       2654435761u; /* at boot: each its own */
	return step / 2 + dice % (step / 2 + 1);
}

#endif
