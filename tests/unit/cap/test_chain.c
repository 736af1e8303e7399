/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "cap/capval.h"
#include "cap/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char head[] = "<alert xmlns=\"" CAP_NAMESPACE "\">";

/* An alert of one zone in English and Ukrainian; %s: identifier, sent, rest of the head. */
static const char form[] =
	"%s<identifier>%s</identifier><sender>warn.example.org</sender><sent>%s</sent>"
	"<status>%s</status><msgType>%s</msgType><scope>Public</scope>%s"
	"<info><language>en-GB</language><category>Security</category><event>Air "
	"raid</event>"
	"<responseType>Shelter</responseType><urgency>Immediate</urgency>"
	"<severity>Extreme</severity><certainty>Likely</certainty>"
	"<onset>2026-11-22T14:00:00-00:00</onset><expires>2026-11-22T16:00:00-00:00</"
	"expires>"
	"<parameter><valueName>X</valueName><value>y</value></parameter>"
	"<area><areaDesc>%s</areaDesc></area></info>"
	"<info><language>uk</language><category>Security</category><event>Tryvoha</event>"
	"<urgency>Immediate</urgency><severity>Extreme</severity><certainty>Likely</"
	"certainty>"
	"<area><areaDesc>Misto</areaDesc></area></info></alert>";

static const struct chain_text texts[] = {
	{"en", NULL, "Stopped", "We are checking.", "Stay where you are."},
	{"uk", "Podiya", "Zupyneno", "Pereviryayemo.", "Zalyshaytesya."},
};

struct desk {
	struct arena *arena;
	struct fault fault;
	struct capmsg first, second, out;
	const struct capmsg *live[2];
	struct chain chain;
};

static int64_t
at(const char *time)
{
	int64_t ms = 0;

	assert_int_equal(time_read(&ms, time, strlen(time)), ERR_OK);
	return ms;
}

static void
make(struct desk *d, struct capmsg *m, const char *id, const char *sent, const char *status,
	const char *type, const char *rest, const char *area)
{
	char xml[4000];
	int n = snprintf(xml, sizeof xml, form, head, id, sent, status, type, rest, area);

	if (capmsg_read(m, d->arena, xml, (size_t)n, &d->fault) != ERR_OK)
		fail_msg("%s", d->fault.text);
}

static void
open_desk(struct desk *d)
{
	*d = (struct desk){0};
	assert_int_equal(arena_new(&d->arena), ERR_OK);
	make(d, &d->first, "A1", "2026-11-22T14:00:00-00:00", "Actual", "Alert",
		"<incidents>raid-7</incidents>", "Old town");
	make(d, &d->second, "A2", "2026-11-22T16:01:00+02:00", "Actual", "Update",
		"<note>more</note><references>warn.example.org,A0,2026-11-22T13:00:00-00:00"
		"</references>",
		"Harbour");
	d->live[0] = &d->first;
	d->live[1] = &d->second;
	d->chain = (struct chain){d->live, 2, "A3", at("2026-11-22T14:05:00Z"), 0};
}

static void
close_desk(struct desk *d)
{
	arena_free(d->arena);
}

static void
assert_good(struct desk *d)
{
	struct buffer b = {0};
	struct capmsg again;

	if (capmsg_check_output(&d->out, &d->fault) != ERR_OK)
		fail_msg("%s", d->fault.text);
	assert_int_equal(capmsg_write(&b, &d->out, &d->fault), ERR_OK);
	assert_int_equal(capmsg_read(&again, d->arena, b.at, b.len, &d->fault), ERR_OK);
	buffer_free(&b);
}

static void
a_stop_names_all_that_lives_and_is_no_all_clear(void **state)
{
	struct desk d;
	const struct cap_info *en;

	(void)state;
	open_desk(&d);
	assert_int_equal(chain_stop(&d.out, d.arena, &d.chain, texts, 2, &d.fault), ERR_OK);
	assert_good(&d);
	assert_string_equal(d.out.msg_type, "Update");
	assert_string_equal(d.out.identifier, "A3");
	assert_string_equal(d.out.sent, "2026-11-22T14:05:00-00:00");
	assert_string_equal(d.out.references,
		"warn.example.org,A1,2026-11-22T14:00:00-00:00 "
		"warn.example.org,A2,2026-11-22T16:01:00+02:00");
	assert_string_equal(d.out.incidents, "raid-7");
	assert_null(d.out.note);
	assert_int_equal(d.out.info.n, 2);
	en = &d.out.info.at[0];
	assert_string_equal(en->language, "en");
	assert_string_equal(en->event, "Air raid");
	assert_string_equal(en->headline, "Stopped");
	assert_int_equal(en->response_type.n, 2);
	assert_string_equal(en->response_type.at[0], "Shelter");
	assert_string_equal(en->urgency, "Immediate");
	assert_string_equal(en->severity, "Extreme");
	assert_string_equal(en->certainty, "Unknown");
	assert_string_equal(en->expires, "2026-11-22T16:00:00-00:00");
	assert_null(en->onset);
	assert_int_equal(en->parameter.n, 0);
	assert_string_equal(d.out.info.at[1].event, "Podiya");
	close_desk(&d);
}

