/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ordering.h: draft, read, sign, post: the same for every verb. */
#ifndef CLI_ORDERING_H
#define CLI_ORDERING_H

#include "cli/command.h"

/*
 * Ask the hub for a draft of `ask`, compare it with what was asked, show it, sign it as --key says
 * and post it. `zones`: the person's list, NULL if this verb has none. `outcome` may be NULL; else,
 * with --json, it receives what would be printed, the caller's. Gives an exit code.
 */
int order_propose(struct run *run, json_t *ask, const char *zones, json_t **outcome);
/* `belfry alert approve ID` and `belfry alert reject ID --reason TEXT`. */
int order_approve(struct run *run);
int order_reject(struct run *run);

#endif
