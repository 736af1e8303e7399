/* SPDX-License-Identifier: GPL-3.0-or-later */
/* template.c: a template is read once into a list of parts, and filled by walking the list.
 */
#include "wire/template.h"

#include <stdlib.h>
#include <string.h>

enum {
	DEEPEST = 16,
	MOST_PARTS = 1000000, /* of one page: lists within lists multiply */
};

enum part_kind { PART_TEXT, PART_VALUE, PART_SECTION, PART_INVERTED, PART_END };

struct part {
	enum part_kind kind;
	const char *at; /* the text, or the name */
	size_t len;
	size_t end; /* of a section: the index of its PART_END */
	int line;
};

struct template
{
	char *text;
	struct part *part;
	size_t count, cap;
};

/* What is known while a template is read. */
struct parse {
	struct template *t;
	const char *at, *end; /* what is left */
	size_t open[DEEPEST]; /* indices of the sections not closed yet */
	size_t depth;
	int line;
	struct fault *fault;
};

static enum err
part_add(struct template *t, enum part_kind kind, const char *at, size_t len, int line)
{
	if (t->count == t->cap) {
		size_t cap = t->cap == 0 ? 32 : t->cap * 2;
		struct part *more = reallocarray(t->part, cap, sizeof *more);

		if (more == NULL)
			return ERR_NOMEM;
		t->part = more;
		t->cap = cap;
	}
	t->part[t->count++] = (struct part){kind, at, len, 0, line};
	return ERR_OK;
}

static int
lines_in(const char *at, const char *end)
{
	int n = 0;

	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		at++;
		n++;
	}
	return n;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Where the line of `at` begins, if there is nothing before `at` on it; else NULL. */
static const char *
blank_before(const struct template *t, const char *at)
{
	while (at > t->text && is_blank(at[-1]))
		at--;
	return at == t->text || at[-1] == '\n' ? at : NULL;
}

/* Where the next line begins, if there is nothing behind `at` on this one; else NULL. */
static const char *
blank_behind(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	if (at == end)
		return at;
	return *at == '\n' ? at + 1 : NULL;
}

static bool
name_ok(const char *name, size_t len)
{
	if (len == 1 && name[0] == '.')
		return true;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';

		if (!letter && (c != '.' || i == 0 || i + 1 == len || name[i - 1] == '.'))
			return false;
	}
	return len > 0;
}

static enum err
section_open(struct parse *p)
{
	if (p->depth == DEEPEST)
		return fault_set(p->fault, ERR_RANGE,
			"line %d: sections are nested more than %d deep", p->line, DEEPEST);
	p->open[p->depth++] = p->t->count - 1;
	return ERR_OK;
}

static enum err
section_close(struct parse *p, const char *name, size_t len)
{
	const struct part *open;

	if (p->depth == 0)
		return fault_set(p->fault, ERR_FORMAT, "line %d: {{/%.*s}} closes nothing",
			p->line, (int)len, name);
	open = &p->t->part[p->open[--p->depth]];
	if (open->len != len || memcmp(open->at, name, len) != 0)
		return fault_set(p->fault, ERR_FORMAT,
			"line %d: {{/%.*s}} closes {{#%.*s}} of line %d", p->line, (int)len,
			name, (int)open->len, open->at, open->line);
	p->t->part[p->open[p->depth]].end = p->t->count - 1;
	return ERR_OK;
}

/* One mark; `at` and `len` are what stands between the braces. */
static enum err
mark_read(struct parse *p, const char *at, size_t len)
{
	enum part_kind kind = PART_VALUE;
	enum err err;

	if (len > 0 && strchr("#^/", at[0]) != NULL) {
		kind = at[0] == '#'   ? PART_SECTION
		       : at[0] == '^' ? PART_INVERTED
				      : PART_END;
		at++, len--;
	}
	while (len > 0 && is_blank(at[0]))
		at++, len--;
	while (len > 0 && is_blank(at[len - 1]))
		len--;
	if (!name_ok(at, len))
		return fault_set(p->fault, ERR_FORMAT,
			"line %d: {{%.*s}} is no name: a-z, 0-9, _ and dots between them",
			p->line, len > 40 ? 40 : (int)len, at);
	err = part_add(p->t, kind, at, len, p->line);
	if (err != ERR_OK || kind == PART_VALUE)
		return err;
	return kind == PART_END ? section_close(p, at, len) : section_open(p);
}

