/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link.c: what hubs say over their links, and what they are answered (wire/link.h). */
#include "edge/brain.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { WANT_AGAIN_MS = 1000 }; /* asked for entries and nothing came: ask again */

/* ---- what is told on ---- */

static void
send_json(struct edge *e, size_t hub, enum link_frame kind, const json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);
	struct buffer b = {0};

	if (text != NULL) {
		link_write(&b, kind, bytes_of_text(text));
		e->hands.send(e->hands.ctx, hub, buffer_bytes(&b));
	}
	buffer_free(&b);
	free(text);
}

static void
send_fork(struct edge *e, size_t hub)
{
	const struct fork *fork = follower_fork(e->follower);
	struct buffer b = {0};

	if (fork == NULL || e->peer[hub].fork_sent)
		return;
	e->peer[hub].fork_sent = true;
	write_u8(&b, LINK_FORK);
	fork_write(&b, fork);
	if (b.err == ERR_OK)
		e->hands.send(e->hands.ctx, hub, buffer_bytes(&b));
	buffer_free(&b);
}

/* A heartbeat or a fork can come to light with any entry or checkpoint. */
void
edge_look_around(struct edge *e)
{
	const struct checkpoint *c = follower_heartbeat(e->follower);
	const struct fork *fork = follower_fork(e->follower);

	if (c != NULL &&
		memcmp(c->signature.at, e->heartbeat_mark, sizeof e->heartbeat_mark) != 0) {
		memcpy(e->heartbeat_mark, c->signature.at, sizeof e->heartbeat_mark);
		e->version++;
		e->said_ms = c->time_ms;
		e->hands.heartbeat(e->hands.ctx, c);
	}
	if (fork == NULL)
		return;
	if (!e->fork_told) {
		e->fork_told = true;
		e->version++;
		edge_log(e, "FORK: the hub's key signed two bulletins that contradict each "
			    "other; "
			    "the proof is kept and served at /fork");
		e->hands.fork(e->hands.ctx, fork);
	}
	for (size_t i = 0; i < EDGE_HUBS; i++)
		if (e->peer[i].greeted)
			send_fork(e, i);
}

/* Orders that passed here and stand in no entry: the hub that left them out may have lost them. */
void
edge_send_lost(struct edge *e, size_t hub)
{
	const struct bytes no_content = {NULL, 0};
	struct buffer b = {0};

	for (size_t i = 0; i < e->order_count; i++) {
		if (e->order[i].number != EDGE_NOT_ENTERED ||
			e->order[i].expiry_ms <= edge_sure_ms(e))
			continue;
		buffer_clear(&b);
		link_order_write(&b, e->order[i].bytes, no_content);
		e->hands.send(e->hands.ctx, hub, buffer_bytes(&b));
	}
	buffer_free(&b);
}

void
edge_want(struct edge *e, size_t hub)
{
	struct edge_peer *p = &e->peer[hub];
	uint64_t from = follower_wants(e->follower);
	struct buffer b = {0};

	p->gap = true;
	if (p->wanted_ms != 0 && e->now_ms < p->wanted_ms + WANT_AGAIN_MS &&
		e->now_ms >= p->wanted_ms)
		return;
	p->wanted = from;
	p->wanted_ms = e->now_ms;
	e->counts.wants++;
	link_number_write(&b, LINK_WANT, from);
	e->hands.send(e->hands.ctx, hub, buffer_bytes(&b));
	buffer_free(&b);
}

/* ---- entries ---- */

static void
record_write(struct buffer *out, const struct entry *entry, bool judged_good)
{
	struct buffer header = {0};

	entry_header_write(&header, &entry->header);
	write_u8(out, judged_good);
	write_u16(out, (uint16_t)header.len);
	write_bytes(out, header.at, header.len);
	write_bytes(out, entry->signature.at, sizeof entry->signature.at);
	write_bytes(out, entry->data.at, entry->data.len);
	if (header.err != ERR_OK)
		out->err = header.err;
	buffer_free(&header);
}

