/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state_memory.c: the hands of a state log on a disk of one file in memory. */
#include "store/state_log.h"

#include <stdlib.h>
#include <string.h>

struct state_memory {
	struct buffer now, synced;
	enum err fail;
};

static enum err
copy(struct buffer *to, const struct buffer *from)
{
	buffer_clear(to);
	write_bytes(to, from->at, from->len);
	return to->err;
}

static enum err
memory_read(void *ctx, struct buffer *out)
{
	struct state_memory *m = ctx;

	write_bytes(out, m->now.at, m->now.len);
	return out->err;
}

static enum err
memory_truncate(void *ctx, uint64_t len)
{
	struct state_memory *m = ctx;

	while (m->now.len < len && m->now.err == ERR_OK)
		write_u8(&m->now, 0);
	m->now.len = len < m->now.len ? (size_t)len : m->now.len;
	return m->now.err;
}

/* A failing disk takes the first half. */
static enum err
memory_write(void *ctx, uint64_t at, struct bytes in)
{
	struct state_memory *m = ctx;
	size_t len = m->fail == ERR_OK ? in.len : in.len / 2;
	size_t from = (size_t)at;

	while (m->now.len < from + len && m->now.err == ERR_OK)
		write_u8(&m->now, 0);
	if (m->now.err != ERR_OK)
		return m->now.err;
	if (len > 0)
		memcpy(m->now.at + from, in.at, len);
	return m->fail;
}

static enum err
memory_sync(void *ctx)
{
	struct state_memory *m = ctx;

	return m->fail != ERR_OK ? m->fail : copy(&m->synced, &m->now);
}

static enum err
memory_replace(void *ctx, struct bytes in)
{
	struct state_memory *m = ctx;

	if (m->fail != ERR_OK)
		return m->fail;
	buffer_clear(&m->now);
	write_bytes(&m->now, in.at, in.len);
	return m->now.err != ERR_OK ? m->now.err : copy(&m->synced, &m->now);
}

static void
memory_close(void *ctx)
{
	(void)ctx;
}

struct state_memory *
state_memory_new(void)
{
	return calloc(1, sizeof(struct state_memory));
}

void
state_memory_free(struct state_memory *m)
{
	if (m == NULL)
		return;
	buffer_free(&m->now);
	buffer_free(&m->synced);
	free(m);
}

struct state_io
state_memory_io(struct state_memory *m)
{
	return (struct state_io){m, memory_read, memory_write, memory_sync, memory_truncate,
		memory_replace, memory_close};
}

void
state_memory_power_cut(struct state_memory *m, uint64_t keep)
{
	if (m->now.len >= m->synced.len && m->now.len - m->synced.len > keep)
		m->now.len = m->synced.len + (size_t)keep;
	else if (m->now.len < m->synced.len)
		(void)!copy(&m->now, &m->synced);
	(void)!copy(&m->synced, &m->now);
}

void
state_memory_fail(struct state_memory *m, enum err err)
{
	m->fail = err;
}

struct buffer *
state_memory_content(struct state_memory *m)
{
	return &m->now;
}
