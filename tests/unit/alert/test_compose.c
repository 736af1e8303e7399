/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content that people sign: its bytes, each verb's message and order, and that both say the same. */
#include "desk.h"

#include "siren/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const uint16_t both[] = {LINDWELL, CROWMERE};

static struct hash
hash_made(const struct desk *d)
{
	return hash_of(buffer_bytes(&d->bytes));
}

static enum err
fits(struct desk *d)
{
	struct hash h = hash_made(d);

	return content_fits_order(&d->content, &h, &d->order, d->zones, &d->fault);
}

/* Composed, its CAP message is one that we may send, and order and text agree. */
static void
assert_good(struct desk *d, const char *type, enum order_class class)
{
	struct capmsg msg;

	assert_int_equal(capmsg_read_max(&msg, d->arena, d->content.cap.at,
				 d->content.cap.len, CAPMSG_OWN_MAX, &d->fault),
		ERR_OK);
	assert_int_equal(capmsg_check_output(&msg, &d->fault), ERR_OK);
	assert_string_equal(msg.msg_type, type);
	assert_int_equal(d->order.body[0].class, class);
	assert_int_equal(fits(d), ERR_OK);
}

static void
make_alert(struct desk *d)
{
	struct compose in = desk_compose(d, VERB_ALERT, 0);

	in.zone = both;
	in.zone_count = 2;
	assert_int_equal(desk_try(d, &in), ERR_OK);
}

static void
an_alert_is_an_alarm_that_may_join(void **state)
{
	struct desk *d = *state;

	make_alert(d);
	assert_good(d, "Alert", ORDER_ALARM);
	assert_true(d->order.body[0].join);
	assert_int_equal(d->order.body[0].pattern, ATTACK);
	assert_memory_equal(d->content.zone, both, sizeof both);
}

static void
each_verb_makes_a_message_and_an_order(void **state)
{
	static const struct {
		enum verb verb;
		const char *type;
		enum order_class class;
		uint8_t pattern;
	} want[] = {
		{VERB_STOP, "Update", ORDER_STOP, 0},
		{VERB_CORRECTION, "Cancel", ORDER_FALSE_ALARM, CLEAR},
		{VERB_ALL_CLEAR, "Update", ORDER_ALL_CLEAR, CLEAR},
		{VERB_END, "Update", ORDER_ALL_CLEAR, 0},
	};
	struct desk *d = *state;
	uint64_t id = desk_alert(d, both, 2);

	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		struct compose in = desk_compose(d, want[i].verb, id);

		assert_int_equal(desk_try(d, &in), ERR_OK);
		assert_good(d, want[i].type, want[i].class);
		assert_int_equal(d->order.body[0].pattern, want[i].pattern);
		assert_true(d->order.body[0].ends[0] == id && d->content.alert == id);
	}
}

static void
a_message_without_a_sound_is_ordered_and_followed_up(void **state)
{
	static const enum verb verb[] = {
		VERB_UPDATE, VERB_STOP, VERB_CORRECTION, VERB_ALL_CLEAR, VERB_END};
	struct desk *d = *state;
	struct compose in = desk_compose(d, VERB_ALERT, 0);
	struct buffer bytes = {0};
	struct order again;
	uint64_t id;

	in.zone = both;
	in.zone_count = 2;
	d->playbook.seconds = d->playbook.seconds_all_clear = 0;
	in.pattern = in.pattern_all_clear = 0;
	in.seconds = 90; /* nothing lasts so long */
	assert_int_equal(desk_try(d, &in), ERR_OK);
	assert_good(d, "Alert", ORDER_ALARM);
	assert_false(d->order.body[0].join);
	id = d->order.body[0].id;
	assert_true(desk_publish(d)->silent);
	for (size_t i = 0; i < sizeof verb / sizeof *verb; i++) {
		in = desk_compose(d, verb[i], id);
		in.pattern = in.pattern_all_clear = 0;
		in.zone = both;
		in.zone_count = 1;
		assert_int_equal(desk_try(d, &in), ERR_OK);
		for (int k = 0; k < d->order.body_count; k++) {
			buffer_clear(&bytes);
			order_write(&bytes, &d->order);
			assert_int_equal(order_read(&again, buffer_bytes(&bytes)), ERR_OK);
			assert_int_equal(d->order.body[k].pattern, 0);
			assert_int_equal(d->order.body[k].seconds, 0);
		}
	}
	buffer_free(&bytes);
}

