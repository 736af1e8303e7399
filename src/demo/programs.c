/* SPDX-License-Identifier: GPL-3.0-or-later */
/* programs.c: processes from start to end. */
#include "demo/programs.h"

#include "console/config.h"
#include "demo/files.h"
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_MS = 120000, END_MS = 5000, LOOK_MS = 20, LOG_MAX = 1 << 24, ARGS = 12 };

static void tell(struct programs *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void
tell(struct programs *c, const char *format, ...)
{
	va_list ap;

	if (c->told == NULL)
		return;
	va_start(ap, format);
	vfprintf(c->told, format, ap);
	va_end(ap);
	fflush(c->told);
}

static void
wait_ms(int ms)
{
	usleep((useconds_t)ms * 1000);
}

static void
child(const char *path, char *const *args, int log)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setpgid(0, 0); /* ^C of the terminal is for us: we end them in order */
	dup2(log, 1);
	dup2(log, 2);
	execv(path, args);
	dprintf(2, "%s: %s\n", path, strerror(errno));
	_exit(127);
}

static enum err
spawn(struct programs *c, const char *name, const char *program, const char *const *args,
	struct fault *fault)
{
	struct program *p = &c->program[c->count];
	char path[4096], *argv[ARGS + 2] = {path};
	int log;

	snprintf(path, sizeof path, "%s/%s", c->bin, program);
	if (access(path, X_OK) != 0)
		return fault_set(
			fault, ERR_IO, "%s: %s; build first: ./run", path, strerror(errno));
	for (int i = 0; i < ARGS && args[i] != NULL; i++)
		argv[i + 1] = (char *)args[i];
	snprintf(p->name, sizeof p->name, "%s", name);
	snprintf(p->log, sizeof p->log, "%s/log/%s.log", c->in->dir, name);
	/* Emptied before the program starts: ready() must not read what the last start wrote. */
	log = open(p->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (log < 0)
		return fault_set(fault, ERR_IO, "%s: %s", p->log, strerror(errno));
	p->pid = fork();
	if (p->pid == 0)
		child(path, argv, log);
	close(log);
	if (p->pid < 0)
		return fault_set(fault, ERR_IO, "fork: %s", strerror(errno));
	c->count++;
	return ERR_OK;
}

static void
last_line(char *out, size_t room, const char *log)
{
	struct buffer text = {0};
	const char *at;
	size_t len;

	out[0] = '\0';
	if (file_read(&text, log, LOG_MAX, NULL) == ERR_OK && text.len > 0) {
		len = text.len;
		while (len > 0 && text.at[len - 1] == '\n')
			len--;
		text.at[len] = 0;
		at = strrchr(buffer_text(&text), '\n');
		snprintf(out, room, "%s", at != NULL ? at + 1 : buffer_text(&text));
	}
	buffer_free(&text);
}

static enum err
ended(struct program *p, struct fault *fault)
{
	char line[256];
	int status;

	if (p->pid <= 0 || waitpid(p->pid, &status, WNOHANG) != p->pid)
		return ERR_OK;
	p->pid = 0;
	last_line(line, sizeof line, p->log);
	return fault_set(fault, ERR_IO, "%s ended: %s (log: %s)", p->name, line, p->log);
}

enum err
programs_look(struct programs *c, struct fault *fault)
{
	enum err err = ERR_OK;

	for (int i = 0; i < c->count && err == ERR_OK; i++)
		err = ended(&c->program[i], fault);
	return err;
}

/* Until its log says `word`. */
static enum err
ready(struct programs *c, const char *word, struct fault *fault)
{
	struct program *p = &c->program[c->count - 1];
	int64_t until = loop_monotonic_ms() + READY_MS;
	enum err err = ERR_OK;
	bool there = false;

	while (err == ERR_OK && !there) {
		struct buffer text = {0};

		if (file_read(&text, p->log, LOG_MAX, NULL) == ERR_OK)
			there = strstr(buffer_text(&text), word) != NULL;
		buffer_free(&text);
		if (!there)
			err = ended(p, fault);
		if (!there && loop_monotonic_ms() > until)
			err = fault_set(fault, ERR_IO,
				"%s is not ready after %d s (log: %s)", p->name,
				READY_MS / 1000, p->log);
		if (!there)
			wait_ms(LOOK_MS);
	}
	return err;
}

static enum err
cabinets_start(struct programs *c, struct fault *fault)
{
	char boxes[16];
	const char *args[] = {"--socket", instance_path(c->in, "cabinet.sock"), "--boxes",
		boxes, "--log", instance_path(c->in, "cabinet.log"), NULL};
	enum err err;

	snprintf(boxes, sizeof boxes, "%zu", c->in->siren_count);
	tell(c, "cabinets  %s simulated\n", boxes);
	err = spawn(c, "cabinet", "belfry-cabinet", args, fault);
	return err == ERR_OK ? ready(c, "boxes on", fault) : err;
}

static enum err
servers_start(struct programs *c, struct fault *fault)
{
	const char *edge[] = {
		"--config", instance_path(c->in, "edge/belfry-edge.json"), NULL};
	const char *hub[] = {"--config", instance_path(c->in, "hub/belfryd.json"), NULL};
	enum err err;

	tell(c, "edge      http://127.0.0.1:%u/\n", c->in->port);
	err = spawn(c, "edge", "belfry-edge", edge, fault);
	if (err == ERR_OK)
		err = ready(c, "ready", fault);
	tell(c, "hub       http://127.0.0.1:%u/ (operators' console)\n", c->in->port + 1u);
	if (err == ERR_OK)
		err = spawn(c, "hub", "belfryd", hub, fault);
	return err == ERR_OK ? ready(c, "ready", fault) : err;
}

/* A new hub: zones and sirens, as administrators would bring them. */
static enum err
hand_over(struct programs *c, struct fault *fault)
{
	struct buffer text = {0};
	json_t *answer = NULL, *o, *list;
	size_t i;
	enum err err = api_call(c->api, &answer, "GET", "/api/v1/zones", NULL, fault);

	json_decref(answer);
	if (err != ERR_UNKNOWN)
		return err;
	err = file_read(&text, instance_path(c->in, "zones.json"), 64 << 20, fault);
	if (err != ERR_OK)
		return err;
	o = json_loadb(buffer_text(&text), text.len, 0, NULL);
	json_object_set_new(o, "kind", json_string("zones"));
	answer = NULL;
	err = api_call(c->api, &answer, "POST", "/api/v1/documents", o, fault);
	json_decref(answer);
	json_decref(o);
	buffer_free(&text);
	list = err == ERR_OK
		       ? json_load_file(instance_path(c->in, "enrolments.json"), 0, NULL)
		       : NULL;
	json_array_foreach(list, i, o)
	{
		answer = NULL;
		if (err == ERR_OK)
			err = api_call(c->api, &answer, "POST", "/api/v1/sirens", o, fault);
		json_decref(answer);
	}
	json_decref(list);
	return err;
}

/* Until the hub may sign: every edge has said what it has. */
static enum err
settled(struct programs *c, struct fault *fault)
{
	int64_t until = loop_monotonic_ms() + READY_MS;
	enum err err = ERR_OK;
	bool good = false;

	while (err == ERR_OK && !good) {
		json_t *status = NULL;

		err = api_call(c->api, &status, "GET", "/api/v1/status", NULL, fault);
		good = json_is_true(json_object_get(status, "settled"));
		json_decref(status);
		if (err == ERR_OK && !good && loop_monotonic_ms() > until)
			err = fault_set(fault, ERR_IO,
				"the hub waits for its edge; see %s/log", c->in->dir);
		if (!good)
			wait_ms(LOOK_MS);
	}
	return err;
}

static enum err
sirens_start(struct programs *c, bool fleet, struct fault *fault)
{
	char count[16], config[64], name[32];
	const char *args[] = {"--config", NULL, "--fleet", count, NULL};
	enum err err = ERR_OK;

	snprintf(count, sizeof count, "%zu", c->in->siren_count);
	tell(c, "sirens    %s\n", count);
	if (fleet) {
		args[1] = instance_path(c->in, "sirens/belfry-siren.json");
		err = spawn(c, "sirens", "belfry-siren", args, fault);
		return err == ERR_OK ? ready(c, "listening", fault) : err;
	}
	args[2] = NULL;
	for (size_t i = 0; i < c->in->siren_count && err == ERR_OK; i++) {
		snprintf(config, sizeof config, "siren%zu/belfry-siren.json", i + 1);
		snprintf(name, sizeof name, "siren%zu", i + 1);
		args[1] = instance_path(c->in, config);
		err = spawn(c, name, "belfry-siren", args, fault);
		if (err == ERR_OK)
			err = ready(c, "listening", fault);
	}
	return err;
}

enum err
programs_start(struct programs *out, const struct instance *in, const char *bin, bool fleet,
	FILE *told, struct fault *fault)
{
	struct programs *c = out;
	enum err err;

	*c = (struct programs){.in = in, .bin = bin, .told = told};
	err = folder_make(instance_path(in, "log"), fault);
	if (err == ERR_OK)
		err = api_new(&c->api, instance_path(in, "hub/hub.sock"));
	if (err == ERR_OK)
		err = cabinets_start(c, fault);
	if (err == ERR_OK)
		err = servers_start(c, fault);
	if (err == ERR_OK)
		err = settled(c, fault);
	if (err == ERR_OK)
		err = hand_over(c, fault);
	if (err == ERR_OK)
		err = sirens_start(c, fleet, fault);
	if (err != ERR_OK)
		programs_stop(c);
	return err;
}

static void
end(struct program *p)
{
	int64_t until = loop_monotonic_ms() + END_MS;
	int status;

	if (p->pid <= 0)
		return;
	kill(p->pid, SIGTERM);
	while (waitpid(p->pid, &status, WNOHANG) == 0) {
		if (loop_monotonic_ms() > until)
			kill(p->pid, SIGKILL);
		wait_ms(LOOK_MS);
	}
	p->pid = 0;
}

void
programs_stop(struct programs *c)
{
	for (int i = c->count; i-- > 0;)
		end(&c->program[i]);
	api_free(c->api);
	c->api = NULL;
	c->count = 0;
}
