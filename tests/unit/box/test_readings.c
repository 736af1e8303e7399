/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "box/readings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct readings *readings;

static const struct reading *
said(const char *kind, const char *data)
{
	return readings_read(readings, bytes_of_text(kind), bytes_of_text(data));
}

static struct buffer
entry_line(const char *data, bool with_data)
{
	uint8_t seed[32] = {1};
	struct secret_key hub = secret_key_from_seed(seed);
	struct entry e = {.data = bytes_of_text(data), .has_data = with_data};
	struct tree tree = {0};
	struct buffer line = {0};

	assert_int_equal(
		entry_header_make(&e.header, 7, 1, &tree, "order", 1000, e.data), ERR_OK);
	e.signature = entry_sign(&e.header, &hub);
	entry_line_write(&line, &e);
	return line;
}

static void
an_entry_is_read_with_its_data_or_without(void **state)
{
	struct buffer line = entry_line("abc", true), bare = entry_line("abc", false);
	const struct reading *r = said("entry", buffer_text(&line));

	(void)state;
	assert_int_equal(r->kind, READING_ENTRY);
	assert_true(r->entry.has_data);
	assert_true(bytes_equal(r->entry.data, bytes_of_text("abc")));
	r = said("entry", buffer_text(&bare));
	assert_int_equal(r->kind, READING_ENTRY);
	assert_false(r->entry.has_data);
	buffer_free(&line);
	buffer_free(&bare);
}

static void
the_same_text_is_read_once(void **state)
{
	struct buffer line = entry_line("abc", true);
	const struct reading *first = said("entry", buffer_text(&line));

	(void)state;
	assert_ptr_equal(
		first->entry.data.at, said("entry", buffer_text(&line))->entry.data.at);
	buffer_free(&line);
}

/* As a line of /bulletin, which has no word beside it. */
static void
a_line_shows_its_kind_itself(void **state)
{
	struct buffer line = entry_line("abc", true);

	(void)state;
	assert_int_equal(said("", buffer_text(&line))->kind, READING_ENTRY);
	assert_int_equal(said("", "{\"received\":5}")->kind, READING_NONE);
	buffer_free(&line);
}

static void
data_that_is_not_what_the_header_names_is_left_out(void **state)
{
	struct buffer line = entry_line("abc", true);
	char *data = strstr((char *)line.at, "YWJj");

	(void)state;
	assert_non_null(data);
	data[0] = 'Z';
	assert_int_equal(said("entry", buffer_text(&line))->kind, READING_ENTRY);
	assert_false(said("entry", buffer_text(&line))->entry.has_data);
	buffer_free(&line);
}

static void
a_checkpoint_is_read_with_its_right_edge(void **state)
{
	uint8_t seed[32] = {1};
	struct secret_key hub = secret_key_from_seed(seed);
	struct hash leaf = {{3}}, edge[TREE_PROOF_MAX];
	struct tree tree = {0};
	struct checkpoint c = {.territory = 7, .term = 1, .time_ms = 1000};
	struct buffer line = {0};
	const struct reading *r;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(tree_append(&tree, &leaf), ERR_OK);
	c.size = tree.size;
	c.root = tree_root(&tree);
	checkpoint_sign(&c, &hub);
	checkpoint_line_write(&line, &c, edge, tree_edge(edge, &tree));
	r = said("checkpoint", buffer_text(&line));
	assert_int_equal(r->kind, READING_CHECKPOINT);
	assert_int_equal(r->checkpoint.size, 3);
	assert_int_equal(r->edge.count, 2);
	buffer_free(&line);
}

static void
an_order_and_a_cursor_are_read(void **state)
{
	const struct reading *r = said(
		"order", "{\"order\":\"AQID\",\"content_hash\":\"00\",\"on_disk\":false}");

	(void)state;
	assert_int_equal(r->kind, READING_ORDER);
	assert_int_equal(r->order.len, 3);
	assert_false(r->on_disk);
	assert_true(said("order", "{\"order\":\"AQID\",\"on_disk\":true}")->on_disk);
	r = said("cursor", "{\"received\":41}");
	assert_int_equal(r->kind, READING_CURSOR);
	assert_int_equal(r->cursor, 41);
	assert_int_equal(r->spool, 0);
	r = said("cursor", "{\"received\":41,\"spool\":\"0000000000000102\"}");
	assert_int_equal(r->cursor, 41);
	assert_int_equal(r->spool, 258);
}

static void
what_is_not_in_its_form_is_nothing(void **state)
{
	static const char *const bad[][2] = {{"entry", "{\"entry\":1}"}, {"entry", ""},
		{"checkpoint", "{}"}, {"order", "{\"order\":\"A\"}"}, {"order", "[]"},
		{"order", "{}"}, {"cursor", "{\"received\":-1}"},
		{"cursor", "{\"received\":\"1\"}"}, {"cursor", "received"},
		{"weather", "{\"received\":1}"}};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(said(bad[i][0], bad[i][1])->kind, READING_NONE);
}

/* The same bytes under another word are another thing. */
static void
the_word_counts(void **state)
{
	(void)state;
	assert_int_equal(said("cursor", "{\"received\":1}")->kind, READING_CURSOR);
	assert_int_equal(said("order", "{\"received\":1}")->kind, READING_NONE);
	assert_int_equal(said("cursor", "{\"received\":1}")->kind, READING_CURSOR);
}

static void
more_texts_than_places_are_read_all_the_same(void **state)
{
	char text[32];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < 1000; i++) {
			snprintf(text, sizeof text, "{\"received\":%u}", i);
			assert_int_equal(said("cursor", text)->cursor, i);
		}
}

static int
begin(void **state)
{
	(void)state;
	return readings_new(&readings) == ERR_OK ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	readings_free(readings);
	return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_entry_is_read_with_its_data_or_without),
		CASE(the_same_text_is_read_once),
		CASE(a_line_shows_its_kind_itself),
		CASE(data_that_is_not_what_the_header_names_is_left_out),
		CASE(a_checkpoint_is_read_with_its_right_edge),
		CASE(an_order_and_a_cursor_are_read),
		CASE(what_is_not_in_its_form_is_nothing),
		CASE(the_word_counts),
		CASE(more_texts_than_places_are_read_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
