/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outline.c: corners taken away so that the ground only grows, on a grid of 1e-5 degrees. */
#include "cap/outline.h"

#include "cap/outline_index.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct corner {
	struct spot at;
	size_t prev, next;
	double cost;	    /* ground that the cheapest step here adds; < 0: no step */
	bool gone, blocked; /* blocked: the step would make sides cross */
	bool joins;	    /* the step joins this corner and the next in `to` */
	struct spot to;
};

struct outline {
	struct corner *c;
	size_t n, left, any; /* `any` is a corner that is still there */
	struct outline_index index;
};

/* Boxes to look at before the rest is done roughly: a second, or two. */
static const uint64_t work_max = 200000000;
/* Corners that may stay where sides are in each other's way. */
static const size_t stuck_max = 1000;

/* Twice the ground of the triangle; positive if it runs counter-clockwise. */
static int64_t
turn(struct spot a, struct spot b, struct spot c)
{
	return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static bool
same(struct spot a, struct spot b)
{
	return a.x == b.x && a.y == b.y;
}

/* Edges count as inside; a, b, c run counter-clockwise or lie on one line. */
static bool
in_triangle(struct spot p, struct spot a, struct spot b, struct spot c)
{
	return turn(a, b, p) >= 0 && turn(b, c, p) >= 0 && turn(c, a, p) >= 0;
}

static bool
sides_cross(struct spot a, struct spot b, struct spot c, struct spot d)
{
	int64_t abc = turn(a, b, c), abd = turn(a, b, d);
	int64_t cda = turn(c, d, a), cdb = turn(c, d, b);

	return ((abc > 0 && abd < 0) || (abc < 0 && abd > 0)) &&
	       ((cda > 0 && cdb < 0) || (cda < 0 && cdb > 0));
}

/* The best grid point for where a-b and d-c meet beyond b-c; b and c stay inside. */
static double
best_joint(struct spot *out, struct spot a, struct spot b, struct spot c, struct spot d)
{
	double rx = (double)(b.x - a.x), ry = (double)(b.y - a.y);
	double qx = (double)(c.x - d.x), qy = (double)(c.y - d.y);
	double wx = (double)(c.x - b.x), wy = (double)(c.y - b.y);
	double den = rx * qy - ry * qx, t, s, best = -1;

	if (den == 0)
		return -1;
	t = (wx * qy - wy * qx) / den;
	s = (wx * ry - wy * rx) / den;
	if (!(t >= 0 && s >= 0 && t < 1e6 && s < 1e6))
		return -1;
	for (int i = 0; i < 9; i++) {
		struct spot p = {b.x + llround(t * rx) + i % 3 - 1,
			b.y + llround(t * ry) + i / 3 - 1};
		double cost;

		if (p.x < -18000000 || p.x > 18000000 || p.y < -9000000 || p.y > 9000000)
			continue;
		if (turn(a, p, b) < 0 || turn(p, d, c) < 0 || turn(b, c, p) >= 0)
			continue;
		cost = (double)(turn(a, p, b) + turn(b, p, c) + turn(p, d, c));
		if (best < 0 || cost < best) {
			best = cost;
			*out = p;
		}
	}
	return best;
}

/* The cheapest step at corner i: drop a corner that points inwards, or join two. */
static void
weigh(struct outline *r, size_t i)
{
	struct corner *b = &r->c[i], *a = &r->c[b->prev], *c = &r->c[b->next];
	struct corner *d = &r->c[c->next];
	int64_t here = turn(a->at, b->at, c->at);

	b->blocked = false;
	b->joins = here > 0;
	if (!b->joins)
		b->cost = -(double)here;
	else if (turn(b->at, c->at, d->at) > 0 && d != a)
		b->cost = best_joint(&b->to, a->at, b->at, c->at, d->at);
	else
		b->cost = -1;
	if (b->cost >= 0)
		outline_index_offer(&r->index, i, b->cost);
	else
		outline_index_withdraw(&r->index, i);
}

static bool
may_drop(struct outline *r, size_t i)
{
	const struct corner *b = &r->c[i], *a = &r->c[b->prev], *c = &r->c[b->next];
	struct outline_search near;
	size_t v;

	outline_search_begin(&near, a->at);
	outline_search_widen(&near, b->at);
	outline_search_widen(&near, c->at);
	while (outline_search_next(&near, &r->index, &v))
		if (v != i && v != b->prev && v != b->next &&
			in_triangle(r->c[v].at, a->at, c->at, b->at))
			return false;
	return true;
}

/* May the side that begins at corner v stay where corner i and the next become i's `to`? */
static bool
stays_clear(const struct outline *r, size_t v, size_t i)
{
	const struct corner *b = &r->c[i], *a = &r->c[b->prev], *c = &r->c[b->next];
	const struct corner *d = &r->c[c->next];
	struct spot p = b->to, u = r->c[v].at, w = r->c[r->c[v].next].at;

	if (v != c->next &&
		(in_triangle(u, a->at, p, b->at) || in_triangle(u, b->at, p, c->at) ||
			in_triangle(u, p, d->at, c->at)))
		return false;
	/* A side can cut off the new corner without a corner of its own inside. */
	return !sides_cross(u, w, a->at, p) && !sides_cross(u, w, p, d->at);
}

static bool
may_join(struct outline *r, size_t i)
{
	const struct corner *b = &r->c[i], *c = &r->c[b->next];
	struct outline_search near;
	size_t v;

	outline_search_begin(&near, r->c[b->prev].at);
	outline_search_widen(&near, b->at);
	outline_search_widen(&near, c->at);
	outline_search_widen(&near, r->c[c->next].at);
	outline_search_widen(&near, b->to);
	while (outline_search_next(&near, &r->index, &v))
		if (v != i && v != b->prev && v != b->next && !stays_clear(r, v, i))
			return false;
	return true;
}

static void
take_away(struct outline *r, size_t i)
{
	struct corner *c = &r->c[i];

	c->gone = true;
	r->c[c->prev].next = c->next;
	r->c[c->next].prev = c->prev;
	outline_index_drop(&r->index, i);
	outline_index_withdraw(&r->index, i);
	r->left--;
}

static void
put_side(struct outline *r, size_t i)
{
	outline_index_put(&r->index, i, r->c[i].at, r->c[r->c[i].next].at);
}

static void
take_step(struct outline *r, size_t i)
{
	struct corner *b = &r->c[i];
	size_t around = b->prev;

	if (b->joins) {
		b->at = b->to;
		take_away(r, b->next);
		put_side(r, i);
	} else {
		take_away(r, i);
	}
	put_side(r, around);
	r->any = around;
	around = r->c[around].prev;
	for (int k = 0; k < 6; k++, around = r->c[around].next)
		weigh(r, around);
}

/* Steps that were in the way of others may be free now. */
static void
unblock(struct outline *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->c[i].gone && r->c[i].blocked) {
			r->c[i].blocked = false;
			outline_index_offer(&r->index, i, r->c[i].cost);
		}
	r->index.work += r->n;
}

