/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_hub.c: what the hub answers and sends, and when; and what it says of silent sirens. */
#include "base/text.h"
#include "bulletin/enrolment.h"
#include "bulletin/receipt.h"
#include "bulletin/spool.h"
#include "hub/hub.h"
#include "sim/town.h"
#include "wire/link.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BOX = 7, CLIENT = 42 };

static struct town town;
static struct hub *hub;
static int64_t mono_ms;
static uint64_t ticket; /* of the newest transaction that it wants committed */
static uint64_t heard;	/* messages in the edge's spool */
static int replies, entries, status;
static json_t *reply;

static void
perform(struct hub_todo *todo)
{
	for (size_t i = 0; i < todo->count; i++) {
		const struct hub_wish *w = &todo->at[i];

		if (w->kind == HUB_COMMIT) {
			ticket = w->ticket;
		} else if (w->kind == HUB_SEND) {
			entries += w->bytes.at[0] == LINK_ENTRY;
		} else if (w->kind == HUB_REPLY && w->client == CLIENT) {
			json_decref(reply);
			reply = json_loadb(
				(const char *)w->bytes.at, w->bytes.len, 0, NULL);
			status = w->status;
			replies++;
		}
	}
	hub_todo_free(todo);
}

static void
step(struct hub_event ev)
{
	struct hub_todo todo = {0};

	ev.random[0] = (uint8_t)++mono_ms;
	hub_step(hub, TOWN_START_MS + mono_ms, mono_ms, &ev, &todo);
	perform(&todo);
}

static void
committed(void)
{
	step((struct hub_event){.kind = HUB_STORED, .stored = {ticket, true}});
}

/* Not yet committed; `body` is ended here. */
static void
ask(const char *method, const char *path, json_t *body)
{
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	struct bytes bytes = text != NULL ? bytes_of_text(text) : bytes_of(NULL, 0);

	replies = entries = 0;
	step((struct hub_event){.kind = HUB_REQUEST,
		.request = {
			.client = CLIENT, .method = method, .path = path, .body = bytes}});
	free(text);
	json_decref(body);
}

static json_t *
signed_by(uint16_t key, const struct hash *digest)
{
	struct signature s =
		signature_make(&town.key[key], bytes_of(digest->at, sizeof digest->at));
	struct buffer text = {0};
	json_t *out;

	base64_write(&text, bytes_of(s.at, sizeof s.at));
	out = json_string(buffer_text(&text));
	buffer_free(&text);
	return out;
}

static void
post_zones(void)
{
	json_t *body = json_loadb((const char *)town.zones.at, town.zones.len, 0, NULL);

	json_object_set_new(body, "kind", json_string("zones"));
	ask("POST", "/api/v1/documents", body);
}

/* The box with this key, as Anna signed it at `time_ms` for this territory. */
static void
enrol_box(uint32_t territory, const struct public_key *key, int64_t time_ms)
{
	struct hash digest = enrolment_digest(territory, BOX, NORTH, key, time_ms);
	struct buffer b64 = {0};
	char time[TIME_TEXT];

	time_write(time, time_ms);
	base64_write(&b64, bytes_of(key->at, sizeof key->at));
	ask("POST", "/api/v1/sirens",
		json_pack("{s:i,s:i,s:s,s:s,s:s,s:i,s:o}", "siren", BOX, "zone", NORTH,
			"name", "north 1", "public_key", buffer_text(&b64), "time", time,
			"key", ANNA, "signature", signed_by(ANNA, &digest)));
	buffer_free(&b64);
}

/* A status of the box, signed by `key`, that an edge got `age_ms` ago. */
static void
status_comes(const struct secret_key *key, int64_t age_ms)
{
	struct receipt r = {.territory = TOWN_TERRITORY,
		.siren = BOX,
		.number = ++heard,
		.time_ms = TOWN_START_MS + mono_ms - age_ms,
		.event = RECEIPT_STATUS,
		.inputs = INPUT_MAINS,
		.battery_mv = 12600,
		.roster = 1};
	struct spool_message m = {.kind = SPOOL_RECEIPT,
		.number = heard,
		.received_ms = TOWN_START_MS + mono_ms - age_ms};
	struct buffer receipt = {0}, message = {0}, frame = {0};

	receipt_write(&receipt, &r, key);
	m.body = buffer_bytes(&receipt);
	spool_message_write(&message, &m);
	link_write(&frame, LINK_SPOOL, buffer_bytes(&message));
	step((struct hub_event){
		.kind = HUB_EDGE_FRAME, .edge = 0, .frame = buffer_bytes(&frame)});
	buffer_free(&receipt);
	buffer_free(&message);
	buffer_free(&frame);
}

