/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dsig.h: signatures of CAP messages: enveloped XML-DSig (CAP-v1.2-os section 3.3.4.1, W3C XML
 * Signature 1.1) verified and made. Only what is listed here is ever good:
 *
 *   Signature         a child of the root, which is an alert; no Object, no comment, nothing unknown
 *   SignedInfo        canonical by C14N 1.0, C14N 1.1 or exclusive C14N, with or without comments
 *   SignatureMethod   rsa-sha256, ecdsa-sha256 (P-256, r and s side by side), rsa-sha384, rsa-sha512,
 *                     rsa-sha1 (weak)
 *   Reference         one, URI "", transforms enveloped-signature and at most one of the above
 *   DigestMethod      sha256, sha384, sha512, sha1 (weak)
 *   KeyInfo           certificates, an RSA key, or none: then pinned keys are tried
 *
 * Several signatures: each covers the message without any of them (as the Canadian feed does); the
 * last one may cover it with all before it, too (as XML Signature says). Comments are covered by
 * none of these, so one that splits a value makes the signature worthless. Nothing is fetched;
 * certificates that are not in the message or pinned do not exist, and revocation is not asked for.
 */
#ifndef CAP_DSIG_H
#define CAP_DSIG_H

#include "base/hash.h"

enum dsig_result {
	DSIG_GOOD,	 /* the bytes are those that the key signed; whose key is `trust` */
	DSIG_BAD,	 /* it contradicts the bytes, or is not strict base64 */
	DSIG_UNVERIFIED, /* not one that is read here: it proves nothing in either direction */
};

/* Why a signature is not good. */
enum dsig_why {
	DSIG_FINE,
	/* bad */
	DSIG_DIGEST, /* the message was changed */
	DSIG_VALUE,  /* the signature is not of this key, or was changed */
	DSIG_BASE64,
	/* cannot be verified */
	DSIG_STUB,	/* there is nothing in it */
	DSIG_FORM,	/* elements or attributes are missing, unknown or out of order */
	DSIG_OBJECT,	/* holds an Object */
	DSIG_METHOD,	/* an algorithm that is not accepted */
	DSIG_TRANSFORM, /* so for a transform */
	DSIG_REFERENCE, /* signs something else than the message that it stands in */
	DSIG_KEY_NONE,	/* brings no key, and no pinned key made it */
	DSIG_KEY,	/* the key cannot be used with the method, or at all */
	DSIG_KEYS,	/* brings two different keys */
	DSIG_COMMENT,	/* a comment splits a value of the message */
	DSIG_TOO_MANY,	/* more than DSIG_MAX signatures */
	DSIG_CANON,	/* no canonical form, or one that is too long */
};
/* A sentence on what is wrong and what to do, in English, marked for translation. */
const char *dsig_why_text(enum dsig_why why);

/* Whose key it is; only of a signature that is good. */
enum dsig_trust {
	DSIG_UNKNOWN,		 /* nobody pinned it */
	DSIG_PINNED_KEY,	 /* trusted */
	DSIG_PINNED_CERTIFICATE, /* trusted */
	DSIG_PINNED_CA,		 /* trusted: a chain leads to a pinned certificate */
	DSIG_SELF_SIGNED,	 /* a certificate that vouches for itself, not pinned */
	DSIG_CHAIN,		 /* no chain leads to a pinned certificate */
	DSIG_NAME,		 /* it does, but the certificate bears another name */
	DSIG_USAGE,		 /* a certificate that is not for signing */
	DSIG_NOT_YET,		 /* not yet valid when the message was sent */
	DSIG_EXPIRED,		 /* no longer valid then */
	DSIG_NO_TIME,		 /* the message does not say when it was sent */
	DSIG_WEAK,		 /* SHA-1 or a short key, which the pin does not allow */
	DSIG_OTHER_SENDER,	 /* pinned, but for another sender than the message names */
};
const char *dsig_trust_name(enum dsig_trust trust); /* "pinned key", "expired" … */

