/* SPDX-License-Identifier: GPL-3.0-or-later */
/* daemon.c: performs what the hub's brain wishes. */
#include "console/daemon.h"

#include "cap/dsig.h"
#include "console/pages.h"
#include "hands/pattern_files.h"
#include "loop/tls_link.h"
#include "wire/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum {
	REDIAL_MS = 500,
	LAST_WORDS_MS = 200,
	FEED_AT_ONCE = 256, /* entries read from the journal in one go */
	CAP_KEY_MAX = 1 << 16,
	ASKED = 1, /* client number of daemon_ask(); exchanges are addresses */
};

struct edge_link {
	struct daemon *d;
	size_t i;
	struct tls_link *link;
	bool up, feeding;
	uint64_t feed_from;
	struct loop_timer redial;
};

struct daemon {
	struct loop *loop;
	const struct hub_config *config;
	struct hub *hub;
	struct patterns *patterns;
	struct playbook *playbook;
	struct dsig_key *cap_key; /* NULL: CAP messages stay unsigned */
	struct arena *arena;
	struct store *store, *reading;
	struct store_thread *thread;
	struct loop_watch stored;
	struct loop_timer tick;
	struct http_server *api, *console;
	struct pages *pages;
	struct tls_identity *identity;
	struct edge_link edge[HUB_EDGES];
	struct daemon_foreign foreign; /* zeros: none */
	struct buffer asked;
	int asked_status;
	struct store_record *batch; /* of the ticket at hand */
	size_t batch_count, batch_cap;
	char died[256];
};

static void step(struct daemon *d, struct hub_event *ev);

static void
stop_now(void *ctx)
{
	loop_stop(((struct daemon *)ctx)->loop);
}

/* Nothing happens any more, but what was sent still leaves. */
static void
die(struct daemon *d, struct bytes why)
{
	if (d->died[0] != '\0')
		return;
	snprintf(d->died, sizeof d->died, "%.*s", (int)(why.len < 200 ? why.len : 200),
		(const char *)why.at);
	if (loop_timer_set(d->loop, &d->tick, LAST_WORDS_MS, stop_now, d) != ERR_OK)
		loop_stop(d->loop);
}

static void
append(struct daemon *d, const struct hub_wish *w)
{
	if (d->batch_count == d->batch_cap) {
		size_t cap = d->batch_cap ? d->batch_cap * 2 : 16;
		struct store_record *at = realloc(d->batch, cap * sizeof *at);

		if (at == NULL) {
			die(d, bytes_of_text("out of memory"));
			return;
		}
		d->batch = at;
		d->batch_cap = cap;
	}
	d->batch[d->batch_count++] = (struct store_record){
		.time_ms = loop_now_ms(), .kind = w->record, .bytes = w->bytes};
}

static void
commit(struct daemon *d, uint64_t ticket)
{
	enum err err = store_post(d->thread, d->batch, d->batch_count, ticket);

	d->batch_count = 0;
	if (err != ERR_OK)
		die(d, bytes_of_text("the journal takes nothing more"));
}

static void
reply(struct daemon *d, const struct hub_wish *w)
{
	if (w->client == ASKED) {
		buffer_clear(&d->asked);
		write_bytes(&d->asked, w->bytes.at, w->bytes.len);
		d->asked_status = w->status;
		return;
	}
	http_exchange_answer((struct http_exchange *)(uintptr_t)w->client,
		&(struct http_answer){w->status, "application/json",
			"Cache-Control: no-store\r\n", w->bytes});
}

static enum err
feed_one(void *ctx, uint64_t number, const struct store_record *record)
{
	struct edge_link *e = ctx;
	struct buffer frame = {0};
	enum err err;

	link_write(&frame, LINK_ENTRY, record->bytes);
	err = tls_link_send(e->link, buffer_bytes(&frame));
	buffer_free(&frame);
	if (err == ERR_OK)
		e->feed_from = number + 1;
	return err;
}

