/* SPDX-License-Identifier: GPL-3.0-or-later */
/* box.c: events to the brain, wishes to the hands. */
#include "box/box.h"

#include "box/must.h"
#include "box/station.h"

#include <inttypes.h>
#include <stdio.h>

enum { LEAST_MS = 1, MOST_MS = 60000 };

static void
note(const struct box *b, const char *what, const struct siren_wish *w)
{
	if (!b->station->verbose)
		return;
	printf("belfry-siren: siren %" PRIu32 ": %s", b->who->siren, what);
	if (w != NULL)
		printf(" %s", w->pattern->name);
	putchar('\n');
	fflush(stdout);
}

static void
set_relay(struct box *b, bool on)
{
	struct station *st = b->station;

	if (b->relay != on) {
		st->relays += on ? 1 : (size_t)-1;
		st->closings += on;
	}
	b->relay = on;
	/* At the start the hand is not there yet; it asks then what is wished. */
	if (st->hand != NULL)
		hand_set(st->hand, b->who->cabinet, on);
}

static void
put(struct box *b, const struct siren_wish *w)
{
	disk_put(b->station->disk,
		&(struct state_record){b->who->siren, w->record, w->bytes}, w->ticket);
}

static void
do_wish(struct box *b, const struct siren_wish *w)
{
	struct station *st = b->station;

	switch (w->kind) {
	case SIREN_RELAY:
		set_relay(b, w->on);
		break;
	case SIREN_PLAY:
		note(b, "sounds", w);
		speaker_play(&b->speaker, w->pattern, w->seconds, w->elapsed_ms);
		break;
	case SIREN_QUIET:
		note(b, "is silent", NULL);
		speaker_quiet(&b->speaker);
		break;
	case SIREN_STORE:
		put(b, w);
		break;
	case SIREN_RECEIPT:
		post_add(st->post, b->index, w->number, w->bytes);
		break;
	case SIREN_WANT:
		b->wants = true;
		b->wants_number = w->number;
		fetch_want(st->fetch, w->number);
		break;
	}
}

/*
 * Killed between the relay and the record of it, a box that starts again does not know that it
 * sounds, and is about to. Until its brain has decided the relay stays as it is.
 */
static void
decide(struct box *b)
{
	if (!b->relay && siren_view(b->brain, loop_monotonic_ms()).about_to)
		return;
	b->undecided = false;
	if (!b->relay)
		set_relay(b, false);
}

static void tick(void *ctx);

static void
perform(struct box *b)
{
	int64_t wait;

	for (size_t i = 0; i < b->todo.count; i++)
		do_wish(b, &b->todo.at[i]);
	siren_todo_clear(&b->todo);
	if (b->undecided)
		decide(b);
	wait = siren_next_ms(b->brain) - loop_monotonic_ms();
	wait = wait < LEAST_MS ? LEAST_MS : wait > MOST_MS ? MOST_MS : wait;
	timer_must(b->station->loop, &b->timer, wait, tick, b);
}

void
box_step(struct box *b, const struct siren_event *ev)
{
	siren_step(b->brain, loop_monotonic_ms(), ev, &b->todo);
	perform(b);
}

/* In a busy process the end of a sounding comes up before the current that proves it is read. */
static void
read_sensor_first(struct box *b)
{
	if (b->relay && b->station->hand != NULL)
		hand_hear(b->station->hand);
}

static void
tick(void *ctx)
{
	read_sensor_first(ctx);
	box_step(ctx, &(struct siren_event){.kind = SIREN_TICK});
}

void
box_read(struct box *b, size_t edge, const struct reading *r)
{
	struct siren_event ev = {0};

	switch (r->kind) {
	case READING_NONE:
		return;
	case READING_CURSOR:
		post_cursor(b->station->post, edge, r->spool, r->cursor);
		return;
	case READING_ENTRY:
		ev.kind = SIREN_ENTRY;
		ev.entry = &r->entry;
		break;
	case READING_CHECKPOINT:
		ev.kind = SIREN_CHECKPOINT;
		ev.heartbeat.checkpoint = &r->checkpoint;
		ev.heartbeat.edge = r->edge.count > 0 ? r->edge.at : NULL;
		ev.heartbeat.edge_count = r->edge.count;
		break;
	case READING_ORDER:
		ev.kind = SIREN_ORDER;
		ev.order.bytes = r->order;
		ev.order.on_disk = r->on_disk;
		break;
	}
	read_sensor_first(b);
	box_step(b, &ev);
}

static bool
ear_after(void *ctx, uint64_t *number)
{
	const struct box_ear *e = ctx;

	*number = siren_view(e->box->brain, loop_monotonic_ms()).size;
	return *number > 0;
}

static void
ear_state(void *ctx, bool up, const struct fault *why)
{
	struct box_ear *e = ctx;
	struct box *b = e->box;

	b->ears_up = (uint8_t)(b->ears_up + (up ? 1 : -1));
	station_heard(b->station, e->edge, up, up ? b->ears_up == 1 : b->ears_up == 0,
		why != NULL ? why->text : "");
}

static void
ear_event(void *ctx, const struct sse_event *ev)
{
	struct box_ear *e = ctx;

	box_read(e->box, e->edge,
		readings_read(e->box->station->readings, ev->event, ev->data));
}

static const struct ear_hooks ear_hooks = {ear_after, ear_state, ear_event};

enum err
box_new(struct station *st, uint32_t index, struct fault *fault)
{
	struct box *b = &st->box[index];
	const struct enrolled *who = &st->enrolment->at[index];
	struct siren_conf conf = {.number = who->siren,
		.place = who->place,
		.patterns = st->patterns,
		.seconds_cap = st->conf->seconds_cap,
		.key = who->key,
		.roster = st->enrolment->roster,
		.chip_ms = st->conf->clock_chip ? loop_now_ms() : 0,
		.verify = st->memo != NULL ? memo_verify : NULL,
		.verify_ctx = st->memo};

	b->station = st;
	b->index = index;
	b->who = who;
	b->speaker = (struct speaker){.loop = st->loop, .conf = st->conf};
	return siren_new(&b->brain, &conf, loop_monotonic_ms(), fault);
}

void
box_start(struct box *b)
{
	b->undecided = true;
	siren_start(b->brain, loop_monotonic_ms(), &b->todo);
	perform(b);
}

void
box_listen(struct box *b, int64_t after_ms)
{
	struct station *st = b->station;

	for (size_t i = 0; i < st->conf->edges; i++) {
		b->ear[i].box = b;
		b->ear[i].edge = i;
		ear_start(&b->ear[i].ear, st->loop, st->conf->edge[i], after_ms, &ear_hooks,
			&b->ear[i]);
	}
}

void
box_deafen(struct box *b)
{
	for (size_t i = 0; i < BOX_EDGES; i++)
		ear_stop(&b->ear[i].ear);
	if (b->station != NULL)
		loop_timer_cancel(b->station->loop, &b->timer);
}

void
box_silence(struct box *b)
{
	speaker_quiet(&b->speaker);
	if (b->relay)
		set_relay(b, false);
}

void
box_free(struct box *b)
{
	box_deafen(b);
	siren_free(b->brain);
	siren_todo_free(&b->todo);
}
