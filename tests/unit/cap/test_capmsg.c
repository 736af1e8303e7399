/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cap/capmsg.h"
#include "cap/capval.h"
#include "slurp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DATA "tests/data/cap/"

struct desk {
	struct arena *arena;
	struct buffer file;
	struct capmsg msg;
	struct fault fault;
};

static void
open_desk(struct desk *d, const char *name)
{
	char path[200];

	*d = (struct desk){0};
	assert_int_equal(arena_new(&d->arena), ERR_OK);
	snprintf(path, sizeof path, DATA "%s", name);
	assert_true(name == NULL || slurp(&d->file, path));
}

static void
close_desk(struct desk *d)
{
	arena_free(d->arena);
	buffer_free(&d->file);
}

static enum err
read_desk(struct desk *d)
{
	return capmsg_read(&d->msg, d->arena, d->file.at, d->file.len, &d->fault);
}

static void
every_file_gets_the_answer_of_the_index(void **state)
{
	struct buffer index = {0};
	char *line, *rest, *name, *err, *says;
	size_t n = 0;

	(void)state;
	assert_true(slurp(&index, DATA "index.tsv"));
	rest = (char *)index.at;
	for (strsep(&rest, "\n"); (line = strsep(&rest, "\n")) != NULL && *line != '\0';
		n++) {
		struct desk d;

		name = strsep(&line, "\t");
		err = strsep(&line, "\t");
		says = strsep(&line, "\t");
		open_desk(&d, name);
		if (strcmp(err_name(read_desk(&d)), err) != 0 ||
			strstr(d.fault.text, says) == NULL)
			fail_msg("%s: expected %s, \"%s\"; got: %s", name, err, says,
				d.fault.text);
		close_desk(&d);
	}
	assert_true(n > 30);
	buffer_free(&index);
}

/* The file is written in the very form that capmsg_write() makes. */
static void
every_element_survives_read_copy_and_write(void **state)
{
	struct desk d;
	struct capmsg copy;
	struct buffer out = {0};

	(void)state;
	open_desk(&d, "good-full.xml");
	assert_int_equal(read_desk(&d), ERR_OK);
	assert_int_equal(capmsg_copy(&copy, d.arena, &d.msg), ERR_OK);
	assert_int_equal(capmsg_write(&out, &copy, &d.fault), ERR_OK);
	assert_int_equal(out.len, d.file.len);
	assert_string_equal(buffer_text(&out), buffer_text(&d.file));
	assert_int_equal(capmsg_check_output(&d.msg, &d.fault), ERR_OK);
	buffer_free(&out);
	close_desk(&d);
}

static void
text_comes_out_as_it_was_meant(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d, "good-full.xml");
	assert_int_equal(read_desk(&d), ERR_OK);
	assert_string_equal(d.msg.restriction, "staff & wardens");
	assert_int_equal(d.msg.code.n, 2);
	assert_string_equal(d.msg.info.at[0].event, "Air raid <exercise>");
	assert_string_equal(
		d.msg.info.at[0].area.at[0].polygon.at[1], "40,30 40,31 41,31 40,30");
	assert_string_equal(d.msg.info.at[0].parameter.at[0].value, "");
	assert_null(d.msg.info.at[1].headline);
	close_desk(&d);
	open_desk(&d, "good-cdata.xml");
	assert_int_equal(read_desk(&d), ERR_OK);
	assert_string_equal(d.msg.info.at[0].event, "Air <raid> & more");
	close_desk(&d);
	open_desk(&d, "good-latin1.xml");
	assert_int_equal(read_desk(&d), ERR_OK);
	assert_string_equal(d.msg.info.at[0].event, "Alerte a\u00e9rienne");
	close_desk(&d);
	open_desk(&d, "good-signed-stub.xml");
	assert_int_equal(read_desk(&d), ERR_OK);
	assert_int_equal(d.msg.signatures, 1);
	close_desk(&d);
}

static void
a_file_cut_anywhere_is_refused(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d, "good-full.xml");
	for (size_t len = 0; len < d.file.len - 1; len++) {
		struct arena *arena;

		assert_int_equal(arena_new(&arena), ERR_OK);
		assert_int_not_equal(
			capmsg_read(&d.msg, arena, d.file.at, len, &d.fault), ERR_OK);
		arena_free(arena);
	}
	close_desk(&d);
}

