/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.c: signed, numbered receipts and the records that must outlive a power cut. */
#include "siren/brain.h"

#include <stdlib.h>
#include <string.h>

enum {
	NUMBERS_AHEAD = 64, /* receipt numbers reserved on disk at a time */
	REFUSED_WINDOW_MS =
		60000, /* a flood of bad orders must not become a flood of receipts */
	REFUSED_TOLD = 20,
};

static const struct siren_wish no_wish = {0};

/* Never NULL: without memory the wish is written where nobody reads it. */
struct siren_wish *
wish_add(struct siren_todo *todo, enum siren_wish_kind kind)
{
	if (todo->count == todo->cap) {
		size_t cap = todo->cap ? todo->cap * 2 : 8;
		struct siren_wish *at = realloc(todo->at, cap * sizeof *at);

		if (at == NULL) {
			todo->lost = no_wish;
			todo->short_of_memory = true;
			return &todo->lost;
		}
		todo->at = at;
		todo->cap = cap;
	}
	todo->at[todo->count] = no_wish;
	todo->at[todo->count].kind = kind;
	return &todo->at[todo->count++];
}

void
siren_todo_clear(struct siren_todo *todo)
{
	todo->count = 0;
	arena_free(todo->arena);
	todo->arena = NULL;
	todo->short_of_memory = false;
}

void
siren_todo_free(struct siren_todo *todo)
{
	free(todo->at);
	arena_free(todo->arena);
	*todo = (struct siren_todo){0};
}

static struct bytes
kept(struct siren_todo *todo, struct bytes bytes)
{
	char *copy = NULL;

	if (todo->arena != NULL || arena_new(&todo->arena) == ERR_OK)
		copy = arena_text(todo->arena, (const char *)bytes.at, bytes.len);
	todo->short_of_memory |=
		copy == NULL || bytes.len == 0; /* none is empty by nature */
	return bytes_of(copy, copy != NULL ? bytes.len : 0);
}

void
store_record(struct siren_todo *todo, uint16_t record, struct bytes bytes, uint64_t ticket)
{
	struct bytes copy = kept(todo, bytes);
	struct siren_wish *w = wish_add(todo, SIREN_STORE);

	w->record = record;
	w->bytes = copy;
	w->ticket = ticket;
}

void
store_number(struct siren_todo *todo, uint16_t record, uint64_t number)
{
	struct buffer b = {0};

	write_u64(&b, number);
	store_record(todo, record, buffer_bytes(&b), 0);
	buffer_free(&b);
}

void
store_known(const struct known *k, uint64_t ticket, struct siren_todo *todo)
{
	struct buffer b = {0};

	known_write(&b, k);
	store_record(todo, SIREN_RECORD_KNOWN, buffer_bytes(&b), ticket);
	buffer_free(&b);
}

/* A stranger can make a box refuse, and a loose contact make it complain, as often as they like:
 * that must not push out what it sounded. */
static bool
is_cheap(enum receipt_event event)
{
	return event == RECEIPT_REFUSED || event == RECEIPT_FAULT;
}

/* Full: the oldest of the cheap ones goes, else the oldest. A box that nobody hears for days keeps
 * its newest words. */
static void
outbox_make_room(struct siren *s)
{
	size_t at = 0;

	while (at < s->outbox_count && !is_cheap(s->outbox[at].event))
		at++;
	if (at == s->outbox_count)
		at = 0;
	free((void *)s->outbox[at].bytes.at);
	s->outbox_count--;
	memmove(s->outbox + at, s->outbox + at + 1,
		(s->outbox_count - at) * sizeof *s->outbox);
}

static void
outbox_add(struct siren *s, uint64_t number, enum receipt_event event, struct bytes bytes)
{
	uint8_t *copy = malloc(bytes.len);

	if (copy == NULL)
		return;
	if (s->outbox_count == SIREN_OUTBOX)
		outbox_make_room(s);
	memcpy(copy, bytes.at, bytes.len);
	s->outbox[s->outbox_count++] =
		(struct outgoing){number, event, bytes_of(copy, bytes.len)};
}

void
outbox_restore(struct siren *s, struct bytes bytes)
{
	struct receipt r;

	if (receipt_read(&r, bytes) != ERR_OK)
		return;
	if (r.number > s->number)
		s->number = r.number;
	if (r.number > s->received)
		outbox_add(s, r.number, r.event, bytes);
}

static void
receipt_wish(uint64_t number, struct bytes bytes, struct siren_todo *todo)
{
	struct bytes copy = kept(todo, bytes);
	struct siren_wish *w = wish_add(todo, SIREN_RECEIPT);

	w->number = number;
	w->bytes = copy;
}

/*
 * Numbers are reserved on disk before they are used, half a hand ahead. After a start none is: so
 * receipts wait for the disk, but no longer than the horn does.
 */
void
numbers_reserve(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	struct buffer b = {0};

	s->number_reserved = s->number + NUMBERS_AHEAD;
	s->number_ticket = ++s->ticket;
	s->number_due_ms = mono_ms + SIREN_DISK_MS;
	write_u64(&b, s->number_reserved);
	store_record(todo, SIREN_RECORD_NUMBER, buffer_bytes(&b), s->number_ticket);
	buffer_free(&b);
}

