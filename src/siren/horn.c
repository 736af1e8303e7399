/* SPDX-License-Identifier: GPL-3.0-or-later */
/* horn.c: one sounding after the other; first the disk, then the horn, then the proof. */
#include "siren/brain.h"

#include <string.h>

static void
relay_set(struct siren *s, int64_t mono_ms, bool on, struct siren_todo *todo)
{
	if (s->relay == on)
		return;
	s->relay = on;
	s->current_since_ms = 0;
	if (on)
		s->horn.closed_ms = mono_ms;
	else
		s->relay_off_ms = mono_ms;
	wish_add(todo, SIREN_RELAY)->on = on;
}

/* What the pattern wants of the relay now, and when it will want something else. */
static void
relay_follow(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	struct horn *h = &s->horn;
	int64_t elapsed = mono_ms - h->since_ms;
	int64_t change = pattern_next_change_ms(h->pattern, h->seconds, elapsed);

	relay_set(s, mono_ms, pattern_relay_at(h->pattern, h->seconds, elapsed), todo);
	h->change_ms = change < 0 ? -1 : h->since_ms + change;
}

static struct known *
sounding(const struct siren *s)
{
	return known_find(&s->known, s->horn.id);
}

void
horn_finish(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	struct known *k = sounding(s);
	bool silent = pattern_closed_ms(s->horn.pattern, s->horn.seconds) == 0;

	relay_set(s, mono_ms, false, todo);
	wish_add(todo, SIREN_QUIET);
	if (s->horn.current_seen)
		report(s, mono_ms, RECEIPT_SOUNDED, s->horn.id, VERDICT_GOOD,
			bytes_of(NULL, 0), todo);
	else if (silent)
		report(s, mono_ms, RECEIPT_ENDED, s->horn.id, VERDICT_GOOD,
			bytes_of(NULL, 0), todo);
	else if (!s->horn.failed && mono_ms - s->horn.since_ms >= SIREN_LEAST_MS)
		report(s, mono_ms, RECEIPT_FAILED, s->horn.id, VERDICT_GOOD,
			bytes_of(NULL, 0), todo);
	s->horn.state = HORN_IDLE;
	s->horn.id = 0;
	if (k == NULL)
		return;
	k->flags |= KNOWN_DONE | (s->horn.current_seen || silent ? 0 : KNOWN_FAILED);
	store_known(k, 0, todo);
}

void
horn_turn_down(struct siren *s, int64_t mono_ms, struct known *k, enum verdict why,
	struct siren_todo *todo)
{
	k->flags |= KNOWN_DONE;
	if (known_is_alarm(k)) {
		k->flags |= KNOWN_FAILED;
		report(s, mono_ms, RECEIPT_FAILED, k->id, VERDICT_GOOD, bytes_of(NULL, 0),
			todo);
	} else {
		refuse(s, mono_ms, k->id, why, todo);
	}
	store_known(k, 0, todo);
}

/* An all clear or a test, because an alarm lives; or there was no room. */
static void
turn_down(struct siren *s, int64_t mono_ms, struct known *k, struct siren_todo *todo)
{
	horn_turn_down(s, mono_ms, k, VERDICT_ALARM_LIVE, todo);
}

static struct known *
queue_take(struct siren *s, int at)
{
	struct known *k = known_find(&s->known, s->horn.queue[at]);

	s->horn.waiting--;
	memmove(s->horn.queue + at, s->horn.queue + at + 1,
		(size_t)(s->horn.waiting - at) * sizeof *s->horn.queue);
	return k;
}

static void
mark_started(const struct siren *s, int64_t mono_ms, struct known *k)
{
	k->flags |= KNOWN_STARTED;
	k->started_ms = mono_ms + s->chip_offset_ms;
}

void
horn_begin(struct siren *s, int64_t mono_ms, int64_t elapsed_ms, struct siren_todo *todo)
{
	struct known *k = sounding(s);
	struct siren_wish *w;

	s->horn.state = HORN_SOUNDING;
	s->horn.since_ms = mono_ms - elapsed_ms;
	relay_follow(s, mono_ms, todo);
	w = wish_add(todo, SIREN_PLAY);
	w->pattern = s->horn.pattern;
	w->seconds = s->horn.seconds;
	w->elapsed_ms = elapsed_ms;
	if (elapsed_ms == 0)
		s->sounded++;
	if (k == NULL)
		return;
	if (elapsed_ms == 0)
		mark_started(s, mono_ms, k);
	store_known(k, 0, todo);
}

static void
wait_for_disk(
	struct siren *s, int64_t mono_ms, const struct known *k, struct siren_todo *todo)
{
	s->horn.state = HORN_DISK;
	s->horn.since_ms = mono_ms;
	s->horn.ticket = ++s->ticket;
	store_known(k, s->horn.ticket, todo);
}

