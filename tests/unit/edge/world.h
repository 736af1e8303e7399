/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world.h: an edge's brain with a hub in a hand before it, and what the brain asked for. */
#ifndef TESTS_EDGE_WORLD_H
#define TESTS_EDGE_WORLD_H

#include "example_hub.h"

#include "base/text.h"
#include "bulletin/takeover.h"
#include "edge/edge.h"
#include "edge/shown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#define NOW INT64_C(1795356000000)
enum { KEPT = 256 };

/* What the brain asked for. */
struct world {
	struct edge *edge;
	struct example_hub hub;
	struct buffer sent; /* the last frame */
	int sends, greeted, entries, orders, heartbeats, cursors, forks, logs, backs;
	uint64_t back_from, cursor;
	struct {
		enum edge_record kind;
		int64_t time_ms;
		struct bytes bytes;
	} kept[KEPT];
	size_t kept_count;
};

static inline void
on_send(void *ctx, size_t hub, struct bytes frame)
{
	struct world *w = ctx;

	(void)hub;
	w->sends++;
	buffer_clear(&w->sent);
	write_bytes(&w->sent, frame.at, frame.len);
}

static inline void
on_greeted(void *ctx, size_t hub)
{
	(void)hub;
	((struct world *)ctx)->greeted++;
}

static inline void
on_give_back(void *ctx, size_t hub, uint64_t from)
{
	(void)hub;
	((struct world *)ctx)->backs++;
	((struct world *)ctx)->back_from = from;
}

static inline void
on_entry(void *ctx, const struct entry *e)
{
	(void)e;
	((struct world *)ctx)->entries++;
}

static inline void
on_order(void *ctx, struct bytes order)
{
	(void)order;
	((struct world *)ctx)->orders++;
}

static inline void
on_keep(void *ctx, enum edge_record kind, int64_t time_ms, struct bytes record)
{
	struct world *w = ctx;
	uint8_t *copy = malloc(record.len);

	memcpy(copy, record.at, record.len);
	assert_true(w->kept_count < KEPT);
	w->kept[w->kept_count].kind = kind;
	w->kept[w->kept_count].time_ms = time_ms;
	w->kept[w->kept_count++].bytes = bytes_of(copy, record.len);
}

static inline void
on_heartbeat(void *ctx, const struct checkpoint *c)
{
	(void)c;
	((struct world *)ctx)->heartbeats++;
}

static inline void
on_cursor(void *ctx, const struct spool_cursor *c, const struct public_key *hub)
{
	struct world *w = ctx;

	w->cursors++;
	w->cursor = spool_cursor_verify(c, hub) ? c->received : 0;
}

static inline void
on_fork(void *ctx, const struct fork *proof)
{
	(void)proof;
	((struct world *)ctx)->forks++;
}

static inline void
on_log(void *ctx, const char *line)
{
	(void)line;
	((struct world *)ctx)->logs++;
}

