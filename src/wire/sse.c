/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sse.c: event streams, written line by line and read as WHATWG HTML section 9.2.6 says. */
#include "wire/sse.h"

#include "base/text.h"

#include <string.h>

static void
write_line(struct buffer *out, const char *name, struct bytes value)
{
	write_text(out, name);
	write_text(out, ": ");
	write_bytes(out, value.at, value.len);
	write_u8(out, '\n');
}

static void
write_data(struct buffer *out, struct bytes data)
{
	size_t begin = 0;

	for (size_t i = 0; i < data.len; i++) {
		if (data.at[i] != '\n' && data.at[i] != '\r')
			continue;
		write_line(out, "data", bytes_of(data.at + begin, i - begin));
		if (data.at[i] == '\r' && i + 1 < data.len && data.at[i + 1] == '\n')
			i++;
		begin = i + 1;
	}
	write_line(out, "data", bytes_of(data.at + begin, data.len - begin));
}

void
sse_write(struct buffer *out, const struct sse_event *ev)
{
	if (ev->id.len > 0)
		write_line(out, "id", ev->id);
	if (ev->event.len > 0)
		write_line(out, "event", ev->event);
	write_data(out, ev->data);
	write_u8(out, '\n');
}

void
sse_write_retry(struct buffer *out, unsigned retry_ms)
{
	write_format(out, "retry: %u\n\n", retry_ms);
}

void
sse_write_comment(struct buffer *out, const char *text)
{
	write_format(out, ": %s\n\n", text);
}

void
sse_reader_begin(struct sse_reader *r, size_t max)
{
	memset(r, 0, sizeof *r);
	r->max = max;
}

void
sse_reader_free(struct sse_reader *r)
{
	buffer_free(&r->line);
	buffer_free(&r->data);
	buffer_free(&r->event);
	buffer_free(&r->id);
}

static bool
name_is(struct bytes name, const char *want)
{
	return bytes_equal(name, bytes_of_text(want));
}

static void
field_read(struct sse_reader *r, struct bytes name, struct bytes value)
{
	uint64_t retry_ms;

	if (name_is(name, "data")) {
		write_bytes(&r->data, value.at, value.len);
		write_u8(&r->data, '\n');
	} else if (name_is(name, "event")) {
		buffer_clear(&r->event);
		write_bytes(&r->event, value.at, value.len);
	} else if (name_is(name, "id")) {
		if (value.len > 0 && memchr(value.at, '\0', value.len) != NULL)
			return;
		buffer_clear(&r->id);
		write_bytes(&r->id, value.at, value.len);
	} else if (name_is(name, "retry") && number_read(&retry_ms, (const char *)value.at,
						     value.len, 3600000) == ERR_OK) {
		r->retry_ms = (unsigned)retry_ms;
	}
}

static void
line_read(struct sse_reader *r, struct bytes line, sse_got *got, void *ctx)
{
	const uint8_t *colon = line.len > 0 ? memchr(line.at, ':', line.len) : NULL;
	struct bytes name = line, value = bytes_of(NULL, 0);

	if (line.len == 0) {
		struct sse_event ev = {buffer_bytes(&r->id), buffer_bytes(&r->event),
			buffer_bytes(&r->data)};

		if (ev.data.len > 0) {
			ev.data.len--; /* the LF behind the last line */
			got(ctx, &ev);
		}
		buffer_clear(&r->data);
		buffer_clear(&r->event);
		return;
	}
	if (colon != NULL) {
		name.len = (size_t)(colon - line.at);
		value = bytes_of(colon + 1, line.len - name.len - 1);
		if (value.len > 0 && value.at[0] == ' ')
			value = bytes_of(value.at + 1, value.len - 1);
	}
	if (name.len > 0)
		field_read(r, name, value);
}

/* U+FEFF before the first line is no part of it. */
static struct bytes
without_mark(struct sse_reader *r, struct bytes line)
{
	if (!r->begun && line.len >= 3 && memcmp(line.at, "\xef\xbb\xbf", 3) == 0)
		line = bytes_of(line.at + 3, line.len - 3);
	r->begun = true;
	return line;
}

static enum err
check(const struct sse_reader *r)
{
	if (r->line.err != ERR_OK || r->data.err != ERR_OK || r->event.err != ERR_OK ||
		r->id.err != ERR_OK)
		return ERR_NOMEM;
	if (r->line.len > r->max || r->data.len > r->max)
		return ERR_RANGE;
	return ERR_OK;
}

enum err
sse_reader_feed(struct sse_reader *r, struct bytes in, sse_got *got, void *ctx)
{
	size_t i = 0;

	while (i < in.len && check(r) == ERR_OK) {
		size_t begin = i;
		bool ends;

		if (r->after_cr && in.at[i] == '\n') {
			r->after_cr = false;
			i++;
			continue;
		}
		r->after_cr = false;
		while (i < in.len && in.at[i] != '\n' && in.at[i] != '\r')
			i++;
		write_bytes(&r->line, in.at + begin, i - begin);
		ends = i < in.len;
		if (!ends || check(r) != ERR_OK)
			break;
		r->after_cr = in.at[i++] == '\r';
		line_read(r, without_mark(r, buffer_bytes(&r->line)), got, ctx);
		buffer_clear(&r->line);
	}
	return check(r);
}
