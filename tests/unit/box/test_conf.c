/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "box/conf.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct box_conf conf;
static struct fault why;

static enum err
conf_of(const char *text)
{
	scratch_put("siren.json", text, 0644);
	return box_conf_read(&conf, scratch_path("siren.json"), &why);
}

static void
a_whole_configuration_is_read(void **state)
{
	(void)state;
	assert_int_equal(
		conf_of("{\"state\":\"state\",\"edges\":[\"127.0.0.1:1\",\"[::1]:2\"],\n"
			"\"patterns\":\"/"
			"p\",\"relay\":{\"cabinet\":\"c.sock\",\"box\":7},\n"
			"\"sound\":\"wav:out.wav\",\"status\":\"s.json\",\"seconds_cap\":"
			"90,\n"
			"\"clock_chip\":false}"),
		ERR_OK);
	assert_string_equal(conf.state, scratch_path("state"));
	assert_int_equal(conf.edges, 2);
	assert_string_equal(conf.edge[1], "[::1]:2");
	assert_string_equal(conf.patterns, "/p");
	assert_int_equal(conf.relay, BOX_RELAY_CABINET);
	assert_string_equal(conf.cabinet, scratch_path("c.sock"));
	assert_int_equal(conf.cabinet_box, 7);
	assert_int_equal(conf.sound.way, SOUND_WAV);
	assert_string_equal(conf.sound.target, scratch_path("out.wav"));
	assert_string_equal(conf.status, scratch_path("s.json"));
	assert_int_equal(conf.seconds_cap, 90);
	assert_false(conf.clock_chip);
	box_conf_free(&conf);
}

static void
what_is_left_out_has_its_usual_value(void **state)
{
	(void)state;
	setenv("BELFRY_DATA", "/data", 1);
	assert_int_equal(conf_of("{\"state\":\"/s\",\"edges\":[\"127.0.0.1:1\"],"
				 "\"relay\":\"none\"}"),
		ERR_OK);
	assert_string_equal(conf.state, "/s");
	assert_string_equal(conf.patterns, "/data/patterns");
	assert_int_equal(conf.relay, BOX_RELAY_NONE);
	assert_int_equal(conf.sound.way, SOUND_NONE);
	assert_null(conf.status);
	assert_int_equal(conf.seconds_cap, 0);
	assert_true(conf.clock_chip);
	box_conf_free(&conf);
}

static void
pins_are_read(void **state)
{
	(void)state;
	assert_int_equal(conf_of("{\"state\":\"/s\",\"edges\":[\"127.0.0.1:1\"],\"relay\":"
				 "{\"gpio\":{\"relay\":\"gpiochip0:17:low\","
				 "\"current\":\"gpiochip1:4\",\"battery\":\"bat\"}}}"),
		ERR_OK);
	assert_int_equal(conf.relay, BOX_RELAY_GPIO);
	assert_string_equal(conf.gpio.relay.chip, "gpiochip0");
	assert_int_equal(conf.gpio.relay.offset, 17);
	assert_true(conf.gpio.relay.active_low);
	assert_true(conf.gpio.current.wired);
	assert_false(conf.gpio.mains.wired);
	assert_string_equal(conf.gpio.battery_path, scratch_path("bat"));
	box_conf_free(&conf);
}

/* Each with the place that the sentence must name. */
static void
each_fault_names_line_column_and_field(void **state)
{
#define GOOD "\"state\":\"/s\",\"edges\":[\"127.0.0.1:1\"]"
	static const char *const bad[][2] = {
		{"{\n" GOOD ",\n \"relay\":\"none\",\n}", ":4:1: not JSON"},
		{"{" GOOD ",\"relay\":\"none\",\"relay\":\"none\"}", "not JSON: duplicate"},
		{"[]", ":1:1: the file must be an object"},
		{"{" GOOD "}", ":1:1: relay: is missing"},
		{"{\n" GOOD ",\n \"relay\": 5}", ":3:11: relay: must be"},
		{"{" GOOD ",\"relay\":\"nine\"}", "relay: must be"},
		{"{" GOOD ",\n\"relay\":{\"cabinet\":\"c\",\"bax\":1}}",
			"relay.bax: no such"},
		{"{" GOOD ",\n\"relay\":{\"cabinet\":\"c\",\n\"box\":0}}",
			":3:7: relay.box: must"},
		{"{" GOOD ",\"relay\":{\"box\":1}}", "relay.cabinet: is missing"},
		{"{" GOOD ",\"relay\":{\"gpio\":{}}}", "relay.gpio.relay: is missing"},
		{"{" GOOD ",\"relay\":{\"gpio\":{\"relay\":\"x\"}}}", "relay.gpio.relay"},
		{"{" GOOD ",\"relay\":\"none\",\"colour\":1}", "colour: no such field"},
		{"{" GOOD ",\"relay\":\"none\",\"sound\":\"loud\"}", "sound"},
		{"{" GOOD ",\"relay\":\"none\",\"seconds_cap\":\"1\"}", "seconds_cap"},
		{"{" GOOD ",\"relay\":\"none\",\"clock_chip\":1}", "clock_chip"},
		{"{\"state\":\"/s\",\"edges\":[],\"relay\":\"none\"}", "edges: must be"},
		{"{\"state\":\"/s\",\n\"edges\":[\"127.0.0.1:1\",\n\"nowhere\"],"
		 "\"relay\":\"none\"}",
			":3:1: edges[1]"},
		{"{\"state\":\"/s\",\"edges\":[1],\"relay\":\"none\"}", "edges[0]"},
		{"{\"edges\":[\"127.0.0.1:1\"],\"relay\":\"none\"}", "state: is missing"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_not_equal(conf_of(bad[i][0]), ERR_OK);
		if (strstr(why.text, bad[i][1]) == NULL ||
			strstr(why.text, "siren.json") == NULL)
			fail_msg("%s\n  gave: %s", bad[i][0], why.text);
	}
}

static void
a_file_that_is_not_there_is_named(void **state)
{
	(void)state;
	assert_int_equal(box_conf_read(&conf, scratch_path("no.json"), &why), ERR_IO);
	assert_non_null(strstr(why.text, "no.json"));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, scratch_begin, scratch_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_whole_configuration_is_read),
		CASE(what_is_left_out_has_its_usual_value),
		CASE(pins_are_read),
		CASE(each_fault_names_line_column_and_field),
		CASE(a_file_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
