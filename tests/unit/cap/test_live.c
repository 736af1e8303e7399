/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_live.c: chains of received messages: what is live after each, and what is told of it. */
#include "live_make.h"

/* ---- what each message does ---- */

static void
an_update_takes_the_place_of_what_it_names(void **state)
{
	struct cap_live *l = begin();
	struct made third = follows(CAP_KIND_UPDATE, "U2", 2, "A", 0);

	(void)state;
	name(&third, "U1", 1);
	accepted(l, made(CAP_KIND_ALERT, "A", 0), 0);
	assert_live(l, "A");
	accepted(l, follows(CAP_KIND_UPDATE, "U1", 1, "A", 0), 0);
	assert_live(l, "U1");
	accepted(l, third, 0);
	assert_live(l, "U2");
	cap_live_free(l);
}

static void
a_cancel_ends_what_it_names_and_is_not_live(void **state)
{
	struct cap_live *l = begin();

	(void)state;
	accepted(l, made(CAP_KIND_ALERT, "A", 0), 0);
	accepted(l, made(CAP_KIND_ALERT, "B", 0), 0);
	accepted(l, follows(CAP_KIND_CANCEL, "C", 1, "A", 0), 0);
	assert_live(l, "B");
	cap_live_free(l);
}

static void
ack_and_error_end_nothing_and_are_never_live(void **state)
{
	struct cap_live *l = begin();

	(void)state;
	accepted(l, made(CAP_KIND_ALERT, "A", 0), 0);
	accepted(l, follows(CAP_KIND_ACK, "K", 1, "A", 0), 0);
	accepted(l, follows(CAP_KIND_ERROR, "E", 1, "A", 0), 0);
	assert_live(l, "A");
	accepted(l, follows(CAP_KIND_CANCEL, "C", 2, "A", 0), 0);
	assert_live(l, "");
	cap_live_free(l);
}

static void
an_alert_that_names_others_ends_none_of_them(void **state)
{
	struct cap_live *l = begin();

	(void)state;
	accepted(l, made(CAP_KIND_ALERT, "A", 0), 0);
	accepted(l, follows(CAP_KIND_ALERT, "B", 1, "A", 0), 0);
	assert_live(l, "A B");
	cap_live_free(l);
}

static void
a_cancel_that_comes_first_kills_what_comes_later(void **state)
{
	struct cap_live *l = begin();

	(void)state;
	accepted(l, follows(CAP_KIND_CANCEL, "C", 1, "A", 0), CAP_LIVE_ORPHAN);
	assert_live(l, "");
	accepted(l, made(CAP_KIND_ALERT, "A", 0), CAP_LIVE_ENDED);
	assert_live(l, "");
	cap_live_free(l);
}

static void
an_older_update_that_comes_late_revives_nothing(void **state)
{
	struct cap_live *l = begin();
	struct made newest = follows(CAP_KIND_UPDATE, "U2", 2, "U1", 1);

	(void)state;
	accepted(l, made(CAP_KIND_ALERT, "A", 0), 0);
	name(&newest, "A", 0);
	accepted(l, newest, CAP_LIVE_ORPHAN);
	assert_live(l, "U2");
	accepted(l, follows(CAP_KIND_UPDATE, "U1", 1, "A", 0), CAP_LIVE_ENDED);
	assert_live(l, "U2");
	cap_live_free(l);
}

static void
an_update_that_comes_first_supersedes_the_alert_that_comes_later(void **state)
{
	struct cap_live *l = begin();

	(void)state;
	accepted(l, follows(CAP_KIND_UPDATE, "U", 1, "A", 0), CAP_LIVE_ORPHAN);
	assert_live(l, "U");
	accepted(l, made(CAP_KIND_ALERT, "A", 0), CAP_LIVE_ENDED);
	assert_live(l, "U");
	cap_live_free(l);
}

/* ---- what is refused ---- */

