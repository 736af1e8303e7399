/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_common.c: lines, fields and words of HTTP, and the heads of our own answers. */
#include "wire/http_inside.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

const char *
http_method_name(enum http_method m)
{
	switch (m) {
	case HTTP_GET:
		return "GET";
	case HTTP_HEAD:
		return "HEAD";
	case HTTP_POST:
		return "POST";
	case HTTP_PUT:
		return "PUT";
	case HTTP_DELETE:
		return "DELETE";
	case HTTP_OPTIONS:
		return "OPTIONS";
	}
	return "";
}

const char *
http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} known[] = {{100, "Continue"}, {200, "OK"}, {201, "Created"}, {202, "Accepted"},
		{204, "No Content"}, {206, "Partial Content"}, {301, "Moved Permanently"},
		{302, "Found"}, {303, "See Other"}, {304, "Not Modified"},
		{400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"},
		{404, "Not Found"}, {405, "Method Not Allowed"}, {406, "Not Acceptable"},
		{408, "Request Timeout"}, {409, "Conflict"}, {410, "Gone"},
		{411, "Length Required"}, {412, "Precondition Failed"},
		{413, "Content Too Large"}, {414, "URI Too Long"},
		{415, "Unsupported Media Type"}, {417, "Expectation Failed"},
		{422, "Unprocessable Content"}, {429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"}, {500, "Internal Server Error"},
		{501, "Not Implemented"}, {503, "Service Unavailable"},
		{504, "Gateway Timeout"}, {505, "HTTP Version Not Supported"},
		{507, "Insufficient Storage"}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].status == status)
			return known[i].reason;
	return "Status";
}

size_t
http_line_take(struct buffer *into, size_t *start, struct bytes in, enum line *what)
{
	const uint8_t *lf = in.len > 0 ? memchr(in.at, '\n', in.len) : NULL;
	size_t n = lf != NULL ? (size_t)(lf - in.at) + 1 : in.len, len;
	const uint8_t *line;

	*what = LINE_MORE;
	write_bytes(into, in.at, n);
	if (into->err != ERR_OK || lf == NULL)
		return n;
	line = into->at + *start;
	len = into->len - *start;
	if (len < 2 || memchr(line, '\r', len) != line + len - 2)
		*what = LINE_BAD;
	else
		*what = len == 2 ? LINE_EMPTY : LINE_WHOLE;
	*start = into->len;
	return n;
}

bool
http_line_next(struct bytes *head, struct bytes *line)
{
	const uint8_t *lf = head->len > 0 ? memchr(head->at, '\n', head->len) : NULL;
	size_t n;

	if (lf == NULL)
		return false;
	n = (size_t)(lf - head->at) + 1;
	*line = bytes_of(head->at, n - 2);
	*head = bytes_of(head->at + n, head->len - n);
	return true;
}

static bool
is_token_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool
http_is_token(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_token_byte(text.at[i]))
			return false;
	return text.len > 0;
}

static struct bytes
trimmed(struct bytes text)
{
	while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t'))
		text = bytes_of(text.at + 1, text.len - 1);
	while (text.len > 0 &&
		(text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

enum err
http_field_read(struct http_field *out, struct bytes line)
{
	const uint8_t *colon = line.len > 0 ? memchr(line.at, ':', line.len) : NULL;
	size_t n;

	if (colon == NULL)
		return ERR_FORMAT;
	n = (size_t)(colon - line.at);
	out->name = bytes_of(line.at, n);
	out->value = trimmed(bytes_of(colon + 1, line.len - n - 1));
	/* A folded line begins with a blank, which is no token: refused here, too. */
	if (!http_is_token(out->name))
		return ERR_FORMAT;
	for (size_t i = 0; i < out->value.len; i++)
		if ((out->value.at[i] < ' ' && out->value.at[i] != '\t') ||
			out->value.at[i] == 0x7f)
			return ERR_FORMAT;
	return ERR_OK;
}

bool
http_name_is(struct bytes name, const char *want)
{
	return name.len == strlen(want) &&
	       strncasecmp((const char *)name.at, want, name.len) == 0;
}

bool
http_value_has(struct bytes value, const char *word)
{
	while (value.len > 0) {
		const uint8_t *comma = memchr(value.at, ',', value.len);
		size_t n = comma != NULL ? (size_t)(comma - value.at) : value.len;

		if (http_name_is(trimmed(bytes_of(value.at, n)), word))
			return true;
		n += comma != NULL;
		value = bytes_of(value.at + n, value.len - n);
	}
	return false;
}

struct bytes
http_field_find(const struct http_field *field, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (http_name_is(field[i].name, name))
			return field[i].value;
	return bytes_of(NULL, 0);
}

void
http_date_write(char out[HTTP_DATE_TEXT], int64_t time_ms)
{
	static const char day[] = "SunMonTueWedThuFriSat";
	static const char month[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t s = (time_t)(time_ms / 1000);
	struct tm t = {.tm_mday = 1};

	gmtime_r(&s, &t);
	/* Reduced, so that the compiler sees that no field can outgrow its place. */
	snprintf(out, HTTP_DATE_TEXT, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
		day + 3 * (t.tm_wday % 7), (unsigned)t.tm_mday % 100,
		month + 3 * (t.tm_mon % 12), (unsigned)(t.tm_year + 1900) % 10000,
		(unsigned)t.tm_hour % 100, (unsigned)t.tm_min % 100,
		(unsigned)t.tm_sec % 100);
}

void
http_answer_head(struct buffer *out, int status, int64_t date_ms, const char *type,
	const char *extra, size_t body_len, bool keep_alive)
{
	char date[HTTP_DATE_TEXT];

	http_date_write(date, date_ms);
	write_format(
		out, "HTTP/1.1 %d %s\r\nDate: %s\r\n", status, http_reason(status), date);
	if (type != NULL)
		write_format(out, "Content-Type: %s\r\n", type);
	if (extra != NULL)
		write_text(out, extra);
	if (status >= 200 && status != 204 && status != 304)
		write_format(out, "Content-Length: %zu\r\n", body_len);
	write_text(out, keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
}
