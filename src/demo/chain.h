/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chain.h: starts the programs of an instance and ends them: cabinets, edge, hub, sirens. Each
 * writes to DIR/log/NAME.log; only processes started here are ended.
 */
#ifndef DEMO_CHAIN_H
#define DEMO_CHAIN_H

#include "cli/api.h"
#include "demo/instance.h"

#include <stdio.h>
#include <sys/types.h>

enum { CHAIN_PROGRAMS = 16 };

struct program {
	char name[32];
	pid_t pid;
	char log[4096];
};

struct chain {
	const struct instance *in;
	const char *bin; /* folder of the programs */
	FILE *told;	 /* progress; NULL: none */
	struct api *api;
	struct program program[CHAIN_PROGRAMS];
	int count;
};

/*
 * Start all, wait until each is ready, hand the hub zones and sirens if it has none. On an error
 * everything is ended again; the sentence holds the failing program's last line. `fleet`: all
 * sirens in one process.
 */
CHECKED enum err chain_start(struct chain *out, const struct instance *in, const char *bin,
	bool fleet, FILE *told, struct fault *fault);
/* SIGTERM to each, the sirens first, SIGKILL after 5 s. */
void chain_stop(struct chain *c);
/* Did one of them end by itself? Its name and last line are in the sentence. */
CHECKED enum err chain_look(struct chain *c, struct fault *fault);

#endif
