/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pattern.h: what a siren sounds, as data, and the limits that no data and no order can outgrow.
 *
 * doc/formats/pattern.md describes the file and gives the reasons. Patterns are read here from
 * bytes; src/hands/pattern_files.h reads a folder of them.
 */
#ifndef SIREN_PATTERN_H
#define SIREN_PATTERN_H

#include "base/bytes.h"

/* What the relay does is on in every tone but silence; src/siren/tone.h makes the sound. */
enum tone {
	TONE_SILENCE,
	TONE_STEADY, /* high_hz */
	TONE_LOW,    /* low_hz, steady */
	TONE_WAIL, /* from low_hz up to high_hz and back in period_ms, rising for rise_ms */
	TONE_VOICE, /* a spoken message goes here: relay on, no tone of ours */
};

/* What a pattern tells people, or what it tests. */
enum pattern_use {
	USE_ATTACK,
	USE_ALL_CLEAR,
	USE_FIRE,
	USE_WARNING,
	USE_WATER,
	USE_TEST,	 /* a public test, heard by everybody: two operators order it */
	USE_GROWL,	 /* one operator: the motor turns for a moment */
	USE_SILENT_TEST, /* one operator: the relay never closes, nothing is heard */
};

enum {
	PATTERN_SEGMENTS = 32,
	PATTERN_NAME = 32,	  /* bytes of a name */
	PATTERN_COUNTRY = 16,	  /* bytes of a country */
	PATTERN_SOURCE = 400,	  /* bytes of the note on where it comes from */
	PATTERN_FILE_MAX = 65536, /* bytes of a file */

	/* Reserved numbers: each is its use's only pattern, and the reader holds a file to it. */
	PATTERN_NONE = 0, /* in an order: end without a sound */
	PATTERN_SILENT_TEST = 1,
	PATTERN_GROWL = 2,

	/* Limits in the program. A file or an order may ask for less, never for more. */
	PATTERN_CAP_S = 600,	     /* any pattern, from first to last sound */
	PATTERN_TEST_CAP_S = 180,    /* public tests: the longest is the American one */
	PATTERN_GROWL_CAP_MS = 5000, /* DESIGN section 3, class test */
};

struct segment {
	enum tone tone;
	uint32_t length_ms;	  /* 100 .. 600,000 */
	uint16_t low_hz, high_hz; /* 50 .. 4,000, 0 where the tone has none */
	uint32_t period_ms;	  /* of a wail: 200 .. 60,000; else 0 */
	uint32_t rise_ms;	  /* of a wail: below period_ms; else 0 */
};

struct pattern {
	uint8_t number; /* 1 .. 255: stable, unique, what orders carry */
	enum pattern_use use;
	char name[PATTERN_NAME + 1];
	char country[PATTERN_COUNTRY + 1];
	char source[PATTERN_SOURCE + 1];
	uint8_t repeat; /* how often the segments are played: 1 .. 60 */
	uint16_t cap_s; /* however long an order asks for: 1 .. PATTERN_CAP_S */
	uint8_t segments;
	struct segment segment[PATTERN_SEGMENTS];
};

/*
 * One file's bytes. `file` is only a name for the fault, which says file, line, column and field.
 * Errors: ERR_FORMAT (not JSON, a field unknown, missing or of the wrong kind), ERR_RANGE (a
 * value outside its limits), ERR_REFUSED (a test that would sound, or a reserved number), each
 * with *fault (NULL if nobody reads it). *out is written only on success.
 */
CHECKED enum err pattern_read(
	struct pattern *out, struct bytes in, const char *file, struct fault *fault);

/* The word in the file: "wail", "all-clear". Never NULL. */
const char *tone_name(enum tone tone);
const char *pattern_use_name(enum pattern_use use);

/* May a test order of one operator play it? Only the growl and the silent test. */
bool pattern_suits_test(const struct pattern *p);

/*
 * The seconds to give to the functions below when an order asks for `order_s` (0: as long as the
 * pattern says) and this box allows `box_cap_s` a sounding (0: no limit of its own).
 */
uint32_t pattern_seconds(const struct pattern *p, uint32_t order_s, uint32_t box_cap_s);

/* The segments `repeat` times, without the silence behind the last tone, before any limit. */
int64_t pattern_natural_ms(const struct pattern *p);

/*
 * From the start to the end of the last sound. `seconds` 0: pattern_natural_ms(). Otherwise the segments go round until `seconds` have passed.
 * cap_s and the limits above cut either. A silent test has the length of its watch, without sound.
 */
int64_t pattern_total_ms(const struct pattern *p, uint32_t seconds);

/* Is the relay closed `elapsed_ms` after the start? Never before the start, at or after the end,
 * or in a silent test. */
bool pattern_relay_at(const struct pattern *p, uint32_t seconds, int64_t elapsed_ms);

/* The first time after `elapsed_ms` (since the start) at which pattern_relay_at() differs from
 * what it is at `elapsed_ms`; -1 if it stays so. */
int64_t pattern_next_change_ms(
	const struct pattern *p, uint32_t seconds, int64_t elapsed_ms);

/* How long the relay is closed in all. */
int64_t pattern_closed_ms(const struct pattern *p, uint32_t seconds);

/* Which segment plays at `elapsed_ms`, with its own start and end, cut at the total. NULL before
 * the start and from the end on. */
const struct segment *pattern_segment_at(const struct pattern *p, uint32_t seconds,
	int64_t elapsed_ms, int64_t *from_ms, int64_t *to_ms);

/* The patterns that a box knows, by number. */
struct patterns;
CHECKED enum err patterns_new(struct patterns **out);
void patterns_free(struct patterns *ps); /* NULL is fine */
/* Copies. Errors: ERR_DUPLICATE if the number or the name is taken, with *fault; ERR_NOMEM. */
CHECKED enum err patterns_add(
	struct patterns *ps, const struct pattern *p, struct fault *fault);
/* Borrowed; NULL if there is none. */
const struct pattern *patterns_find(const struct patterns *ps, unsigned number);
const struct pattern *patterns_find_name(const struct patterns *ps, const char *name);
size_t patterns_count(const struct patterns *ps);

#endif
