/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_alert.c: `belfry alert`: propose, approve and the four verbs. What is listed: alert_list.c. */
#include "cli/commands.h"

#include "base/text.h"
#include "cap/capmsg.h"
#include "cli/alert_list.h"
#include "cli/files.h"
#include "cli/hub.h"
#include "cli/ordering.h"
#include "cli/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTES_MAX = 1092 }; /* an order lives for up to 65,535 s */

/* A whole number of an option into the request. Gives an exit code. */
static int
number_into(const struct run *run, json_t *ask, const char *option, uint64_t max)
{
	const char *text = run_option(run, option);
	uint64_t v;

	if (text == NULL)
		return EXIT_GOOD;
	if (number_read(&v, text, strlen(text), max) != ERR_OK || v == 0)
		return fail(run, EXIT_USAGE, "--%s must be a whole number from 1 to %llu",
			option, (unsigned long long)max);
	json_object_set_new(ask, option, json_integer((json_int_t)v));
	return EXIT_GOOD;
}

/* Read strictly, written again as UTF-8: a file may come in another encoding. */
static enum err
cap_read(struct buffer *out, const struct buffer *file, struct fault *fault)
{
	struct arena *arena;
	struct capmsg msg;
	enum err err = arena_new(&arena);

	if (err != ERR_OK)
		return err;
	err = capmsg_read_max(&msg, arena, file->at, file->len, CAPMSG_OWN_MAX, fault);
	if (err == ERR_OK)
		err = capmsg_write(out, &msg, fault);
	arena_free(arena);
	return err;
}

static int
cap_into(const struct run *run, json_t *ask)
{
	const char *path = run_option(run, "cap");
	struct buffer file = {0}, text = {0};
	struct fault fault = {""}, inner = {""};
	enum err err;

	if (path == NULL)
		return EXIT_GOOD;
	err = input_read(&file, path, CAPMSG_OWN_MAX, &fault);
	if (err == ERR_OK) {
		err = cap_read(&text, &file, &inner);
		fault_write(&fault, "%s: %s", path, inner.text);
	}
	if (err == ERR_OK)
		json_object_set_new(ask, "cap", json_string(buffer_text(&text)));
	buffer_free(&file);
	buffer_free(&text);
	return err == ERR_OK ? EXIT_GOOD : fail(run, EXIT_FAILED, "%s", fault.text);
}

static int
alert_propose(struct run *run)
{
	json_t *ask = json_pack("{s:s}", "verb", "alert");
	const char *playbook = run_option(run, "playbook");
	int code;

	if (playbook != NULL)
		json_object_set_new(ask, "playbook", json_string(playbook));
	if (run_has(run, "separate"))
		json_object_set_new(ask, "separate", json_true());
	if (run_has(run, "break-glass"))
		json_object_set_new(ask, "break_glass", json_true());
	if (playbook == NULL || (!run_has(run, "zones") && !run_has(run, "cap")))
		code = fail(run, EXIT_USAGE,
			"--playbook P is needed, and --zones A,B,C or --cap FILE to say "
			"where");
	else
		code = number_into(run, ask, "minutes", MINUTES_MAX);
	if (code == EXIT_GOOD)
		code = number_into(run, ask, "seconds", UINT16_MAX);
	if (code == EXIT_GOOD)
		code = cap_into(run, ask);
	if (code == EXIT_GOOD)
		code = order_propose(run, ask, run_option(run, "zones"), NULL);
	json_decref(ask);
	return code;
}

/* stop, correct, all-clear and end name an alert; update names zones, too. */
static int
follow_up(struct run *run, const char *verb, const char *zones, json_t **outcome)
{
	char id[17];
	json_t *ask;
	int code = hub_id(run, id, run->argument[0], ID_OF_ALERT);

	if (code != EXIT_GOOD)
		return code;
	ask = json_pack("{s:s,s:s}", "verb", verb, "alert", id);
	if (zones != NULL)
		code = number_into(run, ask, "minutes", MINUTES_MAX);
	if (code == EXIT_GOOD)
		code = order_propose(run, ask, zones, outcome);
	json_decref(ask);
	return code;
}

