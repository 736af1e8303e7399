/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dsig_read.c: a Signature element by element, in the order of its schema (W3C XML Signature 1.1).
 * All that is not asked for here makes it one that cannot be verified.
 */
#include "base/text.h"
#include "cap/dsig_parts.h"

#include <libxml/c14n.h>
#include <string.h>

#define XMLDSIG DSIG_NS
#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define XMLENC "http://www.w3.org/2001/04/xmlenc#"

/* A walk over the children of one element; the first thing that is wrong stays. */
struct walk {
	xmlNodePtr at; /* the next element child, or NULL */
	enum dsig_why *why;
};

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The first thing that is wrong stays; but what is not read at all is not called bad. */
static void
wrong(enum dsig_why *why, enum dsig_why what)
{
	if (*why == DSIG_FINE || *why == DSIG_BASE64)
		*why = what;
}

/* From `n` on the first element; between elements stand blanks and nothing else. */
static xmlNodePtr
element_from(xmlNodePtr n, enum dsig_why *why)
{
	for (; n != NULL && n->type != XML_ELEMENT_NODE; n = n->next)
		if (n->type != XML_TEXT_NODE || !xmlIsBlankNode(n))
			wrong(why, DSIG_FORM);
	return n;
}

static struct walk
walk_into(xmlNodePtr parent, enum dsig_why *why)
{
	struct walk w = {NULL, why};

	if (parent != NULL)
		w.at = element_from(parent->children, why);
	return w;
}

static bool
walk_sees(const struct walk *w, const char *name)
{
	return w->at != NULL && dsig_is(w->at, name);
}

/* Only the attribute `allowed` (NULL: none), in no namespace. */
static void
attributes(const xmlNode *n, const char *allowed, enum dsig_why *why)
{
	for (const xmlAttr *a = n->properties; a != NULL; a = a->next)
		if (allowed == NULL || a->ns != NULL ||
			strcmp((const char *)a->name, allowed) != 0)
			wrong(why, DSIG_FORM);
}

/* The next element, which must be this one; NULL, and something wrong, if it is not. */
static xmlNodePtr
walk_take(struct walk *w, const char *name, const char *attribute)
{
	xmlNodePtr n = w->at;

	if (!walk_sees(w, name)) {
		wrong(w->why, DSIG_FORM);
		return NULL;
	}
	attributes(n, attribute, w->why);
	w->at = element_from(n->next, w->why);
	return n;
}

static void
walk_end(const struct walk *w)
{
	if (w->at != NULL)
		wrong(w->why, DSIG_FORM);
}

/* The value of an attribute as it stands; NULL: it is not there, or not one piece of text. */
static const char *
attribute(const xmlNode *n, const char *name)
{
	const xmlAttr *a = n != NULL ? n->properties : NULL;

	while (a != NULL && (a->ns != NULL || strcmp((const char *)a->name, name) != 0))
		a = a->next;
	if (a == NULL)
		return NULL;
	if (a->children == NULL)
		return "";
	if (a->children->type != XML_TEXT_NODE || a->children->next != NULL)
		return NULL;
	return (const char *)a->children->content;
}

/* ---- values ---- */

/* Base64 with the blanks that XML Schema allows in it, and no other slack. */
static void
base64(struct buffer *out, const xmlNode *n, enum dsig_why *why, enum err *err)
{
	struct buffer digits = {0};

	if (n == NULL)
		return;
	for (const xmlNode *t = n->children; t != NULL; t = t->next) {
		if (t->type != XML_TEXT_NODE) {
			wrong(why, DSIG_FORM);
			break;
		}
		for (const char *p = (const char *)t->content; *p != '\0'; p++)
			if (!blank(*p))
				write_u8(&digits, (uint8_t)*p);
	}
	if (digits.err != ERR_OK) {
		*err = digits.err;
	} else if (digits.len == 0) {
		wrong(why, DSIG_BASE64);
	} else {
		enum err read = base64_read(out, (const char *)digits.at, digits.len);

		if (read == ERR_NOMEM)
			*err = read;
		else if (read != ERR_OK)
			wrong(why, DSIG_BASE64);
	}
	buffer_free(&digits);
}

