/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_check.c: `belfry cap check`: what is right and wrong in files of CAP. */
#include "cli/cap_verbs.h"

#include "cap/envelope.h"
#include "cli/cap_input.h"
#include "cli/cap_words.h"
#include "cli/files.h"
#include "cli/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct option_line cap_check_options[] = {
	{"profile", "NAME",
		"ipaws, cap-au, cap-cp, google, wmo, meteoalarm or uk-cb, too; may be "
		"repeated"},
	{"inside", NULL, "check also each alert that stands in a feed or envelope"},
	{"max-bytes", "N", "what a file may have (else 4194304)"},
	CAP_LANG_OPTION,
	{NULL, NULL, NULL},
};

struct checking {
	struct run *run;
	struct cap_check_options options;
	struct progress progress;
	bool inside;
	size_t verdicts[CAP_NOT_CAP + 1];
	size_t levels[CAP_ERROR + 1];
	size_t files, unreadable;
};

/* What was judged: a file, or something in it. */
struct judged {
	const char *path;
	const char *inside;    /* XPath in the file; NULL: the file itself */
	bool lines_of_its_own; /* it stood there as base64 */
	const char *format;
	enum cap_verdict verdict;
};

/* ---- one document as JSON ---- */

static json_t *
finding_json(const struct cap_finding *at)
{
	json_t *o = json_object();

	json_object_set_new(o, "level", json_string(cap_level_name(at->level)));
	json_object_set_new(o, "rule", json_integer(at->rule));
	json_object_set_new(o, "line", json_integer(at->line));
	json_object_set_new(o, "column", json_integer(at->column));
	json_object_set_new(o, "xpath", words_json(at->xpath));
	json_object_set_new(o, "text", words_json(at->text));
	return o;
}

static void
write_json(const struct judged *j, const struct cap_findings *f)
{
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < f->count; i++)
		json_array_append_new(list, finding_json(&f->at[i]));
	json_object_set_new(o, "file", words_json(j->path));
	if (j->inside != NULL)
		json_object_set_new(o, "inside", words_json(j->inside));
	json_object_set_new(o, "verdict", json_string(cap_verdict_name(j->verdict)));
	json_object_set_new(o, "findings", list);
	if (f->left_out > 0)
		json_object_set_new(o, "left_out", json_integer((json_int_t)f->left_out));
	words_json_line(o);
}

static void
write_unreadable_json(const char *path, const char *why)
{
	json_t *o = json_object();

	json_object_set_new(o, "file", words_json(path));
	json_object_set_new(o, "verdict", json_null());
	json_object_set_new(o, "error", words_json(why));
	json_object_set_new(o, "findings", json_array());
	words_json_line(o);
}

/* ---- one document in words ---- */

static const char *
level_hue(enum cap_level level)
{
	static const enum hue of[] = {
		[CAP_NOTE] = HUE_BOLD, [CAP_WARNING] = HUE_YELLOW, [CAP_ERROR] = HUE_RED};

	return hue(of[level]);
}

static void
write_name(struct buffer *b, const struct judged *j, bool inside_too)
{
	words_line(b, j->path, strlen(j->path));
	if (j->inside != NULL && inside_too) {
		write_text(b, " ");
		words_line(b, j->inside, strlen(j->inside));
	}
}

/* file:line:column: level, rule, XPath: the sentence; as compilers do, so that editors jump. */
static void
write_finding(const struct judged *j, const struct cap_finding *at)
{
	struct buffer b = {0};

	write_name(&b, j, j->lines_of_its_own);
	if (at->line > 0)
		write_format(&b, ":%u:%u", at->line, at->column);
	write_format(&b, ": %s%s%s [%d]", level_hue(at->level), words_level(at->level),
		hue(HUE_NONE), at->rule);
	if (at->xpath[0] != '\0') {
		write_text(&b, " ");
		words_line(&b, at->xpath, strlen(at->xpath));
	}
	write_text(&b, ": ");
	words_line(&b, at->text, strlen(at->text));
	puts(buffer_text(&b));
	buffer_free(&b);
}

