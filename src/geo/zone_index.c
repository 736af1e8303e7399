/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zone_index.c: from ground to the zones that it concerns. */
#include "geo/area_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Half the width in degrees, about 2 km, of the narrowest ground between a zone and those
 * below it that is taken for real: zones drawn by different hands do not quite fit. (Ukraine's
 * 1,548 fit within this, but for the communities that have no outline.) */
#define GAP_DEGREES 0.02

/* One for each zone, in their order. */
struct place {
	GEOSGeometry *ground;
	GEOSGeometry
		*rest; /* of the ground, what no deeper zone has; NULL without children */
	size_t depth;  /* ancestors and itself */
	bool has_child;
	bool hit;	/* the part in question touches it */
	bool hit_below; /* … and some zone below it */
	bool named;	/* the answer */
};

struct zone_index {
	GEOSContextHandle_t h;
	const struct zones *zones;
	size_t n;
	struct place *place;
	GEOSSTRtree *tree;
};

static enum err
index_fill(struct zone_index *ix, struct fault *fault)
{
	const struct zone *zone = zones_parts(ix->zones)->zone;

	for (size_t i = 0; i < ix->n; i++) {
		if (zone[i].shape.n == 0)
			return fault_set(fault, ERR_REFUSED,
				"zone %s has no outline here: read the zones' geometry too",
				zone[i].id);
		ix->place[i].ground = geos_shape(ix->h, &zone[i].shape);
		if (ix->place[i].ground == NULL)
			return fault_set(fault, ERR_SHAPE,
				"the outline of zone %s cannot be used", zone[i].id);
		GEOSSTRtree_insert_r(ix->h, ix->tree, ix->place[i].ground, &ix->place[i]);
	}
	return ERR_OK;
}

static size_t
parent_of(const struct zone_index *ix, size_t i)
{
	const struct zone *all = zones_parts(ix->zones)->zone;
	const struct zone *parent = zones_parent(ix->zones, &all[i]);

	return parent ? (size_t)(parent - all) : SIZE_MAX;
}

/* The zones that may stand for a spot of zone `of`: those one step deeper, and any without
 * children. A neighbour's count too, because outlines overlap at borders. */
struct standing {
	const struct zone_index *ix;
	const struct place *of;
	const GEOSPreparedGeometry *ground;
	GEOSGeometry **copy;
	size_t n;
};

static void
stand(void *item, void *user)
{
	const struct place *place = item;
	struct standing *s = user;

	if (place == s->of || place->depth > s->of->depth + 1 ||
		(place->has_child && place->depth <= s->of->depth) ||
		GEOSPreparedIntersects_r(s->ix->h, s->ground, place->ground) != 1)
		return;
	s->copy[s->n] = GEOSGeom_clone_r(s->ix->h, place->ground);
	if (s->copy[s->n] !=
		NULL) /* else its ground seems free, and more people are warned */
		s->n++;
}

/* Worn off and put on again by GAP_DEGREES: narrow strips are gone then. */
static enum err
rest_make(struct zone_index *ix, struct place *place, GEOSGeometry **copy)
{
	struct standing s = {ix, place, GEOSPrepare_r(ix->h, place->ground), copy, 0};
	GEOSGeometry *all, *below, *rest = NULL, *core = NULL;

	if (s.ground == NULL)
		return ERR_NOMEM;
	GEOSSTRtree_query_r(ix->h, ix->tree, place->ground, stand, &s);
	GEOSPreparedGeom_destroy_r(ix->h, s.ground);
	all = GEOSGeom_createCollection_r(
		ix->h, GEOS_GEOMETRYCOLLECTION, copy, (unsigned)s.n);
	below = geos_ground(ix->h, all);
	if (below != NULL)
		rest = GEOSDifference_r(ix->h, place->ground, below);
	if (rest != NULL)
		core = GEOSBuffer_r(ix->h, rest, -GAP_DEGREES, 2);
	if (core != NULL)
		place->rest = GEOSBuffer_r(ix->h, core, GAP_DEGREES, 2);
	GEOSGeom_destroy_r(ix->h, below);
	GEOSGeom_destroy_r(ix->h, rest);
	GEOSGeom_destroy_r(ix->h, core);
	return place->rest ? ERR_OK : ERR_NOMEM;
}

static enum err
rests_make(struct zone_index *ix)
{
	const struct zone *zone = zones_parts(ix->zones)->zone;
	GEOSGeometry **copy = calloc(ix->n, sizeof *copy);
	enum err err = copy ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; i < ix->n; i++) {
		ix->place[i].depth = zones_path(ix->zones, zone[i].number, NULL, 0);
		if (parent_of(ix, i) != SIZE_MAX)
			ix->place[parent_of(ix, i)].has_child = true;
	}
	for (size_t i = 0; i < ix->n && err == ERR_OK; i++)
		if (ix->place[i].has_child)
			err = rest_make(ix, &ix->place[i], copy);
	free(copy);
	return err;
}

enum err
zone_index_new(struct zone_index **out, const struct zones *zones, struct fault *fault)
{
	struct zone_index *ix = calloc(1, sizeof *ix);
	enum err err = ERR_NOMEM;

	if (ix == NULL)
		return ERR_NOMEM;
	ix->zones = zones;
	ix->h = geos_new();
	if (ix->h == NULL)
		goto free_index;
	ix->n = zones_parts(zones)->zone_count;
	ix->place = calloc(ix->n, sizeof *ix->place);
	ix->tree = GEOSSTRtree_create_r(ix->h, 10);
	if (ix->place != NULL && ix->tree != NULL)
		err = index_fill(ix, fault);
	if (err == ERR_OK)
		err = rests_make(ix);
	if (err != ERR_OK)
		goto free_index;
	*out = ix;
	return ERR_OK;
free_index:
	zone_index_free(ix);
	return err;
}

