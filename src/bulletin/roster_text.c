/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_text.c: a roster as JSON (doc/formats/roster.md), read strictly and written one
 * way. */
#include "bulletin/roster.h"

#include "base/text.h"

#include <jansson.h>
#include <string.h>

static const struct {
	unsigned role;
	const char *name;
} role_names[] = {
	{ROLE_OPERATOR, "operator"},
	{ROLE_ADMINISTRATOR, "administrator"},
	{ROLE_SENSOR, "sensor"},
};

/* Where we are, for the sentence that goes with an error. */
struct place {
	const char *list;
	size_t index;
	struct fault *fault;
};

static enum err
refuse(const struct place *at, enum err err, const char *what)
{
	return fault_set(at->fault, err, "%s %zu: %s", at->list, at->index + 1, what);
}

/* "Anna" and "Anna " would count as two persons: no blank at an end, no double blank. */
static bool
name_fits(const char *text, size_t len)
{
	if (len == 0 || len >= ROSTER_NAME || text[0] == ' ' || text[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)text[i] < ' ' || text[i] == 0x7f ||
			(text[i] == ' ' && text[i + 1] == ' '))
			return false;
	return true;
}

static enum err
name_read(char out[ROSTER_NAME], const json_t *from, const struct place *at)
{
	const char *text = json_string_value(from);

	if (text == NULL || !name_fits(text, json_string_length(from)))
		return refuse(at, ERR_FORMAT,
			"the name must be text of 1 to 47 bytes, without control "
			"characters, outer or double blanks");
	memcpy(out, text, strlen(text) + 1);
	return ERR_OK;
}

static enum err
public_key_read(struct public_key *out, const json_t *from, const struct place *at)
{
	const char *text = json_string_value(from);
	struct buffer raw = {0};
	enum err err = ERR_FORMAT;

	if (text != NULL)
		err = base64_read(&raw, text, json_string_length(from));
	if (err == ERR_OK && raw.len != sizeof out->at)
		err = ERR_FORMAT;
	if (err == ERR_OK)
		memcpy(out->at, raw.at, sizeof out->at);
	buffer_free(&raw);
	return err == ERR_OK ? ERR_OK
			     : refuse(at, err, "the key is not 32 bytes in base64");
}

static enum err
integer_read(uint64_t *out, const json_t *from, uint64_t min, uint64_t max,
	const struct place *at, const char *what)
{
	json_int_t v = json_integer_value(from);

	if (!json_is_integer(from) || v < 0 || (uint64_t)v < min || (uint64_t)v > max)
		return refuse(at, ERR_RANGE, what);
	*out = (uint64_t)v;
	return ERR_OK;
}

/* A list of numbers 1..`max`; absent is an empty list. */
static enum err
numbers_read(uint16_t *out, uint16_t *count, size_t room, uint64_t max, const json_t *from,
	const struct place *at)
{
	*count = 0;
	if (from == NULL)
		return ERR_OK;
	if (!json_is_array(from) || json_array_size(from) > room ||
		json_array_size(from) == 0)
		return refuse(
			at, ERR_RANGE, "a list of numbers is empty, too long, or no list");
	for (size_t i = 0; i < json_array_size(from); i++) {
		uint64_t v;
		enum err err = integer_read(&v, json_array_get(from, i), 1, max, at,
			"a number in a list is out of range");

		if (err != ERR_OK)
			return err;
		out[(*count)++] = (uint16_t)v;
	}
	return ERR_OK;
}

static enum err
roles_read(unsigned *out, const json_t *from, const struct place *at)
{
	*out = 0;
	for (size_t i = 0; i < json_array_size(from); i++) {
		const char *name = json_string_value(json_array_get(from, i));
		unsigned before = *out;

		for (size_t j = 0; j < sizeof role_names / sizeof *role_names; j++)
			if (name != NULL && strcmp(name, role_names[j].name) == 0)
				*out |= role_names[j].role;
		if (*out == before)
			return refuse(at, ERR_UNKNOWN,
				"a role is not operator, administrator or sensor");
	}
	return *out != 0 ? ERR_OK : refuse(at, ERR_FORMAT, "roles must be a list of words");
}

