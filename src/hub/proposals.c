/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proposals.c: what waits for a second operator. A proposal is frozen; any edit is a new one. */
#include "hub/brain.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { HOUR_MS = 3600 * 1000, STOPS_PER_HOUR = 3 };

static const char *const state_names[] = {
	[PROPOSAL_WAITING] = "proposed",
	[PROPOSAL_LIVE] = "live",
	[PROPOSAL_REJECTED] = "rejected",
	[PROPOSAL_LAPSED] = "lapsed",
};

const char *
proposal_state_name(enum proposal_state s)
{
	return state_names[s];
}

struct proposal *
proposal_find(const struct hub *h, uint64_t id)
{
	for (size_t i = h->proposal_count; i-- > 0;)
		if (h->proposal[i].id == id)
			return &h->proposal[i];
	return NULL;
}

/* Lapsed and finished ones are dropped after a day; the journal keeps them. */
void
proposals_lapse(struct hub *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->proposal_count; i++) {
		struct proposal *p = &h->proposal[i];

		if (p->state == PROPOSAL_WAITING && h->now_ms - p->time_ms > HUB_LAPSE_MS)
			p->state = PROPOSAL_LAPSED;
		if (p->state != PROPOSAL_WAITING && h->now_ms - p->time_ms > HOUR_MS) {
			free((void *)p->content.at);
			free((void *)p->order.at);
			continue;
		}
		h->proposal[kept++] = *p;
	}
	h->proposal_count = kept;
}

static enum err
signature_from(
	const json_t *body, uint16_t *key, struct signature *out, struct fault *fault)
{
	json_int_t number = json_integer_value(json_object_get(body, "key"));
	const char *text = json_string_value(json_object_get(body, "signature"));
	struct buffer raw = {0};
	enum err err = text != NULL ? base64_read(&raw, text, strlen(text)) : ERR_FORMAT;

	if (err == ERR_OK &&
		(raw.len != sizeof out->at || number < 1 || number > UINT16_MAX))
		err = ERR_FORMAT;
	if (err == ERR_OK) {
		memcpy(out->at, raw.at, sizeof out->at);
		*key = (uint16_t)number;
	} else {
		err = fault_set(fault, err,
			"\"key\" must be a number and \"signature\" 64 bytes in base64");
	}
	buffer_free(&raw);
	return err;
}

static enum err
verdict_fault(enum verdict v, struct fault *fault)
{
	if (v == VERDICT_GOOD)
		return ERR_OK;
	return fault_set(fault, v == VERDICT_SIGNATURE ? ERR_SIGNATURE : ERR_REFUSED,
		"refused: %s. The key may not sign this here, or signed something else; "
		"see: belfry "
		"roster show",
		verdict_name(v));
}

/* What no mouth would sound must not be called out: the sirens refuse beyond the mandate. */
static enum err
mandate_check(
	const struct hub *h, const struct order_body *b, uint16_t key, struct fault *fault)
{
	const struct mandate *m = roster_mandate(&h->roster, key, b->class);
	const struct zone_group *g = b->zones.group && h->zones != NULL
					     ? zones_group(h->zones, b->zones.number[0])
					     : NULL;
	const uint16_t *zone = g != NULL ? g->zones : b->zones.number;
	size_t count = g != NULL ? g->zone_count : b->zones.count;
	bool good = m != NULL;

	if (b->class != ORDER_BREAK_GLASS && b->class != ORDER_SENSOR)
		return ERR_OK;
	if (good && suspensions_hold(&h->suspensions, m->number, h->now_ms))
		return fault_set(fault, ERR_REFUSED,
			"refused: mandate %u is suspended; it comes back within the hour",
			m->number);
	if (good && starts_used_up(h, m, b))
		return fault_set(fault, ERR_REFUSED,
			"refused: mandate %u has %u starts an hour, and they are used up; "
			"a "
			"second operator can still sign an alert",
			m->number, m->starts_per_hour);
	for (size_t i = 0; i < count && good; i++) {
		struct place place = place_of(h->zones, zone[i]);

		good = mandate_covers(m, b, &place, 0, h->now_ms);
	}
	return good ? ERR_OK
		    : fault_set(fault, ERR_REFUSED,
			      "refused: mandate. It does not cover this; see its patterns, "
			      "zones, seconds and end with: belfry roster show");
}

/* Is one approval good in every zone of the order? */
static enum err
approval_check(const struct hub *h, const struct order *o, const struct approval *a,
	struct fault *fault)
{
	struct judge j = hub_judge(h);
	enum err err = ERR_OK;

