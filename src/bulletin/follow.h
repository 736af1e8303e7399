/* SPDX-License-Identifier: GPL-3.0-or-later */
/* follow.h: following the bulletin, by whatever paths it comes, and believing none of them.
 */
#ifndef BULLETIN_FOLLOW_H
#define BULLETIN_FOLLOW_H

#include "bulletin/fork.h"
#include "bulletin/nodes.h"

struct follower;

/* What came of an entry or a checkpoint. */
enum heard {
	HEARD_ACCEPTED, /* entry: the next one, it is part of the tree now.
			 * checkpoint: agrees with the tree */
	HEARD_REPEAT,	/* had it already, the same */
	HEARD_OLD, /* number or size too far back to compare (right edge only); ignored */
	HEARD_GAP, /* entry: not the next; checkpoint: counts entries that are not here yet.
		    * Ask for follower_wants() */
	HEARD_SUPERSEDED, /* signed in an old term beyond its last number */
	HEARD_TERM,	  /* a newer term: nobody has told of a takeover */
	HEARD_REFUSED,	  /* other territory, wrong term for its number, or bad signature */
	HEARD_FORK,	  /* signed, and contradicts what is here: see follower_fork() */
	HEARD_NOMEM	  /* no memory; nothing changed */
};
const char *heard_word(enum heard heard); /* "accepted" */

/*
 * Follow `territory` from its first entry under the hub of `reign`. `keep_nodes`: keep
 * every hash (64 bytes an entry), so that proofs can be made and every earlier number
 * compared; else the right edge and the last FOLLOW_RECENT headers (10 KB). On success the
 * caller owns *out and frees it with follower_free(). Errors: ERR_NOMEM.
 */
enum { FOLLOW_RECENT = 16 };
CHECKED enum err follower_new(struct follower **out, uint32_t territory,
	const struct reign *reign, bool keep_nodes);
void follower_free(struct follower *f); /* NULL is fine */
/* Verify the hub's signatures by `verify` from now on; NULL: by signature_verify(). */
void follower_set_verify(struct follower *f, verify_fn *verify, void *ctx);

/*
 * Start at a checkpoint instead of at the first entry; only before anything else was heard
 * and without keep_nodes. Entries before it are then checked by tree_verify_inclusion().
 * Errors: ERR_REFUSED (not at the start, other territory or term), ERR_SIGNATURE,
 * ERR_FORMAT, ERR_RANGE, ERR_CONFLICT (the edge has another root).
 */
CHECKED enum err follower_join(struct follower *f, const struct checkpoint *c,
	const struct hash *edge, size_t edge_count);

/* The entry's header and signature are looked at; its data is the caller's. After
 * HEARD_FORK the tree is what it was: the follower stays with what it had first. */
enum heard follower_entry(struct follower *f, const struct entry *entry);
enum heard follower_checkpoint(struct follower *f, const struct checkpoint *c);

/*
 * Two operators have ordered (the caller checked it) that the hub of `next` reigns from
 * number last_number + 1 on. Entries of the old term beyond last_number that were accepted
 * are taken out of the tree: *superseded_from to *superseded_to - 1 (equal if none); the
 * caller keeps them as superseded. Errors: ERR_DUPLICATE (this takeover is known),
 * ERR_CONFLICT (term not newer, or last_number below an earlier takeover's), ERR_RANGE (so
 * far back that the right edge is gone: follow anew), ERR_NOMEM. Nothing changes on an
 * error.
 */
CHECKED enum err follower_take_over(struct follower *f, const struct reign *next,
	uint64_t last_number, uint64_t *superseded_from, uint64_t *superseded_to);

uint64_t follower_size(const struct follower *f);  /* entries in the tree */
uint64_t follower_wants(const struct follower *f); /* the number to ask for next */
/* The largest size that any believed checkpoint names; above follower_size() while behind.
 */
uint64_t follower_known_size(const struct follower *f);
struct hash follower_root(const struct follower *f);
uint32_t follower_term(const struct follower *f);
const struct tree *follower_tree(const struct follower *f);   /* borrowed */
const struct nodes *follower_nodes(const struct follower *f); /* borrowed; NULL without */

/* The newest checkpoint of the current term that the tree has reached and agrees with; NULL
 * if none yet. Borrowed until the next call that changes the follower. */
const struct checkpoint *follower_heartbeat(const struct follower *f);
/*
 * Is what we have the whole truth, as of at most 30 s ago by the caller's clock? Yes only
 * if that heartbeat is within 30 s of now_ms (one that is later than our clock by more
 * means that we do not know its age) and no fork is known in the current term. Heartbeats
 * that count entries which are withheld from us do not help: the tree has to reach them.
 */
bool follower_current(const struct follower *f, int64_t now_ms);

/* The first fork that was met, as proof for others; NULL if none, or if our own side of it
 * is too far back to prove. An accepted entry, too, can bring one to light: when a
 * checkpoint waited for it. Borrowed. */
const struct fork *follower_fork(const struct follower *f);

#endif
