/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include "example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "no_memory.h"

/* The header of doc/formats/bulletin.md, line by line. */
static const char *const good[] = {
	"belfry-entry-1",
	"territory 0badcafe",
	"term 1",
	"number 7",
	"root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
	"kind alert",
	"time 2026-11-22T14:00:00.123Z",
	"data e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0",
};
enum { LINES = sizeof good / sizeof *good };

static enum err
read_text(const char *text)
{
	struct entry_header h;
	struct fault fault = {""};
	enum err err = entry_header_read(&h, text, strlen(text), &fault);

	assert_true((err == ERR_OK) == (fault.text[0] == '\0'));
	return err;
}

/* The good header with line `n` replaced; NULL leaves it out. */
static enum err
read_with(size_t n, const char *line)
{
	char text[1024] = "";

	for (size_t i = 0; i < LINES; i++) {
		const char *next = i == n ? line : good[i];

		if (next != NULL) {
			strcat(text, next);
			strcat(text, "\n");
		}
	}
	return read_text(text);
}

static void
a_header_is_read_and_written_to_the_same_bytes(void **state)
{
	char text[1024] = "";
	struct entry_header h;
	struct buffer again = {0};

	(void)state;
	for (size_t i = 0; i < LINES; i++) {
		strcat(text, good[i]);
		strcat(text, "\n");
	}
	assert_int_equal(entry_header_read(&h, text, strlen(text), NULL), ERR_OK);
	assert_int_equal(h.territory, TERRITORY);
	assert_int_equal(h.number, 7);
	assert_string_equal(h.kind, "alert");
	assert_true(h.time_ms == START_MS + 123);
	entry_header_write(&again, &h);
	assert_string_equal(buffer_text(&again), text);
	buffer_free(&again);
}

