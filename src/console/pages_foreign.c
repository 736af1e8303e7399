/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages_foreign.c: others' alerts, with their source, signature and findings; nothing here is ours. */
#include "console/pages_inside.h"

#include "base/text.h"

#include <string.h>

enum { FINDINGS_SHOWN = 10, OVER_SHOWN = 50 };

static json_int_t
number_of(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

/* ---- sources ---- */

static json_t *
age_words(const json_t *age_s)
{
	char text[16];

	if (!json_is_integer(age_s))
		return json_string("never");
	age_write(text, json_integer_value(age_s) * 1000);
	return json_string(text);
}

static json_t *
source_row(const json_t *s)
{
	const char *state = text_of_json(s, "state");
	bool good = strcmp(state, "good") == 0, half = strcmp(state, "incomplete") == 0;

	return json_pack("{s:s,s:s,s:s,s:o,s:I,s:I,s:s,s:s}", "name",
		text_of_json(s, "name"), "state",
		good   ? "ready"
		: half ? "fault"
		       : "unknown",
		"state_words",
		good   ? "answers"
		: half ? "INCOMPLETE"
		       : "UNKNOWN",
		"age", age_words(json_object_get(s, "age_s")), "live", number_of(s, "live"),
		"missing", number_of(s, "missing"), "note", text_of_json(s, "error"), "url",
		text_of_json(s, "url"));
}

static json_t *
source_warning(const json_t *row)
{
	if (strcmp(text_of_json(row, "state_words"), "UNKNOWN") == 0)
		return json_sprintf(
			"Source %s is UNKNOWN, last good answer: %s. It may have alerts "
			"that are not here. %s",
			text_of_json(row, "name"), text_of_json(row, "age"),
			text_of_json(row, "note"));
	return json_sprintf("Source %s is INCOMPLETE: %d things that it names could not be "
			    "read. %s",
		text_of_json(row, "name"), (int)number_of(row, "missing"),
		text_of_json(row, "note"));
}

/* Does every source answer, with all that it names? */
static bool
sources_fill(json_t *context, const json_t *list)
{
	json_t *rows = json_array(), *warnings = json_array();
	bool all = json_array_size(list) > 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *row = source_row(json_array_get(list, i));

		if (strcmp(text_of_json(row, "state"), "ready") != 0) {
			all = false;
			json_array_append_new(warnings, source_warning(row));
		}
		json_array_append_new(rows, row);
	}
	json_object_set_new(
		context, "any_sources", json_boolean(json_array_size(rows) > 0));
	json_object_set_new(context, "sources", rows);
	json_object_set_new(context, "warnings", warnings);
	return all;
}

/* ---- alerts ---- */

static json_t *
signature_words(const json_t *a)
{
	const json_t *s = json_object_get(a, "signature");
	const char *state = text_of_json(s, "state"), *why = text_of_json(s, "why");

	if (strcmp(state, "unsigned") == 0)
		return json_string("unsigned");
	if (strcmp(state, "bad") == 0)
		return json_sprintf("BAD signature: %s", why);
	if (strcmp(state, "good") != 0)
		return json_sprintf("signature not verified: %s", why);
	return json_sprintf(json_is_true(json_object_get(a, "trusted"))
				    ? "signed and trusted (%s) %s"
				    : "signed, but not trusted: %s. %s",
		text_of_json(s, "trust"), text_of_json(s, "subject"));
}

static json_t *
joined(const json_t *list)
{
	struct buffer b = {0};
	json_t *out;

	for (size_t i = 0; i < json_array_size(list); i++)
		write_format(&b, "%s%s", i > 0 ? ", " : "",
			json_string_value(json_array_get(list, i)));
	out = json_string(buffer_text(&b));
	buffer_free(&b);
	return out;
}

