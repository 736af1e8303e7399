/* SPDX-License-Identifier: GPL-3.0-or-later */
/* readings.c: reads the texts that edges send, and keeps the newest ones. */
#include "box/readings.h"

#include "base/text.h"
#include "box/letter.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1024, KEEP_MAX = 1 << 20 /* bytes; a longer text is read each time */ };

struct slot {
	struct reading reading;
	enum reading_kind asked;
	struct arena *arena; /* of the reading and its text; NULL: empty */
	struct bytes text;
};

struct readings {
	struct slot slot[SLOTS];
	struct slot large; /* the last one that is not kept */
};

enum err
readings_new(struct readings **out)
{
	*out = calloc(1, sizeof **out);
	return *out != NULL ? ERR_OK : ERR_NOMEM;
}

void
readings_free(struct readings *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		arena_free(r->slot[i].arena);
	arena_free(r->large.arena);
	free(r);
}

/* Not for safety: equal texts are compared whole. */
static size_t
place_of(struct bytes text)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < text.len; i++)
		h = (h ^ text.at[i]) * 1099511628211u;
	return (h ^ h >> 32) % SLOTS;
}

static bool
is_word(struct bytes kind, const char *word)
{
	return bytes_equal(kind, bytes_of_text(word));
}

static bool
begins(struct bytes text, const char *with)
{
	size_t len = strlen(with);

	return text.len >= len && memcmp(text.at, with, len) == 0;
}

static enum reading_kind
kind_of(struct bytes kind, struct bytes data)
{
	if (is_word(kind, "entry") || (kind.len == 0 && begins(data, "{\"entry\"")))
		return READING_ENTRY;
	if (is_word(kind, "checkpoint") ||
		(kind.len == 0 && begins(data, "{\"checkpoint\"")))
		return READING_CHECKPOINT;
	if (is_word(kind, "order"))
		return READING_ORDER;
	return is_word(kind, "cursor") ? READING_CURSOR : READING_NONE;
}

static enum err
read_order(struct reading *out, struct arena *arena, json_t *o)
{
	const char *text = json_string_value(json_object_get(o, "order"));
	struct buffer raw = {0};
	enum err err = ERR_FORMAT;
	char *copy;

	if (text != NULL)
		err = base64_read(&raw, text, strlen(text));
	if (err == ERR_OK) {
		copy = arena_text(arena, (const char *)raw.at, raw.len);
		out->order = bytes_of(copy, raw.len);
		err = copy != NULL ? ERR_OK : ERR_NOMEM;
	}
	buffer_free(&raw);
	out->on_disk = json_is_true(json_object_get(o, "on_disk"));
	return err;
}

static enum err
read_cursor(struct reading *out, json_t *o)
{
	json_t *received = json_object_get(o, "received");

	if (!json_is_integer(received) || json_integer_value(received) < 0)
		return ERR_FORMAT;
	out->cursor = (uint64_t)json_integer_value(received);
	out->spool = spool_id_read(json_object_get(o, "spool"));
	return ERR_OK;
}

static enum err
read_small(struct reading *out, struct arena *arena, struct bytes data)
{
	json_t *o =
		json_loadb((const char *)data.at, data.len, JSON_REJECT_DUPLICATES, NULL);
	enum err err = out->kind == READING_ORDER ? read_order(out, arena, o)
						  : read_cursor(out, o);

	json_decref(o);
	return err;
}

static void
read_it(struct slot *s)
{
	const char *text = (const char *)s->text.at;
	struct reading *r = &s->reading;
	enum err err = ERR_OK;

	*r = (struct reading){.kind = s->asked};
	switch (r->kind) {
	case READING_NONE:
		break;
	case READING_ENTRY:
		err = entry_line_read(&r->entry, s->arena, text, s->text.len, NULL);
		if (err == ERR_CONFLICT)
			err = ERR_OK; /* a good header with bad data is a header alone */
		break;
	case READING_CHECKPOINT:
		err = checkpoint_line_read(
			&r->checkpoint, &r->edge, text, s->text.len, NULL);
		break;
	case READING_ORDER:
	case READING_CURSOR:
		err = read_small(r, s->arena, s->text);
		break;
	}
	if (err != ERR_OK)
		r->kind = READING_NONE;
}

const struct reading *
readings_read(struct readings *r, struct bytes kind, struct bytes data)
{
	static const struct reading none = {0};
	enum reading_kind asked = kind_of(kind, data);
	struct slot *s = data.len > KEEP_MAX ? &r->large : &r->slot[place_of(data)];
	char *copy;

	if (s->arena != NULL && s->asked == asked && s != &r->large &&
		bytes_equal(s->text, data))
		return &s->reading;
	arena_free(s->arena);
	*s = (struct slot){.asked = asked};
	if (arena_new(&s->arena) != ERR_OK)
		return &none;
	copy = arena_text(s->arena, (const char *)data.at, data.len);
	if (copy == NULL) {
		arena_free(s->arena);
		s->arena = NULL;
		return &none;
	}
	s->text = bytes_of(copy, data.len);
	read_it(s);
	return &s->reading;
}
