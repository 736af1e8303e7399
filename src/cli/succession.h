/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * succession.h: one hub after another: which one, behind which entry, how that number was found,
 * and what speaks against it.
 */
#ifndef CLI_SUCCESSION_H
#define CLI_SUCCESSION_H

#include "cli/standing.h"
#include "cli/trust.h"

enum { SUCCESSION_EDGES = 16 };

/* What an edge said: to the hub when it was asked, or here, at its public address. */
struct edge_word {
	char name[128];
	bool direct; /* asked here; its heartbeat was verified by the roster */
	bool up;
	uint64_t size;
	uint32_t term;	 /* of its newest heartbeat; 0: it has none */
	int64_t beat_ms; /* when that was signed, by the hub that signed it */
	int64_t age_ms;	 /* how long before it was asked */
};

struct succession {
	struct standing hub;
	const struct roster_hub *next, *old; /* of the roster; NULL: not in it */
	uint64_t last;			     /* the last number that counts */
	struct edge_word edge[SUCCESSION_EDGES];
	int edges;
};

/* What `belfry takeover` takes beside the shared options, ended by a NULL name. */
extern const struct option_line succession_options[];

/*
 * Ask the hub, which asks its edges anew, and the edges of --edge. Nothing is judged but that
 * there are entries. Gives an exit code; on EXIT_GOOD the caller ends *out with succession_free().
 */
CHECKED int succession_ask(
	struct run *run, struct succession *out, const struct trust *trust);
void succession_free(struct succession *s);

/* May it be signed now? Says what is against it, and the way out. Gives an exit code. */
CHECKED int succession_judge(
	struct run *run, const struct succession *s, const struct trust *trust);
/* In words, for the person who signs; nothing with --json. */
void succession_say(const struct run *run, const struct succession *s);
json_t *succession_json(const struct succession *s);

#endif
