/* SPDX-License-Identifier: GPL-3.0-or-later */
/* follow.c: a reader's own tree, grown by what is signed and fits, and by nothing else. */
#include "bulletin/follow.h"

#include "bulletin/lines.h"

#include <stdlib.h>
#include <string.h>

enum { PENDING = 8 };

/* One hub's reign: it writes the numbers from `first` to the next rule's first - 1. */
struct rule {
	struct reign reign;
	uint64_t first;
};

struct recent {
	struct entry_header header;
	struct signature signature;
	struct hash leaf;
};

struct follower {
	uint32_t territory;
	verify_fn *verify; /* NULL: signature_verify() */
	void *verify_ctx;
	struct rule *rule; /* terms rise; the last one is the current */
	size_t rules;
	struct tree tree;
	struct nodes *nodes; /* NULL: right edge only */
	/* The last entries, entry n at [n % FOLLOW_RECENT], and the tree before the oldest.
	 */
	struct recent recent[FOLLOW_RECENT];
	size_t recents;
	struct tree base;
	/* Signed checkpoints that count entries which are not here yet. */
	struct checkpoint pending[PENDING];
	size_t pendings;
	struct checkpoint heartbeat;
	bool has_heartbeat;
	struct fork *fork; /* the first one met */
	bool forked;	   /* in the current term */
};

const char *
heard_word(enum heard heard)
{
	static const char *const word[] = {
		[HEARD_ACCEPTED] = "accepted",
		[HEARD_REPEAT] = "repeat",
		[HEARD_OLD] = "old",
		[HEARD_GAP] = "gap",
		[HEARD_SUPERSEDED] = "superseded",
		[HEARD_TERM] = "unknown term",
		[HEARD_REFUSED] = "refused",
		[HEARD_FORK] = "fork",
		[HEARD_NOMEM] = "out of memory",
	};

	return word[heard];
}

enum err
follower_new(struct follower **out, uint32_t territory, const struct reign *reign,
	bool keep_nodes)
{
	struct follower *f = calloc(1, sizeof *f);

	if (f == NULL)
		return ERR_NOMEM;
	f->rule = malloc(sizeof *f->rule);
	if (f->rule == NULL || (keep_nodes && nodes_new(&f->nodes) != ERR_OK)) {
		follower_free(f);
		return ERR_NOMEM;
	}
	f->territory = territory;
	f->rule[0] = (struct rule){*reign, 0};
	f->rules = 1;
	*out = f;
	return ERR_OK;
}

void
follower_set_verify(struct follower *f, verify_fn *verify, void *ctx)
{
	f->verify = verify;
	f->verify_ctx = ctx;
}

void
follower_free(struct follower *f)
{
	if (f == NULL)
		return;
	nodes_free(f->nodes);
	free(f->fork);
	free(f->rule);
	free(f);
}

/* ---- what is known of earlier numbers ---- */

static const struct recent *
recent_at(const struct follower *f, uint64_t number)
{
	if (number >= f->tree.size || f->tree.size - number > f->recents)
		return NULL;
	return &f->recent[number % FOLLOW_RECENT];
}

static bool
leaf_at(struct hash *out, const struct follower *f, uint64_t number)
{
	const struct recent *recent = recent_at(f, number);

	if (recent != NULL)
		*out = recent->leaf;
	else if (f->nodes != NULL)
		*out = nodes_leaf(f->nodes, number);
	else
		return false;
	return true;
}

static bool
root_at(struct hash *out, const struct follower *f, uint64_t size)
{
	const struct recent *recent = recent_at(f, size);

	if (size == f->tree.size)
		*out = tree_root(&f->tree);
	else if (recent != NULL)
		*out = recent->header.root;
	else if (f->nodes != NULL)
		*out = nodes_root(f->nodes, size);
	else
		return false;
	return true;
}

/* The tree as it was at a size that is not before the oldest recent entry; with nodes at
 * any. */
static struct tree
tree_at(const struct follower *f, uint64_t size)
{
	struct tree tree = f->base;

	if (f->nodes != NULL)
		return nodes_tree(f->nodes, size);
	while (tree.size < size)
		(void)!tree_append(&tree, &f->recent[tree.size % FOLLOW_RECENT].leaf);
	return tree;
}

/* ---- forks ---- */

