/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pattern_files.h: reads a folder of siren patterns. */
#ifndef HANDS_PATTERN_FILES_H
#define HANDS_PATTERN_FILES_H

#include "siren/pattern.h"

/*
 * Read every *.json of `folder`; other files are passed over. One bad file and none is taken: a
 * box that knows half its patterns would be silent when it is needed. The folder must hold the
 * silent test and the growl. On success the caller owns *out and ends it with patterns_free().
 * Errors: ERR_IO, those of pattern_read() and patterns_add(), ERR_CONFLICT (a file's name is
 * not its pattern's), ERR_UNKNOWN (a reserved pattern is missing), ERR_NOMEM, with *fault.
 */
CHECKED enum err patterns_load(
	struct patterns **out, const char *folder, struct fault *fault);

#endif
