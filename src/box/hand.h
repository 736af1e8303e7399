/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hand.h: the relays of all boxes of this process, and what their cabinets say.
 *
 * Simulated cabinets (one connection for all boxes), the pins of a board (one box), or nothing.
 * Cabinets that are gone are sought again for ever; when they are back each relay is told what it
 * shall be, which changes none that is so already.
 */
#ifndef BOX_HAND_H
#define BOX_HAND_H

#include "box/conf.h"
#include "box/enrol.h"
#include "hands/relay.h"
#include "loop/loop.h"

struct hand;

/* What shall a relay be? LEAVE: what it is; its brain will soon say. */
enum hand_wish { HAND_OFF, HAND_ON, HAND_LEAVE };

struct hand_hooks {
	void (*inputs)(void *ctx, uint32_t cabinet, const struct relay_inputs *in);
	enum hand_wish (*wished)(void *ctx, uint32_t cabinet);
	/* The cabinets are there (NULL), or not: the sentence. */
	void (*state)(void *ctx, const char *trouble);
};

/*
 * Serve the cabinets of `e`, from first to last number; `inputs` come from the loop, or from
 * within hand_start(). On success the caller ends *out with hand_free(). Cabinets that are not
 * there yet are no error. Errors: ERR_NOMEM; with pins those of relay_gpio_open().
 */
CHECKED enum err hand_start(struct hand **out, struct loop *loop,
	const struct box_conf *conf, const struct enrolment *e,
	const struct hand_hooks *hooks, void *ctx, struct fault *fault);
void hand_free(struct hand *h); /* NULL is fine; no relay moves */

void hand_set(struct hand *h, uint32_t cabinet, bool on);
/* Take now what the cabinets have said already: what the loop would bring later in this turn. */
void hand_hear(struct hand *h);
/* Wait at most `wait_ms` until all that was set has left. */
void hand_flush(struct hand *h, int wait_ms);

#endif
