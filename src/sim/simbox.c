/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simbox.c: the hands of a siren box: its cabinet, its disk, its ears. */
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATTERY_MV = 12600 };

static const char *
name_of(const struct sim_box *b)
{
	static const char *const names[] = {"siren-1", "siren-2", "siren-3"};

	return names[b->i];
}

void
box_node_new(struct world *w, int i)
{
	struct sim_box *b = &w->box[i];

	b->i = i;
	b->clock = clock_new(w);
	b->memory = state_memory_new();
	b->cabinet = INPUT_MAINS;
	if (b->memory == NULL)
		broken(w, "the simulator is out of memory");
}

void
box_node_free(struct sim_box *b)
{
	siren_free(b->brain);
	state_log_close(b->log);
	state_memory_free(b->memory);
	buffer_free(&b->roster);
	box_letters_drop(b);
}

static struct place
place_of(const struct sim_box *b)
{
	static const struct place places[BOXES] = {
		{.depth = 2, .zone = {NORTH, REGION}},
		{.depth = 2, .zone = {SOUTH, REGION}},
		{.depth = 1, .zone = {ISLAND}},
	};

	return places[b->i];
}

int
judge_rung(const struct sim_box *b, const struct order_body *body)
{
	struct place p = place_of(b);

	return place_rung(&p, &body->zones);
}

static void
restore_one(void *ctx, const struct state_record *r)
{
	struct sim_box *b = ctx;

	siren_restore(b->brain, r->kind, r->bytes);
}

static enum err
append(struct sim_box *b, struct state_log *log, const struct siren_wish *wish)
{
	struct state_record r = {
		.box = (uint32_t)b->i, .kind = wish->record, .bytes = wish->bytes};

	/* Too long for the log: a file of its own, put in place whole (box/form.h). */
	if (wish->record == SIREN_RECORD_ROSTER) {
		buffer_clear(&b->roster);
		write_bytes(&b->roster, wish->bytes.at, wish->bytes.len);
		return ERR_OK;
	}
	if (wish->bytes.len > STATE_BYTES_MAX)
		return ERR_OK;
	return state_log_append(log, &r);
}

static void
disk_soon(struct world *w, struct sim_box *b)
{
	if (b->disk_busy)
		return;
	b->disk_busy = true;
	happen(w,
		b->disk == DISK_SLOW ? dice_between(w, 50, 700)
		: w->scripted	     ? DISK_GOOD_MS
				     : dice_between(w, 1, 15),
		HAPPEN_BOX_DISK, b->i);
}

static void
store(struct world *w, struct sim_box *b, const struct siren_wish *wish)
{
	if (append(b, b->log, wish) != ERR_OK)
		b->gaps = true;
	if (wish->record == SIREN_RECORD_KNOWN)
		judge_stored(w, b, wish->bytes);
	if (wish->ticket != 0 && b->tickets < sizeof b->ticket / sizeof *b->ticket)
		b->ticket[b->tickets++] = wish->ticket;
	disk_soon(w, b);
}

struct filling {
	struct sim_box *b;
};

static enum err
fill(void *ctx, struct state_log *fresh)
{
	struct filling *f = ctx;
	struct siren_todo todo = {0};
	enum err err = ERR_OK;

	siren_snapshot(f->b->brain, &todo);
	for (size_t i = 0; i < todo.count && err == ERR_OK; i++)
		err = append(f->b, fresh, &todo.at[i]);
	siren_todo_free(&todo);
	return err;
}

static enum err
sync_log(struct sim_box *b)
{
	struct filling f = {b};
	enum err err;

	if (b->gaps || state_log_is_large(b->log)) {
		err = state_log_rewrite(b->log, fill, &f);
		b->gaps = err != ERR_OK;
		return err;
	}
	return state_log_sync(b->log);
}

