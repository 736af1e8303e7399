/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * belfry/cap.h: the Common Alerting Protocol, version 1.2 (OASIS CAP-v1.2-os), as a library: read,
 * check, build, write, sign, verify. Link with `pkg-config --cflags --libs belfry-cap`.
 *
 * A message is one block of memory with all that was read of it; belfry_cap_free() ends it all at once.
 * What functions hand out lives as long as the message, unless it says otherwise, and all text is
 * UTF-8 with a NUL behind it. Nothing is fetched from files or network. One message must not be used by
 * two threads at once; different messages may. Call belfry_cap_init() once, before other threads start.
 *
 * Rules have the numbers of doc/formats/cap-rules.md.
 */
#ifndef BELFRY_CAP_H
#define BELFRY_CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Negative: what went wrong. */
enum belfry_cap_error {
	BELFRY_CAP_OK = 0,
	BELFRY_CAP_NO_MEMORY = -1,
	BELFRY_CAP_NOT_XML = -2, /* not well-formed, or with a DTD; a finding says where */
	BELFRY_CAP_TOO_LARGE = -3, /* over a limit; a finding says which */
	BELFRY_CAP_REFUSED = -4,   /* what was asked for is against the standard */
	BELFRY_CAP_KEY = -5, /* no key of a kind that signs, or not the certificate's */
};

/* Readies the libraries below (libxml2, libsodium). Repeating does no harm. */
enum belfry_cap_error belfry_cap_init(void);
const char *belfry_cap_version(void); /* "0.1.0" */

/* ---- reading ---- */

struct belfry_cap;

/* 0 is the default of each. */
struct belfry_cap_limits {
	size_t bytes;	/* of the document: 4 MiB */
	unsigned depth; /* elements within elements: 32 */
	uint32_t nodes; /* elements: 200,000 */
};

/*
 * Read `len` bytes at `document`, which are copied. *out is set, for its findings, also on
 * BELFRY_CAP_NOT_XML and BELFRY_CAP_TOO_LARGE; it has no root then. `limits` may be NULL.
 */
enum belfry_cap_error belfry_cap_read(struct belfry_cap **out, const void *document,
	size_t len, const struct belfry_cap_limits *limits);
void belfry_cap_free(struct belfry_cap *message); /* NULL is fine */

enum belfry_cap_format {
	BELFRY_CAP_12,
	BELFRY_CAP_11,
	BELFRY_CAP_10,
	BELFRY_CAP_ATOM,
	BELFRY_CAP_RSS,
	BELFRY_CAP_EDXL_DE,
	BELFRY_CAP_OTHER, /* XML, but none of these */
	BELFRY_CAP_NONE,  /* not XML */
};
enum belfry_cap_format belfry_cap_format(const struct belfry_cap *message);

/* An element, as it stands in the document, whether it belongs there or not. */
struct belfry_cap_node;
const struct belfry_cap_node *belfry_cap_root(
	const struct belfry_cap *message); /* or NULL */
const struct belfry_cap_node *belfry_cap_first(
	const struct belfry_cap_node *node); /* child */
const struct belfry_cap_node *belfry_cap_next(
	const struct belfry_cap_node *node); /* sibling */
/* The first child of this name, and the next of the same name; elements of CAP's namespaces only. */
const struct belfry_cap_node *belfry_cap_child(
	const struct belfry_cap_node *node, const char *name);
const struct belfry_cap_node *belfry_cap_again(const struct belfry_cap_node *node);
const char *belfry_cap_name(const struct belfry_cap_node *node);
/* All its text, blanks as they stand; "" if there is none. */
const char *belfry_cap_text(const struct belfry_cap_node *node);
/* The text of a child, NULL if it is not there: belfry_cap_get(info, "headline"). */
const char *belfry_cap_get(const struct belfry_cap_node *node, const char *name);
uint32_t belfry_cap_line(const struct belfry_cap_node *node);	/* from 1; 0: built here */
uint32_t belfry_cap_column(const struct belfry_cap_node *node); /* from 1, in characters */

/* ---- envelopes ---- */

/* One thing that an Atom feed, an RSS channel or an EDXL-DE distribution carries. */
struct belfry_cap_carried {
	const struct belfry_cap_node *alert; /* an alert that stands in it; or NULL */
	const void *
		document; /* a document that stood in it as base64; read it anew; or NULL */
	size_t len;
	const char *uri;   /* only a link to it, as it stands; "" if it is here */
	const char *title; /* of the entry; "" */
};

/*
 * Open an envelope; nothing is fetched. BELFRY_CAP_REFUSED: it is none. An empty feed is
 * BELFRY_CAP_OK with *count 0.
 */
enum belfry_cap_error belfry_cap_open(
	const struct belfry_cap_carried **out, size_t *count, struct belfry_cap *message);

/* ---- checking ---- */

