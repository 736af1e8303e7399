/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree.c: the right edge of a Merkle tree, and the judging of proofs. */
#include "bulletin/tree.h"

struct hash
tree_leaf(struct bytes leaf)
{
	static const uint8_t prefix = 0x00;

	return hash_of_parts((struct bytes[]){bytes_of(&prefix, 1), leaf}, 2);
}

struct hash
tree_node(const struct hash *left, const struct hash *right)
{
	static const uint8_t prefix = 0x01;

	return hash_of_parts(
		(struct bytes[]){bytes_of(&prefix, 1), bytes_of(left->at, sizeof left->at),
			bytes_of(right->at, sizeof right->at)},
		3);
}

enum err
tree_append(struct tree *tree, const struct hash *leaf)
{
	struct hash h = *leaf;
	unsigned level = 0;

	if (tree->size >= TREE_SIZE_MAX)
		return ERR_RANGE;
	/* As in adding one to a binary number: each set bit is a subtree that gets its twin. */
	for (; tree->size >> level & 1; level++)
		h = tree_node(&tree->edge[level], &h);
	tree->edge[level] = h;
	tree->size++;
	return ERR_OK;
}

struct hash
tree_root(const struct tree *tree)
{
	struct hash root = {{0}};
	bool begun = false;

	if (tree->size == 0)
		return hash_of(bytes_of(NULL, 0));
	for (unsigned level = 0; level < TREE_PROOF_MAX; level++) {
		if ((tree->size >> level & 1) == 0)
			continue;
		root = begun ? tree_node(&tree->edge[level], &root) : tree->edge[level];
		begun = true;
	}
	return root;
}

size_t
tree_edge_count(uint64_t size)
{
	size_t count = 0;

	for (; size > 0; size &= size - 1)
		count++;
	return count;
}

size_t
tree_edge(struct hash out[TREE_PROOF_MAX], const struct tree *tree)
{
	size_t count = 0;

	for (unsigned level = TREE_PROOF_MAX; level-- > 0;)
		if (tree->size >> level & 1)
			out[count++] = tree->edge[level];
	return count;
}

enum err
tree_from_edge(struct tree *out, uint64_t size, const struct hash *edge, size_t count)
{
	struct tree tree = {.size = size};
	size_t next = 0;

	if (size > TREE_SIZE_MAX)
		return ERR_RANGE;
	if (count != tree_edge_count(size))
		return ERR_FORMAT;
	for (unsigned level = TREE_PROOF_MAX; level-- > 0;)
		if (size >> level & 1)
			tree.edge[level] = edge[next++];
	*out = tree;
	return ERR_OK;
}

/* RFC 9162 section 2.1.3.2, by its names: fn and sn are the leaf's and the last leaf's place
 * on the level that has been reached. */
enum err
tree_verify_inclusion(const struct hash *leaf, uint64_t number, uint64_t size,
	const struct hash *root, const struct hash *proof, size_t count)
{
	uint64_t fn = number, sn = size - 1;
	struct hash r = *leaf;

	if (number >= size || size > TREE_SIZE_MAX)
		return ERR_RANGE;
	for (size_t i = 0; i < count; i++) {
		if (sn == 0)
			return ERR_CONFLICT;
		if ((fn & 1) || fn == sn) {
			r = tree_node(&proof[i], &r);
			/* The last leaf of a level without a twin rises as it is. fn is not 0. */
			for (; (fn & 1) == 0; fn >>= 1)
				sn >>= 1;
		} else {
			r = tree_node(&r, &proof[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && hash_equal(&r, root) ? ERR_OK : ERR_CONFLICT;
}

/* RFC 9162 section 2.1.4.2, steps 3 to 7. `at` is the root of the largest complete subtree at
 * the old tree's right edge; fn and sn are the last leaf's places, shifted to its level. */
static bool
extends(uint64_t fn, uint64_t sn, struct hash at, const struct hash *old_root,
	const struct hash *new_root, const struct hash *proof, size_t count)
{
	struct hash fr = at, sr = at;

	for (size_t i = 0; i < count; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) || fn == sn) {
			fr = tree_node(&proof[i], &fr);
			sr = tree_node(&proof[i], &sr);
			for (; (fn & 1) == 0; fn >>= 1)
				sn >>= 1;
		} else {
			sr = tree_node(&sr, &proof[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && hash_equal(&fr, old_root) && hash_equal(&sr, new_root);
}

enum err
tree_verify_consistency(uint64_t old_size, const struct hash *old_root, uint64_t new_size,
	const struct hash *new_root, const struct hash *proof, size_t count)
{
	uint64_t fn = old_size - 1, sn = new_size - 1;
	bool ok;

	if (old_size == 0 || old_size > new_size || new_size > TREE_SIZE_MAX)
		return ERR_RANGE;
	if (old_size == new_size)
		return count == 0 && hash_equal(old_root, new_root) ? ERR_OK : ERR_CONFLICT;
	if (count == 0)
		return ERR_CONFLICT;
	for (; fn & 1; fn >>= 1)
		sn >>= 1;
	/* Step 2: an old tree that is complete is its own first hash. */
	if (fn == 0)
		ok = extends(fn, sn, *old_root, old_root, new_root, proof, count);
	else
		ok = extends(fn, sn, proof[0], old_root, new_root, proof + 1, count - 1);
	return ok ? ERR_OK : ERR_CONFLICT;
}
