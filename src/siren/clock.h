/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * clock.h: what a mouth believes the time to be (DESIGN section 3).
 *
 * Its own monotonic clock, moved by signed heartbeats by at most 2 s a minute. After a start the
 * newest heartbeat not older than the stored floor counts; until one came the mouth is unsure.
 *
 * A heartbeat is the hub's word alone. So that a stolen hub and a restart cannot make every order
 * look expired, the first heartbeat counts only if it is not ahead of the box's own clock chip: by
 * 5 s at most, and 2 s more each minute. Where the chip is behind the floor or behind the time of an
 * order that operators signed (a witness), and so is proven wrong, the witness is asked instead.
 * Else the mouth stays unsure, which costs nothing but the all clear. Within the same bounds a clock
 * that runs is set ahead at once: the first heartbeat may have been an edge's last before its hub
 * went silent. A clock that was set back
 * silences nobody: an alarm or stop that was made for now is never early (obey.c). What remains: a
 * box whose chip is wrong can be set ahead, to the chip or 20 min beyond its witness, by a thief of
 * the hub, and one without a chip anywhere.
 */
#ifndef SIREN_CLOCK_H
#define SIREN_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum {
	CLOCK_CHIP_MS = 5000, /* the first heartbeat may be so far from the chip, … */
	CLOCK_ORDER_MS =
		1200000, /* … or so far behind an order, which waits for approval */
	CLOCK_AHEAD_MS = 60000, /* a running clock notes a heartbeat so far ahead apart */
};

struct siren_clock {
	bool sure;
	int64_t floor_ms; /* no time before this is believed; kept on disk */
	int64_t base_ms;  /* the time at base_monotonic_ms */
	int64_t base_monotonic_ms;
	int64_t heard_ms;	   /* time of the newest heartbeat that counted */
	int64_t ahead_ms;	   /* … of the newest that was far ahead of this clock */
	bool bounded;		   /* the box has a clock chip */
	int64_t start_ms;	   /* monotonic */
	int64_t chip_offset_ms;	   /* the chip minus the monotonic clock */
	int64_t witness_offset_ms; /* newest witnessed time minus the monotonic clock */
};

/* `chip_ms` is what the box's own clock chip says; 0: it has none, and believes the first
 * heartbeat whatever it says. */
struct siren_clock siren_clock_start(
	int64_t floor_ms, int64_t monotonic_ms, int64_t chip_ms);
/* A later floor, from disk; before the first heartbeat. */
void siren_clock_raise(struct siren_clock *c, int64_t floor_ms);
/* The time at `monotonic_ms`; at least the floor. */
int64_t siren_clock_now(const struct siren_clock *c, int64_t monotonic_ms);
/* Operators signed an order that was made at `time_ms`. It never moves the clock by itself. */
void siren_clock_witness(struct siren_clock *c, int64_t time_ms, int64_t monotonic_ms);
/* A signed heartbeat said that it is `time_ms`. False if it does not count. */
bool siren_clock_hear(struct siren_clock *c, int64_t time_ms, int64_t monotonic_ms);
/* What may be stored as the next floor: heard, and not ahead of our own clock. */
int64_t siren_clock_next_floor(const struct siren_clock *c, int64_t monotonic_ms);

#endif
