/* SPDX-License-Identifier: GPL-3.0-or-later */
/* broadcast.c: the fast path: one send(2) each, sirens first. */
#include "fanout/broadcast.h"

#include "fanout/conn.h"

#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* How long a client's network may be silent about what we sent it. */
enum { USER_TIMEOUT_MS = 60000, QUEUE_MAX = 256 << 10 };

/* All that the fast path looks at, side by side in memory. */
struct slot {
	int fd; /* below 0 (the complement): has a queue, or is to go */
	uint32_t mask;
	struct subscriber *sub;
};

struct subscriber {
	struct broadcast *owner;
	struct conn *conn;
	struct subscriber *next_doomed;
	uint64_t tag;
	uint32_t place; /* in its class */
	uint8_t class;
	bool doomed;
};

struct class
{
	struct slot *slot;
	size_t n, cap;
};

struct broadcast {
	struct loop *loop;
	struct broadcast_hooks hooks;
	void *ctx;
	size_t queue_max;
	char *extra;
	struct class class[BROADCAST_CLASSES];
	struct subscriber *doomed;
	struct loop_timer doom;
	struct broadcast_counts counts;
};

static struct slot *
slot_of(const struct subscriber *sub)
{
	return &sub->owner->class[sub->class].slot[sub->place];
}

static void
forget(struct subscriber *sub)
{
	struct broadcast *b = sub->owner;
	struct class *class = &b->class[sub->class];
	struct slot *last = &class->slot[--class->n];

	*slot_of(sub) = *last;
	last->sub->place = sub->place;
	for (struct subscriber **at = &b->doomed; *at != NULL; at = &(*at)->next_doomed)
		if (*at == sub) {
			*at = sub->next_doomed;
			break;
		}
}

static void
on_ended(struct conn *c, size_t unsent)
{
	struct subscriber *sub = c->owner;
	struct broadcast *b = sub->owner;

	forget(sub);
	b->counts.queued -= unsent;
	if (!sub->doomed)
		b->counts.lost++;
	if (b->hooks.gone != NULL)
		b->hooks.gone(b->ctx, sub);
	free(sub);
}

static void
on_left(struct conn *c, size_t n)
{
	struct subscriber *sub = c->owner;
	struct broadcast *b = sub->owner;

	b->counts.queued -= n;
	if (c->queue != NULL || sub->doomed)
		return;
	slot_of(sub)->fd = c->watch.fd;
	if (b->hooks.drained != NULL)
		b->hooks.drained(b->ctx, sub);
}

static const struct stream_ops stream = {on_left, on_ended};

static void
close_doomed(void *ctx)
{
	struct broadcast *b = ctx;

	while (b->doomed != NULL)
		conn_close(b->doomed->conn);
}

/* Not closed at once: the caller may be walking over the slots. */
static void
doom(struct subscriber *sub)
{
	struct broadcast *b = sub->owner;
	struct slot *slot = slot_of(sub);

	if (sub->doomed)
		return;
	sub->doomed = true;
	sub->next_doomed = b->doomed;
	b->doomed = sub;
	slot->mask = 0;
	slot->fd = slot->fd < 0 ? slot->fd : ~slot->fd;
	/* What it did not take will not be sent. */
	b->counts.queued -= conn_queued(sub->conn);
	queue_free(sub->conn->queue);
	sub->conn->queue = NULL;
	/* Without memory for the timer the next one that is doomed takes it along. */
	if (loop_timer_set(b->loop, &b->doom, 0, close_doomed, b) != ERR_OK)
		return;
}

/* Behind what is queued, or what send(2) did not take. */
static bool
queue_for(struct subscriber *sub, struct frame *f, size_t from)
{
	struct broadcast *b = sub->owner;
	struct conn *c = sub->conn;
	size_t before = conn_queued(c);
	enum sent sent;

	if (sub->doomed)
		return false;
	if (before + f->len - from > b->queue_max) {
		b->counts.dropped++;
		doom(sub);
		return false;
	}
	sent = conn_send(c, f, from);
	if (sent == SENT_BROKEN) {
		b->counts.lost++;
		doom(sub);
		return false;
	}
	if (sent == SENT_QUEUED) {
		b->counts.queued += conn_queued(c) - before;
		slot_of(sub)->fd = ~c->watch.fd;
		loop_watch_change(b->loop, &c->watch, LOOP_READ | LOOP_WRITE);
	}
	b->counts.deliveries++;
	return true;
}

size_t
broadcast_send(struct broadcast *b, struct frame *f, uint32_t mask)
{
	size_t have = 0;

	for (int k = 0; k < BROADCAST_CLASSES; k++) {
		const struct slot *slot = b->class[k].slot;
		const struct slot *end = slot + b->class[k].n;

		for (; slot < end; slot++) {
			ssize_t n;

			if ((slot->mask & mask) == 0)
				continue;
			if (slot->fd < 0) {
				have += queue_for(slot->sub, f, 0);
				continue;
			}
			n = send(slot->fd, f->at, f->len, MSG_DONTWAIT | MSG_NOSIGNAL);
			if (n == (ssize_t)f->len) {
				b->counts.deliveries++;
				have++;
			} else if (n >= 0 || errno == EAGAIN || errno == EINTR) {
				have += queue_for(slot->sub, f, n > 0 ? (size_t)n : 0);
			} else {
				b->counts.lost++;
				doom(slot->sub);
			}
		}
	}
	return have;
}

bool
broadcast_private(struct subscriber *sub, struct frame *f)
{
	return queue_for(sub, f, 0);
}

