/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * people.c: operators. Each deed is one thing that they are at: look, draft, propose, approve; they
 * ask again when nobody answers, and some try what they may not.
 */
#include "sim/people.h"

#include "alert/content.h"
#include "base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 4000, TRIES = 6, CLOCKS_MS = 60000 };

void
people_new(struct world *w)
{
	w->deed = calloc(DEEDS, sizeof *w->deed);
}

static void
deed_end(struct deed *d)
{
	buffer_free(&d->content);
	buffer_free(&d->order);
	*d = (struct deed){.serial = d->serial};
}

void
people_free(struct world *w)
{
	for (int i = 0; w->deed != NULL && i < DEEDS; i++)
		deed_end(&w->deed[i]);
	free(w->deed);
}

static const char *
person(uint16_t key)
{
	static const char *const names[KEYS] = {
		"", "Anna", "Boris", "Clara", "David", "Gauge", "Anna", "Elsa"};

	return names[key];
}

static void
ask(struct world *w, struct deed *d, const char *method, const char *path, json_t *body)
{
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;

	d->asked = (uint64_t)(d - w->deed + 2) | (uint64_t)++d->serial << 16;
	hub_node_request(w, &w->hub[d->hub], d->asked, method, path,
		bytes_of_text(text != NULL ? text : ""));
	free(text);
	json_decref(body);
	happen(w, PATIENCE_MS, HAPPEN_DEED, (int)(d - w->deed));
}

static json_t *
signature_json(const struct world *w, uint16_t key, const struct hash *h)
{
	struct signature s = signature_of(w, key, h);
	struct buffer b = {0};
	json_t *o;

	base64_write(&b, bytes_of(s.at, sizeof s.at));
	o = json_string(buffer_text(&b));
	buffer_free(&b);
	return o;
}

static void
ask_draft(struct world *w, struct deed *d)
{
	json_t *o = json_pack("{s:s}", "verb", verb_name(d->verb)), *zones = json_array();

	for (size_t i = 0; i < d->zones; i++)
		json_array_append_new(zones, json_integer(d->zone[i]));
	if (d->zones > 0)
		json_object_set(o, "zones", zones);
	json_decref(zones);
	if (d->verb == VERB_ALERT || d->verb == VERB_UPDATE) {
		json_object_set_new(
			o, "playbook", json_string(d->storm ? "storm" : "raid"));
		json_object_set_new(o, "lifetime_s", json_integer(d->lifetime_s));
	}
	if (d->alert[0] != '\0')
		json_object_set_new(o, "alert", json_string(d->alert));
	json_object_set_new(o, "separate", json_boolean(d->separate));
	json_object_set_new(o, "break_glass", json_boolean(d->break_glass));
	json_object_set_new(o, "growl", json_boolean(d->separate));
	ask(w, d, "POST", "/api/v1/drafts", o);
}

static bool
order_of(const struct deed *d, struct order *o)
{
	return order_read(o, buffer_bytes(&d->order)) == ERR_OK;
}

static void
ask_proposal(struct world *w, struct deed *d)
{
	struct order *o = malloc(sizeof *o);
	struct buffer b64 = {0};
	struct hash digest;

	if (o == NULL || !order_of(d, o)) {
		broken(w, "a hub drafted an order that cannot be read");
		free(o);
		return;
	}
	digest = order_digest(o);
	(void)order_sign(w, o, d->author);
	base64_write(&b64, buffer_bytes(&d->order));
	if (d->trick == TRICK_CHANGED && d->content.len > 40)
		d->content.at[d->content.len - 40] = '~';
	ask(w, d, "POST", "/api/v1/proposals",
		json_pack("{s:s%,s:s,s:i,s:o}", "content", buffer_text(&d->content),
			d->content.len, "order", buffer_text(&b64), "key", d->author,
			"signature", signature_json(w, d->author, &digest)));
	buffer_free(&b64);
	free(o);
}

static void
ask_approval(struct world *w, struct deed *d)
{
	uint16_t by = d->trick == TRICK_OWN ? (d->author == ANNA ? ANNA_TOO : d->author)
					    : d->approver;
	struct order *o = malloc(sizeof *o);
	struct hash digest;
	char path[80];

	if (o == NULL || !order_of(d, o)) {
		free(o);
		return;
	}
	digest = order_digest(o);
	(void)order_sign(w, o, by);
	snprintf(path, sizeof path, "/api/v1/proposals/%s/approvals", d->proposal);
	ask(w, d, "POST", path,
		json_pack("{s:i,s:o}", "key", by, "signature",
			signature_json(w, by, &digest)));
	free(o);
}

