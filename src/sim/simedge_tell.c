/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simedge_tell.c: what an edge's brain has told, on its way to the boxes. */
#include "sim/world.h"

static void
tell_one(struct world *w, struct sim_edge *e, int box, char kind, struct bytes bytes)
{
	struct buffer b = {0};

	write_u8(&b, (uint8_t)kind);
	write_bytes(&b, bytes.at, bytes.len);
	stream_send(w, stream_box(w, e->i, box), 1, buffer_bytes(&b));
	buffer_free(&b);
}

void
edge_tell(struct world *w, struct sim_edge *e, char kind, struct bytes bytes)
{
	for (int i = 0; i < BOXES; i++)
		tell_one(w, e, i, kind, bytes);
}

void
edge_tell_here(struct world *w, struct sim_edge *e, int box, const struct checkpoint *c)
{
	struct tree tree = nodes_tree(follower_nodes(edge_follower(e->brain)), c->size);
	struct hash edge[TREE_PROOF_MAX];
	struct buffer line = {0};

	checkpoint_line_write(&line, c, edge, tree_edge(edge, &tree));
	if (box < 0)
		edge_tell(w, e, 'C', buffer_bytes(&line));
	else
		tell_one(w, e, box, 'C', buffer_bytes(&line));
	buffer_free(&line);
}

/* ---- one box that begins, or comes back ---- */

struct listener {
	struct world *w;
	struct sim_edge *e;
	int box;
};

static void
hears_entry(void *ctx, uint64_t number)
{
	struct listener *l = ctx;

	if (number < l->e->lines)
		tell_one(l->w, l->e, l->box, 'E', l->e->line[number].brief);
}

static void
hears_order(void *ctx, const struct edge_order *order)
{
	struct listener *l = ctx;

	tell_one(l->w, l->e, l->box, 'O', order->bytes);
}

static void
hears_time(void *ctx, const struct checkpoint *c)
{
	struct listener *l = ctx;
	struct buffer line = {0};

	checkpoint_line_write(&line, c, NULL, 0);
	tell_one(l->w, l->e, l->box, 'C', buffer_bytes(&line));
	buffer_free(&line);
}

static void
hears_here(void *ctx, const struct checkpoint *c)
{
	struct listener *l = ctx;

	edge_tell_here(l->w, l->e, l->box, c);
}

void
edge_node_listener(struct world *w, struct sim_edge *e, int box, uint64_t after)
{
	struct listener l = {w, e, box};
	struct edge_teller to = {&l, hears_entry, hears_order, hears_time, hears_here};

	if (!e->up)
		return;
	w->joining = true; /* TCP brings all of it, or breaks */
	if (after > 0)
		edge_resume(e->brain, &to);
	else
		after = edge_join(e->brain, true, &to);
	edge_node_wanted(w, e, box, after);
	w->joining = false;
}

void
edge_node_wanted(struct world *w, struct sim_edge *e, int box, uint64_t from)
{
	for (uint64_t n = from; n < e->lines; n++)
		tell_one(w, e, box, 'E', e->line[n].brief);
}
