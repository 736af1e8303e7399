/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.c: taking in the lines of a bulletin, and keeping what is found wrong. */
#include "bulletin/verify.h"

#include "bulletin/verify_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *
finding_word(enum finding_kind kind)
{
	static const char *const word[] = {
		[FINDING_UNREADABLE] = "unreadable",
		[FINDING_CHANGED] = "changed",
		[FINDING_MISSING] = "missing",
		[FINDING_REORDERED] = "reordered",
		[FINDING_REPEATED] = "repeated",
		[FINDING_FORKED] = "forked",
		[FINDING_TERM] = "unknown term",
		[FINDING_SUPERSEDED] = "superseded",
	};

	return word[kind];
}

/* Room for one more of `size` bytes in a list that doubles. */
static enum err
list_room(void **list, size_t count, size_t size)
{
	void *more;

	if ((count & (count - 1)) != 0)
		return ERR_OK; /* grown at 0, 1, 2, 4 … */
	more = reallocarray(*list, count == 0 ? 1 : count * 2, size);
	if (more == NULL)
		return ERR_NOMEM;
	*list = more;
	return ERR_OK;
}

enum err
verifier_new(struct verifier **out, uint32_t territory, const struct reign *reign)
{
	struct verifier *v = calloc(1, sizeof *v);

	if (v == NULL)
		return ERR_NOMEM;
	v->territory = territory;
	if (list_room((void **)&v->rule, 0, sizeof *v->rule) != ERR_OK ||
		nodes_new(&v->source[0].nodes) != ERR_OK ||
		nodes_new(&v->source[1].nodes) != ERR_OK) {
		verifier_free(v);
		return ERR_NOMEM;
	}
	v->rule[v->rules++] = (struct verify_rule){*reign, 0};
	*out = v;
	return ERR_OK;
}

void
verifier_free(struct verifier *v)
{
	if (v == NULL)
		return;
	for (int s = 0; s < 2; s++) {
		nodes_free(v->source[s].nodes);
		free(v->source[s].seen);
		free(v->source[s].checkpoint);
	}
	for (size_t i = 0; i < v->findings; i++) {
		free(v->finding[i].words);
		free(v->finding[i].proof);
	}
	free(v->finding);
	free(v->rule);
	free(v);
}

enum err
verifier_take_over(struct verifier *v, const struct reign *next, uint64_t last_number)
{
	const struct verify_rule *now = &v->rule[v->rules - 1];

	if (next->term <= now->reign.term || last_number + 1 < now->first ||
		last_number >= TREE_SIZE_MAX)
		return ERR_CONFLICT;
	if (list_room((void **)&v->rule, v->rules, sizeof *v->rule) != ERR_OK)
		return ERR_NOMEM;
	v->rule[v->rules++] = (struct verify_rule){*next, last_number + 1};
	return ERR_OK;
}

/* ---- findings ---- */

/* The sentence: "source 2, line 7: entries 5 to 9: <what>". */
static char *
words_of(const struct verifier *v, const struct finding *f, const char *what)
{
	struct buffer b = {0};

	if (v->source[1].lines > 0)
		write_format(&b, "source %d, ", f->source + 1);
	if (f->line > 0)
		write_format(&b, "line %zu, ", f->line);
	if (f->count > 1)
		write_format(&b, "entries %" PRIu64 " to %" PRIu64 ": ", f->number,
			f->number + f->count - 1);
	else if (f->count == 1)
		write_format(&b, "entry %" PRIu64 ": ", f->number);
	write_text(&b, what);
	if (b.err == ERR_OK)
		return (char *)b.at;
	buffer_free(&b);
	return NULL;
}

/* The same again, of the number that follows: one finding. */
static bool
joins(const struct finding *last, const struct finding *f, const char *what)
{
	size_t len = strlen(last->words), tail = strlen(what);

	return f->kind != FINDING_UNREADABLE && f->kind != FINDING_FORKED &&
	       last->kind == f->kind && last->source == f->source && f->count == 1 &&
	       last->count > 0 && last->number + last->count == f->number && len >= tail &&
	       strcmp(last->words + len - tail, what) == 0;
}

enum err
verify_found(
	struct verifier *v, struct finding f, const char *what, const struct fork *fork)
{
	struct finding *last = v->findings > 0 ? &v->finding[v->findings - 1] : NULL;
	struct buffer proof = {0};
	char *words;

	if (last != NULL && joins(last, &f, what)) {
		f.number = last->number;
		f.count = last->count + 1;
		f.line = last->line;
		words = words_of(v, &f, what);
		if (words == NULL)
			return ERR_NOMEM;
		free(last->words);
		last->words = words;
		last->count++;
		return ERR_OK;
	}
	if (list_room((void **)&v->finding, v->findings, sizeof *v->finding) != ERR_OK)
		return ERR_NOMEM;
	if (fork != NULL)
		fork_write(&proof, fork);
	f.proof = (char *)proof.at;
	f.words = words_of(v, &f, what);
	if (f.words == NULL || proof.err != ERR_OK) {
		free(f.words);
		buffer_free(&proof);
		return ERR_NOMEM;
	}
	v->finding[v->findings++] = f;
	return ERR_OK;
}

