/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one key alone may do; revocations, rosters, takeovers and the chain. */
#include "bulletin/takeover.h"
#include "world.h"

/* ---- one key alone ---- */

static void
a_mandate_holds_its_sensor_to_its_limits(void **state)
{
	struct box *b = box_of(state);
	struct order_body body;

	body = box_body(b, ORDER_SENSOR);
	body.seconds = 31;
	box_order(b, body, SENSOR, 0);
	body = box_body(b, ORDER_SENSOR);
	body.seconds = 0; /* as long as the pattern: not what the mandate says */
	box_order(b, body, SENSOR, 0);
	body = box_body(b, ORDER_SENSOR);
	body.pattern = RARE;
	box_order(b, body, SENSOR, 0);
	body = box_body(b, ORDER_SENSOR);
	body.zones.number[0] = DISTRICT;
	box_order(b, body, SENSOR, 0);
	body = box_body(b, ORDER_SENSOR);
	body.lifetime_s = 1801;
	box_order(b, body, SENSOR, 0);
	body = box_body(b, ORDER_SENSOR);
	body.hazard = HAZARD_CBRN;
	box_order(b, body, SENSOR, 0);
	body = box_body(b, ORDER_SENSOR);
	body.hazard = HAZARD_EVACUATION;
	box_order(b, body, SENSOR, 0);
	box_order(b, box_body(b, ORDER_BREAK_GLASS), ANNA, 0); /* has none */
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 8);
	for (int i = 0; i < 3; i++)
		box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 9);
	box_run(b, 60000);
	assert_int_equal(b->closures, 2);
	box_restart(b, 1000);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 1);
	box_run(b, 3600000);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	box_run(b, 86400000);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 2);
}

static void
suspend(struct box *b, uint16_t mandate, uint16_t key, int64_t time_ms)
{
	struct suspension s = {.territory = TERRITORY,
		.mandate = mandate,
		.key = key,
		.time_s = (uint32_t)(time_ms / 1000)};
	struct hash digest = suspension_digest(&s);
	struct buffer bytes = {0};

	s.signature = signature_make(
		town_key(b->town, key), bytes_of(digest.at, sizeof digest.at));
	suspension_write(&bytes, &s);
	box_entry(b, &b->town->hub, "mandate", buffer_bytes(&bytes));
	buffer_free(&bytes);
}

static void
any_operator_suspends_a_mandate_for_an_hour(void **state)
{
	struct box *b = box_of(state);

	/* Mandates that do not exist, and hours that have not come, take no room. */
	for (uint16_t i = 10; i < 200; i++)
		suspend(b, i, CLARA, b->wall_ms);
	suspend(b, 1, CLARA, b->wall_ms + 86400000);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_SUSPENDED), 0);
	suspend(b, 1, SENSOR, b->wall_ms); /* a sensor is no operator */
	suspend(b, 1, STRANGER, b->wall_ms);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_SUSPENDED), 0);
	suspend(b, 1, CLARA, b->wall_ms);
	suspend(b, 2, CLARA, b->wall_ms);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	box_order(b, box_body(b, ORDER_BREAK_GLASS), FARUK, 0);
	assert_int_equal(box_refused(b, VERDICT_SUSPENDED), 2);
	box_compact(b);
	box_restart(b, 1000);
	box_run(b, 100);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_SUSPENDED), 1);
	box_run(b, 3600000);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	assert_int_equal(box_refused(b, VERDICT_SUSPENDED), 1);
}

static void
a_mandate_ends_nothing_that_two_operators_ordered(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);
	struct made m;
	struct buffer bytes;

	box_run(b, 2000);
	made_body(&m, box_body(b, ORDER_SENSOR));
	m.order.body_count = 2;
	m.order.body[1] = m.order.body[0];
	m.order.body[1].class = ORDER_ALL_CLEAR;
	m.order.body[1].pattern = 0;
	m.order.body[1].end_count = 1;
	m.order.body[1].ends[0] = id;
	made_sign(&m, b->town, SENSOR);
	bytes = made_bytes(&m);
	box_give(b, buffer_bytes(&bytes));
	buffer_free(&bytes);
	assert_int_equal(box_refused(b, VERDICT_FORMAT), 1);
	assert_true(siren_lives(b->siren, id, b->mono_ms));
}

