/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fanout/broadcast.h"
#include "fanout/http_client.h"
#include "peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

struct fixture {
	struct bench b;
	struct broadcast *cast;
	struct http_exchange *held;
	char last_id[32];
	/* what the client was told */
	int answers, opens, closes, events, status, close_at;
	enum err err;
	struct buffer heard;
	struct fault fault;
	struct http_stream *stream;
};

static void
handle(void *ctx, struct http_exchange *x, const struct http_request *req)
{
	struct fixture *f = ctx;
	struct http_answer echo = {201, "text/plain", "X-Method: seen\r\n", req->body};
	struct bytes id = http_request_field(req, "Last-Event-ID");

	if (http_path_is(req, "/stream")) {
		if (id.len > 0)
			memcpy(f->last_id, id.at, id.len < 31 ? id.len : 31);
		f->err = broadcast_subscribe(
			NULL, f->cast, x, CLASS_SIREN, 1, bytes_of_text("retry: 1234\n\n"));
	} else if (http_path_is(req, "/hold")) {
		f->held = x;
	} else {
		http_exchange_answer(x, &echo);
	}
}

static int
with_server(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct http_server_config conf = {.body_max = 4 << 20};

	bench_open(&f->b, &conf, NULL, handle, f);
	assert_int_equal(broadcast_new(&f->cast, f->b.loop, 0, NULL, NULL), ERR_OK);
	*state = f;
	return 0;
}

static int
without_server(void **state)
{
	struct fixture *f = *state;

	broadcast_free(f->cast);
	bench_close(&f->b);
	buffer_free(&f->heard);
	free(f);
	return 0;
}

static void
on_answer(void *ctx, enum err err, const struct http_response *resp, struct bytes body,
	const struct fault *fault)
{
	struct fixture *f = ctx;

	f->answers++;
	f->err = err;
	f->status = resp != NULL ? resp->status : 0;
	write_bytes(&f->heard, body.at, body.len);
	if (fault != NULL)
		f->fault = *fault;
}

static void
a_posted_body_comes_back(void **state)
{
	struct fixture *f = *state;
	size_t len = 3 << 20;
	char *big = calloc(1, len);
	struct http_ask ask = {.address = f->b.address,
		.method = HTTP_POST,
		.path = "/x",
		.type = "text/plain",
		.body = bytes_of(big, len)};
	struct buffer body = {0};
	int status = 0;

	assert_int_equal(http_ask_wait(f->b.loop, &ask, &status, &body, NULL), ERR_OK);
	assert_int_equal(status, 201);
	assert_int_equal(body.len, len);
	buffer_free(&body);
	ask.method = HTTP_HEAD;
	ask.body = bytes_of(NULL, 0);
	assert_int_equal(http_ask_wait(f->b.loop, &ask, &status, &body, NULL), ERR_OK);
	assert_int_equal(body.len, 0);
	buffer_free(&body);
	free(big);
}

static void
nobody_there_is_said_with_the_address(void **state)
{
	struct fixture *f = *state;
	char address[64];
	struct http_ask ask = {.address = address, .path = "/x"};
	struct buffer body = {0};
	int status;

	strcpy(address, f->b.address);
	http_server_free(f->b.server);
	f->b.server = NULL;
	assert_int_equal(http_ask_wait(f->b.loop, &ask, &status, &body, &f->fault), ERR_IO);
	assert_non_null(strstr(f->fault.text, address));
	ask.address = "/tmp/belfry-no-such.sock";
	assert_int_equal(http_ask_wait(f->b.loop, &ask, &status, &body, &f->fault), ERR_IO);
	assert_non_null(strstr(f->fault.text, "belfry-no-such.sock"));
	ask.path = "/x HTTP/1.1\r\nEvil: yes";
	ask.address = "127.0.0.1:1";
	assert_int_equal(
		http_ask_wait(f->b.loop, &ask, &status, &body, &f->fault), ERR_FORMAT);
}

