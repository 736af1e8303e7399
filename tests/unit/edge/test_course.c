/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bulletin's course at an edge: rosters, another hub, forks, restarts. */
#include "world.h"

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
	const struct CMUnitTest tests[] = {
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
