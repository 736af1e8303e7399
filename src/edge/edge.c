/* SPDX-License-Identifier: GPL-3.0-or-later */
/* edge.c: follows the bulletin over the links from the hubs, and answers what they ask. */
#include "edge/brain.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WANT_AGAIN_MS = 1000, /* asked for entries and nothing came: ask again */
	FORGET_EVERY_MS = 60000,
};

void
edge_log(struct edge *e, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	e->hands.log(e->hands.ctx, line);
}

/* The bulletin begins under the first hub; takeovers lead on from there. */
static enum err
follow(struct edge *e, struct fault *fault)
{
	const struct roster_hub *first = NULL;
	struct reign reign;

	for (int i = 0; i < e->roster.hub_count; i++)
		if (first == NULL || e->roster.hub[i].term < first->term)
			first = &e->roster.hub[i];
	if (first == NULL)
		return fault_set(fault, ERR_UNKNOWN, "the roster names no hub to follow");
	reign = (struct reign){first->term, first->key};
	return follower_new(&e->follower, e->roster.territory, &reign, true);
}

enum err
edge_new(struct edge **out, const struct edge_conf *conf, const struct edge_hands *hands,
	struct fault *fault)
{
	struct edge *e = calloc(1, sizeof *e);
	enum err err = ERR_FORMAT;

	if (e == NULL)
		return ERR_NOMEM;
	e->hands = *hands;
	if (strlen(conf->name) < sizeof e->name)
		memcpy(e->name, conf->name, strlen(conf->name) + 1);
	if (e->name[0] != '\0')
		err = edge_pin(e, conf->roster, true, fault);
	if (err == ERR_OK)
		err = follow(e, fault);
	if (err == ERR_OK)
		err = book_new(&e->book, NULL);
	if (err != ERR_OK) {
		edge_free(e);
		return err;
	}
	*out = e;
	return ERR_OK;
}

void
edge_free(struct edge *e)
{
	if (e == NULL)
		return;
	cards_free(e);
	orders_free(e);
	free(e->takeovers.at);
	free(e->notices.at);
	book_free(e->book);
	zones_free(e->zones);
	follower_free(e->follower);
	arena_free(e->roster_arena);
	free(e);
}

void
edge_set_spool(struct edge *e, uint64_t number)
{
	e->spool = number;
}

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
static void
look_around(struct edge *e)
{
	const struct checkpoint *c = follower_heartbeat(e->follower);
	const struct fork *fork = follower_fork(e->follower);

	if (c != NULL &&
		memcmp(c->signature.at, e->heartbeat_mark, sizeof e->heartbeat_mark) != 0) {
		memcpy(e->heartbeat_mark, c->signature.at, sizeof e->heartbeat_mark);
		e->version++;
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
		if (e->order[i].number != EDGE_NOT_ENTERED || e->order[i].expiry_ms <= e->now_ms)
			continue;
		buffer_clear(&b);
		link_order_write(&b, e->order[i].bytes, no_content);
		e->hands.send(e->hands.ctx, hub, buffer_bytes(&b));
	}
	buffer_free(&b);
}

static void
want(struct edge *e, size_t hub)
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

enum err
edge_entry_read(struct entry *out, bool *judged_good, struct bytes record)
{
	struct reader r = reader_over(record.at, record.len);
	struct bytes header;

	*judged_good = read_u8(&r) != 0;
	header = read_bytes(&r, read_u16(&r));
	read_into(&r, out->signature.at, sizeof out->signature.at);
	if (r.err != ERR_OK)
		return r.err;
	out->data = bytes_of(r.at, r.left);
	out->has_data = true;
	return entry_header_read(&out->header, (const char *)header.at, header.len, NULL);
}

