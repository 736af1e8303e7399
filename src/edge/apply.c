/* SPDX-License-Identifier: GPL-3.0-or-later */
/* apply.c: what the data of an entry does to what the edge knows; a fold over the bulletin. */
#include "edge/brain.h"

#include "alert/foreign_list.h"
#include "bulletin/takeover.h"
#include "wire/zones_document.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum err
edge_pin(struct edge *e, struct bytes data, bool first, struct fault *fault)
{
	struct arena *arena;
	struct document d;
	struct roster r = {0};
	enum err err = arena_new(&arena);

	if (err != ERR_OK)
		return err;
	err = document_read(&d, arena, data, fault);
	if (err == ERR_OK)
		err = roster_read(&r, arena, d.text, fault);
	/* A later serial was signed by administrators of one that is not here: it is pinned by hand. */
	if (err == ERR_OK && first)
		err = r.serial == 1 ? roster_follows(NULL, &e->revoked, &r, &d, fault)
				    : ERR_OK;
	else if (err == ERR_OK)
		err = roster_follows(&e->roster, &e->revoked, &r, &d, fault);
	if (err != ERR_OK) {
		arena_free(arena);
		return err;
	}
	arena_free(e->roster_arena);
	e->roster_arena = arena;
	e->roster = r;
	return ERR_OK;
}

/* The serial of a roster document, 0 if it cannot be read. */
static uint32_t
serial_of(struct bytes data)
{
	struct arena *arena;
	struct document d;
	struct roster r;
	uint32_t serial = 0;

	if (arena_new(&arena) != ERR_OK)
		return 0;
	if (document_read(&d, arena, data, NULL) == ERR_OK &&
		roster_read(&r, arena, d.text, NULL) == ERR_OK)
		serial = r.serial;
	arena_free(arena);
	return serial;
}

static void
apply_roster(struct edge *e, struct bytes data, const struct applying *how)
{
	struct fault fault = {""};
	uint32_t serial = serial_of(data);

	if (serial > 1)
		numbers_add(&e->notices, how->number);
	if (serial <= e->roster.serial)
		return;
	if (edge_pin(e, data, false, &fault) != ERR_OK)
		edge_log(e, "entry %llu: a roster that this edge does not believe: %s",
			(unsigned long long)how->number, fault.text);
}

static void
apply_revocation(struct edge *e, struct bytes data, const struct applying *how)
{
	struct revocation v;

	numbers_add(&e->notices, how->number);
	if (revocation_read(&v, data) == ERR_OK &&
		revocation_check(&v, &e->roster, &e->revoked, NULL) == ERR_OK)
		revoked_add(&e->revoked, v.key);
}

static void
apply_suspension(struct edge *e, struct bytes data, const struct applying *how)
{
	struct suspension s;

	numbers_add(&e->notices, how->number);
	if (suspension_read(&s, data) == ERR_OK &&
		suspension_check(&s, &e->roster, &e->revoked, NULL) == ERR_OK)
		suspensions_add(&e->suspensions, &s);
}

static enum err
zones_of(struct zones **out, const struct edge *e, struct bytes data, struct fault *fault)
{
	struct zones_head head;
	struct arena *arena;
	struct document d;
	enum err err = arena_new(&arena);

	if (err != ERR_OK)
		return err;
	err = document_read(&d, arena, data, fault);
	if (err == ERR_OK)
		err = roster_endorses(&e->roster, &e->revoked, "zones", &d, fault);
	if (err == ERR_OK)
		err = zones_document_read(out, &head, d.text, d.geometry, fault);
	arena_free(arena);
	return err;
}

static void
apply_zones(struct edge *e, struct bytes data, const struct applying *how)
{
	struct fault fault = {""};
	struct zones *zones;

	if (zones_of(&zones, e, data, &fault) != ERR_OK) {
		edge_log(e, "entry %llu: zones that this edge does not believe: %s",
			(unsigned long long)how->number, fault.text);
		return;
	}
	book_zones(e->book, zones);
	zones_free(e->zones);
	e->zones = zones;
}

void
edge_content_came(struct edge *e, struct bytes data, const struct applying *how)
{
	(void)!book_content(e->book, data, NULL);
	card_add(e, data, how->number, how->time_ms);
}

static void
refused(struct edge *e, const struct order *o, enum verdict v)
{
	char id[17];

	id_write(id, o->body[0].id);
	edge_log(e, "order %s is not shown: %s", id, verdict_name(v));
}

static enum verdict
order_verdict(struct edge *e, const struct order *o, const struct applying *how)
{
	enum verdict v;

	if (how->restoring)
		return how->was_good ? VERDICT_GOOD : VERDICT_FORMAT;
	v = edge_judge(e, o, how->time_ms);
	/* Of yesterday, played again: no mouth would speak it. What is entered is kept, should it be
	 * our clock that is wrong. */
	if (v == VERDICT_GOOD && how->number == EDGE_NOT_ENTERED &&
		order_expiry_ms(&o->body[0]) <= edge_sure_ms(e))
		v = VERDICT_EXPIRED;
	if (v != VERDICT_GOOD)
		refused(e, o, v);
	return v;
}

