/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * paper.h: a takeover on its way from one operator to the other: {"takeover": base64}, a file that
 * is carried, and then posted as it stands (bulletin/takeover.h, doc/formats/api.md).
 */
#ifndef CLI_PAPER_H
#define CLI_PAPER_H

#include "bulletin/takeover.h"
#include "cli/trust.h"

enum { PAPER_GOOD_S = 4 * 3600 }; /* so long it may be on its way */

struct paper {
	struct takeover t;
	struct order *order;
	struct buffer raw; /* its bytes; the order's approvals borrow from here */
};

/* Without a signature yet. The caller ends *out with paper_free(). */
CHECKED enum err paper_make(struct paper *out, const struct roster *r,
	const struct takeover *t, int64_t now_ms);
/* Each gives an exit code. After EXIT_GOOD the caller ends *out with paper_free(). */
CHECKED int paper_read(const struct run *run, struct paper *out, const char *path);
CHECKED int paper_write(const struct run *run, const struct paper *p, const char *path);
void paper_free(struct paper *p);

/* Add this key's signature. Errors: ERR_FULL. */
CHECKED enum err paper_sign(struct paper *p, const struct key *key);
/* What is posted to the hub; the caller's. */
json_t *paper_json(const struct paper *p);
/*
 * Is it of this territory and mode, not too old, and each signature on it good by this roster and not
 * revoked? Says what is wrong; gives an exit code.
 */
CHECKED int paper_check(const struct run *run, const struct paper *p,
	const struct trust *trust, const struct revoked *revoked, int64_t now_ms);

#endif
