/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fake_hub: dials a real belfry-edge and does what it is told on its standard input, a command a
 * line; each answers with a line, and what the edge says is a line too.
 *
 *   make FOLDER        roster.json, keys and certificates for hub and edge: "pin HUB EDGE"
 *   dial ADDRESS FOLDER PIN      and dials again when the link goes down
 *   hang up | zones | roster | many N BYTES | sirens READY SOUNDING FAULT UNKNOWN
 *   alarm ZONE[,ZONE] LIFETIME   the content, then the order: "alarm ID"
 *   early ZONE LIFETIME          the order before its entry; "enter" makes the entries
 *   forged ZONE | single ZONE | sensor ZONE      orders that are not good, and one that is
 *   stop ID | clear ID ZONE
 *   beat               one heartbeat; "beat every MS": one every so often, 0: none
 *   fork               a heartbeat with another root
 *   cursors on|off     receive what the edge's spool holds; off: only listen
 *   back N             ask for the edge's entries
 *   quit
 * The edge: "up", "down WHY", "edge NAME SIZE", "want N", "spool NUMBER ID", "own N", "own-end N",
 * "proof".
 */
#include "example_hub.h"

#include "base/text.h"
#include "loop/tls_link.h"
#include "wire/link.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REDIAL_MS = 50, LINE = 4096 };

struct fake {
	struct loop *loop;
	struct loop_watch in;
	struct loop_timer redial, beat;
	char line[LINE];
	size_t len;
	struct example_hub hub;
	struct tls_identity *identity;
	struct tls_link *link;
	char address[128], pin[TLS_FINGERPRINT];
	bool up, dialling, cursors, feeding;
	uint64_t feed_from, spool, received;
	int beat_ms;
	struct buffer early_content, early_order;
};

static void
say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	fputc('\n', stdout);
	fflush(stdout);
}

/* ---- to the edge ---- */

static enum err
send_frame(struct fake *f, enum link_frame kind, struct bytes body)
{
	struct buffer b = {0};
	enum err err = ERR_IO;

	link_write(&b, kind, body);
	if (f->up)
		err = tls_link_send(f->link, buffer_bytes(&b));
	buffer_free(&b);
	return err;
}

static void
feed(struct fake *f)
{
	while (f->feeding && f->feed_from < f->hub.lines) {
		if (send_frame(f, LINK_ENTRY, example_line(&f->hub, f->feed_from)) !=
			ERR_OK)
			return;
		f->feed_from++;
	}
	f->feeding = false;
}

static uint64_t
publish(struct fake *f, const char *kind, struct bytes data)
{
	uint64_t number = example_entry(&f->hub, kind, data);

	if (!f->feeding)
		(void)!send_frame(f, LINK_ENTRY, example_line(&f->hub, number));
	return number;
}

static void
send_checkpoint(struct fake *f, struct checkpoint *c)
{
	struct buffer b = {0};

	checkpoint_line_write(&b, c, NULL, 0);
	(void)!send_frame(f, LINK_CHECKPOINT, buffer_bytes(&b));
	buffer_free(&b);
}

static void
beat(struct fake *f)
{
	struct checkpoint c;

	f->hub.now_ms = loop_now_ms();
	c = example_checkpoint(&f->hub);
	send_checkpoint(f, &c);
}

static void
beat_due(void *ctx)
{
	struct fake *f = ctx;

	if (f->beat_ms == 0)
		return;
	beat(f);
	(void)!loop_timer_set(f->loop, &f->beat, f->beat_ms, beat_due, f);
}

/* ---- from the edge ---- */

static void
spool_came(struct fake *f, struct bytes body)
{
	struct spool_message m;
	struct buffer b = {0};
	char id[33];
	size_t used;

	if (spool_message_read(&m, body, &used) != ERR_OK || used != body.len) {
		say("spool bad");
		return;
	}
	hex_write(id, m.id.at, sizeof m.id.at);
	say("spool %" PRIu64 " %s", m.number, id);
	if (!f->cursors)
		return;
	f->received = m.number;
	example_cursor(&b, &f->hub, f->spool, f->received);
	(void)!send_frame(f, LINK_CURSOR, buffer_bytes(&b));
	buffer_free(&b);
}

