/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say.h: words to the person: escaped, coloured where a terminal shows it, or as JSON. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "cli/command.h"

/*
 * Append text of strangers so that it cannot steer a terminal or turn the direction of the line:
 * control characters, bidirectional overrides and what is not UTF-8 are written as \xNN. `lines`
 * keeps line ends, each followed by `lines`.
 */
void text_escape(struct buffer *out, const char *text, size_t len, const char *lines);

/* printf to stdout where every %s was already escaped or is our own. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "  Zones      …": a label and one text of anybody's. */
void say_field(const char *label, const char *text);
/* Text of anybody's, alone. */
void say_text(const char *text);

/* What went wrong: one line to stderr, with --json also {"error": …, "exit": …} to stdout. Gives
 * `code` back. */
int fail(const struct run *run, enum exit_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The exit code of an error met here (not one of the hub's answers), and its sentence. */
int fail_err(const struct run *run, enum err err, const struct fault *fault);
/* The answer as JSON, if --json asks for it, with run->before in it. Takes the reference. True if it
 * was written. */
bool say_json(const struct run *run, json_t *o);

enum hue { HUE_NONE, HUE_RED, HUE_GREEN, HUE_YELLOW, HUE_BOLD };
/* The sequence that starts a hue, "" without a terminal or with NO_COLOR. HUE_NONE ends it. */
const char *hue(enum hue h);
/* Is there somebody at the terminal to ask? */
bool can_ask(void);
/* Ask until a line comes; true for "yes". Only if can_ask(). */
bool ask_yes(const char *question);

/* A text of the object, "" if it has none. */
const char *json_text(const json_t *o, const char *name);
json_int_t json_number(const json_t *o, const char *name);

#endif
