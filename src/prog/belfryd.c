/* SPDX-License-Identifier: GPL-3.0-or-later */
/* belfryd.c: the hub of one territory. */
#include "console/daemon.h"
#include "source/child.h"
#include "source/sources.h"

#include <getopt.h>
#include <libxml/parser.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: belfryd --config FILE [--rebuild] [--alone] [--check]\n"
	"\n"
	"The hub of one territory: keeps the journal, signs the bulletin, dials the "
	"edges.\n"
	"\n"
	"  --config FILE  configuration (JSON, belfryd(8))\n"
	"  --check        read the configuration and its files, say what is wrong, and "
	"end\n"
	"  --rebuild      make the tables again from the journal\n"
	"  --alone        sign entries though not every edge could be asked what it has\n"
	"  --version      print the version\n"
	"  --help         print this\n"
	"\n"
	"Ends with 0 when told to (SIGTERM, SIGINT), 1 when something failed, 2 on wrong "
	"use.\n";

static void
stop(void *ctx, int signo)
{
	(void)signo;
	loop_stop(ctx);
}

static int
failed(enum err err, const struct fault *fault)
{
	fprintf(stderr, "belfryd: %s\n", fault->text[0] ? fault->text : err_name(err));
	return 1;
}

static bool
publish(void *ctx, struct bytes list)
{
	return daemon_foreign_publish(ctx, list);
}

/* The hub, and beside it whoever asks for others' alerts. */
static enum err
start(struct daemon **d, struct sources **sources, struct loop *loop,
	const struct hub_config *config, const struct sources_conf *others, bool rebuild,
	struct fault *fault)
{
	static const char *const reader[] = {"/proc/self/exe", CHILD_WORD, NULL};
	enum err err = daemon_new(d, loop, config, rebuild, fault);

	if (err == ERR_OK)
		err = sources_new(sources, loop, others, reader, fault);
	if (err == ERR_OK)
		sources_republish(*sources, publish, *d);
	if (err == ERR_OK)
		daemon_foreign_set(*d,
			&(struct daemon_foreign){*sources, sources_request, sources_list});
	return err;
}

static int
run(struct hub_config *config, const struct sources_conf *others, bool rebuild, bool check)
{
	struct fault fault = {""};
	struct daemon *d = NULL;
	struct sources *sources = NULL;
	struct loop *loop;
	enum err err = loop_new(&loop, &fault);
	int code = 0;

	if (err != ERR_OK)
		return failed(err, &fault);
	err = loop_signal(loop, SIGTERM, stop, loop);
	if (err == ERR_OK)
		err = loop_signal(loop, SIGINT, stop, loop);
	if (err == ERR_OK)
		err = check ? daemon_check(loop, config, &fault)
			    : start(&d, &sources, loop, config, others, rebuild, &fault);
	if (err == ERR_OK && !check) {
		printf("belfryd: %s ready on %s\n", config->name, config->socket);
		fflush(stdout);
		err = loop_run(loop, &fault);
	} else if (err == ERR_OK) {
		printf("belfryd: the configuration is good\n");
	}
	if (err != ERR_OK) {
		code = failed(err, &fault);
	} else if (d != NULL && daemon_died(d)[0] != '\0') {
		fprintf(stderr, "belfryd: %s\n", daemon_died(d));
		code = 1;
	}
	sources_free(sources);
	daemon_free(d);
	loop_free(loop);
	return code;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
		{"rebuild", no_argument, NULL, 'r'}, {"alone", no_argument, NULL, 'a'},
		{"check", no_argument, NULL, 'k'}, {"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	const char *path = NULL;
	bool rebuild = false, alone = false, check = false;
	struct hub_config config;
	struct sources_conf others;
	struct fault fault = {""};
	int option, code;
	enum err err;

	if (argc == 2 && strcmp(argv[1], CHILD_WORD) == 0)
		return child_main();
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'r':
			rebuild = true;
			break;
		case 'a':
			alone = true;
			break;
		case 'k':
			check = true;
			break;
		case 'v':
			printf("belfryd %s\n", BELFRY_VERSION);
			return 0;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			return 2;
		}
	if (path == NULL || optind != argc) {
		fputs("belfryd: --config FILE is needed; see belfryd --help\n", stderr);
		return 2;
	}
	if (sodium_init() < 0)
		return 1;
	xmlInitParser();
	err = hub_config_read(&config, path, &fault);
	if (err == ERR_OK)
		err = sources_conf_read(
			&others, config.arena, config.sources, path, &fault);
	if (err != ERR_OK)
		return failed(err, &fault);
	config.alone |= alone;
	code = run(&config, &others, rebuild, check);
	hub_config_free(&config);
	return code;
}
