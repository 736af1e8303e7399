/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compose.c: from a playbook and zones to frozen content. The order's bodies: bodies.c. */
#include "alert/compose.h"

#include "alert/identifier.h"

#include "alert/bodies.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* DESIGN section 3: break-glass ends by itself. */
enum { BREAK_GLASS_S = 1800 };

/* What the content will hold, gathered step by step in one arena. */
struct draft {
	const struct compose *in;
	struct arena *arena;
	struct fault *fault;
	uint64_t id;
	int64_t expires_ms;
	uint16_t zone[CONTENT_ZONES]; /* in force after this */
	size_t zone_count;
	struct cap_zone *cap_zone;
	char identifier[IDENTIFIER_MAX], territory[9];
	struct capmsg msg;
};

static enum err
cap_zone_fill(struct draft *d, struct cap_zone *out, uint16_t number)
{
	const struct zone *z = zones_by_number(d->in->zones, number);
	struct cap_name *names;
	struct cap_ring *rings;

	if (z == NULL)
		return fault_set(d->fault, ERR_UNKNOWN,
			"zone %u is not known; list them with: belfry zones check", number);
	names = arena_alloc(d->arena, (z->name_count + 1) * sizeof *names);
	rings = arena_alloc(d->arena, (z->shape.n + 1) * sizeof *rings);
	if (names == NULL || rings == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < z->name_count; i++)
		names[i] = (struct cap_name){z->names[i].language, z->names[i].text};
	for (size_t i = 0; i < z->shape.n; i++) {
		const struct ring *outside = &z->shape.polygon[i].ring[0];
		struct cap_point *at = arena_alloc(d->arena, outside->n * sizeof *at);

		if (at == NULL)
			return ERR_NOMEM;
		for (size_t k = 0; k < outside->n; k++)
			at[k] = (struct cap_point){outside->at[k].lat, outside->at[k].lon};
		rings[i] = (struct cap_ring){at, outside->n};
	}
	*out = (struct cap_zone){number, z->id, names, z->name_count, rings, z->shape.n};
	return ERR_OK;
}

static enum err
cap_zones(struct draft *d, const uint16_t *zone, size_t count, struct cap_zone **out)
{
	struct cap_zone *at = arena_alloc(d->arena, (count + 1) * sizeof *at);
	enum err err = at != NULL ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = cap_zone_fill(d, &at[i], zone[i]);
	*out = at;
	return err;
}

static struct playbook_use
use_of(const struct draft *d, const struct cap_zone *zone, size_t count)
{
	return (struct playbook_use){
		.territory = d->territory,
		.identifier = d->identifier,
		.sender = d->in->sender,
		.sender_name = d->in->sender_name,
		.sent_ms = d->in->now_ms,
		.utc_offset_min = d->in->utc_offset_min,
		.expires_ms = d->expires_ms,
		.exercise = d->in->mode == MODE_EXERCISE ? "exercise" : NULL,
		.zone = zone,
		.zones = count,
	};
}

/* The living messages of the alert, for the references of a follow-up. */
static enum err
chain_of(struct draft *d, struct chain *out)
{
	const struct alert *a = d->in->alert;
	const struct capmsg **live =
		arena_alloc(d->arena, (a->message_count + 1) * sizeof *live);

	if (live == NULL)
		return ERR_NOMEM;
	*out = (struct chain){live, 0, d->identifier, d->in->now_ms, d->expires_ms};
	for (size_t i = 0; i < a->message_count; i++) {
		struct capmsg *msg = arena_alloc(d->arena, sizeof *msg);
		struct content c;
		enum err err = msg == NULL ? ERR_NOMEM
					   : content_read(&c, d->arena,
						     a->message[i].content, d->fault);

		if (err == ERR_OK)
			err = capmsg_read_max(msg, d->arena, c.cap.at, c.cap.len,
				CAPMSG_OWN_MAX, d->fault);
		if (err != ERR_OK)
			return err;
		live[out->n++] = msg;
	}
	if (out->n == 0)
		return fault_set(d->fault, ERR_UNKNOWN,
			"the alert's own message is not here yet; wait for it, or end it "
			"by a new "
			"alert");
	return ERR_OK;
}

static enum err
cap_from_elsewhere(struct draft *d)
{
	struct capmsg theirs;
	enum err err = capmsg_read_max(
		&theirs, d->arena, d->in->cap.at, d->in->cap.len, CAPMSG_OWN_MAX, d->fault);
	char *sent;

	if (err != ERR_OK)
		return err;
	err = capmsg_copy(&d->msg, d->arena, &theirs);
	if (err != ERR_OK)
		return err;
	sent = arena_alloc(d->arena, 26);
	if (sent == NULL)
		return ERR_NOMEM;
	time_write_cap(sent, d->in->now_ms);
	d->msg.identifier = arena_text(d->arena, d->identifier, strlen(d->identifier));
	d->msg.sender = d->in->sender;
	d->msg.sent = sent;
	d->msg.status = d->in->mode == MODE_LIVE ? "Actual" : "Exercise";
	d->msg.msg_type = "Alert";
	d->msg.scope = "Public";
	d->msg.references = d->msg.restriction = d->msg.addresses = NULL;
	d->msg.signatures = 0;
	return capmsg_check_output(&d->msg, d->fault);
}

