/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loop.c: one epoll set, and the order in which its news is told. */
#include "loop/loop.h"

#include "loop/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static int64_t
clock_ms(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
loop_now_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t
loop_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static void
run_posts(void *ctx, unsigned events)
{
	struct loop *l = ctx;
	struct loop_post *p, *next;
	uint64_t wakes;

	(void)events;
	if (read(l->wake, &wakes, sizeof wakes) < 0)
		return;
	pthread_mutex_lock(&l->post_lock);
	p = l->post_first;
	l->post_first = l->post_last = NULL;
	pthread_mutex_unlock(&l->post_lock);
	for (; p != NULL; p = next) {
		next = p->next;
		p->next = NULL;
		p->run(p->ctx);
	}
}

void
loop_post(struct loop *l, struct loop_post *p)
{
	static const uint64_t one = 1;
	ssize_t n;

	p->next = NULL;
	pthread_mutex_lock(&l->post_lock);
	if (l->post_last != NULL)
		l->post_last->next = p;
	else
		l->post_first = p;
	l->post_last = p;
	/* Under the lock: the loop may be freed as soon as the last post has run. */
	n = write(l->wake, &one, sizeof one);
	(void)n; /* fails only when the counter is full, and then the loop is awake */
	pthread_mutex_unlock(&l->post_lock);
}

enum err
loop_new(struct loop **out, struct fault *fault)
{
	struct loop *l = calloc(1, sizeof *l);

	if (l == NULL)
		return fault_set(fault, ERR_NOMEM, "no memory for the event loop");
	signal(SIGPIPE, SIG_IGN);
	l->signals.fd = -1;
	pthread_mutex_init(&l->post_lock, NULL);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (l->epoll < 0 || l->wake < 0 ||
		loop_watch(l, &l->wake_watch, l->wake, LOOP_READ, run_posts, l) != ERR_OK ||
		signals_open(l) != ERR_OK) {
		enum err err = fault_set(
			fault, ERR_IO, "cannot make an event loop: %s", strerror(errno));

		loop_free(l);
		return err;
	}
	*out = l;
	return ERR_OK;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	children_free(l);
	signals_close(l);
	if (l->wake >= 0)
		close(l->wake);
	if (l->epoll >= 0)
		close(l->epoll);
	pthread_mutex_destroy(&l->post_lock);
	free(l->timers.heap);
	free(l);
}

static uint32_t
epoll_bits(unsigned events)
{
	return (events & LOOP_READ ? EPOLLIN : 0) | (events & LOOP_WRITE ? EPOLLOUT : 0);
}

enum err
loop_watch(struct loop *l, struct loop_watch *w, int fd, unsigned events, loop_ready *ready,
	void *ctx)
{
	struct epoll_event ev = {.events = epoll_bits(events), .data.ptr = w};

	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) != 0)
		return ERR_IO;
	*w = (struct loop_watch){ready, ctx, fd, events, true};
	return ERR_OK;
}

void
loop_watch_change(struct loop *l, struct loop_watch *w, unsigned events)
{
	struct epoll_event ev = {.events = epoll_bits(events), .data.ptr = w};

	if (!w->set || w->events == events)
		return;
	w->events = events;
	epoll_ctl(l->epoll, EPOLL_CTL_MOD, w->fd, &ev);
}

void
loop_unwatch(struct loop *l, struct loop_watch *w)
{
	if (!w->set)
		return;
	w->set = false;
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	/* What was already fetched for it must not be told to whoever has the memory next.
	 */
	for (int i = l->batch_at + 1; i < l->batch_n; i++)
		if (l->batch[i].data.ptr == w)
			l->batch[i].data.ptr = NULL;
}

enum err
loop_timer_set(
	struct loop *l, struct loop_timer *t, int64_t after_ms, loop_due *due, void *ctx)
{
	int64_t now_ms = loop_monotonic_ms();

	t->due = due;
	t->ctx = ctx;
	/* One more: the clock may stand at the end of this millisecond. */
	return timers_set(&l->timers, t, after_ms > 0 ? now_ms + after_ms + 1 : now_ms);
}

void
loop_timer_cancel(struct loop *l, struct loop_timer *t)
{
	timers_cancel(&l->timers, t);
}

static void
tell(struct loop *l)
{
	for (l->batch_at = 0; l->batch_at < l->batch_n; l->batch_at++) {
		struct epoll_event *ev = &l->batch[l->batch_at];
		struct loop_watch *w = ev->data.ptr;
		unsigned events = 0;

		if (w == NULL)
			continue;
		events |= ev->events & EPOLLIN ? LOOP_READ : 0;
		events |= ev->events & EPOLLOUT ? LOOP_WRITE : 0;
		events |= ev->events & (EPOLLHUP | EPOLLERR) ? LOOP_HANGUP : 0;
		events &= w->events | LOOP_HANGUP; /* changed since it was fetched */
		if (events != 0)
			w->ready(w->ctx, events);
	}
	l->batch_n = l->batch_at = 0;
}

enum err
loop_once(struct loop *l, int wait_ms, struct fault *fault)
{
	int n = epoll_wait(l->epoll, l->batch, (int)(sizeof l->batch / sizeof *l->batch),
		timers_wait(&l->timers, loop_monotonic_ms(), wait_ms));

	if (n < 0 && errno != EINTR)
		return fault_set(fault, ERR_IO, "epoll_wait: %s", strerror(errno));
	l->batch_n = n > 0 ? n : 0;
	tell(l);
	timers_run(&l->timers, loop_monotonic_ms());
	return ERR_OK;
}

enum err
loop_run(struct loop *l, struct fault *fault)
{
	enum err err = ERR_OK;

	while (!l->stop && err == ERR_OK)
		err = loop_once(l, -1, fault);
	l->stop = false;
	return err;
}

void
loop_stop(struct loop *l)
{
	l->stop = true;
}