enum dsig_pin_kind {
	DSIG_PIN_KEY, /* a public key; what a certificate around it says is not asked */
	DSIG_PIN_CERTIFICATE, /* exactly this one, while it is valid */
	DSIG_PIN_CA,	      /* whatever a chain of valid certificates leads to */
};

/* Whom an operator trusts. All is borrowed. */
struct dsig_pin {
	enum dsig_pin_kind kind;
	/* SHA-256 of the DER of a SubjectPublicKeyInfo (key) or certificate; all zero: of `der`. */
	struct hash sha256;
	/* That DER. A key or certificate may go without: then it is known only where the message brings
	 * it along. */
	struct bytes der;
	const char *sender; /* good for messages of this sender only; NULL: of all */
	const char *
		name; /* of a CA: the host name that the signer's certificate bears; NULL: any */
	bool weak; /* SHA-1 and keys under 2048 bits are good enough */
};

enum { DSIG_MAX = 8, DSIG_SUBJECT = 200 };

struct dsig_signature {
	enum dsig_result result;
	enum dsig_why why;
	enum dsig_trust trust;
	bool weak;		 /* SHA-1, or RSA under 2048 bits */
	uint32_t line;		 /* of its "<", from 1 */
	struct hash key;	 /* SHA-256 of the SubjectPublicKeyInfo; zero unless good */
	struct hash certificate; /* SHA-256 of the signer's; zero if there was none */
	int64_t from_ms, until_ms;  /* validity of the certificate; zero without */
	char subject[DSIG_SUBJECT]; /* whom it names, RFC 2253, ASCII, cut; "" without */
	const struct dsig_pin *pin; /* by which it is trusted, or NULL */
};

/* What the signatures of one message say, in the order of the document. */
struct dsig_report {
	size_t count; /* 0: the message is unsigned */
	struct dsig_signature at[DSIG_MAX];
	size_t left_out;  /* above DSIG_MAX: then none is good */
	size_t misplaced; /* Signature elements that are not children of the root */
};

/*
 * Verify all signatures of a message. Keeps nothing of `document`, and no global state. Errors:
 * ERR_FORMAT (not XML 1.0 in UTF-8, UTF-16 with a mark, ISO-8859-1 or ASCII; a DTD; the root is no
 * alert of CAP), ERR_FULL (over 4 MiB, 200000 nodes, depth 32, or too many or too long names of
 * namespaces), ERR_NOMEM. After an error nothing is verified and the report is empty.
 */
CHECKED enum err dsig_verify(struct dsig_report *out, struct bytes document,
	const struct dsig_pin *pin, size_t pins);

/* Good, and of somebody that is pinned. */
bool dsig_is_trusted(const struct dsig_signature *s);
/* The one to show: a trusted one before a good one, before a bad one, before what cannot be verified;
 * NULL: unsigned. */
const struct dsig_signature *dsig_best(const struct dsig_report *r);

/* A private key with the certificates that go out with its signatures. */
struct dsig_key;
/*
 * `pem` holds one private key without a passphrase (RSA of 2048 to 8192 bits, or EC on P-256) and, in
 * any order around it, the certificate of that key first, then those above it. The caller frees *out
 * with dsig_key_free(). Errors: ERR_FORMAT, ERR_REFUSED (another kind of key, or none of the
 * certificates is its), ERR_NOMEM.
 */
CHECKED enum err dsig_key_read(
	struct dsig_key **out, struct bytes pem, struct fault *fault);
void dsig_key_free(struct dsig_key *key); /* NULL is fine; wipes it */

/*
 * Append `document` to `out` with one Signature more in front of the root's end tag, and no other
 * byte changed: exclusive C14N, SHA-256, rsa-sha256 or ecdsa-sha256. The document is UTF-8. What is
 * made was verified before it is handed out. Errors: ERR_FORMAT and ERR_FULL as dsig_verify(),
 * ERR_REFUSED (another encoding, a comment within a value, DSIG_MAX signatures), ERR_NOMEM.
 */
CHECKED enum err dsig_sign(struct buffer *out, struct bytes document,
	const struct dsig_key *key, struct fault *fault);

#endif
