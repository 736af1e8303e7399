/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sim.h: a territory in one process and virtual time, everything from one seed (DESIGN section 4).
 *
 * The brains of hub, edge and siren, the store and the state log are the shipped ones; links,
 * disks, clocks and people are simulated and fail. After each event the invariants are checked;
 * after each round everything is healed and all must agree. doc/simulation.md tells the rules.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/hash.h"

struct sim_options {
	uint64_t seed;	/* of the first run */
	uint64_t seeds; /* how many, one after the other */
	/* Each line of the trace and the report; NULL: only the report of what failed. */
	bool verbose;
	void (*say)(void *ctx, const char *line);
	void *ctx;
};

struct sim_result {
	uint64_t runs, failed, first_failed;
	int64_t simulated_ms;
	uint64_t events, alerts, soundings, all_clears, refused, kills, cuts, backups,
		takeovers, forks;
	struct hash
		trace; /* over every line of every run: the same seeds, the same bytes */
};

/* Run them all. Errors: the town cannot be made, ERR_NOMEM. A broken invariant is no error: it is
 * in *out, and was said. */
CHECKED enum err sim_run(
	struct sim_result *out, const struct sim_options *o, struct fault *fault);

/*
 * The command `belfry sim --seeds N [--seed S] [--verbose]`, without the word "sim". Prints to
 * stdout. Exit code: 0 if every invariant held, 1 if not, 2 for wrong arguments.
 */
int sim_command(int argc, char **argv);

#endif
