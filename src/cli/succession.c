/* SPDX-License-Identifier: GPL-3.0-or-later */
/* succession.c: asks hub and edges who wrote what, and judges whether another hub may follow. */
#include "cli/succession.h"

#include "base/text.h"
#include "bulletin/checkpoint.h"
#include "cli/edge_asked.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>

const struct option_line succession_options[] = {
	{"edge", "URL", "ask this edge, too, at its public address; may be repeated"},
	{"though-alive", NULL, "take over though the old hub still signs"},
	{NULL, NULL, NULL},
};

static const struct roster_hub *
hub_of_term(const struct roster *r, uint32_t term)
{
	for (int i = 0; i < r->hub_count; i++)
		if (r->hub[i].term == term)
			return &r->hub[i];
	return NULL;
}

/* What the hub heard from its edges. */
static void
words_of_hub(struct succession *s)
{
	const json_t *edges = json_object_get(s->hub.status, "edges"), *e;
	size_t i;

	json_array_foreach(edges, i, e)
	{
		const char *beat = json_text(e, "heartbeat");
		struct edge_word *w = &s->edge[s->edges];

		if (s->edges == SUCCESSION_EDGES)
			return;
		s->edges++;
		snprintf(w->name, sizeof w->name, "%s", json_text(e, "name"));
		w->up = strcmp(json_text(e, "state"), "up") == 0;
		w->size = (uint64_t)json_number(e, "size");
		if (time_read(&w->beat_ms, beat, strlen(beat)) != ERR_OK)
			continue;
		w->term = (uint32_t)json_number(e, "heartbeat_term");
		w->age_ms = s->hub.clock_ms - w->beat_ms;
	}
}

int
succession_ask(struct run *run, struct succession *out, const struct trust *trust)
{
	struct succession s = {.edges = 0};
	const char *url;
	int code = standing_ask_anew(run, &s.hub);

	if (code != EXIT_GOOD)
		return code;
	words_of_hub(&s);
	s.next = hub_of_term(&trust->roster, s.hub.term);
	s.old = hub_of_term(&trust->roster, s.hub.last_term);
	s.last = s.hub.size > 0 ? s.hub.size - 1 : 0;
	for (int n = 0; code == EXIT_GOOD && (url = run_option_at(run, "edge", n)) != NULL;
		n++)
		code = s.edges < SUCCESSION_EDGES ? edge_asked(run, &s.edge[s.edges++], url,
							    s.last, &trust->roster)
						  : fail(run, EXIT_USAGE, "too many edges");
	if (code == EXIT_GOOD)
		*out = s;
	else
		standing_free(&s.hub);
	return code;
}

void
succession_free(struct succession *s)
{
	standing_free(&s->hub);
}

/* Is this the hub that shall follow, and does anything have to follow? */
static int
judge_hub(struct run *run, const struct succession *s, const struct trust *trust)
{
	const struct standing *h = &s->hub;

	if (s->next == NULL)
		return fail(run, EXIT_NOT_FOUND,
			"roster %u names no hub for term %u, as this hub has it. Add it: "
			"belfry "
			"roster propose FILE --add-hub %u,NAME,PUBLIC-KEY",
			trust->roster.serial, h->term, h->term);
	if (h->superseded || h->last_term > h->term)
		return fail(run, EXIT_REFUSED,
			"a hub of a later term reigns already; this one, %s, is of term %u "
			"and "
			"cannot come back under it. It needs a new term: a new key, and "
			"belfry "
			"roster propose FILE --add-hub",
			h->name, h->term);
	if (h->last_term == h->term)
		return fail(run, EXIT_REFUSED,
			"this hub, %s, reigns already, in term %u. Ask the hub that shall "
			"follow "
			"it: --hub PATH, or --via ssh://…",
			h->name, h->term);
	if (h->last_term == 0)
		return fail(run, EXIT_REFUSED,
			"no entry was signed yet and no edge holds any: there is nothing "
			"to "
			"take over. The first hub that starts reigns by itself");
	if (h->forked)
		return fail(run, EXIT_REFUSED,
			"the edges hold two bulletins that contradict each other: this hub "
			"found "
			"signed entries that its own tree does not have. Orders still "
			"pass; what "
			"to do: doc/administrator.md, A second hub");
	return EXIT_GOOD;
}

/* Is the number the last one for all? */
static int
judge_number(struct run *run, const struct succession *s)
{
	struct buffer b = {0};
	int code = EXIT_GOOD;

	for (int i = 0; i < s->edges && code == EXIT_GOOD; i++)
		if (s->edge[i].size > s->hub.size)
			code = fail(run, EXIT_REFUSED,
				"%s has %llu entries, this hub only %llu: entry %llu "
				"counts, and "
				"the hub must take it back first. Try again in some "
				"seconds; if "
				"it stays so, see the hub's log",
				s->edge[i].name, (unsigned long long)s->edge[i].size,
				(unsigned long long)s->hub.size,
				(unsigned long long)s->edge[i].size - 1);
	standing_unasked_words(&b, &s->hub);
	if (code == EXIT_GOOD && b.len > 0 && !s->hub.alone)
		code = fail(run, EXIT_REFUSED,
			"%s did not say what it has, and may hold entries that count. Wait "
			"for "
			"it, or mend it; only if it is gone for good: belfry hub alone",
			buffer_text(&b));
	buffer_free(&b);
	return code;
}

