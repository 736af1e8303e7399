/* SPDX-License-Identifier: GPL-3.0-or-later */
/* geojson_shape.c: nested arrays of longitude and latitude. */
#include "wire/geojson_shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum err
geojson_fault(struct fault *fault, const json_error_t *error)
{
	char what[JSON_ERROR_TEXT_LENGTH];

	/* jansson repeats what it met: no control character of a stranger's goes to a screen. */
	snprintf(what, sizeof what, "%s", error->text);
	for (char *p = what; *p != 0; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return fault_set(fault, ERR_FORMAT, "this is not JSON: line %d, column %d: %s",
		error->line, error->column, what);
}

/* What to look at while a geometry is read. */
struct intake {
	struct arena *arena;
	const struct box *box;
	struct fault *fault;
};

static enum err
range_fault(const struct intake *in, struct point p)
{
	struct point turned = {p.lon, p.lat};
	bool on_globe = point_on_globe(p);

	if (point_on_globe(turned) && (in->box == NULL || box_contains(in->box, turned)))
		return fault_set(in->fault, ERR_RANGE,
			"latitude %.7g, longitude %.7g is outside %s, but the other way "
			"round it "
			"is inside: the axes look swapped (GeoJSON puts the longitude "
			"first)",
			p.lat, p.lon, on_globe ? "the territory" : "the globe");
	if (!on_globe)
		return fault_set(in->fault, ERR_RANGE,
			"latitude %.7g, longitude %.7g is not on the globe: write degrees "
			"of WGS "
			"84, latitude within 90, longitude within 180",
			p.lat, p.lon);
	return fault_set(in->fault, ERR_RANGE,
		"latitude %.7g, longitude %.7g is outside the territory's box (latitude "
		"%.7g to "
		"%.7g, longitude %.7g to %.7g)",
		p.lat, p.lon, in->box->south, in->box->north, in->box->west, in->box->east);
}

static enum err
position_read(struct point *out, const struct intake *in, const json_t *position)
{
	const json_t *lon = json_array_get(position, 0), *lat = json_array_get(position, 1);

	if (!json_is_number(lon) || !json_is_number(lat) || json_array_size(position) > 4)
		return fault_set(in->fault, ERR_FORMAT,
			"a position is not [longitude, latitude] in numbers");
	out->lon = json_number_value(lon);
	out->lat = json_number_value(lat);
	if (!point_on_globe(*out) || (in->box != NULL && !box_contains(in->box, *out)))
		return range_fault(in, *out);
	return ERR_OK;
}

static enum err
ring_read(struct ring *out, const struct intake *in, const json_t *ring)
{
	size_t n = json_array_size(ring);
	enum err err = ERR_OK;

	if (!json_is_array(ring) || n == 0)
		return fault_set(
			in->fault, ERR_FORMAT, "a ring is not a list of positions");
	out->n = n;
	out->at = arena_alloc(in->arena, n * sizeof *out->at);
	if (out->at == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = position_read(&out->at[i], in, json_array_get(ring, i));
	return err;
}

static enum err
polygon_read(struct polygon *out, const struct intake *in, const json_t *polygon)
{
	size_t n = json_array_size(polygon);
	enum err err = ERR_OK;

	if (!json_is_array(polygon) || n == 0)
		return fault_set(in->fault, ERR_FORMAT, "a polygon is not a list of rings");
	out->n = n;
	out->ring = arena_alloc(in->arena, n * sizeof *out->ring);
	if (out->ring == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = ring_read(&out->ring[i], in, json_array_get(polygon, i));
	return err;
}

enum err
geojson_shape_read(struct shape *out, struct arena *arena, const json_t *geometry,
	const struct box *box, struct fault *fault)
{
	struct intake in = {arena, box, fault};
	const char *type = json_string_value(json_object_get(geometry, "type"));
	const json_t *list = json_object_get(geometry, "coordinates");
	bool many = type != NULL && strcmp(type, "MultiPolygon") == 0;
	size_t n = many ? json_array_size(list) : 1;
	enum err err = ERR_OK;

	if (type == NULL)
		return fault_set(fault, ERR_FORMAT,
			"it has no geometry: a zone is a Polygon or MultiPolygon");
	if (!many && strcmp(type, "Polygon") != 0)
		return fault_set(fault, ERR_FORMAT,
			"its geometry is neither a Polygon nor a MultiPolygon, but a zone "
			"is "
			"ground");
	if (!json_is_array(list) || n == 0)
		return fault_set(fault, ERR_FORMAT, "its geometry has no coordinates");
	out->n = n;
	out->polygon = arena_alloc(arena, n * sizeof *out->polygon);
	if (out->polygon == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = polygon_read(
			&out->polygon[i], &in, many ? json_array_get(list, i) : list);
	return err;
}

/* By whole numbers, so that no locale puts a comma into it. */
static void
degrees_write(struct buffer *out, double degrees)
{
	long long v = llround(degrees * 1e7), left = v < 0 ? -v : v;
	int decimals = 7;

	while (decimals > 0 && left % 10 == 0) {
		left /= 10;
		decimals--;
	}
	v = v < 0 ? -v : v;
	write_format(out, "%s%lld", degrees < 0 && v > 0 ? "-" : "", v / 10000000);
	if (decimals > 0)
		write_format(out, ".%0*lld", decimals,
			left % (long long)llround(pow(10, decimals)));
}

static void
polygon_write(struct buffer *out, const struct polygon *p)
{
	for (size_t k = 0; k < p->n; k++) {
		write_text(out, k == 0 ? "[[" : ",[");
		for (size_t i = 0; i < p->ring[k].n; i++) {
			write_text(out, i == 0 ? "[" : ",[");
			degrees_write(out, p->ring[k].at[i].lon);
			write_text(out, ",");
			degrees_write(out, p->ring[k].at[i].lat);
			write_text(out, "]");
		}
		write_text(out, "]");
	}
	write_text(out, "]");
}

void
geojson_shape_write(struct buffer *out, const struct shape *shape)
{
	if (shape->n == 1) {
		write_text(out, "{\"type\":\"Polygon\",\"coordinates\":");
		polygon_write(out, &shape->polygon[0]);
		write_text(out, "}");
		return;
	}
	write_text(out, "{\"type\":\"MultiPolygon\",\"coordinates\":[");
	for (size_t i = 0; i < shape->n; i++) {
		write_text(out, i == 0 ? "" : ",");
		polygon_write(out, &shape->polygon[i]);
	}
	write_text(out, "]}");
}
