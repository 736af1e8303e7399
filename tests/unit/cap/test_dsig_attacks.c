/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_dsig_attacks.c: forms and documents that must not be good. Where SignedInfo was changed it is
 * signed again with the right key, so that nothing but the one thing under test is wrong.
 */
#include "dsig_attack.h"

static void
what_was_made_is_good(void **state)
{
	struct dsig_report r;

	(void)state;
	assert_int_equal(dsig_verify(&r, bytes_of_text(k.good), NULL, 0), ERR_OK);
	assert_int_equal(r.count, 1);
	assert_int_equal(r.at[0].result, DSIG_GOOD);
	assert_int_equal(dsig_verify(&r, bytes_of_text(k.good_ec), NULL, 0), ERR_OK);
	assert_int_equal(r.at[0].result, DSIG_GOOD);
	/* So the tests below break what works. */
	char *again = sign_again(good(), k.rsa, EVP_sha256());
	assert_int_equal(dsig_verify(&r, bytes_of_text(again), NULL, 0), ERR_OK);
	assert_int_equal(r.at[0].result, DSIG_GOOD);
	free(again);
}

/* ---- SignedInfo that says something else, rightly signed ---- */

static const struct {
	const char *name, *what, *with;
	enum dsig_why why;
} form[] = {
	/* what is signed */
	{"reference to an element by its Id", "URI=\"\"", "URI=\"#T-1\"", DSIG_REFERENCE},
	{"xpointer to the root", "URI=\"\"", "URI=\"#xpointer(/)\"", DSIG_REFERENCE},
	{"reference without URI", " URI=\"\"", "", DSIG_REFERENCE},
	{"reference to the net", "URI=\"\"", "URI=\"http://127.0.0.1/a\"", DSIG_REFERENCE},
	{"reference to a file", "URI=\"\"", "URI=\"file:///etc/passwd\"", DSIG_REFERENCE},
	{"reference with a Type", "URI=\"\"", "Type=\"" DSIG "Manifest\" URI=\"\"",
		DSIG_FORM},
	{"two references", "</Reference>", "</Reference><Reference URI=\"\"></Reference>",
		DSIG_REFERENCE},
	{"two digests", "</DigestValue>", "</DigestValue><DigestValue>AAAA</DigestValue>",
		DSIG_FORM},
	/* transforms */
	{"XPath transform", EXCLUSIVE,
		"<Transform Algorithm=\"http://www.w3.org/TR/1999/"
		"REC-xpath-19991116\"><XPath>//alert[2]</XPath></Transform>",
		DSIG_METHOD},
	{"XPath transform without parameter", EXCLUSIVE,
		"<Transform Algorithm=\"http://www.w3.org/TR/1999/"
		"REC-xpath-19991116\"></Transform>",
		DSIG_TRANSFORM},
	{"XPath filter", EXCLUSIVE,
		"<Transform Algorithm=\"http://www.w3.org/2002/06/"
		"xmldsig-filter2\"></Transform>",
		DSIG_TRANSFORM},
	{"XSLT", EXCLUSIVE,
		"<Transform Algorithm=\"http://www.w3.org/TR/1999/"
		"REC-xslt-19991116\"></Transform>",
		DSIG_TRANSFORM},
	{"base64 transform", EXCLUSIVE,
		"<Transform Algorithm=\"" DSIG "base64\"></Transform>", DSIG_TRANSFORM},
	{"enveloped twice", EXCLUSIVE, ENVELOPED, DSIG_TRANSFORM},
	{"canonical before enveloped", ENVELOPED EXCLUSIVE, EXCLUSIVE ENVELOPED,
		DSIG_TRANSFORM},
	{"not enveloped", ENVELOPED, "", DSIG_TRANSFORM},
	{"three transforms", EXCLUSIVE, EXCLUSIVE EXCLUSIVE, DSIG_TRANSFORM},
	{"empty transforms", ENVELOPED EXCLUSIVE, "", DSIG_FORM},
	{"no transforms", TRANSFORMS, "", DSIG_FORM},
	{"inclusive namespaces", EXCLUSIVE,
		"<Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">"
		"<InclusiveNamespaces xmlns=\"http://www.w3.org/2001/10/"
		"xml-exc-c14n#\" "
		"PrefixList=\"a\"></InclusiveNamespaces></Transform>",
		DSIG_METHOD},
	/* algorithms */
	{"algorithm none", METHOD, "\"none\"", DSIG_METHOD},
	{"empty algorithm", METHOD, "\"\"", DSIG_METHOD},
	{"rsa-md5", METHOD, "\"" MORE "rsa-md5\"", DSIG_METHOD},
	{"dsa-sha1", METHOD, "\"" DSIG "dsa-sha1\"", DSIG_METHOD},
	{"hmac-sha1", METHOD, "\"" DSIG "hmac-sha1\"", DSIG_METHOD},
	{"ecdsa-sha1", METHOD, "\"" MORE "ecdsa-sha1\"", DSIG_METHOD},
	{"a method in other letters", METHOD, "\"" MORE "RSA-SHA256\"", DSIG_METHOD},
	{"ecdsa named, RSA used", METHOD, "\"" MORE "ecdsa-sha256\"", DSIG_KEY},
	{"truncated HMAC", "rsa-sha256\">",
		"hmac-sha256\"><HMACOutputLength>0</HMACOutputLength>", DSIG_METHOD},
	{"a method with a parameter", "rsa-sha256\">",
		"rsa-sha256\"><HMACOutputLength>0</HMACOutputLength>", DSIG_METHOD},
	{"md5 digest", SHA256, "\"" MORE "md5\"", DSIG_METHOD},
	{"no digest algorithm", "DigestMethod Algorithm=" SHA256, "DigestMethod",
		DSIG_FORM},
	{"unknown canonicalization", C14N, "CanonicalizationMethod Algorithm=\"urn:none\"",
		DSIG_METHOD},
	{"another namespace within", "<DigestMethod ", "<DigestMethod xmlns=\"urn:x\" ",
		DSIG_FORM},
	/* form */
	{"an unknown element", "<Reference ", "<More></More><Reference ", DSIG_FORM},
	{"an unknown attribute", "<Reference ", "<Reference Extra=\"1\" ", DSIG_FORM},
	{"text between elements", "<Reference ", "x<Reference ", DSIG_FORM},
	{"a comment within", "<Reference ", "<!--x--><Reference ", DSIG_FORM},
	{"CDATA in the digest", "<DigestValue>", "<DigestValue><![CDATA[]]>", DSIG_FORM},
	/* values */
	{"an empty digest", "<DigestValue>", "<DigestValue></DigestValue><DigestValue>",
		DSIG_FORM},
	{"a digest cut short", "<DigestValue>", "<DigestValue>AAAA", DSIG_DIGEST},
};