static const struct edge_word *
alive(const struct succession *s)
{
	for (int i = 0; i < s->edges; i++)
		if (s->edge[i].term != 0 && s->edge[i].term != s->hub.term &&
			s->edge[i].age_ms < CHECKPOINT_FRESH_MS)
			return &s->edge[i];
	return NULL;
}

int
succession_judge(struct run *run, const struct succession *s, const struct trust *trust)
{
	const struct edge_word *w;
	int code = judge_hub(run, s, trust);

	if (code == EXIT_GOOD)
		code = judge_number(run, s);
	w = alive(s);
	if (code == EXIT_GOOD && w != NULL && !run_has(run, "though-alive"))
		code = fail(run, EXIT_REFUSED,
			"the hub of term %u still signs: %s has its heartbeat of %lld s "
			"ago. "
			"Stop it first, wait half a minute, and try again. If you cannot, "
			"or "
			"its key is stolen: --though-alive; what it signs after the "
			"takeover "
			"counts no more",
			w->term, w->name,
			(long long)(w->age_ms > 0 ? w->age_ms / 1000 : 0));
	return code;
}

static void
hub_field(const char *label, const struct roster_hub *h, uint32_t term)
{
	struct buffer b = {0};
	char brief[9] = "";

	if (h != NULL)
		public_key_short(brief, &h->key);
	write_format(&b, "%s, term %u, key %s", h != NULL ? h->name : "not in the roster",
		term, h != NULL ? brief : "unknown");
	say_field(label, buffer_text(&b));
	buffer_free(&b);
}

static void
edge_field(const struct edge_word *w)
{
	struct buffer b = {0};
	char age[16];

	write_format(&b, "%s: %llu entries, ", w->name, (unsigned long long)w->size);
	age_write(age, w->age_ms);
	if (w->term != 0)
		write_format(&b, "newest heartbeat of term %u, %s old", w->term, age);
	else
		write_text(&b, "no heartbeat");
	write_text(&b, w->direct ? "; asked from here, verified"
		       : w->up	 ? "; asked by the hub just now"
				 : "; NOT REACHED, its last word");
	say_field("Edge", buffer_text(&b));
	buffer_free(&b);
}

void
succession_say(const struct run *run, const struct succession *s)
{
	unsigned long long last = s->last;
	struct buffer b = {0};

	if (run->json)
		return;
	hub_field("Takes over", s->next, s->hub.term);
	hub_field("From", s->old, s->hub.last_term);
	write_format(&b,
		"entries 0 to %llu: all that this hub has; no edge that answered has more",
		last);
	say_field("Counts", buffer_text(&b));
	for (int i = 0; i < s->edges; i++)
		edge_field(&s->edge[i]);
	buffer_clear(&b);
	write_format(&b,
		"what term %u signed or signs behind entry %llu counts no more: it is "
		"kept, "
		"not followed.\nAlarms in it live on until they are ended. Sirens sound on "
		"two operators' word as before,\nthrough either hub. The old hub signs no "
		"entry any more, once it hears of this",
		s->hub.last_term, last);
	say_field("Superseded", buffer_text(&b));
	if (alive(s) != NULL)
		say("%sThe old hub may still sign. What it signs from now on is lost to "
		    "the bulletin.%s\n",
			hue(HUE_YELLOW), hue(HUE_NONE));
	if (s->hub.alone && standing_unasked(&s->hub, 0) != NULL)
		say("%sNot every edge was asked: what one of them alone holds is "
		    "superseded.%s\n",
			hue(HUE_YELLOW), hue(HUE_NONE));
	buffer_free(&b);
}

static json_t *
hub_json(const struct roster_hub *h, uint32_t term)
{
	struct buffer b64 = {0};
	json_t *o;

	if (h != NULL)
		base64_write(&b64, bytes_of(h->key.at, sizeof h->key.at));
	o = json_pack("{s:I,s:s?,s:s?}", "term", (json_int_t)term, "name",
		h != NULL ? h->name : NULL, "public_key",
		h != NULL ? buffer_text(&b64) : NULL);
	buffer_free(&b64);
	return o;
}

json_t *
succession_json(const struct succession *s)
{
	json_t *edges = json_array();

	for (int i = 0; i < s->edges; i++) {
		const struct edge_word *w = &s->edge[i];

		json_array_append_new(edges,
			json_pack("{s:s,s:b,s:b,s:I,s:I,s:o}", "edge", w->name, "direct",
				w->direct, "up", w->up, "size", (json_int_t)w->size, "term",
				(json_int_t)w->term, "heartbeat_age_s",
				w->term != 0 ? json_integer(w->age_ms / 1000)
					     : json_null()));
	}
	return json_pack("{s:o,s:o,s:I,s:o,s:b}", "takes_over",
		hub_json(s->next, s->hub.term), "from", hub_json(s->old, s->hub.last_term),
		"last_number", (json_int_t)s->last, "edges", edges, "old_alive",
		alive(s) != NULL);
}
