/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tone.c: a sine whose phase never jumps, under a ramp at each end of a sound. */
#include "siren/tone.h"

#include <math.h>

static int64_t
samples_of(int64_t ms)
{
	return ms * TONE_RATE / 1000;
}

int64_t
tone_samples(const struct pattern *p, uint32_t seconds)
{
	return samples_of(pattern_total_ms(p, seconds));
}

void
tone_start(struct tone_stream *t, const struct pattern *p, uint32_t seconds)
{
	*t = (struct tone_stream){
		.pattern = p, .seconds = seconds, .total = tone_samples(p, seconds)};
}

static bool
audible(const struct tone_stream *t, const struct segment *s)
{
	return s != NULL && s->tone != TONE_SILENCE && s->tone != TONE_VOICE &&
	       t->pattern->use != USE_SILENT_TEST &&
	       t->pattern->number != PATTERN_SILENT_TEST;
}

/* Move to the segment behind the one that ended. */
static void
next_segment(struct tone_stream *t)
{
	bool was_audible = audible(t, t->segment);
	int64_t from_ms, beyond_from, beyond_to;

	t->segment =
		pattern_segment_at(t->pattern, t->seconds, t->to_ms, &from_ms, &t->to_ms);
	t->from = t->at;
	t->to = samples_of(t->to_ms);
	t->fade_in = !was_audible;
	t->fade_out = !audible(t, pattern_segment_at(t->pattern, t->seconds, t->to_ms,
					  &beyond_from, &beyond_to));
}

static double
hz_now(const struct tone_stream *t)
{
	const struct segment *s = t->segment;
	double ms = fmod((double)(t->at - t->from) * 1000.0 / TONE_RATE, s->period_ms);
	double span = s->high_hz - s->low_hz;

	if (s->tone == TONE_LOW)
		return s->low_hz;
	if (s->tone == TONE_STEADY)
		return s->high_hz;
	if (ms < s->rise_ms)
		return s->low_hz + span * ms / s->rise_ms;
	return s->high_hz - span * (ms - s->rise_ms) / (s->period_ms - s->rise_ms);
}

static double
loudness_now(const struct tone_stream *t)
{
	double ramp = TONE_FADE_MS * TONE_RATE / 1000.0, level = 1.0;

	if (t->fade_in && (double)(t->at - t->from) < ramp)
		level = (double)(t->at - t->from) / ramp;
	if (t->fade_out && (double)(t->to - t->at) < ramp)
		level = fmin(level, (double)(t->to - t->at) / ramp);
	return level;
}

static int16_t
sample_now(struct tone_stream *t)
{
	double value;

	if (!audible(t, t->segment)) {
		t->turn = 0;
		return 0;
	}
	value = TONE_PEAK * loudness_now(t) * sin(2 * M_PI * t->turn);
	t->turn += hz_now(t) / TONE_RATE;
	t->turn -= floor(t->turn);
	return (int16_t)lrint(value);
}

size_t
tone_read(struct tone_stream *t, int16_t *out, size_t n)
{
	size_t made = 0;

	for (; made < n && t->at < t->total; made++, t->at++) {
		if (t->at >= t->to)
			next_segment(t);
		out[made] = sample_now(t);
	}
	return made;
}
