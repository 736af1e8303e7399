/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tolerant tree: whatever comes is read with its places, or refused in one sentence. */
#include "cap/tree.h"
#include "cap/xml_write.h"
#include "slurp.h"

#include <libxml/parser.h>
#include <libxml/xmlmemory.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ALERT "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">"

struct read {
	struct arena *arena;
	struct cap_findings findings;
	struct cap_tree tree;
	enum err err;
};

static struct read
read_limited(struct bytes document, const struct cap_limits *limits)
{
	struct read r = {0};

	assert_int_equal(arena_new(&r.arena), ERR_OK);
	r.findings.arena = r.arena;
	r.err = cap_tree_read(&r.tree, r.arena, document, limits, &r.findings);
	return r;
}

static struct read
read_text(const char *text)
{
	return read_limited(bytes_of_text(text), NULL);
}

static void
done(struct read *r)
{
	arena_free(r->arena);
}

static void
assert_path(const struct cap_node *n, const char *path)
{
	struct buffer b = {0};

	cap_xpath(&b, n);
	assert_string_equal(buffer_text(&b), path);
	buffer_free(&b);
}

static void
assert_place(const struct cap_node *n, uint32_t line, uint32_t column)
{
	assert_int_equal(n->line, line);
	assert_int_equal(n->column, column);
}

static void
each_element_knows_its_place(void **state)
{
	struct read r = read_text("<?xml version=\"1.0\"?>\n" ALERT "\n"
				  "  <note>Ö<!-- x --> ß</note><info a='1'\n\n   b='2'>\n"
				  "<area/></info>\t<info/></alert>");
	const struct cap_node *note, *info;

	(void)state;
	assert_int_equal(r.err, ERR_OK);
	assert_int_equal(r.tree.format, CAP_FORMAT_12);
	assert_int_equal(r.tree.nodes, 5);
	assert_place(r.tree.root, 2, 1);
	note = r.tree.root->first;
	assert_place(note, 3, 3);
	assert_string_equal(note->text, "Ö ß");
	info = note->next;
	assert_place(info, 3, 29);
	assert_true(info->attributes);
	assert_path(info, "/alert/info[1]");
	assert_place(info->first, 6, 1);
	assert_path(info->first, "/alert/info[1]/area");
	info = cap_again(info);
	assert_place(info, 6, 16);
	assert_path(info, "/alert/info[2]");
	assert_null(cap_again(info));
	assert_ptr_equal(cap_child(r.tree.root, CAP_SPACE_12, "note"), note);
	assert_null(cap_child(r.tree.root, CAP_SPACE_11, "note"));
	done(&r);
}

static void
text_is_joined_and_loose_text_is_seen(void **state)
{
	struct read r = read_text(ALERT "<note> a&amp;<![CDATA[<b>]]>&#x20;\n</note> "
					"<info>\n x <area/> y</info></alert>");
	const struct cap_node *note = r.tree.root->first;
	struct bytes trimmed = cap_trimmed(note);

	(void)state;
	assert_string_equal(note->text, " a&<b> \n");
	assert_int_equal(trimmed.len, 5);
	assert_memory_equal(trimmed.at, "a&<b>", 5);
	assert_false(note->loose);
	assert_true(note->next->loose);
	assert_false(r.tree.root->loose);
	assert_true(cap_is_blank(note->next->first));
	done(&r);
}

static void
formats_are_told_by_their_root(void **state)
{
	static const struct {
		const char *text;
		enum cap_format format;
	} row[] = {{ALERT "</alert>", CAP_FORMAT_12},
		{"<c:alert xmlns:c=\"urn:oasis:names:tc:emergency:cap:1.1\"/>",
			CAP_FORMAT_11},
		{"<alert xmlns=\"http://www.incident.com/cap/1.0\"/>", CAP_FORMAT_10},
		{"<feed xmlns=\"http://www.w3.org/2005/Atom\"/>", CAP_FORMAT_ATOM},
		{"<rss/>", CAP_FORMAT_RSS},
		{"<EDXLDistribution xmlns=\"urn:oasis:names:tc:emergency:EDXL:DE:1.0\"/>",
			CAP_FORMAT_EDXL},
		{"<alert/>", CAP_FORMAT_OTHER}, {"<alert xmlns=\"x\"/>", CAP_FORMAT_OTHER},
		{"<info xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"/>",
			CAP_FORMAT_OTHER}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct read r = read_text(row[i].text);

		assert_int_equal(r.err, ERR_OK);
		assert_int_equal(r.tree.format, row[i].format);
		assert_string_not_equal(cap_format_name(r.tree.format), "");
		done(&r);
	}
}