/* From the journal to an edge that lacks entries, as fast as the link takes them. */
static void
feed(struct edge_link *e)
{
	while (e->up && e->feeding) {
		uint64_t from = e->feed_from;
		enum err err =
			store_entries(e->d->reading, from, FEED_AT_ONCE, feed_one, e);

		if (err != ERR_OK || e->feed_from == from) {
			e->feeding = err == ERR_FULL;
			return;
		}
	}
}

static void
perform(struct daemon *d, const struct hub_wish *w)
{
	switch (w->kind) {
	case HUB_APPEND:
		append(d, w);
		break;
	case HUB_COMMIT:
		commit(d, w->ticket);
		break;
	case HUB_REPLY:
		reply(d, w);
		break;
	case HUB_SEND:
		/* An edge that takes nothing asks again for what it missed when it is up. */
		if (d->edge[w->edge].up)
			(void)!tls_link_send(d->edge[w->edge].link, w->bytes);
		break;
	case HUB_FEED:
		d->edge[w->edge].feeding = true;
		d->edge[w->edge].feed_from = w->number;
		feed(&d->edge[w->edge]);
		break;
	case HUB_LOG:
		fprintf(stderr, "belfryd: %.*s\n", (int)w->bytes.len,
			(const char *)w->bytes.at);
		break;
	case HUB_DIE:
		die(d, w->bytes);
		break;
	}
}

static void
ticked(void *ctx)
{
	step(ctx, &(struct hub_event){.kind = HUB_TICK});
}

static void
step(struct daemon *d, struct hub_event *ev)
{
	struct hub_todo todo = {0};
	int64_t mono = loop_monotonic_ms();

	if (d->died[0] != '\0')
		return;
	if (getrandom(ev->random, sizeof ev->random, 0) != sizeof ev->random)
		die(d, bytes_of_text("the system gives no random bytes"));
	hub_step(d->hub, loop_now_ms(), mono, ev, &todo);
	for (size_t i = 0; i < todo.count; i++)
		perform(d, &todo.at[i]);
	hub_todo_free(&todo);
	if (d->died[0] == '\0' && loop_timer_set(d->loop, &d->tick,
					  hub_next_ms(d->hub) - mono, ticked, d) != ERR_OK)
		die(d, bytes_of_text("out of memory"));
}

static void
stored_one(void *ctx, uint64_t ticket, enum err err)
{
	step(ctx, &(struct hub_event){.kind = HUB_STORED,
			  .stored = {.ticket = ticket, .ok = err == ERR_OK}});
}

static void
stored(void *ctx, unsigned events)
{
	struct daemon *d = ctx;

	(void)events;
	store_thread_collect(d->thread, stored_one, d);
}

static bool
is_foreign(const struct http_request *req)
{
	return http_path_is(req, "/api/v1/foreign") ||
	       http_path_match(req, "/api/v1/foreign/*", NULL, 0);
}

static void
api(void *ctx, struct http_exchange *x, const struct http_request *req)
{
	struct daemon *d = ctx;
	struct hub_event ev = {.kind = HUB_REQUEST};
	struct buffer path = {0};

	if (d->foreign.request != NULL && is_foreign(req)) {
		d->foreign.request(d->foreign.ctx, x, req);
		return;
	}
	if (req->method != HTTP_GET && req->method != HTTP_POST) {
		http_exchange_say(x, 405, "only GET and POST; see doc/formats/api.md");
		return;
	}
	write_bytes(&path, req->path.at, req->path.len);
	ev.request.client = (uint64_t)(uintptr_t)x;
	ev.request.method = req->method == HTTP_GET ? "GET" : "POST";
	ev.request.path = buffer_text(&path);
	ev.request.body = req->body;
	step(d, &ev);
	buffer_free(&path);
}

/*
 * A page of another site must not read or post here in an operator's browser: it does not know our
 * Host, and cannot send this content type without asking first. What needs no signature is for the
 * socket alone, whose file rights say who may.
 */
