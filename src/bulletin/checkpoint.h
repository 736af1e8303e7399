/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkpoint.h: the hub's signed word on the size and root of its tree at a time; every 10
 * s one is the heartbeat. C2SP tlog-checkpoint in a C2SP signed-note with one Ed25519
 * signature. */
#ifndef BULLETIN_CHECKPOINT_H
#define BULLETIN_CHECKPOINT_H

#include "bulletin/tree.h"

enum {
	CHECKPOINT_LINE_MAX = 16384, /* bytes of a line */
	CHECKPOINT_MAX = 4096,	     /* bytes of a note */
	CHECKPOINT_FRESH_MS =
		30000, /* older than this is "not current" (DESIGN section 1) */
	CHECKPOINT_EVERY_MS = 10000
};

struct checkpoint {
	uint32_t territory;
	uint32_t term; /* from 1 */
	uint64_t size; /* entries */
	struct hash root;
	int64_t time_ms;
	uint8_t key_id[4]; /* of C2SP signed-note: says which key signed */
	struct signature signature;
};

/* The five lines that are signed. Errors go to out->err. */
void checkpoint_text(struct buffer *out, const struct checkpoint *c);
/* Fill in key_id and signature. */
void checkpoint_sign(struct checkpoint *c, const struct secret_key *hub);
bool checkpoint_verify(const struct checkpoint *c, const struct public_key *hub);
/* First 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key), name = "belfry/<territory>". */
void checkpoint_key_id(uint8_t out[4], uint32_t territory, const struct public_key *hub);

/* The whole note with its signature line. Errors go to out->err. */
void checkpoint_write(struct buffer *out, const struct checkpoint *c);
/*
 * Strict in the text, one form for each value. The hub's signature line is the first; up to
 * 15 lines of other signers (witnesses) may follow and are ignored. Nothing is verified
 * here. Errors: ERR_FORMAT, ERR_RANGE, ERR_SHORT, ERR_TRAILING. `fault` may be NULL.
 */
CHECKED enum err checkpoint_read(
	struct checkpoint *out, const char *text, size_t len, struct fault *fault);

/*
 * As a line of JSON with its '\n', to stand in a stream of entry lines: {"checkpoint":"…"}.
 * With a right edge (may be NULL, 0) a reader can join at this size without the history:
 * {"checkpoint":"…","edge":["base64",…]}.
 */
void checkpoint_line_write(struct buffer *out, const struct checkpoint *c,
	const struct hash *edge, size_t edge_count);
/*
 * `edge` may be NULL; else it receives the edge that the line holds, count 0 if none.
 * Errors: as checkpoint_read().
 */
CHECKED enum err checkpoint_line_read(struct checkpoint *out, struct proof *edge,
	const char *line, size_t len, struct fault *fault);

#endif
