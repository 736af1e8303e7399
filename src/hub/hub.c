/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hub.c: events in, wishes out. */
#include "hub/hub.h"

#include "alert/foreign_list.h"
#include "geo/area.h"
#include "hub/brain.h"

#include <stdlib.h>
#include <string.h>

enum {
	CLOCK_JUMP_MS = 60000,
	SECOND_MS = 1000,
	SLEPT_MS = 5000,
	KEEP_ALERTS_MS = 2 * 86400 * 1000
};

static enum err
conf_copy(struct hub *h, const struct hub_conf *conf, struct fault *fault)
{
	h->conf = *conf;
	h->conf.roster = bytes_of(NULL, 0);
	for (size_t i = 0; i < conf->edges && i < HUB_EDGES; i++)
		memcpy(h->edge_name[i], conf->edge_name[i], sizeof h->edge_name[i]);
	h->alone = conf->alone;
	return conf->roster.len > 0 ? hub_pin_roster(h, conf->roster, fault)
				    : fault_set(fault, ERR_UNKNOWN, "no roster was given");
}

enum err
hub_new(struct hub **out, const struct hub_conf *conf, struct fault *fault)
{
	struct hub *h = calloc(1, sizeof *h);
	enum err err;

	if (h == NULL)
		return ERR_NOMEM;
	err = conf_copy(h, conf, fault);
	if (err == ERR_OK)
		err = nodes_new(&h->nodes);
	if (err == ERR_OK)
		err = book_new(&h->book, NULL);
	if (err != ERR_OK) {
		hub_free(h);
		return err;
	}
	*out = h;
	return ERR_OK;
}

static void
pendings_free(struct pending *p)
{
	struct pending *next;

	for (; p != NULL; p = next) {
		next = p->next;
		for (size_t i = 0; i < p->line_count; i++)
			free((void *)p->line[i].at);
		free(p->line);
		free((void *)p->reply.at);
		free((void *)p->order.at);
		free((void *)p->content.at);
		free(p);
	}
}

void
hub_free(struct hub *h)
{
	if (h == NULL)
		return;
	pendings_free(h->first);
	pendings_free(h->open);
	for (size_t i = 0; i < h->waiting_count; i++)
		free((void *)h->waiting[i].data.at);
	for (size_t i = 0; i < h->proposal_count; i++) {
		free((void *)h->proposal[i].content.at);
		free((void *)h->proposal[i].order.at);
	}
	free(h->waiting);
	free(h->proposal);
	free(h->siren);
	free(h->receipts);
	free(h->revocation);
	free(h->start);
	free((void *)h->roster_data.at);
	free((void *)h->zones_data.at);
	book_free(h->book);
	zone_index_free(h->index);
	zones_free(h->zones);
	nodes_free(h->nodes);
	arena_free(h->roster_arena);
	free(h);
}

static enum err
restore_waiting(struct hub *h, int64_t time_ms, struct bytes bytes)
{
	struct reader r = reader_over(bytes.at, bytes.len);
	uint8_t len = read_u8(&r);
	struct bytes word = read_bytes(&r, len);
	char kind[33] = "";

	if (r.err != ERR_OK || len >= sizeof kind)
		return ERR_FORMAT;
	memcpy(kind, word.at, len);
	waiting_add(h, kind, bytes_of(r.at, r.left));
	apply(h, kind, bytes_of(r.at, r.left), time_ms);
	return ERR_OK;
}

enum err
hub_restore(struct hub *h, uint16_t record, int64_t time_ms, struct bytes bytes,
	struct fault *fault)
{
	h->now_ms = time_ms;
	switch ((enum hub_record)record) {
	case HUB_RECORD_ENTRY:
		return take_entry(h, bytes, fault);
	case HUB_RECORD_PROPOSED:
	case HUB_RECORD_APPROVED:
	case HUB_RECORD_REJECTED:
		return proposal_restore(h, record, time_ms, bytes);
	case HUB_RECORD_WAITING:
		return restore_waiting(h, time_ms, bytes);
	case HUB_RECORD_SIREN:
		return siren_row_restore(h, bytes);
	case HUB_RECORD_RECEIPT:
		receipt_restore(h, time_ms, bytes);
		return ERR_OK;
	}
	return fault_set(
		fault, ERR_VERSION, "record kind %u is of a later version", record);
}

/* An approval that was journaled stands, also when the process ended right behind it. */
static void
proposals_compare(struct hub *h)
{
	for (size_t i = 0; i < h->proposal_count; i++)
		if (h->proposal[i].state == PROPOSAL_WAITING &&
			book_of_order(h->book, h->proposal[i].id) != NULL)
			h->proposal[i].state = PROPOSAL_LIVE;
}

