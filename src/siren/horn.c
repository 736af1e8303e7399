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

/* Its turn is over, for whatever reason. "Sounded" only with current seen. */
static void
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
	store_known(s, k, 0, todo);
}

static bool
may_sound(struct siren *s, int64_t mono_ms, struct known *k, struct siren_todo *todo)
{
	int64_t now = siren_clock_now(&s->clock, mono_ms);

	if (known_is_alarm(k))
		return known_lives(k, now);
	if (k->class == ORDER_TEST)
		return !alarm_lives(s, now);
	if (!alarm_lives(s, now))
		return true;
	refuse(s, mono_ms, k->id, VERDICT_ALARM_LIVE, todo);
	k->flags |= KNOWN_DONE;
	return false;
}

static void
horn_next(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	while (s->horn.state == HORN_IDLE && s->horn.waiting > 0) {
		struct known *k = known_find(&s->known, s->horn.queue[0]);

		s->horn.waiting--;
		memmove(s->horn.queue, s->horn.queue + 1,
			s->horn.waiting * sizeof *s->horn.queue);
		if (k == NULL || !may_sound(s, mono_ms, k, todo))
			continue;
		s->horn.state = HORN_DISK;
		s->horn.id = k->id;
		s->horn.pattern = patterns_find(s->conf.patterns, k->pattern);
		s->horn.seconds =
			pattern_seconds(s->horn.pattern, k->seconds, s->conf.seconds_cap);
		s->horn.since_ms = mono_ms;
		s->horn.current_seen = s->horn.failed = false;
		s->horn.ticket = ++s->ticket;
		store_known(s, k, s->horn.ticket, todo);
	}
}

void
horn_sound(struct siren *s, int64_t mono_ms, uint64_t id, struct siren_todo *todo)
{
	if (s->horn.waiting == HORN_QUEUE) {
		/* So many at once: the newest word counts most. */
		memmove(s->horn.queue, s->horn.queue + 1,
			(HORN_QUEUE - 1) * sizeof *s->horn.queue);
		s->horn.waiting--;
	}
	s->horn.queue[s->horn.waiting++] = id;
	horn_next(s, mono_ms, todo);
}

void
horn_silence(struct siren *s, int64_t mono_ms, uint64_t id, struct siren_todo *todo)
{
	uint8_t keep = 0;

	for (int i = 0; i < s->horn.waiting; i++)
		if (s->horn.queue[i] != id)
			s->horn.queue[keep++] = s->horn.queue[i];
	s->horn.waiting = keep;
	if (s->horn.state != HORN_IDLE && s->horn.id == id) {
		if (s->horn.state == HORN_SOUNDING) {
			horn_finish(s, mono_ms, todo);
		} else {
			s->horn.state = HORN_IDLE;
			s->horn.id = 0;
		}
	}
	horn_next(s, mono_ms, todo);
}

static void
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
	if (!(k->flags & KNOWN_STARTED))
		k->started_ms = mono_ms + s->chip_offset_ms - elapsed_ms;
	k->flags |= KNOWN_STARTED;
	store_known(s, k, 0, todo);
}

static void
horn_after_disk(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	s->horn.state = HORN_GAP;
	s->horn.since_ms = s->relay_off_ms + SIREN_GAP_MS;
	if (s->horn.since_ms <= mono_ms)
		horn_begin(s, mono_ms, 0, todo);
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
		horn_after_disk(s, mono_ms, todo);
}

/* Left over from before a restart: go on where the time is, not from the start. */
static bool
resume_started(struct siren *s, int64_t mono_ms, struct known *k, struct siren_todo *todo)
{
	int64_t elapsed = mono_ms + s->chip_offset_ms - k->started_ms, total;

	s->horn.id = k->id;
	s->horn.pattern = patterns_find(s->conf.patterns, k->pattern);
	if (s->horn.pattern == NULL)
		return false;
	s->horn.seconds = pattern_seconds(s->horn.pattern, k->seconds, s->conf.seconds_cap);
	total = pattern_total_ms(s->horn.pattern, s->horn.seconds);
	s->horn.current_seen = k->flags & KNOWN_CURRENT;
	if (elapsed < 0) {
		/* The chip lost its time: a power cut. Nobody sounded meanwhile. */
		k->flags &= (uint16_t)~KNOWN_STARTED;
		elapsed = 0;
	}
	if (elapsed >= total) {
		horn_finish(s, mono_ms, todo);
		return false;
	}
	horn_begin(s, mono_ms, elapsed, todo);
	return true;
}

void
horn_resume(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	int64_t now = siren_clock_now(&s->clock, mono_ms),
		chip = mono_ms + s->chip_offset_ms;

	for (size_t i = 0; i < s->known.count; i++) {
		struct known *k = &s->known.at[i];
		bool over = (k->flags & (KNOWN_DONE | KNOWN_STOPPED | KNOWN_ENDED)) ||
			    !(k->flags & KNOWN_HEARD) || k->joined != 0;

		if (over)
			continue;
		if (k->flags & KNOWN_STARTED) {
			if (s->horn.state == HORN_IDLE)
				resume_started(s, mono_ms, k, todo);
		} else if (k->expiry_ms > now && k->expiry_ms > chip) {
			horn_sound(s, mono_ms, k->id, todo);
		}
	}
	horn_next(s, mono_ms, todo);
}

void
horn_step(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	struct horn *h = &s->horn;
	int64_t elapsed = mono_ms - h->since_ms;

	if (h->state == HORN_DISK && elapsed >= SIREN_DISK_MS) {
		disk_refused(s, mono_ms, todo);
		horn_after_disk(s, mono_ms, todo);
		return;
	}
	if (h->state == HORN_GAP && elapsed >= 0) {
		horn_begin(s, mono_ms, 0, todo);
		return;
	}
	if (h->state != HORN_SOUNDING)
		return;
	if (!h->current_seen && !h->failed && s->relay &&
		mono_ms - h->closed_ms >= SIREN_CURRENT_MS) {
		struct known *k = sounding(s);

		h->failed = true;
		report(s, mono_ms, RECEIPT_FAILED, h->id, VERDICT_GOOD, bytes_of(NULL, 0),
			todo);
		if (k != NULL)
			k->flags |= KNOWN_FAILED;
	}
	if (elapsed >= pattern_total_ms(h->pattern, h->seconds) ||
		(h->waiting > 0 && elapsed >= SIREN_LEAST_MS)) {
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
	store_known(s, k, 0, todo);
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
	if (h->waiting > 0)
		next = sooner(next, h->since_ms + SIREN_LEAST_MS);
	return next;
}
