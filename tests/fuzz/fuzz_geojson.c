/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_geojson.c: zones as an author draws them; what is taken in, mended or not, is passed on. */
#include "geo/area.h"
#include "wire/geojson.h"
#include "wire/zones_document.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sirens and edges must be able to read what the hub took in. */
static void
pass_on(const struct zones *z)
{
	struct zones_head head = {.territory = "00000001", .version = 1}, again;
	struct buffer doc = {0}, geo = {0};
	struct fault fault;
	struct zones *other;

	zones_geometry_write(&geo, z);
	head.geometry = hash_of(buffer_bytes(&geo));
	zones_document_write(&doc, &head, z);
	if (zones_document_read(&other, &again, buffer_bytes(&doc), buffer_bytes(&geo),
		    &fault) != ERR_OK)
		abort();
	zones_free(other);
	buffer_free(&doc);
	buffer_free(&geo);
}

/* Every corner of every zone is in some zone: edges are inside. */
static void
ask(const struct zones *z)
{
	const struct zone *zone = &zones_parts(z)->zone[0];
	struct zone_index *ix;
	struct fault fault;
	uint16_t out[1];
	size_t n = 0;
	enum err err;

	if (zone_index_new(&ix, z, &fault) != ERR_OK)
		abort();
	err = zone_index_point(ix, zone->shape.polygon[0].ring[0].at[0], out, 1, &n);
	if ((err != ERR_OK && err != ERR_FULL) || n == 0)
		abort();
	if (!zone_contains_point(zone, zone->shape.polygon[0].ring[0].at[0]))
		abort();
	zone_index_free(ix);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct geojson_options options = {.mend = false};
	struct zones *plain = NULL, *mended;
	struct fault fault;

	if (geojson_read_zones(&plain, bytes_of(data, size), &options, &fault) == ERR_OK) {
		pass_on(plain);
		ask(plain);
	}
	options = (struct geojson_options){.mend = true, .previous = plain};
	if (geojson_read_zones(&mended, bytes_of(data, size), &options, &fault) == ERR_OK) {
		pass_on(mended);
		zones_free(mended);
	} else if (plain != NULL) {
		abort(); /* what is good needs no mending, and has its own numbers */
	}
	zones_free(plain);
	return 0;
}
