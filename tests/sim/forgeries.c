/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * forgeries.c: 100,000 bad orders, each made from a valid one by one change, against one box.
 *
 * Every batch of bad orders ends with the valid ones that they were made from: those must sound,
 * so the box stood where the unchanged order sounds. Then the hub itself is stolen.
 *
 *     forgeries [seed [runs of the stolen hub]]
 */
#include "town/town.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EACH = 7200, BATCH = 24 };

static uint64_t seed;

static uint32_t
dice(uint32_t sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 11) % sides);
}

/* ---- valid orders ---- */

/* An order that sounds here, and who signs it. */
struct valid {
	struct made made;
	uint16_t key[2];
	int keys;
};

static uint16_t
operator_but(uint16_t not_this)
{
	static const uint16_t operators[] = {ANNA, BORIS, CLARA, IVAN};
	uint16_t key;

	do
		key = operators[dice(4)];
	while (key == not_this);
	return key;
}

static void
sign(struct valid *v, const struct town *t)
{
	v->made.order.approval_count = 0;
	for (int i = 0; i < v->keys; i++)
		made_sign(&v->made, t, v->key[i]);
}

/* Where the box is: its zone, among others or not, a parent, or a group. */
static struct order_zones
zones_here(void)
{
	struct order_zones z = {.count = 1, .number = {ZONE}};
	static const uint16_t parent[] = {DISTRICT, REGION};
	int n = (int)dice(4);

	if (n == 1)
		z.number[0] = parent[dice(2)];
	if (n == 2)
		z = (struct order_zones){.group = true, .count = 1, .number = {GROUP}};
	for (; n == 3 && z.count < 2 + dice(15) && z.count < ORDER_ZONES; z.count++)
		z.number[z.count] = (uint16_t)(z.number[z.count - 1] + 1 + dice(20));
	return z;
}

static struct order_zones
zones_elsewhere(void)
{
	struct order_zones z = {.count = 1, .number = {(uint16_t)(600 + dice(60000))}};

	if (dice(4) == 0)
		z = (struct order_zones){.group = true, .count = 1, .number = {ZONE}};
	return z;
}

static void
make_alarm(struct valid *v, struct box *b)
{
	struct order_body body = box_body(b, ORDER_ALARM);
	struct order *o = &v->made.order;

	body.hazard = (uint8_t)(1 + dice(250));
	body.pattern = dice(3) ? ATTACK : FIRE;
	body.seconds = (uint16_t)(2 + dice(30));
	body.lifetime_s = (uint16_t)(60 + dice(40000));
	body.join = false;
	for (size_t i = 0; i < sizeof body.content.at; i++)
		body.content.at[i] = (uint8_t)dice(256);
	body.zones = zones_here();
	if (dice(4) == 0) {
		body.end_count = 1;
		body.ends[0] = order_id_make(b->wall_ms - 1000 - dice(100000), 1);
	}
	made_body(&v->made, body);
	for (; dice(3) == 0 && o->body_count < 5; o->body_count++) {
		o->body[o->body_count] = o->body[0];
		o->body[o->body_count].zones = zones_elsewhere();
	}
	v->keys = 2;
	v->key[0] = operator_but(0);
	v->key[1] = operator_but(v->key[0]);
	sign(v, b->town);
}

static void
make_single(struct valid *v, struct box *b)
{
	bool sensor = dice(2);
	struct order_body body = box_body(b, sensor ? ORDER_SENSOR : ORDER_BREAK_GLASS);

	body.hazard = (uint8_t)(1 + dice(90));
	body.pattern = dice(2) ? ATTACK : FIRE;
	body.seconds = (uint16_t)(1 + dice(30));
	body.lifetime_s = (uint16_t)(60 + dice(1700));
	made_body(&v->made, body);
	v->keys = 1;
	v->key[0] = sensor ? SENSOR : FARUK;
	sign(v, b->town);
}

static void
give(struct box *b, const struct valid *v)
{
	struct buffer bytes = made_bytes(&v->made);

	box_give(b, buffer_bytes(&bytes));
	buffer_free(&bytes);
}

/* ---- one change each ---- */

