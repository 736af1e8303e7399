/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bulletin/follow.h"

#include "example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "no_memory.h"

enum { MANY = 40 };

/* A hub, what it published, and one reader: most tests begin so. */
struct scene {
	struct hub hub;
	struct entry entry[MANY];
	struct follower *f;
};

static void
scene_begin(struct scene *s, bool keep_nodes, size_t published, size_t heard)
{
	struct reign reign;

	s->hub = hub_of_seed(1, 1);
	reign = reign_of(&s->hub);
	assert_int_equal(follower_new(&s->f, TERRITORY, &reign, keep_nodes), ERR_OK);
	for (size_t i = 0; i < published; i++)
		s->entry[i] = publish(&s->hub, "alert", "…");
	for (size_t i = 0; i < heard; i++)
		assert_int_equal(follower_entry(s->f, &s->entry[i]), HEARD_ACCEPTED);
}

/* The fork that was found is a proof that anybody can check. */
static void
the_fork_proves_itself(const struct follower *f, const struct reign *reigns, size_t count)
{
	struct buffer json = {0};
	struct fault words;

	assert_non_null(follower_fork(f));
	fork_write(&json, follower_fork(f));
	if (fork_check(buffer_text(&json), json.len, reigns, count, &words) != ERR_OK)
		fail_msg("%s", words.text);
	buffer_free(&json);
}

static void
the_fork_proves_itself_under(const struct follower *f, const struct hub *hub)
{
	struct reign reign = reign_of(hub);

	the_fork_proves_itself(f, &reign, 1);
}

static void
entries_in_order_are_accepted(void **state)
{
	struct scene s;
	struct hash root, want;

	for (int nodes = 0; nodes < 2; nodes++) {
		scene_begin(&s, nodes, MANY, MANY);
		root = follower_root(s.f);
		want = tree_root(&s.hub.tree);
		assert_true(hash_equal(&root, &want));
		assert_int_equal(follower_size(s.f), MANY);
		assert_int_equal(follower_wants(s.f), MANY);
		assert_int_equal(follower_tree(s.f)->size, MANY);
		assert_true((follower_nodes(s.f) != NULL) == nodes);
		assert_null(follower_fork(s.f));
		follower_free(s.f);
	}
	(void)state;
}

static void
a_repeat_is_ignored_and_a_gap_is_reported(void **state)
{
	struct scene s;

	(void)state;
	for (int nodes = 0; nodes < 2; nodes++) {
		scene_begin(&s, nodes, MANY, 30);
		assert_int_equal(follower_entry(s.f, &s.entry[29]), HEARD_REPEAT);
		assert_int_equal(follower_entry(s.f, &s.entry[14]), HEARD_REPEAT);
		assert_int_equal(
			follower_entry(s.f, &s.entry[2]), nodes ? HEARD_REPEAT : HEARD_OLD);
		assert_int_equal(follower_entry(s.f, &s.entry[31]), HEARD_GAP);
		assert_int_equal(follower_wants(s.f), 30);
		assert_int_equal(follower_entry(s.f, &s.entry[30]), HEARD_ACCEPTED);
		assert_int_equal(follower_entry(s.f, &s.entry[31]), HEARD_ACCEPTED);
		follower_free(s.f);
	}
}

static void
whatever_the_hub_did_not_sign_is_refused(void **state)
{
	struct scene s;
	struct hub thief = hub_of_seed(2, 1), other_term = hub_of_seed(1, 9);
	struct hub old_term = hub_of_seed(1, 0);
	struct entry bad;
	struct checkpoint c;

	(void)state;
	scene_begin(&s, false, 3, 1);
	bad = s.entry[1];
	bad.signature.at[0] ^= 1;
	assert_int_equal(follower_entry(s.f, &bad), HEARD_REFUSED);
	bad = s.entry[1];
	bad.header.territory++;
	assert_int_equal(follower_entry(s.f, &bad), HEARD_REFUSED);
	(void)publish(&thief, "alert", "…");
	bad = publish(&thief, "alert", "…");
	assert_int_equal(follower_entry(s.f, &bad), HEARD_REFUSED);
	bad = publish(&other_term, "alert", "…");
	assert_int_equal(follower_entry(s.f, &bad), HEARD_TERM);
	bad.header.term = 0;
	assert_int_equal(follower_entry(s.f, &bad), HEARD_REFUSED);
	c = heartbeat(&thief);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_REFUSED);
	c = heartbeat(&other_term);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_TERM);
	c = heartbeat(&old_term);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_REFUSED);
	c = heartbeat(&s.hub);
	c.territory++;
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_REFUSED);
	assert_int_equal(follower_size(s.f), 1);
	assert_null(follower_fork(s.f));
	follower_free(s.f);
}

