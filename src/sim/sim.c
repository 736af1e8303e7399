/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sim.c: one run after the other: rounds of trouble, each healed and then judged. */
#include "sim/sim.h"

#include "base/text.h"
#include "bulletin/enrolment.h"
#include "sim/world.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SETTING_UP_MS = 2000,
	SOON_MS = 5000,	      /* after healing: what was promised is known */
	AGREED_MS = 40000,    /* … all agree */
	ON_ITS_WAY = 10,      /* times 100 ms */
	EVENTS_MAX = 2000000, /* more in one round: something turns round and round */
};

static void
run_until(struct world *w, int64_t until_ms)
{
	uint64_t most = w->stats.events + EVENTS_MAX;

	while (world_step(w, until_ms))
		if (w->stats.events > most)
			broken(w, "something goes round and round");
}

static void
post_zones(struct world *w)
{
	json_t *o =
		json_loadb((const char *)w->town->zones.at, w->town->zones.len, 0, NULL);
	char *text;

	json_object_set_new(o, "kind", json_string("zones"));
	text = json_dumps(o, JSON_COMPACT);
	hub_node_request(w, &w->hub[0], ADMINISTRATOR, "POST", "/api/v1/documents",
		bytes_of_text(text));
	free(text);
	json_decref(o);
}

static void
enrol(struct world *w, int i)
{
	static const uint16_t zone[BOXES] = {NORTH, SOUTH, ISLAND};
	const struct public_key *key = &w->town->siren[i].public;
	struct hash digest = enrolment_digest(
		TOWN_TERRITORY, (uint32_t)i + 1, zone[i], key, TOWN_START_MS);
	struct buffer b64 = {0}, s64 = {0};
	struct signature s;
	char time[TIME_TEXT];
	json_t *o;
	char *text;

	base64_write(&b64, bytes_of(key->at, sizeof key->at));
	time_write(time, TOWN_START_MS);
	s = signature_of(w, ANNA, &digest);
	base64_write(&s64, bytes_of(s.at, sizeof s.at));
	o = json_pack("{s:i,s:s,s:i,s:s,s:s,s:i,s:s}", "siren", i + 1, "name", "siren",
		"zone", zone[i], "public_key", buffer_text(&b64), "time", time, "key", ANNA,
		"signature", buffer_text(&s64));
	text = json_dumps(o, JSON_COMPACT);
	hub_node_request(w, &w->hub[0], ADMINISTRATOR, "POST", "/api/v1/sirens",
		bytes_of_text(text));
	free(text);
	json_decref(o);
	buffer_free(&b64);
	buffer_free(&s64);
}

void
world_set_up(struct world *w)
{
	w->calm = true;
	people_new(w);
	for (int i = 0; i < EDGES; i++)
		edge_node_new(w, i);
	for (int i = 0; i < HUBS; i++)
		hub_node_new(w, i);
	for (int i = 0; i < BOXES; i++)
		box_node_new(w, i);
	hub_node_start(w, &w->hub[0]);
	run_until(w, w->now_ms + SETTING_UP_MS);
	post_zones(w);
	for (int i = 0; i < BOXES; i++) {
		enrol(w, i);
		box_node_start(w, &w->box[i]);
	}
	run_until(w, w->now_ms + SETTING_UP_MS);
}

static void
round_of_trouble(struct world *w)
{
	w->calm = false;
	w->phase = PHASE_TROUBLE;
	w->dirty = chance(w, 400);
	happen(w, dice_between(w, 0, 3000), HAPPEN_PEOPLE, 0);
	happen(w, dice_between(w, 0, 5000), HAPPEN_TROUBLE, 0);
	if (w->thief)
		happen(w, dice_between(w, 0, 5000), HAPPEN_THIEF, 0);
	run_until(w, w->now_ms + dice_between(w, 20000, 120000));
	trouble_heal(w);
	w->phase = PHASE_HEAL;
	run_until(w, w->now_ms + SOON_MS);
	if (w->broken[0] == '\0')
		judge_healed_soon(w);
	run_until(w, w->now_ms + AGREED_MS - SOON_MS);
	/* An entry that was made a moment ago may be on its way. */
	for (int i = 0; i < ON_ITS_WAY && w->broken[0] == '\0' && !judge_all_told(w); i++)
		run_until(w, w->now_ms + 100);
	if (w->broken[0] == '\0')
		judge_healed(w);
	w->phase = PHASE_END;
	run_until(w, w->now_ms + SOON_MS);
}

static void
run(struct world *w)
{
	w->thief = chance(w, 300);
	world_set_up(w);
	happen(w, 5000, HAPPEN_LOOK, 0);
	for (int64_t rounds = dice_between(w, 1, 3); rounds > 0 && w->broken[0] == '\0';
		rounds--)
		round_of_trouble(w);
}

static void
sayf(const struct sim_options *o, const char *format, ...)
{
	char line[TRACE_WIDTH + 80];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	o->say(o->ctx, line);
}

static void
report(const struct sim_options *o, const struct world *w)
{
	size_t from = w->traced > TRACE_LINES ? w->traced - TRACE_LINES : 0;

	if (!o->verbose)
		for (size_t i = from; i < w->traced; i++)
			o->say(o->ctx, w->trace[i % TRACE_LINES]);
	sayf(o, "seed %llu: %s", (unsigned long long)w->seed, w->broken);
	sayf(o, "seed %llu: at %.3f s of virtual time", (unsigned long long)w->seed,
		(double)w->now_ms / 1000);
	sayf(o, "to see it again: belfry sim --seeds 1 --seed %llu --verbose",
		(unsigned long long)w->seed);
}

static void
add_up(struct sim_result *out, const struct world *w)
{
	struct buffer both = {0};

	out->runs++;
	out->simulated_ms += w->now_ms;
	out->events += w->stats.events;
	out->alerts += w->stats.alerts;
	out->soundings += w->stats.soundings;
	out->all_clears += w->stats.all_clears;
	out->refused += w->stats.refused;
	out->kills += w->stats.kills;
	out->cuts += w->stats.cuts;
	out->backups += w->stats.backups;
	out->takeovers += w->stats.takeovers;
	out->forks += w->stats.forks;
	if (w->broken[0] != '\0' && out->failed++ == 0)
		out->first_failed = w->seed;
	write_bytes(&both, out->trace.at, sizeof out->trace.at);
	write_bytes(&both, w->digest.at, sizeof w->digest.at);
	out->trace = hash_of(buffer_bytes(&both));
	buffer_free(&both);
}

enum err
sim_run(struct sim_result *out, const struct sim_options *o, struct fault *fault)
{
	struct town *town = malloc(sizeof *town);
	enum err err = town != NULL ? town_new(town, fault) : ERR_NOMEM;

	*out = (struct sim_result){0};
	for (uint64_t i = 0; i < o->seeds && err == ERR_OK; i++) {
		struct world *w = world_new(town, o->seed + i);

		if (w == NULL) {
			err = ERR_NOMEM;
			break;
		}
		if (o->verbose) {
			w->say = o->say;
			w->say_ctx = o->ctx;
		}
		run(w);
		add_up(out, w);
		if (w->broken[0] != '\0')
			report(o, w);
		world_free(w);
	}
	if (town != NULL)
		town_free(town);
	free(town);
	return err;
}
