/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_dsig_trust.c: whose a good signature is: pins, chains, times, names. */
#include "dsig_keys.h"

/* ---- trust ---- */

struct pinned {
	struct buffer der;
	struct dsig_pin pin;
};

static struct pinned
pin_of(enum dsig_pin_kind kind, X509 *x, EVP_PKEY *key)
{
	struct pinned p = {.der = x != NULL ? der_of_cert(x) : der_of_key(key)};

	p.pin.kind = kind;
	p.pin.der = buffer_bytes(&p.der);
	return p;
}

/* Frees what `p` holds. */
static enum dsig_trust
trust_by(const char *text, struct pinned p)
{
	struct dsig_signature s = only_one(text, &p.pin, 1);

	assert_int_equal(s.result, DSIG_GOOD);
	assert_int_equal(dsig_is_trusted(&s), s.pin == &p.pin);
	assert_int_equal(
		s.pin != NULL, s.trust >= DSIG_PINNED_KEY && s.trust <= DSIG_PINNED_CA);
	buffer_free(&p.der);
	return s.trust;
}

/* The message as signed with a certificate of this form by `issuer`, `middle` in between. */
static char *
signed_as(struct cert_form f, X509 *issuer, EVP_PKEY *issuer_key, X509 *middle)
{
	X509 *leaf = make_cert(k.ec, f, issuer, issuer_key);
	struct dsig_key *key = make_key(k.ec, leaf, middle);
	char *text = sign_text(message, key);

	dsig_key_free(key);
	X509_free(leaf);
	return text;
}

static void
pinned_keys_certificates_and_authorities_are_trusted(void **state)
{
	char *text = sign_text(message, k.ec_key);
	struct pinned by_hash = pin_of(DSIG_PIN_CERTIFICATE, k.leaf, NULL);
	struct dsig_signature s;

	(void)state;
	assert_int_equal(trust_by(text, pin_of(DSIG_PIN_KEY, NULL, k.ec)), DSIG_PINNED_KEY);
	assert_int_equal(trust_by(text, pin_of(DSIG_PIN_CERTIFICATE, k.leaf, NULL)),
		DSIG_PINNED_CERTIFICATE);
	assert_int_equal(trust_by(text, pin_of(DSIG_PIN_CA, k.root, NULL)), DSIG_PINNED_CA);
	assert_int_equal(
		trust_by(text, pin_of(DSIG_PIN_CA, k.middle, NULL)), DSIG_PINNED_CA);
	assert_int_equal(trust_by(text, pin_of(DSIG_PIN_KEY, NULL, k.rsa)), DSIG_UNKNOWN);
	assert_int_equal(
		trust_by(text, pin_of(DSIG_PIN_CERTIFICATE, k.own, NULL)), DSIG_UNKNOWN);
	by_hash.pin.sha256 = hash_of(by_hash.pin.der);
	by_hash.pin.der = bytes_of(NULL, 0);
	assert_int_equal(trust_by(text, by_hash), DSIG_PINNED_CERTIFICATE);
	s = only_one(text, NULL, 0);
	assert_int_equal(s.trust, DSIG_UNKNOWN);
	assert_string_equal(s.subject, "CN=warn.example.am");
	assert_int_equal(s.from_ms, (SENT_S - YEAR) * INT64_C(1000));
	assert_int_equal(s.until_ms, (SENT_S + YEAR) * INT64_C(1000));
	assert_false(s.weak);
	free(text);
}

static void
a_signature_without_its_key_is_tried_with_the_pinned_ones(void **state)
{
	char *text = replace_between(
		sign_text(message, k.ec_key), "<KeyInfo>", "</KeyInfo>", "");
	struct pinned key = pin_of(DSIG_PIN_KEY, NULL, k.ec);
	struct pinned cert = pin_of(DSIG_PIN_CERTIFICATE, k.leaf, NULL);
	struct dsig_pin pin[2];
	struct dsig_signature s;

	(void)state;
	text = replace(text, "<KeyInfo></KeyInfo>", "");
	pin[0] = pin_of(DSIG_PIN_KEY, NULL, k.rsa).pin;
	pin[1] = key.pin;
	assert_int_equal(only_one(text, pin, 1).why, DSIG_KEY_NONE);
	s = only_one(text, pin, 2);
	assert_int_equal(s.trust, DSIG_PINNED_KEY);
	assert_ptr_equal(s.pin, &pin[1]);
	assert_int_equal(only_one(text, &cert.pin, 1).trust, DSIG_PINNED_CERTIFICATE);
	/* A hash alone gives no key, and one that is not of the key gives none either. */
	pin[1].sha256 = hash_of(bytes_of("x", 1));
	assert_int_equal(only_one(text, pin, 2).why, DSIG_KEY_NONE);
	pin[1].der = bytes_of(NULL, 0);
	assert_int_equal(only_one(text, pin, 2).why, DSIG_KEY_NONE);
	free((void *)pin[0].der.at);
	buffer_free(&key.der);
	buffer_free(&cert.der);
	free(text);
}