/* The hub's key signs a second history that parts from the first at number `at`. */
static struct hub
forked_hub(uint64_t at)
{
	struct hub twin = hub_of_seed(1, 1);

	for (uint64_t i = 0; i < at; i++)
		(void)publish(&twin, "alert", "…");
	twin.now_ms += 500;
	return twin;
}

static void
another_entry_with_a_number_it_has_is_a_fork(void **state)
{
	struct scene s;
	static const uint64_t at[] = {0, 1, 5, 12, 24, 28, 29};

	(void)state;
	for (int nodes = 0; nodes < 2; nodes++)
		for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
			struct hub twin;
			struct entry other;
			bool seen = nodes || at[i] >= 30 - FOLLOW_RECENT;

			scene_begin(&s, nodes, 30, 30);
			twin = forked_hub(at[i]);
			other = publish(&twin, "end", "all is well");
			assert_int_equal(
				follower_entry(s.f, &other), seen ? HEARD_FORK : HEARD_OLD);
			if (seen)
				the_fork_proves_itself_under(s.f, &s.hub);
			assert_int_equal(follower_size(s.f), 30);
			follower_free(s.f);
		}
}

static void
a_later_entry_of_another_history_is_a_fork(void **state)
{
	struct scene s;
	static const uint64_t parted[] = {0, 3, 20, 28};

	(void)state;
	/* The numbers above the parting have other roots before them, too. */
	for (uint64_t number = 21; number < 31; number++)
		for (size_t i = 0; i < sizeof parted / sizeof *parted; i++) {
			struct hub twin;
			struct entry other;

			if (parted[i] >= number)
				continue;
			scene_begin(&s, number % 2, 30, 30);
			twin = forked_hub(parted[i]);
			do
				other = publish(&twin, "end", "all is well");
			while (other.header.number < number);
			assert_int_equal(follower_entry(s.f, &other), HEARD_FORK);
			the_fork_proves_itself_under(s.f, &s.hub);
			follower_free(s.f);
		}
}

static void
with_all_nodes_even_the_oldest_number_is_compared(void **state)
{
	struct scene s;
	struct hub twin;
	struct entry other;

	(void)state;
	scene_begin(&s, true, 30, 30);
	twin = forked_hub(2);
	(void)publish(&twin, "end", "all is well");
	other = publish(&twin, "end", "all is well");
	assert_int_equal(other.header.number, 3);
	assert_int_equal(follower_entry(s.f, &other), HEARD_FORK);
	the_fork_proves_itself_under(s.f, &s.hub);
	follower_free(s.f);
}

static void
a_checkpoint_that_agrees_is_the_heartbeat(void **state)
{
	struct scene s;
	struct checkpoint first, second;

	(void)state;
	for (int nodes = 0; nodes < 2; nodes++) {
		scene_begin(&s, nodes, 3, 3);
		assert_null(follower_heartbeat(s.f));
		first = heartbeat(&s.hub);
		second = heartbeat(&s.hub);
		assert_int_equal(follower_checkpoint(s.f, &second), HEARD_ACCEPTED);
		assert_int_equal(follower_checkpoint(s.f, &second), HEARD_REPEAT);
		assert_int_equal(follower_checkpoint(s.f, &first), HEARD_ACCEPTED);
		assert_true(follower_heartbeat(s.f)->time_ms == second.time_ms);
		follower_free(s.f);
	}
}

/* A hub that was started with its clock a year ahead, and set right. */
static void
a_heartbeat_dated_ahead_gives_way_to_the_honest_one(void **state)
{
	struct scene s;
	struct checkpoint ahead, honest;

	(void)state;
	scene_begin(&s, true, 3, 3);
	s.hub.now_ms += INT64_C(365) * 86400000;
	ahead = heartbeat(&s.hub);
	s.hub.now_ms -= INT64_C(365) * 86400000;
	honest = heartbeat(&s.hub);
	assert_int_equal(follower_checkpoint(s.f, &ahead), HEARD_ACCEPTED);
	assert_false(follower_current(s.f, honest.time_ms));
	assert_int_equal(follower_checkpoint(s.f, &honest), HEARD_ACCEPTED);
	assert_true(follower_heartbeat(s.f)->time_ms == honest.time_ms);
	assert_true(follower_current(s.f, honest.time_ms));
	follower_free(s.f);
}

