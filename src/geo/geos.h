/* SPDX-License-Identifier: GPL-3.0-or-later */
/* geos.h: GEOS objects from our shapes and back; seen by src/geo alone. */
#ifndef GEO_GEOS_H
#define GEO_GEOS_H

#include "geo/shape.h"

#include <geos_c.h>

/* A context that keeps quiet about errors: results tell. NULL if there is no memory. End with
 * GEOS_finish_r(). */
GEOSContextHandle_t geos_new(void);

/* Each returns NULL if there is no memory or GEOS refuses the ring; the caller owns the
 * result. */
GEOSGeometry *geos_ring(GEOSContextHandle_t h, const struct ring *ring, bool line);
GEOSGeometry *geos_polygon(GEOSContextHandle_t h, const struct polygon *p);
GEOSGeometry *geos_shape(GEOSContextHandle_t h, const struct shape *s);
GEOSGeometry *geos_point(GEOSContextHandle_t h, struct point p);
GEOSGeometry *geos_box(GEOSContextHandle_t h, double west, double east);
/* The union of the parts that have ground. Takes `g`; NULL gives NULL. */
GEOSGeometry *geos_ground(GEOSContextHandle_t h, GEOSGeometry *g);

/* The polygons of `g` (lines and points are left out), moved `shift` degrees east, appended to
 * *out, which lives in `arena`. Errors: ERR_NOMEM. */
CHECKED enum err shape_append(struct shape *out, struct arena *arena, GEOSContextHandle_t h,
	const GEOSGeometry *g, double shift);

/*
 * Make longitudes run on without jumps: each side goes the short way. Returns by how many
 * degrees the end misses the start: 0, or ±360 if the ring goes around a pole.
 */
double ring_unwrap(struct ring *ring);
/* The western and eastern end. */
void ring_reach(const struct ring *ring, double *west, double *east);

/* Append the polygons of `more` to *out. Errors: ERR_NOMEM. */
CHECKED enum err shape_join(
	struct shape *out, struct arena *arena, const struct shape *more);

/* Append a valid polygon, whose longitudes run up to 540 degrees either way, cut at the
 * meridians ±180 and put back on the globe. Errors: ERR_NOMEM. */
CHECKED enum err polygon_cut(struct shape *out, struct arena *arena, GEOSContextHandle_t h,
	const struct polygon *p);

#endif
