/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * command.h: what a command of `belfry` is: its words, its options, and what it gives back.
 *
 * Each command is one function of its own file; src/prog/belfry.c lists them. A command with
 * verbs ("alert propose") describes them as a table and calls command_verbs(); reading options
 * and writing --help is done here, so they cannot disagree.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/bytes.h"

#include <jansson.h>

/* How every command ends; belfry(1), EXIT STATUS. */
enum exit_code {
	EXIT_GOOD = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_REFUSED = 3,    /* a rule forbids it; or the person said no */
	EXIT_NO_HUB = 4,     /* the hub is not reached */
	EXIT_NOT_FOUND = 5,  /* no such alert, zone, playbook, key … */
	EXIT_UNVERIFIED = 6, /* a signature, a hash or a chain is not what it must be */
};

struct command {
	const char *name, *help;	   /* help: one line */
	int (*run)(int argc, char **argv); /* argv[0] is the name; gives an exit code */
};

/* What an option is called, what it takes (NULL: nothing) and what it does. */
struct option_line {
	const char *name, *arg, *help;
};

/* Options that several verbs have. --help and --json are everywhere. */
enum uses {
	USES_HUB = 1,  /* --hub, --via */
	USES_KEY = 2,  /* --key */
	USES_ASK = 4,  /* --yes: sign without asking */
	USES_TRUST = 8 /* --roster */
};

struct run;
struct cli_verb {
	const char *name;		   /* "propose" */
	const char *arguments;		   /* "ID"; "" for none */
	const char *help;		   /* one line */
	unsigned uses;			   /* enum uses, added */
	int min, max;			   /* how many arguments */
	const struct option_line *options; /* own ones, ended by a NULL name; may be NULL */
	int (*run)(struct run *run);	   /* gives an exit code */
};

enum { RUN_VALUES = 64 };

/* One call of a verb. */
struct run {
	const char *command;
	const struct cli_verb *verb;
	struct {
		const char *name, *text; /* text: "" for an option that takes nothing */
	} value[RUN_VALUES];
	int values;
	char **argument;
	int arguments;
	bool json;
	/* With --json: what was done before, told as `before_name` in the one object. */
	json_t *before;
	const char *before_name;
	struct api *api; /* opened by hub_ask() */
	struct via *via;
};

/* `verbs` ends with a NULL name; a first verb with the name "" is the command itself. */
int command_verbs(const char *command, const char *about, const struct cli_verb *verbs,
	int argc, char **argv);
/* Find argv[1] in the list and run it; also --help, --version. */
int command_run(const struct command *commands, int argc, char **argv);

/* An option's text; NULL if it was not given; the last one counts. */
const char *run_option(const struct run *run, const char *name);
bool run_has(const struct run *run, const char *name);
/* The n-th time that it was given, from 0; NULL past the last. */
const char *run_option_at(const struct run *run, const char *name, int n);

#endif
