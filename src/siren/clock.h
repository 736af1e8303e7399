/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * clock.h: what a mouth believes the time to be (DESIGN section 3).
 *
 * Its own monotonic clock, moved by signed heartbeats by at most 2 s a minute. After a start the
 * newest heartbeat not older than the stored floor counts; until one came the mouth is unsure.
 */
#ifndef SIREN_CLOCK_H
#define SIREN_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct siren_clock {
	bool sure;
	int64_t floor_ms; /* no time before this is believed; kept on disk */
	int64_t base_ms;  /* the time at base_monotonic_ms */
	int64_t base_monotonic_ms;
	int64_t heard_ms; /* time of the newest heartbeat that counted */
};

struct siren_clock siren_clock_start(int64_t floor_ms, int64_t monotonic_ms);
/* The time at `monotonic_ms`; at least the floor. */
int64_t siren_clock_now(const struct siren_clock *c, int64_t monotonic_ms);
/* A signed heartbeat said that it is `time_ms`. False if it is too old to count. */
bool siren_clock_hear(struct siren_clock *c, int64_t time_ms, int64_t monotonic_ms);

#endif
