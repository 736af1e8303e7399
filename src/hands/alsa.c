/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alsa.c: a pattern's sound to an ALSA device. */
#include "hands/sound.h"
#include "siren/tone.h"

#include <alsa/asoundlib.h>

enum {
	BLOCK = 1024,
	LATENCY_US = 200000, /* short, so that a stop is heard at once */
};

static enum err
alsa_fault(struct fault *fault, const char *device, const char *what, int code)
{
	return fault_set(
		fault, ERR_IO, "sound device %s: %s: %s", device, what, snd_strerror(code));
}

/* All `n` samples, through underruns. 0, or ALSA's error. */
static int
write_all(snd_pcm_t *pcm, const int16_t *at, size_t n)
{
	while (n > 0) {
		snd_pcm_sframes_t done = snd_pcm_writei(pcm, at, n);

		if (done < 0) {
			int code = snd_pcm_recover(pcm, (int)done, 1);

			if (code < 0)
				return code;
			continue;
		}
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
play(snd_pcm_t *pcm, const struct pattern *p, uint32_t seconds,
	const volatile sig_atomic_t *stop)
{
	struct tone_stream t;
	int16_t block[BLOCK];
	size_t n;
	int code = 0;

	tone_start(&t, p, seconds);
	while (code == 0 && (stop == NULL || !*stop) &&
		(n = tone_read(&t, block, BLOCK)) > 0)
		code = write_all(pcm, block, n);
	if (code == 0 && stop != NULL && *stop)
		return snd_pcm_drop(pcm);
	return code == 0 ? snd_pcm_drain(pcm) : code;
}

enum err
alsa_play(const char *device, const struct pattern *p, uint32_t seconds,
	const volatile sig_atomic_t *stop, struct fault *fault)
{
	snd_pcm_t *pcm;
	enum err err = ERR_OK;
	int code = snd_pcm_open(&pcm, device, SND_PCM_STREAM_PLAYBACK, 0);

	if (code < 0)
		return alsa_fault(fault, device, "cannot be opened", code);
	code = snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, 1,
		TONE_RATE, 1, LATENCY_US);
	if (code < 0)
		err = alsa_fault(fault, device, "does not take 16 bits at 22,050 Hz", code);
	else if ((code = play(pcm, p, seconds, stop)) < 0)
		err = alsa_fault(fault, device, "cannot play", code);
	snd_pcm_close(pcm);
	return err;
}