void
box_node_disk(struct world *w, struct sim_box *b)
{
	uint64_t ticket[sizeof b->ticket / sizeof *b->ticket];
	size_t n = b->tickets;
	uint32_t life = b->life;
	bool ok;

	b->disk_busy = false;
	if (!b->up)
		return;
	if (b->disk == DISK_HANGS) {
		b->disk_busy = true;
		happen(w, 300, HAPPEN_BOX_DISK, b->i);
		return;
	}
	state_memory_fail(b->memory, b->disk == DISK_FAILS ? ERR_IO : ERR_OK);
	ok = sync_log(b) == ERR_OK;
	if (!ok)
		b->gaps = true;
	memcpy(ticket, b->ticket, n * sizeof *ticket);
	b->tickets = 0;
	if (ok)
		judge_stored(w, b, bytes_of(NULL, 0));
	for (size_t i = 0; i < n && b->life == life; i++)
		box_node_step(w, b,
			&(struct siren_event){.kind = SIREN_STORED,
				.stored = {.ticket = ticket[i], .ok = ok}});
	if (!ok && b->up) {
		b->disk_busy = true;
		happen(w, 2000, HAPPEN_BOX_DISK, b->i);
	}
}

static void
relay(struct world *w, struct sim_box *b, bool on)
{
	if (b->relay == on)
		return;
	b->relay = on;
	trace(w, name_of(b), on ? "relay closed" : "relay open");
	happen(w, w->scripted ? 100 : dice_between(w, 50, 900), HAPPEN_BOX_INPUTS, b->i);
}

/* As a box does: what was asked a moment ago is not asked again. */
static void
want(struct world *w, struct sim_box *b, uint64_t number)
{
	if (w->now_ms < b->want_again_ms)
		return;
	b->want_again_ms = w->now_ms + 300;
	for (int k = 0; k < EDGES; k++) {
		int e = (k + b->i) % EDGES;

		if (!stream_box(w, e, b->i)->up || !w->edge[e].up)
			continue;
		edge_node_wanted(w, &w->edge[e], b->i, number);
		return;
	}
}

static void
perform(struct world *w, struct sim_box *b, struct siren_todo *todo)
{
	for (size_t i = 0; i < todo->count; i++) {
		const struct siren_wish *wish = &todo->at[i];

		switch (wish->kind) {
		case SIREN_RELAY:
			relay(w, b, wish->on);
			break;
		case SIREN_PLAY:
			judge_play(w, b, wish);
			break;
		case SIREN_QUIET:
			judge_quiet(w, b);
			break;
		case SIREN_STORE:
			store(w, b, wish);
			break;
		case SIREN_RECEIPT:
			judge_receipt(w, b, wish->bytes);
			box_letter(w, b, wish->number, wish->bytes);
			break;
		case SIREN_WANT:
			want(w, b, wish->number);
			break;
		}
	}
}

static void
schedule(struct world *w, struct sim_box *b)
{
	int64_t next = siren_next_ms(b->brain), wait = next - clock_mono(w, &b->clock);

	if (next < INT64_MAX)
		happen(w, wait > 1 ? wait : 1, HAPPEN_BOX_TICK, b->i)->number = ++b->tick;
}

void
box_node_step(struct world *w, struct sim_box *b, const struct siren_event *ev)
{
	struct siren_todo todo = {0};

	siren_step(b->brain, clock_mono(w, &b->clock), ev, &todo);
	perform(w, b, &todo);
	siren_todo_free(&todo);
	judge_box(w, b);
	schedule(w, b);
}

void
box_node_inputs(struct world *w, struct sim_box *b)
{
	struct siren_event ev = {.kind = SIREN_INPUTS};
	bool current = b->foreign || (b->relay && !b->motor_dead);

	if (!b->up)
		return;
	ev.inputs.inputs = (uint16_t)(b->cabinet | (current ? INPUT_CURRENT : 0));
	ev.inputs.battery_mv = BATTERY_MV;
	box_node_step(w, b, &ev);
}

