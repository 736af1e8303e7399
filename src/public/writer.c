/* SPDX-License-Identifier: GPL-3.0-or-later */
/* writer.c: one transaction at a time. */
#include "public/writer.h"

#include <poll.h>
#include <stdlib.h>

struct writer {
	struct loop *loop;
	struct store *store;
	struct store_thread *thread;
	struct loop_watch watch;
	writer_done *done;
	void *ctx;
	bool busy;
};

enum err
writer_open(struct writer **out, const char *path, const struct store_options *options,
	struct fault *fault)
{
	struct writer *w = calloc(1, sizeof *w);
	enum err err;

	if (w == NULL)
		return ERR_NOMEM;
	err = store_open(&w->store, path, options, fault);
	if (err != ERR_OK) {
		free(w);
		return err;
	}
	*out = w;
	return ERR_OK;
}

struct store *
writer_store(struct writer *w)
{
	return w->store;
}

static void
one_done(void *ctx, uint64_t ticket, enum err err)
{
	struct writer *w = ctx;

	(void)ticket;
	w->busy = false;
	w->done(w->ctx, err);
}

static void
ready(void *ctx, unsigned events)
{
	struct writer *w = ctx;

	(void)events;
	store_thread_collect(w->thread, one_done, w);
}

enum err
writer_start(struct writer *w, struct loop *loop, const struct store_thread_test *test,
	writer_done *done, void *ctx)
{
	enum err err = store_thread_start(&w->thread, w->store, test);

	w->loop = loop;
	w->done = done;
	w->ctx = ctx;
	if (err == ERR_OK)
		err = loop_watch(loop, &w->watch, store_thread_descriptor(w->thread),
			LOOP_READ, ready, w);
	return err;
}

void
writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	if (w->watch.set)
		loop_unwatch(w->loop, &w->watch);
	store_thread_stop(w->thread);
	store_close(w->store);
	free(w);
}

bool
writer_is_busy(const struct writer *w)
{
	return w->busy;
}

enum err
writer_post(struct writer *w, const struct store_record *records, size_t n)
{
	enum err err = store_post(w->thread, records, n, 0);

	w->busy = err == ERR_OK;
	return err;
}

void
writer_wait(struct writer *w, int wait_ms)
{
	struct pollfd fd = {.fd = store_thread_descriptor(w->thread), .events = POLLIN};

	if (w->busy && poll(&fd, 1, wait_ms) > 0)
		store_thread_collect(w->thread, one_done, w);
}
