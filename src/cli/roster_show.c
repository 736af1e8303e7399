/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_show.c: who may sign what, and what a new roster changes. */
#include "cli/roster_show.h"

#include "base/text.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>

void
roster_hex(char out[65], const struct roster *r)
{
	hex_write(out, r->hash.at, sizeof r->hash.at);
}

static void
key_words(struct buffer *b, const struct roster_key *k)
{
	char brief[9];

	public_key_short(brief, &k->key);
	write_format(b, "%u %s, key %s,", k->number, k->person, brief);
	write_format(b, "%s%s%s", k->roles & ROLE_ADMINISTRATOR ? " administrator" : "",
		k->roles & ROLE_OPERATOR ? " operator" : "",
		k->roles & ROLE_SENSOR ? " sensor" : "");
	for (enum order_class c = ORDER_ALARM; c <= ORDER_TEST; c++)
		if (k->classes & 1u << c)
			write_format(b, "%s%s",
				(k->classes & ((1u << c) - 1)) ? ", " : "; may sign ",
				order_class_name(c));
	for (int i = 0; i < k->zone_count; i++)
		write_format(b, "%s%u", i > 0 ? ", " : "; only in zones ", k->zone[i]);
}

static void
hub_words(struct buffer *b, const struct roster_hub *h)
{
	char brief[9];

	public_key_short(brief, &h->key);
	write_format(b, "term %u: %s, key %s", h->term, h->name, brief);
}

static void
mandate_words(struct buffer *b, const struct mandate *m)
{
	char until[TIME_TEXT];

	time_write(until, m->not_after_ms);
	write_format(b, "%u: key %u, %s, up to %u s, %u an hour, until %s, patterns",
		m->number, m->key, order_class_name(m->class), m->seconds_max,
		m->starts_per_hour, until);
	for (int i = 0; i < m->pattern_count; i++)
		write_format(b, " %u", m->pattern[i]);
	write_text(b, ", zones");
	for (int i = 0; i < m->zone_count; i++)
		write_format(b, " %u", m->zone[i]);
}

static void
field(const char *label, struct buffer *b)
{
	say_field(label, buffer_text(b));
	buffer_clear(b);
}

void
roster_say(const struct roster *r)
{
	struct buffer b = {0};
	char hex[65];

	roster_hex(hex, r);
	write_format(&b, "%08x, %s", r->territory, mode_name(r->mode));
	field("Territory", &b);
	write_format(&b, "%u", r->serial);
	field("Serial", &b);
	say_field("SHA-256", hex);
	for (int i = 0; i < r->key_count; i++) {
		key_words(&b, &r->key[i]);
		field("Key", &b);
	}
	for (int i = 0; i < r->hub_count; i++) {
		hub_words(&b, &r->hub[i]);
		field("Hub", &b);
	}
	for (int i = 0; i < r->mandate_count; i++) {
		mandate_words(&b, &r->mandate[i]);
		field("Mandate", &b);
	}
	buffer_free(&b);
}

/* The words of two things under one number: the same, new, gone or other. */
static int
change(const char *what, struct buffer *before, struct buffer *after)
{
	bool same = before->len == after->len &&
		    strcmp(buffer_text(before), buffer_text(after)) == 0;

	if (!same && before->len > 0) {
		say("%s- %s ", hue(HUE_RED), what);
		say_text(buffer_text(before));
		say("%s\n", hue(HUE_NONE));
	}
	if (!same && after->len > 0) {
		say("%s+ %s ", hue(HUE_GREEN), what);
		say_text(buffer_text(after));
		say("%s\n", hue(HUE_NONE));
	}
	buffer_clear(before);
	buffer_clear(after);
	return !same;
}

static int
keys_changed(const struct roster *now, const struct roster *next)
{
	struct buffer before = {0}, after = {0};
	int changes = 0;

	for (int i = 0; i < next->key_count; i++) {
		const struct roster_key *old =
			now != NULL ? roster_key(now, next->key[i].number) : NULL;

		if (old != NULL)
			key_words(&before, old);
		key_words(&after, &next->key[i]);
		changes += change("key", &before, &after);
	}
	for (int i = 0; now != NULL && i < now->key_count; i++) {
		if (roster_key(next, now->key[i].number) != NULL)
			continue;
		key_words(&before, &now->key[i]);
		changes += change("key", &before, &after);
	}
	buffer_free(&before);
	buffer_free(&after);
	return changes;
}

static int
hubs_changed(const struct roster *now, const struct roster *next)
{
	struct buffer before = {0}, after = {0};
	int changes = 0, most = now != NULL && now->hub_count > next->hub_count
					? now->hub_count
					: next->hub_count;

	for (int i = 0; i < most; i++) {
		if (now != NULL && i < now->hub_count)
			hub_words(&before, &now->hub[i]);
		if (i < next->hub_count)
			hub_words(&after, &next->hub[i]);
		changes += change("hub", &before, &after);
	}
	buffer_free(&before);
	buffer_free(&after);
	return changes;
}

static int
mandates_changed(const struct roster *now, const struct roster *next)
{
	struct buffer before = {0}, after = {0};
	int changes = 0, most = now != NULL && now->mandate_count > next->mandate_count
					? now->mandate_count
					: next->mandate_count;

	for (int i = 0; i < most; i++) {
		if (now != NULL && i < now->mandate_count)
			mandate_words(&before, &now->mandate[i]);
		if (i < next->mandate_count)
			mandate_words(&after, &next->mandate[i]);
		changes += change("mandate", &before, &after);
	}
	buffer_free(&before);
	buffer_free(&after);
	return changes;
}

int
roster_say_changes(const struct roster *now, const struct roster *next)
{
	return keys_changed(now, next) + hubs_changed(now, next) +
	       mandates_changed(now, next);
}
