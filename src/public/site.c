/* SPDX-License-Identifier: GPL-3.0-or-later */
/* site.c: one table of what may be asked for; documents are made once a change, or once a second. */
#include "public/site.h"

#include "base/text.h"
#include "edge/shown.h"
#include "public/config.h"
#include "public/metrics.h"
#include "public/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE_MAX = 1 << 20,
	FORK_MAX = 1 << 20,
	EXTRA_ROOM = 1024,
	COSTLY_MS = 5,	  /* what takes so long … */
	COSTLY_REST = 20, /* … rests for so many times as long */
};

#define SAFE                                                                               \
	"X-Content-Type-Options: nosniff\r\n"                                              \
	"Referrer-Policy: no-referrer\r\n"                                                 \
	"X-Frame-Options: DENY\r\n"                                                        \
	"Cross-Origin-Resource-Policy: cross-origin\r\n"
#define SAFE_DATA                                                                          \
	SAFE "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"     \
	     "Access-Control-Allow-Origin: *\r\n"
/* The page names its own sources of style; a second policy could only forbid them. */
#define SAFE_PAGE SAFE "Content-Security-Policy: frame-ancestors 'none'\r\n"

enum doc { DOC_PAGE, DOC_JSON, DOC_GEOJSON, DOC_ATOM, DOC_RSS };
enum { DOCS = DOC_RSS + 1 };

/* A whole answer, ready to be sent to thousands. */
struct made {
	uint64_t version;
	int64_t second; /* when it was made */
	int64_t made_ms,
		cost_ms; /* the same by the monotonic clock, and how long it took */
	bool current;
	struct frame *whole, *unchanged; /* 200 and 304; NULL: not made yet */
	char tag[36];			 /* with quotes */
	const char *type;
	struct buffer body;
};

struct site {
	struct site_look look;
	struct template *page;
	struct made made[DOCS];
};

static const struct {
	const char *path, *type;
	bool aged; /* it tells an age: made anew each second, if anybody asks */
} docs[DOCS] = {
	[DOC_PAGE] = {"/", "text/html; charset=utf-8", true},
	[DOC_JSON] = {"/alerts.json", "application/json", true},
	[DOC_GEOJSON] = {"/alerts.geojson", "application/geo+json", false},
	[DOC_ATOM] = {"/feed.atom", "application/atom+xml; charset=utf-8", false},
	[DOC_RSS] = {"/feed.rss", "application/rss+xml; charset=utf-8", false},
};

static enum err
page_read(struct template **out, const char *web, struct fault *fault)
{
	struct buffer path = {0}, text = {0};
	struct fault why = {""};
	enum err err;

	write_format(&path, "%s/public/index.html", web);
	err = file_read(&text, buffer_text(&path), PAGE_MAX, fault);
	if (err == ERR_OK) {
		err = template_new(out, buffer_text(&text), text.len, &why);
		if (err != ERR_OK)
			err = fault_set(fault, err, "%s: %s", buffer_text(&path), why.text);
	}
	buffer_free(&path);
	buffer_free(&text);
	return err;
}

enum err
site_new(struct site **out, const struct site_look *look, const char *web,
	struct fault *fault)
{
	struct site *s = calloc(1, sizeof *s);
	enum err err;

	if (s == NULL)
		return ERR_NOMEM;
	s->look = *look;
	if (s->look.territory_name == NULL)
		s->look.territory_name = "this territory";
	err = page_read(&s->page, web, fault);
	if (err != ERR_OK) {
		site_free(s);
		return err;
	}
	*out = s;
	return ERR_OK;
}

void
site_free(struct site *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < DOCS; i++) {
		frame_drop(s->made[i].whole);
		frame_drop(s->made[i].unchanged);
		buffer_free(&s->made[i].body);
	}
	template_free(s->page);
	free(s);
}

enum err
site_check(const char *web, struct fault *fault)
{
	struct template *page = NULL;
	enum err err = page_read(&page, web, fault);

	template_free(page);
	return err;
}

/* ---- documents ---- */

