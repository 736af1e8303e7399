/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answers.c: what the hub tells when asked (doc/formats/api.md). */
#include "hub/brain.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

json_t *
bytes_json(struct bytes b)
{
	struct buffer text = {0};
	json_t *out;

	base64_write(&text, b);
	out = json_string(buffer_text(&text));
	buffer_free(&text);
	return out;
}

static json_t *
id_json(uint64_t id)
{
	char text[17];

	id_write(text, id);
	return json_string(text);
}

json_t *
time_json(int64_t ms)
{
	char text[TIME_TEXT];

	time_write(text, ms);
	return json_string(text);
}

static json_t *
zones_json(const uint16_t *zone, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_integer(zone[i]));
	return list;
}

static json_t *
status_json(const struct hub *h)
{
	char territory[9], root_text[65];
	struct hash root = nodes_root(h->nodes, h->committed);

	hex_write(root_text, root.at, sizeof root.at);
	hex_write(territory,
		(uint8_t[]){(uint8_t)(h->roster.territory >> 24),
			(uint8_t)(h->roster.territory >> 16),
			(uint8_t)(h->roster.territory >> 8), (uint8_t)h->roster.territory},
		4);
	return json_pack(
		"{s:s,s:s,s:s,s:I,s:I,s:s,s:I,s:I,s:b,s:b,s:b,s:b,s:b,s:I,s:I,s:o,s:o}",
		"territory", territory, "mode", mode_name(h->roster.mode), "hub",
		h->conf.name, "term", (json_int_t)h->conf.term, "size",
		(json_int_t)h->committed, "root", root_text, "roster",
		(json_int_t)h->roster.serial, "zones", (json_int_t)h->zones_version,
		"settled", h->settled, "reigns", reigns(h), "superseded", h->superseded,
		"forked", h->forked, "alone", h->alone, "last_term",
		(json_int_t)h->last_term, "waiting", (json_int_t)h->waiting_count, "edges",
		edges_json(h), "clock", time_json(h->now_ms));
}

static json_t *
playbooks_json(const struct hub *h)
{
	json_t *list = json_array();

	for (size_t i = 0; i < h->conf.playbooks; i++) {
		const struct playbook *p = &h->conf.playbook[i];
		json_t *languages = json_array(), *unchecked = json_array();

		for (size_t k = 0; k < p->texts; k++) {
			json_t *language = json_string(p->text[k].language);

			json_array_append(languages, language);
			if (strcmp(p->text[k].checked_by, "unchecked") == 0)
				json_array_append(unchecked, language);
			json_decref(language);
		}
		json_array_append_new(
			list, json_pack("{s:s,s:i,s:s,s:s,s:i,s:I,s:o,s:o}", "name",
				      p->name, "hazard", p->hazard, "hazard_word",
				      p->hazard_word, "pattern", p->pattern, "seconds",
				      p->seconds, "expires_s", (json_int_t)p->expires_s,
				      "languages", languages, "unchecked", unchecked));
	}
	return list;
}

static json_t *
proposal_json(const struct hub *h, const struct proposal *p, bool whole)
{
	const struct roster_key *author = roster_key(&h->roster, p->author);
	json_t *o = json_pack("{s:o,s:s,s:o,s:i,s:s,s:s,s:I,s:i,s:s}", "proposal",
		id_json(p->id), "verb", verb_name(p->verb), "alert", id_json(p->alert),
		"author", p->author, "author_name", author != NULL ? author->person : "",
		"state", proposal_state_name(p->state), "age_s",
		(json_int_t)((h->now_ms - p->time_ms) / 1000), "zones", p->zone_count,
		"headline", p->headline);
	struct order *order = whole ? calloc(1, sizeof *order) : NULL;

	if (order != NULL && order_read(order, p->order) == ERR_OK) {
		struct hash digest = order_digest(order);
		char hex[65];

		hex_write(hex, digest.at, sizeof digest.at);
		json_object_set_new(o, "digest", json_string(hex));
		json_object_set_new(o, "order", bytes_json(p->order));
		json_object_set_new(o, "content",
			json_stringn((const char *)p->content.at, p->content.len));
	}
	free(order);
	return o;
}