/* ---- lines ---- */

const struct verify_rule *
verify_rule_of(const struct verifier *v, uint32_t term, uint64_t *end)
{
	for (size_t i = 0; i < v->rules; i++)
		if (v->rule[i].reign.term == term) {
			*end = i + 1 < v->rules ? v->rule[i + 1].first : UINT64_MAX;
			return &v->rule[i];
		}
	return NULL;
}

static enum err
take_entry(struct verifier *v, struct finding f, const struct entry *e, bool data_fits)
{
	struct source *s = &v->source[f.source];
	uint64_t end = 0;
	const struct verify_rule *rule = verify_rule_of(v, e->header.term, &end);
	bool ok;
	enum err err = ERR_OK;

	f.number = e->header.number;
	f.count = 1;
	f.kind = FINDING_CHANGED;
	if (e->header.territory != v->territory)
		return verify_found(v, f, "it is of another territory", NULL);
	f.kind = FINDING_TERM;
	if (rule == NULL || f.number < rule->first)
		return verify_found(
			v, f, "signed in a term that does not reign there", NULL);
	ok = entry_verify(&e->header, &e->signature, &rule->reign.hub);
	f.kind = ok && f.number >= end ? FINDING_SUPERSEDED : FINDING_CHANGED;
	if (f.kind == FINDING_SUPERSEDED)
		return verify_found(v, f, "of an old term, beyond its last number", NULL);
	if (!ok)
		err = verify_found(v, f, "the hub's signature does not fit it", NULL);
	else if (!data_fits)
		err = verify_found(v, f, "the data is not what was signed", NULL);
	if (err == ERR_OK)
		err = list_room((void **)&s->seen, s->seens, sizeof *s->seen);
	if (err == ERR_OK)
		s->seen[s->seens++] = (struct seen){
			e->header, e->signature, entry_leaf(&e->header), f.line, ok, false};
	return err;
}

static enum err
take_checkpoint(struct verifier *v, struct finding f, const struct checkpoint *c)
{
	struct source *s = &v->source[f.source];
	uint64_t end = 0;
	const struct verify_rule *rule = verify_rule_of(v, c->term, &end);
	enum err err;

	f.number = c->size;
	f.kind = FINDING_TERM;
	if (rule == NULL)
		return verify_found(
			v, f, "a checkpoint of a term that is not known here", NULL);
	f.kind = FINDING_CHANGED;
	if (c->territory != v->territory || !checkpoint_verify(c, &rule->reign.hub))
		return verify_found(v, f, "the hub has not signed this checkpoint", NULL);
	f.kind = FINDING_SUPERSEDED;
	if (c->size > end)
		return verify_found(
			v, f, "a checkpoint of an old term, beyond its last number", NULL);
	err = list_room((void **)&s->checkpoint, s->checkpoints, sizeof *s->checkpoint);
	if (err == ERR_OK)
		s->checkpoint[s->checkpoints++] = (struct seen_checkpoint){*c, f.line};
	return err;
}

enum err
verifier_line(struct verifier *v, int source, const char *line, size_t len)
{
	struct finding f = {.kind = FINDING_UNREADABLE, .source = source};
	struct arena *arena;
	struct entry e;
	struct checkpoint c;
	struct fault fault = {""};
	enum err err;

	f.line = ++v->source[source].lines;
	if (len > 0 && line[len - 1] == '\n')
		len--;
	if (len == 0)
		return ERR_OK;
	err = checkpoint_line_read(&c, NULL, line, len, NULL);
	if (err == ERR_OK)
		return take_checkpoint(v, f, &c);
	if (err != ERR_NOMEM)
		err = arena_new(&arena);
	if (err != ERR_OK)
		return err;
	err = entry_line_read(&e, arena, line, len, &fault);
	arena_free(arena);
	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK && err != ERR_CONFLICT)
		return verify_found(v, f, fault.text, NULL);
	return take_entry(v, f, &e, err == ERR_OK);
}

/* ---- answers ---- */

size_t
verifier_findings(const struct verifier *v)
{
	return v->findings;
}

const struct finding *
verifier_finding(const struct verifier *v, size_t i)
{
	return &v->finding[i];
}

uint64_t
verifier_entries(const struct verifier *v, int source)
{
	return v->source[source].different;
}

struct hash
verifier_root(const struct verifier *v, int source, uint64_t *size)
{
	*size = nodes_size(v->source[source].nodes);
	return nodes_root(v->source[source].nodes, *size);
}

bool
verifier_clean(const struct verifier *v)
{
	for (size_t i = 0; i < v->findings; i++)
		if (v->finding[i].kind != FINDING_SUPERSEDED &&
			v->finding[i].kind != FINDING_REPEATED)
			return false;
	return true;
}
