/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_foreign.c: what a source of others' alerts has said, and whether it is still to be believed. */
#include "alert/foreign.h"

#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define NOW_MS 1795348800000LL /* 2026-11-22T12:00:00Z */
#define REFERENCE "<references>met,A,2026-11-22T11:00:00-00:00</references>"

static char text[4096];

static const char *
alert_of(const char *identifier, const char *kind, const char *references,
	const char *headline)
{
	snprintf(text, sizeof text,
		"<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>%s"
		"</identifier><sender>met</sender><sent>2026-11-22T11:00:0%c-00:00</sent>"
		"<status>Actual</status><msgType>%s</msgType><scope>Public</scope>%s<info>"
		"<category>Met</category><event>Flood</event><urgency>Immediate</urgency>"
		"<severity>Severe</severity><certainty>Observed</certainty>"
		"<expires>2026-11-22T13:00:00-00:00</expires><headline>%s</headline>"
		"<area><areaDesc>Valley</areaDesc></area></info></alert>",
		identifier, references[0] != '\0' ? '5' : '0', kind, references, headline);
	return text;
}

static json_t *
told(const char *document, const struct dsig_pin *pin, size_t pins)
{
	json_t *o;

	assert_int_equal(foreign_read(&o, bytes_of_text(document), pin, pins), ERR_OK);
	return o;
}

/* The first alert of a document; the caller owns it. */
static json_t *
first(const char *document)
{
	json_t *o = told(document, NULL, 0);
	json_t *a = json_incref(json_array_get(json_object_get(o, "alerts"), 0));

	assert_non_null(a);
	json_decref(o);
	return a;
}

static const char *
word(const json_t *o, const char *name)
{
	const char *value = json_string_value(json_object_get(o, name));

	return value != NULL ? value : "";
}

static struct foreign *
source(bool pinned)
{
	struct foreign_conf conf = {pinned, 180000};
	struct foreign *f;

	assert_int_equal(foreign_new(&f, &conf), ERR_OK);
	return f;
}

static bool
take(struct foreign *f, const char *document, bool trusted, const char *link)
{
	json_t *a = first(document);
	bool good;

	json_object_set_new(a, "trusted", json_boolean(trusted));
	good = foreign_take(f, NOW_MS, a, link);
	json_decref(a);
	return good;
}

/* "A live, B refused": in the order in which they came. */
static const char *
states(const struct foreign *f, int64_t now_ms)
{
	static char out[1024];
	json_t *list = json_array();
	size_t len = 0;

	assert_true(foreign_alerts(list, f, "met", now_ms));
	out[0] = '\0';
	for (size_t i = 0; i < json_array_size(list); i++)
		len += (size_t)snprintf(out + len, sizeof out - len, "%s%s %s",
			i > 0 ? ", " : "", word(json_array_get(list, i), "identifier"),
			word(json_array_get(list, i), "state"));
	json_decref(list);
	return out;
}

/* ---- reading ---- */

static void
an_alert_in_a_feed_is_told_with_its_findings(void **state)
{
	char feed[8192];
	json_t *o, *a;

	(void)state;
	snprintf(feed, sizeof feed,
		"<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id><title>t</title>"
		"<updated>x</updated><entry><id>e</id><title>t</title><updated>u</updated>"
		"<content>%s</content></entry><entry><id>l</id><title>t</title>"
		"<updated>u1</updated><link href=\"a.xml\"/></entry></feed>",
		alert_of("A", "Alarm", "", "Water"));
	o = told(feed, NULL, 0);
	assert_true(json_is_null(json_object_get(o, "error")));
	a = json_array_get(json_object_get(o, "alerts"), 0);
	assert_string_equal(word(a, "verdict"), "invalid");
	assert_true(json_array_size(json_object_get(a, "findings")) > 0);
	assert_string_equal(word(a, "headline"), "Water");
	assert_true(strstr(word(a, "refused"), "msgType") != NULL);
	a = json_array_get(json_object_get(o, "links"), 0);
	assert_string_equal(word(a, "uri"), "a.xml");
	assert_true(strstr(word(a, "key"), "u1") != NULL);
	json_decref(o);
}

