/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shape.c: rings as people draw them, and what is wrong with them. */
#include "geo/shape.h"

#include "geo/geos.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
point_on_globe(struct point p)
{
	return isfinite(p.lat) && isfinite(p.lon) && fabs(p.lat) <= 90 &&
	       fabs(p.lon) <= 180;
}

bool
box_contains(const struct box *box, struct point p)
{
	if (p.lat < box->south || p.lat > box->north)
		return false;
	if (box->west <= box->east)
		return p.lon >= box->west && p.lon <= box->east;
	return p.lon >= box->west || p.lon <= box->east;
}

double
degrees_rounded(double degrees)
{
	double v = round(degrees * 1e7) / 1e7;

	return v == 0 ? 0 : v; /* no minus zero */
}

static double
wrapped(double lon)
{
	return lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon;
}

/* What was found so far. */
struct notes {
	struct arena *arena;
	struct findings *found;
	size_t cap;
	bool lost; /* a note, for lack of memory */
};

__attribute__((format(printf, 3, 4))) static void
note(struct notes *notes, struct point at, const char *format, ...)
{
	struct findings *found = notes->found;
	struct finding *f;
	va_list ap;

	if (found->n == notes->cap) {
		size_t cap = 2 * notes->cap + 4;

		f = arena_alloc(notes->arena, cap * sizeof *f);
		if (f == NULL) {
			notes->lost = true;
			return;
		}
		if (found->n > 0)
			memcpy(f, found->at, found->n * sizeof *f);
		found->at = f;
		notes->cap = cap;
	}
	f = &found->at[found->n++];
	f->at = (struct point){at.lat, wrapped(at.lon)};
	va_start(ap, format);
	vsnprintf(f->what, sizeof f->what, format, ap);
	va_end(ap);
}

static enum err
ring_start(struct ring *out, struct arena *arena, const struct ring *in)
{
	out->at = arena_alloc(
		arena, (in->n + 1) * sizeof *out->at); /* one more, to close it */
	if (out->at == NULL)
		return ERR_NOMEM;
	out->n = in->n;
	for (size_t i = 0; i < in->n; i++) {
		out->at[i].lat = degrees_rounded(in->at[i].lat);
		out->at[i].lon = degrees_rounded(in->at[i].lon);
	}
	return ERR_OK;
}

static enum err
shape_start(struct shape *out, struct arena *arena, const struct shape *in)
{
	enum err err = ERR_OK;

	out->n = in->n;
	out->polygon = arena_alloc(arena, (in->n + 1) * sizeof *out->polygon);
	if (out->polygon == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < in->n; i++) {
		struct polygon *p = &out->polygon[i];

		p->n = in->polygon[i].n;
		p->ring = arena_alloc(arena, (p->n + 1) * sizeof *p->ring);
		if (p->ring == NULL)
			return ERR_NOMEM;
		for (size_t k = 0; k < p->n && err == ERR_OK; k++)
			err = ring_start(&p->ring[k], arena, &in->polygon[i].ring[k]);
	}
	return err;
}

static bool
same(struct point a, struct point b)
{
	return a.lat == b.lat && a.lon == b.lon;
}

/* All points on one line, or on one spot. */
static bool
is_flat(const struct ring *ring)
{
	struct point a = ring->at[0], b = a;

	for (size_t i = 1; i < ring->n; i++) {
		struct point c = ring->at[i];
		double turn = (b.lon - a.lon) * (c.lat - a.lat) -
			      (b.lat - a.lat) * (c.lon - a.lon);

		if (same(a, b))
			b = c;
		else if (fabs(turn) > 5e-15) /* positions are multiples of 1e-7 */
			return false;
	}
	return true;
}

/* What is to become of a ring or of a shape. */
enum verdict {
	KEEP,
	DROP,  /* mending leaves it out */
	FAULT, /* not without mending */
	FATAL, /* not even then */
};