static void
certificates_out_of_their_time_or_use_are_not_trusted(void **state)
{
	static const struct {
		struct cert_form form;
		enum dsig_trust trust;
	} row[] = {
		{{.name = "a", .from_s = -YEAR, .until_s = -1}, DSIG_EXPIRED},
		{{.name = "a", .from_s = 1, .until_s = YEAR}, DSIG_NOT_YET},
		{{.name = "a", .usage = "keyEncipherment"}, DSIG_USAGE},
		{{.name = "a", .usage = "keyCertSign", .ca = true}, DSIG_USAGE},
		{{.name = "a", .usage = "nonRepudiation"}, DSIG_PINNED_CERTIFICATE},
		{{.name = "a", .from_s = -1, .until_s = 1}, DSIG_PINNED_CERTIFICATE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		X509 *x = make_cert(k.ec, row[i].form, k.root, k.other);
		struct dsig_key *key = make_key(k.ec, x, NULL);
		char *text = sign_text(message, key);
		enum dsig_trust ca = trust_by(text, pin_of(DSIG_PIN_CA, k.root, NULL));

		assert_int_equal(trust_by(text, pin_of(DSIG_PIN_CERTIFICATE, x, NULL)),
			row[i].trust);
		assert_int_equal(ca, row[i].trust == DSIG_PINNED_CERTIFICATE
					     ? DSIG_PINNED_CA
					     : row[i].trust);
		dsig_key_free(key);
		X509_free(x);
		free(text);
	}
}

static void
broken_chains_are_not_trusted(void **state)
{
	struct cert_form expired = ca_form, no_ca = leaf_form, sha1 = leaf_form;
	EVP_PKEY *stranger = EVP_EC_gen("P-256");
	X509 *twin = make_cert(stranger, ca_form, NULL, NULL);
	X509 *old, *end;
	char *text;

	(void)state;
	/* The one in between is missing. */
	text = signed_as(leaf_form, k.middle, k.rsa, NULL);
	assert_int_equal(trust_by(text, pin_of(DSIG_PIN_CA, k.root, NULL)), DSIG_CHAIN);
	free(text);
	/* Another authority of the same name. */
	text = signed_as(leaf_form, k.middle, k.rsa, k.middle);
	assert_int_equal(trust_by(text, pin_of(DSIG_PIN_CA, twin, NULL)), DSIG_CHAIN);
	free(text);
	/* One in between that is no authority, or was none any more. */
	end = make_cert(k.rsa, no_ca, k.root, k.other);
	text = signed_as(leaf_form, end, k.rsa, end);
	assert_int_equal(trust_by(text, pin_of(DSIG_PIN_CA, k.root, NULL)), DSIG_CHAIN);
	free(text);
	expired.from_s = -YEAR;
	expired.until_s = -10;
	old = make_cert(k.rsa, expired, k.root, k.other);
	text = signed_as(leaf_form, old, k.rsa, old);
	assert_int_equal(trust_by(text, pin_of(DSIG_PIN_CA, k.root, NULL)), DSIG_EXPIRED);
	free(text);
	/* Vouches for itself. */
	text = sign_text(message, k.rsa_key);
	assert_int_equal(
		trust_by(text, pin_of(DSIG_PIN_CA, k.root, NULL)), DSIG_SELF_SIGNED);
	assert_int_equal(only_one(text, NULL, 0).trust, DSIG_SELF_SIGNED);
	free(text);
	/* Made with SHA-1. */
	sha1.md = EVP_sha1();
	text = signed_as(sha1, k.middle, k.rsa, k.middle);
	assert_int_equal(trust_by(text, pin_of(DSIG_PIN_CA, k.root, NULL)), DSIG_WEAK);
	free(text);
	X509_free(old);
	X509_free(end);
	X509_free(twin);
	EVP_PKEY_free(stranger);
}

static void
a_pin_can_be_for_one_sender_or_one_name(void **state)
{
	char *text = sign_text(message, k.ec_key);
	struct pinned key = pin_of(DSIG_PIN_KEY, NULL, k.ec);
	struct pinned ca = pin_of(DSIG_PIN_CA, k.root, NULL);
	char *two, *none, *later;

	(void)state;
	key.pin.sender = SENDER;
	assert_int_equal(only_one(text, &key.pin, 1).trust, DSIG_PINNED_KEY);
	key.pin.sender = "other@example.am";
	assert_int_equal(only_one(text, &key.pin, 1).trust, DSIG_OTHER_SENDER);
	ca.pin.name = "warn.example.am";
	assert_int_equal(only_one(text, &ca.pin, 1).trust, DSIG_PINNED_CA);
	ca.pin.name = "other.example.am";
	assert_int_equal(only_one(text, &ca.pin, 1).trust, DSIG_NAME);
	free(text);
	/* Who names two senders, or no time, is nobody's. */
	two = replace(strdup(message), "<sender>", "<sender>x</sender><sender>");
	text = sign_text(two, k.ec_key);
	key.pin.sender = SENDER;
	assert_int_equal(only_one(text, &key.pin, 1).trust, DSIG_OTHER_SENDER);
	free(text);
	none = replace(strdup(message), "<sent>" SENT "</sent>", "");
	text = sign_text(none, k.ec_key);
	ca.pin.name = NULL;
	assert_int_equal(only_one(text, &ca.pin, 1).trust, DSIG_NO_TIME);
	free(text);
	later = replace(strdup(message), SENT, "2036-11-22T14:00:00+04:00");
	text = sign_text(later, k.ec_key);
	assert_int_equal(only_one(text, &ca.pin, 1).trust, DSIG_EXPIRED);
	free(text);
	free(two);
	free(none);
	free(later);
	buffer_free(&key.der);
	buffer_free(&ca.der);
}

static void
sha1_and_short_keys_are_weak_and_trusted_only_where_allowed(void **state)
{
	EVP_PKEY *small = EVP_RSA_gen(1024);
	struct pinned key = pin_of(DSIG_PIN_KEY, NULL, k.rsa);
	struct pinned key_small = pin_of(DSIG_PIN_KEY, NULL, small);
	char *text = sign_text(message, k.rsa_key);

	(void)state;
	text = sign_again(replace(replace_between(text, "<KeyInfo>", "</KeyInfo>", ""),
				  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
				  DSIG "rsa-sha1"),
		k.rsa, EVP_sha1());
	text = replace(text, "<KeyInfo></KeyInfo>", "");
	assert_true(only_one(text, &key.pin, 1).weak);
	assert_int_equal(only_one(text, &key.pin, 1).result, DSIG_GOOD);
	assert_int_equal(only_one(text, &key.pin, 1).trust, DSIG_WEAK);
	key.pin.weak = true;
	assert_int_equal(only_one(text, &key.pin, 1).trust, DSIG_PINNED_KEY);
	text = sign_again(replace(text, DSIG "rsa-sha1",
				  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
		small, EVP_sha256());
	assert_true(only_one(text, &key_small.pin, 1).weak);
	assert_int_equal(only_one(text, &key_small.pin, 1).trust, DSIG_WEAK);
	free(text);
	buffer_free(&key.der);
	buffer_free(&key_small.der);
	EVP_PKEY_free(small);
}

static void
an_rsa_key_without_certificate_is_read(void **state)
{
	char *text = sign_text(message, k.rsa_key), info[2000], *last;
	struct pinned key = pin_of(DSIG_PIN_KEY, NULL, k.rsa);
	struct buffer n64 = {0};
	uint8_t raw[300] = {0};
	BIGNUM *n = NULL;

	(void)state;
	EVP_PKEY_get_bn_param(k.rsa, "n", &n);
	base64_write(&n64, bytes_of(raw, 1 + (size_t)BN_bn2bin(n, raw + 1)));
	write_u8(&n64, 0);
	snprintf(info, sizeof info,
		"<KeyValue><RSAKeyValue><Modulus>\n%s\n</Modulus><Exponent> AAEAAQ== "
		"</Exponent></RSAKeyValue></KeyValue>",
		(char *)n64.at);
	last = replace_between(text, "<KeyInfo>", "</KeyInfo>", info);
	assert_int_equal(only_one(last, &key.pin, 1).trust, DSIG_PINNED_KEY);
	assert_int_equal(only_one(last, NULL, 0).trust, DSIG_UNKNOWN);
	BN_free(n);
	buffer_free(&n64);
	buffer_free(&key.der);
	free(last);
}

static void
the_best_signature_is_the_one_to_show(void **state)
{
	char *text = sign_text(message, k.rsa_key), *both;
	struct pinned key = pin_of(DSIG_PIN_KEY, NULL, k.ec);
	struct dsig_report r;

	(void)state;
	both = sign_text(text, k.ec_key);
	assert_int_equal(dsig_verify(&r, bytes_of_text(both), &key.pin, 1), ERR_OK);
	assert_ptr_equal(dsig_best(&r), &r.at[1]);
	both = replace(both, "<SignatureValue>", "<SignatureValue>AAAA");
	assert_int_equal(dsig_verify(&r, bytes_of_text(both), NULL, 0), ERR_OK);
	assert_int_equal(r.at[0].result, DSIG_BAD);
	assert_ptr_equal(dsig_best(&r), &r.at[1]);
	for (enum dsig_trust t = DSIG_UNKNOWN; t <= DSIG_OTHER_SENDER; t++)
		assert_true(strlen(dsig_trust_name(t)) > 3);
	buffer_free(&key.der);
	free(text);
	free(both);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pinned_keys_certificates_and_authorities_are_trusted),
		cmocka_unit_test(a_signature_without_its_key_is_tried_with_the_pinned_ones),
		cmocka_unit_test(certificates_out_of_their_time_or_use_are_not_trusted),
		cmocka_unit_test(broken_chains_are_not_trusted),
		cmocka_unit_test(a_pin_can_be_for_one_sender_or_one_name),
		cmocka_unit_test(
			sha1_and_short_keys_are_weak_and_trusted_only_where_allowed),
		cmocka_unit_test(an_rsa_key_without_certificate_is_read),
		cmocka_unit_test(the_best_signature_is_the_one_to_show),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
