/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * judge.c: watches the world and knows what truly was signed. It reads no verdict of the code that
 * it judges: what may sound is decided by the list of signatures that people really made.
 */
#include "sim/world.h"

#include "alert/content.h"
#include "siren/known.h"
#include "wire/link.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { UNKNOWN_MS = 90000, LATE_MS = 15000, HEARD_ALL_MS = 40000 };

int
judge_find(const struct world *w, uint64_t id)
{
	for (size_t i = 0; i < w->orders; i++)
		if (w->order[i].id == id)
			return (int)i;
	return -1;
}

/* Persons, not keys. */
static int
persons(uint32_t signers)
{
	int n = 0;

	if (signers >> ANNA_TOO & 1)
		signers |= 1u << ANNA;
	signers &= ~(1u << ANNA_TOO | 1u << GAUGE);
	for (; signers != 0; signers &= signers - 1)
		n++;
	return n;
}

static bool
mandate_suits(const struct signed_order *o, uint16_t key)
{
	const struct order_body *b = &o->order.body[0];

	return (o->signers >> key & 1) && b->zones.count == 1 && !b->zones.group &&
	       b->zones.number[0] == NORTH && b->lifetime_s <= 1800 && b->seconds <= 30 &&
	       (b->pattern == RAID_SOUND || b->pattern == FIRE_SOUND);
}

bool
judge_enough(const struct world *w, const struct signed_order *o)
{
	(void)w;
	switch (o->order.body[0].class) {
	case ORDER_ALARM:
	case ORDER_ALL_CLEAR:
	case ORDER_FALSE_ALARM:
	case ORDER_TAKEOVER:
		return persons(o->signers) >= 2;
	case ORDER_STOP:
	case ORDER_TEST:
		return persons(o->signers) >= 1;
	case ORDER_BREAK_GLASS:
		return mandate_suits(o, DAVID);
	case ORDER_SENSOR:
		return mandate_suits(o, GAUGE);
	}
	return false;
}

static bool is_alarm(enum order_class class)
{
	return class == ORDER_ALARM || class == ORDER_BREAK_GLASS || class == ORDER_SENSOR;
}

/* Is it an alarm for this box? One order may be an alarm here and an all clear there. */
bool
judge_alarms(const struct sim_box *b, const struct signed_order *o)
{
	const struct order_body *nearest = NULL;
	int least = -1;

	for (int i = 0; i < o->order.body_count; i++) {
		const struct order_body *body = &o->order.body[i];
		int rung = judge_rung(b, body);

		if (rung < 0 || (least >= 0 && rung > least) ||
			(rung == least && !is_alarm(body->class)))
			continue;
		nearest = body;
		least = rung;
	}
	return nearest != NULL && is_alarm(nearest->class);
}

/* The body that lets this box sound this pattern under this id; NULL: nothing does. */
static const struct order_body *
body_of(const struct world *w, const struct sim_box *b, uint64_t id, unsigned pattern)
{
	for (size_t i = 0; i < w->orders; i++) {
		const struct signed_order *o = &w->order[i];

		if (o->id != id || !judge_enough(w, o))
			continue;
		for (int k = 0; k < o->order.body_count; k++)
			if (o->order.body[k].pattern == pattern &&
				judge_rung(b, &o->order.body[k]) >= 0)
				return &o->order.body[k];
	}
	return NULL;
}

/* Does `by`, as far as it speaks to this box, end or stop `id`? */
static bool
names(const struct sim_box *b, const struct signed_order *by, uint64_t id)
{
	for (int i = 0; i < by->order.body_count; i++) {
		const struct order_body *body = &by->order.body[i];

		if (judge_rung(b, body) < 0)
			continue;
		for (int k = 0; k < body->end_count; k++)
			if (body->ends[k] == id)
				return true;
	}
	return false;
}

