/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "bulletin/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "no_memory.h"

enum { MOST = 140 };

/* Leaves as the tests of Certificate Transparency use them, from
 * tests/data/bulletin/tree.tsv: the leaf in hexadecimal, and the root once it is in. */
struct vector {
	char leaf[64], root[65];
};

static size_t
vectors_read(struct vector *v, size_t max)
{
	FILE *file = fopen("tests/data/bulletin/tree.tsv", "r");
	char line[256];
	size_t n = 0;

	assert_non_null(file);
	while (n < max && fgets(line, sizeof line, file) != NULL)
		if (line[0] != '#') {
			assert_int_equal(
				sscanf(line, "%63[0-9a-f-]\t%64s", v[n].leaf, v[n].root),
				2);
			n++;
		}
	fclose(file);
	return n;
}

static struct hash
leaf_number(uint64_t n)
{
	return tree_leaf(bytes_of(&n, sizeof n));
}

static struct tree
tree_of(uint64_t size)
{
	struct tree t = {0};

	for (uint64_t i = 0; i < size; i++) {
		struct hash leaf = leaf_number(i);

		assert_int_equal(tree_append(&t, &leaf), ERR_OK);
	}
	return t;
}

static struct nodes *
nodes_of(uint64_t size)
{
	struct nodes *nodes;

	assert_int_equal(nodes_new(&nodes), ERR_OK);
	for (uint64_t i = 0; i < size; i++) {
		struct hash leaf = leaf_number(i);

		assert_int_equal(nodes_append(nodes, &leaf), ERR_OK);
	}
	return nodes;
}

/* MTH of RFC 6962 section 2.1, word for word: the judge of the faster code. */
static struct hash
root_by_the_book(uint64_t from, uint64_t to)
{
	struct hash left, right;
	uint64_t k = 1;

	if (to - from == 0)
		return hash_of(bytes_of(NULL, 0));
	if (to - from == 1)
		return leaf_number(from);
	while (k * 2 < to - from)
		k *= 2;
	left = root_by_the_book(from, from + k);
	right = root_by_the_book(from + k, to);
	return tree_node(&left, &right);
}

static void
the_known_leaves_give_the_known_roots(void **state)
{
	struct vector v[16];
	struct tree t = {0};
	char hex[65];
	size_t n = vectors_read(v, 16);

	(void)state;
	assert_int_equal(n, 8);
	for (size_t i = 0; i < n; i++) {
		uint8_t raw[32];
		size_t len = v[i].leaf[0] == '-' ? 0 : strlen(v[i].leaf) / 2;
		struct hash leaf, root;

		if (len > 0)
			assert_int_equal(hex_read(raw, len, v[i].leaf), ERR_OK);
		leaf = tree_leaf(bytes_of(raw, len));
		assert_int_equal(tree_append(&t, &leaf), ERR_OK);
		root = tree_root(&t);
		hex_write(hex, root.at, sizeof root.at);
		assert_string_equal(hex, v[i].root);
	}
}

static void
the_empty_tree_has_the_hash_of_nothing(void **state)
{
	struct tree t = {0};
	struct hash root = tree_root(&t), nothing = hash_of(bytes_of(NULL, 0));

	(void)state;
	assert_true(hash_equal(&root, &nothing));
	assert_int_equal(tree_edge_count(0), 0);
}

static void
every_size_has_the_root_of_the_book(void **state)
{
	struct nodes *nodes = nodes_of(MOST);

	(void)state;
	for (uint64_t size = 0; size <= MOST; size++) {
		struct tree t = tree_of(size);
		struct hash want = root_by_the_book(0, size), got = tree_root(&t);

		assert_true(hash_equal(&want, &got));
		got = nodes_root(nodes, size);
		assert_true(hash_equal(&want, &got));
	}
	nodes_free(nodes);
}

static void
a_tree_is_the_same_after_its_edge_went_over_the_wire(void **state)
{
	(void)state;
	for (uint64_t size = 0; size <= MOST; size++) {
		struct tree t = tree_of(size), back;
		struct hash edge[TREE_PROOF_MAX], a, b, leaf = leaf_number(size);
		size_t count = tree_edge(edge, &t);

		assert_int_equal(count, tree_edge_count(size));
		assert_int_equal(tree_from_edge(&back, size, edge, count), ERR_OK);
		assert_int_equal(tree_append(&t, &leaf), ERR_OK);
		assert_int_equal(tree_append(&back, &leaf), ERR_OK);
		a = tree_root(&t);
		b = tree_root(&back);
		assert_true(hash_equal(&a, &b));
		assert_int_equal(tree_from_edge(&back, size, edge, count + 1), ERR_FORMAT);
	}
}

