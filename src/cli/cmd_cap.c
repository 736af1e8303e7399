/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_cap.c: `belfry cap`: messages of the Common Alerting Protocol, ours and others'. */
#include "cli/commands.h"

#include "cli/cap_verbs.h"

#include <limits.h>

int
command_cap(int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		{"check", "[FILE…]",
			"Say what is right and wrong in messages, feeds and folders of "
			"them",
			0, 0, INT_MAX, cap_check_options, cap_verb_check},
		{"show", "[FILE…]", "Show what a message says, for people", 0, 0, INT_MAX,
			cap_show_options, cap_verb_show},
		{"fmt", "FILE", "Write a message as Belfry writes, and say what is lost", 0,
			1, 1, cap_fmt_options, cap_verb_fmt},
		{"diff", "A B", "Compare two messages element by element", 0, 2, 2,
			cap_diff_options, cap_verb_diff},
		{"chain", "[FILE…]", "Say after each of several messages what is live", 0,
			0, INT_MAX, cap_chain_options, cap_verb_chain},
		{NULL, NULL, NULL, 0, 0, 0, NULL, NULL},
	};

	return command_verbs(
		"cap", "Messages of the Common Alerting Protocol", verbs, argc, argv);
}
