/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fork.c: when two signed statements about one tree cannot both be true. */
#include "bulletin/fork.h"

#include "bulletin/lines.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { FORK_MAX = 32768 };

struct statement
statement_of_checkpoint(const struct checkpoint *c)
{
	return (struct statement){.what = STATEMENT_CHECKPOINT, .checkpoint = *c};
}

struct statement
statement_of_entry(const struct entry_header *header, const struct signature *s)
{
	return (struct statement){
		.what = STATEMENT_ENTRY, .header = *header, .signature = *s};
}

/* ---- JSON ---- */

static void
statement_write(struct buffer *out, const struct statement *s)
{
	uint8_t room[512];
	struct buffer text = buffer_over(room, sizeof room);

	if (s->what == STATEMENT_CHECKPOINT) {
		checkpoint_write(&text, &s->checkpoint);
		write_text(out, "{\"checkpoint\":");
		write_json_text(out, buffer_bytes(&text));
	} else {
		entry_header_write(&text, &s->header);
		write_text(out, "{\"entry\":");
		write_json_text(out, buffer_bytes(&text));
		write_text(out, ",\"signature\":");
		write_json_base64(out, s->signature.at, sizeof s->signature.at);
		if (s->has_edge) {
			write_text(out, ",\"edge\":");
			write_json_hashes(out, s->edge.at, s->edge.count);
		}
	}
	write_text(out, "}");
}

void
fork_write(struct buffer *out, const struct fork *fork)
{
	write_text(out, "{\"fork\":1,\"first\":");
	statement_write(out, &fork->first);
	write_text(out, ",\"second\":");
	statement_write(out, &fork->second);
	write_text(out, ",\"prefix\":");
	write_json_base64(out, fork->prefix.at, sizeof fork->prefix.at);
	write_text(out, ",\"proof\":");
	write_json_hashes(out, fork->proof.at, fork->proof.count);
	write_text(out, "}\n");
}

static enum err
entry_statement_read(struct statement *s, const json_t *object, struct fault *fault)
{
	struct bytes text;
	enum err err = object_text(&text, object, "entry", fault);

	s->what = STATEMENT_ENTRY;
	if (err == ERR_OK)
		err = entry_header_read(&s->header, (const char *)text.at, text.len, fault);
	if (err == ERR_OK)
		err = object_base64(s->signature.at, sizeof s->signature.at, object,
			"signature", fault);
	s->has_edge = json_object_get(object, "edge") != NULL;
	if (err == ERR_OK && s->has_edge)
		err = object_hashes(&s->edge, object, "edge", fault);
	return err;
}

static enum err
statement_read(
	struct statement *s, const json_t *fork, const char *key, struct fault *fault)
{
	const json_t *object = json_object_get(fork, key);
	struct bytes text;
	enum err err;

	if (json_object_get(object, "checkpoint") == NULL)
		return entry_statement_read(s, object, fault);
	s->what = STATEMENT_CHECKPOINT;
	err = object_text(&text, object, "checkpoint", fault);
	if (err != ERR_OK)
		return err;
	return checkpoint_read(&s->checkpoint, (const char *)text.at, text.len, fault);
}

enum err
fork_read(struct fork *out, const char *json, size_t len, struct fault *fault)
{
	struct fork fork = {0};
	json_t *object;
	enum err err = object_read(&object, json, len, FORK_MAX, fault);

	if (err != ERR_OK)
		return err;
	if (json_integer_value(json_object_get(object, "fork")) != 1)
		err = fault_set(fault, ERR_VERSION, "no \"fork\":1: not a proof of a fork");
	if (err == ERR_OK)
		err = statement_read(&fork.first, object, "first", fault);
	if (err == ERR_OK)
		err = statement_read(&fork.second, object, "second", fault);
	if (err == ERR_OK)
		err = object_base64(
			fork.prefix.at, sizeof fork.prefix.at, object, "prefix", fault);
	if (err == ERR_OK)
		err = object_hashes(&fork.proof, object, "proof", fault);
	json_decref(object);
	if (err == ERR_OK)
		*out = fork;
	return err;
}

/* ---- judging ---- */

/* What a statement says: at `size` the root is `root`. */
struct claim {
	uint32_t territory, term;
	uint64_t size;
	struct hash root;
	char words[96];
};

static const struct public_key *
hub_of(const struct reign *reigns, size_t count, uint32_t term)
{
	for (size_t i = 0; i < count; i++)
		if (reigns[i].term == term)
			return &reigns[i].hub;
	return NULL;
}

static bool
signed_by(const struct statement *s, const struct public_key *hub)
{
	if (s->what == STATEMENT_CHECKPOINT)
		return checkpoint_verify(&s->checkpoint, hub);
	return entry_verify(&s->header, &s->signature, hub);
}

