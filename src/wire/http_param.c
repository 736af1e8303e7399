/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_param.c: names and values of queries and forms (WHATWG URL section 5). */
#include "wire/http_inside.h"

#include "base/text.h"

#include <string.h>

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum err
http_percent_decode(uint8_t *at, size_t *len, bool plus)
{
	size_t out = 0;

	for (size_t i = 0; i < *len; i++) {
		uint8_t c = at[i];

		if (c == '%') {
			int high = i + 2 < *len ? hex_digit(at[i + 1]) : -1;
			int low = i + 2 < *len ? hex_digit(at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return ERR_FORMAT;
			c = (uint8_t)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		at[out++] = c;
	}
	*len = out;
	return ERR_OK;
}

static enum err
decode_into(struct buffer *out, struct bytes text)
{
	enum err err;

	buffer_clear(out);
	write_bytes(out, text.at, text.len);
	if (out->err != ERR_OK)
		return out->err;
	err = http_percent_decode(out->at, &out->len, true);
	out->at[out->len] = '\0';
	return err;
}

static struct bytes
up_to(struct bytes *rest, char end)
{
	const uint8_t *at = rest->len > 0 ? memchr(rest->at, end, rest->len) : NULL;
	size_t n = at != NULL ? (size_t)(at - rest->at) : rest->len;
	struct bytes got = bytes_of(rest->at, n);

	n += at != NULL;
	*rest = bytes_of(rest->at + n, rest->len - n);
	return got;
}

bool
http_param_next(
	struct bytes *rest, struct buffer *name, struct buffer *value, enum err *err)
{
	*err = ERR_OK;
	while (rest->len > 0) {
		struct bytes pair = up_to(rest, '&'), key;

		if (pair.len == 0)
			continue;
		key = up_to(&pair, '=');
		*err = decode_into(name, key);
		if (*err == ERR_OK)
			*err = decode_into(value, pair);
		return *err == ERR_OK;
	}
	return false;
}

enum err
http_param(char *out, size_t room, struct bytes query, const char *want)
{
	struct buffer name = {0}, value = {0};
	enum err err, found = ERR_UNKNOWN;

	while (http_param_next(&query, &name, &value, &err)) {
		if (!bytes_equal(buffer_bytes(&name), bytes_of_text(want)))
			continue;
		if (found != ERR_UNKNOWN)
			found = ERR_DUPLICATE;
		else if (value.len > 0 && memchr(value.at, '\0', value.len) != NULL)
			found = ERR_FORMAT;
		else if (value.len >= room)
			found = ERR_RANGE;
		else
			found = ERR_OK;
		if (found != ERR_OK)
			break;
		memcpy(out, value.at, value.len + 1);
	}
	buffer_free(&name);
	buffer_free(&value);
	return err != ERR_OK ? err : found;
}

enum err
http_param_number(uint64_t *out, struct bytes query, const char *name, uint64_t max)
{
	char text[24];
	enum err err = http_param(text, sizeof text, query, name);

	return err != ERR_OK ? err : number_read(out, text, strlen(text), max);
}
