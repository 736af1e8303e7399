/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_open.c: find the journal in order, or say what is wrong with it. */
#include "store/store_parts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x42454c46, /* "BELF", shown by file(1) */ SCHEMA_VERSION = 1 };

static const char journal_make[] =
	"begin immediate;"
	"create table journal(seq integer primary key, time_ms integer not null,"
	" kind integer not null, checksum blob not null, bytes blob not null);"
	"create table meta(name text primary key, value integer not null) without rowid;";

static const char *const sql[ST_COUNT_OF] = {
	[ST_BEGIN] = "begin immediate",
	[ST_COMMIT] = "commit",
	[ST_ROLLBACK] = "rollback",
	[ST_COUNT] = "select max(seq) from journal",
	[ST_INSERT] = "insert into journal values(?, ?, ?, ?, ?)",
	[ST_AFTER] = "select seq, time_ms, kind, checksum, bytes from journal where seq > ?"
		     " order by seq",
	[ST_ENTRY_PUT] = "insert or replace into entry values(?, ?, ?)",
	[ST_ENTRY_FROM] = "select e.number, j.seq, j.time_ms, j.kind, j.checksum, j.bytes"
			  " from entry e join journal j on j.seq = e.seq"
			  " where e.number >= ? order by e.number",
	[ST_ENTRY_ALL] = "select number, seq, checksum from entry order by number",
	[ST_ITEM_PUT] = "insert or replace into item values(?, ?, ?, ?, ?, ?)",
	[ST_ITEM_KIND] = "select kind, key, state, time_ms, seq, checksum from item"
			 " where kind = ? order by key",
	[ST_ITEM_ALL] = "select kind, key, state, time_ms, seq, checksum from item"
			" order by kind, key",
};

enum err
store_err(int rc)
{
	if (rc == SQLITE_IOERR_NOMEM)
		return ERR_NOMEM;
	if (rc == SQLITE_IOERR_SHMSIZE)
		return ERR_FULL;
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return ERR_OK;
	case SQLITE_NOMEM:
		return ERR_NOMEM;
	case SQLITE_FULL:
		return ERR_FULL;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_FORMAT;
	default:
		return ERR_IO;
	}
}

static enum err
run(struct store *s, const char *statements)
{
	return store_err(sqlite3_exec(s->db, statements, NULL, NULL, NULL));
}

static enum err
number_of(struct store *s, const char *query, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, query, -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	*out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_finalize(st);
	return store_err(rc);
}

enum err
store_statements(struct store *s)
{
	for (int i = 0; i < ST_COUNT_OF; i++) {
		int rc = SQLITE_OK;

		if (s->st[i] == NULL)
			rc = sqlite3_prepare_v3(s->db, sql[i], -1,
				SQLITE_PREPARE_PERSISTENT, &s->st[i], NULL);
		if (rc != SQLITE_OK)
			return store_err(rc);
	}
	return ERR_OK;
}

static int
committed(void *ctx, sqlite3 *db, const char *name, int frames)
{
	struct store *s = ctx;

	(void)db;
	(void)name;
	s->wal_frames = frames;
	return SQLITE_OK;
}

/*
 * No shared memory in a simulated disk, so there SQLite's own lock is held for life. Over
 * files it is not, so that others can read by SQL while the program runs. cache_spill: no
 * frame is written before the commit, on which store_wal.c relies. synchronous=extra while
 * the file is made: else its first rollback journal could come back after a power cut.
 */
static enum err
set_up(struct store *s, const char *vfs)
{
	enum err err = ERR_OK;

	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_busy_timeout(s->db, vfs != NULL ? 0 : 5000);
	if (vfs != NULL)
		err = run(s, "pragma locking_mode=exclusive");
	if (err == ERR_OK)
		err = run(s, "pragma trusted_schema=off; pragma cell_size_check=on");
	if (err == ERR_OK && !s->read_only)
		err = run(s, "pragma page_size=4096; pragma auto_vacuum=none;"
			     "pragma synchronous=extra; pragma journal_mode=wal;"
			     "pragma synchronous=full; pragma cache_spill=off");
	sqlite3_wal_hook(s->db, committed, s);
	return err;
}

static enum err
make_journal(struct store *s)
{
	char identity[128];
	enum err err = run(s, journal_make);

	if (err == ERR_OK)
		err = run(s, store_tables_make);
	sqlite3_snprintf((int)sizeof identity, identity,
		"pragma application_id=%d; pragma user_version=%d;"
		"insert into meta values('project_version', %u); commit",
		APPLICATION_ID, SCHEMA_VERSION, s->project_version);
	if (err == ERR_OK)
		err = run(s, identity);
	return err;
}

