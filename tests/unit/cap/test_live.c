/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_live.c: chains of received messages: what is live after each, in any order. */
#include "../bulletin/no_memory.h"
#include "cap/live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SENDER "warn@example.am"

/* A message by its identifier, a time in minutes, and the identifiers that it names. */
struct made {
	struct cap_live_message m;
	struct cap_reference reference[8];
};

static struct made
made(enum cap_live_kind kind, const char *id, int minute)
{
	struct made x = {0};

	x.m.kind = kind;
	x.m.sender = bytes_of_text(SENDER);
	x.m.identifier = bytes_of_text(id);
	x.m.sent_ms = minute * INT64_C(60000);
	x.m.expires_ms = CAP_LIVE_NEVER;
	x.m.scope = bytes_of_text("Public");
	x.m.hash = hash_of(x.m.identifier);
	return x;
}

static void
name(struct made *x, const char *id, int minute)
{
	struct cap_reference *r = &x->reference[x->m.references++];

	r->sender = bytes_of_text(SENDER);
	r->identifier = bytes_of_text(id);
	r->sent_ms = minute * INT64_C(60000);
}

static struct made
follows(enum cap_live_kind kind, const char *id, int minute, const char *named, int then)
{
	struct made x = made(kind, id, minute);

	name(&x, named, then);
	return x;
}

static struct cap_live_answer
take(struct cap_live *l, struct made x)
{
	struct cap_live_answer a;

	x.m.reference = x.reference;
	assert_int_equal(cap_live_take(l, &a, &x.m), ERR_OK);
	return a;
}

static void
accepted(struct cap_live *l, struct made x, unsigned notes)
{
	struct cap_live_answer a = take(l, x);

	assert_int_equal(a.outcome, CAP_LIVE_ACCEPTED);
	if (a.notes != notes)
		fail_msg("notes %x: %s", a.notes, a.why.text);
	assert_int_equal(a.why.text[0] != '\0', notes != 0);
}

static void
refused(struct cap_live *l, struct made x, enum cap_live_note note)
{
	struct cap_live_answer a = take(l, x);

	assert_int_equal(a.outcome, CAP_LIVE_REFUSED);
	assert_int_equal(a.notes, note);
	assert_true(strlen(a.why.text) > 10);
}

/* The identifiers that are live, one blank between them. */
static void
assert_live_at(const struct cap_live *l, int64_t now_ms, const char *want)
{
	struct cap_live_entry *e;
	struct arena *arena;
	char got[12000] = "";
	size_t n;

	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(cap_live_list(&e, &n, arena, l, now_ms), ERR_OK);
	for (size_t i = 0; i < n; i++) {
		strcat(got, i > 0 ? " " : "");
		strncat(got, (const char *)e[i].identifier.at, e[i].identifier.len);
	}
	assert_string_equal(got, want);
	arena_free(arena);
}

static void
assert_live(const struct cap_live *l, const char *want)
{
	assert_live_at(l, CAP_LIVE_ALWAYS, want);
}

static struct cap_live *
begin(void)
{
	struct cap_live *l;

	assert_int_equal(cap_live_new(&l, NULL), ERR_OK);
	assert_live(l, "");
	return l;
}

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

	(void)state;
	accepted(l, made(CAP_KIND_ALERT, "A", 0), 0);
	accepted(l, follows(CAP_KIND_UPDATE, "U", 1, "A", 0), 0);
	accepted(l, follows(CAP_KIND_CANCEL, "C", 3, "A", 0), CAP_LIVE_TWIN);
	assert_live(l, "U");
	accepted(late, made(CAP_KIND_ALERT, "A", 0), 0);
	accepted(late, follows(CAP_KIND_CANCEL, "C", 3, "A", 0), 0);
	accepted(late, follows(CAP_KIND_UPDATE, "U", 1, "A", 0), CAP_LIVE_OUTLIVES);
	assert_live(late, "U");
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
	accepted(l, follows(CAP_KIND_UPDATE, "U", 2, "A", 0), 0);
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

/* ---- in any order ---- */

enum { CASES = 3000, MOST = 12 };

static unsigned dice;

static unsigned
roll(unsigned sides)
{
	dice = dice * 1664525U + 1013904223U;
	return (dice >> 16) % sides;
}

/* A wood of chains: each follows some that were sent before; times may be equal or miss. */
static void
grow(struct made *x, char (*id)[12], size_t n)
{
	static const char *const incidents[] = {"", "", "flood", "raid"};

	for (size_t i = 0; i < n; i++) {
		unsigned references = i > 0 ? roll(4) : 0;

		snprintf(id[i], sizeof id[i], "m%u", (unsigned)i);
		x[i] = made(CAP_KIND_ALERT, id[i], (int)i / 2);
		x[i].m.status = roll(8) == 0 ? CAP_STATUS_TEST : CAP_STATUS_ACTUAL;
		x[i].m.incidents = bytes_of_text(incidents[roll(4)]);
		x[i].m.expires_ms =
			roll(3) == 0 ? (int64_t)roll(8) * 60000 : CAP_LIVE_NEVER;
		if (references > 0)
			x[i].m.kind = CAP_KIND_UPDATE + roll(4);
		for (unsigned k = 0; k < references; k++) {
			unsigned to = roll((unsigned)i);

			name(&x[i], id[to], (int)to / 2 - (roll(10) == 0));
			if (roll(12) == 0)
				x[i].reference[k].sender = bytes_of_text("nobody");
		}
	}
}