static void
current_lasts_thirty_seconds_from_the_heartbeat(void **state)
{
	struct scene s;
	struct checkpoint c;

	(void)state;
	scene_begin(&s, false, 3, 3);
	assert_false(follower_current(s.f, s.hub.now_ms));
	c = heartbeat(&s.hub);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_ACCEPTED);
	assert_true(follower_current(s.f, c.time_ms));
	assert_true(follower_current(s.f, c.time_ms + 30000));
	assert_false(follower_current(s.f, c.time_ms + 30001));
	assert_true(follower_current(s.f, c.time_ms - 30000));
	assert_false(follower_current(s.f, c.time_ms - 30001));
	follower_free(s.f);
}

static void
a_heartbeat_over_withheld_entries_is_no_comfort(void **state)
{
	struct scene s;
	struct checkpoint c;

	(void)state;
	scene_begin(&s, false, 5, 3);
	c = heartbeat(&s.hub);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_GAP);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_GAP);
	assert_int_equal(follower_known_size(s.f), 5);
	assert_false(follower_current(s.f, c.time_ms));
	assert_int_equal(follower_entry(s.f, &s.entry[3]), HEARD_ACCEPTED);
	assert_false(follower_current(s.f, c.time_ms));
	assert_int_equal(follower_entry(s.f, &s.entry[4]), HEARD_ACCEPTED);
	assert_true(follower_current(s.f, c.time_ms));
	assert_int_equal(follower_known_size(s.f), 5);
	follower_free(s.f);
}

static void
of_two_waiting_checkpoints_of_one_size_the_newer_counts(void **state)
{
	struct scene s;
	struct checkpoint first, second;

	(void)state;
	scene_begin(&s, false, 5, 3);
	first = heartbeat(&s.hub);
	second = heartbeat(&s.hub);
	assert_int_equal(follower_checkpoint(s.f, &first), HEARD_GAP);
	assert_int_equal(follower_checkpoint(s.f, &second), HEARD_GAP);
	assert_int_equal(follower_checkpoint(s.f, &first), HEARD_GAP);
	for (size_t i = 3; i < 5; i++)
		assert_int_equal(follower_entry(s.f, &s.entry[i]), HEARD_ACCEPTED);
	assert_true(follower_heartbeat(s.f)->time_ms == second.time_ms);
	follower_free(s.f);
}

static void
the_largest_waiting_checkpoint_tells_how_much_there_is(void **state)
{
	struct scene s;
	struct hub ahead;
	struct checkpoint large, small;

	(void)state;
	scene_begin(&s, false, 3, 3);
	ahead = s.hub;
	(void)publish(&ahead, "alert", "…");
	small = heartbeat(&ahead);
	(void)publish(&ahead, "alert", "…");
	large = heartbeat(&ahead);
	assert_int_equal(follower_checkpoint(s.f, &large), HEARD_GAP);
	assert_int_equal(follower_checkpoint(s.f, &small), HEARD_GAP);
	assert_int_equal(follower_known_size(s.f), 5);
	follower_free(s.f);
}

static void
of_many_waiting_checkpoints_the_oldest_are_forgotten(void **state)
{
	struct scene s;
	struct checkpoint c;
	struct hub ahead;
	struct entry more[12];

	(void)state;
	scene_begin(&s, false, 3, 3);
	ahead = s.hub;
	for (size_t i = 0; i < 12; i++) {
		more[i] = publish(&ahead, "alert", "…");
		c = heartbeat(&ahead);
		assert_int_equal(follower_checkpoint(s.f, &c), HEARD_GAP);
	}
	assert_int_equal(follower_known_size(s.f), 15);
	for (size_t i = 0; i < 12; i++) {
		assert_int_equal(follower_entry(s.f, &more[i]), HEARD_ACCEPTED);
		assert_true((follower_heartbeat(s.f) == NULL) == (i < 4));
	}
	assert_true(follower_current(s.f, c.time_ms));
	follower_free(s.f);
}

