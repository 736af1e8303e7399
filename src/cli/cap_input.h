/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_input.h: the documents that a person names: files, folders of them, or the standard input. */
#ifndef CLI_CAP_INPUT_H
#define CLI_CAP_INPUT_H

#include "cap/tree.h"
#include "cli/command.h"

/* The words, folders replaced by the *.xml and *.cap in and below them, by name. */
struct cap_inputs {
	char **path; /* "-": the standard input */
	size_t count, room;
	size_t unreadable; /* folders; already said */
	enum err err;
};

/* Of run->argument; none is "-". Ended with inputs_free(). Errors: ERR_NOMEM. */
CHECKED enum err inputs_of_run(struct run *run, struct cap_inputs *out);
void inputs_free(struct cap_inputs *in);

/* --max-bytes, else `fallback`. EXIT_USAGE if it is no number. */
CHECKED int max_bytes_of_run(struct run *run, size_t *out, size_t fallback);

/* A line on the terminal that comes and goes: how many of how many. */
struct progress {
	size_t total;
	int64_t last_ms;
	bool shown;
};
void progress_at(struct progress *p, size_t done);
void progress_hide(struct progress *p); /* before anything else is written */

#endif
