/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * simedge.c: an edge without HTTP: follows the bulletin, holds receipts, tells boxes. What it
 * serves is on its disk before; what it holds, too.
 */
#include "sim/world.h"

#include "base/text.h"
#include "wire/link.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
fresh(struct world *w, struct sim_edge *e)
{
	struct reign first = {1, w->town->hub[0].public};
	struct spool_limits limits = spool_limits_default();
	uint8_t dice16[16] = {(uint8_t)e->i};

	if (follower_new(&e->follower, TOWN_TERRITORY, &first, true) != ERR_OK ||
		book_new(&e->book, NULL) != ERR_OK ||
		spool_new(&e->spool, TOWN_TERRITORY, e->name, e->spool_number, &limits,
			dice16) != ERR_OK)
		broken(w, "the simulator is out of memory");
	else
		follower_set_verify(e->follower, memo_verify, w);
}

void
edge_node_new(struct world *w, int i)
{
	struct sim_edge *e = &w->edge[i];

	e->i = i;
	snprintf(e->name, sizeof e->name, "edge-%d", i + 1);
	e->spool_number = dice(w) | 1;
	e->clock = clock_new(w);
	fresh(w, e);
	e->up = true;
}

static void
forget(struct sim_edge *e)
{
	follower_free(e->follower);
	book_free(e->book);
	spool_free(e->spool);
	zones_free(e->zones);
	buffer_free(&e->checkpoint);
	for (size_t i = 0; i < e->passed_count; i++)
		free((void *)e->passed[i].frame.at);
	free(e->passed);
	e->passed = NULL;
	e->passed_count = 0;
	e->follower = NULL;
	e->book = NULL;
	e->spool = NULL;
	e->zones = NULL;
	memset(&e->revoked, 0, sizeof e->revoked);
	memset(e->fork_told, 0, sizeof e->fork_told);
	memset(e->hub_up, 0, sizeof e->hub_up);
}

static void
line_free(struct line *l)
{
	free((void *)l->full.at);
	free((void *)l->brief.at);
	free(l->order);
}

void
edge_node_free(struct sim_edge *e)
{
	forget(e);
	for (size_t i = 0; i < e->lines; i++)
		line_free(&e->line[i]);
	for (size_t i = 0; i < e->messages; i++)
		buffer_free(&e->message[i]);
	free(e->line);
	free(e->message);
}

void
edge_node_stop(struct world *w, struct sim_edge *e)
{
	if (!e->up)
		return;
	e->up = false;
	e->life++;
	for (int i = 0; i < HUBS; i++)
		stream_break(w, stream_hub(w, i, e->i));
	for (int i = 0; i < BOXES; i++)
		stream_break(w, stream_box(w, e->i, i));
	forget(e);
}

static struct bytes
bytes_of_buffer(struct buffer *b)
{
	return bytes_of(b->at, b->len);
}

static void
keep_line(
	struct world *w, struct sim_edge *e, const struct entry *entry, struct bytes bytes)
{
	struct entry brief = *entry;
	enum entry_kind kind = entry_kind_of(entry->header.kind);
	struct buffer full = {0}, small = {0};
	struct line *l;

	if (e->lines == e->lines_cap) {
		e->lines_cap = e->lines_cap ? e->lines_cap * 2 : 64;
		e->line = realloc(e->line, e->lines_cap * sizeof *e->line);
		if (e->line == NULL) {
			broken(w, "the simulator is out of memory");
			return;
		}
	}
	brief.has_data = kind == ENTRY_ORDER || kind == ENTRY_REVOCATION ||
			 kind == ENTRY_MANDATE || kind == ENTRY_TAKEOVER ||
			 kind == ENTRY_ROSTER;
	write_bytes(&full, bytes.at, bytes.len);
	entry_line_write(&small, &brief);
	l = &e->line[e->lines++];
	*l = (struct line){
		bytes_of_buffer(&full), bytes_of_buffer(&small), entry->header, NULL, 0};
}

/* What passed here and stands in no entry. */
static void
send_lost(struct world *w, struct sim_edge *e, int hub)
{
	struct buffer frame = {0};

	for (size_t i = 0; i < e->passed_count; i++) {
		struct bytes order =
			bytes_of(e->passed[i].frame.at + 1, e->passed[i].frame.len - 1);
		bool entered = false;

		for (size_t k = 0; k < e->lines && !entered; k++)
			entered = e->line[k].order != NULL &&
				  bytes_equal(order,
					  bytes_of(e->line[k].order, e->line[k].order_len));
		if (entered)
			continue;
		buffer_clear(&frame);
		link_order_write(&frame, order, bytes_of(NULL, 0));
		stream_send(w, stream_hub(w, hub, e->i), 1, buffer_bytes(&frame));
	}
	buffer_free(&frame);
}

