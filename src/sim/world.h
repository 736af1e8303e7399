/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * world.h: what the files of the simulator share: one territory whose parts run in virtual time.
 * Nobody outside src/sim includes it.
 *
 * Everything that happens is an event in one queue; what chance decides comes from one seed. The
 * brains, the store and the state log are the shipped ones; only the hands are made here.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "bulletin/spool.h"
#include "bulletin/takeover.h"
#include "edge/edge.h"
#include "hub/hub.h"
#include "sim/town.h"
#include "siren/siren.h"
#include "store/fault_vfs.h"
#include "store/state_log.h"
#include "store/store.h"

enum {
	HUBS = 2,
	EDGES = 2,
	BOXES = 3,
	DEEDS = 24,   /* things that people are at */
	ORDERS = 192, /* that somebody signed in one run */
	STREAMS = HUBS * EDGES + EDGES * BOXES,
	DISK_GOOD_MS = 4,
	TRACE_LINES = 48,
	TRACE_WIDTH = 240,
	JUDGES_CLIENT = 1,	/* who asks for the board */
	ADMINISTRATOR = 0xffff, /* who enrols, and makes takeovers */
};

enum happening {
	HAPPEN_HUB_TICK,
	HAPPEN_HUB_DISK,
	HAPPEN_HUB_START,
	HAPPEN_REPLY,
	HAPPEN_DIAL,
	HAPPEN_ARRIVE,
	HAPPEN_EDGE_START,
	HAPPEN_EDGE_TICK,
	HAPPEN_EDGE_DISK,
	HAPPEN_POST,
	HAPPEN_HELD,
	HAPPEN_BOX_TICK,
	HAPPEN_BOX_DISK,
	HAPPEN_BOX_INPUTS,
	HAPPEN_BOX_POST,
	HAPPEN_BOX_START,
	HAPPEN_RADIO,
	HAPPEN_DEED,
	HAPPEN_TROUBLE,
	HAPPEN_THIEF,
	HAPPEN_PHASE,
	HAPPEN_LOOK,
	HAPPEN_PEOPLE,
	HAPPEN_UNDO,
	HAPPENINGS,
};

enum undo {
	UNDO_HUB_DISK,
	UNDO_HUB_CLOCK,
	UNDO_HUB_PAUSE,
	UNDO_CUT,
	UNDO_BOX_DISK,
	UNDO_BOX_CABINET,
	UNDO_EDGE_CLOCK,
};

struct happen {
	int64_t at_ms;
	uint64_t seq;
	enum happening kind;
	int who, other;
	uint32_t life; /* of who; a later life does not hear of it */
	uint64_t number;
	struct buffer bytes;
};

/* A clock of one part: `drift` in millionths, and how wrong its wall clock is. */
struct sim_clock {
	int64_t born_ms, mono_ms, wall_off_ms;
	int drift;
};

/* An ordered, breakable stream; side 0 dials or subscribes: hub→edge, box→edge. */
struct stream {
	bool up, cut; /* cut: no dialing succeeds */
	uint32_t life;
	int64_t clear_ms[2]; /* nothing arrives before what was sent before it */
};

struct batch {
	uint64_t ticket;
	size_t count, cap;
	struct store_record *record; /* bytes are ours */
};

enum disk_state { DISK_WELL, DISK_SLOW, DISK_HANGS, DISK_FAILS };

struct sim_hub {
	int i;
	bool up, paused, wanted; /* wanted: to be started when it is down */
	uint32_t life;
	struct sim_clock clock;
	struct hub *brain;
	struct fault_vfs *vfs;
	char vfs_name[24];
	struct store *store;
	struct batch *queue;
	size_t queued, queue_cap;
	struct batch open;
	bool disk_busy;
	enum disk_state disk;
	uint64_t tick;
	uint64_t durable;   /* entries that the disk said it has */
	uint64_t committed; /* as the brain said last, for what may leave */
	bool has_backup, restored;
	int64_t born_off_ms; /* how wrong its clock was when it started */
	bool loose; /* a commit failed: its outcome is not known until the next start */
};

struct line {
	struct bytes full,
		brief; /* brief: without data that sirens do not read; both ours */
};

struct edge_kept { /* a record of the edge's journal */
	enum edge_record kind;
	int64_t time_ms;
	struct bytes bytes; /* ours */
};

