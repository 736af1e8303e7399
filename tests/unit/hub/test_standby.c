/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_standby.c: a second hub beside the first: what it knows, and which of the two may sign. */
#include "base/text.h"
#include "bulletin/takeover.h"
#include "hub/hub.h"
#include "sim/town.h"
#include "wire/link.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLIENT = 42, FIRST = 0, SECOND = 1, LINES = 16 };

static struct town town;
static struct hub *hub[2];
static int64_t mono_ms;
static int hellos, back, status; /* since the last step */
static json_t *reply;
static struct bytes line[LINES]; /* entries in the order in which they were signed */
static size_t lines;

static struct bytes
copy_of(struct bytes b)
{
	uint8_t *at = malloc(b.len);

	assert_non_null(at);
	memcpy(at, b.at, b.len);
	return bytes_of(at, b.len);
}

static void step(int which, struct hub_event ev);

static void
perform(int which, struct hub_todo *todo)
{
	uint64_t ticket = 0;

	for (size_t i = 0; i < todo->count; i++) {
		const struct hub_wish *w = &todo->at[i];

		if (w->kind == HUB_APPEND && w->record == HUB_RECORD_ENTRY && lines < LINES)
			line[lines++] = copy_of(w->bytes);
		if (w->kind == HUB_COMMIT)
			ticket = w->ticket;
		if (w->kind == HUB_SEND) {
			hellos += w->bytes.at[0] == LINK_HELLO;
			back += w->bytes.at[0] == LINK_BACK;
		}
		if (w->kind == HUB_REPLY && w->client == CLIENT) {
			json_decref(reply);
			reply = json_loadb(
				(const char *)w->bytes.at, w->bytes.len, 0, NULL);
			status = w->status;
		}
	}
	hub_todo_free(todo);
	if (ticket != 0)
		step(which,
			(struct hub_event){.kind = HUB_STORED, .stored = {ticket, true}});
}

static void
step(int which, struct hub_event ev)
{
	struct hub_todo todo = {0};

	ev.random[0] = (uint8_t)++mono_ms;
	hub_step(hub[which], TOWN_START_MS + mono_ms, mono_ms, &ev, &todo);
	perform(which, &todo);
}

static const json_t *
ask(int which, const char *method, const char *path, const char *body)
{
	hellos = back = 0;
	step(which, (struct hub_event){.kind = HUB_REQUEST,
			    .request = {.client = CLIENT,
				    .method = method,
				    .path = path,
				    .body = bytes_of_text(body)}});
	return reply;
}

static bool
says(int which, const char *name)
{
	return json_is_true(json_object_get(ask(which, "GET", "/api/v1/status", ""), name));
}

static bool
was_asked(int which)
{
	const json_t *o = ask(which, "GET", "/api/v1/status", "");

	return json_is_true(
		json_object_get(json_array_get(json_object_get(o, "edges"), 0), "asked"));
}

static void
edge_says(int which, enum link_frame kind, struct bytes body)
{
	struct buffer frame = {0};

	link_write(&frame, kind, body);
	step(which,
		(struct hub_event){
			.kind = HUB_EDGE_FRAME, .edge = 0, .frame = buffer_bytes(&frame)});
	buffer_free(&frame);
}

/* The edge has the first `count` entries; those that the hub lacks come back to it. */
static void
edge_has(int which, size_t count)
{
	json_t *o = json_pack("{s:s,s:I}", "edge", "edge1", "size", (json_int_t)count);
	char *text = json_dumps(o, JSON_COMPACT);
	size_t from = (size_t)hub_size(hub[which]);

	hellos = back = 0;
	edge_says(which, LINK_EDGE, bytes_of_text(text));
	for (size_t i = from; i < count && back > 0; i++)
		edge_says(which, LINK_OWN_ENTRY, line[i]);
	if (back > 0)
		edge_says(which, LINK_OWN_END, bytes_of(NULL, 0));
	free(text);
	json_decref(o);
}

static void
hub_begin(int which, size_t restored)
{
	struct hub_conf conf = {.term = (uint32_t)which + 1,
		.edges = 1,
		.key = town.hub[which],
		.roster = buffer_bytes(&town.roster),
		.patterns = town.patterns,
		.playbook = town.playbook,
		.playbooks = 2,
		.sender = "test.belfry.example"};
	struct hub_todo todo = {0};
	struct fault fault = {""};

	strcpy(conf.name, which == FIRST ? "first" : "second");
	strcpy(conf.edge_name[0], "edge1");
	assert_int_equal(hub_new(&hub[which], &conf, &fault), ERR_OK);
	for (size_t i = 0; i < restored; i++)
		assert_int_equal(hub_restore(hub[which], HUB_RECORD_ENTRY, TOWN_START_MS,
					 line[i], &fault),
			ERR_OK);
	assert_int_equal(
		hub_start(hub[which], TOWN_START_MS + mono_ms, &todo, &fault), ERR_OK);
	perform(which, &todo);
	step(which, (struct hub_event){.kind = HUB_EDGE_UP, .edge = 0});
}

