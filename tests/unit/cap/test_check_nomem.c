/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each request of ours for memory fails once, while a message is judged: that is told, nothing leaks,
 * and no verdict comes of half a message.
 */
#include "../bulletin/no_memory.h"

#include "check_edit.h"

enum { MOST = 2000 };

/* The good message with things to find in each file of the rules. */
static void
faulty(struct buffer *out)
{
	edited(out, "<source>desk 4</source>\n<scope>Public</scope>",
		"<scope>Restricted</scope><source>desk 4<b/>5<b/>6</source>");
	write_text(out, "<!-- behind the message -->");
}

static void
assert_each_failure_is_told(struct bytes document)
{
	enum err err = ERR_NOMEM;
	int n;

	for (n = 0; n < MOST && err != ERR_OK; n++) {
		struct cap_findings findings = {0};
		enum cap_verdict verdict = CAP_FEED;
		struct cap_tree tree;

		assert_int_equal(arena_new(&findings.arena), ERR_OK);
		fail_after = n;
		err = cap_check(&verdict, &tree, findings.arena, document, NULL, &findings);
		fail_after = -1;
		assert_true(err == ERR_OK || err == ERR_NOMEM);
		/* No verdict is handed out then. */
		assert_true((err == ERR_OK) == (verdict != CAP_FEED));
		arena_free(findings.arena);
	}
	assert_true(n < MOST);
	assert_true(n > 3);
}

static void
whichever_request_for_memory_fails_it_is_told(void **state)
{
	struct buffer b = {0};

	(void)state;
	assert_each_failure_is_told(bytes_of_text(good_message));
	faulty(&b);
	assert_each_failure_is_told(buffer_bytes(&b));
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whichever_request_for_memory_fails_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
