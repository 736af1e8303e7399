/* SPDX-License-Identifier: GPL-3.0-or-later */
/* revocations.h: which keys are void, since when, by whom: from the hub, checked here. */
#ifndef CLI_REVOCATIONS_H
#define CLI_REVOCATIONS_H

#include "cli/trust.h"

struct revocations {
	json_t *list; /* as the hub tells them, each with "verified": by the roster in force */
	struct revoked revoked; /* those that verify */
};

/* Gives an exit code. On EXIT_GOOD the caller ends *out with revocations_free(). */
CHECKED int revocations_ask(
	struct run *run, struct revocations *out, const struct trust *trust);
void revocations_free(struct revocations *r);
/* A line each. */
void revocations_say(const struct revocations *r, const struct roster *roster);

#endif
