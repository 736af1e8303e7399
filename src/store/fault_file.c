/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault_file.c: the handles that SQLite holds on the fault disk. */
#include "store/fault_disk.h"

#include <string.h>

struct handle {
	sqlite3_file base;
	struct fault_vfs *v;
	struct fault_file *f;
	unsigned life;
	int lock; /* SQLITE_LOCK_* */
};

static struct handle *
handle_of(sqlite3_file *base)
{
	return (struct handle *)base;
}

static bool
is_dead(const struct handle *h)
{
	return h->life != h->v->life;
}

static int
file_read(sqlite3_file *base, void *out, int len, sqlite3_int64 offset)
{
	struct handle *h = handle_of(base);
	size_t from = (size_t)offset, have = 0;

	if (is_dead(h) || fault_disk_fails(h->v, FAULT_READ))
		return SQLITE_IOERR_READ;
	if (from < h->f->now.len)
		have = h->f->now.len - from;
	if (have >= (size_t)len) {
		memcpy(out, h->f->now.at + from, (size_t)len);
		return SQLITE_OK;
	}
	if (have > 0)
		memcpy(out, h->f->now.at + from, have);
	memset((uint8_t *)out + have, 0, (size_t)len - have);
	return SQLITE_IOERR_SHORT_READ;
}

static int
file_write(sqlite3_file *base, const void *at, int len, sqlite3_int64 offset)
{
	struct handle *h = handle_of(base);
	bool full, broken;
	int rc;

	if (is_dead(h))
		return SQLITE_IOERR_WRITE;
	full = fault_disk_fails(h->v, FAULT_FULL);
	broken = fault_disk_fails(h->v, FAULT_WRITE);
	if (full || broken)
		len /= 2; /* what a failing write leaves behind */
	rc = fault_disk_write(h->v, h->f, at, (size_t)len, (size_t)offset);
	if (rc == SQLITE_NOMEM)
		return SQLITE_IOERR_NOMEM;
	if (full || rc == SQLITE_FULL)
		return SQLITE_FULL;
	return broken ? SQLITE_IOERR_WRITE : rc;
}

static int
file_truncate(sqlite3_file *base, sqlite3_int64 len)
{
	struct handle *h = handle_of(base);

	if (is_dead(h))
		return SQLITE_IOERR_TRUNCATE;
	return fault_disk_truncate(h->v, h->f, (size_t)len);
}

static int
file_sync(sqlite3_file *base, int flags)
{
	struct handle *h = handle_of(base);
	struct fault_vfs *v = h->v;

	(void)flags;
	if (is_dead(h) || fault_disk_fails(v, FAULT_SYNC))
		return SQLITE_IOERR_FSYNC;
	if (fault_disk_fails(v, FAULT_LIE))
		v->lying = true;
	return v->lying ? SQLITE_OK : fault_disk_sync(h->f);
}

static int
file_length(sqlite3_file *base, sqlite3_int64 *out)
{
	struct handle *h = handle_of(base);

	if (is_dead(h))
		return SQLITE_IOERR_FSTAT;
	*out = (sqlite3_int64)h->f->now.len;
	return SQLITE_OK;
}

/* Take this handle's lock out of the file's counts (sign -1) or put it in (+1). */
static void
count_lock(struct handle *h, int sign)
{
	if (h->lock >= SQLITE_LOCK_SHARED)
		h->f->shared += sign;
	if (h->lock >= SQLITE_LOCK_RESERVED)
		h->f->reserved += sign;
	if (h->lock >= SQLITE_LOCK_PENDING)
		h->f->exclusive += sign;
}

static int
file_lock(sqlite3_file *base, int lock)
{
	struct handle *h = handle_of(base);
	int was = h->lock;
	bool busy;

	if (is_dead(h))
		return SQLITE_IOERR_LOCK;
	if (lock <= was)
		return SQLITE_OK;
	count_lock(h, -1);
	busy = h->f->exclusive > 0 ||
	       (lock >= SQLITE_LOCK_RESERVED && h->f->reserved > 0) ||
	       (lock == SQLITE_LOCK_EXCLUSIVE && h->f->shared > 0);
	if (!busy)
		h->lock = lock;
	count_lock(h, +1);
	return busy ? SQLITE_BUSY : SQLITE_OK;
}

static int
file_unlock(sqlite3_file *base, int lock)
{
	struct handle *h = handle_of(base);

	if (is_dead(h) || lock >= h->lock)
		return SQLITE_OK;
	count_lock(h, -1);
	h->lock = lock;
	count_lock(h, +1);
	return SQLITE_OK;
}

static int
file_is_reserved(sqlite3_file *base, int *out)
{
	*out = handle_of(base)->f->reserved > 0;
	return SQLITE_OK;
}

static int
file_control(sqlite3_file *base, int what, void *arg)
{
	(void)base;
	(void)what;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int
file_sector(sqlite3_file *base)
{
	return (int)handle_of(base)->v->sector;
}

/* As SQLite's own VFS says of Linux: a write that is cut off spoils no byte beside it. */
static int
file_character(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int
file_close(sqlite3_file *base)
{
	struct handle *h = handle_of(base);

	if (!is_dead(h)) {
		count_lock(h, -1);
		if (h->f->temporary)
			h->f->exists = false;
	}
	return SQLITE_OK;
}

/* Version 1 has no shared memory. */
static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_length,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_is_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_character,
};

int
fault_file_size(void)
{
	return (int)sizeof(struct handle);
}

int
fault_file_open(struct fault_vfs *v, const char *name, sqlite3_file *out, int flags)
{
	struct handle *h = handle_of(out);
	struct fault_file *f;

	memset(h, 0, sizeof *h);
	/* A nameless file is SQLite's scratch; one at a time is all that it uses here. */
	f = fault_disk_make(v, name != NULL ? name : "(temporary)");
	if (f == NULL)
		return SQLITE_NOMEM;
	if (!f->exists && (flags & SQLITE_OPEN_CREATE) == 0)
		return SQLITE_CANTOPEN;
	if (!f->exists || name == NULL)
		f->now.len = f->low = 0;
	f->exists = true;
	f->temporary = name == NULL || (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
	h->base.pMethods = &methods;
	h->v = v;
	h->f = f;
	h->life = v->life;
	return SQLITE_OK;
}
