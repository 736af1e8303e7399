/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ordering.c: from the hub's draft to a signature. */
#include "cli/ordering.h"

#include "alert/cap_zones.h"
#include "cli/review.h"
#include "cli/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
by_number(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* Did the hub draft what was asked, and not something like it? */
static int
draft_check(struct run *run, const struct review *r, const json_t *ask, uint16_t *zone,
	size_t count)
{
	const struct content *c = &r->content;
	const char *playbook = json_text(ask, "playbook"), *alert = json_text(ask, "alert");
	char id[17];
	size_t n = 0;

	qsort(zone, count, sizeof *zone, by_number);
	for (size_t i = 0; i < count; i++)
		if (n == 0 || zone[i] != zone[n - 1])
			zone[n++] = zone[i];
	id_write(id, c->alert);
	if (strcmp(verb_name(c->verb), json_text(ask, "verb")) != 0 ||
		(playbook[0] != '\0' && strcmp(c->playbook, playbook) != 0) ||
		(alert[0] != '\0' && strcmp(id, alert) != 0) ||
		r->order.approval_count != 0)
		return fail(run, EXIT_UNVERIFIED,
			"not signed: the hub drafted something else than what was asked");
	if (n > 0 && (n != c->zone_count || memcmp(zone, c->zone, n * sizeof *zone) != 0))
		return fail(run, EXIT_UNVERIFIED,
			"not signed: the hub drafted other zones than those that were "
			"asked");
	return EXIT_GOOD;
}

static void
say_outcome(const struct run *run, const struct review *r, json_t *answer, json_t **outcome)
{
	bool live = strcmp(json_text(answer, "state"), "live") == 0;
	json_t *o = review_json(r);

	json_object_update(o, answer);
	if (run->json && outcome != NULL) {
		*outcome = o;
		return;
	}
	if (say_json(run, o))
		return;
	if (live) {
		say("%s: it is out, as alert ", verb_name(r->content.verb));
		say_text(json_text(answer, "alert"));
		say("%s\n", json_is_true(json_object_get(answer, "joined"))
				    ? ", which was on air already"
				    : "");
	} else {
		say("Proposed. Nothing happens until another operator signs it:\n"
		    "belfry alert approve ");
		say_text(json_text(answer, "proposal"));
		say("\n");
	}
}

static int
sign_and_post(struct run *run, const struct review *r, const struct key *key,
	const json_t *draft, json_t **outcome)
{
	json_t *answer, *post = json_pack("{s:O,s:O,s:i,s:o}", "content",
				json_object_get(draft, "content"), "order",
				json_object_get(draft, "order"), "key", key->number,
				"signature", key_sign(key, &r->digest));
	int code = hub_ask(run, &answer, "POST", "/api/v1/proposals", post);

	json_decref(post);
	if (code != EXIT_GOOD)
		return code;
	say_outcome(run, r, answer, outcome);
	json_decref(answer);
	return EXIT_GOOD;
}

static int
draft_sign(struct run *run, const struct trust *trust, const struct key *key,
	const json_t *ask, uint16_t *zone, size_t count, json_t **outcome)
{
	struct review *r = NULL;
	json_t *draft;
	int code = hub_ask(run, &draft, "POST", "/api/v1/drafts", ask);

	if (code != EXIT_GOOD)
		return code;
	code = review_read(run, &r, trust, draft);
	if (code == EXIT_GOOD)
		code = draft_check(run, r, ask, zone, count);
	if (code == EXIT_GOOD) {
		review_show(run, r, trust);
		code = review_agree(run, "Sign it as its author? Type yes:");
	}
	if (code == EXIT_GOOD)
		code = sign_and_post(run, r, key, draft, outcome);
	review_free(r);
	json_decref(draft);
	return code;
}

/* Where a CAP message's own areas lie is found out here, too: the hub only gets numbers. */
static int
zones_of_cap(struct run *run, const struct trust *t, const char *cap, uint16_t *zone,
	size_t *count)
{
	struct zone_index *index = NULL;
	struct fault fault = {"this territory has no zones yet"};
	char territory[9];
	enum err err = ERR_UNKNOWN;

	snprintf(territory, sizeof territory, "%08x", t->roster.territory);
	if (t->zones != NULL)
		err = zone_index_new(&index, t->zones, &fault);
	if (err == ERR_OK)
		err = cap_zones(zone, CONTENT_ZONES, count, bytes_of(cap, strlen(cap)),
			territory, t->zones, index, &fault);
	zone_index_free(index);
	return err == ERR_OK ? EXIT_GOOD : fail_err(run, err, &fault);
}

static int
zones_asked(struct run *run, const struct trust *t, json_t *ask, const char *zones,
	uint16_t *zone, size_t *count)
{
	json_t *list;
	int code;

	if (zones != NULL)
		code = zones_of_list(run, t, zones, zone, count, CONTENT_ZONES);
	else if (json_text(ask, "cap")[0] != '\0')
		code = zones_of_cap(run, t, json_text(ask, "cap"), zone, count);
	else
		return EXIT_GOOD;
	list = json_array();
	for (size_t i = 0; code == EXIT_GOOD && i < *count; i++)
		json_array_append_new(list, json_integer(zone[i]));
	json_object_set_new(ask, "zones", list);
	return code;
}

int
order_propose(struct run *run, json_t *ask, const char *zones, json_t **outcome)
{
	uint16_t *zone = malloc(CONTENT_ZONES * sizeof *zone);
	struct trust trust;
	struct key key;
	size_t count = 0;
	int code = zone != NULL ? key_of_run(run, &key) : EXIT_FAILED;

	if (code == EXIT_GOOD)
		code = trust_open(run, &trust);
	if (code != EXIT_GOOD) {
		free(zone);
		return code;
	}
	code = zones_asked(run, &trust, ask, zones, zone, &count);
	if (code == EXIT_GOOD)
		code = draft_sign(run, &trust, &key, ask, zone, count, outcome);
	trust_free(&trust);
	free(zone);
	return code;
}

/* The id that the person named, or the newest that waits. */
static int
proposal_id(struct run *run, char id[17])
{
	bool last = run_has(run, "last");

	if (last == (run->arguments > 0))
		return fail(run, EXIT_USAGE, "either an ID or --last is needed");
	return last ? hub_last_waiting(run, id)
		    : hub_id(run, id, run->argument[0], ID_OF_PROPOSAL);
}

/* A waiting proposal, decoded, its author's signature verified. */
static int
proposal_get(struct run *run, struct review **out, const struct trust *trust, char id[17],
	uint16_t *author)
{
	char path[64];
	json_t *p;
	int code = proposal_id(run, id);

	if (code != EXIT_GOOD)
		return code;
	snprintf(path, sizeof path, "/api/v1/proposals/%s", id);
	code = hub_ask(run, &p, "GET", path, NULL);
	if (code != EXIT_GOOD)
		return code;
	if (strcmp(json_text(p, "state"), "proposed") != 0)
		code = fail(run, EXIT_REFUSED, "the proposal is %s", json_text(p, "state"));
	if (code == EXIT_GOOD)
		code = review_read(run, out, trust, p);
	if (code == EXIT_GOOD)
		code = review_author(run, *out, trust, author);
	json_decref(p);
	return code;
}

static int
approval_post(
	struct run *run, const struct review *r, const struct key *key, const char *id)
{
	json_t *answer, *post = json_pack("{s:i,s:o}", "key", key->number, "signature",
				key_sign(key, &r->digest));
	char path[64];
	int code;

	snprintf(path, sizeof path, "/api/v1/proposals/%s/approvals", id);
	code = hub_ask(run, &answer, "POST", path, post);
	json_decref(post);
	if (code != EXIT_GOOD)
		return code;
	say_outcome(run, r, answer, NULL);
	json_decref(answer);
	return EXIT_GOOD;
}

static int
approve_with(struct run *run, const struct trust *trust, const struct key *key)
{
	const struct roster_key *other;
	struct review *r = NULL;
	uint16_t author = 0;
	char id[17];
	int code = proposal_get(run, &r, trust, id, &author);

	other = code == EXIT_GOOD ? roster_key(&trust->roster, author) : NULL;
	if (other != NULL && strcmp(other->person, key->person) == 0)
		code = fail(run, EXIT_REFUSED,
			"own approval: %s wrote this proposal; another operator must "
			"approve it",
			key->person);
	if (code == EXIT_GOOD && !run->json) {
		review_show(run, r, trust);
		say_field("Author", other != NULL ? other->person : "");
	}
	if (code == EXIT_GOOD)
		code = review_agree(run, "Sign it as the second operator? Type yes:");
	if (code == EXIT_GOOD)
		code = approval_post(run, r, key, id);
	review_free(r);
	return code;
}

int
order_approve(struct run *run)
{
	struct trust trust;
	struct key key;
	int code = key_of_run(run, &key);

	if (code == EXIT_GOOD)
		code = trust_open(run, &trust);
	if (code != EXIT_GOOD)
		return code;
	code = approve_with(run, &trust, &key);
	trust_free(&trust);
	return code;
}

/* Signed over SHA-256("belfry-reject-1" ‖ digest ‖ reason): doc/formats/api.md. */
static struct hash
rejection_digest(const struct hash *digest, const char *reason)
{
	struct buffer b = {0};
	struct hash out;

	write_bytes(&b, digest->at, sizeof digest->at);
	write_text(&b, reason);
	out = hash_tagged("belfry-reject-1", buffer_bytes(&b));
	buffer_free(&b);
	return out;
}

static int
rejection_post(struct run *run, const struct hash *digest, const struct key *key,
	const char *id, const char *reason)
{
	json_t *answer, *post = json_pack("{s:i,s:s,s:o}", "key", key->number, "reason",
				reason, "signature", key_sign(key, digest));
	char path[64];
	int code;

	snprintf(path, sizeof path, "/api/v1/proposals/%s/rejection", id);
	code = post != NULL ? hub_ask(run, &answer, "POST", path, post)
			    : fail(run, EXIT_USAGE, "--reason is not UTF-8");
	json_decref(post);
	if (code != EXIT_GOOD)
		return code;
	if (!run->json)
		say("Rejected.\n");
	(void)say_json(run, answer);
	return EXIT_GOOD;
}

int
order_reject(struct run *run)
{
	const char *reason = run_option(run, "reason");
	struct review *r = NULL;
	struct trust trust;
	struct hash digest;
	struct key key;
	uint16_t author;
	char id[17];
	int code = reason != NULL && reason[0] != '\0'
			   ? key_of_run(run, &key)
			   : fail(run, EXIT_USAGE, "--reason TEXT is needed");

	if (code == EXIT_GOOD)
		code = trust_open(run, &trust);
	if (code != EXIT_GOOD)
		return code;
	code = proposal_get(run, &r, &trust, id, &author);
	if (code == EXIT_GOOD) {
		digest = rejection_digest(&r->digest, reason);
		code = rejection_post(run, &digest, &key, id, reason);
	}
	review_free(r);
	trust_free(&trust);
	return code;
}
