/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config.c: the file that an edge starts from; every fault in it with its line and column. */
#include "public/config.h"

#include "base/json_place.h"
#include "bulletin/receipt.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONFIG_MAX = 1 << 20 };

/* ---- one table says what may stand in the file ---- */

enum field_kind { FIELD_TEXT, FIELD_PATH, FIELD_NUMBER, FIELD_NUMBER32, FIELD_TEXTS };

struct field {
	const char *name;
	enum field_kind kind;
	size_t at; /* in struct edge_config; for TEXTS also `count` and `max` */
	size_t count, max;
	bool needed;
};

#define AT(member) offsetof(struct edge_config, member)
#define LIMIT(member) (AT(limits) + offsetof(struct spool_limit, member))

static const struct field fields[] = {
	{"name", FIELD_TEXT, AT(name), 0, 0, true},
	{"territory_name", FIELD_TEXT, AT(territory_name), 0, 0, false},
	{"url", FIELD_TEXT, AT(url), 0, 0, false},
	{"listen", FIELD_TEXTS, AT(listen), AT(listens), EDGE_LISTENS, true},
	{"link", FIELD_TEXT, AT(link), 0, 0, true},
	{"tls_key", FIELD_PATH, AT(tls_key), 0, 0, true},
	{"tls_certificate", FIELD_PATH, AT(tls_certificate), 0, 0, true},
	{"hubs", FIELD_TEXTS, AT(pin), AT(pins), EDGE_HUBS, true},
	{"roster", FIELD_PATH, AT(roster), 0, 0, true},
	{"state", FIELD_PATH, AT(state), 0, 0, true},
	{"web", FIELD_PATH, AT(web), 0, 0, false},
	{"connections", FIELD_NUMBER, AT(connections), 0, 1000000, false},
	{"queue_bytes", FIELD_NUMBER, AT(queue_bytes), 0, 1 << 30, false},
	{"spool_file_bytes", FIELD_NUMBER, AT(spool_file_bytes), 0, 1 << 30, false},
};

/* Under "receipts": what is held of them, and from whom. */
static const struct field receipt_fields[] = {
	{"messages", FIELD_NUMBER32, LIMIT(messages), 0, UINT32_MAX, false},
	{"bytes", FIELD_NUMBER, LIMIT(bytes), 0, INT64_MAX, false},
	{"per_minute", FIELD_NUMBER32, LIMIT(per_minute), 0, UINT32_MAX, false},
	{"source_messages", FIELD_NUMBER32, LIMIT(source_messages), 0, UINT32_MAX, false},
	{"source_per_minute", FIELD_NUMBER32, LIMIT(source_per_minute), 0, UINT32_MAX,
		false},
};

static const struct field test_fields[] = {
	{"store_hang_ms", FIELD_NUMBER32, AT(test.hang_ms), 0, UINT32_MAX, false},
	{"store_hang_after", FIELD_NUMBER32, AT(test.hang_after), 0, UINT32_MAX, false},
	{"store_fail_after", FIELD_NUMBER32, AT(test.fail_after), 0, UINT32_MAX, false},
};

/* What is read, and where we are in it. */
struct reading {
	struct edge_config *config;
	const char *path;
	struct bytes text;
	const char *group; /* "", "receipts." */
	struct fault *fault;
};

static enum err
refuse(const struct reading *r, enum err err, const char *name, const char *what)
{
	char place[96];
	struct json_place at;
	struct buffer b = {0};

	write_format(&b, "%s%s", r->group, name);
	strncpy(place, buffer_text(&b), sizeof place - 1);
	place[sizeof place - 1] = '\0';
	buffer_free(&b);
	at = json_place_of(r->text, place);
	return fault_set(r->fault, err, "%s, line %d, column %d: %s %s", r->path, at.line,
		at.column, place, what);
}

/* A path of the configuration, made absolute by the file's own folder. */
static const char *
path_of(const struct reading *r, const char *path)
{
	const char *slash = strrchr(r->path, '/');
	struct buffer b = {0};
	const char *out;

	if (path[0] == '/' || slash == NULL)
		return arena_text(r->config->arena, path, strlen(path));
	write_bytes(&b, r->path, (size_t)(slash - r->path) + 1);
	write_text(&b, path);
	out = arena_text(r->config->arena, buffer_text(&b), b.len);
	buffer_free(&b);
	return out;
}

static const char *
text_of(const struct reading *r, const json_t *v)
{
	return arena_text(r->config->arena, json_string_value(v), json_string_length(v));
}

static enum err
texts_read(const struct reading *r, const struct field *f, const json_t *v)
{
	const char **out = (const char **)((char *)r->config + f->at);
	size_t n = json_array_size(v);

	if (!json_is_array(v) || n == 0 || n > f->max)
		return refuse(
			r, ERR_FORMAT, f->name, "must be a list of texts, one or more");
	for (size_t i = 0; i < n; i++) {
		if (!json_is_string(json_array_get(v, i)))
			return refuse(r, ERR_FORMAT, f->name, "must hold texts alone");
		out[i] = text_of(r, json_array_get(v, i));
	}
	memcpy((char *)r->config + f->count, &n, sizeof n);
	return ERR_OK;
}

