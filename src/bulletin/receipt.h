/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * receipt.h: a mouth's signed, numbered word on what it heard, sounded or refused.
 *
 * Its bytes: version, territory, siren, number, time, clock, event, order, verdict, inputs,
 * battery, tree size and root, roster serial, length and bytes of the order where it was not yet
 * on the hub's disk; then an Ed25519 signature over SHA-256("belfry-receipt-1" ‖ all before it).
 */
#ifndef BULLETIN_RECEIPT_H
#define BULLETIN_RECEIPT_H

#include "base/hash.h"

enum receipt_event {
	RECEIPT_STATUS = 1, /* nothing new; here I am */
	RECEIPT_HEARD,	    /* a valid order; the horn is about to start */
	RECEIPT_SOUNDING,   /* the relay is closed and current is seen */
	RECEIPT_SOUNDED,    /* the pattern came to its end, with current */
	RECEIPT_FAILED,	    /* the relay was closed and no current came */
	RECEIPT_JOINED,	    /* the same alarm is on air here: extended, not sounded again */
	RECEIPT_STOPPED,    /* a stop named it */
	RECEIPT_ENDED,	    /* an all clear, false alarm or update ended it */
	RECEIPT_EXPIRED,    /* nobody ended it: ended, no news */
	RECEIPT_REFUSED,    /* the verdict says why */
	RECEIPT_UNORDERED,  /* current without an order: somebody else started the siren */
	RECEIPT_UNORDERED_END,
	RECEIPT_FAULT, /* an input changed for the worse or the better: see inputs */
	RECEIPT_DISK,  /* this box's disk refuses; it sounds all the same */
	RECEIPT_RESTARTED,
	RECEIPT_ROSTER_BEHIND, /* obeyed an order of a newer roster than the pinned one */
	RECEIPT_EVENTS,
};
const char *receipt_event_name(enum receipt_event e);

enum receipt_input {
	INPUT_CURRENT = 1,	/* current flows through the horn */
	INPUT_MAINS = 2,	/* mains power is there */
	INPUT_CABINET_DOOR = 4, /* open */
	INPUT_BATTERY_DOOR = 8, /* open */
	INPUT_LOCKED = 16,	/* locked on site: counts as not ready */
	INPUT_RELAY = 32,	/* we hold the relay closed */
	INPUT_DISK_BAD = 64,
	INPUT_UNORDERED = 128, /* somebody else is sounding it */
};

struct receipt {
	uint32_t territory, siren;
	uint64_t number; /* rises by one; never used twice by one siren */
	int64_t time_ms; /* the siren's clock */
	bool clock_sure;
	enum receipt_event event;
	uint64_t order;	 /* order id, 0 if none */
	uint8_t verdict; /* enum verdict */
	uint16_t inputs; /* enum receipt_input, added */
	uint16_t battery_mv;
	uint64_t size; /* of the tree that it follows */
	struct hash root;
	uint32_t roster;
	struct bytes
		order_bytes; /* of an order that came marked "not yet on disk"; else empty */
};

enum { RECEIPT_MAX = 16384 };

void receipt_write(
	struct buffer *out, const struct receipt *r, const struct secret_key *key);
/* order_bytes borrows from `in`. Errors: ERR_SHORT, ERR_VERSION, ERR_FORMAT, ERR_TRAILING. */
CHECKED enum err receipt_read(struct receipt *out, struct bytes in);
bool receipt_verify(struct bytes in, const struct public_key *key);

#endif
