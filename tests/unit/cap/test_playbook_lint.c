/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cap/playbook_lint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ALERT "{source}, {time}: fire now. Places: {zones}."

struct desk {
	struct arena *arena;
	struct playbook book;
	struct playbook_text text[2];
	struct playbook_advice *advice;
	size_t n;
};

/* Texts of which nothing can be said. */
static struct playbook_text
good(void)
{
	struct playbook_text t = {.language = "en",
		.checked_by = "Ada",
		.event = "Fire",
		.exercise = "EXERCISE, only an exercise.",
		.exercise_short = "EXERCISE."};

	for (size_t i = 0; i < PLAYBOOK_PHASES; i++)
		t.phrase[i] = (struct playbook_phrase){
			"Fire: {zones}", ALERT, "Leave now.", "Fire! Leave now: {zones}"};
	t.phrase[PLAYBOOK_STOP].description =
		"The alarm was stopped. This is not the all clear.";
	return t;
}

static int
open_desk(void **state)
{
	static struct desk d;

	d = (struct desk){.book = {.text = d.text, .texts = 1}};
	d.text[0] = good();
	*state = &d;
	return arena_new(&d.arena) == ERR_OK ? 0 : -1;
}

static int
close_desk(void **state)
{
	arena_free(((struct desk *)*state)->arena);
	return 0;
}

/* Exactly one piece of advice, on that field, with those words. */
static void
advises(struct desk *d, const char *field, const char *words)
{
	assert_int_equal(playbook_lint(&d->advice, &d->n, d->arena, &d->book), ERR_OK);
	if (d->n != 1 || strcmp(d->advice[0].field, field) != 0 ||
		strstr(d->advice[0].text, words) == NULL)
		fail_msg("%zu: %s: %s", d->n, d->n > 0 ? d->advice[0].field : "",
			d->n > 0 ? d->advice[0].text : "");
}

static void
good_texts_get_no_advice(void **state)
{
	struct desk *d = *state;

	assert_int_equal(playbook_lint(&d->advice, &d->n, d->arena, &d->book), ERR_OK);
	assert_int_equal(d->n, 0);
}

static void
a_text_that_nobody_checked_is_named(void **state)
{
	struct desk *d = *state;

	d->text[0].checked_by = "unchecked";
	advises(d, "checked_by", "no native speaker");
}

static void
a_long_sentence_is_counted(void **state)
{
	struct desk *d = *state;

	d->text[0].phrase[PLAYBOOK_ALERT].instruction =
		"One two three four five six seven eight nine ten eleven twelve thirteen "
		"fourteen fifteen sixteen. Seventeen.";
	advises(d, "instruction", "16 words");
}

static void
sentences_end_in_every_script(void **state)
{
	(void)state;
	assert_int_equal(lint_longest_sentence("a b c. d e"), 3);
	assert_int_equal(lint_longest_sentence("a b\u0589 c d e\u0589"), 3);
	assert_int_equal(lint_longest_sentence("a b\u061f c"), 2);
	assert_int_equal(lint_longest_sentence("1.5 b c"), 3);
	assert_int_equal(lint_characters("a {zones} \u0436 {time}"), 5);
}

static void
a_long_headline_is_measured_without_placeholders(void **state)
{
	struct desk *d = *state;

	d->text[0].phrase[PLAYBOOK_UPDATE].headline =
		"A headline of sixty characters without its zones is as it is: {zones}";
	advises(d, "update.headline", "62 characters");
}

static void
an_exercise_without_its_word_is_found(void **state)
{
	struct desk *d = *state;

	d->text[0].exercise_short = "NOTE.";
	advises(d, "exercise_short", "does not say");
}

static void
shouting_is_found(void **state)
{
	struct desk *d = *state;

	d->text[0].phrase[PLAYBOOK_ALERT].instruction = "Leave NOW.";
	assert_int_equal(playbook_lint(&d->advice, &d->n, d->arena, &d->book), ERR_OK);
	assert_int_equal(d->n, 0);
	d->text[0].phrase[PLAYBOOK_ALERT].instruction = "LEAVE now.";
	advises(d, "instruction", "capitals");
	d->text[0].phrase[PLAYBOOK_ALERT].instruction =
		"\u0419\u0414\u0406\u0422\u042c now.";
	advises(d, "instruction", "capitals");
}

