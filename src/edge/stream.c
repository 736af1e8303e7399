/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream.c: those who listen, and those who catch up. */
#include "edge/stream.h"

#include "base/text.h"
#include "edge/stream_events.h"
#include "wire/sse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which frames a subscriber gets. */
enum {
	MASK_LEAN = 1, /* entries as sirens read them */
	MASK_FULL = 2, /* whole entries */
	MASK_SIRENS =
		4, /* orders before the hub's disk, signs of life: also while catching up */
	MASK_OTHERS = 8, /* the same for relays and browsers */
	MASK_CURSOR = 16,
};

/*
 * What goes to sirens goes at once, but for headers that they only count: those go along with what
 * comes next. All others get what came in a few milliseconds in one piece, so that the text of an
 * alert on its way to a hundred thousand browsers does not stand before the order for the sirens.
 */
enum { LANE_LEAN, LANE_FULL, LANE_EARLY, LANES };
static const uint32_t lane_mask[LANES] = {MASK_LEAN, MASK_FULL, MASK_OTHERS};

struct lane {
	struct buffer waiting;
	uint64_t next; /* the entry behind what waits */
	uint64_t told; /* entries below it were sent to those who have caught up */
};

enum {
	RETRY_MS = 1000,	/* what a client waits before it comes back */
	LATER_MS = 5,		/* what waits in a lane waits no longer */
	LANE_BYTES = 1 << 20,	/* and no more than this */
	SILENCE_MS = 10000,	/* after so long without an event a comment is sent */
	STEP_BYTES = 256 << 10, /* read from the journal for one subscriber at once */
	BULLETIN_BYTES =
		4 << 20,	/* of one answer of GET /bulletin, but for the last entry */
	CACHED = 16,		/* large frames that slow readers share */
	CACHED_FROM = 32 << 10, /* bytes */
};

/* A subscriber that has not yet all that is here. */
struct catching {
	struct catching *next;
	struct stream *s;
	struct subscriber *sub; /* NULL: gone */
	uint64_t number;	/* the next entry to send */
	uint32_t mask;		/* what it gets when it has caught up */
	bool lean;
	struct loop_timer again;
};

struct stream {
	struct loop *loop;
	const struct edge *e;
	struct journal *j;
	struct broadcast *cast;
	struct catching *catching;
	struct lane lane[LANES];
	struct loop_timer later;
	int64_t spoke_ms; /* monotonic */
	bool spoke;
	struct {
		uint64_t number;
		bool lean;
		struct frame *frame;
	} cached[CACHED];
	size_t cached_next;
	uint64_t joined, resumed;
	/* What a siren that joins is told; made anew when edge_version() changes. */
	struct buffer join[2];
	uint64_t join_version[2], join_next[2];
};

static void step(void *ctx);

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

static void
gone(void *ctx, struct subscriber *sub)
{
	struct catching *c = (struct catching *)(uintptr_t)subscriber_tag(sub);

	(void)ctx;
	if (c != NULL)
		catching_free(c);
}

static void
drained(void *ctx, struct subscriber *sub)
{
	struct catching *c = (struct catching *)(uintptr_t)subscriber_tag(sub);

	(void)ctx;
	if (c != NULL)
		step(c);
}

enum err
stream_new(struct stream **out, struct loop *loop, const struct edge *e, size_t queue_max)
{
	static const struct broadcast_hooks hooks = {gone, drained};
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
	buffer_free(&s->join[0]);
	buffer_free(&s->join[1]);
	free(s);
}

/* ---- to all ---- */

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

static void
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

/* ---- to one who is late ---- */

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

static void
step(void *ctx)
{
	struct catching *c = ctx;
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
	if (loop_timer_set(c->s->loop, &c->again, 0, step, c) != ERR_OK)
		give_up(c);
}

/* ---- subscribing ---- */

struct wish {
	enum broadcast_class class;
	bool lean, has_after;
	uint64_t after;
};

/* Last-Event-ID wins over "after": the query is what the page was opened with, the header is where
 * the client is now. */
static bool
wish_read(struct wish *w, const struct http_request *req)
{
	struct bytes last = http_request_field(req, "Last-Event-ID");
	char class[16] = "browser";
	enum err err = http_param(class, sizeof class, req->query, "class");

	if (err != ERR_OK && err != ERR_UNKNOWN)
		return false;
	w->class = strcmp(class, "siren") == 0	 ? CLASS_SIREN
		   : strcmp(class, "relay") == 0 ? CLASS_RELAY
						 : CLASS_BROWSER;
	w->lean = w->class == CLASS_SIREN;
	if (w->class == CLASS_BROWSER && strcmp(class, "browser") != 0)
		return false;
	if (last.len > 0 && number_read(&w->after, (const char *)last.at, last.len,
				    TREE_SIZE_MAX - 1) == ERR_OK) {
		w->after++;
		w->has_after = true;
		return true;
	}
	err = http_param_number(&w->after, req->query, "after", TREE_SIZE_MAX);
	w->has_after = err == ERR_OK;
	return err == ERR_OK || err == ERR_UNKNOWN;
}

