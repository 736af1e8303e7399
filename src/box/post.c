/* SPDX-License-Identifier: GPL-3.0-or-later */
/* post.c: which receipt goes to which edge, and when again. */
#include "box/post.h"

#include "box/letter.h"
#include "box/must.h"
#include "fanout/http_client.h"

#include <stdlib.h>

enum {
	FLIGHTS = 2, /* POSTs to one edge at once */
	SWEEP_MS = 1000,
	REFUSED_MS = 30000, /* an edge that refused a letter may have changed its mind */
};

struct edge_post {
	bool up;
	unsigned flights;
	int64_t rest_until_ms; /* after a failure */
	uint64_t spool;	       /* its id, 0: not told */
	uint64_t cursor;
};

struct post {
	struct loop *loop;
	const char *const *address;
	size_t edges;
	struct edge_post edge[BOX_EDGES];
	uint32_t boxes;
	post_received *received;
	void *ctx;
	struct loop_timer gather, sweep;
	struct flight *flights;
	struct post_counts counts;
	struct mailbox mailbox[];
};

struct flight {
	struct post *post;
	struct flight *next;
	struct http_call *call;
	size_t edge, count;
	struct letter *letter[BATCH_MAX];
};

static void send_all(struct post *p);

static void
gathered(void *ctx)
{
	send_all(ctx);
}

static void
gather(struct post *p, int64_t after_ms)
{
	if (p->gather.place == 0)
		timer_must(p->loop, &p->gather, after_ms, gathered, p);
}

/* An edge that takes letters now: one that is up before one that is not, the first of equals. */
static int
choose_edge(const struct post *p, int avoid, int64_t now_ms)
{
	int best = -1, best_worth = 0;

	for (size_t i = 0; i < p->edges; i++) {
		const struct edge_post *e = &p->edge[i];
		int worth = 1 + 4 * e->up + 2 * ((int)i != avoid);

		if (e->rest_until_ms > now_ms || e->flights >= FLIGHTS)
			continue;
		if (worth > best_worth) {
			best = (int)i;
			best_worth = worth;
		}
	}
	return best;
}

static void
land(struct flight *f)
{
	struct flight **at = &f->post->flights;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	f->post->edge[f->edge].flights--;
	free(f);
}

static bool
hub_has(const struct post *p, const struct letter *l)
{
	for (size_t i = 0; i < p->edges; i++)
		if (l->spool[i] > 0 && l->spool[i] <= p->edge[i].cursor)
			return true;
	return false;
}

static void
wait_again(struct letter *l, size_t edge, int64_t due_ms)
{
	l->state = LETTER_WAITING;
	l->edge = (int8_t)edge;
	l->due_ms = due_ms;
}

/* Refused: perhaps the other edge takes it at once; else this one some day. */
static void
refused(struct post *p, size_t edge, struct letter *l, int64_t now_ms)
{
	wait_again(l, edge, l->tries == 0 && p->edges > 1 ? now_ms : now_ms + REFUSED_MS);
	l->tries++;
}

static void
held(size_t edge, struct letter *l, uint64_t spool, int64_t now_ms)
{
	int64_t patience = (int64_t)POST_HELD_MS << (l->tries < 5 ? l->tries : 5);

	l->spool[edge] = spool;
	l->state = LETTER_HELD;
	l->edge = (int8_t)edge;
	l->tries++;
	l->due_ms = now_ms + patience;
}

static void
tell_received(struct post *p, uint32_t box)
{
	uint64_t number = mailbox_take_received(&p->mailbox[box]);

	if (number == 0)
		return;
	p->counts.received++;
	p->received(p->ctx, box, number);
}

/* What it held is gone. */
static void
spool_lost(struct post *p, size_t edge)
{
	for (uint32_t b = 0; b < p->boxes; b++)
		for (struct letter *l = p->mailbox[b].first; l != NULL; l = l->next) {
			l->spool[edge] = 0;
			if (l->state == LETTER_HELD && l->edge == (int8_t)edge)
				wait_again(l, edge, loop_monotonic_ms());
		}
	gather(p, POST_GATHER_MS);
}

