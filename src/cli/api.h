/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api.h: asks the hub over its Unix socket (doc/formats/api.md). One connection, kept open. */
#ifndef CLI_API_H
#define CLI_API_H

#include "base/bytes.h"

#include <jansson.h>

struct api;

/* Connects at the first call. On success the caller owns *out. Errors: ERR_NOMEM. */
CHECKED enum err api_new(struct api **out, const char *socket);
void api_free(struct api *a); /* NULL is fine */

/*
 * Ask, as "GET", "/api/v1/alerts". `body` (may be NULL) is borrowed. On success *out is the answer,
 * the caller's. Errors, with the hub's own sentence: ERR_IO (not reached), ERR_UNKNOWN (404),
 * ERR_REFUSED (403), ERR_CONFLICT (409), ERR_BUSY (503), ERR_FORMAT (all else).
 */
CHECKED enum err api_call(struct api *a, json_t **out, const char *method, const char *path,
	const json_t *body, struct fault *fault);

#endif