enum err
hub_start(struct hub *h, int64_t now_ms, struct hub_todo *todo, struct fault *fault)
{
	const struct public_key *own = roster_hub_key(&h->roster, h->conf.term);

	if (own == NULL || !public_key_equal(own, &h->conf.key.public))
		return fault_set(fault, ERR_REFUSED,
			"roster %u does not name this hub's key for term %u",
			h->roster.serial, h->conf.term);
	h->now_ms = now_ms;
	h->committed = nodes_size(h->nodes);
	h->started = true;
	proposals_compare(h);
	proposals_lapse(h);
	book_tick(h->book, now_ms);
	book_forget(h->book, now_ms - KEEP_ALERTS_MS);
	if (h->conf.edges > 0 && !h->alone)
		hub_log(todo,
			"waiting for every edge to say what it has; orders pass meanwhile");
	settle(h, todo);
	journal_close(h, todo);
	return ERR_OK;
}

/* "/api/v1/proposals/0123456789abcdef/approvals": the id in the middle, if `tail` fits. */
static bool
middle_id(const char *path, const char *tail, uint64_t *id)
{
	static const char head[] = "/proposals/";
	char text[17] = "";

	if (strncmp(path, head, strlen(head)) != 0 || strlen(path) < strlen(head) + 16 ||
		strcmp(path + strlen(head) + 16, tail) != 0)
		return false;
	memcpy(text, path + strlen(head), 16);
	return id_read(id, text) == ERR_OK;
}

static void
alone(struct hub *h, struct hub_todo *todo, uint64_t client)
{
	h->alone = true;
	settle(h, todo);
	answer(h, todo, client, 200, json_pack("{s:b}", "settled", h->settled));
}

static void
asking(struct hub *h, struct hub_todo *todo, uint64_t client)
{
	edges_ask(h, todo);
	answer(h, todo, client, 200, json_pack("{s:b}", "settled", h->settled));
}

static void
post(struct hub *h, struct hub_todo *todo, uint64_t client, const char *path,
	const json_t *body)
{
	struct fault fault = {"there is nothing to post here; see doc/formats/api.md"};
	uint64_t id;

	if (strcmp(path, "/drafts") == 0)
		draft(h, todo, client, body);
	else if (strcmp(path, "/proposals") == 0)
		propose(h, todo, client, body);
	else if (middle_id(path, "/approvals", &id))
		approve(h, todo, client, id, body);
	else if (middle_id(path, "/rejection", &id))
		reject(h, todo, client, id, body);
	else if (strcmp(path, "/sirens") == 0)
		enrol(h, todo, client, body);
	else if (strcmp(path, "/documents") == 0)
		document_post(h, todo, client, body);
	else if (strcmp(path, "/revocations") == 0)
		notice_post(h, todo, client, "revocation", body);
	else if (strcmp(path, "/suspensions") == 0)
		notice_post(h, todo, client, "mandate", body);
	else if (strcmp(path, "/takeovers") == 0)
		notice_post(h, todo, client, "takeover", body);
	else if (strcmp(path, "/alone") == 0)
		alone(h, todo, client);
	else if (strcmp(path, "/asking") == 0)
		asking(h, todo, client);
	else
		answer_error(h, todo, client, ERR_UNKNOWN, &fault);
}

static void
request(struct hub *h, struct hub_todo *todo, const struct hub_event *ev)
{
	static const char prefix[] = "/api/v1";
	const char *path = ev->request.path;
	struct fault fault = {""};
	json_error_t where;
	json_t *body;

	if (strncmp(path, prefix, strlen(prefix)) == 0)
		path += strlen(prefix);
	if (strcmp(ev->request.method, "GET") == 0) {
		answer_get(h, todo, ev->request.client, path);
		return;
	}
	body = json_loadb((const char *)ev->request.body.at, ev->request.body.len,
		JSON_REJECT_DUPLICATES, &where);
	if (json_is_object(body)) {
		post(h, todo, ev->request.client, path, body);
	} else {
		enum err err = body != NULL
				       ? fault_set(&fault, ERR_FORMAT,
						 "the request's body must be a JSON object")
				       : fault_set(&fault, ERR_FORMAT,
						 "the request's body is not JSON: line %d, "
						 "column %d: %s",
						 where.line, where.column, where.text);

		answer_error(h, todo, ev->request.client, err, &fault);
	}
	json_decref(body);
}

static void
second(struct hub *h, struct hub_todo *todo)
{
	book_tick(h->book, h->now_ms);
	proposals_lapse(h);
	if (h->mono_ms >= h->summary_due_ms) {
		h->summary_due_ms = h->mono_ms + HUB_SUMMARY_MS;
		summary(h, todo);
		book_forget(h->book, h->now_ms - KEEP_ALERTS_MS);
	}
}

