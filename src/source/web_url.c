/* SPDX-License-Identifier: GPL-3.0-or-later */
/* web_url.c: which addresses may be asked: a stranger's feed names them, and must not send us into
 * our own network. */
#include "source/web.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct parts {
	char *scheme, *host, *port, *user;
};

static bool
parts_of(struct parts *p, CURLU *u)
{
	*p = (struct parts){NULL, NULL, NULL, NULL};
	(void)curl_url_get(u, CURLUPART_USER, &p->user, 0);
	return curl_url_get(u, CURLUPART_SCHEME, &p->scheme, 0) == CURLUE_OK &&
	       curl_url_get(u, CURLUPART_HOST, &p->host, 0) == CURLUE_OK &&
	       curl_url_get(u, CURLUPART_PORT, &p->port, CURLU_DEFAULT_PORT) == CURLUE_OK;
}

static void
parts_free(struct parts *p)
{
	curl_free(p->scheme);
	curl_free(p->host);
	curl_free(p->port);
	curl_free(p->user);
}

static bool
is_web(const struct parts *p)
{
	return p->user == NULL && p->host[0] != '\0' &&
	       (strcasecmp(p->scheme, "http") == 0 || strcasecmp(p->scheme, "https") == 0);
}

bool
web_is_url(const char *url)
{
	CURLU *u = curl_url();
	struct parts p = {NULL, NULL, NULL, NULL};
	bool good = u != NULL && strstr(url, "://") != NULL && strlen(url) < WEB_URL_MAX &&
		    curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
		    parts_of(&p, u) && is_web(&p);

	parts_free(&p);
	curl_url_cleanup(u);
	return good;
}

static bool
is_default(const struct parts *p)
{
	return strcmp(p->port, strcasecmp(p->scheme, "https") == 0 ? "443" : "80") == 0;
}

/* The same host, port and scheme, or the same host by https instead of http. */
static bool
is_home(const struct parts *p, const char *home)
{
	CURLU *u = curl_url();
	struct parts h = {NULL, NULL, NULL, NULL};
	bool good = u != NULL && curl_url_set(u, CURLUPART_URL, home, 0) == CURLUE_OK &&
		    parts_of(&h, u) && strcasecmp(h.host, p->host) == 0;

	if (good && strcasecmp(h.scheme, p->scheme) == 0)
		good = strcmp(h.port, p->port) == 0;
	else if (good)
		good = strcasecmp(p->scheme, "https") == 0 && is_default(p);
	parts_free(&h);
	curl_url_cleanup(u);
	return good;
}

static bool
is_allowed(const struct parts *p, const char *home, const char *const *host, size_t hosts)
{
	if (is_home(p, home))
		return true;
	/* A host that is named is so for https, and for http where home is http, too. */
	for (size_t i = 0; i < hosts; i++)
		if (strcasecmp(host[i], p->host) == 0 && is_default(p) &&
			(strcasecmp(p->scheme, "https") == 0 ||
				strncasecmp(home, "http://", 7) == 0))
			return true;
	return false;
}

bool
web_resolve(char out[WEB_URL_MAX], const char *base, const char *uri, const char *home,
	const char *const *host, size_t hosts)
{
	CURLU *u = curl_url();
	struct parts p = {NULL, NULL, NULL, NULL};
	char *whole = NULL;
	bool good = u != NULL && curl_url_set(u, CURLUPART_URL, base, 0) == CURLUE_OK &&
		    curl_url_set(u, CURLUPART_URL, uri, 0) == CURLUE_OK &&
		    parts_of(&p, u) && is_web(&p) && is_allowed(&p, home, host, hosts) &&
		    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
		    curl_url_get(u, CURLUPART_URL, &whole, 0) == CURLUE_OK &&
		    strlen(whole) < WEB_URL_MAX;

	if (good)
		snprintf(out, WEB_URL_MAX, "%s", whole);
	curl_free(whole);
	parts_free(&p);
	curl_url_cleanup(u);
	return good;
}
