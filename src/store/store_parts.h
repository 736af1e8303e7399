/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_parts.h: what the files of the journal share among themselves; nobody else's. */
#ifndef STORE_STORE_PARTS_H
#define STORE_STORE_PARTS_H

#include "store/store.h"

#include <sqlite3.h>

#define CHECKSUM_LEN 8
/* Frames in the write-ahead log (of 4 KiB each) at which it is moved into the file. */
#define STORE_TIDY_FRAMES 4000

/* Statements are made at open and kept; the index is their place in store->st. */
enum {
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_COUNT,
	ST_INSERT,
	ST_AFTER,
	ST_ENTRY_PUT,
	ST_ENTRY_FROM,
	ST_ENTRY_ALL,
	ST_ITEM_PUT,
	ST_ITEM_KIND,
	ST_ITEM_ALL,
	ST_COUNT_OF
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *st[ST_COUNT_OF];
	char *path;
	int lock; /* descriptor of path-lock, or -1 */
	bool read_only;
	bool failed; /* a write or sync failed: nothing more is done */
	bool drain; /* the disk was full: empty the write-ahead log before the next attempt */
	int wal_frames;	      /* in the write-ahead log after the last commit */
	int tidy_at;	      /* when so many are there, they are moved into the file */
	uint64_t last;	      /* seq of the last record (not kept when read_only) */
	struct buffer hashed; /* scratch of the checksums */
	store_project_fn *project;
	void *project_ctx;
	uint32_t project_version;
};

/* The rows of one record on their way into the tables. */
struct store_rows {
	struct store *s;
	const struct store_record *record;
	int rc; /* the first error of SQLite, or SQLITE_OK */
};

/* Prepare the statements that are not prepared yet; the tables must be there. */
CHECKED enum err store_statements(struct store *s);
/* What an error of SQLite is called here. SQLITE_OK, ROW and DONE are ERR_OK. */
enum err store_err(int rc);

/* store_checksum.c: write the checksums of a record and of rows. ERR_NOMEM. */
struct checksum {
	uint8_t at[CHECKSUM_LEN];
};
CHECKED enum err checksum_record(
	struct buffer *scratch, const struct store_record *r, struct checksum *out);
CHECKED enum err checksum_entry(
	struct buffer *scratch, uint64_t number, uint64_t seq, struct checksum *out);
CHECKED enum err checksum_item(
	struct buffer *scratch, const struct store_item *item, struct checksum *out);

/* store_lock.c: take path-lock for this process, or name its holder. */
CHECKED enum err store_lock_take(int *out, const char *path, struct fault *fault);
void store_lock_drop(int lock); /* -1 is fine */
/* Make the file (0600) if it is not there, and look whether it can be written. */
CHECKED enum err store_file_prepare(const char *path, struct fault *fault);

/* store_wal.c: refuse a write-ahead log in which synced transactions are damaged; SQLite
 * itself would silently take it to end there. */
CHECKED enum err store_wal_check(const char *vfs, const char *path, struct fault *fault);

/* store_check.c: hold every record and row against its checksum; sets s->last. */
CHECKED enum err store_check_journal(struct store *s, struct fault *fault);
CHECKED enum err store_check_tables(struct store *s, bool rebuilt, struct fault *fault);
/* Damage to the trees of pages that the checksums do not see, as a page used twice. */
CHECKED enum err store_check_pages(struct store *s, bool journal_only, struct fault *fault);

/* store_tables.c */
extern const char store_tables_make[];
CHECKED enum err store_beyond_rebuild(
	struct store *s, const char *how, struct fault *fault);
CHECKED enum err store_tables_rebuild(struct store *s, struct fault *fault);
CHECKED enum err store_project(struct store *s, const struct store_record *record);

/* store_read.c: take a record out of the columns seq, time_ms, kind, checksum, bytes that
 * begin at `column`. ERR_FORMAT: it does not match its checksum. */
CHECKED enum err store_record_from(
	struct store *s, sqlite3_stmt *st, int column, struct store_record *out);

#endif
