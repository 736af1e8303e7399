/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hear.c: the bulletin as a siren hears it. Orders stand by themselves, whatever the chain says. */
#include "bulletin/takeover.h"
#include "siren/brain.h"

#include <string.h>

enum err
pin_roster(struct siren *s, struct bytes text, struct fault *fault)
{
	struct arena *arena;
	struct roster r;
	char *copy;
	enum err err = arena_new(&arena);

	if (err != ERR_OK)
		return err;
	copy = arena_text(arena, (const char *)text.at, text.len);
	err = copy != NULL ? roster_read(&r, arena, text, fault) : ERR_NOMEM;
	if (err != ERR_OK) {
		arena_free(arena);
		return err;
	}
	arena_free(s->roster_arena);
	s->roster_arena = arena;
	s->roster = r;
	s->roster_text = bytes_of(copy, text.len);
	return ERR_OK;
}

/* What was stored was checked then; what the disk spoiled, the pinned one replaces. */
void
restore_roster(struct siren *s, struct bytes text)
{
	struct arena *arena;
	struct roster r;

	if (arena_new(&arena) != ERR_OK)
		return;
	if (roster_read(&r, arena, text, NULL) == ERR_OK && r.hub_count > 0 &&
		r.territory == s->roster.territory && r.mode == s->roster.mode &&
		r.serial > s->roster.serial)
		(void)!pin_roster(s, text, NULL);
	arena_free(arena);
}

/* The hub of the last takeover if the roster still names it, else the roster's first. */
enum err
follow_hub(struct siren *s)
{
	const struct public_key *key = roster_hub_key(&s->roster, s->term);
	struct reign reign = {s->roster.hub[0].term, s->roster.hub[0].key};
	struct follower *next;
	enum err err;

	if (key != NULL)
		reign = (struct reign){s->term, *key};
	if (s->follower != NULL && follower_term(s->follower) == reign.term &&
		public_key_equal(&s->followed, &reign.hub))
		return ERR_OK;
	err = follower_new(&next, s->roster.territory, &reign, false);
	if (err != ERR_OK)
		return err;
	follower_set_verify(next, s->conf.verify, s->conf.verify_ctx);
	follower_free(s->follower);
	s->follower = next;
	s->followed = reign.hub;
	return ERR_OK;
}

/* 512 keys with 64 zones each are half of that: nobody makes us read for long. */
enum { ROSTER_DATA_MAX = 1 << 20 };

/* A newer roster, if two administrators of the pinned one stand behind it. */
static void
hear_roster(struct siren *s, struct bytes data, struct siren_todo *todo)
{
	struct arena *arena;
	struct document d;
	struct roster next;

	if (data.len > ROSTER_DATA_MAX || arena_new(&arena) != ERR_OK)
		return;
	if (document_read(&d, arena, data, NULL) == ERR_OK &&
		roster_read(&next, arena, d.text, NULL) == ERR_OK && next.hub_count > 0 &&
		roster_follows(&s->roster, &s->revoked, &next, &d, NULL) == ERR_OK &&
		pin_roster(s, d.text, NULL) == ERR_OK) {
		store_record(todo, SIREN_RECORD_ROSTER, d.text, 0);
		/* A hub that is no more in the roster, stolen perhaps, counts no more. */
		(void)!follow_hub(s);
	}
	arena_free(arena);
}

static void
hear_revocation(struct siren *s, struct bytes data, struct siren_todo *todo)
{
	struct buffer b = {0};
	struct revocation v;

	if (revocation_read(&v, data) != ERR_OK ||
		revocation_check(&v, &s->roster, &s->revoked, NULL) != ERR_OK)
		return;
	revoked_add(&s->revoked, v.key);
	write_u64(&b, v.key);
	store_record(todo, SIREN_RECORD_REVOKED, buffer_bytes(&b), 0);
	buffer_free(&b);
}