static void
what_is_no_alert_and_no_feed_says_so(void **state)
{
	static const char *const wrong[] = {"", "no alerts", "<html/>", "<feed",
		"<!DOCTYPE a [<!ENTITY b \"c\">]><alert>&b;</alert>",
		"<rss version=\"2.0\"></rss>"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		json_t *o = told(wrong[i], NULL, 0);

		if (strlen(word(o, "error")) < 10)
			fail_msg("%s: no error", wrong[i]);
		assert_int_equal(json_array_size(json_object_get(o, "alerts")), 0);
		json_decref(o);
	}
}

static void
indenting_changes_nothing_and_one_character_does(void **state)
{
	json_t *plain = first(alert_of("A", "Alert", "", "Water")), *other, *same;
	char spaced[4096];
	size_t n = 0;

	(void)state;
	other = first(alert_of("A", "Alert", "", "Wader"));
	assert_string_not_equal(word(plain, "hash"), word(other, "hash"));
	alert_of("A", "Alert", "", "Water");
	for (const char *c = text; *c != '\0'; c++) {
		if (c[0] == '<' && c > text && c[1] != '/')
			n += (size_t)snprintf(spaced + n, sizeof spaced - n, "\n\t");
		spaced[n++] = *c;
	}
	spaced[n] = '\0';
	same = first(spaced);
	assert_string_equal(word(plain, "hash"), word(same, "hash"));
	json_decref(plain);
	json_decref(other);
	json_decref(same);
}

struct signer {
	struct dsig_key *key;
	struct dsig_pin pin;
	uint8_t *der;
};