static enum err
update_message(struct draft *d, const struct chain *chain)
{
	const struct alert *a = d->in->alert;
	uint16_t dropped[CONTENT_ZONES];
	size_t n = 0;
	struct capmsg content, cleared;
	struct cap_zone *gone;
	struct playbook_use use = use_of(d, d->cap_zone, d->zone_count);
	enum err err = playbook_to_cap(
		&content, d->arena, d->in->playbook, PLAYBOOK_UPDATE, &use, d->fault);

	for (int i = 0; i < a->zone_count; i++)
		if (!zone_listed(a->zone[i], d->zone, d->zone_count))
			dropped[n++] = a->zone[i];
	if (err == ERR_OK && n > 0) {
		err = cap_zones(d, dropped, n, &gone);
		if (err != ERR_OK)
			return err;
		use = use_of(d, gone, n);
		err = playbook_to_cap(&cleared, d->arena, d->in->playbook,
			PLAYBOOK_ALL_CLEAR, &use, d->fault);
	}
	if (err != ERR_OK)
		return err;
	return chain_update(
		&d->msg, d->arena, chain, &content, n > 0 ? &cleared : NULL, d->fault);
}

static enum playbook_phase
phase_of(enum verb verb)
{
	switch (verb) {
	case VERB_ALERT:
	case VERB_TEST:
	case VERBS:
		return PLAYBOOK_ALERT;
	case VERB_UPDATE:
		return PLAYBOOK_UPDATE;
	case VERB_STOP:
		return PLAYBOOK_STOP;
	case VERB_CORRECTION:
		return PLAYBOOK_CORRECTION;
	case VERB_ALL_CLEAR:
	case VERB_END:
		return PLAYBOOK_ALL_CLEAR;
	}
	return PLAYBOOK_ALERT;
}

static enum err
follow_up(struct draft *d)
{
	struct playbook_use use = use_of(d, d->cap_zone, d->zone_count);
	struct chain chain;
	struct chain_text *text;
	size_t n;
	enum err err = chain_of(d, &chain);

	if (err == ERR_OK)
		err = playbook_texts(&text, &n, d->arena, d->in->playbook,
			phase_of(d->in->verb), &use, d->fault);
	if (err != ERR_OK)
		return err;
	if (d->in->verb == VERB_UPDATE)
		return update_message(d, &chain);
	if (d->in->verb == VERB_STOP)
		return chain_stop(&d->msg, d->arena, &chain, text, n, d->fault);
	if (d->in->verb == VERB_CORRECTION)
		return chain_cancel(&d->msg, d->arena, &chain,
			"False alarm. This alert was not right.", text, n, d->fault);
	return chain_all_clear(&d->msg, d->arena, &chain, text, n, d->fault);
}

static enum err
message(struct draft *d)
{
	struct playbook_use use = use_of(d, d->cap_zone, d->zone_count);

	if (d->in->verb == VERB_TEST)
		return ERR_OK;
	if (d->in->verb != VERB_ALERT)
		return follow_up(d);
	if (d->in->cap.len > 0)
		return cap_from_elsewhere(d);
	return playbook_to_cap(
		&d->msg, d->arena, d->in->playbook, PLAYBOOK_ALERT, &use, d->fault);
}

static enum err
texts(struct draft *d, struct content *out)
{
	struct content_text *at;
	const struct cap_infos *info = &d->msg.info;

	at = arena_alloc(d->arena, (info->n + 1) * sizeof *at);
	if (at == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < info->n; i++) {
		const struct cap_info *c = &info->at[i];

		at[i] = (struct content_text){
			c->language ? c->language : "en-US",
			c->event ? c->event : "",
			c->headline ? c->headline : "",
			c->description ? c->description : "",
			c->instruction ? c->instruction : "",
		};
	}
	out->text = at;
	out->text_count = info->n < 64 ? info->n : 64;
	return ERR_OK;
}

/* The bytes that go out, signed here and never written anew. */
static enum err
cap_bytes(const struct draft *d, struct buffer *out)
{
	struct buffer plain = {0};
	enum err err = capmsg_write(&plain, &d->msg, d->fault);

	if (err == ERR_OK && d->in->cap_key != NULL)
		err = dsig_sign(out, buffer_bytes(&plain), d->in->cap_key, d->fault);
	else if (err == ERR_OK)
		write_bytes(out, plain.at, plain.len);
	buffer_free(&plain);
	return err != ERR_OK ? err : out->err;
}