static void
assert_refused(
	struct bytes document, const struct cap_limits *limits, enum err err, int rule)
{
	struct read r = read_limited(document, limits);

	assert_int_equal(r.err, err);
	assert_null(r.tree.root);
	assert_int_equal(r.tree.format, CAP_FORMAT_NONE);
	assert_int_equal(r.findings.count, 1);
	assert_int_equal(r.findings.at[0].rule, rule);
	assert_int_equal(r.findings.at[0].level, CAP_ERROR);
	done(&r);
}

static void
what_is_not_xml_is_refused_in_one_sentence(void **state)
{
	static const char *const bad[] = {"", " ", "x", "<", "<a>", "<a></b>",
		"<a><b></a></b>", "<a/><a/>", "<a b='1' b='2'/>", "<a>&x;</a>",
		"<a>&#0;</a>", "<a>\x01</a>", "<a>\xff\xfe</a>", "<a", "<a b=>", "<a>&</a>",
		"<a:b/>x", "{\"alert\":1}"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_refused(bytes_of_text(bad[i]), NULL, ERR_FORMAT, 1);
	assert_refused(bytes_of("<a>\0</a>", 8), NULL, ERR_FORMAT, 1);
}

static void
a_dtd_is_refused_and_nothing_behind_it_is_read(void **state)
{
	static const char *const bad[] = {"<!DOCTYPE a><a/>",
		"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
		"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
		"<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z \"&x;&x;&x;&x;\">]><a>&z;</a>",
		"<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://127.0.0.1/\">%p;]><a/>"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_refused(bytes_of_text(bad[i]), NULL, ERR_FORMAT, 52);
}

static void
limits_hold(void **state)
{
	struct cap_limits few = {.nodes = 3}, flat = {.depth = 2}, small = {.bytes = 20};
	struct buffer deep = {0};

	(void)state;
	assert_refused(bytes_of_text("<a><b/><b/><b/></a>"), &few, ERR_FULL, 1);
	assert_refused(bytes_of_text("<a><b><c/></b></a>"), &flat, ERR_FULL, 1);
	assert_refused(bytes_of_text("<a>123456789012345678</a>"), &small, ERR_FULL, 1);
	for (int i = 0; i < 100000; i++)
		write_text(&deep, "<a>");
	assert_refused(buffer_bytes(&deep), NULL, ERR_FULL, 1);
	buffer_free(&deep);
}

static void
other_encodings_are_read(void **state)
{
	static const char utf16[] = "\xff\xfe<\0a\0>\0\xe9\0<\0/\0a\0>\0";
	struct read r = read_limited(bytes_of(utf16, sizeof utf16 - 1), NULL);

	(void)state;
	assert_int_equal(r.err, ERR_OK);
	assert_string_equal(r.tree.root->text, "é");
	done(&r);
	r = read_text("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9</a>");
	assert_string_equal(r.tree.root->text, "é");
	done(&r);
	r = read_text("\xef\xbb\xbf<a>é</a>");
	assert_string_equal(r.tree.root->text, "é");
	assert_place(r.tree.root, 1, 1);
	done(&r);
}

/* 200,000 brothers of two names in turn must not cost 200,000 times 200,000. */
static void
many_brothers_are_read_in_one_pass(void **state)
{
	struct cap_limits limits = {.nodes = 400001};
	struct buffer b = {0};
	struct read r;

	(void)state;
	write_text(&b, "<a>");
	for (int i = 0; i < 200000; i++)
		write_text(&b, "<b/><c/>");
	write_text(&b, "</a>");
	r = read_limited(buffer_bytes(&b), &limits);
	assert_int_equal(r.err, ERR_OK);
	assert_int_equal(r.tree.root->children, 400000);
	done(&r);
	buffer_free(&b);
}

static void
a_message_cut_at_each_byte_is_refused(void **state)
{
	struct buffer file = {0};

	(void)state;
	assert_true(slurp(&file, "tests/data/cap/good-full.xml"));
	while (file.len > 1 && file.at[file.len - 1] != '>')
		file.len--;
	for (size_t len = 0; len < file.len; len++) {
		struct read r = read_limited(bytes_of(file.at, len), NULL);

		assert_int_equal(r.err, ERR_FORMAT);
		assert_int_equal(r.findings.count, 1);
		done(&r);
	}
	buffer_free(&file);
}

static void
findings_are_sorted_counted_and_cut(void **state)
{
	struct read r = read_text(ALERT "\n<note/><info/></alert>");
	const struct cap_node *note = r.tree.root->first;
	char longer[2000];

	(void)state;
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	r.findings.max = 3;
	cap_find(&r.findings, CAP_NOTE, 9, note->next, "second");
	cap_find(&r.findings, CAP_NOTE, 8, note, "a note");
	cap_find(&r.findings, CAP_ERROR, 7, note, "%s", longer);
	cap_find(&r.findings, CAP_NOTE, 6, note, "left out");
	cap_find(NULL, CAP_ERROR, 6, note, "nobody listens");
	cap_findings_sort(&r.findings);
	assert_int_equal(r.findings.count, 3);
	assert_int_equal(r.findings.left_out, 1);
	assert_int_equal(r.findings.levels[CAP_NOTE], 3);
	assert_int_equal(r.findings.at[0].rule, 7);
	assert_int_equal(strlen(r.findings.at[0].text), 599);
	assert_int_equal(r.findings.at[1].rule, 8);
	assert_string_equal(r.findings.at[2].xpath, "/alert/info");
	/* One that is worse takes the place of the last that is less bad. */
	cap_find(&r.findings, CAP_WARNING, 5, note, "a warning");
	cap_find(&r.findings, CAP_ERROR, 4, note, "an error");
	cap_find(&r.findings, CAP_ERROR, 3, note, "another");
	cap_find(&r.findings, CAP_ERROR, 2, note, "left out");
	cap_findings_sort(&r.findings);
	assert_int_equal(r.findings.count, 3);
	assert_int_equal(r.findings.left_out, 5);
	assert_int_equal(r.findings.at[0].rule, 3);
	assert_int_equal(r.findings.at[1].rule, 4);
	assert_int_equal(r.findings.at[2].rule, 7);
	done(&r);
}

static void
what_was_read_is_written_element_for_element(void **state)
{
	struct read r = read_text(
		ALERT "<note>a &lt; b &amp; c&#13;</note><info><area/></info></alert>");
	struct buffer b = {0};

	(void)state;
	assert_int_equal(xml_write(&b, &r.tree), ERR_OK);
	assert_string_equal(buffer_text(&b),
		XML_HEAD ALERT "\n  <note>a &lt; b &amp; c&#13;</note>\n"
			       "  <info>\n    <area></area>\n  </info>\n</alert>\n");
	done(&r);
	buffer_clear(&b);
	r = read_text(ALERT "<x xmlns=\"y\"/></alert>");
	assert_int_equal(xml_write(&b, &r.tree), ERR_REFUSED);
	done(&r);
	buffer_free(&b);
}

/* ---- memory that ends ---- */

static long grants = -1; /* how many requests are still granted; -1: all */

static bool
granted(void)
{
	return grants < 0 || grants-- > 0;
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *
__wrap_calloc(size_t n, size_t size)
{
	return granted() ? __real_calloc(n, size) : NULL;
}

static void *
xml_malloc(size_t size)
{
	return granted() ? malloc(size) : NULL;
}

static void *
xml_realloc(void *at, size_t size)
{
	return granted() ? realloc(at, size) : NULL;
}

static char *
xml_strdup(const char *text)
{
	return granted() ? strdup(text) : NULL;
}

static void
whichever_request_for_memory_fails_it_is_told(void **state)
{
	struct buffer file = {0};
	enum err err = ERR_NOMEM;

	(void)state;
	assert_true(slurp(&file, "tests/data/cap/good-full.xml"));
	for (long n = 0; err != ERR_OK; n++) {
		struct cap_findings findings = {0};
		struct cap_tree tree;

		assert_true(n < 100000);
		assert_int_equal(arena_new(&findings.arena), ERR_OK);
		grants = n;
		err = cap_tree_read(
			&tree, findings.arena, buffer_bytes(&file), NULL, &findings);
		grants = -1;
		/* libxml2 tells some of them as a document that is not well-formed. */
		assert_true(err == ERR_OK || err == ERR_NOMEM || err == ERR_FORMAT);
		assert_true((err == ERR_OK) == (tree.root != NULL));
		arena_free(findings.arena);
	}
	buffer_free(&file);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_element_knows_its_place),
		cmocka_unit_test(text_is_joined_and_loose_text_is_seen),
		cmocka_unit_test(formats_are_told_by_their_root),
		cmocka_unit_test(what_is_not_xml_is_refused_in_one_sentence),
		cmocka_unit_test(a_dtd_is_refused_and_nothing_behind_it_is_read),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(other_encodings_are_read),
		cmocka_unit_test(many_brothers_are_read_in_one_pass),
		cmocka_unit_test(a_message_cut_at_each_byte_is_refused),
		cmocka_unit_test(findings_are_sorted_counted_and_cut),
		cmocka_unit_test(what_was_read_is_written_element_for_element),
		cmocka_unit_test(whichever_request_for_memory_fails_it_is_told),
	};

	xmlMemSetup(free, xml_malloc, xml_realloc, xml_strdup);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
