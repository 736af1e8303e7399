/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dsig_verify.c: do the bytes, the digest, the signature and the key belong together? */
#include "cap/capval.h"
#include "cap/dsig_parts.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

enum { RSA_LEAST = 1024, RSA_FINE = 2048, RSA_MOST = 8192, EXPONENT_MOST = 8, P256 = 32 };

/* One message that is being verified. */
struct verifying {
	const struct dsig_pin *pin;
	size_t pins;
	struct dsig_doc doc;
	struct buffer sender, sent;
	struct dsig_signer message; /* sender and sent */
};

/* ---- keys ---- */

bool
dsig_key_fits(const EVP_PKEY *key, bool ec)
{
	char group[32] = "";
	int bits = EVP_PKEY_get_bits(key);

	if (!ec)
		return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && bits >= RSA_LEAST &&
		       bits <= RSA_MOST;
	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
	       strcmp(group, "prime256v1") == 0;
}

static EVP_PKEY *
key_of_numbers(struct bytes modulus, struct bytes exponent)
{
	BIGNUM *n = BN_bin2bn(modulus.at, (int)modulus.len, NULL);
	BIGNUM *e = BN_bin2bn(exponent.at, (int)exponent.len, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *param = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	if (n != NULL && e != NULL && build != NULL && ctx != NULL &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1 &&
		(param = OSSL_PARAM_BLD_to_param(build)) != NULL &&
		EVP_PKEY_fromdata_init(ctx) == 1 &&
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, param) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(param);
	OSSL_PARAM_BLD_free(build);
	BN_free(e);
	BN_free(n);
	return key;
}

/* RFC 8017 section 3.1: e is odd and at least 3; a larger one than 64 bits only costs time. */
static EVP_PKEY *
key_of_value(const struct dsig_said *said)
{
	struct bytes n = buffer_bytes(&said->modulus), e = buffer_bytes(&said->exponent);

	while (e.len > 0 && e.at[0] == 0)
		e = bytes_of(e.at + 1, e.len - 1);
	while (n.len > 0 && n.at[0] == 0)
		n = bytes_of(n.at + 1, n.len - 1);
	if (n.len > RSA_MOST / 8 || e.len > EXPONENT_MOST || e.len == 0 ||
		(e.len == 1 && e.at[0] < 3) || (e.at[e.len - 1] & 1) == 0 || n.len == 0)
		return NULL;
	return key_of_numbers(n, e);
}

static X509 *
certificate_of(const struct buffer *b)
{
	const unsigned char *at = b->at;
	X509 *x = d2i_X509(NULL, &at, (long)b->len);

	if (x != NULL && at != b->at + b->len) {
		X509_free(x);
		x = NULL;
	}
	return x;
}

/* ---- the signature itself ---- */

/* r and s side by side become the DER of RFC 3279; NULL: not of this length, or no memory. */
static unsigned char *
der_of_raw(struct bytes raw, int *len)
{
	ECDSA_SIG *sig = raw.len == 2 * P256 ? ECDSA_SIG_new() : NULL;
	BIGNUM *r, *s;
	unsigned char *der = NULL;

	if (sig == NULL)
		return NULL;
	r = BN_bin2bn(raw.at, P256, NULL);
	s = BN_bin2bn(raw.at + P256, P256, NULL);
	if (r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
		*len = i2d_ECDSA_SIG(sig, &der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(sig);
	return der;
}

static bool
matches(EVP_PKEY *key, const EVP_MD *md, struct bytes signature, struct bytes signed_bytes)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
		    EVP_DigestVerify(ctx, signature.at, signature.len, signed_bytes.at,
			    signed_bytes.len) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

static bool
key_matches(EVP_PKEY *key, const struct dsig_said *said, struct bytes info)
{
	unsigned char *der;
	int len = 0;
	bool good;

	if (!dsig_key_fits(key, said->ec))
		return false;
	if (!said->ec)
		return said->value.len == (size_t)EVP_PKEY_get_size(key) &&
		       matches(key, said->method_md, buffer_bytes(&said->value), info);
	der = der_of_raw(buffer_bytes(&said->value), &len);
	good = der != NULL && len > 0 &&
	       matches(key, said->method_md, bytes_of(der, (size_t)len), info);
	OPENSSL_free(der);
	return good;
}

/* ---- who made it ---- */

static enum dsig_why
by_value(struct dsig_signer *by, const struct dsig_said *said, struct bytes info)
{
	by->key = key_of_value(said);
	if (by->key == NULL || !dsig_key_fits(by->key, said->ec))
		return DSIG_KEY;
	return key_matches(by->key, said, info) ? DSIG_FINE : DSIG_VALUE;
}

/* The certificate whose key made it is the signer's, wherever it stands. */
static enum dsig_why
by_certificate(struct dsig_signer *by, const struct dsig_said *said, struct bytes info)
{
	bool fits = false;

	by->others = sk_X509_new_null();
	for (size_t i = 0; i < said->certificates; i++) {
		X509 *x = certificate_of(&said->certificate[i]);
		EVP_PKEY *key = x != NULL ? X509_get0_pubkey(x) : NULL;

		if (key == NULL || by->others == NULL) {
			X509_free(x);
			return DSIG_KEY;
		}
		fits = fits || dsig_key_fits(key, said->ec);
		if (by->certificate == NULL && key_matches(key, said, info)) {
			by->certificate = x;
			EVP_PKEY_up_ref(key);
			by->key = key;
		} else if (sk_X509_push(by->others, x) <= 0) {
			X509_free(x);
			return DSIG_KEY;
		}
	}
	if (by->certificate == NULL)
		return fits ? DSIG_VALUE : DSIG_KEY;
	return DSIG_FINE;
}

static enum dsig_why
by_both(struct dsig_signer *by, const struct dsig_said *said, struct bytes info)
{
	enum dsig_why why = by_certificate(by, said, info);
	EVP_PKEY *value;

	if (why != DSIG_FINE || said->modulus.len == 0)
		return why;
	value = key_of_value(said);
	if (value == NULL || EVP_PKEY_eq(value, by->key) != 1)
		why = DSIG_KEYS;
	EVP_PKEY_free(value);
	return why;
}

/* A pinned certificate stands for the one that the message did not bring. */
static enum dsig_why
by_pin(struct dsig_signer *by, const struct verifying *v, const struct dsig_said *said,
	struct bytes info)
{
	for (size_t i = 0; i < v->pins; i++) {
		const struct dsig_pin *pin = &v->pin[i];
		struct buffer der = {.at = (uint8_t *)pin->der.at, .len = pin->der.len};

		by->key = dsig_pin_key(pin);
		if (by->key != NULL && key_matches(by->key, said, info)) {
			if (pin->kind == DSIG_PIN_CERTIFICATE)
				by->certificate = certificate_of(&der);
			return DSIG_FINE;
		}
		EVP_PKEY_free(by->key);
		by->key = NULL;
	}
	return DSIG_KEY_NONE;
}

static void
signer_free(struct dsig_signer *by)
{
	EVP_PKEY_free(by->key);
	X509_free(by->certificate);
	sk_X509_pop_free(by->others, X509_free);
}

/* ---- one signature ---- */

/* A document without a canonical form is no error of ours; want of memory is. */
static enum dsig_why
why_of(enum err *err)
{
	if (*err != ERR_NOMEM)
		*err = ERR_OK;
	return DSIG_CANON;
}

/* The message as all signers saw it, or as the last of several did. */
static enum dsig_why
check_digest(struct verifying *v, size_t i, const struct dsig_said *said, enum err *err)
{
	static const enum dsig_cut cut[] = {DSIG_CUT_ALL, DSIG_CUT_OWN};
	size_t ways = v->doc.count > 1 && i == v->doc.count - 1 ? 2 : 1;
	struct bytes want = buffer_bytes(&said->digest);
	uint8_t got[EVP_MAX_MD_SIZE];

	for (size_t k = 0; k < ways; k++) {
		*err = dsig_digest(got, &v->doc, cut[k], i, said->canon, said->md);
		if (*err != ERR_OK)
			return why_of(err);
		if (bytes_equal(want, bytes_of(got, (size_t)EVP_MD_get_size(said->md))))
			return DSIG_FINE;
	}
	return DSIG_DIGEST;
}

static enum dsig_why
check_value_once(struct verifying *v, const struct dsig_said *said, struct dsig_signer *by,
	enum err *err)
{
	struct buffer info = {0};
	enum dsig_why why;

	*err = dsig_canonical(&info, &v->doc, said->signed_info, said->info_canon);
	if (*err != ERR_OK)
		why = why_of(err);
	else if (said->certificates > 0)
		why = by_both(by, said, buffer_bytes(&info));
	else if (said->modulus.len > 0)
		why = by_value(by, said, buffer_bytes(&info));
	else
		why = by_pin(by, v, said, buffer_bytes(&info));
	if (dsig_no_memory() && why != DSIG_FINE)
		*err = ERR_NOMEM;
	buffer_free(&info);
	return why;
}

/* OpenSSL forgets that memory ran out, and says that a key is wrong; so it is asked twice. */
static enum dsig_why
check_value(struct verifying *v, const struct dsig_said *said, struct dsig_signer *by,
	enum err *err)
{
	enum dsig_why why = check_value_once(v, said, by, err);

	if (*err != ERR_OK || why == DSIG_FINE)
		return why;
	signer_free(by);
	*by = v->message;
	if (check_value_once(v, said, by, err) != why)
		*err = ERR_NOMEM;
	return why;
}

static enum dsig_why
check_one(struct verifying *v, size_t i, struct dsig_signature *s, struct dsig_said *said,
	enum err *err)
{
	struct dsig_signer by = v->message;
	enum dsig_why why = dsig_said_read(said, v->doc.signature[i], err);

	s->weak = said->weak;
	if (v->doc.left_out > 0)
		return DSIG_TOO_MANY;
	if (*err == ERR_OK && why == DSIG_FINE)
		why = check_digest(v, i, said, err);
	if (*err == ERR_OK && why == DSIG_FINE && v->doc.split)
		why = DSIG_COMMENT;
	if (*err == ERR_OK && why == DSIG_FINE)
		why = check_value(v, said, &by, err);
	if (*err == ERR_OK && why == DSIG_FINE) {
		s->weak = s->weak || (!said->ec && EVP_PKEY_get_bits(by.key) < RSA_FINE);
		*err = dsig_trust_judge(s, &by, v->pin, v->pins);
	}
	signer_free(&by);
	return why;
}

static enum dsig_result
result_of(enum dsig_why why)
{
	if (why == DSIG_FINE)
		return DSIG_GOOD;
	return why == DSIG_DIGEST || why == DSIG_VALUE || why == DSIG_BASE64
		       ? DSIG_BAD
		       : DSIG_UNVERIFIED;
}

/* ---- the message ---- */

/* The text of a child of the root's without blanks at both ends; "": there is none, or no memory. */
static const char *
trimmed(struct buffer *b, bool *found, const struct dsig_doc *d, const char *name)
{
	size_t from = 0;

	dsig_value(b, found, d, name);
	while (b->len > 0 && strchr(" \t\r\n", b->at[b->len - 1]) != NULL)
		b->len--;
	write_u8(b, 0);
	if (b->err != ERR_OK)
		return "";
	from = strspn((const char *)b->at, " \t\r\n");
	return (const char *)b->at + from;
}

static enum err
read_message(struct verifying *v)
{
	struct dsig_signer *m = &v->message;
	const char *sent;
	bool found;

	m->sender = trimmed(&v->sender, &m->has_sender, &v->doc, "sender");
	sent = trimmed(&v->sent, &found, &v->doc, "sent");
	m->has_sent = found && capval_time(&m->sent_ms, sent) == ERR_OK;
	return v->sender.err != ERR_OK ? v->sender.err : v->sent.err;
}

static enum err
verify_all(struct dsig_report *r, struct verifying *v)
{
	enum err err = read_message(v);

	r->left_out = v->doc.left_out;
	r->misplaced = v->doc.misplaced;
	for (; err == ERR_OK && r->count < v->doc.count; r->count++) {
		struct dsig_signature *s = &r->at[r->count];
		struct dsig_said said;

		s->line = (uint32_t)xmlGetLineNo(v->doc.signature[r->count]);
		s->why = check_one(v, r->count, s, &said, &err);
		s->result = result_of(s->why);
		dsig_said_free(&said);
	}
	return err;
}

enum err
dsig_verify(struct dsig_report *out, struct bytes document, const struct dsig_pin *pin,
	size_t pins)
{
	struct verifying v = {.pin = pin, .pins = pins};
	enum err err;

	memset(out, 0, sizeof *out);
	err = dsig_doc_read(&v.doc, document);
	if (err != ERR_OK)
		return err;
	dsig_no_memory();
	err = verify_all(out, &v);
	if (err != ERR_OK)
		memset(out, 0, sizeof *out);
	dsig_no_memory();
	buffer_free(&v.sender);
	buffer_free(&v.sent);
	dsig_doc_free(&v.doc);
	return err;
}

bool
dsig_is_trusted(const struct dsig_signature *s)
{
	return s->result == DSIG_GOOD && s->pin != NULL;
}

const struct dsig_signature *
dsig_best(const struct dsig_report *r)
{
	const struct dsig_signature *best = NULL;

	for (size_t i = 0; i < r->count; i++) {
		const struct dsig_signature *s = &r->at[i];

		if (best == NULL || s->result < best->result ||
			(dsig_is_trusted(s) && !dsig_is_trusted(best)))
			best = s;
	}
	return best;
}
