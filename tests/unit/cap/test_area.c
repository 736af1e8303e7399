/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cap/gsm7.h"
#include "judged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char good[] =
	"<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><info>\n"
	"<area><areaDesc>Old town</areaDesc>"
	"<polygon>48.1,16.1 48.1,16.5 48.4,16.5 48.4,16.1 48.1,16.1</polygon>"
	"<polygon>49.1,16.1 49.1,16.5 49.4,16.5 49.4,16.1 49.1,16.1</polygon>"
	"<circle>48.2,16.4 5.5</circle>"
	"<geocode><valueName>SAME</valueName><value>012345</value></geocode>"
	"<altitude>100</altitude><ceiling>2000.5</ceiling></area>\n"
	"</info></alert>";

static void
judge_areas(struct cap_checking *c)
{
	const struct cap_node *info = cap_child(c->alert, c->space, "info");
	const struct cap_node *area = cap_child(info, c->space, "area");

	for (; area != NULL; area = cap_again(area))
		cap_rules_area(c, area);
}

#define FIRST "<polygon>48.1,16.1 48.1,16.5 48.4,16.5 48.4,16.1 48.1,16.1</polygon>"
#define SECOND "<polygon>49.1,16.1 49.1,16.5 49.4,16.5 49.4,16.1 49.1,16.1</polygon>"
#define CIRCLE "<circle>48.2,16.4 5.5</circle>"
#define CODE "<geocode><valueName>SAME</valueName><value>012345</value></geocode>"

static void
assert_all(const struct change *change, size_t n, uint32_t profiles)
{
	for (size_t i = 0; i < n; i++)
		assert_says(good, &change[i], profiles, judge_areas);
}

#define ALL(table, profiles) assert_all(table, sizeof(table) / sizeof *(table), profiles)

static void
a_good_area_is_passed_over_in_silence(void **state)
{
	static const struct change near[] = {
		{"Old town", "Old town", ""},
		{SECOND, "", ""},
		{FIRST SECOND CIRCLE, "", ""},
		{FIRST SECOND CIRCLE CODE, FIRST, ""},
		{FIRST SECOND CIRCLE CODE, CIRCLE, ""},
		{CODE, CODE CODE, ""},
		{"<altitude>100</altitude><ceiling>2000.5</ceiling>", "", ""},
		{"<ceiling>2000.5</ceiling>", "", ""},
		{"<ceiling>2000.5</ceiling>", "<ceiling>100.0</ceiling>", ""},
		{"<altitude>100</altitude>", "<altitude> 100 </altitude>", ""},
		{"<altitude>100</altitude><ceiling>2000.5</ceiling>", "<altitude/>", ""},
		/* Rule 44: the same as numbers; any white space. */
		{"48.4,16.1 48.1,16.1", "48.4,16.1 48.10,16.1000", ""},
		{"48.1,16.1 48.1,16.5", "\n 48.1,16.1\t48.1,16.5\r\n", ""},
		{"48.1,16.1 48.1,16.5 48.4,16.5 48.4,16.1 48.1,16.1",
			"+48,-16. 47,-17 46,.0 048.0,-16", ""},
		/* Rule 45. */
		{"48.2,16.4 5.5", " 48.2,16.4 5.5\n", ""},
		{"48.2,16.4 5.5", "-48.2,-180 .5", ""},
		/* Rules 49 and 50: the edge of the globe; seven decimals, zeros at the end. */
		{SECOND, "<polygon>90,180 90,170 89.1,170 90,180</polygon>", ""},
		{"48.1,16.1 48.1,16.5", "48.1,16.1 48.1000001000,16.5", ""},
		/* Rule 63: polygons that share a side or a corner, not ground. */
		{SECOND,
			"<polygon>48.1,16.5 48.1,16.9 48.4,16.9 48.4,16.5 "
			"48.1,16.5</polygon>",
			""},
		{SECOND, "<polygon>48.4,16.5 48.9,16.5 48.9,16.9 48.4,16.5</polygon>", ""},
	};

	(void)state;
	ALL(near, 0);
}

static void
rule_43_is_about_children(void **state)
{
	static const struct change broken[] = {
		{"<areaDesc>Old town</areaDesc>", "", "E43"},
		{"<areaDesc>Old town</areaDesc>", "<areaDesc> </areaDesc>", "W43"},
		{"<areaDesc>Old town</areaDesc>",
			"<areaDesc>a</areaDesc><areaDesc>b</areaDesc>", "E43"},
		{FIRST SECOND CIRCLE, FIRST CIRCLE SECOND, "E43"},
		{CIRCLE CODE, CODE CIRCLE, "E43"},
		{CIRCLE, CIRCLE "<ring>1,2 3</ring>", "E43"},
		{CIRCLE, CIRCLE "loose", "E43"},
		{"<altitude>100</altitude>", "<altitude>high</altitude>", "E43"},
		{"<altitude>100</altitude>", "<altitude>100 ft</altitude>", "E43"},
		{"<ceiling>2000.5</ceiling>", "<ceiling>1e9</ceiling>", "E43"},
		{"<altitude>100</altitude>",
			"<altitude>100</altitude><altitude>9</altitude>", "E43"},
	};

	(void)state;
	ALL(broken, 0);
}

