/* SPDX-License-Identifier: GPL-3.0-or-later */
/* belfry.c: the command line: which word runs what. */
#include "cli/commands.h"
#include "demo/commands.h"
#include "sim/sim.h"

#include <curl/curl.h>
#include <libxml/parser.h>
#include <signal.h>
#include <sodium.h>

int
main(int argc, char **argv)
{
	static const struct command commands[] = {
		{"alert", "propose, approve, stop, correct, update, end; what lives",
			command_alert},
		{"bulletin", "read and verify the public bulletin", command_bulletin},
		{"cap", "messages of CAP: check, show, write anew, compare, follow",
			command_cap},
		{"demo", "a whole territory on this machine, to try it out", demo_command},
		{"hub", "what the hub says of itself", command_hub},
		{"key", "key files of persons", command_key},
		{"playbook", "alerts prepared in calm: what an editor would mend",
			command_playbook},
		{"replay", "recorded alerts through the whole chain, counted",
			replay_command},
		{"roster", "who may sign what", command_roster},
		{"sim", "a whole territory in one process, in virtual time", sim_command},
		{"siren", "the boxes: list, test, enrol", command_siren},
		{"takeover", "make the standby hub the one that signs", command_takeover},
		{"watch", "the live board", command_watch},
		{"zones", "the territory's zones: check, import", command_zones},
		{NULL, NULL, NULL},
	};
	int code;

	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return EXIT_FAILED;
	signal(SIGPIPE, SIG_IGN);
	xmlInitParser();
	code = command_run(commands, argc, argv);
	curl_global_cleanup();
	return code;
}