enum err
broadcast_new(struct broadcast **out, struct loop *loop, size_t queue_max,
	const struct broadcast_hooks *hooks, void *ctx)
{
	struct broadcast *b = calloc(1, sizeof *b);

	if (b == NULL)
		return ERR_NOMEM;
	b->loop = loop;
	b->queue_max = queue_max > 0 ? queue_max : QUEUE_MAX;
	if (hooks != NULL)
		b->hooks = *hooks;
	b->ctx = ctx;
	*out = b;
	return ERR_OK;
}

void
broadcast_free(struct broadcast *b)
{
	if (b == NULL)
		return;
	for (int k = 0; k < BROADCAST_CLASSES; k++) {
		while (b->class[k].n > 0)
			conn_close(b->class[k].slot[0].sub->conn);
		free(b->class[k].slot);
	}
	loop_timer_cancel(b->loop, &b->doom);
	free(b->extra);
	free(b);
}

enum err
broadcast_set_extra(struct broadcast *b, const char *extra)
{
	char *copy = extra != NULL ? strdup(extra) : NULL;

	if (extra != NULL && copy == NULL)
		return ERR_NOMEM;
	free(b->extra);
	b->extra = copy;
	return ERR_OK;
}

static struct frame *
stream_head(const struct broadcast *b, struct bytes first)
{
	struct buffer out = {0};
	struct frame *f = NULL;
	char date[HTTP_DATE_TEXT];

	http_date_write(date, loop_now_ms());
	write_format(&out,
		"HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: text/event-stream\r\n"
		"Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n%sConnection: "
		"close\r\n\r\n",
		date, b->extra != NULL ? b->extra : "");
	write_bytes(&out, first.at, first.len);
	if (out.err == ERR_OK)
		f = frame_new(buffer_bytes(&out));
	buffer_free(&out);
	return f;
}

static bool
class_room(struct class *class)
{
	size_t cap = class->cap ? class->cap + class->cap / 2 : 16;
	struct slot *slot;

	if (class->n < class->cap)
		return true;
	slot = realloc(class->slot, cap * sizeof *slot);
	if (slot == NULL)
		return false;
	class->slot = slot;
	class->cap = cap;
	return true;
}

/* The head and the first bytes; they may be more than the bound, the caller chose them. */
static enum err
greet(struct subscriber *sub, struct frame *head)
{
	struct broadcast *b = sub->owner;
	struct conn *c = sub->conn;
	unsigned timeout_ms = USER_TIMEOUT_MS;

	/* Fails on a Unix socket, where no network can be silent. */
	setsockopt(
		c->watch.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
	switch (conn_send(c, head, 0)) {
	case SENT_ALL:
		return ERR_OK;
	case SENT_QUEUED:
		b->counts.queued += conn_queued(c);
		slot_of(sub)->fd = ~c->watch.fd;
		loop_watch_change(b->loop, &c->watch, LOOP_READ | LOOP_WRITE);
		return ERR_OK;
	case SENT_BROKEN:
		break;
	}
	return ERR_IO;
}

enum err
broadcast_subscribe(struct subscriber **out, struct broadcast *b, struct http_exchange *x,
	enum broadcast_class class, uint32_t mask, struct bytes first)
{
	struct class *in = &b->class[class];
	struct subscriber *sub;
	struct frame *head;
	enum err err;

	if (x->reader.req.method != HTTP_GET) {
		http_exchange_say(x, 405, "an event stream is read with GET");
		return ERR_REFUSED;
	}
	sub = calloc(1, sizeof *sub);
	head = stream_head(b, first);
	if (sub == NULL || head == NULL || !class_room(in)) {
		free(sub);
		frame_drop(head);
		http_exchange_say(x, 503, "no memory for one more subscriber");
		return ERR_NOMEM;
	}
	sub->conn = exchange_detach(x, &stream, sub);
	if (sub->conn == NULL) {
		free(sub);
		frame_drop(head);
		return ERR_IO;
	}
	sub->owner = b;
	sub->class = (uint8_t) class;
	sub->place = (uint32_t)in->n;
	in->slot[in->n++] = (struct slot){sub->conn->watch.fd, mask, sub};
	err = greet(sub, head);
	frame_drop(head);
	if (err != ERR_OK) {
		/* The caller never had it: no `gone`. */
		sub->conn->stream = NULL;
		conn_close(sub->conn);
		forget(sub);
		free(sub);
		return err;
	}
	if (out != NULL)
		*out = sub;
	return ERR_OK;
}

void
subscriber_drop(struct subscriber *sub)
{
	doom(sub);
}

void
subscriber_set_mask(struct subscriber *sub, uint32_t mask)
{
	if (!sub->doomed)
		slot_of(sub)->mask = mask;
}

void
subscriber_set_tag(struct subscriber *sub, uint64_t tag)
{
	sub->tag = tag;
}

uint64_t
subscriber_tag(const struct subscriber *sub)
{
	return sub->tag;
}

size_t
subscriber_queued(const struct subscriber *sub)
{
	return conn_queued(sub->conn);
}

enum broadcast_class
subscriber_class(const struct subscriber *sub)
{
	return (enum broadcast_class)sub->class;
}

struct broadcast_counts
broadcast_counts(const struct broadcast *b)
{
	struct broadcast_counts counts = b->counts;
	size_t all = 0, bytes = 0;

	for (int k = 0; k < BROADCAST_CLASSES; k++) {
		const struct class *class = &b->class[k];

		counts.subscribers[k] = class->n;
		all += class->n;
		bytes += class->cap * sizeof(*class->slot);
		for (size_t i = 0; i < class->n; i++) {
			struct subscriber *sub = class->slot[i].sub;

			bytes += conn_memory(sub->conn) + malloc_usable_size(sub) +
				 sizeof(size_t);
		}
	}
	counts.memory_per_subscriber = all > 0 ? bytes / all : 0;
	return counts;
}