static void
every_other_form_of_a_value_is_refused(void **state)
{
	static const struct {
		size_t line;
		const char *text;
		enum err err;
	} bad[] = {
		{0, "belfry-entry-2", ERR_VERSION},
		{0, "belfry-entry-1 ", ERR_VERSION},
		{1, "territory 0BADCAFE", ERR_FORMAT},
		{1, "territory 0badcaf", ERR_FORMAT},
		{1, "territory 0badcafg", ERR_FORMAT},
		{1, "territory  0badcafe", ERR_FORMAT},
		{1, "territory", ERR_FORMAT},
		{1, "territory ", ERR_FORMAT},
		{1, "territorx 0badcafe", ERR_FORMAT},
		{1, "territory:0badcafe", ERR_FORMAT},
		{2, "term 0", ERR_RANGE},
		{2, "term 01", ERR_FORMAT},
		{2, "term +1", ERR_FORMAT},
		{2, "term 4294967296", ERR_RANGE},
		{2, "Term 1", ERR_FORMAT},
		{3, "number -1", ERR_FORMAT},
		{3, "number 9007199254740991", ERR_RANGE},
		{3, "number 7 ", ERR_FORMAT},
		{3, "number 7\r", ERR_FORMAT},
		{3, "number 0", ERR_OK},
		{4, "root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", ERR_FORMAT},
		{4, "root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=", ERR_FORMAT},
		{4, "root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUA", ERR_FORMAT},
		{4, "root 47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=", ERR_FORMAT},
		{5, "kind Alert", ERR_FORMAT},
		{5, "kind -alert", ERR_FORMAT},
		{5, "kind alert2", ERR_FORMAT},
		{5, "kind alert~", ERR_FORMAT},
		{5, "kind all clear", ERR_FORMAT},
		{5, "kind abcdefghijklmnopqrstuvwxyzabcdefg", ERR_FORMAT},
		{5, "kind abcdefghijklmnopqrstuvwxyzabcdef", ERR_OK},
		{5, "kind tomorrows-kind", ERR_OK},
		{6, "time 2026-11-22T14:00:00Z", ERR_FORMAT},
		{6, "time 2026-11-22T14:00:00.12Z", ERR_FORMAT},
		{6, "time 2026-11-22T14:00:60.123Z", ERR_FORMAT},
		{6, "time 2026-11-22t14:00:00.123Z", ERR_FORMAT},
		{6, "time 2026-02-30T14:00:00.123Z", ERR_FORMAT},
		{6, "time 2026-11-22T14:00:00.123+00:00", ERR_FORMAT},
		{7, "data e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
			ERR_FORMAT},
		{7,
			"data "
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 ",
			ERR_FORMAT},
		{7,
			"data "
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855-"
			"0",
			ERR_FORMAT},
		{7,
			"data "
			"E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "
			"0",
			ERR_FORMAT},
		{7,
			"data "
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "
			"00",
			ERR_FORMAT},
		{7,
			"data "
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "
			"8388609",
			ERR_RANGE},
		{7,
			"data "
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "
			"8388608",
			ERR_OK},
		{7,
			"data "
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "
			"0\n",
			ERR_TRAILING},
		{7, NULL, ERR_SHORT},
		{3, NULL, ERR_FORMAT},
		{0, NULL, ERR_VERSION},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (read_with(bad[i].line, bad[i].text) != bad[i].err)
			fail_msg("%s: not %s", bad[i].text, err_name(bad[i].err));
	assert_int_equal(read_text(""), ERR_SHORT);
	assert_int_equal(read_text("belfry-entry-1"), ERR_SHORT);
}

static void
the_first_entry_stands_on_the_empty_tree(void **state)
{
	struct hub hub = hub_of_seed(1, 1);
	struct entry e = publish(&hub, "roster", "{}");
	struct buffer text = {0};
	char *root;

	(void)state;
	entry_header_write(&text, &e.header);
	assert_int_equal(read_text(buffer_text(&text)), ERR_OK);
	root = strstr((char *)text.at, "root ");
	root[5] = 'A';
	assert_int_equal(read_text(buffer_text(&text)), ERR_RANGE);
	buffer_free(&text);
}

static void
only_what_can_be_written_is_made(void **state)
{
	struct tree empty = {0}, full = {.size = TREE_SIZE_MAX};
	struct bytes data = bytes_of("x", 1);
	struct entry_header h;

	(void)state;
	assert_int_equal(
		entry_header_make(&h, 1, 1, &empty, "alert", START_MS, data), ERR_OK);
	assert_int_equal(
		entry_header_make(&h, 1, 1, &empty, "", START_MS, data), ERR_FORMAT);
	assert_int_equal(
		entry_header_make(&h, 1, 0, &empty, "alert", START_MS, data), ERR_RANGE);
	assert_int_equal(
		entry_header_make(&h, 1, 1, &empty, "alert", -62167219200001, data),
		ERR_RANGE);
	assert_int_equal(
		entry_header_make(&h, 1, 1, &empty, "alert", 253402300800000, data),
		ERR_RANGE);
	assert_int_equal(
		entry_header_make(&h, 1, 1, &full, "alert", START_MS, data), ERR_RANGE);
	data.len = ENTRY_DATA_MAX + 1;
	assert_int_equal(
		entry_header_make(&h, 1, 1, &empty, "alert", START_MS, data), ERR_RANGE);
}

static void
the_largest_header_fits_its_room(void **state)
{
	struct entry_header h = {.territory = UINT32_MAX,
		.term = UINT32_MAX,
		.number = TREE_SIZE_MAX - 1,
		.kind = "abcdefghijklmnopqrstuvwxyzabcdef",
		.time_ms = 253402300799999,
		.data_len = ENTRY_DATA_MAX};
	struct buffer text = {0};

	(void)state;
	entry_header_write(&text, &h);
	assert_true(text.len < ENTRY_HEADER_MAX);
	assert_int_equal(read_text(buffer_text(&text)), ERR_OK);
	buffer_free(&text);
}

static void
known_kinds_have_their_words_and_others_are_kept(void **state)
{
	(void)state;
	for (enum entry_kind kind = ENTRY_ROSTER; kind <= ENTRY_SIRENS; kind++) {
		assert_true(entry_kind_valid(entry_kind_word(kind)));
		assert_int_equal(entry_kind_of(entry_kind_word(kind)), kind);
	}
	assert_int_equal(entry_kind_of("tomorrows-kind"), ENTRY_OTHER);
	assert_string_equal(entry_kind_word(ENTRY_OTHER), "");
	assert_int_equal(entry_kind_of(""), ENTRY_OTHER);
}

static void
a_signature_holds_for_its_entry_and_its_hub_alone(void **state)
{
	struct hub hub = hub_of_seed(1, 1), thief = hub_of_seed(2, 1);
	struct entry e = publish(&hub, "order", "…"), other = publish(&hub, "order", "…");

	(void)state;
	assert_true(entry_verify(&e.header, &e.signature, &hub.key.public));
	assert_false(entry_verify(&e.header, &e.signature, &thief.key.public));
	assert_false(entry_verify(&other.header, &e.signature, &hub.key.public));
	e.header.time_ms++;
	assert_false(entry_verify(&e.header, &e.signature, &hub.key.public));
}

static void
a_line_carries_an_entry_whole(void **state)
{
	struct hub hub = hub_of_seed(1, 1);
	struct entry e = publish(&hub, "alert", "words with \"quotes\" and ünicode\n"),
		     back;
	struct arena *arena;
	struct buffer line = {0}, again = {0};

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	entry_line_write(&line, &e);
	assert_int_equal(line.at[line.len - 1], '\n');
	assert_int_equal(
		entry_line_read(&back, arena, buffer_text(&line), line.len, NULL), ERR_OK);
	assert_true(back.has_data);
	assert_true(bytes_equal(back.data, e.data));
	assert_true(entry_verify(&back.header, &back.signature, &hub.key.public));
	entry_line_write(&again, &back);
	assert_true(bytes_equal(buffer_bytes(&line), buffer_bytes(&again)));
	buffer_clear(&again);
	back.has_data = false;
	entry_line_write(&again, &back);
	assert_int_equal(
		entry_line_read(&e, arena, buffer_text(&again), again.len, NULL), ERR_OK);
	assert_false(e.has_data);
	buffer_free(&line);
	buffer_free(&again);
	arena_free(arena);
}

static void
an_entry_without_data_bytes_is_not_one_whose_data_was_left_out(void **state)
{
	struct hub hub = hub_of_seed(1, 1);
	struct entry e = publish(&hub, "alert", ""), back;
	struct arena *arena;
	struct buffer line = {0};

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	entry_line_write(&line, &e);
	assert_int_equal(
		entry_line_read(&back, arena, buffer_text(&line), line.len, NULL), ERR_OK);
	assert_true(back.has_data);
	assert_int_equal(back.data.len, 0);
	buffer_free(&line);
	arena_free(arena);
}

/* The line of an entry with `from` replaced by `to`. */
static enum err
read_line_with(const char *from, const char *to, struct entry *out)
{
	struct hub hub = hub_of_seed(1, 1);
	struct entry e = publish(&hub, "alert", "data");
	struct buffer line = {0}, bad = {0};
	struct arena *arena;
	struct fault fault = {""};
	const char *at;
	enum err err;

	assert_int_equal(arena_new(&arena), ERR_OK);
	entry_line_write(&line, &e);
	at = strstr(buffer_text(&line), from);
	assert_non_null(at);
	write_bytes(&bad, line.at, (size_t)(at - (char *)line.at));
	write_text(&bad, to);
	write_text(&bad, at + strlen(from));
	err = entry_line_read(out, arena, buffer_text(&bad), bad.len, &fault);
	assert_true((err == ERR_OK) == (fault.text[0] == '\0'));
	buffer_free(&line);
	buffer_free(&bad);
	arena_free(arena);
	return err;
}

static void
a_line_in_another_form_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
		enum err err;
	} bad[] = {
		{"{\"entry\"", "{\"x\":1,\"entry\"", ERR_OK},
		{"{\"entry\"", "{\"entry\":1,\"entry\"", ERR_FORMAT},
		{"{\"entry\"", "{\"entrx\"", ERR_FORMAT},
		{"}\n", "}}\n", ERR_FORMAT},
		{"}\n", "", ERR_FORMAT},
		{"{\"entry\"", "[{\"entry\"", ERR_FORMAT},
		{"belfry-entry-1", "belfry-entry-2", ERR_VERSION},
		{"number 0", "number 00", ERR_FORMAT},
		{",\"signature\":\"", ",\"signature\":\"A", ERR_FORMAT},
		{",\"signature\":", ",\"sig\":", ERR_FORMAT},
		{"==\",\"data\"", "\",\"data\"", ERR_FORMAT},
		{"\"data\":\"ZGF0YQ==\"", "\"data\":5", ERR_FORMAT},
		{"ZGF0YQ==", "ZGF0YQ=", ERR_FORMAT},
		{"ZGF0YQ==", "ZGF0YR==", ERR_FORMAT},
		{"ZGF0YQ==", "ZGF0YS==", ERR_FORMAT},
		{"ZGF0YQ==", "ZGF0YQ== ", ERR_FORMAT},
		{"ZGF0YQ==", "ZGF0YT==", ERR_FORMAT},
		{"ZGF0YQ==", "ZGF0Yg==", ERR_CONFLICT},
		{"ZGF0YQ==", "ZGF0", ERR_CONFLICT},
	};
	struct entry e;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (read_line_with(bad[i].from, bad[i].to, &e) != bad[i].err)
			fail_msg("%s: not %s", bad[i].to, err_name(bad[i].err));
	assert_int_equal(read_line_with("{\"entry\"", "[],{", &e), ERR_FORMAT);
}

