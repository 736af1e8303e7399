/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world.c: the queue of what will happen, the dice, the clocks and the trace. */
#include "sim/world.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* splitmix64 */
uint64_t
dice(struct world *w)
{
	uint64_t z = w->dice += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

int64_t
dice_between(struct world *w, int64_t low, int64_t high)
{
	return low + (int64_t)(dice(w) % (uint64_t)(high - low + 1));
}

bool
chance(struct world *w, int in_thousand)
{
	return dice_between(w, 0, 999) < in_thousand;
}

/* ---- trace ---- */

static void
trace_line(struct world *w, const char *line)
{
	struct buffer b = {0};

	write_bytes(&b, w->digest.at, sizeof w->digest.at);
	write_text(&b, line);
	w->digest = hash_of(buffer_bytes(&b));
	buffer_free(&b);
	snprintf(w->trace[w->traced++ % TRACE_LINES], TRACE_WIDTH, "%s", line);
	if (w->say != NULL)
		w->say(w->say_ctx, line);
}

void
trace(struct world *w, const char *who, const char *format, ...)
{
	char line[TRACE_WIDTH], text[TRACE_WIDTH - 40];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	snprintf(line, sizeof line, "%9.3f  %-7s %s", (double)w->now_ms / 1000, who, text);
	trace_line(w, line);
}

void
broken(struct world *w, const char *format, ...)
{
	va_list ap;

	if (w->broken[0] != '\0')
		return;
	va_start(ap, format);
	vsnprintf(w->broken, sizeof w->broken, format, ap);
	va_end(ap);
	trace(w, "JUDGE", "%s", w->broken);
}

/* ---- the queue: a heap by time, then by order of asking ---- */

static bool
before(const struct happen *a, const struct happen *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->seq < b->seq;
}

static size_t
sift_up(struct world *w, size_t i)
{
	while (i > 0 && before(&w->heap[i], &w->heap[(i - 1) / 2])) {
		struct happen h = w->heap[i];

		w->heap[i] = w->heap[(i - 1) / 2];
		w->heap[(i - 1) / 2] = h;
		i = (i - 1) / 2;
	}
	return i;
}

static void
sift_down(struct world *w)
{
	for (size_t i = 0;;) {
		size_t least = i;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < w->count; k++)
			if (before(&w->heap[k], &w->heap[least]))
				least = k;
		if (least == i)
			return;
		struct happen h = w->heap[i];

		w->heap[i] = w->heap[least];
		w->heap[least] = h;
		i = least;
	}
}

static uint32_t
life_of(const struct world *w, enum happening kind, int who)
{
	switch (kind) {
	case HAPPEN_HUB_TICK:
	case HAPPEN_HUB_DISK:
	case HAPPEN_HUB_START:
		return w->hub[who].life;
	case HAPPEN_EDGE_START:
	case HAPPEN_EDGE_TICK:
	case HAPPEN_EDGE_DISK:
	case HAPPEN_POST:
		return w->edge[who].life;
	case HAPPEN_BOX_TICK:
	case HAPPEN_BOX_DISK:
	case HAPPEN_BOX_INPUTS:
	case HAPPEN_BOX_POST:
	case HAPPEN_BOX_START:
	case HAPPEN_RADIO:
	case HAPPEN_HELD:
		return w->box[who].life;
	case HAPPEN_DIAL:
	case HAPPEN_ARRIVE:
		return w->stream[who].life;
	case HAPPEN_REPLY:
	case HAPPEN_DEED:
	case HAPPEN_TROUBLE:
	case HAPPEN_THIEF:
	case HAPPEN_PHASE:
	case HAPPEN_LOOK:
	case HAPPEN_PEOPLE:
	case HAPPEN_UNDO:
	case HAPPENINGS:
		break;
	}
	return 0;
}

struct happen *
happen(struct world *w, int64_t delay_ms, enum happening kind, int who)
{
	static struct happen nowhere;

	if (w->count == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 256;
		struct happen *at = realloc(w->heap, cap * sizeof *at);

		if (at == NULL) {
			broken(w, "the simulator is out of memory");
			return &nowhere;
		}
		w->heap = at;
		w->cap = cap;
	}
	w->heap[w->count] =
		(struct happen){.at_ms = w->now_ms + (delay_ms > 0 ? delay_ms : 0),
			.seq = ++w->seq,
			.kind = kind,
			.who = who,
			.life = life_of(w, kind, who)};
	/* The caller fills in the rest, which the order of the queue does not look at. */
	return &w->heap[sift_up(w, w->count++)];
}

/* Somebody looks at the boards every few seconds. */
static void
look(struct world *w)
{
	for (int i = 0; i < HUBS; i++)
		hub_node_request(w, &w->hub[i], JUDGES_CLIENT, "GET", "/api/v1/board",
			bytes_of(NULL, 0));
	happen(w, 5000, HAPPEN_LOOK, 0);
}

