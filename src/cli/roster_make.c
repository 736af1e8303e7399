/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_make.c: edits a roster as JSON; roster_read() judges what comes out. */
#include "cli/roster_make.h"

#include "base/text.h"
#include "cli/files.h"
#include "cli/roster_show.h"
#include "cli/say.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct option_line roster_make_options[] = {
	{"from", "JSON", "the edited text of a roster to start from"},
	{"add", "N,NAME,ROLES,KEY",
		"add a key; roles as operator+administrator; may be repeated"},
	{"remove", "N", "remove the key with this number; may be repeated"},
	{"add-hub", "TERM,NAME,KEY", "add the hub of a term; may be repeated"},
	{"first", NULL, "make a territory's first roster, without a hub"},
	{"territory", "HEX", "of the first roster: 8 digits (else random)"},
	{"mode", "MODE", "of the first roster: live or exercise (else exercise)"},
	{NULL, NULL, NULL},
};

enum { PARTS_MAX = 4, PART_MAX = 128 };

/* Split at the first commas; the last part keeps the rest. */
static bool
parts_read(char part[PARTS_MAX][PART_MAX], const char *text, int count)
{
	for (int i = 0; i < count; i++) {
		size_t len = i + 1 < count ? strcspn(text, ",") : strlen(text);

		if (len == 0 || len >= PART_MAX || (i + 1 < count && text[len] != ','))
			return false;
		memcpy(part[i], text, len);
		part[i][len] = '\0';
		text += len + (text[len] == ',');
	}
	return true;
}

/* Operators may sign all that two or one operator sign; mandates are written by hand. */
static json_t *
classes_of(const char *roles)
{
	if (strstr(roles, "operator") == NULL)
		return json_array();
	return json_pack("[s,s,s,s,s,s]", "alarm", "all-clear", "false-alarm", "takeover",
		"stop", "test");
}

static json_t *
roles_list(const char *roles)
{
	json_t *list = json_array();

	while (*roles != '\0') {
		size_t len = strcspn(roles, "+");

		json_array_append_new(list, json_stringn(roles, len));
		roles += len + (roles[len] == '+');
	}
	return list;
}

/* Keys stand in the order of their numbers. */
static void
insert_rising(json_t *list, json_t *o, const char *field)
{
	size_t i = 0;

	while (i < json_array_size(list) &&
		json_number(json_array_get(list, i), field) < json_number(o, field))
		i++;
	json_array_insert_new(list, i, o);
}

static int
add_keys(struct run *run, json_t *roster)
{
	char part[PARTS_MAX][PART_MAX];
	const char *text;
	uint64_t number;

	for (int n = 0; (text = run_option_at(run, "add", n)) != NULL; n++) {
		if (!parts_read(part, text, 4) ||
			number_read(&number, part[0], strlen(part[0]), UINT16_MAX) !=
				ERR_OK)
			return fail(run, EXIT_USAGE,
				"--add %s: write it as NUMBER,NAME,ROLES,PUBLIC-KEY, as "
				"\"5,Eva,operator,…=\"",
				text);
		insert_rising(json_object_get(roster, "keys"),
			json_pack("{s:i,s:s,s:s,s:o,s:o}", "number", (int)number, "person",
				part[1], "public_key", part[3], "roles",
				roles_list(part[2]), "classes", classes_of(part[2])),
			"number");
	}
	return EXIT_GOOD;
}

static int
remove_keys(struct run *run, json_t *roster)
{
	json_t *keys = json_object_get(roster, "keys");
	const char *text;
	uint64_t number;

	for (int n = 0; (text = run_option_at(run, "remove", n)) != NULL; n++) {
		size_t i = 0;

		if (number_read(&number, text, strlen(text), UINT16_MAX) != ERR_OK)
			return fail(
				run, EXIT_USAGE, "--remove %s: not a key's number", text);
		while (i < json_array_size(keys) && json_number(json_array_get(keys, i),
							    "number") != (json_int_t)number)
			i++;
		if (i == json_array_size(keys))
			return fail(run, EXIT_NOT_FOUND, "--remove %s: no such key", text);
		json_array_remove(keys, i);
	}
	return EXIT_GOOD;
}

