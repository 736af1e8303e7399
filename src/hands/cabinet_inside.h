/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cabinet_inside.h: the cabinets' own state, for cabinet.c and cabinet_words.c alone. */
#ifndef HANDS_CABINET_INSIDE_H
#define HANDS_CABINET_INSIDE_H

#include "hands/cabinet.h"

enum box_fault { FAULT_NONE, FAULT_NO_CURRENT, FAULT_STUCK_OPEN, FAULT_STUCK_CLOSED };

struct box {
	cabinet_peer *owner; /* NULL: nobody */
	uint32_t closings, openings;
	uint16_t battery_mv; /* on mains and at rest */
	enum box_fault fault;
	bool ordered; /* what was last set */
	bool relay;   /* what the contact does */
	bool current, mains, cabinet_door, battery_door, local;
};

/* Current on its way to follow a contact. */
struct settling {
	int64_t at_ns;
	uint32_t box;
};
struct coming {
	struct settling *at; /* a ring */
	size_t first, n, cap;
};

struct cabinet {
	struct cabinet_host host;
	struct coming coming;
	int64_t delay_ns;
	uint64_t closings, openings;
	uint32_t ever_closed;
	uint32_t boxes;
	struct box box[]; /* from 1; 0 is not used */
};

/* Send the box's inputs line to `to`. */
void cabinet_show(struct cabinet *c, cabinet_peer *to, uint32_t box);
/* Something about the box was changed: let contact and current follow. */
void cabinet_changed(struct cabinet *c, uint32_t box, struct cabinet_time now);

#endif
