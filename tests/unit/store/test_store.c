/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_store.c: the journal on real files. */
#include "journal.h"

#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const struct store_options with_tables = {.project = journal_project};

struct place {
	char *folder, *path;
};

static int
begin(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	p->folder = journal_folder();
	p->path = journal_path(p->folder, "journal");
	*state = p;
	return 0;
}

static int
end(void **state)
{
	struct place *p = *state;

	journal_folder_end(p->folder);
	free(p->path);
	free(p);
	return 0;
}

static struct store *
opened(const char *path, const struct store_options *o)
{
	struct store *s = NULL;
	struct fault fault = {""};
	enum err err = store_open(&s, path, o, &fault);

	if (err != ERR_OK)
		print_error("%s\n", fault.text);
	assert_int_equal(err, ERR_OK);
	return s;
}

static void
records_come_back_in_order(void **state)
{
	struct place *p = *state;
	struct store *s = opened(p->path, NULL);
	unsigned count = 5;

	assert_int_equal(store_count(s), 0);
	assert_int_equal(append_numbered(s, 1, 1), ERR_OK);
	assert_int_equal(append_numbered(s, 2, 50), ERR_OK);
	assert_int_equal(count_numbered(s), 51);
	store_close(s);
	s = opened(p->path, NULL);
	assert_int_equal(count_numbered(s), 51);
	assert_int_equal(store_each(s, 5, expect_numbered, &count), ERR_OK);
	assert_int_equal(count, 51);
	assert_int_equal(append_numbered(s, 52, 1), ERR_OK);
	assert_int_equal(count_numbered(s), 52);
	store_close(s);
}

static void
an_empty_record_and_a_large_one_are_records(void **state)
{
	struct place *p = *state;
	struct store *s = opened(p->path, NULL);
	uint8_t *large = calloc(1, STORE_RECORD_MAX + 1);
	struct store_record r[2] = {{.kind = 65535, .time_ms = -1},
		{.kind = 0, .bytes = {large, STORE_RECORD_MAX}}};

	assert_int_equal(store_append(s, r, 2), ERR_OK);
	r[1].bytes.len++;
	assert_int_equal(store_append(s, r, 2), ERR_RANGE);
	assert_int_equal(store_append(s, r, 0), ERR_RANGE);
	assert_int_equal(store_count(s), 2);
	store_close(s);
	store_close(opened(p->path, NULL));
	free(large);
}

static enum err
stop_at_3(void *ctx, const struct store_record *record)
{
	(void)ctx;
	return record->seq == 3 ? ERR_REFUSED : ERR_OK;
}

static void
a_reader_may_stop_early(void **state)
{
	struct place *p = *state;
	struct store *s = opened(p->path, NULL);

	assert_int_equal(append_numbered(s, 1, 9), ERR_OK);
	assert_int_equal(store_each(s, 0, stop_at_3, NULL), ERR_REFUSED);
	assert_int_equal(count_numbered(s), 9);
	store_close(s);
}

