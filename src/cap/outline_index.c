/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outline_index.c: a tree of boxes and a heap. */
#include "cap/outline_index.h"

#include <stdlib.h>

static const struct outline_box empty = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN};

enum err
outline_index_new(struct outline_index *ix, size_t corners)
{
	size_t size = 1;

	while (size < corners)
		size *= 2;
	*ix = (struct outline_index){.size = size};
	ix->box = malloc(2 * size * sizeof *ix->box);
	ix->cost = malloc(size * sizeof *ix->cost);
	ix->heap = malloc((size + 1) * sizeof *ix->heap);
	ix->place = calloc(size, sizeof *ix->place);
	if (ix->box == NULL || ix->cost == NULL || ix->heap == NULL || ix->place == NULL) {
		outline_index_free(ix);
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < 2 * size; i++)
		ix->box[i] = empty;
	return ERR_OK;
}

void
outline_index_free(struct outline_index *ix)
{
	free(ix->place);
	free(ix->heap);
	free(ix->cost);
	free(ix->box);
	*ix = (struct outline_index){0};
}

/* ---- boxes ---- */

static int32_t
least(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

static int32_t
most(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static struct outline_box
around(struct outline_box a, struct outline_box b)
{
	return (struct outline_box){least(a.west, b.west), least(a.south, b.south),
		most(a.east, b.east), most(a.north, b.north)};
}

static struct outline_box
box_of(struct spot p)
{
	return (struct outline_box){(int32_t)p.x, (int32_t)p.y, (int32_t)p.x, (int32_t)p.y};
}

static bool
is_same(struct outline_box a, struct outline_box b)
{
	return a.west == b.west && a.south == b.south && a.east == b.east &&
	       a.north == b.north;
}

static void
set(struct outline_index *ix, size_t i, struct outline_box box)
{
	size_t at = ix->size + i;

	while (!is_same(ix->box[at], box)) {
		ix->box[at] = box;
		if (at == 1)
			return;
		at /= 2;
		box = around(ix->box[2 * at], ix->box[2 * at + 1]);
	}
}

void
outline_index_put(struct outline_index *ix, size_t i, struct spot a, struct spot b)
{
	set(ix, i, around(box_of(a), box_of(b)));
}

void
outline_index_drop(struct outline_index *ix, size_t i)
{
	set(ix, i, empty);
}

void
outline_search_begin(struct outline_search *s, struct spot corner)
{
	s->over = box_of(corner);
	s->todo[0] = 1;
	s->n = 1;
}

void
outline_search_widen(struct outline_search *s, struct spot corner)
{
	s->over = around(s->over, box_of(corner));
}

bool
outline_search_next(struct outline_search *s, struct outline_index *ix, size_t *i)
{
	while (s->n > 0) {
		size_t at = s->todo[--s->n];
		struct outline_box b = ix->box[at];

		ix->work++;
		if (b.west > s->over.east || b.east < s->over.west ||
			b.south > s->over.north || b.north < s->over.south)
			continue;
		if (at >= ix->size) {
			*i = at - ix->size;
			return true;
		}
		s->todo[s->n++] = 2 * at + 1;
		s->todo[s->n++] = 2 * at;
	}
	return false;
}

/* ---- the heap ---- */

static bool
is_before(const struct outline_index *ix, uint32_t a, uint32_t b)
{
	return ix->cost[a] < ix->cost[b] || (a < b && ix->cost[a] == ix->cost[b]);
}

static void
sit(struct outline_index *ix, size_t place, uint32_t i)
{
	ix->heap[place] = i;
	ix->place[i] = (uint32_t)place;
}

/* Corner i goes up or down from where it is. */
static void
settle(struct outline_index *ix, uint32_t i)
{
	size_t at = ix->place[i];

	while (at > 1 && is_before(ix, i, ix->heap[at / 2])) {
		sit(ix, at, ix->heap[at / 2]);
		at /= 2;
	}
	while (2 * at <= ix->heaped) {
		size_t child = 2 * at;

		if (child < ix->heaped &&
			is_before(ix, ix->heap[child + 1], ix->heap[child]))
			child++;
		if (!is_before(ix, ix->heap[child], i))
			break;
		sit(ix, at, ix->heap[child]);
		at = child;
	}
	sit(ix, at, i);
}

void
outline_index_offer(struct outline_index *ix, size_t i, double cost)
{
	ix->cost[i] = cost;
	if (ix->place[i] == 0)
		sit(ix, ++ix->heaped, (uint32_t)i);
	settle(ix, (uint32_t)i);
}

void
outline_index_withdraw(struct outline_index *ix, size_t i)
{
	size_t at = ix->place[i];
	uint32_t last;

	if (at == 0)
		return;
	ix->place[i] = 0;
	last = ix->heap[ix->heaped--];
	if (last == i)
		return;
	sit(ix, at, last);
	settle(ix, last);
}

bool
outline_index_cheapest(const struct outline_index *ix, size_t *i)
{
	if (ix->heaped == 0)
		return false;
	*i = ix->heap[1];
	return true;
}