void
box_node_start(struct world *w, struct sim_box *b)
{
	struct siren_conf conf = {
		.number = (uint32_t)b->i + 1,
		.place = place_of(b),
		.patterns = w->town->patterns,
		.key = w->town->siren[b->i],
		.roster = buffer_bytes(&w->town->roster_text),
		.verify = memo_verify,
		.verify_ctx = w,
		.floor_ms = TOWN_START_MS - INT64_C(86400) * 1000,
	};
	struct siren_todo todo = {0};
	struct fault fault = {""};

	if (b->up)
		return;
	conf.chip_ms = clock_wall(w, &b->clock);
	b->clock.mono_ms = dice_between(w, 500, 5000);
	b->clock.born_ms = w->now_ms;
	state_memory_fail(b->memory, ERR_OK);
	if (siren_new(&b->brain, &conf, clock_mono(w, &b->clock), &fault) != ERR_OK ||
		state_log_open(&b->log, state_memory_io(b->memory), restore_one, b) !=
			ERR_OK) {
		broken(w, "siren %d cannot start: %s", b->i + 1, fault.text);
		return;
	}
	if (b->roster.len > 0)
		siren_restore(b->brain, SIREN_RECORD_ROSTER, buffer_bytes(&b->roster));
	b->up = true;
	/* A hub that started with a wrong clock cannot know it, nor can a box that starts by it. */
	for (int i = 0; i < HUBS; i++)
		b->misled |= w->hub[i].up && w->hub[i].born_off_ms != 0;
	b->gaps = b->disk_busy = false;
	b->tickets = 0;
	b->want_again_ms = 0;
	trace(w, name_of(b), "starts");
	siren_start(b->brain, clock_mono(w, &b->clock), &todo);
	perform(w, b, &todo);
	siren_todo_free(&todo);
	box_node_inputs(w, b);
	for (int i = 0; i < EDGES; i++)
		stream_dial(w, stream_box(w, i, b->i), 5);
}

void
box_node_stop(struct world *w, struct sim_box *b, bool power)
{
	if (!b->up)
		return;
	trace(w, name_of(b), power ? "power cut" : "killed");
	b->up = false;
	b->life++;
	judge_box_down(w, b);
	state_log_close(b->log);
	b->log = NULL;
	if (power)
		state_memory_power_cut(b->memory, (uint64_t)dice_between(w, 0, 300));
	siren_free(b->brain);
	b->brain = NULL;
	b->relay = false; /* the cabinet's watchdog opens it */
	box_letters_drop(b);
	for (int i = 0; i < EDGES; i++)
		stream_break(w, stream_box(w, i, b->i));
}

void
box_node_order(struct world *w, struct sim_box *b, struct bytes bytes, bool on_disk)
{
	if (b->up)
		box_node_step(w, b,
			&(struct siren_event){.kind = SIREN_ORDER,
				.order = {.bytes = bytes, .on_disk = on_disk}});
}

static void
hear_entry(struct world *w, struct sim_box *b, struct bytes body)
{
	struct arena *arena;
	struct entry entry;

	if (arena_new(&arena) != ERR_OK)
		return;
	if (entry_line_read(&entry, arena, (const char *)body.at, body.len, NULL) == ERR_OK)
		box_node_step(
			w, b, &(struct siren_event){.kind = SIREN_ENTRY, .entry = &entry});
	arena_free(arena);
}

void
box_node_arrived(struct world *w, struct sim_box *b, int edge, struct bytes bytes)
{
	struct bytes body;
	struct checkpoint c;
	struct proof edge_of_tree;

	if (!b->up || bytes.len < 2)
		return;
	body = bytes_of(bytes.at + 1, bytes.len - 1);
	switch (bytes.at[0]) {
	case 'E':
		hear_entry(w, b, body);
		break;
	case 'C':
		if (checkpoint_line_read(&c, &edge_of_tree, (const char *)body.at, body.len,
			    NULL) == ERR_OK)
			box_node_step(w, b,
				&(struct siren_event){.kind = SIREN_CHECKPOINT,
					.heartbeat = {&c,
						edge_of_tree.count > 0 ? edge_of_tree.at
								       : NULL,
						edge_of_tree.count}});
		break;
	case 'O':
		box_node_order(w, b, body, false);
		break;
	case 'U':
		if (body.len == 8) {
			struct reader r = reader_over(body.at, body.len);

			box_letters_received(w, b, edge, read_u64(&r));
		}
		break;
	default:
		break;
	}
}
