/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool.h: the rules by which an edge holds what comes up from outside until the hub has
 * it. Rules only: the caller writes the bytes to disk. doc/formats/spool.md has the forms.
 */
#ifndef BULLETIN_SPOOL_H
#define BULLETIN_SPOOL_H

#include "base/hash.h"

enum spool_kind { SPOOL_RECEIPT = 1, SPOOL_NEED, SPOOL_CHECKIN, SPOOL_REPORT };
enum {
	SPOOL_KINDS = 4,
	SPOOL_BODY_MAX = 65536,
	SPOOL_EDGE_MAX = 32,	    /* bytes of an edge's name */
	SPOOL_MESSAGE_OVERHEAD = 78 /* bytes of a message beside its body */
};
#define SPOOL_NUMBER_MAX ((UINT64_C(1) << 53) - 1)
const char *spool_kind_word(enum spool_kind kind); /* "medical-need" */

struct spool_id {
	uint8_t at[16];
};

struct spool_message {
	struct spool_id id; /* the sender's own, 128 bits */
	enum spool_kind kind;
	/* Who is counted: a siren's public key once its signature was checked, else a keyed
	 * hash of the sender's address. */
	uint8_t source[32];
	uint64_t number;     /* given by spool_offer(): from 1, without gaps */
	int64_t received_ms; /* at the edge, by its clock */
	struct bytes body;   /* borrowed */
};

/*
 * Binary form, numbers big-endian: version u8 = 1, kind u8, id 16, source 32, number u64,
 * received_ms u64 (two's complement), length of the body u32, body, and the first 8 bytes
 * of SHA-256("belfry-spool-1" ‖ all before them), by which a torn write is seen.
 */
void spool_message_write(struct buffer *out, const struct spool_message *m);
/* One message from the front of `in`; *used is its length. The body is borrowed from `in`.
 * Errors: ERR_SHORT (ends too early: a torn tail), ERR_VERSION, ERR_FORMAT (kind, number
 * 0), ERR_RANGE (body), ERR_CONFLICT (the check does not fit). */
CHECKED enum err spool_message_read(
	struct spool_message *out, struct bytes in, size_t *used);

/* What one kind may take. Each kind has its own, so none can push out another. */
struct spool_limit {
	uint32_t messages;	  /* held at a time */
	uint64_t bytes;		  /* held at a time: bodies + SPOOL_MESSAGE_OVERHEAD each */
	uint32_t per_minute;	  /* taken in one minute, all sources together */
	uint32_t source_messages; /* held at a time from one source */
	uint32_t source_per_minute; /* taken in one minute from one source */
	uint32_t body;		    /* bytes of one body, <= SPOOL_BODY_MAX */
};
struct spool_limits {
	struct spool_limit kind[SPOOL_KINDS]; /* [kind - 1] */
	uint32_t remembered; /* ids of received messages kept to know a repeat */
};
struct spool_limits spool_limits_default(void);

bool spool_edge_valid(struct bytes name); /* [a-z0-9-]{1,32} */

struct spool;
/*
 * `spool_number` names this spool (random, made with its file), so that a cursor for an
 * earlier one of the same edge deletes nothing. `dice` are 16 random bytes, new at each
 * start, that keep strangers from choosing ids that collide in our tables. `edge` is
 * copied. Errors: ERR_NOMEM, ERR_FORMAT (edge), ERR_RANGE (a limit is 0, or over
 * SPOOL_BODY_MAX).
 */
CHECKED enum err spool_new(struct spool **out, uint32_t territory, const char *edge,
	uint64_t spool_number, const struct spool_limits *limits, const uint8_t dice[16]);
void spool_free(struct spool *s); /* NULL is fine */

enum spool_answer {
	SPOOL_TAKE,	/* write it, fsync, then say "held"; if the disk refuses:
			   spool_withdraw() */
	SPOOL_REPEAT,	/* held already */
	SPOOL_RECEIVED, /* the hub has it already */
	SPOOL_FULL,	/* this kind's place is used up */
	SPOOL_TOO_MANY, /* this source must wait */
	SPOOL_TOO_LARGE /* this body is over its kind's limit */
};
struct spool_verdict {
	enum spool_answer answer;
	uint64_t number; /* of TAKE, REPEAT and RECEIVED */
	int retry_s;	 /* of FULL and TOO_MANY: when asking again makes sense */
	char words[160]; /* to say to the sender */
};
/* May this be held? m->number is ignored. A refusal changes nothing and costs no place.
 * Errors: ERR_NOMEM, ERR_FORMAT (kind). */
CHECKED enum err spool_offer(
	struct spool *s, const struct spool_message *m, struct spool_verdict *out);
/* The disk refused the newest that was taken: as if it had never come. */
void spool_withdraw(struct spool *s, uint64_t number);
/* A message found in the journal at start, in its old order: held whatever the limits say.
 * Errors: ERR_NOMEM, ERR_FORMAT (kind), ERR_DUPLICATE (id), ERR_CONFLICT (number not higher
 * than those before it). */
CHECKED enum err spool_restore(struct spool *s, const struct spool_message *m);

uint64_t spool_last(const struct spool *s);	   /* the highest number given, 0 if none */
uint64_t spool_received_to(const struct spool *s); /* the hub has all up to here */
uint32_t spool_held(
	const struct spool *s, enum spool_kind kind, uint64_t *bytes); /* messages */

/* The hub's signed word that it has committed all messages up to a number of one edge's
 * spool. */
struct spool_cursor {
	uint32_t territory, term;
	char edge[SPOOL_EDGE_MAX + 1];
	uint64_t spool;	   /* spool_number */
	uint64_t received; /* highest number; all below are received, too */
	int64_t time_ms;
	struct signature signature;
};
void spool_cursor_text(struct buffer *out, const struct spool_cursor *c);
void spool_cursor_sign(struct spool_cursor *c, const struct secret_key *hub);
bool spool_cursor_verify(const struct spool_cursor *c, const struct public_key *hub);
/* {"cursor":"…","signature":"…"} and '\n'. */
void spool_cursor_write(struct buffer *out, const struct spool_cursor *c);
/* Strict; the signature is not verified. Errors: ERR_FORMAT, ERR_RANGE. `fault` may be
 * NULL. */
CHECKED enum err spool_cursor_read(
	struct spool_cursor *out, const char *line, size_t len, struct fault *fault);
/*
 * The hub has these: messages up to *deleted_to may be deleted, and who sends one again
 * hears "received". At start: first spool_restore() of what the journal holds, then the
 * newest cursor, which the caller keeps (without it the numbers of deleted messages would
 * be given twice). So a cursor beyond spool_last() moves the numbers on. An older cursor
 * than the last changes nothing. Errors: ERR_SIGNATURE, ERR_REFUSED (another territory,
 * edge or spool).
 */
CHECKED enum err spool_receive(struct spool *s, const struct spool_cursor *c,
	const struct public_key *hub, uint64_t *deleted_to);

#endif