static struct view
view_now(const struct site *s)
{
	return (struct view){.edge = s->look.edge,
		.name = s->look.name,
		.territory_name = s->look.territory_name,
		.url = s->look.url,
		.now_ms = loop_now_ms()};
}

/* A page that cannot be filled must not take the alert with it. */
static const char *
page_write(struct site *s, struct buffer *out, const struct view *v)
{
	struct fault fault = {""};

	if (view_page(out, v, s->page, &fault) == ERR_OK)
		return docs[DOC_PAGE].type;
	fprintf(stderr, "belfry-edge: %s: the page cannot be filled: %s\n", s->look.name,
		fault.text);
	buffer_free(out);
	*out = (struct buffer){0};
	view_plain(out, v);
	return "text/plain; charset=utf-8";
}

/* What a client has that comes with this tag is at most 10 s older than what we have. */
static void
tag_write(struct made *m, const struct view *v, bool aged)
{
	struct freshness f = freshness_of(v->edge, v->now_ms);
	struct hash h = hash_of(buffer_bytes(&m->body));
	struct buffer basis = {0};
	char hex[33];

	if (aged) {
		write_u64(&basis, m->version);
		write_u8(&basis, f.current);
		write_u64(&basis, (uint64_t)(f.age_s / 10));
		h = hash_of(buffer_bytes(&basis));
		buffer_free(&basis);
	}
	hex_write(hex, h.at, 16);
	snprintf(m->tag, sizeof m->tag, "\"%s\"", hex);
}

static struct frame *
answer_frame(int status, const char *type, const char *extra, struct bytes body)
{
	struct buffer b = {0};
	struct frame *f;

	http_answer_head(&b, status, loop_now_ms(), type, extra, body.len, true);
	write_bytes(&b, body.at, body.len);
	f = b.err == ERR_OK ? frame_new(buffer_bytes(&b)) : NULL;
	buffer_free(&b);
	return f;
}

static void
extra_write(char out[EXTRA_ROOM], const struct site *s, enum doc doc)
{
	struct freshness f = freshness_of(s->look.edge, loop_now_ms());
	char age[64] = "";

	/* Also with a 304, so that a client knows how old what it has is by now. */
	if (f.heard)
		snprintf(age, sizeof age, "Belfry-Heartbeat-Age: %lld\r\n",
			(long long)f.age_s);
	if (doc == DOC_PAGE)
		snprintf(out, EXTRA_ROOM, "%sCache-Control: no-store\r\n", SAFE_PAGE);
	else
		snprintf(out, EXTRA_ROOM,
			"%sCache-Control: no-cache\r\nETag: %s\r\n"
			"Access-Control-Expose-Headers: ETag, Belfry-Heartbeat-Age\r\n%s",
			SAFE_DATA, s->made[doc].tag, age);
}

static void
body_make(struct site *s, enum doc doc, const struct view *v)
{
	struct made *m = &s->made[doc];

	buffer_free(&m->body);
	m->body = (struct buffer){0};
	m->type = docs[doc].type;
	switch (doc) {
	case DOC_PAGE:
		m->type = page_write(s, &m->body, v);
		break;
	case DOC_JSON:
		view_json(&m->body, v);
		break;
	case DOC_GEOJSON:
		view_geojson(&m->body, v);
		break;
	case DOC_ATOM:
		view_atom(&m->body, v);
		break;
	case DOC_RSS:
		view_rss(&m->body, v);
		break;
	}
}

/* What takes long to make is not made for every alert of a bad day: one that takes 80 ms is at most
 * 1.6 s old. But it never goes on saying that it is current. */
static bool
is_good(const struct made *m, const struct view *v, bool aged)
{
	bool old = m->version != edge_version(v->edge) ||
		   (aged && m->second != v->now_ms / 1000);
	bool costly = m->cost_ms >= COSTLY_MS &&
		      loop_monotonic_ms() - m->made_ms < COSTLY_REST * m->cost_ms;

	return m->whole != NULL && m->current == edge_is_current(v->edge, v->now_ms) &&
	       (!old || costly);
}