/* In the tree now: on it goes, before anything is made of it; the disk comes last. */
static void
accepted(struct edge *e, const struct entry *entry)
{
	struct applying how = {
		.number = entry->header.number, .time_ms = entry->header.time_ms};
	struct buffer record = {0};
	bool good;

	e->hands.entry(e->hands.ctx, entry);
	good = edge_apply(e, entry->header.kind, entry->data, &how);
	e->version++;
	record_write(&record, entry, good);
	if (record.err == ERR_OK)
		e->hands.keep(e->hands.ctx, EDGE_RECORD_ENTRY, entry->header.time_ms,
			buffer_bytes(&record));
	buffer_free(&record);
}

static enum heard
hear(struct edge *e, const struct entry *entry)
{
	if (entry_kind_of(entry->header.kind) == ENTRY_TAKEOVER &&
		entry->header.term > follower_term(e->follower))
		edge_take_over(e, entry->data);
	return follower_entry(e->follower, entry);
}

static void
entry_came(struct edge *e, size_t hub, struct bytes line)
{
	struct arena *arena;
	struct entry entry;
	enum heard heard;

	if (arena_new(&arena) != ERR_OK)
		return;
	if (entry_line_read(&entry, arena, (const char *)line.at, line.len, NULL) !=
			ERR_OK ||
		!entry.has_data) {
		e->counts.bad_lines++;
		arena_free(arena);
		return;
	}
	heard = hear(e, &entry);
	e->counts.heard[heard]++;
	if (heard == HEARD_ACCEPTED) {
		e->peer[hub].gap = false;
		e->peer[hub].wanted_ms = 0;
		accepted(e, &entry);
	} else if (heard == HEARD_GAP) {
		want(e, hub);
	} else if (heard == HEARD_REFUSED || heard == HEARD_TERM) {
		edge_log(e, "an entry was not taken: %s", heard_word(heard));
	}
	look_around(e);
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
	if (heard == HEARD_GAP)
		want(e, hub);
	else if (heard == HEARD_REFUSED || heard == HEARD_TERM)
		edge_log(e, "a checkpoint was not taken: %s", heard_word(heard));
	look_around(e);
}