	for (int i = 0; i < o->body_count && err == ERR_OK; i++) {
		const struct order_zones *z = &o->body[i].zones;

		if (o->body[i].territory != j.territory || o->body[i].mode != j.mode)
			return fault_set(fault, ERR_REFUSED,
				"the order is for another territory or mode");
		for (int k = 0; k < (z->count > 0 ? z->count : 1) && err == ERR_OK; k++) {
			struct place place = place_of(
				h->zones, z->count > 0 && !z->group ? z->number[k] : 0);

			err = verdict_fault(
				approval_judge(&j, o, &o->body[i], a, &place, 0), fault);
		}
		if (err == ERR_OK)
			err = mandate_check(h, &o->body[i], a->key, fault);
	}
	return err;
}

static const char *
headline_of(const struct content *c)
{
	for (size_t i = 0; i < c->text_count; i++)
		if (strncmp(c->text[i].language, "en", 2) == 0)
			return c->text[i].headline;
	return c->text_count > 0 ? c->text[0].headline : "";
}

/* Cut between characters, not within one. */
static void
headline_copy(char *out, size_t room, const char *text)
{
	size_t n = strlen(text);

	if (n >= room)
		for (n = room - 1; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
			n--;
	memcpy(out, text, n);
	out[n] = '\0';
}

static struct proposal *
proposal_add(struct hub *h, const struct content *c, struct bytes content,
	struct bytes order, uint16_t author, int64_t time_ms)
{
	struct proposal *p;

	if (h->proposal_count == h->proposal_cap) {
		size_t cap = h->proposal_cap ? h->proposal_cap * 2 : 32;
		struct proposal *at = realloc(h->proposal, cap * sizeof *at);

		if (at == NULL)
			return NULL;
		h->proposal = at;
		h->proposal_cap = cap;
	}
	p = &h->proposal[h->proposal_count++];
	*p = (struct proposal){
		.id = c->order,
		.verb = c->verb,
		.alert = c->alert,
		.author = author,
		.time_ms = time_ms,
		.zone_count = c->zone_count,
		.content = bytes_copy(content),
		.order = bytes_copy(order),
	};
	headline_copy(p->headline, sizeof p->headline, headline_of(c));
	return p;
}

/* Enough hands: everything of it becomes public in one transaction. */
static void
go_live(struct hub *h, struct hub_todo *todo, struct proposal *p)
{
	struct arena *arena = NULL;
	struct content c;

	p->state = PROPOSAL_LIVE;
	if (arena_new(&arena) == ERR_OK &&
		content_read(&c, arena, p->content, NULL) == ERR_OK)
		publish(h, todo, verb_entry_kind(c.verb), p->content);
	arena_free(arena);
	publish(h, todo, "order", p->order);
	if (h->open != NULL) {
		h->open->order = bytes_copy(p->order);
		h->open->content = bytes_copy(p->content);
	}
}

static json_t *
outcome(const struct hub *h, const struct proposal *p)
{
	const struct alert *a = book_of_order(h->book, p->id);
	char id[17], alert[17];

	if (a == NULL)
		a = book_find(h->book, p->alert);
	id_write(id, p->id);
	id_write(alert, a != NULL ? a->id : p->alert);
	return json_pack("{s:s,s:s,s:s,s:b}", "proposal", id, "state",
		proposal_state_name(p->state), "alert", alert, "joined",
		p->verb == VERB_ALERT && a != NULL && a->id != p->alert);
}

/* What must still hold at the moment of the second signature. */
static enum err
still_right(const struct hub *h, const struct content *c, struct fault *fault)
{
	const struct alert *a = book_find(h->book, c->alert), *other;
	char id[17];

	if (c->expires_ms <= h->now_ms)
		return fault_set(fault, ERR_EXPIRED, "it has expired; propose it anew");
	if (c->verb == VERB_ALERT || c->verb == VERB_TEST)
		return ERR_OK;
	id_write(id, c->alert);
	if (a == NULL || (a->state != ALERT_LIVE && a->state != ALERT_STOPPED))
		return fault_set(fault, ERR_REFUSED, "alert %s is no longer live", id);
	other = c->verb == VERB_ALL_CLEAR
			? book_overlap(h->book, a->id, c->zone, c->zone_count)
			: NULL;
	if (other != NULL) {
		id_write(id, other->id);
		return fault_set(fault, ERR_REFUSED,
			"no all clear: alert %s lives in the same zones", id);
	}
	return ERR_OK;
}

/* Mouths let one person stop three times in an hour; a fourth stop needs a second person. */
static bool
stops_used_up(const struct hub *h, uint16_t key)
{
	int n = 0;

	for (size_t i = 0; i < h->proposal_count; i++) {
		const struct proposal *p = &h->proposal[i];

		n += p->verb == VERB_STOP && p->state == PROPOSAL_LIVE &&
		     h->now_ms - p->time_ms < HOUR_MS &&
		     (p->author == key || roster_same_person(&h->roster, p->author, key));
	}
	return n >= STOPS_PER_HOUR;
}

static int
signers_needed(const struct hub *h, const struct order *o)
{
	int most = o->body[0].class == ORDER_STOP && stops_used_up(h, o->approval[0].key)
			   ? 2
			   : 1;

	for (int i = 0; i < o->body_count; i++)
		if (class_signers(o->body[i].class) > most)
			most = class_signers(o->body[i].class);
	return most;
}

/*
 * A stop is public with one signature: it says what the playbook says. In words of his own one
 * operator alone could tell everybody that all is clear.
 */
static enum err
words_check(
	struct hub *h, const struct content *c, struct bytes content, struct fault *fault)
{
	struct buffer own = {0};
	enum err err = c->verb == VERB_STOP ? stop_again(h, c, &own, fault) : ERR_OK;

	if (err == ERR_OK && c->verb == VERB_STOP &&
		!bytes_equal(buffer_bytes(&own), content))
		err = fault_set(fault, ERR_REFUSED,
			"a stop has the playbook's words and no others, and the alert may "
			"have changed meanwhile; draft it anew");
	buffer_free(&own);
	return err;
}

/* The request's parts, checked against one another and against the author's key. */
static enum err
proposal_check(struct hub *h, struct bytes content, struct order *o, const json_t *body,
	struct content *c, struct arena *arena, struct signature *s, struct fault *fault)
{
	struct hash hash = hash_of(content);
	uint16_t key = 0;
	enum err err = content_read(c, arena, content, fault);

	if (err == ERR_OK)
		err = content_fits_order(c, &hash, o, h->zones, fault);
	if (err == ERR_OK && o->approval_count != 0)
		err = fault_set(
			fault, ERR_FORMAT, "the order of a proposal has no approvals yet");
	if (err == ERR_OK)
		err = signature_from(body, &key, s, fault);
	if (err != ERR_OK)
		return err;
	if (proposal_find(h, c->order) != NULL || book_of_order(h->book, c->order) != NULL)
		return fault_set(fault, ERR_DUPLICATE, "this proposal is here already");
	if (c->sent_ms > h->now_ms + 60000 || c->sent_ms < h->now_ms - HUB_LAPSE_MS)
		return fault_set(fault, ERR_EXPIRED,
			"its time is not ours: the clocks of hub and operator differ, or "
			"the draft is "
			"old. Draft it anew");
	o->approval[0] =
		(struct approval){key, APPROVAL_ED25519, bytes_of(s->at, sizeof s->at)};
	o->approval_count = 1;
	err = approval_check(h, o, &o->approval[0], fault);
	if (err == ERR_OK)
		err = still_right(h, c, fault);
	return err == ERR_OK ? words_check(h, c, content, fault) : err;
}

static void
journal_proposal(struct hub *h, struct hub_todo *todo, const struct proposal *p)
{
	json_t *o = json_pack("{s:i,s:s%,s:o}", "author", p->author, "content",
		p->content.at, p->content.len, "order", bytes_json(p->order));
	char *text = json_dumps(o, JSON_COMPACT);

	if (text != NULL)
		journal(h, todo, HUB_RECORD_PROPOSED, bytes_of_text(text));
	free(text);
	json_decref(o);
}

void
propose(struct hub *h, struct hub_todo *todo, uint64_t client, const json_t *body)
{
	const json_t *text = json_object_get(body, "content");
	const char *order = json_string_value(json_object_get(body, "order"));
	struct bytes content = bytes_of(json_string_value(text), json_string_length(text));
	struct order *o = calloc(1, sizeof *o);
	struct buffer raw = {0}, frozen = {0};
	struct fault fault = {"\"content\" must be text and \"order\" base64"};
	struct arena *arena = NULL;
	struct signature s;
	struct content c;
	struct proposal *p = NULL;
	enum err err = o == NULL || arena_new(&arena) != ERR_OK ? ERR_NOMEM : ERR_OK;

	if (err == ERR_OK)
		err = order != NULL && text != NULL
			      ? base64_read(&raw, order, strlen(order))
			      : ERR_FORMAT;
	if (err == ERR_OK)
		err = order_read(o, buffer_bytes(&raw));
	if (err == ERR_OK)
		err = proposal_check(h, content, o, body, &c, arena, &s, &fault);
	if (err == ERR_OK) {
		order_write(&frozen, o);
		p = proposal_add(h, &c, content, buffer_bytes(&frozen), o->approval[0].key,
			h->now_ms);
		err = p == NULL ? ERR_NOMEM : ERR_OK;
	}
	if (err == ERR_OK) {
		journal_proposal(h, todo, p);
		if (signers_needed(h, o) == 1)
			go_live(h, todo, p);
		answer(h, todo, client, 200, outcome(h, p));
	} else {
		answer_error(h, todo, client, err, &fault);
	}
	buffer_free(&raw);
	buffer_free(&frozen);
	arena_free(arena);
	free(o);
}

/* The approver is nobody who wrote any part of it: another person than the author. */
static enum err
approver_check(const struct hub *h, const struct proposal *p, struct order *o, uint16_t key,
	const struct signature *s, struct fault *fault)
{
	const struct roster_key *author = roster_key(&h->roster, p->author);
	const struct roster_key *other = roster_key(&h->roster, key);

	if (other == NULL)
		return fault_set(fault, ERR_REFUSED, "key %u is not in the roster", key);
	if (author == NULL || strcmp(author->person, other->person) == 0)
		return fault_set(fault, ERR_REFUSED,
			"own approval: %s wrote this proposal; another operator must "
			"approve it",
			other->person);
	o->approval[o->approval_count] =
		(struct approval){key, APPROVAL_ED25519, bytes_of(s->at, sizeof s->at)};
	return approval_check(h, o, &o->approval[o->approval_count++], fault);
}

static enum err
approve_check(struct hub *h, struct proposal *p, struct order *o, const json_t *body,
	struct arena *arena, uint16_t *key, struct signature *s, struct fault *fault)
{
	struct content c;
	enum err err;

	if (p == NULL)
		return fault_set(fault, ERR_UNKNOWN,
			"no such proposal; see them with: belfry alert list");
	if (p->state != PROPOSAL_WAITING)
		return fault_set(fault, ERR_REFUSED, "the proposal is %s",
			proposal_state_name(p->state));
	err = signature_from(body, key, s, fault);
	if (err == ERR_OK)
		err = order_read(o, p->order);
	if (err == ERR_OK)
		err = approver_check(h, p, o, *key, s, fault);
	if (err == ERR_OK)
		err = content_read(&c, arena, p->content, fault);
	if (err == ERR_OK)
		err = still_right(h, &c, fault);
	if (err == ERR_OK)
		err = verdict_fault(judge_everywhere(h, o), fault);
	return err;
}

static void
journal_text(struct hub *h, struct hub_todo *todo, enum hub_record record, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);

	if (text != NULL)
		journal(h, todo, record, bytes_of_text(text));
	free(text);
	json_decref(o);
}

