/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault_disk.c: files in memory, with what is synced kept beside what is written. */
#include "store/fault_disk.h"

#include <stdlib.h>
#include <string.h>

/* splitmix64 (Steele, Lea, Flood 2014): small, and good enough to lose sectors by. */
uint64_t
fault_disk_dice(struct fault_vfs *v)
{
	uint64_t z = v->dice += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

bool
fault_disk_fails(struct fault_vfs *v, enum fault_kind kind)
{
	v->operations[kind]++;
	if (!v->armed[kind])
		return false;
	if (v->left[kind] > 0) {
		v->left[kind]--;
		return false;
	}
	v->armed[kind] = false;
	return true;
}

struct fault_file *
fault_disk_find(const struct fault_vfs *v, const char *name)
{
	for (struct fault_file *f = v->files; f != NULL; f = f->next)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

struct fault_file *
fault_disk_make(struct fault_vfs *v, const char *name)
{
	struct fault_file *f = fault_disk_find(v, name);

	if (f != NULL)
		return f;
	f = calloc(1, sizeof *f);
	if (f == NULL || (f->name = strdup(name)) == NULL) {
		free(f);
		return NULL;
	}
	f->next = v->files;
	v->files = f;
	return f;
}

void
fault_disk_file_free(struct fault_file *f)
{
	free(f->now.at);
	free(f->synced.at);
	free(f->dirty);
	free(f->name);
	free(f);
}

/* Set the length; what is new is zero, as in a file with a hole. */
static bool
resize(struct image *im, size_t len)
{
	if (len > im->cap) {
		size_t cap = im->cap * 2 > len ? im->cap * 2 : len + 4096;
		uint8_t *at = realloc(im->at, cap);

		if (at == NULL)
			return false;
		im->at = at;
		im->cap = cap;
	}
	if (len > im->len)
		memset(im->at + im->len, 0, len - im->len);
	im->len = len;
	return true;
}

static bool
mark_dirty(struct fault_vfs *v, struct fault_file *f, size_t from, size_t to)
{
	size_t sectors = (to + v->sector - 1) / v->sector;

	if (sectors > f->sectors) {
		uint8_t *dirty = realloc(f->dirty, sectors);

		if (dirty == NULL)
			return false;
		memset(dirty + f->sectors, 0, sectors - f->sectors);
		f->dirty = dirty;
		f->sectors = sectors;
	}
	for (size_t i = from / v->sector; i < sectors; i++)
		f->dirty[i] = 1;
	return true;
}

static uint64_t
used(const struct fault_vfs *v)
{
	uint64_t sum = 0;

	for (const struct fault_file *f = v->files; f != NULL; f = f->next)
		sum += f->exists ? f->now.len : 0;
	return sum;
}

int
fault_disk_write(struct fault_vfs *v, struct fault_file *f, const void *at, size_t len,
	size_t offset)
{
	size_t from = offset < f->now.len ? offset : f->now.len;
	size_t to = offset + len;

	if (v->limit != 0 && to > f->now.len && used(v) + (to - f->now.len) > v->limit)
		return SQLITE_FULL;
	if (to > f->now.len && !resize(&f->now, to))
		return SQLITE_NOMEM;
	memcpy(f->now.at + offset, at, len);
	return mark_dirty(v, f, from, to) ? SQLITE_OK : SQLITE_NOMEM;
}

int
fault_disk_truncate(struct fault_vfs *v, struct fault_file *f, size_t len)
{
	size_t was = f->now.len;

	if (len > was)
		return mark_dirty(v, f, was, len) && resize(&f->now, len) ? SQLITE_OK
									  : SQLITE_NOMEM;
	f->now.len = len;
	f->low = len < f->low ? len : f->low;
	return SQLITE_OK;
}

int
fault_disk_sync(struct fault_file *f)
{
	if (!resize(&f->synced, f->now.len))
		return SQLITE_NOMEM;
	if (f->now.len > 0)
		memcpy(f->synced.at, f->now.at, f->now.len);
	if (f->sectors > 0)
		memset(f->dirty, 0, f->sectors);
	f->low = f->now.len;
	f->exists_synced = f->exists;
	return SQLITE_OK;
}

/* A file that grew may end anywhere in between, by sectors. */
static size_t
length_after(struct fault_vfs *v, const struct fault_file *f)
{
	size_t len;

	if (f->now.len <= f->low || fault_disk_dice(v) % 2 == 0)
		return f->now.len;
	len = f->low + fault_disk_dice(v) % (f->now.len - f->low + 1);
	len = (len + v->sector - 1) / v->sector * v->sector;
	return len > f->now.len ? f->now.len : len;
}

static void
lose_sectors(struct fault_vfs *v, struct fault_file *f)
{
	for (size_t i = 0; i < f->sectors; i++) {
		size_t from = i * v->sector, to = from + v->sector;

		if (!f->dirty[i] || fault_disk_dice(v) % 2 == 0)
			continue;
		for (size_t b = from; b < to && b < f->now.len; b++)
			f->now.at[b] = b < f->low ? f->synced.at[b] : 0;
	}
}

/* Cutting a file short is one step of the file system: it holds, and the old blocks are gone,
 * or nothing that came after it holds either. */
static bool
takes_back_cut(struct fault_vfs *v, struct fault_file *f)
{
	if (f->low >= f->synced.len || fault_disk_dice(v) % 2 == 0 ||
		!resize(&f->now, f->synced.len))
		return false;
	memcpy(f->now.at, f->synced.at, f->synced.len);
	return true;
}

void
fault_disk_forget(struct fault_vfs *v, struct fault_file *f)
{
	bool exists = fault_disk_dice(v) % 2 != 0 ? f->exists : f->exists_synced;

	if (!takes_back_cut(v, f)) {
		size_t len = length_after(v, f);

		lose_sectors(v, f);
		f->now.len = len;
	}
	f->exists = exists && !f->temporary;
	if (!f->exists)
		f->now.len = 0;
	(void)!fault_disk_sync(f);
}
