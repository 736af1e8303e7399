/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_dsig_keys.c: keys, numbers and base64 that must not make a signature good. */
#include "dsig_attack.h"

#include <openssl/hmac.h>

/* ---- keys ---- */

static char *
key_info(const char *with)
{
	return replace_between(good(), "<KeyInfo>", "</KeyInfo>", with);
}

static char *
rsa_value(const char *modulus, const char *exponent)
{
	static char text[4000];

	snprintf(text, sizeof text,
		"<KeyValue><RSAKeyValue><Modulus>%s</Modulus><Exponent>%s</Exponent>"
		"</RSAKeyValue></KeyValue>",
		modulus, exponent);
	return text;
}

static char *
modulus_of(EVP_PKEY *key)
{
	BIGNUM *n = NULL;
	uint8_t raw[1024];
	struct buffer b = {0};

	EVP_PKEY_get_bn_param(key, "n", &n);
	base64_write(&b, bytes_of(raw, (size_t)BN_bn2bin(n, raw)));
	write_u8(&b, 0);
	BN_free(n);
	return (char *)b.at;
}

static void
keys_that_cannot_be_used_are_refused(void **state)
{
	char *n = modulus_of(k.rsa), *other = modulus_of(k.other);
	char *cert = between(k.good, "<X509Certificate>", "</X509Certificate>");
	EVP_PKEY *small = EVP_RSA_gen(512);
	char *small_n = modulus_of(small);
	struct buffer many = {0};
	char huge[2001];

	(void)state;
	memset(huge, '/', 2000);
	huge[2000] = '\0';
	refuses("empty KeyInfo", key_info(""), DSIG_FORM);
	refuses("no KeyInfo", replace(key_info(""), "<KeyInfo></KeyInfo>", ""),
		DSIG_KEY_NONE);
	refuses("only a name", key_info("<KeyName>warn</KeyName>"), DSIG_KEY_NONE);
	refuses("X509Data without certificate",
		key_info("<X509Data><X509SubjectName>CN=x</X509SubjectName></X509Data>"),
		DSIG_KEY);
	refuses("another key", key_info(rsa_value(other, "AQAB")), DSIG_VALUE);
	refuses("exponent 1", key_info(rsa_value(n, "AQ==")), DSIG_KEY);
	refuses("exponent even", key_info(rsa_value(n, "AQAA")), DSIG_KEY);
	refuses("exponent 0", key_info(rsa_value(n, "AAAA")), DSIG_KEY);
	refuses("exponent large", key_info(rsa_value(n, "AQEBAQEBAQEBAQEB")), DSIG_KEY);
	refuses("modulus large", key_info(rsa_value(huge, "AQAB")), DSIG_KEY);
	refuses("modulus of 512 bits", key_info(rsa_value(small_n, "AQAB")), DSIG_KEY);
	refuses("modulus with unused bits", key_info(rsa_value("AB==", "AQAB")),
		DSIG_BASE64);
	write_text(&many, rsa_value(n, "AQAB"));
	write_text(&many, rsa_value(n, "AQAB"));
	write_u8(&many, 0);
	refuses("two key values", key_info((char *)many.at), DSIG_KEYS);
	buffer_clear(&many);
	write_format(&many, "<X509Data><X509Certificate>%s</X509Certificate></X509Data>%s",
		cert, rsa_value(other, "AQAB"));
	write_u8(&many, 0);
	refuses("a value beside the certificate of another key", key_info((char *)many.at),
		DSIG_KEYS);
	buffer_clear(&many);
	write_text(&many, "<X509Data>");
	for (int i = 0; i < 9; i++)
		write_format(&many, "<X509Certificate>%s</X509Certificate>", cert);
	write_text(&many, "</X509Data>");
	write_u8(&many, 0);
	refuses("nine certificates", key_info((char *)many.at), DSIG_KEY);
	buffer_free(&many);
	EVP_PKEY_free(small);
	free(small_n);
	free(cert);
	free(n);
	free(other);
}

/* The public key as the secret of an HMAC: whoever believes the method named makes his own. */
static void
an_hmac_with_the_public_key_is_refused(void **state)
{
	struct buffer spki = der_of_key(k.rsa), b64 = {0}, info = {0};
	char *text = replace(good(), METHOD, "\"" MORE "hmac-sha256\"");
	char *inside = between(text, "<SignedInfo>", "</SignedInfo>");
	unsigned char mac[32];
	unsigned len = 32;

	(void)state;
	write_format(&info, "<SignedInfo xmlns=\"" DSIG "\">%s</SignedInfo>", inside);
	HMAC(EVP_sha256(), spki.at, (int)spki.len, info.at, info.len, mac, &len);
	base64_write(&b64, bytes_of(mac, 32));
	write_u8(&b64, 0);
	refuses("HMAC",
		replace_between(
			text, "<SignatureValue>", "</SignatureValue>", (char *)b64.at),
		DSIG_METHOD);
	free(inside);
	buffer_free(&info);
	buffer_free(&spki);
	buffer_free(&b64);
}

