/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_hub.c: `belfry hub`: what the hub says of itself, and to sign without an edge that is gone. */
#include "cli/commands.h"

#include "base/text.h"
#include "cli/review.h"
#include "cli/say.h"
#include "cli/standing.h"

#include <stdio.h>
#include <string.h>

static void
edge_words(struct buffer *b, const json_t *e)
{
	const json_t *age = json_object_get(e, "age_s");
	bool asked = json_is_true(json_object_get(e, "asked"));

	write_format(b, "%s: %s, ", json_text(e, "name"),
		strcmp(json_text(e, "state"), "up") == 0 ? "linked" : "NOT REACHED");
	if (asked)
		write_format(b, "it had %lld entries when it was asked",
			(long long)json_number(e, "size"));
	else
		write_text(b, "it has NOT said what it has");
	if (json_is_integer(age))
		write_format(b, "; heard %lld s ago", (long long)json_integer_value(age));
}

static void
status_say(const struct standing *s)
{
	const json_t *edges = json_object_get(s->status, "edges"), *e;
	long long waiting = json_number(s->status, "waiting");
	struct buffer b = {0};
	size_t i;

	write_format(&b, "%s, term %u, territory %s, %s", s->name, s->term,
		json_text(s->status, "territory"), json_text(s->status, "mode"));
	say_field("Hub", buffer_text(&b));
	buffer_clear(&b);
	standing_words(&b, s);
	say("%s", hue(s->settled ? HUE_GREEN : HUE_YELLOW));
	say_field("State", buffer_text(&b));
	say("%s", hue(HUE_NONE));
	buffer_clear(&b);
	write_format(&b, "%llu, root %s", (unsigned long long)s->size,
		json_text(s->status, "root"));
	say_field("Entries", buffer_text(&b));
	buffer_clear(&b);
	write_format(&b, "%lld", waiting);
	if (waiting > 0)
		say_field("Waiting", buffer_text(&b));
	buffer_clear(&b);
	write_format(&b, "roster %lld, zones %lld",
		(long long)json_number(s->status, "roster"),
		(long long)json_number(s->status, "zones"));
	say_field("In force", buffer_text(&b));
	json_array_foreach(edges, i, e)
	{
		buffer_clear(&b);
		edge_words(&b, e);
		say_field("Edge", buffer_text(&b));
	}
	buffer_free(&b);
}

static int
hub_status(struct run *run)
{
	struct standing s;
	int code = standing_ask(run, &s);

	if (code != EXIT_GOOD)
		return code;
	json_object_set_new(s.status, "state", json_string(standing_word(&s)));
	if (!say_json(run, json_incref(s.status)))
		status_say(&s);
	standing_free(&s);
	return EXIT_GOOD;
}

static int
alone_post(struct run *run, const struct standing *before)
{
	json_t *answer;
	int code = hub_ask(run, &answer, "POST", "/api/v1/alone", NULL);

	if (code != EXIT_GOOD)
		return code;
	if (!run->json && json_is_true(json_object_get(answer, "settled")))
		say("It signs entries now.\n");
	else if (!run->json && !before->reigns)
		say("A takeover waits for no edge now: belfry takeover propose FILE\n");
	else if (!run->json)
		say("It still signs none; see: belfry hub status\n");
	(void)say_json(run, answer);
	return EXIT_GOOD;
}

/* What it can cost: a fork for the hub that reigns; for one that shall, what that edge alone has. */
static const char *
alone_warning(const struct standing *s)
{
	return s->reigns
		       ? "If an edge holds entries that this hub lacks, as after a "
			 "restored\n"
			 "backup, their numbers will be signed a second time. That is a\n"
			 "fork: it cannot be undone, and is proof against this hub. "
			 "Orders\n"
			 "pass without this. Say yes only if that edge is gone for good.\n"
		       : "The takeover will wait for it no more: entries of the old hub "
			 "that\n"
			 "such an edge alone holds will be superseded. Orders in them are\n"
			 "obeyed all the same. Say yes only if that edge is gone for "
			 "good.\n";
}

static int
alone_agree(struct run *run, const struct standing *s)
{
	struct buffer b = {0};

	standing_unasked_words(&b, s);
	if (!run->json) {
		say("%sNot asked: ", hue(HUE_YELLOW));
		say_text(buffer_text(&b));
		say("%s\n%s", hue(HUE_NONE), alone_warning(s));
	}
	buffer_free(&b);
	return review_agree(run, "Go on without it? Type yes:");
}

static int
hub_alone(struct run *run)
{
	struct standing s;
	int code = standing_ask(run, &s);

	if (code != EXIT_GOOD)
		return code;
	if (s.forked || s.superseded)
		code = fail(run, EXIT_REFUSED,
			"this hub is %s: it signs no entry, alone or not; see: belfry hub "
			"status",
			standing_word(&s));
	else if (s.settled || standing_unasked(&s, 0) == NULL)
		code = fail(run, EXIT_REFUSED,
			"there is no need: %s; see: belfry hub status",
			s.settled ? "it signs entries already" : "every edge was asked");
	if (code == EXIT_GOOD)
		code = alone_agree(run, &s);
	if (code == EXIT_GOOD)
		code = alone_post(run, &s);
	standing_free(&s);
	return code;
}

int
command_hub(int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		{"status", "", "Show whether it signs entries, and for whom it waits",
			USES_HUB, 0, 0, NULL, hub_status},
		{"alone", "", "Let it sign entries though an edge was not asked",
			USES_HUB | USES_ASK, 0, 0, NULL, hub_alone},
		{NULL, NULL, NULL, 0, 0, 0, NULL, NULL},
	};

	return command_verbs("hub", "The hub itself", verbs, argc, argv);
}