/* Is this the spool that we know? If not, begin with it from its start. */
static void
spool_is(struct post *p, size_t edge, uint64_t spool)
{
	struct edge_post *e = &p->edge[edge];

	if (spool == 0 || spool == e->spool)
		return;
	if (e->spool != 0) {
		e->cursor = 0;
		spool_lost(p, edge);
	}
	e->spool = spool;
}

static void
landed(struct flight *f, const uint64_t *spool)
{
	struct post *p = f->post;
	int64_t now = loop_monotonic_ms();
	uint32_t box[BATCH_MAX];
	size_t boxes = 0;

	for (size_t i = 0; i < f->count; i++) {
		struct letter *l = f->letter[i];

		if (spool == NULL)
			wait_again(l, f->edge, now);
		else if (spool[i] == 0)
			refused(p, f->edge, l, now);
		else
			held(f->edge, l, spool[i], now);
		if (!hub_has(p, l))
			continue;
		l->state = LETTER_RECEIVED;
		box[boxes++] = l->box;
	}
	for (size_t i = 0; i < boxes; i++)
		tell_received(p, box[i]);
}

static void
answered(void *ctx, enum err err, const struct http_response *resp, struct bytes body,
	const struct fault *fault)
{
	struct flight *f = ctx;
	struct post *p = f->post;
	uint64_t held_as[BATCH_MAX], spool;
	/* 400 and 413 speak of the records, not of the edge. */
	bool good = err == ERR_OK &&
		    (resp->status == 200 || resp->status == 400 || resp->status == 413) &&
		    held_read(held_as, f->count, &spool, body) == ERR_OK;

	(void)fault;
	if (good) {
		spool_is(p, f->edge, spool);
	} else {
		p->edge[f->edge].rest_until_ms = loop_monotonic_ms() + POST_REST_MS;
		p->counts.failed++;
	}
	landed(f, good ? held_as : NULL);
	land(f);
	gather(p, POST_GATHER_MS);
}

/* Everything of this flight that waits for an edge such as this. */
static void
load(struct flight *f, struct buffer *body, int64_t now_ms)
{
	struct post *p = f->post;

	for (uint32_t b = 0; b < p->boxes; b++)
		for (struct letter *l = p->mailbox[b].first; l != NULL; l = l->next) {
			if (l->state != LETTER_WAITING || l->due_ms > now_ms ||
				choose_edge(p, l->edge, now_ms) != (int)f->edge)
				continue;
			letter_write(body, l);
			l->state = LETTER_FLYING;
			f->letter[f->count++] = l;
			if (f->count == BATCH_MAX || body->len >= BATCH_BYTES)
				return;
		}
}

static enum err
post_it(struct flight *f, const struct buffer *body)
{
	struct http_ask ask = {.address = f->post->address[f->edge],
		.method = HTTP_POST,
		.path = "/receipts",
		.type = "application/octet-stream",
		.body = buffer_bytes(body),
		.timeout_ms = POST_TIMEOUT_MS,
		.answer_max = 65536};

	if (body->err != ERR_OK)
		return body->err;
	return http_call(&f->call, f->post->loop, &ask, answered, f, NULL);
}

/* Send one batch to this edge; false if there was nothing for it. */
static bool
send_to(struct post *p, size_t edge, int64_t now_ms)
{
	struct flight *f = calloc(1, sizeof *f);
	struct buffer body = {0};
	bool sent;

	if (f == NULL)
		return false;
	f->post = p;
	f->edge = edge;
	load(f, &body, now_ms);
	sent = f->count > 0;
	f->next = p->flights;
	p->flights = f;
	p->edge[edge].flights++;
	p->counts.posts += sent;
	if (!sent) {
		land(f);
	} else if (post_it(f, &body) != ERR_OK) {
		p->edge[edge].rest_until_ms = now_ms + POST_REST_MS;
		landed(f, NULL);
		land(f);
	}
	buffer_free(&body);
	return sent;
}

