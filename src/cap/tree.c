/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree.c: from bytes to elements, by libxml2's SAX2 parser; every handler is ours. */
#include "cap/tree.h"

#include "cap/tags.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

enum { NAMES_MET = 128, LONG_TEXT = 4096 };

struct reading {
	xmlParserCtxtPtr ctxt;
	struct arena *arena;
	struct cap_findings *findings;
	struct cap_limits limits;
	struct cap_tree tree;
	struct cap_node *open;
	struct buffer chars; /* of the open element since its last child */
	/* The parser keeps one copy of each name and URI: what was looked up once is known by it. */
	struct {
		const xmlChar *at;
		const char *name;
	} met[NAMES_MET];
	const xmlChar *uri;
	enum cap_space space;
	unsigned depth;
	bool stopped; /* the worst was told */
	enum err err;
};

/* ---- names and namespaces ---- */

static const char *const known[] = {"addresses", "alert", "altitude", "area", "areaDesc",
	"audience", "category", "ceiling", "certainty", "circle", "code", "contact",
	"derefUri", "description", "digest", "effective", "event", "eventCode", "expires",
	"geocode", "headline", "identifier", "incidents", "info", "instruction", "language",
	"mimeType", "msgType", "note", "onset", "parameter", "polygon", "references",
	"resource", "resourceDesc", "responseType", "restriction", "scope", "sender",
	"senderName", "sent", "severity", "size", "source", "status", "uri", "urgency",
	"value", "valueName", "web"};

