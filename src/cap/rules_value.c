/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_value.c: forms that several elements have: words of lists, times, named values. */
#include "cap/capval.h"
#include "cap/rules.h"

#include <string.h>
#include <strings.h>

/* ---- values in sentences ---- */

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct cap_shown
cap_shown_of(struct bytes value)
{
	struct cap_shown s;
	size_t used = 0, characters = 0, i = 0;

	while (i < value.len &&
		(characters < CAP_SHOWN_MAX || (value.at[i] & 0xc0) == 0x80) &&
		used < 4 * CAP_SHOWN_MAX) {
		uint8_t c = value.at[i++];

		if (is_space(c)) {
			while (i < value.len && is_space(value.at[i]))
				i++;
			c = ' ';
		}
		characters += (c & 0xc0) != 0x80;
		s.text[used++] = (char)c;
	}
	memcpy(s.text + used, "...", sizeof "...");
	if (i == value.len)
		s.text[used] = '\0';
	return s;
}

/* ---- words ---- */

/* "Actual, Exercise, System, Test, Draft"; the longest list has 12 words. */
struct list {
	char text[128];
};

static struct list
list_of(const char *const *word)
{
	struct list l;
	size_t used = 0;

	for (; *word != NULL; word++) {
		size_t len = strlen(*word);

		if (used + len + 3 > sizeof l.text)
			break;
		if (used > 0) {
			memcpy(l.text + used, ", ", 2);
			used += 2;
		}
		memcpy(l.text + used, *word, len);
		used += len;
	}
	l.text[used] = '\0';
	return l;
}

static bool
is_word(struct bytes value, const char *word)
{
	return strlen(word) == value.len && memcmp(word, value.at, value.len) == 0;
}

/* The word that differs in capitals or in blanks around it only; NULL: none. */
static const char *
nearly(const char *const *word, struct bytes value)
{
	for (; *word != NULL; word++)
		if (strlen(*word) == value.len &&
			strncasecmp(*word, (const char *)value.at, value.len) == 0)
			return *word;
	return NULL;
}

bool
cap_rule_word(struct cap_checking *c, const struct cap_node *node, int rule)
{
	const char *const *words = capval_words(node->name);
	struct bytes value = bytes_of(node->text, node->text_len);
	const char *near;

	/* Section 3.4: restrictions of xs:string, which keeps blanks. */
	for (const char *const *w = words; *w != NULL; w++)
		if (is_word(value, *w))
			return true;
	near = nearly(words, cap_trimmed(node));
	if (cap_is_blank(node))
		cap_find(c->f, CAP_ERROR, rule, node,
			N_("<%s> is empty. Write one of: %s."), node->name,
			list_of(words).text);
	else if (near != NULL)
		cap_find(c->f, CAP_ERROR, rule, node,
			N_("<%s> is \"%s\", but capitals and blanks count. Write exactly "
			   "%s."),
			node->name, cap_shown_of(value).text, near);
	else
		cap_find(c->f, CAP_ERROR, rule, node,
			N_("<%s> is \"%s\", which is none of its words. Write one of: %s."),
			node->name, CAP_SHOWN(node), list_of(words).text);
	return false;
}

/* ---- times ---- */

/* Is `text` like the sample, where 0 stands for any digit and + for a sign? */
static bool
is_like(struct bytes text, const char *sample)
{
	if (text.len != strlen(sample))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];
		bool good = sample[i] == '0'   ? c >= '0' && c <= '9'
			    : sample[i] == '+' ? c == '+' || c == '-'
					       : c == (uint8_t)sample[i];

		if (!good)
			return false;
	}
	return true;
}

static bool
has_fraction(struct bytes text)
{
	return text.len > 20 && is_like(bytes_of(text.at, 20), "0000-00-00T00:00:00.");
}

static void
tell_time(struct cap_checking *c, const struct cap_node *node, struct bytes text)
{
	struct cap_shown shown = cap_shown_of(text);

	if (text.len == 0)
		cap_find(c->f, CAP_ERROR, 48, node,
			N_("<%s> is empty. Write a time as 2026-11-22T14:22:37+04:00, or "
			   "leave the element out if it is optional."),
			node->name);
	else if (is_like(text, "0000-00-00T00:00:00Z"))
		cap_find(c->f, CAP_ERROR, 48, node,
			N_("<%s> is \"%s\": the letter Z is not allowed. Write -00:00 in "
			   "its place."),
			node->name, shown.text);
	else if (is_like(text, "0000-00-00T00:00:00"))
		cap_find(c->f, CAP_ERROR, 48, node,
			N_("<%s> is \"%s\", without an offset from UTC. Put one behind it, "
			   "such as +04:00."),
			node->name, shown.text);
	else if (has_fraction(text))
		cap_find(c->f, CAP_ERROR, 48, node,
			N_("<%s> is \"%s\", with a fraction of a second. Take the fraction "
			   "out."),
			node->name, shown.text);
	else if (is_like(text, "0000-00-00T00:00:00+00:00"))
		cap_find(c->f, CAP_ERROR, 48, node,
			N_("<%s> is \"%s\", a date, time or offset that does not exist. "
			   "Correct it."),
			node->name, shown.text);
	else
		cap_find(c->f, CAP_ERROR, 48, node,
			N_("<%s> is \"%s\", which is not a time. Write it as "
			   "2026-11-22T14:22:37+04:00."),
			node->name, shown.text);
}

bool
cap_rule_time(struct cap_checking *c, const struct cap_node *node, int64_t *out_ms)
{
	struct bytes text = cap_trimmed(node); /* xs:dateTime: blanks around do not count */

	if (capval_time_of(out_ms, text) == ERR_OK)
		return true;
	tell_time(c, node, text);
	return false;
}

/* ---- named values ---- */

/* "S.A.M.E.": single letters, each with its period, two at least. */
static bool
is_dotted(struct bytes name)
{
	if (name.len < 4 || name.len % 2 != 0)
		return false;
	for (size_t i = 0; i < name.len; i += 2)
		if ((name.at[i] | 0x20) < 'a' || (name.at[i] | 0x20) > 'z' ||
			name.at[i + 1] != '.')
			return false;
	return true;
}

void
cap_rule_pair(struct cap_checking *c, const struct cap_node *pair)
{
	static const struct cap_place table[] = {
		{"valueName", false, 31}, {"value", false, 31}};
	const struct cap_node *found[2], *name;

	cap_rule_children(c, pair, 31, table, 2, found);
	name = found[0];
	if (name != NULL && cap_is_blank(name))
		cap_find(c->f, CAP_NOTE, 31, name,
			N_("<valueName> in <%s> is empty: nobody can tell what the value "
			   "means. Name it."),
			pair->name);
	else if (name != NULL && is_dotted(cap_trimmed(name)))
		cap_find(c->f, CAP_NOTE, 31, name,
			N_("<valueName> is \"%s\"; an acronym is written in capitals "
			   "without periods."),
			CAP_SHOWN(name));
}
