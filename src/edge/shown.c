/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shown.c: words for states. What is not known is called unknown here, and nowhere else anything
 * kinder. */
#include "edge/shown.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *
state_words(enum alert_state s)
{
	switch (s) {
	case ALERT_LIVE:
		return "live";
	case ALERT_STOPPED:
		return "stopped";
	case ALERT_CORRECTED:
		return "false alarm";
	case ALERT_ENDED:
		return "all clear";
	case ALERT_OVER:
		return "over; another alert goes on";
	case ALERT_EXPIRED:
		return "ended, no news";
	}
	return "unknown";
}

/* Which order began it tells how many had to sign; the edge has checked that they did. */
static const char *
checked_words(const struct edge *e, const struct alert *a)
{
	const struct edge_order *row;
	size_t n = edge_orders(e, &row);

	while (n-- > 0)
		if (row[n].id == a->id && class_signers(row[n].class) < 2)
			return "this server has checked the signature of one operator or "
			       "sensor, "
			       "who acts under a mandate";
	return "this server has checked the signatures of two operators";
}

static const struct content *
newest_content(const struct edge *e, const struct alert *a)
{
	for (size_t i = a->message_count; i-- > 0;) {
		const struct content *c = edge_content(e, &a->message[i].hash);

		if (c != NULL)
			return c;
	}
	return NULL;
}

struct shown
shown_of(const struct edge *e, const struct alert *a)
{
	struct shown s = {.alert = a,
		.content = newest_content(e, a),
		.hazard = "Alarm",
		.live = a->state == ALERT_LIVE || a->state == ALERT_STOPPED,
		.state = state_words(a->state)};

	s.checked = checked_words(e, a);
	id_write(s.id, a->id);
	for (int i = 0; i < 4; i++)
		s.code[i] = (char)toupper((unsigned char)s.id[12 + i]);
	if (s.content != NULL && s.content->text_count > 0 &&
		s.content->text[0].event[0] != '\0')
		s.hazard = s.content->text[0].event;
	return s;
}

/* Of thousands a day few are shown: the others are not looked at closely. */
bool
shown_next(struct shown *out, struct showing *at, const struct edge *e, int64_t now_ms)
{
	const struct book *b = edge_book(e);

	while (at->passed < book_count(b)) {
		const struct alert *a = book_at(b, book_count(b) - ++at->passed);
		bool recent = a->state != ALERT_LIVE && a->state != ALERT_STOPPED;

		if (recent && (at->recents == SHOWN_RECENT ||
				      a->changed_ms <= now_ms - SHOWN_RECENT_MS))
			continue;
		at->recents += recent;
		*out = shown_of(e, a);
		return true;
	}
	return false;
}

const char *
shown_language(const struct shown *s)
{
	return s->content != NULL && s->content->text_count > 0
		       ? s->content->text[0].language
		       : "en";
}

const char *
shown_zone_name(const struct edge *e, uint16_t zone, const char *language, char room[24])
{
	const struct zones *zones = edge_zones(e);
	const struct zone *z = zones != NULL ? zones_by_number(zones, zone) : NULL;

	if (z != NULL)
		return zone_name(z, language);
	snprintf(room, 24, "zone %u", zone);
	return room;
}

bool
shown_is_rtl(const char *language)
{
	static const char *const rtl[] = {
		"ar", "he", "fa", "ur", "yi", "ps", "ckb", "dv", "sd"};
	size_t len = strcspn(language, "-");

	for (size_t i = 0; i < sizeof rtl / sizeof *rtl; i++)
		if (strlen(rtl[i]) == len && strncmp(language, rtl[i], len) == 0)
			return true;
	return false;
}

struct freshness
freshness_of(const struct edge *e, int64_t now_ms)
{
	const struct checkpoint *c = edge_heartbeat(e);
	struct freshness f = {.current = edge_is_current(e, now_ms), .heard = c != NULL};
	bool any = false;

	for (size_t i = 0; i < book_count(edge_book(e)); i++) {
		const struct alert *a = book_at(edge_book(e), i);

		any |= a->state == ALERT_LIVE || a->state == ALERT_STOPPED;
	}
	f.none_live = f.current && !any;
	if (c != NULL) {
		f.as_of_ms = c->time_ms;
		/* A heartbeat from the future is not young: its age is not known to be small. */
		f.age_s = (now_ms - c->time_ms) / 1000;
		if (f.age_s < 0)
			f.age_s = 0;
		f.size = c->size;
		f.term = c->term;
	}
	return f;
}