static void
ask_rejection(struct world *w, struct deed *d)
{
	struct order *o = malloc(sizeof *o);
	struct buffer b = {0};
	struct hash digest;
	char path[80];

	if (o == NULL || !order_of(d, o)) {
		free(o);
		return;
	}
	digest = order_digest(o);
	write_bytes(&b, digest.at, sizeof digest.at);
	write_text(&b, "not so");
	digest = hash_tagged("belfry-reject-1", buffer_bytes(&b));
	snprintf(path, sizeof path, "/api/v1/proposals/%s/rejection", d->proposal);
	ask(w, d, "POST", path,
		json_pack("{s:i,s:s,s:o}", "key", d->approver, "reason", "not so",
			"signature", signature_json(w, d->approver, &digest)));
	buffer_free(&b);
	free(o);
}

void
people_act(struct world *w, int i)
{
	struct deed *d = &w->deed[i];

	if (d->stage == STAGE_NONE ||
		(d->asked != 0 && w->now_ms < d->since_ms + PATIENCE_MS))
		return;
	if (d->asked != 0 && ++d->tries > TRIES) {
		trace(w, person(d->author), "gives up: nobody answers");
		deed_end(d);
		return;
	}
	if (!w->hub[d->hub].up || w->hub[d->hub].paused)
		d->hub = w->leader;
	d->since_ms = w->now_ms;
	switch (d->stage) {
	case STAGE_NONE:
		break;
	case STAGE_LOOK:
		ask(w, d, "GET", "/api/v1/alerts", NULL);
		break;
	case STAGE_DRAFT:
		ask_draft(w, d);
		break;
	case STAGE_PROPOSE:
		ask_proposal(w, d);
		break;
	case STAGE_APPROVE:
		ask_approval(w, d);
		break;
	case STAGE_REJECT:
		ask_rejection(w, d);
		break;
	}
}

static void
go_on(struct world *w, struct deed *d, enum stage stage, int64_t think_ms)
{
	d->stage = stage;
	d->asked = 0;
	d->tries = 0;
	happen(w, think_ms, HAPPEN_DEED, (int)(d - w->deed));
}

static bool
wanted(const struct deed *d, const json_t *alert)
{
	const char *state = json_string_value(json_object_get(alert, "state"));
	bool lives = state != NULL &&
		     (strcmp(state, "live") == 0 || strcmp(state, "stopped") == 0);

	return lives && !(d->verb == VERB_STOP && strcmp(state, "stopped") == 0);
}

static void
looked(struct world *w, struct deed *d, const json_t *list)
{
	const json_t *found[64];
	const json_t *a;
	size_t i, n = 0;

	json_array_foreach((json_t *)list, i, a) if (n < 64 && wanted(d, a)) found[n++] = a;
	if (n == 0) {
		deed_end(d);
		return;
	}
	a = found[dice(w) % n];
	snprintf(d->alert, sizeof d->alert, "%s",
		json_string_value(json_object_get(a, "alert")));
	d->storm = json_integer_value(json_object_get(a, "hazard")) == 7;
	go_on(w, d, STAGE_DRAFT, dice_between(w, 10, 3000));
}

/* What the hub made is decoded and looked at before it is signed; so is the time in it. */
static bool
looks_right(struct world *w, const struct deed *d)
{
	struct order *o = malloc(sizeof *o);
	struct arena *arena = NULL;
	struct content c;
	int64_t off;
	bool good = o != NULL && order_of(d, o) && arena_new(&arena) == ERR_OK &&
		    content_read(&c, arena, buffer_bytes(&d->content), NULL) == ERR_OK;

	off = good ? c.sent_ms - (TOWN_START_MS + w->now_ms) : 0;
	if (good && (off > CLOCKS_MS || off < -CLOCKS_MS)) {
		trace(w, person(d->author), "does not sign: the hub's clock is wrong");
		good = false;
	}
	arena_free(arena);
	free(o);
	return good;
}

static void
drafted(struct world *w, struct deed *d, const json_t *o)
{
	const json_t *content = json_object_get(o, "content");
	const char *order = json_string_value(json_object_get(o, "order"));

	buffer_clear(&d->content);
	buffer_clear(&d->order);
	write_bytes(&d->content, json_string_value(content), json_string_length(content));
	if (order == NULL || base64_read(&d->order, order, strlen(order)) != ERR_OK ||
		!looks_right(w, d)) {
		deed_end(d);
		return;
	}
	go_on(w, d, STAGE_PROPOSE, dice_between(w, 10, 5000));
}

static void
proposed(struct world *w, struct deed *d, const json_t *o)
{
	const char *id = json_string_value(json_object_get(o, "proposal"));
	const char *state = json_string_value(json_object_get(o, "state"));

	if (d->trick == TRICK_CHANGED)
		broken(w, "a proposal was taken whose order is for another text");
	snprintf(d->proposal, sizeof d->proposal, "%s", id != NULL ? id : "");
	if (state != NULL && strcmp(state, "live") == 0)
		deed_end(d);
	else
		go_on(w, d, d->trick == TRICK_REJECT ? STAGE_REJECT : STAGE_APPROVE,
			dice_between(w, 100, 8000));
}

