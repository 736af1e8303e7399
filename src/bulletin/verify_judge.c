/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_judge.c: when all lines are in: what is missing, out of order or forked. */
#include "bulletin/verify_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct statement
statement_of_seen(const struct seen *seen)
{
	return statement_of_entry(&seen->header, &seen->signature);
}

/* ---- order ---- */

static int
by_number(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->header.number != y->header.number)
		return x->header.number < y->header.number ? -1 : 1;
	if (x->good != y->good)
		return x->good ? -1 : 1;
	return x->line < y->line ? -1 : 1;
}

static void
sort_seen(struct source *s)
{
	uint64_t highest = 0;

	for (size_t i = 0; i < s->seens; i++) {
		s->seen[i].late = s->seen[i].header.number < highest;
		if (s->seen[i].header.number > highest)
			highest = s->seen[i].header.number;
	}
	if (s->seens > 1)
		qsort(s->seen, s->seens, sizeof *s->seen, by_number);
}

/* Another line with the number of `kept`. */
static enum err
judge_twin(struct verifier *v, int source, const struct seen *kept, const struct seen *twin)
{
	struct finding f = {.kind = FINDING_REPEATED,
		.source = source,
		.line = twin->line,
		.number = twin->header.number,
		.count = 1};
	struct fork fork = {
		.first = statement_of_seen(kept), .second = statement_of_seen(twin)};

	if (hash_equal(&kept->leaf, &twin->leaf))
		return verify_found(v, f, "came more than once", NULL);
	if (!twin->good)
		return ERR_OK; /* reported as changed when it came */
	f.kind = FINDING_FORKED;
	return verify_found(
		v, f, "the hub signed two different entries with this number", &fork);
}

/* Leave one for each number. */
static enum err
drop_twins(struct verifier *v, int source)
{
	struct source *s = &v->source[source];
	size_t kept = 0;

	for (size_t i = 0; i < s->seens; i++) {
		enum err err;

		if (kept == 0 ||
			s->seen[kept - 1].header.number != s->seen[i].header.number) {
			s->seen[kept++] = s->seen[i];
			continue;
		}
		err = judge_twin(v, source, &s->seen[kept - 1], &s->seen[i]);
		if (err != ERR_OK)
			return err;
	}
	s->seens = kept;
	s->different = kept;
	return ERR_OK;
}

static enum err
missing(struct verifier *v, int source, uint64_t from, uint64_t to)
{
	struct finding f = {.kind = FINDING_MISSING,
		.source = source,
		.number = from,
		.count = to - from};

	return verify_found(v, f, "missing", NULL);
}

static enum err
judge_order(struct verifier *v, int source)
{
	struct source *s = &v->source[source];
	uint64_t next = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < s->seens && err == ERR_OK; i++) {
		const struct seen *seen = &s->seen[i];

		if (seen->header.number > next)
			err = missing(v, source, next, seen->header.number);
		if (err == ERR_OK && seen->late)
			err = verify_found(v,
				(struct finding){.kind = FINDING_REORDERED,
					.source = source,
					.line = seen->line,
					.number = seen->header.number,
					.count = 1},
				"came after a later one", NULL);
		next = seen->header.number + 1;
	}
	return err;
}

/* ---- the chain of roots ---- */

/* What entry `size` - 1 says of the tree of `size` entries. */
static struct statement
root_statement(const struct source *s, uint64_t size)
{
	struct statement st = statement_of_seen(&s->seen[size - 1]);
	struct tree before = nodes_tree(s->nodes, size - 1);

	st.has_edge = true;
	st.edge.count = tree_edge(st.edge.at, &before);
	return st;
}

static enum err
broken_chain(struct verifier *v, int source, const struct seen *seen)
{
	const struct source *s = &v->source[source];
	struct finding f = {.kind = FINDING_FORKED,
		.source = source,
		.line = seen->line,
		.number = seen->header.number,
		.count = 1};
	struct fork fork = {.second = statement_of_seen(seen)};

	/* An entry that is not signed explains it, and was reported. */
	if (!s->all_good || !seen->good)
		return ERR_OK;
	fork.first = root_statement(s, seen->header.number);
	return verify_found(
		v, f, "it was signed on top of other entries than these", &fork);
}

