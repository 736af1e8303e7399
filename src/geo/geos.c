/* SPDX-License-Identifier: GPL-3.0-or-later */
/* geos.c: between our shapes and the GEOS library, and around the 180th meridian. */
#include "geo/geos.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
quiet(const char *message, void *user)
{
	(void)message;
	(void)user;
}

GEOSContextHandle_t
geos_new(void)
{
	GEOSContextHandle_t h = GEOS_init_r();

	if (h != NULL) {
		GEOSContext_setErrorMessageHandler_r(h, quiet, NULL);
		GEOSContext_setNoticeMessageHandler_r(h, quiet, NULL);
	}
	return h;
}

static GEOSCoordSequence *
positions(GEOSContextHandle_t h, const struct point *at, size_t n)
{
	double *xy = n > 0 && n <= UINT32_MAX ? malloc(n * 2 * sizeof *xy) : NULL;
	GEOSCoordSequence *seq;

	if (xy == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		xy[2 * i] = at[i].lon;
		xy[2 * i + 1] = at[i].lat;
	}
	seq = GEOSCoordSeq_copyFromBuffer_r(h, xy, (unsigned)n, 0, 0);
	free(xy);
	return seq;
}

GEOSGeometry *
geos_ring(GEOSContextHandle_t h, const struct ring *ring, bool line)
{
	GEOSCoordSequence *seq = positions(h, ring->at, ring->n);

	if (seq == NULL)
		return NULL;
	return line ? GEOSGeom_createLineString_r(h, seq)
		    : GEOSGeom_createLinearRing_r(h, seq);
}

GEOSGeometry *
geos_polygon(GEOSContextHandle_t h, const struct polygon *p)
{
	GEOSGeometry **hole = calloc(p->n, sizeof *hole), *shell, *made = NULL;
	size_t n = 0;

	if (hole == NULL)
		return NULL;
	shell = geos_ring(h, &p->ring[0], false);
	while (shell != NULL && n + 1 < p->n) {
		hole[n] = geos_ring(h, &p->ring[n + 1], false);
		if (hole[n] == NULL)
			break;
		n++;
	}
	if (shell != NULL && n + 1 == p->n) {
		made = GEOSGeom_createPolygon_r(h, shell, hole, (unsigned)n);
	} else {
		for (size_t i = 0; i < n; i++)
			GEOSGeom_destroy_r(h, hole[i]);
		if (shell != NULL)
			GEOSGeom_destroy_r(h, shell);
	}
	free(hole);
	return made;
}

GEOSGeometry *
geos_shape(GEOSContextHandle_t h, const struct shape *s)
{
	GEOSGeometry **part, *made = NULL;
	size_t n = 0;

	if (s->n == 1)
		return geos_polygon(h, &s->polygon[0]);
	part = calloc(s->n + 1, sizeof *part);
	if (part == NULL)
		return NULL;
	while (n < s->n && (part[n] = geos_polygon(h, &s->polygon[n])) != NULL)
		n++;
	if (n == s->n) {
		made = GEOSGeom_createCollection_r(h, GEOS_MULTIPOLYGON, part, (unsigned)n);
	} else {
		for (size_t i = 0; i < n; i++)
			GEOSGeom_destroy_r(h, part[i]);
	}
	free(part);
	return made;
}

GEOSGeometry *
geos_point(GEOSContextHandle_t h, struct point p)
{
	return GEOSGeom_createPointFromXY_r(h, p.lon, p.lat);
}

GEOSGeometry *
geos_box(GEOSContextHandle_t h, double west, double east)
{
	struct point corner[5] = {
		{-90, west}, {-90, east}, {90, east}, {90, west}, {-90, west}};
	struct ring ring = {corner, 5};

	return geos_polygon(h, &(struct polygon){&ring, 1});
}

/* The parts of a collection that are polygons, counted and, if `part` is given, copied. */
static size_t
polygons_of(GEOSContextHandle_t h, const GEOSGeometry *g, GEOSGeometry **part)
{
	int type = GEOSGeomTypeId_r(h, g);
	size_t n = 0;

	if (type == GEOS_POLYGON) {
		if (GEOSisEmpty_r(h, g) != 0)
			return 0;
		if (part != NULL)
			part[0] = GEOSGeom_clone_r(h, g);
		return 1;
	}
	if (type != GEOS_MULTIPOLYGON && type != GEOS_GEOMETRYCOLLECTION)
		return 0;
	for (int i = 0; i < GEOSGetNumGeometries_r(h, g); i++)
		n += polygons_of(h, GEOSGetGeometryN_r(h, g, i), part ? part + n : NULL);
	return n;
}

GEOSGeometry *
geos_ground(GEOSContextHandle_t h, GEOSGeometry *g)
{
	GEOSGeometry **part, *all, *made = NULL;
	size_t n, got = 0;

	if (g == NULL)
		return NULL;
	n = polygons_of(h, g, NULL);
	part = calloc(n + 1, sizeof *part);
	if (part != NULL) {
		polygons_of(h, g, part);
		while (got < n && part[got] != NULL)
			got++;
		all = got == n ? GEOSGeom_createCollection_r(
					 h, GEOS_MULTIPOLYGON, part, (unsigned)n)
			       : NULL;
		if (all != NULL) {
			made = GEOSUnaryUnion_r(h, all);
			GEOSGeom_destroy_r(h, all);
		}
		free(part);
	}
	GEOSGeom_destroy_r(h, g);
	return made;
}

