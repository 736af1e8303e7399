/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * enrol.h: which sirens a state folder makes: their numbers, places, keys, and the pinned roster.
 *
 * One box: roster.json (the signed document as it stands on the bulletin), place.json and key.
 * A fleet: fleet.json, which names the roster and lists the sirens. doc/man/belfry-siren.8.
 */
#ifndef BOX_ENROL_H
#define BOX_ENROL_H

#include "base/arena.h"
#include "bulletin/verdict.h"

enum { ENROL_SIRENS = 65536 };

struct enrolled {
	uint32_t siren;	  /* its number, from 1, unique in the territory */
	uint32_t cabinet; /* number of its cabinet, from 1 */
	struct place place;
	struct secret_key key;
};

struct enrolment {
	struct arena *arena;
	bool fleet;
	uint32_t territory;
	struct bytes roster; /* the document's text; in the arena */
	struct enrolled *at; /* rising siren numbers; in the arena */
	size_t count;
};

/*
 * Read `folder`. Cabinets are counted from `first_cabinet`, in the order of the file, unless a
 * siren of a fleet names its own. On success the caller ends *out with enrolment_free().
 * Errors, with file and place in *fault: ERR_IO, ERR_FORMAT, ERR_RANGE, ERR_DUPLICATE (two sirens
 * with one number), ERR_REFUSED (the key may be read by others), ERR_CONFLICT (the place is in
 * another territory than the roster), those of roster_read(), ERR_NOMEM.
 */
CHECKED enum err enrolment_read(struct enrolment *out, const char *folder,
	uint32_t first_cabinet, struct fault *fault);
void enrolment_free(struct enrolment *e);

/* The one with this number, or NULL. */
const struct enrolled *enrolment_find(const struct enrolment *e, uint32_t siren);

#endif