bool
edge_order_came(struct edge *e, struct bytes bytes, const struct applying *how)
{
	struct order *o = malloc(sizeof *o);
	enum verdict v = VERDICT_FORMAT;

	if (o != NULL && order_read(o, bytes) == ERR_OK)
		v = order_verdict(e, o, how);
	if (!how->restoring)
		e->counts.verdicts[v]++;
	if (v == VERDICT_GOOD) {
		order_row_hear(e, o, bytes, how->number);
		book_order(e->book, o, how->time_ms, how->number != EDGE_NOT_ENTERED);
		book_tick(e->book, e->now_ms);
	}
	free(o);
	return v == VERDICT_GOOD;
}

/* A count that an int does not hold is none: cut short it would read as another. */
static bool
count_read(int *out, const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
		json_integer_value(v) > INT_MAX)
		return false;
	*out = (int)json_integer_value(v);
	return true;
}

static void
apply_sirens(struct edge *e, struct bytes data, const struct applying *how)
{
	struct edge_sirens s = {.known = true, .time_ms = how->time_ms};
	json_t *o =
		json_loadb((const char *)data.at, data.len, JSON_REJECT_DUPLICATES, NULL);

	if (count_read(&s.ready, o, "ready") && count_read(&s.sounding, o, "sounding") &&
		count_read(&s.fault, o, "fault") && count_read(&s.unknown, o, "unknown") &&
		(json_object_get(o, "unordered") == NULL ||
			count_read(&s.unordered, o, "unordered")))
		e->sirens = s;
	json_decref(o);
}

/* The newest holds all of them. It is told to those who ask, and changes nothing here. */
static void
apply_foreign(struct edge *e, struct bytes data, const struct applying *how)
{
	uint8_t *at =
		data.len > 0 && data.len <= FOREIGN_LIST_MAX ? malloc(data.len) : NULL;

	if (at == NULL)
		return;
	memcpy(at, data.at, data.len);
	free((void *)e->foreign.list.at);
	e->foreign = (struct edge_foreign){bytes_of(at, data.len), how->time_ms};
}

/* Entries of the old term beyond its last number are no more in the tree; orders in them live on
 * by their own signatures. */
static void
superseded(struct edge *e, uint64_t from)
{
	for (size_t i = 0; i < e->order_count; i++) {
		if (e->order[i].number >= from)
			e->order[i].number = EDGE_NOT_ENTERED;
		if (e->order[i].content >= from)
			e->order[i].content = EDGE_NOT_ENTERED;
	}
	for (size_t i = 0; i < e->card_count; i++)
		if (e->card[i].number >= from)
			e->card[i].number = EDGE_NOT_ENTERED;
	while (e->notices.count > 0 && e->notices.at[e->notices.count - 1] >= from)
		e->notices.count--;
}

void
edge_take_over(struct edge *e, struct bytes data)
{
	struct order *o = malloc(sizeof *o);
	const struct public_key *hub;
	struct takeover t;
	struct reign next;
	uint64_t from, to;

	if (o == NULL || takeover_read(&t, o, data) != ERR_OK ||
		(hub = roster_hub_key(&e->roster, t.term)) == NULL ||
		edge_judge(e, o, order_id_ms(o->body[0].id)) != VERDICT_GOOD) {
		edge_log(e, "a takeover was not believed");
	} else {
		next = (struct reign){t.term, *hub};
		if (follower_take_over(e->follower, &next, t.last_number, &from, &to) ==
			ERR_OK) {
			superseded(e, from);
			for (size_t i = 0; i < EDGE_HUBS; i++)
				if (e->peer[i].greeted)
					edge_send_lost(e, i);
			edge_log(e,
				"term %u begins after entry %llu; %llu entries of the old "
				"term are superseded",
				t.term, (unsigned long long)t.last_number,
				(unsigned long long)(to - from));
		}
	}
	free(o);
}

bool
edge_apply(struct edge *e, const char *kind, struct bytes data, const struct applying *how)
{
	switch (entry_kind_of(kind)) {
	case ENTRY_ROSTER:
		apply_roster(e, data, how);
		break;
	case ENTRY_REVOCATION:
		apply_revocation(e, data, how);
		break;
	case ENTRY_MANDATE:
		apply_suspension(e, data, how);
		break;
	case ENTRY_ZONES:
		apply_zones(e, data, how);
		break;
	case ENTRY_ALERT:
	case ENTRY_UPDATE:
	case ENTRY_CORRECTION:
	case ENTRY_END:
		edge_content_came(e, data, how);
		break;
	case ENTRY_ORDER:
		return edge_order_came(e, data, how);
	case ENTRY_TAKEOVER:
		numbers_add(&e->takeovers, how->number);
		break;
	case ENTRY_SIRENS:
		apply_sirens(e, data, how);
		break;
	case ENTRY_OTHER:
		if (strcmp(kind, FOREIGN_LIST_KIND) == 0)
			apply_foreign(e, data, how);
		break;
	}
	return false;
}
