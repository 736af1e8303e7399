/* SPDX-License-Identifier: GPL-3.0-or-later */
/* belfry-siren: the agent in a siren box; with --fleet it plays many. What it does is in src/box;
 * how it decides, in src/siren. */
#include "base/text.h"
#include "box/check.h"
#include "box/station.h"
#include "hands/pattern_files.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

struct options {
	const char *config;
	uint64_t fleet; /* 0: as many as there are */
	bool fleet_only, check, keep, verbose;
	/* For the child that plays. */
	uint64_t play, seconds;
	const char *patterns, *sound;
};

static volatile sig_atomic_t stopped;

static int
fail(const struct fault *fault)
{
	fprintf(stderr, "belfry-siren: %s\n", fault->text);
	return 1;
}

static void
on_signal(int signo)
{
	(void)signo;
	stopped = 1;
}

/* The child: nothing but sound, until it ends or is told to be quiet. */
static int
play(const struct options *o)
{
	struct sigaction quiet = {.sa_handler = on_signal};
	struct patterns *patterns = NULL;
	const struct pattern *p;
	struct sound sound;
	struct fault fault;
	enum err err;

	sigaction(SIGTERM, &quiet, NULL);
	sigaction(SIGINT, &quiet, NULL);
	err = sound_read(&sound, o->sound != NULL ? o->sound : "none", &fault);
	if (err == ERR_OK)
		err = patterns_load(
			&patterns, o->patterns != NULL ? o->patterns : ".", &fault);
	if (err != ERR_OK)
		return fail(&fault);
	p = patterns_find(patterns, (unsigned)o->play);
	if (p == NULL)
		err = fault_set(&fault, ERR_UNKNOWN, "no pattern has this number");
	else
		err = sound_play(&sound, p, (uint32_t)o->seconds, &stopped, &fault);
	patterns_free(patterns);
	return err == ERR_OK ? 0 : fail(&fault);
}

static void
stop(void *ctx, int signo)
{
	(void)signo;
	loop_stop(ctx);
}

/* A fleet needs a descriptor for each stream. */
static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)!setrlimit(RLIMIT_NOFILE, &limit);
}

static int
serve(const struct options *o, const struct box_conf *conf, const struct enrolment *e,
	const struct patterns *patterns)
{
	struct station *station;
	struct loop *loop;
	struct fault fault;
	enum err err = loop_new(&loop, &fault);
	int status = 0;

	if (err != ERR_OK)
		return fail(&fault);
	err = loop_signal(loop, SIGTERM, stop, loop);
	if (err == ERR_OK)
		err = loop_signal(loop, SIGINT, stop, loop);
	if (err == ERR_OK)
		err = station_start(&station, loop, conf, e, patterns, o->verbose, &fault);
	else
		fault_write(&fault, "signals are refused");
	if (err != ERR_OK) {
		loop_free(loop);
		return fail(&fault);
	}
	if (loop_run(loop, &fault) != ERR_OK)
		status = fail(&fault);
	/* After a failure the horn goes on: this program is about to be started again. */
	station_end(station, o->keep || status != 0);
	loop_free(loop);
	return status;
}

/* A fleet is many boxes of one process: they cannot share pins or a loudspeaker. */
static enum err
fit(struct enrolment *e, const struct options *o, const struct box_conf *conf,
	struct fault *fault)
{
	if (o->fleet_only && !e->fleet)
		return fault_set(
			fault, ERR_UNKNOWN, "%s: there is no fleet.json", conf->state);
	if (o->fleet > e->count)
		return fault_set(fault, ERR_RANGE, "%s/fleet.json has %zu sirens only",
			conf->state, e->count);
	if (e->fleet && conf->relay == BOX_RELAY_GPIO)
		return fault_set(fault, ERR_REFUSED, "a fleet has no pins: %s", o->config);
	if (e->fleet && conf->sound.way != SOUND_NONE)
		return fault_set(fault, ERR_REFUSED, "a fleet has no sound: %s", o->config);
	if (o->fleet > 0)
		e->count = (size_t)o->fleet;
	return ERR_OK;
}