static void
a_checkpoint_of_another_history_is_a_fork(void **state)
{
	struct scene s;
	static const uint64_t size[] = {1, 4, 9, 14, 15, 16, 20, 29, 30};

	(void)state;
	for (int nodes = 0; nodes < 2; nodes++)
		for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
			struct hub twin;
			struct checkpoint c;
			bool seen = nodes || size[i] >= 30 - FOLLOW_RECENT;

			scene_begin(&s, nodes, 30, 30);
			twin = forked_hub(size[i] - 1);
			(void)publish(&twin, "end", "all is well");
			c = heartbeat(&twin);
			assert_int_equal(follower_checkpoint(s.f, &c),
				seen ? HEARD_FORK : HEARD_OLD);
			if (seen)
				the_fork_proves_itself_under(s.f, &s.hub);
			assert_false(follower_current(s.f, c.time_ms));
			follower_free(s.f);
		}
}

static void
a_fork_ends_being_current_and_the_first_proof_stays(void **state)
{
	struct scene s;
	struct hub twin;
	struct checkpoint c, other;
	struct fork first;

	(void)state;
	scene_begin(&s, false, 10, 10);
	c = heartbeat(&s.hub);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_ACCEPTED);
	assert_true(follower_current(s.f, c.time_ms));
	twin = forked_hub(9);
	(void)publish(&twin, "end", "all is well");
	other = heartbeat(&twin);
	assert_int_equal(follower_checkpoint(s.f, &other), HEARD_FORK);
	assert_false(follower_current(s.f, c.time_ms));
	assert_int_equal(follower_fork(s.f)->first.what, STATEMENT_CHECKPOINT);
	first = *follower_fork(s.f);
	the_fork_proves_itself_under(s.f, &s.hub);
	other = heartbeat(&twin);
	assert_int_equal(follower_checkpoint(s.f, &other), HEARD_FORK);
	assert_memory_equal(&first, follower_fork(s.f), sizeof first);
	follower_free(s.f);
}

static void
two_waiting_checkpoints_can_contradict_each_other(void **state)
{
	struct scene s;
	struct hub twin;
	struct checkpoint a, b;

	(void)state;
	scene_begin(&s, false, 10, 3);
	twin = forked_hub(9);
	(void)publish(&twin, "end", "all is well");
	a = heartbeat(&s.hub);
	b = heartbeat(&twin);
	assert_int_equal(follower_checkpoint(s.f, &a), HEARD_GAP);
	assert_int_equal(follower_checkpoint(s.f, &b), HEARD_FORK);
	the_fork_proves_itself_under(s.f, &s.hub);
	follower_free(s.f);
}

static void
an_accepted_entry_can_bring_a_fork_to_light(void **state)
{
	struct scene s;
	struct hub twin;
	struct checkpoint c;

	(void)state;
	scene_begin(&s, false, 10, 9);
	twin = forked_hub(9);
	(void)publish(&twin, "end", "all is well");
	c = heartbeat(&twin);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_GAP);
	assert_int_equal(follower_entry(s.f, &s.entry[9]), HEARD_ACCEPTED);
	the_fork_proves_itself_under(s.f, &s.hub);
	assert_false(follower_current(s.f, c.time_ms));
	follower_free(s.f);
}

/* ---- joining ---- */

static void
a_reader_joins_at_a_checkpoint_without_the_history(void **state)
{
	struct scene s;
	struct checkpoint c, waiting;
	struct hash edge[TREE_PROOF_MAX];
	size_t count;
	struct entry next;
	struct hub twin;

	(void)state;
	scene_begin(&s, false, 11, 0);
	count = tree_edge(edge, &s.hub.tree);
	c = heartbeat(&s.hub);
	waiting = heartbeat(&s.hub);
	assert_int_equal(follower_checkpoint(s.f, &waiting), HEARD_GAP);
	assert_int_equal(follower_join(s.f, &c, edge, count), ERR_OK);
	assert_int_equal(follower_size(s.f), 11);
	assert_true(follower_heartbeat(s.f)->time_ms == waiting.time_ms);
	assert_int_equal(follower_entry(s.f, &s.entry[10]), HEARD_OLD);
	twin = s.hub;
	next = publish(&s.hub, "alert", "…");
	assert_int_equal(follower_entry(s.f, &next), HEARD_ACCEPTED);
	(void)publish(&twin, "end", "all is well");
	c = heartbeat(&twin);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_FORK);
	the_fork_proves_itself_under(s.f, &s.hub);
	assert_int_equal(follower_join(s.f, &c, edge, count), ERR_REFUSED);
	follower_free(s.f);
}

