/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_request.c: requests, read so that nobody in front of us can have read them otherwise. */
#include "wire/http_inside.h"

#include "base/text.h"

#include <string.h>

void
http_reader_begin(struct http_reader *r, size_t body_max)
{
	memset(r, 0, sizeof *r);
	r->body_max = body_max;
}

void
http_reader_free(struct http_reader *r)
{
	buffer_free(&r->head);
	buffer_free(&r->body);
}

static void
refuse(struct http_reader *r, int status)
{
	r->stage = HTTP_STAGE_REFUSED;
	r->status = status;
}

static bool
utf8_valid(struct bytes text)
{
	for (size_t i = 0; i < text.len;) {
		uint8_t c = text.at[i++];
		size_t more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
		uint32_t point = more == 0 ? c : c & (0x3fU >> more);
		static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};

		if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || more > text.len - i)
			return false;
		for (size_t k = 0; k < more; k++, i++) {
			if ((text.at[i] & 0xc0) != 0x80)
				return false;
			point = point << 6 | (text.at[i] & 0x3f);
		}
		if (point < least[more] || point > 0x10ffff ||
			(point >= 0xd800 && point < 0xe000))
			return false;
	}
	return true;
}

/* No empty, "." or ".." segment; only the last may be empty ("/console/"). */
static bool
segments_are_plain(struct bytes path)
{
	for (size_t begin = 1, i = 1; i <= path.len; i++) {
		size_t len = i - begin;

		if (i < path.len && path.at[i] != '/')
			continue;
		if (len == 0 && i < path.len)
			return false;
		if ((len == 1 || len == 2) && memcmp(path.at + begin, "..", len) == 0)
			return false;
		begin = i + 1;
	}
	return true;
}

static bool
path_read(struct bytes *out, uint8_t *at, size_t len)
{
	for (size_t i = 0; i + 2 < len; i++)
		if (at[i] == '%' && at[i + 1] == '2' && (at[i + 2] | 0x20) == 'f')
			return false;
	if (http_percent_decode(at, &len, false) != ERR_OK)
		return false;
	*out = bytes_of(at, len);
	for (size_t i = 0; i < len; i++)
		if (at[i] < ' ' || at[i] == 0x7f || at[i] == '\\')
			return false;
	return utf8_valid(*out) && segments_are_plain(*out);
}

static bool
target_read(struct http_request *req, struct bytes target)
{
	size_t path_len;
	const uint8_t *mark;

	if (target.len == 0 || target.at[0] != '/')
		return false;
	for (size_t i = 0; i < target.len; i++)
		if (target.at[i] <= ' ' || target.at[i] >= 0x7f ||
			strchr("#\"<>", target.at[i]) != NULL)
			return false;
	mark = memchr(target.at, '?', target.len);
	path_len = mark != NULL ? (size_t)(mark - target.at) : target.len;
	if (mark != NULL)
		req->query = bytes_of(mark + 1, target.len - path_len - 1);
	/* The bytes are the reader's own: decoded where they stand. */
	return path_read(&req->path, (uint8_t *)(uintptr_t)target.at, path_len);
}

static bool
method_read(struct http_request *req, struct bytes name)
{
	for (enum http_method m = HTTP_GET; m <= HTTP_OPTIONS; m++)
		if (bytes_equal(name, bytes_of_text(http_method_name(m)))) {
			req->method = m;
			return true;
		}
	return false;
}

static bool
word_next(struct bytes *line, struct bytes *word)
{
	const uint8_t *blank = line->len > 0 ? memchr(line->at, ' ', line->len) : NULL;
	size_t n;

	if (blank == NULL)
		return false;
	n = (size_t)(blank - line->at);
	*word = bytes_of(line->at, n);
	*line = bytes_of(blank + 1, line->len - n - 1);
	return true;
}

/* "HTTP/1.1"; RFC 9112 section 2.3. */
static int
version_status(struct bytes version)
{
	if (version.len != 8 || memcmp(version.at, "HTTP/", 5) != 0 ||
		version.at[6] != '.' || version.at[5] < '0' || version.at[5] > '9' ||
		version.at[7] < '0' || version.at[7] > '9')
		return 400;
	return version.at[5] == '1' && version.at[7] <= '1' ? 0 : 505;
}

static int
request_line_status(struct http_request *req, struct bytes line)
{
	struct bytes method, target;
	int status;

	if (!word_next(&line, &method) || !word_next(&line, &target) ||
		!http_is_token(method))
		return 400;
	status = version_status(line);
	if (status != 0)
		return status;
	req->keep_alive = line.at[7] == '1';
	if (!method_read(req, method))
		return 501;
	return target_read(req, target) ? 0 : 400;
}

static bool
host_is_plain(struct bytes host)
{
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.at[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			    (c >= 'a' && c <= 'z')) &&
			strchr("-._~%:[]", c) == NULL)
			return false;
	}
	return true;
}

struct framing {
	size_t hosts, lengths, encodings;
	struct bytes length;
};

