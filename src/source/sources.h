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
/*
 * From now on the list of what the rules let pass is handed to `publish` when it changed: at most once
 * in SOURCES_PUBLISH_MS. False: not now, it is offered again. Nothing happens where no rule is on.
 */
enum { SOURCES_PUBLISH_MS = 60000, SOURCES_LOOK_MS = 5000 };
typedef bool sources_publish(void *ctx, struct bytes list);
void sources_republish(struct sources *all, sources_publish *publish, void *ctx);

/* Before the server whose exchanges it holds: they are answered now. NULL is fine. */
void sources_free(struct sources *all);

/* GET /api/v1/foreign and POST /api/v1/foreign/NAME; `ctx` is the struct sources. */
void sources_request(void *ctx, struct http_exchange *x, const struct http_request *req);
/* What GET /api/v1/foreign answers; `ctx` is the struct sources. */
void sources_list(void *ctx, struct buffer *out);

#endif
