/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_end.c: after everything was healed: what was promised was kept, and all agree. */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

enum { MARGIN_MS = 30000, STOPS_ALONE = 3 };

static bool
names(const struct sim_box *b, const struct order *by, uint64_t id)
{
	for (int i = 0; i < by->body_count; i++)
		for (int k = 0;
			judge_rung(b, &by->body[i]) >= 0 && k < by->body[i].end_count; k++)
			if (by->body[i].ends[k] == id)
				return true;
	return false;
}

/* Somebody who may has ended it here. */
static bool
ended(const struct world *w, const struct sim_box *b, uint64_t id)
{
	for (size_t i = 0; i < w->orders; i++)
		if (judge_enough(w, &w->order[i]) && names(b, &w->order[i].order, id))
			return true;
	return false;
}

/* A box that the thief led astray cannot tell what is missing, where links lose and spoil. */
static bool
led_astray(const struct world *w)
{
	return w->thief_forked && w->dirty;
}

static bool
must_be_known(const struct world *w, const struct sim_box *b, const struct signed_order *o)
{
	return b->up && !b->misled && !led_astray(w) && o->acked && !o->excused &&
	       o->order.body[0].class == ORDER_ALARM && judge_alarms(b, o) &&
	       order_expiry_ms(&o->order.body[0]) > TOWN_START_MS + w->now_ms + MARGIN_MS &&
	       o->acked_ms <= w->healed_ms && !ended(w, b, o->id);
}

/* 5 s after all was healed: what was answered with 200 is known wherever it must sound. */
void
judge_healed_soon(struct world *w)
{
	for (int i = 0; i < BOXES; i++)
		for (size_t k = 0; k < w->orders; k++)
			if (must_be_known(w, &w->box[i], &w->order[k]) &&
				!siren_lives(w->box[i].brain, w->order[k].id,
					clock_mono(w, &w->box[i].clock)))
				broken(w,
					"LOST: alert %016llx, answered for, is not known "
					"at "
					"siren %d",
					(unsigned long long)w->order[k].id, i + 1);
}

static void
all_sounded(struct world *w)
{
	for (int i = 0; i < BOXES; i++)
		for (size_t k = 0; k < w->orders; k++) {
			const struct ear_mark *m = &w->mark[i][k];

			if (must_be_known(w, &w->box[i], &w->order[k]) && m->starts == 0 &&
				!m->joined)
				broken(w, "LOST: alert %016llx never sounded at siren %d",
					(unsigned long long)w->order[k].id, i + 1);
		}
}

static void
edges_agree(struct world *w, const struct sim_hub *h)
{
	struct hash ours = hub_root(h->brain);

	for (int i = 0; i < EDGES; i++) {
		const struct sim_edge *e = &w->edge[i];
		const struct follower *f = edge_follower(e->brain);
		struct hash theirs = follower_root(f);

		if (follower_size(f) != hub_size(h->brain) || !hash_equal(&ours, &theirs))
			broken(w, "%s has %llu entries, hub %d has %llu, or another root",
				e->name, (unsigned long long)follower_size(f), h->i + 1,
				(unsigned long long)hub_size(h->brain));
		if (!edge_is_current(e->brain, TOWN_START_MS + w->now_ms))
			broken(w, "%s is not current though all is well", e->name);
	}
}

static void
boxes_agree(struct world *w)
{
	const struct nodes *nodes = follower_nodes(edge_follower(w->edge[0].brain));

	for (int i = 0; i < BOXES; i++) {
		const struct sim_box *b = &w->box[i];
		struct siren_view v = siren_view(b->brain, clock_mono(w, &b->clock));
		struct hash root;

		if (v.size != nodes_size(nodes)) {
			broken(w, "siren %d follows %llu entries, edge-1 has %llu", i + 1,
				(unsigned long long)v.size,
				(unsigned long long)nodes_size(nodes));
			return;
		}
		if (b->said_size > nodes_size(nodes))
			continue;
		root = nodes_root(nodes, b->said_size);
		if (!hash_equal(&root, &b->said_root))
			broken(w, "siren %d names another root than edge-1", i + 1);
	}
}

