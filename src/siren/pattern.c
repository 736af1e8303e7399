/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pattern.c: reads a pattern file strictly, and keeps the patterns of a box. */
#include "siren/pattern.h"

#include "base/json_place.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const tone_word[] = {
	[TONE_SILENCE] = "silence",
	[TONE_STEADY] = "steady",
	[TONE_LOW] = "low",
	[TONE_WAIL] = "wail",
	[TONE_VOICE] = "voice",
};
static const char *const use_word[] = {
	[USE_ATTACK] = "attack",
	[USE_ALL_CLEAR] = "all-clear",
	[USE_FIRE] = "fire",
	[USE_WARNING] = "warning",
	[USE_WATER] = "water",
	[USE_TEST] = "test",
	[USE_GROWL] = "growl",
	[USE_SILENT_TEST] = "silent-test",
};
enum {
	TONES = sizeof tone_word / sizeof *tone_word,
	USES = sizeof use_word / sizeof *use_word,
	PATH = 96, /* a long field that nobody knows is cut */
};

const char *
tone_name(enum tone tone)
{
	return tone_word[tone];
}

const char *
pattern_use_name(enum pattern_use use)
{
	return use_word[use];
}

/* What is read, and where a fault goes. The first error stays. */
struct reading {
	struct bytes text;
	const char *file;
	struct fault *fault;
	enum err err;
};

static void
complain(struct reading *r, enum err err, const char *path, const char *what)
{
	struct json_place at;

	if (r->err != ERR_OK)
		return;
	at = json_place_of(r->text, path);
	r->err = fault_set(r->fault, err, "%s:%u:%u: %s: %s", r->file, at.line, at.column,
		*path != '\0' ? path : "the file", what);
}

static void
path_join(char out[PATH], const char *at, const char *key)
{
	snprintf(out, PATH, "%.24s%s%.60s", at, *at != '\0' ? "." : "", key);
}

/* Is `word` one of the words of `list`, which are parted by single blanks? */
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

static void
check_fields(struct reading *r, json_t *object, const char *at, const char *known)
{
	const char *key;
	json_t *value;
	char path[PATH];

	json_object_foreach(object, key, value)
	{
		path_join(path, at, key);
		if (!is_one_of(known, key))
			complain(r, ERR_FORMAT, path, "no such field here");
	}
}

static json_int_t
get_number(struct reading *r, json_t *object, const char *at, const char *key,
	json_int_t min, json_int_t max)
{
	json_t *value = json_object_get(object, key);
	char path[PATH], what[80];

	path_join(path, at, key);
	if (value == NULL)
		complain(r, ERR_FORMAT, path, "is missing");
	else if (!json_is_integer(value))
		complain(r, ERR_FORMAT, path, "must be a whole number");
	else if (json_integer_value(value) >= min && json_integer_value(value) <= max)
		return json_integer_value(value);
	snprintf(what, sizeof what, "must be %lld to %lld", (long long)min, (long long)max);
	complain(r, ERR_RANGE, path, what);
	return min;
}

/* Text of 1 to `max` bytes; "" after a fault. */
static const char *
get_text(struct reading *r, json_t *object, const char *at, const char *key, size_t max)
{
	json_t *value = json_object_get(object, key);
	char path[PATH], what[80];

	path_join(path, at, key);
	snprintf(what, sizeof what, "must be text of 1 to %zu bytes", max);
	if (value == NULL)
		complain(r, ERR_FORMAT, path, "is missing");
	else if (!json_is_string(value))
		complain(r, ERR_FORMAT, path, what);
	else if (json_string_length(value) == 0 || json_string_length(value) > max)
		complain(r, ERR_RANGE, path, what);
	else
		return json_string_value(value);
	return "";
}

/* The index of a word in a list; 0 after a fault. */
static size_t
get_word(struct reading *r, json_t *object, const char *at, const char *key,
	const char *const *word, size_t words)
{
	const char *text = get_text(r, object, at, key, PATTERN_NAME);
	char path[PATH], what[160] = "must be one of";

	for (size_t i = 0; i < words; i++)
		if (strcmp(text, word[i]) == 0)
			return i;
	for (size_t i = 0; i < words; i++) {
		strncat(what, i > 0 ? ", " : " ", sizeof what - strlen(what) - 1);
		strncat(what, word[i], sizeof what - strlen(what) - 1);
	}
	path_join(path, at, key);
	complain(r, ERR_FORMAT, path, what);
	return 0;
}

