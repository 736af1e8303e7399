/* SPDX-License-Identifier: GPL-3.0-or-later */
/* town.h: the invented territory of the simulator: people, keys, zones, patterns, playbooks. */
#ifndef SIM_TOWN_H
#define SIM_TOWN_H

#include "bulletin/roster.h"
#include "cap/playbook.h"
#include "siren/pattern.h"

enum {
	TOWN_TERRITORY = 0x51a70001,
	/* Keys of the roster. */
	ANNA = 1,     /* operator and administrator */
	BORIS = 2,    /* operator and administrator */
	CLARA = 3,    /* operator */
	DAVID = 4,    /* operator with a break-glass mandate */
	GAUGE = 5,    /* a sensor with a mandate */
	ANNA_TOO = 6, /* Anna's second key */
	STOLEN = 7,   /* an operator's key that the thief has as well */
	KEYS = 8,
	/* Zones: a region with two towns in it, and an island. */
	REGION = 1,
	NORTH = 2,
	SOUTH = 3,
	ISLAND = 4,
	/* Patterns, all short. */
	RAID_SOUND = 80,  /* 12 s */
	FIRE_SOUND = 81,  /* three times 2 s */
	CLEAR_SOUND = 82, /* 6 s */
};
#define TOWN_START_MS INT64_C(1795305600000) /* 2026-11-22 00:00 UTC */

struct town {
	struct arena *arena;
	struct secret_key key[KEYS], hub[2], siren[8];
	struct patterns *patterns;
	struct playbook playbook[2];
	struct buffer roster;	   /* the signed document */
	struct buffer roster_text; /* its text alone, as boxes pin it */
	struct buffer zones;	   /* the signed document with its geometry */
	struct roster parsed;
};

/* The same town each time. Errors: ERR_NOMEM, or what its readers find wrong in it. */
CHECKED enum err town_new(struct town *t, struct fault *fault);
void town_free(struct town *t);

#endif
