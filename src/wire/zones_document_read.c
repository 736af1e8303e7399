/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zones_document_read.c: zones from text that may come from anywhere. */
#include "wire/zones_document.h"

#include "base/text.h"
#include "wire/geojson_shape.h"

#include <string.h>

static enum err
misformed(struct fault *f, const char *what, size_t i)
{
	return fault_set(f, ERR_FORMAT,
		"%s %zu of the zones document is not in the form that its format asks for",
		what, i + 1);
}

static char *
text_copy(struct arena *arena, const char *text)
{
	return arena_text(arena, text, strlen(text));
}

static enum err
names_read(struct zone *zone, struct arena *arena, json_t *names)
{
	const char *language;
	json_t *text;

	if (!json_is_object(names) || json_object_size(names) > ZONE_NAMES_MAX)
		return ERR_FORMAT;
	zone->names =
		arena_alloc(arena, (json_object_size(names) + 1) * sizeof *zone->names);
	if (zone->names == NULL)
		return ERR_NOMEM;
	json_object_foreach(names, language, text)
	{
		struct zone_name *name = &zone->names[zone->name_count++];

		if (!json_is_string(text))
			return ERR_FORMAT;
		name->language = text_copy(arena, language);
		name->text = text_copy(arena, json_string_value(text));
		if (name->language == NULL || name->text == NULL)
			return ERR_NOMEM;
	}
	return ERR_OK;
}

static enum err
aliases_read(struct zone *zone, struct arena *arena, const json_t *list)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n > ZONE_ALIASES_MAX)
		return ERR_FORMAT;
	zone->aliases = arena_alloc(arena, (n + 1) * sizeof *zone->aliases);
	if (zone->aliases == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *id = json_string_value(json_array_get(list, i));

		if (id == NULL)
			return ERR_FORMAT;
		zone->aliases[i] = text_copy(arena, id);
		if (zone->aliases[i] == NULL)
			return ERR_NOMEM;
		zone->alias_count++;
	}
	return ERR_OK;
}

static enum err
zone_read(struct zone *zone, struct arena *arena, json_t *from)
{
	json_t *parent, *names, *aliases, *shelter;
	const char *id, *level;
	json_int_t number;
	enum err err;

	if (json_unpack_ex(from, NULL, JSON_STRICT, "{s:I, s:s, s:s, s:o, s:o, s:o, s:o}",
		    "number", &number, "id", &id, "level", &level, "parent", &parent,
		    "names", &names, "aliases", &aliases, "shelter_s", &shelter) != 0)
		return ERR_FORMAT;
	if (number < 1 || number > ZONES_MAX ||
		(!json_is_null(parent) && !json_is_string(parent)))
		return ERR_FORMAT;
	if (!json_is_null(shelter) &&
		(!json_is_integer(shelter) || json_integer_value(shelter) < 0 ||
			json_integer_value(shelter) > SHELTER_S_MAX))
		return ERR_FORMAT;
	zone->number = (uint16_t)number;
	zone->shelter_s = json_is_null(shelter) ? -1 : (int32_t)json_integer_value(shelter);
	zone->id = text_copy(arena, id);
	zone->level = text_copy(arena, level);
	if (json_is_string(parent))
		zone->parent = text_copy(arena, json_string_value(parent));
	if (zone->id == NULL || zone->level == NULL ||
		(json_is_string(parent) && zone->parent == NULL))
		return ERR_NOMEM;
	err = names_read(zone, arena, names);
	return err == ERR_OK ? aliases_read(zone, arena, aliases) : err;
}

static enum err
group_read(struct zone_group *group, struct arena *arena, json_t *from)
{
	json_int_t number;
	json_t *list;

	if (json_unpack_ex(from, NULL, JSON_STRICT, "{s:I, s:o}", "number", &number,
		    "zones", &list) != 0 ||
		number < 1 || number > ZONES_MAX || !json_is_array(list) ||
		json_array_size(list) > ZONES_MAX)
		return ERR_FORMAT;
	group->number = (uint16_t)number;
	group->zone_count = json_array_size(list);
	group->zones = arena_alloc(arena, (group->zone_count + 1) * sizeof *group->zones);
	if (group->zones == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < group->zone_count; i++) {
		const json_t *zone = json_array_get(list, i);

		if (!json_is_integer(zone) || json_integer_value(zone) < 1 ||
			json_integer_value(zone) > ZONES_MAX)
			return ERR_FORMAT;
		group->zones[i] = (uint16_t)json_integer_value(zone);
		if (i > 0 && group->zones[i - 1] >= group->zones[i])
			return ERR_FORMAT;
	}
	return ERR_OK;
}

