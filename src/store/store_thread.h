/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_thread.h: the one thread that waits for the disk, so that the event loop never
 * does. */
#ifndef STORE_STORE_THREAD_H
#define STORE_STORE_THREAD_H

#include "store/store.h"

struct store_thread;

/* Only for tests: belfryd takes these from the key "test" of its configuration. All zeros
 * is a store that works. */
struct store_thread_test {
	uint32_t hang_ms;    /* each transaction waits so long before it begins … */
	uint32_t hang_after; /* … but for so many transactions at the start */
	uint32_t fail_after; /* transaction number so-and-so and all later ones end in
				ERR_IO */
};

/*
 * Start the thread over an open store. From here to store_thread_stop() the store is the
 * thread's; to read meanwhile, open the same path once more with read_only.
 * Errors: ERR_NOMEM, ERR_IO (no descriptor or no thread to be had).
 */
CHECKED enum err store_thread_start(struct store_thread **out, struct store *store,
	const struct store_thread_test *test);
/* Finish what waits (a test's hang is cut short), end the thread, hand the store back to
 * the caller. Completions that were not collected are forgotten. NULL is fine. */
void store_thread_stop(struct store_thread *t);

/*
 * Hand over `n` records; they are copied and become one transaction, together with all
 * others that wait (group commit). What is posted first has the lower seq. `ticket` is the
 * caller's and comes back with the result. May be called by any thread. Errors (then
 * nothing will come back): ERR_RANGE as store_append(), ERR_BUSY (more than
 * STORE_WAITING_MAX bytes wait: the disk hangs), ERR_NOMEM.
 */
CHECKED enum err store_post(struct store_thread *t, const struct store_record *records,
	size_t n, uint64_t ticket);
#define STORE_WAITING_MAX ((size_t)64 << 20)

/* Becomes readable when there is something to collect. The thread's own; do not close or
 * read it. */
int store_thread_descriptor(const struct store_thread *t);
/* Call `fn` once for each ticket that is done, in the order of posting; `err` is what
 * store_append() gave. After ERR_IO the program has to end. One thread only. `fn` may post.
 */
typedef void store_done_fn(void *ctx, uint64_t ticket, enum err err);
void store_thread_collect(struct store_thread *t, store_done_fn *fn, void *ctx);
/* Posted and not yet on the disk. */
size_t store_thread_waiting(struct store_thread *t);

#endif
