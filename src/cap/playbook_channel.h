/* SPDX-License-Identifier: GPL-3.0-or-later */
/* playbook_channel.h: what each channel says for a phase, a language and zones. Pure. */
#ifndef CAP_PLAYBOOK_CHANNEL_H
#define CAP_PLAYBOOK_CHANNEL_H

#include "cap/playbook.h"

/* Characters of UTF-8 text. */
size_t text_characters(const char *text);

enum channel {
	CHANNEL_ALERT_90,  /* wireless emergency alert of older phones: 90 characters */
	CHANNEL_SMS,	   /* one text message: 160 septets, or 70 UCS-2 units */
	CHANNEL_ALERT_360, /* wireless emergency alert: 360 characters */
	CHANNEL_CELL, /* cell broadcast of 15 pages: 1,395 septets, or 615 UCS-2 units */
	CHANNEL_LONG, /* 1,380 characters: applications, screens, messengers */
};
enum { CHANNELS = CHANNEL_LONG + 1 };
const char *channel_name(enum channel channel); /* "sms" */

struct channel_text {
	const char *text;
	bool gsm7; /* the text is of the GSM 7-bit alphabet; else UCS-2 is needed */
	size_t size, limit; /* characters, septets or units, as the channel counts */
	bool fits;    /* else not even the shortest form fits; it is whole, never cut */
	bool whole;   /* description and instruction are in it, not the short text alone */
	size_t named; /* zones named; the others are counted, as "(+4)" */
};

/*
 * What `channel` says. The short channels take the phase's `short`; the others headline,
 * description and instruction on lines of their own, less the headline if that is too long, and
 * `short` if even that is. As many zones are named as fit, at most 20. An exercise says so in
 * front. Lives in `arena`. Errors: ERR_NOMEM.
 */
CHECKED enum err channel_say(struct channel_text *out, struct arena *arena,
	enum channel channel, const struct playbook_text *text, enum playbook_phase phase,
	const struct playbook_use *use);

#endif
