/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * loop.h: the one place that waits: descriptors, timers, signals, children, other threads.
 *
 * Everything but loop_post() belongs to the thread that calls loop_run(). Callbacks run on
 * that thread, one at a time; a callback may add, change and end anything here, itself too.
 * Watches, timers and posts live in their owner's memory: start them from {0}, keep them at
 * one address while they are set, and end them before that memory goes.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct loop;

/*
 * On success the caller owns *out and ends it with loop_free(). SIGPIPE is ignored from
 * then on. Errors: ERR_NOMEM, ERR_IO.
 */
CHECKED enum err loop_new(struct loop **out, struct fault *fault);
void loop_free(struct loop *l); /* NULL is fine; watched descriptors stay open */

/* Call what is due until loop_stop(). Errors: ERR_IO when the system refuses to wait. */
CHECKED enum err loop_run(struct loop *l, struct fault *fault);
/* Wait at most `wait_ms` (-1: until something happens) and call what is due, once. */
CHECKED enum err loop_once(struct loop *l, int wait_ms, struct fault *fault);
void loop_stop(struct loop *l); /* loop_run() returns after the callback that runs now */

int64_t loop_now_ms(void);	 /* CLOCK_REALTIME: what people call the time; can jump */
int64_t loop_monotonic_ms(void); /* CLOCK_MONOTONIC: never jumps; means nothing elsewhere */

/* Descriptors. LOOP_HANGUP comes unasked: the other end is gone or the socket is broken. */
enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_HANGUP = 4 };
typedef void loop_ready(void *ctx, unsigned events);

struct loop_watch {
	loop_ready *ready;
	void *ctx;
	int fd;
	unsigned events; /* LOOP_READ | LOOP_WRITE as asked; 0: hang-up alone */
	bool set;
};

/* Begin to watch `fd`, which stays the caller's. Errors: ERR_IO. */
CHECKED enum err loop_watch(struct loop *l, struct loop_watch *w, int fd, unsigned events,
	loop_ready *ready, void *ctx);
void loop_watch_change(struct loop *l, struct loop_watch *w, unsigned events);
void loop_unwatch(struct loop *l, struct loop_watch *w); /* before close(); twice is fine */

/* Timers fire once, on the monotonic clock, never early; set again in the callback to
 * repeat. */
typedef void loop_due(void *ctx);

struct loop_timer {
	loop_due *due;
	void *ctx;
	int64_t at_ms; /* loop_monotonic_ms() */
	size_t place;  /* in the heap, from 1; 0: not set */
};

/* Set or set again, `after_ms` from now; below 0 is now. Errors: ERR_NOMEM. */
CHECKED enum err loop_timer_set(
	struct loop *l, struct loop_timer *t, int64_t after_ms, loop_due *due, void *ctx);
void loop_timer_cancel(struct loop *l, struct loop_timer *t); /* not set is fine */

/*
 * Call `got` for each delivery of `signo`, which is blocked for the calling thread: so call
 * this before threads are made. Errors: ERR_IO, ERR_DUPLICATE (asked for already).
 */
typedef void loop_signalled(void *ctx, int signo);
CHECKED enum err loop_signal(struct loop *l, int signo, loop_signalled *got, void *ctx);

/* Children. `status` is waitpid()'s. */
typedef void loop_exited(void *ctx, pid_t pid, int status);

struct loop_spawn {
	const char *const *argv;   /* NULL at the end; argv[0] is looked up in PATH */
	int in_fd, out_fd, err_fd; /* become 0, 1 and 2 of the child; -1: /dev/null for 0,
				      inherited for 1 and 2 */
	bool group; /* a process group of its own, so that ^C of the terminal misses it */
};

/*
 * Start a program with no signal blocked and all other descriptors closed, and call
 * `exited` once when it ended. It dies with this process (PR_SET_PDEATHSIG: SIGTERM). The
 * descriptors stay the caller's. Errors: ERR_NOMEM, ERR_IO. A program that cannot be
 * started ends with status 127.
 */
CHECKED enum err loop_spawn(struct loop *l, pid_t *pid, const struct loop_spawn *how,
	loop_exited *exited, void *ctx, struct fault *fault);
/* Forget the callback; the child is reaped all the same. */
void loop_child_forget(struct loop *l, pid_t pid);

/*
 * From any thread: have `run` called on the loop's thread. Never fails, never blocks for
 * long; the post stays untouched until `run` is called, and may be posted again from there
 * on.
 */
struct loop_post {
	loop_due *run;
	void *ctx;
	struct loop_post *next;
};
void loop_post(struct loop *l, struct loop_post *p);

#endif
