/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bulletin/verify.h"

#include "example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "no_memory.h"

/* A verifier for the hub of seed 1, and what it is fed. */
static struct verifier *
verifier_for(const struct hub *hub)
{
	struct verifier *v;
	struct reign reign = reign_of(hub);

	assert_int_equal(verifier_new(&v, TERRITORY, &reign), ERR_OK);
	return v;
}

static void
feed(struct verifier *v, int source, const struct entry *e)
{
	struct buffer line = {0};

	entry_line_write(&line, e);
	assert_int_equal(verifier_line(v, source, buffer_text(&line), line.len), ERR_OK);
	buffer_free(&line);
}

static void
feed_heartbeat(struct verifier *v, int source, const struct checkpoint *c)
{
	struct buffer line = {0};

	checkpoint_line_write(&line, c, NULL, 0);
	assert_int_equal(verifier_line(v, source, buffer_text(&line), line.len), ERR_OK);
	buffer_free(&line);
}

/* The hub's heartbeat of now. */
static void
feed_pulse(struct verifier *v, int source, struct hub *hub)
{
	struct checkpoint c = heartbeat(hub);

	feed_heartbeat(v, source, &c);
}

static void
feed_text(struct verifier *v, int source, const char *text)
{
	assert_int_equal(verifier_line(v, source, text, strlen(text)), ERR_OK);
}

/* The findings as words: "changed 3, missing 5-7". Ends the verifier. */
static const char *
findings(struct verifier *v, const struct reign *reigns, size_t reign_count)
{
	static char text[512];
	struct buffer b = {0};
	struct fault words;

	assert_int_equal(verifier_end(v), ERR_OK);
	for (size_t i = 0; i < verifier_findings(v); i++) {
		const struct finding *f = verifier_finding(v, i);

		write_format(&b, "%s%s", i > 0 ? ", " : "", finding_word(f->kind));
		if (f->count > 0)
			write_format(&b, " %d", (int)f->number);
		if (f->count > 1)
			write_format(&b, "-%d", (int)(f->number + f->count - 1));
		assert_non_null(f->words);
		assert_true((f->kind == FINDING_FORKED) == (f->proof != NULL));
		if (f->proof != NULL && fork_check(f->proof, strlen(f->proof), reigns,
						reign_count, &words) != ERR_OK)
			fail_msg("%s", words.text);
	}
	snprintf(text, sizeof text, "%s", buffer_text(&b));
	buffer_free(&b);
	verifier_free(v);
	return text;
}

enum { N = 10 };

static struct hub
publish_all(struct entry out[N])
{
	struct hub hub = hub_of_seed(1, 1);

	for (int i = 0; i < N; i++)
		out[i] = publish(&hub, "alert", "danger");
	return hub;
}

/* A hub with the same key whose history parts at number `at`. */
static struct hub
twin_at(int at, struct entry out[N])
{
	struct hub hub = hub_of_seed(1, 1);

	for (int i = 0; i < N; i++)
		out[i] = publish(&hub, "alert", i < at ? "danger" : "all is well");
	return hub;
}

/* A hub, its entries for a test to spoil, and its verifier; the other has the same key and a
 * history that parts at some number. */
struct bulletin {
	struct hub hub, other;
	struct entry e[N], twin[N];
	struct verifier *v;
};

static struct bulletin
bulletin_parting_at(int at)
{
	struct bulletin b;

	b.hub = publish_all(b.e);
	b.other = twin_at(at, b.twin);
	b.v = verifier_for(&b.hub);
	return b;
}

static struct bulletin
bulletin(void)
{
	return bulletin_parting_at(N);
}

/* The first `n` entries, as the test left them; all of them from source 0. */
static void
feed_first(const struct bulletin *b, int source, int n)
{
	for (int i = 0; i < n; i++)
		feed(b->v, source, &b->e[i]);
}

static void
feed_all(const struct bulletin *b)
{
	feed_first(b, 0, N);
}

