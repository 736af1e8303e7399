/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch.h: gets entries that boxes lack from an edge, once for all boxes that lack the same. */
#ifndef BOX_FETCH_H
#define BOX_FETCH_H

#include "base/bytes.h"
#include "box/conf.h"
#include "loop/loop.h"

struct fetch;

/* One line of the bulletin, for all boxes that want entries from `number` on. */
typedef void fetch_line(void *ctx, uint64_t number, struct bytes line);

/* On success the caller ends *out with fetch_free(). Errors: ERR_NOMEM. */
CHECKED enum err fetch_new(struct fetch **out, struct loop *loop, const char *const *edge,
	size_t edges, fetch_line *line, void *ctx);
void fetch_free(struct fetch *f); /* NULL is fine */

/* A box wants entries from `number` on. What is asked for already, or was a moment ago, is not
 * asked again; a failure is passed over, since the next heartbeat makes the box want again. */
void fetch_want(struct fetch *f, uint64_t number);
void fetch_edge(struct fetch *f, size_t edge, bool up);

#endif
