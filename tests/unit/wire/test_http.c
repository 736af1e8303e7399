/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wire/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t
feed(struct http_reader *r, const char *text)
{
	return http_reader_feed(r, bytes_of_text(text));
}

static bool
is_text(struct bytes got, const char *want)
{
	return bytes_equal(got, bytes_of_text(want));
}

static void
a_request_is_read_whole_or_byte_by_byte(void **state)
{
	static const char text[] = "POST /alerts/new%20one?zone=kv-1&n=3 HTTP/1.1\r\n"
				   "Host: 127.0.0.1:8080\r\ncontent-LENGTH: 5\r\n"
				   "X-Name:  a b \t\r\n\r\nhello";

	(void)state;
	for (size_t step = 1; step <= sizeof text - 1; step++) {
		struct http_reader r;
		size_t used = 0;

		http_reader_begin(&r, 5);
		for (size_t i = 0; i < sizeof text - 1; i += step) {
			size_t n = sizeof text - 1 - i < step ? sizeof text - 1 - i : step;

			used += http_reader_feed(&r, bytes_of(text + i, n));
		}
		assert_int_equal(used, sizeof text - 1);
		assert_int_equal(r.stage, HTTP_STAGE_DONE);
		assert_int_equal(r.req.method, HTTP_POST);
		assert_true(is_text(r.req.path, "/alerts/new one"));
		assert_true(is_text(r.req.query, "zone=kv-1&n=3"));
		assert_true(is_text(r.req.body, "hello"));
		assert_true(is_text(http_request_field(&r.req, "x-name"), "a b"));
		assert_null(http_request_field(&r.req, "x-other").at);
		assert_true(r.req.keep_alive);
		http_reader_free(&r);
	}
}

