/* SPDX-License-Identifier: GPL-3.0-or-later */
/* edges.c: what edges say over their links: what they have, what they want, what they hold. */
#include "hub/brain.h"

#include <stdlib.h>
#include <string.h>

enum { LAST_WORDS = 256 }; /* entries that a superseded hub tells once more */

static void
send_number(struct hub_todo *todo, size_t edge, enum link_frame kind, uint64_t number)
{
	struct buffer b = {0};

	link_number_write(&b, kind, number);
	send_one(todo, edge, buffer_bytes(&b));
	buffer_free(&b);
}

static void
feed(struct hub *h, struct hub_todo *todo, size_t edge, uint64_t from)
{
	struct hub_wish *w;

	if (from >= h->committed)
		return;
	w = hub_wish_add(todo, HUB_FEED);
	w->edge = edge;
	w->number = from;
}

void
edge_up(struct hub *h, struct hub_todo *todo, size_t edge)
{
	json_t *o = json_pack("{s:I,s:I,s:I}", "territory", (json_int_t)h->roster.territory,
		"term", (json_int_t)h->conf.term, "size", (json_int_t)nodes_size(h->nodes));
	char *text = json_dumps(o, JSON_COMPACT);
	struct buffer b = {0};

	h->edge[edge].up = true;
	h->edge[edge].heard_ms = h->now_ms;
	if (text != NULL) {
		link_write(&b, LINK_HELLO, bytes_of_text(text));
		send_one(todo, edge, buffer_bytes(&b));
	}
	buffer_free(&b);
	free(text);
	json_decref(o);
}

void
edges_ask(struct hub *h, struct hub_todo *todo)
{
	for (size_t i = 0; i < h->conf.edges && !h->settled; i++) {
		h->edge[i].asked = false;
		if (h->edge[i].up)
			edge_up(h, todo, i);
	}
}

/* What an edge's newest checkpoint means for us. */
enum claim {
	CLAIM_NONE, /* nothing, or nothing that we can check */
	CLAIM_FORK, /* a signed root that our own tree does not have: somebody wrote in our name */
	CLAIM_OLD, /* it follows an earlier term beyond the number where a later one began */
	CLAIM_SUPERSEDED, /* a hub of a newer term, named in the roster, reigns there */
};

static enum claim
claim_of(const struct hub *h, struct edge_row *e, const char *line)
{
	const struct public_key *hub;
	struct checkpoint c;
	struct hash root;

	if (line == NULL ||
		checkpoint_line_read(&c, NULL, line, strlen(line), NULL) != ERR_OK)
		return CLAIM_NONE;
	hub = roster_hub_key(&h->roster, c.term);
	if (hub == NULL || !checkpoint_verify(&c, hub))
		return CLAIM_NONE;
	e->heartbeat_term = c.term;
	e->heartbeat_ms = c.time_ms;
	if (c.term > h->conf.term)
		return CLAIM_SUPERSEDED;
	if (c.term < h->last_term && c.size > h->term_from)
		return CLAIM_OLD;
	if (c.size > nodes_size(h->nodes))
		return CLAIM_NONE;
	root = nodes_root(h->nodes, c.size);
	return hash_equal(&root, &c.root) ? CLAIM_NONE : CLAIM_FORK;
}

/* Orders in entries that left us too late stand by themselves, and must get out. */
static void
last_words(struct hub *h, struct hub_todo *todo, size_t edge)
{
	feed(h, todo, edge, h->committed > LAST_WORDS ? h->committed - LAST_WORDS : 0);
}

/* Two operators made another hub the writer. What comes in through us still passes. */
static void
superseded(struct hub *h, struct hub_todo *todo, size_t edge)
{
	if (!h->superseded)
		hub_log(todo,
			"SUPERSEDED: edge %s follows a hub of a later term than %u. This "
			"one "
			"signs no "
			"entry any more; orders still pass",
			h->edge_name[edge], h->conf.term);
	h->superseded = true;
	h->settled = false;
	last_words(h, todo, edge);
}

