/* SPDX-License-Identifier: GPL-3.0-or-later */
/* playbook.c: playbooks from JSON, strictly: a missing cell is found in calm, not at night. */
#include "cap/playbook.h"
#include "base/json_place.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The same limits as a mouth enforces for mandates (bulletin/order.h): evacuation, CBRN, others. */
enum { EVACUATION_CODES = 100, CBRN_CODES = 150, OTHER_CODES = 200 };

enum { PATH = 160, WORDS_MAX = 12, LANGUAGES_MAX = 32 };

/* One reading: the first complaint stays in `err`, and all after it is passed over. */
struct look {
	struct arena *arena;
	const char *file;
	struct bytes json;
	struct fault *fault;
	enum err err;
};

static void complain(struct look *l, enum err err, const char *path, const char *format,
	...) __attribute__((format(printf, 4, 5)));

static void
complain(struct look *l, enum err err, const char *path, const char *format, ...)
{
	struct json_place place;
	char what[200];
	va_list ap;

	if (l->err != ERR_OK)
		return;
	va_start(ap, format);
	vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	place = json_place_of(l->json, path);
	l->err = fault_set(l->fault, err, "%.100s: line %d, column %d: %s%s%s", l->file,
		place.line, place.column, path, *path == '\0' ? "" : ": ", what);
}

static void
join(char path[PATH], const char *parent, const char *key)
{
	snprintf(path, PATH, "%.80s%s%.70s", parent, *parent == '\0' ? "" : ".", key);
}

/* Refuse what is not an object, and any member that is not in `keys`. */
static bool
check_keys(struct look *l, const json_t *object, const char *path, const char *const *keys)
{
	const char *key;
	json_t *value;
	char own[PATH];

	if (l->err == ERR_OK && !json_is_object(object))
		complain(l, ERR_FORMAT, path,
			object == NULL ? "this field is missing"
				       : "must be an object { … }");
	if (l->err != ERR_OK)
		return false;
	json_object_foreach((json_t *)object, key, value)
	{
		size_t i = 0;

		while (keys[i] != NULL && strcmp(keys[i], key) != 0)
			i++;
		if (keys[i] == NULL) {
			join(own, path, key);
			complain(l, ERR_FORMAT, own, "no such field in a playbook");
		}
	}
	return l->err == ERR_OK;
}

static const json_t *
member(struct look *l, const json_t *object, const char *path)
{
	const char *dot = strrchr(path, '.');
	const json_t *value = json_object_get(object, dot == NULL ? path : dot + 1);

	if (value == NULL)
		complain(l, ERR_FORMAT, path, "this field is missing");
	return l->err == ERR_OK ? value : NULL;
}

/* What may stand between braces. */
static bool
braces_are_good(const char *text)
{
	static const char *const placeholder[] = {"{zones}", "{time}", "{source}"};

	for (const char *p = text; (p = strpbrk(p, "{}")) != NULL;) {
		size_t i = 0;

		while (i < 3 && strncmp(p, placeholder[i], strlen(placeholder[i])) != 0)
			i++;
		if (i == 3)
			return false;
		p += strlen(placeholder[i]);
	}
	return true;
}

static const char *
own_text(struct look *l, const json_t *value, const char *path, bool may_be_empty)
{
	const char *text = json_string_value(value);
	const char *own;

	if (l->err != ERR_OK)
		return "";
	if (text == NULL)
		complain(l, ERR_FORMAT, path, "must be a text in quotes");
	else if (*text == '\0' && !may_be_empty)
		complain(l, ERR_FORMAT, path, "must not be empty");
	else if (!capval_is_text(text))
		complain(l, ERR_FORMAT, path, "holds a character that XML forbids");
	else if (!braces_are_good(text))
		complain(l, ERR_FORMAT, path,
			"the placeholders are {zones}, {time} and {source}");
	if (l->err != ERR_OK)
		return "";
	own = arena_text(l->arena, text, strlen(text));
	if (own == NULL)
		complain(l, ERR_NOMEM, path, "out of memory");
	return own;
}

static const char *
text_field(struct look *l, const json_t *object, const char *parent, const char *key)
{
	char path[PATH];

	join(path, parent, key);
	return own_text(l, member(l, object, path), path, false);
}

static uint32_t
number_field(struct look *l, const json_t *object, const char *path, uint32_t least,
	uint32_t most)
{
	const json_t *value = member(l, object, path);

	if (l->err != ERR_OK)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < least ||
		json_integer_value(value) > most) {
		complain(l, ERR_RANGE, path, "must be a whole number from %u to %u", least,
			most);
		return 0;
	}
	return (uint32_t)json_integer_value(value);
}

