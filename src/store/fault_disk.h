/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault_disk.h: what the files of the fault VFS share among themselves; nobody else's. */
#ifndef STORE_FAULT_DISK_H
#define STORE_FAULT_DISK_H

#include "store/fault_vfs.h"

#include <sqlite3.h>
#include <stddef.h>

enum { FAULT_KINDS = FAULT_LIE + 1 };

struct image {
	uint8_t *at;
	size_t len, cap;
};

struct fault_file {
	struct fault_file *next;
	char *name;
	struct image now;    /* what a reader sees */
	struct image synced; /* what is certainly on the disk */
	uint8_t *dirty;	     /* one byte a sector: `now` was written since the last sync */
	size_t sectors;	     /* length of dirty */
	size_t low;	     /* the shortest that `now` was since the last sync */
	bool exists, exists_synced;
	bool temporary;			 /* goes with its last handle */
	int shared, reserved, exclusive; /* handles of this life that hold such a lock */
};

struct fault_vfs {
	sqlite3_vfs base;
	char *name;
	struct fault_file *files;
	uint64_t dice; /* state of splitmix64 */
	size_t sector;
	unsigned life; /* raised by each kill or power cut; older handles are dead */
	uint64_t limit;
	int64_t now_ms;
	bool lying;
	bool armed[FAULT_KINDS];
	unsigned left[FAULT_KINDS];
	uint64_t operations[FAULT_KINDS];
};

uint64_t fault_disk_dice(struct fault_vfs *v);
/* Count one operation of a sort, and tell whether it is the one to fail. */
bool fault_disk_fails(struct fault_vfs *v, enum fault_kind kind);
struct fault_file *fault_disk_find(const struct fault_vfs *v, const char *name);
/* As above, made if there is none; NULL: no memory. */
struct fault_file *fault_disk_make(struct fault_vfs *v, const char *name);
void fault_disk_file_free(struct fault_file *f);
/* Give SQLITE_OK, SQLITE_FULL or SQLITE_NOMEM. */
int fault_disk_write(struct fault_vfs *v, struct fault_file *f, const void *at, size_t len,
	size_t offset);
int fault_disk_truncate(struct fault_vfs *v, struct fault_file *f, size_t len);
int fault_disk_sync(struct fault_file *f);
/* What a power cut leaves of one file. */
void fault_disk_forget(struct fault_vfs *v, struct fault_file *f);

/* fault_file.c: the handles that SQLite holds. */
int fault_file_size(void);
int fault_file_open(struct fault_vfs *v, const char *name, sqlite3_file *out, int flags);

#endif
