/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resume.c: what a restart cut off: what sounded goes on, an all clear not begun is still owed. */
#include "siren/brain.h"

/* An all clear that was heard here, has not begun, and waits for no turn: a restart cut it off. */
static bool
is_owed(const struct siren *s, const struct known *k)
{
	return (k->class == ORDER_ALL_CLEAR || k->class == ORDER_FALSE_ALARM) &&
	       (k->flags & KNOWN_HEARD) && k->pattern != PATTERN_NONE &&
	       !(k->flags & (KNOWN_STOPPED | KNOWN_ENDED | KNOWN_STARTED | KNOWN_DONE)) &&
	       !horn_has(s, k->id);
}

/* By the chip: right for a difference, also where it is hours off. */
static int64_t
elapsed_ms(const struct siren *s, int64_t mono_ms, const struct known *k)
{
	return mono_ms + s->chip_offset_ms - k->started_ms;
}

/* An alarm whose time is not over goes on, as if there had been no restart: expiry alone silences
 * nothing, and least of all a wrong chip. */
static bool
goes_on(const struct siren *s, int64_t mono_ms, const struct known *k,
	const struct pattern *p, int64_t now_ms)
{
	int64_t elapsed = elapsed_ms(s, mono_ms, k);
	uint32_t seconds = pattern_seconds(p, k->seconds, s->conf.seconds_cap);
	bool ended = (k->flags & (KNOWN_STOPPED | KNOWN_ENDED)) && !air_wants(s, k, now_ms);

	return known_is_alarm(k) && (k->flags & KNOWN_STARTED) && !ended && elapsed >= 0 &&
	       elapsed < pattern_total_ms(p, seconds);
}

/* Left over from before a restart: go on where the time is, not from the start. */
static void
resume_started(struct siren *s, int64_t mono_ms, struct known *k,
	const struct pattern *pattern, struct siren_todo *todo)
{
	int64_t elapsed = elapsed_ms(s, mono_ms, k);

	s->horn.state = HORN_SOUNDING;
	s->horn.id = k->id;
	s->horn.pattern = pattern;
	s->horn.seconds = pattern_seconds(pattern, k->seconds, s->conf.seconds_cap);
	s->horn.current_seen = k->flags & KNOWN_CURRENT;
	s->horn.failed = k->flags & KNOWN_FAILED;
	s->horn.resumed = s->horn.current_seen;
	/* The chip lost its time: a power cut. An alarm begins anew, for nobody sounded meanwhile; an
	 * all clear does not: nobody knows how long ago it was true. */
	if (elapsed < 0)
		elapsed =
			known_is_alarm(k) ? 0 : pattern_total_ms(pattern, s->horn.seconds);
	s->horn.since_ms = mono_ms - elapsed;
	if (elapsed >= pattern_total_ms(pattern, s->horn.seconds))
		horn_finish(s, mono_ms, todo);
	else
		horn_begin(s, mono_ms, elapsed, todo);
}

/* After a restart the time is what the floor or the clock chip says, whichever is later: nothing
 * that has expired begins. A test that had not begun is not begun now, and an all clear when the
 * time is sure. */
void
resume(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	int64_t now = siren_clock_now(&s->clock, mono_ms),
		chip = mono_ms + s->chip_offset_ms;

	now = chip > now ? chip : now;
	for (size_t i = 0; i < s->known.count; i++) {
		struct known *k = &s->known.at[i];
		const struct pattern *p = patterns_find(s->conf.patterns, k->pattern);
		bool ours = (k->flags & KNOWN_HEARD) && !(k->flags & KNOWN_DONE) &&
			    k->joined == 0 && p != NULL;

		s->owes |= is_owed(s, k);
		if (!ours || (!goes_on(s, mono_ms, k, p, now) &&
				     (!air_wants(s, k, now) || k->expiry_ms <= now)))
			continue;
		if ((k->flags & KNOWN_STARTED) && s->horn.state == HORN_IDLE &&
			k->class != ORDER_TEST)
			resume_started(s, mono_ms, k, p, todo);
		else if (known_is_alarm(k))
			horn_sound(s, mono_ms, k->id, todo);
	}
}

void
owed_pay(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	if (!s->owes || !s->clock.sure)
		return;
	if (s->owed_due_ms == 0)
		s->owed_due_ms = mono_ms + SIREN_OWED_MS;
	if (mono_ms < s->owed_due_ms)
		return;
	s->owes = false;
	for (size_t i = 0; i < s->known.count; i++) {
		struct known *k = &s->known.at[i];

		if (!is_owed(s, k))
			continue;
		if (k->expiry_ms <= siren_clock_now(&s->clock, mono_ms))
			horn_turn_down(s, mono_ms, k, VERDICT_EXPIRED, todo);
		else
			horn_sound(s, mono_ms, k->id, todo);
	}
}

void
owed_forgo(struct siren *s, int64_t mono_ms, struct siren_todo *todo)
{
	if (!s->owes)
		return;
	s->owes = false;
	for (size_t i = 0; i < s->known.count; i++)
		if (is_owed(s, &s->known.at[i]))
			horn_turn_down(
				s, mono_ms, &s->known.at[i], VERDICT_ALARM_LIVE, todo);
}