/* One person who stops more than three alarms in an hour needs a second: boxes refuse. */
static bool
may_be_refused(const struct world *w, uint64_t stop)
{
	int at = judge_find(w, stop), count = 0;

	for (size_t i = 0; i < w->orders && at >= 0; i++)
		count += w->order[i].order.body[0].class == ORDER_STOP &&
			 w->order[i].signers == w->order[at].signers;
	return at >= 0 && w->order[at].order.body[0].class == ORDER_STOP &&
	       count > STOPS_ALONE;
}

/* No entry is on its way: hub, edges and boxes count as many. */
bool
judge_all_told(const struct world *w)
{
	const struct sim_hub *h = &w->hub[w->leader];
	bool told = h->up;

	for (int i = 0; i < EDGES && told; i++)
		told = follower_size(edge_follower(w->edge[i].brain)) == hub_size(h->brain);
	for (int i = 0; i < BOXES && told; i++)
		told = siren_view(w->box[i].brain, clock_mono(w, &w->box[i].clock)).size ==
		       hub_size(h->brain);
	return told;
}

/* What the bulletin says of an order at this box. */
static void
box_obeys(struct world *w, struct sim_box *b, uint64_t id, struct order *other)
{
	const struct edge_order *row;
	size_t n = edge_orders(w->edge[0].brain, &row);
	bool over = false, lives = siren_lives(b->brain, id, clock_mono(w, &b->clock));
	uint64_t by = 0;

	for (size_t i = 0; i < n && !over; i++) {
		over = row[i].number != EDGE_NOT_ENTERED &&
		       order_read(other, row[i].bytes) == ERR_OK && names(b, other, id);
		by = row[i].id;
	}
	if (over && lives && !may_be_refused(w, by))
		broken(w,
			"siren %d goes on with %016llx, which the bulletin ended by "
			"%016llx",
			b->i + 1, (unsigned long long)id, (unsigned long long)by);
	if (!over && !lives && !ended(w, b, id))
		broken(w, "siren %d does not know %016llx, which lives in the bulletin",
			b->i + 1, (unsigned long long)id);
}

static void
boxes_obey(struct world *w)
{
	struct order *other = malloc(sizeof *other);
	const struct edge_order *row;
	size_t n = edge_orders(w->edge[0].brain, &row);

	for (size_t i = 0; i < n && other != NULL; i++) {
		int at;

		if (row[i].number == EDGE_NOT_ENTERED || row[i].class != ORDER_ALARM ||
			row[i].expiry_ms < TOWN_START_MS + w->now_ms + MARGIN_MS)
			continue;
		at = judge_find(w, row[i].id);
		for (int b = 0; b < BOXES && at >= 0; b++)
			if (!w->box[b].misled && judge_alarms(&w->box[b], &w->order[at]))
				box_obeys(w, &w->box[b], row[i].id, other);
	}
	free(other);
}

/* What one person may do alone has a number of times an hour, and hubs and edges, which did not see
 * the same ones, count differently. */
static bool
of_two_persons(const struct world *w, uint64_t order)
{
	int at = judge_find(w, order);

	return at >= 0 && w->order[at].order.body[0].class == ORDER_ALARM;
}

/* Does an order live for some time yet in this zone, by the book? */
static bool
alert_shows(const struct world *w, const struct alert *a, uint16_t zone, int64_t until_ms)
{
	for (size_t i = 0; i < a->order_count; i++) {
		const struct alert_order *o = &a->order[i];

		for (int k = 0; k < o->zone_count; k++)
			if (o->state == ALERT_LIVE && o->zone[k] == zone &&
				o->expires_ms > until_ms && of_two_persons(w, o->id))
				return true;
	}
	return false;
}

static bool
shows(const struct world *w, const struct book *book, uint16_t zone, int64_t margin_ms)
{
	for (size_t i = 0; i < book_count(book); i++)
		if (book_at(book, i)->state == ALERT_LIVE &&
			alert_shows(w, book_at(book, i), zone,
				TOWN_START_MS + w->now_ms + margin_ms))
			return true;
	return false;
}

