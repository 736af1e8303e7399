/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk.c: one thread that waits for the disk. */
#include "box/disk.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	WAITING_MAX =
		64 << 20, /* bytes put and not yet taken by the thread: the disk hangs */
	LAZY_MS = 5,	  /* what nobody waits for goes with what somebody does, or then */
	RETRY_S = 5,	  /* a disk that refuses, or has gaps, is tried again so often */
	CLOSE_S = 5,	  /* … and waited for at the end */
	REWRITE_REST_MS = 60000, /* between two rewrites */
	SNAPSHOT = 0xffff,	 /* a kind that no record has */
};

struct answer {
	uint32_t box;
	uint64_t ticket;
	bool ok;
};

/* Grows as needed; an answer that finds no memory is an answer that never comes, and the brain's
 * own time-out covers it. */
struct answers {
	struct answer *at;
	size_t count, cap;
};

struct disk {
	struct loop *loop;
	struct state_log *log; /* the thread's; NULL: it could not be opened */
	struct disk_hooks hooks;
	void *ctx;
	pthread_t thread;
	struct loop_post post, wake;
	bool waking; /* the loop's: `wake` is on its way */

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t come;
	struct buffer put;	/* records on their way to the thread */
	struct answers answers; /* on their way back */
	enum err state;
	bool stop, posted, snapshot_due;
	bool dropped;	   /* a record found no room on its way to the thread */
	bool urgent;	   /* somebody waits for what is put */
	int64_t put_since; /* monotonic ms, of the first that is put */

	struct buffer taken;	/* the thread's */
	struct answers waiting; /* the thread's: tickets of this round */
	bool gaps;		/* the thread's: a record was lost */
	enum err told;		/* the loop's: what `state` was last called with */
	int64_t rewritten_ms;	/* the loop's */
};

struct disk_snapshot {
	struct buffer bytes;
};

static void
answer(struct answers *a, uint32_t box, uint64_t ticket, bool ok)
{
	size_t cap = a->cap > 0 ? a->cap * 2 : 64;
	struct answer *at = a->at;

	if (ticket == 0)
		return;
	if (a->count == a->cap) {
		at = realloc(a->at, cap * sizeof *at);
		if (at == NULL)
			return;
		a->at = at;
		a->cap = cap;
	}
	a->at[a->count++] = (struct answer){box, ticket, ok};
}

static void
item_write(struct buffer *out, const struct state_record *r, uint64_t ticket)
{
	write_u32(out, r->box);
	write_u16(out, r->kind);
	write_u64(out, ticket);
	write_u32(out, (uint32_t)r->bytes.len);
	write_bytes(out, r->bytes.at, r->bytes.len);
}

static struct state_record
item_read(struct reader *r, uint64_t *ticket)
{
	struct state_record record;

	record.box = read_u32(r);
	record.kind = read_u16(r);
	*ticket = read_u64(r);
	record.bytes = read_bytes(r, read_u32(r));
	return record;
}

static enum err
fill(void *ctx, struct state_log *fresh)
{
	struct reader *r = ctx;
	enum err err = ERR_OK;
	uint64_t ticket;

	while (r->left > 0 && r->err == ERR_OK && err == ERR_OK) {
		struct state_record record = item_read(r, &ticket);

		err = state_log_append(fresh, &record);
	}
	return err == ERR_OK ? r->err : err;
}

/* Everything before it in this round is in the snapshot. */
static enum err
take_snapshot(struct disk *d, struct bytes items)
{
	struct reader r = reader_over(items.at, items.len);
	enum err err = state_log_rewrite(d->log, fill, &r);

	if (err == ERR_OK)
		d->gaps = false;
	return err;
}

static enum err
take_record(struct disk *d, const struct state_record *record)
{
	enum err err = state_log_append(d->log, record);

	if (err == ERR_FULL && state_log_sync(d->log) == ERR_OK)
		err = state_log_append(d->log, record);
	d->gaps |= err != ERR_OK;
	return err;
}