static void
tests_cannot_grow(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_TEST);
	int64_t since;

	body.pattern = PATTERN_GROWL;
	body.seconds = 60000;
	box_order(b, body, GITA, 0);
	box_run(b, 100);
	assert_true(b->relay);
	since = b->closed_at_ms;
	while (b->relay)
		box_run(b, 10);
	assert_true(b->mono_ms - since <= 5000);
	box_restart(b, 1000); /* once a day, restart or not */
	box_run(b, 100);
	body = box_body(b, ORDER_TEST);
	body.pattern = PATTERN_GROWL;
	box_order(b, body, GITA, 0);
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 1);
	body = box_body(b, ORDER_TEST);
	body.pattern = ATTACK;
	box_order(b, body, GITA, 0);
	body = box_body(b, ORDER_TEST);
	body.pattern = 0;
	box_order(b, body, GITA, 0);
	body = box_body(b, ORDER_ALARM);
	body.pattern = PATTERN_GROWL;
	box_order(b, body, ANNA, BORIS);
	assert_int_equal(box_refused(b, VERDICT_PATTERN), 3);
	box_run(b, 10000);
	assert_int_equal(b->closures, 1);
	box_run(b, 86400000);
	body = box_body(b, ORDER_TEST);
	body.pattern = PATTERN_GROWL;
	box_order(b, body, GITA, 0);
	box_run(b, 10000);
	assert_int_equal(b->closures, 2);
}

static void
an_alarm_never_sounds_the_all_clear_nor_an_all_clear_the_alarm(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);
	uint64_t id = box_alarm(b);

	body.pattern = CLEAR;
	box_order(b, body, ANNA, BORIS);
	body = box_body(b, ORDER_ALL_CLEAR);
	body.pattern = ATTACK;
	body.end_count = 1;
	body.ends[0] = id;
	box_order(b, body, ANNA, BORIS);
	body = box_body(b, ORDER_ALARM);
	body.pattern = 99; /* there is none */
	box_order(b, body, ANNA, BORIS);
	assert_int_equal(box_refused(b, VERDICT_PATTERN), 3);
}

static void
a_silent_test_is_silent_and_waits_for_nobodys_alarm(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_order(b, box_body(b, ORDER_TEST), GITA, 0), alarm;

	box_run(b, 1000);
	assert_int_equal(b->plays, 1);
	alarm = box_alarm(b); /* at once, not after the test */
	box_run(b, 300);
	assert_int_equal(box_view(b).sounding, alarm);
	assert_int_equal(b->closures, 1);
	assert_int_equal(box_told(b, RECEIPT_ENDED, id), 1);
	box_order(b, box_body(b, ORDER_TEST), GITA, 0);
	assert_int_equal(box_refused(b, VERDICT_ALARM_LIVE), 1);
	box_run(b, 5000);
	assert_int_equal(box_view(b).sounding, alarm);
}

static void
tests_do_not_fill_the_memory(void **state)
{
	struct box *b = box_of(state);

	for (int i = 0; i < 200; i++) {
		box_order(b, box_body(b, ORDER_TEST), GITA, 0);
		box_run(b, 3000);
	}
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 200 - SIREN_TESTS);
}

/* ---- keys and rosters ---- */

static void
revoke(struct box *b, uint16_t key, uint16_t first, uint16_t second)
{
	struct revocation v = {.territory = TERRITORY,
		.key = key,
		.time_s = (uint32_t)(b->wall_ms / 1000),
		.approval_count = second ? 2 : 1};
	uint16_t by[2] = {first, second};
	struct hash digest = revocation_digest(&v);
	struct buffer bytes = {0};

	for (int i = 0; i < v.approval_count; i++)
		v.approval[i] = (struct document_approval){
			by[i], signature_make(town_key(b->town, by[i]),
				       bytes_of(digest.at, sizeof digest.at))};
	revocation_write(&bytes, &v);
	box_entry(b, &b->town->hub, "revocation", buffer_bytes(&bytes));
	buffer_free(&bytes);
}