static enum verdict
ring_judge(struct ring *ring, bool mend, struct notes *notes)
{
	struct point first = ring->n > 0 ? ring->at[0] : (struct point){0, 0};
	double west, east;

	if (ring->n > 1 && !same(first, ring->at[ring->n - 1])) {
		note(notes, first,
			mend ? "the ring was open and was closed"
			     : "the ring does not close: its last position must "
			       "repeat its first");
		if (!mend)
			return FAULT;
		ring->at[ring->n++] = first;
	}
	if (ring->n < 4) {
		note(notes, first, "the ring has %zu positions%s", ring->n,
			mend ? " and was left out" : "; it needs 4 or more");
		return mend ? DROP : FAULT;
	}
	if (ring_unwrap(ring) != 0) {
		notes->found->fatal = true;
		note(notes, first,
			"the ring goes around a pole: cut it at the 180th meridian, "
			"as RFC 7946 section 3.1.9 says");
		return FATAL;
	}
	ring_reach(ring, &west, &east);
	if (west < -540 || east > 540) {
		notes->found->fatal = true;
		note(notes, first, "the ring winds around the globe more than once");
		return FATAL;
	}
	if (is_flat(ring)) {
		note(notes, first, "the ring encloses no ground%s",
			mend ? " and was left out" : ": all its points lie on one line");
		return mend ? DROP : FAULT;
	}
	return KEEP;
}

/* A hole across the 180th meridian is brought to the side on which its polygon runs. */
static void
hole_align(struct ring *hole, const struct ring *outside)
{
	double west, east, w, e, shift;

	ring_reach(outside, &west, &east);
	ring_reach(hole, &w, &e);
	shift = 360 * round(((west + east) - (w + e)) / 720);
	for (size_t i = 0; i < hole->n; i++)
		hole->at[i].lon += shift;
}

static enum verdict
polygon_judge(struct polygon *p, bool mend, struct notes *notes)
{
	enum verdict worst = p->n > 0 ? KEEP : DROP;
	size_t kept = 0;

	for (size_t k = 0; k < p->n; k++) {
		enum verdict v = ring_judge(&p->ring[k], mend, notes);

		if (v == DROP && k == 0)
			return DROP; /* without its outside a polygon has no ground */
		if (v == KEEP) {
			if (k > 0 && worst == KEEP)
				hole_align(&p->ring[k], &p->ring[0]);
			p->ring[kept++] = p->ring[k];
		} else if (v != DROP && v > worst) {
			worst = v;
		}
	}
	p->n = kept;
	return worst;
}

static enum verdict
rings_judge(struct shape *s, bool mend, struct notes *notes)
{
	enum verdict worst = KEEP;
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		enum verdict v = polygon_judge(&s->polygon[i], mend, notes);

		if (v == KEEP)
			s->polygon[kept++] = s->polygon[i];
		else if (v != DROP && v > worst)
			worst = v;
	}
	s->n = kept;
	if (worst == KEEP && kept == 0) {
		notes->found->fatal = true;
		note(notes,
			notes->found->n > 0 ? notes->found->at[0].at : (struct point){0, 0},
			"no ground is left");
		return FATAL;
	}
	return worst;
}

static const char *
plain_reason(const char *reason)
{
	static const struct {
		const char *geos, *plain;
	} word[] = {
		{"Ring Self-intersection", "a ring touches itself"},
		{"Self-intersection", "a ring crosses itself or another ring"},
		{"Hole lies outside", "a hole lies outside its polygon"},
		{"Holes are nested", "a hole lies inside another hole"},
		{"Nested holes", "a hole lies inside another hole"},
		{"Interior is disconnected", "touching rings cut the ground in pieces"},
		{"Nested shells", "a polygon lies inside another one of the same zone"},
		{"Duplicate", "a ring is there twice"},
		{"Too few points", "a ring has too few different points"},
	};

	for (size_t i = 0; reason != NULL && i < sizeof word / sizeof *word; i++)
		if (strstr(reason, word[i].geos) != NULL)
			return word[i].plain;
	return "the outline is not valid";
}

/* Errors: ERR_SHAPE (with a finding), ERR_NOMEM. */
static enum err
geos_judge(GEOSContextHandle_t h, GEOSGeometry *g, struct point near, struct notes *notes)
{
	GEOSGeometry *where = NULL;
	char *reason = NULL, valid;
	double lon, lat;

	if (g == NULL)
		return ERR_NOMEM;
	valid = GEOSisValidDetail_r(h, g, 0, &reason, &where);
	GEOSGeom_destroy_r(h, g);
	if (valid != 1) {
		if (where != NULL && GEOSGeomGetX_r(h, where, &lon) == 1 &&
			GEOSGeomGetY_r(h, where, &lat) == 1)
			near = (struct point){degrees_rounded(lat), degrees_rounded(lon)};
		note(notes, near, "%s", plain_reason(reason));
	}
	GEOSFree_r(h, reason);
	GEOSGeom_destroy_r(h, where);
	return valid == 1 ? ERR_OK : ERR_SHAPE;
}