/* Does this box, by what it said itself that it heard, know an alarm that lives? */
static int
living(const struct world *w, const struct sim_box *b)
{
	for (size_t i = 0; i < w->orders; i++) {
		const struct signed_order *a = &w->order[i];
		const struct ear_mark *m = &w->mark[b->i][i];
		bool ended = false;

		if (!judge_alarms(b, a) || !m->heard ||
			(m->heard_life != b->life && !m->durable) ||
			order_expiry_ms(&a->order.body[0]) <
				TOWN_START_MS + w->now_ms + 60000)
			continue;
		for (size_t k = 0; k < w->orders && !ended; k++)
			ended = w->mark[b->i][k].heard && names(b, &w->order[k], a->id);
		if (!ended)
			return (int)i;
	}
	return -1;
}

static void
judge_start(struct world *w, struct sim_box *b, uint64_t id)
{
	int i = judge_find(w, id);
	struct ear_mark *m = &w->mark[b->i][i];
	bool again = m->starts > 0 &&
		     (m->start_life == b->life || (m->durable && !m->interrupted));

	/* One whose chip lost its time cannot know that the sounding was over. */
	if (again && !b->misled)
		broken(w, "siren %d sounded order %016llx a second time", b->i + 1,
			(unsigned long long)id);
	m->starts++;
	m->interrupted = false;
	m->start_life = b->life;
	m->start_ms = w->now_ms;
	w->stats.soundings++;
}

void
judge_play(struct world *w, struct sim_box *b, const struct siren_wish *wish)
{
	uint64_t id = siren_view(b->brain, clock_mono(w, &b->clock)).sounding;
	int lives;

	if (id == 0) /* begun and ended in one step */
		return;
	if (body_of(w, b, id, wish->pattern->number) == NULL) {
		broken(w,
			"siren %d sounds %s under %016llx, which too few people signed for "
			"it",
			b->i + 1, wish->pattern->name, (unsigned long long)id);
		return;
	}
	b->on = id;
	b->on_since_ms = w->now_ms - wish->elapsed_ms;
	b->on_total_ms = pattern_total_ms(wish->pattern, wish->seconds);
	b->on_clear = wish->pattern->use == USE_ALL_CLEAR;
	trace(w, "siren", "%d %s %s for %016llx", b->i + 1,
		wish->elapsed_ms > 0 ? "goes on with" : "sounds", wish->pattern->name,
		(unsigned long long)id);
	if (wish->elapsed_ms == 0 && wish->pattern->use != USE_SILENT_TEST)
		judge_start(w, b, id);
	lives = b->on_clear ? living(w, b) : -1;
	if (lives >= 0)
		broken(w, "siren %d sounds the all clear while alarm %016llx lives there",
			b->i + 1, (unsigned long long)w->order[lives].id);
	w->stats.all_clears += b->on_clear;
}

/* Another order's turn: the box knows it, though with a hanging disk it may not have said so yet. */
static bool
takes_turn(const struct world *w, const struct sim_box *b, size_t k)
{
	const struct ear_mark *m = &w->mark[b->i][k];

	return w->order[k].id != b->on && (m->starts == 0 || m->interrupted) &&
	       (m->heard ||
		       siren_lives(b->brain, w->order[k].id, clock_mono(w, &b->clock)));
}

/* Cut short: somebody must have ended it, or another order took its turn. */
void
judge_quiet(struct world *w, struct sim_box *b)
{
	int i = judge_find(w, b->on);
	bool excused = b->on == 0 || i < 0 || b->on_clear ||
		       w->now_ms - b->on_since_ms >= b->on_total_ms - 100;

	for (size_t k = 0; k < w->orders && !excused; k++)
		excused =
			(names(b, &w->order[k], b->on) && judge_enough(w, &w->order[k])) ||
			takes_turn(w, b, k) || !is_alarm(w->order[i].order.body[0].class);
	if (!excused)
		broken(w, "siren %d fell silent in the middle of order %016llx", b->i + 1,
			(unsigned long long)b->on);
	/* That it is over may not reach the disk either. */
	if (i >= 0 && (b->disk != DISK_WELL || b->gaps))
		w->mark[b->i][i].interrupted = true;
	b->on = 0;
	b->on_clear = false;
}