/* The heartbeat, and orders that are in no entry: what no number asks for. */
static void
resume_write(struct buffer *out, struct stream *s)
{
	const struct checkpoint *c = edge_heartbeat(s->e);

	if (c != NULL)
		event_checkpoint(out, edge_follower(s->e), c, false);
	early_orders_write(out, s->e);
}

static struct bytes
joining(struct stream *s, bool lean, uint64_t *next)
{
	struct buffer *b = &s->join[lean];

	if (b->len == 0 || s->join_version[lean] != edge_version(s->e)) {
		buffer_clear(b);
		sse_write_retry(b, RETRY_MS);
		join_write(b, s->e, s->j, lean, &s->join_next[lean]);
		s->join_version[lean] = edge_version(s->e);
	}
	*next = s->join_next[lean];
	return buffer_bytes(b);
}

static void
subscribe(
	struct stream *s, struct http_exchange *x, const struct wish *w, struct catching *c)
{
	struct buffer resume = {0};
	struct bytes first;
	uint32_t early;

	*c = (struct catching){.s = s, .lean = w->lean, .number = w->after};
	early = w->lean ? MASK_SIRENS : MASK_OTHERS;
	c->mask = early | (w->lean ? MASK_LEAN | MASK_CURSOR : MASK_FULL);
	if (w->has_after) {
		s->resumed++;
		sse_write_retry(&resume, RETRY_MS);
		resume_write(&resume, s);
		first = buffer_bytes(&resume);
	} else {
		s->joined++;
		first = joining(s, w->lean, &c->number);
	}
	if (broadcast_subscribe(&c->sub, s->cast, x, w->class, early, first) == ERR_OK) {
		c->next = s->catching;
		s->catching = c;
		subscriber_set_tag(c->sub, (uint64_t)(uintptr_t)c);
		if (subscriber_queued(c->sub) == 0)
			step(c);
	} else {
		free(c);
	}
	buffer_free(&resume);
}

void
stream_subscribe(struct stream *s, struct http_exchange *x, const struct http_request *req)
{
	struct wish w = {0};
	struct catching *c;

	if (!wish_read(&w, req)) {
		http_exchange_say(x, 400,
			"/stream?class=siren|relay|browser&after=N: N is the first entry "
			"number "
			"that you want");
		return;
	}
	c = calloc(1, sizeof *c);
	if (c == NULL)
		http_exchange_say(x, 503, "out of memory");
	else
		subscribe(s, x, &w, c);
}

/* ---- GET /bulletin ---- */

struct listing {
	struct buffer out;
	uint64_t next;
	bool lean;
};

static enum err
list_one(void *ctx, const struct entry *entry)
{
	struct listing *l = ctx;
	struct entry shown = *entry;

	if (l->lean && event_entry_is_lean(entry))
		shown.has_data = false;
	entry_line_write(&l->out, &shown);
	l->next = entry->header.number + 1;
	if (l->out.err != ERR_OK)
		return l->out.err;
	return l->out.len < BULLETIN_BYTES ? ERR_OK : ERR_BUSY;
}

void
stream_bulletin(struct stream *s, struct http_exchange *x, const struct http_request *req)
{
	const struct checkpoint *c = edge_heartbeat(s->e);
	struct listing l = {0};
	char extra[256], class[16] = "";
	enum err err = http_param_number(&l.next, req->query, "after", TREE_SIZE_MAX);
	uint64_t size = follower_size(edge_follower(s->e));

	if (err != ERR_OK && err != ERR_UNKNOWN) {
		http_exchange_say(x, 400,
			"/bulletin?after=N: N is the first entry number that you want");
		return;
	}
	l.lean = http_param(class, sizeof class, req->query, "class") == ERR_OK &&
		 strcmp(class, "siren") == 0;
	err = l.next < size ? journal_entries(s->j, l.next, SIZE_MAX, list_one, &l)
			    : ERR_OK;
	/* Pages put together are one answer: the checkpoint stands at the end of the last. */
	if (c != NULL && l.next >= size)
		stream_checkpoint_line(&l.out, edge_follower(s->e), c);
	snprintf(extra, sizeof extra,
		"Access-Control-Allow-Origin: *\r\nX-Content-Type-Options: nosniff\r\n"
		"Access-Control-Expose-Headers: Link\r\nCache-Control: no-store\r\n");
	if (l.next < size)
		snprintf(extra + strlen(extra), sizeof extra - strlen(extra),
			"Link: </bulletin?after=%" PRIu64 "%s>; rel=\"next\"\r\n", l.next,
			l.lean ? "&class=siren" : "");
	if ((err != ERR_OK && err != ERR_BUSY) || l.out.err != ERR_OK)
		http_exchange_say(x, 503, "the journal cannot be read: %s", err_name(err));
	else
		http_exchange_answer(x, &(struct http_answer){200, "application/x-ndjson",
						extra, buffer_bytes(&l.out)});
	buffer_free(&l.out);
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
