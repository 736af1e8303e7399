/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sound.h: a pattern's sound, to a WAV file or to a loudspeaker by ALSA.
 *
 * Both block, so they run in a process of their own, never in the one that holds the relay.
 * Tested through ALSA's `file` plug-in; NOT RUN ON A REAL SOUND CARD.
 */
#ifndef HANDS_SOUND_H
#define HANDS_SOUND_H

#include "siren/pattern.h"

#include <signal.h>

enum sound_way { SOUND_NONE, SOUND_WAV, SOUND_ALSA };

struct sound {
	enum sound_way way;
	const char *target; /* file or ALSA device; borrowed */
};

/* "none", "wav:FILE" or "alsa:DEVICE". Borrows `text`. Errors: ERR_FORMAT, with *fault. */
CHECKED enum err sound_read(struct sound *out, const char *text, struct fault *fault);

/*
 * Write or play `p` as pattern_total_ms(p, seconds) says. Ends early, without an error, when
 * *stop is set, as by a signal handler (NULL: never): a WAV file then ends there, a loudspeaker
 * falls silent at once. Errors: ERR_IO (with the system's or ALSA's words in *fault).
 */
CHECKED enum err sound_play(const struct sound *s, const struct pattern *p,
	uint32_t seconds, const volatile sig_atomic_t *stop, struct fault *fault);

/* What stands behind sound_play(). RIFF WAVE, PCM, 16 bits, mono, 22,050 Hz. */
CHECKED enum err wav_write(const char *path, const struct pattern *p, uint32_t seconds,
	const volatile sig_atomic_t *stop, struct fault *fault);
CHECKED enum err alsa_play(const char *device, const struct pattern *p, uint32_t seconds,
	const volatile sig_atomic_t *stop, struct fault *fault);

#endif
