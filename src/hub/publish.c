/* SPDX-License-Identifier: GPL-3.0-or-later */
/* publish.c: entries are made, committed and sent; in that order, and never two in one place. */
#include "hub/brain.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static void
pending_line(struct hub *h, struct bytes line)
{
	struct bytes *at = realloc(h->open->line, (h->open->line_count + 1) * sizeof *at);

	if (at == NULL)
		return;
	h->open->line = at;
	h->open->line[h->open->line_count++] = bytes_copy(line);
}

void
term_note(struct hub *h, uint64_t number, uint32_t term)
{
	if (term != h->last_term)
		h->term_from = number;
	h->last_term = term;
	h->superseded |= term > h->conf.term;
}

/* Sign the next entry, write it, and take it into the tree. */
static enum err
entry_add(struct hub *h, struct hub_todo *todo, const char *kind, struct bytes data)
{
	struct tree tree = nodes_tree(h->nodes, nodes_size(h->nodes));
	struct entry e = {.data = data, .has_data = true};
	struct buffer line = {0};
	struct hash leaf;
	enum err err = entry_header_make(
		&e.header, h->roster.territory, h->conf.term, &tree, kind, h->now_ms, data);

	if (err != ERR_OK)
		return err;
	e.signature = entry_sign(&e.header, &h->conf.key);
	leaf = entry_leaf(&e.header);
	entry_line_write(&line, &e);
	err = line.err != ERR_OK ? line.err : nodes_append(h->nodes, &leaf);
	if (err == ERR_OK) {
		term_note(h, e.header.number, h->conf.term);
		journal(h, todo, HUB_RECORD_ENTRY, buffer_bytes(&line));
		if (h->open != NULL)
			pending_line(h, buffer_bytes(&line));
	}
	buffer_free(&line);
	return err;
}

void
waiting_add(struct hub *h, const char *kind, struct bytes data)
{
	struct waiting *at = realloc(h->waiting, (h->waiting_count + 1) * sizeof *at);

	if (at == NULL)
		return;
	h->waiting = at;
	/* A takeover is the first entry of its term: nothing can be read before it. */
	if (strcmp(kind, "takeover") == 0)
		memmove(at + 1, at, h->waiting_count * sizeof *at);
	else
		at += h->waiting_count;
	h->waiting_count++;
	memset(at, 0, sizeof *at);
	memcpy(at->kind, kind, strlen(kind) + 1);
	at->data = bytes_copy(data);
}

void
publish(struct hub *h, struct hub_todo *todo, const char *kind, struct bytes data)
{
	struct buffer b = {0};

	if (h->settled) {
		if (entry_add(h, todo, kind, data) != ERR_OK)
			hub_wish_add(todo, HUB_DIE)->bytes =
				bytes_of_text("an entry could not be made");
	} else {
		write_u8(&b, (uint8_t)strlen(kind));
		write_text(&b, kind);
		write_bytes(&b, data.at, data.len);
		journal(h, todo, HUB_RECORD_WAITING, buffer_bytes(&b));
		waiting_add(h, kind, data);
		buffer_free(&b);
	}
	apply(h, kind, data, h->now_ms);
}

/* Is this what waits first? Then it waits no longer. */
static bool
waiting_take(struct hub *h, const char *kind, const struct hash *data)
{
	for (size_t i = 0; i < h->waiting_count; i++) {
		struct hash own = hash_of(h->waiting[i].data);

		if (strcmp(h->waiting[i].kind, kind) != 0 || !hash_equal(&own, data))
			continue;
		free((void *)h->waiting[i].data.at);
		memmove(h->waiting + i, h->waiting + i + 1,
			(--h->waiting_count - i) * sizeof *h->waiting);
		return true;
	}
	return false;
}

bool
reigns(const struct hub *h)
{
	return h->last_term == 0 || h->last_term == h->conf.term || h->crowned;
}

