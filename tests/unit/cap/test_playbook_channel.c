/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cap/gsm7.h"
#include "cap/playbook_channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
septets_are_counted_as_ts_23_038_says(void **state)
{
	static const struct {
		const char *text;
		size_t septets;
	} row[] = {{"", 0}, {"Go to a shelter now.", 20}, {"@$_\n\r", 5},
		{"\u00a3\u00a5\u00e8\u00e9\u00f9\u00ec\u00f2\u00c7", 8},
		{"\u0394\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e", 10},
		{"\u00c6\u00e6\u00df\u00c9\u00a4\u00a1\u00bf\u00a7", 8}, {"^{}\\[~]|", 16},
		{"\u20ac", 2}, {"\f", 2}, {"`", SIZE_MAX}, {"\t", SIZE_MAX},
		{"\u00e7", SIZE_MAX}, {"\u00e1", SIZE_MAX}, {"\u0391", SIZE_MAX},
		{"\u0416", SIZE_MAX}, {"ok \U0001f6a8", SIZE_MAX}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct phone_size size = phone_size_of(bytes_of_text(row[i].text));

		if ((size.gsm7 ? size.septets : SIZE_MAX) != row[i].septets)
			fail_msg("\"%s\": %zu", row[i].text, size.septets);
	}
}

static const struct cap_name one_name[] = {{"en", "Lindwell"}};

/* A text, zones of eight letters, and what a channel makes of them. */
struct desk {
	struct arena *arena;
	struct playbook_text text;
	struct cap_zone zone[40];
	struct playbook_use use;
	struct channel_text out;
};

static int
open_desk(void **state)
{
	static struct desk d;

	d = (struct desk){.text = {.language = "en",
				  .exercise = "EXERCISE, only an exercise.",
				  .exercise_short = "EXERCISE."},
		.use = {.sender = "warn.example.org", .sender_name = "Rescue service"}};
	d.text.phrase[PLAYBOOK_ALERT] = (struct playbook_phrase){"Fire: {zones}",
		"{source}, {time}: fire now. Places: {zones}.", "Leave now.",
		"Fire! Leave now: {zones}"};
	d.text.phrase[PLAYBOOK_STOP] = (struct playbook_phrase){
		"Stopped: {zones}", "The alarm was stopped.", "Wait.", "Stopped: {zones}"};
	for (size_t i = 0; i < 40; i++)
		d.zone[i] = (struct cap_zone){
			(uint16_t)(i + 1), "lindwell", one_name, 1, NULL, 0};
	d.use.zone = d.zone;
	d.use.zones = 1;
	d.use.sent_ms = (13 * 60 + 5) * 60000;
	d.use.utc_offset_min = 4 * 60;
	*state = &d;
	return arena_new(&d.arena) == ERR_OK ? 0 : -1;
}

static int
close_desk(void **state)
{
	arena_free(((struct desk *)*state)->arena);
	return 0;
}

static const struct channel_text *
say(struct desk *d, enum channel channel, enum playbook_phase phase)
{
	assert_int_equal(
		channel_say(&d->out, d->arena, channel, &d->text, phase, &d->use), ERR_OK);
	return &d->out;
}

static void
a_text_message_is_counted_exactly(void **state)
{
	const struct channel_text *t = say(*state, CHANNEL_SMS, PLAYBOOK_ALERT);

	assert_string_equal(t->text, "Fire! Leave now: Lindwell");
	assert_true(t->fits && t->gsm7 && !t->whole);
	assert_int_equal(t->size, 25);
	assert_int_equal(t->limit, 160);
	assert_int_equal(t->named, 1);
}

static void
zones_that_do_not_fit_are_counted(void **state)
{
	struct desk *d = *state;

	d->use.zones = 40;
	/* 17 + 7 names of 8 + 6 commas of 2 is 85, and " (+33)" is 6: 91. Six names: 81. */
	assert_string_equal(say(d, CHANNEL_ALERT_90, PLAYBOOK_ALERT)->text,
		"Fire! Leave now: Lindwell, Lindwell, Lindwell, Lindwell, Lindwell, "
		"Lindwell (+34)");
	assert_int_equal(d->out.size, 81);
	assert_int_equal(d->out.named, 6);
	/* 17 + 14 names: 17 + 112 + 26 + 6 is 161. */
	assert_int_equal(say(d, CHANNEL_SMS, PLAYBOOK_ALERT)->size, 151);
	assert_int_equal(d->out.named, 13);
}

static void
one_foreign_character_makes_the_message_short(void **state)
{
	static const struct cap_name names[] = {{"en", "Lindw\u00eall"}};
	struct desk *d = *state;

	d->use.zones = 40;
	for (size_t i = 0; i < 40; i++)
		d->zone[i].name = names;
	assert_false(say(d, CHANNEL_SMS, PLAYBOOK_ALERT)->gsm7);
	assert_int_equal(d->out.limit, 70);
	/* 17 + 5 * 8 + 4 * 2 + 6 is 71. */
	assert_int_equal(d->out.named, 4);
	assert_int_equal(d->out.size, 61);
}

