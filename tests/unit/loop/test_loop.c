/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loop/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int
with_loop(void **state)
{
	struct loop *l;

	if (loop_new(&l, NULL) != ERR_OK)
		return -1;
	*state = l;
	return 0;
}

static int
without_loop(void **state)
{
	loop_free(*state);
	return 0;
}

static void
turn(struct loop *l, int wait_ms)
{
	assert_int_equal(loop_once(l, wait_ms, NULL), ERR_OK);
}

struct seen {
	struct loop *loop;
	struct loop_watch watch, *other;
	struct loop_timer timer, *other_timer;
	int fd, times, order;
	unsigned events;
};

static int order;

static void
see(void *ctx, unsigned events)
{
	struct seen *s = ctx;
	char got[16];

	s->times++;
	s->events |= events;
	if (events & LOOP_READ && read(s->fd, got, sizeof got) <= 0)
		s->times += 100;
	if (s->other != NULL)
		loop_unwatch(s->loop, s->other);
}

static void
what_is_written_is_told_once(void **state)
{
	struct seen s = {.loop = *state};
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	s.fd = pair[0];
	assert_int_equal(loop_watch(*state, &s.watch, pair[0], LOOP_READ, see, &s), ERR_OK);
	turn(*state, 0);
	assert_int_equal(s.times, 0);
	assert_int_equal(write(pair[1], "x", 1), 1);
	turn(*state, 0);
	turn(*state, 0);
	assert_int_equal(s.times, 1);
	assert_int_equal(s.events, LOOP_READ);
	loop_watch_change(*state, &s.watch, LOOP_WRITE);
	turn(*state, 0);
	assert_int_equal(s.times, 2);
	assert_int_equal(s.events, LOOP_READ | LOOP_WRITE);
	loop_watch_change(*state, &s.watch, 0);
	close(pair[1]);
	turn(*state, 0);
	assert_true(s.events & LOOP_HANGUP);
	loop_unwatch(*state, &s.watch);
	loop_unwatch(*state, &s.watch);
	close(pair[0]);
}

static void
an_ended_watch_hears_nothing_of_the_same_batch(void **state)
{
	struct seen a = {.loop = *state}, b = {.loop = *state};
	int one[2], two[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, one), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, two), 0);
	a.fd = one[0], b.fd = two[0];
	a.other = &b.watch, b.other = &a.watch;
	assert_int_equal(loop_watch(*state, &a.watch, one[0], LOOP_READ, see, &a), ERR_OK);
	assert_int_equal(loop_watch(*state, &b.watch, two[0], LOOP_READ, see, &b), ERR_OK);
	assert_int_equal(write(one[1], "x", 1), 1);
	assert_int_equal(write(two[1], "x", 1), 1);
	turn(*state, 0);
	turn(*state, 0);
	assert_int_equal(a.times + b.times, 1);
	loop_unwatch(*state, &a.watch);
	loop_unwatch(*state, &b.watch);
	close(one[0]), close(one[1]), close(two[0]), close(two[1]);
}

static void
note(void *ctx)
{
	struct seen *s = ctx;

	s->times++;
	s->order = ++order;
	if (s->other_timer != NULL)
		loop_timer_cancel(s->loop, s->other_timer);
}

static void
timers_come_in_their_order_and_never_early(void **state)
{
	struct seen s[3] = {0};
	int64_t began_ms = loop_monotonic_ms();

	order = 0;
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			loop_timer_set(*state, &s[i].timer, 30 - 10 * i, note, &s[i]),
			ERR_OK);
	while (order < 3)
		turn(*state, -1);
	assert_true(loop_monotonic_ms() - began_ms >= 30);
	assert_int_equal(s[2].order, 1);
	assert_int_equal(s[1].order, 2);
	assert_int_equal(s[0].order, 3);
}

static void
a_thousand_timers_set_again_and_cancelled_keep_their_order(void **state)
{
	static struct seen s[1000];
	int64_t last_ms = 0;
	int fired = 0;

	memset(s, 0, sizeof s);
	srand(7);
	for (int i = 0; i < 3000; i++) {
		struct seen *one = &s[rand() % 1000];

		assert_int_equal(
			loop_timer_set(*state, &one->timer, rand() % 20, note, one),
			ERR_OK);
		if (i % 3 == 0)
			loop_timer_cancel(*state, &s[rand() % 1000].timer);
	}
	order = 0;
	usleep(25000);
	turn(*state, 0);
	for (int want = 1; want <= order; want++)
		for (int i = 0; i < 1000; i++)
			if (s[i].order == want) {
				assert_true(s[i].timer.at_ms >= last_ms);
				last_ms = s[i].timer.at_ms;
				fired++;
			}
	assert_int_equal(fired, order);
	assert_true(fired > 500);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(s[i].timer.place, 0);
}

static void
a_timer_may_cancel_its_neighbour(void **state)
{
	struct seen a = {.loop = *state}, b = {.loop = *state};

	a.other_timer = &b.timer;
	assert_int_equal(loop_timer_set(*state, &a.timer, 0, note, &a), ERR_OK);
	assert_int_equal(loop_timer_set(*state, &b.timer, 1, note, &b), ERR_OK);
	usleep(3000);
	turn(*state, 0);
	assert_int_equal(a.times, 1);
	assert_int_equal(b.times, 0);
}

