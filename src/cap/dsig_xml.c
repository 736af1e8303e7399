/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dsig_xml.c: a document as a tree of libxml2's, and its canonical form (W3C Canonical XML 1.0, 1.1,
 * Exclusive 1.0). No loader, no converter but the built-in ones, no DTD; what a stranger can make
 * grow has a limit.
 */
#include "cap/dsig_parts.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

enum {
	BYTES_MAX = 4 << 20,
	NODES_MAX = 200000, /* elements, attributes, namespaces, comments … */
	DEPTH_MAX = 32,
	/* Namespaces that hold at one place: C14N compares each with each, at each element. */
	SCOPE_MAX = 32,
	WORK_MAX = 10000000,
	/* Exclusive C14N repeats a namespace's name at each element. */
	NAME_MAX_BYTES = 1000,
	CANONICAL_MAX = 32 << 20,
};

struct parsing {
	xmlParserCtxtPtr ctxt;
	uint32_t nodes, depth, scope, work;
	uint32_t declared[DEPTH_MAX + 1]; /* namespaces by depth */
	size_t end;
	enum err err;
};

static void
give_up(struct parsing *p, enum err err)
{
	if (p->err == ERR_OK)
		p->err = err;
	xmlStopParser(p->ctxt);
}

static void
count(struct parsing *p, uint32_t nodes)
{
	p->nodes += nodes;
	if (p->nodes > NODES_MAX)
		give_up(p, ERR_FULL);
}

static struct parsing *
parsing_of(void *user)
{
	return ((xmlParserCtxtPtr)user)->_private;
}

static bool
too_long(const xmlChar *name)
{
	return name != NULL && strlen((const char *)name) > NAME_MAX_BYTES;
}

static void
on_start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
	int n_ns, const xmlChar **ns, int n_attributes, int n_defaulted,
	const xmlChar **attributes)
{
	struct parsing *p = parsing_of(user);

	if (p->err != ERR_OK)
		return;
	count(p, 1 + (uint32_t)n_ns + (uint32_t)n_attributes);
	if (++p->depth > DEPTH_MAX) {
		give_up(p, ERR_FULL);
		return;
	}
	p->declared[p->depth] = (uint32_t)n_ns;
	p->scope += (uint32_t)n_ns;
	for (int i = 0; i < 2 * n_ns; i++)
		if (too_long(ns[i]))
			give_up(p, ERR_FULL);
	p->work += p->scope * p->scope;
	if (p->scope > SCOPE_MAX || p->work > WORK_MAX)
		give_up(p, ERR_FULL);
	if (p->err == ERR_OK)
		xmlSAX2StartElementNs(user, name, prefix, uri, n_ns, ns, n_attributes,
			n_defaulted, attributes);
}

static void
on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct parsing *p = parsing_of(user);
	long at;

	if (p->err != ERR_OK)
		return;
	xmlSAX2EndElementNs(user, name, prefix, uri);
	p->scope -= p->declared[p->depth];
	if (--p->depth > 0)
		return;
	at = xmlByteConsumed(p->ctxt);
	p->end = at > 0 ? (size_t)at : 0;
}

static void
on_comment(void *user, const xmlChar *text)
{
	count(parsing_of(user), 1);
	if (parsing_of(user)->err == ERR_OK)
		xmlSAX2Comment(user, text);
}

static void
on_instruction(void *user, const xmlChar *target, const xmlChar *data)
{
	count(parsing_of(user), 1);
	if (parsing_of(user)->err == ERR_OK)
		xmlSAX2ProcessingInstruction(user, target, data);
}

static void
on_cdata(void *user, const xmlChar *text, int len)
{
	count(parsing_of(user), 1);
	if (parsing_of(user)->err == ERR_OK)
		xmlSAX2CDataBlock(user, text, len);
}

static void
on_dtd(void *user, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name;
	(void)external;
	(void)system;
	give_up(parsing_of(user), ERR_FORMAT);
}

/* Libxml2 speaks of want of memory here, and would print what else it finds. */
struct listening {
	xmlStructuredErrorFunc old;
	xmlGenericErrorFunc old_words;
	void *old_user, *old_words_user;
	enum err told;
};

