/* SPDX-License-Identifier: GPL-3.0-or-later */
/* playbook.h: an alert prepared in calm, read from JSON (doc/formats/playbook.md). */
#ifndef CAP_PLAYBOOK_H
#define CAP_PLAYBOOK_H

#include "cap/capmsg.h"
#include "cap/capval.h"
#include "cap/chain.h"

/*
 * What is said in one phase of an alert's life. Texts may hold {zones}; those of alert and update
 * also {source} (who warns) and {time} (when it was sent).
 */
enum playbook_phase {
	PLAYBOOK_ALERT,
	PLAYBOOK_UPDATE,
	PLAYBOOK_STOP,
	PLAYBOOK_CORRECTION,
	PLAYBOOK_ALL_CLEAR,
};
enum { PLAYBOOK_PHASES = PLAYBOOK_ALL_CLEAR + 1 };

struct playbook_phrase {
	const char *headline, *description, *instruction;
	const char *brief; /* field `short`: one text message says it */
};

struct playbook_text {
	const char *language;	/* RFC 3066 */
	const char *checked_by; /* the native speaker who read it, or "unchecked" */
	const char *event;
	const char *exercise; /* stands before headline and description of an exercise */
	const char *exercise_short; /* stands before the short text of an exercise */
	struct playbook_phrase phrase[PLAYBOOK_PHASES];
};

struct playbook {
	const char *name; /* [a-z0-9-], 1 to 32 bytes; the file's name without .json */
	uint8_t hazard;	  /* 1..255, what orders carry; sirens join alarms by it */
	const char *hazard_word; /* goes into the CAP eventCode */
	struct cap_texts category, response_type;
	const char *urgency, *severity, *certainty;
	const char *pattern,
		*pattern_all_clear;	     /* names in share/patterns; "" is silence */
	uint16_t seconds, seconds_all_clear; /* how long sirens sound */
	uint32_t expires_s;		     /* how long the alert lives, 60..86400 */
	struct playbook_text *text;
	size_t texts;
};

enum { PLAYBOOK_MAX = 256 * 1024 }; /* bytes of a file */

/*
 * Read a playbook; all of it lives in `arena`. `file` is what the sentence calls the text.
 * Strict: unknown, missing and repeated fields are refused with file, line, column and field; so
 * is a hazard code outside the range of its category or response.
 * Errors: ERR_FULL (over PLAYBOOK_MAX), ERR_FORMAT, ERR_RANGE, ERR_NOMEM.
 */
CHECKED enum err playbook_read(struct playbook *out, struct arena *arena, const char *file,
	struct bytes json, struct fault *fault);

/* A zone as a CAP message shows it. All is borrowed. */
struct cap_name {
	const char *language, *text;
};

struct cap_ring {
	const struct cap_point *at; /* an outer ring, closed or not; CAP has no holes */
	size_t n;
};

struct cap_zone {
	uint16_t number;
	const char *id; /* the key of the zones file, [A-Za-z0-9._-] */
	const struct cap_name *name;
	size_t names;
	const struct cap_ring *ring; /* none is allowed: the geocode stands alone */
	size_t rings;
};

/* What makes an alert of a playbook. All is borrowed. */
struct playbook_use {
	const char *territory; /* 8 hexadecimal digits */
	const char *identifier, *sender;
	const char *sender_name; /* who warns, for people; NULL: `sender` */
	const char *incidents;	 /* NULL: none */
	int64_t sent_ms;
	int utc_offset_min;   /* of the clocks there when it is sent, east positive */
	int64_t expires_ms;   /* 0: sent_ms + expires_s of the playbook */
	const char *exercise; /* the exercise's name: status Exercise; NULL: Actual */
	const struct cap_zone *zone;
	size_t zones; /* 1..PLAYBOOK_ZONES_MAX */
};

enum {
	PLAYBOOK_ZONES_MAX = 1024,   /* what one alert's orders can name */
	PLAYBOOK_CORNERS_MAX = 100,  /* of a polygon; fewer when there are many */
	PLAYBOOK_POINTS_MAX = 40000, /* in a whole message, so that it stays under 4 MiB */
};

/*
 * The CAP message of an alert: one info a language, one area a zone with its polygons and
 * the geocode BELFRY-ZONE "<territory>:<id>". Phase PLAYBOOK_ALERT makes an Alert. The other
 * phases make content for chain_update(): PLAYBOOK_UPDATE for zones that are warned,
 * PLAYBOOK_ALL_CLEAR for zones that an update drops. All of it lives in `arena`.
 * Errors: ERR_REFUSED (no zones, expiry not after sent, names with blanks, or any rule of
 * capmsg_check_output()), ERR_FULL (too many zones), ERR_RANGE (a ring off the globe),
 * ERR_NOMEM.
 */
CHECKED enum err playbook_to_cap(struct capmsg *out, struct arena *arena,
	const struct playbook *playbook, enum playbook_phase phase,
	const struct playbook_use *use, struct fault *fault);

/*
 * The texts of one phase with zones, source and time put in, for chain_stop() and its kin and for
 * other channels: *n is playbook->texts. In an exercise its words stand in front. Errors:
 * ERR_NOMEM.
 */
CHECKED enum err playbook_texts(struct chain_text **out, size_t *n, struct arena *arena,
	const struct playbook *playbook, enum playbook_phase phase,
	const struct playbook_use *use, struct fault *fault);

/* A zone's name in `language` (its region does not matter), or its id. Never NULL. */
const char *cap_zone_name(const struct cap_zone *zone, const char *language);

#endif
