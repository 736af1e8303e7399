/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The library's own functions, as its users call them. */
#include <belfry/cap.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NS "xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\""

static struct belfry_cap *
read_text(const char *text, enum belfry_cap_error expected)
{
	struct belfry_cap *m;

	assert_int_equal(belfry_cap_read(&m, text, strlen(text), NULL), expected);
	assert_non_null(m);
	return m;
}

static void
a_message_is_walked(void **state)
{
	struct belfry_cap *m = read_text(
		"<alert " NS "><note>x</note><info><event>a</event></info><info/></alert>",
		BELFRY_CAP_OK);
	const struct belfry_cap_node *root = belfry_cap_root(m), *info;

	(void)state;
	assert_int_equal(belfry_cap_format(m), BELFRY_CAP_12);
	assert_string_equal(belfry_cap_name(root), "alert");
	assert_string_equal(belfry_cap_get(root, "note"), "x");
	assert_null(belfry_cap_get(root, "sender"));
	info = belfry_cap_child(root, "info");
	assert_string_equal(belfry_cap_text(belfry_cap_first(info)), "a");
	assert_ptr_equal(belfry_cap_next(info), belfry_cap_again(info));
	assert_null(belfry_cap_again(belfry_cap_again(info)));
	assert_int_equal(belfry_cap_line(info), 1);
	belfry_cap_free(m);
}

static void
what_cannot_be_read_says_why(void **state)
{
	struct belfry_cap_limits small = {.bytes = 10};
	const struct belfry_cap_finding *finding;
	struct belfry_cap *m = read_text("<alert", BELFRY_CAP_NOT_XML);

	(void)state;
	assert_null(belfry_cap_root(m));
	assert_int_equal(belfry_cap_format(m), BELFRY_CAP_NONE);
	assert_int_equal(belfry_cap_findings(m, &finding), 1);
	assert_int_equal(finding[0].rule, 1);
	belfry_cap_free(m);
	assert_int_equal(
		belfry_cap_read(&m, "<alert></alert>", 15, &small), BELFRY_CAP_TOO_LARGE);
	belfry_cap_free(m);
	belfry_cap_free(NULL);
}

static void
elements_go_where_the_schema_wants_them(void **state)
{
	struct belfry_cap *m;
	const struct belfry_cap_node *root, *info;
	const struct belfry_cap_finding *finding;
	enum belfry_cap_verdict verdict;
	char *bytes;
	size_t len;

	(void)state;
	assert_int_equal(belfry_cap_new(&m), BELFRY_CAP_OK);
	root = belfry_cap_root(m);
	info = belfry_cap_add(m, root, "info", NULL);
	assert_non_null(info);
	assert_non_null(belfry_cap_add(m, root, "sent", "2026-11-22T14:22:37-00:00"));
	assert_non_null(belfry_cap_add(m, root, "identifier", "a"));
	assert_non_null(belfry_cap_add(m, info, "category", "Met"));
	assert_non_null(belfry_cap_add(m, info, "category", "Geo"));
	assert_null(belfry_cap_add(m, root, "identifier", "twice"));
	assert_null(belfry_cap_add(m, root, "headline", "not here"));
	assert_null(belfry_cap_add(m, root, "info", "holds elements"));
	assert_null(belfry_cap_add(m, root, "note", NULL));
	assert_null(belfry_cap_add(m, root, "note", "\x01"));
	assert_int_equal(belfry_cap_write(&bytes, &len, m), BELFRY_CAP_OK);
	assert_string_equal(bytes,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert " NS ">\n"
		"  <identifier>a</identifier>\n"
		"  <sent>2026-11-22T14:22:37-00:00</sent>\n  <info>\n"
		"    <category>Met</category>\n    <category>Geo</category>\n"
		"  </info>\n</alert>\n");
	assert_int_equal(len, strlen(bytes));
	belfry_cap_bytes_free(bytes);
	assert_int_equal(belfry_cap_check(&verdict, m, 0, NULL, NULL), BELFRY_CAP_OK);
	assert_int_equal(verdict, BELFRY_CAP_INVALID);
	assert_true(belfry_cap_findings(m, &finding) >= 4);
	belfry_cap_free(m);
}

static void
what_was_read_comes_out_byte_for_byte(void **state)
{
	static const char text[] =
		"<?xml version='1.0'?><alert  " NS " >\r\n<note>\t</note></alert >";
	struct belfry_cap *m = read_text(text, BELFRY_CAP_OK);
	char *bytes;
	size_t len;

	(void)state;
	assert_int_equal(belfry_cap_write(&bytes, &len, m), BELFRY_CAP_OK);
	assert_int_equal(len, sizeof text - 1);
	assert_memory_equal(bytes, text, len);
	belfry_cap_bytes_free(bytes);
	belfry_cap_free(m);
}

static void
envelopes_are_opened(void **state)
{
	struct belfry_cap *m = read_text(
		"<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id><title>t</title>"
		"<updated>2026-11-22T14:22:37Z</updated><entry><id>1</id><title>one</title>"
		"<updated>2026-11-22T14:22:37Z</updated><content "
		"type=\"application/cap+xml\">"
		"<alert " NS "/></content></entry></feed>",
		BELFRY_CAP_OK);
	const struct belfry_cap_carried *carried;
	size_t count;

	(void)state;
	assert_int_equal(belfry_cap_open(&carried, &count, m), BELFRY_CAP_OK);
	assert_int_equal(count, 1);
	assert_string_equal(belfry_cap_name(carried[0].alert), "alert");
	assert_string_equal(carried[0].title, "one");
	belfry_cap_free(m);
	m = read_text("<alert " NS "/>", BELFRY_CAP_OK);
	assert_int_equal(belfry_cap_open(&carried, &count, m), BELFRY_CAP_REFUSED);
	belfry_cap_free(m);
}

static char *
slurp_text(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *at = calloc(1, 1 << 20);

	assert_non_null(f);
	*len = fread(at, 1, 1 << 20, f);
	fclose(f);
	return at;
}

static void
an_unsigned_message_has_no_signature_and_a_bad_key_signs_nothing(void **state)
{
	const struct belfry_cap_signature *signature;
	struct belfry_cap *m;
	char *bytes, *file;
	size_t count, len;

	(void)state;
	file = slurp_text("tests/data/cap/good-full.xml", &len);
	assert_int_equal(belfry_cap_read(&m, file, len, NULL), BELFRY_CAP_OK);
	assert_int_equal(belfry_cap_verify(&signature, &count, m, NULL, 0), BELFRY_CAP_OK);
	assert_int_equal(count, 0);
	assert_int_equal(belfry_cap_sign(&bytes, &len, m, "no key", 6), BELFRY_CAP_KEY);
	assert_null(bytes);
	belfry_cap_free(m);
	free(file);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_walked),
		cmocka_unit_test(what_cannot_be_read_says_why),
		cmocka_unit_test(elements_go_where_the_schema_wants_them),
		cmocka_unit_test(what_was_read_comes_out_byte_for_byte),
		cmocka_unit_test(envelopes_are_opened),
		cmocka_unit_test(
			an_unsigned_message_has_no_signature_and_a_bad_key_signs_nothing),
	};

	assert_int_equal(belfry_cap_init(), BELFRY_CAP_OK);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