static enum err
classes_read(unsigned *out, const json_t *from, const struct place *at)
{
	*out = 0;
	for (size_t i = 0; i < json_array_size(from); i++) {
		const char *name = json_string_value(json_array_get(from, i));
		enum order_class class;

		if (name == NULL || order_class_read(&class, name) != ERR_OK)
			return refuse(at, ERR_UNKNOWN,
				"a class is not one of doc/formats/order.md");
		*out |= 1u << class;
	}
	return from == NULL || json_is_array(from)
		       ? ERR_OK
		       : refuse(at, ERR_FORMAT, "classes must be a list of words");
}

static enum err
only_fields(const json_t *o, const char *const *names, const struct place *at)
{
	const char *name;
	json_t *value;

	if (!json_is_object(o))
		return refuse(at, ERR_FORMAT, "not an object");
	json_object_foreach((json_t *)o, name, value)
	{
		size_t i = 0;

		while (names[i] != NULL && strcmp(names[i], name) != 0)
			i++;
		if (names[i] == NULL)
			return fault_set(at->fault, ERR_FORMAT,
				"%s %zu: unknown field \"%s\"", at->list, at->index + 1,
				name);
	}
	return ERR_OK;
}

static enum err
key_read(struct roster_key *out, const json_t *o, const struct place *at)
{
	static const char *const names[] = {
		"number", "person", "public_key", "roles", "classes", "zones", NULL};
	uint64_t number = 0;
	enum err err = only_fields(o, names, at);

	if (err == ERR_OK)
		err = integer_read(&number, json_object_get(o, "number"), 1, UINT16_MAX, at,
			"the number must be 1 to 65535");
	out->number = (uint16_t)number;
	if (err == ERR_OK)
		err = name_read(out->person, json_object_get(o, "person"), at);
	if (err == ERR_OK)
		err = public_key_read(&out->key, json_object_get(o, "public_key"), at);
	if (err == ERR_OK)
		err = roles_read(&out->roles, json_object_get(o, "roles"), at);
	if (err == ERR_OK)
		err = classes_read(&out->classes, json_object_get(o, "classes"), at);
	if (err == ERR_OK)
		err = numbers_read(out->zone, &out->zone_count, ROSTER_ZONES, UINT16_MAX,
			json_object_get(o, "zones"), at);
	return err;
}

static enum err
hub_read(struct roster_hub *out, const json_t *o, const struct place *at)
{
	static const char *const names[] = {"term", "name", "public_key", NULL};
	uint64_t term = 0;
	enum err err = only_fields(o, names, at);

	if (err == ERR_OK)
		err = integer_read(&term, json_object_get(o, "term"), 1, UINT32_MAX, at,
			"the term must be 1 or more");
	out->term = (uint32_t)term;
	if (err == ERR_OK)
		err = name_read(out->name, json_object_get(o, "name"), at);
	if (err == ERR_OK)
		err = public_key_read(&out->key, json_object_get(o, "public_key"), at);
	return err;
}

static enum err
limits_read(struct mandate *out, const json_t *o, const struct place *at)
{
	const char *until = json_string_value(json_object_get(o, "not_after"));
	uint64_t seconds = 0, starts = 0;
	enum err err = integer_read(&seconds, json_object_get(o, "seconds_max"), 1, 1800,
		at, "seconds_max must be 1 to 1800: a mandate lasts at most 30 minutes");

	if (err == ERR_OK)
		err = integer_read(&starts, json_object_get(o, "starts_per_hour"), 1, 60,
			at, "starts_per_hour must be 1 to 60");
	out->seconds_max = (uint16_t)seconds;
	out->starts_per_hour = (uint16_t)starts;
	if (err == ERR_OK && (until == NULL || time_read(&out->not_after_ms, until,
						       strlen(until)) != ERR_OK))
		err = refuse(
			at, ERR_FORMAT, "not_after must be a time as 2026-12-31T00:00:00Z");
	return err;
}

