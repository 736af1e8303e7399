/* SPDX-License-Identifier: GPL-3.0-or-later */
/* orders.c: the orders that a mouth which joins late may still need. */
#include "edge/brain.h"

#include <stdlib.h>
#include <string.h>

enum {
	AFTER_EXPIRY_MS = 3600000, /* kept as long, so that a repeat is known as one, … */
	KEPT = 1024, /* … and so many however late it seems: all clocks may be wrong */
};

bool
numbers_add(struct numbers *n, uint64_t number)
{
	if (n->count == n->cap) {
		size_t cap = n->cap ? n->cap * 2 : 16;
		uint64_t *at = realloc(n->at, cap * sizeof *at);

		if (at == NULL)
			return false;
		n->at = at;
		n->cap = cap;
	}
	n->at[n->count++] = number;
	return true;
}

static struct edge_order *
order_row(struct edge *e, uint64_t id)
{
	for (size_t i = e->order_count; i-- > 0;)
		if (e->order[i].id == id)
			return &e->order[i];
	return NULL;
}

/* One operator who borrows the id of an alarm that waits for its second signature hides nothing. */
static bool
outranks(const struct order *o, const struct edge_order *row)
{
	return class_signers(o->body[0].class) > class_signers(row->class);
}

bool
order_is_news(struct edge *e, const struct order *o)
{
	const struct edge_order *row = order_row(e, o->body[0].id);

	return row == NULL || outranks(o, row);
}

/* NULL if there is no memory. */
static struct edge_order *
row_new(struct edge *e)
{
	if (e->order_count == e->order_cap) {
		size_t cap = e->order_cap ? e->order_cap * 2 : 64;
		struct edge_order *at = realloc(e->order, cap * sizeof *at);

		if (at == NULL)
			return NULL;
		e->order = at;
		e->order_cap = cap;
	}
	e->order[e->order_count] = (struct edge_order){0};
	return &e->order[e->order_count++];
}

static void
row_set(struct edge *e, const struct order *o, struct bytes bytes, uint64_t number)
{
	const struct card *card = card_find(e, &o->body[0].content);
	struct edge_order *row = order_row(e, o->body[0].id);
	uint8_t *copy = malloc(bytes.len + 1);

	if (copy != NULL && row == NULL)
		row = row_new(e);
	if (copy == NULL || row == NULL) {
		free(copy);
		return;
	}
	memcpy(copy, bytes.at, bytes.len);
	free((void *)row->bytes.at);
	*row = (struct edge_order){
		.id = o->body[0].id,
		.number = number,
		.content = card != NULL ? card->number : EDGE_NOT_ENTERED,
		.class = o->body[0].class,
		.expiry_ms = order_expiry_ms(&o->body[0]),
		.bytes = bytes_of(copy, bytes.len),
		.content_hash = o->body[0].content,
	};
}

void
order_row_hear(struct edge *e, const struct order *o, struct bytes bytes, uint64_t number)
{
	struct edge_order *row = order_row(e, o->body[0].id);

	if (row == NULL || outranks(o, row))
		row_set(e, o, bytes, number);
	else if (row->number == EDGE_NOT_ENTERED &&
		 class_signers(o->body[0].class) == class_signers(row->class))
		row->number = number;
}

void
orders_forget(struct edge *e, int64_t now_ms)
{
	size_t kept = 0, spare = e->order_count > KEPT ? e->order_count - KEPT : 0;

	for (size_t i = 0; i < e->order_count; i++) {
		if (spare == 0 || e->order[i].expiry_ms + AFTER_EXPIRY_MS > now_ms) {
			e->order[kept++] = e->order[i];
			continue;
		}
		free((void *)e->order[i].bytes.at);
		spare--;
	}
	e->order_count = kept;
}

void
orders_free(struct edge *e)
{
	for (size_t i = 0; i < e->order_count; i++)
		free((void *)e->order[i].bytes.at);
	free(e->order);
}

size_t
edge_orders(const struct edge *e, const struct edge_order **out)
{
	*out = e->order;
	return e->order_count;
}

static bool
lives(const struct edge *e, uint64_t order)
{
	const struct alert *a = book_of_order(e->book, order);

	return a != NULL && (a->state == ALERT_LIVE ||
				    (a->state == ALERT_EXPIRED && a->before == ALERT_LIVE &&
					    a->expires_ms > edge_sure_ms(e)));
}

/* Is one of these named in what the order ends? */
static bool
ends_one(const struct edge *e, const struct edge_order *row,
	bool (*is_one)(const struct edge *e, uint64_t order))
{
	struct order *o = malloc(sizeof *o);
	bool found = o == NULL; /* without memory: told rather than left out */

	if (o != NULL && order_read(o, row->bytes) == ERR_OK)
		for (int i = 0; i < o->body_count; i++)
			for (int k = 0; k < o->body[i].end_count; k++)
				found |= is_one(e, o->body[i].ends[k]);
	free(o);
	return found;
}

static bool
any(const struct edge *e, uint64_t order)
{
	(void)e;
	(void)order;
	return true;
}

bool
edge_order_matters(const struct edge *e, const struct edge_order *row)
{
	return lives(e, row->id) ||
	       (row->expiry_ms > edge_sure_ms(e) && ends_one(e, row, lives));
}

bool
edge_order_ends(const struct edge *e, const struct edge_order *row)
{
	return row->expiry_ms > edge_sure_ms(e) && ends_one(e, row, any);
}
