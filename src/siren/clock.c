/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock.c: a clock that a thief of the hub can move by no more than 2 s a minute. */
#include "siren/clock.h"

enum { PULL_MS_PER_MINUTE = 2000 };

struct siren_clock
siren_clock_start(int64_t floor_ms, int64_t monotonic_ms)
{
	return (struct siren_clock){
		.floor_ms = floor_ms,
		.base_ms = floor_ms,
		.base_monotonic_ms = monotonic_ms,
	};
}

int64_t
siren_clock_now(const struct siren_clock *c, int64_t monotonic_ms)
{
	return c->base_ms + (monotonic_ms - c->base_monotonic_ms);
}

bool
siren_clock_hear(struct siren_clock *c, int64_t time_ms, int64_t monotonic_ms)
{
	int64_t now = siren_clock_now(c, monotonic_ms), off = time_ms - now, most;

	if (time_ms < c->floor_ms || time_ms <= c->heard_ms)
		return false;
	if (!c->sure) {
		off = off > 0 ? off : 0;
	} else {
		most = (monotonic_ms - c->base_monotonic_ms) * PULL_MS_PER_MINUTE / 60000;
		/* A heartbeat is late by its way here: only an early clock is pulled back by it,
		 * and small lags are the network's, not the clock's. */
		if (off < 0 && off > -1000)
			off = 0;
		off = off > most ? most : off < -most ? -most : off;
	}
	c->sure = true;
	c->heard_ms = time_ms;
	c->base_ms = now + off;
	c->base_monotonic_ms = monotonic_ms;
	return true;
}
