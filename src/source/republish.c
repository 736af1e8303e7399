/* SPDX-License-Identifier: GPL-3.0-or-later */
/* republish.c: what the rules let pass, handed on when it changed; with the state of each source, so
 * that an empty list of a source that does not answer reads UNKNOWN far away, too. */
#include "base/text.h"
#include "source/inside.h"

#include <stdlib.h>
#include <string.h>

static void look(void *ctx);

static bool
any_rule(const struct sources *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].conf->rule.on)
			return true;
	return false;
}

/* When it last answered is told of one that does not: of others it would change with every round. */
static json_t *
source_state(const struct source *s, int64_t now_ms, int64_t mono_ms)
{
	json_t *health = foreign_health(s->f, now_ms, mono_ms), *o;
	enum foreign_state state = foreign_state(s->f, mono_ms);
	const json_t *age = json_object_get(health, "age_s");
	char text[TIME_TEXT];

	o = json_pack(
		"{s:s,s:s}", "name", s->conf->name, "state", foreign_state_name(state));
	if (state == FOREIGN_UNKNOWN && json_is_integer(age)) {
		/* To the minute: the two clocks do not stay together to the second. */
		time_write(text, (now_ms - json_integer_value(age) * 1000) / 60000 * 60000);
		json_object_set_new(o, "answered", json_string(text));
	} else if (state == FOREIGN_UNKNOWN) {
		json_object_set_new(o, "answered", json_null());
	}
	json_decref(health);
	return o;
}

/* Over FOREIGN_LIST_MAX the last ones are left out and counted; NULL: no memory. */
static char *
fitting(json_t *o, json_t *alerts, size_t left_out)
{
	for (;;) {
		char *text;

		json_object_set_new(o, "left_out", json_integer((json_int_t)left_out));
		text = json_dumps(o, JSON_COMPACT);
		if (text == NULL || strlen(text) <= FOREIGN_LIST_MAX ||
			json_array_size(alerts) == 0)
			return text;
		free(text);
		json_array_remove(alerts, json_array_size(alerts) - 1);
		left_out++;
	}
}

static char *
list_text(const struct sources *all)
{
	int64_t now_ms = loop_now_ms(), mono_ms = loop_monotonic_ms();
	json_t *names = json_array(), *alerts = json_array(), *o;
	size_t left_out = 0;
	bool good = true;
	char *text = NULL;

	for (size_t i = 0; i < all->count && good; i++) {
		const struct source *s = &all->at[i];
		json_t *said = json_array();

		if (s->conf->rule.on) {
			good = foreign_alerts(said, s->f, s->conf->name, now_ms);
			left_out += foreign_pick(alerts, said, &s->conf->rule);
			json_array_append_new(names, source_state(s, now_ms, mono_ms));
		}
		json_decref(said);
	}
	o = json_pack("{s:O,s:O}", "sources", names, "alerts", alerts);
	if (good && o != NULL)
		text = fitting(o, alerts, left_out);
	json_decref(o);
	json_decref(names);
	json_decref(alerts);
	return text;
}

static void
hand_on(struct sources *all)
{
	char *text = list_text(all);

	if (text == NULL || (all->published != NULL && strcmp(text, all->published) == 0) ||
		!all->publish(all->publish_ctx, bytes_of_text(text))) {
		free(text);
		return;
	}
	free(all->published);
	all->published = text;
	all->published_ms = loop_monotonic_ms();
}

static void
look(void *ctx)
{
	struct sources *all = ctx;

	if (all->published == NULL ||
		loop_monotonic_ms() - all->published_ms >= SOURCES_PUBLISH_MS)
		hand_on(all);
	(void)!loop_timer_set(all->loop, &all->look, SOURCES_LOOK_MS, look, all);
}

void
sources_republish(struct sources *all, sources_publish *publish, void *ctx)
{
	all->publish = publish;
	all->publish_ctx = ctx;
	if (any_rule(all))
		(void)!loop_timer_set(all->loop, &all->look, SOURCES_LOOK_MS, look, all);
}
