/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tally.h: relay closings, as the cabinets logged them, against what was ordered.
 *
 * Each box has the soundings that it owes in the order of ordering; each closing pays the oldest.
 */
#ifndef DEMO_TALLY_H
#define DEMO_TALLY_H

#include "base/bytes.h"

struct owed {
	int64_t ordered_ns; /* CLOCK_MONOTONIC when the first operator began */
	bool alarm;	    /* else an all clear */
};

struct box_tally {
	struct owed *owed;
	size_t owed_count, owed_cap, paid;
	int64_t closed_ns; /* the last closing */
	size_t alarms, all_clears, doubled, unsigned_;
};

struct tally {
	int log;	    /* descriptor of the cabinets' log */
	struct buffer rest; /* its last, unfinished line */
	struct box_tally *box;
	size_t boxes;
	int64_t *latency_ns; /* of alarms */
	size_t latencies, latency_cap;
};

CHECKED enum err tally_new(
	struct tally *out, const char *log, size_t boxes, struct fault *fault);
void tally_free(struct tally *t);
/* Box `box` (from 1) shall sound once. Errors: ERR_NOMEM. */
CHECKED enum err tally_owe(struct tally *t, size_t box, bool alarm, int64_t now_ns);
/* Read what the cabinets logged since the last call. Errors: ERR_FORMAT, ERR_IO. */
CHECKED enum err tally_read(struct tally *t, struct fault *fault);
/* Has this box sounded all that it owes, the last of it at least `rest_ms` ago? */
bool tally_rests(const struct tally *t, size_t box, int64_t rest_ms, int64_t now_ns);
/* Soundings still owed, of all boxes. */
size_t tally_open(const struct tally *t);

struct tally_sums {
	size_t sounded, all_clears, missed, doubled, unsigned_;
	double p50_ms, p99_ms, last_ms; /* from the first operator's start to the relay */
};
struct tally_sums tally_sums(struct tally *t);

#endif
