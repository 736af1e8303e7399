/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conn.h: one connection of an http_server; for the files of this folder alone. */
#ifndef FANOUT_CONN_H
#define FANOUT_CONN_H

#include "fanout/frame.h"
#include "fanout/http_server.h"
#include "loop/address.h"

enum conn_state {
	CONN_READING,	/* idle, or in the middle of a request */
	CONN_WAITING,	/* the handler has the request */
	CONN_WRITING,	/* the answer does not fit into the socket */
	CONN_LINGERING, /* answered and shut; what still comes in is thrown away */
	CONN_STREAMING, /* a subscriber */
};

struct conn;
struct queue; /* frames that the socket did not take */

/* Who took the connection over. */
struct stream_ops {
	void (*left)(struct conn *c, size_t n);	      /* n queued bytes went out */
	void (*ended)(struct conn *c, size_t unsent); /* the connection is no more */
};

struct conn {
	struct loop_watch watch;
	struct http_server *server;
	struct conn *prev, *next;
	struct http_exchange *x; /* READING, WAITING */
	struct queue *queue;	 /* NULL when empty */
	struct buffer *rest;	 /* bytes of the requests behind this one; NULL: none */
	const struct stream_ops *stream;
	void *owner;	     /* of the stream */
	int64_t deadline_ms; /* monotonic; 0: none */
	enum conn_state state;
	bool keep, ended;
	uint8_t running; /* callbacks on the stack: not to be freed under them */
};

struct http_exchange {
	struct conn *conn; /* NULL: gone */
	struct http_reader reader;
};

struct http_server {
	struct loop *loop;
	struct http_server_config conf;
	http_handler *handler;
	void *ctx;
	struct loop_timer sweep;
	struct conn *conns, *streams; /* all of them; streams need no clock */
	struct listener **listeners;
	size_t n_listeners;
	bool resting;
	struct http_server_counts counts;
	uint8_t scratch[64 << 10];
};

enum sent { SENT_ALL, SENT_QUEUED, SENT_BROKEN };

/* Send `f` from byte `from` on, or queue it; behind what is queued already. A broken
 * connection is left for the caller to close. */
enum sent conn_send(struct conn *c, struct frame *f, size_t from);
/* Send what is queued; says how many bytes went. */
size_t conn_flush(struct conn *c, bool *broken);
size_t conn_queued(const struct conn *c); /* bytes */
void queue_free(struct queue *q);

void conn_link(struct conn *c, struct conn **list);
void conn_unlink(struct conn *c);
/* Close and free, or free when its last callback returns. */
void conn_close(struct conn *c);
void conn_enter(struct conn *c);
void conn_leave(struct conn *c);
size_t conn_memory(const struct conn *c); /* bytes of user memory */

/* Hand the connection of an exchange over to a stream and free the exchange. NULL: the client
 * is gone. */
struct conn *exchange_detach(
	struct http_exchange *x, const struct stream_ops *ops, void *owner);
void exchange_free(struct http_exchange *x);

#endif