static X509 *
certificate_of(EVP_PKEY *key)
{
	X509 *c = X509_new();

	X509_set_version(c, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
	ASN1_TIME_set_string(X509_getm_notBefore(c), "20260101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(c), "20270101000000Z");
	X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_ASC,
		(const unsigned char *)"met", -1, -1, 0);
	X509_set_issuer_name(c, X509_get_subject_name(c));
	X509_set_pubkey(c, key);
	assert_true(X509_sign(c, key, EVP_sha256()) > 0);
	return c;
}

static struct signer
signer_make(void)
{
	struct signer s = {.pin = {.kind = DSIG_PIN_KEY}};
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = certificate_of(key);
	BIO *bio = BIO_new(BIO_s_mem());
	struct fault fault = {""};
	char *pem;
	long len;

	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	PEM_write_bio_X509(bio, certificate);
	X509_free(certificate);
	len = BIO_get_mem_data(bio, &pem);
	if (dsig_key_read(&s.key, bytes_of(pem, (size_t)len), &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	s.pin.der.len = (size_t)i2d_PUBKEY(key, &s.der);
	s.pin.der.at = s.der;
	BIO_free(bio);
	EVP_PKEY_free(key);
	return s;
}

static const char *
signature_of(const json_t *o, bool *trusted)
{
	const json_t *a = json_array_get(json_object_get(o, "alerts"), 0);

	*trusted = json_is_true(json_object_get(a, "trusted"));
	return word(json_object_get(a, "signature"), "state");
}

static void
only_a_pinned_signature_over_these_bytes_is_trusted(void **state)
{
	struct signer s = signer_make(), stranger = signer_make();
	struct buffer out = {0};
	bool trusted;
	json_t *o;

	(void)state;
	assert_int_equal(dsig_sign(&out, bytes_of_text(alert_of("A", "Alert", "", "Water")),
				 s.key, NULL),
		ERR_OK);
	o = told(buffer_text(&out), &s.pin, 1);
	assert_string_equal(signature_of(o, &trusted), "good");
	assert_true(trusted);
	json_decref(o);
	o = told(buffer_text(&out), &stranger.pin, 1);
	signature_of(o, &trusted);
	assert_false(trusted);
	json_decref(o);
	memcpy(strstr((char *)out.at, "Water"), "Wader", 5);
	o = told(buffer_text(&out), &s.pin, 1);
	assert_string_equal(signature_of(o, &trusted), "bad");
	assert_false(trusted);
	json_decref(o);
	o = told(text, &s.pin, 1);
	assert_string_equal(signature_of(o, &trusted), "unsigned");
	json_decref(o);
	buffer_free(&out);
	dsig_key_free(s.key);
	dsig_key_free(stranger.key);
	OPENSSL_free(s.der);
	OPENSSL_free(stranger.der);
}

/* ---- chains ---- */

static void
an_update_takes_the_place_and_a_cancel_ends(void **state)
{
	struct foreign *f = source(false);

	(void)state;
	assert_true(take(f, alert_of("A", "Alert", "", "x"), false, ""));
	assert_true(take(f, alert_of("A", "Alert", "", "x"), false, ""));
	assert_string_equal(states(f, NOW_MS), "A live");
	assert_true(take(f, alert_of("B", "Update", REFERENCE, "x"), false, ""));
	assert_string_equal(states(f, NOW_MS), "A over, B live");
	assert_true(take(f,
		alert_of("C", "Cancel",
			"<references>met,B,2026-11-22T11:00:05-00:00</references>", "x"),
		false, ""));
	assert_string_equal(states(f, NOW_MS), "A over, B over, C message");
	foreign_free(f);
}

static void
other_content_under_a_known_identifier_is_refused(void **state)
{
	struct foreign *f = source(false);

	(void)state;
	assert_true(take(f, alert_of("A", "Alert", "", "Flood"), false, ""));
	assert_true(take(f, alert_of("A", "Alert", "", "All is well"), false, ""));
	assert_string_equal(states(f, NOW_MS), "A live, A refused");
	foreign_free(f);
}

static void
an_alert_expires(void **state)
{
	struct foreign *f = source(false);

	(void)state;
	assert_true(take(f, alert_of("A", "Alert", "", "x"), false, ""));
	assert_string_equal(states(f, NOW_MS + 3600001), "A over");
	foreign_free(f);
}

static void
where_signatures_are_pinned_an_unsigned_message_ends_nothing(void **state)
{
	struct foreign *f = source(true);

	(void)state;
	assert_true(take(f, alert_of("A", "Alert", "", "x"), true, ""));
	assert_true(take(f, alert_of("B", "Cancel", REFERENCE, "x"), false, ""));
	assert_string_equal(states(f, NOW_MS), "A live, B message");
	assert_true(take(f, alert_of("B", "Cancel", REFERENCE, "x"), true, ""));
	assert_string_equal(states(f, NOW_MS), "A over, B message");
	foreign_free(f);
}

static void
what_no_reader_would_tell_is_not_taken(void **state)
{
	static const char *const change[] = {"hash", "kind", "status", "sent_ms"};
	struct foreign *f = source(false);

	(void)state;
	for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
		json_t *a = first(alert_of("A", "Alert", "", "x"));

		json_object_set_new(a, change[i],
			i == 0	 ? json_string("zz")
			: i == 3 ? json_null()
				 : json_integer(77));
		if (foreign_take(f, NOW_MS, a, ""))
			fail_msg("%s", change[i]);
		json_decref(a);
	}
	assert_string_equal(states(f, NOW_MS), "");
	foreign_free(f);
}

static void
too_many_alerts_are_said_to_be_missing(void **state)
{
	struct foreign *f = source(false);
	char name[32];

	(void)state;
	for (int i = 0; i < FOREIGN_ROWS_MAX; i++) {
		snprintf(name, sizeof name, "A%d", i);
		assert_true(take(f, alert_of(name, "Alert", "", "x"), false, ""));
	}
	assert_false(take(f, alert_of("B", "Alert", "", "x"), false, ""));
	foreign_free(f);
}

/* ---- health ---- */

static void
a_source_is_unknown_until_it_answers_and_when_it_fails(void **state)
{
	struct foreign *f = source(false);
	json_t *health;

	(void)state;
	assert_int_equal(foreign_state(f, 1000), FOREIGN_UNKNOWN);
	foreign_begin(f);
	foreign_answered(f, 1000, 0, "");
	assert_int_equal(foreign_state(f, 1000), FOREIGN_GOOD);
	foreign_failed(f, 9000, "it answers 500");
	assert_int_equal(foreign_state(f, 9000), FOREIGN_UNKNOWN);
	health = foreign_health(f, NOW_MS, 11000);
	assert_int_equal(json_integer_value(json_object_get(health, "age_s")), 10);
	assert_int_equal(json_integer_value(json_object_get(health, "tried_s")), 2);
	assert_string_equal(word(health, "error"), "it answers 500");
	json_decref(health);
	foreign_answered(f, 12000, 3, "gone");
	assert_int_equal(foreign_state(f, 12000), FOREIGN_INCOMPLETE);
	foreign_free(f);
}

static void
a_source_that_is_silent_too_long_is_unknown(void **state)
{
	struct foreign *f = source(false);

	(void)state;
	foreign_answered(f, 1000, 0, "");
	assert_int_equal(foreign_state(f, 181000), FOREIGN_GOOD);
	assert_int_equal(foreign_state(f, 181001), FOREIGN_UNKNOWN);
	foreign_free(f);
}

static bool
listed(const struct foreign *f)
{
	json_t *list = json_array();
	bool yes;

	assert_true(foreign_alerts(list, f, "met", NOW_MS));
	yes = json_is_true(json_object_get(json_array_get(list, 0), "listed"));
	json_decref(list);
	return yes;
}

static void
what_a_feed_no_longer_lists_is_still_live(void **state)
{
	struct foreign *f = source(false);

	(void)state;
	foreign_begin(f);
	assert_true(take(f, alert_of("A", "Alert", "", "x"), false, "a 1"));
	foreign_answered(f, 1000, 0, "");
	foreign_begin(f);
	foreign_same(f);
	foreign_answered(f, 2000, 0, "");
	assert_true(listed(f));
	foreign_begin(f);
	assert_true(listed(f)); /* while the round is under way */
	assert_false(foreign_has_link(f, "a 2"));
	assert_true(foreign_has_link(f, "a 1"));
	foreign_answered(f, 3000, 0, "");
	assert_true(listed(f));
	foreign_begin(f);
	foreign_answered(f, 4000, 0, "");
	assert_false(listed(f));
	assert_string_equal(states(f, NOW_MS), "A live");
	foreign_free(f);
}

static void
what_is_over_is_forgotten_after_days_but_not_while_it_is_listed(void **state)
{
	struct foreign *f = source(false);
	int64_t later = NOW_MS + (FOREIGN_KEPT_DAYS + 1) * 86400000LL;

	(void)state;
	foreign_begin(f);
	assert_true(take(f, alert_of("A", "Alert", "", "x"), false, "a 1"));
	assert_true(take(f, alert_of("B", "Cancel", REFERENCE, "x"), false, "b 1"));
	foreign_answered(f, 1000, 0, "");
	foreign_tidy(f, later);
	assert_string_equal(states(f, later), "A over, B message");
	foreign_begin(f);
	assert_true(foreign_has_link(f, "b 1"));
	foreign_answered(f, 2000, 0, "");
	foreign_tidy(f, later);
	assert_string_equal(states(f, later), "B message");
	/* The Cancel is remembered: what it ended does not come to life again. */
	assert_true(take(f, alert_of("A", "Alert", "", "x"), false, "a 1"));
	assert_string_equal(states(f, NOW_MS), "B message, A over");
	foreign_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_alert_in_a_feed_is_told_with_its_findings),
		cmocka_unit_test(what_is_no_alert_and_no_feed_says_so),
		cmocka_unit_test(indenting_changes_nothing_and_one_character_does),
		cmocka_unit_test(only_a_pinned_signature_over_these_bytes_is_trusted),
		cmocka_unit_test(an_update_takes_the_place_and_a_cancel_ends),
		cmocka_unit_test(other_content_under_a_known_identifier_is_refused),
		cmocka_unit_test(an_alert_expires),
		cmocka_unit_test(
			where_signatures_are_pinned_an_unsigned_message_ends_nothing),
		cmocka_unit_test(what_no_reader_would_tell_is_not_taken),
		cmocka_unit_test(too_many_alerts_are_said_to_be_missing),
		cmocka_unit_test(a_source_is_unknown_until_it_answers_and_when_it_fails),
		cmocka_unit_test(a_source_that_is_silent_too_long_is_unknown),
		cmocka_unit_test(what_a_feed_no_longer_lists_is_still_live),
		cmocka_unit_test(
			what_is_over_is_forgotten_after_days_but_not_while_it_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