static void
the_same_bytes_are_a_duplicate_and_other_bytes_are_refused(void **state)
{
	struct cap_live *l = begin();
	struct made again = made(CAP_KIND_ALERT, "A", 0);
	struct cap_live_answer a;

	(void)state;
	accepted(l, again, 0);
	a = take(l, again);
	assert_int_equal(a.outcome, CAP_LIVE_DUPLICATE);
	assert_int_equal(a.notes, 0);
	again.m.hash.at[31] ^= 1;
	refused(l, again, CAP_LIVE_CONFLICT);
	again.m.sent_ms += 60000; /* saved again, and stamped again */
	refused(l, again, CAP_LIVE_CONFLICT);
	assert_live(l, "A");
	again.m.sender = bytes_of_text("somebody@else");
	accepted(l, again, 0);
	assert_live(l, "A A");
	cap_live_free(l);
}

static void
a_message_cannot_name_itself_nor_a_later_one(void **state)
{
	struct cap_live *l = begin();
	struct made same_time = follows(CAP_KIND_UPDATE, "U", 5, "A", 5);

	(void)state;
	refused(l, follows(CAP_KIND_UPDATE, "U", 5, "U", 5), CAP_LIVE_SELF);
	refused(l, follows(CAP_KIND_UPDATE, "U", 5, "U", 4), CAP_LIVE_SELF);
	refused(l, follows(CAP_KIND_CANCEL, "U", 5, "A", 6), CAP_LIVE_LATER);
	refused(l, follows(CAP_KIND_ALERT, "U", 5, "A", 6), CAP_LIVE_LATER);
	assert_live(l, "");
	accepted(l, same_time, CAP_LIVE_ORPHAN);
	cap_live_free(l);
}

static void
what_must_name_another_is_refused_without(void **state)
{
	struct cap_live *l = begin();

	(void)state;
	for (enum cap_live_kind k = CAP_KIND_UPDATE; k <= CAP_KIND_ERROR; k++)
		refused(l, made(k, "X", 0), CAP_LIVE_NAMELESS);
	cap_live_free(l);
}

static void
too_many_references_are_refused(void **state)
{
	struct cap_live *l = begin();
	struct made x = made(CAP_KIND_UPDATE, "U", 5);
	struct cap_live_answer a;

	(void)state;
	x.m.references = CAP_LIVE_REFERENCES + 1;
	assert_int_equal(cap_live_take(l, &a, &x.m), ERR_OK);
	assert_int_equal(a.outcome, CAP_LIVE_REFUSED);
	assert_int_equal(a.notes, CAP_LIVE_MANY);
	cap_live_free(l);
}

/* ---- what is told ---- */

static void
a_cancel_that_leaves_a_twin_is_accepted_and_names_it(void **state)
{
	struct cap_live *l = begin();
	struct cap_live_answer a;

	(void)state;
	accepted(l, made(CAP_KIND_ALERT, "A", 0), 0);
	accepted(l, follows(CAP_KIND_UPDATE, "U1", 1, "A", 0), 0);
	accepted(l, follows(CAP_KIND_UPDATE, "U2", 2, "A", 0), 0);
	assert_live(l, "U1 U2");
	a = take(l, follows(CAP_KIND_CANCEL, "C", 3, "U2", 2));
	assert_int_equal(a.outcome, CAP_LIVE_ACCEPTED);
	assert_int_equal(a.notes, CAP_LIVE_TWIN);
	assert_non_null(strstr(a.why.text, "U1"));
	assert_live(l, "U1");
	cap_live_free(l);
}

static void
a_cancel_of_the_first_alert_alone_leaves_its_update(void **state)
{
	struct cap_live *l = begin(), *late = begin();
	struct made more;

	(void)state;
	accepted(l, made(CAP_KIND_ALERT, "A", 0), 0);
	accepted(l, follows(CAP_KIND_UPDATE, "U", 1, "A", 0), 0);
	accepted(l, follows(CAP_KIND_CANCEL, "C", 3, "A", 0), CAP_LIVE_TWIN);
	assert_live(l, "U");
	accepted(late, made(CAP_KIND_ALERT, "A", 0), 0);
	accepted(late, follows(CAP_KIND_CANCEL, "C", 3, "A", 0), 0);
	accepted(late, follows(CAP_KIND_UPDATE, "U", 1, "A", 0), CAP_LIVE_TOO_LATE);
	assert_live(late, "");
	/* One that also names what nobody ended is not too late. */
	more = follows(CAP_KIND_UPDATE, "V", 1, "A", 0);
	name(&more, "B", 0);
	accepted(late, more, CAP_LIVE_ORPHAN | CAP_LIVE_OUTLIVES);
	assert_live(late, "V");
	/* Nor one that was sent after what ended it. */
	accepted(late, follows(CAP_KIND_UPDATE, "W", 4, "A", 0), 0);
	assert_live(late, "V W");
	cap_live_free(l);
	cap_live_free(late);
}