static void
after_gap(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	struct known *k = sounding(s);

	if (k == NULL || known_is_alarm(k)) {
		horn_begin(s, mono_ms, 0, todo);
		return;
	}
	mark_started(s, mono_ms, k);
	wait_for_disk(s, mono_ms, k, todo);
}

static void
wait_for_gap(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	s->horn.state = HORN_GAP;
	s->horn.since_ms = s->relay_off_ms + SIREN_GAP_MS;
	if (s->horn.since_ms <= mono_ms)
		after_gap(s, mono_ms, todo);
}

static void
after_disk(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	const struct known *k = sounding(s);

	if (k == NULL || known_is_alarm(k))
		wait_for_gap(s, mono_ms, todo);
	else
		horn_begin(s, mono_ms, 0, todo);
}

static void
horn_take(struct siren *s, int64_t mono_ms, struct known *k, const struct pattern *pattern,
	struct siren_todo *todo)
{
	s->horn.id = k->id;
	s->horn.pattern = pattern;
	s->horn.seconds = pattern_seconds(pattern, k->seconds, s->conf.seconds_cap);
	s->horn.current_seen = s->horn.failed = false;
	if (known_is_alarm(k))
		wait_for_disk(s, mono_ms, k, todo);
	else
		wait_for_gap(s, mono_ms, todo);
}

static void
horn_next(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	int64_t now = siren_clock_now(&s->clock, mono_ms);

	while (s->horn.state == HORN_IDLE && s->horn.waiting > 0) {
		struct known *k = queue_take(s, 0);
		const struct pattern *pattern =
			k != NULL ? patterns_find(s->conf.patterns, k->pattern) : NULL;

		/* No pattern: the box was given others since it stored the order. */
		if (pattern != NULL && air_wants(s, k, now))
			horn_take(s, mono_ms, k, pattern, todo);
		else if (k != NULL && pattern == NULL)
			horn_turn_down(s, mono_ms, k, VERDICT_PATTERN, todo);
		else if (k != NULL && !known_is_alarm(k))
			turn_down(s, mono_ms, k, todo);
	}
}

/* So many at once: first goes what is no alarm, then the oldest word. */
static void
queue_make_room(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	struct known *k;
	int at = 0;

	for (int i = s->horn.waiting - 1; i >= 0; i--) {
		k = known_find(&s->known, s->horn.queue[i]);
		if (k == NULL || !known_is_alarm(k))
			at = i;
	}
	k = queue_take(s, at);
	if (k != NULL)
		turn_down(s, mono_ms, k, todo);
}

bool
horn_waits(const struct siren *s, uint64_t id)
{
	for (int i = 0; i < s->horn.waiting; i++)
		if (s->horn.queue[i] == id)
			return true;
	return false;
}

bool
horn_has(const struct siren *s, uint64_t id)
{
	return (s->horn.state != HORN_IDLE && s->horn.id == id) || horn_waits(s, id);
}

void
horn_sound(struct siren *s, int64_t mono_ms, uint64_t id, struct siren_todo *todo)
{
	if (horn_waits(s, id))
		return;
	if (s->horn.waiting == HORN_QUEUE)
		queue_make_room(s, mono_ms, todo);
	s->horn.queue[s->horn.waiting++] = id;
	horn_next(s, mono_ms, todo);
}

void
horn_silence(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	struct known *k = sounding(s);

	if (s->horn.state == HORN_SOUNDING) {
		horn_finish(s, mono_ms, todo);
	} else {
		s->horn.state = HORN_IDLE;
		s->horn.id = 0;
		if (k != NULL && !known_is_alarm(k))
			turn_down(s, mono_ms, k, todo);
	}
	horn_next(s, mono_ms, todo);
}

static void
disk_refused(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	if (s->disk_bad)
		return;
	s->disk_bad = true;
	report(s, mono_ms, RECEIPT_DISK, s->horn.id, VERDICT_GOOD, bytes_of(NULL, 0), todo);
}

void
horn_stored(
	struct siren *s, int64_t mono_ms, uint64_t ticket, bool ok, struct siren_todo *todo)
{
	if (!ok)
		disk_refused(s, mono_ms, todo);
	else
		s->disk_bad = false;
	if (s->horn.state == HORN_DISK && s->horn.ticket == ticket)
		after_disk(s, mono_ms, todo);
}

void
horn_tidy(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	int64_t now = siren_clock_now(&s->clock, mono_ms);

	for (int i = s->horn.waiting - 1; i >= 0; i--) {
		struct known *k = known_find(&s->known, s->horn.queue[i]);

		if (k != NULL && air_wants(s, k, now))
			continue;
		k = queue_take(s, i);
		if (k != NULL && !known_is_alarm(k))
			turn_down(s, mono_ms, k, todo);
	}
}

