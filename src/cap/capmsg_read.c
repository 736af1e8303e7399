/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capmsg_read.c: CAP 1.2 from XML, element by element; no tree of a stranger's is built. */
#include "cap/shape.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <string.h>

#define DSIG_NAMESPACE "http://www.w3.org/2000/09/xmldsig#"

enum { NEST = 4 }; /* alert, info, area, geocode */

/* An element that holds elements and is still open. */
struct open {
	const struct shape *shape;
	void *place;
	size_t next;   /* fields before this one may not come any more */
	uint64_t seen; /* a bit a field */
};

struct reading {
	xmlParserCtxtPtr ctxt;
	struct arena *arena;
	struct fault *fault;
	struct capmsg msg;
	struct open open[NEST];
	size_t nest;			/* how many are open */
	const struct shape_field *text; /* the text element that is open, if any */
	unsigned skip;			/* depth inside what is passed over */
	unsigned depth;
	bool rooted;
	struct buffer chars;
	enum err err; /* the first error; its sentence stands */
	bool fatal;   /* … unless it was about one element and the whole is worse */
};

static void refuse(struct reading *r, enum err err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Keep the first complaint and where it was. */
static void
refuse(struct reading *r, enum err err, const char *format, ...)
{
	char text[400];
	va_list ap;

	if (r->err != ERR_OK)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	r->err = fault_set(r->fault, err, "line %d, column %d: %s",
		xmlSAX2GetLineNumber(r->ctxt), xmlSAX2GetColumnNumber(r->ctxt), text);
}

/* What concerns the whole document is told instead of what was wrong with an element. */
static void
refuse_whole(struct reading *r, enum err err, const char *text)
{
	if (r->fatal)
		return;
	r->fatal = true;
	r->err = ERR_OK;
	refuse(r, err, "%s", text);
}

static void
give_up(struct reading *r, enum err err, const char *text)
{
	refuse_whole(r, err, text);
	xmlStopParser(r->ctxt);
}

static void
on_dtd(void *user, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name;
	(void)external;
	(void)system;
	give_up(user, ERR_REFUSED,
		"the message has a DTD (<!DOCTYPE …>): take it out; nothing behind it was "
		"read "
		"(rule 52)");
}

static void
on_error(void *user, xmlErrorPtr error)
{
	struct reading *r = user;
	const char *message = error->message == NULL ? "" : error->message;
	size_t len = strcspn(message, "\n");
	char text[300];

	if (error->level != XML_ERR_FATAL)
		return;
	snprintf(text, sizeof text, "not well-formed XML: %.*s (rule 1)",
		(int)(len > 200 ? 200 : len), message);
	refuse_whole(r, error->code == XML_ERR_NO_MEMORY ? ERR_NOMEM : ERR_FORMAT, text);
}

static bool
is(const xmlChar *text, const char *expected)
{
	return text != NULL && strcmp((const char *)text, expected) == 0;
}

/* Libxml2 hands names over as they stand; cut what will not fit into a sentence. */
static const char *
shown(const xmlChar *text)
{
	return text == NULL ? "none" : (const char *)text;
}

static void
start_root(struct reading *r, const xmlChar *name, const xmlChar *uri)
{
	r->rooted = true;
	if (is(name, "alert") && is(uri, CAP_NAMESPACE)) {
		r->open[0] = (struct open){&shape_alert, &r->msg, 0, 0};
		r->nest = 1;
		return;
	}
	if (is(uri, "urn:oasis:names:tc:emergency:cap:1.1") ||
		is(uri, "http://www.incident.com/cap/1.0"))
		refuse(r, ERR_VERSION,
			"this is CAP of another version (namespace %.100s); only CAP 1.2 "
			"is read",
			shown(uri));
	else
		refuse(r, ERR_FORMAT,
			"not a CAP 1.2 message: the root is <%.60s> in namespace %.100s, "
			"not "
			"<alert> in " CAP_NAMESPACE " (rule 1)",
			shown(name), shown(uri));
	r->fatal = true;
	xmlStopParser(r->ctxt);
}

static size_t
field_named(const struct shape *shape, const xmlChar *name)
{
	size_t i = 0;

	while (i < shape->fields && !is(name, shape->field[i].name))
		i++;
	return i;
}

/* Is a child called `name` allowed here and now? Its field; NULL if not known at all. */
static const struct shape_field *
take_child(struct reading *r, struct open *o, const xmlChar *name, const xmlChar *uri)
{
	size_t i = field_named(o->shape, name);
	const struct shape_field *f;

	if (i == o->shape->fields || !is(uri, CAP_NAMESPACE)) {
		refuse(r, ERR_REFUSED,
			"<%.60s> (namespace %.80s) has no place in <%s> (rule %d)",
			shown(name), shown(uri), o->shape->name, o->shape->rule);
		return NULL;
	}
	f = &o->shape->field[i];
	if (i < o->next)
		refuse(r, ERR_REFUSED, "<%s> must stand before <%s> in <%s> (rule %d)",
			f->name,
			o->next > o->shape->fields ? "Signature"
						   : o->shape->field[o->next].name,
			o->shape->name, o->shape->rule);
	else if (f->kind == SHAPE_TEXT && (o->seen >> i & 1) != 0)
		refuse(r, ERR_REFUSED, "<%s> stands twice in <%s> (rule %d)", f->name,
			o->shape->name, f->required ? f->required : o->shape->rule);
	else
		o->next = i;
	o->seen |= UINT64_C(1) << i;
	return f;
}

static void
open_struct(struct reading *r, const struct shape_field *f, void *parent)
{
	void *place = shape_add(f, parent, r->arena, NULL);

	if (place == NULL || r->nest == NEST) {
		give_up(r, ERR_NOMEM, "out of memory");
		return;
	}
	r->open[r->nest++] = (struct open){f->shape, place, 0, 0};
}

static void
start_child(struct reading *r, const xmlChar *name, const xmlChar *uri)
{
	struct open *o = &r->open[r->nest - 1];
	const struct shape_field *f;

	if (o->shape == &shape_alert && is(name, "Signature") && is(uri, DSIG_NAMESPACE)) {
		r->msg.signatures++;
		o->next = o->shape->fields + 1;
		r->skip = 1;
		return;
	}
	f = take_child(r, o, name, uri);
	if (f == NULL) {
		r->skip = 1;
		return;
	}
	if (f->shape != NULL) {
		open_struct(r, f, o->place);
		return;
	}
	r->text = f;
	buffer_clear(&r->chars);
}

static void
on_start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
	int n_ns, const xmlChar **ns, int n_attributes, int n_defaulted,
	const xmlChar **attributes)
{
	struct reading *r = user;

	(void)prefix;
	(void)n_ns;
	(void)ns;
	(void)n_attributes;
	(void)n_defaulted;
	(void)attributes;
	if (++r->depth > CAPMSG_DEPTH_MAX) {
		give_up(r, ERR_RANGE, "elements are nested deeper than 32");
	} else if (r->skip > 0) {
		r->skip++;
	} else if (!r->rooted) {
		start_root(r, name, uri);
	} else if (r->text != NULL) {
		refuse(r, ERR_REFUSED,
			"<%.60s> inside <%s>: only text may stand there (rule %d)",
			shown(name), r->text->name, r->open[r->nest - 1].shape->rule);
		r->skip = 1;
	} else if (r->nest > 0) {
		start_child(r, name, uri);
	}
}

