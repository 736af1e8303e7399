/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dateline.c: rings cut at the 180th meridian, and closed over a pole. */
#include "cap/geometry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EDGE 180.0

/* Longitudes go on where neighbours are more than 180 degrees apart; v[n] is v[0] again, as many
 * turns around the world later as is returned, east positive. `v` has room for n + 1. */
static int
unroll(struct cap_point *v, const struct cap_point *ring, size_t n)
{
	double shift = 0;

	for (size_t i = 0; i <= n; i++) {
		struct cap_point p = ring[i % n];
		double step = i > 0 ? p.lon - ring[i - 1].lon : 0;

		if (step > 180 && step < 360)
			shift -= 360;
		else if (step < -180 && step > -360)
			shift += 360;
		v[i] = (struct cap_point){p.lat, p.lon + shift};
	}
	return (int)lround(shift / 360);
}

static bool
on_globe(const struct cap_point *ring, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(fabs(ring[i].lat) <= 90) || !(fabs(ring[i].lon) <= 540))
			return false;
	return true;
}

bool
cap_ring_crosses_180(const struct cap_point *ring, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double step = fabs(ring[(i + 1) % n].lon - ring[i].lon);

		if (fabs(ring[i].lon) > 180 || (step > 180 && step < 360))
			return true;
	}
	return false;
}

struct cut {
	struct cap_parts *out;
	struct cap_point *pool; /* the parts' points, one after the other */
	struct cap_point *v;	/* the ring, with a corner wherever it meets the meridian */
	uint32_t *partner;	/* where to go on along the meridian; UINT32_MAX: nowhere */
	bool *used;
	struct gate *gate;
	uint32_t n;
};

/* A corner on the meridian where the ring comes to one side or leaves it. */
struct gate {
	double lat;
	uint32_t i;
};

static void
put_corners(struct cut *c, const struct cap_point *ring, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct cap_point a = ring[i], b = ring[(i + 1) % n];
		double from = a.lon - EDGE, to = b.lon - EDGE;

		c->v[c->n++] = a;
		if ((from < 0 && to > 0) || (from > 0 && to < 0))
			c->v[c->n++] = (struct cap_point){
				a.lat + (b.lat - a.lat) * (from / (from - to)), EDGE};
	}
}

static int
gate_order(const void *a, const void *b)
{
	const struct gate *x = a, *y = b;

	if (x->lat != y->lat)
		return x->lat < y->lat ? -1 : 1;
	return (x->i > y->i) - (x->i < y->i);
}

/* -1: west of the meridian; 1: east of it; 0: on it. */
static int
side_of(const struct cut *c, uint32_t i)
{
	double d = c->v[i].lon - EDGE;

	return (d > 0) - (d < 0);
}

static uint32_t
after(const struct cut *c, uint32_t i)
{
	return i + 1 == c->n ? 0 : i + 1;
}

/* From south to north, ground lies between the first gate and the second, the third and the
 * fourth, and so on. */
static void
pair_gates(struct cut *c, int side)
{
	uint32_t gates = 0;

	for (uint32_t i = 0; i < c->n; i++) {
		bool comes = side_of(c, i == 0 ? c->n - 1 : i - 1) == side;
		bool goes = side_of(c, after(c, i)) == side;

		c->partner[i] = UINT32_MAX;
		if (side_of(c, i) == 0 && comes != goes)
			c->gate[gates++] = (struct gate){c->v[i].lat, i};
	}
	qsort(c->gate, gates, sizeof *c->gate, gate_order);
	for (uint32_t i = 0; i + 1 < gates; i += 2) {
		c->partner[c->gate[i].i] = c->gate[i + 1].i;
		c->partner[c->gate[i + 1].i] = c->gate[i].i;
	}
}

/* Follow the ring from corner i, and the meridian from gate to gate, until it closes. */
static void
follow(struct cut *c, int side, uint32_t i)
{
	struct cap_point *at = c->pool;
	double shift = side > 0 ? -360 : 0;
	size_t n = 0;

	while (!c->used[i]) {
		c->used[i] = true;
		at[n++] = (struct cap_point){c->v[i].lat, c->v[i].lon + shift};
		if (c->partner[i] != UINT32_MAX && side_of(c, after(c, i)) != side) {
			i = c->partner[i];
			if (c->used[i])
				break;
			c->used[i] = true;
			at[n++] = (struct cap_point){c->v[i].lat, c->v[i].lon + shift};
		}
		i = after(c, i);
	}
	if (n < 3)
		return;
	at[n] = at[0];
	c->out->at[c->out->n++] = (struct cap_part){at, n + 1};
	c->pool += n + 1;
}