/* By the definition, and without any state. */
static bool
holds(const struct made *x, size_t n, size_t i, int64_t now_ms)
{
	if (x[i].m.kind > CAP_KIND_UPDATE || x[i].m.expires_ms <= now_ms)
		return false;
	for (size_t k = 0; k < n; k++)
		for (size_t r = 0; r < x[k].m.references; r++) {
			const struct cap_reference *to = &x[k].reference[r];

			if ((x[k].m.kind == CAP_KIND_UPDATE ||
				    x[k].m.kind == CAP_KIND_CANCEL) &&
				x[k].m.status == x[i].m.status &&
				to->sent_ms == x[i].m.sent_ms &&
				bytes_equal(to->sender, x[i].m.sender) &&
				bytes_equal(to->identifier, x[i].m.identifier))
				return false;
		}
	return true;
}

static void
assert_as_defined(const struct cap_live *l, const struct made *x, size_t n, int64_t now_ms)
{
	struct cap_live_entry *e;
	struct arena *arena;
	size_t count, want = 0;

	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(cap_live_list(&e, &count, arena, l, now_ms), ERR_OK);
	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (size_t k = 0; k < count; k++)
			found = found || bytes_equal(e[k].identifier, x[i].m.identifier);
		assert_int_equal(found, holds(x, n, i, now_ms));
		want += found;
	}
	assert_int_equal(count, want);
	arena_free(arena);
}

static void
any_order_of_arrival_ends_in_the_same_live_set(void **state)
{
	(void)state;
	for (unsigned c = 0; c < CASES; c++) {
		struct made x[MOST];
		char id[MOST][12];
		size_t order[MOST], n;
		struct cap_live *l = begin();

		dice = c;
		n = 2 + roll(MOST - 1);
		grow(x, id, n);
		for (size_t i = 0; i < n; i++)
			order[i] = i;
		for (size_t i = n; i-- > 1;) {
			size_t k = roll((unsigned)i + 1), was = order[i];

			order[i] = order[k];
			order[k] = was;
		}
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(take(l, x[order[i]]).outcome, CAP_LIVE_ACCEPTED);
			if (roll(3) == 0)
				assert_int_equal(
					take(l, x[order[i]]).outcome, CAP_LIVE_DUPLICATE);
		}
		assert_as_defined(l, x, n, CAP_LIVE_ALWAYS);
		assert_as_defined(l, x, n, 4 * 60000);
		cap_live_free(l);
	}
}

/* ---- from documents ---- */

static const char head[] =
	"<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier> A-1 "
	"</identifier><sender>a@b</sender><sent>2026-11-22T14:00:00+04:00</sent>"
	"<status>Test</status><msgType>Update</msgType><scope>Public</scope>";
static const char foot[] = "</alert>";

static enum err
read_from(struct cap_live_message *m, struct arena *arena, const char *before,
	const char *rest, struct fault *fault)
{
	struct buffer b = {0};
	struct cap_tree tree;
	char *kept;
	enum err err;

	write_text(&b, before);
	write_text(&b, rest);
	write_text(&b, foot);
	kept = arena_text(arena, (const char *)b.at, b.len);
	assert_int_equal(
		cap_tree_read(&tree, arena, bytes_of_text(kept), NULL, NULL), ERR_OK);
	err = cap_live_read(m, arena, tree.root, bytes_of_text(kept), fault);
	buffer_free(&b);
	return err;
}

static void
a_document_says_who_it_is_and_whom_it_follows(void **state)
{
	struct cap_live_message m;
	struct arena *arena;
	struct fault fault;

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(
		read_from(&m, arena, head,
			"<references>a@b,A-0,2026-11-22T09:30:00-00:00\n "
			"a@b,A-00,2026-11-22T09:00:00Z</references><incidents>i</incidents>"
			"<info><expires>2026-11-22T18:00:00+04:00</expires></info>"
			"<info><expires>2026-11-22T15:00:00-00:00</expires></info>",
			&fault),
		ERR_OK);
	assert_true(bytes_equal(m.identifier, bytes_of_text("A-1")));
	assert_int_equal(m.kind, CAP_KIND_UPDATE);
	assert_int_equal(m.status, CAP_STATUS_TEST);
	assert_int_equal(m.references, 2);
	assert_int_equal(m.sent_ms - m.reference[0].sent_ms, 30 * 60000);
	assert_int_equal(m.sent_ms - m.reference[1].sent_ms, 60 * 60000);
	assert_int_equal(m.expires_ms - m.sent_ms, 5 * 3600000);
	assert_true(bytes_equal(m.incidents, bytes_of_text("i")));
	arena_free(arena);
}

