/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_disk.c: what the hub does before the disk has answered, and after it has been restarted. */
#include "base/text.h"
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

enum { CLIENT = 42, RECORDS = 128 };

struct record {
	uint16_t kind;
	struct buffer bytes;
};

/* One hub with its journal; `durable` records of it are on disk. */
struct bench {
	struct hub *hub;
	int64_t mono_ms;
	struct record journal[RECORDS];
	size_t records, durable;
	uint64_t ticket;
	bool commit;
	int replies, status, frames[256];
	json_t *reply;
};

static struct town town;

static void
perform(struct bench *b, struct hub_todo *todo)
{
	for (size_t i = 0; i < todo->count; i++) {
		const struct hub_wish *w = &todo->at[i];

		if (w->kind == HUB_APPEND) {
			struct record *r = &b->journal[b->records++];

			assert_true(b->records < RECORDS);
			*r = (struct record){.kind = w->record};
			write_bytes(&r->bytes, w->bytes.at, w->bytes.len);
		} else if (w->kind == HUB_COMMIT) {
			b->ticket = w->ticket;
			b->commit = true;
		} else if (w->kind == HUB_SEND) {
			b->frames[w->bytes.at[0]]++;
		} else if (w->kind == HUB_REPLY && w->client == CLIENT) {
			json_decref(b->reply);
			b->reply = json_loadb(
				(const char *)w->bytes.at, w->bytes.len, 0, NULL);
			b->status = w->status;
			b->replies++;
		}
	}
	hub_todo_free(todo);
}

static void
step(struct bench *b, struct hub_event ev)
{
	struct hub_todo todo = {0};

	ev.random[0] = (uint8_t)++b->mono_ms;
	hub_step(b->hub, TOWN_START_MS + b->mono_ms, b->mono_ms, &ev, &todo);
	perform(b, &todo);
}

static void
commit(struct bench *b)
{
	while (b->commit) {
		b->commit = false;
		b->durable = b->records;
		step(b, (struct hub_event){
				.kind = HUB_STORED, .stored = {b->ticket, true}});
	}
}

static void
ask(struct bench *b, const char *path, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);

	b->replies = 0;
	memset(b->frames, 0, sizeof b->frames);
	step(b, (struct hub_event){.kind = HUB_REQUEST,
			.request = {.client = CLIENT,
				.method = "POST",
				.path = path,
				.body = bytes_of_text(text)}});
	free(text);
	json_decref(body);
}

/* A hub that starts from this journal. */
static struct bench *
hub_from(const struct bench *before, bool alone)
{
	struct bench *b = calloc(1, sizeof *b);
	struct hub_conf conf = {.name = "first",
		.term = 1,
		.edges = 1,
		.alone = alone,
		.key = town.hub[0],
		.roster = buffer_bytes(&town.roster),
		.patterns = town.patterns,
		.playbook = town.playbook,
		.playbooks = 2,
		.sender = "test.belfry.example",
		.edge_name = {"edge1"}};
	struct hub_todo todo = {0};
	struct fault fault = {""};

	assert_non_null(b);
	b->mono_ms = before != NULL ? before->mono_ms : 1000;
	assert_int_equal(hub_new(&b->hub, &conf, &fault), ERR_OK);
	for (size_t i = 0; before != NULL && i < before->durable; i++)
		assert_int_equal(hub_restore(b->hub, before->journal[i].kind,
					 TOWN_START_MS + b->mono_ms,
					 buffer_bytes(&before->journal[i].bytes), &fault),
			ERR_OK);
	assert_int_equal(
		hub_start(b->hub, TOWN_START_MS + b->mono_ms, &todo, &fault), ERR_OK);
	perform(b, &todo);
	commit(b);
	return b;
}

static void
bench_free(struct bench *b)
{
	for (size_t i = 0; i < b->records; i++)
		buffer_free(&b->journal[i].bytes);
	json_decref(b->reply);
	hub_free(b->hub);
	free(b);
}

static void
edge_up(struct bench *b)
{
	step(b, (struct hub_event){.kind = HUB_EDGE_UP, .edge = 0});
	commit(b);
}

static void
post_zones(struct bench *b)
{
	json_t *body = json_loadb((const char *)town.zones.at, town.zones.len, 0, NULL);

	json_object_set_new(body, "kind", json_string("zones"));
	ask(b, "/api/v1/documents", body);
	commit(b);
	assert_int_equal(b->status, 200);
}