static struct order_body *
body_here(struct valid *v)
{
	return &v->made.order.body[0];
}

static void
all_bodies(struct valid *v, void (*change)(struct order_body *, uint32_t), uint32_t by)
{
	for (int i = 0; i < v->made.order.body_count; i++)
		change(&v->made.order.body[i], by);
}

static void
forge(struct box *b, struct valid *v)
{
	struct signature *s = &v->made.signature[dice((uint32_t)v->keys)];
	struct approval *a = &v->made.order.approval[dice((uint32_t)v->keys)];
	struct hash digest = order_digest(&v->made.order);

	switch (dice(3)) {
	case 0: /* a stranger's key under an operator's number */
		*s = signature_make(
			&b->town->stranger, bytes_of(digest.at, sizeof digest.at));
		break;
	case 1: /* a stranger's number */
		a->key = (uint16_t)(KEYS + dice(60000));
		break;
	default: /* noise */
		for (int i = 0; i < 64; i++)
			s->at[i] = (uint8_t)dice(256);
	}
	give(b, v);
}

static void
flip(struct box *b, struct valid *v)
{
	struct buffer bytes = made_bytes(&v->made);

	bytes.at[dice((uint32_t)bytes.len)] ^= (uint8_t)(1 << dice(8));
	box_give(b, buffer_bytes(&bytes));
	buffer_free(&bytes);
}

static void
move_back(struct order_body *body, uint32_t s)
{
	body->not_before_s -= s;
	body->id -= (uint64_t)s * 1000 << 16;
}

static void
expire(struct box *b, struct valid *v)
{
	all_bodies(v, move_back, body_here(v)->lifetime_s + 1 + dice(43200));
	sign(v, b->town);
	give(b, v);
}

static void
move_ahead(struct order_body *body, uint32_t s)
{
	body->not_before_s += s;
}

static void
hurry(struct box *b, struct valid *v)
{
	all_bodies(v, move_ahead, 122 + dice(86000));
	sign(v, b->town);
	give(b, v);
}

static void
elsewhere(struct box *b, struct valid *v)
{
	body_here(v)->zones = zones_elsewhere();
	sign(v, b->town);
	give(b, v);
}

static void
set_mode(struct order_body *body, uint32_t mode)
{
	body->mode = mode;
}

static void
exercise(struct box *b, struct valid *v)
{
	all_bodies(v, set_mode, MODE_EXERCISE);
	sign(v, b->town);
	give(b, v);
}

static void
single(struct box *b, struct valid *v)
{
	v->keys = 1;
	v->key[0] = v->key[dice(2)];
	sign(v, b->town);
	give(b, v);
}

static void
twice(struct box *b, struct valid *v)
{
	if (v->key[0] == ANNA && dice(2))
		v->key[1] = ANNA_TOO;
	else
		v->key[1] = v->key[0];
	sign(v, b->town);
	give(b, v);
}

static void
revoked(struct box *b, struct valid *v)
{
	v->key[dice(2)] = HANNA; /* she was revoked when the box was made */
	sign(v, b->town);
	give(b, v);
}

static void
exceed(struct box *b, struct valid *v)
{
	struct order_body *body = body_here(v);

	switch (dice(7)) {
	case 0:
		body->seconds = (uint16_t)(31 + dice(60000));
		break;
	case 1:
		body->pattern = RARE;
		break;
	case 2:
		body->zones.number[0] = dice(2) ? DISTRICT : REGION;
		break;
	case 3:
		body->lifetime_s = (uint16_t)(1801 + dice(60000));
		break;
	case 4:
		body->hazard = (uint8_t)(HAZARD_EVACUATION + dice(100));
		break;
	case 5:
		body->seconds = 0;
		break;
	default: /* an operator without a mandate */
		body->class = ORDER_BREAK_GLASS;
		v->key[0] = operator_but(0);
	}
	sign(v, b->town);
	give(b, v);
}

