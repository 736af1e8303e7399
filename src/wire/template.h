/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * template.h: pages as files with gaps, filled from JSON. The part of Mustache
 * (https://mustache.github.io/mustache.5.html) that our pages need; doc/decisions/0009.
 *
 *   {{name}}  {{a.b}}  {{.}}       a value, always escaped for HTML
 *   {{#name}} … {{/name}}          for each item of an array; once for an object, a text
 * that is not empty, a number that is not 0, or true; else not
 *   {{^name}} … {{/name}}          only if the section above would not be shown
 *   {{! … }}                       a remark
 *
 * A name is looked for in the innermost object first, then outwards. A section's mark that
 * stands alone on its line takes the line with it. There is no way to write unescaped text:
 * {{{name}}} and {{&name}} are refused, and so are partials and other delimiters.
 */
#ifndef WIRE_TEMPLATE_H
#define WIRE_TEMPLATE_H

#include "base/bytes.h"

#include <jansson.h>

struct template; /* opaque; the fields are in template.c */

/*
 * Read a template of `len` bytes. Copies `text`. On success the caller owns *out and frees
 * it with template_free(). Errors, told with the line in `f` (may be NULL): ERR_FORMAT (a
 * mark not closed or not known), ERR_RANGE (sections nested more than 16 deep), ERR_NOMEM.
 */
CHECKED enum err template_new(
	struct template **out, const char *text, size_t len, struct fault *f);
void template_free(struct template *t); /* NULL is fine */

/*
 * Append the page to `out`, with the gaps filled from `context`, an object. A value that
 * `context` does not hold is an error, not a gap: a page must not read "since ." when
 * nobody said since when. Errors, told with name and line in `f` (may be NULL): ERR_UNKNOWN
 * (no such value, or null), ERR_FORMAT (an object or array where a value is wanted),
 * ERR_FULL (over a million parts: lists within lists multiply), ERR_NOMEM.
 */
CHECKED enum err template_fill(struct buffer *out, const struct template *t,
	const json_t *context, struct fault *f);

/* Append `text` with & < > " ' written as character references. */
void html_escape(struct buffer *out, const char *text, size_t len);

#endif
