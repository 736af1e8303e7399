/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay_command.c: `belfry replay`: a chain of its own, from the zones file to the relays. */
#include "demo/commands.h"

#include "console/config.h"
#include "demo/files.h"
#include "demo/place.h"
#include "demo/replay.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"usage: belfry replay FILE.tsv --zones ZONES.geojson [options]\n"
	"\n"
	"Plays recorded alerts through a whole chain on this machine: hub, edge and one "
	"siren in\n"
	"each zone. Two operators propose and approve each alert; the cabinets' relays are "
	"counted.\n"
	"\n"
	"  --zones FILE     the zones (GeoJSON); outlines that need it are mended\n"
	"  --day DAY        only rows whose time begins so: 2023-10-07, 2023-10-07T17:00\n"
	"  --speed F        times life (1: as recorded); max: as fast as the chain holds "
	"(default)\n"
	"  --expires S      an alarm without an end expires after so many recorded seconds "
	"(600)\n"
	"  --closings FILE  write zone id, alarms and all clears sounded, a line a zone\n"
	"  --dir DIR        keep the chain's files and logs there (default: removed at the "
	"end)\n"
	"  --json           one JSON object instead of a table\n"
	"  --quiet          no progress\n"
	"\n"
	"Ends with 0 only if nothing was missed, doubled or unsigned.\n";

struct asked {
	const char *file, *zones, *day, *closings, *dir;
	double speed;
	int64_t expires_s;
	bool json, quiet, help;
};

static enum err
number_asked(double *out, const char *text, const char *name, struct fault *fault)
{
	char *end;

	*out = strtod(text, &end);
	if (*end != '\0' || *text == '\0' || !(*out > 0 && *out <= 1e6))
		return fault_set(
			fault, ERR_RANGE, "--%s %s: not a number above 0", name, text);
	return ERR_OK;
}

static enum err
asked_read(struct asked *out, int argc, char **argv, struct fault *fault)
{
	static const struct option options[] = {{"zones", 1, NULL, 'z'},
		{"day", 1, NULL, 'd'}, {"speed", 1, NULL, 's'}, {"expires", 1, NULL, 'e'},
		{"closings", 1, NULL, 'c'}, {"dir", 1, NULL, 'D'}, {"json", 0, NULL, 'j'},
		{"quiet", 0, NULL, 'q'}, {"help", 0, NULL, 'h'}, {NULL, 0, NULL, 0}};
	enum err err = ERR_OK;
	double v = 0;
	int option;

	*out = (struct asked){.expires_s = 600};
	optind = 1;
	while (err == ERR_OK && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'z':
			out->zones = optarg;
			break;
		case 'd':
			out->day = optarg;
			break;
		case 's':
			if (strcmp(optarg, "max") != 0)
				err = number_asked(&out->speed, optarg, "speed", fault);
			break;
		case 'e':
			err = number_asked(&v, optarg, "expires", fault);
			out->expires_s = (int64_t)v;
			break;
		case 'c':
			out->closings = optarg;
			break;
		case 'D':
			out->dir = optarg;
			break;
		case 'j':
			out->json = true;
			break;
		case 'q':
			out->quiet = true;
			break;
		case 'h':
			out->help = true;
			return ERR_OK;
		default:
			return fault_set(fault, ERR_FORMAT, "see belfry replay --help");
		}
	if (err == ERR_OK && (optind != argc - 1 || out->zones == NULL))
		err = fault_set(fault, ERR_FORMAT,
			"one recorded file and --zones are needed; see belfry replay "
			"--help");
	out->file = argv[optind];
	return err;
}

/* The chain's playbooks, with patterns that close the relay once a sounding, so that closings
 * count soundings. */
static enum err
playbooks_make(const char *dir, const char *data, struct fault *fault)
{
	static const char *const names[] = {"missile", "general"};
	char path[4300];
	enum err err;

	snprintf(path, sizeof path, "%s/playbooks", dir);
	err = folder_make(path, fault);
	for (size_t i = 0; i < sizeof names / sizeof *names && err == ERR_OK; i++) {
		json_error_t where;
		json_t *o;

		snprintf(path, sizeof path, "%s/share/playbooks/%s.json", data, names[i]);
		o = json_load_file(path, 0, &where);
		if (o == NULL)
			return fault_set(fault, ERR_FORMAT, "%s: %s", path, where.text);
		json_object_set_new(o, "pattern", json_string("israel-attack"));
		json_object_set_new(
			o, "pattern_all_clear", json_string("germany-all-clear"));
		snprintf(path, sizeof path, "%s/playbooks/%s.json", dir, names[i]);
		err = json_write(path, o, false, fault);
	}
	return err;
}

static enum err
closings_write(const char *path, const struct instance *in, const struct tally *t,
	struct fault *fault)
{
	struct buffer out = {0};
	enum err err;

	write_text(&out, "zone_id\talarms\tall_clears\n");
	for (size_t i = 0; i < in->siren_count; i++) {
		const struct zone *z = zones_by_number(in->zones, in->siren_zone[i]);
		const struct box_tally *b = &t->box[i + 1];

		write_format(&out, "%s\t%zu\t%zu\n", z->id,
			b->alarms + b->doubled + b->unsigned_, b->all_clears);
	}
	err = file_write(path, buffer_bytes(&out), false, fault);
	buffer_free(&out);
	return err;
}

