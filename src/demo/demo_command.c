/* SPDX-License-Identifier: GPL-3.0-or-later */
/* demo_command.c: `belfry demo`: a territory to try things in, on loopback. */
#include "demo/commands.h"

#include "alert/content.h"
#include "console/config.h"
#include "demo/files.h"
#include "demo/operators.h"
#include "demo/place.h"
#include "demo/ports.h"
#include "demo/programs.h"
#include "demo/tally.h"
#include "loop/loop.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
	"usage: belfry demo [--once] [--dir DIR]\n"
	"\n"
	"Makes a demo territory (four persons with keys, five zones, three simulated "
	"siren\n"
	"cabinets), starts hub, edge and sirens on loopback, and says how to sound the "
	"first alert.\n"
	"Ctrl-C ends all of it; the next start goes on where this one ended.\n"
	"\n"
	"  --once      without a person: alert, sound, all clear, alert, stop; ends with 0 "
	"only if\n"
	"              the cabinets' relays really closed and opened\n"
	"  --dir DIR   where it lives (default: ./demo; with --once a new folder in "
	"/tmp)\n";

/* Where a new demo's pages are, if nobody else is there. */
enum { PORT = 7400, PORTS = 3 };

static volatile sig_atomic_t interrupted, serving;

/* While nothing serves yet, or the second time, at once: the kernel ends our children with us. */
static void
interrupt(int signo)
{
	if (!serving || interrupted)
		_exit(128 + signo);
	interrupted = 1;
}

/* A path between the quotes of a shell. */
static void
quote(struct buffer *out, const char *text)
{
	write_text(out, "'");
	for (; *text != '\0'; text++)
		if (*text == '\'')
			write_text(out, "'\\''");
		else
			write_bytes(out, text, 1);
	write_text(out, "'");
}

/* DIR/env: what a second terminal wants to know, so that the lines we print are short. */
static enum err
write_env(const struct programs *p, struct fault *fault)
{
	const struct instance *in = p->in;
	const struct {
		const char *name, *value;
	} line[] = {{"BELFRY_HUB", instance_path(in, "hub/hub.sock")},
		{"BELFRY_DATA", in->data}, {"KEYS", instance_path(in, "keys")}};
	struct buffer out = {0};
	enum err err;

	write_text(&out, "# For a shell: . this file\nexport PATH=");
	quote(&out, p->bin);
	write_text(&out, ":\"$PATH\"\n");
	for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
		write_format(&out, "export %s=", line[i].name);
		quote(&out, line[i].value);
		write_text(&out, "\n");
	}
	err = out.err != ERR_OK ? out.err
				: file_write(instance_path(in, "env"), buffer_bytes(&out),
					  false, fault);
	buffer_free(&out);
	return err;
}

static void
say_first_alert(const struct programs *p)
{
	const struct instance *in = p->in;
	struct buffer env = {0};

	quote(&env, instance_path(in, "env"));
	printf("\n"
	       "Open  http://127.0.0.1:%u/  what the public sees\n"
	       "      http://127.0.0.1:%u/  the operators' console\n"
	       "\n"
	       "Sound the first alert from a second terminal: Olena signs, Iryna "
	       "approves.\n"
	       "\n"
	       "  . %s && belfry alert propose --playbook air-raid --zones bergfrid --yes "
	       "--key \"$KEYS/Olena.key\" && belfry alert approve --last --yes --key "
	       "\"$KEYS/Iryna.key\"\n"
	       "\n"
	       "Then, in that terminal:\n"
	       "\n"
	       "  belfry watch                                       who sounds, who is "
	       "silent\n"
	       "  belfry alert list                                  the alerts and their "
	       "ids\n"
	       "  belfry alert all-clear ID --key \"$KEYS/Olena.key\"  approve it as "
	       "above\n"
	       "  belfry alert stop ID --key \"$KEYS/Danylo.key\"      one person is "
	       "enough\n"
	       "\n"
	       "Ctrl-C here ends everything; the next start goes on where this one ended.\n"
	       "Logs: %s/log\n",
		in->port, in->port + 1u, buffer_text(&env), in->dir);
	buffer_free(&env);
	fflush(stdout);
}

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

