/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dsig_sign.c: a Signature over the bytes as they stand, put in front of the root's end tag. */
#include "base/text.h"
#include "cap/dsig_parts.h"

#include <libxml/c14n.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

enum { P256 = 32, RSA_LEAST = 2048 };

#define EXCLUSIVE "http://www.w3.org/2001/10/xml-exc-c14n#"

struct dsig_key {
	EVP_PKEY *key;
	STACK_OF(X509) * certificates; /* the key's own first */
	bool ec;
};

/* ---- the key ---- */

/* A key with a passphrase is refused: there is nobody to ask. */
static int
no_passphrase(char *out, int size, int writing, void *user)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

static BIO *
over(struct bytes pem)
{
	return BIO_new_mem_buf(pem.at, (int)pem.len);
}

static bool
read_certificates(struct dsig_key *k, struct bytes pem)
{
	BIO *bio = over(pem);
	bool good = bio != NULL;
	X509 *x;

	while (good && (x = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
		good = sk_X509_push(k->certificates, x) > 0;
		if (!good)
			X509_free(x);
	}
	BIO_free(bio);
	return good;
}

static enum err
check_key(struct dsig_key *k, struct fault *fault)
{
	if (sk_X509_num(k->certificates) < 1 ||
		sk_X509_num(k->certificates) > DSIG_CERTIFICATES)
		return fault_set(fault, ERR_REFUSED,
			"the file must hold between 1 and %d certificates, that of the key "
			"first",
			DSIG_CERTIFICATES);
	if (X509_check_private_key(sk_X509_value(k->certificates, 0), k->key) != 1)
		return fault_set(fault, ERR_REFUSED,
			"the first certificate is not that of the private key");
	k->ec = EVP_PKEY_get_base_id(k->key) == EVP_PKEY_EC;
	if (!dsig_key_fits(k->key, k->ec) ||
		(!k->ec && EVP_PKEY_get_bits(k->key) < RSA_LEAST))
		return fault_set(fault, ERR_REFUSED,
			"the key must be RSA of 2048 to 8192 bits, or EC on P-256 "
			"(prime256v1)");
	return ERR_OK;
}

enum err
dsig_key_read(struct dsig_key **out, struct bytes pem, struct fault *fault)
{
	struct dsig_key *k;
	BIO *bio;
	enum err err = ERR_NOMEM;

	if (pem.len == 0)
		return fault_set(fault, ERR_FORMAT, "the file with the key is empty");
	dsig_no_memory();
	k = calloc(1, sizeof *k);
	bio = over(pem);
	if (k != NULL && bio != NULL && (k->certificates = sk_X509_new_null()) != NULL) {
		k->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
		if (k->key == NULL)
			err = fault_set(fault, ERR_FORMAT,
				"no private key in PEM without a passphrase was found");
		else if (read_certificates(k, pem))
			err = check_key(k, fault);
	}
	BIO_free(bio);
	if (dsig_no_memory())
		err = ERR_NOMEM;
	if (err != ERR_OK) {
		dsig_key_free(k);
		return err;
	}
	*out = k;
	return ERR_OK;
}

void
dsig_key_free(struct dsig_key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->key);
	sk_X509_pop_free(k->certificates, X509_free);
	free(k);
}

/* ---- signing ---- */

/* DER of RFC 3279 becomes r and s side by side (XML Signature 6.4.3). */
static bool
raw_of_der(uint8_t raw[2 * P256], const unsigned char *der, size_t len)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	bool good = sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, P256) == P256 &&
		    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + P256, P256) == P256;

	ECDSA_SIG_free(sig);
	return good;
}

static bool
sign_bytes(struct buffer *out, const struct dsig_key *k, struct bytes message)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t raw[2 * P256], sig[1024];
	size_t len = sizeof sig;
	bool good = ctx != NULL &&
		    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, k->key) == 1 &&
		    EVP_DigestSign(ctx, sig, &len, message.at, message.len) == 1;

	if (good && k->ec) {
		good = raw_of_der(raw, sig, len);
		base64_write(out, bytes_of(raw, sizeof raw));
	} else if (good) {
		base64_write(out, bytes_of(sig, len));
	}
	EVP_MD_CTX_free(ctx);
	return good && out->err == ERR_OK;
}