static const char *
known_name(const char *name)
{
	size_t low = 0, high = sizeof known / sizeof *known;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = strcmp(name, known[mid]);

		if (order == 0)
			return known[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static enum cap_space
space_of(const xmlChar *uri)
{
	static const struct {
		const char *uri;
		enum cap_space space;
	} row[] = {{"urn:oasis:names:tc:emergency:cap:1.2", CAP_SPACE_12},
		{"urn:oasis:names:tc:emergency:cap:1.1", CAP_SPACE_11},
		{"http://www.incident.com/cap/1.0", CAP_SPACE_10},
		{"http://www.w3.org/2000/09/xmldsig#", CAP_SPACE_DSIG},
		{"http://www.w3.org/2005/Atom", CAP_SPACE_ATOM},
		{"urn:oasis:names:tc:emergency:EDXL:DE:1.0", CAP_SPACE_EDXL},
		{"urn:oasis:names:tc:emergency:EDXL:DE:2.0", CAP_SPACE_EDXL}};

	if (uri == NULL || uri[0] == '\0')
		return CAP_SPACE_NONE;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (strcmp((const char *)uri, row[i].uri) == 0)
			return row[i].space;
	return CAP_SPACE_OTHER;
}

static enum cap_format
format_of(const struct cap_node *root)
{
	if (strcmp(root->name, "alert") == 0)
		switch (root->space) {
		case CAP_SPACE_12:
			return CAP_FORMAT_12;
		case CAP_SPACE_11:
			return CAP_FORMAT_11;
		case CAP_SPACE_10:
			return CAP_FORMAT_10;
		case CAP_SPACE_NONE:
		case CAP_SPACE_DSIG:
		case CAP_SPACE_ATOM:
		case CAP_SPACE_EDXL:
		case CAP_SPACE_OTHER:
			return CAP_FORMAT_OTHER;
		}
	if (root->space == CAP_SPACE_ATOM &&
		(strcmp(root->name, "feed") == 0 || strcmp(root->name, "entry") == 0))
		return CAP_FORMAT_ATOM;
	if (root->space == CAP_SPACE_NONE && strcmp(root->name, "rss") == 0)
		return CAP_FORMAT_RSS;
	if (root->space == CAP_SPACE_EDXL &&
		(strcmp(root->name, "EDXLDistribution") == 0 ||
			strcmp(root->name, "edxlDistribution") == 0)) /* 1.0; 2.0 */
		return CAP_FORMAT_EDXL;
	return CAP_FORMAT_OTHER;
}

const char *
cap_format_name(enum cap_format format)
{
	static const char *const name[] = {"CAP 1.2", "CAP 1.1", "CAP 1.0", "Atom", "RSS",
		"EDXL-DE", "another XML document", "not XML"};

	return name[format];
}

/* ---- the end of it ---- */

/* Say the worst once, and read no further. */
static void
stop(struct reading *r, enum err err)
{
	r->stopped = true;
	r->err = err;
	xmlStopParser(r->ctxt);
}

static uint32_t
line_now(const struct reading *r)
{
	return r->ctxt->input != NULL ? (uint32_t)r->ctxt->input->line : 0;
}

static uint32_t
column_now(const struct reading *r)
{
	return r->ctxt->input != NULL ? (uint32_t)r->ctxt->input->col : 0;
}

static void
no_memory(struct reading *r)
{
	if (!r->stopped)
		stop(r, ERR_NOMEM);
}

static void
on_dtd(void *user, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	struct reading *r = user;

	(void)name;
	(void)external;
	(void)system;
	if (r->stopped)
		return;
	cap_find_at(r->findings, CAP_ERROR, 52, line_now(r), column_now(r),
		N_("The document has a DTD (<!DOCTYPE ...>); it could make readers fetch "
		   "files or "
		   "fill their memory. Take it out; nothing behind it was read."));
	stop(r, ERR_FORMAT);
}

static void
on_error(void *user, xmlErrorPtr error)
{
	struct reading *r = user;
	const char *message = error->message != NULL ? error->message : "";

	if (error->level != XML_ERR_FATAL || r->stopped)
		return;
	if (error->code == XML_ERR_NO_MEMORY) {
		no_memory(r);
		return;
	}
	cap_find_at(r->findings, CAP_ERROR, 1, (uint32_t)error->line, (uint32_t)error->int2,
		N_("This is not well-formed XML: %.*s. Mend it there; nothing behind it "
		   "was read."),
		(int)strcspn(message, "\n"), message);
	stop(r, ERR_FORMAT);
}

/* ---- elements ---- */

/* The parser stands behind the attributes: the "<" is the last one before. */
static void
place(struct reading *r, struct cap_node *n)
{
	const xmlParserInput *in = r->ctxt->input;
	const xmlChar *at = in->cur;
	uint32_t lines = 0, characters = 0;

	while (at > in->base && *at != '<') {
		at--;
		lines += *at == '\n';
		characters += (*at & 0xc0) != 0x80;
	}
	n->line = (uint32_t)in->line - lines;
	n->column = (uint32_t)in->col > characters ? (uint32_t)in->col - characters : 1;
	if (lines > 0) {
		const xmlChar *begin = at;

		for (n->column = 1; begin > in->base && begin[-1] != '\n'; begin--)
			n->column += (begin[-1] & 0xc0) != 0x80;
	}
}

/*
 * Text with elements between its parts: it is loose, and each time that it grows past a power of two
 * it moves to twice the room, so that 100,000 parts take no more than four times their length.
 */
static char *
join_text(struct arena *arena, struct cap_node *n, struct bytes more)
{
	size_t room = 64, need = n->text_len + more.len + 1;
	char *joined = (char *)n->text;

	while (room < n->text_len + 1)
		room *= 2;
	if (!n->loose || need > room) {
		while (room < need)
			room *= 2;
		joined = arena_alloc(arena, room);
		if (joined == NULL)
			return NULL;
		memcpy(joined, n->text, n->text_len);
	}
	memcpy(joined + n->text_len, more.at, more.len);
	joined[need - 1] = '\0';
	n->loose = true;
	return joined;
}

/* What was read since the last child, or the start tag, belongs to the open element. */
static void
text_end(struct reading *r)
{
	struct cap_node *n = r->open;
	struct buffer *b = &r->chars;
	char *joined;

	if (b->len == 0 || n == NULL)
		return;
	if (n->text_len == 0)
		joined = arena_text(r->arena, buffer_text(b), b->len);
	else
		joined = join_text(r->arena, n, buffer_bytes(b));
	if (joined == NULL) {
		no_memory(r);
		return;
	}
	n->text = joined;
	n->text_len += (uint32_t)b->len;
	buffer_clear(b);
}

static bool
is_blank(const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] != ' ' && at[i] != '\t' && at[i] != '\n' && at[i] != '\r')
			return false;
	return true;
}

