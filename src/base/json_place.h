/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_place.h: where in a JSON text a field stands, for faults about its meaning. The JSON
 * library tells line and column of a wrong form only. */
#ifndef BASE_JSON_PLACE_H
#define BASE_JSON_PLACE_H

#include "base/bytes.h"

/* Both from 1; the column counts bytes. */
struct json_place {
	unsigned line, column;
};

/*
 * The value at `path`, as "segments[2].tone"; for a field that is missing the innermost thing
 * around it that is there. `text` must be JSON that a parser has taken; in any other text the
 * answer is some place within it.
 */
struct json_place json_place_of(struct bytes text, const char *path);

#endif
