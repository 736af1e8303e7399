/* SPDX-License-Identifier: GPL-3.0-or-later */
/* form.h: a JSON file that people write, read strictly: each fault names file, line, column and
 * field. */
#ifndef BOX_FORM_H
#define BOX_FORM_H

#include "base/bytes.h"

#include <jansson.h>

enum { FORM_PATH = 96 /* bytes of "sirens[12].seed"; longer ones are cut */ };

/* One file being read. The first error stays in `err`, its sentence in `fault`. */
struct form {
	const char *file;
	struct buffer text;
	json_t *root; /* NULL if it is not an object; borrowed until form_close() */
	struct fault *fault;
	enum err err;
};

/* Read a file of at most `max` bytes. Look at form.err, and end it with form_close() in any case.
 * Errors: ERR_IO, ERR_RANGE (too long), ERR_FORMAT (no JSON object), ERR_NOMEM. */
struct form form_open(const char *file, size_t max, struct fault *fault);
void form_close(struct form *f);

void form_complain(struct form *f, enum err err, const char *path, const char *what);
/* "at.key", or "key" if `at` is "". */
void form_path(char out[FORM_PATH], const char *at, const char *key);
/* No field but those of `known`, which are parted by single blanks. */
void form_fields(struct form *f, json_t *object, const char *at, const char *known);

/* Whether or not a field may be missing. */
enum form_need { FORM_OPTIONAL, FORM_NEEDED };
/* `fallback` if it is missing and optional, or after a fault. */
json_int_t form_number(struct form *f, json_t *object, const char *at, const char *key,
	enum form_need need, json_int_t min, json_int_t max, json_int_t fallback);
/* Text of 1 to `max` bytes without NUL; NULL if it is missing, or after a fault. */
const char *form_text(struct form *f, json_t *object, const char *at, const char *key,
	enum form_need need, size_t max);
/* A list, or NULL. */
json_t *form_list(struct form *f, json_t *object, const char *at, const char *key,
	enum form_need need, size_t min, size_t max);

#endif
