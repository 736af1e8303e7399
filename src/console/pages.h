/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages.h: the operators' pages: the board, the alerts, and drafting one; without scripts. */
#ifndef CONSOLE_PAGES_H
#define CONSOLE_PAGES_H

#include "fanout/http_server.h"

struct daemon;
struct pages;

/* Read the templates of `folder`/console. Errors: ERR_IO, ERR_FORMAT with file and line. */
CHECKED enum err pages_new(struct pages **out, const char *folder, struct fault *fault);
void pages_free(struct pages *p); /* NULL is fine */

/* Was the console called by a number or as "localhost"? Anything else may be a trick (DNS
 * rebinding): a page of another site that reads and posts here in an operator's browser. */
bool pages_host_is_good(const struct http_request *req);

/* Answer a request to the console; asks the brain through daemon_ask(). */
void pages_answer(struct pages *p, struct daemon *d, struct http_exchange *x,
	const struct http_request *req);

#endif
