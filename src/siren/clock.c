/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock.c: a clock that a thief of the hub can move by no more than 2 s a minute. */
#include "siren/clock.h"

enum { PULL_MS_PER_MINUTE = 2000, NETWORK_MS = 1000 };

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct siren_clock
siren_clock_start(int64_t floor_ms, int64_t monotonic_ms, int64_t chip_ms)
{
	return (struct siren_clock){
		.floor_ms = floor_ms,
		.base_ms = floor_ms,
		.base_monotonic_ms = monotonic_ms,
		.bounded = chip_ms != 0,
		.start_ms = monotonic_ms,
		.chip_offset_ms = chip_ms - monotonic_ms,
		.witness_offset_ms = floor_ms - monotonic_ms,
	};
}

void
siren_clock_raise(struct siren_clock *c, int64_t floor_ms)
{
	if (floor_ms <= c->floor_ms)
		return;
	c->floor_ms = c->base_ms = floor_ms;
	siren_clock_witness(c, floor_ms, c->base_monotonic_ms);
}

int64_t
siren_clock_now(const struct siren_clock *c, int64_t monotonic_ms)
{
	return c->base_ms + (monotonic_ms - c->base_monotonic_ms);
}

void
siren_clock_witness(struct siren_clock *c, int64_t time_ms, int64_t monotonic_ms)
{
	c->witness_offset_ms = later(c->witness_offset_ms, time_ms - monotonic_ms);
}

static int64_t
pull_most(int64_t from_ms, int64_t to_ms)
{
	return (to_ms - from_ms) * PULL_MS_PER_MINUTE / 60000;
}

/* Does somebody besides the hub say that it is so late already? */
static bool
vouched(const struct siren_clock *c, int64_t time_ms, int64_t monotonic_ms)
{
	int64_t offset = time_ms - monotonic_ms;
	int64_t most = c->chip_offset_ms + CLOCK_CHIP_MS;

	if (offset <= c->witness_offset_ms)
		return true;
	if (!c->bounded)
		return !c->sure;
	if (most < c->witness_offset_ms)
		most = c->witness_offset_ms + CLOCK_ORDER_MS;
	return offset <= most + pull_most(c->start_ms, monotonic_ms);
}

/* How far a heartbeat moves the clock that is running. */
static int64_t
pull(const struct siren_clock *c, int64_t off, int64_t monotonic_ms)
{
	int64_t most = pull_most(c->base_monotonic_ms, monotonic_ms);

	/* A heartbeat is late by its way here: a small lag is the network's, not the clock's. */
	if (off < 0 && off > -NETWORK_MS)
		return 0;
	return off > most ? most : off < -most ? -most : off;
}

bool
siren_clock_hear(struct siren_clock *c, int64_t time_ms, int64_t monotonic_ms)
{
	int64_t now = siren_clock_now(c, monotonic_ms), off = time_ms - now;
	bool free = vouched(c, time_ms, monotonic_ms);
	/* One that is far ahead must not make the honest ones after it look old. */
	int64_t *mark =
		c->sure && !free && off > CLOCK_AHEAD_MS ? &c->ahead_ms : &c->heard_ms;

	if (time_ms < c->floor_ms || time_ms <= *mark || (!c->sure && !free))
		return false;
	if (off < 0 || !free)
		off = c->sure ? pull(c, off, monotonic_ms) : 0;
	c->base_ms = now + off;
	c->base_monotonic_ms = monotonic_ms;
	c->sure = true;
	*mark = time_ms;
	return true;
}

int64_t
siren_clock_next_floor(const struct siren_clock *c, int64_t monotonic_ms)
{
	int64_t now = siren_clock_now(c, monotonic_ms);
	int64_t heard = c->heard_ms < now ? c->heard_ms : now;

	return later(c->floor_ms, heard);
}