static void
a_message_does_not_bar_the_all_clear_of_an_alarm(void **state)
{
	struct desk *d = *state;
	uint64_t alarm = desk_alert(d, both, 2), message;
	struct compose in = desk_compose(d, VERB_ALERT, 0);

	d->playbook.seconds_all_clear = 0;
	in.zone = both;
	in.zone_count = 1;
	in.pattern = in.pattern_all_clear = 0;
	assert_int_equal(desk_try(d, &in), ERR_OK);
	assert_true(desk_publish(d)->silent);
	message = d->order.body[0].id;
	in = desk_compose(d, VERB_ALL_CLEAR, message); /* the alarm does bar its own */
	assert_int_equal(desk_try(d, &in), ERR_REFUSED);
	in = desk_compose(d, VERB_ALL_CLEAR, alarm);
	assert_int_equal(desk_try(d, &in), ERR_OK);
	assert_int_equal(desk_publish(d)->state, ALERT_ENDED);
	in = desk_compose(d, VERB_ALL_CLEAR, message);
	in.pattern_all_clear = 0;
	assert_int_equal(desk_try(d, &in), ERR_OK);
	assert_int_equal(desk_publish(d)->state, ALERT_ENDED);
}

static void
a_test_orders_boxes_and_tells_the_public_nothing(void **state)
{
	static const uint16_t turned[] = {CROWMERE, LINDWELL, CROWMERE};
	struct desk *d = *state;
	struct compose in = desk_compose(d, VERB_TEST, 0);

	in.zone = turned;
	in.zone_count = 3;
	in.pattern = PATTERN_GROWL;
	in.lifetime_s = 300;
	assert_int_equal(desk_try(d, &in), ERR_OK);
	assert_int_equal(fits(d), ERR_OK);
	assert_int_equal(d->content.verb, VERB_TEST);
	assert_int_equal(d->content.cap.len, 0);
	assert_int_equal(d->content.text_count, 0);
	assert_int_equal(d->content.zone_count, 2);
	assert_memory_equal(d->content.zone, both, sizeof both);
	assert_int_equal(d->order.body[0].class, ORDER_TEST);
	assert_int_equal(d->order.body[0].pattern, PATTERN_GROWL);
	assert_int_equal(d->order.body[0].lifetime_s, 300);
	assert_false(d->order.body[0].join);
	d->order.body[0].class =
		ORDER_ALARM; /* signed as a test, it must not pass for more */
	assert_int_equal(fits(d), ERR_CONFLICT);
	in.zone_count = 0;
	assert_int_equal(desk_try(d, &in), ERR_RANGE);
}

static void
an_update_keeps_adds_and_clears(void **state)
{
	static const uint16_t moved[] = {RIVER, CROWMERE};
	struct desk *d = *state;
	uint64_t id = desk_alert(d, both, 2);
	struct compose in = desk_compose(d, VERB_UPDATE, id);

	in.zone = moved;
	in.zone_count = 2;
	assert_int_equal(desk_try(d, &in), ERR_OK);
	assert_good(d, "Update", ORDER_ALARM);
	assert_int_equal(d->order.body_count, 3);
	assert_int_equal(d->order.body[0].zones.number[0], CROWMERE);
	assert_int_equal(d->order.body[0].end_count, 1);
	assert_int_equal(d->order.body[1].zones.number[0], RIVER);
	assert_int_equal(d->order.body[1].end_count, 0);
	assert_int_equal(d->order.body[2].zones.number[0], LINDWELL);
	assert_int_equal(d->order.body[2].class, ORDER_ALL_CLEAR);
}

static void
there_is_no_all_clear_under_another_alarm(void **state)
{
	struct desk *d = *state;
	uint64_t wide = desk_alert(d, both, 2);
	struct compose in;

	desk_alert(d, both, 1);
	in = desk_compose(d, VERB_ALL_CLEAR, wide);
	assert_int_equal(desk_try(d, &in), ERR_REFUSED);
	assert_non_null(strstr(d->fault.text, "belfry alert end"));
}

static void
break_glass_ends_within_half_an_hour(void **state)
{
	struct desk *d = *state;
	struct compose in = desk_compose(d, VERB_ALERT, 0);

	in.zone = both;
	in.zone_count = 1;
	in.break_glass = true;
	assert_int_equal(desk_try(d, &in), ERR_OK);
	assert_int_equal(d->order.body[0].class, ORDER_BREAK_GLASS);
	assert_int_equal(d->order.body[0].lifetime_s, 1800);
	assert_false(d->order.body[0].join);
}

