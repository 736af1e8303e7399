/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tags.c: from "<" to ">", outside comments, CDATA and processing instructions. */
#include "cap/tags.h"

#include <string.h>

/* Characters of one or two bytes each. */
struct scan {
	const uint8_t *at;
	size_t count, width, low; /* low: which of the two bytes holds ASCII */
};

static struct scan
scan_over(struct bytes d)
{
	struct scan s = {.at = d.at, .count = d.len, .width = 1};

	if (d.len >= 2 &&
		((d.at[0] == 0xff && d.at[1] == 0xfe) || (d.at[0] == '<' && d.at[1] == 0)))
		s = (struct scan){.at = d.at, .count = d.len / 2, .width = 2, .low = 0};
	else if (d.len >= 2 &&
		 ((d.at[0] == 0xfe && d.at[1] == 0xff) || (d.at[0] == 0 && d.at[1] == '<')))
		s = (struct scan){.at = d.at, .count = d.len / 2, .width = 2, .low = 1};
	return s;
}

/* The character at `i` if it is ASCII, else 0x80. */
static uint8_t
char_at(const struct scan *s, size_t i)
{
	const uint8_t *at = s->at + i * s->width;

	if (s->width == 1)
		return at[0];
	return at[1 - s->low] == 0 ? at[s->low] : 0x80;
}

static bool
starts(const struct scan *s, size_t i, const char *word)
{
	for (; *word != '\0'; word++, i++)
		if (i >= s->count || char_at(s, i) != (uint8_t)*word)
			return false;
	return true;
}

/* Behind the next `word`, or at the end. */
static size_t
behind(const struct scan *s, size_t i, const char *word)
{
	while (i < s->count && !starts(s, i, word))
		i++;
	return i < s->count ? i + strlen(word) : s->count;
}

/* Behind the tag that begins at `i`; a ">" in quotes does not end it. */
static size_t
behind_tag(const struct scan *s, size_t i)
{
	uint8_t quote = 0;

	for (i++; i < s->count; i++) {
		uint8_t c = char_at(s, i);

		if (quote != 0)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>')
			return i + 1;
	}
	return s->count;
}

static size_t
next_open(const struct scan *s, size_t i)
{
	const uint8_t *found;

	if (s->width == 1) {
		found = i < s->count ? memchr(s->at + i, '<', s->count - i) : NULL;
		return found != NULL ? (size_t)(found - s->at) : s->count;
	}
	while (i < s->count && char_at(s, i) != '<')
		i++;
	return i;
}

static uint32_t
line_of(const struct scan *s, size_t at)
{
	uint32_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += char_at(s, i) == '\n';
	return line;
}

bool
cap_tags_are_short(struct bytes document, uint32_t *line)
{
	struct scan s = scan_over(document);
	size_t i = document.len > CAP_TAGS_SMALL ? next_open(&s, 0) : s.count;

	while (i < s.count) {
		size_t end;

		if (starts(&s, i, "<!--")) {
			end = behind(&s, i + 4, "-->");
		} else if (starts(&s, i, "<![CDATA[")) {
			end = behind(&s, i + 9, "]]>");
		} else if (starts(&s, i, "<?")) {
			end = behind(&s, i + 2, "?>");
		} else {
			end = behind_tag(&s, i);
			if (end - i > CAP_TAG_MAX) {
				*line = line_of(&s, i);
				return false;
			}
		}
		i = next_open(&s, end);
	}
	return true;
}
