/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * relay.h: the one contact that starts a siren, and what its cabinet says back.
 *
 * Three cabinets stand behind it: a simulated one (relay_cabinet.h), pins of a board
 * (relay_gpio.h), and none at all (relay_none_open below). A relay is set by one process; the
 * back ends refuse a second owner. Nothing here opens a relay by itself: closing the handle,
 * or the end of the process, leaves it as it is where the hardware allows.
 */
#ifndef HANDS_RELAY_H
#define HANDS_RELAY_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What a cabinet's sensors say. Doors: true is open. */
struct relay_inputs {
	bool known; /* false: the cabinet has not spoken yet; the rest is worth nothing */
	bool relay_closed; /* read back from the pin or the contact, not what we asked for */
	bool current_seen; /* the horn really draws current */
	bool mains;
	bool cabinet_door;
	bool battery_door;
	bool local_activation; /* somebody started the siren at the cabinet */
	uint16_t battery_mv;   /* 0: not measured */
};

/* What a back end does. */
struct relay_does {
	enum err (*set)(void *self, bool on, struct fault *fault);
	enum err (*inputs)(void *self, struct relay_inputs *out, struct fault *fault);
	int (*fd)(void *self);
	void (*close)(void *self);
};

struct relay {
	const struct relay_does *does;
	void *self;
};

/*
 * Close (on) or open the contact. ERR_OK says that the order reached the back end and, where it
 * can be read back at once, that the pin followed; whether the siren sounds is in the inputs.
 * Errors: ERR_IO (refused, gone, or the pin did not follow), ERR_NOMEM.
 */
CHECKED enum err relay_set(const struct relay *r, bool on, struct fault *fault);
/* What the sensors say now. Never blocks. Errors: ERR_IO. */
CHECKED enum err relay_inputs(
	const struct relay *r, struct relay_inputs *out, struct fault *fault);
/* Readable when inputs may have changed: then ask relay_inputs(). -1: nothing to wait for, ask
 * every RELAY_POLL_MS. */
int relay_fd(const struct relay *r);
void relay_close(struct relay *r); /* closed or never opened ({0}) is fine */

enum { RELAY_POLL_MS = 200 };

/*
 * No relay at all: each set is one line on `log` (borrowed; NULL: no log). Current is never seen,
 * so a box with it never reports "sounded".
 */
CHECKED enum err relay_none_open(struct relay *out, FILE *log);

#endif
