/* SPDX-License-Identifier: GPL-3.0-or-later */
/* web.c: libcurl over HTTP. */
#include "cli/web.h"

#include <curl/curl.h>
#include <string.h>

enum { CONNECT_S = 10, STALL_S = 30 };

struct getting {
	CURL *curl;
	enum err (*take)(void *ctx, struct bytes part);
	void *ctx;
	enum err err;
};

static size_t
part_came(char *at, size_t size, size_t n, void *ctx)
{
	struct getting *g = ctx;
	long status = 0;

	curl_easy_getinfo(g->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200)
		g->err = g->take(g->ctx, bytes_of(at, size * n));
	return g->err == ERR_OK ? size * n : 0;
}

bool
is_url(const char *text)
{
	return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

enum err
web_get(const char *url, enum err (*take)(void *ctx, struct bytes part), void *ctx,
	struct fault *fault)
{
	struct getting g = {.curl = curl_easy_init(), .take = take, .ctx = ctx};
	long status = 0;
	CURLcode code;

	if (g.curl == NULL)
		return ERR_NOMEM;
	curl_easy_setopt(g.curl, CURLOPT_URL, url);
	curl_easy_setopt(g.curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(g.curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(g.curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(g.curl, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
	curl_easy_setopt(g.curl, CURLOPT_WRITEFUNCTION, part_came);
	curl_easy_setopt(g.curl, CURLOPT_WRITEDATA, &g);
	curl_easy_setopt(g.curl, CURLOPT_NOSIGNAL, 1L);
	code = curl_easy_perform(g.curl);
	curl_easy_getinfo(g.curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(g.curl);
	if (g.err != ERR_OK)
		return g.err;
	if (code != CURLE_OK)
		return fault_set(fault, ERR_IO, "%s: %s", url, curl_easy_strerror(code));
	if (status != 200)
		return fault_set(fault, status == 404 ? ERR_UNKNOWN : ERR_REFUSED,
			"%s: status %ld", url, status);
	return ERR_OK;
}