static void
changed_data_leaves_the_header_readable(void **state)
{
	struct entry e = {.has_data = true};

	(void)state;
	assert_int_equal(read_line_with("ZGF0YQ==", "ZGF0", &e), ERR_CONFLICT);
	assert_false(e.has_data);
	assert_string_equal(e.header.kind, "alert");
}

static void
no_json_but_an_object_and_none_too_long_is_read(void **state)
{
	struct arena *arena;
	struct entry e;
	char *huge = malloc(ENTRY_LINE_MAX + 1);

	(void)state;
	assert_non_null(huge);
	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(entry_line_read(&e, arena, "[]", 2, NULL), ERR_FORMAT);
	memset(huge, ' ', ENTRY_LINE_MAX + 1);
	assert_int_equal(
		entry_line_read(&e, arena, huge, ENTRY_LINE_MAX + 1, NULL), ERR_RANGE);
	assert_int_equal(
		entry_line_read(&e, arena, huge, ENTRY_LINE_MAX, NULL), ERR_FORMAT);
	free(huge);
	arena_free(arena);
}

static void
without_memory_a_line_is_not_read(void **state)
{
	struct hub hub = hub_of_seed(1, 1);
	struct entry e = publish(&hub, "alert", "data"), back;
	struct arena *arena;
	struct buffer line = {0};
	int failed = 0;
	enum err err;

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	entry_line_write(&line, &e);
	do {
		fail_after = failed;
		err = entry_line_read(&back, arena, buffer_text(&line), line.len, NULL);
		fail_after = -1;
		assert_true(err == ERR_OK || err == ERR_NOMEM);
	} while (err != ERR_OK && ++failed < 100);
	assert_in_range(failed, 3, 99);
	buffer_free(&line);
	arena_free(arena);
}

