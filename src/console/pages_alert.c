/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages_alert.c: one alert or proposal, the form for a new one, and the draft it makes. */
#include "console/pages_inside.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static void
command_add(
	json_t *list, const char *verb, const char *word, const char *id, int signatures)
{
	json_array_append_new(list, json_pack("{s:s,s:o,s:s}", "verb", verb, "command",
					    json_sprintf("belfry alert %s %s", word, id),
					    "signatures", signatures == 1 ? "one" : "two"));
}

static void
history_add(json_t *list, const char *time, const char *what)
{
	json_array_append_new(
		list, json_pack("{s:o,s:s}", "time", page_time(time), "what", what));
}

static json_t *
live_commands(const char *id, bool lives)
{
	json_t *list = json_array();

	if (!lives)
		return list;
	command_add(list, "stop", "stop", id, 1);
	command_add(list, "say that it was false", "correct", id, 2);
	command_add(list, "change the zones", "update", id, 2);
	command_add(list, "give the all clear", "all-clear", id, 2);
	return list;
}

static void
author_fill(struct daemon *d, const char *id, json_t *context)
{
	json_t *path = json_sprintf("/api/v1/proposals/%s", id);
	json_t *q = pages_ask(d, json_string_value(path));

	json_object_set_new(context, "author",
		json_string(q != NULL ? text_of_json(q, "author_name")
				      : "see its order on the bulletin"));
	json_object_set_new(context, "digest",
		json_string(q != NULL ? text_of_json(q, "digest")
				      : "see its order on the bulletin"));
	json_decref(path);
	json_decref(q);
}

static void
state_fill(json_t *context, const char *id, const char *state)
{
	json_object_set_new(context, "id", json_string(id));
	json_object_set_new(context, "code", code_of(id));
	json_object_set_new(context, "state", json_string(state_colour(state)));
	json_object_set_new(context, "state_words", json_string(state_words(state)));
}

static void
soundings_fill(json_t *context, struct soundings s)
{
	json_object_set_new(context, "ordered", json_integer(s.ordered));
	json_object_set_new(context, "sounded", json_integer(s.sounded));
	json_object_set_new(context, "failed", json_integer(s.failed));
	json_object_set_new(context, "unknown", json_integer(s.unknown));
}

static void
commands_fill(json_t *context, json_t *commands)
{
	json_object_set_new(
		context, "any_commands", json_boolean(json_array_size(commands) > 0));
	json_object_set_new(context, "commands", commands);
}

static void
published_fill(struct pages *p, struct daemon *d, const json_t *a, json_t *context)
{
	const char *id = text_of_json(a, "alert"), *state = text_of_json(a, "state");
	bool lives = strcmp(state, "live") == 0 || strcmp(state, "stopped") == 0;
	json_t *board = pages_ask(d, "/api/v1/board"), *history = json_array();

	state_fill(context, id, state);
	author_fill(d, id, context);
	soundings_fill(context, soundings_of(p, board, a));
	json_object_set_new(context, "hazard", json_string(text_of_json(a, "playbook")));
	json_object_set_new(context, "zones", zones_words(p, json_object_get(a, "zones")));
	json_object_set_new(context, "texts", texts_shown(json_object_get(a, "content")));
	commands_fill(context, live_commands(id, lives));
	history_add(history, text_of_json(a, "since"), "went live");
	if (strcmp(state, "live") != 0)
		history_add(history, text_of_json(a, "changed"), state_words(state));
	json_object_set_new(context, "history", history);
	json_decref(board);
}

static void
proposal_fill(struct pages *p, struct daemon *d, const json_t *q, json_t *context)
{
	const char *id = text_of_json(q, "proposal"), *state = text_of_json(q, "state");
	json_t *content = json_loads(text_of_json(q, "content"), 0, NULL);
	json_t *board = pages_ask(d, "/api/v1/board"), *commands = json_array();
	json_t *history = json_array();
	struct soundings s = soundings_of(p, board, content);

	s.unknown = 0; /* nothing was ordered yet */
	s.ordered = 0;
	state_fill(context, id, state);
	author_fill(d, id, context);
	soundings_fill(context, s);
	json_object_set_new(context, "hazard",
		json_sprintf("%s: %s", text_of_json(q, "verb"),
			text_of_json(content, "playbook")));
	json_object_set_new(
		context, "zones", zones_words(p, json_object_get(content, "zones")));
	json_object_set_new(context, "texts", texts_shown(content));
	if (strcmp(state, "proposed") == 0) {
		command_add(commands, "approve, as another operator", "approve", id, 2);
		command_add(commands, "reject", "reject", id, 1);
	}
	commands_fill(context, commands);
	history_add(history, text_of_json(content, "sent"), "proposed");
	json_object_set_new(context, "history", history);
	json_decref(board);
	json_decref(content);
}

bool
alert_fill(struct pages *p, struct daemon *d, const char *id, json_t *context)
{
	json_t *path = json_sprintf("/api/v1/alerts/%s", id);
	json_t *found = path != NULL ? pages_ask(d, json_string_value(path)) : NULL;
	bool is_alert = found != NULL;

	json_decref(path);
	if (is_alert) {
		published_fill(p, d, found, context);
	} else {
		path = json_sprintf("/api/v1/proposals/%s", id);
		found = path != NULL ? pages_ask(d, json_string_value(path)) : NULL;
		json_decref(path);
		if (found != NULL)
			proposal_fill(p, d, found, context);
	}
	json_decref(found);
	return found != NULL;
}

