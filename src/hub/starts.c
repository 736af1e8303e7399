/* SPDX-License-Identifier: GPL-3.0-or-later */
/* starts.c: how often a key has sounded under a mandate; the public page shows no more of it. */
#include "hub/brain.h"

#include <stdlib.h>

enum { HOUR_MS = 3600 * 1000, KEPT_MS = 48 * HOUR_MS };

static bool
under_mandate(const struct order_body *b)
{
	return b->class == ORDER_BREAK_GLASS || b->class == ORDER_SENSOR;
}

/* When it began; what is dated ahead has its share of this hour. */
static int64_t
start_ms(const struct order_body *b, int64_t now_ms)
{
	int64_t from_ms = (int64_t)b->not_before_s * 1000;

	return from_ms < now_ms ? from_ms : now_ms;
}

static bool
known(const struct hub *h, uint64_t order)
{
	for (size_t i = 0; i < h->start_count; i++)
		if (h->start[i].order == order)
			return true;
	return false;
}

static void
forget(struct hub *h, int64_t before_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->start_count; i++)
		if (h->start[i].time_ms >= before_ms)
			h->start[kept++] = h->start[i];
	h->start_count = kept;
}

void
start_note(struct hub *h, const struct order *o, int64_t now_ms)
{
	const struct order_body *b = &o->body[0];
	struct start *at;

	if (!under_mandate(b) || o->approval_count == 0 || known(h, b->id))
		return;
	forget(h, now_ms - KEPT_MS);
	at = realloc(h->start, (h->start_count + 1) * sizeof *at);
	if (at == NULL)
		return;
	h->start = at;
	h->start[h->start_count++] =
		(struct start){b->id, o->approval[0].key, b->class, start_ms(b, now_ms)};
}

/* Two keys of one person have one person's share. Orders may come back in any order: an hour on
 * either side is looked at. */
bool
starts_used_up(const struct hub *h, const struct mandate *m, const struct order_body *b)
{
	int64_t at_ms = start_ms(b, h->now_ms);
	int n = 0;

	for (size_t i = 0; i < h->start_count; i++) {
		const struct start *s = &h->start[i];

		n += s->class == m->class && s->time_ms > at_ms - HOUR_MS &&
		     s->time_ms < at_ms + HOUR_MS &&
		     roster_same_person(&h->roster, s->key, m->key);
	}
	return n >= m->starts_per_hour;
}
