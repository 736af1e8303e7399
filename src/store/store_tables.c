/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_tables.c: the two tables that are made from the journal, and can be made again. */
#include "store/store_parts.h"

static const char drop[] = "drop table if exists entry; drop table if exists item;";
const char store_tables_make[] =
	"create table if not exists entry(number integer primary key, seq integer not null,"
	" checksum blob not null);"
	"create table if not exists item(kind text not null, key text not null,"
	" state text not null, time_ms integer not null, seq integer not null,"
	" checksum blob not null, primary key(kind, key)) without rowid;";

/* Run a statement that gives no rows; keep the first error in rows->rc. */
static void
put(struct store_rows *rows, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	if (rc != SQLITE_DONE)
		rows->rc = rc;
}

void
store_rows_entry(struct store_rows *rows, uint64_t number)
{
	sqlite3_stmt *st = rows->s->st[ST_ENTRY_PUT];
	struct checksum sum;

	if (rows->rc != SQLITE_OK || number > INT64_MAX)
		return;
	if (checksum_entry(&rows->s->hashed, number, rows->record->seq, &sum) != ERR_OK) {
		rows->rc = SQLITE_NOMEM;
		return;
	}
	sqlite3_bind_int64(st, 1, (sqlite3_int64)number);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)rows->record->seq);
	sqlite3_bind_blob(st, 3, sum.at, CHECKSUM_LEN, SQLITE_TRANSIENT);
	put(rows, st);
}

void
store_rows_item(
	struct store_rows *rows, const char *kind, const char *key, const char *state)
{
	sqlite3_stmt *st = rows->s->st[ST_ITEM_PUT];
	struct store_item item = {
		kind, key, state, rows->record->time_ms, rows->record->seq};
	struct checksum sum;

	if (rows->rc != SQLITE_OK)
		return;
	if (checksum_item(&rows->s->hashed, &item, &sum) != ERR_OK) {
		rows->rc = SQLITE_NOMEM;
		return;
	}
	sqlite3_bind_text(st, 1, kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, key, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 3, state, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 4, item.time_ms);
	sqlite3_bind_int64(st, 5, (sqlite3_int64)item.seq);
	sqlite3_bind_blob(st, 6, sum.at, CHECKSUM_LEN, SQLITE_TRANSIENT);
	put(rows, st);
	sqlite3_clear_bindings(st);
}

enum err
store_project(struct store *s, const struct store_record *record)
{
	struct store_rows rows = {s, record, SQLITE_OK};

	if (s->project != NULL)
		s->project(s->project_ctx, record, &rows);
	return store_err(rows.rc);
}

static enum err
project_one(void *ctx, const struct store_record *record)
{
	return store_project(ctx, record);
}

enum err
store_beyond_rebuild(struct store *s, const char *how, struct fault *fault)
{
	return fault_set(fault, ERR_FORMAT,
		"%s is damaged where a rebuild does not reach (%s); keep a copy of it, put "
		"back the "
		"last backup, then start",
		s->path, how);
}

/* One transaction: whoever looks in sees the old tables or the new ones. */
enum err
store_tables_rebuild(struct store *s, struct fault *fault)
{
	enum err err;
	char *version =
		sqlite3_mprintf("insert or replace into meta values('project_version', %u)",
			s->project_version);

	if (version == NULL)
		return fault_set(fault, ERR_NOMEM, "out of memory opening %s", s->path);
	err = store_err(sqlite3_exec(s->db, "begin immediate", NULL, NULL, NULL));
	if (err == ERR_OK)
		err = store_err(sqlite3_exec(s->db, drop, NULL, NULL, NULL));
	if (err == ERR_OK)
		err = store_err(sqlite3_exec(s->db, store_tables_make, NULL, NULL, NULL));
	if (err == ERR_OK)
		err = store_err(sqlite3_exec(s->db, version, NULL, NULL, NULL));
	if (err == ERR_OK)
		err = store_statements(s);
	if (err == ERR_OK)
		err = store_each(s, 0, project_one, s);
	if (err == ERR_OK)
		err = store_err(sqlite3_exec(s->db, "commit", NULL, NULL, NULL));
	sqlite3_free(version);
	if (err == ERR_OK)
		return ERR_OK;
	if (err == ERR_FORMAT)
		return store_beyond_rebuild(s, sqlite3_errmsg(s->db), fault);
	return fault_set(fault, err, "cannot make the tables of %s from its journal: %s",
		s->path, sqlite3_errmsg(s->db));
}