static const char *
state_of_box(void)
{
	ask("GET", "/api/v1/board", NULL);
	return json_string_value(json_object_get(
		json_array_get(json_object_get(reply, "sirens"), 0), "state"));
}

static int
setup(void **state)
{
	struct hub_todo todo = {0};
	struct hub_conf conf = {.name = "first", .term = 1, .edges = 1, .alone = true};
	struct fault fault = {""};

	(void)state;
	mono_ms = 1000;
	ticket = heard = 0;
	assert_int_equal(town_new(&town, &fault), ERR_OK);
	conf.key = town.hub[0];
	conf.roster = buffer_bytes(&town.roster);
	conf.patterns = town.patterns;
	conf.playbook = town.playbook;
	conf.playbooks = 2;
	conf.sender = "test.belfry.example";
	strcpy(conf.edge_name[0], "edge1");
	assert_int_equal(hub_new(&hub, &conf, &fault), ERR_OK);
	assert_int_equal(hub_start(hub, TOWN_START_MS + mono_ms, &todo, &fault), ERR_OK);
	perform(&todo);
	committed();
	step((struct hub_event){.kind = HUB_EDGE_UP, .edge = 0});
	post_zones();
	committed();
	assert_int_equal(status, 200);
	enrol_box(TOWN_TERRITORY, &town.siren[0].public, TOWN_START_MS);
	committed();
	assert_int_equal(status, 200);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	json_decref(reply);
	reply = NULL;
	hub_free(hub);
	town_free(&town);
	return 0;
}

static void
break_glass(void)
{
	struct hash digest;
	json_t *drafted;

	ask("POST", "/api/v1/drafts",
		json_pack("{s:s,s:s,s:[i],s:b,s:i}", "verb", "alert", "playbook", "raid",
			"zones", NORTH, "break_glass", 1, "minutes", 5));
	assert_int_equal(status, 200);
	drafted = json_incref(reply);
	assert_int_equal(hex_read(digest.at, sizeof digest.at,
				 json_string_value(json_object_get(drafted, "digest"))),
		ERR_OK);
	json_object_del(drafted, "digest");
	json_object_set_new(drafted, "key", json_integer(DAVID));
	json_object_set_new(drafted, "signature", signed_by(DAVID, &digest));
	ask("POST", "/api/v1/proposals", drafted);
	if (replies == 0)
		committed();
}

static void
who_breaks_the_glass_does_it_as_often_in_an_hour_as_the_mandate_says(void **state)
{
	(void)state;
	break_glass();
	assert_int_equal(status, 200);
	mono_ms += 20 * 60000;
	break_glass();
	assert_int_equal(status, 200);
	mono_ms += 20 * 60000;
	break_glass();
	assert_int_equal(status, 403);
	assert_non_null(strstr(
		json_string_value(json_object_get(reply, "error")), "2 starts an hour"));
	mono_ms += 21 * 60000;
	break_glass();
	assert_int_equal(status, 200);
}

/* Draft and propose an alarm for a zone; returns where to approve it, and its digest. */
static const char *
propose_raid(uint16_t zone, struct hash *digest)
{
	static char path[80];
	json_t *drafted;

	ask("POST", "/api/v1/drafts",
		json_pack("{s:s,s:s,s:[i]}", "verb", "alert", "playbook", "raid", "zones",
			zone));
	assert_int_equal(status, 200);
	drafted = json_incref(reply);
	assert_int_equal(hex_read(digest->at, sizeof digest->at,
				 json_string_value(json_object_get(drafted, "digest"))),
		ERR_OK);
	json_object_del(drafted, "digest");
	json_object_set_new(drafted, "key", json_integer(ANNA));
	json_object_set_new(drafted, "signature", signed_by(ANNA, digest));
	ask("POST", "/api/v1/proposals", drafted);
	assert_int_equal(replies, 0);
	committed();
	assert_int_equal(status, 200);
	snprintf(path, sizeof path, "/api/v1/proposals/%s/approvals",
		json_string_value(json_object_get(reply, "proposal")));
	return path;
}