static enum err
field_read(const struct reading *r, const struct field *f, const json_t *v)
{
	char *at = (char *)r->config + f->at;
	json_int_t number = json_integer_value(v);
	uint32_t small = (uint32_t)number;
	int64_t large = number;
	const char *text;

	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_PATH:
		if (!json_is_string(v) || json_string_length(v) == 0)
			return refuse(r, ERR_FORMAT, f->name, "must be text in quotes");
		text = f->kind == FIELD_TEXT ? text_of(r, v)
					     : path_of(r, json_string_value(v));
		if (text == NULL)
			return ERR_NOMEM;
		memcpy(at, &text, sizeof text);
		return ERR_OK;
	case FIELD_NUMBER:
	case FIELD_NUMBER32:
		if (!json_is_integer(v) || number < 1 || (uint64_t)number > f->max)
			return refuse(
				r, ERR_RANGE, f->name, "must be a whole number, 1 or more");
		if (f->kind == FIELD_NUMBER)
			memcpy(at, &large, sizeof large);
		else
			memcpy(at, &small, sizeof small);
		return ERR_OK;
	case FIELD_TEXTS:
		return texts_read(r, f, v);
	}
	return ERR_OK;
}

static const struct field *
field_find(const struct field *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static enum err
group_read(const struct reading *r, const char *name, json_t *o, const struct field *table,
	size_t n)
{
	struct reading inside = *r;
	enum err err = ERR_OK;
	const char *key;
	json_t *v;
	char group[32];

	strncpy(group, name, sizeof group - 2);
	group[sizeof group - 2] = '\0';
	strcat(group, ".");
	inside.group = group;
	if (!json_is_object(o))
		return refuse(r, ERR_FORMAT, name, "must be an object");
	json_object_foreach(o, key, v)
	{
		const struct field *f = field_find(table, n, key);

		err = f != NULL ? field_read(&inside, f, v)
				: refuse(&inside, ERR_UNKNOWN, key,
					  "is no name of this file; see belfry-edge(8)");
		if (err != ERR_OK)
			break;
	}
	return err;
}

static enum err
any_read(const struct reading *r, const char *key, json_t *v)
{
	const struct field *f = field_find(fields, sizeof fields / sizeof *fields, key);

	if (f != NULL)
		return field_read(r, f, v);
	if (strcmp(key, "receipts") == 0)
		return group_read(r, key, v, receipt_fields,
			sizeof receipt_fields / sizeof *receipt_fields);
	if (strcmp(key, "test") == 0)
		return group_read(
			r, key, v, test_fields, sizeof test_fields / sizeof *test_fields);
	return refuse(r, ERR_UNKNOWN, key, "is no name of this file; see belfry-edge(8)");
}

static enum err
object_read(const struct reading *r, json_t *o)
{
	const char *key;
	json_t *v;

	if (!json_is_object(o))
		return fault_set(r->fault, ERR_FORMAT,
			"%s, line 1, column 1: must be an object", r->path);
	json_object_foreach(o, key, v)
	{
		enum err err = any_read(r, key, v);

		if (err != ERR_OK)
			return err;
	}
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (fields[i].needed && json_object_get(o, fields[i].name) == NULL)
			return fault_set(r->fault, ERR_FORMAT,
				"%s, line 1, column 1: \"%s\" is missing; see "
				"belfry-edge(8)",
				r->path, fields[i].name);
	if (!spool_edge_valid(bytes_of_text(r->config->name)))
		return refuse(r, ERR_FORMAT, "name", "must be 1 to 32 of a-z, 0-9 and -");
	return ERR_OK;
}

static void
defaults(struct edge_config *c)
{
	struct spool_limit *receipts = &c->limits.kind[SPOOL_RECEIPT - 1];

	c->limits = spool_limits_default();
	/* A receipt may carry the order that it answers; a day's alarms may be played in a minute;
	 * many sirens may stand behind one address. */
	receipts->body = RECEIPT_MAX;
	receipts->per_minute = 600000;
	receipts->source_messages = 20000;
	receipts->source_per_minute = 6000;
	c->connections = 10000;
}

enum err
edge_config_read(struct edge_config *out, const char *path, struct fault *fault)
{
	struct edge_config c = {0};
	struct buffer text = {0};
	struct reading r = {.config = &c, .path = path, .group = "", .fault = fault};
	json_error_t where;
	json_t *o = NULL;
	enum err err = arena_new(&c.arena);

	defaults(&c);
	if (err == ERR_OK)
		err = file_read(&text, path, CONFIG_MAX, fault);
	if (err == ERR_OK) {
		r.text = buffer_bytes(&text);
		o = json_loadb(
			buffer_text(&text), text.len, JSON_REJECT_DUPLICATES, &where);
		err = o != NULL ? object_read(&r, o)
				: fault_set(fault, ERR_FORMAT, "%s, line %d, column %d: %s",
					  path, where.line, where.column, where.text);
	}
	json_decref(o);
	buffer_free(&text);
	if (err != ERR_OK)
		arena_free(c.arena);
	else
		*out = c;
	return err;
}

void
edge_config_free(struct edge_config *c)
{
	arena_free(c->arena);
	*c = (struct edge_config){0};
}