/* Already in its exclusive canonical form: `ns` is the declaration that only that form bears. */
static void
write_info(struct buffer *out, const char *ns, bool ec, const uint8_t digest[32])
{
	write_format(out, "<SignedInfo%s>", ns);
	write_text(out, "<CanonicalizationMethod Algorithm=\"" EXCLUSIVE
			"\"></CanonicalizationMethod>"
			"<SignatureMethod Algorithm=\"http://www.w3.org/2001/04/"
			"xmldsig-more#");
	write_text(out, ec ? "ecdsa-sha256" : "rsa-sha256");
	write_text(out,
		"\"></SignatureMethod><Reference URI=\"\"><Transforms>"
		"<Transform Algorithm=\"" DSIG_NS "enveloped-signature\"></Transform>"
		"<Transform Algorithm=\"" EXCLUSIVE "\"></Transform></Transforms>"
		"<DigestMethod Algorithm=\"http://www.w3.org/2001/04/"
		"xmlenc#sha256\"></DigestMethod><DigestValue>");
	base64_write(out, bytes_of(digest, 32));
	write_text(out, "</DigestValue></Reference></SignedInfo>");
}

static bool
write_certificates(struct buffer *out, const struct dsig_key *k)
{
	for (int i = 0; i < sk_X509_num(k->certificates); i++) {
		unsigned char *der = NULL;
		int len = i2d_X509(sk_X509_value(k->certificates, i), &der);

		if (len <= 0)
			return false;
		write_text(out, "<X509Certificate>");
		base64_write(out, bytes_of(der, (size_t)len));
		write_text(out, "</X509Certificate>");
		OPENSSL_free(der);
	}
	return true;
}

static enum err
write_signature(struct buffer *out, const struct dsig_key *k, const uint8_t digest[32])
{
	struct buffer info = {0};
	enum err err = ERR_NOMEM;

	write_info(&info, " xmlns=\"" DSIG_NS "\"", k->ec, digest);
	write_text(out, "<Signature xmlns=\"" DSIG_NS "\">");
	write_info(out, "", k->ec, digest);
	write_text(out, "<SignatureValue>");
	if (info.err == ERR_OK && sign_bytes(out, k, buffer_bytes(&info))) {
		write_text(out, "</SignatureValue><KeyInfo><X509Data>");
		if (write_certificates(out, k))
			err = ERR_OK;
		write_text(out, "</X509Data></KeyInfo></Signature>");
	}
	buffer_free(&info);
	return err != ERR_OK ? err : out->err;
}

/* What goes out is what verifies: the last Signature of the document is ours. */
static enum err
prove(struct bytes made, struct fault *fault)
{
	struct dsig_report r;
	enum err err = dsig_verify(&r, made, NULL, 0);

	if (err != ERR_OK)
		return fault_set(fault, err, "the signed message cannot be read (%s)",
			err_name(err));
	if (r.count == 0 || r.at[r.count - 1].result != DSIG_GOOD)
		return fault_set(fault, ERR_REFUSED,
			"the signed message does not verify: %s",
			r.count == 0 ? "it has no signature"
				     : dsig_why_text(r.at[r.count - 1].why));
	return ERR_OK;
}

static enum err
sign_read(struct buffer *out, struct bytes document, const struct dsig_doc *d,
	const struct dsig_key *k, struct fault *fault)
{
	struct dsig_canon exclusive = {XML_C14N_EXCLUSIVE_1_0, false};
	uint8_t digest[EVP_MAX_MD_SIZE];
	enum err err;

	if (d->end == 0 || d->end >= document.len)
		return fault_set(fault, ERR_REFUSED,
			"only a message in UTF-8 with an end tag is signed here");
	if (d->split)
		return fault_set(fault, ERR_REFUSED,
			"a comment stands within a value, where no signature covers it: "
			"take "
			"it out");
	if (d->count >= DSIG_MAX)
		return fault_set(fault, ERR_REFUSED,
			"the message has %d signatures already", DSIG_MAX);
	err = dsig_digest(digest, d, DSIG_CUT_ALL, 0, exclusive, EVP_sha256());
	if (err != ERR_OK)
		return fault_set(fault, err, "the message has no canonical form");
	write_bytes(out, document.at, d->end);
	err = write_signature(out, k, digest);
	if (err != ERR_OK)
		return fault_set(fault, err, "there is not enough memory to sign");
	write_bytes(out, document.at + d->end, document.len - d->end);
	return out->err;
}

enum err
dsig_sign(struct buffer *out, struct bytes document, const struct dsig_key *key,
	struct fault *fault)
{
	struct buffer made = {0};
	struct dsig_doc d;
	enum err err = dsig_doc_read(&d, document);

	if (err != ERR_OK)
		return fault_set(fault, err,
			"this is not a CAP message that can be signed (%s)", err_name(err));
	err = sign_read(&made, document, &d, key, fault);
	if (err == ERR_OK)
		err = prove(buffer_bytes(&made), fault);
	if (err == ERR_OK) {
		write_bytes(out, made.at, made.len);
		err = out->err;
	}
	dsig_no_memory();
	buffer_free(&made);
	dsig_doc_free(&d);
	return err;
}
