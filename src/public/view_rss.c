/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view_rss.c: /feed.rss (RSS 2.0.11): an item for each alert that is live or was today. */
#include "public/feed_parts.h"

#include <stdio.h>
#include <time.h>

enum { DATE_TEXT = 40 };

/* RFC 822 with four digits of the year, as RSS wants it; in English whatever the locale. */
static void
date_element(struct buffer *out, const char *name, int64_t time_ms)
{
	static const char *const day[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const month[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(time_ms / 1000);
	char text[DATE_TEXT];
	struct tm t;

	if (gmtime_r(&seconds, &t) == NULL)
		return;
	snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d +0000", day[t.tm_wday],
		t.tm_mday, month[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min,
		t.tm_sec);
	feed_element(out, name, "", text);
}

static void
item_write(struct buffer *out, const struct view *v, const struct shown *s)
{
	struct buffer title = {0}, summary = {0};

	feed_title(&title, v, s);
	feed_summary(&summary, v, s);
	write_text(out, "<item>\n");
	feed_element(out, "title", "", buffer_text(&title));
	if (s->content != NULL && s->content->cap.len > 0)
		write_format(out, "<link>%s/cap/%s.xml</link>\n", v->url, s->id);
	feed_element(out, "description", "", buffer_text(&summary));
	write_format(out, "<category>%s</category>\n", alert_state_name(s->alert->state));
	/* A reader shows an item anew when its guid is new: so it is when the state changes. */
	write_format(out, "<guid isPermaLink=\"false\">urn:belfry:%08x:%s:%s</guid>\n",
		edge_roster(v->edge)->territory, s->id, alert_state_name(s->alert->state));
	date_element(out, "pubDate", s->alert->changed_ms);
	write_text(out, "</item>\n");
	buffer_free(&title);
	buffer_free(&summary);
}

static void
not_current_write(struct buffer *out, const struct view *v, const struct freshness *f)
{
	int64_t since_ms = f->heard ? f->as_of_ms + CHECKPOINT_FRESH_MS : v->now_ms;

	write_text(out, "<item>\n");
	feed_element(out, "title", "", FEED_NOT_CURRENT);
	feed_element(out, "description", "", FEED_NOT_CURRENT_WHY);
	write_text(out, "<category>not-current</category>\n");
	write_format(out,
		"<guid isPermaLink=\"false\">urn:belfry:%08x:not-current:%lld</guid>\n",
		edge_roster(v->edge)->territory, (long long)(since_ms / 1000));
	date_element(out, "pubDate", since_ms);
	write_text(out, "</item>\n");
}

void
view_rss(struct buffer *out, const struct view *v)
{
	struct freshness f = freshness_of(v->edge, v->now_ms);
	struct buffer title = {0};
	struct showing at = {0};
	struct shown s;

	write_format(&title, "%sAlerts in %s",
		f.current ? "" : "NOT CURRENT: ", v->territory_name);
	write_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
			"<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n"
			"<channel>\n");
	feed_element(out, "title", "", buffer_text(&title));
	write_format(out, "<link>%s/</link>\n", v->url);
	feed_element(out, "description", "", "Alerts that are live, and those of today");
	write_format(out,
		"<atom:link href=\"%s/feed.rss\" rel=\"self\" "
		"type=\"application/rss+xml\"/>\n",
		v->url);
	feed_element(out, "generator", "", "Belfry " BELFRY_VERSION);
	date_element(out, "lastBuildDate", feed_updated_ms(v, &f));
	if (!f.current)
		not_current_write(out, v, &f);
	while (shown_next(&s, &at, v->edge, v->now_ms))
		item_write(out, v, &s);
	write_text(out, "</channel>\n</rss>\n");
	buffer_free(&title);
}
