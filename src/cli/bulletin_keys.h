/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bulletin_keys.h: by whose keys a bulletin is judged, and why these. */
#ifndef CLI_BULLETIN_KEYS_H
#define CLI_BULLETIN_KEYS_H

#include "bulletin/fork.h"
#include "cli/command.h"

#include <stdio.h>

enum { REIGNS = 16 };

struct bulletin_keys {
	uint32_t territory;
	size_t reigns; /* at least 1; the first is the first term's */
	struct reign reign[REIGNS];
	uint64_t last_number
		[REIGNS]; /* of the term before, as the takeover said; [0] unused */
	char trust[256];  /* in words */
};

/*
 * From --key-of, --roster (or the person's own pinned roster), else from the bulletin's own first
 * entry, which only shows that the bulletin agrees with itself. Takeovers in `source` count if two
 * operators signed them. Gives an exit code.
 */
CHECKED int bulletin_keys_find(struct run *run, struct bulletin_keys *out, FILE *source);

#endif
