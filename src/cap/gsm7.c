/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gsm7.c: characters counted as phones do. */
#include "cap/gsm7.h"

#include <string.h>

/* TS 23.038 section 6.2.1 without ASCII; the rest of ASCII is in extra[] or missing. */
static const uint16_t foreign[] = {0xA1, 0xA3, 0xA4, 0xA5, 0xA7, 0xBF, 0xC4, 0xC5, 0xC6,
	0xC7, 0xC9, 0xD1, 0xD6, 0xD8, 0xDC, 0xDF, 0xE0, 0xE4, 0xE5, 0xE6, 0xE8, 0xE9, 0xEC,
	0xF1, 0xF2, 0xF6, 0xF8, 0xF9, 0xFC, 0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0, 0x3A3,
	0x3A6, 0x3A8, 0x3A9};

/* Septets of one character; 0: it is not in the alphabet. */
static unsigned
septets_of(uint32_t c)
{
	if (c < 0x80)
		return c == '\n' || c == '\r'					      ? 1
		       : c == '\f' || (c != 0 && strchr("^{}\\[~]|", (int)c) != NULL) ? 2
		       : c < 0x20 || c == '`' || c == 0x7F			      ? 0
										      : 1;
	if (c == 0x20AC)
		return 2;
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		if (foreign[i] == c)
			return 1;
	return 0;
}

/* The character at *at, which moves behind it; U+FFFD for bytes that are no UTF-8. */
static uint32_t
next_character(const uint8_t **at, const uint8_t *end)
{
	uint8_t c = *(*at)++;
	unsigned tail = c < 0xC2 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : c < 0xF5 ? 3 : 0;
	uint32_t value = c & (0x3Fu >> tail);

	if (c < 0x80)
		return c;
	if (tail == 0)
		return 0xFFFD;
	for (; tail > 0; tail--) {
		if (*at == end || (**at & 0xC0) != 0x80)
			return 0xFFFD;
		value = value << 6 | (*(*at)++ & 0x3Fu);
	}
	return value;
}

struct phone_size
phone_size_of(struct bytes text)
{
	struct phone_size size = {.gsm7 = true};
	const uint8_t *at = text.at, *end = text.at + text.len;

	while (at != end) {
		uint32_t c = next_character(&at, end);
		unsigned septets = septets_of(c);

		size.gsm7 &= septets > 0;
		size.septets += septets;
		size.ucs2 += c > 0xFFFF ? 2 : 1;
	}
	return size;
}
