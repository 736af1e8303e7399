/* SPDX-License-Identifier: GPL-3.0-or-later */
/* area.c: polygons and circles of an alert as ground. */
#include "geo/area_parts.h"
#include "geo/spheroid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	CIRCLE_CORNERS = 360,
	CIRCLE_KM_MAX = 5000,	    /* larger ones are the whole globe */
	CROSSING_CORNERS_MAX = 256, /* of a crossing ring that is followed line by line */
};

enum err
area_new(struct area **out)
{
	struct area *a = calloc(1, sizeof *a);

	if (a == NULL)
		return ERR_NOMEM;
	a->h = geos_new();
	if (a->h == NULL) {
		free(a);
		return ERR_NOMEM;
	}
	*out = a;
	return ERR_OK;
}

void
area_free(struct area *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->n; i++)
		GEOSGeom_destroy_r(a->h, a->part[i]);
	free(a->part);
	GEOS_finish_r(a->h);
	free(a);
}

/* Takes `g`; NULL is no memory. */
static enum err
part_add(struct area *a, GEOSGeometry *g)
{
	GEOSGeometry **part;

	if (g == NULL)
		return ERR_NOMEM;
	if (GEOSisEmpty_r(a->h, g) != 0) {
		GEOSGeom_destroy_r(a->h, g);
		return ERR_OK;
	}
	part = realloc(a->part, (a->n + 1) * sizeof *part);
	if (part == NULL) {
		GEOSGeom_destroy_r(a->h, g);
		return ERR_NOMEM;
	}
	a->part = part;
	a->part[a->n++] = g;
	return ERR_OK;
}

/* Zones are drawn on this grid of 1 cm, too: what touches them, touches them exactly. */
static struct point
point_rounded(struct point p)
{
	return (struct point){degrees_rounded(p.lat), degrees_rounded(p.lon)};
}

static int
move_east(double *x, double *y, void *by)
{
	(void)y;
	*x = degrees_rounded(*x + *(const double *)by); /* as exact as it was before */
	return 1;
}

/* Takes `g`, whose longitudes run from `west` to `east`, and adds it and its likenesses whole
 * turns away, as far as they reach or touch the globe: so ground at 180 touches ground at -180. */
static enum err
part_add_turned(struct area *a, GEOSGeometry *g, double west, double east)
{
	enum err err = g ? ERR_OK : ERR_NOMEM;

	for (int k = -2; k <= 2 && err == ERR_OK; k++) {
		double by = 360.0 * k;

		if (k != 0 && west + by <= 180 && east + by >= -180)
			err = part_add(a, GEOSGeom_transformXY_r(a->h, g, move_east, &by));
	}
	if (err == ERR_OK && west <= 180 && east >= -180)
		return part_add(a, g);
	GEOSGeom_destroy_r(a->h, g);
	return err;
}

static enum err
point_add(struct area *a, struct point p)
{
	p = point_rounded(p);
	return part_add_turned(a, geos_point(a->h, p), p.lon, p.lon);
}

/* All that a crossing line encloses. A long one is not followed, which could take minutes: its
 * convex hull holds all of it and more. */
static GEOSGeometry *
enclosed(GEOSContextHandle_t h, const GEOSGeometry *line, size_t corners)
{
	GEOSGeometry *noded, *faces, *neat;
	const GEOSGeometry *const *list = (const GEOSGeometry *const *)&noded;

	if (corners > CROSSING_CORNERS_MAX)
		return GEOSConvexHull_r(h, line);
	noded = GEOSUnaryUnion_r(h, line);
	if (noded == NULL)
		return GEOSConvexHull_r(h, line);
	faces = geos_ground(h, GEOSPolygonize_r(h, list, 1));
	GEOSGeom_destroy_r(h, noded);
	/* Back on the grid of 1 cm, which a turn around the globe leaves as it is. */
	neat = faces ? GEOSGeom_setPrecision_r(h, faces, 1e-7, 0) : NULL;
	GEOSGeom_destroy_r(h, faces);
	return neat ? neat : GEOSConvexHull_r(h, line);
}

/* `ring` is closed and unwrapped. */
static enum err
ring_add(struct area *a, const struct ring *ring)
{
	GEOSGeometry *line, *ground;
	double west, east;
	enum err err;

	ring_reach(ring, &west, &east);
	ground = ring->n >= 4
			 ? geos_polygon(a->h, &(struct polygon){(struct ring *)ring, 1})
			 : NULL;
	if (ground != NULL && GEOSisValid_r(a->h, ground) == 1)
		return part_add_turned(a, ground, west, east);
	GEOSGeom_destroy_r(a->h, ground);
	line = geos_ring(a->h, ring, true);
	if (line == NULL)
		return ERR_NOMEM;
	if (ring->n >= 4) {
		err = part_add_turned(a, enclosed(a->h, line, ring->n), west, east);
		if (err != ERR_OK) {
			GEOSGeom_destroy_r(a->h, line);
			return err;
		}
	}
	return part_add_turned(a, line, west, east); /* spikes and flat rings touch, too */
}

