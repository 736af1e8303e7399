/* SPDX-License-Identifier: GPL-3.0-or-later */
/* envelope.c: feeds and envelopes, entry by entry. */
#include "cap/envelope.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

struct opening {
	struct arena *arena;
	struct cap_envelope *out;
	size_t room;
	struct cap_carried entry; /* what all that is in the open entry has in common */
	enum err err;
};

/* ---- looking ---- */

static const char *
text_of(struct opening *o, const struct cap_node *n)
{
	struct bytes text = n != NULL ? cap_trimmed(n) : bytes_of("", 0);
	const char *copy = arena_text(o->arena, (const char *)text.at, text.len);

	if (copy == NULL) {
		o->err = ERR_NOMEM;
		return "";
	}
	return copy;
}

static const char *
child_text(struct opening *o, const struct cap_node *parent, const char *name)
{
	return text_of(o, cap_child(parent, parent->space, name));
}

static const char *
attribute_or_none(const struct cap_node *n, const char *name)
{
	const char *value = cap_attribute(n, name);

	return value != NULL ? value : "";
}

/* The next element after `n` in the order of the document, within `top`; not into `n` if `over`. */
static const struct cap_node *
following(const struct cap_node *n, const struct cap_node *top, bool over)
{
	if (!over && n->first != NULL)
		return n->first;
	while (n != top && n->next == NULL)
		n = n->parent;
	return n == top ? NULL : n->next;
}

static bool
is_alert(const struct cap_node *n)
{
	return strcmp(n->name, "alert") == 0 &&
	       (n->space == CAP_SPACE_12 || n->space == CAP_SPACE_11 ||
		       n->space == CAP_SPACE_10);
}

/* The nearest xml:base around; RFC 4287 section 2. */
static const char *
base_of(const struct cap_node *n)
{
	const char *base = NULL;

	for (; n != NULL && base == NULL; n = n->parent)
		base = cap_attribute(n, "xml:base");
	return base != NULL ? base : "";
}

/* ---- finding ---- */

static struct cap_carried *
add(struct opening *o, enum cap_carries kind, const struct cap_node *at)
{
	struct cap_envelope *e = o->out;

	if (e->count == o->room) {
		size_t room = o->room != 0 ? 2 * o->room : 16;
		struct cap_carried *more = arena_alloc(o->arena, room * sizeof *more);

		if (more == NULL) {
			o->err = ERR_NOMEM;
			return NULL;
		}
		if (e->count > 0)
			memcpy(more, e->at, e->count * sizeof *more);
		e->at = more;
		o->room = room;
	}
	e->at[e->count] = o->entry;
	e->at[e->count].kind = kind;
	e->at[e->count].at = at;
	return &e->at[e->count++];
}

static void
add_link(struct opening *o, const struct cap_node *at, const char *uri, const char *type)
{
	struct cap_carried *c = uri[0] != '\0' ? add(o, CAP_CARRIES_LINK, at) : NULL;

	if (c == NULL)
		return;
	c->uri = uri;
	c->base = base_of(at);
	c->type = type;
}

static bool
add_alerts(struct opening *o, const struct cap_node *top)
{
	size_t before = o->out->count;
	const struct cap_node *n = top;

	while (n != NULL) {
		bool found = is_alert(n);

		if (found)
			(void)add(o, CAP_CARRIES_ALERT, n);
		n = following(n, top, found);
	}
	return o->out->count > before;
}

/* The base64 of an element as bytes of the arena; line ends and blanks in it do not count. */
static bool
decode(struct opening *o, const struct cap_node *n, struct bytes *out)
{
	struct buffer plain = {0}, bytes = {0};
	enum err err;

	for (uint32_t i = 0; i < n->text_len; i++)
		if (strchr(" \t\r\n", n->text[i]) == NULL)
			write_u8(&plain, (uint8_t)n->text[i]);
	err = plain.err != ERR_OK ? plain.err
				  : base64_read(&bytes, buffer_text(&plain), plain.len);
	if (err == ERR_OK) {
		char *copy = arena_text(o->arena, buffer_text(&bytes), bytes.len);

		err = copy != NULL ? ERR_OK : ERR_NOMEM;
		*out = bytes_of(copy, bytes.len);
	}
	buffer_free(&plain);
	buffer_free(&bytes);
	if (err == ERR_NOMEM)
		o->err = ERR_NOMEM;
	return err == ERR_OK;
}

