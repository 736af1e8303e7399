/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What edges and sirens bring is believed for what is signed in it, and for nothing else. */
#include "hub/brain.h"
#include "sim/town.h"
#include "wire/geojson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct town town;
static struct hub *hub;
static int64_t mono_ms;

static void
step(struct hub_event ev)
{
	struct hub_todo todo = {0};

	mono_ms++;
	hub_step(hub, TOWN_START_MS + mono_ms, mono_ms, &ev, &todo);
	hub_todo_free(&todo);
}

static void
begin(uint32_t term, bool alone)
{
	struct hub_conf conf = {.name = "hub", .term = term, .edges = 1, .alone = alone};
	struct fault fault = {""};

	mono_ms = 1000;
	assert_int_equal(town_new(&town, &fault), ERR_OK);
	conf.key = town.hub[term - 1];
	conf.roster = buffer_bytes(&town.roster);
	conf.patterns = town.patterns;
	strcpy(conf.edge_name[0], "edge1");
	assert_int_equal(hub_new(&hub, &conf, &fault), ERR_OK);
}

static void
start(void)
{
	struct hub_todo todo = {0};
	struct fault fault = {""};

	assert_int_equal(hub_start(hub, TOWN_START_MS + mono_ms, &todo, &fault), ERR_OK);
	hub_todo_free(&todo);
	apply(hub, "zones", buffer_bytes(&town.zones), TOWN_START_MS);
	step((struct hub_event){.kind = HUB_EDGE_UP, .edge = 0});
}

static int
teardown(void **state)
{
	(void)state;
	hub_free(hub);
	town_free(&town);
	return 0;
}

static void
frame(enum link_frame kind, struct bytes body)
{
	struct buffer b = {0};

	link_write(&b, kind, body);
	step((struct hub_event){
		.kind = HUB_EDGE_FRAME, .edge = 0, .frame = buffer_bytes(&b)});
	buffer_free(&b);
}

/* A line of the entry behind the hub's tree, `ahead` numbers further, signed by `key`. */
static void
line_write(struct buffer *out, uint32_t term, uint64_t ahead, const struct secret_key *key)
{
	struct tree tree = nodes_tree(hub->nodes, nodes_size(hub->nodes));
	struct entry e = {.data = bytes_of_text("{}"), .has_data = true};

	assert_int_equal(entry_header_make(&e.header, TOWN_TERRITORY, term, &tree, "sirens",
				 TOWN_START_MS, e.data),
		ERR_OK);
	e.header.number += ahead;
	e.signature = entry_sign(&e.header, key);
	entry_line_write(out, &e);
}

static void
an_entry_that_no_hub_signed_is_no_fork(void **state)
{
	struct buffer line = {0}, end = {0};

	(void)state;
	begin(1, false);
	start();
	line_write(&line, 1, 7, &town.key[GAUGE]);
	frame(LINK_EDGE, bytes_of_text("{\"edge\":\"edge1\",\"spool\":\"0000000000000001\","
				       "\"size\":9,\"checkpoint\":null}"));
	frame(LINK_OWN_ENTRY, buffer_bytes(&line));
	link_number_write(&end, LINK_OWN_END, 9);
	step((struct hub_event){
		.kind = HUB_EDGE_FRAME, .edge = 0, .frame = buffer_bytes(&end)});
	assert_true(hub_settled(hub));
	buffer_free(&line);
	buffer_free(&end);
}

/* Whoever stole the key of the hub that was replaced must not write in the next one's tree. */
static void
an_entry_of_a_term_that_is_over_is_not_taken(void **state)
{
	static const uint32_t terms[] = {1, 2, 1};
	struct buffer line = {0};

	(void)state;
	begin(2, true);
	for (size_t i = 0; i < 3; i++) {
		buffer_clear(&line);
		line_write(&line, terms[i], 0, &town.hub[terms[i] - 1]);
		assert_int_equal(hub_restore(hub, HUB_RECORD_ENTRY, TOWN_START_MS,
					 buffer_bytes(&line), NULL),
			i < 2 ? ERR_OK : ERR_REFUSED);
	}
	buffer_free(&line);
}

static struct order
order_of(enum order_class class, int64_t time_ms, uint16_t zone)
{
	return (struct order){.body_count = 1,
		.body = {{.territory = TOWN_TERRITORY,
			.mode = MODE_LIVE,
			.class = class,
			.hazard = 1,
			.pattern = RAID_SOUND,
			.seconds = 12,
			.id = order_id_make(time_ms, zone),
			.not_before_s = (uint32_t)(time_ms / 1000),
			.lifetime_s = 600,
			.roster = 1,
			.zones = {.count = 1, .number = {zone}}}}};
}

