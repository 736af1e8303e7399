/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Infos, resources and named values: each rule broken by one small edit, and edits that break none. */
#include "check_edit.h"

static void
children_of_info_are_known_and_alone(void **state)
{
	static const struct edit edits[] = {
		{"<event>", "<sent>x</sent><event>", 24, CAP_ERROR, "no place"},
		{"<event>", "<evemt/><event>", 24, CAP_ERROR, "<event> is meant"},
		{"<event>", "loose<event>", 24, CAP_ERROR, "\"loose\""},
		{"<contact>", "<web>tel:112</web><contact>", 24, CAP_ERROR, "again"},
		{"<language>", "<language/><language>", 24, CAP_ERROR, "again"},
		{"Go uphill.", "Go <b>uphill</b>.", 24, CAP_ERROR, "<b> stands inside"},
		{"<audience>All in the valley</audience>", "", PASSES, CAP_NOTE, ""},
		{"<language>en-US</language>", "", PASSES, CAP_NOTE, ""},
		{"</info>",
			"</info><info><category>Safety</category><event>Dam breach</event>"
			"<urgency>Past</urgency><severity>Minor</severity>"
			"<certainty>Likely</certainty>"
			"<expires>2027-11-22T18:00:00+04:00</expires></info>",
			PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
children_of_info_stand_in_order(void **state)
{
	static const struct edit edits[] = {
		{"<event>Dam breach</event>\n<responseType>Evacuate</responseType>",
			"<responseType>Evacuate</responseType><event>Dam breach</event>",
			24, CAP_ERROR,
			"<responseType> stands too early in <info>. Put it "
			"behind <event>."},
		{"<web>https://example.org/dam</web>\n<contact>112</contact>",
			"<contact>112</contact><web>https://example.org/dam</web>", 24,
			CAP_ERROR, "Put it behind <web>"},
		{"<category>Infra</category>\n<event>Dam breach</event>",
			"<event>Dam breach</event><category>Infra</category>", 24,
			CAP_ERROR, "stands too early"},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
one_element_far_from_its_place_is_one_finding(void **state)
{
	static const struct edit edits[] = {
		{"<language>",
			"<area><areaDesc>a</areaDesc><geocode><valueName>a</valueName>"
			"<value>b</value></geocode></area><language>",
			24, CAP_ERROR,
			"<area> stands too early in <info>. Put it behind "
			"<resource>."},
		{"</area>", "</area><category>Met</category>", 24, CAP_ERROR,
			"<category> stands too late in <info>. Put it before <event>."},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
languages_are_of_rfc_3066(void **state)
{
	static const struct edit edits[] = {
		{"en-US", "en_US", 25, CAP_ERROR, "hyphen"},
		{"en-US", "English language", 25, CAP_ERROR, "RFC 3066"},
		{"en-US", "e1", 25, CAP_ERROR, "RFC 3066"},
		{"en-US", "en-", 25, CAP_ERROR, "RFC 3066"},
		{"en-US", "abcdefghi", 25, CAP_ERROR, "RFC 3066"},
		{"en-US", "  ", 25, CAP_ERROR, "RFC 3066"},
		{"en-US", "", PASSES, CAP_NOTE, ""},
		{"en-US", " hy\n", PASSES, CAP_NOTE, ""},
		{"en-US", "es-419", PASSES, CAP_NOTE, ""},
		{"en-US", "i-klingon", PASSES, CAP_NOTE, ""},
		{"en-US", "zh-Hant-TW", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
what_info_must_have_is_there_once(void **state)
{
	static const struct edit edits[] = {
		{"<category>Safety</category>\n<category>Infra</category>", "", 26,
			CAP_ERROR, "<category> is missing in <info>"},
		{"<event>Dam breach</event>", "", 27, CAP_ERROR, "<event> is missing"},
		{"Dam breach", " ", 27, CAP_ERROR, "<event> is empty"},
		{"<event>", "<event>Flood</event><event>", 27, CAP_ERROR, "again"},
		{"<urgency>Immediate</urgency>", "", 29, CAP_ERROR, "<urgency>"},
		{"<severity>Extreme</severity>", "", 29, CAP_ERROR, "<severity>"},
		{"<certainty>Likely</certainty>", "", 29, CAP_ERROR, "<certainty>"},
		{"<certainty>", "<certainty>Likely</certainty><certainty>", 29, CAP_ERROR,
			"again"},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
words_of_info_are_of_their_lists(void **state)
{
	static const struct edit edits[] = {
		{"Infra<", "War<", 26, CAP_ERROR, "CBRNE, Other."},
		{"Infra<", "INFRA<", 26, CAP_ERROR, "Write exactly Infra."},
		{"Avoid<", "Run<", 28, CAP_ERROR, "AllClear, None."},
		{"Avoid<", "<", 28, CAP_ERROR, "empty"},
		{"Immediate", "Now", 29, CAP_ERROR, "Immediate, Expected"},
		{"Extreme", "High", 29, CAP_ERROR, "Extreme, Severe"},
		{"Likely", "Certain", 29, CAP_ERROR, "Observed, Likely"},
		{"Infra<", "CBRNE<", PASSES, CAP_NOTE, ""},
		{"Avoid<", "AllClear<", PASSES, CAP_NOTE, ""},
		{"<responseType>Evacuate</responseType>\n<responseType>Avoid</"
		 "responseType>",
			"", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
very_likely_is_an_error_with_a_hint(void **state)
{
	struct buffer b = {0};
	struct judged j;

	(void)state;
	edited(&b, "Likely", "Very Likely");
	judge(&j, buffer_bytes(&b));
	assert_int_equal(j.findings.count, 2);
	assert_int_equal(j.findings.at[0].rule, 29);
	assert_int_equal(j.findings.at[0].level, CAP_ERROR);
	assert_int_equal(j.findings.at[1].rule, 30);
	assert_int_equal(j.findings.at[1].level, CAP_NOTE);
	arena_free(j.arena);
	buffer_free(&b);
}

static void
named_values_have_one_name_and_one_value(void **state)
{
	static const struct edit edits[] = {
		{"<valueName>SAME</valueName>", "", 31, CAP_ERROR,
			"<valueName> is missing"},
		{"<value>DBW</value>", "", 31, CAP_ERROR, "<value> is missing"},
		{"<value>DBW</value>", "<value>DBW</value><value/>", 31, CAP_ERROR,
			"again"},
		{"<value>DBW</value>", "DBW<value/>", 31, CAP_ERROR, "loose"},
		{"<value>DBW</value>", "<value>DBW</value><unit/>", 31, CAP_ERROR,
			"no place"},
		{"<value>DBW</value>", "<value><b/></value>", 31, CAP_ERROR, "inside"},
		{"<valueName>SAME</valueName><value>DBW</value>",
			"<value>DBW</value><valueName>SAME</valueName>", 31, CAP_ERROR,
			"stands too"},
		{">SAME<", ">S.A.M.E.<", 31, CAP_NOTE, "without periods"},
		{">SAME<", "> <", 31, CAP_NOTE, "empty"},
		{"DBW", "", PASSES, CAP_NOTE, ""},
		{">SAME<", ">a.b<", PASSES, CAP_NOTE, ""},
		{">SAME<", ">http://example.org/list.1<", PASSES, CAP_NOTE, ""},
		{"<value>DBW</value></eventCode>",
			"<value>DBW</value></eventCode><eventCode><valueName>SAME</"
			"valueName>"
			"<value>DBW</value></eventCode>",
			PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
an_alert_ends_after_it_begins(void **state)
{
#define EXPIRES "<expires>2026-11-22T18:00:00+04:00"
	static const struct edit edits[] = {
		{EXPIRES "</expires>", "", 33, CAP_NOTE, "Say until when"},
		{EXPIRES, "<expires>2026-11-22T14:22:37+04:00", 61, CAP_WARNING, "<onset>"},
		{EXPIRES, "<expires>2026-11-22T15:00:00+04:00", 61, CAP_WARNING, "<onset>"},
		{EXPIRES, "<expires>2026-11-22T14:30:00-00:00", PASSES, CAP_NOTE, ""},
		{EXPIRES, "<expires>2026-11-22T15:00:01+04:00", PASSES, CAP_NOTE, ""},
		{"<onset>2026-11-22T15:00:00+04:00</onset>\n" EXPIRES,
			"<expires>2026-11-22T14:22:37+04:00", 61, CAP_WARNING,
			"<effective>"},
		{"<effective>2026-11-22T14:22:37+04:00</effective>\n"
		 "<onset>2026-11-22T15:00:00+04:00</onset>\n" EXPIRES,
			"<expires>2026-11-22T14:22:37+04:00", 61, CAP_WARNING, "<sent>"},
		{"<effective>2026-11-22T14:22:37+04:00</effective>\n"
		 "<onset>2026-11-22T15:00:00+04:00</onset>\n" EXPIRES,
			"<expires>2026-11-22T14:22:38+04:00", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
the_end_of_a_day_is_a_time_like_others(void **state)
{
	static const struct edit edits[] = {
		{"<expires>2026-11-22T18:00:00+04:00", "<expires>2026-11-21T24:00:00-11:00",
			61, CAP_WARNING, "<onset>"},
		{"<expires>2026-11-22T18:00:00+04:00", "<expires>2026-11-21T24:00:00-11:01",
			PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
headlines_are_short(void **state)
{
#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define TEN_HY                                                                             \
	"\xd5\xb0\xd5\xb0\xd5\xb0\xd5\xb0\xd5\xb0\xd5\xb0\xd5\xb0\xd5\xb0\xd5\xb0\xd5\xb0"
	static const struct edit edits[] = {
		{"Leave the valley now", FIFTY FIFTY FIFTY TEN, PASSES, CAP_NOTE, ""},
		{"Leave the valley now", FIFTY FIFTY FIFTY TEN "!", 34, CAP_NOTE,
			"161 characters"},
		{"Leave the valley now", FIFTY FIFTY FIFTY TEN_HY, PASSES, CAP_NOTE, ""},
		{"Leave the valley now", "", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
the_web_address_is_a_full_uri(void **state)
{
	static const struct edit edits[] = {
		{"https://example.org/dam", "", 36, CAP_WARNING, "empty"},
		{"https://example.org/dam", "www.example.org", 36, CAP_ERROR, "full URI"},
		{"https://example.org/dam", "/dam", 36, CAP_ERROR, "full URI"},
		{"https://example.org/dam", "//example.org/dam", 36, CAP_ERROR, "full URI"},
		{"https://example.org/dam", "https://", 36, CAP_ERROR, "full URI"},
		{"https://example.org/dam", "https:///dam", 36, CAP_ERROR, "full URI"},
		{"https://example.org/dam", "https:example.org", 36, CAP_ERROR, "full URI"},
		{"https://example.org/dam", "https://example.org/a b", 36, CAP_ERROR,
			"full"},
		{"https://example.org/dam", "https://a.org https://b.org", 36, CAP_ERROR,
			"full"},
		{"https://example.org/dam", "https://example.org/%zz", 36, CAP_ERROR,
			"full"},
		{"https://example.org/dam", "https://example.org/%2", 36, CAP_ERROR,
			"full"},
		{"https://example.org/dam", "https://example.org/a#b#c", 36, CAP_ERROR,
			"full"},
		{"https://example.org/dam", "https://a:b:c/", 36, CAP_ERROR, "full"},
		{"https://example.org/dam", "https://[2001:db8::1", 36, CAP_ERROR, "full"},
		{"https://example.org/dam", "https://[example.org]/", 36, CAP_ERROR,
			"full"},
		{"https://example.org/dam", "https://[2001:db8::1]x/", 36, CAP_ERROR,
			"full"},
		{"https://example.org/dam", "1http://example.org/", 36, CAP_ERROR, "full"},
		{"https://example.org/dam", "&lt;https://example.org/>", 36, CAP_ERROR,
			"full"},
		{"https://example.org/dam", "https://[2001:db8::1]:8080/x?y#z", PASSES,
			CAP_NOTE, ""},
		{"https://example.org/dam", "HTTP://user@example.org:80/%20a", PASSES,
			CAP_NOTE, ""},
		{"https://example.org/dam", "https://\xd5\xb0.am/", PASSES, CAP_NOTE, ""},
		{"https://example.org/dam", "https://example.org/?a[b]=c", 36, CAP_ERROR,
			"full"},
		{"https://example.org/dam", "https://exam[ple.org/", 36, CAP_ERROR, "full"},
		{"https://example.org/dam", "urn:a[b", 36, CAP_ERROR, "full"},
		{"map.png", "map[1].png", 40, CAP_ERROR, "nor a name"},
		{"https://example.org/dam", "https://example.org/#[1]", PASSES, CAP_NOTE,
			""},
		{"https://example.org/dam", "tel:112", PASSES, CAP_NOTE, ""},
		{"https://example.org/dam", "mailto:duty@example.org", PASSES, CAP_NOTE,
			""},
		{"https://example.org/dam", "file:///etc/motd", PASSES, CAP_NOTE, ""},
		{"https://example.org/dam", "\n https://example.org/dam \n", PASSES,
			CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
texts_for_people_hold_no_markup(void **state)
{
	static const struct edit edits[] = {
		{"Go uphill.", "Go&lt;br/&gt;uphill.", 51, CAP_WARNING, "\"<br/>\""},
		{"Go uphill.", "Go&lt;br&gt;uphill.", 51, CAP_WARNING, "\"<br>\""},
		{"Go uphill.", "Go&lt;br / &gt;uphill.", 51, CAP_WARNING, "tag"},
		{"Go uphill.", "<![CDATA[<p>Go uphill</p>]]>", 51, CAP_WARNING, "\"<p>\""},
		{"Go uphill.", "Go up&lt;/b&gt;", 51, CAP_WARNING, "\"</b>\""},
		{"Go uphill.", "&lt;!-- x --&gt;", 51, CAP_WARNING, "tag"},
		{"Go uphill.", "&lt;a href=\"tel:1\"&gt;1&lt;/a&gt;", 51, CAP_WARNING,
			"<a href="},
		{"Go uphill.", "Go &amp;uuml;ber", 51, CAP_WARNING, "\"&uuml;\""},
		{"Go uphill.", "Go &amp;#252;ber", 51, CAP_WARNING, "\"&#252;\""},
		{"Go uphill.", "Go &amp;#xFC;ber", 51, CAP_WARNING, "\"&#xFC;\""},
		{"Go uphill.", "A &amp;amp; B", 51, CAP_WARNING, "\"&amp;\""},
		{"Dam breach", "Dam&lt;br/&gt;", 51, CAP_WARNING, "<event>"},
		{"The upper dam", "&lt;b&gt;", 51, CAP_WARNING, "<description>"},
		{"Leave the", "&lt;b&gt;", 51, CAP_WARNING, "<headline>"},
		{"All in", "&lt;b&gt;", 51, CAP_WARNING, "<audience>"},
		{">112<", ">&lt;b&gt;<", 51, CAP_WARNING, "<contact>"},
		{"Civil protection", "&lt;b&gt;", 51, CAP_WARNING, "<senderName>"},
		{"Go uphill.", "depth &lt; 5 m and &gt; 2 m", PASSES, CAP_NOTE, ""},
		{"Go uphill.", "a&lt;b and c&gt;d", PASSES, CAP_NOTE, ""},
		{"Go uphill.", "mail &lt;duty@example.org&gt;", PASSES, CAP_NOTE, ""},
		{"Go uphill.", "see &lt;https://example.org/?a=b&gt;", PASSES, CAP_NOTE,
			""},
		{"Go uphill.", "leave &lt;name of the place&gt;", PASSES, CAP_NOTE, ""},
		{"Go uphill.", "R&amp;D; A&amp;B, C &amp; D;", PASSES, CAP_NOTE, ""},
		{"Go uphill.", "I &lt;3 you &lt;", PASSES, CAP_NOTE, ""},
		{"Go uphill.", "Go &#252;ber &amp;", PASSES, CAP_NOTE, ""},
		{"<value/>", "<value>&lt;b&gt;</value>", PASSES, CAP_NOTE, ""},
		{"dam</web>", "?a&amp;amp;b</web>", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
long_descriptions_do_not_fit_into_cell_broadcast(void **state)
{
	struct buffer text = {0}, b = {0};
	struct edit edit = {"The upper dam breaks.", NULL, 63, CAP_NOTE, "1396 characters"};
	struct judged j;
	char *from;

	(void)state;
	for (int i = 0; i < 1395; i++)
		write_text(&text, "a");
	edit.to = buffer_text(&text);
	edit.rule = PASSES;
	assert_edit(&edit);
	write_text(&text, "a");
	edit.to = buffer_text(&text);
	edit.rule = 63;
	assert_edit(&edit);
	/* Who sends in the United Kingdom is warned. */
	edited(&b, edit.from, edit.to);
	from = strstr(buffer_text(&b), "<sender>duty@example.org");
	memcpy(from, "<sender>a@agency.gov.uk ", 24);
	memmove(from + 23, from + 24, b.len - (size_t)(from + 24 - (char *)b.at));
	b.len--;
	judge(&j, buffer_bytes(&b));
	assert_int_equal(j.findings.count, 1);
	assert_int_equal(j.findings.at[0].level, CAP_WARNING);
	assert_int_equal(j.findings.at[0].rule, 63);
	assert_int_equal(j.verdict, CAP_WARN);
	arena_free(j.arena);
	buffer_free(&b);
	buffer_free(&text);
}

static void
letters_of_other_alphabets_take_more_room(void **state)
{
	struct buffer text = {0};
	struct edit edit = {"The upper dam breaks.", NULL, PASSES, CAP_NOTE,
		"616 characters, not all of the GSM alphabet"};

	(void)state;
	for (int i = 0; i < 615; i++)
		write_text(&text, "\xd5\xb0");
	edit.to = buffer_text(&text);
	assert_edit(&edit);
	write_text(&text, "\xd5\xb0");
	edit.to = buffer_text(&text);
	edit.rule = 63;
	assert_edit(&edit);
	buffer_free(&text);
}

static void
resources_say_what_they_are(void **state)
{
	static const struct edit edits[] = {
		{"<resourceDesc>map</resourceDesc>", "", 38, CAP_ERROR, "<resourceDesc>"},
		{"<resourceDesc>map", "<resourceDesc>", 38, CAP_NOTE, "empty"},
		{"<mimeType>image/png</mimeType>", "", 38, CAP_ERROR, "<mimeType>"},
		{"<size>3</size>", "<size>3</size><size>3</size>", 38, CAP_ERROR, "again"},
		{"<size>3</size>", "<colour/>", 38, CAP_ERROR, "no place"},
		{"<size>3</size>", "loose", 38, CAP_ERROR, "loose"},
		{"<size>3</size>\n<uri>map.png</uri>", "<uri>map.png</uri><size>3</size>",
			38, CAP_ERROR, "<uri> stands too early"},
		{"image/png", "png", 38, CAP_ERROR, "RFC 2046"},
		{"image/png", "", 38, CAP_ERROR, "RFC 2046"},
		{"image/png", "image/", 38, CAP_ERROR, "RFC 2046"},
		{"image/png", "image/png/x", 38, CAP_ERROR, "RFC 2046"},
		{"image/png", "image png", 38, CAP_ERROR, "RFC 2046"},
		{"image/png", "a picture", 38, CAP_ERROR, "RFC 2046"},
		{"image/png", "application/x-vnd.example+xml", PASSES, CAP_NOTE, ""},
		{"image/png", "text/plain; charset=\"utf-8\"", PASSES, CAP_NOTE, ""},
		{"image/png", " image/png\n", PASSES, CAP_NOTE, ""},
		{"<size>3", "<size>3 KB", 39, CAP_ERROR, "whole number"},
		{"<size>3", "<size>3.0", 39, CAP_ERROR, "whole number"},
		{"<size>3", "<size>1e3", 39, CAP_ERROR, "whole number"},
		{"<size>3", "<size>+", 39, CAP_ERROR, "whole number"},
		{"<size>3", "<size>", 39, CAP_ERROR, "whole number"},
		{"<size>3", "<size>-3", 39, CAP_WARNING, "less than nothing"},
		{"<size>3", "<size> +4 ", PASSES, CAP_NOTE, ""},
		{"<size>3", "<size>99999999999999999999", PASSES, CAP_NOTE, ""},
		{"<size>3</size>", "", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
files_can_be_fetched_or_are_inside(void **state)
{
#define CONTENT                                                                            \
	"<derefUri>YWJj</derefUri>\n"                                                      \
	"<digest>a9993e364706816aba3e25717850c26c9cd0d89d</digest>"
	static const struct edit edits[] = {
		{"map.png</uri>\n" CONTENT, "map.png</uri>", 40, CAP_ERROR, "full URI"},
		{"map.png</uri>\n" CONTENT, "map.png</uri><derefUri/>", 40, CAP_ERROR,
			"full URI"},
		{"map.png", "", 40, CAP_NOTE, "empty"},
		{"map.png", "map%zz.png", 40, CAP_ERROR, "nor a name"},
		{"map.png", "14:22.png", 40, CAP_ERROR, "nor a name"},
		{"map.png", "a#b#c", 40, CAP_ERROR, "nor a name"},
		{"map.png", "maps/of the valley.png", PASSES, CAP_NOTE, ""},
		{"map.png</uri>\n" CONTENT, "http://[::1]/map.png</uri>", PASSES, CAP_NOTE,
			""},
		{"<uri>map.png</uri>", "", PASSES, CAP_NOTE, ""},
		{"YWJj", "not base64!", 41, CAP_ERROR, "\"not base64!\""},
		{"YWJj", "YWJ", 41, CAP_ERROR, "base64"},
		{"YWJj", "YW\nJj\r\n ", PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

static void
digests_are_those_of_the_file(void **state)
{
#define SUM "a9993e364706816aba3e25717850c26c9cd0d89d"
	static const struct edit edits[] = {
		{SUM, "a9993e364706816aba3e25717850c26c9cd0d89e", 42, CAP_ERROR,
			"has " SUM},
		{SUM, "a9993e364706816aba3e25717850c26c9cd0d89", 42, CAP_ERROR, "40 hexa"},
		{SUM, "a9993e364706816aba3e25717850c26c9cd0d89g", 42, CAP_ERROR, "40 hexa"},
		{SUM, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
			42, CAP_ERROR, "..."},
		{"YWJj", "YWJk", 42, CAP_ERROR, "was changed"},
		{SUM, "A9993E364706816ABA3E25717850C26C9CD0D89D", PASSES, CAP_NOTE, ""},
		{SUM, "\n" SUM " ", PASSES, CAP_NOTE, ""},
		{SUM, "", PASSES, CAP_NOTE, ""},
		{"<derefUri>YWJj</derefUri>", "", 40, CAP_ERROR, "full URI"},
		{"<uri>map.png</uri>\n<derefUri>YWJj</derefUri>\n<digest>" SUM,
			"<uri>https://example.org/map</uri><digest>"
			"0000000000000000000000000000000000000000",
			PASSES, CAP_NOTE, ""},
	};

	(void)state;
	ASSERT_EDITS(edits);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_of_info_are_known_and_alone),
		cmocka_unit_test(children_of_info_stand_in_order),
		cmocka_unit_test(one_element_far_from_its_place_is_one_finding),
		cmocka_unit_test(languages_are_of_rfc_3066),
		cmocka_unit_test(what_info_must_have_is_there_once),
		cmocka_unit_test(words_of_info_are_of_their_lists),
		cmocka_unit_test(very_likely_is_an_error_with_a_hint),
		cmocka_unit_test(named_values_have_one_name_and_one_value),
		cmocka_unit_test(an_alert_ends_after_it_begins),
		cmocka_unit_test(the_end_of_a_day_is_a_time_like_others),
		cmocka_unit_test(headlines_are_short),
		cmocka_unit_test(the_web_address_is_a_full_uri),
		cmocka_unit_test(texts_for_people_hold_no_markup),
		cmocka_unit_test(long_descriptions_do_not_fit_into_cell_broadcast),
		cmocka_unit_test(letters_of_other_alphabets_take_more_room),
		cmocka_unit_test(resources_say_what_they_are),
		cmocka_unit_test(files_can_be_fetched_or_are_inside),
		cmocka_unit_test(digests_are_those_of_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
