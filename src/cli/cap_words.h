/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_words.h: what `belfry cap` says, in the reader's language: gettext's domain belfry-cap. */
#ifndef CLI_CAP_WORDS_H
#define CLI_CAP_WORDS_H

#include "cap/check.h"
#include "cli/command.h"

/* The option of every verb that speaks. */
#define CAP_LANG_OPTION                                                                    \
	{                                                                                  \
		"lang", "LANG", "speak hy, az, ru or en (else as LANG says)"               \
	}

/* Speak as --lang says, else as the environment does; English where there is no translation. */
void words_begin(const struct run *run);
/* The same; EXIT_USAGE if --lang asks for a language that belfry does not speak. */
CHECKED int words_begin_in_one_of_ours(const struct run *run);
/* The language that the reader wants, as "hy" or "en-GB"; never NULL. */
const char *words_language(void);
/* An English sentence, marked by N_(), in the reader's language. */
const char *told(const char *text) __attribute__((format_arg(1)));
/* The same for struct cap_findings. */
const char *words_translate(void *ctx, const char *format);

const char *words_level(enum cap_level level);
const char *words_verdict(enum cap_verdict verdict);

/* Text of strangers in one line: escaped, and isolated where it may run from right to left. */
void words_line(struct buffer *out, const char *text, size_t len);
/* "  Label        text": a label and a stranger's text, its further lines below. Nothing if empty. */
void words_field(const char *label, struct bytes text);
/* A string of JSON, also where it is not UTF-8. */
json_t *words_json(const char *text);
/* One object on one line; what could steer a terminal is escaped if that is where it goes. Takes
 * the reference. */
void words_json_line(json_t *o);

#endif