static int
add_hubs(struct run *run, json_t *roster)
{
	char part[PARTS_MAX][PART_MAX];
	const char *text;
	uint64_t term;

	for (int n = 0; (text = run_option_at(run, "add-hub", n)) != NULL; n++) {
		if (!parts_read(part, text, 3) ||
			number_read(&term, part[0], strlen(part[0]), UINT32_MAX) != ERR_OK)
			return fail(run, EXIT_USAGE,
				"--add-hub %s: write it as TERM,NAME,PUBLIC-KEY", text);
		insert_rising(json_object_get(roster, "hubs"),
			json_pack("{s:I,s:s,s:s}", "term", (json_int_t)term, "name",
				part[1], "public_key", part[2]),
			"term");
	}
	return EXIT_GOOD;
}

static json_t *
first_roster(const struct run *run)
{
	const char *territory = run_option(run, "territory"),
		   *mode = run_option(run, "mode");
	uint8_t dice[4];
	char random[9];

	randombytes_buf(dice, sizeof dice);
	hex_write(random, dice, sizeof dice);
	return json_pack("{s:s,s:s,s:s,s:i,s:n,s:[],s:[],s:[]}", "format",
		"belfry-roster-1", "territory", territory != NULL ? territory : random,
		"mode", mode != NULL ? mode : "exercise", "serial", 1, "previous", "keys",
		"hubs", "mandates");
}

/* Where the edit starts; NULL after fail(), whose code is in *code. */
static json_t *
start(struct run *run, struct bytes now_text, int *code)
{
	const char *path = run_option(run, "from");
	struct buffer text = {0};
	struct fault fault = {""};
	json_error_t where;
	json_t *o = NULL;

	if (path == NULL)
		return now_text.at != NULL ? json_loadb((const char *)now_text.at,
						     now_text.len, 0, NULL)
					   : first_roster(run);
	if (input_read(&text, path, DOCUMENT_MAX, &fault) != ERR_OK) {
		*code = fail(run, EXIT_FAILED, "%s", fault.text);
	} else {
		o = json_loadb(
			buffer_text(&text), text.len, JSON_REJECT_DUPLICATES, &where);
		if (o == NULL)
			*code = fail(run, EXIT_FAILED, "%s, line %d, column %d: %s", path,
				where.line, where.column, where.text);
	}
	buffer_free(&text);
	return o;
}

int
roster_make(struct run *run, struct buffer *out, const struct roster *now,
	struct bytes now_text)
{
	int code = EXIT_GOOD;
	json_t *o = start(run, now_text, &code);
	char hex[65] = "", *text;

	if (o == NULL)
		return code;
	json_object_del(
		o, "revocations"); /* told by `roster show --json`; no part of a roster */
	if (now != NULL) {
		roster_hex(hex, now);
		json_object_set_new(o, "serial", json_integer((json_int_t)now->serial + 1));
		json_object_set_new(o, "previous", json_string(hex));
	}
	if (!json_is_array(json_object_get(o, "keys")) ||
		!json_is_array(json_object_get(o, "hubs")))
		code = fail(run, EXIT_FAILED, "a roster has lists \"keys\" and \"hubs\"");
	if (code == EXIT_GOOD)
		code = remove_keys(run, o);
	if (code == EXIT_GOOD)
		code = add_keys(run, o);
	if (code == EXIT_GOOD)
		code = add_hubs(run, o);
	if (code == EXIT_GOOD) {
		text = json_dumps(o, JSON_INDENT(1));
		write_text(out, text != NULL ? text : "");
		free(text);
	}
	json_decref(o);
	return code;
}
