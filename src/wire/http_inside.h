/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_inside.h: what requests and answers have in common; for http*.c alone. */
#ifndef WIRE_HTTP_INSIDE_H
#define WIRE_HTTP_INSIDE_H

#include "wire/http.h"

enum line {
	LINE_MORE,  /* the open line goes on */
	LINE_WHOLE, /* its CRLF is there */
	LINE_EMPTY, /* and it has nothing else */
	LINE_BAD,   /* ended by a bare LF, or with a CR inside */
};

/* Move the bytes up to the next LF behind `into`; *start is where its open line begins, and
 * moves on with each whole line. Says how many bytes were moved. */
size_t http_line_take(struct buffer *into, size_t *start, struct bytes in, enum line *what);

/* Take the next line, without its CRLF, off a head that http_line_take() made. */
bool http_line_next(struct bytes *head, struct bytes *line);

/* One "name: value" line. Errors: ERR_FORMAT (RFC 9112 section 5). */
CHECKED enum err http_field_read(struct http_field *out, struct bytes line);
bool http_name_is(struct bytes name, const char *want); /* letters of either case */
/* Is `word` among the comma-separated words of the value, letters of either case? */
bool http_value_has(struct bytes value, const char *word);
bool http_is_token(struct bytes text); /* RFC 9110 section 5.6.2; at least one byte */
struct bytes http_field_find(const struct http_field *field, size_t n, const char *name);

/* Percent-decode in place; `plus`: '+' is a blank. Errors: ERR_FORMAT. */
CHECKED enum err http_percent_decode(uint8_t *at, size_t *len, bool plus);

#endif
