/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * thief.c: somebody who has the first hub's key, one operator's key, an edge and all that ever was
 * sent. He may delay; he must not sound, silence or clear.
 */
#include "sim/world.h"

#include "wire/link.h"

#include <stdlib.h>
#include <string.h>

static struct signed_order *
some_order(struct world *w)
{
	return w->orders > 0 ? &w->order[dice(w) % w->orders] : NULL;
}

static void
to_boxes(struct world *w, char kind, struct bytes bytes)
{
	edge_tell(w, &w->edge[1], kind, bytes);
}

static void
replays(struct world *w)
{
	struct signed_order *s = some_order(w);
	struct buffer b = {0};

	if (s == NULL)
		return;
	order_bytes(&b, s);
	if (chance(w, 500) && b.len > 0)
		b.at[dice(w) % b.len] ^= (uint8_t)(1u << dice(w) % 8);
	order_radio(w, buffer_bytes(&b));
	buffer_free(&b);
}

/* One key, sometimes twice, sometimes with another's number over it. */
static void
signs_alone(struct world *w)
{
	static const enum order_class classes[] = {
		ORDER_ALARM, ORDER_ALL_CLEAR, ORDER_FALSE_ALARM, ORDER_SENSOR};
	struct order *o = calloc(1, sizeof *o);
	const struct signed_order *victim = some_order(w);
	struct signature s;
	struct buffer b = {0};
	struct hash digest;

	if (o == NULL || w->orders + 8 > ORDERS) {
		free(o);
		return;
	}
	o->body_count = 1;
	o->body[0] = body_make(w, classes[dice(w) % 4], NORTH);
	if (o->body[0].class == ORDER_ALL_CLEAR || o->body[0].class == ORDER_FALSE_ALARM) {
		o->body[0].pattern = CLEAR_SOUND;
		o->body[0].end_count = 1;
		o->body[0].ends[0] = victim != NULL ? victim->id : 1;
	}
	(void)order_sign(w, o, STOLEN);
	digest = order_digest(o);
	s = signature_of(w, STOLEN, &digest);
	o->approval_count = (uint8_t)dice_between(w, 1, 2);
	o->approval[0] =
		(struct approval){STOLEN, APPROVAL_ED25519, bytes_of(s.at, sizeof s.at)};
	o->approval[1] = (struct approval){chance(w, 500) ? ANNA : STOLEN, APPROVAL_ED25519,
		bytes_of(s.at, sizeof s.at)};
	order_write(&b, o);
	order_radio(w, buffer_bytes(&b));
	buffer_free(&b);
	free(o);
}

/* With the hub's key: a heartbeat of another time. */
static void
beats(struct world *w)
{
	static const int64_t off[] = {86400000, -86400000, INT64_C(20) * 365 * 86400000};
	const struct sim_edge *e = &w->edge[1];
	struct checkpoint c = {.territory = TOWN_TERRITORY, .term = 1};
	struct buffer line = {0};

	if (!e->up)
		return;
	c.size = follower_size(edge_follower(e->brain));
	c.root = follower_root(edge_follower(e->brain));
	c.time_ms = (TOWN_START_MS + w->now_ms + off[dice(w) % 3]) / 1000 * 1000;
	checkpoint_sign(&c, &w->town->hub[0]);
	checkpoint_line_write(&line, &c, NULL, 0);
	to_boxes(w, 'C', buffer_bytes(&line));
	buffer_free(&line);
}

/* With the hub's key: an entry that the hub never made. */
void
thief_fork(struct world *w)
{
	struct sim_edge *e = &w->edge[1];
	const struct signed_order *victim = some_order(w);
	struct buffer data = {0}, line = {0}, frame = {0};
	struct entry entry = {.has_data = true};

	if (!e->up || follower_term(edge_follower(e->brain)) != 1 || victim == NULL)
		return;
	order_bytes(&data, victim);
	entry.data = buffer_bytes(&data);
	if (entry_header_make(&entry.header, TOWN_TERRITORY, 1,
		    follower_tree(edge_follower(e->brain)), "order",
		    TOWN_START_MS + w->now_ms, entry.data) == ERR_OK) {
		entry.signature = entry_sign(&entry.header, &w->town->hub[0]);
		entry_line_write(&line, &entry);
		link_write(&frame, LINK_ENTRY, buffer_bytes(&line));
		trace(w, "thief", "signs entry %llu in the hub's name",
			(unsigned long long)entry.header.number);
		w->thief_forked = true;
		w->thief_number = entry.header.number;
		w->stats.forks++;
		edge_node_frame(w, e, 0, buffer_bytes(&frame));
	}
	buffer_free(&data);
	buffer_free(&line);
	buffer_free(&frame);
}

void
thief(struct world *w)
{
	int64_t n = dice_between(w, 0, 99);

	if (w->calm || !w->thief)
		return;
	happen(w, dice_between(w, 500, 6000), HAPPEN_THIEF, 0);
	if (n < 40)
		replays(w);
	else if (n < 75)
		signs_alone(w);
	else if (n < 97 || w->leader != 0)
		beats(w);
	else if (!w->thief_forked)
		thief_fork(w);
}
