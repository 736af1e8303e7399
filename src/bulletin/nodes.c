/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nodes.c: all complete subtrees, level by level; what is incomplete is computed when
 * asked. */
#include "bulletin/nodes.h"

#include <stdlib.h>

/* level[l] holds size >> l hashes, each over 2^l leaves; what lies behind them means
 * nothing. */
struct nodes {
	uint64_t size;
	struct buffer level[TREE_PROOF_MAX];
};

enum err
nodes_new(struct nodes **out)
{
	struct nodes *nodes = calloc(1, sizeof *nodes);

	if (nodes == NULL)
		return ERR_NOMEM;
	*out = nodes;
	return ERR_OK;
}

void
nodes_free(struct nodes *nodes)
{
	if (nodes == NULL)
		return;
	for (size_t l = 0; l < TREE_PROOF_MAX; l++)
		buffer_free(&nodes->level[l]);
	free(nodes);
}

static const struct hash *
node_at(const struct nodes *nodes, unsigned level, uint64_t index)
{
	return (const struct hash *)(nodes->level[level].at + index * sizeof(struct hash));
}

static enum err
node_put(struct nodes *nodes, unsigned level, uint64_t index, const struct hash *h)
{
	struct buffer *b = &nodes->level[level];

	b->len = index * sizeof *h;
	b->err = ERR_OK;
	write_bytes(b, h->at, sizeof h->at);
	return b->err;
}

/* Memory ends long before the levels do. */
enum err
nodes_append(struct nodes *nodes, const struct hash *leaf)
{
	uint64_t size = nodes->size + 1;
	struct hash h = *leaf;

	for (unsigned l = 0;; l++) {
		enum err err = node_put(nodes, l, (size >> l) - 1, &h);

		if (err != ERR_OK)
			return err;
		if (size >> l & 1)
			break;
		h = tree_node(node_at(nodes, l, (size >> l) - 2), &h);
	}
	nodes->size = size;
	return ERR_OK;
}

void
nodes_cut(struct nodes *nodes, uint64_t size)
{
	if (size < nodes->size)
		nodes->size = size;
}

uint64_t
nodes_size(const struct nodes *nodes)
{
	return nodes->size;
}

struct hash
nodes_leaf(const struct nodes *nodes, uint64_t number)
{
	return *node_at(nodes, 0, number);
}

struct tree
nodes_tree(const struct nodes *nodes, uint64_t size)
{
	struct tree tree = {.size = size};

	for (unsigned l = 0; l < TREE_PROOF_MAX; l++)
		if (size >> l & 1)
			tree.edge[l] = *node_at(nodes, l, (size >> l) - 1);
	return tree;
}

struct hash
nodes_root(const struct nodes *nodes, uint64_t size)
{
	struct tree tree = nodes_tree(nodes, size);

	return tree_root(&tree);
}

/* The root over the leaves from..to-1, where from is a multiple of the least power of two
 * that is not less than to - from: as RFC 6962 section 2.1 cuts a tree. */
static struct hash
part_root(const struct nodes *nodes, uint64_t from, uint64_t to)
{
	struct tree tree = {.size = to - from};
	uint64_t at = from;

	for (unsigned l = TREE_PROOF_MAX; l-- > 0;)
		if (tree.size >> l & 1) {
			tree.edge[l] = *node_at(nodes, l, at >> l);
			at += UINT64_C(1) << l;
		}
	return tree_root(&tree);
}

/* The largest power of two below n; n > 1. */
static uint64_t
split_of(uint64_t n)
{
	uint64_t k = 1;

	while (k * 2 < n)
		k *= 2;
	return k;
}

static void
reverse(struct proof *proof)
{
	for (size_t i = 0; i < proof->count / 2; i++) {
		struct hash h = proof->at[i];

		proof->at[i] = proof->at[proof->count - 1 - i];
		proof->at[proof->count - 1 - i] = h;
	}
}

/* PATH(m, D[n]) of RFC 6962 section 2.1.1, from the root down. */
enum err
nodes_prove_inclusion(
	struct proof *out, const struct nodes *nodes, uint64_t number, uint64_t size)
{
	uint64_t from = 0, to = size;

	if (number >= size || size > nodes->size)
		return ERR_RANGE;
	out->count = 0;
	while (to - from > 1) {
		uint64_t middle = from + split_of(to - from);

		if (number < middle) {
			out->at[out->count++] = part_root(nodes, middle, to);
			to = middle;
		} else {
			out->at[out->count++] = part_root(nodes, from, middle);
			from = middle;
		}
	}
	reverse(out);
	return ERR_OK;
}

/* SUBPROOF(m, D[n], b) of RFC 6962 section 2.1.2, from the root down; b holds while from is
 * 0. */
enum err
nodes_prove_consistency(
	struct proof *out, const struct nodes *nodes, uint64_t old_size, uint64_t new_size)
{
	uint64_t from = 0, to = new_size;

	if (old_size == 0 || old_size > new_size || new_size > nodes->size)
		return ERR_RANGE;
	out->count = 0;
	while (to != old_size) {
		uint64_t middle = from + split_of(to - from);

		if (old_size <= middle) {
			out->at[out->count++] = part_root(nodes, middle, to);
			to = middle;
		} else {
			out->at[out->count++] = part_root(nodes, from, middle);
			from = middle;
		}
	}
	if (from > 0)
		out->at[out->count++] = part_root(nodes, from, to);
	reverse(out);
	return ERR_OK;
}
