/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * town.h: a town and one siren box in it, for tests: people with keys, a hub that can be stolen, a
 * disk that can refuse or hang, a horn that can be dead, and a clock that the test moves.
 */
#ifndef TESTS_TOWN_H
#define TESTS_TOWN_H

#include "siren/siren.h"

enum {
	TERRITORY = 0x0be1f41a,
	/* The box stands in zone 5, in district 50, in region 500; in groups 9 and 10. */
	ZONE = 5,
	DISTRICT = 50,
	REGION = 500,
	GROUP = 9,
	SIREN_NUMBER = 77,

	/* Keys of the roster. */
	ANNA = 1,     /* operator and administrator */
	BORIS = 2,    /* operator and administrator */
	CLARA = 3,    /* operator */
	ANNA_TOO = 4, /* Anna's second key, operator */
	DORA = 5,     /* operator for zone 7 alone */
	SENSOR = 6,   /* sensor with a mandate */
	FARUK = 7,    /* operator with a break-glass mandate */
	GITA = 8,     /* operator for tests alone */
	HANNA = 9,    /* operator */
	IVAN = 10,    /* operator and administrator */
	KEYS = 11,
	STRANGER = 60, /* in no roster */

	ATTACK = 80, /* patterns: 12 s, relay closed throughout */
	FIRE = 81,   /* 3 x 2 s with gaps of 1 s */
	CLEAR = 82,  /* 6 s */
	RARE = 83,   /* as ATTACK, named in no mandate */
};

struct town {
	struct patterns *patterns;
	struct secret_key key[KEYS], hub, stranger;
	struct buffer roster; /* the text */
	uint16_t random;
	verify_fn *verify;
	void *verify_ctx;
};

void town_new(struct town *t);
void town_free(struct town *t);
const struct secret_key *town_key(const struct town *t, uint16_t number);
/* The roster of the town, to be changed; arrays live in `arena`. */
struct roster town_roster(const struct town *t, struct arena *arena);
/* As data of a bulletin entry, signed by two. */
struct buffer town_document(
	const struct town *t, const struct roster *r, uint16_t first, uint16_t second);

/* An order with room for its signatures. */
struct made {
	struct order order;
	struct signature signature[ORDER_APPROVALS];
};
/* A body of this class as the town would order it at `now_ms`, with an id of its own. */
struct order_body town_body(struct town *t, enum order_class class, int64_t now_ms);
void made_body(struct made *m, struct order_body b); /* one body, no approvals */
void made_sign(struct made *m, const struct town *t, uint16_t key); /* one more approval */
struct buffer made_bytes(const struct made *m);

enum disk { DISK_GOOD, DISK_REFUSES, DISK_HANGS };

struct told {
	struct receipt receipt;
	int64_t at_ms; /* monotonic, when it was sent first */
	struct hash hash;
};

struct stored {
	uint16_t record;
	struct buffer bytes;
};

struct box {
	struct town *town;
	struct siren *siren;
	uint32_t number;
	struct place place;
	/* Hears each wish as it is performed; NULL: nobody does. */
	void (*saw)(struct box *b, const struct siren_wish *wish);
	void *saw_ctx;
	int64_t mono_ms, wall_ms; /* the true time */
	int64_t chip_ms;	  /* the chip's error; */
	bool no_chip;
	enum disk disk;
	bool horn_dead, hub_down;
	int64_t current_ms; /* how long the current takes to come */
	uint16_t cabinet;   /* inputs but for the current */

	bool relay, foreign; /* foreign: somebody else sounds the horn */
	unsigned closures, plays, wants;
	int64_t closed_at_ms; /* the last closure */
	struct stored *record;
	size_t records, record_room;
	struct told *told;
	size_t tolds, told_room;
	uint64_t ticket[8]; /* stores to be answered */
	size_t tickets;
	int64_t answer_ms, input_ms, beat_ms; /* monotonic, -1: none */
	uint16_t inputs_given;
	struct siren_todo todo;
};

/* The town's time starts in summer 2026; the first heartbeat comes after 10 ms. */
void box_new(struct box *b, struct town *t);
/* Start a box whose fields the caller has chosen, box_default() first. */
void box_default(struct box *b, struct town *t);
void box_begin(struct box *b);
void box_free(struct box *b);
/* Let time pass; the disk, the horn and the hub do their part. */
void box_run(struct box *b, int64_t ms);
void box_step(struct box *b, const struct siren_event *ev);
void box_give(struct box *b, struct bytes order);
void box_heartbeat(struct box *b, const struct secret_key *hub, int64_t time_ms);
void box_entry(
	struct box *b, const struct secret_key *hub, const char *kind, struct bytes data);
/* Sign and give; `second` 0: one signature. Gives the id back. */
uint64_t box_order(struct box *b, struct order_body body, uint16_t first, uint16_t second);
/* An alarm by Anna and Boris; an order of this class that ends `id`. */
uint64_t box_alarm(struct box *b);
uint64_t box_end(struct box *b, enum order_class class, uint64_t id, uint16_t first,
	uint16_t second);
struct order_body box_body(struct box *b, enum order_class class);
/* The power goes, and comes back after `down_ms`. Nothing that was not stored survives. */
void box_restart(struct box *b, int64_t down_ms);
/* Write the log anew, as a box does when it has grown. */
void box_compact(struct box *b);

struct siren_view box_view(const struct box *b);
/* How many different receipts of this event; of this order if it is not 0. */
unsigned box_told(const struct box *b, enum receipt_event event, uint64_t order);
unsigned box_refused(const struct box *b, enum verdict v);
const struct told *box_last(const struct box *b, enum receipt_event event);

#endif
