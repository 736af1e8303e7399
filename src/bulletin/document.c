/* SPDX-License-Identifier: GPL-3.0-or-later */
/* document.c: signed texts to JSON and back. */
#include "bulletin/document.h"

#include "base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct hash
document_digest(const char *kind, struct bytes text)
{
	char tag[64];

	snprintf(tag, sizeof tag, "belfry-%s-1", kind);
	return hash_tagged(tag, text);
}

void
document_write(struct buffer *out, const struct document *d)
{
	json_t *o = json_object(), *list = json_array();
	char *text;

	json_object_set_new(
		o, "document", json_stringn((const char *)d->text.at, d->text.len));
	for (size_t i = 0; i < d->approval_count; i++) {
		struct buffer b64 = {0};

		base64_write(&b64, bytes_of(d->approval[i].signature.at, 64));
		json_array_append_new(
			list, json_pack("{s:i,s:s}", "key", d->approval[i].key, "signature",
				      buffer_text(&b64)));
		buffer_free(&b64);
	}
	json_object_set_new(o, "approvals", list);
	if (d->geometry.len > 0)
		json_object_set_new(o, "geometry",
			json_stringn((const char *)d->geometry.at, d->geometry.len));
	text = json_dumps(o, JSON_COMPACT);
	/* jansson takes only UTF-8: what is not has no field, and must not pass as empty. */
	if (json_object_get(o, "document") == NULL ||
		(d->geometry.len > 0 && json_object_get(o, "geometry") == NULL))
		out->err = out->err == ERR_OK ? ERR_FORMAT : out->err;
	else if (text != NULL)
		write_text(out, text);
	else if (out->err == ERR_OK)
		out->err = ERR_NOMEM;
	free(text);
	json_decref(o);
}

static enum err
approval_read(struct document_approval *out, const json_t *from, struct fault *fault)
{
	const char *text;
	struct buffer raw = {0};
	json_int_t key; /* a narrower one would take 4294967297 for 1 */
	enum err err;

	if (json_unpack((json_t *)from, "{s:I,s:s!}", "key", &key, "signature", &text) !=
			0 ||
		key < 1 || key > UINT16_MAX)
		return fault_set(fault, ERR_FORMAT,
			"approvals: each needs a key number and a signature, and nothing "
			"else");
	err = base64_read(&raw, text, strlen(text));
	if (err == ERR_OK && raw.len != sizeof out->signature.at)
		err = ERR_FORMAT;
	if (err == ERR_OK) {
		out->key = (uint16_t)key;
		memcpy(out->signature.at, raw.at, sizeof out->signature.at);
	} else {
		err = fault_set(fault, err,
			"approvals: the signature of key %d is not 64 bytes "
			"in base64",
			(int)key);
	}
	buffer_free(&raw);
	return err;
}

static enum err
fields_read(struct document *out, struct arena *arena, const json_t *o, struct fault *fault)
{
	const json_t *text = json_object_get(o, "document");
	const json_t *list = json_object_get(o, "approvals");
	const json_t *geometry = json_object_get(o, "geometry");
	char *copy;
	enum err err;

	if (!json_is_string(text) || !json_is_array(list) ||
		(geometry != NULL && !json_is_string(geometry)) ||
		json_object_size(o) != (geometry != NULL ? 3 : 2))
		return fault_set(fault, ERR_FORMAT,
			"a signed document has \"document\", \"approvals\", perhaps "
			"\"geometry\", and nothing else");
	if (json_array_size(list) > DOCUMENT_APPROVALS)
		return fault_set(
			fault, ERR_RANGE, "more than %d approvals", DOCUMENT_APPROVALS);
	copy = arena_text(arena, json_string_value(text), json_string_length(text));
	if (copy == NULL)
		return ERR_NOMEM;
	out->text = bytes_of(copy, json_string_length(text));
	if (geometry != NULL) {
		copy = arena_text(
			arena, json_string_value(geometry), json_string_length(geometry));
		if (copy == NULL)
			return ERR_NOMEM;
		out->geometry = bytes_of(copy, json_string_length(geometry));
	}
	out->approval_count = json_array_size(list);
	for (size_t i = 0; i < out->approval_count; i++) {
		err = approval_read(&out->approval[i], json_array_get(list, i), fault);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

enum err
document_read(
	struct document *out, struct arena *arena, struct bytes in, struct fault *fault)
{
	struct document d = {0};
	json_error_t where;
	json_t *o;
	enum err err;

	if (in.len > DOCUMENT_MAX)
		return fault_set(fault, ERR_RANGE, "longer than %d bytes", DOCUMENT_MAX);
	o = json_loadb((const char *)in.at, in.len, JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(o))
		err = fault_set(fault, ERR_FORMAT, "line %d, column %d: %s", where.line,
			where.column, o ? "not an object" : where.text);
	else
		err = fields_read(&d, arena, o, fault);
	json_decref(o);
	if (err == ERR_OK)
		*out = d;
	return err;
}
