/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * book.h: the alerts that were published, and what lives: hub and edges keep one each.
 *
 * Fed with contents and judged orders. What lives is a function of what came, whatever came first:
 * an end before its alarm, an update before the alert that it changes. An alert lives as long as one
 * of its orders does, as in the sirens.
 */
#ifndef ALERT_BOOK_H
#define ALERT_BOOK_H

#include "alert/content.h"
#include "geo/zones.h"

enum alert_state {
	ALERT_LIVE,
	ALERT_STOPPED,	 /* "we are checking, stay where you are" */
	ALERT_CORRECTED, /* it was false */
	ALERT_ENDED,	 /* all clear was given */
	ALERT_OVER,    /* ended without a sound under another alert; it owes an all clear */
	ALERT_EXPIRED, /* ended, no news: not an all clear */
};
const char *alert_state_name(enum alert_state s);

/* An order that sounded for this alert, and where. */
struct alert_order {
	uint64_t id;
	enum alert_state state; /* LIVE until orders name it in all of its zones */
	uint16_t zone_count;
	uint16_t *zone;
	int64_t expires_ms;
	bool silent; /* a message: no siren sounds by it */
};

/* A message of the chain that nobody has superseded. */
struct alert_message {
	struct bytes content; /* the frozen bytes */
	struct hash hash;
};

enum { ALERT_JOIN_MS = 120000 };

struct alert {
	uint64_t id; /* of its first order: the lowest id */
	enum alert_state state;
	enum alert_state before; /* EXPIRED: what it was, should the clock turn back */
	enum mode mode;
	uint8_t hazard;
	char playbook[33];
	int64_t since_ms, expires_ms;
	int64_t changed_ms; /* when its state changed last */
	bool on_disk;	    /* false: known from an order marked "not yet on disk" */
	bool silent;	    /* all its orders are: it owes no all clear and bars none */
	bool owes;	    /* OVER: an all clear for its zones is still to come */
	uint16_t zone_count;
	uint16_t *zone; /* where it is in force */
	size_t order_count;
	struct alert_order *order;
	size_t message_count;
	struct alert_message *message;
};

struct book;

/* `zones` is borrowed and may be changed by book_zones(). Errors: ERR_NOMEM. */
CHECKED enum err book_new(struct book **out, const struct zones *zones);
void book_free(struct book *b); /* NULL is fine */
void book_zones(struct book *b, const struct zones *zones);

/* A content that came; copied, kept until its order comes. Not yet judged. */
CHECKED enum err book_content(struct book *b, struct bytes content, struct fault *fault);
/*
 * An order that the caller has judged good for all its zones. Finds its content by hash; an
 * order without content is still an alarm (what and where are in its body); one whose content has
 * another id, mode or a verb that its classes may not have is one without. A repeat changes nothing,
 * but two operators' order counts although one person's with the same id came before it. Returns the alert that it concerns, borrowed; NULL if none. Errors go to *fault.
 */
const struct alert *book_order(
	struct book *b, const struct order *o, int64_t now_ms, bool on_disk);
/* Time passes: alerts expire; and live again if the clock had jumped and is set right. True if any
 * did. */
bool book_tick(struct book *b, int64_t now_ms);
int64_t book_next_ms(const struct book *b); /* the next expiry; INT64_MAX if none */

size_t book_count(const struct book *b);
const struct alert *book_at(const struct book *b, size_t i); /* in the order of coming */
const struct alert *book_find(const struct book *b, uint64_t id);
/* The alert in which the order with this id sounded, or NULL. */
const struct alert *book_of_order(const struct book *b, uint64_t order);
/* Did an order with this id come, whatever it did? */
bool book_knows(const struct book *b, uint64_t order);
/* Is it so much older than the newest order that nobody here would know whether it came before? Not
 * by the clock alone, which may have jumped. */
bool book_is_past(const struct book *b, uint64_t order, int64_t now_ms);
/* A living alert that sounds, other than `but`, that shares ground with these zones, or NULL. */
const struct alert *book_overlap(
	const struct book *b, uint64_t but, const uint16_t *zone, size_t count);
/* Drop alerts that ended before `before_ms` and owe nothing. A clock that jumped ahead makes nothing
 * be forgotten that is not old beside the newest order. */
void book_forget(struct book *b, int64_t before_ms);

#endif