static enum err
freeze(struct draft *d, struct buffer *out)
{
	const struct compose *in = d->in;
	struct buffer xml = {0};
	struct content c = {
		.verb = in->verb,
		.alert = in->alert != NULL ? in->alert->id : d->id,
		.order = d->id,
		.mode = in->mode,
		.hazard = in->alert != NULL ? in->alert->hazard : in->playbook->hazard,
		.playbook = in->playbook->name,
		.sent_ms = in->now_ms,
		.expires_ms = d->expires_ms,
		.zone = d->zone,
		.zone_count = (uint16_t)d->zone_count,
	};
	enum err err = texts(d, &c);

	if (err == ERR_OK && in->verb != VERB_TEST)
		err = cap_bytes(d, &xml);
	c.cap = buffer_bytes(&xml);
	if (err == ERR_OK) {
		content_write(out, &c);
		err = out->err;
	}
	buffer_free(&xml);
	return err;
}

/* Which zones the content speaks of: those asked for, or those of the alert and what it owes. */
static enum err
draft_zones(struct draft *d)
{
	const struct compose *in = d->in;
	bool asked =
		in->verb == VERB_ALERT || in->verb == VERB_UPDATE || in->verb == VERB_TEST;

	if (asked)
		d->zone_count = zones_sorted(d->zone, in->zone, in->zone_count);
	else if (in->verb == VERB_ALL_CLEAR)
		d->zone_count = zones_to_clear(d->zone, in);
	else
		d->zone_count =
			zones_sorted(d->zone, in->alert->zone, in->alert->zone_count);
	if (d->zone_count == 0)
		return fault_set(d->fault, ERR_RANGE, "name 1 to %d zones", CONTENT_ZONES);
	return cap_zones(d, d->zone, d->zone_count, &d->cap_zone);
}

static enum err
may_follow(const struct compose *in, struct fault *fault)
{
	const struct alert *a = in->alert, *other;
	char id[17], mine[17];

	if (in->verb == VERB_ALERT || in->verb == VERB_TEST)
		return ERR_OK;
	if (a == NULL)
		return fault_set(fault, ERR_UNKNOWN,
			"no such alert; see them with: belfry alert list");
	id_write(mine, a->id);
	if (a->state != ALERT_LIVE && a->state != ALERT_STOPPED)
		return fault_set(fault, ERR_REFUSED,
			"alert %s is %s already; nothing to do", mine,
			alert_state_name(a->state));
	if (in->verb == VERB_STOP && a->state == ALERT_STOPPED)
		return fault_set(fault, ERR_REFUSED, "alert %s is stopped already", mine);
	other = in->verb == VERB_ALL_CLEAR
			? book_overlap(in->book, a->id, a->zone, a->zone_count)
			: NULL;
	if (other == NULL)
		return ERR_OK;
	id_write(id, other->id);
	return fault_set(fault, ERR_REFUSED,
		"no all clear: alert %s lives in the same zones. End this one without a "
		"sound "
		"(belfry alert end %s); the all clear comes with the last one",
		id, mine);
}

enum err
compose(struct buffer *content, struct order *order, const struct compose *in,
	struct fault *fault)
{
	struct draft d = {.in = in, .fault = fault};
	uint32_t lifetime_s = in->lifetime_s ? in->lifetime_s : in->playbook->expires_s;
	enum err err = may_follow(in, fault);

	if (err == ERR_OK)
		err = arena_new(&d.arena);
	if (err != ERR_OK)
		return err;
	if (in->alert != NULL && in->verb != VERB_UPDATE)
		lifetime_s = lifetime_left_s(in->alert, in->now_ms);
	if (in->break_glass && lifetime_s > BREAK_GLASS_S)
		lifetime_s = BREAK_GLASS_S;
	if (lifetime_s > UINT16_MAX)
		lifetime_s = UINT16_MAX;
	d.id = order_id_make(in->now_ms, in->random);
	d.expires_ms = (in->now_ms / 1000 + lifetime_s) * 1000;
	snprintf(d.territory, sizeof d.territory, "%08x", in->territory);
	err = identifier_write(d.identifier, sizeof d.identifier, in->identifier,
		in->territory, d.id, fault);
	if (err == ERR_OK)
		err = draft_zones(&d);
	if (err == ERR_OK)
		err = message(&d);
	if (err == ERR_OK)
		err = freeze(&d, content);
	if (err == ERR_OK)
		err = bodies_make(order, in, d.id, hash_of(buffer_bytes(content)),
			(uint16_t)lifetime_s, d.zone, d.zone_count, fault);
	arena_free(d.arena);
	return err;
}
