/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_power.c: the journal on a disk that forgets, lies and fails. */
#include "journal.h"

#include "base/hash.h"
#include "store/fault_vfs.h"

#include <sqlite3.h>

enum { SEEDS = 500, LIVES = 6 };

static const struct store_options on_disk = {.vfs = "disk", .project = journal_project};

struct run {
	struct fault_vfs *disk;
	uint64_t dice;
	unsigned acked;	    /* the last record that append called durable */
	unsigned tried;	    /* the last one that was handed to it */
	unsigned torn;	    /* lives that ended in the middle of something */
	unsigned uncertain; /* records found that nobody had acknowledged */
	bool lies;
};

static unsigned
dice(struct run *r, unsigned sides)
{
	r->dice = r->dice * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(r->dice >> 33) % sides;
}

static struct run
begin_run(uint64_t seed)
{
	struct run r = {.dice = seed * 977 + 1};

	assert_int_equal(fault_vfs_new(&r.disk, "disk", seed), ERR_OK);
	return r;
}

/* Something will go wrong in this life, or nothing until the cut. */
static void
arm(struct run *r)
{
	switch (dice(r, 5)) {
	case 0:
		fault_vfs_fail_next(r->disk, FAULT_WRITE, dice(r, 60));
		break;
	case 1:
	case 2:
		fault_vfs_fail_next(r->disk, FAULT_SYNC, dice(r, 25));
		break;
	case 3:
		fault_vfs_fail_next(r->disk, FAULT_FULL, dice(r, 60));
		break;
	default:
		break;
	}
}

static void
write_some(struct run *r, struct store *s)
{
	r->acked = r->tried = (unsigned)store_count(s);
	for (unsigned i = dice(r, 25); i > 0; i--) {
		unsigned n = 1 + dice(r, 12);
		enum err err;

		r->tried = (unsigned)store_count(s) + n;
		err = append_numbered(s, (unsigned)store_count(s) + 1, n);
		if (err == ERR_OK)
			r->acked = r->tried;
		if (err == ERR_FULL)
			r->tried = r->acked; /* nothing of it may ever appear */
		if (err != ERR_OK && err != ERR_FULL) {
			assert_int_equal(err, ERR_IO);
			assert_int_equal(append_numbered(s, 1, 1), ERR_IO); /* final */
			r->torn++;
			return;
		}
	}
	r->tried = r->acked;
}

/* Open after a cut: what was acknowledged is there, in order, and nothing never tried. */
static struct store *
open_after(struct run *r, uint64_t seed, int life)
{
	struct store *s = NULL;
	struct fault fault = {""};
	enum err err = store_open(&s, "journal", &on_disk, &fault);
	unsigned count = 0;

	if (err != ERR_OK)
		fail_msg("seed %llu life %d: %s", (unsigned long long)seed, life,
			fault.text);
	assert_int_equal(store_each(s, 0, expect_numbered, &count), ERR_OK);
	if (count < r->acked || count > r->tried)
		fail_msg("seed %llu life %d: %u acknowledged, %u there, %u tried",
			(unsigned long long)seed, life, r->acked, count, r->tried);
	r->uncertain += count - r->acked;
	return s;
}

static void
one_seed(struct run *r, uint64_t seed)
{
	for (int life = 0; life < LIVES; life++) {
		struct store *s = open_after(r, seed, life);

		arm(r);
		write_some(r, s);
		if (dice(r, 4) == 0) {
			fault_vfs_kill(r->disk);
			fault_vfs_heal(r->disk);
		} else {
			fault_vfs_power_cut(r->disk);
		}
		store_close(s);
		/* an opening that fails, and is cut off in turn */
		if (dice(r, 3) == 0) {
			arm(r);
			s = NULL;
			(void)!store_open(&s, "journal", &on_disk, NULL);
			fault_vfs_power_cut(r->disk);
			store_close(s);
		}
	}
	store_close(open_after(r, seed, LIVES));
}

static void
a_power_cut_loses_nothing_that_was_acknowledged(void **state)
{
	unsigned records = 0, torn = 0, uncertain = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct run r = begin_run(seed);

		one_seed(&r, seed);
		records += r.acked;
		torn += r.torn;
		uncertain += r.uncertain;
		fault_vfs_free(r.disk);
	}
	print_message(
		"%u records kept; %u lives ended inside a commit; %u records were there "
		"without having been acknowledged\n",
		records, torn, uncertain);
	assert_true(torn > SEEDS / 2);
	assert_true(uncertain > 0);
}

/* Without the sync the same test finds losses: it can fail. */
static void
a_disk_that_lies_about_its_sync_is_found_out_by_this_test(void **state)
{
	unsigned lost = 0, damaged = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++) {
		struct run r = begin_run(seed);
		struct store *s = open_after(&r, seed, 0);
		unsigned count = 0;

		fault_vfs_fail_next(r.disk, FAULT_LIE, dice(&r, 20));
		write_some(&r, s);
		fault_vfs_power_cut(r.disk);
		store_close(s);
		if (store_open(&s, "journal", &on_disk, NULL) == ERR_OK) {
			/* what is left is still in order */
			assert_int_equal(store_each(s, 0, expect_numbered, &count), ERR_OK);
			lost += count < r.acked;
			store_close(s);
		} else {
			damaged++;
		}
		fault_vfs_free(r.disk);
	}
	print_message("of 100: %u lost records, %u damaged\n", lost, damaged);
	assert_true(lost + damaged > 20);
}

