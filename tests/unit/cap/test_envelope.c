/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cap/envelope.h"
#include "slurp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CORPUS "../shared/data/cap/"
#define ATOM "<feed xmlns='http://www.w3.org/2005/Atom'>"
#define HEAD "<id>urn:x</id><title>Warnings</title><updated>2026-11-22T10:00:00Z</updated>"
#define ALERT                                                                              \
	"<alert "                                                                          \
	"xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>a</identifier></alert>"
/* ALERT in base64. */
#define ALERT64                                                                            \
	"PGFsZXJ0IHhtbG5zPSd1cm46b2FzaXM6bmFtZXM6dGM6ZW1lcmdlbmN5OmNhcDox\n"               \
	"LjInPjxpZGVudGlmaWVyPmE8L2lkZW50aWZpZXI+PC9hbGVydD4="

struct opened {
	struct arena *arena;
	struct cap_tree tree;
	struct cap_envelope e;
};

static struct opened
open_bytes(struct bytes document)
{
	struct opened o = {0};

	assert_int_equal(arena_new(&o.arena), ERR_OK);
	assert_int_equal(cap_tree_read(&o.tree, o.arena, document, NULL, NULL), ERR_OK);
	assert_int_equal(cap_envelope_open(&o.e, o.arena, &o.tree), ERR_OK);
	return o;
}

static struct opened
open_text(const char *text)
{
	return open_bytes(bytes_of_text(text));
}

static void
close_it(struct opened *o)
{
	arena_free(o->arena);
}

static void
a_good_feed_without_entries_lacks_nothing(void **state)
{
	struct opened o = open_text(ATOM HEAD "</feed>");

	(void)state;
	assert_int_equal(o.e.format, CAP_FORMAT_ATOM);
	assert_int_equal(o.e.lacks, 0);
	assert_int_equal(o.e.count, 0);
	assert_string_equal(o.e.id, "urn:x");
	assert_string_equal(o.e.title, "Warnings");
	assert_string_equal(o.e.updated, "2026-11-22T10:00:00Z");
	close_it(&o);
}

static void
a_feed_says_what_it_lacks(void **state)
{
	struct opened o = open_text(ATOM "<title> </title><updated>x</updated></feed>");

	(void)state;
	assert_int_equal(o.e.lacks, CAP_LACKS_ID | CAP_LACKS_TITLE);
	close_it(&o);
	o = open_text(ATOM "<id>x</id><title>t</title></feed>");
	assert_int_equal(o.e.lacks, CAP_LACKS_UPDATED);
	close_it(&o);
}

static void
an_alert_in_an_entry_is_found_where_it_stands(void **state)
{
	struct opened o = open_text(
		ATOM HEAD "<entry><id>e1</id><link href='/1'/><content "
			  "type='text/xml'>" ALERT ALERT "</content></entry></feed>");
	struct buffer path = {0};

	(void)state;
	assert_int_equal(o.e.count, 2);
	assert_int_equal(o.e.entries, 1);
	assert_int_equal(o.e.at[1].kind, CAP_CARRIES_ALERT);
	assert_string_equal(o.e.at[1].id, "e1");
	cap_xpath(&path, o.e.at[1].at);
	assert_string_equal(buffer_text(&path), "/feed/entry/content/alert[2]");
	buffer_free(&path);
	close_it(&o);
}

static void
an_entry_gives_the_links_that_promise_cap(void **state)
{
	struct opened o = open_text(ATOM HEAD "<entry><link href='page.html'/>"
					      "<link rel='enclosure' "
					      "type='application/cap+xml' href=' 1.xml'/>"
					      "</entry></feed>");

	(void)state;
	assert_int_equal(o.e.count, 1);
	assert_int_equal(o.e.at[0].kind, CAP_CARRIES_LINK);
	assert_string_equal(o.e.at[0].type, "application/cap+xml");
	close_it(&o);
}

static void
else_the_links_to_the_entry_itself(void **state)
{
	struct opened o = open_text(
		"<feed xmlns='http://www.w3.org/2005/Atom' "
		"xml:base='http://a.example/'>" HEAD "<entry><link rel='self' href='self'/>"
		"<link rel='alternate' href='1.xml'/></entry>"
		"<entry xml:base='b/'><link href='2.xml'/></entry>"
		"<entry><content type='text/xml' src='3.xml'/></entry>"
		"</feed>");

	(void)state;
	assert_int_equal(o.e.count, 3);
	assert_string_equal(o.e.at[0].uri, "1.xml");
	assert_string_equal(o.e.at[0].base, "http://a.example/");
	assert_string_equal(o.e.at[1].uri, "2.xml");
	assert_string_equal(o.e.at[1].base, "b/");
	assert_string_equal(o.e.at[2].uri, "3.xml");
	close_it(&o);
}

