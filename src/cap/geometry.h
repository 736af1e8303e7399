/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * geometry.h: the ground that polygons and circles of CAP mean: read exactly as written, across
 * the 180th meridian and around the poles.
 */
#ifndef CAP_GEOMETRY_H
#define CAP_GEOMETRY_H

#include "base/arena.h"
#include "cap/capval.h"
#include "cap/crossing.h"

/* ---- what a polygon says (rules 44, 49, 50) ---- */

/* Numbers of points count from 1; 0 is none. */
struct cap_ring_text {
	struct cap_spot *at;	  /* as written, the last point too; the arena's */
	size_t n;		  /* points read: up to the first that is no pair */
	size_t not_pair;	  /* the first word that is not lat,lon */
	size_t off_globe;	  /* the first point beyond 90 or 180 degrees */
	struct bytes first, last; /* words, borrowed as are the next two */
	struct bytes word;	  /* not_pair's */
	struct bytes off;	  /* off_globe's */
	bool closed;		  /* the last point equals the first, as numbers */
	unsigned decimals;	  /* the most that a number has, without zeros at its end */
};

/*
 * All of `text`, whatever is wrong with it. Digits behind the 16th decimal are dropped (10^-16
 * degrees are a tenth of an atom). Errors: ERR_NOMEM.
 */
CHECKED enum err cap_ring_read(
	struct cap_ring_text *out, struct arena *arena, struct bytes text);

/* Rule 45: "lat,lon radius" with one blank between. Errors: ERR_FORMAT, ERR_RANGE (the centre is
 * not on the globe; 49), ERR_REFUSED (the radius is negative). */
CHECKED enum err cap_circle_read(struct cap_circle *out, struct bytes text);

/* ---- the 180th meridian ---- */

/*
 * Neighbouring points more than 180 degrees of longitude apart (but not all 360, which is the
 * way around the world) are taken to go the short way, across the 180th meridian: east is
 * counted on from there, so that the ring lies in one piece. False, and nothing is changed, if
 * it does not cross, or goes around a pole.
 */
bool cap_ring_unroll(struct cap_spot *ring, size_t n);
/* Does a ring go across the 180th meridian, or lie beyond it? */
bool cap_ring_crosses_180(const struct cap_point *ring, size_t n);

/* Rings, each closed (the last point repeats the first) and between -180 and 180 degrees. */
struct cap_part {
	struct cap_point *at;
	size_t n;
};
struct cap_parts {
	struct cap_part *at;
	size_t n;
};

/*
 * Cut a ring at the 180th meridian: parts west of it, then parts east of it; a ring that does
 * not cross comes back as it is. Longitudes up to 540 degrees either way are understood. A ring
 * around a pole is closed along the edge of the map, so that the pole is inside: the north one
 * if `pole` is 1, the south one if -1; 0: the one that its corners are nearer to. `ring` is
 * closed or not and does not cross itself. The parts are the arena's.
 * Errors: ERR_SHAPE (under 3 points; more than once around the world; around a pole, and to and
 * fro across the meridian), ERR_RANGE (latitude beyond 90, longitude beyond 540), ERR_NOMEM.
 */
CHECKED enum err cap_ring_cut(struct cap_parts *out, struct arena *arena,
	const struct cap_point *ring, size_t n, int pole);

/* ---- circles ---- */

/* Along the great circle on a sphere of 6,371.0088 km (mean radius, IUGG). */
double cap_distance_km(struct cap_point a, struct cap_point b);

/*
 * Rings that hold all that is within the radius, on the sphere and on the spheroid of WGS 84
 * (geodesics differ by 0.56 % at most), and little more: `corners` (8..1024) around, cut at the
 * 180th meridian, closed over a pole. Radius 0 is taken as a metre. The parts are the arena's.
 * Errors: ERR_RANGE (not on the globe, radius negative or not a number), ERR_NOMEM.
 */
CHECKED enum err cap_circle_outline(struct cap_parts *out, struct arena *arena,
	const struct cap_circle *circle, size_t corners);

#endif
