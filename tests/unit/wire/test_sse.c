/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
list(void *ctx, const struct sse_event *ev)
{
	write_text(ctx, "[");
	write_bytes(ctx, ev->id.at, ev->id.len);
	write_text(ctx, "|");
	write_bytes(ctx, ev->event.at, ev->event.len);
	write_text(ctx, "|");
	write_bytes(ctx, ev->data.at, ev->data.len);
	write_text(ctx, "]");
}

static void
read_in_steps(const char *text, size_t step, const char *want)
{
	struct sse_reader r;
	struct buffer got = {0};
	size_t len = strlen(text);

	sse_reader_begin(&r, 1000);
	for (size_t i = 0; i < len; i += step)
		assert_int_equal(
			sse_reader_feed(&r,
				bytes_of(text + i, len - i < step ? len - i : step), list,
				&got),
			ERR_OK);
	assert_string_equal(buffer_text(&got), want);
	sse_reader_free(&r);
	buffer_free(&got);
}

/* The examples of WHATWG HTML section 9.2.6, and line ends of every kind. */
static void
streams_are_read_as_the_standard_says(void **state)
{
	static const char *const cases[][2] = {
		{"data: YHOO\ndata: +2\ndata: 10\n\n", "[||YHOO\n+2\n10]"},
		{": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
		 "data:  third event\n\n",
			"[1||first event][||second event][|| third event]"},
		{"data\n\ndata\ndata\n\ndata:", "[||][||\n]"},
		{"data:test\n\ndata: test\n\n", "[||test][||test]"},
		{"id: 7\r\nevent: order\r\ndata: x\r\n\r\ndata: y\r\r",
			"[7|order|x][7||y]"},
		{"\xef\xbb\xbf"
		 "data: mark\n\n",
			"[||mark]"},
		{"event: nothing\n\ndata: x\n\n", "[||x]"},
		{"data: cut", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t step = 1; step < 8; step++)
			read_in_steps(cases[i][0], step, cases[i][1]);
}

static void
what_is_written_is_read_back(void **state)
{
	struct buffer out = {0};
	struct sse_event ev = {bytes_of_text("42"), bytes_of_text("entry"),
		bytes_of_text("{\"a\":1}\nline two\r\n: three")};

	(void)state;
	sse_write_retry(&out, 2000);
	sse_write_comment(&out, "still here");
	sse_write(&out, &ev);
	assert_string_equal(buffer_text(&out),
		"retry: 2000\n\n: still here\n\nid: 42\nevent: entry\ndata: {\"a\":1}\n"
		"data: line two\ndata: : three\n\n");
	read_in_steps(buffer_text(&out), 3, "[42|entry|{\"a\":1}\nline two\n: three]");
	buffer_free(&out);
}

static void
an_event_over_the_limit_ends_the_reading(void **state)
{
	struct sse_reader r;
	struct buffer got = {0};
	enum err err = ERR_OK;

	(void)state;
	sse_reader_begin(&r, 1000);
	for (int i = 0; i < 100 && err == ERR_OK; i++)
		err = sse_reader_feed(&r, bytes_of_text("data: 0123456789\n"), list, &got);
	assert_int_equal(err, ERR_RANGE);
	assert_int_equal(sse_reader_feed(&r, bytes_of_text("\n"), list, &got), ERR_RANGE);
	assert_string_equal(buffer_text(&got), "");
	sse_reader_free(&r);
	sse_reader_begin(&r, 1000);
	err = ERR_OK;
	for (int i = 0; i < 1000 && err == ERR_OK; i++)
		err = sse_reader_feed(&r, bytes_of_text(": no end"), list, &got);
	assert_int_equal(err, ERR_RANGE);
	sse_reader_free(&r);
	buffer_free(&got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_are_read_as_the_standard_says),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(an_event_over_the_limit_ends_the_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
