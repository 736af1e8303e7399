/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simedge.c: the hands of an edge: its journal, its links to hubs. The disk comes last, as in
 * life: an edge that is killed may come back without what it told a moment ago.
 */
#include "sim/world.h"

#include "wire/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EDGE_TICK_MS = 1000 };

struct bytes
bytes_copied(struct world *w, struct bytes bytes)
{
	uint8_t *copy = malloc(bytes.len + 1);

	if (copy == NULL) {
		broken(w, "the simulator is out of memory");
		return bytes_of(NULL, 0);
	}
	memcpy(copy, bytes.at, bytes.len);
	return bytes_of(copy, bytes.len);
}

/* ---- what is served, by number ---- */

static void
lines_cut(struct sim_edge *e, size_t count)
{
	while (e->lines > count) {
		free((void *)e->line[--e->lines].full.at);
		free((void *)e->line[e->lines].brief.at);
	}
}

static bool
sirens_read(const struct entry *entry)
{
	enum entry_kind kind = entry_kind_of(entry->header.kind);

	return kind == ENTRY_ORDER || kind == ENTRY_REVOCATION || kind == ENTRY_MANDATE ||
	       kind == ENTRY_TAKEOVER || kind == ENTRY_ROSTER;
}

static void
line_put(struct world *w, struct sim_edge *e, const struct entry *entry)
{
	struct entry brief = *entry;
	struct buffer full = {0}, small = {0};

	lines_cut(e, entry->header.number);
	if (e->lines == e->lines_cap) {
		e->lines_cap = e->lines_cap ? e->lines_cap * 2 : 64;
		e->line = realloc(e->line, e->lines_cap * sizeof *e->line);
		if (e->line == NULL) {
			broken(w, "the simulator is out of memory");
			return;
		}
	}
	brief.has_data = sirens_read(entry);
	entry_line_write(&full, entry);
	entry_line_write(&small, &brief);
	e->line[e->lines++] =
		(struct line){bytes_of(full.at, full.len), bytes_of(small.at, small.len)};
}

/* ---- what the brain asks for ---- */

static void
do_send(void *ctx, size_t hub, struct bytes frame)
{
	struct sim_edge *e = ctx;

	stream_send(e->w, stream_hub(e->w, (int)hub, e->i), 1, frame);
}

static void
do_greeted(void *ctx, size_t hub)
{
	struct sim_edge *e = ctx;

	e->greeted[hub] = true;
	edge_spool_tell(e->w, e, (int)hub);
}

static void
do_give_back(void *ctx, size_t hub, uint64_t from)
{
	struct sim_edge *e = ctx;
	struct buffer frame = {0};

	for (uint64_t n = from; n < e->lines; n++) {
		buffer_clear(&frame);
		link_write(&frame, LINK_OWN_ENTRY, e->line[n].full);
		do_send(e, hub, buffer_bytes(&frame));
	}
	buffer_clear(&frame);
	link_number_write(&frame, LINK_OWN_END, e->lines);
	do_send(e, hub, buffer_bytes(&frame));
	buffer_free(&frame);
}

static void
do_entry(void *ctx, const struct entry *entry)
{
	struct sim_edge *e = ctx;

	line_put(e->w, e, entry);
	edge_tell(e->w, e, 'E', e->line[e->lines - 1].brief);
}

static void
do_order(void *ctx, struct bytes order)
{
	struct sim_edge *e = ctx;

	edge_tell(e->w, e, 'O', order);
}

static void
do_keep(void *ctx, enum edge_record kind, int64_t time_ms, struct bytes record)
{
	struct sim_edge *e = ctx;

	if (e->records == e->records_cap) {
		e->records_cap = e->records_cap ? e->records_cap * 2 : 64;
		e->record = realloc(e->record, e->records_cap * sizeof *e->record);
		if (e->record == NULL) {
			broken(e->w, "the simulator is out of memory");
			return;
		}
	}
	e->record[e->records++] =
		(struct edge_kept){kind, time_ms, bytes_copied(e->w, record)};
	if (!e->disk_busy)
		happen(e->w, e->w->scripted ? DISK_GOOD_MS : dice_between(e->w, 1, 30),
			HAPPEN_EDGE_DISK, e->i);
	e->disk_busy = true;
}

static void
do_heartbeat(void *ctx, const struct checkpoint *c)
{
	struct sim_edge *e = ctx;

	edge_tell_here(e->w, e, -1, c);
	buffer_clear(&e->heartbeat);
	checkpoint_line_write(&e->heartbeat, c, NULL, 0);
}

static void
do_cursor(void *ctx, const struct spool_cursor *c, const struct public_key *hub)
{
	struct sim_edge *e = ctx;

	edge_spool_cursor(e->w, e, c, hub);
}

static void
do_fork(void *ctx, const struct fork *proof)
{
	struct sim_edge *e = ctx;

	buffer_clear(&e->fork);
	fork_write(&e->fork, proof);
}

static void
do_log(void *ctx, const char *line)
{
	const struct sim_edge *e = ctx;

	trace(e->w, e->name, "%.120s", line);
}

/* ---- its life ---- */

