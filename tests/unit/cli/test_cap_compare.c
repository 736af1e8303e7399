/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cap_compare.h"

#include "cap/capmsg.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CORPUS "../shared/data/cap/"
#define A(inside) "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>" inside "</alert>"

/* "changed /alert/sent, added /alert/code[2]" */
static void
expect(const char *a, const char *b, bool exact, const char *words)
{
	struct comparison c = {.exact = exact};
	struct cap_tree x, y;
	struct buffer said = {0};

	assert_int_equal(arena_new(&c.arena), ERR_OK);
	assert_int_equal(cap_tree_read(&x, c.arena, bytes_of_text(a), NULL, NULL), ERR_OK);
	assert_int_equal(cap_tree_read(&y, c.arena, bytes_of_text(b), NULL, NULL), ERR_OK);
	assert_int_equal(cap_compare(&c, x.root, y.root), ERR_OK);
	for (size_t i = 0; i < c.count; i++) {
		write_format(&said, "%s%s ", i > 0 ? ", " : "", differs_name(c.at[i].how));
		cap_xpath(&said, c.at[i].a != NULL ? c.at[i].a : c.at[i].b);
	}
	assert_string_equal(buffer_text(&said), words);
	buffer_free(&said);
	arena_free(c.arena);
}

static void
blanks_around_a_text_count_only_if_exact(void **state)
{
	const char *a = A("<sent>x</sent>"), *b = A("\n  <sent> x\n</sent>\n");

	(void)state;
	expect(a, b, false, "");
	expect(a, b, true, "changed /alert/sent");
}

static void
a_text_that_changed_is_named(void **state)
{
	(void)state;
	expect(A("<sent>x</sent><info><event>a</event></info>"),
		A("<sent>y</sent><info><event>b</event></info>"), false,
		"changed /alert/sent, changed /alert/info/event");
}

static void
one_more_in_the_middle_is_one_difference(void **state)
{
	(void)state;
	expect(A("<code>1</code><code>3</code>"),
		A("<code>1</code><code>2</code><code>3</code>"), false,
		"added /alert/code[2]");
	expect(A("<code>1</code><code>2</code><code>3</code>"),
		A("<code>1</code><code>3</code>"), false, "removed /alert/code[2]");
}

static void
what_stands_in_one_only_is_named_once(void **state)
{
	(void)state;
	expect(A("<info><event>a</event></info>"), A("<note>n</note>"), false,
		"removed /alert/info, added /alert/note");
}

static void
another_order_is_a_difference(void **state)
{
	(void)state;
	expect(A("<sent>x</sent><sender>y</sender>"), A("<sender>y</sender><sent>x</sent>"),
		false, "reordered /alert");
}

static void
versions_are_compared_by_names(void **state)
{
	(void)state;
	expect("<alert xmlns='urn:oasis:names:tc:emergency:cap:1.1'><sent>x</sent></alert>",
		A("<sent>x</sent>"), false, "version /alert");
	expect("<foo/>", A(""), false, "removed /foo, added /alert");
}

static void
only_the_first_thousand_are_kept(void **state)
{
	struct comparison c = {0};
	struct buffer many = {0};
	struct cap_tree x, y;

	(void)state;
	write_text(&many, "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>");
	for (int i = 0; i < 2500; i++)
		write_text(&many, "<code>1</code>");
	write_text(&many, "</alert>");
	assert_int_equal(arena_new(&c.arena), ERR_OK);
	assert_int_equal(
		cap_tree_read(&x, c.arena, buffer_bytes(&many), NULL, NULL), ERR_OK);
	assert_int_equal(
		cap_tree_read(&y, c.arena, bytes_of_text(A("")), NULL, NULL), ERR_OK);
	assert_int_equal(cap_compare(&c, x.root, y.root), ERR_OK);
	assert_int_equal(c.count, DIFFERENCES_MAX);
	assert_int_equal(c.left_out, 1500);
	buffer_free(&many);
	arena_free(c.arena);
}

/* Read by the strict reader, written by the writer: the same, element for element. */
static bool
round_trip(const char *path)
{
	struct comparison c = {.exact = true, .skip_signatures = true};
	struct buffer in = {0}, out = {0};
	struct fault fault = {""};
	struct cap_tree x, y;
	struct capmsg m;
	FILE *f = fopen(path, "rb");
	bool taken;
	int byte;

	assert_non_null(f);
	while ((byte = fgetc(f)) != EOF)
		write_u8(&in, (uint8_t)byte);
	fclose(f);
	assert_int_equal(arena_new(&c.arena), ERR_OK);
	taken = capmsg_read_max(&m, c.arena, in.at, in.len, CAPMSG_OWN_MAX, &fault) ==
		ERR_OK;
	if (taken) {
		assert_int_equal(capmsg_write(&out, &m, &fault), ERR_OK);
		assert_int_equal(
			cap_tree_read(&x, c.arena, buffer_bytes(&in), NULL, NULL), ERR_OK);
		assert_int_equal(
			cap_tree_read(&y, c.arena, buffer_bytes(&out), NULL, NULL), ERR_OK);
		assert_int_equal(cap_compare(&c, x.root, y.root), ERR_OK);
		if (c.count > 0)
			fail_msg("%s: %zu differences", path, c.count);
	}
	buffer_free(&in);
	buffer_free(&out);
	arena_free(c.arena);
	return taken;
}

static void
real_messages_survive_reading_and_writing(void **state)
{
	DIR *dir = opendir(CORPUS);
	const struct dirent *e;
	char path[512];
	size_t n = 0;

	(void)state;
	if (dir == NULL)
		skip();
	while ((e = readdir(dir)) != NULL) {
		if (strstr(e->d_name, ".xml") == NULL)
			continue;
		snprintf(path, sizeof path, CORPUS "%s", e->d_name);
		n += round_trip(path);
	}
	closedir(dir);
	print_message("%zu messages\n", n);
	assert_true(n > 40);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_around_a_text_count_only_if_exact),
		cmocka_unit_test(a_text_that_changed_is_named),
		cmocka_unit_test(one_more_in_the_middle_is_one_difference),
		cmocka_unit_test(what_stands_in_one_only_is_named_once),
		cmocka_unit_test(another_order_is_a_difference),
		cmocka_unit_test(versions_are_compared_by_names),
		cmocka_unit_test(only_the_first_thousand_are_kept),
		cmocka_unit_test(real_messages_survive_reading_and_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