static void
a_revoked_key_orders_nothing_more_not_even_after_a_restart(void **state)
{
	struct box *b = box_of(state);

	revoke(b, HANNA, CLARA, BORIS); /* Clara is no administrator */
	revoke(b, HANNA, ANNA, 0);
	revoke(b, HANNA, ANNA, ANNA);
	box_order(b, box_body(b, ORDER_ALARM), HANNA, CLARA);
	box_run(b, 1000);
	assert_int_equal(b->closures, 1);
	revoke(b, HANNA, ANNA, BORIS);
	revoke(b, CLARA, CLARA, 0); /* she herself */
	box_order(b, box_body(b, ORDER_ALARM), HANNA, IVAN);
	box_order(b, box_body(b, ORDER_ALARM), IVAN, CLARA);
	assert_int_equal(box_refused(b, VERDICT_KEY_REVOKED), 2);
	box_compact(b);
	box_restart(b, 60000);
	box_order(b, box_body(b, ORDER_ALARM), IVAN, CLARA);
	assert_int_equal(box_refused(b, VERDICT_KEY_REVOKED), 1);
}

static void
next_roster(struct box *b, struct roster *r, uint16_t first, uint16_t second)
{
	struct buffer data = town_document(b->town, r, first, second);

	box_entry(b, &b->town->hub, "roster", buffer_bytes(&data));
	buffer_free(&data);
}

static void
two_administrators_change_the_roster_and_it_stays_changed(void **state)
{
	struct box *b = box_of(state);
	struct arena *arena;
	struct roster r;

	assert_int_equal(arena_new(&arena), ERR_OK);
	r = town_roster(b->town, arena);
	r.previous = r.hash;
	r.serial = 2;
	r.key_count--; /* Ivan goes */
	next_roster(b, &r, ANNA, CLARA);
	next_roster(b, &r, ANNA, ANNA);
	assert_int_equal(box_view(b).roster, 1);
	next_roster(b, &r, ANNA, BORIS);
	assert_int_equal(box_view(b).roster, 2);
	next_roster(b, &r, ANNA, BORIS); /* again: it does not follow itself */
	box_order(b, box_body(b, ORDER_ALARM), IVAN, ANNA);
	assert_int_equal(box_refused(b, VERDICT_KEY_UNKNOWN), 1);
	box_compact(b);
	box_restart(b, 1000);
	assert_int_equal(box_view(b).roster, 2);
	box_order(b, box_body(b, ORDER_ALARM), IVAN, ANNA);
	assert_int_equal(box_refused(b, VERDICT_KEY_UNKNOWN), 1);
	arena_free(arena);
}

static void
a_key_is_revoked_before_the_roster_that_brings_it(void **state)
{
	struct box *b = box_of(state);
	struct arena *arena;
	struct roster r;
	struct roster_key key[KEYS + 1];

	assert_int_equal(arena_new(&arena), ERR_OK);
	r = town_roster(b->town, arena);
	for (int i = 0; i < r.key_count; i++)
		key[i] = r.key[i];
	key[r.key_count] = key[r.key_count - 1];
	key[r.key_count].number = STRANGER;
	key[r.key_count].key = b->town->stranger.public;
	r.key = key;
	r.key_count++;
	r.previous = r.hash;
	r.serial = 2;
	revoke(b, STRANGER, STRANGER, 0); /* nobody knows the key yet */
	revoke(b, STRANGER, ANNA, BORIS);
	next_roster(b, &r, ANNA, BORIS);
	assert_int_equal(box_view(b).roster, 2);
	box_order(b, box_body(b, ORDER_ALARM), STRANGER, ANNA);
	assert_int_equal(box_refused(b, VERDICT_KEY_REVOKED), 1);
	arena_free(arena);
}