static enum err
mandate_read(struct mandate *out, const json_t *o, const struct place *at)
{
	static const char *const names[] = {"number", "key", "class", "patterns", "zones",
		"seconds_max", "starts_per_hour", "not_after", NULL};
	const char *class = json_string_value(json_object_get(o, "class"));
	uint16_t pattern[ROSTER_PATTERNS] = {0}, patterns = 0;
	uint64_t number = 0, key = 0;
	enum err err = only_fields(o, names, at);

	if (err == ERR_OK)
		err = integer_read(&number, json_object_get(o, "number"), 1, UINT16_MAX, at,
			"the number must be 1 to 65535");
	if (err == ERR_OK)
		err = integer_read(&key, json_object_get(o, "key"), 1, UINT16_MAX, at,
			"the key number must be 1 to 65535");
	out->number = (uint16_t)number;
	out->key = (uint16_t)key;
	if (err == ERR_OK &&
		(class == NULL || order_class_read(&out->class, class) != ERR_OK ||
			(out->class != ORDER_BREAK_GLASS && out->class != ORDER_SENSOR)))
		err = refuse(at, ERR_FORMAT, "the class must be break-glass or sensor");
	if (err == ERR_OK)
		err = numbers_read(pattern, &patterns, ROSTER_PATTERNS, UINT8_MAX,
			json_object_get(o, "patterns"), at);
	for (int i = 0; i < patterns; i++)
		out->pattern[out->pattern_count++] = (uint8_t)pattern[i];
	if (err == ERR_OK)
		err = numbers_read(out->zone, &out->zone_count, ROSTER_ZONES, UINT16_MAX,
			json_object_get(o, "zones"), at);
	if (err == ERR_OK && (out->zone_count == 0 || out->pattern_count == 0))
		err = refuse(at, ERR_FORMAT, "a mandate must name its zones and patterns");
	return err == ERR_OK ? limits_read(out, o, at) : err;
}

static enum err
previous_read(struct hash *out, const json_t *from, struct fault *fault)
{
	const char *text = json_string_value(from);

	if (json_is_null(from))
		return ERR_OK;
	if (text == NULL || hex_read(out->at, sizeof out->at, text) != ERR_OK)
		return fault_set(fault, ERR_FORMAT,
			"previous must be null or the SHA-256 of the roster before");
	return ERR_OK;
}

static enum err
head_read(struct roster *out, const json_t *o, struct fault *fault)
{
	const char *format, *territory, *mode;
	json_t *previous, *keys, *hubs, *mandates;
	uint8_t four[4];
	json_int_t serial;

	if (json_unpack((json_t *)o, "{s:s,s:s,s:s,s:I,s:o,s:o,s:o,s:o!}", "format",
		    &format, "territory", &territory, "mode", &mode, "serial", &serial,
		    "previous", &previous, "keys", &keys, "hubs", &hubs, "mandates",
		    &mandates) != 0)
		return fault_set(fault, ERR_FORMAT,
			"a roster has format, territory, mode, serial, previous, keys, "
			"hubs, "
			"mandates and nothing else");
	if (strcmp(format, "belfry-roster-1") != 0)
		return fault_set(fault, ERR_VERSION, "format is not belfry-roster-1");
	if (hex_read(four, sizeof four, territory) != ERR_OK || serial < 1 ||
		serial > UINT32_MAX || mode_read(&out->mode, mode) != ERR_OK)
		return fault_set(fault, ERR_FORMAT,
			"territory must be 8 hexadecimal digits, serial 1 or more, mode "
			"live or "
			"exercise");
	out->territory = (uint32_t)four[0] << 24 | (uint32_t)four[1] << 16 |
			 (uint32_t)four[2] << 8 | four[3];
	out->serial = (uint32_t)serial;
	return previous_read(&out->previous, previous, fault);
}

/* Memory for a list of `o`; *out_count is its length. */
static enum err
list_room(void **out, uint16_t *out_count, size_t size, size_t max, const json_t *o,
	const char *name, struct arena *arena, struct fault *fault)
{
	const json_t *list = json_object_get(o, name);

	if (!json_is_array(list) || json_array_size(list) > max)
		return fault_set(
			fault, ERR_RANGE, "%s must be a list of at most %zu", name, max);
	*out_count = (uint16_t)json_array_size(list);
	*out = arena_alloc(arena, size * (*out_count + 1u));
	return *out != NULL ? ERR_OK : ERR_NOMEM;
}

