/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * siren.h: the brain of a siren box: events and their time go in, wishes come out.
 *
 * It believes nobody: each order is judged here against the pinned roster. What it knows is a set
 * of orders (known.h), so the order of arrival changes nothing but the minute of the sound. A lost
 * link, a lost heartbeat or a restart never changes what is sounding.
 */
#ifndef SIREN_SIREN_H
#define SIREN_SIREN_H

#include "bulletin/checkpoint.h"
#include "bulletin/entry.h"
#include "bulletin/follow.h"
#include "bulletin/receipt.h"
#include "bulletin/verdict.h"
#include "siren/pattern.h"

enum {
	SIREN_STATUS_MS =
		30000, /* a receipt at least this often; silence for 90 s is UNKNOWN */
	SIREN_EARLY_MS = 5000,	/* clocks differ: so much before not-before is in time */
	SIREN_HOLD_MS = 120000, /* an order earlier than that is held for at most so long */
	SIREN_DISK_MS = 250,	/* the horn waits so long for the disk, and no longer */
	SIREN_CURRENT_MS = 2000,   /* from relay to current, else "failed" */
	SIREN_UNORDERED_MS = 1000, /* current so long without an order is somebody else's */
	SIREN_GAP_MS = 200,    /* silence between two soundings, so that both are heard */
	SIREN_LEAST_MS = 1000, /* an alarm sounds so long before the next takes its place */
	SIREN_JOIN_MS = 120000, /* the same alarm within this joins (doc/decisions) */
	SIREN_OWED_MS = 3000,	/* edges tell what lives before an owed all clear sounds */
	SIREN_OUTBOX = 256,	/* receipts kept until the hub has them */
	SIREN_FAULT_MS = 1000,	/* receipts on doors and mains are at least so far apart */
	SIREN_TESTS = 60,	/* tests in an hour */
};

struct siren_conf {
	uint32_t number;		 /* of the siren, unique in its territory */
	struct place place;		 /* its zone and the parents, its groups */
	const struct patterns *patterns; /* borrowed for life */
	uint16_t seconds_cap;		 /* of one sounding; 0: the pattern's own */
	struct secret_key key;
	struct bytes roster; /* the pinned roster's document text; copied */
	int64_t floor_ms;    /* no time before this: the roster's or the build's */
	int64_t chip_ms; /* what the box's own clock chip says at siren_new(); 0: it has none.
				  * Not trusted: it only tells how much of an interrupted
				  * sounding is left, and vouches for the first heartbeat (clock.h) */
	verify_fn *verify; /* NULL: signature_verify() */
	void *verify_ctx;
};

enum siren_event_kind {
	SIREN_TICK,	  /* time has come: siren_next_ms() */
	SIREN_ORDER,	  /* an order by any path: stream, radio, USB stick */
	SIREN_ENTRY,	  /* a parsed line of the bulletin */
	SIREN_CHECKPOINT, /* a heartbeat */
	SIREN_INPUTS,	  /* what the cabinet says */
	SIREN_STORED,	  /* the disk answered */
	SIREN_RECEIVED,	  /* the hub has all receipts up to `number` */
};

struct siren_event {
	enum siren_event_kind kind;
	union {
		struct {
			struct bytes bytes;
			bool on_disk; /* false: marked "not yet on the hub's disk" */
		} order;
		const struct entry *entry;
		struct {
			const struct checkpoint *checkpoint;
			const struct hash *edge; /* right edge of its tree, to join there */
			size_t edge_count;
		} heartbeat;
		struct {
			uint16_t inputs; /* enum receipt_input: CURRENT … LOCKED */
			uint16_t battery_mv;
		} inputs;
		struct {
			uint64_t ticket;
			bool ok;
		} stored;
		uint64_t number;
	};
};