/* False if the work went on for too long, or stands still with too many corners. */
static bool
reduce(struct outline *r, size_t max)
{
	bool stepped = false; /* since all were last unblocked */

	while (r->left > max && r->left > 3) {
		size_t i;

		if (r->index.work > work_max)
			return false;
		if (!outline_index_cheapest(&r->index, &i)) {
			if (!stepped)
				return r->left <= stuck_max;
			unblock(r);
			stepped = false;
		} else if (r->c[i].joins ? may_join(r, i) : may_drop(r, i)) {
			take_step(r, i);
			stepped = true;
		} else {
			r->c[i].blocked = true;
			outline_index_withdraw(&r->index, i);
		}
	}
	return true;
}

/* All corners are linked: their sides and steps. */
static enum err
index_corners(struct outline *r)
{
	enum err err = outline_index_new(&r->index, r->n);

	for (size_t i = 0; i < r->n && err == ERR_OK; i++)
		put_side(r, i);
	for (size_t i = 0; i < r->n && err == ERR_OK; i++)
		weigh(r, i);
	return err;
}

/* Corners on the grid, without repeats. */
static enum err
load(struct outline *r, const struct cap_point *ring, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct spot s;

		if (!(fabs(ring[i].lat) <= 90) || !(fabs(ring[i].lon) <= 180))
			return ERR_RANGE;
		s = (struct spot){llround(ring[i].lon * 1e5), llround(ring[i].lat * 1e5)};
		if (r->n == 0 || !same(s, r->c[r->n - 1].at))
			r->c[r->n++].at = s;
	}
	while (r->n > 1 && same(r->c[0].at, r->c[r->n - 1].at))
		r->n--;
	r->left = r->n;
	return ERR_OK;
}