/* Saved twice, and so published under two identifiers: the incidents bind them. */
static void
incidents_bind_twins_that_name_nobody(void **state)
{
	struct cap_live *l = begin();
	struct made one = made(CAP_KIND_ALERT, "A1", 0),
		    two = made(CAP_KIND_ALERT, "A2", 1);

	(void)state;
	one.m.incidents = two.m.incidents = bytes_of_text("flood-7");
	accepted(l, one, 0);
	accepted(l, two, 0);
	accepted(l, follows(CAP_KIND_CANCEL, "C", 2, "A2", 1), CAP_LIVE_TWIN);
	assert_live(l, "A1");
	cap_live_free(l);
}

static void
no_twin_is_one_of_another_sender_or_status_or_expired(void **state)
{
	struct cap_live *l = begin();
	struct made u = follows(CAP_KIND_UPDATE, "U", 1, "A", 0);

	(void)state;
	accepted(l, made(CAP_KIND_ALERT, "A", 0), 0);
	u.m.status = CAP_STATUS_EXERCISE;
	accepted(l, u, CAP_LIVE_OTHER_STATUS);
	u = follows(CAP_KIND_UPDATE, "V", 1, "A", 0);
	u.m.sender = bytes_of_text("somebody@else");
	accepted(l, u, CAP_LIVE_OTHER_SENDER);
	u = follows(CAP_KIND_UPDATE, "W", 1, "A", 0);
	u.m.expires_ms = 2 * 60000;
	accepted(l, u, 0);
	assert_live(l, "V U W");
	accepted(l, follows(CAP_KIND_CANCEL, "C", 3, "A", 0), 0);
	assert_live_at(l, 3 * 60000, "V U");
	cap_live_free(l);
}

static void
only_a_later_cancel_of_the_same_sender_and_status_is_told_of(void **state)
{
	static const char *const id[] = {"C1", "C2", "C3"};
	struct cap_live *l = begin();
	struct made c;

	(void)state;
	accepted(l, made(CAP_KIND_ALERT, "A", 0), 0);
	for (int i = 0; i < 3; i++) {
		c = follows(CAP_KIND_CANCEL, id[i], i == 0 ? 1 : 9, "A", 0);
		if (i == 1)
			c.m.status = CAP_STATUS_TEST;
		if (i == 2)
			c.m.sender = bytes_of_text("somebody@else");
		(void)take(l, c);
	}
	c = follows(CAP_KIND_UPDATE, "U", 2, "A", 0);
	name(&c, "B", 0); /* which nobody ended: so it is not too late */
	accepted(l, c, CAP_LIVE_ORPHAN);
	cap_live_free(l);
}

static void
a_reference_with_another_time_ends_nothing_and_says_so(void **state)
{
	struct cap_live *l = begin();

	(void)state;
	accepted(l, made(CAP_KIND_ALERT, "A", 1), 0);
	accepted(l, follows(CAP_KIND_CANCEL, "C", 3, "A", 0), CAP_LIVE_OTHER_TIME);
	assert_live(l, "A");
	accepted(l, follows(CAP_KIND_CANCEL, "D", 3, "A", 1), 0);
	assert_live(l, "");
	cap_live_free(l);
}

static void
an_exercise_ends_no_real_alert(void **state)
{
	struct cap_live *l = begin();
	struct made c = follows(CAP_KIND_CANCEL, "C", 3, "A", 1);

	(void)state;
	c.m.status = CAP_STATUS_EXERCISE;
	accepted(l, made(CAP_KIND_ALERT, "A", 1), 0);
	accepted(l, c, CAP_LIVE_OTHER_STATUS);
	assert_live(l, "A");
	cap_live_free(l);
}

