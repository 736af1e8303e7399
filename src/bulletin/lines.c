/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lines.c: signed texts, line by line. */
#include "bulletin/lines.h"

#include "base/text.h"

#include <string.h>

struct lines
lines_over(const char *text, size_t len, struct fault *fault)
{
	return (struct lines){.at = text, .left = len, .fault = fault};
}

void
lines_fail(struct lines *l, enum err err, const char *what)
{
	if (l->err == ERR_OK)
		l->err = fault_set(l->fault, err, "text line %u: %s", l->line, what);
}

static struct bytes
next_line(struct lines *l)
{
	const char *end = l->left > 0 ? memchr(l->at, '\n', l->left) : NULL;
	struct bytes line;

	l->line++;
	if (end == NULL) {
		lines_fail(l, ERR_SHORT, "the text ends before this line does");
		return bytes_of(NULL, 0);
	}
	line = bytes_of(l->at, (size_t)(end - l->at));
	l->left -= line.len + 1;
	l->at = end + 1;
	return line;
}

void
lines_exact(struct lines *l, const char *line, enum err err_if_not)
{
	if (!bytes_equal(next_line(l), bytes_of_text(line)))
		lines_fail(l, err_if_not, "not the line that belongs here");
}

struct bytes
lines_value(struct lines *l, const char *word)
{
	struct bytes line = next_line(l);
	size_t len = strlen(word), skip = len > 0 ? len + 1 : 0;

	if (l->err != ERR_OK)
		return bytes_of(NULL, 0);
	if (line.len <= skip || memcmp(line.at, word, len) != 0 ||
		(len > 0 && line.at[len] != ' ')) {
		lines_fail(l, ERR_FORMAT, "not the word that belongs here, or no value");
		return bytes_of(NULL, 0);
	}
	return bytes_of(line.at + skip, line.len - skip);
}

uint64_t
lines_number(struct lines *l, const char *word, uint64_t min, uint64_t max)
{
	struct bytes value = lines_value(l, word);
	uint64_t v = 0;
	enum err err = number_read(&v, (const char *)value.at, value.len, max);

	if (err != ERR_OK || v < min) {
		lines_fail(l, err == ERR_FORMAT ? ERR_FORMAT : ERR_RANGE,
			"not a whole number within its limits");
		return 0;
	}
	return v;
}

static int
digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum err
lower_hex_read(void *out, size_t len, struct bytes text)
{
	uint8_t *at = out;

	if (text.len != 2 * len)
		return ERR_FORMAT;
	for (size_t i = 0; i < len; i++) {
		int high = digit_of(text.at[2 * i]), low = digit_of(text.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return ERR_FORMAT;
		at[i] = (uint8_t)(high << 4 | low);
	}
	return ERR_OK;
}

void
lines_hex(struct lines *l, const char *word, void *out, size_t len)
{
	struct bytes value = lines_value(l, word);

	if (lower_hex_read(out, len, value) != ERR_OK)
		lines_fail(l, ERR_FORMAT, "not so many hexadecimal digits in lower case");
}

uint32_t
lines_u32(struct lines *l, const char *word)
{
	uint8_t at[4] = {0};
	struct reader r = reader_over(at, sizeof at);

	lines_hex(l, word, at, sizeof at);
	return read_u32(&r);
}

struct hash
lines_hash(struct lines *l, const char *word)
{
	struct bytes value = lines_value(l, word);
	struct hash h = {{0}};

	enum err err = base64_exact(h.at, sizeof h.at, value);

	if (err != ERR_OK)
		lines_fail(l, err, "not 32 bytes in base64");
	return h;
}

int64_t
lines_time(struct lines *l, const char *word)
{
	struct bytes value = lines_value(l, word);
	int64_t ms = 0;

	if (value.len == TIME_TEXT - 1 &&
		time_read(&ms, (const char *)value.at, value.len) == ERR_OK) {
		char again[TIME_TEXT];

		time_write(again, ms);
		if (memcmp(again, value.at, value.len) == 0)
			return ms;
	}
	lines_fail(l, ERR_FORMAT, "not a time as 2026-11-22T14:22:37.123Z");
	return 0;
}

enum err
lines_end(struct lines *l)
{
	if (l->err == ERR_OK && l->left > 0) {
		l->line++;
		lines_fail(l, ERR_TRAILING, "nothing may follow here");
	}
	return l->err;
}

void
write_base64_line(struct buffer *out, const char *word, const struct hash *h)
{
	write_text(out, word);
	base64_write(out, bytes_of(h->at, sizeof h->at));
	write_text(out, "\n");
}

void
write_time_line(struct buffer *out, int64_t time_ms)
{
	char time[TIME_TEXT];

	time_write(time, time_ms);
	write_text(out, "time ");
	write_text(out, time);
	write_text(out, "\n");
}

void
write_hex32(struct buffer *out, uint32_t v)
{
	write_format(out, "%08lx", (unsigned long)v);
}