/* A signed statement from which our root at `size` follows. */
static bool
own_statement(struct fork *fork, const struct follower *f, uint64_t size)
{
	/* Below 0 is beyond the end, where nothing is. */
	const struct recent *at = recent_at(f, size), *before = recent_at(f, size - 1);
	const struct recent *newest = recent_at(f, f->tree.size - 1);
	struct tree tree;

	if (at != NULL) {
		fork->first = statement_of_entry(&at->header, &at->signature);
		return true;
	}
	if (f->has_heartbeat && f->heartbeat.size == size) {
		fork->first = statement_of_checkpoint(&f->heartbeat);
		return true;
	}
	if (before != NULL) {
		fork->first = statement_of_entry(&before->header, &before->signature);
		fork->first.has_edge = true;
		tree = tree_at(f, size - 1);
		fork->first.edge.count = tree_edge(fork->first.edge.at, &tree);
		return true;
	}
	if (f->nodes == NULL || newest == NULL)
		return false;
	fork->first = statement_of_entry(&newest->header, &newest->signature);
	fork->prefix = nodes_root(f->nodes, size);
	return nodes_prove_consistency(
		       &fork->proof, f->nodes, size, newest->header.number) == ERR_OK;
}

static enum heard
keep_fork(struct follower *f, const struct fork *fork, uint32_t term)
{
	if (term == f->rule[f->rules - 1].reign.term)
		f->forked = true;
	if (f->fork == NULL)
		f->fork = malloc(sizeof *f->fork);
	else
		return HEARD_FORK;
	if (f->fork != NULL)
		*f->fork = *fork;
	return HEARD_FORK;
}

/* `other` says that at `size` the root is another than ours. */
static enum heard
fork_at(struct follower *f, const struct statement *other, uint64_t size, uint32_t term)
{
	struct fork fork = {.second = *other};

	if (own_statement(&fork, f, size))
		return keep_fork(f, &fork, term);
	if (term == f->rule[f->rules - 1].reign.term)
		f->forked = true;
	return HEARD_FORK;
}

/* Another entry at a number that is in the tree. */
static enum heard
fork_entry(struct follower *f, const struct entry *e)
{
	const struct recent *recent = recent_at(f, e->header.number);
	struct statement other = statement_of_entry(&e->header, &e->signature);
	struct fork fork = {.second = other};
	struct hash root;
	struct tree tree;

	if (recent != NULL) {
		fork.first = statement_of_entry(&recent->header, &recent->signature);
		return keep_fork(f, &fork, e->header.term);
	}
	root = nodes_root(f->nodes, e->header.number);
	if (!hash_equal(&root, &e->header.root))
		return fork_at(f, &other, e->header.number, e->header.term);
	/* On the same tree: then it is the tree after it that differs. */
	tree = tree_at(f, e->header.number);
	other.has_edge = true;
	other.edge.count = tree_edge(other.edge.at, &tree);
	return fork_at(f, &other, e->header.number + 1, e->header.term);
}

/* ---- what arrives ---- */

/* The rule of a term, or NULL with the reason. */
static const struct rule *
rule_of(const struct follower *f, uint32_t term, enum heard *why)
{
	for (size_t i = 0; i < f->rules; i++)
		if (f->rule[i].reign.term == term)
			return &f->rule[i];
	*why = term > f->rule[f->rules - 1].reign.term ? HEARD_TERM : HEARD_REFUSED;
	return NULL;
}

/* One beyond the last number that a rule may write. */
static uint64_t
rule_end(const struct follower *f, const struct rule *rule)
{
	return rule == &f->rule[f->rules - 1] ? UINT64_MAX : rule[1].first;
}

/* Of more entries, or later; unless the one that is here was dated by a clock that was set back. */
static bool
is_newer(const struct checkpoint *c, const struct checkpoint *kept)
{
	return c->size > kept->size || c->time_ms > kept->time_ms ||
	       c->time_ms < kept->time_ms - CHECKPOINT_FRESH_MS;
}

/* A checkpoint whose size the tree has reached. */
static enum heard
judge_checkpoint(struct follower *f, const struct checkpoint *c)
{
	struct statement other;
	struct hash root;

	if (!root_at(&root, f, c->size))
		return HEARD_OLD;
	if (!hash_equal(&root, &c->root)) {
		other = statement_of_checkpoint(c);
		return fork_at(f, &other, c->size, c->term);
	}
	if (c->term == f->rule[f->rules - 1].reign.term &&
		(!f->has_heartbeat || is_newer(c, &f->heartbeat))) {
		f->heartbeat = *c;
		f->has_heartbeat = true;
	}
	return HEARD_ACCEPTED;
}

/* The tree has grown: which checkpoints can be judged now? */
static void
judge_pending(struct follower *f)
{
	size_t left = 0;

	for (size_t i = 0; i < f->pendings; i++)
		if (f->pending[i].size > f->tree.size)
			f->pending[left++] = f->pending[i];
		else
			(void)judge_checkpoint(f, &f->pending[i]);
	f->pendings = left;
}

