/* SPDX-License-Identifier: GPL-3.0-or-later */
/* belfry-cabinet: plays the cabinets of siren boxes over a Unix socket. Words and log: see
 * src/hands/cabinet.h. */
#include "base/bytes.h"
#include "base/text.h"
#include "hands/cabinet.h"
#include "loop/address.h"
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	READ_SIZE = 65536,
	OUT_MAX =
		64
		<< 20, /* queued for a peer that does not read: room for all boxes' inputs */
};

struct options {
	const char *socket, *log;
	uint64_t boxes, current_ms;
};

struct server {
	struct loop *loop;
	struct cabinet *cabinet;
	struct loop_timer timer;
	struct peer *peers;
	struct peer *dirty; /* those with bytes to send */
	struct buffer log;
	int log_fd; /* -1: none */
	int status;
};

struct peer {
	struct server *s;
	struct loop_watch watch;
	struct buffer in, out;
	struct peer *next, *before, *next_dirty;
	bool dirty, busy, over;
	int fd;
};

static struct cabinet_time
time_now(void)
{
	struct timespec m, r;

	clock_gettime(CLOCK_MONOTONIC, &m);
	clock_gettime(CLOCK_REALTIME, &r);
	return (struct cabinet_time){(int64_t)m.tv_sec * 1000000000 + m.tv_nsec,
		(int64_t)r.tv_sec * 1000 + r.tv_nsec / 1000000};
}

static void
die(struct server *s, const char *what)
{
	fprintf(stderr, "belfry-cabinet: %s: %s\n", what, strerror(errno));
	s->status = 1;
	loop_stop(s->loop);
}

