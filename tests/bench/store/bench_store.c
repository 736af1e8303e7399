/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_store.c: durable accept by 32 writers through the store thread, against raw append
 * logs with group fdatasync in the same run. Goal: the median ratio to the growing log is at
 * least 0.8. Usage: bench_store [FOLDER [SECONDS [TURNS]]] */
#include "store/store_thread.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WRITERS = 32, RECORD = 256, TURNS_MAX = 99, AHEAD = 256 << 20 };
enum method { STORE, LOG_GROWING, LOG_AHEAD, METHODS };
static const char *const names[METHODS] = {"store", "log that grows", "log written ahead"};

struct samples {
	float *us;
	size_t n, cap;
};

struct bench {
	enum method method;
	double end_s;
	char record[RECORD];
	/* the store */
	struct store_thread *thread;
	sem_t answered[WRITERS];
	atomic_bool stop;
	/* the log: whoever finds nobody syncing syncs for all that have written */
	pthread_mutex_t lock;
	pthread_cond_t synced_more;
	uint64_t written, synced;
	bool syncing;
	int fd;
};

struct writer {
	struct bench *b;
	unsigned number;
	struct samples samples;
};

struct result {
	double per_s, p50_us, p99_us;
};

static void
give_up(const char *what)
{
	perror(what);
	exit(1);
}

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void
accept_by_store(struct bench *b, unsigned writer)
{
	struct store_record r = {
		.time_ms = 1, .kind = 1, .bytes = {(const uint8_t *)b->record, RECORD}};

	if (store_post(b->thread, &r, 1, writer) != ERR_OK)
		give_up("store_post");
	while (sem_wait(&b->answered[writer]) != 0)
		continue;
}

static void
accept_by_log(struct bench *b)
{
	uint64_t mine;

	pthread_mutex_lock(&b->lock);
	if (write(b->fd, b->record, RECORD) != RECORD)
		give_up("write");
	mine = ++b->written;
	while (b->synced < mine) {
		uint64_t upto = b->written;

		if (b->syncing) {
			pthread_cond_wait(&b->synced_more, &b->lock);
			continue;
		}
		b->syncing = true;
		pthread_mutex_unlock(&b->lock);
		if (fdatasync(b->fd) != 0)
			give_up("fdatasync");
		pthread_mutex_lock(&b->lock);
		b->synced = upto;
		b->syncing = false;
		pthread_cond_broadcast(&b->synced_more);
	}
	pthread_mutex_unlock(&b->lock);
}

static void
keep(struct samples *s, double us)
{
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 4096;
		s->us = realloc(s->us, s->cap * sizeof *s->us);
		if (s->us == NULL)
			give_up("memory");
	}
	s->us[s->n++] = (float)us;
}

static void *
write_on(void *arg)
{
	struct writer *w = arg;
	double began;

	while ((began = now_s()) < w->b->end_s) {
		if (w->b->method == STORE)
			accept_by_store(w->b, w->number);
		else
			accept_by_log(w->b);
		keep(&w->samples, (now_s() - began) * 1e6);
	}
	return NULL;
}

static void
answer(void *ctx, uint64_t writer, enum err err)
{
	struct bench *b = ctx;

	if (err != ERR_OK)
		give_up("commit");
	sem_post(&b->answered[writer]);
}

/* Stands for the event loop. */
static void *
collect_on(void *arg)
{
	struct bench *b = arg;
	struct pollfd p = {store_thread_descriptor(b->thread), POLLIN, 0};

	while (!atomic_load(&b->stop))
		if (poll(&p, 1, 20) > 0)
			store_thread_collect(b->thread, answer, b);
	return NULL;
}

static int
by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static struct result
sum_up(struct writer *writers, double seconds)
{
	struct samples all = {0};
	struct result r;

	for (unsigned i = 0; i < WRITERS; i++) {
		for (size_t k = 0; k < writers[i].samples.n; k++)
			keep(&all, (double)writers[i].samples.us[k]);
		free(writers[i].samples.us);
	}
	qsort(all.us, all.n, sizeof *all.us, by_value);
	r = (struct result){(double)all.n / seconds, (double)all.us[all.n / 2],
		(double)all.us[all.n * 99 / 100]};
	free(all.us);
	return r;
}