static bool
canon_of(struct dsig_canon *out, const char *uri)
{
	static const struct {
		const char *uri;
		struct dsig_canon canon;
	} row[] = {
		{"http://www.w3.org/2001/10/xml-exc-c14n#",
			{XML_C14N_EXCLUSIVE_1_0, false}},
		{"http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
			{XML_C14N_EXCLUSIVE_1_0, true}},
		{"http://www.w3.org/TR/2001/REC-xml-c14n-20010315", {XML_C14N_1_0, false}},
		{"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
			{XML_C14N_1_0, true}},
		{"http://www.w3.org/2006/12/xml-c14n11", {XML_C14N_1_1, false}},
		{"http://www.w3.org/2006/12/xml-c14n11#WithComments", {XML_C14N_1_1, true}},
	};

	for (size_t i = 0; uri != NULL && i < sizeof row / sizeof *row; i++)
		if (strcmp(uri, row[i].uri) == 0) {
			*out = row[i].canon;
			return true;
		}
	return false;
}

static const EVP_MD *
digest_of(const char *uri)
{
	if (uri == NULL)
		return NULL;
	if (strcmp(uri, XMLENC "sha256") == 0)
		return EVP_sha256();
	if (strcmp(uri, XMLENC "sha512") == 0)
		return EVP_sha512();
	if (strcmp(uri, MORE "sha384") == 0)
		return EVP_sha384();
	return strcmp(uri, XMLDSIG "sha1") == 0 ? EVP_sha1() : NULL;
}

static const EVP_MD *
method_of(bool *ec, const char *uri)
{
	*ec = false;
	if (uri == NULL)
		return NULL;
	if (strcmp(uri, MORE "rsa-sha256") == 0)
		return EVP_sha256();
	if (strcmp(uri, MORE "rsa-sha384") == 0)
		return EVP_sha384();
	if (strcmp(uri, MORE "rsa-sha512") == 0)
		return EVP_sha512();
	if (strcmp(uri, XMLDSIG "rsa-sha1") == 0)
		return EVP_sha1();
	*ec = strcmp(uri, MORE "ecdsa-sha256") == 0;
	return *ec ? EVP_sha256() : NULL;
}

/* ---- SignedInfo ---- */

/* An algorithm that takes no parameters. */
static const char *
algorithm(xmlNodePtr n, enum dsig_why *why)
{
	const char *uri = attribute(n, "Algorithm");
	struct walk w;

	if (n == NULL)
		return NULL;
	w = walk_into(n, why);
	if (w.at != NULL)
		wrong(why, DSIG_METHOD);
	if (uri == NULL)
		wrong(why, DSIG_FORM);
	return uri;
}

static void
read_transforms(struct dsig_said *s, xmlNodePtr transforms, enum dsig_why *why)
{
	struct walk w = walk_into(transforms, why);
	const char *uri = algorithm(walk_take(&w, "Transform", "Algorithm"), why);

	s->canon = (struct dsig_canon){XML_C14N_1_0, false};
	if (uri == NULL || strcmp(uri, XMLDSIG "enveloped-signature") != 0)
		wrong(why, DSIG_TRANSFORM);
	if (w.at != NULL) {
		uri = algorithm(walk_take(&w, "Transform", "Algorithm"), why);
		if (!canon_of(&s->canon, uri))
			wrong(why, DSIG_TRANSFORM);
	}
	if (w.at != NULL)
		wrong(why, DSIG_TRANSFORM);
}

static void
read_reference(struct dsig_said *s, xmlNodePtr reference, enum dsig_why *why, enum err *err)
{
	struct walk w = walk_into(reference, why);
	const char *uri = attribute(reference, "URI");

	if (reference == NULL)
		return;
	if (uri == NULL || *uri != '\0')
		wrong(why, DSIG_REFERENCE);
	read_transforms(s, walk_take(&w, "Transforms", NULL), why);
	s->md = digest_of(algorithm(walk_take(&w, "DigestMethod", "Algorithm"), why));
	if (s->md == NULL)
		wrong(why, DSIG_METHOD);
	base64(&s->digest, walk_take(&w, "DigestValue", NULL), why, err);
	walk_end(&w);
}

static void
read_signed_info(struct dsig_said *s, enum dsig_why *why, enum err *err)
{
	struct walk w = walk_into(s->signed_info, why);

	if (s->signed_info == NULL)
		return;
	if (!canon_of(&s->info_canon,
		    algorithm(walk_take(&w, "CanonicalizationMethod", "Algorithm"), why)))
		wrong(why, DSIG_METHOD);
	s->method_md = method_of(
		&s->ec, algorithm(walk_take(&w, "SignatureMethod", "Algorithm"), why));
	if (s->method_md == NULL)
		wrong(why, DSIG_METHOD);
	read_reference(s, walk_take(&w, "Reference", "URI"), why, err);
	if (w.at != NULL)
		wrong(why, DSIG_REFERENCE);
	s->weak = s->md == EVP_sha1() || s->method_md == EVP_sha1();
}