static enum err
ring_copy(struct ring *out, struct arena *arena, GEOSContextHandle_t h,
	const GEOSGeometry *g, double shift)
{
	const GEOSCoordSequence *seq = GEOSGeom_getCoordSeq_r(h, g);
	unsigned n = 0;

	if (seq == NULL || GEOSCoordSeq_getSize_r(h, seq, &n) == 0)
		return ERR_NOMEM;
	out->n = n;
	out->at = arena_alloc(arena, n * sizeof *out->at);
	if (out->at == NULL)
		return ERR_NOMEM;
	for (unsigned i = 0; i < n; i++) {
		double x, y;

		if (GEOSCoordSeq_getXY_r(h, seq, i, &x, &y) == 0)
			return ERR_NOMEM;
		out->at[i].lon = degrees_rounded(x + shift);
		out->at[i].lat = degrees_rounded(y);
	}
	return ERR_OK;
}

static enum err
polygon_copy(struct polygon *out, struct arena *arena, GEOSContextHandle_t h,
	const GEOSGeometry *g, double shift)
{
	int holes = GEOSGetNumInteriorRings_r(h, g);
	enum err err;

	if (holes < 0)
		return ERR_NOMEM;
	out->n = (size_t)holes + 1;
	out->ring = arena_alloc(arena, out->n * sizeof *out->ring);
	if (out->ring == NULL)
		return ERR_NOMEM;
	err = ring_copy(&out->ring[0], arena, h, GEOSGetExteriorRing_r(h, g), shift);
	for (int i = 0; i < holes && err == ERR_OK; i++)
		err = ring_copy(&out->ring[i + 1], arena, h,
			GEOSGetInteriorRingN_r(h, g, i), shift);
	return err;
}

static enum err
fill(struct shape *out, struct arena *arena, GEOSContextHandle_t h, const GEOSGeometry *g,
	double shift)
{
	int type = GEOSGeomTypeId_r(h, g);
	enum err err = ERR_OK;

	if (type == GEOS_POLYGON) {
		if (GEOSisEmpty_r(h, g) != 0)
			return ERR_OK;
		return polygon_copy(&out->polygon[out->n++], arena, h, g, shift);
	}
	if (type != GEOS_MULTIPOLYGON && type != GEOS_GEOMETRYCOLLECTION)
		return ERR_OK;
	for (int i = 0; i < GEOSGetNumGeometries_r(h, g) && err == ERR_OK; i++)
		err = fill(out, arena, h, GEOSGetGeometryN_r(h, g, i), shift);
	return err;
}

static enum err
room(struct shape *out, struct arena *arena, size_t more)
{
	struct polygon *all = arena_alloc(arena, (out->n + more) * sizeof *all);

	if (all == NULL)
		return ERR_NOMEM;
	if (out->n > 0)
		memcpy(all, out->polygon, out->n * sizeof *all);
	out->polygon = all;
	return ERR_OK;
}

enum err
shape_append(struct shape *out, struct arena *arena, GEOSContextHandle_t h,
	const GEOSGeometry *g, double shift)
{
	size_t more = polygons_of(h, g, NULL);
	enum err err;

	if (more == 0)
		return ERR_OK;
	err = room(out, arena, more);
	return err == ERR_OK ? fill(out, arena, h, g, shift) : err;
}

enum err
shape_join(struct shape *out, struct arena *arena, const struct shape *more)
{
	enum err err = more->n > 0 ? room(out, arena, more->n) : ERR_OK;

	for (size_t i = 0; i < more->n && err == ERR_OK; i++)
		out->polygon[out->n++] = more->polygon[i];
	return err;
}

double
ring_unwrap(struct ring *ring)
{
	double shift = 0, before;

	if (ring->n == 0)
		return 0;
	before = ring->at[0].lon;
	for (size_t i = 1; i < ring->n; i++) {
		double lon = ring->at[i].lon;

		if (lon - before > 180)
			shift -= 360;
		else if (lon - before < -180)
			shift += 360;
		before = lon;
		ring->at[i].lon = degrees_rounded(lon + shift);
	}
	return shift;
}

void
ring_reach(const struct ring *ring, double *west, double *east)
{
	*west = *east = ring->at[0].lon;
	for (size_t i = 1; i < ring->n; i++) {
		*west = fmin(*west, ring->at[i].lon);
		*east = fmax(*east, ring->at[i].lon);
	}
}

static enum err
slice_append(struct shape *out, struct arena *arena, GEOSContextHandle_t h,
	const GEOSGeometry *g, int turns)
{
	GEOSGeometry *box = geos_box(h, -180 + 360.0 * turns, 180 + 360.0 * turns);
	GEOSGeometry *slice = box ? GEOSIntersection_r(h, g, box) : NULL;
	GEOSGeometry *neat = slice ? GEOSGeom_setPrecision_r(h, slice, 1e-7, 0) : NULL;
	enum err err = neat ? shape_append(out, arena, h, neat, -360.0 * turns) : ERR_NOMEM;

	GEOSGeom_destroy_r(h, box);
	GEOSGeom_destroy_r(h, slice);
	GEOSGeom_destroy_r(h, neat);
	return err;
}

enum err
polygon_cut(struct shape *out, struct arena *arena, GEOSContextHandle_t h,
	const struct polygon *p)
{
	GEOSGeometry *g = geos_polygon(h, p);
	enum err err = g ? ERR_OK : ERR_NOMEM;

	for (int turns = -1; turns <= 1 && err == ERR_OK; turns++)
		err = slice_append(out, arena, h, g, turns);
	GEOSGeom_destroy_r(h, g);
	return err;
}