static void
take_side(struct cut *c, int side)
{
	memset(c->used, 0, c->n * sizeof *c->used);
	pair_gates(c, side);
	for (uint32_t i = 0; i < c->n; i++)
		if (!c->used[i] && side_of(c, i) == side)
			follow(c, side, i);
}

static enum err
cut_ring(struct cap_parts *out, struct arena *arena, const struct cap_point *ring, size_t n)
{
	struct cut c = {.out = out};

	*out = (struct cap_parts){0};
	out->at = arena_alloc(arena, n * sizeof *out->at);
	c.pool = arena_alloc(arena, 5 * n * sizeof *c.pool);
	c.v = arena_alloc(arena, 2 * n * sizeof *c.v);
	c.partner = arena_alloc(arena, 2 * n * sizeof *c.partner);
	c.used = arena_alloc(arena, 2 * n * sizeof *c.used);
	c.gate = arena_alloc(arena, 2 * n * sizeof *c.gate);
	if (out->at == NULL || c.pool == NULL || c.v == NULL || c.partner == NULL ||
		c.used == NULL || c.gate == NULL)
		return ERR_NOMEM;
	put_corners(&c, ring, n);
	take_side(&c, -1);
	take_side(&c, 1);
	return ERR_OK;
}

/* The first corner at the edge of the map or behind it, on the way east (edge 180) or west. */
static size_t
corner_behind(const struct cap_point *v, size_t n, double edge)
{
	size_t i = 1;

	while (i < n && (v[i].lon - edge) * edge < 0)
		i++;
	return i;
}

/*
 * A ring once around a pole (v[n] is v[0] a turn later): from one edge of the map to the other,
 * and back along the pole.
 */
static enum err
close_over_pole(struct cap_parts *out, struct arena *arena, struct cap_point *v, size_t n,
	double pole)
{
	double edge = v[n].lon > v[0].lon ? EDGE : -EDGE, shift, lat;
	struct cap_point *at = arena_alloc(arena, (n + 5) * sizeof *at), a, b;
	size_t first, count = 1;

	out->at = arena_alloc(arena, sizeof *out->at);
	if (at == NULL || out->at == NULL)
		return ERR_NOMEM;
	shift = edge > 0 ? -360 * floor((v[0].lon + 180) / 360)
			 : -360 * ceil((v[0].lon - 180) / 360);
	for (size_t i = 0; i <= n; i++)
		v[i].lon += shift;
	first = corner_behind(v, n, edge);
	a = v[first - 1];
	b = v[first];
	lat = a.lat + (b.lat - a.lat) * ((edge - a.lon) / (b.lon - a.lon));
	for (size_t i = first; i < first + n; i++) {
		struct cap_point p = v[i < n ? i : i - n];

		p.lon -= i < n ? 2 * edge : 0;
		if (!(fabs(p.lon) <= 180))
			return ERR_SHAPE;
		at[count++] = p;
	}
	at[0] = (struct cap_point){lat, -edge};
	at[count++] = (struct cap_point){lat, edge};
	at[count++] = (struct cap_point){pole, edge};
	at[count++] = (struct cap_point){pole, -edge};
	at[count++] = at[0];
	out->at[0] = (struct cap_part){at, count};
	out->n = 1;
	return ERR_OK;
}

/* The pole that the corners are nearer to. */
static int
nearer_pole(const struct cap_point *v, size_t n)
{
	double lats = 0;

	for (size_t i = 0; i < n; i++)
		lats += v[i].lat;
	return lats < 0 ? -1 : 1;
}

enum err
cap_ring_cut(struct cap_parts *out, struct arena *arena, const struct cap_point *ring,
	size_t n, int pole)
{
	struct cap_point *v;
	double low, high, shift;
	int turns;

	while (n > 1 && ring[n - 1].lat == ring[0].lat && ring[n - 1].lon == ring[0].lon)
		n--;
	if (n < 3)
		return ERR_SHAPE;
	if (!on_globe(ring, n) || n > UINT32_MAX / 2)
		return ERR_RANGE;
	v = arena_alloc(arena, (n + 1) * sizeof *v);
	if (v == NULL)
		return ERR_NOMEM;
	turns = unroll(v, ring, n);
	if (turns == 1 || turns == -1)
		return close_over_pole(
			out, arena, v, n, 90 * (pole != 0 ? pole : nearer_pole(v, n)));
	low = high = v[0].lon;
	for (size_t i = 1; i < n; i++) {
		low = fmin(low, v[i].lon);
		high = fmax(high, v[i].lon);
	}
	if (turns != 0 || high - low > 360)
		return ERR_SHAPE;
	shift = -360 * floor((low + 180) / 360);
	for (size_t i = 0; i < n; i++)
		v[i].lon += shift;
	return cut_ring(out, arena, v, n);
}