static void
a_stop_that_sounds_like_an_all_clear_is_found(void **state)
{
	struct desk *d = *state;

	d->text[0].phrase[PLAYBOOK_STOP].description =
		"This is not the all clear. But the danger is over.";
	advises(d, "stop.description", "But the danger is over");
	d->text[0].language = "ru";
	d->text[0].exercise = d->text[0].exercise_short =
		"\u0423\u0427\u0415\u041d\u0418\u042f.";
	d->text[0].phrase[PLAYBOOK_STOP].description =
		"\u042d\u0442\u043e \u043d\u0435 \u043e\u0442\u0431\u043e\u0439. "
		"\u042d\u0442\u043e \u043e\u0442\u0431\u043e\u0439.";
	advises(d, "stop.description", "all clear");
}

static void
a_text_left_in_another_language_is_found(void **state)
{
	struct desk *d = *state;

	d->book.texts = 2;
	d->text[1] = good();
	d->text[1].language = "sv";
	for (size_t i = 0; i < PLAYBOOK_PHASES; i++)
		d->text[1].phrase[i] = (struct playbook_phrase){"Brand: {zones}",
			"{source}, {time}: brand. {zones}.", "Ut.", "Brand: {zones}"};
	d->text[1].phrase[PLAYBOOK_CORRECTION].instruction = "Leave now.";
	advises(d, "correction", "same as in en");
}

static void
a_missing_placeholder_is_found(void **state)
{
	static const struct {
		const char *text, *says;
	} row[] = {{"{time}: fire. {zones}", "{source} is missing"},
		{"{source}: fire. {zones}", "{time} is missing"},
		{"{source}, {time}: fire.", "{zones} is missing"}};
	struct desk *d = *state;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		d->text[0].phrase[PLAYBOOK_ALERT].description = row[i].text;
		advises(d, "description", row[i].says);
	}
	d->text[0].phrase[PLAYBOOK_ALERT].description = ALERT;
	d->text[0].phrase[PLAYBOOK_ALL_CLEAR].brief = "Fire is out";
	advises(d, "all_clear.short", "{zones} is missing");
}

static void
a_short_text_that_is_too_long_is_measured(void **state)
{
	struct desk *d = *state;

	/* 71 characters, the exercise's 9, a blank, and 10 for a zone. */
	d->text[0].phrase[PLAYBOOK_ALERT].brief =
		"A short text with seventy-one characters is one too many for all of us "
		"{zones}";
	advises(d, "short", "one message holds 90");
}

static void
advice_too_long_for_a_wireless_alert_is_measured(void **state)
{
	static char text[240];
	struct desk *d = *state;

	memset(text, 'a', 239);
	d->text[0].phrase[PLAYBOOK_ALL_CLEAR].instruction = text;
	assert_int_equal(playbook_lint(&d->advice, &d->n, d->arena, &d->book), ERR_OK);
	assert_int_equal(d->n, 0);
	memset(text, 'a', sizeof text - 1);
	d->text[0].phrase[PLAYBOOK_ALL_CLEAR].description =
		"{source}, {time}: fire now and here and there and everywhere. {zones}.";
	advises(d, "all_clear.description", "wireless alert holds 360");
}

static void
a_link_is_found(void **state)
{
	struct desk *d = *state;

	d->text[0].phrase[PLAYBOOK_ALERT].instruction = "See https://example.org now.";
	advises(d, "instruction", "a link");
}

int
main(void)
{
#define WITH_DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)
	const struct CMUnitTest tests[] = {
		WITH_DESK(good_texts_get_no_advice),
		WITH_DESK(a_text_that_nobody_checked_is_named),
		WITH_DESK(a_long_sentence_is_counted),
		cmocka_unit_test(sentences_end_in_every_script),
		WITH_DESK(a_long_headline_is_measured_without_placeholders),
		WITH_DESK(an_exercise_without_its_word_is_found),
		WITH_DESK(shouting_is_found),
		WITH_DESK(a_stop_that_sounds_like_an_all_clear_is_found),
		WITH_DESK(a_text_left_in_another_language_is_found),
		WITH_DESK(a_missing_placeholder_is_found),
		WITH_DESK(a_short_text_that_is_too_long_is_measured),
		WITH_DESK(advice_too_long_for_a_wireless_alert_is_measured),
		WITH_DESK(a_link_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