static const char *
word_field(struct look *l, const json_t *object, const char *key)
{
	const char *text = text_field(l, object, "", key);

	if (l->err == ERR_OK && !capval_is_word(key, text))
		complain(l, ERR_FORMAT, key, "\"%.60s\" is no word of CAP's %s", text, key);
	return text;
}

static struct cap_texts
words_field(struct look *l, const json_t *object, const char *key)
{
	const json_t *list = member(l, object, key);
	struct cap_texts out = {arena_alloc(l->arena, WORDS_MAX * sizeof *out.at), 0};
	char path[PATH];

	if (out.at == NULL)
		complain(l, ERR_NOMEM, key, "out of memory");
	if (l->err == ERR_OK && (!json_is_array(list) || json_array_size(list) == 0 ||
					json_array_size(list) > WORDS_MAX))
		complain(l, ERR_FORMAT, key, "must be a list [ … ] of 1 to %d words",
			WORDS_MAX);
	for (size_t i = 0; l->err == ERR_OK && i < json_array_size(list); i++) {
		snprintf(path, sizeof path, "%s[%zu]", key, i);
		out.at[i] = own_text(l, json_array_get(list, i), path, false);
		if (l->err == ERR_OK && !capval_is_word(key, out.at[i]))
			complain(l, ERR_FORMAT, path, "\"%.60s\" is no word of CAP's %s",
				out.at[i], key);
		out.n++;
	}
	return out;
}

/* A word that names a file or goes into an eventCode. */
static const char *
name_field(struct look *l, const json_t *object, const char *parent, const char *key,
	bool may_be_empty)
{
	char path[PATH];
	const char *text;
	size_t len;

	join(path, parent, key);
	text = own_text(l, member(l, object, path), path, may_be_empty);
	len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (l->err == ERR_OK && (text[len] != '\0' || len > 32))
		complain(l, ERR_FORMAT, path,
			"must be 1 to 32 small letters, digits and hyphens");
	return text;
}

/* Only {zones}: what is said the same at any minute can be compared word for word. */
static const char *
still_field(struct look *l, const json_t *object, const char *parent, const char *key)
{
	const char *text = text_field(l, object, parent, key);
	char path[PATH];

	join(path, parent, key);
	if (l->err == ERR_OK &&
		(strstr(text, "{time}") != NULL || strstr(text, "{source}") != NULL))
		complain(l, ERR_FORMAT, path,
			"{time} and {source} belong into the alert and the update");
	return text;
}

static void
read_phrase(struct look *l, struct playbook_phrase *out, const json_t *object,
	const char *path, bool news)
{
	const char *(*field)(struct look *, const json_t *, const char *, const char *) =
		news ? text_field : still_field;

	out->headline = field(l, object, path, "headline");
	out->description = field(l, object, path, "description");
	out->instruction = field(l, object, path, "instruction");
	out->brief = field(l, object, path, "short");
}

static void
read_follow_ups(
	struct look *l, struct playbook_text *out, const json_t *object, const char *parent)
{
	static const char *const phrase_keys[] = {
		"headline", "description", "instruction", "short", NULL};
	static const char *const phase[] = {
		NULL, "update", "stop", "correction", "all_clear"};
	char path[PATH];

	for (size_t i = PLAYBOOK_UPDATE; i < PLAYBOOK_PHASES; i++) {
		const json_t *phrase = json_object_get(object, phase[i]);

		join(path, parent, phase[i]);
		if (check_keys(l, phrase, path, phrase_keys))
			read_phrase(l, &out->phrase[i], phrase, path, i == PLAYBOOK_UPDATE);
	}
}

static void
read_text(struct look *l, struct playbook_text *out, const char *language,
	const json_t *object)
{
	static const char *const keys[] = {"checked_by", "event", "exercise",
		"exercise_short", "headline", "description", "instruction", "short",
		"update", "stop", "correction", "all_clear", NULL};
	char path[PATH];

	join(path, "texts", language);
	if (!capval_is_language(language))
		complain(l, ERR_FORMAT, path, "no language code of RFC 3066");
	if (!check_keys(l, object, path, keys))
		return;
	out->language = arena_text(l->arena, language, strlen(language));
	if (out->language == NULL)
		complain(l, ERR_NOMEM, path, "out of memory");
	out->checked_by = still_field(l, object, path, "checked_by");
	out->event = still_field(l, object, path, "event");
	out->exercise = still_field(l, object, path, "exercise");
	out->exercise_short = still_field(l, object, path, "exercise_short");
	read_phrase(l, &out->phrase[PLAYBOOK_ALERT], object, path, true);
	read_follow_ups(l, out, object, path);
}