static void
a_tree_ends_where_numbers_lose_precision(void **state)
{
	struct tree t = {.size = TREE_SIZE_MAX}, back;
	struct hash leaf = leaf_number(0), edge[TREE_PROOF_MAX];
	size_t count = tree_edge(edge, &t);

	(void)state;
	assert_int_equal(count, 53);
	assert_int_equal(tree_append(&t, &leaf), ERR_RANGE);
	assert_int_equal(tree_from_edge(&back, TREE_SIZE_MAX, edge, count), ERR_OK);
	assert_int_equal(tree_from_edge(&back, TREE_SIZE_MAX + 1, edge, 1), ERR_RANGE);
}

/* Flip one bit of each hash in turn: none may pass. */
static void
no_changed_path_passes(const struct proof *p, uint64_t number, uint64_t size,
	const struct hash *leaf, const struct hash *root)
{
	struct proof bad = *p;
	struct hash other = *leaf;

	for (size_t i = 0; i < p->count; i++) {
		bad.at[i].at[number % 32] ^= 4;
		assert_int_equal(
			tree_verify_inclusion(leaf, number, size, root, bad.at, bad.count),
			ERR_CONFLICT);
		bad.at[i] = p->at[i];
	}
	other.at[31] ^= 1;
	assert_int_equal(tree_verify_inclusion(&other, number, size, root, p->at, p->count),
		ERR_CONFLICT);
	bad.at[bad.count] = *root;
	assert_int_equal(
		tree_verify_inclusion(leaf, number, size, root, bad.at, bad.count + 1),
		ERR_CONFLICT);
	if (p->count > 0)
		assert_int_equal(tree_verify_inclusion(
					 leaf, number, size, root, p->at, p->count - 1),
			ERR_CONFLICT);
}

static void
every_leaf_is_proved_in_every_tree_and_no_other_is(void **state)
{
	struct nodes *nodes = nodes_of(MOST);
	struct proof p;

	(void)state;
	for (uint64_t size = 1; size <= MOST; size++) {
		struct hash root = nodes_root(nodes, size);

		for (uint64_t n = 0; n < size; n++) {
			struct hash leaf = nodes_leaf(nodes, n);

			assert_int_equal(nodes_prove_inclusion(&p, nodes, n, size), ERR_OK);
			assert_int_equal(
				tree_verify_inclusion(&leaf, n, size, &root, p.at, p.count),
				ERR_OK);
			no_changed_path_passes(&p, n, size, &leaf, &root);
			assert_int_equal(tree_verify_inclusion(
						 &leaf, size, size, &root, p.at, p.count),
				ERR_RANGE);
		}
		assert_int_equal(nodes_prove_inclusion(&p, nodes, size, size), ERR_RANGE);
	}
	assert_int_equal(nodes_prove_inclusion(&p, nodes, 0, MOST + 1), ERR_RANGE);
	nodes_free(nodes);
}

static void
every_tree_is_proved_to_extend_each_before_it_and_no_other(void **state)
{
	struct nodes *nodes = nodes_of(MOST);
	struct proof p;

	(void)state;
	for (uint64_t new = 1; new <= MOST; new ++)
		for (uint64_t old = 1; old <= new; old++) {
			struct hash a = nodes_root(nodes, old), b = nodes_root(nodes, new);
			struct hash wrong = a;

			assert_int_equal(
				nodes_prove_consistency(&p, nodes, old, new), ERR_OK);
			assert_int_equal(
				tree_verify_consistency(old, &a, new, &b, p.at, p.count),
				ERR_OK);
			wrong.at[3] ^= 8;
			assert_int_equal(tree_verify_consistency(
						 old, &wrong, new, &b, p.at, p.count),
				ERR_CONFLICT);
			assert_int_equal(tree_verify_consistency(
						 old, &a, new, &wrong, p.at, p.count),
				ERR_CONFLICT);
			p.at[p.count] = a;
			assert_int_equal(tree_verify_consistency(
						 old, &a, new, &b, p.at, p.count + 1),
				ERR_CONFLICT);
			if (p.count > 0)
				assert_int_equal(tree_verify_consistency(old, &a, new, &b,
							 p.at, p.count - 1),
					ERR_CONFLICT);
			for (size_t i = 0; i < p.count; i++) {
				p.at[i].at[9] ^= 1;
				assert_int_equal(tree_verify_consistency(
							 old, &a, new, &b, p.at, p.count),
					ERR_CONFLICT);
				p.at[i].at[9] ^= 1;
			}
		}
	assert_int_equal(nodes_prove_consistency(&p, nodes, 0, 1), ERR_RANGE);
	assert_int_equal(nodes_prove_consistency(&p, nodes, 2, 1), ERR_RANGE);
	assert_int_equal(nodes_prove_consistency(&p, nodes, 1, MOST + 1), ERR_RANGE);
	nodes_free(nodes);
}