static bool
may_call(const struct http_request *req)
{
	struct bytes type = http_request_field(req, "content-type");

	return pages_host_is_good(req) && !http_path_is(req, "/api/v1/alone") &&
	       (req->method == HTTP_GET || is_foreign(req) || /* wants a key of its own */
		       bytes_equal(type, bytes_of_text("application/json")));
}

static void
console(void *ctx, struct http_exchange *x, const struct http_request *req)
{
	struct daemon *d = ctx;

	if (req->path.len < 5 || memcmp(req->path.at, "/api/", 5) != 0)
		pages_answer(d->pages, d, x, req);
	else if (may_call(req))
		api(ctx, x, req);
	else
		http_exchange_say(
			x, 403, "not by the console: use the hub's socket (belfry(1))");
}

struct bytes
daemon_ask(struct daemon *d, const char *method, const char *path, struct bytes body,
	int *status)
{
	struct hub_event ev = {.kind = HUB_REQUEST};

	buffer_clear(&d->asked);
	d->asked_status = 503;
	if (d->foreign.list != NULL && strcmp(path, "/api/v1/foreign") == 0) {
		d->foreign.list(d->foreign.ctx, &d->asked);
		*status = d->asked.len > 0 ? 200 : 503;
		return buffer_bytes(&d->asked);
	}
	ev.request.client = ASKED;
	ev.request.method = method;
	ev.request.path = path;
	ev.request.body = body;
	step(d, &ev);
	*status = d->asked_status;
	return buffer_bytes(&d->asked);
}

static void dial(void *ctx);

static void
link_up(void *ctx, struct tls_link *link)
{
	struct edge_link *e = ctx;

	(void)link;
	e->up = true;
	step(e->d, &(struct hub_event){.kind = HUB_EDGE_UP, .edge = e->i});
}

static void
link_frame_came(void *ctx, struct tls_link *link, struct bytes frame)
{
	struct edge_link *e = ctx;

	(void)link;
	step(e->d,
		&(struct hub_event){.kind = HUB_EDGE_FRAME, .edge = e->i, .frame = frame});
}

static void
link_drained(void *ctx, struct tls_link *link)
{
	(void)link;
	feed(ctx);
}

static void
link_down(void *ctx, struct tls_link *link, const struct fault *why)
{
	struct edge_link *e = ctx;

	if (e->up) {
		fprintf(stderr, "belfryd: edge %s: link down: %s\n",
			e->d->config->edge[e->i].name, why->text);
		e->up = false;
		e->feeding = false;
		step(e->d, &(struct hub_event){.kind = HUB_EDGE_DOWN, .edge = e->i});
	}
	tls_link_free(link);
	e->link = NULL;
	(void)!loop_timer_set(e->d->loop, &e->redial, REDIAL_MS, dial, e);
}

static const struct tls_link_hooks link_hooks = {
	link_up, link_frame_came, link_drained, link_down};

static void
dial(void *ctx)
{
	struct edge_link *e = ctx;
	const struct edge_config *c = &e->d->config->edge[e->i];
	struct fault fault = {""};

	if (tls_link_dial(&e->link, e->d->loop, e->d->identity, c->address, c->pin,
		    &link_hooks, e, &fault) == ERR_OK)
		return;
	fprintf(stderr, "belfryd: edge %s: %s\n", c->name, fault.text);
	e->link = NULL;
	(void)!loop_timer_set(e->d->loop, &e->redial, REDIAL_MS, dial, e);
}

static void
project(void *ctx, const struct store_record *record, struct store_rows *rows)
{
	uint64_t number;

	(void)ctx;
	if (hub_record_entry(record->kind, record->bytes, &number))
		store_rows_entry(rows, number);
}

static enum err
restore_one(void *ctx, const struct store_record *r)
{
	struct daemon *d = ctx;
	struct fault fault = {""};
	enum err err = hub_restore(d->hub, r->kind, r->time_ms, r->bytes, &fault);

	if (err != ERR_OK)
		snprintf(d->died, sizeof d->died, "journal record %llu: %.200s",
			(unsigned long long)r->seq, fault.text);
	return err;
}

