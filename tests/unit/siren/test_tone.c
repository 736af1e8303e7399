/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exact lengths and pitches are measured in the WAV by tests/system/measure_wav.py, which
 * shares no code with the synthesis; here is what only the samples' maker can be asked. */
#include "siren/tone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 8 * TONE_RATE };

static const struct pattern short_fire = {
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
			    .rise_ms = 250},
		{.tone = TONE_SILENCE, .length_ms = 700}},
};

/* All samples of a pattern, read in blocks of `block`. */
static size_t
read_all(int16_t *out, const struct pattern *p, uint32_t seconds, size_t block)
{
	struct tone_stream t;
	size_t n, sum = 0;

	tone_start(&t, p, seconds);
	while ((n = tone_read(&t, out + sum, block)) > 0)
		sum += n;
	assert_int_equal(tone_read(&t, out + sum, block), 0);
	return sum;
}

static int
setup(void **state)
{
	*state = calloc(2 * MOST, sizeof(int16_t));
	return *state == NULL;
}

static int
teardown(void **state)
{
	free(*state);
	return 0;
}

static void
the_block_size_does_not_matter(void **state)
{
	int16_t *a = *state, *b = a + MOST;
	static const size_t block[] = {1, 7, 441, 4096};
	size_t n = read_all(a, &short_fire, 0, MOST);

	assert_int_equal(n, tone_samples(&short_fire, 0));
	assert_int_equal(n, 53 * TONE_RATE / 10); /* 2 x 2.3 s and 0.7 s between */
	for (size_t i = 0; i < sizeof block / sizeof *block; i++) {
		memset(b, 0x5a, MOST * sizeof *b);
		assert_int_equal(read_all(b, &short_fire, 0, block[i]), n);
		assert_memory_equal(a, b, n * sizeof *a);
	}
}

static int
largest(const int16_t *at, size_t n)
{
	int most = 0;

	for (size_t i = 0; i < n; i++)
		most = abs(at[i]) > most ? abs(at[i]) : most;
	return most;
}

/* A sine of 700 Hz and TONE_PEAK rises by at most 2 pi 700 / 22050 of it from sample to sample. */
static void
nothing_clicks(void **state)
{
	int16_t *a = *state;
	size_t n = read_all(a, &short_fire, 0, 512);

	assert_int_equal(a[0], 0);
	assert_true(abs(a[n - 1]) < TONE_PEAK / 20);
	for (size_t i = 1; i < n; i++)
		assert_true(abs(a[i] - a[i - 1]) < TONE_PEAK * 0.21);
}

static void
a_sounding_that_an_order_cuts_short_does_not_click_either(void **state)
{
	int16_t *a = *state;
	size_t n = read_all(a, &short_fire, 1, 512);

	assert_int_equal(n, TONE_RATE);
	assert_true(largest(a + n - 20, 20) < TONE_PEAK / 8);
	assert_true(largest(a, n) > TONE_PEAK * 0.98);
}

static void
gaps_are_silent(void **state)
{
	int16_t *a = *state;

	read_all(a, &short_fire, 0, 512);
	assert_int_equal(largest(a + 23 * TONE_RATE / 10, 7 * TONE_RATE / 10), 0);
	assert_true(largest(a, 23 * TONE_RATE / 10) > TONE_PEAK * 0.98);
}

static void
a_silent_test_is_zeros_whatever_its_segments_say(void **state)
{
	struct pattern p = short_fire;
	int16_t *a = *state;
	size_t n;

	p.use = USE_SILENT_TEST;
	n = read_all(a, &p, 600, 512);
	assert_int_equal(n, 5 * TONE_RATE);
	assert_int_equal(largest(a, n), 0);
	p.use = USE_ATTACK;
	p.number = PATTERN_SILENT_TEST;
	assert_int_equal(largest(a, read_all(a, &p, 600, 512)), 0);
}

static void
a_growl_of_any_length_ends_after_5_seconds(void **state)
{
	struct pattern p = short_fire;

	p.use = USE_GROWL;
	p.cap_s = 600;
	assert_int_equal(read_all(*state, &p, 600, 512), 5 * TONE_RATE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_block_size_does_not_matter),
		cmocka_unit_test(nothing_clicks),
		cmocka_unit_test(a_sounding_that_an_order_cuts_short_does_not_click_either),
		cmocka_unit_test(gaps_are_silent),
		cmocka_unit_test(a_silent_test_is_zeros_whatever_its_segments_say),
		cmocka_unit_test(a_growl_of_any_length_ends_after_5_seconds),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
