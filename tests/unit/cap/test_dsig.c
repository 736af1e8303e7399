/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_dsig.c: signatures that are good, and what another verifier says of the same bytes. Attacks are
 * in test_dsig_attacks.c and test_dsig_keys.c, trust in test_dsig_trust.c.
 */
#include "cap/rules.h"
#include "dsig_keys.h"
#include "slurp.h"

#include <unistd.h>

#define CORPUS "../shared/data/cap/"

/* ---- signing ---- */

static void
signing_puts_a_signature_in_and_changes_no_other_byte(void **state)
{
	const struct dsig_key *key[] = {k.rsa_key, k.ec_key};

	(void)state;
	for (int i = 0; i < 2; i++) {
		char *text = sign_text(message, key[i]);
		char *at = strstr(text, "<Signature ");
		char *end = strstr(text, "</Signature>") + strlen("</Signature>");

		assert_int_equal(only_one(text, NULL, 0).result, DSIG_GOOD);
		assert_non_null(strstr(at, i == 0 ? "#rsa-sha256" : "#ecdsa-sha256"));
		assert_memory_equal(end, "</alert>", 8);
		memmove(at, end, strlen(end) + 1);
		assert_string_equal(text, message);
		free(text);
	}
}

static void
the_end_tag_is_found_whatever_stands_behind_it(void **state)
{
	char *text = replace(strdup(message), "</alert>",
		"</alert\n><!-- </alert> --><?x </alert> ?>\n");
	char *made = sign_text(text, k.ec_key);

	(void)state;
	assert_int_equal(only_one(made, NULL, 0).result, DSIG_GOOD);
	assert_non_null(strstr(made, "</Signature></alert\n><!-- </alert> -->"));
	free(text);
	free(made);
}

static void
what_cannot_be_signed_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *text;
		enum err err;
	} row[] = {
		{"no XML", ERR_FORMAT},
		{"<feed/>", ERR_FORMAT},
		{"<!DOCTYPE a><alert "
		 "xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"></alert>",
			ERR_FORMAT},
		{"<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><a>b<!---->c</a>"
		 "</alert>",
			ERR_REFUSED},
		{"<?xml version='1.0' encoding='ISO-8859-1'?>"
		 "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"></alert>",
			ERR_REFUSED},
		{"<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\" xmlns:x=\"rel\"/>",
			ERR_FORMAT},
	};
	struct buffer out = {0};
	struct fault fault = {""};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		enum err err =
			dsig_sign(&out, bytes_of_text(row[i].text), k.ec_key, &fault);

		if (err == ERR_OK || (i < 5 && err != row[i].err))
			fail_msg("%s: %s", row[i].text, err_name(err));
		assert_true(strlen(fault.text) > 10);
		assert_int_equal(out.len, 0);
	}
}

static void
a_second_signature_leaves_the_first_one_good(void **state)
{
	struct dsig_report r;
	char *one = sign_text(message, k.ec_key), *two = sign_text(one, k.rsa_key), *many;
	struct buffer out = {0};
	struct fault fault;

	(void)state;
	assert_int_equal(dsig_verify(&r, bytes_of_text(two), NULL, 0), ERR_OK);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.at[0].result, DSIG_GOOD);
	assert_int_equal(r.at[1].result, DSIG_GOOD);
	many = two;
	for (int i = 2; i < DSIG_MAX; i++) {
		char *next = sign_text(many, k.ec_key);

		free(many);
		many = next;
	}
	assert_int_equal(
		dsig_sign(&out, bytes_of_text(many), k.ec_key, &fault), ERR_REFUSED);
	buffer_free(&out);
	free(one);
	free(many);
}

static void
put_file(const char *path, struct bytes bytes)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes.at, 1, bytes.len, f), bytes.len);
	fclose(f);
}