static void
add_document(struct opening *o, const struct cap_node *at)
{
	struct bytes document;
	struct cap_carried *c;

	if (!decode(o, at, &document)) {
		o->out->broken++;
		return;
	}
	c = add(o, CAP_CARRIES_DOCUMENT, at);
	if (c != NULL)
		c->document = document;
}

/* ---- what is missing ---- */

static void
judge(struct opening *o, const struct cap_node *at, const char *id, const char *title,
	const char *updated)
{
	unsigned lacks = (id[0] == '\0' ? CAP_LACKS_ID : 0U) |
			 (title[0] == '\0' ? CAP_LACKS_TITLE : 0U) |
			 (updated[0] == '\0' ? CAP_LACKS_UPDATED : 0U);

	if (lacks != 0 && o->out->lacks == 0)
		o->out->lacking = at;
	o->out->lacks |= lacks;
}

/* ---- Atom ---- */

/* RFC 4287 section 4.1.3.3: base64, unless it is text or XML. */
static bool
is_base64_type(const char *type)
{
	size_t len = strlen(type);

	return strchr(type, '/') != NULL && strncasecmp(type, "text/", 5) != 0 &&
	       (len < 4 || (strcasecmp(type + len - 4, "+xml") != 0 &&
				   strcasecmp(type + len - 4, "/xml") != 0));
}

static bool
promises_cap(const char *type)
{
	return strncasecmp(type, "application/cap+xml", 19) == 0;
}

/* Section 4.2.7.2: a link without rel leads to the entry itself. */
static bool
is_alternate(const struct cap_node *link)
{
	const char *rel = attribute_or_none(link, "rel");

	return rel[0] == '\0' || strcmp(rel, "alternate") == 0;
}

static void
add_atom_links(struct opening *o, const struct cap_node *entry)
{
	const struct cap_node *first = cap_child(entry, CAP_SPACE_ATOM, "link");
	const struct cap_node *content = cap_child(entry, CAP_SPACE_ATOM, "content");
	bool promised = false;

	for (const struct cap_node *l = first; l != NULL; l = cap_again(l))
		promised |= promises_cap(attribute_or_none(l, "type"));
	for (const struct cap_node *l = first; l != NULL; l = cap_again(l)) {
		const char *type = attribute_or_none(l, "type");

		if (promised ? promises_cap(type) : is_alternate(l))
			add_link(o, l, attribute_or_none(l, "href"), type);
	}
	if (content != NULL)
		add_link(o, content, attribute_or_none(content, "src"),
			attribute_or_none(content, "type"));
}

static void
open_atom_entry(struct opening *o, const struct cap_node *entry)
{
	const struct cap_node *content = cap_child(entry, CAP_SPACE_ATOM, "content");

	o->out->entries++;
	o->entry = (struct cap_carried){.entry = entry,
		.id = child_text(o, entry, "id"),
		.title = child_text(o, entry, "title"),
		.updated = child_text(o, entry, "updated"),
		.uri = "",
		.base = "",
		.type = ""};
	judge(o, entry, o->entry.id, o->entry.title, o->entry.updated);
	if (add_alerts(o, entry))
		return;
	if (content != NULL && content->text_len > 0 &&
		is_base64_type(attribute_or_none(content, "type")))
		add_document(o, content);
	else
		add_atom_links(o, entry);
}

static void
open_atom(struct opening *o, const struct cap_node *root)
{
	o->out->id = child_text(o, root, "id");
	o->out->title = child_text(o, root, "title");
	o->out->updated = child_text(o, root, "updated");
	if (strcmp(root->name, "feed") == 0)
		judge(o, root, o->out->id, o->out->title, o->out->updated);
	if (strcmp(root->name, "entry") == 0)
		open_atom_entry(o, root);
	else
		for (const struct cap_node *n = cap_child(root, CAP_SPACE_ATOM, "entry");
			n != NULL; n = cap_again(n))
			open_atom_entry(o, n);
}

/* ---- RSS ---- */

static void
open_rss_item(struct opening *o, const struct cap_node *item)
{
	const struct cap_node *enclosure = cap_child(item, CAP_SPACE_NONE, "enclosure");
	const struct cap_node *link = cap_child(item, CAP_SPACE_NONE, "link");

	o->out->entries++;
	o->entry = (struct cap_carried){.entry = item,
		.id = child_text(o, item, "guid"),
		.title = child_text(o, item, "title"),
		.updated = child_text(o, item, "pubDate"),
		.uri = "",
		.base = "",
		.type = ""};
	if (add_alerts(o, item))
		return;
	if (enclosure != NULL && promises_cap(attribute_or_none(enclosure, "type")))
		add_link(o, enclosure, attribute_or_none(enclosure, "url"),
			attribute_or_none(enclosure, "type"));
	else if (link != NULL)
		add_link(o, link, text_of(o, link), "");
}

