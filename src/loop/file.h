/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file.h: a whole file at once, for what programs read at their start. Blocks. */
#ifndef LOOP_FILE_H
#define LOOP_FILE_H

#include "base/bytes.h"

/* Append the file to `out`. Errors, with path and reason: ERR_IO, ERR_RANGE (over `max` bytes),
 * ERR_NOMEM. */
CHECKED enum err file_read(
	struct buffer *out, const char *path, size_t max, struct fault *fault);

#endif