static void
assert_found(const struct bulletin *b, const char *want)
{
	struct reign reign = reign_of(&b->hub);

	assert_string_equal(findings(b->v, &reign, 1), want);
}

static void
a_whole_bulletin_is_clean(void **state)
{
	struct bulletin b = bulletin();
	struct hash root, want = tree_root(&b.hub.tree);
	uint64_t size;

	(void)state;
	for (int i = 0; i < N; i++)
		b.e[i].has_data = i % 2;
	feed_all(&b);
	feed_text(b.v, 0, "\n");
	feed_text(b.v, 0, "");
	feed_pulse(b.v, 0, &b.hub);
	assert_int_equal(verifier_end(b.v), ERR_OK);
	assert_true(verifier_clean(b.v));
	assert_int_equal(verifier_entries(b.v, 0), N);
	root = verifier_root(b.v, 0, &size);
	assert_int_equal(size, N);
	assert_true(hash_equal(&root, &want));
	verifier_free(b.v);
}

static void
changed_data_is_found(void **state)
{
	struct bulletin b = bulletin();

	(void)state;
	b.e[4].data = bytes_of_text("all is well");
	feed_all(&b);
	assert_found(&b, "changed 4");
}

static void
a_changed_header_is_found_and_blamed_on_nobody_else(void **state)
{
	struct bulletin b = bulletin();

	(void)state;
	b.e[4].header.time_ms++;
	feed_all(&b);
	feed_pulse(b.v, 0, &b.hub);
	assert_found(&b, "changed 4");
}

static void
a_damaged_signature_does_not_hide_what_comes_after(void **state)
{
	struct bulletin b = bulletin_parting_at(7);

	(void)state;
	b.e[4].signature.at[0] ^= 1;
	b.e[8] = b.twin[8];
	feed_all(&b);
	feed_pulse(b.v, 0, &b.hub);
	assert_found(&b, "changed 4, forked 8");
}

static void
the_last_entry_changed_is_found(void **state)
{
	struct bulletin b = bulletin();

	(void)state;
	b.e[N - 1].header.kind[0] = 'b';
	b.e[2].header.kind[0] = 'b', b.e[3].header.kind[0] = 'b';
	feed_all(&b);
	feed_pulse(b.v, 0, &b.hub);
	assert_found(&b, "changed 2-3, changed 9");
}

static void
two_changes_side_by_side_keep_their_reasons(void **state)
{
	struct bulletin b = bulletin();

	(void)state;
	b.e[3].data = bytes_of_text("all is well");
	b.e[4].signature.at[0] ^= 1;
	b.e[6].header.root.at[0] ^= 1;
	feed_all(&b);
	assert_found(&b, "changed 3, changed 4, changed 6");
}

static void
missing_entries_are_named(void **state)
{
	struct bulletin b = bulletin();

	(void)state;
	for (int i = 0; i < N; i++)
		if (i != 0 && i != 3 && i != 4 && i < 8)
			feed(b.v, 0, &b.e[i]);
	feed_pulse(b.v, 0, &b.hub);
	assert_found(&b, "missing 0, missing 3-4, missing 8-9");
}

static void
nothing_but_a_heartbeat_means_that_all_is_missing(void **state)
{
	struct bulletin b = bulletin();
	struct hub empty = hub_of_seed(1, 1);

	(void)state;
	feed_pulse(b.v, 0, &empty);
	feed_pulse(b.v, 0, &b.hub);
	assert_found(&b, "missing 0-9");
}

static void
reordered_entries_are_found(void **state)
{
	struct bulletin b = bulletin();

	(void)state;
	for (int i = 0; i < N; i++)
		if (i != 5 && i != 6)
			feed(b.v, 0, &b.e[i]);
	feed(b.v, 0, &b.e[5]);
	feed(b.v, 0, &b.e[6]);
	assert_found(&b, "reordered 5-6");
}

