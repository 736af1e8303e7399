/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_shape.c: outlines of any shape; what settling or mending leaves is settled for good. */
#include "geo/shape.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RINGS_MAX = 8, POINTS_MAX = 64 };

static bool
shapes_equal(const struct shape *a, const struct shape *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (a->polygon[i].n != b->polygon[i].n)
			return false;
		for (size_t k = 0; k < a->polygon[i].n; k++) {
			const struct ring *x = &a->polygon[i].ring[k];
			const struct ring *y = &b->polygon[i].ring[k];

			if (x->n != y->n || memcmp(x->at, y->at, x->n * sizeof *x->at) != 0)
				return false;
		}
	}
	return true;
}

/* A byte of the first number tells whether a ring is a hole of the one before and is closed. */
static void
rings_read(struct shape *s, struct reader *r, struct ring *ring, struct point *at)
{
	for (size_t k = 0; k < RINGS_MAX && r->left > 0; k++, at += POINTS_MAX + 1) {
		uint8_t kind = read_u8(r);
		size_t n = kind >> 2;

		ring[k] = (struct ring){at, 0};
		while (ring[k].n < n && r->left >= 4) {
			at[ring[k].n].lat = (int16_t)read_u16(r) / 364.1;
			at[ring[k].n++].lon = (int16_t)read_u16(r) / 182.05;
		}
		if ((kind & 1) != 0 && ring[k].n > 0)
			at[ring[k].n++] = at[0];
		if ((kind & 2) == 0 || s->n == 0)
			s->polygon[s->n++] = (struct polygon){&ring[k], 1};
		else
			s->polygon[s->n - 1].n++;
	}
}

static void
settle(const struct shape *in, bool mend, bool *done)
{
	struct findings found;
	struct shape once, twice;
	struct arena *arena;

	if (arena_new(&arena) != ERR_OK)
		abort();
	*done = shape_settle(&once, arena, in, mend, &found) == ERR_OK;
	if (!*done && found.n == 0)
		abort(); /* refused without a word */
	if (*done && (shape_settle(&twice, arena, &once, false, &found) != ERR_OK ||
			     !shapes_equal(&once, &twice)))
		abort();
	arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct point at[RINGS_MAX * (POINTS_MAX + 1)];
	struct reader r = reader_over(data, size);
	struct polygon polygon[RINGS_MAX];
	struct ring ring[RINGS_MAX];
	struct shape s = {polygon, 0};
	bool good, mended;

	rings_read(&s, &r, ring, at);
	if (s.n == 0)
		return 0;
	settle(&s, false, &good);
	settle(&s, true, &mended);
	if (good && !mended)
		abort();
	return 0;
}
