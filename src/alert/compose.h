/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compose.h: makes what an operator will sign: the content and the order's bodies.
 *
 * Used for a new alert and for its four verbs; all that they say comes from the playbook.
 */
#ifndef ALERT_COMPOSE_H
#define ALERT_COMPOSE_H

#include "alert/book.h"
#include "cap/dsig.h"
#include "cap/playbook.h"

struct compose {
	enum verb verb;
	const struct zones *zones;
	const struct book *book;
	const struct playbook *playbook;
	uint8_t pattern, pattern_all_clear; /* numbers of the playbook's patterns */
	const struct alert *alert;	    /* of a follow-up; NULL for a new alert */
	const uint16_t *zone;		    /* ALERT, UPDATE, TEST: where */
	size_t zone_count;
	struct bytes
		cap; /* ALERT: a CAP message from elsewhere to take the words of; or empty */
	bool separate;	     /* ALERT: sound even where the same alarm is on air */
	bool break_glass;    /* ALERT: one operator, under a mandate, at most 30 minutes */
	uint16_t seconds;    /* to sound; 0: the playbook's */
	uint32_t lifetime_s; /* ALERT, UPDATE: 0: the playbook's */
	uint32_t territory, roster;
	enum mode mode;
	const char *sender;	 /* of the CAP message: a domain-like name */
	const char *sender_name; /* who warns, for people; NULL: `sender` */
	const char *
		identifier; /* what the CAP identifier begins with; NULL: see identifier.h */
	const struct dsig_key *cap_key; /* signs the CAP message; NULL: it stays unsigned */
	int utc_offset_min;		/* of the clocks in the territory, east positive */
	int64_t now_ms;
	uint16_t random;
};

/*
 * On success `content` holds the frozen bytes and *order the bodies without approvals.
 * Errors, each with what to do: ERR_UNKNOWN (zone, playbook, no live alert), ERR_REFUSED (all
 * clear under an overlapping alert, or what CAP forbids), ERR_RANGE (too many zones), ERR_NOMEM.
 */
CHECKED enum err compose(struct buffer *content, struct order *order,
	const struct compose *in, struct fault *fault);

/*
 * Does this order say what this content says? Zones, ids, times, mode and classes must agree, and
 * the CAP message with the texts (cap_fits.h), so that nobody signs one thing and reads another. A body that names a zone group is the group's
 * zones in `zones`; without `zones` (NULL) it is refused. Errors: ERR_CONFLICT with what differs,
 * ERR_UNKNOWN (a group that is not known), those of capmsg_read(), ERR_NOMEM.
 */
CHECKED enum err content_fits_order(const struct content *c,
	const struct hash *content_hash, const struct order *o, const struct zones *zones,
	struct fault *fault);

#endif