void
approve(struct hub *h, struct hub_todo *todo, uint64_t client, uint64_t id,
	const json_t *body)
{
	struct proposal *p = proposal_find(h, id);
	struct order *o = calloc(1, sizeof *o);
	struct arena *arena = NULL;
	struct buffer frozen = {0};
	struct signature s;
	struct fault fault = {""};
	uint16_t key;
	char text[17];
	enum err err = o == NULL || arena_new(&arena) != ERR_OK ? ERR_NOMEM : ERR_OK;

	if (err == ERR_OK)
		err = approve_check(h, p, o, body, arena, &key, &s, &fault);
	if (err == ERR_OK) {
		order_write(&frozen, o);
		free((void *)p->order.at);
		p->order = bytes_copy(buffer_bytes(&frozen));
		id_write(text, id);
		journal_text(h, todo, HUB_RECORD_APPROVED,
			json_pack("{s:s,s:o}", "proposal", text, "order",
				bytes_json(p->order)));
		go_live(h, todo, p);
		answer(h, todo, client, 200, outcome(h, p));
	} else {
		answer_error(h, todo, client, err, &fault);
	}
	buffer_free(&frozen);
	arena_free(arena);
	free(o);
}

void
reject(struct hub *h, struct hub_todo *todo, uint64_t client, uint64_t id,
	const json_t *body)
{
	const char *reason = json_string_value(json_object_get(body, "reason"));
	struct proposal *p = proposal_find(h, id);
	const struct roster_key *k;
	struct order *o = calloc(1, sizeof *o);
	struct buffer signed_part = {0};
	struct fault fault = {""};
	struct signature s;
	struct hash digest;
	uint16_t key = 0;
	char text[17];
	enum err err = o == NULL ? ERR_NOMEM : signature_from(body, &key, &s, &fault);

	if (err == ERR_OK && (p == NULL || p->state != PROPOSAL_WAITING || reason == NULL))
		err = fault_set(&fault, p == NULL ? ERR_UNKNOWN : ERR_REFUSED,
			"no such waiting proposal, or no \"reason\" was given");
	if (err == ERR_OK)
		err = order_read(o, p->order);
	if (err == ERR_OK) {
		digest = order_digest(o);
		write_bytes(&signed_part, digest.at, sizeof digest.at);
		write_text(&signed_part, reason);
		digest = hash_tagged("belfry-reject-1", buffer_bytes(&signed_part));
		k = roster_key(&h->roster, key);
		if (k == NULL || !(k->roles & ROLE_OPERATOR) ||
			revoked_has(&h->revoked, key) ||
			!signature_verify(
				&k->key, bytes_of(digest.at, sizeof digest.at), &s))
			err = fault_set(&fault, ERR_SIGNATURE,
				"the rejection is not signed by an operator of the roster");
	}
	if (err == ERR_OK) {
		p->state = PROPOSAL_REJECTED;
		id_write(text, id);
		journal_text(h, todo, HUB_RECORD_REJECTED,
			json_pack("{s:s,s:i,s:s,s:o}", "proposal", text, "key", key,
				"reason", reason, "signature",
				bytes_json(bytes_of(s.at, sizeof s.at))));
		answer(h, todo, client, 200, outcome(h, p));
	} else {
		answer_error(h, todo, client, err, &fault);
	}
	buffer_free(&signed_part);
	free(o);
}

