/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_dsig_nomem.c: each allocation of ours, libxml2's and OpenSSL's fails once, while a message is
 * verified, judged by its pins and signed: nothing leaks, and nothing false is said of the message.
 */
#include "../bulletin/no_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "dsig_make.h"

#include <libxml/parser.h>
#include <libxml/xmlmemory.h>
#include <openssl/crypto.h>

enum { MOST = 20000 };

static void *
crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : __real_malloc(size);
}

static void *
crypto_realloc(void *at, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : __real_realloc(at, size);
}

static void
crypto_free(void *at, const char *file, int line)
{
	(void)file;
	(void)line;
	free(at);
}

static void *
xml_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

static void *
xml_realloc(void *at, size_t size)
{
	return fails() ? NULL : __real_realloc(at, size);
}

static char *
xml_strdup(const char *text)
{
	return fails() ? NULL : strdup(text);
}

struct made {
	EVP_PKEY *rsa, *ec;
	X509 *root, *leaf;
	struct dsig_key *key;
	struct buffer pem, root_der;
	char *text;
};

static struct made m;

static int
make(void **state)
{
	struct cert_form ca = {.name = "ca.am", .usage = "keyCertSign", .ca = true};
	struct cert_form leaf = {.name = "warn.example.am", .usage = "digitalSignature"};
	BIO *bio = BIO_new(BIO_s_mem());
	char *at;
	long len;

	(void)state;
	m.rsa = EVP_RSA_gen(2048);
	m.ec = EVP_EC_gen("P-256");
	m.root = make_cert(m.rsa, ca, NULL, NULL);
	m.leaf = make_cert(m.ec, leaf, m.root, m.rsa);
	m.key = make_key(m.ec, m.leaf, NULL);
	m.root_der = der_of_cert(m.root);
	m.text = sign_text(message, m.key);
	PEM_write_bio_PrivateKey(bio, m.ec, NULL, NULL, 0, NULL, NULL);
	PEM_write_bio_X509(bio, m.leaf);
	len = BIO_get_mem_data(bio, &at);
	write_bytes(&m.pem, at, (size_t)len);
	BIO_free(bio);
	return 0;
}

static int
unmake(void **state)
{
	(void)state;
	dsig_key_free(m.key);
	X509_free(m.root);
	X509_free(m.leaf);
	EVP_PKEY_free(m.rsa);
	EVP_PKEY_free(m.ec);
	buffer_free(&m.pem);
	buffer_free(&m.root_der);
	free(m.text);
	return 0;
}

static enum err
verify(const char *text, struct dsig_report *r)
{
	struct dsig_pin pin = {.kind = DSIG_PIN_CA, .der = buffer_bytes(&m.root_der)};

	return dsig_verify(r, bytes_of_text(text), &pin, 1);
}

static void
a_good_message_is_good_or_there_was_no_memory(void **state)
{
	struct dsig_report r;
	unsigned n, none = 0, unsure = 0;

	(void)state;
	assert_int_equal(verify(m.text, &r), ERR_OK);
	assert_int_equal(r.at[0].trust, DSIG_PINNED_CA);
	for (n = 0; n < MOST; n++) {
		enum err err;
		bool all;

		fail_after = (int)n;
		err = verify(m.text, &r);
		all = fail_after >= 0;
		fail_after = -1;
		assert_true(err == ERR_OK || err == ERR_NOMEM);
		if (err == ERR_OK && r.at[0].result != DSIG_GOOD)
			fail_msg("allocation %u: %s", n, dsig_why_text(r.at[0].why));
		none += err == ERR_NOMEM;
		unsure += err == ERR_OK && r.at[0].trust != DSIG_PINNED_CA;
		if (all)
			break;
	}
	print_message("%u allocations: %u times no memory, %u times not trusted\n", n, none,
		unsure);
	assert_true(n > 100 && n < MOST);
	/* OpenSSL keeps a certificate for invalid whose extensions it had no memory to read. */
	assert_true(unsure < n / 100);
	assert_int_equal(verify(m.text, &r), ERR_OK);
	assert_int_equal(r.at[0].trust, DSIG_PINNED_CA);
}

static void
a_changed_message_is_never_good(void **state)
{
	char *changed = replace(strdup(m.text), ">Test<", ">Actual<");
	struct dsig_report r;

	(void)state;
	for (int n = 0, all = 0; n < MOST && !all; n++) {
		enum err err;

		fail_after = n;
		err = verify(changed, &r);
		all = fail_after >= 0;
		fail_after = -1;
		assert_true(err == ERR_NOMEM || r.at[0].result == DSIG_BAD);
	}
	free(changed);
}

static void
what_is_signed_is_whole_or_nothing(void **state)
{
	(void)state;
	for (int n = 0, all = 0; n < MOST && !all; n++) {
		struct buffer out = {0};
		struct dsig_report r;
		struct fault fault;
		enum err err;

		fail_after = n;
		err = dsig_sign(&out, bytes_of_text(message), m.key, &fault);
		all = fail_after >= 0;
		fail_after = -1;
		if (err != ERR_OK) {
			assert_int_equal(out.len, 0);
		} else {
			write_u8(&out, 0);
			assert_int_equal(verify((char *)out.at, &r), ERR_OK);
			assert_int_equal(r.at[0].result, DSIG_GOOD);
		}
		buffer_free(&out);
	}
}

static void
a_key_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	for (int n = 0, all = 0; n < MOST && !all; n++) {
		struct dsig_key *key = NULL;
		struct fault fault;
		enum err err;

		fail_after = n;
		err = dsig_key_read(&key, buffer_bytes(&m.pem), &fault);
		all = fail_after >= 0;
		fail_after = -1;
		assert_int_equal(err == ERR_OK, key != NULL);
		dsig_key_free(key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_message_is_good_or_there_was_no_memory),
		cmocka_unit_test(a_changed_message_is_never_good),
		cmocka_unit_test(what_is_signed_is_whole_or_nothing),
		cmocka_unit_test(a_key_is_read_whole_or_not_at_all),
	};

	must(CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1,
		"an OpenSSL that fails");
	must(xmlMemSetup(free, xml_malloc, xml_realloc, xml_strdup) == 0,
		"a libxml2 that fails");
	return cmocka_run_group_tests(tests, make, unmake);
}
