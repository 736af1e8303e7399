/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roster.h: who may sign what: keys, administrators, hubs, mandates. Pinned in every mouth.
 *
 * A roster is a document (document.h) of kind "roster"; doc/formats/roster.md gives its
 * JSON. Each serial names the hash of the one before and is signed by two administrators of
 * that one. A key number is never used again. Revocations hold from any branch and are
 * never undone.
 */
#ifndef BULLETIN_ROSTER_H
#define BULLETIN_ROSTER_H

#include "bulletin/document.h"
#include "bulletin/order.h"

enum {
	ROSTER_KEYS = 512,
	ROSTER_HUBS = 16,
	ROSTER_MANDATES = 64,
	ROSTER_ZONES = 64,    /* zone numbers that one key or mandate may name */
	ROSTER_PATTERNS = 16, /* patterns that one mandate may name */
	ROSTER_NAME = 48,     /* bytes of a person's or hub's name with the NUL */
};

enum role {
	ROLE_OPERATOR = 1,
	ROLE_ADMINISTRATOR = 2,
	ROLE_SENSOR = 4,
};

struct roster_key {
	uint16_t number;
	char person[ROSTER_NAME]; /* two keys of one person are one operator */
	struct public_key key;
	unsigned roles;	     /* enum role, added */
	unsigned classes;    /* bit 1 << enum order_class, added */
	uint16_t zone_count; /* 0: every zone */
	uint16_t zone[ROSTER_ZONES];
};

struct roster_hub {
	uint32_t term;
	char name[ROSTER_NAME];
	struct public_key key;
};

struct mandate {
	uint16_t number, key;
	enum order_class class; /* ORDER_BREAK_GLASS or ORDER_SENSOR */
	uint8_t pattern_count, pattern[ROSTER_PATTERNS];
	uint16_t zone_count, zone[ROSTER_ZONES]; /* never 0: a mandate names its zones */
	uint16_t seconds_max;
	uint16_t starts_per_hour;
	int64_t not_after_ms;
};

struct roster {
	uint32_t territory, serial;
	enum mode mode;
	struct hash previous; /* of the document before; zero for serial 1 */
	struct hash hash;     /* of this document's bytes */
	uint16_t key_count, hub_count, mandate_count;
	struct roster_key *key; /* rising numbers; in the arena */
	struct roster_hub *hub;
	struct mandate *mandate;
};

/*
 * Read a roster's document text; arrays live in the arena. Errors, each with the place:
 * ERR_FORMAT, ERR_RANGE, ERR_DUPLICATE (key or number twice), ERR_CONFLICT (one
 * administrator alone: nobody could ever change it), ERR_NOMEM.
 */
CHECKED enum err roster_read(
	struct roster *out, struct arena *arena, struct bytes text, struct fault *fault);
void roster_write(struct buffer *out, const struct roster *r);

const struct roster_key *roster_key(const struct roster *r, uint16_t number); /* or NULL */
const struct mandate *roster_mandate(
	const struct roster *r, uint16_t key, enum order_class class);
const struct public_key *roster_hub_key(
	const struct roster *r, uint32_t term); /* or NULL */

/* Which keys are void: a bit a number. A set that only grows, and has room for every number. */
struct revoked {
	uint64_t bits[65536 / 64];
};
bool revoked_has(const struct revoked *v, uint16_t key);
void revoked_add(struct revoked *v, uint16_t key);

/*
 * Do two administrators of `by` (two persons, not revoked) stand behind `d`? `kind` as in
 * document_digest(). Errors: ERR_SIGNATURE, ERR_REFUSED (fewer than two), with the reason.
 */
CHECKED enum err roster_endorses(const struct roster *by, const struct revoked *revoked,
	const char *kind, const struct document *d, struct fault *fault);

/*
 * May `next` follow `now`? Its document must be endorsed by two administrators of `now`,
 * name its hash, have the next serial, the same territory and mode, and give no old number
 * to a new key. With serial 1 and `now` NULL the roster must be endorsed by two of its own
 * administrators.
 */
CHECKED enum err roster_follows(const struct roster *now, const struct revoked *revoked,
	const struct roster *next, const struct document *d, struct fault *fault);

/*
 * A revocation: fits one radio frame. Signed over SHA-256("belfry-revocation-1" ‖ its first
 * 11 bytes) by the key itself or by two administrators.
 */
struct revocation {
	uint32_t territory;
	uint16_t key;
	uint32_t time_s;
	uint8_t approval_count;
	struct document_approval approval[2];
};
void revocation_write(struct buffer *out, const struct revocation *v);
CHECKED enum err revocation_read(struct revocation *out, struct bytes in);
struct hash revocation_digest(const struct revocation *v);
CHECKED enum err revocation_check(const struct revocation *v, const struct roster *roster,
	const struct revoked *revoked, struct fault *fault);

/*
 * A suspension: any one operator stops a mandate for an hour from `time_s`. Signed over
 * SHA-256("belfry-suspension-1" ‖ its first 13 bytes).
 */
enum { SUSPENSION_S = 3600 };
struct suspension {
	uint32_t territory;
	uint16_t mandate, key;
	uint32_t time_s;
	struct signature signature;
};
void suspension_write(struct buffer *out, const struct suspension *s);
CHECKED enum err suspension_read(struct suspension *out, struct bytes in);
struct hash suspension_digest(const struct suspension *s);
CHECKED enum err suspension_check(const struct suspension *s, const struct roster *roster,
	const struct revoked *revoked, struct fault *fault);

/* The newest suspension of each mandate, for who knows the time; one that is dated more than 5 s
 * ahead does not count yet. */
struct suspensions {
	size_t count;
	struct {
		uint16_t mandate;
		int64_t from_ms;
	} at[ROSTER_MANDATES];
};
void suspensions_add(struct suspensions *all, const struct suspension *s);
bool suspensions_hold(const struct suspensions *all, uint16_t mandate, int64_t now_ms);

#endif
