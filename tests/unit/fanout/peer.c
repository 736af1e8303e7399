/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>

void
bench_open(struct bench *b, const struct http_server_config *conf, const char *address,
	http_handler *handler, void *ctx)
{
	assert_int_equal(loop_new(&b->loop, NULL), ERR_OK);
	assert_int_equal(http_server_new(&b->server, b->loop, conf, handler, ctx), ERR_OK);
	assert_int_equal(http_server_listen(b->server,
				 address != NULL ? address : "127.0.0.1:0", NULL),
		ERR_OK);
	b->address = http_server_address(b->server, 0);
}

void
bench_close(struct bench *b)
{
	http_server_free(b->server);
	loop_free(b->loop);
}

void
bench_turn(struct bench *b, int wait_ms)
{
	assert_int_equal(loop_once(b->loop, wait_ms, NULL), ERR_OK);
}

void
bench_turns(struct bench *b, int ms)
{
	int64_t until_ms = loop_monotonic_ms() + ms;

	while (loop_monotonic_ms() < until_ms)
		bench_turn(b, (int)(until_ms - loop_monotonic_ms()));
}

int
peer_dial(const struct bench *b)
{
	struct address a;
	int fd;

	assert_int_equal(address_read(&a, b->address, NULL), ERR_OK);
	assert_int_equal(address_dial(&fd, &a, NULL), ERR_OK);
	return fd;
}

void
peer_say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static ssize_t
peer_read(int fd, struct buffer *got)
{
	char part[65536];
	ssize_t n = recv(fd, part, sizeof part, MSG_DONTWAIT);

	if (n > 0)
		write_bytes(got, part, (size_t)n);
	return n;
}

bool
peer_hears(struct bench *b, int fd, struct buffer *got, const char *want)
{
	int64_t until_ms = loop_monotonic_ms() + 3000;
	ssize_t n = 1;

	while (n != 0 && loop_monotonic_ms() < until_ms) {
		if (got->len > 0 && memmem(got->at, got->len, want, strlen(want)) != NULL)
			return true;
		bench_turn(b, 1);
		n = peer_read(fd, got);
	}
	return got->len > 0 && memmem(got->at, got->len, want, strlen(want)) != NULL;
}

bool
peer_is_closed(struct bench *b, int fd)
{
	int64_t until_ms = loop_monotonic_ms() + 4000;
	struct buffer got = {0};
	ssize_t n = 1;
	bool closed;

	while (loop_monotonic_ms() < until_ms && n != 0) {
		bench_turn(b, 5);
		n = peer_read(fd, &got);
		if (n < 0 && errno != EAGAIN)
			n = 0;
	}
	closed = n == 0;
	buffer_free(&got);
	return closed;
}

void
many_descriptors(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}
