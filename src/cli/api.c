/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api.c: libcurl over a Unix socket. */
#include "cli/api.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 64 << 20, CONNECT_S = 5, ANSWER_S = 60 };

struct api {
	CURL *curl;
	struct curl_slist *headers;
	struct buffer answer;
};

static size_t
take(char *at, size_t size, size_t n, void *ctx)
{
	struct api *a = ctx;

	if (a->answer.len + size * n > ANSWER_MAX)
		return 0;
	write_bytes(&a->answer, at, size * n);
	return a->answer.err == ERR_OK ? size * n : 0;
}

enum err
api_new(struct api **out, const char *socket)
{
	struct api *a = calloc(1, sizeof *a);

	if (a == NULL)
		return ERR_NOMEM;
	a->curl = curl_easy_init();
	a->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (a->curl == NULL || a->headers == NULL) {
		api_free(a);
		return ERR_NOMEM;
	}
	/* "Expect: 100-continue" would cost a second of waiting. */
	a->headers = curl_slist_append(a->headers, "Expect:");
	curl_easy_setopt(a->curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(a->curl, CURLOPT_HTTPHEADER, a->headers);
	curl_easy_setopt(a->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(a->curl, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(a->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(a->curl, CURLOPT_TIMEOUT, (long)ANSWER_S);
	curl_easy_setopt(a->curl, CURLOPT_NOSIGNAL, 1L);
	*out = a;
	return ERR_OK;
}

void
api_free(struct api *a)
{
	if (a == NULL)
		return;
	curl_slist_free_all(a->headers);
	curl_easy_cleanup(a->curl);
	buffer_free(&a->answer);
	free(a);
}

static enum err
error_of(long status)
{
	switch (status) {
	case 403:
		return ERR_REFUSED;
	case 404:
		return ERR_UNKNOWN;
	case 409:
		return ERR_CONFLICT;
	case 503:
		return ERR_BUSY;
	default:
		return ERR_FORMAT;
	}
}

static enum err
perform(struct api *a, const char *method, const char *path, const char *body,
	struct fault *fault)
{
	struct buffer url = {0};
	CURLcode code;

	write_format(&url, "http://hub%s", path);
	buffer_clear(&a->answer);
	curl_easy_setopt(a->curl, CURLOPT_URL, buffer_text(&url));
	if (strcmp(method, "POST") == 0)
		curl_easy_setopt(a->curl, CURLOPT_POSTFIELDS, body != NULL ? body : "{}");
	else
		curl_easy_setopt(a->curl, CURLOPT_HTTPGET, 1L);
	if (strcmp(method, "POST") == 0)
		curl_easy_setopt(a->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)-1);
	code = curl_easy_perform(a->curl);
	buffer_free(&url);
	if (code == CURLE_OK)
		return ERR_OK;
	return fault_set(fault, ERR_IO,
		"the hub does not answer (%s); is belfryd running, and is this its socket?",
		curl_easy_strerror(code));
}

enum err
api_call(struct api *a, json_t **out, const char *method, const char *path,
	const json_t *body, struct fault *fault)
{
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	enum err err = perform(a, method, path, text, fault);
	const char *words;
	long status = 0;
	json_t *o;

	free(text);
	if (err != ERR_OK)
		return err;
	curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
	o = json_loadb(buffer_text(&a->answer), a->answer.len, 0, NULL);
	if (status == 200 && o != NULL) {
		*out = o;
		return ERR_OK;
	}
	words = json_string_value(json_object_get(o, "error"));
	err = fault_set(fault, error_of(status), "%s",
		words != NULL ? words : "the hub's answer is not JSON");
	json_decref(o);
	return err;
}