static void
sign(struct order *o, uint16_t key, struct signature *s)
{
	struct hash digest = order_digest(o);

	*s = signature_make(&town.key[key], bytes_of(digest.at, sizeof digest.at));
	o->approval[o->approval_count++] =
		(struct approval){key, APPROVAL_ED25519, bytes_of(s->at, sizeof s->at)};
}

static bool
learns(const struct order *o)
{
	struct hub_todo todo = {0};
	struct buffer b = {0};

	order_write(&b, o);
	hub->now_ms = TOWN_START_MS + mono_ms;
	learn_order(hub, &todo, buffer_bytes(&b), "a test");
	buffer_free(&b);
	hub_todo_free(&todo);
	return book_knows(hub_book(hub), o->body[0].id);
}

static void
a_sensor_is_not_learnt_beyond_its_mandate(void **state)
{
	struct order inside = order_of(ORDER_SENSOR, TOWN_START_MS, NORTH);
	struct order outside = order_of(ORDER_SENSOR, TOWN_START_MS, SOUTH);
	struct signature s[2];

	(void)state;
	begin(1, true);
	start();
	sign(&inside, GAUGE, &s[0]);
	sign(&outside, GAUGE, &s[1]);
	assert_true(learns(&inside));
	assert_false(learns(&outside));
}

/* One key that is not in its owner's hands must not fill the public page. */
static void
a_sensor_is_learnt_as_often_in_an_hour_as_its_mandate_says(void **state)
{
	static const struct {
		int minutes, ahead_s;
		bool learnt;
	} of[] = {{-45, 0, true}, {-20, 0, true}, {-5, 0, false}, {0, 7200, false},
		{16, 0, true}, {17, 0, false}};
	struct signature s;

	(void)state;
	begin(1, true);
	start();
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		struct order o = order_of(ORDER_SENSOR,
			TOWN_START_MS + (int64_t)of[i].minutes * 60000, NORTH);

		if (of[i].minutes > 0)
			mono_ms = (int64_t)of[i].minutes * 60000;
		o.body[0].not_before_s += (uint32_t)of[i].ahead_s;
		sign(&o, GAUGE, &s);
		assert_int_equal(learns(&o), of[i].learnt);
	}
}

/* Of what is so old nobody remembers whether it came before. */
static void
an_order_of_last_week_is_not_learnt(void **state)
{
	int64_t week_ms = INT64_C(7) * 86400 * 1000;
	struct order old = order_of(ORDER_ALARM, TOWN_START_MS - week_ms, NORTH);
	struct order recent = order_of(ORDER_ALARM, TOWN_START_MS - week_ms / 7, NORTH);
	struct signature s[4];

	(void)state;
	begin(1, true);
	start();
	sign(&old, ANNA, &s[0]);
	sign(&old, BORIS, &s[1]);
	sign(&recent, ANNA, &s[2]);
	sign(&recent, BORIS, &s[3]);
	assert_true(learns(&recent));
	assert_false(learns(&old));
}

#define SQUARE(id, number, west, east)                                                     \
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"" id "\",\"number\":" number       \
	",\"name\":\"" id "\",\"parent\":\"\"},\"geometry\":{\"type\":\"Polygon\","        \
	"\"coordinates\":[[[" west ",48],[" east ",48],[" east ",49],[" west ",49],[" west \
	",48]]]}}"
static const char grouped[] =
	"{\"type\":\"FeatureCollection\",\"groups\":[{\"number\":1,\"zones\":[\"near\","
	"\"far\"]}],\"features\":[" SQUARE("near", "1", "10", "11") "," SQUARE(
		"far", "2", "20", "21") "]}";

static void
a_right_to_one_zone_of_a_group_is_none_to_the_group(void **state)
{
	const struct geojson_options options = {0};
	struct order o = order_of(ORDER_ALARM, TOWN_START_MS, 1);
	struct signature s[2];
	struct fault fault = {""};

	(void)state;
	begin(1, true);
	assert_int_equal(
		geojson_read_zones(&hub->zones, bytes_of_text(grouped), &options, &fault),
		ERR_OK);
	o.body[0].zones.group = true;
	sign(&o, ANNA, &s[0]);
	sign(&o, BORIS, &s[1]);
	assert_int_equal(judge_everywhere(hub, &o), VERDICT_GOOD);
	hub->roster.key[0].zone_count = 1;
	hub->roster.key[0].zone[0] = 1;
	assert_int_equal(judge_everywhere(hub, &o), VERDICT_ZONE_RIGHTS);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_entry_that_no_hub_signed_is_no_fork),
		TEST(an_entry_of_a_term_that_is_over_is_not_taken),
		TEST(a_sensor_is_not_learnt_beyond_its_mandate),
		TEST(a_sensor_is_learnt_as_often_in_an_hour_as_its_mandate_says),
		TEST(an_order_of_last_week_is_not_learnt),
		TEST(a_right_to_one_zone_of_a_group_is_none_to_the_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
