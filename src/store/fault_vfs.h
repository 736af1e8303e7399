/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault_vfs.h: a disk in memory for SQLite that forgets and fails as told, for the
 * simulator and the tests. */
#ifndef STORE_FAULT_VFS_H
#define STORE_FAULT_VFS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * No file, thread, clock or dice: the same seed and calls give the same bytes. What was
 * written and what was synced are kept apart, by sectors (512 or 4096 bytes, by the seed).
 * It offers no shared memory, so WAL needs locking_mode=EXCLUSIVE; store_open() sees to
 * that.
 */
struct fault_vfs;

enum fault_kind {
	FAULT_FULL,  /* a write finds no space; the disk works on */
	FAULT_WRITE, /* a write fails half way (EIO) */
	FAULT_SYNC,  /* a sync fails; what it covered may or may not be there */
	FAULT_READ,  /* a read fails */
	FAULT_LIE,   /* this sync and all later ones do nothing and say that they did */
};

/* Make an empty disk and register it with SQLite as `name` (copied). It also seeds SQLite's
 * own dice, which are one for the process. Errors: ERR_NOMEM, ERR_DUPLICATE. */
CHECKED enum err fault_vfs_new(struct fault_vfs **out, const char *name, uint64_t seed);
/* Every store over it must be closed. NULL is fine. */
void fault_vfs_free(struct fault_vfs *v);

/*
 * Power is cut: of what was not synced, each sector is kept or lost by the dice, and so are
 * unsynced makings and deletions of files. Files that are open are dead from here: each
 * call on them fails, so close the store and open it again. Ends all faults and the limit.
 */
void fault_vfs_power_cut(struct fault_vfs *v);
/* The process died, the machine did not: open files are dead, all that was written is
 * there. */
void fault_vfs_kill(struct fault_vfs *v);
/* After `after_n` more operations of that sort, one fails (FAULT_LIE: goes on lying). */
void fault_vfs_fail_next(struct fault_vfs *v, enum fault_kind kind, unsigned after_n);
/* End all faults that wait, and the limit. */
void fault_vfs_heal(struct fault_vfs *v);
/* The disk holds so many bytes in all; 0: no limit. */
void fault_vfs_limit(struct fault_vfs *v, uint64_t bytes);
/* What SQLite takes the time to be, milliseconds since 1970. */
void fault_vfs_set_time(struct fault_vfs *v, int64_t now_ms);
/* Writes and syncs so far, for choosing the n of a fault. */
uint64_t fault_vfs_operations(const struct fault_vfs *v, enum fault_kind kind);
/* Put a copy of one file in place of another, synced; if there is no `from`, there will be no
 * `to`. So a backup is made and restored (the file, its -wal, nothing else). ERR_NOMEM. */
CHECKED enum err fault_vfs_copy(struct fault_vfs *v, const char *from, const char *to);
/* Cut a file to a length, synced. */
void fault_vfs_cut(struct fault_vfs *v, const char *path, uint64_t len);
/* Flip bits of one byte of a file, as a failing disk does. False: no such byte. */
bool fault_vfs_flip(struct fault_vfs *v, const char *path, uint64_t at, uint8_t mask);
/* Length of a file as written; 0 if there is none. */
uint64_t fault_vfs_size(const struct fault_vfs *v, const char *path);

#endif
