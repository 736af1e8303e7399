/* SPDX-License-Identifier: GPL-3.0-or-later */
/* brain.h: what the files of the hub's brain share; nobody else includes it. */
#ifndef HUB_BRAIN_H
#define HUB_BRAIN_H

#include "bulletin/nodes.h"
#include "bulletin/receipt.h"
#include "bulletin/spool.h"
#include "bulletin/takeover.h"
#include "hub/hub.h"
#include "wire/link.h"

#include <jansson.h>

enum { RECEIPT_NUMBERS = 128 }; /* remembered of each siren */

enum proposal_state { PROPOSAL_WAITING, PROPOSAL_LIVE, PROPOSAL_REJECTED, PROPOSAL_LAPSED };

struct proposal {
	uint64_t id; /* of its order */
	enum verb verb;
	uint64_t alert;
	uint16_t author; /* key number */
	enum proposal_state state;
	int64_t time_ms;
	uint16_t zone_count;
	struct bytes content, order; /* frozen; the order with the approvals so far */
	char headline[160];
};

/* An order under a mandate that was published. */
struct start {
	uint64_t order;
	uint16_t key;
	enum order_class class;
	int64_t time_ms; /* its not-before, or when it came if that is earlier */
};

struct siren_row {
	uint32_t number;
	uint16_t zone;
	char name[48];
	struct public_key key;
	int64_t enrolled_ms;		/* as the administrator signed it */
	uint64_t newest;		/* the highest receipt number that came */
	uint64_t came[RECEIPT_NUMBERS]; /* the highest ones, ascending */
	size_t came_count;
	int64_t heard_ms; /* wall clock here when the newest was said; 0 never */
	int64_t alive_ms; /* the same, monotonic; 0: not since this hub started */
	int64_t clock_off_ms;
	struct receipt last; /* without order_bytes */
	bool failed;	     /* its last sounding brought no current */
};

struct edge_row {
	bool up, asked;		 /* asked: it told what it has since this hub started */
	bool waiting_back;	 /* it is sending entries that this hub lacks */
	uint64_t size;		 /* as it said last */
	uint32_t heartbeat_term; /* of the newest heartbeat that it had when it was asked */
	int64_t heartbeat_ms;	 /* the same one's time; 0: it had none that verifies */
	char spool_edge[SPOOL_EDGE_MAX + 1];
	uint64_t spool,
		received; /* its spool's number; messages up to here are committed */
	uint64_t taken;	  /* messages up to here are on their way to the disk */
	bool cursor_due;
	int64_t heard_ms;
};

/* What waits for one commit: answers, entries for edges, an order that may leave before. */
struct pending {
	struct pending *next;
	uint64_t ticket;
	int64_t deadline_ms; /* monotonic */
	uint64_t size;	     /* of the tree when it is on disk */
	uint64_t client;
	int status;
	struct bytes reply; /* JSON; len 0: nobody waits */
	struct bytes order, content;
	bool departed;
	size_t edge; /* whose messages up to `spool` it holds; HUB_EDGES: none */
	uint64_t spool;
	size_t line_count;
	struct bytes *line; /* entry lines */
};

struct waiting { /* an entry that cannot be signed before every edge was asked */
	char kind[33];
	struct bytes data;
};

struct journal_receipt { /* the newest receipts, for GET /receipts */
	uint64_t seq;
	struct receipt receipt;
	int64_t time_ms;
};
enum { RECEIPTS_KEPT = 65536 };

struct hub {
	struct hub_conf conf;
	char edge_name[HUB_EDGES][33];
	struct arena *roster_arena;
	struct roster roster;
	struct bytes roster_data; /* the signed document in force */
	struct revoked revoked;
	struct revocation *revocation; /* in the order in which they came */
	size_t revocation_count;
	struct suspensions suspensions;
	struct zones *zones;
	struct zone_index *index; /* of zones; made when a CAP message first asks for it */
	uint64_t zones_version;
	struct hash zones_hash; /* of the document's text */
	struct bytes zones_data;
	struct book *book;
	struct nodes *nodes;
	uint64_t committed; /* entries on disk */
	bool started, settled, alone, forked;
	uint32_t last_term; /* of the newest entry; 0: there is none */
	uint64_t term_from; /* the first number of that term */
	bool crowned;	    /* two operators made this hub the writer of its term */
	bool superseded;    /* another hub reigns in a later term */
	struct waiting *waiting;
	size_t waiting_count;
	struct proposal *proposal;
	size_t proposal_count, proposal_cap;
	struct start *start; /* of the last two days */
	size_t start_count;
	struct siren_row *siren;
	size_t siren_count;
	struct edge_row edge[HUB_EDGES];
	struct pending *first, *last, *open; /* open: of the event at hand */
	uint64_t ticket;
	struct journal_receipt *receipts; /* ring */
	uint64_t receipt_seq;
	uint64_t bad_receipts;

	int64_t now_ms, mono_ms; /* of the event at hand */
	int64_t clock_off_ms; /* wall clock minus monotonic clock, as it was last believed */
	bool clock_known, clock_bad; /* bad: it jumped; no heartbeat is dated by it */
	uint8_t random[16];
	int64_t heartbeat_due_ms, second_due_ms, summary_due_ms; /* monotonic */
	char summary[160];
};