/* A second signature, by the other verifier; the caller frees it. */
static struct buffer
sign_by_xmlsec(const char *signed_once, const char *digest, const char *method)
{
	const char *end = strstr(signed_once, "</alert>");
	char directory[] = "/tmp/belfry-test-dsig-XXXXXX", command[600], path[3][80];
	static const char *const name[] = {"key.pem", "template.xml", "out.xml"};
	struct buffer b = {0};
	FILE *f;

	assert_non_null(mkdtemp(directory));
	for (int i = 0; i < 3; i++)
		snprintf(path[i], sizeof path[i], "%s/%s", directory, name[i]);
	f = fopen(path[0], "w");
	PEM_write_PrivateKey(f, k.rsa, NULL, NULL, 0, NULL, NULL);
	fclose(f);
	write_bytes(&b, signed_once, (size_t)(end - signed_once));
	write_format(&b,
		"<Signature xmlns=\"" DSIG "\" Id=\"two\"><SignedInfo>"
		"<CanonicalizationMethod "
		"Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"/>"
		"<SignatureMethod Algorithm=\"%s\"/><Reference URI=\"\"><Transforms>"
		"<Transform Algorithm=\"" DSIG "enveloped-signature\"/></Transforms>"
		"<DigestMethod Algorithm=\"%s\"/><DigestValue/></Reference></SignedInfo>"
		"<SignatureValue/><KeyInfo><KeyValue/></KeyInfo></Signature></alert>",
		method, digest);
	put_file(path[1], buffer_bytes(&b));
	buffer_clear(&b);
	snprintf(command, sizeof command,
		"xmlsec1 --sign --id-attr:Id Signature --node-xpath "
		"\"//*[local-name()='Signature'][2]\" --privkey-pem %s --output %s %s "
		"2>/dev/null",
		path[0], path[2], path[1]);
	assert_int_equal(system(command), 0);
	assert_true(slurp(&b, path[2]));
	for (int i = 0; i < 3; i++)
		unlink(path[i]);
	rmdir(directory);
	return b;
}

/* As XML Signature says: the second one covers the first. */
static void
a_signature_over_another_one_is_good_too(void **state)
{
	static const char *const row[][2] = {
		{"http://www.w3.org/2001/04/xmldsig-more#sha384",
			"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"},
		{"http://www.w3.org/2001/04/xmlenc#sha512",
			"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"},
	};
	char *one;

	(void)state;
	if (access("/usr/bin/xmlsec1", X_OK) != 0)
		skip();
	one = sign_text(message, k.ec_key);
	for (int i = 0; i < 2; i++) {
		struct buffer b = sign_by_xmlsec(one, row[i][0], row[i][1]);
		struct dsig_report r;

		assert_int_equal(dsig_verify(&r, buffer_bytes(&b), NULL, 0), ERR_OK);
		assert_int_equal(r.count, 2);
		assert_int_equal(r.at[0].result, DSIG_GOOD);
		assert_int_equal(r.at[1].result, DSIG_GOOD);
		assert_false(r.at[1].weak);
		buffer_free(&b);
	}
	free(one);
}

static enum err
read_pem(EVP_PKEY *key, X509 *cert, struct dsig_key **out, struct fault *fault)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum err err;
	char *at;
	long len;

	if (key != NULL)
		PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	if (cert != NULL)
		PEM_write_bio_X509(bio, cert);
	len = BIO_get_mem_data(bio, &at);
	err = dsig_key_read(out, bytes_of(at, (size_t)len), fault);
	BIO_free(bio);
	return err;
}

static void
only_strong_keys_with_their_certificate_sign(void **state)
{
	EVP_PKEY *small = EVP_RSA_gen(1024), *curve = EVP_EC_gen("P-384");
	X509 *small_cert = make_cert(small, leaf_form, NULL, NULL);
	X509 *curve_cert = make_cert(curve, leaf_form, NULL, NULL);
	struct dsig_key *key;
	struct fault fault;
	BIO *bio;
	char *at;
	long len;

	(void)state;
	assert_int_equal(read_pem(small, small_cert, &key, &fault), ERR_REFUSED);
	assert_int_equal(read_pem(curve, curve_cert, &key, &fault), ERR_REFUSED);
	assert_int_equal(read_pem(k.ec, k.own, &key, &fault), ERR_REFUSED);
	assert_int_equal(read_pem(k.ec, NULL, &key, &fault), ERR_REFUSED);
	assert_int_equal(read_pem(NULL, k.leaf, &key, &fault), ERR_FORMAT);
	assert_int_equal(read_pem(NULL, NULL, &key, &fault), ERR_FORMAT);
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(bio, k.ec, EVP_aes_128_cbc(),
		(const unsigned char *)"secret", 6, NULL, NULL);
	PEM_write_bio_X509(bio, k.leaf);
	len = BIO_get_mem_data(bio, &at);
	assert_int_equal(
		dsig_key_read(&key, bytes_of(at, (size_t)len), &fault), ERR_FORMAT);
	BIO_free(bio);
	dsig_key_free(NULL);
	X509_free(small_cert);
	X509_free(curve_cert);
	EVP_PKEY_free(small);
	EVP_PKEY_free(curve);
}

