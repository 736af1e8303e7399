/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "example_hub.h"

#include "base/text.h"
#include "bulletin/takeover.h"
#include "edge/edge.h"
#include "edge/shown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#define NOW INT64_C(1795356000000)
enum { KEPT = 256 };

/* What the brain asked for. */
struct world {
	struct edge *edge;
	struct example_hub hub;
	struct buffer sent; /* the last frame */
	int sends, greeted, entries, orders, heartbeats, cursors, forks, logs, backs;
	uint64_t back_from, cursor;
	struct {
		enum edge_record kind;
		int64_t time_ms;
		struct bytes bytes;
	} kept[KEPT];
	size_t kept_count;
};

static void
on_send(void *ctx, size_t hub, struct bytes frame)
{
	struct world *w = ctx;

	(void)hub;
	w->sends++;
	buffer_clear(&w->sent);
	write_bytes(&w->sent, frame.at, frame.len);
}

static void
on_greeted(void *ctx, size_t hub)
{
	(void)hub;
	((struct world *)ctx)->greeted++;
}

static void
on_give_back(void *ctx, size_t hub, uint64_t from)
{
	(void)hub;
	((struct world *)ctx)->backs++;
	((struct world *)ctx)->back_from = from;
}

static void
on_entry(void *ctx, const struct entry *e)
{
	(void)e;
	((struct world *)ctx)->entries++;
}

static void
on_order(void *ctx, struct bytes order)
{
	(void)order;
	((struct world *)ctx)->orders++;
}

static void
on_keep(void *ctx, enum edge_record kind, int64_t time_ms, struct bytes record)
{
	struct world *w = ctx;
	uint8_t *copy = malloc(record.len);

	memcpy(copy, record.at, record.len);
	assert_true(w->kept_count < KEPT);
	w->kept[w->kept_count].kind = kind;
	w->kept[w->kept_count].time_ms = time_ms;
	w->kept[w->kept_count++].bytes = bytes_of(copy, record.len);
}

static void
on_heartbeat(void *ctx, const struct checkpoint *c)
{
	(void)c;
	((struct world *)ctx)->heartbeats++;
}

static void
on_cursor(void *ctx, const struct spool_cursor *c, const struct public_key *hub)
{
	struct world *w = ctx;

	w->cursors++;
	w->cursor = spool_cursor_verify(c, hub) ? c->received : 0;
}

static void
on_fork(void *ctx, const struct fork *proof)
{
	(void)proof;
	((struct world *)ctx)->forks++;
}

static void
on_log(void *ctx, const char *line)
{
	(void)line;
	((struct world *)ctx)->logs++;
}