static void
an_answer_that_does_not_come_is_given_up(void **state)
{
	struct fixture *f = *state;
	struct http_ask ask = {.address = f->b.address, .path = "/hold", .timeout_ms = 80};
	int64_t began_ms = loop_monotonic_ms();

	assert_int_equal(http_call(NULL, f->b.loop, &ask, on_answer, f, NULL), ERR_OK);
	while (f->answers == 0)
		bench_turn(&f->b, -1);
	assert_int_equal(f->err, ERR_EXPIRED);
	assert_true(loop_monotonic_ms() - began_ms >= 80);
	assert_non_null(strstr(f->fault.text, "no answer within 80 ms"));
	http_exchange_say(f->held, 200, "late");
	bench_turns(&f->b, 20);
	assert_int_equal(f->answers, 1);
}

static void
a_cancelled_call_is_silent(void **state)
{
	struct fixture *f = *state;
	struct http_ask ask = {.address = f->b.address, .path = "/x"};
	struct http_call *call;

	assert_int_equal(http_call(&call, f->b.loop, &ask, on_answer, f, NULL), ERR_OK);
	http_call_cancel(call);
	bench_turns(&f->b, 50);
	assert_int_equal(f->answers, 0);
}

static void
an_answer_over_the_limit_is_refused(void **state)
{
	struct fixture *f = *state;
	struct http_ask ask = {.address = f->b.address,
		.method = HTTP_POST,
		.path = "/x",
		.body = bytes_of_text("0123456789"),
		.answer_max = 9};
	struct buffer body = {0};
	int status;

	assert_int_equal(
		http_ask_wait(f->b.loop, &ask, &status, &body, &f->fault), ERR_RANGE);
	assert_int_equal(body.len, 0);
}

/* Plays a server that sends these bytes and closes. */
static enum err
asked_of(struct fixture *f, const char *bytes)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof at;
	struct address a;
	char address[ADDRESS_TEXT];
	struct http_ask ask = {.address = address, .path = "/"};
	int listening = socket(AF_INET, SOCK_STREAM, 0), fd;

	assert_int_equal(address_read(&a, "127.0.0.1:0", NULL), ERR_OK);
	assert_int_equal(bind(listening, (struct sockaddr *)&a.at, a.len), 0);
	assert_int_equal(listen(listening, 1), 0);
	getsockname(listening, (struct sockaddr *)&at, &len);
	a.at = at;
	address_write(address, &a);
	f->answers = 0;
	assert_int_equal(http_call(NULL, f->b.loop, &ask, on_answer, f, NULL), ERR_OK);
	fd = accept(listening, NULL, NULL);
	bench_turns(&f->b, 10);
	peer_say(fd, bytes);
	shutdown(fd, SHUT_WR);
	while (f->answers == 0)
		bench_turn(&f->b, -1);
	close(fd);
	close(listening);
	return f->err;
}

