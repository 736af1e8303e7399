/* SPDX-License-Identifier: GPL-3.0-or-later */
/* via.c: one child, `ssh -N -L`, and one folder; both end with us. */
#include "cli/via.h"

#include "base/bytes.h"
#include "base/text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 30000, STEP_MS = 50 };

struct via {
	char folder[64], socket[96], forward[1200], port[8], host[256];
	pid_t ssh;
};

/* The one that a signal has to clean up behind; set while it lives. */
static struct via *open_via;

static void
clean(const struct via *v)
{
	if (v->ssh > 0)
		kill(v->ssh, SIGTERM);
	if (v->folder[0] != '\0') {
		unlink(v->socket);
		rmdir(v->folder);
	}
}

static void
ended_by_signal(int signo)
{
	if (open_via != NULL)
		clean(open_via);
	signal(signo, SIG_DFL);
	raise(signo);
}

/* "user@host", "port", "/path": a host that begins with '-' would be an option of ssh. */
static enum err
url_read(struct via *v, const char *url, const char **path, struct fault *fault)
{
	static const char scheme[] = "ssh://";
	const char *host = url, *slash, *end, *colon;
	uint64_t port = 22;

	if (strncmp(url, scheme, strlen(scheme)) != 0)
		return fault_set(fault, ERR_FORMAT,
			"--via: \"%s\" must be ssh://[user@]host[:port][/path/to/hub.sock]",
			url);
	host += strlen(scheme);
	slash = strchr(host, '/');
	end = slash != NULL ? slash : host + strlen(host);
	*path = slash != NULL && slash[1] != '\0' ? slash : "/run/belfry/hub.sock";
	colon = memchr(host, ':', (size_t)(end - host));
	if (colon != NULL &&
		number_read(&port, colon + 1, (size_t)(end - colon - 1), 65535) != ERR_OK)
		return fault_set(
			fault, ERR_FORMAT, "--via: the port in \"%s\" is no number", url);
	end = colon != NULL ? colon : end;
	if (end == host || host[0] == '-' || (size_t)(end - host) >= sizeof v->host)
		return fault_set(
			fault, ERR_FORMAT, "--via: there is no host in \"%s\"", url);
	memcpy(v->host, host, (size_t)(end - host));
	snprintf(v->port, sizeof v->port, "%u", (unsigned)port);
	return ERR_OK;
}

static void
start(struct via *v)
{
	bool person = isatty(STDIN_FILENO);
	char *argv[] = {"ssh", "-N", "-o", "ExitOnForwardFailure=yes", "-o",
		"StreamLocalBindMask=0177", "-o", person ? "BatchMode=no" : "BatchMode=yes",
		"-L", v->forward, "-p", v->port, "--", v->host, NULL};
	pid_t parent = getpid();

	v->ssh = fork();
	if (v->ssh != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == parent)
		execvp("ssh", argv);
	fprintf(stderr, "belfry: ssh: %s\n", strerror(errno));
	_exit(127);
}

static bool
answers(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes;

	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	yes = fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) == 0;
	if (fd >= 0)
		close(fd);
	return yes;
}

static enum err
wait_for_socket(struct via *v, struct fault *fault)
{
	for (int waited = 0; waited < WAIT_MS; waited += STEP_MS) {
		struct timespec step = {0, STEP_MS * 1000000L};

		if (answers(v->socket))
			return ERR_OK;
		if (waitpid(v->ssh, NULL, WNOHANG) == v->ssh) {
			v->ssh = 0;
			return fault_set(fault, ERR_IO,
				"--via: ssh to %s ended before the hub's socket was there",
				v->host);
		}
		nanosleep(&step, NULL);
	}
	return fault_set(fault, ERR_IO, "--via: no socket through %s within 30 s", v->host);
}

enum err
via_new(struct via **out, const char *url, struct fault *fault)
{
	struct via *v = calloc(1, sizeof *v);
	const char *path = "";
	enum err err = v != NULL ? url_read(v, url, &path, fault) : ERR_NOMEM;

	if (err == ERR_OK) {
		snprintf(v->folder, sizeof v->folder, "/tmp/belfry-XXXXXX");
		if (mkdtemp(v->folder) == NULL) {
			v->folder[0] = '\0';
			err = fault_set(fault, ERR_IO, "--via: /tmp: %s", strerror(errno));
		}
	}
	if (err != ERR_OK) {
		via_free(v);
		return err;
	}
	snprintf(v->socket, sizeof v->socket, "%s/hub.sock", v->folder);
	snprintf(v->forward, sizeof v->forward, "%s:%s", v->socket, path);
	open_via = v;
	signal(SIGINT, ended_by_signal);
	signal(SIGTERM, ended_by_signal);
	signal(SIGHUP, ended_by_signal);
	start(v);
	err = v->ssh > 0 ? wait_for_socket(v, fault)
			 : fault_set(fault, ERR_IO, "--via: %s", strerror(errno));
	if (err == ERR_OK)
		*out = v;
	else
		via_free(v);
	return err;
}

void
via_free(struct via *v)
{
	if (v == NULL)
		return;
	clean(v);
	if (v->ssh > 0)
		waitpid(v->ssh, NULL, 0);
	open_via = NULL;
	free(v);
}

const char *
via_socket(const struct via *v)
{
	return v->socket;
}