static void
take_over(struct world *w, struct sim_edge *e, const struct entry *entry)
{
	struct judge j = {
		TOWN_TERRITORY, MODE_LIVE, &w->town->parsed, &e->revoked, memo_verify, w};
	struct place nowhere = {0};
	struct takeover t;
	struct order o;
	struct reign next;
	uint64_t from, to;
	int rung;

	if (!entry->has_data || takeover_read(&t, &o, entry->data) != ERR_OK ||
		order_judge(&j, &o, &o.body[0], &nowhere, &rung) != VERDICT_GOOD ||
		roster_hub_key(&w->town->parsed, t.term) == NULL)
		return;
	next = (struct reign){t.term, *roster_hub_key(&w->town->parsed, t.term)};
	if (follower_take_over(e->follower, &next, t.last_number, &from, &to) != ERR_OK)
		return;
	trace(w, e->name, "takeover: term %u reigns from entry %llu", t.term,
		(unsigned long long)t.last_number + 1);
	for (; e->lines > from; e->lines--) {
		struct line *l = &e->line[e->lines - 1];

		if (l->order != NULL)
			edge_pass_order(w, e, bytes_of(l->order, l->order_len), false);
		line_free(l);
	}
	for (int i = 0; i < HUBS; i++)
		if (e->hub_up[i])
			send_lost(w, e, i);
}

/* What is missing; what was asked for a moment ago is on its way. */
static void
ask(struct world *w, struct sim_edge *e, int hub)
{
	struct buffer want = {0};

	if (hub < 0 || w->now_ms < e->ask_again_ms)
		return;
	e->ask_again_ms = w->now_ms + 300;
	link_number_write(&want, LINK_WANT, follower_wants(e->follower));
	stream_send(w, stream_hub(w, hub, e->i), 1, buffer_bytes(&want));
	buffer_free(&want);
}

/* True if it is news that boxes should hear. */
static bool
take(struct world *w, struct sim_edge *e, const struct entry *entry, struct bytes bytes,
	int hub)
{
	enum heard heard = follower_entry(e->follower, entry);

	if (heard == HEARD_TERM && entry_kind_of(entry->header.kind) == ENTRY_TAKEOVER) {
		take_over(w, e, entry);
		heard = follower_entry(e->follower, entry);
	}
	if (heard == HEARD_ACCEPTED) {
		keep_line(w, e, entry, bytes);
		if (edge_obey(w, e, entry) &&
			entry_kind_of(entry->header.kind) == ENTRY_ORDER) {
			struct line *l = &e->line[e->lines - 1];

			l->order = malloc(entry->data.len + 1);
			memcpy(l->order, entry->data.at, entry->data.len);
			l->order_len = entry->data.len;
		}
		return true;
	}
	if (heard == HEARD_GAP)
		ask(w, e, hub);
	/* An order stands by itself, whoever wrote it down and wherever in the chain. */
	if (heard != HEARD_REPEAT && entry->has_data &&
		entry_kind_of(entry->header.kind) == ENTRY_ORDER)
		edge_pass_order(w, e, entry->data, false);
	return false;
}

static void
tell_fork(struct world *w, struct sim_edge *e)
{
	const struct fork *fork = follower_fork(e->follower);
	struct buffer json = {0}, frame = {0};

	if (fork == NULL)
		return;
	fork_write(&json, fork);
	link_write(&frame, LINK_FORK, buffer_bytes(&json));
	for (int i = 0; i < HUBS; i++)
		if (e->hub_up[i] && !e->fork_told[i]) {
			e->fork_told[i] = true;
			stream_send(w, stream_hub(w, i, e->i), 1, buffer_bytes(&frame));
		}
	buffer_free(&json);
	buffer_free(&frame);
}