static struct made *
made_now(struct site *s, enum doc doc)
{
	struct made *m = &s->made[doc];
	struct view v = view_now(s);
	char extra[EXTRA_ROOM];

	if (is_good(m, &v, docs[doc].aged))
		return m;
	m->version = edge_version(v.edge);
	m->second = v.now_ms / 1000;
	m->current = edge_is_current(v.edge, v.now_ms);
	m->made_ms = loop_monotonic_ms();
	body_make(s, doc, &v);
	tag_write(m, &v, docs[doc].aged);
	extra_write(extra, s, doc);
	frame_drop(m->whole);
	frame_drop(m->unchanged);
	m->whole = m->body.err == ERR_OK
			   ? answer_frame(200, m->type, extra, buffer_bytes(&m->body))
			   : NULL;
	m->unchanged = answer_frame(304, NULL, extra, bytes_of(NULL, 0));
	m->cost_ms = loop_monotonic_ms() - m->made_ms;
	return m;
}

/* RFC 9110 section 13.1.2: a list of tags, weak ones too, or "*". */
static bool
has_it(const struct http_request *req, const struct made *m)
{
	struct bytes field = http_request_field(req, "If-None-Match");
	size_t len = strlen(m->tag);

	for (size_t i = 0; i + len <= field.len; i++)
		if (memcmp(field.at + i, m->tag, len) == 0)
			return true;
	return field.len == 1 && field.at[0] == '*';
}

static void
answer_made(struct site *s, struct http_exchange *x, const struct http_request *req,
	enum doc doc)
{
	struct made *m = made_now(s, doc);
	bool unchanged = doc != DOC_PAGE && has_it(req, m);
	char extra[EXTRA_ROOM];

	if (m->whole == NULL || m->unchanged == NULL) {
		http_exchange_say(x, 503, "out of memory");
	} else if (req->method == HTTP_HEAD) {
		extra_write(extra, s, doc);
		http_exchange_answer(x,
			&(struct http_answer){unchanged ? 304 : 200,
				unchanged ? NULL : m->type, extra, buffer_bytes(&m->body)});
	} else {
		http_exchange_answer_frame(x, unchanged ? m->unchanged : m->whole);
	}
}

/* ---- the rest ---- */

static void
answer_bytes(struct http_exchange *x, int status, const char *type, struct bytes body)
{
	http_exchange_answer(x, &(struct http_answer){status, type,
					SAFE_DATA "Cache-Control: no-store\r\n", body});
}

static void
answer_text(struct http_exchange *x, int status, const char *text)
{
	answer_bytes(x, status, "text/plain; charset=utf-8", bytes_of_text(text));
}

/* What goes with an order that raised no alert itself: a stop, an all clear. */
static const struct content *
content_of_order(const struct edge *e, uint64_t id)
{
	const struct edge_order *row;
	size_t n = edge_orders(e, &row);

	for (size_t i = 0; i < n; i++)
		if (row[i].id == id)
			return edge_content(e, &row[i].content_hash);
	return NULL;
}

/* The message that belongs to this order; for the alert's own id the newest that there is. */
static const struct content *
cap_find(const struct edge *e, uint64_t id)
{
	const struct alert *a = book_find(edge_book(e), id);
	const struct content *found = NULL;

	if (a == NULL)
		a = book_of_order(edge_book(e), id);
	if (a == NULL)
		found = content_of_order(e, id);
	for (size_t i = 0; a != NULL && i < a->message_count; i++) {
		const struct content *c = edge_content(e, &a->message[i].hash);

		if (c != NULL && c->cap.len > 0 &&
			(found == NULL || a->id == id || found->order != id))
			found = c;
	}
	return found;
}

/* The frozen bytes, whose hash the operators signed. */
static void
answer_cap(struct site *s, struct http_exchange *x, struct bytes name)
{
	const struct content *c = NULL;
	char text[17] = "";
	uint64_t id;

	if (name.len == 16)
		memcpy(text, name.at, 16);
	if (id_read(&id, text) == ERR_OK)
		c = cap_find(s->look.edge, id);
	if (c != NULL)
		answer_bytes(x, 200, "application/cap+xml", c->cap);
	else
		answer_text(x, 404,
			"No CAP message with this id is here. The ids are in "
			"/alerts.json.\n");
}

