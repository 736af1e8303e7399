/* SPDX-License-Identifier: GPL-3.0-or-later */
/* daemon.c: performs what the edge's brain asks for. */
#include "public/daemon.h"

#include "loop/tls_link.h"
#include "public/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TICK_MS = 1000, PATH_ROOM = 4096, SMALL_FILE = 1 << 20, ROSTER_FILE = 8 << 20 };

struct hub_link {
	struct edge_daemon *d;
	struct tls_link *link; /* NULL: free */
	/* Entries that the hub lacks. */
	bool giving;
	uint64_t give_from;
};

struct edge_daemon {
	struct loop *loop;
	const struct edge_config *config;
	struct edge *edge;
	struct journal *journal;
	struct intake *intake;
	struct stream *stream;
	struct site *site;
	struct http_server *http;
	struct tls_identity *identity;
	struct tls_listener *listener;
	struct hub_link hub[EDGE_HUBS];
	size_t hubs_up;
	struct loop_timer tick;
	bool cursor_due;
	char fork_path[PATH_ROOM], heartbeat_path[PATH_ROOM];
	char died[256];
};

static void
log_line(void *ctx, const char *line)
{
	const struct edge_daemon *d = ctx;

	fprintf(stderr, "belfry-edge: %s: %s\n", d->config->name, line);
}

static void
die(void *ctx, const char *why)
{
	struct edge_daemon *d = ctx;

	snprintf(d->died, sizeof d->died, "%s", why);
	loop_stop(d->loop);
}

/* ---- small files of the state folder ---- */

/* Whole or not at all; what is in it comes again, so nobody waits for the disk. */
static void
file_replace(struct edge_daemon *d, const char *path, struct bytes bytes)
{
	char fresh[PATH_ROOM + 8];
	FILE *file;
	bool bad;

	snprintf(fresh, sizeof fresh, "%s.new", path);
	file = fopen(fresh, "w");
	bad = file == NULL || fwrite(bytes.at, 1, bytes.len, file) != bytes.len;
	if (file != NULL)
		bad |= fclose(file) != 0;
	if (bad || rename(fresh, path) != 0)
		log_line(d, "a small file of the state folder cannot be written");
}

/* ---- what the brain asks for ---- */

static void
do_send(void *ctx, size_t hub, struct bytes frame)
{
	struct edge_daemon *d = ctx;

	/* A hub that takes nothing asks again when it is up. */
	if (d->hub[hub].link != NULL)
		(void)!tls_link_send(d->hub[hub].link, frame);
}

static enum err
send_spool(void *ctx, size_t hub, struct bytes frame)
{
	struct edge_daemon *d = ctx;

	return d->hub[hub].link != NULL ? tls_link_send(d->hub[hub].link, frame) : ERR_IO;
}

static void
do_greeted(void *ctx, size_t hub)
{
	intake_hub_up(((struct edge_daemon *)ctx)->intake, hub);
}

static enum err
give_one(void *ctx, const struct entry *entry)
{
	struct hub_link *h = ctx;
	struct buffer b = {0};
	enum err err;

	write_u8(&b, LINK_OWN_ENTRY);
	entry_line_write(&b, entry);
	err = b.err == ERR_OK ? tls_link_send(h->link, buffer_bytes(&b)) : b.err;
	buffer_free(&b);
	if (err == ERR_OK)
		h->give_from = entry->header.number + 1;
	return err;
}

/* As fast as the link takes them, then the word that there are no more. */
static void
give(struct hub_link *h)
{
	uint64_t size = follower_size(edge_follower(h->d->edge));
	struct buffer b = {0};
	enum err err;

	err = h->give_from < size
		      ? journal_entries(h->d->journal, h->give_from, SIZE_MAX, give_one, h)
		      : ERR_OK;
	if (err == ERR_FULL)
		return; /* until it is drained */
	h->giving = false;
	if (err != ERR_OK) {
		log_line(h->d, "entries that the hub asked for cannot be read");
		return;
	}
	link_number_write(&b, LINK_OWN_END, size);
	(void)!tls_link_send(h->link, buffer_bytes(&b));
	buffer_free(&b);
}

