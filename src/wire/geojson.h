/* SPDX-License-Identifier: GPL-3.0-or-later */
/* geojson.h: the zones of a territory from the file that its author drew (RFC 7946). */
#ifndef WIRE_GEOJSON_H
#define WIRE_GEOJSON_H

#include "geo/zones.h"

enum { GEOJSON_BYTES_MAX = 64 * 1024 * 1024 };

struct geojson_options {
	const struct zones *previous; /* the version before; NULL: this is the first */
	const struct box *box;	      /* where the territory lies; NULL: anywhere */
	bool mend;	    /* repair what can be, and record it (zones_parts()) */
	struct buffer *all; /* NULL, or gets every fault in a feature, a line each */
};

/*
 * Read a FeatureCollection. Of each feature:
 *   properties.id, else id  text or whole number: the key
 *   properties.number       its number; left out, numbers_give() finds it
 *   properties.parent       id of the zone around it; none: left out, null, 0 or ""
 *   properties.level        a word
 *   properties.name, name_uk, name:uk …   names; what is empty or null is passed over
 *   properties.aliases      one id or a list of them
 *   properties.shelter_s    whole seconds; null: not known
 *   geometry                Polygon or MultiPolygon, brought to one form by shape_settle()
 * Other properties are passed over. Beside the features, "groups" may list
 * {"number":1,"zones":["id", …]}.
 * All or nothing: on success the caller owns *out and ends it with zones_free(). The sentence
 * names the first feature at fault (counted from 1, with its id), the place and the mend, and
 * how many more there are.
 * Errors: ERR_FORMAT (also: not JSON, no features), ERR_RANGE, ERR_SHAPE, ERR_DUPLICATE,
 * ERR_UNKNOWN, ERR_CONFLICT, ERR_FULL, ERR_NOMEM.
 */
CHECKED enum err geojson_read_zones(struct zones **out, struct bytes text,
	const struct geojson_options *options, struct fault *fault);

#endif
