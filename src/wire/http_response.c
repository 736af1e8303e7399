/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_response.c: answers, for our own client. */
#include "wire/http_inside.h"

#include "base/text.h"

#include <string.h>

enum chunk_stage { CHUNK_SIZE, CHUNK_DATA, CHUNK_END, CHUNK_TRAILER };
enum { CHUNK_LINE_MAX = 1024, TRAILERS_MAX = 16 << 10 };

void
http_response_begin(struct http_response_reader *r)
{
	memset(r, 0, sizeof *r);
}

void
http_response_end(struct http_response_reader *r)
{
	buffer_free(&r->head);
	buffer_free(&r->chunk_line);
}

static void
refuse(struct http_response_reader *r, const char *why)
{
	r->stage = HTTP_STAGE_REFUSED;
	r->why = why;
}

struct bytes
http_response_field(const struct http_response *resp, const char *name)
{
	return http_field_find(resp->field, resp->fields, name);
}

/* "HTTP/1.1 200 OK"; RFC 9112 section 4. */
static bool
status_line_read(struct http_response *resp, struct bytes line)
{
	const uint8_t *c = line.at;

	if (line.len < 12 || memcmp(c, "HTTP/1.", 7) != 0 || (c[7] != '0' && c[7] != '1') ||
		c[8] != ' ' || (line.len > 12 && c[12] != ' '))
		return false;
	for (int i = 9; i < 12; i++)
		if (c[i] < '0' || c[i] > '9')
			return false;
	resp->status = (c[9] - '0') * 100 + (c[10] - '0') * 10 + c[11] - '0';
	return resp->status >= 100 && resp->status < 600 && resp->status != 101;
}

/* RFC 9112 section 6.3, with every doubtful case refused. */
static const char *
framing_fault(struct http_response_reader *r)
{
	size_t lengths = 0, encodings = 0;
	struct bytes length = {0}, encoding = {0};

	for (size_t i = 0; i < r->resp.fields; i++) {
		const struct http_field *f = &r->resp.field[i];

		if (http_name_is(f->name, "Content-Length")) {
			lengths++;
			length = f->value;
		} else if (http_name_is(f->name, "Transfer-Encoding")) {
			encodings++;
			encoding = f->value;
		}
	}
	if (lengths + encodings > 1)
		return "more than one length";
	if (encodings > 0 && !http_name_is(encoding, "chunked"))
		return "a transfer encoding other than chunked";
	r->framing = encodings > 0 ? HTTP_CHUNKED
		     : lengths > 0 ? HTTP_BY_LENGTH
				   : HTTP_UNTIL_CLOSE;
	if (lengths > 0 && number_read(&r->left, (const char *)length.at, length.len,
				   INT64_MAX) != ERR_OK)
		return "a bad Content-Length";
	if (r->no_body || r->resp.status == 204 || r->resp.status == 304) {
		r->framing = HTTP_BY_LENGTH;
		r->left = 0;
	}
	return NULL;
}

static const char *
head_fault(struct http_response_reader *r)
{
	struct bytes head = buffer_bytes(&r->head), line;

	r->resp.fields = 0;
	if (!http_line_next(&head, &line) || !status_line_read(&r->resp, line))
		return "no HTTP status line";
	while (http_line_next(&head, &line) && line.len > 0) {
		if (r->resp.fields == HTTP_FIELDS_MAX)
			return "too many fields";
		if (http_field_read(&r->resp.field[r->resp.fields++], line) != ERR_OK)
			return "a field that is none";
	}
	return framing_fault(r);
}

static size_t
feed_head(struct http_response_reader *r, struct bytes in)
{
	bool in_first = r->line == 0;
	enum line what;
	size_t n = http_line_take(&r->head, &r->line, in, &what);
	const char *fault = NULL;

	if (r->head.err != ERR_OK)
		fault = "no memory";
	else if (r->head.len > HTTP_LINE_MAX + HTTP_HEAD_MAX)
		fault = "a head that is too long";
	else if (what == LINE_BAD || (what == LINE_EMPTY && in_first))
		fault = "a line that does not end as HTTP's do";
	else if (what == LINE_EMPTY)
		fault = head_fault(r);
	if (fault != NULL) {
		refuse(r, fault);
	} else if (what == LINE_EMPTY && r->resp.status < 200) {
		buffer_clear(&r->head); /* 100 and its like: the answer is still to come */
		r->line = 0;
	} else if (what == LINE_EMPTY) {
		bool none = r->framing == HTTP_BY_LENGTH && r->left == 0;

		r->stage = none ? HTTP_STAGE_DONE : HTTP_STAGE_BODY;
	}
	return n;
}