static int
setup(void **state)
{
	struct fault fault = {""};
	struct bench *b;

	assert_int_equal(town_new(&town, &fault), ERR_OK);
	b = hub_from(NULL, true);
	edge_up(b);
	post_zones(b);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	bench_free(*state);
	town_free(&town);
	return 0;
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

/* A drafted raid in the north, signed by Anna and ready to be proposed. */
static json_t *
draft_raid(struct bench *b, struct hash *digest)
{
	json_t *drafted;

	ask(b, "/api/v1/drafts",
		json_pack("{s:s,s:s,s:[i]}", "verb", "alert", "playbook", "raid", "zones",
			NORTH));
	assert_int_equal(b->status, 200);
	drafted = json_incref(b->reply);
	assert_int_equal(hex_read(digest->at, sizeof digest->at,
				 json_string_value(json_object_get(drafted, "digest"))),
		ERR_OK);
	json_object_del(drafted, "digest");
	json_object_set_new(drafted, "key", json_integer(ANNA));
	json_object_set_new(drafted, "signature", signed_by(ANNA, digest));
	return drafted;
}

/* Proposed and on disk; then Boris approves, and the disk has not answered yet. */
static void
raid_until_the_disk(struct bench *b)
{
	struct hash digest;
	char path[80];

	ask(b, "/api/v1/proposals", draft_raid(b, &digest));
	commit(b);
	assert_int_equal(b->status, 200);
	snprintf(path, sizeof path, "/api/v1/proposals/%s/approvals",
		json_string_value(json_object_get(b->reply, "proposal")));
	ask(b, path,
		json_pack(
			"{s:i,s:o}", "key", BORIS, "signature", signed_by(BORIS, &digest)));
}

static void
an_order_waits_for_a_late_disk_no_longer_than_250_ms(void **state)
{
	struct bench *b = *state;

	raid_until_the_disk(b);
	b->mono_ms += HUB_DISK_MS - 10;
	step(b, (struct hub_event){.kind = HUB_TICK});
	assert_int_equal(b->frames[LINK_ORDER], 0);
	b->mono_ms += 10;
	step(b, (struct hub_event){.kind = HUB_TICK});
	assert_int_equal(b->frames[LINK_ORDER], 1);
	assert_int_equal(b->frames[LINK_ENTRY], 0);
	assert_int_equal(b->replies, 0);
	commit(b);
	assert_int_equal(b->replies, 1);
	assert_int_equal(b->status, 200);
	assert_true(b->frames[LINK_ENTRY] > 0);
}

static void
a_changed_text_is_not_proposed(void **state)
{
	struct bench *b = *state;
	struct hash digest;
	json_t *o = draft_raid(b, &digest);
	char *text = strdup(json_string_value(json_object_get(o, "content")));
	uint64_t size = hub_size(b->hub);

	text[strlen(text) - 40] ^= 1;
	json_object_set_new(o, "content", json_string(text));
	ask(b, "/api/v1/proposals", o);
	commit(b);
	assert_int_not_equal(b->status, 200);
	assert_true(hub_size(b->hub) == size);
	free(text);
}

static void
an_approval_of_another_order_is_refused(void **state)
{
	struct bench *b = *state;
	struct hash digest, other = hash_of(bytes_of_text("what he read"));
	char path[80];

	ask(b, "/api/v1/proposals", draft_raid(b, &digest));
	commit(b);
	snprintf(path, sizeof path, "/api/v1/proposals/%s/approvals",
		json_string_value(json_object_get(b->reply, "proposal")));
	ask(b, path,
		json_pack(
			"{s:i,s:o}", "key", BORIS, "signature", signed_by(BORIS, &other)));
	commit(b);
	assert_int_equal(b->status, 403);
	assert_int_equal(book_count(hub_book(b->hub)), 0);
}

static void
a_zone_or_playbook_that_is_not_there_is_named(void **state)
{
	struct bench *b = *state;

	ask(b, "/api/v1/drafts",
		json_pack("{s:s,s:s,s:[s]}", "verb", "alert", "playbook", "raid", "zones",
			"atlantis"));
	assert_int_not_equal(b->status, 200);
	assert_non_null(
		strstr(json_string_value(json_object_get(b->reply, "error")), "atlantis"));
	ask(b, "/api/v1/drafts",
		json_pack("{s:s,s:s,s:[i]}", "verb", "alert", "playbook", "meteor", "zones",
			NORTH));
	assert_int_not_equal(b->status, 200);
	assert_non_null(
		strstr(json_string_value(json_object_get(b->reply, "error")), "meteor"));
}

static void
assert_same_state(const struct bench *a, const struct bench *b)
{
	struct hash x = hub_root(a->hub), y = hub_root(b->hub);

	assert_true(hub_size(a->hub) == hub_size(b->hub));
	assert_true(hash_equal(&x, &y));
	assert_int_equal(book_count(hub_book(a->hub)), book_count(hub_book(b->hub)));
}

static void
a_restart_from_the_journal_gives_the_same_state(void **state)
{
	struct bench *b = *state, *again;

	raid_until_the_disk(b);
	commit(b);
	again = hub_from(b, false);
	assert_same_state(b, again);
	assert_int_equal(book_count(hub_book(again->hub)), 1);
	assert_int_equal(book_at(hub_book(again->hub), 0)->state, ALERT_LIVE);
	bench_free(again);
}

static void
what_was_not_committed_is_not_there_after_a_restart(void **state)
{
	struct bench *b = *state, *again;

	raid_until_the_disk(b);
	again = hub_from(b, false);
	assert_int_equal(book_count(hub_book(again->hub)), 0);
	bench_free(again);
}

/* Not every edge was asked for what this hub may have signed before. */
static void
an_unsettled_hub_passes_orders_and_signs_nothing(void **state)
{
	struct bench *b = hub_from(*state, false);
	uint64_t size = hub_size(b->hub);

	edge_up(b);
	assert_false(hub_settled(b->hub));
	raid_until_the_disk(b);
	commit(b);
	assert_int_equal(b->frames[LINK_ORDER], 1);
	assert_int_equal(b->frames[LINK_ENTRY], 0);
	assert_true(hub_size(b->hub) == size);
	bench_free(b);
}

static void
frame(struct bench *b, char kind, struct bytes body)
{
	struct buffer out = {0};

	link_write(&out, kind, body);
	step(b, (struct hub_event){
			.kind = HUB_EDGE_FRAME, .edge = 0, .frame = buffer_bytes(&out)});
	buffer_free(&out);
}

/* An old backup was restored: the edge holds what the hub has forgotten. */
static void
a_restored_hub_takes_its_entries_back_from_an_edge(void **state)
{
	struct bench *b = *state, *old = hub_from(b, false);
	uint64_t had = hub_size(old->hub);
	struct buffer n = {0};
	char hello[128];

	raid_until_the_disk(b);
	commit(b);
	edge_up(old);
	snprintf(hello, sizeof hello,
		"{\"edge\":\"edge1\",\"spool\":0,\"size\":%llu,\"checkpoint\":null}",
		(unsigned long long)hub_size(b->hub));
	memset(old->frames, 0, sizeof old->frames);
	frame(old, LINK_EDGE, bytes_of_text(hello));
	assert_int_equal(old->frames[LINK_BACK], 1);
	for (size_t i = 0; i < b->durable; i++) {
		uint64_t number;

		if (hub_record_entry(b->journal[i].kind, buffer_bytes(&b->journal[i].bytes),
			    &number) &&
			number >= had)
			frame(old, LINK_OWN_ENTRY, buffer_bytes(&b->journal[i].bytes));
	}
	write_u64(&n, hub_size(b->hub));
	frame(old, LINK_OWN_END, buffer_bytes(&n));
	commit(old);
	assert_true(hub_settled(old->hub));
	assert_same_state(b, old);
	buffer_free(&n);
	bench_free(old);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(an_order_waits_for_a_late_disk_no_longer_than_250_ms),
		CASE(a_changed_text_is_not_proposed),
		CASE(an_approval_of_another_order_is_refused),
		CASE(a_zone_or_playbook_that_is_not_there_is_named),
		CASE(a_restart_from_the_journal_gives_the_same_state),
		CASE(what_was_not_committed_is_not_there_after_a_restart),
		CASE(an_unsettled_hub_passes_orders_and_signs_nothing),
		CASE(a_restored_hub_takes_its_entries_back_from_an_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
