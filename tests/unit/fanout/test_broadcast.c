/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fanout/broadcast.h"
#include "peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { MANY = 2000, QUEUE_BOUND = 1 << 20 };

struct fixture {
	struct bench b;
	struct broadcast *cast;
	char dir[64], path[96];
	int gone, drained, handled;
	struct subscriber *last, *last_gone;
	enum err err;
};

static void
on_gone(void *ctx, struct subscriber *sub)
{
	struct fixture *f = ctx;

	f->gone++;
	f->last_gone = sub;
}

static void
on_drained(void *ctx, struct subscriber *sub)
{
	struct fixture *f = ctx;

	(void)sub;
	f->drained++;
}

/* "/stream?class=0&mask=1" */
static void
handle(void *ctx, struct http_exchange *x, const struct http_request *req)
{
	struct fixture *f = ctx;
	uint64_t class = 2, mask = 1;

	if (http_param_number(&class, req->query, "class", 2) != ERR_OK ||
		http_param_number(&mask, req->query, "mask", 255) != ERR_OK) {
		http_exchange_say(x, 400, "which class?");
		return;
	}
	f->err = broadcast_subscribe(&f->last, f->cast, x, (enum broadcast_class) class,
		(uint32_t)mask, bytes_of_text("retry: 1000\n\n"));
	f->handled++;
}

