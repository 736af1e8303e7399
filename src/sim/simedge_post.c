/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simedge_post.c: an edge's spool: receipts that boxes post, until a hub's cursor has passed them. */
#include "sim/world.h"

#include "wire/link.h"

#include <stdlib.h>
#include <string.h>

void
edge_spool_open(struct world *w, struct sim_edge *e)
{
	struct spool_limits limits = spool_limits_default();
	uint8_t dice16[16] = {(uint8_t)e->i};
	uint64_t to;

	if (spool_new(&e->spool, TOWN_TERRITORY, e->name, e->spool_number, &limits,
		    dice16) != ERR_OK)
		broken(w, "the simulator is out of memory");
	for (size_t i = 0; i < e->messages && w->broken[0] == '\0'; i++) {
		struct spool_message m;
		size_t used;

		if (spool_message_read(&m, buffer_bytes(&e->message[i]), &used) != ERR_OK ||
			spool_restore(e->spool, &m) != ERR_OK)
			broken(w, "%s cannot read its spool", e->name);
	}
	if (e->has_cursor)
		(void)!spool_receive(e->spool, &e->cursor,
			roster_hub_key(&w->town->parsed, e->cursor.term), &to);
}

static void
tell_one(struct world *w, struct sim_edge *e, int hub, size_t message)
{
	struct buffer frame = {0};

	link_write(&frame, LINK_SPOOL, buffer_bytes(&e->message[message]));
	stream_send(w, stream_hub(w, hub, e->i), 1, buffer_bytes(&frame));
	buffer_free(&frame);
}

void
edge_spool_tell(struct world *w, struct sim_edge *e, int hub)
{
	for (size_t i = 0; i < e->messages; i++)
		tell_one(w, e, hub, i);
}

void
edge_spool_cursor(struct world *w, struct sim_edge *e, const struct spool_cursor *c,
	const struct public_key *hub)
{
	struct buffer told = {0};
	uint64_t to;
	size_t kept = 0;

	if (spool_receive(e->spool, c, hub, &to) != ERR_OK)
		return;
	if (!e->has_cursor || c->received > e->cursor.received)
		e->cursor = *c;
	e->has_cursor = true;
	for (size_t i = 0; i < e->messages; i++) {
		struct spool_message m;
		size_t used;

		if (spool_message_read(&m, buffer_bytes(&e->message[i]), &used) == ERR_OK &&
			m.number > to)
			e->message[kept++] = e->message[i];
		else
			buffer_free(&e->message[i]);
	}
	e->messages = kept;
	write_u64(&told, to);
	edge_tell(w, e, 'U', buffer_bytes(&told));
	buffer_free(&told);
}

static struct spool_message
message_from(const struct happen *h, const struct world *w, const struct sim_edge *e)
{
	struct spool_message m = {.kind = SPOOL_RECEIPT,
		.received_ms = clock_wall(w, &e->clock),
		.body = bytes_of(h->bytes.at + 16, h->bytes.len - 16)};

	memcpy(m.id.at, h->bytes.at, 16);
	m.source[0] = (uint8_t)h->other;
	return m;
}

/* On the disk, then on to the hubs. */
static void
take(struct world *w, struct sim_edge *e, const struct spool_message *m)
{
	e->message = realloc(e->message, (e->messages + 1) * sizeof *e->message);
	if (e->message == NULL) {
		broken(w, "the simulator is out of memory");
		return;
	}
	e->message[e->messages] = (struct buffer){0};
	spool_message_write(&e->message[e->messages++], m);
	for (int i = 0; i < HUBS; i++)
		if (e->greeted[i])
			tell_one(w, e, i, e->messages - 1);
}

void
edge_node_post(struct world *w, struct sim_edge *e, const struct happen *h)
{
	struct spool_message m = message_from(h, w, e);
	struct spool_verdict v;
	struct happen *answer;

	if (!e->up || spool_offer(e->spool, &m, &v) != ERR_OK ||
		(v.answer != SPOOL_TAKE && v.answer != SPOOL_REPEAT &&
			v.answer != SPOOL_RECEIVED))
		return;
	m.number = v.number;
	if (v.answer == SPOOL_TAKE)
		take(w, e, &m);
	answer = happen(w, dice_between(w, 2, 20), HAPPEN_HELD, h->other);
	answer->other = e->i;
	answer->number = v.number;
	write_bytes(&answer->bytes, m.id.at, 16);
	/* Received before: the box may forget it when it hears so. */
	if (v.answer == SPOOL_RECEIVED)
		answer->number |= UINT64_C(1) << 63;
}