static void
do_give_back(void *ctx, size_t hub, uint64_t from)
{
	struct edge_daemon *d = ctx;

	if (d->hub[hub].link == NULL)
		return;
	d->hub[hub].giving = true;
	d->hub[hub].give_from = from;
	give(&d->hub[hub]);
}

static void
do_entry(void *ctx, const struct entry *e)
{
	stream_entry(((struct edge_daemon *)ctx)->stream, e);
}

static void
do_order(void *ctx, struct bytes order)
{
	stream_order(((struct edge_daemon *)ctx)->stream, order);
}

static void
do_keep(void *ctx, enum edge_record kind, int64_t time_ms, struct bytes record)
{
	journal_keep(((struct edge_daemon *)ctx)->journal, kind, time_ms, record);
}

static void
do_heartbeat(void *ctx, const struct checkpoint *c)
{
	struct edge_daemon *d = ctx;
	struct buffer b = {0};

	stream_heartbeat(d->stream, c);
	checkpoint_line_write(&b, c, NULL, 0);
	file_replace(d, d->heartbeat_path, buffer_bytes(&b));
	buffer_free(&b);
}

static void
do_cursor(void *ctx, const struct spool_cursor *c, const struct public_key *hub)
{
	struct edge_daemon *d = ctx;

	d->cursor_due |= intake_cursor(d->intake, c, hub);
}

static void
do_fork(void *ctx, const struct fork *proof)
{
	struct edge_daemon *d = ctx;
	struct buffer b = {0};

	fork_write(&b, proof);
	file_replace(d, d->fork_path, buffer_bytes(&b));
	buffer_free(&b);
}

/* ---- links ---- */

static struct hub_link *
hub_of(struct edge_daemon *d, const struct tls_link *link)
{
	for (size_t i = 0; i < EDGE_HUBS; i++)
		if (d->hub[i].link == link)
			return &d->hub[i];
	return NULL;
}

static void
link_up(void *ctx, struct tls_link *link)
{
	struct edge_daemon *d = ctx;
	struct hub_link *h = hub_of(d, NULL);

	if (h == NULL) {
		log_line(d, "more links from hubs than there may be: one was refused");
		return; /* `down` ends it when it is silent */
	}
	*h = (struct hub_link){.d = d, .link = link};
	d->hubs_up++;
	log_line(d, "a hub has dialled in");
}

static void
link_frame_came(void *ctx, struct tls_link *link, struct bytes frame)
{
	struct edge_daemon *d = ctx;
	struct hub_link *h = hub_of(d, link);

	if (h != NULL)
		edge_hub_frame(d->edge, loop_now_ms(), (size_t)(h - d->hub), frame);
}

static void
link_drained(void *ctx, struct tls_link *link)
{
	struct edge_daemon *d = ctx;
	struct hub_link *h = hub_of(d, link);

	if (h == NULL)
		return;
	if (h->giving)
		give(h);
	intake_pump(d->intake, (size_t)(h - d->hub));
}

static void
link_down(void *ctx, struct tls_link *link, const struct fault *why)
{
	struct edge_daemon *d = ctx;
	struct hub_link *h = hub_of(d, link);
	struct fault line;

	if (h != NULL) {
		fault_write(&line, "link to a hub down: %s", why->text);
		log_line(d, line.text);
		intake_hub_down(d->intake, (size_t)(h - d->hub));
		edge_hub_down(d->edge, (size_t)(h - d->hub));
		h->link = NULL;
		d->hubs_up--;
	}
	tls_link_free(link);
}

/* ---- time ---- */

