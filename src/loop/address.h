/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * address.h: where to listen and whom to dial.
 *
 * An address is text: "127.0.0.1:8080", "[::1]:8080", "localhost:8080", "*:8080" (listen on
 * every address), or a Unix socket: anything with a '/' in it, with or without "unix:"
 * before it. Host names other than localhost are not looked up here: that blocks.
 */
#ifndef LOOP_ADDRESS_H
#define LOOP_ADDRESS_H

#include "base/err.h"
#include "loop/loop.h"

#include <sys/socket.h>

struct address {
	struct sockaddr_storage at;
	socklen_t len;
	bool is_unix;
};

enum { ADDRESS_TEXT = 128 };

/* Errors: ERR_FORMAT, ERR_RANGE (port, or a path over 107 bytes); the fault says how to
 * write it. */
CHECKED enum err address_read(struct address *out, const char *text, struct fault *fault);
void address_write(char out[ADDRESS_TEXT], const struct address *a);
/* Begin to connect, non-blocking, close-on-exec, TCP_NODELAY; writable means connected or
 * failed (socket_error() tells). The caller owns *fd. Errors: ERR_IO. */
CHECKED enum err address_dial(int *fd, const struct address *a, struct fault *fault);
int socket_error(int fd); /* SO_ERROR: an errno, 0 when all is well */

/* Listening. `fd` is non-blocking and close-on-exec, TCP_NODELAY set; the callee owns it.
 */
typedef void listener_accepted(void *ctx, int fd);
struct listener;

/*
 * Listen and call `accepted` for each connection. A Unix socket gets mode 0660; a socket
 * file that nobody answers on is removed first, one that somebody answers on is not. Out of
 * descriptors, it rests 100 ms and goes on.
 * Errors: ERR_BUSY (taken: the fault names the address and the mend), ERR_REFUSED (not
 * allowed), ERR_FORMAT, ERR_RANGE, ERR_IO, ERR_NOMEM.
 */
CHECKED enum err listener_new(struct listener **out, struct loop *loop, const char *address,
	listener_accepted *accepted, void *ctx, struct fault *fault);
void listener_free(struct listener *l); /* NULL is fine; removes its own socket file */
/* What it listens on, with the real port where 0 was asked. Lives as long as the listener.
 */
const char *listener_address(const struct listener *l);
/* Rest or go on, for a server that is full. */
void listener_pause(struct listener *l, bool rest);

#endif