/* ---- KeyInfo ---- */

static void
read_certificate(struct dsig_said *s, xmlNodePtr n, enum dsig_why *why, enum err *err)
{
	if (s->certificates == DSIG_CERTIFICATES) {
		wrong(why, DSIG_KEY);
		return;
	}
	base64(&s->certificate[s->certificates++], n, why, err);
}

/* What else names the certificate helps nobody who has it; without it, it names one that is not
 * here. */
static void
read_x509(struct dsig_said *s, xmlNodePtr data, enum dsig_why *why, enum err *err)
{
	struct walk w = walk_into(data, why);
	size_t before = s->certificates;

	while (w.at != NULL && *why == DSIG_FINE) {
		xmlNodePtr n = w.at;

		if (walk_sees(&w, "X509Certificate"))
			read_certificate(s, n, why, err);
		else if (!walk_sees(&w, "X509SubjectName") &&
			 !walk_sees(&w, "X509IssuerSerial") && !walk_sees(&w, "X509SKI"))
			wrong(why, DSIG_FORM);
		attributes(n, NULL, why);
		w.at = element_from(n->next, why);
	}
	if (s->certificates == before)
		wrong(why, DSIG_KEY);
}

static void
read_key_value(struct dsig_said *s, xmlNodePtr value, enum dsig_why *why, enum err *err)
{
	struct walk w = walk_into(value, why);
	struct walk numbers;

	if (s->modulus.len > 0)
		wrong(why, DSIG_KEYS);
	if (!walk_sees(&w, "RSAKeyValue")) {
		wrong(why, DSIG_KEY);
		return;
	}
	numbers = walk_into(walk_take(&w, "RSAKeyValue", NULL), why);
	base64(&s->modulus, walk_take(&numbers, "Modulus", NULL), why, err);
	base64(&s->exponent, walk_take(&numbers, "Exponent", NULL), why, err);
	walk_end(&numbers);
	walk_end(&w);
}

static void
read_key_info(struct dsig_said *s, xmlNodePtr info, enum dsig_why *why, enum err *err)
{
	struct walk w = walk_into(info, why);

	if (w.at == NULL)
		wrong(why, DSIG_FORM);
	while (w.at != NULL && *why == DSIG_FINE) {
		if (walk_sees(&w, "X509Data"))
			read_x509(s, walk_take(&w, "X509Data", NULL), why, err);
		else if (walk_sees(&w, "KeyValue"))
			read_key_value(s, walk_take(&w, "KeyValue", NULL), why, err);
		else if (walk_sees(&w, "KeyName"))
			walk_take(&w, "KeyName", NULL);
		else
			wrong(why, DSIG_KEY);
	}
}

/* ---- the whole ---- */

static bool
is_stub(const xmlNode *signature)
{
	for (const xmlNode *n = signature->children; n != NULL; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			return false;
	return true;
}

/* Id names a signature for people; nothing here goes by it, so it may be anything. */
enum dsig_why
dsig_said_read(struct dsig_said *out, xmlNodePtr signature, enum err *err)
{
	enum dsig_why why = DSIG_FINE;
	struct walk w;

	*out = (struct dsig_said){0};
	*err = ERR_OK;
	if (is_stub(signature))
		return DSIG_STUB;
	attributes(signature, "Id", &why);
	w = walk_into(signature, &why);
	out->signed_info = walk_take(&w, "SignedInfo", "Id");
	read_signed_info(out, &why, err);
	base64(&out->value, walk_take(&w, "SignatureValue", "Id"), &why, err);
	if (walk_sees(&w, "KeyInfo"))
		read_key_info(out, walk_take(&w, "KeyInfo", "Id"), &why, err);
	if (w.at != NULL && strcmp((const char *)w.at->name, "Object") == 0)
		wrong(&why, DSIG_OBJECT);
	walk_end(&w);
	return why;
}

void
dsig_said_free(struct dsig_said *s)
{
	buffer_free(&s->digest);
	buffer_free(&s->value);
	buffer_free(&s->modulus);
	buffer_free(&s->exponent);
	for (size_t i = 0; i < s->certificates; i++)
		buffer_free(&s->certificate[i]);
}