/* ---- the other verifier, and real messages ---- */

static bool
xmlsec_takes(const char *path)
{
	char command[400];

	snprintf(command, sizeof command,
		"xmlsec1 --verify --insecure '%s' >/dev/null 2>&1", path);
	return system(command) == 0;
}

static void
xmlsec1_verifies_what_is_signed_here(void **state)
{
	const struct dsig_key *key[] = {k.rsa_key, k.ec_key};
	char path[] = "/tmp/belfry-test-dsig-XXXXXX";
	int fd;

	(void)state;
	if (access("/usr/bin/xmlsec1", X_OK) != 0)
		skip();
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	for (int i = 0; i < 2; i++) {
		char *text = sign_text(message, key[i]);
		FILE *f = fopen(path, "w");

		fputs(text, f);
		fclose(f);
		assert_true(xmlsec_takes(path));
		text = replace(text, ">Test<", ">Actual<");
		f = fopen(path, "w");
		fputs(text, f);
		fclose(f);
		assert_false(xmlsec_takes(path));
		free(text);
	}
	unlink(path);
}

static const char *
shout(void *ctx, const char *format)
{
	(void)ctx;
	return strcmp(format, "%s") == 0 ? format : "TOLD";
}

/* Rule 54 in the checker: the verdict's part, and how often it warns. */
static bool
bad_by_the_rules(struct bytes document, size_t *warnings)
{
	struct cap_findings f = {.translate = shout};
	struct cap_checking c = {.f = &f};
	struct cap_tree tree;
	struct arena *arena;
	bool bad;

	assert_int_equal(arena_new(&arena), ERR_OK);
	f.arena = arena;
	c.arena = arena;
	assert_int_equal(cap_tree_read(&tree, arena, document, NULL, NULL), ERR_OK);
	c.alert = tree.root;
	c.space = tree.root->space;
	bad = cap_rules_signature(&c, document);
	*warnings = f.levels[CAP_WARNING];
	for (size_t i = 0; i < f.count; i++)
		assert_string_equal(f.at[i].text, "TOLD");
	assert_int_equal(f.levels[CAP_ERROR], 0);
	arena_free(arena);
	return bad;
}

static void
judge_real(const char *name, const char *verdict)
{
	struct buffer file = {0};
	struct dsig_report r;
	char path[300];
	size_t warnings;
	bool bad, good;

	snprintf(path, sizeof path, CORPUS "%s", name);
	assert_true(slurp(&file, path));
	if (dsig_verify(&r, buffer_bytes(&file), NULL, 0) != ERR_OK || r.count == 0) {
		buffer_free(&file);
		return;
	}
	good = dsig_best(&r)->result == DSIG_GOOD;
	bad = bad_by_the_rules(buffer_bytes(&file), &warnings);
	print_message("%s: %s\n", name, dsig_why_text(dsig_best(&r)->why));
	if (bad != (strcmp(verdict, "bad-signature") == 0))
		fail_msg("%s: the index says %s", name, verdict);
	if (strcmp(verdict, "valid") == 0)
		assert_int_equal(warnings, 0);
	assert_int_equal(warnings > 0, !good);
	/* It reads the first signature alone, and takes only that one out. */
	if (access("/usr/bin/xmlsec1", X_OK) == 0 && r.count == 1 &&
		good != xmlsec_takes(path))
		fail_msg("%s: xmlsec1 says otherwise", name);
	buffer_free(&file);
}

