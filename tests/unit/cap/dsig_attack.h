/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dsig_attack.h: signatures that must not be good, for tests that each make one and see it refused. */
#ifndef TESTS_CAP_DSIG_ATTACK_H
#define TESTS_CAP_DSIG_ATTACK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "dsig_make.h"

#define ENVELOPED "<Transform Algorithm=\"" DSIG "enveloped-signature\"></Transform>"
#define EXCLUSIVE                                                                          \
	"<Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></Transform>"
#define TRANSFORMS "<Transforms>" ENVELOPED EXCLUSIVE "</Transforms>"
#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define METHOD "\"" MORE "rsa-sha256\""
#define SHA256 "\"http://www.w3.org/2001/04/xmlenc#sha256\""
#define C14N "CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\""

struct keys {
	EVP_PKEY *rsa, *ec, *other;
	X509 *rsa_cert, *ec_cert, *other_cert;
	struct dsig_key *rsa_key, *ec_key;
	char *good, *good_ec;
};

static struct keys k;

static inline int
make_keys(void **state)
{
	struct cert_form form = {.name = "warn.example.am", .usage = "digitalSignature"};

	(void)state;
	k.rsa = EVP_RSA_gen(2048);
	k.other = EVP_RSA_gen(2048);
	k.ec = EVP_EC_gen("P-256");
	k.rsa_cert = make_cert(k.rsa, form, NULL, NULL);
	k.other_cert = make_cert(k.other, form, NULL, NULL);
	k.ec_cert = make_cert(k.ec, form, NULL, NULL);
	k.rsa_key = make_key(k.rsa, k.rsa_cert, NULL);
	k.ec_key = make_key(k.ec, k.ec_cert, NULL);
	k.good = sign_text(message, k.rsa_key);
	k.good_ec = sign_text(message, k.ec_key);
	return 0;
}

static inline int
free_keys(void **state)
{
	(void)state;
	free(k.good);
	free(k.good_ec);
	dsig_key_free(k.rsa_key);
	dsig_key_free(k.ec_key);
	X509_free(k.rsa_cert);
	X509_free(k.other_cert);
	X509_free(k.ec_cert);
	EVP_PKEY_free(k.rsa);
	EVP_PKEY_free(k.other);
	EVP_PKEY_free(k.ec);
	return 0;
}

static unsigned cases;

/* Frees `text`. One signature, refused for this reason. */
static inline void
refuses(const char *what, char *text, enum dsig_why why)
{
	struct dsig_report r;
	enum err err = dsig_verify(&r, bytes_of_text(text), NULL, 0);

	if (err != ERR_OK)
		fail_msg("%s: %s\n%s", what, err_name(err), text);
	if (r.count == 0 || r.at[0].result == DSIG_GOOD || r.at[0].why != why)
		fail_msg("%s: %s\n%s", what,
			r.count == 0 ? "unsigned" : dsig_why_text(r.at[0].why), text);
	assert_true(why != DSIG_FINE);
	assert_int_equal(r.at[0].result == DSIG_BAD,
		why == DSIG_DIGEST || why == DSIG_VALUE || why == DSIG_BASE64);
	assert_false(dsig_is_trusted(&r.at[0]));
	assert_int_equal(r.at[0].trust, DSIG_UNKNOWN);
	free(text);
	cases++;
}

/* Frees `text`. Not read at all. */
static inline void
refuses_whole(const char *what, char *text, enum err want)
{
	struct dsig_report r;
	enum err err = dsig_verify(&r, bytes_of_text(text), NULL, 0);

	if (err != want || r.count != 0)
		fail_msg("%s: %s", what, err_name(err));
	free(text);
	cases++;
}

static inline char *
good(void)
{
	return strdup(k.good);
}

/* The last test of each file: `least` attacks were made. */
static inline void
were_enough(unsigned least)
{
	print_message("%u made attacks\n", cases);
	assert_true(cases >= least);
}

#endif
