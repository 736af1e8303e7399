/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frame.h: bytes made once and sent to many. Counted: the last frame_drop() frees. One
 * thread. */
#ifndef FANOUT_FRAME_H
#define FANOUT_FRAME_H

#include "base/bytes.h"

struct frame {
	unsigned refs;
	size_t len;
	uint8_t at[];
};

struct frame *frame_new(struct bytes in);  /* copies; one reference; NULL: no memory */
struct frame *frame_hold(struct frame *f); /* one more reference; gives `f` back */
void frame_drop(struct frame *f);	   /* NULL is fine */

#endif