static void
where_only_the_sender_may_end_its_own_others_cannot(void **state)
{
	struct cap_live_options own = {.own_only = true};
	struct cap_live *l;
	struct made c = follows(CAP_KIND_CANCEL, "C", 3, "A", 1);

	(void)state;
	assert_int_equal(cap_live_new(&l, &own), ERR_OK);
	accepted(l, made(CAP_KIND_ALERT, "A", 1), 0);
	c.m.sender = bytes_of_text("somebody@else");
	accepted(l, c, CAP_LIVE_OTHER_SENDER);
	assert_live(l, "A");
	accepted(l, follows(CAP_KIND_CANCEL, "C", 3, "A", 1), 0);
	assert_live(l, "");
	cap_live_free(l);
}

static void
expiry_counts_only_when_asked_for_a_time(void **state)
{
	struct cap_live *l = begin();
	struct made a = made(CAP_KIND_ALERT, "A", 0);

	(void)state;
	a.m.expires_ms = 3600000;
	accepted(l, a, 0);
	assert_live(l, "A");
	assert_live_at(l, 3599999, "A");
	assert_live_at(l, 3600000, "");
	cap_live_free(l);
}

/* As a hundred orphans would say too much: what does not fit is left out, not cut in two. */
static void
what_is_told_fits_its_place(void **state)
{
	struct cap_live *l = begin();
	struct made u = made(CAP_KIND_UPDATE, "U", 9);
	static char wide[200], wild[200];
	struct cap_live_answer a;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof wide; i++)
		wide[i] = i % 2 == 0 ? '\xd5' : '\xa1'; /* U+0561, two bytes */
	wide[0] = 'x'; /* so that the cut would fall within a character */
	wide[1] = 'y';
	wide[2] = 'z';
	for (size_t i = 3; i + 1 < sizeof wide; i++)
		wide[i] = i % 2 == 1 ? '\xd5' : '\xa1';
	memset(wild, 0xa1, sizeof wild - 1);
	name(&u, wide, 1);
	name(&u, wild, 1);
	for (int i = 0; i < 6; i++)
		name(&u, "0123456789012345678901234567890123456789", i);
	a = take(l, u);
	assert_int_equal(a.notes, CAP_LIVE_ORPHAN);
	assert_int_equal(a.why.text[strlen(a.why.text) - 1], '.');
	cap_live_free(l);
}

static void
no_more_than_three_twins_are_named(void **state)
{
	static const char *const id[] = {"U0", "U1", "U2", "U3", "U4"};
	struct cap_live *l = begin();
	struct cap_live_answer a;
	unsigned named = 0;

	(void)state;
	accepted(l, made(CAP_KIND_ALERT, "A", 0), 0);
	for (int i = 0; i < 5; i++)
		accepted(l, follows(CAP_KIND_UPDATE, id[i], 1 + i, "A", 0), 0);
	a = take(l, follows(CAP_KIND_CANCEL, "C", 9, "A", 0));
	for (int i = 0; i < 5; i++)
		named += strstr(a.why.text, id[i]) != NULL;
	assert_int_equal(named, 3);
	cap_live_free(l);
}

static const char *
in_capitals(void *ctx, const char *format)
{
	(void)ctx;
	return strstr(format, "names itself") != NULL ? "SELF" : format;
}

static void
sentences_are_translated(void **state)
{
	struct cap_live_options o = {.translate = in_capitals};
	struct cap_live_answer a;
	struct cap_live *l;

	(void)state;
	assert_int_equal(cap_live_new(&l, &o), ERR_OK);
	a = take(l, follows(CAP_KIND_UPDATE, "U", 5, "U", 5));
	assert_string_equal(a.why.text, "SELF");
	cap_live_free(l);
	assert_string_equal(cap_live_outcome_name(CAP_LIVE_ACCEPTED), "accepted");
	assert_string_equal(cap_live_outcome_name(CAP_LIVE_DUPLICATE), "duplicate");
	assert_string_equal(cap_live_outcome_name(CAP_LIVE_REFUSED), "refused");
}

