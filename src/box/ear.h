/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ear.h: one box listening to one edge, for ever: connects, comes back after a loss, and takes an
 * edge that says nothing for EAR_SILENCE_MS for dead. */
#ifndef BOX_EAR_H
#define BOX_EAR_H

#include "fanout/http_client.h"

enum { EAR_SILENCE_MS = 25000 /* heartbeats come every 10 s */ };

struct ear_hooks {
	/* The first entry to ask for; false: none, the box joins anew. */
	bool (*after)(void *ctx, uint64_t *number);
	/* The stream began, or ended (`why`: the sentence). */
	void (*state)(void *ctx, bool up, const struct fault *why);
	void (*event)(void *ctx, const struct sse_event *ev);
};

/* In its owner's memory; start from {0}. */
struct ear {
	struct loop *loop;
	const char *address; /* borrowed */
	const struct ear_hooks *hooks;
	void *ctx;
	struct http_stream *stream;
	struct loop_timer timer;
	int64_t step_ms;
	bool up;
};

/* Begin `after_ms` from now. */
void ear_start(struct ear *e, struct loop *loop, const char *address, int64_t after_ms,
	const struct ear_hooks *hooks, void *ctx);
void ear_stop(struct ear *e);

#endif
