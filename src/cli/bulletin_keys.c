/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bulletin_keys.c: walks the rosters and takeovers of a bulletin. */
#include "cli/bulletin_keys.h"

#include "base/text.h"
#include "bulletin/takeover.h"
#include "bulletin/verdict.h"
#include "cli/say.h"
#include "cli/trust.h"

#include <stdlib.h>
#include <string.h>

struct walk {
	struct arena *arena;
	struct bulletin_keys *keys;
	struct roster roster;
	struct revoked revoked;
	struct hash first; /* of the roster that the trust begins with */
	bool have_roster;
};

static enum err
key_given(struct walk *w, const char *text, struct fault *fault)
{
	struct buffer raw = {0};
	enum err err = base64_read(&raw, text, strlen(text));

	if (err == ERR_OK && raw.len != sizeof(struct public_key))
		err = ERR_FORMAT;
	if (err == ERR_OK) {
		memcpy(w->keys->reign[0].hub.at, raw.at, raw.len);
		w->keys->reign[0].term = 1;
		w->keys->reigns = 1;
	} else {
		fault_write(fault, "--key-of: not 32 bytes in base64");
	}
	buffer_free(&raw);
	return err;
}

static void
roster_begins(struct walk *w)
{
	w->have_roster = true;
	w->first = w->roster.hash;
	w->keys->territory = w->roster.territory;
	if (w->roster.hub_count == 0 || w->keys->reigns > 0)
		return;
	w->keys->reign[0] = (struct reign){w->roster.hub[0].term, w->roster.hub[0].key};
	w->keys->reigns = 1;
}

static int
roster_pinned(struct run *run, struct walk *w)
{
	char path[4096] = "";
	struct document d;
	struct fault fault = {""};
	int code;

	if (!pinned_roster_path(run, path, sizeof path))
		return EXIT_GOOD;
	code = document_of_file(run, &d, w->arena, path);
	if (code != EXIT_GOOD)
		return code;
	if (roster_read(&w->roster, w->arena, d.text, &fault) != ERR_OK)
		return fail(run, EXIT_FAILED, "%s: %s", path, fault.text);
	roster_begins(w);
	snprintf(w->keys->trust, sizeof w->keys->trust,
		"the hubs' keys of roster %u in %.150s", w->roster.serial, path);
	return EXIT_GOOD;
}

/* Later rosters count if two administrators of the one before signed them. */
static void
roster_met(struct walk *w, const struct entry *e)
{
	struct document d;
	struct roster r;

	if (document_read(&d, w->arena, e->data, NULL) != ERR_OK ||
		roster_read(&r, w->arena, d.text, NULL) != ERR_OK)
		return;
	if (!w->have_roster && e->header.number == 0 && r.serial == 1 &&
		roster_follows(NULL, &w->revoked, &r, &d, NULL) == ERR_OK) {
		w->roster = r;
		if (w->keys->reigns == 0)
			snprintf(w->keys->trust, sizeof w->keys->trust,
				"the bulletin's own first roster: this shows that it "
				"agrees with "
				"itself, not whose it is; compare with --roster FILE");
		roster_begins(w);
	} else if (w->have_roster &&
		   roster_follows(&w->roster, &w->revoked, &r, &d, NULL) == ERR_OK) {
		w->roster = r;
	}
}

static void
takeover_met(struct walk *w, const struct entry *e)
{
	struct judge j = {.territory = w->keys->territory,
		.mode = w->roster.mode,
		.roster = &w->roster,
		.revoked = &w->revoked};
	struct order *o = calloc(1, sizeof *o);
	struct place nowhere = {0};
	struct takeover t;
	const struct public_key *hub;
	size_t n = w->keys->reigns;
	int rung;

	if (o != NULL && w->have_roster && n > 0 && n < REIGNS &&
		takeover_read(&t, o, e->data) == ERR_OK &&
		order_judge(&j, o, &o->body[0], &nowhere, &rung) == VERDICT_GOOD &&
		(hub = roster_hub_key(&w->roster, t.term)) != NULL) {
		w->keys->reign[n] = (struct reign){t.term, *hub};
		w->keys->last_number[n] = t.last_number;
		w->keys->reigns++;
	}
	free(o);
}

static void
revocation_met(struct walk *w, const struct entry *e)
{
	struct revocation v;

	if (w->have_roster && revocation_read(&v, e->data) == ERR_OK &&
		revocation_check(&v, &w->roster, &w->revoked, NULL) == ERR_OK)
		revoked_add(&w->revoked, v.key);
}

/* Only what changes trust is looked at here; the verifier judges every line. */
static void
line_met(struct walk *w, const char *line, size_t len)
{
	struct entry e;

	if (memmem(line, len, "kind roster", 11) == NULL &&
		memmem(line, len, "kind takeover", 13) == NULL &&
		memmem(line, len, "kind revocation", 15) == NULL)
		return;
	if (entry_line_read(&e, w->arena, line, len, NULL) != ERR_OK || !e.has_data)
		return;
	if (w->keys->territory == 0)
		w->keys->territory = e.header.territory;
	if (strcmp(e.header.kind, "roster") == 0)
		roster_met(w, &e);
	else if (strcmp(e.header.kind, "takeover") == 0)
		takeover_met(w, &e);
	else if (strcmp(e.header.kind, "revocation") == 0)
		revocation_met(w, &e);
}

static void
source_walk(struct walk *w, FILE *source)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	rewind(source);
	while ((n = getline(&line, &cap, source)) >= 0)
		line_met(w, line, (size_t)n);
	free(line);
}

int
bulletin_keys_find(struct run *run, struct bulletin_keys *out, FILE *source)
{
	const char *key = run_option(run, "key-of");
	struct walk *w = calloc(1, sizeof *w);
	struct fault fault = {""};
	int code = EXIT_GOOD;

	*out = (struct bulletin_keys){.trust = "the key of --key-of"};
	if (w == NULL || arena_new(&w->arena) != ERR_OK) {
		free(w);
		return fail(run, EXIT_FAILED, "out of memory");
	}
	w->keys = out;
	if (key != NULL && key_given(w, key, &fault) != ERR_OK)
		code = fail(run, EXIT_USAGE, "%s", fault.text);
	else if (key == NULL)
		code = roster_pinned(run, w);
	if (code == EXIT_GOOD)
		source_walk(w, source);
	if (code == EXIT_GOOD && out->reigns == 0)
		code = fail(run, EXIT_UNVERIFIED,
			"the bulletin does not begin with a signed roster; say whose it "
			"is: "
			"--roster FILE or --key-of BASE64");
	arena_free(w->arena);
	free(w);
	return code;
}
