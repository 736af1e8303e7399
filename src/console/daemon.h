/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * daemon.h: the hands of a hub: its journal, its links to edges, its socket and console.
 *
 * All decisions are the brain's (hub/hub.h). One loop, one store thread.
 */
#ifndef CONSOLE_DAEMON_H
#define CONSOLE_DAEMON_H

#include "console/config.h"
#include "fanout/http_server.h"
#include "loop/loop.h"

struct daemon;

/*
 * Open the journal, fold it, listen and dial. On success the caller owns *out and runs the loop.
 * `rebuild`: make the projected tables again. Errors, each with what to do: those of the
 * configuration's files, ERR_BUSY (a second hub on this journal), ERR_IO.
 */
CHECKED enum err daemon_new(struct daemon **out, struct loop *loop,
	const struct hub_config *config, bool rebuild, struct fault *fault);
/* Read every file that the configuration names but the journal: nothing is written, signed, listened
 * on or dialled, so this may be asked beside a hub that runs. Errors: as daemon_new(). */
CHECKED enum err daemon_check(
	struct loop *loop, const struct hub_config *config, struct fault *fault);
/* Ends the links, waits for the journal, closes it. */
void daemon_free(struct daemon *d);
/* Why the loop was stopped: empty if nothing is wrong. */
const char *daemon_died(const struct daemon *d);

/* Ask the brain as a program at the socket would; for the console's own pages. The JSON text is
 * good until the next call. Only for GET and for drafts, which answer at once. */
struct bytes daemon_ask(struct daemon *d, const char *method, const char *path,
	struct bytes body, int *status);

/*
 * Who answers for others' alerts (source/sources.h), whom this folder does not know: requests to
 * /api/v1/foreign and below go there, and so does the console's page with `list` (JSON; nothing: it
 * cannot). All is borrowed until daemon_free(). Without it nothing is there.
 */
struct daemon_foreign {
	void *ctx;
	http_handler *request;
	void (*list)(void *ctx, struct buffer *out);
};
/* Sign an entry with this list of others' alerts (alert/foreign_list.h). False: not now, the hub signs no
 * entries yet. */
bool daemon_foreign_publish(struct daemon *d, struct bytes list);
void daemon_foreign_set(struct daemon *d, const struct daemon_foreign *foreign);

#endif
