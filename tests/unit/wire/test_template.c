/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Fill `text` from `json` and compare; or expect `want_err` if `want` is NULL. */
static void
expect(const char *text, const char *json, const char *want, enum err want_err)
{
	struct template *t = NULL;
	struct buffer out = {0};
	struct fault f = {""};
	json_t *context = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	enum err err = template_new(&t, text, strlen(text), &f);

	assert_non_null(context);
	if (err == ERR_OK)
		err = template_fill(&out, t, context, &f);
	assert_int_equal(err, want_err);
	if (want != NULL)
		assert_string_equal(buffer_text(&out), want);
	else
		assert_non_null(strstr(f.text, "line "));
	buffer_free(&out);
	template_free(t);
	json_decref(context);
}

static void
fills(const char *text, const char *json, const char *want)
{
	expect(text, json, want, ERR_OK);
}

static void
fails(const char *text, const char *json, enum err err)
{
	expect(text, json, NULL, err);
}

static void
values_are_written_escaped(void **state)
{
	(void)state;
	fills("<p>{{a}}</p>", "{\"a\":\"<script>&'\\\"\"}",
		"<p>&lt;script&gt;&amp;&#39;&quot;</p>");
	fills("{{ n }} {{r}} {{yes}}", "{\"n\":-7,\"r\":1.5,\"yes\":true}", "-7 1.5 true");
	fills("{{a.b.c}}", "{\"a\":{\"b\":{\"c\":\"deep\"}}}", "deep");
	fills("{{a}}", "{\"a\":\"\\u0574\\u05d0\"}", "\xd5\xb4\xd7\x90");
}

static void
a_missing_value_is_an_error_and_not_a_gap(void **state)
{
	(void)state;
	fails("since {{since}}.", "{}", ERR_UNKNOWN);
	fails("since {{since}}.", "{\"since\":null}", ERR_UNKNOWN);
	fails("{{a.b}}", "{\"a\":{}}", ERR_UNKNOWN);
	fails("{{a}}", "{\"a\":[1]}", ERR_FORMAT);
	fails("{{a}}", "{\"a\":{}}", ERR_FORMAT);
}

static void
a_section_repeats_for_each_item(void **state)
{
	(void)state;
	fills("{{#z}}[{{name}}]{{/z}}", "{\"z\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
		"[a][b]");
	fills("{{#z}}{{.}},{{/z}}", "{\"z\":[1,\"two\"]}", "1,two,");
	fills("{{#z}}x{{/z}}", "{\"z\":[]}", "");
	fills("{{#a}}{{#b}}{{x}}{{y}}{{/b}}{{/a}}",
		"{\"y\":9,\"a\":[{\"b\":[{\"x\":1},{\"x\":2}]},{\"b\":[]}]}", "1929");
}

static void
a_section_shows_only_what_is_true(void **state)
{
	(void)state;
	fills("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":true}", "yes");
	fills("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":false}", "no");
	fills("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{}", "no");
	fills("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":null}", "no");
	fills("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":\"\"}", "no");
	fills("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":0}", "no");
	fills("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":[]}", "no");
	fills("{{#a}}{{b}}{{/a}}", "{\"a\":{\"b\":\"in\"}}", "in");
	fills("{{#a}}{{a}}{{/a}}", "{\"a\":\"text\"}", "text");
}

static void
the_innermost_object_that_knows_the_name_decides(void **state)
{
	(void)state;
	fills("{{#in}}{{x}}{{y}}{{/in}}", "{\"x\":1,\"y\":2,\"in\":{\"x\":3}}", "32");
	fails("{{#in}}{{a.b}}{{/in}}", "{\"a\":{\"b\":1},\"in\":{\"a\":{}}}", ERR_UNKNOWN);
}

static void
a_mark_alone_on_its_line_takes_the_line_with_it(void **state)
{
	(void)state;
	fills("<ul>\n  {{#z}}\n  <li>{{.}}</li>\n  {{/z}}\n</ul>\n", "{\"z\":[1,2]}",
		"<ul>\n  <li>1</li>\n  <li>2</li>\n</ul>\n");
	fills("a\n{{! a remark }}\nb", "{}", "a\nb");
	fills("a {{! a remark }} b", "{}", "a  b");
	fills("{{#z}}\n{{/z}}", "{\"z\":true}", "");
}

static void
what_is_no_template_is_refused_with_its_line(void **state)
{
	(void)state;
	fails("a\n{{#z}}b", "{}", ERR_FORMAT);
	fails("{{/z}}", "{}", ERR_FORMAT);
	fails("{{#a}}{{#b}}{{/a}}{{/b}}", "{}", ERR_FORMAT);
	fails("{{a", "{}", ERR_FORMAT);
	fails("{{}}", "{}", ERR_FORMAT);
	fails("{{a..b}}", "{}", ERR_FORMAT);
	fails("{{.a}}", "{}", ERR_FORMAT);
}

static void
there_is_no_way_to_write_unescaped_text(void **state)
{
	(void)state;
	fails("{{{a}}}", "{\"a\":\"<\"}", ERR_FORMAT);
	fails("{{&a}}", "{\"a\":\"<\"}", ERR_FORMAT);
	fails("{{>a}}", "{}", ERR_FORMAT);
	fails("{{=<% %>=}}", "{}", ERR_FORMAT);
}

static void
deep_nesting_has_a_limit(void **state)
{
	struct buffer b = {0};

	(void)state;
	for (int i = 0; i < 17; i++)
		write_text(&b, "{{#a}}");
	for (int i = 0; i < 17; i++)
		write_text(&b, "{{/a}}");
	fails(buffer_text(&b), "{}", ERR_RANGE);
	buffer_clear(&b);
	for (int i = 0; i < 16; i++)
		write_text(&b, "{{#a}}");
	write_text(&b, "x");
	for (int i = 0; i < 16; i++)
		write_text(&b, "{{/a}}");
	fills(buffer_text(&b), "{\"a\":true}", "x");
	buffer_free(&b);
}

static void
lists_that_multiply_have_a_limit(void **state)
{
	(void)state;
	fails("{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/"
	      "a}}{{/a}}",
		"{\"a\":[1,2,3,4,5,6,7,8,9,10]}", ERR_FULL);
}

static void
the_line_of_a_fault_is_right(void **state)
{
	struct template *t = NULL;
	struct fault f = {""};
	const char *text = "one\n{{#a}}\n{{/a}}\n\n{{oh no}}\n";

	(void)state;
	assert_int_equal(template_new(&t, text, strlen(text), &f), ERR_FORMAT);
	assert_non_null(strstr(f.text, "line 5"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_written_escaped),
		cmocka_unit_test(a_missing_value_is_an_error_and_not_a_gap),
		cmocka_unit_test(a_section_repeats_for_each_item),
		cmocka_unit_test(a_section_shows_only_what_is_true),
		cmocka_unit_test(the_innermost_object_that_knows_the_name_decides),
		cmocka_unit_test(a_mark_alone_on_its_line_takes_the_line_with_it),
		cmocka_unit_test(what_is_no_template_is_refused_with_its_line),
		cmocka_unit_test(there_is_no_way_to_write_unescaped_text),
		cmocka_unit_test(deep_nesting_has_a_limit),
		cmocka_unit_test(lists_that_multiply_have_a_limit),
		cmocka_unit_test(the_line_of_a_fault_is_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