static json_t *
findings_of(const json_t *a)
{
	const json_t *list = json_object_get(a, "findings");
	json_t *out = json_array();

	for (size_t i = 0; i < json_array_size(list) && i < FINDINGS_SHOWN; i++) {
		const json_t *f = json_array_get(list, i);

		json_array_append_new(
			out, json_sprintf("%s, rule %d, line %d: %s",
				     text_of_json(f, "level"), (int)number_of(f, "rule"),
				     (int)number_of(f, "line"), text_of_json(f, "text")));
	}
	return out;
}

static json_t *
foreign_row(const json_t *a)
{
	const char *state = text_of_json(a, "state");
	json_t *row = json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b}", "state", state,
		"signature", signature_words(a), "event", text_of_json(a, "event"),
		"headline", text_of_json(a, "headline"), "severity",
		text_of_json(a, "severity"), "source", text_of_json(a, "source"), "status",
		text_of_json(a, "status"), "msg_type", text_of_json(a, "msg_type"), "why",
		text_of_json(a, "why"), "all_clear",
		json_is_true(json_object_get(a, "all_clear")));

	if (row == NULL)
		return NULL;
	json_object_set_new(row, "also", joined(json_object_get(a, "also")));
	json_object_set_new(row, "areas", joined(json_object_get(a, "areas")));
	json_object_set_new(row, "sent", page_time(text_of_json(a, "sent")));
	json_object_set_new(row, "expires", page_time(text_of_json(a, "expires")));
	json_object_set_new(row, "identifier", json_string(text_of_json(a, "identifier")));
	json_object_set_new(row, "sender", json_string(text_of_json(a, "sender")));
	json_object_set_new(row, "verdict", json_string(text_of_json(a, "verdict")));
	json_object_set_new(row, "findings", findings_of(a));
	return row;
}

enum group { GROUP_LIVE, GROUP_DRILL, GROUP_REFUSED, GROUP_OVER, GROUPS };

/* What is real and what is a test never stand in one list. */
static enum group
group_of(const json_t *a)
{
	const char *state = text_of_json(a, "state");

	if (strcmp(state, "refused") == 0)
		return GROUP_REFUSED;
	if (strcmp(state, "live") != 0)
		return GROUP_OVER;
	return strcmp(text_of_json(a, "status"), "Actual") == 0 ? GROUP_LIVE : GROUP_DRILL;
}

static void
groups_fill(json_t *context, const json_t *list, bool all_answer)
{
	static const char *const titles[GROUPS][2] = {
		{"live", "Live, by others"},
		{"drill", "Tests, exercises and the like, by others"},
		{"refused", "Refused"},
		{"over", "Over, and messages that only end others"},
	};
	json_t *of[GROUPS], *groups = json_array();

	for (size_t g = 0; g < GROUPS; g++)
		of[g] = json_array();
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *a = json_array_get(list, i);
		enum group g = group_of(a);

		if (g != GROUP_OVER || json_array_size(of[g]) < OVER_SHOWN)
			json_array_append_new(of[g], foreign_row(a));
	}
	json_object_set_new(context, "none_live",
		json_boolean(all_answer && json_array_size(of[GROUP_LIVE]) == 0));
	for (size_t g = 0; g < GROUPS; g++) {
		if (json_array_size(of[g]) > 0)
			json_array_append_new(
				groups, json_pack("{s:s,s:s,s:O}", "id", titles[g][0],
						"title", titles[g][1], "alerts", of[g]));
		json_decref(of[g]);
	}
	json_object_set_new(context, "groups", groups);
}

bool
foreign_fill(struct daemon *d, json_t *context)
{
	json_t *all = pages_ask(d, "/api/v1/foreign");
	bool answer;

	if (all == NULL)
		return false;
	answer = sources_fill(context, json_object_get(all, "sources"));
	groups_fill(context, json_object_get(all, "alerts"), answer);
	json_object_set_new(context, "left_out",
		json_integer(json_integer_value(json_object_get(all, "left_out"))));
	json_decref(all);
	return true;
}
