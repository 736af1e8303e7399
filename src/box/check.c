/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check.c: starts brains without hands, and looks at their first wishes. */
#include "box/check.h"

#include "loop/loop.h"
#include "siren/siren.h"
#include "store/state_log.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct checked {
	const struct enrolment *e;
	struct siren **brain; /* e->count */
	size_t records, foreign;
};

static void
restore(void *ctx, const struct state_record *record)
{
	struct checked *c = ctx;
	const struct enrolled *who = enrolment_find(c->e, record->box);

	c->records++;
	if (who == NULL)
		c->foreign++;
	else
		siren_restore(c->brain[who - c->e->at], record->kind, record->bytes);
}

/* The log as bytes, so that it is neither locked nor mended. */
static enum err
load(struct buffer *out, const char *path, struct fault *fault)
{
	FILE *f = fopen(path, "re");
	char part[4096];
	size_t n;
	enum err err;

	if (f == NULL && errno == ENOENT)
		return ERR_OK;
	if (f == NULL)
		return fault_set(fault, ERR_IO, "%s: %s", path, strerror(errno));
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		write_bytes(out, part, n);
	err = ferror(f) ? fault_set(fault, ERR_IO, "%s: %s", path, strerror(errno))
			: out->err;
	fclose(f);
	return err;
}

static enum err
read_state(FILE *out, struct checked *c, const char *folder, struct fault *fault)
{
	struct state_memory *disk = state_memory_new();
	struct state_log *log = NULL;
	char path[PATH_MAX];
	enum err err = disk != NULL ? ERR_OK : ERR_NOMEM;

	snprintf(path, sizeof path, "%s/state.log", folder);
	if (err == ERR_OK)
		err = load(state_memory_content(disk), path, fault);
	if (err == ERR_OK) {
		err = state_log_open(&log, state_memory_io(disk), restore, c);
		if (err != ERR_OK)
			fault_write(fault, "%s: is no state log", path);
	}
	if (err == ERR_OK)
		fprintf(out,
			"state: %zu records, %" PRIu64
			" bytes damaged, %zu of other sirens\n",
			c->records, state_log_damaged(log), c->foreign);
	state_log_close(log);
	state_memory_free(disk);
	return err;
}

static void
show_siren(FILE *out, const struct enrolled *who, struct siren *brain)
{
	struct siren_todo todo = {0};
	int64_t now = loop_monotonic_ms();
	struct siren_view v;

	siren_start(brain, now, &todo);
	v = siren_view(brain, now);
	fprintf(out,
		"siren %" PRIu32 ": zone %u, cabinet %" PRIu32 ", roster %" PRIu32
		", %zu living alarms\n",
		who->siren, who->place.zone[0], who->cabinet, v.roster, v.live);
	for (size_t i = 0; i < todo.count; i++)
		if (todo.at[i].kind == SIREN_PLAY)
			fprintf(out,
				"  would go on with %s, %" PRId64 " s after its begin\n",
				todo.at[i].pattern->name, todo.at[i].elapsed_ms / 1000);
	siren_todo_free(&todo);
}

static enum err
make(struct checked *c, const struct box_conf *conf, const struct patterns *patterns,
	struct fault *fault)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < c->e->count && err == ERR_OK; i++) {
		struct siren_conf one = {.number = c->e->at[i].siren,
			.place = c->e->at[i].place,
			.patterns = patterns,
			.seconds_cap = conf->seconds_cap,
			.key = c->e->at[i].key,
			.roster = c->e->roster,
			.chip_ms = conf->clock_chip ? loop_now_ms() : 0};

		err = siren_new(&c->brain[i], &one, loop_monotonic_ms(), fault);
	}
	return err;
}

enum err
box_check(FILE *out, const struct box_conf *conf, const struct enrolment *e,
	const struct patterns *patterns, struct fault *fault)
{
	struct checked c = {.e = e, .brain = calloc(e->count, sizeof *c.brain)};
	enum err err = c.brain != NULL ? ERR_OK : ERR_NOMEM;

	if (err == ERR_OK)
		err = make(&c, conf, patterns, fault);
	if (err == ERR_OK)
		err = read_state(out, &c, conf->state, fault);
	for (size_t i = 0; i < e->count && err == ERR_OK; i++)
		show_siren(out, &e->at[i], c.brain[i]);
	for (size_t i = 0; i < conf->edges && err == ERR_OK; i++)
		fprintf(out, "would listen to %s\n", conf->edge[i]);
	if (err == ERR_OK)
		fprintf(out, "%zu patterns; sound: %s\n", patterns_count(patterns),
			conf->sound_text);
	for (size_t i = 0; c.brain != NULL && i < e->count; i++)
		siren_free(c.brain[i]);
	free(c.brain);
	return err;
}