static struct result
run_writers(struct bench *b, double seconds)
{
	struct writer writers[WRITERS];
	pthread_t threads[WRITERS];
	double began = now_s();

	b->end_s = began + seconds;
	for (unsigned i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){.b = b, .number = i};
		if (pthread_create(&threads[i], NULL, write_on, &writers[i]) != 0)
			give_up("thread");
	}
	for (unsigned i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	return sum_up(writers, now_s() - began);
}

static void
remove_journal(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-lock"};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		char name[4200];

		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
}

static struct result
run_store(struct bench *b, const char *path, double seconds)
{
	struct fault fault = {""};
	struct store *s;
	struct result r;
	pthread_t loop;

	remove_journal(path);
	if (store_open(&s, path, NULL, &fault) != ERR_OK ||
		store_thread_start(&b->thread, s, NULL) != ERR_OK)
		give_up(fault.text);
	for (unsigned i = 0; i < WRITERS; i++)
		sem_init(&b->answered[i], 0, 0);
	atomic_store(&b->stop, false);
	if (pthread_create(&loop, NULL, collect_on, b) != 0)
		give_up("thread");
	r = run_writers(b, seconds);
	atomic_store(&b->stop, true);
	pthread_join(loop, NULL);
	store_thread_stop(b->thread);
	store_close(s);
	remove_journal(path);
	return r;
}

static struct result
run_log(struct bench *b, const char *path, double seconds)
{
	static char zeros[1 << 20];
	struct result r;

	b->fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (b->fd < 0)
		give_up(path);
	if (b->method == LOG_AHEAD) {
		for (size_t i = 0; i < AHEAD; i += sizeof zeros)
			if (write(b->fd, zeros, sizeof zeros) != sizeof zeros)
				give_up("write");
		if (fsync(b->fd) != 0 || lseek(b->fd, 0, SEEK_SET) != 0)
			give_up("fsync");
	}
	b->written = b->synced = 0;
	b->syncing = false;
	r = run_writers(b, seconds);
	close(b->fd);
	unlink(path);
	return r;
}

static int
by_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(const double *values, unsigned n)
{
	double sorted[TURNS_MAX];

	memcpy(sorted, values, n * sizeof *values);
	qsort(sorted, n, sizeof *sorted, by_double);
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

int
main(int argc, char **argv)
{
	static struct bench b = {
		.lock = PTHREAD_MUTEX_INITIALIZER, .synced_more = PTHREAD_COND_INITIALIZER};
	static double rate[METHODS][TURNS_MAX], p50[METHODS][TURNS_MAX],
		p99[METHODS][TURNS_MAX];
	double seconds = argc > 2 ? atof(argv[2]) : 1.5, ratio[TURNS_MAX];
	unsigned turns = argc > 3 ? (unsigned)atoi(argv[3]) : 5;
	char path[4096];

	if (seconds <= 0 || turns < 1 || turns > TURNS_MAX)
		return fprintf(stderr, "usage: bench_store [FOLDER [SECONDS [TURNS]]]\n"),
		       2;
	snprintf(path, sizeof path, "%s/bench-store.tmp", argc > 1 ? argv[1] : ".");
	memset(b.record, 'x', sizeof b.record);
	for (unsigned t = 0; t < turns; t++)
		for (unsigned k = 0; k < METHODS; k++) {
			struct result r;

			b.method = (enum method)((k + t) % METHODS);
			r = b.method == STORE ? run_store(&b, path, seconds)
					      : run_log(&b, path, seconds);
			rate[b.method][t] = r.per_s;
			p50[b.method][t] = r.p50_us;
			p99[b.method][t] = r.p99_us;
		}
	printf("%u writers, records of %u bytes, %u turns of %.1f s\n", (unsigned)WRITERS,
		(unsigned)RECORD, turns, seconds);
	for (unsigned m = 0; m < METHODS; m++) {
		for (unsigned t = 0; t < turns; t++)
			ratio[t] = rate[STORE][t] / rate[m][t];
		printf("%-18s accepts/s %8.0f  p50_us %7.0f  p99_us %7.0f  store is %.2f "
		       "of it\n",
			names[m], median(rate[m], turns), median(p50[m], turns),
			median(p99[m], turns), median(ratio, turns));
	}
	return 0;
}