static void
edge_came(struct fake *f, struct bytes body)
{
	json_t *o = json_loadb((const char *)body.at, body.len, 0, NULL);
	const char *name = json_string_value(json_object_get(o, "edge"));
	const char *spool = json_string_value(json_object_get(o, "spool"));

	f->feed_from = (uint64_t)json_integer_value(json_object_get(o, "size"));
	f->feeding = true;
	if (spool != NULL)
		(void)!id_read(&f->spool, spool);
	say("edge %s %" PRIu64, name != NULL ? name : "?", f->feed_from);
	json_decref(o);
	feed(f);
}

static void
own_came(const struct bytes *body)
{
	struct arena *arena;
	struct entry e;

	if (arena_new(&arena) != ERR_OK)
		return;
	if (entry_line_read(&e, arena, (const char *)body->at, body->len, NULL) == ERR_OK)
		say("own %" PRIu64, e.header.number);
	arena_free(arena);
}

static void
on_frame(void *ctx, struct tls_link *link, struct bytes frame)
{
	struct fake *f = ctx;
	enum link_frame kind;
	struct bytes body;
	uint64_t number = 0;

	(void)link;
	if (link_read(frame, &kind, &body) != ERR_OK)
		return;
	if (kind == LINK_EDGE)
		edge_came(f, body);
	else if (kind == LINK_SPOOL)
		spool_came(f, body);
	else if (kind == LINK_OWN_ENTRY)
		own_came(&body);
	else if (kind == LINK_FORK)
		say("proof");
	else if (link_number_read(body, &number) == ERR_OK && kind == LINK_OWN_END)
		say("own-end %" PRIu64, number);
	else if (kind == LINK_WANT) {
		say("want %" PRIu64, number);
		f->feed_from = number;
		f->feeding = true;
		feed(f);
	}
}

static void
on_up(void *ctx, struct tls_link *link)
{
	struct fake *f = ctx;
	char hello[128];

	(void)link;
	f->up = true;
	snprintf(hello, sizeof hello, "{\"territory\":%d,\"term\":%u,\"size\":%zu}",
		EXAMPLE_TERRITORY, f->hub.term, f->hub.lines);
	say("up");
	(void)!send_frame(f, LINK_HELLO, bytes_of_text(hello));
}

static void
on_drained(void *ctx, struct tls_link *link)
{
	(void)link;
	feed(ctx);
}

static void dial(void *ctx);

static void
on_down(void *ctx, struct tls_link *link, const struct fault *why)
{
	struct fake *f = ctx;

	if (f->up)
		say("down %s", why->text);
	f->up = f->feeding = false;
	tls_link_free(link);
	f->link = NULL;
	if (f->dialling)
		(void)!loop_timer_set(f->loop, &f->redial, REDIAL_MS, dial, f);
}

static void
dial(void *ctx)
{
	static const struct tls_link_hooks hooks = {on_up, on_frame, on_drained, on_down};
	struct fake *f = ctx;
	struct fault fault = {""};

	if (tls_link_dial(&f->link, f->loop, f->identity, f->address, f->pin, &hooks, f,
		    &fault) != ERR_OK) {
		f->link = NULL;
		(void)!loop_timer_set(f->loop, &f->redial, REDIAL_MS, dial, f);
	}
}

/* ---- commands ---- */

static void
write_file(const char *folder, const char *name, struct bytes b)
{
	char path[LINE + 64];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "w");
	if (file == NULL || fwrite(b.at, 1, b.len, file) != b.len || fclose(file) != 0)
		say("error cannot write %s", path);
}

static void
make(const char *folder)
{
	struct buffer roster = {0};
	char key[LINE + 64], cert[LINE + 64], print[2][TLS_FINGERPRINT];
	const char *name[] = {"hub", "edge"};

	example_roster(&roster);
	write_file(folder, "roster.json", buffer_bytes(&roster));
	buffer_free(&roster);
	for (int i = 0; i < 2; i++) {
		snprintf(key, sizeof key, "%s/%s.key", folder, name[i]);
		snprintf(cert, sizeof cert, "%s/%s.crt", folder, name[i]);
		if (tls_identity_make(key, cert, name[i], NULL) != ERR_OK ||
			tls_identity_fingerprint(print[i], cert, NULL) != ERR_OK)
			say("error keys");
	}
	say("pin %s %s", print[0], print[1]);
}