void
settle(struct hub *h, struct hub_todo *todo)
{
	bool all = true;

	for (size_t i = 0; i < h->conf.edges; i++)
		all &= h->edge[i].asked;
	if (h->settled || h->forked || h->superseded || !h->started || !reigns(h) ||
		!(all || h->alone))
		return;
	h->settled = true;
	if (nodes_size(h->nodes) == 0)
		(void)!entry_add(h, todo, "roster", h->roster_data);
	while (h->waiting_count > 0) {
		struct waiting w = h->waiting[0];
		struct hash data = hash_of(w.data);

		if (entry_add(h, todo, w.kind, w.data) != ERR_OK)
			break;
		waiting_take(h, w.kind, &data);
	}
	h->heartbeat_due_ms = h->mono_ms;
	hub_log(todo, "the bulletin may be signed: %llu entries, %s",
		(unsigned long long)nodes_size(h->nodes),
		all ? "every edge was asked" : "told to sign alone");
}

void
heartbeat(struct hub *h, struct hub_todo *todo)
{
	struct checkpoint c = {
		.territory = h->roster.territory,
		.term = h->conf.term,
		.size = h->committed,
		.root = nodes_root(h->nodes, h->committed),
		.time_ms = h->now_ms / 1000 * 1000,
	};
	struct tree tree = nodes_tree(h->nodes, h->committed);
	struct hash edge[TREE_PROOF_MAX];
	struct buffer line = {0};
	size_t n = tree_edge(edge, &tree);

	if (!h->settled || h->clock_bad)
		return;
	checkpoint_sign(&c, &h->conf.key);
	write_u8(&line, LINK_CHECKPOINT);
	checkpoint_line_write(&line, &c, edge, n);
	send_edges(h, todo, buffer_bytes(&line));
	buffer_free(&line);
}

static void
send_order(struct hub *h, struct hub_todo *todo, struct pending *p)
{
	struct buffer frame = {0};

	if (p->departed || p->order.len == 0)
		return;
	p->departed = true;
	link_order_write(&frame, p->order, p->content);
	send_edges(h, todo, buffer_bytes(&frame));
	buffer_free(&frame);
}

static struct bytes
content_waiting(const struct hub *h, const struct hash *hash)
{
	for (size_t i = 0; i < h->waiting_count; i++) {
		struct hash own = hash_of(h->waiting[i].data);

		if (hash_equal(&own, hash))
			return h->waiting[i].data;
	}
	return bytes_of(NULL, 0);
}

void
tell_waiting(struct hub *h, struct hub_todo *todo, size_t edge)
{
	struct order *o = calloc(1, sizeof *o);
	struct buffer frame = {0};

	for (const struct pending *p = h->first; p != NULL; p = p->next)
		if (p->departed) {
			buffer_clear(&frame);
			link_order_write(&frame, p->order, p->content);
			send_one(todo, edge, buffer_bytes(&frame));
		}
	for (size_t i = 0; o != NULL && i < h->waiting_count; i++)
		if (strcmp(h->waiting[i].kind, "order") == 0 &&
			order_read(o, h->waiting[i].data) == ERR_OK) {
			buffer_clear(&frame);
			link_order_write(&frame, h->waiting[i].data,
				content_waiting(h, &o->body[0].content));
			send_one(todo, edge, buffer_bytes(&frame));
		}
	buffer_free(&frame);
	free(o);
}

void
depart_late(struct hub *h, struct hub_todo *todo)
{
	for (struct pending *p = h->first; p != NULL; p = p->next)
		if (!p->departed && p->order.len > 0 && h->mono_ms >= p->deadline_ms) {
			send_order(h, todo, p);
			hub_log(todo, "the disk is late: an approved order left before it");
		}
}

static void
pending_free(struct pending *p)
{
	for (size_t i = 0; i < p->line_count; i++)
		free((void *)p->line[i].at);
	free(p->line);
	free((void *)p->reply.at);
	free((void *)p->order.at);
	free((void *)p->content.at);
	free(p);
}

