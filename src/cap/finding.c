/* SPDX-License-Identifier: GPL-3.0-or-later */
/* finding.c: sentences with their place. */
#include "cap/finding.h"

#include "cap/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENTENCE_MAX = 600 };

const char *
cap_level_name(enum cap_level level)
{
	static const char *const name[] = {"note", "warning", "error"};

	return name[level];
}

/* The last of the least bad ones, if that is less bad than `level`; NULL: there is none. */
static struct cap_finding *
give_way(struct cap_findings *f, enum cap_level level)
{
	enum cap_level least = CAP_NOTE;
	struct cap_finding *at = f->at + f->count;

	while (least < level && f->kept[least] == 0)
		least++;
	if (least >= level)
		return NULL;
	do
		at--;
	while (at->level != least);
	f->kept[least]--;
	f->kept[level]++;
	return at;
}

static struct cap_finding *
add(struct cap_findings *f, enum cap_level level)
{
	size_t max = f->max != 0 ? f->max : CAP_FINDINGS_MAX;
	struct cap_finding *at;

	f->levels[level]++;
	if (f->count == max) {
		f->left_out++;
		return give_way(f, level);
	}
	if (f->count == f->room) {
		size_t room = f->room != 0 ? 2 * f->room : 8;

		at = arena_alloc(f->arena, room * sizeof *at);
		if (at == NULL) {
			f->err = ERR_NOMEM;
			return NULL;
		}
		if (f->count > 0)
			memcpy(at, f->at, f->count * sizeof *at);
		f->at = at;
		f->room = room;
	}
	f->kept[level]++;
	return &f->at[f->count++];
}

/* Cut where a character ends. */
static size_t
whole_characters(const char *text, size_t len)
{
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void
say(struct cap_findings *f, struct cap_finding *at, const char *format, va_list ap)
{
	char text[SENTENCE_MAX];
	const char *told =
		f->translate != NULL ? f->translate(f->translate_ctx, format) : format;
	int n;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = vsnprintf(text, sizeof text, told, ap);
#pragma GCC diagnostic pop
	if (n >= (int)sizeof text)
		n = (int)whole_characters(text, sizeof text - 1);
	at->text = arena_text(f->arena, text, n > 0 ? (size_t)n : 0);
	if (at->text == NULL) {
		at->text = "";
		f->err = ERR_NOMEM;
	}
}

void
cap_find(struct cap_findings *f, enum cap_level level, int rule,
	const struct cap_node *node, const char *format, ...)
{
	struct cap_finding *at = f != NULL ? add(f, level) : NULL;
	struct buffer path = {0};
	va_list ap;

	if (at == NULL)
		return;
	*at = (struct cap_finding){.level = level, .rule = rule, .xpath = ""};
	if (node != NULL) {
		cap_xpath(&path, node);
		at->line = node->line;
		at->column = node->column;
		at->xpath = arena_text(f->arena, buffer_text(&path), path.len);
		if (at->xpath == NULL || path.err != ERR_OK) {
			at->xpath = "";
			f->err = ERR_NOMEM;
		}
		buffer_free(&path);
	}
	va_start(ap, format);
	say(f, at, format, ap);
	va_end(ap);
}

void
cap_find_at(struct cap_findings *f, enum cap_level level, int rule, uint32_t line,
	uint32_t column, const char *format, ...)
{
	struct cap_finding *at = f != NULL ? add(f, level) : NULL;
	va_list ap;

	if (at == NULL)
		return;
	*at = (struct cap_finding){
		.level = level, .rule = rule, .line = line, .column = column, .xpath = ""};
	va_start(ap, format);
	say(f, at, format, ap);
	va_end(ap);
}

static int
compare(const void *a, const void *b)
{
	const struct cap_finding *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

void
cap_findings_sort(struct cap_findings *f)
{
	if (f->count > 1)
		qsort(f->at, f->count, sizeof *f->at, compare);
}
