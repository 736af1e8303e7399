/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cabinet_client.c: speaks the words of cabinet.h from the box's side. */
#include "hands/cabinet_client.h"

#include "base/bytes.h"
#include "base/text.h"
#include "hands/cabinet.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct cabinet_client {
	int fd;
	struct buffer in, out;
};

static enum err
dial(int *out, const char *path, struct fault *fault)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd;

	if (strncmp(path, "unix:", 5) == 0)
		path += 5;
	if (strlen(path) >= sizeof at.sun_path)
		return fault_set(
			fault, ERR_RANGE, "cabinets: the path %s is too long", path);
	strcpy(at.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
		enum err err = fault_set(fault, ERR_IO,
			"cabinets: nobody answers at %s: %s (is belfry-cabinet running?)",
			path, strerror(errno));

		if (fd >= 0)
			close(fd);
		return err;
	}
	*out = fd;
	return ERR_OK;
}

enum err
cabinet_client_open(struct cabinet_client **out, const char *path, uint32_t first,
	uint32_t last, struct fault *fault)
{
	struct cabinet_client *c = calloc(1, sizeof *c);
	enum err err;

	if (c == NULL)
		return fault_set(fault, ERR_NOMEM, "cabinets: no memory");
	err = dial(&c->fd, path, fault);
	if (err != ERR_OK) {
		free(c);
		return err;
	}
	write_format(&c->out, "serve %" PRIu32 " %" PRIu32 "\n", first, last);
	err = cabinet_client_flush(c);
	if (err != ERR_OK) {
		cabinet_client_free(c);
		return fault_set(fault, err, "cabinets: %s hung up", path);
	}
	*out = c;
	return ERR_OK;
}

void
cabinet_client_free(struct cabinet_client *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	buffer_free(&c->in);
	buffer_free(&c->out);
	free(c);
}

int
cabinet_client_fd(const struct cabinet_client *c)
{
	return c->fd;
}

bool
cabinet_client_waits(const struct cabinet_client *c)
{
	return c->out.len > 0;
}

enum err
cabinet_client_flush(struct cabinet_client *c)
{
	while (c->out.len > 0) {
		ssize_t n = send(c->fd, c->out.at, c->out.len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return errno == EAGAIN ? ERR_OK : ERR_IO;
		if (n > 0)
			buffer_consume(&c->out, (size_t)n);
	}
	return c->out.err;
}

enum err
cabinet_client_set(struct cabinet_client *c, uint32_t box, bool on)
{
	write_format(&c->out, "set %" PRIu32 " %s\n", box, on ? "on" : "off");
	return c->out.err == ERR_OK ? cabinet_client_flush(c) : c->out.err;
}

/* inputs BOX RELAY CURRENT MAINS BATTERY_MV CABINET_DOOR BATTERY_DOOR LOCAL */
static enum err
inputs_read(uint32_t *box, struct relay_inputs *in, const char *text)
{
	static const uint64_t most[] = {CABINET_BOXES, 1, 1, 1, UINT16_MAX, 1, 1, 1};
	enum { FIELDS = sizeof most / sizeof *most };
	uint64_t v[FIELDS];

	for (size_t i = 0; i < FIELDS; i++) {
		size_t len = strcspn(text, " ");

		if (number_read(&v[i], text, len, most[i]) != ERR_OK ||
			text[len] != (i + 1 < FIELDS ? ' ' : '\0'))
			return ERR_FORMAT;
		text += len + 1;
	}
	*box = (uint32_t)v[0];
	*in = (struct relay_inputs){.known = true,
		.relay_closed = v[1],
		.current_seen = v[2],
		.mains = v[3],
		.battery_mv = (uint16_t)v[4],
		.cabinet_door = v[5],
		.battery_door = v[6],
		.local_activation = v[7]};
	return ERR_OK;
}

static enum err
take_line(const char *line, cabinet_heard *heard, void *ctx, struct fault *fault)
{
	struct relay_inputs in;
	uint32_t box;

	if (strcmp(line, "ok") == 0)
		return ERR_OK;
	if (strncmp(line, "error ", 6) == 0)
		return fault_set(fault, ERR_REFUSED, "cabinets: %s", line + 6);
	if (strncmp(line, "inputs ", 7) != 0 || inputs_read(&box, &in, line + 7) != ERR_OK)
		return fault_set(fault, ERR_FORMAT, "cabinets: not understood: %s", line);
	heard(ctx, box, &in);
	return ERR_OK;
}

static enum err
take_lines(struct cabinet_client *c, cabinet_heard *heard, void *ctx, struct fault *fault)
{
	size_t from = 0;
	enum err err = ERR_OK;
	char *end;

	while (err == ERR_OK && from < c->in.len &&
		(end = memchr(c->in.at + from, '\n', c->in.len - from)) != NULL) {
		*end = '\0';
		err = take_line((const char *)c->in.at + from, heard, ctx, fault);
		from = (size_t)(end - (char *)c->in.at) + 1;
	}
	buffer_consume(&c->in, from);
	if (err == ERR_OK && c->in.len >= CABINET_LINE)
		return fault_set(fault, ERR_FORMAT, "cabinets: a line without end");
	return err;
}

enum err
cabinet_client_read(
	struct cabinet_client *c, cabinet_heard *heard, void *ctx, struct fault *fault)
{
	uint8_t bytes[16384];
	enum err err;

	for (;;) {
		ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);

		if (n < 0 && errno == EAGAIN)
			return ERR_OK;
		if (n == 0 || (n < 0 && errno != EINTR))
			return fault_set(fault, ERR_IO, "cabinets: the connection ended");
		if (n < 0)
			continue;
		write_bytes(&c->in, bytes, (size_t)n);
		if (c->in.err != ERR_OK)
			return fault_set(fault, c->in.err, "cabinets: no memory");
		err = take_lines(c, heard, ctx, fault);
		if (err != ERR_OK)
			return err;
	}
}