enum siren_wish_kind {
	SIREN_RELAY, /* close or open it */
	SIREN_PLAY,  /* play the pattern through the speaker from `elapsed_ms` on */
	SIREN_QUIET, /* stop playing */
	SIREN_STORE, /* put this record on disk; answer with SIREN_STORED if ticket != 0 */
	SIREN_RECEIPT, /* send this to an edge, until SIREN_RECEIVED says that the hub has it;
			* a status receipt is sent once */
	SIREN_WANT,    /* ask an edge for entries from `number` on */
};

struct siren_wish {
	enum siren_wish_kind kind;
	bool on;		       /* RELAY */
	const struct pattern *pattern; /* PLAY */
	uint32_t seconds;	       /* PLAY: as for pattern_total_ms() */
	int64_t elapsed_ms;	       /* PLAY */
	uint16_t record;	       /* STORE: enum siren_record */
	uint64_t ticket;	       /* STORE */
	uint64_t number;	       /* RECEIPT, WANT */
	struct bytes bytes;	       /* STORE, RECEIPT: good until the todo is cleared */
};

/* Kinds of records in the state log. siren_restore() takes them back in the order of storing. */
enum siren_record {
	SIREN_RECORD_KNOWN = 1,
	SIREN_RECORD_CLOCK,	/* the floor */
	SIREN_RECORD_NUMBER,	/* receipt numbers are used up to here */
	SIREN_RECORD_RECEIPT,	/* a receipt that the hub may not have */
	SIREN_RECORD_RECEIVED,	/* the hub has receipts up to here */
	SIREN_RECORD_REVOKED,	/* a key number */
	SIREN_RECORD_SUSPENDED, /* a mandate number and until when */
	SIREN_RECORD_START, /* a start under a mandate, or a stop of a key, with its time */
	SIREN_RECORD_ROSTER, /* a newer roster's text */
	SIREN_RECORD_GROWL,  /* when a test could be heard last */
	SIREN_RECORD_TERM,   /* of the newest takeover */
};

struct siren_todo {
	struct siren_wish *at;
	size_t count, cap;
	struct arena *arena;
	struct siren_wish lost; /* without memory, wishes end here, … */
	bool short_of_memory;	/* … or have no bytes: a snapshot is not whole */
};
void siren_todo_clear(struct siren_todo *todo);
void siren_todo_free(struct siren_todo *todo);

struct siren;

/* On success the caller owns *out. Errors: those of roster_read(), ERR_NOMEM. */
CHECKED enum err siren_new(struct siren **out, const struct siren_conf *conf,
	int64_t monotonic_ms, struct fault *fault);
void siren_free(struct siren *s); /* NULL is fine */

/* A record from the state log; before the first step. What cannot be read is left out. */
void siren_restore(struct siren *s, uint16_t record, struct bytes bytes);
/* After the last record: go on with what was sounding, open the relay if nothing was, report the
 * restart. */
void siren_start(struct siren *s, int64_t monotonic_ms, struct siren_todo *todo);

/* Tell the siren what happened; append what it wants done to `todo`. */
void siren_step(struct siren *s, int64_t monotonic_ms, const struct siren_event *ev,
	struct siren_todo *todo);
/* When it wants its next SIREN_TICK (monotonic ms). */
int64_t siren_next_ms(const struct siren *s);

/* All of its state that must outlive a power cut, for compaction of the log: only if
 * todo->short_of_memory is false. */
void siren_snapshot(const struct siren *s, struct siren_todo *todo);

/* For boards, tests and the simulator's invariants. */
struct siren_view {
	uint64_t sounding; /* order id, 0 if silent */
	bool about_to;	   /* sound: it waits for the disk or the gap */
	bool relay, clock_sure, unordered;
	int64_t now_ms;
	uint64_t size; /* of the tree */
	uint32_t roster;
	uint32_t refused[VERDICT_COUNT];
	uint32_t sounded; /* soundings begun */
	size_t live;	  /* living alarms */
};
struct siren_view siren_view(const struct siren *s, int64_t monotonic_ms);
/* Does it know this order as a living alarm? */
bool siren_lives(const struct siren *s, uint64_t id, int64_t monotonic_ms);

#endif