/* On disk: now it may leave. */
static void
release(struct hub *h, struct hub_todo *todo, struct pending *p)
{
	struct buffer frame = {0};

	h->committed = p->size;
	for (size_t i = 0; i < p->line_count; i++) {
		buffer_clear(&frame);
		link_write(&frame, LINK_ENTRY, p->line[i]);
		send_edges(h, todo, buffer_bytes(&frame));
	}
	buffer_free(&frame);
	if (p->line_count == 0)
		send_order(h, todo, p);
	if (p->reply.len > 0) {
		struct bytes body = hub_keep(todo, p->reply);
		struct hub_wish *w = hub_wish_add(todo, HUB_REPLY);

		w->client = p->client;
		w->status = p->status;
		w->bytes = body;
	}
	if (p->edge < HUB_EDGES && p->spool > h->edge[p->edge].received) {
		h->edge[p->edge].received = p->spool;
		h->edge[p->edge].cursor_due = true;
	}
}

void
committed(struct hub *h, struct hub_todo *todo, uint64_t ticket, bool ok)
{
	while (ok && h->first != NULL && h->first->ticket <= ticket) {
		struct pending *p = h->first;

		h->first = p->next;
		if (h->first == NULL)
			h->last = NULL;
		release(h, todo, p);
		pending_free(p);
	}
	/* What two operators signed does not end with the disk: the sirens' receipts bring it back. */
	for (struct pending *p = h->first; !ok && p != NULL; p = p->next)
		send_order(h, todo, p);
	if (!ok)
		hub_wish_add(todo, HUB_DIE)->bytes =
			bytes_of_text("the journal refused a commit; starting again from "
				      "it is the only way on");
}

/* Only what a hub of the roster signed can contradict us; anybody can send the rest. */
static enum err
next_check(const struct hub *h, const struct entry *e, struct fault *fault)
{
	struct hash root = nodes_root(h->nodes, nodes_size(h->nodes));
	const struct public_key *hub = roster_hub_key(&h->roster, e->header.term);

	if (hub == NULL || !entry_verify(&e->header, &e->signature, hub))
		return fault_set(fault, ERR_SIGNATURE,
			"entry %llu is not signed by this hub",
			(unsigned long long)e->header.number);
	if (e->header.number != nodes_size(h->nodes) || !e->has_data ||
		e->header.term < h->last_term)
		return fault_set(fault, ERR_REFUSED,
			"entry %llu of term %u is not the next one here",
			(unsigned long long)e->header.number, e->header.term);
	return hash_equal(&e->header.root, &root)
		       ? ERR_OK
		       : fault_set(fault, ERR_CONFLICT,
				 "entry %llu was made on another history",
				 (unsigned long long)e->header.number);
}

/* An entry of the journal, or one that an edge gives back. ERR_CONFLICT: it proves a fork. */
enum err
take_entry(struct hub *h, struct bytes line, struct fault *fault)
{
	struct arena *arena;
	struct entry e;
	struct hash leaf;
	enum err err = arena_new(&arena);

	if (err != ERR_OK)
		return err;
	err = entry_line_read(&e, arena, (const char *)line.at, line.len, fault);
	if (err ==
		ERR_CONFLICT) /* its data is not what its header names: spoilt on its way */
		err = ERR_FORMAT;
	if (err == ERR_OK)
		err = next_check(h, &e, fault);
	if (err == ERR_OK) {
		leaf = entry_leaf(&e.header);
		err = nodes_append(h->nodes, &leaf);
		term_note(h, e.header.number, e.header.term);
	}
	if (err == ERR_OK && !waiting_take(h, e.header.kind, &e.header.data_hash))
		apply(h, e.header.kind, e.data, e.header.time_ms);
	arena_free(arena);
	return err;
}
