/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frozen content: written, read, written again; strict about what strangers send. */
#include "alert/content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static const uint16_t zones[] = {2, 5, 900};
static const struct content_text texts[] = {
	{"en-US", "Raid", "Raid: Old Town", "Danger.", "Go to a \"shelter\".\nNow."},
	{"uk", "Тривога", "Тривога: Старе місто", "Небезпека.", ""}};

static struct content
example(void)
{
	return (struct content){.verb = VERB_ALERT,
		.alert = 0x01a2008d8b3f6e1b,
		.order = 0x01a2008d8b3f6e1b,
		.mode = MODE_LIVE,
		.hazard = 7,
		.playbook = "raid",
		.sent_ms = 1795305600123,
		.expires_ms = 1795306200000,
		.zone_count = 3,
		.zone = zones,
		.text_count = 2,
		.text = texts,
		.cap = bytes_of_text("<alert>\xc3\xa4</alert>")};
}

static void
what_is_written_is_read_and_written_the_same(void **state)
{
	struct content c = example(), back;
	struct buffer first = {0}, second = {0};
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	for (int v = 0; v < VERBS; v++) {
		buffer_clear(&first);
		buffer_clear(&second);
		c.verb = (enum verb)v;
		content_write(&first, &c);
		assert_int_equal(first.err, ERR_OK);
		assert_int_equal(
			content_read(&back, arena, buffer_bytes(&first), NULL), ERR_OK);
		assert_int_equal(back.verb, v);
		assert_int_equal(back.sent_ms, c.sent_ms);
		assert_int_equal(back.zone[2], 900);
		assert_string_equal(back.text[1].headline, texts[1].headline);
		assert_true(bytes_equal(back.cap, c.cap));
		content_write(&second, &back);
		assert_string_equal(buffer_text(&first), buffer_text(&second));
	}
	arena_free(arena);
	buffer_free(&first);
	buffer_free(&second);
}

static enum err
read_with(const char *from, const char *to, struct fault *fault)
{
	struct content c = example(), back;
	struct buffer b = {0}, changed = {0};
	struct arena *arena;
	const char *at;
	enum err err;

	content_write(&b, &c);
	at = strstr(buffer_text(&b), from);
	assert_non_null(at);
	write_bytes(&changed, b.at, (size_t)(at - buffer_text(&b)));
	write_text(&changed, to);
	write_text(&changed, at + strlen(from));
	assert_int_equal(arena_new(&arena), ERR_OK);
	err = content_read(&back, arena, buffer_bytes(&changed), fault);
	arena_free(arena);
	buffer_free(&b);
	buffer_free(&changed);
	return err;
}

static void
what_is_wrong_is_refused_with_its_place(void **state)
{
	struct fault fault = {""};

	(void)state;
	assert_int_equal(read_with("[2,5,900]", "[2,900,5]", &fault), ERR_FORMAT);
	assert_non_null(strstr(fault.text, "zones 3"));
	assert_int_equal(read_with("[2,5,900]", "[]", &fault), ERR_RANGE);
	assert_int_equal(read_with("[2,5,900]", "[2,5,70000]", &fault), ERR_FORMAT);
	assert_int_equal(
		read_with("belfry-content-1", "belfry-content-2", &fault), ERR_VERSION);
	assert_int_equal(
		read_with("\"verb\":\"alert\"", "\"verb\":\"alarm\"", &fault), ERR_FORMAT);
	assert_int_equal(read_with("\"hazard\":7", "\"hazard\":700", &fault), ERR_FORMAT);
	assert_int_equal(
		read_with("\"hazard\":7", "\"hazard\":4294967303", &fault), ERR_FORMAT);
	assert_int_equal(read_with("\"hazard\":7,", "", &fault), ERR_FORMAT);
	assert_int_equal(
		read_with("\"event\":\"Raid\"", "\"event\":7", &fault), ERR_FORMAT);
	assert_non_null(strstr(fault.text, "texts 1"));
	assert_int_equal(
		read_with("{\"format\"", "{\"more\":1,\"format\"", &fault), ERR_FORMAT);
	assert_int_equal(read_with("{\"format\"", "[\"format\"", &fault), ERR_FORMAT);
}

static void
ids_are_sixteen_digits(void **state)
{
	char text[17];
	uint64_t id;

	(void)state;
	id_write(text, 0x01a2008d8b3f6e1b);
	assert_string_equal(text, "01a2008d8b3f6e1b");
	assert_int_equal(id_read(&id, text), ERR_OK);
	assert_int_equal(id, 0x01a2008d8b3f6e1b);
	assert_int_equal(id_read(&id, "01a2008d8b3f6e1"), ERR_FORMAT);
	assert_int_equal(id_read(&id, "01a2008d8b3f6e1bb"), ERR_FORMAT);
}

static void
every_verb_has_its_name_and_its_kind_of_entry(void **state)
{
	enum verb back;

	(void)state;
	for (int v = 0; v < VERBS; v++) {
		assert_int_equal(verb_read(&back, verb_name((enum verb)v)), ERR_OK);
		assert_int_equal(back, v);
	}
	assert_int_equal(verb_read(&back, "silence"), ERR_UNKNOWN);
	assert_string_equal(verb_entry_kind(VERB_STOP), "update");
	assert_string_equal(verb_entry_kind(VERB_CORRECTION), "correction");
	assert_string_equal(verb_entry_kind(VERB_ALL_CLEAR), "end");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_and_written_the_same),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
		cmocka_unit_test(ids_are_sixteen_digits),
		cmocka_unit_test(every_verb_has_its_name_and_its_kind_of_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
