/* SPDX-License-Identifier: GPL-3.0-or-later */
/* example_hub.c: see example_hub.h. */
#include "example_hub.h"

#include "base/text.h"
#include "bulletin/order.h"
#include "wire/geojson.h"
#include "wire/zones_document.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char zones_text[] =
	"{\"type\":\"FeatureCollection\",\"features\":["
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"all\",\"number\":1,\"name\":"
	"\"Vardenik\"},"
	"\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[45,40],[46,40],[46,41],[45,"
	"41],"
	"[45,40]]]}},"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"west\",\"number\":2,\"parent\":"
	"\"all\","
	"\"name\":\"Old town & harbour\",\"name_ar\":\"المدينة القديمة\"},"
	"\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[45,40],[45.5,40],[45.5,41],["
	"45,41],"
	"[45,40]]]}},"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"east\",\"number\":3,\"parent\":"
	"\"all\","
	"\"name\":\"North quarter\"},"
	"\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[45.5,40],[46,40],[46,41],["
	"45.5,41],"
	"[45.5,40]]]}}],\"groups\":[{\"number\":7,\"zones\":[\"west\",\"east\"]}]}";

static void
must(enum err err)
{
	if (err == ERR_OK)
		return;
	fprintf(stderr, "example hub: %s\n", err_name(err));
	abort();
}

struct secret_key
example_key(unsigned n)
{
	uint8_t seed[32] = {(uint8_t)n, (uint8_t)(n >> 8), 'b'};

	return secret_key_from_seed(seed);
}

void
example_hub_begin(struct example_hub *h, int64_t now_ms)
{
	*h = (struct example_hub){
		.key = example_key(EXAMPLE_HUB_KEY + 1), .term = 1, .now_ms = now_ms};
	must(nodes_new(&h->nodes));
}

void
example_hub_next(
	struct example_hub *next, const struct example_hub *h, uint64_t last_number)
{
	example_hub_begin(next, h->now_ms);
	next->key = example_key(EXAMPLE_HUB_KEY + 2);
	next->term = 2;
	next->orders = (uint16_t)(h->orders + 1000);
	for (uint64_t i = 0; i <= last_number; i++) {
		struct hash leaf = nodes_leaf(h->nodes, i);
		struct bytes line = h->line[i];
		uint8_t *copy = malloc(line.len);

		must(nodes_append(next->nodes, &leaf));
		memcpy(copy, line.at, line.len);
		next->line = realloc(next->line, (next->lines + 1) * sizeof *next->line);
		next->line[next->lines++] = bytes_of(copy, line.len);
	}
}

void
example_hub_end(struct example_hub *h)
{
	for (size_t i = 0; i < h->lines; i++)
		free((void *)h->line[i].at);
	free(h->line);
	nodes_free(h->nodes);
}

/* ---- documents ---- */

static void
document_sign(
	struct buffer *out, const char *kind, struct bytes text, struct bytes geometry)
{
	struct document d = {.text = text, .geometry = geometry, .approval_count = 2};
	struct hash digest = document_digest(kind, text);

	for (unsigned i = 0; i < 2; i++) {
		struct secret_key k = example_key(i + 1);

		d.approval[i].key = (uint16_t)(i + 1);
		d.approval[i].signature =
			signature_make(&k, bytes_of(digest.at, sizeof digest.at));
	}
	document_write(out, &d);
	must(out->err);
}

