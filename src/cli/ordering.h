/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ordering.h: draft, read, sign, post: the same for every verb. */
#ifndef CLI_ORDERING_H
#define CLI_ORDERING_H

#include "cli/command.h"

/*
 * Ask the hub for a draft of `ask`, compare it with what was asked, show it, sign it as --key says
 * and post it. `zones`: the person's list, NULL if this verb has none. Gives an exit code.
 */
int order_propose(struct run *run, json_t *ask, const char *zones);
/* `belfry alert approve ID` and `belfry alert reject ID --reason TEXT`. */
int order_approve(struct run *run);
int order_reject(struct run *run);

#endif