/* Signed by two operators, and not yet on the hub's disk: sirens judge it themselves. */
static void
order_came(struct edge *e, struct bytes body)
{
	struct applying how = {.number = EDGE_NOT_ENTERED, .time_ms = e->now_ms};
	struct bytes order, content;
	struct order *o = malloc(sizeof *o);

	if (o == NULL || link_order_read(body, &order, &content) != ERR_OK ||
		order_read(o, order) != ERR_OK) {
		e->counts.bad_frames++;
	} else if (o->body[0].territory == e->roster.territory &&
		   order_row(e, o->body[0].id) == NULL) {
		e->counts.early_orders++;
		e->hands.order(e->hands.ctx, order);
		if (content.len > 0)
			edge_content_came(e, content, &how);
		if (edge_order_came(e, order, &how))
			e->hands.keep(e->hands.ctx, EDGE_RECORD_ORDER, e->now_ms, body);
		e->version++;
	}
	free(o);
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
	answer = json_pack("{s:s,s:s,s:I,s:s?}", "edge", e->name, "spool", spool, "size",
		(json_int_t)follower_size(e->follower), "checkpoint",
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
edge_frame(struct edge *e, int64_t now_ms, size_t hub, struct bytes frame)
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
		order_came(e, body);
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

void
edge_tick(struct edge *e, int64_t now_ms)
{
	e->now_ms = now_ms;
	if (book_tick(e->book, now_ms))
		e->version++;
	for (size_t i = 0; i < EDGE_HUBS; i++)
		if (e->peer[i].greeted && e->peer[i].gap)
			want(e, i);
	if (now_ms < e->forget_ms + FORGET_EVERY_MS && now_ms >= e->forget_ms)
		return;
	e->forget_ms = now_ms;
	book_forget(e->book, now_ms - EDGE_KEEP_MS);
	orders_forget(e, now_ms);
	cards_forget(e, now_ms - EDGE_KEEP_MS);
	e->version++;
}

/* ---- restarting ---- */

/* What is in the journal was verified when it came, and the journal has checksums of its own. */
static bool
verified_before(void *ctx, const struct public_key *key, struct bytes message,
	const struct signature *s)
{
	(void)ctx;
	(void)key;
	(void)message;
	(void)s;
	return true;
}

enum err
edge_restore(struct edge *e, uint16_t record, int64_t time_ms, struct bytes bytes,
	struct fault *fault)
{
	struct applying how = {.restoring = true, .time_ms = time_ms};
	struct bytes order, content;
	struct entry entry;
	enum heard heard;

	e->now_ms = time_ms;
	if (record == EDGE_RECORD_ORDER) {
		if (link_order_read(bytes, &order, &content) != ERR_OK)
			return fault_set(
				fault, ERR_FORMAT, "an order in the journal is cut short");
		how.number = EDGE_NOT_ENTERED;
		how.was_good = true;
		if (content.len > 0)
			edge_content_came(e, content, &how);
		edge_order_came(e, order, &how);
		return ERR_OK;
	}
	if (record != EDGE_RECORD_ENTRY)
		return ERR_OK;
	if (edge_entry_read(&entry, &how.was_good, bytes) != ERR_OK)
		return fault_set(
			fault, ERR_FORMAT, "an entry in the journal cannot be read");
	follower_set_verify(e->follower, verified_before, NULL);
	heard = hear(e, &entry);
	follower_set_verify(e->follower, NULL, NULL);
	if (heard != HEARD_ACCEPTED)
		return fault_set(fault, ERR_CONFLICT,
			"entry %llu in the journal: %s; was the roster changed by hand?",
			(unsigned long long)entry.header.number, heard_word(heard));
	how.number = entry.header.number;
	edge_apply(e, entry.header.kind, entry.data, &how);
	return ERR_OK;
}

void
edge_restore_heartbeat(struct edge *e, const char *line, size_t len)
{
	struct checkpoint c;

	if (checkpoint_line_read(&c, NULL, line, len, NULL) == ERR_OK)
		(void)follower_checkpoint(e->follower, &c);
	look_around(e);
}

static uint32_t
term_of(const struct statement *s)
{
	return s->what == STATEMENT_ENTRY ? s->header.term : s->checkpoint.term;
}

void
edge_restore_fork(struct edge *e, const char *json, size_t len)
{
	struct reign reign[ROSTER_HUBS];
	struct fork fork;

	for (int i = 0; i < e->roster.hub_count; i++)
		reign[i] = (struct reign){e->roster.hub[i].term, e->roster.hub[i].key};
	if (fork_read(&fork, json, len, NULL) != ERR_OK ||
		fork_judge(&fork, reign, e->roster.hub_count, NULL) != ERR_OK)
		return;
	e->forked_term = term_of(&fork.first) > term_of(&fork.second)
				 ? term_of(&fork.first)
				 : term_of(&fork.second);
	e->fork_told = true;
}

/* ---- looking ---- */

uint64_t
edge_version(const struct edge *e)
{
	return e->version;
}

bool
edge_is_current(const struct edge *e, int64_t now_ms)
{
	return follower_current(e->follower, now_ms) &&
	       e->forked_term != follower_term(e->follower);
}

bool
edge_is_forked(const struct edge *e)
{
	return follower_fork(e->follower) != NULL ||
	       e->forked_term == follower_term(e->follower);
}

const struct checkpoint *
edge_heartbeat(const struct edge *e)
{
	return follower_heartbeat(e->follower);
}

const struct follower *
edge_follower(const struct edge *e)
{
	return e->follower;
}

const struct roster *
edge_roster(const struct edge *e)
{
	return &e->roster;
}

const struct zones *
edge_zones(const struct edge *e)
{
	return e->zones;
}

const struct book *
edge_book(const struct edge *e)
{
	return e->book;
}

const struct content *
edge_content(const struct edge *e, const struct hash *hash)
{
	const struct card *card = card_find(e, hash);

	return card != NULL ? &card->content : NULL;
}

struct edge_sirens
edge_sirens(const struct edge *e)
{
	return e->sirens;
}

const struct edge_counts *
edge_counts(const struct edge *e)
{
	return &e->counts;
}
