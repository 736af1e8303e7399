/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state_log.h: the small append-only file in which a siren box, or a fleet of them, keeps
 * what it must know after a power cut: order ids, the roster, receipt numbers. */
#ifndef STORE_STATE_LOG_H
#define STORE_STATE_LOG_H

#include "base/bytes.h"

#define STATE_BYTES_MAX 1048576 /* a roster's text is the longest */
#define STATE_PENDING_MAX ((size_t)8 << 20)

struct state_record {
	uint32_t box;
	uint16_t kind;	    /* what it means is the caller's */
	struct bytes bytes; /* borrowed; at most STATE_BYTES_MAX */
};

/*
 * The hands of the log. Each gives ERR_OK, ERR_FULL (no space), ERR_IO or ERR_NOMEM, and
 * may be called again after an error. The real ones are state_file_io()'s, the simulator's
 * state_memory_io()'s.
 */
struct state_io {
	void *ctx;
	enum err (*read)(
		void *ctx, struct buffer *out); /* the whole file, appended to out */
	enum err (*write)(void *ctx, uint64_t at, struct bytes in);
	enum err (*sync)(void *ctx);
	enum err (*truncate)(void *ctx, uint64_t len);
	/* Put these bytes in place of the whole file, or leave the old one whole; synced.
	 */
	enum err (*replace)(void *ctx, struct bytes in);
	void (*close)(void *ctx);
};

/*
 * Open a file, made with mode 0600 if there is none, and lock it. Errors: ERR_BUSY (another
 * process has it), ERR_IO (errno's words in the fault), ERR_NOMEM.
 */
CHECKED enum err state_file_io(struct state_io *out, const char *path, struct fault *fault);

/* A disk of one file in memory, which forgets and fails as told. */
struct state_memory;
struct state_memory *state_memory_new(void); /* NULL: no memory */
void state_memory_free(struct state_memory *m);
struct state_io state_memory_io(struct state_memory *m); /* its close does nothing */
/* Power is cut: keep what was synced and the first `keep` bytes written since. */
void state_memory_power_cut(struct state_memory *m, uint64_t keep);
/* From now each write, sync and replace gives `err`; ERR_OK mends it. */
void state_memory_fail(struct state_memory *m, enum err err);
/* The bytes as written, to be changed by a test. */
struct buffer *state_memory_content(struct state_memory *m);

struct state_log;
typedef void state_record_fn(void *ctx, const struct state_record *record);

/*
 * Read the log: `fn` gets each record in order, then more can be appended. A torn tail is
 * dropped and cut off. Damage further up loses only the records that it hit: a siren must
 * start all the same; state_log_damaged() tells the bytes passed over, so that it is
 * reported. Takes `io`, also on error (closes it). Errors: ERR_IO (cannot be read),
 * ERR_NOMEM, ERR_FORMAT (another kind of file: nothing is changed).
 */
CHECKED enum err state_log_open(
	struct state_log **out, struct state_io io, state_record_fn *fn, void *ctx);
void state_log_close(struct state_log *log); /* without a sync; NULL is fine */

/* Keep a record in memory for the next state_log_sync(). Errors: ERR_RANGE (too long),
 * ERR_FULL (STATE_PENDING_MAX bytes wait already), ERR_NOMEM. */
CHECKED enum err state_log_append(struct state_log *log, const struct state_record *record);
/*
 * Write all that waits and sync it: on ERR_OK it is on the disk. On an error (ERR_FULL,
 * ERR_IO) it goes on waiting, and the next call tries all of it again.
 */
CHECKED enum err state_log_sync(struct state_log *log);

uint64_t state_log_size(const struct state_log *log);	 /* bytes on the disk */
uint64_t state_log_damaged(const struct state_log *log); /* bytes passed over at open */
/* True when the file is over 64 KiB and four times what it was after the last rewrite. */
bool state_log_is_large(const struct state_log *log);
/*
 * Put a new file in place of the log. `fill` appends to `fresh` all that still counts, also
 * what still waits; on an error the old log goes on as if nothing had happened.
 */
typedef enum err state_fill_fn(void *ctx, struct state_log *fresh);
CHECKED enum err state_log_rewrite(struct state_log *log, state_fill_fn *fill, void *ctx);

#endif
