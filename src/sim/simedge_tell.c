/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simedge_tell.c: the edge as a mouth: judges what it passes on, and tells boxes. */
#include "sim/world.h"

#include "wire/link.h"
#include "wire/zones_document.h"

#include <stdlib.h>
#include <string.h>

/* To boxes: 'E' entry line, 'C' checkpoint line, 'O' on-disk byte and order, 'U' u64 cursor. */
void
edge_tell(struct world *w, struct sim_edge *e, char kind, struct bytes bytes)
{
	struct buffer b = {0};

	write_u8(&b, (uint8_t)kind);
	write_bytes(&b, bytes.at, bytes.len);
	for (int i = 0; i < BOXES; i++)
		stream_send(w, stream_box(w, e->i, i), 1, buffer_bytes(&b));
	buffer_free(&b);
}

static void
tell_one(struct world *w, struct sim_edge *e, int box, char kind, struct bytes bytes)
{
	struct buffer b = {0};

	write_u8(&b, (uint8_t)kind);
	write_bytes(&b, bytes.at, bytes.len);
	stream_send(w, stream_box(w, e->i, box), 1, buffer_bytes(&b));
	buffer_free(&b);
}

/* Is it good in every zone that it names? */
static bool
judged(struct world *w, const struct sim_edge *e, const struct order *o)
{
	struct judge j = {
		TOWN_TERRITORY, MODE_LIVE, &w->town->parsed, &e->revoked, memo_verify, w};

	for (int i = 0; i < o->body_count; i++) {
		const struct order_body *b = &o->body[i];

		for (int k = 0; k < (b->zones.count > 0 ? b->zones.count : 1); k++) {
			struct place place = {.depth = 1};
			int rung;

			place.zone[0] = b->zones.count > 0 ? b->zones.number[k] : 0;
			if (order_judge(&j, o, b, &place, &rung) != VERDICT_GOOD)
				return false;
		}
	}
	return true;
}

/* Another hub may be the one that reigns. */
static void
tell_hubs(struct world *w, struct sim_edge *e, struct bytes order)
{
	struct buffer frame = {0};

	link_order_write(&frame, order, bytes_of(NULL, 0));
	for (int i = 0; i < HUBS; i++)
		if (e->hub_up[i])
			stream_send(w, stream_hub(w, i, e->i), 1, buffer_bytes(&frame));
	buffer_free(&frame);
}

void
edge_pass_order(struct world *w, struct sim_edge *e, struct bytes order, bool on_disk)
{
	struct order o;
	struct buffer b = {0};

	if (order_read(&o, order) != ERR_OK || !judged(w, e, &o))
		return;
	for (size_t i = 0; i < e->passed_count; i++)
		if (e->passed[i].id == o.body[0].id &&
			bytes_equal(bytes_of(e->passed[i].frame.at + 1,
					    e->passed[i].frame.len - 1),
				order))
			return;
	write_u8(&b, on_disk);
	write_bytes(&b, order.at, order.len);
	(void)book_order(e->book, &o, clock_wall(w, &e->clock), on_disk);
	edge_tell(w, e, 'O', buffer_bytes(&b));
	tell_hubs(w, e, order);
	e->passed = realloc(e->passed, (e->passed_count + 1) * sizeof *e->passed);
	e->passed[e->passed_count++] = (struct passed){o.body[0].id, bytes_of(b.at, b.len)};
}

static void
obey_zones(struct sim_edge *e, struct bytes data)
{
	struct zones_head head;
	struct zones *zones;
	struct arena *arena;
	struct document d;

	if (arena_new(&arena) != ERR_OK)
		return;
	if (document_read(&d, arena, data, NULL) == ERR_OK &&
		zones_document_read(&zones, &head, d.text, d.geometry, NULL) == ERR_OK) {
		book_zones(e->book, zones);
		zones_free(e->zones);
		e->zones = zones;
	}
	arena_free(arena);
}

/* True if it was an order, and good. */
bool
edge_obey(struct world *w, struct sim_edge *e, const struct entry *entry)
{
	struct revocation v;
	struct order o;

	switch (entry_kind_of(entry->header.kind)) {
	case ENTRY_ALERT:
	case ENTRY_UPDATE:
	case ENTRY_CORRECTION:
	case ENTRY_END:
		(void)!book_content(e->book, entry->data, NULL);
		break;
	case ENTRY_ORDER:
		if (order_read(&o, entry->data) != ERR_OK || !judged(w, e, &o))
			return false;
		(void)book_order(e->book, &o, entry->header.time_ms, true);
		return true;
	case ENTRY_REVOCATION:
		if (revocation_read(&v, entry->data) == ERR_OK &&
			revocation_check(&v, &w->town->parsed, &e->revoked, NULL) == ERR_OK)
			revoked_add(&e->revoked, v.key);
		break;
	case ENTRY_ZONES:
		obey_zones(e, entry->data);
		break;
	case ENTRY_ROSTER:
	case ENTRY_MANDATE:
	case ENTRY_TAKEOVER:
	case ENTRY_SIRENS:
	case ENTRY_OTHER:
		break;
	}
	return false;
}

static bool
sirens_need(const struct line *l)
{
	enum entry_kind kind = entry_kind_of(l->header.kind);

	return l->order != NULL || kind == ENTRY_REVOCATION || kind == ENTRY_MANDATE ||
	       kind == ENTRY_TAKEOVER;
}

/* The newest heartbeat without its right edge: the time alone. */
static void
tell_time(struct world *w, struct sim_edge *e, int box)
{
	struct buffer line = {0};
	struct checkpoint c;

	if (checkpoint_line_read(&c, NULL, (const char *)e->checkpoint.at,
		    e->checkpoint.len, NULL) == ERR_OK) {
		checkpoint_line_write(&line, &c, NULL, 0);
		tell_one(w, e, box, 'C', buffer_bytes(&line));
	}
	buffer_free(&line);
}

/* A box subscribed: the newest heartbeat, then what it lacks; one that is new here gets what
 * still matters. */
void
edge_node_listener(struct world *w, struct sim_edge *e, int box, uint64_t after)
{
	w->joining = true; /* TCP brings all of it, or breaks */
	if (after == 0 && e->checkpoint.len > 0)
		tell_time(w, e, box);
	for (size_t i = 0; i < e->lines; i++)
		if (after > 0 ? i >= after : sirens_need(&e->line[i]))
			tell_one(w, e, box, 'E', e->line[i].brief);
	for (size_t i = 0; i < e->passed_count; i++)
		tell_one(w, e, box, 'O', e->passed[i].frame);
	if (e->checkpoint.len > 0)
		tell_one(w, e, box, 'C', buffer_bytes(&e->checkpoint));
	w->joining = false;
}

void
edge_node_wanted(struct world *w, struct sim_edge *e, int box, uint64_t from)
{
	for (uint64_t n = from; n < e->lines; n++)
		tell_one(w, e, box, 'E', e->line[n].brief);
}