enum { ONCE_S = 3, ONCE_WAIT_MS = 15000 };

/* Until every box that owes a sounding has paid it. */
static enum err
await_closings(struct tally *t, struct fault *fault)
{
	int64_t until = loop_monotonic_ms() + ONCE_WAIT_MS;
	enum err err = tally_read(t, fault);

	while (err == ERR_OK && tally_open(t) > 0) {
		if (loop_monotonic_ms() > until)
			return fault_set(fault, ERR_IO,
				"%zu sirens did not sound within %d s", tally_open(t),
				ONCE_WAIT_MS / 1000);
		usleep(10000);
		err = tally_read(t, fault);
	}
	return err;
}

/* Until no relay is closed: the log's last word of every box is "off". */
static enum err
await_openings(const struct instance *in, int64_t within_ms, struct fault *fault)
{
	int64_t until = loop_monotonic_ms() + within_ms;
	size_t closed = 1;

	while (closed > 0) {
		struct buffer text = {0};

		closed = 0;
		if (file_read(&text, instance_path(in, "cabinet.log"), 1 << 28, fault) !=
			ERR_OK)
			return ERR_IO;
		for (const char *at = buffer_text(&text); (at = strstr(at, " o")) != NULL;
			at += 2)
			closed = strncmp(at, " on\n", 4) == 0 ? closed + 1 : closed - 1;
		buffer_free(&text);
		if (closed > 0 && loop_monotonic_ms() > until)
			return fault_set(
				fault, ERR_IO, "%zu relays are still closed", closed);
		if (closed > 0)
			usleep(10000);
	}
	return ERR_OK;
}

/* The zones that lie in no other: together they are all of it. */
static json_t *
whole_territory(const struct instance *in)
{
	const struct zones_parts *parts = zones_parts(in->zones);
	json_t *list = json_array();

	for (size_t i = 0; i < parts->zone_count; i++)
		if (parts->zone[i].parent == NULL)
			json_array_append_new(list, json_integer(parts->zone[i].number));
	return list;
}

static enum err
once_order(
	struct programs *p, const char *verb, char alert[17], bool two, struct fault *fault)
{
	json_t *answer = NULL,
	       *ask = json_pack("{s:s,s:i}", "verb", verb, "seconds", ONCE_S);
	const char *id;
	enum err err;

	if (strcmp(verb, "alert") == 0) {
		json_object_set_new(ask, "playbook", json_string("air-raid"));
		json_object_set_new(ask, "zones", whole_territory(p->in));
		json_object_set_new(ask, "separate", json_true());
	} else {
		json_object_set_new(ask, "alert", json_string(alert));
	}
	err = operators_order(p->api, &answer, ask, &p->in->person[0],
		two ? &p->in->person[2] : NULL, fault);
	id = json_string_value(json_object_get(answer, "alert"));
	if (err == ERR_OK && id != NULL)
		snprintf(alert, 17, "%s", id);
	json_decref(answer);
	return err;
}

static enum err
owe_all(struct tally *t, bool alarm)
{
	enum err err = ERR_OK;

	for (size_t i = 1; i <= t->boxes && err == ERR_OK; i++)
		err = tally_owe(t, i, alarm, now_ns());
	return err;
}

static enum err
once_sound(struct programs *p, struct tally *t, const char *verb, char alert[17],
	struct fault *fault)
{
	enum err err = owe_all(t, strcmp(verb, "alert") == 0);
	int64_t from = loop_monotonic_ms();

	if (err == ERR_OK)
		err = once_order(p, verb, alert, true, fault);
	if (err == ERR_OK)
		err = await_closings(t, fault);
	if (err == ERR_OK)
		printf("%-10s %zu relays closed after %lld ms\n", verb, t->boxes,
			(long long)(loop_monotonic_ms() - from));
	return err;
}

