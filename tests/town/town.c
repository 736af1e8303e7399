/* SPDX-License-Identifier: GPL-3.0-or-later */
/* town.c: the town and the hands of its box. */
#include "town/town.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DISK_MS = 4, BEAT_MS = 10000 };
#define SUMMER_MS 1782900000000

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "tests/town: %s\n", what);
	abort();
}

/* ---- the town ---- */

static const char *const patterns_text[] = {
	"{\"number\":1,\"name\":\"silent-test\",\"country\":\"x\",\"use\":\"silent-test\","
	"\"source\":\"t\",\"segments\":[{\"tone\":\"silence\",\"length_ms\":2000}],"
	"\"repeat\":1,\"cap_s\":2}",
	"{\"number\":2,\"name\":\"growl\",\"country\":\"x\",\"use\":\"growl\",\"source\":"
	"\"t\",\"segments\":[{\"tone\":\"low\",\"length_ms\":1500,\"low_hz\":100}],"
	"\"repeat\":1,\"cap_s\":2}",
	"{\"number\":80,\"name\":\"x-attack\",\"country\":\"x\",\"use\":\"attack\","
	"\"source\":\"t\",\"segments\":[{\"tone\":\"steady\",\"length_ms\":12000,"
	"\"high_hz\":420}],\"repeat\":1,\"cap_s\":300}",
	"{\"number\":81,\"name\":\"x-fire\",\"country\":\"x\",\"use\":\"fire\",\"source\":"
	"\"t\",\"segments\":[{\"tone\":\"steady\",\"length_ms\":2000,\"high_hz\":420},"
	"{\"tone\":\"silence\",\"length_ms\":1000}],\"repeat\":3,\"cap_s\":300}",
	"{\"number\":82,\"name\":\"x-clear\",\"country\":\"x\",\"use\":\"all-clear\","
	"\"source\":\"t\",\"segments\":[{\"tone\":\"steady\",\"length_ms\":6000,"
	"\"high_hz\":420}],\"repeat\":1,\"cap_s\":60}",
	"{\"number\":83,\"name\":\"x-rare\",\"country\":\"x\",\"use\":\"attack\","
	"\"source\":\"t\",\"segments\":[{\"tone\":\"steady\",\"length_ms\":12000,"
	"\"high_hz\":500}],\"repeat\":1,\"cap_s\":300}",
};

static void
patterns_make(struct town *t)
{
	must(patterns_new(&t->patterns) == ERR_OK, "no memory");
	for (size_t i = 0; i < sizeof patterns_text / sizeof *patterns_text; i++) {
		struct pattern p;
		struct fault fault = {""};

		must(pattern_read(&p, bytes_of_text(patterns_text[i]), "x", &fault) ==
					ERR_OK &&
				patterns_add(t->patterns, &p, &fault) == ERR_OK,
			fault.text);
	}
}

static struct secret_key
key_of(uint8_t n)
{
	uint8_t seed[32] = {n, 0xbe};

	return secret_key_from_seed(seed);
}

static void
person(struct roster *r, const struct town *t, uint16_t number, const char *name,
	unsigned roles, unsigned classes)
{
	struct roster_key *k = &r->key[r->key_count++];

	k->number = number;
	snprintf(k->person, sizeof k->person, "%s", name);
	k->key = t->key[number].public;
	k->roles = roles;
	k->classes = classes;
}

static struct mandate
mandate_of(uint16_t number, uint16_t key, enum order_class class)
{
	return (struct mandate){.number = number,
		.key = key,
		.class = class,
		.pattern_count = 2,
		.pattern = {ATTACK, FIRE},
		.zone_count = 1,
		.zone = {ZONE},
		.seconds_max = 30,
		.starts_per_hour = 2,
		.not_after_ms = SUMMER_MS + 86400000};
}