/* Two operators made another hub the writer: the order, then "term last_number". */
static void
hear_takeover(struct siren *s, int64_t mono_ms, struct bytes data, struct siren_todo *todo)
{
	struct takeover t;
	struct order o;
	const struct public_key *hub;
	enum err err;
	uint64_t from, to;
	int rung;
	struct judge j = {s->roster.territory, s->roster.mode, &s->roster, &s->revoked,
		s->conf.verify, s->conf.verify_ctx};

	if (takeover_read(&t, &o, data) != ERR_OK ||
		order_judge(&j, &o, &o.body[0], &s->conf.place, &rung) != VERDICT_GOOD)
		return;
	hub = roster_hub_key(&s->roster, t.term);
	if (hub == NULL)
		return;
	err = follower_take_over(s->follower, &(struct reign){.term = t.term, .hub = *hub},
		t.last_number, &from, &to);
	if (err != ERR_OK && err != ERR_RANGE)
		return;
	s->term = t.term;
	/* It joined behind that number: it begins anew under the next hub. */
	if (err == ERR_RANGE && follow_hub(s) != ERR_OK)
		return;
	s->followed = *hub;
	store_number(todo, SIREN_RECORD_TERM, t.term);
	report(s, mono_ms, RECEIPT_HEARD, o.body[0].id, VERDICT_GOOD, bytes_of(NULL, 0),
		todo);
}

/* Nothing of the chain is here yet: an edge tells what matters now, and only then, by a heartbeat
 * with its right edge, where the chain stands. History is not asked for. */
static void
want(struct siren *s, struct siren_todo *todo)
{
	if (follower_size(s->follower) == 0)
		return;
	wish_add(todo, SIREN_WANT)->number = follower_wants(s->follower);
}

/* A hub of a later term writes: its takeover stands before, as far back as this reader can go. */
static void
want_takeover(struct siren *s, struct siren_todo *todo)
{
	uint64_t size = follower_size(s->follower);

	if (size > 0)
		wish_add(todo, SIREN_WANT)->number =
			size > FOLLOW_RECENT ? size - FOLLOW_RECENT : 0;
}

static bool
is_read(enum entry_kind kind)
{
	return kind == ENTRY_ORDER || kind == ENTRY_ROSTER || kind == ENTRY_REVOCATION ||
	       kind == ENTRY_MANDATE || kind == ENTRY_TAKEOVER;
}

void
hear_entry(struct siren *s, int64_t mono_ms, const struct entry *entry,
	struct siren_todo *todo)
{
	enum entry_kind kind = entry_kind_of(entry->header.kind);
	struct suspension sus;
	enum heard heard;

	/* Somebody left out what it says: it has not been heard yet. */
	if (!entry->has_data && is_read(kind)) {
		want(s, todo);
		return;
	}
	heard = follower_entry(s->follower, entry);
	if (heard == HEARD_GAP)
		want(s, todo);
	else if (heard == HEARD_TERM && kind != ENTRY_TAKEOVER)
		want_takeover(s, todo);
	if (!entry->has_data)
		return;
	if (kind == ENTRY_ORDER)
		obey(s, mono_ms, entry->data, true, todo);
	else if (kind == ENTRY_ROSTER)
		hear_roster(s, entry->data, todo);
	else if (kind == ENTRY_REVOCATION)
		hear_revocation(s, entry->data, todo);
	else if (kind == ENTRY_MANDATE && suspension_read(&sus, entry->data) == ERR_OK)
		suspend_mandate(s, siren_clock_now(&s->clock, mono_ms), &sus, todo);
	else if (kind == ENTRY_TAKEOVER)
		hear_takeover(s, mono_ms, entry->data, todo);
}

void
hear_heartbeat(struct siren *s, int64_t mono_ms, const struct siren_event *ev,
	struct siren_todo *todo)
{
	const struct checkpoint *c = ev->heartbeat.checkpoint;
	bool was_sure = s->clock.sure, joined = false;
	enum heard heard = HEARD_ACCEPTED;

	if (ev->heartbeat.edge != NULL && follower_size(s->follower) == 0)
		joined = follower_join(s->follower, c, ev->heartbeat.edge,
				 ev->heartbeat.edge_count) == ERR_OK;
	if (!joined)
		heard = follower_checkpoint(s->follower, c);
	if (heard == HEARD_GAP)
		want(s, todo);
	else if (heard == HEARD_TERM)
		want_takeover(s, todo);
	if (heard != HEARD_ACCEPTED && heard != HEARD_GAP && heard != HEARD_REPEAT)
		return;
	if (!siren_clock_hear(&s->clock, c->time_ms, mono_ms) || was_sure)
		return;
	retry_held(s, mono_ms, todo);
	air_settle(s, mono_ms, todo);
}