/* Some feeds put a link of Atom's form, without text, before the real one; it is no item's. */
static void
open_rss(struct opening *o, const struct cap_node *root)
{
	const struct cap_node *channel = cap_child(root, CAP_SPACE_NONE, "channel");

	if (channel == NULL) {
		o->out->lacks = CAP_LACKS_CHANNEL;
		o->out->lacking = root;
		return;
	}
	o->out->title = child_text(o, channel, "title");
	o->out->updated = child_text(o, channel, "lastBuildDate");
	if (o->out->updated[0] == '\0')
		o->out->updated = child_text(o, channel, "pubDate");
	o->out->id = child_text(o, channel, "link");
	judge(o, channel, "-", o->out->title, "-");
	for (const struct cap_node *n = cap_child(channel, CAP_SPACE_NONE, "item");
		n != NULL; n = cap_again(n))
		open_rss_item(o, n);
}

/* ---- EDXL-DE ---- */

/* DE 1.0 writes contentObject, DE 2.0's first drafts ContentObject. */
static bool
is_called(const struct cap_node *n, const char *name)
{
	return n->space == CAP_SPACE_EDXL && strcasecmp(n->name, name) == 0;
}

static const struct cap_node *
edxl_child(const struct cap_node *parent, const char *name)
{
	const struct cap_node *n = parent->first;

	while (n != NULL && !is_called(n, name))
		n = n->next;
	return n;
}

/* Of nonXMLContent (1.0) and otherContent (2.0): is it a document that may be an alert? */
static bool
may_be_alert(struct opening *o, const struct cap_node *content)
{
	const char *type = text_of(o, edxl_child(content, "mimeType"));
	size_t len = strlen(type);

	return len >= 3 && strcasecmp(type + len - 3, "xml") == 0;
}

static void
open_edxl_content(struct opening *o, const struct cap_node *object)
{
	o->out->entries++;
	o->entry = (struct cap_carried){.entry = object,
		.id = o->out->id,
		.title = text_of(o, edxl_child(object, "contentDescription")),
		.updated = o->out->updated,
		.uri = "",
		.base = "",
		.type = ""};
	if (add_alerts(o, object))
		return;
	for (const struct cap_node *n = object; n != NULL;
		n = following(n, object, false)) {
		const struct cap_node *data, *uri;

		if ((!is_called(n, "nonXMLContent") && !is_called(n, "otherContent")) ||
			!may_be_alert(o, n))
			continue;
		data = edxl_child(n, "contentData");
		uri = edxl_child(n, "uri");
		if (data != NULL && !cap_is_blank(data))
			add_document(o, data);
		else if (uri != NULL)
			add_link(o, uri, text_of(o, uri),
				text_of(o, edxl_child(n, "mimeType")));
	}
}

static void
open_edxl(struct opening *o, const struct cap_node *root)
{
	const struct cap_node *n = root;

	o->out->id = text_of(o, edxl_child(root, "distributionID"));
	o->out->updated = text_of(o, edxl_child(root, "dateTimeSent"));
	judge(o, root, o->out->id, "-", o->out->updated);
	while (n != NULL) {
		bool object = is_called(n, "contentObject");

		if (object)
			open_edxl_content(o, n);
		n = following(n, root, object);
	}
}

enum err
cap_envelope_open(
	struct cap_envelope *out, struct arena *arena, const struct cap_tree *tree)
{
	struct opening o = {.arena = arena, .out = out};

	*out = (struct cap_envelope){
		.format = tree->format, .id = "", .title = "", .updated = ""};
	switch (tree->format) {
	case CAP_FORMAT_ATOM:
		open_atom(&o, tree->root);
		return o.err;
	case CAP_FORMAT_RSS:
		open_rss(&o, tree->root);
		return o.err;
	case CAP_FORMAT_EDXL:
		open_edxl(&o, tree->root);
		return o.err;
	case CAP_FORMAT_12:
	case CAP_FORMAT_11:
	case CAP_FORMAT_10:
	case CAP_FORMAT_OTHER:
	case CAP_FORMAT_NONE:
		break;
	}
	return ERR_UNKNOWN;
}