void
zone_index_free(struct zone_index *ix)
{
	if (ix == NULL)
		return;
	if (ix->tree != NULL)
		GEOSSTRtree_destroy_r(ix->h, ix->tree);
	for (size_t i = 0; ix->place != NULL && i < ix->n; i++) {
		GEOSGeom_destroy_r(ix->h, ix->place[i].ground);
		GEOSGeom_destroy_r(ix->h, ix->place[i].rest);
	}
	free(ix->place);
	if (ix->h != NULL)
		GEOS_finish_r(ix->h);
	free(ix);
}

struct question {
	GEOSContextHandle_t h;
	const GEOSPreparedGeometry *part;
};

/* Where GEOS cannot say (2), the answer is yes: in doubt people are warned. */
static bool
touches(const struct question *q, const GEOSGeometry *ground)
{
	return GEOSPreparedIntersects_r(q->h, q->part, ground) != 0;
}

static void
ask(void *item, void *user)
{
	struct place *place = item;

	place->hit = touches(user, place->ground);
}

static void
hits_pass_up(struct zone_index *ix)
{
	for (size_t i = 0; i < ix->n; i++) {
		if (!ix->place[i].hit)
			continue;
		for (size_t k = parent_of(ix, i); k != SIZE_MAX; k = parent_of(ix, k))
			ix->place[k].hit_below = true;
	}
}

/* Name those that the part touches where no deeper zone stands. */
static size_t
firm_name(struct zone_index *ix, const struct question *q)
{
	size_t n = 0;

	for (size_t i = 0; i < ix->n; i++) {
		struct place *place = &ix->place[i];

		if (!place->hit || (place->has_child && !touches(q, place->rest)))
			continue;
		place->named = true;
		n++;
	}
	return n;
}

/* Add the zones that one part concerns to those named. */
static enum err
part_name(struct zone_index *ix, const GEOSGeometry *part)
{
	struct question q = {ix->h, GEOSPrepare_r(ix->h, part)};

	if (q.part == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < ix->n; i++)
		ix->place[i].hit = ix->place[i].hit_below = false;
	GEOSSTRtree_query_r(ix->h, ix->tree, part, ask, &q);
	hits_pass_up(ix);
	if (firm_name(ix, &q) == 0) /* it lies in a narrow strip alone */
		for (size_t i = 0; i < ix->n; i++)
			ix->place[i].named |= ix->place[i].hit && !ix->place[i].hit_below;
	GEOSPreparedGeom_destroy_r(ix->h, q.part);
	return ERR_OK;
}

static bool
named_above(const struct zone_index *ix, size_t i)
{
	for (i = parent_of(ix, i); i != SIZE_MAX; i = parent_of(ix, i))
		if (ix->place[i].named)
			return true;
	return false;
}

enum err
zone_index_area(
	struct zone_index *ix, const struct area *a, uint16_t *out, size_t max, size_t *n)
{
	enum err err = ERR_OK;

	*n = 0;
	for (size_t i = 0; i < ix->n; i++)
		ix->place[i].named = false;
	for (size_t i = 0; i < a->n && err == ERR_OK; i++)
		err = part_name(ix, a->part[i]);
	for (size_t i = 0; i < ix->n && err == ERR_OK; i++) {
		if (!ix->place[i].named || named_above(ix, i))
			continue;
		if (*n < max)
			out[*n] = zones_parts(ix->zones)->zone[i].number;
		(*n)++;
	}
	return err == ERR_OK && *n > max ? ERR_FULL : err;
}

enum err
zone_index_point(
	struct zone_index *ix, struct point p, uint16_t *out, size_t max, size_t *n)
{
	struct area *a;
	enum err err = area_new(&a);

	*n = 0;
	if (err != ERR_OK)
		return err;
	err = area_add_circle(a, p, 0, NULL);
	if (err == ERR_OK)
		err = zone_index_area(ix, a, out, max, n);
	area_free(a);
	return err;
}

/* By crossings of a ray to the east; on the edge is told apart first. */
static bool
ring_contains(const struct ring *ring, struct point p, bool *edge)
{
	bool inside = false;

	for (size_t i = 1; i < ring->n; i++) {
		struct point a = ring->at[i - 1], b = ring->at[i];
		double side = (b.lon - a.lon) * (p.lat - a.lat) -
			      (b.lat - a.lat) * (p.lon - a.lon);

		if (side == 0 && (p.lat - a.lat) * (p.lat - b.lat) <= 0 &&
			(p.lon - a.lon) * (p.lon - b.lon) <= 0)
			*edge = true;
		if ((a.lat > p.lat) != (b.lat > p.lat) && (side > 0) == (b.lat > a.lat))
			inside = !inside;
	}
	return inside;
}

static bool
shape_contains(const struct shape *shape, struct point p)
{
	for (size_t i = 0; i < shape->n; i++) {
		const struct polygon *poly = &shape->polygon[i];
		bool edge = false, inside = ring_contains(&poly->ring[0], p, &edge);

		for (size_t k = 1; k < poly->n; k++)
			if (ring_contains(&poly->ring[k], p, &edge))
				inside = false;
		if (inside || edge)
			return true;
	}
	return false;
}

bool
zone_contains_point(const struct zone *zone, struct point p)
{
	/* 180 east and 180 west are one meridian. */
	return shape_contains(&zone->shape, p) ||
	       (fabs(p.lon) == 180 &&
		       shape_contains(&zone->shape, (struct point){p.lat, -p.lon}));
}