static void
ticked(void *ctx)
{
	struct edge_daemon *d = ctx;

	edge_tick(d->edge, loop_now_ms());
	stream_tick(d->stream, loop_monotonic_ms());
	if (d->cursor_due)
		stream_cursor(d->stream, intake_counts(d->intake).received,
			intake_number(d->intake));
	d->cursor_due = false;
	if (loop_timer_set(d->loop, &d->tick, TICK_MS, ticked, d) != ERR_OK)
		die(d, "out of memory");
}

/* ---- start ---- */

static void
handle(void *ctx, struct http_exchange *x, const struct http_request *req)
{
	site_answer(((struct edge_daemon *)ctx)->site, x, req);
}

static enum err
brain_open(struct edge_daemon *d, struct fault *fault)
{
	struct edge_hands hands = {d, do_send, do_greeted, do_give_back, do_entry, do_order,
		do_keep, do_heartbeat, do_cursor, do_fork, log_line};
	struct buffer roster = {0};
	struct edge_conf conf = {.name = d->config->name};
	struct fault why = {""};
	enum err err = file_read(&roster, d->config->roster, ROSTER_FILE, fault);

	if (err == ERR_OK) {
		conf.roster = buffer_bytes(&roster);
		err = edge_new(&d->edge, &conf, &hands, &why);
		if (err != ERR_OK)
			err = fault_set(fault, err, "%s: %s", d->config->roster,
				why.text[0] ? why.text : err_name(err));
	}
	buffer_free(&roster);
	return err;
}

static enum err
state_open(struct edge_daemon *d, bool rebuild, struct fault *fault)
{
	char journal[PATH_ROOM], spool[PATH_ROOM];
	struct intake_conf intake = {.folder = spool,
		.name = d->config->name,
		.territory = edge_roster(d->edge)->territory,
		.limits = d->config->limits,
		.file_bytes = (uint64_t)d->config->spool_file_bytes,
		.test = d->config->test,
		.died = die,
		.log = log_line,
		.send = send_spool,
		.ctx = d};
	struct journal_conf conf = {.path = journal,
		.rebuild = rebuild,
		.test = d->config->test,
		.died = die,
		.log = log_line,
		.ctx = d};
	enum err err;

	if (mkdir(d->config->state, 0700) != 0 && errno != EEXIST)
		return fault_set(
			fault, ERR_IO, "%s: %s", d->config->state, strerror(errno));
	snprintf(journal, sizeof journal, "%s/journal.db", d->config->state);
	snprintf(spool, sizeof spool, "%s/spool", d->config->state);
	snprintf(d->fork_path, sizeof d->fork_path, "%s/fork.json", d->config->state);
	snprintf(d->heartbeat_path, sizeof d->heartbeat_path, "%s/heartbeat.json",
		d->config->state);
	err = journal_open(&d->journal, d->loop, &conf, d->edge, fault);
	if (err == ERR_OK)
		err = intake_open(&d->intake, d->loop, &intake, fault);
	if (err == ERR_OK)
		edge_set_spool(d->edge, intake_number(d->intake));
	return err;
}

/* What is believed only as far as its signatures go, and may be missing. */
static void
small_files_read(struct edge_daemon *d)
{
	struct buffer b = {0};

	if (file_read(&b, d->heartbeat_path, SMALL_FILE, NULL) == ERR_OK)
		edge_restore_heartbeat(d->edge, buffer_text(&b), b.len);
	buffer_clear(&b);
	if (file_read(&b, d->fork_path, SMALL_FILE, NULL) == ERR_OK)
		edge_restore_fork(d->edge, buffer_text(&b), b.len);
	buffer_free(&b);
}

static void
web_path(char out[PATH_ROOM], const struct edge_config *config)
{
	const char *data = getenv("BELFRY_DATA");

	if (config->web != NULL)
		snprintf(out, PATH_ROOM, "%s", config->web);
	else
		snprintf(out, PATH_ROOM, "%s/web", data != NULL ? data : BELFRY_DATADIR);
}

