/* SPDX-License-Identifier: GPL-3.0-or-later */
/* join.c: where a mouth begins that knows nothing: now, not a year ago. */
#include "edge/stream_events.h"

struct joining {
	struct buffer *out;
	bool lean;
};

static enum err
write_one(void *ctx, const struct entry *entry)
{
	struct joining *to = ctx;

	event_entry(to->out, entry, to->lean, false);
	return ERR_OK;
}

static void
write_numbers(struct joining *to, struct journal *j, const uint64_t *number, size_t count)
{
	/* An entry that cannot be read is left out: whoever joins sees it is missing. */
	for (size_t i = 0; i < count; i++)
		(void)!journal_entries(j, number[i], 1, write_one, to);
}

void
early_orders_write(struct buffer *out, const struct edge *e)
{
	const struct edge_order *row;
	size_t n = edge_orders(e, &row);

	while (n-- > 0)
		if (row[n].number == EDGE_NOT_ENTERED && edge_order_matters(e, &row[n]))
			event_order(out, row[n].bytes, &row[n].content_hash);
}

/*
 * A box that was down when its alarm was stopped or cleared still knows the alarm, and would sound
 * on and refuse every all clear until it expires. Behind what lives: an all clear under another
 * alarm is then refused, as it must be.
 */
static void
write_ends(struct joining *to, const struct edge *e, struct journal *j)
{
	const struct edge_order *row;
	size_t n = edge_orders(e, &row);

	for (size_t i = 0; i < n; i++) {
		if (!edge_order_ends(e, &row[i]) || edge_order_matters(e, &row[i]))
			continue;
		if (row[i].number == EDGE_NOT_ENTERED)
			event_order(to->out, row[i].bytes, &row[i].content_hash);
		else
			write_numbers(to, j, &row[i].number, 1);
	}
}

/* The newest first: what ends part of an alarm is known before the alarm is heard. */
static void
write_orders(struct joining *to, const struct edge *e, struct journal *j)
{
	const struct edge_order *row;
	size_t n = edge_orders(e, &row);

	early_orders_write(to->out, e);
	while (n-- > 0) {
		if (row[n].number == EDGE_NOT_ENTERED || !edge_order_matters(e, &row[n]))
			continue;
		if (!to->lean && row[n].content != EDGE_NOT_ENTERED)
			write_numbers(to, j, &row[n].content, 1);
		write_numbers(to, j, &row[n].number, 1);
	}
}

void
join_write(struct buffer *out, const struct edge *e, struct journal *j, bool lean,
	uint64_t *next)
{
	const struct checkpoint *c = edge_heartbeat(e);
	struct joining to = {out, lean};
	const uint64_t *number;
	size_t n = edge_takeovers(e, &number);

	/* Before the heartbeat: only then its term is believed. */
	write_numbers(&to, j, number, n);
	/* The time first: an all clear is obeyed only by who is sure of it. The right edge last: whose
	 * stream breaks before it begins anew here, instead of going on without what lives. */
	if (c != NULL)
		event_checkpoint(out, edge_follower(e), c, false);
	n = edge_notices(e, &number);
	write_numbers(&to, j, number, n);
	write_orders(&to, e, j);
	if (lean)
		write_ends(&to, e, j);
	if (c != NULL)
		event_checkpoint(out, edge_follower(e), c, true);
	*next = c != NULL ? c->size : 0;
}
