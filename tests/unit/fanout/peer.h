/* SPDX-License-Identifier: GPL-3.0-or-later */
/* peer.h: the other end of a connection, in the same thread as the server that is tested. */
#ifndef TESTS_FANOUT_PEER_H
#define TESTS_FANOUT_PEER_H

#include "fanout/http_server.h"
#include "loop/address.h"

struct bench {
	struct loop *loop;
	struct http_server *server;
	const char *address;
};

/* A server on a free port of loopback (address NULL) or on a Unix socket. */
void bench_open(struct bench *b, const struct http_server_config *conf, const char *address,
	http_handler *handler, void *ctx);
void bench_close(struct bench *b);
void bench_turn(struct bench *b, int wait_ms);
void bench_turns(struct bench *b, int ms); /* for that long */

int peer_dial(const struct bench *b);
void peer_say(int fd, const char *text);
/* Turn the loop and read until `want` is in what came (in `got`, a C string), the peer closed,
 * or 3 s are over. True if it is there. */
bool peer_hears(struct bench *b, int fd, struct buffer *got, const char *want);
bool peer_is_closed(struct bench *b, int fd); /* within 4 s; reads all before it */
void many_descriptors(void);

/* Turn until the condition holds; 5 s are enough for any machine. */
#define WAIT_FOR(b, condition)                                                             \
	for (int64_t until_ms = loop_monotonic_ms() + 5000;                                \
		!(condition) && loop_monotonic_ms() < until_ms;)                           \
	bench_turn(b, 5)

#endif
