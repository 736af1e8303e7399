/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view_atom.c: /feed.atom (RFC 4287): an entry for each alert that is live or was today. */
#include "edge/shown.h"
#include "public/views.h"

#include "base/text.h"

#include <string.h>

static void
element(struct buffer *out, const char *name, const char *attributes, const char *text)
{
	write_format(out, "<%s%s>", name, attributes);
	html_escape(out, text, strlen(text));
	write_format(out, "</%s>\n", name);
}

static void
time_element(struct buffer *out, const char *name, int64_t time_ms)
{
	char text[TIME_TEXT];

	time_write(text, time_ms);
	element(out, name, "", text);
}

static void
summary_write(struct buffer *out, const struct view *v, const struct shown *s)
{
	struct buffer text = {0};
	char room[24];

	for (int i = 0; i < s->alert->zone_count; i++)
		write_format(&text, "%s%s", i > 0 ? ", " : "",
			shown_zone_name(
				v->edge, s->alert->zone[i], shown_language(s), room));
	if (s->content != NULL && s->content->text_count > 0)
		write_format(&text, ". %s %s", s->content->text[0].headline,
			s->content->text[0].instruction);
	write_format(&text, " (%s; %s%s)", s->state, s->checked,
		s->alert->on_disk ? "" : "; not yet on the hub's disk");
	element(out, "summary", " type=\"text\"", buffer_text(&text));
	buffer_free(&text);
}

static void
entry_write(struct buffer *out, const struct view *v, const struct shown *s)
{
	const struct roster *r = edge_roster(v->edge);
	struct buffer title = {0};

	write_text(out, "<entry>\n");
	write_format(out, "<id>urn:belfry:%08x:%s</id>\n", r->territory, s->id);
	write_format(&title, "%s%s (%s): %s", r->mode == MODE_EXERCISE ? "EXERCISE: " : "",
		s->hazard, s->code, s->state);
	element(out, "title", "", buffer_text(&title));
	buffer_free(&title);
	time_element(out, "published", s->alert->since_ms);
	time_element(out, "updated", s->alert->changed_ms);
	write_format(out, "<category term=\"%s\"/>\n", alert_state_name(s->alert->state));
	if (s->content != NULL && s->content->cap.len > 0)
		write_format(out,
			"<link rel=\"alternate\" type=\"application/cap+xml\" "
			"href=\"%s/cap/%s.xml\"/>\n",
			v->url, s->id);
	summary_write(out, v, s);
	write_text(out, "</entry>\n");
}

/* An empty feed reads as "nothing is wrong"; when we do not know, it must not be empty. */
static void
not_current_write(struct buffer *out, const struct view *v, const struct freshness *f)
{
	write_text(out, "<entry>\n");
	write_format(out, "<id>urn:belfry:%08x:not-current</id>\n",
		edge_roster(v->edge)->territory);
	element(out, "title", "",
		"NOT CURRENT: newer alerts may exist that this feed does not know");
	time_element(
		out, "updated", f->heard ? f->as_of_ms + CHECKPOINT_FRESH_MS : v->now_ms);
	write_text(out, "<category term=\"not-current\"/>\n");
	element(out, "summary", " type=\"text\"",
		"The hub has not been heard for more than 30 seconds. Do not take silence "
		"for "
		"safety. Listen for sirens and the radio.");
	write_text(out, "</entry>\n");
}

static int64_t
updated_ms(const struct view *v, const struct freshness *f)
{
	const struct book *b = edge_book(v->edge);
	int64_t newest = f->heard ? f->as_of_ms : 0;

	for (size_t i = 0; i < book_count(b); i++)
		if (book_at(b, i)->changed_ms > newest)
			newest = book_at(b, i)->changed_ms;
	return newest;
}

void
view_atom(struct buffer *out, const struct view *v)
{
	struct showing at = {0};
	struct shown s;
	struct freshness f = freshness_of(v->edge, v->now_ms);
	struct buffer title = {0};

	write_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
			"<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	write_format(
		out, "<id>urn:belfry:%08x:feed</id>\n", edge_roster(v->edge)->territory);
	write_format(&title, "%sAlerts in %s",
		f.current ? "" : "NOT CURRENT: ", v->territory_name);
	element(out, "title", "", buffer_text(&title));
	buffer_free(&title);
	element(out, "generator", " version=\"" BELFRY_VERSION "\"", "Belfry");
	time_element(out, "updated", updated_ms(v, &f));
	write_text(out, "<author><name>");
	html_escape(out, v->territory_name, strlen(v->territory_name));
	write_text(out, "</name></author>\n");
	write_format(out,
		"<link rel=\"self\" type=\"application/atom+xml\" "
		"href=\"%s/feed.atom\"/>\n",
		v->url);
	if (!f.current)
		not_current_write(out, v, &f);
	while (shown_next(&s, &at, v->edge, v->now_ms))
		entry_write(out, v, &s);
	write_text(out, "</feed>\n");
}
