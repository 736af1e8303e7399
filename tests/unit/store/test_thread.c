/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_thread.c: the store thread: order, group commit, a disk that hangs or fails. */
#include "journal.h"

#include "store/store_thread.h"

#include <poll.h>
#include <pthread.h>
#include <time.h>

struct place {
	char *folder, *path;
	struct store *store;
};

struct answers {
	unsigned count, refused;
	uint64_t last;
	bool in_order;
};

static int
begin(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	p->folder = journal_folder();
	p->path = journal_path(p->folder, "journal");
	assert_int_equal(store_open(&p->store, p->path, NULL, NULL), ERR_OK);
	*state = p;
	return 0;
}

static int
end(void **state)
{
	struct place *p = *state;

	store_close(p->store);
	journal_folder_end(p->folder);
	free(p->path);
	free(p);
	return 0;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
note(void *ctx, uint64_t ticket, enum err err)
{
	struct answers *a = ctx;

	a->in_order = a->in_order && ticket > a->last;
	a->last = ticket;
	a->count++;
	a->refused += err != ERR_OK;
}

static void
post(struct store_thread *t, unsigned n)
{
	struct numbered one;

	numbered(&one, n);
	assert_int_equal(store_post(t, &one.record, 1, n), ERR_OK);
}

/* Wait as a loop does, until so many answers are in. */
static void
collect(struct store_thread *t, struct answers *a, unsigned until)
{
	struct pollfd p = {store_thread_descriptor(t), POLLIN, 0};

	while (a->count < until) {
		assert_int_equal(poll(&p, 1, 10000), 1);
		store_thread_collect(t, note, a);
	}
}

static void
answers_come_in_the_order_of_posting(void **state)
{
	struct place *p = *state;
	struct answers a = {.in_order = true};
	struct store_thread *t;

	assert_int_equal(store_thread_start(&t, p->store, NULL), ERR_OK);
	for (unsigned n = 1; n <= 500; n++)
		post(t, n);
	collect(t, &a, 500);
	assert_true(a.in_order);
	assert_int_equal(a.refused, 0);
	assert_int_equal(store_thread_waiting(t), 0);
	store_thread_stop(t);
	assert_int_equal(count_numbered(p->store), 500);
}

static void
what_was_posted_is_a_copy(void **state)
{
	struct place *p = *state;
	struct answers a = {.in_order = true};
	struct store_thread *t;
	struct numbered two[2];
	struct store_record records[2];

	assert_int_equal(store_thread_start(
				 &t, p->store, &(struct store_thread_test){.hang_ms = 50}),
		ERR_OK);
	for (unsigned i = 0; i < 2; i++) {
		numbered(&two[i], i + 1);
		records[i] = two[i].record;
	}
	assert_int_equal(store_post(t, records, 2, 9), ERR_OK);
	memset(two, 0, sizeof two);
	memset(records, 0, sizeof records);
	collect(t, &a, 1);
	assert_int_equal(a.last, 9);
	store_thread_stop(t);
	assert_int_equal(count_numbered(p->store), 2);
}

struct many {
	struct store_thread *t;
	unsigned first;
};

static void *
post_hundred(void *arg)
{
	struct many *m = arg;

	for (unsigned i = 0; i < 100; i++) {
		struct store_record r = {.kind = KIND_PLAIN, .time_ms = m->first + i};

		if (store_post(m->t, &r, 1, m->first + i) != ERR_OK)
			abort();
	}
	return NULL;
}

static void
many_threads_may_post(void **state)
{
	struct place *p = *state;
	struct answers a = {0};
	struct many m[8];
	pthread_t threads[8];
	struct store_thread *t;

	assert_int_equal(store_thread_start(&t, p->store, NULL), ERR_OK);
	for (unsigned i = 0; i < 8; i++) {
		m[i] = (struct many){t, 1 + i * 100};
		assert_int_equal(pthread_create(&threads[i], NULL, post_hundred, &m[i]), 0);
	}
	collect(t, &a, 800);
	for (unsigned i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	store_thread_stop(t);
	assert_int_equal(store_count(p->store), 800);
}

static void
stopping_finishes_what_waits(void **state)
{
	struct place *p = *state;
	struct store_thread *t;

	assert_int_equal(store_thread_start(&t, p->store, NULL), ERR_OK);
	for (unsigned n = 1; n <= 100; n++)
		post(t, n);
	store_thread_stop(t);
	assert_int_equal(count_numbered(p->store), 100);
	store_thread_stop(NULL);
}

static void
a_hanging_disk_does_not_hold_the_caller(void **state)
{
	static const struct store_thread_test hang = {.hang_ms = 10000, .hang_after = 1};
	struct place *p = *state;
	struct answers a = {.in_order = true};
	struct pollfd pfd;
	struct store_thread *t;
	int64_t began = now_ms();

	assert_int_equal(store_thread_start(&t, p->store, &hang), ERR_OK);
	post(t, 1);
	collect(t, &a, 1);
	post(t, 2);
	post(t, 3);
	pfd = (struct pollfd){store_thread_descriptor(t), POLLIN, 0};
	assert_int_equal(poll(&pfd, 1, 300), 0);
	assert_int_equal(store_thread_waiting(t), 2);
	assert_true(now_ms() - began < 5000);
	store_thread_stop(t); /* cuts the hang short, and still stores */
	assert_true(now_ms() - began < 5000);
	assert_int_equal(count_numbered(p->store), 3);
}

static void
a_queue_without_end_is_refused(void **state)
{
	static const struct store_thread_test hang = {.hang_ms = 60000};
	struct place *p = *state;
	struct store_record r = {.bytes = {calloc(1, (size_t)10 << 20), (size_t)10 << 20}};
	struct store_thread *t;
	unsigned taken = 0;
	enum err err;

	assert_int_equal(store_thread_start(&t, p->store, &hang), ERR_OK);
	while ((err = store_post(t, &r, 1, taken)) == ERR_OK)
		taken++;
	assert_int_equal(err, ERR_BUSY);
	assert_int_equal(taken, STORE_WAITING_MAX / ((size_t)10 << 20));
	store_thread_stop(t);
	assert_int_equal(store_count(p->store), taken);
	free((void *)r.bytes.at);
}

static void
after_a_failed_commit_all_is_refused(void **state)
{
	static const struct store_thread_test fail = {.fail_after = 2};
	struct place *p = *state;
	struct answers a = {.in_order = true};
	struct store_thread *t;

	assert_int_equal(store_thread_start(&t, p->store, &fail), ERR_OK);
	post(t, 1);
	collect(t, &a, 1);
	assert_int_equal(a.refused, 0);
	post(t, 2);
	collect(t, &a, 2);
	post(t, 3);
	collect(t, &a, 3);
	assert_int_equal(a.refused, 2);
	store_thread_stop(t);
}

static void
nothing_and_too_much_are_refused_at_once(void **state)
{
	struct place *p = *state;
	struct store_record r = {.bytes = {NULL, STORE_RECORD_MAX + 1}};
	struct store_thread *t;

	assert_int_equal(store_thread_start(&t, p->store, NULL), ERR_OK);
	assert_int_equal(store_post(t, &r, 0, 1), ERR_RANGE);
	assert_int_equal(store_post(t, &r, 1, 1), ERR_RANGE);
	store_thread_stop(t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
		T(answers_come_in_the_order_of_posting),
		T(what_was_posted_is_a_copy),
		T(many_threads_may_post),
		T(stopping_finishes_what_waits),
		T(a_hanging_disk_does_not_hold_the_caller),
		T(a_queue_without_end_is_refused),
		T(after_a_failed_commit_all_is_refused),
		T(nothing_and_too_much_are_refused_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
