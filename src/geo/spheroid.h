/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spheroid.h: distances on the WGS 84 spheroid. */
#ifndef GEO_SPHEROID_H
#define GEO_SPHEROID_H

#include "geo/shape.h"

/*
 * Where one arrives who walks `metres` straight ahead from `from`, starting `azimuth` degrees
 * clockwise from north: T. Vincenty, "Direct and inverse solutions of geodesics on the
 * ellipsoid", Survey Review 23 (1975), 176, equations 1 to 11; right to a millimetre. The
 * longitude is within ±180.
 */
struct point spheroid_walk(struct point from, double azimuth, double metres);

#endif
