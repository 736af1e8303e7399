/* SPDX-License-Identifier: GPL-3.0-or-later */
/* writer.h: a store and its thread, one transaction at a time, so that what fails can be written
 * again in its old order. What comes meanwhile goes into the next one together. */
#ifndef PUBLIC_WRITER_H
#define PUBLIC_WRITER_H

#include "loop/loop.h"
#include "store/store_thread.h"

struct writer;
typedef void writer_done(void *ctx, enum err err);

/* Open; the caller may read writer_store() until writer_start(). Errors: those of store_open(). */
CHECKED enum err writer_open(struct writer **out, const char *path,
	const struct store_options *options, struct fault *fault);
struct store *writer_store(struct writer *w);
/* `done` is called on the loop's thread for each writer_post(). Errors: those of
 * store_thread_start() and loop_watch(). */
CHECKED enum err writer_start(struct writer *w, struct loop *loop,
	const struct store_thread_test *test, writer_done *done, void *ctx);
void writer_free(struct writer *w); /* finishes what waits; NULL is fine */

bool writer_is_busy(const struct writer *w);
/* Only when not busy. Errors (then `done` is not called): as store_post(). */
CHECKED enum err writer_post(
	struct writer *w, const struct store_record *records, size_t n);

/* Wait at most so long for the transaction that runs, and call `done`; for the time when the loop
 * runs no more. */
void writer_wait(struct writer *w, int wait_ms);

#endif
