/* SPDX-License-Identifier: GPL-3.0-or-later */
/* limits.c: what one key alone may do, and how often (DESIGN section 3, classes). */
#include "siren/brain.h"

enum {
	HOUR_MS = 3600 * 1000,
	DAY_MS = 24 * HOUR_MS,
	STOPS_PER_HOUR = 3, /* a key's fourth in an hour needs a second key */
	CLOCKS_DIFFER_MS = 5000,
};

static void
start_write(struct buffer *b, const struct start *t)
{
	write_u16(b, t->mandate);
	write_u16(b, t->key);
	write_u64(b, (uint64_t)t->time_ms);
}

void
start_store(const struct start *t, uint16_t record, struct siren_todo *todo)
{
	struct buffer b = {0};

	start_write(&b, t);
	store_record(todo, record, buffer_bytes(&b), 0);
	buffer_free(&b);
}

/* What is older than an hour makes room. False: 256 in an hour, one more would go uncounted. */
static bool
start_add(struct siren *s, struct start t, int64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->start_count; i++)
		if (s->start[i].time_ms > now_ms - HOUR_MS)
			s->start[kept++] = s->start[i];
	s->start_count = kept;
	if (kept == STARTS)
		return false;
	s->start[s->start_count++] = t;
	return true;
}

static bool
start_count(struct siren *s, struct start t)
{
	if (!start_add(s, t, t.time_ms))
		return false;
	s->starts_due++;
	return true;
}

void
limits_store(struct siren *s, struct siren_todo *todo)
{
	for (; s->starts_due > 0; s->starts_due--)
		start_store(&s->start[s->start_count - s->starts_due], SIREN_RECORD_START,
			todo);
}

/* Two keys of one person have one person's share. */
static int
starts_in_hour(const struct siren *s, uint16_t mandate, uint16_t key, int64_t now_ms)
{
	int n = 0;

	for (size_t i = 0; i < s->start_count; i++)
		n += s->start[i].mandate == mandate &&
		     s->start[i].time_ms > now_ms - HOUR_MS &&
		     (s->start[i].key == key ||
			     (key != 0 && s->start[i].key != 0 &&
				     roster_same_person(&s->roster, s->start[i].key, key)));
	return n;
}

/* One that was dated ahead counts only when its hour has come, if we know the hour. */
static bool
suspended(const struct siren *s, uint16_t mandate, int64_t now_ms)
{
	int64_t most = s->clock.sure ? now_ms + HOUR_MS + CLOCKS_DIFFER_MS : INT64_MAX;

	for (size_t i = 0; i < s->suspended_count; i++)
		if (s->suspended[i].mandate == mandate &&
			s->suspended[i].time_ms > now_ms && s->suspended[i].time_ms <= most)
			return true;
	return false;
}

/* One key alone; a second one would only hide whose mandate it is. */
static enum verdict
mandate_check(struct siren *s, const struct order *o, const struct order_body *b, int rung,
	int64_t now_ms)
{
	uint16_t key = o->approval[0].key;
	const struct mandate *m = roster_mandate(&s->roster, key, b->class);

	if (o->approval_count != 1 || !mandate_covers(m, b, &s->conf.place, rung, now_ms))
		return VERDICT_MANDATE;
	if (suspended(s, m->number, now_ms))
		return VERDICT_SUSPENDED;
	if (starts_in_hour(s, m->number, key, now_ms) >= m->starts_per_hour ||
		!start_count(s, (struct start){m->number, key, now_ms}))
		return VERDICT_MANDATE;
	return VERDICT_GOOD;
}

static enum verdict
stop_check(struct siren *s, const struct order *o, int64_t now_ms)
{
	bool alone = order_persons(&s->roster, o) == 1;

	if (alone && starts_in_hour(s, 0, o->approval[0].key, now_ms) >= STOPS_PER_HOUR)
		return VERDICT_STOP_RATE;
	for (int i = 0; i < (alone ? 1 : o->approval_count); i++)
		if (!start_count(s, (struct start){0, o->approval[i].key, now_ms}) && alone)
			return VERDICT_STOP_RATE;
	return VERDICT_GOOD;
}

