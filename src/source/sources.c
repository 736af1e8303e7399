/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sources.c: all sources together, and what operators are shown of them. */
#include "source/sources.h"

#include "base/text.h"
#include "source/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED_MAX = 2000, LISTED_MS = 2000 };

/* ---- telling ---- */

static json_t *
time_json(const json_t *ms)
{
	char text[TIME_TEXT];

	if (!json_is_integer(ms))
		return json_null();
	time_write(text, json_integer_value(ms));
	return json_string(text);
}

static const char *
word_of(const json_t *number, const char *const *word, json_int_t count)
{
	json_int_t n = json_is_integer(number) ? json_integer_value(number) : count;

	return n >= 0 && n < count ? word[n] : "";
}

/* As people and programs read it: words and times for numbers; what only the chain needs is left out. */
static void
put_words(json_t *a)
{
	static const char *const kinds[] = {"Alert", "Update", "Cancel", "Ack", "Error"};
	static const char *const statuses[] = {
		"Actual", "Exercise", "System", "Test", "Draft", "other"};

	json_object_set_new(
		a, "msg_type", json_string(word_of(json_object_get(a, "kind"), kinds, 5)));
	json_object_set_new(a, "status",
		json_string(word_of(json_object_get(a, "status"), statuses, 6)));
	json_object_set_new(a, "sent", time_json(json_object_get(a, "sent_ms")));
	json_object_set_new(a, "expires", time_json(json_object_get(a, "expires_ms")));
	json_object_set_new(a, "received", time_json(json_object_get(a, "received_ms")));
	json_object_del(a, "kind");
	json_object_del(a, "references");
	json_object_del(a, "refused");
	json_object_del(a, "expires_ms");
	json_object_del(a, "received_ms");
}

static int
rank(const json_t *a)
{
	static const char *const states[] = {"live", "refused", "message"};
	const char *state = json_string_value(json_object_get(a, "state"));
	int i = 0;

	while (i < 3 && strcmp(state, states[i]) != 0)
		i++;
	return i;
}

static int
by_state_and_time(const void *one, const void *two)
{
	const json_t *a = *(json_t *const *)one, *b = *(json_t *const *)two;
	json_int_t x = json_integer_value(json_object_get(a, "sent_ms"));
	json_int_t y = json_integer_value(json_object_get(b, "sent_ms"));

	if (rank(a) != rank(b))
		return rank(a) - rank(b);
	return x < y ? 1 : x > y ? -1 : 0;
}

/* Which other sources said the very same. */
static void
put_also(json_t *a, const json_t *tellers)
{
	const char *hash = json_string_value(json_object_get(a, "hash"));
	const json_t *names = json_object_get(tellers, hash);
	json_t *also = json_array();

	for (size_t i = 0; i < json_array_size(names); i++)
		if (!json_equal(json_array_get(names, i), json_object_get(a, "source")))
			json_array_append(also, json_array_get(names, i));
	json_object_set_new(a, "also", also);
}

static json_t *
tellers_of(const json_t *list)
{
	json_t *tellers = json_object();

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *a = json_array_get(list, i);
		const char *hash = json_string_value(json_object_get(a, "hash"));
		json_t *names = json_object_get(tellers, hash);

		if (names == NULL) {
			names = json_array();
			json_object_set_new(tellers, hash, names);
		}
		json_array_append(names, json_object_get(a, "source"));
	}
	return tellers;
}

static json_t *
sorted(const json_t *list, size_t *left_out)
{
	size_t n = json_array_size(list);
	json_t **at = calloc(n + 1, sizeof(json_t *)), *out = json_array(),
	       *tellers = tellers_of(list);

	for (size_t i = 0; i < n && at != NULL; i++)
		at[i] = json_array_get(list, i);
	if (at != NULL)
		qsort(at, n, sizeof(json_t *), by_state_and_time);
	for (size_t i = 0; i < n && i < LISTED_MAX && at != NULL; i++) {
		put_also(at[i], tellers);
		put_words(at[i]);
		json_object_del(at[i], "sent_ms");
		json_array_append(out, at[i]);
	}
	*left_out = n - json_array_size(out);
	json_decref(tellers);
	free(at);
	return out;
}

static json_t *
source_json(const struct source *s, int64_t now_ms, int64_t mono_ms)
{
	json_t *o = foreign_health(s->f, now_ms, mono_ms);

	if (o == NULL)
		return NULL;
	json_object_set_new(o, "name", json_string(s->conf->name));
	json_object_set_new(
		o, "url", s->conf->url != NULL ? json_string(s->conf->url) : json_null());
	json_object_set_new(o, "every_s",
		s->conf->url != NULL ? json_integer(s->conf->every_s) : json_null());
	json_object_set_new(o, "pinned", json_boolean(s->conf->pins > 0));
	json_object_set_new(o, "failures", json_integer(s->failures));
	json_object_set_new(o, "polls", json_integer((json_int_t)s->polls));
	json_object_set_new(o, "reads", json_integer((json_int_t)s->reads));
	return o;
}

