/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view_json.c: /alerts.json and /alerts.geojson (doc/formats/edge.md). */
#include "edge/shown.h"
#include "public/views.h"

#include "base/text.h"
#include "wire/geojson_shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *
time_json(int64_t time_ms)
{
	char text[TIME_TEXT];

	time_write(text, time_ms);
	return json_string(text);
}

static json_t *
texts_json(const struct shown *s)
{
	json_t *list = json_array();

	for (size_t i = 0; s->content != NULL && i < s->content->text_count; i++) {
		const struct content_text *t = &s->content->text[i];

		json_array_append_new(list,
			json_pack("{s:s,s:s,s:s,s:s,s:s}", "language", t->language, "event",
				t->event, "headline", t->headline, "description",
				t->description, "instruction", t->instruction));
	}
	return list;
}

static json_t *
zone_json(const struct view *v, const struct shown *s, uint16_t number)
{
	const struct zones *zones = edge_zones(v->edge);
	const struct zone *z = zones != NULL ? zones_by_number(zones, number) : NULL;
	char room[24];

	return json_pack("{s:i,s:s?,s:s}", "number", number, "id", z != NULL ? z->id : NULL,
		"name", shown_zone_name(v->edge, number, shown_language(s), room));
}

static json_t *
alert_json(const struct view *v, const struct shown *s)
{
	const struct alert *a = s->alert;
	json_t *zones = json_array(), *o;
	char cap[40];

	for (int i = 0; i < a->zone_count; i++)
		json_array_append_new(zones, zone_json(v, s, a->zone[i]));
	snprintf(cap, sizeof cap, "/cap/%s.xml", s->id);
	o = json_pack("{s:s,s:s,s:s,s:s,s:i,s:s,s:o,s:o,s:o,s:s,s:b,s:o,s:o,s:s?}", "id",
		s->id, "code", s->code, "state", alert_state_name(a->state), "hazard",
		s->hazard, "hazard_code", a->hazard, "mode", mode_name(a->mode), "since",
		time_json(a->since_ms), "expires", time_json(a->expires_ms), "changed",
		time_json(a->changed_ms), "checked", s->checked, "on_hub_disk", a->on_disk,
		"zones", zones, "texts", texts_json(s), "cap",
		s->content != NULL && s->content->cap.len > 0 ? cap : NULL);
	return o;
}

/* What every form says of its own freshness; `aged`: with an age that is old in a second. */
static void
add_freshness(json_t *o, const struct view *v, bool aged)
{
	struct freshness f = freshness_of(v->edge, v->now_ms);

	json_object_set_new(o, "current", json_boolean(f.current));
	/* Only this says that there is none; an empty list does not. */
	json_object_set_new(o, "none_live", json_boolean(f.none_live));
	json_object_set_new(o, "as_of", f.heard ? time_json(f.as_of_ms) : json_null());
	if (aged)
		json_object_set_new(o, "heartbeat_age_s",
			f.heard ? json_integer(f.age_s) : json_null());
	json_object_set_new(
		o, "size", json_integer((json_int_t)follower_size(edge_follower(v->edge))));
	json_object_set_new(
		o, "term", json_integer((json_int_t)follower_term(edge_follower(v->edge))));
	json_object_set_new(o, "fork", json_boolean(edge_is_forked(v->edge)));
}

static json_t *
sirens_json(const struct view *v)
{
	struct edge_sirens s = edge_sirens(v->edge);

	if (!s.known)
		return json_null();
	return json_pack("{s:i,s:i,s:i,s:i,s:i,s:o}", "ready", s.ready, "sounding",
		s.sounding, "fault", s.fault, "unknown", s.unknown, "unordered",
		s.unordered, "as_of", time_json(s.time_ms));
}

static void
dump(struct buffer *out, json_t *o)
{
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;

	if (text != NULL) {
		write_text(out, text);
		write_text(out, "\n");
	} else if (out->err == ERR_OK) {
		out->err = ERR_NOMEM;
	}
	free(text);
	json_decref(o);
}

void
view_json(struct buffer *out, const struct view *v)
{
	struct showing at = {0};
	struct shown s;
	const struct roster *r = edge_roster(v->edge);
	json_t *live = json_array(), *recent = json_array(), *o;
	char territory[9];

	snprintf(territory, sizeof territory, "%08x", r->territory);
	o = json_pack("{s:s,s:s,s:s,s:s}", "territory", territory, "name",
		v->territory_name, "edge", v->name, "mode", mode_name(r->mode));
	add_freshness(o, v, true);
	while (shown_next(&s, &at, v->edge, v->now_ms))
		json_array_append_new(s.live ? live : recent, alert_json(v, &s));
	json_object_set_new(o, "alerts", live);
	json_object_set_new(o, "recent", recent);
	json_object_set_new(o, "sirens", sirens_json(v));
	json_object_set_new(o, "others", view_others(v));
	dump(out, o);
}

/* ---- GeoJSON: a feature for each zone of each alert that is live ---- */

static void
feature_write(
	struct buffer *out, const struct view *v, const struct shown *s, uint16_t number)
{
	const struct zones *zones = edge_zones(v->edge);
	const struct zone *z = zones != NULL ? zones_by_number(zones, number) : NULL;
	const struct content_text *t = s->content != NULL && s->content->text_count > 0
					       ? &s->content->text[0]
					       : NULL;
	json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:i,s:o,s:o,s:o,s:s,s:s,s:s,s:b}", "alert",
		s->id, "code", s->code, "state", alert_state_name(s->alert->state),
		"hazard", s->hazard, "hazard_code", s->alert->hazard, "zone",
		zone_json(v, s, number), "since", time_json(s->alert->since_ms), "expires",
		time_json(s->alert->expires_ms), "language", shown_language(s), "headline",
		t != NULL ? t->headline : "", "instruction",
		t != NULL ? t->instruction : "", "on_hub_disk", s->alert->on_disk);
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;

	write_format(out, "{\"type\":\"Feature\",\"id\":\"%s.%u\",\"properties\":", s->id,
		number);
	write_text(out, text != NULL ? text : "{}");
	write_text(out, ",\"geometry\":");
	if (z != NULL && z->shape.n > 0)
		geojson_shape_write(out, &z->shape);
	else
		write_text(out, "null");
	write_text(out, "}");
	free(text);
	json_decref(o);
}

void
view_geojson(struct buffer *out, const struct view *v)
{
	struct showing at = {0};
	struct shown s;
	json_t *o = json_object();
	char *text;
	bool first = true;

	json_object_set_new(o, "type", json_string("FeatureCollection"));
	add_freshness(o, v, false);
	text = json_dumps(o, JSON_COMPACT);
	/* The features are written by hand, not through a tree: they may be megabytes. */
	if (text != NULL)
		write_bytes(out, text, strlen(text) - 1);
	write_text(out, ",\"features\":[");
	while (shown_next(&s, &at, v->edge, v->now_ms))
		for (int k = 0; s.live && k < s.alert->zone_count; k++) {
			write_text(out, first ? "\n" : ",\n");
			feature_write(out, v, &s, s.alert->zone[k]);
			first = false;
		}
	write_text(out, "\n]}\n");
	if (text == NULL && out->err == ERR_OK)
		out->err = ERR_NOMEM;
	free(text);
	json_decref(o);
}
