/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cabinet.h: many siren cabinets played by one process: relay, current sensor, supply, doors.
 *
 * This is the play; belfry-cabinet gives it a Unix stream socket, a clock and a log file.
 * Nothing here sleeps, reads a clock or touches a file.
 *
 * THE PROTOCOL. Lines of ASCII, at most CABINET_LINE bytes with the LF; fields parted by one
 * blank. Boxes are numbers from 1. ON is `on` or `off`.
 *
 * A box's program sends                       and gets
 *   serve FIRST LAST                          one `inputs` line for each box, then `ok`; from now
 *                                             on it is the owner and gets `inputs` on each change
 *   set BOX ON                                one `inputs` line, at once, with the contact as it
 *                                             really is; an unowned box is the sender's from now on
 * A test (or a person with socat) sends       and gets `ok` or
 *   fault BOX none|no-current|stuck-open|stuck-closed
 *   activate BOX [ON]                         (somebody starts the siren by hand)
 *   mains BOX ON
 *   battery BOX MILLIVOLTS                    (on mains and at rest; it sags without and under load)
 *   door BOX cabinet|battery open|closed
 *   state BOX                                 one `inputs` line
 *   count BOX                                 count BOX CLOSINGS OPENINGS
 *   counts                                    counts CLOSINGS OPENINGS BOXES-THAT-EVER-CLOSED
 * A line that is wrong gets                   error TEXT
 * A set or serve on a box that another connection owns is an error: a pin has one owner. A
 * connection that ends leaves its boxes unowned and as they are: a lost link changes no siren.
 *
 *   inputs BOX RELAY CURRENT MAINS BATTERY_MV CABINET_DOOR BATTERY_DOOR LOCAL
 * RELAY: the contact, 1 closed. CURRENT: 1 seen. Doors: 1 open. LOCAL: 1 started by hand.
 * The current follows the contact after a delay, as a motor and its sensor do.
 *
 * THE LOG: one line for each closing and opening of a contact, in their order, written before the
 * answer that tells of it; times from CLOCK_MONOTONIC (ns) and CLOCK_REALTIME (ms since 1970):
 *   MONOTONIC_NS REALTIME_MS BOX on|off
 */
#ifndef HANDS_CABINET_H
#define HANDS_CABINET_H

#include "base/bytes.h"

enum {
	CABINET_LINE = 128,
	CABINET_BOXES = 1000000,    /* at most */
	CABINET_BATTERY_MV = 13600, /* a full 12 V battery on its charger */
	CABINET_DEAD_MV = 10500,    /* below it the horn does not run on battery */
};

struct cabinet;

/* Who asks: the owner's handle of one connection. */
typedef void cabinet_peer;

/* What happens outside. All are called from within cabinet_take() and cabinet_tick(). */
struct cabinet_host {
	void *ctx;
	/* Queue one line, with its LF, for a peer. */
	void (*say)(void *ctx, cabinet_peer *to, const char *line, size_t len);
	/* One line, with its LF, for the log. */
	void (*log)(void *ctx, const char *line, size_t len);
	/* Has this peer hung up? If so take its last lines and cabinet_leave() first. So a program
	 * that was killed and started again does not meet its own ghost. */
	bool (*gone)(void *ctx, cabinet_peer *peer);
};

struct cabinet_time {
	int64_t monotonic_ns, realtime_ms;
};

/* `host` is copied. Errors: ERR_RANGE (no boxes, or too many), ERR_NOMEM. */
CHECKED enum err cabinet_new(struct cabinet **out, uint32_t boxes, uint32_t current_ms,
	const struct cabinet_host *host);
void cabinet_free(struct cabinet *c); /* NULL is fine */

/* One line from `from`, without its LF. */
void cabinet_take(
	struct cabinet *c, cabinet_peer *from, struct cabinet_time now, struct bytes line);
/* The connection ended. */
void cabinet_leave(struct cabinet *c, cabinet_peer *peer);
/* When cabinet_tick() has something to do, in monotonic ns; -1: nothing is on its way. */
int64_t cabinet_due_ns(const struct cabinet *c);
void cabinet_tick(struct cabinet *c, struct cabinet_time now);

#endif
