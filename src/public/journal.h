/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * journal.h: the edge's copy of the bulletin on disk. Nobody waits for it: what it has not written
 * yet it holds in memory, and serves from there.
 */
#ifndef PUBLIC_JOURNAL_H
#define PUBLIC_JOURNAL_H

#include "bulletin/entry.h"
#include "edge/edge.h"
#include "loop/loop.h"
#include "store/store_thread.h"

struct journal;

struct journal_conf {
	const char *path;
	bool rebuild;
	struct store_thread_test test;
	/* The disk has lost something: the process has to end and start again from the journal. */
	void (*died)(void *ctx, const char *why);
	void (*log)(void *ctx, const char *line);
	void *ctx;
};

/* Open and hand every record to edge_restore(). Errors: those of store_open() and of
 * edge_restore(). */
CHECKED enum err journal_open(struct journal **out, struct loop *loop,
	const struct journal_conf *conf, struct edge *e, struct fault *fault);
void journal_free(struct journal *j); /* NULL is fine */

void journal_keep(
	struct journal *j, enum edge_record kind, int64_t time_ms, struct bytes record);
/* Is every record but the newest few on the disk, and does it take more? */
bool journal_is_well(const struct journal *j);
size_t journal_waiting(const struct journal *j); /* records not on the disk yet */

/* Call `fn` with at most `max` entries from `from` on, in order, also those not on the disk yet;
 * it may stop by another answer than ERR_OK, which is handed back. */
typedef enum err journal_entry_fn(void *ctx, const struct entry *entry);
CHECKED enum err journal_entries(
	struct journal *j, uint64_t from, size_t max, journal_entry_fn *fn, void *ctx);

#endif
