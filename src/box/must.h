/* SPDX-License-Identifier: GPL-3.0-or-later */
/* must.h: timers that a box cannot do without. */
#ifndef BOX_MUST_H
#define BOX_MUST_H

#include "loop/loop.h"

#include <stdlib.h>

/* Without the few bytes for a timer nothing here goes on: end, and be started again; a restart
 * changes nothing that sounds, but a box that waits for ever is dead. */
static inline void
timer_must(struct loop *l, struct loop_timer *t, int64_t after_ms, loop_due *due, void *ctx)
{
	if (loop_timer_set(l, t, after_ms, due, ctx) != ERR_OK)
		abort();
}

#endif
