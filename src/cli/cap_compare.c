/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_compare.c: elements of one name are compared with those of the same name. */
#include "cli/cap_compare.h"

#include <stdlib.h>
#include <string.h>

/* The children of an element, by name; those of one name in their order. */
struct children {
	const struct cap_node **at;
	size_t count;
};

const char *
differs_name(enum differs d)
{
	static const char *const name[] = {
		"changed", "removed", "added", "reordered", "version"};

	return name[d];
}

/* ---- alike or not ---- */

/* Two versions of CAP are compared by names alone. */
static int
space_class(const struct cap_node *n)
{
	return n->space == CAP_SPACE_10 || n->space == CAP_SPACE_11 ? (int)CAP_SPACE_12
								    : (int)n->space;
}

static int
by_name(const struct cap_node *a, const struct cap_node *b)
{
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : space_class(a) - space_class(b);
}

/* Text beside elements is never blank: the tree drops blanks there. */
static bool
same_text(const struct comparison *c, const struct cap_node *a, const struct cap_node *b)
{
	if (c->exact)
		return bytes_equal(
			bytes_of(a->text, a->text_len), bytes_of(b->text, b->text_len));
	return bytes_equal(cap_trimmed(a), cap_trimmed(b));
}

static bool
counts(const struct comparison *c, const struct cap_node *n)
{
	return !c->skip_signatures || n->space != CAP_SPACE_DSIG;
}

static const struct cap_node *
next_that_counts(const struct comparison *c, const struct cap_node *n)
{
	while (n != NULL && !counts(c, n))
		n = n->next;
	return n;
}

/* The depth is bounded where the tree was read. */
static bool
same(const struct comparison *c, const struct cap_node *a, const struct cap_node *b)
{
	const struct cap_node *x = next_that_counts(c, a->first);
	const struct cap_node *y = next_that_counts(c, b->first);

	if (by_name(a, b) != 0 || !same_text(c, a, b))
		return false;
	while (x != NULL && y != NULL && same(c, x, y)) {
		x = next_that_counts(c, x->next);
		y = next_that_counts(c, y->next);
	}
	return x == NULL && y == NULL;
}

/* ---- telling ---- */

static void
tell(struct comparison *c, enum differs how, const struct cap_node *a,
	const struct cap_node *b)
{
	if (c->count == DIFFERENCES_MAX) {
		c->left_out++;
		return;
	}
	if (c->count == c->room) {
		size_t room = c->room != 0 ? 2 * c->room : 16;
		struct difference *more = arena_alloc(c->arena, room * sizeof *more);

		if (more == NULL) {
			c->err = ERR_NOMEM;
			return;
		}
		if (c->count > 0)
			memcpy(more, c->at, c->count * sizeof *more);
		c->at = more;
		c->room = room;
	}
	c->at[c->count++] = (struct difference){.how = how, .a = a, .b = b};
}

/* ---- matching ---- */

static int
compare_children(const void *x, const void *y)
{
	const struct cap_node *a = *(const struct cap_node *const *)x;
	const struct cap_node *b = *(const struct cap_node *const *)y;
	int order = by_name(a, b);

	if (order != 0)
		return order;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->column < b->column ? -1 : a->column > b->column;
}

static bool
children_of(struct comparison *c, struct children *out, const struct cap_node *parent)
{
	*out = (struct children){0};
	if (parent->children == 0)
		return true;
	out->at = arena_alloc(c->arena, parent->children * sizeof(struct cap_node *));
	if (out->at == NULL) {
		c->err = ERR_NOMEM;
		return false;
	}
	for (const struct cap_node *n = parent->first; n != NULL; n = n->next)
		if (counts(c, n))
			out->at[out->count++] = n;
	if (out->count > 1)
		qsort(out->at, out->count, sizeof(struct cap_node *), compare_children);
	return true;
}

/* How many at `from` have its name. */
static size_t
run_of(const struct children *list, size_t from)
{
	size_t n = 1;

	while (from + n < list->count && by_name(list->at[from], list->at[from + n]) == 0)
		n++;
	return n;
}

static void compare(
	struct comparison *c, const struct cap_node *a, const struct cap_node *b);

/* All of one name: what is alike at both ends is set aside, the rest is paired in order. */
static void
compare_group(struct comparison *c, const struct cap_node **a, size_t n,
	const struct cap_node **b, size_t m)
{
	while (n > 0 && m > 0 && same(c, a[0], b[0])) {
		a++, n--;
		b++, m--;
	}
	while (n > 0 && m > 0 && same(c, a[n - 1], b[m - 1])) {
		n--;
		m--;
	}
	for (size_t i = 0; i < n || i < m; i++) {
		if (i >= m)
			tell(c, DIFFERS_ONLY_A, a[i], NULL);
		else if (i >= n)
			tell(c, DIFFERS_ONLY_B, NULL, b[i]);
		else
			compare(c, a[i], b[i]);
	}
}

/* The same names as often; do they also come in the same order? */
static bool
same_order(const struct comparison *c, const struct cap_node *a, const struct cap_node *b)
{
	const struct cap_node *x = next_that_counts(c, a->first);
	const struct cap_node *y = next_that_counts(c, b->first);

	while (x != NULL && y != NULL && by_name(x, y) == 0) {
		x = next_that_counts(c, x->next);
		y = next_that_counts(c, y->next);
	}
	return x == NULL && y == NULL;
}

static void
compare(struct comparison *c, const struct cap_node *a, const struct cap_node *b)
{
	struct children x, y;
	size_t i = 0, j = 0;
	bool same_names = true;

	if (!same_text(c, a, b))
		tell(c, DIFFERS_TEXT, a, b);
	if (!children_of(c, &x, a) || !children_of(c, &y, b))
		return;
	while (i < x.count || j < y.count) {
		int order = i == x.count   ? 1
			    : j == y.count ? -1
					   : by_name(x.at[i], y.at[j]);
		size_t n = order <= 0 ? run_of(&x, i) : 0;
		size_t m = order >= 0 ? run_of(&y, j) : 0;

		compare_group(c, x.at + i, n, y.at + j, m);
		same_names &= n == m;
		i += n;
		j += m;
	}
	if (same_names && !same_order(c, a, b))
		tell(c, DIFFERS_ORDER, a, b);
}

static int
in_order(const void *x, const void *y)
{
	const struct difference *p = x, *q = y;
	const struct cap_node *a = p->a != NULL ? p->a : p->b;
	const struct cap_node *b = q->a != NULL ? q->a : q->b;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->column < b->column ? -1 : a->column > b->column;
}

enum err
cap_compare(struct comparison *c, const struct cap_node *a, const struct cap_node *b)
{
	if (by_name(a, b) != 0) {
		tell(c, DIFFERS_ONLY_A, a, NULL);
		tell(c, DIFFERS_ONLY_B, NULL, b);
		return c->err;
	}
	if (a->space != b->space)
		tell(c, DIFFERS_VERSION, a, b);
	compare(c, a, b);
	if (c->count > 1)
		qsort(c->at, c->count, sizeof *c->at, in_order);
	return c->err;
}
