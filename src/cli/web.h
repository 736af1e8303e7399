/* SPDX-License-Identifier: GPL-3.0-or-later */
/* web.h: reads an edge's public pages. */
#ifndef CLI_WEB_H
#define CLI_WEB_H

#include "base/bytes.h"

/* All that a URL (http, https) gives, handed to `take` as it comes; what comes in pages (header
 * Link, rel="next", a path) is followed to its end. Errors: ERR_IO, ERR_UNKNOWN (404), ERR_REFUSED
 * (any other status), or what `take` gives. */
CHECKED enum err web_get(const char *url, enum err (*take)(void *ctx, struct bytes part),
	void *ctx, struct fault *fault);
bool is_url(const char *text);

#endif
