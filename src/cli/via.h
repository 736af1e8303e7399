/* SPDX-License-Identifier: GPL-3.0-or-later */
/* via.h: the hub's socket brought near by `ssh -L`, in a private folder, for one command. */
#ifndef CLI_VIA_H
#define CLI_VIA_H

#include "base/err.h"

struct via;

/* `url` as "ssh://user@host:port/path/to/hub.sock". Waits until the socket is there. Errors:
 * ERR_FORMAT (the URL), ERR_IO (ssh ended, or took over 30 s), ERR_NOMEM. */
CHECKED enum err via_new(struct via **out, const char *url, struct fault *fault);
/* Ends ssh and removes the folder. NULL is fine. Also done when a signal ends the program. */
void via_free(struct via *v);
const char *via_socket(const struct via *v);

#endif