/* A closing that is not in the log would be a lie of omission: without the log we end. */
static void
log_flush(struct server *s)
{
	size_t done = 0;

	while (s->log_fd >= 0 && done < s->log.len) {
		ssize_t n = write(s->log_fd, s->log.at + done, s->log.len - done);

		if (n < 0 && errno != EINTR) {
			die(s, "cannot write the log");
			break;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	if (s->log.err != ERR_OK)
		die(s, "cannot keep the log");
	buffer_clear(&s->log);
}

static void
say(void *ctx, cabinet_peer *to, const char *line, size_t len)
{
	struct server *s = ctx;
	struct peer *p = to;

	write_bytes(&p->out, line, len);
	if (p->dirty)
		return;
	p->dirty = true;
	p->next_dirty = s->dirty;
	s->dirty = p;
}

static void
note(void *ctx, const char *line, size_t len)
{
	write_bytes(&((struct server *)ctx)->log, line, len);
}

/* Give the kernel what it takes; the rest waits for LOOP_WRITE. */
static void
peer_send(struct peer *p)
{
	ssize_t n = send(p->fd, p->out.at, p->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n > 0)
		buffer_consume(&p->out, (size_t)n);
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || p->out.len > OUT_MAX ||
		p->out.err != ERR_OK)
		shutdown(p->fd, SHUT_RDWR); /* its hang-up comes through the loop */
	loop_watch_change(
		p->s->loop, &p->watch, p->out.len > 0 ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

static void tick(void *ctx);

/* The end of each turn: first the log, then the answers, then the alarm clock. */
static void
turn_end(struct server *s)
{
	int64_t due_ns, wait_ns;

	log_flush(s);
	while (s->dirty != NULL) {
		struct peer *p = s->dirty;

		s->dirty = p->next_dirty;
		p->dirty = false;
		peer_send(p);
	}
	due_ns = cabinet_due_ns(s->cabinet);
	wait_ns = due_ns - time_now().monotonic_ns;
	if (due_ns < 0)
		return;
	if (loop_timer_set(s->loop, &s->timer,
		    wait_ns > 0 ? (wait_ns + 999999) / 1000000 : 0, tick, s) != ERR_OK)
		die(s, "no timer");
}

static void
tick(void *ctx)
{
	struct server *s = ctx;

	cabinet_tick(s->cabinet, time_now());
	turn_end(s);
}

static void
peer_lines(struct peer *p)
{
	size_t from = 0;
	uint8_t *end;

	while (from < p->in.len &&
		(end = memchr(p->in.at + from, '\n', p->in.len - from)) != NULL) {
		size_t len = (size_t)(end - p->in.at) - from;

		if (len < CABINET_LINE)
			cabinet_take(p->s->cabinet, p, time_now(),
				bytes_of(p->in.at + from, len));
		from += len + 1;
		p->over |= len >= CABINET_LINE;
	}
	buffer_consume(&p->in, from);
	p->over |= p->in.len >= CABINET_LINE || p->in.err != ERR_OK;
}

/* Take what has come, up to its end if `all`. */
static void
peer_read(struct peer *p, bool all)
{
	static uint8_t bytes[READ_SIZE];
	ssize_t n;

	p->busy = true;
	do {
		n = recv(p->fd, bytes, sizeof bytes, MSG_DONTWAIT);
		if (n > 0) {
			write_bytes(&p->in, bytes, (size_t)n);
			peer_lines(p);
		}
	} while (n > 0 && all && !p->over);
	p->over |= n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	p->busy = false;
}

static void
peer_end(struct peer *p)
{
	struct server *s = p->s;

	cabinet_leave(s->cabinet, p);
	turn_end(s); /* the last answers leave, and `p` is no longer dirty */
	*(p->before != NULL ? &p->before->next : &s->peers) = p->next;
	if (p->next != NULL)
		p->next->before = p->before;
	loop_unwatch(s->loop, &p->watch);
	close(p->fd);
	buffer_free(&p->in);
	buffer_free(&p->out);
	free(p);
}

/* A peer that has hung up still owns boxes until we see it; another asks for one of them. */
static bool
gone(void *ctx, cabinet_peer *peer)
{
	struct peer *p = peer;
	struct pollfd poll_one = {.fd = p->fd};

	(void)ctx;
	if (p->busy || poll(&poll_one, 1, 0) < 0 || (poll_one.revents & POLLHUP) == 0)
		return false;
	peer_read(p, true);
	cabinet_leave(p->s->cabinet, p); /* the loop will call peer_end() */
	return true;
}

static void
peer_ready(void *ctx, unsigned events)
{
	struct peer *p = ctx;
	struct server *s = p->s;

	if (events & LOOP_WRITE)
		peer_send(p);
	peer_read(p, (events & LOOP_HANGUP) != 0);
	if (p->over)
		peer_end(p);
	else
		turn_end(s);
}

static void
peer_new(void *ctx, int fd)
{
	struct server *s = ctx;
	struct peer *p = calloc(1, sizeof *p);

	if (p == NULL ||
		loop_watch(s->loop, &p->watch, fd, LOOP_READ, peer_ready, p) != ERR_OK) {
		close(fd);
		free(p);
		return;
	}
	p->s = s;
	p->fd = fd;
	p->next = s->peers;
	if (p->next != NULL)
		p->next->before = p;
	s->peers = p;
}

static void
stop(void *ctx, int signo)
{
	(void)signo;
	loop_stop(ctx);
}

static int
fail(const struct fault *fault)
{
	fprintf(stderr, "belfry-cabinet: %s\n", fault->text);
	return 1;
}

static int
serve(struct server *s, const struct options *o)
{
	const struct cabinet_host host = {s, say, note, gone};
	struct listener *listener;
	struct fault fault = {""};

	if (cabinet_new(&s->cabinet, (uint32_t)o->boxes, (uint32_t)o->current_ms, &host) !=
			ERR_OK ||
		loop_signal(s->loop, SIGTERM, stop, s->loop) != ERR_OK ||
		loop_signal(s->loop, SIGINT, stop, s->loop) != ERR_OK)
		return fail(&(struct fault){"no memory, or signals are refused"});
	if (listener_new(&listener, s->loop, o->socket, peer_new, s, &fault) != ERR_OK)
		return fail(&fault);
	printf("belfry-cabinet: %u boxes on %s\n", (unsigned)o->boxes,
		listener_address(listener));
	fflush(stdout);
	if (loop_run(s->loop, &fault) != ERR_OK)
		s->status = fail(&fault);
	listener_free(listener);
	while (s->peers != NULL)
		peer_end(s->peers);
	return s->status;
}

static const char usage[] =
	"Usage: belfry-cabinet --socket PATH [--boxes N] [--log FILE] [--current-ms N]\n"
	"\n"
	"Play the cabinets of siren boxes 1 to N: relay, current sensor, supply, doors. "
	"Boxes and\n"
	"tests speak lines over the Unix socket; src/hands/cabinet.h lists them.\n"
	"\n"
	"  --socket PATH    listen here\n"
	"  --boxes N        how many cabinets (default 1)\n"
	"  --log FILE       add a line for each closing and opening of a relay:\n"
	"                   MONOTONIC_NS REALTIME_MS BOX on|off\n"
	"  --current-ms N   how long the current takes to follow the relay (default 20)\n"
	"  --help, --version\n";

/* -1 to go on; otherwise the exit code. */
static int
options_read(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {{"socket", required_argument, NULL, 's'},
		{"log", required_argument, NULL, 'l'},
		{"boxes", required_argument, NULL, 'b'},
		{"current-ms", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		bool good = c == 's' || c == 'l';

		if (c == 's')
			o->socket = optarg;
		else if (c == 'l')
			o->log = optarg;
		else if (c == 'b')
			good = number_read(&o->boxes, optarg, strlen(optarg),
				       CABINET_BOXES) == ERR_OK &&
			       o->boxes > 0;
		else if (c == 'c')
			good = number_read(&o->current_ms, optarg, strlen(optarg), 60000) ==
			       ERR_OK;
		else if (c == 'h')
			return fputs(usage, stdout) < 0;
		else if (c == 'v')
			return printf("belfry-cabinet %s\n", BELFRY_VERSION) < 0;
		if (!good && c != '?')
			fprintf(stderr, "belfry-cabinet: \"%s\" is out of range\n", optarg);
		if (!good)
			return 2;
	}
	if (o->socket != NULL && optind == argc)
		return -1;
	fputs(usage, stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	struct options o = {.boxes = 1, .current_ms = 20};
	struct server s = {.log_fd = -1};
	struct fault fault = {""};
	int status = options_read(&o, argc, argv);

	if (status >= 0)
		return status;
	if (loop_new(&s.loop, &fault) != ERR_OK)
		return fail(&fault);
	if (o.log != NULL)
		s.log_fd = open(o.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (o.log != NULL && s.log_fd < 0) {
		die(&s, o.log);
		status = 1;
	} else {
		status = serve(&s, &o);
	}
	cabinet_free(s.cabinet);
	buffer_free(&s.log);
	loop_free(s.loop);
	if (s.log_fd >= 0)
		close(s.log_fd);
	return status;
}
