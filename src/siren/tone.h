/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tone.h: the sound of a pattern as samples, for boxes with a loudspeaker. */
#ifndef SIREN_TONE_H
#define SIREN_TONE_H

#include "siren/pattern.h"

enum {
	TONE_RATE = 22050, /* samples a second; 16 bits, mono */
	TONE_PEAK = 26000, /* the largest sample: 2 dB below full scale */
	TONE_FADE_MS = 10, /* between silence and full sound, so that nothing clicks */
};

/* Where the synthesis stands. Set by tone_start(); nothing to free. */
struct tone_stream {
	const struct pattern *pattern; /* borrowed: must outlive the stream */
	uint32_t seconds;
	int64_t at, total; /* in samples */
	int64_t from, to;  /* the segment that plays, in samples */
	int64_t to_ms;	   /* its end since the start */
	const struct segment *segment;
	bool fade_in, fade_out;
	double turn; /* phase in turns, 0 .. 1; goes on from segment to segment */
};

/* From the beginning of `p`, sounding as pattern_total_ms(p, seconds) says. */
void tone_start(struct tone_stream *t, const struct pattern *p, uint32_t seconds);

/*
 * The next samples, at most `n`. Fewer than `n`, and then 0, at the end. The samples are the same
 * whatever the block size. A wail sweeps linearly, from low_hz; a voice segment and a silent
 * test are silence.
 */
size_t tone_read(struct tone_stream *t, int16_t *out, size_t n);

/* How many samples there are in all. */
int64_t tone_samples(const struct pattern *p, uint32_t seconds);

#endif