static void
a_follow_up_covers_the_areas_of_all_that_lives_once(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d);
	assert_int_equal(
		chain_all_clear(&d.out, d.arena, &d.chain, texts, 2, &d.fault), ERR_OK);
	assert_int_equal(d.out.info.at[0].area.n, 2);
	assert_string_equal(d.out.info.at[0].area.at[0].desc, "Old town");
	assert_string_equal(d.out.info.at[0].area.at[1].desc, "Harbour");
	assert_int_equal(d.out.info.at[1].area.n, 1);
	assert_string_equal(d.out.info.at[1].area.at[0].desc, "Misto");
	close_desk(&d);
}

static void
an_all_clear_says_so_in_words_that_machines_read(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d);
	d.chain.expires_ms = at("2026-11-22T15:00:00Z");
	assert_int_equal(
		chain_all_clear(&d.out, d.arena, &d.chain, texts, 2, &d.fault), ERR_OK);
	assert_good(&d);
	assert_string_equal(d.out.msg_type, "Update");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(d.out.info.at[i].response_type.n, 1);
		assert_string_equal(d.out.info.at[i].response_type.at[0], "AllClear");
		assert_string_equal(d.out.info.at[i].urgency, "Past");
		assert_string_equal(d.out.info.at[i].expires, "2026-11-22T15:00:00-00:00");
	}
	close_desk(&d);
}

static void
a_correction_is_a_cancel_with_a_note(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d);
	assert_int_equal(chain_cancel(&d.out, d.arena, &d.chain, "", texts, 2, &d.fault),
		ERR_REFUSED);
	assert_int_equal(chain_cancel(&d.out, d.arena, &d.chain, "It was false.", texts, 2,
				 &d.fault),
		ERR_OK);
	assert_good(&d);
	assert_string_equal(d.out.msg_type, "Cancel");
	assert_string_equal(d.out.note, "It was false.");
	assert_string_equal(d.out.info.at[0].certainty, "Unlikely");
	assert_string_equal(d.out.info.at[0].severity, "Extreme");
	close_desk(&d);
}

static void
an_exercise_keeps_its_name_in_every_note(void **state)
{
	struct desk d;
	struct capmsg drill;
	const struct capmsg *live[1] = {&drill};

	(void)state;
	open_desk(&d);
	make(&d, &drill, "E1", "2026-11-22T14:00:00-00:00", "Exercise", "Alert",
		"<note>Heron 7</note>", "x");
	d.chain.live = live;
	d.chain.n = 1;
	assert_int_equal(chain_stop(&d.out, d.arena, &d.chain, texts, 1, &d.fault), ERR_OK);
	assert_string_equal(d.out.note, "Heron 7");
	assert_string_equal(d.out.status, "Exercise");
	assert_int_equal(chain_cancel(&d.out, d.arena, &d.chain, "It was false.", texts, 1,
				 &d.fault),
		ERR_OK);
	assert_string_equal(d.out.note, "It was false. Heron 7");
	close_desk(&d);
}

static void
an_update_brings_its_own_infos_and_clears_what_it_drops(void **state)
{
	struct desk d;
	struct capmsg content, cleared;

	(void)state;
	open_desk(&d);
	make(&d, &content, "x", "2026-11-22T14:00:00-00:00", "Actual", "Alert",
		"<note>not taken</note>", "New town");
	assert_int_equal(
		chain_all_clear(&cleared, d.arena, &d.chain, texts, 1, &d.fault), ERR_OK);
	assert_int_equal(
		chain_update(&d.out, d.arena, &d.chain, &content, &cleared, &d.fault),
		ERR_OK);
	assert_good(&d);
	assert_string_equal(d.out.identifier, "A3");
	assert_null(d.out.note);
	assert_int_equal(d.out.info.n, 3);
	assert_string_equal(d.out.info.at[0].area.at[0].desc, "New town");
	assert_null(d.out.info.at[0].headline);
	assert_string_equal(d.out.info.at[2].response_type.at[0], "AllClear");
	close_desk(&d);
}

