/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay.c: recorded rows as orders, in their time. */
#include "demo/replay.h"

#include "alert/content.h"
#include "demo/operators.h"
#include "loop/loop.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	REPEAT_MS = 120000, /* a repeat within this extends the alarm (doc/decisions) */
	REST_MS = 1300,	    /* between two soundings of one box: LEAST and GAP of siren.h */
	PATIENCE_MS = 15000, /* a box that has not sounded by then has missed it */
	SOUND_S = 1,	     /* each sounding is as short as an order can ask */
	BATCH = CONTENT_ZONES,
};

/* An alarm on air in one zone: one or more rows, and the alert that stands for it. */
struct on_air {
	bool live, missile;
	int64_t last_ms; /* start of the newest row, recorded time */
	size_t open;	 /* rows whose end is still to come */
	char alert[17];
};

struct event {
	int64_t time_ms;
	size_t row;
	bool end;
};

struct replay {
	struct programs *programs;
	const struct instance *in;
	const struct recording *rows;
	struct tally *tally;
	const struct replay_options *options;
	struct replay_result result;
	struct on_air *zone; /* by zone number, for each kind of hazard */
	bool *warned;
	size_t *box_of; /* zone number -> box; 0 none */
	struct event *event;
	size_t events;
	int64_t begun_ms; /* monotonic */
	struct fault *fault;
};

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* At one moment alarms come before ends: never an all clear in the second of a new attack. */
static int
by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	if (x->end != y->end)
		return x->end ? 1 : -1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static enum err
events_make(struct replay *r)
{
	r->event = calloc(2 * r->rows->count + 1, sizeof *r->event);
	if (r->event == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < r->rows->count; i++) {
		const struct recorded *row = &r->rows->at[i];

		if (row->zone == 0)
			continue;
		r->event[r->events++] = (struct event){row->start_ms, i, false};
		if (row->end_ms >= 0)
			r->event[r->events++] = (struct event){row->end_ms, i, true};
	}
	qsort(r->event, r->events, sizeof *r->event, by_time);
	return ERR_OK;
}

static struct on_air *
on_air(struct replay *r, uint16_t zone, bool missile)
{
	return &r->zone[2 * (size_t)zone + missile];
}

/* The boxes in these zones and below, each once; the caller frees. */
static size_t *
boxes_in(struct replay *r, const uint16_t *zone, size_t count, size_t *out_count)
{
	uint16_t below[ZONES_MAX];
	bool *seen = calloc(r->in->siren_count + 1, sizeof *seen);
	size_t *box = calloc(r->in->siren_count + 1, sizeof *box), n = 0;

	for (size_t i = 0; i < count && seen != NULL && box != NULL; i++) {
		size_t m = zones_below(r->in->zones, zone[i], below, ZONES_MAX);

		for (size_t k = 0; k < m; k++) {
			size_t b = r->box_of[below[k]];

			if (b != 0 && !seen[b]) {
				seen[b] = true;
				box[n++] = b;
			}
		}
	}
	free(seen);
	*out_count = n;
	return box;
}

static enum err
wait_rest(struct replay *r, const size_t *box, size_t count)
{
	int64_t until = loop_monotonic_ms() + PATIENCE_MS;
	enum err err = ERR_OK;
	bool rest = false;

	while (err == ERR_OK && !rest) {
		err = tally_read(r->tally, r->fault);
		rest = true;
		for (size_t i = 0; i < count && rest; i++)
			rest = tally_rests(r->tally, box[i], REST_MS, now_ns());
		if (rest || loop_monotonic_ms() > until)
			break;
		if (err == ERR_OK)
			err = programs_look(r->programs, r->fault);
		usleep(2000);
	}
	return err;
}

static enum err
owe(struct replay *r, const size_t *box, size_t count, bool alarm, int64_t at_ns)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = tally_owe(r->tally, box[i], alarm, at_ns);
	return err;
}

static json_t *
zones_json(const uint16_t *zone, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_integer(zone[i]));
	return list;
}

static json_int_t
lifetime_s(const struct replay *r)
{
	double real = r->options->speed > 0
			      ? (double)r->options->expires_s / r->options->speed
			      : (double)r->options->expires_s;

	/* With ends in the source the alarm lives until its end, at most as long as orders can. */
	return r->rows->has_ends ? UINT16_MAX : real < 30 ? 30 : (json_int_t)real;
}