static enum err
claim_of_entry(struct claim *out, const struct statement *s, struct fault *words)
{
	const struct entry_header *h = &s->header;
	struct hash leaf = entry_leaf(h), root;
	struct tree tree;

	*out = (struct claim){h->territory, h->term, h->number, h->root, ""};
	snprintf(out->words, sizeof out->words, "entry %" PRIu64, h->number);
	if (!s->has_edge)
		return ERR_OK;
	if (tree_from_edge(&tree, h->number, s->edge.at, s->edge.count) != ERR_OK)
		return fault_set(words, ERR_REFUSED, "the edge of %s has the wrong length",
			out->words);
	root = tree_root(&tree);
	if (!hash_equal(&root, &h->root))
		return fault_set(words, ERR_REFUSED,
			"the edge of %s is not that of the tree before it", out->words);
	if (tree_append(&tree, &leaf) != ERR_OK)
		return fault_set(
			words, ERR_REFUSED, "%s has no place in a tree", out->words);
	out->size = tree.size;
	out->root = tree_root(&tree);
	return ERR_OK;
}

static enum err
claim_of(struct claim *out, const struct statement *s, const struct reign *reigns,
	size_t count, struct fault *words)
{
	const struct checkpoint *c = &s->checkpoint;
	bool is_entry = s->what == STATEMENT_ENTRY;
	uint32_t term = is_entry ? s->header.term : c->term;
	const struct public_key *hub = hub_of(reigns, count, term);
	char time[TIME_TEXT];

	if (hub == NULL)
		return fault_set(words, ERR_UNKNOWN,
			"the hub's key of term %" PRIu32 " is not known here", term);
	if (!signed_by(s, hub))
		return fault_set(words, ERR_SIGNATURE,
			"the hub of term %" PRIu32 " has not signed the %s: "
			"this proves nothing",
			term, is_entry ? "entry" : "checkpoint");
	if (is_entry)
		return claim_of_entry(out, s, words);
	time_write(time, c->time_ms);
	*out = (struct claim){c->territory, c->term, c->size, c->root, ""};
	snprintf(out->words, sizeof out->words,
		"the checkpoint of %" PRIu64 " entries of %s", c->size, time);
	return ERR_OK;
}

/* Two entries that stand at one number, or two roots at one size. */
static bool
contradict(const struct fork *fork, const struct claim *a, const struct claim *b)
{
	if (fork->first.what == STATEMENT_ENTRY && fork->second.what == STATEMENT_ENTRY &&
		fork->first.header.number == fork->second.header.number) {
		struct hash x = entry_leaf(&fork->first.header);
		struct hash y = entry_leaf(&fork->second.header);

		if (!hash_equal(&x, &y))
			return true;
	}
	if (a->size == b->size)
		return !hash_equal(&a->root, &b->root);
	if (b->size < a->size)
		return contradict(fork, b, a);
	/* The larger tree began with `prefix`, and the smaller statement says otherwise. */
	return !hash_equal(&a->root, &fork->prefix) &&
	       tree_verify_consistency(a->size, &fork->prefix, b->size, &b->root,
		       fork->proof.at, fork->proof.count) == ERR_OK;
}

enum err
fork_judge(const struct fork *fork, const struct reign *reigns, size_t count,
	struct fault *words)
{
	struct claim a, b;
	char key[9];
	enum err err = claim_of(&a, &fork->first, reigns, count, words);

	if (err == ERR_OK)
		err = claim_of(&b, &fork->second, reigns, count, words);
	if (err != ERR_OK)
		return err;
	if (a.territory != b.territory)
		return fault_set(words, ERR_REFUSED,
			"they speak of two territories: this proves nothing");
	if (!contradict(fork, &a, &b))
		return fault_set(words, ERR_REFUSED,
			"%s and %s can both be true: this proves nothing", a.words,
			b.words);
	if (a.term != b.term)
		return fault_set(words, ERR_OK,
			"The hub of term %" PRIu32 " signed %s, the hub of term %" PRIu32
			" signed %s, and they cannot both be true. One of the two hubs did "
			"not "
			"tell everybody the same, unless the older statement lies beyond "
			"the "
			"last number that the takeover names.",
			a.term, a.words, b.term, b.words);
	public_key_short(key, hub_of(reigns, count, a.term));
	return fault_set(words, ERR_OK,
		"The hub with key %s signed, in term %" PRIu32
		", %s and %s, which cannot both "
		"be true. It told different people different things, or somebody else "
		"signs with its key.",
		key, a.term, a.words, b.words);
}

enum err
fork_check(const char *json, size_t len, const struct reign *reigns, size_t count,
	struct fault *words)
{
	struct fork fork;
	enum err err = fork_read(&fork, json, len, words);

	return err == ERR_OK ? fork_judge(&fork, reigns, count, words) : err;
}
