/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * content.h: what people are told, frozen: the CAP message and every text of one proposal.
 *
 * Its bytes are JSON (doc/formats/content.md), made once; their SHA-256 stands in every body of
 * the order. It is the data of an entry of kind alert, update, correction or end.
 */
#ifndef ALERT_CONTENT_H
#define ALERT_CONTENT_H

#include "base/arena.h"
#include "base/hash.h"
#include "bulletin/order.h"

enum verb {
	VERB_ALERT,	 /* a new alert */
	VERB_UPDATE,	 /* zones or texts change; kept zones do not sound again */
	VERB_STOP,	 /* "stopped, we are checking, stay where you are" */
	VERB_CORRECTION, /* it was false */
	VERB_ALL_CLEAR,	 /* the danger is over */
	VERB_END,	 /* over here, without a sound: another alert overlaps */
	VERB_TEST,	 /* a test of sirens: no words to the public */
	VERBS,
};
const char *verb_name(enum verb verb); /* "all-clear" */
CHECKED enum err verb_read(enum verb *out, const char *name);
/* The kind of bulletin entry that carries the content of this verb. */
const char *verb_entry_kind(enum verb verb);
/* May an order that goes with such a content hold a body of this class? */
bool verb_fits_class(enum verb verb, enum order_class class);

enum { CONTENT_ZONES = 1024, CONTENT_MAX = 6 << 20 };

/* What is said in one language. Never NULL; "" if nothing. */
struct content_text {
	const char *language, *event, *headline, *description, *instruction;
};

struct content {
	enum verb verb;
	uint64_t alert; /* id of the alert's first order: the alert's name */
	uint64_t order; /* id of the order that goes with this content */
	enum mode mode;
	uint8_t hazard;
	const char *playbook;
	int64_t sent_ms, expires_ms;
	uint16_t zone_count;
	const uint16_t
		*zone; /* rising: where the alert is in force after this; for an end, where
				  * it was */
	size_t text_count;
	const struct content_text *text;
	struct bytes cap; /* the CAP 1.2 message, byte for byte; empty for a test */
};

/* Errors go to out->err. */
void content_write(struct buffer *out, const struct content *c);
/* All in `arena`. Strict. Errors, with the place: ERR_FORMAT, ERR_RANGE, ERR_NOMEM. */
CHECKED enum err content_read(
	struct content *out, struct arena *arena, struct bytes in, struct fault *fault);

/* Order ids as people and JSON see them: 16 hexadecimal digits. */
void id_write(char out[17], uint64_t id);
CHECKED enum err id_read(uint64_t *out, const char *text);

#endif