static void
after_joining_an_entry_that_does_not_follow_is_a_fork(void **state)
{
	struct scene s;
	struct checkpoint c;
	struct hash edge[TREE_PROOF_MAX];
	struct hub twin;
	struct entry other;

	(void)state;
	scene_begin(&s, false, 11, 0);
	c = heartbeat(&s.hub);
	assert_int_equal(
		follower_join(s.f, &c, edge, tree_edge(edge, &s.hub.tree)), ERR_OK);
	twin = forked_hub(10);
	(void)publish(&twin, "end", "all is well");
	other = publish(&twin, "end", "all is well");
	assert_int_equal(follower_entry(s.f, &other), HEARD_FORK);
	the_fork_proves_itself_under(s.f, &s.hub);
	follower_free(s.f);
}

static void
a_join_must_fit_the_checkpoint(void **state)
{
	struct scene s;
	struct checkpoint c, bad;
	struct hash edge[TREE_PROOF_MAX];
	size_t count;
	struct follower *full;
	struct reign reign;

	(void)state;
	scene_begin(&s, false, 11, 0);
	reign = reign_of(&s.hub);
	count = tree_edge(edge, &s.hub.tree);
	c = heartbeat(&s.hub);
	bad = c, bad.signature.at[5] ^= 1;
	assert_int_equal(follower_join(s.f, &bad, edge, count), ERR_SIGNATURE);
	bad = c, bad.territory ^= 1;
	assert_int_equal(follower_join(s.f, &bad, edge, count), ERR_REFUSED);
	bad = c, bad.term++;
	assert_int_equal(follower_join(s.f, &bad, edge, count), ERR_REFUSED);
	assert_int_equal(follower_join(s.f, &c, edge, count - 1), ERR_FORMAT);
	edge[1].at[0] ^= 1;
	assert_int_equal(follower_join(s.f, &c, edge, count), ERR_CONFLICT);
	edge[1].at[0] ^= 1;
	assert_int_equal(follower_new(&full, TERRITORY, &reign, true), ERR_OK);
	assert_int_equal(follower_join(full, &c, edge, count), ERR_REFUSED);
	follower_free(full);
	assert_int_equal(follower_join(s.f, &c, edge, count), ERR_OK);
	follower_free(s.f);
	scene_begin(&s, false, 0, 0);
	c = heartbeat(&s.hub);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_ACCEPTED);
	assert_int_equal(follower_join(s.f, &c, edge, 0), ERR_REFUSED);
	follower_free(s.f);
}

/* ---- another hub ---- */

/* The standby takes over after `last`, from the tree that it followed. */
static struct hub
standby_of(const struct scene *s, uint64_t last)
{
	struct hub next = hub_of_seed(7, 2);

	for (uint64_t i = 0; i <= last; i++) {
		struct hash leaf = entry_leaf(&s->entry[i].header);

		assert_int_equal(tree_append(&next.tree, &leaf), ERR_OK);
	}
	next.now_ms = START_MS + 100000;
	return next;
}

static void
take_over(
	struct scene *s, const struct hub *next, uint64_t last, uint64_t from, uint64_t to)
{
	struct reign reign = reign_of(next);
	uint64_t got_from, got_to;

	assert_int_equal(
		follower_take_over(s->f, &reign, last, &got_from, &got_to), ERR_OK);
	assert_int_equal(got_from, from);
	assert_int_equal(got_to, to);
}

static void
a_new_term_is_heard_only_after_the_takeover(void **state)
{
	struct scene s;
	struct hub next;
	struct entry e;
	struct checkpoint c, old;

	(void)state;
	for (int nodes = 0; nodes < 2; nodes++) {
		scene_begin(&s, nodes, 10, 10);
		old = heartbeat(&s.hub);
		assert_int_equal(follower_checkpoint(s.f, &old), HEARD_ACCEPTED);
		next = standby_of(&s, 9);
		e = publish(&next, "alert", "…");
		c = heartbeat(&next);
		assert_int_equal(follower_entry(s.f, &e), HEARD_TERM);
		assert_int_equal(follower_checkpoint(s.f, &c), HEARD_TERM);
		take_over(&s, &next, 9, 10, 10);
		assert_int_equal(follower_term(s.f), 2);
		assert_false(follower_current(s.f, old.time_ms));
		assert_int_equal(follower_entry(s.f, &e), HEARD_ACCEPTED);
		assert_int_equal(follower_checkpoint(s.f, &c), HEARD_ACCEPTED);
		assert_true(follower_current(s.f, c.time_ms));
		/* The old hub's word is no heartbeat any more. */
		assert_int_equal(follower_checkpoint(s.f, &old), HEARD_ACCEPTED);
		assert_int_equal(follower_heartbeat(s.f)->term, 2);
		follower_free(s.f);
	}
}