static void
answer_fork(struct site *s, struct http_exchange *x)
{
	struct buffer proof = {0};

	if (file_read(&proof, s->look.fork_path, FORK_MAX, NULL) == ERR_OK)
		answer_bytes(x, 200, "application/json", buffer_bytes(&proof));
	else
		answer_text(x, 404, "No proof of a fork is known here.\n");
	buffer_free(&proof);
}

/* Ready: follows a current hub and can write. */
static void
answer_ready(struct site *s, struct http_exchange *x)
{
	bool current = edge_is_current(s->look.edge, loop_now_ms());
	bool journal = journal_is_well(s->look.journal);
	bool spool = intake_is_well(s->look.intake);
	bool ready = current && journal && spool;
	char text[256];

	snprintf(text, sizeof text, "%s\ncurrent: %s\nhubs: %zu\njournal: %s\nspool: %s\n",
		ready ? "ready" : "not ready",
		current ? "yes"
			: "no: the newest heartbeat is over 30 s old, or a fork is known",
		*s->look.hubs_up, journal ? "written" : "takes nothing now",
		spool ? "written" : "takes nothing now");
	answer_text(x, ready ? 200 : 503, text);
}

static void
answer_metrics(struct site *s, struct http_exchange *x)
{
	struct buffer b = {0};

	metrics_write(&b, &s->look, loop_now_ms());
	answer_bytes(x, 200, "text/plain; version=0.0.4; charset=utf-8", buffer_bytes(&b));
	buffer_free(&b);
}

static void
answer_not_allowed(struct http_exchange *x, const char *allow, const char *words)
{
	char extra[EXTRA_ROOM];

	snprintf(extra, sizeof extra, "%sAllow: %s\r\n", SAFE_DATA, allow);
	http_exchange_answer(x, &(struct http_answer){405, "text/plain; charset=utf-8",
					extra, bytes_of_text(words)});
}

static void
answer_other(struct site *s, struct http_exchange *x, const struct http_request *req)
{
	struct bytes part = {NULL, 0};

	if (http_path_match(req, "/cap/*.xml", &part, 1))
		answer_cap(s, x, part);
	else if (http_path_is(req, "/fork"))
		answer_fork(s, x);
	else if (http_path_is(req, "/healthz"))
		answer_text(x, 200, "alive\n");
	else if (http_path_is(req, "/readyz"))
		answer_ready(s, x);
	else if (http_path_is(req, "/metrics"))
		answer_metrics(s, x);
	else if (http_path_is(req, "/receipts"))
		answer_not_allowed(x, "POST", "Receipts are handed in with POST.\n");
	else
		answer_text(x, 404,
			"Nothing is here. There is /, /alerts.json, /alerts.geojson, "
			"/feed.atom, /feed.rss, "
			"/cap/ID.xml, /bulletin, /stream, /fork, /healthz, /readyz and "
			"/metrics.\n");
}

static void
answer_get(struct site *s, struct http_exchange *x, const struct http_request *req)
{
	for (int i = 0; i < DOCS; i++)
		if (http_path_is(req, docs[i].path)) {
			answer_made(s, x, req, (enum doc)i);
			return;
		}
	if (http_path_is(req, "/stream"))
		stream_subscribe(s->look.stream, x, req);
	else if (http_path_is(req, "/bulletin"))
		stream_bulletin(s->look.stream, x, req);
	else
		answer_other(s, x, req);
}

void
site_answer(struct site *s, struct http_exchange *x, const struct http_request *req)
{
	switch (req->method) {
	case HTTP_GET:
	case HTTP_HEAD:
		answer_get(s, x, req);
		return;
	case HTTP_POST:
		if (http_path_is(req, "/receipts")) {
			intake_receipts(s->look.intake, x, req);
			return;
		}
		break;
	case HTTP_PUT:
	case HTTP_DELETE:
	case HTTP_OPTIONS:
		break;
	}
	answer_not_allowed(x, "GET, HEAD",
		"This server is read with GET; only receipts are handed in, with POST "
		"/receipts.\n");
}
