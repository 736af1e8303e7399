/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * box.h: one siren: its brain, its ears, its clock; and what all boxes of a process share.
 *
 * A box hears (ear.h), lets its brain judge (siren/siren.h), and does what the brain wishes with
 * the station's hands. Every box has its own brain and its own stream from each edge.
 */
#ifndef BOX_BOX_H
#define BOX_BOX_H

#include "box/disk.h"
#include "box/ear.h"
#include "box/enrol.h"
#include "box/fetch.h"
#include "box/hand.h"
#include "box/memo.h"
#include "box/post.h"
#include "box/readings.h"
#include "box/speaker.h"
#include "siren/siren.h"

struct box;

/* The stream of a box from one edge. */
struct box_ear {
	struct box *box;
	size_t edge;
	struct ear ear;
};

/* What the boxes of one process share; all of it is the station's (station.h). */
struct station {
	struct loop *loop;
	const struct box_conf *conf;
	const struct enrolment *enrolment;
	const struct patterns *patterns;
	struct memo *memo; /* NULL: a box alone verifies for itself */
	struct readings *readings;
	struct disk *disk;
	struct post *post;
	struct fetch *fetch;
	struct hand *hand;
	struct box *box;	 /* enrolment->count, in its order */
	struct box **by_cabinet; /* from first_cabinet on; NULL where there is none */
	uint32_t first_cabinet, cabinets;
	struct loop_timer status_timer;
	size_t memory_before; /* bytes of the process before the boxes were made */
	bool verbose;

	size_t up[BOX_EDGES]; /* streams from each edge */
	size_t listening;     /* boxes with a stream at least */
	bool listening_told;  /* all of them once had one */
	size_t relays;	      /* closed, as wished */
	uint64_t closings;    /* since the start */
	enum err disk_state;
	bool hand_lost; /* the cabinets are not there */
};

struct box {
	struct station *station;
	uint32_t index;
	const struct enrolled *who;
	struct siren *brain;
	struct siren_todo todo;
	struct loop_timer timer;
	struct speaker speaker;
	bool relay;	/* as wished */
	bool undecided; /* after a restart: an order may have closed the relay before it */
	bool wants;	/* entries from wants_number on */
	uint8_t ears_up;
	uint64_t wants_number;
	struct box_ear ear[BOX_EDGES];
};

/* Make the brain of box `index`; it hears nothing yet. Errors: those of siren_new(). */
CHECKED enum err box_new(struct station *st, uint32_t index, struct fault *fault);
void box_free(struct box *b); /* {0} is fine */

/* After its records were restored: go on with what was sounding; the relay is not yet moved. */
void box_start(struct box *b);
/* Begin to listen, `after_ms` from now. */
void box_listen(struct box *b, int64_t after_ms);
/* Stop the ears and the clock; nothing that sounds changes. */
void box_deafen(struct box *b);
/* Open the relay and fall silent, for an end that somebody ordered. */
void box_silence(struct box *b);

/* Tell the brain, and do what it wishes. */
void box_step(struct box *b, const struct siren_event *ev);
/* A line or event of any edge; `edge` is where a cursor belongs. */
void box_read(struct box *b, size_t edge, const struct reading *r);

#endif
