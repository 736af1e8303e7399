/* SPDX-License-Identifier: GPL-3.0-or-later */
/* geojson.c: features become zones, or a sentence that says why not. */
#include "wire/geojson.h"

#include "geo/numbering.h"
#include "wire/geojson_shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct intake {
	const struct geojson_options *options;
	struct arena *arena;
	struct zones_parts parts;
	size_t mended_cap;
	uint16_t *number; /* of each feature, in the order of the file */
	size_t faults;
	enum err first;
	struct fault *fault; /* the first one's sentence */
};

/* "3" for 3 and for "3"; NULL for what is neither text nor a whole number, or no memory. */
static const char *
key_text(struct arena *arena, const json_t *value)
{
	char digits[24];
	int n;

	if (json_is_string(value))
		return arena_text(
			arena, json_string_value(value), json_string_length(value));
	if (!json_is_integer(value))
		return NULL;
	n = snprintf(
		digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return arena_text(arena, digits, (size_t)n);
}

static enum err
id_read(struct zone *zone, struct arena *arena, const json_t *feature, struct fault *f)
{
	const json_t *id = json_object_get(json_object_get(feature, "properties"), "id");

	if (id == NULL || json_is_null(id))
		id = json_object_get(feature, "id");
	if (id == NULL || json_is_null(id))
		return fault_set(f, ERR_FORMAT,
			"it has no id: give each zone one in properties.id that stays its "
			"own");
	zone->id = key_text(arena, id);
	if (zone->id == NULL)
		return fault_set(
			f, ERR_FORMAT, "its id is neither text nor a whole number");
	if (!zone_id_is_good(zone->id)) {
		zone->id = NULL; /* not to be shown */
		return fault_set(f, ERR_FORMAT,
			"its id may have 1 to %d letters A-Z a-z, digits, dots, "
			"underscores and "
			"hyphens, nothing else",
			ZONE_ID_MAX);
	}
	return ERR_OK;
}

static enum err
parent_read(struct zone *zone, struct arena *arena, const json_t *value, struct fault *f)
{
	if (value == NULL || json_is_null(value) ||
		(json_is_integer(value) && json_integer_value(value) == 0) ||
		(json_is_string(value) && json_string_length(value) == 0))
		return ERR_OK;
	zone->parent = key_text(arena, value);
	if (zone->parent == NULL || !zone_id_is_good(zone->parent))
		return fault_set(f, ERR_FORMAT, "its parent is not shaped like an id");
	return ERR_OK;
}

static enum err
whole_read(int64_t *out, const json_t *value, int64_t min, int64_t max, const char *what,
	struct fault *f)
{
	if (value == NULL || json_is_null(value))
		return ERR_OK;
	if (!json_is_integer(value) || json_integer_value(value) < min ||
		json_integer_value(value) > max)
		return fault_set(f, ERR_RANGE,
			"its %s is not a whole number from %lld to %lld", what,
			(long long)min, (long long)max);
	*out = json_integer_value(value);
	return ERR_OK;
}

static enum err
aliases_read(struct zone *zone, struct arena *arena, const json_t *value, struct fault *f)
{
	size_t n = json_is_array(value) ? json_array_size(value) : 1;

	if (value == NULL || json_is_null(value))
		return ERR_OK;
	if (n > ZONE_ALIASES_MAX)
		return fault_set(f, ERR_RANGE, "it has over %d aliases", ZONE_ALIASES_MAX);
	zone->aliases = arena_alloc(arena, (n + 1) * sizeof *zone->aliases);
	if (zone->aliases == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *id = key_text(
			arena, json_is_array(value) ? json_array_get(value, i) : value);

		if (id == NULL || !zone_id_is_good(id))
			return fault_set(
				f, ERR_FORMAT, "an alias is not shaped like an id");
		zone->aliases[zone->alias_count++] = id;
	}
	return ERR_OK;
}

/* "name" is "und", "name_uk" and "name:uk" are "uk", "name_zh_Hant" is "zh-Hant". */
static bool
name_language(char out[36], const char *key)
{
	if (strncmp(key, "name", 4) != 0)
		return false;
	if (key[4] == 0) {
		strcpy(out, "und");
		return true;
	}
	if ((key[4] != '_' && key[4] != ':') || strlen(key + 5) > 35)
		return false;
	strcpy(out, key + 5);
	for (char *p = out; *p != 0; p++)
		if (*p == '_')
			*p = '-';
	return zone_language_is_good(out);
}

static enum err
names_read(struct zone *zone, struct arena *arena, json_t *properties, struct fault *f)
{
	char language[36];
	const char *key;
	json_t *value;

	zone->names = arena_alloc(
		arena, (json_object_size(properties) + 1) * sizeof *zone->names);
	if (zone->names == NULL)
		return ERR_NOMEM;
	json_object_foreach(properties, key, value)
	{
		struct zone_name *name = &zone->names[zone->name_count];

		if (!name_language(language, key) || json_is_null(value))
			continue;
		if (!json_is_string(value))
			return fault_set(f, ERR_FORMAT, "its %s is not text", key);
		if (json_string_length(value) == 0)
			continue;
		if (zone->name_count == ZONE_NAMES_MAX)
			return fault_set(
				f, ERR_RANGE, "it has over %d names", ZONE_NAMES_MAX);
		name->language = arena_text(arena, language, strlen(language));
		name->text = arena_text(
			arena, json_string_value(value), json_string_length(value));
		if (name->language == NULL || name->text == NULL)
			return ERR_NOMEM;
		zone->name_count++;
	}
	return ERR_OK;
}

static enum err
properties_read(struct zone *zone, struct arena *arena, json_t *p, struct fault *f)
{
	const json_t *level = json_object_get(p, "level");
	int64_t number = 0, shelter_s = -1;
	enum err err;

	if (level != NULL && !json_is_null(level) && !json_is_string(level))
		return fault_set(f, ERR_FORMAT, "its level is not text");
	zone->level = json_is_string(level) ? arena_text(arena, json_string_value(level),
						      json_string_length(level))
					    : "";
	if (zone->level == NULL)
		return ERR_NOMEM;
	err = parent_read(zone, arena, json_object_get(p, "parent"), f);
	if (err == ERR_OK)
		err = whole_read(
			&number, json_object_get(p, "number"), 1, ZONES_MAX, "number", f);
	if (err == ERR_OK)
		err = whole_read(&shelter_s, json_object_get(p, "shelter_s"), 0,
			SHELTER_S_MAX, "shelter_s", f);
	if (err == ERR_OK)
		err = aliases_read(zone, arena, json_object_get(p, "aliases"), f);
	if (err == ERR_OK)
		err = names_read(zone, arena, p, f);
	zone->number = (uint16_t)number;
	zone->shelter_s = (int32_t)shelter_s;
	return err;
}

static enum err
mended_add(struct intake *in, const char *zone, const struct finding *change)
{
	struct zones_parts *p = &in->parts;
	struct zone_mended *m;

	if (p->mended_count == in->mended_cap) {
		size_t cap = 2 * in->mended_cap + 16;

		m = arena_alloc(in->arena, cap * sizeof *m);
		if (m == NULL)
			return ERR_NOMEM;
		if (p->mended_count > 0)
			memcpy(m, p->mended, p->mended_count * sizeof *m);
		p->mended = m;
		in->mended_cap = cap;
	}
	m = &p->mended[p->mended_count++];
	*m = (struct zone_mended){zone, change->at, change->what};
	return ERR_OK;
}

static enum err
shape_read(struct intake *in, struct zone *zone, const json_t *geometry, struct fault *f)
{
	struct findings found = {0};
	struct shape drawn;
	enum err err = geojson_shape_read(&drawn, in->arena, geometry, in->options->box, f);

	if (err != ERR_OK)
		return err;
	err = shape_settle(&zone->shape, in->arena, &drawn, in->options->mend, &found);
	if (err == ERR_SHAPE && found.n > 0) {
		const struct finding *worst = &found.at[found.fatal ? found.n - 1 : 0];

		return fault_set(f, err,
			"%s, at latitude %.7g, longitude %.7g; draw it anew%s", worst->what,
			worst->at.lat, worst->at.lon,
			found.fatal ? "" : ", or import with --mend");
	}
	for (size_t i = 0; i < found.n && err == ERR_OK; i++)
		err = mended_add(in, zone->id, &found.at[i]);
	return err;
}

/* The first fault is the caller's to show; all go into the list, if he wants one. */
static enum err
feature_fault(struct intake *in, size_t i, const char *id, enum err err, const char *what)
{
	struct fault f;

	if (id != NULL)
		err = fault_set(&f, err, "feature %zu, zone %s: %s", i + 1, id, what);
	else
		err = fault_set(&f, err, "feature %zu: %s", i + 1, what);
	if (in->faults++ == 0) {
		in->first = err;
		*in->fault = f;
	}
	if (in->options->all != NULL)
		write_format(in->options->all, "%s\n", f.text);
	return err;
}

static enum err
feature_read(struct intake *in, size_t i, const json_t *feature)
{
	const char *type = json_string_value(json_object_get(feature, "type"));
	struct zone *zone = &in->parts.zone[i];
	struct fault why = {"out of memory"};
	enum err err = ERR_OK;

	if (type == NULL || strcmp(type, "Feature") != 0)
		err = fault_set(&why, ERR_FORMAT, "it is not of the type \"Feature\"");
	if (err == ERR_OK)
		err = id_read(zone, in->arena, feature, &why);
	if (err == ERR_OK)
		err = properties_read(
			zone, in->arena, json_object_get(feature, "properties"), &why);
	if (err == ERR_OK)
		err = shape_read(in, zone, json_object_get(feature, "geometry"), &why);
	if (err == ERR_OK || err == ERR_NOMEM)
		return err;
	(void)!feature_fault(in, i, zone->id, err, why.text);
	return ERR_OK; /* the next one may have its own fault to tell */
}

static enum err
features_read(struct intake *in, const json_t *list)
{
	size_t n = json_array_size(list);
	enum err err = ERR_OK;

	if (!json_is_array(list) || n == 0)
		return fault_set(in->fault, ERR_FORMAT,
			"there are no features: a zone file is a FeatureCollection with a "
			"feature "
			"for each zone");
	if (n > ZONES_MAX)
		return fault_set(in->fault, ERR_RANGE,
			"there are %zu features; %d is the most", n, ZONES_MAX);
	in->parts.zone = arena_alloc(in->arena, n * sizeof *in->parts.zone);
	in->number = arena_alloc(in->arena, n * sizeof *in->number);
	if (in->parts.zone == NULL || in->number == NULL)
		return ERR_NOMEM;
	in->parts.zone_count = n;
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = feature_read(in, i, json_array_get(list, i));
	if (err != ERR_OK || in->faults == 0)
		return err;
	if (in->faults > 1) {
		size_t len = strlen(in->fault->text);

		snprintf(in->fault->text + len, sizeof in->fault->text - len,
			" (and %zu more feature%s at fault)", in->faults - 1,
			in->faults == 2 ? " is" : "s are");
	}
	return in->first;
}

static int
by_id(const void *a, const void *b)
{
	const struct zone *const *x = a, *const *y = b;
	int order = strcmp((*x)->id, (*y)->id);

	return order != 0 ? order : *x < *y ? -1 : *x > *y;
}

/* Told here, where features can still be counted. */
static enum err
ids_check(struct intake *in)
{
	size_t n = in->parts.zone_count;
	struct zone **sorted = calloc(n, sizeof *sorted);
	enum err err = ERR_OK;

	if (sorted == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &in->parts.zone[i];
	qsort(sorted, n, sizeof *sorted, by_id);
	for (size_t i = 1; i < n && err == ERR_OK; i++) {
		char what[80];

		if (strcmp(sorted[i - 1]->id, sorted[i]->id) != 0)
			continue;
		snprintf(what, sizeof what,
			"feature %zu has the same id; each zone needs its own",
			(size_t)(sorted[i - 1] - in->parts.zone) + 1);
		err = feature_fault(in, (size_t)(sorted[i] - in->parts.zone), sorted[i]->id,
			ERR_DUPLICATE, what);
	}
	free(sorted);
	return err;
}

static enum err
number_of(uint16_t *out, const struct intake *in, const json_t *key, unsigned group)
{
	const char *id = key_text(in->arena, key);

	for (size_t i = 0; id != NULL && i < in->parts.zone_count; i++) {
		if (strcmp(in->parts.zone[i].id, id) == 0) {
			*out = in->parts.zone[i].number;
			return ERR_OK;
		}
	}
	return fault_set(in->fault, ERR_UNKNOWN,
		"group %u: \"%s\" is not the id of a zone in this file", group,
		id != NULL && zone_id_is_good(id) ? id : "?");
}

static enum err
group_read(struct intake *in, struct zone_group *out, const json_t *group)
{
	const json_t *list = json_object_get(group, "zones");
	size_t n = json_array_size(list);
	int64_t number = 0;
	enum err err = whole_read(&number, json_object_get(group, "number"), 1, ZONES_MAX,
		"number (of a group)", in->fault);

	if (err != ERR_OK)
		return err;
	if (number == 0 || n == 0 || n > ZONES_MAX)
		return fault_set(in->fault, ERR_FORMAT,
			"a group needs a number from 1 to 65535 and a list of zones");
	out->number = (uint16_t)number;
	out->zone_count = n;
	out->zones = arena_alloc(in->arena, n * sizeof *out->zones);
	if (out->zones == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = number_of(&out->zones[i], in, json_array_get(list, i), out->number);
	return err;
}

static enum err
groups_read(struct intake *in, const json_t *list)
{
	size_t n = json_array_size(list);
	enum err err = ERR_OK;

	if (list == NULL)
		return ERR_OK;
	if (!json_is_array(list) || n > ZONES_MAX)
		return fault_set(
			in->fault, ERR_FORMAT, "\"groups\" is not a list of groups");
	in->parts.group_count = n;
	in->parts.group = arena_alloc(in->arena, (n + 1) * sizeof *in->parts.group);
	if (in->parts.group == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = group_read(in, &in->parts.group[i], json_array_get(list, i));
	return err;
}

/* What the zones say of each other. The sentences of src/geo begin with the zone; the feature
 * is put before them. */
static enum err
zones_make(struct zones **out, struct intake *in, const json_t *root)
{
	struct fault why;
	uint16_t number;
	size_t bad = 0;
	enum err err = ids_check(in);

	if (err != ERR_OK)
		return err;
	err = numbers_give(&in->parts, in->options->previous, in->arena, &bad, &why);
	if (err != ERR_OK)
		return fault_set(in->fault, err, "feature %zu, %s", bad + 1,
			err == ERR_NOMEM ? "out of memory" : why.text);
	for (size_t i = 0; i < in->parts.zone_count; i++)
		in->number[i] = in->parts.zone[i].number;
	err = groups_read(in, json_object_get(root, "groups"));
	if (err != ERR_OK)
		return err;
	err = zones_take(out, in->arena, &in->parts, &number, &why);
	if (err == ERR_OK || err == ERR_NOMEM)
		return err;
	for (bad = 0;
		number != 0 && bad < in->parts.zone_count && in->number[bad] != number;
		bad++)
		;
	if (number == 0)
		return fault_set(in->fault, err, "%s", why.text);
	return fault_set(in->fault, err, "feature %zu, %s", bad + 1, why.text);
}

static enum err
collection_read(struct zones **out, struct intake *in, const json_t *root)
{
	const char *type = json_string_value(json_object_get(root, "type"));
	enum err err;

	if (type == NULL || strcmp(type, "FeatureCollection") != 0)
		return fault_set(in->fault, ERR_FORMAT,
			"this is JSON, but not a GeoJSON FeatureCollection");
	err = features_read(in, json_object_get(root, "features"));
	return err == ERR_OK ? zones_make(out, in, root) : err;
}

enum err
geojson_read_zones(struct zones **out, struct bytes text,
	const struct geojson_options *options, struct fault *fault)
{
	struct fault unread = {""};
	struct intake in = {.options = options, .fault = fault ? fault : &unread};
	json_error_t error;
	json_t *root;
	enum err err;

	if (text.len > GEOJSON_BYTES_MAX)
		return fault_set(in.fault, ERR_RANGE, "the file is over %d MiB",
			GEOJSON_BYTES_MAX / 1024 / 1024);
	if (text.len >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
		text = bytes_of(text.at + 3, text.len - 3); /* a byte order mark */
	root = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		return geojson_fault(in.fault, &error);
	err = arena_new(&in.arena);
	if (err == ERR_OK)
		err = collection_read(out, &in, root);
	if (err == ERR_NOMEM)
		(void)!fault_set(in.fault, err, "out of memory");
	if (err != ERR_OK)
		arena_free(in.arena);
	json_decref(root);
	return err;
}
