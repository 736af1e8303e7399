/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_playbook.c: `belfry playbook`: what an editor would say of prepared alerts. */
#include "cli/commands.h"

#include "cap/playbook_lint.h"
#include "cli/files.h"
#include "cli/say.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

/* Of all files of a call. */
struct linting {
	struct run *run;
	json_t *list;
	size_t files, advice;
};

static void
say_advice(const struct linting *l, const char *path, const struct playbook_advice *a)
{
	json_array_append_new(
		l->list, json_pack("{s:s,s:s,s:s,s:s}", "file", path, "language",
				 a->language, "field", a->field, "text", a->text));
	if (l->run->json)
		return;
	say_text(path);
	say(": ");
	say_text(a->language);
	say(": ");
	say_text(a->field);
	say(": ");
	say_text(a->text);
	say("\n");
}

/* A file that cannot be read as a playbook is the one thing that fails. */
static int
lint_file(struct linting *l, const char *path)
{
	struct playbook_advice *advice;
	struct playbook book;
	struct arena *arena = NULL;
	struct buffer text = {0};
	struct fault fault = {""};
	size_t n;
	int code = EXIT_GOOD;
	enum err err = input_read(&text, path, PLAYBOOK_MAX, &fault);

	if (err == ERR_OK)
		err = arena_new(&arena);
	if (err == ERR_OK)
		err = playbook_read(&book, arena, path, buffer_bytes(&text), &fault);
	if (err == ERR_OK)
		err = playbook_lint(&advice, &n, arena, &book);
	for (size_t i = 0; err == ERR_OK && i < n; i++)
		say_advice(l, path, &advice[i]);
	if (err == ERR_OK) {
		l->advice += n;
		l->files++;
	} else {
		code = fail(l->run, EXIT_FAILED, "%s",
			fault.text[0] != '\0' ? fault.text : err_name(err));
	}
	arena_free(arena);
	buffer_free(&text);
	return code;
}

/* Without files: the playbooks that are installed. */
static int
lint_installed(struct linting *l)
{
	const char *data = getenv("BELFRY_DATA");
	char pattern[4200];
	glob_t found = {0};
	int code = EXIT_GOOD;

	snprintf(pattern, sizeof pattern, "%s/share/playbooks/*.json",
		data != NULL ? data : BELFRY_DATADIR);
	if (glob(pattern, 0, NULL, &found) != 0)
		code = fail(l->run, EXIT_NOT_FOUND, "%s: no playbooks there", pattern);
	for (size_t i = 0; i < found.gl_pathc && code == EXIT_GOOD; i++)
		code = lint_file(l, found.gl_pathv[i]);
	globfree(&found);
	return code;
}

static int
playbook_lint_files(struct run *run)
{
	struct linting l = {.run = run, .list = json_array()};
	int code = EXIT_GOOD;

	for (int i = 0; i < run->arguments && code == EXIT_GOOD; i++)
		code = lint_file(&l, run->argument[i]);
	if (run->arguments == 0)
		code = lint_installed(&l);
	if (code == EXIT_GOOD &&
		!say_json(run, json_pack("{s:I,s:O}", "files", (json_int_t)l.files,
				       "advice", l.list)))
		say("%zu playbooks, %zu pieces of advice; none of them stops an alert\n",
			l.files, l.advice);
	json_decref(l.list);
	return code;
}

int
command_playbook(int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		{"lint", "[FILE…]",
			"Say what an editor would mend in playbooks (installed ones "
			"without FILE)",
			0, 0, 1000, NULL, playbook_lint_files},
		{NULL, NULL, NULL, 0, 0, 0, NULL, NULL},
	};

	return command_verbs("playbook", "Alerts prepared in calm", verbs, argc, argv);
}
