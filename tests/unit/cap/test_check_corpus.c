/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All rules over whole files: those of tests/data/cap, and real messages with known verdicts, rules
 * and warnings in ../shared/data/cap (not part of the project).
 */
#include "check_edit.h"
#include "slurp.h"

#define CORPUS "../shared/data/cap/"
#define OWN "tests/data/cap/"

enum { VERDICT = 4, RULES = 18, WARNS = 19, COLUMNS = 20, RULE_MAX = 63 };

/* Split a line at its tabs; missing columns are "". */
static void
split(char *line, char *column[COLUMNS])
{
	line[strcspn(line, "\r\n")] = '\0';
	for (size_t i = 0; i < COLUMNS; i++) {
		column[i] = line;
		line += strcspn(line, "\t");
		if (*line != '\0')
			*line++ = '\0';
	}
}

/* Bit n stands for rule n: "4,12". */
static uint64_t
rules_of(const char *list)
{
	uint64_t rules = 0;

	while (*list != '\0') {
		rules |= UINT64_C(1) << atoi(list);
		list += strcspn(list, ",");
		list += *list == ',';
	}
	return rules;
}

static uint64_t
rules_found(const struct judged *j, enum cap_level least, enum cap_level most)
{
	uint64_t rules = 0;

	for (size_t i = 0; i < j->findings.count; i++) {
		const struct cap_finding *f = &j->findings.at[i];

		assert_in_range(f->rule, 1, RULE_MAX);
		if (f->level >= least && f->level <= most)
			rules |= UINT64_C(1) << f->rule;
	}
	return rules;
}

/* The index tells more kinds of what is no CAP 1.2. */
static const char *
expected_verdict(const char *index)
{
	if (strncmp(index, "legacy", 6) == 0)
		return "legacy";
	if (strcmp(index, "edxl") == 0 || strcmp(index, "invalid-feed") == 0)
		return "feed";
	return index;
}

static void
judge_file(struct judged *j, struct buffer *file, const char *folder, const char *name)
{
	char path[300];

	snprintf(path, sizeof path, "%s%s", folder, name);
	if (!slurp(file, path))
		fail_msg("%s cannot be read", path);
	judge(j, buffer_bytes(file));
}

static bool
is_as_expected(char *column[COLUMNS])
{
	uint64_t errors = rules_of(column[RULES]), warns = rules_of(column[WARNS]);
	struct buffer file = {0};
	struct judged j;
	bool same;

	judge_file(&j, &file, CORPUS, column[0]);
	same = strcmp(cap_verdict_name(j.verdict), expected_verdict(column[VERDICT])) ==
		       0 &&
	       rules_found(&j, CAP_ERROR, CAP_ERROR) == errors &&
	       (warns & ~rules_found(&j, CAP_NOTE, CAP_WARNING)) == 0;
	if (!same) {
		print_message("%s: expected %s, errors %s, warnings %s; found %s:\n",
			column[0], column[VERDICT], column[RULES], column[WARNS],
			cap_verdict_name(j.verdict));
		show(&j);
	}
	arena_free(j.arena);
	buffer_free(&file);
	return same;
}

static void
real_messages_have_the_verdict_rules_and_warnings_of_their_index(void **state)
{
	struct buffer index = {0};
	char *line, *rest, *column[COLUMNS];
	size_t n = 0, others = 0;

	(void)state;
	if (!slurp(&index, CORPUS "index.tsv"))
		skip();
	write_u8(&index, 0);
	rest = (char *)index.at;
	for (strsep(&rest, "\n"); (line = strsep(&rest, "\n")) != NULL && *line != '\0';
		n++) {
		split(line, column);
		others += !is_as_expected(column);
	}
	print_message("%zu messages, %zu not as expected\n", n, others);
	assert_int_equal(others, 0);
	assert_true(n > 50);
	buffer_free(&index);
}

