/* SPDX-License-Identifier: GPL-3.0-or-later */
/* station.c: starts the boxes, and carries what concerns several of them. */
#include "box/station.h"

#include "box/must.h"
#include "box/status.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	STARTS_A_MS = 4, /* streams begun in a millisecond, so that no edge is stormed */
	FLUSH_MS = 500,
};

static void
say(const char *format, const char *what)
{
	fprintf(stderr, format, what);
	fflush(stderr);
}

/* ---- the disk ---- */

static struct box *
box_of(struct station *st, uint32_t siren)
{
	const struct enrolled *who = enrolment_find(st->enrolment, siren);

	return who != NULL ? &st->box[who - st->enrolment->at] : NULL;
}

static void
restore(void *ctx, const struct state_record *record)
{
	struct box *b = box_of(ctx, record->box);

	if (b != NULL)
		siren_restore(b->brain, record->kind, record->bytes);
}

static void
stored(void *ctx, uint32_t siren, uint64_t ticket, bool ok)
{
	struct box *b = box_of(ctx, siren);
	struct siren_event ev = {.kind = SIREN_STORED};

	ev.stored.ticket = ticket;
	ev.stored.ok = ok;
	if (b != NULL)
		box_step(b, &ev);
}

static void
fill(void *ctx, struct disk_snapshot *to)
{
	struct station *st = ctx;
	struct siren_todo todo = {0};

	for (size_t i = 0; i < st->enrolment->count; i++) {
		siren_snapshot(st->box[i].brain, &todo);
		for (size_t w = 0; w < todo.count; w++)
			disk_snapshot_add(
				to, &(struct state_record){st->enrolment->at[i].siren,
					    todo.at[w].record, todo.at[w].bytes});
		if (todo.short_of_memory)
			disk_snapshot_spoil(to);
		siren_todo_clear(&todo);
	}
	siren_todo_free(&todo);
}

static void
wants_snapshot(void *ctx)
{
	struct station *st = ctx;

	disk_rewrite(st->disk, fill, st);
}

static void
disk_state(void *ctx, enum err err)
{
	struct station *st = ctx;

	st->disk_state = err;
	if (err == ERR_OK)
		say("belfry-siren: the disk takes again%s\n", "");
	else
		say("belfry-siren: the disk refuses (%s); orders sound all the same\n",
			err_name(err));
}

static enum err
open_disk(struct station *st, struct fault *fault)
{
	static const struct disk_hooks hooks = {stored, wants_snapshot, disk_state};
	char path[PATH_MAX];
	bool trouble = false;
	enum err err;

	snprintf(path, sizeof path, "%s/state.log", st->conf->state);
	err = disk_open(&st->disk, st->loop, path, restore, &hooks, st, &trouble, fault);
	if (err == ERR_OK && trouble)
		say("belfry-siren: %s\n", fault->text);
	return err;
}

/* ---- relays ---- */

static struct box *
box_at(struct station *st, uint32_t cabinet)
{
	uint32_t place = cabinet - st->first_cabinet;

	return place < st->cabinets ? st->by_cabinet[place] : NULL;
}

static void
inputs(void *ctx, uint32_t cabinet, const struct relay_inputs *in)
{
	struct box *b = box_at(ctx, cabinet);
	struct siren_event ev = {.kind = SIREN_INPUTS};

	if (b == NULL)
		return;
	ev.inputs.inputs = (uint16_t)((in->current_seen ? INPUT_CURRENT : 0) |
				      (in->mains ? INPUT_MAINS : 0) |
				      (in->cabinet_door ? INPUT_CABINET_DOOR : 0) |
				      (in->battery_door ? INPUT_BATTERY_DOOR : 0));
	ev.inputs.battery_mv = in->battery_mv;
	box_step(b, &ev);
}

static enum hand_wish
wished(void *ctx, uint32_t cabinet)
{
	const struct box *b = box_at(ctx, cabinet);

	if (b == NULL || b->undecided)
		return HAND_LEAVE;
	return b->relay ? HAND_ON : HAND_OFF;
}

static void
hand_state(void *ctx, const char *trouble)
{
	struct station *st = ctx;

	if (trouble != NULL && !st->hand_lost)
		say("belfry-siren: %s\n", trouble);
	else if (trouble == NULL && st->hand_lost)
		say("belfry-siren: the cabinets are back%s\n", "");
	st->hand_lost = trouble != NULL;
}

static enum err
map_cabinets(struct station *st, struct fault *fault)
{
	const struct enrolment *e = st->enrolment;
	uint32_t first = UINT32_MAX, last = 0;

	for (size_t i = 0; i < e->count; i++) {
		first = e->at[i].cabinet < first ? e->at[i].cabinet : first;
		last = e->at[i].cabinet > last ? e->at[i].cabinet : last;
	}
	st->first_cabinet = first;
	st->cabinets = last - first + 1;
	st->by_cabinet = calloc(st->cabinets, sizeof(struct box *));
	if (st->by_cabinet == NULL)
		return fault_set(fault, ERR_NOMEM, "no memory for the cabinets");
	for (size_t i = 0; i < e->count; i++) {
		struct box **place = &st->by_cabinet[e->at[i].cabinet - first];

		if (*place != NULL)
			return fault_set(fault, ERR_DUPLICATE,
				"sirens %" PRIu32 " and %" PRIu32 " have one cabinet",
				(*place)->who->siren, e->at[i].siren);
		*place = &st->box[i];
	}
	return ERR_OK;
}