static void
on_error(void *user, xmlErrorPtr error)
{
	struct listening *l = user;

	if (error->code == XML_ERR_NO_MEMORY)
		l->told = ERR_NOMEM;
}

/* Its lists know no codes, and C14N goes on without those that it could not make. */
static void
on_words(void *user, const char *format, ...)
{
	struct listening *l = user;

	if (strstr(format, "memory") != NULL)
		l->told = ERR_NOMEM;
}

static void
listen_begin(struct listening *l)
{
	*l = (struct listening){xmlStructuredError, xmlGenericError,
		xmlStructuredErrorContext, xmlGenericErrorContext, ERR_OK};
	xmlSetStructuredErrorFunc(l, on_error);
	xmlSetGenericErrorFunc(l, on_words);
}

static void
listen_end(struct listening *l)
{
	xmlSetStructuredErrorFunc(l->old_user, l->old);
	xmlSetGenericErrorFunc(l->old_words_user, l->old_words);
}

/* Does the XML declaration at the start of `d` name this encoding? */
static bool
declares(struct bytes d, const char *name)
{
	const char *text = (const char *)d.at, *end, *at;
	size_t len = strlen(name);

	if (text == NULL || d.len < 5 || memcmp(text, "<?xml", 5) != 0)
		return false;
	end = memmem(text, d.len, "?>", 2);
	at = end != NULL ? memmem(text, (size_t)(end - text), "encoding", 8) : NULL;
	if (at == NULL)
		return false;
	for (at += 8; at < end && strchr(" \t\r\n=", *at) != NULL;)
		at++;
	return (size_t)(end - at) >= len + 2 && (*at == '"' || *at == '\'') &&
	       strncasecmp(at + 1, name, len) == 0 && at[len + 1] == *at;
}

/*
 * The encoding for libxml2, which is told to mind no other: what it has built in and no more, as it
 * loads modules from files for the rest. A declaration of another encoding leaves bytes that are no
 * UTF-8, or that UTF-8 reads as that encoding does.
 */
static const char *
encoding_of(struct bytes d)
{
	if (d.len >= 2 && d.at[0] == 0xff && d.at[1] == 0xfe)
		return "UTF-16LE";
	if (d.len >= 2 && d.at[0] == 0xfe && d.at[1] == 0xff)
		return "UTF-16BE";
	if (declares(d, "ISO-8859-1"))
		return "ISO-8859-1";
	return NULL;
}

/* Bytes that libxml2 would guess to be UCS-4, EBCDIC and the like, and ask for a converter. */
static bool
is_guesswork(struct bytes d)
{
	if (d.len < 4)
		return true;
	if (encoding_of(d) != NULL || memcmp(d.at, "\xef\xbb\xbf", 3) == 0)
		return false;
	return strchr("< \t\r\n", d.at[0]) == NULL || memchr(d.at, 0, 4) != NULL;
}

static void
set_handlers(struct parsing *p)
{
	xmlSAXHandler *sax = p->ctxt->sax;

	p->ctxt->_private = p;
	sax->startElementNs = on_start;
	sax->endElementNs = on_end;
	sax->comment = on_comment;
	sax->processingInstruction = on_instruction;
	sax->cdataBlock = on_cdata;
	sax->internalSubset = on_dtd;
	sax->serror = NULL;
}

