/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dsig_parts.h: what the dsig_*.c share; nobody outside src/cap includes it. */
#ifndef CAP_DSIG_PARTS_H
#define CAP_DSIG_PARTS_H

#include "cap/dsig.h"

#include <libxml/tree.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define DSIG_NS "http://www.w3.org/2000/09/xmldsig#"

/* ---- dsig_xml.c: the document and its canonical form ---- */

struct dsig_doc {
	xmlDocPtr doc;
	xmlNodePtr root;
	xmlNodePtr signature[DSIG_MAX];
	size_t count;	  /* kept in `signature` */
	size_t left_out;  /* above DSIG_MAX */
	size_t misplaced; /* not children of the root */
	bool split;	  /* a comment stands within a value */
	size_t end;	  /* where the root's end tag begins, in bytes; 0: not known */
};
/* The caller ends *out with dsig_doc_free(). Errors: ERR_FORMAT, ERR_FULL, ERR_NOMEM. */
CHECKED enum err dsig_doc_read(struct dsig_doc *out, struct bytes document);
void dsig_doc_free(struct dsig_doc *d);

/* Is it an element of XML-DSig with this name? */
bool dsig_is(const xmlNode *n, const char *name);
/* The text of the only child of the root of that name, joined; *found false: there is none, or more
 * than one. The caller frees `out`. */
void dsig_value(
	struct buffer *out, bool *found, const struct dsig_doc *d, const char *name);

struct dsig_canon {
	int mode; /* xmlC14NMode */
	bool comments;
};
enum dsig_cut {
	DSIG_CUT_ALL, /* the document without any Signature of the root's */
	DSIG_CUT_OWN, /* the document without the one */
};
/* The digest of the document's canonical form. Errors: ERR_FORMAT (it has none), ERR_FULL, ERR_NOMEM. */
CHECKED enum err dsig_digest(uint8_t out[EVP_MAX_MD_SIZE], const struct dsig_doc *d,
	enum dsig_cut cut, size_t own, struct dsig_canon canon, const EVP_MD *md);
/* Append the canonical form of one element within its document. Errors: as above. */
CHECKED enum err dsig_canonical(struct buffer *out, const struct dsig_doc *d,
	xmlNodePtr element, struct dsig_canon canon);

/* ---- dsig_read.c: what a Signature says ---- */

enum { DSIG_CERTIFICATES = 8 };

struct dsig_said {
	xmlNodePtr signed_info;
	struct dsig_canon info_canon, canon;
	const EVP_MD *method_md, *md;
	bool ec;   /* ecdsa; else rsa */
	bool weak; /* SHA-1 somewhere */
	struct buffer digest, value;
	struct buffer modulus, exponent; /* of a KeyValue; empty if there is none */
	struct buffer certificate[DSIG_CERTIFICATES];
	size_t certificates;
};
/* DSIG_FINE, or why it cannot be verified or is bad. The caller ends *out with dsig_said_free() in
 * any case. *err is ERR_NOMEM where memory ran out. */
enum dsig_why dsig_said_read(struct dsig_said *out, xmlNodePtr signature, enum err *err);
void dsig_said_free(struct dsig_said *s);

/* ---- dsig_trust.c ---- */

/* What is known of the message and of who signed it. */
struct dsig_signer {
	EVP_PKEY *key;
	X509 *certificate;	 /* NULL: it came without */
	STACK_OF(X509) * others; /* what else came along */
	bool has_sender, has_sent;
	const char *sender;
	int64_t sent_ms;
};
/* Fills trust, pin, key, certificate, subject and validity. Errors: ERR_NOMEM. */
CHECKED enum err dsig_trust_judge(struct dsig_signature *s,
	const struct dsig_signer *signer, const struct dsig_pin *pin, size_t pins);
/* The public key of a pin; NULL: it brings none. The caller frees it. */
EVP_PKEY *dsig_pin_key(const struct dsig_pin *pin);
/* Did OpenSSL run out of memory since it was last asked? Forgets its errors. */
bool dsig_no_memory(void);

/* ---- dsig_verify.c ---- */

/* RSA of 1024 to 8192 bits, or EC on P-256, as `ec` says. */
bool dsig_key_fits(const EVP_PKEY *key, bool ec);

#endif
