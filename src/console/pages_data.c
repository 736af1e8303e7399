/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages_data.c: the brain's answers as the pages show them. */
#include "console/pages_inside.h"

#include "wire/zones_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *
pages_ask(struct daemon *d, const char *path)
{
	int status;
	struct bytes text = daemon_ask(d, "GET", path, bytes_of(NULL, 0), &status);

	return status == 200 ? json_loadb((const char *)text.at, text.len, 0, NULL) : NULL;
}

const char *
text_of_json(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text != NULL ? text : "";
}

/* "2026-11-22T14:22:41.123Z" reads "22 Nov 2026, 14:22:41 UTC". */
json_t *
page_time(const char *iso)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int year, month, day, hour, minute, second;
	char whole[32], text[64];

	if (sscanf(iso, "%4d-%2d-%2dT%2d:%2d:%2d", &year, &month, &day, &hour, &minute,
		    &second) != 6 ||
		month < 1 || month > 12)
		return json_pack("{s:s,s:s}", "iso", "", "text", "unknown");
	snprintf(whole, sizeof whole, "%.19sZ", iso);
	snprintf(text, sizeof text, "%d %.3s %d, %02d:%02d:%02d UTC", day,
		months + 3 * (month - 1), year, hour, minute, second);
	return json_pack("{s:s,s:s}", "iso", whole, "text", text);
}

/* The outlines stay behind: names and the tree are enough here. */
static void
zones_refresh(struct pages *p, struct daemon *d, json_int_t version)
{
	json_t *answer;
	const json_t *text;
	struct zones *zones;
	struct zones_head head;

	if (version == p->zones_version)
		return;
	answer = pages_ask(d, "/api/v1/zones");
	text = json_object_get(answer, "document");
	if (json_is_string(text) &&
		zones_document_read(&zones, &head,
			bytes_of(json_string_value(text), json_string_length(text)),
			bytes_of(NULL, 0), NULL) == ERR_OK) {
		zones_free(p->zones);
		p->zones = zones;
		p->zones_version = version;
	}
	json_decref(answer);
}

/* Only what came since the last page: the hub has better things to do than to list it all. */
static void
heard_refresh(struct pages *p, struct daemon *d)
{
	char path[64];
	enum err err = ERR_OK;
	size_t n;

	do {
		json_t *list;

		snprintf(path, sizeof path, "/api/v1/receipts/%lld",
			(long long)p->receipts_seen);
		list = pages_ask(d, path);
		n = json_array_size(list);
		for (size_t i = 0; i < n && err == ERR_OK; i++) {
			const json_t *r = json_array_get(list, i);

			err = heard_add(&p->heard, r);
			p->receipts_seen = json_integer_value(json_object_get(r, "seq"));
		}
		json_decref(list);
	} while (n > 0 && err == ERR_OK);
}

/* A territory with one outermost zone is called like it. */
static const char *
territory_name(const struct pages *p, const char *hub)
{
	const struct zones_parts *parts = p->zones != NULL ? zones_parts(p->zones) : NULL;
	const struct zone *top = NULL;

	for (size_t i = 0; parts != NULL && i < parts->zone_count; i++) {
		if (parts->zone[i].parent != NULL)
			continue;
		if (top != NULL)
			return hub;
		top = &parts->zone[i];
	}
	return top != NULL ? zone_name(top, "en") : hub;
}

json_t *
pages_common(struct pages *p, struct daemon *d)
{
	json_t *status = pages_ask(d, "/api/v1/status"), *o;

	zones_refresh(p, d, json_integer_value(json_object_get(status, "zones")));
	heard_refresh(p, d);
	o = json_pack("{s:b,s:{s:s,s:s},s:o}", "exercise",
		strcmp(text_of_json(status, "mode"), "live") != 0, "territory", "name",
		territory_name(p, text_of_json(status, "hub")), "id",
		text_of_json(status, "territory"), "now",
		page_time(text_of_json(status, "clock")));
	json_object_set(o, "status", status);
	json_decref(status);
	return o;
}

const char *
zone_words(const struct pages *p, json_int_t number)
{
	const struct zone *z = p->zones != NULL && number > 0 && number <= UINT16_MAX
				       ? zones_by_number(p->zones, (uint16_t)number)
				       : NULL;

	return z != NULL ? zone_name(z, "en") : "unknown zone";
}

json_t *
zones_words(const struct pages *p, const json_t *list)
{
	enum { SHOWN = 12 };
	struct buffer b = {0};
	size_t n = json_array_size(list);
	json_t *out;

	for (size_t i = 0; i < n && i < SHOWN; i++)
		write_format(&b, "%s%s", i > 0 ? ", " : "",
			zone_words(p, json_integer_value(json_array_get(list, i))));
	if (n > SHOWN)
		write_format(&b, " and %zu more", n - SHOWN);
	out = json_string(n > 0 ? buffer_text(&b) : "none");
	buffer_free(&b);
	return out;
}

struct soundings
soundings_of(const struct pages *p, const json_t *board, const json_t *alert)
{
	json_t *list = json_pack("[O]", alert);
	struct soundings *all = soundings_count(&p->heard, p->zones, board, list);
	struct soundings out = all != NULL ? all[0] : (struct soundings){0};

	free(all);
	json_decref(list);
	return out;
}

const char *
state_colour(const char *state)
{
	if (strcmp(state, "expired") == 0 || strcmp(state, "over") == 0 ||
		strcmp(state, "lapsed") == 0)
		return "ended";
	if (strcmp(state, "unordered") == 0)
		return "fault";
	return strcmp(state, "up") == 0 ? "ready" : state;
}

const char *
state_words(const char *state)
{
	static const char *const words[][2] = {
		{"expired", "ended, no news"},
		{"ended", "all clear given"},
		{"over", "ended here, under another alert"},
		{"stopped", "stopped, we are checking"},
		{"corrected", "false alarm"},
		{"lapsed", "nobody approved it in time"},
		{"unknown", "UNKNOWN"},
		{"unordered", "SOUNDING WITHOUT AN ORDER"},
		{"up", "connected"},
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(state, words[i][0]) == 0)
			return words[i][1];
	return state;
}

static bool
is_right_to_left(const char *language)
{
	static const char *const tags[] = {"ar", "he", "fa", "ur", "ps", "yi", "ckb", "dv"};
	size_t len = strcspn(language, "-");

	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (strlen(tags[i]) == len && strncmp(language, tags[i], len) == 0)
			return true;
	return false;
}

json_t *
texts_shown(const json_t *content)
{
	const json_t *texts = json_object_get(content, "texts");
	json_t *list = json_array();

	for (size_t i = 0; i < json_array_size(texts); i++) {
		const json_t *t = json_array_get(texts, i);
		const char *language = text_of_json(t, "language");

		json_array_append_new(
			list, json_pack("{s:s,s:s,s:s,s:s}", "lang", language, "dir",
				      is_right_to_left(language) ? "rtl" : "ltr",
				      "headline", text_of_json(t, "headline"),
				      "instruction", text_of_json(t, "instruction")));
	}
	return list;
}

json_t *
code_of(const char *id)
{
	char code[5] = "";
	size_t len = strlen(id);

	for (size_t i = 0; i < 4 && len >= 4; i++) {
		char c = id[len - 4 + i];

		code[i] = c >= 'a' && c <= 'f' ? (char)(c - 'a' + 'A') : c;
	}
	return json_string(code);
}
