/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * area.h: the ground that an alert covers, and the zones that it concerns. In doubt more
 * people are warned, not fewer: what only touches is inside.
 */
#ifndef GEO_AREA_H
#define GEO_AREA_H

#include "geo/zones.h"

enum {
	AREA_CORNERS_MAX = 20000, /* of one polygon */
	AREA_PARTS_MAX = 2000,	  /* polygons and circles of one area */
};
#define AREA_RADIUS_KM_MAX 20100.0 /* from anywhere, this reaches everywhere */

struct area; /* opaque; the fields are in area.c */

/* On success the caller owns *out, which is empty, and ends it with area_free(). Errors:
 * ERR_NOMEM. */
CHECKED enum err area_new(struct area **out);
void area_free(struct area *a); /* NULL is fine */

/*
 * Add the ground inside a ring of `n` corners (CAP 1.2 section 3.2.4, polygon); the last side
 * is closed if it is open. Sides are straight in latitude and longitude; a side of more than
 * 180 degrees of longitude goes the short way across the date line; a ring around a pole holds
 * the pole on whose half of the earth its corners mostly lie. A ring that crosses itself
 * covers all that its line encloses; a ring without ground covers its line.
 * Errors: ERR_RANGE (no corner, too many, or one not on the globe), ERR_FULL (too many parts),
 * ERR_NOMEM.
 */
CHECKED enum err area_add_polygon(
	struct area *a, const struct point *corner, size_t n, struct fault *fault);

/*
 * Add a circle (CAP 1.2 section 3.2.4, circle), measured on the WGS 84 spheroid. It is drawn
 * as a polygon of 360 corners just outside it: never smaller than the circle, and larger by at
 * most 0.03 % of the radius and 3 cm. Radius 0 is a point; over 5,000 km is the whole globe.
 * Errors: ERR_RANGE (centre not on the globe, radius below 0 or over AREA_RADIUS_KM_MAX),
 * ERR_FULL, ERR_NOMEM.
 */
CHECKED enum err area_add_circle(
	struct area *a, struct point centre, double radius_km, struct fault *fault);

/* The edge counts as inside; to the centimetre. */
CHECKED enum err area_contains(bool *out, const struct area *a, struct point p);

/* The zones made ready for questions. Not for two threads at once. */
struct zone_index;

/* Borrows `zones` until zone_index_free(). Errors: ERR_REFUSED (the zones were read without
 * their geometry), ERR_SHAPE (not settled by shape_settle()), ERR_NOMEM. */
CHECKED enum err zone_index_new(
	struct zone_index **out, const struct zones *zones, struct fault *fault);
void zone_index_free(struct zone_index *ix); /* NULL is fine */

/*
 * The zones that an area concerns, part by part:
 *  - every zone without children that the part touches, edges included;
 *  - a zone with children, where the part touches ground of it on which no deeper zone and no
 *    zone without children lies (a spot over about 4 km wide: narrower strips come from
 *    outlines that do not quite fit): nobody there would hear it otherwise;
 *  - if that names none, the deepest zones that the part touches.
 *  - No zone named is within another one named.
 * Writes at most `max` numbers, ascending, and the whole count to *n. Errors: ERR_FULL (more
 * than `max`; zones_parts()->zone_count is always enough), ERR_NOMEM.
 */
CHECKED enum err zone_index_area(
	struct zone_index *ix, const struct area *a, uint16_t *out, size_t max, size_t *n);
/* The deepest zones in which a point lies; on a shared edge, all of them. As above. */
CHECKED enum err zone_index_point(
	struct zone_index *ix, struct point p, uint16_t *out, size_t max, size_t *n);

/* The edge counts as inside; a hole does not. False also for a zone without geometry. */
bool zone_contains_point(const struct zone *zone, struct point p);

#endif