/* The first hub has signed the roster and the zones; the second one knows only the roster. */
static int
setup(void **state)
{
	json_t *zones;
	char *text;

	(void)state;
	mono_ms = 1000;
	lines = 0;
	assert_int_equal(town_new(&town, NULL), ERR_OK);
	hub_begin(FIRST, 0);
	edge_has(FIRST, 0);
	zones = json_loadb((const char *)town.zones.at, town.zones.len, 0, NULL);
	json_object_set_new(zones, "kind", json_string("zones"));
	text = json_dumps(zones, JSON_COMPACT);
	ask(FIRST, "POST", "/api/v1/documents", text);
	free(text);
	json_decref(zones);
	assert_int_equal(status, 200);
	assert_int_equal(lines, 2);
	hub_begin(SECOND, 1);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < lines; i++)
		free((void *)line[i].at);
	json_decref(reply);
	reply = NULL;
	hub_free(hub[FIRST]);
	hub_free(hub[SECOND]);
	town_free(&town);
	return 0;
}

static void
sign(struct order *o, uint16_t key, struct signature *s)
{
	struct hash digest = order_digest(o);
	struct approval *a = &o->approval[o->approval_count];

	*s = signature_make(&town.key[key], bytes_of(digest.at, sizeof digest.at));
	*a = (struct approval){key, APPROVAL_ED25519, bytes_of(s->at, sizeof s->at)};
	o->approval_count++;
}

static void
take_over(uint64_t last_number)
{
	struct takeover t = {.term = 2, .last_number = last_number};
	struct order *o = calloc(1, sizeof *o);
	struct buffer raw = {0}, body = {0};
	struct signature s[2];

	assert_non_null(o);
	o->body_count = 1;
	o->body[0] = (struct order_body){.territory = TOWN_TERRITORY,
		.mode = town.parsed.mode,
		.class = ORDER_TAKEOVER,
		.id = order_id_make(TOWN_START_MS + mono_ms, 1),
		.not_before_s = (uint32_t)(TOWN_START_MS / 1000),
		.lifetime_s = 600,
		.roster = 1,
		.content = takeover_content(&t)};
	sign(o, ANNA, &s[0]);
	sign(o, BORIS, &s[1]);
	takeover_write(&raw, &t, o);
	write_text(&body, "{\"takeover\":\"");
	base64_write(&body, buffer_bytes(&raw));
	write_text(&body, "\"}");
	ask(SECOND, "POST", "/api/v1/takeovers", buffer_text(&body));
	buffer_free(&raw);
	buffer_free(&body);
	free(o);
}

static void
it_stands_by_and_says_so(void **state)
{
	(void)state;
	edge_has(SECOND, 2);
	assert_int_equal(hub_size(hub[SECOND]), 2);
	assert_false(says(SECOND, "settled"));
	assert_false(says(SECOND, "reigns"));
	assert_false(says(SECOND, "superseded"));
	assert_true(says(FIRST, "reigns"));
	assert_int_equal(json_integer_value(json_object_get(
				 ask(SECOND, "GET", "/api/v1/status", ""), "last_term")),
		1);
}

static void
asked_anew_an_edge_must_tell_again_what_it_has(void **state)
{
	(void)state;
	edge_has(SECOND, 1);
	assert_true(was_asked(SECOND));
	ask(SECOND, "POST", "/api/v1/asking", "{}");
	assert_int_equal(hellos, 1);
	assert_false(was_asked(SECOND));
	take_over(0);
	assert_int_equal(status, 503);
	edge_has(SECOND, 2);
	take_over(0);
	assert_int_equal(status, 409);
	take_over(1);
	assert_int_equal(status, 200);
	assert_true(says(SECOND, "settled"));
}

static void
a_hub_that_signs_is_not_disturbed_by_asking(void **state)
{
	(void)state;
	ask(FIRST, "POST", "/api/v1/asking", "{}");
	assert_int_equal(hellos, 0);
	assert_true(was_asked(FIRST));
	assert_true(says(FIRST, "settled"));
}

static void
entries_of_a_later_term_supersede_a_hub_that_takes_them_back(void **state)
{
	(void)state;
	edge_has(SECOND, 2);
	take_over(1);
	assert_int_equal(lines, 4); /* one was taken back, one is the takeover */
	hub_free(hub[FIRST]);
	hub_begin(FIRST, 2);
	free((void *)line[2].at);
	line[2] = line[3];
	lines = 3;
	edge_has(FIRST, 3);
	assert_int_equal(hub_size(hub[FIRST]), 3);
	assert_true(says(FIRST, "superseded"));
	assert_false(says(FIRST, "forked"));
	assert_false(says(FIRST, "settled"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_stands_by_and_says_so),
		TEST(asked_anew_an_edge_must_tell_again_what_it_has),
		TEST(a_hub_that_signs_is_not_disturbed_by_asking),
		TEST(entries_of_a_later_term_supersede_a_hub_that_takes_them_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