static enum err
lists_read(struct roster *out, struct arena *arena, const json_t *o, struct fault *fault)
{
	struct place at = {"keys", 0, fault};
	enum err err = list_room((void **)&out->key, &out->key_count, sizeof *out->key,
		ROSTER_KEYS, o, "keys", arena, fault);

	for (; err == ERR_OK && at.index < out->key_count; at.index++)
		err = key_read(&out->key[at.index],
			json_array_get(json_object_get(o, "keys"), at.index), &at);
	if (err == ERR_OK)
		err = list_room((void **)&out->hub, &out->hub_count, sizeof *out->hub,
			ROSTER_HUBS, o, "hubs", arena, fault);
	at = (struct place){"hubs", 0, fault};
	for (; err == ERR_OK && at.index < out->hub_count; at.index++)
		err = hub_read(&out->hub[at.index],
			json_array_get(json_object_get(o, "hubs"), at.index), &at);
	if (err == ERR_OK)
		err = list_room((void **)&out->mandate, &out->mandate_count,
			sizeof *out->mandate, ROSTER_MANDATES, o, "mandates", arena, fault);
	at = (struct place){"mandates", 0, fault};
	for (; err == ERR_OK && at.index < out->mandate_count; at.index++)
		err = mandate_read(&out->mandate[at.index],
			json_array_get(json_object_get(o, "mandates"), at.index), &at);
	return err;
}

/* Two administrators at least, rising numbers, no key twice. */
static enum err
keys_check(const struct roster *r, struct fault *fault)
{
	const char *first = NULL;
	bool two = false;

	for (int i = 0; i < r->key_count; i++) {
		if (i > 0 && r->key[i].number <= r->key[i - 1].number)
			return fault_set(fault, ERR_DUPLICATE, "key numbers must rise: %u",
				r->key[i].number);
		for (int j = 0; j < i; j++)
			if (public_key_equal(&r->key[i].key, &r->key[j].key))
				return fault_set(fault, ERR_DUPLICATE,
					"keys %u and %u are the same key", r->key[j].number,
					r->key[i].number);
		if (!(r->key[i].roles & ROLE_ADMINISTRATOR))
			continue;
		two = two || (first != NULL && strcmp(first, r->key[i].person) != 0);
		first = first != NULL ? first : r->key[i].person;
	}
	return two ? ERR_OK
		   : fault_set(fault, ERR_CONFLICT,
			     "a roster needs administrators who are two persons at least");
}

/* Terms rise, and a hub's key is no person's: who takes the hub must not be an operator. */
static enum err
hubs_check(const struct roster *r, struct fault *fault)
{
	for (int i = 0; i < r->hub_count; i++) {
		if (i > 0 && r->hub[i].term <= r->hub[i - 1].term)
			return fault_set(fault, ERR_DUPLICATE,
				"the hubs' terms must rise: %u", r->hub[i].term);
		for (int j = 0; j < r->key_count; j++)
			if (public_key_equal(&r->hub[i].key, &r->key[j].key))
				return fault_set(fault, ERR_DUPLICATE,
					"the hub of term %u has the key of number %u",
					r->hub[i].term, r->key[j].number);
	}
	return ERR_OK;
}

/* For keys that are there; one for a key and class, or nobody knew which of two counts. */
static enum err
mandates_check(const struct roster *r, struct fault *fault)
{
	for (int i = 0; i < r->mandate_count; i++) {
		const struct mandate *m = &r->mandate[i];

		if (i > 0 && m->number <= r->mandate[i - 1].number)
			return fault_set(fault, ERR_DUPLICATE,
				"mandate numbers must rise: %u", m->number);
		if (roster_key(r, m->key) == NULL)
			return fault_set(fault, ERR_UNKNOWN,
				"mandate %u names key %u, which is not in the roster",
				m->number, m->key);
		if (roster_mandate(r, m->key, m->class) != m)
			return fault_set(fault, ERR_DUPLICATE,
				"key %u has two mandates of class %s", m->key,
				order_class_name(m->class));
	}
	return ERR_OK;
}