static void
what_is_not_there_is_named(void **state)
{
	static const uint16_t nowhere[] = {999};
	struct desk *d = *state;
	struct compose in = desk_compose(d, VERB_ALERT, 0);

	assert_int_equal(desk_try(d, &in), ERR_RANGE);
	in.zone = nowhere;
	in.zone_count = 1;
	assert_int_equal(desk_try(d, &in), ERR_UNKNOWN);
	assert_non_null(strstr(d->fault.text, "zone 999"));
	in = desk_compose(d, VERB_STOP, 0);
	assert_int_equal(desk_try(d, &in), ERR_UNKNOWN);
}

/* ---- the text and the order must agree ---- */

static void
every_disagreement_is_found(void **state)
{
	struct desk *d = *state;
	struct order good;
	struct hash other = hash_of(bytes_of_text("another text"));
	struct order_body *b = &d->order.body[0];

	make_alert(d);
	good = d->order;
	assert_int_equal(fits(d), ERR_OK);
	assert_int_equal(
		content_fits_order(&d->content, &other, &d->order, d->zones, &d->fault),
		ERR_CONFLICT);
#define SPOILED(change)                                                                    \
	d->order = good;                                                                   \
	change;                                                                            \
	assert_int_equal(fits(d), ERR_CONFLICT)
	SPOILED(b->id++);
	SPOILED(b->mode = MODE_EXERCISE);
	SPOILED(b->class = ORDER_ALL_CLEAR);
	SPOILED(b->hazard++);
	SPOILED(b->lifetime_s++);
	SPOILED(b->not_before_s--);
	SPOILED(b->zones.number[0] = RIVER);
	SPOILED(b->zones.count = 1);
	SPOILED(b->zones.number[b->zones.count++] = RIVER);
#undef SPOILED
}

static void
a_group_stands_for_its_zones(void **state)
{
	struct desk *d = *state;
	struct hash h;

	make_alert(d);
	h = hash_made(d);
	d->order.body[0].zones = (struct order_zones){true, 1, {1}};
	assert_int_equal(fits(d), ERR_OK);
	d->order.body[0].zones.number[0] = 2; /* River and Crowmere */
	assert_int_equal(fits(d), ERR_CONFLICT);
	d->order.body[0].zones.number[0] = 77;
	assert_int_equal(fits(d), ERR_UNKNOWN);
	d->order.body[0].zones.number[0] = 1;
	assert_int_not_equal(
		content_fits_order(&d->content, &h, &d->order, NULL, &d->fault), ERR_OK);
}

/* Content whose CAP message says something else, signed as it is: one word is put for another. */
static enum err
fits_with(struct desk *d, const char *from, const char *to)
{
	struct buffer cap = {0};
	const char *at = strstr((const char *)d->content.cap.at, from);
	struct bytes was = d->content.cap;
	enum err err;

	assert_non_null(at);
	write_bytes(&cap, was.at, (size_t)(at - (const char *)was.at));
	write_text(&cap, to);
	write_text(&cap, at + strlen(from));
	d->content.cap = bytes_of_text(buffer_text(&cap));
	err = fits(d);
	d->content.cap = was;
	buffer_free(&cap);
	return err;
}

static void
a_message_that_says_other_words_than_the_texts_is_refused(void **state)
{
	static const struct {
		const char *from, *to, *named;
	} of[] = {
		{"<headline>", "<headline>No ", "headline"},
		{"<description>", "<description>It is over. ", "description"},
		{"<instruction>", "<instruction>Do not ", "instruction"},
		{"<event>", "<event>No ", "event"},
		{"<language>", "<language>x", "language"},
		{"<msgType>Alert<", "<msgType>Cancel<", "msgType"},
		{"<status>Actual<", "<status>Test<", "status"},
		{"<identifier>", "<identifier>x", "identifier"},
		{"<responseType>Shelter<", "<responseType>AllClear<", "AllClear"},
		{"<value>0be1f41a:lindwell<", "<value>0be1f41a:bergfrid-river<",
			"area of zone bergfrid-river"},
		{"<value>0be1f41a:lindwell<", "<value>0be1f41a:crowmere<", "zone 4"},
	};
	struct desk *d = *state;

	make_alert(d);
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		assert_int_equal(fits_with(d, of[i].from, of[i].to), ERR_CONFLICT);
		assert_non_null(strstr(d->fault.text, of[i].named));
	}
	assert_int_equal(fits_with(d, "<headline>", "<headline>\n\t "), ERR_OK);
	assert_int_equal(fits_with(d, "</info>", ""), ERR_FORMAT);
	d->content.text_count--;
	assert_int_equal(fits(d), ERR_CONFLICT);
	d->content.text_count++;
	d->content.cap.len = 0;
	assert_int_not_equal(fits(d), ERR_OK);
}