static enum err
restore_proposed(struct hub *h, const json_t *o, int64_t time_ms)
{
	const json_t *content = json_object_get(o, "content");
	const char *order = json_string_value(json_object_get(o, "order"));
	struct bytes text =
		bytes_of(json_string_value(content), json_string_length(content));
	struct buffer raw = {0};
	struct arena *arena = NULL;
	struct content c;
	struct order *parts = calloc(1, sizeof *parts);
	enum err err = parts == NULL ? ERR_NOMEM : ERR_OK;

	if (err == ERR_OK)
		err = order != NULL ? base64_read(&raw, order, strlen(order)) : ERR_FORMAT;
	if (err == ERR_OK)
		err = arena_new(&arena);
	if (err == ERR_OK)
		err = content_read(&c, arena, text, NULL);
	if (err == ERR_OK &&
		proposal_add(h, &c, text, buffer_bytes(&raw),
			(uint16_t)json_integer_value(json_object_get(o, "author")),
			time_ms) == NULL)
		err = ERR_NOMEM;
	/* One signature was enough: its entries stand behind it in the same transaction. */
	if (err == ERR_OK && order_read(parts, buffer_bytes(&raw)) == ERR_OK &&
		signers_needed(h, parts) == 1)
		h->proposal[h->proposal_count - 1].state = PROPOSAL_LIVE;
	free(parts);
	arena_free(arena);
	buffer_free(&raw);
	return err;
}

enum err
proposal_restore(struct hub *h, uint16_t record, int64_t time_ms, struct bytes bytes)
{
	json_t *o = json_loadb((const char *)bytes.at, bytes.len, 0, NULL);
	const char *text = json_string_value(json_object_get(o, "proposal"));
	struct proposal *p;
	uint64_t id = 0;
	enum err err = o != NULL ? ERR_OK : ERR_FORMAT;

	if (err == ERR_OK && record == HUB_RECORD_PROPOSED) {
		err = restore_proposed(h, o, time_ms);
	} else if (err == ERR_OK) {
		err = text != NULL ? id_read(&id, text) : ERR_FORMAT;
		p = proposal_find(h, id);
		if (p != NULL)
			p->state = record == HUB_RECORD_APPROVED ? PROPOSAL_LIVE
								 : PROPOSAL_REJECTED;
	}
	json_decref(o);
	return err;
}
