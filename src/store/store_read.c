/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_read.c: read the journal and the tables made from it; nothing leaves unchecked. */
#include "store/store_parts.h"

#include <string.h>

enum err
store_record_from(struct store *s, sqlite3_stmt *st, int column, struct store_record *out)
{
	struct checksum expected;
	int64_t kind = sqlite3_column_int64(st, column + 2);
	struct store_record r = {
		.seq = (uint64_t)sqlite3_column_int64(st, column),
		.time_ms = sqlite3_column_int64(st, column + 1),
		.kind = (uint16_t)kind,
	};
	const void *checksum = sqlite3_column_blob(st, column + 3);
	int checksum_len = sqlite3_column_bytes(st, column + 3);
	const void *at = sqlite3_column_blob(st, column + 4);
	enum err err;

	r.bytes = bytes_of(at, (size_t)sqlite3_column_bytes(st, column + 4));
	if (at == NULL && r.bytes.len > 0)
		return ERR_NOMEM;
	err = checksum_record(&s->hashed, &r, &expected);
	if (err != ERR_OK)
		return err;
	if (kind != r.kind || checksum == NULL || checksum_len != CHECKSUM_LEN ||
		memcmp(checksum, expected.at, CHECKSUM_LEN) != 0)
		return ERR_FORMAT;
	*out = r;
	return ERR_OK;
}

enum err
store_each(struct store *s, uint64_t after_seq, store_each_fn *fn, void *ctx)
{
	sqlite3_stmt *st = s->st[ST_AFTER];
	enum err err = ERR_OK;
	int rc;

	if (after_seq > INT64_MAX)
		return ERR_OK;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)after_seq);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && err == ERR_OK) {
		struct store_record r;

		err = store_record_from(s, st, 0, &r);
		if (err == ERR_OK)
			err = fn(ctx, &r);
		if (err != ERR_OK)
			break;
	}
	sqlite3_reset(st);
	return err != ERR_OK ? err : store_err(rc);
}

uint64_t
store_count(const struct store *s)
{
	uint64_t count = 0;

	if (!s->read_only)
		return s->last;
	if (sqlite3_step(s->st[ST_COUNT]) == SQLITE_ROW)
		count = (uint64_t)sqlite3_column_int64(s->st[ST_COUNT], 0);
	sqlite3_reset(s->st[ST_COUNT]);
	return count;
}

enum err
store_entries(
	struct store *s, uint64_t from_number, size_t max, store_entry_fn *fn, void *ctx)
{
	sqlite3_stmt *st = s->st[ST_ENTRY_FROM];
	enum err err = ERR_OK;
	int rc = SQLITE_DONE;

	if (from_number > INT64_MAX)
		return ERR_OK;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)from_number);
	while (max-- > 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_record r;

		err = store_record_from(s, st, 1, &r);
		if (err == ERR_OK)
			err = fn(ctx, (uint64_t)sqlite3_column_int64(st, 0), &r);
		if (err != ERR_OK)
			break;
	}
	sqlite3_reset(st);
	return err != ERR_OK ? err : store_err(rc);
}

enum err
store_items(struct store *s, const char *kind, store_item_fn *fn, void *ctx)
{
	sqlite3_stmt *st = s->st[kind != NULL ? ST_ITEM_KIND : ST_ITEM_ALL];
	enum err err = ERR_OK;
	int rc;

	if (kind != NULL)
		sqlite3_bind_text(st, 1, kind, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_item item = {
			.kind = (const char *)sqlite3_column_text(st, 0),
			.key = (const char *)sqlite3_column_text(st, 1),
			.state = (const char *)sqlite3_column_text(st, 2),
			.time_ms = sqlite3_column_int64(st, 3),
			.seq = (uint64_t)sqlite3_column_int64(st, 4),
		};

		err = item.kind && item.key && item.state ? fn(ctx, &item) : ERR_NOMEM;
		if (err != ERR_OK)
			break;
	}
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return err != ERR_OK ? err : store_err(rc);
}