/*
 * The text up to `mark` and the mark itself, which ends before `close`. Moves on behind
 * both.
 */
static enum err
step(struct parse *p, const char *mark, const char *close)
{
	const char *text_end = mark, *next = close + 2, *before, *behind;
	enum err err;

	if (close > mark + 2 && strchr("#^/!", mark[2]) != NULL) {
		before = blank_before(p->t, mark);
		behind = blank_behind(next, p->end);
		if (before != NULL && before >= p->at && behind != NULL) {
			text_end = before;
			next = behind;
		}
	}
	err = part_add(p->t, PART_TEXT, p->at, (size_t)(text_end - p->at), p->line);
	p->line += lines_in(p->at, mark);
	if (err == ERR_OK && mark[2] != '!')
		err = mark_read(p, mark + 2, (size_t)(close - mark - 2));
	p->line += lines_in(mark, next);
	p->at = next;
	return err;
}

static enum err
parse(struct parse *p)
{
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		const char *mark = memmem(p->at, (size_t)(p->end - p->at), "{{", 2);
		const char *close;

		if (mark == NULL)
			break;
		close = memmem(mark + 2, (size_t)(p->end - mark - 2), "}}", 2);
		if (close == NULL)
			return fault_set(p->fault, ERR_FORMAT, "line %d: {{ is not closed",
				p->line + lines_in(p->at, mark));
		err = step(p, mark, close);
	}
	if (err != ERR_OK)
		return err;
	if (p->depth > 0) {
		const struct part *open = &p->t->part[p->open[p->depth - 1]];

		return fault_set(p->fault, ERR_FORMAT, "line %d: {{#%.*s}} is not closed",
			open->line, (int)open->len, open->at);
	}
	return part_add(p->t, PART_TEXT, p->at, (size_t)(p->end - p->at), p->line);
}

enum err
template_new(struct template **out, const char *text, size_t len, struct fault *f)
{
	struct template *t = calloc(1, sizeof *t);
	struct parse p = {.t = t, .line = 1, .fault = f};
	enum err err;

	if (t == NULL)
		return ERR_NOMEM;
	t->text = malloc(len + 1);
	if (t->text == NULL) {
		free(t);
		return ERR_NOMEM;
	}
	if (len > 0)
		memcpy(t->text, text, len);
	t->text[len] = '\0';
	p.at = t->text;
	p.end = t->text + len;
	err = parse(&p);
	if (err != ERR_OK) {
		template_free(t);
		return err;
	}
	*out = t;
	return ERR_OK;
}

void
template_free(struct template *t)
{
	if (t == NULL)
		return;
	free(t->part);
	free(t->text);
	free(t);
}

/* A filling in progress: the contexts from outermost to innermost. */
struct fill {
	struct buffer *out;
	const struct template *t;
	const json_t *context[DEEPEST + 1];
	size_t depth;
	size_t parts; /* written so far */
	struct fault *fault;
};

/* The value of a dotted name below `in`, or NULL. */
static const json_t *
value_below(const json_t *in, const char *name, size_t len)
{
	while (in != NULL) {
		const char *dot = memchr(name, '.', len);
		size_t n = dot == NULL ? len : (size_t)(dot - name);

		in = json_object_getn(in, name, n);
		if (dot == NULL)
			return in;
		name += n + 1;
		len -= n + 1;
	}
	return NULL;
}

/* The innermost object that knows the name's first part decides. */
static const json_t *
value_of(const struct fill *f, const struct part *p)
{
	const char *dot = memchr(p->at, '.', p->len);
	size_t first = dot == NULL ? p->len : (size_t)(dot - p->at);

	if (p->len == 1 && p->at[0] == '.')
		return f->context[f->depth - 1];
	for (size_t i = f->depth; i > 0; i--)
		if (json_object_getn(f->context[i - 1], p->at, first) != NULL)
			return value_below(f->context[i - 1], p->at, p->len);
	return NULL;
}

