/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state_log.c: records on the end of a file, each with its own checksum.
 *
 * The file: "belfry-state-1\n", then records: marker b5 1e (2), length of bytes (4), box (4),
 * kind (2), bytes, and the first 8 bytes of SHA-256 over all of that. Big-endian. */
#include "store/state_log.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { MARKER = 0xb51e, HEAD = 12, CHECKSUM = 8 };
static const char magic[] = "belfry-state-1\n";
#define MAGIC_LEN (sizeof magic - 1)

struct state_log {
	struct state_io io;
	struct buffer pending; /* appended, not yet synced */
	uint64_t size; /* bytes that are synced; what lies behind them is of no worth */
	bool tail;     /* bytes of a failed write may lie behind them */
	uint64_t damaged;
	uint64_t size_rewritten; /* after the last rewrite */
	bool is_fresh;		 /* gathers a rewrite in memory: no hands, no bound */
};

/* One record at the start of `in`; false if there is none that matches its checksum. */
static bool
parse(struct bytes in, struct state_record *out, size_t *len)
{
	struct reader r = reader_over(in.at, in.len);
	uint16_t marker = read_u16(&r);
	uint32_t bytes_len = read_u32(&r);
	struct hash sum;
	struct bytes given;

	out->box = read_u32(&r);
	out->kind = read_u16(&r);
	if (marker != MARKER || bytes_len > STATE_BYTES_MAX)
		return false;
	out->bytes = read_bytes(&r, bytes_len);
	given = read_bytes(&r, CHECKSUM);
	if (r.err != ERR_OK)
		return false;
	sum = hash_of(bytes_of(in.at, HEAD + (size_t)bytes_len));
	*len = HEAD + (size_t)bytes_len + CHECKSUM;
	return memcmp(given.at, sum.at, CHECKSUM) == 0;
}

/* Damage between two good records is passed over and counted; behind the last good one it is
 * a torn tail, and no damage. */
static void
read_records(struct state_log *log, struct bytes in, state_record_fn *fn, void *ctx)
{
	size_t at = MAGIC_LEN, good_end = MAGIC_LEN;

	if (in.len < MAGIC_LEN || memcmp(in.at, magic, MAGIC_LEN) != 0)
		log->damaged = MAGIC_LEN;
	while (at < in.len) {
		struct state_record record;
		size_t len;

		if (!parse(bytes_of(in.at + at, in.len - at), &record, &len)) {
			at++;
			continue;
		}
		log->damaged += at - good_end;
		if (fn != NULL)
			fn(ctx, &record);
		at += len;
		good_end = at;
	}
	log->size = good_end;
	log->tail = in.len > good_end;
}

static void
write_magic(struct state_log *log)
{
	log->size = 0;
	log->tail = true;
	write_text(&log->pending, magic);
}

static enum err
read_all(struct state_log *log, state_record_fn *fn, void *ctx)
{
	struct buffer all = {0};
	enum err err = log->io.read(log->io.ctx, &all);
	size_t common = all.len < MAGIC_LEN ? all.len : MAGIC_LEN;
	bool begins_well = common == 0 || memcmp(all.at, magic, common) == 0;

	if (err == ERR_OK)
		err = all.err;
	if (err == ERR_OK && all.len < MAGIC_LEN && begins_well)
		write_magic(log); /* new, or torn while it was made */
	else if (err == ERR_OK)
		read_records(log, buffer_bytes(&all), fn, ctx);
	/* A damaged first line before good records is damage like any other. */
	if (err == ERR_OK && !begins_well && log->size <= MAGIC_LEN)
		err = ERR_FORMAT;
	buffer_free(&all);
	return err;
}

enum err
state_log_open(struct state_log **out, struct state_io io, state_record_fn *fn, void *ctx)
{
	struct state_log *log = calloc(1, sizeof *log);
	enum err err;

	if (log == NULL) {
		io.close(io.ctx);
		return ERR_NOMEM;
	}
	log->io = io;
	err = read_all(log, fn, ctx);
	if (err == ERR_OK)
		err = log->pending.err;
	if (err != ERR_OK) {
		state_log_close(log);
		return err;
	}
	log->size_rewritten = log->size;
	*out = log;
	return ERR_OK;
}

void
state_log_close(struct state_log *log)
{
	if (log == NULL)
		return;
	if (log->io.close != NULL)
		log->io.close(log->io.ctx);
	buffer_free(&log->pending);
	free(log);
}

enum err
state_log_append(struct state_log *log, const struct state_record *record)
{
	struct buffer *b = &log->pending;
	size_t from = b->len;
	struct hash sum;

	if (record->bytes.len > STATE_BYTES_MAX)
		return ERR_RANGE;
	if (!log->is_fresh &&
		from + HEAD + record->bytes.len + CHECKSUM > STATE_PENDING_MAX)
		return ERR_FULL;
	write_u16(b, MARKER);
	write_u32(b, (uint32_t)record->bytes.len);
	write_u32(b, record->box);
	write_u16(b, record->kind);
	write_bytes(b, record->bytes.at, record->bytes.len);
	if (b->err == ERR_OK) {
		sum = hash_of(bytes_of(b->at + from, b->len - from));
		write_bytes(b, sum.at, CHECKSUM);
	}
	if (b->err != ERR_OK) {
		/* Out of memory now is not out of memory for ever: take half a record back. */
		b->len = from;
		b->err = ERR_OK;
		return ERR_NOMEM;
	}
	return ERR_OK;
}

/* After a failed sync the kernel may have dropped what was written (fsync(2)), so a new
 * attempt writes everything again. */
enum err
state_log_sync(struct state_log *log)
{
	struct state_io *io = &log->io;
	enum err err = ERR_OK;

	if (log->pending.len == 0)
		return ERR_OK;
	if (log->tail)
		err = io->truncate(io->ctx, log->size);
	if (err != ERR_OK)
		return err;
	log->tail = true;
	err = io->write(io->ctx, log->size, buffer_bytes(&log->pending));
	if (err == ERR_OK)
		err = io->sync(io->ctx);
	if (err != ERR_OK)
		return err;
	log->tail = false;
	log->size += log->pending.len;
	buffer_clear(&log->pending);
	return ERR_OK;
}

uint64_t
state_log_size(const struct state_log *log)
{
	return log->size;
}

uint64_t
state_log_damaged(const struct state_log *log)
{
	return log->damaged;
}

bool
state_log_is_large(const struct state_log *log)
{
	return log->size > 65536 && log->size / 4 > log->size_rewritten;
}

enum err
state_log_rewrite(struct state_log *log, state_fill_fn *fill, void *ctx)
{
	struct state_log fresh = {.is_fresh = true};
	enum err err;

	write_text(&fresh.pending, magic);
	err = fresh.pending.err;
	if (err == ERR_OK)
		err = fill(ctx, &fresh);
	if (err == ERR_OK)
		err = log->io.replace(log->io.ctx, buffer_bytes(&fresh.pending));
	if (err == ERR_OK) {
		log->size = log->size_rewritten = fresh.pending.len;
		log->tail = false;
		log->damaged = 0;
		buffer_clear(&log->pending);
	}
	buffer_free(&fresh.pending);
	return err;
}