static enum err
once(struct programs *p, struct fault *fault)
{
	struct tally t;
	char alert[17] = "";
	int64_t from;
	enum err err = tally_new(
		&t, instance_path(p->in, "cabinet.log"), p->in->siren_count, fault);

	if (err != ERR_OK)
		return err;
	err = once_sound(p, &t, "alert", alert, fault);
	if (err == ERR_OK)
		err = await_openings(p->in, (ONCE_S + 5) * 1000, fault);
	if (err == ERR_OK)
		err = once_sound(p, &t, "all-clear", alert, fault);
	if (err == ERR_OK)
		err = await_openings(p->in, (ONCE_S + 5) * 1000, fault);
	if (err == ERR_OK)
		err = once_sound(p, &t, "alert", alert, fault);
	from = loop_monotonic_ms();
	if (err == ERR_OK)
		err = once_order(p, "stop", alert, false, fault);
	if (err == ERR_OK)
		err = await_openings(p->in, 1000, fault);
	if (err == ERR_OK)
		printf("stop       all relays open after %lld ms\n",
			(long long)(loop_monotonic_ms() - from));
	tally_free(&t);
	return err;
}

static enum err
live(struct programs *p, struct fault *fault)
{
	enum err err = write_env(p, fault);

	serving = 1;
	if (err == ERR_OK)
		say_first_alert(p);
	while (!interrupted && err == ERR_OK) {
		usleep(200 * 1000);
		err = programs_look(p, fault);
	}
	printf("\nending …\n");
	fflush(stdout);
	return err;
}

static enum err
demo_in(const char *dir, bool run_once, const struct place_of_files *place,
	struct fault *fault)
{
	struct buffer geojson = {0};
	struct instance in = {0};
	struct programs programs;
	struct instance_plan plan = {.dir = dir,
		.data = place->data,
		.mode = MODE_LIVE,
		.port = !run_once && ports_are_free(PORT, PORTS) ? PORT : 0};
	char zones[4300];
	enum err err;

	snprintf(zones, sizeof zones, "%s/share/demo/zones.geojson", place->data);
	err = file_read(&geojson, zones, 1 << 20, fault);
	plan.geojson = buffer_bytes(&geojson);
	if (err == ERR_OK)
		err = instance_make(&in, &plan, fault);
	if (err == ERR_OK)
		printf("territory %08x in %s\n", in.territory, in.dir);
	if (err == ERR_OK)
		err = programs_start(&programs, &in, place->bin, false, stdout, fault);
	if (err == ERR_OK) {
		err = run_once ? once(&programs, fault) : live(&programs, fault);
		programs_stop(&programs);
	}
	instance_free(&in);
	buffer_free(&geojson);
	return err;
}

int
demo_command(int argc, char **argv)
{
	static const struct option options[] = {{"once", 0, NULL, 'o'},
		{"dir", 1, NULL, 'd'}, {"help", 0, NULL, 'h'}, {NULL, 0, NULL, 0}};
	char temp[] = "/tmp/belfry-demo-XXXXXX";
	const char *dir = NULL;
	struct place_of_files place;
	struct fault fault = {""};
	bool run_once = false;
	int option;
	enum err err;

	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return 0;
		}
		if (option == '?')
			return 2;
		run_once |= option == 'o';
		dir = option == 'd' ? optarg : dir;
	}
	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	err = place_find(&place, &fault);
	if (err == ERR_OK && dir == NULL && run_once && mkdtemp(temp) == NULL)
		err = fault_set(&fault, ERR_IO, "no folder could be made in /tmp");
	if (err == ERR_OK)
		err = demo_in(dir != NULL ? dir
			      : run_once  ? temp
					  : "demo",
			run_once, &place, &fault);
	if (err != ERR_OK)
		fprintf(stderr, "belfry demo: %s\n",
			fault.text[0] ? fault.text : err_name(err));
	if (strstr(fault.text, " in use: ") != NULL)
		fputs("If a demo runs already: end it, or start another one with --dir "
		      "DIR.\n",
			stderr);
	if (dir == NULL && run_once && err == ERR_OK)
		folder_remove(temp);
	return err == ERR_OK ? 0 : 1;
}
