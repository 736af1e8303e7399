/* SPDX-License-Identifier: GPL-3.0-or-later */
/* held.c: valid orders that came too early, or before the time was sure. */
#include "siren/brain.h"

#include <stdlib.h>
#include <string.h>

enum { HELD_EVERY_MS = 1000 };

/* Made for now and yet early: then our clock is behind, who knows how far. */
static bool
may_come(const struct siren *s, int64_t mono_ms, const struct order_body *b)
{
	int64_t from_ms = (int64_t)b->not_before_s * 1000;

	return from_ms - siren_clock_now(&s->clock, mono_ms) <= SIREN_HOLD_MS ||
	       from_ms <= order_id_ms(b->id) + SIREN_EARLY_MS;
}

/* One place an id: whoever relays an order can write its approvals in many ways. What one
 * person signs is not worth a place: he could fill them all, or wait under the id of an alarm. */
bool
hold(struct siren *s, int64_t mono_ms, enum verdict v, const struct order_body *b,
	struct bytes bytes, bool on_disk)
{
	uint8_t *copy;

	if (class_signers(b->class) < 2 ||
		(v != VERDICT_CLOCK && !(v == VERDICT_EARLY && may_come(s, mono_ms, b))))
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
