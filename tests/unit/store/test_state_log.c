/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_state_log.c: the small file of a siren box. */
#include "journal.h"

#include "store/state_log.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

enum { SMALL = 512 /* bytes of the records of most tests */ };

/* What a log gave at open: sums that tell records, order and bytes apart. */
struct seen {
	unsigned count;
	uint64_t sum;
};

static struct state_record
record_of(unsigned n, uint8_t bytes[SMALL])
{
	size_t len = n * 31 % (SMALL + 1);

	memset(bytes, (int)(n % 251), len);
	return (struct state_record){n % 5, (uint16_t)(n % 1000), {bytes, len}};
}

static enum err
add(struct state_log *log, unsigned n)
{
	uint8_t bytes[SMALL];
	struct state_record r = record_of(n, bytes);

	return state_log_append(log, &r);
}

static void
look(void *ctx, const struct state_record *record)
{
	struct seen *s = ctx;

	s->count++;
	s->sum = s->sum * 31 + record->box * 7 + record->kind + record->bytes.len +
		 (record->bytes.len > 0 ? record->bytes.at[record->bytes.len - 1] : 0);
}

static struct seen
expected(unsigned n)
{
	struct seen s = {0};

	for (unsigned i = 1; i <= n; i++) {
		uint8_t bytes[SMALL];
		struct state_record r = record_of(i, bytes);

		look(&s, &r);
	}
	return s;
}

static struct state_log *
over(struct state_memory *m, struct seen *seen)
{
	struct state_log *log = NULL;

	*seen = (struct seen){0};
	assert_int_equal(state_log_open(&log, state_memory_io(m), look, seen), ERR_OK);
	return log;
}

static void
assert_seen(struct seen seen, unsigned n)
{
	assert_int_equal(seen.count, n);
	assert_int_equal(seen.sum, expected(n).sum);
}

static void
records_come_back(void **state)
{
	struct state_memory *m = state_memory_new();
	struct seen seen;
	struct state_log *log = over(m, &seen);

	(void)state;
	for (unsigned n = 1; n <= 40; n++)
		assert_int_equal(add(log, n), ERR_OK);
	assert_int_equal(state_log_size(log), 0);
	assert_int_equal(state_log_sync(log), ERR_OK);
	assert_int_equal(state_log_sync(log), ERR_OK); /* nothing to do */
	state_log_close(log);
	log = over(m, &seen);
	assert_seen(seen, 40);
	assert_int_equal(state_log_damaged(log), 0);
	state_log_close(log);
	state_memory_free(m);
}

static void
a_record_that_is_too_long_is_refused(void **state)
{
	struct state_memory *m = state_memory_new();
	static uint8_t bytes[STATE_BYTES_MAX + 1];
	struct state_record r = {1, 1, {bytes, sizeof bytes}};
	struct seen seen;
	struct state_log *log = over(m, &seen);

	(void)state;
	assert_int_equal(state_log_append(log, &r), ERR_RANGE);
	state_log_close(log);
	state_memory_free(m);
}

/* As a roster's text, which is larger than all else that a box keeps. */
static void
the_longest_record_comes_back(void **state)
{
	struct state_memory *m = state_memory_new();
	static uint8_t bytes[STATE_BYTES_MAX];
	struct state_record r = {1, 1, {bytes, sizeof bytes}};
	struct seen seen;
	struct state_log *log = over(m, &seen);

	(void)state;
	assert_int_equal(state_log_append(log, &r), ERR_OK);
	assert_int_equal(state_log_sync(log), ERR_OK);
	state_log_close(log);
	log = over(m, &seen);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.sum, 7 + 1 + STATE_BYTES_MAX);
	state_log_close(log);
	state_memory_free(m);
}

/* Cut off after every byte of the second of two syncs. */
static void
a_torn_tail_is_cut_off(void **state)
{
	(void)state;
	for (uint64_t keep = 0; keep < 200; keep++) {
		struct state_memory *m = state_memory_new();
		struct seen seen;
		struct state_log *log = over(m, &seen);
		struct buffer *content = state_memory_content(m);
		uint64_t held;

		for (unsigned n = 1; n <= 3; n++)
			assert_int_equal(add(log, n), ERR_OK);
		assert_int_equal(state_log_sync(log), ERR_OK);
		held = state_log_size(log);
		for (unsigned n = 4; n <= 5; n++)
			assert_int_equal(add(log, n), ERR_OK);
		assert_int_equal(state_log_sync(log), ERR_OK);
		state_log_close(log);
		content->len =
			(size_t)(held + keep < content->len ? held + keep : content->len);
		log = over(m, &seen);
		assert_true(seen.count >= 3 && seen.count <= 5);
		assert_seen(seen, seen.count);
		assert_int_equal(state_log_damaged(log), 0);
		assert_int_equal(state_log_append(log, &(struct state_record){0}), ERR_OK);
		assert_int_equal(state_log_sync(log), ERR_OK);
		assert_int_equal(content->len, state_log_size(log));
		state_log_close(log);
		held = seen.count + 1;
		log = over(m, &seen);
		assert_int_equal(seen.count, held);
		assert_int_equal(state_log_damaged(log), 0);
		state_log_close(log);
		state_memory_free(m);
	}
}

