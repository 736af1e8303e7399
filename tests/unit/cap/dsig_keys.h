/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dsig_keys.h: a chain of authorities and two keys, for the tests of signatures that are good. */
#ifndef TESTS_CAP_DSIG_KEYS_H
#define TESTS_CAP_DSIG_KEYS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "dsig_make.h"

struct keys {
	EVP_PKEY *rsa, *ec, *other;
	X509 *root, *middle, *leaf, *own; /* own: vouches for itself */
	struct dsig_key *rsa_key, *ec_key;
};

static struct keys k;
static const struct cert_form leaf_form = {
	.name = "warn.example.am", .usage = "digitalSignature"};
static const struct cert_form ca_form = {
	.name = "ca.am", .usage = "keyCertSign", .ca = true};

static inline int
make_keys(void **state)
{
	struct cert_form middle = ca_form;

	(void)state;
	middle.name = "middle.am";
	k.rsa = EVP_RSA_gen(2048);
	k.ec = EVP_EC_gen("P-256");
	k.other = EVP_EC_gen("P-256");
	k.root = make_cert(k.other, ca_form, NULL, NULL);
	k.middle = make_cert(k.rsa, middle, k.root, k.other);
	k.leaf = make_cert(k.ec, leaf_form, k.middle, k.rsa);
	k.own = make_cert(k.rsa, leaf_form, NULL, NULL);
	k.rsa_key = make_key(k.rsa, k.own, NULL);
	k.ec_key = make_key(k.ec, k.leaf, k.middle);
	return 0;
}

static inline int
free_keys(void **state)
{
	(void)state;
	dsig_key_free(k.rsa_key);
	dsig_key_free(k.ec_key);
	X509_free(k.root);
	X509_free(k.middle);
	X509_free(k.leaf);
	X509_free(k.own);
	EVP_PKEY_free(k.rsa);
	EVP_PKEY_free(k.ec);
	EVP_PKEY_free(k.other);
	return 0;
}

static inline struct dsig_signature
only_one(const char *text, const struct dsig_pin *pin, size_t pins)
{
	struct dsig_report r;

	assert_int_equal(dsig_verify(&r, bytes_of_text(text), pin, pins), ERR_OK);
	assert_int_equal(r.count, 1);
	return r.at[0];
}

#endif