static enum err
retired_read(struct zone_retired *retired, struct arena *arena, json_t *from)
{
	json_int_t number;
	const char *id;

	if (json_unpack_ex(from, NULL, JSON_STRICT, "{s:I, s:s}", "number", &number, "id",
		    &id) != 0 ||
		number < 1 || number > ZONES_MAX)
		return ERR_FORMAT;
	retired->number = (uint16_t)number;
	retired->id = text_copy(arena, id);
	return retired->id ? ERR_OK : ERR_NOMEM;
}

static enum err
mended_read(struct zone_mended *mended, struct arena *arena, json_t *from)
{
	const char *zone, *change;

	if (json_unpack_ex(from, NULL, JSON_STRICT, "{s:s, s:{s:F, s:F}, s:s}", "zone",
		    &zone, "place", "lat", &mended->at.lat, "lon", &mended->at.lon,
		    "change", &change) != 0)
		return ERR_FORMAT;
	mended->zone = text_copy(arena, zone);
	mended->change = text_copy(arena, change);
	return mended->zone && mended->change ? ERR_OK : ERR_NOMEM;
}

/* The four lists of the document, still in JSON. */
struct lists {
	json_t *zones, *groups, *retired, *mended;
};

/* Lower-case digits alone, so that a value has one text. */
static bool
hex_is(void *out, size_t len, const json_t *value)
{
	const char *text = json_string_value(value);

	return text != NULL && strpbrk(text, "ABCDEF") == NULL &&
	       hex_read(out, len, text) == ERR_OK;
}

static enum err
head_read(struct zones_head *head, struct lists *lists, json_t *root, struct fault *f)
{
	json_t *territory, *previous, *geometry;
	const char *format;
	uint8_t digits[4];
	json_int_t version;

	format = json_string_value(json_object_get(root, "format"));
	if (format == NULL || strcmp(format, "belfry-zones-1") != 0)
		return fault_set(f, ERR_VERSION,
			"this is no zones document of the format belfry-zones-1");
	if (json_unpack_ex(root, NULL, JSON_STRICT,
		    "{s:s, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "format", &format,
		    "territory", &territory, "version", &version, "previous", &previous,
		    "geometry", &geometry, "zones", &lists->zones, "groups", &lists->groups,
		    "retired", &lists->retired, "mended", &lists->mended) != 0)
		return fault_set(f, ERR_FORMAT,
			"the zones document has a member too many, too few or of the wrong "
			"type");
	*head = (struct zones_head){.version = (uint64_t)version};
	if (version < 1 || !hex_is(digits, 4, territory) ||
		!hex_is(head->geometry.at, 32, geometry) ||
		(!json_is_null(previous) && (!hex_is(head->previous.at, 32, previous) ||
						    hash_is_zero(&head->previous))))
		return fault_set(f, ERR_FORMAT,
			"the zones document's territory, version, previous or geometry is "
			"no "
			"such thing");
	hex_write(head->territory, digits, 4);
	return ERR_OK;
}

static enum err
zones_list_read(
	struct zones_parts *p, struct arena *arena, const json_t *list, struct fault *f)
{
	enum err err = ERR_OK;

	p->zone_count = json_array_size(list);
	p->zone = arena_alloc(arena, (p->zone_count + 1) * sizeof *p->zone);
	if (p->zone == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < p->zone_count && err == ERR_OK; i++) {
		err = zone_read(&p->zone[i], arena, json_array_get(list, i));
		if (err == ERR_OK && i > 0 && p->zone[i - 1].number >= p->zone[i].number)
			err = ERR_FORMAT;
		if (err == ERR_FORMAT)
			return misformed(f, "zone", i);
	}
	return err;
}

static enum err
small_lists_read(struct zones_parts *p, struct arena *arena, const struct lists *lists,
	struct fault *f)
{
	enum err err = ERR_OK;

	p->group_count = json_array_size(lists->groups);
	p->retired_count = json_array_size(lists->retired);
	p->mended_count = json_array_size(lists->mended);
	p->group = arena_alloc(arena, (p->group_count + 1) * sizeof *p->group);
	p->retired = arena_alloc(arena, (p->retired_count + 1) * sizeof *p->retired);
	p->mended = arena_alloc(arena, (p->mended_count + 1) * sizeof *p->mended);
	if (p->group == NULL || p->retired == NULL || p->mended == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < p->group_count && err == ERR_OK; i++) {
		err = group_read(&p->group[i], arena, json_array_get(lists->groups, i));
		if (err == ERR_FORMAT)
			return misformed(f, "group", i);
	}
	for (size_t i = 0; i < p->retired_count && err == ERR_OK; i++) {
		err = retired_read(
			&p->retired[i], arena, json_array_get(lists->retired, i));
		if (err == ERR_FORMAT)
			return misformed(f, "retired number", i);
	}
	for (size_t i = 0; i < p->mended_count && err == ERR_OK; i++) {
		err = mended_read(&p->mended[i], arena, json_array_get(lists->mended, i));
		if (err == ERR_FORMAT)
			return misformed(f, "mended zone", i);
	}
	return err;
}

