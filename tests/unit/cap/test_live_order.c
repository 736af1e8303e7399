/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_live_order.c: chains in any order of arrival, from documents, and without memory. */
#include "../bulletin/no_memory.h"
#include "live_make.h"

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

static bool
ends(const struct made *by, enum cap_live_status status, const struct cap_reference *what)
{
	for (size_t r = 0; r < by->m.references; r++) {
		const struct cap_reference *to = &by->reference[r];

		if ((by->m.kind == CAP_KIND_UPDATE || by->m.kind == CAP_KIND_CANCEL) &&
			by->m.status == status && to->sent_ms == what->sent_ms &&
			bytes_equal(to->sender, what->sender) &&
			bytes_equal(to->identifier, what->identifier))
			return true;
	}
	return false;
}

/* All that it updates was ended by later ones that came before it. `place`: when each came. */
static bool
was_late(const struct made *x, size_t n, const size_t *place, size_t i)
{
	bool late = x[i].m.kind == CAP_KIND_UPDATE;

	for (size_t r = 0; r < x[i].m.references && late; r++) {
		late = false;
		for (size_t k = 0; k < n; k++)
			late = late ||
			       (place[k] < place[i] && x[k].m.sent_ms > x[i].m.sent_ms &&
				       ends(&x[k], x[i].m.status, &x[i].reference[r]));
	}
	return late;
}

/* By the definition, and without any state. */
static bool
holds(const struct made *x, size_t n, const size_t *place, size_t i, int64_t now_ms)
{
	if (x[i].m.kind > CAP_KIND_UPDATE || x[i].m.expires_ms <= now_ms ||
		was_late(x, n, place, i))
		return false;
	for (size_t k = 0; k < n; k++)
		if (ends(&x[k], x[i].m.status,
			    &(struct cap_reference){.sender = x[i].m.sender,
				    .identifier = x[i].m.identifier,
				    .sent_ms = x[i].m.sent_ms}))
			return false;
	return true;
}

static void
assert_as_defined(const struct cap_live *l, const struct made *x, size_t n,
	const size_t *place, int64_t now_ms)
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
		assert_int_equal(found, holds(x, n, place, i, now_ms));
		want += found;
	}
	assert_int_equal(count, want);
	arena_free(arena);
}

static void
any_order_of_arrival_ends_in_the_live_set_of_the_definition(void **state)
{
	(void)state;
	for (unsigned c = 0; c < CASES; c++) {
		struct made x[MOST];
		char id[MOST][12];
		size_t order[MOST], place[MOST], n;
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
			place[order[i]] = i;
			assert_int_equal(take(l, x[order[i]]).outcome, CAP_LIVE_ACCEPTED);
			if (roll(3) == 0)
				assert_int_equal(
					take(l, x[order[i]]).outcome, CAP_LIVE_DUPLICATE);
		}
		assert_as_defined(l, x, n, place, CAP_LIVE_ALWAYS);
		assert_as_defined(l, x, n, place, 4 * 60000);
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
		cmocka_unit_test(
			any_order_of_arrival_ends_in_the_live_set_of_the_definition),
		cmocka_unit_test(a_document_says_who_it_is_and_whom_it_follows),
		cmocka_unit_test(without_expires_in_each_info_it_never_expires),
		cmocka_unit_test(a_document_that_cannot_be_followed_says_why),
		cmocka_unit_test(whichever_allocation_fails_nothing_changes),
		cmocka_unit_test(a_long_name_that_cannot_be_kept_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
