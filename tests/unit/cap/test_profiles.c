/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "judged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What both infos have in common, in the order of the schema. */
#define WORDS                                                                              \
	"<responseType>Evacuate</responseType><urgency>Immediate</urgency>"                \
	"<severity>Severe</severity><certainty>Observed</certainty>"
#define CODES                                                                              \
	"<eventCode><valueName>SAME</valueName><value>FRW</value></eventCode>"             \
	"<eventCode><valueName>https://govshare.gov.au/xmlui/handle/10772/6495"            \
	"</valueName><value>bushFire</value></eventCode>"                                  \
	"<eventCode><valueName>profile:CAP-CP:Event:0.4</valueName>"                       \
	"<value>wildFire</value></eventCode>"
#define EXPIRES "<expires>2026-11-22T18:00:00-05:00</expires>"
#define TIMES                                                                              \
	"<effective>2026-11-22T12:00:00-05:00</effective>"                                 \
	"<onset>2026-11-22T12:30:00-05:00</onset>" EXPIRES
#define MORE                                                                               \
	"<web>https://example.org/fire</web><contact>112</contact>"                        \
	"<parameter><valueName>awareness_level</valueName>"                                \
	"<value>3; orange; Severe</value></parameter>"                                     \
	"<parameter><valueName>awareness_type</valueName>"                                 \
	"<value>8; forest-fire</value></parameter>"                                        \
	"<parameter><valueName>EAS-ORG</valueName><value>CIV</value></parameter>"          \
	"<parameter><valueName>CMAMtext</valueName><value>Fire</value></parameter>"        \
	"<parameter><valueName>profile:CAP-CP:0.4:AutoTranslated</valueName>"              \
	"<value>no</value></parameter>"
#define POLYGON "<polygon>48.1,16.1 48.1,16.5 48.4,16.5 48.4,16.1 48.1,16.1</polygon>"
#define SAME_AREA "<geocode><valueName>SAME</valueName><value>012345</value></geocode>"
#define EMMA "<geocode><valueName>EMMA_ID</valueName><value>AT001</value></geocode>"
#define CANADIAN                                                                           \
	"<geocode><valueName>profile:CAP-CP:Location:0.3</valueName>"                      \
	"<value>3537001</value></geocode>"
#define AREA "<area><areaDesc>Old town</areaDesc>" POLYGON SAME_AREA EMMA CANADIAN "</area>"

#define ENGLISH                                                                            \
	"<info><language>en-CA</language><category>Fire</category>"                        \
	"<event>Bushfire</event>" WORDS CODES TIMES                                        \
	"<senderName>Fire service</senderName><headline>Fire near you</headline>"          \
	"<description>A forest burns.</description>"                                       \
	"<instruction>Go south now.</instruction>" MORE AREA "</info>"
#define FRENCH                                                                             \
	"<info><language>fr-CA</language><category>Fire</category>"                        \
	"<event>Feu</event>" WORDS CODES TIMES                                             \
	"<senderName>Pompiers</senderName><headline>Feu</headline>"                        \
	"<description>La foret brule.</description>"                                       \
	"<instruction>Partez au sud.</instruction>" MORE AREA "</info>"

static const char good[] =
	"<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">"
	"<identifier>2.49.0.1.124.2026.7</identifier><sender>cap@example.org</sender>"
	"<sent>2026-11-22T12:00:00-05:00</sent><status>Actual</status>"
	"<msgType>Alert</msgType><scope>Public</scope><code>IPAWSv1.0</code>"
	"<code>urn:oasis:names:tc:emergency:cap:1.2:profile:CAP-AU:1.0</code>"
	"<code>profile:CAP-CP:0.4</code>" ENGLISH FRENCH "</alert>";

static enum cap_profile asked;

static void
judge(struct cap_checking *c)
{
	c->has_sent = cap_rule_time(c, cap_child(c->alert, c->space, "sent"), &c->sent_ms);
	cap_rules_profile(c, asked);
}

static void
assert_profile(enum cap_profile p, const struct change *change, size_t n)
{
	asked = p;
	for (size_t i = 0; i < n; i++)
		assert_says(good, &change[i], 1u << p, judge);
}

#define ALL(p, table) assert_profile(p, table, sizeof(table) / sizeof *(table))

