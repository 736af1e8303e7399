/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zones.c: the tree of zones and its keys. */
#include "geo/zones.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An id or an alias, and whose it is. */
struct key {
	const char *text;
	size_t zone;
};

#define NO_PARENT UINT32_MAX

struct zones {
	struct arena *arena;
	struct zones_parts parts;
	struct key *key; /* sorted by text */
	size_t key_count;
	uint32_t *parent; /* index, or NO_PARENT */
};

void
zones_free(struct zones *z)
{
	if (z != NULL)
		arena_free(z->arena); /* z lies in it */
}

const struct zones_parts *
zones_parts(const struct zones *z)
{
	return &z->parts;
}

bool
zone_id_is_good(const char *id)
{
	size_t n = strlen(id);

	return n >= 1 && n <= ZONE_ID_MAX &&
	       strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			  "0123456789._-") == n;
}

bool
zone_language_is_good(const char *tag)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t n = strspn(tag, letters);

	if ((n != 2 && n != 3) || strlen(tag) > 35)
		return false;
	for (tag += n; *tag == '-'; tag += n) {
		tag++;
		n = 0;
		while (tag[n] != 0 && (strchr(letters, tag[n]) != NULL ||
					      (tag[n] >= '0' && tag[n] <= '9')))
			n++;
		if (n < 1 || n > 8)
			return false;
	}
	return *tag == 0;
}

static bool
text_is_good(const char *text)
{
	size_t n = 0;

	for (; text[n] != 0; n++)
		if ((unsigned char)text[n] < 0x20 || text[n] == 0x7f)
			return false;
	return n <= ZONE_TEXT_MAX;
}

/* Ids here may come from strangers: what is not an id is not repeated. */
__attribute__((format(printf, 4, 5))) static enum err
zone_fault(struct fault *f, enum err err, const struct zone *zone, const char *format, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	return fault_set(f, err, "zone %s: %s",
		zone_id_is_good(zone->id) ? zone->id : "with a bad id", what);
}

static enum err
words_check(const struct zone *zone, struct fault *f)
{
	if (!text_is_good(zone->level))
		return zone_fault(f, ERR_FORMAT, zone,
			"its level has control characters or over %d bytes", ZONE_TEXT_MAX);
	for (size_t i = 0; i < zone->name_count; i++) {
		const struct zone_name *name = &zone->names[i];

		if (!zone_language_is_good(name->language))
			return zone_fault(
				f, ERR_FORMAT, zone, "a name's language is no BCP 47 tag");
		if (!text_is_good(name->text))
			return zone_fault(f, ERR_FORMAT, zone,
				"its name in \"%s\" has control characters or over %d "
				"bytes",
				name->language, ZONE_TEXT_MAX);
		if (i > 0 && strcmp(name->language, zone->names[i - 1].language) == 0)
			return zone_fault(f, ERR_DUPLICATE, zone,
				"it has two names in \"%s\"", name->language);
	}
	for (size_t i = 0; i < zone->alias_count; i++)
		if (!zone_id_is_good(zone->aliases[i]))
			return zone_fault(
				f, ERR_FORMAT, zone, "an alias is not shaped like an id");
	return ERR_OK;
}

static enum err
zone_check(const struct zone *zone, const struct zone *before, struct fault *f)
{
	if (!zone_id_is_good(zone->id))
		return zone_fault(f, ERR_FORMAT, zone,
			"an id has 1 to %d letters A-Z a-z, digits, dots, underscores or "
			"hyphens",
			ZONE_ID_MAX);
	if (zone->number == 0)
		return zone_fault(f, ERR_RANGE, zone, "it has no number from 1 to 65535");
	if (before != NULL && before->number == zone->number)
		return zone_fault(f, ERR_DUPLICATE, zone,
			"its number %u is also that of %s", zone->number, before->id);
	if (zone->shelter_s < -1 || zone->shelter_s > SHELTER_S_MAX)
		return zone_fault(f, ERR_RANGE, zone,
			"its shelter_s is not within 0 to %d seconds", SHELTER_S_MAX);
	if (zone->name_count > ZONE_NAMES_MAX || zone->alias_count > ZONE_ALIASES_MAX)
		return zone_fault(f, ERR_RANGE, zone, "it has over %d names or %d aliases",
			ZONE_NAMES_MAX, ZONE_ALIASES_MAX);
	return ERR_OK;
}

