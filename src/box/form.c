/* SPDX-License-Identifier: GPL-3.0-or-later */
/* form.c: reads a JSON file and says where it is wrong. */
#include "box/form.h"

#include "base/json_place.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static enum err
load(struct buffer *out, const char *file, size_t max, struct fault *fault)
{
	FILE *in = fopen(file, "re");
	char part[4096];
	size_t n;
	enum err err = ERR_OK;

	if (in == NULL)
		return fault_set(fault, ERR_IO, "%s: %s", file, strerror(errno));
	while ((n = fread(part, 1, sizeof part, in)) > 0 && out->len <= max)
		write_bytes(out, part, n);
	if (ferror(in))
		err = fault_set(fault, ERR_IO, "%s: %s", file, strerror(errno));
	else if (out->len > max)
		err = fault_set(fault, ERR_RANGE, "%s: over %zu bytes", file, max);
	else if (out->err != ERR_OK)
		err = fault_set(fault, out->err, "%s: no memory", file);
	fclose(in);
	return err;
}

struct form
form_open(const char *file, size_t max, struct fault *fault)
{
	struct form f = {.file = file, .fault = fault};
	json_error_t where;

	f.err = load(&f.text, file, max, fault);
	if (f.err != ERR_OK)
		return f;
	f.root = json_loadb(
		(const char *)f.text.at, f.text.len, JSON_REJECT_DUPLICATES, &where);
	if (f.root == NULL) {
		f.err = fault_set(fault, ERR_FORMAT, "%s:%d:%d: not JSON: %s", file,
			where.line, where.column, where.text);
	} else if (!json_is_object(f.root)) {
		json_decref(f.root);
		f.root = NULL;
		f.err = fault_set(
			fault, ERR_FORMAT, "%s:1:1: the file must be an object", file);
	}
	return f;
}

void
form_close(struct form *f)
{
	json_decref(f->root);
	f->root = NULL;
	buffer_free(&f->text);
}

void
form_complain(struct form *f, enum err err, const char *path, const char *what)
{
	struct json_place at;

	if (f->err != ERR_OK)
		return;
	at = json_place_of(buffer_bytes(&f->text), path);
	f->err = fault_set(
		f->fault, err, "%s:%u:%u: %s: %s", f->file, at.line, at.column, path, what);
}

void
form_path(char out[FORM_PATH], const char *at, const char *key)
{
	snprintf(out, FORM_PATH, "%.30s%s%.60s", at, *at != '\0' ? "." : "", key);
}

static bool
is_one_of(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; *list != '\0'; list += strspn(list, " ")) {
		size_t n = strcspn(list, " ");

		if (n == len && memcmp(list, word, len) == 0)
			return true;
		list += n;
	}
	return false;
}

void
form_fields(struct form *f, json_t *object, const char *at, const char *known)
{
	const char *key;
	json_t *value;
	char path[FORM_PATH];

	json_object_foreach(object, key, value)
	{
		form_path(path, at, key);
		if (!is_one_of(known, key))
			form_complain(f, ERR_FORMAT, path, "no such field here");
	}
}

static json_t *
field(struct form *f, json_t *object, const char *path, const char *key,
	enum form_need need)
{
	json_t *value = json_object_get(object, key);

	if (value == NULL && need == FORM_NEEDED)
		form_complain(f, ERR_FORMAT, path, "is missing");
	return value;
}

json_int_t
form_number(struct form *f, json_t *object, const char *at, const char *key,
	enum form_need need, json_int_t min, json_int_t max, json_int_t fallback)
{
	char path[FORM_PATH], what[80];
	json_t *value;

	form_path(path, at, key);
	value = field(f, object, path, key, need);
	if (value == NULL)
		return fallback;
	if (json_is_integer(value) && json_integer_value(value) >= min &&
		json_integer_value(value) <= max)
		return json_integer_value(value);
	snprintf(what, sizeof what, "must be a whole number from %lld to %lld",
		(long long)min, (long long)max);
	form_complain(f, json_is_integer(value) ? ERR_RANGE : ERR_FORMAT, path, what);
	return fallback;
}

const char *
form_text(struct form *f, json_t *object, const char *at, const char *key,
	enum form_need need, size_t max)
{
	char path[FORM_PATH], what[80];
	json_t *value;
	size_t len;

	form_path(path, at, key);
	value = field(f, object, path, key, need);
	if (value == NULL)
		return NULL;
	len = json_string_length(value);
	if (json_is_string(value) && len > 0 && len <= max &&
		strlen(json_string_value(value)) == len)
		return json_string_value(value);
	snprintf(what, sizeof what, "must be text of 1 to %zu bytes", max);
	form_complain(f, json_is_string(value) ? ERR_RANGE : ERR_FORMAT, path, what);
	return NULL;
}

json_t *
form_list(struct form *f, json_t *object, const char *at, const char *key,
	enum form_need need, size_t min, size_t max)
{
	char path[FORM_PATH], what[80];
	json_t *value;

	form_path(path, at, key);
	value = field(f, object, path, key, need);
	if (value == NULL)
		return NULL;
	if (json_is_array(value) && json_array_size(value) >= min &&
		json_array_size(value) <= max)
		return value;
	snprintf(what, sizeof what, "must be a list of %zu to %zu", min, max);
	form_complain(f, json_is_array(value) ? ERR_RANGE : ERR_FORMAT, path, what);
	return NULL;
}
