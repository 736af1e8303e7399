/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lines.h: reading the signed texts: lines of a word, a blank and a value, in one order and
 * one form; and the JSON object in which such a text travels. For use inside bulletin/. */
#ifndef BULLETIN_LINES_H
#define BULLETIN_LINES_H

#include "bulletin/tree.h"

#include <jansson.h>

/* The years 0000 to 9999, which RFC 3339 can write. */
#define LINES_TIME_MIN (-62167219200000)
#define LINES_TIME_MAX 253402300799999

/* The first error stays in `err`, and its sentence in `fault`; what is read after it is 0.
 */
struct lines {
	const char *at;
	size_t left;
	unsigned line; /* of the last one read, from 1 */
	enum err err;
	struct fault *fault; /* may be NULL */
};

struct lines lines_over(const char *text, size_t len, struct fault *fault);
/* This line and no other. Error: `err_if_not`. */
void lines_exact(struct lines *l, const char *line, enum err err_if_not);
/* The value of the next line, which must begin with `word` and a blank ("" for a line that
 * is a value alone). */
struct bytes lines_value(struct lines *l, const char *word);
uint64_t lines_number(struct lines *l, const char *word, uint64_t min, uint64_t max);
/* Exactly 2 * len lower-case digits; *out may be half written on an error. */
void lines_hex(struct lines *l, const char *word, void *out, size_t len);
/* 8 lower-case hexadecimal digits. */
uint32_t lines_u32(struct lines *l, const char *word);
struct hash lines_hash(struct lines *l, const char *word); /* base64 */
int64_t lines_time(struct lines *l, const char *word);	   /* UTC, three decimals, Z */
/* Mark the last line read as wrong. */
void lines_fail(struct lines *l, enum err err, const char *what);
/* ERR_TRAILING if text is left, or the first error met. */
CHECKED enum err lines_end(struct lines *l);

/* Lower-case hexadecimal alone. Errors: ERR_FORMAT. */
CHECKED enum err lower_hex_read(void *out, size_t len, struct bytes text);
/* "territory 0000beef\n" and its kin are written with write_format(); these are not. */
void write_base64_line(struct buffer *out, const char *word, const struct hash *h);
void write_time_line(struct buffer *out, int64_t time_ms);
/* "0000beef" */
void write_hex32(struct buffer *out, uint32_t v);

/* A buffer over memory that lives as long as the caller; only for what surely fits: it is
 * never freed and must not grow. So hashing and signing need no memory and cannot fail. */
static inline struct buffer
buffer_over(uint8_t *room, size_t size)
{
	return (struct buffer){.at = room, .cap = size};
}

/* One JSON object, nothing behind it; the caller ends it with json_decref(). Errors:
 * ERR_FORMAT with line and column, ERR_RANGE (over max bytes). */
CHECKED enum err object_read(
	json_t **out, const char *json, size_t len, size_t max, struct fault *fault);
/* The text under a key; borrowed. Errors: ERR_FORMAT. */
CHECKED enum err object_text(
	struct bytes *out, const json_t *object, const char *key, struct fault *fault);
/* Exactly `len` bytes in base64 under a key. Errors: ERR_FORMAT, ERR_NOMEM. */
CHECKED enum err object_base64(
	void *out, size_t len, const json_t *object, const char *key, struct fault *fault);
/* A list of up to TREE_PROOF_MAX hashes in base64 under a key. Errors: ERR_FORMAT,
 * ERR_RANGE, ERR_NOMEM. */
CHECKED enum err object_hashes(
	struct proof *out, const json_t *object, const char *key, struct fault *fault);
/* Base64 of exactly `len` bytes. Errors: ERR_FORMAT, ERR_NOMEM. */
CHECKED enum err base64_exact(void *out, size_t len, struct bytes text);
/* A JSON string with its quotes; `text` is UTF-8 without controls but '\n'. */
void write_json_text(struct buffer *out, struct bytes text);
void write_json_base64(struct buffer *out, const void *at, size_t len);
/* [ "base64", … ] */
void write_json_hashes(struct buffer *out, const struct hash *at, size_t count);

#endif
