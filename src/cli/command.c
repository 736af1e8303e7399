/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command.c: reads the words after `belfry`. */
#include "cli/command.h"

#include "cli/hub.h"
#include "cli/say.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 40, FIRST = 256 };

static const struct {
	unsigned uses;
	struct option_line line;
} shared[] = {
	{USES_HUB, {"hub", "PATH",
			   "the hub's socket (else BELFRY_HUB, /run/belfry/hub.sock)"}},
	{USES_HUB, {"via", "URL",
			   "reach it through ssh://[user@]host[:port][/path/hub.sock]"}},
	{USES_KEY, {"key", "FILE", "your key file (else BELFRY_KEY)"}},
	{USES_TRUST, {"roster", "FILE",
			     "the roster to trust (else ~/.config/belfry/roster.json)"}},
	{USES_ASK, {"yes", NULL, "sign without asking"}},
	{0, {"json", NULL, "answer in JSON"}},
	{0, {"help", NULL, "print this"}},
};

/* The n-th option of a verb; false past the last. */
static bool
option_at(const struct cli_verb *v, int n, struct option_line *out)
{
	const struct option_line *own = v->options;

	for (; own != NULL && own->name != NULL; own++)
		if (n-- == 0) {
			*out = *own;
			return true;
		}
	for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
		if ((shared[i].uses == 0 || (v->uses & shared[i].uses)) && n-- == 0) {
			*out = shared[i].line;
			return true;
		}
	return false;
}

static void
verb_help(const char *command, const struct cli_verb *v)
{
	struct option_line o;
	char left[64];

	printf("usage: belfry %s%s%s%s%s [options]\n\n%s.\n\n", command,
		v->name[0] ? " " : "", v->name, v->arguments[0] ? " " : "", v->arguments,
		v->help);
	for (int i = 0; option_at(v, i, &o); i++) {
		snprintf(left, sizeof left, "--%s%s%s", o.name, o.arg ? " " : "",
			o.arg ? o.arg : "");
		printf("  %-24s  %s\n", left, o.help);
	}
}

static void
verbs_help(const char *command, const char *about, const struct cli_verb *verbs)
{
	printf("usage: belfry %s VERB [options]\n\n%s.\n\n", command, about);
	for (; verbs->name != NULL; verbs++) {
		char left[64];

		snprintf(left, sizeof left, "%s %s", verbs->name, verbs->arguments);
		printf("  %-24s  %s\n", left, verbs->help);
	}
	printf("\nbelfry %s VERB --help tells its options.\n", command);
}

static int
wrong_use(const struct run *run, const char *what)
{
	fprintf(stderr, "belfry %s %s: %s; see: belfry %s %s --help\n", run->command,
		run->verb->name, what, run->command, run->verb->name);
	return EXIT_USAGE;
}

/* Options and arguments in any order. -1: go on; else the exit code. */
static int
run_read(struct run *run, int argc, char **argv)
{
	struct option_line line[OPTIONS_MAX];
	struct option options[OPTIONS_MAX + 1] = {0};
	int n = 0, option;

	while (n < OPTIONS_MAX && option_at(run->verb, n, &line[n])) {
		options[n] = (struct option){line[n].name,
			line[n].arg != NULL ? required_argument : no_argument, NULL,
			FIRST + n};
		n++;
	}
	optind = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option < FIRST)
			return EXIT_USAGE; /* getopt_long() said why */
		if (run->values == RUN_VALUES)
			return wrong_use(run, "too many options");
		run->value[run->values].name = line[option - FIRST].name;
		run->value[run->values++].text = optarg != NULL ? optarg : "";
	}
	run->argument = argv + optind;
	run->arguments = argc - optind;
	run->json = run_has(run, "json");
	if (run_has(run, "help")) {
		verb_help(run->command, run->verb);
		return EXIT_GOOD;
	}
	if (run->arguments < run->verb->min)
		return wrong_use(run, "something is missing");
	return run->arguments > run->verb->max ? wrong_use(run, "one word too many") : -1;
}

static int
verb_run(const char *command, const struct cli_verb *v, int argc, char **argv)
{
	struct run run = {.command = command, .verb = v};
	char name[64];
	int code;

	snprintf(name, sizeof name, "belfry %s%s%s", command, v->name[0] ? " " : "",
		v->name);
	argv[0] = name;
	code = run_read(&run, argc, argv);
	if (code < 0)
		code = v->run(&run);
	hub_close(&run);
	json_decref(run.before);
	if (fflush(stdout) != 0 || ferror(stdout))
		code = code == EXIT_GOOD ? EXIT_FAILED : code;
	return code;
}

int
command_verbs(const char *command, const char *about, const struct cli_verb *verbs,
	int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (verbs->name[0] == '\0')
		return verb_run(command, verbs, argc, argv);
	for (const struct cli_verb *v = verbs; v->name != NULL; v++)
		if (strcmp(v->name, word) == 0)
			return verb_run(command, v, argc - 1, argv + 1);
	if (strcmp(word, "--help") == 0) {
		verbs_help(command, about, verbs);
		return EXIT_GOOD;
	}
	fprintf(stderr, "belfry %s: %s \"%s\"; see: belfry %s --help\n", command,
		word[0] ? "no verb" : "a verb is missing", word, command);
	return EXIT_USAGE;
}

static void
commands_help(const struct command *commands)
{
	printf("usage: belfry COMMAND [options]\n\nAll that operators and administrators "
	       "do.\n\n");
	for (; commands->name != NULL; commands++)
		printf("  %-10s %s\n", commands->name, commands->help);
	printf("\nbelfry COMMAND --help tells more; belfry --version tells the version.\n"
	       "Ends with 0 good, 1 failed, 2 wrong use, 3 refused by a rule, 4 hub not "
	       "reached,\n"
	       "5 not found, 6 verification failed.\n");
}

int
command_run(const struct command *commands, int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(c->name, word) == 0)
			return c->run(argc - 1, argv + 1);
	if (strcmp(word, "--help") == 0) {
		commands_help(commands);
		return EXIT_GOOD;
	}
	if (strcmp(word, "--version") == 0) {
		printf("belfry %s\n", BELFRY_VERSION);
		return EXIT_GOOD;
	}
	fprintf(stderr, "belfry: %s \"%s\"; see: belfry --help\n",
		word[0] ? "no command" : "a command is missing", word);
	return EXIT_USAGE;
}

const char *
run_option_at(const struct run *run, const char *name, int n)
{
	for (int i = 0; i < run->values; i++)
		if (strcmp(run->value[i].name, name) == 0 && n-- == 0)
			return run->value[i].text;
	return NULL;
}

const char *
run_option(const struct run *run, const char *name)
{
	for (int i = run->values; i-- > 0;)
		if (strcmp(run->value[i].name, name) == 0)
			return run->value[i].text;
	return NULL;
}

bool
run_has(const struct run *run, const char *name)
{
	return run_option(run, name) != NULL;
}
