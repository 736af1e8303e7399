/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trust.c: what the hub says of roster and zones, against what is pinned here. */
#include "cli/trust.h"

#include "base/text.h"
#include "cli/files.h"
#include "cli/say.h"
#include "geo/zone_near.h"
#include "wire/zones_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
pinned_roster_path(const struct run *run, char *out, size_t room)
{
	const char *given = run_option(run, "roster");
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (given != NULL) {
		snprintf(out, room, "%s", given);
		return true;
	}
	if (config != NULL && config[0] == '/')
		snprintf(out, room, "%s/belfry/roster.json", config);
	else
		snprintf(out, room, "%s/.config/belfry/roster.json",
			home != NULL ? home : "");
	return access(out, F_OK) == 0;
}

static enum err
document_of_json(
	struct document *out, struct arena *arena, const json_t *o, struct fault *fault)
{
	char *text = json_dumps(o, JSON_COMPACT);
	enum err err = text != NULL ? document_read(out, arena, bytes_of_text(text), fault)
				    : ERR_NOMEM;

	free(text);
	return err;
}

int
document_of_file(
	const struct run *run, struct document *out, struct arena *arena, const char *path)
{
	struct buffer text = {0};
	struct fault fault = {""}, inner = {""};
	enum err err = input_read(&text, path, (size_t)DOCUMENT_MAX * 16, &fault);

	if (err == ERR_OK) {
		err = document_read(out, arena, buffer_bytes(&text), &inner);
		if (err != ERR_OK)
			fault_write(&fault, "%s: %s", path, inner.text);
	}
	buffer_free(&text);
	return err == ERR_OK ? EXIT_GOOD : fail_err(run, err, &fault);
}

int
document_to_file(const struct run *run, const struct document *d, const char *path)
{
	struct buffer text = {0};
	struct fault fault = {""};
	enum err err;

	document_write(&text, d);
	write_text(&text, "\n");
	err = text.err == ERR_OK ? output_write(path, buffer_bytes(&text), &fault)
				 : text.err;
	buffer_free(&text);
	return err == ERR_OK ? EXIT_GOOD : fail_err(run, err, &fault);
}

enum err
document_sign(
	struct document *d, const char *kind, const struct key *key, struct fault *fault)
{
	struct hash digest = document_digest(kind, d->text);
	size_t i = 0;

	while (i < d->approval_count && d->approval[i].key != key->number)
		i++;
	if (i == DOCUMENT_APPROVALS)
		return fault_set(
			fault, ERR_FULL, "there are %d signatures already", (int)i);
	d->approval[i].key = key->number;
	d->approval[i].signature =
		signature_make(&key->secret, bytes_of(digest.at, sizeof digest.at));
	if (i == d->approval_count)
		d->approval_count++;
	return ERR_OK;
}

/* The hub's roster must be the pinned one, or follow it by two of its administrators. */
static int
pin_check(struct run *run, struct trust *t)
{
	static const struct revoked none;
	struct document d;
	struct roster pinned;
	struct fault fault = {""};
	int code = document_of_file(run, &d, t->arena, t->pin);
	enum err err;

	if (code != EXIT_GOOD)
		return code;
	err = roster_read(&pinned, t->arena, d.text, &fault);
	if (err != ERR_OK)
		return fail(run, EXIT_UNVERIFIED, "%s: %s", t->pin, fault.text);
	t->pinned =
		hash_equal(&pinned.hash, &t->roster.hash) ||
		roster_follows(&pinned, &none, &t->roster, &t->document, &fault) == ERR_OK;
	if (t->pinned)
		return EXIT_GOOD;
	return fail(run, EXIT_UNVERIFIED,
		"the hub's roster %u is neither the one of %s (roster %u) nor its signed "
		"successor. Ask your administrators for the roster in force before you "
		"sign "
		"anything",
		t->roster.serial, t->pin, pinned.serial);
}

