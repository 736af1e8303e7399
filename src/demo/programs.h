/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * programs.h: starts the programs of an instance and ends them: cabinets, edge, hub, sirens. Each
 * writes to DIR/log/NAME.log; only processes started here are ended.
 */
#ifndef DEMO_PROGRAMS_H
#define DEMO_PROGRAMS_H

#include "cli/api.h"
#include "demo/instance.h"

#include <stdio.h>
#include <sys/types.h>

enum { PROGRAMS_MAX = 16 };

struct program {
	char name[32];
	pid_t pid;
	char log[4096];
};

struct programs {
	const struct instance *in;
	const char *bin; /* folder of the programs */
	FILE *told;	 /* progress; NULL: none */
	struct api *api;
	struct program program[PROGRAMS_MAX];
	int count;
};

/*
 * Start all, wait until each is ready, hand the hub zones and sirens if it has none. On an error
 * everything is ended again; the sentence holds the failing program's last line. `fleet`: all
 * sirens in one process.
 */
CHECKED enum err programs_start(struct programs *out, const struct instance *in,
	const char *bin, bool fleet, FILE *told, struct fault *fault);
/* SIGTERM to each, the sirens first, SIGKILL after 5 s. */
void programs_stop(struct programs *c);
/* Did one of them end by itself? Its name and last line are in the sentence. */
CHECKED enum err programs_look(struct programs *c, struct fault *fault);

#endif
