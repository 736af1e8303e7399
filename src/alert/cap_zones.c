/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_zones.c: from the areas of a CAP message to zone numbers. */
#include "alert/cap_zones.h"

#include "cap/capmsg.h"
#include "cap/capval.h"

#include <stdlib.h>
#include <string.h>

struct search {
	uint16_t *zone;
	size_t max, count;
	const char *territory;
	const struct zones *zones;
	struct area *area;
	bool has_area;
	struct arena *arena;
	struct fault *fault;
};

static enum err
zone_add(struct search *s, uint16_t number)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->zone[i] == number)
			return ERR_OK;
	if (s->count == s->max)
		return fault_set(s->fault, ERR_FULL,
			"the message concerns more than %zu zones", s->max);
	s->zone[s->count++] = number;
	return ERR_OK;
}

/* "territory:id"; *ours counts those that are ours. */
static enum err
geocode_take(struct search *s, const struct cap_pair *code, size_t *ours)
{
	size_t len = strlen(s->territory);
	const struct zone *z;

	if (strcmp(code->name, "BELFRY-ZONE") != 0 ||
		strncmp(code->value, s->territory, len) != 0 || code->value[len] != ':')
		return ERR_OK;
	(*ours)++;
	z = zones_find(s->zones, code->value + len + 1);
	if (z == NULL)
		return fault_set(s->fault, ERR_UNKNOWN,
			"geocode BELFRY-ZONE %s: no such zone in this version of the zones",
			code->value);
	return zone_add(s, z->number);
}

static enum err
polygon_take(struct search *s, const char *text)
{
	struct cap_point *corner;
	struct point *at;
	size_t n;
	enum err err = capval_polygon(&corner, &n, s->arena, text);

	if (err != ERR_OK)
		return fault_set(
			s->fault, err, "a polygon is broken (rule 44): %.60s", text);
	at = arena_alloc(s->arena, n * sizeof *at);
	if (at == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		at[i] = (struct point){corner[i].lat, corner[i].lon};
	s->has_area = true;
	return area_add_polygon(s->area, at, n, s->fault);
}

static enum err
circle_take(struct search *s, const char *text)
{
	struct cap_circle c;
	enum err err = capval_circle(&c, text);

	if (err != ERR_OK)
		return fault_set(
			s->fault, err, "a circle is broken (rule 45): %.60s", text);
	s->has_area = true;
	return area_add_circle(
		s->area, (struct point){c.centre.lat, c.centre.lon}, c.radius_km, s->fault);
}

static enum err
area_take(struct search *s, const struct cap_area *a)
{
	size_t ours = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < a->geocode.n && err == ERR_OK; i++)
		err = geocode_take(s, &a->geocode.at[i], &ours);
	if (err != ERR_OK || ours > 0)
		return err;
	if (a->polygon.n + a->circle.n == 0)
		return fault_set(s->fault, ERR_UNKNOWN,
			"area \"%.60s\" has no polygon, no circle and no geocode of ours; "
			"name the "
			"zones by --zones",
			a->desc != NULL ? a->desc : "");
	for (size_t i = 0; i < a->polygon.n && err == ERR_OK; i++)
		err = polygon_take(s, a->polygon.at[i]);
	for (size_t i = 0; i < a->circle.n && err == ERR_OK; i++)
		err = circle_take(s, a->circle.at[i]);
	return err;
}

static enum err
areas_take(struct search *s, struct bytes cap)
{
	struct capmsg msg;
	enum err err =
		capmsg_read_max(&msg, s->arena, cap.at, cap.len, CAPMSG_OWN_MAX, s->fault);

	for (size_t i = 0; err == ERR_OK && i < msg.info.n; i++)
		for (size_t k = 0; err == ERR_OK && k < msg.info.at[i].area.n; k++)
			err = area_take(s, &msg.info.at[i].area.at[k]);
	return err;
}

static enum err
touched(struct search *s, struct zone_index *index)
{
	uint16_t *number = arena_alloc(s->arena, s->max * sizeof *number);
	size_t n;
	enum err err = number == NULL ? ERR_NOMEM
				      : zone_index_area(index, s->area, number, s->max, &n);

	if (err == ERR_FULL)
		return fault_set(
			s->fault, err, "the message concerns more than %zu zones", s->max);
	for (size_t i = 0; err == ERR_OK && i < n; i++)
		err = zone_add(s, number[i]);
	return err;
}

static int
by_number(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

enum err
cap_zones(uint16_t *zone, size_t max, size_t *count, struct bytes cap,
	const char *territory, const struct zones *zones, struct zone_index *index,
	struct fault *fault)
{
	struct search s = {.zone = zone,
		.max = max,
		.territory = territory,
		.zones = zones,
		.fault = fault};
	enum err err = area_new(&s.area);

	if (err == ERR_OK)
		err = arena_new(&s.arena);
	if (err == ERR_OK)
		err = areas_take(&s, cap);
	if (err == ERR_OK && s.has_area)
		err = touched(&s, index);
	if (err == ERR_OK && s.count == 0)
		err = fault_set(fault, ERR_UNKNOWN,
			"the message's ground touches no zone of this territory");
	qsort(zone, s.count, sizeof *zone, by_number);
	*count = s.count;
	area_free(s.area);
	arena_free(s.arena);
	return err;
}
