/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trouble.c: what befalls a territory: crashes, cuts, bad disks, wrong clocks, a second hub. */
#include "sim/world.h"

#include "base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

static struct sim_hub *
some_hub(struct world *w)
{
	struct sim_hub *h = &w->hub[dice(w) % HUBS];

	return h->up ? h : &w->hub[w->leader];
}

static void
undo_later(struct world *w, int64_t ms, int who, enum undo what)
{
	struct happen *h = happen(w, ms, HAPPEN_UNDO, who);

	h->number = what;
}

/* A hub that was started with a wrong clock is started anew when it is set right. */
static void
clock_set_right(struct world *w, struct sim_hub *h)
{
	h->clock.wall_off_ms = 0;
	if (h->up && h->born_off_ms != 0) {
		hub_node_stop(w, h, false);
		happen(w, 300, HAPPEN_HUB_START, h->i);
	}
}

void
trouble_undo(struct world *w, const struct happen *h)
{
	switch ((enum undo)h->number) {
	case UNDO_HUB_DISK:
		w->hub[h->who].disk = DISK_WELL;
		break;
	case UNDO_HUB_CLOCK:
		clock_set_right(w, &w->hub[h->who]);
		break;
	case UNDO_HUB_PAUSE:
		hub_node_wake(w, &w->hub[h->who]);
		break;
	case UNDO_CUT:
		w->stream[h->who].cut = false;
		break;
	case UNDO_BOX_DISK:
		w->box[h->who].disk = DISK_WELL;
		break;
	case UNDO_BOX_CABINET:
		w->box[h->who].motor_dead = w->box[h->who].foreign = false;
		w->box[h->who].cabinet = INPUT_MAINS;
		box_node_inputs(w, &w->box[h->who]);
		break;
	case UNDO_EDGE_CLOCK:
		w->edge[h->who].clock.wall_off_ms = 0;
		break;
	}
}

static void
hub_falls(struct world *w)
{
	struct sim_hub *h = some_hub(w);

	if (!h->up)
		return;
	w->stats.kills++;
	trace(w, "trouble", "hub %d: kill or power cut", h->i + 1);
	hub_node_stop(w, h, chance(w, 500));
	if (chance(w, 150) && h->i == w->leader)
		hub_node_restore(w, h);
	happen(w, dice_between(w, 100, 8000), HAPPEN_HUB_START, h->i);
}

static void
hub_suffers(struct world *w)
{
	static const int64_t off[] = {DAY_MS, -DAY_MS, 4000, -4000, 20 * 365 * DAY_MS};
	static const enum disk_state disks[] = {
		DISK_SLOW, DISK_SLOW, DISK_HANGS, DISK_HANGS, DISK_FAILS};
	struct sim_hub *h = some_hub(w);
	size_t n = dice(w) % 5;

	if (chance(w, 600)) {
		h->disk = disks[n];
		trace(w, "trouble", "hub %d: disk %s", h->i + 1,
			h->disk == DISK_SLOW	? "slow"
			: h->disk == DISK_HANGS ? "hangs"
						: "fails");
		undo_later(w, dice_between(w, 500, 12000), h->i, UNDO_HUB_DISK);
	} else {
		h->clock.wall_off_ms = n == 1 && chance(w, 300)
					       ? 5000 - TOWN_START_MS - w->now_ms
					       : off[n];
		trace(w, "trouble", "hub %d: clock %lld s off", h->i + 1,
			(long long)h->clock.wall_off_ms / 1000);
		undo_later(w, dice_between(w, 2000, 30000), h->i, UNDO_HUB_CLOCK);
	}
}

static void
hub_stands_still(struct world *w)
{
	struct sim_hub *h = some_hub(w);

	hub_node_pause(w, h);
	undo_later(w, dice_between(w, 1000, 20000), h->i, UNDO_HUB_PAUSE);
}

