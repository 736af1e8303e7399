/* SPDX-License-Identifier: GPL-3.0-or-later */
/* geojson_shape.h: outlines as GeoJSON geometries (RFC 7946 section 3.1). */
#ifndef WIRE_GEOJSON_SHAPE_H
#define WIRE_GEOJSON_SHAPE_H

#include "geo/shape.h"

#include <jansson.h>

/*
 * A Polygon or MultiPolygon as its author drew it, in `arena`: positions are numbers, on the
 * globe and, if `box` is given, in it; heights are left out. Nothing is known of its rings yet
 * (shape_settle()).
 * Errors: ERR_FORMAT (not such a geometry), ERR_RANGE (a position elsewhere), ERR_NOMEM; the
 * sentence says where.
 */
CHECKED enum err geojson_shape_read(struct shape *out, struct arena *arena,
	const json_t *geometry, const struct box *box, struct fault *fault);

/* One part is written as a Polygon, more as a MultiPolygon; 7 decimals at most. */
void geojson_shape_write(struct buffer *out, const struct shape *shape);

/* As jansson's error: "line 3, column 14: …", safe to show. */
CHECKED enum err geojson_fault(struct fault *fault, const json_error_t *error);

#endif