static void
get_label(struct reading *r, json_t *object, const char *key, char *out, size_t max)
{
	const char *text = get_text(r, object, "", key, max);

	if (text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		complain(r, ERR_FORMAT, key, "may hold a-z, 0-9 and - only");
	else
		strcpy(out, text);
}

/* The fields that a tone has besides `tone` and `length_ms`. */
static const char *
fields_of(enum tone tone)
{
	switch (tone) {
	case TONE_SILENCE:
	case TONE_VOICE:
		return "tone length_ms";
	case TONE_STEADY:
		return "tone length_ms high_hz";
	case TONE_LOW:
		return "tone length_ms low_hz";
	case TONE_WAIL:
		return "tone length_ms low_hz high_hz period_ms rise_ms";
	}
	return "";
}

static void
read_wail(struct reading *r, json_t *object, const char *at, struct segment *s)
{
	char path[PATH];

	s->period_ms = (uint32_t)get_number(r, object, at, "period_ms", 200, 60000);
	s->rise_ms = s->period_ms / 2;
	if (json_object_get(object, "rise_ms") != NULL)
		s->rise_ms = (uint32_t)get_number(
			r, object, at, "rise_ms", 50, (json_int_t)s->period_ms - 50);
	path_join(path, at, "high_hz");
	if (s->low_hz >= s->high_hz)
		complain(r, ERR_RANGE, path, "must be above low_hz");
}

static void
read_segment(struct reading *r, json_t *object, const char *at, struct segment *s)
{
	if (!json_is_object(object)) {
		complain(r, ERR_FORMAT, at, "must be an object");
		return;
	}
	s->tone = (enum tone)get_word(r, object, at, "tone", tone_word, TONES);
	if (r->err != ERR_OK)
		return;
	check_fields(r, object, at, fields_of(s->tone));
	s->length_ms = (uint32_t)get_number(r, object, at, "length_ms", 100, 600000);
	if (s->tone == TONE_LOW || s->tone == TONE_WAIL)
		s->low_hz = (uint16_t)get_number(r, object, at, "low_hz", 50, 4000);
	if (s->tone == TONE_STEADY || s->tone == TONE_WAIL)
		s->high_hz = (uint16_t)get_number(r, object, at, "high_hz", 50, 4000);
	if (s->tone == TONE_WAIL)
		read_wail(r, object, at, s);
}

static void
read_segments(struct reading *r, json_t *root, struct pattern *p)
{
	json_t *list = json_object_get(root, "segments");
	char at[PATH];

	if (!json_is_array(list) || json_array_size(list) == 0 ||
		json_array_size(list) > PATTERN_SEGMENTS) {
		complain(r, list == NULL || !json_is_array(list) ? ERR_FORMAT : ERR_RANGE,
			"segments", "must be a list of 1 to 32 segments");
		return;
	}
	p->segments = (uint8_t)json_array_size(list);
	for (size_t i = 0; i < p->segments; i++) {
		snprintf(at, sizeof at, "segments[%zu]", i);
		read_segment(r, json_array_get(list, i), at, &p->segment[i]);
	}
}

static bool
sounds(const struct pattern *p)
{
	for (size_t i = 0; i < p->segments; i++)
		if (p->segment[i].tone != TONE_SILENCE)
			return true;
	return false;
}

/* The rules that keep a test a test, whoever wrote the file. */
static void
check_use(struct reading *r, const struct pattern *p)
{
	if (p->use == USE_SILENT_TEST && sounds(p))
		complain(r, ERR_REFUSED, "segments", "a silent test has silence only");
	if (p->use != USE_SILENT_TEST && !sounds(p))
		complain(r, ERR_REFUSED, "segments", "nothing would be heard");
	if ((p->use == USE_GROWL) != (p->number == PATTERN_GROWL))
		complain(r, ERR_REFUSED, "number",
			"number 2 is the growl's, and its only one");
	if ((p->use == USE_SILENT_TEST) != (p->number == PATTERN_SILENT_TEST))
		complain(r, ERR_REFUSED, "number",
			"number 1 is the silent test's, and its only one");
	if (pattern_suits_test(p) && p->cap_s * 1000 > PATTERN_GROWL_CAP_MS)
		complain(r, ERR_REFUSED, "cap_s",
			"a test of one operator lasts at most 5 s");
	if (p->use == USE_TEST && p->cap_s > PATTERN_TEST_CAP_S)
		complain(r, ERR_REFUSED, "cap_s", "a public test lasts at most 180 s");
	if (pattern_natural_ms(p) > (int64_t)p->cap_s * 1000)
		complain(
			r, ERR_RANGE, "cap_s", "is shorter than the segments times repeat");
}

static void
read_root(struct reading *r, json_t *root, struct pattern *p)
{
	if (!json_is_object(root)) {
		complain(r, ERR_FORMAT, "", "must be an object");
		return;
	}
	check_fields(r, root, "", "number name country use source segments repeat cap_s");
	p->number = (uint8_t)get_number(r, root, "", "number", 1, 255);
	get_label(r, root, "name", p->name, PATTERN_NAME);
	get_label(r, root, "country", p->country, PATTERN_COUNTRY);
	p->use = (enum pattern_use)get_word(r, root, "", "use", use_word, USES);
	strcpy(p->source, get_text(r, root, "", "source", PATTERN_SOURCE));
	read_segments(r, root, p);
	p->repeat = (uint8_t)get_number(r, root, "", "repeat", 1, 60);
	p->cap_s = (uint16_t)get_number(r, root, "", "cap_s", 1, PATTERN_CAP_S);
	if (r->err == ERR_OK)
		check_use(r, p);
}

enum err
pattern_read(struct pattern *out, struct bytes in, const char *file, struct fault *fault)
{
	struct reading r = {in, file, fault, ERR_OK};
	struct pattern p = {0};
	json_error_t where;
	json_t *root;

	if (in.len > PATTERN_FILE_MAX)
		return fault_set(
			fault, ERR_RANGE, "%s: over %d bytes", file, PATTERN_FILE_MAX);
	root = json_loadb((const char *)in.at, in.len, JSON_REJECT_DUPLICATES, &where);
	if (root == NULL)
		return fault_set(fault, ERR_FORMAT, "%s:%d:%d: not JSON: %s", file,
			where.line, where.column, where.text);
	read_root(&r, root, &p);
	json_decref(root);
	if (r.err == ERR_OK)
		*out = p;
	return r.err;
}
