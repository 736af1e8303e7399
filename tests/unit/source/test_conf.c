/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_conf.c: the list of sources, and which addresses a feed may lead to. */
#include "source/conf.h"
#include "source/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void
a_list_is_read_with_its_defaults(void **state)
{
	struct sources_conf c;
	struct arena *arena;
	struct fault fault = {""};

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(
		sources_conf_read(&c, arena, NULL, "/x/belfryd.json", &fault), ERR_OK);
	assert_int_equal(c.count, 0);
	if (sources_conf_read(&c, arena,
		    "[{\"name\":\"met\",\"url\":\"https://met.example.org/"
		    "feed\",\"ca_file\":"
		    "\"ca.crt\",\"hosts\":[\"cap.example.org\"],\"pins\":[{\"kind\":"
		    "\"key\","
		    "\"sha256\":\"" HEX64 "\",\"sender\":\"met\"}]},"
		    "{\"name\":\"police\",\"post_key_sha256\":\"" HEX64 "\"}]",
		    "/x/belfryd.json", &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	assert_int_equal(c.count, 2);
	assert_int_equal(c.at[0].every_s, 60);
	assert_int_equal(c.at[0].timeout_s, 20);
	assert_int_equal(c.at[0].silent_ms, 200000);
	assert_string_equal(c.at[0].ca_file, "/x/ca.crt");
	assert_string_equal(c.at[0].host[0], "cap.example.org");
	assert_int_equal(c.at[0].pin[0].sha256.at[1], 0x11);
	assert_null(c.at[1].url);
	assert_int_equal(c.at[1].silent_ms, 0);
	arena_free(arena);
}

static void
what_is_wrong_is_named(void **state)
{
	static const char *const row[][2] = {
		{"{}", "list"},
		{"[{\"name\":\"a\"}]", "either url or post_key"},
		{"[{\"name\":\"a b\",\"url\":\"http://h/\"}]", "name has"},
		{"[{\"name\":\"a\",\"url\":\"file:///etc/passwd\"}]",
			"http:// or https://"},
		{"[{\"name\":\"a\",\"url\":\"http://me:secret@h/\"}]",
			"http:// or https://"},
		{"[{\"name\":\"a\",\"url\":\"http://h/\",\"evry_s\":5}]", "evry_s"},
		{"[{\"name\":\"a\",\"url\":\"http://h/\",\"every_s\":1}]", "every_s"},
		{"[{\"name\":\"a\",\"url\":\"http://h/\",\"timeout_s\":0}]", "timeout_s"},
		{"[{\"name\":\"a\",\"url\":\"http://h/\"},{\"name\":\"a\",\"url\":\"http://"
		 "h/\"}]",
			"two sources"},
		{"[{\"name\":\"a\",\"post_key_sha256\":\"abc\"}]", "64 hex"},
		{"[{\"name\":\"a\",\"url\":\"http://h/\",\"hosts\":[5]}]", "hosts"},
		{"[{\"name\":\"a\",\"url\":\"http://h/\",\"pins\":[{\"kind\":\"key\"}]}]",
			"pins"},
		{"[{\"name\":\"a\",\"url\":\"http://h/"
		 "\",\"pins\":[{\"kind\":\"ca\",\"sha256\":"
		 "\"" HEX64 "\"}]}]",
			"its file"},
		{"[{\"name\":\"a\",\"url\":\"http://h/"
		 "\",\"pins\":[{\"kind\":\"key\",\"file\":"
		 "\"/nowhere.pem\"}]}]",
			"nowhere.pem"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct fault fault = {""};
		struct sources_conf c;
		struct arena *arena;

		assert_int_equal(arena_new(&arena), ERR_OK);
		if (sources_conf_read(&c, arena, row[i][0], "belfryd.json", &fault) ==
				ERR_OK ||
			strstr(fault.text, row[i][1]) == NULL)
			fail_msg("%s: %s", row[i][0], fault.text);
		arena_free(arena);
	}
}

static void
a_feed_leads_to_its_own_host_and_to_those_that_are_named(void **state)
{
	static const char *const hosts[] = {"cap.example.org"};
	static const struct {
		const char *uri, *out;
	} row[] = {
		{"a.xml", "https://met.example.org/feeds/a.xml"},
		{"/a.xml#x", "https://met.example.org/a.xml"},
		{"//met.example.org/a", "https://met.example.org/a"},
		{"https://cap.example.org/b", "https://cap.example.org/b"},
		{"http://met.example.org/a", NULL},
		{"http://cap.example.org/a", NULL},
		{"https://met.example.org:8443/a", NULL},
		{"https://cap.example.org:22/a", NULL},
		{"https://evil.example.org/a", NULL},
		{"https://met.example.org@evil.example.org/a", NULL},
		{"https://me@met.example.org/a", NULL},
		{"http://127.0.0.1/admin", NULL},
		{"file:///etc/passwd", NULL},
		{"gopher://met.example.org/", NULL},
		{"//[::1]/a", NULL},
	};
	char out[WEB_URL_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		bool good = web_resolve(out, "https://met.example.org/feeds/atom",
			row[i].uri, "https://met.example.org/feeds/atom", hosts, 1);

		if (good != (row[i].out != NULL) || (good && strcmp(out, row[i].out) != 0))
			fail_msg("%s: %s", row[i].uri, good ? out : "refused");
	}
	assert_true(web_resolve(out, "http://a/x", "https://a/y", "http://a/x", NULL, 0));
	assert_false(
		web_resolve(out, "http://a/x", "https://a:444/y", "http://a/x", NULL, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_read_with_its_defaults),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(a_feed_leads_to_its_own_host_and_to_those_that_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