/* Blanks between elements are not kept. */
static void
text_pause(struct reading *r)
{
	if (is_blank(r->chars.at, r->chars.len))
		buffer_clear(&r->chars);
	else
		text_end(r);
}

static void
join_parent(struct cap_node *parent, struct cap_node *n)
{
	if (parent->last != NULL)
		parent->last->next = n;
	else
		parent->first = n;
	parent->last = n;
	parent->children++;
}

static const char *
name_of(struct reading *r, const xmlChar *name)
{
	size_t at = ((uintptr_t)name >> 3) % NAMES_MET;

	if (r->met[at].at != name) {
		r->met[at].name = known_name((const char *)name);
		if (r->met[at].name == NULL)
			r->met[at].name = arena_text(
				r->arena, (const char *)name, strlen((const char *)name));
		r->met[at].at = r->met[at].name != NULL ? name : NULL;
	}
	return r->met[at].name;
}

static enum cap_space
space_now(struct reading *r, const xmlChar *uri)
{
	if (uri == NULL)
		return CAP_SPACE_NONE;
	if (uri != r->uri) {
		r->space = space_of(uri);
		r->uri = uri;
	}
	return r->space;
}

static struct cap_node *
node_new(struct reading *r, const xmlChar *name, const xmlChar *uri)
{
	struct cap_node *n = arena_alloc(r->arena, sizeof *n);

	if (n == NULL)
		return NULL;
	n->name = name_of(r, name);
	if (n->name == NULL)
		return NULL;
	n->text = "";
	n->space = space_now(r, uri);
	n->parent = r->open;
	place(r, n);
	return n;
}

static bool
within_limits(struct reading *r)
{
	if (++r->depth > r->limits.depth)
		cap_find_at(r->findings, CAP_ERROR, 1, line_now(r), column_now(r),
			N_("Elements are nested deeper than %u; a message never is. "
			   "Nothing "
			   "behind this was read."),
			r->limits.depth);
	else if (++r->tree.nodes > r->limits.nodes)
		cap_find_at(r->findings, CAP_ERROR, 1, line_now(r), column_now(r),
			N_("There are more than %u elements. Nothing behind this was "
			   "read."),
			(unsigned)r->limits.nodes);
	else
		return true;
	stop(r, ERR_FULL);
	return false;
}

/* XML Schema's prefix is xsi here, whatever it is in the document. */
static char *
attribute_name(
	struct arena *arena, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct buffer b = {0};
	char *copy;

	if (uri != NULL &&
		strcmp((const char *)uri, "http://www.w3.org/2001/XMLSchema-instance") == 0)
		prefix = (const xmlChar *)"xsi";
	if (prefix != NULL)
		write_format(&b, "%s:", (const char *)prefix);
	write_text(&b, (const char *)name);
	copy = b.err == ERR_OK ? arena_text(arena, buffer_text(&b), b.len) : NULL;
	buffer_free(&b);
	return copy;
}

/* Five pointers an attribute: name, prefix, namespace, begin and end of the value. */
static bool
attributes_add(struct reading *r, struct cap_node *n, int count, const xmlChar **five)
{
	struct cap_attribute *last = NULL;

	for (; count > 0; count--, five += 5) {
		struct cap_attribute *a = arena_alloc(r->arena, sizeof *a);

		if (a == NULL)
			return false;
		a->name = attribute_name(r->arena, five[0], five[1], five[2]);
		a->value = arena_text(
			r->arena, (const char *)five[3], (size_t)(five[4] - five[3]));
		if (a->name == NULL || a->value == NULL)
			return false;
		if (last != NULL)
			last->next = a;
		else
			n->attributes = a;
		last = a;
	}
	return true;
}

