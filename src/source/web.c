/* SPDX-License-Identifier: GPL-3.0-or-later */
/* web.c: libcurl's multi interface, driven by the loop. */
#include "source/web.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct web {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer;
	struct web_get *gets;
};

struct web_get {
	struct web *web;
	struct web_get *next, **link;
	CURL *easy;
	struct curl_slist *fields;
	web_answered *answered;
	void *ctx;
	struct buffer body;
	char url[WEB_URL_MAX], home[WEB_URL_MAX], ca_file[WEB_URL_MAX];
	char etag[WEB_TAG_MAX], modified[WEB_TAG_MAX];
	char error[CURL_ERROR_SIZE];
	const char *const *host;
	size_t hosts, bytes_max;
	int64_t until_ms; /* monotonic */
	int redirects;
	bool too_long;
};

/* One socket of libcurl's. */
struct watched {
	struct web *web;
	struct loop_watch watch;
};

static void collect(struct web *w);

/* ---- libcurl's wishes ---- */

static void
socket_ready(void *ctx, unsigned events)
{
	struct watched *s = ctx;
	struct web *w = s->web;
	int running, flags = 0;

	flags |= events & LOOP_READ ? CURL_CSELECT_IN : 0;
	flags |= events & LOOP_WRITE ? CURL_CSELECT_OUT : 0;
	flags |= events & LOOP_HANGUP ? CURL_CSELECT_ERR | CURL_CSELECT_IN : 0;
	curl_multi_socket_action(w->multi, s->watch.fd, flags, &running);
	collect(w);
}

static int
socket_wish(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket)
{
	struct web *w = ctx;
	struct watched *s = socket;
	unsigned events = (what & CURL_POLL_IN ? LOOP_READ : 0) |
			  (what & CURL_POLL_OUT ? LOOP_WRITE : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s != NULL)
			loop_unwatch(w->loop, &s->watch);
		free(s);
		curl_multi_assign(w->multi, fd, NULL);
		return 0;
	}
	if (s != NULL) {
		loop_watch_change(w->loop, &s->watch, events);
		return 0;
	}
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return -1;
	s->web = w;
	if (loop_watch(w->loop, &s->watch, fd, events, socket_ready, s) != ERR_OK) {
		free(s);
		return -1;
	}
	curl_multi_assign(w->multi, fd, s);
	return 0;
}

static void
timer_due(void *ctx)
{
	struct web *w = ctx;
	int running;

	curl_multi_socket_action(w->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(w);
}

static int
timer_wish(CURLM *multi, long after_ms, void *ctx)
{
	struct web *w = ctx;

	(void)multi;
	if (after_ms < 0) {
		loop_timer_cancel(w->loop, &w->timer);
		return 0;
	}
	return loop_timer_set(w->loop, &w->timer, after_ms, timer_due, w) == ERR_OK ? 0
										    : -1;
}

/* ---- one request ---- */

static size_t
body_came(char *at, size_t one, size_t len, void *ctx)
{
	struct web_get *g = ctx;

	if (g->body.len + one * len > g->bytes_max) {
		g->too_long = true;
		return 0;
	}
	write_bytes(&g->body, at, one * len);
	return g->body.err == ERR_OK ? one * len : 0;
}

/* The value of a field that we keep, if this line is that field and it fits. */
static void
keep_field(char *out, const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0)
		return;
	while (n < len && (line[n] == ' ' || line[n] == '\t'))
		n++;
	while (len > n &&
		(line[len - 1] == '\r' || line[len - 1] == '\n' || line[len - 1] == ' '))
		len--;
	/* One that is cut would never match. */
	snprintf(out, WEB_TAG_MAX, "%.*s", len - n < WEB_TAG_MAX ? (int)(len - n) : 0,
		line + n);
}

static size_t
head_came(char *line, size_t one, size_t len, void *ctx)
{
	struct web_get *g = ctx;

	if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
		g->etag[0] = g->modified[0] = '\0';
	keep_field(g->etag, line, one * len, "etag:");
	keep_field(g->modified, line, one * len, "last-modified:");
	return one * len;
}

static bool
options_set(struct web_get *g)
{
	CURL *e = g->easy;
	int64_t left_ms = g->until_ms - loop_monotonic_ms();
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(e, CURLOPT_URL, g->url);
	bad |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	bad |= curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	bad |= curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(left_ms > 1 ? left_ms : 1));
	bad |= curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)g->bytes_max);
	bad |= curl_easy_setopt(e, CURLOPT_USERAGENT, "belfryd/" BELFRY_VERSION);
	bad |= curl_easy_setopt(e, CURLOPT_ERRORBUFFER, g->error);
	bad |= curl_easy_setopt(e, CURLOPT_HTTPHEADER, g->fields);
	bad |= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, body_came);
	bad |= curl_easy_setopt(e, CURLOPT_WRITEDATA, g);
	bad |= curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, head_came);
	bad |= curl_easy_setopt(e, CURLOPT_HEADERDATA, g);
	bad |= curl_easy_setopt(e, CURLOPT_PRIVATE, g);
	if (g->ca_file[0] != '\0') {
		bad |= curl_easy_setopt(e, CURLOPT_CAINFO, g->ca_file);
		bad |= curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	}
	return bad == CURLE_OK;
}

static bool
field_add(struct web_get *g, const char *name, const char *value)
{
	char line[WEB_TAG_MAX + 32];
	struct curl_slist *more;

	if (value == NULL || value[0] == '\0')
		return true;
	snprintf(line, sizeof line, "%s: %s", name, value);
	more = curl_slist_append(g->fields, line);
	if (more != NULL)
		g->fields = more;
	return more != NULL;
}