struct sim_edge {
	struct world *w;
	int i;
	char name[8];
	bool up;
	uint32_t life;
	struct sim_clock clock;
	struct edge *brain;
	struct line *line; /* entry n at [n] */
	size_t lines, lines_cap;
	struct edge_kept *record;
	size_t records, records_cap, durable; /* the disk has `durable` of them */
	bool disk_busy;
	struct buffer heartbeat, fork; /* small files */
	struct spool *spool;
	uint64_t spool_number;
	struct buffer *message; /* spool messages held, on disk */
	size_t messages;
	struct spool_cursor cursor;
	bool has_cursor;
	bool greeted[HUBS];
};

struct letter {
	uint64_t number, spool[EDGES];
	bool held, received, flying;
	int tries;
	struct bytes bytes;
	uint8_t id[16];
	int64_t due_ms;
};

struct sim_box {
	int i;
	bool up;
	uint32_t life;
	struct sim_clock clock;
	struct siren *brain;
	struct state_memory *memory;
	struct state_log *log;
	struct buffer roster; /* the newest roster's text, kept as a file of its own */
	bool gaps;
	enum disk_state disk;
	bool disk_busy;
	uint64_t ticket[16];
	size_t tickets;
	uint64_t tick;
	bool relay, motor_dead, foreign, misled;
	uint16_t cabinet;
	struct letter *letter;
	size_t letters;
	int64_t spoke_ms; /* when it made its newest receipt */
	uint64_t on;	  /* the order that holds the relay */
	int64_t on_since_ms, on_total_ms;
	bool on_clear; /* it sounds an all clear */
	int64_t want_again_ms;
	uint64_t unsynced[64]; /* ids whose records are not on disk yet */
	size_t unsynceds;
	uint64_t said_size; /* of its newest receipt */
	struct hash said_root;
};

/* An order that people signed, as it truly was. */
struct signed_order {
	uint64_t id;
	struct order order;
	struct hash digest;
	uint32_t signers;		  /* bit: key number */
	struct signature signature[KEYS]; /* by key number */
	bool acked, excused, departed;	  /* departed: some box may have got it */
	int64_t acked_ms, signed_ms;
	int acked_hub;
};

/* What a box did about one signed order. */
struct ear_mark {
	bool heard, joined, durable, interrupted;
	int starts;
	uint32_t heard_life, start_life;
	int64_t start_ms;
};

struct root_mark {
	uint32_t term;
	uint64_t size;
	struct hash hash;
};

/* One signature that was verified already. In life each part has its own processor; here one plays
 * all of them. The answer is that of signature_verify(). */
struct memo {
	bool used, good;
	struct hash asked;
};
enum { MEMOS = 4096 };

struct sim_stats {
	uint64_t events, alerts, soundings, all_clears, stops, kills, cuts, forks, refused,
		backups, takeovers;
};

enum sim_phase { PHASE_TROUBLE, PHASE_HEAL, PHASE_END };

struct deed;

struct world {
	uint64_t seed, dice;
	const struct town *town;
	int64_t now_ms, end_ms, healed_ms;
	uint64_t seq;
	struct happen *heap;
	size_t count, cap;
	struct sim_hub hub[HUBS];
	struct sim_edge edge[EDGES];
	struct sim_box box[BOXES];
	struct stream stream[STREAMS];
	int leader;
	uint64_t takeover_size; /* of the tree that the second hub takes over */
	bool taken_over, dirty; /* dirty: edges' streams to boxes lose and spoil */
	bool calm;		/* healed: no new trouble */
	bool joining;		/* an edge tells a box what matters */
	bool scripted;		/* a scenario: nothing happens by itself */
	enum sim_phase phase;
	int rounds;
	struct deed *deed;
	/* judge */
	struct signed_order *order;
	size_t orders;
	struct ear_mark mark[BOXES][ORDERS];
	struct root_mark *root;
	size_t roots, roots_cap;
	struct root_mark *signed_entry;
	size_t signed_entries, signed_cap;
	struct memo *memo;
	/* thief */
	bool thief, thief_forked;
	uint64_t thief_number; /* of the entry that he signed */
	/* trace */
	char trace[TRACE_LINES][TRACE_WIDTH];
	size_t traced;
	struct hash digest; /* of all lines so far */
	void (*say)(void *ctx, const char *line);
	void *say_ctx;
	char broken[TRACE_WIDTH]; /* the invariant that does not hold; "" */
	struct sim_stats stats;
};