static void
roster_make(struct town *t)
{
	struct roster_key key[KEYS] = {0};
	struct roster_hub hub = {.term = 1, .name = "main", .key = t->hub.public};
	struct mandate mandate[2] = {mandate_of(1, SENSOR, ORDER_SENSOR),
		mandate_of(2, FARUK, ORDER_BREAK_GLASS)};
	struct roster r = {.territory = TERRITORY,
		.serial = 1,
		.mode = MODE_LIVE,
		.hub_count = 1,
		.mandate_count = 2,
		.key = key,
		.hub = &hub,
		.mandate = mandate};
	unsigned all = 0x1fe,
		 few = 1u << ORDER_STOP | 1u << ORDER_BREAK_GLASS | 1u << ORDER_TEST;

	person(&r, t, ANNA, "Anna", ROLE_OPERATOR | ROLE_ADMINISTRATOR, all);
	person(&r, t, BORIS, "Boris", ROLE_OPERATOR | ROLE_ADMINISTRATOR, all);
	person(&r, t, CLARA, "Clara", ROLE_OPERATOR, all);
	person(&r, t, ANNA_TOO, "Anna", ROLE_OPERATOR, all);
	person(&r, t, DORA, "Dora", ROLE_OPERATOR, all);
	key[DORA - 1].zone_count = 1;
	key[DORA - 1].zone[0] = 7;
	person(&r, t, SENSOR, "Gauge 1", ROLE_SENSOR, 1u << ORDER_SENSOR);
	person(&r, t, FARUK, "Faruk", ROLE_OPERATOR, few);
	person(&r, t, GITA, "Gita", ROLE_OPERATOR, 1u << ORDER_TEST);
	person(&r, t, HANNA, "Hanna", ROLE_OPERATOR, all);
	person(&r, t, IVAN, "Ivan", ROLE_OPERATOR | ROLE_ADMINISTRATOR, all);
	roster_write(&t->roster, &r);
}

void
town_new(struct town *t)
{
	*t = (struct town){0};
	patterns_make(t);
	for (uint8_t i = 0; i < KEYS; i++)
		t->key[i] = key_of(i);
	t->hub = key_of(100);
	t->stranger = key_of(101);
	roster_make(t);
}

void
town_free(struct town *t)
{
	patterns_free(t->patterns);
	buffer_free(&t->roster);
}

const struct secret_key *
town_key(const struct town *t, uint16_t number)
{
	return number < KEYS ? &t->key[number] : &t->stranger;
}

struct roster
town_roster(const struct town *t, struct arena *arena)
{
	struct roster r;
	struct fault fault = {""};

	must(roster_read(&r, arena, buffer_bytes(&t->roster), &fault) == ERR_OK,
		fault.text);
	return r;
}

struct buffer
town_document(const struct town *t, const struct roster *r, uint16_t first, uint16_t second)
{
	struct buffer text = {0}, out = {0};
	struct document d = {.approval_count = second ? 2 : 1};
	uint16_t key[2] = {first, second};
	struct hash digest;

	roster_write(&text, r);
	d.text = buffer_bytes(&text);
	digest = document_digest("roster", d.text);
	for (size_t i = 0; i < d.approval_count; i++)
		d.approval[i] = (struct document_approval){
			key[i], signature_make(town_key(t, key[i]),
					bytes_of(digest.at, sizeof digest.at))};
	document_write(&out, &d);
	buffer_free(&text);
	return out;
}

/* ---- orders ---- */

static uint8_t pattern_of(enum order_class class)
{
	switch (class) {
	case ORDER_ALARM:
	case ORDER_BREAK_GLASS:
	case ORDER_SENSOR:
		return ATTACK;
	case ORDER_ALL_CLEAR:
	case ORDER_FALSE_ALARM:
		return CLEAR;
	case ORDER_TEST:
		return PATTERN_SILENT_TEST;
	case ORDER_TAKEOVER:
	case ORDER_STOP:
		return 0;
	}
	return 0;
}

