/* SPDX-License-Identifier: GPL-3.0-or-later */
/* siren.c: events in, wishes out. */
#include "siren/brain.h"

#include <stdlib.h>
#include <string.h>

enum { FLOOR_EVERY_MS = 600000 };

static enum err
follower_start(struct siren *s)
{
	const struct roster_hub *first = &s->roster.hub[0];

	return follower_new(&s->follower, s->roster.territory,
		&(struct reign){.term = first->term, .hub = first->key}, false);
}

enum err
siren_new(struct siren **out, const struct siren_conf *conf, int64_t monotonic_ms,
	struct fault *fault)
{
	struct siren *s = calloc(1, sizeof *s);
	enum err err;

	if (s == NULL)
		return ERR_NOMEM;
	s->conf = *conf;
	err = pin_roster(s, conf->roster, fault);
	if (err == ERR_OK && s->roster.hub_count == 0)
		err = fault_set(fault, ERR_UNKNOWN, "the roster names no hub");
	if (err == ERR_OK)
		err = follower_start(s);
	if (err != ERR_OK) {
		siren_free(s);
		return err;
	}
	s->conf.roster = bytes_of(NULL, 0);
	s->clock = siren_clock_start(conf->floor_ms, monotonic_ms);
	s->chip_offset_ms = conf->chip_ms - monotonic_ms;
	s->relay_off_ms = monotonic_ms - SIREN_GAP_MS;
	s->floor_due_ms = monotonic_ms + FLOOR_EVERY_MS;
	s->status_due_ms = monotonic_ms;
	*out = s;
	return ERR_OK;
}

void
siren_free(struct siren *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->held_count; i++)
		free((void *)s->held[i].bytes.at);
	for (size_t i = 0; i < s->outbox_count; i++)
		free((void *)s->outbox[i].bytes.at);
	known_free(&s->known);
	follower_free(s->follower);
	arena_free(s->roster_arena);
	free(s);
}

static void
restore_number(struct siren *s, enum siren_record record, uint64_t v)
{
	if (record == SIREN_RECORD_CLOCK && (int64_t)v > s->clock.floor_ms)
		s->clock = siren_clock_start((int64_t)v, s->clock.base_monotonic_ms);
	else if (record == SIREN_RECORD_NUMBER && v > s->number)
		s->number = s->number_reserved = v;
	else if (record == SIREN_RECORD_RECEIVED)
		received(s, v, &(struct siren_todo){0});
	else if (record == SIREN_RECORD_REVOKED)
		revoked_add(&s->revoked, (uint16_t)v);
}

void
siren_restore(struct siren *s, uint16_t record, struct bytes bytes)
{
	struct reader r = reader_over(bytes.at, bytes.len);
	struct known k, *at;
	uint64_t v;

	switch ((enum siren_record)record) {
	case SIREN_RECORD_KNOWN:
		if (known_read(&k, bytes) == ERR_OK &&
			(at = known_need(&s->known, k.id)) != NULL)
			*at = k;
		break;
	case SIREN_RECORD_CLOCK:
	case SIREN_RECORD_NUMBER:
	case SIREN_RECORD_RECEIVED:
	case SIREN_RECORD_REVOKED:
		v = read_u64(&r);
		if (reader_end(&r) == ERR_OK)
			restore_number(s, record, v);
		break;
	case SIREN_RECORD_RECEIPT:
		outbox_restore(s, bytes);
		break;
	case SIREN_RECORD_SUSPENDED:
	case SIREN_RECORD_START:
		limits_restore(s, record, bytes);
		break;
	case SIREN_RECORD_ROSTER:
		/* What was stored was checked; what the disk spoiled, the pinned one replaces. */
		(void)!pin_roster(s, bytes, NULL);
		break;
	}
}

void
siren_start(struct siren *s, int64_t monotonic_ms, struct siren_todo *todo)
{
	report(s, monotonic_ms, RECEIPT_RESTARTED, 0, VERDICT_GOOD, bytes_of(NULL, 0),
		todo);
	for (size_t i = 0; i + 1 < s->outbox_count; i++) {
		struct siren_wish *w = wish_add(todo, SIREN_RECEIPT);

		w->number = s->outbox[i].number;
		w->bytes = s->outbox[i].bytes;
	}
	horn_resume(s, monotonic_ms, todo);
}

