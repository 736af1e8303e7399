/* SPDX-License-Identifier: GPL-3.0-or-later */
/* site.h: what the edge answers over HTTP: pages, feeds, streams, intake, health. */
#ifndef PUBLIC_SITE_H
#define PUBLIC_SITE_H

#include "public/intake.h"
#include "public/journal.h"
#include "public/stream.h"

struct site;

/* Whose state is shown; all borrowed for life. */
struct site_look {
	const struct edge *edge;
	struct stream *stream;
	struct intake *intake;
	struct journal *journal;
	struct http_server *http;
	const char *name, *territory_name, *url; /* url: "" if not known */
	const size_t *hubs_up;
	const char *fork_path;
};

/* Read the page from `web`/public. Errors: ERR_IO, ERR_FORMAT with file and line, ERR_NOMEM. */
CHECKED enum err site_new(struct site **out, const struct site_look *look, const char *web,
	struct fault *fault);
/* Only read it. Errors: the same. */
CHECKED enum err site_check(const char *web, struct fault *fault);
void site_free(struct site *s); /* NULL is fine */
void site_answer(struct site *s, struct http_exchange *x, const struct http_request *req);

#endif