static enum err
site_open(struct edge_daemon *d, struct fault *fault)
{
	struct http_server_config http = {
		.connections_max = (size_t)d->config->connections};
	struct site_look look = {.edge = d->edge,
		.stream = d->stream,
		.intake = d->intake,
		.journal = d->journal,
		.name = d->config->name,
		.territory_name = d->config->territory_name,
		.url = d->config->url != NULL ? d->config->url : "",
		.hubs_up = &d->hubs_up,
		.fork_path = d->fork_path};
	char web[PATH_ROOM];
	enum err err;

	web_path(web, d->config);
	err = http_server_new(&d->http, d->loop, &http, handle, d);
	look.http = d->http;
	if (err == ERR_OK)
		err = site_new(&d->site, &look, web, fault);
	return err;
}

static enum err
listen_all(struct edge_daemon *d, struct fault *fault)
{
	static const struct tls_link_hooks hooks = {
		link_up, link_frame_came, link_drained, link_down};
	enum err err = ERR_OK;

	for (size_t i = 0; i < d->config->listens && err == ERR_OK; i++)
		err = http_server_listen(d->http, d->config->listen[i], fault);
	if (err == ERR_OK)
		err = tls_identity_open(&d->identity, d->config->tls_key,
			d->config->tls_certificate, fault);
	if (err == ERR_OK)
		err = tls_listener_new(&d->listener, d->loop, d->identity, d->config->link,
			d->config->pin, d->config->pins, &hooks, d, fault);
	return err;
}

enum err
edge_daemon_new(struct edge_daemon **out, struct loop *loop,
	const struct edge_config *config, bool rebuild, struct fault *fault)
{
	struct edge_daemon *d = calloc(1, sizeof *d);
	enum err err;

	if (d == NULL)
		return ERR_NOMEM;
	d->loop = loop;
	d->config = config;
	err = brain_open(d, fault);
	if (err == ERR_OK)
		err = stream_new(&d->stream, loop, d->edge, (size_t)config->queue_bytes);
	if (err == ERR_OK)
		err = state_open(d, rebuild, fault);
	if (err == ERR_OK) {
		stream_over(d->stream, d->journal);
		small_files_read(d);
		err = site_open(d, fault);
	}
	if (err == ERR_OK)
		err = listen_all(d, fault);
	if (err != ERR_OK) {
		edge_daemon_free(d);
		return err;
	}
	ticked(d);
	*out = d;
	return ERR_OK;
}

enum err
edge_daemon_check(const struct edge_config *config, struct fault *fault)
{
	struct edge_daemon d = {.config = config};
	char web[PATH_ROOM];
	enum err err = brain_open(&d, fault);

	web_path(web, config);
	if (err == ERR_OK)
		err = site_check(web, fault);
	if (err == ERR_OK)
		err = tls_identity_open(
			&d.identity, config->tls_key, config->tls_certificate, fault);
	tls_identity_free(d.identity);
	edge_free(d.edge);
	return err;
}

void
edge_daemon_free(struct edge_daemon *d)
{
	if (d == NULL)
		return;
	loop_timer_cancel(d->loop, &d->tick);
	tls_listener_free(d->listener);
	for (size_t i = 0; i < EDGE_HUBS; i++)
		tls_link_free(d->hub[i].link);
	tls_identity_free(d->identity);
	intake_free(d->intake);
	stream_free(d->stream);
	http_server_free(d->http);
	site_free(d->site);
	journal_free(d->journal);
	edge_free(d->edge);
	free(d);
}

const char *
edge_daemon_address(const struct edge_daemon *d, size_t n)
{
	return http_server_address(d->http, n);
}

const char *
edge_daemon_link(const struct edge_daemon *d)
{
	return tls_listener_address(d->listener);
}

const char *
edge_daemon_died(const struct edge_daemon *d)
{
	return d->died;
}
