/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * zones.h: the zones of one territory in one version: who lies within whom, which number is
 * whose. Ids and numbers are keys; names are for people and never looked up.
 */
#ifndef GEO_ZONES_H
#define GEO_ZONES_H

#include "geo/shape.h"

enum {
	ZONE_ID_MAX = 32, /* bytes, of A-Z a-z 0-9 . _ - */
	ZONE_TEXT_MAX =
		256, /* bytes of a name or level: UTF-8 without control characters */
	ZONE_NAMES_MAX = 64,   /* languages of one zone */
	ZONE_ALIASES_MAX = 64, /* of one zone */
	ZONES_MAX = 65535,
	ZONES_DEPTH_MAX = 8, /* a zone and its ancestors */
	SHELTER_S_MAX = 86400,
};

struct zone_name {
	const char
		*language; /* BCP 47, as "uk", "zh-Hant"; "und" if the author did not say */
	const char *text;
};

struct zone {
	uint16_t number;	 /* 1..65535: what orders carry; an id keeps it for ever */
	const char *id;		 /* the key that the author of the zones gave */
	const char *level;	 /* a free word, as "oblast"; "" if none */
	const char *parent;	 /* id of the zone around it; NULL if none */
	struct zone_name *names; /* by language, in order of their tags */
	size_t name_count;
	const char **aliases; /* ids that this zone had in other times or systems */
	size_t alias_count;
	int32_t shelter_s;  /* seconds that people have to reach shelter; -1: not known */
	struct shape shape; /* empty where only the tree was read, as on a siren */
};

/* A set of zones that one order can name in two bytes. */
struct zone_group {
	uint16_t number; /* 1..65535, counted apart from the zones */
	uint16_t *zones; /* numbers, ascending */
	size_t zone_count;
};

/* A number whose zone is gone; it is never given to another id. */
struct zone_retired {
	uint16_t number;
	const char *id;
};

/* One change that mending made at import, for all to read. */
struct zone_mended {
	const char *zone; /* id */
	struct point at;
	const char *change;
};

/* All that a set of zones is made of. */
struct zones_parts {
	struct zone *zone;
	size_t zone_count;
	struct zone_group *group;
	size_t group_count;
	struct zone_retired *retired;
	size_t retired_count;
	struct zone_mended *mended;
	size_t mended_count;
};

struct zones;

/*
 * Make a set from parts that live in `arena`. On success the set owns `arena` and the parts
 * (which it sorts in place by number), and ends with zones_free(); on an error the arena is
 * still the caller's. `*bad` is then the number of the zone at fault, 0 if it is no zone's;
 * the sentence in `fault` begins with the zone's id.
 * Errors: ERR_FORMAT (an id, name or level that may not be; no zones at all), ERR_RANGE
 * (number, shelter time, count, depth), ERR_DUPLICATE (number, id or alias twice), ERR_UNKNOWN
 * (parent, or a group's or a mended zone), ERR_CONFLICT (zones around each other in a circle; a
 * retired number in use), ERR_NOMEM.
 */
CHECKED enum err zones_take(struct zones **out, struct arena *arena,
	const struct zones_parts *parts, uint16_t *bad, struct fault *fault);
void zones_free(struct zones *z); /* NULL is fine */

/* Ordered by number. The parts are borrowed. */
const struct zones_parts *zones_parts(const struct zones *z);

/* NULL if it is not known. zones_find() takes an id or an alias. */
const struct zone *zones_by_number(const struct zones *z, uint16_t number);
const struct zone *zones_find(const struct zones *z, const char *key);
const struct zone *zones_parent(const struct zones *z, const struct zone *zone);
const struct zone_group *zones_group(const struct zones *z, uint16_t number);

/* Each writes at most `max` numbers and returns how many there are; 0: number not known
 * (or, for children, none). */
size_t zones_children(const struct zones *z, uint16_t number, uint16_t *out, size_t max);
/* The zone and all below it, ascending: whose sirens an order to it sounds. */
size_t zones_below(const struct zones *z, uint16_t number, uint16_t *out, size_t max);
/* The zone, its parent, and so on up: the numbers that a siren there obeys. Never more than
 * ZONES_DEPTH_MAX. */
size_t zones_path(const struct zones *z, uint16_t number, uint16_t *out, size_t max);

/* A zone is within itself, also when its number is not known. */
bool zones_is_within(const struct zones *z, uint16_t number, uint16_t ancestor);
/* Some zone of one set is within a zone of the other: people in it are concerned by both. */
bool zones_overlap(const struct zones *z, const uint16_t *a, size_t a_n, const uint16_t *b,
	size_t b_n);

/* The name in that language, else in its main language ("zh" for "zh-Hant"), else one without
 * a language, else the first, else the id. Never NULL. */
const char *zone_name(const struct zone *zone, const char *language);

bool zone_id_is_good(const char *id);
/* A language tag as RFC 5646 section 2.1 shapes it, its first part two or three letters. */
bool zone_language_is_good(const char *tag);

#endif