static void
a_power_cut_keeps_what_was_synced(void **state)
{
	(void)state;
	for (unsigned keep = 0; keep < 900; keep += 7) {
		struct state_memory *m = state_memory_new();
		struct seen seen;
		struct state_log *log = over(m, &seen);

		assert_int_equal(add(log, 1), ERR_OK);
		assert_int_equal(add(log, 2), ERR_OK);
		assert_int_equal(state_log_sync(log), ERR_OK);
		state_memory_fail(m, ERR_IO); /* half of it is written, none synced */
		assert_int_equal(add(log, 3), ERR_OK);
		assert_int_equal(add(log, 4), ERR_OK);
		assert_int_equal(state_log_sync(log), ERR_IO);
		state_log_close(log);
		state_memory_fail(m, ERR_OK);
		state_memory_power_cut(m, keep);
		log = over(m, &seen);
		assert_true(seen.count >= 2);
		assert_seen(seen, seen.count);
		state_log_close(log);
		state_memory_free(m);
	}
}

static void
a_write_error_does_not_end_the_log(void **state)
{
	struct state_memory *m = state_memory_new();
	struct seen seen;
	struct state_log *log = over(m, &seen);

	(void)state;
	assert_int_equal(add(log, 1), ERR_OK);
	state_memory_fail(m, ERR_FULL);
	assert_int_equal(state_log_sync(log), ERR_FULL);
	assert_int_equal(add(log, 2), ERR_OK);
	assert_int_equal(state_log_sync(log), ERR_FULL);
	state_memory_fail(m, ERR_IO);
	assert_int_equal(state_log_sync(log), ERR_IO);
	state_memory_fail(m, ERR_OK);
	assert_int_equal(add(log, 3), ERR_OK);
	assert_int_equal(state_log_sync(log), ERR_OK);
	state_log_close(log);
	log = over(m, &seen);
	assert_seen(seen, 3);
	state_log_close(log);
	state_memory_free(m);
}

static void
what_waits_has_a_bound(void **state)
{
	struct state_memory *m = state_memory_new();
	struct seen seen;
	struct state_log *log = over(m, &seen);
	unsigned n = 0;
	enum err err;

	(void)state;
	state_memory_fail(m, ERR_IO);
	while ((err = add(log, n + 1)) == ERR_OK)
		n++;
	assert_int_equal(err, ERR_FULL);
	assert_true(n > 1000);
	state_memory_fail(m, ERR_OK);
	assert_int_equal(state_log_sync(log), ERR_OK);
	assert_int_equal(add(log, n + 1), ERR_OK);
	state_log_close(log);
	state_memory_free(m);
}

/* Each byte of a log of 12 records flipped: at most the record that it hit is lost. */
static void
a_changed_byte_loses_one_record_and_is_counted(void **state)
{
	struct state_memory *m = state_memory_new();
	struct seen seen;
	struct state_log *log = over(m, &seen);
	struct buffer *content = state_memory_content(m);

	(void)state;
	for (unsigned n = 1; n <= 12; n++)
		assert_int_equal(add(log, n), ERR_OK);
	assert_int_equal(state_log_sync(log), ERR_OK);
	state_log_close(log);
	for (size_t at = 0; at < content->len; at++) {
		content->at[at] ^= 0x20;
		log = over(m, &seen);
		assert_true(seen.count >= 11);
		assert_true(state_log_damaged(log) > 0 || seen.count == 11);
		state_log_close(log);
		content->at[at] ^= 0x20;
	}
	state_memory_free(m);
}

static void
another_kind_of_file_is_refused_unchanged(void **state)
{
	static const char text[] = "a letter to somebody, longer than the first line";
	struct state_memory *m = state_memory_new();
	struct state_log *log = NULL;

	(void)state;
	write_text(state_memory_content(m), text);
	assert_int_equal(state_log_open(&log, state_memory_io(m), NULL, NULL), ERR_FORMAT);
	assert_null(log);
	assert_string_equal(buffer_text(state_memory_content(m)), text);
	state_memory_free(m);
}

static enum err
fill_three(void *ctx, struct state_log *fresh)
{
	enum err err = ERR_OK;

	for (unsigned n = 1; n <= 3 && err == ERR_OK; n++)
		err = add(fresh, n);
	return err == ERR_OK ? *(enum err *)ctx : err;
}

