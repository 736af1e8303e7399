/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bytes.c: bounds are checked here and nowhere else. */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes
bytes_of(const void *at, size_t len)
{
	return (struct bytes){at, len};
}

struct bytes
bytes_of_text(const char *text)
{
	return (struct bytes){(const uint8_t *)text, strlen(text)};
}

bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

struct reader
reader_over(const void *at, size_t len)
{
	return (struct reader){at, len, ERR_OK};
}

struct bytes
read_bytes(struct reader *r, size_t len)
{
	struct bytes got = {r->at, len};

	if (r->err != ERR_OK || len > r->left) {
		if (r->err == ERR_OK)
			r->err = ERR_SHORT;
		r->left = 0;
		return (struct bytes){NULL, 0};
	}
	r->at += len;
	r->left -= len;
	return got;
}

void
read_into(struct reader *r, void *out, size_t len)
{
	struct bytes got = read_bytes(r, len);

	if (got.len == len && len > 0)
		memcpy(out, got.at, len);
	else
		memset(out, 0, len);
}

static uint64_t
read_number(struct reader *r, size_t len)
{
	struct bytes got = read_bytes(r, len);
	uint64_t v = 0;

	for (size_t i = 0; i < got.len; i++)
		v = v << 8 | got.at[i];
	return v;
}

uint8_t
read_u8(struct reader *r)
{
	return (uint8_t)read_number(r, 1);
}

uint16_t
read_u16(struct reader *r)
{
	return (uint16_t)read_number(r, 2);
}

uint32_t
read_u32(struct reader *r)
{
	return (uint32_t)read_number(r, 4);
}

uint64_t
read_u64(struct reader *r)
{
	return read_number(r, 8);
}

enum err
reader_end(struct reader *r)
{
	if (r->err == ERR_OK && r->left > 0)
		r->err = ERR_TRAILING;
	return r->err;
}

void
buffer_free(struct buffer *b)
{
	free(b->at);
	*b = (struct buffer){0};
}

void
buffer_clear(struct buffer *b)
{
	b->len = 0;
	b->err = ERR_OK;
	if (b->at != NULL)
		b->at[0] = 0; /* buffer_text() is "" again */
}

static bool
buffer_room(struct buffer *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *at;

	if (b->err != ERR_OK)
		return false;
	if (more > SIZE_MAX / 4 - b->len) {
		b->err = ERR_NOMEM;
		return false;
	}
	if (b->at != NULL && b->len + more + 1 <= b->cap)
		return true;
	while (cap < b->len + more + 1)
		cap *= 2;
	at = realloc(b->at, cap);
	if (at == NULL) {
		b->err = ERR_NOMEM;
		return false;
	}
	b->at = at;
	b->cap = cap;
	return true;
}

void
write_bytes(struct buffer *b, const void *at, size_t len)
{
	if (!buffer_room(b, len))
		return;
	if (len > 0)
		memcpy(b->at + b->len, at, len);
	b->len += len;
	b->at[b->len] = 0;
}

static void
write_number(struct buffer *b, uint64_t v, size_t len)
{
	uint8_t out[8];

	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(v >> 8 * (len - 1 - i));
	write_bytes(b, out, len);
}

void
write_u8(struct buffer *b, uint8_t v)
{
	write_number(b, v, 1);
}

void
write_u16(struct buffer *b, uint16_t v)
{
	write_number(b, v, 2);
}

void
write_u32(struct buffer *b, uint32_t v)
{
	write_number(b, v, 4);
}

void
write_u64(struct buffer *b, uint64_t v)
{
	write_number(b, v, 8);
}

void
write_text(struct buffer *b, const char *text)
{
	write_bytes(b, text, strlen(text));
}

void
write_format(struct buffer *b, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0 || !buffer_room(b, (size_t)n))
		return;
	va_start(ap, format);
	vsnprintf((char *)b->at + b->len, (size_t)n + 1, format, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
buffer_consume(struct buffer *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->at, b->at + n, b->len - n);
	b->len -= n;
	b->at[b->len] = 0;
}

const char *
buffer_text(struct buffer *b)
{
	return b->at ? (const char *)b->at : "";
}

struct bytes
buffer_bytes(const struct buffer *b)
{
	return (struct bytes){b->at, b->len};
}