static void
entries_beyond_the_last_number_are_superseded(void **state)
{
	struct scene s;
	struct hub next;
	struct entry e, late;
	struct checkpoint c, waiting;

	(void)state;
	for (int nodes = 0; nodes < 2; nodes++) {
		scene_begin(&s, nodes, 30, 28);
		c = heartbeat(&s.hub);
		next = standby_of(&s, 24);
		late = publish(&s.hub, "alert", "…");
		waiting = heartbeat(&s.hub);
		assert_int_equal(follower_checkpoint(s.f, &waiting), HEARD_GAP);
		take_over(&s, &next, 24, 25, 28);
		assert_int_equal(follower_size(s.f), 25);
		assert_int_equal(follower_known_size(s.f), 25);
		assert_int_equal(follower_entry(s.f, &s.entry[25]), HEARD_SUPERSEDED);
		assert_int_equal(follower_entry(s.f, &late), HEARD_SUPERSEDED);
		assert_int_equal(follower_checkpoint(s.f, &c), HEARD_SUPERSEDED);
		assert_int_equal(follower_entry(s.f, &s.entry[24]), HEARD_REPEAT);
		for (int i = 0; i < 20; i++) {
			e = publish(&next, "alert", "…");
			assert_int_equal(follower_entry(s.f, &e), HEARD_ACCEPTED);
		}
		assert_null(follower_fork(s.f));
		follower_free(s.f);
	}
}

static void
a_reader_that_is_behind_takes_the_old_entries_first(void **state)
{
	struct scene s;
	struct hub next;
	struct entry e;
	struct checkpoint waiting;

	(void)state;
	scene_begin(&s, false, 10, 6);
	waiting = heartbeat(&s.hub);
	assert_int_equal(follower_checkpoint(s.f, &waiting), HEARD_GAP);
	next = standby_of(&s, 9);
	take_over(&s, &next, 9, 6, 6);
	assert_int_equal(follower_known_size(s.f), 10);
	e = publish(&next, "alert", "…");
	assert_int_equal(follower_entry(s.f, &e), HEARD_GAP);
	for (size_t i = 6; i < 10; i++)
		assert_int_equal(follower_entry(s.f, &s.entry[i]), HEARD_ACCEPTED);
	assert_int_equal(follower_entry(s.f, &e), HEARD_ACCEPTED);
	assert_null(follower_heartbeat(s.f));
	follower_free(s.f);
}

static void
a_new_hub_may_not_write_the_old_numbers(void **state)
{
	struct scene s;
	struct hub next, early;
	struct entry e;

	(void)state;
	scene_begin(&s, false, 10, 5);
	next = standby_of(&s, 9);
	early = standby_of(&s, 4);
	take_over(&s, &next, 9, 5, 5);
	e = publish(&early, "alert", "…");
	assert_int_equal(follower_entry(s.f, &e), HEARD_REFUSED);
	follower_free(s.f);
}

static void
a_takeover_that_contradicts_an_earlier_one_is_refused(void **state)
{
	struct scene s;
	struct hub next, third = hub_of_seed(8, 3);
	struct reign reign, other, same_term = {0};
	uint64_t from, to;

	(void)state;
	scene_begin(&s, false, 30, 30);
	next = standby_of(&s, 29);
	reign = reign_of(&next);
	other = reign_of(&third);
	take_over(&s, &next, 29, 30, 30);
	assert_int_equal(follower_take_over(s.f, &reign, 29, &from, &to), ERR_DUPLICATE);
	assert_int_equal(follower_take_over(s.f, &reign, 28, &from, &to), ERR_CONFLICT);
	same_term = other, same_term.term = 2;
	assert_int_equal(follower_take_over(s.f, &same_term, 29, &from, &to), ERR_CONFLICT);
	same_term.term = 1;
	assert_int_equal(follower_take_over(s.f, &same_term, 29, &from, &to), ERR_CONFLICT);
	assert_int_equal(follower_take_over(s.f, &other, 28, &from, &to), ERR_CONFLICT);
	assert_int_equal(
		follower_take_over(s.f, &other, TREE_SIZE_MAX, &from, &to), ERR_RANGE);
	/* "Follow anew" would bring the old hub back. */
	assert_int_equal(follower_take_over(s.f, &same_term, TREE_SIZE_MAX, &from, &to),
		ERR_CONFLICT);
	fail_after = 0;
	assert_int_equal(follower_take_over(s.f, &other, 29, &from, &to), ERR_NOMEM);
	fail_after = -1;
	/* The hub of term 2 wrote nothing: the same last number again. */
	take_over(&s, &third, 29, 30, 30);
	assert_int_equal(follower_term(s.f), 3);
	follower_free(s.f);
}