static void
forked(struct hub *h, struct hub_todo *todo, size_t edge)
{
	h->settled = false;
	if (h->forked)
		return;
	h->forked = true;
	hub_log(todo,
		"FORK: edge %s holds entries signed with this hub's key that this journal "
		"does "
		"not have. No entry is signed any more; orders still pass. Find out who "
		"has "
		"the key, and take over with a new one (belfry-administrator, takeover).",
		h->edge_name[edge]);
}

static void
edge_hello(struct hub *h, struct hub_todo *todo, size_t edge, struct bytes body)
{
	json_t *o = json_loadb((const char *)body.at, body.len, 0, NULL);
	struct edge_row *e = &h->edge[edge];
	const char *name = json_string_value(json_object_get(o, "edge"));
	uint64_t term = (uint64_t)json_integer_value(json_object_get(o, "term"));
	enum claim claim;

	e->size = (uint64_t)json_integer_value(json_object_get(o, "size"));
	if (name != NULL && strlen(name) < sizeof e->spool_edge) {
		uint64_t spool = 0;
		const char *text = json_string_value(json_object_get(o, "spool"));

		if (text != NULL && id_read(&spool, text) == ERR_OK && spool != e->spool)
			e->received = e->taken = 0;
		e->spool = spool;
		memcpy(e->spool_edge, name, strlen(name) + 1);
	}
	claim = claim_of(h, e, json_string_value(json_object_get(o, "checkpoint")));
	/* It had no heartbeat behind the takeover that it has not heard of. */
	if (claim == CLAIM_NONE && term > 0 && term < h->last_term &&
		e->size > h->term_from)
		claim = CLAIM_OLD;
	if (claim == CLAIM_FORK) {
		forked(h, todo, edge);
	} else if (claim == CLAIM_SUPERSEDED) {
		superseded(h, todo, edge);
	} else if (claim == CLAIM_OLD) {
		e->asked = true;
		feed(h, todo, edge, h->term_from);
		settle(h, todo);
	} else if (e->size > nodes_size(h->nodes)) {
		e->waiting_back = true;
		send_number(todo, edge, LINK_BACK, nodes_size(h->nodes));
	} else {
		e->asked = true;
		if (term >
			h->conf.term) /* it says so, and has no heartbeat to prove it yet */
			last_words(h, todo, edge);
		else
			feed(h, todo, edge, e->size);
		settle(h, todo);
		if (h->settled)
			h->heartbeat_due_ms = h->mono_ms;
	}
	tell_waiting(h, todo, edge);
	json_decref(o);
}

/* Is the entry one that is here already? Several edges may give back the same. *term: of the hub of
 * the roster that signed it, else 0. */
static bool
is_here(const struct hub *h, struct bytes line, bool *differs, uint32_t *term)
{
	const struct public_key *hub;
	struct arena *arena;
	struct entry e;
	bool here = false;

	if (arena_new(&arena) != ERR_OK)
		return false;
	if (entry_line_read(&e, arena, (const char *)line.at, line.len, NULL) == ERR_OK) {
		hub = roster_hub_key(&h->roster, e.header.term);
		if (hub != NULL && entry_verify(&e.header, &e.signature, hub))
			*term = e.header.term;
		here = e.header.number < nodes_size(h->nodes);
	}
	if (here) {
		struct hash theirs = entry_leaf(&e.header),
			    ours = nodes_leaf(h->nodes, e.header.number);

		*differs = *term != 0 && !hash_equal(&theirs, &ours);
	}
	arena_free(arena);
	return here;
}

/* It does not go with our own entries: behind a takeover the later hub is right. */
static void
contradicted(struct hub *h, struct hub_todo *todo, size_t edge, uint32_t term)
{
	if (term > h->conf.term)
		h->edge[edge].waiting_back = false;
	else
		forked(h, todo, edge);
}

/* An entry that this hub signed and lost, as a restored backup does. */
static void
own_entry(struct hub *h, struct hub_todo *todo, size_t edge, struct bytes line)
{
	struct fault fault = {""};
	bool differs = false, here;
	uint32_t term = 0;
	enum err err;

	if (h->settled || !h->edge[edge].waiting_back)
		return;
	here = is_here(h, line, &differs, &term);
	if (term > h->conf.term && !h->superseded)
		superseded(h, todo, edge);
	if (here && differs)
		contradicted(h, todo, edge, term);
	if (here)
		return;
	err = take_entry(h, line, &fault);
	if (err == ERR_OK)
		journal(h, todo, HUB_RECORD_ENTRY, line);
	else if (err == ERR_CONFLICT)
		contradicted(h, todo, edge, term);
	else
		hub_log(todo, "edge %s: an entry given back is not ours: %s",
			h->edge_name[edge], fault.text);
}