static void
tick(struct hub *h, struct hub_todo *todo)
{
	depart_late(h, todo);
	if (h->mono_ms >= h->second_due_ms) {
		h->second_due_ms = h->mono_ms + SECOND_MS;
		second(h, todo);
	}
	send_cursors(h, todo);
	if (h->mono_ms >= h->heartbeat_due_ms) {
		h->heartbeat_due_ms = h->mono_ms + CHECKPOINT_EVERY_MS;
		heartbeat(h, todo);
	}
}

/*
 * Nothing happened here for so long: this process slept, and another hub may have been started from
 * a copy of this journal meanwhile. As after a start, the edges that were in reach are asked first
 * what they have. One that was out of reach before is no reason to wait.
 */
static void
slept(struct hub *h, struct hub_todo *todo)
{
	if (!h->settled || h->alone)
		return;
	for (size_t i = 0; i < h->conf.edges; i++) {
		if (!h->edge[i].up)
			continue;
		h->edge[i].asked = false;
		h->settled = false;
		edge_up(h, todo, i);
	}
	if (!h->settled)
		hub_log(todo,
			"this process slept for %lld s; asking the edges what they have",
			(long long)(h->mono_ms - h->second_due_ms) / SECOND_MS);
}

/*
 * A wall clock that jumps away from the monotonic one is wrong now, or was before. Sirens that start
 * believe the first heartbeat, so none is dated by such a clock: "not current" is the truth. Whoever
 * sets a clock right that was wrong from the start starts the hub anew.
 */
static void
clock_watch(struct hub *h, struct hub_todo *todo)
{
	int64_t off = h->now_ms - h->mono_ms;
	int64_t jump = h->clock_known ? off - h->clock_off_ms : 0;
	bool bad = jump > CLOCK_JUMP_MS || jump < -CLOCK_JUMP_MS;

	if (bad && !h->clock_bad)
		hub_log(todo,
			"the clock jumped by %lld s: no heartbeat is signed until it is "
			"back; "
			"if it is right now, start the hub anew",
			(long long)jump / SECOND_MS);
	if (!bad)
		h->clock_off_ms = off;
	h->clock_known = true;
	h->clock_bad = bad;
}

/* It is passed on, and that is all: nothing here, in an edge or in a siren acts on it. */
static void
foreign(struct hub *h, struct hub_todo *todo, struct bytes list)
{
	if (h->settled && list.len <= FOREIGN_LIST_MAX)
		publish(h, todo, FOREIGN_LIST_KIND, list);
}

void
hub_step(struct hub *h, int64_t now_ms, int64_t mono_ms, const struct hub_event *ev,
	struct hub_todo *todo)
{
	h->now_ms = now_ms;
	h->mono_ms = mono_ms;
	memcpy(h->random, ev->random, sizeof h->random);
	clock_watch(h, todo);
	if (h->second_due_ms != 0 && mono_ms - h->second_due_ms > SLEPT_MS) {
		slept(h, todo);
		h->second_due_ms = mono_ms;
	}
	switch (ev->kind) {
	case HUB_TICK:
		tick(h, todo);
		break;
	case HUB_REQUEST:
		request(h, todo, ev);
		break;
	case HUB_STORED:
		committed(h, todo, ev->stored.ticket, ev->stored.ok);
		break;
	case HUB_EDGE_UP:
		edge_up(h, todo, ev->edge);
		break;
	case HUB_EDGE_DOWN:
		h->edge[ev->edge].up = false;
		h->edge[ev->edge].waiting_back = false;
		h->edge[ev->edge].taken = h->edge[ev->edge].received;
		break;
	case HUB_EDGE_FRAME:
		edge_frame(h, todo, ev->edge, ev->frame);
		break;
	case HUB_FOREIGN:
		foreign(h, todo, ev->foreign);
		break;
	}
	journal_close(h, todo);
}

int64_t
hub_next_ms(const struct hub *h)
{
	int64_t next = h->second_due_ms;

	for (const struct pending *p = h->first; p != NULL; p = p->next)
		if (!p->departed && p->order.len > 0 && p->deadline_ms < next)
			next = p->deadline_ms;
	return h->heartbeat_due_ms < next ? h->heartbeat_due_ms : next;
}

bool
hub_record_entry(uint16_t record, struct bytes bytes, uint64_t *number)
{
	struct arena *arena;
	struct entry e;
	bool is_entry = false;

	if (record != HUB_RECORD_ENTRY || arena_new(&arena) != ERR_OK)
		return false;
	if (entry_line_read(&e, arena, (const char *)bytes.at, bytes.len, NULL) == ERR_OK) {
		*number = e.header.number;
		is_entry = true;
	}
	arena_free(arena);
	return is_entry;
}

const struct book *
hub_book(const struct hub *h)
{
	return h->book;
}

uint64_t
hub_size(const struct hub *h)
{
	return h->committed;
}

struct hash
hub_root(const struct hub *h)
{
	return nodes_root(h->nodes, h->committed);
}

bool
hub_settled(const struct hub *h)
{
	return h->settled;
}