static int
roster_ask(struct run *run, struct trust *t)
{
	struct fault fault = {""};
	json_t *o;
	enum err err;
	int code = hub_ask(run, &o, "GET", "/api/v1/roster", NULL);

	if (code != EXIT_GOOD)
		return code;
	err = document_of_json(&t->document, t->arena, o, &fault);
	if (err == ERR_OK)
		err = roster_read(&t->roster, t->arena, t->document.text, &fault);
	json_decref(o);
	if (err != ERR_OK)
		return fail(run, EXIT_UNVERIFIED, "the hub's roster: %s", fault.text);
	return pinned_roster_path(run, t->pin, sizeof t->pin) ? pin_check(run, t)
							      : EXIT_GOOD;
}

static int
zones_ask(struct run *run, struct trust *t)
{
	static const struct revoked none;
	struct zones_head head;
	struct document d;
	struct fault fault = {""};
	json_t *o;
	enum err err;
	int code = hub_ask_perhaps(run, &o, "/api/v1/zones");

	if (code != EXIT_GOOD || o == NULL)
		return code;
	if (!run_has(run,
		    "cap")) /* outlines are only needed to find the zones of its areas */
		json_object_del(o, "geometry");
	err = document_of_json(&d, t->arena, o, &fault);
	if (err == ERR_OK)
		err = zones_document_read(&t->zones, &head, d.text, d.geometry, &fault);
	json_decref(o);
	if (err != ERR_OK)
		return fail(run, EXIT_UNVERIFIED, "the hub's zones: %s", fault.text);
	t->zones_signed = roster_endorses(&t->roster, &none, "zones", &d, NULL) == ERR_OK;
	t->zones_version = head.version;
	t->zones_hash = hash_of(d.text);
	return EXIT_GOOD;
}

int
trust_open(struct run *run, struct trust *out)
{
	struct trust t = {.pin = ""};
	int code;

	if (arena_new(&t.arena) != ERR_OK)
		return fail(run, EXIT_FAILED, "out of memory");
	code = roster_ask(run, &t);
	if (code == EXIT_GOOD)
		code = zones_ask(run, &t);
	if (code == EXIT_GOOD)
		*out = t;
	else
		trust_free(&t);
	return code;
}

void
trust_free(struct trust *t)
{
	zones_free(t->zones);
	arena_free(t->arena);
}

void
trust_words(struct buffer *out, const struct trust *t)
{
	char hex[65];

	hex_write(hex, t->roster.hash.at, sizeof t->roster.hash.at);
	write_format(out, "%u, %.16s…, ", t->roster.serial, hex);
	if (t->pinned)
		write_format(out, "pinned by %s", t->pin);
	else
		write_text(out, "as the hub says: pin it with --roster");
	if (t->zones != NULL && !t->zones_signed)
		write_text(
			out, "; the names of zones are NOT signed by its administrators");
}

void
zone_words(struct buffer *out, const struct trust *t, uint16_t number)
{
	const struct zone *z = t->zones != NULL ? zones_by_number(t->zones, number) : NULL;

	if (z != NULL)
		write_format(out, "%s (%s, %u)", zone_name(z, "en"), z->id, number);
	else
		write_format(out, "zone %u, not known here", number);
}

int
zones_of_list(struct run *run, const struct trust *t, const char *list, uint16_t *out,
	size_t *count, size_t max)
{
	const char *at = list;
	struct fault fault;

	for (*count = 0; *at != '\0';) {
		size_t len = strcspn(at, ",");
		char id[64];
		uint64_t number;
		const struct zone *z = NULL;

		snprintf(id, sizeof id, "%.*s", (int)(len < 63 ? len : 63), at);
		at += len + (at[len] == ',');
		if (t->zones != NULL)
			z = zones_find(t->zones, id);
		if (z == NULL && t->zones != NULL &&
			number_read(&number, id, strlen(id), UINT16_MAX) == ERR_OK)
			z = zones_by_number(t->zones, (uint16_t)number);
		if (z == NULL) {
			(void)!zone_unknown(&fault, t->zones, id);
			return fail(run, EXIT_NOT_FOUND, "%s", fault.text);
		}
		if (*count == max)
			return fail(run, EXIT_USAGE, "more than %zu zones", max);
		out[(*count)++] = z->number;
	}
	return *count > 0 ? EXIT_GOOD : fail(run, EXIT_USAGE, "no zones were given");
}