static void
start_dialling(struct fake *f, const char *address, const char *folder, const char *pin)
{
	char key[LINE + 64], cert[LINE + 64];

	snprintf(key, sizeof key, "%s/hub.key", folder);
	snprintf(cert, sizeof cert, "%s/hub.crt", folder);
	snprintf(f->address, sizeof f->address, "%.127s", address);
	snprintf(f->pin, sizeof f->pin, "%.64s", pin);
	if (f->identity == NULL &&
		tls_identity_open(&f->identity, key, cert, NULL) != ERR_OK)
		say("error keys");
	f->dialling = true;
	if (f->link == NULL)
		dial(f);
	say("dialling");
}

static uint16_t
zones_of(const char *text, uint16_t zone[4])
{
	uint16_t n = 0;

	for (char *end; n < 4 && *text != '\0'; text = *end == ',' ? end + 1 : end) {
		zone[n++] = (uint16_t)strtoul(text, &end, 10);
		if (end == text)
			break;
	}
	return n;
}

static void
alarm_sound(struct fake *f, const char *zones, int lifetime, bool early)
{
	struct buffer content = {0}, order = {0}, frame = {0};
	uint16_t zone[4], n = zones_of(zones, zone);
	uint64_t id = example_alarm(&f->hub, &content, &order, zone, n, (uint16_t)lifetime);

	if (early) {
		link_order_write(&frame, buffer_bytes(&order), buffer_bytes(&content));
		if (f->up)
			(void)!tls_link_send(f->link, buffer_bytes(&frame));
		buffer_free(&frame);
		f->early_content = content;
		f->early_order = order;
	} else {
		publish(f, "alert", buffer_bytes(&content));
		publish(f, "order", buffer_bytes(&order));
		buffer_free(&content);
		buffer_free(&order);
	}
	say("alarm %016" PRIx64, id);
}

static void
enter(struct fake *f)
{
	publish(f, "alert", buffer_bytes(&f->early_content));
	say("entered %" PRIu64, publish(f, "order", buffer_bytes(&f->early_order)));
}

static void
other_order(struct fake *f, const char *what, uint16_t zone)
{
	struct example_order how = {.class = ORDER_ALARM,
		.zones = 1,
		.zone = {zone},
		.lifetime_s = 600,
		.signer = {1, 2},
		.at_ms = f->hub.now_ms};
	struct buffer order = {0};
	uint64_t id;

	if (strcmp(what, "forged") == 0)
		how.forged = true;
	else if (strcmp(what, "single") == 0)
		how.signer[1] = 0;
	else {
		how.class = ORDER_SENSOR;
		how.signer[0] = EXAMPLE_SENSOR;
		how.signer[1] = 0;
	}
	id = example_order(&f->hub, &order, &how);
	publish(f, "order", buffer_bytes(&order));
	buffer_free(&order);
	say("alarm %016" PRIx64, id);
}

static void
end_alarm(struct fake *f, enum verb verb, const char *text, uint16_t zone)
{
	struct buffer content = {0}, order = {0};
	uint64_t alert = 0, id;

	(void)!id_read(&alert, text);
	id = example_end(&f->hub, &content, &order, verb, alert, zone);
	publish(f, verb == VERB_STOP ? "update" : "end", buffer_bytes(&content));
	publish(f, "order", buffer_bytes(&order));
	buffer_free(&content);
	buffer_free(&order);
	say("order %016" PRIx64, id);
}

static void
many(struct fake *f, int n, size_t bytes)
{
	struct buffer b = {0};

	for (size_t i = 0; i < bytes; i++)
		write_u8(&b, 'x');
	for (int i = 0; i < n; i++)
		publish(f, "tomorrows-kind", buffer_bytes(&b));
	buffer_free(&b);
	say("size %zu", f->hub.lines);
}

static void
publish_made(struct fake *f, const char *kind, void (*make_it)(struct buffer *))
{
	struct buffer b = {0};

	make_it(&b);
	say("number %" PRIu64, publish(f, kind, buffer_bytes(&b)));
	buffer_free(&b);
}

static void
fork_it(struct fake *f)
{
	struct checkpoint c;

	f->hub.now_ms = loop_now_ms();
	c = example_checkpoint(&f->hub);
	c.root.at[0] ^= 1;
	checkpoint_sign(&c, &f->hub.key);
	send_checkpoint(f, &c);
	say("forked");
}

static void
sirens(struct fake *f, const int n[4])
{
	char text[128];

	snprintf(text, sizeof text,
		"{\"ready\":%d,\"sounding\":%d,\"fault\":%d,\"unknown\":%d,\"unordered\":"
		"0}",
		n[0], n[1], n[2], n[3]);
	say("number %" PRIu64, publish(f, "sirens", bytes_of_text(text)));
}