static int
with_cast(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct broadcast_hooks hooks = {on_gone, on_drained};

	many_descriptors();
	strcpy(f->dir, "/tmp/belfry-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof f->path, "%s/s", f->dir);
	bench_open(&f->b, NULL, f->path, handle, f);
	assert_int_equal(
		broadcast_new(&f->cast, f->b.loop, QUEUE_BOUND, &hooks, f), ERR_OK);
	*state = f;
	return 0;
}

static int
without_cast(void **state)
{
	struct fixture *f = *state;

	broadcast_free(f->cast);
	bench_close(&f->b);
	rmdir(f->dir);
	free(f);
	return 0;
}

static int
subscribe(struct fixture *f, int class, int mask)
{
	int fd = peer_dial(&f->b), before = f->handled;
	char text[96];

	snprintf(text, sizeof text,
		"GET /stream?class=%d&mask=%d HTTP/1.1\r\nHost: a\r\n\r\n", class, mask);
	peer_say(fd, text);
	while (f->handled == before)
		bench_turn(&f->b, 1000);
	assert_int_equal(f->err, ERR_OK);
	return fd;
}

static void
send_text(struct fixture *f, const char *text, uint32_t mask, size_t want)
{
	struct frame *frame = frame_new(bytes_of_text(text));

	assert_int_equal(broadcast_send(f->cast, frame, mask), want);
	frame_drop(frame);
}

static void
a_stream_begins_with_what_its_subscriber_missed(void **state)
{
	struct fixture *f = *state;
	struct buffer got = {0};
	int fd;

	assert_int_equal(
		broadcast_set_extra(f->cast, "Access-Control-Allow-Origin: *\r\n"), ERR_OK);
	fd = subscribe(f, CLASS_SIREN, 1);
	send_text(f, "data: x\n\n", 1, 1);
	assert_true(peer_hears(&f->b, fd, &got, "\r\n\r\nretry: 1000\n\ndata: x\n\n"));
	assert_non_null(strstr(buffer_text(&got), "Content-Type: text/event-stream\r\n"));
	assert_non_null(strstr(buffer_text(&got), "Access-Control-Allow-Origin: *\r\n"));
	buffer_free(&got);
	close(fd);
}

/* The kernel lists sockets of an epoll set in the order in which they became readable. */
static void
of_2000_subscribers_all_sirens_come_first(void **state)
{
	static struct epoll_event events[MANY];
	static int fd[MANY];
	struct fixture *f = *state;
	int ep = epoll_create1(0), class, last = 0, n;
	char drop[65536];

	for (int i = 0; i < MANY; i++) {
		struct epoll_event ev = {
			.events = EPOLLIN | EPOLLET, .data.u32 = (uint32_t)i};

		fd[i] = subscribe(f, (i * 7) % 3, 1);
		assert_true(recv(fd[i], drop, sizeof drop, MSG_DONTWAIT) > 0);
		assert_int_equal(epoll_ctl(ep, EPOLL_CTL_ADD, fd[i], &ev), 0);
	}
	assert_int_equal(epoll_wait(ep, events, MANY, 0), 0);
	send_text(f, "data: danger\n\n", 1, MANY);
	n = epoll_wait(ep, events, MANY, 0);
	assert_int_equal(n, MANY);
	for (int i = 0; i < n; i++) {
		class = ((int)events[i].data.u32 * 7) % 3;
		assert_true(class >= last);
		last = class;
	}
	assert_int_equal(last, CLASS_BROWSER);
	assert_true(broadcast_counts(f->cast).memory_per_subscriber > 0);
	assert_true(broadcast_counts(f->cast).memory_per_subscriber <= 512);
	assert_int_equal(broadcast_counts(f->cast).deliveries, MANY);
	for (int i = 0; i < MANY; i++)
		close(fd[i]);
	close(ep);
	WAIT_FOR(&f->b, f->gone == MANY);
	assert_int_equal(f->gone, MANY);
	assert_int_equal(broadcast_counts(f->cast).lost, MANY);
	assert_int_equal(broadcast_counts(f->cast).subscribers[CLASS_SIREN], 0);
}

static void
a_frame_goes_to_those_whose_mask_it_meets(void **state)
{
	struct fixture *f = *state;
	struct buffer a_got = {0}, b_got = {0};
	int a = subscribe(f, CLASS_SIREN, 1), b;
	struct subscriber *a_sub = f->last, *b_sub;
	struct frame *alone = frame_new(bytes_of_text("data: alone\n\n"));

	b = subscribe(f, CLASS_SIREN, 0);
	b_sub = f->last;
	send_text(f, "data: one\n\n", 1, 1);
	send_text(f, "data: two\n\n", 2, 0);
	assert_true(broadcast_private(b_sub, alone));
	subscriber_set_mask(b_sub, 3);
	subscriber_set_tag(b_sub, 77);
	assert_true(subscriber_tag(b_sub) == 77);
	assert_true(subscriber_tag(a_sub) == 0);
	assert_int_equal(subscriber_class(b_sub), CLASS_SIREN);
	send_text(f, "data: three\n\n", 2, 1);
	send_text(f, "data: end\n\n", 1, 2);
	assert_true(peer_hears(&f->b, a, &a_got, "data: one\n\ndata: end\n\n"));
	assert_true(peer_hears(
		&f->b, b, &b_got, "data: alone\n\ndata: three\n\ndata: end\n\n"));
	assert_null(strstr(buffer_text(&b_got), "data: one"));
	frame_drop(alone);
	buffer_free(&a_got);
	buffer_free(&b_got);
	close(a);
	close(b);
}

static void
a_slow_subscriber_gets_all_in_order_from_its_queue(void **state)
{
	struct fixture *f = *state;
	int fd = subscribe(f, CLASS_BROWSER, 1);
	struct buffer got = {0};
	char text[1100];
	size_t at = 0;

	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "data: %d %01000d\n\n", i, 0);
		send_text(f, text, 1, 1);
	}
	assert_true(subscriber_queued(f->last) > 0);
	assert_int_equal(broadcast_counts(f->cast).queued, subscriber_queued(f->last));
	assert_true(peer_hears(&f->b, fd, &got, "data: 999 "));
	WAIT_FOR(&f->b, f->drained == 1);
	assert_int_equal(broadcast_counts(f->cast).queued, 0);
	assert_int_equal(f->drained, 1);
	for (int i = 0; i < 1000; i++) {
		char *found;

		snprintf(text, sizeof text, "data: %d 000", i);
		found = strstr(buffer_text(&got) + at, text);
		assert_non_null(found);
		at = (size_t)(found - buffer_text(&got));
	}
	send_text(f, "data: direct again\n\n", 1, 1);
	assert_true(peer_hears(&f->b, fd, &got, "direct again"));
	assert_int_equal(f->gone, 0);
	buffer_free(&got);
	close(fd);
}

