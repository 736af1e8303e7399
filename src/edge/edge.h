/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * edge.h: what an edge knows and believes: the bulletin that it follows, the orders that it judged
 * itself, the alerts that live. No socket, file, thread, clock or dice in here: what is to be done
 * is asked of the hands.
 */
#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "alert/book.h"
#include "bulletin/follow.h"
#include "bulletin/spool.h"
#include "bulletin/verdict.h"
#include "wire/link.h"

enum {
	EDGE_HUBS = 16, /* links from hubs at once */
	EDGE_KEEP_MS =
		48 * 3600000, /* alerts that are over are shown as long; at least 24 h */
};

/* Kinds of records in the edge's journal (doc/formats/edge.md). */
enum edge_record {
	EDGE_RECORD_ENTRY =
		1, /* an entry of the bulletin, and whether its order was judged good */
	EDGE_RECORD_ORDER, /* an order that came before the hub's disk had it */
};

/*
 * What the brain asks for. Called from within the functions of this header, which they must not
 * call again but for those that only look. Bytes are borrowed for the call.
 */
struct edge_hands {
	void *ctx;
	void (*send)(void *ctx, size_t hub, struct bytes frame);
	/* The hub asked what we have: from now on it takes our spool. */
	void (*greeted)(void *ctx, size_t hub);
	/* The hub lacks entries: send it ours from `from` on, then LINK_OWN_END. */
	void (*give_back)(void *ctx, size_t hub, uint64_t from);
	/* To everybody, at once: entry `number` (in the tree now), or an order before it. */
	void (*entry)(void *ctx, const struct entry *e);
	void (*order)(void *ctx, struct bytes order);
	/* Write to the journal. */
	void (*keep)(
		void *ctx, enum edge_record kind, int64_t time_ms, struct bytes record);
	void (*heartbeat)(void *ctx, const struct checkpoint *c);
	void (*cursor)(
		void *ctx, const struct spool_cursor *c, const struct public_key *hub);
	void (*fork)(void *ctx, const struct fork *proof);
	void (*log)(void *ctx, const char *line);
};

struct edge_conf {
	const char *name;    /* of the edge */
	struct bytes roster; /* the pinned roster's signed document */
	verify_fn *verify;   /* NULL: signature_verify() */
	void *verify_ctx;
};

struct edge;

/* On success the caller owns *out. `hands` are copied, names too. Errors: those of document_read()
 * and roster_read(), ERR_SIGNATURE, ERR_UNKNOWN (no hub in the roster), ERR_NOMEM. */
CHECKED enum err edge_new(struct edge **out, const struct edge_conf *conf,
	const struct edge_hands *hands, struct fault *fault);
void edge_free(struct edge *e); /* NULL is fine */
/* The number of the edge's spool, told to each hub; before the first frame. */
void edge_set_spool(struct edge *e, uint64_t number);

/* One record of the journal, in order; before anything else. Errors: a record that this edge
 * cannot have written. */
CHECKED enum err edge_restore(struct edge *e, uint16_t record, int64_t time_ms,
	struct bytes bytes, struct fault *fault);
/* A heartbeat kept from before; believed as any other. */
void edge_restore_heartbeat(struct edge *e, const char *line, size_t len);
/* A fork proof kept from before: until a takeover nothing is called current. */
void edge_restore_fork(struct edge *e, const char *json, size_t len);

void edge_hub_down(struct edge *e, size_t hub);
void edge_hub_frame(struct edge *e, int64_t now_ms, size_t hub, struct bytes frame);
/* At least once a second. */
void edge_tick(struct edge *e, int64_t now_ms);

/* ---- looking; all borrowed until the next call that changes something ---- */

/* Rises with every change of what pages and joining sirens are told, but for ages. */
uint64_t edge_version(const struct edge *e);
bool edge_is_current(const struct edge *e, int64_t now_ms);
/* A proof is kept that the hub of this term signed two bulletins. */
bool edge_is_forked(const struct edge *e);
const struct checkpoint *edge_heartbeat(const struct edge *e); /* NULL: none yet */
const struct follower *edge_follower(const struct edge *e);
const struct roster *edge_roster(const struct edge *e);
const struct zones *edge_zones(const struct edge *e); /* NULL: none yet */
const struct book *edge_book(const struct edge *e);
/* What the people are told by a message of an alert; NULL if it cannot be read. */
const struct content *edge_content(const struct edge *e, const struct hash *hash);

/* Orders that have not expired and were judged good, in the order of coming. */
#define EDGE_NOT_ENTERED UINT64_MAX
struct edge_order {
	uint64_t id;
	uint64_t number;  /* of its entry, or EDGE_NOT_ENTERED */
	uint64_t content; /* number of its content's entry, or EDGE_NOT_ENTERED */
	enum order_class class;
	int64_t expiry_ms;
	struct bytes bytes;
	struct hash content_hash;
};
size_t edge_orders(const struct edge *e, const struct edge_order **out);
/* Does a mouth that knows nothing need it: an alarm that lives, or what ends part of one? */
bool edge_order_matters(const struct edge *e, const struct edge_order *o);
/* Does a mouth need it that slept with an alarm in its memory: does it end or stop whatever? */
bool edge_order_ends(const struct edge *e, const struct edge_order *o);

/* How somebody is told what is here, in the order of the calls. */
struct edge_teller {
	void *ctx;
	void (*entry)(void *ctx, uint64_t number); /* this entry of the journal */
	void (*order)(
		void *ctx, const struct edge_order *order); /* it is in no entry yet */
	/* The newest heartbeat: the time alone; and with the right edge of its tree. */
	void (*time)(void *ctx, const struct checkpoint *c);
	void (*here)(void *ctx, const struct checkpoint *c);
};
/* One who knows nothing: takeovers, the time, what changes trust, the orders that still matter
 * (with their contents unless it is a siren), where the chain stands. The answer is the first
 * entry to go on with. */
uint64_t edge_join(const struct edge *e, bool siren, const struct edge_teller *to);
/* One who has all entries before some number: what that number does not ask for. */
void edge_resume(const struct edge *e, const struct edge_teller *to);
/* Orders that matter and are in no entry yet. */
void edge_early_orders(const struct edge *e, const struct edge_teller *to);

struct edge_sirens {
	bool known;
	int ready, sounding, fault, unknown, unordered;
	int64_t time_ms;
};
struct edge_sirens edge_sirens(const struct edge *e);

/* Others' alerts as the hub told them last (alert/foreign_list.h): passed on, nothing more. Borrowed
 * until the next step. */
struct edge_foreign {
	struct bytes list; /* empty: never told */
	int64_t time_ms;
};
struct edge_foreign edge_foreign(const struct edge *e);

struct edge_counts {
	uint64_t heard[HEARD_NOMEM + 1]; /* entries by what came of them */
	uint64_t bad_lines, bad_frames, wants, early_orders;
	uint64_t verdicts[VERDICT_COUNT]; /* orders by verdict */
};
const struct edge_counts *edge_counts(const struct edge *e);

/* A record of EDGE_RECORD_ENTRY as an entry; borrows. */
CHECKED enum err edge_entry_read(struct entry *out, bool *judged_good, struct bytes record);

#endif