/* A ring that ends 360 degrees from its start is led around by way of the pole. `ring` has
 * room for three more. */
static void
pole_close(struct ring *ring, double missed)
{
	double sum = 0, pole;
	struct point first = ring->at[0];

	for (size_t i = 0; i < ring->n; i++)
		sum += ring->at[i].lat;
	pole = sum < 0 ? -90 : 90;
	ring->at[ring->n++] = (struct point){pole, first.lon + missed};
	ring->at[ring->n++] = (struct point){pole, first.lon};
	ring->at[ring->n++] = first;
}

static enum err
corners_add(struct area *a, const struct point *corner, size_t n)
{
	struct ring ring = {calloc(n + 4, sizeof *ring.at), n};
	double missed, west, east;
	bool spot = true;
	enum err err;

	if (ring.at == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		ring.at[i] = point_rounded(corner[i]);
		spot &= ring.at[i].lat == ring.at[0].lat &&
			ring.at[i].lon == ring.at[0].lon;
	}
	if (spot) {
		free(ring.at);
		return point_add(a, corner[0]);
	}
	if (ring.at[0].lat != ring.at[n - 1].lat || ring.at[0].lon != ring.at[n - 1].lon)
		ring.at[ring.n++] = ring.at[0];
	missed = ring_unwrap(&ring);
	if (missed != 0)
		pole_close(&ring, missed);
	ring_reach(&ring, &west, &east);
	if (west < -540 || east > 540) /* around and around: a drawing error; everybody */
		err = part_add(a, geos_box(a->h, -180, 180));
	else
		err = ring_add(a, &ring);
	free(ring.at);
	return err;
}

enum err
area_add_polygon(struct area *a, const struct point *corner, size_t n, struct fault *fault)
{
	if (a->n >= AREA_PARTS_MAX)
		return fault_set(
			fault, ERR_FULL, "an area has at most %d parts", AREA_PARTS_MAX);
	if (n == 0 || n > AREA_CORNERS_MAX)
		return fault_set(fault, ERR_RANGE,
			"a polygon has 1 to %d corners; this one %zu", AREA_CORNERS_MAX, n);
	for (size_t i = 0; i < n; i++)
		if (!point_on_globe(corner[i]))
			return fault_set(fault, ERR_RANGE,
				"corner %zu of the polygon, %.7g,%.7g, is not on the globe",
				i + 1, corner[i].lat, corner[i].lon);
	return corners_add(a, corner, n);
}

/*
 * A regular polygon around a circle is larger than it by 1 / cos(pi / 360), 0.0038 %. Sides
 * straight in latitude and longitude leave the great circle by at most s² tan(lat) / 8R;
 * 0.02 % more makes up for that wherever radius × tan(lat) is under 4 R, and 2 cm for the
 * rounding of the corners.
 */
static enum err
circle_add(struct area *a, struct point centre, double radius_m)
{
	struct point corner[CIRCLE_CORNERS];

	if (radius_m > CIRCLE_KM_MAX * 1000.0)
		return part_add(a, geos_box(a->h, -180, 180));
	for (int i = 0; i < CIRCLE_CORNERS; i++)
		corner[i] = spheroid_walk(centre, i, radius_m * 1.00024 + 0.02);
	return corners_add(a, corner, CIRCLE_CORNERS);
}

enum err
area_add_circle(struct area *a, struct point centre, double radius_km, struct fault *fault)
{
	if (a->n >= AREA_PARTS_MAX)
		return fault_set(
			fault, ERR_FULL, "an area has at most %d parts", AREA_PARTS_MAX);
	if (!point_on_globe(centre))
		return fault_set(fault, ERR_RANGE,
			"the circle's centre %.7g,%.7g is not on the globe", centre.lat,
			centre.lon);
	if (!(radius_km >= 0 && radius_km <= AREA_RADIUS_KM_MAX))
		return fault_set(fault, ERR_RANGE,
			"the circle's radius is not within 0 to %g km", AREA_RADIUS_KM_MAX);
	if (radius_km == 0)
		return point_add(a, centre);
	return circle_add(a, centre, radius_km * 1000);
}

enum err
area_contains(bool *out, const struct area *a, struct point p)
{
	GEOSGeometry *point = geos_point(a->h, point_rounded(p));

	if (point == NULL)
		return ERR_NOMEM;
	*out = false;
	for (size_t i = 0; i < a->n && !*out; i++)
		*out = GEOSIntersects_r(a->h, a->part[i], point) != 0; /* unsure: yes */
	GEOSGeom_destroy_r(a->h, point);
	return ERR_OK;
}
