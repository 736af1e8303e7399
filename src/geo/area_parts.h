/* SPDX-License-Identifier: GPL-3.0-or-later */
/* area_parts.h: the inside of an area, for area.c and zone_index.c alone. */
#ifndef GEO_AREA_PARTS_H
#define GEO_AREA_PARTS_H

#include "geo/area.h"
#include "geo/geos.h"

/* The ground is all that some part covers; parts may overlap. */
struct area {
	GEOSContextHandle_t h;
	GEOSGeometry **part; /* valid polygons, lines or points that reach the globe */
	size_t n;
};

#endif