static void
a_repeat_is_told_but_is_no_error(void **state)
{
	struct bulletin b = bulletin();

	(void)state;
	feed_all(&b);
	feed(b.v, 0, &b.e[3]);
	feed(b.v, 0, &b.e[3]);
	assert_int_equal(verifier_end(b.v), ERR_OK);
	assert_true(verifier_clean(b.v));
	assert_int_equal(verifier_entries(b.v, 0), N);
	assert_int_equal(verifier_finding(b.v, 0)->kind, FINDING_REPEATED);
	verifier_free(b.v);
}

static void
two_entries_with_one_number_are_a_fork(void **state)
{
	struct bulletin b = bulletin_parting_at(6);

	(void)state;
	feed_all(&b);
	feed(b.v, 0, &b.twin[6]);
	assert_found(&b, "forked 6");
}

static void
a_forged_twin_is_a_changed_entry_wherever_it_comes(void **state)
{
	(void)state;
	for (int first = 0; first < 2; first++) {
		struct bulletin b = bulletin();
		struct entry forged = b.e[6];

		forged.header.time_ms++;
		for (int i = 0; i < N; i++) {
			if (i == 6 && first)
				feed(b.v, 0, &forged);
			feed(b.v, 0, &b.e[i]);
			if (i == 6 && !first)
				feed(b.v, 0, &forged);
		}
		assert_found(&b, "changed 6");
	}
}

static void
an_entry_on_top_of_another_history_is_a_fork(void **state)
{
	struct bulletin b = bulletin_parting_at(6);

	(void)state;
	feed_first(&b, 0, 8);
	for (int i = 8; i < N; i++)
		feed(b.v, 0, &b.twin[i]);
	assert_found(&b, "forked 8");
}

static void
a_heartbeat_over_another_history_is_a_fork(void **state)
{
	struct bulletin b = bulletin_parting_at(6);

	(void)state;
	feed_all(&b);
	feed_pulse(b.v, 0, &b.other);
	feed_pulse(b.v, 0, &b.other);
	assert_found(&b, "forked 9");
}

static void
lines_that_cannot_be_read_are_counted_by_line(void **state)
{
	struct bulletin b = bulletin();

	(void)state;
	feed(b.v, 0, &b.e[0]);
	feed_text(b.v, 0, "hello\n");
	feed_text(b.v, 0, "{\"entry\":\"belfry-entry-1\\nterritory x\\n\"}");
	assert_int_equal(verifier_end(b.v), ERR_OK);
	assert_int_equal(verifier_findings(b.v), 2);
	assert_int_equal(verifier_finding(b.v, 0)->line, 2);
	assert_int_equal(verifier_finding(b.v, 1)->line, 3);
	assert_non_null(strstr(verifier_finding(b.v, 1)->words, "line 3, text line 2"));
	assert_false(verifier_clean(b.v));
	verifier_free(b.v);
}

static void
what_is_not_of_this_hub_is_said(void **state)
{
	struct bulletin b = bulletin();
	struct hub later = hub_of_seed(3, 5), thief = hub_of_seed(4, 1);
	struct entry foreign = b.e[2];
	struct checkpoint c;

	(void)state;
	feed_all(&b);
	foreign.header.territory++;
	feed(b.v, 0, &foreign);
	foreign = publish(&later, "alert", "…");
	feed(b.v, 0, &foreign);
	feed_pulse(b.v, 0, &later);
	feed_pulse(b.v, 0, &thief);
	c = heartbeat(&b.hub);
	c.territory++;
	checkpoint_sign(&c, &b.hub.key);
	feed_heartbeat(b.v, 0, &c);
	assert_found(&b, "unknown term 0, changed, unknown term, changed 2, changed");
}

/* ---- two sources ---- */

static void
two_sources_that_agree_are_clean_even_if_one_is_behind(void **state)
{
	struct bulletin b = bulletin();

	(void)state;
	feed_all(&b);
	feed_pulse(b.v, 0, &b.hub);
	feed_first(&b, 1, 6);
	assert_found(&b, "");
}