static void
a_full_disk_refuses_and_works_again(void **state)
{
	struct run r = begin_run(3);
	struct store *s = open_after(&r, 3, 0);
	unsigned n = 1;
	enum err err;

	(void)state;
	fault_vfs_limit(r.disk, 500000);
	while ((err = append_numbered(s, n, 5)) == ERR_OK)
		n += 5;
	assert_int_equal(err, ERR_FULL);
	assert_true(n > 50);
	assert_int_equal(append_numbered(s, n, 5), ERR_FULL);
	fault_vfs_limit(r.disk, 0);
	assert_int_equal(append_numbered(s, n, 5), ERR_OK);
	fault_vfs_power_cut(r.disk);
	store_close(s);
	r.acked = r.tried = n + 4;
	store_close(open_after(&r, 3, 1));
	fault_vfs_free(r.disk);
}

/* A large commit that found no space, then a small one whose sync fails in a power cut. */
static void
what_a_full_disk_left_is_not_taken_for_damage(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct run r = begin_run(seed);
		struct store *s = open_after(&r, seed, 0);

		assert_int_equal(append_numbered(s, 1, 10), ERR_OK);
		fault_vfs_fail_next(r.disk, FAULT_FULL, 20);
		assert_int_equal(append_numbered(s, 11, 100), ERR_FULL);
		fault_vfs_fail_next(r.disk, FAULT_SYNC, (unsigned)seed % 4);
		r.acked = append_numbered(s, 11, 2) == ERR_OK ? 12 : 10;
		r.tried = 12;
		fault_vfs_power_cut(r.disk);
		store_close(s);
		store_close(open_after(&r, seed, 1));
		fault_vfs_free(r.disk);
	}
}

static void
a_failed_sync_is_final(void **state)
{
	struct run r = begin_run(4);
	struct store *s = open_after(&r, 4, 0);

	(void)state;
	assert_int_equal(append_numbered(s, 1, 3), ERR_OK);
	fault_vfs_fail_next(r.disk, FAULT_SYNC, 0);
	assert_int_equal(append_numbered(s, 4, 1), ERR_IO);
	fault_vfs_heal(r.disk);
	assert_int_equal(append_numbered(s, 4, 1), ERR_IO);
	assert_int_equal(store_count(s), 3);
	store_close(s);
	fault_vfs_free(r.disk);
}

static void
a_second_opener_on_the_disk_is_refused(void **state)
{
	struct run r = begin_run(5);
	struct store *s = open_after(&r, 5, 0), *second = NULL;
	struct fault fault = {""};

	(void)state;
	assert_int_equal(store_open(&second, "journal", &on_disk, &fault), ERR_BUSY);
	fault_vfs_kill(r.disk); /* the lock ends with the process */
	assert_int_equal(store_open(&second, "journal", &on_disk, &fault), ERR_OK);
	store_close(s);
	assert_int_equal(append_numbered(second, 1, 1), ERR_OK);
	store_close(second);
	fault_vfs_free(r.disk);
}

/* A long life: the write-ahead log is moved into the file several times on the way. */
static void
a_grown_log_is_moved_into_the_file(void **state)
{
	struct run r = begin_run(6);
	struct store *s = open_after(&r, 6, 0);

	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		assert_int_equal(append_numbered(s, 1 + i * 10, 10), ERR_OK);
	assert_true(fault_vfs_size(r.disk, "journal-wal") < 5000 * 4120);
	assert_true(fault_vfs_size(r.disk, "journal") > 4000000);
	fault_vfs_power_cut(r.disk);
	store_close(s);
	r.acked = r.tried = 20000;
	store_close(open_after(&r, 6, 1));
	fault_vfs_free(r.disk);
}

static struct hash
file_hash(const char *name)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find("disk");
	sqlite3_file *f = calloc(1, (size_t)vfs->szOsFile);
	sqlite3_int64 size = 0;
	struct hash h;
	uint8_t *bytes;

	assert_int_equal(
		vfs->xOpen(vfs, name, f, SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL, NULL),
		SQLITE_OK);
	f->pMethods->xFileSize(f, &size);
	bytes = malloc((size_t)size + 1);
	assert_int_equal(f->pMethods->xRead(f, bytes, (int)size, 0), SQLITE_OK);
	h = hash_of(bytes_of(bytes, (size_t)size));
	f->pMethods->xClose(f);
	free(bytes);
	free(f);
	return h;
}

static void
the_same_seed_gives_the_same_bytes(void **state)
{
	struct hash seen[3][2];

	(void)state;
	for (int i = 0; i < 3; i++) {
		uint64_t seed = i < 2 ? 11 : 12;
		struct run r = begin_run(seed);
		struct store *s;

		one_seed(&r, seed);
		s = open_after(&r, seed, LIVES);
		assert_int_equal(
			append_numbered(s, (unsigned)store_count(s) + 1, 40), ERR_OK);
		seen[i][0] = file_hash("journal");
		seen[i][1] = file_hash("journal-wal");
		store_close(s);
		fault_vfs_free(r.disk);
	}
	assert_true(hash_equal(&seen[0][0], &seen[1][0]));
	assert_true(hash_equal(&seen[0][1], &seen[1][1]));
	assert_false(hash_equal(&seen[0][0], &seen[2][0]));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_power_cut_loses_nothing_that_was_acknowledged),
		cmocka_unit_test(a_disk_that_lies_about_its_sync_is_found_out_by_this_test),
		cmocka_unit_test(a_full_disk_refuses_and_works_again),
		cmocka_unit_test(what_a_full_disk_left_is_not_taken_for_damage),
		cmocka_unit_test(a_failed_sync_is_final),
		cmocka_unit_test(a_second_opener_on_the_disk_is_refused),
		cmocka_unit_test(a_grown_log_is_moved_into_the_file),
		cmocka_unit_test(the_same_seed_gives_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