static void
hear_entry(struct world *w, struct sim_edge *e, int hub, struct bytes bytes)
{
	struct arena *arena;
	struct entry entry;

	if (arena_new(&arena) != ERR_OK)
		return;
	if (entry_line_read(&entry, arena, (const char *)bytes.at, bytes.len, NULL) ==
		ERR_OK) {
		if (take(w, e, &entry, bytes, hub))
			edge_tell(w, e, 'E', e->line[e->lines - 1].brief);
		tell_fork(w, e);
	}
	arena_free(arena);
}

static void
hear_checkpoint(struct world *w, struct sim_edge *e, int hub, struct bytes bytes)
{
	struct checkpoint c;
	struct proof edge;
	enum heard heard;

	if (checkpoint_line_read(&c, &edge, (const char *)bytes.at, bytes.len, NULL) !=
		ERR_OK)
		return;
	heard = follower_checkpoint(e->follower, &c);
	if (heard == HEARD_GAP)
		ask(w, e, hub);
	if (heard == HEARD_ACCEPTED) {
		buffer_clear(&e->checkpoint);
		write_bytes(&e->checkpoint, bytes.at, bytes.len);
		edge_tell(w, e, 'C', bytes);
	}
	tell_fork(w, e);
}

static void
hear_cursor(struct world *w, struct sim_edge *e, struct bytes bytes)
{
	const struct public_key *key =
		roster_hub_key(&w->town->parsed, follower_term(e->follower));
	struct spool_cursor c;
	struct buffer told = {0};
	uint64_t to;
	size_t kept = 0;

	if (spool_cursor_read(&c, (const char *)bytes.at, bytes.len, NULL) != ERR_OK ||
		c.term != follower_term(e->follower) || key == NULL ||
		spool_receive(e->spool, &c, key, &to) != ERR_OK)
		return;
	if (!e->has_cursor || c.received > e->cursor.received)
		e->cursor = c;
	e->has_cursor = true;
	for (size_t i = 0; i < e->messages; i++) {
		struct spool_message m;
		size_t used;

		if (spool_message_read(&m, buffer_bytes(&e->message[i]), &used) == ERR_OK &&
			m.number > to)
			e->message[kept++] = e->message[i];
		else
			buffer_free(&e->message[i]);
	}
	e->messages = kept;
	write_u64(&told, to);
	edge_tell(w, e, 'U', buffer_bytes(&told));
	buffer_free(&told);
}

static void
give_back(struct world *w, struct sim_edge *e, int hub, uint64_t from)
{
	struct buffer frame = {0};

	for (uint64_t n = from; n < e->lines; n++) {
		buffer_clear(&frame);
		link_write(&frame, LINK_OWN_ENTRY, e->line[n].full);
		stream_send(w, stream_hub(w, hub, e->i), 1, buffer_bytes(&frame));
	}
	buffer_clear(&frame);
	link_number_write(&frame, LINK_OWN_END, e->lines);
	stream_send(w, stream_hub(w, hub, e->i), 1, buffer_bytes(&frame));
	buffer_free(&frame);
}

void
edge_node_frame(struct world *w, struct sim_edge *e, int hub, struct bytes frame)
{
	struct bytes body, order, content;
	enum link_frame kind;
	uint64_t number;

	if (!e->up || link_read(frame, &kind, &body) != ERR_OK)
		return;
	if (kind == LINK_ENTRY) {
		hear_entry(w, e, hub, body);
	} else if (kind == LINK_CHECKPOINT) {
		hear_checkpoint(w, e, hub, body);
	} else if (kind == LINK_ORDER &&
		   link_order_read(body, &order, &content) == ERR_OK) {
		if (content.len > 0)
			(void)!book_content(e->book, content, NULL);
		edge_pass_order(w, e, order, false);
	} else if (kind == LINK_CURSOR) {
		hear_cursor(w, e, body);
	} else if (kind == LINK_BACK && link_number_read(body, &number) == ERR_OK) {
		give_back(w, e, hub, number);
	}
}

