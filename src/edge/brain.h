/* SPDX-License-Identifier: GPL-3.0-or-later */
/* brain.h: what the files of the edge's brain share; nobody else includes it. */
#ifndef EDGE_BRAIN_H
#define EDGE_BRAIN_H

#include "edge/edge.h"

/* A content that was parsed once and is shown often. */
struct card {
	struct hash hash;
	struct arena *arena;
	struct content content;
	uint64_t number; /* of its entry, or EDGE_NOT_ENTERED */
	int64_t came_ms;
};

struct numbers {
	uint64_t *at;
	size_t count, cap;
};

struct edge_peer {
	bool greeted, fork_sent;
	uint64_t wanted;   /* asked for from here on */
	int64_t wanted_ms; /* when; 0: not asked */
	bool gap;
};

struct edge {
	struct edge_hands hands;
	verify_fn *verify; /* of edge_conf */
	void *verify_ctx;
	char name[SPOOL_EDGE_MAX + 1];
	uint64_t spool;
	struct arena *roster_arena;
	struct roster roster;
	struct revoked revoked;
	struct suspensions suspensions;
	struct follower *follower;
	struct zones *zones;
	struct book *book;
	struct card *card;
	size_t card_count, card_cap;
	struct edge_order *order;
	size_t order_count, order_cap;
	struct numbers takeovers, notices;
	struct edge_sirens sirens;
	struct edge_foreign foreign; /* of malloc() */
	struct edge_peer peer[EDGE_HUBS];
	struct edge_counts counts;
	uint64_t version;
	int64_t now_ms;
	int64_t said_ms; /* the time in the newest entry or heartbeat; 0: none yet */
	int64_t lost_ms; /* when orders that stand in no entry were told to the hubs last */
	int64_t forget_ms; /* when old things were forgotten last */
	uint8_t heartbeat_mark[sizeof(struct signature)]; /* of the newest that was told */
	uint32_t forked_term; /* a proof from before names this term; 0: none */
	bool fork_told;
};

void edge_log(struct edge *e, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* edge.c */
/* So late it is by our clock and by what the hub signed last: what had not expired by then may still
 * live. Ours alone could have jumped, and would hide alarms from mouths that join. */
int64_t edge_sure_ms(const struct edge *e);
enum heard edge_hear(struct edge *e, const struct entry *entry);

/* link.c */
/* A heartbeat or a fork can come to light with any entry or checkpoint. */
void edge_look_around(struct edge *e);
/* Ask this hub for what is missing, at most once a second. */
void edge_want(struct edge *e, size_t hub);

/* apply.c: what the data of an entry does to what the edge knows. */
struct applying {
	uint64_t number; /* EDGE_NOT_ENTERED: an order before its entry */
	int64_t time_ms;
	bool restoring, was_good; /* restoring: the order was judged when it came */
};
/* True if it is an order that was judged good. */
bool edge_apply(
	struct edge *e, const char *kind, struct bytes data, const struct applying *how);
bool edge_order_came(struct edge *e, struct bytes bytes, const struct applying *how);
void edge_content_came(struct edge *e, struct bytes data, const struct applying *how);
CHECKED enum err edge_pin(
	struct edge *e, struct bytes data, bool first, struct fault *fault);
/* Orders that stand in no entry go back up to a hub. */
void edge_send_lost(struct edge *e, size_t hub);
/* A takeover that two operators signed: the follower believes the next hub from then on. */
void edge_take_over(struct edge *e, struct bytes data);

/* judge.c: is the order, entered at `said_ms`, good wherever it wants to speak? */
enum verdict edge_judge(const struct edge *e, const struct order *o, int64_t said_ms);

/* cards.c */
const struct card *card_find(const struct edge *e, const struct hash *hash);
void card_add(struct edge *e, struct bytes data, uint64_t number, int64_t now_ms);
void cards_forget(struct edge *e, int64_t before_ms);
void cards_free(struct edge *e);

/* orders.c */
/* Was none of its id here, or one that fewer had to sign? */
bool order_is_news(struct edge *e, const struct order *o);
/* A good order, entered with this number: kept if it is news, else its row learns the number. */
void order_row_hear(
	struct edge *e, const struct order *o, struct bytes bytes, uint64_t number);
void orders_forget(struct edge *e, int64_t now_ms);
void orders_free(struct edge *e);
bool numbers_add(struct numbers *n, uint64_t number);

#endif