/* NOENT: the five entities in attributes become text; with a DTD refused there are no others. */
static xmlDocPtr
parse_heard(struct parsing *p, struct bytes document, const char *encoding)
{
	xmlDocPtr doc;

	p->ctxt = xmlNewParserCtxt();
	if (p->ctxt == NULL) {
		p->err = ERR_NOMEM;
		return NULL;
	}
	set_handlers(p);
	doc = xmlCtxtReadMemory(p->ctxt, (const char *)document.at, (int)document.len, NULL,
		encoding,
		XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC |
			XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (doc == NULL && p->err == ERR_OK)
		p->err = ERR_FORMAT;
	xmlFreeParserCtxt(p->ctxt);
	return doc;
}

static xmlDocPtr
parse(struct parsing *p, struct bytes document, const char *encoding)
{
	struct listening l;
	xmlDocPtr doc;

	listen_begin(&l);
	doc = parse_heard(p, document, encoding);
	listen_end(&l);
	if (l.told != ERR_OK)
		p->err = l.told;
	if (p->err == ERR_OK)
		return doc;
	xmlFreeDoc(doc);
	return NULL;
}

/* ---- what is in it ---- */

bool
dsig_is(const xmlNode *n, const char *name)
{
	return n->type == XML_ELEMENT_NODE && n->ns != NULL &&
	       strcmp((const char *)n->ns->href, DSIG_NS) == 0 &&
	       strcmp((const char *)n->name, name) == 0;
}

static bool
is_alert(const xmlNode *root)
{
	static const char *const cap[] = {"urn:oasis:names:tc:emergency:cap:1.2",
		"urn:oasis:names:tc:emergency:cap:1.1", "http://www.incident.com/cap/1.0"};

	if (root->ns == NULL || strcmp((const char *)root->name, "alert") != 0)
		return false;
	for (size_t i = 0; i < sizeof cap / sizeof *cap; i++)
		if (strcmp((const char *)root->ns->href, cap[i]) == 0)
			return true;
	return false;
}

/* A reader that takes the first part of such a value for the whole reads another message. */
static bool
is_split(const xmlNode *element)
{
	bool comment = false, text = false;

	for (const xmlNode *n = element->children; n != NULL; n = n->next) {
		comment = comment || n->type == XML_COMMENT_NODE;
		text = text ||
		       ((n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) &&
			       !xmlIsBlankNode(n));
	}
	return comment && text;
}

static void
look_at(struct dsig_doc *d, xmlNodePtr n)
{
	d->split = d->split || is_split(n);
	if (dsig_is(n, "Signature"))
		d->misplaced++;
}

/* In the order of the document, all elements below the root but those in its Signatures. */
static void
look_through(struct dsig_doc *d)
{
	xmlNodePtr n = d->root->children;

	d->split = is_split(d->root);
	while (n != NULL) {
		bool own = n->parent == d->root && dsig_is(n, "Signature");

		if (own && d->count < DSIG_MAX)
			d->signature[d->count++] = n;
		else if (own)
			d->left_out++;
		else if (n->type == XML_ELEMENT_NODE)
			look_at(d, n);
		if (!own && n->type == XML_ELEMENT_NODE && n->children != NULL) {
			n = n->children;
			continue;
		}
		while (n != d->root && n->next == NULL)
			n = n->parent;
		n = n == d->root ? NULL : n->next;
	}
}

/* From behind ">" back to the "<" of the end tag. */
static size_t
tag_begin(struct bytes document, size_t end)
{
	if (end > document.len)
		return 0;
	while (end > 0 && document.at[end - 1] != '<')
		end--;
	return end > 0 ? end - 1 : 0;
}

enum err
dsig_doc_read(struct dsig_doc *out, struct bytes document)
{
	struct parsing p = {0};
	struct dsig_doc d = {0};
	const char *encoding;

	*out = d;
	if (document.len > BYTES_MAX)
		return ERR_FULL;
	if (is_guesswork(document))
		return ERR_FORMAT;
	encoding = encoding_of(document);
	d.doc = parse(&p, document, encoding);
	if (p.err != ERR_OK)
		return p.err;
	d.root = xmlDocGetRootElement(d.doc);
	if (d.root == NULL || !is_alert(d.root) || d.doc->version == NULL ||
		strcmp((const char *)d.doc->version, "1.0") != 0) {
		dsig_doc_free(&d);
		return ERR_FORMAT;
	}
	look_through(&d);
	d.end = encoding == NULL ? tag_begin(document, p.end) : 0;
	*out = d;
	return ERR_OK;
}

void
dsig_doc_free(struct dsig_doc *d)
{
	if (d->doc != NULL)
		xmlFreeDoc(d->doc);
	d->doc = NULL;
}

void
dsig_value(struct buffer *out, bool *found, const struct dsig_doc *d, const char *name)
{
	const xmlNode *it = NULL;
	unsigned times = 0;

	for (const xmlNode *n = d->root->children; n != NULL; n = n->next)
		if (n->type == XML_ELEMENT_NODE && n->ns != NULL &&
			xmlStrEqual(n->ns->href, d->root->ns->href) != 0 &&
			strcmp((const char *)n->name, name) == 0) {
			it = n;
			times++;
		}
	*found = times == 1;
	if (!*found)
		return;
	for (const xmlNode *n = it->children; n != NULL; n = n->next)
		if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
			write_text(out, (const char *)n->content);
}

/* ---- canonical form ---- */

struct writing {
	const xmlNode *only; /* write nothing outside of it; NULL: the whole document */
	const xmlNode *const *cut;
	size_t cuts;
	EVP_MD_CTX *digest; /* one of these two takes what is written */
	struct buffer *bytes;
	size_t left;
	enum err err;
};

/* Libxml2 asks for each node; attributes and namespaces stand with their element. */
static int
is_visible(void *user, xmlNodePtr node, xmlNodePtr parent)
{
	const struct writing *w = user;
	bool beside = node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE;
	bool inside = w->only == NULL;

	/* Over the limit: C14N knows no other way to stop. */
	if (w->err != ERR_OK)
		return 0;
	for (const xmlNode *n = beside ? parent : node; n != NULL; n = n->parent) {
		inside = inside || n == w->only;
		for (size_t i = 0; i < w->cuts; i++)
			if (n == w->cut[i])
				return 0;
	}
	return inside;
}

static int
on_write(void *user, const char *text, int len)
{
	struct writing *w = user;

	if (w->err != ERR_OK)
		return -1;
	if ((size_t)len > w->left) {
		w->err = ERR_FULL;
		return -1;
	}
	w->left -= (size_t)len;
	if (w->bytes != NULL) {
		write_bytes(w->bytes, text, (size_t)len);
		w->err = w->bytes->err;
	} else if (EVP_DigestUpdate(w->digest, text, (size_t)len) != 1) {
		w->err = ERR_NOMEM;
	}
	return len;
}

static enum err
canonicalise(struct writing *w, const struct dsig_doc *d, struct dsig_canon canon)
{
	struct listening l;
	xmlOutputBufferPtr to;
	int written = -1, closed = -1;

	listen_begin(&l);
	to = xmlOutputBufferCreateIO(on_write, NULL, w, NULL);
	if (to != NULL) {
		written = xmlC14NExecute(
			d->doc, is_visible, w, canon.mode, NULL, canon.comments, to);
		closed = xmlOutputBufferClose(to);
	}
	listen_end(&l);
	if (to == NULL || l.told != ERR_OK)
		return ERR_NOMEM;
	if (w->err != ERR_OK)
		return w->err;
	return written < 0 || closed < 0 ? ERR_FORMAT : ERR_OK;
}

enum err
dsig_digest(uint8_t out[EVP_MAX_MD_SIZE], const struct dsig_doc *d, enum dsig_cut cut,
	size_t own, struct dsig_canon canon, const EVP_MD *md)
{
	const xmlNode *nodes[DSIG_MAX] = {NULL};
	struct writing w = {
		.cut = nodes, .left = CANONICAL_MAX, .digest = EVP_MD_CTX_new()};
	enum err err = ERR_NOMEM;

	for (size_t i = 0; i < d->count; i++)
		if (cut == DSIG_CUT_ALL || i == own)
			nodes[w.cuts++] = d->signature[i];
	/* URI "" is the document without comments, whatever transform follows (XML Signature 4.4.3.3) */
	canon.comments = false;
	if (w.digest != NULL && EVP_DigestInit_ex(w.digest, md, NULL) == 1) {
		err = canonicalise(&w, d, canon);
		if (err == ERR_OK && EVP_DigestFinal_ex(w.digest, out, NULL) != 1)
			err = ERR_NOMEM;
	}
	EVP_MD_CTX_free(w.digest);
	return err;
}

enum err
dsig_canonical(struct buffer *out, const struct dsig_doc *d, xmlNodePtr element,
	struct dsig_canon canon)
{
	struct writing w = {.only = element, .bytes = out, .left = 1 << 16};

	return canonicalise(&w, d, canon);
}
