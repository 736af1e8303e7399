/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages_board.c: the board: what lives, what waits, and how sirens and edges are. */
#include "console/pages_inside.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EDGE_LATE_S = 30, CLOCK_OFF_MS = 5000 };

static json_t *
age_json(const json_t *age_s)
{
	char text[16];

	if (!json_is_integer(age_s))
		return json_string("never");
	age_write(text, json_integer_value(age_s) * 1000);
	return json_string(text);
}

static json_t *
live_row(const struct pages *p, struct soundings s, const json_t *a)
{
	const char *id = text_of_json(a, "alert"), *state = text_of_json(a, "state");

	return json_pack("{s:s,s:o,s:s,s:o,s:s,s:s,s:o,s:o,s:i,s:i,s:i}", "id", id, "code",
		code_of(id), "hazard", text_of_json(a, "playbook"), "zones",
		zones_words(p, json_object_get(a, "zones")), "state", state_colour(state),
		"state_words", state_words(state), "since",
		page_time(text_of_json(a, "since")), "expires",
		page_time(text_of_json(a, "expires")), "sounded", s.sounded, "failed",
		s.failed, "unknown", s.unknown);
}

static json_t *
over_row(const struct pages *p, const json_t *a)
{
	const char *id = text_of_json(a, "alert"), *state = text_of_json(a, "state");
	bool owes = json_is_true(json_object_get(a, "owes"));

	return json_pack("{s:s,s:o,s:s,s:o,s:s,s:s,s:s,s:s,s:s,s:s}", "id", id, "code",
		code_of(id), "hazard", text_of_json(a, "playbook"), "zones",
		zones_words(p, json_object_get(a, "zones")), "state", state_colour(state),
		"state_words", state_words(state), "author", "", "age", "", "command", "",
		"next",
		owes ? "its zones get the all clear of the other alert" : "nothing");
}

static bool
lives(const json_t *a)
{
	const char *state = text_of_json(a, "state");

	return strcmp(state, "live") == 0 || strcmp(state, "stopped") == 0;
}

/* False if there is no memory: half a list of what lives would be a lie. */
static bool
alerts_fill(const struct pages *p, struct daemon *d, const json_t *board, json_t *context,
	json_t *over)
{
	json_t *alerts = pages_ask(d, "/api/v1/recent"), *live = json_array();
	struct soundings *s =
		alerts != NULL ? soundings_count(&p->heard, p->zones, board, alerts) : NULL;
	bool good = s != NULL;

	for (size_t i = 0; good && i < json_array_size(alerts); i++) {
		const json_t *a = json_array_get(alerts, i);

		json_array_append_new(lives(a) ? live : over,
			lives(a) ? live_row(p, s[i], a) : over_row(p, a));
	}
	json_object_set_new(context, "any_live", json_boolean(json_array_size(live) > 0));
	json_object_set_new(context, "live", live);
	json_decref(alerts);
	free(s);
	return good;
}

static json_t *
proposal_row(const json_t *q)
{
	const char *id = text_of_json(q, "proposal"), *state = text_of_json(q, "state");
	bool waits = strcmp(state, "proposed") == 0;
	char command[64] = "", zones[32];

	snprintf(zones, sizeof zones, "%d zones",
		(int)json_integer_value(json_object_get(q, "zones")));
	if (waits)
		snprintf(command, sizeof command, "belfry alert approve %s", id);
	return json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:s,s:o,s:s,s:s}", "id", id, "code",
		code_of(id), "hazard", text_of_json(q, "verb"), "zones", zones, "state",
		state_colour(state), "state_words", state_words(state), "author",
		text_of_json(q, "author_name"), "age",
		age_json(json_object_get(q, "age_s")), "command", command, "next",
		waits ? "" : "nothing");
}

static void
group_add(json_t *groups, const char *state, const char *title, json_t *alerts)
{
	if (json_array_size(alerts) > 0)
		json_array_append_new(groups, json_pack("{s:s,s:s,s:O}", "state", state,
						      "title", title, "alerts", alerts));
	json_decref(alerts);
}

static void
groups_fill(struct daemon *d, json_t *context, json_t *over)
{
	json_t *proposals = pages_ask(d, "/api/v1/proposals"), *groups = json_array();
	json_t *waiting = json_array(), *refused = json_array();

	for (size_t i = 0; i < json_array_size(proposals); i++) {
		const json_t *q = json_array_get(proposals, i);
		const char *state = text_of_json(q, "state");

		if (strcmp(state, "proposed") == 0)
			json_array_append_new(waiting, proposal_row(q));
		else if (strcmp(state, "live") != 0)
			json_array_append_new(refused, proposal_row(q));
	}
	group_add(groups, "proposed", "Proposed, waiting for a second operator", waiting);
	group_add(groups, "rejected", "Rejected, or not approved in time", refused);
	group_add(groups, "ended", "Over", over);
	json_object_set_new(context, "groups", groups);
	json_decref(proposals);
}

