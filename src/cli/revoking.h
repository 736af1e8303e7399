/* SPDX-License-Identifier: GPL-3.0-or-later */
/* revoking.h: what administrators bring to the hub: signed documents and revocations. */
#ifndef CLI_REVOKING_H
#define CLI_REVOKING_H

#include "cli/command.h"

/* `belfry roster submit`, `belfry zones submit`. Gives an exit code. */
int document_submit(struct run *run, const char *kind, const char *path);
/* `belfry roster revoke N`. */
int key_revoke(struct run *run);
/* `belfry roster suspend MANDATE`. */
int mandate_suspend(struct run *run);

#endif