static bool
is_chosen(const json_t *list, const char *id)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), id) == 0)
			return true;
	return false;
}

static json_t *
zone_choices(const struct pages *p, const json_t *board, const json_t *chosen)
{
	const struct zones_parts *parts = p->zones != NULL ? zones_parts(p->zones) : NULL;
	const json_t *sirens = json_object_get(board, "sirens");
	json_t *list = json_array();

	for (size_t i = 0; parts != NULL && i < parts->zone_count; i++) {
		const struct zone *z = &parts->zone[i];
		int count = 0;

		for (size_t k = 0; k < json_array_size(sirens); k++)
			count += zones_is_within(p->zones,
				(uint16_t)json_integer_value(
					json_object_get(json_array_get(sirens, k), "zone")),
				z->number);
		json_array_append_new(list,
			json_pack("{s:i,s:s,s:s,s:i,s:b}", "number", z->number, "id", z->id,
				"name", zone_name(z, "en"), "sirens", count, "chosen",
				is_chosen(json_object_get(chosen, "zones"), z->id)));
	}
	return list;
}

/* One line for all playbooks: in which languages no native speaker has read the words of some. */
static json_t *
unchecked_languages(const json_t *books)
{
	json_t *seen = json_object(), *out;
	struct buffer b = {0};
	const json_t *language;
	size_t i, k;
	json_t *book;

	json_array_foreach((json_t *)books, i, book)
		json_array_foreach(json_object_get(book, "unchecked"), k, language)
	{
		const char *name = json_string_value(language);

		if (name == NULL || json_object_get(seen, name) != NULL)
			continue;
		json_object_set_new(seen, name, json_true());
		write_format(&b, "%s%s", b.len > 0 ? ", " : "", name);
	}
	out = json_string(buffer_text(&b));
	buffer_free(&b);
	json_decref(seen);
	return out;
}

void
propose_fill(struct pages *p, struct daemon *d, json_t *context, const json_t *chosen,
	const char *problem)
{
	json_t *books = pages_ask(d, "/api/v1/playbooks"), *list = json_array();
	json_t *board = pages_ask(d, "/api/v1/board");
	json_int_t minutes = json_integer_value(json_object_get(chosen, "minutes"));

	for (size_t i = 0; i < json_array_size(books); i++) {
		const char *name = text_of_json(json_array_get(books, i), "name");

		json_array_append_new(list,
			json_pack("{s:s,s:s,s:b}", "id", name, "title", name, "chosen",
				strcmp(name, text_of_json(chosen, "playbook")) == 0));
	}
	json_object_set_new(context, "problem", json_string(problem));
	json_object_set_new(context, "token", json_string(p->token));
	json_object_set_new(context, "playbooks", list);
	json_object_set_new(context, "unchecked", unchecked_languages(books));
	json_object_set_new(context, "zones", zone_choices(p, board, chosen));
	json_object_set_new(context, "minutes", json_integer(minutes > 0 ? minutes : 60));
	json_decref(board);
	json_decref(books);
}

/* The line that drafts the same again on the operator's machine, where it is signed. */
static json_t *
propose_command(const json_t *ask)
{
	const json_t *zones = json_object_get(ask, "zones");
	struct buffer b = {0};
	json_t *out;

	write_format(&b, "belfry alert propose --playbook %s --zones ",
		text_of_json(ask, "playbook"));
	for (size_t i = 0; i < json_array_size(zones); i++)
		write_format(&b, "%s%s", i > 0 ? "," : "",
			json_string_value(json_array_get(zones, i)));
	write_format(&b, " --minutes %lld",
		(long long)json_integer_value(json_object_get(ask, "minutes")));
	out = json_string(buffer_text(&b));
	buffer_free(&b);
	return out;
}

/* A content does not say whether sirens sound by it; its playbook does. */
static void
silence_mark(struct daemon *d, json_t *content)
{
	json_t *books = pages_ask(d, "/api/v1/playbooks"), *book;
	size_t i;

	json_array_foreach(books, i, book) if (strcmp(text_of_json(book, "name"),
						       text_of_json(content, "playbook")) ==
					       0) json_object_set_new(content, "silent",
		json_boolean(*text_of_json(book, "pattern") == '\0'));
	json_decref(books);
}

void
draft_fill(struct pages *p, struct daemon *d, json_t *context, const json_t *ask,
	const json_t *draft)
{
	json_t *content = json_loads(text_of_json(draft, "content"), 0, NULL);
	json_t *board = pages_ask(d, "/api/v1/board");
	const char *id = text_of_json(content, "order");

	silence_mark(d, content);
	json_object_set_new(context, "code", code_of(id));
	json_object_set_new(
		context, "hazard", json_string(text_of_json(content, "playbook")));
	json_object_set_new(
		context, "zones", zones_words(p, json_object_get(content, "zones")));
	json_object_set_new(
		context, "sirens", json_integer(soundings_of(p, board, content).ordered));
	json_object_set(context, "minutes", json_object_get(ask, "minutes"));
	json_object_set_new(context, "texts", texts_shown(content));
	json_object_set_new(context, "command", propose_command(ask));
	json_object_set_new(
		context, "approve_command", json_string("belfry alert approve ID"));
	json_decref(board);
	json_decref(content);
}