/* Grow the tree as long as each entry names the root of those before it. */
static enum err
judge_chain(struct verifier *v, int source)
{
	struct source *s = &v->source[source];

	s->all_good = true;
	for (size_t i = 0; i < s->seens && s->seen[i].header.number == i; i++) {
		const struct seen *seen = &s->seen[i];
		struct hash root = nodes_root(s->nodes, i);
		enum err err;

		if (!hash_equal(&root, &seen->header.root))
			return broken_chain(v, source, seen);
		/* A signed root over a header vouches for that header's bytes. */
		s->all_good = seen->good;
		err = nodes_append(s->nodes, &seen->leaf);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

/* ---- checkpoints ---- */

/* Does a signed checkpoint fit the entries of `source`, its own or the other one? */
static enum err
judge_checkpoint(struct verifier *v, int source, const struct seen_checkpoint *c, int from)
{
	const struct source *s = &v->source[source];
	uint64_t size = c->checkpoint.size;
	struct fork fork = {.second = statement_of_checkpoint(&c->checkpoint)};
	struct hash root;
	char what[160];

	if (size == 0 || size > nodes_size(s->nodes) || !s->seen[size - 1].good)
		return ERR_OK;
	root = nodes_root(s->nodes, size);
	if (hash_equal(&root, &c->checkpoint.root))
		return ERR_OK;
	fork.first = root_statement(s, size);
	snprintf(what, sizeof what,
		"the hub's checkpoint of %" PRIu64 " entries has another root than %s",
		size, source == from ? "these entries" : "the entries of the other source");
	return verify_found(v,
		(struct finding){.kind = FINDING_FORKED,
			.source = from,
			.line = c->line,
			.number = size - 1,
			.count = 1},
		what, &fork);
}

/* Entries at the end that the hub counts and the source keeps back. */
static enum err
judge_tail(struct verifier *v, int source)
{
	const struct source *s = &v->source[source];
	uint64_t have = s->seens > 0 ? s->seen[s->seens - 1].header.number + 1 : 0;
	uint64_t counted = have;

	for (size_t i = 0; i < s->checkpoints; i++)
		if (s->checkpoint[i].checkpoint.size > counted)
			counted = s->checkpoint[i].checkpoint.size;
	return counted > have ? missing(v, source, have, counted) : ERR_OK;
}

static enum err
judge_checkpoints(struct verifier *v, int source, int from)
{
	const struct source *s = &v->source[from];
	size_t before = v->findings;
	enum err err = ERR_OK;

	/* One is enough: every heartbeat after it says the same. */
	for (size_t i = 0; i < s->checkpoints && v->findings == before && err == ERR_OK;
		i++)
		err = judge_checkpoint(v, source, &s->checkpoint[i], from);
	return err;
}

/* ---- two sources ---- */

/* The first number at which both are signed and differ; all later ones differ with it. */
static enum err
judge_between(struct verifier *v, bool *differ)
{
	const struct source *a = &v->source[0], *b = &v->source[1];

	for (size_t i = 0, k = 0; i < a->seens && k < b->seens;) {
		const struct seen *x = &a->seen[i], *y = &b->seen[k];
		struct fork fork;

		i += x->header.number <= y->header.number;
		k += y->header.number <= x->header.number;
		if (x->header.number != y->header.number || !x->good || !y->good ||
			hash_equal(&x->leaf, &y->leaf))
			continue;
		*differ = true;
		fork = (struct fork){
			.first = statement_of_seen(x), .second = statement_of_seen(y)};
		return verify_found(v,
			(struct finding){.kind = FINDING_FORKED,
				.source = 1,
				.line = y->line,
				.number = y->header.number,
				.count = 1},
			"the other source has another entry with this number; the hub "
			"signed both",
			&fork);
	}
	return ERR_OK;
}

static int
by_place(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	if (x->source != y->source)
		return x->source - y->source;
	return (x->line > y->line) - (x->line < y->line);
}

static enum err
judge_source(struct verifier *v, int source)
{
	enum err err;

	sort_seen(&v->source[source]);
	err = drop_twins(v, source);
	if (err == ERR_OK)
		err = judge_order(v, source);
	if (err == ERR_OK)
		err = judge_chain(v, source);
	if (err == ERR_OK)
		err = judge_checkpoints(v, source, source);
	return err == ERR_OK ? judge_tail(v, source) : err;
}

enum err
verifier_end(struct verifier *v)
{
	bool differ = false;
	enum err err = judge_source(v, 0);

	if (err == ERR_OK)
		err = judge_source(v, 1);
	if (err == ERR_OK)
		err = judge_between(v, &differ);
	if (err == ERR_OK && !differ)
		err = judge_checkpoints(v, 0, 1);
	if (err == ERR_OK && !differ)
		err = judge_checkpoints(v, 1, 0);
	if (err == ERR_OK && v->findings > 1)
		qsort(v->finding, v->findings, sizeof *v->finding, by_place);
	return err;
}