static void
a_zone_too_long_for_one_message_is_counted_alone(void **state)
{
	static const struct cap_name names[] = {{"en",
		"A name of a zone that is longer than what any text message of ninety "
		"characters can hold"}};
	struct desk *d = *state;

	d->zone[0].name = names;
	assert_string_equal(
		say(d, CHANNEL_ALERT_90, PLAYBOOK_ALERT)->text, "Fire! Leave now: (+1)");
	assert_int_equal(d->out.named, 0);
}

static void
long_channels_say_source_time_hazard_place_and_advice(void **state)
{
	struct desk *d = *state;

	assert_string_equal(say(d, CHANNEL_CELL, PLAYBOOK_ALERT)->text,
		"Fire: Lindwell\nRescue service, 17:05: fire now. Places: Lindwell.\nLeave "
		"now.");
	assert_int_equal(d->out.size, 76);
	assert_int_equal(d->out.limit, 1395);
	assert_true(d->out.whole);
	assert_int_equal(say(d, CHANNEL_ALERT_360, PLAYBOOK_ALERT)->limit, 360);
	assert_int_equal(say(d, CHANNEL_LONG, PLAYBOOK_ALERT)->limit, 1380);
}

static void
the_headline_goes_before_a_name_does(void **state)
{
	struct desk *d = *state;

	d->use.zones = 20;
	/* Both lines with 20 names: 15 + 198 + 44 + 198 + 11, over 360; one with 20 fits. */
	assert_int_equal(say(d, CHANNEL_ALERT_360, PLAYBOOK_ALERT)->named, 20);
	assert_memory_equal(d->out.text, "Rescue service, 17:05: ", 23);
	assert_true(d->out.whole);
}

static void
a_stop_keeps_its_headline_where_the_places_stand(void **state)
{
	struct desk *d = *state;

	d->use.zones = 40;
	assert_memory_equal(say(d, CHANNEL_ALERT_360, PLAYBOOK_STOP)->text, "Stopped: ", 9);
	assert_int_equal(d->out.named, 20);
}

static void
what_is_too_long_falls_back_to_the_short_text_and_is_never_cut(void **state)
{
	static char instruction[1500];
	struct desk *d = *state;

	memset(instruction, 'a', sizeof instruction - 1);
	d->text.phrase[PLAYBOOK_ALERT].instruction = instruction;
	assert_string_equal(
		say(d, CHANNEL_LONG, PLAYBOOK_ALERT)->text, "Fire! Leave now: Lindwell");
	assert_true(d->out.fits && !d->out.whole);
	d->text.phrase[PLAYBOOK_ALERT].brief = instruction;
	assert_false(say(d, CHANNEL_CELL, PLAYBOOK_ALERT)->fits);
	assert_int_equal(strlen(d->out.text), 1499);
	assert_int_equal(d->out.size, 1499);
}

static void
an_exercise_says_so_first_on_every_channel(void **state)
{
	struct desk *d = *state;

	d->use.exercise = "Heron 7";
	assert_string_equal(say(d, CHANNEL_SMS, PLAYBOOK_ALERT)->text,
		"EXERCISE. Fire! Leave now: Lindwell");
	for (int c = 0; c < CHANNELS; c++)
		assert_memory_equal(
			say(d, (enum channel)c, PLAYBOOK_ALERT)->text, "EXERCISE", 8);
}

static void
the_time_is_that_of_the_clocks_there(void **state)
{
	static const struct {
		int64_t sent_ms;
		int offset;
		const char *says;
	} row[] = {{0, 0, "00:00 UTC"}, {0, 210, "03:30"}, {0, -60, "23:00"},
		{86399999, 0, "23:59 UTC"}, {86399999, 1, "00:00"}};
	struct desk *d = *state;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		d->use.sent_ms = row[i].sent_ms;
		d->use.utc_offset_min = row[i].offset;
		if (strstr(say(d, CHANNEL_LONG, PLAYBOOK_ALERT)->text, row[i].says) == NULL)
			fail_msg("row %zu: %s", i, d->out.text);
	}
	d->use.sender_name = NULL;
	assert_non_null(strstr(
		say(d, CHANNEL_LONG, PLAYBOOK_ALERT)->text, "\nwarn.example.org, 00:00:"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(septets_are_counted_as_ts_23_038_says),
#define WITH_DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)
		WITH_DESK(a_text_message_is_counted_exactly),
		WITH_DESK(zones_that_do_not_fit_are_counted),
		WITH_DESK(one_foreign_character_makes_the_message_short),
		WITH_DESK(a_zone_too_long_for_one_message_is_counted_alone),
		WITH_DESK(long_channels_say_source_time_hazard_place_and_advice),
		WITH_DESK(the_headline_goes_before_a_name_does),
		WITH_DESK(a_stop_keeps_its_headline_where_the_places_stand),
		WITH_DESK(what_is_too_long_falls_back_to_the_short_text_and_is_never_cut),
		WITH_DESK(an_exercise_says_so_first_on_every_channel),
		WITH_DESK(the_time_is_that_of_the_clocks_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