/* world.c */
struct world *world_new(const struct town *town, uint64_t seed);
void world_free(struct world *w);
uint64_t dice(struct world *w);
int64_t dice_between(struct world *w, int64_t low, int64_t high); /* both included */
bool chance(struct world *w, int in_thousand);
void trace(struct world *w, const char *who, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void broken(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct happen *happen(struct world *w, int64_t delay_ms, enum happening kind, int who);
/* Run the next event; false when nothing is left before `until_ms`, or something broke. */
bool world_step(struct world *w, int64_t until_ms);
int64_t clock_mono(const struct world *w, const struct sim_clock *c);
int64_t clock_wall(const struct world *w, const struct sim_clock *c);
struct sim_clock clock_new(struct world *w);

/* sim.c: hub and edges run, zones and sirens are known */
void world_set_up(struct world *w);

/* links.c */
struct stream *stream_hub(struct world *w, int hub, int edge);
struct stream *stream_box(struct world *w, int edge, int box);
int stream_index(const struct world *w, const struct stream *s);
void stream_dial(struct world *w, struct stream *s, int64_t delay_ms);
void stream_send(struct world *w, struct stream *s, int from_side, struct bytes bytes);
void stream_break(struct world *w, struct stream *s);
void stream_dialed(struct world *w, const struct happen *h);
void stream_arrived(struct world *w, const struct happen *h);

/* simhub.c */
void hub_node_new(struct world *w, int i);
void hub_node_free(struct sim_hub *h);
void hub_node_start(struct world *w, struct sim_hub *h);
void hub_node_stop(struct world *w, struct sim_hub *h, bool power);
void hub_node_pause(struct world *w, struct sim_hub *h);
void hub_node_wake(struct world *w, struct sim_hub *h);
void hub_node_step(struct world *w, struct sim_hub *h, struct hub_event *ev);
void hub_node_disk(struct world *w, struct sim_hub *h);
void hub_node_request(struct world *w, struct sim_hub *h, uint64_t client,
	const char *method, const char *path, struct bytes body);
void hub_node_backup(struct world *w, struct sim_hub *h);
void hub_node_restore(struct world *w, struct sim_hub *h);
/* False: there is no backup to begin from. */
bool hub_node_follow(struct world *w, struct sim_hub *to, struct sim_hub *from);
void hub_node_perform(struct world *w, struct sim_hub *h, struct hub_todo *todo);

/* simstore.c: the hub's disk, in turn */
CHECKED enum err hub_store_open(struct world *w, struct sim_hub *h, struct fault *fault);
void hub_store_post(struct world *w, struct sim_hub *h, const struct hub_wish *wish);
void hub_store_drop(struct sim_hub *h);
void hub_store_feed(struct world *w, struct sim_hub *h, int edge, uint64_t from);

/* simedge.c */
void edge_node_new(struct world *w, int i);
void edge_node_free(struct sim_edge *e);
void edge_node_start(struct world *w, struct sim_edge *e);
void edge_node_stop(struct world *w, struct sim_edge *e);
void edge_node_tick(struct world *w, struct sim_edge *e);
void edge_node_disk(struct sim_edge *e);
void edge_node_hub_down(struct sim_edge *e, int hub);
void edge_node_frame(struct world *w, struct sim_edge *e, int hub, struct bytes frame);
/* Does its journal hold this order? Also when the edge is down. */
bool edge_node_has(const struct sim_edge *e, uint64_t order);
struct bytes bytes_copied(struct world *w, struct bytes bytes); /* free() its `at` */
/* simedge_post.c */
void edge_spool_open(struct world *w, struct sim_edge *e);
void edge_spool_tell(struct world *w, struct sim_edge *e, int hub);
void edge_spool_cursor(struct world *w, struct sim_edge *e, const struct spool_cursor *c,
	const struct public_key *hub);
void edge_node_post(struct world *w, struct sim_edge *e, const struct happen *h);
/* simedge_tell.c */
/* To boxes: 'E' entry line, 'C' checkpoint line, 'O' order before its entry, 'U' u64 cursor. */
void edge_tell(struct world *w, struct sim_edge *e, char kind, struct bytes bytes);
/* A heartbeat with its right edge, to one box or (-1) to all. */
void edge_tell_here(
	struct world *w, struct sim_edge *e, int box, const struct checkpoint *c);
void edge_node_listener(struct world *w, struct sim_edge *e, int box, uint64_t after);
void edge_node_wanted(struct world *w, struct sim_edge *e, int box, uint64_t from);

/* simbox.c */
void box_node_new(struct world *w, int i);
void box_node_free(struct sim_box *b);
void box_node_start(struct world *w, struct sim_box *b);
void box_node_stop(struct world *w, struct sim_box *b, bool power);
void box_node_step(struct world *w, struct sim_box *b, const struct siren_event *ev);
void box_node_disk(struct world *w, struct sim_box *b);
void box_node_inputs(struct world *w, struct sim_box *b);
void box_node_arrived(struct world *w, struct sim_box *b, int edge, struct bytes bytes);
void box_node_order(struct world *w, struct sim_box *b, struct bytes bytes, bool on_disk);
/* simbox_post.c */
void box_letter(struct world *w, struct sim_box *b, uint64_t number, struct bytes bytes);
void box_letters_send(struct world *w, struct sim_box *b);
void box_letter_held(struct world *w, struct sim_box *b, const struct happen *h);
void box_letters_received(struct world *w, struct sim_box *b, int edge, uint64_t to);
void box_letters_drop(struct sim_box *b);

/* people.c */
void people_new(struct world *w);
void people_free(struct world *w);
void people_reply(struct world *w, const struct happen *h);
void people_act(struct world *w, int deed);
void people_begin(struct world *w);
/* sign.c: who truly signed what */
/* A verify_fn (bulletin/verdict.h); `ctx` is the world. */
bool memo_verify(void *ctx, const struct public_key *key, struct bytes message,
	const struct signature *s);
struct signed_order *order_sign(struct world *w, const struct order *o, uint16_t key);
struct signature signature_of(const struct world *w, uint16_t key, const struct hash *h);
/* The whole order with all its signatures. */
void order_bytes(struct buffer *out, const struct signed_order *o);
/* A body as people make it without a hub; its id is new. */
struct order_body body_make(struct world *w, enum order_class class, uint16_t zone);
/* To every box by radio: lost, doubled, spoiled. */
void order_radio(struct world *w, struct bytes order);

/* trouble.c, thief.c */
void trouble(struct world *w);
void trouble_heal(struct world *w);
void trouble_undo(struct world *w, const struct happen *h);
void thief(struct world *w);
void thief_fork(struct world *w);
/* Two operators make the second hub the writer. */
void takeover_begin(struct world *w);

/* judge.c */
void judge_replied(struct world *w, struct sim_hub *h, int status, struct bytes body);
void judge_edge_hears(struct world *w, struct bytes frame);
void judge_hub_sends(struct world *w, struct sim_hub *h, struct bytes frame);
void judge_play(struct world *w, struct sim_box *b, const struct siren_wish *wish);
void judge_quiet(struct world *w, struct sim_box *b);
void judge_receipt(struct world *w, struct sim_box *b, struct bytes bytes);
void judge_stored(struct world *w, struct sim_box *b, struct bytes record);
void judge_box_down(struct world *w, struct sim_box *b);
void judge_box(struct world *w, struct sim_box *b);
void judge_board(struct world *w, struct sim_hub *h, struct bytes board);
void judge_hub_up(struct world *w, struct sim_hub *h);
void judge_hub_stored(struct world *w, struct sim_hub *h);
void judge_backup_restored(struct world *w);
int judge_find(const struct world *w, uint64_t id);
bool judge_enough(const struct world *w, const struct signed_order *o);
/* Which rung of the box's place the body names; -1: it is not for this box. */
int judge_rung(const struct sim_box *b, const struct order_body *body);
bool judge_alarms(const struct sim_box *b, const struct signed_order *o);
/* judge_end.c */
void judge_healed_soon(struct world *w);
bool judge_all_told(const struct world *w);
void judge_healed(struct world *w);

#endif
