/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * web.h: fetches addresses of others, through libcurl on the one loop. Only http and https;
 * certificates are verified; no user, password or cookie is ever sent; nothing is decompressed.
 */
#ifndef SOURCE_WEB_H
#define SOURCE_WEB_H

#include "base/bytes.h"
#include "loop/loop.h"

enum { WEB_REDIRECTS = 3, WEB_URL_MAX = 4000, WEB_TAG_MAX = 300 };

struct web;
struct web_get;

/* On success the caller owns *out. Errors: ERR_NOMEM, ERR_IO (libcurl refuses). */
CHECKED enum err web_new(struct web **out, struct loop *loop, struct fault *fault);
void web_free(struct web *w); /* ends what is under way, without an answer; NULL is fine */

struct web_ask {
	const char *url;
	const char *etag, *modified; /* of the answer before; NULL or "": ask for all */
	const char *ca_file;	     /* NULL: the system's */
	const char *const
		*host; /* besides the URL's own: hosts that a redirect may lead to */
	size_t hosts;
	const char *home; /* the URL whose host is allowed; NULL: `url` */
	size_t bytes_max;
	int timeout_s; /* for all of it, redirects too */
};

struct web_answer {
	int status;	   /* 200 or 304; 0: nothing that may be used, `why` says why */
	struct bytes body; /* of 200; good until the callback returns */
	const char *etag, *modified; /* "" if it did not say */
	const char *url;	     /* where it came from in the end */
	const char *why;
};

typedef void web_answered(void *ctx, const struct web_answer *answer);

/*
 * `answered` is called once, later, unless web_drop() comes first; what `ask` names is copied but for
 * `host`, which stays the caller's until then. NULL: no memory, or no URL that may be asked.
 */
struct web_get *web_get(
	struct web *w, const struct web_ask *ask, web_answered *answered, void *ctx);
void web_drop(struct web_get *g); /* NULL is fine */

/* http or https, with a host, without user or password. */
bool web_is_url(const char *url);
/*
 * `uri` as seen from `base`: absolute, into `out`. False: it is no such URL, or leads to a host that
 * is neither `home`'s (with its scheme and port; http may become https) nor one of `host`.
 */
bool web_resolve(char out[WEB_URL_MAX], const char *base, const char *uri, const char *home,
	const char *const *host, size_t hosts);

#endif