static void
the_file_is_for_its_owner_alone(void **state)
{
	struct place *p = *state;
	struct store *s = opened(p->path, NULL);
	char *wal = journal_path(p->folder, "journal-wal");
	struct stat st;

	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(append_numbered(s, 1, 1), ERR_OK);
	assert_int_equal(stat(wal, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	free(wal);
	store_close(s);
}

static void
a_second_opener_is_refused_and_told_by_whom(void **state)
{
	struct place *p = *state;
	struct store *first = opened(p->path, NULL);
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct store *s;
		struct fault fault = {""};
		char pid[32];

		snprintf(pid, sizeof pid, "process %ld;", (long)getppid());
		_exit(store_open(&s, p->path, NULL, &fault) == ERR_BUSY &&
					strstr(fault.text, pid) != NULL
				? 0
				: 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	/* and so is one in the same process, without harm to the first */
	struct store *second = NULL;
	assert_int_equal(store_open(&second, p->path, NULL, NULL), ERR_BUSY);
	assert_int_equal(append_numbered(first, 1, 3), ERR_OK);
	store_close(first);
	second = opened(p->path, NULL);
	assert_int_equal(count_numbered(second), 3);
	store_close(second);
}

static void
a_reader_beside_the_writer_sees_what_is_committed(void **state)
{
	static const struct store_options reading = {.read_only = true};
	struct place *p = *state;
	struct store *writer = opened(p->path, &with_tables);
	struct store *reader;

	assert_int_equal(append_numbered(writer, 1, 3), ERR_OK);
	reader = opened(p->path, &reading);
	assert_int_equal(count_numbered(reader), 3);
	assert_int_equal(append_numbered(writer, 4, 3), ERR_OK);
	assert_int_equal(count_numbered(reader), 6);
	assert_int_equal(append_numbered(reader, 7, 1), ERR_RANGE);
	store_close(reader);
	assert_int_equal(append_numbered(writer, 7, 1), ERR_OK);
	store_close(writer);
	reader = opened(p->path, &reading); /* without a writer, too */
	assert_int_equal(count_numbered(reader), 7);
	store_close(reader);
}

static enum err
note_number(void *ctx, uint64_t number, const struct store_record *record)
{
	char *text = ctx;

	sprintf(text + strlen(text), "%llu=%llu ", (unsigned long long)number,
		(unsigned long long)record->seq);
	return ERR_OK;
}

static void
entries_are_read_by_number(void **state)
{
	struct place *p = *state;
	struct store *s = opened(p->path, &with_tables);
	char text[200] = "";

	/* entries are the records 3, 6, 9 …, and have the numbers 1, 2, 3 … */
	assert_int_equal(append_numbered(s, 1, 30), ERR_OK);
	assert_int_equal(store_entries(s, 2, 3, note_number, text), ERR_OK);
	assert_string_equal(text, "2=6 3=9 4=12 ");
	text[0] = '\0';
	assert_int_equal(store_entries(s, 9, 100, note_number, text), ERR_OK);
	assert_string_equal(text, "9=27 10=30 ");
	text[0] = '\0';
	assert_int_equal(store_entries(s, 11, 100, note_number, text), ERR_OK);
	assert_int_equal(store_entries(s, UINT64_MAX, 100, note_number, text), ERR_OK);
	assert_string_equal(text, "");
	store_close(s);
}

static void
a_later_record_takes_the_place_of_an_entry(void **state)
{
	struct place *p = *state;
	struct store *s = opened(p->path, &with_tables);
	char text[200] = "";

	assert_int_equal(append_numbered(s, 1, 6), ERR_OK);
	assert_int_equal(append_numbered(s, 3, 1), ERR_OK); /* entry 1 again, as record 7 */
	assert_int_equal(store_entries(s, 0, 9, note_number, text), ERR_OK);
	assert_string_equal(text, "1=7 2=6 ");
	store_close(s);
}

static enum err
note_item(void *ctx, const struct store_item *item)
{
	char *text = ctx;

	sprintf(text + strlen(text), "%s/%s=%s@%llu ", item->kind, item->key, item->state,
		(unsigned long long)item->seq);
	return ERR_OK;
}

static void
an_item_shows_its_latest_state(void **state)
{
	struct place *p = *state;
	struct store *s = opened(p->path, &with_tables);
	char text[200] = "";

	assert_int_equal(append_numbered(s, 1, 31), ERR_OK);
	assert_int_equal(store_items(s, "siren", note_item, text), ERR_OK);
	assert_string_equal(text,
		"siren/thing-0=10@10 siren/thing-2=22@22 siren/thing-4=4@4 "
		"siren/thing-6=16@16 siren/thing-8=28@28 ");
	text[0] = '\0';
	assert_int_equal(store_items(s, "nothing", note_item, text), ERR_OK);
	assert_string_equal(text, "");
	store_close(s);
}

/* All rows of both tables as text. */
static char *
dump(const char *path)
{
	static const char sql[] =
		"select 'entry', number, seq, hex(checksum), '', '' from entry union all "
		"select kind, key, state, time_ms, seq, hex(checksum) from item order by "
		"1, 2";
	sqlite3 *db;
	sqlite3_stmt *st;
	char *out = strdup("");

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW) {
		char *longer;

		assert_true(asprintf(&longer, "%s%s|%s|%s|%s|%s|%s\n", out,
				    sqlite3_column_text(st, 0), sqlite3_column_text(st, 1),
				    sqlite3_column_text(st, 2), sqlite3_column_text(st, 3),
				    sqlite3_column_text(st, 4),
				    sqlite3_column_text(st, 5)) > 0);
		free(out);
		out = longer;
	}
	sqlite3_finalize(st);
	sqlite3_close(db);
	return out;
}

static void
rebuilt_tables_equal_the_live_ones(void **state)
{
	static const struct store_options rebuild = {
		.project = journal_project, .rebuild = true};
	struct place *p = *state;
	struct store *s = opened(p->path, &with_tables);
	char *live, *again;

	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(append_numbered(s, i * i % 977, 1 + i % 5), ERR_OK);
	store_close(s);
	live = dump(p->path);
	assert_true(strlen(live) > 2000);
	store_close(opened(p->path, &rebuild));
	again = dump(p->path);
	assert_string_equal(live, again);
	free(live);
	free(again);
}

static void
a_changed_projector_makes_the_tables_again(void **state)
{
	static const struct store_options next = {
		.project = journal_project, .project_version = 7};
	struct place *p = *state;
	struct store *s = opened(p->path, NULL); /* no projector: no rows */
	char text[200] = "";

	assert_int_equal(append_numbered(s, 1, 3), ERR_OK);
	store_close(s);
	s = opened(p->path, &next);
	assert_int_equal(store_entries(s, 0, 9, note_number, text), ERR_OK);
	assert_string_equal(text, "1=3 ");
	store_close(s);
}

static void
execute(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
expect_fault(const char *path, const struct store_options *o, enum err expected,
	const char *words)
{
	struct store *s = NULL;
	struct fault fault = {""};

	assert_int_equal(store_open(&s, path, o, &fault), expected);
	if (strstr(fault.text, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", fault.text, words);
}

static void
a_changed_record_is_named_with_the_way_out(void **state)
{
	struct place *p = *state;
	struct store *s = opened(p->path, &with_tables);

	assert_int_equal(append_numbered(s, 1, 30), ERR_OK);
	store_close(s);
	execute(p->path, "update journal set time_ms = time_ms + 1 where seq = 17");
	expect_fault(p->path, NULL, ERR_FORMAT, "record 17 of ");
	expect_fault(p->path, NULL, ERR_FORMAT, "put back the last backup");
}

static void
a_missing_record_is_named(void **state)
{
	struct place *p = *state;
	struct store *s = opened(p->path, &with_tables);

	assert_int_equal(append_numbered(s, 1, 30), ERR_OK);
	store_close(s);
	execute(p->path, "delete from journal where seq = 5");
	expect_fault(p->path, NULL, ERR_FORMAT, "record 5 of ");
}

static void
a_changed_row_is_mended_by_a_rebuild(void **state)
{
	static const struct store_options rebuild = {
		.project = journal_project, .rebuild = true};
	struct place *p = *state;
	struct store *s = opened(p->path, &with_tables);

	assert_int_equal(append_numbered(s, 1, 30), ERR_OK);
	store_close(s);
	execute(p->path, "update item set state = 'clear' where key = 'thing-4'");
	expect_fault(p->path, &with_tables, ERR_FORMAT, "--rebuild");
	store_close(opened(p->path, &rebuild));
	store_close(opened(p->path, &with_tables));
}

static void
another_kind_of_file_is_left_alone(void **state)
{
	struct place *p = *state;
	FILE *f;

	execute(p->path, "create table t(a)");
	expect_fault(p->path, NULL, ERR_VERSION, "not a journal");
	f = fopen(p->path, "w");
	for (int i = 0; i < 1000; i++)
		fprintf(f, "This is a letter, not a journal.\n");
	fclose(f);
	expect_fault(p->path, NULL, ERR_FORMAT, p->path);
}

static void
a_journal_of_a_later_version_is_refused(void **state)
{
	struct place *p = *state;

	store_close(opened(p->path, NULL));
	execute(p->path, "pragma user_version = 2");
	expect_fault(p->path, NULL, ERR_VERSION, "schema 2");
}

static void
a_folder_that_is_not_there_is_named(void **state)
{
	static const struct store_options reading = {.read_only = true};
	struct place *p = *state;
	char *path = journal_path(p->folder, "none/journal");

	expect_fault(path, NULL, ERR_IO, "No such file or directory");
	expect_fault(path, &reading, ERR_IO, path);
	free(path);
}

static void
a_full_disk_is_said_and_ends_when_there_is_space(void **state)
{
	struct place *p = *state;
	char *ballast = journal_path(p->folder, "ballast");
	struct store *s;
	unsigned n = 1, held;
	enum err err;
	int fd;

	if (mount("none", p->folder, "tmpfs", 0, "size=1m") != 0) {
		free(ballast);
		skip();
	}
	s = opened(p->path, &with_tables);
	fd = creat(ballast, 0600);
	assert_true(fd >= 0 && ftruncate(fd, 0) == 0);
	for (int i = 0; i < 40; i++)
		assert_int_equal(write(fd, (char[4096]){0}, 4096), 4096);
	close(fd);
	while ((err = append_numbered(s, n, 10)) == ERR_OK)
		n += 10;
	assert_int_equal(err, ERR_FULL);
	assert_int_equal(append_numbered(s, n, 10), ERR_FULL);
	held = n - 1;
	assert_int_equal(count_numbered(s), held);
	assert_int_equal(unlink(ballast), 0);
	assert_int_equal(append_numbered(s, n, 10), ERR_OK);
	assert_int_equal(count_numbered(s), held + 10);
	store_close(s);
	s = opened(p->path, &with_tables);
	assert_int_equal(count_numbered(s), held + 10);
	store_close(s);
	assert_int_equal(umount(p->folder), 0);
	free(ballast);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
		T(records_come_back_in_order),
		T(an_empty_record_and_a_large_one_are_records),
		T(a_reader_may_stop_early),
		T(the_file_is_for_its_owner_alone),
		T(a_second_opener_is_refused_and_told_by_whom),
		T(a_reader_beside_the_writer_sees_what_is_committed),
		T(entries_are_read_by_number),
		T(a_later_record_takes_the_place_of_an_entry),
		T(an_item_shows_its_latest_state),
		T(rebuilt_tables_equal_the_live_ones),
		T(a_changed_projector_makes_the_tables_again),
		T(a_changed_record_is_named_with_the_way_out),
		T(a_missing_record_is_named),
		T(a_changed_row_is_mended_by_a_rebuild),
		T(another_kind_of_file_is_left_alone),
		T(a_journal_of_a_later_version_is_refused),
		T(a_folder_that_is_not_there_is_named),
		T(a_full_disk_is_said_and_ends_when_there_is_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