static double
ground(const struct outline *r)
{
	double sum = 0;

	for (size_t i = 1; i + 1 < r->n; i++)
		sum += (double)turn(r->c[0].at, r->c[i].at, r->c[i + 1].at);
	return sum;
}

/* A ring that is a line or a point: the rectangle around it, one unit wider. */
static void
make_rectangle(struct outline *r)
{
	struct spot low = r->c[0].at, high = low;

	for (size_t i = 1; i < r->n; i++) {
		struct spot s = r->c[i].at;

		low.x = s.x < low.x ? s.x : low.x;
		low.y = s.y < low.y ? s.y : low.y;
		high.x = s.x > high.x ? s.x : high.x;
		high.y = s.y > high.y ? s.y : high.y;
	}
	low.x -= low.x > -18000000, low.y -= low.y > -9000000;
	high.x += high.x < 18000000, high.y += high.y < 9000000;
	r->c[0].at = low;
	r->c[1].at = (struct spot){high.x, low.y};
	r->c[2].at = high;
	r->c[3].at = (struct spot){low.x, high.y};
	r->n = r->left = 4;
}

static void
link_corners(struct outline *r, bool clockwise)
{
	for (size_t i = 0; i < r->n; i++) {
		size_t before = (i + r->n - 1) % r->n, after = (i + 1) % r->n;

		r->c[i].prev = clockwise ? after : before;
		r->c[i].next = clockwise ? before : after;
	}
}

static int
compare(const void *a, const void *b)
{
	const struct corner *p = a, *q = b;

	if (p->at.x != q->at.x)
		return p->at.x < q->at.x ? -1 : 1;
	return (p->at.y > q->at.y) - (p->at.y < q->at.y);
}

/* Add corner p to the first n of a side of the hull; those that it makes superfluous go. */
static size_t
add_to_hull(struct corner *hull, size_t n, size_t from, struct spot p)
{
	while (n >= from + 2 && turn(hull[n - 2].at, hull[n - 1].at, p) <= 0)
		n--;
	hull[n].at = p;
	return n + 1;
}

/* The convex hull of what is left (A. Andrew 1979), in place of it. */
static enum err
make_hull(struct outline *r)
{
	struct corner *c = r->c, *hull;
	size_t n = 0, h = 0;

	for (size_t i = 0; i < r->n; i++)
		if (!c[i].gone)
			c[n++] = c[i];
	hull = calloc(2 * n, sizeof *hull);
	if (hull == NULL)
		return ERR_NOMEM;
	qsort(c, n, sizeof *c, compare);
	for (size_t i = 0; i < n; i++)
		h = add_to_hull(hull, h, 0, c[i].at);
	for (size_t i = n - 1, south = h - 1; i-- > 0;)
		h = add_to_hull(hull, h, south, c[i].at);
	memcpy(c, hull, --h * sizeof *c);
	free(hull);
	r->n = r->left = h;
	r->any = 0;
	link_corners(r, false);
	outline_index_free(&r->index);
	return index_corners(r);
}

static enum err
write_ring(
	struct cap_point **out, size_t *count, struct arena *arena, const struct outline *r)
{
	struct cap_point *p = arena_alloc(arena, (r->left + 1) * sizeof *p);

	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0, at = r->any; i <= r->left; i++, at = r->c[at].next)
		p[i] = (struct cap_point){
			(double)r->c[at].at.y * 1e-5, (double)r->c[at].at.x * 1e-5};
	*out = p;
	*count = r->left + 1;
	return ERR_OK;
}

enum err
outline_reduce(struct cap_point **out, size_t *count, struct arena *arena,
	const struct cap_point *ring, size_t n, size_t max)
{
	struct outline r = {0};
	double twice;
	enum err err;

	if (n == 0)
		return ERR_SHAPE;
	if (n >= INT32_MAX)
		return ERR_RANGE;
	r.c = calloc(n + 4, sizeof *r.c);
	if (r.c == NULL)
		return ERR_NOMEM;
	err = load(&r, ring, n);
	if (err != ERR_OK)
		goto free_corners;
	twice = ground(&r);
	if (twice == 0) {
		make_rectangle(&r);
		twice = 1;
	}
	link_corners(&r, twice < 0);
	err = index_corners(&r);
	if (err == ERR_OK && !reduce(&r, max)) {
		err = make_hull(&r);
		if (err == ERR_OK)
			(void)reduce(&r, max);
	}
	if (err == ERR_OK)
		err = write_ring(out, count, arena, &r);
	outline_index_free(&r.index);
free_corners:
	free(r.c);
	return err;
}
