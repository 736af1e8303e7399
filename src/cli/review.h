/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * review.h: what somebody is about to sign, decoded here from its own bytes and shown in words:
 * the hub that made the draft is not believed.
 */
#ifndef CLI_REVIEW_H
#define CLI_REVIEW_H

#include "alert/compose.h"
#include "cap/capmsg.h"
#include "cli/trust.h"

struct review {
	struct arena *arena;
	struct content content;
	struct order order;
	struct hash digest; /* what is signed */
	struct bytes text;  /* the content's exact bytes */
	struct buffer raw;  /* the order's bytes; the approvals borrow from here */
	struct capmsg cap;  /* the CAP message; its identifier is "" if there is none */
};

/*
 * Decode {content, order, digest} of the hub and check it: the order's bodies fit the content and
 * its SHA-256, the CAP message fits the texts, territory and mode are the roster's, and the time is about now (or, for what waits
 * already, not over). Gives an exit code; EXIT_UNVERIFIED if anything disagrees. On EXIT_GOOD the
 * caller ends *out with review_free().
 */
CHECKED int review_read(struct run *run, struct review **out, const struct trust *trust,
	const json_t *from);
void review_free(struct review *r); /* NULL is fine */

/* What it will do, for the person to read; nothing with --json. */
void review_show(const struct run *run, const struct review *r, const struct trust *trust);
json_t *review_json(const struct review *r);
/* Ask, unless --yes was given. EXIT_REFUSED if the person says no, EXIT_USAGE if there is nobody
 * to ask. */
CHECKED int review_agree(const struct run *run, const char *question);

/* Does the author's approval of this waiting order verify with the roster? His number goes to
 * *author. Gives an exit code. */
CHECKED int review_author(struct run *run, const struct review *r,
	const struct trust *trust, uint16_t *author);

#endif
