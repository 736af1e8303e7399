/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nodes.h: every hash of a Merkle tree in memory (about 64 bytes a leaf), to make proofs
 * from. */
#ifndef BULLETIN_NODES_H
#define BULLETIN_NODES_H

#include "bulletin/tree.h"

struct nodes;

/* On success the caller owns *out and frees it with nodes_free(). Errors: ERR_NOMEM. */
CHECKED enum err nodes_new(struct nodes **out);
void nodes_free(struct nodes *nodes); /* NULL is fine */

/* One more leaf. Nothing changes on an error. Errors: ERR_NOMEM. */
CHECKED enum err nodes_append(struct nodes *nodes, const struct hash *leaf);
/* Forget all leaves from number `size` on; nothing to do if there are none. */
void nodes_cut(struct nodes *nodes, uint64_t size);

uint64_t nodes_size(const struct nodes *nodes);
/* The leaf hash of a number below nodes_size(). */
struct hash nodes_leaf(const struct nodes *nodes, uint64_t number);
/* The root that the tree had, or has, at `size` <= nodes_size(). */
struct hash nodes_root(const struct nodes *nodes, uint64_t size);
/* The right edge that the tree had at `size` <= nodes_size(). */
struct tree nodes_tree(const struct nodes *nodes, uint64_t size);

/* The path of leaf `number` in the tree of `size`. Errors: ERR_RANGE unless number < size
 * <= nodes_size(). */
CHECKED enum err nodes_prove_inclusion(
	struct proof *out, const struct nodes *nodes, uint64_t number, uint64_t size);
/* That the tree of `new_size` begins with that of `old_size`. Errors: ERR_RANGE unless
 * 1 <= old_size <= new_size <= nodes_size(). */
CHECKED enum err nodes_prove_consistency(
	struct proof *out, const struct nodes *nodes, uint64_t old_size, uint64_t new_size);

#endif
