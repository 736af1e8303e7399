/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

struct fixture {
	struct bench b;
	struct http_exchange *held[8];
	int holds;
	struct frame *frame;
	char peer[HTTP_PEER_TEXT];
	int64_t uid;
};

/* "/now" is answered at once, "/big" with 4 MiB, "/frame" with a frame; the rest is held. */
static void
handle(void *ctx, struct http_exchange *x, const struct http_request *req)
{
	struct fixture *f = ctx;
	struct http_answer big = {200, NULL, NULL, {calloc(1, 4 << 20), 4 << 20}};

	http_exchange_peer(x, f->peer);
	f->uid = http_exchange_peer_uid(x);
	if (http_path_is(req, "/now"))
		http_exchange_say(x, 200, "now %zu", req->body.len);
	else if (http_path_is(req, "/big"))
		http_exchange_answer(x, &big);
	else if (http_path_is(req, "/frame"))
		http_exchange_answer_frame(x, f->frame);
	else if (http_path_is(req, "/end")) {
		http_server_free(f->b.server);
		f->b.server = NULL;
		http_exchange_say(x, 200, "to nobody");
	} else
		f->held[f->holds++] = x;
	free((void *)(uintptr_t)big.body.at);
}

static int
with_server(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct http_server_config conf = {.body_max = 100, .request_s = 1, .idle_s = 2};

	bench_open(&f->b, &conf, NULL, handle, f);
	*state = f;
	return 0;
}

static int
without_server(void **state)
{
	struct fixture *f = *state;

	bench_close(&f->b);
	free(f);
	return 0;
}

