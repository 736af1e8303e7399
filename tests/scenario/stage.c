/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stage.c: sets the stage and notes what the sirens do. */
#include "scenario/stage.h"

#include "wire/geojson.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
need(enum err err, const struct fault *fault)
{
	if (err != ERR_OK)
		scenario_fail("scenario: %s (%s)", fault->text, err_name(err));
}

void
stage_say(struct stage *s, int64_t at_ms, const char *who, const char *format, ...)
{
	struct happened *h = &s->happened[s->count];
	char what[160];
	va_list args;

	if (s->count == HAPPENED)
		scenario_fail("scenario: too much happens on one line");
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	*h = (struct happened){.at_ms = at_ms, .seq = s->count++};
	snprintf(h->text, sizeof h->text, "%s: %s", who, what);
}

static struct buffer
file_read(const char *data, const char *path)
{
	char name[1024], chunk[8192];
	struct buffer out = {0};
	FILE *f;
	size_t n;

	snprintf(name, sizeof name, "%s/%s", data, path);
	f = fopen(name, "rb");
	if (f == NULL)
		scenario_fail("scenario: cannot open %s", name);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		write_bytes(&out, chunk, n);
	fclose(f);
	return out;
}

static void
playbooks_load(struct stage *s, const char *data)
{
	static const char *const names[] = {"air-raid", "drone", "missile", "flood"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[64];
		struct fault fault = {""};
		struct buffer text;

		snprintf(path, sizeof path, "share/playbooks/%s.json", names[i]);
		text = file_read(data, path);
		need(playbook_read(&s->playbook[s->playbooks++], s->arena, path,
			     buffer_bytes(&text), &fault),
			&fault);
		buffer_free(&text);
	}
}

/* The name of the alert in which this order sounded; "" if none. */
static const char *
order_name(const struct stage *s, uint64_t id)
{
	const struct alert *a = book_of_order(s->book, id);

	for (size_t i = 0; i < s->alerts; i++)
		if (s->alert[i].id == id || (a != NULL && s->alert[i].id == a->id))
			return s->alert[i].name;
	return "";
}

static void
siren_says(void *ctx, int64_t at_ms, uint32_t siren, const char *what, uint64_t order)
{
	char who[24];

	snprintf(who, sizeof who, "siren %u", siren);
	stage_say(ctx, at_ms, who, "%s %s", what, order_name(ctx, order));
}

void
stage_new(struct stage *s, const char *data)
{
	const struct geojson_options options = {0};
	struct fault fault = {""};
	struct buffer text = file_read(data, "share/demo/zones.geojson");

	*s = (struct stage){0};
	need(arena_new(&s->arena), &fault);
	s->fleet = fleet_new(data, siren_says, s);
	s->patterns = fleet_patterns(s->fleet);
	need(geojson_read_zones(&s->zones, buffer_bytes(&text), &options, &fault), &fault);
	need(book_new(&s->book, s->zones), &fault);
	buffer_free(&text);
	playbooks_load(s, data);
}

void
stage_free(struct stage *s)
{
	fleet_free(s->fleet);
	for (size_t i = 0; i < s->alerts; i++)
		buffer_free(&s->alert[i].kept);
	book_free(s->book);
	zones_free(s->zones);
	arena_free(s->arena);
}

void
stage_siren(struct stage *s, uint32_t number, const char *zone, bool clock)
{
	const struct zone *z = zones_find(s->zones, zone);
	uint16_t path[ZONES_DEPTH_MAX];

	if (z == NULL)
		scenario_fail("scenario: no zone %s", zone);
	s->start_ms = s->now_ms = fleet_add(s->fleet, number, path,
		zones_path(s->zones, z->number, path, ZONES_DEPTH_MAX), clock);
}

void
stage_run(struct stage *s, int64_t time_ms)
{
	s->now_ms = s->start_ms + time_ms;
	fleet_run(s->fleet, s->now_ms);
	(void)!book_tick(s->book, s->now_ms);
	stage_look(s);
}

void
stage_look(struct stage *s)
{
	for (size_t i = 0; i < s->alerts; i++) {
		const struct alert *a = book_of_order(s->book, s->alert[i].id);

		if (a == NULL || a->state == s->alert[i].state)
			continue;
		s->alert[i].state = a->state;
		stage_say(s, a->changed_ms, s->alert[i].name, "%s",
			alert_state_name(a->state));
	}
}
