/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real files, but fdatasync() is ours: it hangs and fails as told. */
#include "box/disk.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static pthread_mutex_t hang = PTHREAD_MUTEX_INITIALIZER; /* held: the disk hangs */
static _Atomic int failing;				 /* every sync, until it is 0 */
static _Atomic int fail_next;				 /* so many syncs more */
static _Atomic unsigned begun, syncs;

int
fdatasync(int fd)
{
	(void)fd;
	begun++;
	pthread_mutex_lock(&hang);
	pthread_mutex_unlock(&hang);
	syncs++;
	errno = EIO;
	return failing || (fail_next > 0 && fail_next-- > 0) ? -1 : 0;
}

static struct loop *loop;
static struct disk *disk;
static char folder[64], path[96];
static bool trouble;
static struct fault why;

/* What was heard back. */
static struct {
	unsigned good, bad, snapshots, restored;
	uint64_t last_ticket;
	enum err state;
	uint64_t sum;
} got;

static void
stored(void *ctx, uint32_t box, uint64_t ticket, bool ok)
{
	(void)ctx;
	assert_int_equal(box, 5);
	got.good += ok;
	got.bad += !ok;
	got.last_ticket = ticket;
}

static void
wants_snapshot(void *ctx)
{
	(void)ctx;
	got.snapshots++;
}

static void
state_is(void *ctx, enum err err)
{
	(void)ctx;
	got.state = err;
}

static void
restore(void *ctx, const struct state_record *r)
{
	(void)ctx;
	got.restored++;
	got.sum = got.sum * 31 + r->kind + r->bytes.at[0];
}

static const struct disk_hooks hooks = {stored, wants_snapshot, state_is};

static enum err
open_it(void)
{
	return disk_open(&disk, loop, path, restore, &hooks, NULL, &trouble, &why);
}

static void
put(uint16_t kind, uint64_t ticket)
{
	uint8_t byte = (uint8_t)kind;

	disk_put(disk, &(struct state_record){5, kind, {&byte, 1}}, ticket);
}

/* Turn the loop until it is so, or 5 s are over. */
#define WAIT_FOR(condition)                                                                \
	for (int64_t until = loop_monotonic_ms() + 5000;                                   \
		!(condition) && loop_monotonic_ms() < until;)                              \
	assert_int_equal(loop_once(loop, 5, NULL), ERR_OK)

static void
a_ticket_is_answered_when_its_record_is_on_the_disk(void **state)
{
	(void)state;
	assert_int_equal(open_it(), ERR_OK);
	assert_false(trouble);
	put(1, 0);
	put(2, 77);
	assert_int_equal(got.good, 0); /* never from within the call */
	WAIT_FOR(got.good == 1);
	assert_int_equal(got.good, 1);
	assert_int_equal(got.last_ticket, 77);
	disk_close(disk);
	assert_int_equal(open_it(), ERR_OK);
	assert_int_equal(got.restored, 2);
	assert_int_equal(got.sum, 2 * 31 + 4);
}

static void
a_disk_that_hangs_holds_up_nobody_and_one_sync_serves_all_who_wait(void **state)
{
	unsigned before;

	(void)state;
	assert_int_equal(open_it(), ERR_OK);
	pthread_mutex_lock(&hang);
	before = syncs;
	for (unsigned i = 1; i <= 100; i++)
		put((uint16_t)i, i);
	for (int i = 0; i < 10; i++)
		assert_int_equal(loop_once(loop, 5, NULL), ERR_OK);
	assert_int_equal(got.good + got.bad, 0);
	pthread_mutex_unlock(&hang);
	WAIT_FOR(got.good == 100);
	assert_int_equal(got.good, 100);
	assert_true(syncs - before <= 3);
}

static void
a_disk_that_refuses_says_so_and_keeps_all_for_when_it_takes_again(void **state)
{
	(void)state;
	assert_int_equal(open_it(), ERR_OK);
	failing = 1;
	put(1, 1);
	WAIT_FOR(got.bad == 1);
	assert_int_equal(got.bad, 1);
	assert_int_equal(got.state, ERR_IO);
	failing = 0;
	put(2, 2);
	WAIT_FOR(got.good == 1);
	assert_int_equal(got.state, ERR_OK);
	disk_close(disk);
	assert_int_equal(open_it(), ERR_OK);
	assert_int_equal(got.restored, 2);
}

static uint8_t largest[STATE_BYTES_MAX];