/* Hub and edges show the same zones in danger, however they group what was ordered. */
static void
books_agree(struct world *w, const struct sim_hub *h)
{
	for (int k = 0; k < EDGES; k++)
		for (uint16_t zone = REGION; zone <= ISLAND; zone++) {
			const struct book *ours = hub_book(h->brain),
					  *theirs = edge_book(w->edge[k].brain);

			if (shows(w, ours, zone, MARGIN_MS) && !shows(w, theirs, zone, 0))
				broken(w,
					"an alert lives in zone %u at hub %d, but not at "
					"%s",
					zone, h->i + 1, w->edge[k].name);
			if (shows(w, theirs, zone, MARGIN_MS) && !shows(w, ours, zone, 0))
				broken(w,
					"an alert lives in zone %u at %s, but not at hub "
					"%d",
					zone, w->edge[k].name, h->i + 1);
		}
}

/* What a siren sounded, the hub has learnt, also if its own journal never held it. */
static void
hub_learnt(struct world *w, const struct sim_hub *h)
{
	for (size_t k = 0; k < w->orders; k++) {
		const struct signed_order *o = &w->order[k];
		bool sounded = false;

		for (int i = 0; i < BOXES; i++)
			sounded |= w->mark[i][k].starts > 0 && !w->box[i].misled;
		if (sounded && o->order.body[0].class == ORDER_ALARM && !o->excused &&
			order_expiry_ms(&o->order.body[0]) >
				TOWN_START_MS + w->now_ms + MARGIN_MS &&
			!book_knows(hub_book(h->brain), o->id))
			broken(w, "hub %d never learnt of order %016llx, which sounded",
				h->i + 1, (unsigned long long)o->id);
	}
}

/* All took what the thief wrote, the hub as well: then nothing contradicts it. */
static bool
one_root(const struct world *w, const struct sim_hub *h)
{
	struct hash ours = hub_root(h->brain);

	for (int i = 0; i < EDGES; i++) {
		struct hash theirs = follower_root(edge_follower(w->edge[i].brain));

		if (!hash_equal(&ours, &theirs))
			return false;
	}
	return true;
}

/* The edges hold two chains: whoever compares them has the proof (belfry bulletin verify). */
static bool
edges_contradict(const struct world *w)
{
	const struct nodes *one = follower_nodes(edge_follower(w->edge[0].brain));
	const struct nodes *two = follower_nodes(edge_follower(w->edge[1].brain));
	uint64_t size =
		nodes_size(one) < nodes_size(two) ? nodes_size(one) : nodes_size(two);
	struct hash a = nodes_root(one, size), b = nodes_root(two, size);

	return !hash_equal(&a, &b);
}

static void
fork_is_proven(struct world *w, const struct sim_hub *h)
{
	struct reign reigns[HUBS] = {
		{1, w->town->hub[0].public}, {2, w->town->hub[1].public}};
	bool proven = edges_contradict(w);

	for (int i = 0; i < EDGES; i++) {
		const struct fork *fork = follower_fork(edge_follower(w->edge[i].brain));
		struct fault words = {""};

		proven |= fork != NULL && fork_judge(fork, reigns, HUBS, &words) == ERR_OK;
	}
	/* Until the hub signs that number itself, nothing contradicts. */
	if (!proven && !one_root(w, h) && hub_size(h->brain) > w->thief_number)
		broken(w, "the thief forked the bulletin and nobody can prove it");
}

void
judge_healed(struct world *w)
{
	struct sim_hub *h = &w->hub[w->leader];

	if (!h->up) {
		broken(w, "hub %d is not up though all is well", h->i + 1);
		return;
	}
	all_sounded(w);
	boxes_obey(w);
	if (w->thief_forked) {
		fork_is_proven(w, h);
		return;
	}
	if (!hub_settled(h->brain))
		broken(w, "hub %d may not sign though all is well", h->i + 1);
	edges_agree(w, h);
	boxes_agree(w);
	books_agree(w, h);
	hub_learnt(w, h);
}
