/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_area.c: polygons and circles of any shape; each corner and each centre is inside. */
#include "geo/area.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CORNERS_MAX = 400 };

static struct point
point_read(struct reader *r)
{
	double lat = (int16_t)read_u16(r) / 360.0, lon = (int16_t)read_u16(r) / 180.0;

	return (struct point){lat, lon};
}

static void
must_hold(const struct area *a, struct point p)
{
	bool inside;

	if (area_contains(&inside, a, p) != ERR_OK || !inside)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_over(data, size);
	double radius_km = read_u16(&r) / 16.0;
	struct point corner[CORNERS_MAX], centre = point_read(&r);
	struct area *a;
	size_t n = 0;

	while (r.left >= 4 && n < CORNERS_MAX)
		corner[n++] = point_read(&r);
	if (area_new(&a) != ERR_OK)
		abort();
	if (area_add_circle(a, centre, radius_km, NULL) == ERR_OK)
		must_hold(a, centre);
	area_free(a);
	if (area_new(&a) != ERR_OK)
		abort();
	if (n > 0 && area_add_polygon(a, corner, n, NULL) == ERR_OK)
		for (size_t i = 0; i < n; i++)
			must_hold(a, corner[i]);
	area_free(a);
	return 0;
}