/* wishes.c */
struct hub_wish *hub_wish_add(struct hub_todo *todo, enum hub_wish_kind kind);
struct bytes hub_keep(struct hub_todo *todo, struct bytes bytes);
struct bytes bytes_copy(struct bytes b); /* malloc; at NULL if there is no memory */
void hub_log(struct hub_todo *todo, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A record of this event's transaction. */
void journal(
	struct hub *h, struct hub_todo *todo, enum hub_record record, struct bytes bytes);
/* End of the event: post its transaction, if it has one. */
void journal_close(struct hub *h, struct hub_todo *todo);
void send_one(struct hub_todo *todo, size_t edge, struct bytes frame);
void send_edges(struct hub *h, struct hub_todo *todo, struct bytes frame);
/* Answer now, or with the commit if this event wrote something. Takes the reference. */
void answer(
	struct hub *h, struct hub_todo *todo, uint64_t client, int status, json_t *body);
void answer_error(struct hub *h, struct hub_todo *todo, uint64_t client, enum err err,
	const struct fault *fault);

/* publish.c */
/* Make an entry of it, now or when the hub may sign; it takes effect at once. */
void publish(struct hub *h, struct hub_todo *todo, const char *kind, struct bytes data);
void waiting_add(struct hub *h, const char *kind, struct bytes data);
void settle(struct hub *h, struct hub_todo *todo);
void heartbeat(struct hub *h, struct hub_todo *todo);
void committed(struct hub *h, struct hub_todo *todo, uint64_t ticket, bool ok);
/* An edge that was away hears of orders that have no entry yet. */
void tell_waiting(struct hub *h, struct hub_todo *todo, size_t edge);
void depart_late(struct hub *h, struct hub_todo *todo);
/* May a hub of this term sign the next entry? The first of all, the one that wrote the last, or the
 * one that a takeover names. */
bool reigns(const struct hub *h);
/* The entry with this number is of this term. */
void term_note(struct hub *h, uint64_t number, uint32_t term);
CHECKED enum err take_entry(struct hub *h, struct bytes line, struct fault *fault);

/* apply.c: what an entry's data does to what the hub knows. */
void apply(struct hub *h, const char *kind, struct bytes data, int64_t time_ms);
CHECKED enum err hub_pin_roster(struct hub *h, struct bytes data, struct fault *fault);
struct judge hub_judge(const struct hub *h);
struct place place_of(const struct zones *z, uint16_t zone);
/* Is the order good in every zone that it names? */
enum verdict judge_everywhere(const struct hub *h, const struct order *o);

/* starts.c */
/* Counted once, however often it comes; nothing if it needs no mandate. */
void start_note(struct hub *h, const struct order *o, int64_t now_ms);
/* Had this mandate's key all its starts of the hour in which the body begins? */
bool starts_used_up(
	const struct hub *h, const struct mandate *m, const struct order_body *b);

/* proposals.c */
void draft(struct hub *h, struct hub_todo *todo, uint64_t client, const json_t *body);
void propose(struct hub *h, struct hub_todo *todo, uint64_t client, const json_t *body);
void approve(struct hub *h, struct hub_todo *todo, uint64_t client, uint64_t id,
	const json_t *body);
void reject(struct hub *h, struct hub_todo *todo, uint64_t client, uint64_t id,
	const json_t *body);
void proposals_lapse(struct hub *h);
struct proposal *proposal_find(const struct hub *h, uint64_t id);
CHECKED enum err proposal_restore(
	struct hub *h, uint16_t record, int64_t time_ms, struct bytes bytes);
const char *proposal_state_name(enum proposal_state s);

/* drafts.c: helpers of proposals.c and answers.c */
/* What `body` asks for, as the operator would sign it; `order` may be NULL. */
CHECKED enum err draft_make(struct hub *h, const json_t *body, struct buffer *content,
	struct order *order, struct fault *fault);
/* The content of the stop with this id and alert, as this hub drafts it. */
CHECKED enum err stop_again(struct hub *h, const struct content *c, struct buffer *content,
	struct fault *fault);
const struct playbook *playbook_find(const struct hub *h, const char *name);

/* answers.c */
json_t *alert_json(const struct hub *h, const struct alert *a, bool whole);
json_t *bytes_json(struct bytes b); /* base64 */
json_t *time_json(int64_t ms);	    /* RFC 3339 */
void answer_get(struct hub *h, struct hub_todo *todo, uint64_t client, const char *path);

/* sirens.c */
void enrol(struct hub *h, struct hub_todo *todo, uint64_t client, const json_t *body);
CHECKED enum err siren_row_restore(struct hub *h, struct bytes bytes);
/* `held_ms`: when the edge took it, by the edge's clock. */
void receipt_hear(
	struct hub *h, struct hub_todo *todo, struct bytes bytes, int64_t held_ms);
void receipt_restore(struct hub *h, int64_t time_ms, struct bytes bytes);
/* An order that left before the disk and was lost here, or that came through a hub which reigns no
 * more. A stop or an end that nobody wrote down counts as well. */
void learn_order(
	struct hub *h, struct hub_todo *todo, struct bytes bytes, const char *from);
json_t *edges_json(const struct hub *h);
json_t *board_json(const struct hub *h);
void summary(struct hub *h, struct hub_todo *todo);

/* edges.c */
void edge_up(struct hub *h, struct hub_todo *todo, size_t edge);
/* A hub that does not sign asks every edge anew what it has: who takes over must know it now. */
void edges_ask(struct hub *h, struct hub_todo *todo);
void edge_frame(struct hub *h, struct hub_todo *todo, size_t edge, struct bytes frame);
void send_cursors(struct hub *h, struct hub_todo *todo);

/* trust.c */
void document_post(
	struct hub *h, struct hub_todo *todo, uint64_t client, const json_t *body);
void notice_post(struct hub *h, struct hub_todo *todo, uint64_t client, const char *kind,
	const json_t *body);

#endif