static void
read_texts(struct look *l, struct playbook *out, const json_t *root)
{
	const json_t *texts = member(l, root, "texts");
	const char *language;
	json_t *object;

	if (l->err == ERR_OK && (!json_is_object(texts) || json_object_size(texts) == 0 ||
					json_object_size(texts) > LANGUAGES_MAX))
		complain(l, ERR_FORMAT, "texts", "must be an object with 1 to %d languages",
			LANGUAGES_MAX);
	if (l->err != ERR_OK)
		return;
	out->text = arena_alloc(l->arena, json_object_size(texts) * sizeof *out->text);
	if (out->text == NULL) {
		complain(l, ERR_NOMEM, "texts", "out of memory");
		return;
	}
	json_object_foreach((json_t *)texts, language, object)
		read_text(l, &out->text[out->texts++], language, object);
}

static void
read_hazard(struct look *l, struct playbook *out, const json_t *root)
{
	static const char *const keys[] = {"code", "word", NULL};
	const json_t *hazard = member(l, root, "hazard");

	if (!check_keys(l, hazard, "hazard", keys))
		return;
	out->hazard = (uint8_t)number_field(l, hazard, "hazard.code", 1, 255);
	out->hazard_word = name_field(l, hazard, "hazard", "word", false);
}

/* A pattern and its length go together: silence lasts 0 s, sound at least 1 s. */
static void
read_siren(struct look *l, const json_t *root, const char *key, const char *seconds_key,
	const char **pattern, uint16_t *seconds)
{
	*pattern = name_field(l, root, "", key, true);
	*seconds = (uint16_t)number_field(l, root, seconds_key, 0, 900);
	if (l->err == ERR_OK && (**pattern == '\0') != (*seconds == 0))
		complain(l, ERR_RANGE, seconds_key,
			"must be 0 if %s is \"\", else 1 to 900", key);
}

static bool
holds(const struct cap_texts *words, const char *word)
{
	for (size_t i = 0; i < words->n; i++)
		if (strcmp(words->at[i], word) == 0)
			return true;
	return false;
}

/* What a mandate may not order must be seen from the code alone; see playbook.h. */
static void
check_code(struct look *l, const struct playbook *p)
{
	bool cbrn = holds(&p->category, "CBRNE");
	bool leave = holds(&p->response_type, "Evacuate") && !cbrn;
	bool in_cbrn = p->hazard >= CBRN_CODES && p->hazard < OTHER_CODES;
	bool in_leave = p->hazard >= EVACUATION_CODES && p->hazard < CBRN_CODES;

	if (cbrn != in_cbrn || leave != in_leave)
		complain(l, ERR_RANGE, "hazard.code",
			"must be 150 to 199 for category CBRNE, 100 to 149 for "
			"responseType "
			"Evacuate, else 1 to 99 or 200 to 255");
}

static void
read_root(struct look *l, struct playbook *out, const json_t *root)
{
	static const char *const keys[] = {"name", "hazard", "category", "responseType",
		"urgency", "severity", "certainty", "pattern", "seconds",
		"pattern_all_clear", "seconds_all_clear", "expires_s", "texts", NULL};

	if (!check_keys(l, root, "", keys))
		return;
	out->name = name_field(l, root, "", "name", false);
	read_hazard(l, out, root);
	out->category = words_field(l, root, "category");
	out->response_type = words_field(l, root, "responseType");
	out->urgency = word_field(l, root, "urgency");
	out->severity = word_field(l, root, "severity");
	out->certainty = word_field(l, root, "certainty");
	read_siren(l, root, "pattern", "seconds", &out->pattern, &out->seconds);
	read_siren(l, root, "pattern_all_clear", "seconds_all_clear",
		&out->pattern_all_clear, &out->seconds_all_clear);
	check_code(l, out);
	out->expires_s = number_field(l, root, "expires_s", 60, 86400);
	read_texts(l, out, root);
}

enum err
playbook_read(struct playbook *out, struct arena *arena, const char *file,
	struct bytes json, struct fault *fault)
{
	struct look l = {arena, file, json, fault, ERR_OK};
	struct playbook made = {0};
	json_error_t error;
	json_t *root;

	if (json.len > PLAYBOOK_MAX)
		return fault_set(fault, ERR_FULL, "%.100s: %zu bytes; at most %d are read",
			file, json.len, PLAYBOOK_MAX);
	/* An empty file has no address, which jansson takes for our mistake. */
	root = json_loadb(json.len > 0 ? (const char *)json.at : "", json.len,
		JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		return fault_set(fault, ERR_FORMAT, "%.100s: line %d, column %d: %s", file,
			error.line, error.column, error.text);
	read_root(&l, &made, root);
	json_decref(root);
	if (l.err == ERR_OK)
		*out = made;
	return l.err;
}