static void
what_follows_a_request_is_left_for_the_next(void **state)
{
	static const char one[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct http_reader r;

	(void)state;
	http_reader_begin(&r, 0);
	assert_int_equal(feed(&r, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\n"),
		sizeof one - 1);
	assert_int_equal(r.stage, HTTP_STAGE_DONE);
	assert_int_equal(feed(&r, "GET /b"), 0);
	http_reader_free(&r);
}

#define H "Host: a\r\n"
#define GET_ "GET / HTTP/1.1\r\n"
#define POST_ "POST / HTTP/1.1\r\n" H

/* What one parser reads so and the next one otherwise: RFC 9112 section 11.2, and the
 * request smuggling that was found in other servers. */
static const struct smuggled {
	const char *what, *text;
	int status;
} smuggled[] = {
	{"both lengths", POST_ "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
		400},
	{"both, other order",
		POST_ "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400},
	{"chunked", POST_ "Transfer-Encoding: chunked\r\n\r\n", 501},
	{"chunked in disguise", POST_ "Transfer-Encoding: xchunked\r\n\r\n", 501},
	{"chunked under 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
	{"blank before colon", POST_ "Transfer-Encoding : chunked\r\n\r\n", 400},
	{"tab before colon", POST_ "Content-Length\t: 3\r\n\r\n", 400},
	{"vertical tab in name", POST_ "Transfer-Encoding\v: chunked\r\n\r\n", 400},
	{"no colon", POST_ "Content-Length 3\r\n\r\n", 400},
	{"empty name", POST_ ": 3\r\n\r\n", 400},
	{"two lengths", POST_ "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", 400},
	{"two equal lengths", POST_ "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", 400},
	{"list of lengths", POST_ "Content-Length: 3, 3\r\n\r\n", 400},
	{"plus", POST_ "Content-Length: +3\r\n\r\n", 400},
	{"minus", POST_ "Content-Length: -3\r\n\r\n", 400},
	{"hexadecimal", POST_ "Content-Length: 0x3\r\n\r\n", 400},
	{"leading zero", POST_ "Content-Length: 03\r\n\r\n", 400},
	{"fraction", POST_ "Content-Length: 3.0\r\n\r\n", 400},
	{"no number", POST_ "Content-Length: \r\n\r\n", 400},
	{"longer than 64 bits", POST_ "Content-Length: 18446744073709551619\r\n\r\n", 413},
	{"over the limit", POST_ "Content-Length: 101\r\n\r\n", 413},
	{"folded line", POST_ "X: a\r\n b\r\n\r\n", 400},
	{"folded with tab", POST_ "X: a\r\n\tb\r\n\r\n", 400},
	{"first line folded", GET_ " Host: a\r\n\r\n", 400},
	{"bare LF in head", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
	{"bare LF at end", GET_ H "\n", 400},
	{"bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n", 400},
	{"bare CR in value", GET_ H "X: a\rTransfer-Encoding: chunked\r\n\r\n", 400},
	{"two CR", GET_ "Host: a\r\r\n\r\n", 400},
	{"CR in request line", "GET /\r HTTP/1.1\r\n" H "\r\n", 400},
	{"control byte in value", GET_ H "X: a\x01\r\n\r\n", 400},
	{"DEL in value", GET_ H "X: a\x7f\r\n\r\n", 400},
	{"empty line first", "\r\n" GET_ H "\r\n", 400},
	{"no host", GET_ "\r\n", 400},
	{"two hosts", GET_ H H "\r\n", 400},
	{"two hosts under 1.0", "GET / HTTP/1.0\r\n" H H "\r\n", 400},
	{"bad host", GET_ "Host: a/b\r\n\r\n", 400},
	{"host with user", GET_ "Host: a@b\r\n\r\n", 400},
	{"unknown method", "BREW / HTTP/1.1\r\n" H "\r\n", 501},
	{"lower-case method", "get / HTTP/1.1\r\n" H "\r\n", 501},
	{"CONNECT", "CONNECT a:80 HTTP/1.1\r\n" H "\r\n", 501},
	{"bad method", "G(T / HTTP/1.1\r\n" H "\r\n", 400},
	{"version 2", "GET / HTTP/2.0\r\n" H "\r\n", 505},
	{"version 1.2", "GET / HTTP/1.2\r\n" H "\r\n", 505},
	{"version 0.9", "GET /\r\n\r\n", 400},
	{"version without digits", "GET / HTTP/1.x\r\n" H "\r\n", 400},
	{"lower-case version", "GET / http/1.1\r\n" H "\r\n", 400},
	{"blank behind version", "GET / HTTP/1.1 \r\n" H "\r\n", 400},
	{"two blanks", "GET  / HTTP/1.1\r\n" H "\r\n", 400},
	{"tab", "GET\t/ HTTP/1.1\r\n" H "\r\n", 400},
	{"blank in target", "GET /a b HTTP/1.1\r\n" H "\r\n", 400},
	{"absolute target", "GET http://b/ HTTP/1.1\r\n" H "\r\n", 400},
	{"no slash", "GET a HTTP/1.1\r\n" H "\r\n", 400},
	{"star", "OPTIONS * HTTP/1.1\r\n" H "\r\n", 400},
	{"fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n", 400},
	{"raw UTF-8", "GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n", 400},
	{"up", "GET /a/../b HTTP/1.1\r\n" H "\r\n", 400},
	{"up, encoded", "GET /a/%2e%2E/b HTTP/1.1\r\n" H "\r\n", 400},
	{"up at the end", "GET /a/.. HTTP/1.1\r\n" H "\r\n", 400},
	{"here", "GET /./a HTTP/1.1\r\n" H "\r\n", 400},
	{"two slashes", "GET //a HTTP/1.1\r\n" H "\r\n", 400},
	{"encoded slash", "GET /a%2Fb HTTP/1.1\r\n" H "\r\n", 400},
	{"encoded backslash", "GET /a%5Cb HTTP/1.1\r\n" H "\r\n", 400},
	{"encoded NUL", "GET /a%00 HTTP/1.1\r\n" H "\r\n", 400},
	{"encoded LF", "GET /a%0a HTTP/1.1\r\n" H "\r\n", 400},
	{"half an encoding", "GET /a%4 HTTP/1.1\r\n" H "\r\n", 400},
	{"no encoding", "GET /a%zz HTTP/1.1\r\n" H "\r\n", 400},
	{"overlong UTF-8", "GET /%c0%af HTTP/1.1\r\n" H "\r\n", 400},
	{"surrogate", "GET /%ed%a0%80 HTTP/1.1\r\n" H "\r\n", 400},
	{"cut UTF-8", "GET /%e2%82 HTTP/1.1\r\n" H "\r\n", 400},
	{"other expectation", POST_ "Expect: wonders\r\nContent-Length: 3\r\n\r\n", 417},
};

static void
doubtful_requests_are_refused_whole_or_byte_by_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof smuggled / sizeof *smuggled; i++) {
		const struct smuggled *s = &smuggled[i];
		struct http_reader whole, bytewise;

		http_reader_begin(&whole, 100);
		http_reader_begin(&bytewise, 100);
		feed(&whole, s->text);
		for (const char *c = s->text; *c != '\0'; c++)
			http_reader_feed(&bytewise, bytes_of(c, 1));
		if (whole.stage != HTTP_STAGE_REFUSED || whole.status != s->status ||
			bytewise.stage != HTTP_STAGE_REFUSED ||
			bytewise.status != s->status)
			fail_msg("%s: stage %d, status %d and %d, not %d", s->what,
				(int)whole.stage, whole.status, bytewise.status, s->status);
		http_reader_free(&whole);
		http_reader_free(&bytewise);
	}
}

static void
a_nul_byte_is_refused(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n";
	struct http_reader r;

	(void)state;
	http_reader_begin(&r, 0);
	http_reader_feed(&r, bytes_of(text, sizeof text - 1));
	assert_int_equal(r.stage, HTTP_STAGE_REFUSED);
	assert_int_equal(r.status, 400);
	http_reader_free(&r);
}

/* A request whose target has `target` bytes, with `n` fields of `len` bytes of value. */
static int
status_of_size(size_t target, size_t n, size_t len)
{
	struct buffer b = {0};
	struct http_reader r;
	int status;

	write_text(&b, "GET /");
	for (size_t i = 1; i < target; i++)
		write_u8(&b, 'a');
	write_text(&b, " HTTP/1.1\r\nHost: a\r\n");
	for (size_t i = 0; i < n; i++) {
		write_format(&b, "X%02zu: ", i);
		for (size_t k = 0; k < len; k++)
			write_u8(&b, 'v');
		write_text(&b, "\r\n");
	}
	write_text(&b, "\r\n");
	http_reader_begin(&r, 0);
	http_reader_feed(&r, buffer_bytes(&b));
	status = r.stage == HTTP_STAGE_REFUSED ? r.status : 0;
	assert_true(status != 0 || r.stage == HTTP_STAGE_DONE);
	http_reader_free(&r);
	buffer_free(&b);
	return status;
}

static void
sizes_have_limits(void **state)
{
	struct http_reader r;
	char *endless = malloc(40000);

	(void)state;
	assert_int_equal(status_of_size(HTTP_LINE_MAX - 13, 0, 0), 0);
	assert_int_equal(status_of_size(HTTP_LINE_MAX, 0, 0), 414);
	assert_int_equal(status_of_size(1, HTTP_FIELDS_MAX - 1, 10), 0);
	assert_int_equal(status_of_size(1, HTTP_FIELDS_MAX, 10), 431);
	assert_int_equal(status_of_size(1, 2, 8000), 0);
	assert_int_equal(status_of_size(1, 4, 8000), 431);
	memset(endless, 'a', 40000);
	http_reader_begin(&r, 0);
	http_reader_feed(&r, bytes_of(endless, 40000));
	assert_int_equal(r.status, 414);
	http_reader_free(&r);
	free(endless);
}

static void
connections_are_kept_as_both_sides_say(void **state)
{
	static const struct {
		const char *text;
		bool keep;
	} cases[] = {{GET_ H "\r\n", true}, {GET_ H "Connection: close\r\n\r\n", false},
		{GET_ H "Connection: Upgrade, Close\r\n\r\n", false},
		{"GET / HTTP/1.0\r\n\r\n", false},
		{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct http_reader r;

		http_reader_begin(&r, 0);
		feed(&r, cases[i].text);
		assert_int_equal(r.stage, HTTP_STAGE_DONE);
		assert_true(r.req.keep_alive == cases[i].keep);
		http_reader_free(&r);
	}
}

static void
an_awaited_body_is_asked_for_once(void **state)
{
	struct http_reader r;

	(void)state;
	http_reader_begin(&r, 10);
	feed(&r, POST_ "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	assert_true(r.wants_continue);
	feed(&r, "x");
	assert_false(r.wants_continue);
	feed(&r, "y");
	assert_int_equal(r.stage, HTTP_STAGE_DONE);
	http_reader_free(&r);
}

static void
paths_match_by_segment(void **state)
{
	struct http_request req = {.path = bytes_of_text("/cap/belfry.1.xml")};
	struct bytes part[2];

	(void)state;
	assert_true(http_path_match(&req, "/cap/*.xml", part, 2));
	assert_true(is_text(part[0], "belfry.1"));
	assert_true(http_path_match(&req, "/*/*", part, 2));
	assert_true(is_text(part[0], "cap"));
	assert_true(is_text(part[1], "belfry.1.xml"));
	assert_true(http_path_match(&req, "/*/*", part, 1));
	assert_false(http_path_match(&req, "/*", part, 2));
	assert_false(http_path_match(&req, "/cap/*.json", part, 2));
	assert_false(http_path_match(&req, "/cap/belfry.1.xml*", part, 2));
	assert_true(http_path_is(&req, "/cap/belfry.1.xml"));
	assert_false(http_path_is(&req, "/cap/belfry.1"));
}

static void
parameters_are_decoded_once_and_strictly(void **state)
{
	struct bytes query = bytes_of_text(
		"after=12&zone=kv%2D1&zone=kv-2&text=a+b%26c%3Dd&empty=&bad=%zz&nul=%00");
	struct bytes good =
		bytes_of_text("after=12&zone=kv-1&zone=kv-2&text=a+b%26c%3Dd&&flag&e=");
	struct bytes nul = bytes_of_text("a=x%00y");
	struct buffer name = {0}, value = {0};
	char out[16], small[3];
	uint64_t n;
	size_t pairs = 0;
	enum err err;

	(void)state;
	assert_int_equal(http_param_number(&n, good, "after", 100), ERR_OK);
	assert_true(n == 12);
	assert_int_equal(http_param_number(&n, good, "after", 11), ERR_RANGE);
	assert_int_equal(http_param_number(&n, good, "text", 11), ERR_FORMAT);
	assert_int_equal(http_param(out, sizeof out, good, "text"), ERR_OK);
	assert_string_equal(out, "a b&c=d");
	assert_int_equal(http_param(out, sizeof out, good, "zone"), ERR_DUPLICATE);
	assert_int_equal(http_param(out, sizeof out, good, "none"), ERR_UNKNOWN);
	assert_int_equal(http_param(out, sizeof out, good, "flag"), ERR_OK);
	assert_string_equal(out, "");
	assert_int_equal(http_param(small, sizeof small, good, "text"), ERR_RANGE);
	assert_int_equal(http_param(out, sizeof out, query, "after"), ERR_FORMAT);
	assert_int_equal(http_param(out, sizeof out, nul, "a"), ERR_FORMAT);
	assert_int_equal(http_param(out, sizeof out, bytes_of(NULL, 0), "a"), ERR_UNKNOWN);
	while (http_param_next(&good, &name, &value, &err))
		pairs++;
	assert_int_equal(err, ERR_OK);
	assert_int_equal(pairs, 6);
	buffer_free(&name);
	buffer_free(&value);
}

static void
an_answer_of_ours_is_read_back(void **state)
{
	struct buffer out = {0}, body = {0};
	struct http_response_reader r;

	(void)state;
	http_answer_head(
		&out, 200, 784111777000, "text/plain", "ETag: \"1\"\r\n", 5, false);
	assert_string_equal(buffer_text(&out),
		"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
		"Content-Type: text/plain\r\nETag: \"1\"\r\nContent-Length: 5\r\n"
		"Connection: close\r\n\r\n");
	write_text(&out, "hello");
	http_response_begin(&r);
	assert_int_equal(http_response_feed(&r, buffer_bytes(&out), &body), out.len);
	assert_int_equal(r.stage, HTTP_STAGE_DONE);
	assert_int_equal(r.resp.status, 200);
	assert_true(is_text(http_response_field(&r.resp, "etag"), "\"1\""));
	assert_string_equal(buffer_text(&body), "hello");
	http_response_end(&r);
	buffer_free(&body);
	buffer_free(&out);
}

#define OK_ "HTTP/1.1 200 OK\r\n"

static const struct answer {
	const char *text, *body; /* body NULL: refused; "…" at the end: not whole */
	bool closed_makes_it_whole;
} answers[] = {
	{OK_ "Content-Length: 3\r\n\r\nabc", "abc", true},
	{OK_ "\r\nabc", "abc", true},
	{OK_ "Transfer-Encoding: "
	     "chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
		"abc0123456789", true},
	{OK_ "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\nZ: w\r\n\r\n", "a",
		true},
	{"HTTP/1.1 100 Continue\r\n\r\n" OK_ "Content-Length: 1\r\n\r\nx", "x", true},
	{"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "", true},
	{"HTTP/1.0 200\r\n\r\n", "", true},
	{OK_ "Content-Length: 4\r\n\r\nabc", "abc", false},
	{OK_ "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "abc", false},
	{OK_ "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n", "abc", false},
	{OK_ "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", NULL, false},
	{OK_ "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", NULL, false},
	{OK_ "Transfer-Encoding: gzip, chunked\r\n\r\n", NULL, false},
	{OK_ "Content-Length: x\r\n\r\n", NULL, false},
	{OK_ "Transfer-Encoding: chunked\r\n\r\n\r\n", NULL, false},
	{OK_ "Transfer-Encoding: chunked\r\n\r\n;\r\n", NULL, false},
	{OK_ "Transfer-Encoding: chunked\r\n\r\n-1\r\n", NULL, false},
	{OK_ "Transfer-Encoding: chunked\r\n\r\n123456789\r\n", NULL, false},
	{OK_ "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", NULL, false},
	{OK_ "Transfer-Encoding: chunked\r\n\r\n1\na\r\n", NULL, false},
	{"HTTP/1.1 101 Switching\r\n\r\n", NULL, false},
	{"HTTP/2 200 OK\r\n\r\n", NULL, false},
	{"SSH-2.0-OpenSSH\r\n", "", false},
	{"HTTP/1.1 20 OK\r\n\r\n", NULL, false},
	{OK_ "X : y\r\n\r\n", NULL, false},
	{"HTTP/1.1 200 OK\n\n", NULL, false},
};

static void
answers_are_whole_cut_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		for (size_t step = 1; step < 60; step += 58) {
			const struct answer *a = &answers[i];
			struct http_response_reader r;
			struct buffer body = {0};
			size_t len = strlen(a->text);

			http_response_begin(&r);
			for (size_t k = 0; k < len; k += step)
				http_response_feed(&r,
					bytes_of(a->text + k,
						len - k < step ? len - k : step),
					&body);
			if ((r.stage == HTTP_STAGE_REFUSED) != (a->body == NULL))
				fail_msg("answer %zu: stage %d", i, (int)r.stage);
			if (a->body == NULL)
				assert_non_null(r.why);
			else
				assert_string_equal(buffer_text(&body), a->body);
			assert_true(http_response_closed(&r) == a->closed_makes_it_whole);
			http_response_end(&r);
			buffer_free(&body);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read_whole_or_byte_by_byte),
		cmocka_unit_test(what_follows_a_request_is_left_for_the_next),
		cmocka_unit_test(doubtful_requests_are_refused_whole_or_byte_by_byte),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(connections_are_kept_as_both_sides_say),
		cmocka_unit_test(an_awaited_body_is_asked_for_once),
		cmocka_unit_test(paths_match_by_segment),
		cmocka_unit_test(parameters_are_decoded_once_and_strictly),
		cmocka_unit_test(an_answer_of_ours_is_read_back),
		cmocka_unit_test(answers_are_whole_cut_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
