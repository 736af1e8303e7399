/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sources.h: others' alerts: asks their feeds, takes what they post, has all of it read in children,
 * and tells operators what came of it (doc/formats/source.md). It never orders, ends or clears
 * anything of ours: nothing leads from here into the book of alerts.
 */
#ifndef SOURCE_SOURCES_H
#define SOURCE_SOURCES_H

#include "fanout/http_server.h"
#include "source/conf.h"

struct sources;

/* Begins to poll. `conf` is borrowed for life, and so is `reader`: the child (readers.h). On success
 * the caller owns *out. Errors: ERR_NOMEM, ERR_IO. */
CHECKED enum err sources_new(struct sources **out, struct loop *loop,
	const struct sources_conf *conf, const char *const *reader, struct fault *fault);
/* Before the server whose exchanges it holds: they are answered now. NULL is fine. */
void sources_free(struct sources *all);

/* GET /api/v1/foreign and POST /api/v1/foreign/NAME; `ctx` is the struct sources. */
void sources_request(void *ctx, struct http_exchange *x, const struct http_request *req);
/* What GET /api/v1/foreign answers; `ctx` is the struct sources. */
void sources_list(void *ctx, struct buffer *out);

#endif