static void
say(const struct asked *ask, const struct recording *rows, const struct replay_result *r)
{
	if (ask->json) {
		char *text;
		json_t *o = json_pack(
			"{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:f,s:f,s:f,s:I,s:I,s:I,s:I,s:f}",
			"alerts", (json_int_t)r->alerts, "zones", (json_int_t)r->zones,
			"sounded", (json_int_t)r->sums.sounded, "missed",
			(json_int_t)r->sums.missed, "doubled", (json_int_t)r->sums.doubled,
			"unsigned", (json_int_t)r->sums.unsigned_, "unmatched",
			(json_int_t)rows->unmatched, "p50_ms", r->sums.p50_ms, "p99_ms",
			r->sums.p99_ms, "last_ms", r->sums.last_ms, "rows",
			(json_int_t)rows->count, "extended", (json_int_t)r->joined,
			"all_clears", (json_int_t)r->sums.all_clears, "ended_silently",
			(json_int_t)r->ended_silently, "seconds", r->seconds);

		text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(6));
		puts(text != NULL ? text : "{}");
		free(text);
		json_decref(o);
		return;
	}
	printf("rows                 %8zu\n"
	       "  without a zone     %8zu  (unmatched)\n"
	       "  extended an alarm  %8zu\n"
	       "alerts ordered       %8zu\n"
	       "zones warned         %8zu\n"
	       "alarms sounded       %8zu\n"
	       "all clears sounded   %8zu\n"
	       "ended without sound  %8zu\n"
	       "missed               %8zu\n"
	       "doubled              %8zu\n"
	       "unsigned             %8zu\n"
	       "proposal to relay    p50 %.1f ms, p99 %.1f ms\n"
	       "took                 %.1f s\n",
		rows->count, rows->unmatched, r->joined, r->alerts, r->zones,
		r->sums.sounded, r->sums.all_clears, r->ended_silently, r->sums.missed,
		r->sums.doubled, r->sums.unsigned_, r->sums.p50_ms, r->sums.p99_ms,
		r->seconds);
}

static enum err
play(const struct asked *ask, struct programs *programs, const struct recording *rows,
	bool *good, struct fault *fault)
{
	struct replay_options options = {
		ask->speed, ask->expires_s, ask->quiet ? NULL : stderr};
	struct replay_result result;
	struct tally tally;
	enum err err = tally_new(&tally, instance_path(programs->in, "cabinet.log"),
		programs->in->siren_count, fault);

	if (err != ERR_OK)
		return err;
	err = replay_run(&result, programs, rows, &tally, &options, fault);
	if (err == ERR_OK && ask->closings != NULL)
		err = closings_write(ask->closings, programs->in, &tally, fault);
	if (err == ERR_OK)
		say(ask, rows, &result);
	*good = err == ERR_OK && result.sums.missed == 0 && result.sums.doubled == 0 &&
		result.sums.unsigned_ == 0;
	tally_free(&tally);
	return err;
}

static enum err
replay_in(const struct asked *ask, const char *dir, const struct place_of_files *place,
	bool *good, struct fault *fault)
{
	struct buffer geojson = {0}, text = {0};
	struct instance in = {0};
	struct recording rows = {0};
	struct programs programs;
	char playbooks[4300];
	struct instance_plan plan = {.dir = dir,
		.data = place->data,
		.mode = MODE_EXERCISE,
		.siren_everywhere = true,
		.fleet = true,
		.playbooks = playbooks};
	enum err err = file_read(&geojson, ask->zones, 64 << 20, fault);

	snprintf(playbooks, sizeof playbooks, "%s/playbooks", dir);
	if (err == ERR_OK)
		err = file_read(&text, ask->file, 1 << 30, fault);
	if (err == ERR_OK)
		err = playbooks_make(dir, place->data, fault);
	plan.geojson = buffer_bytes(&geojson);
	if (err == ERR_OK)
		err = instance_make(&in, &plan, fault);
	if (err == ERR_OK)
		err = recording_read(&rows, buffer_bytes(&text), ask->day, in.zones, fault);
	if (err == ERR_OK)
		err = programs_start(&programs, &in, place->bin, true,
			ask->quiet ? NULL : stderr, fault);
	if (err == ERR_OK) {
		err = play(ask, &programs, &rows, good, fault);
		programs_stop(&programs);
	}
	recording_free(&rows);
	instance_free(&in);
	buffer_free(&geojson);
	buffer_free(&text);
	return err;
}

int
replay_command(int argc, char **argv)
{
	char dir[] = "/tmp/belfry-replay-XXXXXX";
	struct place_of_files place;
	struct fault fault = {""};
	struct asked ask;
	bool good = false;
	enum err err = asked_read(&ask, argc, argv, &fault);

	if (err == ERR_OK && ask.help) {
		fputs(help, stdout);
		return 0;
	}
	if (err != ERR_OK) {
		fprintf(stderr, "belfry replay: %s\n", fault.text);
		return 2;
	}
	err = place_find(&place, &fault);
	if (err == ERR_OK && ask.dir == NULL && mkdtemp(dir) == NULL)
		err = fault_set(&fault, ERR_IO, "no folder could be made in /tmp");
	if (err == ERR_OK)
		err = replay_in(
			&ask, ask.dir != NULL ? ask.dir : dir, &place, &good, &fault);
	if (err != ERR_OK)
		fprintf(stderr, "belfry replay: %s\n",
			fault.text[0] ? fault.text : err_name(err));
	if (ask.dir == NULL && err == ERR_OK)
		folder_remove(dir);
	else if (ask.dir == NULL)
		fprintf(stderr, "belfry replay: the chain's logs are in %s/log\n", dir);
	return err == ERR_OK && good ? 0 : 1;
}