static void
write_words(const struct judged *j, const struct cap_findings *f)
{
	struct buffer b = {0};

	for (size_t i = 0; i < f->count; i++)
		write_finding(j, &f->at[i]);
	write_name(&b, j, true);
	write_format(&b, ": %s (%s)", words_verdict(j->verdict), j->format);
	write_text(&b, ": ");
	write_format(&b, told(N_("errors %zu, warnings %zu, notes %zu")),
		f->levels[CAP_ERROR], f->levels[CAP_WARNING], f->levels[CAP_NOTE]);
	if (f->left_out > 0)
		write_format(&b, told(N_("; %zu more are not shown")), f->left_out);
	puts(buffer_text(&b));
	buffer_free(&b);
}

/* ---- checking ---- */

static void
report(struct checking *c, const struct judged *j, const struct cap_findings *f)
{
	progress_hide(&c->progress);
	for (size_t i = 0; i <= CAP_ERROR; i++)
		c->levels[i] += f->levels[i];
	c->verdicts[j->verdict]++;
	if (c->run->json)
		write_json(j, f);
	else
		write_words(j, f);
}

static void
report_unreadable(struct checking *c, const char *path, const char *why)
{
	struct buffer b = {0};

	progress_hide(&c->progress);
	words_line(&b, why, strlen(why));
	fprintf(stderr, "belfry cap %s: %s\n", c->run->verb->name, buffer_text(&b));
	buffer_free(&b);
	c->unreadable++;
	if (c->run->json)
		write_unreadable_json(path, why);
}

static struct cap_findings
findings_in(struct arena *arena)
{
	return (struct cap_findings){.arena = arena, .translate = words_translate};
}

/* Of a document that stood there in base64 it is not known here. */
static const char *
version_name(const struct cap_carried *c)
{
	if (c->kind == CAP_CARRIES_DOCUMENT)
		return "base64";
	if (c->at->space == CAP_SPACE_12)
		return cap_format_name(CAP_FORMAT_12);
	return cap_format_name(
		c->at->space == CAP_SPACE_11 ? CAP_FORMAT_11 : CAP_FORMAT_10);
}

static enum err
check_carried(struct checking *c, const char *path, struct arena *arena,
	const struct cap_carried *at)
{
	struct judged j = {.path = path,
		.lines_of_its_own = at->kind == CAP_CARRIES_DOCUMENT,
		.format = version_name(at)};
	struct cap_findings f = findings_in(arena);
	struct buffer where = {0};
	enum err err = cap_carried_check(&j.verdict, arena, at, &c->options, &f);

	cap_xpath(&where, at->at);
	j.inside = buffer_text(&where);
	if (err == ERR_OK)
		report(c, &j, &f);
	buffer_free(&where);
	return err;
}

static enum err
check_inside(struct checking *c, const char *path, struct arena *arena,
	const struct cap_envelope *e)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < e->count; i++)
		if (e->at[i].kind != CAP_CARRIES_LINK)
			err = check_carried(c, path, arena, &e->at[i]);
	return err;
}

/* What a feed holds is told by a note, so that nobody believes that it was checked. */
static enum err
check_envelope(struct checking *c, struct cap_envelope *e, struct arena *arena,
	const struct cap_tree *tree, struct cap_findings *f)
{
	enum err err = cap_envelope_open(e, arena, tree);
	size_t links = 0;

	if (err != ERR_OK)
		return err;
	cap_envelope_findings(e, f);
	for (size_t i = 0; i < e->count; i++)
		links += e->at[i].kind == CAP_CARRIES_LINK;
	cap_find(f, CAP_NOTE, 1, tree->root,
		N_("Alerts that stand in it: %zu; links to alerts: %zu. Only --inside "
		   "checks the alerts; links are not followed."),
		e->count - links, links);
	if (!c->inside)
		e->count = 0;
	return f->err;
}

static enum err
check_document(
	struct checking *c, const char *path, struct arena *arena, struct bytes document)
{
	struct cap_findings f = findings_in(arena);
	struct cap_envelope e = {.count = 0};
	struct cap_tree tree = {.format = CAP_FORMAT_NONE};
	struct judged j = {.path = path, .verdict = CAP_INVALID};
	enum err err = ERR_OK;

