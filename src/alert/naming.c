/* SPDX-License-Identifier: GPL-3.0-or-later */
/* naming.c: what states mean; stops and ends as mouths in each zone hear them. */
#include "alert/naming.h"

#include "bulletin/verdict.h"

#include <stdlib.h>

static const char *const state_names[] = {
	[ALERT_LIVE] = "live",
	[ALERT_STOPPED] = "stopped",
	[ALERT_CORRECTED] = "corrected",
	[ALERT_ENDED] = "ended",
	[ALERT_OVER] = "over",
	[ALERT_EXPIRED] = "expired",
};

const char *
alert_state_name(enum alert_state s)
{
	return state_names[s];
}

void
namings_free(struct namings *n)
{
	free(n->at);
	*n = (struct namings){0};
}

int
alert_state_weight(enum alert_state state)
{
	switch (state) {
	case ALERT_LIVE:
	case ALERT_EXPIRED:
		return 0;
	case ALERT_STOPPED:
		return 1;
	case ALERT_OVER:
		return 2;
	case ALERT_CORRECTED:
	case ALERT_ENDED:
		return 3;
	}
	return 0;
}

bool
namings_have(const struct namings *n, uint64_t id)
{
	for (size_t i = n->count; i-- > 0;)
		if (n->at[i].id == id)
			return true;
	return false;
}

void
namings_add(struct namings *n, uint64_t id, enum alert_state state,
	const struct order_zones *zones)
{
	if (n->count == n->cap) {
		size_t cap = n->cap ? n->cap * 2 : 32;
		struct naming *at = realloc(n->at, cap * sizeof *at);

		if (at == NULL)
			return;
		n->at = at;
		n->cap = cap;
	}
	n->at[n->count++] = (struct naming){id, state, *zones};
}

void
namings_forget(struct namings *n, int64_t before_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < n->count; i++)
		if (order_id_ms(n->at[i].id) >= before_ms)
			n->at[kept++] = n->at[i];
	n->count = kept;
}

/* Is one of the numbers that a mouth there obeys among these? */
static bool
reaches(const struct zones *zones, const struct order_zones *z, const struct place *at)
{
	const struct zone_group *g =
		z->group && zones != NULL ? zones_group(zones, z->number[0]) : NULL;

	if (!z->group)
		return z->count == 0 || place_rung(at, z) >= 0;
	for (size_t i = 0; g != NULL && i < g->zone_count; i++)
		for (int r = 0; r < at->depth; r++)
			if (g->zones[i] == at->zone[r])
				return true;
	return false;
}

static enum alert_state
state_in(const struct namings *n, const struct zones *zones, uint64_t id,
	const uint16_t *zone)
{
	enum alert_state most = ALERT_LIVE;
	struct place at = {.depth = 1};

	if (zone != NULL && zones != NULL)
		at.depth = (uint8_t)zones_path(zones, *zone, at.zone, PLACE_DEPTH);
	if (zone != NULL && at.depth <= 1) {
		at.depth = 1;
		at.zone[0] = *zone;
	}
	for (size_t i = 0; i < n->count; i++)
		if (n->at[i].id == id &&
			alert_state_weight(n->at[i].state) > alert_state_weight(most) &&
			(zone == NULL || reaches(zones, &n->at[i].zones, &at)))
			most = n->at[i].state;
	return most;
}

enum alert_state
namings_state(const struct namings *n, const struct zones *zones, uint64_t id,
	const uint16_t *zone, size_t count)
{
	enum alert_state least = state_in(n, zones, id, count > 0 ? zone : NULL), here;

	for (size_t i = 1; i < count && least != ALERT_LIVE; i++) {
		here = state_in(n, zones, id, &zone[i]);
		if (alert_state_weight(here) < alert_state_weight(least))
			least = here;
	}
	return least;
}
