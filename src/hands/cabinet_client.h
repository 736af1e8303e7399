/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cabinet_client.h: the box's end of the cabinets' socket, for one box or a fleet.
 *
 * Nothing blocks. Watch the descriptor for reading, and for writing while
 * cabinet_client_waits() is true; call cabinet_client_read() or cabinet_client_flush() then.
 * After ERR_IO the cabinets are gone: free, and open again later. They keep their state, and the
 * new connection learns it from its first inputs.
 */
#ifndef HANDS_CABINET_CLIENT_H
#define HANDS_CABINET_CLIENT_H

#include "hands/relay.h"

struct cabinet_client;

/*
 * Connect to `path` ("unix:" before it is fine) and serve the boxes `first` to `last`, from 1:
 * their inputs come at once, and on each change. On success the caller owns *out.
 * Errors: ERR_IO (nobody listens), ERR_RANGE (a path over 107 bytes), ERR_NOMEM, with *fault.
 */
CHECKED enum err cabinet_client_open(struct cabinet_client **out, const char *path,
	uint32_t first, uint32_t last, struct fault *fault);
void cabinet_client_free(struct cabinet_client *c); /* NULL is fine; no relay moves */

int cabinet_client_fd(const struct cabinet_client *c);
/* Are there bytes that the kernel has not taken? */
bool cabinet_client_waits(const struct cabinet_client *c);

/* Close or open the relay of `box`. Sent at once if the kernel takes it, else kept until
 * cabinet_client_flush(). Errors: ERR_IO, ERR_NOMEM. */
CHECKED enum err cabinet_client_set(struct cabinet_client *c, uint32_t box, bool on);
CHECKED enum err cabinet_client_flush(struct cabinet_client *c);

/*
 * Take what has come; `heard` is called for each line of inputs, in order. It may call
 * cabinet_client_set(), not cabinet_client_free(). Errors: ERR_IO (the cabinets are gone),
 * ERR_REFUSED (they said "error …", as when another program serves the box: *fault has their
 * words), ERR_FORMAT (not their language).
 */
typedef void cabinet_heard(void *ctx, uint32_t box, const struct relay_inputs *in);
CHECKED enum err cabinet_client_read(
	struct cabinet_client *c, cabinet_heard *heard, void *ctx, struct fault *fault);

/* A relay of its own connection, for a box that is alone. Errors: as cabinet_client_open(). */
CHECKED enum err relay_cabinet_open(
	struct relay *out, const char *path, uint32_t box, struct fault *fault);

#endif