static int
field_status(struct http_reader *r, const struct http_field *f, struct framing *seen)
{
	if (http_name_is(f->name, "Host")) {
		seen->hosts++;
		return host_is_plain(f->value) ? 0 : 400;
	}
	if (http_name_is(f->name, "Content-Length")) {
		seen->lengths++;
		seen->length = f->value;
	} else if (http_name_is(f->name, "Transfer-Encoding")) {
		seen->encodings++;
	} else if (http_name_is(f->name, "Connection")) {
		if (http_value_has(f->value, "close"))
			r->req.keep_alive = false;
	} else if (http_name_is(f->name, "Expect")) {
		if (!http_name_is(f->value, "100-continue"))
			return 417;
		r->wants_continue = true;
	}
	return 0;
}

static int
framing_status(struct http_reader *r, const struct framing *seen, bool is_1_1)
{
	uint64_t len;
	enum err err;

	if (seen->hosts > 1 || (is_1_1 && seen->hosts == 0))
		return 400;
	if (seen->lengths > 1 || (seen->encodings > 0 && (seen->lengths > 0 || !is_1_1)))
		return 400;
	if (seen->encodings > 0)
		return 501;
	if (seen->lengths == 0)
		return 0;
	err = number_read(
		&len, (const char *)seen->length.at, seen->length.len, r->body_max);
	if (err != ERR_OK)
		return err == ERR_RANGE ? 413 : 400;
	r->body_len = (size_t)len;
	return 0;
}

static int
head_status(struct http_reader *r)
{
	struct bytes head = buffer_bytes(&r->head), line;
	struct framing seen = {0};
	bool is_1_1;
	int status;

	if (!http_line_next(&head, &line))
		return 400;
	status = request_line_status(&r->req, line);
	if (status != 0)
		return status;
	is_1_1 = r->req.keep_alive;
	while (http_line_next(&head, &line) && line.len > 0) {
		if (r->req.fields == HTTP_FIELDS_MAX)
			return 431;
		if (http_field_read(&r->req.field[r->req.fields], line) != ERR_OK)
			return 400;
		status = field_status(r, &r->req.field[r->req.fields++], &seen);
		if (status != 0)
			return status;
	}
	return framing_status(r, &seen, is_1_1);
}

/* How long the line that is open, or was just ended, and the whole head may be. */
static int
size_status(const struct http_reader *r, bool in_first)
{
	if (r->head.err != ERR_OK)
		return 503;
	if (in_first)
		return r->head.len > HTTP_LINE_MAX + 2 ? 414 : 0;
	return r->head.len > HTTP_LINE_MAX + HTTP_HEAD_MAX ? 431 : 0;
}

static size_t
feed_head(struct http_reader *r, struct bytes in)
{
	bool in_first = r->line == 0;
	enum line what;
	size_t n = http_line_take(&r->head, &r->line, in, &what);
	int status = size_status(r, in_first);

	/* An empty line before a request is refused as well (RFC 9112 section 2.2 lets us). */
	if (status == 0 && (what == LINE_BAD || (what == LINE_EMPTY && in_first)))
		status = 400;
	if (status == 0 && what == LINE_EMPTY) {
		status = head_status(r);
		r->stage = r->body_len > 0 ? HTTP_STAGE_BODY : HTTP_STAGE_DONE;
		r->wants_continue = r->wants_continue && r->body_len > 0;
	}
	if (status != 0)
		refuse(r, status);
	return n;
}

static size_t
feed_body(struct http_reader *r, struct bytes in)
{
	size_t want = r->body_len - r->body.len, n = in.len < want ? in.len : want;

	r->wants_continue = false;
	write_bytes(&r->body, in.at, n);
	if (r->body.err != ERR_OK)
		refuse(r, 503);
	else if (r->body.len == r->body_len)
		r->stage = HTTP_STAGE_DONE;
	r->req.body = buffer_bytes(&r->body);
	return n;
}

size_t
http_reader_feed(struct http_reader *r, struct bytes in)
{
	size_t used = 0;

	while (used < in.len) {
		struct bytes rest = bytes_of(in.at + used, in.len - used);

		if (r->stage == HTTP_STAGE_HEAD)
			used += feed_head(r, rest);
		else if (r->stage == HTTP_STAGE_BODY)
			used += feed_body(r, rest);
		else
			break;
	}
	return used;
}

struct bytes
http_request_field(const struct http_request *req, const char *name)
{
	return http_field_find(req->field, req->fields, name);
}

bool
http_path_is(const struct http_request *req, const char *path)
{
	return bytes_equal(req->path, bytes_of_text(path));
}

static bool
matches(struct bytes text, const char *pattern, struct bytes *part, size_t parts)
{
	for (; *pattern != '*'; pattern++) {
		if (*pattern == '\0')
			return text.len == 0;
		if (text.len == 0 || text.at[0] != (uint8_t)*pattern)
			return false;
		text = bytes_of(text.at + 1, text.len - 1);
	}
	for (size_t n = 1; n <= text.len && text.at[n - 1] != '/'; n++)
		if (matches(bytes_of(text.at + n, text.len - n), pattern + 1,
			    parts > 0 ? part + 1 : part, parts > 0 ? parts - 1 : 0)) {
			if (parts > 0)
				*part = bytes_of(text.at, n);
			return true;
		}
	return false;
}

bool
http_path_match(const struct http_request *req, const char *pattern, struct bytes *part,
	size_t parts)
{
	return matches(req->path, pattern, part, parts);
}
