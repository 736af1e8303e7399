/* SPDX-License-Identifier: GPL-3.0-or-later */
/* foreign_list.c: what of others' alerts may be passed on. */
#include "alert/foreign_list.h"

#include "base/text.h"

#include <string.h>

static const char *
text_in(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text != NULL ? text : "";
}

int
foreign_severity(const char *word)
{
	static const char *const words[] = {
		"Unknown", "Minor", "Moderate", "Severe", "Extreme"};
	int i = 0;

	while (i < 5 && strcmp(word, words[i]) != 0)
		i++;
	return i < 5 ? i : -1;
}

static bool
may_pass(const json_t *a, const struct foreign_rule *rule)
{
	const char *verdict = text_in(a, "verdict");

	return strcmp(text_in(a, "state"), "live") == 0 &&
	       json_integer_value(json_object_get(a, "status")) == 0 && /* Actual */
	       strcmp(text_in(a, "scope"), "Public") == 0 &&
	       !json_is_true(json_object_get(a, "all_clear")) &&
	       (strcmp(verdict, "valid") == 0 || strcmp(verdict, "warn") == 0) &&
	       (rule->unsigned_too || json_is_true(json_object_get(a, "trusted"))) &&
	       strcmp(text_in(json_object_get(a, "signature"), "state"), "bad") != 0 &&
	       foreign_severity(text_in(a, "severity")) >= rule->severity;
}

static void
put_time(json_t *o, const char *name, const json_t *ms)
{
	char text[TIME_TEXT];

	if (json_is_integer(ms))
		time_write(text, json_integer_value(ms));
	json_object_set_new(o, name, json_is_integer(ms) ? json_string(text) : json_null());
}

/* "by": whose alert it is stands first, and in each alert. */
static json_t *
picked(const json_t *a)
{
	static const char *const same[] = {"sender", "identifier", "event", "headline",
		"severity", "urgency", "certainty", "language", "areas", "web", "trusted"};
	json_t *o = json_object();

	json_object_set(o, "by", json_object_get(a, "source"));
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		json_object_set(o, same[i], json_object_get(a, same[i]));
	put_time(o, "sent", json_object_get(a, "sent_ms"));
	put_time(o, "expires", json_object_get(a, "expires_ms"));
	return o;
}

size_t
foreign_pick(json_t *out, const json_t *list, const struct foreign_rule *rule)
{
	size_t left_out = 0;

	for (size_t i = 0; i < json_array_size(list) && rule->on; i++) {
		const json_t *a = json_array_get(list, i);

		if (!may_pass(a, rule))
			continue;
		if (json_array_size(out) < FOREIGN_LIST_ALERTS)
			json_array_append_new(out, picked(a));
		else
			left_out++;
	}
	return left_out;
}

static bool
is_list_of_objects(const json_t *list)
{
	if (!json_is_array(list))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!json_is_object(json_array_get(list, i)))
			return false;
	return true;
}

json_t *
foreign_list_read(struct bytes data)
{
	json_t *o = data.len <= FOREIGN_LIST_MAX
			    ? json_loadb((const char *)data.at, data.len,
				      JSON_REJECT_DUPLICATES, NULL)
			    : NULL;

	if (json_is_object(o) && is_list_of_objects(json_object_get(o, "sources")) &&
		is_list_of_objects(json_object_get(o, "alerts")))
		return o;
	json_decref(o);
	return NULL;
}