	if (document.len > c->options.limits.bytes)
		cap_find(&f, CAP_ERROR, 1, NULL,
			N_("The document has more than %zu bytes; nothing was read. "
			   "--max-bytes sets the limit."),
			c->options.limits.bytes);
	else
		err = cap_check(&j.verdict, &tree, arena, document, &c->options, &f);
	if (err == ERR_OK && j.verdict == CAP_FEED)
		err = check_envelope(c, &e, arena, &tree, &f);
	if (err != ERR_OK)
		return err;
	j.format = cap_format_name(tree.format);
	report(c, &j, &f);
	return check_inside(c, path, arena, &e);
}

static enum err
check_path(struct checking *c, const char *path)
{
	struct buffer document = {0};
	struct fault fault = {""};
	struct arena *arena;
	enum err err = arena_new(&arena);

	if (err != ERR_OK)
		return err;
	err = input_read(&document, path, c->options.limits.bytes, &fault);
	if (err == ERR_IO) {
		report_unreadable(c, path, fault.text);
		err = ERR_OK;
	} else if (err == ERR_OK || err == ERR_RANGE) {
		c->files++;
		err = check_document(c, path, arena, buffer_bytes(&document));
	}
	buffer_free(&document);
	arena_free(arena);
	return err;
}

static void
write_totals(const struct checking *c)
{
	printf(told(N_("Files %zu: valid %zu, with warnings %zu, invalid %zu, bad "
		       "signature %zu, older CAP %zu, feeds %zu, not CAP %zu; "
		       "unreadable %zu.\n")),
		c->files, c->verdicts[CAP_VALID], c->verdicts[CAP_WARN],
		c->verdicts[CAP_INVALID], c->verdicts[CAP_BAD_SIGNATURE],
		c->verdicts[CAP_LEGACY], c->verdicts[CAP_FEED], c->verdicts[CAP_NOT_CAP],
		c->unreadable);
}

static int
profiles_of_run(struct run *run, uint32_t *out)
{
	const char *name;

	for (int n = 0; (name = run_option_at(run, "profile", n)) != NULL; n++) {
		enum cap_profile p;

		if (cap_profile_of_name(&p, name) != ERR_OK)
			return fail(run, EXIT_USAGE,
				"--profile %s: there is no such profile", name);
		*out |= UINT32_C(1) << p;
	}
	return EXIT_GOOD;
}

static int
check_all(struct checking *c)
{
	struct cap_inputs in;
	enum err err = inputs_of_run(c->run, &in);

	if (err != ERR_OK)
		return fail_err(c->run, err, NULL);
	c->progress.total = in.count;
	for (size_t i = 0; err == ERR_OK && i < in.count; i++) {
		err = check_path(c, in.path[i]);
		progress_at(&c->progress, i + 1);
	}
	progress_hide(&c->progress);
	c->unreadable += in.unreadable;
	if (err == ERR_OK && in.count == 0 && in.unreadable == 0)
		report_unreadable(
			c, c->run->argument[0], told(N_("no *.xml or *.cap in there")));
	if (err == ERR_OK && !c->run->json && in.count > 1)
		write_totals(c);
	inputs_free(&in);
	if (err != ERR_OK)
		return fail_err(c->run, err, NULL);
	if (c->unreadable > 0 || c->verdicts[CAP_NOT_CAP] > 0)
		return CAP_EXIT_TROUBLE;
	return c->levels[CAP_ERROR] > 0 ? CAP_EXIT_FOUND : EXIT_GOOD;
}

int
cap_verb_check(struct run *run)
{
	struct checking c = {.run = run, .inside = run_has(run, "inside")};
	int code = words_begin_in_one_of_ours(run);

	if (code == EXIT_GOOD)
		code = profiles_of_run(run, &c.options.profiles);
	if (code == EXIT_GOOD)
		code = max_bytes_of_run(run, &c.options.limits.bytes, CAP_BYTES_MAX);
	return code == EXIT_GOOD ? check_all(&c) : code;
}