static void
a_file_over_the_limit_is_refused(void **state)
{
	struct desk d;
	struct capmsg m;

	(void)state;
	open_desk(&d, "good-no-info.xml");
	while (d.file.len <= CAPMSG_STRANGER_MAX)
		write_text(&d.file, "<!-- and so on and so on -->\n");
	assert_int_equal(read_desk(&d), ERR_FULL);
	assert_non_null(strstr(d.fault.text, "262144"));
	assert_int_equal(capmsg_read_max(&m, d.arena, d.file.at, d.file.len, CAPMSG_OWN_MAX,
				 &d.fault),
		ERR_OK);
	close_desk(&d);
}

static void
carriage_returns_and_markup_survive(void **state)
{
	struct desk d;
	struct buffer out = {0};
	struct capmsg again;

	(void)state;
	open_desk(&d, "good-no-info.xml");
	assert_int_equal(read_desk(&d), ERR_OK);
	d.msg.note = " a\r\nb\t]]> & < > \" ' \U0001F514 ";
	assert_int_equal(capmsg_write(&out, &d.msg, &d.fault), ERR_OK);
	assert_int_equal(capmsg_read(&again, d.arena, out.at, out.len, &d.fault), ERR_OK);
	assert_string_equal(again.note, d.msg.note);
	buffer_free(&out);
	close_desk(&d);
}

static void
what_xml_forbids_is_not_written(void **state)
{
	static const char *const bad[] = {"\x01", "\xff", "\xc0\x80", "\xed\xa0\x80",
		"\xef\xbf\xbe", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"};
	struct desk d;

	(void)state;
	open_desk(&d, "good-no-info.xml");
	assert_int_equal(read_desk(&d), ERR_OK);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct buffer out = {0};

		d.msg.note = bad[i];
		assert_int_equal(capmsg_write(&out, &d.msg, &d.fault), ERR_FORMAT);
		assert_non_null(strstr(d.fault.text, "<note>"));
		buffer_free(&out);
	}
	close_desk(&d);
}

/* One change to a good message, and the rule that it breaks. */
struct breach {
	const char **place;
	const char *value;
	const char *rule;
};

static void
each_breach_of_a_rule_names_the_rule(void **state)
{
	struct desk d;
	struct cap_info *info;
	struct cap_area *area;

	(void)state;
	open_desk(&d, "good-full.xml");
	assert_int_equal(read_desk(&d), ERR_OK);
	info = &d.msg.info.at[0];
	area = &info->area.at[0];
	const struct breach breach[] = {
		{&d.msg.identifier, NULL, "rule 4"},
		{&d.msg.identifier, "a b", "rule 5"},
		{&d.msg.identifier, "a,b", "rule 5"},
		{&d.msg.identifier, "", "rule 5"},
		{&d.msg.identifier, "belfry-test-0", "rule 21"},
		{&d.msg.sender, "a&b", "rule 6"},
		{&d.msg.sent, "2026-11-22T14:22:37Z", "rule 48"},
		{&d.msg.sent, "2026-11-22T14:22:37.5-00:00", "rule 48"},
		{&d.msg.sent, "2026-11-22T12:00:00-00:00", "rule 21"},
		{&d.msg.status, "actual", "rule 8"},
		{&d.msg.msg_type, "Updated", "rule 11"},
		{&d.msg.scope, "Public", "rule 16"},
		{&d.msg.scope, "Open", "rule 15"},
		{&d.msg.restriction, " ", "rule 16"},
		{&d.msg.addresses, "one \"two", "rule 17"},
		{&d.msg.references, NULL, "rule 12"},
		{&d.msg.references, " ", "rule 12"},
		{&d.msg.references, "a,b", "rule 20"},
		{&d.msg.references, "a,b,yesterday", "rule 20"},
		{&d.msg.incidents, "\"one", "rule 22"},
		{&info->language, "en_US", "rule 25"},
		{&info->category.at[1], "War", "rule 26"},
		{&info->event, "", "rule 27"},
		{&info->response_type.at[0], "Hide", "rule 28"},
		{&info->urgency, "Now", "rule 29"},
		{&info->severity, NULL, "rule 29"},
		{&info->certainty, "Very Likely", "rule 29"},
		{&info->event_code.at[0].name, "", "rule 31"},
		{&info->expires, "tomorrow", "rule 48"},
		{&info->web, "map.png", "rule 36"},
		{&info->resource.at[0].mime_type, "", "rule 38"},
		{&info->resource.at[0].size, "12 kB", "rule 39"},
		{&info->resource.at[0].deref_uri, NULL, NULL},
		{&info->resource.at[0].digest, "abc", "rule 42"},
		{&area->desc, NULL, "rule 43"},
		{&area->polygon.at[0], "50,30 50,31 50,30", "rule 44"},
		{&area->polygon.at[0], "50,30 50,31 51,31 50,30.001", "rule 44"},
		{&area->polygon.at[0], "", "rule 44"},
		{&area->polygon.at[0], "50 30 50 31 51 31 50 30", "rule 44"},
		{&area->polygon.at[0], "30,190 31,190 31,191 30,190", "rule 49"},
		{&area->circle.at[0], "50.5, 30.5 2.5", "rule 45"},
		{&area->circle.at[0], "50.5,30.5 -1", "rule"},
		{&area->altitude, NULL, "rule 47"},
		{&area->ceiling, "high", "rule 43"},
	};
	for (size_t i = 0; i < sizeof breach / sizeof *breach; i++) {
		const char *was = *breach[i].place;
		enum err err;

		d.fault.text[0] = '\0';
		*breach[i].place = breach[i].value;
		err = capmsg_check_output(&d.msg, &d.fault);
		*breach[i].place = was;
		if (breach[i].rule == NULL ? err != ERR_OK
					   : (err != ERR_REFUSED ||
						     !strstr(d.fault.text, breach[i].rule)))
			fail_msg("breach %zu (%s): %s", i, breach[i].value, d.fault.text);
	}
	assert_int_equal(capmsg_check_output(&d.msg, &d.fault), ERR_OK);
	close_desk(&d);
}

