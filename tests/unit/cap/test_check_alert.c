/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The head of a message: each rule broken by one small edit, and edits that break none. */
#include "check_edit.h"

static void
the_good_message_is_good(void **state)
{
	struct judged j;

	(void)state;
	judge(&j, bytes_of_text(good_message));
	show(&j);
	assert_int_equal(j.findings.count, 0);
	assert_int_equal(j.verdict, CAP_VALID);
	arena_free(j.arena);
}

static void
attributes_are_refused_but_where_a_schema_is(void **state)
{
	static const struct edit edits[] = {
		{"<note>", "<note lang=\"en\">", 2, CAP_ERROR, "\"lang\""},
		{"<note>", "<note xml:lang=\"en\">", 2, CAP_ERROR, "xml:lang"},
		{"<area>", "<area id=\"a\">", 2, CAP_ERROR, "<area>"},
		{"<value>", "<value x=\"\">", 2, CAP_ERROR, "<value>"},
		{"cap:1.2\">", "cap:1.2\" version=\"1\">", 2, CAP_ERROR, "<alert>"},
		{"<note>",
			"<note xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" "
			"i:nil=\"true\">",
			2, CAP_ERROR, "xsi:nil"},
		{"<note>",
			"<note xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" "
			"i:type=\"xs:string\">",
			2, CAP_NOTE, "xsi:type"},
		{"cap:1.2\">",
			"cap:1.2\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
			"xsi:schemaLocation=\"a b\">",
			PASSES, CAP_NOTE, ""},
		{"<note>", "<note xmlns:other=\"urn:x\">", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
children_of_alert_are_known_and_alone(void **state)
{
	static const struct edit edits[] = {
		{"<source>", "<sorce/><source>", 3, CAP_ERROR, "<source> is meant"},
		{"<source>", "<Status>x</Status><source>", 3, CAP_ERROR,
			"<status> is meant"},
		{"<source>", "<quite_else/><source>", 3, CAP_ERROR, "no place"},
		{"<source>", "<note xmlns=\"urn:x\">a</note><source>", 3, CAP_ERROR,
			"another namespace"},
		{"<source>", "<note xmlns=\"\">a</note><source>", 3, CAP_ERROR,
			"another namespace"},
		{"<source>", "<source/><source>", 3, CAP_ERROR, "again"},
		{"<note>", "<note/><note>", 3, CAP_ERROR, "again"},
		{"<source>", "loose text<source>", 3, CAP_ERROR, "\"loose text\""},
		{"desk 4", "desk <b>4</b>", 3, CAP_ERROR, "<b> stands inside <source>"},
		{"desk 4", "<![CDATA[desk 4]]>", PASSES, CAP_NOTE, ""},
		{"<source>", "<!-- a comment --><?pi of nobody?><source>", PASSES, CAP_NOTE,
			""},
		{"desk 4", "desk<!-- a comment --> 4", PASSES, CAP_NOTE, ""},
		{"<source>desk 4</source>", "<source/>", PASSES, CAP_NOTE, ""},
		{"<source>desk 4</source>", "", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
children_of_alert_stand_in_order(void **state)
{
	static const struct edit edits[] = {
		{"<sender>duty@example.org</sender>\n<sent>2026-11-22T14:22:37+04:00</"
		 "sent>",
			"<sent>2026-11-22T14:22:37+04:00</sent>\n"
			"<sender>duty@example.org</sender>",
			3, CAP_ERROR, "<sent> stands too early"},
		{"<identifier>", "<restriction/><identifier>", 3, CAP_ERROR,
			"Put it behind <scope>"},
		{"</info>\n", "</info>\n<restriction/>", 3, CAP_ERROR,
			"Put it before <addresses>"},
		{"<identifier>",
			"<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>"
			"<identifier>",
			3, CAP_ERROR, "<Signature> stands too early"},
	};
	struct judged j;
	size_t errors = 0;

	(void)state;
	/* Beside the order, an empty restriction and an empty signature are told of. */
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		struct buffer b = {0};
		bool told = false;

		edited(&b, edits[i].from, edits[i].to);
		judge(&j, buffer_bytes(&b));
		errors += j.findings.levels[CAP_ERROR];
		for (size_t k = 0; k < j.findings.count; k++)
			told = told || (j.findings.at[k].rule == 3 &&
					       strstr(j.findings.at[k].text,
						       edits[i].says) != NULL);
		if (!told)
			show(&j);
		assert_true(told);
		arena_free(j.arena);
		buffer_free(&b);
	}
	assert_int_equal(errors, sizeof edits / sizeof *edits);
}

static void
what_must_be_there_is_there_once(void **state)
{
	static const struct edit edits[] = {
		{"<sender>duty@example.org</sender>", "", 4, CAP_ERROR, "<sender>"},
		{"<sent>2026-11-22T14:22:37+04:00</sent>", "", 4, CAP_ERROR, "<sent>"},
		{"<status>Actual</status>", "", 4, CAP_ERROR, "<status>"},
		{"<msgType>Update</msgType>", "", 4, CAP_ERROR, "<msgType>"},
		{"<scope>Public</scope>", "", 4, CAP_ERROR, "<scope>"},
		{"<identifier>urn:oid:2.49.0.1.51.7</identifier>", "", 4, CAP_ERROR,
			"<identifier>"},
		{"<status>", "<status>Actual</status><status>", 4, CAP_ERROR, "again"},
		{"<source>", "<sender>b</sender><source>", 4, CAP_ERROR, "again"},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
names_can_be_referred_to(void **state)
{
	static const struct edit edits[] = {
		{"urn:oid:2.49.0.1.51.7", "a b", 5, CAP_ERROR, "\"a b\""},
		{"urn:oid:2.49.0.1.51.7", "a,b", 5, CAP_ERROR, "\"a,b\""},
		{"urn:oid:2.49.0.1.51.7", "a&lt;b", 5, CAP_ERROR, "\"a<b\""},
		{"urn:oid:2.49.0.1.51.7", "a&amp;b", 5, CAP_ERROR, "\"a&b\""},
		{"urn:oid:2.49.0.1.51.7", "\n a\n", 5, CAP_ERROR, "blank"},
		{"urn:oid:2.49.0.1.51.7", " ", 5, CAP_ERROR, "empty"},
		{"duty@example.org", "duty officer", 6, CAP_ERROR, "\"duty officer\""},
		{"duty@example.org", "", 6, CAP_ERROR, "empty"},
		{"duty@example.org", "\xd5\xb0;/|>", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
words_are_of_the_list_to_the_letter(void **state)
{
	static const struct edit edits[] = {
		{"Actual", "Real", 8, CAP_ERROR,
			"Write one of: Actual, Exercise, System, Test, Draft."},
		{"Actual", "actual", 8, CAP_ERROR, "Write exactly Actual."},
		{"Actual", " Actual\n", 8, CAP_ERROR, "Write exactly Actual."},
		{"Actual", "", 8, CAP_ERROR, "empty"},
		{"Update", "Updated", 11, CAP_ERROR, "Alert, Update, Cancel, Ack, Error"},
		{">Public", ">All", 15, CAP_ERROR, "Public, Restricted, Private"},
		{"Actual", "Test", PASSES, CAP_NOTE, ""},
		{"Actual", "System", PASSES, CAP_NOTE, ""},
		{"Actual", "Draft", PASSES, CAP_NOTE, ""},
		{"Actual", "Exercise", PASSES, CAP_NOTE, ""},
		{"Actual", "<!-- real -->Actual", PASSES, CAP_NOTE, ""},
		{"Update", "Ack", PASSES, CAP_NOTE, ""},
		{"Update", "Error", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
exercises_errors_and_cancels_say_why(void **state)
{
	static const struct edit edits[] = {
		{"Actual</status>\n<msgType>Update</msgType>\n<source>desk 4</source>\n"
		 "<scope>Public</scope>\n<addresses>\"address 1\" two</addresses>\n"
		 "<code>urn:example:profile</code>\n<code>of nobody's list</code>\n"
		 "<note>Second word.</note>",
			"Exercise</status><msgType>Update</msgType><scope>Public</scope>",
			9, CAP_NOTE, "exercise"},
		{"Update</msgType>\n<source>desk 4</source>\n<scope>Public</scope>\n"
		 "<addresses>\"address 1\" two</addresses>\n"
		 "<code>urn:example:profile</code>\n<code>of nobody's list</code>\n"
		 "<note>Second word.</note>",
			"Error</msgType><scope>Public</scope><note> </note>", 13, CAP_NOTE,
			"rejects"},
		{"Update</msgType>\n<source>desk 4</source>\n<scope>Public</scope>\n"
		 "<addresses>\"address 1\" two</addresses>\n"
		 "<code>urn:example:profile</code>\n<code>of nobody's list</code>\n"
		 "<note>Second word.</note>",
			"Cancel</msgType><scope>Public</scope>", 19, CAP_NOTE, "cancels"},
		{"<note>Second word.</note>", "", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
a_missing_note_in_an_exercise_makes_people_look(void **state)
{
	struct buffer b = {0};
	struct judged j;

	(void)state;
	edited(&b,
		"Actual</status>\n<msgType>Update</msgType>\n<source>desk 4</source>\n"
		"<scope>Public</scope>\n<addresses>\"address 1\" two</addresses>\n"
		"<code>urn:example:profile</code>\n<code>of nobody's list</code>\n"
		"<note>Second word.</note>",
		"Exercise</status><msgType>Update</msgType><scope>Public</scope>");
	judge(&j, buffer_bytes(&b));
	assert_int_equal(j.verdict, CAP_WARN);
	arena_free(j.arena);
	buffer_free(&b);
}

static void
scope_and_whom_it_is_for_agree(void **state)
{
	static const struct edit edits[] = {
		{">Public<", ">Restricted<", 16, CAP_ERROR, "no <restriction>"},
		{">Public</scope>", ">Restricted</scope><restriction> </restriction>", 16,
			CAP_ERROR, "no <restriction>"},
		{"</scope>", "</scope><restriction>staff</restriction>", 16, CAP_ERROR,
			"\"staff\", but the scope is Public"},
		{"</scope>", "</scope><restriction/>", 16, CAP_NOTE, "left out"},
		{">Public</scope>", ">Restricted</scope><restriction>a</restriction>",
			PASSES, CAP_NOTE, ""},
		{">Public</scope>\n<addresses>\"address 1\" two</addresses>",
			">Private</scope>", 17, CAP_ERROR, "names nobody"},
		{">Public</scope>\n<addresses>\"address 1\" two</addresses>",
			">Private</scope><addresses>\n</addresses>", 17, CAP_ERROR,
			"names nobody"},
		{"\"address 1\" two", "\"address 1 two", 17, CAP_ERROR, "not closed"},
		{">Public<", ">Private<", PASSES, CAP_NOTE, ""},
		{"<addresses>\"address 1\" two</addresses>", "<addresses/>", PASSES,
			CAP_NOTE, ""},
		{"\"upper valley\"", "\"upper valley", 22, CAP_NOTE, "not closed"},
		{"dam \"upper valley\"", "", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
codes_of_any_kind_are_kept(void **state)
{
	static const struct edit edits[] = {
		{"<code>urn:example:profile</code>", "", PASSES, CAP_NOTE, ""},
		{"urn:example:profile", "  ?!\n\xd5\xb0", PASSES, CAP_NOTE, ""},
		{"urn:example:profile", "", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

#define OWN_REFERENCE "duty@example.org,urn:oid:2.49.0.1.51.6,2026-11-22T14:00:00+04:00"

static void
references_name_earlier_messages(void **state)
{
	static const struct edit edits[] = {
		{OWN_REFERENCE, "", 12, CAP_ERROR, "type Update"},
		{"<references>" OWN_REFERENCE "</references>", "", 12, CAP_ERROR, "Update"},
		{OWN_REFERENCE, "a,b", 20, CAP_ERROR, "\"a,b\""},
		{OWN_REFERENCE, "a,b,c", 20, CAP_ERROR, "(1 of 1 are not)"},
		{OWN_REFERENCE, "a,,2026-11-22T14:00:00+04:00", 20, CAP_ERROR, "a,,"},
		{OWN_REFERENCE, "a,b,2026-11-22T14:00:00Z", 20, CAP_ERROR, "full time"},
		{OWN_REFERENCE, "a,b,c,2026-11-22T14:00:00+04:00", 20, CAP_ERROR, "full"},
		{OWN_REFERENCE, "a b,c,2026-11-22T14:00:00+04:00", 20, CAP_ERROR,
			"(1 of 2 are not)"},
		{OWN_REFERENCE,
			"a,b,2026-11-22T14:00:00+04:00;c,d,2026-11-22T14:00:00+04:00", 20,
			CAP_ERROR, "full time"},
		{OWN_REFERENCE, OWN_REFERENCE " a,b,2026-11-22T14:22:38+04:00", 21,
			CAP_ERROR, "later than this one (1 of 2 are)"},
		{OWN_REFERENCE,
			"duty@example.org,urn:oid:2.49.0.1.51.7,2026-11-22T14:22:37+04:00",
			21, CAP_ERROR, "refers to itself"},
		{OWN_REFERENCE,
			"duty@example.org,urn:oid:2.49.0.1.51.7,2020-11-22T14:22:37+04:00",
			21, CAP_ERROR, "refers to itself"},
		/* the same instant, another offset; the same name of another sender */
		{OWN_REFERENCE, "a,b,2026-11-22T10:22:37-00:00", PASSES, CAP_NOTE, ""},
		{OWN_REFERENCE, "a,urn:oid:2.49.0.1.51.7,2026-11-22T14:00:00+04:00", PASSES,
			CAP_NOTE, ""},
		{OWN_REFERENCE,
			"\n\ta,b,2026-11-22T14:00:00+04:00\r\n "
			"c,d,2026-11-22T00:00:00-00:00"
			"\n",
			PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
an_alert_needs_no_references(void **state)
{
	static const struct edit edits[] = {
		{"Update</msgType>", "Alert</msgType>", PASSES, CAP_NOTE, ""},
	};
	struct buffer b = {0};
	struct judged j;
	char *from, *to;

	(void)state;
	ASSERT_EDITS(edits);
	edited(&b, "Update</msgType>", "Alert</msgType> ");
	from = strstr(buffer_text(&b), OWN_REFERENCE);
	to = from + strlen(OWN_REFERENCE);
	memset(from, ' ', (size_t)(to - from));
	judge(&j, buffer_bytes(&b));
	assert_int_equal(j.findings.count, 1);
	assert_int_equal(j.findings.at[0].rule, 20);
	assert_int_equal(j.findings.at[0].level, CAP_WARNING);
	assert_int_equal(j.verdict, CAP_WARN);
	arena_free(j.arena);
	buffer_free(&b);
}

static void
twenty_thousand_references_are_read(void **state)
{
	struct buffer many = {0}, b = {0};
	struct judged j;

	(void)state;
	for (int i = 0; i < 20000; i++)
		write_format(&many, "a,%d,2026-11-22T14:00:00+04:00 ", i);
	edited(&b, OWN_REFERENCE, buffer_text(&many));
	judge(&j, buffer_bytes(&b));
	assert_int_equal(j.findings.count, 0);
	arena_free(j.arena);
	write_text(&many, "bad");
	buffer_clear(&b);
	edited(&b, OWN_REFERENCE, buffer_text(&many));
	judge(&j, buffer_bytes(&b));
	assert_int_equal(j.findings.count, 1);
	assert_non_null(strstr(j.findings.at[0].text, "\"bad\""));
	assert_non_null(strstr(j.findings.at[0].text, "(1 of 20001 are not)"));
	arena_free(j.arena);
	buffer_free(&many);
	buffer_free(&b);
}

static void
times_exist_and_name_their_offset(void **state)
{
#define SENT "<sent>2026-11-22T14:22:37+04:00"
	static const struct edit edits[] = {
		{SENT, "<sent>2026-11-22T14:22:37Z", 48, CAP_ERROR, "letter Z"},
		{SENT, "<sent>2026-11-22T14:22:37.5+04:00", 48, CAP_ERROR, "fraction"},
		{SENT, "<sent>2026-11-22T14:22:37", 48, CAP_ERROR, "without an offset"},
		{SENT, "<sent>", 48, CAP_ERROR, "empty"},
		{SENT, "<sent>yesterday", 48, CAP_ERROR, "not a time"},
		{SENT, "<sent>2026-11-22 14:22:37+04:00", 48, CAP_ERROR, "not a time"},
		{SENT, "<sent>2026-11-22t14:22:37+04:00", 48, CAP_ERROR, "not a time"},
		{SENT, "<sent>2026-11-22T14:22:37,04:00", 48, CAP_ERROR, "not a time"},
		{SENT, "<sent>2026-11-22T14:22:37+0400", 48, CAP_ERROR, "not a time"},
		{SENT, "<sent>12026-11-22T14:22:37+04:00", 48, CAP_ERROR, "not a time"},
		{SENT, "<sent>2026-14-22T14:22:37+04:00", 48, CAP_ERROR, "not exist"},
		{SENT, "<sent>2026-00-22T14:22:37+04:00", 48, CAP_ERROR, "not exist"},
		{SENT, "<sent>2027-02-29T14:22:37+04:00", 48, CAP_ERROR, "not exist"},
		{SENT, "<sent>2026-11-31T14:22:37+04:00", 48, CAP_ERROR, "not exist"},
		{SENT, "<sent>2026-11-22T25:22:37+04:00", 48, CAP_ERROR, "not exist"},
		{SENT, "<sent>2026-11-22T24:00:01+04:00", 48, CAP_ERROR, "not exist"},
		{SENT, "<sent>2026-12-31T23:59:60-00:00", 48, CAP_ERROR, "not exist"},
		{SENT, "<sent>2026-11-22T14:60:37+04:00", 48, CAP_ERROR, "not exist"},
		{SENT, "<sent>0000-11-22T14:22:37+04:00", 48, CAP_ERROR, "not exist"},
		{SENT, "<sent>2026-11-22T14:22:37+14:01", 48, CAP_ERROR, "not exist"},
		{SENT, "<sent>2026-11-22T14:22:37+04:60", 48, CAP_ERROR, "not exist"},
		{SENT, "<sent>2026-11-22T14:22:37+24:00", 48, CAP_ERROR, "not exist"},
		{SENT, "<sent>\n 2026-11-22T14:22:37+04:00\t", PASSES, CAP_NOTE, ""},
		{SENT, "<sent>2026-11-22T10:22:37-00:00", PASSES, CAP_NOTE, ""},
		{SENT, "<sent>2026-11-22T10:22:37+00:00", PASSES, CAP_NOTE, ""},
		{SENT, "<sent>2026-11-23T00:22:37+14:00", PASSES, CAP_NOTE, ""},
		{SENT, "<sent>2026-11-22T24:00:00+14:00", PASSES, CAP_NOTE, ""},
		{"2026-11-22T18:00:00+04:00", "2028-02-29T18:00:00+04:00", PASSES, CAP_NOTE,
			""},
		{"2026-11-22T18:00:00+04:00", "2026-11-22T24:00:00+04:00", PASSES, CAP_NOTE,
			""},
		{"<effective>2026-11-22T14:22:37+04:00", "<effective>", 48, CAP_ERROR,
			"<effective> is empty"},
		{"<onset>2026-11-22T15:00:00+04:00", "<onset>soon", 48, CAP_ERROR, "soon"},
		{"<expires>2026-11-22T18:00:00+04:00", "<expires>never", 48, CAP_ERROR,
			"never"},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
infos_tell_of_one_event(void **state)
{
#define SECOND(language, category, event)                                                  \
	"</info><info><language>" language "</language><category>" category                \
	"</category><event>" event                                                         \
	"</event><urgency>Past</urgency><severity>Minor</severity>"                        \
	"<certainty>Likely</certainty><expires>2027-11-22T18:00:00+04:00</expires></info>"
	static const struct edit edits[] = {
		{"</info>", SECOND("en-us", "Safety", "Flood"), 37, CAP_NOTE, "\"Flood\""},
		{"</info>", SECOND("", "Safety", "Flood"), 37, CAP_NOTE, "\"Flood\""},
		{"</info>", SECOND("hy", "Met", "Flood"), 37, CAP_NOTE, "Met here"},
		{"</info>", SECOND("hy", "Safety", "Flood"), PASSES, CAP_NOTE, ""},
		{"</info>", SECOND("en-US", "Safety", "Dam breach"), PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
a_message_without_info_is_fine(void **state)
{
	const char *from = strstr(good_message, "<info>");
	struct buffer b = {0};
	struct judged j;

	(void)state;
	write_bytes(&b, good_message, (size_t)(from - good_message));
	write_text(&b, "</alert>");
	judge(&j, buffer_bytes(&b));
	assert_int_equal(j.findings.count, 0);
	arena_free(j.arena);
	buffer_free(&b);
}

static void
parts_of_signatures_by_themselves_are_told_of(void **state)
{
	static const struct edit edits[] = {
		{"</alert>",
			"<KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/></alert>",
			53, CAP_NOTE, "<KeyInfo>"},
		{"</alert>", "<Signature/></alert>", 3, CAP_ERROR, "<Signature>"},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_good_message_is_good),
		cmocka_unit_test(attributes_are_refused_but_where_a_schema_is),
		cmocka_unit_test(children_of_alert_are_known_and_alone),
		cmocka_unit_test(children_of_alert_stand_in_order),
		cmocka_unit_test(what_must_be_there_is_there_once),
		cmocka_unit_test(names_can_be_referred_to),
		cmocka_unit_test(words_are_of_the_list_to_the_letter),
		cmocka_unit_test(exercises_errors_and_cancels_say_why),
		cmocka_unit_test(a_missing_note_in_an_exercise_makes_people_look),
		cmocka_unit_test(scope_and_whom_it_is_for_agree),
		cmocka_unit_test(codes_of_any_kind_are_kept),
		cmocka_unit_test(references_name_earlier_messages),
		cmocka_unit_test(an_alert_needs_no_references),
		cmocka_unit_test(twenty_thousand_references_are_read),
		cmocka_unit_test(times_exist_and_name_their_offset),
		cmocka_unit_test(infos_tell_of_one_event),
		cmocka_unit_test(a_message_without_info_is_fine),
		cmocka_unit_test(parts_of_signatures_by_themselves_are_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