/* The approvals of a true order, on one with another time. */
static void
redate(struct box *b, struct valid *v)
{
	uint32_t s = 1 + dice(50);

	switch (dice(4)) {
	case 0:
		all_bodies(v, move_ahead, s);
		break;
	case 1:
		all_bodies(v, move_back, s);
		break;
	case 2:
		for (int i = 0; i < v->made.order.body_count; i++)
			v->made.order.body[i].lifetime_s += (uint16_t)s;
		break;
	default:
		for (int i = 0; i < v->made.order.body_count; i++)
			v->made.order.body[i].id += s;
	}
	give(b, v);
}

/* The approvals of a true order, on one that says something else. */
static void
swap(struct box *b, struct valid *v)
{
	struct order *o = &v->made.order;
	struct order_body *body = body_here(v);
	struct hash other = hash_of(bytes_of(&seed, sizeof seed));

	switch (dice(6)) {
	case 0:
		body->pattern = body->pattern == ATTACK ? FIRE : ATTACK;
		break;
	case 1:
		body->seconds++;
		break;
	case 2:
		body->zones = (struct order_zones){
			.count = 2, .number = {ZONE, (uint16_t)(ZONE + 1 + dice(500))}};
		break;
	case 3:
		body->end_count = 1;
		body->ends[0] = 4711 + dice(1000);
		break;
	case 4:
		o->body[o->body_count] = o->body[0];
		o->body_count++;
		break;
	default:
		for (int i = 0; i < o->body_count; i++)
			o->body[i].content = other;
	}
	give(b, v);
}

/* A thief of the hub chose the order's digest as the challenge of a sign-in. */
static void
sign_in(struct box *b, struct valid *v)
{
	int i = (int)dice(2);
	struct hash digest = order_digest(&v->made.order);
	struct bytes challenge = bytes_of(digest.at, sizeof digest.at);
	struct hash said = hash_tagged("belfry-sign-in-1", challenge);
	static uint8_t assertion[300];

	v->made.signature[i] = signature_make(
		town_key(b->town, v->key[i]), bytes_of(said.at, sizeof said.at));
	if (dice(2)) { /* as a passkey's, with the signature at its end */
		memcpy(assertion, "{\"type\":\"webauthn.get\"}", 23);
		memcpy(assertion + sizeof assertion - 64, v->made.signature[i].at, 64);
		v->made.order.approval[i].algorithm = APPROVAL_WEBAUTHN_ES256;
		v->made.order.approval[i].signature = bytes_of(assertion, sizeof assertion);
	}
	give(b, v);
}

static void
no_right(struct box *b, struct valid *v)
{
	static const uint16_t key[] = {GITA, DORA, SENSOR, FARUK};

	v->key[dice(2)] = key[dice(4)];
	sign(v, b->town);
	give(b, v);
}

static void
false_pattern(struct box *b, struct valid *v)
{
	static const uint8_t pattern[] = {CLEAR, PATTERN_GROWL, PATTERN_SILENT_TEST, 200};

	body_here(v)->pattern = pattern[dice(4)];
	sign(v, b->town);
	give(b, v);
}

struct class
{
	const char *name;
	void (*bad)(struct box *b, struct valid *v);
	void (*make)(struct valid *v, struct box *b);
	unsigned want;
	unsigned count, wrong;
	unsigned refused[VERDICT_COUNT];
};

static struct class classes[] = {
	{"forged", forge, make_alarm, EACH, 0, 0, {0}},
	{"bit-flipped", flip, make_alarm, EACH, 0, 0, {0}},
	{"expired", expire, make_alarm, EACH, 0, 0, {0}},
	{"early", hurry, make_alarm, EACH, 0, 0, {0}},
	{"wrong zone", elsewhere, make_alarm, EACH, 0, 0, {0}},
	{"exercise mode", exercise, make_alarm, EACH, 0, 0, {0}},
	{"single signer", single, make_alarm, EACH, 0, 0, {0}},
	{"same signer twice", twice, make_alarm, EACH, 0, 0, {0}},
	{"revoked key", revoked, make_alarm, EACH, 0, 0, {0}},
	{"mandate exceeded", exceed, make_single, EACH, 0, 0, {0}},
	{"re-dated approvals", redate, make_alarm, EACH, 0, 0, {0}},
	{"swapped content", swap, make_alarm, EACH, 0, 0, {0}},
	{"sign-in as approval", sign_in, make_alarm, EACH, 0, 0, {0}},
	{"no right to it", no_right, make_alarm, 2000, 0, 0, {0}},
	{"pattern of another class", false_pattern, make_alarm, 2000, 0, 0, {0}},
};
enum { CLASSES = sizeof classes / sizeof *classes };
static struct class replayed = {"replayed", NULL, NULL, EACH, 0, 0, {0}};
static struct class limits = {"beyond a rate or a stop", NULL, NULL, 500, 0, 0, {0}};

