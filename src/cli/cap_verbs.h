/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_verbs.h: the verbs of `belfry cap`, each in its file; each gives an exit code. */
#ifndef CLI_CAP_VERBS_H
#define CLI_CAP_VERBS_H

#include "cli/command.h"

/* How these verbs end beside EXIT_GOOD, as diff(1) and grep(1) do; belfry(1), EXIT STATUS. */
#define CAP_EXIT_FOUND                                                                     \
	EXIT_FAILED /* 1: an error in a document, a difference, one refused */
#define CAP_EXIT_TROUBLE EXIT_USAGE /* 2: unreadable, or not CAP */

int cap_verb_check(struct run *run);
int cap_verb_show(struct run *run);
int cap_verb_fmt(struct run *run);
int cap_verb_diff(struct run *run);
int cap_verb_chain(struct run *run);

extern const struct option_line cap_check_options[];
extern const struct option_line cap_show_options[];
extern const struct option_line cap_fmt_options[];
extern const struct option_line cap_diff_options[];
extern const struct option_line cap_chain_options[];

#endif
