/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http.h: HTTP/1.1 as bytes (RFC 9110, RFC 9112), strict: what two parsers could read in
 * two ways is refused. Pure.
 *
 * Refused in requests: Transfer-Encoding of any kind (501; 400 beside Content-Length),
 * lengths that are no plain number or come twice, folded lines, NUL and other control
 * bytes, bare CR or LF, blanks before a colon, no or several Host fields in HTTP/1.1,
 * methods not named here (501), versions other than 1.0 and 1.1 (505), absolute targets,
 * paths with "..", "." or empty segments, with an encoded '/' or NUL, or with bytes that
 * are not UTF-8.
 */
#ifndef WIRE_HTTP_H
#define WIRE_HTTP_H

#include "base/bytes.h"

enum {
	HTTP_LINE_MAX = 8 << 10,  /* request line; 414 above it */
	HTTP_HEAD_MAX = 16 << 10, /* all header fields; 431 above it */
	HTTP_FIELDS_MAX = 64,	  /* 431 above it */
};

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_OPTIONS,
};

const char *http_method_name(enum http_method m);
const char *http_reason(int status); /* "Not Found"; never NULL */

struct http_field {
	struct bytes name, value; /* value without blanks around it */
};

/* All bytes are borrowed from the reader and live as long as its request does. */
struct http_request {
	enum http_method method;
	struct bytes path;  /* begins with '/', percent-decoded, valid UTF-8, no NUL */
	struct bytes query; /* behind the '?', as received; read it with http_param_* */
	struct bytes body;
	bool keep_alive;
	size_t fields;
	struct http_field field[HTTP_FIELDS_MAX];
};

/* The value of a field by name, letters of either case; at == NULL if there is none. Where
 * a field comes several times, the first. */
struct bytes http_request_field(const struct http_request *req, const char *name);
/* Is this the whole path? */
bool http_path_is(const struct http_request *req, const char *path);
/* Does the path match `pattern`, in which each '*' stands for one or more bytes without
 * '/', as few as will do, as in "/cap/a*.xml"? The n-th star's text goes to part[n], with
 * room for `parts`. */
bool http_path_match(const struct http_request *req, const char *pattern,
	struct bytes *part, size_t parts);

/*
 * Parameters of a query or of a form (application/x-www-form-urlencoded): percent-decoded,
 * '+' is a blank. http_param() writes a C string; errors: ERR_UNKNOWN (not there),
 * ERR_DUPLICATE (there twice), ERR_FORMAT (bad encoding, or a NUL in it), ERR_RANGE (no
 * room).
 */
CHECKED enum err http_param(char *out, size_t room, struct bytes query, const char *name);
/* As http_param() for a whole number up to `max`. */
CHECKED enum err http_param_number(
	uint64_t *out, struct bytes query, const char *name, uint64_t max);
/* Take the next pair off `rest` and replace what is in `name` and `value`. False at the
 * end; *err tells whether the end is clean. */
bool http_param_next(
	struct bytes *rest, struct buffer *name, struct buffer *value, enum err *err);

enum http_stage {
	HTTP_STAGE_HEAD,
	HTTP_STAGE_BODY,
	HTTP_STAGE_DONE,
	HTTP_STAGE_REFUSED, /* answer `status`, then close */
};

/* Reads one request. Start with http_reader_begin(), end with http_reader_free(). */
struct http_reader {
	enum http_stage stage;
	int status;	     /* when refused: 400, 413, 414, 417, 431, 501, 503, 505 */
	bool wants_continue; /* "Expect: 100-continue" and the body is still to come */
	size_t body_max, body_len, line; /* line: where in the head the open line begins */
	struct buffer head, body;
	struct http_request req; /* whole when DONE */
};

void http_reader_begin(struct http_reader *r, size_t body_max);
void http_reader_free(struct http_reader *r);
/* Feed bytes; says how many belong to this request (fewer than given: the next one
 * follows). */
size_t http_reader_feed(struct http_reader *r, struct bytes in);

/* RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", with its NUL. */
enum { HTTP_DATE_TEXT = 30 };
void http_date_write(char out[HTTP_DATE_TEXT], int64_t time_ms);

/*
 * The head of an answer: the status line and the fields Date (date_ms), Content-Type (NULL:
 * none), `extra` (NULL or whole lines "Name: value\r\n"), Content-Length (not for 1xx, 204 and
 * 304) and, if the connection is not kept, Connection: close.
 */
void http_answer_head(struct buffer *out, int status, int64_t date_ms, const char *type,
	const char *extra, size_t body_len, bool keep_alive);

/* Reads one answer, for our own client. */
struct http_response {
	int status;
	size_t fields;
	struct http_field field[HTTP_FIELDS_MAX];
};

struct bytes http_response_field(const struct http_response *resp, const char *name);

enum http_framing { HTTP_BY_LENGTH, HTTP_CHUNKED, HTTP_UNTIL_CLOSE };

struct http_response_reader {
	enum http_stage stage; /* REFUSED: not HTTP as we read it; `why` tells */
	const char *why;
	bool no_body; /* an answer to HEAD; set it before feeding */
	enum http_framing framing;
	uint64_t left; /* of the body or of this chunk */
	int chunk_stage;
	size_t line;
	struct buffer head, chunk_line;
	struct http_response resp; /* whole from STAGE_BODY on */
};

void http_response_begin(struct http_response_reader *r);
void http_response_end(struct http_response_reader *r); /* frees */
/* Feed bytes; decoded body bytes are appended to `body`. Chunked bodies are decoded,
 * trailers dropped, 1xx answers skipped. Says how many bytes belong to this answer. */
size_t http_response_feed(
	struct http_response_reader *r, struct bytes in, struct buffer *body);
/* The connection ended: true if the answer is whole. */
bool http_response_closed(struct http_response_reader *r);

#endif