static void
set_again(void *ctx)
{
	struct seen *s = ctx;

	s->times++;
	assert_int_equal(loop_timer_set(s->loop, &s->timer, 0, set_again, s), ERR_OK);
}

static void
a_timer_of_no_wait_does_not_hold_the_loop(void **state)
{
	struct seen s = {.loop = *state};

	assert_int_equal(loop_timer_set(*state, &s.timer, 0, set_again, &s), ERR_OK);
	turn(*state, -1);
	turn(*state, -1);
	assert_int_equal(s.times, 2);
	loop_timer_cancel(*state, &s.timer);
}

static void
on_signal(void *ctx, int signo)
{
	*(int *)ctx = signo;
}

static void
a_signal_is_an_event(void **state)
{
	int got = 0;

	assert_int_equal(loop_signal(*state, SIGHUP, on_signal, &got), ERR_OK);
	assert_int_equal(loop_signal(*state, SIGHUP, on_signal, &got), ERR_DUPLICATE);
	kill(getpid(), SIGHUP);
	turn(*state, 1000);
	assert_int_equal(got, SIGHUP);
}

struct ended {
	struct loop *loop;
	pid_t pid;
	int status, times;
};

static void
on_exit_of(void *ctx, pid_t pid, int status)
{
	struct ended *e = ctx;

	e->pid = pid;
	e->status = status;
	e->times++;
	loop_stop(e->loop);
}

static void
a_child_is_told_when_it_ends(void **state)
{
	static const char *const argv[] = {
		"sh", "-c", "read word; echo \"$word$word\"; exit 3", NULL};
	struct ended e = {.loop = *state};
	int in[2], out[2];
	struct loop_spawn how = {.argv = argv, .err_fd = -1};
	char text[16] = "";
	pid_t pid;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	how.in_fd = in[0];
	how.out_fd = out[1];
	assert_int_equal(loop_spawn(*state, &pid, &how, on_exit_of, &e, NULL), ERR_OK);
	assert_int_equal(write(in[1], "ding\n", 5), 5);
	assert_int_equal(loop_run(*state, NULL), ERR_OK);
	assert_int_equal(e.pid, pid);
	assert_int_equal(e.times, 1);
	assert_true(WIFEXITED(e.status));
	assert_int_equal(WEXITSTATUS(e.status), 3);
	assert_int_equal(read(out[0], text, sizeof text - 1), 9);
	assert_string_equal(text, "dingding\n");
	close(in[0]), close(in[1]), close(out[0]), close(out[1]);
}

static void
a_program_that_is_not_there_ends_with_127(void **state)
{
	static const char *const argv[] = {"/nonexistent/program", NULL};
	struct ended e = {.loop = *state};
	struct loop_spawn how = {argv, -1, -1, -1, false};

	assert_int_equal(loop_spawn(*state, NULL, &how, on_exit_of, &e, NULL), ERR_OK);
	assert_int_equal(loop_run(*state, NULL), ERR_OK);
	assert_int_equal(WEXITSTATUS(e.status), 127);
}

enum { POSTS = 1000 };

struct posted {
	struct loop_post post;
	struct loop *loop;
	int number, *next;
	bool *ordered;
};

static void
on_post(void *ctx)
{
	struct posted *p = ctx;

	if (p->number != *p->next)
		*p->ordered = false;
	if (++*p->next == POSTS)
		loop_stop(p->loop);
}

static void *
post_all(void *ctx)
{
	struct posted *p = ctx;

	for (int i = 0; i < POSTS; i++)
		loop_post(p[i].loop, &p[i].post);
	return NULL;
}

static void
posts_of_another_thread_arrive_in_order(void **state)
{
	static struct posted p[POSTS];
	int next = 0;
	bool ordered = true;
	pthread_t thread;

	for (int i = 0; i < POSTS; i++)
		p[i] = (struct posted){
			{.run = on_post, .ctx = &p[i]}, *state, i, &next, &ordered};
	assert_int_equal(pthread_create(&thread, NULL, post_all, p), 0);
	assert_int_equal(loop_run(*state, NULL), ERR_OK);
	pthread_join(thread, NULL);
	assert_int_equal(next, POSTS);
	assert_true(ordered);
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, with_loop, without_loop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LOOP(what_is_written_is_told_once),
		WITH_LOOP(an_ended_watch_hears_nothing_of_the_same_batch),
		WITH_LOOP(timers_come_in_their_order_and_never_early),
		WITH_LOOP(a_thousand_timers_set_again_and_cancelled_keep_their_order),
		WITH_LOOP(a_timer_may_cancel_its_neighbour),
		WITH_LOOP(a_timer_of_no_wait_does_not_hold_the_loop),
		WITH_LOOP(a_signal_is_an_event),
		WITH_LOOP(a_child_is_told_when_it_ends),
		WITH_LOOP(a_program_that_is_not_there_ends_with_127),
		WITH_LOOP(posts_of_another_thread_arrive_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
