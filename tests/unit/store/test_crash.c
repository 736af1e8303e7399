/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_crash.c: kill -9 of a writer at random points; nothing acknowledged is lost. */
#include "journal.h"

#include "store/store_thread.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { LIVES = 200, LIFE_MAX_US = 10000, POSTED_AHEAD = 20 };

static const struct store_options with_tables = {.project = journal_project};

static void
acknowledge(int fd, unsigned seq)
{
	if (write(fd, &seq, sizeof seq) != sizeof seq)
		_exit(2);
}

static void
write_alone(struct store *s, int fd)
{
	unsigned next = (unsigned)store_count(s) + 1;

	for (;;) {
		unsigned n = 1 + next % 7;

		if (append_numbered(s, next, n) != ERR_OK)
			_exit(3);
		next += n;
		acknowledge(fd, next - 1);
	}
}

static void
pass_on(void *ctx, uint64_t ticket, enum err err)
{
	if (err != ERR_OK)
		_exit(4);
	acknowledge(*(int *)ctx, (unsigned)ticket);
}

static void
write_by_thread(struct store *s, int fd)
{
	unsigned next = (unsigned)store_count(s) + 1;
	struct store_thread *t;
	struct pollfd p;

	if (store_thread_start(&t, s, NULL) != ERR_OK)
		_exit(5);
	p = (struct pollfd){store_thread_descriptor(t), POLLIN, 0};
	for (;;) {
		while (store_thread_waiting(t) < POSTED_AHEAD) {
			struct numbered one;

			numbered(&one, next);
			if (store_post(t, &one.record, 1, next) != ERR_OK)
				_exit(6);
			next++;
		}
		poll(&p, 1, -1);
		store_thread_collect(t, pass_on, &fd);
	}
}

/* One life of a writer, ended by kill -9 so many microseconds after its start, or after it has
 * opened the journal; the last seq that it called durable. */
static unsigned
live_and_die(const char *path, bool by_thread, bool from_start, unsigned after_us)
{
	unsigned acked = 0, seq;
	int fds[2], status;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		struct store *s;

		close(fds[0]);
		if (store_open(&s, path, &with_tables, NULL) != ERR_OK)
			_exit(7);
		acknowledge(fds[1], (unsigned)store_count(s));
		(by_thread ? write_by_thread : write_alone)(s, fds[1]);
	}
	close(fds[1]);
	if (!from_start)
		assert_int_equal(read(fds[0], &acked, sizeof acked), sizeof acked);
	nanosleep(&(struct timespec){0, (long)after_us * 1000}, NULL);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status)); /* and did not give up by itself */
	while (read(fds[0], &seq, sizeof seq) == sizeof seq)
		acked = seq;
	close(fds[0]);
	return acked;
}

static void
a_killed_writer_loses_nothing_that_it_acknowledged(void **state)
{
	char *folder = journal_folder(), *path = journal_path(folder, "journal");
	unsigned acked = 0, lives_that_wrote = 0;

	(void)state;
	srandom(1);
	for (int i = 0; i < LIVES; i++) {
		unsigned last = live_and_die(
			path, i % 2, i % 4 == 0, (unsigned)random() % LIFE_MAX_US);
		struct fault fault = {""};
		struct store *s;

		lives_that_wrote += last > acked;
		acked = last > acked ? last : acked;
		if (store_open(&s, path, &with_tables, &fault) != ERR_OK)
			fail_msg("life %d: %s", i, fault.text);
		if (count_numbered(s) < acked)
			fail_msg("life %d: %u acknowledged, %u there", i, acked,
				count_numbered(s));
		store_close(s);
	}
	print_message("%u records acknowledged in %u lives\n", acked, lives_that_wrote);
	assert_true(lives_that_wrote > LIVES / 10);
	journal_folder_end(folder);
	free(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_killed_writer_loses_nothing_that_it_acknowledged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