static void
without_expires_in_each_info_it_never_expires(void **state)
{
	struct cap_live_message m;
	struct arena *arena;
	struct fault fault;

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(read_from(&m, arena, head, "", &fault), ERR_OK);
	assert_true(m.expires_ms == CAP_LIVE_NEVER);
	assert_int_equal(m.references, 0);
	assert_int_equal(read_from(&m, arena, head,
				 "<info><expires>2026-11-22T18:00:00+04:00</expires></info>"
				 "<info/>",
				 &fault),
		ERR_OK);
	assert_true(m.expires_ms == CAP_LIVE_NEVER);
	arena_free(arena);
}

static void
a_document_that_cannot_be_followed_says_why(void **state)
{
	static const char *const bad[] = {"<references>a@b,A-0</references>",
		"<references>,A-0,2026-11-22T09:30:00-00:00</references>",
		"<references>a@b,,2026-11-22T09:30:00-00:00</references>",
		"<references>a@b</references>",
		"<references>a@b,A-0,yesterday</references>"};
	static const char *const lacking[] = {"<sender>a@b</sender>",
		"<identifier> A-1 </identifier>", "<sent>2026-11-22T14:00:00+04:00</sent>",
		"<msgType>Update</msgType>"};
	struct cap_live_message m;
	struct arena *arena;
	struct fault fault;

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(read_from(&m, arena, head, bad[i], &fault), ERR_FORMAT);
		assert_non_null(strstr(fault.text, "(rule 20)"));
	}
	for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
		char less[sizeof head];
		char *at;

		strcpy(less, head);
		at = strstr(less, lacking[i]);
		assert_non_null(at);
		memmove(at, at + strlen(lacking[i]), strlen(at + strlen(lacking[i])) + 1);
		assert_int_equal(read_from(&m, arena, less, "", &fault), ERR_FORMAT);
		assert_non_null(strstr(fault.text, "(rule 4)"));
	}
	arena_free(arena);
}

/* ---- without memory ---- */

/* All of it with the n-th allocation failing: it says so, and goes on as if it had not been asked. */
static void
whichever_allocation_fails_nothing_changes(void **state)
{
	struct made step[3] = {made(CAP_KIND_ALERT, "A", 0),
		follows(CAP_KIND_UPDATE, "U", 1, "A", 0),
		follows(CAP_KIND_CANCEL, "C", 2, "U", 1)};
	static const char *const live[] = {"A", "U", ""};

	(void)state;
	step[0].m.incidents = bytes_of_text("flood");
	for (int n = 0; n < 40; n++) {
		struct cap_live_answer a;
		struct cap_live *l;

		fail_after = n;
		if (cap_live_new(&l, NULL) != ERR_OK) {
			fail_after = -1;
			l = begin();
		}
		for (int i = 0; i < 3; i++) {
			step[i].m.reference = step[i].reference;
			if (cap_live_take(l, &a, &step[i].m) != ERR_OK) {
				fail_after = -1;
				assert_live(l, i > 0 ? live[i - 1] : "");
				assert_int_equal(cap_live_take(l, &a, &step[i].m), ERR_OK);
			}
			assert_int_equal(a.outcome, CAP_LIVE_ACCEPTED);
		}
		fail_after = -1;
		assert_live(l, "");
		cap_live_free(l);
	}
}

/* Names as long as an arena's block need one each: so each copy of a name fails once. */
static void
a_long_name_that_cannot_be_kept_changes_nothing(void **state)
{
	static char a[5000], b[5000];
	struct cap_live_entry *e;
	struct arena *arena;
	size_t count;

	(void)state;
	memset(a, 'a', sizeof a - 1);
	memset(b, 'b', sizeof b - 1);
	for (int n = 0; n < 12; n++) {
		struct made x = follows(CAP_KIND_UPDATE, a, 1, b, 0);
		struct cap_live *l = begin();
		struct cap_live_answer answer;
		enum err err;

		x.m.incidents = bytes_of_text(b);
		x.m.reference = x.reference;
		fail_after = n;
		err = cap_live_take(l, &answer, &x.m);
		fail_after = -1;
		assert_true(err == ERR_OK || err == ERR_NOMEM);
		assert_live(l, err == ERR_OK ? a : "");
		cap_live_free(l);
	}
	assert_int_equal(arena_new(&arena), ERR_OK);
	struct cap_live *l = begin();
	fail_after = 0;
	assert_int_equal(cap_live_list(&e, &count, arena, l, 0), ERR_NOMEM);
	fail_after = -1;
	cap_live_free(l);
	cap_live_free(NULL);
	arena_free(arena);
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
		cmocka_unit_test(any_order_of_arrival_ends_in_the_same_live_set),
		cmocka_unit_test(a_document_says_who_it_is_and_whom_it_follows),
		cmocka_unit_test(without_expires_in_each_info_it_never_expires),
		cmocka_unit_test(a_document_that_cannot_be_followed_says_why),
		cmocka_unit_test(whichever_allocation_fails_nothing_changes),
		cmocka_unit_test(a_long_name_that_cannot_be_kept_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