static void
a_hub_that_left_the_roster_moves_no_clock(void **state)
{
	struct box *b = box_of(state);
	struct arena *arena;
	struct roster r;
	int64_t before;

	assert_int_equal(arena_new(&arena), ERR_OK);
	r = town_roster(b->town, arena);
	r.previous = r.hash;
	r.serial = 2;
	r.hub[0] = (struct roster_hub){
		.term = 1, .name = "other", .key = b->town->stranger.public};
	next_roster(b, &r, ANNA, BORIS);
	b->hub_down = true;
	box_run(b, 60000);
	before = box_view(b).now_ms - b->wall_ms;
	box_heartbeat(b, &b->town->hub, b->wall_ms + 30000);
	assert_int_equal(box_view(b).now_ms - b->wall_ms, before);
	box_heartbeat(b, &b->town->stranger, b->wall_ms + 30000);
	assert_true(box_view(b).now_ms - b->wall_ms > before);
	arena_free(arena);
}

static void
a_takeover_is_remembered(void **state)
{
	struct box *b = box_of(state);
	struct arena *arena;
	struct roster r;
	struct roster_hub hub[2];
	struct takeover t = {.term = 2, .last_number = 0};
	struct made m;
	struct buffer data = {0};
	struct checkpoint c = {.territory = TERRITORY, .term = 2};
	struct tree empty = {0};
	struct siren_event ev = {.kind = SIREN_CHECKPOINT, .heartbeat = {&c, NULL, 0}};

	assert_int_equal(arena_new(&arena), ERR_OK);
	r = town_roster(b->town, arena);
	hub[0] = r.hub[0];
	hub[1] = (struct roster_hub){
		.term = 2, .name = "standby", .key = b->town->stranger.public};
	r.hub = hub;
	r.hub_count = 2;
	r.previous = r.hash;
	r.serial = 2;
	next_roster(b, &r, ANNA, BORIS);
	for (int signers = 1; signers <= 2; signers++) {
		made_body(&m, box_body(b, ORDER_TAKEOVER));
		m.order.body[0].content = takeover_content(&t);
		made_sign(&m, b->town, ANNA);
		if (signers == 2)
			made_sign(&m, b->town, BORIS);
		buffer_clear(&data);
		takeover_write(&data, &t, &m.order);
		box_entry(b, &b->town->hub, "takeover", buffer_bytes(&data));
	}
	buffer_free(&data);
	b->hub_down = true;
	box_compact(b);
	box_restart(b, 1000);
	c.root = tree_root(&empty);
	c.time_ms = b->wall_ms;
	checkpoint_sign(&c, &b->town->stranger);
	box_step(b, &ev);
	assert_true(box_view(b).clock_sure);
	box_heartbeat(
		b, &b->town->hub, b->wall_ms + 20000); /* the old one counts no more */
	assert_in_range(box_view(b).now_ms - b->wall_ms + 100, 0, 200);
	arena_free(arena);
}

static void
a_key_for_other_zones_orders_nothing_here(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);

	box_order(b, body, DORA, BORIS);
	body = box_body(b, ORDER_ALARM);
	body.zones.count = 2;
	body.zones.number[1] = 7;
	box_order(b, body, DORA, BORIS);
	box_end(b, ORDER_STOP, 4711, DORA, 0);
	assert_int_equal(box_refused(b, VERDICT_ZONE_RIGHTS), 3);
}

static void
a_flood_of_valid_orders_forgets_what_says_least(void **state)
{
	struct box *b = box_of(state);
	uint64_t id = box_alarm(b);
	struct order_body body;

	box_run(b, 1000);
	for (int i = 0; i < 1100; i++) { /* two operators who conspire */
		body = box_body(b, ORDER_ALL_CLEAR);
		body.pattern = 0;
		body.end_count = ORDER_ENDS;
		for (int j = 0; j < ORDER_ENDS; j++)
			body.ends[j] = order_id_make(b->wall_ms, (uint16_t)(i * 8 + j)) +
				       ((uint64_t)i << 20) + 1;
		box_order(b, body, ANNA, BORIS);
	}
	assert_true(siren_lives(b->siren, id, b->mono_ms));
	box_end(b, ORDER_STOP, id, CLARA, 0);
	assert_false(b->relay);
}

/* ---- the chain ---- */

/* Entries of one tree, as the hub writes them. */
struct chain {
	struct tree tree;
	struct entry entry;
};

