/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_client.c: plain calls and event streams. */
#include "fanout/http_client.h"

#include "fanout/asking.h"

#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 10000, SILENCE_MS = 30000, ANSWER_MAX = 16 << 20, EVENT_MAX = 4 << 20 };

struct http_call {
	struct asking a;
	size_t answer_max;
	http_answered *answered;
	void *ctx;
};

static void
call_got(struct asking *a)
{
	struct http_call *call = (struct http_call *)a;
	struct fault why;

	if (a->body.len > call->answer_max)
		asking_end(a,
			fault_set(&why, ERR_RANGE,
				"%s: the answer is longer than %zu bytes", a->address,
				call->answer_max),
			&why);
	else if (a->reader.stage == HTTP_STAGE_DONE)
		asking_end(a, ERR_OK, NULL);
}

static void
call_end(struct asking *a, enum err err, const struct fault *why)
{
	struct http_call *call = (struct http_call *)a;

	call->answered(call->ctx, err, err == ERR_OK ? &a->reader.resp : NULL,
		err == ERR_OK ? buffer_bytes(&a->body) : bytes_of(NULL, 0), why);
}

static void
call_free(struct asking *a)
{
	free(a);
}

static const struct asking_ops call_ops = {call_got, call_end, call_free};

enum err
http_call(struct http_call **out, struct loop *loop, const struct http_ask *ask,
	http_answered *answered, void *ctx, struct fault *fault)
{
	struct http_call *call = calloc(1, sizeof *call);
	struct http_ask filled = *ask;
	enum err err;

	if (call == NULL)
		return fault_set(fault, ERR_NOMEM, "no memory to ask %s", ask->address);
	if (filled.timeout_ms == 0)
		filled.timeout_ms = TIMEOUT_MS;
	call->answer_max = ask->answer_max > 0 ? ask->answer_max : ANSWER_MAX;
	call->answered = answered;
	call->ctx = ctx;
	err = asking_begin(&call->a, loop, &filled, &call_ops, fault);
	if (err != ERR_OK) {
		free(call);
		return err;
	}
	if (out != NULL)
		*out = call;
	return ERR_OK;
}

void
http_call_cancel(struct http_call *call)
{
	if (call != NULL)
		asking_drop(&call->a);
}

struct waiting {
	bool done;
	enum err err;
	int status;
	struct buffer *body;
	struct fault *fault;
};

static void
on_answer(void *ctx, enum err err, const struct http_response *resp, struct bytes body,
	const struct fault *fault)
{
	struct waiting *w = ctx;

	w->done = true;
	w->err = err;
	if (err != ERR_OK) {
		if (w->fault != NULL)
			*w->fault = *fault;
		return;
	}
	w->status = resp->status;
	write_bytes(w->body, body.at, body.len);
	if (w->body->err != ERR_OK)
		w->err = fault_set(w->fault, ERR_NOMEM, "no memory for the answer");
}

enum err
http_ask_wait(struct loop *loop, const struct http_ask *ask, int *status,
	struct buffer *body, struct fault *fault)
{
	struct waiting w = {.body = body, .fault = fault};
	struct http_call *call;
	enum err err = http_call(&call, loop, ask, on_answer, &w, fault);

	while (err == ERR_OK && !w.done) {
		err = loop_once(loop, -1, fault);
		if (err != ERR_OK && !w.done)
			http_call_cancel(call);
	}
	if (err != ERR_OK)
		return err;
	*status = w.status;
	return w.err;
}

struct http_stream {
	struct asking a;
	struct sse_reader sse;
	struct http_stream_hooks hooks;
	void *ctx;
	bool open;
};

static void
on_event(void *ctx, const struct sse_event *ev)
{
	struct http_stream *s = ctx;

	/* An earlier event of the same bytes may have closed the stream. */
	if (!s->a.ended && s->hooks.event != NULL)
		s->hooks.event(s->ctx, ev);
}

static void
check_head(struct http_stream *s)
{
	const struct http_response *resp = &s->a.reader.resp;
	struct bytes type = http_response_field(resp, "Content-Type");
	static const char want[] = "text/event-stream";
	struct fault why;

	if (resp->status != 200 || type.len < sizeof want - 1 ||
		memcmp(type.at, want, sizeof want - 1) != 0) {
		asking_end(&s->a,
			fault_set(&why, ERR_REFUSED,
				"%s: answered %d %s instead of an event stream",
				s->a.address, resp->status, http_reason(resp->status)),
			&why);
		return;
	}
	s->open = true;
	if (s->hooks.open != NULL)
		s->hooks.open(s->ctx);
}

static void
stream_got(struct asking *a)
{
	struct http_stream *s = (struct http_stream *)a;
	struct fault why;
	enum err err;

	asking_renew(a);
	if (!s->open && a->reader.stage != HTTP_STAGE_HEAD)
		check_head(s);
	if (a->ended || !s->open)
		return;
	err = sse_reader_feed(&s->sse, buffer_bytes(&a->body), on_event, s);
	buffer_clear(&a->body);
	if (err != ERR_OK)
		asking_end(a,
			fault_set(&why, err, "%s: an event that is too long", a->address),
			&why);
}

static void
stream_end(struct asking *a, enum err err, const struct fault *why)
{
	struct http_stream *s = (struct http_stream *)a;

	if (s->hooks.closed != NULL)
		s->hooks.closed(s->ctx, err, a->reader.resp.status, why);
}

static void
stream_free(struct asking *a)
{
	struct http_stream *s = (struct http_stream *)a;

	sse_reader_free(&s->sse);
	free(s);
}

static const struct asking_ops stream_ops = {stream_got, stream_end, stream_free};

static enum err
begin_stream(struct http_stream *s, struct loop *loop, const struct http_stream_ask *ask,
	struct fault *fault)
{
	struct buffer extra = {0};
	struct http_ask plain = {.address = ask->address, .path = ask->path};
	enum err err;

	write_text(&extra, "Accept: text/event-stream\r\n");
	if (ask->extra != NULL)
		write_text(&extra, ask->extra);
	if (ask->last_event_id != NULL && ask->last_event_id[0] != '\0')
		write_format(&extra, "Last-Event-ID: %.200s\r\n", ask->last_event_id);
	plain.extra = buffer_text(&extra);
	plain.timeout_ms = ask->silence_ms > 0 ? ask->silence_ms : SILENCE_MS;
	err = extra.err != ERR_OK ? fault_set(fault, ERR_NOMEM, "no memory")
				  : asking_begin(&s->a, loop, &plain, &stream_ops, fault);
	buffer_free(&extra);
	return err;
}

enum err
http_stream_open(struct http_stream **out, struct loop *loop,
	const struct http_stream_ask *ask, const struct http_stream_hooks *hooks, void *ctx,
	struct fault *fault)
{
	struct http_stream *s = calloc(1, sizeof *s);
	enum err err;

	if (s == NULL)
		return fault_set(fault, ERR_NOMEM, "no memory to ask %s", ask->address);
	sse_reader_begin(&s->sse, ask->event_max > 0 ? ask->event_max : EVENT_MAX);
	s->hooks = *hooks;
	s->ctx = ctx;
	err = begin_stream(s, loop, ask, fault);
	if (err != ERR_OK) {
		free(s);
		return err;
	}
	*out = s;
	return ERR_OK;
}

void
http_stream_close(struct http_stream *s)
{
	if (s != NULL)
		asking_drop(&s->a);
}

unsigned
http_stream_retry_ms(const struct http_stream *s)
{
	return s->sse.retry_ms;
}
