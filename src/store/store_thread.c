/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_thread.c: one thread takes all that waits and makes one transaction of it. */
#include "store/store_thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* What one store_post() handed over: this, then its records, then their bytes, in one piece. */
struct batch {
	struct batch *next;
	uint64_t ticket;
	enum err err; /* once it is done */
	size_t n, bytes;
	struct store_record records[];
};

struct queue {
	struct batch *first, **end;
	size_t batches, bytes;
};

struct store_thread {
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below but `store` and `all` */
	pthread_cond_t wake;
	struct queue waiting, done;
	size_t working; /* batches in the transaction that runs */
	size_t working_bytes;
	bool stop;
	int descriptor; /* eventfd */
	struct store_thread_test test;
	/* The thread's own: */
	struct store *store;
	uint32_t transactions;
	struct store_record *all;
	size_t all_size;
};

static void
queue_clear(struct queue *q)
{
	*q = (struct queue){.end = &q->first};
}

static void
queue_add(struct queue *q, struct batch *b)
{
	b->next = NULL;
	*q->end = b;
	q->end = &b->next;
	q->batches++;
	q->bytes += b->bytes;
}

static void
queue_free(struct queue *q)
{
	while (q->first != NULL) {
		struct batch *b = q->first;

		q->first = b->next;
		free(b);
	}
}

static struct batch *
batch_copy(const struct store_record *records, size_t n, size_t bytes)
{
	struct batch *b = malloc(sizeof *b + n * sizeof *records + bytes);
	uint8_t *to;

	if (b == NULL)
		return NULL;
	*b = (struct batch){.n = n, .bytes = bytes + n * sizeof *records};
	to = (uint8_t *)&b->records[n];
	for (size_t i = 0; i < n; i++) {
		b->records[i] = records[i];
		if (records[i].bytes.len > 0)
			memcpy(to, records[i].bytes.at, records[i].bytes.len);
		b->records[i].bytes.at = to;
		to += records[i].bytes.len;
	}
	return b;
}

enum err
store_post(struct store_thread *t, const struct store_record *records, size_t n,
	uint64_t ticket)
{
	enum err err = ERR_OK;
	struct batch *b;
	size_t bytes = 0;

	if (n == 0)
		return ERR_RANGE;
	for (size_t i = 0; i < n; i++) {
		if (records[i].bytes.len > STORE_RECORD_MAX)
			return ERR_RANGE;
		bytes += records[i].bytes.len;
	}
	b = batch_copy(records, n, bytes);
	if (b == NULL)
		return ERR_NOMEM;
	b->ticket = ticket;
	pthread_mutex_lock(&t->lock);
	if (t->waiting.bytes + t->working_bytes + b->bytes > STORE_WAITING_MAX)
		err = ERR_BUSY;
	else
		queue_add(&t->waiting, b);
	if (err == ERR_OK && t->waiting.batches == 1)
		pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	if (err != ERR_OK)
		free(b);
	return err;
}

/* One transaction of all the batches. */
static enum err
append_all(struct store_thread *t, const struct queue *q)
{
	size_t n = 0, at = 0;

	for (const struct batch *b = q->first; b != NULL; b = b->next)
		n += b->n;
	if (n > t->all_size) {
		struct store_record *all = realloc(t->all, n * sizeof *all);

		if (all == NULL)
			return ERR_NOMEM;
		t->all = all;
		t->all_size = n;
	}
	for (const struct batch *b = q->first; b != NULL; b = b->next) {
		memcpy(t->all + at, b->records, b->n * sizeof *t->all);
		at += b->n;
	}
	return store_append(t->store, t->all, n);
}

static void
hang(struct store_thread *t)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += t->test.hang_ms / 1000;
	until.tv_nsec += (long)(t->test.hang_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&t->lock);
	while (!t->stop && pthread_cond_timedwait(&t->wake, &t->lock, &until) == 0)
		continue;
	pthread_mutex_unlock(&t->lock);
}

