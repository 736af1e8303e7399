/* SPDX-License-Identifier: GPL-3.0-or-later */
/* playbook_fill.c: zones, source and time put into a playbook's text. */
#include "cap/playbook_fill.h"

#include <string.h>

enum { DAY_MINUTES = 24 * 60 };

static const char *
name_in(const struct cap_zone *zone, const char *language)
{
	for (size_t i = 0; i < zone->names; i++)
		if (capval_same_language(zone->name[i].language, language) &&
			*zone->name[i].text != '\0')
			return zone->name[i].text;
	return NULL;
}

/* A name in a foreign script tells people more than a number does. */
const char *
cap_zone_name(const struct cap_zone *zone, const char *language)
{
	const char *name = name_in(zone, language);

	if (name == NULL)
		name = name_in(zone, "en");
	for (size_t i = 0; name == NULL && i < zone->names; i++)
		if (*zone->name[i].text != '\0')
			name = zone->name[i].text;
	return name == NULL ? zone->id : name;
}

/* Arabic script has a comma of its own. */
static const char *
comma_of(const char *language)
{
	static const char *const arabic[] = {"ar", "fa", "ur", "ps", "ckb"};

	for (size_t i = 0; i < sizeof arabic / sizeof *arabic; i++)
		if (capval_same_language(arabic[i], language))
			return "\u060c ";
	return ", ";
}

static void
fill_zones(struct buffer *b, const char *language, const struct playbook_use *use,
	size_t named)
{
	if (named > use->zones)
		named = use->zones;
	for (size_t i = 0; i < named; i++)
		write_format(b, "%s%s", i == 0 ? "" : comma_of(language),
			cap_zone_name(&use->zone[i], language));
	if (named < use->zones)
		write_format(b, "%s(+%zu)", named == 0 ? "" : " ", use->zones - named);
}

/* A place that keeps UTC says so: nobody there could tell it from a clock that was not set. */
static void
fill_time(struct buffer *b, const struct playbook_use *use)
{
	int64_t minute = use->sent_ms / 60000 + use->utc_offset_min;
	int64_t of_day = ((minute % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;

	write_format(b, "%02d:%02d%s", (int)(of_day / 60), (int)(of_day % 60),
		use->utc_offset_min == 0 ? " UTC" : "");
}

void
playbook_fill(struct buffer *out, const char *text, const char *language,
	const struct playbook_use *use, size_t named)
{
	const char *at;

	for (; (at = strchr(text, '{')) != NULL; text = strchr(at, '}') + 1) {
		write_bytes(out, text, (size_t)(at - text));
		if (strncmp(at, "{zones}", strlen("{zones}")) == 0)
			fill_zones(out, language, use, named);
		else if (strncmp(at, "{time}", strlen("{time}")) == 0)
			fill_time(out, use);
		else
			write_text(out,
				use->sender_name != NULL ? use->sender_name : use->sender);
	}
	write_text(out, text);
}