static int
run(const struct options *o)
{
	struct box_conf conf;
	struct enrolment e = {0};
	struct patterns *patterns = NULL;
	struct fault fault;
	int status = 1;
	enum err err = box_conf_read(&conf, o->config, &fault);

	if (err != ERR_OK)
		return fail(&fault);
	err = enrolment_read(&e, conf.state,
		conf.relay == BOX_RELAY_CABINET ? conf.cabinet_box : 1, &fault);
	if (err == ERR_OK)
		err = fit(&e, o, &conf, &fault);
	if (err == ERR_OK)
		err = patterns_load(&patterns, conf.patterns, &fault);
	if (err == ERR_OK && o->check) {
		err = box_check(stdout, &conf, &e, patterns, &fault);
		status = err == ERR_OK ? 0 : 1;
	} else if (err == ERR_OK) {
		raise_descriptors();
		status = serve(o, &conf, &e, patterns);
	}
	if (err != ERR_OK)
		status = fail(&fault);
	patterns_free(patterns);
	enrolment_free(&e);
	box_conf_free(&conf);
	return status;
}

static const char usage[] =
	"Usage: belfry-siren --config FILE [--fleet N] [--keep] [--verbose]\n"
	"       belfry-siren --config FILE --check\n"
	"\n"
	"The agent in a siren box: hears orders from edges, verifies two operators' "
	"signatures,\n"
	"closes the relay, and reports. belfry-siren(8) describes the configuration.\n"
	"\n"
	"  --config FILE  the configuration\n"
	"  --fleet N      play the first N sirens of fleet.json (0: all of them)\n"
	"  --keep         at SIGTERM leave a horn that sounds as it is, for whoever starts "
	"this\n"
	"                 program again at once\n"
	"  --check        read configuration and state, say what would happen, change "
	"nothing\n"
	"  --verbose      a line for each sounding\n"
	"  --help, --version\n";

/* Whether a number that an option wants is one. */
static bool
option_number(uint64_t *out, const char *text, uint64_t max)
{
	if (number_read(out, text, strlen(text), max) == ERR_OK)
		return true;
	fprintf(stderr, "belfry-siren: \"%s\" is no number up to %llu\n", text,
		(unsigned long long)max);
	return false;
}

/* -1 to go on; otherwise the exit code. */
static int
options_read(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {{"config", required_argument, NULL, 'c'},
		{"fleet", required_argument, NULL, 'f'}, {"keep", no_argument, NULL, 'k'},
		{"check", no_argument, NULL, 'n'}, {"verbose", no_argument, NULL, 'V'},
		{"play", required_argument, NULL, 'p'},
		{"seconds", required_argument, NULL, 's'},
		{"patterns", required_argument, NULL, 'P'},
		{"sound", required_argument, NULL, 'S'}, {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0}};
	bool good = true;
	int c;

	while (good && (c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'h')
			return fputs(usage, stdout) < 0;
		if (c == 'v')
			return printf("belfry-siren %s\n", BELFRY_VERSION) < 0;
		o->config = c == 'c' ? optarg : o->config;
		o->patterns = c == 'P' ? optarg : o->patterns;
		o->sound = c == 'S' ? optarg : o->sound;
		o->keep |= c == 'k';
		o->check |= c == 'n';
		o->verbose |= c == 'V';
		o->fleet_only |= c == 'f';
		good = c != '?';
		if (c == 'f')
			good = option_number(&o->fleet, optarg, ENROL_SIRENS);
		if (c == 'p')
			good = option_number(&o->play, optarg, 255);
		if (c == 's')
			good = option_number(&o->seconds, optarg, UINT16_MAX);
	}
	if (good && optind == argc && (o->config != NULL || o->play > 0))
		return -1;
	if (good)
		fputs(usage, stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	struct options o = {0};
	int status = options_read(&o, argc, argv);

	if (status >= 0)
		return status;
	return o.play > 0 ? play(&o) : run(&o);
}
