/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_server.c: from bytes on a socket to exchanges, in order and in time. */
#include "fanout/conn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SWEEP_MS = 1000, LINGER_MS = 2000 };

static void conn_ready(void *ctx, unsigned events);

static void
set_deadline(struct conn *c, int64_t after_ms)
{
	c->deadline_ms = loop_monotonic_ms() + after_ms;
}

static void
set_state(struct conn *c, enum conn_state state, unsigned events)
{
	c->state = state;
	loop_watch_change(c->server->loop, &c->watch, events);
}

void
exchange_free(struct http_exchange *x)
{
	http_reader_free(&x->reader);
	free(x);
}

/* The answer is out: linger and close, or read on. */
static void
answered(struct conn *c)
{
	if (c->keep) {
		set_state(c, CONN_READING, LOOP_READ);
		set_deadline(c, (int64_t)c->server->conf.idle_s * 1000);
		return;
	}
	/* Closing with bytes unread would reset the connection and lose the answer. */
	shutdown(c->watch.fd, SHUT_WR);
	set_state(c, CONN_LINGERING, LOOP_READ);
	set_deadline(c, LINGER_MS);
}

static void
answer_with(struct conn *c, struct frame *f)
{
	switch (f != NULL ? conn_send(c, f, 0) : SENT_BROKEN) {
	case SENT_ALL:
		answered(c);
		break;
	case SENT_QUEUED:
		set_state(c, CONN_WRITING, LOOP_WRITE);
		set_deadline(c, (int64_t)c->server->conf.idle_s * 1000);
		break;
	case SENT_BROKEN:
		conn_close(c);
		break;
	}
}

static struct frame *
answer_frame(const struct http_answer *a, bool keep, bool head_only)
{
	struct buffer out = {0};
	struct frame *f = NULL;

	http_answer_head(
		&out, a->status, loop_now_ms(), a->type, a->extra, a->body.len, keep);
	if (!head_only)
		write_bytes(&out, a->body.at, a->body.len);
	if (out.err == ERR_OK)
		f = frame_new(buffer_bytes(&out));
	buffer_free(&out);
	return f;
}

/* A request that is none, or that took too long. */
static void
turn_away(struct conn *c, int status)
{
	char text[128];
	int len = snprintf(text, sizeof text, "%d %s\n", status, http_reason(status));
	struct http_answer a = {
		status, "text/plain; charset=utf-8", NULL, bytes_of(text, (size_t)len)};
	struct frame *f = answer_frame(&a, false, false);

	exchange_free(c->x);
	c->x = NULL;
	c->keep = false;
	answer_with(c, f);
	frame_drop(f);
}

static bool
begin_exchange(struct conn *c)
{
	c->x = calloc(1, sizeof *c->x);
	if (c->x == NULL) {
		conn_close(c);
		return false;
	}
	c->x->conn = c;
	http_reader_begin(&c->x->reader, c->server->conf.body_max);
	set_deadline(c, (int64_t)c->server->conf.request_s * 1000);
	return true;
}

static void
look(struct conn *c)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct http_server *s = c->server;
	struct http_reader *r = &c->x->reader;

	switch (r->stage) {
	case HTTP_STAGE_HEAD:
		break;
	case HTTP_STAGE_BODY:
		if (r->wants_continue && send(c->watch.fd, go_on, sizeof go_on - 1,
						 MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			conn_close(c);
		else
			r->wants_continue = false;
		break;
	case HTTP_STAGE_DONE:
		s->counts.requests++;
		c->keep = r->req.keep_alive;
		c->deadline_ms = 0;
		set_state(c, CONN_WAITING, 0);
		s->handler(s->ctx, c->x, &r->req);
		break;
	case HTTP_STAGE_REFUSED:
		s->counts.refused++;
		turn_away(c, r->status);
		break;
	}
}

static void
keep_rest(struct conn *c, struct bytes in)
{
	if (c->state == CONN_LINGERING || c->state == CONN_STREAMING || in.len == 0)
		return;
	c->rest = calloc(1, sizeof *c->rest);
	if (c->rest != NULL)
		write_bytes(c->rest, in.at, in.len);
	if (c->rest == NULL || c->rest->err != ERR_OK)
		conn_close(c);
}

static void
take(struct conn *c, struct bytes in)
{
	conn_enter(c);
	while (in.len > 0 && !c->ended && c->state == CONN_READING) {
		size_t n;

		if (c->x == NULL && !begin_exchange(c))
			break;
		n = http_reader_feed(&c->x->reader, in);
		in = bytes_of(in.at + n, in.len - n);
		look(c);
	}
	if (!c->ended)
		keep_rest(c, in);
	conn_leave(c);
}

/* Requests that came along with one that is answered by now. */
static void
take_rest(struct conn *c)
{
	struct buffer *rest = c->rest;

	if (rest == NULL || c->state != CONN_READING)
		return;
	c->rest = NULL;
	take(c, buffer_bytes(rest));
	buffer_free(rest);
	free(rest);
}

static void
read_some(struct conn *c)
{
	struct http_server *s = c->server;
	ssize_t n = recv(c->watch.fd, s->scratch, sizeof s->scratch, MSG_DONTWAIT);

	if (n > 0 && c->state == CONN_READING)
		take(c, bytes_of(s->scratch, (size_t)n));
	else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) ||
		 c->state == CONN_STREAMING) /* a subscriber has nothing to say */
		conn_close(c);
}

