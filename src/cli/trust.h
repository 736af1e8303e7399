/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trust.h: the roster and zones that the hub shows, and how far they can be believed: a stolen hub
 * may lie about both. A roster file on this machine pins them.
 */
#ifndef CLI_TRUST_H
#define CLI_TRUST_H

#include "bulletin/roster.h"
#include "cli/hub.h"
#include "cli/key.h"
#include "geo/zones.h"

struct trust {
	struct arena *arena;
	struct document document; /* the roster's */
	struct roster roster;
	bool pinned;	/* it is the one of the file, or follows it */
	char pin[4096]; /* that file */
	struct zones
		*zones;	   /* NULL: the territory has none; with outlines only for --cap */
	bool zones_signed; /* by two administrators of this roster */
	uint64_t zones_version;
	struct hash zones_hash;
};

/* Ask the hub for both. EXIT_UNVERIFIED if its roster is not the pinned one nor follows it.
 * On EXIT_GOOD the caller ends *out with trust_free(). */
CHECKED int trust_open(struct run *run, struct trust *out);
void trust_free(struct trust *t);
/* "roster 3, 1f2e…, pinned by FILE" */
void trust_words(struct buffer *out, const struct trust *t);
/* `North quarter (north, 3)`; never NULL words; the text is a stranger's. */
void zone_words(struct buffer *out, const struct trust *t, uint16_t number);
/* The numbers of "a,b,7": ids, aliases or numbers. EXIT_NOT_FOUND names the first that is none. */
CHECKED int zones_of_list(struct run *run, const struct trust *t, const char *list,
	uint16_t *out, size_t *count, size_t max);

/* The file that pins the roster: --roster, else the one in the person's configuration if it is
 * there. False: none. */
bool pinned_roster_path(const struct run *run, char *out, size_t room);

/* A signed document from a file, in `arena`. Gives an exit code. */
CHECKED int document_of_file(
	const struct run *run, struct document *out, struct arena *arena, const char *path);
CHECKED int document_to_file(
	const struct run *run, const struct document *d, const char *path);
/* Sign a document with this key; the same key again changes nothing. Errors: ERR_FULL. */
CHECKED enum err document_sign(
	struct document *d, const char *kind, const struct key *key, struct fault *fault);

#endif