static void
check_complete(struct reading *r, const struct open *o)
{
	for (size_t i = 0; i < o->shape->fields; i++) {
		const struct shape_field *f = &o->shape->field[i];

		if (f->required != 0 && (o->seen >> i & 1) == 0)
			refuse(r, ERR_REFUSED,
				"<%s> is missing in <%s> that ends here (rule %d)", f->name,
				o->shape->name, f->required);
	}
}

static void
end_text(struct reading *r)
{
	struct open *o = &r->open[r->nest - 1];
	char *text = arena_text(r->arena, buffer_text(&r->chars), r->chars.len);

	if (text == NULL || r->chars.err != ERR_OK ||
		shape_add(r->text, o->place, r->arena, text) == NULL)
		give_up(r, ERR_NOMEM, "out of memory");
	r->text = NULL;
}

static void
on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct reading *r = user;

	(void)name;
	(void)prefix;
	(void)uri;
	if (r->depth > 0)
		r->depth--;
	if (r->skip > 0) {
		r->skip--;
	} else if (r->text != NULL) {
		end_text(r);
	} else if (r->nest > 0) {
		check_complete(r, &r->open[r->nest - 1]);
		r->nest--;
	}
}

static void
on_chars(void *user, const xmlChar *chars, int len)
{
	struct reading *r = user;

	if (r->skip > 0 || r->nest == 0)
		return;
	if (r->text != NULL) {
		write_bytes(&r->chars, chars, (size_t)len);
		return;
	}
	for (int i = 0; i < len; i++) {
		if (strchr(" \t\r\n", chars[i]) == NULL) {
			refuse(r, ERR_REFUSED, "loose text in <%s> (rule %d)",
				r->open[r->nest - 1].shape->name,
				r->open[r->nest - 1].shape->rule);
			return;
		}
	}
}

/* Every handler is ours, so nothing is fetched, defined or built behind our back. */
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

static enum err
parse(struct reading *r, const void *at, size_t len)
{
	r->ctxt = xmlCreateMemoryParserCtxt(at, (int)len);
	if (r->ctxt == NULL)
		return fault_set(r->fault, ERR_NOMEM, "out of memory");
	set_handlers(r->ctxt->sax);
	r->ctxt->userData = r;
	xmlCtxtUseOptions(r->ctxt, XML_PARSE_NONET | XML_PARSE_COMPACT);
	xmlParseDocument(r->ctxt);
	if (r->err == ERR_OK && (r->ctxt->wellFormed == 0 || !r->rooted || r->depth > 0))
		refuse_whole(r, ERR_FORMAT, "not well-formed XML (rule 1)");
	if (r->ctxt->myDoc != NULL)
		xmlFreeDoc(r->ctxt->myDoc);
	r->ctxt->myDoc = NULL;
	xmlFreeParserCtxt(r->ctxt);
	buffer_free(&r->chars);
	return r->err;
}

enum err
capmsg_read_max(struct capmsg *out, struct arena *arena, const void *at, size_t len,
	size_t max, struct fault *fault)
{
	struct reading r = {.arena = arena, .fault = fault};
	enum err err;

	if (len > max || len > INT32_MAX)
		return fault_set(fault, ERR_FULL,
			"the message has %zu bytes; at most %zu are read", len, max);
	if (len == 0)
		return fault_set(fault, ERR_FORMAT, "the message is empty (rule 1)");
	err = parse(&r, at, len);
	if (err == ERR_OK)
		*out = r.msg;
	return err;
}

enum err
capmsg_read(struct capmsg *out, struct arena *arena, const void *at, size_t len,
	struct fault *fault)
{
	return capmsg_read_max(out, arena, at, len, CAPMSG_STRANGER_MAX, fault);
}
