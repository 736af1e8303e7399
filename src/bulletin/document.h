/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * document.h: a text that administrators sign: a roster, a set of zones.
 *
 * On the bulletin: {"document":"…","approvals":[{"key":3,"signature":"base64"}]}. The
 * signatures are over SHA-256("belfry-<kind>-1" ‖ the document's bytes).
 * doc/formats/roster.md.
 */
#ifndef BULLETIN_DOCUMENT_H
#define BULLETIN_DOCUMENT_H

#include "base/arena.h"
#include "base/hash.h"

enum { DOCUMENT_APPROVALS = 8, DOCUMENT_MAX = 8 << 20 };

struct document_approval {
	uint16_t key;
	struct signature signature;
};

struct document {
	struct bytes text;     /* the exact bytes that were signed; lives in the arena */
	struct bytes geometry; /* empty if there is none */
	size_t approval_count;
	struct document_approval approval[DOCUMENT_APPROVALS];
};

/* What an administrator signs; `kind` is "roster" or "zones". */
struct hash document_digest(const char *kind, struct bytes text);

void document_write(struct buffer *out, const struct document *d);
/* Errors: ERR_FORMAT with the place, ERR_RANGE (too long, too many approvals), ERR_NOMEM.
 */
CHECKED enum err document_read(
	struct document *out, struct arena *arena, struct bytes in, struct fault *fault);

#endif