static void
approved(struct world *w, struct deed *d)
{
	if (d->trick == TRICK_OWN)
		broken(w, "%s approved what %s wrote", person(d->author),
			person(d->author));
	deed_end(d);
}

static void
answered(struct world *w, struct deed *d, const json_t *o)
{
	switch (d->stage) {
	case STAGE_NONE:
		break;
	case STAGE_LOOK:
		looked(w, d, o);
		break;
	case STAGE_DRAFT:
		drafted(w, d, o);
		break;
	case STAGE_PROPOSE:
		proposed(w, d, o);
		break;
	case STAGE_APPROVE:
		approved(w, d);
		break;
	case STAGE_REJECT:
		deed_end(d);
		break;
	}
}

/* The answer to the first try was lost, and the second try hears that it was done. */
static bool
done_before(struct deed *d, int status)
{
	struct order *o;
	uint64_t id;

	if (d->stage != STAGE_PROPOSE || status != 409 || d->trick != TRICK_NONE)
		return false;
	o = malloc(sizeof *o);
	if (o == NULL || !order_of(d, o)) {
		free(o);
		return false;
	}
	id = o->body[0].id;
	id_write(d->proposal, id);
	free(o);
	return true;
}

void
people_reply(struct world *w, const struct happen *h)
{
	size_t i = (h->number & 0xffff) - 2;
	struct deed *d;
	json_t *o;

	if (i >= DEEDS || w->deed[i].asked != h->number)
		return;
	d = &w->deed[i];
	o = json_loadb((const char *)h->bytes.at, h->bytes.len, 0, NULL);
	if (h->other == 200) {
		answered(w, d, o);
	} else if (done_before(d, h->other)) {
		go_on(w, d, STAGE_APPROVE, dice_between(w, 10, 1000));
	} else {
		const char *why = json_string_value(json_object_get(o, "error"));

		w->stats.refused++;
		trace(w, person(d->author), "%s refused (%d): %.100s", verb_name(d->verb),
			h->other, why != NULL ? why : "");
		deed_end(d);
	}
	json_decref(o);
}

static enum verb
verb_choose(struct world *w)
{
	int64_t n = dice_between(w, 0, 99);

	return n < 40	? VERB_ALERT
	       : n < 50 ? VERB_UPDATE
	       : n < 60 ? VERB_STOP
	       : n < 68 ? VERB_CORRECTION
	       : n < 86 ? VERB_ALL_CLEAR
	       : n < 94 ? VERB_END
			: VERB_TEST;
}

static enum trick
trick_choose(struct world *w)
{
	int64_t n = dice_between(w, 0, 99);

	return n < 6	? TRICK_OWN
	       : n < 10 ? TRICK_CHANGED
	       : n < 16 ? TRICK_REJECT
			: TRICK_NONE;
}

struct deed *
deed_new(struct world *w)
{
	for (int i = 0; i < DEEDS; i++)
		if (w->deed[i].stage == STAGE_NONE) {
			w->deed[i] = (struct deed){.serial = w->deed[i].serial,
				.hub = w->leader,
				.lifetime_s = 600};
			return &w->deed[i];
		}
	return NULL;
}

void
deed_begin(struct world *w, struct deed *d)
{
	bool fresh = d->verb == VERB_ALERT || d->verb == VERB_TEST;

	go_on(w, d, fresh || d->alert[0] != '\0' ? STAGE_DRAFT : STAGE_LOOK, 0);
}

void
people_begin(struct world *w)
{
	static const uint16_t operators[] = {ANNA, BORIS, CLARA, DAVID, STOLEN};
	struct deed *d = deed_new(w);

	if (d == NULL)
		return;
	d->verb = verb_choose(w);
	d->author = operators[dice(w) % 5];
	do
		d->approver = operators[dice(w) % 5];
	while (d->approver == d->author);
	d->storm = chance(w, 300);
	d->separate = chance(w, 200);
	d->lifetime_s = (int)dice_between(w, 120, 900);
	d->trick = trick_choose(w);
	if (d->verb == VERB_ALERT || d->verb == VERB_UPDATE || d->verb == VERB_TEST)
		for (uint16_t z = REGION; z <= ISLAND; z++)
			if (chance(w, 400) || (z == ISLAND && d->zones == 0))
				d->zone[d->zones++] = z;
	if (d->verb == VERB_ALERT && chance(w, 80)) {
		d->author = DAVID;
		d->break_glass = true;
		d->trick = TRICK_NONE;
		d->zone[0] = NORTH;
		d->zones = 1;
		d->storm = false;
	}
	if (d->verb == VERB_STOP || d->verb == VERB_TEST)
		d->trick = TRICK_NONE;
	if (w->hub[1 - w->leader].up && chance(w, 100))
		d->hub = 1 - w->leader;
	trace(w, person(d->author), "begins: %s", verb_name(d->verb));
	deed_begin(w, d);
}
