/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_chain.c: `belfry cap chain`: what is live after each of several messages. */
#include "cli/cap_verbs.h"

#include "base/text.h"
#include "cap/live.h"
#include "cli/cap_input.h"
#include "cli/cap_words.h"
#include "cli/files.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>

const struct option_line cap_chain_options[] = {
	{"at", "TIME",
		"what is live then, as 2026-11-22T10:00:00+04:00 (else nothing expires)"},
	{"own-only", NULL, "let only the sender itself end its messages"},
	CAP_LANG_OPTION,
	{NULL, NULL, NULL},
};

struct following {
	struct run *run;
	struct cap_live *live;
	int64_t at_ms;
	int code;
};

/* One message's row. */
struct row {
	const char *path, *outcome;
	struct fault why;
	const struct cap_live_entry *live;
	size_t live_count;
};

static void
write_json(const struct row *r)
{
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < r->live_count; i++) {
		struct bytes id = r->live[i].identifier;

		json_array_append_new(list, json_stringn((const char *)id.at, id.len));
	}
	json_object_set_new(o, "file", words_json(r->path));
	json_object_set_new(o, "outcome", json_string(r->outcome));
	json_object_set_new(o, "live", list);
	json_object_set_new(o, "why", words_json(r->why.text));
	words_json_line(o);
}

static const char *
outcome_words(const char *outcome)
{
	static const char *const word[] = {N_("accepted"), N_("duplicate"), N_("refused")};

	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (strcmp(word[i], outcome) == 0)
			return told(word[i]);
	return outcome;
}

static void
write_words(const struct row *r)
{
	struct buffer b = {0};

	words_line(&b, r->path, strlen(r->path));
	write_format(&b, ": %s\n  %s", outcome_words(r->outcome), told(N_("live:")));
	for (size_t i = 0; i < r->live_count; i++) {
		struct bytes id = r->live[i].identifier;

		write_text(&b, i > 0 ? ", " : " ");
		words_line(&b, (const char *)id.at, id.len);
	}
	if (r->live_count == 0)
		write_format(&b, " %s", told(N_("none")));
	if (r->why.text[0] != '\0') {
		write_text(&b, "\n  ");
		words_line(&b, r->why.text, strlen(r->why.text));
	}
	puts(buffer_text(&b));
	buffer_free(&b);
}

/* The worst of all rows is how it ends. */
static void
refuse(struct following *f, struct row *r, int code)
{
	r->outcome = cap_live_outcome_name(CAP_LIVE_REFUSED);
	f->code = code > f->code ? code : f->code;
}

static enum err
take_message(struct following *f, struct row *r, struct arena *arena, struct bytes document,
	const struct cap_node *alert)
{
	struct cap_live_answer answer;
	struct cap_live_message m;
	enum err err = cap_live_read(&m, arena, alert, document, &r->why);

	if (err == ERR_FORMAT) {
		refuse(f, r, CAP_EXIT_FOUND);
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	err = cap_live_take(f->live, &answer, &m);
	if (err != ERR_OK)
		return err;
	r->outcome = cap_live_outcome_name(answer.outcome);
	r->why = answer.why;
	if (answer.outcome == CAP_LIVE_REFUSED)
		refuse(f, r, CAP_EXIT_FOUND);
	return ERR_OK;
}

static enum err
take_document(
	struct following *f, struct row *r, struct arena *arena, struct bytes document)
{
	struct cap_findings findings = {.arena = arena, .translate = words_translate};
	struct cap_tree tree;
	enum err err = cap_tree_read(&tree, arena, document, NULL, &findings);

	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK) {
		fault_write(&r->why, "%s", findings.count > 0 ? findings.at[0].text : "");
		refuse(f, r, CAP_EXIT_FOUND);
		return ERR_OK;
	}
	if (tree.format == CAP_FORMAT_12 || tree.format == CAP_FORMAT_11 ||
		tree.format == CAP_FORMAT_10)
		return take_message(f, r, arena, document, tree.root);
	fault_write(&r->why, "%s", told(N_("It is not a message of CAP.")));
	refuse(f, r, CAP_EXIT_TROUBLE);
	return ERR_OK;
}

static enum err
follow_in(
	struct following *f, const char *path, struct arena *arena, struct buffer *document)
{
	struct row r = {.path = path, .why = {""}};
	struct cap_live_entry *live;
	enum err err = input_read(document, path, CAP_BYTES_MAX, &r.why);

	if (err == ERR_NOMEM)
		return err;
	if (err == ERR_OK)
		err = take_document(f, &r, arena, buffer_bytes(document));
	else
		refuse(f, &r, CAP_EXIT_TROUBLE);
	if (r.outcome == NULL)
		return err;
	err = cap_live_list(&live, &r.live_count, arena, f->live, f->at_ms);
	if (err != ERR_OK)
		return err;
	r.live = live;
	if (f->run->json)
		write_json(&r);
	else
		write_words(&r);
	return ERR_OK;
}

static enum err
follow(struct following *f, const char *path)
{
	struct buffer document = {0};
	struct arena *arena;
	enum err err = arena_new(&arena);

	if (err != ERR_OK)
		return err;
	err = follow_in(f, path, arena, &document);
	buffer_free(&document);
	arena_free(arena);
	return err;
}

static int
follow_all(struct following *f)
{
	struct cap_inputs in;
	enum err err = inputs_of_run(f->run, &in);

	if (err != ERR_OK)
		return fail_err(f->run, err, NULL);
	for (size_t i = 0; err == ERR_OK && i < in.count; i++)
		err = follow(f, in.path[i]);
	if (in.unreadable > 0)
		f->code = CAP_EXIT_TROUBLE;
	inputs_free(&in);
	return err == ERR_OK ? f->code : fail_err(f->run, err, NULL);
}

int
cap_verb_chain(struct run *run)
{
	const char *at = run_option(run, "at");
	struct cap_live_options options = {
		.own_only = run_has(run, "own-only"), .translate = words_translate};
	struct following f = {.run = run, .at_ms = CAP_LIVE_ALWAYS, .code = EXIT_GOOD};
	enum err err;
	int code = words_begin_in_one_of_ours(run);

	if (code != EXIT_GOOD)
		return code;
	if (at != NULL && time_read(&f.at_ms, at, strlen(at)) != ERR_OK)
		return fail(run, EXIT_USAGE,
			"--at %s: write it as 2026-11-22T10:00:00+04:00", at);
	err = cap_live_new(&f.live, &options);
	if (err != ERR_OK)
		return fail_err(run, err, NULL);
	code = follow_all(&f);
	cap_live_free(f.live);
	return code;
}
