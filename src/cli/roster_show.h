/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_show.h: rosters in words. */
#ifndef CLI_ROSTER_SHOW_H
#define CLI_ROSTER_SHOW_H

#include "cli/trust.h"

void roster_say(const struct roster *r);
/* What `next` changes in `now` (NULL: it is the first), a line each; the number of changes. */
int roster_say_changes(const struct roster *now, const struct roster *next);
void roster_hex(char out[65], const struct roster *r);

#endif
