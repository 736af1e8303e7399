/* SPDX-License-Identifier: GPL-3.0-or-later */
/* station.h: all boxes of one process, and what they share: disk, post, hands, readings. */
#ifndef BOX_STATION_H
#define BOX_STATION_H

#include "box/box.h"

/*
 * Make the boxes of `e`, take back what they knew, go on with what was sounding, and begin to
 * listen. `conf`, `e` and `patterns` are borrowed until station_free(); ask for signals before,
 * as a thread is started. Errors: those of siren_new(), disk_open(), hand_start(), ERR_NOMEM.
 */
CHECKED enum err station_start(struct station **out, struct loop *loop,
	const struct box_conf *conf, const struct enrolment *e,
	const struct patterns *patterns, bool verbose, struct fault *fault);
/* `keep`: leave every relay as it is; else open those that are closed. NULL is fine. */
void station_end(struct station *st, bool keep);

/* A stream began or ended; `first`: the box's first one, or its last. */
void station_heard(struct station *st, size_t edge, bool up, bool first, const char *why);

#endif
