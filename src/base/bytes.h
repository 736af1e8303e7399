/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bytes.h: the one door through which bytes come in and go out. All numbers are big-endian.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes that somebody else owns. */
struct bytes {
	const uint8_t *at;
	size_t len;
};

struct bytes bytes_of(const void *at, size_t len);
struct bytes bytes_of_text(const char *text); /* without the terminating NUL */
bool bytes_equal(struct bytes a, struct bytes b);

/* Reads on past the end give zeros; the first error stays in `err`. */
struct reader {
	const uint8_t *at;
	size_t left;
	enum err err;
};

struct reader reader_over(const void *at, size_t len);
uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
struct bytes read_bytes(struct reader *r, size_t len); /* borrowed from the input */
void read_into(struct reader *r, void *out, size_t len);
/* ERR_TRAILING if bytes are left, or the first error met. */
CHECKED enum err reader_end(struct reader *r);

/* A growing buffer. Start from {0}; free with buffer_free(). After ERR_NOMEM it takes
 * nothing more. */
struct buffer {
	uint8_t *at;
	size_t len, cap;
	enum err err;
};

void buffer_free(struct buffer *b);
void buffer_clear(struct buffer *b); /* keeps the memory */
void write_u8(struct buffer *b, uint8_t v);
void write_u16(struct buffer *b, uint16_t v);
void write_u32(struct buffer *b, uint32_t v);
void write_u64(struct buffer *b, uint64_t v);
void write_bytes(struct buffer *b, const void *at, size_t len);
void write_text(struct buffer *b, const char *text);
void write_format(struct buffer *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Drop the first `n` bytes. */
void buffer_consume(struct buffer *b, size_t n);
/* The bytes as a C string (a NUL is kept behind them); "" if nothing was written. */
const char *buffer_text(struct buffer *b);
struct bytes buffer_bytes(const struct buffer *b);

#endif