static void
approve(const char *path, uint16_t key, const struct hash *digest)
{
	ask("POST", path,
		json_pack("{s:i,s:o}", "key", key, "signature", signed_by(key, digest)));
}

static void
an_approval_is_answered_and_sent_when_it_is_on_disk(void **state)
{
	struct hash digest;
	const char *path = propose_raid(NORTH, &digest);

	(void)state;
	approve(path, BORIS, &digest);
	assert_int_equal(replies, 0);
	assert_int_equal(entries, 0);
	committed();
	assert_int_equal(replies, 1);
	assert_int_equal(status, 200);
	assert_true(entries > 0);
}

static void
nobody_approves_an_own_proposal_with_a_second_key(void **state)
{
	struct hash digest;
	const char *path = propose_raid(NORTH, &digest);

	(void)state;
	approve(path, ANNA_TOO, &digest);
	assert_int_equal(replies, 1);
	assert_int_equal(status, 403);
	committed();
	assert_int_equal(entries, 0);
}

/* Returns the alert's id, borrowed until the next reply. */
static const char *
raid(uint16_t zone)
{
	struct hash digest;
	const char *path = propose_raid(zone, &digest);

	approve(path, BORIS, &digest);
	committed();
	assert_int_equal(status, 200);
	return json_string_value(json_object_get(reply, "alert"));
}

static void
draft_all_clear(const char *alert)
{
	ask("POST", "/api/v1/drafts",
		json_pack("{s:s,s:s}", "verb", "all-clear", "alert", alert));
}

static void
an_all_clear_waits_for_the_alert_of_the_region_above(void **state)
{
	char id[17] = "";

	(void)state;
	strncpy(id, raid(NORTH), 16);
	draft_all_clear(id);
	assert_int_equal(status, 200);
	raid(REGION);
	draft_all_clear(id);
	assert_int_not_equal(status, 200);
}

/* Propose a stop of the alert by Anna alone, with `word` of its draft changed to `other`: once, or
 * wherever it stands. */
static void
propose_stop(const char *alert, const char *word, const char *other, bool once)
{
	struct order *o = calloc(1, sizeof *o);
	struct buffer raw = {0}, text = {0}, b64 = {0};
	struct hash digest;
	const char *content, *at;
	json_t *drafted;

	ask("POST", "/api/v1/drafts",
		json_pack("{s:s,s:s}", "verb", "stop", "alert", alert));
	assert_int_equal(status, 200);
	drafted = json_incref(reply);
	content = json_string_value(json_object_get(drafted, "content"));
	at = strstr(content, word);
	assert_non_null(at);
	for (bool first = true; at != NULL && (first || !once); first = false) {
		write_bytes(&text, content, (size_t)(at - content));
		write_text(&text, other);
		content = at + strlen(word);
		at = strstr(content, word);
	}
	write_text(&text, content);
	at = json_string_value(json_object_get(drafted, "order"));
	assert_int_equal(base64_read(&raw, at, strlen(at)), ERR_OK);
	assert_int_equal(order_read(o, buffer_bytes(&raw)), ERR_OK);
	for (int i = 0; i < o->body_count; i++)
		o->body[i].content = hash_of(buffer_bytes(&text));
	buffer_clear(&raw);
	order_write(&raw, o);
	base64_write(&b64, buffer_bytes(&raw));
	digest = order_digest(o);
	ask("POST", "/api/v1/proposals",
		json_pack("{s:s,s:s,s:i,s:o}", "content", buffer_text(&text), "order",
			buffer_text(&b64), "key", ANNA, "signature",
			signed_by(ANNA, &digest)));
	committed();
	json_decref(drafted);
	buffer_free(&raw);
	buffer_free(&text);
	buffer_free(&b64);
	free(o);
}

static void
one_operator_stops_in_the_playbooks_words_alone(void **state)
{
	char id[17] = "";

	(void)state;
	strncpy(id, raid(NORTH), 16);
	propose_stop(id, "Stopped", "All clear", false);
	assert_int_equal(status, 403);
	propose_stop(id, "Stopped", "All clear", true);
	assert_int_equal(status, 409);
	assert_non_null(
		strstr(json_string_value(json_object_get(reply, "error")), "CAP message"));
	propose_stop(id, "Stopped", "Stopped", true);
	assert_int_equal(status, 200);
}

static void
a_silent_siren_is_unknown(void **state)
{
	(void)state;
	assert_string_equal(state_of_box(), "unknown");
	status_comes(&town.siren[0], 0);
	assert_string_equal(state_of_box(), "ready");
	mono_ms += HUB_SILENT_MS + 1000;
	assert_string_equal(state_of_box(), "unknown");
}