static void
content_of_another_type_is_base64(void **state)
{
	struct opened o = open_text(
		ATOM HEAD "<entry><content type='application/octet-stream'>" ALERT64
			  "</content></entry><entry><content type='application/zip'>***"
			  "</content></entry><entry><content type='html'>***</content>"
			  "</entry></feed>");

	(void)state;
	assert_int_equal(o.e.count, 1);
	assert_int_equal(o.e.at[0].kind, CAP_CARRIES_DOCUMENT);
	assert_true(bytes_equal(o.e.at[0].document, bytes_of_text(ALERT)));
	assert_int_equal(o.e.broken, 1);
	close_it(&o);
}

static void
an_entry_alone_is_an_envelope_too(void **state)
{
	struct opened o = open_text("<entry xmlns='http://www.w3.org/2005/Atom'>" HEAD
				    "<content type='text/xml'>" ALERT "</content></entry>");

	(void)state;
	assert_int_equal(o.e.lacks, 0);
	assert_int_equal(o.e.count, 1);
	close_it(&o);
}

static void
rss_gives_enclosures_else_links(void **state)
{
	struct opened o = open_text(
		"<rss version='2.0'><channel><link href='x' rel='self'/><title>T</title>"
		"<link>http://a.example/</link><item><guid>g1</guid>"
		"<link>\n http://a.example/1 \n</link></item><item><link>http://a/2</link>"
		"<enclosure url='http://a/2.xml' length='1' type='application/cap+xml'/>"
		"</item><item>" ALERT "<link>http://a/3</link></item></channel></rss>");

	(void)state;
	assert_int_equal(o.e.format, CAP_FORMAT_RSS);
	assert_int_equal(o.e.lacks, 0);
	assert_int_equal(o.e.entries, 3);
	assert_int_equal(o.e.count, 3);
	assert_string_equal(o.e.at[0].uri, "http://a.example/1");
	assert_string_equal(o.e.at[0].id, "g1");
	assert_string_equal(o.e.at[1].uri, "http://a/2.xml");
	assert_int_equal(o.e.at[2].kind, CAP_CARRIES_ALERT);
	close_it(&o);
}

static void
rss_without_a_channel_or_title_says_so(void **state)
{
	struct opened o = open_text("<rss version='2.0'/>");

	(void)state;
	assert_int_equal(o.e.lacks, CAP_LACKS_CHANNEL);
	close_it(&o);
	o = open_text("<rss><channel/></rss>");
	assert_int_equal(o.e.lacks, CAP_LACKS_TITLE);
	close_it(&o);
}

static void
edxl_1_0_gives_xml_base64_and_links(void **state)
{
	struct opened o = open_text(
		"<d:EDXLDistribution xmlns:d='urn:oasis:names:tc:emergency:EDXL:DE:1.0'>"
		"<d:distributionID>d1</d:distributionID>"
		"<d:dateTimeSent>2026-11-22T10:00:00-00:00</d:dateTimeSent>"
		"<d:contentObject><d:contentDescription>one</d:contentDescription>"
		"<d:xmlContent><d:embeddedXMLContent>" ALERT
		"</d:embeddedXMLContent></d:xmlContent></d:contentObject>"
		"<d:contentObject><d:nonXMLContent><d:mimeType>application/cap+xml"
		"</d:mimeType><d:contentData>" ALERT64
		"</d:contentData></d:nonXMLContent></d:contentObject>"
		"<d:contentObject><d:nonXMLContent><d:mimeType>text/xml</d:mimeType>"
		"<d:uri>http://a.example/3</d:uri></d:nonXMLContent></d:contentObject>"
		"<d:contentObject><d:nonXMLContent><d:mimeType>image/png</d:mimeType>"
		"<d:contentData>AAAA</d:contentData></d:nonXMLContent></d:contentObject>"
		"</d:EDXLDistribution>");

	(void)state;
	assert_int_equal(o.e.format, CAP_FORMAT_EDXL);
	assert_int_equal(o.e.lacks, 0);
	assert_int_equal(o.e.entries, 4);
	assert_int_equal(o.e.count, 3);
	assert_string_equal(o.e.at[0].title, "one");
	assert_int_equal(o.e.at[1].kind, CAP_CARRIES_DOCUMENT);
	assert_true(bytes_equal(o.e.at[1].document, bytes_of_text(ALERT)));
	assert_string_equal(o.e.at[2].uri, "http://a.example/3");
	close_it(&o);
}

