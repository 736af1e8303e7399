/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_ring.c: one ring a line; turned round and laid on its side, a ring is judged the same. */
#include "cap/geometry.h"
#include "cap/outline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RINGS = 8 };

static void
must(bool good)
{
	if (!good)
		abort();
}

static bool
is_good(const struct cap_spot *v, size_t n)
{
	struct crossing at;

	must(crossing_find(&at, v, n) == ERR_OK);
	must(at.kind == CROSSING_NONE || at.kind == CROSSING_FLAT ||
		(at.a < at.b && at.b < n));
	return at.kind == CROSSING_NONE;
}

static void
judge(const struct cap_ring_text *r, struct arena *arena, bool good)
{
	struct cap_spot *v = arena_alloc(arena, (r->n + 1) * sizeof *v);
	struct cap_point *p = arena_alloc(arena, (r->n + 1) * sizeof *p), *out;
	struct cap_parts parts;
	size_t n;

	must(v != NULL && p != NULL);
	for (size_t i = 0; i < r->n; i++) {
		v[i] = (struct cap_spot){r->at[r->n - 1 - i].y, r->at[r->n - 1 - i].x};
		p[i] = (struct cap_point){
			(double)r->at[i].y * 1e-16, (double)r->at[i].x * 1e-16};
	}
	must(is_good(v, r->n) == good);
	if (outline_reduce(&out, &n, arena, p, r->n, 10) == ERR_OK)
		must(n >= 3 && out[0].lat == out[n - 1].lat);
	if (!good || cap_ring_cut(&parts, arena, p, r->n, 0) != ERR_OK)
		return;
	for (size_t k = 0; k < parts.n; k++)
		for (size_t i = 0; i < parts.at[k].n; i++)
			must(fabs(parts.at[k].at[i].lat) <= 90 &&
				fabs(parts.at[k].at[i].lon) <= 180);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct crossing_ring ring[RINGS], back[RINGS];
	size_t n = 0, a, b, c, d;
	struct arena *arena;

	must(arena_new(&arena) == ERR_OK);
	while (size > 0 && n < RINGS) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end != NULL ? (size_t)(end - data) : size;
		struct cap_ring_text r;

		must(cap_ring_read(&r, arena, bytes_of(data, len)) == ERR_OK);
		if (r.off_globe == 0) {
			bool good = is_good(r.at, r.n);

			judge(&r, arena, good);
			if (good)
				ring[n++] = (struct crossing_ring){r.at, r.n};
		}
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
	for (size_t i = 0; i < n; i++)
		back[i] = ring[n - 1 - i];
	must(crossing_overlap(&a, &b, ring, n) == ERR_OK);
	must(crossing_overlap(&c, &d, back, n) == ERR_OK);
	must((a == b) == (c == d));
	arena_free(arena);
	return 0;
}