static json_t *
proposals_json(const struct hub *h)
{
	json_t *list = json_array();

	for (size_t i = h->proposal_count; i-- > 0;)
		json_array_append_new(list, proposal_json(h, &h->proposal[i], false));
	return list;
}

/* The four verbs as they stand ready: who would say what, with which CAP message. */
static json_t *
prepared_json(const struct hub *h, const struct alert *a, bool whole)
{
	static const enum verb verbs[] = {
		VERB_STOP, VERB_CORRECTION, VERB_UPDATE, VERB_ALL_CLEAR};
	json_t *out = whole ? json_object() : json_array();

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		json_t *ask = json_pack("{s:s,s:o,s:o}", "verb", verb_name(verbs[i]),
			"alert", id_json(a->id), "zones",
			zones_json(a->zone, a->zone_count));
		struct fault fault = {""};
		struct buffer content = {0};
		enum err err = draft_make((struct hub *)h, ask, &content, NULL, &fault);

		if (!whole && err == ERR_OK)
			json_array_append_new(out, json_string(verb_name(verbs[i])));
		else if (whole && err == ERR_OK)
			json_object_set_new(out, verb_name(verbs[i]),
				json_loadb((const char *)content.at, content.len, 0, NULL));
		else if (whole)
			json_object_set_new(out, verb_name(verbs[i]),
				json_pack("{s:s}", "error", fault.text));
		buffer_free(&content);
		json_decref(ask);
	}
	return out;
}

json_t *
alert_json(const struct hub *h, const struct alert *a, bool whole)
{
	json_t *orders = json_array(), *o;
	bool lives = a->state == ALERT_LIVE || a->state == ALERT_STOPPED;

	for (size_t i = 0; i < a->order_count; i++)
		json_array_append_new(orders, id_json(a->order[i].id));
	o = json_pack("{s:o,s:s,s:i,s:s,s:o,s:o,s:o,s:o,s:o,s:b,s:b,s:b}", "alert",
		id_json(a->id), "state", alert_state_name(a->state), "hazard", a->hazard,
		"playbook", a->playbook, "since", time_json(a->since_ms), "expires",
		time_json(a->expires_ms), "changed", time_json(a->changed_ms), "zones",
		zones_json(a->zone, a->zone_count), "orders", orders, "on_disk", a->on_disk,
		"owes", a->owes, "silent", a->silent);
	if (whole && a->message_count > 0) {
		struct bytes text = a->message[a->message_count - 1].content;

		json_object_set_new(
			o, "content", json_loadb((const char *)text.at, text.len, 0, NULL));
	}
	if (whole && lives)
		json_object_set_new(o, "prepared", prepared_json(h, a, true));
	return o;
}

enum { RECENT_OVER = 20 };

/* Newest first: all that live or owe an all clear, and up to `over` of those that are over. */
static json_t *
alerts_json(const struct hub *h, size_t over)
{
	json_t *list = json_array();

	for (size_t i = book_count(h->book); i-- > 0;) {
		const struct alert *a = book_at(h->book, i);
		bool lives = a->state == ALERT_LIVE || a->state == ALERT_STOPPED || a->owes;

		if (!lives && over == 0)
			continue;
		over -= !lives;
		json_array_append_new(list, alert_json(h, a, false));
	}
	return list;
}

enum { RECEIPTS_AT_ONCE = 10000 };

static json_t *
receipts_json(const struct hub *h, uint64_t after)
{
	json_t *list = json_array();
	uint64_t first =
		h->receipt_seq > RECEIPTS_KEPT ? h->receipt_seq - RECEIPTS_KEPT : 0;

	for (uint64_t seq = after > first ? after : first;
		seq < h->receipt_seq && json_array_size(list) < RECEIPTS_AT_ONCE; seq++) {
		const struct journal_receipt *r = &h->receipts[seq % RECEIPTS_KEPT];

		json_array_append_new(list,
			json_pack("{s:I,s:I,s:I,s:s,s:o,s:s,s:o,s:o}", "seq",
				(json_int_t)r->seq, "siren", (json_int_t)r->receipt.siren,
				"number", (json_int_t)r->receipt.number, "event",
				receipt_event_name(r->receipt.event), "order",
				id_json(r->receipt.order), "verdict",
				r->receipt.verdict < VERDICT_COUNT
					? verdict_name(r->receipt.verdict)
					: "unknown",
				"siren_time", time_json(r->receipt.time_ms), "time",
				time_json(r->time_ms)));
	}
	return list;
}

