/* SPDX-License-Identifier: GPL-3.0-or-later */
/* poll.c: one source's round: its feed, then what the feed only names. */
#include "source/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
	LINKS_AT_ONCE = 4,
	ROUND_MS = 300 * 1000,
	FIRST_MS = 1000,
	BACKOFF_MOST_S = 900,
	BACKOFF_DOUBLINGS = 8,
};

/* A link that is being followed. */
struct step {
	struct step *next, **link;
	struct source *s;
	char *key;
};

static void follow(struct source *s);
static void round_begin(void *ctx);

/* ---- rounds ---- */

/* Some of it by chance, so that all who ask a source do not ask in one second. */
static int64_t
with_jitter(int64_t wait_ms)
{
	uint32_t dice = 0;

	if (getrandom(&dice, sizeof dice, GRND_NONBLOCK) != sizeof dice)
		dice = 0x80000000u;
	return wait_ms - wait_ms / 10 + (int64_t)((uint64_t)(wait_ms / 5) * dice >> 32);
}

static int64_t
next_wait_ms(const struct source *s)
{
	int64_t wait_s = s->conf->every_s;
	int64_t most_s = wait_s > BACKOFF_MOST_S ? wait_s : BACKOFF_MOST_S;

	for (unsigned i = 1; i < s->failures && i < BACKOFF_DOUBLINGS; i++)
		wait_s *= 2;
	return with_jitter((wait_s < most_s ? wait_s : most_s) * 1000);
}

static void
schedule(struct source *s)
{
	json_decref(s->round.links);
	s->round.links = NULL;
	s->round.over = true;
	foreign_tidy(s->f, loop_now_ms());
	s->of->listed_ms = 0;
	if (loop_timer_set(s->of->loop, &s->due, next_wait_ms(s), round_begin, s) != ERR_OK)
		foreign_failed(s->f, loop_monotonic_ms(), "no memory: it is asked no more");
}

static void
round_failed(struct source *s, const char *why)
{
	s->failures++;
	s->etag[0] = s->modified[0] = '\0';
	foreign_failed(s->f, loop_monotonic_ms(), why);
	fprintf(stderr, "belfryd: source %s is UNKNOWN: %s\n", s->conf->name, why);
	schedule(s);
}

static void
note_missing(struct source *s, size_t n, const char *why)
{
	if (n > 0 && s->round.missing == 0)
		snprintf(s->round.why, sizeof s->round.why, "%s", why);
	s->round.missing += n;
}

/* What was complete need not come again before it changes; the rest must. */
static void
round_done(struct source *s)
{
	struct round *r = &s->round;
	bool whole = r->missing == 0;

	if (s->failures > 0)
		fprintf(stderr, "belfryd: source %s answers again\n", s->conf->name);
	s->failures = 0;
	snprintf(s->etag, sizeof s->etag, "%s", whole ? r->etag : "");
	snprintf(s->modified, sizeof s->modified, "%s", whole ? r->modified : "");
	foreign_answered(s->f, loop_monotonic_ms(), r->missing, r->why);
	schedule(s);
}

/* ---- links ---- */

static void
take_all(struct source *s, const json_t *told, const char *link)
{
	const json_t *list = json_object_get(told, "alerts");
	int64_t now_ms = loop_now_ms();

	for (size_t i = 0; i < json_array_size(list); i++)
		if (!foreign_take(s->f, now_ms, json_array_get(list, i), link))
			note_missing(s, 1, "there is no room for more of its alerts");
}

static void
step_free(struct step *step)
{
	*step->link = step->next;
	if (step->next != NULL)
		step->next->link = step->link;
	step->s->round.under_way--;
	free(step->key);
	free(step);
}

static void
step_end(struct step *step, const char *wrong)
{
	struct source *s = step->s;

	if (wrong != NULL)
		note_missing(s, 1, wrong);
	step_free(step);
	follow(s);
}

static void
link_told(void *ctx, json_t *told, const char *why)
{
	struct step *step = ctx;
	const char *error = json_string_value(json_object_get(told, "error"));

	if (told == NULL)
		step_end(step, why);
	else if (error != NULL)
		step_end(step, error);
	else if (json_array_size(json_object_get(told, "alerts")) == 0)
		step_end(step, "a link leads to something that is no alert");
	else {
		take_all(step->s, told, step->key);
		step_end(step, NULL);
	}
}

static void
link_answered(void *ctx, const struct web_answer *a)
{
	struct step *step = ctx;
	struct source *s = step->s;

	if (a->status != 200)
		step_end(step, a->status == 0 ? a->why : "a link answers 304 unasked");
	else if (!readers_ask(s->of->readers, a->body, s->conf->pin, s->conf->pins,
			 link_told, step))
		step_end(step, "too much waits to be read");
	else
		s->reads++;
}

