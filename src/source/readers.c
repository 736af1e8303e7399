/* SPDX-License-Identifier: GPL-3.0-or-later */
/* readers.c: children that read, their pipes and their time. */
#include "source/readers.h"

#include "source/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct job {
	struct readers *of;
	struct job *next;
	struct buffer ask, answer;
	size_t sent;
	readers_told *told;
	void *ctx;
	pid_t pid;
	int to, from; /* -1: closed */
	struct loop_watch to_watch, from_watch;
	struct loop_timer late;
	bool exited, hung, flooded;
	int status;
};

struct readers {
	struct loop *loop;
	const char *const *argv;
	struct job *waiting, **last, *busy;
	size_t queued, running;
	int64_t wait_ms;
};

static void start_more(struct readers *r);

/* ---- pipes ---- */

static void
close_end(struct job *j, int *fd, struct loop_watch *watch)
{
	if (*fd < 0)
		return;
	loop_unwatch(j->of->loop, watch);
	close(*fd);
	*fd = -1;
}

static void
job_free(struct job *j)
{
	close_end(j, &j->to, &j->to_watch);
	close_end(j, &j->from, &j->from_watch);
	loop_timer_cancel(j->of->loop, &j->late);
	buffer_free(&j->ask);
	buffer_free(&j->answer);
	free(j);
}

static void
why_not(char out[128], const struct job *j)
{
	if (j->flooded)
		snprintf(out, 128, "the reader told more than %d bytes of it",
			READERS_ANSWER_MAX);
	else if (j->hung)
		snprintf(out, 128, "reading it took over %d ms", (int)j->of->wait_ms);
	else if (WIFSIGNALED(j->status))
		snprintf(out, 128, "reading it crashed the reader (signal %d)",
			WTERMSIG(j->status));
	else if (WIFEXITED(j->status) && WEXITSTATUS(j->status) != 0)
		snprintf(out, 128, "the reader gave up on it (status %d)",
			WEXITSTATUS(j->status));
	else
		snprintf(out, 128, "the reader's answer is nonsense");
}

static void
finish_if_done(struct job *j)
{
	struct readers *r = j->of;
	char why[128] = "";
	json_t *told = NULL;

	if (!j->exited || j->from >= 0)
		return;
	for (struct job **at = &r->busy; *at != NULL; at = &(*at)->next)
		if (*at == j) {
			*at = j->next;
			break;
		}
	r->running--;
	if (!j->hung && !j->flooded && WIFEXITED(j->status) && WEXITSTATUS(j->status) == 0)
		told = json_loadb(buffer_text(&j->answer), j->answer.len,
			JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(told))
		why_not(why, j);
	j->told(j->ctx, json_is_object(told) ? told : NULL, why);
	json_decref(told);
	job_free(j);
	start_more(r);
}

static void
exited(void *ctx, pid_t pid, int status)
{
	struct job *j = ctx;

	(void)pid;
	j->exited = true;
	j->status = status;
	close_end(j, &j->to, &j->to_watch);
	/* Whoever else holds the other end of its pipe is not waited for. */
	if (j->hung || j->flooded)
		close_end(j, &j->from, &j->from_watch);
	finish_if_done(j);
}

static void
give(void *ctx, unsigned events)
{
	struct job *j = ctx;
	ssize_t n = write(j->to, j->ask.at + j->sent, j->ask.len - j->sent);

	(void)events;
	if (n > 0)
		j->sent += (size_t)n;
	/* A child that ended early tells so by its status. */
	if (j->sent == j->ask.len || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_end(j, &j->to, &j->to_watch);
}

static void
end_child(struct job *j)
{
	if (!j->exited)
		kill(j->pid, SIGKILL);
}

static void
hear(void *ctx, unsigned events)
{
	struct job *j = ctx;
	uint8_t part[16384];
	ssize_t n = read(j->from, part, sizeof part);

	(void)events;
	if (n > 0) {
		write_bytes(&j->answer, part, (size_t)n);
		if (j->answer.err == ERR_OK && j->answer.len <= READERS_ANSWER_MAX)
			return;
		j->flooded = true;
		end_child(j);
	} else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	close_end(j, &j->from, &j->from_watch);
	finish_if_done(j);
}

/* ---- starting ---- */

static void
late(void *ctx)
{
	struct job *j = ctx;

	j->hung = true;
	end_child(j);
}

static bool
pipe_ends(int ends[2], int ours)
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	fcntl(ends[ours], F_SETFL, O_NONBLOCK);
	return true;
}

