/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_cap_live.c: the bytes are documents of CAP, each behind a NUL, or, without a "<", small
 * messages of a few letters; forwards and backwards they end in the same live set, unless one of
 * them comes too late.
 */
#include "cap/live.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 24, NAMES = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct some {
	struct cap_live_message m[MOST];
	struct cap_reference reference[MOST][NAMES];
	size_t n;
};

static void
must(bool good)
{
	if (!good)
		abort();
}

/* Identifiers are one letter each, so that messages meet. */
static void
make(struct some *s, struct reader *r)
{
	static const char sender[] = "abc";

	while (r->left >= 8 && s->n < MOST) {
		struct cap_live_message *m = &s->m[s->n];
		uint8_t how = read_u8(r);

		m->kind = (enum cap_live_kind)(how % 5);
		m->status = (enum cap_live_status)(how / 5 % 3);
		m->sender = bytes_of(sender + how / 15 % 3, 1);
		m->identifier = read_bytes(r, 1);
		m->sent_ms = read_u8(r) & 7;
		m->expires_ms = how & 0x80 ? read_u8(r) & 15 : CAP_LIVE_NEVER;
		m->incidents = read_bytes(r, how & 0x40 ? 1 : 0);
		m->hash.at[0] = how & 0x20 ? read_u8(r) & 1 : 0;
		m->reference = s->reference[s->n];
		for (m->references = 0; m->references < how % 4U && r->left >= 2;
			m->references++) {
			struct cap_reference *to = &s->reference[s->n][m->references];

			to->sender = bytes_of(sender + how % 3, 1);
			to->identifier = read_bytes(r, 1);
			to->sent_ms = read_u8(r) & 7;
		}
		s->n++;
	}
}

static void
read_documents(struct some *s, struct arena *arena, struct bytes data)
{
	while (data.len > 0 && s->n < MOST) {
		const uint8_t *nul = memchr(data.at, 0, data.len);
		size_t len = nul != NULL ? (size_t)(nul - data.at) : data.len;
		struct cap_tree tree;
		struct fault fault;

		if (cap_tree_read(&tree, arena, bytes_of(data.at, len), NULL, NULL) ==
				ERR_OK &&
			cap_live_read(&s->m[s->n], arena, tree.root, bytes_of(data.at, len),
				&fault) == ERR_OK)
			s->n++;
		len += nul != NULL;
		data = bytes_of(data.at + len, data.len - len);
	}
}

/* Those that were accepted, as bits; a second time each is a duplicate. */
static uint32_t
run(struct cap_live_entry **live, size_t *n, struct arena *arena, const struct some *s,
	bool backwards, uint32_t only, bool *late)
{
	struct cap_live *l;
	uint32_t taken = 0;

	must(cap_live_new(&l, NULL) == ERR_OK);
	for (size_t i = 0; i < s->n; i++) {
		size_t at = backwards ? s->n - 1 - i : i;
		struct cap_live_answer a;

		if ((only & 1U << at) == 0)
			continue;
		must(cap_live_take(l, &a, &s->m[at]) == ERR_OK);
		must(a.outcome != CAP_LIVE_REFUSED || a.why.text[0] != '\0');
		if (a.outcome != CAP_LIVE_ACCEPTED)
			continue;
		taken |= 1U << at;
		*late |= (a.notes & CAP_LIVE_TOO_LATE) != 0;
		must(cap_live_take(l, &a, &s->m[at]) == ERR_OK);
		must(a.outcome == CAP_LIVE_DUPLICATE);
	}
	must(cap_live_list(live, n, arena, l, 5) == ERR_OK);
	for (size_t i = 0; i < *n; i++)
		must((*live)[i].kind <= CAP_KIND_UPDATE && (*live)[i].expires_ms > 5);
	for (size_t i = 0; i < *n; i++) { /* the names end with `l` */
		struct cap_live_entry *e = &(*live)[i];

		e->identifier.at = (const uint8_t *)arena_text(
			arena, (const char *)e->identifier.at, e->identifier.len);
		e->sender.at = (const uint8_t *)arena_text(
			arena, (const char *)e->sender.at, e->sender.len);
	}
	cap_live_free(l);
	return taken;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cap_live_entry *there, *back;
	struct some s = {.n = 0};
	struct reader r = reader_over(data, size);
	struct arena *arena;
	size_t n, m;
	uint32_t taken;
	bool late = false;

	if (arena_new(&arena) != ERR_OK)
		return 0;
	if (size > 0 && memchr(data, '<', size) != NULL)
		read_documents(&s, arena, bytes_of(data, size));
	else
		make(&s, &r);
	/* Of two with one identifier the first stands: so only what stood goes back. */
	taken = run(&there, &n, arena, &s, false, UINT32_MAX, &late);
	must(run(&back, &m, arena, &s, true, taken, &late) == taken);
	must(late || n == m);
	for (size_t i = 0; i < n && !late; i++)
		must(bytes_equal(there[i].identifier, back[i].identifier) &&
			bytes_equal(there[i].sender, back[i].sender));
	arena_free(arena);
	return 0;
}