/* ---- base64 ---- */

/* The last digit before the padding, with one of its unused bits set. */
static char *
unused_bit(const char *element)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789+/";
	char from[40], to[40], with[2000], *value;

	snprintf(from, sizeof from, "<%s>", element);
	snprintf(to, sizeof to, "</%s>", element);
	value = between(k.good, from, to);
	for (char *p = value; *p != '\0'; p++)
		if (p[1] == '=') {
			*p = digit[(strchr(digit, *p) - digit) | 1];
			break;
		}
	snprintf(with, sizeof with, "%s", value);
	free(value);
	return replace_between(good(), from, to, with);
}

static void
base64_is_strict(void **state)
{
	char *digest = between(k.good, "<DigestValue>", "</DigestValue>"), text[100];
	struct dsig_report r;
	char *fine;

	(void)state;
	refuses("unused bits of the digest",
		sign_again(unused_bit("DigestValue"), k.rsa, EVP_sha256()), DSIG_BASE64);
	refuses("unused bits of the value", unused_bit("SignatureValue"), DSIG_BASE64);
	snprintf(text, sizeof text, "%.*s", (int)strlen(digest) - 1, digest);
	refuses("no padding",
		sign_again(replace_between(good(), "<DigestValue>", "</DigestValue>", text),
			k.rsa, EVP_sha256()),
		DSIG_BASE64);
	snprintf(text, sizeof text, "%s====", digest);
	refuses("too much padding",
		sign_again(replace_between(good(), "<DigestValue>", "</DigestValue>", text),
			k.rsa, EVP_sha256()),
		DSIG_BASE64);
	refuses("an empty digest",
		sign_again(replace_between(good(), "<DigestValue>", "</DigestValue>", ""),
			k.rsa, EVP_sha256()),
		DSIG_BASE64);
	refuses("the web's alphabet",
		replace_between(good(), "<SignatureValue>", "</SignatureValue>", "_-__"),
		DSIG_BASE64);
	/* Blanks are what XML Schema allows. */
	fine = replace(good(), "<SignatureValue>", "<SignatureValue>\n\t &#13;");
	assert_int_equal(dsig_verify(&r, bytes_of_text(fine), NULL, 0), ERR_OK);
	assert_int_equal(r.at[0].result, DSIG_GOOD);
	free(fine);
	free(digest);
}

/* ---- ECDSA ---- */

static void
ecdsa_is_two_numbers_of_32_bytes(void **state)
{
	char *value = between(k.good_ec, "<SignatureValue>", "</SignatureValue>");
	struct buffer raw = {0}, b64 = {0};
	uint8_t zero[64] = {0};

	(void)state;
	assert_int_equal(base64_read(&raw, value, strlen(value)), ERR_OK);
	for (size_t i = 0; i < 4; i++) {
		static const char *const name[] = {
			"zero", "63 bytes", "65 bytes", "swapped"};
		static const size_t len[] = {64, 63, 65, 64};

		buffer_clear(&b64);
		if (i == 2)
			write_u8(&raw, 0);
		if (i == 3) {
			memcpy(zero, raw.at + 32, 32);
			memcpy(zero + 32, raw.at, 32);
		}
		base64_write(&b64, bytes_of(i == 0 || i == 3 ? zero : raw.at, len[i]));
		write_u8(&b64, 0);
		refuses(name[i],
			replace_between(strdup(k.good_ec), "<SignatureValue>",
				"</SignatureValue>", (char *)b64.at),
			DSIG_VALUE);
	}
	refuses("rsa named, EC used",
		sign_again(replace(strdup(k.good_ec), "ecdsa-sha256", "rsa-sha256"), k.ec,
			EVP_sha256()),
		DSIG_KEY);
	buffer_free(&raw);
	buffer_free(&b64);
	free(value);
}

static void
another_curve_is_refused(void **state)
{
	struct cert_form form = {.name = "x"};
	EVP_PKEY *key = EVP_EC_gen("P-384");
	X509 *cert = make_cert(key, form, NULL, NULL);
	struct buffer der = der_of_cert(cert), b64 = {0};

	(void)state;
	base64_write(&b64, buffer_bytes(&der));
	write_u8(&b64, 0);
	refuses("P-384",
		replace_between(strdup(k.good_ec), "<X509Certificate>",
			"</X509Certificate>", (char *)b64.at),
		DSIG_KEY);
	buffer_free(&der);
	buffer_free(&b64);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void
there_were_enough_cases(void **state)
{
	(void)state;
	were_enough(25);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_cannot_be_used_are_refused),
		cmocka_unit_test(an_hmac_with_the_public_key_is_refused),
		cmocka_unit_test(base64_is_strict),
		cmocka_unit_test(ecdsa_is_two_numbers_of_32_bytes),
		cmocka_unit_test(another_curve_is_refused),
		cmocka_unit_test(there_were_enough_cases),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
