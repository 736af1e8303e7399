/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * links.c: streams that are slow, break and are cut. What passes hub and edge arrives whole and in
 * order or not at all, as TLS sees to it; what edges tell boxes may in a dirty world be lost,
 * doubled, overtaken and spoiled, for it may come by radio or broker.
 */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

enum { HUB_STREAMS = HUBS * EDGES, REDIAL_MS = 500 };

struct stream *
stream_hub(struct world *w, int hub, int edge)
{
	return &w->stream[hub * EDGES + edge];
}

struct stream *
stream_box(struct world *w, int edge, int box)
{
	return &w->stream[HUB_STREAMS + edge * BOXES + box];
}

int
stream_index(const struct world *w, const struct stream *s)
{
	return (int)(s - w->stream);
}

static bool
is_hub(int i)
{
	return i < HUB_STREAMS;
}

static int
hub_of(int i)
{
	return i / EDGES;
}

static int
box_of(int i)
{
	return (i - HUB_STREAMS) % BOXES;
}

static struct sim_edge *
edge_of(struct world *w, int i)
{
	return &w->edge[is_hub(i) ? i % EDGES : (i - HUB_STREAMS) / BOXES];
}

static bool
dialer_up(const struct world *w, int i)
{
	return is_hub(i) ? w->hub[hub_of(i)].up && !w->hub[hub_of(i)].paused
			 : w->box[box_of(i)].up;
}

void
stream_dial(struct world *w, struct stream *s, int64_t delay_ms)
{
	happen(w, delay_ms, HAPPEN_DIAL, stream_index(w, s));
}

static void
tell_sides(struct world *w, int i, bool up)
{
	struct sim_edge *e = edge_of(w, i);
	struct hub_event ev = {
		.kind = up ? HUB_EDGE_UP : HUB_EDGE_DOWN, .edge = (size_t)e->i};

	if (!is_hub(i)) {
		if (up)
			edge_node_listener(w, e, box_of(i),
				siren_view(w->box[box_of(i)].brain, 0).size);
		return;
	}
	if (!up)
		edge_node_hub_down(e, hub_of(i));
	if (w->hub[hub_of(i)].up && !w->hub[hub_of(i)].paused)
		hub_node_step(w, &w->hub[hub_of(i)], &ev);
}

void
stream_dialed(struct world *w, const struct happen *h)
{
	struct stream *s = &w->stream[h->who];

	if (s->up || !dialer_up(w, h->who))
		return;
	if (s->cut || !edge_of(w, h->who)->up) {
		stream_dial(w, s, REDIAL_MS);
		return;
	}
	s->life++;
	s->up = true;
	s->clear_ms[0] = s->clear_ms[1] = w->now_ms;
	tell_sides(w, h->who, true);
}

void
stream_break(struct world *w, struct stream *s)
{
	int i = stream_index(w, s);

	s->life++;
	if (s->up) {
		s->up = false;
		tell_sides(w, i, false);
	}
	if (dialer_up(w, i))
		stream_dial(w, s, REDIAL_MS + dice_between(w, 0, 200));
}

static void
spoil(struct world *w, struct buffer *b)
{
	if (b->len > 0)
		b->at[dice(w) % b->len] ^= (uint8_t)(1u << dice(w) % 8);
}

void
stream_send(struct world *w, struct stream *s, int from_side, struct bytes bytes)
{
	bool dirty = w->dirty && !w->calm && !w->joining && !is_hub(stream_index(w, s)) &&
		     from_side == 1;
	int64_t delay = w->calm ? dice_between(w, 1, 20) : dice_between(w, 1, 60);
	int copies = dirty && chance(w, 40) ? 0 : dirty && chance(w, 40) ? 2 : 1;
	int64_t at;

	if (!s->up)
		return;
	if (!w->calm && !w->scripted && chance(w, 10))
		delay += dice_between(w, 100, 3000);
	for (int i = 0; i < copies; i++) {
		struct happen *h;

		at = w->now_ms + delay;
		if (dirty && chance(w, 100))
			at += dice_between(w, 0, 2000);
		else if (at < s->clear_ms[from_side])
			at = s->clear_ms[from_side];
		else
			s->clear_ms[from_side] = at;
		h = happen(w, at - w->now_ms, HAPPEN_ARRIVE, stream_index(w, s));
		h->other = 1 - from_side;
		write_bytes(&h->bytes, bytes.at, bytes.len);
		if (dirty && chance(w, 20))
			spoil(w, &h->bytes);
	}
}

void
stream_arrived(struct world *w, const struct happen *h)
{
	struct bytes bytes = buffer_bytes(&h->bytes);
	struct sim_edge *e = edge_of(w, h->who);
	struct hub_event ev = {
		.kind = HUB_EDGE_FRAME, .edge = (size_t)e->i, .frame = bytes};

	if (!is_hub(h->who)) {
		box_node_arrived(w, &w->box[box_of(h->who)], e->i, bytes);
	} else if (h->other == 1) {
		if (!edge_is_forked(e->brain)) /* one that is takes nothing more */
			judge_edge_hears(w, bytes);
		edge_node_frame(w, e, hub_of(h->who), bytes);
	} else if (w->hub[hub_of(h->who)].up && !w->hub[hub_of(h->who)].paused) {
		hub_node_step(w, &w->hub[hub_of(h->who)], &ev);
	}
}
