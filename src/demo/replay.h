/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay.h: recorded days of alerts through a whole chain: `belfry replay`, `belfry demo`.
 *
 * One siren stands in each zone. Two operators' key files propose and approve over the hub's
 * socket; what sounded is counted in the cabinets' relays.
 */
#ifndef DEMO_REPLAY_H
#define DEMO_REPLAY_H

#include "demo/programs.h"
#include "demo/recorded.h"
#include "demo/tally.h"

struct replay_options {
	double speed;	   /* times life; 0: as fast as the chain holds */
	int64_t expires_s; /* of an alarm whose end the source does not tell, in recorded time */
	FILE *progress; /* NULL: none */
};

struct replay_result {
	size_t alerts; /* orders of new alerts */
	size_t zones;  /* different zones warned */
	size_t joined; /* rows that extended an alarm on air */
	size_t all_clears, ended_silently;
	struct tally_sums sums;
	double seconds; /* it took */
};

/* Play the rows. Errors: a program of the chain ended, the hub refused what it should not. */
CHECKED enum err replay_run(struct replay_result *out, struct programs *programs,
	const struct recording *rows, struct tally *tally,
	const struct replay_options *options, struct fault *fault);

#endif
