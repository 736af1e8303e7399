/* SPDX-License-Identifier: GPL-3.0-or-later */
/* held.c: valid orders that came too early, or before the time was sure. */
#include "siren/brain.h"

#include <stdlib.h>
#include <string.h>

enum { HELD_EVERY_MS = 1000 };

/* One place an id: whoever relays an order can write its approvals in many ways. A test is not
 * worth a place. */
bool
hold(struct siren *s, int64_t mono_ms, enum verdict v, const struct order_body *b,
	struct bytes bytes, bool on_disk)
{
	int64_t wait =
		(int64_t)b->not_before_s * 1000 - siren_clock_now(&s->clock, mono_ms);
	uint8_t *copy;

	if (b->class == ORDER_TEST ||
		(v != VERDICT_CLOCK && !(v == VERDICT_EARLY && wait <= SIREN_HOLD_MS)))
		return false;
	for (size_t i = 0; i < s->held_count; i++)
		if (s->held[i].id == b->id)
			return true;
	if (s->held_count == EARLY_HELD)
		return false;
	copy = malloc(bytes.len);
	if (copy == NULL)
		return false;
	memcpy(copy, bytes.at, bytes.len);
	s->held_due_ms = mono_ms + HELD_EVERY_MS;
	s->held[s->held_count++] =
		(struct held_order){b->id, bytes_of(copy, bytes.len), on_disk};
	return true;
}

void
retry_held(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	size_t n = s->held_count;
	struct held_order held[EARLY_HELD];

	memcpy(held, s->held, sizeof held);
	s->held_count = 0;
	for (size_t i = 0; i < n; i++) {
		obey(s, mono_ms, held[i].bytes, held[i].on_disk, todo);
		free((void *)held[i].bytes.at);
	}
}