static enum err
alarm_order(struct replay *r, const uint16_t *zone, size_t count, bool missile, bool repeat)
{
	size_t boxes, *box = boxes_in(r, zone, count, &boxes);
	json_t *answer = NULL, *ask;
	int64_t at;
	const char *id;
	enum err err = box != NULL ? ERR_OK : ERR_NOMEM;

	if (err == ERR_OK && !repeat)
		err = wait_rest(r, box, boxes);
	at = now_ns();
	ask = json_pack("{s:s,s:s,s:o,s:i,s:I,s:b}", "verb", "alert", "playbook",
		missile ? "missile" : "general", "zones", zones_json(zone, count),
		"seconds", SOUND_S, "lifetime_s", lifetime_s(r), "separate", !repeat);
	if (err == ERR_OK && !repeat)
		err = owe(r, box, boxes, true, at);
	if (err == ERR_OK)
		err = operators_order(r->programs->api, &answer, ask, &r->in->person[0],
			&r->in->person[2], r->fault);
	else
		json_decref(ask);
	id = json_string_value(json_object_get(answer, "alert"));
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		snprintf(
			on_air(r, zone[i], missile)->alert, 17, "%s", id != NULL ? id : "");
	r->result.alerts += err == ERR_OK && !repeat;
	r->result.joined += err == ERR_OK && repeat ? count : 0;
	json_decref(answer);
	free(box);
	return err;
}

/* All rows that begin at one moment with one hazard: new alarms in one order, repeats in another. */
static enum err
alarms_begin(struct replay *r, size_t from, size_t to, bool missile)
{
	uint16_t fresh[BATCH], repeat[BATCH];
	size_t f = 0, n = 0;
	enum err err = ERR_OK;

	for (size_t i = from; i < to && f < BATCH && n < BATCH; i++) {
		const struct recorded *row = &r->rows->at[r->event[i].row];
		struct on_air *a = on_air(r, row->zone, missile);

		if (row->missile != missile || r->event[i].end)
			continue;
		a->open += row->end_ms >= 0;
		if (a->live && row->start_ms == a->last_ms)
			continue;
		if (a->live && row->start_ms - a->last_ms <= REPEAT_MS)
			repeat[n++] = row->zone;
		else
			fresh[f++] = row->zone;
		a->live = true;
		a->last_ms = row->start_ms;
		r->warned[row->zone] = true;
	}
	/* Alarms that overlap but have ends are ended one by one: one order each. */
	for (size_t i = 0; r->rows->has_ends && i < f && err == ERR_OK; i++)
		err = alarm_order(r, &fresh[i], 1, missile, false);
	for (size_t i = 0; r->rows->has_ends && i < n && err == ERR_OK; i++)
		err = alarm_order(r, &repeat[i], 1, missile, true);
	if (err == ERR_OK && !r->rows->has_ends && f > 0)
		err = alarm_order(r, fresh, f, missile, false);
	if (err == ERR_OK && !r->rows->has_ends && n > 0)
		err = alarm_order(r, repeat, n, missile, true);
	return err;
}

/* Which boxes the all clear concerns: those of its content, which names what was owed, too. */
static enum err
all_clear_owed(struct replay *r, const json_t *answer, int64_t at)
{
	const char *id = json_string_value(json_object_get(answer, "proposal"));
	json_t *proposal = NULL, *content;
	char path[96];
	uint16_t zone[CONTENT_ZONES];
	size_t n = 0, boxes, *box;
	enum err err;

	snprintf(path, sizeof path, "/api/v1/proposals/%s", id != NULL ? id : "");
	err = api_call(r->programs->api, &proposal, "GET", path, NULL, r->fault);
	content = json_loads(
		err == ERR_OK ? json_string_value(json_object_get(proposal, "content"))
			      : "{}",
		0, NULL);
	for (; n < json_array_size(json_object_get(content, "zones")) && n < CONTENT_ZONES;
		n++)
		zone[n] = (uint16_t)json_integer_value(
			json_array_get(json_object_get(content, "zones"), n));
	box = boxes_in(r, zone, n, &boxes);
	if (err == ERR_OK)
		err = box != NULL ? owe(r, box, boxes, false, at) : ERR_NOMEM;
	free(box);
	json_decref(content);
	json_decref(proposal);
	return err;
}

static enum err
end_order(struct replay *r, const char *alert, const char *verb, json_t **answer)
{
	return operators_order(r->programs->api, answer,
		json_pack(
			"{s:s,s:s,s:i}", "verb", verb, "alert", alert, "seconds", SOUND_S),
		&r->in->person[0], &r->in->person[2], r->fault);
}

