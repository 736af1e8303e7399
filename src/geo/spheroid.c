/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spheroid.c: Vincenty's direct solution. */
#include "geo/spheroid.h"

#include <math.h>

/* WGS 84, NIMA TR8350.2 table 3.1. */
#define AXIS_M 6378137.0
#define FLATTENING (1 / 298.257223563)

/* Equations 3 to 6: the angle on the auxiliary sphere, and the cosine of twice the angle from
 * the equator to the middle of the way. */
static double
arc(double metres, double u_sq, double sigma1, double *cos_2m)
{
	double a = 1 + u_sq / 16384 * (4096 + u_sq * (-768 + u_sq * (320 - 175 * u_sq)));
	double b = u_sq / 1024 * (256 + u_sq * (-128 + u_sq * (74 - 47 * u_sq)));
	double first = metres / (AXIS_M * (1 - FLATTENING) * a), sigma = first, before;
	int rounds = 0;

	do {
		double c = cos(2 * sigma1 + sigma), s = sin(sigma);
		double tail = b / 6 * c * (-3 + 4 * s * s) * (-3 + 4 * c * c);

		before = sigma;
		sigma = first +
			b * s * (c + b / 4 * (cos(sigma) * (-1 + 2 * c * c) - tail));
	} while (fabs(sigma - before) > 1e-12 && ++rounds < 50);
	*cos_2m = cos(2 * sigma1 + sigma);
	return sigma;
}

struct point
spheroid_walk(struct point from, double azimuth, double metres)
{
	double f = FLATTENING, degree = M_PI / 180, axis_b = AXIS_M * (1 - f);
	double tan_u = (1 - f) * tan(from.lat * degree),
	       cos_u = 1 / sqrt(1 + tan_u * tan_u);
	double sin_u = tan_u * cos_u, cos_a1 = cos(azimuth * degree);
	double sin_a1 = sin(azimuth * degree), sin_a = cos_u * sin_a1;
	double cos_sq_a = 1 - sin_a * sin_a;
	double u_sq = cos_sq_a * (AXIS_M * AXIS_M - axis_b * axis_b) / (axis_b * axis_b);
	double c2m, sigma = arc(metres, u_sq, atan2(tan_u, cos_a1), &c2m);
	double ss = sin(sigma), cs = cos(sigma);
	double away = sin_u * ss - cos_u * cs * cos_a1;
	double lat = atan2(sin_u * cs + cos_u * ss * cos_a1,
		(1 - f) * sqrt(sin_a * sin_a + away * away));
	double lambda = atan2(ss * sin_a1, cos_u * cs - sin_u * ss * cos_a1);
	double c = f / 16 * cos_sq_a * (4 + f * (4 - 3 * cos_sq_a));
	double l =
		lambda - (1 - c) * f * sin_a *
				 (sigma + c * ss * (c2m + c * cs * (-1 + 2 * c2m * c2m)));
	double lon = from.lon + l / degree;

	return (struct point){lat / degree, lon > 180	 ? lon - 360
					    : lon < -180 ? lon + 360
							 : lon};
}
