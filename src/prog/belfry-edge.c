/* SPDX-License-Identifier: GPL-3.0-or-later */
/* belfry-edge.c: the public server of a territory. */
#include "public/daemon.h"

#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/resource.h>

static const char help[] =
	"usage: belfry-edge --config FILE [--rebuild] [--check]\n"
	"\n"
	"The public server of a territory: follows the hub's bulletin, serves pages, feeds "
	"and\n"
	"streams, and holds what sirens report until the hub has it.\n"
	"\n"
	"  --config FILE  configuration (JSON, belfry-edge(8))\n"
	"  --check        read the configuration and all that it names, say what is wrong, "
	"and end\n"
	"  --rebuild      make the journal's table again\n"
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
	fprintf(stderr, "belfry-edge: %s\n", fault->text[0] ? fault->text : err_name(err));
	return 1;
}

/* Each subscriber is a descriptor. */
static void
raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		perror("belfry-edge: setrlimit");
}

static void
say_ready(const struct edge_config *config, const struct edge_daemon *d)
{
	printf("belfry-edge: %s ready, pages on", config->name);
	for (size_t i = 0; i < config->listens; i++)
		printf(" %s", edge_daemon_address(d, i));
	printf(", waits for the hub on %s\n", edge_daemon_link(d));
	fflush(stdout);
}

static int
run(const struct edge_config *config, bool rebuild)
{
	struct fault fault = {""};
	struct edge_daemon *d = NULL;
	struct loop *loop;
	enum err err = loop_new(&loop, &fault);
	int code = 0;

	if (err != ERR_OK)
		return failed(err, &fault);
	err = loop_signal(loop, SIGTERM, stop, loop);
	if (err == ERR_OK)
		err = loop_signal(loop, SIGINT, stop, loop);
	if (err == ERR_OK)
		err = edge_daemon_new(&d, loop, config, rebuild, &fault);
	if (err == ERR_OK) {
		say_ready(config, d);
		err = loop_run(loop, &fault);
	}
	if (err != ERR_OK) {
		code = failed(err, &fault);
	} else if (edge_daemon_died(d)[0] != '\0') {
		fprintf(stderr, "belfry-edge: %s\n", edge_daemon_died(d));
		code = 1;
	}
	edge_daemon_free(d);
	loop_free(loop);
	return code;
}

static int
look_only(const struct edge_config *config)
{
	struct fault fault = {""};
	enum err err = edge_daemon_check(config, &fault);

	if (err != ERR_OK)
		return failed(err, &fault);
	printf("belfry-edge: the configuration is good\n");
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
		{"rebuild", no_argument, NULL, 'r'}, {"check", no_argument, NULL, 'k'},
		{"version", no_argument, NULL, 'v'}, {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	const char *path = NULL;
	bool rebuild = false, check = false;
	struct edge_config config;
	struct fault fault = {""};
	int option, code;
	enum err err;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'r':
			rebuild = true;
			break;
		case 'k':
			check = true;
			break;
		case 'v':
			printf("belfry-edge %s\n", BELFRY_VERSION);
			return 0;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			return 2;
		}
	if (path == NULL || optind != argc) {
		fputs("belfry-edge: --config FILE is needed; see belfry-edge --help\n",
			stderr);
		return 2;
	}
	if (sodium_init() < 0)
		return 1;
	raise_limits();
	err = edge_config_read(&config, path, &fault);
	if (err != ERR_OK)
		return failed(err, &fault);
	code = check ? look_only(&config) : run(&config, rebuild);
	edge_config_free(&config);
	return code;
}