/* onset is what MeteoAlarm asks for and IPAWS ignores; two infos have two of each. */
#define IGNORED "N58 N58 N58 N58"

static void
rule_58_ipaws(void **state)
{
	static const struct change edits[] = {
		{"Old town", "Old town", IGNORED},
		{"<code>IPAWSv1.0</code>", "", "E58 " IGNORED},
		{"<code>IPAWSv1.0</code>", "<code>x</code><code> IPAWSv1.0 </code>",
			IGNORED},
		{EXPIRES, "", "E58 " IGNORED},
		{AREA, "", "E58 " IGNORED},
		{"<sent>2026-11-22T12:00:00-05:00", "<sent>2026-11-22T17:00:00-00:00",
			"W58 " IGNORED},
		{"<sent>2026-11-22T12:00:00-05:00", "<sent>2026-11-22T17:00:00+00:00",
			"W58 " IGNORED},
		{"18:00:00-05:00</expires>", "23:00:00-00:00</expires>", "W58 " IGNORED},
		{"<category>Fire</category>", "<category>Met</category>", "E58 " IGNORED},
		{"<value>FRW</value>", "<value>SVR</value>", "E58 " IGNORED},
		{"<value>FRW</value>", "<value>FR1</value>", "E58 E58 " IGNORED},
		{"<valueName>SAME</valueName><value>FRW</value>",
			"<valueName>SAMEX</valueName><value>FRW</value>",
			"E58 E58 " IGNORED},
		{SAME_AREA, "", "N58 N58 W58 N58 N58"},
		{"<value>012345</value>", "<value>12345</value>", "N58 N58 W58 N58 N58"},
		{"<value>012345</value>", "<value>01234x</value>", "N58 N58 W58 N58 N58"},
		{"<description>A forest burns.</description>", "", "W58 " IGNORED},
		{"<instruction>Go south now.</instruction>", "", "W58 " IGNORED},
		{"<effective>2026-11-22T12:00:00-05:00</effective>", "", "N58 N58 N58"},
		{"EAS-ORG", "other", "N58 " IGNORED},
		{"CMAMtext", "other", "N58 " IGNORED},
		{ENGLISH FRENCH, "", "E58"},
		/* What IPAWS itself sends. */
		{"<msgType>Alert</msgType>", "<msgType>Cancel</msgType>", "E58 " IGNORED},
		{"<msgType>Alert</msgType>", "<msgType>Update</msgType>", "E58 " IGNORED},
	};

	(void)state;
	ALL(CAP_PROFILE_IPAWS, edits);
}

static void
rule_59_cap_au(void **state)
{
	static const struct change edits[] = {
		{"Old town", "Old town", ""},
		{"profile:CAP-AU:1.0", "profile:CAP-AU:2.0", "E59"},
		{"<value>bushFire</value>", "<value>dragon</value>", "E59 E59"},
		{"<event>Bushfire</event>", "<event>Big fire</event>", "E59"},
		{"<event>Bushfire</event>", "<event>Fire</event>", ""},
		{"<valueName>https://govshare.gov.au/xmlui/handle/10772/6495</valueName>",
			"<valueName>other</valueName>", "E59 E59"},
		{"<effective>2026-11-22T12:00:00-05:00</effective>", "", ""},
		{"<category>Fire</category>", "<category>Met</category>", "E59"},
		{"<category>Fire</category>",
			"<category>Fire</category><category>Fire</category>", ""},
		{AREA, "", "E59"},
		{"<sender>cap@example.org", "<sender>example.org", "W59"},
		{"<sender>cap@example.org", "<sender>@example.org", "W59"},
		{"<status>Actual", "<status>Test", "N59"},
		{"<msgType>Alert</msgType>", "<msgType>Cancel</msgType>", "E59 E59"},
		{"<language>fr-CA</language>", "<language>EN-ca</language>", "E59 E59"},
		{"<language>fr-CA</language><category>Fire</category><event>Feu</event>",
			"<language>en-CA</language><category>Fire</category>"
			"<event>Bushfire</event>",
			""},
		{ENGLISH FRENCH, "", "E59"},
	};

	(void)state;
	ALL(CAP_PROFILE_CAP_AU, edits);
}