static bool
shapes_equal(const struct shape *a, const struct shape *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (a->polygon[i].n != b->polygon[i].n)
			return false;
		for (size_t k = 0; k < a->polygon[i].n; k++) {
			const struct ring *x = &a->polygon[i].ring[k];
			const struct ring *y = &b->polygon[i].ring[k];

			if (x->n != y->n || memcmp(x->at, y->at, x->n * sizeof *x->at) != 0)
				return false;
		}
	}
	return true;
}

static enum err
feature_read(struct zone *zone, struct arena *arena, json_t *feature, struct fault *f)
{
	struct findings found;
	const char *type, *id;
	struct shape drawn;
	json_int_t number;
	json_t *geometry;
	enum err err;

	if (json_unpack_ex(feature, NULL, JSON_STRICT, "{s:s, s:s, s:{s:I}, s:o}", "type",
		    &type, "id", &id, "properties", "number", &number, "geometry",
		    &geometry) != 0 ||
		strcmp(type, "Feature") != 0 || strcmp(id, zone->id) != 0 ||
		number != zone->number)
		return fault_set(f, ERR_FORMAT,
			"the zones geometry does not have zone %s (number %u) where it "
			"should be",
			zone->id, zone->number);
	err = geojson_shape_read(&drawn, arena, geometry, NULL, f);
	if (err != ERR_OK)
		return err;
	err = shape_settle(&zone->shape, arena, &drawn, false, &found);
	if (err == ERR_SHAPE || (err == ERR_OK && !shapes_equal(&zone->shape, &drawn)))
		return fault_set(f, ERR_SHAPE, "the zones geometry: zone %s: %s", zone->id,
			found.n > 0 ? found.at[0].what : "it is not in its settled form");
	return err;
}

static enum err
geometry_read(struct zones_parts *p, struct arena *arena, const struct zones_head *head,
	struct bytes text, struct fault *f)
{
	struct hash hash = hash_of(text);
	enum err err = ERR_OK;
	const char *type;
	json_error_t error;
	json_t *root, *list;

	if (!hash_equal(&hash, &head->geometry))
		return fault_set(f, ERR_CONFLICT,
			"the zones geometry is not the one that the zones document names");
	root = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		return geojson_fault(f, &error);
	if (json_unpack_ex(root, NULL, JSON_STRICT, "{s:s, s:o}", "type", &type, "features",
		    &list) != 0 ||
		strcmp(type, "FeatureCollection") != 0 || !json_is_array(list) ||
		json_array_size(list) != p->zone_count)
		err = fault_set(f, ERR_FORMAT,
			"the zones geometry is not a FeatureCollection with a feature a "
			"zone");
	for (size_t i = 0; i < p->zone_count && err == ERR_OK; i++)
		err = feature_read(&p->zone[i], arena, json_array_get(list, i), f);
	json_decref(root);
	return err;
}

static enum err
document_read(struct zones **out, struct zones_head *head, struct arena *arena,
	json_t *root, struct bytes geometry, struct fault *f)
{
	struct zones_parts parts = {0};
	struct lists lists;
	uint16_t bad;
	enum err err = head_read(head, &lists, root, f);

	if (err != ERR_OK)
		return err;
	if (!json_is_array(lists.zones) || !json_is_array(lists.groups) ||
		!json_is_array(lists.retired) || !json_is_array(lists.mended))
		return fault_set(f, ERR_FORMAT, "a list of the zones document is no list");
	err = zones_list_read(&parts, arena, lists.zones, f);
	if (err == ERR_OK)
		err = small_lists_read(&parts, arena, &lists, f);
	if (err == ERR_OK && geometry.len > 0)
		err = geometry_read(&parts, arena, head, geometry, f);
	return err == ERR_OK ? zones_take(out, arena, &parts, &bad, f) : err;
}

enum err
zones_document_read(struct zones **out, struct zones_head *head, struct bytes document,
	struct bytes geometry, struct fault *fault)
{
	struct arena *arena = NULL;
	json_error_t error;
	json_t *root;
	enum err err;

	if (document.len > ZONES_DOCUMENT_BYTES_MAX ||
		geometry.len > ZONES_GEOMETRY_BYTES_MAX)
		return fault_set(
			fault, ERR_RANGE, "the zones document or geometry is too large");
	root = json_loadb(
		(const char *)document.at, document.len, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		return geojson_fault(fault, &error);
	err = arena_new(&arena);
	if (err == ERR_OK)
		err = document_read(out, head, arena, root, geometry, fault);
	if (err == ERR_NOMEM)
		(void)!fault_set(fault, err, "out of memory");
	if (err != ERR_OK)
		arena_free(arena);
	json_decref(root);
	return err;
}
