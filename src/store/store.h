/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store.h: the journal of one program (hub or edge) in one SQLite file, and the tables made
 * from it. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/bytes.h"

/*
 * One thing that happened. `seq` is given by the store: 1, 2, 3 … without a gap. What
 * `kind` means is the caller's. On disk every record carries the first 8 bytes of SHA-256
 * over seq, time, kind (big-endian: 8, 8 and 2 bytes) and bytes.
 */
struct store_record {
	uint64_t seq;	 /* store_append() does not look at it */
	int64_t time_ms; /* when it happened, milliseconds since 1970 */
	uint16_t kind;
	struct bytes bytes; /* borrowed; at most STORE_RECORD_MAX */
};
#define STORE_RECORD_MAX ((size_t)32 << 20)

struct store;
struct store_rows;

/*
 * The projector: what a record means for the two tables made from the journal. It must be
 * pure (the same record gives the same rows), because a rebuild runs it again over all of
 * the journal. It says what it wants by calling store_rows_*; the rows land in the same
 * transaction as the record. A record that it cannot read it passes over.
 */
typedef void store_project_fn(
	void *ctx, const struct store_record *record, struct store_rows *rows);
/* This record is entry `number` of the bulletin. A later record with the same number takes
 * its place (a takeover supersedes entries; the old record stays in the journal). */
void store_rows_entry(struct store_rows *rows, uint64_t number);
/* The thing `key` of sort `kind` ("alert", "siren", "edge" …) is now in `state`. Text is
 * UTF-8, copied; any length. The table keeps the last state, with the record's time and
 * seq. */
void store_rows_item(
	struct store_rows *rows, const char *kind, const char *key, const char *state);

struct store_options {
	const char
		*vfs; /* NULL: files. Else the name of an sqlite3_vfs, as the simulator's */
	bool read_only; /* takes no lock: may be opened beside the program that writes,
			 * also by another thread of that program */
	bool rebuild;	/* drop both tables and make them again from the journal */
	store_project_fn *project; /* NULL: both tables stay empty */
	void *project_ctx;	   /* must live as long as the store */
	uint32_t project_version;  /* raise it when the projector changes: the tables are
				    * then  made again at the next open */
};

/*
 * Open the journal at `path` and make it (mode 0600) if there is none. Unless read_only,
 * one program holds it from here to store_close(), by a lock on `path`-lock; all records
 * and rows are checked against their checksums. NULL options are all zeros. Not for two
 * threads at once. A child that outlives the program must close its descriptors (it shares
 * the lock). Errors, each with its sentence in `fault`: ERR_BUSY (another process holds it;
 * its pid is named), ERR_VERSION (made by a later program, or not a journal of Belfry),
 * ERR_FORMAT (damaged; the first bad seq and the way out are named), ERR_FULL, ERR_IO (not
 * there, not readable, not writable), ERR_NOMEM.
 */
CHECKED enum err store_open(struct store **out, const char *path,
	const struct store_options *options, struct fault *fault);
void store_close(struct store *s); /* NULL is fine */

/*
 * Append `n` records in one transaction, with the rows that the projector makes of them. On
 * ERR_OK they are on the disk; else none of them is there. ERR_RANGE (n is 0, a record is
 * too long, or the store is read-only): nothing was tried. ERR_FULL: no space, nothing
 * stored; a later attempt may succeed. ERR_NOMEM, and ERR_BUSY (somebody writes by SQL beside the
 * program, for over 5 s): the same. ERR_IO is final: a write or
 * sync failed, so nobody knows what the disk holds; every later call gives ERR_IO, and the
 * program has to end and start again from the journal.
 */
CHECKED enum err store_append(
	struct store *s, const struct store_record *records, size_t n);

/*
 * Move a grown write-ahead log into the file, so that it does not grow for ever. store_append()
 * does it by itself; whoever calls this after an append makes the next one quicker.
 */
void store_tidy(struct store *s);

/* Return other than ERR_OK to stop; the record's bytes are borrowed for the call. The
 * function must not call the store. */
typedef enum err store_each_fn(void *ctx, const struct store_record *record);
/*
 * Read the records after `after_seq` (0: all) in order. Gives what `fn` gave if it stopped,
 * or ERR_FORMAT (a record does not match its checksum), ERR_IO, ERR_NOMEM.
 */
CHECKED enum err store_each(
	struct store *s, uint64_t after_seq, store_each_fn *fn, void *ctx);
/* How many records there are; also the seq of the last. */
uint64_t store_count(const struct store *s);

/*
 * Read at most `max` bulletin entries in order of number, beginning at the first that is
 * not below `from_number`. `fn` gets the number beside the record. Errors as store_each().
 */
typedef enum err store_entry_fn(
	void *ctx, uint64_t number, const struct store_record *record);
CHECKED enum err store_entries(
	struct store *s, uint64_t from_number, size_t max, store_entry_fn *fn, void *ctx);

/* The latest state of a thing. Text is borrowed for the call. */
struct store_item {
	const char *kind, *key, *state;
	int64_t time_ms;
	uint64_t seq; /* the record that put it there */
};
typedef enum err store_item_fn(void *ctx, const struct store_item *item);
/* Read the items of one kind (NULL: of all), in order of kind and key, by bytes. */
CHECKED enum err store_items(
	struct store *s, const char *kind, store_item_fn *fn, void *ctx);

#endif
