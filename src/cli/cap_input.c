/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_input.c: walks folders. */
#include "cli/cap_input.h"

#include "base/text.h"
#include "cli/cap_words.h"
#include "cli/say.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	FOLDERS_DEEP = 64,
	PROGRESS_FROM = 100, /* files; fewer are done before anybody wonders */
	PROGRESS_EVERY_MS = 200,
};

static void
add(struct cap_inputs *in, const char *path)
{
	if (in->count == in->room) {
		size_t room = in->room != 0 ? 2 * in->room : 64;
		char **more = realloc(in->path, room * sizeof *more);

		if (more == NULL) {
			in->err = ERR_NOMEM;
			return;
		}
		in->path = more;
		in->room = room;
	}
	in->path[in->count] = strdup(path);
	if (in->path[in->count] == NULL)
		in->err = ERR_NOMEM;
	else
		in->count++;
}

static bool
is_document_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] != '.' && dot != NULL &&
	       (strcasecmp(dot, ".xml") == 0 || strcasecmp(dot, ".cap") == 0);
}

static void walk(struct run *run, struct cap_inputs *in, const char *folder, int deep);

/* A link to a file counts, a link to a folder could lead round in a circle. */
static void
take_name(struct run *run, struct cap_inputs *in, const char *folder, const char *name,
	int deep)
{
	struct buffer path = {0};
	struct stat st;

	write_format(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/",
		name);
	if (path.err != ERR_OK)
		in->err = path.err;
	else if (lstat(buffer_text(&path), &st) == 0 && S_ISDIR(st.st_mode))
		walk(run, in, buffer_text(&path), deep + 1);
	else if (is_document_name(name) && stat(buffer_text(&path), &st) == 0 &&
		 S_ISREG(st.st_mode))
		add(in, buffer_text(&path));
	buffer_free(&path);
}

static void
walk(struct run *run, struct cap_inputs *in, const char *folder, int deep)
{
	struct dirent **e = NULL;
	int n = deep < FOLDERS_DEEP ? scandir(folder, &e, NULL, alphasort) : -1;

	if (n < 0) {
		fprintf(stderr, "belfry cap %s: ", run->verb->name);
		fprintf(stderr, "%s: %s\n", folder,
			deep < FOLDERS_DEEP ? strerror(errno) : told(N_("too deep")));
		in->unreadable++;
		return;
	}
	for (int i = 0; i < n; i++) {
		const char *name = e[i]->d_name;

		if (in->err == ERR_OK && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			take_name(run, in, folder, name, deep);
		free(e[i]);
	}
	free(e);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
take_word(struct run *run, struct cap_inputs *in, const char *word)
{
	size_t before = in->count;
	struct stat st;

	if (strcmp(word, "-") == 0 || stat(word, &st) != 0 || !S_ISDIR(st.st_mode)) {
		add(in, word);
		return;
	}
	walk(run, in, word, 0);
	if (in->count > before)
		qsort(in->path + before, in->count - before, sizeof *in->path, by_name);
}

enum err
inputs_of_run(struct run *run, struct cap_inputs *out)
{
	*out = (struct cap_inputs){0};
	if (run->arguments == 0)
		add(out, "-");
	for (int i = 0; out->err == ERR_OK && i < run->arguments; i++)
		take_word(run, out, run->argument[i]);
	if (out->err != ERR_OK)
		inputs_free(out);
	return out->err;
}

void
inputs_free(struct cap_inputs *in)
{
	for (size_t i = 0; i < in->count; i++)
		free(in->path[i]);
	free(in->path);
	in->path = NULL;
	in->count = 0;
}

int
max_bytes_of_run(struct run *run, size_t *out, size_t fallback)
{
	const char *text = run_option(run, "max-bytes");
	uint64_t n = fallback;

	if (text != NULL &&
		(number_read(&n, text, strlen(text), INT32_MAX) != ERR_OK || n == 0))
		return fail(run, EXIT_USAGE, "--max-bytes %s: not a number of bytes", text);
	*out = (size_t)n;
	return EXIT_GOOD;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
progress_at(struct progress *p, size_t done)
{
	int64_t now;

	if (p->total < PROGRESS_FROM || !isatty(STDERR_FILENO))
		return;
	now = now_ms();
	if (now - p->last_ms < PROGRESS_EVERY_MS)
		return;
	p->last_ms = now;
	p->shown = true;
	fprintf(stderr, "\r%zu / %zu\033[K", done, p->total);
	fflush(stderr);
}

void
progress_hide(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
