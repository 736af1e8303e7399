/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inside.h: what the files of the loop share with each other and with nobody else. */
#ifndef LOOP_INSIDE_H
#define LOOP_INSIDE_H

#include "loop/loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>

/* A binary heap of pointers, the earliest at 1. */
struct timers {
	struct loop_timer **heap;
	size_t n, cap;
};

CHECKED enum err timers_set(struct timers *ts, struct loop_timer *t, int64_t at_ms);
void timers_cancel(struct timers *ts, struct loop_timer *t);
/* Run those due at `now_ms`; ones set meanwhile wait for the next round. */
void timers_run(struct timers *ts, int64_t now_ms);
/* How long to wait: `wait_ms` (-1: for ever) or less if a timer is due earlier. */
int timers_wait(const struct timers *ts, int64_t now_ms, int wait_ms);

struct signals {
	int fd;
	sigset_t mask, before; /* taken by us; blocked before the loop was made */
	struct loop_watch watch;
	struct {
		loop_signalled *got;
		void *ctx;
	} of[NSIG];
};

CHECKED enum err signals_open(struct loop *l);
void signals_close(struct loop *l);

struct child;

struct loop {
	int epoll, wake;
	bool stop;
	struct epoll_event batch[256];
	int batch_n, batch_at; /* events of the batch, and the one being called */
	struct timers timers;
	struct signals signals;
	struct child *children;
	struct loop_watch wake_watch;
	pthread_mutex_t post_lock;
	struct loop_post *post_first, *post_last;
};

void children_reap(void *ctx, int signo);
void children_free(struct loop *l);

#endif
