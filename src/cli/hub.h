/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hub.h: asking the hub from a command: by its socket, or through ssh. */
#ifndef CLI_HUB_H
#define CLI_HUB_H

#include "cli/api.h"
#include "cli/command.h"

/*
 * Ask; opens the connection at the first call, where --hub, --via or the environment say. `body`
 * (NULL: none) is borrowed. EXIT_GOOD: *out is the answer, the caller's. Else the exit code; the
 * sentence has been said.
 */
CHECKED int hub_ask(struct run *run, json_t **out, const char *method, const char *path,
	const json_t *body);
/* The same, but what is not there is no failure: *out is NULL then. */
CHECKED int hub_ask_perhaps(struct run *run, json_t **out, const char *path);
void hub_close(struct run *run);

/*
 * The whole id (16 digits) of which the person gave the first or last 4 or more: among living and past
 * alerts, or among proposals. Says what is wrong: none, or several.
 */
enum id_of { ID_OF_ALERT, ID_OF_PROPOSAL, ID_OF_EITHER };
CHECKED int hub_id(struct run *run, char out[17], const char *given, enum id_of of);
/* The newest proposal that still waits for a signature. Says so if none does. */
CHECKED int hub_last_waiting(struct run *run, char out[17]);

#endif