/* After an update that cleared Old town, a stop speaks of what was still warned. */
static void
a_stop_leaves_out_what_was_cleared_before(void **state)
{
	struct desk d;
	struct capmsg content, cleared, update;
	const struct capmsg *live[1] = {&update};

	(void)state;
	open_desk(&d);
	make(&d, &content, "x", "2026-11-22T14:00:00-00:00", "Actual", "Alert", "",
		"New town");
	assert_int_equal(
		chain_all_clear(&cleared, d.arena, &d.chain, texts, 1, &d.fault), ERR_OK);
	assert_int_equal(
		chain_update(&update, d.arena, &d.chain, &content, &cleared, &d.fault),
		ERR_OK);
	d.chain = (struct chain){live, 1, "A4", at("2026-11-22T14:06:00Z"), 0};
	assert_int_equal(chain_stop(&d.out, d.arena, &d.chain, texts, 1, &d.fault), ERR_OK);
	assert_int_equal(d.out.info.at[0].area.n, 1);
	assert_string_equal(d.out.info.at[0].area.at[0].desc, "New town");
	close_desk(&d);
}

static void
a_false_all_clear_can_be_corrected_too(void **state)
{
	struct desk d;
	struct capmsg cleared;
	const struct capmsg *live[1] = {&cleared};

	(void)state;
	open_desk(&d);
	assert_int_equal(
		chain_all_clear(&cleared, d.arena, &d.chain, texts, 2, &d.fault), ERR_OK);
	d.chain = (struct chain){live, 1, "A4", at("2026-11-22T14:06:00Z"), 0};
	assert_int_equal(chain_cancel(&d.out, d.arena, &d.chain, "It is not over.", texts,
				 2, &d.fault),
		ERR_OK);
	assert_int_equal(d.out.info.at[0].area.n, 2);
	assert_string_equal(
		d.out.references, "warn.example.org,A3,2026-11-22T14:05:00-00:00");
	close_desk(&d);
}

static void
a_language_without_an_info_builds_upon_the_first(void **state)
{
	static const struct chain_text arabic = {"ar", NULL, "h", "d", "i"};
	struct desk d;

	(void)state;
	open_desk(&d);
	assert_int_equal(
		chain_stop(&d.out, d.arena, &d.chain, &arabic, 1, &d.fault), ERR_OK);
	assert_string_equal(d.out.info.at[0].language, "ar");
	assert_string_equal(d.out.info.at[0].event, "Air raid");
	assert_int_equal(d.out.info.at[0].area.n, 2);
	close_desk(&d);
}

static void
assert_refused(struct desk *d, const char *says)
{
	assert_int_equal(
		chain_stop(&d->out, d->arena, &d->chain, texts, 2, &d->fault), ERR_REFUSED);
	assert_non_null(strstr(d->fault.text, says));
}

static void
what_cannot_be_followed_is_refused(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d);
	d.chain.n = 0;
	assert_refused(&d, "no message");
	d.chain.n = 2;
	d.chain.identifier = "A2";
	assert_refused(&d, "rule 21");
	d.chain.identifier = "A3";
	d.chain.sent_ms = at("2026-11-22T14:00:59Z");
	assert_refused(&d, "rule 21");
	d.chain.sent_ms = at("2026-11-22T14:01:00.9Z");
	assert_int_equal(chain_stop(&d.out, d.arena, &d.chain, texts, 2, &d.fault), ERR_OK);
	d.second.msg_type = "Cancel";
	assert_refused(&d, "type Cancel");
	d.second.msg_type = "Update";
	d.second.status = "Exercise";
	assert_refused(&d, "status Exercise");
	d.second.status = "Actual";
	d.second.info.n = 0;
	assert_refused(&d, "no info");
	assert_int_equal(
		chain_stop(&d.out, d.arena, &d.chain, texts, 0, &d.fault), ERR_REFUSED);
	close_desk(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stop_names_all_that_lives_and_is_no_all_clear),
		cmocka_unit_test(a_follow_up_covers_the_areas_of_all_that_lives_once),
		cmocka_unit_test(an_all_clear_says_so_in_words_that_machines_read),
		cmocka_unit_test(a_correction_is_a_cancel_with_a_note),
		cmocka_unit_test(an_exercise_keeps_its_name_in_every_note),
		cmocka_unit_test(an_update_brings_its_own_infos_and_clears_what_it_drops),
		cmocka_unit_test(a_stop_leaves_out_what_was_cleared_before),
		cmocka_unit_test(a_false_all_clear_can_be_corrected_too),
		cmocka_unit_test(a_language_without_an_info_builds_upon_the_first),
		cmocka_unit_test(what_cannot_be_followed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
