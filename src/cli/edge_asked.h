/* SPDX-License-Identifier: GPL-3.0-or-later */
/* edge_asked.h: an edge's own word on how many entries it has, past the hub. */
#ifndef CLI_EDGE_ASKED_H
#define CLI_EDGE_ASKED_H

#include "cli/succession.h"

/*
 * Ask the edge at this public address for what it has from entry `from` on. Heartbeat and entries
 * must be signed by hubs of the roster. Gives an exit code; EXIT_UNVERIFIED if they are not.
 */
CHECKED int edge_asked(struct run *run, struct edge_word *out, const char *url,
	uint64_t from, const struct roster *roster);

#endif