static void
a_connection_serves_one_request_after_another(void **state)
{
	struct fixture *f = *state;
	int fd = peer_dial(&f->b);

	for (int i = 0; i < 3; i++) {
		struct buffer got = {0};

		peer_say(fd,
			"POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
		assert_true(peer_hears(&f->b, fd, &got, "now 3\n"));
		assert_non_null(strstr(buffer_text(&got), "HTTP/1.1 200 OK\r\nDate: "));
		assert_null(strstr(buffer_text(&got), "Connection"));
		buffer_free(&got);
	}
	assert_int_equal(http_server_counts(f->b.server).accepted, 1);
	assert_string_equal(f->peer, "127.0.0.1");
	assert_true(f->uid == -1);
	close(fd);
}

static void
late_answers_to_pipelined_requests_keep_their_order(void **state)
{
	struct fixture *f = *state;
	int fd = peer_dial(&f->b);
	struct buffer got = {0};

	peer_say(fd,
		"GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n"
		"GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n"
		"Connection: close\r\n\r\n");
	assert_false(peer_hears(&f->b, fd, &got, "HTTP"));
	assert_int_equal(f->holds, 1);
	assert_int_equal(http_server_counts(f->b.server).waiting, 1);
	http_exchange_say(f->held[0], 200, "first");
	assert_true(peer_hears(&f->b, fd, &got, "now 0\n"));
	assert_int_equal(f->holds, 2);
	http_exchange_say(f->held[1], 200, "third");
	assert_true(peer_hears(&f->b, fd, &got, "third"));
	assert_true(peer_is_closed(&f->b, fd));
	assert_true(strstr(buffer_text(&got), "first\n") <
		    strstr(buffer_text(&got), "now 0\n"));
	assert_true(strstr(buffer_text(&got), "now 0\n") <
		    strstr(buffer_text(&got), "third\n"));
	buffer_free(&got);
	close(fd);
}

static void
an_answer_to_a_client_that_left_goes_nowhere(void **state)
{
	struct fixture *f = *state;
	int fd = peer_dial(&f->b);
	char peer[HTTP_PEER_TEXT];

	peer_say(fd, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	WAIT_FOR(&f->b, f->holds == 1);
	assert_int_equal(f->holds, 1);
	shutdown(fd, SHUT_RDWR);
	close(fd);
	bench_turns(&f->b, 20);
	http_exchange_say(f->held[0], 200, "anybody there?");
	bench_turns(&f->b, 20);
	assert_int_equal(http_server_counts(f->b.server).connections, 0);
	fd = peer_dial(&f->b);
	peer_say(fd, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	WAIT_FOR(&f->b, f->holds == 2);
	http_server_free(f->b.server);
	f->b.server = NULL;
	http_exchange_peer(f->held[1], peer);
	assert_string_equal(peer, "");
	http_exchange_say(f->held[1], 200, "too late");
	close(fd);
}

static void
a_handler_may_end_its_own_server(void **state)
{
	struct fixture *f = *state;
	int fd = peer_dial(&f->b);

	peer_say(fd,
		"GET /end HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(peer_is_closed(&f->b, fd));
	close(fd);
}

static void
a_slow_request_gets_408_and_an_idle_connection_is_closed(void **state)
{
	struct fixture *f = *state;
	int slow = peer_dial(&f->b), silent = peer_dial(&f->b);
	struct buffer got = {0};

	peer_say(slow, "GET /now HTTP/1.1\r\nHo");
	bench_turns(&f->b, 500);
	peer_say(slow, "st");
	assert_true(peer_hears(&f->b, slow, &got, "408 Request Timeout"));
	assert_true(peer_is_closed(&f->b, slow));
	assert_true(peer_is_closed(&f->b, silent));
	assert_int_equal(http_server_counts(f->b.server).timeouts, 1);
	buffer_free(&got);
	close(slow);
	close(silent);
}

static void
a_refused_request_gets_its_status_though_more_comes_in(void **state)
{
	struct fixture *f = *state;
	int fd = peer_dial(&f->b);
	struct buffer got = {0};
	char *body = calloc(1, 20001);

	memset(body, 'x', 20000);
	peer_say(fd, "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n");
	peer_say(fd, body);
	assert_true(peer_hears(&f->b, fd, &got, "413 Content Too Large"));
	assert_non_null(strstr(buffer_text(&got), "Connection: close"));
	assert_true(peer_is_closed(&f->b, fd));
	assert_int_equal(http_server_counts(f->b.server).refused, 1);
	free(body);
	buffer_free(&got);
	close(fd);
}

static void
a_body_that_waits_to_be_asked_for_is_asked_for(void **state)
{
	struct fixture *f = *state;
	int fd = peer_dial(&f->b);
	struct buffer got = {0};

	peer_say(fd, "POST /now HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
		     "Content-Length: 2\r\n\r\n");
	assert_true(peer_hears(&f->b, fd, &got, "100 Continue\r\n\r\n"));
	peer_say(fd, "ab");
	assert_true(peer_hears(&f->b, fd, &got, "now 2\n"));
	buffer_free(&got);
	close(fd);
}

static void
a_head_request_gets_the_head_alone(void **state)
{
	struct fixture *f = *state;
	int fd = peer_dial(&f->b);
	struct buffer got = {0};

	f->frame = frame_new(
		bytes_of_text("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nframe"));
	peer_say(fd, "HEAD /now HTTP/1.1\r\nHost: a\r\n\r\nHEAD /frame HTTP/1.1\r\nHost: "
		     "a\r\n\r\n"
		     "GET /frame HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(peer_hears(&f->b, fd, &got, "frame"));
	assert_null(strstr(buffer_text(&got), "now"));
	assert_non_null(
		strstr(buffer_text(&got), "Content-Length: 6\r\n\r\nHTTP/1.1 200 OK\r\n"
					  "Content-Length: 5\r\n\r\nHTTP/1.1"));
	frame_drop(f->frame);
	buffer_free(&got);
	close(fd);
}

static void
a_large_answer_reaches_a_slow_reader_whole(void **state)
{
	struct fixture *f = *state;
	int fd = peer_dial(&f->b), small = 65536;
	struct buffer got = {0};

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	peer_say(fd,
		"GET /big HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n");
	bench_turns(&f->b, 50);
	assert_true(peer_hears(&f->b, fd, &got, "now 0\n"));
	assert_true(got.len > 4 << 20);
	buffer_free(&got);
	close(fd);
}

static void
a_reader_that_stops_reading_is_let_go(void **state)
{
	struct fixture *f = *state;
	int fd = peer_dial(&f->b);

	peer_say(fd, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	bench_turns(&f->b, 50);
	assert_int_equal(http_server_counts(f->b.server).connections, 1);
	WAIT_FOR(&f->b, http_server_counts(f->b.server).connections == 0);
	assert_int_equal(http_server_counts(f->b.server).connections, 0);
	assert_int_equal(http_server_counts(f->b.server).timeouts, 1);
	close(fd);
}

static void
an_idle_connection_holds_no_buffers(void **state)
{
	struct fixture *f = *state;
	int fd[50];

	for (int i = 0; i < 50; i++) {
		struct buffer got = {0};

		fd[i] = peer_dial(&f->b);
		peer_say(fd[i], "GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
		assert_true(peer_hears(&f->b, fd[i], &got, "now"));
		buffer_free(&got);
	}
	assert_int_equal(http_server_counts(f->b.server).connections, 50);
	assert_true(http_server_counts(f->b.server).memory <= 50 * 256);
	for (int i = 0; i < 50; i++)
		close(fd[i]);
}

static void
a_full_server_rests_until_somebody_leaves(void **state)
{
	struct fixture f = {0};
	struct http_server_config conf = {.connections_max = 2};
	int fd[3];
	struct buffer got = {0};

	(void)state;
	bench_open(&f.b, &conf, NULL, handle, &f);
	for (int i = 0; i < 3; i++)
		fd[i] = peer_dial(&f.b);
	peer_say(fd[2], "GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
	bench_turns(&f.b, 50);
	assert_int_equal(http_server_counts(f.b.server).connections, 2);
	assert_int_equal(http_server_counts(f.b.server).full, 1);
	close(fd[0]);
	assert_true(peer_hears(&f.b, fd[2], &got, "now"));
	buffer_free(&got);
	close(fd[1]);
	close(fd[2]);
	bench_close(&f.b);
}

static void
the_user_behind_a_unix_socket_is_known(void **state)
{
	struct fixture f = {0};
	char dir[] = "/tmp/belfry-test-XXXXXX", path[64];
	struct buffer got = {0};
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s", dir);
	bench_open(&f.b, NULL, path, handle, &f);
	fd = peer_dial(&f.b);
	peer_say(fd, "GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(peer_hears(&f.b, fd, &got, "now"));
	assert_string_equal(f.peer, "unix");
	assert_true(f.uid == (int64_t)getuid());
	buffer_free(&got);
	close(fd);
	bench_close(&f.b);
	rmdir(dir);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, with_server, without_server)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SERVER(a_connection_serves_one_request_after_another),
		WITH_SERVER(late_answers_to_pipelined_requests_keep_their_order),
		WITH_SERVER(an_answer_to_a_client_that_left_goes_nowhere),
		WITH_SERVER(a_handler_may_end_its_own_server),
		WITH_SERVER(a_slow_request_gets_408_and_an_idle_connection_is_closed),
		WITH_SERVER(a_refused_request_gets_its_status_though_more_comes_in),
		WITH_SERVER(a_body_that_waits_to_be_asked_for_is_asked_for),
		WITH_SERVER(a_head_request_gets_the_head_alone),
		WITH_SERVER(a_large_answer_reaches_a_slow_reader_whole),
		WITH_SERVER(a_reader_that_stops_reading_is_let_go),
		WITH_SERVER(an_idle_connection_holds_no_buffers),
		cmocka_unit_test(a_full_server_rests_until_somebody_leaves),
		cmocka_unit_test(the_user_behind_a_unix_socket_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
