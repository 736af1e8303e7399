/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command.c: `belfry sim`. */
#include "base/text.h"
#include "sim/sim.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static void
print(void *ctx, const char *line)
{
	(void)ctx;
	puts(line);
}

static int
usage(FILE *out, int code)
{
	fputs("usage: belfry sim [--seeds N] [--seed S] [--verbose]\n"
	      "\n"
	      "Runs a whole territory in virtual time, N times, each from one seed, and "
	      "checks\n"
	      "after each event that no rule is broken. The same seed gives the same "
	      "bytes.\n"
	      "\n"
	      "  --seeds N   how many to run (default 100)\n"
	      "  --seed S    the first one (default 1)\n"
	      "  --verbose   print every event\n"
	      "  --help      print this\n",
		out);
	return code;
}

static bool
number(uint64_t *out, const char *text)
{
	return number_read(out, text, strlen(text), UINT64_MAX) == ERR_OK;
}

static void
figures(const struct sim_result *r)
{
	char trace[65];

	hex_write(trace, r->trace.at, sizeof r->trace.at);
	printf("%llu seeds, %llu failed; simulated %.2f days, %llu events\n",
		(unsigned long long)r->runs, (unsigned long long)r->failed,
		(double)r->simulated_ms / 86400000, (unsigned long long)r->events);
	printf("alerts %llu, soundings %llu, all clears %llu, refused %llu, kills %llu, "
	       "cuts %llu, backups restored %llu, takeovers %llu, forks by the thief "
	       "%llu\n",
		(unsigned long long)r->alerts, (unsigned long long)r->soundings,
		(unsigned long long)r->all_clears, (unsigned long long)r->refused,
		(unsigned long long)r->kills, (unsigned long long)r->cuts,
		(unsigned long long)r->backups, (unsigned long long)r->takeovers,
		(unsigned long long)r->forks);
	printf("trace %s\n", trace);
}

int
sim_command(int argc, char **argv)
{
	static const struct option options[] = {{"seeds", required_argument, NULL, 'n'},
		{"seed", required_argument, NULL, 's'}, {"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct sim_options o = {.seed = 1, .seeds = 100, .say = print};
	struct sim_result result;
	struct fault fault = {""};
	bool good = true;
	int c;

	optind = 1;
	while (good && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'n')
			good = number(&o.seeds, optarg) && o.seeds > 0;
		else if (c == 's')
			good = number(&o.seed, optarg);
		else if (c == 'v')
			o.verbose = true;
		else if (c == 'h')
			return usage(stdout, 0);
		else
			good = false;
	}
	if (!good || optind != argc)
		return usage(stderr, 2);
	if (sim_run(&result, &o, &fault) != ERR_OK) {
		fprintf(stderr, "belfry sim: %s\n", fault.text);
		return 1;
	}
	figures(&result);
	return result.failed > 0;
}
