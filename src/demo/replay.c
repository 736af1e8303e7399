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

/* An alarm in one zone: one or more rows, and the alert that stands for it. */
struct alarm {
	bool live;
	uint16_t zone;
	int64_t last_ms; /* start of the newest row, recorded time */
	size_t open;	 /* rows that have not ended */
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
	struct alarm *alarm;
	size_t alarms;
	size_t *of_row; /* row -> its alarm */
	size_t *newest; /* zone number and kind -> alarm + 1; 0 none */
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

static size_t *
newest(struct replay *r, const struct recorded *row)
{
	return &r->newest[RECORDED_KINDS * (size_t)row->zone + row->kind];
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

/* What begins at one moment with one kind of hazard. */
struct batch {
	size_t count;
	uint16_t zone[BATCH];
	size_t alarm[BATCH];
};

/* The hazard's playbook: what has no playbook of its own is general. */
static const char *
playbook_of(const char *kind)
{
	return *kind == '\0' || strcmp(kind, "missiles") == 0 ? "missile" : "general";
}

static enum err
alarm_order(struct replay *r, const struct batch *b, size_t from, size_t count,
	uint8_t kind, bool repeat)
{
	size_t boxes, *box = boxes_in(r, b->zone + from, count, &boxes);
	json_t *answer = NULL, *ask;
	int64_t at;
	const char *id;
	enum err err = box != NULL ? ERR_OK : ERR_NOMEM;

	if (err == ERR_OK && !repeat)
		err = wait_rest(r, box, boxes);
	at = now_ns();
	ask = json_pack("{s:s,s:s,s:o,s:i,s:I,s:b}", "verb", "alert", "playbook",
		playbook_of(r->rows->kind[kind]), "zones",
		zones_json(b->zone + from, count), "seconds", SOUND_S, "lifetime_s",
		lifetime_s(r), "separate", !repeat);
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
			r->alarm[b->alarm[from + i]].alert, 17, "%s", id != NULL ? id : "");
	r->result.alerts += err == ERR_OK && !repeat;
	r->result.joined += err == ERR_OK && repeat ? count : 0;
	json_decref(answer);
	free(box);
	return err;
}

static enum err
batch_order(struct replay *r, const struct batch *b, uint8_t kind, bool repeat)
{
	/* Alarms that have ends are ended one by one: one order each. */
	size_t step = r->rows->has_ends ? 1 : BATCH;
	enum err err = ERR_OK;

	for (size_t i = 0; i < b->count && err == ERR_OK; i += step)
		err = alarm_order(
			r, b, i, b->count - i < step ? b->count - i : step, kind, repeat);
	return err;
}

/* Which alarm the row belongs to, and with which batch it must be ordered; NULL: with none. */
static struct batch *
row_place(struct replay *r, size_t row_at, struct batch *fresh, struct batch *repeat)
{
	const struct recorded *row = &r->rows->at[row_at];
	size_t *at = newest(r, row);
	struct alarm *a = *at != 0 ? &r->alarm[*at - 1] : NULL;
	struct batch *to = repeat;

	if (a == NULL || !a->live || row->start_ms - a->last_ms > REPEAT_MS) {
		a = &r->alarm[r->alarms++];
		*a = (struct alarm){.live = true, .zone = row->zone};
		*at = r->alarms;
		to = fresh;
	} else if (a->last_ms == row->start_ms) {
		to = NULL;
	}
	a->last_ms = row->start_ms;
	a->open++;
	r->of_row[row_at] = (size_t)(a - r->alarm);
	r->warned[row->zone] = true;
	return to;
}

/* All rows that begin at one moment with one hazard: new alarms in one order, repeats in another. */
static enum err
alarms_begin(struct replay *r, size_t from, size_t to, uint8_t kind)
{
	struct batch fresh = {0}, repeat = {0}, *b;
	enum err err = ERR_OK;

	for (size_t i = from; i < to && err == ERR_OK; i++) {
		const struct recorded *row = &r->rows->at[r->event[i].row];

		if (row->kind != kind || r->event[i].end)
			continue;
		b = row_place(r, r->event[i].row, &fresh, &repeat);
		if (b == NULL)
			continue;
		b->zone[b->count] = row->zone;
		b->alarm[b->count++] = r->of_row[r->event[i].row];
		if (b->count == BATCH) {
			err = batch_order(r, b, kind, b == &repeat);
			b->count = 0;
		}
	}
	if (err == ERR_OK)
		err = batch_order(r, &fresh, kind, false);
	return err == ERR_OK ? batch_order(r, &repeat, kind, true) : err;
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
row_end(struct replay *r, size_t row)
{
	struct alarm *a = &r->alarm[r->of_row[row]];
	json_t *answer = NULL;
	size_t boxes, *box;
	int64_t at;
	enum err err;

	if (--a->open > 0)
		return ERR_OK;
	a->live = false;
	box = boxes_in(r, &a->zone, 1, &boxes);
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
		for (size_t k = 0; k < r->rows->kinds && err == ERR_OK; k++)
			err = alarms_begin(r, i, to, (uint8_t)k);
		for (size_t k = i; k < to && err == ERR_OK; k++)
			if (r->event[k].end)
				err = row_end(r, r->event[k].row);
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
	sleep(2);
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

	r.alarm = calloc(rows->count + 1, sizeof *r.alarm);
	r.of_row = calloc(rows->count + 1, sizeof *r.of_row);
	r.newest = calloc(RECORDED_KINDS * ((size_t)ZONES_MAX + 1), sizeof *r.newest);
	r.warned = calloc(ZONES_MAX + 1, sizeof *r.warned);
	r.box_of = calloc(ZONES_MAX + 1, sizeof *r.box_of);
	if (r.alarm != NULL && r.of_row != NULL && r.newest != NULL && r.warned != NULL &&
		r.box_of != NULL)
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
	free(r.alarm);
	free(r.of_row);
	free(r.newest);
	free(r.warned);
	free(r.box_of);
	free(r.event);
	if (err == ERR_OK)
		*out = r.result;
	return err;
}
