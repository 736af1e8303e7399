/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hub.h: the brain of a hub: requests, edges and time go in, wishes come out.
 *
 * All that it knows is a fold over its journal: hub_restore() with each record, then hub_start().
 * What it signs leaves only after the commit; what two operators signed does not wait longer than
 * HUB_DISK_MS (DESIGN section 5). Requests are those of doc/formats/api.md.
 */
#ifndef HUB_HUB_H
#define HUB_HUB_H

#include "alert/compose.h"
#include "bulletin/checkpoint.h"
#include "bulletin/entry.h"
#include "bulletin/verdict.h"
#include "siren/pattern.h"

enum {
	HUB_EDGES = 16,
	HUB_DISK_MS = 250,	   /* an approved order waits so long for the disk */
	HUB_LAPSE_MS = 15 * 60000, /* a proposal that nobody approved */
	HUB_SILENT_MS = 90000,	   /* a siren not heard for so long is UNKNOWN */
	HUB_EDGE_SILENT_MS = 30000,
	HUB_SUMMARY_MS = 60000, /* at most one siren summary entry in this time */
};

/* Kinds of journal records (doc/formats/journal.md). */
enum hub_record {
	HUB_RECORD_ENTRY = 1, /* an entry line of the bulletin, signed here or taken back */
	HUB_RECORD_PROPOSED, /* JSON: the proposal's content and order with the first approval */
	HUB_RECORD_APPROVED, /* JSON: proposal, key, signature */
	HUB_RECORD_REJECTED, /* JSON: proposal, key, reason, signature */
	HUB_RECORD_WAITING,  /* kind and data of an entry that could not be signed yet */
	HUB_RECORD_SIREN,    /* JSON: a siren was enrolled */
	HUB_RECORD_RECEIPT,  /* a receipt's bytes */
};

struct hub_conf {
	char name[33];
	uint32_t term;
	struct secret_key key;
	struct bytes
		roster; /* the first roster's signed document; used if the journal is empty */
	const struct patterns *patterns; /* borrowed for life */
	const struct playbook *playbook; /* borrowed for life */
	size_t playbooks;
	const char *sender; /* of CAP messages; borrowed for life */
	const char
		*sender_name; /* who warns, for people; NULL: sender; borrowed for life */
	const char *
		identifier; /* what CAP identifiers begin with; NULL: "belfry-"; borrowed */
	const struct dsig_key
		*cap_key; /* signs CAP messages; NULL: unsigned; borrowed for life */
	/* Minutes east of UTC that clocks in the territory show at that time. NULL: UTC. */
	int (*utc_offset_min)(int64_t time_ms);
	size_t edges; /* how many it dials; 0..HUB_EDGES */
	char edge_name[HUB_EDGES][33];
	bool alone; /* sign entries though not every edge was asked */
};

enum hub_event_kind {
	HUB_TICK,
	HUB_REQUEST, /* somebody at the socket or console asks */
	HUB_STORED,  /* the disk answered */
	HUB_EDGE_UP, /* the link to an edge is up */
	HUB_EDGE_DOWN,
	HUB_EDGE_FRAME, /* bytes from an edge: wire/link.h */
	HUB_FOREIGN, /* others' alerts that are to be republished (alert/foreign_list.h) */
};

struct hub_event {
	enum hub_event_kind kind;
	uint8_t random[16]; /* fresh dice for every event */
	size_t edge;
	struct {
		uint64_t client;    /* who waits for the answer */
		const char *method; /* "GET", "POST" */
		const char *path;   /* "/api/v1/alerts", decoded, without query */
		struct bytes body;  /* JSON or empty */
	} request;
	struct {
		uint64_t ticket;
		bool ok;
	} stored;
	struct bytes frame, foreign;
};

enum hub_wish_kind {
	HUB_APPEND, /* one record; all records of one ticket are one transaction */
	HUB_COMMIT, /* end of a ticket's records: post them; answer with HUB_STORED */
	HUB_REPLY,  /* answer a request: status and JSON */
	HUB_SEND,   /* a frame to an edge */
	HUB_FEED, /* send an edge the entries from `number` on, out of the store, as frames */
	HUB_LOG, /* a line for the log */
	HUB_DIE, /* the journal is lost: end the process, say why */
};

struct hub_wish {
	enum hub_wish_kind kind;
	uint16_t record;    /* APPEND: enum hub_record */
	uint64_t ticket;    /* APPEND, COMMIT */
	uint64_t client;    /* REPLY */
	int status;	    /* REPLY: as HTTP's */
	size_t edge;	    /* SEND, FEED */
	uint64_t number;    /* FEED */
	struct bytes bytes; /* good until the todo is cleared */
};

struct hub_todo {
	struct hub_wish *at;
	size_t count, cap;
	struct arena *arena;
	struct hub_wish lost; /* without memory, wishes end here */
};
void hub_todo_clear(struct hub_todo *todo);
void hub_todo_free(struct hub_todo *todo);

struct hub;

/* On success the caller owns *out. `conf` is copied but for what is borrowed. ERR_NOMEM. */
CHECKED enum err hub_new(
	struct hub **out, const struct hub_conf *conf, struct fault *fault);
void hub_free(struct hub *h);

/* One record of the journal, in order. Errors: a record that this hub cannot have written. */
CHECKED enum err hub_restore(struct hub *h, uint16_t record, int64_t time_ms,
	struct bytes bytes, struct fault *fault);
/* After the last record. Errors: no roster, or the key is not the one of this term. */
CHECKED enum err hub_start(
	struct hub *h, int64_t now_ms, struct hub_todo *todo, struct fault *fault);

/* `mono_ms` never jumps, `now_ms` is the wall clock. */
void hub_step(struct hub *h, int64_t now_ms, int64_t mono_ms, const struct hub_event *ev,
	struct hub_todo *todo);
int64_t hub_next_ms(const struct hub *h); /* monotonic time of the next HUB_TICK it wants */

/*
 * For the store's projections (pure): is this record an entry, and with which number? And which
 * thing ("alert", "siren", "proposal") does it put in which state?
 */
bool hub_record_entry(uint16_t record, struct bytes bytes, uint64_t *number);

/* For tests, boards and the simulator. Borrowed until the next step. */
const struct book *hub_book(const struct hub *h);
uint64_t hub_size(const struct hub *h);
struct hash hub_root(const struct hub *h);
bool hub_settled(const struct hub *h); /* may it sign entries? */

#endif