void
example_roster(struct buffer *out)
{
	struct roster_key key[6] = {0};
	struct roster_hub hub[2] = {
		{.term = 1, .name = "first"}, {.term = 2, .name = "second"}};
	struct mandate mandate = {.number = 1,
		.key = EXAMPLE_SENSOR,
		.class = ORDER_SENSOR,
		.pattern_count = 1,
		.pattern = {1},
		.zone_count = 1,
		.zone = {1},
		.seconds_max = 60,
		.starts_per_hour = 6,
		.not_after_ms = INT64_C(4102444800000)};
	struct roster r = {.territory = EXAMPLE_TERRITORY,
		.serial = 1,
		.mode = MODE_LIVE,
		.key_count = 6,
		.key = key,
		.hub_count = 2,
		.hub = hub,
		.mandate_count = 1,
		.mandate = &mandate};
	struct buffer text = {0};

	for (unsigned i = 0; i < 5; i++) {
		key[i] = (struct roster_key){.number = (uint16_t)(i + 1),
			.key = example_key(i + 1).public,
			.roles = i < 4 ? ROLE_OPERATOR | ROLE_ADMINISTRATOR : ROLE_SENSOR,
			.classes =
				i < 4 ? 0x1fe & ~(1u << ORDER_SENSOR) : 1u << ORDER_SENSOR};
		snprintf(key[i].person, sizeof key[i].person, "person %u", i + 1);
	}
	key[5] = (struct roster_key){.number = EXAMPLE_WESTERNER,
		.person = "person 7",
		.key = example_key(EXAMPLE_WESTERNER).public,
		.roles = ROLE_OPERATOR,
		.classes = 0x1fe & ~(1u << ORDER_SENSOR),
		.zone_count = 1,
		.zone = {2}};
	hub[0].key = example_key(EXAMPLE_HUB_KEY + 1).public;
	hub[1].key = example_key(EXAMPLE_HUB_KEY + 2).public;
	roster_write(&text, &r);
	document_sign(out, "roster", buffer_bytes(&text), bytes_of(NULL, 0));
	buffer_free(&text);
}

void
example_zones(struct buffer *out)
{
	struct geojson_options options = {0};
	struct zones_head head = {.territory = "0000beef", .version = 1};
	struct buffer geometry = {0}, text = {0};
	struct fault fault = {""};
	struct zones *zones;

	must(geojson_read_zones(&zones, bytes_of_text(zones_text), &options, &fault));
	zones_geometry_write(&geometry, zones);
	head.geometry = hash_of(buffer_bytes(&geometry));
	zones_document_write(&text, &head, zones);
	document_sign(out, "zones", buffer_bytes(&text), buffer_bytes(&geometry));
	buffer_free(&geometry);
	buffer_free(&text);
	zones_free(zones);
}

/* ---- what the hub signs ---- */

uint64_t
example_entry(struct example_hub *h, const char *kind, struct bytes data)
{
	struct tree tree = nodes_tree(h->nodes, nodes_size(h->nodes));
	struct entry e = {.data = data, .has_data = true};
	struct buffer line = {0};
	struct hash leaf;

	must(entry_header_make(
		&e.header, EXAMPLE_TERRITORY, h->term, &tree, kind, h->now_ms, data));
	e.signature = entry_sign(&e.header, &h->key);
	leaf = entry_leaf(&e.header);
	must(nodes_append(h->nodes, &leaf));
	entry_line_write(&line, &e);
	must(line.err);
	h->line = realloc(h->line, (h->lines + 1) * sizeof *h->line);
	h->line[h->lines++] = buffer_bytes(&line);
	return e.header.number;
}

struct bytes
example_line(const struct example_hub *h, uint64_t number)
{
	return h->line[number];
}

struct checkpoint
example_checkpoint(const struct example_hub *h)
{
	struct checkpoint c = {.territory = EXAMPLE_TERRITORY,
		.term = h->term,
		.size = nodes_size(h->nodes),
		.root = nodes_root(h->nodes, nodes_size(h->nodes)),
		.time_ms = h->now_ms};

	checkpoint_sign(&c, &h->key);
	return c;
}

void
example_cursor(
	struct buffer *out, const struct example_hub *h, uint64_t spool, uint64_t received)
{
	struct spool_cursor c = {.territory = EXAMPLE_TERRITORY,
		.term = h->term,
		.edge = "edge1",
		.spool = spool,
		.received = received,
		.time_ms = h->now_ms / 1000 * 1000};

	spool_cursor_sign(&c, &h->key);
	spool_cursor_write(out, &c);
	must(out->err);
}

/* ---- what operators sign ---- */

uint64_t
example_next_id(const struct example_hub *h)
{
	return order_id_make(h->now_ms, (uint16_t)(h->orders + 1));
}