static void
our_own_files_are_judged(void **state)
{
	static const struct {
		const char *name;
		enum cap_verdict verdict;
		const char *errors;
	} row[] = {
		{"good-full.xml", CAP_WARN, ""},
		{"good-no-info.xml", CAP_VALID, ""},
		{"good-bom.xml", CAP_VALID, ""},
		{"good-latin1.xml", CAP_VALID, ""},
		{"good-utf16.xml", CAP_VALID, ""},
		{"good-prefix.xml", CAP_VALID, ""},
		{"good-cdata.xml", CAP_WARN, ""},
		{"good-signed-stub.xml", CAP_WARN, ""},
		{"hostile-bomb.xml", CAP_INVALID, "52"},
		{"hostile-external.xml", CAP_INVALID, "52"},
		{"hostile-external-dtd.xml", CAP_INVALID, "52"},
		{"hostile-html-entity.xml", CAP_INVALID, "1"},
		{"hostile-deep.xml", CAP_INVALID, "1"},
		{"hostile-deep-signature.xml", CAP_INVALID, "1"},
		{"hostile-cut.xml", CAP_INVALID, "1"},
		{"hostile-two-roots.xml", CAP_INVALID, "1"},
		{"hostile-nul.xml", CAP_INVALID, "1"},
		{"hostile-utf8.xml", CAP_INVALID, "1"},
		{"hostile-control.xml", CAP_INVALID, "1"},
		{"hostile-double-attribute.xml", CAP_INVALID, "1"},
		{"hostile-encoding.xml", CAP_INVALID, "1"},
		{"bad-unknown.xml", CAP_INVALID, "3,4"},
		{"bad-order.xml", CAP_INVALID, "3"},
		{"bad-twice.xml", CAP_INVALID, "4"},
		{"bad-missing.xml", CAP_INVALID, "4"},
		{"bad-loose-text.xml", CAP_INVALID, "3"},
		{"bad-markup.xml", CAP_INVALID, "24"},
		{"bad-info-incomplete.xml", CAP_INVALID, "29"},
		{"bad-geocode.xml", CAP_INVALID, "31"},
		{"bad-signature-first.xml", CAP_INVALID, "3"},
		{"bad-foreign.xml", CAP_INVALID, "3"},
		{"other-cap11.xml", CAP_LEGACY, ""},
		{"other-atom.xml", CAP_FEED, ""},
		{"other-empty.xml", CAP_INVALID, "1"},
		{"other-json.xml", CAP_INVALID, "1"},
	};
	size_t others = 0;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct buffer file = {0};
		struct judged j;

		judge_file(&j, &file, OWN, row[i].name);
		if (j.verdict != row[i].verdict ||
			rules_found(&j, CAP_ERROR, CAP_ERROR) != rules_of(row[i].errors)) {
			print_message(
				"%s: found %s\n", row[i].name, cap_verdict_name(j.verdict));
			show(&j);
			others++;
		}
		arena_free(j.arena);
		buffer_free(&file);
	}
	assert_int_equal(others, 0);
}

/* ---- documents that are no CAP 1.2, and what is said of them ---- */

static void
assert_document(const char *document, enum cap_verdict verdict, int rule,
	enum cap_level level, const char *says)
{
	struct judged j;

	judge(&j, bytes_of_text(document));
	if (j.verdict != verdict || j.findings.count != 1)
		show(&j);
	assert_int_equal(j.verdict, verdict);
	assert_int_equal(j.findings.count, 1);
	assert_int_equal(j.findings.at[0].rule, rule);
	assert_int_equal(j.findings.at[0].level, level);
	assert_non_null(strstr(j.findings.at[0].text, says));
	arena_free(j.arena);
}

static void
what_is_no_cap_is_named(void **state)
{
	(void)state;
	assert_document("", CAP_INVALID, 1, CAP_ERROR, "empty");
	assert_document("<alert>", CAP_INVALID, 1, CAP_ERROR, "well-formed");
	assert_document("<alert/>", CAP_NOT_CAP, 1, CAP_ERROR, "xmlns=");
	assert_document("<alert xmlns='urn:x'/>", CAP_NOT_CAP, 1, CAP_ERROR, "xmlns=");
	assert_document("<html/>", CAP_NOT_CAP, 1, CAP_ERROR, "<html>");
	assert_document("<Alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'/>",
		CAP_NOT_CAP, 1, CAP_ERROR, "<Alert>");
	assert_document("<!DOCTYPE alert><alert/>", CAP_INVALID, 52, CAP_ERROR, "DTD");
	assert_document("<alert xmlns='urn:oasis:names:tc:emergency:cap:1.1'/>", CAP_LEGACY,
		1, CAP_NOTE, "CAP 1.1");
	assert_document("<alert xmlns='http://www.incident.com/cap/1.0'/>", CAP_LEGACY, 1,
		CAP_NOTE, "CAP 1.0");
	assert_document("<feed xmlns='http://www.w3.org/2005/Atom'/>", CAP_FEED, 1,
		CAP_NOTE, "Atom");
	assert_document("<rss version='2.0'/>", CAP_FEED, 1, CAP_NOTE, "RSS");
	assert_document(
		"<EDXLDistribution xmlns='urn:oasis:names:tc:emergency:EDXL:DE:1.0'/>",
		CAP_FEED, 1, CAP_NOTE, "EDXL-DE");
}