/* tests/data/bulletin/small.jsonl is what example.c writes: the format must not drift. */
static void
the_committed_bulletin_is_still_read(void **state)
{
	FILE *file = fopen("tests/data/bulletin/small.jsonl", "r");
	struct hub hub = hub_of_seed('b', 1);
	struct tree tree = {0};
	char line[8192];

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL) {
		struct arena *arena;
		struct entry e;
		struct hash root = tree_root(&tree), leaf;

		if (strncmp(line, "{\"entry\"", 8) != 0)
			continue;
		assert_int_equal(arena_new(&arena), ERR_OK);
		assert_int_equal(
			entry_line_read(&e, arena, line, strlen(line), NULL), ERR_OK);
		assert_true(e.has_data);
		assert_true(entry_verify(&e.header, &e.signature, &hub.key.public));
		assert_true(hash_equal(&root, &e.header.root));
		leaf = entry_leaf(&e.header);
		assert_int_equal(tree_append(&tree, &leaf), ERR_OK);
		arena_free(arena);
	}
	fclose(file);
	assert_int_equal(tree.size, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_read_and_written_to_the_same_bytes),
		cmocka_unit_test(every_other_form_of_a_value_is_refused),
		cmocka_unit_test(the_first_entry_stands_on_the_empty_tree),
		cmocka_unit_test(only_what_can_be_written_is_made),
		cmocka_unit_test(the_largest_header_fits_its_room),
		cmocka_unit_test(known_kinds_have_their_words_and_others_are_kept),
		cmocka_unit_test(a_signature_holds_for_its_entry_and_its_hub_alone),
		cmocka_unit_test(a_line_carries_an_entry_whole),
		cmocka_unit_test(
			an_entry_without_data_bytes_is_not_one_whose_data_was_left_out),
		cmocka_unit_test(a_line_in_another_form_is_refused),
		cmocka_unit_test(changed_data_leaves_the_header_readable),
		cmocka_unit_test(no_json_but_an_object_and_none_too_long_is_read),
		cmocka_unit_test(without_memory_a_line_is_not_read),
		cmocka_unit_test(the_committed_bulletin_is_still_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