static void
edge_suffers(struct world *w)
{
	struct sim_edge *e = &w->edge[dice(w) % EDGES];

	if (chance(w, 300)) {
		e->clock.wall_off_ms = chance(w, 500) ? DAY_MS : -DAY_MS;
		trace(w, "trouble", "%s: clock %lld s off", e->name,
			(long long)e->clock.wall_off_ms / 1000);
		undo_later(w, dice_between(w, 1000, 30000), e->i, UNDO_EDGE_CLOCK);
		return;
	}
	if (!e->up)
		return;
	w->stats.kills++;
	trace(w, "trouble", "%s: killed", e->name);
	edge_node_stop(w, e);
	happen(w, dice_between(w, 200, 10000), HAPPEN_EDGE_START, e->i);
}

static void
link_suffers(struct world *w)
{
	int i = (int)(dice(w) % STREAMS);
	struct stream *s = &w->stream[i];

	w->stats.cuts++;
	if (chance(w, 600)) {
		s->cut = true;
		undo_later(w, dice_between(w, 1000, 30000), i, UNDO_CUT);
	}
	trace(w, "trouble", "link %d %s", i, s->cut ? "cut" : "broken");
	stream_break(w, s);
}

static void
box_falls(struct world *w)
{
	struct sim_box *b = &w->box[dice(w) % BOXES];
	bool power = chance(w, 500);

	if (!b->up)
		return;
	w->stats.kills++;
	box_node_stop(w, b, power);
	b->clock.wall_off_ms = 0;
	if (power && chance(w, 200)) {
		int64_t year_1970 = 5000 - TOWN_START_MS - w->now_ms;

		b->clock.wall_off_ms = chance(w, 600)	? year_1970
				       : chance(w, 500) ? DAY_MS
							: -DAY_MS;
		b->misled = true;
	}
	happen(w, dice_between(w, 300, chance(w, 100) ? 130000 : 12000), HAPPEN_BOX_START,
		b->i);
}

static void
box_suffers(struct world *w)
{
	struct sim_box *b = &w->box[dice(w) % BOXES];
	int64_t n = dice_between(w, 0, 4);

	if (n < 2) {
		b->disk = n == 0 ? DISK_FAILS : DISK_HANGS;
		trace(w, "trouble", "siren %d: disk %s", b->i + 1,
			n == 0 ? "fails" : "hangs");
		undo_later(w, dice_between(w, 500, 12000), b->i, UNDO_BOX_DISK);
		return;
	}
	b->motor_dead = n == 2;
	b->foreign = n == 3;
	b->cabinet = n == 4 ? INPUT_CABINET_DOOR : INPUT_MAINS;
	box_node_inputs(w, b);
	undo_later(w, dice_between(w, 1000, 15000), b->i, UNDO_BOX_CABINET);
}

/* Two operators by radio, without any hub; or the gauge by itself. */
static void
radio_order(struct world *w)
{
	struct order *o = calloc(1, sizeof *o);
	struct buffer bytes = {0};
	struct signed_order *s;
	bool sensor = chance(w, 300);

	if (o == NULL || w->orders + 8 > ORDERS) {
		free(o);
		return;
	}
	o->body_count = 1;
	o->body[0] = body_make(w, sensor ? ORDER_SENSOR : ORDER_ALARM, NORTH);
	s = order_sign(w, o, sensor ? GAUGE : ANNA);
	if (s != NULL && !sensor)
		s = order_sign(w, o, CLARA);
	if (s != NULL) {
		order_bytes(&bytes, s);
		trace(w, "radio", "%s %016llx", sensor ? "the gauge" : "Anna and Clara",
			(unsigned long long)s->id);
		order_radio(w, buffer_bytes(&bytes));
	}
	buffer_free(&bytes);
	free(o);
}

/* ---- the second hub ---- */

