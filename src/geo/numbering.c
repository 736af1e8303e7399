/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numbering.c: a number means one place for ever. */
#include "geo/numbering.h"

#include <stdlib.h>
#include <string.h>

/* The zones at work, and who has each number now and had it before. */
struct numbers {
	struct zones_parts *parts;
	const struct zones *previous;
	uint32_t *user;	    /* [65536]: index of a zone plus 1, or 0 */
	const char **owner; /* [65536]: the id that had it in an earlier version, or NULL */
	uint32_t highest;   /* ever given */
};

/* The number that an id had before, 0 if none. */
static uint16_t
number_of_id(const struct numbers *n, const char *id)
{
	const struct zones_parts *old = n->previous ? zones_parts(n->previous) : NULL;
	const struct zone *zone = n->previous ? zones_find(n->previous, id) : NULL;

	if (zone != NULL && strcmp(zone->id, id) == 0)
		return zone->number;
	for (size_t i = 0; old != NULL && i < old->retired_count; i++)
		if (strcmp(old->retired[i].id, id) == 0)
			return old->retired[i].number;
	return 0;
}

static uint16_t
number_of_alias(const struct numbers *n, const struct zone *zone)
{
	const struct zone *before = n->previous ? zones_find(n->previous, zone->id) : NULL;
	uint16_t number = before ? before->number : 0;

	for (size_t i = 0; i < zone->alias_count; i++) {
		if (number != 0 && n->user[number] == 0)
			return number;
		before = n->previous ? zones_find(n->previous, zone->aliases[i]) : NULL;
		number = before ? before->number : number_of_id(n, zone->aliases[i]);
	}
	return number != 0 && n->user[number] == 0 ? number : 0;
}

static bool
has_alias(const struct zone *zone, const char *id)
{
	for (size_t i = 0; i < zone->alias_count; i++)
		if (strcmp(zone->aliases[i], id) == 0)
			return true;
	return false;
}

static void
number_use(struct numbers *n, size_t i, uint16_t number)
{
	n->parts->zone[i].number = number;
	n->user[number] = (uint32_t)i + 1;
	if (number > n->highest)
		n->highest = number;
}

/* A number that the author wrote. */
static enum err
number_check(struct numbers *n, size_t i, struct fault *f)
{
	const struct zone *zone = &n->parts->zone[i];
	uint16_t before = number_of_id(n, zone->id);
	const char *owner = n->owner[zone->number];

	if (before != 0 && before != zone->number)
		return fault_set(f, ERR_CONFLICT,
			"zone %s: the file gives it number %u, but it has number %u in an "
			"earlier "
			"version; sirens know it by that, so leave the number out",
			zone->id, zone->number, before);
	if (owner != NULL && strcmp(owner, zone->id) != 0 && !has_alias(zone, owner))
		return fault_set(f, ERR_CONFLICT,
			"zone %s: number %u belonged to zone %s in an earlier version and "
			"is not "
			"given again",
			zone->id, zone->number, owner);
	if (n->user[zone->number] != 0)
		return fault_set(f, ERR_DUPLICATE,
			"zone %s: its number %u is also that of %s", zone->id, zone->number,
			n->parts->zone[n->user[zone->number] - 1].id);
	number_use(n, i, zone->number);
	return ERR_OK;
}

static enum err
number_next(struct numbers *n, size_t i, struct fault *f)
{
	uint32_t number = n->highest + 1;

	if (number > ZONES_MAX) /* the top is used up: the lowest that nobody ever had */
		for (number = 1; number <= ZONES_MAX; number++)
			if (n->user[number] == 0 && n->owner[number] == NULL)
				break;
	if (number > ZONES_MAX)
		return fault_set(f, ERR_FULL, "zone %s: all 65535 numbers were given once",
			n->parts->zone[i].id);
	number_use(n, i, (uint16_t)number);
	return ERR_OK;
}

static void
owners_note(struct numbers *n)
{
	const struct zones_parts *old = n->previous ? zones_parts(n->previous) : NULL;

	if (old == NULL)
		return;
	for (size_t i = 0; i < old->zone_count; i++)
		n->owner[old->zone[i].number] = old->zone[i].id;
	for (size_t i = 0; i < old->retired_count; i++)
		n->owner[old->retired[i].number] = old->retired[i].id;
	for (uint32_t number = 1; number <= ZONES_MAX; number++)
		if (n->owner[number] != NULL)
			n->highest = number;
}

static enum err
retired_note(struct numbers *n, struct arena *arena)
{
	struct zones_parts *p = n->parts;
	size_t count = 0;

	for (uint32_t number = 1; number <= ZONES_MAX; number++)
		count += n->owner[number] != NULL && n->user[number] == 0;
	p->retired_count = 0;
	p->retired = arena_alloc(arena, (count + 1) * sizeof *p->retired);
	if (p->retired == NULL)
		return ERR_NOMEM;
	for (uint32_t number = 1; number <= ZONES_MAX; number++) {
		const char *id = n->owner[number];

		if (id == NULL || n->user[number] != 0)
			continue;
		id = arena_text(arena, id, strlen(id));
		if (id == NULL)
			return ERR_NOMEM;
		p->retired[p->retired_count++] =
			(struct zone_retired){(uint16_t)number, id};
	}
	return ERR_OK;
}

static enum err
numbers_fill(struct numbers *n, size_t *bad, struct fault *f)
{
	struct zones_parts *p = n->parts;
	enum err err = ERR_OK;
	uint16_t number;

	for (size_t i = 0; i < p->zone_count && err == ERR_OK; i++) {
		*bad = i;
		if (p->zone[i].number != 0)
			err = number_check(n, i, f);
	}
	for (size_t i = 0; i < p->zone_count && err == ERR_OK; i++) {
		number = p->zone[i].number == 0 ? number_of_id(n, p->zone[i].id) : 0;
		if (number != 0 && n->user[number] == 0)
			number_use(n, i, number);
	}
	for (size_t i = 0; i < p->zone_count && err == ERR_OK; i++) {
		number = p->zone[i].number == 0 ? number_of_alias(n, &p->zone[i]) : 0;
		if (number != 0)
			number_use(n, i, number);
	}
	for (size_t i = 0; i < p->zone_count && err == ERR_OK; i++) {
		*bad = i;
		if (p->zone[i].number == 0)
			err = number_next(n, i, f);
	}
	return err;
}

enum err
numbers_give(struct zones_parts *parts, const struct zones *previous, struct arena *arena,
	size_t *bad, struct fault *fault)
{
	struct numbers n = {.parts = parts, .previous = previous};
	enum err err = ERR_NOMEM;

	*bad = 0;
	n.user = calloc(ZONES_MAX + 1, sizeof *n.user);
	n.owner = calloc(ZONES_MAX + 1, sizeof *n.owner);
	if (n.user != NULL && n.owner != NULL) {
		owners_note(&n);
		err = numbers_fill(&n, bad, fault);
		if (err == ERR_OK)
			err = retired_note(&n, arena);
	}
	free(n.user);
	free(n.owner);
	return err;
}
