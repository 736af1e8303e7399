/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view_atom.c: /feed.atom (RFC 4287): an entry for each alert that is live or was today. */
#include "public/feed_parts.h"

#include "base/text.h"

#include <string.h>

static void
time_element(struct buffer *out, const char *name, int64_t time_ms)
{
	char text[TIME_TEXT];

	time_write(text, time_ms);
	feed_element(out, name, "", text);
}

static void
entry_write(struct buffer *out, const struct view *v, const struct shown *s)
{
	struct buffer title = {0}, summary = {0};

	write_text(out, "<entry>\n");
	write_format(out, "<id>urn:belfry:%08x:%s</id>\n", edge_roster(v->edge)->territory,
		s->id);
	feed_title(&title, v, s);
	feed_element(out, "title", "", buffer_text(&title));
	buffer_free(&title);
	time_element(out, "published", s->alert->since_ms);
	time_element(out, "updated", s->alert->changed_ms);
	write_format(out, "<category term=\"%s\"/>\n", alert_state_name(s->alert->state));
	if (s->content != NULL && s->content->cap.len > 0)
		write_format(out,
			"<link rel=\"alternate\" type=\"application/cap+xml\" "
			"href=\"%s/cap/%s.xml\"/>\n",
			v->url, s->id);
	feed_summary(&summary, v, s);
	feed_element(out, "summary", " type=\"text\"", buffer_text(&summary));
	buffer_free(&summary);
	write_text(out, "</entry>\n");
}

/* An empty feed reads as "nothing is wrong"; when we do not know, it must not be empty. */
static void
not_current_write(struct buffer *out, const struct view *v, const struct freshness *f)
{
	write_text(out, "<entry>\n");
	write_format(out, "<id>urn:belfry:%08x:not-current</id>\n",
		edge_roster(v->edge)->territory);
	feed_element(out, "title", "", FEED_NOT_CURRENT);
	time_element(
		out, "updated", f->heard ? f->as_of_ms + CHECKPOINT_FRESH_MS : v->now_ms);
	write_text(out, "<category term=\"not-current\"/>\n");
	feed_element(out, "summary", " type=\"text\"", FEED_NOT_CURRENT_WHY);
	write_text(out, "</entry>\n");
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
	feed_element(out, "title", "", buffer_text(&title));
	buffer_free(&title);
	feed_element(out, "generator", " version=\"" BELFRY_VERSION "\"", "Belfry");
	time_element(out, "updated", feed_updated_ms(v, &f));
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
