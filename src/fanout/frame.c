/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frame.c: counting who still needs the bytes. */
#include "fanout/frame.h"

#include <stdlib.h>
#include <string.h>

struct frame *
frame_new(struct bytes in)
{
	struct frame *f = malloc(sizeof *f + in.len);

	if (f == NULL)
		return NULL;
	f->refs = 1;
	f->len = in.len;
	if (in.len > 0)
		memcpy(f->at, in.at, in.len);
	return f;
}

struct frame *
frame_hold(struct frame *f)
{
	f->refs++;
	return f;
}

void
frame_drop(struct frame *f)
{
	if (f != NULL && --f->refs == 0)
		free(f);
}