static void
cut_and_foreign_answers_are_errors(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		asked_of(f, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), ERR_OK);
	assert_int_equal(asked_of(f, "HTTP/1.1 200 OK\r\n\r\nuntil the end"), ERR_OK);
	assert_int_equal(
		asked_of(f, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"), ERR_IO);
	assert_int_equal(asked_of(f, "HTTP/1.1 200 OK\r\n"), ERR_IO);
	assert_int_equal(asked_of(f, ""), ERR_IO);
	assert_int_equal(asked_of(f, "220 mail.example ESMTP\r\n\r\n"), ERR_FORMAT);
	assert_non_null(strstr(f->fault.text, "not HTTP"));
}

static void
on_open(void *ctx)
{
	struct fixture *f = ctx;

	f->opens++;
}

static void
on_event(void *ctx, const struct sse_event *ev)
{
	struct fixture *f = ctx;

	f->events++;
	write_bytes(&f->heard, ev->id.at, ev->id.len);
	write_text(&f->heard, "=");
	write_bytes(&f->heard, ev->data.at, ev->data.len);
	write_text(&f->heard, ";");
	if (f->events == f->close_at)
		http_stream_close(f->stream);
}

static void
on_closed(void *ctx, enum err err, int status, const struct fault *why)
{
	struct fixture *f = ctx;

	f->closes++;
	f->err = err;
	f->status = status;
	f->fault = *why;
}

static const struct http_stream_hooks hooks = {on_open, on_event, on_closed};

static void
send_text(struct fixture *f, const char *text)
{
	struct frame *frame = frame_new(bytes_of_text(text));

	assert_int_equal(broadcast_send(f->cast, frame, 1), 1);
	frame_drop(frame);
}

static void
a_stream_brings_events_until_the_server_ends(void **state)
{
	struct fixture *f = *state;
	struct http_stream_ask ask = {
		.address = f->b.address, .path = "/stream", .last_event_id = "41"};

	assert_int_equal(
		http_stream_open(&f->stream, f->b.loop, &ask, &hooks, f, NULL), ERR_OK);
	while (f->opens == 0)
		bench_turn(&f->b, 1000);
	assert_string_equal(f->last_id, "41");
	send_text(f, "id: 42\ndata: one\n\nid: 43\nda");
	send_text(f, "ta: two\n\n");
	while (f->events < 2)
		bench_turn(&f->b, 1000);
	assert_string_equal(buffer_text(&f->heard), "42=one;43=two;");
	assert_int_equal(http_stream_retry_ms(f->stream), 1234);
	broadcast_free(f->cast);
	f->cast = NULL;
	while (f->closes == 0)
		bench_turn(&f->b, 1000);
	assert_int_equal(f->err, ERR_IO);
	assert_int_equal(f->status, 200);
}

static void
a_stream_may_be_closed_by_its_own_event(void **state)
{
	struct fixture *f = *state;
	struct http_stream_ask ask = {.address = f->b.address, .path = "/stream"};

	f->close_at = 1;
	assert_int_equal(
		http_stream_open(&f->stream, f->b.loop, &ask, &hooks, f, NULL), ERR_OK);
	while (f->opens == 0)
		bench_turn(&f->b, 1000);
	send_text(f, "data: one\n\ndata: two\n\n");
	bench_turns(&f->b, 50);
	assert_int_equal(f->events, 1);
	assert_int_equal(f->closes, 0);
}

static void
silence_and_other_answers_close_a_stream(void **state)
{
	struct fixture *f = *state;
	struct http_stream_ask ask = {
		.address = f->b.address, .path = "/stream", .silence_ms = 380};
	struct http_stream_ask wrong = {.address = f->b.address, .path = "/x"};

	assert_int_equal(
		http_stream_open(&f->stream, f->b.loop, &ask, &hooks, f, NULL), ERR_OK);
	bench_turns(&f->b, 200);
	send_text(f, ": still here\n\n");
	bench_turns(&f->b, 200);
	assert_int_equal(f->closes, 0);
	WAIT_FOR(&f->b, f->closes == 1);
	assert_int_equal(f->closes, 1);
	assert_int_equal(f->err, ERR_EXPIRED);
	assert_int_equal(
		http_stream_open(&f->stream, f->b.loop, &wrong, &hooks, f, NULL), ERR_OK);
	while (f->closes < 2)
		bench_turn(&f->b, 1000);
	assert_int_equal(f->err, ERR_REFUSED);
	assert_int_equal(f->status, 201);
	assert_int_equal(f->opens, 1);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, with_server, without_server)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SERVER(a_posted_body_comes_back),
		WITH_SERVER(nobody_there_is_said_with_the_address),
		WITH_SERVER(an_answer_that_does_not_come_is_given_up),
		WITH_SERVER(a_cancelled_call_is_silent),
		WITH_SERVER(an_answer_over_the_limit_is_refused),
		WITH_SERVER(cut_and_foreign_answers_are_errors),
		WITH_SERVER(a_stream_brings_events_until_the_server_ends),
		WITH_SERVER(a_stream_may_be_closed_by_its_own_event),
		WITH_SERVER(silence_and_other_answers_close_a_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