static void
a_signed_info_of_another_form_is_not_verified(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof form / sizeof *form; i++)
		refuses(form[i].name,
			sign_again(replace(good(), form[i].what, form[i].with), k.rsa,
				EVP_sha256()),
			form[i].why);
}

/* ---- other parts of the Signature, and the message, which are changed and not signed again ---- */

static void
a_changed_message_or_signature_is_refused(void **state)
{
	static const struct {
		const char *name, *what, *with;
		enum dsig_why why;
	} row[] = {
		{"another status", ">Test<", ">Actual<", DSIG_DIGEST},
		{"another polygon", "40.5,45 40.6", "41.5,45 40.6", DSIG_DIGEST},
		{"another style sheet", "cap.xsl", "bad.xsl", DSIG_DIGEST},
		{"the style sheet taken out",
			"<?xml-stylesheet type=\"text/xsl\" href=\"cap.xsl\"?>\n", "",
			DSIG_DIGEST},
		{"an instruction put in", "<info>", "<?go?><info>", DSIG_DIGEST},
		{"a line break put in", "<info>", "\n<info>", DSIG_DIGEST},
		{"an info put in", "<info>", "<info/><info>", DSIG_DIGEST},
		{"an attribute put in", "<info>", "<info a=\"b\">", DSIG_DIGEST},
		{"another namespace for a value", "<identifier>", "<identifier xmlns=\"\">",
			DSIG_DIGEST},
		{"a comment in an identifier", "T-1", "T-<!---->1", DSIG_COMMENT},
		{"a comment before a value", "<headline>A", "<headline><!--x-->A",
			DSIG_COMMENT},
		{"a comment in CDATA's place", "T-1", "<![CDATA[T]]><!---->-1",
			DSIG_COMMENT},
		{"a nested second signature", "<info>",
			"<info><Signature xmlns=\"" DSIG "\"/>", DSIG_DIGEST},
		{"another canonicalization of SignedInfo", C14N,
			"CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/"
			"REC-xml-c14n-20010315\"",
			DSIG_VALUE},
		{"another transform", EXCLUSIVE,
			"<Transform Algorithm=\"http://www.w3.org/2001/10/"
			"xml-exc-c14n#WithComments\"></Transform>",
			DSIG_VALUE},
		{"an Object", "</KeyInfo>", "</KeyInfo><Object></Object>", DSIG_OBJECT},
		{"an Object in no namespace", "</KeyInfo>",
			"</KeyInfo><Object xmlns=\"\"></Object>", DSIG_OBJECT},
		{"two SignedInfo", "<SignatureValue>", "<SignedInfo/><SignatureValue>",
			DSIG_FORM},
		{"two values", "<SignatureValue>", "<SignatureValue/><SignatureValue>",
			DSIG_FORM},
		{"two KeyInfo", "</KeyInfo>", "</KeyInfo><KeyInfo/>", DSIG_FORM},
		{"an unknown attribute", "<SignatureValue>", "<SignatureValue a=\"b\">",
			DSIG_FORM},
		{"a prefixed Id", "<SignatureValue>", "<SignatureValue xml:Id=\"b\">",
			DSIG_FORM},
		{"an instruction in the value", "<SignatureValue>", "<SignatureValue><?x?>",
			DSIG_FORM},
		{"a comment in the value", "<SignatureValue>", "<SignatureValue><!---->",
			DSIG_FORM},
		{"junk in the value", "<SignatureValue>", "<SignatureValue>*", DSIG_BASE64},
		{"a no-break space in the value", "<SignatureValue>",
			"<SignatureValue>\xc2\xa0", DSIG_BASE64},
		{"another value", "<SignatureValue>", "<SignatureValue>AAAA", DSIG_VALUE},
		{"junk in the certificate", "<X509Certificate>", "<X509Certificate>.",
			DSIG_BASE64},
		{"no DER in the certificate", "<X509Certificate>", "<X509Certificate>AAAA",
			DSIG_KEY},
		{"a certificate by reference", "<X509Data>",
			"<RetrievalMethod URI=\"#x\"/><X509Data>", DSIG_KEY},
		{"an unknown part of X509Data", "<X509Certificate>",
			"<X509CRL>AAAA</X509CRL><X509Certificate>", DSIG_FORM},
		{"a key of another form", "<KeyInfo>",
			"<KeyInfo><KeyValue><DSAKeyValue/></KeyValue>", DSIG_KEY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		refuses(row[i].name, replace(good(), row[i].what, row[i].with), row[i].why);
	refuses("a prefix put in",
		replace(replace(good(), "<alert xmlns=", "<c:alert xmlns:c="), "</alert>",
			"</c:alert>"),
		DSIG_DIGEST);
}

/* ---- wrapping ---- */

static char *
wrapped(const char *before, const char *after)
{
	char *alert = between(k.good, "<alert", "<Signature");
	char *signature = between(k.good, "<Signature", "</Signature>");
	struct buffer b = {0};

	write_text(&b, "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">"
		       "<identifier>EVIL</identifier>");
	write_format(&b, "%s<alert%s</alert>%s", before, alert, after);
	write_format(&b, "<Signature%s", signature);
	free(alert);
	free(signature);
	return (char *)b.at;
}

static char *
closed(char *text, const char *end)
{
	struct buffer b = {0};

	write_text(&b, text);
	write_text(&b, end);
	write_u8(&b, 0);
	free(text);
	return (char *)b.at;
}

static void
a_signed_alert_within_another_one_proves_nothing(void **state)
{
	struct dsig_report r;
	char *body = strstr(k.good, "<alert");
	char *alert = between(k.good, "<alert", "<Signature");
	char *text;

	(void)state;
	text = malloc(20000);
	snprintf(text, 20000,
		"<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>EVIL"
		"</identifier>%s</alert>",
		body);
	assert_int_equal(dsig_verify(&r, bytes_of_text(text), NULL, 0), ERR_OK);
	assert_int_equal(r.count, 0);
	assert_int_equal(r.misplaced, 1);
	assert_null(dsig_best(&r));
	cases++;
	snprintf(text, 20000, "<root>%s</root>", body);
	refuses_whole("within another root", strdup(text), ERR_FORMAT);
	free(text);
	/* The signed alert in the evil one's Signature, as an Object or bare, or beside it. */
	snprintf(text = malloc(20000), 20000, "</KeyInfo><Object><alert%s</alert></Object>",
		alert);
	refuses("within an Object",
		replace(replace(good(), "</KeyInfo>", text), "T-1", "EVIL"), DSIG_OBJECT);
	snprintf(text, 20000, "</KeyInfo><alert%s</alert>", alert);
	refuses("within a Signature",
		replace(replace(good(), "</KeyInfo>", text), "T-1", "EVIL"), DSIG_FORM);
	free(text);
	refuses("beside the signature", closed(wrapped("", ""), "</Signature></alert>"),
		DSIG_DIGEST);
	refuses("within an info",
		closed(wrapped("<info>", "</info>"), "</Signature></alert>"), DSIG_DIGEST);
	refuses("within a parameter",
		closed(wrapped("<info><parameter><value>", "</value></parameter></info>"),
			"</Signature></alert>"),
		DSIG_DIGEST);
	free(alert);
}

static void
a_signature_elsewhere_or_in_another_namespace_is_none(void **state)
{
	struct dsig_report r;
	char *moved =
		replace(replace(good(), "</info>", ""), "</alert>", "</info></alert>");
	char *other =
		replace(good(), "<Signature xmlns=\"" DSIG, "<Signature xmlns=\"urn:x");

	(void)state;
	assert_int_equal(dsig_verify(&r, bytes_of_text(moved), NULL, 0), ERR_OK);
	assert_int_equal(r.count, 0);
	assert_int_equal(r.misplaced, 1);
	assert_int_equal(dsig_verify(&r, bytes_of_text(other), NULL, 0), ERR_OK);
	assert_int_equal(r.count, 0);
	assert_int_equal(r.misplaced, 0);
	free(moved);
	free(other);
	cases += 2;
}

static void
too_many_signatures_are_all_refused(void **state)
{
	char *text = good();

	(void)state;
	for (int i = 0; i < DSIG_MAX; i++)
		text = replace(text, "</alert>", "<Signature xmlns=\"" DSIG "\"/></alert>");
	refuses("nine signatures", text, DSIG_TOO_MANY);
	refuses("an empty one",
		replace_between(good(), "<Signature xmlns=\"" DSIG "\">", "</Signature>",
			"\n...\n"),
		DSIG_STUB);
}

/* ---- documents that are not read ---- */

static void
dtds_entities_and_odd_documents_are_not_read(void **state)
{
	static const struct {
		const char *name, *what, *with;
		enum err err;
	} row[] = {
		{"DTD", "<alert ", "<!DOCTYPE alert><alert ", ERR_FORMAT},
		{"entity", "<alert ", "<!DOCTYPE alert [<!ENTITY a \"T-1\">]><alert ",
			ERR_FORMAT},
		{"default attribute", "<alert ",
			"<!DOCTYPE alert [<!ATTLIST Reference URI CDATA \"\">]><alert ",
			ERR_FORMAT},
		{"external DTD", "<alert ",
			"<!DOCTYPE alert SYSTEM \"/etc/passwd\"><alert ", ERR_FORMAT},
		{"unknown entity", "T-1", "T-1&a;", ERR_FORMAT},
		{"XML 1.1", "version=\"1.0\"", "version=\"1.1\"", ERR_FORMAT},
		{"two roots", "</alert>", "</alert><alert/>", ERR_FORMAT},
		{"another root", "<alert xmlns=\"urn:", "<alert xmlns=\"urm:", ERR_FORMAT},
		{"attribute twice", "URI=\"\"", "URI=\"\" URI=\"#x\"", ERR_FORMAT},
		{"unclosed", "</Signature>", "", ERR_FORMAT},
		{"invalid UTF-8", "T-1", "T-\xc0\xb1", ERR_FORMAT},
		{"EBCDIC", "<?xml", "\x4c\x6f\xa7\x94<?xml", ERR_FORMAT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		refuses_whole(
			row[i].name, replace(good(), row[i].what, row[i].with), row[i].err);
	refuses_whole("empty", strdup(""), ERR_FORMAT);
	refuses_whole("blank", strdup("    "), ERR_FORMAT);
}

/* What grows in canonical form, or makes it slow, is cut off. */
static void
bombs_are_refused_in_time(void **state)
{
	struct buffer b = {0};
	char *deep, *name;

	(void)state;
	for (int i = 0; i < 40; i++)
		write_text(&b, "<a>");
	for (int i = 0; i < 40; i++)
		write_text(&b, "</a>");
	write_text(&b, "<info>");
	write_u8(&b, 0);
	refuses_whole("deep", replace(good(), "<info>", (char *)b.at), ERR_FULL);
	buffer_clear(&b);
	for (int i = 0; i < 200000; i++)
		write_text(&b, "<a/>");
	write_text(&b, "<info>");
	write_u8(&b, 0);
	deep = (char *)b.at;
	refuses_whole("wide", replace(good(), "<info>", deep), ERR_FULL);
	buffer_clear(&b);
	write_text(&b, "<info");
	for (int i = 0; i < 40; i++)
		write_format(&b, " xmlns:n%d=\"urn:%d\"", i, i);
	write_text(&b, ">");
	write_u8(&b, 0);
	refuses_whole("namespaces", replace(good(), "<info>", (char *)b.at), ERR_FULL);
	buffer_clear(&b);
	write_text(&b, "<info xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" xmlns:c=\"urn:c\" "
		       "xmlns:d=\"urn:d\" xmlns:e=\"urn:e\" xmlns:f=\"urn:f\" "
		       "xmlns:g=\"urn:g\">");
	for (int i = 0; i < 190000; i++)
		write_text(&b, "<a/>");
	write_u8(&b, 0);
	refuses_whole("namespaces at each of many elements",
		replace(good(), "<info>", (char *)b.at), ERR_FULL);
	name = malloc(2001);
	memset(name, 'u', 2000);
	memcpy(name, "urn:", 4); /* a relative one has no canonical form at all */
	name[2000] = '\0';
	buffer_clear(&b);
	write_format(&b, "<info xmlns:n=\"%s\">", name);
	write_u8(&b, 0);
	refuses_whole(
		"a long namespace", replace(good(), "<info>", (char *)b.at), ERR_FULL);
	/* Exclusive C14N repeats it at each element that uses it: 100,000 times 900 bytes. */
	name[900] = '\0';
	buffer_clear(&b);
	write_format(&b, "<info xmlns:n=\"%s\">", name);
	for (int i = 0; i < 90000; i++)
		write_text(&b, "<n:a/>");
	write_u8(&b, 0);
	refuses("repeated", replace(good(), "<info>", (char *)b.at), DSIG_CANON);
	free(name);
	buffer_free(&b);
}

/* ---- each byte ---- */

static void
no_byte_of_the_message_can_be_changed(void **state)
{
	size_t signature = (size_t)(strstr(k.good_ec, "<Signature") - k.good_ec);
	size_t key = (size_t)(strstr(k.good_ec, "<KeyInfo") - k.good_ec);
	size_t from = (size_t)(strstr(k.good_ec, "?>") - k.good_ec);
	size_t tail = (size_t)(strstr(k.good_ec, "</Signature>") - k.good_ec);
	char *note = strstr(k.good_ec, "<!--");
	size_t comment = (size_t)(note - k.good_ec);
	struct buffer pin_der = der_of_cert(k.ec_cert);
	struct dsig_pin pin = {.kind = DSIG_PIN_CERTIFICATE, .der = buffer_bytes(&pin_der)};
	struct dsig_report r;
	char *text = strdup(k.good_ec);

	(void)state;
	for (size_t i = from; text[i] != '\0'; i++) {
		bool in_comment = i >= comment && i < comment + 17;

		for (int bit = 0; bit < 7; bit += 3) {
			text[i] = (char)(text[i] ^ 1 << bit);
			if (dsig_verify(&r, bytes_of_text(text), &pin, 1) == ERR_OK &&
				r.count > 0 && dsig_is_trusted(&r.at[0]) && !in_comment)
				fail_msg("byte %zu, bit %d: still trusted\n%s", i, bit,
					text);
			if (r.count > 0 && r.at[0].result == DSIG_GOOD && !in_comment)
				assert_true(i > key && i < tail);
			text[i] = (char)(text[i] ^ 1 << bit);
		}
	}
	assert_true(signature > comment);
	buffer_free(&pin_der);
	free(text);
}

static void
there_were_enough_cases(void **state)
{
	(void)state;
	were_enough(90);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_made_is_good),
		cmocka_unit_test(a_signed_info_of_another_form_is_not_verified),
		cmocka_unit_test(a_changed_message_or_signature_is_refused),
		cmocka_unit_test(a_signed_alert_within_another_one_proves_nothing),
		cmocka_unit_test(a_signature_elsewhere_or_in_another_namespace_is_none),
		cmocka_unit_test(too_many_signatures_are_all_refused),
		cmocka_unit_test(dtds_entities_and_odd_documents_are_not_read),
		cmocka_unit_test(bombs_are_refused_in_time),
		cmocka_unit_test(no_byte_of_the_message_can_be_changed),
		cmocka_unit_test(there_were_enough_cases),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
