/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream.c: to everybody who listens, sirens first. */
#include "public/stream_inside.h"

#include "wire/sse.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
	SILENCE_MS = 10000,   /* after so long without an event a comment is sent */
	LATER_MS = 5,	      /* what waits in a lane waits no longer */
	LANE_BYTES = 1 << 20, /* and no more than this */
};

static const uint32_t lane_mask[LANES] = {MASK_LEAN, MASK_FULL, MASK_OTHERS};

enum err
stream_new(struct stream **out, struct loop *loop, const struct edge *e, size_t queue_max)
{
	static const struct broadcast_hooks hooks = {catching_gone, catching_drained};
	struct stream *s = calloc(1, sizeof *s);
	enum err err;

	if (s == NULL)
		return ERR_NOMEM;
	s->loop = loop;
	s->e = e;
	err = broadcast_new(
		&s->cast, loop, queue_max > 0 ? queue_max : STREAM_QUEUE, &hooks, s);
	if (err == ERR_OK)
		err = broadcast_set_extra(s->cast, "Access-Control-Allow-Origin: *\r\n"
						   "X-Content-Type-Options: nosniff\r\n");
	if (err != ERR_OK) {
		stream_free(s);
		return err;
	}
	*out = s;
	return ERR_OK;
}

void
stream_over(struct stream *s, struct journal *j)
{
	s->j = j;
	for (int i = 0; i < LANES; i++)
		s->lane[i].next = s->lane[i].told = follower_size(edge_follower(s->e));
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	broadcast_free(s->cast);
	for (size_t i = 0; i < CACHED; i++)
		frame_drop(s->cached[i].frame);
	loop_timer_cancel(s->loop, &s->later);
	for (int i = 0; i < LANES; i++)
		buffer_free(&s->lane[i].waiting);
	buffer_free(&s->join[0].bytes);
	buffer_free(&s->join[1].bytes);
	free(s);
}

static void
send_all(struct stream *s, struct buffer *b, uint32_t mask)
{
	struct frame *f = event_frame(b);

	if (f == NULL)
		return;
	s->spoke = true;
	broadcast_send(s->cast, f, mask);
	frame_drop(f);
}

void
lane_flush(struct stream *s, int lane)
{
	struct lane *l = &s->lane[lane];

	if (l->waiting.len > 0)
		send_all(s, &l->waiting, lane_mask[lane]);
	l->told = l->next;
}

static void
flush_all(void *ctx)
{
	for (int i = 0; i < LANES; i++)
		lane_flush(ctx, i);
}

/* Something was put into a lane. */
static void
flush_later(struct stream *s)
{
	for (int i = 0; i < LANES; i++)
		if (s->lane[i].waiting.len > LANE_BYTES)
			lane_flush(s, i);
	if (s->later.place == 0 &&
		loop_timer_set(s->loop, &s->later, LATER_MS, flush_all, s) != ERR_OK)
		flush_all(s);
}

void
stream_entry(struct stream *s, const struct entry *entry)
{
	event_entry(&s->lane[LANE_LEAN].waiting, entry, true, true);
	event_entry(&s->lane[LANE_FULL].waiting, entry, false, true);
	s->lane[LANE_LEAN].next = s->lane[LANE_FULL].next = entry->header.number + 1;
	if (!event_entry_is_lean(entry))
		lane_flush(s, LANE_LEAN);
	flush_later(s);
}

void
stream_order(struct stream *s, struct bytes order)
{
	struct order *o = malloc(sizeof *o);
	struct buffer b = {0};

	if (o != NULL && order_read(o, order) == ERR_OK) {
		event_order(&b, order, &o->body[0].content);
		write_bytes(&s->lane[LANE_EARLY].waiting, b.at, b.len);
		send_all(s, &b, MASK_SIRENS);
		flush_later(s);
	}
	free(o);
}

void
stream_heartbeat(struct stream *s, const struct checkpoint *c)
{
	event_checkpoint(&s->lane[LANE_LEAN].waiting, edge_follower(s->e), c, false);
	event_checkpoint(&s->lane[LANE_FULL].waiting, edge_follower(s->e), c, false);
	lane_flush(s, LANE_LEAN);
	flush_later(s);
}

void
stream_cursor(struct stream *s, uint64_t received, uint64_t spool)
{
	struct buffer b = {0}, line = {0};
	char number[17];

	id_write(number, spool);
	write_format(
		&line, "{\"received\":%" PRIu64 ",\"spool\":\"%s\"}", received, number);
	sse_write(&b, &(struct sse_event){.event = bytes_of_text("cursor"),
			      .data = buffer_bytes(&line)});
	buffer_free(&line);
	send_all(s, &b, MASK_CURSOR);
}

/* Silence must not look like a dead line. */
void
stream_tick(struct stream *s, int64_t mono_ms)
{
	struct buffer b = {0};

	if (s->spoke || s->spoke_ms == 0)
		s->spoke_ms = mono_ms;
	s->spoke = false;
	if (mono_ms - s->spoke_ms < SILENCE_MS)
		return;
	sse_write_comment(&b, "no news from the hub");
	send_all(s, &b, MASK_SIRENS | MASK_OTHERS);
}

struct stream_counts
stream_counts(const struct stream *s)
{
	struct stream_counts counts = {.cast = broadcast_counts(s->cast),
		.joined = s->joined,
		.resumed = s->resumed};

	for (const struct catching *c = s->catching; c != NULL; c = c->next)
		counts.catching++;
	return counts;
}