static void
an_empty_alert_lacks_six_elements(void **state)
{
	struct judged j;

	(void)state;
	judge(&j, bytes_of_text("<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>\n"
				"</alert>"));
	assert_int_equal(j.findings.levels[CAP_ERROR], 6);
	assert_int_equal(rules_found(&j, CAP_NOTE, CAP_ERROR), UINT64_C(1) << 4);
	assert_int_equal(j.verdict, CAP_INVALID);
	arena_free(j.arena);
}

static void
findings_come_in_the_order_of_the_document(void **state)
{
	struct buffer b = {0};
	struct judged j;

	(void)state;
	edited(&b, "2026-11-22T14:22:37+04:00</sent>\n<status>Actual",
		"x</sent>\n<status>y");
	judge(&j, buffer_bytes(&b));
	assert_int_equal(j.findings.count, 2);
	assert_int_equal(j.findings.at[0].rule, 48);
	assert_int_equal(j.findings.at[0].line, 5);
	assert_int_equal(j.findings.at[0].column, 1);
	assert_string_equal(j.findings.at[0].xpath, "/alert/sent");
	assert_int_equal(j.findings.at[1].rule, 8);
	assert_int_equal(j.findings.at[1].line, 6);
	arena_free(j.arena);
	buffer_free(&b);
}

static void
long_values_are_shown_cut_and_on_one_line(void **state)
{
	struct buffer b = {0};
	struct judged j;

	(void)state;
	edited(&b, ">Actual<",
		">1234567890\n  1234567890 1234567890 1234567890 1234567890 123456<");
	judge(&j, buffer_bytes(&b));
	assert_non_null(strstr(j.findings.at[0].text,
		"\"1234567890 1234567890 1234567890 1234567890 1234567890 12345...\""));
	arena_free(j.arena);
	buffer_free(&b);
}

/* A crowd of what is wrong must not take time by the square of it. */
static void
hundred_thousand_elements_out_of_place_are_told_of_soon(void **state)
{
	struct buffer b = {0};
	struct judged j;

	(void)state;
	write_text(&b, "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><info>");
	for (int i = 0; i < 30000; i++)
		write_text(&b, "<category/>");
	for (int i = 0; i < 30000; i++)
		write_text(&b, "<responseType/><category/>");
	for (int i = 0; i < 30000; i++)
		write_format(&b, "<x%d/>", i);
	write_text(&b, "</info></alert>");
	judge(&j, buffer_bytes(&b));
	assert_int_equal(j.verdict, CAP_INVALID);
	assert_int_equal(j.findings.count, CAP_FINDINGS_MAX);
	assert_true(j.findings.left_out > 0);
	arena_free(j.arena);
	buffer_free(&b);
}

static void
unknown_elements_are_named_up_to_twenty(void **state)
{
	struct buffer b = {0};
	struct judged j;

	(void)state;
	write_bytes(
		&b, good_message, (size_t)(strstr(good_message, "<info>") - good_message));
	for (int i = 0; i < 150000; i++)
		write_format(&b, "<x%d/>", i);
	write_text(&b, "</alert>");
	judge(&j, buffer_bytes(&b));
	assert_int_equal(j.findings.count, 21);
	assert_string_equal(j.findings.at[0].xpath, "/alert");
	assert_non_null(strstr(j.findings.at[0].text, "149980 more"));
	assert_string_equal(j.findings.at[20].xpath, "/alert/x19");
	arena_free(j.arena);
	buffer_free(&b);
}