void
numbers_ready(struct siren *s, struct siren_todo *todo)
{
	s->number_ticket = 0;
	for (size_t i = 0; i < s->outbox_count; i++)
		receipt_wish(s->outbox[i].number, s->outbox[i].bytes, todo);
}

static uint64_t
next_number(struct siren *s, struct siren_todo *todo)
{
	if (++s->number + NUMBERS_AHEAD / 2 > s->number_reserved) {
		s->number_reserved = s->number + NUMBERS_AHEAD;
		store_number(todo, SIREN_RECORD_NUMBER, s->number_reserved);
	}
	return s->number;
}

void
report(struct siren *s, int64_t mono_ms, enum receipt_event event, uint64_t order,
	enum verdict verdict, struct bytes order_bytes, struct siren_todo *todo)
{
	struct receipt r = {
		.territory = s->roster.territory,
		.siren = s->conf.number,
		.number = next_number(s, todo),
		.time_ms = siren_clock_now(&s->clock, mono_ms),
		.clock_sure = s->clock.sure,
		.event = event,
		.order = order,
		.verdict = (uint8_t)verdict,
		.inputs = (uint16_t)(s->inputs | (s->relay ? INPUT_RELAY : 0) |
				     (s->disk_bad ? INPUT_DISK_BAD : 0) |
				     (s->unordered ? INPUT_UNORDERED : 0)),
		.battery_mv = s->battery_mv,
		.size = follower_size(s->follower),
		.root = follower_root(s->follower),
		.roster = s->roster.serial,
		.order_bytes = order_bytes,
	};
	struct buffer b = {0};

	receipt_write(&b, &r, &s->conf.key);
	if (s->number_ticket == 0)
		receipt_wish(r.number, buffer_bytes(&b), todo);
	if (event != RECEIPT_STATUS) {
		outbox_add(s, r.number, event, buffer_bytes(&b));
		store_record(todo, SIREN_RECORD_RECEIPT, buffer_bytes(&b), 0);
	}
	s->status_due_ms = mono_ms + SIREN_STATUS_MS;
	buffer_free(&b);
}

void
refuse(struct siren *s, int64_t mono_ms, uint64_t order, enum verdict verdict,
	struct siren_todo *todo)
{
	s->refused[verdict]++;
	/* A repeat, or an order for other zones, is the daily bread of a mouth: no news. */
	if (verdict == VERDICT_REPEAT || verdict == VERDICT_ZONE)
		return;
	if (mono_ms >= s->refused_window_ms) {
		s->refused_window_ms = mono_ms + REFUSED_WINDOW_MS;
		s->refused_told = 0;
	}
	if (s->refused_told++ < REFUSED_TOLD)
		report(s, mono_ms, RECEIPT_REFUSED, order, verdict, bytes_of(NULL, 0),
			todo);
}

void
outbox_received(struct siren *s, uint64_t number)
{
	size_t keep = 0;

	for (size_t i = 0; i < s->outbox_count; i++) {
		if (s->outbox[i].number > number)
			s->outbox[keep++] = s->outbox[i];
		else
			free((void *)s->outbox[i].bytes.at);
	}
	s->outbox_count = keep;
	s->received = number;
}

/* Nobody can have more than was sent: a number out of the blue would make us forget what is to
 * come. */
void
received(struct siren *s, uint64_t number, struct siren_todo *todo)
{
	if (number <= s->received || number > s->number)
		return;
	outbox_received(s, number);
	store_number(todo, SIREN_RECORD_RECEIVED, number);
}

void
siren_snapshot(const struct siren *s, struct siren_todo *todo)
{
	struct buffer b = {0};

	store_number(todo, SIREN_RECORD_CLOCK, (uint64_t)s->clock.floor_ms);
	store_number(todo, SIREN_RECORD_NUMBER, s->number_reserved);
	store_number(todo, SIREN_RECORD_RECEIVED, s->received);
	store_number(todo, SIREN_RECORD_GROWL, (uint64_t)s->growl_ms);
	store_number(todo, SIREN_RECORD_TERM, s->term);
	store_record(todo, SIREN_RECORD_ROSTER, s->roster_text, 0);
	for (size_t i = 0; i < s->known.count; i++) {
		buffer_clear(&b);
		known_write(&b, &s->known.at[i]);
		store_record(todo, SIREN_RECORD_KNOWN, buffer_bytes(&b), 0);
	}
	for (size_t i = 0; i < s->outbox_count; i++)
		store_record(todo, SIREN_RECORD_RECEIPT, s->outbox[i].bytes, 0);
	buffer_free(&b);
	for (unsigned key = 0; key <= UINT16_MAX; key++)
		if (revoked_has(&s->revoked, (uint16_t)key))
			store_number(todo, SIREN_RECORD_REVOKED, key);
	for (size_t i = 0; i < s->suspended_count; i++)
		start_store(&s->suspended[i], SIREN_RECORD_SUSPENDED, todo);
	for (size_t i = 0; i < s->start_count; i++)
		start_store(&s->start[i], SIREN_RECORD_START, todo);
}