static void
takeover_post(struct world *w, struct sim_hub *h)
{
	struct takeover t = {.term = 2, .last_number = hub_size(h->brain) - 1};
	struct order *o = calloc(1, sizeof *o);
	struct buffer bytes = {0}, b64 = {0};
	struct signed_order *s;
	json_t *body;
	char *text;

	if (o == NULL)
		return;
	o->body_count = 1;
	o->body[0] = body_make(w, ORDER_TAKEOVER, 0);
	o->body[0].zones.count = 0;
	o->body[0].pattern = 0;
	o->body[0].hazard = 0;
	o->body[0].seconds = 0;
	o->body[0].content = takeover_content(&t);
	(void)order_sign(w, o, ANNA);
	s = order_sign(w, o, BORIS);
	order_bytes(&bytes, s);
	if (order_read(o, buffer_bytes(&bytes)) == ERR_OK) {
		struct buffer all = {0};

		takeover_write(&all, &t, o);
		base64_write(&b64, buffer_bytes(&all));
		buffer_free(&all);
	}
	body = json_pack("{s:s}", "takeover", buffer_text(&b64));
	text = json_dumps(body, JSON_COMPACT);
	w->takeover_size = t.last_number + 1;
	trace(w, "Anna", "takeover: hub 2 reigns behind entry %llu",
		(unsigned long long)t.last_number);
	hub_node_request(
		w, h, ADMINISTRATOR, "POST", "/api/v1/takeovers", bytes_of_text(text));
	free(text);
	json_decref(body);
	buffer_free(&bytes);
	buffer_free(&b64);
	free(o);
}

void
takeover_begin(struct world *w)
{
	struct sim_hub *next = &w->hub[1];

	/* Where two bulletins contradict each other the command refuses. */
	if (w->thief_forked)
		return;
	if (w->leader == 0) {
		if (w->calm)
			return;
		if (!hub_node_follow(w, next, &w->hub[0])) {
			happen(w, 700, HAPPEN_PHASE, 0);
			return;
		}
		trace(w, "trouble", "hub 2 takes over");
		w->leader = 1;
		hub_node_start(w, next);
	}
	if (next->up && hub_settled(next->brain) &&
		hub_size(next->brain) > w->takeover_size) {
		w->taken_over = true;
		w->stats.takeovers++;
		return;
	}
	if (next->up && !next->paused && stream_hub(w, 1, 0)->up &&
		stream_hub(w, 1, 1)->up && w->orders + 16 < ORDERS)
		takeover_post(w, next);
	happen(w, 700, HAPPEN_PHASE, 0);
}

/* ---- */

void
trouble(struct world *w)
{
	int64_t n = dice_between(w, 0, 99);

	if (w->calm)
		return;
	happen(w, dice_between(w, 200, 6000), HAPPEN_TROUBLE, 0);
	if (n < 10)
		hub_falls(w);
	else if (n < 22)
		hub_suffers(w);
	else if (n < 26)
		hub_stands_still(w);
	else if (n < 34)
		edge_suffers(w);
	else if (n < 58)
		link_suffers(w);
	else if (n < 72)
		box_falls(w);
	else if (n < 86)
		box_suffers(w);
	else if (n < 92)
		radio_order(w);
	else if (n < 98)
		hub_node_backup(w, &w->hub[w->leader]);
	else if (w->leader == 0 && w->now_ms > 20000)
		takeover_begin(w);
}

void
trouble_heal(struct world *w)
{
	trace(w, "trouble", "everything is healed");
	w->calm = true;
	for (int i = 0; i < STREAMS; i++)
		w->stream[i].cut = false;
	for (int i = 0; i < HUBS; i++) {
		struct sim_hub *h = &w->hub[i];

		h->disk = DISK_WELL;
		clock_set_right(w, h);
		hub_node_wake(w, h);
		if (i == 0 || w->leader == 1)
			hub_node_start(w, h);
	}
	for (int i = 0; i < EDGES; i++) {
		w->edge[i].clock.wall_off_ms = 0;
		edge_node_start(w, &w->edge[i]);
	}
	for (int i = 0; i < BOXES; i++) {
		struct sim_box *b = &w->box[i];

		b->disk = DISK_WELL;
		b->motor_dead = b->foreign = false;
		b->cabinet = INPUT_MAINS;
		box_node_start(w, b);
		box_node_inputs(w, b);
	}
	w->healed_ms = w->now_ms;
}
