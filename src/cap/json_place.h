/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_place.h: where in a JSON text a value stands, for sentences about its content. */
#ifndef CAP_JSON_PLACE_H
#define CAP_JSON_PLACE_H

#include "base/bytes.h"

/*
 * Find the value at `path`, as "texts.uk.stop.headline" or "category[1]", in JSON that a
 * parser has already taken. Line and column count from 1 and are those of the value, or of
 * the deepest value on the way that exists. Names with a dot or bracket in them cannot be
 * asked for. Columns count bytes.
 */
struct json_place {
	int line, column;
};

struct json_place json_place_of(struct bytes text, const char *path);

#endif
