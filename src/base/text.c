/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text.c: text forms of bytes, numbers and times. */
#include "base/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
hex_write(char *out, const void *at, size_t len)
{
	sodium_bin2hex(out, 2 * len + 1, at, len);
}

enum err
hex_read(void *out, size_t len, const char *text)
{
	size_t got;

	if (strlen(text) != 2 * len)
		return ERR_FORMAT;
	if (sodium_hex2bin(out, len, text, 2 * len, NULL, &got, NULL) != 0 || got != len)
		return ERR_FORMAT;
	return ERR_OK;
}

void
base64_write(struct buffer *out, struct bytes in)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789+/";
	char quad[4];

	for (size_t i = 0; i < in.len; i += 3) {
		size_t n = in.len - i < 3 ? in.len - i : 3;
		uint32_t v = (uint32_t)in.at[i] << 16;

		v |= n > 1 ? (uint32_t)in.at[i + 1] << 8 : 0;
		v |= n > 2 ? in.at[i + 2] : 0;
		quad[0] = digit[v >> 18];
		quad[1] = digit[v >> 12 & 63];
		quad[2] = n > 1 ? digit[v >> 6 & 63] : '=';
		quad[3] = n > 2 ? digit[v & 63] : '=';
		write_bytes(out, quad, 4);
	}
}

static bool
is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] > 0x7f)
			return false;
	return true;
}

enum err
base64_read(struct buffer *out, const char *text, size_t len)
{
	size_t got, max = len / 4 * 3;
	uint8_t *bin = malloc(max + 1);
	enum err err = ERR_OK;

	if (bin == NULL)
		return ERR_NOMEM;
	/* libsodium 1.0.18 takes some bytes above 0x7f for digits. */
	if (len % 4 != 0 || !is_ascii(text, len) ||
		sodium_base642bin(bin, max + 1, text, len, NULL, &got, NULL,
			sodium_base64_VARIANT_ORIGINAL) != 0)
		err = ERR_FORMAT;
	else
		write_bytes(out, bin, got);
	free(bin);
	return err != ERR_OK ? err : out->err;
}

enum err
number_read(uint64_t *out, const char *text, size_t len, uint64_t max)
{
	uint64_t v = 0;

	if (len == 0 || len > 20 || (text[0] == '0' && len > 1))
		return ERR_FORMAT;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return ERR_FORMAT;
		if (v > (UINT64_MAX - (uint64_t)(text[i] - '0')) / 10)
			return ERR_RANGE;
		v = v * 10 + (uint64_t)(text[i] - '0');
	}
	if (v > max)
		return ERR_RANGE;
	*out = v;
	return ERR_OK;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar (Hinnant's algorithm). */
static int64_t
days_of(int64_t y, unsigned m, unsigned d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

struct date {
	int64_t year;
	unsigned month, day;
};

static struct date
date_of(int64_t days)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	struct date t;

	t.day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	t.month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	t.year = yoe + era * 400 + (t.month <= 2);
	return t;
}

static int
clock_write(char *out, size_t room, int64_t time_ms, const char *tail)
{
	int64_t s = time_ms / 1000 - (time_ms % 1000 < 0);
	int64_t days = s / 86400 - (s % 86400 < 0), in_day = s - days * 86400;
	struct date t = date_of(days);

	/* Reduced, so that the compiler sees that no field can outgrow its place. */
	return snprintf(out, room, "%04u-%02u-%02uT%02u:%02u:%02u%s",
		(unsigned)t.year % 10000, t.month % 100, t.day % 100,
		(unsigned)(in_day / 3600) % 100, (unsigned)(in_day / 60 % 60),
		(unsigned)(in_day % 60), tail);
}

void
time_write(char out[TIME_TEXT], int64_t time_ms)
{
	char tail[16];
	int64_t ms = time_ms % 1000;

	snprintf(tail, sizeof tail, ".%03dZ", (int)(ms < 0 ? ms + 1000 : ms));
	clock_write(out, TIME_TEXT, time_ms, tail);
}

void
time_write_cap(char out[26], int64_t time_ms)
{
	clock_write(out, 26, time_ms, "-00:00");
}

/* The digits of `form` stand for digits; all else for itself. */
static bool
looks_like(const char *text, size_t len, const char *form)
{
	if (len < strlen(form))
		return false;
	for (size_t i = 0; form[i] != '\0'; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == '0' ? !digit : text[i] != form[i])
			return false;
	}
	return true;
}

static unsigned
digits(const char *text, size_t n)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 10 + (unsigned)(text[i] - '0');
	return v;
}

/* A fraction of a second in ms; *used counts its bytes, 0 if there is none. */
static int64_t
fraction_read(const char *text, size_t len, size_t *used)
{
	int64_t ms = 0, unit = 100;
	size_t i = 1;

	*used = 0;
	if (len < 2 || text[0] != '.' || text[1] < '0' || text[1] > '9')
		return 0;
	for (; i < len && text[i] >= '0' && text[i] <= '9'; i++, unit /= 10)
		ms += unit * (text[i] - '0');
	*used = i;
	return ms;
}

static enum err
offset_read(int64_t *out_s, const char *text, size_t len)
{
	if (len == 1 && text[0] == 'Z') {
		*out_s = 0;
		return ERR_OK;
	}
	if (len != 6 || (text[0] != '+' && text[0] != '-') ||
		!looks_like(text + 1, len - 1, "00:00"))
		return ERR_FORMAT;
	if (digits(text + 1, 2) > 23 || digits(text + 4, 2) > 59)
		return ERR_RANGE;
	*out_s = (int64_t)(digits(text + 1, 2) * 3600 + digits(text + 4, 2) * 60) *
		 (text[0] == '-' ? -1 : 1);
	return ERR_OK;
}

enum err
time_read(int64_t *out_ms, const char *text, size_t len)
{
	static const unsigned longest[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned y, m, d, h, mi, s;
	int64_t ms, offset_s;
	size_t used;
	enum err err;

	if (!looks_like(text, len, "0000-00-00T00:00:00"))
		return ERR_FORMAT;
	y = digits(text, 4), m = digits(text + 5, 2), d = digits(text + 8, 2);
	h = digits(text + 11, 2), mi = digits(text + 14, 2), s = digits(text + 17, 2);
	ms = fraction_read(text + 19, len - 19, &used);
	err = offset_read(&offset_s, text + 19 + used, len - 19 - used);
	if (err != ERR_OK)
		return err;
	if (m < 1 || m > 12 || d < 1 || d > longest[m - 1] || h > 23 || mi > 59 || s > 60)
		return ERR_RANGE;
	if (m == 2 && d == 29 && (y % 4 != 0 || (y % 100 == 0 && y % 400 != 0)))
		return ERR_RANGE;
	*out_ms = ((days_of(y, m, d) * 24 + h) * 60 + mi) * 60000 + s * 1000 + ms -
		  offset_s * 1000;
	return ERR_OK;
}

void
age_write(char out[16], int64_t age_ms)
{
	int64_t s = age_ms < 0 ? 0 : age_ms / 1000;

	if (s > 9999 * 86400LL)
		s = 9999 * 86400LL;
	if (s < 120)
		snprintf(out, 16, "%d s", (int)s);
	else if (s < 7200)
		snprintf(out, 16, "%d min", (int)(s / 60));
	else if (s < 172800)
		snprintf(out, 16, "%d h", (int)(s / 3600));
	else
		snprintf(out, 16, "%d days", (int)(s / 86400));
}
