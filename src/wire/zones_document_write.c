/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zones_document_write.c: zones as text, the same bytes each time. */
#include "wire/zones_document.h"

#include "base/text.h"
#include "wire/geojson_shape.h"

static int
append(const char *text, size_t len, void *out)
{
	write_bytes(out, text, len);
	return 0;
}

/* Takes `value`. NULL from jansson is no memory. */
static void
json_write(struct buffer *out, json_t *value)
{
	/* 10 digits hold 7 decimals of any degree. */
	if (value == NULL ||
		json_dump_callback(value, append, out,
			JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(10)) != 0)
		out->err = ERR_NOMEM;
	json_decref(value);
}

static json_t *
names_json(const struct zone *zone)
{
	json_t *names = json_object();

	for (size_t i = 0; i < zone->name_count; i++)
		if (json_object_set_new(names, zone->names[i].language,
			    json_string(zone->names[i].text)) != 0) {
			json_decref(names);
			return NULL;
		}
	return names;
}

static json_t *
aliases_json(const struct zone *zone)
{
	json_t *list = json_array();

	for (size_t i = 0; i < zone->alias_count; i++)
		if (json_array_append_new(list, json_string(zone->aliases[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static void
zone_write(struct buffer *out, const struct zone *zone)
{
	json_t *shelter = zone->shelter_s < 0 ? json_null() : json_integer(zone->shelter_s);

	json_write(out, json_pack("{s:i, s:s, s:s, s:s?, s:o, s:o, s:o}", "number",
				zone->number, "id", zone->id, "level", zone->level,
				"parent", zone->parent, "names", names_json(zone),
				"aliases", aliases_json(zone), "shelter_s", shelter));
}

static void
lists_write(struct buffer *out, const struct zones_parts *p)
{
	write_text(out, "],\"groups\":[");
	for (size_t i = 0; i < p->group_count; i++) {
		write_format(out, "%s{\"number\":%u,\"zones\":[", i ? "," : "",
			p->group[i].number);
		for (size_t k = 0; k < p->group[i].zone_count; k++)
			write_format(out, "%s%u", k ? "," : "", p->group[i].zones[k]);
		write_text(out, "]}");
	}
	write_text(out, "],\"retired\":[");
	for (size_t i = 0; i < p->retired_count; i++) {
		write_text(out, i ? "," : "");
		json_write(out, json_pack("{s:i, s:s}", "number", p->retired[i].number,
					"id", p->retired[i].id));
	}
	write_text(out, "],\"mended\":[");
	for (size_t i = 0; i < p->mended_count; i++) {
		const struct zone_mended *m = &p->mended[i];

		write_text(out, i ? "," : "");
		json_write(out, json_pack("{s:s, s:{s:f, s:f}, s:s}", "zone", m->zone,
					"place", "lat", degrees_rounded(m->at.lat), "lon",
					degrees_rounded(m->at.lon), "change", m->change));
	}
	write_text(out, "]}\n");
}

void
zones_document_write(
	struct buffer *out, const struct zones_head *head, const struct zones *zones)
{
	const struct zones_parts *p = zones_parts(zones);
	char previous[65], geometry[65];

	hex_write(previous, head->previous.at, sizeof head->previous.at);
	hex_write(geometry, head->geometry.at, sizeof head->geometry.at);
	write_format(out,
		"{\"format\":\"belfry-zones-1\",\"territory\":\"%s\",\"version\":%llu,"
		"\"previous\":",
		head->territory, (unsigned long long)head->version);
	if (hash_is_zero(&head->previous))
		write_text(out, "null");
	else
		write_format(out, "\"%s\"", previous);
	write_format(out, ",\"geometry\":\"%s\",\"zones\":[", geometry);
	for (size_t i = 0; i < p->zone_count; i++) {
		write_text(out, i ? "," : "");
		zone_write(out, &p->zone[i]);
	}
	lists_write(out, p);
}

void
zones_geometry_write(struct buffer *out, const struct zones *zones)
{
	const struct zones_parts *p = zones_parts(zones);

	write_text(out, "{\"type\":\"FeatureCollection\",\"features\":[");
	for (size_t i = 0; i < p->zone_count; i++) {
		/* An id needs no escaping: zone_id_is_good(). */
		write_format(out,
			"%s\n{\"type\":\"Feature\",\"id\":\"%s\",\"properties\":{"
			"\"number\":%u},"
			"\"geometry\":",
			i ? "," : "", p->zone[i].id, p->zone[i].number);
		geojson_shape_write(out, &p->zone[i].shape);
		write_text(out, "}");
	}
	write_text(out, "\n]}\n");
}
