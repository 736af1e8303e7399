/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch.c: GET /bulletin?after=N. */
#include "box/fetch.h"

#include "fanout/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ASKS = 8,	 /* different numbers at once */
	AGAIN_MS = 1000, /* the same number is asked for at most so often */
	TIMEOUT_MS = 10000,
};

struct asked {
	struct fetch *fetch;
	struct http_call *call; /* NULL: free */
	uint64_t number;
	int64_t since_ms;
};

struct fetch {
	struct loop *loop;
	const char *const *address;
	size_t edges, turn;
	bool up[BOX_EDGES];
	fetch_line *line;
	void *ctx;
	struct asked asked[ASKS];
};

enum err
fetch_new(struct fetch **out, struct loop *loop, const char *const *edge, size_t edges,
	fetch_line *line, void *ctx)
{
	struct fetch *f = calloc(1, sizeof *f);

	if (f == NULL)
		return ERR_NOMEM;
	f->loop = loop;
	f->address = edge;
	f->edges = edges;
	f->line = line;
	f->ctx = ctx;
	for (size_t i = 0; i < ASKS; i++)
		f->asked[i].fetch = f;
	*out = f;
	return ERR_OK;
}

void
fetch_free(struct fetch *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < ASKS; i++)
		http_call_cancel(f->asked[i].call);
	free(f);
}

static void
answered(void *ctx, enum err err, const struct http_response *resp, struct bytes body,
	const struct fault *fault)
{
	struct asked *a = ctx;
	const uint8_t *end;

	(void)fault;
	a->call = NULL;
	if (err != ERR_OK || resp->status != 200)
		return;
	while (body.len > 0 && (end = memchr(body.at, '\n', body.len)) != NULL) {
		size_t len = (size_t)(end - body.at);

		if (len > 0)
			a->fetch->line(a->fetch->ctx, a->number, bytes_of(body.at, len));
		body = bytes_of(end + 1, body.len - len - 1);
	}
}

/* Each time another edge, of those that are up if there is one. */
static size_t
next_edge(struct fetch *f)
{
	for (size_t i = 0; i < f->edges; i++) {
		f->turn = (f->turn + 1) % f->edges;
		if (f->up[f->turn])
			return f->turn;
	}
	return f->turn;
}

void
fetch_want(struct fetch *f, uint64_t number)
{
	struct asked *place = NULL;
	int64_t now = loop_monotonic_ms();
	char path[64];
	struct http_ask ask = {.path = path, .timeout_ms = TIMEOUT_MS};

	for (size_t i = 0; i < ASKS; i++) {
		struct asked *a = &f->asked[i];

		if (a->number == number && a->since_ms > 0 &&
			(a->call != NULL || now - a->since_ms < AGAIN_MS))
			return;
		if (a->call == NULL && (place == NULL || a->since_ms < place->since_ms))
			place = a;
	}
	if (place == NULL)
		return;
	snprintf(path, sizeof path, "/bulletin?after=%llu", (unsigned long long)number);
	ask.address = f->address[next_edge(f)];
	place->number = number;
	place->since_ms = now;
	if (http_call(&place->call, f->loop, &ask, answered, place, NULL) != ERR_OK)
		place->call = NULL;
}

void
fetch_edge(struct fetch *f, size_t edge, bool up)
{
	f->up[edge] = up;
}
