/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * live.h: which of the messages that were received still hold, as a pure state machine
 * (CAP-v1.2-os section 3.2.1, rules 5, 12, 20 and 21 of doc/formats/cap-rules.md). What is live follows
 * from the set of messages, in whatever order they came, but for the last line:
 *
 *   Alert, Update   live, unless an Update or a Cancel names it in its references, or it expired
 *   Update, Cancel  end what they name, whether it came already or comes later
 *   Cancel          is never live itself
 *   Ack, Error      end nothing and are never live
 *   a late Update   of nothing but what later messages have ended before it came is not live
 *
 * A message ends only such of its own status: no exercise ends a real alert. A reference names a
 * message by sender, identifier and instant of `sent`, whatever the offset that it is written with.
 */
#ifndef CAP_LIVE_H
#define CAP_LIVE_H

#include "base/hash.h"
#include "cap/capval.h"
#include "cap/tree.h"

enum cap_live_kind {
	CAP_KIND_ALERT,
	CAP_KIND_UPDATE,
	CAP_KIND_CANCEL,
	CAP_KIND_ACK,
	CAP_KIND_ERROR,
};

enum cap_live_status {
	CAP_STATUS_ACTUAL,
	CAP_STATUS_EXERCISE,
	CAP_STATUS_SYSTEM,
	CAP_STATUS_TEST,
	CAP_STATUS_DRAFT,
	CAP_STATUS_OTHER, /* none that the standard knows */
};

enum {
	CAP_LIVE_MAX = 1000000,
	CAP_LIVE_REFERENCES = 1000, /* in one message */
};
#define CAP_LIVE_NEVER INT64_MAX

/* What is told of one message. All text is borrowed. */
struct cap_live_message {
	struct bytes sender, identifier;
	struct bytes incidents; /* as it stands; empty: none */
	struct bytes scope;	/* as it stands */
	int64_t sent_ms;
	int64_t expires_ms; /* of the info that holds longest; CAP_LIVE_NEVER: one does not say */
	enum cap_live_kind kind;
	enum cap_live_status status;
	const struct cap_reference *reference; /* `sent` is not looked at, `sent_ms` is */
	size_t references;
	struct hash hash; /* of all its bytes */
};

enum cap_live_outcome { CAP_LIVE_ACCEPTED, CAP_LIVE_DUPLICATE, CAP_LIVE_REFUSED };
const char *cap_live_outcome_name(enum cap_live_outcome o); /* "accepted" … */

/* What `why` speaks of, as bits. */
enum cap_live_note {
	/* refused */
	CAP_LIVE_CONFLICT = 1 << 0, /* the same identifier with other bytes */
	CAP_LIVE_SELF = 1 << 1,	    /* names itself */
	CAP_LIVE_LATER = 1 << 2,    /* names one that was sent later */
	CAP_LIVE_NAMELESS = 1 << 3, /* must name another message, and does not */
	CAP_LIVE_MANY = 1 << 4,	    /* names more than CAP_LIVE_REFERENCES */
	/* accepted, with a warning */
	CAP_LIVE_TWIN = 1 << 5,	      /* a Cancel leaves one of its chain live */
	CAP_LIVE_OUTLIVES = 1 << 6,   /* it is live though its chain was cancelled */
	CAP_LIVE_OTHER_TIME = 1 << 7, /* names one that is known with another `sent` */
	CAP_LIVE_OTHER_STATUS =
		1 << 8, /* names one of another status, which it does not end */
	CAP_LIVE_OTHER_SENDER = 1 << 9, /* names one of another sender */
	/* accepted, to know */
	CAP_LIVE_ORPHAN = 1 << 10, /* names one that never came */
	CAP_LIVE_ENDED = 1 << 11,  /* a message that came earlier ends it: it is not live */
	CAP_LIVE_TOO_LATE =
		1 << 12, /* so does what ended all that it updates: it is not live */
};

struct cap_live_answer {
	enum cap_live_outcome outcome;
	unsigned notes;
	struct fault why; /* plain sentences; "": there is nothing to say */
};

struct cap_live_options {
	/* Only the sender itself may end its messages; else, as the standard says, whoever names them. */
	bool own_only;
	/* Gives a sentence (a printf format in English) in the reader's language; NULL: English. */
	const char *(*translate)(void *ctx, const char *format);
	void *translate_ctx;
	size_t max; /* messages that are known or named; 0: CAP_LIVE_MAX */
};

struct cap_live;

/* `options` NULL: all zero. On success the caller ends *out with cap_live_free(). Errors: ERR_NOMEM. */
CHECKED enum err cap_live_new(
	struct cap_live **out, const struct cap_live_options *options);
void cap_live_free(struct cap_live *live); /* NULL is fine */

/*
 * Take one message; borrows nothing of it. A refused one or a duplicate changes nothing. Errors:
 * ERR_NOMEM, ERR_FULL (`max`): nothing has changed, and *out says nothing.
 */
CHECKED enum err cap_live_take(struct cap_live *live, struct cap_live_answer *out,
	const struct cap_live_message *message);

/* One that is live; text is lent until cap_live_free(). */
struct cap_live_entry {
	struct bytes sender, identifier;
	int64_t sent_ms, expires_ms;
	enum cap_live_kind kind;
	enum cap_live_status status;
};
/*
 * All that are live at `now_ms` (CAP_LIVE_ALWAYS: nothing expires), by sent, sender and identifier.
 * The array is the arena's. Errors: ERR_NOMEM.
 */
#define CAP_LIVE_ALWAYS INT64_MIN
CHECKED enum err cap_live_list(struct cap_live_entry **out, size_t *n, struct arena *arena,
	const struct cap_live *live, int64_t now_ms);

/*
 * Fill `out` from a document: its tree's alert, and all its bytes. Text and references live as long
 * as the tree and the arena. Times are read with Z and fractions too. Errors: ERR_FORMAT (no
 * identifier, sender, sent or msgType to go by, or a reference that is no sender,identifier,sent; the
 * fault says which: such a message is to be refused), ERR_NOMEM.
 */
CHECKED enum err cap_live_read(struct cap_live_message *out, struct arena *arena,
	const struct cap_node *alert, struct bytes document, struct fault *fault);

#endif
