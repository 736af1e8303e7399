/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outline.c: corners taken away so that the ground only grows, on a grid of 1e-5 degrees. */
#include "cap/outline.h"

#include <math.h>
#include <string.h>

/* Units of 1e-5 degree: differences below 2^26, so products are exact in 64 bits. */
struct spot {
	int64_t x, y; /* east, north */
};

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
};

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
}

static bool
may_drop(const struct outline *r, size_t i)
{
	const struct corner *b = &r->c[i], *a = &r->c[b->prev], *c = &r->c[b->next];

	for (size_t v = c->next; v != b->prev; v = r->c[v].next)
		if (in_triangle(r->c[v].at, a->at, c->at, b->at))
			return false;
	return true;
}

static bool
may_join(const struct outline *r, size_t i)
{
	const struct corner *b = &r->c[i], *a = &r->c[b->prev], *c = &r->c[b->next];
	const struct corner *d = &r->c[c->next];
	struct spot p = b->to;

	for (size_t v = d->next; v != b->prev; v = r->c[v].next)
		if (in_triangle(r->c[v].at, a->at, p, b->at) ||
			in_triangle(r->c[v].at, b->at, p, c->at) ||
			in_triangle(r->c[v].at, p, d->at, c->at))
			return false;
	/* A side can cut off the new corner without a corner of its own inside. */
	for (size_t v = c->next; v != b->prev; v = r->c[v].next) {
		struct spot u = r->c[v].at, w = r->c[r->c[v].next].at;

		if (sides_cross(u, w, a->at, p) || sides_cross(u, w, p, d->at))
			return false;
	}
	return true;
}

static void
take_step(struct outline *r, size_t i)
{
	struct corner *b = &r->c[i];
	size_t around = b->prev;

	if (b->joins) {
		struct corner *c = &r->c[b->next];

		b->at = b->to;
		c->gone = true;
		b->next = c->next;
		r->c[c->next].prev = i;
	} else {
		b->gone = true;
		r->c[b->prev].next = b->next;
		r->c[b->next].prev = b->prev;
	}
	r->left--;
	r->any = around;
	around = r->c[around].prev;
	for (int k = 0; k < 6; k++, around = r->c[around].next)
		weigh(r, around);
}

static size_t
cheapest(const struct outline *r)
{
	size_t found = r->n;

	for (size_t i = 0; i < r->n; i++) {
		const struct corner *c = &r->c[i];

		if (!c->gone && !c->blocked && c->cost >= 0 &&
			(found == r->n || c->cost < r->c[found].cost))
			found = i;
	}
	return found;
}

static void
reduce(struct outline *r, size_t max)
{
	bool stepped = false; /* since all were last unblocked */

	for (size_t i = 0; i < r->n; i++)
		weigh(r, i);
	while (r->left > max && r->left > 3) {
		size_t i = cheapest(r);

		if (i == r->n) {
			if (!stepped)
				return;
			for (size_t k = 0; k < r->n; k++)
				r->c[k].blocked = false;
			stepped = false;
		} else if (r->c[i].joins ? may_join(r, i) : may_drop(r, i)) {
			take_step(r, i);
			stepped = true;
		} else {
			r->c[i].blocked = true;
		}
	}
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

enum err
outline_reduce(struct cap_point **out, size_t *count, struct arena *arena,
	const struct cap_point *ring, size_t n, size_t max)
{
	struct outline r = {0};
	struct cap_point *p;
	double twice;
	enum err err;

	if (n == 0)
		return ERR_SHAPE;
	r.c = arena_alloc(arena, (n + 4) * sizeof *r.c);
	if (r.c == NULL)
		return ERR_NOMEM;
	err = load(&r, ring, n);
	if (err != ERR_OK)
		return err;
	twice = ground(&r);
	if (twice == 0) {
		make_rectangle(&r);
		twice = 1;
	}
	link_corners(&r, twice < 0);
	reduce(&r, max);
	p = arena_alloc(arena, (r.left + 1) * sizeof *p);
	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0, at = r.any; i <= r.left; i++, at = r.c[at].next)
		p[i] = (struct cap_point){
			(double)r.c[at].at.y * 1e-5, (double)r.c[at].at.x * 1e-5};
	*out = p;
	*count = r.left + 1;
	return ERR_OK;
}
