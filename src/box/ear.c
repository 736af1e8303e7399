/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ear.c: one event stream, kept up. */
#include "box/ear.h"

#include "box/backoff.h"
#include "box/must.h"

#include <stdio.h>

enum { EVENT_MAX = 16 << 20 };

static void try(void *ctx);

static void
try_later(struct ear *e, int64_t after_ms)
{
	timer_must(e->loop, &e->timer, after_ms, try, e);
}

static void
opened(void *ctx)
{
	struct ear *e = ctx;

	e->up = true;
	e->step_ms = 0;
	e->hooks->state(e->ctx, true, NULL);
}

static void
got(void *ctx, const struct sse_event *ev)
{
	struct ear *e = ctx;

	e->hooks->event(e->ctx, ev);
}

static void
closed(void *ctx, enum err err, int status, const struct fault *why)
{
	struct ear *e = ctx;
	bool was_up = e->up;

	(void)err;
	(void)status;
	e->stream = NULL;
	e->up = false;
	try_later(e, backoff_next_ms(&e->step_ms));
	if (was_up)
		e->hooks->state(e->ctx, false, why);
}

static void
try(void *ctx)
{
	static const struct http_stream_hooks hooks = {opened, got, closed};
	struct ear *e = ctx;
	char path[64] = "/stream?class=siren";
	uint64_t after;
	struct http_stream_ask ask = {.address = e->address,
		.path = path,
		.silence_ms = EAR_SILENCE_MS,
		.event_max = EVENT_MAX};
	struct fault why;

	if (e->hooks->after(e->ctx, &after))
		snprintf(path, sizeof path, "/stream?class=siren&after=%llu",
			(unsigned long long)after);
	if (http_stream_open(&e->stream, e->loop, &ask, &hooks, e, &why) != ERR_OK) {
		e->stream = NULL;
		try_later(e, backoff_next_ms(&e->step_ms));
	}
}

void
ear_start(struct ear *e, struct loop *loop, const char *address, int64_t after_ms,
	const struct ear_hooks *hooks, void *ctx)
{
	e->loop = loop;
	e->address = address;
	e->hooks = hooks;
	e->ctx = ctx;
	try_later(e, after_ms);
}

void
ear_stop(struct ear *e)
{
	if (e->loop == NULL)
		return;
	loop_timer_cancel(e->loop, &e->timer);
	http_stream_close(e->stream);
	e->stream = NULL;
	e->up = false;
}
