/* SPDX-License-Identifier: GPL-3.0-or-later */
/* playbook_lint.c: advice on texts: too long, unsaid, shouted, or said twice. */
#include "cap/playbook_lint.h"
#include "cap/gsm7.h"
#include "cap/playbook_channel.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ADVICE_MOST = 500, CAPITALS_LEAST = 4 };

struct lint {
	struct arena *arena;
	const struct playbook_text *text;
	struct playbook_advice *at;
	size_t n;
	enum err err;
};

static void say(struct lint *l, const char *field, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void
say(struct lint *l, const char *field, const char *format, ...)
{
	char what[300];
	va_list ap;

	if (l->err != ERR_OK || l->n == ADVICE_MOST)
		return;
	va_start(ap, format);
	vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	l->at[l->n].language = l->text->language;
	l->at[l->n].field = arena_text(l->arena, field, strlen(field));
	l->at[l->n].text = arena_text(l->arena, what, strlen(what));
	if (l->at[l->n].field == NULL || l->at[l->n].text == NULL)
		l->err = ERR_NOMEM;
	else
		l->n++;
}

/* Bytes of the sentence mark that stands here: . ! ? and those of Armenian and Arabic. */
static size_t
sentence_mark(const char *p)
{
	static const char *const marks[] = {".", "!", "?", "\u0589", "\u061f", "\u06d4"};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strncmp(p, marks[i], strlen(marks[i])) == 0)
			return strlen(marks[i]);
	return 0;
}

size_t
lint_longest_sentence(const char *text)
{
	size_t words = 0, most = 0;
	bool in_word = false;

	for (const char *p = text; *p != '\0'; p++) {
		bool blank = *p == ' ' || *p == '\n';
		size_t mark = sentence_mark(p);

		words += !blank && !in_word;
		in_word = !blank;
		most = words > most ? words : most;
		if (mark > 0 && (p[mark] == ' ' || p[mark] == '\0'))
			words = 0;
	}
	return most;
}

size_t
lint_characters(const char *text)
{
	size_t n = text_characters(text);

	for (const char *p = text; (p = strchr(p, '{')) != NULL; p = strchr(p, '}'))
		n -= (size_t)(strchr(p, '}') - p) + 1;
	return n;
}

/* The words of a language that these rules look for; several are parted by "|". */
static const struct words {
	const char *language;
	const char *exercise;  /* one of these must be in `exercise` */
	const char *all_clear; /* these may not be in a stop … */
	const char *unless;    /* … but in a sentence that has one of these */
} words[] = {
	{"en", "EXERCISE|Exercise|exercise|PRACTICE|practice",
		"all clear|All clear|is over|safe now|no danger|can leave|can go out",
		" not "},
	{"uk", "НАВЧАН|авчанн",
		"відбій|Відбій|минула|небезпеки немає|можете вийти|Можете вийти",
		"не |Не "},
	{"ru", "УЧЕНИ|чени|ЧЕБН",
		"отбой|Отбой|миновала|опасности нет|можете выйти|Можете выйти", "не |Не "},
	{"hy", "ՎԱՐԺ|արժանք|արժություն",
		"տագնապի ավարտ|վտանգն անցել|վտանգն անցավ|վտանգ չկա", "չէ|չի |Չի "},
	{"az", "TƏLİM|əlim",
		"həyəcanın bitməsi|həyəcanı bitdi|təhlükəsi sovuşdu|təhlükəsi "
		"keçdi|təhlükə yoxdur",
		"deyil"},
	{"ar", "تمرين|تدريب", "زال الخطر|زال خطر|زوال الخطر|انتهى الخطر|لا خطر",
		"ليس|لا يعني"},
	{"he", "תרגיל", "הסכנה חלפה|חלפה|הרגעה|אין סכנה", "אינה|אינו|לא "},
	{"fa", "تمرین|مانور", "رفع خطر|خطر رفع|برطرف شد|وضعیت سفید|خطری نیست", "نیست|نمی"},
};

static const struct words *
words_of(const char *language)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (capval_same_language(words[i].language, language))
			return &words[i];
	return NULL;
}

/* Is one of the words of `list` among the first `len` bytes of `text`? */
static bool
has_one_of(const char *text, size_t len, const char *list)
{
	for (const char *word = list; *word != '\0';) {
		size_t n = strcspn(word, "|");

		for (size_t i = 0; i + n <= len; i++)
			if (memcmp(text + i, word, n) == 0)
				return true;
		word += n + (word[n] == '|');
	}
	return false;
}

static void
check_stop_text(struct lint *l, const char *field, const char *text)
{
	const struct words *w = words_of(l->text->language);

	for (size_t len = 0; w != NULL && *text != '\0'; text += len) {
		for (len = 0; text[len] != '\0' && sentence_mark(text + len) == 0;)
			len++;
		if (has_one_of(text, len, w->all_clear) &&
			!has_one_of(text, len, w->unless))
			say(l, field, "a stop must not sound like an all clear: \"%.*s\"",
				len > 120 ? 120 : (int)len, text);
		len += sentence_mark(text + len);
	}
}

/* Capitals of ASCII and Latin-1, Azerbaijani, Cyrillic and Armenian; the others here have none. */
static bool
is_capital(const unsigned char *p)
{
	unsigned c = *p < 0xC0 ? *p : (*p & 0x1Fu) << 6 | (p[1] & 0x3Fu);

	return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE) || c == 0x18F ||
	       c == 0x11E || c == 0x130 || c == 0x15E || (c >= 0x400 && c <= 0x42F) ||
	       c == 0x490 || (c >= 0x531 && c <= 0x556);
}

