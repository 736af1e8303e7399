/* SPDX-License-Identifier: GPL-3.0-or-later */
/* relay.c: hands calls on to the back end; and the back end that has no hardware. */
#include "hands/relay.h"

#include <stdlib.h>

enum err
relay_set(const struct relay *r, bool on, struct fault *fault)
{
	return r->does->set(r->self, on, fault);
}

enum err
relay_inputs(const struct relay *r, struct relay_inputs *out, struct fault *fault)
{
	return r->does->inputs(r->self, out, fault);
}

int
relay_fd(const struct relay *r)
{
	return r->does->fd(r->self);
}

void
relay_close(struct relay *r)
{
	if (r->does != NULL)
		r->does->close(r->self);
	*r = (struct relay){0};
}

struct none {
	FILE *log;
	bool on;
};

static enum err
none_set(void *self, bool on, struct fault *fault)
{
	struct none *n = self;

	n->on = on;
	if (n->log == NULL)
		return ERR_OK;
	if (fprintf(n->log, "relay %s (no relay is configured)\n", on ? "on" : "off") < 0 ||
		fflush(n->log) != 0)
		return fault_set(fault, ERR_IO, "relay: the log cannot be written");
	return ERR_OK;
}

static enum err
none_inputs(void *self, struct relay_inputs *out, struct fault *fault)
{
	const struct none *n = self;

	(void)fault;
	*out = (struct relay_inputs){.known = true, .relay_closed = n->on, .mains = true};
	return ERR_OK;
}

static int
none_fd(void *self)
{
	(void)self;
	return -1;
}

enum err
relay_none_open(struct relay *out, FILE *log)
{
	static const struct relay_does does = {none_set, none_inputs, none_fd, free};
	struct none *n = calloc(1, sizeof *n);

	if (n == NULL)
		return ERR_NOMEM;
	n->log = log;
	out->does = &does;
	out->self = n;
	return ERR_OK;
}