static bool
step_start(struct source *s, const char *url, const char *key)
{
	struct step *step = calloc(1, sizeof *step);
	struct web_ask ask = {.url = url,
		.home = s->conf->url,
		.ca_file = s->conf->ca_file,
		.host = s->conf->host,
		.hosts = s->conf->hosts,
		.bytes_max = FOREIGN_ALERT_MAX,
		.timeout_s = s->conf->timeout_s};

	if (step == NULL)
		return false;
	step->s = s;
	step->key = strdup(key);
	step->next = s->steps;
	step->link = &s->steps;
	if (step->next != NULL)
		step->next->link = &step->next;
	s->steps = step;
	s->round.under_way++;
	if (step->key != NULL && web_get(s->of->web, &ask, link_answered, step) != NULL)
		return true;
	step_free(step);
	return false;
}

static void
follow_one(struct source *s, const json_t *link)
{
	const char *uri = json_string_value(json_object_get(link, "uri"));
	const char *base = json_string_value(json_object_get(link, "base"));
	const char *key = json_string_value(json_object_get(link, "key"));
	char from[WEB_URL_MAX], url[WEB_URL_MAX];

	if (uri == NULL || base == NULL || key == NULL || foreign_has_link(s->f, key))
		return;
	if (!web_resolve(from, s->round.url, base, s->conf->url, s->conf->host,
		    s->conf->hosts) ||
		!web_resolve(url, from, uri, s->conf->url, s->conf->host, s->conf->hosts))
		note_missing(s, 1, "a link leads to a host that is not one of \"hosts\"");
	else if (!step_start(s, url, key))
		note_missing(s, 1, "there is no memory");
}

static void
follow(struct source *s)
{
	struct round *r = &s->round;
	size_t n = json_array_size(r->links);

	if (r->next < n && loop_monotonic_ms() > r->until_ms) {
		note_missing(s, n - r->next, "following its links took too long");
		r->next = n;
	}
	while (r->next < n && r->under_way < LINKS_AT_ONCE)
		follow_one(s, json_array_get(r->links, r->next++));
	if (r->next >= n && r->under_way == 0 && !r->over)
		round_done(s);
}

/* ---- the feed ---- */

static void
feed_told(void *ctx, json_t *told, const char *why)
{
	struct source *s = ctx;
	const char *error = json_string_value(json_object_get(told, "error"));

	if (told == NULL || error != NULL) {
		round_failed(s, told == NULL ? why : error);
		return;
	}
	take_all(s, told, "");
	note_missing(s, (size_t)json_integer_value(json_object_get(told, "missing")),
		"something in the feed cannot be read");
	s->round.links = json_incref(json_object_get(told, "links"));
	follow(s);
}

static void
feed_answered(void *ctx, const struct web_answer *a)
{
	struct source *s = ctx;

	s->get = NULL;
	snprintf(s->round.url, sizeof s->round.url, "%s", a->url);
	if (a->status == 0) {
		round_failed(s, a->why);
	} else if (a->status == 304 && s->etag[0] == '\0' && s->modified[0] == '\0') {
		round_failed(s, "it answers 304 to a request for all");
	} else if (a->status == 304) {
		foreign_same(s->f);
		snprintf(s->round.etag, sizeof s->round.etag, "%s", s->etag);
		snprintf(s->round.modified, sizeof s->round.modified, "%s", s->modified);
		round_done(s);
	} else {
		snprintf(s->round.etag, sizeof s->round.etag, "%s", a->etag);
		snprintf(s->round.modified, sizeof s->round.modified, "%s", a->modified);
		s->reads++;
		if (!readers_ask(s->of->readers, a->body, s->conf->pin, s->conf->pins,
			    feed_told, s))
			round_failed(s, "too much waits to be read");
	}
}

static void
round_begin(void *ctx)
{
	struct source *s = ctx;
	struct web_ask ask = {.url = s->conf->url,
		.etag = s->etag,
		.modified = s->modified,
		.ca_file = s->conf->ca_file,
		.host = s->conf->host,
		.hosts = s->conf->hosts,
		.bytes_max = FOREIGN_FEED_MAX,
		.timeout_s = s->conf->timeout_s};

	s->round = (struct round){.until_ms = loop_monotonic_ms() + ROUND_MS};
	s->polls++;
	foreign_begin(s->f);
	s->get = web_get(s->of->web, &ask, feed_answered, s);
	if (s->get == NULL)
		round_failed(s, "there is no memory");
}

void
poll_start(struct source *s)
{
	if (loop_timer_set(s->of->loop, &s->due, with_jitter(FIRST_MS) / 4, round_begin,
		    s) != ERR_OK)
		foreign_failed(s->f, loop_monotonic_ms(), "no memory: it is not asked");
}

void
poll_end(struct source *s)
{
	loop_timer_cancel(s->of->loop, &s->due);
	while (s->steps != NULL)
		step_free(s->steps);
	json_decref(s->round.links);
	s->round.links = NULL;
}