/* After each thing that happens to a box. */
void
judge_box(struct world *w, struct sim_box *b)
{
	int lives = b->on_clear && b->relay ? living(w, b) : -1;

	if (b->relay && siren_view(b->brain, clock_mono(w, &b->clock)).sounding == 0)
		broken(w, "siren %d holds its relay closed for no order", b->i + 1);
	if (lives >= 0)
		broken(w, "siren %d goes on with the all clear though alarm %016llx came",
			b->i + 1, (unsigned long long)w->order[lives].id);
}

void
judge_receipt(struct world *w, struct sim_box *b, struct bytes bytes)
{
	struct receipt r;
	int i;

	if (receipt_read(&r, bytes) != ERR_OK) {
		broken(w, "siren %d made a receipt that cannot be read", b->i + 1);
		return;
	}
	b->spoke_ms = w->now_ms;
	b->said_size = r.size;
	b->said_root = r.root;
	i = r.order != 0 ? judge_find(w, r.order) : -1;
	if (i >= 0 && (r.event == RECEIPT_HEARD || r.event == RECEIPT_JOINED)) {
		struct ear_mark *m = &w->mark[b->i][i];

		m->heard = true;
		m->joined |= r.event == RECEIPT_JOINED;
		m->heard_life = b->life;
	}
	if (r.event == RECEIPT_REFUSED)
		w->stats.refused++;
	if (r.event != RECEIPT_STATUS)
		trace(w, "siren", "%d says %s %016llx %s", b->i + 1,
			receipt_event_name(r.event), (unsigned long long)r.order,
			r.event == RECEIPT_REFUSED ? verdict_name(r.verdict) : "");
}

/* A record is on its way to the box's disk; without bytes: all of them arrived there. */
void
judge_stored(struct world *w, struct sim_box *b, struct bytes record)
{
	struct known k;

	if (record.len > 0) {
		if (known_read(&k, record) == ERR_OK && (k.flags & KNOWN_HEARD) &&
			b->unsynceds < sizeof b->unsynced / sizeof *b->unsynced)
			b->unsynced[b->unsynceds++] = k.id;
		return;
	}
	for (size_t i = 0; i < b->unsynceds; i++) {
		int at = judge_find(w, b->unsynced[i]);

		if (at >= 0)
			w->mark[b->i][at].durable = true;
	}
	b->unsynceds = 0;
}

void
judge_box_down(struct world *w, struct sim_box *b)
{
	int i = b->on != 0 ? judge_find(w, b->on) : -1;

	if (i >= 0)
		w->mark[b->i][i].interrupted = true;
	/* What its disk never took, it may sound again: it cannot know. */
	for (size_t k = 0; k < w->orders; k++)
		if (!w->mark[b->i][k].durable)
			w->mark[b->i][k].starts = 0;
	b->on = 0;
	b->on_clear = false;
	b->unsynceds = 0;
}

/* ---- the hub ---- */

void
judge_replied(struct world *w, struct sim_hub *h, int status, struct bytes body)
{
	json_t *o =
		status == 200 ? json_loadb((const char *)body.at, body.len, 0, NULL) : NULL;
	const char *id = json_string_value(json_object_get(o, "proposal"));
	const char *state = json_string_value(json_object_get(o, "state"));
	uint64_t number;
	int i;

	if (id != NULL && state != NULL && strcmp(state, "live") == 0 &&
		id_read(&number, id) == ERR_OK && (i = judge_find(w, number)) >= 0) {
		struct signed_order *s = &w->order[i];

		if (!judge_enough(w, s))
			broken(w, "hub %d took order %s live with too few signatures",
				h->i + 1, id);
		if (!s->acked) {
			s->acked_ms = w->now_ms;
			s->acked_hub = h->i;
			w->stats.alerts += is_alarm(s->order.body[0].class);
			trace(w, "hub", "%d answers: %s %s is live", h->i + 1,
				order_class_name(s->order.body[0].class), id);
		}
		s->acked = true;
	}
	json_decref(o);
}

