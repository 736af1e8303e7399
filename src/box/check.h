/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check.h: what belfry-siren would do if it were started now. */
#ifndef BOX_CHECK_H
#define BOX_CHECK_H

#include "box/conf.h"
#include "box/enrol.h"

#include <stdio.h>

/* Read the state and write to `out`, for people, what would happen. No file, relay or edge is
 * touched. Errors: ERR_IO, ERR_FORMAT (the state log cannot be read), those of siren_new(). */
CHECKED enum err box_check(FILE *out, const struct box_conf *conf,
	const struct enrolment *e, const struct patterns *patterns, struct fault *fault);

#endif
