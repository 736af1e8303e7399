/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live_make.h: messages for the tests of chains, and what is live after them. */
#ifndef TESTS_CAP_LIVE_MAKE_H
#define TESTS_CAP_LIVE_MAKE_H

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

static inline struct made
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

static inline void
name(struct made *x, const char *id, int minute)
{
	struct cap_reference *r = &x->reference[x->m.references++];

	r->sender = bytes_of_text(SENDER);
	r->identifier = bytes_of_text(id);
	r->sent_ms = minute * INT64_C(60000);
}

static inline struct made
follows(enum cap_live_kind kind, const char *id, int minute, const char *named, int then)
{
	struct made x = made(kind, id, minute);

	name(&x, named, then);
	return x;
}

static inline struct cap_live_answer
take(struct cap_live *l, struct made x)
{
	struct cap_live_answer a;

	x.m.reference = x.reference;
	assert_int_equal(cap_live_take(l, &a, &x.m), ERR_OK);
	return a;
}

static inline void
accepted(struct cap_live *l, struct made x, unsigned notes)
{
	struct cap_live_answer a = take(l, x);

	assert_int_equal(a.outcome, CAP_LIVE_ACCEPTED);
	if (a.notes != notes)
		fail_msg("notes %x: %s", a.notes, a.why.text);
	assert_int_equal(a.why.text[0] != '\0', notes != 0);
}

static inline void
refused(struct cap_live *l, struct made x, enum cap_live_note note)
{
	struct cap_live_answer a = take(l, x);

	assert_int_equal(a.outcome, CAP_LIVE_REFUSED);
	assert_int_equal(a.notes, note);
	assert_true(strlen(a.why.text) > 10);
}

/* The identifiers that are live, one blank between them. */
static inline void
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

static inline void
assert_live(const struct cap_live *l, const char *want)
{
	assert_live_at(l, CAP_LIVE_ALWAYS, want);
}

static inline struct cap_live *
begin(void)
{
	struct cap_live *l;

	assert_int_equal(cap_live_new(&l, NULL), ERR_OK);
	assert_live(l, "");
	return l;
}

#endif