/* In the tree now: on it goes, before anything is made of it; the disk comes last. */
static void
accepted(struct edge *e, const struct entry *entry)
{
	struct applying how = {
		.number = entry->header.number, .time_ms = entry->header.time_ms};
	struct buffer record = {0};
	bool good;

	e->said_ms = entry->header.time_ms;
	e->hands.entry(e->hands.ctx, entry);
	good = edge_apply(e, entry->header.kind, entry->data, &how);
	e->version++;
	record_write(&record, entry, good);
	if (record.err == ERR_OK)
		e->hands.keep(e->hands.ctx, EDGE_RECORD_ENTRY, entry->header.time_ms,
			buffer_bytes(&record));
	buffer_free(&record);
}

/* An order before its entry, or from one that is not in the tree. True if it is new here. */
static bool
stands_alone(struct edge *e, size_t hub, struct bytes order, struct bytes content)
{
	struct applying how = {.number = EDGE_NOT_ENTERED, .time_ms = e->now_ms};
	struct buffer record = {0};

	e->hands.order(e->hands.ctx, order);
	if (content.len > 0)
		edge_content_came(e, content, &how);
	e->version++;
	if (!edge_order_came(e, order, &how))
		return false;
	link_order_write(&record, order, content);
	if (record.err == ERR_OK) /* without the byte that names the frame */
		e->hands.keep(e->hands.ctx, EDGE_RECORD_ORDER, e->now_ms,
			bytes_of(record.at + 1, record.len - 1));
	buffer_free(&record);
	/* Another hub may be the one that reigns. */
	for (size_t i = 0; i < EDGE_HUBS; i++)
		if (e->peer[i].greeted && i != hub)
			edge_send_lost(e, i);
	return true;
}

/* Signed by two operators, and not yet on the hub's disk: sirens judge it themselves. */
static void
order_came(struct edge *e, size_t hub, struct bytes order, struct bytes content)
{
	struct order *o = malloc(sizeof *o);

	if (o == NULL || order_read(o, order) != ERR_OK)
		e->counts.bad_frames++;
	else if (o->body[0].territory == e->roster.territory && order_is_news(e, o))
		e->counts.early_orders += stands_alone(e, hub, order, content);
	free(o);
}

static void
order_frame_came(struct edge *e, size_t hub, struct bytes body)
{
	struct bytes order, content;

	if (link_order_read(body, &order, &content) != ERR_OK)
		e->counts.bad_frames++;
	else
		order_came(e, hub, order, content);
}

static void
entry_heard(struct edge *e, size_t hub, const struct entry *entry)
{
	enum heard heard = edge_hear(e, entry);

	e->counts.heard[heard]++;
	if (heard == HEARD_ACCEPTED) {
		e->peer[hub].gap = false;
		e->peer[hub].wanted_ms = 0;
		accepted(e, entry);
		return;
	}
	if (heard == HEARD_GAP || heard == HEARD_TERM)
		edge_want(e, hub);
	else if (heard != HEARD_REPEAT)
		edge_log(e, "an entry was not taken: %s", heard_word(heard));
	/* An order stands by itself, whoever wrote it down and wherever in the chain. */
	if (heard != HEARD_REPEAT && entry_kind_of(entry->header.kind) == ENTRY_ORDER)
		order_came(e, hub, entry->data, bytes_of(NULL, 0));
}

static void
entry_came(struct edge *e, size_t hub, struct bytes line)
{
	struct arena *arena;
	struct entry entry;

	if (arena_new(&arena) != ERR_OK)
		return;
	if (entry_line_read(&entry, arena, (const char *)line.at, line.len, NULL) !=
			ERR_OK ||
		!entry.has_data)
		e->counts.bad_lines++;
	else
		entry_heard(e, hub, &entry);
	edge_look_around(e);
	arena_free(arena);
}

