/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_place.c: follows a path through a JSON text by skipping what is not on it. */
#include "base/json_place.h"

#include <string.h>

struct cursor {
	const uint8_t *at, *end;
};

static int
peek(const struct cursor *c)
{
	return c->at < c->end ? *c->at : -1;
}

static void
skip_blank(struct cursor *c)
{
	while (c->at < c->end && strchr(" \t\r\n", *c->at) != NULL && *c->at != '\0')
		c->at++;
}

static bool
take(struct cursor *c, int byte)
{
	skip_blank(c);
	if (peek(c) != byte)
		return false;
	c->at++;
	skip_blank(c);
	return true;
}

/* From the opening quote to behind the closing one. */
static void
skip_string(struct cursor *c)
{
	for (c->at++; c->at < c->end && *c->at != '"'; c->at++)
		if (*c->at == '\\' && c->at + 1 < c->end)
			c->at++;
	if (c->at < c->end)
		c->at++;
}

static void
skip_value(struct cursor *c)
{
	int depth = 0;

	while (c->at < c->end) {
		int byte = *c->at;

		if (depth == 0 && (byte == ',' || byte == '}' || byte == ']'))
			return;
		if (byte == '"') {
			skip_string(c);
			continue;
		}
		depth += (byte == '{' || byte == '[') - (byte == '}' || byte == ']');
		c->at++;
	}
}

static bool
enter_field(struct cursor *c, const char *key, size_t len)
{
	if (!take(c, '{'))
		return false;
	while (peek(c) == '"') {
		const uint8_t *from = c->at + 1;
		bool hit;

		skip_string(c);
		hit = (size_t)(c->at - from) == len + 1 && memcmp(from, key, len) == 0;
		if (!take(c, ':'))
			return false;
		if (hit)
			return true;
		skip_value(c);
		if (!take(c, ','))
			return false;
	}
	return false;
}

static bool
enter_element(struct cursor *c, unsigned index)
{
	if (!take(c, '['))
		return false;
	for (; index > 0; index--) {
		skip_value(c);
		if (!take(c, ','))
			return false;
	}
	return true;
}

/* One step of the path; *path moves behind it. */
static bool
step(struct cursor *c, const char **path)
{
	unsigned index = 0;
	size_t len;

	if (**path == '[') {
		for ((*path)++; **path >= '0' && **path <= '9'; (*path)++)
			index = index * 10 + (unsigned)(**path - '0');
		*path += **path == ']';
		return enter_element(c, index);
	}
	*path += **path == '.';
	len = strcspn(*path, ".[");
	*path += len;
	return enter_field(c, *path - len, len);
}

struct json_place
json_place_of(struct bytes text, const char *path)
{
	struct cursor c = {text.at, text.at + text.len}, next;
	struct json_place place = {1, 1};

	skip_blank(&c);
	next = c;
	while (*path != '\0' && step(&next, &path))
		c = next;
	for (const uint8_t *at = text.at; at < c.at; at++) {
		place.column = *at == '\n' ? 1 : place.column + 1;
		place.line += *at == '\n';
	}
	return place;
}