static void
inputs_changed(struct siren *s, int64_t mono_ms, const struct siren_event *ev,
	struct siren_todo *todo)
{
	const uint16_t slow =
		INPUT_MAINS | INPUT_CABINET_DOOR | INPUT_BATTERY_DOOR | INPUT_LOCKED;
	uint16_t before = s->inputs;

	s->inputs = ev->inputs.inputs;
	s->battery_mv = ev->inputs.battery_mv;
	horn_inputs(s, mono_ms, todo);
	if ((before ^ s->inputs) & slow)
		report(s, mono_ms, RECEIPT_FAULT, 0, VERDICT_GOOD, bytes_of(NULL, 0), todo);
}

/* What time alone brings. */
static void
tick(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	struct buffer b = {0};

	horn_step(s, mono_ms, todo);
	horn_inputs(s, mono_ms, todo);
	if (s->held_count > 0 && s->clock.sure && mono_ms >= s->held_due_ms)
		retry_held(s, mono_ms, todo);
	tell_expired(s, mono_ms, todo);
	if (mono_ms >= s->status_due_ms)
		report(s, mono_ms, RECEIPT_STATUS, 0, VERDICT_GOOD, bytes_of(NULL, 0),
			todo);
	if (mono_ms >= s->floor_due_ms && s->clock.sure) {
		s->floor_due_ms = mono_ms + FLOOR_EVERY_MS;
		s->clock.floor_ms = s->clock.heard_ms;
		write_u64(&b, (uint64_t)s->clock.floor_ms);
		store_record(todo, SIREN_RECORD_CLOCK, buffer_bytes(&b), 0);
		buffer_free(&b);
	}
}

void
siren_step(struct siren *s, int64_t monotonic_ms, const struct siren_event *ev,
	struct siren_todo *todo)
{
	switch (ev->kind) {
	case SIREN_TICK:
		tick(s, monotonic_ms, todo);
		break;
	case SIREN_ORDER:
		obey(s, monotonic_ms, ev->order.bytes, ev->order.on_disk, todo);
		break;
	case SIREN_ENTRY:
		hear_entry(s, monotonic_ms, ev->entry, todo);
		break;
	case SIREN_CHECKPOINT:
		hear_heartbeat(s, monotonic_ms, ev, todo);
		break;
	case SIREN_INPUTS:
		inputs_changed(s, monotonic_ms, ev, todo);
		break;
	case SIREN_STORED:
		horn_stored(s, monotonic_ms, ev->stored.ticket, ev->stored.ok, todo);
		break;
	case SIREN_RECEIVED:
		received(s, ev->number, todo);
		break;
	}
}

/* The next expiry, held order or housekeeping; the horn's own times; the next status. */
int64_t
siren_next_ms(const struct siren *s)
{
	int64_t next = horn_next_ms(s), quiet = s->clock.base_monotonic_ms;

	for (size_t i = 0; i < s->known.count; i++) {
		const struct known *k = &s->known.at[i];
		int64_t due = quiet + (k->expiry_ms - s->clock.base_ms);

		if (!(k->flags & KNOWN_TOLD) && due < next)
			next = due;
	}
	if (s->status_due_ms < next)
		next = s->status_due_ms;
	if (s->held_count > 0 && s->clock.sure && s->held_due_ms < next)
		next = s->held_due_ms;
	return next;
}

struct siren_view
siren_view(const struct siren *s, int64_t monotonic_ms)
{
	struct siren_view v = {
		.sounding = s->horn.state == HORN_SOUNDING ? s->horn.id : 0,
		.relay = s->relay,
		.clock_sure = s->clock.sure,
		.unordered = s->unordered,
		.now_ms = siren_clock_now(&s->clock, monotonic_ms),
		.size = follower_size(s->follower),
		.roster = s->roster.serial,
		.sounded = s->sounded,
	};

	memcpy(v.refused, s->refused, sizeof v.refused);
	for (size_t i = 0; i < s->known.count; i++)
		v.live += known_lives(&s->known.at[i], v.now_ms);
	return v;
}

bool
siren_lives(const struct siren *s, uint64_t id, int64_t monotonic_ms)
{
	const struct known *k = known_find(&s->known, id);

	return k != NULL && known_lives(k, siren_clock_now(&s->clock, monotonic_ms));
}
