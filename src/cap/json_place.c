/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_place.c: walks JSON that is known to be well-formed; a wrong guess costs only a
 * line number. */
#include "cap/json_place.h"

#include <stdlib.h>
#include <string.h>

struct walk {
	const uint8_t *at, *end;
};

static void
skip_blanks(struct walk *w)
{
	while (w->at < w->end && strchr(" \t\r\n:,", *w->at) != NULL && *w->at != 0)
		w->at++;
}

static void
skip_string(struct walk *w)
{
	for (w->at++; w->at < w->end && *w->at != '"'; w->at++)
		w->at += *w->at == '\\';
	w->at += w->at < w->end;
	if (w->at > w->end)
		w->at = w->end;
}

/* Pass over one value, however deep. */
static void
skip_value(struct walk *w)
{
	size_t depth = 0;

	do {
		skip_blanks(w);
		if (w->at >= w->end)
			return;
		if (*w->at == '"') {
			skip_string(w);
		} else if (*w->at == '{' || *w->at == '[') {
			depth++;
			w->at++;
		} else if (*w->at == '}' || *w->at == ']') {
			depth -= depth > 0;
			w->at++;
		} else {
			while (w->at < w->end &&
				memchr(" \t\r\n:,{}[]\"", *w->at, 11) == NULL)
				w->at++;
		}
	} while (depth > 0);
}

static bool
enter_member(struct walk *w, const char *name, size_t len)
{
	for (w->at++, skip_blanks(w); w->at < w->end && *w->at == '"'; skip_blanks(w)) {
		const uint8_t *key = w->at + 1;

		skip_string(w);
		if ((size_t)(w->at - key) == len + 1 && memcmp(key, name, len) == 0) {
			skip_blanks(w);
			return w->at < w->end;
		}
		skip_value(w);
	}
	return false;
}

static bool
enter_item(struct walk *w, unsigned long i)
{
	for (w->at++, skip_blanks(w); w->at < w->end && *w->at != ']'; skip_blanks(w)) {
		if (i-- == 0)
			return true;
		skip_value(w);
	}
	return false;
}

struct json_place
json_place_of(struct bytes text, const char *path)
{
	struct walk w = {text.at, text.at + text.len};
	struct json_place place = {1, 1};
	const uint8_t *found;

	skip_blanks(&w);
	found = w.at;
	while (*path != '\0' && w.at < w.end) {
		size_t len = strcspn(path, ".[");
		bool in;

		if (*path == '[')
			in = *w.at == '[' && enter_item(&w, strtoul(path + 1, NULL, 10));
		else
			in = *w.at == '{' && enter_member(&w, path, len);
		if (!in)
			break;
		found = w.at;
		path += *path == '[' ? strcspn(path, "]") + 1 : len;
		path += *path == '.';
	}
	for (const uint8_t *p = text.at; p < found; p++) {
		place.column = *p == '\n' ? 1 : place.column + 1;
		place.line += *p == '\n';
	}
	return place;
}
