/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dsig_make.h: keys, certificates and signed messages for the tests of signatures, made on the spot. */
#ifndef TESTS_CAP_DSIG_MAKE_H
#define TESTS_CAP_DSIG_MAKE_H

#include "base/text.h"
#include "cap/dsig.h"

#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define SENDER "warn@example.am"
#define SENT "2026-11-22T14:00:00+04:00"
#define SENT_S 1795341600 /* the same in seconds */
#define YEAR 31536000
#define DSIG "http://www.w3.org/2000/09/xmldsig#"

/* With a style sheet, an escaped character, Armenian, an attribute and a comment between elements. */
static const char message[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<?xml-stylesheet type=\"text/xsl\" href=\"cap.xsl\"?>\n"
	"<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n"
	"<identifier>T-1</identifier>\n<sender>" SENDER "</sender>\n<sent>" SENT
	"</sent>\n<status>Test</status><msgType>Alert</msgType><scope>Public</scope>\n"
	"<!-- not signed --><info><category>Met</category><event>\xd5\x8b\xd6\x80</event>\n"
	"<urgency>Immediate</urgency><severity>Severe</severity>"
	"<certainty>Observed</certainty>\n<headline>A &lt; B &amp; C</headline>"
	"<area><areaDesc>Sevan</areaDesc>"
	"<polygon>40.5,45 40.6,45 40.6,45.1 40.5,45</polygon></area></info>\n</alert>\n";

struct cert_form {
	const char *name;  /* CN, and the host name */
	const char *usage; /* keyUsage; NULL: none */
	bool ca;
	long from_s, until_s; /* about SENT; both 0: a year each way */
	const EVP_MD *md;     /* NULL: SHA-256 */
};

static inline void
must(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "cannot make %s\n", what);
		abort();
	}
}

static inline void
extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(e != NULL && X509_add_ext(x, e, -1) == 1, value);
	X509_EXTENSION_free(e);
}

/* `issuer` NULL: signed with its own key. */
static inline X509 *
make_cert(EVP_PKEY *key, struct cert_form f, X509 *issuer, EVP_PKEY *issuer_key)
{
	static long serial = 1;
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	char host[80];

	if (f.from_s == 0 && f.until_s == 0) {
		f.from_s = -YEAR;
		f.until_s = YEAR;
	}
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	ASN1_TIME_set(X509_getm_notBefore(x), SENT_S + f.from_s);
	ASN1_TIME_set(X509_getm_notAfter(x), SENT_S + f.until_s);
	X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_UTF8, (const unsigned char *)f.name, -1, -1, 0);
	X509_set_issuer_name(x, issuer != NULL ? X509_get_subject_name(issuer) : name);
	X509_set_pubkey(x, key);
	extend(x, issuer != NULL ? issuer : x, NID_basic_constraints,
		f.ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (f.usage != NULL)
		extend(x, x, NID_key_usage, f.usage);
	snprintf(host, sizeof host, "DNS:%s", f.name);
	extend(x, x, NID_subject_alt_name, host);
	must(X509_sign(x, issuer_key != NULL ? issuer_key : key,
		     f.md != NULL ? f.md : EVP_sha256()) > 0,
		"a certificate");
	return x;
}

/* A key for dsig_sign() with up to two certificates. */
static inline struct dsig_key *
make_key(EVP_PKEY *key, X509 *own, X509 *above)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct dsig_key *k = NULL;
	struct fault fault = {""};
	char *at;
	long len;

	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	PEM_write_bio_X509(bio, own);
	if (above != NULL)
		PEM_write_bio_X509(bio, above);
	len = BIO_get_mem_data(bio, &at);
	must(dsig_key_read(&k, bytes_of(at, (size_t)len), &fault) == ERR_OK, fault.text);
	BIO_free(bio);
	return k;
}

static inline struct buffer
der_of_cert(X509 *x)
{
	unsigned char *der = NULL;
	struct buffer b = {0};
	int len = i2d_X509(x, &der);

	write_bytes(&b, der, (size_t)len);
	OPENSSL_free(der);
	return b;
}

static inline struct buffer
der_of_key(EVP_PKEY *key)
{
	unsigned char *der = NULL;
	struct buffer b = {0};
	int len = i2d_PUBKEY(key, &der);

	write_bytes(&b, der, (size_t)len);
	OPENSSL_free(der);
	return b;
}

/* NUL-terminated; the caller frees it. */
static inline char *
sign_text(const char *text, const struct dsig_key *k)
{
	struct buffer b = {0};
	struct fault fault = {""};

	must(dsig_sign(&b, bytes_of_text(text), k, &fault) == ERR_OK, fault.text);
	write_u8(&b, 0);
	return (char *)b.at;
}

/* The first `what` becomes `with`; frees `text`. */
static inline char *
replace(char *text, const char *what, const char *with)
{
	struct buffer b = {0};
	char *at = strstr(text, what);

	must(at != NULL, what);
	write_bytes(&b, text, (size_t)(at - text));
	write_text(&b, with);
	write_text(&b, at + strlen(what));
	write_u8(&b, 0);
	free(text);
	return (char *)b.at;
}

/* What stands between two marks becomes `with`; the marks stay. Frees `text`. */
static inline char *
replace_between(char *text, const char *from, const char *to, const char *with)
{
	struct buffer b = {0};
	char *begin = strstr(text, from), *end;

	must(begin != NULL, from);
	begin += strlen(from);
	end = strstr(begin, to);
	must(end != NULL, to);
	write_bytes(&b, text, (size_t)(begin - text));
	write_text(&b, with);
	write_text(&b, end);
	write_u8(&b, 0);
	free(text);
	return (char *)b.at;
}

static inline char *
between(const char *text, const char *from, const char *to)
{
	const char *begin = strstr(text, from), *end;

	must(begin != NULL, from);
	begin += strlen(from);
	end = strstr(begin, to);
	must(end != NULL, to);
	return strndup(begin, (size_t)(end - begin));
}

static inline void
raw_of(struct buffer *out, const unsigned char *der, size_t len)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	uint8_t raw[64];

	BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
	ECDSA_SIG_free(sig);
	write_bytes(out, raw, 64);
}

/*
 * Sign the SignedInfo again that stands in `text`, which must be in its canonical form but for the
 * declaration of its namespace: what is wrong with it then is not the signature. Frees `text`.
 */
static inline char *
sign_again(char *text, EVP_PKEY *key, const EVP_MD *md)
{
	char *inside = between(text, "<SignedInfo>", "</SignedInfo>");
	struct buffer info = {0}, value = {0}, b64 = {0};
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[1024];
	size_t len = sizeof sig;

	write_format(&info, "<SignedInfo xmlns=\"" DSIG "\">%s</SignedInfo>", inside);
	must(EVP_DigestSignInit(ctx, NULL, md, NULL, key) == 1 &&
			EVP_DigestSign(ctx, sig, &len, info.at, info.len) == 1,
		"a signature");
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
		raw_of(&value, sig, len);
	else
		write_bytes(&value, sig, len);
	base64_write(&b64, buffer_bytes(&value));
	write_u8(&b64, 0);
	text = replace_between(
		text, "<SignatureValue>", "</SignatureValue>", (const char *)b64.at);
	EVP_MD_CTX_free(ctx);
	buffer_free(&info);
	buffer_free(&value);
	buffer_free(&b64);
	free(inside);
	return text;
}

#endif
