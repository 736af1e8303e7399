/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_roster.c: `belfry roster`: show, propose, sign, submit, revoke. */
#include "cli/commands.h"

#include "cli/files.h"
#include "cli/review.h"
#include "cli/revocations.h"
#include "cli/revoking.h"
#include "cli/roster_make.h"
#include "cli/roster_show.h"
#include "cli/say.h"

#include <string.h>

/* A roster file and what is in it, in `arena`. */
static int
roster_of_file(const struct run *run, struct roster *out, struct document *d,
	struct arena *arena, const char *path)
{
	struct fault fault = {""};
	int code = document_of_file(run, d, arena, path);

	if (code == EXIT_GOOD && roster_read(out, arena, d->text, &fault) != ERR_OK)
		code = fail(run, EXIT_FAILED, "%s: %s", path, fault.text);
	return code;
}

/* `revocations` may be NULL: a file knows of none. */
static int
show(const struct run *run, const struct roster *r, const struct document *d,
	const struct revocations *revocations)
{
	const char *out = run_option(run, "out");
	json_t *o;

	if (out != NULL) {
		int code = document_to_file(run, d, out);

		if (code != EXIT_GOOD)
			return code;
	}
	o = json_loadb((const char *)d->text.at, d->text.len, 0, NULL);
	if (revocations != NULL)
		json_object_set(o, "revocations", revocations->list);
	if (say_json(run, o))
		return EXIT_GOOD;
	roster_say(r);
	if (revocations != NULL)
		revocations_say(revocations, r);
	say("  Signed by ");
	for (size_t i = 0; i < d->approval_count; i++)
		say("%s%u", i > 0 ? ", " : "", d->approval[i].key);
	say("%s\n", d->approval_count == 0 ? "nobody yet" : "");
	return EXIT_GOOD;
}

static int
show_in_force(struct run *run)
{
	struct revocations revocations;
	struct trust trust;
	int code = trust_open(run, &trust);

	if (code != EXIT_GOOD)
		return code;
	code = revocations_ask(run, &revocations, &trust);
	if (code == EXIT_GOOD) {
		code = show(run, &trust.roster, &trust.document, &revocations);
		revocations_free(&revocations);
	}
	trust_free(&trust);
	return code;
}

static int
roster_show(struct run *run)
{
	struct document d;
	struct roster r;
	struct arena *arena;
	int code;

	if (run->arguments == 0)
		return show_in_force(run);
	if (arena_new(&arena) != ERR_OK)
		return fail(run, EXIT_FAILED, "out of memory");
	code = roster_of_file(run, &r, &d, arena, run->argument[0]);
	if (code == EXIT_GOOD)
		code = show(run, &r, &d, NULL);
	arena_free(arena);
	return code;
}

/* Judge the text, say what it changes, write it without signatures. */
static int
proposed(struct run *run, struct buffer *text, const struct roster *now)
{
	struct document d = {.text = buffer_bytes(text)};
	struct arena *arena;
	struct fault fault = {""};
	struct roster next;
	int code;

	if (arena_new(&arena) != ERR_OK)
		return fail(run, EXIT_FAILED, "out of memory");
	if (roster_read(&next, arena, d.text, &fault) != ERR_OK)
		code = fail(run, EXIT_FAILED, "that would be no roster: %s", fault.text);
	else
		code = document_to_file(run, &d, run->argument[0]);
	if (code == EXIT_GOOD && !run->json) {
		if (roster_say_changes(now, &next) == 0)
			say("It changes nothing but its serial.\n");
		say("Two administrators sign it now: belfry roster sign ");
		say_text(run->argument[0]);
		say("\n");
	} else if (code == EXIT_GOOD) {
		(void)say_json(run, json_pack("{s:I}", "serial", (json_int_t)next.serial));
	}
	arena_free(arena);
	return code;
}

