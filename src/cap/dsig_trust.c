/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dsig_trust.c: whose key it is: pinned, or vouched for by a chain of certificates (RFC 5280). */
#include "cap/dsig_parts.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

/* 112 bits: RSA of 2048 bits and SHA-256 in each certificate; 80 bits where weak ones are allowed. */
enum { LEVEL = 2, LEVEL_WEAK = 0, CHAIN_MAX = 5 };

bool
dsig_no_memory(void)
{
	bool none = false;
	unsigned long code;

	while ((code = ERR_get_error()) != 0)
		none = none || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
	return none;
}

/* ---- what is told of a certificate and a key ---- */

static bool
hash_key(struct hash *out, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);

	if (len > 0)
		*out = hash_of(bytes_of(der, (size_t)len));
	OPENSSL_free(der);
	return len > 0;
}

static bool
hash_certificate(struct hash *out, X509 *x)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);

	if (len > 0)
		*out = hash_of(bytes_of(der, (size_t)len));
	OPENSSL_free(der);
	return len > 0;
}

/* ASN.1 has its own ideas of a time; 0 for one that makes no sense. */
static int64_t
time_ms(const ASN1_TIME *t)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	return (int64_t)timegm(&tm) * 1000;
}

static bool
describe(struct dsig_signature *s, X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len;

	if (bio == NULL)
		return false;
	X509_NAME_print_ex(bio, X509_get_subject_name(x), 0, XN_FLAG_RFC2253);
	len = BIO_read(bio, s->subject, DSIG_SUBJECT - 1);
	s->subject[len > 0 ? len : 0] = '\0';
	BIO_free(bio);
	s->from_ms = time_ms(X509_get0_notBefore(x));
	s->until_ms = time_ms(X509_get0_notAfter(x));
	return hash_certificate(&s->certificate, x);
}

/* ---- pins ---- */

static struct hash
pin_hash(const struct dsig_pin *pin)
{
	return hash_is_zero(&pin->sha256) ? hash_of(pin->der) : pin->sha256;
}

static X509 *
pin_certificate(const struct dsig_pin *pin)
{
	const unsigned char *at = pin->der.at;
	X509 *x = pin->der.len > 0 ? d2i_X509(NULL, &at, (long)pin->der.len) : NULL;

	if (x != NULL && at != pin->der.at + pin->der.len) {
		X509_free(x);
		x = NULL;
	}
	return x;
}

EVP_PKEY *
dsig_pin_key(const struct dsig_pin *pin)
{
	const unsigned char *at = pin->der.at;
	struct hash hash = hash_of(pin->der), want = pin_hash(pin);
	EVP_PKEY *key;
	X509 *x;

	if (pin->kind == DSIG_PIN_CA || pin->der.len == 0 || !hash_equal(&hash, &want))
		return NULL;
	if (pin->kind == DSIG_PIN_KEY)
		return d2i_PUBKEY(NULL, &at, (long)pin->der.len);
	x = pin_certificate(pin);
	key = x != NULL ? X509_get_pubkey(x) : NULL;
	X509_free(x);
	return key;
}

static enum dsig_trust
in_its_time(X509 *x, const struct dsig_signer *by)
{
	if (!by->has_sent)
		return DSIG_NO_TIME;
	if (by->sent_ms < time_ms(X509_get0_notBefore(x)))
		return DSIG_NOT_YET;
	return by->sent_ms > time_ms(X509_get0_notAfter(x)) ? DSIG_EXPIRED : DSIG_UNKNOWN;
}

static bool
may_sign(X509 *x)
{
	return (X509_get_key_usage(x) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

/* ---- chains ---- */

static enum dsig_trust
chain_fault(X509_STORE_CTX *c, X509 *leaf)
{
	switch (X509_STORE_CTX_get_error(c)) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return DSIG_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return DSIG_NOT_YET;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return DSIG_WEAK;
	default:
		return X509_self_signed(leaf, 0) == 1 ? DSIG_SELF_SIGNED : DSIG_CHAIN;
	}
}

/* The pinned certificate is the end of the chain, whether it vouches for itself or not. */
static enum dsig_trust
run_chain(X509_STORE_CTX *c, X509_STORE *store, const struct dsig_signer *by,
	const struct dsig_pin *pin)
{
	X509_VERIFY_PARAM *param;

	if (X509_STORE_CTX_init(c, store, by->certificate, by->others) != 1)
		return DSIG_CHAIN;
	param = X509_STORE_CTX_get0_param(c);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(param, (time_t)(by->sent_ms / 1000));
	X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, pin->weak ? LEVEL_WEAK : LEVEL);
	if (X509_verify_cert(c) != 1)
		return chain_fault(c, by->certificate);
	if (pin->name != NULL &&
		X509_check_host(by->certificate, pin->name, 0, 0, NULL) != 1)
		return DSIG_NAME;
	return may_sign(by->certificate) ? DSIG_PINNED_CA : DSIG_USAGE;
}