/* The old key of a box that was stolen, and enrolled again with another. */
static void
an_enrolment_of_before_is_not_played_again(void **state)
{
	const struct public_key *old = &town.siren[0].public, *new = &town.siren[1].public;

	(void)state;
	enrol_box(TOWN_TERRITORY + 1, new, TOWN_START_MS + 1000);
	assert_int_equal(status, 403);
	enrol_box(TOWN_TERRITORY, new, TOWN_START_MS + 1000);
	committed();
	assert_int_equal(status, 200);
	enrol_box(TOWN_TERRITORY, old, TOWN_START_MS);
	assert_int_equal(status, 409);
	enrol_box(TOWN_TERRITORY, old, TOWN_START_MS + 1000);
	assert_int_equal(status, 409);
	/* A repeat of the newest changes nothing. */
	status_comes(&town.siren[1], 0);
	enrol_box(TOWN_TERRITORY, new, TOWN_START_MS + 1000);
	assert_int_equal(status, 200);
	assert_string_equal(state_of_box(), "ready");
	status_comes(&town.siren[0], 0);
	assert_int_equal(json_integer_value(json_object_get(reply, "bad_receipts")), 0);
	state_of_box();
	assert_int_equal(json_integer_value(json_object_get(reply, "bad_receipts")), 1);
	/* Dated ahead, it would bar those that follow. */
	enrol_box(TOWN_TERRITORY, old, TOWN_START_MS + 3600000);
	assert_int_equal(status, 403);
}

static void
old_news_is_no_sign_of_life(void **state)
{
	(void)state;
	mono_ms += HUB_SILENT_MS;
	status_comes(&town.siren[0], HUB_SILENT_MS + 1000);
	assert_string_equal(state_of_box(), "unknown");
}

static void
a_receipt_of_another_key_is_none(void **state)
{
	(void)state;
	status_comes(&town.siren[1], 0);
	assert_string_equal(state_of_box(), "unknown");
	assert_int_equal(json_integer_value(json_object_get(reply, "bad_receipts")), 1);
}

static void
revoke_own(uint16_t number)
{
	struct revocation v = {.territory = TOWN_TERRITORY,
		.key = number,
		.time_s = TOWN_START_MS / 1000,
		.approval_count = 1,
		.approval = {{.key = number}}};
	struct hash digest = revocation_digest(&v);
	struct buffer raw = {0}, b64 = {0};

	v.approval[0].signature =
		signature_make(&town.key[number], bytes_of(digest.at, sizeof digest.at));
	revocation_write(&raw, &v);
	base64_write(&b64, buffer_bytes(&raw));
	ask("POST", "/api/v1/revocations",
		json_pack("{s:s}", "revocation", buffer_text(&b64)));
	committed();
	buffer_free(&raw);
	buffer_free(&b64);
}

static void
revocations_are_told_with_who_signed_them(void **state)
{
	const json_t *v;

	(void)state;
	ask("GET", "/api/v1/revocations", NULL);
	assert_int_equal(json_array_size(reply), 0);
	revoke_own(CLARA);
	assert_int_equal(status, 200);
	ask("GET", "/api/v1/revocations", NULL);
	assert_int_equal(json_array_size(reply), 1);
	v = json_array_get(reply, 0);
	assert_int_equal(json_integer_value(json_object_get(v, "key")), CLARA);
	assert_string_equal(
		json_string_value(json_object_get(v, "time")), "2026-11-22T00:00:00.000Z");
	assert_int_equal(
		json_integer_value(json_array_get(json_object_get(v, "by"), 0)), CLARA);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_approval_is_answered_and_sent_when_it_is_on_disk),
		TEST(nobody_approves_an_own_proposal_with_a_second_key),
		TEST(an_all_clear_waits_for_the_alert_of_the_region_above),
		TEST(one_operator_stops_in_the_playbooks_words_alone),
		TEST(who_breaks_the_glass_does_it_as_often_in_an_hour_as_the_mandate_says),
		TEST(a_silent_siren_is_unknown),
		TEST(an_enrolment_of_before_is_not_played_again),
		TEST(old_news_is_no_sign_of_life),
		TEST(a_receipt_of_another_key_is_none),
		TEST(revocations_are_told_with_who_signed_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