static void
a_record_that_found_no_room_is_not_said_to_be_on_the_disk(void **state)
{
	unsigned before;

	(void)state;
	assert_int_equal(open_it(), ERR_OK);
	pthread_mutex_lock(&hang);
	before = begun;
	put(1, 1); /* the disk hangs with this one, and what follows is one round */
	WAIT_FOR(begun > before);
	assert_true(begun > before);
	for (uint64_t i = 1; i <= 8; i++)
		disk_put(disk, &(struct state_record){5, 1, {largest, sizeof largest}},
			i == 8 ? 77 : 0);
	fail_next = 2; /* of the eight that wait for the disk the last finds no room */
	pthread_mutex_unlock(&hang);
	put(2, 0);
	WAIT_FOR(got.last_ticket == 77);
	assert_int_equal(got.bad, 2);
	assert_int_equal(got.good, 0);
	WAIT_FOR(got.snapshots > 0); /* which makes it good */
	assert_true(got.snapshots > 0);
}

static void
a_log_that_cannot_be_opened_refuses_every_ticket(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(open_it(), ERR_OK);
	assert_true(trouble);
	assert_non_null(strstr(why.text, "state.log"));
	put(1, 1);
	WAIT_FOR(got.bad == 1);
	assert_int_equal(got.bad, 1);
	assert_int_equal(got.good, 0);
	disk_close(disk);
	disk = NULL;
	rmdir(path);
}

static void
a_file_of_another_kind_is_left_alone(void **state)
{
	FILE *f = fopen(path, "w");
	char text[32] = "";

	(void)state;
	fputs("somebody's diary, which is long\n", f);
	fclose(f);
	assert_int_equal(open_it(), ERR_OK);
	assert_true(trouble);
	put(1, 1);
	WAIT_FOR(got.bad == 1);
	assert_int_equal(got.bad, 1);
	f = fopen(path, "r");
	assert_int_equal(fread(text, 1, 10, f), 10);
	fclose(f);
	assert_string_equal(text, "somebody's");
}

static void
two_programs_cannot_share_a_log(void **state)
{
	struct disk *second = NULL;

	(void)state;
	assert_int_equal(open_it(), ERR_OK);
	assert_int_equal(
		disk_open(&second, loop, path, restore, &hooks, NULL, &trouble, &why),
		ERR_BUSY);
	assert_null(second);
}

static void
fill(void *ctx, struct disk_snapshot *s)
{
	uint8_t byte = 9;

	(void)ctx;
	disk_snapshot_add(s, &(struct state_record){5, 9, {&byte, 1}});
}

static void
a_snapshot_takes_the_place_of_all_before_it_and_of_nothing_after(void **state)
{
	(void)state;
	assert_int_equal(open_it(), ERR_OK);
	put(1, 0);
	put(2, 0);
	disk_rewrite(disk, fill, NULL);
	put(3, 33);
	WAIT_FOR(got.good == 1);
	disk_close(disk);
	assert_int_equal(open_it(), ERR_OK);
	assert_int_equal(got.restored, 2);
	assert_int_equal(got.sum, 18 * 31 + 6);
}

static void
fill_half(void *ctx, struct disk_snapshot *s)
{
	disk_snapshot_spoil(s);
	fill(ctx, s);
}

static void
a_snapshot_that_is_not_whole_takes_the_place_of_nothing(void **state)
{
	(void)state;
	assert_int_equal(open_it(), ERR_OK);
	put(1, 0);
	put(2, 0);
	disk_rewrite(disk, fill_half, NULL);
	put(3, 33);
	WAIT_FOR(got.good == 1);
	disk_close(disk);
	assert_int_equal(open_it(), ERR_OK);
	assert_int_equal(got.restored, 3);
}

static void
a_log_that_grew_large_asks_for_a_snapshot(void **state)
{
	static uint8_t long_one[60000];

	(void)state;
	assert_int_equal(open_it(), ERR_OK);
	for (int i = 0; i < 4; i++)
		disk_put(
			disk, &(struct state_record){5, 1, {long_one, sizeof long_one}}, 1);
	WAIT_FOR(got.snapshots == 1);
	assert_int_equal(got.snapshots, 1);
}

static int
begin(void **state)
{
	(void)state;
	memset(&got, 0, sizeof got);
	disk = NULL;
	failing = fail_next = 0;
	strcpy(folder, "/tmp/belfry-disk-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/state.log", folder);
	return loop_new(&loop, NULL) == ERR_OK ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	disk_close(disk);
	loop_free(loop);
	unlink(path);
	rmdir(folder);
	return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_ticket_is_answered_when_its_record_is_on_the_disk),
		CASE(a_disk_that_hangs_holds_up_nobody_and_one_sync_serves_all_who_wait),
		CASE(a_disk_that_refuses_says_so_and_keeps_all_for_when_it_takes_again),
		CASE(a_record_that_found_no_room_is_not_said_to_be_on_the_disk),
		CASE(a_log_that_cannot_be_opened_refuses_every_ticket),
		CASE(a_file_of_another_kind_is_left_alone),
		CASE(two_programs_cannot_share_a_log),
		CASE(a_snapshot_takes_the_place_of_all_before_it_and_of_nothing_after),
		CASE(a_snapshot_that_is_not_whole_takes_the_place_of_nothing),
		CASE(a_log_that_grew_large_asks_for_a_snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