static void
the_right_edge_alone_goes_back_only_so_far(void **state)
{
	struct scene s;
	struct hub next;
	struct reign reign;
	uint64_t from, to;
	struct entry e;

	(void)state;
	scene_begin(&s, false, 30, 30);
	next = standby_of(&s, 12);
	reign = reign_of(&next);
	assert_int_equal(follower_take_over(s.f, &reign, 12, &from, &to), ERR_RANGE);
	next = standby_of(&s, 13);
	take_over(&s, &next, 13, 14, 30);
	e = publish(&next, "alert", "…");
	assert_int_equal(follower_entry(s.f, &e), HEARD_ACCEPTED);
	follower_free(s.f);

	scene_begin(&s, true, 30, 30);
	next = standby_of(&s, 2);
	take_over(&s, &next, 2, 3, 30);
	for (int i = 0; i < 20; i++) {
		e = publish(&next, "alert", "…");
		assert_int_equal(follower_entry(s.f, &e), HEARD_ACCEPTED);
	}
	follower_free(s.f);
}

static void
a_new_hub_on_another_history_is_a_fork_between_two_hubs(void **state)
{
	struct scene s;
	struct hub next = hub_of_seed(7, 2);
	struct reign reigns[2];
	struct entry e;

	(void)state;
	scene_begin(&s, false, 5, 5);
	for (int i = 0; i < 5; i++)
		(void)publish(&next, "end", "all is well");
	take_over(&s, &next, 4, 5, 5);
	e = publish(&next, "alert", "…");
	assert_int_equal(follower_entry(s.f, &e), HEARD_FORK);
	reigns[0] = reign_of(&s.hub);
	reigns[1] = reign_of(&next);
	the_fork_proves_itself(s.f, reigns, 2);
	assert_false(follower_current(s.f, START_MS));
	follower_free(s.f);
}

static void
a_fork_of_the_old_term_does_not_make_the_new_one_stale(void **state)
{
	struct scene s;
	struct hub next, twin;
	struct checkpoint c;
	struct entry other;

	(void)state;
	scene_begin(&s, false, 10, 10);
	next = standby_of(&s, 9);
	take_over(&s, &next, 9, 10, 10);
	twin = forked_hub(8);
	other = publish(&twin, "end", "all is well");
	c = heartbeat(&next);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_ACCEPTED);
	assert_int_equal(follower_entry(s.f, &other), HEARD_FORK);
	the_fork_proves_itself_under(s.f, &s.hub);
	assert_true(follower_current(s.f, c.time_ms));
	follower_free(s.f);
}

/* ---- limits ---- */

static void
a_fork_whose_own_side_is_gone_is_still_a_fork(void **state)
{
	struct scene s;
	struct hub next, twin;
	struct checkpoint c;

	(void)state;
	/* Rolled back so far that no signed entry is left to show. */
	scene_begin(&s, true, 30, 30);
	next = standby_of(&s, 2);
	take_over(&s, &next, 2, 3, 30);
	twin = forked_hub(2);
	(void)publish(&twin, "end", "all is well");
	c = heartbeat(&twin);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_FORK);
	assert_null(follower_fork(s.f));
	twin = hub_of_seed(7, 2);
	for (int i = 0; i < 3; i++)
		(void)publish(&twin, "end", "all is well");
	c = heartbeat(&twin);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_FORK);
	assert_null(follower_fork(s.f));
	assert_false(follower_current(s.f, c.time_ms));
	follower_free(s.f);
	/* The right edge alone, rolled back as far as it goes. */
	scene_begin(&s, false, 30, 30);
	next = standby_of(&s, 13);
	take_over(&s, &next, 13, 14, 30);
	twin = forked_hub(13);
	(void)publish(&twin, "end", "all is well");
	c = heartbeat(&twin);
	assert_int_equal(follower_checkpoint(s.f, &c), HEARD_FORK);
	assert_null(follower_fork(s.f));
	follower_free(s.f);
}