/* One round: all that was put, then one sync for it. The first error is that of all. */
static enum err
work(struct disk *d)
{
	struct reader r = reader_over(d->taken.at, d->taken.len);
	uint64_t ticket;
	enum err err = ERR_OK, next;

	while (r.left > 0) {
		struct state_record record = item_read(&r, &ticket);

		answer(&d->waiting, record.box, ticket, true);
		if (d->log == NULL)
			continue;
		if (record.kind == SNAPSHOT)
			next = take_snapshot(d, record.bytes);
		else
			next = take_record(d, &record);
		err = err == ERR_OK ? next : err;
	}
	if (d->log == NULL)
		return ERR_IO;
	next = state_log_sync(d->log);
	return err == ERR_OK ? next : err;
}

static void
give_answers(struct disk *d, enum err err)
{
	pthread_mutex_lock(&d->mutex);
	for (size_t i = 0; i < d->waiting.count; i++)
		answer(&d->answers, d->waiting.at[i].box, d->waiting.at[i].ticket,
			err == ERR_OK);
	d->waiting.count = 0;
	d->gaps |= d->dropped;
	d->dropped = false;
	d->state = err;
	d->snapshot_due =
		d->log != NULL && err == ERR_OK && (d->gaps || state_log_is_large(d->log));
	if (!d->posted) {
		d->posted = true;
		loop_post(d->loop, &d->post);
	}
	pthread_mutex_unlock(&d->mutex);
}

static void
wait_until(struct disk *d, int64_t at_ms)
{
	struct timespec until = {at_ms / 1000, at_ms % 1000 * 1000000};

	pthread_cond_timedwait(&d->come, &d->mutex, &until);
}

/* Wait until there is something to do; false: it is over. Called with the mutex held. */
static bool
wait_for_work(struct disk *d)
{
	int64_t retry = loop_monotonic_ms() + RETRY_S * 1000, now;

	while (!d->stop && !(d->urgent && d->put.len > 0)) {
		now = loop_monotonic_ms();
		if (d->put.len > 0 && now >= d->put_since + LAZY_MS)
			break;
		if (d->put.len > 0)
			wait_until(d, d->put_since + LAZY_MS);
		else if (d->log == NULL || (d->state == ERR_OK && !d->gaps))
			pthread_cond_wait(&d->come, &d->mutex);
		else if (now < retry)
			wait_until(d, retry);
		else
			return true;
	}
	d->urgent = false;
	return d->put.len > 0;
}

static void *
run(void *ctx)
{
	struct disk *d = ctx;
	struct buffer swap;

	for (;;) {
		pthread_mutex_lock(&d->mutex);
		if (!wait_for_work(d)) {
			pthread_mutex_unlock(&d->mutex);
			return NULL;
		}
		swap = d->taken;
		d->taken = d->put;
		d->put = swap;
		pthread_mutex_unlock(&d->mutex);
		give_answers(d, work(d));
		buffer_clear(&d->taken);
	}
}

/* On the loop's thread, when all that had come to it is dealt with: a thousand boxes that heard the
 * same order share one sync. */
static void
wake(void *ctx)
{
	struct disk *d = ctx;

	d->waking = false;
	pthread_mutex_lock(&d->mutex);
	d->urgent = true;
	pthread_cond_signal(&d->come);
	pthread_mutex_unlock(&d->mutex);
}

/* Back on the loop's thread. */
static void
collect(void *ctx)
{
	struct disk *d = ctx;
	struct answers got;
	bool snapshot_due;
	enum err state;

	pthread_mutex_lock(&d->mutex);
	d->posted = false;
	got = d->answers;
	d->answers = (struct answers){0};
	state = d->state;
	snapshot_due =
		d->snapshot_due && loop_monotonic_ms() - d->rewritten_ms >= REWRITE_REST_MS;
	pthread_mutex_unlock(&d->mutex);
	if (state != d->told)
		d->hooks.state(d->ctx, state);
	d->told = state;
	for (size_t i = 0; i < got.count; i++)
		d->hooks.stored(d->ctx, got.at[i].box, got.at[i].ticket, got.at[i].ok);
	free(got.at);
	if (snapshot_due)
		d->hooks.wants_snapshot(d->ctx);
}