static void
real_signatures_are_judged_as_the_index_and_xmlsec1_do(void **state)
{
	struct buffer index = {0};
	char *line, *rest;

	(void)state;
	if (!slurp(&index, CORPUS "index.tsv"))
		skip();
	write_u8(&index, 0);
	rest = (char *)index.at;
	for (strsep(&rest, "\n"); (line = strsep(&rest, "\n")) != NULL && *line != '\0';) {
		char *name = strsep(&line, "\t"), *verdict = NULL;

		for (int i = 0; i < 4; i++)
			verdict = strsep(&line, "\t");
		judge_real(name, verdict);
	}
	buffer_free(&index);
}

/* Signed in UTF-8, then told in another encoding: the canonical form is the same. */
static void
encodings_that_are_built_in_are_read(void **state)
{
	char *plain = replace(strdup(message), "\xd5\x8b\xd6\x80", "Wasser"), *text;
	struct buffer wide = {0};
	struct dsig_report r;

	(void)state;
	text = sign_text(plain, k.ec_key);
	write_u8(&wide, 0xff);
	write_u8(&wide, 0xfe);
	for (const char *p = text; *p != '\0'; p++) {
		write_u8(&wide, (uint8_t)*p);
		write_u8(&wide, 0);
	}
	assert_int_equal(dsig_verify(&r, buffer_bytes(&wide), NULL, 0), ERR_OK);
	assert_int_equal(r.at[0].result, DSIG_GOOD);
	for (size_t i = 0; i < wide.len; i += 2) {
		uint8_t was = wide.at[i];

		wide.at[i] = wide.at[i + 1];
		wide.at[i + 1] = was;
	}
	assert_int_equal(dsig_verify(&r, buffer_bytes(&wide), NULL, 0), ERR_OK);
	assert_int_equal(r.at[0].result, DSIG_GOOD);
	text = replace(text, "UTF-8", "iso-8859-1");
	assert_int_equal(only_one(text, NULL, 0).result, DSIG_GOOD);
	free(text);
	free(plain);
	buffer_free(&wide);
	plain = sign_text(message, k.ec_key);
	text = malloc(strlen(plain) + 4);
	sprintf(text, "\xef\xbb\xbf%s", plain);
	assert_int_equal(only_one(text, NULL, 0).result, DSIG_GOOD);
	free(text);
	free(plain);
}

static void
an_unsigned_message_has_no_signature_and_no_finding(void **state)
{
	struct dsig_report r;
	size_t warnings;

	(void)state;
	assert_int_equal(dsig_verify(&r, bytes_of_text(message), NULL, 0), ERR_OK);
	assert_int_equal(r.count, 0);
	assert_null(dsig_best(&r));
	assert_false(bad_by_the_rules(bytes_of_text(message), &warnings));
	assert_int_equal(warnings, 0);
}

/* What cannot be read for the signature's sake is no reason to reject: rule 54 warns. */
static void
a_document_in_another_encoding_is_warned_of(void **state)
{
	char *text = sign_text(message, k.ec_key);
	size_t warnings;

	(void)state;
	text = replace(replace(text, "UTF-8", "KOI8-R"), "\xd5\x8b\xd6\x80", "\xc1\xc2");
	assert_false(bad_by_the_rules(bytes_of_text(text), &warnings));
	assert_int_equal(warnings, 1);
	free(text);
	text = replace(sign_text(message, k.ec_key), "<info>",
		"<info><Signature xmlns=\"" DSIG "\"/>");
	assert_true(bad_by_the_rules(bytes_of_text(text), &warnings));
	assert_int_equal(warnings, 1);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signing_puts_a_signature_in_and_changes_no_other_byte),
		cmocka_unit_test(the_end_tag_is_found_whatever_stands_behind_it),
		cmocka_unit_test(what_cannot_be_signed_is_refused_with_a_reason),
		cmocka_unit_test(a_second_signature_leaves_the_first_one_good),
		cmocka_unit_test(a_signature_over_another_one_is_good_too),
		cmocka_unit_test(only_strong_keys_with_their_certificate_sign),
		cmocka_unit_test(xmlsec1_verifies_what_is_signed_here),
		cmocka_unit_test(real_signatures_are_judged_as_the_index_and_xmlsec1_do),
		cmocka_unit_test(encodings_that_are_built_in_are_read),
		cmocka_unit_test(an_unsigned_message_has_no_signature_and_no_finding),
		cmocka_unit_test(a_document_in_another_encoding_is_warned_of),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
