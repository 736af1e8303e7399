/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pattern_time.c: when the relay of a pattern closes and opens, and the limits on that. */
#include "siren/pattern.h"

static bool
is_silent_test(const struct pattern *p)
{
	return p->use == USE_SILENT_TEST || p->number == PATTERN_SILENT_TEST;
}

static bool
is_growl(const struct pattern *p)
{
	return p->use == USE_GROWL || p->number == PATTERN_GROWL;
}

bool
pattern_suits_test(const struct pattern *p)
{
	return is_silent_test(p) || is_growl(p);
}

static bool
is_on(const struct pattern *p, enum tone tone)
{
	return tone != TONE_SILENCE && !is_silent_test(p);
}

static int64_t
cycle_ms(const struct pattern *p)
{
	int64_t sum = 0;

	for (size_t i = 0; i < p->segments; i++)
		sum += p->segment[i].length_ms;
	return sum;
}

/* The silence at the end of a cycle is only there to part it from the next. */
static int64_t
tail_ms(const struct pattern *p)
{
	int64_t sum = 0;

	for (size_t i = p->segments; i > 0 && p->segment[i - 1].tone == TONE_SILENCE; i--)
		sum += p->segment[i - 1].length_ms;
	return is_silent_test(p) ? 0 : sum;
}

/* The limits that are nobody's data. */
static int64_t
hard_cap_ms(const struct pattern *p)
{
	if (pattern_suits_test(p))
		return PATTERN_GROWL_CAP_MS;
	if (p->use == USE_TEST)
		return PATTERN_TEST_CAP_S * 1000;
	return PATTERN_CAP_S * 1000;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t
pattern_natural_ms(const struct pattern *p)
{
	return cycle_ms(p) * p->repeat - tail_ms(p);
}

int64_t
pattern_total_ms(const struct pattern *p, uint32_t seconds)
{
	int64_t cap_ms = least(hard_cap_ms(p), (int64_t)p->cap_s * 1000);
	int64_t asked_ms = seconds > 0 ? (int64_t)seconds * 1000 : pattern_natural_ms(p);

	return cycle_ms(p) > 0 ? least(asked_ms, cap_ms) : 0;
}

uint32_t
pattern_seconds(const struct pattern *p, uint32_t order_s, uint32_t box_cap_s)
{
	if (box_cap_s == 0 || pattern_total_ms(p, order_s) <= (int64_t)box_cap_s * 1000)
		return order_s;
	return box_cap_s;
}

const struct segment *
pattern_segment_at(const struct pattern *p, uint32_t seconds, int64_t elapsed_ms,
	int64_t *from_ms, int64_t *to_ms)
{
	int64_t total = pattern_total_ms(p, seconds), cycle = cycle_ms(p), end;
	size_t i = 0;

	if (elapsed_ms < 0 || elapsed_ms >= total)
		return NULL;
	end = elapsed_ms / cycle * cycle + p->segment[0].length_ms;
	while (elapsed_ms >= end)
		end += p->segment[++i].length_ms;
	*from_ms = end - p->segment[i].length_ms;
	*to_ms = least(end, total);
	return &p->segment[i];
}

bool
pattern_relay_at(const struct pattern *p, uint32_t seconds, int64_t elapsed_ms)
{
	int64_t from, to;
	const struct segment *s = pattern_segment_at(p, seconds, elapsed_ms, &from, &to);

	return s != NULL && is_on(p, s->tone);
}

int64_t
pattern_next_change_ms(const struct pattern *p, uint32_t seconds, int64_t elapsed_ms)
{
	bool on = pattern_relay_at(p, seconds, elapsed_ms);
	int64_t from, to = elapsed_ms < 0 ? 0 : elapsed_ms;

	if (elapsed_ms < 0 && pattern_relay_at(p, seconds, 0))
		return 0;
	while (pattern_segment_at(p, seconds, to, &from, &to) != NULL)
		if (pattern_relay_at(p, seconds, to) != on)
			return to;
	return -1;
}

int64_t
pattern_closed_ms(const struct pattern *p, uint32_t seconds)
{
	const struct segment *s;
	int64_t from, to = 0, sum = 0;

	while ((s = pattern_segment_at(p, seconds, to, &from, &to)) != NULL)
		if (is_on(p, s->tone))
			sum += to - from;
	return sum;
}
