/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shape.h: ground: polygons with holes, checked, mended and brought to one form. */
#ifndef GEO_SHAPE_H
#define GEO_SHAPE_H

#include "base/arena.h"

/* Degrees, WGS 84; north and east are positive. A side between two points is straight in
 * latitude and longitude, as RFC 7946 section 3.1.1 says. */
struct point {
	double lat, lon;
};

/* An upright box; its edges are inside. West greater than east: it crosses the 180th
 * meridian. */
struct box {
	double south, west, north, east;
};

struct ring {
	struct point *at;
	size_t n; /* closed: the last point repeats the first */
};

struct polygon {
	struct ring *ring; /* the first is the outside, the others are holes */
	size_t n;
};

struct shape {
	struct polygon *polygon;
	size_t n; /* 0: no geometry is known */
};

bool point_on_globe(struct point p); /* finite, and within ±90 and ±180 degrees */
bool box_contains(const struct box *box, struct point p);
/* Nearest multiple of 10^-7 degrees (about 1 cm), which is all that is kept and written. */
double degrees_rounded(double degrees);

/* One thing that is wrong with a shape, or that mending changed. */
struct finding {
	struct point at;
	char what
		[200]; /* "the ring crosses itself"; mended: "…; the ground went from … to …" */
};

struct findings {
	struct finding *at; /* in the arena of the shape */
	size_t n;
	bool fatal; /* the last one: mending cannot help, the author must draw it anew */
};

/*
 * Bring rings as an author drew them to one form:
 *  - each ring is closed, has 4 positions or more and encloses ground; rings do not cross
 *    themselves or each other; holes lie inside their polygon (OGC simple features, as GEOS
 *    judges it);
 *  - a shape that crosses the 180th meridian is cut there (RFC 7946 section 3.1.9). An author
 *    who cut it is left alone. A ring whose neighbouring positions lie more than 180 degrees
 *    of longitude apart is taken to go the short way across the meridian, and is cut for him;
 *  - outsides run counter-clockwise and holes clockwise (RFC 7946 section 3.1.6), which is not
 *    reported as a change;
 *  - all coordinates are multiples of 10^-7 degrees.
 * Every position of `in` must be on the globe. `in` is not changed; *out lives in `arena`.
 *
 * With `mend` false, each fault is put in `found` and ERR_SHAPE is returned. With `mend` true,
 * open rings are closed, rings without ground dropped, crossings resolved: ground that a
 * crossing ring winds around an odd number of times is kept, holes are taken away, parts that
 * overlap are joined. Each change is put in `found`.
 * Errors: ERR_SHAPE (also when nothing is left after mending, or a ring goes around a pole:
 * the last finding tells,
 * and found->fatal is set), ERR_NOMEM.
 */
CHECKED enum err shape_settle(struct shape *out, struct arena *arena,
	const struct shape *in, bool mend, struct findings *found);

/* About, by straight sides on a sphere; for people to compare. */
double shape_km2(const struct shape *s);

#endif
