/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conn.c: sending without waiting, and the queue for when that is not possible. */
#include "fanout/conn.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct queue {
	size_t first, n, cap; /* frames */
	size_t sent;	      /* bytes of the first one */
	size_t bytes;	      /* not sent yet */
	struct frame *frame[];
};

static bool
queue_add(struct queue **at, struct frame *f, size_t from)
{
	struct queue *q = *at;

	if (q != NULL && q->first > 0 && q->n == q->cap) {
		memmove(q->frame, q->frame + q->first,
			(q->n - q->first) * sizeof(*q->frame));
		q->n -= q->first;
		q->first = 0;
	}
	if (q == NULL || q->n == q->cap) {
		size_t cap = q != NULL ? 2 * q->cap : 4;
		struct queue *grown = realloc(q, sizeof *q + cap * sizeof(*q->frame));

		if (grown == NULL)
			return false;
		if (q == NULL)
			memset(grown, 0, sizeof *grown);
		grown->cap = cap;
		*at = q = grown;
	}
	if (q->n == q->first)
		q->sent = from;
	q->frame[q->n++] = frame_hold(f);
	q->bytes += f->len - from;
	return true;
}

void
queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	for (size_t i = q->first; i < q->n; i++)
		frame_drop(q->frame[i]);
	free(q);
}

size_t
conn_queued(const struct conn *c)
{
	return c->queue != NULL ? c->queue->bytes : 0;
}

static bool
is_full(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

enum sent
conn_send(struct conn *c, struct frame *f, size_t from)
{
	if (c->queue == NULL) {
		ssize_t n = send(c->watch.fd, f->at + from, f->len - from,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && !is_full())
			return SENT_BROKEN;
		from += n > 0 ? (size_t)n : 0;
		if (from == f->len)
			return SENT_ALL;
	}
	return queue_add(&c->queue, f, from) ? SENT_QUEUED : SENT_BROKEN;
}

size_t
conn_flush(struct conn *c, bool *broken)
{
	struct queue *q = c->queue;
	size_t total = 0;

	*broken = false;
	while (q != NULL && q->first < q->n) {
		struct frame *f = q->frame[q->first];
		ssize_t n = send(c->watch.fd, f->at + q->sent, f->len - q->sent,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0) {
			*broken = !is_full();
			return total;
		}
		total += (size_t)n;
		q->bytes -= (size_t)n;
		q->sent += (size_t)n;
		if (q->sent < f->len)
			return total;
		frame_drop(f);
		q->first++;
		q->sent = 0;
	}
	free(q);
	c->queue = NULL;
	return total;
}

void
conn_enter(struct conn *c)
{
	c->running++;
}

void
conn_leave(struct conn *c)
{
	if (--c->running == 0 && c->ended)
		free(c);
}

static void
resume_listening(struct http_server *s)
{
	if (!s->resting || s->counts.connections >= s->conf.connections_max)
		return;
	s->resting = false;
	for (size_t i = 0; i < s->n_listeners; i++)
		listener_pause(s->listeners[i], false);
}

void
conn_link(struct conn *c, struct conn **list)
{
	c->prev = NULL;
	c->next = *list;
	if (c->next != NULL)
		c->next->prev = c;
	*list = c;
}

void
conn_unlink(struct conn *c)
{
	struct http_server *s = c->server;
	struct conn **list = c->state == CONN_STREAMING ? &s->streams : &s->conns;

	*(c->prev != NULL ? &c->prev->next : list) = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
}

void
conn_close(struct conn *c)
{
	struct http_server *s = c->server;
	size_t unsent = conn_queued(c);

	if (c->ended)
		return;
	c->ended = true;
	loop_unwatch(s->loop, &c->watch);
	close(c->watch.fd);
	conn_unlink(c);
	if (c->x != NULL && c->state == CONN_WAITING)
		c->x->conn = NULL; /* the handler still holds it */
	else if (c->x != NULL)
		exchange_free(c->x);
	c->x = NULL;
	queue_free(c->queue);
	c->queue = NULL;
	if (c->rest != NULL)
		buffer_free(c->rest);
	free(c->rest);
	c->rest = NULL;
	s->counts.connections--;
	resume_listening(s);
	if (c->stream != NULL)
		c->stream->ended(c, unsent);
	if (c->running == 0)
		free(c);
}

static size_t
block(const void *at)
{
	/* What malloc gave and the word before it. */
	return at != NULL ? malloc_usable_size((void *)(uintptr_t)at) + sizeof(size_t) : 0;
}

size_t
conn_memory(const struct conn *c)
{
	size_t sum = block(c) + block(c->queue) + block(c->rest) + block(c->x);

	if (c->rest != NULL)
		sum += block(c->rest->at);
	if (c->x != NULL)
		sum += block(c->x->reader.head.at) + block(c->x->reader.body.at);
	return sum;
}