static unsigned sounded, controls, silent_controls;

/* ---- batches ---- */

static void
revoke_hanna(struct box *b)
{
	struct revocation v = {.territory = TERRITORY, .key = HANNA, .approval_count = 1};
	struct hash digest = revocation_digest(&v);
	struct buffer bytes = {0};

	v.approval[0] = (struct document_approval){
		HANNA, signature_make(town_key(b->town, HANNA),
			       bytes_of(digest.at, sizeof digest.at))};
	revocation_write(&bytes, &v);
	box_entry(b, &b->town->hub, "revocation", buffer_bytes(&bytes));
	buffer_free(&bytes);
}

/* Which reason was counted since? */
static void
note(struct class *c, const struct box *b, const struct siren_view *before)
{
	struct siren_view now = box_view(b);
	unsigned reasons = 0;

	for (int i = 0; i < VERDICT_COUNT; i++) {
		c->refused[i] += now.refused[i] - before->refused[i];
		reasons += now.refused[i] - before->refused[i];
	}
	c->count++;
	if (now.sounded != before->sounded || b->relay || reasons != 1) {
		printf("%s: order %u sounded or was not refused once\n", c->name, c->count);
		c->wrong++;
	}
}

static void
control(struct box *b, const struct valid *v)
{
	unsigned before = b->closures;

	give(b, v);
	box_run(b, 400);
	controls++;
	silent_controls += b->closures == before;
}

/* Bad orders of one class at a fresh box, then the last valid one that one of them was made from. */
static void
batch(struct town *t, struct class *c)
{
	struct box b;
	struct valid v, bad;

	box_new(&b, t);
	revoke_hanna(&b);
	for (int i = 0; i < BATCH && c->count < c->want; i++) {
		struct siren_view before;

		c->make(&v, &b);
		bad = v;
		for (int k = 0; k < ORDER_APPROVALS; k++)
			bad.made.order.approval[k].signature =
				bytes_of(bad.made.signature[k].at, 64);
		before = box_view(&b);
		c->bad(&b, &bad);
		box_run(&b, 300); /* longer than the disk could hold it up */
		note(c, &b, &before);
	}
	control(&b, &v);
	box_free(&b);
}

/* The very same order again: at once, later, after a restart; and one of another territory. */
static void
batch_replayed(struct town *t)
{
	struct class *c = &replayed;
	struct siren_view before;
	struct valid v, other;
	struct box b;

	box_new(&b, t);
	make_alarm(&v, &b);
	control(&b, &v);
	box_run(&b, 40000);
	for (int i = 0; i < BATCH && c->count < c->want; i++) {
		if (dice(6) == 0) {
			box_restart(&b, (int64_t)dice(100000));
			box_run(&b, 400);
		}
		box_run(&b, (int64_t)dice(dice(5) ? 2000 : 4000000));
		before = box_view(&b);
		if (dice(4)) {
			give(&b, &v);
		} else {
			make_alarm(&other, &b);
			for (int k = 0; k < other.made.order.body_count; k++)
				other.made.order.body[k].territory ^= 1u << dice(32);
			other.made.order.body_count = 1;
			sign(&other, t);
			give(&b, &other);
		}
		box_run(&b, 300);
		note(c, &b, &before);
	}
	box_free(&b);
}