static enum verdict
test_check(struct siren *s, const struct order_body *b, int64_t now_ms,
	struct siren_todo *todo)
{
	const struct pattern *p = patterns_find(s->conf.patterns, b->pattern);
	bool heard = pattern_closed_ms(p, b->seconds) > 0;

	if (heard && s->growl_ms != 0 && now_ms - s->growl_ms < DAY_MS)
		return VERDICT_MANDATE;
	if (starts_in_hour(s, 0, 0, now_ms) >= SIREN_TESTS ||
		!start_count(s, (struct start){0, 0, now_ms}))
		return VERDICT_MANDATE;
	if (heard) {
		s->growl_ms = now_ms;
		store_number(todo, SIREN_RECORD_GROWL, (uint64_t)now_ms);
	}
	return VERDICT_GOOD;
}

enum verdict
limits_check(struct siren *s, const struct order *o, const struct order_body *b, int rung,
	int64_t now_ms, struct siren_todo *todo)
{
	s->starts_due = 0;
	switch (b->class) {
	case ORDER_BREAK_GLASS:
	case ORDER_SENSOR:
		return mandate_check(s, o, b, rung, now_ms);
	case ORDER_STOP:
		return stop_check(s, o, now_ms);
	case ORDER_TEST:
		return test_check(s, b, now_ms, todo);
	case ORDER_ALARM:
	case ORDER_ALL_CLEAR:
	case ORDER_FALSE_ALARM:
	case ORDER_TAKEOVER:
		return VERDICT_GOOD;
	}
	return VERDICT_FORMAT;
}

/* No alarm, and no mandate, may sound the all clear; no all clear may sound like an alarm. */
enum verdict
pattern_check(const struct siren *s, const struct order_body *b)
{
	const struct pattern *p = patterns_find(s->conf.patterns, b->pattern);
	bool clears = p != NULL && p->use == USE_ALL_CLEAR;
	bool good = false;

	switch (b->class) {
	case ORDER_ALARM:
	case ORDER_BREAK_GLASS:
	case ORDER_SENSOR:
		/* 0: a message; order_read() lets no other class but the first have it. */
		good = b->pattern == 0 || (p != NULL && !clears && !pattern_suits_test(p));
		break;
	case ORDER_ALL_CLEAR:
	case ORDER_FALSE_ALARM:
		good = b->pattern == 0 || clears;
		break;
	case ORDER_TEST:
		good = p != NULL && pattern_suits_test(p);
		break;
	case ORDER_STOP:
	case ORDER_TAKEOVER:
		good = b->pattern == 0;
		break;
	}
	return good ? VERDICT_GOOD : VERDICT_PATTERN;
}

static void
suspended_add(struct siren *s, struct start t)
{
	struct start *at = NULL;

	for (size_t i = 0; i < s->suspended_count; i++)
		if (s->suspended[i].mandate == t.mandate)
			at = &s->suspended[i];
	if (at == NULL && s->suspended_count < ROSTER_MANDATES)
		s->suspended[s->suspended_count++] = t;
	else if (at != NULL && t.time_ms > at->time_ms)
		*at = t;
}

static bool
mandate_known(const struct siren *s, uint16_t number)
{
	for (int i = 0; i < s->roster.mandate_count; i++)
		if (s->roster.mandate[i].number == number)
			return true;
	return false;
}

/* What suspends no more, or a mandate that is no more, makes room. */
static void
suspended_tidy(struct siren *s, int64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->suspended_count; i++)
		if (s->suspended[i].time_ms > now_ms &&
			mandate_known(s, s->suspended[i].mandate))
			s->suspended[kept++] = s->suspended[i];
	s->suspended_count = kept;
}

void
suspend_mandate(struct siren *s, int64_t now_ms, const struct suspension *sus,
	struct siren_todo *todo)
{
	struct start t = {
		sus->mandate, sus->key, ((int64_t)sus->time_s + SUSPENSION_S) * 1000};

	/* Dated ahead: it must not take the place of one that holds now. */
	if (s->clock.sure && t.time_ms > now_ms + HOUR_MS + CLOCKS_DIFFER_MS)
		return;
	if (!mandate_known(s, sus->mandate) ||
		suspension_check(sus, &s->roster, &s->revoked, NULL) != ERR_OK)
		return;
	suspended_tidy(s, now_ms);
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
		(void)start_add(s, t, t.time_ms);
}
