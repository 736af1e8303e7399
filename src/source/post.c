/* SPDX-License-Identifier: GPL-3.0-or-later */
/* post.c: takes what a source posts with its key. */
#include "source/inside.h"

#include "base/text.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct posting {
	struct posting *next, **link;
	struct source *s;
	struct http_exchange *x;
};

static const char headers[] = "Cache-Control: no-store\r\n";

static void
say(struct http_exchange *x, int status, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);

	http_exchange_answer(x, &(struct http_answer){status, "application/json", headers,
					bytes_of_text(text != NULL ? text : "{}")});
	free(text);
	json_decref(o);
}

void
source_refuse(struct http_exchange *x, int status, const char *why)
{
	say(x, status, json_pack("{s:s}", "error", why));
}

static void
posting_free(struct posting *p)
{
	*p->link = p->next;
	if (p->next != NULL)
		p->next->link = p->link;
	free(p);
}

void
postings_end(struct sources *all)
{
	while (all->postings != NULL) {
		source_refuse(all->postings->x, 503, "the hub ends; post it again");
		posting_free(all->postings);
	}
}

/* A source that posts what nobody can read is as broken as one that does not answer. */
static void
broken(struct posting *p, const char *why)
{
	foreign_failed(p->s->f, loop_monotonic_ms(), why);
	fprintf(stderr, "belfryd: source %s is UNKNOWN: %s\n", p->s->conf->name, why);
	source_refuse(p->x, 400, why);
}

static void
taken(struct posting *p, const json_t *told)
{
	const json_t *list = json_object_get(told, "alerts");
	size_t links = json_array_size(json_object_get(told, "links"));
	size_t missing =
		links + (size_t)json_integer_value(json_object_get(told, "missing"));
	int64_t now_ms = loop_now_ms();
	json_t *out = json_array();

	foreign_tidy(p->s->f, now_ms);
	foreign_begin(p->s->f);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *a = json_array_get(list, i);

		missing += !foreign_take(p->s->f, now_ms, a, "");
		json_array_append_new(
			out, json_pack("{s:O,s:O,s:O,s:O}", "sender",
				     json_object_get(a, "sender"), "identifier",
				     json_object_get(a, "identifier"), "verdict",
				     json_object_get(a, "verdict"), "signature",
				     json_object_get(a, "signature")));
	}
	foreign_answered(p->s->f, loop_monotonic_ms(), missing,
		links > 0 ? "it posted links, which are not followed"
			  : "something that it posted cannot be read");
	say(p->x, 200,
		json_pack("{s:o,s:I}", "alerts", out, "missing", (json_int_t)missing));
}

static void
told(void *ctx, json_t *answer, const char *why)
{
	struct posting *p = ctx;
	const char *error = json_string_value(json_object_get(answer, "error"));

	if (answer == NULL || error != NULL)
		broken(p, answer == NULL ? why : error);
	else
		taken(p, answer);
	p->s->of->listed_ms = 0;
	posting_free(p);
}

/* In the same time, whatever the key. */
static bool
key_is_right(const struct source *s, const struct http_request *req)
{
	struct bytes field = http_request_field(req, "authorization");
	struct hash hash;

	if (field.len <= 7 || memcmp(field.at, "Bearer ", 7) != 0)
		return false;
	hash = hash_of(bytes_of(field.at + 7, field.len - 7));
	return CRYPTO_memcmp(hash.at, s->conf->post_key.at, sizeof hash.at) == 0;
}

static struct source *
source_of(struct sources *all, const struct http_request *req)
{
	struct bytes name;

	if (!http_path_match(req, "/api/v1/foreign/*", &name, 1))
		return NULL;
	for (size_t i = 0; i < all->count; i++)
		if (bytes_equal(name, bytes_of_text(all->at[i].conf->name)) &&
			all->at[i].conf->url == NULL)
			return &all->at[i];
	return NULL;
}

void
post_request(struct sources *all, struct http_exchange *x, const struct http_request *req)
{
	struct source *s = source_of(all, req);
	struct posting *p;

	if (s == NULL || !key_is_right(s, req)) {
		source_refuse(x, 401,
			"no source of this name posts here with this key; send "
			"Authorization: Bearer KEY (doc/formats/source.md)");
		return;
	}
	if (req->body.len > FOREIGN_ALERT_MAX) {
		source_refuse(x, 413, "more than 262144 bytes");
		return;
	}
	p = calloc(1, sizeof *p);
	if (p == NULL || !readers_ask(all->readers, req->body, s->conf->pin, s->conf->pins,
				 told, p)) {
		free(p);
		source_refuse(x, 503, "too much waits to be read; post it again soon");
		return;
	}
	p->s = s;
	p->x = x;
	p->next = all->postings;
	p->link = &all->postings;
	if (p->next != NULL)
		p->next->link = &p->next;
	all->postings = p;
	s->reads++;
}