static void
without_memory_nothing_is_lost(void **state)
{
	struct scene s;
	struct hub twin;
	struct entry other;
	struct reign reign = {1, {{0}}};
	struct follower *f;

	(void)state;
	for (int n = 0; n < 3; n++) {
		fail_after = n;
		assert_int_equal(follower_new(&f, TERRITORY, &reign, true), ERR_NOMEM);
	}
	fail_after = -1;
	scene_begin(&s, true, 2, 1);
	for (int n = 0; n < 2; n++) {
		fail_after = 0;
		if (follower_entry(s.f, &s.entry[1]) == HEARD_NOMEM)
			assert_int_equal(follower_size(s.f), 1);
		fail_after = -1;
	}
	(void)follower_entry(s.f, &s.entry[1]);
	assert_int_equal(follower_size(s.f), 2);
	twin = forked_hub(1);
	other = publish(&twin, "end", "all is well");
	fail_after = 0;
	assert_int_equal(follower_entry(s.f, &other), HEARD_FORK);
	fail_after = -1;
	assert_null(follower_fork(s.f));
	assert_int_equal(follower_entry(s.f, &other), HEARD_FORK);
	assert_non_null(follower_fork(s.f));
	follower_free(s.f);
	follower_free(NULL);
}

static void
each_outcome_has_its_word(void **state)
{
	(void)state;
	for (enum heard h = HEARD_ACCEPTED; h <= HEARD_NOMEM; h++)
		assert_non_null(heard_word(h));
	assert_string_equal(heard_word(HEARD_GAP), "gap");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_in_order_are_accepted),
		cmocka_unit_test(a_repeat_is_ignored_and_a_gap_is_reported),
		cmocka_unit_test(whatever_the_hub_did_not_sign_is_refused),
		cmocka_unit_test(another_entry_with_a_number_it_has_is_a_fork),
		cmocka_unit_test(a_later_entry_of_another_history_is_a_fork),
		cmocka_unit_test(with_all_nodes_even_the_oldest_number_is_compared),
		cmocka_unit_test(a_checkpoint_that_agrees_is_the_heartbeat),
		cmocka_unit_test(a_heartbeat_dated_ahead_gives_way_to_the_honest_one),
		cmocka_unit_test(current_lasts_thirty_seconds_from_the_heartbeat),
		cmocka_unit_test(a_heartbeat_over_withheld_entries_is_no_comfort),
		cmocka_unit_test(of_two_waiting_checkpoints_of_one_size_the_newer_counts),
		cmocka_unit_test(the_largest_waiting_checkpoint_tells_how_much_there_is),
		cmocka_unit_test(of_many_waiting_checkpoints_the_oldest_are_forgotten),
		cmocka_unit_test(a_checkpoint_of_another_history_is_a_fork),
		cmocka_unit_test(a_fork_ends_being_current_and_the_first_proof_stays),
		cmocka_unit_test(two_waiting_checkpoints_can_contradict_each_other),
		cmocka_unit_test(an_accepted_entry_can_bring_a_fork_to_light),
		cmocka_unit_test(a_reader_joins_at_a_checkpoint_without_the_history),
		cmocka_unit_test(after_joining_an_entry_that_does_not_follow_is_a_fork),
		cmocka_unit_test(a_join_must_fit_the_checkpoint),
		cmocka_unit_test(a_new_term_is_heard_only_after_the_takeover),
		cmocka_unit_test(entries_beyond_the_last_number_are_superseded),
		cmocka_unit_test(a_reader_that_is_behind_takes_the_old_entries_first),
		cmocka_unit_test(a_new_hub_may_not_write_the_old_numbers),
		cmocka_unit_test(a_takeover_that_contradicts_an_earlier_one_is_refused),
		cmocka_unit_test(the_right_edge_alone_goes_back_only_so_far),
		cmocka_unit_test(a_new_hub_on_another_history_is_a_fork_between_two_hubs),
		cmocka_unit_test(a_fork_of_the_old_term_does_not_make_the_new_one_stale),
		cmocka_unit_test(a_fork_whose_own_side_is_gone_is_still_a_fork),
		cmocka_unit_test(without_memory_nothing_is_lost),
		cmocka_unit_test(each_outcome_has_its_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
