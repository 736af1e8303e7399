/* SPDX-License-Identifier: GPL-3.0-or-later */
/* people.h: what operators are at; for people.c and the scenarios. */
#ifndef SIM_PEOPLE_H
#define SIM_PEOPLE_H

#include "alert/content.h"
#include "sim/world.h"

enum stage {
	STAGE_NONE,
	STAGE_LOOK,
	STAGE_DRAFT,
	STAGE_PROPOSE,
	STAGE_APPROVE,
	STAGE_REJECT,
};

/* What somebody tries that must be refused, or changes his mind about. */
enum trick { TRICK_NONE, TRICK_OWN, TRICK_CHANGED, TRICK_REJECT };

struct deed {
	enum stage stage;
	enum verb verb;
	enum trick trick;
	int hub, tries, lifetime_s;
	uint32_t serial;
	uint16_t author, approver;
	bool storm, separate, break_glass;
	uint16_t zone[4];
	size_t zones;
	char alert[17], proposal[17];
	struct buffer content, order;
	uint64_t asked; /* the request that is not answered */
	int64_t since_ms;
};

struct deed *deed_new(struct world *w); /* NULL: people have their hands full */
void deed_begin(struct world *w, struct deed *d);

#endif
