/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_wal.c: tell a write-ahead log that a power cut left unfinished from one that is
 * damaged. Format: https://www.sqlite.org/fileformat2.html#walformat */
#include "store/store_parts.h"

#include <stdlib.h>
#include <string.h>

enum { WAL_HEADER = 32, FRAME_HEADER = 24, SECTOR = 512 };

struct wal {
	sqlite3_file *file;
	sqlite3_int64 size;
	uint32_t page, salt[2];
	uint32_t sum[2]; /* runs over all frames */
	bool big_endian;
	uint8_t *frame;
};

static uint32_t
big32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t
word(const struct wal *w, const uint8_t *p)
{
	if (w->big_endian)
		return big32(p);
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void
sum_over(struct wal *w, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 8 <= len; i += 8) {
		w->sum[0] += word(w, p + i) + w->sum[1];
		w->sum[1] += word(w, p + i + 4) + w->sum[0];
	}
}

static bool
sum_is(const struct wal *w, const uint8_t *p)
{
	return big32(p) == w->sum[0] && big32(p + 4) == w->sum[1];
}

/* The header is synced before the first frame is written, and lies in one sector: a bad one
 * is never the work of a power cut if frames follow. */
static bool
header_read(struct wal *w)
{
	uint8_t h[WAL_HEADER];

	if (w->file->pMethods->xRead(w->file, h, sizeof h, 0) != SQLITE_OK)
		return false;
	if ((big32(h) & ~1U) != 0x377f0682)
		return false;
	w->big_endian = big32(h) & 1;
	w->page = big32(h + 8);
	w->salt[0] = big32(h + 16);
	w->salt[1] = big32(h + 20);
	sum_over(w, h, 24);
	return sum_is(w, h + 24) && w->page >= 512 && w->page <= 65536;
}

static sqlite3_int64
frame_at(const struct wal *w, sqlite3_int64 i)
{
	return WAL_HEADER + i * (FRAME_HEADER + (sqlite3_int64)w->page);
}

static bool
is_ours(const struct wal *w, const uint8_t *frame)
{
	return big32(frame + 8) == w->salt[0] && big32(frame + 12) == w->salt[1];
}

/* A frame header within one sector was written as a whole or not at all. */
static bool
is_whole(const struct wal *w, sqlite3_int64 i)
{
	return frame_at(w, i) % SECTOR <= SECTOR - FRAME_HEADER;
}

static bool
frame_valid(struct wal *w, sqlite3_int64 i, bool *wrong_salt)
{
	int len = FRAME_HEADER + (int)w->page;

	if (w->file->pMethods->xRead(w->file, w->frame, len, frame_at(w, i)) != SQLITE_OK)
		return false;
	sum_over(w, w->frame, 8);
	sum_over(w, w->frame + FRAME_HEADER, w->page);
	*wrong_salt = sum_is(w, w->frame + 16) && !is_ours(w, w->frame) && is_whole(w, i);
	return sum_is(w, w->frame + 16) && is_ours(w, w->frame);
}

/*
 * SQLite ends the log at the first bad frame. Only the last transaction may be unsynced, so a
 * bad frame is a torn write if it belongs to that; if a commit and then one more frame of the
 * same life of the log come behind it, it was synced once and has been changed since. (The
 * last transaction of all cannot be told apart; the store empties the log at each open, and
 * SQLite begins every new round of it with other salts.)
 */
static bool
is_damaged(struct wal *w, sqlite3_int64 bad, sqlite3_int64 frames)
{
	bool committed = false;

	for (sqlite3_int64 i = bad; i < frames; i++) {
		uint8_t h[FRAME_HEADER];

		if (w->file->pMethods->xRead(w->file, h, sizeof h, frame_at(w, i)) !=
			SQLITE_OK)
			return false;
		if (!is_whole(w, i) || !is_ours(w, h))
			continue;
		if (committed)
			return true;
		committed = big32(h + 4) != 0;
	}
	return false;
}

static enum err
frames_check(struct wal *w, const char *path, struct fault *fault)
{
	sqlite3_int64 frames =
		(w->size - WAL_HEADER) / (FRAME_HEADER + (sqlite3_int64)w->page);
	sqlite3_int64 i = 0;
	bool wrong_salt = false;

	w->frame = malloc(FRAME_HEADER + w->page);
	if (w->frame == NULL)
		return fault_set(fault, ERR_NOMEM, "out of memory opening %s", path);
	while (i < frames && frame_valid(w, i, &wrong_salt))
		i++;
	free(w->frame);
	if (i == frames || (!wrong_salt && !is_damaged(w, i, frames)))
		return ERR_OK;
	return fault_set(fault, ERR_FORMAT,
		"%s-wal is damaged in frame %lld of %lld: records that were safe are lost "
		"in it; "
		"keep a copy of %s and %s-wal, put back the last backup, then start: the "
		"hub "
		"takes back from its edges what it lacks",
		path, (long long)i + 1, (long long)frames, path, path);
}

static enum err
wal_check(struct wal *w, const char *path, struct fault *fault)
{
	if (w->file->pMethods->xFileSize(w->file, &w->size) != SQLITE_OK)
		return fault_set(fault, ERR_IO, "cannot read %s-wal", path);
	if (w->size < WAL_HEADER + FRAME_HEADER + 512)
		return ERR_OK;
	if (!header_read(w))
		return fault_set(fault, ERR_FORMAT,
			"%s-wal is damaged in its header; keep a copy of %s and %s-wal, "
			"put back "
			"the last backup, then start: the hub takes back from its edges "
			"what it "
			"lacks",
			path, path, path);
	return frames_check(w, path, fault);
}

static enum err
wal_open_check(sqlite3_vfs *vfs, const char *name, const char *path, struct fault *fault)
{
	struct wal w = {.file = sqlite3_malloc(vfs->szOsFile)};
	enum err err;

	if (w.file == NULL)
		return fault_set(fault, ERR_NOMEM, "out of memory opening %s", path);
	memset(w.file, 0, (size_t)vfs->szOsFile);
	if (vfs->xOpen(vfs, name, w.file, SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL, NULL) !=
		SQLITE_OK)
		err = fault_set(fault, ERR_IO, "cannot read %s", name);
	else
		err = wal_check(&w, path, fault);
	if (w.file->pMethods != NULL)
		w.file->pMethods->xClose(w.file);
	sqlite3_free(w.file);
	return err;
}

enum err
store_wal_check(const char *vfs_name, const char *path, struct fault *fault)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(vfs_name);
	char *name = sqlite3_mprintf("%s-wal", path);
	enum err err = ERR_OK;
	int there = 0;

	if (vfs == NULL)
		err = fault_set(
			fault, ERR_IO, "SQLite knows no file system called %s", vfs_name);
	else if (name == NULL)
		err = fault_set(fault, ERR_NOMEM, "out of memory opening %s", path);
	else if (vfs->xAccess(vfs, name, SQLITE_ACCESS_EXISTS, &there) == SQLITE_OK &&
		 there)
		err = wal_open_check(vfs, name, path, fault);
	sqlite3_free(name);
	return err;
}