static void
rule_44_is_about_rings(void **state)
{
	static const struct change broken[] = {
		{SECOND, "<polygon></polygon>", "E44"},
		{SECOND, "<polygon>49.1,16.1</polygon>", "E44"},
		{SECOND, "<polygon>49.1,16.1 49.1,16.5 49.1,16.1</polygon>", "E44"},
		{"48.4,16.1 48.1,16.1", "48.4,16.1", "E44"},
		{"48.4,16.1 48.1,16.1", "48.4,16.1 48.1,16.10001", "E44"},
		{"48.1,16.5", "48.1, 16.5", "E44"},
		{"48.1,16.5", "48.1;16.5", "E44"},
		{"48.1,16.5", "a,b", "E44"},
		{"48.1,16.5", "48.1,16.5,0", "E44"},
		{"48.1,16.5", "48.1E,16.5", "E44"},
	};

	(void)state;
	ALL(broken, 0);
}

static void
rule_45_is_about_circles(void **state)
{
	static const struct change broken[] = {
		{"48.2,16.4 5.5", "", "E45"},
		{"48.2,16.4 5.5", "48.2,16.4", "E45"},
		{"48.2,16.4 5.5", "48.2, 16.4 5.5", "E45"},
		{"48.2,16.4 5.5", "48.2 16.4 5.5", "E45"},
		{"48.2,16.4 5.5", "48.2,16.4  5.5", "E45"},
		{"48.2,16.4 5.5", "48.2,16.4,5.5", "E45"},
		{"48.2,16.4 5.5", "48.2,16.4 5.5 km", "E45"},
		{"48.2,16.4 5.5", "48.2,16.4 -5.5", "E45"},
		{"48.2,16.4 5.5", "here", "E45"},
		{"48.2,16.4 5.5", "98.2,16.4 5.5", "E49"},
		{"48.2,16.4 5.5", "48.2,180.1 5.5", "E49"},
		{"48.2,16.4 5.5", "48.2,16.4 0.0", "W61"},
	};

	(void)state;
	ALL(broken, 0);
}

static void
rule_47_is_about_heights(void **state)
{
	static const struct change broken[] = {
		{"<altitude>100</altitude>", "", "E47"},
		{"<altitude>100</altitude>", "<altitude> </altitude>", "E47"},
		{"<altitude>100</altitude>", "<altitude>-100</altitude>", "W47"},
		{"<ceiling>2000.5</ceiling>", "<ceiling>99.9</ceiling>", "W47"},
	};

	(void)state;
	ALL(broken, 0);
}

static void
rules_49_and_50_are_about_numbers(void **state)
{
	static const struct change broken[] = {
		{"48.1,16.5", "90.1,16.5", "E49"},
		{"48.1,16.5", "48.1,-180.005", "E49"},
		{"48.4,16.1 48.1,16.1", "48.4,16.1 48.1,216.1", "E44 E49"},
		{"48.1,16.5", "48.12345678,16.5", "N50"},
		{SECOND, "<polygon>9,170 9,-170 12,-170 12,170 9,170</polygon>", "N49"},
	};

	(void)state;
	ALL(broken, 0);
}

#define BOW "<polygon>49.1,16.1 49.4,16.5 49.4,16.1 49.1,16.5 49.1,16.1</polygon>"
#define OVER "<polygon>48.2,16.2 48.2,16.9 48.9,16.9 48.9,16.2 48.2,16.2</polygon>"
#define FLAT "<polygon>49.1,16.1 49.2,16.2 49.3,16.3 49.1,16.1</polygon>"
#define TWICE "<polygon>49.1,16.1 49.1,16.1 49.4,16.5 49.4,16.1 49.1,16.1</polygon>"
#define SPIKE "<polygon>49.1,16.1 49.1,16.9 49.1,16.5 49.4,16.5 49.1,16.1</polygon>"
#define TOUCH                                                                              \
	"<polygon>49.1,16.1 49.1,16.5 49.4,16.5 49.1,16.3 49.4,16.1 49.1,16.1</polygon>"

static void
rule_63_is_about_ground_that_receivers_refuse(void **state)
{
	static const struct change anyone[] = {
		{SECOND, BOW, "W63"},
		{SECOND, TOUCH, "W63"},
		{SECOND, SPIKE, "W63"},
		{SECOND, FLAT, "N63"},
		{SECOND, TWICE, "N63"},
		{SECOND, OVER, "W63"},
		{SECOND, FIRST, "W63"},
		/* Inside of the other. */
		{SECOND, "<polygon>48.2,16.2 48.2,16.3 48.3,16.3 48.2,16.2</polygon>",
			"W63"},
	};
	static const struct change uk[] = {
		{SECOND, BOW, "E63"},
		{SECOND, TOUCH, "E63"},
		{SECOND, SPIKE, "E63"},
		{SECOND, FLAT, "E63"},
		{SECOND, OVER, "E63"},
		{SECOND, TWICE, "N63"},
		{SECOND, SECOND, ""},
	};

	(void)state;
	ALL(anyone, 0);
	ALL(uk, 1u << CAP_PROFILE_UK_CB);
}