/* True if it is new or the same as before. */
static bool
root_mark(struct root_mark **list, size_t *count, size_t *cap, struct root_mark m)
{
	for (size_t i = *count; i-- > 0;)
		if ((*list)[i].term == m.term && (*list)[i].size == m.size)
			return hash_equal(&(*list)[i].hash, &m.hash);
	if (*count == *cap) {
		*cap = *cap ? *cap * 2 : 128;
		*list = realloc(*list, *cap * sizeof **list);
	}
	(*list)[(*count)++] = m;
	return true;
}

/* What one edge has heard is said: of each number, and of the tree at each size, but once. */
static void
said(struct world *w, uint32_t term, uint64_t size, const struct hash *leaf,
	const struct hash *root)
{
	bool thiefs = w->thief_forked && term == 1;

	if (leaf != NULL &&
		!root_mark(&w->signed_entry, &w->signed_entries, &w->signed_cap,
			(struct root_mark){term, size, *leaf}) &&
		!thiefs)
		broken(w, "FORK: term %u has two entries %llu", term,
			(unsigned long long)size);
	if (!root_mark(&w->root, &w->roots, &w->roots_cap,
		    (struct root_mark){term, size, *root}) &&
		!thiefs)
		broken(w, "FORK: term %u has two roots at %llu", term,
			(unsigned long long)size);
}

void
judge_edge_hears(struct world *w, struct bytes frame)
{
	struct checkpoint c;
	struct arena *arena;
	struct bytes body;
	enum link_frame kind;
	struct hash leaf;
	struct entry e;

	if (link_read(frame, &kind, &body) != ERR_OK || arena_new(&arena) != ERR_OK)
		return;
	if (kind == LINK_ENTRY && entry_line_read(&e, arena, (const char *)body.at,
					  body.len, NULL) == ERR_OK) {
		leaf = entry_leaf(&e.header);
		said(w, e.header.term, e.header.number, &leaf, &e.header.root);
	} else if (kind == LINK_CHECKPOINT &&
		   checkpoint_line_read(&c, NULL, (const char *)body.at, body.len, NULL) ==
			   ERR_OK) {
		said(w, c.term, c.size, NULL, &c.root);
	}
	arena_free(arena);
}

static void
entry_sent(struct world *w, struct sim_hub *h, struct bytes line)
{
	struct arena *arena;
	struct entry e;

	if (arena_new(&arena) != ERR_OK)
		return;
	if (entry_line_read(&e, arena, (const char *)line.at, line.len, NULL) != ERR_OK)
		broken(w, "hub %d sent an entry that cannot be read", h->i + 1);
	else if (e.header.number >= h->durable)
		broken(w, "hub %d let entry %llu out before it was on the disk", h->i + 1,
			(unsigned long long)e.header.number);
	arena_free(arena);
}

static void
checkpoint_sent(struct world *w, struct sim_hub *h, struct bytes line)
{
	struct checkpoint c;

	if (checkpoint_line_read(&c, NULL, (const char *)line.at, line.len, NULL) != ERR_OK)
		broken(w, "hub %d sent a heartbeat that cannot be read", h->i + 1);
	else if (c.size > h->durable)
		broken(w, "hub %d counts entries in its heartbeat that are not on the disk",
			h->i + 1);
	else if (c.time_ms > clock_wall(w, &h->clock) ||
		 c.time_ms < clock_wall(w, &h->clock) - 2000)
		broken(w, "hub %d dates a heartbeat wrongly", h->i + 1);
}

static void
order_sent(struct world *w, struct sim_hub *h, struct bytes bytes)
{
	struct order *o = malloc(sizeof *o);
	int i = o != NULL && order_read(o, bytes) == ERR_OK ? judge_find(w, o->body[0].id)
							    : -1;

	if (i < 0 || !judge_enough(w, &w->order[i]))
		broken(w, "hub %d let an order out that too few people signed", h->i + 1);
	free(o);
}