void
edge_node_disk(struct sim_edge *e)
{
	e->disk_busy = false;
	e->durable = e->records;
}

void
edge_node_tick(struct world *w, struct sim_edge *e)
{
	edge_tick(e->brain, clock_wall(w, &e->clock));
	happen(w, EDGE_TICK_MS, HAPPEN_EDGE_TICK, e->i);
}

static void
open_brain(struct world *w, struct sim_edge *e)
{
	struct edge_hands hands = {e, do_send, do_greeted, do_give_back, do_entry, do_order,
		do_keep, do_heartbeat, do_cursor, do_fork, do_log};
	struct edge_conf conf = {.name = e->name,
		.roster = buffer_bytes(&w->town->roster),
		.verify = memo_verify,
		.verify_ctx = w};
	struct fault fault = {""};

	if (edge_new(&e->brain, &conf, &hands, &fault) != ERR_OK)
		broken(w, "%s cannot start: %s", e->name, fault.text);
	edge_set_spool(e->brain, e->spool_number);
}

/* One record; what it says of an entry is served again. */
static void
restore(struct world *w, struct sim_edge *e, const struct edge_kept *r)
{
	struct fault fault = {""};
	struct entry entry;
	bool good;

	if (edge_restore(e->brain, (uint16_t)r->kind, r->time_ms, r->bytes, &fault) !=
		ERR_OK)
		broken(w, "%s cannot read its journal: %s", e->name, fault.text);
	else if (r->kind == EDGE_RECORD_ENTRY &&
		 edge_entry_read(&entry, &good, r->bytes) == ERR_OK)
		line_put(w, e, &entry);
}

void
edge_node_new(struct world *w, int i)
{
	struct sim_edge *e = &w->edge[i];

	e->w = w;
	e->i = i;
	snprintf(e->name, sizeof e->name, "edge-%d", i + 1);
	e->spool_number = dice(w) | 1;
	e->clock = clock_new(w);
	edge_node_start(w, e);
}

void
edge_node_start(struct world *w, struct sim_edge *e)
{
	if (e->up)
		return;
	e->clock.mono_ms = clock_mono(w, &e->clock);
	e->clock.born_ms = w->now_ms;
	open_brain(w, e);
	for (size_t i = 0; i < e->records && w->broken[0] == '\0'; i++)
		restore(w, e, &e->record[i]);
	edge_restore_heartbeat(e->brain, buffer_text(&e->heartbeat), e->heartbeat.len);
	edge_restore_fork(e->brain, buffer_text(&e->fork), e->fork.len);
	edge_spool_open(w, e);
	e->up = true;
	trace(w, e->name, "starts with %zu entries, %zu messages", e->lines, e->messages);
	edge_node_tick(w, e);
}

void
edge_node_stop(struct world *w, struct sim_edge *e)
{
	if (!e->up)
		return;
	e->up = e->disk_busy = false;
	e->life++;
	for (int i = 0; i < HUBS; i++)
		stream_break(w, stream_hub(w, i, e->i));
	for (int i = 0; i < BOXES; i++)
		stream_break(w, stream_box(w, e->i, i));
	edge_free(e->brain);
	e->brain = NULL;
	spool_free(e->spool);
	e->spool = NULL;
	lines_cut(e, 0);
	while (e->records > e->durable)
		free((void *)e->record[--e->records].bytes.at);
	memset(e->greeted, 0, sizeof e->greeted);
}

void
edge_node_free(struct sim_edge *e)
{
	edge_free(e->brain);
	spool_free(e->spool);
	lines_cut(e, 0);
	free(e->line);
	while (e->records > 0)
		free((void *)e->record[--e->records].bytes.at);
	free(e->record);
	for (size_t i = 0; i < e->messages; i++)
		buffer_free(&e->message[i]);
	free(e->message);
	buffer_free(&e->heartbeat);
	buffer_free(&e->fork);
}

void
edge_node_hub_down(struct sim_edge *e, int hub)
{
	e->greeted[hub] = false;
	if (e->up)
		edge_hub_down(e->brain, (size_t)hub);
}

void
edge_node_frame(struct world *w, struct sim_edge *e, int hub, struct bytes frame)
{
	if (e->up)
		edge_hub_frame(e->brain, clock_wall(w, &e->clock), (size_t)hub, frame);
}

bool
edge_node_has(const struct sim_edge *e, uint64_t order)
{
	struct order *o = malloc(sizeof *o);
	bool found = false;

	for (size_t i = 0; i < e->records && o != NULL && !found; i++) {
		const struct edge_kept *r = &e->record[i];
		struct bytes bytes = {NULL, 0}, content;
		struct entry entry;
		bool good;

		if (r->kind == EDGE_RECORD_ORDER)
			(void)!link_order_read(r->bytes, &bytes, &content);
		else if (edge_entry_read(&entry, &good, r->bytes) == ERR_OK &&
			 entry_kind_of(entry.header.kind) == ENTRY_ORDER)
			bytes = entry.data;
		found = bytes.len > 0 && order_read(o, bytes) == ERR_OK &&
			o->body[0].id == order;
	}
	free(o);
	return found;
}