struct order_body
town_body(struct town *t, enum order_class class, int64_t now_ms)
{
	bool zoned = class != ORDER_STOP && class != ORDER_TAKEOVER;

	return (struct order_body){
		.territory = TERRITORY,
		.mode = MODE_LIVE,
		.class = class,
		.join = class == ORDER_ALARM,
		.hazard = 1,
		.pattern = pattern_of(class),
		.seconds = class == ORDER_STOP || class == ORDER_TAKEOVER ? 0 : 12,
		.id = order_id_make(now_ms, ++t->random),
		.not_before_s = (uint32_t)(now_ms / 1000),
		.lifetime_s = 600,
		.roster = 1,
		.content = hash_of(bytes_of_text("what people are told")),
		.zones = {.count = zoned, .number = {ZONE}},
	};
}

void
made_body(struct made *m, struct order_body b)
{
	m->order.body_count = 1;
	m->order.approval_count = 0;
	m->order.body[0] = b;
}

void
made_sign(struct made *m, const struct town *t, uint16_t key)
{
	struct hash digest = order_digest(&m->order);
	int i = m->order.approval_count++;

	m->signature[i] =
		signature_make(town_key(t, key), bytes_of(digest.at, sizeof digest.at));
	m->order.approval[i] =
		(struct approval){key, APPROVAL_ED25519, bytes_of(m->signature[i].at, 64)};
}

struct buffer
made_bytes(const struct made *m)
{
	struct buffer out = {0};

	order_write(&out, &m->order);
	return out;
}

/* ---- the hands of the box ---- */

static bool
key_verifies(struct bytes receipt)
{
	struct secret_key key = key_of(200);

	return receipt_verify(receipt, &key.public);
}

static void
note(struct box *b, const struct siren_wish *w)
{
	struct receipt r;
	struct hash hash = hash_of(w->bytes);

	must(receipt_read(&r, w->bytes) == ERR_OK && r.number == w->number,
		"a receipt that nobody can read");
	must(r.order_bytes.len == 0 || r.order_bytes.at != NULL, "an empty order");
	for (size_t i = 0; i < b->tolds; i++)
		if (b->told[i].receipt.number == r.number) {
			must(hash_equal(&b->told[i].hash, &hash),
				"a receipt's number was used twice");
			return;
		}
	must(b->town->verify != NULL || key_verifies(w->bytes),
		"a receipt with a wrong signature");
	if (b->tolds == b->told_room) {
		b->told_room = b->told_room ? b->told_room * 2 : 64;
		b->told = realloc(b->told, b->told_room * sizeof *b->told);
		must(b->told != NULL, "no memory");
	}
	r.order_bytes.at = NULL; /* only its length is good for longer */
	b->told[b->tolds++] = (struct told){r, b->mono_ms, hash};
}

static void
put_record(struct box *b, uint16_t record, struct bytes bytes)
{
	struct stored *at;

	if (b->records == b->record_room) {
		b->record_room = b->record_room ? b->record_room * 2 : 64;
		b->record = realloc(b->record, b->record_room * sizeof *b->record);
		must(b->record != NULL, "no memory");
	}
	at = &b->record[b->records++];
	*at = (struct stored){.record = record};
	write_bytes(&at->bytes, bytes.at, bytes.len);
}

static void
store(struct box *b, const struct siren_wish *w)
{
	if (b->disk == DISK_GOOD)
		put_record(b, w->record, w->bytes);
	if (w->ticket == 0 || b->disk == DISK_HANGS)
		return;
	must(b->tickets < 8, "too many stores wait");
	b->ticket[b->tickets++] = w->ticket;
	if (b->answer_ms < 0)
		b->answer_ms = b->mono_ms + DISK_MS;
}

static uint16_t
inputs_now(const struct box *b)
{
	bool current = b->foreign || (b->relay && !b->horn_dead);

	return (uint16_t)(b->cabinet | (current ? INPUT_CURRENT : 0));
}

static void
relay(struct box *b, bool on)
{
	if (on && !b->relay) {
		b->closures++;
		b->closed_at_ms = b->mono_ms;
	}
	b->relay = on;
	b->input_ms = b->mono_ms + (on ? b->current_ms : 10);
}