static enum dsig_trust
judge_chain(const struct dsig_signer *by, const struct dsig_pin *pin)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *c = X509_STORE_CTX_new();
	X509 *ca = pin_certificate(pin);
	enum dsig_trust trust = DSIG_CHAIN;

	if (!by->has_sent)
		trust = DSIG_NO_TIME;
	else if (store != NULL && c != NULL && ca != NULL &&
		 X509_STORE_add_cert(store, ca) == 1)
		trust = run_chain(c, store, by, pin);
	X509_free(ca);
	X509_STORE_CTX_free(c);
	X509_STORE_free(store);
	return trust;
}

/* ---- the judgement ---- */

static enum dsig_trust
judge_pin(const struct dsig_signature *s, const struct dsig_signer *by,
	const struct dsig_pin *pin)
{
	struct hash hash = pin_hash(pin);
	enum dsig_trust trust;

	switch (pin->kind) {
	case DSIG_PIN_KEY:
		if (!hash_equal(&hash, &s->key))
			return DSIG_UNKNOWN;
		trust = DSIG_PINNED_KEY;
		break;
	case DSIG_PIN_CERTIFICATE:
		if (by->certificate == NULL || !hash_equal(&hash, &s->certificate))
			return DSIG_UNKNOWN;
		trust = in_its_time(by->certificate, by);
		if (trust != DSIG_UNKNOWN)
			return trust;
		trust = may_sign(by->certificate) ? DSIG_PINNED_CERTIFICATE : DSIG_USAGE;
		break;
	case DSIG_PIN_CA:
	default:
		if (by->certificate == NULL)
			return DSIG_UNKNOWN;
		trust = judge_chain(by, pin);
		break;
	}
	return trust <= DSIG_PINNED_CA && s->weak && !pin->weak ? DSIG_WEAK : trust;
}

static bool
is_pinned(enum dsig_trust t)
{
	return t == DSIG_PINNED_KEY || t == DSIG_PINNED_CERTIFICATE || t == DSIG_PINNED_CA;
}

static bool
is_for_sender(const struct dsig_pin *pin, const struct dsig_signer *by)
{
	return pin->sender == NULL ||
	       (by->has_sender && strcmp(pin->sender, by->sender) == 0);
}

enum err
dsig_trust_judge(struct dsig_signature *s, const struct dsig_signer *by,
	const struct dsig_pin *pin, size_t pins)
{
	s->trust = DSIG_UNKNOWN;
	if (!hash_key(&s->key, by->key) ||
		(by->certificate != NULL && !describe(s, by->certificate)))
		return ERR_NOMEM;
	if (by->certificate != NULL && X509_self_signed(by->certificate, 0) == 1)
		s->trust = DSIG_SELF_SIGNED;
	/* The first that trusts it; or else the reason that is nearest to trust. */
	for (size_t i = 0; i < pins; i++) {
		enum dsig_trust t = judge_pin(s, by, &pin[i]);

		/* OpenSSL forgets that memory ran out; so it is asked twice. */
		if (!is_pinned(t) && judge_pin(s, by, &pin[i]) != t)
			return ERR_NOMEM;
		if (is_pinned(t) && !is_for_sender(&pin[i], by))
			t = DSIG_OTHER_SENDER;
		if (is_pinned(t)) {
			s->trust = t;
			s->pin = &pin[i];
			break;
		}
		if (t > s->trust)
			s->trust = t;
	}
	return dsig_no_memory() && s->pin == NULL ? ERR_NOMEM : ERR_OK;
}
