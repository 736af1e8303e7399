/* SPDX-License-Identifier: GPL-3.0-or-later */
/* geometry.c: polygons read as whole numbers. */
#include "cap/geometry.h"

#include <string.h>

#define DEGREE INT64_C(10000000000000000) /* 10^16 */

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ---- reading ---- */

/* Moves *at behind an optional sign, digits and a point; false if there is no digit. Numbers
 * from 1,000 up are all 400: off the globe. */
static bool
read_degrees(int64_t *out, unsigned *decimals, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;
	bool minus = p < end && *p == '-', digit = false;
	int64_t whole = 0, part = 0, unit = DEGREE;
	unsigned places = 0, last = 0;

	p += p < end && (*p == '-' || *p == '+');
	for (; p < end && *p >= '0' && *p <= '9'; p++, digit = true)
		whole = whole < 1000 ? whole * 10 + (*p - '0') : whole;
	if (p < end && *p == '.')
		for (p++; p < end && *p >= '0' && *p <= '9'; p++, digit = true) {
			places++;
			last = *p != '0' ? places : last;
			unit /= 10;
			part += unit * (*p - '0');
		}
	*decimals = last > *decimals ? last : *decimals;
	whole = whole < 400 ? whole * DEGREE + part : 400 * DEGREE;
	/* What was dropped behind the 16th decimal may be all that is over the limit. */
	whole += last > 16;
	*out = minus ? -whole : whole;
	*at = p;
	return digit;
}

static void
read_point(struct cap_ring_text *out, struct bytes word)
{
	const uint8_t *at = word.at, *end = word.at + word.len;
	struct cap_spot *p = &out->at[out->n];

	if (!read_degrees(&p->y, &out->decimals, &at, end) || at == end || *at++ != ',' ||
		!read_degrees(&p->x, &out->decimals, &at, end) || at != end) {
		out->not_pair = out->n + 1;
		out->word = word;
		return;
	}
	out->n++;
	out->last = word;
	if (out->off_globe == 0 && (p->y > 90 * DEGREE || p->y < -90 * DEGREE ||
					   p->x > 180 * DEGREE || p->x < -180 * DEGREE)) {
		out->off_globe = out->n;
		out->off = word;
	}
}

static size_t
count_words(struct bytes text)
{
	size_t words = 0;

	for (size_t i = 0; i < text.len; i++)
		words += !is_blank(text.at[i]) && (i == 0 || is_blank(text.at[i - 1]));
	return words;
}

enum err
cap_ring_read(struct cap_ring_text *out, struct arena *arena, struct bytes text)
{
	size_t i = 0;

	*out = (struct cap_ring_text){0};
	out->at = arena_alloc(arena, (count_words(text) + 1) * sizeof *out->at);
	if (out->at == NULL)
		return ERR_NOMEM;
	while (out->not_pair == 0) {
		size_t begin;

		while (i < text.len && is_blank(text.at[i]))
			i++;
		begin = i;
		while (i < text.len && !is_blank(text.at[i]))
			i++;
		if (i == begin)
			break;
		read_point(out, bytes_of(text.at + begin, i - begin));
		if (out->first.len == 0)
			out->first = bytes_of(text.at + begin, i - begin);
	}
	out->closed = out->n > 1 && out->at[0].x == out->at[out->n - 1].x &&
		      out->at[0].y == out->at[out->n - 1].y;
	return ERR_OK;
}

enum err
cap_circle_read(struct cap_circle *out, struct bytes text)
{
	const char *at = (const char *)text.at;
	const char *comma = memchr(at, ',', text.len), *blank = memchr(at, ' ', text.len);
	double *lat = &out->centre.lat, *lon = &out->centre.lon;

	if (comma == NULL || blank == NULL || blank < comma ||
		capval_decimal(lat, at, (size_t)(comma - at)) != ERR_OK ||
		capval_decimal(lon, comma + 1, (size_t)(blank - comma - 1)) != ERR_OK ||
		capval_decimal(&out->radius_km, blank + 1,
			text.len - (size_t)(blank + 1 - at)) != ERR_OK)
		return ERR_FORMAT;
	if (!(*lat <= 90 && *lat >= -90 && *lon <= 180 && *lon >= -180))
		return ERR_RANGE;
	return out->radius_km < 0 ? ERR_REFUSED : ERR_OK;
}

/* ---- the 180th meridian ---- */

bool
cap_ring_unroll(struct cap_spot *ring, size_t n)
{
	int64_t shift = 0;
	bool crosses = false;

	for (int pass = 0; pass < 2; pass++) {
		int64_t low = 0, high = 0;

		shift = 0;
		for (size_t i = 0; i < n; i++) {
			struct cap_spot *p = &ring[i];
			int64_t was = p->x, step = i + 1 < n ? ring[i + 1].x - was : 0;

			low = shift < low ? shift : low;
			high = shift > high ? shift : high;
			if (pass == 1)
				p->x += shift;
			if (step > 180 * DEGREE && step < 360 * DEGREE)
				shift -= 360 * DEGREE;
			else if (step < -180 * DEGREE && step > -360 * DEGREE)
				shift += 360 * DEGREE;
			crosses |= shift != 0;
		}
		/* Around a pole, or around the world: it cannot lie in one piece. */
		if (!crosses || shift != 0 || high - low > 360 * DEGREE)
			return false;
	}
	return true;
}