static void
the_sides_that_cross_are_named_as_people_count(void **state)
{
	char *text = changed(good, SECOND, BOW);
	struct judged j;

	(void)state;
	assert_true(judge_text(&j, text, 0, judge_areas));
	assert_int_equal(j.f.count, 1);
	assert_non_null(strstr(j.f.at[0].text, "from point 1 to 2"));
	assert_non_null(strstr(j.f.at[0].text, "from point 3 to 4"));
	assert_string_equal(j.f.at[0].xpath, "/alert/info/area/polygon[2]");
	assert_int_equal(j.f.at[0].line, 2);
	arena_free(j.arena);
	free(text);
}

static void
an_area_that_is_only_described_reaches_nobody(void **state)
{
	static const struct change broken[] = {{FIRST SECOND CIRCLE CODE, "", "W61"}};

	(void)state;
	ALL(broken, 0);
}

/* Infos repeat their areas; what was good is not judged anew, what was bad is told again. */
static void
each_area_is_told_of_where_it_stands(void **state)
{
	static const struct change areas[] = {
		{"</area>", "</area><area><areaDesc>x</areaDesc>" FIRST SECOND "</area>",
			""},
		{"</area>",
			"</area><area><areaDesc>x</areaDesc>" FIRST BOW
			"</area><area><areaDesc>y</areaDesc>" FIRST BOW "</area>",
			"W63 W63"},
		{"</area>",
			"</area><area><areaDesc>x</areaDesc>" SECOND FIRST FIRST "</area>",
			"W63"},
		{"</area>",
			"</area><area><areaDesc>x</areaDesc>" FIRST
			"<polygon>49.1,16.1 49.1,16.5 49.4,16.5 49.4,16.1 "
			"49.1,16.2</polygon>"
			"</area>",
			"E44"},
	};

	(void)state;
	ALL(areas, 0);
}

/* Sides across 180 degrees are judged where they lie, not around the world. */
static void
a_ring_across_the_date_line_is_judged_in_one_piece(void **state)
{
	static const struct change rings[] = {
		{SECOND, "<polygon>9,170 12,-170 12,170 9,-170 9,170</polygon>", "N49 W63"},
		{SECOND, "<polygon>9,179 9,-179 12,-179 12,179.5 9,179</polygon>", "N49"},
	};

	(void)state;
	ALL(rings, 0);
}

/* ---- gsm7.h ---- */

static void
septets_are_counted_as_phones_do(void **state)
{
	static const struct {
		const char *text;
		bool gsm7;
		size_t septets, ucs2;
	} row[] = {
		{"", true, 0, 0}, {"Evacuate now\r\n", true, 14, 14},
		{"@\xc2\xa3$\xc2\xa5\xc3\xa8\xc3\xa9\xc3\xb9\xc3\xac\xc3\xb2\xc3\x87", true,
			10, 10},
		{"\xce\x94_\xce\xa6", true, 3, 3},
		{"\xe2\x82\xac[]{}\\~|^\f", true, 20, 10}, {"`", false, 0, 1},
		{"\t", false, 0, 1}, {"\xc3\xa7", false, 0, 1}, /* small c with cedilla */
		{"\xd5\x80\xd5\xa1\xd5\xb5", false, 0, 3},	/* Armenian */
		{"a\xf0\x9f\x94\xa5", false, 1, 3}, /* beyond U+FFFF: two units */
		{"\xff", false, 0, 1},		    /* no UTF-8 */
		{"\xe2\x82", false, 0, 1},	    /* cut */
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct phone_size size = phone_size_of(bytes_of_text(row[i].text));

		assert_int_equal(size.gsm7, row[i].gsm7);
		assert_int_equal(size.ucs2, row[i].ucs2);
		if (size.gsm7)
			assert_int_equal(size.septets, row[i].septets);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_area_is_passed_over_in_silence),
		cmocka_unit_test(rule_43_is_about_children),
		cmocka_unit_test(rule_44_is_about_rings),
		cmocka_unit_test(rule_45_is_about_circles),
		cmocka_unit_test(rule_47_is_about_heights),
		cmocka_unit_test(rules_49_and_50_are_about_numbers),
		cmocka_unit_test(rule_63_is_about_ground_that_receivers_refuse),
		cmocka_unit_test(the_sides_that_cross_are_named_as_people_count),
		cmocka_unit_test(an_area_that_is_only_described_reaches_nobody),
		cmocka_unit_test(each_area_is_told_of_where_it_stands),
		cmocka_unit_test(a_ring_across_the_date_line_is_judged_in_one_piece),
		cmocka_unit_test(septets_are_counted_as_phones_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