static void
write_some(struct conn *c)
{
	bool broken;
	size_t n = conn_flush(c, &broken);

	if (broken) {
		conn_close(c);
	} else if (c->state == CONN_STREAMING) {
		if (c->queue == NULL)
			loop_watch_change(c->server->loop, &c->watch, LOOP_READ);
		c->stream->left(c, n);
	} else if (c->queue == NULL) {
		answered(c);
		take_rest(c);
	} else if (n > 0) {
		set_deadline(c, (int64_t)c->server->conf.idle_s * 1000);
	}
}

static void
conn_ready(void *ctx, unsigned events)
{
	struct conn *c = ctx;

	conn_enter(c);
	switch (c->state) {
	case CONN_READING:
	case CONN_LINGERING:
		read_some(c);
		break;
	case CONN_WAITING:
		if (events & LOOP_HANGUP)
			conn_close(c);
		break;
	case CONN_WRITING:
		if (events & LOOP_HANGUP)
			conn_close(c);
		else
			write_some(c);
		break;
	case CONN_STREAMING:
		if (events & (LOOP_READ | LOOP_HANGUP))
			read_some(c);
		if (events & LOOP_WRITE && !c->ended)
			write_some(c);
		break;
	}
	conn_leave(c);
}

static void
sweep(void *ctx)
{
	struct http_server *s = ctx;
	int64_t now_ms = loop_monotonic_ms();
	struct conn *next;

	for (struct conn *c = s->conns; c != NULL; c = next) {
		next = c->next;
		if (c->deadline_ms == 0 || c->deadline_ms > now_ms)
			continue;
		if (c->state != CONN_LINGERING &&
			(c->x != NULL || c->state == CONN_WRITING))
			s->counts.timeouts++;
		if (c->state == CONN_READING && c->x != NULL)
			turn_away(c, 408);
		else
			conn_close(c);
	}
	/* Without memory for a timer the next connection starts it again. */
	if (s->conns != NULL &&
		loop_timer_set(s->loop, &s->sweep, SWEEP_MS, sweep, s) != ERR_OK)
		return;
}

static void
rest_if_full(struct http_server *s)
{
	if (s->counts.connections < s->conf.connections_max || s->resting)
		return;
	s->resting = true;
	s->counts.full++;
	for (size_t i = 0; i < s->n_listeners; i++)
		listener_pause(s->listeners[i], true);
}

static void
accepted(void *ctx, int fd)
{
	struct http_server *s = ctx;
	struct conn *c = calloc(1, sizeof *c);

	if (c == NULL ||
		(s->sweep.place == 0 &&
			loop_timer_set(s->loop, &s->sweep, SWEEP_MS, sweep, s) != ERR_OK) ||
		loop_watch(s->loop, &c->watch, fd, LOOP_READ, conn_ready, c) != ERR_OK) {
		free(c);
		close(fd);
		return;
	}
	c->server = s;
	conn_link(c, &s->conns);
	set_deadline(c, (int64_t)s->conf.request_s * 1000);
	s->counts.connections++;
	s->counts.accepted++;
	rest_if_full(s);
}

