/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simhub.c: the hands of a hub: starts it from its journal, does what its brain wishes. */
#include "sim/world.h"

#include "wire/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hub_conf
conf_of(const struct world *w, const struct sim_hub *h)
{
	struct hub_conf conf = {
		.term = (uint32_t)h->i + 1,
		.key = w->town->hub[h->i],
		.roster = buffer_bytes(&w->town->roster),
		.patterns = w->town->patterns,
		.playbook = w->town->playbook,
		.playbooks = 2,
		.sender = "sim.belfry.example",
		.edges = EDGES,
	};

	snprintf(conf.name, sizeof conf.name, "hub-%d", h->i + 1);
	for (int i = 0; i < EDGES; i++)
		snprintf(
			conf.edge_name[i], sizeof conf.edge_name[i], "%s", w->edge[i].name);
	return conf;
}

void
hub_node_new(struct world *w, int i)
{
	struct sim_hub *h = &w->hub[i];

	h->i = i;
	/* SQLite keeps names for the process: a world's disks are told apart by its address. */
	snprintf(h->vfs_name, sizeof h->vfs_name, "sim-hub-%d", i + 1);
	h->clock = clock_new(w);
	if (fault_vfs_new(&h->vfs, h->vfs_name, w->seed + (uint64_t)i) != ERR_OK)
		broken(w, "the simulator cannot make a disk");
}

void
hub_node_free(struct sim_hub *h)
{
	hub_store_drop(h);
	hub_free(h->brain);
	store_close(h->store);
	fault_vfs_free(h->vfs);
	free(h->queue);
}

static void
schedule(struct world *w, struct sim_hub *h)
{
	int64_t wait = hub_next_ms(h->brain) - clock_mono(w, &h->clock);

	happen(w, wait > 1 ? wait : 1, HAPPEN_HUB_TICK, h->i)->number = ++h->tick;
}

static void
die(struct world *w, struct sim_hub *h, struct bytes why)
{
	trace(w, h->vfs_name + 4, "ends: %.*s", (int)why.len, (const char *)why.at);
	hub_node_stop(w, h, false);
	happen(w, dice_between(w, 200, 1500), HAPPEN_HUB_START, h->i);
}

static void
reply(struct world *w, struct sim_hub *h, const struct hub_wish *wish)
{
	struct happen *e;

	if (wish->client == 0)
		return;
	if (wish->client == JUDGES_CLIENT) {
		judge_board(w, h, wish->bytes);
		return;
	}
	judge_replied(w, h, wish->status, wish->bytes);
	if (wish->client == ADMINISTRATOR && wish->status != 200)
		trace(w, h->vfs_name + 4, "refuses: %.*s",
			(int)(wish->bytes.len < 160 ? wish->bytes.len : 160),
			(const char *)wish->bytes.at);
	e = happen(w, w->scripted ? 1 : dice_between(w, 1, 50), HAPPEN_REPLY, h->i);
	e->number = wish->client;
	e->other = wish->status;
	write_bytes(&e->bytes, wish->bytes.at, wish->bytes.len);
}

void
hub_node_perform(struct world *w, struct sim_hub *h, struct hub_todo *todo)
{
	uint32_t life = h->life;

	for (size_t i = 0; i < todo->count && h->life == life; i++) {
		struct hub_wish *wish = &todo->at[i];

		switch (wish->kind) {
		case HUB_APPEND:
		case HUB_COMMIT:
			hub_store_post(w, h, wish);
			break;
		case HUB_REPLY:
			reply(w, h, wish);
			break;
		case HUB_SEND:
			judge_hub_sends(w, h, wish->bytes);
			stream_send(
				w, stream_hub(w, h->i, (int)wish->edge), 0, wish->bytes);
			break;
		case HUB_FEED:
			hub_store_feed(w, h, (int)wish->edge, wish->number);
			break;
		case HUB_LOG:
			trace(w, h->vfs_name + 4, "%.*s",
				(int)(wish->bytes.len < 120 ? wish->bytes.len : 120),
				(const char *)wish->bytes.at);
			break;
		case HUB_DIE:
			die(w, h, wish->bytes);
			break;
		}
	}
}

void
hub_node_step(struct world *w, struct sim_hub *h, struct hub_event *ev)
{
	struct hub_todo todo = {0};

	for (size_t i = 0; i < sizeof ev->random; i++)
		ev->random[i] = (uint8_t)dice(w);
	hub_step(h->brain, clock_wall(w, &h->clock), clock_mono(w, &h->clock), ev, &todo);
	hub_node_perform(w, h, &todo);
	hub_todo_free(&todo);
	if (h->up)
		schedule(w, h);
}

