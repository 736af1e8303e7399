/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics.c: counters and gauges, each with its help line. */
#include "public/metrics.h"

#include "edge/shown.h"

#include <inttypes.h>

static void
head(struct buffer *out, const char *name, const char *type, const char *help)
{
	write_format(out, "# HELP belfry_edge_%s %s\n# TYPE belfry_edge_%s %s\n", name,
		help, name, type);
}

static void
gauge(struct buffer *out, const char *name, const char *help, int64_t value)
{
	head(out, name, "gauge", help);
	write_format(out, "belfry_edge_%s %" PRId64 "\n", name, value);
}

static void
counter(struct buffer *out, const char *name, const char *help, uint64_t value)
{
	head(out, name, "counter", help);
	write_format(out, "belfry_edge_%s %" PRIu64 "\n", name, value);
}

static void
sample(struct buffer *out, const char *name, const char *label, const char *word,
	uint64_t value)
{
	write_format(
		out, "belfry_edge_%s{%s=\"%s\"} %" PRIu64 "\n", name, label, word, value);
}

static void
bulletin_write(struct buffer *out, const struct site_look *look, int64_t now_ms)
{
	const struct edge_counts *c = edge_counts(look->edge);
	struct freshness f = freshness_of(look->edge, now_ms);

	gauge(out, "current",
		"1 if the newest heartbeat is at most 30 s old and no fork is known.",
		f.current);
	if (f.heard)
		gauge(out, "heartbeat_age_seconds", "Age of the newest signed heartbeat.",
			f.age_s);
	gauge(out, "hubs", "Links from hubs that are up.", (int64_t)*look->hubs_up);
	gauge(out, "entries", "Entries of the bulletin that are here.",
		(int64_t)follower_size(edge_follower(look->edge)));
	gauge(out, "term", "Term of the hub that is followed.",
		(int64_t)follower_term(edge_follower(look->edge)));
	gauge(out, "fork", "1 if a proof is kept that the hub's key signed two bulletins.",
		edge_is_forked(look->edge));
	gauge(out, "journal_waiting", "Records that are not on the disk yet.",
		(int64_t)journal_waiting(look->journal));
	head(out, "entries_heard_total", "counter",
		"Entries that came from hubs, by what came of them.");
	for (int i = 0; i <= HEARD_NOMEM; i++)
		sample(out, "entries_heard_total", "outcome", heard_word((enum heard)i),
			c->heard[i]);
	head(out, "orders_total", "counter",
		"Orders that came, by this edge's own verdict.");
	for (int i = 0; i < VERDICT_COUNT; i++)
		sample(out, "orders_total", "verdict", verdict_name((enum verdict)i),
			c->verdicts[i]);
	counter(out, "early_orders_total",
		"Orders that came before the hub's disk had them.", c->early_orders);
	counter(out, "bad_lines_total", "Lines from hubs that could not be read.",
		c->bad_lines + c->bad_frames);
}

static void
alerts_write(struct buffer *out, const struct site_look *look)
{
	const struct book *b = edge_book(look->edge);
	uint64_t count[ALERT_EXPIRED + 1] = {0};

	for (size_t i = 0; i < book_count(b); i++)
		count[book_at(b, i)->state]++;
	head(out, "alerts", "gauge", "Alerts that are shown, by state.");
	for (int i = 0; i <= ALERT_EXPIRED; i++)
		sample(out, "alerts", "state", alert_state_name((enum alert_state)i),
			count[i]);
}

static void
spool_write(struct buffer *out, const struct site_look *look)
{
	struct intake_counts c = intake_counts(look->intake);

	gauge(out, "spool_held", "Receipts that are held until the hub has them.", c.held);
	gauge(out, "spool_held_bytes", "Bytes of them.", (int64_t)c.held_bytes);
	gauge(out, "spool_files", "Files of the spool.", (int64_t)c.files);
	gauge(out, "spool_last_number", "Number of the newest receipt.", (int64_t)c.last);
	gauge(out, "spool_received_number", "The hub has all up to this number.",
		(int64_t)c.received);
	head(out, "receipts_total", "counter", "Receipts that were handed in, by answer.");
	sample(out, "receipts_total", "answer", "held", c.taken);
	sample(out, "receipts_total", "answer", "repeat", c.repeats);
	sample(out, "receipts_total", "answer", "full", c.full);
	sample(out, "receipts_total", "answer", "too-many", c.too_many);
	sample(out, "receipts_total", "answer", "malformed", c.malformed);
	counter(out, "spool_disk_refused_total",
		"Times that the disk did not take receipts.", c.disk_refused);
	counter(out, "spool_sent_total", "Receipts sent to hubs, repeats included.",
		c.sent);
}

static void
stream_write(struct buffer *out, const struct site_look *look)
{
	static const char *const class[] = {"siren", "relay", "browser"};
	struct stream_counts s = stream_counts(look->stream);
	struct http_server_counts h = http_server_counts(look->http);

	head(out, "subscribers", "gauge", "Open event streams, by class.");
	for (int i = 0; i < BROADCAST_CLASSES; i++)
		sample(out, "subscribers", "class", class[i], s.cast.subscribers[i]);
	gauge(out, "subscribers_catching_up", "Streams that have not yet all that is here.",
		(int64_t)s.catching);
	gauge(out, "subscriber_memory_bytes",
		"User memory of one subscriber, without its queue.",
		(int64_t)s.cast.memory_per_subscriber);
	gauge(out, "subscriber_queue_bytes", "Bytes that wait for slow subscribers.",
		(int64_t)s.cast.queued);
	counter(out, "deliveries_total", "Events given to subscribers.", s.cast.deliveries);
	counter(out, "subscribers_dropped_total", "Subscribers dropped for slowness.",
		s.cast.dropped);
	counter(out, "subscribers_joined_total", "Streams that began with what lives now.",
		s.joined);
	counter(out, "subscribers_resumed_total",
		"Streams that asked for what they had missed.", s.resumed);
	gauge(out, "connections", "Open HTTP connections.", (int64_t)h.connections);
	gauge(out, "connection_memory_bytes", "User memory of all of them.",
		(int64_t)h.memory);
	counter(out, "requests_total", "HTTP requests.", h.requests);
	counter(out, "requests_refused_total", "Requests that were none.", h.refused);
	counter(out, "request_timeouts_total", "Requests that came too slowly.",
		h.timeouts);
	counter(out, "connections_full_total", "Times that no more connections were taken.",
		h.full);
}

void
metrics_write(struct buffer *out, const struct site_look *look, int64_t now_ms)
{
	head(out, "info", "gauge", "Which program this is.");
	write_format(out, "belfry_edge_info{version=\"%s\",edge=\"%s\"} 1\n",
		BELFRY_VERSION, look->name);
	bulletin_write(out, look, now_ms);
	alerts_write(out, look);
	spool_write(out, look);
	stream_write(out, look);
}