/* False: no memory. Half a list would read as all of it. */
static bool
list_fill(json_t *list, json_t *alerts, const struct sources *all)
{
	int64_t now_ms = loop_now_ms(), mono_ms = loop_monotonic_ms();

	for (size_t i = 0; i < all->count; i++)
		if (json_array_append_new(
			    list, source_json(&all->at[i], now_ms, mono_ms)) != 0 ||
			!foreign_alerts(
				alerts, all->at[i].f, all->at[i].conf->name, now_ms))
			return false;
	return true;
}

static void
list_again(struct sources *all)
{
	json_t *list = json_array(), *alerts = json_array(), *o = NULL;
	size_t left_out = 0;
	char *text = NULL;

	if (list_fill(list, alerts, all)) {
		json_t *shown = sorted(alerts, &left_out);

		o = json_pack("{s:O,s:o,s:I}", "sources", list, "alerts", shown, "left_out",
			(json_int_t)left_out);
		text = json_dumps(o, JSON_COMPACT);
	}
	buffer_clear(&all->listed);
	if (text != NULL)
		write_text(&all->listed, text);
	all->listed_ms = loop_monotonic_ms();
	free(text);
	json_decref(o);
	json_decref(list);
	json_decref(alerts);
}

/* A long list takes the hub's one thread for a while: many who look share one. */
void
sources_list(void *ctx, struct buffer *out)
{
	struct sources *all = ctx;

	if (all->listed_ms == 0 || all->listed.len == 0 ||
		loop_monotonic_ms() - all->listed_ms > LISTED_MS)
		list_again(all);
	write_bytes(out, all->listed.at, all->listed.len);
}

void
sources_request(void *ctx, struct http_exchange *x, const struct http_request *req)
{
	struct buffer text = {0};

	if (req->method == HTTP_POST) {
		post_request(ctx, x, req);
		return;
	}
	if (req->method != HTTP_GET || !http_path_is(req, "/api/v1/foreign")) {
		source_refuse(x, 404, "only GET /api/v1/foreign; see doc/formats/api.md");
		return;
	}
	sources_list(ctx, &text);
	if (text.len > 0)
		http_exchange_answer(
			x, &(struct http_answer){200, "application/json",
				   "Cache-Control: no-store\r\n", buffer_bytes(&text)});
	else
		source_refuse(x, 503, "there is no memory for the list");
	buffer_free(&text);
}

/* ---- making ---- */

static enum err
source_make(struct sources *all, const struct source_conf *conf)
{
	struct foreign_conf keeping = {conf->pins > 0, conf->silent_ms};
	struct source *s = &all->at[all->count];
	enum err err = foreign_new(&s->f, &keeping);

	if (err != ERR_OK)
		return err;
	s->of = all;
	s->conf = conf;
	all->count++;
	if (conf->url != NULL)
		poll_start(s);
	return ERR_OK;
}

enum err
sources_new(struct sources **out, struct loop *loop, const struct sources_conf *conf,
	const char *const *reader, struct fault *fault)
{
	struct sources *all = calloc(1, sizeof *all);
	enum err err = all != NULL ? ERR_OK : ERR_NOMEM;

	if (err != ERR_OK)
		return err;
	all->loop = loop;
	all->at = calloc(conf->count + 1, sizeof *all->at);
	if (all->at == NULL)
		err = ERR_NOMEM;
	if (err == ERR_OK)
		err = web_new(&all->web, loop, fault);
	if (err == ERR_OK)
		err = readers_new(&all->readers, loop, reader, READERS_WAIT_MS);
	for (size_t i = 0; i < conf->count && err == ERR_OK; i++)
		err = source_make(all, &conf->at[i]);
	if (err != ERR_OK) {
		sources_free(all);
		return err;
	}
	*out = all;
	return ERR_OK;
}

void
sources_free(struct sources *all)
{
	if (all == NULL)
		return;
	loop_timer_cancel(all->loop, &all->look);
	free(all->published);
	buffer_free(&all->listed);
	postings_end(all);
	readers_free(all->readers);
	web_free(all->web);
	for (size_t i = 0; i < all->count; i++) {
		poll_end(&all->at[i]);
		foreign_free(all->at[i].f);
	}
	free(all->at);
	free(all);
}