static void
checkpoint_came(struct edge *e, size_t hub, struct bytes line)
{
	struct checkpoint c;
	enum heard heard;

	if (checkpoint_line_read(&c, NULL, (const char *)line.at, line.len, NULL) !=
		ERR_OK) {
		e->counts.bad_lines++;
		return;
	}
	heard = follower_checkpoint(e->follower, &c);
	if (heard == HEARD_GAP || heard == HEARD_TERM)
		edge_want(e, hub);
	else if (heard == HEARD_REFUSED)
		edge_log(e, "a checkpoint was not taken: %s", heard_word(heard));
	edge_look_around(e);
}

/* ---- the link ---- */

static void
hello(struct edge *e, size_t hub, struct bytes body)
{
	json_t *o =
		json_loadb((const char *)body.at, body.len, JSON_REJECT_DUPLICATES, NULL);
	const struct checkpoint *c = follower_heartbeat(e->follower);
	struct buffer line = {0};
	char spool[17];
	json_t *answer;

	if (json_integer_value(json_object_get(o, "territory")) != e->roster.territory) {
		edge_log(e, "a hub of another territory: not answered");
		json_decref(o);
		return;
	}
	json_decref(o);
	if (c != NULL)
		checkpoint_line_write(&line, c, NULL, 0);
	id_write(spool, e->spool);
	answer = json_pack("{s:s,s:s,s:I,s:I,s:s?}", "edge", e->name, "spool", spool,
		"size", (json_int_t)follower_size(e->follower), "term",
		(json_int_t)follower_term(e->follower), "checkpoint",
		line.len > 0 ? buffer_text(&line) : NULL);
	e->peer[hub] = (struct edge_peer){.greeted = true, .wanted_ms = e->now_ms};
	send_json(e, hub, LINK_EDGE, answer);
	json_decref(answer);
	buffer_free(&line);
	send_fork(e, hub);
	edge_send_lost(e, hub);
	e->hands.greeted(e->hands.ctx, hub);
}

static void
cursor_came(struct edge *e, struct bytes line)
{
	const struct public_key *hub;
	struct spool_cursor c;

	if (spool_cursor_read(&c, (const char *)line.at, line.len, NULL) != ERR_OK) {
		e->counts.bad_lines++;
		return;
	}
	/* A hub that was replaced must not delete what its successor has not got. */
	hub = c.term == follower_term(e->follower) ? roster_hub_key(&e->roster, c.term)
						   : NULL;
	if (hub != NULL)
		e->hands.cursor(e->hands.ctx, &c, hub);
}

void
edge_hub_down(struct edge *e, size_t hub)
{
	e->peer[hub] = (struct edge_peer){0};
}

void
edge_hub_frame(struct edge *e, int64_t now_ms, size_t hub, struct bytes frame)
{
	enum link_frame kind;
	struct bytes body;
	uint64_t number;

	e->now_ms = now_ms;
	if (link_read(frame, &kind, &body) != ERR_OK) {
		e->counts.bad_frames++;
		return;
	}
	switch (kind) {
	case LINK_HELLO:
		hello(e, hub, body);
		break;
	case LINK_ENTRY:
		entry_came(e, hub, body);
		break;
	case LINK_CHECKPOINT:
		checkpoint_came(e, hub, body);
		break;
	case LINK_ORDER:
		order_frame_came(e, hub, body);
		break;
	case LINK_CURSOR:
		cursor_came(e, body);
		break;
	case LINK_BACK:
		if (link_number_read(body, &number) == ERR_OK)
			e->hands.give_back(e->hands.ctx, hub, number);
		break;
	case LINK_EDGE:
	case LINK_OWN_ENTRY:
	case LINK_OWN_END:
	case LINK_WANT:
	case LINK_SPOOL:
	case LINK_FORK:
		e->counts.bad_frames++;
		break;
	}
}