static inline struct edge *
new_edge(struct world *w)
{
	struct edge_hands hands = {w, on_send, on_greeted, on_give_back, on_entry, on_order,
		on_keep, on_heartbeat, on_cursor, on_fork, on_log};
	struct buffer roster = {0};
	struct edge_conf conf = {.name = "edge1"};
	struct fault fault = {""};
	struct edge *e = NULL;

	example_roster(&roster);
	conf.roster = buffer_bytes(&roster);
	if (edge_new(&e, &conf, &hands, &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	edge_set_spool(e, 77);
	buffer_free(&roster);
	return e;
}

static inline void
give(struct world *w, enum link_frame kind, struct bytes body)
{
	struct buffer b = {0};

	link_write(&b, kind, body);
	edge_hub_frame(w->edge, w->hub.now_ms, 0, buffer_bytes(&b));
	buffer_free(&b);
}

/* All lines from `from` on. */
static inline void
give_lines(struct world *w, const struct example_hub *hub, uint64_t from)
{
	for (uint64_t i = from; i < hub->lines; i++)
		give(w, LINK_ENTRY, example_line(hub, i));
}

static inline void
give_entry(struct world *w, const char *kind, struct bytes data)
{
	give(w, LINK_ENTRY, example_line(&w->hub, example_entry(&w->hub, kind, data)));
}

static inline void
give_made(struct world *w, const char *kind, void (*make)(struct buffer *))
{
	struct buffer b = {0};

	make(&b);
	give_entry(w, kind, buffer_bytes(&b));
	buffer_free(&b);
}

static inline void
give_checkpoint(struct world *w, const struct checkpoint *c)
{
	struct buffer b = {0};

	checkpoint_line_write(&b, c, NULL, 0);
	give(w, LINK_CHECKPOINT, buffer_bytes(&b));
	buffer_free(&b);
}

static inline void
give_heartbeat(struct world *w)
{
	struct checkpoint c = example_checkpoint(&w->hub);

	give_checkpoint(w, &c);
}

static inline uint64_t
give_alarm(struct world *w, uint16_t zone)
{
	struct buffer content = {0}, order = {0};
	uint64_t id = example_alarm(&w->hub, &content, &order, &zone, 1, 600);

	give_entry(w, "alert", buffer_bytes(&content));
	give_entry(w, "order", buffer_bytes(&order));
	buffer_free(&content);
	buffer_free(&order);
	return id;
}

static inline uint64_t
give_end(struct world *w, enum verb verb, uint64_t alert, uint16_t zone)
{
	struct buffer content = {0}, order = {0};
	uint64_t id = example_end(&w->hub, &content, &order, verb, alert, zone);

	give_entry(w, verb == VERB_STOP ? "update" : "end", buffer_bytes(&content));
	give_entry(w, "order", buffer_bytes(&order));
	buffer_free(&content);
	buffer_free(&order);
	return id;
}

static inline void
give_order(struct world *w, struct example_order how)
{
	struct buffer order = {0};

	how.lifetime_s = how.lifetime_s ? how.lifetime_s : 600;
	how.at_ms = how.at_ms ? how.at_ms : w->hub.now_ms;
	example_order(&w->hub, &order, &how);
	give_entry(w, "order", buffer_bytes(&order));
	buffer_free(&order);
}

static inline int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	example_hub_begin(&w->hub, NOW);
	w->edge = new_edge(w);
	give(w, LINK_HELLO, bytes_of_text("{\"territory\":48879,\"term\":1,\"size\":0}"));
	give_made(w, "roster", example_roster);
	give_made(w, "zones", example_zones);
	*state = w;
	return 0;
}

static inline int
teardown(void **state)
{
	struct world *w = *state;

	edge_free(w->edge);
	example_hub_end(&w->hub);
	for (size_t i = 0; i < w->kept_count; i++)
		free((void *)w->kept[i].bytes.at);
	buffer_free(&w->sent);
	free(w);
	return 0;
}

static inline size_t
live(const struct world *w)
{
	size_t n = 0;

	for (size_t i = 0; i < book_count(edge_book(w->edge)); i++)
		n += book_at(edge_book(w->edge), i)->state == ALERT_LIVE;
	return n;
}

static inline uint64_t
verdicts(const struct world *w, enum verdict v)
{
	return edge_counts(w->edge)->verdicts[v];
}

/* ---- following ---- */

struct told {
	uint64_t entry[16];
	size_t count, orders, beats;
};

static inline void
tell_entry(void *ctx, uint64_t number)
{
	struct told *t = ctx;

	assert_true(t->count < 16);
	t->entry[t->count++] = number;
}

static inline void
tell_order(void *ctx, const struct edge_order *order)
{
	(void)order;
	((struct told *)ctx)->orders++;
}

static inline void
tell_beat(void *ctx, const struct checkpoint *c)
{
	(void)c;
	((struct told *)ctx)->beats++;
}

static inline void
join(const struct world *w, struct told *told)
{
	edge_join(w->edge, true,
		&(struct edge_teller){told, tell_entry, tell_order, tell_beat, tell_beat});
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
