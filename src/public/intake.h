/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * intake.h: what comes up from outside, held on disk until the hub has it. "Held" is said only
 * after the disk has it; a message is deleted only when the hub's signed cursor has passed it.
 */
#ifndef PUBLIC_INTAKE_H
#define PUBLIC_INTAKE_H

#include "bulletin/spool.h"
#include "edge/edge.h"
#include "fanout/http_server.h"
#include "store/store_thread.h"

struct intake;

/* Names are copied. */
struct intake_conf {
	const char *folder; /* of the spool's files; made if it is not there */
	const char *name;   /* of the edge */
	uint32_t territory;
	struct spool_limits limits;
	uint64_t
		file_bytes; /* a spool file that has taken so much is followed by a new one; 0: 32
				MiB */
	struct store_thread_test test;
	void (*died)(void *ctx, const char *why);
	void (*log)(void *ctx, const char *line);
	/* A frame to a hub. ERR_FULL: not taken, intake_pump() again when there is room. */
	enum err (*send)(void *ctx, size_t hub, struct bytes frame);
	void *ctx;
};

/* Errors: those of store_open(), ERR_IO, ERR_RANGE (limits), ERR_FORMAT (the files are another
 * edge's). */
CHECKED enum err intake_open(struct intake **out, struct loop *loop,
	const struct intake_conf *conf, struct fault *fault);
void intake_free(struct intake *in);		 /* NULL is fine */
uint64_t intake_number(const struct intake *in); /* of the spool */

/* POST /receipts: answers now or when the disk has them. */
void intake_receipts(
	struct intake *in, struct http_exchange *x, const struct http_request *req);

void intake_hub_up(struct intake *in, size_t hub); /* it takes messages from now on */
void intake_hub_down(struct intake *in, size_t hub);
void intake_pump(struct intake *in, size_t hub); /* there is room again */
/* True if it moved on. */
bool intake_cursor(
	struct intake *in, const struct spool_cursor *c, const struct public_key *hub);

bool intake_is_well(const struct intake *in); /* the disk took what came last */
struct intake_counts {
	uint64_t taken, repeats, full, too_many, malformed, disk_refused, sent;
	uint64_t last, committed, received; /* numbers */
	uint32_t held;			    /* messages */
	uint64_t held_bytes;
	size_t files;
};
struct intake_counts intake_counts(const struct intake *in);

#endif