static void
a_rewrite_takes_the_place_of_the_log_or_leaves_it(void **state)
{
	struct state_memory *m = state_memory_new();
	struct seen seen;
	struct state_log *log = over(m, &seen);
	enum err answer = ERR_NOMEM;
	unsigned n = 0;

	(void)state;
	while (!state_log_is_large(log)) {
		assert_int_equal(add(log, ++n), ERR_OK);
		assert_int_equal(state_log_sync(log), ERR_OK);
	}
	assert_true(state_log_size(log) > 65536);
	assert_int_equal(state_log_rewrite(log, fill_three, &answer), ERR_NOMEM);
	answer = ERR_OK;
	state_memory_fail(m, ERR_FULL);
	assert_int_equal(state_log_rewrite(log, fill_three, &answer), ERR_FULL);
	state_memory_fail(m, ERR_OK);
	state_log_close(log);
	log = over(m, &seen);
	assert_seen(seen, n);
	assert_int_equal(state_log_rewrite(log, fill_three, &answer), ERR_OK);
	assert_false(state_log_is_large(log));
	assert_int_equal(add(log, 4), ERR_OK);
	assert_int_equal(state_log_sync(log), ERR_OK);
	state_log_close(log);
	log = over(m, &seen);
	assert_seen(seen, 4);
	state_log_close(log);
	state_memory_free(m);
}

static struct state_log *
on_file(const char *path, struct seen *seen)
{
	struct state_io io;
	struct state_log *log = NULL;
	struct fault fault = {""};

	*seen = (struct seen){0};
	if (state_file_io(&io, path, &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	assert_int_equal(state_log_open(&log, io, look, seen), ERR_OK);
	return log;
}

static void
a_file_works_like_the_memory(void **state)
{
	char *folder = journal_folder(), *path = journal_path(folder, "box");
	struct seen seen;
	struct state_log *log = on_file(path, &seen);
	struct state_io io;
	struct fault fault = {""};
	enum err answer = ERR_OK;

	(void)state;
	for (unsigned n = 1; n <= 9; n++)
		assert_int_equal(add(log, n), ERR_OK);
	assert_int_equal(state_log_sync(log), ERR_OK);
	assert_int_equal(state_file_io(&io, path, &fault), ERR_BUSY);
	assert_non_null(strstr(fault.text, "in use"));
	state_log_close(log);
	log = on_file(path, &seen);
	assert_seen(seen, 9);
	assert_int_equal(state_log_rewrite(log, fill_three, &answer), ERR_OK);
	assert_int_equal(state_file_io(&io, path, &fault), ERR_BUSY); /* the new one, too */
	assert_int_equal(add(log, 4), ERR_OK);
	assert_int_equal(state_log_sync(log), ERR_OK);
	state_log_close(log);
	log = on_file(path, &seen);
	assert_seen(seen, 4);
	state_log_close(log);
	free(path);
	path = journal_path(folder, "none/box");
	assert_int_equal(state_file_io(&io, path, &fault), ERR_IO);
	assert_non_null(strstr(fault.text, "No such file"));
	free(path);
	journal_folder_end(folder);
}

static void
a_disk_without_space_says_so(void **state)
{
	struct state_io io;
	struct state_log *log = NULL;

	(void)state;
	if (access("/dev/full", W_OK) != 0)
		skip();
	assert_int_equal(state_file_io(&io, "/dev/full", NULL), ERR_OK);
	/* it reads zeros without end, so write only */
	assert_int_equal(io.write(io.ctx, 0, bytes_of_text("order")), ERR_FULL);
	io.close(io.ctx);
	assert_null(log);
}

/* 40 lives of a box that syncs order after order, each ended by kill -9. */
static void
a_killed_box_forgets_no_synced_record(void **state)
{
	char *folder = journal_folder(), *path = journal_path(folder, "box");
	unsigned acked = 0;

	(void)state;
	for (unsigned life = 0; life < 40; life++) {
		struct seen seen;
		struct state_log *log;
		int fds[2], status;
		unsigned n;
		pid_t child;

		assert_int_equal(pipe(fds), 0);
		child = fork();
		if (child == 0) {
			log = on_file(path, &seen);
			for (n = seen.count + 1;; n++)
				if (add(log, n) != ERR_OK ||
					state_log_sync(log) != ERR_OK ||
					write(fds[1], &n, sizeof n) != sizeof n)
					_exit(1);
		}
		close(fds[1]);
		assert_int_equal(read(fds[0], &n, sizeof n), sizeof n);
		acked = n;
		usleep(life * 150);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		while (read(fds[0], &n, sizeof n) == sizeof n)
			acked = n;
		close(fds[0]);
		log = on_file(path, &seen);
		assert_true(seen.count >= acked);
		assert_seen(seen, seen.count);
		state_log_close(log);
	}
	assert_true(acked > 40);
	free(path);
	journal_folder_end(folder);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_back),
		cmocka_unit_test(a_record_that_is_too_long_is_refused),
		cmocka_unit_test(the_longest_record_comes_back),
		cmocka_unit_test(a_torn_tail_is_cut_off),
		cmocka_unit_test(a_power_cut_keeps_what_was_synced),
		cmocka_unit_test(a_write_error_does_not_end_the_log),
		cmocka_unit_test(what_waits_has_a_bound),
		cmocka_unit_test(a_changed_byte_loses_one_record_and_is_counted),
		cmocka_unit_test(another_kind_of_file_is_refused_unchanged),
		cmocka_unit_test(a_rewrite_takes_the_place_of_the_log_or_leaves_it),
		cmocka_unit_test(a_file_works_like_the_memory),
		cmocka_unit_test(a_disk_without_space_says_so),
		cmocka_unit_test(a_killed_box_forgets_no_synced_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