static void
suspend_glass(struct box *b)
{
	struct suspension s = {.territory = TERRITORY,
		.mandate = 2,
		.key = CLARA,
		.time_s = (uint32_t)(b->wall_ms / 1000)};
	struct hash digest = suspension_digest(&s);
	struct buffer bytes = {0};

	s.signature = signature_make(
		town_key(b->town, CLARA), bytes_of(digest.at, sizeof digest.at));
	suspension_write(&bytes, &s);
	box_entry(b, &b->town->hub, "mandate", buffer_bytes(&bytes));
	buffer_free(&bytes);
}

/* Reasons that need a history: stops, rates, a living alarm, a clock that is unsure. */
static void
batch_limits(struct town *t)
{
	struct class *c = &limits;
	struct siren_view before;
	struct order_body body;
	struct box b;
	uint64_t id;

	box_new(&b, t);
	for (int i = 0; i < 3; i++) {
		body = box_body(&b, ORDER_ALARM);
		id = box_end(&b, ORDER_STOP, body.id, CLARA, 0);
		before = box_view(&b);
		box_order(&b, body, ANNA, BORIS); /* stopped before it came */
		box_run(&b, 300);
		note(c, &b, &before);
	}
	before = box_view(&b);
	box_end(&b, ORDER_STOP, id, CLARA, 0);
	note(c, &b, &before);
	id = box_alarm(&b);
	box_run(&b, 20000);
	before = box_view(&b);
	box_end(&b, ORDER_ALL_CLEAR, id - 1, ANNA, BORIS);
	box_run(&b, 300);
	note(c, &b, &before);
	for (int i = 0; i < 3; i++) {
		box_order(&b, box_body(&b, ORDER_SENSOR), SENSOR, 0);
		box_run(&b, 20000);
	}
	before = box_view(&b);
	box_order(&b, box_body(&b, ORDER_SENSOR), SENSOR, 0);
	note(c, &b, &before);
	b.hub_down = true;
	box_restart(&b, 1000);
	box_run(&b, 300);
	before = box_view(&b);
	box_order(&b, box_body(&b, ORDER_TEST), GITA, 0);
	note(c, &b, &before);
	before = box_view(&b);
	box_order(&b, box_body(&b, ORDER_SENSOR), SENSOR, 0);
	note(c, &b, &before);
	suspend_glass(&b);
	before = box_view(&b);
	box_order(&b, box_body(&b, ORDER_BREAK_GLASS), FARUK, 0);
	note(c, &b, &before);
	box_free(&b);
}

/* ---- the table ---- */

static unsigned totals[VERDICT_COUNT];

static unsigned
tell(const struct class *c)
{
	printf("%-26s %7u  %u sounded ", c->name, c->count, c->wrong);
	sounded += c->wrong;
	for (int i = 0; i < VERDICT_COUNT; i++) {
		totals[i] += c->refused[i];
		if (c->refused[i] > 0)
			printf(" %s %u", verdict_name((enum verdict)i), c->refused[i]);
	}
	printf("\n");
	return c->count;
}

#include "stolen_hub.h"

int
main(int argc, char **argv)
{
	struct town t;
	unsigned all = 0, missing = 0;
	clock_t began = clock();
	bool clean;

	seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20261122;
	town_new(&t);
	for (int i = 0; i < CLASSES; i++)
		while (classes[i].count < classes[i].want)
			batch(&t, &classes[i]);
	while (replayed.count < replayed.want)
		batch_replayed(&t);
	while (limits.count < limits.want)
		batch_limits(&t);
	for (int i = 0; i < CLASSES; i++)
		all += tell(&classes[i]);
	all += tell(&replayed) + tell(&limits);
	printf("reasons:");
	for (int i = VERDICT_FORMAT; i < VERDICT_COUNT; i++) {
		printf(" %s %u", verdict_name((enum verdict)i), totals[i]);
		missing += totals[i] == 0;
	}
	clean = stolen_hub(&t, argc > 2 ? (unsigned)atoi(argv[2]) : 200);
	printf("\n%u bad orders, %u sounded; %u valid ones, %u silent; %u reasons never "
	       "seen; "
	       "%.1f s\n",
		all, sounded, controls, silent_controls, missing,
		(double)(clock() - began) / CLOCKS_PER_SEC);
	town_free(&t);
	return sounded || silent_controls || missing || !clean;
}
