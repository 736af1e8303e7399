/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recorded.c: recorded alerts from a file. */
#include "demo/recorded.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 16 };

struct columns {
	int start, end, zone, kind; /* -1: not there */
};

struct line {
	size_t count;
	struct bytes field[COLUMNS];
};

static struct line
line_split(struct bytes in)
{
	struct line out = {0};
	size_t from = 0;

	for (size_t i = 0; i <= in.len && out.count < COLUMNS; i++)
		if (i == in.len || in.at[i] == '\t') {
			out.field[out.count++] = bytes_of(in.at + from, i - from);
			from = i + 1;
		}
	return out;
}

static int
column(const struct line *head, const char *name)
{
	for (size_t i = 0; i < head->count; i++)
		if (bytes_equal(head->field[i], bytes_of_text(name)))
			return (int)i;
	return -1;
}

static enum err
columns_read(struct columns *out, const struct line *head, struct fault *fault)
{
	out->start = column(head, "start_utc");
	if (out->start < 0)
		out->start = column(head, "time_utc");
	out->end = column(head, "end_utc");
	out->zone = column(head, "zone_id");
	out->kind = column(head, "kind");
	if (out->start < 0 || out->zone < 0)
		return fault_set(fault, ERR_UNKNOWN,
			"the first line must name the columns time_utc or start_utc, and "
			"zone_id");
	return ERR_OK;
}

/* The kind's place in the recording's list. Without the column all rows are of one kind. */
static enum err
kind_take(uint8_t *out, struct recording *r, struct bytes word)
{
	size_t i = 0;

	while (i < r->kinds && !bytes_equal(bytes_of_text(r->kind[i]), word))
		i++;
	if (i == RECORDED_KINDS || word.len > RECORDED_KIND_MAX)
		return ERR_RANGE;
	if (i == r->kinds) {
		if (word.len > 0)
			memcpy(r->kind[i], word.at, word.len);
		r->kinds++;
	}
	*out = (uint8_t)i;
	return ERR_OK;
}

static enum err
row_read(struct recorded *out, struct recording *r, const struct line *l,
	const struct columns *c, const struct zones *zones)
{
	const struct bytes none = {NULL, 0};
	struct bytes start = l->field[c->start];
	struct bytes end =
		c->end >= 0 && (size_t)c->end < l->count ? l->field[c->end] : none;
	struct bytes zone = (size_t)c->zone < l->count ? l->field[c->zone] : none;
	struct bytes kind =
		c->kind >= 0 && (size_t)c->kind < l->count ? l->field[c->kind] : none;
	const struct zone *z;
	char id[ZONE_ID_MAX + 1] = "";

	*out = (struct recorded){.end_ms = -1};
	if (time_read(&out->start_ms, (const char *)start.at, start.len) != ERR_OK)
		return ERR_FORMAT;
	if (end.len > 0 && time_read(&out->end_ms, (const char *)end.at, end.len) != ERR_OK)
		return ERR_FORMAT;
	if (zone.len > 0 && zone.len <= ZONE_ID_MAX)
		memcpy(id, zone.at, zone.len);
	z = id[0] != '\0' ? zones_find(zones, id) : NULL;
	out->zone = z != NULL ? z->number : 0;
	return kind_take(&out->kind, r, kind);
}

static int
by_start(const void *a, const void *b)
{
	const struct recorded *x = a, *y = b;

	if (x->start_ms != y->start_ms)
		return x->start_ms < y->start_ms ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static bool
on_day(const struct line *l, const struct columns *c, const char *day)
{
	struct bytes start = l->field[c->start];

	return day == NULL ||
	       (start.len >= strlen(day) && memcmp(start.at, day, strlen(day)) == 0);
}

static bool
row_add(struct recording *r, const struct recorded *row)
{
	struct recorded *at = realloc(r->at, (r->count + 1) * sizeof *at);

	if (at == NULL)
		return false;
	r->at = at;
	r->at[r->count++] = *row;
	return true;
}

static enum err
lines_read(struct recording *r, struct bytes text, const char *day,
	const struct zones *zones, struct fault *fault)
{
	struct columns c = {-1, -1, -1, -1};
	size_t from = 0, number = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i <= text.len && err == ERR_OK; i++) {
		struct bytes in = bytes_of(text.at + from, i - from);
		struct recorded row;
		struct line l;

		if (i < text.len && text.at[i] != '\n')
			continue;
		from = i + 1;
		number++;
		if (in.len > 0 && in.at[in.len - 1] == '\r')
			in.len--;
		if (in.len == 0)
			continue;
		l = line_split(in);
		if (number == 1) {
			err = columns_read(&c, &l, fault);
			continue;
		}
		if (l.count <= (size_t)c.start || !on_day(&l, &c, day))
			continue;
		err = row_read(&row, r, &l, &c, zones);
		row.line = number;
		if (err != ERR_OK)
			err = fault_set(fault, err, "line %zu: %s", number,
				err == ERR_RANGE ? "too many kinds, or one too long"
						 : "a time is not RFC 3339");
		else if (!row_add(r, &row))
			err = ERR_NOMEM;
	}
	r->has_ends = c.end >= 0;
	return err;
}

enum err
recording_read(struct recording *out, struct bytes text, const char *day,
	const struct zones *zones, struct fault *fault)
{
	struct recording r = {0};
	enum err err = lines_read(&r, text, day, zones, fault);

	if (err == ERR_OK && r.count == 0)
		err = fault_set(fault, ERR_UNKNOWN, "no alert%s%s in this file",
			day != NULL ? " on " : "", day != NULL ? day : "");
	if (err != ERR_OK) {
		recording_free(&r);
		return err;
	}
	for (size_t i = 0; i < r.count; i++)
		r.unmatched += r.at[i].zone == 0;
	qsort(r.at, r.count, sizeof *r.at, by_start);
	*out = r;
	return ERR_OK;
}

void
recording_free(struct recording *r)
{
	free(r->at);
	*r = (struct recording){0};
}