static void
hello(struct world *w, struct sim_edge *e, int hub)
{
	char spool[17];
	const struct checkpoint *c = follower_heartbeat(e->follower);
	struct buffer line = {0}, frame = {0};
	json_t *o;
	char *text;

	snprintf(spool, sizeof spool, "%016llx", (unsigned long long)e->spool_number);
	if (c != NULL)
		checkpoint_line_write(&line, c, NULL, 0);
	o = json_pack("{s:s,s:s,s:I,s:s?}", "edge", e->name, "spool", spool, "size",
		(json_int_t)e->lines, "checkpoint", c != NULL ? buffer_text(&line) : NULL);
	text = json_dumps(o, JSON_COMPACT);
	link_write(&frame, LINK_EDGE, bytes_of_text(text));
	stream_send(w, stream_hub(w, hub, e->i), 1, buffer_bytes(&frame));
	for (size_t i = 0; i < e->messages; i++) {
		buffer_clear(&frame);
		link_write(&frame, LINK_SPOOL, buffer_bytes(&e->message[i]));
		stream_send(w, stream_hub(w, hub, e->i), 1, buffer_bytes(&frame));
	}
	send_lost(w, e, hub);
	free(text);
	json_decref(o);
	buffer_free(&line);
	buffer_free(&frame);
}

void
edge_node_hub(struct world *w, struct sim_edge *e, int hub, bool up)
{
	e->hub_up[hub] = up;
	e->fork_told[hub] = false;
	e->ask_again_ms = 0;
	if (up && e->up)
		hello(w, e, hub);
}

/* All that it serves and holds was on its disk; what passed by is gone. */
void
edge_node_start(struct world *w, struct sim_edge *e)
{
	struct line *old = e->line;
	size_t n = e->lines;

	if (e->up)
		return;
	e->clock.mono_ms = clock_mono(w, &e->clock);
	e->clock.born_ms = w->now_ms;
	fresh(w, e);
	e->line = NULL;
	e->lines = e->lines_cap = 0;
	for (size_t i = 0; i < n; i++) {
		struct arena *arena;
		struct entry entry;

		if (arena_new(&arena) == ERR_OK &&
			entry_line_read(&entry, arena, (const char *)old[i].full.at,
				old[i].full.len, NULL) == ERR_OK)
			take(w, e, &entry, old[i].full, -1);
		arena_free(arena);
		line_free(&old[i]);
	}
	free(old);
	for (size_t i = 0; i < e->messages; i++) {
		struct spool_message m;
		size_t used;

		if (spool_message_read(&m, buffer_bytes(&e->message[i]), &used) != ERR_OK ||
			spool_restore(e->spool, &m) != ERR_OK)
			broken(w, "%s cannot read its spool", e->name);
	}
	if (e->has_cursor) {
		uint64_t to;

		(void)!spool_receive(e->spool, &e->cursor,
			roster_hub_key(&w->town->parsed, e->cursor.term), &to);
	}
	e->up = true;
	trace(w, e->name, "starts with %zu entries, %zu messages", e->lines, e->messages);
}

static struct spool_message
message_from(const struct happen *h, const struct world *w, const struct sim_edge *e)
{
	struct spool_message m = {.kind = SPOOL_RECEIPT,
		.received_ms = clock_wall(w, &e->clock),
		.body = bytes_of(h->bytes.at + 16, h->bytes.len - 16)};

	memcpy(m.id.at, h->bytes.at, 16);
	m.source[0] = (uint8_t)h->other;
	return m;
}

void
edge_node_post(struct world *w, struct sim_edge *e, const struct happen *h)
{
	struct spool_message m = message_from(h, w, e);
	struct spool_verdict v;
	struct buffer frame = {0};
	struct happen *answer;

	if (!e->up || spool_offer(e->spool, &m, &v) != ERR_OK ||
		(v.answer != SPOOL_TAKE && v.answer != SPOOL_REPEAT &&
			v.answer != SPOOL_RECEIVED))
		return;
	if (v.answer == SPOOL_TAKE) {
		e->message = realloc(e->message, (e->messages + 1) * sizeof *e->message);
		e->message[e->messages] = (struct buffer){0};
		m.number = v.number;
		spool_message_write(&e->message[e->messages++], &m);
		for (int i = 0; i < HUBS; i++)
			if (e->hub_up[i]) {
				buffer_clear(&frame);
				link_write(&frame, LINK_SPOOL,
					buffer_bytes(&e->message[e->messages - 1]));
				stream_send(
					w, stream_hub(w, i, e->i), 1, buffer_bytes(&frame));
			}
		buffer_free(&frame);
	}
	answer = happen(w, dice_between(w, 2, 20), HAPPEN_HELD, h->other);
	answer->other = e->i;
	answer->number = v.number;
	write_bytes(&answer->bytes, m.id.at, 16);
	/* Received before: the box may forget it when it hears so. */
	if (v.answer == SPOOL_RECEIVED)
		answer->number |= UINT64_C(1) << 63;
}
