/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wav.c: a pattern's sound as a RIFF WAVE file (Microsoft/IBM, 1991, "Multimedia Programming
 * Interface"): all numbers little-endian. */
#include "hands/sound.h"
#include "siren/tone.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 4096, SAMPLE = sizeof(int16_t), PCM = 1 };

struct header {
	char riff[4];
	uint32_t rest;
	char wave[4], fmt[4];
	uint32_t fmt_size;
	uint16_t form, channels;
	uint32_t rate, bytes_a_second;
	uint16_t bytes_a_sample, bits;
	char data[4];
	uint32_t data_size;
};
_Static_assert(sizeof(struct header) == 44, "the header has no holes");

static bool
header_write(FILE *f, uint32_t samples)
{
	struct header h = {
		.rest = htole32(36 + samples * SAMPLE),
		.fmt_size = htole32(16),
		.form = htole16(PCM),
		.channels = htole16(1),
		.rate = htole32(TONE_RATE),
		.bytes_a_second = htole32(TONE_RATE * SAMPLE),
		.bytes_a_sample = htole16(SAMPLE),
		.bits = htole16(8 * SAMPLE),
		.data_size = htole32(samples * SAMPLE),
	};

	memcpy(h.riff, "RIFF", 4);
	memcpy(h.wave, "WAVE", 4);
	memcpy(h.fmt, "fmt ", 4);
	memcpy(h.data, "data", 4);
	return fseek(f, 0, SEEK_SET) == 0 && fwrite(&h, sizeof h, 1, f) == 1;
}

static bool
samples_write(FILE *f, const struct pattern *p, uint32_t seconds,
	const volatile sig_atomic_t *stop, uint32_t *samples)
{
	struct tone_stream t;
	int16_t block[BLOCK];
	size_t n;

	tone_start(&t, p, seconds);
	while ((stop == NULL || !*stop) && (n = tone_read(&t, block, BLOCK)) > 0) {
		for (size_t i = 0; i < n; i++)
			block[i] = (int16_t)htole16((uint16_t)block[i]);
		if (fwrite(block, SAMPLE, n, f) != n)
			return false;
		*samples += (uint32_t)n;
	}
	return true;
}

enum err
wav_write(const char *path, const struct pattern *p, uint32_t seconds,
	const volatile sig_atomic_t *stop, struct fault *fault)
{
	FILE *f = fopen(path, "we");
	uint32_t samples = 0;
	bool good;

	if (f == NULL)
		return fault_set(fault, ERR_IO, "%s: %s", path, strerror(errno));
	good = header_write(f, 0) && samples_write(f, p, seconds, stop, &samples) &&
	       header_write(f, samples);
	if (fclose(f) != 0 || !good)
		return fault_set(
			fault, ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
	return ERR_OK;
}
