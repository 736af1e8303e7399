/* SPDX-License-Identifier: GPL-3.0-or-later */
/* entry.h: one entry of the bulletin: the signed header, the data that it names, and the
 * line of JSON in which both travel. Byte by byte in doc/formats/bulletin.md. */
#ifndef BULLETIN_ENTRY_H
#define BULLETIN_ENTRY_H

#include "base/arena.h"
#include "bulletin/tree.h"

enum {
	ENTRY_KIND_MAX = 32,		  /* bytes of a kind's word */
	ENTRY_HEADER_MAX = 320,		  /* bytes of a header's text */
	ENTRY_DATA_MAX = 8 * 1024 * 1024, /* bytes of data */
	ENTRY_LINE_MAX = 12 * 1024 * 1024 /* bytes of a line */
};

/* The kinds that this version knows; all others are kept, passed on and ignored. */
enum entry_kind {
	ENTRY_OTHER,
	ENTRY_ROSTER,
	ENTRY_REVOCATION,
	ENTRY_MANDATE,
	ENTRY_ZONES,
	ENTRY_ALERT,
	ENTRY_UPDATE,
	ENTRY_CORRECTION,
	ENTRY_END,
	ENTRY_ORDER,
	ENTRY_TAKEOVER,
	ENTRY_SIRENS
};
enum entry_kind entry_kind_of(const char *word);   /* ENTRY_OTHER if it is not known */
const char *entry_kind_word(enum entry_kind kind); /* "order"; "" for ENTRY_OTHER */
/* [a-z][a-z-]{0,31} */
bool entry_kind_valid(const char *word);

struct entry_header {
	uint32_t territory;
	uint32_t term;	  /* from 1 */
	uint64_t number;  /* from 0, without gaps, up to TREE_SIZE_MAX - 1 */
	struct hash root; /* of the tree of the `number` entries before this one */
	char kind[ENTRY_KIND_MAX + 1];
	int64_t time_ms;       /* years 0000 to 9999 */
	struct hash data_hash; /* SHA-256 of the data */
	uint32_t data_len;     /* bytes, up to ENTRY_DATA_MAX */
};

struct entry {
	struct entry_header header;
	struct signature signature; /* the hub's, Ed25519 over the header's text */
	struct bytes data;	    /* borrowed; meaningless unless has_data */
	bool has_data;		    /* false: the line left "data" out */
};

/* Fill in number and root (from `tree`), and hash and length of `data`; kind is copied.
 * Errors: ERR_FORMAT (kind), ERR_RANGE (term, time, length of data, tree full). */
CHECKED enum err entry_header_make(struct entry_header *out, uint32_t territory,
	uint32_t term, const struct tree *tree, const char *kind, int64_t time_ms,
	struct bytes data);

/* The text that is signed and hashed. The header must be one that entry_header_make() or
 * entry_header_read() gave. Errors go to out->err. */
void entry_header_write(struct buffer *out, const struct entry_header *header);
/*
 * Strict: exactly these lines in this order, one form for each value, no byte more; so
 * entry_header_write() gives the same bytes again. Number 0 must have the empty tree's
 * root. Errors: ERR_VERSION (another first line), ERR_SHORT, ERR_TRAILING, ERR_FORMAT,
 * ERR_RANGE. `fault` may be NULL.
 */
CHECKED enum err entry_header_read(
	struct entry_header *out, const char *text, size_t len, struct fault *fault);

/* The leaf of the tree: SHA-256(0x00 ‖ header text). */
struct hash entry_leaf(const struct entry_header *header);
struct signature entry_sign(
	const struct entry_header *header, const struct secret_key *hub);
/* Only the signature over the header; data is checked by entry_line_read(). */
bool entry_verify(const struct entry_header *header, const struct signature *signature,
	const struct public_key *hub);

/* One line of JSON with its '\n': {"entry":…,"signature":…,"data":…}; "data" is left out if
 * !has_data. Errors go to out->err. */
void entry_line_write(struct buffer *out, const struct entry *entry);
/*
 * The form and the data's hash and length are checked, the signature is not
 * (entry_verify()). Other keys of the line are ignored. Data lives in `arena`. `fault` may
 * be NULL. Errors: ERR_FORMAT, ERR_RANGE, ERR_SHORT, ERR_TRAILING, ERR_VERSION, ERR_NOMEM;
 * ERR_CONFLICT (data is not what the header names): then *out is filled in without the
 * data.
 */
CHECKED enum err entry_line_read(struct entry *out, struct arena *arena, const char *line,
	size_t len, struct fault *fault);

#endif
