/* SPDX-License-Identifier: GPL-3.0-or-later */
/* circle.c: rings around circles on the globe. */
#include "cap/geometry.h"

#include <math.h>

#define RADIANS (M_PI / 180)

static const double sphere_km = 6371.0088;
/* A geodesic of WGS 84 is at most 0.56 % longer or shorter than the arc on that sphere. */
static const double spheroid_margin = 1.0057;

double
cap_distance_km(struct cap_point a, struct cap_point b)
{
	double up = sin((b.lat - a.lat) * RADIANS / 2);
	double over = sin((b.lon - a.lon) * RADIANS / 2);
	double h = up * up + cos(a.lat * RADIANS) * cos(b.lat * RADIANS) * over * over;

	return 2 * sphere_km * asin(h < 1 ? sqrt(h) : 1);
}

/* The point `arc` radians away from the centre, `bearing` radians clockwise from north; its
 * longitude is counted on from the centre's. */
static struct cap_point
walk(struct cap_point centre, double bearing, double arc)
{
	double lat = centre.lat * RADIANS;
	double up = sin(lat) * cos(arc) + cos(lat) * sin(arc) * cos(bearing);
	double on = cos(lat) * cos(arc) - sin(lat) * sin(arc) * cos(bearing);
	double over = sin(arc) * sin(bearing);
	double there = atan2(up, hypot(on, over)); /* asin() is blunt near the poles */

	return (struct cap_point){there / RADIANS, centre.lon + atan2(over, on) / RADIANS};
}

/* Sides are straight in degrees, so they may bend inwards on the globe: how near do they come? */
static double
nearest_km(const struct cap_point *ring, size_t n, struct cap_point centre)
{
	double nearest = INFINITY;

	for (size_t i = 0; i < n; i++) {
		struct cap_point a = ring[i], b = ring[(i + 1) % n];
		double step = b.lon - a.lon;

		step -= 360 * round(step / 360);
		for (int k = 0; k < 32; k++) {
			struct cap_point p = {
				a.lat + (b.lat - a.lat) * k / 32, a.lon + step * k / 32};

			nearest = fmin(nearest, cap_distance_km(p, centre));
		}
	}
	return nearest;
}

static enum err
whole_world(struct cap_parts *out, struct arena *arena)
{
	struct cap_point *at = arena_alloc(arena, 5 * sizeof *at);

	out->at = arena_alloc(arena, sizeof *out->at);
	if (at == NULL || out->at == NULL)
		return ERR_NOMEM;
	at[0] = at[4] = (struct cap_point){-90, -180};
	at[1] = (struct cap_point){-90, 180};
	at[2] = (struct cap_point){90, 180};
	at[3] = (struct cap_point){90, -180};
	out->at[0] = (struct cap_part){at, 5};
	out->n = 1;
	return ERR_OK;
}

enum err
cap_circle_outline(struct cap_parts *out, struct arena *arena,
	const struct cap_circle *circle, size_t corners)
{
	struct cap_point centre = circle->centre, *ring;
	size_t n = corners < 8 ? 8 : corners > 1024 ? 1024 : corners;
	double km = circle->radius_km, need, grow;

	if (!(fabs(centre.lat) <= 90) || !(fabs(centre.lon) <= 180) || !(km >= 0))
		return ERR_RANGE;
	ring = arena_alloc(arena, n * sizeof *ring);
	if (ring == NULL)
		return ERR_NOMEM;
	need = fmax(km, 0.001) * spheroid_margin;
	for (grow = 1 / cos(M_PI / (double)n);; grow *= 1.004) {
		double arc = need * grow / sphere_km;
		double to_pole = M_PI / 2 - fabs(centre.lat) * RADIANS;

		/* Near a pole, inside or outside of it, longitudes say little: take it in. */
		if (arc > to_pole * 0.98 && arc < to_pole * 1.02)
			arc = to_pole * 1.02;
		/* Over the far pole, too: what is left out is not worth a ring. */
		if (arc > 0.98 * (M_PI - to_pole))
			return whole_world(out, arena);
		for (size_t i = 0; i < n; i++) {
			double bearing = 2 * M_PI * ((double)i + 0.5) / (double)n;

			ring[i] = walk(centre, bearing, arc);
			ring[i].lon -= 360 * round(ring[i].lon / 360);
		}
		if (nearest_km(ring, n, centre) >= need)
			return cap_ring_cut(out, arena, ring, n, centre.lat < 0 ? -1 : 1);
	}
}
