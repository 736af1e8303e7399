/* SPDX-License-Identifier: GPL-3.0-or-later */
/* playbook_fill.h: a playbook's text with its placeholders filled in, for every channel alike. */
#ifndef CAP_PLAYBOOK_FILL_H
#define CAP_PLAYBOOK_FILL_H

#include "cap/playbook.h"

/*
 * Append `text` to `out`: {zones} names at most `named` zones and counts the others, as "(+4)";
 * {source} is who warns; {time} is when, as the clock on the wall there shows it. Errors go to
 * out->err.
 */
void playbook_fill(struct buffer *out, const char *text, const char *language,
	const struct playbook_use *use, size_t named);

#endif