/* Its messages come in the order of their numbers; all up to here are taken. */
static void
spool(struct hub *h, struct hub_todo *todo, size_t edge, struct bytes body)
{
	struct edge_row *e = &h->edge[edge];
	struct spool_message m;
	size_t used;

	if (spool_message_read(&m, body, &used) != ERR_OK || used != body.len)
		return;
	if (m.number <= e->taken) {
		e->cursor_due = m.number <= e->received || e->cursor_due;
		return;
	}
	if (m.kind == SPOOL_RECEIPT)
		receipt_hear(h, todo, m.body, m.received_ms);
	e->taken = m.number;
	if (h->open != NULL) {
		h->open->edge = edge;
		h->open->spool = m.number;
	} else if (h->first == NULL) {
		e->received = m.number;
		e->cursor_due = true;
	} else if (h->last->edge == edge || h->last->edge == HUB_EDGES) {
		/* Nothing to write, but not received before what came before it is. */
		h->last->edge = edge;
		h->last->spool = m.number;
	}
}

/* What expired long ago is no news, whoever brings it up again. */
static bool
is_over(const struct hub *h, struct bytes bytes)
{
	struct order *o = calloc(1, sizeof *o);
	bool over = o == NULL || order_read(o, bytes) != ERR_OK ||
		    order_expiry_ms(&o->body[0]) <= h->now_ms;

	free(o);
	return over;
}

void
edge_frame(struct hub *h, struct hub_todo *todo, size_t edge, struct bytes frame)
{
	enum link_frame kind;
	struct bytes body, order, content;
	uint64_t number;

	h->edge[edge].heard_ms = h->now_ms;
	if (link_read(frame, &kind, &body) != ERR_OK)
		return;
	switch (kind) {
	case LINK_EDGE:
		edge_hello(h, todo, edge, body);
		break;
	case LINK_OWN_ENTRY:
		own_entry(h, todo, edge, body);
		break;
	case LINK_OWN_END:
		h->edge[edge].waiting_back = false;
		h->edge[edge].asked = true;
		settle(h, todo);
		break;
	case LINK_WANT:
		if (link_number_read(body, &number) == ERR_OK) {
			h->edge[edge].size = number;
			feed(h, todo, edge, number);
		}
		break;
	case LINK_SPOOL:
		spool(h, todo, edge, body);
		break;
	case LINK_FORK:
		hub_log(todo, "edge %s keeps a proof of a fork: %.*s", h->edge_name[edge],
			(int)(body.len < 400 ? body.len : 400), (const char *)body.at);
		break;
	case LINK_ORDER:
		if (link_order_read(body, &order, &content) == ERR_OK && !is_over(h, order))
			learn_order(h, todo, order, "an edge");
		break;
	case LINK_HELLO:
	case LINK_ENTRY:
	case LINK_CHECKPOINT:
	case LINK_CURSOR:
	case LINK_BACK:
		break;
	}
}

void
send_cursors(struct hub *h, struct hub_todo *todo)
{
	for (size_t i = 0; i < h->conf.edges; i++) {
		struct edge_row *e = &h->edge[i];
		struct spool_cursor c = {
			.territory = h->roster.territory,
			.term = h->conf.term,
			.spool = e->spool,
			.received = e->received,
			.time_ms = h->now_ms / 1000 * 1000,
		};
		struct buffer b = {0};

		if (!e->up || !e->cursor_due)
			continue;
		e->cursor_due = false;
		memcpy(c.edge, e->spool_edge, sizeof c.edge);
		spool_cursor_sign(&c, &h->conf.key);
		write_u8(&b, LINK_CURSOR);
		spool_cursor_write(&b, &c);
		send_one(todo, i, buffer_bytes(&b));
		buffer_free(&b);
	}
}