/* xsi:schemaLocation and its like may stand anywhere (XML Schema 1.0 part 1, section 2.6). */
static const char *
stray_attribute(const struct cap_node *n)
{
	const struct cap_attribute *a = n->attributes;

	while (a != NULL && (strcmp(a->name, "xsi:schemaLocation") == 0 ||
				    strcmp(a->name, "xsi:noNamespaceSchemaLocation") == 0))
		a = a->next;
	return a != NULL ? a->name : NULL;
}

static void
on_start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
	int n_ns, const xmlChar **ns, int n_attributes, int n_defaulted,
	const xmlChar **attributes)
{
	struct reading *r = user;
	struct cap_node *n;

	(void)prefix;
	(void)n_ns;
	(void)ns;
	(void)n_defaulted;
	if (r->stopped || !within_limits(r))
		return;
	text_pause(r);
	n = node_new(r, name, uri);
	if (n == NULL || !attributes_add(r, n, n_attributes, attributes)) {
		no_memory(r);
		return;
	}
	n->attribute = stray_attribute(n);
	if (r->open != NULL)
		join_parent(r->open, n);
	else
		r->tree.root = n;
	r->open = n;
}

static void
on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct reading *r = user;
	struct cap_node *n = r->open;

	(void)name;
	(void)prefix;
	(void)uri;
	if (r->stopped || n == NULL)
		return;
	if (n->first != NULL)
		text_pause(r);
	else
		text_end(r);
	n->loose = n->first != NULL && n->text_len > 0;
	r->open = n->parent;
	r->depth--;
}

/* A long text goes straight to its element; what follows is joined to it. */
static void
long_text(struct reading *r, const char *text, size_t len)
{
	char *copy = arena_text(r->arena, text, len);

	if (copy == NULL) {
		no_memory(r);
		return;
	}
	r->open->text = copy;
	r->open->text_len = (uint32_t)len;
}

static void
on_chars(void *user, const xmlChar *chars, int len)
{
	struct reading *r = user;

	if (r->stopped || r->open == NULL)
		return;
	if (len >= LONG_TEXT && r->chars.len == 0 && r->open->text_len == 0 &&
		!is_blank(chars, (size_t)len)) {
		long_text(r, (const char *)chars, (size_t)len);
		return;
	}
	write_bytes(&r->chars, chars, (size_t)len);
	if (r->chars.err != ERR_OK)
		no_memory(r);
}

static void
set_handlers(xmlSAXHandler *sax)
{
	memset(sax, 0, sizeof *sax);
	sax->initialized = XML_SAX2_MAGIC;
	sax->internalSubset = on_dtd;
	sax->startElementNs = on_start;
	sax->endElementNs = on_end;
	sax->characters = on_chars;
	sax->ignorableWhitespace = on_chars;
	sax->cdataBlock = on_chars;
	sax->serror = on_error;
}

static void
parse(struct reading *r, struct bytes document)
{
	r->ctxt = xmlCreateMemoryParserCtxt((const char *)document.at, (int)document.len);
	if (r->ctxt == NULL) {
		r->err = ERR_NOMEM;
		return;
	}
	set_handlers(r->ctxt->sax);
	r->ctxt->userData = r;
	xmlCtxtUseOptions(r->ctxt, XML_PARSE_NONET | XML_PARSE_COMPACT);
	xmlParseDocument(r->ctxt);
	if (!r->stopped && (r->ctxt->wellFormed == 0 || r->tree.root == NULL)) {
		cap_find_at(r->findings, CAP_ERROR, 1, line_now(r), column_now(r),
			N_("This is not well-formed XML."));
		r->err = ERR_FORMAT;
	}
	if (r->ctxt->myDoc != NULL)
		xmlFreeDoc(r->ctxt->myDoc);
	r->ctxt->myDoc = NULL;
	xmlFreeParserCtxt(r->ctxt);
	buffer_free(&r->chars);
}