/* Each polygon alone, in the longitudes in which it is drawn. */
static enum err
polygons_judge(GEOSContextHandle_t h, const struct shape *s, struct notes *notes)
{
	enum err err, worst = ERR_OK;

	for (size_t i = 0; i < s->n; i++) {
		err = geos_judge(h, geos_polygon(h, &s->polygon[i]),
			s->polygon[i].ring[0].at[0], notes);
		if (err == ERR_NOMEM)
			return err;
		if (err != ERR_OK)
			worst = err;
	}
	return worst;
}

/* All of them together, on the globe. */
static enum err
whole_judge(GEOSContextHandle_t h, const struct shape *s, struct notes *notes)
{
	if (s->n == 1)
		return ERR_OK;
	return geos_judge(h, geos_shape(h, s), s->polygon[0].ring[0].at[0], notes);
}

static GEOSGeometry *
ring_ground(GEOSContextHandle_t h, struct ring *ring)
{
	GEOSGeometry *drawn = geos_polygon(h, &(struct polygon){ring, 1});
	GEOSGeometry *valid = drawn ? GEOSMakeValid_r(h, drawn) : NULL;

	GEOSGeom_destroy_r(h, drawn);
	return geos_ground(h, valid);
}

/* The outside alone, then each hole alone taken away: so a hole that lies outside, or an
 * overlap of two holes, never becomes ground. */
static GEOSGeometry *
polygon_ground(GEOSContextHandle_t h, const struct polygon *p)
{
	GEOSGeometry *ground = ring_ground(h, &p->ring[0]);

	for (size_t k = 1; k < p->n && ground != NULL; k++) {
		GEOSGeometry *hole = ring_ground(h, &p->ring[k]);
		GEOSGeometry *less = hole ? GEOSDifference_r(h, ground, hole) : NULL;

		GEOSGeom_destroy_r(h, hole);
		GEOSGeom_destroy_r(h, ground);
		ground = less;
	}
	return ground;
}

static GEOSGeometry *
shape_ground(GEOSContextHandle_t h, const struct shape *s)
{
	GEOSGeometry *all = polygon_ground(h, &s->polygon[0]), *both;

	for (size_t i = 1; i < s->n && all != NULL; i++) {
		GEOSGeometry *one = polygon_ground(h, &s->polygon[i]);

		both = one ? GEOSUnion_r(h, all, one) : NULL;
		GEOSGeom_destroy_r(h, one);
		GEOSGeom_destroy_r(h, all);
		all = both;
	}
	both = all ? GEOSGeom_setPrecision_r(h, all, 1e-7, 0) : NULL;
	GEOSGeom_destroy_r(h, all);
	return geos_ground(h, both);
}

/* Twice the signed area in square degrees; counter-clockwise is positive. */
static double
ring_turn(const struct ring *ring)
{
	double sum = 0;

	for (size_t i = 1; i < ring->n; i++)
		sum += (ring->at[i - 1].lon - ring->at[0].lon) *
			       (ring->at[i].lat - ring->at[0].lat) -
		       (ring->at[i].lon - ring->at[0].lon) *
			       (ring->at[i - 1].lat - ring->at[0].lat);
	return sum;
}

static double
ring_km2(const struct ring *ring)
{
	double sum = 0, degree = M_PI / 180, r_km = 6371.0088; /* mean radius, IUGG */

	for (size_t i = 1; i < ring->n; i++) {
		struct point a = ring->at[i - 1], b = ring->at[i];

		sum += (b.lon - a.lon) * degree *
		       (2 + sin(a.lat * degree) + sin(b.lat * degree));
	}
	return fabs(sum) / 2 * r_km * r_km;
}

double
shape_km2(const struct shape *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->polygon[i].n; k++)
			sum += (k == 0 ? 1 : -1) * ring_km2(&s->polygon[i].ring[k]);
	return sum;
}