static void
sizes_out_of_reach_are_refused(void **state)
{
	struct hash h = leaf_number(1);

	(void)state;
	assert_int_equal(tree_verify_inclusion(&h, 0, UINT64_MAX, &h, &h, 1), ERR_RANGE);
	assert_int_equal(tree_verify_inclusion(&h, 0, 0, &h, &h, 0), ERR_RANGE);
	assert_int_equal(tree_verify_consistency(0, &h, 1, &h, &h, 0), ERR_RANGE);
	assert_int_equal(tree_verify_consistency(2, &h, 1, &h, &h, 0), ERR_RANGE);
	assert_int_equal(tree_verify_consistency(1, &h, UINT64_MAX, &h, &h, 1), ERR_RANGE);
	assert_int_equal(tree_verify_consistency(1, &h, 2, &h, &h, 0), ERR_CONFLICT);
}

static void
leaves_that_are_cut_off_leave_no_trace(void **state)
{
	struct nodes *nodes = nodes_of(100);
	struct hash want, got, other = leaf_number(4711);

	(void)state;
	nodes_cut(nodes, 100);
	nodes_cut(nodes, 200);
	assert_int_equal(nodes_size(nodes), 100);
	nodes_cut(nodes, 37);
	assert_int_equal(nodes_append(nodes, &other), ERR_OK);
	nodes_cut(nodes, 37);
	for (uint64_t i = 37; i < 64; i++) {
		struct hash leaf = leaf_number(i);

		assert_int_equal(nodes_append(nodes, &leaf), ERR_OK);
	}
	want = root_by_the_book(0, 64);
	got = nodes_root(nodes, 64);
	assert_true(hash_equal(&want, &got));
	nodes_free(nodes);
	nodes_free(NULL);
}

static void
without_memory_a_tree_stays_what_it_was(void **state)
{
	struct nodes *nodes;
	struct hash want = root_by_the_book(0, 64), got;

	(void)state;
	fail_after = 0;
	assert_int_equal(nodes_new(&nodes), ERR_NOMEM);
	nodes = nodes_of(0);
	for (uint64_t i = 0; i < 64; i++) {
		struct hash leaf = leaf_number(i);

		for (int n = 0; n < 7; n++) {
			enum err err;

			fail_after = n;
			err = nodes_append(nodes, &leaf);
			fail_after = -1;
			if (err == ERR_OK)
				nodes_cut(nodes, i);
			assert_int_equal(nodes_size(nodes), i);
		}
		assert_int_equal(nodes_append(nodes, &leaf), ERR_OK);
	}
	got = nodes_root(nodes, 64);
	assert_true(hash_equal(&want, &got));
	nodes_free(nodes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_known_leaves_give_the_known_roots),
		cmocka_unit_test(the_empty_tree_has_the_hash_of_nothing),
		cmocka_unit_test(every_size_has_the_root_of_the_book),
		cmocka_unit_test(a_tree_is_the_same_after_its_edge_went_over_the_wire),
		cmocka_unit_test(a_tree_ends_where_numbers_lose_precision),
		cmocka_unit_test(every_leaf_is_proved_in_every_tree_and_no_other_is),
		cmocka_unit_test(
			every_tree_is_proved_to_extend_each_before_it_and_no_other),
		cmocka_unit_test(sizes_out_of_reach_are_refused),
		cmocka_unit_test(leaves_that_are_cut_off_leave_no_trace),
		cmocka_unit_test(without_memory_a_tree_stays_what_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