static void
dispatch(struct world *w, struct happen *h)
{
	struct hub_event tick = {.kind = HUB_TICK};
	const struct siren_event time = {.kind = SIREN_TICK};

	switch (h->kind) {
	case HAPPEN_HUB_TICK:
		if (w->hub[h->who].up && !w->hub[h->who].paused &&
			h->number == w->hub[h->who].tick)
			hub_node_step(w, &w->hub[h->who], &tick);
		break;
	case HAPPEN_HUB_DISK:
		hub_node_disk(w, &w->hub[h->who]);
		break;
	case HAPPEN_HUB_START:
		hub_node_start(w, &w->hub[h->who]);
		break;
	case HAPPEN_REPLY:
		people_reply(w, h);
		break;
	case HAPPEN_DIAL:
		stream_dialed(w, h);
		break;
	case HAPPEN_ARRIVE:
		stream_arrived(w, h);
		break;
	case HAPPEN_EDGE_START:
		edge_node_start(w, &w->edge[h->who]);
		break;
	case HAPPEN_EDGE_TICK:
		edge_node_tick(w, &w->edge[h->who]);
		break;
	case HAPPEN_EDGE_DISK:
		edge_node_disk(&w->edge[h->who]);
		break;
	case HAPPEN_POST:
		edge_node_post(w, &w->edge[h->who], h);
		break;
	case HAPPEN_HELD:
		box_letter_held(w, &w->box[h->who], h);
		break;
	case HAPPEN_BOX_TICK:
		if (w->box[h->who].up && h->number == w->box[h->who].tick)
			box_node_step(w, &w->box[h->who], &time);
		break;
	case HAPPEN_BOX_DISK:
		box_node_disk(w, &w->box[h->who]);
		break;
	case HAPPEN_BOX_INPUTS:
		box_node_inputs(w, &w->box[h->who]);
		break;
	case HAPPEN_BOX_POST:
		box_letters_send(w, &w->box[h->who]);
		break;
	case HAPPEN_BOX_START:
		box_node_start(w, &w->box[h->who]);
		break;
	case HAPPEN_RADIO:
		box_node_order(w, &w->box[h->who], buffer_bytes(&h->bytes), false);
		break;
	case HAPPEN_DEED:
		people_act(w, h->who);
		break;
	case HAPPEN_TROUBLE:
		trouble(w);
		break;
	case HAPPEN_THIEF:
		thief(w);
		break;
	case HAPPEN_PHASE:
		takeover_begin(w);
		break;
	case HAPPEN_LOOK:
		look(w);
		break;
	case HAPPEN_PEOPLE:
		if (w->calm)
			break;
		people_begin(w);
		happen(w, dice_between(w, 500, 9000), HAPPEN_PEOPLE, 0);
		break;
	case HAPPEN_UNDO:
		if (!w->calm)
			trouble_undo(w, h);
		break;
	case HAPPENINGS:
		break;
	}
}

bool
world_step(struct world *w, int64_t until_ms)
{
	struct happen h;

	if (w->broken[0] != '\0' || w->count == 0 || w->heap[0].at_ms > until_ms) {
		if (w->broken[0] == '\0' && w->now_ms < until_ms)
			w->now_ms = until_ms;
		return false;
	}
	h = w->heap[0];
	w->heap[0] = w->heap[--w->count];
	sift_down(w);
	w->now_ms = h.at_ms;
	w->stats.events++;
	if (h.life == life_of(w, h.kind, h.who))
		dispatch(w, &h);
	buffer_free(&h.bytes);
	return w->broken[0] == '\0';
}

/* ---- clocks ---- */

int64_t
clock_mono(const struct world *w, const struct sim_clock *c)
{
	int64_t lived = w->now_ms - c->born_ms;

	return c->mono_ms + lived + lived * c->drift / 1000000;
}

int64_t
clock_wall(const struct world *w, const struct sim_clock *c)
{
	return TOWN_START_MS + w->now_ms + c->wall_off_ms;
}

struct sim_clock
clock_new(struct world *w)
{
	return (struct sim_clock){.born_ms = w->now_ms,
		.mono_ms = w->scripted ? 1000 : dice_between(w, 1000, 100000000),
		.drift = w->scripted ? 0 : (int)dice_between(w, -100, 100)};
}

/* ---- begin and end ---- */

struct world *
world_new(const struct town *town, uint64_t seed)
{
	struct world *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->town = town;
	w->seed = w->dice = seed;
	w->order = calloc(ORDERS, sizeof *w->order);
	w->memo = calloc(MEMOS, sizeof *w->memo);
	if (w->order == NULL || w->memo == NULL) {
		free(w->order);
		free(w->memo);
		free(w);
		return NULL;
	}
	return w;
}

void
world_free(struct world *w)
{
	if (w == NULL)
		return;
	people_free(w);
	for (int i = 0; i < HUBS; i++)
		hub_node_free(&w->hub[i]);
	for (int i = 0; i < EDGES; i++)
		edge_node_free(&w->edge[i]);
	for (int i = 0; i < BOXES; i++)
		box_node_free(&w->box[i]);
	for (size_t i = 0; i < w->count; i++)
		buffer_free(&w->heap[i].bytes);
	free(w->memo);
	free(w->order);
	free(w->root);
	free(w->signed_entry);
	free(w->heap);
	free(w);
}
