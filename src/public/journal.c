/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal.c: entries to disk behind everybody's back, and from it to those who are late. */
#include "public/journal.h"

#include "public/writer.h"

#include <stdlib.h>
#include <string.h>

enum {
	AT_ONCE = 512,	 /* records in one transaction */
	REST_MS = 5000,	 /* the end waits so long for the disk */
	RETRY_MS = 1000, /* a full disk is asked again */
	LATE = 4096,	 /* more records than that waiting: the disk is not well */
};

/* A record that is not on the disk yet. */
struct waiting {
	struct waiting *next;
	enum edge_record kind;
	int64_t time_ms;
	struct bytes bytes; /* right behind */
};

struct journal {
	struct loop *loop;
	struct journal_conf conf;
	struct writer *writer;
	struct store *reading;
	struct loop_timer retry;
	struct waiting *first, **end;
	size_t count, posted; /* waiting; of these, in the transaction that runs */
	bool failing;
};

/* The tables of the journal: entries by number; nothing else is projected. */
static void
project(void *ctx, const struct store_record *record, struct store_rows *rows)
{
	struct entry entry;
	bool good;

	(void)ctx;
	if (record->kind == EDGE_RECORD_ENTRY &&
		edge_entry_read(&entry, &good, record->bytes) == ERR_OK)
		store_rows_entry(rows, entry.header.number);
}

static void
post(struct journal *j)
{
	struct store_record records[AT_ONCE];
	size_t n = 0;
	enum err err;

	if (j->first == NULL || writer_is_busy(j->writer))
		return;
	for (struct waiting *w = j->first; w != NULL && n < AT_ONCE; w = w->next)
		records[n++] = (struct store_record){.time_ms = w->time_ms,
			.kind = (uint16_t)w->kind,
			.bytes = w->bytes};
	err = writer_post(j->writer, records, n);
	j->posted = err == ERR_OK ? n : 0;
}

static void
retry(void *ctx)
{
	post(ctx);
}

static void
done(void *ctx, enum err err)
{
	struct journal *j = ctx;

	if (err == ERR_IO) {
		j->conf.died(j->conf.ctx,
			"the disk failed under the journal; starting again "
			"from it is the only way on");
		return;
	}
	if (err != ERR_OK) {
		if (!j->failing)
			j->conf.log(j->conf.ctx,
				err == ERR_FULL ? "the disk is full: entries are served "
						  "from memory until there "
						  "is room"
						: "the journal takes nothing now; entries "
						  "are served from memory");
		j->failing = true;
		j->posted = 0;
		if (loop_timer_set(j->loop, &j->retry, RETRY_MS, retry, j) != ERR_OK)
			j->conf.died(j->conf.ctx, "out of memory");
		return;
	}
	if (j->failing)
		j->conf.log(j->conf.ctx, "the journal is written again");
	j->failing = false;
	for (; j->posted > 0; j->posted--) {
		struct waiting *w = j->first;

		j->first = w->next;
		j->count--;
		free(w);
	}
	if (j->first == NULL)
		j->end = &j->first;
	post(j);
}

static enum err
restore_one(void *ctx, const struct store_record *record)
{
	struct {
		struct edge *e;
		struct fault *fault;
	} *to = ctx;

	return edge_restore(to->e, record->kind, record->time_ms, record->bytes, to->fault);
}

static enum err
open_both(struct journal *j, struct edge *e, struct fault *fault)
{
	struct store_options options = {
		.rebuild = j->conf.rebuild, .project = project, .project_version = 1};
	struct store_options look = {.read_only = true};
	struct {
		struct edge *e;
		struct fault *fault;
	} to = {e, fault};
	enum err err = writer_open(&j->writer, j->conf.path, &options, fault);

	if (err == ERR_OK)
		err = store_each(writer_store(j->writer), 0, restore_one, &to);
	if (err == ERR_OK)
		err = store_open(&j->reading, j->conf.path, &look, fault);
	if (err == ERR_OK)
		err = writer_start(j->writer, j->loop, &j->conf.test, done, j);
	return err;
}

