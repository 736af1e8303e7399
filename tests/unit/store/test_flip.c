/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_flip.c: a changed byte or a cut anywhere in a journal is found, or does no harm. */
#include "journal.h"

#include "store/fault_vfs.h"

enum { RECORDS = 24, IN_FILE = 15, LAST_TRANSACTION = 2 };

static const struct store_options on_disk = {.vfs = "disk", .project = journal_project};

struct outcome {
	unsigned found, harmless, last_lost, rebuilt, backup_only;
};

/* "good" and "good-wal": IN_FILE records in the file, the others in the log, three or fewer a
 * transaction. Without a log all are in the file. */
static struct fault_vfs *
make_good(bool with_log)
{
	struct fault_vfs *disk;
	struct store *s;

	assert_int_equal(fault_vfs_new(&disk, "disk", 1), ERR_OK);
	assert_int_equal(store_open(&s, "good", &on_disk, NULL), ERR_OK);
	assert_int_equal(append_numbered(s, 1, IN_FILE), ERR_OK);
	store_close(s);
	assert_int_equal(store_open(&s, "good", &on_disk, NULL), ERR_OK);
	for (unsigned n = IN_FILE + 1; n <= RECORDS - LAST_TRANSACTION; n += 1)
		assert_int_equal(append_numbered(s, n, 1), ERR_OK);
	assert_int_equal(
		append_numbered(s, RECORDS - LAST_TRANSACTION + 1, LAST_TRANSACTION),
		ERR_OK);
	if (with_log)
		fault_vfs_kill(disk);
	store_close(s);
	return disk;
}

static void
restore(struct fault_vfs *disk)
{
	fault_vfs_kill(disk);
	assert_int_equal(fault_vfs_copy(disk, "good", "journal"), ERR_OK);
	assert_int_equal(fault_vfs_copy(disk, "good-wal", "journal-wal"), ERR_OK);
}

static enum err
add_entry(void *ctx, uint64_t number, const struct store_record *record)
{
	*(uint64_t *)ctx += number * 1000 + record->seq;
	return ERR_OK;
}

static enum err
add_item(void *ctx, const struct store_item *item)
{
	*(uint64_t *)ctx += item->seq * 7 + strtoul(item->state, NULL, 10);
	return ERR_OK;
}

/* What the tables say, as one number. */
static uint64_t
sum_tables(struct store *s)
{
	uint64_t sum = 0;

	assert_int_equal(store_entries(s, 0, 1000, add_entry, &sum), ERR_OK);
	assert_int_equal(store_items(s, NULL, add_item, &sum), ERR_OK);
	return sum;
}

/* Where the fault says so, a rebuild helps, or says in turn that only the backup does. */
static void
rebuild(struct outcome *o, uint64_t expected, const char *what, uint64_t at)
{
	static const struct store_options again = {
		.vfs = "disk", .project = journal_project, .rebuild = true};
	struct store *s = NULL;
	struct fault fault = {""};

	if (store_open(&s, "journal", &again, &fault) != ERR_OK) {
		if (strstr(fault.text, "backup") == NULL)
			fail_msg("%s %llu: %s", what, (unsigned long long)at, fault.text);
		o->backup_only++;
		return;
	}
	assert_int_equal(count_numbered(s), RECORDS);
	assert_int_equal(sum_tables(s), expected);
	store_close(s);
	o->rebuilt++;
}

static void
look(struct outcome *o, uint64_t expected, const char *what, uint64_t at)
{
	struct store *s = NULL;
	struct fault fault = {""};
	enum err err = store_open(&s, "journal", &on_disk, &fault);
	unsigned count = 0;

	if (err != ERR_OK) {
		assert_true(strlen(fault.text) > 20);
		o->found++;
		if (strstr(fault.text, "--rebuild") != NULL)
			rebuild(o, expected, what, at);
		return;
	}
	assert_int_equal(store_each(s, 0, expect_numbered, &count), ERR_OK);
	if (count == RECORDS) {
		if (sum_tables(s) != expected)
			fail_msg("%s %llu: the tables are wrong", what,
				(unsigned long long)at);
		o->harmless++;
	} else if (count >= RECORDS - LAST_TRANSACTION) {
		o->last_lost++;
	} else {
		fail_msg("%s %llu: only %u records", what, (unsigned long long)at, count);
	}
	store_close(s);
}

static uint64_t
sum_of_good(struct fault_vfs *disk)
{
	struct store *s;
	uint64_t sum;

	restore(disk);
	assert_int_equal(store_open(&s, "journal", &on_disk, NULL), ERR_OK);
	assert_int_equal(count_numbered(s), RECORDS);
	sum = sum_tables(s);
	store_close(s);
	return sum;
}

