/* SPDX-License-Identifier: GPL-3.0-or-later */
/* letter.h: receipts on their way: what post.c keeps of each, and how they are packed. */
#ifndef BOX_LETTER_H
#define BOX_LETTER_H

#include "base/bytes.h"
#include "box/conf.h"

#include <jansson.h>

enum {
	LETTER_ID = 16,	      /* bytes of the sender's own id: the begin of SHA-256 */
	MAILBOX_MAX = 320,    /* letters of one box; more than the brain's own outbox */
	BATCH_MAX = 512,      /* letters in one POST */
	BATCH_BYTES = 200000, /* bytes of one POST, but for its last letter */
};

enum letter_state {
	LETTER_WAITING,	 /* to be sent at `due_ms` */
	LETTER_FLYING,	 /* in a POST that is not answered */
	LETTER_HELD,	 /* an edge has it; the hub may not */
	LETTER_RECEIVED, /* the hub has it */
};

struct letter {
	struct letter *next; /* in its mailbox, in the order of numbers */
	uint32_t box;	     /* index of the mailbox */
	enum letter_state state;
	bool is_status; /* of no worth when a newer one is there */
	uint8_t tries;
	int8_t edge; /* that holds it, or refused it: next time rather another; -1 none */
	int64_t due_ms; /* WAITING: when to send; HELD: when to offer it to another edge */
	uint64_t number;
	uint64_t spool
		[BOX_EDGES]; /* its number in that edge's spool, 0 if it is not there */
	uint8_t id[LETTER_ID];
	uint16_t len;
	uint8_t at[];
};

/* One box's letters. */
struct mailbox {
	struct letter *first, *last;
	uint32_t count;
};

/* A copy of the receipt's bytes. NULL: no memory, or too long for its place in a POST. */
struct letter *letter_new(uint32_t box, uint64_t number, struct bytes bytes);

/* Put it in its place; drop what it makes worthless, or what there is no room for. Never a flying
 * one. */
void mailbox_add(struct mailbox *m, struct letter *l);
/* Take the received ones off the front; gives the number of the last of them, 0 if none. */
uint64_t mailbox_take_received(struct mailbox *m);
void mailbox_free(struct mailbox *m);

/* Write one as it stands in a POST: id, length, bytes. */
void letter_write(struct buffer *out, const struct letter *l);
/* 16 hexadecimal digits as a number; 0 if it is anything else. */
uint64_t spool_id_read(const json_t *text);
/* The spool numbers of {"held":[…],"spool":"…"}, which must be `count`, and the spool's own id (0
 * if the edge does not tell it). Errors: ERR_FORMAT. */
CHECKED enum err held_read(
	uint64_t *out, size_t count, uint64_t *spool, struct bytes answer);

#endif
