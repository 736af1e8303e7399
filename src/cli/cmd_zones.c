/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_zones.c: `belfry zones`: look at a file of zones, make the next version of it, sign it. */
#include "cli/commands.h"

#include "base/text.h"
#include "cli/files.h"
#include "cli/review.h"
#include "cli/revoking.h"
#include "cli/say.h"
#include "wire/geojson.h"
#include "wire/zones_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* South, west, north, east in degrees. */
static bool
box_read(struct box *out, const char *text)
{
	double v[4];
	char *end;

	for (int i = 0; i < 4; i++) {
		v[i] = strtod(text, &end);
		if (end == text || *end != (i < 3 ? ',' : '\0'))
			return false;
		text = end + 1;
	}
	if (!(v[0] >= -90 && v[2] <= 90 && v[0] < v[2] && v[1] >= -180 && v[3] <= 180 &&
		    v[1] < v[3]))
		return false;
	*out = (struct box){.south = v[0], .west = v[1], .north = v[2], .east = v[3]};
	return true;
}

/* The zones of the file that the first argument names; `previous` may be NULL. */
static int
zones_of_file(struct run *run, struct zones **out, const struct zones *previous)
{
	const char *path = run->argument[0], *area = run_option(run, "box");
	struct geojson_options options = {
		.previous = previous, .mend = run_has(run, "mend")};
	struct buffer text = {0}, all = {0}, shown = {0};
	struct fault fault = {""};
	struct box box;
	enum err err;
	int code = EXIT_GOOD;

	if (area != NULL && !box_read(&box, area))
		return fail(run, EXIT_USAGE,
			"--box %s: write it as SOUTH,WEST,NORTH,EAST in degrees", area);
	options.box = area != NULL ? &box : NULL;
	options.all = &all;
	err = input_read(&text, path, GEOJSON_BYTES_MAX, &fault);
	if (err == ERR_OK)
		err = geojson_read_zones(out, buffer_bytes(&text), &options, &fault);
	if (err != ERR_OK && all.len > 0) {
		text_escape(&shown, (const char *)all.at, all.len, "");
		fputs(buffer_text(&shown), stderr);
	}
	if (err != ERR_OK)
		code = fail(run, EXIT_FAILED, "%s: %s", path, fault.text);
	buffer_free(&text);
	buffer_free(&all);
	buffer_free(&shown);
	return code;
}

static void
say_mended(const struct zones_parts *parts)
{
	for (size_t i = 0; i < parts->mended_count; i++) {
		const struct zone_mended *m = &parts->mended[i];

		say("mended ");
		say_text(m->zone);
		say(" at %.6f, %.6f: ", m->at.lat, m->at.lon);
		say_text(m->change);
		say("\n");
	}
}

static json_t *
mended_json(const struct zones_parts *parts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < parts->mended_count; i++)
		json_array_append_new(list,
			json_pack("{s:s,s:f,s:f,s:s}", "zone", parts->mended[i].zone, "lat",
				parts->mended[i].at.lat, "lon", parts->mended[i].at.lon,
				"change", parts->mended[i].change));
	return list;
}

static int
zones_check(struct run *run)
{
	struct zones *zones;
	const struct zones_parts *parts;
	int code = zones_of_file(run, &zones, NULL);

	if (code != EXIT_GOOD)
		return code;
	parts = zones_parts(zones);
	if (!say_json(run,
		    json_pack("{s:i,s:i,s:o}", "zones", (int)parts->zone_count, "groups",
			    (int)parts->group_count, "mended", mended_json(parts)))) {
		say_mended(parts);
		say("%zu zones, %zu groups: good\n", parts->zone_count, parts->group_count);
	}
	zones_free(zones);
	return EXIT_GOOD;
}

static void
head_make(struct zones_head *head, const struct trust *trust, const struct buffer *geometry)
{
	snprintf(head->territory, sizeof head->territory, "%08x", trust->roster.territory);
	head->version = trust->zones_version + 1;
	head->previous = trust->zones_hash;
	head->geometry = hash_of(buffer_bytes(geometry));
}

static int
write_version(struct run *run, const struct trust *trust, const struct zones *zones)
{
	struct buffer geometry = {0}, text = {0};
	const struct zones_parts *parts = zones_parts(zones);
	struct document d = {0};
	struct zones_head head = {0};
	int code;

	zones_geometry_write(&geometry, zones);
	head_make(&head, trust, &geometry);
	zones_document_write(&text, &head, zones);
	d.text = buffer_bytes(&text);
	d.geometry = buffer_bytes(&geometry);
	code = text.err == ERR_OK && geometry.err == ERR_OK
		       ? document_to_file(run, &d, run_option(run, "out"))
		       : fail(run, EXIT_FAILED, "out of memory");
	if (code == EXIT_GOOD && !say_json(run, json_pack("{s:I,s:i,s:o}", "version",
							(json_int_t)head.version, "zones",
							(int)parts->zone_count, "mended",
							mended_json(parts)))) {
		say_mended(parts);
		say("Version %llu: %zu zones, %zu mended. Two administrators sign it now: "
		    "belfry zones sign ",
			(unsigned long long)head.version, parts->zone_count,
			parts->mended_count);
		say_text(run_option(run, "out"));
		say("\n");
	}
	buffer_free(&geometry);
	buffer_free(&text);
	return code;
}

static int
zones_import(struct run *run)
{
	struct zones *zones = NULL;
	struct trust trust;
	int code = run_has(run, "out") ? trust_open(run, &trust)
				       : fail(run, EXIT_USAGE, "--out DOC is needed");

	if (code != EXIT_GOOD)
		return code;
	code = zones_of_file(run, &zones, trust.zones);
	if (code == EXIT_GOOD)
		code = write_version(run, &trust, zones);
	zones_free(zones);
	trust_free(&trust);
	return code;
}

