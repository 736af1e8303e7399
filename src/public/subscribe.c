/* SPDX-License-Identifier: GPL-3.0-or-later */
/* subscribe.c: GET /stream: from where, and what comes before the first entry. */
#include "public/stream_inside.h"

#include "base/text.h"
#include "wire/sse.h"

#include <stdlib.h>
#include <string.h>

enum {
	RETRY_MS = 1000, /* what a client waits before it comes back */
	COSTLY_MS = 5,	 /* what takes so long to make … */
	COSTLY_REST = 4, /* … is told unchanged for so many times as long */
};

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

/* ---- what the brain tells, as events ---- */

struct telling {
	struct buffer *out;
	struct stream *s;
	bool lean;
};

static enum err
write_one(void *ctx, const struct entry *entry)
{
	struct telling *to = ctx;

	event_entry(to->out, entry, to->lean, false);
	return ERR_OK;
}

/* An entry that cannot be read is left out: whoever joins sees it is missing. */
static void
tell_entry(void *ctx, uint64_t number)
{
	struct telling *to = ctx;

	(void)!journal_entries(to->s->j, number, 1, write_one, to);
}

static void
tell_order(void *ctx, const struct edge_order *row)
{
	event_order(((struct telling *)ctx)->out, row->bytes, &row->content_hash);
}

static void
tell_time(void *ctx, const struct checkpoint *c)
{
	event_time(((struct telling *)ctx)->out, c);
}

static void
tell_here(void *ctx, const struct checkpoint *c)
{
	struct telling *to = ctx;

	event_checkpoint(to->out, edge_follower(to->s->e), c, true);
}

static struct edge_teller
teller(struct telling *to)
{
	return (struct edge_teller){to, tell_entry, tell_order, tell_time, tell_here};
}

/*
 * When a thousand sirens join on a bad day, what takes long to make is told to many: what came since
 * follows by its numbers, and orders without a number are written behind it.
 */
static void
join_make(struct stream *s, bool lean)
{
	struct join *join = &s->join[lean];
	struct telling telling = {&join->bytes, s, lean};
	struct edge_teller to = teller(&telling);
	int64_t now_ms = loop_monotonic_ms();
	bool costly = join->cost_ms >= COSTLY_MS &&
		      now_ms - join->made_ms < COSTLY_REST * join->cost_ms;

	if (join->bytes.len > 0 && (join->version == edge_version(s->e) || costly))
		return;
	buffer_clear(&join->bytes);
	sse_write_retry(&join->bytes, RETRY_MS);
	join->next = edge_join(s->e, lean, &to);
	join->version = edge_version(s->e);
	join->made_ms = now_ms;
	join->cost_ms = loop_monotonic_ms() - now_ms;
}

static void
joining_write(struct buffer *out, struct stream *s, bool lean, uint64_t *next)
{
	const struct join *join = &s->join[lean];
	struct telling telling = {out, s, lean};
	struct edge_teller to = teller(&telling);

	join_make(s, lean);
	write_bytes(out, join->bytes.at, join->bytes.len);
	if (join->version != edge_version(s->e))
		edge_early_orders(s->e, &to);
	*next = join->next;
}

static void
subscribe(
	struct stream *s, struct http_exchange *x, const struct wish *w, struct catching *c)
{
	struct buffer first = {0};
	struct telling telling = {&first, s, w->lean};
	struct edge_teller to = teller(&telling);
	uint32_t early;

	*c = (struct catching){.s = s, .lean = w->lean, .number = w->after};
	early = w->lean ? MASK_SIRENS : MASK_OTHERS;
	c->mask = early | (w->lean ? MASK_LEAN | MASK_CURSOR : MASK_FULL);
	if (w->has_after) {
		s->resumed++;
		sse_write_retry(&first, RETRY_MS);
		edge_resume(s->e, &to);
	} else {
		s->joined++;
		joining_write(&first, s, w->lean, &c->number);
	}
	if (broadcast_subscribe(
		    &c->sub, s->cast, x, w->class, early, buffer_bytes(&first)) == ERR_OK) {
		c->next = s->catching;
		s->catching = c;
		subscriber_set_tag(c->sub, (uint64_t)(uintptr_t)c);
		if (subscriber_queued(c->sub) == 0)
			catch_up(c);
	} else {
		free(c);
	}
	buffer_free(&first);
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