enum err
journal_open(struct journal **out, struct loop *loop, const struct journal_conf *conf,
	struct edge *e, struct fault *fault)
{
	struct journal *j = calloc(1, sizeof *j);
	enum err err;

	if (j == NULL)
		return ERR_NOMEM;
	j->loop = loop;
	j->conf = *conf;
	j->end = &j->first;
	err = open_both(j, e, fault);
	if (err != ERR_OK) {
		journal_free(j);
		return err;
	}
	*out = j;
	return ERR_OK;
}

/* A record that was handed on and not written would have to be asked for again. */
static void
write_rest(struct journal *j)
{
	int64_t until_ms = loop_monotonic_ms() + REST_MS;

	while (j->first != NULL && writer_is_busy(j->writer) &&
		loop_monotonic_ms() < until_ms)
		writer_wait(j->writer, 100);
}

void
journal_free(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->writer != NULL)
		write_rest(j);
	loop_timer_cancel(j->loop, &j->retry);
	store_close(j->reading);
	writer_free(j->writer);
	while (j->first != NULL) {
		struct waiting *w = j->first;

		j->first = w->next;
		free(w);
	}
	free(j);
}

void
journal_keep(struct journal *j, enum edge_record kind, int64_t time_ms, struct bytes record)
{
	struct waiting *w = malloc(sizeof *w + record.len);

	if (w == NULL) {
		/* A hole in the journal would not open again. */
		j->conf.died(j->conf.ctx, "out of memory");
		return;
	}
	memcpy(w + 1, record.at, record.len);
	*w = (struct waiting){.kind = kind,
		.time_ms = time_ms,
		.bytes = bytes_of((uint8_t *)(w + 1), record.len)};
	*j->end = w;
	j->end = &w->next;
	j->count++;
	if (!j->failing)
		post(j);
}

bool
journal_is_well(const struct journal *j)
{
	return !j->failing && j->count < LATE;
}

size_t
journal_waiting(const struct journal *j)
{
	return j->count;
}

/* ---- reading ---- */

struct reading {
	uint64_t next;
	size_t left;
	journal_entry_fn *fn;
	void *ctx;
};

static enum err
read_one(struct reading *r, struct bytes record)
{
	struct entry entry;
	bool good;
	enum err err = edge_entry_read(&entry, &good, record);

	if (err == ERR_OK)
		err = r->fn(r->ctx, &entry);
	if (err == ERR_OK) {
		r->next = entry.header.number + 1;
		r->left--;
	}
	return err;
}

static enum err
from_disk(void *ctx, uint64_t number, const struct store_record *record)
{
	struct reading *r = ctx;

	return number == r->next ? read_one(r, record->bytes) : ERR_UNKNOWN;
}

/* The newest record of each number counts: a takeover gives numbers a second time. */
static const struct waiting *
from_memory(const struct journal *j, uint64_t number)
{
	const struct waiting *found = NULL;
	struct entry entry;
	bool good;

	for (const struct waiting *w = j->first; w != NULL; w = w->next)
		if (w->kind == EDGE_RECORD_ENTRY &&
			edge_entry_read(&entry, &good, w->bytes) == ERR_OK &&
			entry.header.number == number)
			found = w;
	return found;
}

enum err
journal_entries(
	struct journal *j, uint64_t from, size_t max, journal_entry_fn *fn, void *ctx)
{
	struct reading r = {from, max, fn, ctx};
	const struct waiting *w;
	enum err err = ERR_OK;

	while (err == ERR_OK && r.left > 0 && (w = from_memory(j, r.next)) != NULL)
		err = read_one(&r, w->bytes);
	if (err != ERR_OK || r.left == 0)
		return err;
	err = store_entries(j->reading, r.next, r.left, from_disk, &r);
	if (err == ERR_UNKNOWN)
		err = ERR_OK;
	while (err == ERR_OK && r.left > 0 && (w = from_memory(j, r.next)) != NULL)
		err = read_one(&r, w->bytes);
	return err;
}
