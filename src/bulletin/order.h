/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * order.h: an order as bytes: what to sound, where, until when, and who signed it.
 *
 * An order is one to 64 bodies that share one order id, and its approvals. The hub's
 * signature is no part of it. doc/formats/order.md gives the bytes; DESIGN section 3 the
 * reasons.
 */
#ifndef BULLETIN_ORDER_H
#define BULLETIN_ORDER_H

#include "base/hash.h"

enum mode {
	MODE_LIVE = 1,
	MODE_EXERCISE = 2,
};

enum order_class {
	ORDER_ALARM = 1, /* two operators */
	ORDER_ALL_CLEAR =
		2, /* two operators; with pattern 0 it ends its orders without a sound */
	ORDER_FALSE_ALARM = 3, /* two operators */
	ORDER_TAKEOVER = 4,    /* two operators; no zones; content is the takeover text */
	ORDER_STOP = 5,	       /* one operator; no zones: wherever the named orders are */
	ORDER_BREAK_GLASS = 6, /* one operator under a mandate */
	ORDER_SENSOR = 7,      /* a sensor's key under a mandate */
	ORDER_TEST = 8,	       /* one operator; silent or a growl of at most 5 s */
};

enum {
	ORDER_ZONES = 16,     /* zones in one body */
	ORDER_ENDS = 8,	      /* ids that one body ends */
	ORDER_BODIES = 64,    /* bodies in one order */
	ORDER_APPROVALS = 4,  /* approvals on one order */
	ORDER_BODY_MAX = 158, /* 16 zones and 8 ends; 72 with a group and one end, 104 with
				 16 zones */
	ORDER_FRAME_MAX = 236,
	APPROVAL_MAX =
		1024, /* bytes of one approval: leaves room for a passkey's assertion */
};

/*
 * An order carries nothing of a hazard but its code, so the code itself says what one key alone,
 * under a mandate, may never order: 100..149 evacuation, 150..199 CBRN. Playbooks keep to it.
 */
enum {
	HAZARD_EVACUATION = 100,
	HAZARD_CBRN = 150,
	HAZARD_OTHER = 200, /* from here on again anything else */
};

/* Which zones: up to 16 numbers, or one zone group that mouths know beforehand. */
struct order_zones {
	bool group;
	uint8_t count; /* 1 for a group */
	uint16_t number[ORDER_ZONES];
};

struct order_body {
	uint32_t territory;
	enum mode mode;
	enum order_class class;
	bool join;	       /* may join the same alarm already on air (alarms only) */
	uint8_t hazard;	       /* the playbook's hazard code */
	uint8_t pattern;       /* number of a siren pattern; 0 is no sound */
	uint16_t seconds;      /* to sound; the box's own cap is the smaller limit */
	uint64_t id;	       /* 48 bits of ms since 1970, 16 random; never 0 */
	uint32_t not_before_s; /* s since 1970 */
	uint16_t lifetime_s;   /* expiry = not_before_s + lifetime_s */
	uint32_t roster;       /* serial of the roster that the signers saw */
	struct hash content;   /* SHA-256 of the alert's content (CAP and every text) */
	struct order_zones zones;
	uint8_t end_count;
	uint64_t ends[ORDER_ENDS]; /* ids of orders that this one ends */
};

enum approval_algorithm {
	APPROVAL_ED25519 = 1,	     /* 64 bytes over the order's digest */
	APPROVAL_WEBAUTHN_ES256 = 2, /* reserved: every mouth of this version refuses it */
};

struct approval {
	uint16_t key; /* number in the roster */
	uint8_t algorithm;
	struct bytes signature; /* borrowed from what was read */
};

struct order {
	uint8_t body_count, approval_count;
	struct order_body body[ORDER_BODIES];
	struct approval approval[ORDER_APPROVALS];
};

/* Milliseconds since 1970 of an order id. */
int64_t order_id_ms(uint64_t id);
uint64_t order_id_make(int64_t time_ms, uint16_t random);
int64_t order_expiry_ms(const struct order_body *b);
const char *order_class_name(enum order_class class);
/* ERR_UNKNOWN if there is no such class. */
CHECKED enum err order_class_read(enum order_class *out, const char *name);
const char *mode_name(enum mode mode);
CHECKED enum err mode_read(enum mode *out, const char *name);

/*
 * One body. Reading is strict: one form for each value. Errors: ERR_SHORT, ERR_VERSION,
 * ERR_FORMAT (unknown class, mode or flag; zones or ends that the class may not have or
 * must). order_body_read() leaves the reader behind the body; bodies say their own length.
 */
void order_body_write(struct buffer *out, const struct order_body *b);
CHECKED enum err order_body_read(struct reader *r, struct order_body *out);

/*
 * A whole order. The approvals borrow from `in`. Errors: as above, ERR_TRAILING, ERR_RANGE (no
 * body, too many bodies or approvals, an approval too long), ERR_CONFLICT (bodies that disagree
 * in more than zones, pattern, seconds, join and ends; of classes only alarm and all clear mix).
 */
void order_write(struct buffer *out, const struct order *o);
CHECKED enum err order_read(struct order *out, struct bytes in);

/* What approvers sign: SHA-256("belfry-order-1" ‖ all bodies). */
struct hash order_digest(const struct order *o);

/*
 * A radio frame: one body and two Ed25519 approvals of it alone, each key number and
 * signature; at most 204 bytes with one group, 236 with 16 zones and one end. Reading makes
 * an order of one body. Errors: ERR_RANGE if the body or its approvals do not fit a frame.
 */
CHECKED enum err order_frame_write(struct buffer *out, const struct order *o);
CHECKED enum err order_frame_read(struct order *out, struct bytes in);

#endif