static int
roster_propose(struct run *run)
{
	struct buffer text = {0};
	struct trust trust;
	bool first = run_has(run, "first");
	int code = first ? EXIT_GOOD : trust_open(run, &trust);

	if (code != EXIT_GOOD)
		return code;
	code = roster_make(run, &text, first ? NULL : &trust.roster,
		first ? bytes_of(NULL, 0) : trust.document.text);
	if (code == EXIT_GOOD)
		code = proposed(run, &text, first ? NULL : &trust.roster);
	if (!first)
		trust_free(&trust);
	buffer_free(&text);
	return code;
}

/* What this roster changes against the one in force; a first one is shown whole. */
static int
changes(struct run *run, const struct roster *next)
{
	struct trust trust;
	int code;

	if (next->serial == 1) {
		if (!run->json)
			roster_say(next);
		return EXIT_GOOD;
	}
	code = trust_open(run, &trust);
	if (code != EXIT_GOOD)
		return code;
	if (!hash_equal(&next->previous, &trust.roster.hash))
		code = fail(run, EXIT_REFUSED,
			"it does not follow roster %u, which is in force; propose it anew",
			trust.roster.serial);
	else if (!run->json && roster_say_changes(&trust.roster, next) == 0)
		say("It changes nothing but its serial.\n");
	trust_free(&trust);
	return code;
}

static int
sign_roster(struct run *run, struct arena *arena, const struct key *key)
{
	struct document d;
	struct roster next;
	struct fault fault = {""};
	int code = roster_of_file(run, &next, &d, arena, run->argument[0]);

	if (code == EXIT_GOOD)
		code = changes(run, &next);
	if (code == EXIT_GOOD)
		code = review_agree(run, "Sign it as an administrator? Type yes:");
	if (code != EXIT_GOOD)
		return code;
	if (document_sign(&d, "roster", key, &fault) != ERR_OK)
		return fail(run, EXIT_REFUSED, "%s", fault.text);
	code = document_to_file(run, &d, run->argument[0]);
	if (code == EXIT_GOOD &&
		!say_json(run, json_pack("{s:i}", "signatures", (int)d.approval_count)))
		say("Signed; it has %zu of 2 signatures.\n", d.approval_count);
	return code;
}

static int
roster_sign(struct run *run)
{
	struct arena *arena;
	struct key key;
	int code = key_of_run(run, &key);

	if (code != EXIT_GOOD)
		return code;
	if (arena_new(&arena) != ERR_OK)
		return fail(run, EXIT_FAILED, "out of memory");
	code = sign_roster(run, arena, &key);
	arena_free(arena);
	return code;
}

static int
roster_submit(struct run *run)
{
	return document_submit(run, "roster", run->argument[0]);
}

int
command_roster(int argc, char **argv)
{
	static const struct option_line out[] = {
		{"out", "FILE", "write the signed document there, for --roster"},
		{NULL, NULL, NULL},
	};
	static const struct option_line revoke[] = {
		{"file", "FILE",
			"where the first of two administrators leaves it for the second"},
		{NULL, NULL, NULL},
	};
	static const struct cli_verb verbs[] = {
		{"show", "[FILE]", "Show the roster in force, or the one of a file",
			USES_HUB | USES_TRUST, 0, 1, out, roster_show},
		{"propose", "FILE", "Write the next roster, unsigned, to FILE",
			USES_HUB | USES_TRUST, 1, 1, roster_make_options, roster_propose},
		{"sign", "FILE",
			"Show what it changes and add an administrator's signature",
			USES_HUB | USES_KEY | USES_ASK | USES_TRUST, 1, 1, NULL,
			roster_sign},
		{"submit", "FILE", "Bring a roster with two signatures into force",
			USES_HUB, 1, 1, NULL, roster_submit},
		{"revoke", "N",
			"Make a key void for ever: by itself or by two administrators",
			USES_HUB | USES_KEY | USES_ASK | USES_TRUST, 1, 1, revoke,
			key_revoke},
		{"suspend", "MANDATE",
			"Stop a mandate for an hour; one operator's signature",
			USES_HUB | USES_KEY | USES_ASK | USES_TRUST, 1, 1, NULL,
			mandate_suspend},
		{NULL, NULL, NULL, 0, 0, 0, NULL, NULL},
	};

	return command_verbs("roster", "Who may sign what", verbs, argc, argv);
}
