/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_siren.c: `belfry siren`: list the boxes, test them, enrol one. */
#include "cli/commands.h"

#include "base/text.h"
#include "bulletin/enrolment.h"
#include "cli/board.h"
#include "cli/ordering.h"
#include "cli/review.h"
#include "cli/say.h"

#include <string.h>
#include <time.h>

static int
siren_list(struct run *run)
{
	json_t *board;
	int code = hub_ask(run, &board, "GET", "/api/v1/board", NULL);

	if (code != EXIT_GOOD)
		return code;
	if (!say_json(run, json_incref(json_object_get(board, "sirens"))))
		board_say_sirens(board);
	json_decref(board);
	return EXIT_GOOD;
}

static int
siren_test(struct run *run)
{
	const char *zones = run_option(run, "zones");
	json_t *ask;
	int code;

	if (zones == NULL)
		return fail(run, EXIT_USAGE, "--zones A,B,C is needed");
	ask = json_pack("{s:s,s:b}", "verb", "test", "growl", run_has(run, "growl"));
	code = order_propose(run, ask, zones, NULL);
	json_decref(ask);
	return code;
}

static bool
public_key_read(struct public_key *out, const char *text)
{
	struct buffer raw = {0};
	bool good = base64_read(&raw, text, strlen(text)) == ERR_OK &&
		    raw.len == sizeof out->at;

	if (good)
		memcpy(out->at, raw.at, sizeof out->at);
	buffer_free(&raw);
	return good;
}

/* Signed now: a later enrolment of the same siren takes the place of this one. */
static json_t *
enrolment_json(const struct run *run, const struct trust *trust, const struct key *key,
	uint32_t number, uint16_t zone, const struct public_key *public)
{
	struct hash digest;
	struct timespec now;
	char time[TIME_TEXT];
	int64_t now_ms;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	time_write(time, now_ms);
	digest = enrolment_digest(trust->roster.territory, number, zone, public, now_ms);
	return json_pack("{s:I,s:s,s:i,s:s,s:s,s:i,s:o}", "siren", (json_int_t)number,
		"name", run_option(run, "name"), "zone", (int)zone, "public_key",
		run_option(run, "public-key"), "time", time, "key", key->number,
		"signature", key_sign(key, &digest));
}

static int
enrol(struct run *run, const struct trust *trust, const struct key *key, uint32_t number,
	const struct public_key *public)
{
	struct buffer words = {0};
	json_t *post, *answer;
	uint16_t zone;
	size_t count;
	int code = zones_of_list(run, trust, run_option(run, "zone"), &zone, &count, 1);

	if (code != EXIT_GOOD)
		return code;
	zone_words(&words, trust, zone);
	if (!run->json) {
		say("Siren %u, ", number);
		say_text(run_option(run, "name"));
		say(", in ");
		say_text(buffer_text(&words));
		say(", key %s\n", run_option(run, "public-key"));
	}
	buffer_free(&words);
	code = review_agree(run, "Sign its enrolment as an administrator? Type yes:");
	if (code != EXIT_GOOD)
		return code;
	post = enrolment_json(run, trust, key, number, zone, public);
	code = hub_ask(run, &answer, "POST", "/api/v1/sirens", post);
	json_decref(post);
	if (code != EXIT_GOOD)
		return code;
	if (!run->json)
		say("Enrolled. It is UNKNOWN until it is heard.\n");
	(void)say_json(run, answer);
	return EXIT_GOOD;
}

static int
siren_enrol(struct run *run)
{
	const char *text = run_option(run, "siren"),
		   *public_key = run_option(run, "public-key");
	struct public_key public;
	struct trust trust;
	struct key key;
	uint64_t number;
	int code;

	if (text == NULL ||
		number_read(&number, text, strlen(text), UINT32_MAX) != ERR_OK ||
		number == 0)
		return fail(run, EXIT_USAGE, "--siren N is needed, 1 or more");
	if (!run_has(run, "zone") || !run_has(run, "name"))
		return fail(run, EXIT_USAGE, "--zone ID and --name NAME are needed");
	if (public_key == NULL || !public_key_read(&public, public_key))
		return fail(run, EXIT_USAGE,
			"--public-key is needed: 32 bytes in base64, as the box prints "
			"them");
	code = key_of_run(run, &key);
	if (code == EXIT_GOOD)
		code = trust_open(run, &trust);
	if (code != EXIT_GOOD)
		return code;
	code = enrol(run, &trust, &key, (uint32_t)number, &public);
	trust_free(&trust);
	return code;
}

int
command_siren(int argc, char **argv)
{
	static const struct option_line test[] = {
		{"zones", "A,B,C", "whose boxes: ids or numbers"},
		{"growl", NULL, "a growl of up to 5 s instead of a silent test"},
		{NULL, NULL, NULL},
	};
	static const struct option_line enrolment[] = {
		{"siren", "N", "the box's number"},
		{"zone", "ID", "the zone where it stands"},
		{"name", "NAME", "what people call it, under 48 bytes"},
		{"public-key", "BASE64", "the public half of the box's key"},
		{NULL, NULL, NULL},
	};
	static const struct cli_verb verbs[] = {
		{"list", "", "List the boxes with state and age", USES_HUB, 0, 0, NULL,
			siren_list},
		{"test", "", "Order a test; one operator's signature is enough",
			USES_HUB | USES_KEY | USES_ASK | USES_TRUST, 0, 0, test,
			siren_test},
		{"enrol", "", "Make a box known, as an administrator",
			USES_HUB | USES_KEY | USES_ASK | USES_TRUST, 0, 0, enrolment,
			siren_enrol},
		{NULL, NULL, NULL, 0, 0, 0, NULL, NULL},
	};

	return command_verbs("siren", "The boxes that sound", verbs, argc, argv);
}