static enum err
journal_open(struct daemon *d, bool rebuild, struct fault *fault)
{
	struct store_options writing = {
		.rebuild = rebuild, .project = project, .project_version = 1};
	struct store_options reading = {.read_only = true};
	enum err err = store_open(&d->store, d->config->journal, &writing, fault);

	if (err == ERR_OK)
		err = store_each(d->store, 0, restore_one, d);
	if (err != ERR_OK && d->died[0] != '\0')
		return fault_set(fault, err, "%s", d->died);
	if (err == ERR_OK)
		err = store_open(&d->reading, d->config->journal, &reading, fault);
	if (err == ERR_OK)
		err = store_thread_start(&d->thread, d->store, &d->config->test);
	if (err == ERR_OK)
		err = loop_watch(d->loop, &d->stored, store_thread_descriptor(d->thread),
			LOOP_READ, stored, d);
	return err;
}

/* By the time zone of this machine (TZ, or /etc/localtime). */
static int
utc_offset_min(int64_t time_ms)
{
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm there;

	return localtime_r(&seconds, &there) != NULL ? (int)(there.tm_gmtoff / 60) : 0;
}

/* Signs CAP messages: a private key, so nobody else may read its file. */
static enum err
cap_key_read(struct daemon *d, struct fault *fault)
{
	const char *path = d->config->cap_key;
	struct buffer pem = {0};
	struct fault why = {""};
	enum err err;

	if (path == NULL)
		return ERR_OK;
	err = private_file_read(&pem, path, CAP_KEY_MAX, fault);
	if (err == ERR_OK) {
		err = dsig_key_read(&d->cap_key, buffer_bytes(&pem), &why);
		if (err != ERR_OK)
			err = fault_set(fault, err, "%s: %s", path, why.text);
	}
	if (pem.at != NULL)
		explicit_bzero(pem.at, pem.len);
	buffer_free(&pem);
	return err;
}

static enum err
brain_new(struct daemon *d, struct fault *fault)
{
	struct hub_conf conf = {.term = d->config->term,
		.patterns = d->patterns,
		.playbook = d->playbook,
		.sender = d->config->sender,
		.sender_name = d->config->sender_name,
		.identifier = d->config->identifier,
		.utc_offset_min = utc_offset_min,
		.edges = d->config->edges,
		.alone = d->config->alone};
	struct buffer roster = {0};
	uint8_t seed[32];
	enum err err = seed_file_read(seed, d->config->key_file, fault);

	if (err == ERR_OK)
		err = file_read(&roster, d->config->roster, DOCUMENT_MAX, fault);
	if (err == ERR_OK)
		err = cap_key_read(d, fault);
	conf.cap_key = d->cap_key;
	if (err == ERR_OK)
		err = playbooks_load(&d->playbook, &conf.playbooks, d->arena,
			d->config->playbooks, fault);
	if (err == ERR_OK) {
		conf.playbook = d->playbook;
		conf.roster = buffer_bytes(&roster);
		conf.key = secret_key_from_seed(seed);
		snprintf(conf.name, sizeof conf.name, "%s", d->config->name);
		for (size_t i = 0; i < conf.edges; i++)
			snprintf(conf.edge_name[i], sizeof conf.edge_name[i], "%s",
				d->config->edge[i].name);
		err = hub_new(&d->hub, &conf, fault);
	}
	buffer_free(&roster);
	return err;
}

static enum err
listen_all(struct daemon *d, struct fault *fault)
{
	struct http_server_config conf = {.body_max = 32u << 20};
	enum err err = http_server_new(&d->api, d->loop, &conf, api, d);

	if (err == ERR_OK)
		err = http_server_listen(d->api, d->config->socket, fault);
	if (err != ERR_OK || d->config->console == NULL)
		return err;
	err = pages_new(&d->pages, d->config->web, fault);
	if (err == ERR_OK)
		err = http_server_new(&d->console, d->loop, &conf, console, d);
	return err == ERR_OK ? http_server_listen(d->console, d->config->console, fault)
			     : err;
}