static struct outcome
flip_each(struct fault_vfs *disk, const char *file, unsigned step)
{
	struct outcome o = {0};
	uint64_t expected = sum_of_good(disk), size;

	restore(disk);
	size = fault_vfs_size(disk, file);
	assert_true(size > 0);
	for (uint64_t at = 0; at < size; at += step) {
		restore(disk);
		assert_true(fault_vfs_flip(disk, file, at, (uint8_t)(1U << at * 5 % 8)));
		look(&o, expected, "byte", at);
	}
	print_message(
		"%s: %llu bytes, %u found (%u mended by a rebuild, %u not), %u harmless, "
		"%u in the last transaction\n",
		file, (unsigned long long)size, o.found, o.rebuilt, o.backup_only,
		o.harmless, o.last_lost);
	return o;
}

static void
each_changed_byte_of_the_file_is_found_or_harmless(void **state)
{
	struct fault_vfs *disk = make_good(false);
	struct outcome o = flip_each(disk, "journal", 1);

	(void)state;
	assert_int_equal(o.last_lost, 0);
	assert_true(o.found > 5000); /* 7 KiB of records, and the trees' own bytes */
	fault_vfs_free(disk);
}

/* Only the last transaction may look like one that a power cut broke off. */
static void
a_changed_byte_of_the_log_is_found_or_harmless(void **state)
{
	struct fault_vfs *disk = make_good(true);
	struct outcome o = flip_each(disk, "journal-wal", 3);

	(void)state;
	assert_true(o.found > o.last_lost);
	fault_vfs_free(disk);
}

static void
a_changed_header_of_the_log_is_found(void **state)
{
	struct fault_vfs *disk = make_good(true);
	struct outcome o = {0};

	(void)state;
	for (uint64_t at = 0; at < 32; at++) {
		restore(disk);
		fault_vfs_flip(disk, "journal-wal", at, 0x10);
		look(&o, 0, "header byte", at);
	}
	assert_int_equal(o.found, 32);
	fault_vfs_free(disk);
}

static void
a_file_cut_anywhere_is_found(void **state)
{
	struct fault_vfs *disk = make_good(false);
	uint64_t expected = sum_of_good(disk), size = fault_vfs_size(disk, "good");
	struct outcome o = {0};

	(void)state;
	for (uint64_t len = 1; len < size; len += 61) {
		restore(disk);
		fault_vfs_cut(disk, "journal", len);
		look(&o, expected, "cut at", len);
	}
	assert_int_equal(o.last_lost, 0);
	assert_int_equal(o.harmless, 0);
	fault_vfs_free(disk);
}

/*
 * Frame 41 of the log (from 0) has its header on two sectors, 8 bytes in the first. A power cut
 * that kept only the second leaves there the mark of an older commit, in front of sectors that
 * were kept: no damage, only the last transaction is unfinished.
 */
static void
a_frame_header_torn_between_sectors_is_no_damage(void **state)
{
	enum { FRAME = 4096 + 24, SPLIT = 41 };
	uint8_t *large = calloc(1, 60000);
	struct store_record r = {.kind = KIND_PLAIN, .bytes = {large, 60000}};
	struct fault_vfs *disk;
	struct store *s;
	unsigned n = 0;

	(void)state;
	assert_int_equal(fault_vfs_new(&disk, "disk", 1), ERR_OK);
	assert_int_equal(store_open(&s, "journal", &on_disk, NULL), ERR_OK);
	while (fault_vfs_size(disk, "journal-wal") < 32 + (SPLIT - 6) * FRAME)
		assert_int_equal(append_numbered(s, ++n, 1), ERR_OK);
	assert_int_equal(store_append(s, &r, 1), ERR_OK);
	assert_true(fault_vfs_size(disk, "journal-wal") > 32 + (SPLIT + 3) * FRAME);
	fault_vfs_kill(disk);
	store_close(s);
	assert_int_equal((32 + SPLIT * FRAME) % 512, 512 - 8);
	assert_true(fault_vfs_flip(disk, "journal-wal", 32 + SPLIT * FRAME + 7, 9));
	assert_int_equal(store_open(&s, "journal", &on_disk, NULL), ERR_OK);
	assert_int_equal(count_numbered(s), n);
	store_close(s);
	fault_vfs_free(disk);
	free(large);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_changed_byte_of_the_file_is_found_or_harmless),
		cmocka_unit_test(a_changed_byte_of_the_log_is_found_or_harmless),
		cmocka_unit_test(a_changed_header_of_the_log_is_found),
		cmocka_unit_test(a_file_cut_anywhere_is_found),
		cmocka_unit_test(a_frame_header_torn_between_sectors_is_no_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