static enum err
alarm_end(struct replay *r, const struct recorded *row)
{
	struct on_air *a = on_air(r, row->zone, row->missile);
	json_t *answer = NULL;
	size_t boxes, *box;
	int64_t at;
	enum err err;

	if (a->open > 0)
		a->open--;
	if (!a->live || a->open > 0)
		return ERR_OK;
	a->live = false;
	box = boxes_in(r, &row->zone, 1, &boxes);
	err = box != NULL ? wait_rest(r, box, boxes) : ERR_NOMEM;
	at = now_ns();
	if (err == ERR_OK)
		err = end_order(r, a->alert, "all-clear", &answer);
	if (err == ERR_OK) {
		err = all_clear_owed(r, answer, at);
		r->result.all_clears++;
	} else if (err == ERR_REFUSED) {
		/* Another alarm lives over it: end this one without a sound. */
		err = end_order(r, a->alert, "end", &answer);
		r->result.ended_silently++;
	}
	json_decref(answer);
	free(box);
	return err;
}

static enum err
wait_moment(struct replay *r, int64_t time_ms)
{
	int64_t due = r->begun_ms;
	enum err err = ERR_OK;

	if (r->options->speed <= 0)
		return programs_look(r->programs, r->fault);
	due += (int64_t)((double)(time_ms - r->event[0].time_ms) / r->options->speed);
	while (err == ERR_OK && loop_monotonic_ms() < due) {
		int64_t left = due - loop_monotonic_ms();

		usleep((useconds_t)(left > 200 ? 200 : left > 0 ? left : 0) * 1000);
		err = tally_read(r->tally, r->fault);
		if (err == ERR_OK)
			err = programs_look(r->programs, r->fault);
	}
	return err;
}

static void
progress(struct replay *r, size_t done)
{
	static int64_t last_ms;

	if (r->options->progress == NULL ||
		(loop_monotonic_ms() - last_ms < 1000 && done < r->events))
		return;
	last_ms = loop_monotonic_ms();
	fprintf(r->options->progress,
		"\r%zu of %zu events, %zu alerts, %zu soundings awaited   ", done,
		r->events, r->result.alerts, tally_open(r->tally));
	if (done == r->events)
		fputc('\n', r->options->progress);
	fflush(r->options->progress);
}

static enum err
play(struct replay *r)
{
	enum err err = ERR_OK;
	size_t to;

	r->begun_ms = loop_monotonic_ms();
	for (size_t i = 0; i < r->events && err == ERR_OK; i = to) {
		to = i;
		while (to < r->events && r->event[to].time_ms == r->event[i].time_ms)
			to++;
		err = wait_moment(r, r->event[i].time_ms);
		if (err == ERR_OK)
			err = alarms_begin(r, i, to, true);
		if (err == ERR_OK)
			err = alarms_begin(r, i, to, false);
		for (size_t k = i; k < to && err == ERR_OK; k++)
			if (r->event[k].end)
				err = alarm_end(r, &r->rows->at[r->event[k].row]);
		progress(r, to);
	}
	return err;
}

static enum err
await_rest(struct replay *r)
{
	int64_t until = loop_monotonic_ms() + PATIENCE_MS;
	enum err err = tally_read(r->tally, r->fault);

	while (err == ERR_OK && tally_open(r->tally) > 0 && loop_monotonic_ms() < until) {
		usleep(10000);
		err = tally_read(r->tally, r->fault);
	}
	/* A doubled sounding would come now. */
	usleep(1500 * 1000);
	return err == ERR_OK ? tally_read(r->tally, r->fault) : err;
}

enum err
replay_run(struct replay_result *out, struct programs *programs,
	const struct recording *rows, struct tally *tally,
	const struct replay_options *options, struct fault *fault)
{
	struct replay r = {.programs = programs,
		.in = programs->in,
		.rows = rows,
		.tally = tally,
		.options = options,
		.fault = fault};
	enum err err = ERR_NOMEM;

	r.zone = calloc(2 * (ZONES_MAX + 1), sizeof *r.zone);
	r.warned = calloc(ZONES_MAX + 1, sizeof *r.warned);
	r.box_of = calloc(ZONES_MAX + 1, sizeof *r.box_of);
	if (r.zone != NULL && r.warned != NULL && r.box_of != NULL)
		err = events_make(&r);
	for (size_t i = 0; i < r.in->siren_count && err == ERR_OK; i++)
		r.box_of[r.in->siren_zone[i]] = i + 1;
	if (err == ERR_OK)
		err = play(&r);
	if (err == ERR_OK)
		err = await_rest(&r);
	for (size_t i = 0; r.warned != NULL && i <= ZONES_MAX; i++)
		r.result.zones += r.warned[i];
	r.result.seconds = (double)(loop_monotonic_ms() - r.begun_ms) / 1000;
	r.result.sums = tally_sums(tally);
	free(r.zone);
	free(r.warned);
	free(r.box_of);
	free(r.event);
	if (err == ERR_OK)
		*out = r.result;
	return err;
}
