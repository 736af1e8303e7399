/* SPDX-License-Identifier: GPL-3.0-or-later */
/* siren.c: events in, wishes out. */
#include "siren/brain.h"

#include <stdlib.h>
#include <string.h>

enum { FLOOR_EVERY_MS = 600000 };

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
		err = follow_hub(s);
	if (err != ERR_OK) {
		siren_free(s);
		return err;
	}
	s->conf.roster = bytes_of(NULL, 0);
	s->clock = siren_clock_start(conf->floor_ms, monotonic_ms, conf->chip_ms);
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
	if (record == SIREN_RECORD_CLOCK)
		siren_clock_raise(&s->clock, (int64_t)v);
	else if (record == SIREN_RECORD_NUMBER && v > s->number)
		s->number = v;
	else if (record == SIREN_RECORD_RECEIVED && v > s->received)
		outbox_received(s, v);
	else if (record == SIREN_RECORD_REVOKED)
		revoked_add(&s->revoked, (uint16_t)v);
	else if (record == SIREN_RECORD_GROWL)
		s->growl_ms = (int64_t)v;
	else if (record == SIREN_RECORD_TERM && v > s->term)
		s->term = (uint32_t)v;
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
			(at = known_need(&s->known, k.id, k.id)) != NULL)
			*at = k;
		break;
	case SIREN_RECORD_CLOCK:
	case SIREN_RECORD_NUMBER:
	case SIREN_RECORD_RECEIVED:
	case SIREN_RECORD_REVOKED:
	case SIREN_RECORD_GROWL:
	case SIREN_RECORD_TERM:
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
		restore_roster(s, bytes);
		break;
	}
}

void
siren_start(struct siren *s, int64_t monotonic_ms, struct siren_todo *todo)
{
	/* Without memory for another follower the first one serves: orders need none. */
	(void)!follow_hub(s);
	/* A disk that took nothing knows no number of the life before: there the chip leads on. */
	if (s->conf.chip_ms > (int64_t)s->number)
		s->number = (uint64_t)s->conf.chip_ms;
	numbers_reserve(s, monotonic_ms, todo);
	report(s, monotonic_ms, RECEIPT_RESTARTED, 0, VERDICT_GOOD, bytes_of(NULL, 0),
		todo);
	resume(s, monotonic_ms, todo);
	air_settle(s, monotonic_ms, todo);
	if (!s->relay)
		wish_add(todo, SIREN_RELAY)->on = false;
}

enum { SLOW_INPUTS = INPUT_MAINS | INPUT_CABINET_DOOR | INPUT_BATTERY_DOOR | INPUT_LOCKED };

/* A loose contact changes a hundred times a second; one receipt a second tells it. */
static void
faults_tell(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	if (((s->told ^ s->inputs) & SLOW_INPUTS) == 0 || mono_ms < s->fault_due_ms)
		return;
	s->told = s->inputs;
	s->fault_due_ms = mono_ms + SIREN_FAULT_MS;
	report(s, mono_ms, RECEIPT_FAULT, 0, VERDICT_GOOD, bytes_of(NULL, 0), todo);
}

static void
disk_answered(
	struct siren *s, int64_t mono_ms, uint64_t ticket, bool ok, struct siren_todo *todo)
{
	if (ticket == s->number_ticket && ticket != 0)
		numbers_ready(s, todo);
	horn_stored(s, mono_ms, ticket, ok, todo);
}

static void
floor_store(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	if (mono_ms < s->floor_due_ms || !s->clock.sure)
		return;
	s->floor_due_ms = mono_ms + FLOOR_EVERY_MS;
	s->clock.floor_ms = siren_clock_next_floor(&s->clock, mono_ms);
	store_number(todo, SIREN_RECORD_CLOCK, (uint64_t)s->clock.floor_ms);
}

/* What time alone brings. */
static void
tick(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	if (s->number_ticket != 0 && mono_ms >= s->number_due_ms)
		disk_answered(s, mono_ms, s->number_ticket, false, todo);
	horn_step(s, mono_ms, todo);
	air_settle(s, mono_ms, todo);
	if (s->held_count > 0 && s->clock.sure && mono_ms >= s->held_due_ms)
		retry_held(s, mono_ms, todo);
	tell_expired(s, mono_ms, todo);
	floor_store(s, mono_ms, todo);
	if (mono_ms >= s->status_due_ms)
		report(s, mono_ms, RECEIPT_STATUS, 0, VERDICT_GOOD, bytes_of(NULL, 0),
			todo);
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
		s->inputs = ev->inputs.inputs;
		s->battery_mv = ev->inputs.battery_mv;
		break;
	case SIREN_STORED:
		disk_answered(s, monotonic_ms, ev->stored.ticket, ev->stored.ok, todo);
		break;
	case SIREN_RECEIVED:
		received(s, ev->number, todo);
		break;
	}
	owed_pay(s, monotonic_ms, todo);
	horn_inputs(s, monotonic_ms, todo);
	faults_tell(s, monotonic_ms, todo);
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
	if (s->number_ticket != 0 && s->number_due_ms < next)
		next = s->number_due_ms;
	if (s->owes && s->owed_due_ms != 0 && s->owed_due_ms < next)
		next = s->owed_due_ms;
	if (((s->told ^ s->inputs) & SLOW_INPUTS) != 0 && s->fault_due_ms < next)
		next = s->fault_due_ms;
	return next;
}

struct siren_view
siren_view(const struct siren *s, int64_t monotonic_ms)
{
	struct siren_view v = {
		.sounding = s->horn.state == HORN_SOUNDING ? s->horn.id : 0,
		.about_to = s->horn.state == HORN_DISK || s->horn.state == HORN_GAP,
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