static void
a_subscriber_over_the_bound_is_dropped_and_counted(void **state)
{
	struct fixture *f = *state;
	int slow = subscribe(f, CLASS_SIREN, 1), quick;
	struct subscriber *slow_sub = f->last;
	static const uint8_t half[QUEUE_BOUND / 2];
	struct frame *big = frame_new(bytes_of(half, sizeof half));
	struct buffer got = {0};

	quick = subscribe(f, CLASS_BROWSER, 2);
	for (int i = 0; i < 4; i++)
		broadcast_send(f->cast, big, 1);
	assert_int_equal(f->gone, 0); /* not from within a call */
	assert_int_equal(broadcast_counts(f->cast).dropped, 1);
	assert_int_equal(broadcast_counts(f->cast).queued, 0);
	assert_false(broadcast_private(slow_sub, big));
	WAIT_FOR(&f->b, f->gone == 1);
	assert_int_equal(f->gone, 1);
	assert_ptr_equal(f->last_gone, slow_sub);
	assert_int_equal(broadcast_counts(f->cast).lost, 0);
	assert_true(peer_is_closed(&f->b, slow));
	send_text(f, "data: well\n\n", 2, 1);
	assert_true(peer_hears(&f->b, quick, &got, "data: well\n\n"));
	frame_drop(big);
	buffer_free(&got);
	close(slow);
	close(quick);
}

static void
a_subscriber_that_closed_is_noticed_while_sending(void **state)
{
	struct fixture *f = *state;
	int a = subscribe(f, CLASS_SIREN, 1), b = subscribe(f, CLASS_RELAY, 1);

	close(a);
	send_text(f, "data: x\n\n", 1, 1);
	send_text(f, "data: x\n\n", 1, 1);
	WAIT_FOR(&f->b, f->gone == 1);
	assert_int_equal(f->gone, 1);
	assert_int_equal(broadcast_counts(f->cast).lost, 1);
	assert_int_equal(broadcast_counts(f->cast).subscribers[CLASS_RELAY], 1);
	close(b);
}

static void
only_get_subscribes(void **state)
{
	struct fixture *f = *state;
	struct buffer got = {0};
	int fd = peer_dial(&f->b);

	peer_say(fd, "HEAD /stream?class=0&mask=1 HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(peer_hears(&f->b, fd, &got, "405 Method Not Allowed"));
	assert_int_equal(f->err, ERR_REFUSED);
	buffer_free(&got);
	close(fd);
}

static void
a_client_that_left_cannot_be_subscribed(void **state)
{
	struct fixture *f = *state;
	int fd = peer_dial(&f->b);

	peer_say(fd, "GET /stream?class=0&mask=1 HTTP/1.1\r\nHost: a\r\n\r\n");
	close(fd);
	WAIT_FOR(&f->b, f->handled == 1);
	assert_int_equal(f->handled, 1);
	assert_true(f->err == ERR_IO || f->gone == 1);
	assert_int_equal(broadcast_counts(f->cast).subscribers[CLASS_SIREN], 0);
}

#define WITH_CAST(test) cmocka_unit_test_setup_teardown(test, with_cast, without_cast)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CAST(a_stream_begins_with_what_its_subscriber_missed),
		WITH_CAST(of_2000_subscribers_all_sirens_come_first),
		WITH_CAST(a_frame_goes_to_those_whose_mask_it_meets),
		WITH_CAST(a_slow_subscriber_gets_all_in_order_from_its_queue),
		WITH_CAST(a_subscriber_over_the_bound_is_dropped_and_counted),
		WITH_CAST(a_subscriber_that_closed_is_noticed_while_sending),
		WITH_CAST(only_get_subscribes),
		WITH_CAST(a_client_that_left_cannot_be_subscribed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