static void
a_resource_without_content_needs_a_full_uri(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d, "good-full.xml");
	assert_int_equal(read_desk(&d), ERR_OK);
	d.msg.info.at[0].resource.at[0].uri = "map.png";
	assert_int_equal(capmsg_check_output(&d.msg, &d.fault), ERR_OK);
	d.msg.info.at[0].resource.at[0].deref_uri = NULL;
	assert_int_equal(capmsg_check_output(&d.msg, &d.fault), ERR_REFUSED);
	assert_non_null(strstr(d.fault.text, "rule 40"));
	d.msg.scope = "Private";
	d.msg.restriction = NULL;
	d.msg.addresses = NULL;
	assert_int_equal(capmsg_check_output(&d.msg, &d.fault), ERR_REFUSED);
	assert_non_null(strstr(d.fault.text, "rule 17"));
	close_desk(&d);
}

static void
decimals_are_read_without_the_locale(void **state)
{
	static const struct {
		const char *text;
		double value;
	} good[] = {{"1", 1}, {"-11.", -11}, {".5", 0.5}, {"+3.25", 3.25},
		{"0021.280", 21.28}, {"0.1000000000000000000000000000001", 0.1}};
	static const char *const bad[] = {
		"", "-", ".", "1e3", "1,5", " 1", "1 ", "nan", "0x1"};
	double v;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(
			capval_decimal(&v, good[i].text, strlen(good[i].text)), ERR_OK);
		assert_true(v == good[i].value);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(capval_decimal(&v, bad[i], strlen(bad[i])), ERR_FORMAT);
}

static void
points_are_written_latitude_first_and_no_finer_than_a_metre(void **state)
{
	static const struct {
		struct cap_point p;
		const char *text;
	} row[] = {{{50.4501, 30.5234}, "50.4501,30.5234"}, {{-0.000004, 180}, "0,180"},
		{{-33.9, -70.123456789}, "-33.9,-70.12346"},
		{{0.00001, -0.5}, "0.00001,-0.5"}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct buffer b = {0};

		capval_point_write(&b, row[i].p);
		assert_string_equal(buffer_text(&b), row[i].text);
		buffer_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_gets_the_answer_of_the_index),
		cmocka_unit_test(every_element_survives_read_copy_and_write),
		cmocka_unit_test(text_comes_out_as_it_was_meant),
		cmocka_unit_test(a_file_cut_anywhere_is_refused),
		cmocka_unit_test(a_file_over_the_limit_is_refused),
		cmocka_unit_test(carriage_returns_and_markup_survive),
		cmocka_unit_test(what_xml_forbids_is_not_written),
		cmocka_unit_test(each_breach_of_a_rule_names_the_rule),
		cmocka_unit_test(a_resource_without_content_needs_a_full_uri),
		cmocka_unit_test(decimals_are_read_without_the_locale),
		cmocka_unit_test(
			points_are_written_latitude_first_and_no_finer_than_a_metre),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
