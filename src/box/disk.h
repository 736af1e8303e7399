/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * disk.h: the state log behind a thread, so that a disk that hangs holds up nobody.
 *
 * What is put while the disk is busy is written and synced together (group sync). A disk that
 * fails is tried again with what comes next, and every few seconds; what could not be kept
 * meanwhile is made good by a snapshot as soon as the disk takes something again.
 */
#ifndef BOX_DISK_H
#define BOX_DISK_H

#include "loop/loop.h"
#include "store/state_log.h"

struct disk;

struct disk_hooks {
	/* The answer to a ticket, from the loop, never from within disk_put(): its record is on
	 * the disk, or the disk refuses. */
	void (*stored)(void *ctx, uint32_t box, uint64_t ticket, bool ok);
	/* The log is large, or has gaps: call disk_rewrite(), soon. */
	void (*wants_snapshot)(void *ctx);
	/* The disk began to refuse (ERR_FULL, ERR_IO …), or takes again (ERR_OK). */
	void (*state)(void *ctx, enum err err);
};

/*
 * Open the log at `path` and give each record to `restore`. If it cannot be opened or read,
 * *out is there all the same, refuses every ticket, and *fault tells why: a siren must start
 * without its disk. On ERR_OK the caller ends *out with disk_close(). Ask for signals before:
 * this starts a thread. Errors: ERR_BUSY (another program has the log), ERR_NOMEM, ERR_IO (no
 * thread); then *out is not set. *trouble tells if the log is not in use, or was damaged.
 */
CHECKED enum err disk_open(struct disk **out, struct loop *loop, const char *path,
	state_record_fn *restore, const struct disk_hooks *hooks, void *ctx, bool *trouble,
	struct fault *fault);
/* Write what waits, if the disk takes it within some seconds. NULL is fine. */
void disk_close(struct disk *d);

/* Put a record on the way to the disk. `ticket` 0: nobody waits for the answer. */
void disk_put(struct disk *d, const struct state_record *record, uint64_t ticket);

/*
 * Put what `fill` adds by disk_snapshot_add() in place of the whole log: all that counts, also of
 * what was put before and is not yet on the disk.
 */
struct disk_snapshot;
void disk_snapshot_add(struct disk_snapshot *s, const struct state_record *record);
/* It cannot be whole: leave the log as it is. */
void disk_snapshot_spoil(struct disk_snapshot *s);
void disk_rewrite(
	struct disk *d, void (*fill)(void *ctx, struct disk_snapshot *s), void *ctx);

#endif
