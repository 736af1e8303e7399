/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view_page.c: the public page's context (web/README.md). */
#include "edge/shown.h"
#include "public/views.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* `date`: with the day, for what is not of this hour. */
static json_t *
time_json(int64_t time_ms, bool date)
{
	char iso[TIME_TEXT], text[48];
	time_t s = (time_t)(time_ms / 1000);
	struct tm tm;

	time_write(iso, time_ms / 1000 * 1000);
	gmtime_r(&s, &tm);
	strftime(text, sizeof text, date ? "%d %b %Y, %H:%M:%S UTC" : "%H:%M:%S UTC", &tm);
	return json_pack("{s:s,s:s}", "iso", iso, "text", text);
}

static json_t *
age_json(int64_t age_s)
{
	char age[16];

	age_write(age, age_s * 1000);
	return json_string(age);
}

static json_t *
zones_json(const struct edge *e, const struct shown *s)
{
	const struct alert *a = s->alert;
	json_t *list = json_array();
	char room[24];

	for (int i = 0; i < a->zone_count; i++)
		json_array_append_new(list,
			json_pack("{s:s,s:b}", "name",
				shown_zone_name(e, a->zone[i], shown_language(s), room),
				"last", i == a->zone_count - 1));
	return list;
}

static json_t *
texts_json(const struct shown *s)
{
	json_t *list = json_array();

	for (size_t i = 0; s->content != NULL && i < s->content->text_count; i++) {
		const struct content_text *t = &s->content->text[i];

		json_array_append_new(
			list, json_pack("{s:s,s:s,s:s,s:s}", "lang", t->language, "dir",
				      shown_is_rtl(t->language) ? "rtl" : "ltr", "headline",
				      t->headline, "instruction", t->instruction));
	}
	if (json_array_size(list) == 0)
		json_array_append_new(list,
			json_pack("{s:s,s:s,s:s,s:s}", "lang", "en", "dir", "ltr",
				"headline", "Alarm. Its text has not come yet.",
				"instruction", "Go to shelter and listen to the radio."));
	return list;
}

static json_t *
alert_json(const struct edge *e, const struct shown *s)
{
	return json_pack("{s:s,s:s,s:s,s:b,s:b,s:b,s:s,s:o,s:o,s:o,s:o}", "id", s->id,
		"code", s->code, "hazard", s->hazard, "stopped",
		s->alert->state == ALERT_STOPPED, "on_disk", s->alert->on_disk, "has_cap",
		s->content != NULL && s->content->cap.len > 0, "checked", s->checked,
		"since", time_json(s->alert->since_ms, true), "expires",
		time_json(s->alert->expires_ms, true), "zones", zones_json(e, s), "texts",
		texts_json(s));
}

static json_t *
recent_json(const struct edge *e, const struct shown *s)
{
	return json_pack("{s:s,s:s,s:o,s:s,s:o}", "code", s->code, "hazard", s->hazard,
		"ended", time_json(s->alert->changed_ms, true), "how", s->state, "zones",
		zones_json(e, s));
}

static void
add_alerts(json_t *context, const struct view *v)
{
	struct showing at = {0};
	struct shown s;
	json_t *live = json_array(), *recent = json_array();

	while (shown_next(&s, &at, v->edge, v->now_ms))
		if (s.live)
			json_array_append_new(live, alert_json(v->edge, &s));
		else
			json_array_append_new(recent, recent_json(v->edge, &s));
	json_object_set_new(context, "any_live", json_boolean(json_array_size(live) > 0));
	json_object_set_new(
		context, "any_recent", json_boolean(json_array_size(recent) > 0));
	json_object_set_new(context, "alerts", live);
	json_object_set_new(context, "recent", recent);
}

static void
add_freshness(json_t *context, const struct view *v)
{
	struct freshness f = freshness_of(v->edge, v->now_ms);

	view_others_fill(context, v, f.current);
	json_object_set_new(context, "current", json_boolean(f.current));
	json_object_set_new(context, "none_live", json_boolean(f.none_live));
	json_object_set_new(context, "fork", json_boolean(edge_is_forked(v->edge)));
	if (!f.heard)
		return;
	json_object_set_new(
		context, "holds_until", time_json(f.as_of_ms + CHECKPOINT_FRESH_MS, false));
	json_object_set_new(context, "heartbeat",
		json_pack("{s:o,s:o,s:I,s:I}", "age", age_json(f.age_s), "time",
			time_json(f.as_of_ms, true), "size", (json_int_t)f.size, "term",
			(json_int_t)f.term));
}

static void
add_sirens(json_t *context, const struct view *v)
{
	struct edge_sirens s = edge_sirens(v->edge);
	int64_t age_s = (v->now_ms - s.time_ms) / 1000;

	if (!s.known)
		return;
	/* Sounding without an order is nothing that a citizen should take for a warning. */
	json_object_set_new(context, "sirens",
		json_pack("{s:i,s:i,s:i,s:i,s:i,s:o}", "sounding", s.sounding, "ready",
			s.ready, "fault", s.fault + s.unordered, "unknown", s.unknown,
			"total", s.sounding + s.ready + s.fault + s.unordered + s.unknown,
			"age", age_json(age_s > 0 ? age_s : 0)));
}

enum err
view_page(struct buffer *out, const struct view *v, const struct template *t,
	struct fault *fault)
{
	const struct roster *r = edge_roster(v->edge);
	char id[9];
	json_t *context;
	enum err err;

	snprintf(id, sizeof id, "%08x", r->territory);
	context = json_pack("{s:b,s:{s:s,s:s},s:o}", "exercise", r->mode == MODE_EXERCISE,
		"territory", "name", v->territory_name, "id", id, "now",
		time_json(v->now_ms, true));
	add_alerts(context, v);
	add_freshness(context, v);
	add_sirens(context, v);
	err = template_fill(out, t, context, fault);
	json_decref(context);
	return err;
}

void
view_plain(struct buffer *out, const struct view *v)
{
	struct showing at = {0};
	struct shown s;
	struct freshness f = freshness_of(v->edge, v->now_ms);

	write_format(out, "Alerts in %s\n\n", v->territory_name);
	if (!f.current)
		write_text(out,
			"NOT CURRENT. Newer alerts may exist that are not known here. Do "
			"not take silence for safety.\n\n");
	while (shown_next(&s, &at, v->edge, v->now_ms))
		if (s.live)
			write_format(out, "%s (%s), %s\n", s.hazard, s.code, s.state);
	if (f.none_live)
		write_format(out, "No alert is live. The hub said so %lld s ago.\n",
			(long long)f.age_s);
}