static void
chain_write(struct chain *c, const struct box *b, const char *kind, struct bytes data)
{
	struct hash leaf;

	c->entry = (struct entry){.data = data, .has_data = true};
	assert_int_equal(entry_header_make(&c->entry.header, TERRITORY, 1, &c->tree, kind,
				 b->wall_ms, data),
		ERR_OK);
	c->entry.signature = entry_sign(&c->entry.header, &b->town->hub);
	leaf = entry_leaf(&c->entry.header);
	assert_int_equal(tree_append(&c->tree, &leaf), ERR_OK);
}

static void
chain_give(struct box *b, const struct chain *c)
{
	box_step(b, &(struct siren_event){.kind = SIREN_ENTRY, .entry = &c->entry});
}

static struct checkpoint
chain_heartbeat(const struct chain *c, const struct box *b, const struct secret_key *hub)
{
	struct checkpoint h = {.territory = TERRITORY,
		.term = 1,
		.size = c->tree.size,
		.root = tree_root(&c->tree),
		.time_ms = b->wall_ms};

	checkpoint_sign(&h, hub);
	return h;
}

static void
an_order_in_an_entry_sounds_and_a_gap_is_asked_for(void **state)
{
	struct box *b = box_of(state);
	struct chain c = {0};
	struct made m;
	struct buffer order;

	b->hub_down = true; /* its heartbeats are of an empty tree */
	chain_write(&c, b, "alert", bytes_of_text("text"));
	chain_give(b, &c);
	assert_int_equal(box_view(b).size, 1);
	c.entry.has_data = false; /* a header alone; known */
	chain_give(b, &c);
	chain_write(&c, b, "alert", bytes_of_text("lost on its way"));
	made_body(&m, box_body(b, ORDER_ALARM));
	made_sign(&m, b->town, ANNA);
	made_sign(&m, b->town, BORIS);
	order = made_bytes(&m);
	chain_write(&c, b, "order", buffer_bytes(&order));
	chain_give(b, &c);
	buffer_free(&order);
	box_run(b, 500);
	assert_true(b->relay); /* an order stands by itself */
	assert_int_equal(box_view(b).size, 1);
	assert_int_equal(b->wants, 1);
}

/* A thief at the edge leaves the order out of its entry. */
static void
an_order_whose_data_was_left_out_is_asked_for(void **state)
{
	struct box *b = box_of(state);
	struct chain c = {0};
	struct buffer order;

	b->hub_down = true;
	chain_write(&c, b, "alert", bytes_of_text("text"));
	chain_give(b, &c);
	order = alarm_bytes(b);
	chain_write(&c, b, "order", buffer_bytes(&order));
	c.entry.has_data = false;
	chain_give(b, &c);
	assert_int_equal(box_view(b).size, 1);
	assert_int_equal(b->wants, 1);
	c.entry.has_data = true;
	chain_give(b, &c);
	assert_int_equal(box_view(b).size, 2);
	box_run(b, 500);
	assert_true(b->relay);
	buffer_free(&order);
}

static void
it_joins_at_a_heartbeat_without_the_history(void **state)
{
	struct box *b = box_of(state);
	struct chain c = {0};
	struct hash edge[64];
	size_t edges;
	struct checkpoint h;
	struct siren_event ev = {.kind = SIREN_CHECKPOINT, .heartbeat = {&h, NULL, 0}};

	b->hub_down = true;
	box_restart(b, 1000);
	for (int i = 0; i < 5; i++)
		chain_write(&c, b, "alert", bytes_of_text("text"));
	edges = tree_edge(edge, &c.tree);
	ev.heartbeat.edge = edge;
	ev.heartbeat.edge_count = edges;
	h = chain_heartbeat(&c, b, &b->town->stranger); /* not the hub */
	box_step(b, &ev);
	assert_int_equal(box_view(b).size, 0);
	assert_false(box_view(b).clock_sure);
	h = chain_heartbeat(&c, b, &b->town->hub);
	box_step(b, &ev);
	assert_int_equal(box_view(b).size, 5);
	assert_true(box_view(b).clock_sure);
	chain_write(&c, b, "alert", bytes_of_text("next"));
	chain_write(&c, b, "alert", bytes_of_text("next"));
	h = chain_heartbeat(&c, b, &b->town->hub); /* it counts two that are not here */
	box_step(b, &ev);
	assert_int_equal(b->wants, 1);
}

