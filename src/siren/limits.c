/* SPDX-License-Identifier: GPL-3.0-or-later */
/* limits.c: what one key alone may do, and how often (DESIGN section 3, classes). */
#include "siren/brain.h"

#include <string.h>

enum {
	HOUR_MS = 3600 * 1000,
	DAY_MS = 24 * HOUR_MS,
	STOPS_PER_HOUR = 3, /* a key's fourth in an hour needs a second key */
};

static void
start_store(const struct start *t, uint16_t record, struct siren_todo *todo)
{
	struct buffer b = {0};

	write_u16(&b, t->mandate);
	write_u16(&b, t->key);
	write_u64(&b, (uint64_t)t->time_ms);
	store_record(todo, record, buffer_bytes(&b), 0);
	buffer_free(&b);
}

static void
start_add(struct siren *s, struct start t)
{
	if (s->start_count == STARTS) {
		memmove(s->start, s->start + 1, (STARTS - 1) * sizeof *s->start);
		s->start_count--;
	}
	s->start[s->start_count++] = t;
}

static int
starts_in_hour(const struct siren *s, uint16_t mandate, uint16_t key, int64_t now_ms)
{
	int n = 0;

	for (size_t i = 0; i < s->start_count; i++)
		n += s->start[i].mandate == mandate && s->start[i].key == key &&
		     s->start[i].time_ms > now_ms - HOUR_MS;
	return n;
}

static bool
suspended(const struct siren *s, uint16_t mandate, int64_t now_ms)
{
	for (size_t i = 0; i < s->suspended_count; i++)
		if (s->suspended[i].mandate == mandate && s->suspended[i].time_ms > now_ms)
			return true;
	return false;
}

static bool
mandate_covers(const struct mandate *m, const struct siren *s, const struct order_body *b,
	int rung)
{
	bool pattern = false, zone = false;

	for (int i = 0; i < m->pattern_count; i++)
		pattern |= m->pattern[i] == b->pattern;
	for (int r = rung; r < s->conf.place.depth; r++)
		for (int i = 0; i < m->zone_count; i++)
			zone |= m->zone[i] == s->conf.place.zone[r];
	return pattern && zone && b->seconds > 0 && b->seconds <= m->seconds_max &&
	       b->lifetime_s <= 1800;
}

static enum verdict
mandate_check(struct siren *s, const struct order *o, const struct order_body *b, int rung,
	int64_t now_ms, struct siren_todo *todo)
{
	uint16_t key = o->approval[0].key;
	const struct mandate *m = roster_mandate(&s->roster, key, b->class);
	struct start t = {m->number, key, now_ms};

	if (now_ms > m->not_after_ms || !mandate_covers(m, s, b, rung))
		return VERDICT_MANDATE;
	if (suspended(s, m->number, now_ms))
		return VERDICT_SUSPENDED;
	if (starts_in_hour(s, m->number, key, now_ms) >= m->starts_per_hour)
		return VERDICT_MANDATE;
	start_add(s, t);
	start_store(&t, SIREN_RECORD_START, todo);
	return VERDICT_GOOD;
}

static enum verdict
stop_check(struct siren *s, const struct order *o, int64_t now_ms, struct siren_todo *todo)
{
	struct start t = {0, o->approval[0].key, now_ms};

	if (o->approval_count == 1 && starts_in_hour(s, 0, t.key, now_ms) >= STOPS_PER_HOUR)
		return VERDICT_STOP_RATE;
	start_add(s, t);
	start_store(&t, SIREN_RECORD_START, todo);
	return VERDICT_GOOD;
}

static enum verdict
test_check(struct siren *s, const struct order_body *b, int64_t now_ms)
{
	const struct pattern *p = patterns_find(s->conf.patterns, b->pattern);

	if (p == NULL || !pattern_suits_test(p))
		return VERDICT_PATTERN;
	if (pattern_closed_ms(p, b->seconds) == 0)
		return VERDICT_GOOD;
	if (s->growl_ms != 0 && now_ms - s->growl_ms < DAY_MS)
		return VERDICT_MANDATE;
	s->growl_ms = now_ms;
	return VERDICT_GOOD;
}

enum verdict
limits_check(struct siren *s, const struct order *o, const struct order_body *b, int rung,
	int64_t now_ms, struct siren_todo *todo)
{
	switch (b->class) {
	case ORDER_BREAK_GLASS:
	case ORDER_SENSOR:
		return mandate_check(s, o, b, rung, now_ms, todo);
	case ORDER_STOP:
		return stop_check(s, o, now_ms, todo);
	case ORDER_TEST:
		return test_check(s, b, now_ms);
	case ORDER_ALARM:
	case ORDER_ALL_CLEAR:
	case ORDER_FALSE_ALARM:
	case ORDER_TAKEOVER:
		return VERDICT_GOOD;
	}
	return VERDICT_FORMAT;
}

static void
suspended_add(struct siren *s, struct start t)
{
	for (size_t i = 0; i < s->suspended_count; i++)
		if (s->suspended[i].mandate == t.mandate) {
			if (t.time_ms > s->suspended[i].time_ms)
				s->suspended[i].time_ms = t.time_ms;
			return;
		}
	if (s->suspended_count < sizeof s->suspended / sizeof *s->suspended)
		s->suspended[s->suspended_count++] = t;
}

void
suspend_mandate(struct siren *s, int64_t now_ms, const struct suspension *sus,
	struct siren_todo *todo)
{
	struct start t = {
		sus->mandate, sus->key, ((int64_t)sus->time_s + SUSPENSION_S) * 1000};

	/* Post-dated: one operator suspends for an hour, not for a year. */
	if (t.time_ms > now_ms + HOUR_MS)
		t.time_ms = now_ms + HOUR_MS;

	if (suspension_check(sus, &s->roster, &s->revoked, NULL) != ERR_OK)
		return;
	suspended_add(s, t);
	start_store(&t, SIREN_RECORD_SUSPENDED, todo);
}

void
limits_restore(struct siren *s, uint16_t record, struct bytes bytes)
{
	struct reader r = reader_over(bytes.at, bytes.len);
	struct start t;

	t.mandate = read_u16(&r);
	t.key = read_u16(&r);
	t.time_ms = (int64_t)read_u64(&r);
	if (reader_end(&r) != ERR_OK)
		return;
	if (record == SIREN_RECORD_SUSPENDED)
		suspended_add(s, t);
	else
		start_add(s, t);
}