static bool
fields_set(struct web_get *g, const struct web_ask *ask)
{
	return field_add(g, "Accept",
		       "application/cap+xml, application/atom+xml, application/rss+xml, "
		       "application/xml;q=0.9, */*;q=0.1") &&
	       field_add(g, "If-None-Match", ask->etag) &&
	       field_add(g, "If-Modified-Since", ask->modified);
}

static void
get_free(struct web_get *g)
{
	if (g->link != NULL) {
		*g->link = g->next;
		if (g->next != NULL)
			g->next->link = g->link;
	}
	curl_easy_cleanup(g->easy);
	curl_slist_free_all(g->fields);
	buffer_free(&g->body);
	free(g);
}

struct web_get *
web_get(struct web *w, const struct web_ask *ask, web_answered *answered, void *ctx)
{
	const char *home = ask->home != NULL ? ask->home : ask->url;
	struct web_get *g;

	if (strlen(ask->url) >= WEB_URL_MAX || strlen(home) >= WEB_URL_MAX ||
		!web_is_url(ask->url))
		return NULL;
	g = calloc(1, sizeof *g);
	if (g == NULL)
		return NULL;
	g->web = w;
	g->easy = curl_easy_init();
	g->answered = answered;
	g->ctx = ctx;
	g->host = ask->host;
	g->hosts = ask->hosts;
	g->bytes_max = ask->bytes_max;
	g->until_ms = loop_monotonic_ms() + ask->timeout_s * 1000LL;
	snprintf(g->url, sizeof g->url, "%s", ask->url);
	snprintf(g->home, sizeof g->home, "%s", home);
	snprintf(g->ca_file, sizeof g->ca_file, "%s",
		ask->ca_file != NULL ? ask->ca_file : "");
	if (g->easy == NULL || !fields_set(g, ask) || !options_set(g) ||
		curl_multi_add_handle(w->multi, g->easy) != CURLM_OK) {
		get_free(g);
		return NULL;
	}
	g->next = w->gets;
	g->link = &w->gets;
	if (g->next != NULL)
		g->next->link = &g->next;
	w->gets = g;
	return g;
}

void
web_drop(struct web_get *g)
{
	if (g == NULL)
		return;
	curl_multi_remove_handle(g->web->multi, g->easy);
	get_free(g);
}

/* ---- answers ---- */

static void
answer(struct web_get *g, int status, const char *why)
{
	struct web_answer a = {.status = status,
		.body = status == 200 ? buffer_bytes(&g->body) : bytes_of(NULL, 0),
		.etag = g->etag,
		.modified = g->modified,
		.url = g->url,
		.why = why};

	g->answered(g->ctx, &a);
	get_free(g);
}

/* Elsewhere, if that place may be asked. Why not, or NULL: it is under way. */
static const char *
follow(struct web_get *g)
{
	char *to = NULL, url[WEB_URL_MAX];

	if (++g->redirects > WEB_REDIRECTS)
		return "it redirects again and again";
	if (curl_easy_getinfo(g->easy, CURLINFO_REDIRECT_URL, &to) != CURLE_OK ||
		to == NULL || !web_resolve(url, g->url, to, g->home, g->host, g->hosts))
		return "it redirects to a host that is not one of \"hosts\"";
	memcpy(g->url, url, sizeof url);
	buffer_clear(&g->body);
	if (!options_set(g) || curl_multi_add_handle(g->web->multi, g->easy) != CURLM_OK)
		return "there is no memory";
	return NULL;
}

static void
finished(struct web_get *g, CURLcode code)
{
	char why[CURL_ERROR_SIZE + 64];
	const char *no;
	long status = 0;

	curl_multi_remove_handle(g->web->multi, g->easy);
	curl_easy_getinfo(g->easy, CURLINFO_RESPONSE_CODE, &status);
	if (g->too_long || code == CURLE_FILESIZE_EXCEEDED) {
		snprintf(why, sizeof why, "it sends more than %zu bytes", g->bytes_max);
		answer(g, 0, why);
	} else if (code != CURLE_OK) {
		snprintf(why, sizeof why, "%s",
			g->error[0] != '\0' ? g->error : curl_easy_strerror(code));
		answer(g, 0, why);
	} else if (status == 200 || status == 304) {
		answer(g, (int)status, "");
	} else if (status == 301 || status == 302 || status == 303 || status == 307 ||
		   status == 308) {
		no = follow(g);
		if (no != NULL)
			answer(g, 0, no);
	} else {
		snprintf(why, sizeof why, "it answers %ld, not 200", status);
		answer(g, 0, why);
	}
}

static void
collect(struct web *w)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(w->multi, &left)) != NULL) {
		struct web_get *g = NULL;
		CURLcode code = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &g);
		finished(g, code);
	}
}

enum err
web_new(struct web **out, struct loop *loop, struct fault *fault)
{
	struct web *w = calloc(1, sizeof *w);

	if (w == NULL)
		return ERR_NOMEM;
	w->loop = loop;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		w->multi = curl_multi_init();
	if (w->multi == NULL) {
		free(w);
		return fault_set(fault, ERR_IO, "libcurl cannot start");
	}
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, socket_wish);
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, timer_wish);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_MAX_HOST_CONNECTIONS, 4L);
	*out = w;
	return ERR_OK;
}

void
web_free(struct web *w)
{
	if (w == NULL)
		return;
	while (w->gets != NULL)
		web_drop(w->gets);
	curl_multi_cleanup(w->multi);
	loop_timer_cancel(w->loop, &w->timer);
	curl_global_cleanup();
	free(w);
}