static enum heard
accept(struct follower *f, const struct entry *e, const struct hash *leaf)
{
	struct recent *place = &f->recent[e->header.number % FOLLOW_RECENT];

	if (f->nodes != NULL && nodes_append(f->nodes, leaf) != ERR_OK)
		return HEARD_NOMEM;
	if (f->recents < FOLLOW_RECENT)
		f->recents++;
	else
		(void)!tree_append(&f->base, &place->leaf);
	*place = (struct recent){e->header, e->signature, *leaf};
	(void)!tree_append(&f->tree, leaf);
	judge_pending(f);
	return HEARD_ACCEPTED;
}

static bool
verified(const struct follower *f, const struct public_key *hub, struct bytes text,
	const struct signature *signature)
{
	return f->verify != NULL ? f->verify(f->verify_ctx, hub, text, signature)
				 : signature_verify(hub, text, signature);
}

static bool
checkpoint_good(
	const struct follower *f, const struct checkpoint *c, const struct public_key *hub)
{
	uint8_t room[CHECKPOINT_MAX], key_id[4];
	struct buffer text = buffer_over(room, sizeof room);

	checkpoint_key_id(key_id, c->territory, hub);
	checkpoint_text(&text, c);
	return memcmp(key_id, c->key_id, sizeof key_id) == 0 &&
	       verified(f, hub, buffer_bytes(&text), &c->signature);
}

enum heard
follower_entry(struct follower *f, const struct entry *e)
{
	uint8_t room[ENTRY_HEADER_MAX];
	struct buffer text = buffer_over(room, sizeof room);
	struct hash leaf, known;
	uint64_t number = e->header.number;
	bool have = number < f->tree.size;
	const struct rule *rule;
	struct statement other;
	enum heard why;

	if (e->header.territory != f->territory)
		return HEARD_REFUSED;
	entry_header_write(&text, &e->header);
	leaf = tree_leaf(buffer_bytes(&text));
	if (have && leaf_at(&known, f, number) && hash_equal(&known, &leaf))
		return HEARD_REPEAT;
	rule = rule_of(f, e->header.term, &why);
	if (rule == NULL)
		return why;
	if (number < rule->first ||
		!verified(f, &rule->reign.hub, buffer_bytes(&text), &e->signature))
		return HEARD_REFUSED;
	if (number >= rule_end(f, rule))
		return HEARD_SUPERSEDED;
	if (number > f->tree.size)
		return HEARD_GAP;
	if (have)
		return leaf_at(&known, f, number) ? fork_entry(f, e) : HEARD_OLD;
	known = tree_root(&f->tree);
	if (hash_equal(&known, &e->header.root))
		return accept(f, e, &leaf);
	other = statement_of_entry(&e->header, &e->signature);
	return fork_at(f, &other, number, e->header.term);
}

/* A checkpoint beyond the tree waits; of too many the oldest goes. */
static enum heard
await_checkpoint(struct follower *f, const struct checkpoint *c)
{
	struct fork fork;

	for (size_t i = 0; i < f->pendings; i++) {
		if (f->pending[i].size != c->size)
			continue;
		if (!hash_equal(&f->pending[i].root, &c->root)) {
			fork = (struct fork){
				.first = statement_of_checkpoint(&f->pending[i]),
				.second = statement_of_checkpoint(c)};
			return keep_fork(f, &fork, c->term);
		}
		if (c->time_ms > f->pending[i].time_ms)
			f->pending[i] = *c;
		return HEARD_GAP;
	}
	if (f->pendings == PENDING)
		memmove(f->pending, f->pending + 1, --f->pendings * sizeof *f->pending);
	f->pending[f->pendings++] = *c;
	return HEARD_GAP;
}

enum heard
follower_checkpoint(struct follower *f, const struct checkpoint *c)
{
	const struct rule *rule;
	enum heard why;

	if (c->territory != f->territory)
		return HEARD_REFUSED;
	rule = rule_of(f, c->term, &why);
	if (rule == NULL)
		return why;
	if (!checkpoint_good(f, c, &rule->reign.hub))
		return HEARD_REFUSED;
	if (c->size > rule_end(f, rule))
		return HEARD_SUPERSEDED;
	if (f->has_heartbeat && memcmp(c->signature.at, f->heartbeat.signature.at,
					sizeof c->signature.at) == 0)
		return HEARD_REPEAT;
	return c->size > f->tree.size ? await_checkpoint(f, c) : judge_checkpoint(f, c);
}

