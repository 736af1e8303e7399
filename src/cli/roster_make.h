/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_make.h: the next roster: from an edited text, or by adding and removing. */
#ifndef CLI_ROSTER_MAKE_H
#define CLI_ROSTER_MAKE_H

#include "cli/trust.h"

enum { ROSTER_OPTIONS = 7 };
/* Those of `belfry roster propose`, ended by a NULL name. */
extern const struct option_line roster_make_options[ROSTER_OPTIONS + 1];

/*
 * The document's text after `now` (NULL: the first roster), as the options say: --from, --add,
 * --remove, --add-hub and, for the first, --territory and --mode. Serial and the hash of the one
 * before are set here. Gives an exit code.
 */
CHECKED int roster_make(struct run *run, struct buffer *out, const struct roster *now,
	struct bytes now_text);

#endif
