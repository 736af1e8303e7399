/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an edge believes of orders, and whom it tells. */
#include "world.h"

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

int
main(void)
{
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