static enum err
links_start(struct daemon *d, struct fault *fault)
{
	enum err err;

	if (d->config->edges == 0)
		return ERR_OK;
	err = tls_identity_open(
		&d->identity, d->config->tls_key, d->config->tls_certificate, fault);
	for (size_t i = 0; i < d->config->edges && err == ERR_OK; i++) {
		d->edge[i] = (struct edge_link){.d = d, .i = i};
		dial(&d->edge[i]);
	}
	return err;
}

static enum err
start(struct daemon *d, struct fault *fault)
{
	struct hub_todo todo = {0};
	enum err err = hub_start(d->hub, loop_now_ms(), &todo, fault);

	for (size_t i = 0; i < todo.count && err == ERR_OK; i++)
		perform(d, &todo.at[i]);
	hub_todo_free(&todo);
	if (err == ERR_OK)
		ticked(d);
	return err;
}

enum err
daemon_new(struct daemon **out, struct loop *loop, const struct hub_config *config,
	bool rebuild, struct fault *fault)
{
	struct daemon *d = calloc(1, sizeof *d);
	enum err err;

	if (d == NULL)
		return ERR_NOMEM;
	d->loop = loop;
	d->config = config;
	err = arena_new(&d->arena);
	if (err == ERR_OK)
		err = patterns_load(&d->patterns, config->patterns, fault);
	if (err == ERR_OK)
		err = brain_new(d, fault);
	if (err == ERR_OK)
		err = journal_open(d, rebuild, fault);
	if (err == ERR_OK)
		err = listen_all(d, fault);
	if (err == ERR_OK)
		err = start(d, fault);
	if (err == ERR_OK)
		err = links_start(d, fault);
	if (err != ERR_OK) {
		daemon_free(d);
		return err;
	}
	*out = d;
	return ERR_OK;
}

enum err
daemon_check(struct loop *loop, const struct hub_config *config, struct fault *fault)
{
	struct daemon *d = calloc(1, sizeof *d);
	enum err err;

	if (d == NULL)
		return ERR_NOMEM;
	d->loop = loop;
	d->config = config;
	err = arena_new(&d->arena);
	if (err == ERR_OK)
		err = patterns_load(&d->patterns, config->patterns, fault);
	if (err == ERR_OK)
		err = brain_new(d, fault);
	if (err == ERR_OK && config->console != NULL)
		err = pages_new(&d->pages, config->web, fault);
	if (err == ERR_OK && config->edges > 0)
		err = tls_identity_open(
			&d->identity, config->tls_key, config->tls_certificate, fault);
	daemon_free(d);
	return err;
}

void
daemon_free(struct daemon *d)
{
	if (d == NULL)
		return;
	loop_timer_cancel(d->loop, &d->tick);
	for (size_t i = 0; i < d->config->edges; i++) {
		loop_timer_cancel(d->loop, &d->edge[i].redial);
		tls_link_free(d->edge[i].link);
	}
	http_server_free(d->api);
	http_server_free(d->console);
	pages_free(d->pages);
	if (d->thread != NULL) {
		loop_unwatch(d->loop, &d->stored);
		store_thread_stop(d->thread);
	}
	store_close(d->reading);
	store_close(d->store);
	hub_free(d->hub);
	dsig_key_free(d->cap_key);
	tls_identity_free(d->identity);
	patterns_free(d->patterns);
	arena_free(d->arena);
	buffer_free(&d->asked);
	free(d->batch);
	free(d);
}

bool
daemon_foreign_publish(struct daemon *d, struct bytes list)
{
	if (!hub_settled(d->hub) || d->died[0] != '\0')
		return false;
	step(d, &(struct hub_event){.kind = HUB_FOREIGN, .foreign = list});
	return true;
}

void
daemon_foreign_set(struct daemon *d, const struct daemon_foreign *foreign)
{
	d->foreign = *foreign;
}

const char *
daemon_died(const struct daemon *d)
{
	return d->died;
}