static void
a_crowd_of_notes_hides_no_error(void **state)
{
	struct buffer b = {0};
	struct judged j;

	(void)state;
	write_bytes(
		&b, good_message, (size_t)(strstr(good_message, "<info>") - good_message));
	for (int i = 0; i < 3000; i++)
		write_text(&b, "<info><category>Safety</category><event>Dam</event>"
			       "<urgency>Past</urgency><severity>Minor</severity>"
			       "<certainty>Likely</certainty></info>");
	write_text(&b, "<info/></alert>");
	judge(&j, buffer_bytes(&b));
	assert_int_equal(j.findings.count, CAP_FINDINGS_MAX);
	assert_int_equal(j.findings.levels[CAP_NOTE], 3001);
	assert_int_equal(rules_found(&j, CAP_ERROR, CAP_ERROR), rules_of("26,27,29"));
	assert_int_equal(j.findings.left_out, 3001 + 5 - CAP_FINDINGS_MAX);
	arena_free(j.arena);
	buffer_free(&b);
}

/* Long texts take another way through the reader. */
static void
long_texts_and_long_blanks_are_read_as_short_ones(void **state)
{
	struct buffer text = {0}, b = {0};
	struct edit edit = {"<contact>112</contact>", NULL, PASSES, CAP_NOTE, ""};
	const struct cap_node *n;
	struct judged j;

	(void)state;
	write_text(&text, "<contact>112</contact>");
	for (int i = 0; i < 10000; i++)
		write_text(&text, i % 100 == 0 ? "\n" : " ");
	edit.to = buffer_text(&text);
	assert_edit(&edit);
	write_text(&text, "x");
	edit.to = buffer_text(&text);
	edit.rule = 24;
	edit.level = CAP_ERROR;
	edit.says = "The text \"x\" stands loose";
	assert_edit(&edit);
	buffer_clear(&text);
	for (int i = 0; i < 1000; i++)
		write_text(&text, "12345678");
	write_text(&text, "<!-- a comment --><![CDATA[9a]]>&#98;c");
	edited(&b, "Go uphill.", buffer_text(&text));
	judge(&j, buffer_bytes(&b));
	n = cap_child(
		cap_child(j.tree.root, CAP_SPACE_12, "info"), CAP_SPACE_12, "instruction");
	assert_int_equal(n->text_len, 8004);
	assert_string_equal(n->text + 7998, "789abc");
	assert_false(n->loose);
	arena_free(j.arena);
	buffer_free(&b);
	buffer_free(&text);
}

/* Were each part joined by a copy of all before it, this would take 16 GB. */
static void
loose_text_in_many_parts_takes_little_room(void **state)
{
	struct buffer b = {0};
	struct judged j;

	(void)state;
	write_text(&b, "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>");
	for (int i = 0; i < 190000; i++)
		write_format(&b, "%d,<b/>", i % 10);
	write_text(&b, "</alert>");
	judge(&j, buffer_bytes(&b));
	assert_int_equal(j.tree.root->text_len, 2 * 190000);
	assert_int_equal(
		strncmp(j.tree.root->text + 379980, "0,1,2,3,4,5,6,7,8,9,", 21), 0);
	assert_non_null(strstr(j.findings.at[0].text, "\"0,1,2,3,4,5,6,7,8,9,0,"));
	arena_free(j.arena);
	buffer_free(&b);
}

static void
profiles_have_names(void **state)
{
	enum cap_profile p;

	(void)state;
	for (int i = 0; i < CAP_PROFILES; i++) {
		assert_int_equal(
			cap_profile_of_name(&p, cap_profile_name((enum cap_profile)i)),
			ERR_OK);
		assert_int_equal((int)p, i);
	}
	assert_int_equal(cap_profile_of_name(&p, "IPAWS"), ERR_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			real_messages_have_the_verdict_rules_and_warnings_of_their_index),
		cmocka_unit_test(our_own_files_are_judged),
		cmocka_unit_test(what_is_no_cap_is_named),
		cmocka_unit_test(an_empty_alert_lacks_six_elements),
		cmocka_unit_test(findings_come_in_the_order_of_the_document),
		cmocka_unit_test(long_values_are_shown_cut_and_on_one_line),
		cmocka_unit_test(hundred_thousand_elements_out_of_place_are_told_of_soon),
		cmocka_unit_test(unknown_elements_are_named_up_to_twenty),
		cmocka_unit_test(a_crowd_of_notes_hides_no_error),
		cmocka_unit_test(long_texts_and_long_blanks_are_read_as_short_ones),
		cmocka_unit_test(loose_text_in_many_parts_takes_little_room),
		cmocka_unit_test(profiles_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