/* ---- odd ends ---- */

static void
of_two_bodies_for_one_place_the_alarm_counts(void **state)
{
	struct box *b = box_of(state);
	struct made m;
	struct buffer bytes;

	made_body(&m, box_body(b, ORDER_ALL_CLEAR));
	m.order.body[0].end_count = 1;
	m.order.body[0].ends[0] = 4711;
	m.order.body[1] = m.order.body[0];
	m.order.body[1].class = ORDER_ALARM;
	m.order.body[1].pattern = ATTACK;
	m.order.body[1].end_count = 0;
	m.order.body_count = 2;
	made_sign(&m, b->town, ANNA);
	made_sign(&m, b->town, BORIS);
	bytes = made_bytes(&m);
	box_give(b, buffer_bytes(&bytes));
	buffer_free(&bytes);
	box_run(b, 500);
	assert_int_equal(box_view(b).live, 1);
	assert_true(b->relay);
}

static void
a_test_waits_for_what_sounds_though_it_has_expired(void **state)
{
	struct box *b = box_of(state);
	struct order_body body = box_body(b, ORDER_ALARM);
	uint64_t id;

	body.lifetime_s = 3;
	body.seconds = 30;
	id = box_order(b, body, ANNA, BORIS);
	box_run(b, 5000);
	box_order(b, box_body(b, ORDER_TEST), GITA, 0);
	box_run(b, 10000);
	assert_int_equal(box_view(b).sounding, id);
	box_run(b, 20000);
	assert_int_equal(b->plays, 2);
}

static void
seventeen_early_orders_are_one_too_many(void **state)
{
	struct box *b = box_of(state);

	for (int i = 0; i < 17; i++) {
		struct order_body body = box_body(b, ORDER_ALARM);

		body.not_before_s += 60;
		box_order(b, body, ANNA, BORIS);
	}
	assert_int_equal(box_refused(b, VERDICT_EARLY), 1);
}

static void
no_start_goes_uncounted_because_there_were_many(void **state)
{
	struct box *b = box_of(state);

	for (int i = 0; i < 300; i++) /* two persons need no count, and use it up */
		box_end(b, ORDER_STOP, 4711, ANNA, BORIS);
	box_end(b, ORDER_STOP, 4711, CLARA, 0);
	assert_int_equal(box_refused(b, VERDICT_STOP_RATE), 1);
	box_order(b, box_body(b, ORDER_SENSOR), SENSOR, 0);
	box_order(b, box_body(b, ORDER_TEST), GITA, 0);
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 2);
	box_end(b, ORDER_STOP, 4711, ANNA, BORIS);
	assert_int_equal(box_refused(b, VERDICT_STOP_RATE), 1);
	box_run(b, 3600000);
	box_order(b, box_body(b, ORDER_TEST), GITA, 0);
	assert_int_equal(box_refused(b, VERDICT_MANDATE), 2);
}

static void
a_box_needs_a_roster_that_names_a_hub(void **state)
{
	struct box *b = box_of(state);
	struct siren_conf conf = {
		.patterns = b->town->patterns, .roster = bytes_of_text("{}")};
	struct arena *arena;
	struct buffer text = {0};
	struct fault fault = {""};
	struct siren *s;
	struct roster r;

	assert_int_equal(siren_new(&s, &conf, 0, &fault), ERR_FORMAT);
	assert_int_equal(arena_new(&arena), ERR_OK);
	r = town_roster(b->town, arena);
	r.hub_count = 0;
	roster_write(&text, &r);
	conf.roster = buffer_bytes(&text);
	assert_int_equal(siren_new(&s, &conf, 0, &fault), ERR_UNKNOWN);
	assert_string_equal(fault.text, "the roster names no hub");
	siren_free(NULL);
	/* Nor does a change take the last hub away. */
	r.previous = hash_of(buffer_bytes(&b->town->roster));
	r.serial = 2;
	next_roster(b, &r, ANNA, BORIS);
	assert_int_equal(box_view(b).roster, 1);
	buffer_free(&text);
	arena_free(arena);
}