/* ---- edges ---- */

static void
received(void *ctx, uint32_t box, uint64_t number)
{
	struct station *st = ctx;

	box_step(&st->box[box],
		&(struct siren_event){.kind = SIREN_RECEIVED, .number = number});
}

static void
fetched(void *ctx, uint64_t number, struct bytes line)
{
	struct station *st = ctx;

	for (size_t i = 0; i < st->enrolment->count; i++) {
		struct box *b = &st->box[i];

		if (b->wants && b->wants_number == number)
			box_read(
				b, 0, readings_read(st->readings, bytes_of(NULL, 0), line));
	}
}

static void
tell_listening(struct station *st)
{
	size_t n = st->enrolment->count;

	st->listening_told = true;
	printf("belfry-siren: %zu %s listening\n", n, n == 1 ? "box" : "boxes");
	if (st->verbose)
		printf("belfry-siren: %zu bytes of memory a box\n",
			(process_memory() - st->memory_before) / n);
	fflush(stdout);
}

void
station_heard(struct station *st, size_t edge, bool up, bool first, const char *why)
{
	const char *address = st->conf->edge[edge];

	st->up[edge] += up ? 1 : (size_t)-1;
	if (up ? st->up[edge] == 1 : st->up[edge] == 0) {
		post_edge(st->post, edge, up);
		fetch_edge(st->fetch, edge, up);
		if (up)
			say("belfry-siren: hears %s\n", address);
		else
			say("belfry-siren: lost %s\n", why);
	}
	if (first)
		st->listening += up ? 1 : (size_t)-1;
	if (!st->listening_told && st->listening == st->enrolment->count)
		tell_listening(st);
}

/* ---- start and end ---- */

static enum err
make_shared(struct station *st, struct fault *fault)
{
	const struct box_conf *conf = st->conf;
	size_t n = st->enrolment->count;
	enum err err = readings_new(&st->readings);

	if (err == ERR_OK && st->enrolment->fleet)
		err = memo_new(&st->memo);
	if (err == ERR_OK)
		err = post_new(&st->post, st->loop, conf->edge, conf->edges, (uint32_t)n,
			received, st);
	if (err == ERR_OK)
		err = fetch_new(&st->fetch, st->loop, conf->edge, conf->edges, fetched, st);
	st->box = calloc(n, sizeof *st->box);
	if (st->box == NULL)
		err = ERR_NOMEM;
	return err == ERR_OK ? map_cabinets(st, fault)
			     : fault_set(fault, err, "no memory for %zu boxes", n);
}

static enum err
start(struct station *st, struct fault *fault)
{
	static const struct hand_hooks hand_hooks = {inputs, wished, hand_state};
	size_t n = st->enrolment->count;
	enum err err = make_shared(st, fault);

	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = box_new(st, (uint32_t)i, fault);
	if (err == ERR_OK)
		err = open_disk(st, fault);
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		box_start(&st->box[i]);
	if (err == ERR_OK)
		err = hand_start(&st->hand, st->loop, st->conf, st->enrolment, &hand_hooks,
			st, fault);
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		box_listen(&st->box[i], (int64_t)(i / STARTS_A_MS));
	if (err == ERR_OK)
		status_start(st);
	return err;
}

enum err
station_start(struct station **out, struct loop *loop, const struct box_conf *conf,
	const struct enrolment *e, const struct patterns *patterns, bool verbose,
	struct fault *fault)
{
	struct station *st = calloc(1, sizeof *st);
	enum err err;

	if (st == NULL)
		return fault_set(fault, ERR_NOMEM, "no memory");
	st->loop = loop;
	st->conf = conf;
	st->enrolment = e;
	st->patterns = patterns;
	st->verbose = verbose;
	st->memory_before = process_memory();
	err = start(st, fault);
	if (err == ERR_OK)
		*out = st;
	else
		station_end(st, true);
	return err;
}

void
station_end(struct station *st, bool keep)
{
	if (st == NULL)
		return;
	loop_timer_cancel(st->loop, &st->status_timer);
	for (size_t i = 0; st->box != NULL && i < st->enrolment->count; i++) {
		box_deafen(&st->box[i]);
		if (!keep)
			box_silence(&st->box[i]);
	}
	if (st->hand != NULL)
		hand_flush(st->hand, FLUSH_MS);
	hand_free(st->hand);
	disk_close(st->disk);
	post_free(st->post);
	fetch_free(st->fetch);
	for (size_t i = 0; st->box != NULL && i < st->enrolment->count; i++)
		box_free(&st->box[i]);
	free(st->by_cabinet);
	free(st->box);
	readings_free(st->readings);
	memo_free(st->memo);
	free(st);
}