static json_t *
power_json(const json_t *s, bool heard)
{
	char text[48];
	double volts = (double)json_integer_value(json_object_get(s, "battery_mv")) / 1000;

	if (!heard)
		return json_string("unknown");
	snprintf(text, sizeof text, "%sbattery %.1f V",
		json_is_true(json_object_get(s, "mains")) ? "mains, " : "NO MAINS, ",
		volts);
	return json_string(text);
}

static json_t *
clock_json(const json_t *s, bool heard)
{
	char text[48];

	if (!heard)
		return json_string("unknown");
	if (!json_is_true(json_object_get(s, "clock_sure")))
		return json_string("unsure of the time");
	snprintf(text, sizeof text, "%.1f s off",
		(double)json_integer_value(json_object_get(s, "clock_off_ms")) / 1000);
	return json_string(text);
}

static json_t *
note_json(const json_t *s)
{
	static const char *const flags[][2] = {{"locked", "locked on site"},
		{"door", "a door is open"}, {"disk_bad", "its disk refuses"}};
	struct buffer b = {0};
	json_t *out;

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (json_is_true(json_object_get(s, flags[i][0])))
			write_format(&b, "%s%s", b.len > 0 ? ", " : "", flags[i][1]);
	out = json_string(buffer_text(&b));
	buffer_free(&b);
	return out;
}

static json_t *
siren_row(const struct pages *p, const json_t *s)
{
	const char *state = text_of_json(s, "state");
	bool heard = strcmp(state, "unknown") != 0;

	return json_pack("{s:I,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o}", "number",
		json_integer_value(json_object_get(s, "siren")), "name",
		text_of_json(s, "name"), "zone",
		zone_words(p, json_integer_value(json_object_get(s, "zone"))), "state",
		state_colour(state), "state_words", state_words(state), "age",
		age_json(json_object_get(s, "age_s")), "power", power_json(s, heard),
		"clock", clock_json(s, heard), "note", note_json(s));
}

static void
sirens_fill(const struct pages *p, const json_t *board, json_t *context, json_t *warnings)
{
	const json_t *list = json_object_get(board, "sirens");
	json_t *rows = json_array();
	int off = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *s = json_array_get(list, i);
		json_int_t ms = json_integer_value(json_object_get(s, "clock_off_ms"));

		off += json_is_true(json_object_get(s, "clock_sure")) &&
		       (ms > CLOCK_OFF_MS || ms < -CLOCK_OFF_MS) &&
		       strcmp(text_of_json(s, "state"), "unknown") != 0;
		json_array_append_new(rows, siren_row(p, s));
	}
	if (off > 0)
		json_array_append_new(warnings,
			json_sprintf("The clocks of %d sirens are more than 5 s from the "
				     "hub's.",
				off));
	json_object_set_new(context, "any_sirens", json_boolean(json_array_size(rows) > 0));
	json_object_set_new(context, "sirens", rows);
	json_object_set(context, "counts", json_object_get(board, "counts"));
}

static void
edges_fill(const json_t *board, json_t *context, json_t *warnings)
{
	const json_t *list = json_object_get(board, "edges");
	json_t *rows = json_array();

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *e = json_array_get(list, i),
			     *age = json_object_get(e, "age_s");
		const char *name = text_of_json(e, "name");
		const char *state = text_of_json(e, "state");
		bool late = strcmp(state, "up") != 0 || !json_is_integer(age) ||
			    json_integer_value(age) > EDGE_LATE_S;

		if (late)
			json_array_append_new(warnings,
				json_sprintf("Edge %s is not heard: its page reads “not "
					     "current”.",
					name));
		state = late ? "unknown" : state;
		json_array_append_new(
			rows, json_pack("{s:s,s:s,s:s,s:o,s:O,s:s}", "name", name, "state",
				      state_colour(state), "state_words",
				      state_words(state), "age", age_json(age), "size",
				      json_object_get(e, "size"), "note",
				      json_is_true(json_object_get(e, "asked"))
					      ? ""
					      : "not yet asked what it has"));
	}
	json_object_set_new(context, "any_edges", json_boolean(json_array_size(rows) > 0));
	json_object_set_new(context, "edges", rows);
}

bool
board_fill(struct pages *p, struct daemon *d, json_t *context)
{
	const json_t *status = json_object_get(context, "status");
	json_t *board = pages_ask(d, "/api/v1/board"), *over = json_array();
	json_t *warnings = json_array();
	bool good;

	if (json_is_true(json_object_get(status, "forked")))
		json_array_append_new(warnings,
			json_string(
				"An edge holds entries that contradict this journal: the "
				"bulletin is forked. Nothing more is signed here."));
	else if (!json_is_true(json_object_get(status, "settled")))
		json_array_append_new(warnings,
			json_string("The hub waits until every edge has said what it has. "
				    "Orders pass meanwhile; entries are signed later."));
	sirens_fill(p, board, context, warnings);
	edges_fill(board, context, warnings);
	good = alerts_fill(p, d, board, context, over);
	groups_fill(d, context, over);
	json_object_set_new(context, "warnings", warnings);
	json_decref(board);
	return good;
}