static void
edxl_2_0_is_written_otherwise(void **state)
{
	struct opened o = open_text(
		"<edxlDistribution xmlns='urn:oasis:names:tc:emergency:EDXL:DE:2.0'>"
		"<content><contentObject><contentXML><embeddedXMLContent>" ALERT
		"</embeddedXMLContent></contentXML></contentObject>"
		"<contentObject><otherContent><mimeType>application/xml</mimeType>"
		"<contentData>" ALERT64 "</contentData></otherContent></contentObject>"
		"</content></edxlDistribution>");

	(void)state;
	assert_int_equal(o.e.lacks, CAP_LACKS_ID | CAP_LACKS_UPDATED);
	assert_int_equal(o.e.count, 2);
	close_it(&o);
}

static void
an_alert_is_no_envelope(void **state)
{
	struct arena *arena;
	struct cap_tree tree;
	struct cap_envelope e;

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(
		cap_tree_read(&tree, arena, bytes_of_text(ALERT), NULL, NULL), ERR_OK);
	assert_int_equal(cap_envelope_open(&e, arena, &tree), ERR_UNKNOWN);
	arena_free(arena);
}

static void
what_is_inside_is_judged_where_it_stands(void **state)
{
	struct opened o = open_text(
		ATOM HEAD "\n<entry><content type='text/xml'>" ALERT
			  "</content></entry><entry><content type='application/x'>" ALERT64
			  "</content></entry><entry><link href='x'/></entry></feed>");
	enum cap_verdict verdict;

	(void)state;
	assert_int_equal(o.e.count, 3);
	for (size_t i = 0; i < 2; i++) {
		struct cap_findings f = {.arena = o.arena};

		assert_int_equal(
			cap_carried_check(&verdict, o.arena, &o.e.at[i], NULL, &f), ERR_OK);
		assert_int_equal(verdict, CAP_INVALID);
		assert_true(f.levels[CAP_ERROR] > 0);
		assert_int_equal(f.at[0].line, i == 0 ? 2 : 1);
		assert_non_null(
			strstr(f.at[0].xpath, i == 0 ? "/feed/entry[1]/" : "/alert"));
	}
	assert_int_equal(
		cap_carried_check(&verdict, o.arena, &o.e.at[2], NULL, NULL), ERR_OK);
	assert_int_equal(verdict, CAP_FEED);
	close_it(&o);
}

static void
what_an_envelope_lacks_is_a_warning(void **state)
{
	struct opened o = open_text(ATOM "<updated>x</updated><entry><content "
					 "type='a/b'>***</content></entry></feed>");
	struct cap_findings f = {.arena = o.arena};

	(void)state;
	cap_envelope_findings(&o.e, &f);
	assert_int_equal(f.levels[CAP_WARNING], 4); /* id, title, updated, base64 */
	assert_int_equal(f.levels[CAP_ERROR], 0);
	close_it(&o);
}

static int grants = -1; /* allocations until one fails; below 0: none fails */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *
__wrap_calloc(size_t n, size_t size)
{
	if (grants == 0)
		return NULL;
	grants -= grants > 0;
	return __real_calloc(n, size);
}

static struct opened
open_many(const char *text)
{
	struct buffer many = {0};
	struct opened o;

	write_text(&many, ATOM HEAD);
	for (int i = 0; i < 200; i++)
		write_format(&many, "<entry>" HEAD "%s</entry>", text);
	write_text(&many, "</feed>");
	o = open_bytes(buffer_bytes(&many));
	buffer_free(&many);
	return o;
}

static void
many_entries_are_all_kept(void **state)
{
	struct opened o = open_many("<link href='x'/>");

	(void)state;
	assert_int_equal(o.e.entries, 200);
	assert_int_equal(o.e.count, 200);
	assert_string_equal(o.e.at[0].uri, "x");
	assert_string_equal(o.e.at[199].uri, "x");
	close_it(&o);
}

