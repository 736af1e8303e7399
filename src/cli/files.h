/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files.h: files that a person names on the command line. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "base/bytes.h"

/* All of it, at most `max` bytes; "-" is the standard input. Errors: ERR_IO, ERR_RANGE. */
CHECKED enum err input_read(
	struct buffer *out, const char *path, size_t max, struct fault *fault);
/* Whole or not at all (a new file takes the old one's place). Errors: ERR_IO. */
CHECKED enum err output_write(const char *path, struct bytes bytes, struct fault *fault);

#endif
