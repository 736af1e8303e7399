/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view_others.c: what others say, marked as theirs (doc/formats/source.md). */
#include "alert/foreign_list.h"
#include "base/text.h"
#include "public/views.h"

#include <string.h>

static bool
is_over(const json_t *alert, int64_t now_ms)
{
	const char *text = json_string_value(json_object_get(alert, "expires"));
	int64_t expires_ms;

	return text != NULL && time_read(&expires_ms, text, strlen(text)) == ERR_OK &&
	       expires_ms <= now_ms;
}

json_t *
view_others(const struct view *v)
{
	struct edge_foreign f = edge_foreign(v->edge);
	json_t *o = f.list.len > 0 ? foreign_list_read(f.list) : NULL;
	json_t *alerts = json_object_get(o, "alerts");
	char as_of[TIME_TEXT];

	if (o == NULL)
		return json_null();
	for (size_t i = json_array_size(alerts); i > 0; i--)
		if (is_over(json_array_get(alerts, i - 1), v->now_ms))
			json_array_remove(alerts, i - 1);
	time_write(as_of, f.time_ms);
	json_object_set_new(o, "as_of", json_string(as_of));
	return o;
}

/* ---- the page ---- */

/* The text of that name, else `otherwise`: the list comes from the hub, its words from anybody. */
static const char *
word_of(const json_t *o, const char *name, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text != NULL && text[0] != '\0' ? text : otherwise;
}

static json_t *
areas_text(const json_t *alert)
{
	const json_t *areas = json_object_get(alert, "areas");
	struct buffer text = {0};
	json_t *out;

	for (size_t i = 0; i < json_array_size(areas); i++) {
		const char *name = json_string_value(json_array_get(areas, i));

		if (i > 0)
			write_text(&text, "; ");
		write_text(&text, name != NULL ? name : "?");
	}
	out = text.len > 0 ? json_stringn((const char *)text.at, text.len)
			   : json_string("not said");
	buffer_free(&text);
	return out;
}

static json_t *
row(const json_t *alert)
{
	return json_pack("{s:s,s:s,s:s,s:b,s:s,s:o,s:s,s:s}", "headline",
		word_of(alert, "headline", word_of(alert, "event", "without a headline")),
		"by", word_of(alert, "by", "?"), "sender", word_of(alert, "sender", "?"),
		"trusted", json_is_true(json_object_get(alert, "trusted")), "severity",
		word_of(alert, "severity", "Unknown"), "areas", areas_text(alert), "sent",
		word_of(alert, "sent", "not said"), "expires",
		word_of(alert, "expires", "not said"));
}

/* A state that is not known to be good is none: `current` is about the hub's word, not the source's. */
static json_t *
source_row(const json_t *source, bool current)
{
	const char *state = word_of(source, "state", "unknown");
	bool good = current && strcmp(state, "good") == 0,
	     incomplete = current && strcmp(state, "incomplete") == 0;

	return json_pack("{s:s,s:s,s:s}", "name", word_of(source, "name", "?"), "state",
		good	     ? "answers"
		: incomplete ? "answers, but part of it cannot be read"
			     : "UNKNOWN: it may have new alerts that are not shown here",
		"answered",
		good || incomplete ? "within its time"
				   : word_of(source, "answered", "not known"));
}

void
view_others_fill(json_t *context, const struct view *v, bool current)
{
	json_t *o = view_others(v), *rows = json_array(), *sources = json_array(), *each;
	size_t i;

	json_array_foreach(json_object_get(o, "alerts"), i, each)
		json_array_append_new(rows, row(each));
	json_array_foreach(json_object_get(o, "sources"), i, each)
		json_array_append_new(sources, source_row(each, current));
	json_object_set_new(context, "any_others", json_boolean(json_is_object(o)));
	json_object_set_new(context, "others", rows);
	json_object_set_new(context, "sources", sources);
	json_decref(o);
}