enum err
roster_read(struct roster *out, struct arena *arena, struct bytes text, struct fault *fault)
{
	struct roster r = {0};
	json_error_t where;
	json_t *o =
		json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &where);
	enum err err;

	if (!json_is_object(o))
		err = fault_set(fault, ERR_FORMAT, "line %d, column %d: %s", where.line,
			where.column, o ? "not an object" : where.text);
	else
		err = head_read(&r, o, fault);
	if (err == ERR_OK)
		err = lists_read(&r, arena, o, fault);
	if (err == ERR_OK)
		err = keys_check(&r, fault);
	if (err == ERR_OK)
		err = hubs_check(&r, fault);
	if (err == ERR_OK)
		err = mandates_check(&r, fault);
	json_decref(o);
	if (err != ERR_OK)
		return err;
	r.hash = hash_of(text);
	*out = r;
	return ERR_OK;
}

static json_t *
numbers_json(const uint16_t *number, uint16_t count)
{
	json_t *list = json_array();

	for (int i = 0; i < count; i++)
		json_array_append_new(list, json_integer(number[i]));
	return list;
}

static json_t *
public_key_json(const struct public_key *key)
{
	struct buffer text = {0};
	json_t *out;

	base64_write(&text, bytes_of(key->at, sizeof key->at));
	out = json_string(buffer_text(&text));
	buffer_free(&text);
	return out;
}

static json_t *
key_json(const struct roster_key *k)
{
	json_t *roles = json_array(), *classes = json_array(), *o = json_object();

	for (size_t j = 0; j < sizeof role_names / sizeof *role_names; j++)
		if (k->roles & role_names[j].role)
			json_array_append_new(roles, json_string(role_names[j].name));
	for (enum order_class c = ORDER_ALARM; c <= ORDER_TEST; c++)
		if (k->classes & 1u << c)
			json_array_append_new(classes, json_string(order_class_name(c)));
	json_object_set_new(o, "number", json_integer(k->number));
	json_object_set_new(o, "person", json_string(k->person));
	json_object_set_new(o, "public_key", public_key_json(&k->key));
	json_object_set_new(o, "roles", roles);
	json_object_set_new(o, "classes", classes);
	if (k->zone_count > 0)
		json_object_set_new(o, "zones", numbers_json(k->zone, k->zone_count));
	return o;
}

static json_t *
mandate_json(const struct mandate *m)
{
	json_t *patterns = json_array();
	char until[TIME_TEXT];

	for (int i = 0; i < m->pattern_count; i++)
		json_array_append_new(patterns, json_integer(m->pattern[i]));
	time_write(until, m->not_after_ms);
	return json_pack("{s:i,s:i,s:s,s:o,s:o,s:i,s:i,s:s}", "number", m->number, "key",
		m->key, "class", order_class_name(m->class), "patterns", patterns, "zones",
		numbers_json(m->zone, m->zone_count), "seconds_max", m->seconds_max,
		"starts_per_hour", m->starts_per_hour, "not_after", until);
}

void
roster_write(struct buffer *out, const struct roster *r)
{
	json_t *keys = json_array(), *hubs = json_array(), *mandates = json_array(), *o;
	char territory[9], previous[65], *text;

	for (int i = 0; i < r->key_count; i++)
		json_array_append_new(keys, key_json(&r->key[i]));
	for (int i = 0; i < r->hub_count; i++)
		json_array_append_new(
			hubs, json_pack("{s:I,s:s,s:o}", "term", (json_int_t)r->hub[i].term,
				      "name", r->hub[i].name, "public_key",
				      public_key_json(&r->hub[i].key)));
	for (int i = 0; i < r->mandate_count; i++)
		json_array_append_new(mandates, mandate_json(&r->mandate[i]));
	hex_write(territory,
		(uint8_t[]){(uint8_t)(r->territory >> 24), (uint8_t)(r->territory >> 16),
			(uint8_t)(r->territory >> 8), (uint8_t)r->territory},
		4);
	hex_write(previous, r->previous.at, sizeof r->previous.at);
	o = json_pack("{s:s,s:s,s:s,s:I,s:s?,s:o,s:o,s:o}", "format", "belfry-roster-1",
		"territory", territory, "mode", mode_name(r->mode), "serial",
		(json_int_t)r->serial, "previous",
		hash_is_zero(&r->previous) ? NULL : previous, "keys", keys, "hubs", hubs,
		"mandates", mandates);
	text = json_dumps(o, JSON_INDENT(1));
	if (text != NULL)
		write_text(out, text);
	else if (out->err == ERR_OK)
		out->err = ERR_NOMEM;
	free(text);
	json_decref(o);
}