static void
rule_60_cap_cp(void **state)
{
	static const struct change edits[] = {
		{"Old town", "Old town", ""},
		{"<code>profile:CAP-CP:0.4</code>", "", "E60"},
		{"profile:CAP-CP:0.4</code>", "profile:CAP-CP:1.0</code>", ""},
		{"profile:CAP-CP:Event:0.4", "profile:other", "E60"},
		{"<value>wildFire</value>", "<value> </value>", "E60"},
		{CANADIAN, "", "E60"},
		{AREA, "", "E60"},
		{POLYGON, "", "N60"},
		{POLYGON, "<circle>48.2,16.4 5</circle>", ""},
		{FRENCH, "", "W60"},
		{ENGLISH, "", "W60"},
		{"<language>en-CA</language>", "", ""},
		{"<language>fr-CA</language>", "<language>FR</language>", ""},
		{EXPIRES, "", "W60"},
		{"<senderName>Fire service</senderName>", "", "W60"},
		{"<responseType>Evacuate</responseType>", "", "W60"},
		{"<instruction>Go south now.</instruction>", "<instruction/>", "W60"},
		{"profile:CAP-CP:0.4:AutoTranslated", "other", "N60"},
		{"<msgType>Alert</msgType>", "<msgType>Update</msgType>", "N60 N60"},
		{ENGLISH FRENCH, "", "E60"},
	};

	(void)state;
	ALL(CAP_PROFILE_CAP_CP, edits);
}

/* 139 and 140 characters. */
#define TEN "1234567890"
#define LONG_139 TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "123456789"

static void
rule_61_google(void **state)
{
	static const struct change edits[] = {
		{"Old town", "Old town", ""},
		{ENGLISH FRENCH, "", "E61"},
		{"<description>A forest burns.</description>", "", "E61"},
		{"<web>https://example.org/fire</web>", "", "E61"},
		{EXPIRES, "", "E61"},
		{AREA, "", "E61"},
		{POLYGON SAME_AREA EMMA CANADIAN, "", "E61"},
		{POLYGON SAME_AREA EMMA CANADIAN, EMMA, ""},
		{"<urgency>Immediate", "<urgency>Unknown", "W61"},
		{"<severity>Severe", "<severity>Unknown", "W61"},
		{"<certainty>Observed", "<certainty>Unknown", "W61"},
		{"Fire near you", LONG_139, ""},
		{"Fire near you", LONG_139 "\xc3\xa9", "W61"},
		{"Fire near you", "A forest burns.", "W61"},
		{"Go south now.", "A forest burns.", "W61"},
		{"<contact>112</contact>", "", "W61"},
		{"2026-11-22T18:00:00-05:00", "2026-11-22T11:59:59-05:00", "E61"},
		{"2026-11-22T18:00:00-05:00", "2026-11-22T17:00:00-00:00", ""},
		{TIMES, "<expires>2026-11-22T11:59:59-05:00</expires>", "E61"},
		{"<description>La foret brule.", "<description>A forest burns.", "W61"},
		{"<category>Fire</category>", "<category>Met</category>", "E61"},
		{"<value>FRW</value>", "<value>SVR</value>", "E61"},
		{"<language>fr-CA</language>", "<language>en-CA</language>", "E61"},
	};

	(void)state;
	ALL(CAP_PROFILE_GOOGLE, edits);
}

/* 50 points. */
#define FIVE "48.1,16.1 48.1,16.1 48.1,16.1 48.1,16.1 48.1,16.1 "
#define FIFTY FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE

static void
rule_61_wmo(void **state)
{
	static const struct change edits[] = {
		{"Old town", "Old town", ""},
		{"2.49.0.1.124.2026.7", "urn:oid:2.49.0.1.124.2026.7", ""},
		{"2.49.0.1.124.2026.7", "2.49.0.1.124", "E61"},
		{"2.49.0.1.124.2026.7", "2.49.0.1.124.", "E61"},
		{"2.49.0.1.124.2026.7", "2.49.0.0.124.2026.7", "E61"},
		{"2.49.0.1.124.2026.7", "2.49.0.1.1240.7", "E61"},
		{"2.49.0.1.124.2026.7", "fire-7", "E61"},
		{"<urgency>Immediate", "<urgency>Unknown", "E61"},
		{"<severity>Severe", "<severity>Unknown", "E61"},
		{"<certainty>Observed", "<certainty>Unknown", "E61"},
		{"<event>Feu", "<event>12345678901234567890123456789012345", ""},
		{"<event>Feu", "<event>12345678901234567890123456789012345\xc3\xa9", "W61"},
		{"48.1,16.1 48.1,16.5", FIFTY FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE,
			""},
		{"48.1,16.1 48.1,16.5", FIFTY FIFTY, "W61"},
		{ENGLISH FRENCH, "", "E61"},
		{AREA, "", "E61"},
		{EXPIRES, "", "W61"},
		{"<description>A forest burns.</description>", "", "W61"},
	};

	(void)state;
	ALL(CAP_PROFILE_WMO, edits);
}

static void
rule_62_meteoalarm(void **state)
{
	static const struct change edits[] = {
		{"Old town", "Old town", ""},
		{"<valueName>awareness_level</valueName>", "<valueName>x</valueName>",
			"E62"},
		{"3; orange; Severe", "3;orange;Severe", "E62"},
		{"3; orange; Severe", "4; orange; Severe", "E62"},
		{"3; orange; Severe", "4; red; Extreme", "W62"},
		{"<valueName>awareness_type</valueName>", "<valueName>x</valueName>",
			"E62"},
		{"8; forest-fire", "forest-fire", "E62 E62"},
		{"8; forest-fire", "14; forest-fire", "E62 E62"},
		{"8; forest-fire", "12; flooding", "E62"},
		{"awareness_type", "awareness_types", "E62"},
		{EMMA, "", "E62"},
		{EMMA,
			"<geocode><valueName>NUTS3</valueName><value>AT130</value></"
			"geocode>",
			""},
		{POLYGON, "", "N62"},
		{"<language>fr-CA</language>", "<language>en-ca</language>", "E62"},
		{"<language>en-CA</language>", "<language>de</language>", "E62"},
		{"<language>en-CA</language>", "", ""},
		{FRENCH, "", ""},
		{"<onset>2026-11-22T12:30:00-05:00</onset>", "", "E62"},
		{EXPIRES, "", "E62"},
		{AREA, "", "E62"},
		{ENGLISH FRENCH, "", "E62"},
	};

	(void)state;
	ALL(CAP_PROFILE_METEOALARM, edits);
}

/* 1,390 septets and 615 units. */
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define SEPTETS_1390                                                                       \
	HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED    \
		HUNDRED HUNDRED HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define UNITS_615                                                                          \
	HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED TEN "1234"                         \
							    "\xd5\x80"

static void
rule_63_uk_cell_broadcast(void **state)
{
	static const struct change edits[] = {
		{"Old town", "Old town", ""},
		{"<msgType>Alert</msgType>", "<msgType>Cancel</msgType>", ""},
		{"<msgType>Alert</msgType>", "<msgType>Update</msgType>", "E63"},
		{"<msgType>Alert</msgType>", "<msgType>Ack</msgType>", "E63"},
		{"A forest burns.", SEPTETS_1390 "12345", ""},
		{"A forest burns.", SEPTETS_1390 "123456", "E63"},
		{"A forest burns.", SEPTETS_1390 "123[", ""},
		{"A forest burns.", SEPTETS_1390 "1234[", "E63"},
		{"A forest burns.", UNITS_615, ""},
		{"A forest burns.", UNITS_615 "1", "E63"},
		{POLYGON, "", "E63"},
		{POLYGON, "<circle>48.2,16.4 5</circle>", "E63"},
		{"<areaDesc>Old town</areaDesc>", "<areaDesc> </areaDesc>", "E63"},
		{ENGLISH FRENCH, "", ""},
	};

	(void)state;
	ALL(CAP_PROFILE_UK_CB, edits);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_58_ipaws),
		cmocka_unit_test(rule_59_cap_au),
		cmocka_unit_test(rule_60_cap_cp),
		cmocka_unit_test(rule_61_google),
		cmocka_unit_test(rule_61_wmo),
		cmocka_unit_test(rule_62_meteoalarm),
		cmocka_unit_test(rule_63_uk_cell_broadcast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