static void
send_all(struct post *p)
{
	int64_t now = loop_monotonic_ms();

	for (size_t i = 0; i < p->edges; i++)
		while (p->edge[i].flights < FLIGHTS && p->edge[i].rest_until_ms <= now &&
			send_to(p, i, now))
			;
}

/* Once a second: what rested long enough waits again, and what waits is sent. */
static void
sweep(void *ctx)
{
	struct post *p = ctx;
	int64_t now = loop_monotonic_ms();

	timer_must(p->loop, &p->sweep, SWEEP_MS, sweep, p);
	for (uint32_t b = 0; b < p->boxes; b++)
		for (struct letter *l = p->mailbox[b].first; l != NULL; l = l->next)
			if (l->state == LETTER_HELD && l->due_ms <= now && p->edges > 1)
				l->state = LETTER_WAITING;
	send_all(p);
}

enum err
post_new(struct post **out, struct loop *loop, const char *const *edge, size_t edges,
	uint32_t boxes, post_received *received, void *ctx)
{
	struct post *p = calloc(1, sizeof *p + boxes * sizeof *p->mailbox);

	if (p == NULL)
		return ERR_NOMEM;
	p->loop = loop;
	p->address = edge;
	p->edges = edges;
	p->boxes = boxes;
	p->received = received;
	p->ctx = ctx;
	timer_must(loop, &p->sweep, SWEEP_MS, sweep, p);
	*out = p;
	return ERR_OK;
}

void
post_free(struct post *p)
{
	if (p == NULL)
		return;
	loop_timer_cancel(p->loop, &p->gather);
	loop_timer_cancel(p->loop, &p->sweep);
	while (p->flights != NULL) {
		http_call_cancel(p->flights->call);
		land(p->flights);
	}
	for (uint32_t b = 0; b < p->boxes; b++)
		mailbox_free(&p->mailbox[b]);
	free(p);
}

static bool
is_under_way(const struct mailbox *m, uint64_t number)
{
	for (const struct letter *l = m->first; l != NULL; l = l->next)
		if (l->number == number)
			return true;
	return false;
}

void
post_add(struct post *p, uint32_t box, uint64_t number, struct bytes bytes)
{
	struct mailbox *m = &p->mailbox[box];
	struct letter *l;

	if (m->last != NULL && m->last->number >= number && is_under_way(m, number))
		return;
	l = letter_new(box, number, bytes);
	if (l == NULL)
		return;
	mailbox_add(m, l);
	gather(p, POST_GATHER_MS);
}

void
post_edge(struct post *p, size_t edge, bool up)
{
	p->edge[edge].up = up;
	if (up)
		p->edge[edge].rest_until_ms = 0;
}

void
post_cursor(struct post *p, size_t edge, uint64_t spool, uint64_t n)
{
	bool lost;

	spool_is(p, edge, spool);
	lost = n < p->edge[edge].cursor;
	if (n == p->edge[edge].cursor)
		return;
	p->edge[edge].cursor = n;
	if (lost) {
		spool_lost(p, edge);
		return;
	}
	for (uint32_t b = 0; b < p->boxes; b++) {
		for (struct letter *l = p->mailbox[b].first; l != NULL; l = l->next)
			if (l->state != LETTER_FLYING && hub_has(p, l))
				l->state = LETTER_RECEIVED;
		tell_received(p, b);
	}
}

struct post_counts
post_counts(const struct post *p)
{
	struct post_counts c = p->counts;

	for (uint32_t b = 0; b < p->boxes; b++)
		for (const struct letter *l = p->mailbox[b].first; l != NULL; l = l->next) {
			c.waiting += l->state == LETTER_WAITING;
			c.flying += l->state == LETTER_FLYING;
			c.held += l->state == LETTER_HELD;
		}
	return c;
}
