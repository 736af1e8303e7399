/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_check.c: at open, hold everything against its checksum, and name the first thing that
 * is wrong and the way out. */
#include "store/store_parts.h"

#include <string.h>

static enum err
damaged_record(struct store *s, uint64_t seq, const char *how, struct fault *fault)
{
	return fault_set(fault, ERR_FORMAT,
		"record %llu of %s is damaged (%s); keep a copy of the file, put back the "
		"last "
		"backup, then start: the hub takes back from its edges what it lacks",
		(unsigned long long)seq, s->path, how);
}

static enum err
damaged_tables(struct store *s, bool rebuilt, const char *how, struct fault *fault)
{
	if (rebuilt)
		return store_beyond_rebuild(s, how, fault);
	return fault_set(fault, ERR_FORMAT,
		"the journal in %s is whole, but a table made from it is damaged (%s); "
		"start once "
		"with --rebuild",
		s->path, how);
}

enum err
store_check_pages(struct store *s, bool journal_only, struct fault *fault)
{
	const char *sql =
		journal_only ? "pragma quick_check(journal)" : "pragma quick_check";
	sqlite3_stmt *st = NULL;
	enum err err = store_err(sqlite3_prepare_v2(s->db, sql, -1, &st, NULL));
	const char *said = "";

	if (err == ERR_OK) {
		int rc = sqlite3_step(st);

		if (rc == SQLITE_ROW)
			said = (const char *)sqlite3_column_text(st, 0);
		else
			err = store_err(rc);
	}
	if (err == ERR_OK && (said == NULL || strcmp(said, "ok") != 0))
		err = fault_set(fault, ERR_FORMAT,
			"%s is damaged: %.300s; keep a copy of the file, put back the last "
			"backup, "
			"then start",
			s->path, said != NULL ? said : "no answer");
	else if (err != ERR_OK)
		err = fault_set(
			fault, err, "cannot check %s: %s", s->path, sqlite3_errmsg(s->db));
	sqlite3_finalize(st);
	return err;
}

enum err
store_check_journal(struct store *s, struct fault *fault)
{
	sqlite3_stmt *st = NULL;
	enum err err = store_err(sqlite3_prepare_v2(s->db,
		"select seq, time_ms, kind, checksum, bytes from journal order by seq", -1,
		&st, NULL));
	int rc = SQLITE_DONE;

	s->last = 0;
	while (err == ERR_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_record r = {0};

		err = store_record_from(s, st, 0, &r);
		if (err == ERR_OK && r.seq != s->last + 1)
			err = ERR_FORMAT;
		if (err == ERR_OK)
			s->last++;
	}
	if (err == ERR_OK)
		err = store_err(rc);
	sqlite3_finalize(st);
	if (err == ERR_FORMAT)
		return damaged_record(
			s, s->last + 1, "it does not match its checksum", fault);
	if (err != ERR_OK)
		return fault_set(
			fault, err, "cannot read %s: %s", s->path, sqlite3_errmsg(s->db));
	return ERR_OK;
}

static bool
checksum_matches(sqlite3_stmt *st, int column, const struct checksum *expected)
{
	const void *at = sqlite3_column_blob(st, column);

	return at != NULL && sqlite3_column_bytes(st, column) == CHECKSUM_LEN &&
	       memcmp(at, expected->at, CHECKSUM_LEN) == 0;
}

static enum err
check_entry(struct store *s, sqlite3_stmt *st)
{
	uint64_t number = (uint64_t)sqlite3_column_int64(st, 0);
	uint64_t seq = (uint64_t)sqlite3_column_int64(st, 1);
	struct checksum expected;
	enum err err = checksum_entry(&s->hashed, number, seq, &expected);

	if (err == ERR_OK && (seq > s->last || !checksum_matches(st, 2, &expected)))
		return ERR_FORMAT;
	return err;
}

static enum err
check_item(struct store *s, sqlite3_stmt *st)
{
	struct store_item item = {
		.kind = (const char *)sqlite3_column_text(st, 0),
		.key = (const char *)sqlite3_column_text(st, 1),
		.state = (const char *)sqlite3_column_text(st, 2),
		.time_ms = sqlite3_column_int64(st, 3),
		.seq = (uint64_t)sqlite3_column_int64(st, 4),
	};
	struct checksum expected;
	enum err err;

	if (item.kind == NULL || item.key == NULL || item.state == NULL)
		return ERR_FORMAT;
	err = checksum_item(&s->hashed, &item, &expected);
	if (err == ERR_OK && (item.seq > s->last || !checksum_matches(st, 5, &expected)))
		return ERR_FORMAT;
	return err;
}

static enum err
check_rows(struct store *s, sqlite3_stmt *st,
	enum err (*check)(struct store *, sqlite3_stmt *))
{
	enum err err = ERR_OK;
	int rc = SQLITE_DONE;

	while (err == ERR_OK && (rc = sqlite3_step(st)) == SQLITE_ROW)
		err = check(s, st);
	sqlite3_reset(st);
	return err != ERR_OK ? err : store_err(rc);
}

enum err
store_check_tables(struct store *s, bool rebuilt, struct fault *fault)
{
	enum err err = check_rows(s, s->st[ST_ENTRY_ALL], check_entry);

	if (err == ERR_OK)
		err = check_rows(s, s->st[ST_ITEM_ALL], check_item);
	if (err == ERR_FORMAT)
		return damaged_tables(
			s, rebuilt, "a row does not match its checksum", fault);
	if (err != ERR_OK)
		return fault_set(
			fault, err, "cannot read %s: %s", s->path, sqlite3_errmsg(s->db));
	err = store_check_pages(s, false, fault);
	if (err == ERR_FORMAT && store_check_pages(s, true, NULL) == ERR_OK)
		return damaged_tables(s, rebuilt, "its pages do not fit together", fault);
	return err;
}