static struct edge *
new_edge(struct world *w)
{
	struct edge_hands hands = {w, on_send, on_greeted, on_give_back, on_entry, on_order,
		on_keep, on_heartbeat, on_cursor, on_fork, on_log};
	struct buffer roster = {0};
	struct edge_conf conf = {.name = "edge1"};
	struct fault fault = {""};
	struct edge *e = NULL;

	example_roster(&roster);
	conf.roster = buffer_bytes(&roster);
	if (edge_new(&e, &conf, &hands, &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	edge_set_spool(e, 77);
	buffer_free(&roster);
	return e;
}

static void
give(struct world *w, enum link_frame kind, struct bytes body)
{
	struct buffer b = {0};

	link_write(&b, kind, body);
	edge_hub_frame(w->edge, w->hub.now_ms, 0, buffer_bytes(&b));
	buffer_free(&b);
}

/* All lines from `from` on. */
static void
give_lines(struct world *w, const struct example_hub *hub, uint64_t from)
{
	for (uint64_t i = from; i < hub->lines; i++)
		give(w, LINK_ENTRY, example_line(hub, i));
}

static void
give_entry(struct world *w, const char *kind, struct bytes data)
{
	give(w, LINK_ENTRY, example_line(&w->hub, example_entry(&w->hub, kind, data)));
}

static void
give_made(struct world *w, const char *kind, void (*make)(struct buffer *))
{
	struct buffer b = {0};

	make(&b);
	give_entry(w, kind, buffer_bytes(&b));
	buffer_free(&b);
}

static void
give_checkpoint(struct world *w, const struct checkpoint *c)
{
	struct buffer b = {0};

	checkpoint_line_write(&b, c, NULL, 0);
	give(w, LINK_CHECKPOINT, buffer_bytes(&b));
	buffer_free(&b);
}

static void
give_heartbeat(struct world *w)
{
	struct checkpoint c = example_checkpoint(&w->hub);

	give_checkpoint(w, &c);
}

static uint64_t
give_alarm(struct world *w, uint16_t zone)
{
	struct buffer content = {0}, order = {0};
	uint64_t id = example_alarm(&w->hub, &content, &order, &zone, 1, 600);

	give_entry(w, "alert", buffer_bytes(&content));
	give_entry(w, "order", buffer_bytes(&order));
	buffer_free(&content);
	buffer_free(&order);
	return id;
}

static uint64_t
give_end(struct world *w, enum verb verb, uint64_t alert, uint16_t zone)
{
	struct buffer content = {0}, order = {0};
	uint64_t id = example_end(&w->hub, &content, &order, verb, alert, zone);

	give_entry(w, verb == VERB_STOP ? "update" : "end", buffer_bytes(&content));
	give_entry(w, "order", buffer_bytes(&order));
	buffer_free(&content);
	buffer_free(&order);
	return id;
}

static void
give_order(struct world *w, struct example_order how)
{
	struct buffer order = {0};

	how.lifetime_s = how.lifetime_s ? how.lifetime_s : 600;
	how.at_ms = how.at_ms ? how.at_ms : w->hub.now_ms;
	example_order(&w->hub, &order, &how);
	give_entry(w, "order", buffer_bytes(&order));
	buffer_free(&order);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	example_hub_begin(&w->hub, NOW);
	w->edge = new_edge(w);
	give(w, LINK_HELLO, bytes_of_text("{\"territory\":48879,\"term\":1,\"size\":0}"));
	give_made(w, "roster", example_roster);
	give_made(w, "zones", example_zones);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	edge_free(w->edge);
	example_hub_end(&w->hub);
	for (size_t i = 0; i < w->kept_count; i++)
		free((void *)w->kept[i].bytes.at);
	buffer_free(&w->sent);
	free(w);
	return 0;
}

static size_t
live(const struct world *w)
{
	size_t n = 0;

	for (size_t i = 0; i < book_count(edge_book(w->edge)); i++)
		n += book_at(edge_book(w->edge), i)->state == ALERT_LIVE;
	return n;
}

static uint64_t
verdicts(const struct world *w, enum verdict v)
{
	return edge_counts(w->edge)->verdicts[v];
}

/* ---- following ---- */

static void
a_hello_is_answered_with_what_is_here(void **state)
{
	struct world *w = *state;
	json_t *o;

	give_heartbeat(w);
	give(w, LINK_HELLO, bytes_of_text("{\"territory\":48879,\"term\":1,\"size\":9}"));
	assert_int_equal(w->sent.at[0], LINK_EDGE);
	o = json_loadb((char *)w->sent.at + 1, w->sent.len - 1, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(o, "edge")), "edge1");
	assert_string_equal(
		json_string_value(json_object_get(o, "spool")), "000000000000004d");
	assert_int_equal(json_integer_value(json_object_get(o, "size")), 2);
	assert_non_null(json_string_value(json_object_get(o, "checkpoint")));
	assert_int_equal(w->greeted, 2);
	json_decref(o);
}

static void
a_hub_of_another_territory_is_not_answered(void **state)
{
	struct world *w = *state;
	int before = w->sends;

	give(w, LINK_HELLO, bytes_of_text("{\"territory\":1,\"term\":1,\"size\":9}"));
	give(w, LINK_HELLO, bytes_of_text("nonsense"));
	assert_int_equal(w->sends, before);
	assert_int_equal(w->greeted, 1);
}

static void
a_gap_is_asked_for_once_a_second(void **state)
{
	struct world *w = *state;
	uint64_t first = example_entry(&w->hub, "kind-a", bytes_of_text("a"));
	uint64_t number;

	w->hub.now_ms += 5000;
	example_entry(&w->hub, "kind-b", bytes_of_text("b"));
	give(w, LINK_ENTRY, example_line(&w->hub, first + 1));
	assert_int_equal(w->sent.at[0], LINK_WANT);
	assert_int_equal(
		link_number_read(bytes_of(w->sent.at + 1, w->sent.len - 1), &number),
		ERR_OK);
	assert_int_equal(number, first);
	w->sends = 0;
	give(w, LINK_ENTRY, example_line(&w->hub, first + 1));
	assert_int_equal(w->sends, 0);
	edge_tick(w->edge, w->hub.now_ms + 1000);
	assert_int_equal(w->sends, 1);
	give_lines(w, &w->hub, first);
	assert_int_equal(follower_size(edge_follower(w->edge)), first + 2);
	w->sends = 0;
	edge_tick(w->edge, w->hub.now_ms + 9000);
	assert_int_equal(w->sends, 0);
}

static void
an_entry_without_its_data_is_not_taken(void **state)
{
	struct world *w = *state;
	struct arena *arena;
	struct entry e;
	struct buffer lean = {0};
	struct bytes line;

	example_entry(&w->hub, "kind-a", bytes_of_text("a"));
	line = example_line(&w->hub, 2);
	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(
		entry_line_read(&e, arena, (char *)line.at, line.len, NULL), ERR_OK);
	e.has_data = false;
	entry_line_write(&lean, &e);
	give(w, LINK_ENTRY, buffer_bytes(&lean));
	assert_int_equal(follower_size(edge_follower(w->edge)), 2);
	assert_int_equal(edge_counts(w->edge)->bad_lines, 1);
	give(w, LINK_ENTRY, line);
	assert_int_equal(follower_size(edge_follower(w->edge)), 3);
	buffer_free(&lean);
	arena_free(arena);
}

static void
the_hub_may_ask_for_entries_back(void **state)
{
	struct world *w = *state;
	struct buffer b = {0};

	link_number_write(&b, LINK_BACK, 1);
	edge_hub_frame(w->edge, NOW, 0, buffer_bytes(&b));
	assert_int_equal(w->backs, 1);
	assert_int_equal(w->back_from, 1);
	buffer_free(&b);
}

static void
a_cursor_counts_only_from_the_hub_that_reigns(void **state)
{
	struct world *w = *state;
	struct example_hub other = w->hub;
	struct buffer b = {0};

	example_cursor(&b, &w->hub, 77, 5);
	give(w, LINK_CURSOR, buffer_bytes(&b));
	assert_int_equal(w->cursors, 1);
	assert_int_equal(w->cursor, 5);
	buffer_clear(&b);
	other.term = 2;
	example_cursor(&b, &other, 77, 9);
	give(w, LINK_CURSOR, buffer_bytes(&b));
	assert_int_equal(w->cursors, 1);
	buffer_free(&b);
}

/* ---- orders ---- */

static void
an_alarm_of_two_operators_lives_until_its_all_clear(void **state)
{
	struct world *w = *state;
	uint64_t id = give_alarm(w, 2);
	struct shown s;

	assert_int_equal(live(w), 1);
	s = shown_of(w->edge, book_find(edge_book(w->edge), id));
	assert_string_equal(s.hazard, "Missile attack");
	assert_string_equal(s.state, "live");
	assert_non_null(strstr(s.checked, "two operators"));
	assert_true(s.content->cap.len > 0);
	give_end(w, VERB_ALL_CLEAR, id, 2);
	assert_int_equal(live(w), 0);
	s = shown_of(w->edge, book_find(edge_book(w->edge), id));
	assert_string_equal(s.state, "all clear");
}

static void
an_alarm_that_nobody_ends_is_no_all_clear(void **state)
{
	struct world *w = *state;
	uint64_t id = give_alarm(w, 2);

	edge_tick(w->edge, NOW + 601 * 1000);
	assert_string_equal(shown_of(w->edge, book_find(edge_book(w->edge), id)).state,
		"ended, no news");
}

static void
what_the_hub_alone_orders_is_not_shown(void **state)
{
	struct world *w = *state;

	give_order(w,
		(struct example_order){
			.class = ORDER_ALARM, .zones = 1, .zone = {2}, .signer = {1, 0}});
	give_order(w,
		(struct example_order){
			.class = ORDER_ALARM, .zones = 1, .zone = {2}, .signer = {1, 1}});
	give_order(w, (struct example_order){.class = ORDER_ALARM,
			      .zones = 1,
			      .zone = {2},
			      .signer = {1, EXAMPLE_STRANGER}});
	give_order(w, (struct example_order){.class = ORDER_ALARM,
			      .zones = 1,
			      .zone = {2},
			      .signer = {1, 2},
			      .forged = true});
	assert_int_equal(live(w), 0);
	assert_int_equal(verdicts(w, VERDICT_GOOD), 0);
	assert_int_equal(verdicts(w, VERDICT_SIGNERS), 1);
	assert_int_equal(verdicts(w, VERDICT_SAME_SIGNER), 1);
	assert_int_equal(verdicts(w, VERDICT_KEY_UNKNOWN), 1);
	assert_int_equal(verdicts(w, VERDICT_SIGNATURE), 1);
	/* But it is in the bulletin, and passed on. */
	assert_int_equal(w->entries, 6);
}

static void
an_order_that_had_expired_when_it_was_entered_does_not_live(void **state)
{
	struct world *w = *state;

	give_order(w, (struct example_order){.class = ORDER_ALARM,
			      .zones = 1,
			      .zone = {2},
			      .signer = {1, 2},
			      .at_ms = NOW - 3600 * 1000});
	assert_int_equal(live(w), 0);
	/* But it is kept: it may be our clock that is wrong. */
	assert_int_equal(verdicts(w, VERDICT_GOOD), 1);
	assert_int_equal(book_at(edge_book(w->edge), 0)->state, ALERT_EXPIRED);
}

static void
a_sensor_speaks_under_its_mandate_only(void **state)
{
	struct world *w = *state;
	struct example_order how = {.class = ORDER_SENSOR,
		.zones = 1,
		.zone = {3},
		.signer = {EXAMPLE_SENSOR, 0}};

	give_order(w, how);
	assert_int_equal(live(w), 1);
	how.lifetime_s = 1801;
	give_order(w, how);
	assert_int_equal(live(w), 1);
	assert_int_equal(verdicts(w, VERDICT_MANDATE), 1);
	how.class = ORDER_BREAK_GLASS;
	how.lifetime_s = 600;
	give_order(w, how);
	assert_int_equal(live(w), 1);
}

static void
an_unknown_zone_does_not_silence_an_alarm(void **state)
{
	struct world *w = *state;
	char room[24];

	give_alarm(w, 999);
	assert_int_equal(live(w), 1);
	assert_string_equal(shown_zone_name(w->edge, 999, "en", room), "zone 999");
}

static void
an_order_to_a_group_needs_rights_in_each_of_its_zones(void **state)
{
	struct world *w = *state;
	struct example_order how = {.class = ORDER_ALARM,
		.zones = 1,
		.zone = {EXAMPLE_GROUP},
		.group = true,
		.signer = {EXAMPLE_WESTERNER, 1}};

	give_order(w, how);
	assert_int_equal(verdicts(w, VERDICT_ZONE_RIGHTS), 1);
	assert_int_equal(live(w), 0);
	how.signer[0] = 2;
	give_order(w, how);
	assert_int_equal(verdicts(w, VERDICT_GOOD), 1);
	assert_int_equal(live(w), 1);
}

static void
an_order_to_a_group_that_nobody_knows_is_not_shown(void **state)
{
	struct world *w = *state;

	give_order(w, (struct example_order){.class = ORDER_ALARM,
			      .zones = 1,
			      .zone = {EXAMPLE_GROUP + 1},
			      .group = true,
			      .signer = {1, 2}});
	assert_int_equal(verdicts(w, VERDICT_ZONE), 1);
	assert_int_equal(live(w), 0);
}

static void
counts_of_sirens_are_whole_numbers_or_not_told(void **state)
{
	struct world *w = *state;

	give_entry(w, "sirens",
		bytes_of_text(
			"{\"ready\":4294967297,\"sounding\":0,\"fault\":0,\"unknown\":0}"));
	assert_false(edge_sirens(w->edge).known);
	give_entry(w, "sirens",
		bytes_of_text("{\"ready\":3,\"sounding\":2,\"fault\":0,\"unknown\":1,"
			      "\"unordered\":4}"));
	assert_true(edge_sirens(w->edge).known);
	assert_int_equal(edge_sirens(w->edge).ready, 3);
	assert_int_equal(edge_sirens(w->edge).unordered, 4);
}

struct told {
	uint64_t entry[16];
	size_t count, orders, beats;
};

static void
tell_entry(void *ctx, uint64_t number)
{
	struct told *t = ctx;

	assert_true(t->count < 16);
	t->entry[t->count++] = number;
}

static void
tell_order(void *ctx, const struct edge_order *order)
{
	(void)order;
	((struct told *)ctx)->orders++;
}

static void
tell_beat(void *ctx, const struct checkpoint *c)
{
	(void)c;
	((struct told *)ctx)->beats++;
}

static void
join(const struct world *w, struct told *told)
{
	edge_join(w->edge, true,
		&(struct edge_teller){told, tell_entry, tell_order, tell_beat, tell_beat});
}

static void
a_revoked_key_orders_nothing_more(void **state)
{
	struct world *w = *state;
	struct revocation v = {.territory = EXAMPLE_TERRITORY,
		.key = 2,
		.time_s = (uint32_t)(NOW / 1000),
		.approval_count = 1,
		.approval = {{.key = 2}}};
	struct hash digest = revocation_digest(&v);
	struct secret_key k = example_key(2);
	struct buffer b = {0};
	struct told told = {0};

	give_alarm(w, 2);
	assert_int_equal(live(w), 1);
	v.approval[0].signature = signature_make(&k, bytes_of(digest.at, sizeof digest.at));
	revocation_write(&b, &v);
	give_entry(w, "revocation", buffer_bytes(&b));
	give_alarm(w, 3);
	assert_int_equal(live(w), 1);
	assert_int_equal(verdicts(w, VERDICT_KEY_REVOKED), 1);
	/* A siren that joins is told. */
	join(w, &told);
	assert_true(told.count > 0);
	assert_int_equal(told.entry[0], 4);
	buffer_free(&b);
}

/* An entry is missing before it; sirens are not kept waiting. */
static void
an_order_in_an_entry_that_does_not_fit_yet_stands_by_itself(void **state)
{
	struct world *w = *state;
	struct buffer content = {0}, order = {0};
	uint16_t zone = 2;
	uint64_t number;

	example_alarm(&w->hub, &content, &order, &zone, 1, 600);
	example_entry(&w->hub, "alert", buffer_bytes(&content)); /* lost on its way */
	number = example_entry(&w->hub, "order", buffer_bytes(&order));
	give(w, LINK_ENTRY, example_line(&w->hub, number));
	assert_int_equal(follower_size(edge_follower(w->edge)), number - 1);
	assert_int_equal(w->orders, 1);
	assert_int_equal(live(w), 1);
	give_lines(w, &w->hub, number - 1);
	assert_int_equal(follower_size(edge_follower(w->edge)), number + 1);
	assert_int_equal(live(w), 1);
	buffer_free(&content);
	buffer_free(&order);
}

static void
a_clock_that_jumped_ahead_hides_no_alarm_from_who_joins(void **state)
{
	struct world *w = *state;
	struct told told = {0};

	give_alarm(w, 2);
	give_heartbeat(w);
	edge_tick(w->edge, NOW + INT64_C(86400000));
	edge_tick(w->edge, NOW + INT64_C(86400000) + 61000); /* it forgets what is old */
	assert_int_equal(live(w), 0);
	join(w, &told);
	assert_int_equal(told.count, 1); /* the order */
	assert_int_equal(told.beats, 2);
	edge_tick(w->edge, NOW + 1000);
	assert_int_equal(live(w), 1);
}

static void
an_early_order_is_passed_on_once_and_marked(void **state)
{
	struct world *w = *state;
	struct buffer content = {0}, order = {0}, body = {0};
	const struct edge_order *row;
	uint16_t zone = 2;
	uint64_t id = example_alarm(&w->hub, &content, &order, &zone, 1, 600);

	link_order_write(&body, buffer_bytes(&order), buffer_bytes(&content));
	edge_hub_frame(w->edge, NOW, 0, buffer_bytes(&body));
	edge_hub_frame(w->edge, NOW, 1, buffer_bytes(&body));
	assert_int_equal(w->orders, 1);
	assert_int_equal(live(w), 1);
	assert_false(book_find(edge_book(w->edge), id)->on_disk);
	assert_int_equal(edge_orders(w->edge, &row), 1);
	assert_true(row[0].number == EDGE_NOT_ENTERED);
	assert_true(edge_order_matters(w->edge, &row[0]));
	assert_int_equal(w->kept[w->kept_count - 1].kind, EDGE_RECORD_ORDER);
	give_entry(w, "alert", buffer_bytes(&content));
	give_entry(w, "order", buffer_bytes(&order));
	assert_true(book_find(edge_book(w->edge), id)->on_disk);
	assert_int_equal(edge_orders(w->edge, &row), 1);
	assert_int_equal(row[0].number, 3);
	assert_int_equal(live(w), 1);
	buffer_free(&content);
	buffer_free(&order);
	buffer_free(&body);
}

/* The hub has the alarm, and one of its two operators spends the alarm's id before it is approved. */
static void
an_id_that_one_operator_borrows_does_not_hide_the_alarm(void **state)
{
	struct world *w = *state;
	struct buffer content = {0}, alarm = {0}, test = {0}, body = {0};
	struct example_order how = {.class = ORDER_TEST,
		.zones = 1,
		.zone = {3},
		.lifetime_s = 300,
		.signer = {1, 0},
		.at_ms = NOW};
	struct world again = {0};
	const struct edge_order *row;
	struct bytes bytes, none;
	uint16_t zone = 2;
	uint64_t id = example_alarm(&w->hub, &content, &alarm, &zone, 1, 600);

	w->hub.orders--;
	assert_true(example_order(&w->hub, &test, &how) == id);
	give_entry(w, "order", buffer_bytes(&test));
	link_order_write(&body, buffer_bytes(&alarm), buffer_bytes(&content));
	edge_hub_frame(w->edge, NOW, 0, buffer_bytes(&body));
	assert_int_equal(w->orders, 1);
	assert_int_equal(live(w), 1);
	assert_int_equal(edge_orders(w->edge, &row), 1);
	assert_true(bytes_equal(row[0].bytes, buffer_bytes(&alarm)));
	assert_int_equal(row[0].class, ORDER_ALARM);
	assert_true(row[0].expiry_ms == NOW + 600 * 1000);
	assert_true(row[0].number == EDGE_NOT_ENTERED);
	assert_true(edge_order_matters(w->edge, &row[0]));
	assert_int_equal(w->kept[w->kept_count - 1].kind, EDGE_RECORD_ORDER);
	/* It goes back up, as any that no entry holds. */
	give(w, LINK_HELLO, bytes_of_text("{\"territory\":48879,\"term\":1,\"size\":3}"));
	assert_int_equal(w->sent.at[0], LINK_ORDER);
	assert_int_equal(
		link_order_read(bytes_of(w->sent.at + 1, w->sent.len - 1), &bytes, &none),
		ERR_OK);
	assert_true(bytes_equal(bytes, buffer_bytes(&alarm)));
	/* The borrower does not get it back, by whatever path. */
	buffer_clear(&body);
	link_order_write(&body, buffer_bytes(&test), bytes_of(NULL, 0));
	edge_hub_frame(w->edge, NOW, 1, buffer_bytes(&body));
	give_entry(w, "order", buffer_bytes(&test));
	assert_int_equal(w->orders, 1);
	assert_true(row[0].number == EDGE_NOT_ENTERED);
	again.edge = new_edge(&again);
	for (size_t i = 0; i < w->kept_count; i++)
		assert_int_equal(edge_restore(again.edge, (uint16_t)w->kept[i].kind,
					 w->kept[i].time_ms, w->kept[i].bytes, NULL),
			ERR_OK);
	assert_int_equal(live(&again), 1);
	assert_int_equal(edge_orders(again.edge, &row), 1);
	assert_int_equal(row[0].class, ORDER_ALARM);
	give_entry(w, "alert", buffer_bytes(&content));
	give_entry(w, "order", buffer_bytes(&alarm));
	assert_int_equal(edge_orders(w->edge, &row), 1);
	assert_int_equal(row[0].number, 5);
	edge_free(again.edge);
	buffer_free(&again.sent);
	buffer_free(&content);
	buffer_free(&alarm);
	buffer_free(&test);
	buffer_free(&body);
}

static void
an_entered_alarm_takes_the_place_of_a_stop_that_borrowed_its_id(void **state)
{
	struct world *w = *state;
	struct buffer content = {0}, alarm = {0}, stop = {0};
	struct example_order how = {.class = ORDER_STOP,
		.ends = 77,
		.lifetime_s = 300,
		.signer = {1, 0},
		.at_ms = NOW};
	const struct edge_order *row;
	uint16_t zone = 2;

	example_alarm(&w->hub, &content, &alarm, &zone, 1, 600);
	w->hub.orders--;
	example_order(&w->hub, &stop, &how);
	give_entry(w, "order", buffer_bytes(&stop));
	give_entry(w, "alert", buffer_bytes(&content));
	give_entry(w, "order", buffer_bytes(&alarm));
	assert_int_equal(live(w), 1);
	assert_int_equal(edge_orders(w->edge, &row), 1);
	assert_int_equal(row[0].class, ORDER_ALARM);
	assert_int_equal(row[0].number, 4);
	assert_int_equal(row[0].content, 3);
	buffer_free(&content);
	buffer_free(&alarm);
	buffer_free(&stop);
}

static void
an_order_that_no_entry_holds_goes_back_up_to_each_hub_that_greets(void **state)
{
	struct world *w = *state;
	struct buffer content = {0}, order = {0}, body = {0};
	struct bytes bytes, none;
	uint16_t zone = 2;

	example_alarm(&w->hub, &content, &order, &zone, 1, 600);
	link_order_write(&body, buffer_bytes(&order), buffer_bytes(&content));
	edge_hub_frame(w->edge, NOW, 0, buffer_bytes(&body));
	give(w, LINK_HELLO, bytes_of_text("{\"territory\":48879,\"term\":1,\"size\":2}"));
	assert_int_equal(w->sent.at[0], LINK_ORDER);
	assert_int_equal(
		link_order_read(bytes_of(w->sent.at + 1, w->sent.len - 1), &bytes, &none),
		ERR_OK);
	assert_true(bytes_equal(bytes, buffer_bytes(&order)));
	give_entry(w, "alert", buffer_bytes(&content));
	give_entry(w, "order", buffer_bytes(&order));
	give(w, LINK_HELLO, bytes_of_text("{\"territory\":48879,\"term\":1,\"size\":2}"));
	assert_int_equal(w->sent.at[0], LINK_EDGE);
	buffer_free(&content);
	buffer_free(&order);
	buffer_free(&body);
}

static void
a_joining_mouth_needs_what_lives_and_what_ends_part_of_it(void **state)
{
	struct world *w = *state;
	uint64_t cleared = give_alarm(w, 2), stopped, lives;
	const struct edge_order *row;
	size_t n, matters = 0;

	w->hub.now_ms += 200000; /* else they would join */
	stopped = give_alarm(w, 3);
	w->hub.now_ms += 200000;
	lives = give_alarm(w, 1);
	give_end(w, VERB_ALL_CLEAR, cleared, 2);
	give_end(w, VERB_STOP, stopped, 0);
	n = edge_orders(w->edge, &row);
	assert_int_equal(n, 5);
	for (size_t i = 0; i < n; i++)
		if (edge_order_matters(w->edge, &row[i])) {
			matters++;
			assert_true(row[i].id == lives);
		}
	assert_int_equal(matters, 1);
}

/* ---- trust ---- */

static void
a_roster_that_administrators_did_not_sign_is_not_believed(void **state)
{
	struct world *w = *state;

	give_entry(w, "roster", bytes_of_text("{\"document\":\"{}\",\"approvals\":[]}"));
	assert_int_equal(edge_roster(w->edge)->serial, 1);
	give_entry(w, "zones", bytes_of_text("{\"document\":\"{}\",\"approvals\":[]}"));
	assert_non_null(zones_by_number(edge_zones(w->edge), 3));
	assert_int_equal(w->logs, 1);
}

static void
takeover_write_signed(
	struct buffer *out, struct example_hub *hub, uint64_t last, unsigned signer)
{
	struct takeover t = {.term = 2, .last_number = last};
	struct order *o = calloc(1, sizeof *o);
	struct example_order how = {.class = ORDER_TAKEOVER,
		.lifetime_s = 600,
		.signer = {1, signer},
		.content = takeover_content(&t),
		.at_ms = hub->now_ms};
	struct buffer bytes = {0};

	example_order(hub, &bytes, &how);
	assert_int_equal(order_read(o, buffer_bytes(&bytes)), ERR_OK);
	takeover_write(out, &t, o);
	buffer_free(&bytes);
	free(o);
}

static void
two_operators_make_another_hub_the_writer(void **state)
{
	struct world *w = *state;
	struct example_hub next;
	struct buffer data = {0};
	const struct edge_order *row;

	give_alarm(w, 2); /* entries 2 and 3; the last counts no more */
	example_hub_next(&next, &w->hub, 2);
	takeover_write_signed(&data, &next, 2, 2);
	example_entry(&next, "takeover", buffer_bytes(&data));
	give(w, LINK_ENTRY, example_line(&next, 3));
	assert_int_equal(follower_term(edge_follower(w->edge)), 2);
	assert_int_equal(follower_size(edge_follower(w->edge)), 4);
	/* The order's entry is superseded; the alarm lives by its own signatures. */
	assert_int_equal(live(w), 1);
	assert_int_equal(edge_orders(w->edge, &row), 1);
	assert_true(row[0].number == EDGE_NOT_ENTERED);
	give(w, LINK_ENTRY,
		example_line(
			&w->hub, example_entry(&w->hub, "kind-a", bytes_of_text("x"))));
	assert_int_equal(follower_size(edge_follower(w->edge)), 4);
	buffer_free(&data);
	example_hub_end(&next);
}

/* A link lost the takeover: the later hub is asked for it. */
static void
a_later_term_is_asked_for(void **state)
{
	struct world *w = *state;
	struct example_hub next;
	struct buffer data = {0};
	struct told told = {0};
	unsigned sends;

	example_hub_next(&next, &w->hub, 1);
	takeover_write_signed(&data, &next, 1, 2);
	example_entry(&next, "takeover", buffer_bytes(&data));
	w->hub.now_ms += 5000;
	sends = w->sends;
	give(w, LINK_ENTRY,
		example_line(&next, example_entry(&next, "kind-a", bytes_of_text("x"))));
	assert_int_equal(w->sends, sends + 1);
	assert_int_equal(w->sent.at[0], LINK_WANT);
	give(w, LINK_ENTRY, example_line(&next, 2));
	assert_int_equal(follower_term(edge_follower(w->edge)), 2);
	/* And whoever comes back with a number behind it is told, too. */
	edge_resume(w->edge,
		&(struct edge_teller){&told, tell_entry, tell_order, tell_beat, tell_beat});
	assert_int_equal(told.count, 1);
	assert_int_equal(told.entry[0], 2);
	buffer_free(&data);
	example_hub_end(&next);
}

static void
one_operator_does_not(void **state)
{
	struct world *w = *state;
	struct example_hub next;
	struct buffer data = {0};

	example_hub_next(&next, &w->hub, 1);
	takeover_write_signed(&data, &next, 1, 0);
	example_entry(&next, "takeover", buffer_bytes(&data));
	give(w, LINK_ENTRY, example_line(&next, 2));
	assert_int_equal(follower_term(edge_follower(w->edge)), 1);
	buffer_free(&data);
	example_hub_end(&next);
}

static void
a_fork_is_kept_shown_and_sent(void **state)
{
	struct world *w = *state;
	struct checkpoint c = example_checkpoint(&w->hub);

	give_checkpoint(w, &c);
	assert_true(edge_is_current(w->edge, NOW));
	c.root.at[0] ^= 1;
	checkpoint_sign(&c, &w->hub.key);
	give_checkpoint(w, &c);
	assert_int_equal(w->forks, 1);
	assert_int_equal(w->sent.at[0], LINK_FORK);
	assert_false(edge_is_current(w->edge, NOW));
	assert_true(edge_is_forked(w->edge));
	give_checkpoint(w, &c);
	assert_int_equal(w->forks, 1);
}

/* ---- restart ---- */

static void
a_restart_knows_all_that_was_known(void **state)
{
	struct world *w = *state;
	struct buffer content = {0}, order = {0}, body = {0}, line = {0};
	struct world again = {0};
	struct checkpoint c;
	struct hash a, b;
	uint16_t zone = 3;
	uint64_t ended = give_alarm(w, 2);

	give_end(w, VERB_ALL_CLEAR, ended, 2);
	give_order(w,
		(struct example_order){
			.class = ORDER_ALARM, .zones = 1, .zone = {2}, .signer = {1, 0}});
	w->hub.now_ms += 200000;
	give_alarm(w, 1);
	w->hub.now_ms += 200000;
	example_alarm(&w->hub, &content, &order, &zone, 1, 600);
	link_order_write(&body, buffer_bytes(&order), buffer_bytes(&content));
	edge_hub_frame(w->edge, w->hub.now_ms, 0, buffer_bytes(&body));
	c = example_checkpoint(&w->hub);
	checkpoint_line_write(&line, &c, NULL, 0);

	again.edge = new_edge(&again);
	for (size_t i = 0; i < w->kept_count; i++)
		assert_int_equal(edge_restore(again.edge, (uint16_t)w->kept[i].kind,
					 w->kept[i].time_ms, w->kept[i].bytes, NULL),
			ERR_OK);
	edge_restore_heartbeat(again.edge, buffer_text(&line), line.len);
	assert_int_equal(live(&again), live(w));
	assert_int_equal(book_count(edge_book(again.edge)), book_count(edge_book(w->edge)));
	a = follower_root(edge_follower(w->edge));
	b = follower_root(edge_follower(again.edge));
	assert_true(hash_equal(&a, &b));
	assert_true(edge_is_current(again.edge, w->hub.now_ms));
	assert_int_equal(again.entries + again.orders + again.kept_count, 0);
	edge_free(again.edge);
	buffer_free(&again.sent);
	buffer_free(&content);
	buffer_free(&order);
	buffer_free(&body);
	buffer_free(&line);
}

static void
a_journal_of_another_hub_is_refused(void **state)
{
	struct world *w = *state, again = {0};
	struct fault fault = {""};

	again.edge = new_edge(&again);
	assert_int_equal(
		edge_restore(again.edge, EDGE_RECORD_ENTRY, NOW, w->kept[1].bytes, &fault),
		ERR_CONFLICT);
	assert_int_equal(edge_restore(again.edge, EDGE_RECORD_ENTRY, NOW,
				 bytes_of(w->kept[0].bytes.at, 20), &fault),
		ERR_FORMAT);
	edge_free(again.edge);
	buffer_free(&again.sent);
}

/* ---- nobody says "no alert" who does not know ---- */

static void
no_alert_is_said_only_when_it_is_known(void **state)
{
	struct world *w = *state;
	struct checkpoint newest = {0};
	uint64_t dice = 4711;
	int64_t now = NOW;
	bool forked = false;
	int said = 0;

	for (int i = 0; i < 100000; i++) {
		struct freshness f;
		bool known;

		dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407;
		now += (int64_t)(dice >> 40 & 0x3fff) -
		       0x1000; /* the clock jumps, also back */
		if ((dice >> 33 & 63) == 0) {
			w->hub.now_ms = now - (int64_t)(dice >> 20 & 0xffff) + 0x2000;
			newest = example_checkpoint(&w->hub);
			give_checkpoint(w, &newest);
		}
		if ((dice >> 33 & 0x3fff) == 1 && live(w) == 0) {
			w->hub.now_ms = now;
			give_alarm(w, 2);
		}
		if (i == 90000) {
			newest.root.at[0] ^= 1;
			checkpoint_sign(&newest, &w->hub.key);
			give_checkpoint(w, &newest);
			forked = true;
		}
		edge_tick(w->edge, now);
		f = freshness_of(w->edge, now);
		known = f.heard && now - f.as_of_ms <= CHECKPOINT_FRESH_MS &&
			now - f.as_of_ms >= -CHECKPOINT_FRESH_MS && live(w) == 0 &&
			!forked && f.size <= follower_size(edge_follower(w->edge));
		if (f.none_live && !known)
			fail_msg("at step %d", i);
		said += f.none_live;
	}
	assert_true(said > 1000);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_hello_is_answered_with_what_is_here),
		TEST(a_hub_of_another_territory_is_not_answered),
		TEST(a_gap_is_asked_for_once_a_second),
		TEST(an_entry_without_its_data_is_not_taken),
		TEST(the_hub_may_ask_for_entries_back),
		TEST(a_cursor_counts_only_from_the_hub_that_reigns),
		TEST(an_alarm_of_two_operators_lives_until_its_all_clear),
		TEST(an_alarm_that_nobody_ends_is_no_all_clear),
		TEST(what_the_hub_alone_orders_is_not_shown),
		TEST(an_order_that_had_expired_when_it_was_entered_does_not_live),
		TEST(a_sensor_speaks_under_its_mandate_only),
		TEST(an_unknown_zone_does_not_silence_an_alarm),
		TEST(counts_of_sirens_are_whole_numbers_or_not_told),
		TEST(an_order_to_a_group_needs_rights_in_each_of_its_zones),
		TEST(an_order_to_a_group_that_nobody_knows_is_not_shown),
		TEST(a_revoked_key_orders_nothing_more),
		TEST(an_order_in_an_entry_that_does_not_fit_yet_stands_by_itself),
		TEST(a_clock_that_jumped_ahead_hides_no_alarm_from_who_joins),
		TEST(an_early_order_is_passed_on_once_and_marked),
		TEST(an_id_that_one_operator_borrows_does_not_hide_the_alarm),
		TEST(an_entered_alarm_takes_the_place_of_a_stop_that_borrowed_its_id),
		TEST(an_order_that_no_entry_holds_goes_back_up_to_each_hub_that_greets),
		TEST(a_joining_mouth_needs_what_lives_and_what_ends_part_of_it),
		TEST(a_roster_that_administrators_did_not_sign_is_not_believed),
		TEST(two_operators_make_another_hub_the_writer),
		TEST(a_later_term_is_asked_for),
		TEST(one_operator_does_not),
		TEST(a_fork_is_kept_shown_and_sent),
		TEST(a_restart_knows_all_that_was_known),
		TEST(a_journal_of_another_hub_is_refused),
		TEST(no_alert_is_said_only_when_it_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
