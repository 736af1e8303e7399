/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cap/tags.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* `head`, `n` times `part`, `tail`, made longer than what is not looked through; in UTF-16 if wide. */
static bool
is_short(const char *head, const char *part, size_t n, const char *tail, int wide)
{
	struct buffer plain = {0}, b = {0};
	uint32_t line = 0;
	bool answer;

	write_text(&plain, "<a>\n");
	write_text(&plain, head);
	for (size_t i = 0; i < n; i++)
		write_text(&plain, part);
	write_text(&plain, tail);
	while (plain.len <= CAP_TAGS_SMALL)
		write_text(&plain, "text, text, text, text\n");
	for (size_t i = 0; i < plain.len; i++) {
		if (wide == 2)
			write_u8(&b, 0);
		write_u8(&b, plain.at[i]);
		if (wide == 1)
			write_u8(&b, 0);
	}
	answer = cap_tags_are_short(buffer_bytes(&b), &line);
	if (!answer)
		assert_int_equal(line, 2);
	buffer_free(&plain);
	buffer_free(&b);
	return answer;
}

static void
a_tag_of_many_attributes_is_long(void **state)
{
	(void)state;
	for (int wide = 0; wide < 3; wide++) {
		assert_true(is_short("<b ", "a='1' ", 2700, ">", wide));
		assert_false(is_short("<b ", "a='1' ", 2800, ">", wide));
		assert_false(is_short("<b ", "a='>' ", 2800, ">", wide));
		assert_false(is_short("<b ", "a=\">'\" ", 2800, "", wide));
	}
}

static void
long_text_is_no_long_tag(void **state)
{
	(void)state;
	for (int wide = 0; wide < 3; wide++) {
		assert_true(is_short("<b>", "text > text ", 20000, "</b>", wide));
		assert_true(is_short("<!--", " <b ' ", 20000, "-->", wide));
		assert_true(is_short("<![CDATA[", " <b ' ", 20000, "]]>", wide));
		assert_true(is_short("<?style ", " <b ' ", 20000, "?>", wide));
	}
}

static void
what_hides_behind_a_comment_is_found(void **state)
{
	(void)state;
	assert_false(is_short("<!-- <b -->><b ", "a='1' ", 2800, ">", 0));
	assert_false(is_short("<![CDATA[ ' ]]><b ", "a='1' ", 2800, ">", 0));
	assert_false(is_short("<?x '?><b ", "a='1' ", 2800, ">", 0));
}

static void
small_documents_are_not_looked_through(void **state)
{
	uint32_t line = 0;

	(void)state;
	assert_true(cap_tags_are_short(bytes_of_text("<a"), &line));
	assert_true(cap_tags_are_short(bytes_of("", 0), &line));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tag_of_many_attributes_is_long),
		cmocka_unit_test(long_text_is_no_long_tag),
		cmocka_unit_test(what_hides_behind_a_comment_is_found),
		cmocka_unit_test(small_documents_are_not_looked_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