static enum err
commit(struct store_thread *t, const struct queue *q)
{
	t->transactions++;
	if (t->test.hang_ms > 0 && t->transactions > t->test.hang_after)
		hang(t);
	if (t->test.fail_after > 0 && t->transactions >= t->test.fail_after)
		return ERR_IO;
	return append_all(t, q);
}

static void
tell(struct store_thread *t, struct queue *q, enum err err)
{
	uint64_t one = 1;

	pthread_mutex_lock(&t->lock);
	while (q->first != NULL) {
		struct batch *b = q->first;

		q->first = b->next;
		b->err = err;
		queue_add(&t->done, b);
	}
	t->working = 0;
	t->working_bytes = 0;
	pthread_mutex_unlock(&t->lock);
	/* Cannot fail: the counter would have to reach 2^64 - 1. */
	(void)!write(t->descriptor, &one, sizeof one);
}

/* Take all that waits; false at the end of the thread's life. */
static bool
take(struct store_thread *t, struct queue *out)
{
	pthread_mutex_lock(&t->lock);
	while (t->waiting.first == NULL && !t->stop)
		pthread_cond_wait(&t->wake, &t->lock);
	*out = t->waiting;
	t->working = out->batches;
	t->working_bytes = out->bytes;
	queue_clear(&t->waiting);
	pthread_mutex_unlock(&t->lock);
	return out->first != NULL;
}

static void *
run(void *arg)
{
	struct store_thread *t = arg;
	struct queue q;

	while (take(t, &q)) {
		tell(t, &q, commit(t, &q));
		store_tidy(t->store);
	}
	return NULL;
}

static enum err
init_waking(struct store_thread *t)
{
	pthread_condattr_t attr;
	int rc = pthread_condattr_init(&attr);

	if (rc == 0) {
		rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
		if (rc == 0)
			rc = pthread_cond_init(&t->wake, &attr);
		pthread_condattr_destroy(&attr);
	}
	return rc == 0 ? ERR_OK : ERR_NOMEM;
}

/* Signals are the event loop's business: a new thread inherits that all are blocked. */
static bool
begin_thread(struct store_thread *t)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&t->thread, NULL, run, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0;
}

enum err
store_thread_start(struct store_thread **out, struct store *store,
	const struct store_thread_test *test)
{
	struct store_thread *t = calloc(1, sizeof *t);
	enum err err = ERR_IO;

	if (t == NULL)
		return ERR_NOMEM;
	t->store = store;
	if (test != NULL)
		t->test = *test;
	queue_clear(&t->waiting);
	queue_clear(&t->done);
	t->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->descriptor < 0)
		goto free_thread;
	err = init_waking(t);
	if (err != ERR_OK)
		goto close_descriptor;
	pthread_mutex_init(&t->lock, NULL);
	err = ERR_IO;
	if (!begin_thread(t))
		goto destroy_waking;
	*out = t;
	return ERR_OK;
destroy_waking:
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->wake);
close_descriptor:
	close(t->descriptor);
free_thread:
	free(t);
	return err;
}

void
store_thread_stop(struct store_thread *t)
{
	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	close(t->descriptor);
	queue_free(&t->waiting);
	queue_free(&t->done);
	free(t->all);
	free(t);
}

int
store_thread_descriptor(const struct store_thread *t)
{
	return t->descriptor;
}

void
store_thread_collect(struct store_thread *t, store_done_fn *fn, void *ctx)
{
	uint64_t times;
	struct batch *b;

	/* First the descriptor, then the list: what comes between wakes the loop again. */
	(void)!read(t->descriptor, &times, sizeof times);
	pthread_mutex_lock(&t->lock);
	b = t->done.first;
	queue_clear(&t->done);
	pthread_mutex_unlock(&t->lock);
	while (b != NULL) {
		struct batch *next = b->next;

		fn(ctx, b->ticket, b->err);
		free(b);
		b = next;
	}
}

size_t
store_thread_waiting(struct store_thread *t)
{
	size_t n;

	pthread_mutex_lock(&t->lock);
	n = t->waiting.batches + t->working;
	pthread_mutex_unlock(&t->lock);
	return n;
}
