/* SPDX-License-Identifier: GPL-3.0-or-later */
/* object.c: the JSON around the signed texts. */
#include "bulletin/lines.h"

#include "base/text.h"

#include <string.h>

enum err
object_read(json_t **out, const char *json, size_t len, size_t max, struct fault *fault)
{
	json_error_t where;
	json_t *object;

	if (len > max)
		return fault_set(fault, ERR_RANGE, "longer than %zu bytes", max);
	object = json_loadb(json, len, JSON_REJECT_DUPLICATES, &where);
	if (object == NULL)
		return fault_set(
			fault, ERR_FORMAT, "column %d: %s", where.column, where.text);
	if (json_typeof(object) != JSON_OBJECT) {
		json_decref(object);
		return fault_set(fault, ERR_FORMAT, "not a JSON object");
	}
	*out = object;
	return ERR_OK;
}

enum err
object_text(struct bytes *out, const json_t *object, const char *key, struct fault *fault)
{
	const json_t *text = json_object_get(object, key);

	if (!json_is_string(text))
		return fault_set(fault, ERR_FORMAT, "no text under \"%s\"", key);
	*out = bytes_of(json_string_value(text), json_string_length(text));
	return ERR_OK;
}

enum err
base64_exact(void *out, size_t len, struct bytes text)
{
	struct buffer raw = {0};
	enum err err;

	if (text.len != (len + 2) / 3 * 4)
		return ERR_FORMAT;
	err = base64_read(&raw, (const char *)text.at, text.len);
	if (err == ERR_OK && raw.len != len)
		err = ERR_FORMAT;
	if (err == ERR_OK)
		memcpy(out, raw.at, len);
	buffer_free(&raw);
	return err;
}

enum err
object_base64(
	void *out, size_t len, const json_t *object, const char *key, struct fault *fault)
{
	struct bytes text;
	enum err err = object_text(&text, object, key, fault);

	if (err != ERR_OK)
		return err;
	err = base64_exact(out, len, text);
	if (err != ERR_OK)
		return fault_set(fault, err, "\"%s\" is not %zu bytes in base64", key, len);
	return ERR_OK;
}

enum err
object_hashes(struct proof *out, const json_t *object, const char *key, struct fault *fault)
{
	const json_t *list = json_object_get(object, key);
	struct proof hashes = {.count = json_array_size(list)};

	if (!json_is_array(list))
		return fault_set(fault, ERR_FORMAT, "no list under \"%s\"", key);
	if (hashes.count > TREE_PROOF_MAX)
		return fault_set(fault, ERR_RANGE, "too many hashes under \"%s\"", key);
	for (size_t i = 0; i < hashes.count; i++) {
		const json_t *text = json_array_get(list, i);
		enum err err =
			json_typeof(text) != JSON_STRING
				? ERR_FORMAT
				: base64_exact(hashes.at[i].at, sizeof hashes.at[i].at,
					  bytes_of(json_string_value(text),
						  json_string_length(text)));

		if (err != ERR_OK)
			return fault_set(fault, err,
				"\"%s\"[%zu] is not 32 bytes in base64", key, i);
	}
	*out = hashes;
	return ERR_OK;
}

void
write_json_text(struct buffer *out, struct bytes text)
{
	size_t from = 0;

	write_text(out, "\"");
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\n') {
			write_bytes(out, text.at + from, i - from);
			write_text(out, "\\n");
			from = i + 1;
		}
	write_bytes(out, text.at + from, text.len - from);
	write_text(out, "\"");
}

void
write_json_base64(struct buffer *out, const void *at, size_t len)
{
	write_text(out, "\"");
	base64_write(out, bytes_of(at, len));
	write_text(out, "\"");
}

void
write_json_hashes(struct buffer *out, const struct hash *at, size_t count)
{
	write_text(out, "[");
	for (size_t i = 0; i < count; i++) {
		write_text(out, i > 0 ? "," : "");
		write_json_base64(out, at[i].at, sizeof at[i].at);
	}
	write_text(out, "]");
}
