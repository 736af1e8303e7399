/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board.c: one line a box, one line an edge. */
#include "cli/board.h"

#include "base/text.h"
#include "cli/say.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *state, *words;
	enum hue hue;
} states[] = {
	{"ready", "ready", HUE_GREEN},
	{"up", "up", HUE_GREEN},
	{"sounding", "SOUNDING", HUE_RED},
	{"fault", "FAULT", HUE_YELLOW},
	{"unordered", "SOUNDS UNORDERED", HUE_RED},
};

/* A word that this program does not know is no good news: it reads UNKNOWN. */
static void
say_state(const char *state)
{
	const char *words = "UNKNOWN";
	enum hue h = HUE_YELLOW;

	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (strcmp(states[i].state, state) == 0) {
			words = states[i].words;
			h = states[i].hue;
		}
	say("%s%-16s%s", hue(h), words, hue(HUE_NONE));
}

static void
say_age(const json_t *row)
{
	const json_t *age_s = json_object_get(row, "age_s");
	char text[16];

	if (json_is_integer(age_s))
		age_write(text, json_integer_value(age_s) * 1000);
	say("  heard %-12s", json_is_integer(age_s) ? text : "never");
}

static void
say_flags(const json_t *s)
{
	static const char *const flags[][2] = {{"door", "door open"},
		{"locked", "locked on site"}, {"disk_bad", "disk refuses"}};
	double off_s = (double)json_number(s, "clock_off_ms") / 1000;

	say(" %s, %.1f V", json_is_true(json_object_get(s, "mains")) ? "mains" : "NO MAINS",
		(double)json_number(s, "battery_mv") / 1000);
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (json_is_true(json_object_get(s, flags[i][0])))
			say(", %s", flags[i][1]);
	if (!json_is_true(json_object_get(s, "clock_sure")))
		say(", unsure of the time");
	else if (off_s > 5 || off_s < -5)
		say(", %sclock %.1f s off%s", hue(HUE_RED), off_s, hue(HUE_NONE));
	if (json_text(s, "order")[0] != '\0') {
		say(", last ");
		say_text(json_text(s, "event"));
		say(" ");
		say_text(json_text(s, "order"));
	}
}

static void
say_siren(const json_t *s)
{
	say("siren %-6lld ", (long long)json_number(s, "siren"));
	say_state(json_text(s, "state"));
	say_age(s);
	say(" zone %-5lld ", (long long)json_number(s, "zone"));
	say_text(json_text(s, "name"));
	if (json_is_integer(json_object_get(s, "age_s")))
		say_flags(s);
	say("\n");
}

void
board_say_sirens(const json_t *board)
{
	const json_t *list = json_object_get(board, "sirens");

	for (size_t i = 0; i < json_array_size(list); i++)
		say_siren(json_array_get(list, i));
	if (json_array_size(list) == 0)
		say("No siren is enrolled.\n");
}

void
board_say_edges(const json_t *board)
{
	const json_t *list = json_object_get(board, "edges");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *e = json_array_get(list, i);

		say("edge ");
		say_text(json_text(e, "name"));
		say("  ");
		say_state(json_text(e, "state"));
		say_age(e);
		say(" had %lld entries when it connected%s\n",
			(long long)json_number(e, "size"),
			json_is_true(json_object_get(e, "asked")) ? "" : ", not yet asked");
	}
	if (json_array_size(list) == 0)
		say("No edge is configured: nobody outside can see an alert.\n");
}

void
board_say_counts(const json_t *board)
{
	const json_t *c = json_object_get(board, "counts");

	say("%lld sounding, %lld ready, %lld with a fault, %lld UNKNOWN, %lld unordered\n",
		(long long)json_number(c, "sounding"), (long long)json_number(c, "ready"),
		(long long)json_number(c, "fault"), (long long)json_number(c, "unknown"),
		(long long)json_number(c, "unordered"));
}
