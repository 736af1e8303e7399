/* SPDX-License-Identifier: GPL-3.0-or-later */
/* asking.c: connect, write, read, give up in time. */
#include "fanout/asking.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
enter(struct asking *a)
{
	a->running++;
}

static void
leave(struct asking *a)
{
	if (--a->running > 0 || !a->ended)
		return;
	http_response_end(&a->reader);
	buffer_free(&a->out);
	buffer_free(&a->body);
	a->ops->free(a);
}

void
asking_drop(struct asking *a)
{
	if (a->ended)
		return;
	enter(a);
	a->ended = true;
	loop_unwatch(a->loop, &a->watch);
	loop_timer_cancel(a->loop, &a->timer);
	close(a->fd);
	leave(a);
}

void
asking_end(struct asking *a, enum err err, const struct fault *why)
{
	if (a->ended)
		return;
	enter(a);
	asking_drop(a);
	a->ops->end(a, err, why);
	leave(a);
}

static void
fail(struct asking *a, enum err err, const char *what, const char *detail)
{
	struct fault why;

	asking_end(a, fault_set(&why, err, "%s: %s%s", a->address, what, detail), &why);
}

static void
late(void *ctx)
{
	struct asking *a = ctx;
	char text[32];

	snprintf(text, sizeof text, "%u ms", a->timeout_ms);
	fail(a, ERR_EXPIRED,
		a->connected ? "no answer within " : "cannot be reached within ", text);
}

void
asking_renew(struct asking *a)
{
	/* The timer is set: no memory is needed. */
	if (loop_timer_set(a->loop, &a->timer, a->timeout_ms, late, a) != ERR_OK)
		late(a);
}

static void
write_some(struct asking *a)
{
	ssize_t n;
	int error = a->connected ? 0 : socket_error(a->fd);

	if (error != 0) {
		fail(a, ERR_IO, "cannot be reached: ", strerror(error));
		return;
	}
	a->connected = true;
	n = send(a->fd, a->out.at + a->sent, a->out.len - a->sent,
		MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0)
		a->sent += (size_t)n;
	/* Cut off while writing: what the server had to say about it may still be read. */
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || a->sent == a->out.len)
		loop_watch_change(a->loop, &a->watch, LOOP_READ);
	else
		loop_watch_change(a->loop, &a->watch, LOOP_READ | LOOP_WRITE);
}

static void
read_some(struct asking *a)
{
	uint8_t part[32 << 10];
	ssize_t n = recv(a->fd, part, sizeof part, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		fail(a, ERR_IO, "broke off: ", strerror(errno));
	} else if (n == 0) {
		if (http_response_closed(&a->reader))
			a->ops->got(a);
		if (!a->ended)
			fail(a, ERR_IO,
				"closed the connection before the end of its answer", "");
	} else {
		http_response_feed(&a->reader, bytes_of(part, (size_t)n), &a->body);
		if (a->reader.stage == HTTP_STAGE_REFUSED)
			fail(a, ERR_FORMAT, "sent what is not HTTP: ", a->reader.why);
		else if (a->body.err != ERR_OK)
			fail(a, ERR_NOMEM, "no memory for the answer", "");
		else
			a->ops->got(a);
	}
}

static void
ready(void *ctx, unsigned events)
{
	struct asking *a = ctx;

	enter(a);
	if (events & LOOP_WRITE || !a->connected)
		write_some(a);
	if (events & (LOOP_READ | LOOP_HANGUP) && !a->ended)
		read_some(a);
	leave(a);
}

static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return false;
	return true;
}

static void
write_request(struct buffer *out, const struct http_ask *ask, bool is_unix)
{
	write_format(out, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n",
		http_method_name(ask->method), ask->path,
		is_unix ? "localhost" : ask->address);
	if (ask->type != NULL)
		write_format(out, "Content-Type: %s\r\n", ask->type);
	if (ask->extra != NULL)
		write_text(out, ask->extra);
	if (ask->body.len > 0 || ask->method == HTTP_POST || ask->method == HTTP_PUT)
		write_format(out, "Content-Length: %zu\r\n", ask->body.len);
	write_text(out, "\r\n");
	write_bytes(out, ask->body.at, ask->body.len);
}

enum err
asking_begin(struct asking *a, struct loop *loop, const struct http_ask *ask,
	const struct asking_ops *ops, struct fault *fault)
{
	struct address at;
	enum err err = address_read(&at, ask->address, fault);

	if (err != ERR_OK)
		return err;
	if (ask->path[0] != '/' || !is_plain(ask->path))
		return fault_set(
			fault, ERR_FORMAT, "\"%.80s\" is no path of HTTP", ask->path);
	err = address_dial(&a->fd, &at, fault);
	if (err != ERR_OK)
		return err;
	a->loop = loop;
	a->ops = ops;
	address_write(a->address, &at);
	a->timeout_ms = ask->timeout_ms;
	http_response_begin(&a->reader);
	a->reader.no_body = ask->method == HTTP_HEAD;
	write_request(&a->out, ask, at.is_unix);
	err = a->out.err;
	if (err == ERR_OK)
		err = loop_timer_set(loop, &a->timer, a->timeout_ms, late, a);
	if (err == ERR_OK)
		err = loop_watch(loop, &a->watch, a->fd, LOOP_WRITE, ready, a);
	if (err == ERR_OK)
		return ERR_OK;
	loop_timer_cancel(loop, &a->timer);
	buffer_free(&a->out);
	close(a->fd);
	return fault_set(fault, err, "cannot ask %s: %s", a->address, err_name(err));
}
