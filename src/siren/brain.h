/* SPDX-License-Identifier: GPL-3.0-or-later */
/* brain.h: what the files of the siren's brain share; nobody else includes it. */
#ifndef SIREN_BRAIN_H
#define SIREN_BRAIN_H

#include "siren/clock.h"
#include "siren/known.h"
#include "siren/siren.h"

enum {
	HORN_QUEUE = 32, /* soundings that wait for their turn */
	EARLY_HELD = 16, /* orders that came too early, or before the time was sure */
	STARTS = 256,	 /* remembered starts under mandates, stops of keys and tests */
};

/*
 * One sounding: an alarm waits first for the disk (or 250 ms), then for the gap to the one before,
 * and may sound twice rather than not at all. All else waits for the gap first: the disk has it as
 * begun before the relay closes, so that no restart begins it a second time.
 */
enum horn_state { HORN_IDLE, HORN_DISK, HORN_GAP, HORN_SOUNDING };

struct horn {
	enum horn_state state;
	uint64_t id;
	const struct pattern *pattern;
	uint32_t seconds;
	uint64_t ticket; /* of the record that must be on disk first */
	int64_t since_ms; /* monotonic: of DISK the wish, of GAP its end, of SOUNDING the start */
	int64_t change_ms; /* monotonic: the relay's next change, -1 if none */
	int64_t closed_ms; /* monotonic: when the relay closed last */
	bool current_seen, failed;
	bool resumed; /* "sounding" was said before the restart; not yet that it goes on */
	uint8_t waiting;
	uint64_t queue[HORN_QUEUE];
};

struct held_order {
	uint64_t id;
	struct bytes bytes;
	bool on_disk;
};

/* A start under a mandate (`mandate` > 0), a stop by a key (`mandate` 0) or a test (both 0). */
struct start {
	uint16_t mandate, key;
	int64_t time_ms;
};

struct outgoing {
	uint64_t number;
	enum receipt_event event;
	struct bytes bytes;
};

struct siren {
	struct siren_conf conf;
	struct arena *roster_arena;
	struct roster roster;
	struct bytes roster_text; /* in the arena */
	struct revoked revoked;
	struct follower *follower;
	struct public_key followed; /* the hub whom the follower believes */
	uint32_t term;		    /* of the newest takeover; 0 if there was none */
	struct siren_clock clock;
	int64_t chip_offset_ms; /* clock chip minus monotonic clock */
	struct known_set known;
	struct horn horn;

	bool relay;	      /* as we wish it */
	int64_t relay_off_ms; /* monotonic, when it was opened last */
	uint16_t inputs;      /* as the cabinet last said */
	uint16_t battery_mv;
	uint16_t told;	      /* the slow inputs as a receipt last said */
	int64_t fault_due_ms; /* monotonic: no receipt on a slow input before this */
	bool unordered, disk_bad;
	bool owes;	     /* an all clear that a restart cut off before it began */
	int64_t owed_due_ms; /* monotonic: when to begin it; 0: the time is not sure yet */
	int64_t current_since_ms; /* monotonic: current without our relay; 0 none */

	struct held_order held[EARLY_HELD];
	size_t held_count;
	int64_t held_due_ms; /* monotonic: when to try them again */
	struct start start[STARTS];
	size_t start_count,
		starts_due; /* due: the last ones, to be stored behind their order */
	struct start suspended[ROSTER_MANDATES]; /* mandate and until when */
	size_t suspended_count;
	int64_t growl_ms; /* clock: the last test that could be heard */

	uint64_t number, number_reserved, received;
	struct outgoing outbox[SIREN_OUTBOX];
	size_t outbox_count;
	uint64_t ticket;
	uint64_t
		number_ticket; /* no receipt leaves before its number is on disk; 0: it is */
	int64_t number_due_ms;		     /* monotonic: … or the disk had its time */
	int64_t status_due_ms, floor_due_ms; /* monotonic */
	uint32_t refused[VERDICT_COUNT];
	uint32_t sounded;
	int64_t refused_window_ms;
	uint32_t refused_told;
};

/* report.c */
struct siren_wish *wish_add(struct siren_todo *todo, enum siren_wish_kind kind);
void report(struct siren *s, int64_t mono_ms, enum receipt_event event, uint64_t order,
	enum verdict verdict, struct bytes order_bytes, struct siren_todo *todo);
void refuse(struct siren *s, int64_t mono_ms, uint64_t order, enum verdict verdict,
	struct siren_todo *todo);
void store_known(const struct known *k, uint64_t ticket, struct siren_todo *todo);
void store_record(
	struct siren_todo *todo, uint16_t record, struct bytes bytes, uint64_t ticket);