static void
an_exercise_fits_its_message(void **state)
{
	struct desk *d = *state;
	struct compose in = desk_compose(d, VERB_ALERT, 0);

	in.zone = both;
	in.zone_count = 2;
	in.mode = MODE_EXERCISE;
	assert_int_equal(desk_try(d, &in), ERR_OK);
	assert_int_equal(fits(d), ERR_OK);
	assert_int_equal(
		fits_with(d, "<status>Exercise<", "<status>Actual<"), ERR_CONFLICT);
}

static void
only_an_all_clear_says_all_clear(void **state)
{
	struct desk *d = *state;
	uint64_t id = desk_alert(d, both, 2);
	struct compose in = desk_compose(d, VERB_ALL_CLEAR, id);

	assert_int_equal(desk_try(d, &in), ERR_OK);
	assert_int_equal(fits_with(d, "<responseType>AllClear<", "<responseType>None<"),
		ERR_CONFLICT);
	assert_int_equal(
		fits_with(d, "<msgType>Update<", "<msgType>Cancel<"), ERR_CONFLICT);
}

/* ---- its bytes ---- */

static void
content_comes_back_byte_for_byte(void **state)
{
	struct desk *d = *state;
	struct buffer again = {0};

	make_alert(d);
	content_write(&again, &d->content);
	assert_true(bytes_equal(buffer_bytes(&again), buffer_bytes(&d->bytes)));
	assert_true(d->content.text_count >= 2);
	buffer_free(&again);
}

static void
content_cut_anywhere_is_refused(void **state)
{
	struct desk *d = *state;
	struct content c;

	make_alert(d);
	for (size_t n = 0; n < d->bytes.len; n += n < 300 ? 1 : 997)
		assert_int_not_equal(
			content_read(&c, d->arena, bytes_of(d->bytes.at, n), &d->fault),
			ERR_OK);
}

/* The same length, so that only the meaning changes. */
static void
assert_refused_with(struct desk *d, const char *good, const char *bad)
{
	struct content c;
	struct buffer text = {0};
	char *at;

	write_bytes(&text, d->bytes.at, d->bytes.len);
	at = strstr((char *)(uintptr_t)buffer_text(&text), good);
	assert_non_null(at);
	assert_int_equal(strlen(good), strlen(bad));
	memcpy(at, bad, strlen(bad));
	assert_int_not_equal(
		content_read(&c, d->arena, buffer_bytes(&text), &d->fault), ERR_OK);
	buffer_free(&text);
}

static void
hostile_content_is_refused(void **state)
{
	struct desk *d = *state;

	make_alert(d);
	assert_refused_with(d, "belfry-content-1", "belfry-content-2");
	assert_refused_with(d, "\"verb\":\"alert\"", "\"verb\":\"alarm\"");
	assert_refused_with(d, "\"mode\":\"live\"", "\"mode\":\"dead\"");
	assert_refused_with(d, "\"zones\":[4,5]", "\"zones\":[5,4]");
	assert_refused_with(d, "\"zones\":[4,5]", "\"zones\":[4,4]");
	assert_refused_with(d, "\"zones\":[4,5]", "\"zones\":[0,5]");
	assert_refused_with(d, "\"zones\":[4,5]", "\"zones\":[  ] ");
	assert_refused_with(d, "\"hazard\":1", "\"hazarD\":1");
	assert_refused_with(d, "\"hazard\":1,", "\"hazard\":-,");
	assert_refused_with(d, "\"order\":", "\"alert\":"); /* twice */
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		CASE(an_alert_is_an_alarm_that_may_join),
		CASE(each_verb_makes_a_message_and_an_order),
		CASE(a_message_without_a_sound_is_ordered_and_followed_up),
		CASE(a_message_does_not_bar_the_all_clear_of_an_alarm),
		CASE(a_test_orders_boxes_and_tells_the_public_nothing),
		CASE(an_update_keeps_adds_and_clears),
		CASE(there_is_no_all_clear_under_another_alarm),
		CASE(break_glass_ends_within_half_an_hour),
		CASE(what_is_not_there_is_named),
		CASE(every_disagreement_is_found),
		CASE(a_group_stands_for_its_zones),
		CASE(a_message_that_says_other_words_than_the_texts_is_refused),
		CASE(an_exercise_fits_its_message),
		CASE(only_an_all_clear_says_all_clear),
		CASE(content_comes_back_byte_for_byte),
		CASE(content_cut_anywhere_is_refused),
		CASE(hostile_content_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