/* Does something wait that may cut short what sounds? */
static bool
displaced(const struct siren *s)
{
	for (int i = 0; i < s->horn.waiting; i++) {
		const struct known *k = known_find(&s->known, s->horn.queue[i]);

		if (k != NULL && air_displaces(k, sounding(s)))
			return true;
	}
	return false;
}

/* The relay has been closed for long enough, and no current came. */
static void
current_missing(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	struct known *k = sounding(s);

	s->horn.failed = true;
	report(s, mono_ms, RECEIPT_FAILED, s->horn.id, VERDICT_GOOD, bytes_of(NULL, 0),
		todo);
	if (k == NULL)
		return;
	k->flags |= KNOWN_FAILED;
	store_known(k, 0, todo);
}

void
horn_step(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	struct horn *h = &s->horn;
	int64_t elapsed = mono_ms - h->since_ms;

	if (h->state == HORN_DISK && elapsed >= SIREN_DISK_MS) {
		disk_refused(s, mono_ms, todo);
		after_disk(s, mono_ms, todo);
		return;
	}
	if (h->state == HORN_GAP && elapsed >= 0) {
		after_gap(s, mono_ms, todo);
		return;
	}
	if (h->state != HORN_SOUNDING)
		return;
	if (!h->current_seen && !h->failed && s->relay &&
		mono_ms - h->closed_ms >= SIREN_CURRENT_MS)
		current_missing(s, mono_ms, todo);
	if (elapsed >= pattern_total_ms(h->pattern, h->seconds) ||
		(elapsed >= SIREN_LEAST_MS && displaced(s))) {
		horn_finish(s, mono_ms, todo);
		horn_next(s, mono_ms, todo);
		return;
	}
	relay_follow(s, mono_ms, todo);
}

static void
unordered_watch(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	bool current = s->inputs & INPUT_CURRENT;
	bool foreign =
		current && !s->relay && mono_ms - s->relay_off_ms >= SIREN_UNORDERED_MS;

	if (!current || s->relay)
		s->current_since_ms = 0;
	else if (s->current_since_ms == 0)
		s->current_since_ms = mono_ms;
	if (foreign && !s->unordered &&
		mono_ms - s->current_since_ms >= SIREN_UNORDERED_MS) {
		s->unordered = true;
		report(s, mono_ms, RECEIPT_UNORDERED, 0, VERDICT_GOOD, bytes_of(NULL, 0),
			todo);
	} else if (s->unordered && !current) {
		s->unordered = false;
		report(s, mono_ms, RECEIPT_UNORDERED_END, 0, VERDICT_GOOD,
			bytes_of(NULL, 0), todo);
	}
}

void
horn_inputs(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	struct known *k = sounding(s);

	unordered_watch(s, mono_ms, todo);
	if (s->horn.resumed && s->number_ticket == 0 && s->relay &&
		(s->inputs & INPUT_CURRENT)) {
		s->horn.resumed = false;
		report(s, mono_ms, RECEIPT_STATUS, 0, VERDICT_GOOD, bytes_of(NULL, 0),
			todo);
	}
	if (s->horn.state != HORN_SOUNDING || s->horn.current_seen || !s->relay ||
		!(s->inputs & INPUT_CURRENT))
		return;
	s->horn.current_seen = true;
	report(s, mono_ms, RECEIPT_SOUNDING, s->horn.id, VERDICT_GOOD, bytes_of(NULL, 0),
		todo);
	if (k == NULL)
		return;
	k->flags |= KNOWN_CURRENT;
	k->flags &= (uint16_t)~KNOWN_FAILED;
	store_known(k, 0, todo);
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return b < a ? b : a;
}

int64_t
horn_next_ms(const struct siren *s)
{
	const struct horn *h = &s->horn;
	int64_t next = INT64_MAX;

	if (s->current_since_ms != 0 && !s->unordered)
		next = s->current_since_ms + SIREN_UNORDERED_MS;
	switch (h->state) {
	case HORN_IDLE:
		return next;
	case HORN_DISK:
		return sooner(next, h->since_ms + SIREN_DISK_MS);
	case HORN_GAP:
		return sooner(next, h->since_ms);
	case HORN_SOUNDING:
		break;
	}
	next = sooner(next, h->since_ms + pattern_total_ms(h->pattern, h->seconds));
	if (h->change_ms >= 0)
		next = sooner(next, h->change_ms);
	if (!h->current_seen && !h->failed && s->relay)
		next = sooner(next, h->closed_ms + SIREN_CURRENT_MS);
	if (displaced(s))
		next = sooner(next, h->since_ms + SIREN_LEAST_MS);
	return next;
}