static void
two_sources_that_disagree_give_the_proof_of_it(void **state)
{
	struct bulletin b = bulletin_parting_at(6);

	(void)state;
	for (int i = 0; i < N; i++) {
		feed(b.v, 0, &b.e[i]);
		if (i != 2)
			feed(b.v, 1, &b.twin[i]);
	}
	feed_pulse(b.v, 0, &b.hub);
	feed_pulse(b.v, 1, &b.other);
	assert_found(&b, "missing 2, forked 6");
}

static void
a_change_at_one_source_is_no_fork(void **state)
{
	(void)state;
	for (int source = 0; source < 2; source++) {
		struct bulletin b = bulletin();
		struct entry changed = b.e[6];

		changed.header.time_ms++;
		for (int i = 0; i < N; i++) {
			feed(b.v, source, &b.e[i]);
			feed(b.v, 1 - source, i == 6 ? &changed : &b.e[i]);
		}
		assert_found(&b, "changed 6");
	}
}

static void
a_heartbeat_of_one_source_is_held_against_the_entries_of_the_other(void **state)
{
	(void)state;
	for (int source = 0; source < 2; source++) {
		struct bulletin b = bulletin_parting_at(N - 1);

		feed_first(&b, source, N);
		/* This one has the heartbeat of the other history, and not its last entry.
		 */
		feed_first(&b, 1 - source, N - 1);
		feed_pulse(b.v, 1 - source, &b.other);
		assert_found(&b, "missing 9, forked 9");
	}
}

static void
the_words_name_source_line_and_numbers(void **state)
{
	struct bulletin b = bulletin();

	(void)state;
	for (int i = 0; i < N; i++) {
		feed(b.v, 0, &b.e[i]);
		b.e[i].signature.at[0] ^= i == 3 || i == 4;
		feed(b.v, 1, &b.e[i]);
	}
	assert_int_equal(verifier_end(b.v), ERR_OK);
	assert_int_equal(verifier_findings(b.v), 1);
	assert_string_equal(verifier_finding(b.v, 0)->words,
		"source 2, line 4, entries 3 to 4: the hub's signature does not fit it");
	verifier_free(b.v);
}

/* ---- terms ---- */

static void
after_a_takeover_each_term_has_its_numbers(void **state)
{
	struct entry e[N];
	struct hub hub = publish_all(e), next = hub_of_seed(5, 2);
	struct verifier *v = verifier_for(&hub);
	struct reign reigns[2] = {reign_of(&hub), reign_of(&next)};
	struct checkpoint late = heartbeat(&hub);
	struct entry more, early = publish(&next, "alert", "…");

	(void)state;
	assert_int_equal(verifier_take_over(v, &reigns[1], 6), ERR_OK);
	assert_int_equal(verifier_take_over(v, &reigns[0], 6), ERR_CONFLICT);
	reigns[1].term = 3;
	assert_int_equal(verifier_take_over(v, &reigns[1], 5), ERR_CONFLICT);
	assert_int_equal(verifier_take_over(v, &reigns[1], TREE_SIZE_MAX), ERR_CONFLICT);
	reigns[1].term = 2;
	for (int i = 0; i < 8; i++)
		feed(v, 0, &e[i]);
	assert_true(verifier_clean(v));
	next.tree = (struct tree){0};
	for (int i = 0; i < 7; i++) {
		struct hash leaf = entry_leaf(&e[i].header);

		assert_int_equal(tree_append(&next.tree, &leaf), ERR_OK);
	}
	more = publish(&next, "alert", "…");
	feed(v, 0, &more);
	feed(v, 0, &e[8]);
	feed(v, 0, &early);
	feed_heartbeat(v, 0, &late);
	late = heartbeat(&next);
	feed_heartbeat(v, 0, &late);
	assert_string_equal(
		findings(v, reigns, 2), "unknown term 0, superseded 7-8, superseded");
}

static void
each_finding_has_its_word(void **state)
{
	(void)state;
	for (enum finding_kind k = FINDING_UNREADABLE; k <= FINDING_SUPERSEDED; k++)
		assert_non_null(finding_word(k));
}