static void
memory_may_end_anywhere(void **state)
{
	struct opened o = open_many("<content type='a/b'>" ALERT64 "</content>");
	bool opened = false;

	(void)state;
	for (int n = 0; !opened; n++) {
		enum err err;

		grants = n;
		err = cap_envelope_open(&o.e, o.arena, &o.tree);
		grants = -1;
		assert_true(err == ERR_OK || err == ERR_NOMEM);
		assert_true(n < 1000);
		opened = err == ERR_OK;
	}
	assert_int_equal(o.e.count, 200);
	close_it(&o);
}

static void
an_older_alert_is_judged_as_such(void **state)
{
	struct opened o = open_text(ATOM HEAD
		"<entry>" HEAD "<content type='text/xml'>"
		"<alert xmlns='http://www.incident.com/cap/1.0'/>"
		"<alert "
		"xmlns='urn:oasis:names:tc:emergency:cap:1.1'/></content></entry></feed>");
	struct cap_findings f = {.arena = o.arena};
	enum cap_verdict verdict;

	(void)state;
	assert_int_equal(o.e.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
			cap_carried_check(&verdict, o.arena, &o.e.at[i], NULL, &f), ERR_OK);
		assert_int_equal(verdict, CAP_LEGACY);
	}
	close_it(&o);
}

/* Real feeds of others, in ../shared/data/cap (not part of the project). */
static void
real_feeds_give_what_they_carry(void **state)
{
	static const struct {
		const char *file;
		enum cap_carries kind;
		size_t count;
		unsigned lacks;
	} row[] = {{"google-feed-amber.xml", CAP_CARRIES_ALERT, 1, 0},
		{"google-feed-empty_weather_index.xml", CAP_CARRIES_LINK, 0, 0},
		{"google-feed-no_id.xml", CAP_CARRIES_ALERT, 0, CAP_LACKS_ID},
		{"google-feed-no_title.xml", CAP_CARRIES_ALERT, 0, CAP_LACKS_TITLE},
		{"google-feed-ny_index-rss.xml", CAP_CARRIES_LINK, 2, 0},
		{"google-feed-weather.xml", CAP_CARRIES_ALERT, 1, 0},
		{"google-feed-weather_index.xml", CAP_CARRIES_LINK, 2, 0},
		{"kde-au-bom-en.rss.xml", CAP_CARRIES_LINK, 1, 0},
		{"google-bushfire_valid-edxlde.xml", CAP_CARRIES_ALERT, 1, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct buffer file = {0};
		char path[300];
		struct opened o;

		snprintf(path, sizeof path, CORPUS "%s", row[i].file);
		if (!slurp(&file, path))
			skip();
		o = open_bytes(buffer_bytes(&file));
		if (row[i].lacks != o.e.lacks)
			fail_msg("%s lacks %u", row[i].file, o.e.lacks);
		if (row[i].count > 0 && o.e.count < row[i].count)
			fail_msg("%s carries %zu", row[i].file, o.e.count);
		for (size_t k = 0; row[i].count > 0 && k < o.e.count; k++)
			assert_int_equal(o.e.at[k].kind, row[i].kind);
		buffer_free(&file);
		close_it(&o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_feed_without_entries_lacks_nothing),
		cmocka_unit_test(a_feed_says_what_it_lacks),
		cmocka_unit_test(an_alert_in_an_entry_is_found_where_it_stands),
		cmocka_unit_test(an_entry_gives_the_links_that_promise_cap),
		cmocka_unit_test(else_the_links_to_the_entry_itself),
		cmocka_unit_test(content_of_another_type_is_base64),
		cmocka_unit_test(an_entry_alone_is_an_envelope_too),
		cmocka_unit_test(rss_gives_enclosures_else_links),
		cmocka_unit_test(rss_without_a_channel_or_title_says_so),
		cmocka_unit_test(edxl_1_0_gives_xml_base64_and_links),
		cmocka_unit_test(edxl_2_0_is_written_otherwise),
		cmocka_unit_test(an_alert_is_no_envelope),
		cmocka_unit_test(what_is_inside_is_judged_where_it_stands),
		cmocka_unit_test(what_an_envelope_lacks_is_a_warning),
		cmocka_unit_test(many_entries_are_all_kept),
		cmocka_unit_test(memory_may_end_anywhere),
		cmocka_unit_test(an_older_alert_is_judged_as_such),
		cmocka_unit_test(real_feeds_give_what_they_carry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
