/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * foreign.h: what one source of others' alerts has said, and whether that is still to be believed.
 *
 * An alert of somebody else's is shown; it orders nothing, ends nothing of ours and is no entry in
 * the book. A source that does not answer is UNKNOWN with its age, from its first failure on: "no
 * alerts" is said only by a source that answered.
 */
#ifndef ALERT_FOREIGN_H
#define ALERT_FOREIGN_H

#include "alert/foreign_read.h"

#include <stdbool.h>
#include <stdint.h>

enum foreign_state {
	FOREIGN_UNKNOWN,    /* never answered, or not when asked last, or too long ago */
	FOREIGN_INCOMPLETE, /* answered, but something that it named could not be read */
	FOREIGN_GOOD,
};
const char *foreign_state_name(enum foreign_state state); /* "unknown" … */

enum {
	FOREIGN_ROWS_MAX = 2000, /* alerts of one source that are kept */
	FOREIGN_KEPT_DAYS = 7,	 /* how long one that is over is remembered */
};

/*
 * `pinned`: the source's messages bear signatures of those that are pinned. Then messages without
 * such a signature are shown, but end none that has one. `stale_ms`: how old its last good answer may
 * be; 0: however old (for a source that only speaks when something happens). One source's messages
 * end only messages of the same source.
 */
struct foreign_conf {
	bool pinned;
	int64_t stale_ms;
};

struct foreign;

/* On success the caller owns *out. Errors: ERR_NOMEM. */
CHECKED enum err foreign_new(struct foreign **out, const struct foreign_conf *conf);
void foreign_free(struct foreign *f); /* NULL is fine */

/* A round: what the source names from here on is what it lists now. */
void foreign_begin(struct foreign *f);
/*
 * One alert as foreign_read() tells it; `link`: the key of the link that led to it, or "". False: it
 * could not be kept (out of memory, FOREIGN_ROWS_MAX, or not of that form): the caller counts it as
 * missing.
 */
bool foreign_take(struct foreign *f, int64_t now_ms, const json_t *alert, const char *link);
/* Is the alert behind this link known? Then it counts as listed. */
bool foreign_has_link(struct foreign *f, const char *link);
/* All that was listed in the round before is listed still (HTTP's 304). */
void foreign_same(struct foreign *f);
/* The source answered; `missing` things that it named could not be read, `why` tells of one. */
void foreign_answered(struct foreign *f, int64_t mono_ms, size_t missing, const char *why);
/* It did not; what it said before is kept and shown with its age. */
void foreign_failed(struct foreign *f, int64_t mono_ms, const char *why);
/* Forget what is over long enough. */
void foreign_tidy(struct foreign *f, int64_t now_ms);

enum foreign_state foreign_state(const struct foreign *f, int64_t mono_ms);
/* {state, age_s (null: never answered), tried_s (null: never asked), error, missing, live}: of a
 * source, for foreign_alerts()'s reader. The caller owns it; NULL: no memory. */
json_t *foreign_health(const struct foreign *f, int64_t now_ms, int64_t mono_ms);
/*
 * Append all that are kept to `list`: what foreign_read() told, with state (live, over, refused,
 * message: one that is never live itself), why, received_ms, listed and source. False: no memory.
 */
bool foreign_alerts(
	json_t *list, const struct foreign *f, const char *source, int64_t now_ms);

#endif
