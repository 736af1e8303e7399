/* SPDX-License-Identifier: GPL-3.0-or-later */
/* operators.h: what two operators do at the hub's socket, by program: draft, sign, approve. */
#ifndef DEMO_OPERATORS_H
#define DEMO_OPERATORS_H

#include "cli/api.h"
#include "demo/instance.h"

/*
 * Ask for a draft, check that the order is for this content, sign it as `author`, approve it as
 * `second` (NULL: one signature is enough). Takes the reference of `ask`. *out is the hub's last
 * answer, the caller's. Errors: those of api_call(), ERR_CONFLICT (the hub's draft says one thing
 * and orders another).
 */
CHECKED enum err operators_order(struct api *api, json_t **out, json_t *ask,
	const struct person *author, const struct person *second, struct fault *fault);

#endif
