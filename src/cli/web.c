/* SPDX-License-Identifier: GPL-3.0-or-later */
/* web.c: libcurl over HTTP. */
#include "cli/web.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { CONNECT_S = 10, STALL_S = 30 };

struct getting {
	CURL *curl;
	enum err (*take)(void *ctx, struct bytes part);
	void *ctx;
	enum err err;
	char next[256]; /* the path of the next page; "" if there is none */
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

/* Link: </bulletin?after=500>; rel="next" (RFC 8288). */
static size_t
field_came(char *at, size_t size, size_t n, void *ctx)
{
	struct getting *g = ctx;
	char line[320] = "", path[256];

	memcpy(line, at, n < sizeof line ? n : sizeof line - 1);
	if (strncasecmp(line, "Link:", 5) == 0 && strstr(line, "rel=\"next\"") != NULL &&
		sscanf(line + 5, " </%254[^> ]>", path) == 1)
		snprintf(g->next, sizeof g->next, "/%.254s", path);
	return size * n;
}

bool
is_url(const char *text)
{
	return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

static enum err
page_get(struct getting *g, const char *url, struct fault *fault)
{
	long status = 0;
	CURLcode code;

	g->next[0] = '\0';
	curl_easy_setopt(g->curl, CURLOPT_URL, url);
	code = curl_easy_perform(g->curl);
	curl_easy_getinfo(g->curl, CURLINFO_RESPONSE_CODE, &status);
	if (g->err != ERR_OK)
		return g->err;
	if (code != CURLE_OK)
		return fault_set(fault, ERR_IO, "%s: %s", url, curl_easy_strerror(code));
	if (status != 200)
		return fault_set(fault, status == 404 ? ERR_UNKNOWN : ERR_REFUSED,
			"%s: status %ld", url, status);
	return ERR_OK;
}

/* "http://edge:8080" and no more. */
static size_t
origin_len(const char *url)
{
	const char *host = strstr(url, "://") + 3;

	return (size_t)(host - url) + strcspn(host, "/?#");
}

enum err
web_get(const char *url, enum err (*take)(void *ctx, struct bytes part), void *ctx,
	struct fault *fault)
{
	struct getting g = {.curl = curl_easy_init(), .take = take, .ctx = ctx};
	struct buffer page = {0};
	enum err err;

	if (g.curl == NULL)
		return ERR_NOMEM;
	curl_easy_setopt(g.curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(g.curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(g.curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(g.curl, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
	curl_easy_setopt(g.curl, CURLOPT_WRITEFUNCTION, part_came);
	curl_easy_setopt(g.curl, CURLOPT_WRITEDATA, &g);
	curl_easy_setopt(g.curl, CURLOPT_HEADERFUNCTION, field_came);
	curl_easy_setopt(g.curl, CURLOPT_HEADERDATA, &g);
	curl_easy_setopt(g.curl, CURLOPT_NOSIGNAL, 1L);
	err = page_get(&g, url, fault);
	while (err == ERR_OK && g.next[0] != '\0') {
		buffer_clear(&page);
		write_bytes(&page, url, origin_len(url));
		write_text(&page, g.next);
		err = page.err == ERR_OK ? page_get(&g, buffer_text(&page), fault)
					 : page.err;
	}
	buffer_free(&page);
	curl_easy_cleanup(g.curl);
	return err;
}