static void
orient(struct shape *s)
{
	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < s->polygon[i].n; k++) {
			struct ring *ring = &s->polygon[i].ring[k];

			if ((ring_turn(ring) > 0) == (k == 0))
				continue;
			for (size_t a = 0, b = ring->n - 1; a < b; a++, b--) {
				struct point p = ring->at[a];

				ring->at[a] = ring->at[b];
				ring->at[b] = p;
			}
		}
	}
}

static bool
leaves_globe(const struct polygon *p)
{
	double west, east;

	ring_reach(&p->ring[0], &west, &east);
	return west < -180 || east > 180;
}

/* Redraw crossing rings and overlapping polygons, and tell beside each finding what came of
 * it. */
static enum err
redraw(GEOSContextHandle_t h, struct shape *s, struct notes *notes, size_t first)
{
	struct point at = s->polygon[0].ring[0].at[0];
	GEOSGeometry *ground = shape_ground(h, s);
	double before = shape_km2(s), after;
	enum err err = ERR_OK;

	*s = (struct shape){0};
	if (ground != NULL)
		err = shape_append(s, notes->arena, h, ground, 0);
	GEOSGeom_destroy_r(h, ground);
	if (err != ERR_OK)
		return err;
	if (s->n == 0) {
		notes->found->fatal = true;
		note(notes, at, "no ground can be made of it");
		return ERR_SHAPE;
	}
	after = shape_km2(s);
	for (size_t i = first; i < notes->found->n; i++) {
		char *what = notes->found->at[i].what;
		size_t len = strlen(what);

		snprintf(what + len, sizeof notes->found->at[i].what - len,
			"; redrawn, the ground went from %.4f to %.4f km2 in %zu polygon%s",
			before, after, s->n, s->n == 1 ? "" : "s");
	}
	return ERR_OK;
}

/* Polygon by polygon: together they may overlap, which GEOS would not cut. */
static enum err
to_globe(GEOSContextHandle_t h, struct shape *s, struct notes *notes)
{
	struct point at = s->polygon[0].ring[0].at[0];
	struct shape cut = {0};
	enum err err = ERR_OK;
	size_t kept = 0;

	for (size_t i = 0; i < s->n && err == ERR_OK; i++) {
		if (leaves_globe(&s->polygon[i]))
			err = polygon_cut(&cut, notes->arena, h, &s->polygon[i]);
		else
			s->polygon[kept++] = s->polygon[i];
	}
	s->n = kept;
	if (err == ERR_OK)
		err = shape_join(s, notes->arena, &cut);
	if (err != ERR_OK || s->n > 0)
		return err;
	notes->found->fatal = true;
	note(notes, at, "no ground is left");
	return ERR_SHAPE;
}

static enum err
settle_with(GEOSContextHandle_t h, struct shape *s, bool mend, struct notes *notes)
{
	size_t first = notes->found->n;
	enum err err = polygons_judge(h, s, notes);

	if (err == ERR_SHAPE && mend)
		err = redraw(h, s, notes, first);
	if (err == ERR_OK)
		err = to_globe(h, s, notes);
	if (err != ERR_OK)
		return err;
	first = notes->found->n;
	err = whole_judge(h, s, notes);
	if (err == ERR_SHAPE && mend)
		err = redraw(h, s, notes, first);
	if (err == ERR_OK)
		orient(s);
	return err;
}

enum err
shape_settle(struct shape *out, struct arena *arena, const struct shape *in, bool mend,
	struct findings *found)
{
	struct notes notes = {.arena = arena, .found = found};
	GEOSContextHandle_t h;
	struct shape s;
	enum err err;

	*found = (struct findings){0};
	err = shape_start(&s, arena, in);
	if (err != ERR_OK)
		return err;
	if (rings_judge(&s, mend, &notes) != KEEP)
		return notes.lost ? ERR_NOMEM : ERR_SHAPE;
	h = geos_new();
	if (h == NULL)
		return ERR_NOMEM;
	err = settle_with(h, &s, mend, &notes);
	GEOS_finish_r(h);
	if (err == ERR_OK && notes.lost)
		err = ERR_NOMEM;
	if (err == ERR_OK)
		*out = s;
	return err;
}
