/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_tree_json.c: elements become members, in the order of the document. */
#include "cli/cap_tree_json.h"

#include "cli/cap_words.h"

#include <string.h>

static bool
may_be_repeated(const char *name)
{
	static const char *const many[] = {"code", "info", "category", "responseType",
		"eventCode", "parameter", "resource", "area", "polygon", "circle",
		"geocode"};

	for (size_t i = 0; i < sizeof many / sizeof *many; i++)
		if (strcmp(name, many[i]) == 0)
			return true;
	return false;
}

static json_t *
text_json(const struct cap_node *n)
{
	struct bytes text = cap_trimmed(n);

	return json_stringn((const char *)text.at, text.len);
}

/* A second one of a name that stands only once by the standard makes a list of both. */
static void
add(json_t *o, const char *name, json_t *value)
{
	json_t *there = json_object_get(o, name);

	if (there == NULL && !may_be_repeated(name)) {
		json_object_set_new(o, name, value);
		return;
	}
	if (!json_is_array(there)) {
		json_t *list = json_array();

		if (there != NULL)
			json_array_append(list, there);
		json_object_set_new(o, name, list);
		there = list;
	}
	json_array_append_new(there, value);
}

/* The depth is bounded where the tree was read. */
static json_t *
node_json(const struct cap_node *n, enum cap_space space)
{
	json_t *o;

	if (n->first == NULL)
		return text_json(n);
	o = json_object();
	for (const struct cap_node *child = n->first; child != NULL; child = child->next)
		if (child->space == space)
			add(o, child->name, node_json(child, space));
	return o;
}

json_t *
cap_document_json(const char *path, const struct cap_document *d)
{
	const struct cap_node *root = d->tree.root;
	json_t *o = json_object();

	json_object_set_new(o, "file", words_json(path));
	json_object_set_new(o, "format", json_string(cap_format_name(d->tree.format)));
	json_object_set_new(o, "verdict", json_string(cap_verdict_name(d->verdict)));
	if (d->tree.format != CAP_FORMAT_12 && d->tree.format != CAP_FORMAT_11 &&
		d->tree.format != CAP_FORMAT_10)
		return o;
	json_object_set_new(
		o, "signature", json_string(cap_signed_name(cap_document_signed(d))));
	json_object_set_new(o, "alert", node_json(root, root->space));
	return o;
}
