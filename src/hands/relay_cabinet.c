/* SPDX-License-Identifier: GPL-3.0-or-later */
/* relay_cabinet.c: one simulated cabinet behind the relay's interface. */
#include "hands/cabinet_client.h"

#include <stdlib.h>

struct alone {
	struct cabinet_client *client;
	uint32_t box;
	struct relay_inputs last;
};

static enum err
alone_set(void *self, bool on, struct fault *fault)
{
	struct alone *a = self;
	enum err err = cabinet_client_set(a->client, a->box, on);

	return err == ERR_OK ? ERR_OK : fault_set(fault, err, "cabinet %u: gone", a->box);
}

static void
alone_heard(void *ctx, uint32_t box, const struct relay_inputs *in)
{
	struct alone *a = ctx;

	if (box == a->box)
		a->last = *in;
}

static enum err
alone_inputs(void *self, struct relay_inputs *out, struct fault *fault)
{
	struct alone *a = self;
	enum err err = cabinet_client_flush(a->client);

	if (err != ERR_OK)
		return fault_set(fault, err, "cabinet %u: gone", a->box);
	err = cabinet_client_read(a->client, alone_heard, a, fault);
	if (err == ERR_OK)
		*out = a->last;
	return err;
}

static int
alone_fd(void *self)
{
	return cabinet_client_fd(((struct alone *)self)->client);
}

static void
alone_close(void *self)
{
	cabinet_client_free(((struct alone *)self)->client);
	free(self);
}

enum err
relay_cabinet_open(struct relay *out, const char *path, uint32_t box, struct fault *fault)
{
	static const struct relay_does does = {
		alone_set, alone_inputs, alone_fd, alone_close};
	struct alone *a = calloc(1, sizeof *a);
	enum err err;

	if (a == NULL)
		return fault_set(fault, ERR_NOMEM, "cabinet %u: no memory", box);
	a->box = box;
	err = cabinet_client_open(&a->client, path, box, box, fault);
	if (err != ERR_OK) {
		free(a);
		return err;
	}
	*out = (struct relay){&does, a};
	return ERR_OK;
}