static int
alert_stop(struct run *run)
{
	return follow_up(run, "stop", NULL, NULL);
}

/* The stop counts at once, by one signature; that it was false needs the second one. */
static int
alert_correct(struct run *run)
{
	char id[17], path[64];
	json_t *a;
	bool sounds;
	int code = hub_id(run, id, run->argument[0], ID_OF_ALERT);

	if (code != EXIT_GOOD)
		return code;
	snprintf(path, sizeof path, "/api/v1/alerts/%s", id);
	code = hub_ask(run, &a, "GET", path, NULL);
	if (code != EXIT_GOOD)
		return code;
	sounds = strcmp(json_text(a, "state"), "live") == 0;
	json_decref(a);
	run->before_name = "stop";
	if (sounds)
		code = follow_up(run, "stop", NULL, &run->before);
	return code == EXIT_GOOD ? follow_up(run, "correction", NULL, NULL) : code;
}

static int
alert_update(struct run *run)
{
	const char *zones = run_option(run, "zones");

	if (zones == NULL)
		return fail(run, EXIT_USAGE,
			"--zones is needed: all zones where the alert is in force after "
			"this");
	return follow_up(run, "update", zones, NULL);
}

static int
alert_all_clear(struct run *run)
{
	return follow_up(run, "all-clear", NULL, NULL);
}

static int
alert_end(struct run *run)
{
	return follow_up(run, "end", NULL, NULL);
}

enum {
	PROPOSES = USES_HUB | USES_KEY | USES_ASK | USES_TRUST,
};

int
command_alert(int argc, char **argv)
{
	static const struct option_line propose[] = {
		{"playbook", "P", "the prepared alert, as air-raid or missile"},
		{"zones", "A,B,C", "where: ids or numbers (else the areas of --cap)"},
		{"minutes", "M", "until it ends by itself (else the playbook's)"},
		{"seconds", "S", "how long sirens sound (else the playbook's)"},
		{"separate", NULL, "sound also where the same alarm is on air"},
		{"break-glass", NULL, "one operator, under a mandate, up to 30 minutes"},
		{"cap", "FILE", "take the words from this CAP message"},
		{NULL, NULL, NULL},
	};
	static const struct option_line update[] = {
		{"zones", "A,B,C", "where it is in force after this"},
		{"minutes", "M", "until it ends by itself (else the playbook's)"},
		{NULL, NULL, NULL},
	};
	static const struct option_line approve[] = {
		{"last", NULL, "the newest proposal that waits, instead of an ID"},
		{NULL, NULL, NULL},
	};
	static const struct option_line reject[] = {
		{"reason", "TEXT", "why; kept in the journal"},
		{NULL, NULL, NULL},
	};
	static const struct cli_verb verbs[] = {
		{"propose", "", "Sign an alert as its author; nothing sounds yet", PROPOSES,
			0, 0, propose, alert_propose},
		{"approve", "[ID]", "Sign somebody else's proposal as the second operator",
			PROPOSES, 0, 1, approve, order_approve},
		{"reject", "ID", "Refuse a proposal", USES_HUB | USES_KEY | USES_TRUST, 1,
			1, reject, order_reject},
		{"stop", "ID", "Stop it at once: \"we are checking\"; one signature",
			PROPOSES, 1, 1, NULL, alert_stop},
		{"correct", "ID", "Stop it at once and propose to say that it was false",
			PROPOSES, 1, 1, NULL, alert_correct},
		{"update", "ID", "Propose other zones for it", PROPOSES, 1, 1, update,
			alert_update},
		{"all-clear", "ID", "Propose the all clear", PROPOSES, 1, 1, NULL,
			alert_all_clear},
		{"end", "ID", "Propose to end it without a sound, under another alert",
			PROPOSES, 1, 1, NULL, alert_end},
		{"list", "", "List what lives, what waits and what is over", USES_HUB, 0, 0,
			NULL, alert_list},
		{"show", "ID", "Show an alert or a proposal", USES_HUB | USES_TRUST, 1, 1,
			NULL, alert_show},
		{NULL, NULL, NULL, 0, 0, 0, NULL, NULL},
	};

	return command_verbs("alert", "Alerts from proposal to end", verbs, argc, argv);
}