static int
by_language(const void *a, const void *b)
{
	return strcmp(((const struct zone_name *)a)->language,
		((const struct zone_name *)b)->language);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
by_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order != 0 ? order : x->zone < y->zone ? -1 : x->zone > y->zone;
}

/* Every one of our numbered structs begins with its number. */
static int
by_number(const void *a, const void *b)
{
	uint16_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

static const struct key *
key_find(const struct zones *z, const char *text)
{
	size_t low = 0, high = z->key_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(text, z->key[mid].text);

		if (order == 0)
			return &z->key[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static enum err
zones_check(struct zones *z, uint16_t *bad, struct fault *f)
{
	for (size_t i = 0; i < z->parts.zone_count; i++) {
		struct zone *zone = &z->parts.zone[i];
		enum err err;

		*bad = zone->number;
		err = zone_check(zone, i > 0 ? zone - 1 : NULL, f);
		if (err != ERR_OK)
			return err;
		if (zone->name_count > 1)
			qsort(zone->names, zone->name_count, sizeof *zone->names,
				by_language);
		if (zone->alias_count > 1)
			qsort(zone->aliases, zone->alias_count, sizeof *zone->aliases,
				by_text);
		err = words_check(zone, f);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

static enum err
keys_make(struct zones *z, uint16_t *bad, struct fault *f)
{
	size_t n = 0;

	for (size_t i = 0; i < z->parts.zone_count; i++)
		n += 1 + z->parts.zone[i].alias_count;
	z->key = arena_alloc(z->arena, n * sizeof *z->key);
	if (z->key == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < z->parts.zone_count; i++) {
		const struct zone *zone = &z->parts.zone[i];

		z->key[z->key_count++] = (struct key){zone->id, i};
		for (size_t k = 0; k < zone->alias_count; k++)
			z->key[z->key_count++] = (struct key){zone->aliases[k], i};
	}
	qsort(z->key, z->key_count, sizeof *z->key, by_key);
	for (size_t i = 1; i < z->key_count; i++) {
		const struct zone *zone = &z->parts.zone[z->key[i].zone];

		if (strcmp(z->key[i - 1].text, z->key[i].text) != 0)
			continue;
		*bad = zone->number;
		return zone_fault(f, ERR_DUPLICATE, zone,
			"\"%s\" is there twice as an id or alias; each must be unique",
			z->key[i].text);
	}
	return ERR_OK;
}

static enum err
parent_find(struct zones *z, size_t i, struct fault *f)
{
	const struct zone *zone = &z->parts.zone[i];
	const struct key *key;

	z->parent[i] = NO_PARENT;
	if (zone->parent == NULL)
		return ERR_OK;
	if (!zone_id_is_good(zone->parent))
		return zone_fault(
			f, ERR_FORMAT, zone, "its parent is not shaped like an id");
	key = key_find(z, zone->parent);
	/* An alias will not do: it may be another zone's tomorrow. */
	if (key == NULL || strcmp(z->parts.zone[key->zone].id, zone->parent) != 0)
		return zone_fault(f, ERR_UNKNOWN, zone,
			"its parent \"%s\" is not the id of a zone here", zone->parent);
	z->parent[i] = (uint32_t)key->zone;
	return ERR_OK;
}

static enum err
tree_make(struct zones *z, uint16_t *bad, struct fault *f)
{
	enum err err;

	z->parent = arena_alloc(z->arena, z->parts.zone_count * sizeof *z->parent);
	if (z->parent == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < z->parts.zone_count; i++) {
		*bad = z->parts.zone[i].number;
		err = parent_find(z, i, f);
		if (err != ERR_OK)
			return err;
	}
	for (size_t i = 0; i < z->parts.zone_count; i++) {
		const struct zone *zone = &z->parts.zone[i];
		size_t depth = 1;

		*bad = zone->number;
		for (uint32_t k = z->parent[i]; k != NO_PARENT; k = z->parent[k]) {
			if (k == i)
				return zone_fault(f, ERR_CONFLICT, zone,
					"its parents lead around in a circle back to it");
			if (++depth > ZONES_DEPTH_MAX)
				return zone_fault(f, ERR_RANGE, zone,
					"it has over %d ancestors, or they go in a circle",
					ZONES_DEPTH_MAX - 1);
		}
	}
	return ERR_OK;
}

static enum err
retired_check(struct zones *z, struct fault *f)
{
	struct zones_parts *p = &z->parts;

	if (p->retired_count > 0)
		qsort(p->retired, p->retired_count, sizeof *p->retired, by_number);
	for (size_t i = 0; i < p->retired_count; i++) {
		const struct zone_retired *r = &p->retired[i];

		if (r->number == 0 || !zone_id_is_good(r->id))
			return fault_set(
				f, ERR_FORMAT, "a retired number or its id is bad");
		if (i > 0 && r->number == p->retired[i - 1].number)
			return fault_set(
				f, ERR_DUPLICATE, "number %u is retired twice", r->number);
		if (zones_by_number(z, r->number) != NULL)
			return fault_set(f, ERR_CONFLICT,
				"number %u is retired (it was %s) and in use", r->number,
				r->id);
	}
	return ERR_OK;
}

static enum err
group_check(struct zones *z, struct zone_group *g, struct fault *f)
{
	size_t kept = 0;

	if (g->number == 0 || g->zone_count == 0)
		return fault_set(f, ERR_FORMAT,
			"a group needs a number from 1 to 65535 and at least one zone");
	qsort(g->zones, g->zone_count, sizeof *g->zones, by_number);
	for (size_t i = 0; i < g->zone_count; i++) {
		if (zones_by_number(z, g->zones[i]) == NULL)
			return fault_set(f, ERR_UNKNOWN,
				"group %u names zone number %u, which is not known",
				g->number, g->zones[i]);
		if (kept == 0 || g->zones[kept - 1] != g->zones[i])
			g->zones[kept++] = g->zones[i];
	}
	g->zone_count = kept;
	return ERR_OK;
}

static enum err
groups_check(struct zones *z, struct fault *f)
{
	struct zones_parts *p = &z->parts;
	enum err err = ERR_OK;

	if (p->group_count > 0)
		qsort(p->group, p->group_count, sizeof *p->group, by_number);
	for (size_t i = 0; i < p->group_count && err == ERR_OK; i++) {
		err = group_check(z, &p->group[i], f);
		if (err == ERR_OK && i > 0 && p->group[i].number == p->group[i - 1].number)
			err = fault_set(f, ERR_DUPLICATE, "group %u is there twice",
				p->group[i].number);
	}
	return err;
}

static enum err
mended_check(const struct zones *z, struct fault *f)
{
	for (size_t i = 0; i < z->parts.mended_count; i++) {
		const struct zone_mended *m = &z->parts.mended[i];

		if (zones_find(z, m->zone) == NULL)
			return fault_set(f, ERR_UNKNOWN,
				"the list of mended zones names one that is not known");
		if (!text_is_good(m->change) || !point_on_globe(m->at))
			return fault_set(f, ERR_FORMAT, "what was mended in zone %s is bad",
				m->zone);
	}
	return ERR_OK;
}

enum err
zones_take(struct zones **out, struct arena *arena, const struct zones_parts *parts,
	uint16_t *bad, struct fault *fault)
{
	struct zones *z = arena_alloc(arena, sizeof *z);
	enum err err;

	*bad = 0;
	if (z == NULL)
		return ERR_NOMEM;
	z->arena = arena;
	z->parts = *parts;
	if (parts->zone_count == 0)
		return fault_set(fault, ERR_FORMAT, "there are no zones");
	if (parts->zone_count > ZONES_MAX || parts->group_count > ZONES_MAX ||
		parts->retired_count > ZONES_MAX)
		return fault_set(
			fault, ERR_RANGE, "there are over %d zones or groups", ZONES_MAX);
	qsort(z->parts.zone, z->parts.zone_count, sizeof *z->parts.zone, by_number);
	err = zones_check(z, bad, fault);
	if (err == ERR_OK)
		err = keys_make(z, bad, fault);
	if (err == ERR_OK)
		err = tree_make(z, bad, fault);
	if (err != ERR_OK)
		return err;
	*bad = 0;
	err = retired_check(z, fault);
	if (err == ERR_OK)
		err = groups_check(z, fault);
	if (err == ERR_OK)
		err = mended_check(z, fault);
	if (err == ERR_OK)
		*out = z;
	return err;
}

static size_t
index_of(const struct zones *z, uint16_t number)
{
	size_t low = 0, high = z->parts.zone_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (z->parts.zone[mid].number < number)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == z->parts.zone_count || z->parts.zone[low].number != number)
		return SIZE_MAX;
	return low;
}

const struct zone *
zones_by_number(const struct zones *z, uint16_t number)
{
	size_t i = index_of(z, number);

	return i == SIZE_MAX ? NULL : &z->parts.zone[i];
}

const struct zone *
zones_find(const struct zones *z, const char *key)
{
	const struct key *found = key_find(z, key);

	return found ? &z->parts.zone[found->zone] : NULL;
}

const struct zone *
zones_parent(const struct zones *z, const struct zone *zone)
{
	uint32_t parent = z->parent[zone - z->parts.zone];

	return parent == NO_PARENT ? NULL : &z->parts.zone[parent];
}

const struct zone_group *
zones_group(const struct zones *z, uint16_t number)
{
	if (z->parts.group_count == 0)
		return NULL;
	return bsearch(&number, z->parts.group, z->parts.group_count,
		sizeof *z->parts.group, by_number);
}

size_t
zones_children(const struct zones *z, uint16_t number, uint16_t *out, size_t max)
{
	size_t self = index_of(z, number), n = 0;

	for (size_t i = 0; self != SIZE_MAX && i < z->parts.zone_count; i++) {
		if (z->parent[i] != self)
			continue;
		if (n < max)
			out[n] = z->parts.zone[i].number;
		n++;
	}
	return n;
}

size_t
zones_below(const struct zones *z, uint16_t number, uint16_t *out, size_t max)
{
	size_t self = index_of(z, number), n = 0;

	for (size_t i = 0; self != SIZE_MAX && i < z->parts.zone_count; i++) {
		if (!zones_is_within(z, z->parts.zone[i].number, number))
			continue;
		if (n < max)
			out[n] = z->parts.zone[i].number;
		n++;
	}
	return n;
}

size_t
zones_path(const struct zones *z, uint16_t number, uint16_t *out, size_t max)
{
	size_t i = index_of(z, number), n = 0;

	while (i != SIZE_MAX) {
		if (n < max)
			out[n] = z->parts.zone[i].number;
		n++;
		i = z->parent[i] == NO_PARENT ? SIZE_MAX : z->parent[i];
	}
	return n;
}

bool
zones_is_within(const struct zones *z, uint16_t number, uint16_t ancestor)
{
	uint16_t path[ZONES_DEPTH_MAX];
	size_t n = zones_path(z, number, path, ZONES_DEPTH_MAX);

	for (size_t i = 0; i < n; i++)
		if (path[i] == ancestor)
			return true;
	return number == ancestor;
}

bool
zones_overlap(
	const struct zones *z, const uint16_t *a, size_t a_n, const uint16_t *b, size_t b_n)
{
	for (size_t i = 0; i < a_n; i++)
		for (size_t k = 0; k < b_n; k++)
			if (zones_is_within(z, a[i], b[k]) ||
				zones_is_within(z, b[k], a[i]))
				return true;
	return false;
}

static const char *
name_in(const struct zone *zone, const char *language, size_t len)
{
	for (size_t i = 0; i < zone->name_count; i++)
		if (strlen(zone->names[i].language) == len &&
			memcmp(zone->names[i].language, language, len) == 0)
			return zone->names[i].text;
	return NULL;
}

const char *
zone_name(const struct zone *zone, const char *language)
{
	const char *name = name_in(zone, language, strlen(language));

	if (name == NULL)
		name = name_in(zone, language, strcspn(language, "-"));
	if (name == NULL)
		name = name_in(zone, "und", 3);
	if (name == NULL)
		name = zone->name_count > 0 ? zone->names[0].text : zone->id;
	return name;
}