static bool
spawn(struct job *j)
{
	struct readers *r = j->of;
	struct fault fault = {""};
	int in[2], out[2];
	bool good;

	if (!pipe_ends(in, 1))
		return false;
	if (!pipe_ends(out, 0)) {
		close(in[0]);
		close(in[1]);
		return false;
	}
	good = loop_spawn(r->loop, &j->pid,
		       &(struct loop_spawn){r->argv, in[0], out[1], -1, false}, exited, j,
		       &fault) == ERR_OK;
	close(in[0]);
	close(out[1]);
	j->to = in[1];
	j->from = out[0];
	return good;
}

static bool
job_start(struct job *j)
{
	struct loop *l = j->of->loop;

	if (!spawn(j))
		return false;
	if (loop_watch(l, &j->to_watch, j->to, LOOP_WRITE, give, j) == ERR_OK &&
		loop_watch(l, &j->from_watch, j->from, LOOP_READ, hear, j) == ERR_OK &&
		loop_timer_set(l, &j->late, j->of->wait_ms, late, j) == ERR_OK)
		return true;
	loop_child_forget(l, j->pid);
	kill(j->pid, SIGKILL);
	return false;
}

static void
start_more(struct readers *r)
{
	while (r->running < READERS_AT_ONCE && r->waiting != NULL) {
		struct job *j = r->waiting;

		r->waiting = j->next;
		if (r->waiting == NULL)
			r->last = &r->waiting;
		r->queued--;
		if (job_start(j)) {
			j->next = r->busy;
			r->busy = j;
			r->running++;
			continue;
		}
		j->told(j->ctx, NULL, "the system starts no reader");
		job_free(j);
	}
}

static void
start_later(void *ctx)
{
	start_more(((struct job *)ctx)->of);
}

bool
readers_ask(struct readers *r, struct bytes document, const struct dsig_pin *pin,
	size_t pins, readers_told *told, void *ctx)
{
	struct job *j = r->queued < READERS_QUEUE_MAX ? calloc(1, sizeof *j) : NULL;

	if (j == NULL)
		return false;
	j->of = r;
	j->to = j->from = -1;
	j->told = told;
	j->ctx = ctx;
	child_ask_write(&j->ask, pin, pins, document);
	/* From the loop, so that nobody is told before this returns. */
	if (j->ask.err != ERR_OK ||
		loop_timer_set(r->loop, &j->late, 0, start_later, j) != ERR_OK) {
		job_free(j);
		return false;
	}
	*r->last = j;
	r->last = &j->next;
	r->queued++;
	return true;
}

enum err
readers_new(
	struct readers **out, struct loop *loop, const char *const *argv, int64_t wait_ms)
{
	struct readers *r = calloc(1, sizeof *r);

	if (r == NULL)
		return ERR_NOMEM;
	r->loop = loop;
	r->argv = argv;
	r->wait_ms = wait_ms;
	r->last = &r->waiting;
	*out = r;
	return ERR_OK;
}

void
readers_free(struct readers *r)
{
	struct job *j, *next;

	if (r == NULL)
		return;
	for (j = r->busy; j != NULL; j = next) {
		next = j->next;
		loop_child_forget(r->loop, j->pid);
		if (!j->exited)
			kill(j->pid, SIGKILL);
		job_free(j);
	}
	for (j = r->waiting; j != NULL; j = next) {
		next = j->next;
		job_free(j);
	}
	free(r);
}
