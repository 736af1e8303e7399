/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text.h: bytes as text: hexadecimal, base64, numbers, time. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/bytes.h"

/* Lower-case hexadecimal; `out` has room for 2 * len + 1. */
void hex_write(char *out, const void *at, size_t len);
/* Exactly 2 * len hexadecimal digits and a NUL. Errors: ERR_FORMAT. */
CHECKED enum err hex_read(void *out, size_t len, const char *text);

/* RFC 4648 section 4, with padding. */
void base64_write(struct buffer *out, struct bytes in);
/* Strict: no white space, canonical padding and last bits. Appends to `out`. Errors:
 * ERR_FORMAT, ERR_NOMEM. */
CHECKED enum err base64_read(struct buffer *out, const char *text, size_t len);

/* A whole decimal number without sign, blank or leading zero. Errors: ERR_FORMAT,
 * ERR_RANGE. */
CHECKED enum err number_read(uint64_t *out, const char *text, size_t len, uint64_t max);

/*
 * Times are milliseconds since 1970-01-01T00:00:00Z. time_write() makes RFC 3339 in UTC,
 * "2026-11-22T14:22:37.123Z" (TIME_TEXT bytes with the NUL); time_read() takes RFC 3339
 * with any offset and an optional fraction. Errors: ERR_FORMAT, ERR_RANGE.
 */
enum { TIME_TEXT = 25 };
void time_write(char out[TIME_TEXT], int64_t time_ms);
CHECKED enum err time_read(int64_t *out_ms, const char *text, size_t len);
/* CAP 1.2 section 3.3.2: whole seconds, UTC written -00:00: "2026-11-22T14:22:37-00:00". */
void time_write_cap(char out[26], int64_t time_ms);

/* "3 s", "12 min", "5 h", "2 days": an age that a person reads at a glance. */
void age_write(char out[16], int64_t age_ms);

#endif
