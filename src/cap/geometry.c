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

static bool
is_digit(const uint8_t *p, const uint8_t *end)
{
	return p < end && (uint8_t)(*p - '0') < 10;
}

/* How many of the digits from p to `end` stand before zeros at the end. */
static unsigned
places_of(const uint8_t *p, const uint8_t *end)
{
	while (end > p && end[-1] == '0')
		end--;
	return end - p < 1000 ? (unsigned)(end - p) : 1000;
}

/* Moves *at behind an optional sign, digits and a point; false if there is no digit. Numbers
 * from 400 up are all 400: off the globe. */
static inline bool
read_degrees(int64_t *out, unsigned *decimals, const uint8_t **at, const uint8_t *end)
{
	static const int64_t unit[] = {DEGREE, DEGREE / 10, DEGREE / 100, DEGREE / 1000,
		DEGREE / 10000, DEGREE / 100000, DEGREE / 1000000, DEGREE / 10000000,
		DEGREE / 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
	const uint8_t *p = *at, *first, *digits;
	bool minus = p < end && *p == '-';
	int64_t whole = 0, part = 0;
	unsigned places = 0;

	p += p < end && (*p == '-' || *p == '+');
	first = digits = p;
	for (; is_digit(p, end); p++)
		whole = whole < 400 ? whole * 10 + (*p - '0') : 400;
	if (p < end && *p == '.') {
		first++;
		for (digits = ++p; is_digit(p, end) && p - digits < 16; p++)
			part = part * 10 + (*p - '0');
		places = (unsigned)(p - digits);
		while (is_digit(p, end))
			p++;
		if (p - digits > *decimals && places_of(digits, p) > *decimals)
			*decimals = places_of(digits, p);
	}
	whole = whole < 400 ? whole * DEGREE + part * unit[places] : 400 * DEGREE;
	/* What was dropped behind the 16th decimal may be all that is over the limit. */
	whole += places == 16 && places_of(digits, p) > 16;
	*out = minus ? -whole : whole;
	*at = p;
	return p > first;
}

static size_t
word_length(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *p = at;

	while (p < end && !is_blank(*p))
		p++;
	return (size_t)(p - at);
}

/* The pair at *at, which moves behind it; false if there is none. */
static bool
read_pair(struct cap_ring_text *out, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *begin = *at, *p = begin;
	struct cap_spot *spot = &out->at[out->n];

	if (!read_degrees(&spot->y, &out->decimals, &p, end) || p == end || *p++ != ',' ||
		!read_degrees(&spot->x, &out->decimals, &p, end) ||
		(p < end && !is_blank(*p))) {
		out->not_pair = out->n + 1;
		out->word = bytes_of(begin, word_length(begin, end));
		return false;
	}
	*at = p;
	out->last = bytes_of(begin, (size_t)(p - begin));
	if (out->n++ == 0)
		out->first = out->last;
	if (out->off_globe == 0 &&
		(spot->y > 90 * DEGREE || spot->y < -90 * DEGREE ||
			spot->x > 180 * DEGREE || spot->x < -180 * DEGREE)) {
		out->off_globe = out->n;
		out->off = out->last;
	}
	return true;
}

/* A pair has a comma; what has none ends the reading. */
static size_t
count_pairs(struct bytes text)
{
	size_t pairs = 1;

	for (size_t i = 0; i < text.len; i++)
		pairs += text.at[i] == ',';
	return pairs;
}

enum err
cap_ring_read(struct cap_ring_text *out, struct arena *arena, struct bytes text)
{
	const uint8_t *at = text.at, *end = text.at + text.len;

	*out = (struct cap_ring_text){0};
	out->at = arena_alloc(arena, count_pairs(text) * sizeof *out->at);
	if (out->at == NULL)
		return ERR_NOMEM;
	for (;;) {
		while (at < end && is_blank(*at))
			at++;
		if (at == end || !read_pair(out, &at, end))
			break;
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