static void
perform(struct box *b)
{
	for (size_t i = 0; i < b->todo.count; i++) {
		const struct siren_wish *w = &b->todo.at[i];

		if (b->saw != NULL)
			b->saw(b, w);
		switch (w->kind) {
		case SIREN_RELAY:
			relay(b, w->on);
			break;
		case SIREN_PLAY:
			must(w->pattern != NULL, "nothing to play");
			b->plays++;
			break;
		case SIREN_QUIET:
			break;
		case SIREN_STORE:
			store(b, w);
			break;
		case SIREN_RECEIPT:
			note(b, w);
			break;
		case SIREN_WANT:
			b->wants++;
			break;
		}
	}
	siren_todo_clear(&b->todo);
}

void
box_step(struct box *b, const struct siren_event *ev)
{
	siren_step(b->siren, b->mono_ms, ev, &b->todo);
	perform(b);
}

static void
start(struct box *b)
{
	struct siren_conf conf = {
		.number = b->number,
		.place = b->place,
		.patterns = b->town->patterns,
		.key = key_of(200),
		.roster = buffer_bytes(&b->town->roster),
		.floor_ms = SUMMER_MS - 86400000,
		.chip_ms = b->no_chip ? 0 : b->wall_ms + b->chip_ms,
		.verify = b->town->verify,
		.verify_ctx = b->town->verify_ctx,
	};
	struct fault fault = {""};

	must(siren_new(&b->siren, &conf, b->mono_ms, &fault) == ERR_OK, fault.text);
	for (size_t i = 0; i < b->records; i++)
		siren_restore(
			b->siren, b->record[i].record, buffer_bytes(&b->record[i].bytes));
	b->tickets = 0;
	b->answer_ms = b->input_ms = -1;
	b->beat_ms = b->mono_ms + 10;
	b->inputs_given = 0xffff;
	siren_start(b->siren, b->mono_ms, &b->todo);
	perform(b);
	b->input_ms = b->mono_ms;
}

void
box_default(struct box *b, struct town *t)
{
	*b = (struct box){.town = t,
		.number = SIREN_NUMBER,
		.place = {.depth = 3,
			.zone = {ZONE, DISTRICT, REGION},
			.group_count = 2,
			.group = {GROUP, GROUP + 1}},
		.mono_ms = 5000,
		.wall_ms = SUMMER_MS,
		.current_ms = 300,
		.cabinet = INPUT_MAINS};
}

void
box_begin(struct box *b)
{
	start(b);
	box_run(b, 20);
}

void
box_new(struct box *b, struct town *t)
{
	box_default(b, t);
	box_begin(b);
}

static void
records_clear(struct box *b)
{
	for (size_t i = 0; i < b->records; i++)
		buffer_free(&b->record[i].bytes);
	b->records = 0;
}

void
box_free(struct box *b)
{
	siren_free(b->siren);
	siren_todo_free(&b->todo);
	records_clear(b);
	free(b->record);
	free(b->told);
}

void
box_heartbeat(struct box *b, const struct secret_key *hub, int64_t time_ms)
{
	struct checkpoint c = {.territory = TERRITORY, .term = 1, .time_ms = time_ms};
	struct siren_event ev = {.kind = SIREN_CHECKPOINT, .heartbeat = {&c, NULL, 0}};
	struct tree empty = {0};

	c.root = tree_root(&empty);
	checkpoint_sign(&c, hub);
	box_step(b, &ev);
}

void
box_entry(struct box *b, const struct secret_key *hub, const char *kind, struct bytes data)
{
	struct entry e = {.data = data, .has_data = true};
	struct siren_event ev = {.kind = SIREN_ENTRY, .entry = &e};
	struct tree empty = {0};

	must(entry_header_make(&e.header, TERRITORY, 1, &empty, kind, b->wall_ms, data) ==
			ERR_OK,
		"entry");
	e.signature = entry_sign(&e.header, hub);
	box_step(b, &ev);
}

static void
disk_answers(struct box *b)
{
	uint64_t ticket[8];
	size_t n = b->tickets;

	memcpy(ticket, b->ticket, sizeof ticket);
	b->tickets = 0;
	b->answer_ms = -1;
	for (size_t i = 0; i < n; i++)
		box_step(b, &(struct siren_event){.kind = SIREN_STORED,
				    .stored = {ticket[i], b->disk == DISK_GOOD}});
}

