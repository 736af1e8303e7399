/* SPDX-License-Identifier: GPL-3.0-or-later */
/* feed_parts.c: titles and summaries of alerts, for feeds. */
#include "public/feed_parts.h"

#include <string.h>

void
feed_element(struct buffer *out, const char *name, const char *attributes, const char *text)
{
	write_format(out, "<%s%s>", name, attributes);
	html_escape(out, text, strlen(text));
	write_format(out, "</%s>\n", name);
}

void
feed_title(struct buffer *out, const struct view *v, const struct shown *s)
{
	write_format(out, "%s%s (%s): %s",
		edge_roster(v->edge)->mode == MODE_EXERCISE ? "EXERCISE: " : "", s->hazard,
		s->code, s->state);
}

void
feed_summary(struct buffer *out, const struct view *v, const struct shown *s)
{
	char room[24];

	for (int i = 0; i < s->alert->zone_count; i++)
		write_format(out, "%s%s", i > 0 ? ", " : "",
			shown_zone_name(
				v->edge, s->alert->zone[i], shown_language(s), room));
	if (s->content != NULL && s->content->text_count > 0)
		write_format(out, ". %s %s", s->content->text[0].headline,
			s->content->text[0].instruction);
	write_format(out, " (%s; %s%s)", s->state, s->checked,
		s->alert->on_disk ? "" : "; not yet on the hub's disk");
}

int64_t
feed_updated_ms(const struct view *v, const struct freshness *f)
{
	const struct book *b = edge_book(v->edge);
	int64_t newest = f->heard ? f->as_of_ms : 0;

	for (size_t i = 0; i < book_count(b); i++)
		if (book_at(b, i)->changed_ms > newest)
			newest = book_at(b, i)->changed_ms;
	return newest;
}