void store_number(struct siren_todo *todo, uint16_t record, uint64_t number);
void numbers_reserve(struct siren *s, int64_t mono_ms, struct siren_todo *todo);
void numbers_ready(struct siren *s, struct siren_todo *todo);
void received(struct siren *s, uint64_t number, struct siren_todo *todo);
void outbox_received(struct siren *s, uint64_t number);
void outbox_restore(struct siren *s, struct bytes bytes);

/* obey.c */
void obey(struct siren *s, int64_t mono_ms, struct bytes bytes, bool on_disk,
	struct siren_todo *todo);
void tell_expired(struct siren *s, int64_t mono_ms, struct siren_todo *todo);

/* held.c: valid orders that came too early, or before the time was sure. */
bool hold(struct siren *s, int64_t mono_ms, enum verdict v, const struct order_body *b,
	struct bytes bytes, bool on_disk);
void retry_held(struct siren *s, int64_t mono_ms, struct siren_todo *todo);

/* air.c */
bool alarm_lives(const struct siren *s, int64_t now_ms);
/* Does it ask for the horn: an alarm for itself or for one that joined it; an all clear or a test
 * while no alarm lives. */
bool air_wants(const struct siren *s, const struct known *k, int64_t now_ms);
/* May it cut short what is on the horn? */
bool air_displaces(const struct known *next, const struct known *on);
/* The order in whose sounding the new alarm `k` shares; 0 if it sounds itself. */
uint64_t air_shares(const struct siren *s, const struct known *k, const struct order *o,
	int64_t now_ms);
/* Bring the horn in line with the set: silence what nobody wants any more; sound what had joined
 * a sounding that was stopped or failed. */
void air_settle(struct siren *s, int64_t mono_ms, struct siren_todo *todo);

/* horn.c */
void horn_sound(struct siren *s, int64_t mono_ms, uint64_t id, struct siren_todo *todo);
bool horn_waits(const struct siren *s, uint64_t id); /* … for its turn */
bool horn_has(const struct siren *s, uint64_t id);   /* … or it is its turn */
/* Close the relay; `elapsed_ms` of the sounding are over already. */
void horn_begin(
	struct siren *s, int64_t mono_ms, int64_t elapsed_ms, struct siren_todo *todo);
/* Its turn is over, for whatever reason. "Sounded" only with current seen. */
void horn_finish(struct siren *s, int64_t mono_ms, struct siren_todo *todo);
void horn_silence(struct siren *s, int64_t mono_ms, struct siren_todo *todo);
/* It will not sound. */
void horn_turn_down(struct siren *s, int64_t mono_ms, struct known *k, enum verdict why,
	struct siren_todo *todo);
/* Take from the queue what nobody wants any more. */
void horn_tidy(struct siren *s, int64_t mono_ms, struct siren_todo *todo);
void horn_stored(struct siren *s, int64_t mono_ms, uint64_t ticket, bool ok,
	struct siren_todo *todo);
void horn_step(struct siren *s, int64_t mono_ms, struct siren_todo *todo);
void horn_inputs(struct siren *s, int64_t mono_ms, struct siren_todo *todo);
int64_t horn_next_ms(const struct siren *s);

/* resume.c */
void resume(struct siren *s, int64_t mono_ms, struct siren_todo *todo);
/* Sound the all clears that are owed, when the time is sure and edges have told what lives. */
void owed_pay(struct siren *s, int64_t mono_ms, struct siren_todo *todo);
/* A new alarm lives: what an all clear said of the time before it is no longer true. */
void owed_forgo(struct siren *s, int64_t mono_ms, struct siren_todo *todo);

/* limits.c: mandates, stops, tests; what is allowed is also counted. */
/* What was counted for the order that was just stored: one of them alone on the disk must not be
 * counted again when the order comes again. */
void limits_store(struct siren *s, struct siren_todo *todo);
void start_store(const struct start *t, uint16_t record, struct siren_todo *todo);
enum verdict limits_check(struct siren *s, const struct order *o,
	const struct order_body *b, int rung, int64_t now_ms, struct siren_todo *todo);
/* Is there such a pattern, and may this class sound it? */
enum verdict pattern_check(const struct siren *s, const struct order_body *b);
void suspend_mandate(struct siren *s, int64_t now_ms, const struct suspension *sus,
	struct siren_todo *todo);
void limits_restore(struct siren *s, uint16_t record, struct bytes bytes);

/* hear.c */
void hear_entry(struct siren *s, int64_t mono_ms, const struct entry *entry,
	struct siren_todo *todo);
void hear_heartbeat(struct siren *s, int64_t mono_ms, const struct siren_event *ev,
	struct siren_todo *todo);
CHECKED enum err pin_roster(struct siren *s, struct bytes text, struct fault *fault);
/* From disk: only if it is newer than the pinned one, and of the same territory and mode. */
void restore_roster(struct siren *s, struct bytes text);
/* Follow the hub whom the roster and the last takeover name. */
CHECKED enum err follow_hub(struct siren *s);

#endif