static void
cabinet_speaks(struct box *b)
{
	uint16_t now = inputs_now(b);

	b->input_ms = -1;
	if (now == b->inputs_given)
		return;
	b->inputs_given = now;
	box_step(b, &(struct siren_event){.kind = SIREN_INPUTS, .inputs = {now, 12600}});
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return b >= 0 && b < a ? b : a;
}

void
box_run(struct box *b, int64_t ms)
{
	int64_t end = b->mono_ms + ms, next;

	for (;;) {
		int64_t wish = siren_next_ms(b->siren);

		next = sooner(end, b->hub_down ? -1 : b->beat_ms);
		next = sooner(sooner(next, b->answer_ms), b->input_ms);
		next = wish < next ? wish : next;
		if (next > b->mono_ms) {
			b->wall_ms += next - b->mono_ms;
			b->mono_ms = next;
		}
		if (b->answer_ms >= 0 && b->answer_ms <= b->mono_ms)
			disk_answers(b);
		else if (b->input_ms >= 0 && b->input_ms <= b->mono_ms)
			cabinet_speaks(b);
		else if (!b->hub_down && b->beat_ms <= b->mono_ms) {
			b->beat_ms = b->mono_ms + BEAT_MS;
			box_heartbeat(b, &b->town->hub, b->wall_ms);
		} else if (wish <= b->mono_ms) {
			box_step(b, &(struct siren_event){.kind = SIREN_TICK});
			must(siren_next_ms(b->siren) > b->mono_ms ||
					siren_next_ms(b->siren) != wish,
				"the siren wants the same tick again");
		} else
			break;
	}
}

void
box_give(struct box *b, struct bytes order)
{
	box_step(b, &(struct siren_event){.kind = SIREN_ORDER, .order = {order, true}});
}

struct order_body
box_body(struct box *b, enum order_class class)
{
	return town_body(b->town, class, b->wall_ms);
}

uint64_t
box_order(struct box *b, struct order_body body, uint16_t first, uint16_t second)
{
	struct made m;
	struct buffer bytes;

	made_body(&m, body);
	made_sign(&m, b->town, first);
	if (second != 0)
		made_sign(&m, b->town, second);
	bytes = made_bytes(&m);
	box_give(b, buffer_bytes(&bytes));
	buffer_free(&bytes);
	return body.id;
}

uint64_t
box_alarm(struct box *b)
{
	return box_order(b, box_body(b, ORDER_ALARM), ANNA, BORIS);
}

uint64_t
box_end(struct box *b, enum order_class class, uint64_t id, uint16_t first, uint16_t second)
{
	struct order_body body = box_body(b, class);

	body.end_count = 1;
	body.ends[0] = id;
	return box_order(b, body, first, second);
}

void
box_restart(struct box *b, int64_t down_ms)
{
	siren_free(b->siren);
	b->relay = false;
	b->wall_ms += down_ms;
	b->mono_ms = 1000; /* another boot, another monotonic clock */
	start(b);
}

void
box_compact(struct box *b)
{
	siren_snapshot(b->siren, &b->todo);
	records_clear(b);
	perform(b);
}

struct siren_view
box_view(const struct box *b)
{
	return siren_view(b->siren, b->mono_ms);
}

unsigned
box_told(const struct box *b, enum receipt_event event, uint64_t order)
{
	unsigned n = 0;

	for (size_t i = 0; i < b->tolds; i++)
		n += b->told[i].receipt.event == event &&
		     (order == 0 || b->told[i].receipt.order == order);
	return n;
}

unsigned
box_refused(const struct box *b, enum verdict v)
{
	return box_view(b).refused[v];
}

const struct told *
box_last(const struct box *b, enum receipt_event event)
{
	for (size_t i = b->tolds; i-- > 0;)
		if (b->told[i].receipt.event == event)
			return &b->told[i];
	return NULL;
}
