/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loudspeaker is ALSA's `file` plug-in over its `null` device: it writes the samples that a
 * card would get, at once and not at a card's pace. */
#include "hands/sound.h"

#include "siren/tone.h"

#include <alsa/asoundlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { HEADER = 44, MOST = 1 << 20 };

static const struct pattern fire = {
	.number = 22,
	.use = USE_FIRE,
	.repeat = 2,
	.cap_s = 8,
	.segments = 2,
	.segment = {{.tone = TONE_WAIL,
			    .length_ms = 2300,
			    .low_hz = 300,
			    .high_hz = 700,
			    .period_ms = 1000,
			    .rise_ms = 500},
		{.tone = TONE_SILENCE, .length_ms = 700}},
};

struct files {
	char folder[32], wav[64], raw[64], conf[64];
	uint8_t *got, *want;
};

static int
setup(void **state)
{
	struct files *f = calloc(1, sizeof *f);
	FILE *conf;

	*state = f;
	strcpy(f->folder, "/tmp/belfry-sound-XXXXXX");
	f->got = calloc(1, MOST);
	f->want = calloc(1, MOST);
	if (f->got == NULL || f->want == NULL || mkdtemp(f->folder) == NULL)
		return 1;
	snprintf(f->wav, sizeof f->wav, "%s/a.wav", f->folder);
	snprintf(f->raw, sizeof f->raw, "%s/a.raw", f->folder);
	snprintf(f->conf, sizeof f->conf, "%s/asound.conf", f->folder);
	conf = fopen(f->conf, "w");
	if (conf == NULL)
		return 1;
	fprintf(conf,
		"pcm.nothing { type null }\n"
		"pcm.horn { type file slave.pcm \"nothing\" file \"%s\" format \"raw\" }\n",
		f->raw);
	return fclose(conf) != 0 || setenv("ALSA_CONFIG_PATH", f->conf, 1) != 0;
}

static int
teardown(void **state)
{
	struct files *f = *state;

	snd_config_update_free_global();
	unlink(f->wav);
	unlink(f->raw);
	unlink(f->conf);
	rmdir(f->folder);
	free(f->got);
	free(f->want);
	free(f);
	return 0;
}

static size_t
file_read(uint8_t *out, const char *path)
{
	FILE *file = fopen(path, "r");
	size_t n;

	assert_non_null(file);
	n = fread(out, 1, MOST, file);
	fclose(file);
	return n;
}

/* The samples as the synthesis makes them; bytes. */
static size_t
samples(uint8_t *out, uint32_t seconds)
{
	struct tone_stream t;

	tone_start(&t, &fire, seconds);
	return 2 * tone_read(&t, (int16_t *)(void *)out, MOST / 2);
}

static void
alsa_gets_the_samples_bit_for_bit(void **state)
{
	struct files *f = *state;
	struct fault fault = {""};
	size_t n = samples(f->want, 0);

	if (alsa_play("horn", &fire, 0, NULL, &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	assert_int_equal(n, 2 * 53 * TONE_RATE / 10);
	assert_int_equal(file_read(f->got, f->raw), n);
	assert_memory_equal(f->got, f->want, n);
}

static void
a_wav_file_holds_header_and_samples(void **state)
{
	struct files *f = *state;
	struct fault fault = {""};
	size_t n = samples(f->want, 3);
	/* RIFF, WAVE, fmt: PCM, mono, 22,050 Hz, 44,100 bytes a second, 2 a sample, 16 bits. */
	static const uint8_t header[36] = "RIFF\xf0\x04\x02\0WAVEfmt \x10\0\0\0\1\0\1\0"
					  "\x22\x56\0\0\x44\xac\0\0\2\0\x10\0";

	assert_int_equal(n, 3 * 2 * TONE_RATE);
	if (wav_write(f->wav, &fire, 3, NULL, &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	assert_int_equal(file_read(f->got, f->wav), HEADER + n);
	assert_memory_equal(f->got, header, sizeof header);
	assert_memory_equal(f->got + 36, "data\xcc\x04\x02\0", 8);
	assert_memory_equal(f->got + HEADER, f->want, n);
}

static void
a_stop_ends_the_sound(void **state)
{
	struct files *f = *state;
	const volatile sig_atomic_t stop = 1;

	assert_int_equal(alsa_play("horn", &fire, 0, &stop, NULL), ERR_OK);
	assert_int_equal(file_read(f->got, f->raw), 0);
	assert_int_equal(wav_write(f->wav, &fire, 0, &stop, NULL), ERR_OK);
	assert_int_equal(file_read(f->got, f->wav), HEADER);
}

static void
a_device_or_file_that_cannot_be_had_is_named(void **state)
{
	struct fault fault = {""};

	(void)state;
	assert_int_equal(alsa_play("trumpet", &fire, 0, NULL, &fault), ERR_IO);
	assert_non_null(strstr(fault.text, "sound device trumpet: cannot be opened"));
	assert_int_equal(wav_write("/no/such/a.wav", &fire, 0, NULL, &fault), ERR_IO);
	assert_non_null(strstr(fault.text, "/no/such/a.wav: No such file"));
	assert_int_equal(wav_write("/dev/full", &fire, 0, NULL, &fault), ERR_IO);
}

static void
a_way_of_sound_has_three_forms(void **state)
{
	static const char *const bad[] = {"", "wav", "wav:", "alsa:", "None", "oss:x"};
	struct sound s;
	struct fault fault;

	(void)state;
	assert_int_equal(sound_read(&s, "none", &fault), ERR_OK);
	assert_int_equal(sound_play(&s, &fire, 0, NULL, &fault), ERR_OK);
	assert_int_equal(sound_read(&s, "alsa:plughw:0,0", &fault), ERR_OK);
	assert_int_equal(s.way, SOUND_ALSA);
	assert_string_equal(s.target, "plughw:0,0");
	assert_int_equal(sound_read(&s, "wav:/tmp/a.wav", &fault), ERR_OK);
	assert_int_equal(s.way, SOUND_WAV);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(sound_read(&s, bad[i], &fault), ERR_FORMAT);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(alsa_gets_the_samples_bit_for_bit),
		TEST(a_wav_file_holds_header_and_samples),
		TEST(a_stop_ends_the_sound),
		TEST(a_device_or_file_that_cannot_be_had_is_named),
		cmocka_unit_test(a_way_of_sound_has_three_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
