/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gsm7.h: how much room a text takes on a phone's screen channel. */
#ifndef CAP_GSM7_H
#define CAP_GSM7_H

#include "base/bytes.h"

struct phone_size {
	bool gsm7; /* every character is of the GSM 7-bit alphabet or its extension table */
	size_t septets; /* then: one a character, two where the extension table is needed */
	size_t ucs2;	/* units of 16 bits: one a character, two beyond U+FFFF */
};

/* 3GPP TS 23.038 sections 6.2.1 and 6.2.1.1 (default alphabet, no national tables). `text` is
 * UTF-8; a byte that is none counts as one character outside the alphabet. */
struct phone_size phone_size_of(struct bytes text);

/* Cell broadcast of 15 pages, 3GPP TS 23.041: 93 septets or 41 units of 16 bits each. */
enum { CELL_SEPTETS_MAX = 1395, CELL_UCS2_MAX = 615 };

#endif