/* ---- one key against orders that wait ---- */

static struct order_body
early_stop(struct box *b, uint64_t id)
{
	struct order_body stop = box_body(b, ORDER_STOP);

	stop.not_before_s += 60;
	stop.end_count = 1;
	stop.ends[0] = 1;
	stop.id = id != 0 ? id : stop.id;
	return stop;
}

static void
an_early_stop_with_its_id_does_not_take_the_place_of_an_early_alarm(void **state)
{
	struct box *b = box_of(state);
	struct order_body alarm = box_body(b, ORDER_ALARM);

	alarm.not_before_s += 60;
	box_order(b, early_stop(b, alarm.id), CLARA, 0);
	box_order(b, alarm, ANNA, BORIS);
	box_run(b, 70000);
	assert_int_equal(b->closures, 1);
}

static void
one_key_does_not_fill_the_places_of_orders_that_wait(void **state)
{
	struct box *b = box_of(state);
	struct order_body alarm = box_body(b, ORDER_ALARM);

	for (int i = 0; i < 16; i++)
		box_order(b, early_stop(b, 0), CLARA, 0);
	alarm.not_before_s += 60;
	box_order(b, alarm, ANNA, BORIS);
	box_run(b, 70000);
	assert_int_equal(b->closures, 1);
}

/* One operator's order vouches for no time: with the hub's key he would set the clock at will. */
static void
one_operator_is_no_witness_for_a_clock_that_is_set_ahead(void **state)
{
	struct box *b = box_of(state);
	int64_t year_ms = INT64_C(365) * 86400 * 1000;
	struct order_body test = box_body(b, ORDER_TEST);

	box_run(b, 60000);
	test.pattern = 1;
	test.id += (uint64_t)year_ms << 16;
	test.not_before_s += (uint32_t)(year_ms / 1000);
	box_order(b, test, CLARA, 0);
	box_heartbeat(b, &b->town->hub, b->wall_ms + year_ms);
	assert_true(box_view(b).now_ms < b->wall_ms + 60000);
	box_alarm(b);
	box_run(b, 5000);
	assert_int_equal(b->closures, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SUNG(a_mandate_holds_its_sensor_to_its_limits),
		SUNG(any_operator_suspends_a_mandate_for_an_hour),
		SUNG(a_mandate_ends_nothing_that_two_operators_ordered),
		SUNG(tests_cannot_grow),
		SUNG(an_alarm_never_sounds_the_all_clear_nor_an_all_clear_the_alarm),
		SUNG(a_silent_test_is_silent_and_waits_for_nobodys_alarm),
		SUNG(tests_do_not_fill_the_memory),
		SUNG(a_revoked_key_orders_nothing_more_not_even_after_a_restart),
		SUNG(two_administrators_change_the_roster_and_it_stays_changed),
		SUNG(a_key_is_revoked_before_the_roster_that_brings_it),
		SUNG(a_hub_that_left_the_roster_moves_no_clock),
		SUNG(a_takeover_is_remembered),
		SUNG(a_key_for_other_zones_orders_nothing_here),
		SUNG(a_flood_of_valid_orders_forgets_what_says_least),
		SUNG(an_order_in_an_entry_sounds_and_a_gap_is_asked_for),
		SUNG(an_order_whose_data_was_left_out_is_asked_for),
		SUNG(it_joins_at_a_heartbeat_without_the_history),
		SUNG(of_two_bodies_for_one_place_the_alarm_counts),
		SUNG(a_test_waits_for_what_sounds_though_it_has_expired),
		SUNG(seventeen_early_orders_are_one_too_many),
		SUNG(no_start_goes_uncounted_because_there_were_many),
		SUNG(a_box_needs_a_roster_that_names_a_hub),
		SUNG(an_early_stop_with_its_id_does_not_take_the_place_of_an_early_alarm),
		SUNG(one_key_does_not_fill_the_places_of_orders_that_wait),
		SUNG(one_operator_is_no_witness_for_a_clock_that_is_set_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