static void
the_list_goes_by_time_then_sender_then_identifier(void **state)
{
	struct cap_live *l = begin();
	struct made x = made(CAP_KIND_ALERT, "ab", 5);

	(void)state;
	accepted(l, x, 0);
	accepted(l, made(CAP_KIND_ALERT, "a", 5), 0);
	accepted(l, made(CAP_KIND_ALERT, "abc", 5), 0);
	accepted(l, made(CAP_KIND_ALERT, "z", 4), 0);
	x.m.sender = bytes_of_text("a");
	x.m.identifier = bytes_of_text("y");
	accepted(l, x, 0);
	accepted(l, made(CAP_KIND_ALERT, "0", 6), 0);
	assert_live(l, "z y a ab abc 0");
	cap_live_free(l);
}

/* ---- limits ---- */

static void
when_it_is_full_nothing_changes(void **state)
{
	struct cap_live_options o = {.max = 2};
	struct made u = follows(CAP_KIND_UPDATE, "U", 5, "B", 4);
	struct cap_live_answer a;
	struct cap_live *l;

	(void)state;
	assert_int_equal(cap_live_new(&l, &o), ERR_OK);
	accepted(l, made(CAP_KIND_ALERT, "A", 0), 0);
	u.m.reference = u.reference;
	assert_int_equal(cap_live_take(l, &a, &u.m), ERR_FULL);
	assert_live(l, "A");
	cap_live_free(l);
}

static void
many_messages_are_told_apart(void **state)
{
	struct cap_live *l = begin();
	char id[5000][12];
	struct cap_live_entry *e;
	struct arena *arena;
	size_t n;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		snprintf(id[i], sizeof id[i], "m%d", i);
		if (i == 0)
			accepted(l, made(CAP_KIND_ALERT, id[i], i), 0);
		else
			accepted(
				l, follows(CAP_KIND_UPDATE, id[i], i, id[i - 1], i - 1), 0);
	}
	assert_live(l, "m4999");
	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(cap_live_list(&e, &n, arena, l, 0), ERR_OK);
	assert_int_equal(e[0].kind, CAP_KIND_UPDATE);
	arena_free(arena);
	cap_live_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_update_takes_the_place_of_what_it_names),
		cmocka_unit_test(a_cancel_ends_what_it_names_and_is_not_live),
		cmocka_unit_test(ack_and_error_end_nothing_and_are_never_live),
		cmocka_unit_test(an_alert_that_names_others_ends_none_of_them),
		cmocka_unit_test(a_cancel_that_comes_first_kills_what_comes_later),
		cmocka_unit_test(an_older_update_that_comes_late_revives_nothing),
		cmocka_unit_test(
			an_update_that_comes_first_supersedes_the_alert_that_comes_later),
		cmocka_unit_test(
			the_same_bytes_are_a_duplicate_and_other_bytes_are_refused),
		cmocka_unit_test(a_message_cannot_name_itself_nor_a_later_one),
		cmocka_unit_test(what_must_name_another_is_refused_without),
		cmocka_unit_test(too_many_references_are_refused),
		cmocka_unit_test(a_cancel_that_leaves_a_twin_is_accepted_and_names_it),
		cmocka_unit_test(a_cancel_of_the_first_alert_alone_leaves_its_update),
		cmocka_unit_test(incidents_bind_twins_that_name_nobody),
		cmocka_unit_test(no_twin_is_one_of_another_sender_or_status_or_expired),
		cmocka_unit_test(
			only_a_later_cancel_of_the_same_sender_and_status_is_told_of),
		cmocka_unit_test(a_reference_with_another_time_ends_nothing_and_says_so),
		cmocka_unit_test(an_exercise_ends_no_real_alert),
		cmocka_unit_test(where_only_the_sender_may_end_its_own_others_cannot),
		cmocka_unit_test(expiry_counts_only_when_asked_for_a_time),
		cmocka_unit_test(what_is_told_fits_its_place),
		cmocka_unit_test(no_more_than_three_twins_are_named),
		cmocka_unit_test(sentences_are_translated),
		cmocka_unit_test(the_list_goes_by_time_then_sender_then_identifier),
		cmocka_unit_test(when_it_is_full_nothing_changes),
		cmocka_unit_test(many_messages_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