enum err
follower_join(struct follower *f, const struct checkpoint *c, const struct hash *edge,
	size_t edge_count)
{
	const struct reign *reign = &f->rule[f->rules - 1].reign;
	struct tree tree;
	struct hash root;
	enum err err;

	/* A heartbeat of the empty tree tells nothing: the first entry was on its way. */
	if (f->tree.size > 0 || f->nodes != NULL ||
		(f->has_heartbeat && (f->heartbeat.size > 0 || c->size == 0)) ||
		c->territory != f->territory || c->term != reign->term)
		return ERR_REFUSED;
	if (!checkpoint_good(f, c, &reign->hub))
		return ERR_SIGNATURE;
	err = tree_from_edge(&tree, c->size, edge, edge_count);
	if (err != ERR_OK)
		return err;
	root = tree_root(&tree);
	if (!hash_equal(&root, &c->root))
		return ERR_CONFLICT;
	f->tree = tree;
	f->base = tree;
	f->heartbeat = *c;
	f->has_heartbeat = true;
	judge_pending(f);
	return ERR_OK;
}

/* ---- another hub ---- */

static enum err
take_over_allowed(const struct follower *f, const struct reign *next, uint64_t last_number)
{
	const struct rule *now = &f->rule[f->rules - 1];

	for (size_t i = 1; i < f->rules; i++)
		if (f->rule[i].reign.term == next->term)
			return f->rule[i].first == last_number + 1 &&
					       public_key_equal(
						       &f->rule[i].reign.hub, &next->hub)
				       ? ERR_DUPLICATE
				       : ERR_CONFLICT;
	/* Before ERR_RANGE, which says "follow anew": nobody does so under a term that is over. */
	if (next->term <= now->reign.term)
		return ERR_CONFLICT;
	if (last_number >= TREE_SIZE_MAX)
		return ERR_RANGE;
	if (last_number + 1 < now->first)
		return ERR_CONFLICT;
	if (f->nodes == NULL && last_number + 1 < f->base.size)
		return ERR_RANGE;
	return ERR_OK;
}

/* Back to the tree as it was at `size`. */
static void
roll_back(struct follower *f, uint64_t size)
{
	uint64_t oldest = f->tree.size - f->recents;
	struct tree tree = tree_at(f, size);

	if (f->nodes != NULL)
		nodes_cut(f->nodes, size);
	f->tree = tree;
	f->recents = size > oldest ? (size_t)(size - oldest) : 0;
	if (f->recents == 0)
		f->base = tree;
}

enum err
follower_take_over(struct follower *f, const struct reign *next, uint64_t last_number,
	uint64_t *superseded_from, uint64_t *superseded_to)
{
	enum err err = take_over_allowed(f, next, last_number);
	struct rule *rule;
	size_t left = 0;

	if (err != ERR_OK)
		return err;
	rule = reallocarray(f->rule, f->rules + 1, sizeof *rule);
	if (rule == NULL)
		return ERR_NOMEM;
	f->rule = rule;
	f->rule[f->rules++] = (struct rule){*next, last_number + 1};
	*superseded_to = f->tree.size;
	if (f->tree.size > last_number + 1)
		roll_back(f, last_number + 1);
	*superseded_from = f->tree.size;
	for (size_t i = 0; i < f->pendings; i++)
		if (f->pending[i].size <= last_number + 1)
			f->pending[left++] = f->pending[i];
	f->pendings = left;
	f->has_heartbeat = false;
	f->forked = false;
	return ERR_OK;
}

/* ---- what is known ---- */

uint64_t
follower_size(const struct follower *f)
{
	return f->tree.size;
}

uint64_t
follower_wants(const struct follower *f)
{
	return f->tree.size;
}

uint64_t
follower_known_size(const struct follower *f)
{
	uint64_t size = f->tree.size;

	for (size_t i = 0; i < f->pendings; i++)
		if (f->pending[i].size > size)
			size = f->pending[i].size;
	return size;
}

struct hash
follower_root(const struct follower *f)
{
	return tree_root(&f->tree);
}

uint32_t
follower_term(const struct follower *f)
{
	return f->rule[f->rules - 1].reign.term;
}

const struct tree *
follower_tree(const struct follower *f)
{
	return &f->tree;
}

const struct nodes *
follower_nodes(const struct follower *f)
{
	return f->nodes;
}

const struct checkpoint *
follower_heartbeat(const struct follower *f)
{
	return f->has_heartbeat ? &f->heartbeat : NULL;
}

bool
follower_current(const struct follower *f, int64_t now_ms)
{
	int64_t age_ms;

	if (!f->has_heartbeat || f->forked)
		return false;
	age_ms = now_ms - f->heartbeat.time_ms;
	return age_ms <= CHECKPOINT_FRESH_MS && age_ms >= -CHECKPOINT_FRESH_MS;
}

const struct fork *
follower_fork(const struct follower *f)
{
	return f->fork;
}
