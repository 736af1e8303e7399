/* SPDX-License-Identifier: GPL-3.0-or-later */
/* join.c: where a mouth begins that knows nothing: now, not a year ago. */
#include "edge/brain.h"

static void
tell_entries(const struct edge_teller *to, const struct numbers *n)
{
	for (size_t i = 0; i < n->count; i++)
		to->entry(to->ctx, n->at[i]);
}

static void
tell_order(const struct edge_teller *to, const struct edge_order *row)
{
	if (row->number == EDGE_NOT_ENTERED)
		to->order(to->ctx, row);
	else
		to->entry(to->ctx, row->number);
}

void
edge_early_orders(const struct edge *e, const struct edge_teller *to)
{
	for (size_t n = e->order_count; n-- > 0;)
		if (e->order[n].number == EDGE_NOT_ENTERED &&
			edge_order_matters(e, &e->order[n]))
			to->order(to->ctx, &e->order[n]);
}

/* The newest first: what ends part of an alarm is known before the alarm is heard. */
static void
tell_orders(const struct edge *e, bool siren, const struct edge_teller *to)
{
	edge_early_orders(e, to);
	for (size_t n = e->order_count; n-- > 0;) {
		const struct edge_order *row = &e->order[n];

		if (row->number == EDGE_NOT_ENTERED || !edge_order_matters(e, row))
			continue;
		if (!siren && row->content != EDGE_NOT_ENTERED)
			to->entry(to->ctx, row->content);
		to->entry(to->ctx, row->number);
	}
}

/*
 * A box that was down when its alarm was stopped or cleared still knows the alarm, and would sound
 * on and refuse every all clear until it expires. Behind what lives: an all clear under another
 * alarm is then refused, as it must be. Updates last, when what ended them is known.
 */
static void
tell_ends(const struct edge *e, bool updates, const struct edge_teller *to)
{
	for (size_t i = 0; i < e->order_count; i++)
		if ((e->order[i].class == ORDER_ALARM) == updates &&
			edge_order_ends(e, &e->order[i]) &&
			!edge_order_matters(e, &e->order[i]))
			tell_order(to, &e->order[i]);
}

uint64_t
edge_join(const struct edge *e, bool siren, const struct edge_teller *to)
{
	const struct checkpoint *c = edge_heartbeat(e);

	/* Before the heartbeat: only then its term is believed. */
	tell_entries(to, &e->takeovers);
	/* The time first: an all clear is obeyed only by who is sure of it. Where the chain stands
	 * last: whose stream breaks before it begins anew here, instead of going on without what
	 * lives. */
	if (c != NULL)
		to->time(to->ctx, c);
	tell_entries(to, &e->notices);
	tell_orders(e, siren, to);
	if (siren) {
		tell_ends(e, false, to);
		tell_ends(e, true, to);
	}
	if (c != NULL)
		to->here(to->ctx, c);
	return c != NULL ? c->size : 0;
}

void
edge_resume(const struct edge *e, const struct edge_teller *to)
{
	const struct checkpoint *c = edge_heartbeat(e);

	/* It may have followed the hub before beyond the number that a takeover names. */
	tell_entries(to, &e->takeovers);
	if (c != NULL)
		to->time(to->ctx, c);
	edge_early_orders(e, to);
}