static bool
bulletin_command(struct fake *f, const char *line)
{
	char a[LINE], b[LINE];
	int n[4];

	f->hub.now_ms = loop_now_ms();
	if (strcmp(line, "zones") == 0)
		publish_made(f, "zones", example_zones);
	else if (strcmp(line, "roster") == 0)
		publish_made(f, "roster", example_roster);
	else if (sscanf(line, "many %d %d", &n[0], &n[1]) == 2)
		many(f, n[0], (size_t)n[1]);
	else if (sscanf(line, "sirens %d %d %d %d", &n[0], &n[1], &n[2], &n[3]) == 4)
		sirens(f, n);
	else if (sscanf(line, "alarm %s %d", a, &n[0]) == 2)
		alarm_sound(f, a, n[0], false);
	else if (sscanf(line, "early %s %d", a, &n[0]) == 2)
		alarm_sound(f, a, n[0], true);
	else if (strcmp(line, "enter") == 0)
		enter(f);
	else if (sscanf(line, "stop %s", a) == 1)
		end_alarm(f, VERB_STOP, a, 1);
	else if (sscanf(line, "clear %s %d", a, &n[0]) == 2)
		end_alarm(f, VERB_ALL_CLEAR, a, (uint16_t)n[0]);
	else if (sscanf(line, "%s %d%s", a, &n[0], b) == 2 &&
		 (strcmp(a, "forged") == 0 || strcmp(a, "single") == 0 ||
			 strcmp(a, "sensor") == 0))
		other_order(f, a, (uint16_t)n[0]);
	else
		return false;
	return true;
}

static void
link_command(struct fake *f, const char *line)
{
	char a[LINE], b[LINE], c[LINE];
	struct buffer frame = {0};
	unsigned long number;

	if (sscanf(line, "make %s", a) == 1) {
		make(a);
	} else if (sscanf(line, "dial %s %s %s", a, b, c) == 3) {
		start_dialling(f, a, b, c);
	} else if (strcmp(line, "hang up") == 0) {
		f->dialling = f->up = false;
		tls_link_free(f->link);
		f->link = NULL;
		say("hung up");
	} else if (strcmp(line, "beat") == 0) {
		beat(f);
		say("beat");
	} else if (sscanf(line, "beat every %d", &f->beat_ms) == 1) {
		beat_due(f);
		say("beating");
	} else if (strcmp(line, "fork") == 0) {
		fork_it(f);
	} else if (sscanf(line, "cursors %s", a) == 1) {
		f->cursors = strcmp(a, "on") == 0;
		say("cursors");
	} else if (sscanf(line, "back %lu", &number) == 1) {
		link_number_write(&frame, LINK_BACK, number);
		if (f->up)
			(void)!tls_link_send(f->link, buffer_bytes(&frame));
		buffer_free(&frame);
		say("asked");
	} else if (strcmp(line, "quit") == 0) {
		loop_stop(f->loop);
	} else if (!bulletin_command(f, line)) {
		say("error what is %s", line);
	}
}

static void
read_commands(void *ctx, unsigned events)
{
	struct fake *f = ctx;
	ssize_t n = read(0, f->line + f->len, sizeof f->line - f->len - 1);
	char *end;

	(void)events;
	if (n <= 0) {
		loop_stop(f->loop);
		return;
	}
	f->len += (size_t)n;
	f->line[f->len] = '\0';
	while ((end = strchr(f->line, '\n')) != NULL) {
		*end = '\0';
		link_command(f, f->line);
		f->len -= (size_t)(end + 1 - f->line);
		memmove(f->line, end + 1, f->len + 1);
	}
}

int
main(void)
{
	struct fake f = {0};
	struct fault fault = {""};

	if (sodium_init() < 0 || loop_new(&f.loop, &fault) != ERR_OK ||
		loop_watch(f.loop, &f.in, 0, LOOP_READ, read_commands, &f) != ERR_OK)
		return 1;
	example_hub_begin(&f.hub, loop_now_ms());
	(void)!loop_run(f.loop, &fault);
	tls_link_free(f.link);
	tls_identity_free(f.identity);
	loop_timer_cancel(f.loop, &f.redial);
	loop_timer_cancel(f.loop, &f.beat);
	loop_unwatch(f.loop, &f.in);
	example_hub_end(&f.hub);
	buffer_free(&f.early_content);
	buffer_free(&f.early_order);
	loop_free(f.loop);
	return 0;
}