static struct cap_limits
limits_or_default(const struct cap_limits *limits)
{
	struct cap_limits l = limits != NULL ? *limits : (struct cap_limits){0};

	l.bytes = l.bytes != 0 ? l.bytes : CAP_BYTES_MAX;
	l.depth = l.depth != 0 ? l.depth : CAP_DEPTH_MAX;
	l.nodes = l.nodes != 0 ? l.nodes : CAP_NODES_MAX;
	return l;
}

enum err
cap_tree_read(struct cap_tree *out, struct arena *arena, struct bytes document,
	const struct cap_limits *limits, struct cap_findings *findings)
{
	struct reading r = {
		.arena = arena, .findings = findings, .limits = limits_or_default(limits)};
	uint32_t line = 0;

	*out = (struct cap_tree){.format = CAP_FORMAT_NONE};
	if (document.len > r.limits.bytes || document.len > INT32_MAX) {
		cap_find(findings, CAP_ERROR, 1, NULL,
			N_("The document has %zu bytes; at most %zu are read."),
			document.len, r.limits.bytes);
		return ERR_FULL;
	}
	if (document.len == 0) {
		cap_find(findings, CAP_ERROR, 1, NULL, N_("The document is empty."));
		return ERR_FORMAT;
	}
	if (!cap_tags_are_short(document, &line)) {
		cap_find_at(findings, CAP_ERROR, 1, line, 1,
			N_("A tag has more than %u bytes; those of a message never have. "
			   "Nothing was read."),
			(unsigned)CAP_TAG_MAX);
		return ERR_FULL;
	}
	parse(&r, document);
	if (r.err != ERR_OK)
		return r.err;
	*out = r.tree;
	out->format = format_of(out->root);
	return ERR_OK;
}

/* ---- looking ---- */

static bool
is_it(const struct cap_node *n, enum cap_space space, const char *name)
{
	return n->space == space && strcmp(n->name, name) == 0;
}

struct cap_node *
cap_child(const struct cap_node *parent, enum cap_space space, const char *name)
{
	struct cap_node *n = parent != NULL ? parent->first : NULL;

	while (n != NULL && !is_it(n, space, name))
		n = n->next;
	return n;
}

struct cap_node *
cap_again(const struct cap_node *node)
{
	struct cap_node *n = node->next;

	while (n != NULL && !is_it(n, node->space, node->name))
		n = n->next;
	return n;
}

const char *
cap_attribute(const struct cap_node *node, const char *name)
{
	const struct cap_attribute *a = node->attributes;

	while (a != NULL && strcmp(a->name, name) != 0)
		a = a->next;
	return a != NULL ? a->value : NULL;
}

bool
cap_is_blank(const struct cap_node *node)
{
	return node->first == NULL && is_blank((const uint8_t *)node->text, node->text_len);
}

struct bytes
cap_trimmed(const struct cap_node *node)
{
	const uint8_t *at = (const uint8_t *)node->text;
	size_t len = node->text_len;

	while (len > 0 && is_blank(at, 1)) {
		at++;
		len--;
	}
	while (len > 0 && is_blank(at + len - 1, 1))
		len--;
	return bytes_of(at, len);
}

void
cap_xpath(struct buffer *out, const struct cap_node *node)
{
	unsigned before = 0;

	if (node->parent != NULL) {
		cap_xpath(out, node->parent);
		for (const struct cap_node *n = node->parent->first; n != node; n = n->next)
			before += is_it(n, node->space, node->name);
	}
	write_format(out, "/%s", node->name);
	if (before > 0 || (node->parent != NULL && cap_again(node) != NULL))
		write_format(out, "[%u]", before + 1);
}
