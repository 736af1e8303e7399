/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_watch.c: `belfry watch`: the live board. */
#include "cli/commands.h"

#include "base/text.h"
#include "cli/board.h"
#include "cli/hub.h"
#include "cli/say.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void
interrupt(int signo)
{
	(void)signo;
	interrupted = 1;
}

static void
say_alerts(const json_t *alerts)
{
	size_t lives = 0;

	for (size_t i = 0; i < json_array_size(alerts); i++) {
		const json_t *a = json_array_get(alerts, i);
		const char *state = json_text(a, "state");
		bool live = strcmp(state, "live") == 0;

		if (!live && strcmp(state, "stopped") != 0)
			continue;
		lives++;
		say("%salert %s", hue(live ? HUE_RED : HUE_YELLOW),
			live ? "LIVE " : "stopped ");
		say_text(json_text(a, "alert"));
		say("%s  ", hue(HUE_NONE));
		say_text(json_text(a, "playbook"));
		say(", %zu zones, until ", json_array_size(json_object_get(a, "zones")));
		say_text(json_text(a, "expires"));
		say("\n");
	}
	if (lives == 0)
		say("No live alert in the hub's journal.\n");
}

static void
say_board(const json_t *status, const json_t *board, const json_t *alerts)
{
	say("%s%s %s%s, hub ", hue(HUE_BOLD),
		strcmp(json_text(status, "mode"), "live") == 0 ? "LIVE" : "EXERCISE",
		"territory", hue(HUE_NONE));
	say_text(json_text(status, "hub"));
	say(" term %lld, %lld entries, ", (long long)json_number(status, "term"),
		(long long)json_number(status, "size"));
	say_text(json_text(status, "clock"));
	say("%s\n", json_is_true(json_object_get(status, "settled"))
			    ? ""
			    : ", waits for its edges before it signs");
	say_alerts(alerts);
	board_say_counts(board);
	board_say_sirens(board);
	board_say_edges(board);
}

static int
look(struct run *run, bool clear)
{
	json_t *status = NULL, *board = NULL, *alerts = NULL;
	int code = hub_ask(run, &status, "GET", "/api/v1/status", NULL);

	if (code == EXIT_GOOD)
		code = hub_ask(run, &board, "GET", "/api/v1/board", NULL);
	if (code == EXIT_GOOD)
		code = hub_ask(run, &alerts, "GET", "/api/v1/recent", NULL);
	if (code == EXIT_GOOD &&
		!say_json(run, json_pack("{s:O,s:O,s:O}", "status", status, "board", board,
				       "alerts", alerts))) {
		if (clear)
			say("\033[H\033[2J");
		say_board(status, board, alerts);
	}
	fflush(stdout);
	json_decref(status);
	json_decref(board);
	json_decref(alerts);
	return code;
}

static int
watch(struct run *run)
{
	bool once = run_has(run, "once"), screen = isatty(STDOUT_FILENO) && !run->json;
	struct timespec second = {1, 0};
	int code = look(run, screen && !once);

	if (once || code != EXIT_GOOD)
		return code;
	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	while (!interrupted && !ferror(stdout)) {
		nanosleep(&second, NULL);
		if (interrupted)
			break;
		/* An old board would look like a good one: without the hub it goes. */
		code = look(run, screen);
		if (code == EXIT_NO_HUB && screen)
			say("\033[H\033[2JThe hub is not reached: all is UNKNOWN.\n");
		else if (code == EXIT_NO_HUB)
			say("The hub is not reached: all is UNKNOWN.\n");
		fflush(stdout);
	}
	return code;
}

int
command_watch(int argc, char **argv)
{
	static const struct option_line options[] = {
		{"once", NULL, "show it once and end"},
		{NULL, NULL, NULL},
	};
	static const struct cli_verb verbs[] = {
		{"", "", "The live board: each siren and edge with its state and age",
			USES_HUB, 0, 0, options, watch},
		{NULL, NULL, NULL, 0, 0, 0, NULL, NULL},
	};

	return command_verbs("watch", "The live board", verbs, argc, argv);
}
