/* SPDX-License-Identifier: GPL-3.0-or-later */
/* soundings.c: joins alerts, sirens and receipts by sorted arrays. */
#include "console/soundings.h"

#include "alert/content.h"

#include <stdlib.h>
#include <string.h>

enum said { SAID_NOTHING, SAID_SOUNDED, SAID_FAILED };

struct siren_at {
	uint32_t number;
	uint16_t zone;
};

struct ordered {
	uint64_t order;
	size_t alert; /* place in the list */
};

struct count {
	struct siren_at *box;  /* by number */
	struct ordered *order; /* by id */
	uint8_t *said;	       /* enum said, for each alert all boxes */
	size_t boxes, orders, alerts;
};

enum err
heard_add(struct heard_ring *r, const json_t *receipt)
{
	const char *event = json_string_value(json_object_get(receipt, "event"));
	const char *order = json_string_value(json_object_get(receipt, "order"));
	struct heard h = {0};

	if (event == NULL || order == NULL || id_read(&h.order, order) != ERR_OK)
		return ERR_OK;
	h.sounded = strcmp(event, "sounding") == 0 || strcmp(event, "sounded") == 0;
	if (!h.sounded && strcmp(event, "failed") != 0)
		return ERR_OK;
	h.siren = (uint32_t)json_integer_value(json_object_get(receipt, "siren"));
	if (r->at == NULL)
		r->at = calloc(HEARD_KEPT, sizeof *r->at);
	if (r->at == NULL)
		return ERR_NOMEM;
	r->at[r->count++ % HEARD_KEPT] = h;
	return ERR_OK;
}

void
heard_free(struct heard_ring *r)
{
	free(r->at);
	*r = (struct heard_ring){0};
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct siren_at *)a)->number,
		 y = ((const struct siren_at *)b)->number;

	return (x > y) - (x < y);
}

static int
by_order(const void *a, const void *b)
{
	uint64_t x = ((const struct ordered *)a)->order,
		 y = ((const struct ordered *)b)->order;

	return (x > y) - (x < y);
}

static bool
boxes_read(struct count *c, const json_t *board)
{
	const json_t *list = json_object_get(board, "sirens");

	c->boxes = json_array_size(list);
	c->box = calloc(c->boxes + 1, sizeof *c->box);
	for (size_t i = 0; i < c->boxes && c->box != NULL; i++) {
		const json_t *s = json_array_get(list, i);

		c->box[i].number =
			(uint32_t)json_integer_value(json_object_get(s, "siren"));
		c->box[i].zone = (uint16_t)json_integer_value(json_object_get(s, "zone"));
	}
	if (c->box != NULL)
		qsort(c->box, c->boxes, sizeof *c->box, by_number);
	return c->box != NULL;
}

static bool
orders_read(struct count *c, const json_t *alerts)
{
	size_t n = 0;

	for (size_t i = 0; i < c->alerts; i++)
		n += json_array_size(json_object_get(json_array_get(alerts, i), "orders"));
	c->order = calloc(n + 1, sizeof *c->order);
	for (size_t i = 0; i < c->alerts && c->order != NULL; i++) {
		const json_t *list = json_object_get(json_array_get(alerts, i), "orders");

		for (size_t k = 0; k < json_array_size(list); k++) {
			const char *id = json_string_value(json_array_get(list, k));

			c->order[c->orders].alert = i;
			if (id != NULL && id_read(&c->order[c->orders].order, id) == ERR_OK)
				c->orders++;
		}
	}
	if (c->order != NULL)
		qsort(c->order, c->orders, sizeof *c->order, by_order);
	return c->order != NULL;
}

/* From the newest back: the last word of a box on an alert counts. */
static void
hear(struct count *c, const struct heard_ring *ring)
{
	uint64_t first = ring->count > HEARD_KEPT ? ring->count - HEARD_KEPT : 0;

	for (uint64_t i = ring->count; i-- > first;) {
		const struct heard *h = &ring->at[i % HEARD_KEPT];
		const struct ordered *o = bsearch(&(struct ordered){h->order, 0}, c->order,
			c->orders, sizeof *o, by_order);
		const struct siren_at *b =
			o != NULL ? bsearch(&(struct siren_at){h->siren, 0}, c->box,
					    c->boxes, sizeof *b, by_number)
				  : NULL;
		uint8_t *said;

		if (b == NULL)
			continue;
		said = &c->said[o->alert * c->boxes + (size_t)(b - c->box)];
		if (*said == SAID_NOTHING)
			*said = h->sounded ? SAID_SOUNDED : SAID_FAILED;
	}
}

/* `in_force` has a byte for each zone number. An order to a zone sounds every siren below it. */
static bool
concerns(const uint8_t *in_force, const struct zones *zones, uint16_t zone)
{
	uint16_t path[ZONES_DEPTH_MAX];
	size_t n = zones != NULL ? zones_path(zones, zone, path, ZONES_DEPTH_MAX) : 0;

	for (size_t i = 0; i < n; i++)
		if (in_force[path[i]])
			return true;
	return in_force[zone];
}

static struct soundings
sum(const struct count *c, size_t alert, uint8_t *in_force, const struct zones *zones,
	const json_t *list)
{
	struct soundings s = {0};

	memset(in_force, 0, ZONES_MAX + 1);
	for (size_t i = 0; i < json_array_size(list); i++)
		in_force[(uint16_t)json_integer_value(json_array_get(list, i))] = 1;
	for (size_t i = 0; i < c->boxes; i++) {
		enum said said = c->said[alert * c->boxes + i];

		if (!concerns(in_force, zones, c->box[i].zone))
			continue;
		s.ordered++;
		s.sounded += said == SAID_SOUNDED;
		s.failed += said == SAID_FAILED;
	}
	s.unknown = s.ordered - s.sounded - s.failed;
	return s;
}

struct soundings *
soundings_count(const struct heard_ring *heard, const struct zones *zones,
	const json_t *board, const json_t *alerts)
{
	struct count c = {.alerts = json_array_size(alerts)};
	struct soundings *out = calloc(c.alerts + 1, sizeof *out);
	uint8_t *in_force = malloc(ZONES_MAX + 1);
	bool good = out != NULL && in_force != NULL && boxes_read(&c, board) &&
		    orders_read(&c, alerts);

	if (good)
		c.said = calloc(c.alerts * c.boxes + 1, 1);
	good = good && c.said != NULL;
	if (good && heard->at != NULL)
		hear(&c, heard);
	for (size_t i = 0; good && i < c.alerts; i++) {
		const json_t *alert = json_array_get(alerts, i);

		if (!json_is_true(json_object_get(alert, "silent")))
			out[i] = sum(
				&c, i, in_force, zones, json_object_get(alert, "zones"));
	}
	free(c.box);
	free(c.order);
	free(c.said);
	free(in_force);
	if (good)
		return out;
	free(out);
	return NULL;
}