enum belfry_cap_profile { /* bits */
	BELFRY_CAP_IPAWS = 1,
	BELFRY_CAP_AU = 2,
	BELFRY_CAP_CP = 4,
	BELFRY_CAP_GOOGLE = 8,
	BELFRY_CAP_WMO = 16,
	BELFRY_CAP_METEOALARM = 32,
	BELFRY_CAP_UK_CB = 64,
};

enum belfry_cap_level { BELFRY_CAP_NOTE, BELFRY_CAP_WARNING, BELFRY_CAP_ERROR };

struct belfry_cap_finding {
	enum belfry_cap_level level;
	int rule;
	uint32_t line, column; /* from 1; 0: the document as a whole */
	const char *xpath;     /* "/alert/info[2]/area"; "" for the document as a whole */
	const char *text;      /* what is wrong and how to mend it */
};

enum belfry_cap_verdict {
	BELFRY_CAP_VALID,
	BELFRY_CAP_WARN,	  /* no error, but warnings */
	BELFRY_CAP_INVALID,	  /* at least one error */
	BELFRY_CAP_BAD_SIGNATURE, /* no error, but a signature that does not match the bytes */
	BELFRY_CAP_LEGACY,	  /* CAP 1.0 or 1.1 */
	BELFRY_CAP_FEED,	  /* Atom, RSS or EDXL-DE */
	BELFRY_CAP_NOT_CAP,
};

/*
 * Judge the document by all rules of the standard and the profiles asked for. `translate` gives a
 * sentence (a printf format in English) in the reader's language, with the same arguments in the same
 * order; NULL: English. Findings of an earlier check are dropped. BELFRY_CAP_NO_MEMORY or OK.
 */
enum belfry_cap_error belfry_cap_check(enum belfry_cap_verdict *out,
	struct belfry_cap *message, unsigned profiles,
	const char *(*translate)(void *ctx, const char *sentence), void *ctx);
/* In the order of the document. Good until the next check. */
size_t belfry_cap_findings(
	const struct belfry_cap *message, const struct belfry_cap_finding **out);

/* ---- building and writing ---- */

/* An empty alert of CAP 1.2. */
enum belfry_cap_error belfry_cap_new(struct belfry_cap **out);
/*
 * Put an element into `parent` (an element of `message`), where the schema wants it: behind others of
 * its name. `text` NULL: it will hold elements. NULL: no element of this name belongs there, a second
 * one does not, the text holds bytes that XML forbids, or no memory.
 */
struct belfry_cap_node *belfry_cap_add(struct belfry_cap *message,
	const struct belfry_cap_node *parent, const char *name, const char *text);
/*
 * The message as bytes; the caller frees *out with belfry_cap_bytes_free(). One that was read and not
 * added to comes out byte for byte; else: UTF-8, LF, two blanks of indent, the schema's order.
 * BELFRY_CAP_REFUSED: it was read, is signed and was added to, or is not CAP 1.2.
 */
enum belfry_cap_error belfry_cap_write(
	char **out, size_t *len, const struct belfry_cap *message);
void belfry_cap_bytes_free(char *bytes);

/* ---- signatures: enveloped XML-DSig ---- */

enum belfry_cap_signed {
	BELFRY_CAP_SIGNED_WELL,	      /* the bytes are those that the key signed */
	BELFRY_CAP_SIGNED_BADLY,      /* they are not */
	BELFRY_CAP_SIGNED_UNREADABLY, /* it cannot be verified; that proves nothing */
};

/* Whom you trust. All is borrowed for the call. */
struct belfry_cap_pin {
	enum { BELFRY_CAP_PIN_KEY, BELFRY_CAP_PIN_CERTIFICATE, BELFRY_CAP_PIN_CA } kind;
	const void *der; /* SubjectPublicKeyInfo, or certificate */
	size_t len;
	const char *sender; /* for messages of this sender only; NULL: of all */
	bool weak;	    /* SHA-1 and short keys are good enough */
};

struct belfry_cap_signature {
	enum belfry_cap_signed state;
	bool trusted;	     /* signed well, by somebody who is pinned, in time */
	bool weak;	     /* SHA-1, or an RSA key under 2,048 bits */
	const char *why;     /* a sentence; "" if it is signed well */
	const char *trust;   /* in a few words: "pinned key", "expired" … */
	const char *subject; /* whom the certificate names; "" without */
	uint32_t line;
};

/* Verify every signature. *count 0: the message is unsigned, which is no reason to drop it. */
enum belfry_cap_error belfry_cap_verify(const struct belfry_cap_signature **out,
	size_t *count, struct belfry_cap *message, const struct belfry_cap_pin *pins,
	size_t pin_count);

/*
 * Sign the message's bytes: `pem` holds a private key without a passphrase (RSA, or EC on P-256) and
 * its certificate, then those above it. No byte of the message changes but that a Signature stands
 * before its end. The caller frees *out with belfry_cap_bytes_free(). Never write it anew: send these
 * bytes.
 */
enum belfry_cap_error belfry_cap_sign(char **out, size_t *len,
	const struct belfry_cap *message, const void *pem, size_t pem_len);

#ifdef __cplusplus
}
#endif

#endif
