/* SPDX-License-Identifier: GPL-3.0-or-later */
/* catch_up.c: to one who is late, from the journal, as fast as it reads. */
#include "public/stream_inside.h"

#include <stdlib.h>

enum {
	STEP_BYTES = 256 << 10, /* read from the journal for one subscriber at once */
	CACHED_FROM = 32 << 10, /* bytes of a frame that is kept for others */
};

static void
catching_free(struct catching *c)
{
	struct catching **at = &c->s->catching;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	loop_timer_cancel(c->s->loop, &c->again);
	free(c);
}

static struct frame *
cached_frame(const struct stream *s, uint64_t number, bool lean)
{
	for (size_t i = 0; i < CACHED; i++)
		if (s->cached[i].frame != NULL && s->cached[i].number == number &&
			s->cached[i].lean == lean)
			return s->cached[i].frame;
	return NULL;
}

struct sending {
	struct catching *c;
	size_t bytes;
};

/* Large entries are made once for all who are late at a time. */
static enum err
send_one(void *ctx, const struct entry *entry)
{
	struct sending *to = ctx;
	struct stream *s = to->c->s;
	struct frame *f = cached_frame(s, entry->header.number, to->c->lean);
	struct buffer b = {0};
	bool sent;

	if (f != NULL) {
		frame_hold(f);
	} else {
		event_entry(&b, entry, to->c->lean, true);
		f = event_frame(&b);
		if (f == NULL)
			return ERR_NOMEM;
		if (f->len >= CACHED_FROM) {
			frame_drop(s->cached[s->cached_next].frame);
			s->cached[s->cached_next].number = entry->header.number;
			s->cached[s->cached_next].lean = to->c->lean;
			s->cached[s->cached_next].frame = frame_hold(f);
			s->cached_next = (s->cached_next + 1) % CACHED;
		}
	}
	sent = broadcast_private(to->c->sub, f);
	to->bytes += f->len;
	frame_drop(f);
	if (!sent)
		return ERR_FULL;
	to->c->number = entry->header.number + 1;
	return to->bytes < STEP_BYTES && subscriber_queued(to->c->sub) == 0 ? ERR_OK
									    : ERR_BUSY;
}

/* All that is here was sent: from now on it gets things as they come. */
static void
caught_up(struct catching *c)
{
	int lane = c->lean ? LANE_LEAN : LANE_FULL;

	/* It asked for more than the others have: they get it now. */
	if (c->number > c->s->lane[lane].told)
		lane_flush(c->s, lane);
	subscriber_set_mask(c->sub, c->mask);
	subscriber_set_tag(c->sub, 0);
	catching_free(c);
}

/* An entry that cannot be read must not be passed over in silence. */
static void
give_up(struct catching *c)
{
	subscriber_set_tag(c->sub, 0);
	subscriber_drop(c->sub);
	catching_free(c);
}

/* Up to here those who have caught up have all; a takeover can take entries back. */
static uint64_t
told(const struct stream *s, bool lean)
{
	uint64_t size = follower_size(edge_follower(s->e));
	uint64_t told = s->lane[lean ? LANE_LEAN : LANE_FULL].told;

	return told < size ? told : size;
}

static void again(void *ctx);

void
catch_up(struct catching *c)
{
	struct sending to = {.c = c};
	uint64_t size = told(c->s, c->lean), from = c->number;
	enum err err = ERR_OK;

	if (c->number < size)
		err = journal_entries(
			c->s->j, c->number, (size_t)(size - c->number), send_one, &to);
	if (err == ERR_FULL)
		return; /* it will be `gone` */
	if (c->number >= size) {
		caught_up(c);
		return;
	}
	if (subscriber_queued(c->sub) > 0)
		return; /* until `drained` */
	if ((err != ERR_OK && err != ERR_BUSY) || c->number == from) {
		give_up(c);
		return;
	}
	if (loop_timer_set(c->s->loop, &c->again, 0, again, c) != ERR_OK)
		give_up(c);
}

static void
again(void *ctx)
{
	catch_up(ctx);
}

void
catching_gone(void *ctx, struct subscriber *sub)
{
	struct catching *c = (struct catching *)(uintptr_t)subscriber_tag(sub);

	(void)ctx;
	if (c != NULL)
		catching_free(c);
}

void
catching_drained(void *ctx, struct subscriber *sub)
{
	struct catching *c = (struct catching *)(uintptr_t)subscriber_tag(sub);

	(void)ctx;
	if (c != NULL)
		catch_up(c);
}