uint64_t
example_order(struct example_hub *h, struct buffer *out, const struct example_order *how)
{
	struct order *o = calloc(1, sizeof *o);
	struct order_body *b = &o->body[0];
	struct signature s[2];
	struct hash digest;
	bool silent = how->class == ORDER_STOP || how->class == ORDER_TAKEOVER;
	uint64_t id;

	h->orders++;
	o->body_count = 1;
	*b = (struct order_body){.territory = EXAMPLE_TERRITORY,
		.mode = MODE_LIVE,
		.class = how->class,
		.hazard = 1,
		.pattern = silent ? 0 : 1,
		.seconds = silent ? 0 : 20,
		.id = order_id_make(how->at_ms, h->orders),
		.not_before_s = (uint32_t)(how->at_ms / 1000),
		.lifetime_s = how->lifetime_s,
		.roster = 1,
		.content = how->content};
	b->zones.group = how->group;
	b->zones.count = (uint8_t)how->zones;
	memcpy(b->zones.number, how->zone, sizeof how->zone);
	b->end_count = how->ends != 0;
	b->ends[0] = how->ends;
	digest = order_digest(o);
	for (int i = 0; i < 2 && how->signer[i] != 0; i++) {
		struct secret_key k = example_key(how->signer[i]);

		s[i] = signature_make(&k, bytes_of(digest.at, sizeof digest.at));
		o->approval[i] = (struct approval){(uint16_t)how->signer[i],
			APPROVAL_ED25519, bytes_of(s[i].at, sizeof s[i].at)};
		o->approval_count++;
	}
	if (how->forged)
		s[o->approval_count - 1].at[63] ^= 1;
	order_write(out, o);
	must(out->err);
	id = b->id;
	free(o);
	return id;
}

void
example_content(struct buffer *out, const struct example_hub *h, enum verb verb,
	uint64_t alert, uint64_t order, const uint16_t *zone, uint16_t zones,
	uint16_t lifetime_s)
{
	static const struct content_text text[] = {
		{"en", "Missile attack", "Missile attack. Go to shelter now.",
			"A missile < 5 min away & more.",
			"Go to the nearest shelter or an inner room."},
		{"ar", "هجوم صاروخي", "هجوم صاروخي. اذهبوا إلى الملجأ الآن.", "",
			"ابقوا في الملجأ."}};
	struct buffer cap = {0};
	struct content c = {.verb = verb,
		.alert = alert,
		.order = order,
		.mode = MODE_LIVE,
		.hazard = 1,
		.playbook = "missile",
		.sent_ms = h->now_ms,
		.expires_ms = h->now_ms + lifetime_s * 1000,
		.zone_count = zones,
		.zone = zone,
		.text_count = 2,
		.text = text};

	write_format(&cap,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert "
		"xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>%016" PRIx64
		"</identifier></alert>\n",
		order);
	c.cap = buffer_bytes(&cap);
	content_write(out, &c);
	must(out->err);
	buffer_free(&cap);
}

uint64_t
example_alarm(struct example_hub *h, struct buffer *content, struct buffer *order,
	const uint16_t *zone, uint16_t zones, uint16_t lifetime_s)
{
	uint64_t id = example_next_id(h);
	struct example_order how = {.class = ORDER_ALARM,
		.zones = zones,
		.lifetime_s = lifetime_s,
		.signer = {1, 2},
		.at_ms = h->now_ms};

	memcpy(how.zone, zone, zones * sizeof *zone);
	example_content(content, h, VERB_ALERT, id, id, zone, zones, lifetime_s);
	how.content = hash_of(buffer_bytes(content));
	return example_order(h, order, &how);
}

uint64_t
example_end(struct example_hub *h, struct buffer *content, struct buffer *order,
	enum verb verb, uint64_t alert, uint16_t zone)
{
	uint64_t id = example_next_id(h);
	struct example_order how = {
		.class = verb == VERB_STOP ? ORDER_STOP : ORDER_ALL_CLEAR,
		.zones = verb == VERB_STOP ? 0 : 1,
		.zone = {zone},
		.ends = alert,
		.lifetime_s = 600,
		.signer = {1, verb == VERB_STOP ? 0 : 2},
		.at_ms = h->now_ms};

	example_content(content, h, verb, alert, id, &zone, 1, 600);
	how.content = hash_of(buffer_bytes(content));
	return example_order(h, order, &how);
}
