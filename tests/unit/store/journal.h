/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal.h: what the tests of the store have in common: a folder of their own, records whose
 * bytes tell their number, and a projector over them. */
#ifndef TEST_STORE_JOURNAL_H
#define TEST_STORE_JOURNAL_H

#include "store/store.h"

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KIND_ENTRY = 1, KIND_ITEM = 2, KIND_PLAIN = 3 };

/* A folder that is emptied and removed by journal_folder_end(). */
static inline char *
journal_folder(void)
{
	char *name = strdup("/tmp/belfry-store-XXXXXX");

	assert_non_null(mkdtemp(name));
	return name;
}

static inline void
journal_folder_end(char *name)
{
	char command[4200];

	snprintf(command, sizeof command, "rm -r '%s'", name);
	assert_int_equal(system(command), 0);
	free(name);
}

static inline char *
journal_path(const char *folder, const char *name)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

/* Number n as a record: sorts take turns; the text is 1 to 700 bytes and says the number. */
struct numbered {
	struct store_record record;
	char text[800];
};

static inline void
numbered(struct numbered *out, unsigned n)
{
	int len = snprintf(out->text, sizeof out->text, "%u ", n);

	memset(out->text + len, 'a' + (int)(n % 26), n * 37 % 700);
	len += (int)(n * 37 % 700);
	out->text[len] = '\0';
	out->record = (struct store_record){.time_ms = 1700000000000 + n,
		.kind = (uint16_t)(1 + n % 3),
		.bytes = {(const uint8_t *)out->text, (size_t)len}};
}

static inline enum err
append_numbered(struct store *s, unsigned from, unsigned n)
{
	struct numbered *all = calloc(n, sizeof *all);
	struct store_record *records = calloc(n, sizeof *records);
	enum err err;

	assert_non_null(all);
	assert_non_null(records);
	for (unsigned i = 0; i < n; i++) {
		numbered(&all[i], from + i);
		records[i] = all[i].record;
	}
	err = store_append(s, records, n);
	free(records);
	free(all);
	return err;
}

/* Every third record is entry n / 3, every third sets the state of one of ten things. */
static inline void
journal_project(void *ctx, const struct store_record *record, struct store_rows *rows)
{
	char number[32] = "";
	char key[48];

	(void)ctx;
	memcpy(number, record->bytes.at,
		record->bytes.len < 20 ? record->bytes.len : (size_t)20);
	number[strcspn(number, " ")] = '\0';
	if (record->kind == KIND_ENTRY)
		store_rows_entry(rows, strtoul(number, NULL, 10) / 3);
	if (record->kind == KIND_ITEM) {
		snprintf(key, sizeof key, "thing-%lu", strtoul(number, NULL, 10) % 10);
		store_rows_item(rows, record->seq % 2 ? "alert" : "siren", key, number);
	}
}

/* Looks at record n of a journal in which record n is numbered n. */
static inline enum err
expect_numbered(void *ctx, const struct store_record *record)
{
	unsigned *count = ctx;
	struct numbered expected;

	numbered(&expected, ++*count);
	if (record->seq != *count || record->time_ms != expected.record.time_ms ||
		record->kind != expected.record.kind ||
		!bytes_equal(record->bytes, expected.record.bytes))
		return ERR_CONFLICT;
	return ERR_OK;
}

static inline unsigned
count_numbered(struct store *s)
{
	unsigned count = 0;

	assert_int_equal(store_each(s, 0, expect_numbered, &count), ERR_OK);
	assert_int_equal(store_count(s), count);
	return count;
}

#endif