enum err
http_server_new(struct http_server **out, struct loop *loop,
	const struct http_server_config *conf, http_handler *handler, void *ctx)
{
	struct http_server *s = calloc(1, sizeof *s);

	if (s == NULL)
		return ERR_NOMEM;
	s->loop = loop;
	if (conf != NULL)
		s->conf = *conf;
	if (s->conf.connections_max == 0)
		s->conf.connections_max = 10000;
	if (s->conf.body_max == 0)
		s->conf.body_max = 1 << 20;
	if (s->conf.request_s == 0)
		s->conf.request_s = 10;
	if (s->conf.idle_s == 0)
		s->conf.idle_s = 60;
	s->handler = handler;
	s->ctx = ctx;
	*out = s;
	return ERR_OK;
}

void
http_server_free(struct http_server *s)
{
	if (s == NULL)
		return;
	while (s->conns != NULL)
		conn_close(s->conns);
	while (s->streams != NULL)
		conn_close(s->streams);
	for (size_t i = 0; i < s->n_listeners; i++)
		listener_free(s->listeners[i]);
	loop_timer_cancel(s->loop, &s->sweep);
	free(s->listeners);
	free(s);
}

enum err
http_server_listen(struct http_server *s, const char *address, struct fault *fault)
{
	struct listener **more =
		realloc(s->listeners, (s->n_listeners + 1) * sizeof(*s->listeners));
	enum err err;

	if (more == NULL)
		return fault_set(fault, ERR_NOMEM, "no memory to listen at %s", address);
	s->listeners = more;
	err = listener_new(
		&s->listeners[s->n_listeners], s->loop, address, accepted, s, fault);
	if (err == ERR_OK)
		s->n_listeners++;
	return err;
}

const char *
http_server_address(const struct http_server *s, size_t n)
{
	return n < s->n_listeners ? listener_address(s->listeners[n]) : NULL;
}

struct http_server_counts
http_server_counts(const struct http_server *s)
{
	struct http_server_counts counts = s->counts;

	for (const struct conn *c = s->conns; c != NULL; c = c->next) {
		counts.waiting += c->state == CONN_WAITING;
		counts.memory += conn_memory(c);
	}
	for (const struct conn *c = s->streams; c != NULL; c = c->next)
		counts.memory += conn_memory(c);
	return counts;
}

/* Give the answer and go on with what the client asked meanwhile. */
static void
exchange_end(struct http_exchange *x, struct frame *f)
{
	struct conn *c = x->conn;

	exchange_free(x);
	if (c == NULL)
		return;
	c->x = NULL;
	conn_enter(c);
	answer_with(c, f);
	/* Under take() the loop there goes on. */
	if (!c->ended && c->running == 1)
		take_rest(c);
	conn_leave(c);
}

void
http_exchange_answer(struct http_exchange *x, const struct http_answer *a)
{
	bool keep = x->conn != NULL && x->conn->keep;
	struct frame *f = answer_frame(a, keep, x->reader.req.method == HTTP_HEAD);

	exchange_end(x, f);
	frame_drop(f);
}

void
http_exchange_say(struct http_exchange *x, int status, const char *format, ...)
{
	struct http_answer a = {.status = status, .type = "text/plain; charset=utf-8"};
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof text - 1, format, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	if (n > (int)sizeof text - 2)
		n = (int)sizeof text - 2;
	text[n] = '\n';
	a.body = bytes_of(text, (size_t)n + 1);
	http_exchange_answer(x, &a);
}

void
http_exchange_answer_frame(struct http_exchange *x, struct frame *whole)
{
	const uint8_t *end;
	struct frame *head;

	if (x->reader.req.method != HTTP_HEAD) {
		exchange_end(x, whole);
		return;
	}
	end = memmem(whole->at, whole->len, "\r\n\r\n", 4);
	head = frame_new(bytes_of(
		whole->at, end != NULL ? (size_t)(end - whole->at) + 4 : whole->len));
	exchange_end(x, head);
	frame_drop(head);
}

const struct http_request *
http_exchange_request(const struct http_exchange *x)
{
	return &x->reader.req;
}

struct conn *
exchange_detach(struct http_exchange *x, const struct stream_ops *ops, void *owner)
{
	struct conn *c = x->conn;

	exchange_free(x);
	if (c == NULL)
		return NULL;
	c->x = NULL;
	if (c->rest != NULL)
		buffer_free(c->rest);
	free(c->rest);
	c->rest = NULL;
	c->stream = ops;
	c->owner = owner;
	conn_unlink(c);
	set_state(c, CONN_STREAMING, LOOP_READ);
	conn_link(c, &c->server->streams);
	return c;
}
