/* SPDX-License-Identifier: GPL-3.0-or-later */
/* asking.h: one request on a connection of its own; what calls and streams have in common. */
#ifndef FANOUT_ASKING_H
#define FANOUT_ASKING_H

#include "fanout/http_client.h"
#include "loop/address.h"

struct asking;

struct asking_ops {
	void (*got)(struct asking *a); /* more is read: look at reader and body */
	void (*end)(struct asking *a, enum err err, const struct fault *why);
	void (*free)(struct asking *a); /* what stands around it, and it */
};

/* The first member of a call or a stream. */
struct asking {
	const struct asking_ops *ops;
	struct loop *loop;
	struct loop_watch watch;
	struct loop_timer timer;
	int fd;
	struct buffer out; /* the request */
	size_t sent;
	struct http_response_reader reader;
	struct buffer body;
	unsigned timeout_ms;
	char address[ADDRESS_TEXT];
	bool connected, ended;
	uint8_t running;
};

/* Write the request and begin to connect. On error `a` is as it was. */
CHECKED enum err asking_begin(struct asking *a, struct loop *loop,
	const struct http_ask *ask, const struct asking_ops *ops, struct fault *fault);
/* Once: tell `end` and free, when the last callback has returned. */
void asking_end(struct asking *a, enum err err, const struct fault *why);
void asking_drop(struct asking *a);  /* as asking_end() without telling */
void asking_renew(struct asking *a); /* the time-out begins anew */

#endif