/* The signed bytes go with it: who asks can check them. */
static json_t *
revocations_json(const struct hub *h)
{
	json_t *list = json_array();

	for (size_t i = 0; i < h->revocation_count; i++) {
		const struct revocation *v = &h->revocation[i];
		const struct roster_key *key = roster_key(&h->roster, v->key);
		struct buffer raw = {0};
		json_t *by = json_array();

		for (int k = 0; k < v->approval_count; k++)
			json_array_append_new(by, json_integer(v->approval[k].key));
		revocation_write(&raw, v);
		json_array_append_new(
			list, json_pack("{s:i,s:s,s:o,s:o,s:o}", "key", v->key, "person",
				      key != NULL ? key->person : "", "time",
				      time_json((int64_t)v->time_s * 1000), "by", by,
				      "revocation", bytes_json(buffer_bytes(&raw))));
		buffer_free(&raw);
	}
	return list;
}

static json_t *
document_json(struct bytes data)
{
	return data.len > 0 ? json_loadb((const char *)data.at, data.len, 0, NULL) : NULL;
}

static json_t *
one_json(const struct hub *h, const char *path)
{
	static const char alerts[] = "/alerts/", proposals[] = "/proposals/";
	const struct alert *a;
	const struct proposal *p;
	uint64_t id;

	if (strncmp(path, alerts, strlen(alerts)) == 0 &&
		id_read(&id, path + strlen(alerts)) == ERR_OK) {
		a = book_of_order(h->book, id);
		a = a != NULL ? a : book_find(h->book, id);
		return a != NULL ? alert_json(h, a, true) : NULL;
	}
	if (strncmp(path, proposals, strlen(proposals)) == 0 &&
		id_read(&id, path + strlen(proposals)) == ERR_OK) {
		p = proposal_find(h, id);
		return p != NULL ? proposal_json(h, p, true) : NULL;
	}
	return NULL;
}

void
answer_get(struct hub *h, struct hub_todo *todo, uint64_t client, const char *path)
{
	static const char receipts[] = "/receipts/";
	struct fault fault = {"there is nothing of this name; see doc/formats/api.md"};
	uint64_t after = 0;
	json_t *o;

	if (strcmp(path, "/status") == 0)
		o = status_json(h);
	else if (strcmp(path, "/playbooks") == 0)
		o = playbooks_json(h);
	else if (strcmp(path, "/roster") == 0)
		o = document_json(h->roster_data);
	else if (strcmp(path, "/zones") == 0)
		o = document_json(h->zones_data);
	else if (strcmp(path, "/revocations") == 0)
		o = revocations_json(h);
	else if (strcmp(path, "/proposals") == 0)
		o = proposals_json(h);
	else if (strcmp(path, "/alerts") == 0)
		o = alerts_json(h, SIZE_MAX);
	else if (strcmp(path, "/recent") == 0)
		o = alerts_json(h, RECENT_OVER);
	else if (strcmp(path, "/board") == 0)
		o = board_json(h);
	else if (strcmp(path, "/receipts") == 0)
		o = receipts_json(h, 0);
	else if (strncmp(path, receipts, strlen(receipts)) == 0 &&
		 number_read(&after, path + strlen(receipts),
			 strlen(path) - strlen(receipts), UINT64_MAX) == ERR_OK)
		o = receipts_json(h, after);
	else
		o = one_json(h, path);
	if (o != NULL)
		answer(h, todo, client, 200, o);
	else
		answer_error(h, todo, client, ERR_UNKNOWN, &fault);
}
