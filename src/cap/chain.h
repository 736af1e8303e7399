/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chain.h: the messages that follow an alert: update, stop, correction, all clear. */
#ifndef CAP_CHAIN_H
#define CAP_CHAIN_H

#include "cap/capmsg.h"

/*
 * What every follow-up needs. `live` are the messages of the chain that still live (not
 * superseded, cancelled or expired), oldest first, at least one. Sender, status, scope,
 * addresses, codes, incidents and the info's codes come from the newest; the areas from all.
 */
struct chain {
	const struct capmsg *const *live;
	size_t n;
	const char *identifier; /* the new one; never that of another message */
	int64_t sent_ms;	/* not before any of `live` */
	int64_t expires_ms;	/* 0: as the newest says */
};

/* What a follow-up says in one language; each makes one info. */
struct chain_text {
	const char *language; /* RFC 3066 */
	const char *event;    /* NULL: as before */
	const char *headline, *description, *instruction;
};

/*
 * Each makes a whole message in `arena` that borrows nothing. Where the live messages have
 * no info in a text's language, their first info stands for it. Areas of infos that already
 * said AllClear are left out. Errors: ERR_REFUSED (nothing lives, another status, a time
 * before a parent's, a parent without info, a note or text missing), ERR_NOMEM.
 */

/*
 * UPDATE: the infos of `content`, and behind them those of `cleared` (NULL: none), which
 * say all clear for the areas that the update drops. Of both only the infos are taken.
 */
CHECKED enum err chain_update(struct capmsg *out, struct arena *arena,
	const struct chain *chain, const struct capmsg *content,
	const struct capmsg *cleared, struct fault *fault);

/* STOP: an Update, "stopped, we are checking, stay where you are". Not an all clear. */
CHECKED enum err chain_stop(struct capmsg *out, struct arena *arena,
	const struct chain *chain, const struct chain_text *text, size_t n,
	struct fault *fault);

/* CORRECTION: a Cancel whose `note` says that the alert was false. */
CHECKED enum err chain_cancel(struct capmsg *out, struct arena *arena,
	const struct chain *chain, const char *note, const struct chain_text *text,
	size_t n, struct fault *fault);

/* ALL CLEAR: an Update with responseType AllClear. */
CHECKED enum err chain_all_clear(struct capmsg *out, struct arena *arena,
	const struct chain *chain, const struct chain_text *text, size_t n,
	struct fault *fault);

#endif
