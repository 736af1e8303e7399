/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_http.c: requests, answers, parameters and event streams; cut in two places, the same. */
#include "wire/http.h"
#include "wire/sse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_request(struct bytes in, size_t cut)
{
	struct http_reader whole, parts;
	struct bytes query;
	struct buffer name = {0}, value = {0};
	enum err err;

	http_reader_begin(&whole, 4096);
	http_reader_begin(&parts, 4096);
	http_reader_feed(&whole, in);
	http_reader_feed(&parts, bytes_of(in.at, cut));
	http_reader_feed(&parts, bytes_of(in.at + cut, in.len - cut));
	if (whole.stage != parts.stage || whole.status != parts.status ||
		whole.req.fields != parts.req.fields ||
		!bytes_equal(whole.req.body, parts.req.body))
		abort();
	query = whole.req.query;
	while (http_param_next(&query, &name, &value, &err))
		;
	buffer_free(&name);
	buffer_free(&value);
	http_reader_free(&whole);
	http_reader_free(&parts);
}

static void
read_answer(struct bytes in, size_t cut)
{
	struct http_response_reader r;
	struct buffer body = {0};

	http_response_begin(&r);
	http_response_feed(&r, bytes_of(in.at, cut), &body);
	http_response_feed(&r, bytes_of(in.at + cut, in.len - cut), &body);
	http_response_closed(&r);
	http_response_end(&r);
	buffer_free(&body);
}

static void
add(void *ctx, const struct sse_event *ev)
{
	*(size_t *)ctx += ev->data.len + ev->event.len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t cut = size > 0 ? data[size - 1] % size : 0, sum = 0;
	struct sse_reader sse;

	read_request(bytes_of(data, size), cut);
	read_answer(bytes_of(data, size), cut);
	sse_reader_begin(&sse, 512);
	if (sse_reader_feed(&sse, bytes_of(data, size), add, &sum) == ERR_OK && sum > size)
		abort();
	sse_reader_free(&sse);
	return 0;
}
