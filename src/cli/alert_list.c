/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alert_list.c: what the hub has, for people to read. */
#include "cli/alert_list.h"

#include "base/text.h"
#include "cli/review.h"
#include "cli/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A column of a stranger's text, `width` characters wide at least. */
static void
column(const char *text, int width)
{
	say_text(text);
	for (int n = (int)strlen(text); n < width; n++)
		say(" ");
	say("  ");
}

static bool
lives(const char *state)
{
	return strcmp(state, "live") == 0 || strcmp(state, "stopped") == 0;
}

static const char *
words_of(const char *state)
{
	if (strcmp(state, "expired") == 0)
		return "ended, no news";
	if (strcmp(state, "over") == 0)
		return "ended under another";
	return strcmp(state, "ended") == 0 ? "all clear" : state;
}

static void
alert_row(const json_t *a)
{
	const char *state = json_text(a, "state");
	enum hue h = strcmp(state, "live") == 0 ? HUE_RED
		     : lives(state)		? HUE_YELLOW
						: HUE_NONE;

	column(json_text(a, "alert"), 16);
	say("%s", h != HUE_NONE ? hue(h) : "");
	column(words_of(state), 19);
	say("%s", h != HUE_NONE ? hue(HUE_NONE) : "");
	column(json_text(a, "playbook"), 12);
	say("%3zu zones  since ", json_array_size(json_object_get(a, "zones")));
	say_text(json_text(a, "since"));
	if (lives(state)) {
		say("  until ");
		say_text(json_text(a, "expires"));
	}
	say("%s\n", json_is_true(json_object_get(a, "owes")) ? "  owes an all clear" : "");
}

static void
proposal_row(const json_t *p)
{
	char age[16];

	age_write(age, json_number(p, "age_s") * 1000);
	column(json_text(p, "proposal"), 16);
	column(json_text(p, "state"), 19);
	column(json_text(p, "verb"), 12);
	say("%3lld zones  by ", (long long)json_number(p, "zones"));
	say_text(json_text(p, "author_name"));
	say(", %s ago: ", age);
	say_text(json_text(p, "headline"));
	say("\n");
}

static size_t
say_alerts(const json_t *alerts, bool living)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(alerts); i++) {
		const json_t *a = json_array_get(alerts, i);

		if (lives(json_text(a, "state")) != living)
			continue;
		alert_row(a);
		n++;
	}
	return n;
}

static void
say_proposals(const json_t *proposals)
{
	for (size_t i = 0; i < json_array_size(proposals); i++)
		if (strcmp(json_text(json_array_get(proposals, i), "state"), "live") != 0)
			proposal_row(json_array_get(proposals, i));
}

int
alert_list(struct run *run)
{
	json_t *alerts, *proposals;
	int code = hub_ask(run, &alerts, "GET", "/api/v1/alerts", NULL);

	if (code != EXIT_GOOD)
		return code;
	code = hub_ask(run, &proposals, "GET", "/api/v1/proposals", NULL);
	if (code != EXIT_GOOD) {
		json_decref(alerts);
		return code;
	}
	if (!say_json(run,
		    json_pack("{s:O,s:O}", "alerts", alerts, "proposals", proposals))) {
		if (say_alerts(alerts, true) == 0)
			say("The hub's journal holds no live alert.\n");
		say_proposals(proposals);
		say_alerts(alerts, false);
	}
	json_decref(alerts);
	json_decref(proposals);
	return EXIT_GOOD;
}

static void
say_zones(const json_t *zones, const struct trust *t)
{
	struct buffer b = {0};

	for (size_t i = 0; i < json_array_size(zones); i++) {
		if (i > 0)
			write_text(&b, ", ");
		zone_words(&b, t, (uint16_t)json_integer_value(json_array_get(zones, i)));
	}
	say_field("Zones", buffer_text(&b));
	buffer_free(&b);
}

static void
say_alert(const json_t *a, const struct trust *t)
{
	const json_t *texts = json_object_get(json_object_get(a, "content"), "texts");
	const json_t *prepared = json_object_get(a, "prepared");
	const char *verb;
	json_t *value;

	say_field("Alert", json_text(a, "alert"));
	say_field("State", words_of(json_text(a, "state")));
	say_field("Playbook", json_text(a, "playbook"));
	say_zones(json_object_get(a, "zones"), t);
	say_field("Since", json_text(a, "since"));
	say_field("Expires", json_text(a, "expires"));
	if (!json_is_true(json_object_get(a, "on_disk")))
		say_field("Disk", "not yet on disk");
	for (size_t i = 0; i < json_array_size(texts); i++) {
		const json_t *text = json_array_get(texts, i);

		say_field(json_text(text, "language"), json_text(text, "headline"));
	}
	json_object_foreach((json_t *)prepared, verb, value)
	{
		const char *error = json_text(value, "error");

		say_field(verb, error[0] != '\0' ? error : "prepared");
	}
}

int
alert_show(struct run *run)
{
	struct trust trust;
	struct review *r = NULL;
	char id[17], path[64];
	json_t *o = NULL;
	int code = hub_id(run, id, run->argument[0], ID_OF_EITHER);

	if (code == EXIT_GOOD)
		code = trust_open(run, &trust);
	if (code != EXIT_GOOD)
		return code;
	snprintf(path, sizeof path, "/api/v1/alerts/%s", id);
	code = hub_ask_perhaps(run, &o, path);
	if (code == EXIT_GOOD && o != NULL) {
		if (!run->json)
			say_alert(o, &trust);
	} else if (code == EXIT_GOOD) {
		snprintf(path, sizeof path, "/api/v1/proposals/%s", id);
		code = hub_ask(run, &o, "GET", path, NULL);
		if (code == EXIT_GOOD)
			code = review_read(run, &r, &trust, o);
		if (code == EXIT_GOOD && !run->json) {
			review_show(run, r, &trust);
			say_field("Author", json_text(o, "author_name"));
			say_field("State", json_text(o, "state"));
		}
	}
	if (code == EXIT_GOOD)
		(void)say_json(run, json_incref(o));
	json_decref(o);
	review_free(r);
	trust_free(&trust);
	return code;
}
