/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listener.c: sockets that others dial. */
#include "loop/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { REST_MS = 100, ACCEPTS_AT_ONCE = 64, BACKLOG = 4096 };

struct listener {
	struct loop *loop;
	struct loop_watch watch;
	struct loop_timer rest;
	listener_accepted *accepted;
	void *ctx;
	int fd;
	bool paused, accepting, ended; /* ended while accepting: freed when that is over */
	struct stat file;	       /* the socket file that we made; st_ino 0: none */
	char path[sizeof((struct sockaddr_un *)0)->sun_path];
	char text[ADDRESS_TEXT];
};

static void
go_on(void *ctx)
{
	struct listener *l = ctx;

	if (!l->paused)
		loop_watch_change(l->loop, &l->watch, LOOP_READ);
}

void
listener_pause(struct listener *l, bool rest)
{
	l->paused = rest;
	if (rest)
		loop_watch_change(l->loop, &l->watch, 0);
	else if (l->rest.place == 0)
		go_on(l);
}

static void
accept_some(void *ctx, unsigned events)
{
	struct listener *l = ctx;

	(void)events;
	l->accepting = true;
	for (int i = 0; i < ACCEPTS_AT_ONCE && !l->ended && !l->paused; i++) {
		int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			l->accepted(l->ctx, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			errno == ENOMEM) {
			/* The connection stays in the backlog; asking at once would spin.
			 */
			loop_watch_change(l->loop, &l->watch, 0);
			if (loop_timer_set(l->loop, &l->rest, REST_MS, go_on, l) != ERR_OK)
				go_on(l);
			break;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
	}
	l->accepting = false;
	if (l->ended)
		free(l);
}

/* Is a socket file there that nobody answers on? Then take it away. */
static bool
removed_stale(const struct address *a)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&a->at;
	struct stat st;
	int fd;
	bool refused;

	if (lstat(un->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	refused = connect(fd, (const struct sockaddr *)&a->at, a->len) != 0 &&
		  errno == ECONNREFUSED;
	close(fd);
	return refused && unlink(un->sun_path) == 0;
}

static int
bind_to(int fd, const struct address *a)
{
	int on = 1, off = 0;
	const struct sockaddr_un *un = (const struct sockaddr_un *)&a->at;

	if (!a->is_unix) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* inherited */
		if (a->at.ss_family == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
		return bind(fd, (const struct sockaddr *)&a->at, a->len);
	}
	/* Before bind, so that at no moment can others connect; after it, against the
	 * umask. */
	if (fchmod(fd, 0660) != 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&a->at, a->len) != 0 &&
		(errno != EADDRINUSE || !removed_stale(a) ||
			bind(fd, (const struct sockaddr *)&a->at, a->len) != 0))
		return -1;
	return chmod(un->sun_path, 0660);
}

static enum err
say_why(const char *text, bool is_unix, struct fault *fault)
{
	switch (errno) {
	case EADDRINUSE:
		return fault_set(fault, ERR_BUSY,
			is_unix ? "%s is in use: another program answers there (or a file "
				  "that "
				  "is no socket has that name); stop it or choose another "
				  "path"
				: "%s is in use: another program listens there; stop it or "
				  "choose another port",
			text);
	case EADDRNOTAVAIL:
		return fault_set(fault, ERR_REFUSED,
			"cannot listen at %s: this machine has no such address", text);
	case EACCES:
	case EPERM:
		return fault_set(fault, ERR_REFUSED,
			is_unix ? "not allowed to make the socket %s: check who owns the "
				  "directory"
				: "not allowed to listen at %s: ports below 1024 need "
				  "CAP_NET_BIND_SERVICE; choose a higher one",
			text);
	case ENOENT:
	case ENOTDIR:
		return fault_set(fault, ERR_IO,
			"cannot make the socket %s: its directory does not exist", text);
	default:
		return fault_set(
			fault, ERR_IO, "cannot listen at %s: %s", text, strerror(errno));
	}
}

static enum err
open_socket(struct listener *l, const char *text, struct fault *fault)
{
	struct address a;
	enum err err = address_read(&a, text, fault);

	if (err != ERR_OK)
		return err;
	l->fd = socket(a.at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0 && errno == EAFNOSUPPORT && text[0] == '*') {
		struct sockaddr_in any = {.sin_family = AF_INET,
			.sin_port = ((struct sockaddr_in6 *)&a.at)->sin6_port};

		memset(&a.at, 0, sizeof a.at);
		memcpy(&a.at, &any, sizeof any);
		a.len = sizeof any;
		l->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	}
	if (l->fd < 0 || bind_to(l->fd, &a) != 0)
		return say_why(text, a.is_unix, fault);
	if (a.is_unix) {
		strcpy(l->path, ((struct sockaddr_un *)&a.at)->sun_path);
		if (stat(l->path, &l->file) != 0)
			l->file.st_ino = 0;
	}
	if (listen(l->fd, BACKLOG) != 0)
		return say_why(text, a.is_unix, fault);
	if (!a.is_unix)
		getsockname(l->fd, (struct sockaddr *)&a.at, &a.len);
	address_write(l->text, &a);
	return ERR_OK;
}

enum err
listener_new(struct listener **out, struct loop *loop, const char *address,
	listener_accepted *accepted, void *ctx, struct fault *fault)
{
	struct listener *l = calloc(1, sizeof *l);
	enum err err;

	if (l == NULL)
		return fault_set(fault, ERR_NOMEM, "no memory to listen at %s", address);
	l->loop = loop;
	l->fd = -1;
	l->accepted = accepted;
	l->ctx = ctx;
	err = open_socket(l, address, fault);
	if (err == ERR_OK &&
		loop_watch(loop, &l->watch, l->fd, LOOP_READ, accept_some, l) != ERR_OK)
		err = fault_set(
			fault, ERR_IO, "cannot watch %s: %s", address, strerror(errno));
	if (err != ERR_OK) {
		listener_free(l);
		return err;
	}
	*out = l;
	return ERR_OK;
}

void
listener_free(struct listener *l)
{
	struct stat now;

	if (l == NULL)
		return;
	loop_unwatch(l->loop, &l->watch);
	loop_timer_cancel(l->loop, &l->rest);
	if (l->file.st_ino != 0 && lstat(l->path, &now) == 0 &&
		now.st_ino == l->file.st_ino && now.st_dev == l->file.st_dev)
		unlink(l->path);
	if (l->fd >= 0)
		close(l->fd);
	if (l->accepting)
		l->ended = true;
	else
		free(l);
}

const char *
listener_address(const struct listener *l)
{
	return l->text;
}
