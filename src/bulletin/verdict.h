/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verdict.h: may this order speak here? The rule that every mouth applies (DESIGN section 3).
 *
 * Here is judged what the order itself says: territory, mode, zones, signers, rights, signatures.
 * Time, repeats, mandates' rates and living alarms are the mouth's own memory (siren/siren.h).
 */
#ifndef BULLETIN_VERDICT_H
#define BULLETIN_VERDICT_H

#include "bulletin/roster.h"

enum verdict {
	VERDICT_GOOD,
	VERDICT_FORMAT, /* not an order, or an id and a time that do not belong together */
	VERDICT_TERRITORY, /* of another territory */
	VERDICT_MODE,	   /* an exercise at a live mouth, or the reverse */
	VERDICT_ZONE,	   /* not for this mouth's zones */
	VERDICT_REPEAT,	   /* this order id is known here */
	VERDICT_EARLY,	   /* before its not-before */
	VERDICT_EXPIRED,   /* after its expiry */
	VERDICT_CLOCK, /* the mouth is unsure of the time and this is no alarm or stop */
	VERDICT_KEY_UNKNOWN, /* a signer is not in the roster */
	VERDICT_KEY_REVOKED,
	VERDICT_SIGNERS,     /* fewer signers than the class needs */
	VERDICT_SAME_SIGNER, /* two signatures, one person */
	VERDICT_RIGHTS,	     /* the signer may not order this class */
	VERDICT_ZONE_RIGHTS, /* the signer may not order here */
	VERDICT_ALGORITHM,   /* an approval of a kind that this mouth cannot check */
	VERDICT_SIGNATURE,   /* a signature does not verify */
	VERDICT_MANDATE,     /* no mandate, or beyond it */
	VERDICT_SUSPENDED,   /* the mandate is suspended */
	VERDICT_STOP_RATE,   /* the key's fourth stop in an hour needs a second key */
	VERDICT_ALARM_LIVE,  /* all clear while another alarm lives here */
	VERDICT_STOPPED,     /* a stop or an end of this order came before it */
	VERDICT_PATTERN,     /* no such pattern, or one that the class may not sound */
	VERDICT_COUNT,
};

/* "key-revoked": for receipts, metrics and tests. "unknown" for a number of a later version. */
const char *verdict_name(enum verdict v);

/* Where a mouth stands: its zone, then that zone's parents up to the root; and its groups. */
enum { PLACE_DEPTH = 8, PLACE_GROUPS = 32 };
struct place {
	uint8_t depth;
	uint16_t zone[PLACE_DEPTH];
	uint8_t group_count;
	uint16_t group[PLACE_GROUPS];
};

/*
 * Which rung of the place the order's zones name: 0 its own zone (or a group), 1 the parent …;
 * -1 if none. An order without zones (stop, takeover) is for everybody: 0.
 */
int place_rung(const struct place *p, const struct order_zones *zones);

struct judge {
	uint32_t territory;
	enum mode mode;
	const struct roster *roster;
	const struct revoked *revoked;
	verify_fn *verify; /* NULL: signature_verify() */
	void *verify_ctx;
};

/*
 * Does the mandate reach to this body at this place, from `rung` upward? Its pattern, zone, seconds,
 * lifetime and hazard (DESIGN section 3: at most 30 minutes; never evacuation or CBRN). Not looked
 * at: how often it was used, and whether it is suspended; only the mouth that sounds can count.
 */
bool mandate_covers(const struct mandate *m, const struct order_body *b,
	const struct place *place, int rung, int64_t now_ms);

/* How many different persons must sign an order of this class. */
int class_signers(enum order_class class);
/* Persons, not keys: a second key of the same person adds nobody. */
bool roster_same_person(const struct roster *r, uint16_t a, uint16_t b);
int order_persons(const struct roster *r, const struct order *o);

/*
 * Judge one approval alone: its key, rights at that rung of the place, and signature. For a hub
 * that has the author's approval and waits for the second.
 */
enum verdict approval_judge(const struct judge *j, const struct order *o,
	const struct order_body *b, const struct approval *a, const struct place *place,
	int rung);

/*
 * Judge one body of an order at a place. *out_rung is the rung that it names. Of the approvals
 * each must be good: one bad approval spoils the order. Never VERDICT_REPEAT, _EARLY, _EXPIRED,
 * _CLOCK, _MANDATE (but for "no mandate"), _SUSPENDED, _STOP_RATE, _ALARM_LIVE, _PATTERN.
 */
enum verdict order_judge(const struct judge *j, const struct order *o,
	const struct order_body *b, const struct place *place, int *out_rung);

#endif