static void
check_capitals(struct lint *l, const char *field, const char *text)
{
	size_t run = 0, most = 0;

	for (const char *p = text; *p != '\0'; p++) {
		if ((*p & 0xC0) == 0x80)
			continue;
		run = is_capital((const unsigned char *)p) ? run + 1 : 0;
		most = run > most ? run : most;
	}
	if (most >= CAPITALS_LEAST)
		say(l, field, "words in capitals are hard to read");
}

static void
check_any(struct lint *l, const char *field, const char *text)
{
	size_t longest = lint_longest_sentence(text);

	if (longest > LINT_WORDS)
		say(l, field, "a sentence has %zu words; at most %d are read in haste",
			longest, LINT_WORDS);
	if (strstr(text, "://") != NULL || strstr(text, "www.") != NULL)
		say(l, field, "a link: say it in words, the network may be down");
	check_capitals(l, field, text);
}

static void
check_placeholder(struct lint *l, const char *field, const char *text, const char *name)
{
	if (strstr(text, name) == NULL)
		say(l, field, "%s is missing", name);
}

/* With the exercise's words in front and one zone it must still be one message. */
static void
check_brief(struct lint *l, const char *field, const char *brief)
{
	bool gsm7 = phone_size_of(bytes_of_text(brief)).gsm7;
	size_t most = gsm7 ? 90 : 70;
	size_t size = lint_characters(brief) + text_characters(l->text->exercise_short) +
		      1 + LINT_ZONE;

	if (size > most)
		say(l, field,
			"%zu characters with \"%.30s\" and a zone; one message holds %zu",
			size, l->text->exercise_short, most);
}

/* Exercise, description, instruction, who warns, when, and zones that are only counted. */
static void
check_360(struct lint *l, const char *field, const struct playbook_phrase *p)
{
	size_t size = lint_characters(p->description) + lint_characters(p->instruction) +
		      text_characters(l->text->exercise) + LINT_SOURCE +
		      strlen(" 00:00 UTC(+1024)\n");

	if (size > 360)
		say(l, field,
			"description and instruction together may take %zu characters; "
			"a wireless alert holds 360",
			size);
}

static void
check_phrase(struct lint *l, enum playbook_phase phase)
{
	static const char *const name[PLAYBOOK_PHASES] = {
		"", "update.", "stop.", "correction.", "all_clear."};
	const struct playbook_phrase *p = &l->text->phrase[phase];
	const char *const text[] = {p->headline, p->description, p->instruction, p->brief};
	static const char *const key[] = {
		"headline", "description", "instruction", "short"};
	char field[4][40];

	for (size_t i = 0; i < 4; i++) {
		snprintf(field[i], sizeof field[i], "%s%s", name[phase], key[i]);
		check_any(l, field[i], text[i]);
		if (phase == PLAYBOOK_STOP)
			check_stop_text(l, field[i], text[i]);
	}
	if (lint_characters(p->headline) > LINT_HEADLINE)
		say(l, field[0], "%zu characters; at most %d are taken in at a glance",
			lint_characters(p->headline), LINT_HEADLINE);
	check_placeholder(l, field[0], p->headline, "{zones}");
	check_placeholder(l, field[3], p->brief, "{zones}");
	if (phase <= PLAYBOOK_UPDATE) {
		check_placeholder(l, field[1], p->description, "{source}");
		check_placeholder(l, field[1], p->description, "{time}");
		check_placeholder(l, field[1], p->description, "{zones}");
	}
	check_brief(l, field[3], p->brief);
	check_360(l, field[1], p);
}

static void
check_language(struct lint *l)
{
	const struct words *w = words_of(l->text->language);
	const char *const said[] = {l->text->exercise, l->text->exercise_short};
	static const char *const field[] = {"exercise", "exercise_short"};

	if (strcmp(l->text->checked_by, "unchecked") == 0)
		say(l, "checked_by", "no native speaker has checked these texts");
	for (size_t i = 0; i < 2 && w != NULL; i++)
		if (!has_one_of(said[i], strlen(said[i]), w->exercise))
			say(l, field[i], "does not say that it is an exercise");
	for (size_t i = 0; i < PLAYBOOK_PHASES; i++)
		check_phrase(l, (enum playbook_phase)i);
}

/* A text that stands in two languages was forgotten by the translator. */
static void
check_twins(struct lint *l, const struct playbook *book, size_t mine)
{
	static const char *const name[PLAYBOOK_PHASES] = {
		"alert", "update", "stop", "correction", "all_clear"};

	for (size_t other = 0; other < mine; other++)
		for (size_t k = 0; k < PLAYBOOK_PHASES; k++) {
			const struct playbook_phrase *a = &book->text[other].phrase[k];
			const struct playbook_phrase *b = &book->text[mine].phrase[k];

			if (strcmp(a->headline, b->headline) == 0 ||
				strcmp(a->description, b->description) == 0 ||
				strcmp(a->instruction, b->instruction) == 0 ||
				strcmp(a->brief, b->brief) == 0)
				say(l, name[k], "a text is the same as in %.35s",
					book->text[other].language);
		}
}

enum err
playbook_lint(struct playbook_advice **out, size_t *n, struct arena *arena,
	const struct playbook *playbook)
{
	struct lint l = {.arena = arena};

	l.at = arena_alloc(arena, ADVICE_MOST * sizeof *l.at);
	if (l.at == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < playbook->texts; i++) {
		l.text = &playbook->text[i];
		check_language(&l);
		check_twins(&l, playbook, i);
	}
	if (l.err == ERR_OK) {
		*out = l.at;
		*n = l.n;
	}
	return l.err;
}
