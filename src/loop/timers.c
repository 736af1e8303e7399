/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timers.c: the heap of what is due when. */
#include "loop/inside.h"

#include <limits.h>
#include <stdlib.h>

static void
put(struct timers *ts, size_t place, struct loop_timer *t)
{
	ts->heap[place] = t;
	t->place = place;
}

static void
sift_up(struct timers *ts, size_t place, struct loop_timer *t)
{
	while (place > 1 && ts->heap[place / 2]->at_ms > t->at_ms) {
		put(ts, place, ts->heap[place / 2]);
		place /= 2;
	}
	put(ts, place, t);
}

static void
sift_down(struct timers *ts, size_t place, struct loop_timer *t)
{
	for (;;) {
		size_t child = 2 * place;

		if (child > ts->n)
			break;
		if (child < ts->n && ts->heap[child + 1]->at_ms < ts->heap[child]->at_ms)
			child++;
		if (ts->heap[child]->at_ms >= t->at_ms)
			break;
		put(ts, place, ts->heap[child]);
		place = child;
	}
	put(ts, place, t);
}

enum err
timers_set(struct timers *ts, struct loop_timer *t, int64_t at_ms)
{
	timers_cancel(ts, t);
	if (ts->n + 1 >= ts->cap) {
		size_t cap = ts->cap ? 2 * ts->cap : 16;
		struct loop_timer **heap = realloc(ts->heap, cap * sizeof(*heap));

		if (heap == NULL)
			return ERR_NOMEM;
		ts->heap = heap;
		ts->cap = cap;
	}
	t->at_ms = at_ms;
	sift_up(ts, ++ts->n, t);
	return ERR_OK;
}

void
timers_cancel(struct timers *ts, struct loop_timer *t)
{
	size_t hole = t->place;
	struct loop_timer *last;

	if (hole == 0)
		return;
	t->place = 0;
	last = ts->heap[ts->n--];
	if (last == t)
		return;
	if (hole > 1 && ts->heap[hole / 2]->at_ms > last->at_ms)
		sift_up(ts, hole, last);
	else
		sift_down(ts, hole, last);
}

void
timers_run(struct timers *ts, int64_t now_ms)
{
	/* As many as there are now: a timer that sets itself to 0 ms must not hold the
	 * loop. */
	for (size_t left = ts->n; left > 0 && ts->n > 0; left--) {
		struct loop_timer *t = ts->heap[1];

		if (t->at_ms > now_ms)
			return;
		timers_cancel(ts, t);
		t->due(t->ctx);
	}
}

int
timers_wait(const struct timers *ts, int64_t now_ms, int wait_ms)
{
	int64_t until;

	if (ts->n == 0)
		return wait_ms;
	until = ts->heap[1]->at_ms - now_ms;
	if (until < 0)
		until = 0;
	if (until > INT_MAX)
		until = INT_MAX;
	return wait_ms >= 0 && wait_ms < until ? wait_ms : (int)until;
}
