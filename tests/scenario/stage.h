/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stage.h: where a scenario is played: the demo zones, the shipped playbooks and patterns, five
 * people, sirens with the shipped brain, and a list of what happened.
 */
#ifndef TESTS_SCENARIO_STAGE_H
#define TESTS_SCENARIO_STAGE_H

#include "alert/compose.h"
#include "scenario/fleet.h"

enum { ALERTS = 8, HAPPENED = 256, PLAYBOOKS = 8 };

struct happened {
	int64_t at_ms;
	size_t seq;
	char text[200];
};

struct scene_alert {
	char name[16];
	uint64_t id;
	enum alert_state state;
	struct buffer kept; /* an order that waits for "deliver" */
};

struct stage {
	struct fleet *fleet;
	struct patterns *patterns; /* the fleet's */
	struct zones *zones;
	struct arena *arena;
	struct playbook playbook[PLAYBOOKS];
	size_t playbooks;
	struct book *book;
	struct scene_alert alert[ALERTS];
	size_t alerts;
	int64_t start_ms, now_ms;
	uint16_t random;
	struct happened happened[HAPPENED];
	size_t count;
};

void stage_new(struct stage *s, const char *data);
void stage_free(struct stage *s);
void stage_say(struct stage *s, int64_t at_ms, const char *who, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Let all sirens run up to `time_ms` of the scenario. */
void stage_run(struct stage *s, int64_t time_ms);
void stage_siren(struct stage *s, uint32_t number, const char *zone, bool clock);
/* Tell which alerts changed since the last call. */
void stage_look(struct stage *s);

#endif
