/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fork.h: proof that a hub signed two things that cannot both be true; anybody who has the
 * hub's public key can check it alone. */
#ifndef BULLETIN_FORK_H
#define BULLETIN_FORK_H

#include "bulletin/checkpoint.h"
#include "bulletin/entry.h"

/* Who signs in a term. */
struct reign {
	uint32_t term;
	struct public_key hub;
};

/*
 * Something signed about the tree. A checkpoint says: at `size` the root is this. An entry
 * says the same of its number and its root; and with the right edge of the tree before it,
 * it says what the root is after it, too.
 */
struct statement {
	enum { STATEMENT_CHECKPOINT, STATEMENT_ENTRY } what;
	struct checkpoint checkpoint;
	struct entry_header header;
	struct signature signature; /* of the header */
	bool has_edge;
	struct proof edge; /* of the tree of header.number entries */
};
struct statement statement_of_checkpoint(const struct checkpoint *c);
struct statement statement_of_entry(
	const struct entry_header *header, const struct signature *s);

/*
 * The two, and where their sizes differ: the root `prefix` that the larger tree had at the
 * size of the smaller, with the proof of it. They contradict each other when that is not
 * the root that the smaller one names; or when both are entries with one number and
 * different bytes.
 */
struct fork {
	struct statement first, second;
	struct hash prefix;
	struct proof proof;
};

/* One line of JSON with its '\n'. Errors go to out->err. */
void fork_write(struct buffer *out, const struct fork *fork);
/* Form only. Errors: ERR_FORMAT and those of entry_header_read() and checkpoint_read(),
 * ERR_NOMEM. `fault` may be NULL. */
CHECKED enum err fork_read(
	struct fork *out, const char *json, size_t len, struct fault *fault);

/* Is it a proof? Errors: ERR_UNKNOWN (no key for a term), ERR_SIGNATURE, ERR_REFUSED (both
 * can be true, or it is not shown that they cannot). `words` says in plain words what it
 * proves, or why it proves nothing. */
CHECKED enum err fork_judge(const struct fork *fork, const struct reign *reigns,
	size_t count, struct fault *words);
/* fork_read() and fork_judge(). */
CHECKED enum err fork_check(const char *json, size_t len, const struct reign *reigns,
	size_t count, struct fault *words);

#endif
