/* SPDX-License-Identifier: GPL-3.0-or-later */
/* content.c: frozen content to JSON and back. */
#include "alert/content.h"

#include "base/text.h"

#include <jansson.h>
#include <string.h>

static const char *const verb_names[VERBS] = {
	[VERB_ALERT] = "alert",
	[VERB_UPDATE] = "update",
	[VERB_STOP] = "stop",
	[VERB_CORRECTION] = "correction",
	[VERB_ALL_CLEAR] = "all-clear",
	[VERB_END] = "end",
	[VERB_TEST] = "test",
};

const char *
verb_name(enum verb verb)
{
	return verb_names[verb];
}

enum err
verb_read(enum verb *out, const char *name)
{
	for (int v = 0; v < VERBS; v++)
		if (strcmp(name, verb_names[v]) == 0) {
			*out = (enum verb)v;
			return ERR_OK;
		}
	return ERR_UNKNOWN;
}

const char *
verb_entry_kind(enum verb verb)
{
	switch (verb) {
	case VERB_ALERT:
	case VERB_TEST:
		return "alert";
	case VERB_UPDATE:
	case VERB_STOP:
		return "update";
	case VERB_CORRECTION:
		return "correction";
	case VERB_ALL_CLEAR:
	case VERB_END:
	case VERBS:
		break;
	}
	return "end";
}

bool
verb_fits_class(enum verb verb, enum order_class class)
{
	switch (verb) {
	case VERB_ALERT:
		return class == ORDER_ALARM || class == ORDER_BREAK_GLASS ||
		       class == ORDER_SENSOR;
	case VERB_UPDATE:
		return class == ORDER_ALARM || class == ORDER_ALL_CLEAR;
	case VERB_STOP:
		return class == ORDER_STOP;
	case VERB_CORRECTION:
		return class == ORDER_FALSE_ALARM;
	case VERB_ALL_CLEAR:
	case VERB_END:
		return class == ORDER_ALL_CLEAR;
	case VERB_TEST:
		return class == ORDER_TEST;
	case VERBS:
		break;
	}
	return false;
}

void
id_write(char out[17], uint64_t id)
{
	struct buffer b = {0};

	write_u64(&b, id);
	hex_write(out, b.at, 8);
	buffer_free(&b);
}

enum err
id_read(uint64_t *out, const char *text)
{
	uint8_t raw[8];
	struct reader r;

	if (hex_read(raw, sizeof raw, text) != ERR_OK)
		return ERR_FORMAT;
	r = reader_over(raw, sizeof raw);
	*out = read_u64(&r);
	return ERR_OK;
}

static json_t *
texts_json(const struct content *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->text_count; i++) {
		const struct content_text *t = &c->text[i];

		json_array_append_new(list,
			json_pack("{s:s,s:s,s:s,s:s,s:s}", "language", t->language, "event",
				t->event, "headline", t->headline, "description",
				t->description, "instruction", t->instruction));
	}
	return list;
}

void
content_write(struct buffer *out, const struct content *c)
{
	char alert[17], order[17], sent[TIME_TEXT], expires[TIME_TEXT], *text;
	json_t *zones = json_array(), *o;

	for (int i = 0; i < c->zone_count; i++)
		json_array_append_new(zones, json_integer(c->zone[i]));
	id_write(alert, c->alert);
	id_write(order, c->order);
	time_write(sent, c->sent_ms);
	time_write(expires, c->expires_ms);
	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:o,s:o,s:s%}", "format",
		"belfry-content-1", "verb", verb_name(c->verb), "alert", alert, "order",
		order, "mode", mode_name(c->mode), "hazard", c->hazard, "playbook",
		c->playbook, "sent", sent, "expires", expires, "zones", zones, "texts",
		texts_json(c), "cap", c->cap.len > 0 ? (const char *)c->cap.at : "",
		c->cap.len);
	text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	if (text != NULL)
		write_text(out, text);
	else if (out->err == ERR_OK)
		out->err = ERR_FORMAT;
	free(text);
	json_decref(o);
}

static const char *
kept(struct arena *arena, const json_t *value)
{
	return json_is_string(value) ? arena_text(arena, json_string_value(value),
					       json_string_length(value))
				     : NULL;
}

static enum err
texts_read(
	struct content *out, struct arena *arena, const json_t *list, struct fault *fault)
{
	size_t n = json_array_size(list);
	struct content_text *t = arena_alloc(arena, (n + 1) * sizeof *t);