static void
chunk_line_read(struct http_response_reader *r, struct bytes line)
{
	uint64_t size = 0;
	size_t i = 0;

	if (r->chunk_stage == CHUNK_TRAILER)
		return;
	for (; i < line.len && line.at[i] != ';'; i++) {
		uint8_t c = line.at[i], low = c | 0x20;
		bool digit = c >= '0' && c <= '9';

		if (i >= 8 || (!digit && (low < 'a' || low > 'f'))) {
			refuse(r, "a chunk size that is none");
			return;
		}
		size = size << 4 | (uint64_t)(digit ? c - '0' : low - 'a' + 10);
	}
	if (i == 0) {
		refuse(r, "a chunk without size");
		return;
	}
	r->left = size;
	r->chunk_stage = size > 0 ? CHUNK_DATA : CHUNK_TRAILER;
}

static size_t
feed_chunk_line(struct http_response_reader *r, struct bytes in)
{
	enum line what;
	size_t start = r->line, n = http_line_take(&r->chunk_line, &r->line, in, &what);
	size_t max = r->chunk_stage == CHUNK_TRAILER ? TRAILERS_MAX : CHUNK_LINE_MAX;
	bool want_empty = r->chunk_stage == CHUNK_END;

	if (r->chunk_line.err != ERR_OK || r->chunk_line.len > max) {
		refuse(r, "a chunk line that is too long");
	} else if (what == LINE_BAD || (what == LINE_WHOLE && want_empty) ||
		   (what == LINE_EMPTY && r->chunk_stage == CHUNK_SIZE)) {
		refuse(r, "a chunk that does not end where it says");
	} else if (what == LINE_EMPTY && r->chunk_stage == CHUNK_TRAILER) {
		r->stage = HTTP_STAGE_DONE;
	} else if (what != LINE_MORE) {
		if (want_empty)
			r->chunk_stage = CHUNK_SIZE;
		else
			chunk_line_read(r, bytes_of(r->chunk_line.at + start,
						   r->chunk_line.len - start - 2));
		/* Trailers stay, so that all of them together have a limit. */
		if (r->chunk_stage != CHUNK_TRAILER) {
			buffer_clear(&r->chunk_line);
			r->line = 0;
		}
	}
	return n;
}

static size_t
feed_body(struct http_response_reader *r, struct bytes in, struct buffer *body)
{
	size_t n = in.len;

	if (r->framing == HTTP_CHUNKED && r->chunk_stage != CHUNK_DATA)
		return feed_chunk_line(r, in);
	if (r->framing != HTTP_UNTIL_CLOSE && n > r->left)
		n = (size_t)r->left;
	write_bytes(body, in.at, n);
	if (r->framing == HTTP_UNTIL_CLOSE)
		return n;
	r->left -= n;
	if (r->left == 0 && r->framing == HTTP_CHUNKED)
		r->chunk_stage = CHUNK_END;
	else if (r->left == 0)
		r->stage = HTTP_STAGE_DONE;
	return n;
}

size_t
http_response_feed(struct http_response_reader *r, struct bytes in, struct buffer *body)
{
	size_t used = 0;

	while (used < in.len) {
		struct bytes rest = bytes_of(in.at + used, in.len - used);

		if (r->stage == HTTP_STAGE_HEAD) {
			used += feed_head(r, rest);
			r->line = r->stage == HTTP_STAGE_BODY ? 0 : r->line;
		} else if (r->stage == HTTP_STAGE_BODY) {
			used += feed_body(r, rest, body);
		} else {
			break;
		}
	}
	return used;
}

bool
http_response_closed(struct http_response_reader *r)
{
	if (r->stage == HTTP_STAGE_BODY && r->framing == HTTP_UNTIL_CLOSE)
		r->stage = HTTP_STAGE_DONE;
	return r->stage == HTTP_STAGE_DONE;
}
