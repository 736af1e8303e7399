/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signals.c: signals as events, and the children that one of them tells about. */
#include "loop/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static void
signals_ready(void *ctx, unsigned events)
{
	struct loop *l = ctx;
	struct signalfd_siginfo info;

	(void)events;
	while (read(l->signals.fd, &info, sizeof info) == sizeof info) {
		unsigned signo = info.ssi_signo;

		if (signo < NSIG && l->signals.of[signo].got != NULL)
			l->signals.of[signo].got(l->signals.of[signo].ctx, (int)signo);
	}
}

enum err
signals_open(struct loop *l)
{
	struct signals *s = &l->signals;
	enum err err;

	sigemptyset(&s->mask);
	pthread_sigmask(SIG_SETMASK, NULL, &s->before);
	s->fd = signalfd(-1, &s->mask, SFD_NONBLOCK | SFD_CLOEXEC);
	if (s->fd < 0)
		return ERR_IO;
	err = loop_watch(l, &s->watch, s->fd, LOOP_READ, signals_ready, l);
	if (err != ERR_OK)
		return err;
	/* From the start: a thread made before the first child would swallow the signal. */
	return loop_signal(l, SIGCHLD, children_reap, l);
}

void
signals_close(struct loop *l)
{
	if (l->signals.fd < 0)
		return;
	close(l->signals.fd);
	pthread_sigmask(SIG_SETMASK, &l->signals.before, NULL);
}

enum err
loop_signal(struct loop *l, int signo, loop_signalled *got, void *ctx)
{
	struct signals *s = &l->signals;

	if (signo <= 0 || signo >= NSIG || s->of[signo].got != NULL)
		return ERR_DUPLICATE;
	sigaddset(&s->mask, signo);
	if (pthread_sigmask(SIG_BLOCK, &s->mask, NULL) != 0 ||
		signalfd(s->fd, &s->mask, 0) < 0)
		return ERR_IO;
	s->of[signo].got = got;
	s->of[signo].ctx = ctx;
	return ERR_OK;
}

struct child {
	struct child *next;
	pid_t pid;
	loop_exited *exited;
	void *ctx;
};

static bool
reap_one(struct loop *l)
{
	for (struct child **at = &l->children; *at != NULL; at = &(*at)->next) {
		struct child ended = **at;
		int status;
		pid_t got = waitpid(ended.pid, &status, WNOHANG);

		if (got == 0)
			continue;
		free(*at);
		*at = ended.next;
		if (ended.exited != NULL)
			ended.exited(ended.ctx, ended.pid, got < 0 ? -1 : status);
		return true;
	}
	return false;
}

void
children_reap(void *ctx, int signo)
{
	(void)signo;
	/* From the front again each time: the callback may have changed the list. */
	while (reap_one(ctx))
		;
}

void
children_free(struct loop *l)
{
	while (l->children != NULL) {
		struct child *c = l->children;

		l->children = c->next;
		free(c);
	}
}

void
loop_child_forget(struct loop *l, pid_t pid)
{
	for (struct child *c = l->children; c != NULL; c = c->next)
		if (c->pid == pid)
			c->exited = NULL;
}

/* A copy of `fd` above 2, so that placing one does not overwrite the next. */
static int
lifted(int fd, int or_flags)
{
	if (fd < 0)
		fd = or_flags < 0 ? -1 : open("/dev/null", or_flags | O_CLOEXEC);
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

/* In the child, between fork and exec: only what is safe beside other threads. */
static _Noreturn void
become(const struct loop_spawn *how, pid_t parent)
{
	sigset_t none;
	int in = lifted(how->in_fd, O_RDONLY), out = lifted(how->out_fd, -1),
	    err = lifted(how->err_fd, -1);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	if (how->group)
		setpgid(0, 0);
	if (in < 0 || dup2(in, 0) < 0 || (out >= 0 && dup2(out, 1) < 0) ||
		(err >= 0 && dup2(err, 2) < 0))
		_exit(127);
	close_range(3, ~0U, 0);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	execvp(how->argv[0], (char *const *)(uintptr_t)how->argv);
	_exit(127);
}

enum err
loop_spawn(struct loop *l, pid_t *pid, const struct loop_spawn *how, loop_exited *exited,
	void *ctx, struct fault *fault)
{
	struct child *c = calloc(1, sizeof *c);
	pid_t parent = getpid();

	if (c == NULL)
		return fault_set(fault, ERR_NOMEM, "no memory for a child");
	c->exited = exited;
	c->ctx = ctx;
	c->pid = fork();
	if (c->pid == 0)
		become(how, parent);
	if (c->pid < 0) {
		free(c);
		return fault_set(fault, ERR_IO, "cannot start %s: %s", how->argv[0],
			strerror(errno));
	}
	c->next = l->children;
	l->children = c;
	if (pid != NULL)
		*pid = c->pid;
	return ERR_OK;
}
