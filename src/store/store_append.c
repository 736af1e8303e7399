/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_append.c: records go to the disk, all of a call or none. */
#include "store/store_parts.h"

static int
run(struct store *s, int which)
{
	int rc = sqlite3_step(s->st[which]);

	sqlite3_reset(s->st[which]);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static enum err
insert(struct store *s, const struct store_record *given, uint64_t seq)
{
	sqlite3_stmt *st = s->st[ST_INSERT];
	struct store_record r = *given;
	struct checksum sum;
	enum err err;

	r.seq = seq;
	err = checksum_record(&s->hashed, &r, &sum);
	if (err != ERR_OK)
		return err;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)r.seq);
	sqlite3_bind_int64(st, 2, r.time_ms);
	sqlite3_bind_int(st, 3, r.kind);
	sqlite3_bind_blob(st, 4, sum.at, CHECKSUM_LEN, SQLITE_TRANSIENT);
	/* A NULL pointer would make NULL of an empty record. */
	sqlite3_bind_blob(st, 5, r.bytes.len > 0 ? r.bytes.at : (const void *)"",
		(int)r.bytes.len, SQLITE_STATIC);
	err = store_err(run(s, ST_INSERT));
	return err == ERR_OK ? store_project(s, &r) : err;
}

static enum err
finish(struct store *s, enum err err)
{
	s->failed = true;
	return err;
}

/* Nothing was committed; if it can be taken back cleanly, a later attempt may succeed. */
static enum err
take_back(struct store *s, enum err err)
{
	if (sqlite3_get_autocommit(s->db) == 0)
		(void)run(s, ST_ROLLBACK);
	if (sqlite3_get_autocommit(s->db) == 0)
		return finish(s, ERR_IO);
	if (err == ERR_FULL)
		s->drain = true;
	if (err == ERR_FULL || err == ERR_NOMEM || err == ERR_BUSY)
		return err;
	return finish(s, ERR_IO);
}

/*
 * A commit that fails for want of space has written part of its frames and synced nothing. Any
 * other failure may come after the sync: nobody knows, and trying again after a failed fsync
 * proves nothing (the kernel has dropped the pages).
 */
static enum err
commit(struct store *s)
{
	int rc = run(s, ST_COMMIT);

	if (rc == SQLITE_OK)
		return ERR_OK;
	if ((rc & 0xff) == SQLITE_FULL)
		return take_back(s, ERR_FULL);
	return finish(s, ERR_IO);
}

/* After a full disk, remains of the attempt lie in the write-ahead log, where store_wal.c
 * would take them for damage: empty it first. */
static enum err
drain(struct store *s)
{
	int rc = sqlite3_wal_checkpoint_v2(
		s->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	enum err err = store_err(rc);

	if (err == ERR_IO || err == ERR_FORMAT)
		return finish(s, ERR_IO);
	if (err == ERR_OK)
		s->drain = false;
	return err;
}

void
store_tidy(struct store *s)
{
	int frames = 0, moved = 0;
	enum err err;

	if (s->failed || s->read_only || s->wal_frames < s->tidy_at)
		return;
	err = store_err(sqlite3_wal_checkpoint_v2(
		s->db, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &moved));
	if (err == ERR_IO || err == ERR_FORMAT)
		s->failed = true;
	/* A reader holds part of it, or the disk is full: not again at each commit. */
	if (err == ERR_OK && frames == moved)
		s->tidy_at = STORE_TIDY_FRAMES;
	else
		s->tidy_at = s->wal_frames + STORE_TIDY_FRAMES;
	s->wal_frames = 0;
}

enum err
store_append(struct store *s, const struct store_record *records, size_t n)
{
	enum err err = ERR_OK;

	if (s->failed)
		return ERR_IO;
	if (s->read_only || n == 0)
		return ERR_RANGE;
	for (size_t i = 0; i < n; i++)
		if (records[i].bytes.len > STORE_RECORD_MAX)
			return ERR_RANGE;
	if (s->drain)
		err = drain(s);
	if (err != ERR_OK)
		return err;
	store_tidy(s);
	if (s->failed)
		return ERR_IO;
	err = store_err(run(s, ST_BEGIN));
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = insert(s, &records[i], s->last + 1 + i);
	if (err != ERR_OK)
		return take_back(s, err);
	err = commit(s);
	if (err == ERR_OK)
		s->last += n;
	return err;
}
