/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cabinet.c: what happens in the cabinets; cabinet_words.c reads what is said to them. */
#include "hands/cabinet_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAG_BATTERY_MV = 900, SAG_LOAD_MV = 350 };

enum err
cabinet_new(struct cabinet **out, uint32_t boxes, uint32_t current_ms,
	const struct cabinet_host *host)
{
	struct cabinet *c;

	if (boxes == 0 || boxes > CABINET_BOXES)
		return ERR_RANGE;
	c = calloc(1, sizeof *c + ((size_t)boxes + 1) * sizeof *c->box);
	if (c == NULL)
		return ERR_NOMEM;
	c->boxes = boxes;
	c->delay_ns = (int64_t)current_ms * 1000000;
	c->host = *host;
	for (uint32_t i = 1; i <= boxes; i++) {
		c->box[i].mains = true;
		c->box[i].battery_mv = CABINET_BATTERY_MV;
	}
	*out = c;
	return ERR_OK;
}

void
cabinet_free(struct cabinet *c)
{
	if (c == NULL)
		return;
	free(c->coming.at);
	free(c);
}

/* What the battery shows: less without its charger, less under load. */
static unsigned
shown_mv(const struct box *b)
{
	unsigned sag = (b->mains ? 0 : SAG_BATTERY_MV) + (b->current ? SAG_LOAD_MV : 0);

	return b->battery_mv > sag ? b->battery_mv - sag : 0;
}

/* Would the horn draw current, once it has started? */
static bool
is_driven(const struct box *b)
{
	return (b->relay || b->local) && b->fault != FAULT_NO_CURRENT &&
	       (b->mains || b->battery_mv >= CABINET_DEAD_MV);
}

void
cabinet_show(struct cabinet *c, cabinet_peer *to, uint32_t box)
{
	const struct box *b = &c->box[box];
	char line[CABINET_LINE];
	int len = snprintf(line, sizeof line, "inputs %" PRIu32 " %d %d %d %u %d %d %d\n",
		box, b->relay, b->current, b->mains, shown_mv(b), b->cabinet_door,
		b->battery_door, b->local);

	c->host.say(c->host.ctx, to, line, (size_t)len);
}

/* A queue is enough: the delay is the same for all, so they fall due in order. */
static bool
coming_add(struct coming *q, int64_t at_ns, uint32_t box)
{
	if (q->n == q->cap) {
		size_t cap = q->cap > 0 ? 2 * q->cap : 256;
		struct settling *at = malloc(cap * sizeof *at);

		if (at == NULL)
			return false;
		for (size_t i = 0; i < q->n; i++)
			at[i] = q->at[(q->first + i) % q->cap];
		free(q->at);
		*q = (struct coming){.at = at, .n = q->n, .cap = cap};
	}
	q->at[(q->first + q->n++) % q->cap] = (struct settling){at_ns, box};
	return true;
}

static void
set_contact(struct cabinet *c, uint32_t box, bool on, struct cabinet_time now)
{
	struct box *b = &c->box[box];
	char line[CABINET_LINE];
	int len;

	if (b->relay == on)
		return;
	b->relay = on;
	b->closings += on;
	b->openings += !on;
	c->closings += on;
	c->openings += !on;
	c->ever_closed += on && b->closings == 1;
	len = snprintf(line, sizeof line, "%" PRId64 " %" PRId64 " %" PRIu32 " %s\n",
		now.monotonic_ns, now.realtime_ms, box, on ? "on" : "off");
	c->host.log(c->host.ctx, line, (size_t)len);
}

void
cabinet_changed(struct cabinet *c, uint32_t box, struct cabinet_time now)
{
	struct box *b = &c->box[box];

	if (b->ordered ? b->fault != FAULT_STUCK_OPEN : b->fault != FAULT_STUCK_CLOSED)
		set_contact(c, box, b->ordered, now);
	if (is_driven(b) == b->current)
		return;
	/* Out of memory the current follows at once: the play goes on. */
	if (!coming_add(&c->coming, now.monotonic_ns + c->delay_ns, box))
		b->current = is_driven(b);
}

int64_t
cabinet_due_ns(const struct cabinet *c)
{
	return c->coming.n > 0 ? c->coming.at[c->coming.first].at_ns : -1;
}

void
cabinet_tick(struct cabinet *c, struct cabinet_time now)
{
	struct coming *q = &c->coming;

	while (q->n > 0 && q->at[q->first].at_ns <= now.monotonic_ns) {
		uint32_t box = q->at[q->first].box;
		struct box *b = &c->box[box];

		q->first = (q->first + 1) % q->cap;
		q->n--;
		if (b->current == is_driven(b))
			continue; /* it changed its mind on the way */
		b->current = !b->current;
		if (b->owner != NULL)
			cabinet_show(c, b->owner, box);
	}
}

void
cabinet_leave(struct cabinet *c, cabinet_peer *peer)
{
	for (uint32_t i = 1; i <= c->boxes; i++)
		if (c->box[i].owner == peer)
			c->box[i].owner = NULL;
}