/* What this version changes: zones that come, go, or are called otherwise. */
static void
say_changes(const struct zones *now, const struct zones *next)
{
	const struct zones_parts *a = now != NULL ? zones_parts(now) : NULL;
	const struct zones_parts *b = zones_parts(next);

	for (size_t i = 0; i < b->zone_count; i++) {
		const struct zone *old =
			now != NULL ? zones_by_number(now, b->zone[i].number) : NULL;

		if (old != NULL &&
			strcmp(zone_name(old, "en"), zone_name(&b->zone[i], "en")) == 0)
			continue;
		say("%s zone %u ", old == NULL ? "+" : "*", b->zone[i].number);
		say_text(b->zone[i].id);
		say(" ");
		say_text(zone_name(&b->zone[i], "en"));
		say("\n");
	}
	for (size_t i = 0; a != NULL && i < a->zone_count; i++) {
		if (zones_by_number(next, a->zone[i].number) != NULL)
			continue;
		say("- zone %u ", a->zone[i].number);
		say_text(a->zone[i].id);
		say("\n");
	}
	say_mended(b);
}

static int
sign_version(struct run *run, const struct trust *trust, const struct key *key)
{
	struct document d;
	struct zones_head head;
	struct zones *zones;
	struct fault fault = {""};
	int code = document_of_file(run, &d, trust->arena, run->argument[0]);

	if (code != EXIT_GOOD)
		return code;
	if (zones_document_read(&zones, &head, d.text, d.geometry, &fault) != ERR_OK)
		return fail(run, EXIT_UNVERIFIED, "%s: %s", run->argument[0], fault.text);
	if (head.version != trust->zones_version + 1 ||
		!hash_equal(&head.previous, &trust->zones_hash))
		code = fail(run, EXIT_REFUSED,
			"it does not follow version %llu, which is in force; import again",
			(unsigned long long)trust->zones_version);
	if (code == EXIT_GOOD && !run->json)
		say_changes(trust->zones, zones);
	zones_free(zones);
	if (code == EXIT_GOOD)
		code = review_agree(run, "Sign it as an administrator? Type yes:");
	if (code != EXIT_GOOD)
		return code;
	if (document_sign(&d, "zones", key, &fault) != ERR_OK)
		return fail(run, EXIT_REFUSED, "%s", fault.text);
	code = document_to_file(run, &d, run->argument[0]);
	if (code == EXIT_GOOD &&
		!say_json(run, json_pack("{s:i}", "signatures", (int)d.approval_count)))
		say("Signed; it has %zu of 2 signatures.\n", d.approval_count);
	return code;
}

static int
zones_sign(struct run *run)
{
	struct trust trust;
	struct key key;
	int code = key_of_run(run, &key);

	if (code == EXIT_GOOD)
		code = trust_open(run, &trust);
	if (code != EXIT_GOOD)
		return code;
	code = sign_version(run, &trust, &key);
	trust_free(&trust);
	return code;
}

static int
zones_submit(struct run *run)
{
	return document_submit(run, "zones", run->argument[0]);
}

static int
zones_list(struct run *run)
{
	const struct zones_parts *parts;
	struct trust trust;
	json_t *list;
	int code = trust_open(run, &trust);

	if (code != EXIT_GOOD)
		return code;
	list = json_array();
	parts = trust.zones != NULL ? zones_parts(trust.zones) : NULL;
	for (size_t i = 0; parts != NULL && i < parts->zone_count; i++) {
		const struct zone *z = &parts->zone[i];

		json_array_append_new(list,
			json_pack("{s:i,s:s,s:s,s:s?}", "number", z->number, "id", z->id,
				"name", zone_name(z, "en"), "parent", z->parent));
		if (run->json)
			continue;
		say("%5u  ", z->number);
		say_text(z->id);
		say("  ");
		say_text(zone_name(z, "en"));
		say("\n");
	}
	if (!say_json(run, list) && parts == NULL)
		say("This territory has no zones yet: belfry zones import\n");
	trust_free(&trust);
	return EXIT_GOOD;
}

int
command_zones(int argc, char **argv)
{
	static const struct option_line check[] = {
		{"box", "S,W,N,E",
			"where the territory lies, in degrees: finds swapped axes"},
		{"mend", NULL, "mend what can be mended, and list it"},
		{NULL, NULL, NULL},
	};
	static const struct option_line import[] = {
		{"out", "DOC", "the document to write"},
		{"box", "S,W,N,E",
			"where the territory lies, in degrees: finds swapped axes"},
		{"mend", NULL,
			"mend what can be mended; each change is listed and recorded"},
		{NULL, NULL, NULL},
	};
	static const struct cli_verb verbs[] = {
		{"check", "FILE", "Say what is wrong with a GeoJSON file of zones", 0, 1, 1,
			check, zones_check},
		{"import", "FILE", "Make the next version from a GeoJSON file, unsigned",
			USES_HUB | USES_TRUST, 1, 1, import, zones_import},
		{"sign", "DOC", "Show what it changes and add an administrator's signature",
			USES_HUB | USES_KEY | USES_ASK | USES_TRUST, 1, 1, NULL,
			zones_sign},
		{"submit", "DOC", "Bring a version with two signatures into force",
			USES_HUB, 1, 1, NULL, zones_submit},
		{"list", "", "List the zones in force", USES_HUB | USES_TRUST, 0, 0, NULL,
			zones_list},
		{NULL, NULL, NULL, 0, 0, 0, NULL, NULL},
	};

	return command_verbs("zones", "The territory's zones", verbs, argc, argv);
}
