/* SPDX-License-Identifier: GPL-3.0-or-later */
/* edge.c: what an edge knows, from its journal on. */
#include "edge/brain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FORGET_EVERY_MS = 60000,
	LOST_EVERY_MS =
		10000, /* a hub that was deaf for a time, its clock wrong perhaps, hears again */
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
	if (follower_new(&e->follower, e->roster.territory, &reign, true) != ERR_OK)
		return ERR_NOMEM;
	follower_set_verify(e->follower, e->verify, e->verify_ctx);
	return ERR_OK;
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
	e->verify = conf->verify;
	e->verify_ctx = conf->verify_ctx;
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
	free((void *)e->foreign.list.at);
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

int64_t
edge_sure_ms(const struct edge *e)
{
	return e->said_ms != 0 && e->said_ms < e->now_ms ? e->said_ms : e->now_ms;
}

void
edge_tick(struct edge *e, int64_t now_ms)
{
	e->now_ms = now_ms;
	if (book_tick(e->book, now_ms))
		e->version++;
	for (size_t i = 0; i < EDGE_HUBS; i++)
		if (e->peer[i].greeted && e->peer[i].gap)
			edge_want(e, i);
	if (now_ms >= e->lost_ms + LOST_EVERY_MS || now_ms < e->lost_ms) {
		e->lost_ms = now_ms;
		for (size_t i = 0; i < EDGE_HUBS; i++)
			if (e->peer[i].greeted)
				edge_send_lost(e, i);
	}
	if (now_ms < e->forget_ms + FORGET_EVERY_MS && now_ms >= e->forget_ms)
		return;
	e->forget_ms = now_ms;
	book_forget(e->book, edge_sure_ms(e) - EDGE_KEEP_MS);
	orders_forget(e, edge_sure_ms(e));
	cards_forget(e, edge_sure_ms(e) - EDGE_KEEP_MS);
	e->version++;
}

enum heard
edge_hear(struct edge *e, const struct entry *entry)
{
	if (entry_kind_of(entry->header.kind) == ENTRY_TAKEOVER &&
		entry->header.term > follower_term(e->follower))
		edge_take_over(e, entry->data);
	return follower_entry(e->follower, entry);
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
	heard = edge_hear(e, &entry);
	follower_set_verify(e->follower, e->verify, e->verify_ctx);
	if (heard != HEARD_ACCEPTED)
		return fault_set(fault, ERR_CONFLICT,
			"entry %llu in the journal: %s; was the roster changed by hand?",
			(unsigned long long)entry.header.number, heard_word(heard));
	how.number = entry.header.number;
	e->said_ms = entry.header.time_ms;
	edge_apply(e, entry.header.kind, entry.data, &how);
	return ERR_OK;
}

void
edge_restore_heartbeat(struct edge *e, const char *line, size_t len)
{
	struct checkpoint c;

	if (checkpoint_line_read(&c, NULL, line, len, NULL) == ERR_OK)
		(void)follower_checkpoint(e->follower, &c);
	edge_look_around(e);
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

struct edge_foreign
edge_foreign(const struct edge *e)
{
	return e->foreign;
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