static bool
is_shown(const json_t *v)
{
	if (v == NULL)
		return false;
	switch (json_typeof(v)) {
	case JSON_OBJECT:
	case JSON_TRUE:
		return true;
	case JSON_ARRAY:
		return json_array_size(v) > 0;
	case JSON_STRING:
		return json_string_length(v) > 0;
	case JSON_INTEGER:
		return json_integer_value(v) != 0;
	case JSON_REAL:
		return json_real_value(v) < 0 || json_real_value(v) > 0;
	case JSON_FALSE:
	case JSON_NULL:
		return false;
	}
	return false;
}

void
html_escape(struct buffer *out, const char *text, size_t len)
{
	static const char special[] = "&<>\"'";
	static const char *const reference[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		const char *found = text[i] == '\0' ? NULL : strchr(special, text[i]);

		if (found == NULL)
			continue;
		write_bytes(out, text + from, i - from);
		write_text(out, reference[found - special]);
		from = i + 1;
	}
	write_bytes(out, text + from, len - from);
}

static enum err
value_write(struct fill *f, const struct part *p)
{
	const json_t *v = value_of(f, p);

	if (v == NULL || json_is_null(v))
		return fault_set(f->fault, ERR_UNKNOWN,
			"line %d: there is no value for {{%.*s}}", p->line, (int)p->len,
			p->at);
	if (json_is_string(v))
		html_escape(f->out, json_string_value(v), json_string_length(v));
	else if (json_is_integer(v))
		write_format(f->out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		write_format(f->out, "%.6g", json_real_value(v));
	else if (json_is_boolean(v))
		write_text(f->out, json_is_true(v) ? "true" : "false");
	else
		return fault_set(f->fault, ERR_FORMAT,
			"line %d: {{%.*s}} is a list or an object, not a value", p->line,
			(int)p->len, p->at);
	return ERR_OK;
}

static enum err fill_range(struct fill *f, size_t from, size_t to);

/* The parts of the section at index `i`, once for each item. */
static enum err
section_fill(struct fill *f, size_t i)
{
	const struct part *p = &f->t->part[i];
	const json_t *v = value_of(f, p);
	size_t items = json_is_array(v) ? json_array_size(v) : is_shown(v) ? 1 : 0;
	enum err err = ERR_OK;

	if (p->kind == PART_INVERTED)
		return items == 0 ? fill_range(f, i + 1, p->end) : ERR_OK;
	for (size_t n = 0; n < items && err == ERR_OK; n++) {
		f->context[f->depth++] = json_is_array(v) ? json_array_get(v, n) : v;
		err = fill_range(f, i + 1, p->end);
		f->depth--;
	}
	return err;
}

static enum err
fill_range(struct fill *f, size_t from, size_t to)
{
	enum err err = ERR_OK;

	for (size_t i = from; i < to && err == ERR_OK; i++) {
		const struct part *p = &f->t->part[i];

		if (++f->parts > MOST_PARTS)
			return fault_set(f->fault, ERR_FULL,
				"line %d: the page grows too long", p->line);
		switch (p->kind) {
		case PART_TEXT:
			write_bytes(f->out, p->at, p->len);
			break;
		case PART_VALUE:
			err = value_write(f, p);
			break;
		case PART_SECTION:
		case PART_INVERTED:
			err = section_fill(f, i);
			i = p->end;
			break;
		case PART_END:
			break;
		}
	}
	return err;
}

enum err
template_fill(struct buffer *out, const struct template *t, const json_t *context,
	struct fault *f)
{
	struct fill fill = {
		.out = out, .t = t, .context = {context}, .depth = 1, .fault = f};
	enum err err = fill_range(&fill, 0, t->count);

	return err != ERR_OK ? err : out->err;
}