void
judge_hub_sends(struct world *w, struct sim_hub *h, struct bytes frame)
{
	struct bytes body, order, content;
	enum link_frame kind;

	if (link_read(frame, &kind, &body) != ERR_OK)
		return;
	if (kind == LINK_ENTRY)
		entry_sent(w, h, body);
	else if (kind == LINK_CHECKPOINT)
		checkpoint_sent(w, h, body);
	else if (kind == LINK_ORDER && link_order_read(body, &order, &content) == ERR_OK)
		order_sent(w, h, order);
}

/* Back from its journal: what it answered for must be there. */
void
judge_hub_up(struct world *w, struct sim_hub *h)
{
	uint32_t term = (uint32_t)h->i + 1;

	for (size_t i = 0; i < w->signed_entries && !h->restored && !w->thief_forked; i++)
		if (w->signed_entry[i].term == term &&
			w->signed_entry[i].size >= h->durable)
			broken(w, "hub %d lost entry %llu, which had left it", h->i + 1,
				(unsigned long long)w->signed_entry[i].size);
	for (size_t i = 0; i < w->orders && !h->restored && !w->taken_over; i++)
		if (w->order[i].acked && h->i == 0 && !w->order[i].excused &&
			is_alarm(w->order[i].order.body[0].class) &&
			w->order[i].acked_hub == h->i &&
			w->order[i].order.body[0].end_count == 0 &&
			!book_knows(hub_book(h->brain), w->order[i].id))
			broken(w, "hub %d lost order %016llx, which it had answered for",
				h->i + 1, (unsigned long long)w->order[i].id);
}

/* A restored hub owes what it had said before from the moment when it has it again. */
void
judge_hub_stored(struct world *w, struct sim_hub *h)
{
	uint64_t most = 0;

	for (size_t i = 0; i < w->signed_entries && h->restored; i++)
		if (w->signed_entry[i].size >= most)
			most = w->signed_entry[i].size + 1;
	h->restored &= h->durable < most;
}

/* What only the lost journal knew is lost; nobody can promise more. All else comes back from edges
 * and sirens by and by. */
void
judge_backup_restored(struct world *w)
{
	for (size_t i = 0; i < w->orders; i++) {
		w->order[i].excused |= !edge_node_has(&w->edge[0], w->order[i].id) &&
				       !edge_node_has(&w->edge[1], w->order[i].id);
		w->order[i].acked_hub = -1;
	}
}

/* Silence must not look like readiness. */
void
judge_board(struct world *w, struct sim_hub *h, struct bytes board)
{
	json_t *o = json_loadb((const char *)board.at, board.len, 0, NULL);
	const json_t *sirens = json_object_get(o, "sirens"), *s;
	size_t i;

	json_array_foreach((json_t *)sirens, i, s)
	{
		const char *state = json_string_value(json_object_get(s, "state"));
		json_int_t n = json_integer_value(json_object_get(s, "siren"));
		const struct sim_box *b;

		if (n < 1 || n > BOXES || state == NULL)
			continue;
		b = &w->box[n - 1];
		if (strcmp(state, "unknown") != 0 &&
			w->now_ms - b->spoke_ms > UNKNOWN_MS + LATE_MS)
			broken(w, "hub %d shows siren %d as %s, silent for %lld s",
				h->i + 1, (int)n, state,
				(long long)(w->now_ms - b->spoke_ms) / 1000);
		if (strcmp(state, "unknown") == 0 && w->phase == PHASE_END &&
			h->i == w->leader && !w->thief_forked && !b->misled &&
			w->now_ms > w->healed_ms &&
			w->now_ms - h->clock.born_ms > HEARD_ALL_MS)
			broken(w, "hub %d does not hear siren %d though all is well",
				h->i + 1, (int)n);
	}
	json_decref(o);
}