static enum err
open_log(struct disk *d, const char *path, state_record_fn *restore, void *ctx,
	bool *trouble, struct fault *fault)
{
	struct state_io io;
	enum err err = state_file_io(&io, path, fault);

	if (err == ERR_BUSY || err == ERR_NOMEM)
		return err;
	*trouble = true;
	if (err != ERR_OK)
		return ERR_OK;
	err = state_log_open(&d->log, io, restore, ctx);
	if (err == ERR_NOMEM)
		return fault_set(fault, err, "%s: no memory", path);
	if (err != ERR_OK)
		fault_write(fault, "%s: %s", path,
			err == ERR_FORMAT ? "is no state log" : "cannot be read");
	else if (state_log_damaged(d->log) > 0)
		fault_write(fault, "%s: %llu bytes are damaged and were passed over", path,
			(unsigned long long)state_log_damaged(d->log));
	else
		*trouble = false;
	return ERR_OK;
}

static bool
start_thread(struct disk *d)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&d->mutex, NULL);
	pthread_cond_init(&d->come, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return pthread_create(&d->thread, NULL, run, d) == 0;
}

enum err
disk_open(struct disk **out, struct loop *loop, const char *path, state_record_fn *restore,
	const struct disk_hooks *hooks, void *ctx, bool *trouble, struct fault *fault)
{
	struct disk *d = calloc(1, sizeof *d);
	enum err err;

	if (d == NULL)
		return fault_set(fault, ERR_NOMEM, "%s: no memory", path);
	d->loop = loop;
	d->hooks = *hooks;
	d->ctx = ctx;
	d->post = (struct loop_post){.run = collect, .ctx = d};
	d->wake = (struct loop_post){.run = wake, .ctx = d};
	d->rewritten_ms = loop_monotonic_ms() - REWRITE_REST_MS;
	err = open_log(d, path, restore, ctx, trouble, fault);
	if (err == ERR_OK && !start_thread(d))
		err = fault_set(fault, ERR_IO, "%s: no thread", path);
	if (err != ERR_OK) {
		state_log_close(d->log);
		free(d);
		return err;
	}
	*out = d;
	return ERR_OK;
}

void
disk_close(struct disk *d)
{
	struct timespec until;

	if (d == NULL)
		return;
	pthread_mutex_lock(&d->mutex);
	d->stop = true;
	pthread_cond_signal(&d->come);
	pthread_mutex_unlock(&d->mutex);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += CLOSE_S;
	if (pthread_timedjoin_np(d->thread, NULL, &until) != 0)
		return; /* it hangs with the disk, and ends with the process */
	state_log_close(d->log);
	pthread_mutex_destroy(&d->mutex);
	pthread_cond_destroy(&d->come);
	buffer_free(&d->put);
	buffer_free(&d->taken);
	free(d->answers.at);
	free(d->waiting.at);
	free(d);
}

void
disk_put(struct disk *d, const struct state_record *record, uint64_t ticket)
{
	size_t before;

	pthread_mutex_lock(&d->mutex);
	before = d->put.len;
	if (before == 0)
		d->put_since = loop_monotonic_ms();
	if (before + record->bytes.len <= WAITING_MAX)
		item_write(&d->put, record, ticket);
	if (d->put.len == before || d->put.err != ERR_OK) {
		/* The disk hangs, or no memory: say no, but not from within this call. */
		d->put.len = before;
		d->put.err = ERR_OK;
		d->dropped = true;
		answer(&d->answers, record->box, ticket, false);
		if (!d->posted) {
			d->posted = true;
			loop_post(d->loop, &d->post);
		}
	}
	if (before == 0)
		pthread_cond_signal(&d->come);
	pthread_mutex_unlock(&d->mutex);
	if (ticket != 0 && !d->waking) {
		d->waking = true;
		loop_post(d->loop, &d->wake);
	}
}

void
disk_snapshot_add(struct disk_snapshot *s, const struct state_record *record)
{
	item_write(&s->bytes, record, 0);
}

void
disk_snapshot_spoil(struct disk_snapshot *s)
{
	s->bytes.err = ERR_NOMEM;
}

void
disk_rewrite(struct disk *d, void (*fill_in)(void *ctx, struct disk_snapshot *s), void *ctx)
{
	struct disk_snapshot s = {0};
	struct state_record all = {.kind = SNAPSHOT};

	fill_in(ctx, &s);
	d->rewritten_ms = loop_monotonic_ms();
	if (s.bytes.err == ERR_OK && s.bytes.len > 0) {
		all.bytes = buffer_bytes(&s.bytes);
		disk_put(d, &all, 0);
	}
	buffer_free(&s.bytes);
}
