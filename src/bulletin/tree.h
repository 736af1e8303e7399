/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree.h: the Merkle tree of RFC 6962 section 2.1 over SHA-256: its right edge and the
 * proofs about it. Making proofs needs every node: nodes.h. */
#ifndef BULLETIN_TREE_H
#define BULLETIN_TREE_H

#include "base/hash.h"

/* Sizes and numbers stay below 2^53, so that jq and JavaScript read them without loss. */
#define TREE_SIZE_MAX ((UINT64_C(1) << 53) - 1)
/* The longest edge, inclusion proof or consistency proof of a tree of that size. */
enum { TREE_PROOF_MAX = 54 };

/*
 * A tree of which only the right edge is kept: one root for each complete subtree, which is
 * one for each bit that is set in `size`. A plain value: start from {0}, copy by
 * assignment. edge[level] is the subtree of 2^level leaves; it means something where bit
 * `level` of size is set.
 */
struct tree {
	uint64_t size; /* leaves */
	struct hash edge[TREE_PROOF_MAX];
};

/* SHA-256(0x00 ‖ bytes): the hash of one leaf. */
struct hash tree_leaf(struct bytes leaf);
/* SHA-256(0x01 ‖ left ‖ right). */
struct hash tree_node(const struct hash *left, const struct hash *right);

/* One more leaf, at number tree->size. O(log n). Errors: ERR_RANGE (TREE_SIZE_MAX leaves).
 */
CHECKED enum err tree_append(struct tree *tree, const struct hash *leaf);
/* The root; of the empty tree it is the SHA-256 of nothing. */
struct hash tree_root(const struct tree *tree);

/* How many hashes the right edge of a tree of `size` leaves has. */
size_t tree_edge_count(uint64_t size);
/* Write the right edge, largest subtree first; gives their count. */
size_t tree_edge(struct hash out[TREE_PROOF_MAX], const struct tree *tree);
/*
 * The tree of `size` leaves that has this right edge. The caller compares tree_root() with
 * a root that somebody signed. Errors: ERR_RANGE (size), ERR_FORMAT (not the count for this
 * size).
 */
CHECKED enum err tree_from_edge(
	struct tree *out, uint64_t size, const struct hash *edge, size_t count);

/* A leaf's path or the proof that one tree extends another: `count` hashes in RFC 6962
 * order. */
struct proof {
	size_t count;
	struct hash at[TREE_PROOF_MAX];
};

/*
 * Is `leaf` (a leaf hash) number `number` in the tree of `size` leaves with this root?
 * RFC 9162 section 2.1.3.2. Errors: ERR_RANGE (number >= size), ERR_CONFLICT (it is not, or
 * the proof has too many or too few hashes).
 */
CHECKED enum err tree_verify_inclusion(const struct hash *leaf, uint64_t number,
	uint64_t size, const struct hash *root, const struct hash *proof, size_t count);

/*
 * Does the tree of `new_size` leaves begin with the tree of `old_size`? RFC 9162 section
 * 2.1.4.2. An old size of 0 proves nothing and is refused; equal sizes need an empty proof.
 * Errors: ERR_RANGE (sizes), ERR_CONFLICT.
 */
CHECKED enum err tree_verify_consistency(uint64_t old_size, const struct hash *old_root,
	uint64_t new_size, const struct hash *new_root, const struct hash *proof,
	size_t count);

#endif