	if (!json_is_array(list) || n > 64)
		return fault_set(fault, ERR_RANGE, "texts must be a list of at most 64");
	if (t == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(list, i);

		t[i].language = kept(arena, json_object_get(o, "language"));
		t[i].event = kept(arena, json_object_get(o, "event"));
		t[i].headline = kept(arena, json_object_get(o, "headline"));
		t[i].description = kept(arena, json_object_get(o, "description"));
		t[i].instruction = kept(arena, json_object_get(o, "instruction"));
		if (t[i].language == NULL || t[i].event == NULL || t[i].headline == NULL ||
			t[i].description == NULL || t[i].instruction == NULL ||
			json_object_size(o) != 5)
			return fault_set(fault, ERR_FORMAT,
				"texts %zu: language, event, headline, description, "
				"instruction and "
				"nothing else",
				i + 1);
	}
	out->text = t;
	out->text_count = n;
	return ERR_OK;
}

static enum err
zones_read(
	struct content *out, struct arena *arena, const json_t *list, struct fault *fault)
{
	size_t n = json_array_size(list);
	uint16_t *zone = arena_alloc(arena, (n + 1) * sizeof *zone);

	if (!json_is_array(list) || n == 0 || n > CONTENT_ZONES)
		return fault_set(
			fault, ERR_RANGE, "zones must be a list of 1 to %d", CONTENT_ZONES);
	if (zone == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		json_int_t v = json_integer_value(json_array_get(list, i));

		if (v < 1 || v > UINT16_MAX || (i > 0 && v <= zone[i - 1]))
			return fault_set(fault, ERR_FORMAT,
				"zones %zu: numbers from 1 to 65535 that rise", i + 1);
		zone[i] = (uint16_t)v;
	}
	out->zone = zone;
	out->zone_count = (uint16_t)n;
	return ERR_OK;
}

static enum err
head_read(struct content *c, struct arena *arena, const json_t *o, struct fault *fault)
{
	const char *format, *verb, *alert, *order, *mode, *playbook, *sent, *expires, *cap;
	json_t *zones, *texts;
	size_t cap_len;
	json_int_t hazard; /* a narrower one would take 4294967297 for 1 */
	enum err err;

	if (json_unpack((json_t *)o, "{s:s,s:s,s:s,s:s,s:s,s:I,s:s,s:s,s:s,s:o,s:o,s:s%!}",
		    "format", &format, "verb", &verb, "alert", &alert, "order", &order,
		    "mode", &mode, "hazard", &hazard, "playbook", &playbook, "sent", &sent,
		    "expires", &expires, "zones", &zones, "texts", &texts, "cap", &cap,
		    &cap_len) != 0)
		return fault_set(fault, ERR_FORMAT,
			"content lacks a field or has one too many "
			"(doc/formats/content.md)");
	if (strcmp(format, "belfry-content-1") != 0)
		return fault_set(fault, ERR_VERSION, "format is not belfry-content-1");
	if (verb_read(&c->verb, verb) != ERR_OK || mode_read(&c->mode, mode) != ERR_OK ||
		id_read(&c->alert, alert) != ERR_OK ||
		id_read(&c->order, order) != ERR_OK ||
		time_read(&c->sent_ms, sent, strlen(sent)) != ERR_OK ||
		time_read(&c->expires_ms, expires, strlen(expires)) != ERR_OK ||
		hazard < 0 || hazard > UINT8_MAX)
		return fault_set(fault, ERR_FORMAT,
			"content: verb, mode, id, time or hazard is wrong");
	c->hazard = (uint8_t)hazard;
	c->playbook = arena_text(arena, playbook, strlen(playbook));
	c->cap = bytes_of(arena_text(arena, cap, cap_len), cap_len);
	if (c->playbook == NULL || c->cap.at == NULL)
		return ERR_NOMEM;
	err = zones_read(c, arena, zones, fault);
	return err != ERR_OK ? err : texts_read(c, arena, texts, fault);
}

enum err
content_read(struct content *out, struct arena *arena, struct bytes in, struct fault *fault)
{
	struct content c = {0};
	json_error_t where;
	json_t *o;
	enum err err;

	if (in.len > CONTENT_MAX)
		return fault_set(fault, ERR_RANGE, "content over %d bytes", CONTENT_MAX);
	o = json_loadb((const char *)in.at, in.len, JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(o))
		err = fault_set(fault, ERR_FORMAT, "content, line %d, column %d: %s",
			where.line, where.column, o ? "not an object" : where.text);
	else
		err = head_read(&c, arena, o, fault);
	json_decref(o);
	if (err == ERR_OK)
		*out = c;
	return err;
}