void
hub_node_request(struct world *w, struct sim_hub *h, uint64_t client, const char *method,
	const char *path, struct bytes body)
{
	struct hub_event ev = {.kind = HUB_REQUEST,
		.request = {
			.client = client, .method = method, .path = path, .body = body}};

	if (h->up && !h->paused)
		hub_node_step(w, h, &ev);
}

static enum err
restore_one(void *ctx, const struct store_record *r)
{
	struct hub *brain = ctx;
	struct fault fault = {""};

	return hub_restore(brain, r->kind, r->time_ms, r->bytes, &fault);
}

static enum err
brain_start(struct world *w, struct sim_hub *h, struct hub_todo *todo, struct fault *fault)
{
	struct hub_conf conf = conf_of(w, h);
	enum err err = hub_store_open(w, h, fault);

	if (err == ERR_OK)
		err = hub_new(&h->brain, &conf, fault);
	if (err == ERR_OK)
		err = store_each(h->store, 0, restore_one, h->brain);
	return err == ERR_OK ? hub_start(h->brain, clock_wall(w, &h->clock), todo, fault)
			     : err;
}

void
hub_node_start(struct world *w, struct sim_hub *h)
{
	struct hub_event tick = {.kind = HUB_TICK};
	struct hub_todo todo = {0};
	struct fault fault = {""};
	enum err err;

	if (h->up)
		return;
	h->clock.mono_ms = clock_mono(w, &h->clock);
	h->clock.born_ms = w->now_ms;
	err = brain_start(w, h, &todo, &fault);
	if (err != ERR_OK) {
		hub_todo_free(&todo);
		hub_free(h->brain);
		h->brain = NULL;
		store_close(h->store);
		h->store = NULL;
		trace(w, h->vfs_name + 4, "does not start: %.120s (%s)", fault.text,
			err_name(err));
		if (err != ERR_IO && err != ERR_FULL)
			broken(w, "hub %d cannot start from its journal: %s", h->i + 1,
				fault.text);
		happen(w, 1000, HAPPEN_HUB_START, h->i);
		return;
	}
	h->up = true;
	h->paused = false;
	h->born_off_ms = h->clock.wall_off_ms;
	for (int i = 0; i < BOXES; i++)
		if (h->born_off_ms != 0 && w->box[i].up)
			w->box[i].misled |= !siren_view(w->box[i].brain, 0).clock_sure;
	h->durable = hub_size(h->brain);
	trace(w, h->vfs_name + 4, "starts with %llu entries",
		(unsigned long long)h->durable);
	judge_hub_up(w, h);
	hub_node_perform(w, h, &todo);
	hub_todo_free(&todo);
	hub_node_step(w, h, &tick);
	for (int i = 0; i < EDGES && h->up; i++)
		stream_dial(w, stream_hub(w, h->i, i), 5);
}

/* The process is stopped in its tracks; the others lose sight of it. */
void
hub_node_pause(struct world *w, struct sim_hub *h)
{
	if (!h->up || h->paused)
		return;
	h->paused = true;
	trace(w, h->vfs_name + 4, "stands still");
	for (int i = 0; i < EDGES; i++)
		stream_break(w, stream_hub(w, h->i, i));
}

void
hub_node_wake(struct world *w, struct sim_hub *h)
{
	struct hub_event down = {.kind = HUB_EDGE_DOWN}, tick = {.kind = HUB_TICK};

	if (!h->up || !h->paused)
		return;
	h->paused = false;
	trace(w, h->vfs_name + 4, "wakes");
	for (down.edge = 0; down.edge < EDGES && h->up; down.edge++)
		hub_node_step(w, h, &down);
	if (h->up)
		hub_node_step(w, h, &tick);
	for (int i = 0; i < EDGES && h->up; i++)
		stream_dial(w, stream_hub(w, h->i, i), 5);
}

void
hub_node_stop(struct world *w, struct sim_hub *h, bool power)
{
	if (!h->up)
		return;
	h->up = h->paused = false;
	h->life++;
	h->disk_busy = false;
	hub_store_drop(h);
	hub_free(h->brain);
	h->brain = NULL;
	if (power)
		fault_vfs_power_cut(h->vfs);
	else
		fault_vfs_kill(h->vfs);
	store_close(h->store);
	h->store = NULL;
	for (int i = 0; i < EDGES; i++)
		stream_break(w, stream_hub(w, h->i, i));
}