/* Every kind of finding once, with the n-th allocation failing. */
static enum err
run_short_of_memory(struct entry e[N], const struct entry twin[N], struct hub *hub)
{
	struct verifier *v = NULL;
	struct reign reign = reign_of(hub), next = {9, {{0}}};
	struct checkpoint c = heartbeat(hub);
	struct buffer line = {0};
	enum err err;
	int after = fail_after;

	fail_after = -1;
	for (int i = 0; i < 5; i++)
		entry_line_write(&line, i == 3 ? &twin[3] : &e[i]);
	for (int i = 7; i > 4; i--)
		entry_line_write(&line, &e[i]);
	e[4].signature.at[0] ^= 1, e[5].signature.at[0] ^= 1;
	for (int i = 3; i < 6; i++)
		entry_line_write(&line, &e[i]);
	e[4].signature.at[0] ^= 1, e[5].signature.at[0] ^= 1;
	checkpoint_line_write(&line, &c, NULL, 0);
	c = heartbeat(hub);
	checkpoint_line_write(&line, &c, NULL, 0);
	fail_after = after;
	err = verifier_new(&v, TERRITORY, &reign);
	if (err == ERR_OK)
		err = verifier_take_over(v, &next, 8);
	for (int s = 0; s < 2; s++)
		for (const char *at = buffer_text(&line); err == ERR_OK && *at != '\0';) {
			size_t len = strcspn(at, "\n") + 1;

			err = verifier_line(v, s, at, len);
			at += len;
		}
	if (err == ERR_OK)
		err = verifier_line(v, 1, "x", 1);
	if (err == ERR_OK)
		err = verifier_end(v);
	fail_after = -1;
	verifier_free(v);
	buffer_free(&line);
	return err;
}

static void
without_memory_it_says_so(void **state)
{
	struct entry e[N], twin[N];
	struct hub hub = publish_all(e);
	int failed = 0;
	enum err err;

	(void)state;
	(void)twin_at(3, twin);
	do {
		fail_after = failed;
		err = run_short_of_memory(e, twin, &hub);
		assert_true(err == ERR_OK || err == ERR_NOMEM);
	} while (err != ERR_OK && ++failed < 1000);
	assert_in_range(failed, 20, 999);
	verifier_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_bulletin_is_clean),
		cmocka_unit_test(changed_data_is_found),
		cmocka_unit_test(a_changed_header_is_found_and_blamed_on_nobody_else),
		cmocka_unit_test(a_damaged_signature_does_not_hide_what_comes_after),
		cmocka_unit_test(the_last_entry_changed_is_found),
		cmocka_unit_test(two_changes_side_by_side_keep_their_reasons),
		cmocka_unit_test(missing_entries_are_named),
		cmocka_unit_test(nothing_but_a_heartbeat_means_that_all_is_missing),
		cmocka_unit_test(reordered_entries_are_found),
		cmocka_unit_test(a_repeat_is_told_but_is_no_error),
		cmocka_unit_test(two_entries_with_one_number_are_a_fork),
		cmocka_unit_test(a_forged_twin_is_a_changed_entry_wherever_it_comes),
		cmocka_unit_test(an_entry_on_top_of_another_history_is_a_fork),
		cmocka_unit_test(a_heartbeat_over_another_history_is_a_fork),
		cmocka_unit_test(lines_that_cannot_be_read_are_counted_by_line),
		cmocka_unit_test(what_is_not_of_this_hub_is_said),
		cmocka_unit_test(two_sources_that_agree_are_clean_even_if_one_is_behind),
		cmocka_unit_test(two_sources_that_disagree_give_the_proof_of_it),
		cmocka_unit_test(a_change_at_one_source_is_no_fork),
		cmocka_unit_test(
			a_heartbeat_of_one_source_is_held_against_the_entries_of_the_other),
		cmocka_unit_test(the_words_name_source_line_and_numbers),
		cmocka_unit_test(after_a_takeover_each_term_has_its_numbers),
		cmocka_unit_test(each_finding_has_its_word),
		cmocka_unit_test(without_memory_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