static enum err
identify(struct store *s, struct fault *fault)
{
	int64_t application = 0, version = 0, tables = 0;
	enum err err = number_of(s, "pragma application_id", &application);

	if (err == ERR_OK)
		err = number_of(s, "pragma user_version", &version);
	if (err == ERR_OK)
		err = number_of(s, "select count(*) from sqlite_schema", &tables);
	if (err == ERR_OK && application == 0 && version == 0 && tables == 0 &&
		!s->read_only)
		err = make_journal(s);
	else if (err == ERR_OK && application != APPLICATION_ID)
		return fault_set(
			fault, ERR_VERSION, "%s is not a journal of Belfry", s->path);
	else if (err == ERR_OK && version != SCHEMA_VERSION)
		return fault_set(fault, ERR_VERSION,
			"%s was written by another version of Belfry (schema %lld, this "
			"program "
			"reads %d); use that version",
			s->path, (long long)version, SCHEMA_VERSION);
	if (err != ERR_OK)
		return fault_set(
			fault, err, "cannot use %s: %s", s->path, sqlite3_errmsg(s->db));
	return ERR_OK;
}

/* A read-only store checks each record as it is read. */
static enum err
check(struct store *s, bool rebuild, struct fault *fault)
{
	int64_t version = 0;
	enum err err = store_check_journal(s, fault);

	if (err != ERR_OK)
		return err;
	err = number_of(
		s, "select value from meta where name = 'project_version'", &version);
	if (err != ERR_OK)
		return fault_set(
			fault, err, "cannot read %s: %s", s->path, sqlite3_errmsg(s->db));
	rebuild = rebuild || version != s->project_version;
	if (rebuild) {
		err = store_check_pages(s, true, fault);
		if (err == ERR_OK)
			err = store_tables_rebuild(s, fault);
	} else if (store_statements(s) != ERR_OK) {
		err = fault_set(fault, ERR_FORMAT,
			"a table of %s is damaged (%s); start once with --rebuild", s->path,
			sqlite3_errmsg(s->db));
	}
	if (err == ERR_OK)
		err = store_check_tables(s, rebuild, fault);
	return err;
}

static enum err
open_database(struct store *s, const struct store_options *o, struct fault *fault)
{
	int flags = s->read_only ? SQLITE_OPEN_READONLY
				 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	enum err err = ERR_OK;

	if (!s->read_only)
		err = store_wal_check(o->vfs, s->path, fault);
	if (err != ERR_OK)
		return err;
	err = store_err(
		sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_NOMUTEX, o->vfs));
	if (err == ERR_OK)
		err = set_up(s, o->vfs);
	if (err == ERR_BUSY)
		return fault_set(fault, err, "%s is in use by another program", s->path);
	if (err != ERR_OK)
		return fault_set(
			fault, err, "cannot open %s: %s", s->path, sqlite3_errmsg(s->db));
	return identify(s, fault);
}

/* Each life begins with an empty write-ahead log; store_wal.c relies on it. */
static enum err
begin_life(struct store *s, struct fault *fault)
{
	enum err err = ERR_OK;

	if (sqlite3_db_readonly(s->db, "main") != 0)
		return fault_set(fault, ERR_IO, "%s cannot be written", s->path);
	err = store_err(sqlite3_wal_checkpoint_v2(
		s->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
	if (err == ERR_BUSY)
		return fault_set(fault, err,
			"%s is being read by another program that does not end; close that "
			"one first",
			s->path);
	if (err != ERR_OK)
		return fault_set(
			fault, err, "cannot write %s: %s", s->path, sqlite3_errmsg(s->db));
	return ERR_OK;
}

static enum err
open_parts(struct store *s, const struct store_options *o, struct fault *fault)
{
	enum err err = ERR_OK;

	if (!s->read_only && o->vfs == NULL) {
		err = store_lock_take(&s->lock, s->path, fault);
		if (err == ERR_OK)
			err = store_file_prepare(s->path, fault);
	}
	if (err == ERR_OK)
		err = open_database(s, o, fault);
	if (err != ERR_OK)
		return err;
	if (s->read_only) {
		err = store_statements(s);
		return err == ERR_OK ? err
				     : fault_set(fault, err, "cannot read %s: %s", s->path,
					       sqlite3_errmsg(s->db));
	}
	err = check(s, o->rebuild, fault);
	return err == ERR_OK ? begin_life(s, fault) : err;
}

enum err
store_open(struct store **out, const char *path, const struct store_options *options,
	struct fault *fault)
{
	static const struct store_options none = {0};
	const struct store_options *o = options != NULL ? options : &none;
	struct store *s = calloc(1, sizeof *s);
	enum err err;

	if (s != NULL)
		s->path = strdup(path);
	if (s == NULL || s->path == NULL) {
		free(s);
		return fault_set(fault, ERR_NOMEM, "out of memory opening %s", path);
	}
	s->lock = -1;
	s->read_only = o->read_only;
	s->project = o->project;
	s->project_ctx = o->project_ctx;
	s->project_version = o->project_version;
	s->tidy_at = STORE_TIDY_FRAMES;
	err = open_parts(s, o, fault);
	if (err != ERR_OK) {
		store_close(s);
		return err;
	}
	*out = s;
	return ERR_OK;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < ST_COUNT_OF; i++)
		sqlite3_finalize(s->st[i]);
	sqlite3_close(s->db);
	store_lock_drop(s->lock);
	buffer_free(&s->hashed);
	free(s->path);
	free(s);
}
