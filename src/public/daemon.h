/* SPDX-License-Identifier: GPL-3.0-or-later */
/* daemon.h: the hands of an edge: links from hubs, journal, spool, streams and pages on one loop. */
#ifndef PUBLIC_DAEMON_H
#define PUBLIC_DAEMON_H

#include "loop/loop.h"
#include "public/config.h"

struct edge_daemon;

/*
 * Read the files, the journal and the spool, and listen; then run the loop. `rebuild`: make the
 * journal's table again. On success the caller owns *out; `config` must live as long. Errors, each
 * with what to do: those of the files that the configuration names, ERR_BUSY (a second edge in this
 * state folder, or a port in use), ERR_REFUSED (a key that others may read).
 */
CHECKED enum err edge_daemon_new(struct edge_daemon **out, struct loop *loop,
	const struct edge_config *config, bool rebuild, struct fault *fault);
/* Read the files that the configuration names, and no more: a running edge is not disturbed. */
CHECKED enum err edge_daemon_check(const struct edge_config *config, struct fault *fault);
void edge_daemon_free(struct edge_daemon *d); /* NULL is fine */
/* Where it listens, with real ports: the n-th public address, and the link's. */
const char *edge_daemon_address(const struct edge_daemon *d, size_t n);
const char *edge_daemon_link(const struct edge_daemon *d);
/* Why the loop was stopped: empty if nothing is wrong. */
const char *edge_daemon_died(const struct edge_daemon *d);

#endif
