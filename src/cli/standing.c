/* SPDX-License-Identifier: GPL-3.0-or-later */
/* standing.c: reads a hub's status and puts it in words. */
#include "cli/standing.h"

#include "base/text.h"
#include "cli/say.h"

#include <string.h>
#include <time.h>

enum { ANSWERS_MS = 5000, LOOK_MS = 200 };

static bool
truth(const json_t *o, const char *name)
{
	return json_is_true(json_object_get(o, name));
}

int
standing_ask(struct run *run, struct standing *out)
{
	const char *clock;
	json_t *o;
	int code = hub_ask(run, &o, "GET", "/api/v1/status", NULL);

	if (code != EXIT_GOOD)
		return code;
	clock = json_text(o, "clock");
	*out = (struct standing){
		.status = o,
		.name = json_text(o, "hub"),
		.term = (uint32_t)json_number(o, "term"),
		.last_term = (uint32_t)json_number(o, "last_term"),
		.size = (uint64_t)json_number(o, "size"),
		.settled = truth(o, "settled"),
		.reigns = truth(o, "reigns"),
		.superseded = truth(o, "superseded"),
		.forked = truth(o, "forked"),
		.alone = truth(o, "alone"),
	};
	if (json_object_get(o, "last_term") != NULL &&
		time_read(&out->clock_ms, clock, strlen(clock)) == ERR_OK)
		return EXIT_GOOD;
	standing_free(out);
	return fail(run, EXIT_FAILED,
		"the hub's status lacks what this belfry asks for: is belfryd of an older "
		"version?");
}

/* Has every edge in reach answered, and has the hub taken what it lacked? */
static bool
answered(const struct standing *s)
{
	const json_t *edges = json_object_get(s->status, "edges"), *e;
	size_t i;

	json_array_foreach(edges, i, e) if (strcmp(json_text(e, "state"), "up") == 0 &&
					    !truth(e, "asked")) return false;
	return true;
}

int
standing_ask_anew(struct run *run, struct standing *out)
{
	const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
	json_t *answer;
	int code = hub_ask(run, &answer, "POST", "/api/v1/asking", NULL);

	if (code != EXIT_GOOD)
		return code;
	json_decref(answer);
	code = standing_ask(run, out);
	for (int ms = 0; code == EXIT_GOOD && !answered(out) && ms < ANSWERS_MS;
		ms += LOOK_MS) {
		nanosleep(&pause, NULL);
		standing_free(out);
		code = standing_ask(run, out);
	}
	return code;
}

void
standing_free(struct standing *s)
{
	json_decref(s->status);
	s->status = NULL;
}

const char *
standing_unasked(const struct standing *s, int n)
{
	const json_t *edges = json_object_get(s->status, "edges"), *e;
	size_t i;

	json_array_foreach(edges, i,
		e) if (!truth(e, "asked") && n-- == 0) return json_text(e, "name");
	return NULL;
}

void
standing_unasked_words(struct buffer *out, const struct standing *s)
{
	const char *name;

	for (int n = 0; (name = standing_unasked(s, n)) != NULL; n++)
		write_format(out, "%s%s", n > 0 ? " and " : "", name);
}

const char *
standing_word(const struct standing *s)
{
	if (s->forked)
		return "forked";
	if (s->superseded)
		return "superseded";
	if (s->settled)
		return "signs";
	return s->reigns ? "waits" : "stands-by";
}

void
standing_words(struct buffer *out, const struct standing *s)
{
	if (s->forked) {
		write_text(out,
			"FORKED: an edge holds entries, signed with a hub's key, that this "
			"hub's journal does not have. It signs no entry any more; orders "
			"still pass. Find out who has the key; what to do: "
			"doc/administrator.md, A second hub");
	} else if (s->superseded) {
		write_format(out,
			"SUPERSEDED: two operators made a hub of a later term than %u the "
			"writer. This one signs no entry any more; orders still pass",
			s->term);
	} else if (s->settled) {
		write_format(out, "it reigns: it signs the bulletin's entries%s",
			s->alone ? ", told to do so alone" : "");
	} else if (!s->reigns) {
		write_format(out,
			"it stands by: the newest entry is of term %u. Orders pass; it "
			"signs no entry before two operators say so: belfry takeover "
			"propose FILE",
			s->last_term);
	} else {
		write_text(out, "it signs no entry before ");
		standing_unasked_words(out, s);
		write_text(out, " has said what it has; orders pass meanwhile. Only if "
				"that edge is "
				"gone for good: belfry hub alone");
	}
}
