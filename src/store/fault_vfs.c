/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault_vfs.c: the disk itself, and its registration with SQLite. */
#include "store/fault_disk.h"

#include <stdlib.h>
#include <string.h>

static struct fault_vfs *
vfs_of(sqlite3_vfs *base)
{
	return base->pAppData;
}

/* SQLite's delete; without sync_dir a power cut may bring the file back. */
static int
vfs_delete(sqlite3_vfs *base, const char *name, int sync_dir)
{
	struct fault_file *f = fault_disk_find(vfs_of(base), name);

	if (f == NULL || !f->exists)
		return SQLITE_IOERR_DELETE_NOENT;
	f->exists = false;
	f->now.len = f->low = 0;
	if (sync_dir) {
		f->exists_synced = false;
		f->synced.len = 0;
	}
	return SQLITE_OK;
}

static int
vfs_access(sqlite3_vfs *base, const char *name, int flags, int *out)
{
	struct fault_file *f = fault_disk_find(vfs_of(base), name);

	*out = f != NULL && f->exists;
	if (flags == SQLITE_ACCESS_EXISTS && *out && f->now.len == 0)
		*out = 0; /* as SQLite's own VFS: an empty file counts as none */
	return SQLITE_OK;
}

static int
vfs_full_path(sqlite3_vfs *base, const char *name, int size, char *out)
{
	(void)base;
	if (strlen(name) >= (size_t)size)
		return SQLITE_CANTOPEN;
	strcpy(out, name);
	return SQLITE_OK;
}

static int
vfs_randomness(sqlite3_vfs *base, int len, char *out)
{
	for (int i = 0; i < len; i++)
		out[i] = (char)fault_disk_dice(vfs_of(base));
	return len;
}

static int
vfs_sleep(sqlite3_vfs *base, int us)
{
	(void)base;
	return us;
}

/* Julian day number times 86,400,000, as SQLite wants it. */
static int
vfs_time(sqlite3_vfs *base, sqlite3_int64 *out)
{
	*out = vfs_of(base)->now_ms + 210866760000000LL;
	return SQLITE_OK;
}

static int
vfs_time_days(sqlite3_vfs *base, double *out)
{
	sqlite3_int64 ms;

	vfs_time(base, &ms);
	*out = (double)ms / 86400000.0;
	return SQLITE_OK;
}

static int
vfs_last_error(sqlite3_vfs *base, int len, char *out)
{
	(void)base;
	if (len > 0)
		out[0] = '\0';
	return 0;
}

static int
vfs_open(sqlite3_vfs *base, sqlite3_filename name, sqlite3_file *out, int flags,
	int *out_flags)
{
	int rc = fault_file_open(vfs_of(base), name, out, flags);

	if (rc == SQLITE_OK && out_flags != NULL)
		*out_flags = flags;
	return rc;
}

enum err
fault_vfs_new(struct fault_vfs **out, const char *name, uint64_t seed)
{
	struct fault_vfs *v;

	if (sqlite3_vfs_find(name) != NULL)
		return ERR_DUPLICATE;
	v = calloc(1, sizeof *v);
	if (v == NULL || (v->name = strdup(name)) == NULL) {
		free(v);
		return ERR_NOMEM;
	}
	v->dice = seed;
	v->sector = fault_disk_dice(v) % 2 != 0 ? 4096 : 512;
	v->base = (sqlite3_vfs){
		.iVersion = 2,
		.szOsFile = fault_file_size(),
		.mxPathname = 512,
		.zName = v->name,
		.pAppData = v,
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_path,
		.xRandomness = vfs_randomness,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time_days,
		.xGetLastError = vfs_last_error,
		.xCurrentTimeInt64 = vfs_time,
	};
	if (sqlite3_vfs_register(&v->base, 0) != SQLITE_OK) {
		free(v->name);
		free(v);
		return ERR_NOMEM;
	}
	/* The salts of a write-ahead log come from SQLite's own generator, which it seeds
	 * from the default VFS, that is from the machine. 0 would mean: do that. */
	sqlite3_test_control(
		SQLITE_TESTCTRL_PRNG_SEED, (int)(fault_disk_dice(v) | 1), NULL);
	*out = v;
	return ERR_OK;
}

void
fault_vfs_free(struct fault_vfs *v)
{
	if (v == NULL)
		return;
	sqlite3_vfs_unregister(&v->base);
	while (v->files != NULL) {
		struct fault_file *f = v->files;

		v->files = f->next;
		fault_disk_file_free(f);
	}
	free(v->name);
	free(v);
}

void
fault_vfs_fail_next(struct fault_vfs *v, enum fault_kind kind, unsigned after_n)
{
	v->armed[kind] = true;
	v->left[kind] = after_n;
}

void
fault_vfs_heal(struct fault_vfs *v)
{
	memset(v->armed, 0, sizeof v->armed);
	v->lying = false;
	v->limit = 0;
}

void
fault_vfs_limit(struct fault_vfs *v, uint64_t bytes)
{
	v->limit = bytes;
}

void
fault_vfs_set_time(struct fault_vfs *v, int64_t now_ms)
{
	v->now_ms = now_ms;
}

uint64_t
fault_vfs_operations(const struct fault_vfs *v, enum fault_kind kind)
{
	return v->operations[kind];
}

void
fault_vfs_kill(struct fault_vfs *v)
{
	v->life++;
	for (struct fault_file *f = v->files; f != NULL; f = f->next)
		f->shared = f->reserved = f->exclusive = 0;
}

void
fault_vfs_power_cut(struct fault_vfs *v)
{
	fault_vfs_kill(v);
	fault_vfs_heal(v);
	for (struct fault_file *f = v->files; f != NULL; f = f->next)
		fault_disk_forget(v, f);
}

enum err
fault_vfs_copy(struct fault_vfs *v, const char *from, const char *to)
{
	struct fault_file *source = fault_disk_find(v, from);
	struct fault_file *f = fault_disk_make(v, to);

	if (f == NULL)
		return ERR_NOMEM;
	f->now.len = f->low = 0;
	f->exists = source != NULL && source->exists;
	if (f->exists && source->now.len > 0 &&
		fault_disk_write(v, f, source->now.at, source->now.len, 0) != SQLITE_OK)
		return ERR_NOMEM;
	return fault_disk_sync(f) == SQLITE_OK ? ERR_OK : ERR_NOMEM;
}

void
fault_vfs_cut(struct fault_vfs *v, const char *path, uint64_t len)
{
	struct fault_file *f = fault_disk_find(v, path);

	if (f == NULL || len > f->now.len)
		return;
	f->now.len = (size_t)len;
	(void)!fault_disk_sync(f); /* shorter: needs no memory */
}

bool
fault_vfs_flip(struct fault_vfs *v, const char *path, uint64_t at, uint8_t mask)
{
	struct fault_file *f = fault_disk_find(v, path);

	if (f == NULL || !f->exists || at >= f->now.len)
		return false;
	f->now.at[at] ^= mask;
	if (at < f->synced.len)
		f->synced.at[at] ^= mask;
	return true;
}

uint64_t
fault_vfs_size(const struct fault_vfs *v, const char *path)
{
	struct fault_file *f = fault_disk_find(v, path);

	return f != NULL && f->exists ? f->now.len : 0;
}
